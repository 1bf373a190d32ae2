# SPDX-License-Identifier: ISC
# shellcheck disable=SC2034,SC2154 # variables of support.bash and of the tests
# Web servers for tests. Each has the recipe that make built, edited as an operator would, and runs as
# the current user on a loopback port. Load it after support.bash.

CREDENTIALS=admin:secreto
# shellcheck disable=SC2016 # dollars of the hash
USER_FILE_LINE='admin:$2y$05$wUh2OAkjVm0cz/04pvWWn.Rhp1isP.J1l6k3CWSkxKoMraViqcAcG'
# Which form of the recipes: server or session.
FORM=server
ENDPOINT=/api/v1/admin/imagenes
PAGE=$(realpath "$abs_top_srcdir/html/imagenes.html") # without the .. of a build directory
# Servers do not get the test's settings, which would replace those that a recipe has lost.
CLEAN=(env -u PGHOST -u PGDATABASE -u PGUSER -u PGDATA)

# --- a server's room: a short private directory, with everything in it ---

# find_program NAME...: the path of the first one that exists. /usr/sbin is not on every user's PATH.
find_program() { PATH=$PATH:/usr/sbin:/usr/local/sbin type -P "$@" | head -n 1; }

# The directory of Apache's modules, wherever the system has it.
apache_modules() {
    find /usr/lib/apache2/modules /usr/lib64/httpd/modules /usr/lib/httpd/modules \
        /usr/libexec/apache2 -name mod_mime.so -printf '%h\n' 2>/dev/null | head -n 1
}

server_room() {
    SERVER=$(mktemp -d "${TMPDIR:-/tmp}/imagenes.XXXXXX")
    export SERVER INSTALLED=$SERVER/libexec/imagenes
    mkdir -p "$SERVER/public/recursos" "$SERVER/htdocs" "$SERVER/libexec" "$SERVER/backend"
    cp "$PROGRAM" "$abs_top_builddir/cgi-bin/productos" "$SERVER/libexec/"
    echo "$USER_FILE_LINE" >"$SERVER/users"
    echo 'Something went wrong' >"$SERVER/htdocs/error.html"
    shared_settings "$SERVER/imagenes.json" "\"public_root\": \"$SERVER/public\","
    [ -z "${BACKEND-}" ] || backend_start
}

# shared_settings FILE [MEMBERS]: what programs and commands share: everything but who signs in.
shared_settings() {
    printf '{%s "database": "%s", "jwt_secret": "%s"}\n' "${2-}" "$(database_url)" "${SECRET-}" >"$1"
    chmod 600 "$1"
}

# What else a test changes in the recipe, as a sed script.
RECIPE_SED=

# set_line FILE START REST: edits the one line of a recipe that starts with START.
set_line() {
    [ "$(grep -c "^ *$2 " "$1")" -eq 1 ] || { echo "$1: not one line with $2" >&2; return 1; }
    sed -i "s|^\( *$2 \).*|\1$3|" "$1"
}

# Whether the recipe is edited so that products are the program's, too.
PRODUCTS=

# set_products FILE START: the recipe's program for products, and the line that switches it on.
set_products() {
    sed -i "s|\"[^\"]*/productos\"|\"$SERVER/libexec/productos\"|" "$1"
    [ "$(grep -c "^#$2" "$1")" -eq 1 ] || { echo "$1: not one line with #$2" >&2; return 1; }
    [ -z "$PRODUCTS" ] || sed -i "s|^#\($2\)|\1|" "$1"
}

# --- the shop's own server, where BACKEND says which program stands in for it ---

backend_start() {
    read -r BACKEND_PID BACKEND_PORT < <("$BACKEND" "$SERVER/backend" "$SERVER/public" 3>&-)
    export BACKEND_PID BACKEND_PORT
}

# The requests to the shop since the last backend_forget, one a line.
backend_requests() { cat "$SERVER/backend/requests" 2>/dev/null || true; }
backend_forget() { rm -f "$SERVER/backend"/*; }

# --- start and stop ---

# What runs a server.
SERVER_WRAP=()

# What runs a program where systemd is process 1, or seems to be.
SD_BOOTED=$abs_top_srcdir/tests/hosts/sd-booted

# trace_server: from here on, what a server's processes start and signal is written to
# $BATS_FILE_TMPDIR/server-trace. server_calls PATTERN: how many of these calls match.
trace_server() {
    SERVER_WRAP+=(strace -D -f -q -o "$BATS_FILE_TMPDIR/server-trace" -e trace=clone,kill -e signal=none)
}
server_calls() { grep -cE "$1" "$BATS_FILE_TMPDIR/server-trace" || true; }

# server_launch COMMAND...: runs it with its own SERVER_PORT, or another one if that is taken. When a
# server has bound the port, it writes its process id to $SERVER/pid. It has its own session, because
# Apache ends by killing its whole process group.
server_launch() {
    local attempt
    for attempt in {1..20}; do
        export SERVER_PORT=$((20000 + RANDOM % 12000))
        setsid "${CLEAN[@]}" "${SERVER_WRAP[@]}" "$@" >>"$SERVER/start.log" 2>&1 3>&- </dev/null &
        export SERVER_PID=$!
        ! wait_until server_decided || ! server_up || return 0
        grep -qi 'address already in use' "$SERVER"/*.log || break
        server_log_clear
    done
    echo "$1 does not start (attempt $attempt):" >&2
    cat "$SERVER"/*.log >&2
    return 1
}

server_up() { [ "$(cat "$SERVER/pid" 2>/dev/null)" = "$SERVER_PID" ]; }
server_decided() { server_up || ! kill -0 "$SERVER_PID" 2>/dev/null; }
server_down() { ! kill -0 "$SERVER_PID" 2>/dev/null; }

# Removes only a server's room, whatever the caller's environment says.
server_stop() {
    [ -e "${SERVER:-}/users" ] || return 0
    if [ -n "${SERVER_PID:-}" ]; then
        kill "$SERVER_PID" 2>/dev/null || true
        wait_until server_down
    fi
    [ -z "${FCGIWRAP_PID:-}" ] || kill "$FCGIWRAP_PID" 2>/dev/null || true
    [ -z "${BACKEND_PID:-}" ] || kill "$BACKEND_PID" 2>/dev/null || true
    rm -rf "$SERVER"
}

# --- Apache ---

apache_present() { [ -n "$(find_program apache2 httpd)" ] && [ -n "$(apache_modules)" ]; }

# apache_start MPM CGI-MODULE [--htaccess]: such as event cgid, prefork cgi; none for no CGI module.
apache_start() {
    server_room
    apache_load "mpm_$1" "$2" >"$SERVER/apache.conf"
    if [ "${3:-}" = --htaccess ]; then
        apache_htaccess
    else
        apache_recipe
    fi >>"$SERVER/apache.conf"
    server_launch "$(find_program apache2 httpd)" -f "$SERVER/apache.conf" -DFOREGROUND
}

# A system's Apache may have some of these built in, not in files.
apache_load() {
    local module directory
    directory=$(apache_modules)
    for module in "$@" unixd authn_core authz_core authn_file authz_user auth_basic alias dir env \
        headers mime proxy proxy_http rewrite setenvif; do
        [ ! -e "$directory/mod_$module.so" ] ||
            echo "LoadModule ${module}_module \"$directory/mod_$module.so\""
    done
    apache_main "$2"
}

# What a system's configuration says before any site.
apache_main() {
    cat <<-EOF
	ServerRoot "$SERVER"
	DefaultRuntimeDir "$SERVER"
	PidFile "$SERVER/pid"
	Listen 127.0.0.1:\${SERVER_PORT}
	ServerName localhost
	TypesConfig /dev/null
	ErrorLog "$SERVER/error.log"
	DocumentRoot "$SERVER/htdocs"
	Define SHOP "http://127.0.0.1:${BACKEND_PORT-}"
	<Directory />
	    Require all denied
	    AllowOverride None
	</Directory>
	<Directory "$SERVER/htdocs">
	    Require all granted
	</Directory>
	EOF
    [ "$1" != cgid ] || echo "ScriptSock \"$SERVER/cgisock\""
}

# How the virtual host leads to the shop, above and below the recipe; and whether the recipe is in the
# wrong place, outside of the virtual host.
APACHE_ABOVE=
APACHE_OUTSIDE=
# shellcheck disable=SC2016 # Apache's
APACHE_BELOW='ErrorDocument 404 "/error.html"
    ProxyPass "/error.html" "!"
    ProxyPass "/mirror" "!"
    ProxyPass "/raw" "!"
    ProxyPass "/" "${SHOP}/"'

# A virtual host with the recipe. Two mistakes are made on purpose: /raw exposes the program's directory,
# and at /mirror Apache serves the public root itself.
apache_recipe() {
    local recipe=$SERVER/imagenes.conf
    local include="Include \"$recipe\""
    cp "$abs_top_builddir/apache/imagenes.conf" "$recipe"
    set_line "$recipe" 'Define IMAGENES_AUTH' "$FORM"
    set_line "$recipe" 'Define IMAGENES_PROGRAM' "\"$INSTALLED\""
    set_line "$recipe" 'Define IMAGENES_USERS' "\"$SERVER/users\""
    set_line "$recipe" 'Define IMAGENES_PAGE' "\"$PAGE\""
    set_products "$recipe" 'Define IMAGENES_PRODUCTOS'
    sed -i "$RECIPE_SED" "$recipe"
    cat <<-EOF
	${APACHE_OUTSIDE:+$include}
	<VirtualHost *:\${SERVER_PORT}>
	    ErrorLog "$SERVER/vhost.log"
	    SetEnv BALSAMOA_CONFIG "$SERVER/imagenes.json"
	    Alias "/raw" "$SERVER/libexec"
	    Alias "/mirror" "$SERVER/public"
	    <Directory "$SERVER/libexec">
	        Options ExecCGI
	        Require all granted
	    </Directory>
	    <Directory "$SERVER/public">
	        Options FollowSymLinks
	        AllowOverride All
	        Require all granted
	    </Directory>
	    $APACHE_ABOVE
	    $([ -n "$APACHE_OUTSIDE" ] || echo "$include")
	    ${BACKEND_PORT:+$APACHE_BELOW}
	</VirtualHost>
	EOF
}

# A shared host: the document root is the customer's, who has only .htaccess. After the recipe it has the
# rule that leads to the shop.
apache_htaccess() {
    local recipe=$SERVER/public/.htaccess
    export INSTALLED=$SERVER/public/cgi-bin/imagenes.cgi
    mkdir "${INSTALLED%/*}"
    cp "$PROGRAM" "$INSTALLED"
    cp "$abs_top_builddir/cgi-bin/productos" "${INSTALLED%/*}/productos.cgi"
    cp "$PAGE" "$SERVER/public/"
    install -m 0644 "$abs_top_srcdir/apache/htaccess" "$recipe" # a release may be read-only
    set_line "$recipe" AuthUserFile "\"$SERVER/users\""
    set_line "$recipe" 'SetEnvIf Request_URI "^"' "BALSAMOA_AUTH=$FORM"
    set_products "$recipe" 'SetEnvIf Request_URI "^" IMAGENES_PRODUCTOS'
    sed -i "$RECIPE_SED" "$recipe"
    shared_settings "$SERVER/imagenes.json"
    # shellcheck disable=SC2016 # Apache's
    [ -z "${BACKEND_PORT-}" ] || printf '%s\n' 'RewriteCond %{REQUEST_FILENAME} !-f' \
        "RewriteRule \"^(.*)\" \"http://127.0.0.1:$BACKEND_PORT/\$1\" [P]" >>"$recipe"
    cat <<-EOF
	<VirtualHost *:\${SERVER_PORT}>
	    ErrorLog "$SERVER/vhost.log"
	    DocumentRoot "$SERVER/public"
	    AddHandler cgi-script .cgi
	    SetEnv BALSAMOA_CONFIG "$SERVER/imagenes.json"
	    <Directory "$SERVER/public">
	        Options SymLinksIfOwnerMatch
	        DirectoryIndex disabled
	        AllowOverride AuthConfig FileInfo Options
	        Require all granted
	    </Directory>
	</VirtualHost>
	EOF
}

# --- lighttpd ---

lighttpd_present() { [ -n "$(find_program lighttpd)" ]; }

# How lighttpd leads to the shop, above the recipe.
# shellcheck disable=SC2016 # lighttpd's
LIGHTTPD_ABOVE='$HTTP["url"] !~ "^/(mirror/|error.html)" { proxy.server = SHOP }'

lighttpd_start() {
    local file recipe
    server_room
    recipe=$SERVER/imagenes.conf
    cp "$abs_top_builddir/lighttpd/imagenes.conf" "$recipe"
    mkdir -p "$SERVER/shared/errors"
    cp "$abs_top_srcdir"/lighttpd/errors/* "$SERVER/shared/errors/"
    cp "$abs_top_srcdir"/lighttpd/{productos,program}.conf "$SERVER/shared/"
    for file in session server; do
        sed "s|\"BALSAMOA_AUTH\"|\"BALSAMOA_CONFIG\" => \"$SERVER/imagenes.json\", &|" \
            "$abs_top_srcdir/lighttpd/$file.conf" >"$SERVER/shared/$file.conf"
    done
    set_line "$recipe" 'var.imagenes_auth =' "\"$FORM\""
    set_line "$recipe" 'var.imagenes_program =' "\"$INSTALLED\""
    set_line "$recipe" 'var.imagenes_users =' "\"$SERVER/users\""
    set_line "$recipe" 'var.imagenes_page =' "\"$PAGE\""
    set_line "$recipe" 'var.imagenes_shared =' "\"$SERVER/shared/\""
    set_line "$recipe" 'server.breakagelog =' "\"$SERVER/cgi.log\""
    set_products "$recipe" 'include .*/\?productos.conf'
    sed -i "$RECIPE_SED" "$recipe" "$SERVER"/shared/*.conf
    lighttpd_main "$recipe" >"$SERVER/lighttpd.conf"
    server_launch "$(find_program lighttpd)" -D -f "$SERVER/lighttpd.conf"
}

lighttpd_main() {
    local shop="( \"\" => (( \"host\" => \"127.0.0.1\", \"port\" => ${BACKEND_PORT-} )) )"
    cat <<-EOF
	server.bind = "127.0.0.1"
	server.port = env.SERVER_PORT
	server.document-root = "$SERVER/htdocs"
	server.pid-file = "$SERVER/pid"
	server.errorlog = "$SERVER/error.log"
	server.upload-dirs = ( "$SERVER" )
	server.modules = ( "mod_proxy" )
	\$HTTP["url"] !~ "^/(recursos|mirror)/" { server.error-handler-404 = "/error.html" }
	alias.url = ( "/mirror/" => "$SERVER/public/" )
	${LIGHTTPD_ABOVE//SHOP/$shop}
	include "$1"
	EOF
}

# --- nginx ---

nginx_present() { [ -n "$(find_program nginx)" ] && [ -n "$(find_program fcgiwrap)" ]; }

nginx_start() {
    local recipe
    server_room
    recipe=$SERVER/imagenes.conf
    cp "$abs_top_builddir/nginx/imagenes.conf" "$recipe"
    # shellcheck disable=SC2016 # dollars of nginx
    {
        set_line "$recipe" 'set $imagenes_auth' "$FORM;"
        set_line "$recipe" 'set $imagenes_program' "\"$INSTALLED\";"
        set_line "$recipe" 'set $imagenes_users' "\"$SERVER/users\";"
        set_line "$recipe" 'set $imagenes_page' "\"$PAGE\";"
        set_line "$recipe" 'set $imagenes_fcgiwrap' "\"unix:$SERVER/fcgiwrap\";"
        set_products "$recipe" 'set $imagenes_productos'
    }
    sed -i "s|.*fastcgi_param BALSAMOA_LOG .*|&\nfastcgi_param BALSAMOA_CONFIG $SERVER/imagenes.json;|" \
        "$recipe"
    sed -i "$RECIPE_SED" "$recipe"
    nginx_main "$recipe" >"$SERVER/nginx.conf.in"
    fcgiwrap_start
    # shellcheck disable=SC2016 # for the inner shell
    server_launch bash -c 'sed "s/SERVER_PORT/$SERVER_PORT/" "$2/nginx.conf.in" >"$2/nginx.conf"
        exec "$1" -e "$2/error.log" -c "$2/nginx.conf"' bash "$(find_program nginx)" "$SERVER"
}

# How nginx leads to the shop, above and below the recipe.
NGINX_ABOVE='location / { proxy_pass http://SHOP; }'
NGINX_BELOW=

# A site whose own settings alone would let strangers in. At /mirror nginx serves the public root itself.
nginx_main() {
    local shop=127.0.0.1:${BACKEND_PORT-}
    cat <<-EOF
	daemon off;
	pid "$SERVER/pid";
	error_log "$SERVER/error.log";
	events { }
	http {
	    access_log off;
	    client_body_temp_path "$SERVER/tmp";
	    fastcgi_temp_path "$SERVER/tmp";
	    proxy_temp_path "$SERVER/tmp";
	    scgi_temp_path "$SERVER/tmp";
	    uwsgi_temp_path "$SERVER/tmp";
	    fastcgi_intercept_errors on;
	    client_max_body_size 8m;
	    server {
	        listen 127.0.0.1:SERVER_PORT;
	        root "$SERVER/htdocs";
	        error_page 400 404 500 /error.html;
	        satisfy any;
	        allow all;
	        location /mirror/ { alias "$SERVER/public/"; }
	        location = /error.html { }
	        ${NGINX_ABOVE//SHOP/$shop}
	        include "$1";
	        ${NGINX_BELOW//SHOP/$shop}
	    }
	}
	EOF
}

fcgiwrap_start() {
    setsid "${CLEAN[@]}" "$(find_program fcgiwrap)" -f -p "$INSTALLED" -p "$SERVER/libexec/productos" \
        -s "unix:$SERVER/fcgiwrap" >>"$SERVER/fcgiwrap.log" 2>&1 3>&- </dev/null &
    export FCGIWRAP_PID=$!
    wait_until test -S "$SERVER/fcgiwrap"
}

# --- busybox httpd ---

busybox_present() { busybox httpd --help 2>&1 | grep -q -e -h; }

# It takes settings only from its environment, and writes no process id. Half a second after the start it
# has bound the port, or has gone.
busybox_start() {
    server_room
    mkdir "$SERVER/public/cgi-bin"
    cp "$PROGRAM" "$SERVER/public/cgi-bin/imagenes"
    echo "/cgi-bin:$CREDENTIALS" >"$SERVER/httpd.conf"
    # shellcheck disable=SC2016 # for the inner shell
    BALSAMOA_AUTH=server BALSAMOA_CONFIG=$SERVER/imagenes.json BALSAMOA_METHOD_OVERRIDE=true \
        server_launch bash -c '(sleep 0.5 && echo "$$" >"$1/pid") &
        exec busybox httpd -f -p "127.0.0.1:$SERVER_PORT" -c "$1/httpd.conf" -r Balsamoa \
            -h "$1/public"' bash "$SERVER"
}

# --- the verb ---

# http METHOD PATH [CURL-ARGUMENT ...]: sets $status_line (the status), $headers, $body and $log (the
# lines in the server's logs since this request began). Signs in as $CREDENTIALS, if any.
http() {
    local method=$1 path=$2
    local -a how=(--request "$method" --output "$BATS_TEST_TMPDIR/body")
    shift 2
    [ "$method" != HEAD ] || how=(--head --output /dev/null)
    [ -z "$CREDENTIALS" ] || how+=(--user "$CREDENTIALS")
    server_log_clear
    : >"$BATS_TEST_TMPDIR/body"
    status_line=$(curl --silent --show-error --path-as-is --max-time 30 --header 'Expect:' \
        "${how[@]}" "$@" --dump-header "$BATS_TEST_TMPDIR/headers" \
        --write-out '%{http_code}' "http://127.0.0.1:$SERVER_PORT$path")
    headers=$(tr -d '\r' <"$BATS_TEST_TMPDIR/headers")
    body=$(tr -d '\0' <"$BATS_TEST_TMPDIR/body")
    log=$(server_log)
}

# Servers append to their logs, so they continue at the start of an emptied one.
server_log_clear() {
    local file
    for file in "$SERVER"/*.log; do : >"$file"; done
}
server_log() { cat "$SERVER"/*.log; }

# --- what must be so ---

# assert_http STATUS [MENSAJE [DETALLE]]: exactly this status and body, as JSON.
assert_http() {
    local expected=
    [ $# -lt 2 ] || expected="{\"mensaje\":\"$2\"${3:+,\"detalle\":\"$3\"}}"
    assert_equal "$status_line" "$1"
    assert_equal "$body" "$expected"
    [ -z "$expected" ] ||
        assert_equal "$(header Content-Type)" 'application/json; charset=utf-8'
}

# header NAME: its values, one a line.
header() { sed -n "s/^$1: //Ip" <<<"$headers"; }

# assert_server_log FILE PATTERN: the line may come later than the answer.
assert_server_log() {
    wait_until grep -q "$2" "$SERVER/$1" || { server_log >&2; return 1; }
}
