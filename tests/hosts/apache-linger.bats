# SPDX-License-Identifier: ISC
# Behind Apache, with either of its CGI modules, the program is dead when its output ends, so that Apache
# need not sleep; and no process stays, whatever happens to whom.
# shellcheck disable=SC2034,SC2154 # variables of servers.bash, and that http sets
load ../lib/support
load ../lib/servers
load ../lib/host-cases

setup_file() {
    export HOST_MISSING=Apache
    ! apache_present || { HOST_MISSING='' && postgres_start; }
}
teardown_file() { postgres_stop; }
setup() {
    [ -z "$HOST_MISSING" ] || skip "$HOST_MISSING is not installed"
    needs_strace
    shop_reset
}

behind_cgi() {
    "$SD_BOOTED" true 2>/dev/null || skip 'this user may make no namespaces'
    SERVER_WRAP=("$SD_BOOTED" "${SERVER_WRAP[@]}")
    in_another "$1" apache_start prefork cgi
}
behind_cgid() { in_another "$1" apache_start event cgid; }

# --- what Apache's processes, and the program's, start and signal ---

@test "mod_cgi: 20 removals: each program is dead when its output ends" {
    trace_server
    behind_cgi case_dead_in_time
}
@test "mod_cgid: 20 removals: each program is dead when its output ends" {
    trace_server
    behind_cgid case_dead_in_time
}

limited() {
    [ "$(id -u)" -ne 0 ] || skip 'the limit is not for root'
    APACHE_ABOVE=$'RLimitNPROC 1 1\nSetEnv ASAN_OPTIONS detect_leaks=0' # which needs a process
    trace_server
}
@test "mod_cgi: a limit of processes (RLimitNPROC): no second process, the same answers" {
    limited
    behind_cgi case_refused_by_limit
}
@test "mod_cgid: a limit of processes (RLimitNPROC): no second process, the same answers" {
    limited
    behind_cgid case_refused_by_limit
}
case_refused_by_limit() {
    twenty_removals
    assert_equal "$(server_calls "$SECOND_PROCESS.* = [0-9]")" 0
    assert_equal "$(server_calls 'clone.* = -1 EAGAIN')" 20
}

# requests ID...: deletes these images, up to eight at once, and leaves the logs as they are.
requests() {
    printf '%s\n' "$@" | xargs -P 8 -I ID curl --silent --output /dev/null --request DELETE \
        --user "$CREDENTIALS" "http://127.0.0.1:$SERVER_PORT$ENDPOINT/ID" 3>&-
}

@test "mod_cgi: the log has a whole line for each removal" { behind_cgi case_logged; }
@test "mod_cgid: the log has a whole line for each removal" { behind_cgid case_logged; }
case_logged() {
    local id
    for id in {1..20}; do photo "$id"; done
    requests {1..20}
    run grep -h 'imagenes: ' "$SERVER/error.log" "$SERVER/vhost.log"
    assert_equal "${#lines[@]}" 20
    run grep -c 'imagenes: method="DELETE" id="[0-9]*" outcome="removed" .* user="admin"$' <<<"$output"
    assert_output 20
}

# --- who is left ---

# The processes of the program, the older first: "start id" lines. A second one is to be found within its
# second.
processes() {
    local process
    local -a fields
    while read -r process; do
        { read -ra fields <"$process/stat"; } 2>/dev/null || continue
        echo "${fields[21]} ${process#/proc/}"
    done < <(find /proc/[0-9]*/exe -lname "$INSTALLED*" -printf '%h\n' 2>/dev/null) | sort -n
}
none_left() { [ -z "$(processes)" ]; }
# Sets $first and $second, the two processes of one request.
both_there() {
    local list
    mapfile -t list < <(processes)
    first=${list[0]#* } second=${list[1]#* }
    [ "${#list[@]}" -eq 2 ]
}

# slow_to_end: from here on the program ends three seconds after it has answered.
slow_to_end() {
    mv "$INSTALLED" "$INSTALLED.real"
    printf '#!/bin/sh\nexec %s -D -f -q -o "%s" -e inject=exit_group:delay_enter=3000000 "%s"\n' \
        "$(command -v strace)" "$SERVER/trace" "$INSTALLED.real" >"$INSTALLED"
    chmod 755 "$INSTALLED"
}

# answered_slowly: begins a removal of the image 7; returns when the program has answered.
answered_slowly() {
    photo 7
    slow_to_end
    requests 7 &
    client=$!
    wait_until both_there
    refute_row 7
}

@test "mod_cgi: a client that hangs up" { behind_cgi case_client_gone; }
@test "mod_cgid: a client that hangs up" { behind_cgid case_client_gone; }
case_client_gone() {
    answered_slowly
    pkill -KILL -f "^curl .*:$SERVER_PORT$ENDPOINT/7"
    wait "$client" || true
    wait_until none_left
    assert_removed 7
    mv "$INSTALLED.real" "$INSTALLED"
    photo 8
    delete 8
    assert_http 200 "$MENSAJE"
}

@test "mod_cgi: Apache stops" { behind_cgi case_apache_stops; }
@test "mod_cgid: Apache stops" { behind_cgid case_apache_stops; }
case_apache_stops() {
    answered_slowly
    kill "$SERVER_PID"
    wait "$client" || true
    wait_until none_left
    assert_removed 7
}

# case_killed WHICH: one of the two is killed when the program has answered.
case_killed() {
    photo 7
    slow_to_end
    (wait_until both_there && kill -KILL "${!1}") 3>&- &
    killer=$!
    delete 7
    wait "$killer"
    assert_http 200 "$MENSAJE"
    assert_removed 7
    wait_until none_left
}
case_first_killed() { case_killed first; }
case_second_killed() { case_killed second; }
@test "mod_cgi: the second process is killed: the answer is whole" { behind_cgi case_second_killed; }
@test "mod_cgid: the second process is killed: the answer is whole" { behind_cgid case_second_killed; }
@test "mod_cgi: the program is killed when it has answered: the answer is whole" { behind_cgi case_first_killed; }
@test "mod_cgid: the program is killed when it has answered: the answer is whole" { behind_cgid case_first_killed; }

# zombies NAME: a zombie has no exe.
zombies() { cat /proc/[0-9]*/stat 2>/dev/null | grep -c "^[0-9]* ($1) Z " || true; }
no_zombies() { [ "$(zombies "$1")" = 0 ]; }

# Process 1 must reap the orphans of mod_cgi.
@test "mod_cgi: no zombie is left" {
    cp /bin/true "$BATS_TEST_TMPDIR/orphan"
    bash -c '"$0" 3>&- &' "$BATS_TEST_TMPDIR/orphan"
    sleep 3
    no_zombies orphan || skip 'whoever adopts orphans here leaves them zombies'
    behind_cgi case_no_zombies
}
@test "mod_cgid: no zombie is left, whoever adopts orphans" { behind_cgid case_no_zombies; }
case_no_zombies() {
    twenty_removals
    wait_until none_left
    wait_until no_zombies imagenes
}
