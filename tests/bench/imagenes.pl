#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The same endpoint in Perl, as one would write it plainly: for the benchmark only.
use strict;
use warnings;
use DBI;
use Digest::SHA qw(hmac_sha256);
use JSON::PP qw(decode_json);
use MIME::Base64 qw(decode_base64url);

sub answer {
    my ($status, $mensaje, $field) = @_;
    print "Status: $status\r\n", $field // '',
        "Content-Type: application/json; charset=utf-8\r\n\r\n", qq({"mensaje":"$mensaje"});
    exit;
}

# The claims of a token that the shop has signed (HS256) and that has not expired.
sub claims_of {
    my ($header, $payload, $signature) = split /[.]/, shift;
    return eval {
        die if decode_json(decode_base64url($header))->{alg} ne 'HS256';
        die if hmac_sha256("$header.$payload", $ENV{FIRMA_JWT}) ne decode_base64url($signature);
        my $claims = decode_json(decode_base64url($payload));
        $claims->{exp} > time ? $claims : undef;
    };
}

answer(405, 'Método no permitido', "Allow: DELETE, OPTIONS\r\n")
    if $ENV{REQUEST_METHOD} ne 'DELETE';
my ($token) = ($ENV{HTTP_COOKIE} // '') =~ /(?:^|; )token=([^;]*)/
    or answer(401, 'Acceso denegado. Se requiere iniciar sesión.');
my $claims = claims_of($token) or answer(401, 'Token inválido o expirado.');
my ($id) = ($ENV{PATH_INFO} // '') =~ m{^/(-?[0-9]+)\z}
    or answer(400, 'El ID de imagen debe ser un número válido');
eval {
    my $db = DBI->connect('dbi:Pg:', undef, undef, { RaiseError => 1, PrintError => 0 });
    my ($session, $role) = $db->selectrow_array(
        'SELECT sesion_id, rol_id FROM usuarios WHERE id = ? AND activo', undef, $claims->{id});
    answer(401, 'Sesión inválida o revocada.')
        unless defined $session && $session eq $claims->{sesion_id};
    answer(403, 'Acceso denegado. Se requiere iniciar sesión.') unless $role == 1;
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
