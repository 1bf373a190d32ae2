# SPDX-License-Identifier: ISC
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # dollars of nginx; variables and functions of others
# imagenes-check --url: whether the program answers. An nginx with given answers stands in for whatever
# may answer instead. Apache with the recipe gives the right answers.
load ../lib/support
load ../lib/servers
load ../lib/check
load ../lib/tokens

WORDS='{"mensaje":"Acceso denegado. Se requiere iniciar sesión."}'
NOT_FOUND='{"mensaje":"Imagen no encontrada"}'

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }
teardown() { server_stop; }

# nginx_says LINES [UPLOAD]: of the configuration, for every location but, if given, the upload's.
nginx_says() {
    local upload=
    [ -z "${2-}" ] || upload="location ~* /subir\$ { $2 }"
    nginx_present || skip "nginx is not installed"
    server_stop
    server_room
    cat >"$SERVER/nginx.conf.in" <<-END
	daemon off;
	pid "$SERVER/pid";
	error_log "$SERVER/error.log";
	events { }
	http {
	    access_log "$SERVER/access.log" combined;
	    client_body_temp_path "$SERVER/tmp";
	    fastcgi_temp_path "$SERVER/tmp";
	    proxy_temp_path "$SERVER/tmp";
	    scgi_temp_path "$SERVER/tmp";
	    uwsgi_temp_path "$SERVER/tmp";
	    default_type "application/json; charset=utf-8";
	    server {
	        listen 127.0.0.1:SERVER_PORT ${TLS-};
	        ${TLS:+ssl_certificate "$SERVER/crt"; ssl_certificate_key "$SERVER/key";}
	        $upload
	        location / {
	            $1
	        }
	    }
	}
	END
    [ -z "${TLS-}" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout "$SERVER/key" \
        -out "$SERVER/crt" 2>/dev/null
    # shellcheck disable=SC2016 # for the inner shell
    server_launch bash -c 'sed "s/SERVER_PORT/$SERVER_PORT/" "$2/nginx.conf.in" >"$2/nginx.conf"
        exec "$1" -e "$2/error.log" -c "$2/nginx.conf"' bash "$(find_program nginx)" "$SERVER"
}

# program_says [LINES [RETURN [UPLOAD]]]: the contract's answers, with these changes.
program_says() {
    nginx_says "
        ${1-}
        add_header Cache-Control no-store always;
        add_header Allow 'DELETE, OPTIONS' always;
        if (\$request_method = OPTIONS) { return 204; }
        return ${2-404 '$NOT_FOUND'};" "${3-return 404;}"
}

# ask [VARIABLE=VALUE ...]: --url of that server, and what is in $OPTIONS.
ask() {
    SITE=${SITE-http://127.0.0.1:$SERVER_PORT}
    OPTIONS=(--url "$SITE" ${OPTIONS+"${OPTIONS[@]}"})
    checked "$@"
}

# answered RETURN PATTERN HINT: every request gets this answer, and imagenes-check complains of the first
# one only.
answered() {
    nginx_says "$1"
    unset OPTIONS SITE
    ask
    assert_failure 1
    assert_finding error "OPTIONS http://127.0.0.1:$SERVER_PORT/api/v1/admin/imagenes/2147483647: $2" "$3"
    refute_line --regexp '^ok: (OPTIONS|DELETE) '
}

# curl_config LINE: a file for curl with this line, which signs in.
curl_config() {
    (umask 077 && echo "$1" >"$BATS_TEST_TMPDIR/curl")
    OPTIONS=(--curl-config "$BATS_TEST_TMPDIR/curl")
}

# --- the recipes ---

# with_recipe SERVER COMMAND...: that server with its recipe, in front of the shop.
with_recipe() {
    "$1_present" || skip "$1 is not installed"
    BACKEND=$abs_top_builddir/tests/hosts/backend
    users
    "${@:2}"
    photo 7
}
apache() { with_recipe apache apache_start event cgid; }
lighttpd() { with_recipe lighttpd lighttpd_start; }
nginx() { with_recipe nginx nginx_start; }

assert_ours() {
    assert_well
    assert_line --regexp "^ok: OPTIONS $SITE/api/v1/admin/imagenes/2147483647: [0-9]+, from the program"
    assert_line --regexp "^ok: OPTIONS $SITE/API/V1/ADMIN/IMAGENES/2147483647: [0-9]+, from the program"
    assert_line --regexp "^ok: DELETE $SITE/api/v1/admin/imagenes/2147483647: $1, as it should be"
    assert_line "ok: POST $SITE/api/v1/admin/imagenes/subir: 200, left to the shop"
    assert_intact 7
    refute_output --partial secreto
}

# Without a sign-in, and with one, in both forms.
assert_both_forms() {
    local cookie
    cookie=$(token)
    FORM=server "$1"
    ask
    assert_ours 401
    curl_config "user = \"$CREDENTIALS\""
    ask
    assert_ours 404
    server_stop
    unset OPTIONS SITE
    sql "DELETE FROM producto_imagenes; DELETE FROM usuarios; DELETE FROM roles"
    FORM=session "$1"
    ask
    assert_ours 401
    curl_config "cookie = \"token=$cookie\""
    ask
    assert_ours 404
}

@test "Apache with the recipe" { assert_both_forms apache; }
@test "lighttpd with the recipe" { assert_both_forms lighttpd; }
@test "nginx with the recipe" { assert_both_forms nginx; }

@test "a wrong password, a session that has ended" {
    apache
    curl_config 'user = "admin:ábrete"'
    ask
    assert_failure 1
    assert_finding error "DELETE $SITE/.*: 401, Acceso denegado" '--curl-config'
    refute_output --partial ábrete
    server_stop
    unset OPTIONS SITE
    sql "DELETE FROM producto_imagenes; DELETE FROM usuarios; DELETE FROM roles"
    FORM=session apache
    curl_config "cookie = \"token=$(token 1 otra)\""
    ask
    assert_wrong "DELETE $SITE/.*: 401, Sesión inválida o revocada" 'Sign in to the shop again'
}

@test "a database that the program behind the web server cannot reach" {
    DATABASE_URL=$(database_url)
    database_url() { echo host=/nonexistent; }
    apache
    curl_config "user = \"$CREDENTIALS\""
    ask
    assert_wrong "DELETE $SITE/.*: 500, Error al eliminar la imagen de la base de datos" \
        "web server's log"
}

@test "a rule in front of Apache's recipe that takes its urls away" {
    APACHE_ABOVE='RewriteEngine On
        RewriteRule "^(.*)" "${SHOP}$1" [P]'
    apache
    ask
    assert_failure 1
    assert_finding error "OPTIONS $SITE/.*: the web server could not run the program" 'above the recipe'
}

@test "no recipe: the shop answers" {
    RECIPE_SED='/^ScriptAlias/d; /^Rewrite/d; /^<If/,/^<.If/d'
    apache
    ask
    assert_failure 1
    assert_finding error "OPTIONS $SITE/.*: 200, and not from the program" 'above what answers now'
}

# --- what else may answer ---

@test "the shop's own server, with words of ours" {
    answered "add_header X-Powered-By Express always; add_header Allow DELETE always;
        if (\$request_method = OPTIONS) { return 200 DELETE; } return 401 '$WORDS';" \
        "the shop's own server has answered, not the program" 'above .*ProxyPass.*proxy.server'
    assert_finding error 'DELETE .*: the shop.s own server has answered'
    assert_finding error 'OPTIONS .*/API/V1/ADMIN/IMAGENES/.*: the shop.s own server has answered'
    # Even where it looks the same.
    answered "add_header X-Powered-By Express always; add_header Allow 'DELETE, OPTIONS' always;
        add_header Cache-Control no-store always; return 404 '$NOT_FOUND';" "the shop's own server" ProxyPass
    assert_finding error 'DELETE .*: the shop.s own server has answered'
}

@test "the shop's own server answers another case, or the upload is ours" {
    program_says "if (\$uri ~ ^/API) { set \$shop Express; }
        add_header X-Powered-By \$shop always;"
    ask BALSAMOA_AUTH=none
    assert_wrong 'OPTIONS .*/API/V1/ADMIN/IMAGENES/2147483647: the shop.s own server' 'ProxyPass'
    program_says "if (\$request_method = POST) { return 405 '{\"mensaje\":\"Método no permitido\"}'; }" \
        "404 '$NOT_FOUND'" ''
    unset OPTIONS SITE
    ask BALSAMOA_AUTH=none
    assert_wrong 'POST .*/api/v1/admin/imagenes/subir: the program has answered' 'recipe'
}

@test "the web server itself: each status has its cure" {
    answered "return 301 https://shop.example/;" '301, and not from the program' 'redirects'
    answered "return 401 x;" '401, and not' 'sign-in of its own'
    answered "return 403 x;" '403, and not' 'OWASP'
    answered "return 404 x;" '404, and not' 'Include the recipe in the virtual host'
    answered "return 405 x;" '405, and not' 'Include the recipe'
    answered "return 500 x;" '500, and not' 'error log'
    answered "return 501 x;" '501, and not' 'method_override'
    answered "return 502 x;" '502, and not' 'fcgiwrap'
    answered "return 503 x;" '503, and not' 'restart'
    answered "return 200 x;" '200, and not' 'above what answers now'
}

@test "words of the program's, one by one" {
    local outcome answer
    for answer in '401|Token inválido o expirado.|jwt_secret' '401|Sesión inválida o revocada.|Sign in' \
        '403|Acceso denegado. Se requiere iniciar sesión.|admin_roles' \
        '405|Método no permitido|method'; do
        IFS='|' read -r status words cure <<<"$answer"
        program_says '' "$status '{\"mensaje\":\"$words\"}'"
        unset SITE
        curl_config 'cookie = "token=secreto"'
        ask BALSAMOA_AUTH=session FIRMA_JWT='un secreto de treinta y dos bytes'
        assert_wrong "DELETE .*: ${answer%%|*}, $words" "$cure"
        refute_output --partial secreto
    done
}

@test "unusable settings by the program's word; the same words by the web server's" {
    local body='{"mensaje":"Error de configuración del servidor"}'
    program_says '' "500 '$body'"
    ask
    assert_wrong 'DELETE .*: the program finds its settings unusable' 'no variables of your own'
    answered "return 500 '$body';" 'the web server could not run the program' 'a2enmod cgid'
}

@test "whoever asks may delete: an error, but where auth is none" {
    program_says
    ask
    assert_wrong 'DELETE .*: anybody may delete images' 'BALSAMOA_AUTH'
    ask BALSAMOA_AUTH=none
    assert_well
}

@test "a 404 in our words, but not by the program" {
    nginx_says "add_header Allow 'DELETE, OPTIONS' always;
        if (\$request_method = OPTIONS) { return 204; }
        return 404 '$NOT_FOUND';" 'return 404;'
    ask BALSAMOA_AUTH=none
    assert_wrong 'DELETE .*: 404, and not from the program'
}

@test "interim answers are none" {
    printf '#!/bin/sh\nprintf "%s"\n' 'HTTP/2 103 \r\nLink: x\r\n\r\nHTTP/2 204 \r\nallow: DELETE, OPTIONS\r\n\r\n' \
        >"$BATS_TEST_TMPDIR/curl"
    chmod +x "$BATS_TEST_TMPDIR/curl"
    SITE=https://shop.example ask PATH="$BATS_TEST_TMPDIR"
    assert_line 'ok: OPTIONS https://shop.example/api/v1/admin/imagenes/2147483647: 204, from the program'
}

# --- no answer ---

@test "nobody listens" {
    SITE=http://127.0.0.1:1 ask
    assert_wrong 'OPTIONS http://127.0.0.1:1/.*: curl: \(7\)' 'Start the web server'
}

@test "a host that there is not" {
    SITE=http://shop.invalid ask
    assert_wrong 'OPTIONS http://shop.invalid/.*: curl: \(6\)' 'resolve = '
}

@test "a certificate that nobody knows, until curl is told" {
    TLS=ssl program_says
    SITE=https://localhost:$SERVER_PORT ask BALSAMOA_AUTH=none
    assert_wrong 'OPTIONS .*: curl: \(60\)' 'cacert = '
    curl_config "cacert = \"$SERVER/crt\""
    SITE=https://localhost:$SERVER_PORT ask BALSAMOA_AUTH=none
    assert_well
}

@test "a server that closes without a word" {
    answered 'return 444;' 'curl: \(52\)' 'EXIT CODES'
}

@test "a server that closes when it is to delete, or to take an upload" {
    program_says 'if ($request_method = DELETE) { return 444; }' "404 '$NOT_FOUND'" 'return 444;'
    ask BALSAMOA_AUTH=none
    assert_failure 1
    assert_equal "$(grep -c '^error: ' <<<"$output")" 2
    assert_finding error 'DELETE .*: curl: \(52\)'
    assert_finding error 'POST .*: curl: \(52\)'
}

@test "no curl" {
    SITE=http://127.0.0.1:1 ask PATH=/nonexistent
    assert_wrong 'OPTIONS .*: curl: No such file' 'apt-get install curl'
}

@test "a file for curl that there is not, or that others can read" {
    OPTIONS=(--curl-config /nonexistent)
    SITE=http://127.0.0.1:1 ask
    assert_wrong '--curl-config /nonexistent: No such file'
    curl_config ''
    chmod 000 "$BATS_TEST_TMPDIR/curl"
    SITE=http://127.0.0.1:1 ask
    rm -f "$BATS_TEST_TMPDIR/curl"
    assert_wrong '--curl-config .*/curl: Permission denied'
    program_says
    curl_config 'cookie = "token=secreto"'
    chmod 644 "$BATS_TEST_TMPDIR/curl"
    ask
    assert_warned "--curl-config $BATS_TEST_TMPDIR/curl: others can read" "chmod 600 $BATS_TEST_TMPDIR/curl"
}
