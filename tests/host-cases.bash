# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154 # variables that http sets
# What must be so behind every web server. Each *.bats file of a server lists the cases; where
# servers differ by nature, the case takes the difference as its arguments.

ID_INVALID='El ID de imagen debe ser un número válido'
NOT_FOUND='Imagen no encontrada'
NO_ENDPOINT='Endpoint no encontrado'
NOT_ALLOWED='Método no permitido'
DISK_ERROR='Error al eliminar la imagen del disco'
DATABASE_ERROR='Error al eliminar la imagen de la base de datos'
NOT_OURS='La URL no corresponde a ningún archivo de la tienda'
EXTERNAL='La URL es externa y no tiene archivo en el disco'
ABSENT='El archivo ya no existía en el disco'
TOO_LARGE='Cuerpo de la petición demasiado grande'
NOT_SIGNED_IN='Acceso denegado. Se requiere iniciar sesión.'

# host_start NAME COMMAND...: for setup_file, where Bats 1.8 cannot skip; host_setup does it.
host_start() {
    unset PGHOST # postgres_stop removes it
    export HOST_MISSING=
    if "${2%_start}_present"; then
        postgres_start
        "${@:2}"
    else
        HOST_MISSING=$1
    fi
}

host_stop() {
    server_stop
    postgres_stop
}

# The shop, in the public root that the server has had since it started.
host_setup() {
    [ -z "$HOST_MISSING" ] || skip "$HOST_MISSING is not installed"
    shop_reset
    ROOT=$SERVER/public
    PRODUCTOS=$ROOT/recursos/imagenes/productos
    rm -rf "$ROOT/recursos"
    mkdir -p "$PRODUCTOS"
}

# delete SEGMENTS [CURL-ARGUMENT ...]
delete() { http DELETE "$ENDPOINT/$1" "${@:2}"; }

# --- removal ---

case_removes() {
    photo 7
    delete 7
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

case_repeat_is_not_found() {
    photo 7
    delete 7
    delete 7
    assert_http 404 "$NOT_FOUND"
}

case_trailing_slash() {
    photo 7
    delete 7/
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

case_query_is_no_argument() {
    photo 7
    delete '7?-x+-y'
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

# zeros SIZE: a request body; sets $body_file.
zeros() {
    body_file=$BATS_TEST_TMPDIR/request
    head -c "$1" /dev/zero >"$body_file"
}

# removes_with_body FILE
removes_with_body() {
    photo 7
    delete 7 --header 'Content-Type: application/json' --data-binary "@$1"
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

case_body() {
    echo '{"id":8}' >"$BATS_TEST_TMPDIR/request"
    photo 8
    removes_with_body "$BATS_TEST_TMPDIR/request"
    assert_intact 8
}

# As much as the program takes in, and a pipe (pipe(7)).
case_large_body() {
    zeros 1048576
    removes_with_body "$body_file"
}

# More than the program takes in.
case_body_too_large() {
    photo 7
    zeros 1048577
    delete 7 --data-binary "@$body_file"
    assert_http 413 "$TOO_LARGE"
    assert_intact 7
}

# --- ids ---

# refuses SEGMENTS STATUS [MENSAJE]: without MENSAJE the server may say it in its own words. The
# image that a careless reader would take is untouched.
refuses() {
    [ -e "$PRODUCTOS/7.webp" ] || photo 7
    delete "$1"
    if [ $# -gt 2 ]; then
        assert_http "$2" "$3"
    else
        assert_equal "$status_line" "$2"
    fi
    assert_intact 7
}

# The last is 7 encoded twice.
case_id_invalid() {
    local id
    for id in abc 7.5 7.webp 7x 0x7 1e3 +7 %2B7 %207 7%20 '7;x' 7%3Fx %C3%B1 %2537 7%250a; do
        refuses "$id" 400 "$ID_INVALID"
    done
}

# What would be SQL, a command or a format elsewhere, other scripts' digits, and a long one.
# shellcheck disable=SC2016 # dollars for nobody
case_id_hostile() {
    local id
    for id in "7'--" '7%20OR%201=1' '7);DELETE%20FROM%20productos--' '$(id)' '`id`' '7|id' \
        %25s%25n ..%5C7 '*' %D9%A7 %EF%BC%97 "$(printf 'x%.0s' {1..2000})"; do
        refuses "$id" 400 "$ID_INVALID"
    done
    refuses "$(printf '7%.0s' {1..2000})" 404 "$NOT_FOUND"
    assert_equal "$(sql "SELECT count(*) FROM productos")" 1
}

case_id_missing() {
    refuses '' 400 "$ID_INVALID"
    http DELETE "$ENDPOINT"
    assert_http 400 "$ID_INVALID"
}

case_id_decoded_once() {
    photo 7
    delete %37
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

# case_not_utf8 [MENSAJE]
case_not_utf8() { refuses 7%ff%fe 400 "$@"; }

# case_newline [MENSAJE]
case_newline() { refuses 7%0a 400 "$@"; }

# case_zero_byte STATUS
case_zero_byte() { refuses 7%00 "$1"; }

case_id_no_record_can_have() {
    local id
    for id in 0 -1 -7 2147483648 4294967303 99999999999999999999; do
        refuses "$id" 404 "$NOT_FOUND"
    done
}

case_more_segments() {
    refuses 7/8 404 "$NO_ENDPOINT"
    refuses x/7/ 404 "$NO_ENDPOINT"
}

# case_encoded_slash [MENSAJE]
case_encoded_slash() {
    photo 7
    photo 8
    refuses 7%2F8 404 "$@"
    assert_intact 8
}

# Of Apache's own, a DELETE is 405 and lighttpd's is 404.
case_other_paths_are_not_the_endpoint() {
    local path
    photo 7
    for path in "${ENDPOINT}X/7" "${ENDPOINT^^}/7" /x$ENDPOINT/7 /imagenes/7; do
        http DELETE "$path"
        assert_regex "$status_line" '^(404|405)$'
        refute_regex "$body" mensaje
        refute_regex "$(server_log)" imagenes:
    done
    assert_intact 7
}

# --- hostile records ---

# removes_record_only URL DETALLE: and no file, in the shop or beside it.
removes_record_only() {
    image 8 "$1"
    delete 8
    assert_http 200 "$MENSAJE" "$2"
    refute_row 8
    assert_equal "$(cat "$SERVER/beside")" 'not of the shop'
    assert_intact 7
}

case_url_leads_outside() {
    local url
    photo 7
    echo 'not of the shop' | tee "$SERVER/beside" >"$ROOT/beside"
    for url in /recursos/../../beside /recursos/imagenes/../../../beside "$SERVER/beside" \
        "$PRODUCTOS/7.webp" "/recursos/../..$SERVER/beside" '/recursos/..\..\beside' ../beside \
        recursos/imagenes/productos/7.webp /recursos//imagenes/productos/7.webp \
        /recursos/./imagenes/productos/7.webp "file:$SERVER/beside" /RECURSOS/../beside; do
        case $url in
        *\\*) removes_record_only "$url" "$ABSENT" ;;
        *) removes_record_only "$url" "$NOT_OURS" ;;
        esac
    done
    removes_record_only "https://cdn.example$PRODUCTOS/7.webp" "$EXTERNAL"
    assert_equal "$(cat "$ROOT/beside")" 'not of the shop'
}

case_url_names_no_file() {
    local url
    photo 7
    echo 'not of the shop' >"$SERVER/beside"
    for url in '' / . /recursos /recursos/ /recursos/. /recursos/imagenes /recursos/imagenes/ \
        /recursos/imagenes/productos /recursos/imagenes/productos/ \
        /recursos/imagenes/productos/. /recursos/imagenes/productos/7.webp/; do
        removes_record_only "$url" "$NOT_OURS"
    done
}

case_directory_is_a_symbolic_link() {
    mkdir "$SERVER/outside"
    echo 'not of the shop' >"$SERVER/outside/7.webp"
    ln -s "$SERVER/outside" "$PRODUCTOS/enlace"
    image 8 /recursos/imagenes/productos/enlace/7.webp
    delete 8
    assert_http 500 "$DISK_ERROR"
    assert_row 8
    assert_equal "$(cat "$SERVER/outside/7.webp")" 'not of the shop'
    rm -r "$SERVER/outside"
}

# --- the database ---

case_database_error() {
    photo 7
    sql "ALTER TABLE producto_imagenes RENAME TO away"
    delete 7
    sql "ALTER TABLE away RENAME TO producto_imagenes"
    assert_http 500 "$DATABASE_ERROR"
    refute_regex "$headers" 'producto_imagenes|relation|ERROR|42P01'
    wait_until grep -q 'relation .*producto_imagenes' "$SERVER"/*.log
    assert_intact 7
}

# --- methods ---

# lighttpd answers 411 to a POST without Content-Length.
case_other_methods() {
    local method
    photo 7
    for method in GET POST PUT PATCH; do
        http "$method" "$ENDPOINT/7" --data ''
        assert_http 405 "$NOT_ALLOWED"
        assert_equal "$(header Allow)" 'DELETE, OPTIONS'
    done
    assert_intact 7
}

# Told with --head, curl would not look for a body.
case_head_has_no_body() {
    http HEAD "$ENDPOINT/7"
    assert_http 405
    assert_equal "$(header Allow)" 'DELETE, OPTIONS'
    http GET "$ENDPOINT/7" --http1.0 --request HEAD --ignore-content-length
    assert_http 405
}

case_options() {
    photo 7
    http OPTIONS "$ENDPOINT/7"
    assert_http 204
    assert_equal "$(header Allow)" 'DELETE, OPTIONS'
    assert_intact 7
}

# --- sign-in ---

case_no_credentials() { CREDENTIALS='' refuses_stranger; }
case_wrong_password() { CREDENTIALS=admin:otra refuses_stranger; }
case_unknown_user() { CREDENTIALS=otra:secreto refuses_stranger; }

refuses_stranger() {
    photo 7
    delete 7
    assert_http 401 "$NOT_SIGNED_IN"
    assert_regex "$(header WWW-Authenticate)" '^Basic realm="Balsamoa"'
    assert_intact 7
}

# A header field cannot pass for the server's own variables.
case_header_is_no_sign_in() {
    CREDENTIALS='' delete 7 --header 'Remote-User: admin' --header 'Balsamoa-Auth: none'
    assert_http 401 "$NOT_SIGNED_IN"
}

# case_audit FILE: which of the server's logs has the program's line, and that it says who.
case_audit() {
    photo 7
    delete 7
    assert_server_log "$1" 'imagenes: method="DELETE" id="7" .* status=200 .* user="admin"'
}

# --- what is public ---

case_serves_until_removed() {
    serves_until_removed 'Hoodie Basic Blanco.webp' Hoodie%20Basic%20Blanco.webp
    serves_until_removed 'Camiseta Niño 2 + 1.webp' Camiseta%20Ni%C3%B1o%202%20+%201.webp
}

# serves_until_removed NAME PATH: PATH is NAME percent-encoded.
serves_until_removed() {
    local url=/recursos/imagenes/productos/$2
    photo 7 "$1"
    CREDENTIALS='' http GET "$url"
    assert_equal "$status_line $body" '200 bytes of 7'
    delete 7
    assert_http 200 "$MENSAJE"
    CREDENTIALS='' http GET "$url"
    assert_equal "$status_line" 404
}

# case_staged_is_not_public [PREFIX]: nor where the site has the public root at PREFIX too.
case_staged_is_not_public() {
    local path prefix
    mkdir "$PRODUCTOS/.removal-9" "$ROOT/recursos/.removal-1"
    echo secret | tee "$PRODUCTOS/.removal-9/x.webp" "$ROOT/recursos/.removal-1/x.webp" \
        "$PRODUCTOS/.removal-9-x.webp" >"$PRODUCTOS/x.webp"
    http GET /recursos/imagenes/productos/x.webp
    assert_equal "$status_line $body" '200 secret'
    for path in imagenes/productos/.removal-9/x.webp imagenes/productos/%2eremoval-9/x.webp \
        imagenes/productos/.removal-9-x.webp imagenes//productos/./.removal-9//x.webp \
        .removal-1/x.webp .removal-1/ .removal-1; do
        for prefix in '' "$@"; do
            http GET "$prefix/recursos/$path"
            assert_regex "$status_line" '^(403|404)$'
            refute_regex "$body" secret
        done
    done
}

# case_program_is_not_served [PATH ...]: nor at these paths of the server's own.
case_program_is_not_served() {
    local path
    for path in "$ENDPOINT" "$ENDPOINT/" "$ENDPOINT/imagenes" /cgi-bin/imagenes /imagenes "$@"; do
        http GET "$path"
        assert_regex "$status_line" '^(403|404|405)$'
        refute_regex "$body" ELF
    done
}

# beside METHOD COMMAND...: starts a server beside the file's own; prints what METHOD says there.
beside() (
    unset SERVER SERVER_PID FCGIWRAP_PID
    trap server_stop EXIT
    "${@:2}" || return
    http "$1" "$ENDPOINT/7"
    echo "$status_line $body"
)
