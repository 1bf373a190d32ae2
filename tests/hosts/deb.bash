#!/bin/bash
# SPDX-License-Identifier: ISC
# Builds the Debian packages, and installs, upgrades and purges them on a fresh Debian 12 and a fresh
# Debian 13, beside a stock shop: tests/hosts/deb.bash [RELEASE...] (bookworm, trixie). For root. Only
# the systems in /var/cache stay.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/setup.bash
. tests/lib/chroot.bash

# --- outside: for each release, a system to build in, and a fresh one ---

# try RELEASE: in the fresh one with a network of its own, in which every port is free.
try() {
    local build=/var/cache/balsamoa-imagenes/$1-deb fresh=/var/cache/balsamoa-imagenes/$1-fresh built top
    if ! make_debian "$1" "$build" || ! make_debian "$1" "$fresh" ||
        ! in_debian "$build" tests/hosts/deb.bash --fetch-build ||
        ! in_debian "$fresh" tests/hosts/deb.bash --fetch; then
        echo "SKIP: the Debian packages on $1, for the reason above"
        skipped=$((skipped + 1))
        return
    fi
    add_results "$1" in_debian "$build" tests/hosts/deb.bash --build
    built=$(mktemp -d) top=$PWD
    copy_tree "$built/tree"
    cp "$build"/usr/src/balsamoa-imagenes/build/deb/*.deb "$built/tree/debian" || true
    cd "$built/tree"
    add_results "$1" in_fresh_debian "$fresh" unshare --net tests/hosts/deb.bash --inside
    cd "$top"
    rm -rf "$built"
}

# --- with a network ---

fetch_build() {
    installs() { apt-get -qq build-dep -y ./ && apt-get -qq install -y --no-install-recommends fakeroot lintian; }
    { installs || { apt-get update && installs; }; } </dev/null >/tmp/fetch.log 2>&1 ||
        { tail /tmp/fetch.log && return 1; }
}

shop_packages='apache2 busybox curl iproute2 openssl postgresql systemd'
others='fcgiwrap lighttpd nginx-light spawn-fcgi libjson-c-dev libpq-dev'

fetch() {
    # shellcheck disable=SC2086 # lists of words
    downloads() { apt-get -qq install --download-only -y --no-install-recommends $shop_packages $others; }
    { downloads || { apt-get update && downloads; }; } </dev/null >/tmp/fetch.log 2>&1 ||
        { tail /tmp/fetch.log && return 1; }
}

# --- inside: the packages ---

# The second build differs in all that must make no difference.
build() {
    check 'make deb: two packages, and lintian finds nothing' make_deb
    check 'a second build is the same, byte by byte' same_again
    closing_line
}

make_deb() {
    rm -rf build/deb
    build_tree ordinary && make -C build/ordinary deb && cp -r build/ordinary/deb build/deb
}

same_again() {
    local another=/var/tmp/in/another/place
    rm -rf /var/tmp/in && mkdir -p "$another" &&
        tar -C "$another" -xf build/ordinary/balsamoa-imagenes-*.tar.gz &&
        chown -R nobody:nogroup /var/tmp/in &&
        (umask 077 && cd "$another"/* && setpriv --reuid=nobody --regid=nogroup --clear-groups \
            env HOME=/nonexistent TZ=Asia/Tokyo LC_ALL=C DEB_BUILD_OPTIONS='nocheck parallel=1' \
            dpkg-buildpackage --no-sign) &&
        diff <(cd build/deb && sha256sum ./*.deb ./*.dsc ./*.tar.*) \
            <(cd "$another" && sha256sum ./*.deb ./*.dsc ./*.tar.*)
}

# --- inside: the shop, and the package that comes to it ---

inside() {
    export LC_ALL=C.UTF-8 LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
    export SYSTEMD_OFFLINE=1 # systemctl enables units, and starts none
    cp -a . /root/balsamoa-imagenes
    cd /root/balsamoa-imagenes # where nobody else may look
    mv debian/*.deb .
    set_up_shop >/tmp/shop.log 2>&1 || { cat /tmp/shop.log && return 1; }
    ours >/tmp/before
    installs
    upgrades
    other_servers
    standalone
    purges
    closing_line
}

set_up_shop() {
    echo '127.0.0.1 localhost shop.example' >/etc/hosts
    # shellcheck disable=SC2086 # a list of words
    apt-get -qq install -y --no-install-recommends $shop_packages </dev/null
    printf '#!/bin/sh\nexit 0\n' >/usr/sbin/policy-rc.d # what is installed from now on is started
    chmod 755 /usr/sbin/policy-rc.d
    ip link set lo up
    debian/tests/remove-image shop
}

readme() { debian/tests/remove-image readme "$1"; }
removes() { debian/tests/remove-image removes "$1"; }
not() { ! "$@"; }
says() { grep -qxF "$1" <("${@:2}"); }
owner_and_mode() { stat -c %U:%G:%a "$settings"; }
settings=/etc/balsamoa/imagenes.json
public=/srv/tienda/public

# --- the tests ---

installs() {
    local began=$SECONDS
    check 'it installs' readme 'apt-get -y install'
    check 'the settings are for root, and for the web server to read' says root:www-data:640 owner_and_mode
    check 'nothing runs unasked' not systemctl is-enabled imagenes-fsck.timer
    check 'README leads to the first 200' eval 'debian/tests/remove-image steps | tee /tmp/steps'
    echo "$(grep '^the first 200' /tmp/steps || true), $((SECONDS - began)) seconds"
    check 'imagenes-check complains of nothing' eval 'readme imagenes-check | tee /tmp/output &&
        not grep -E "^(error|warning): " /tmp/output'
    check 'the timer is enabled' systemctl is-enabled imagenes-fsck.timer
    if namespaces true; then
        check 'systemd runs the service, after a boot' settles 5 run_by_systemd
    else
        echo 'SKIP: systemd runs the service: no file system for cgroups can be mounted'
        skipped=$((skipped + 1))
    fi
    check 'cron runs its line' settles 5 run_cron_line
}

# It needs nothing: not even settings, to refuse a method.
standalone() {
    check 'the standalone package installs' apt-get -y install ./balsamoa-imagenes-standalone_*.deb
    check 'its program answers' eval 'env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=PATCH PATH_INFO=/7 \
        /usr/lib/balsamoa-imagenes-standalone/cgi-bin/imagenes.cgi | grep "^Status: 405"'
    check 'it is purged' apt-get -y purge balsamoa-imagenes-standalone
}

# settles ID COMMAND...: the command ends a removal that was killed after it had staged the file.
settles() {
    local url
    url=$(cd / && runuser -u postgres -- psql -XAtqc "SELECT url FROM producto_imagenes WHERE id = $1" tienda)
    (cd "$public${url%/*}" && mv "${url##*/}" ".removal-$1-${url##*/}") &&
        [ ! -e "$public$url" ] && "${@:2}" && [ -f "$public$url" ]
}

# namespaces COMMAND...: runs it as the first process, with the file systems that systemd expects.
namespaces() {
    unshare --mount --pid --ipc --uts --cgroup --fork --kill-child bash -c 'mount -t proc proc /proc &&
        mount -t sysfs sysfs /sys && mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
        mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /tmp && exec "$@"' bash "$@"
}

# The real one, so that the unit's restrictions hold.
run_by_systemd() {
    cat >/etc/systemd/system/trial.service <<'END'
[Unit]
Requires=postgresql.service
After=postgresql.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'systemctl start imagenes-fsck.service; echo $? >/var/tmp/trial; systemctl poweroff -ff'
END
    quietly service postgresql stop
    timeout 90 env -u SYSTEMD_OFFLINE bash -c "$(declare -f namespaces)"'
        namespaces /lib/systemd/systemd --unit=trial.service'
    quietly service postgresql start
    rm /etc/systemd/system/trial.service
    [ "$(cat /var/tmp/trial)" = 0 ]
}

run_cron_line() {
    local user command
    read -r _ _ _ _ _ user command < <(grep -v '^#' /usr/share/balsamoa-imagenes/cron/imagenes-fsck)
    (cd / && runuser -u "$user" -- env -i PATH=/usr/bin:/bin sh -c "$command")
}

# To a version that brings another sample of the settings.
upgrades() {
    chmod 440 "$settings"
    cp "$settings" /tmp/edited
    check 'it upgrades from itself' upgrade
    check 'the upgrade keeps the settings' cmp "$settings" /tmp/edited
    check 'the upgrade keeps their owner and mode' says root:www-data:440 owner_and_mode
    check 'the upgrade keeps the timer enabled' systemctl is-enabled imagenes-fsck.timer
    check 'after the upgrade, an image goes' removes 5
}

upgrade() {
    dpkg-deb -R balsamoa-imagenes_*.deb /tmp/next &&
        sed -i 's/^Version: .*/&+1/' /tmp/next/DEBIAN/control &&
        sed -i 's|/var/www/html|/var/www|' "/tmp/next$settings" &&
        dpkg-deb -b /tmp/next /tmp/next.deb &&
        apt-get -y -o Dpkg::Options::=--force-confold install /tmp/next.deb </dev/null &&
        dpkg-query -W -f '${Version}\n' balsamoa-imagenes | grep '+1$'
}

other_servers() {
    quietly service apache2 stop
    check 'lighty-enable-mod leads to a 200' eval 'set_up_lighttpd && removes 6'
    quietly service lighttpd stop
    check 'the snippet for nginx leads to a 200' eval 'set_up_nginx && removes 7'
    quietly service nginx stop
    quietly service apache2 start
}

quietly() { "$@" >/dev/null 2>&1; }

set_up_lighttpd() {
    apt-get -qq install -y --no-install-recommends lighttpd </dev/null
    cat >/etc/lighttpd/conf-available/50-tienda.conf <<'END'
server.modules += ("mod_proxy")
proxy.server = ("" => (("host" => "127.0.0.1", "port" => 3003)))
END
    lighty-enable-mod tienda balsamoa-imagenes
    service lighttpd restart
}

set_up_nginx() {
    apt-get -qq install -y --no-install-recommends nginx-light fcgiwrap spawn-fcgi </dev/null
    cat >/etc/nginx/sites-available/tienda <<'END'
server {
    listen 80;
    server_name shop.example;
    include snippets/balsamoa-imagenes*.conf;
    location / {
        proxy_pass http://127.0.0.1:3003;
    }
}
END
    ln -s ../sites-available/tienda /etc/nginx/sites-enabled/
    service nginx restart
}

# Our files, anywhere but in this copy; and files that mention us.
ours() {
    {
        find / -xdev \( -path "$PWD" -o -path /tmp -o -path /usr/src -o -path /proc \) -prune -o \
            \( -name '*balsamoa*' -o -name '*imagenes*' -o -name '.removal-*' \) -print
        grep -rlE 'imagenes' /etc /var/lib/apache2 /var/lib/systemd || true
    } | sort -u
}

# Nothing is left but a line that the operator wrote, which says what to include if it is there.
purges() {
    check 'it is purged, as README says' readme 'apt-get -y purge'
    check 'nothing of it is left' diff /tmp/before <(ours | grep -vx /etc/nginx/sites-available/tienda)
    check 'Apache goes on with the shop' eval 'service apache2 restart && curl -sSf http://shop.example/'
    check 'lighttpd would, too' lighttpd -tt -f /etc/lighttpd/lighttpd.conf
    check 'nginx would, too' nginx -t
}

case ${1-} in
--fetch) fetch ;;
--fetch-build) fetch_build ;;
--build) build ;;
--inside) inside ;;
*)
    if [ "$(id -u)" -ne 0 ]; then
        echo 'SKIP: the Debian packages on fresh Debians: only root can enter another Debian'
        skipped=1
    else
        [ $# -gt 0 ] || set -- bookworm trixie
        for release; do try "$release"; done
    fi
    closing_line
    ;;
esac
