#!/bin/bash
# SPDX-License-Identifier: ISC
# Follows README's "Install" to the letter, on a fresh Debian 12 and a fresh Debian 13, beside a stock
# shop: tests/hosts/readme-install.bash [RELEASE...] (bookworm, trixie). For root. Each block is a test,
# and so is the result that it should have. Only the two systems in /var/cache stay.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/setup.bash
. tests/lib/chroot.bash

# --- outside: a system for each release ---

# follow RELEASE: runs there, in a network of its own, in which every port is free.
follow() {
    local root=/var/cache/balsamoa-imagenes/$1-fresh
    if ! make_debian "$1" "$root" || ! in_debian "$root" tests/hosts/readme-install.bash --fetch; then
        echo "SKIP: README on $1, for the reason above"
        skipped=$((skipped + 1))
        return
    fi
    add_results "$1" in_fresh_debian "$root" unshare --net tests/hosts/readme-install.bash --inside
}

# --- with a network: the packages that the README installs, and the shop's ---

shop_packages='postgresql apache2 lighttpd lighttpd-mod-openssl nginx-light spawn-fcgi cron systemd
    ca-certificates openssl iproute2 busybox apache2-utils'

fetch() {
    local readme
    readme=$(sed -n 's/^    apt-get install -y //p' README.md)
    download() { apt-get -qq install --download-only -y "$@" </dev/null >/dev/null; }
    # shellcheck disable=SC2086 # lists of words
    fetch_both() { download --no-install-recommends $shop_packages && download $readme; }
    fetch_both 2>/dev/null || { apt-get -qq update && fetch_both; }
}

# --- inside: the shop that exists already ---

public=/srv/tienda/public

set_up_shop() {
    echo '127.0.0.1 localhost shop.example' >/etc/hosts
    # shellcheck disable=SC2086 # a list of words
    apt-get -qq install -y --no-install-recommends $shop_packages </dev/null
    allow_starts
    ip link set lo up
    stop_servers
    useradd --create-home tienda
    set_up_database
    set_up_images
    set_up_certificate
    set_up_servers
    echo 'la tienda' >"$public/index.html"
    busybox httpd -p 127.0.0.1:3003 -h "$public"
}

# As with systemd, what is installed from now on is started.
allow_starts() {
    printf '#!/bin/sh\nexit 0\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
}

set_up_database() {
    service postgresql start
    as postgres createuser tienda
    as postgres createdb -O tienda tienda
    cat sql/schema.sql sql/sample.sql | as tienda psql -Xq -v ON_ERROR_STOP=1
}

# as USER COMMAND...: in a directory that every user may enter.
as() { (cd / && runuser -u "$1" -- "${@:2}"); }
sql() { as tienda psql -XAtc "$1"; }

set_up_images() {
    install -d -o tienda -g tienda "$public"{,/recursos{,/imagenes{,/productos}}}
    sql "SELECT DISTINCT url FROM producto_imagenes WHERE url LIKE '/recursos/%'" |
        while read -r url; do
            echo "an image of $url" >"$public$url"
            chown tienda:tienda "$public$url"
        done
}

set_up_certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=shop.example \
        -addext subjectAltName=DNS:shop.example -keyout /etc/ssl/shop.key -out /etc/ssl/shop.crt
    cp /etc/ssl/shop.crt /usr/local/share/ca-certificates/
    update-ca-certificates
    cat /etc/ssl/shop.{key,crt} >/etc/ssl/shop.pem
} >/dev/null 2>&1

# Each passes everything on to the shop.
set_up_servers() {
    cat >/etc/apache2/sites-available/tienda.conf <<'EOF'
<VirtualHost *:443>
    ServerName shop.example
    SSLEngine on
    SSLCertificateFile /etc/ssl/shop.crt
    SSLCertificateKeyFile /etc/ssl/shop.key
    ProxyPass "/" "http://127.0.0.1:3003/"
</VirtualHost>
EOF
    cat >/etc/lighttpd/conf-available/50-tienda.conf <<'EOF'
server.modules += ("mod_openssl", "mod_proxy")
$SERVER["socket"] == ":443" {
    ssl.engine = "enable"
    ssl.pemfile = "/etc/ssl/shop.pem"
}
proxy.server = ("" => (("host" => "127.0.0.1", "port" => 3003)))
EOF
    cat >/etc/nginx/sites-available/tienda <<'EOF'
server {
    listen 443 ssl;
    server_name shop.example;
    ssl_certificate /etc/ssl/shop.crt;
    ssl_certificate_key /etc/ssl/shop.key;
    location / {
        proxy_pass http://127.0.0.1:3003;
    }
}
EOF
    a2enmod -q ssl proxy proxy_http
    a2ensite -q tienda
    lighty-enable-mod tienda >/dev/null
    ln -s ../sites-available/tienda /etc/nginx/sites-enabled/
}

stop_servers() {
    local server
    for server in apache2 lighttpd nginx; do service "$server" stop || true; done
} >/dev/null 2>&1

# run_only SERVER: this one runs, and no other has the port.
run_only() {
    [ ! -e "/tmp/is-$1" ] || return 0
    stop_servers
    rm -f /tmp/is-*
    service "$1" start && touch "/tmp/is-$1"
} >/dev/null 2>&1

# --- the README's blocks: each in a file of its number, and beside it, where it stands ---

split_readme() {
    mkdir /tmp/blocks
    awk '/^#/ { inside = $0 == "## Install" || inside && /^###/; heading = $0; sub(/^#+ /, "", heading) }
        !inside { next }
        /^    / {
            if (!block) { file = sprintf("/tmp/blocks/%02d", ++n); print heading "|" intro >(file ".place") }
            block = 1; print substr($0, 5) >file; next
        }
        { block = 0 }
        /^$/ { ended = 1; next }
        ended { intro = ""; ended = 0 }
        { intro = intro $0 " " }' README.md
}

# blocks HEADING [WORD]: those under the heading, or only those after a paragraph that begins with WORD.
blocks() { grep -lE "^$1[|][*\`]*${2-}" /tmp/blocks/*.place | sed 's/\.place$//'; }

# run_block FILE: as root pastes it, into a shell that has the first block's variables.
run_block() {
    local server
    touch "$1.run"
    server=$(sed -nE 's/.*service ([a-z0-9]+) re[a-z]+$/\1/p' "$1")
    [ -z "$server" ] || run_only "$server"
    printf '%s\n' secreto secreto | bash -euo pipefail -c "$(cat /tmp/blocks/01 "$1")" >/tmp/output 2>&1 ||
        { cat "$1" /tmp/output && return 1; }
}

# run_blocks HEADING [WORD]: one test each.
run_blocks() {
    local file found
    found=$(blocks "$@") || { check "README has blocks: $*" false && return; }
    for file in $found; do
        check "$1: $(head -n 1 "$file")" run_block "$file"
    done
}

printed() { grep -E "$1" /tmp/output || { cat /tmp/output && return 1; }; }
not() { ! "$@"; }

# --- what an operator adds: what the editor is for, and a login ---

set_up_operator() {
    . tests/lib/tokens.bash
    token=$(token 1 kX2p0zqVb1YtR7wLmN4cD)
    cat >/usr/local/bin/the-editor <<EOF
#!/bin/sh
case \$1 in
/etc/balsamoa/imagenes.json) sed -i 's/"jwt_secret": ""/"jwt_secret": "$SECRET"/' "\$1" ;;
/etc/balsamoa/trial) echo 'cookie = "token=$token"' >"\$1" ;;
*) exit 1 ;;
esac
EOF
    chmod 755 /usr/local/bin/the-editor
    export EDITOR=the-editor
}

# --- the tests ---

# first_200 ID: the image goes, file and record.
first_200() {
    local url status
    url=$(sql "SELECT url FROM producto_imagenes WHERE id = $1")
    [ -f "$public$url" ] || return 1
    status=$(curl -sS -o /tmp/answer -w '%{http_code}' -X DELETE -b "token=$token" \
        "https://shop.example/api/v1/admin/imagenes/$1")
    cat /tmp/answer && echo
    [ "$status" = 200 ] && [ ! -e "$public$url" ] &&
        [ -z "$(sql "SELECT id FROM producto_imagenes WHERE id = $1")" ]
}

# with SERVER ID: installed by the README, it removes an image.
with() {
    run_blocks 'Web server' "$1"
    run_blocks 'Check and try' imagenes-check
    check "$1: imagenes-check has nothing to complain of" not printed '^(error|warning): '
    run_blocks 'Check and try' Then
    run_blocks 'Check and try' 'The answers'
    check "$1: OPTIONS is 204" printed '^HTTP/[0-9.]+ 204'
    check "$1: signed in, the DELETE of no image is 404" printed '^\{"mensaje":"Imagen no encontrada"\}'
    check "$1: and imagenes-check says so" printed '^ok: DELETE .*: 404, as it should be'
    check "$1: the first 200" first_200 "$2"
}

# strand ID: leaves an image as a removal does that is killed after it has staged the file.
strand() {
    url=$(sql "SELECT url FROM producto_imagenes WHERE id = $1")
    as www-data mv "$public$url" "$public${url%/*}/.removal-$1-${url##*/}"
}

is_back() { [ -f "$public$url" ] && [ -z "$(find "$public" -name '.removal-[0-9]*')" ]; }

# As cron does: as the user, by sh, with almost no environment.
run_cron_line() {
    local user command
    read -r _ _ _ _ _ user command < <(grep -v '^#' /etc/cron.d/imagenes-fsck)
    as "$user" env -i HOME=/var/www PATH=/usr/bin:/bin SHELL=/bin/sh sh -c "$command"
}

# unit KEY: what the installed service says there.
unit() { sed -n "s/^$1=//p" /usr/local/lib/systemd/system/imagenes-fsck.service; }

run_service() {
    local status=0
    # shellcheck disable=SC2046 # a command and its arguments
    as "$(unit User)" env -i PATH=/usr/bin:/bin $(unit ExecStart) || status=$?
    [[ " 0 $(unit SuccessExitStatus) " == *" $status "* ]]
}

# An orphan, which stays.
leave_orphan() { as www-data touch "$public/recursos/imagenes/productos/nadie.webp"; }
says_nothing() { [ -z "$("$@" 2>&1)" ]; }

hourly() {
    run_blocks Hourly
    check 'a removal is cut off, and there is an orphan' eval 'strand 6 && leave_orphan'
    check 'cron runs the line, and has nothing to mail' says_nothing run_cron_line
    check 'cron: an image is back in its place' is_back
    check 'another is cut off' strand 7
    check 'systemd runs the service' run_service
    check 'systemd: an image is back in its place' is_back
    check 'systemd finds nothing wrong with the units' \
        systemd-analyze verify /usr/local/lib/systemd/system/imagenes-fsck.{service,timer}
    check 'the timer is enabled' systemctl is-enabled imagenes-fsck.timer
}

# Our files, anywhere but in the checkout; every file in /usr/local; and files that mention us.
ours() {
    {
        find / -xdev \( -path "$PWD" -o -path /tmp -o -path /usr/src \) -prune -o \
            \( -path '/usr/local/*' ! -type d -o -name '*balsamoa*' -o -name '*imagenes*' -o \
            -path '/usr/local/lib/systemd*' -o -name '.removal-*' \) -print
        grep -rl imagenes /etc/apache2 /etc/lighttpd /etc/nginx /etc/cron.d /etc/systemd || true
    } | sort -u
}

only_the_settings_stay() {
    diff <(printf '%s\n' /etc/balsamoa /etc/balsamoa/imagenes.json) <(comm -13 /tmp/before <(ours))
}

uninstall() {
    local server
    for server in Apache lighttpd nginx; do
        run_blocks Uninstall ".*$server:"
        check "$server: the shop goes on" curl -sSf https://shop.example/
    done
    run_blocks Uninstall 'Then'
    run_blocks Uninstall 'and'
    check 'the settings, edited, are said to stay' \
        printed '^/etc/balsamoa/imagenes.json has been edited: it is kept$'
    check 'nothing else stays' only_the_settings_stay
    check 'nor does the role' [ -z "$(sql "SELECT rolname FROM pg_roles WHERE rolname = 'www-data'")" ]
}

inside() {
    export LC_ALL=C.UTF-8 LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
    export SYSTEMD_OFFLINE=1 # systemctl enables units, and starts none
    cp -a . /root/balsamoa-imagenes
    cd /root/balsamoa-imagenes # where nobody else may look
    exec 3>&1
    trap 'cat /tmp/shop.log >&3' EXIT
    set_up_shop >/tmp/shop.log 2>&1
    trap - EXIT
    set_up_operator
    split_readme
    touch /tmp/blocks/01.run
    ours >/tmp/before
    local heading
    for heading in Build Settings Database 'The images'; do run_blocks "$heading"; done
    run_blocks 'Web server' server
    with Apache 3
    with lighttpd 4
    with nginx 5
    hourly
    uninstall
    check 'every block was run, but those for shared hosting' every_block_was_run
    closing_line
}

every_block_was_run() {
    local file
    for file in $(blocks 'Shared hosting'); do touch "$file.run"; done
    for file in /tmp/blocks/*.place; do [ -e "${file%place}run" ] || { cat "$file" && return 1; }; done
}

case ${1-} in
--fetch) fetch ;;
--inside) inside ;;
*)
    if [ "$(id -u)" -ne 0 ]; then
        echo 'SKIP: README on fresh Debians: only root can enter another Debian'
        skipped=1
    else
        [ $# -gt 0 ] || set -- bookworm trixie
        for release; do follow "$release"; done
    fi
    closing_line
    ;;
esac
