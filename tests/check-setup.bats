# SPDX-License-Identifier: ISC
# imagenes-check: each thing that can be wrong is told from one that is well.
load support

CHECK=$abs_top_builddir/src/imagenes-check

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }

# check [VARIABLE=VALUE ...] [ARGUMENT ...]: sets $output and $status. WRAP is a command to run it
# under.
check() {
    # shellcheck disable=SC2086 # a list of words
    run ${WRAP-} env -i BALSAMOA_AUTH=server BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$(database_url)" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}${WRAP:+:detect_leaks=0}" "$@" </dev/null 3>&-
}
checked() { check "$@" "$CHECK"; }

assert_well() {
    assert_success
    refute_line --regexp '^error: '
}
# assert_wrong PATTERN: one error, and that one.
assert_wrong() {
    assert_failure 1
    assert_equal "$(grep -c '^error: ' <<<"$output")" 1
    assert_line --regexp "^error: $1"
}

@test "all is well" {
    checked
    assert_well
    refute_line --regexp '^warning: '
    assert_line --regexp "^ok: user: number $(id -u)$"
    assert_line 'ok: settings file: none, the environment says it all'
    assert_line 'ok: auth: server'
    assert_line 'ok: log: standard error, wherever the web server sends that'
    assert_line "ok: public root: $ROOT"
    assert_line "ok: images: $ROOT/recursos/imagenes/productos is writable"
    assert_line --regexp '^ok: database: tienda, as imagenes, on PostgreSQL [0-9]+'
    assert_line 'ok: index on url: present'
    assert_line 'ok: producto_imagenes: this role may delete from it'
    refute_line --partial usuarios
}

@test "a control character in a value cannot forge a line" {
    checked BALSAMOA_PUBLIC_ROOT=$'/no\nok: all is well\x7f'
    assert_failure 1
    refute_line 'ok: all is well'
    assert_line --partial '/no?ok: all is well?'
}

@test "it changes nothing" {
    photo 7
    checked
    assert_intact 7
}

@test "settings from a file, the shop's sign-in, syslog" {
    local file=$BATS_TEST_TMPDIR/imagenes.json
    echo '{"auth":"session","jwt_secret":"un secreto de treinta y dos bytes","log":"syslog"}' >"$file"
    chmod 600 "$file"
    checked BALSAMOA_AUTH= BALSAMOA_CONFIG="$file"
    assert_well
    refute_line --regexp '^warning: '
    assert_line "ok: settings file: $file"
    assert_line 'ok: auth: session'
    assert_line 'ok: log: syslog, facility daemon'
    assert_line 'ok: usuarios: this role may look sessions up in it'
    refute_output --partial secreto
}

@test "warnings leave the exit status alone: no sign-in, a short secret, an override" {
    checked BALSAMOA_AUTH=none BALSAMOA_METHOD_OVERRIDE=1
    assert_well
    assert_line --regexp '^warning: auth: '
    assert_line --regexp '^warning: method_override: '
    checked BALSAMOA_AUTH=session FIRMA_JWT=secreto
    assert_well
    assert_line --regexp '^warning: jwt_secret: '
    refute_output --partial secreto
}

@test "unusable settings" {
    checked BALSAMOA_AUTH=
    assert_wrong 'settings: BALSAMOA_AUTH is unset'
    checked BALSAMOA_PUBLIC_ROOT=
    assert_wrong 'settings: .*DOCUMENT_ROOT'
    checked BALSAMOA_CONFIG=/nonexistent/imagenes.json
    assert_wrong 'settings: /nonexistent/imagenes.json: No such file'
}

@test "no database" {
    checked DATABASE_URL=host=/nonexistent
    assert_wrong 'database: .*nonexistent'
    checked DATABASE_URL='host=x secreto'
    assert_wrong 'database: '
    refute_output --partial secreto
}

@test "the connection is lost" {
    local n
    for n in 2 3; do
        WRAP="strace -qq -o /dev/null -e inject=recvfrom:error=ECONNRESET:when=$n"
        checked BALSAMOA_AUTH=session FIRMA_JWT='un secreto de treinta y dos bytes'
        assert_failure 1
        assert_line --regexp '^error: (database|producto_imagenes): .*connection'
    done
    assert_line 'error: usuarios: the connection has been lost'
}

@test "no standard descriptors can be had" {
    WRAP='strace -qq -o /dev/null -P /dev/null -e inject=openat:error=EMFILE'
    checked
    assert_failure 1
    assert_output 'imagenes-check: /dev/null: Too many open files'
}

@test "a password file that libpq does not like" {
    echo '*:*:*:*:secreto' >"$BATS_TEST_TMPDIR/passwords"
    chmod 644 "$BATS_TEST_TMPDIR/passwords"
    checked PGPASSFILE="$BATS_TEST_TMPDIR/passwords"
    assert_well
    assert_line --regexp '^warning: database: .*group or world access'
}

@test "no right to delete images" {
    sql "REVOKE DELETE ON producto_imagenes FROM imagenes"
    checked
    sql "GRANT DELETE ON producto_imagenes TO imagenes"
    assert_wrong 'producto_imagenes: permission denied'
}

@test "no right to see other images" {
    sql "REVOKE SELECT ON producto_imagenes FROM imagenes"
    checked
    sql "GRANT SELECT ON producto_imagenes TO imagenes"
    assert_wrong 'producto_imagenes: permission denied'
}

@test "no right to see sessions matters to the shop's sign-in only" {
    local secret='un secreto de treinta y dos bytes'
    sql "REVOKE SELECT (sesion_id) ON usuarios FROM imagenes"
    checked
    assert_well
    checked BALSAMOA_AUTH=session FIRMA_JWT="$secret"
    sql "GRANT SELECT (sesion_id) ON usuarios TO imagenes"
    assert_wrong 'usuarios: permission denied'
}

@test "another schema" {
    sql "ALTER TABLE producto_imagenes RENAME COLUMN url TO uri"
    checked
    sql "ALTER TABLE producto_imagenes RENAME COLUMN uri TO url"
    assert_wrong 'producto_imagenes: .*url'
    assert_line --regexp '^warning: index on url: missing'
    sql "ALTER TABLE producto_imagenes RENAME TO otra"
    checked
    sql "ALTER TABLE otra RENAME TO producto_imagenes"
    assert_wrong 'producto_imagenes: .*does not exist'
}

@test "a missing url index is a warning" {
    sql "DROP INDEX producto_imagenes_url_idx"
    sql "CREATE INDEX otro ON producto_imagenes (url) WHERE orden > 1"
    sql "CREATE INDEX otro2 ON producto_imagenes (orden, url)"
    checked
    sql "DROP INDEX otro; DROP INDEX otro2"
    sql "CREATE INDEX producto_imagenes_url_idx ON producto_imagenes (url)"
    assert_well
    assert_line --regexp '^warning: index on url: missing'
}

@test "a read-only database" {
    checked PGOPTIONS='-c default_transaction_read_only=on'
    assert_wrong 'database: read-only'
}

@test "no recursos, no productos, or no right to write there" {
    chmod a-w "$PRODUCTOS"
    checked
    assert_wrong "images: $PRODUCTOS: Permission denied"
    rmdir "$PRODUCTOS"
    checked
    assert_wrong "images: $PRODUCTOS: No such file"
    mv "$ROOT/recursos" "$ROOT/otro"
    checked
    assert_wrong "public root: .*No such file"
    ln -s otro "$ROOT/recursos"
    checked
    assert_wrong "public root: "
}

@test "no CGI host can run it" {
    checked GATEWAY_INTERFACE=CGI/1.1
    assert_failure 1
    assert_output 'imagenes-check: not a CGI program'
    check GATEWAY_INTERFACE=CGI/1.1 "$CHECK" --help
    assert_failure 1
    assert_output 'imagenes-check: not a CGI program'
}

@test "--help, --version, and nothing else" {
    check "$CHECK" --help
    assert_success
    assert_line --regexp '^Usage: imagenes-check'
    check "$CHECK" --version
    assert_success
    assert_output --regexp '^imagenes-check [0-9.]+$'
    check "$CHECK" --verbose
    assert_failure 1
    check "$CHECK" --help --version
    assert_failure 1
}

@test "what cannot be printed is an error" {
    local option
    checked
    assert_well
    for option in '' --help --version; do
        # shellcheck disable=SC2016,SC2086 # the inner shell expands; no option is none
        check sh -c '"$0" "$@" >/dev/full' "$CHECK" $option
        assert_failure 1
    done
}

@test "nothing that a terminal would obey is printed" {
    checked BALSAMOA_PUBLIC_ROOT=$'/x\e[31m\n'
    assert_failure 1
    refute_regex "$output" $'\e'
}
