#!/usr/bin/php-cgi
<?php
// SPDX-License-Identifier: ISC
// The same endpoint in PHP, as one would write it plainly: for the benchmark only.

function answer(int $status, string $mensaje): never
{
    http_response_code($status);
    header('Content-Type: application/json; charset=utf-8');
    echo json_encode(['mensaje' => $mensaje], JSON_UNESCAPED_UNICODE);
    exit;
}

// The claims of a token that the shop has signed (HS256) and that has not expired.
function claims_of(string $token): ?object
{
    $decode = fn (string $part) => base64_decode(strtr($part, '-_', '+/'));
    [$header, $payload, $signature] = explode('.', $token) + ['', '', ''];
    $expected = hash_hmac('sha256', "$header.$payload", getenv('FIRMA_JWT'), true);
    if (json_decode($decode($header))?->alg !== 'HS256' || !hash_equals($expected, $decode($signature))) {
        return null;
    }
    $claims = json_decode($decode($payload));
    return $claims->exp > time() ? $claims : null;
}

if ($_SERVER['REQUEST_METHOD'] !== 'DELETE') {
    header('Allow: DELETE, OPTIONS');
    answer(405, 'Método no permitido');
}
$token = $_COOKIE['token'] ?? answer(401, 'Acceso denegado. Se requiere iniciar sesión.');
$claims = claims_of($token) ?? answer(401, 'Token inválido o expirado.');
$id = basename($_SERVER['PATH_INFO'] ?? '');
if (!preg_match('/^-?[0-9]+\z/', $id)) {
    answer(400, 'El ID de imagen debe ser un número válido');
}
$db = @pg_connect('') or answer(500, 'Error al eliminar la imagen de la base de datos');
$found = pg_query_params($db, 'SELECT sesion_id, rol_id FROM usuarios WHERE id = $1 AND activo', [$claims->id]);
$user = pg_fetch_object($found);
if (!$user || $user->sesion_id !== $claims->sesion_id) {
    answer(401, 'Sesión inválida o revocada.');
}
if ($user->rol_id !== '1') {
    answer(403, 'Acceso denegado. Se requiere iniciar sesión.');
}
$found = pg_query_params($db, 'SELECT url FROM producto_imagenes WHERE id = $1', [$id]);
$url = pg_fetch_result($found, 0, 0);
if ($url === false) {
    answer(404, 'Imagen no encontrada');
}
if (str_starts_with($url, '/recursos/')) {
    $file = getenv('BALSAMOA_PUBLIC_ROOT') . $url;
    if (file_exists($file) && !unlink($file)) {
        answer(500, 'Error al eliminar la imagen del disco');
    }
}
pg_query_params($db, 'DELETE FROM producto_imagenes WHERE id = $1', [$id])
    or answer(500, 'Error al eliminar la imagen de la base de datos');
answer(200, 'Imagen eliminada del disco y de la base de datos');
