# SPDX-License-Identifier: ISC
# Killed at every system call: nothing is lost at any moment, and recovery completes the removal. With
# PROVE set, before and after each call, with each recovery, and in the dynamic loader, too.
# shellcheck disable=SC2034,SC2153,SC2154 # shared with tests/proof/proof.bash
load proof

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    needs_ptrace
    proof_reset
    several=1
}
teardown() { proof_end; }

# crash PREPARE [TAMPER-OPTION...]: from the call $from on. Nobody can tell the beginning of a call from
# the end of the one before.
crash() {
    every_recovery crash_sweep kill "$from" "$@"
    [ -z "${PROVE:-}" ] || every_recovery crash_sweep kill-after "$from" "$@"
    conclude 30
}

@test "an ordinary photo" {
    from=1
    crash fresh
}

@test "another record has the url" {
    starting_at recvfrom
    crash fresh_shared
}

@test "a repeated DELETE over a stage that a crash has left" {
    starting_at recvfrom
    crash fresh_staged
}

@test "a repeated DELETE over a stage that a crash has left, and a newer file" {
    starting_at recvfrom
    crash fresh_superseded
}

@test "the commit is refused" {
    starting_at recvfrom
    crash fresh_refused
}

@test "no RENAME_NOREPLACE, the commit is refused" {
    starting_at recvfrom
    crash fresh_refused -f renameat2:EINVAL
}

@test "a stage in a directory of its own" {
    of_name "$LONG_NAME"
    starting_at recvfrom
    crash fresh
}

@test "a repeated DELETE over such a stage, and a newer file" {
    of_name "$LONG_NAME"
    starting_at recvfrom
    crash fresh_superseded
}

@test "a stage in a directory of its own, no RENAME_NOREPLACE, the commit is refused" {
    of_name "$LONG_NAME"
    starting_at recvfrom
    crash fresh_refused -f renameat2:EINVAL
}

@test "in doubt: the commit is done, its reply lost" {
    starting_at recvfrom
    relay_start server:COMMIT:before:again
    crash fresh
}

@test "in doubt: the commit is lost on its way" {
    starting_at recvfrom
    relay_start client:COMMIT:before:again
    crash fresh
}

@test "behind Apache, from the answer on: either process" {
    software=Apache
    starting_at write
    every_recovery crash_sweep kill "$from" fresh -es
    every_recovery crash_sweep kill-after "$from" fresh -es
    every_recovery crash_sweep kill 1 fresh -cs
    every_recovery crash_sweep kill-after 1 fresh -cs
    conclude 20
}

# crash_fsck PREPARE: from the database's first reply on; with PROVE set, from the start.
crash_fsck() {
    "$1"
    tampered_fsck recvfrom pause:/dev/null
    from=$at
    [ -z "${PROVE:-}" ] || from=1
    every_recovery fsck_sweep "$1"
    conclude 20
}
fsck_sweep() {
    local n missed=0
    for ((n = from; missed < 3; n++)); do
        "$1"
        tampered_fsck "$n" kill
        point="call $n: ${hit:-the end}"
        [ -n "$hit" ] || missed=$((missed + 1))
        judge "$n"
    done
}

@test "imagenes-fsck --repair, putting back" { crash_fsck fresh_staged; }
@test "imagenes-fsck --repair, a newer file in place" { crash_fsck fresh_superseded; }
@test "imagenes-fsck --repair, erasing" { crash_fsck fresh_committed; }
@test "imagenes-fsck --repair, putting back from a directory of the stage's own" {
    of_name "$LONG_NAME"
    crash_fsck fresh_staged
}
@test "imagenes-fsck --repair, erasing from such a directory" {
    of_name "$LONG_NAME"
    crash_fsck fresh_committed
}

@test "in the dynamic loader" {
    [ -n "${PROVE:-}" ] || skip 'nothing has begun there: make prove'
    from=1
    crash fresh -a
}
