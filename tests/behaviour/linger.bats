# SPDX-License-Identifier: ISC
# shellcheck disable=SC2034 # of support.bash
# Behind Apache, the program's output ends after the program itself: a second process holds it open.
load ../lib/support

LIKE_APACHE=$abs_top_builddir/tests/hosts/like-apache
SD_BOOTED=$abs_top_srcdir/tests/hosts/sd-booted

setup_file() { postgres_start && grant_products; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    photo 7
}

APACHE='SERVER_SOFTWARE=Apache/2.4.62 (Debian)'

needs_sd_booted() { "$SD_BOOTED" true 2>/dev/null || skip 'this user may make no namespaces'; }

# alive WRAP...: how often a refusing program is not yet dead at its output's end, of 200 times. WRAP runs it.
alive() {
    local count=0
    env -i "$APACHE" REQUEST_METHOD=GET PATH_INFO=/7 ASAN_OPTIONS="${ASAN_OPTIONS-}" \
        "$@" 200 "$PROGRAM" >/dev/null 2>&1 3>&- || count=$?
    echo "$count"
}

@test "mod_cgi, systemd: where its output ends, the program is dead: 200 of 200 times" {
    needs_sd_booted
    assert_equal "$(alive "$SD_BOOTED" "$LIKE_APACHE" cgi)" 0
}

# mod_cgid asks for the process id, which may be there for a moment longer.
@test "mod_cgid: where its output ends, the program is dead, nearly always" {
    count=$(alive "$LIKE_APACHE" cgid)
    echo "not dead: $count of 200"
    [ "$count" -le 5 ]
}

# followed [FAULT]: from here on, the program runs as under mod_cgid. What both processes do and how they
# end is written to $BATS_TEST_TMPDIR/trace.
followed() {
    fault "${1-close:retval=0:when=65535}"
    WRAP=${WRAP/ -e signal=none/}
    WRAP="$LIKE_APACHE cgid 0 $(type -P strace) -q -f ${WRAP#strace -qq }"
}
followed_by_mod_cgi() {
    followed
    WRAP=${WRAP/ cgid / cgi }
}

# ids: of the two processes, the program's first.
ids() { awk '!seen[$1]++ { print $1 }' "$BATS_TEST_TMPDIR/trace" | xargs; }

# calls ID [AFTER]: the calls of a process, after the first one named AFTER, and how it ended.
calls() {
    wait_until grep -q "^$1 +++" "$BATS_TEST_TMPDIR/trace"
    sed -nE "s/^$1 +(\\+\\+\\+ )?([a-z_0-9]+).*/\\2/p" "$BATS_TEST_TMPDIR/trace" |
        sed "${2:+1,/^$2\$/d}" | xargs
}
second() {
    local id
    read -r _ id < <(ids)
    [ -z "$id" ] || calls "$id"
}

# order: which process ended when: "first second", or the other way round.
order() {
    local first id
    read -r first id < <(ids)
    sed -nE "s/^$first +\\+\\+\\+ .*/first/p; s/^$id +\\+\\+\\+ .*/second/p" "$BATS_TEST_TMPDIR/trace" | xargs
}

@test "the second process waits for the first one's death, and ends the output" {
    followed exit_group:delay_enter=500000
    DELETE /7 "$APACHE"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    assert_equal "$(second)" 'poll close close exit exited'
    assert_equal "$(order)" 'first second'
}

@test "mod_cgi, systemd: so does an orphan" {
    needs_sd_booted
    followed_by_mod_cgi
    WRAP="$SD_BOOTED $WRAP"
    DELETE /7 "$APACHE"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(second)" 'poll close close exit exited'
    assert_equal "$(order)" 'first second'
}

@test "mod_cgi, another process 1, which may reap late or never: no second process" {
    [ ! -d /run/systemd/system ] || skip 'process 1 is systemd'
    followed_by_mod_cgi
    DELETE /7 "$APACHE"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(second)" ''
}

@test "everything is done when the second process comes" {
    followed
    DELETE /7 "$APACHE"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(ids | wc -w)" 2
    read -r first _ < <(ids)
    assert_regex "$(calls "$first" clone)" '^(mmap )?exit_group exited$' # AddressSanitizer's memory
}

# descriptors PATH_INFO METHOD: those that are open when the second process is there.
descriptors() {
    local second
    followed exit_group:delay_enter=800000
    rm -f "$BATS_TEST_TMPDIR/trace"
    request "$1" "$2" "$APACHE" 3>&- &
    wait_until grep -qs 'clone.*= [0-9]' "$BATS_TEST_TMPDIR/trace"
    second=$(sed -nE 's/.*clone.*= ([0-9]+)$/\1/p' "$BATS_TEST_TMPDIR/trace")
    find "/proc/$second/fd" -type l -printf '%f %l\n' | sed -E '/^[012] /s/ .*//' | sort | xargs
    wait
}

@test "by then only the standard descriptors are open, in productos too" {
    assert_equal "$(descriptors DELETE /7)" '0 1 2 3 anon_inode:[pidfd]'
    PROGRAM=$abs_top_builddir/cgi-bin/productos
    assert_equal "$(descriptors GET /1)" '0 1 2 3 anon_inode:[pidfd]'
    assert_equal "$(descriptors GET '')" '0 1 2 3 anon_inode:[pidfd]'
    assert_equal "$(descriptors DELETE /1)" '0 1 2 3 anon_inode:[pidfd]'
}

@test "a program that does not end: the second process does, after a second" {
    followed exit_group:delay_enter=2000000
    DELETE /7 "$APACHE"
    assert_answer 200 "$MENSAJE"
    assert_equal "$(second)" 'poll close close exit exited'
    assert_equal "$(order)" 'second first'
}

@test "behind other servers there is no second process" {
    local software
    for software in '' lighttpd/1.4.69 nginx/1.22.1 'busybox httpd/1.35.0' apache LiteSpeed; do
        followed
        DELETE /9 SERVER_SOFTWARE="$software"
        assert_answer 404 'Imagen no encontrada'
        assert_equal "$(second)" ''
    done
}

@test "no second process can be had: the answer is the same" {
    local what
    for what in clone:error=EAGAIN clone:error=ENOSYS pidfd_open:error=ENOSYS pidfd_open:error=EMFILE; do
        photo 8
        followed "$what"
        DELETE /8 "$APACHE"
        assert_answer 200 "$MENSAJE"
        assert_removed 8
        assert_equal "$(second)" ''
    done
}

@test "no memory for the second process: the program ends as ever" {
    local place stack='mmap\(NULL, 16384, .*MAP_STACK'
    followed
    DELETE /9 "$APACHE"
    place=$(grep -E '^[0-9]+ +mmap\(' "$BATS_TEST_TMPDIR/trace" | grep -nE "$stack" | tail -n 1)
    followed "mmap:error=ENOMEM:when=${place%%:*}"
    DELETE /9 "$APACHE"
    assert_answer 404 'Imagen no encontrada'
    run -0 grep -E "$stack.* ENOMEM" "$BATS_TEST_TMPDIR/trace"
    assert_equal "$(second)" ''
    run -0 tail -n 1 "$BATS_TEST_TMPDIR/trace"
    assert_output --partial '+++ exited with 0 +++'
}
