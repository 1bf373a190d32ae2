# SPDX-License-Identifier: ISC
# Behind Apache, the program's output ends after the program itself: a second process holds it open.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }

APACHE='SERVER_SOFTWARE=Apache/2.4.62 (Debian)'

# followed [FAULT]: from here on, what both processes do and how they end is written to
# $BATS_TEST_TMPDIR/trace.
followed() {
    fault "${1-close:retval=0:when=65535}"
    WRAP+=' -f'
    WRAP=${WRAP/ -e signal=none/}
    WRAP=${WRAP/ -qq/ -q}
}

# ids: of the two processes, the program's first.
ids() { awk '!seen[$1]++ { print $1 }' "$BATS_TEST_TMPDIR/trace" | xargs; }

# second: the calls of the second process, and how it ended; nothing if there was none.
second() {
    local first id
    read -r first id < <(ids)
    [ -z "$id" ] || wait_until grep -q "^$id +++" "$BATS_TEST_TMPDIR/trace"
    sed -nE "s/^${id:-$first 0} +(\+\+\+ )?(<... )?([a-z]+( by SIG[A-Z]+)?).*/\3/p" \
        "$BATS_TEST_TMPDIR/trace" | uniq | xargs
}

# order: which process ended when: "first second", or the other way round.
order() {
    local first id
    read -r first id < <(ids)
    sed -nE "s/^$first +\+\+\+ .*/first/p; s/^$id +\+\+\+ .*/second/p" "$BATS_TEST_TMPDIR/trace" | xargs
}

@test "where its output ends, the program is dead: 200 of 200 times" {
    run env -i "$APACHE" REQUEST_METHOD=GET PATH_INFO=/7 ASAN_OPTIONS="${ASAN_OPTIONS-}" \
        "$abs_top_builddir/tests/behaviour/dead-at-end" 200 "$PROGRAM" 2>/dev/null
    assert_success
    assert_line --index -1 200
}

@test "the second process only waits, and the kernel ends it" {
    photo 7
    followed exit_group:delay_enter=500000
    DELETE /7 "$APACHE"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    assert_equal "$(second)" 'prctl getppid poll killed by SIGKILL'
    assert_equal "$(order)" 'first second'
}

@test "everything is done before there is a second process" {
    photo 7
    followed
    DELETE /7 "$APACHE"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(ids | wc -w)" 2
    run sed -nE '/write\(1, /,$s/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$BATS_TEST_TMPDIR/trace"
    assert_output --regexp '^write
(mun?map
)*mmap
getpid
clone
'
}

@test "a program that is dead before the second process can ask for its own end" {
    photo 7
    followed prctl:delay_enter=500000
    DELETE /7 "$APACHE"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(second)" 'prctl getppid exit exited'
}

@test "a program that does not end: the second process does, after a second" {
    photo 7
    followed exit_group:delay_enter=4000000
    DELETE /7 "$APACHE"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(second)" 'prctl getppid poll exit exited'
    assert_equal "$(order)" 'second first'
}

@test "behind other servers there is no second process" {
    local software
    for software in '' lighttpd/1.4.69 nginx/1.22.1 'busybox httpd/1.35.0' apache LiteSpeed; do
        photo 7
        followed
        DELETE /7 SERVER_SOFTWARE="$software"
        assert_answer 200 "$MENSAJE"
        assert_equal "$(second)" ''
    done
}

@test "no second process: the answer is the same" {
    local what
    for what in clone:error=EAGAIN clone:error=ENOSYS; do
        photo 7
        followed "$what"
        DELETE /7 "$APACHE"
        assert_answer 200 "$MENSAJE"
        assert_removed 7
        assert_equal "$(second)" ''
    done
}
