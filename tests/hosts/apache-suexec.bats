# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154 # variables that http sets, and of host-cases.bash
# The program behind Apache and suexec, with apache/htaccess and a settings file in the account's home.
# Only root can use suexec: make check TESTS=tests/hosts/apache-suexec.bats (Debian:
# apache2-suexec-pristine). It runs in a mount namespace, and changes nothing outside.
load ../lib/support
load ../lib/servers
load ../lib/host-cases

ACCOUNT_ID=29999

suexec_present() {
    apache_present && [ -d /var/www ] && grep -q www-data /etc/passwd &&
        /usr/lib/apache2/suexec -V 2>&1 | grep -q 'AP_DOC_ROOT="/var/www"'
}

# as_nobody FUNCTION: runs a function of support.bash as nobody, because PostgreSQL refuses root.
as_nobody() {
    # shellcheck disable=SC2016 # for the inner shell
    abs_top_srcdir=$abs_top_srcdir setpriv --reuid=nobody --regid=nogroup --clear-groups bash -c '
        bats_require_minimum_version() { :; }
        bats_load_library() { :; }
        . "$abs_top_srcdir/tests/lib/support.bash"
        "$1" >&2 && echo "$PGHOST"' bash "$1"
}

setup_file() {
    export HOST_MISSING=
    [ "$(id -u)" -eq 0 ] || return 0
    suexec_present || { HOST_MISSING='suexec for /var/www' && return 0; }
    PGHOST=$(as_nobody postgres_start) PGBIN=$(postgres_bindir) PGUSER=postgres PGDATABASE=tienda
    export PGHOST PGBIN PGUSER PGDATABASE PGDATA="$PGHOST/data"
    chmod 711 "$PGHOST"
    grant_products
    SERVER_WRAP=("$SD_BOOTED")
    trace_server
    PRODUCTS=on suexec_start
}
teardown_file() {
    [ "$(id -u)" -eq 0 ] && [ -z "$HOST_MISSING" ] || return 0
    server_stop
    as_nobody postgres_stop
}
setup() {
    [ "$(id -u)" -eq 0 ] || skip "suexec changes users: run this file as root"
    host_setup
    chown -R "$ACCOUNT_ID:$ACCOUNT_ID" "$ROOT/recursos"
}

# A shared host with the account `tienda`, whose document root is /var/www/tienda.
suexec_start() {
    server_room
    chmod 711 "$SERVER"
    mkdir -p "$SERVER/www/tienda" "$SERVER/log/apache2" "$SERVER/home/.config/balsamoa"
    # This comes first, in case the machine has a user of that name.
    { echo "tienda:x:$ACCOUNT_ID:$ACCOUNT_ID::$SERVER/home:/bin/sh" && cat /etc/passwd; } \
        >"$SERVER/passwd"
    { echo "tienda:x:$ACCOUNT_ID:" && cat /etc/group; } >"$SERVER/group"
    {
        apache_load mpm_prefork cgi suexec
        printf '%s www-data\n' User Group
        apache_htaccess | sed "s|$SERVER/public|/var/www/tienda|
            /<VirtualHost/a SuexecUserGroup tienda tienda"
    } >"$SERVER/apache.conf"
    printf '{"database":"%s","auth":"server"}' "$(database_url)" \
        >"$SERVER/home/.config/balsamoa/imagenes.json"
    chmod 600 "$SERVER/home/.config/balsamoa/imagenes.json"
    chmod 644 "$SERVER/users"
    chown -R "$ACCOUNT_ID:$ACCOUNT_ID" "$SERVER/public" "$SERVER/home"
    # shellcheck disable=SC2016 # for the inner shell
    server_launch unshare --mount bash -ec 'cd "$1"
        mount --bind passwd /etc/passwd
        mount --bind group /etc/group
        mount --bind log /var/log
        mount --bind www /var/www
        mount --bind public /var/www/tienda
        exec "$2" -f "$1/apache.conf" -DFOREGROUND' bash "$SERVER" "$(find_program apache2 httpd)"
}

@test "suexec: settings from the home of the account, and none but those" {
    local program
    photo 7
    delete 7
    assert_http 200 "$MENSAJE"
    assert_removed 7
    assert_server_log vhost.log 'imagenes: method="DELETE" id="7" .* status=200 .* user="admin"'
    http GET "$PRODUCTS_ENDPOINT/1"
    assert_json .id 1
    for program in imagenes productos; do
        grep -q "uid: (29999/tienda) gid: (29999/[a-z0-9]*) cmd: $program.cgi" \
            "$SERVER/log/apache2/suexec.log"
    done

    photo 7
    CREDENTIALS=admin:otra delete 7
    assert_http 401 "$NOT_SIGNED_IN"
    mv "$SERVER/home/.config" "$SERVER/home/away"
    delete 7
    mv "$SERVER/home/away" "$SERVER/home/.config"
    assert_http 500 "$CONFIG_ERROR"
    assert_intact 7
}

@test "suexec: each of 20 programs is dead when its output ends" { case_dead_in_time; }
