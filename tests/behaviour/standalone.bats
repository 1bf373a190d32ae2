# SPDX-License-Identifier: ISC
# The standalone program: what it contains. What it does without is reported, and not missed.
load ../lib/support
load ../lib/tls-server

CONTENTS=$abs_top_builddir/standalone-contents.txt
BILL=$abs_top_builddir/standalone-contents.cdx.json

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

@test "what a removal runs lies side by side: standalone/order.ld names what these releases have" {
    grep -q 'PROJECT_LDFLAGS = .*/order\.ld' "$abs_top_builddir/Makefile" || skip "the linker is not GNU ld"
    run -0 objdump -t "$PROGRAM"
    for name in main settings_load PQconnectPoll PQgetResult pg_vsnprintf json_tokener_parse_ex SHA256_Update \
        OPENSSL_cpuid_setup __libc_start_main malloc fclose strlen poll; do
        assert_line --regexp " \.text\.needed\s.* $name\$"
    done
}

@test "the list of what is inside names each library and its version" {
    local name
    for name in libpq OpenSSL json-c glibc; do
        run -0 grep -E "^$name .*[0-9]+\.[0-9]+" "$CONTENTS"
    done
}

# archives: those that are linked.
archives() {
    # shellcheck disable=SC2016 # for make
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$abs_top_builddir" \
        --eval 'archives: ; @echo $(standalone_archives)' archives
}

# contents FORMAT: what the build writes into a file, made anew.
contents() {
    # shellcheck disable=SC2046 # a list of words
    "$abs_top_srcdir/standalone/contents" "$1" 1.2.3 $(archives)
}

# As on a system without dpkg.
contents_without_packages() {
    mkdir "$BATS_TEST_TMPDIR/bin"
    ln -s /bin/false "$BATS_TEST_TMPDIR/bin/dpkg-query"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH contents "$1"
}

@test "the bill of materials is CycloneDX 1.5, of this version" {
    assert_equal "$(jq -r '.bomFormat, .specVersion' "$BILL" | paste -sd ' ')" 'CycloneDX 1.5'
    assert_equal "$(jq -r '.metadata.component | "imagenes-check \(.version)"' "$BILL")" \
        "$("$abs_top_builddir/sbin/imagenes-check" --version | sed 's/ *(.*)//')"
}

@test "each bill of materials is valid by CycloneDX's own schemas" {
    local schemas=${NODE_PATH:-}/@cyclonedx/cyclonedx-library/res/schema bill
    [ -e "$schemas" ] || skip "npm's @cyclonedx/cyclonedx-library is not installed"
    SOURCE_DATE_EPOCH=1764020000 contents cyclonedx >"$BATS_TEST_TMPDIR/with-time"
    contents_without_packages cyclonedx >"$BATS_TEST_TMPDIR/without-packages"
    for bill in "$BILL" "$BATS_TEST_TMPDIR/with-time" "$BATS_TEST_TMPDIR/without-packages"; do
        run -0 python3 "$abs_top_srcdir/tests/behaviour/cyclonedx.py" "$bill" "$schemas"
        assert_output ''
    done
}

@test "the list and the bill of materials have the same libraries, packages and versions" {
    assert_equal "$(jq -r '.components[].description' "$BILL" | sort -u)" \
        "$(sed '1d; /^[^ ]*\.a: /d' "$CONTENTS" | sort)"
    # An archive, and the package and the source that it came from, if dpkg knows.
    assert_equal "$(jq -r '.components[] | . as {$name, $version, $purl} |
            (($purl | capture("upstream=(?<source>[^&%]*)").source) // $name) as $source | .components[] |
            if $purl | startswith("pkg:deb/") then "\(.name): \($name) \($version) \($source)" else .name + ":" end' \
        "$BILL" | sort)" \
        "$(sed -nE 's/^([^ ]+\.a:)( \/.*|( [^ ]+ [^ ]+), of source( [^ ]+) .*)/\1\3\4/p' "$CONTENTS" | sort)"
    assert_equal "$(jq -r '.dependencies[0].dependsOn[]' "$BILL")" "$(jq -r '.components[].purl' "$BILL")"
}

@test "the bill of materials has each archive's SHA-256" {
    local archive
    for archive in $(archives); do
        sha256sum "$archive" | sed -E 's,  .*/,  ,'
    done | sort >"$BATS_TEST_TMPDIR/sums"
    assert_file_not_empty "$BATS_TEST_TMPDIR/sums"
    assert_equal "$(jq -r '.components[].components[] | "\(.hashes[0].content)  \(.name)"' "$BILL" | sort)" \
        "$(cat "$BATS_TEST_TMPDIR/sums")"
}

@test "the bill of materials is reproducible: its only time is SOURCE_DATE_EPOCH" {
    unset SOURCE_DATE_EPOCH
    contents cyclonedx >"$BATS_TEST_TMPDIR/1"
    contents cyclonedx >"$BATS_TEST_TMPDIR/2"
    assert_files_equal "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
    assert_equal "$(jq -r '.serialNumber, .metadata.timestamp' "$BATS_TEST_TMPDIR/1" | uniq)" null
    SOURCE_DATE_EPOCH=1764020000 contents cyclonedx >"$BATS_TEST_TMPDIR/2"
    assert_equal "$(jq -r .metadata.timestamp "$BATS_TEST_TMPDIR/2")" 2025-11-24T21:33:20Z
}

@test "archives of no package are named by their library and its version" {
    local version
    contents_without_packages cyclonedx >"$BATS_TEST_TMPDIR/bill"
    version=$(pkg-config --modversion libcrypto)
    run -0 jq -r '.components[] | select(.name == "OpenSSL") | "\(.version) \(.purl) \(.components | length)"' \
        "$BATS_TEST_TMPDIR/bill"
    assert_output "$version pkg:generic/openssl@$version 2"
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
    make_chroot
    printf '%s\n' 'passwd: sss systemd' 'hosts: resolve mymachines' >"$CHROOT/etc/nsswitch.conf"
    echo '127.0.0.1 base-de-datos localhost' >"$CHROOT/etc/hosts"
    cp "$PGHOST/authority.crt" "$CHROOT/etc"
    photo 8
    cp "$PRODUCTOS/8.webp" "$CHROOT/public/recursos/imagenes/productos"
    in_chroot 7 "host=/run user=imagenes dbname=tienda port=$PGPORT"
    assert_answer 200 "$MENSAJE"
    over_tls host=base-de-datos sslmode=verify-ca sslrootcert=/etc/authority.crt
    in_chroot 8 "$DATABASE_URL"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(find "$CHROOT/public" -type f)" ''
}

@test "the user's entry comes behind lines that are none, and one longer than its buffer" {
    make_chroot
    printf '%s\n' '# root:x:0:0::/:' 'root:x:0' 'root:x:0x:0::/otra:' "root:x:1:1:$(printf '%9000d')::" '' \
        'root:x:0:0::/casa:/bin/sh' >"$CHROOT/etc/passwd"
    mkdir -p "$CHROOT/casa/.config/balsamoa"
    (umask 077 && echo "{\"database\": \"host=/run user=imagenes dbname=tienda port=$PGPORT\"}" \
        >"$CHROOT/casa/.config/balsamoa/imagenes.json")
    in_chroot 7 ''
    rm -r "$CHROOT/casa" "$CHROOT/etc/passwd"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(find "$CHROOT/public" -type f)" ''
}

# Of the user's own, with the program and a copy of the shop's files.
make_chroot() {
    unshare -rm true 2>/dev/null || skip "no user namespaces here"
    touch "$CHROOT/dev/null"
    cp "$PROGRAM" "$CHROOT/imagenes"
    rm -rf "$CHROOT/public"
    mkdir -p "$CHROOT/public"
    cp -r "$ROOT/recursos" "$CHROOT/public"
}

# in_chroot ID DATABASE_URL
in_chroot() {
    # shellcheck disable=SC2016  # for the shell in the namespace
    request DELETE "/$1" BALSAMOA_PUBLIC_ROOT=/public DATABASE_URL="$2" CHROOT="$CHROOT" PATH="$PATH" \
        unshare -rm sh -c \
        'mount --bind /dev/null "$CHROOT/dev/null" && exec chroot "$CHROOT" /imagenes'
}
