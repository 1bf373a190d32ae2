#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The same endpoint in Perl, as one would write it plainly: for the benchmark only.
use strict;
use warnings;
use DBI;

sub answer {
    my ($status, $mensaje, $field) = @_;
    print "Status: $status\r\n", $field // '',
        "Content-Type: application/json; charset=utf-8\r\n\r\n", qq({"mensaje":"$mensaje"});
    exit;
}

answer(405, 'Método no permitido', "Allow: DELETE, OPTIONS\r\n")
    if $ENV{REQUEST_METHOD} ne 'DELETE';
my ($id) = ($ENV{PATH_INFO} // '') =~ m{^/(-?[0-9]+)\z}
    or answer(400, 'El ID de imagen debe ser un número válido');
eval {
    my $db = DBI->connect('dbi:Pg:', undef, undef, { RaiseError => 1, PrintError => 0 });
    my ($url) = $db->selectrow_array('SELECT url FROM producto_imagenes WHERE id = ?', undef, $id);
    answer(404, 'Imagen no encontrada') unless defined $url;
    if ($url =~ m{^/recursos/}) {
        unlink "$ENV{BALSAMOA_PUBLIC_ROOT}$url"
            or $!{ENOENT} or answer(500, 'Error al eliminar la imagen del disco');
    }
    $db->do('DELETE FROM producto_imagenes WHERE id = ?', undef, $id);
    1;
} or answer(500, 'Error al eliminar la imagen de la base de datos');
answer(200, 'Imagen eliminada del disco y de la base de datos');
