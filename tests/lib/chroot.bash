# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Other releases of Debian, each in a directory, for root. Source it after setup.bash, in the top
# directory. Needs debootstrap, and a mirror in the host's apt configuration.

# other_debian: the release that the program supports, too, and this host does not have.
other_debian() {
    case $(. /etc/os-release && echo "$ID-$VERSION_ID") in
    debian-12) echo trixie ;;
    debian-13) echo bookworm ;;
    *) echo 'this host is neither Debian 12 nor 13' >&2 && return 1 ;;
    esac
}

# make_debian RELEASE ROOT: installs a minimal system there, unless there is one already.
make_debian() {
    local mirror
    [ "$(id -u)" -eq 0 ] || { echo 'only root can enter another Debian' >&2 && return 1; }
    [ ! -d "$2" ] || return 0
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || { echo 'apt knows no mirror of Debian' >&2 && return 1; }
    rm -rf "$2.new" && mkdir -p "$2.new"
    # Its own namespaces, so that none of its mounts is left.
    unshare --mount debootstrap --variant=minbase "$1" "$2.new" "$mirror" >"$2.log" 2>&1 \
        </dev/null || { tail "$2.log" >&2 && return 1; }
    apt-config dump | grep '^Acquire::' >"$2.new/etc/apt/apt.conf.d/host"
    mv "$2.new" "$2"
}

# Where the host gets its own release from.
debian_mirror() {
    # shellcheck disable=SC2016 # apt's own placeholders
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
        (. /etc/os-release && sed -n "s/^$VERSION_CODENAME //p") | head -n 1
}

# in_debian ROOT COMMAND [ARGUMENT...]: runs COMMAND there as root, in a copy of this tree. No mount and
# no process outlives it. in_fresh_debian: none of its changes does, either. Both wait until nobody else
# is there.
in_debian() { in_namespaces mount_itself "$@"; }
in_fresh_debian() { in_namespaces mount_overlay "$@"; }

in_namespaces() {
    (
        export -f enter_debian mount_itself mount_overlay copy_tree generated_files
        # Bash stays as the first process, to wait for processes whose parents have gone.
        exec flock "$2" unshare --mount --pid --ipc --fork --kill-child \
            bash -euo pipefail -c 'enter_debian "$@"' bash "$@" </dev/null
    )
}

# enter_debian MOUNT ROOT COMMAND [ARGUMENT...]
enter_debian() {
    local root=$2
    "$1" "$root"
    mount -t proc proc "$root/proc"
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t tmpfs tmpfs "$root/tmp"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    copy_tree "$root/usr/src/balsamoa-imagenes"
    # Not chroot(2): nobody can make a user namespace there, as some tests do.
    cd "$root" && pivot_root . mnt
    umount -l /mnt
    cd /usr/src/balsamoa-imagenes || exit
    shift 2
    env -u TMPDIR HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

mount_itself() { mount --bind "$1" "$1"; }

mount_overlay() {
    mount -t tmpfs -o mode=755 tmpfs /mnt
    mkdir /mnt/upper /mnt/work
    mount -t overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" overlay "$1"
}

# add_results NAME COMMAND...: runs it, marks its lines with NAME, and adds the results in its closing line.
add_results() {
    local name=$1 log results
    shift
    log=$(mktemp)
    "$@" 2>&1 | tee "$log" | sed -u "s/^/$name | /" || true
    read -ra results < <(sed -nE \
        's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/p' "$log") || results=(0 1)
    rm "$log"
    ((passed += results[0], failed += results[1], skipped += ${results[2]-0})) || true
}

# check NAME COMMAND...: counts as one test. If it fails, prints its output.
check() {
    local name=$1
    shift
    if "$@" >/tmp/check.log 2>&1; then
        passed=$((passed + 1))
        echo "ok - $name"
    else
        failed=$((failed + 1))
        echo "not ok - $name"
        cat /tmp/check.log
    fi
}

# copy_tree DIRECTORY: copies these sources into an empty DIRECTORY.
copy_tree() {
    rm -rf "$1" && mkdir -p "$1"
    tar -cf - --exclude=./.git --exclude-from=<(generated_files) . | tar -C "$1" -xf -
}
