#!/bin/bash
# SPDX-License-Identifier: ISC
# Runs the suite's cases of removals and of imagenes-fsck on a replicated store, a real GlusterFS: two
# bricks, two mounts and the self-heal daemon, as in Debian's glusterfs-server. For root, with /dev/fuse;
# otherwise it is one skipped test. Everything is in namespaces of its own: no mount, no process and no
# port outlives it.
#
# The tests run as nobody. They find the store by PUBLIC_ROOT_ON (a directory on the first mount, for
# tests/lib/support.bash) and GLUSTER (its room, for tests/store/glusterfs.bats): a and b, the mounts; 1/data and
# 2/data, the bricks; ask and answer, through which they stop a brick and start it.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/setup.bash

# One after the other, because the last one stops bricks.
suites=('tests/behaviour/removal.bats tests/behaviour/recovery.bats tests/behaviour/files.bats tests/behaviour/fsck.bats tests/behaviour/races.bats'
    tests/store/glusterfs.bats)

# --- outside ---

skip_all() {
    echo "SKIP: the suite on a GlusterFS: $1"
    skipped=1
}

run_on_glusterfs() {
    local room
    if [ "$(id -u)" -ne 0 ]; then
        skip_all 'only root can run bricks and mount them'
    elif [ ! -c /dev/fuse ]; then
        skip_all 'no /dev/fuse'
    elif ! (install_packages build check glusterfs) || ! command -v glusterfsd >/dev/null; then
        skip_all 'glusterfs-server could not be installed'
    else
        room=$(mktemp -d /tmp/imagenes.XXXXXX)
        # Bash stays, as the first process: all others end with it, and then the mounts.
        unshare --mount --net --pid --fork --kill-child --mount-proc \
            bash "$0" --inside "$room" </dev/null || failed=$((failed + 1))
        read -r passed failed skipped < <(
            cat "$room/results" 2>/dev/null || echo "0 $((failed + 1)) 0"
        )
        rm -rf "$room"
    fi
    closing_line
}

# --- inside: the store ---

# The process with this id heals the bricks of this host.
host=6f0e4b51-1d4c-4a0b-9f55-0c0a5f6f0001

# volume NAME TYPE SUBVOLUMES [OPTION...]
volume() {
    printf 'volume %s\n    type %s\n' "$1" "$2"
    [ $# -lt 4 ] || printf '    option %s\n' "${@:4}"
    [ -z "$3" ] || printf '    subvolumes %s\n' "$3"
    printf 'end-volume\n'
}

# As glusterd writes them for a volume of two replicas.
brick_volume() {
    volume posix storage/posix '' "directory $room/$1/data" "glusterd-uuid $host"
    volume access-control features/access-control posix
    volume locks features/locks access-control
    volume threads performance/io-threads locks
    volume index features/index threads "index-base $room/$1/index" \
        'xattrop-dirty-watchlist trusted.afr.dirty' 'xattrop-pending-watchlist trusted.afr.tienda-'
    volume brick debug/io-stats index
    volume server protocol/server brick 'transport-type tcp' "transport.socket.listen-port 2400$1" \
        'transport.socket.bind-address 127.0.0.1' 'auth.addr.brick.allow *'
}
replicas() {
    local i
    for i in 1 2; do
        volume "tienda-client-$i" protocol/client '' 'transport-type tcp' 'remote-host 127.0.0.1' \
            "remote-port 2400$i" 'remote-subvolume brick'
    done
    volume replicate cluster/replicate 'tienda-client-1 tienda-client-2' \
        'afr-pending-xattr tienda-client-1,tienda-client-2' "$@"
}
mount_volume() {
    replicas
    volume distribute cluster/distribute replicate
    volume utime features/utime distribute
    volume write-behind performance/write-behind utime
    volume open-behind performance/open-behind write-behind
    volume quick-read performance/quick-read open-behind
    volume md-cache performance/md-cache quick-read
}
heal_volume() {
    replicas "node-uuid $host" 'iam-self-heal-daemon yes' 'self-heal-daemon on' \
        'data-self-heal on' 'metadata-self-heal on' 'entry-self-heal on'
}

# gluster NAME VOLUME [MOUNT]: a process, its log and its pid in the room.
gluster() { glusterfs -f "$room/$2.vol" -l "$room/$1.log" -p "$room/$1.pid" "${@:3}"; }

start_store() {
    local i
    ip link set lo up
    chmod 755 "$room"
    for i in 1 2; do
        mkdir -p "$room/$i/data" "$room/$i/index"
        brick_volume "$i" >"$room/brick$i.vol"
        gluster "brick$i" "brick$i"
    done
    mount_volume >"$room/mount.vol"
    heal_volume >"$room/heal.vol"
    mkdir "$room/a" "$room/b"
    gluster a mount "$room/a"
    gluster b mount "$room/b"
    gluster heal heal
    retry connected 1 && retry connected 2
    chown nobody:nogroup "$room/a"
}

# Whether both mounts have a connection to the brick.
connected() {
    local mount
    for mount in a b; do
        grep -q '^connected = 1$' "$room/$mount/.meta/graphs/active/tienda-client-$1/private" || return
    done
} 2>/dev/null

# Whether the self-heal daemon has nothing left to heal.
healed() { [ -z "$(find "$room"/[12]/index/xattrop -type f ! -name 'xattrop-*')" ]; }

# retry COMMAND...: until it succeeds, at most half a minute.
retry() {
    local i
    for i in {1..300}; do
        ! "$@" || return 0
        sleep 0.1
    done
    return 1
}

# Does what the tests ask for: stop BRICK, start BRICK, heal.
serve() {
    local verb brick
    while read -r verb brick; do
        case "$verb $brick" in
        stop\ [12])
            kill -KILL "$(<"$room/brick$brick.pid")"
            retry is_down "$brick"
            ;;
        start\ [12]) gluster "brick$brick" "brick$brick" && retry connected "$brick" ;;
        'heal ') retry healed ;;
        *) false ;;
        esac && echo 'done' >&8 || echo failed >&8
    done
}
is_down() { ! connected "$1"; }

on_both_bricks() { [ -d "$room/1/data/${1##*/}-1" ] && [ -d "$room/2/data/${1##*/}-1" ]; }

inside() {
    local tests log numbers
    room=$1
    start_store || { tail -n 20 "$room"/*.log && return 1; }
    mkfifo -m 666 "$room/ask" "$room/answer"
    serve <>"$room/ask" 8<>"$room/answer" 2>"$room/serve.log" &
    export PUBLIC_ROOT_ON=$room/a GLUSTER=$room
    export npm_config_offline=true # there is no network
    log=$room/check.log
    for tests in "${suites[@]}"; do
        ./check --enable-werror TESTS="$tests" 2>&1 | tee "$log" | sed -u 's/^/check | /' || true
        read -ra numbers < <(sed -nE \
            's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/p' "$log") ||
            numbers=(0 1)
        ((passed += numbers[0], failed += numbers[1], skipped += ${numbers[2]-0})) || true
    done
    # shellcheck disable=SC2048 # lists of words
    for tests in ${suites[*]}; do
        on_both_bricks "$tests" || { echo "$tests did not run on the store" && failed=$((failed + 1)); }
    done
    echo "$passed $failed $skipped" >"$room/results"
}

case ${1-} in
--inside) inside "$2" ;;
*) run_on_glusterfs ;;
esac
