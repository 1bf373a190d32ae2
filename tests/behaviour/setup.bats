# SPDX-License-Identifier: ISC
# What ./check, ./demo and .ci/run share: missing packages, and where to build.
load ../lib/support

# bin/ has stand-ins for the system's programs; tree/ is a checkout that does not belong to root.
setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p bin tree/tests/lib
    # shellcheck disable=SC2154 # make check sets it
    cp "$abs_top_srcdir/tests/lib/setup.bash" tree/tests/lib/
    cp "$abs_top_srcdir/.gitignore" tree/
    mkdir tree/.git
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
    stand_in dpkg-query 'echo "installed curl"'
    # shellcheck disable=SC2016 # for the stand-in
    stand_in sudo 'shift; [ "$1" = true ] || exec "$@"'
    stand_in apt-get 'echo "apt-get $*"'
}
stand_in() { printf '#!/bin/sh\n%s\n' "$2" >"bin/$1" && chmod +x "bin/$1"; }

# in_tree COMMAND...: runs it as the scripts do.
in_tree() { run --separate-stderr bash -euo pipefail -c 'cd tree && . tests/lib/setup.bash && "$@"' bash "$@"; }

@test "packages are installed: one line, and what apt says is in the log" {
    in_tree install_packages demo
    assert_success
    assert_output "Installing 2 packages, which takes a while (log: $PWD/tree/build/packages.log)"
    assert_equal "${stderr:-}" ''
    assert_equal "$(cat tree/build/packages.log)" "apt-get -q update
apt-get -qy -o DPkg::Lock::Timeout=300 install --no-install-recommends apache2-bin postgresql"
}

@test "packages are there already: not a word" {
    stand_in dpkg-query 'printf "installed %s\n" curl postgresql apache2-bin'
    in_tree install_packages demo
    assert_success
    assert_output ''
    assert_not_exists tree/build
}

@test "packages cannot be installed: the end of the log, and what to type" {
    stand_in apt-get 'seq 100; echo "E: no network" >&2; exit 100'
    in_tree install_packages demo
    assert_failure 1
    assert_equal "$(sed -n '1p;20,$p' <<<"$stderr")" "82
E: no network
Packages are missing that could not be installed. As root:
    apt-get update && apt-get install --no-install-recommends apache2-bin postgresql"
}

@test "packages are missing, and sudo asks for a password: what to type" {
    stand_in sudo 'exit 1'
    in_tree install_packages demo
    assert_failure 1
    assert_output ''
    assert_equal "$(tail -n 1 <<<"$stderr")" \
        '    apt-get update && apt-get install --no-install-recommends apache2-bin postgresql'
}

# A tree like a release or a checkout: after autoreconf and, with `configured`, after make.
fill_tree() {
    mkdir -p tree/src tree/tests/fuzz/corpus/url tree/build/check
    touch tree/{configure.ac,configure,Makefile.in} tree/src/url.c tree/tests/fuzz/corpus/url/a.seed
    [ "${1-}" != configured ] ||
        touch tree/{Makefile,config.status,config.h} tree/src/{url.o,libimagenes.a} tree/tests/fuzz/url
}
files_here() { find . -type f | sort | paste -sd ' '; }

@test "configure has not been run in the tree: it is built in place" {
    fill_tree
    in_tree start_in_copy false
    assert_success
    assert_output ''
    assert_not_exists tree/build/source
}

@test "configure has been run in the tree: it is built in a copy of the sources alone" {
    fill_tree configured
    export -f files_here
    in_tree start_in_copy bash -c files_here
    assert_success
    assert_line --index 0 "configure has been run in this tree, so this runs in a copy of its sources:\
 $PWD/tree/build/source"
    assert_line --index 1 './.gitignore ./configure.ac ./src/url.c ./tests/fuzz/corpus/url/a.seed ./tests/lib/setup.bash'
}

@test "so is a release, with what autoreconf has made for it" {
    fill_tree configured
    rmdir tree/.git
    export -f files_here
    in_tree start_in_copy bash -c files_here
    assert_line --index 1 --partial './Makefile.in '
    assert_line --index 1 --partial ' ./configure '
    refute_output --regexp 'url\.o|config\.status|libimagenes'
}

@test "the copy is made anew where the sources have changed, and keeps what it has built" {
    fill_tree configured
    in_tree start_in_copy bash -c 'mkdir build && touch build/kept configure Makefile.in src/stale.o config.status'
    assert_success
    echo new >tree/src/url.c
    export -f files_here
    in_tree start_in_copy bash -c 'cat src/url.c && files_here'
    assert_line --index 1 new
    assert_line --index 2 "./.gitignore ./Makefile.in ./build/kept ./configure ./configure.ac\
 ./src/url.c ./tests/fuzz/corpus/url/a.seed ./tests/lib/setup.bash"
}

@test "whatever a build leaves is ignored by git, and not copied" {
    in_tree generated_files
    # shellcheck disable=SC2154 # make check sets it
    tar -C "$abs_top_builddir" -cvf /dev/null --exclude-from=<(echo "$output") . >names 2>/dev/null || true
    run grep -v '/$' names
    assert_output ''
    assert_exists "$abs_top_builddir/config.status"
}
