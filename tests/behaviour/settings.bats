# SPDX-License-Identifier: ISC
# What the operator may decide, where, and which settings files are not to be trusted.
load ../lib/support

CONFIG_ERROR='Error de configuración del servidor'
SECRET='un secreto que nadie ha de leer'

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    photo 7
    FILE=$BATS_TEST_TMPDIR/imagenes.json
}

# settings JSON: writes the file.
settings() {
    printf %s "$1" >"$FILE"
    chmod 600 "$FILE"
}

# all [MEMBERS]: everything that the program needs, as JSON.
all() {
    printf '{"database":"%s","public_root":"%s","auth":"none"%s}' "$(database_url)" "$ROOT" "${1-}"
}

# by_file VERB...: without settings in the environment, except the file's name.
by_file() {
    DATABASE_URL='' "$@" BALSAMOA_AUTH= BALSAMOA_PUBLIC_ROOT= BALSAMOA_CONFIG="$FILE"
}

# unusable PATTERN: the file is refused; the log names it, says why, and quotes no secret.
unusable() {
    by_file DELETE /7
    assert_answer 500 "$CONFIG_ERROR"
    assert_log outcome settings-unusable
    assert_log cause ".*$1.*"
    refute_regex "$log" 'secreto|dbname'
    assert_intact 7
}
unusable_file() { unusable "$FILE: .*$1"; }

@test "200: everything is in the file" {
    settings "$(all)"
    by_file DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    refute_log cause
}

@test "the environment is asked first, key by key" {
    settings '{"database":"host=/nonexistent","public_root":"/nonexistent","auth":"session",
        "jwt_secret":"","max_body":1,"method_override":true}'
    DELETE /7 BALSAMOA_CONFIG="$FILE" CONTENT_LENGTH=2
    assert_answer 413 'Cuerpo de la petición demasiado grande'
    request POST /7 BALSAMOA_CONFIG="$FILE" HTTP_X_HTTP_METHOD_OVERRIDE=DELETE \
        BALSAMOA_METHOD_OVERRIDE=false
    assert_answer 405 'Método no permitido'
    DELETE /7 BALSAMOA_CONFIG="$FILE"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "what is empty, in the environment or in the file, is unset" {
    settings '{"database":"","public_root":"","auth":"none","jwt_secret":"","log":""}'
    by_file DELETE /7 DOCUMENT_ROOT="$ROOT" PGHOST="$PGHOST" PGDATABASE=tienda PGUSER=imagenes \
        BALSAMOA_LOG= BALSAMOA_TIMEOUT_MS= BALSAMOA_METHOD_OVERRIDE= BALSAMOA_MAX_BODY=
    assert_answer 200 "$MENSAJE"
    photo 7
    settings '{"auth":"","public_root":"/srv"}'
    unusable '.*auth is unset'
}

@test "500: the file that BALSAMOA_CONFIG names is missing, or out of reach" {
    unusable_file 'No such file'
    FILE=$BATS_TEST_TMPDIR
    unusable_file 'not a regular file'
    FILE=$BATS_TEST_TMPDIR/$(printf 'x%.0s' {1..300})
    by_file DELETE /7
    assert_answer 500 "$CONFIG_ERROR"
    FILE=$(printf '/%.0s' {1..5000})
    by_file DELETE /7
    assert_answer 500 "$CONFIG_ERROR"
}

@test "a FIFO holds nobody up" {
    mkfifo -m 600 "$FILE"
    WRAP='timeout 5'
    unusable_file 'not a regular file'
}

# The home directory that passwd(5) has.
home() { getent passwd "$(id -u)" | cut -d : -f 6; }

@test "without BALSAMOA_CONFIG: the home that passwd(5) says, then sysconfdir; both may be missing" {
    local files
    [ ! -e "$(home)/.config/balsamoa" ] || skip "this user has settings"
    traced openat
    DELETE /7 HOME="$BATS_TEST_TMPDIR" XDG_CONFIG_HOME="$BATS_TEST_TMPDIR"
    assert_answer 200 "$MENSAJE"
    files=$(grep -o '"[^"]*/balsamoa/imagenes.json"' "$BATS_TEST_TMPDIR/trace")
    assert_equal "${files%%$'\n'*}" "\"$(home)/.config/balsamoa/imagenes.json\""
    assert_regex "${files#*$'\n'}" '^"[^"]*/etc/balsamoa/imagenes.json"$'
}

@test "without HOME, passwd(5) is read once, for libpq's password file too" {
    traced openat
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_equal "$(grep -c '"/etc/passwd"' "$BATS_TEST_TMPDIR/trace")" 1
}

@test "200: a file where that home has a directory is no settings' file" {
    fault openat:error=ENOTDIR
    WRAP+=" -P $(home)/.config/balsamoa/imagenes.json"
    DELETE /7
    assert_answer 200 "$MENSAJE"
}

@test "500: a file at that home is no reason to look at sysconfdir, whatever is wrong with it" {
    local file
    file=$(home)/.config/balsamoa/imagenes.json
    fault openat:error=EACCES
    WRAP+=" -P $file"
    DELETE /7
    assert_answer 500 'Error de configuración del servidor'
    assert_log cause "$file: Permission denied"
    fault openat:retval=0 # standard input, which is /dev/null
    WRAP+=" -P $file"
    DELETE /7
    assert_answer 500 'Error de configuración del servidor'
    assert_log cause "$file: it is not a regular file"
    assert_intact 7
}

@test "a file as large as it may be" {
    settings "$(all)"
    printf "%$((65536 - $(stat -c %s "$FILE")))s" '' >>"$FILE"
    by_file DELETE /7
    assert_answer 200 "$MENSAJE"
    photo 7
    echo >>"$FILE"
    unusable_file 'too large'
}

@test "a file that is read in pieces, and interrupted, is read to its end" {
    settings "$(all)"
    fault read:error=EINTR:when=1
    WRAP+=" -P $FILE"
    by_file DELETE /7
    assert_answer 200 "$MENSAJE"
}

@test "500: the file cannot be read to its end" {
    settings "$(all)"
    fault read:error=EIO
    WRAP+=" -P $FILE"
    unusable_file 'it cannot be read'
    fault fstat:error=EIO newfstatat:error=EIO
    WRAP+=" -P $FILE"
    unusable_file 'Input/output error'
}

@test "500: others can read or write the file" {
    local mode
    settings "$(all ",\"jwt_secret\":\"$SECRET\"")"
    for mode in 604 602 606 644 620 660 666 640; do
        chmod "$mode" "$FILE"
        unusable_file 'read'
    done
    chmod 601 "$FILE"
    by_file DELETE /7
    assert_answer 200 "$MENSAJE"
}

@test "500: the file is neither this user's nor root's, as far as anyone can tell" {
    settings "$(all)"
    chmod 400 "$FILE"
    fault geteuid:retval=4242
    unusable_file 'another user'
}

@test "500: the file cannot be read" {
    settings "$(all)"
    chmod 0 "$FILE"
    unusable_file 'Permission denied'
}

@test "500: a file that is not JSON: the log says in which line and column" {
    settings $'{"auth":"none",\n  "public_root":"/año" "log":"stderr"}'
    unusable "$FILE:2:24: [a-z]"
    settings '{"auth":"none"'
    unusable "$FILE:1:15: it ends too early"
    settings "{'auth':'none'}"
    unusable "$FILE:1:2: [a-z]"
}

@test "200: a path in the file that is not ASCII" {
    mv "$ROOT" "$BATS_TEST_TMPDIR/año"
    ROOT=$BATS_TEST_TMPDIR/año PRODUCTOS=$BATS_TEST_TMPDIR/año/recursos/imagenes/productos
    settings "$(all)"
    by_file DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "500: the file is not a JSON object, and the log does not quote it" {
    local text
    for text in '' '{' '[]' '"secreto"' '{"database":"secreto"' '{"database":"secreto"}}' \
        '{"database":"secreto",}' '{database:"secreto"}' "{'database':'secreto'}" \
        '{"auth":"none"} secreto' '/* secreto */ {}' $'{"database":"secreto\n"}' \
        '{"database":"secreto\u0000"}' '{"jwt_secret":"secreto","jwt_secret":"secreto"}' \
        $'{"database":"secreto\xff"}' '{"timeout_ms":NaN}' '{"jwt_secret":"secreto\"}'; do
        settings "$text"
        unusable "$FILE:1:[0-9]+: [a-z]"
        refute_regex "$log" 'unset' # it was not read, rather than read and found lacking
    done
    settings '{"jwt_secret":"secreto","jwt_secret":"secreto"}'
    unusable "$FILE:1:1: .*twice"
    head -c 70000 /dev/zero | tr '\0' ' ' >"$FILE"
    unusable_file 'too large'
}

@test "500: a NUL in the file" {
    printf '{"auth":"none"}\0' >"$FILE"
    chmod 600 "$FILE"
    unusable "$FILE:1:16: unexpected character"
}

# unknown NAME [MEANT]: a file with such a member. The log writes \x22 for a quote.
unknown() {
    settings "$(all ",\"$1\":\"secreto\"")"
    unusable_file "unknown setting .x22$1.x22${2:+; did you mean .x22$2.x22[?]}"
    [ -n "${2-}" ] || refute_regex "$log" 'did you mean'
}

@test "500: a key that is no setting is named, and the one it may be meant for" {
    unknown jwt_secreT jwt_secret
    unknown jwtSecret jwt_secret
    unknown publicroot public_root
    unknown timeout timeout_ms
    unknown role_admins
    unknown BALSAMOA_PUBLIC_ROOT public_root
    unknown FIRMA_JWT jwt_secret
    unknown ''
    unknown lg log
    unknown au
    unknown "$(printf 'x%.0s' {1..500})"
}

@test "500: a value of the wrong type is named, and not quoted" {
    local member
    for member in '"database":["secreto"]' '"public_root":1' '"auth":null' \
        '"jwt_secret":{"a":"secreto"}' '"log":true' '"timeout_ms":"5000"' '"timeout_ms":5000.0' \
        '"admin_roles":1' '"admin_roles":"1"' '"method_override":"true"' '"method_override":1' '"max_body":"1"' '"max_body":null'; do
        settings "{$member}"
        unusable_file "$(cut -d '"' -f 2 <<<"$member") is not of type"
    done
}

@test "500: a value out of range is named, wherever it is" {
    local member setting
    for member in '"timeout_ms":2999' '"timeout_ms":60001' '"timeout_ms":-5000' '"timeout_ms":0' \
        '"timeout_ms":18446744073709551615' '"timeout_ms":4294972296' '"max_body":-1' \
        '"max_body":16777217' '"log":"Syslog"' '"auth":"sesion"'; do
        settings "$(all ",$member" | sed 's/"auth":"none",\("auth"\)/\1/')"
        unusable_file "$(cut -d '"' -f 2 <<<"$member") is "
    done
    for setting in TIMEOUT_MS=2999 TIMEOUT_MS=5e3 TIMEOUT_MS=' 5000' TIMEOUT_MS=5000x TIMEOUT_MS=+5000 \
        TIMEOUT_MS=18446744073709556616 MAX_BODY=-1 MAX_BODY=64k METHOD_OVERRIDE=yes \
        METHOD_OVERRIDE=TRUE LOG=file AUTH=NONE; do
        DELETE /7 BALSAMOA_"$setting"
        assert_answer 500 "$CONFIG_ERROR"
        assert_log cause "BALSAMOA_${setting%%=*} is .*"
    done
    assert_intact 7
}

@test "500: roles that are no ids of roles, wherever they are" {
    local roles
    for roles in '[]' '[0]' '[-1]' '[1.0]' '["1"]' '[[1]]' '[1,null]' '[2147483648]' '[4294967297]' \
        "[$(seq -s , 17)]"; do
        settings "$(all ",\"admin_roles\":$roles")"
        unusable_file 'admin_roles is not a list of 1 to 16 role ids'
    done
    for roles in 0 -1 +1 1, ,1 1,,2 '1 2' '1, 2' 1.0 a 1a '[1' '1]' '[1]x' '[1]]' 2147483648 "$(seq -s , 17)"; do
        DELETE /7 BALSAMOA_ADMIN_ROLES="$roles"
        assert_answer 500 "$CONFIG_ERROR"
        assert_log cause 'BALSAMOA_ADMIN_ROLES is not a list of 1 to 16 role ids'
    done
    assert_intact 7
    for roles in 1 01 '[1]' '[2,1]' 2147483647 "$(seq -s , 16)"; do
        DELETE /8 BALSAMOA_ADMIN_ROLES="$roles"
        assert_answer 404 'Imagen no encontrada'
    done
    settings "$(all ',"admin_roles":[ 1, 3 ]')"
    by_file DELETE /7
    assert_answer 200 "$MENSAJE"
}

@test "200: settings in any script" {
    ROOT=$BATS_TEST_TMPDIR/público-世界
    PRODUCTOS=$ROOT/recursos/imagenes/productos
    mkdir -p "$PRODUCTOS"
    photo 8
    settings "$(all ',"jwt_secret":"clave ñandú 🦙"')"
    by_file DELETE /8
    assert_answer 200 "$MENSAJE"
    assert_removed 8
}

@test "the bounds of a range are in it" {
    settings "$(all ',"timeout_ms":3000,"max_body":0')"
    by_file DELETE /7
    assert_answer 200 "$MENSAJE"
    DELETE /8 BALSAMOA_TIMEOUT_MS=60000 BALSAMOA_MAX_BODY=16777216
    assert_answer 404 'Imagen no encontrada'
}

@test "500: session without a secret, or a database that is no connection string, in the file" {
    settings '{"auth":"session","public_root":"/"}'
    unusable_file 'jwt_secret is unset|FIRMA_JWT'
    settings "{\"auth\":\"none\",\"public_root\":\"$ROOT\",\"database\":\"host=x secreto\"}"
    unusable 'database'
}

@test "405 and 204 do not need usable settings" {
    settings '{"auth":'
    by_file request GET /7
    assert_answer 405 'Método no permitido'
    by_file OPTIONS /7
    assert_answer 204
    by_file request POST /7 HTTP_X_HTTP_METHOD_OVERRIDE=DELETE
    assert_answer 405 'Método no permitido'
}

@test "405: no override unless the operator allows it" {
    request POST /7 HTTP_X_HTTP_METHOD_OVERRIDE=DELETE BALSAMOA_METHOD_OVERRIDE=0
    assert_answer 405 'Método no permitido'
    request POST /7 HTTP_X_HTTP_METHOD_OVERRIDE=DELETE
    assert_answer 405 'Método no permitido'
    request POST /7 HTTP_X_HTTP_METHOD_OVERRIDE=DELETE HTTP_BALSAMOA_METHOD_OVERRIDE=1
    assert_answer 405 'Método no permitido'
    assert_intact 7
}

@test "an override is a POST that says DELETE, and nothing else" {
    local method
    for method in '' delete 'DELETE ' DELETE,DELETE POST GET; do
        request POST /7 BALSAMOA_METHOD_OVERRIDE=1 HTTP_X_HTTP_METHOD_OVERRIDE="$method"
        assert_answer 405 'Método no permitido'
    done
    for method in GET PUT HEAD post ''; do
        request "$method" /7 BALSAMOA_METHOD_OVERRIDE=1 HTTP_X_HTTP_METHOD_OVERRIDE=DELETE
        assert_regex "$status_line" 405
    done
    request POST /7 BALSAMOA_METHOD_OVERRIDE=1
    assert_answer 405 'Método no permitido'
    assert_intact 7
}

@test "an override is checked like a DELETE" {
    local -a post=(request POST /7 BALSAMOA_METHOD_OVERRIDE=1 HTTP_X_HTTP_METHOD_OVERRIDE=DELETE)
    "${post[@]}" BALSAMOA_AUTH=server
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
    "${post[@]}" HTTP_SEC_FETCH_SITE=cross-site
    assert_answer 403 'Acceso denegado. Se requiere iniciar sesión.'
    "${post[@]}" BALSAMOA_AUTH=
    assert_answer 500 "$CONFIG_ERROR"
    "${post[@]}" PATH_INFO=/x
    assert_answer 400 'El ID de imagen debe ser un número válido'
    assert_intact 7
    settings "$(all ',"method_override":true')"
    by_file request POST /7 HTTP_X_HTTP_METHOD_OVERRIDE=DELETE
    assert_answer 200 "$MENSAJE"
    assert_log method POST
    assert_removed 7
}

@test "nothing but request headers is taken from HTTP_*" {
    local variable
    for variable in BALSAMOA_AUTH BALSAMOA_CONFIG BALSAMOA_PUBLIC_ROOT DATABASE_URL FIRMA_JWT \
        REMOTE_USER PROXY; do
        DELETE /7 BALSAMOA_AUTH=server HTTP_"$variable"=none
        assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
    done
}
