# SPDX-License-Identifier: ISC
# Behind pgbouncer in transaction mode: more requests than connections, and no request spoils the
# connection that the next one gets.
load ../lib/support

PGBOUNCER=$(PATH=$PATH:/usr/sbin type -P pgbouncer || true)
DATABASE='Error al eliminar la imagen de la base de datos'

setup_file() {
    [ -n "$PGBOUNCER" ] || return 0
    postgres_start
    export POOL=$PGHOST/pool
    mkdir "$POOL"
    echo '"imagenes" ""' >"$POOL/users"
    pool_settings >"$POOL/pgbouncer.ini"
    pool_start
}

teardown_file() {
    [ -z "${POOL:-}" ] || pool_stop TERM
    postgres_stop
}

setup() {
    [ -n "$PGBOUNCER" ] || skip "pgbouncer is not installed"
    shop_reset
    wait_until fill_pool
    members=$(pool_members)
}
teardown() { [ -z "${ROOT:-}" ] || chmod -R u+rwx "$ROOT"; }

pool_settings() {
    cat <<-END
	[databases]
	tienda = host=$PGHOST
	[pgbouncer]
	pool_mode = transaction
	default_pool_size = 2
	server_login_retry = 1
	query_wait_timeout = 60
	listen_port = 6432
	unix_socket_dir = $POOL
	auth_type = trust
	auth_file = $POOL/users
	admin_users = imagenes
	pidfile = $POOL/pid
	logfile = $POOL/log
	END
}

pool_start() {
    ("$PGBOUNCER" -q "$POOL/pgbouncer.ini" >/dev/null 2>&1 3>&- </dev/null &)
    wait_until admin 'SHOW VERSION'
}

pool_stop() {
    local pid
    pid=$(cat "$POOL/pid") || return 0
    kill "-$1" "$pid"
    wait_until pool_down "$pid"
    rm -f "$POOL/pid" "$POOL/.s.PGSQL.6432"
}
pool_down() { ! kill -0 "$1" 2>/dev/null; }

database_url() { echo "host=$POOL port=6432 dbname=tienda user=imagenes"; }
through_pool() { PGHOST=$POOL PGPORT=6432 PGUSER=imagenes sql "$1"; }
admin() { PGDATABASE=pgbouncer through_pool "$1" 2>/dev/null; }

# The connections between pgbouncer and PostgreSQL.
pool_members() { sql "SELECT pid FROM pg_stat_activity WHERE usename = 'imagenes' ORDER BY 1"; }

# pgbouncer connects only when it must.
fill_pool() {
    through_pool 'SELECT pg_sleep(0.3)' &
    through_pool 'SELECT pg_sleep(0.3)' &
    wait
    [ "$(pool_members | wc -l)" -eq 2 ]
}

# Clients that wait for one of them.
queued() {
    [ "$(admin 'SHOW POOLS' | grep '^tienda|imagenes|' | cut -d '|' -f 4)" -eq "$1" ]
}

# The connections are unchanged, and nothing of the requests is left in them.
assert_pool_kept() {
    wait_until pool_idle
    assert_equal "$(pool_members)" "$members"
    assert_pool_clean
}
assert_pool_clean() {
    assert_equal "$(sql "SELECT * FROM pg_locks WHERE locktype = 'advisory'")" ''
    assert_equal "$(through_pool "SELECT current_setting('lock_timeout'),
        current_setting('statement_timeout'),
        current_setting('idle_in_transaction_session_timeout')")" '0|0|0'
}
pool_idle() {
    [ "$(sql "SELECT count(*) FROM pg_stat_activity
              WHERE usename = 'imagenes' AND state <> 'idle'")" -eq 0 ]
}

# --- each way a request can end ---

@test "200 and 404 leave the pool as it was" {
    photo 7
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    DELETE /7
    assert_answer 404 'Imagen no encontrada'
    assert_pool_kept
}

@test "a trigger refuses the delete: 500, and the pool is as it was" {
    photo 7
    refuse_delete 'no se borra'
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_log sqlstate P0001
    assert_intact 7
    assert_pool_kept
}

@test "the commit is refused: the file is back, and the pool is as it was" {
    photo 7
    hold_commit refused
    commit_release
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_log sqlstate P0001
    assert_intact 7
    assert_pool_kept
}

@test "the disk refuses: the record is back, and the pool is as it was" {
    photo 7
    chmod a-w "$PRODUCTOS"
    DELETE /7
    chmod u+w "$PRODUCTOS"
    assert_answer 500 'Error al eliminar la imagen del disco'
    assert_intact 7
    assert_pool_kept
}

@test "a lock not had in time: 500, and the pool is as it was" {
    photo 7
    hold_open "SELECT pg_advisory_lock(1229801289, 7)"
    DELETE /7 BALSAMOA_TIMEOUT_MS=4000
    hold_close
    assert_answer 500 "$DATABASE"
    assert_log sqlstate '(55P03|57014)'
    assert_intact 7
    assert_pool_kept
}

@test "read-write sessions only (target_session_attrs) are to be had through the pool" {
    photo 7
    DELETE /7 DATABASE_URL="$(database_url) target_session_attrs=read-write"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    assert_pool_kept
}

# --- more requests than connections ---

@test "twenty at once, of one id, of one file, of their own: two connections do for all" {
    local i n=0
    for i in {1..12}; do photo "$i"; done
    photo 13 shared.webp
    image 14 /recursos/imagenes/productos/shared.webp
    hold_commit
    for i in 1 1 1 1 1 1 {1..14}; do
        fire "$((++n))" "/$i" BALSAMOA_TIMEOUT_MS=60000
    done
    wait_until queued 18
    commit_release
    wait
    assert_equal "$(codes)" $' 14 200\n 6 404'
    assert_equal "$(ls -A "$PRODUCTOS")" ''
    assert_equal "$(sql 'SELECT count(*) FROM producto_imagenes')" 0
    assert_pool_kept
}

# Two removals hold both connections until commit_release.
occupy_pool() {
    photo 8
    photo 9
    hold_commit
    fire 8 /8 BALSAMOA_TIMEOUT_MS=60000
    fire 9 /9 BALSAMOA_TIMEOUT_MS=60000
    until_waiting 2
}

@test "no connection is free for query_wait_timeout: 500, and the pool is as it was" {
    photo 7
    occupy_pool
    admin 'SET query_wait_timeout = 1'
    DELETE /7
    admin 'SET query_wait_timeout = 60'
    commit_release
    wait
    assert_answer 500 "$DATABASE"
    assert_log cause '.*query_wait_timeout.*'
    assert_intact 7
    assert_equal "$(codes)" ' 2 200'
    assert_pool_kept
}

# pgbouncer notices only when it has served it that a client in its queue has left. That costs a
# connection (https://github.com/pgbouncer/pgbouncer/pull/811), but not the record.
@test "no connection is free in time: 500, and what is left in the queue deletes nothing" {
    photo 7
    occupy_pool
    DELETE /7 BALSAMOA_TIMEOUT_MS=4000
    assert_answer 500 "$DATABASE"
    assert_log cause '.*in time.*'
    queued 1
    commit_release
    wait
    wait_until queued 0
    wait_until pool_idle
    assert_intact 7
    assert_equal "$(codes)" ' 2 200'
    assert_pool_clean
}

# --- in doubt ---

@test "the connection to the server is killed in COMMIT: 500, the file is back, the pool recovers" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE usename = 'imagenes' AND wait_event_type = 'Lock'"
    finished
    commit_release
    assert_answer 500 "$DATABASE"
    assert_intact 7
    wait_until fill_pool
    assert_pool_clean
    sql "DROP FUNCTION at_commit() CASCADE"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

# The last read from the database is the reply to COMMIT.
@test "the reply to a COMMIT that was done is lost: the truth is asked for through the pool, 200" {
    fault "recvfrom:error=ECONNRESET:when=$(nth recvfrom .)"
    photo 7
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_log cause '.+'
    assert_removed 7
    wait_until fill_pool
    assert_pool_clean
}

# PostgreSQL does not notice that its client has left before it is done.
@test "pgbouncer is killed in COMMIT and starts anew: the truth is waited for, 200" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    pool_stop KILL
    commit_release
    wait_until refute_row 7
    assert_exists "$(staged_file 7)"
    pool_start
    finished
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}
