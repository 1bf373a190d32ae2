# SPDX-License-Identifier: ISC
# An editor of the shop, in one transaction without our locks. Its statements come before and after each
# step of a removal, of imagenes-fsck --repair, or of its sweep of orphans: every order. Without PROVE
# set, one order in a few.
# shellcheck disable=SC2034,SC2153,SC2154 # shared with tests/proof/proof.bash
load proof

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    needs_ptrace && proof_reset
    rm -f "$BATS_TEST_TMPDIR/hit"
    mkfifo "$BATS_TEST_TMPDIR"/{hit,go,editor}
    # For reading and writing, so that neither side waits for the other to open it.
    exec 7<>"$BATS_TEST_TMPDIR/hit" 8<>"$BATS_TEST_TMPDIR/editor"
    PGAPPNAME=editor "$PGBIN/psql" -XqAt <"$BATS_TEST_TMPDIR/editor" >"$BATS_TEST_TMPDIR/edited" \
        2>/dev/null 3>&- 7>&- &
    editor=$! said=0
}
teardown() {
    proof_end
    kill "$editor" 2>/dev/null || true
}

# --- the editor ---

DELETE="DELETE FROM producto_imagenes WHERE url = '%s'"
AWAY="UPDATE producto_imagenes SET url = '/recursos/otra.webp' WHERE url = '%s'"
BACK="UPDATE producto_imagenes SET url = '%s' WHERE id = 7"
INSERT="INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '%s')"

# say STATEMENT: starts the statement in the editor, and waits until it has ended or waits for a lock.
say() {
    # shellcheck disable=SC2059 # the statement has a place for the url
    printf "$1;\n\\\\echo said\n" "$URL" >&8
    said=$((said + 1))
    until said || waits "application_name = 'editor'"; do
        sleep 0.002
    done
}
said() { [ "$(grep -c said "$BATS_TEST_TMPDIR/edited")" -eq "$said" ]; }
waits() {
    ask "SELECT count(*) FROM pg_stat_activity WHERE $1 AND wait_event_type = 'Lock'"
    [ "$reply" -gt 0 ]
}

# --- the other, step by step ---

# next_step: lets the other run to its next step. Sets $where: the call's name; blocked, if it waits for
# a lock; or end.
next_step() {
    [ "$where" = blocked ] || : >"$BATS_TEST_TMPDIR/go"
    await_step
}
# The line is read when it is there. With a time limit, `read` would now and then take the line's newline
# and say that the time is up.
await_step() {
    local at
    until read -r -t 0 -u 7; do
        where=end
        kill -0 "$stepping" 2>/dev/null || return 0
        where=blocked
        ! waits "usename = 'imagenes'" || return 0
    done
    read -r -u 7 at where _
}

# begin_steps: starts $what, which stops at its first step: it connects.
begin_steps() {
    where=
    "$what" "$TAMPER" "$BATS_TEST_TMPDIR/hit" "$from" "step:$BATS_TEST_TMPDIR/go" 8>&- &
    stepping=$!
    held=$stepping
    await_step
}
end_steps() {
    status=0
    wait "$stepping" || status=$?
    held=
}

# The editor's statements come in gaps between the steps. Gap 0 is before the second step, a removal's
# DELETE. The last but one is before the file is erased, the last one after all.
at_gap() {
    steps+=" $where"
    case $where in
    end) gap=$((erasing + 1)) ;;
    unlinkat) gap=$erasing ;;
    blocked) ;;
    *) [ "$gap" -ge "$((erasing - 1))" ] || gap=$((gap + 1)) ;;
    esac
}

# order GAP GAP GAP: runs $what, with each of the editor's statements in its gap. Sets $began, the gap of
# the first write, and $steps, what happened in which order.
order() {
    local next=0 gaps=("$@")
    gap=-2 began='' steps=''
    begin_steps
    while at_gap; do
        # The side that is waited for goes on, whatever the order says.
        while [ "$next" -lt 3 ] && { [ "$gap" -ge "${gaps[next]}" ] || [ "$where" = blocked ]; }; do
            [ -n "$began" ] || [ "$next" -lt "$first_write" ] || began=$gap
            steps+=" (${statements[next]%% *})"
            say "${statements[next]}"
            next=$((next + 1))
            [ "$where" != blocked ] || break
        done
        [ "$where" != end ] || break
        next_step
    done
    end_steps
    wait_until said
}

# count_steps: how many gaps there are before the file is erased if nobody interferes.
count_steps() {
    erasing=-2
    "$prepare"
    begin_steps
    while [ "$where" != end ] && [ "$where" != unlinkat ]; do
        erasing=$((erasing + 1))
        next_step
    done
    while [ "$where" != end ]; do next_step; done
    end_steps
    settled
    # If somebody is writing there is one more: the writers are listed.
    erasing=$((erasing + 2))
}

# --- who is run ---

removal() {
    attempt "$@"
}
repair() {
    attempt_fsck "$@"
}
sweep() {
    timeout 60 env -i BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$database" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" "$@" "$FSCK" --delete-orphans --older-than 0s \
        --force >"$BATS_TEST_TMPDIR/log" 2>&1 </dev/null 3>&-
}

# At the end, each record has its file, unless its transaction began to write after the writers had been
# listed.
check_order() {
    answer=''
    [ "$what" != removal ] || take_answer
    settled
    look
    [ "$what" != removal ] || check_i3
    check_i4
    fsck
    [ "$status" -lt 8 ] || violation 'imagenes-fsck could not check'
    look
    [ ! -e "$STAGE" ] || violation 'I2: something is left staged'
    if [ "$row" -eq 1 ]; then
        [ "$file" = 'bytes of 7' ] || violation 'I2: the record has no file'
    elif [ "$sharing" -eq 1 ]; then
        [ "$file" = 'bytes of 7' ] || [ "${began:-0}" -ge "$late" ] ||
            violation "I1: the record has no file, and he began in gap $began:$steps"
        [ -n "$file" ] || came_late=$((came_late + 1))
    elif [ "$what" != sweep ]; then
        [ -z "$file" ] || violation 'I2: no record, and the file is in place'
    fi
}

# orders WHAT PREPARE FIRST_WRITE STATEMENT STATEMENT STATEMENT: every order of the three. FIRST_WRITE is
# the index of the first statement that writes, from 0.
orders() {
    local a b c n=0 came_late=0
    what=$1 prepare=$2 first_write=$3 statements=("${@:4}")
    one_in=${ONE_IN:-$one_in}
    from=sendto
    count_steps
    late=$erasing
    [ "$what" != sweep ] || late=$((erasing - 2))
    for ((a = 0; a <= erasing + 1; a++)); do
        for ((b = a; b <= erasing + 1; b++)); do
            for ((c = b; c <= erasing + 1; c++)); do
                n=$((n + 1))
                [ -n "${PROVE:-}" ] || [ $((n % one_in)) -eq 0 ] || continue
                "$prepare"
                point="$a $b $c"
                order "$a" "$b" "$c"
                points=$((points + 1))
                check_order
            done
        done
    done
    echo "# $((erasing + 2)) gaps, $n orders, $came_late records too late" >&3
    conclude "$((n / one_in))"
}

@test "orders: a removal; DELETE, INSERT, COMMIT, as the shop's panel saves a product" {
    one_in=7 orders removal fresh 0 "BEGIN; $DELETE" "$INSERT" COMMIT
}

@test "orders: a removal; INSERT, DELETE, COMMIT" {
    one_in=7 orders removal fresh 0 "BEGIN; $INSERT" "$DELETE AND id = 7" COMMIT
}

@test "orders: a removal; SELECT, INSERT, COMMIT, as an import does" {
    one_in=7 orders removal fresh 1 "BEGIN; SELECT count(*) FROM producto_imagenes" "$INSERT" COMMIT
}

@test "orders: a removal; DELETE, INSERT, ROLLBACK" {
    one_in=7 orders removal fresh 0 "BEGIN; $DELETE" "$INSERT" ROLLBACK
}

@test "orders: a removal; UPDATE of the url, UPDATE back, COMMIT" {
    one_in=7 orders removal fresh 0 "BEGIN; $AWAY" "$BACK" COMMIT
}

@test "orders: imagenes-fsck --repair of a staged file; BEGIN, INSERT, COMMIT" {
    [ -x "$FSCK" ] || skip 'no imagenes-fsck'
    one_in=20 orders repair fresh_committed 1 BEGIN "$INSERT" COMMIT
}

@test "orders: imagenes-fsck --repair, whose record exists; DELETE, INSERT, COMMIT" {
    [ -x "$FSCK" ] || skip 'no imagenes-fsck'
    one_in=20 orders repair fresh_staged 0 "BEGIN; $DELETE" "$INSERT" COMMIT
}

@test "orders: imagenes-fsck --delete-orphans; BEGIN, INSERT, COMMIT" {
    [ -x "$FSCK" ] || skip 'no imagenes-fsck'
    rm -r "$PRODUCTOS/otros" # another orphan
    others
    others_before=$others
    one_in=30 orders sweep fresh_orphan 1 BEGIN "$INSERT" COMMIT
}
fresh_orphan() {
    fresh
    ask "DELETE FROM producto_imagenes WHERE url = '$URL'"
}
