# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154 # variables that request sets
# The program in the environment of suexec, as on most shared hosts: it runs as the account's own user,
# and nothing that .htaccess sets reaches it. So its settings come from a file in the account's home.
# tests/hosts/apache-suexec.bats has suexec itself, for root.
load ../lib/support

CONFIG_ERROR='Error de configuración del servidor'

# What suexec 2.4 lets through (support/suexec.c, safe_env_lst; all of those with a `=`).
SAFE='^(HTTP_[^=]*|SSL_[^=]*|AUTH_TYPE|CONTENT_LENGTH|CONTENT_TYPE|CONTEXT_(DOCUMENT_ROOT|PREFIX)'
SAFE+='|DATE_GMT|DATE_LOCAL|DOCUMENT_(ARGS|NAME|PATH_INFO|ROOT|URI)|GATEWAY_INTERFACE|HTTPS'
SAFE+='|LAST_MODIFIED|PATH_INFO|PATH_TRANSLATED|QUERY_STRING|QUERY_STRING_UNESCAPED'
SAFE+='|REMOTE_(ADDR|HOST|IDENT|PORT|USER)|REQUEST_(METHOD|SCHEME|URI)'
SAFE+='|REDIRECT_(ERROR_NOTES|HANDLER|QUERY_STRING|REMOTE_USER|SCRIPT_FILENAME|STATUS|URL)'
SAFE+='|SCRIPT_(FILENAME|NAME|URI|URL)|SERVER_(ADDR|ADMIN|NAME|PORT|PROTOCOL|SIGNATURE|SOFTWARE)'
SAFE+='|UNIQUE_ID|USER_NAME|TZ)='

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    unshare --map-root-user --mount true 2>/dev/null || skip "this user may make no namespaces"
    shop_reset
    photo 7
    HOME_DIRECTORY=$BATS_TEST_TMPDIR/home
    SETTINGS=$HOME_DIRECTORY/.config/balsamoa/imagenes.json
    mkdir -p "${SETTINGS%/*}"
    echo "root:x:0:0::$HOME_DIRECTORY:/bin/sh" >"$BATS_TEST_TMPDIR/passwd"
}

# under_suexec METHOD PATH_INFO [VARIABLE=VALUE ...]: as after .htaccess and a sign-in, in a namespace
# whose passwd(5) gives the user a home of this test.
under_suexec() {
    local variable
    local -a kept=(PATH=/usr/local/bin:/usr/bin:/bin ASAN_OPTIONS="${ASAN_OPTIONS-}")
    for variable in REQUEST_METHOD="$1" PATH_INFO="$2" DOCUMENT_ROOT="$ROOT" REMOTE_USER=admin \
        BALSAMOA_AUTH=none BALSAMOA_PUBLIC_ROOT=/nonexistent DATABASE_URL=host=/nonexistent \
        BALSAMOA_CONFIG=/nonexistent FIRMA_JWT=x HOME=/nonexistent "${@:3}"; do
        [[ ! $variable =~ $SAFE ]] || kept+=("$variable")
    done
    status=0
    # shellcheck disable=SC2016 # for the inner shell
    env -i "${kept[@]}" unshare --map-root-user --mount /bin/sh -c \
        'mount --bind "$1" /etc/passwd && exec "$2"' sh "$BATS_TEST_TMPDIR/passwd" "$PROGRAM" \
        >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log" </dev/null 3>&- || status=$?
    read_answer
}

settings() {
    printf '{"database":"%s","auth":"server"}' "$(database_url)" >"$SETTINGS"
    chmod 600 "$SETTINGS"
}

@test "200: the settings are in the account's home, the public root is the document root" {
    settings
    under_suexec DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "401: the file says who vouches for the caller, and .htaccess does not" {
    settings
    under_suexec DELETE /7 REMOTE_USER=
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
    assert_intact 7
}

@test "500: a home that is no absolute path is none" {
    settings
    echo "root:x:0:0::${HOME_DIRECTORY#/}:/bin/sh" >"$BATS_TEST_TMPDIR/passwd"
    cd /
    under_suexec DELETE /7
    assert_answer 500 "$CONFIG_ERROR"
    assert_intact 7
}

@test "500: no settings but those of .htaccess" {
    under_suexec DELETE /7
    assert_answer 500 "$CONFIG_ERROR"
    assert_intact 7
}

@test "500: others can read the settings" {
    settings
    chmod 644 "$SETTINGS"
    under_suexec DELETE /7
    assert_answer 500 "$CONFIG_ERROR"
    assert_intact 7
}
