# SPDX-License-Identifier: ISC
# A database over TCP: TLS with a known server, and passwords that nobody else sees.
load ../lib/support
load ../lib/tls-server
load ../lib/check

setup_file() { tls_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    photo 7
}
teardown() { refute_regex "${answer-}${log-}${output-}" 'sésamo|ábrete'; }

@test "TLS with a private authority, the server's name checked, and SCRAM-SHA-256" {
    over_tls
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "TLS and SCRAM-SHA-256 bound to each other (channel binding)" {
    over_tls channel_binding=require
    DELETE /7
    assert_answer 200 "$MENSAJE"
}

@test "a server whose certificate another authority signed is refused" {
    over_tls "sslrootcert=$PGHOST/stranger.crt"
    DELETE /7
    assert_refused '.*certificate verify failed.*'
}

@test "a server whose certificate is for another name is refused" {
    over_tls host=server.invalid hostaddr=127.0.0.1
    DELETE /7
    assert_refused '.*does not match host name.*'
}

@test "a wrong password is refused" {
    over_tls password=ábrete
    DELETE /7
    assert_refused '.*password authentication failed.*'
}

@test "a server that offers no TLS is refused" {
    over_tls
    sql 'ALTER SYSTEM SET ssl = off' && sql 'SELECT pg_reload_conf()' >/dev/null
    wait_until tls_is off
    DELETE /7
    sql 'ALTER SYSTEM RESET ssl' && sql 'SELECT pg_reload_conf()' >/dev/null
    wait_until tls_is on
    assert_refused '.*server does not support SSL, but SSL was required.*'
}
tls_is() { [ "$(sql 'SHOW ssl')" = "$1" ]; }

@test "no TLS on our part: the server refuses" {
    over_tls sslmode=disable
    DELETE /7
    assert_refused '.*no encryption.*'
}

# password_file MODE: with the right password, for over_uri.
password_file() {
    echo "localhost:$PGPORT:tienda:imagenes:sésamo" >"$BATS_TEST_TMPDIR/pgpass"
    chmod "$1" "$BATS_TEST_TMPDIR/pgpass"
}
over_uri() {
    DATABASE_URL="postgresql://imagenes@localhost:$PGPORT/tienda?sslmode=verify-full"
    DATABASE_URL+="&sslrootcert=$PGHOST/authority.crt&$*"
}

@test "the password comes from a password file, named by the URI or by PGPASSFILE" {
    password_file 600
    over_uri "passfile=$BATS_TEST_TMPDIR/pgpass"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    photo 7
    over_uri
    DELETE /7 PGPASSFILE="$BATS_TEST_TMPDIR/pgpass"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "a password file that others can read is left alone, and the log says so" {
    password_file 644
    over_uri
    DELETE /7 PGPASSFILE="$BATS_TEST_TMPDIR/pgpass"
    assert_refused '.*no password supplied.*'
    assert_log notice '.*has group or world access.*'
}

# Certificate and password file are read again inside the confinement.
@test "in doubt: the truth is asked for over TLS, too" {
    password_file 600
    over_uri "passfile=$BATS_TEST_TMPDIR/pgpass"
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'imagenes'"
    finished
    commit_release
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    assert_log sqlstate 57P01
    assert_intact 7
}

@test "imagenes-check says what to do about certificate, password and TLS" {
    over_tls "sslrootcert=$PGHOST/stranger.crt"
    checked
    assert_wrong 'database: .*certificate verify failed' 'sslmode and sslrootcert in DATABASE_URL'
    over_tls password=ábrete
    checked
    assert_wrong 'database: .*28P01' 'Correct the password of role imagenes in DATABASE_URL'
    over_tls sslmode=disable
    checked
    assert_wrong 'database: .*28000' 'pg_hba.conf .* admit role imagenes to database tienda .*sslmode'
    over_tls
    checked
    assert_well
}
