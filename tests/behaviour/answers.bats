# SPDX-License-Identifier: ISC
# Every row of the contract, to the letter.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }

@test "200: file and record are gone" {
    photo 7
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    assert_log outcome removed
    assert_log method DELETE
    assert_log id 7
    assert_log url /recursos/imagenes/productos/7.webp
    refute_log cause
}

@test "200: the whole answer is a status line, three fields and one compact object" {
    photo 7
    DELETE /7
    assert_equal "$(cat "$BATS_TEST_TMPDIR/answer")" "$(printf '%s\r\n' 'Status: 200 OK' \
        'Content-Type: application/json; charset=utf-8' 'Cache-Control: no-store' '' \
        "{\"mensaje\":\"$MENSAJE\"}" | head -c -2)"
}

@test "200: the URL's own path in PATH_INFO, and one trailing slash" {
    photo 7
    photo 8
    DELETE /api/v1/admin/imagenes/7
    assert_answer 200 "$MENSAJE"
    DELETE /8/
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    assert_removed 8
}

@test "400: the id is not a valid integer" {
    local id
    photo 7
    for id in '' / /abc /7.5 /0x10 /1e3 /+3 '/ 7' '/7 ' $'/7\n' /7a /-; do
        DELETE "$id"
        assert_answer 400 'El ID de imagen debe ser un número válido'
        assert_log outcome id-invalid
    done
    assert_intact 7
}

@test "400 and 405 need no database" {
    DATABASE_URL="host=/nonexistent"
    DELETE /abc
    assert_answer 400 'El ID de imagen debe ser un número válido'
    request GET /7
    assert_answer 405 'Método no permitido'
}

@test "404: no record has this id" {
    photo 7
    DELETE /8
    assert_answer 404 'Imagen no encontrada'
    assert_log outcome not-found
    assert_intact 7
}

@test "404: the same again" {
    photo 7
    DELETE /7
    DELETE /7
    assert_answer 404 'Imagen no encontrada'
}

@test "404: an integer that no record can have, and never another record" {
    local id
    photo 7
    photo 77
    # 4294967303 is 7 to 32 bits, 42949673037 is 77.
    for id in 0 -0 -7 2147483648 4294967303 42949673037 9223372036854775807 18446744073709551623 \
        99999999999999999999999999999999; do
        DELETE "/$id"
        assert_answer 404 'Imagen no encontrada'
    done
    assert_intact 7
    assert_intact 77
}

@test "404: more segments are no endpoint" {
    photo 7
    DELETE /7/8
    assert_answer 404 'Endpoint no encontrado'
    DELETE /7//
    assert_answer 404 'Endpoint no encontrado'
    assert_intact 7
}

@test "401: the web server vouches for nobody" {
    photo 7
    DELETE /7 BALSAMOA_AUTH=server
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
    DELETE /7 BALSAMOA_AUTH=server REMOTE_USER=
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
    DELETE /7 BALSAMOA_AUTH=server HTTP_REMOTE_USER=ana HTTP_AUTHORIZATION='Basic YW5hOmFuYQ=='
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
    assert_log outcome not-signed-in
    assert_intact 7
}

@test "401 comes before 400 and 404" {
    DELETE /abc BALSAMOA_AUTH=server
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
    DELETE /0 BALSAMOA_AUTH=server
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
}

@test "200: the web server vouches for ana, and the log says so" {
    photo 7
    DELETE /7 BALSAMOA_AUTH=server REMOTE_USER=ana
    assert_answer 200 "$MENSAJE"
    assert_log user ana
    assert_removed 7
}

@test "405: other methods, and Allow says which" {
    local method
    photo 7
    for method in GET POST PUT PATCH delete TRACE ''; do
        request "$method" /7
        assert_answer 405 'Método no permitido'
        assert_regex "$headers" $'\nAllow: DELETE, OPTIONS(\n|$)'
    done
    request HEAD /7
    assert_answer 405
    assert_intact 7
}

@test "204: OPTIONS has no body and allows the same" {
    photo 7
    OPTIONS /7
    assert_answer 204
    assert_regex "$headers" $'\nAllow: DELETE, OPTIONS(\n|$)'
    assert_intact 7
}

@test "500: unusable settings, and the log names the setting" {
    local config='Error de configuración del servidor'
    photo 7
    DELETE /7 BALSAMOA_AUTH=
    assert_answer 500 "$config"
    assert_log cause '.*BALSAMOA_AUTH is unset.*'
    DELETE /7 BALSAMOA_AUTH=None
    assert_answer 500 "$config"
    assert_log cause '.*BALSAMOA_AUTH is None.*'
    DELETE /7 BALSAMOA_PUBLIC_ROOT=
    assert_answer 500 "$config"
    assert_log cause '.*BALSAMOA_PUBLIC_ROOT.*'
    DELETE /7 BALSAMOA_PUBLIC_ROOT=public
    assert_answer 500 "$config"
    assert_log cause '.*absolute.*'
    assert_intact 7
}

@test "500: a DATABASE_URL that is no connection string is not quoted in the log" {
    local url
    for url in "postgres://ana:secreto@[::1/tienda" \
        "postgresql://localhost/tienda?schema=secreto" "host=localhost secreto" \
        "postgresql//ana:secreto@localhost/tienda" "postgresql://ana:1/secreto@localhost/tienda" \
        "postgresql://ana:1@secreto@localhost/tienda"; do
        DELETE /7 DATABASE_URL="$url"
        assert_answer 500 'Error de configuración del servidor'
        assert_log cause '.*DATABASE_URL.*'
        refute_regex "$log" secreto
    done
}

@test "the public root is DOCUMENT_ROOT where it is not said" {
    photo 7
    DELETE /7 BALSAMOA_PUBLIC_ROOT= DOCUMENT_ROOT="$ROOT"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "500: no database, and the log says why" {
    photo 7
    DELETE /7 DATABASE_URL="host=/nonexistent dbname=tienda"
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    assert_log outcome database-error
    assert_log cause '.*nonexistent.*'
    assert_intact 7
}

@test "500: no database, whoever names it; a mere name is a connection string, too" {
    photo 7
    DELETE /7 DATABASE_URL= PGHOST=/nonexistent PGDATABASE=tienda
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    DELETE /7 DATABASE_URL=tienda PGHOST=/nonexistent
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    assert_log cause '.*nonexistent.*'
    assert_intact 7
    DELETE /7 DATABASE_URL=tienda PGHOST="$PGHOST" PGUSER=imagenes
    assert_answer 200 "$MENSAJE"
}

@test "libpq's own variables do where DATABASE_URL is unset" {
    photo 7
    DELETE /7 DATABASE_URL= PGHOST="$PGHOST" PGDATABASE=tienda PGUSER=imagenes
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "whatever a caller sends, the log has one line of plain characters" {
    DELETE $'/7\n\e[31mimagenes: forged=1\x7f"\\' BALSAMOA_AUTH=server \
        REMOTE_USER=$'ana\r\nimagenes: forged="1" \xc2\x9b31m'
    assert_answer 400 'El ID de imagen debe ser un número válido'
    refute_regex "$(tr -d '\n' <"$BATS_TEST_TMPDIR/log")" '[^ -~]'
    assert_log user 'ana\\x0d\\x0aimagenes: forged=\\x221\\x22 \\xc2\\x9b31m'
}

@test "a line of the log is never cut, nor longer than a pipe takes at once" {
    local long
    long=$(printf '\1%.0s' {1..5000})
    request "$long" "/$long" BALSAMOA_AUTH=server REMOTE_USER="$long"
    assert_answer 405 'Método no permitido'
    [ "$(wc -c <"$BATS_TEST_TMPDIR/log")" -le 4096 ]
}

@test "the answer cannot be delivered: exit status 1" {
    status=0
    program GET /7 >/dev/full 2>/dev/null || status=$?
    assert_equal "$status" 1
}

@test "the log cannot be written: the answer is sent all the same" {
    photo 7
    program DELETE /7 >"$BATS_TEST_TMPDIR/answer" 2>/dev/full
    assert_regex "$(cat "$BATS_TEST_TMPDIR/answer")" '^Status: 200'
    assert_removed 7
}

# unread: descriptor 7 is a pipe that nobody reads.
unread() {
    mkfifo "$BATS_TEST_TMPDIR/unread"
    exec 8<>"$BATS_TEST_TMPDIR/unread"
    exec 7>"$BATS_TEST_TMPDIR/unread"
    exec 8<&-
}

@test "nobody reads the answer: exit status 1, and the log says what was done" {
    local status=0
    photo 7
    unread
    program DELETE /7 env --default-signal=PIPE >&7 2>"$BATS_TEST_TMPDIR/log" || status=$?
    assert_equal "$status" 1
    assert_regex "$(cat "$BATS_TEST_TMPDIR/log")" '^imagenes: .* status=200 '
    assert_removed 7
}

@test "nobody reads the log: the answer is sent all the same" {
    photo 7
    unread
    program DELETE /7 env --default-signal=PIPE >"$BATS_TEST_TMPDIR/answer" 2>&7
    assert_regex "$(cat "$BATS_TEST_TMPDIR/answer")" '^Status: 200'
    assert_removed 7
}

@test "no standard descriptors can be had: exit status 1, and nothing is done" {
    photo 7
    fault openat:error=EMFILE
    WRAP+=" -P /dev/null"
    # shellcheck disable=SC2016  # for the shell that runs the program
    DELETE /7 sh -c 'exec "$0" <&-'
    assert_equal "$status" 1
    assert_equal "$answer$log" ''
    assert_intact 7
}

@test "whatever a signal interrupts is taken up again" {
    photo 7
    fault poll:error=EINTR:when=1+2
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    fault write:error=EINTR:when=2 # the first is the log's
    DELETE /7
    assert_answer 404 'Imagen no encontrada'
}

@test "closed standard descriptors: neither answer nor log goes into the database's socket" {
    photo 7
    program DELETE /7 <&- >&- 2>&-
    assert_removed 7
}

@test "argv is ignored: Apache turns ?-x into one" {
    photo 7
    request DELETE /7 "$PROGRAM" -x --help /8 # what env runs, and its arguments
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}
