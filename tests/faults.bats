# SPDX-License-Identifier: ISC
# Each system call and each allocation fails, in each way it can: the answer is a whole one or none,
# never a false 200, and nothing is lost.
# With PROVE set, with each recovery, and the faults that take their time too.
# shellcheck disable=SC2034,SC2153,SC2154 # shared with tests/proof.bash
load proof

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { needs_ptrace && proof_reset; }
teardown() { proof_end; }

# fault_call ACTION N PREPARE [TAMPER-OPTION...]: the Nth call, with all its errors one by one.
# Returns 1 where there was no Nth.
fault_call() {
    local k=0
    while k=$((k + 1)); do
        "$3"
        tampered "$2" "$1:$k" "${@:4}" || true
        [ -n "$hit" ] || return 1
        [ "${hit#* }" != none ] || return 0
        point="call $2: $1 $hit"
        judge "$points"
        # No memory to send with: libpq waits for an answer all the same, until the deadline.
        [ "$hit" != 'sendto EAGAIN' ] || [ -n "${PROVE:-}" ] || return 0
    done
}

# fault_sweep ACTION FROM PREPARE [TAMPER-OPTION...]
fault_sweep() {
    local n missed=0
    for ((n = $2; missed < 3; n++)); do
        fault_call "$1" "$n" "${@:3}" || missed=$((missed + 1))
    done
}

# short_sweep FROM PREPARE: the reads, writes, sends and receives, one byte each.
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
    conclude 200
}

@test "each call and all later ones of its name, each error" {
    first "$([ -n "${PROVE:-}" ] && echo recvfrom || echo renameat2)"
    several=1
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
    first renameat2
    every_recovery fault_sweep lie "$first" fresh
    several=1
    every_recovery fault_sweep lie "$first" fresh_refused
    conclude 40
}

@test "no RENAME_NOREPLACE: each call, each error, each change reported as failed" {
    first renameat2
    every_recovery fault_sweep fail "$first" fresh -f renameat2:EINVAL
    every_recovery fault_sweep lie "$first" fresh -f renameat2:EINVAL
    several=1
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

# alloc_sweep PREPARE [ENVIRONMENT]
alloc_sweep() {
    local n=0 failed report=$BATS_TEST_TMPDIR/failed-alloc
    while n=$((n + 1)); do
        echo 0 >"$report"
        "$1"
        attempt FAIL_ALLOC="$n" FAIL_ALLOC_REPORT="$report" LD_PRELOAD="$FAIL_ALLOC" "${@:2}"
        read -r failed <"$report"
        [ "$failed" = 1 ] || return 0
        point="allocation $n${2:+ and all later ones}"
        judge "$n"
    done
}

needs_allocations() {
    ! grep -q __asan_init "$PROGRAM" || skip 'AddressSanitizer has allocations of its own'
    grep -q /ld-linux "$PROGRAM" || skip 'nothing can be preloaded into a static program'
}

@test "each allocation fails" {
    needs_allocations
    every_recovery alloc_sweep fresh
    conclude 50
}

@test "each allocation and all later ones fail" {
    [ -n "${PROVE:-}" ] || skip 'libpq without memory waits for the deadline: make prove'
    needs_allocations
    several=1
    every_recovery alloc_sweep fresh FAIL_ALLOC_ON=1
    conclude 50
}

@test "the commit is refused, and each allocation fails" {
    needs_allocations
    several=1
    every_recovery alloc_sweep fresh_refused
    conclude 50
}
