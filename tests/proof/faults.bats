# SPDX-License-Identifier: ISC
# Each system call and each allocation fails, in each way that it can. The answer is whole or absent and
# never a false 200, and nothing is lost. With PROVE set, with each recovery, and with the faults that
# take time, too.
# shellcheck disable=SC2034,SC2153,SC2154 # shared with tests/proof/proof.bash
load proof

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { needs_ptrace && proof_reset; }
teardown() { proof_end; }

# short_sweep FROM PREPARE: reads, writes, sends and receives transfer one byte each.
short_sweep() {
    local n missed=0
    for ((n = $1; missed < 3; n++)); do
        "$2"
        tampered "$n" short || true
        point="call $n: ${hit:-the end}"
        [ -n "$hit" ] || missed=$((missed + 1))
        [[ $hit != *short ]] || judge "$n"
    done
}

@test "each call, each error" {
    starting_at getsockopt # up to there the C library looks for names
    every_recovery fault_sweep fail "$from" fresh
    conclude 150
}

@test "each call and all later ones of its name, each error" {
    first "$([ -n "${PROVE:-}" ] && echo recvfrom || echo renameat)"
    several=1
    timeout=3000 # most of which is spent waiting for another connection
    every_recovery fault_sweep fail-on "$first" fresh
    conclude 70
}

@test "the commit is refused, and then each call of putting back" {
    first fsync
    several=1
    every_recovery fault_sweep fail "$first" fresh_refused
    [ -z "${PROVE:-}" ] || every_recovery fault_sweep fail-on "$first" fresh_refused
    conclude 70
}

@test "each change of a directory is made, and then reported as failed" {
    first renameat
    every_recovery fault_sweep lie "$first" fresh
    several=1
    every_recovery fault_sweep lie "$first" fresh_refused
    conclude 30
}

@test "the file goes just before it is staged: 200, and the answer says so" {
    fresh
    meanwhile renameat rm "$FILE"
    point='file gone'
    assert_equal "${WHOLE[$answer]}" '200 absent'
    judge 0
    conclude 1
}

@test "a rename that fails, and whether it was made cannot be told: 500" {
    first renameat
    fresh
    tampered $((first + 1)) fail:6 -f renameat:EIO || true
    assert_equal "$hit" 'newfstatat EIO'
    point=$hit
    several=1
    judge 1
    conclude 1
}

@test "no RENAME_NOREPLACE: each call, each error, each change reported as failed" {
    first renameat
    several=1
    every_recovery fault_sweep fail "$first" fresh_refused -f renameat2:EINVAL
    every_recovery fault_sweep lie "$first" fresh_refused -f renameat2:EINVAL
    conclude 70
}

@test "a stage in a directory of its own: each call, each error, each change reported as failed" {
    of_name "$LONG_NAME"
    first mkdirat
    every_recovery fault_sweep fail "$first" fresh
    every_recovery fault_sweep lie "$first" fresh
    several=1
    every_recovery fault_sweep lie "$first" fresh_refused
    conclude 70
}

@test "each read, write, send and receive transfers one byte" {
    every_recovery short_sweep 1 fresh
    conclude 8
}

@test "behind Apache, from the answer on: each call of either process, each error" {
    software=Apache
    first write
    every_recovery fault_sweep fail "$first" fresh -es
    every_recovery fault_sweep fail 1 fresh -cs
    conclude 10
}

# fsck_faults FROM PREPARE: the calls of imagenes-fsck --repair, from its first call FROM on.
fsck_faults() {
    subject=_fsck
    timeout=3000 # ten times that for the scan, where a request is lost
    several=1
    "$2"
    tampered_fsck "$1" pause:/dev/null
    every_recovery fault_sweep fail "$([ -n "${PROVE:-}" ] && echo 1 || echo "$at")" "$2"
    conclude 50
}

@test "imagenes-fsck --repair, putting back: each call, each error" {
    fsck_faults getdents64 fresh_staged
}

@test "imagenes-fsck --repair, a newer file in place: each call, each error" {
    fsck_faults unlinkat fresh_superseded
}

@test "imagenes-fsck --repair, erasing: each call, each error" {
    fsck_faults unlinkat fresh_committed
}

# alloc_sweep PREPARE [ENVIRONMENT]
alloc_sweep() {
    local n=0 failed report=$BATS_TEST_TMPDIR/failed-alloc
    while n=$((n + 1)); do
        echo 0 >"$report"
        "$1"
        "attempt$subject" FAIL_ALLOC="$n" FAIL_ALLOC_REPORT="$report" LD_PRELOAD="$FAIL_ALLOC" "${@:2}"
        read -r failed <"$report"
        [ "$failed" = 1 ] || return 0
        point="allocation $n${2:+, $2}"
        judge "$n"
    done
}

needs_allocations() {
    ! grep -q __asan_init "$PROGRAM" || skip 'AddressSanitizer has allocations of its own'
    grep -q /ld-linux "$PROGRAM" || skip 'nothing can be preloaded into a static program'
}

@test "each allocation fails" {
    local file=$BATS_TEST_TMPDIR/imagenes.json
    needs_allocations
    echo '{"log":"stderr"}' >"$file"
    chmod 600 "$file"
    every_recovery alloc_sweep fresh BALSAMOA_CONFIG="$file"
    conclude 50
}

@test "another record has the url, and each allocation fails" {
    needs_allocations
    every_recovery alloc_sweep fresh_shared
    conclude 50
}

@test "each allocation and all later ones fail" {
    [ -n "${PROVE:-}" ] || skip 'libpq without memory waits for the deadline: make prove'
    needs_allocations
    timeout=3000
    several=1
    every_recovery alloc_sweep fresh FAIL_ALLOC_ON=1
    conclude 50
}

@test "the commit is refused, and each allocation fails" {
    needs_allocations
    timeout=3000
    several=1
    every_recovery alloc_sweep fresh_refused
    conclude 50
}

@test "imagenes-fsck --repair: each allocation fails" {
    [ -n "${PROVE:-}" ] || skip 'libpq without memory waits for the deadline: make prove'
    needs_allocations
    subject=_fsck
    timeout=3000
    several=1
    every_recovery alloc_sweep fresh_staged
    every_recovery alloc_sweep fresh_committed
    conclude 400
}
