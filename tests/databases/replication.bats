# SPDX-License-Identifier: ISC
# A primary and its standby: whichever of the two the program reaches, and whatever happens to them
# meanwhile, no record loses its file and no answer is false.
load ../lib/support

DATABASE='Error al eliminar la imagen de la base de datos'
FSCK=$abs_top_builddir/sbin/imagenes-fsck

# --- a pair, fresh for each test: copies of two data directories made once ---

setup_file() {
    local name
    postgres_start
    export PAIR=$PGHOST
    for name in postgres template0 template1; do # two thirds of what there would be to copy
        sql "ALTER DATABASE $name IS_TEMPLATE false"
        sql "DROP DATABASE $name"
    done
    "$PGBIN/pg_basebackup" -R -X stream -c fast -D "$PAIR/standby.new"
    "$PGBIN/pg_ctl" -D "$PGDATA" -m fast -w stop >/dev/null
    mv "$PGDATA" "$PAIR/primary.new"
    printf '%s\n' "unix_socket_directories='$PAIR/standby'" wal_retrieve_retry_interval=100ms \
        >>"$PAIR/standby.new/postgresql.conf"
    echo "unix_socket_directories='$PAIR/primary'" >>"$PAIR/primary.new/postgresql.conf"
    sed -i "s|$PAIR|$PAIR/primary|" "$PAIR/standby.new/postgresql.auto.conf"
    export PGDATA=$PAIR/primary/data
}

teardown_file() { PGHOST=$PAIR postgres_stop; }

setup() {
    local host
    for host in primary standby; do
        mkdir -p "$PAIR/$host"
        cp -r "$PAIR/$host.new" "$PAIR/$host/data"
    done
    PGHOST=$PAIR/primary
    start primary
    start standby
    shop_reset
}

teardown() {
    local host
    resume
    for host in primary standby; do
        [ ! -e "$PAIR/$host/data/postmaster.pid" ] || stop "$host"
        rm -rf "${PAIR:?}/$host"
    done
}

start() {
    "$PGBIN/pg_ctl" -D "$PAIR/$1/data" -w -l "$PAIR/$1/log" start >/dev/null 2>&1 3>&-
}

# As if its machine had lost power.
stop() { "$PGBIN/pg_ctl" -D "$PAIR/$1/data" -m immediate -w stop >/dev/null; }

# The primary's machine does not answer any more, but its connections stay open.
freeze() {
    local postmaster
    postmaster=$(head -n 1 "$PAIR/primary/data/postmaster.pid")
    frozen="$postmaster $(pgrep -P "$postmaster" | tr '\n' ' ')"
    # shellcheck disable=SC2086 # a list
    kill -STOP $frozen
}
resume() {
    # shellcheck disable=SC2086 # a list
    [ -z "${frozen:-}" ] || kill -CONT $frozen
    frozen=
}

# From here on the standby is the primary, and sql talks to it.
promote() {
    PGHOST=$PAIR/standby
    "$PGBIN/pg_ctl" -D "$PAIR/standby/data" -w promote >/dev/null
}

# The standby has all that was committed.
replayed() {
    local lsn
    lsn=$(sql 'SELECT pg_current_wal_lsn()')
    [ "$(PGHOST=$PAIR/standby sql "SELECT pg_last_wal_replay_lsn() >= '$lsn'")" = t ]
}

# From here on no commit is confirmed before the standby has it.
synchronous() {
    wait_until streaming
    sql "ALTER SYSTEM SET synchronous_standby_names = '*'"
    sql "SELECT pg_reload_conf()" >/dev/null
    wait_until in_step
}
streaming() { [ "$(sql 'SELECT state FROM pg_stat_replication')" = streaming ]; }
in_step() { [ "$(sql 'SELECT sync_state FROM pg_stat_replication')" = sync ]; }

database_url() {
    echo "host=$PAIR/primary,$PAIR/standby dbname=tienda user=imagenes" \
        "target_session_attrs=read-write"
}

# --- what must be so ---

fsck() {
    env -i BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$(database_url)" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}" "$FSCK" "$@"
}

# I2: every record has its file in place, every file its record, and nothing is staged.
assert_consistent() {
    refute_staged
    run -0 fsck
    assert_output --regexp ' 0 findings$'
}

# I1: every record has its bytes, in place or staged.
assert_bytes() {
    local id
    for id in $(sql 'SELECT id FROM producto_imagenes'); do
        [ "$(cat "$PRODUCTOS/$id.webp" "$(staged_file "$id")" 2>/dev/null)" = \
            "bytes of $id" ] || { echo "record $id has lost its bytes" >&2; return 1; }
    done
}

assert_staged() {
    assert_row "$1"
    assert_not_exists "$PRODUCTOS/$1.webp"
    assert_equal "$(cat "$(staged_file "$1")")" "bytes of $1"
}

# --- which of the two ---

@test "the primary is found, first or last in the list, as words or as a URI" {
    local url coded=${PAIR//\//%2F}
    for url in "$(database_url)" "host=$PAIR/standby,$PAIR/primary dbname=tienda user=imagenes \
        target_session_attrs=primary" "postgresql://imagenes@$coded%2Fstandby,$coded%2Fprimary\
/tienda?target_session_attrs=read-write"; do
        photo 7
        wait_until replayed
        DELETE /7 DATABASE_URL="$url"
        assert_answer 200 "$MENSAJE"
        assert_removed 7
    done
}

@test "a standby alone: 500, the log says read-only, the file is never touched" {
    local url="host=$PAIR/standby dbname=tienda user=imagenes"
    photo 7
    wait_until replayed
    DELETE /7 DATABASE_URL="$url"
    assert_answer 500 "$DATABASE"
    assert_log sqlstate 25006
    assert_log cause '.*read-only transaction.*'
    assert_intact 7
    DELETE /7 DATABASE_URL="$url target_session_attrs=read-write"
    assert_answer 500 "$DATABASE"
    assert_log cause '.*session is read-only.*'
    assert_intact 7
}

# --- fail-over ---

@test "the primary dies, the standby takes over: the next DELETE goes there, nothing is lost" {
    local id
    for id in 1 2 3 4; do photo "$id"; done
    DELETE /1
    wait_until replayed
    stop primary
    DELETE /2
    assert_answer 500 "$DATABASE"
    assert_equal "$(cat "$PRODUCTOS/2.webp")" 'bytes of 2'
    promote
    DELETE /2
    assert_answer 200 "$MENSAJE"
    assert_removed 2
    assert_equal "$(sql 'SELECT string_agg(id::text, $$ $$) FROM producto_imagenes')" '3 4'
    assert_consistent
}

@test "the primary's machine hangs, the standby takes over: the next DELETE goes there in time" {
    photo 7
    wait_until replayed
    freeze
    promote
    DELETE /7 BALSAMOA_TIMEOUT_MS=6600
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

# Synchronous: a commit that only the dead primary knows would bring back a record without its file.
@test "the primary dies among removals: every 200 stays true, no record loses its bytes" {
    local id
    for id in {1..20}; do photo "$id"; done
    synchronous
    fire_range 1 5
    wait
    hold_commit
    fire_range 6 10
    until_waiting 5
    fire_range 11 15
    stop primary
    hold_close || true
    promote
    wait
    fire_range 16 20
    wait
    run codes
    assert_output --regexp $'^ 1[0-5] 200\n ([5-9]|10) 500$'
    assert_bytes
    for id in $(sql 'SELECT id FROM producto_imagenes'); do
        run -0 grep '^Status: 500' "$BATS_TEST_TMPDIR/answer.$id"
    done
    run fsck --repair
    assert_consistent
}
fire_range() {
    local id
    for ((id = $1; id <= $2; id++)); do fire "$id" "/$id"; done
}

# --- in doubt ---

@test "the primary dies in COMMIT, the standby takes over in time: 500, the file is back" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    wait_until replayed
    stop primary
    promote
    finished
    hold_close || true
    assert_answer 500 "$DATABASE"
    assert_intact 7
}

# The removal of 8 asks the standby, which is not yet the primary, and so gets no answer.
@test "the primary dies in COMMIT, no other in time: 500, staged until DELETE or imagenes-fsck" {
    photo 7
    photo 8
    hold_commit
    fire 8 /8 BALSAMOA_TIMEOUT_MS=6000 \
        DATABASE_URL="host=$PAIR/primary,$PAIR/standby dbname=tienda user=imagenes"
    begin_request DELETE /7 BALSAMOA_TIMEOUT_MS=6000
    until_waiting 2
    wait_until replayed
    stop primary
    finished
    hold_close || true
    wait
    assert_answer 500 "$DATABASE"
    assert_equal "$(codes)" ' 1 500'
    run -0 grep 'the server is a standby and cannot know' "$BATS_TEST_TMPDIR/log.8"
    promote
    assert_staged 7
    assert_staged 8
    DELETE /7
    assert_answer 200 "$MENSAJE"
    run fsck --repair
    assert_removed 7
    assert_intact 8
    assert_consistent
}

@test "the primary's machine hangs in COMMIT: the new one is asked, 500, the file is back" {
    photo 7
    hold_commit
    begin_request DELETE /7 BALSAMOA_TIMEOUT_MS=12000
    until_waiting 1
    wait_until replayed
    freeze
    promote
    finished
    resume
    assert_answer 500 "$DATABASE"
    assert_intact 7
    PGHOST=$PAIR/primary hold_close
}

# --- synchronous replication ---

@test "the standby is away: COMMIT waits for no longer than a request may take, 500, staged" {
    photo 7
    synchronous
    stop standby
    SECONDS=0
    DELETE /7 BALSAMOA_TIMEOUT_MS=3000
    assert_answer 500 "$DATABASE"
    assert_log cause '.*in time.*'
    [ "$SECONDS" -le 4 ]
    assert_staged 7
    start standby
    wait_until refute_row 7
    DELETE /7
    assert_answer 404 'Imagen no encontrada'
    run fsck --repair
    assert_removed 7
    assert_consistent
}

@test "the standby is away and the primary dies in COMMIT: the record that returns has its file" {
    photo 7
    synchronous
    stop standby
    DELETE /7 BALSAMOA_TIMEOUT_MS=3000
    assert_answer 500 "$DATABASE"
    stop primary
    start standby
    promote
    assert_staged 7
    run fsck --repair
    assert_intact 7
    assert_consistent
}

# in_commit: the program's backend waits for the standby. Prints its process id.
in_commit() {
    sql "SELECT pid FROM pg_stat_activity WHERE usename = 'imagenes' AND wait_event = 'SyncRep'"
}
waits_for_standby() { [ -n "$(in_commit)" ]; }

# PostgreSQL gives only a warning if the wait is broken off: the commit is done here, and not on the
# standby. To erase the file would be to lose it at the next fail-over.
@test "the wait for the standby is broken off, by cancel or terminate: 500, staged, whole" {
    local how
    for how in pg_cancel_backend pg_terminate_backend; do
        photo 7
        synchronous
        stop standby
        begin_request DELETE /7 BALSAMOA_TIMEOUT_MS=5000
        wait_until waits_for_standby
        sql "SELECT $how($(in_commit))"
        finished
        assert_answer 500 "$DATABASE"
        assert_not_exists "$PRODUCTOS/7.webp"
        assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
        start standby
        wait_until refute_row 7
        wait_until in_step
        run fsck --repair
        assert_removed 7
        sql "ALTER SYSTEM RESET synchronous_standby_names"
        sql "SELECT pg_reload_conf()" >/dev/null
    done
    assert_consistent
}

waits_once_more() {
    [ "$(sql "SELECT query FROM pg_stat_activity
              WHERE usename = 'imagenes' AND wait_event = 'SyncRep'")" = COMMIT ]
}

@test "the wait for the standby is broken off, and the one of the look, too: 500, staged, whole" {
    photo 7
    synchronous
    stop standby
    begin_request DELETE /7 BALSAMOA_TIMEOUT_MS=8000
    wait_until waits_for_standby
    sql "SELECT pg_cancel_backend($(in_commit))"
    wait_until waits_once_more
    sql "SELECT pg_cancel_backend($(in_commit))"
    finished
    assert_answer 500 "$DATABASE"
    assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
}

another_waits() { [ -n "$(in_commit)" ] && [ "$(in_commit)" != "$first" ]; }

@test "a save's wait for the standby is broken off, and that of the question after it, too: 500" {
    local first
    grant_products
    synchronous
    stop standby
    printf '{"nombre":"Nuevo"}' >"$BATS_TEST_TMPDIR/form"
    PROGRAM=$abs_top_builddir/cgi-bin/productos program PUT /1 CONTENT_TYPE=application/json CONTENT_LENGTH=18 \
        BALSAMOA_TIMEOUT_MS=8000 <"$BATS_TEST_TMPDIR/form" >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log" &
    wait_until waits_for_standby
    first=$(in_commit)
    sql "SELECT pg_terminate_backend($first)"
    wait_until another_waits
    sql "SELECT pg_cancel_backend($(in_commit))"
    wait
    read_answer
    assert_equal "$status_line" 'Status: 500 Internal Server Error'
    assert_equal "$(sql "SELECT nombre FROM productos WHERE id = 1")" Nuevo
}

@test "the wait for the standby is broken off, and then it takes over: the record that returns has its file" {
    photo 7
    synchronous
    stop standby
    begin_request DELETE /7 BALSAMOA_TIMEOUT_MS=3000
    wait_until waits_for_standby
    sql "SELECT pg_cancel_backend($(in_commit))"
    finished
    assert_answer 500 "$DATABASE"
    stop primary
    start standby
    promote
    assert_row 7
    run fsck --repair
    assert_intact 7
    assert_consistent
}

@test "the wait for the standby is broken off, and another record has the url: 500, the file is back" {
    photo 7
    synchronous
    stop standby
    begin_request DELETE /7 BALSAMOA_TIMEOUT_MS=5000
    wait_until waits_for_standby
    sql "SET synchronous_commit = local;
         INSERT INTO producto_imagenes (id, producto_id, url)
         VALUES (8, 1, '/recursos/imagenes/productos/7.webp')"
    sql "SELECT pg_cancel_backend($(in_commit))"
    finished
    assert_answer 500 "$DATABASE"
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}

@test "imagenes-fsck erases nothing on what the standby has not: status 8; then it does" {
    photo 7
    stage 7
    wait_until replayed
    synchronous
    stop standby
    sql "SET synchronous_commit = local; DELETE FROM producto_imagenes WHERE id = 7"
    DATABASE_URL='' run env BALSAMOA_TIMEOUT_MS=3000 BALSAMOA_PUBLIC_ROOT="$ROOT" \
        DATABASE_URL="$(database_url)" ASAN_OPTIONS="${ASAN_OPTIONS-}" "$FSCK" --repair
    assert_equal "$((status & 8))" 8
    assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
    start standby
    wait_until in_step
    run fsck --repair
    assert_removed 7
}
