# SPDX-License-Identifier: ISC
# The standalone program: what it contains. What it does without is reported, and not missed.
load ../lib/support
load ../lib/tls-server

CONTENTS=$abs_top_builddir/standalone-contents.txt

setup_file() {
    [ -e "$CONTENTS" ] || return 0
    CHROOT=$(mktemp -d "${TMPDIR:-/tmp}/imagenes.XXXXXX")
    export CHROOT
    mkdir -p "$CHROOT/run" "$CHROOT/dev" "$CHROOT/etc"
    tls_start "$CHROOT/run"
}

teardown_file() {
    postgres_stop
    [ -z "${CHROOT:-}" ] || rm -rf "$CHROOT"
}

setup() {
    [ -e "$CONTENTS" ] || skip "built without --enable-standalone"
    shop_reset
    photo 7
}

@test "nothing is linked at run time" {
    run ldd "$PROGRAM"
    assert_output --regexp 'not a dynamic executable|statically linked'
}

@test "the list of what is inside names each library and its version" {
    local name
    for name in libpq OpenSSL json-c 'C library'; do
        run -0 grep -E "^$name .*[0-9]+\.[0-9]+" "$CONTENTS"
    done
}

@test "no file of any library is opened, over TLS neither" {
    over_tls
    traced execve,open,openat,openat2
    DELETE /7
    assert_answer 200 "$MENSAJE"
    # env(1) came first.
    run -0 sed "1,\\|^execve(\"$PROGRAM\"|d" "$BATS_TEST_TMPDIR/trace"
    assert_output --partial authority.crt
    refute_output --regexp '\.so|libpq|krb5|ldap|gconv'
}

@test "gssencmode=require: no Kerberos, and the log says so" {
    over_tls gssencmode=require
    DELETE /7
    assert_refused '.*GSSAPI encryption required but (was impossible|no credential cache).*'
}

@test "a server that asks for Kerberos: the log says that there is none" {
    over_tls user=realm sslmode=disable
    DELETE /7
    assert_refused '.*built without Kerberos.*'
}

@test "a service file that points to LDAP: the log says that there is none" {
    echo $'[tienda]\nldap://127.0.0.1/dc=tienda?description?one?(cn=tienda)' \
        >"$BATS_TEST_TMPDIR/service"
    DATABASE_URL='' DELETE /7 PGSERVICE=tienda PGSERVICEFILE="$BATS_TEST_TMPDIR/service"
    assert_refused '.*LDAP.*'
}

@test "an openssl.cnf that names a module: told, and no crash" {
    cat >"$BATS_TEST_TMPDIR/openssl.cnf" <<-END
	openssl_conf = init
	[init]
	providers = providers
	[providers]
	ajeno = ajeno
	[ajeno]
	module = /usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so
	activate = 1
	END
    over_tls
    DELETE /7 OPENSSL_CONF="$BATS_TEST_TMPDIR/openssl.cnf"
    assert_regex "$status_line" '^Status: (200|500)'
}

# Its nsswitch.conf names services that the program does not contain.
@test "in a bare chroot: no library, no user's entry" {
    unshare -rm true 2>/dev/null || skip "no user namespaces here"
    touch "$CHROOT/dev/null"
    cp "$PROGRAM" "$CHROOT/imagenes"
    printf '%s\n' 'passwd: sss systemd' 'hosts: resolve mymachines' >"$CHROOT/etc/nsswitch.conf"
    echo '127.0.0.1 base-de-datos localhost' >"$CHROOT/etc/hosts"
    cp "$PGHOST/authority.crt" "$CHROOT/etc"
    mkdir -p "$CHROOT/public"
    cp -r "$ROOT/recursos" "$CHROOT/public"
    photo 8
    cp "$PRODUCTOS/8.webp" "$CHROOT/public/recursos/imagenes/productos"
    in_chroot 7 "host=/run user=imagenes dbname=tienda port=$PGPORT"
    assert_answer 200 "$MENSAJE"
    over_tls host=base-de-datos sslmode=verify-ca sslrootcert=/etc/authority.crt
    in_chroot 8 "$DATABASE_URL"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(find "$CHROOT/public" -type f)" ''
}

# in_chroot ID DATABASE_URL
in_chroot() {
    # shellcheck disable=SC2016  # for the shell in the namespace
    request DELETE "/$1" BALSAMOA_PUBLIC_ROOT=/public DATABASE_URL="$2" CHROOT="$CHROOT" PATH="$PATH" \
        unshare -rm sh -c \
        'mount --bind /dev/null "$CHROOT/dev/null" && exec chroot "$CHROOT" /imagenes'
}
