# SPDX-License-Identifier: ISC
# The log: one line for each request, where the operator wants it, and nothing else.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    photo 7
}

@test "a notice of the database's is part of the line" {
    at_delete "RAISE WARNING E'watch out\nimagenes: forged=1'; RAISE NOTICE 'once more'; RETURN OLD;"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_log notice 'WARNING:  watch out; NOTICE:  once more'
    refute_log cause
    refute_regex "$log" forged
    assert_removed 7
}

@test "a flood of notices is cut" {
    at_delete "FOR i IN 1..500 LOOP RAISE NOTICE E'%\u0001', repeat('\u0001', 100); END LOOP; RETURN OLD;"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    [ "$(wc -c <"$BATS_TEST_TMPDIR/log")" -le 2000 ]
}

@test "what libpq itself prints is part of the line: a password file that others can read" {
    local passwords=$BATS_TEST_TMPDIR/passwords
    echo '*:*:*:*:secreto' >"$passwords"
    chmod 644 "$passwords"
    DELETE /7 PGPASSFILE="$passwords"
    assert_answer 200 "$MENSAJE"
    assert_log notice ".*password file.*$passwords.*group or world access.*"
    refute_regex "$log" secreto
    assert_removed 7
}

@test "what libpq prints is in the line of a connection that failed, too" {
    local passwords=$BATS_TEST_TMPDIR/passwords
    echo '*:*:*:*:secreto' >"$passwords"
    chmod 644 "$passwords"
    DELETE /7 PGPASSFILE="$passwords" DATABASE_URL=host=/nonexistent
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    assert_log notice '.*group or world access.*'
    assert_log cause '.*nonexistent.*'
}

@test "no memory file for what libpq prints: it works all the same" {
    fault memfd_create:error=ENFILE
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

# The last message to the system's log, as traced.
to_syslog() { grep -e 'send' "$BATS_TEST_TMPDIR/trace" | grep -o '"<[^>]*>.*' | tail -n 1; }

@test "syslog: the same line, under facility daemon, and nothing on standard error" {
    # No log daemon needs to run here: strace fakes its socket.
    fault connect:retval=0 sendto:retval=9999
    WRAP+=" -s 4096 -e trace=connect,sendto"
    request GET /7 BALSAMOA_LOG=syslog
    assert_regex "$status_line" 405
    assert_equal "$log" ''
    assert_regex "$(cat "$BATS_TEST_TMPDIR/trace")" 'connect.*"/dev/log"'
    assert_regex "$(to_syslog)" \
        '^"<30>.* imagenes\[[0-9]+\]: method=\\"GET\\" id=\\"7\\" outcome=\\"method-not-allowed\\" status=405 ms='
}

@test "syslog: its priority tells a fault of the server's and a refusal apart" {
    fault connect:retval=0 sendto:retval=9999
    WRAP+=" -s 4096 -e trace=connect,sendto"
    request DELETE /7 BALSAMOA_LOG=syslog BALSAMOA_AUTH=
    assert_equal "$log" ''
    assert_regex "$(to_syslog)" '^"<27>.*settings-unusable.*cause='
    request DELETE /7 BALSAMOA_LOG=syslog BALSAMOA_AUTH=server REMOTE_USER=
    assert_regex "$(to_syslog)" '^"<29>.*not-signed-in'
    request DELETE /7 BALSAMOA_LOG=syslog HTTP_SEC_FETCH_SITE=cross-site
    assert_regex "$(to_syslog)" '^"<29>.*cross-site'
}

@test "syslog: in the file, it holds for a file that is otherwise unusable" {
    echo '{"log":"syslog"}' >"$BATS_TEST_TMPDIR/imagenes.json"
    chmod 600 "$BATS_TEST_TMPDIR/imagenes.json"
    request DELETE /7 BALSAMOA_AUTH= BALSAMOA_CONFIG="$BATS_TEST_TMPDIR/imagenes.json"
    assert_regex "$status_line" 500
    assert_equal "$log" ''
}

@test "a client cannot forge a line by its method, path, user or cookie" {
    local forgery=$'\r\nimagenes: forged=1 \e[31m\xc2\x9b31m"\\'
    request "GET$forgery" "/7$forgery" HTTP_COOKIE="token=$forgery" REMOTE_USER="ana$forgery" \
        HTTP_X_HTTP_METHOD_OVERRIDE="DELETE$forgery" CONTENT_LENGTH="1$forgery"
    assert_answer 405 'Método no permitido'
    refute_regex "$(tr -d '\n' <"$BATS_TEST_TMPDIR/log")" '[^ -~]'
    assert_log method 'GET\\x0d\\x0aimagenes: forged=1 .*'
    DELETE "/7" HTTP_COOKIE="token=$forgery" BALSAMOA_AUTH=session FIRMA_JWT=x CONTENT_LENGTH="1$forgery"
    assert_answer 401 'Token inválido o expirado.'
    refute_regex "$log" forged
}
