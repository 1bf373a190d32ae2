# SPDX-License-Identifier: ISC
# Who may delete: the shop's own sign-in, and the attempts of a forger, a thief or another site.
load ../lib/support
load ../lib/tokens

DENIED='Acceso denegado. Se requiere iniciar sesión.'
BAD_TOKEN='Token inválido o expirado.'
REVOKED='Sesión inválida o revocada.'

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    users
    photo 7
}

# with_cookie COOKIES [VARIABLE=VALUE ...]: DELETE /7 with the shop's sign-in.
with_cookie() {
    DELETE /7 BALSAMOA_AUTH=session FIRMA_JWT="$SECRET" HTTP_COOKIE="$1" "${@:2}"
}

# refuses STATUS MENSAJE OUTCOME COOKIES [VARIABLE=VALUE ...]: and asks no database.
refuses() {
    with_cookie "$4" DATABASE_URL=host=/nonexistent "${@:5}"
    assert_answer "$1" "$2"
    assert_log outcome "$3"
    assert_intact 7
}

@test "200: a session of an active administrator's, and the log says whose" {
    with_cookie "token=$(token)"
    assert_answer 200 "$MENSAJE"
    assert_log user 1
    assert_removed 7
}

@test "200: other cookies beside it, and spaces, and quotes" {
    local cookies
    for cookies in "a=1; token=$(token); b=2" "token=$(token);b=token" "xtoken=1;token=$(token)" \
        " token = $(token) " "token=\"$(token)\"" "Token=x; token=$(token); token2=y; token;" \
        ";;=;token=$(token);a=b=c"; do
        with_cookie "$cookies"
        assert_answer 200 "$MENSAJE"
        assert_removed 7
        photo 7
    done
}

@test "401: no cookie, an empty one, or another name, and no database is asked" {
    local cookies
    for cookies in '' 'token=' 'token=""' 'token' 'Token=x' "xtoken=$(token)" "a=token=$(token)" ';'; do
        refuses 401 "$DENIED" not-signed-in "$cookies"
        refute_log user
    done
}

@test "401: two cookies of that name, even the same" {
    refuses 401 "$DENIED" not-signed-in "token=$(token); token=$(token)"
    assert_log cause '2 cookies have the name token'
    refuses 401 "$DENIED" not-signed-in "token=; token=$(token)"
    refuses 401 "$DENIED" not-signed-in "token=$(token); a=b; token=x"
}

@test "401: forged, by another secret or by changed claims" {
    local other
    refuses 401 "$BAD_TOKEN" token-invalid "token=$(sign "$HS256" "$(claims)" otro)"
    assert_log cause '.*not signed with.*'
    other=$(token 2 sesion-2)
    refuses 401 "$BAD_TOKEN" token-invalid "token=${other%.*}.$(token | sed 's/.*\.//')"
    refute_log user
}

@test "401: another algorithm, even where the signature is good" {
    local alg
    for alg in none None HS512 HS384 RS256 ES256 hs256; do
        refuses 401 "$BAD_TOKEN" token-invalid "token=$(sign "{\"alg\":\"$alg\"}" "$(claims)")"
        assert_log cause '.*HS256.*'
    done
    refuses 401 "$BAD_TOKEN" token-invalid "token=$(sign '{"alg":"HS512"}' "$(claims)" "$SECRET" sha512)"
    other=$(sign '{"alg":"none"}' "$(claims)")
    refuses 401 "$BAD_TOKEN" token-invalid "token=${other%.*}."
    refuses 401 "$BAD_TOKEN" token-invalid "token=${other%.*}"
}

@test "401: critical extensions" {
    refuses 401 "$BAD_TOKEN" token-invalid \
        "token=$(sign '{"alg":"HS256","crit":["exp"]}' "$(claims)")"
}

@test "401: expired, or not valid yet; the log tells which, the client does not learn" {
    refuses 401 "$BAD_TOKEN" token-out-of-time "token=$(token 1 sesion-1 1 "$(date +%s)")"
    assert_log cause '.*exp.*'
    refuses 401 "$BAD_TOKEN" token-out-of-time \
        "token=$(token 1 sesion-1 1 9999999999 ",\"nbf\":$(($(date +%s) + 60))")"
    assert_log cause '.*nbf.*'
    with_cookie "token=$(token 1 sesion-1 1 "$(($(date +%s) + 60)).5" ",\"nbf\":$(date +%s).0")"
    assert_answer 200 "$MENSAJE"
}

@test "401: claims that are not the shop's" {
    local payload
    for payload in '{}' '[]' '{' "$(claims '"1"')" "$(claims 1.0)" "$(claims 0)" \
        "$(claims 4294967297)" "$(claims 1 sesion-1 1 '"9999999999"')" \
        '{"id":1,"rol":1,"sesion_id":"","exp":9999999999}' '{"id":1,"rol":1,"exp":9999999999}' \
        '{"id":1,"rol":1,"sesion_id":"sesion-1"}' "$(claims 2 sesion-1 1 9999999999 ',"id":1')"; do
        refuses 401 "$BAD_TOKEN" token-invalid "token=$(sign "$HS256" "$payload")"
        assert_log cause '.*claims.*'
    done
}

@test "401: rubbish, and a huge token" {
    local token
    for token in x . .. ... 'a b' $'\x01' "$(token)x" "$(token)=" "$(token)." \
        "$(printf 'A%.0s' {1..100000})" "$(printf '[%.0s' {1..3000} | b64url)..$(token)"; do
        refuses 401 "$BAD_TOKEN" token-invalid "token=$token"
    done
}

@test "200: a token as the shop's own jsonwebtoken signs it" {
    jsonwebtoken_present || skip "node or its jsonwebtoken is not installed"
    with_cookie "token=$(jsonwebtoken '{"id":1,"rol":1,"sesion_id":"sesion-1"}'); usuario_nombre=Ana%20N%C3%BA"
    assert_answer 200 "$MENSAJE"
    assert_log user 1
    assert_removed 7
    photo 7
    refuses 401 "$BAD_TOKEN" token-invalid \
        "token=$(jsonwebtoken '{"id":1,"rol":1,"sesion_id":"sesion-1"}' otro)"
    with_cookie "token=$(jsonwebtoken '{"id":4,"rol":2,"sesion_id":"sesion-4"}')"
    assert_answer 403 "$DENIED"
}

@test "200: claims, secret and session in any script" {
    sql "UPDATE usuarios SET sesion_id = 'sesión-ñandú-世界' WHERE id = 1"
    with_cookie "token=$(SECRET='clave ñandú 世界' token 1 sesión-ñandú-世界 1 9999999999 \
        ',"nombre":"Ana Núñez 🦙","ñ":["é"]')" FIRMA_JWT='clave ñandú 世界'
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "the token's rol is no proof: 200 whatever it says, or without one" {
    local rol
    for rol in 1 2 '"admin"' '"cliente"' null '[]'; do
        with_cookie "token=$(token 1 sesion-1 "$rol")"
        assert_answer 200 "$MENSAJE"
        assert_removed 7
        photo 7
    done
    with_cookie "token=$(sign "$HS256" '{"id":1,"sesion_id":"sesion-1","exp":9999999999}')"
    assert_answer 200 "$MENSAJE"
}

@test "403: a user of another role, or of none, whatever the token says; the log says whose" {
    local id
    for id in 4 5; do
        with_cookie "token=$(token $id sesion-$id 1)"
        assert_answer 403 "$DENIED"
        assert_log outcome not-allowed
        assert_log user $id
        assert_log cause '.*not among the admin_roles.*'
        assert_intact 7
    done
}

@test "403: a demotion counts at once, with the token of before" {
    local before
    before=$(token)
    sql "UPDATE usuarios SET rol_id = 2 WHERE id = 1"
    with_cookie "token=$before"
    assert_answer 403 "$DENIED"
    assert_intact 7
    sql "UPDATE usuarios SET rol_id = 1 WHERE id = 1"
    with_cookie "token=$before"
    assert_answer 200 "$MENSAJE"
}

@test "the roles that may are the operator's choice" {
    with_cookie "token=$(token)" BALSAMOA_ADMIN_ROLES=2,3
    assert_answer 403 "$DENIED"
    assert_intact 7
    with_cookie "token=$(token 4 sesion-4)" BALSAMOA_ADMIN_ROLES=1,2
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

# It names what only a FIPS provider has, and there is none.
@test "openssl.cnf has no say in a token" {
    printf '%s\n' 'openssl_conf = init' '[init]' 'alg_section = algorithms' '[algorithms]' \
        'default_properties = fips=yes' >"$BATS_TEST_TMPDIR/openssl.cnf"
    with_cookie "token=$(token)" OPENSSL_CONF="$BATS_TEST_TMPDIR/openssl.cnf"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "401: revoked: another session since, or none" {
    with_cookie "token=$(token 1 sesion-0)"
    assert_answer 401 "$REVOKED"
    assert_log outcome session-revoked
    assert_log user 1
    assert_log cause 'no active user has this session'
    refute_log sqlstate
    assert_intact 7
    with_cookie "token=$(token 3 null)"
    assert_answer 401 "$REVOKED"
    assert_intact 7
}

@test "401: revoked: the user is inactive, unknown, or another one" {
    local token
    for token in "$(token 2 sesion-2)" "$(token 9 sesion-1)" "$(token 3 sesion-1)" \
        "$(token 1 "' OR true --")" "$(token 1 sesion-1%)" "$(token 1 SESION-1)"; do
        with_cookie "token=$token"
        assert_answer 401 "$REVOKED"
        assert_intact 7
    done
}

@test "who may not waits for no lock and deletes nothing: no statement after the question does a thing" {
    sql "CREATE SEQUENCE touched"
    at_delete "PERFORM nextval('touched'); RETURN OLD;"
    hold_open "SELECT pg_advisory_lock(1229801289, 7);
        SELECT pg_advisory_lock(1229801301, hashtext('/recursos/imagenes/productos/7.webp'));
        BEGIN; SELECT FROM producto_imagenes WHERE id = 7 FOR UPDATE"
    SECONDS=0
    with_cookie "token=$(token 1 sesion-0)"
    assert_answer 401 "$REVOKED"
    with_cookie "token=$(token 4 sesion-4)"
    assert_answer 403 "$DENIED"
    assert [ "$SECONDS" -le 3 ] # a lock is waited for for 4, each time
    hold_close
    assert_equal "$(sql 'SELECT is_called FROM touched')" f
    with_cookie "token=$(token)"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(sql 'SELECT is_called FROM touched; DROP SEQUENCE touched')" t
}

@test "a refusal is no error in the server's log" {
    local before
    before=$(wc -l <"$PGHOST/postgres.log")
    sql "ALTER DATABASE tienda SET log_min_messages = error"
    with_cookie "token=$(token 1 sesion-0)"
    assert_answer 401 "$REVOKED"
    with_cookie "token=$(token 4 sesion-4)"
    assert_answer 403 "$DENIED"
    run -1 sql "SELECT 1 / 0"
    sql "ALTER DATABASE tienda RESET log_min_messages"
    run tail -n "+$((before + 1))" "$PGHOST/postgres.log"
    assert_line --partial 'division by zero' # the log is the one that would have it
    refute_line --partial usuarios
    refute_line --partial 'invalid input'
}

@test "a good session is confirmed in the removal's own two round trips" {
    traced sendto
    with_cookie "token=$(token)"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(sed -n '/BEGIN ISOLATION/,$p' "$BATS_TEST_TMPDIR/trace" | grep -vc '"X')" 2
}

@test "401: revoked, whatever operators and functions others have put into the schema" {
    sql "CREATE FUNCTION always(varchar, varchar) RETURNS bool LANGUAGE sql AS 'SELECT true';
         CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = always);
         CREATE FUNCTION hashtext(varchar) RETURNS integer LANGUAGE sql AS 'SELECT 1 / 0'"
    with_cookie "token=$(token 1 sesion-0)"
    assert_answer 401 "$REVOKED"
    assert_intact 7
    with_cookie "token=$(token)"
    sql "DROP OPERATOR = (varchar, varchar); DROP FUNCTION always; DROP FUNCTION hashtext(varchar)"
    assert_answer 200 "$MENSAJE"
}

@test "500: no right to look at a user's role, and nothing is deleted" {
    sql "REVOKE SELECT (rol_id) ON usuarios FROM imagenes"
    with_cookie "token=$(token)"
    sql "GRANT SELECT (rol_id) ON usuarios TO imagenes"
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    assert_log sqlstate 42501
    assert_intact 7
}

@test "500: no secret" {
    with_cookie "token=$(token)" FIRMA_JWT=
    assert_answer 500 'Error de configuración del servidor'
    assert_log cause '.*FIRMA_JWT.*'
    DELETE /7 BALSAMOA_AUTH=session HTTP_COOKIE="token=$(sign "$HS256" "$(claims)" '')"
    assert_answer 500 'Error de configuración del servidor'
    assert_intact 7
}

@test "REMOTE_USER is nobody's word where the shop signs in" {
    refuses 401 "$DENIED" not-signed-in '' REMOTE_USER=ana
    refute_log user
    with_cookie "token=$(token)" REMOTE_USER=ana
    assert_log user 1
}

@test "a cookie is nobody's word where the web server signs in" {
    DELETE /7 BALSAMOA_AUTH=server FIRMA_JWT="$SECRET" HTTP_COOKIE="token=$(token)"
    assert_answer 401 "$DENIED"
    assert_intact 7
}

@test "403: another site's doing, whoever vouches" {
    local site auth
    for site in cross-site same-site '' Same-Origin 'same-origin, cross-site'; do
        for auth in session server none; do
            refuses 403 "$DENIED" cross-site "token=$(token)" BALSAMOA_AUTH="$auth" \
                REMOTE_USER=ana HTTP_SEC_FETCH_SITE="$site"
        done
    done
}

@test "200: the shop's own page, or the user's own doing" {
    local site
    for site in same-origin none; do
        with_cookie "token=$(token)" HTTP_SEC_FETCH_SITE="$site"
        assert_answer 200 "$MENSAJE"
        assert_removed 7
        photo 7
    done
}

@test "no answer lets another origin read it" {
    with_cookie "token=$(token)" HTTP_ORIGIN=https://example.com
    refute_regex "$headers" 'Access-Control'
    OPTIONS /7 HTTP_ORIGIN=https://example.com HTTP_ACCESS_CONTROL_REQUEST_METHOD=DELETE
    refute_regex "$headers" 'Access-Control'
}

@test "neither token nor secret is in the log" {
    local token
    token=$(token 1 sesion-0)
    with_cookie "token=$token; token=$token"
    refute_regex "$log" "$SECRET|${token##*.}"
    with_cookie "token=$token"
    refute_regex "$log" "$SECRET|${token##*.}|sesion-0"
    with_cookie "token=$token" FIRMA_JWT="otro $SECRET"
    refute_regex "$log" "$SECRET|${token##*.}"
}

@test "a cookie cannot forge a line of the log" {
    local cookies
    for cookies in $'token=\nimagenes: forged=1' $'token=\e[31m; token=\r\nimagenes: forged=1' \
        "token=$(token 1 $'\\nimagenes: forged=1 \\u009b31m')"; do
        with_cookie "$cookies"
        assert_regex "$status_line" '401'
        assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/log")" 1
        refute_regex "$(tr -d '\n' <"$BATS_TEST_TMPDIR/log")" '[^ -~]|forged'
    done
}
