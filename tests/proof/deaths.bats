# SPDX-License-Identifier: ISC
# The database dies, refuses or stops answering, at each message of the protocol and each moment. With
# PROVE set, with each recovery, with the commit refused, too, and at each system call.
# shellcheck disable=SC2034,SC2153,SC2154 # shared with tests/proof/proof.bash
load proof

setup_file() { postgres_start "wal_level=replica"; }
teardown_file() { postgres_stop; }
setup() { needs_ptrace && proof_reset; }
teardown() {
    proof_end
    [ -z "${standby:-}" ] || standby_stop
}

DATABASE='Error al eliminar la imagen de la base de datos'

# --- the connection is cut ---

# cut_sweep PREPARE SIDE WHEN THEN: at the first message, the second, … until there are no more.
cut_sweep() {
    local k=0 timeout=
    [ "$4" = again ] || timeout=3000 # of which most is spent waiting for another connection
    : >"$BATS_TEST_TMPDIR/relayed"
    while k=$((k + 1)); do
        "$1"
        relay_start "$2:$k:$3:$4"
        attempt
        relay_stop
        [ -s "$BATS_TEST_TMPDIR/relayed" ] || return 0
        read -r hit <"$BATS_TEST_TMPDIR/relayed"
        point="$2 message $k ($hit), cut $3, then $4"
        judge "$k"
        : >"$BATS_TEST_TMPDIR/relayed"
    done
}

# cut SIDE THEN
cut() {
    local when
    [ "$2" = again ] || several=1
    for when in before after; do
        every_recovery cut_sweep fresh "$1" "$when" "$2"
    done
    # From here on a 500 may leave staged what was staged, or what the refused commit left staged.
    several=1
    for when in ${PROVE:+before after}; do
        every_recovery cut_sweep fresh_refused "$1" "$when" "$2"
        every_recovery cut_sweep fresh_staged "$1" "$when" "$2"
    done
    conclude 40
}

@test "cut at each message of the client's" { cut client again; }

@test "cut at each message of the server's" { cut server again; }

@test "cut at each message of the client's, and no other connection" { cut client never; }

@test "cut at each message of the server's, and no other connection" { cut server never; }

@test "COMMIT or the word that it is done is lost, and no other connection: 500, nothing decided" {
    local side
    several=1
    for side in client server; do
        fresh
        relay_start "$side:COMMIT:before:never"
        attempt BALSAMOA_TIMEOUT_MS=3000
        relay_stop
        assert_equal "${answer##*$'\n'}" "{\"mensaje\":\"$DATABASE\"}"
        assert_equal "$(cat "$STAGED")" 'bytes of 7'
        point="$side"
        judge 0
    done
    conclude 2
}

@test "the server falls silent in COMMIT, within the shortest time: it is asked all the same" {
    several=1
    fresh
    relay_start server:COMMIT:before:silent
    attempt BALSAMOA_TIMEOUT_MS=3000 DATABASE_URL="host=$PGHOST/relay,$PGHOST dbname=tienda user=imagenes"
    relay_stop
    point='silent, 3000 ms'
    judge 0
    fresh
    relay_start server:COMMIT:before:again
    attempt BALSAMOA_TIMEOUT_MS=3000
    relay_stop
    run -1 grep 'no time is left' "$BATS_TEST_TMPDIR/log"
    point='cut, 3000 ms'
    judge 0
    conclude 2
}

@test "the server falls silent in COMMIT: nothing is lost" {
    several=1
    [ -n "${PROVE:-}" ] || skip 'takes the ten seconds that a request may: make prove'
    fresh
    relay_start server:COMMIT:before:silent
    attempt
    relay_stop
    point='silent'
    judge 0
    conclude 1
}

@test "a record that stays whatever is deleted, and the connection is cut at the second look" {
    sql "CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER stays BEFORE DELETE ON producto_imagenes
         FOR EACH ROW WHEN (OLD.id = 7) EXECUTE FUNCTION stays()"
    relay_start client:ROLLBACK:before:never
    attempt
    relay_stop
    sql "DROP TRIGGER stays ON producto_imagenes; DROP FUNCTION stays"
    assert_equal "${answer##*$'\n'}" "{\"mensaje\":\"$DATABASE\"}"
    assert_equal "$(<"$BATS_TEST_TMPDIR/relayed")" P
    point='ROLLBACK'
    judge 0
    conclude 1
}

# --- the server stops ---

# The server crashes and recovers. The attempt must not wait for that.
crash_server() {
    session_close
    "$PGBIN/pg_ctl" -D "$PGDATA" -m immediate -w stop >/dev/null 2>&1 3>&-
}
restart_server() {
    postgres_launch
    session_open
}

server_sweep() {
    local n missed=0
    several=1
    for ((n = $1; missed < 1 && n <= $2; n++)); do
        "$3"
        meanwhile "$n" crash_server
        point="call $n: ${hit:-the end}: server crashes"
        [ -n "$hit" ] || missed=1
        restart_server
        judge "$n"
    done
}

@test "the server crashes while the file is staged" {
    first fsync
    server_sweep "$first" $((first + 4)) fresh
    conclude 5
}

@test "the server crashes at any call" {
    [ -n "${PROVE:-}" ] || skip 'a server start for each: make prove'
    every_recovery server_sweep 1 1000 fresh
    conclude 40
}

# --- the server refuses ---

# refuse WHEN SQLSTATE: what a trigger can raise, at the DELETE or at its COMMIT.
refuse_with() {
    sql "CREATE OR REPLACE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS \$\$
         BEGIN
             IF session_user = 'imagenes' THEN RAISE 'no' USING ERRCODE = '$2'; END IF;
             RETURN NULL;
         END \$\$;
         DROP TRIGGER IF EXISTS at_commit ON producto_imagenes;
         CREATE CONSTRAINT TRIGGER at_commit AFTER DELETE ON producto_imagenes
         DEFERRABLE INITIALLY $1 FOR EACH ROW EXECUTE FUNCTION at_commit()"
}

@test "serialization failure, deadlock, time-outs, disk full, shutdown: 500, the file in place" {
    local when code
    for when in IMMEDIATE DEFERRED; do
        for code in 40001 40P01 55P03 57014 25P03 53100 53200 53300 57P01 57P02 58030 XX000 \
            23503 42501 0A000; do
            refuse_with "$when" "$code"
            fresh
            attempt
            assert_equal "${answer##*$'\n'}" "{\"mensaje\":\"$DATABASE\"}"
            assert_regex "$(cat "$BATS_TEST_TMPDIR/log")" "sqlstate=\"$code\""
            look
            assert_equal "$row $file $staged" '1 bytes of 7 '
            point="$when $code"
            sql "DROP TRIGGER at_commit ON producto_imagenes"
            judge 0
        done
    done
    conclude 30
}

@test "a lock that another holds at COMMIT, for longer than a removal may wait" {
    [ -n "${PROVE:-}" ] || skip 'takes the seconds that a request may: make prove'
    sql "CREATE OR REPLACE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN PERFORM pg_advisory_xact_lock_shared(99); RETURN NULL; END'"
    fresh
    ask "SELECT pg_advisory_lock(99)"
    attempt
    ask "SELECT pg_advisory_unlock(99)"
    assert_equal "${answer##*$'\n'}" "{\"mensaje\":\"$DATABASE\"}"
    point='lock at COMMIT'
    judge 0
    conclude 1
}

# --- a standby ---

# A streaming standby of the private server, in $PGHOST/standby.
standby_start() {
    standby=$PGHOST/standby
    mkdir -p "$standby/socket"
    "$PGBIN/pg_basebackup" -h "$PGHOST" -U postgres -D "$standby/data" -R -c fast -X stream \
        --no-sync >"$standby/log" 2>&1 3>&- || { cat "$standby/log" >&2; return 1; }
    echo "unix_socket_directories='$standby/socket'" >>"$standby/data/postgresql.conf"
    "$PGBIN/pg_ctl" -D "$standby/data" -w -l "$standby/log" start >/dev/null 2>&1 3>&-
}
standby_stop() {
    "$PGBIN/pg_ctl" -D "$standby/data" -m immediate -w stop >/dev/null 2>&1 3>&- || true
}
caught_up() {
    [ "$(PGHOST=$standby/socket sql "SELECT count(*) FROM producto_imagenes WHERE id = 7")" -eq 1 ]
}

@test "a standby refuses the delete; and asked in doubt, it cannot know" {
    local side
    several=1
    standby_start
    database="host=$standby/socket dbname=tienda user=imagenes"
    attempt
    assert_equal "${answer##*$'\n'}" "{\"mensaje\":\"$DATABASE\"}"
    assert_regex "$(cat "$BATS_TEST_TMPDIR/log")" 'sqlstate="25006"'
    look
    assert_equal "$row $file $staged" '1 bytes of 7 '
    for side in client server; do
        fresh
        wait_until caught_up
        relay_start "$side:COMMIT:before:never"
        database="host=$PGHOST/relay,$standby/socket dbname=tienda user=imagenes"
        attempt
        relay_stop
        assert_equal "${answer##*$'\n'}" "{\"mensaje\":\"$DATABASE\"}"
        assert_regex "$(cat "$BATS_TEST_TMPDIR/log")" 'the server is a standby and cannot know'
        assert_equal "$(cat "$STAGED")" 'bytes of 7'
        point="$side, standby"
        judge 0
    done
    conclude 2
}
