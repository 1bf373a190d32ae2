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

# behind_both CASE: on a server of each kind.
behind_both() {
    in_another "$1" apache_start prefork cgi
    shop_reset
    in_another "$1" apache_start event cgid
}

# --- what Apache's processes, and the program's, start and signal ---

# behind_traced_both CASE
behind_traced_both() {
    trace_server
    behind_both "$1"
}

@test "20 removals: each program is dead when its output ends" { behind_traced_both case_dead_in_time; }

@test "a limit of processes (RLimitNPROC): no second process, the same answers" {
    [ "$(id -u)" -ne 0 ] || skip 'the limit is not for root'
    APACHE_ABOVE='RLimitNPROC 1 1' behind_traced_both case_refused_by_limit
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

@test "the log has a whole line for each removal" { behind_both case_logged; }
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

# The processes of the program, as "id parent" lines. A second process is to be found within its second.
processes() {
    local process stat
    while read -r process; do
        { read -r stat <"$process/stat"; } 2>/dev/null || continue
        read -r _ stat _ <<<"${stat##*) }"
        echo "${process#/proc/} $stat"
    done < <(find /proc/[0-9]*/exe -lname "$INSTALLED*" -printf '%h\n' 2>/dev/null)
}
none_left() { [ -z "$(processes)" ]; }
# Sets $parent and $child, the two processes of one request.
both_there() {
    local list
    list=$(processes)
    while read -r child parent; do
        ! grep -q "^$parent " <<<"$list" || return 0
    done <<<"$list"
    return 1
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

@test "a client that hangs up" { behind_both case_client_gone; }
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

@test "Apache stops" { behind_both case_apache_stops; }
case_apache_stops() {
    answered_slowly
    kill "$SERVER_PID"
    wait "$client" || true
    wait_until none_left
    assert_removed 7
}

@test "the second process is killed: the answer is whole" { behind_both case_second_killed; }
case_second_killed() {
    photo 7
    slow_to_end
    (
        wait_until both_there
        kill -KILL "$child"
        kill -0 "$parent"
    ) 3>&- &
    killer=$!
    delete 7
    wait "$killer"
    assert_http 200 "$MENSAJE"
    assert_removed 7
    wait_until none_left
}

@test "the program is killed when it has answered: the answer is whole" { behind_both case_first_killed; }
case_first_killed() {
    photo 7
    slow_to_end
    (wait_until both_there && kill -KILL "$parent") 3>&- &
    killer=$!
    delete 7
    wait "$killer"
    assert_http 200 "$MENSAJE"
    assert_removed 7
    wait_until none_left
}

# zombies NAME: a zombie has no exe.
zombies() { cat /proc/[0-9]*/stat 2>/dev/null | grep -c "^[0-9]* ($1) Z " || true; }
no_zombies() { [ "$(zombies "$1")" = 0 ]; }

@test "no zombie is left" {
    cp /bin/true "$BATS_TEST_TMPDIR/orphan"
    bash -c '"$0" 3>&- &' "$BATS_TEST_TMPDIR/orphan"
    sleep 0.5
    no_zombies orphan || skip 'whoever adopts orphans here leaves them zombies'
    behind_both case_no_zombies
}
case_no_zombies() {
    twenty_removals
    wait_until none_left
    wait_until no_zombies imagenes
}
