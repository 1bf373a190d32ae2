# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154 # variables of bats and of make check
# The command line of each program: what it says of itself, and what it refuses.
load ../lib/support

PROGRAMS='cgi-bin/imagenes cgi-bin/productos sbin/imagenes-check sbin/imagenes-fsck'

# run_it PROGRAM [VARIABLE=VALUE ...] [ARGUMENT ...]: by hand, or as a web server does: sets $output,
# $stderr, $status.
run_it() {
    local program=$abs_top_builddir/$1 variables=()
    shift
    while [[ ${1-} =~ ^[A-Z_]+= ]]; do
        variables+=("$1")
        shift
    done
    run --separate-stderr env -i ASAN_OPTIONS="${ASAN_OPTIONS-}" "${variables[@]}" "$program" "$@" </dev/null
}

# The exit status of a program whose command line is wrong.
usage_status() { if [ "$1" = sbin/imagenes-fsck ]; then echo 16; else echo 2; fi; }
# The same if standard output cannot be written.
output_status() { if [ "$1" = sbin/imagenes-fsck ]; then echo 8; else echo 1; fi; }

# refuses PROGRAM MESSAGE [ARGUMENT ...]
refuses() {
    local program=$1 message=$2
    shift 2
    run_it "$program" "$@"
    assert_equal "$*: $status" "$*: $(usage_status "$program")"
    assert_equal "$output" ''
    assert_equal "$stderr" "${program#*/}: $message
Try '${program#*/} --help' for more information."
}

# refuses_option PROGRAM NAME [ARGUMENT ...]: in the words of the C library, which are not everywhere alike.
refuses_option() {
    local program=$1 name=$2
    shift 2
    run_it "$program" "$@"
    assert_equal "$status $output" "$(usage_status "$program") "
    assert_regex "${stderr%%$'\n'*}" "^${program#*/}: .*option.*$name"
    assert_equal "${stderr#*$'\n'}" "Try '${program#*/} --help' for more information."
}

package() { sed -n 's/^#define PACKAGE_STRING "\(.*\)"$/\1/p' "$abs_top_builddir/config.h"; }

@test "--help and -h: usage first, both options, and where there is more" {
    local program option
    for program in $PROGRAMS; do
        for option in --help -h --hel; do
            run_it "$program" $option
            assert_success
            assert_equal "$stderr" ''
            assert_line --index 0 --regexp "^Usage: ${program#*/} \[OPTION\]"
            assert_line --regexp '^  -h, --help +print this$'
            assert_line --regexp '^  -V, --version +print the version$'
            assert_regex "$(tr '\n' ' ' <<<"$output")" "The manual page ${program#*/}\(8\) says more"
        done
    done
}

@test "--version and -V: program, package, version" {
    local program option
    [ -n "$(package)" ]
    for program in $PROGRAMS; do
        for option in --version -V; do
            run_it "$program" $option
            assert_success
            assert_equal "$stderr" ''
            assert_output "${program#*/} ($(package | sed 's/ /) /')"
        done
    done
}

@test "a wrong option is named, in the same form everywhere" {
    local program
    for program in $PROGRAMS; do
        refuses_option "$program" nada --nada
        refuses_option "$program" x -x
        refuses_option "$program" help --help=x
    done
}

@test "so is what is too much" {
    refuses cgi-bin/imagenes "extra operand '7'" 7
    refuses cgi-bin/productos "extra operand '-x'" -- -x
    refuses sbin/imagenes-check "extra operand 'extra'" --productos extra
    refuses sbin/imagenes-fsck "extra operand 'b'" a b
}

@test "imagenes-check: a --url that is none, or has a password in it" {
    local url
    for url in shop.example ftp://shop.example https:// https://shop.example/api http://a?b; do
        refuses sbin/imagenes-check "invalid argument '$url' for '--url': say a scheme and a host,\
 such as https://shop.example" --url "$url"
    done
    for url in https://ana:secreto@shop.example ana:secreto@shop.example; do
        refuses sbin/imagenes-check "invalid argument for '--url': a sign-in belongs in a file for\
 --curl-config" --url "$url"
    done
    refuses_option sbin/imagenes-check url --url
}

@test "imagenes-fsck: a wrong age, share or directory" {
    local argument
    for argument in '' 7 d 7dd 7y -1d 999999d; do
        refuses sbin/imagenes-fsck "invalid argument '$argument' for '--older-than': say a number and\
 s, m, h, d or w, such as 7d" --delete-orphans --older-than="$argument"
    done
    for argument in '' 101 1000 -1 x 1x; do
        refuses sbin/imagenes-fsck "invalid argument '$argument' for '--max-share': say a number from\
 0 to 100" --max-share="$argument"
    done
    for argument in ../etc recursos/../etc /etc / "recursos/$(printf '%05000d' 0)"; do
        refuses sbin/imagenes-fsck "invalid directory '$argument': say recursos, or one beneath it,\
 as seen from the public root" "$argument"
    done
}

@test "imagenes-fsck: an age without orphans, orphans without an age" {
    refuses sbin/imagenes-fsck "option '--delete-orphans' requires '--older-than'" --delete-orphans
    refuses sbin/imagenes-fsck "option '--older-than' requires '--delete-orphans'" --older-than 7d
}

@test "what cannot be printed is a failure" {
    local program option
    for program in $PROGRAMS; do
        for option in --help --version; do
            # shellcheck disable=SC2016 # the inner shell expands
            run env -i ASAN_OPTIONS="${ASAN_OPTIONS-}" sh -c '"$0" "$1" >/dev/full' \
                "$abs_top_builddir/$program" $option
            assert_failure "$(output_status "$program")"
        done
    done
}

# --- a web server, or none ---

@test "a CGI program that no web server has started says so" {
    refuses cgi-bin/imagenes 'this is a CGI program: a web server starts it'
    refuses cgi-bin/productos 'this is a CGI program: a web server starts it'
    refuses cgi-bin/imagenes 'this is a CGI program: a web server starts it' PATH_INFO=/7 DATABASE_URL=x
}

# Apache's mod_cgi makes arguments of a query's words: DELETE …/imagenes/7?--help (RFC 3875, 4.4).
@test "under a web server, a CGI program ignores its arguments" {
    local program variables argument
    for program in cgi-bin/imagenes cgi-bin/productos; do
        for variables in GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=PATCH GATEWAY_INTERFACE= REQUEST_METHOD= \
            'GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=PATCH'; do
            for argument in --help -V --nada 7; do
                # shellcheck disable=SC2086 # a list of words
                run_it "$program" $variables $argument
                assert_success
                assert_line --index 0 $'Status: 405 Method Not Allowed\r'
                refute_output --partial Usage
                assert_regex "$stderr" "^${program#*/}: .*outcome=\"method-not-allowed\""
            done
        done
    done
}

@test "under a web server, a command answers nothing" {
    local program variable
    for program in sbin/imagenes-check sbin/imagenes-fsck; do
        for variable in GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET; do
            run_it "$program" $variable --version
            assert_failure
            assert_output ''
            assert_equal "$stderr" "${program#*/}: not a CGI program"
        done
    done
}

# --- the file alone ---

@test "the file says its version, stripped, too" {
    local program file
    command -v strings strip >/dev/null || skip "binutils are not installed"
    for program in $PROGRAMS; do
        strip -o "$BATS_TEST_TMPDIR/stripped" "$abs_top_builddir/$program"
        for file in "$abs_top_builddir/$program" "$BATS_TEST_TMPDIR/stripped"; do
            run -0 strings "$file"
            assert_line "$(package)"
        done
    done
}
