# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What ./check, ./demo and .ci/run share. They source it in the top directory.
export LC_ALL=C.UTF-8
umask 022
# Where root works. Only root can have made anything in /var/cache.
COPIES=/var/cache/balsamoa-imagenes

# packages PURPOSE: the Debian packages that it needs.
packages() {
    case $1 in
    build) echo autoconf automake autoconf-archive make gcc libc6-dev pkg-config \
        libpq-dev libjson-c-dev libssl-dev ;;
    check) echo bats bats-support bats-assert bats-file binutils mandoc postgresql apache2-bin lighttpd \
        nginx-light fcgiwrap busybox pgbouncer ca-certificates curl jq openssl procps \
        python3-jsonschema python3-yaml spin strace systemd chromium chromium-driver \
        python3-prometheus-client libmonitoring-plugin-perl ;;
    demo) echo postgresql apache2-bin curl ;;
    chroot) echo debootstrap ;;
    musl) echo musl-tools cmake bzip2 perl ;;
    glusterfs) echo glusterfs-server iproute2 ;;
    standalone) echo "postgresql-server-dev-$(libpq_release)" zlib1g-dev libzstd-dev ;;
    esac
}

# The release of PostgreSQL that libpq belongs to; build's packages tell.
libpq_release() { pkg-config --modversion libpq | cut -d . -f 1; }

# install_packages PURPOSE...: installs what is missing, and says so in one line; apt's output goes to a
# log. If it may not install, it says that. On other systems than Debian, configure says what is missing.
install_packages() {
    local missing purpose log sudo=()
    command -v dpkg-query >/dev/null || return 0
    missing=$(for purpose; do packages "$purpose"; done | missing_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        sudo=(sudo -n)
        sudo -n true 2>/dev/null || cannot_install "$missing"
    fi
    log=$(packages_log)
    echo "Installing $(wc -w <<<"$missing") packages, which takes a while (log: $log)"
    apt_install "$missing" </dev/null >>"$log" 2>&1 ||
        { tail -n 20 "$log" >&2 && cannot_install "$missing"; }
}

# apt_install PACKAGES: one list. With SYSTEMD_OFFLINE, systemctl starts none of the servers' services.
apt_install() {
    # shellcheck disable=SC2086 # a list of words
    "${sudo[@]}" apt-get -q update &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get -qy \
            -o DPkg::Lock::Timeout=300 install --no-install-recommends $1
}

# Makes the log's directory, and prints the log's path. Root leaves nothing in anybody's checkout.
packages_log() {
    local directory=$PWD/build
    [ "$(id -u)" -ne 0 ] || directory=$COPIES
    mkdir -p "$directory"
    echo "$directory/packages.log"
}

# Prints the packages from standard input that are not installed, in one line.
missing_packages() {
    tr -s ' ' '\n' | sort -u | comm -23 - <(
        dpkg-query -Wf '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u
    ) | paste -sd ' '
}

cannot_install() {
    printf '%s\n' "Packages are missing that could not be installed. As root:" \
        "    apt-get update && apt-get install --no-install-recommends $1" >&2
    exit 1
}

# npm_tools: installs what the tests need from npm, as a user does: jsonwebtoken, with which the shop
# signs, and CycloneDX's schemas. Without npm, or offline, the tests that need them are skipped.
npm_tools() {
    export NODE_PATH=$PWD/build/npm/node_modules
    [ ! -e "$NODE_PATH/jsonwebtoken" ] || [ ! -e "$NODE_PATH/@cyclonedx" ] || return 0
    command -v npm >/dev/null || return 0
    mkdir -p build/npm
    npm install --silent --no-save --no-audit --no-fund --prefix build/npm jsonwebtoken@9 \
        @cyclonedx/cyclonedx-library@10 >build/npm.log 2>&1 </dev/null ||
        echo 'jsonwebtoken and cyclonedx-library could not be installed (build/npm.log)' >&2
}

# start_in_copy COMMAND [ARGUMENT...]: if this tree cannot be built and tested, starts COMMAND again in a
# copy of it, and does not return. Root's copy belongs to nobody: the tests refuse root, who may read
# every file, and nobody may not enter every checkout. A tree in which configure has been run is copied,
# too, because automake then builds it nowhere else. The copy stays, so that the next run builds only
# what has changed.
start_in_copy() {
    local copy nobody=()
    if [ "$(id -u)" -eq 0 ]; then
        nobody=(env -u TMPDIR setpriv --reuid=nobody --regid=nogroup --clear-groups)
        copy=$COPIES/$(pwd -P | cksum | cut -d ' ' -f 1)-${1##*/}
        install -d "${copy%/*}"
        install -d -m 0700 -o nobody -g nogroup "$copy"
        export HOME=$copy
    elif [ -e config.status ]; then
        copy=$PWD/build/source
        mkdir -p "$copy"
        echo "configure has been run in this tree, so this runs in a copy of its sources: $copy"
    else
        return 0
    fi
    # Root only reads and nobody only writes, so that no link in the copy can mislead root.
    tar -cf - --exclude=./.git --exclude-from=<(generated_files) . |
        (cd "$copy" && export -f refresh && "${nobody[@]}" bash -ec refresh)
    cd "$copy" || exit
    exec "${nobody[@]}" "$@"
}

# refresh: makes this tree like the one in the tar file on standard input, but keeps what has been built.
# Changed files get the current time, not that of their last edit: an object may be newer than that edit
# and still not contain it.
refresh() {
    local file
    rm -rf new
    mkdir new
    tar -xmf - -C new
    (cd new && find . -type f) | while read -r file; do
        ! cmp -s "new/$file" "$file" || touch -r "$file" "new/$file"
    done
    find . -mindepth 1 -maxdepth 1 ! -name new ! -name build ! -name build-aux ! -name aclocal.m4 \
        ! -name autom4te.cache ! -name config.h.in ! -name configure ! -name Makefile.in \
        -exec rm -rf {} +
    cp -a new/* new/.[!.]* .
    rm -rf new
}

# Patterns for tar of the files that a build makes. autoreconf's belong to a checkout; they come first.
generated_files() {
    if [ -e .git ]; then cat .gitignore; else sed '1,/^# What else/d' .gitignore; fi |
        sed '/^#/d; s,^/,./,; s,/$,,'
}

# build_tree DIRECTORY [OPTION...]: configures build/DIRECTORY once. Make handles later changes.
build_tree() {
    local build=build/$1
    shift
    [ -e Makefile.in ] || autoreconf --install || return # automake writes Makefile.in last
    [ ! -e "$build/Makefile" ] || return 0
    mkdir -p "$build" && (cd "$build" && ../../configure --quiet "$@")
}

passed=0 failed=0 skipped=0

# suite [ARGUMENT...]: builds, tests, and adds to the totals. Options are for configure, and each set of
# them has its build directory; the other arguments are for make. Sets $build.
suite() {
    local argument options=() rest=() status=0 results
    for argument; do
        case $argument in
        --*) options+=("$argument") ;;
        *) rest+=("$argument") ;;
        esac
    done
    build=check$(printf %s "${options[@]//\//_}")
    { build_tree "$build" "${options[@]}" && rm_results "build/$build" &&
        make --no-print-directory -C "build/$build" -j4 check "${rest[@]}" </dev/null; } || status=$?
    build=build/$build
    read -ra results < <(count_results "$build")
    if [ "${results[1]}" -gt 0 ]; then
        show_failures "$build" || true
    elif [ "$status" -ne 0 ] || [ "${results[0]}" -eq 0 ]; then
        echo "$build: make ended with status $status after ${results[0]} tests" >&2
        results[1]=1
    fi
    ((passed += results[0], failed += results[1], skipped += results[2])) || true
}

# Results of an earlier run would count if this run has other tests.
rm_results() { find "$1" -name '*.trs' -delete; }

# Prints how many test points passed, failed and were skipped (Automake manual, "Log files
# generation and test results recording").
count_results() {
    find "$1" -name '*.trs' -exec cat {} + |
        sed -n 's/^:test-result: \([A-Z]*\).*/\1 1/p' | tally
}

# tally: adds up lines of a result and a number: how many passed, failed and were skipped.
tally() {
    awk '{ n[$1] += $2 }
        END {
            print n["PASS"] + n["XFAIL"], n["FAIL"] + n["XPASS"] + n["ERROR"], n["SKIP"] + 0
        }'
}

# What failed, with the comments on it. If tests broke off, the end of their log.
show_failures() {
    find "$1" -name '*.trs' -exec grep -lE '^:test-result: (FAIL|XPASS|ERROR)' {} + | sort |
        while read -r trs; do
            printf '\n--- %s\n' "${trs%.trs}.log"
            # The driver repeats each TAP line, after the file's name.
            awk '/^(not )?ok / { show = /^not / }
                show && !/^([A-Z]+:|#) tests\// && n++ < 200' "${trs%.trs}.log"
            ! grep -q '^:test-result: ERROR' "$trs" || tail -n 20 "${trs%.trs}.log"
        done
}

# closing_line: prints the totals; true if all is well.
closing_line() {
    local skips=
    [ "$skipped" -eq 0 ] || skips=", $skipped skipped"
    echo "$passed passed, $failed failed$skips"
    [ "$failed" -eq 0 ]
}
