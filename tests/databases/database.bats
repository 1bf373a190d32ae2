# SPDX-License-Identifier: ISC
# What the database may be, do and refuse.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }

DATABASE='Error al eliminar la imagen de la base de datos'

# columns TABLE PRIVILEGE: those on which the role has it.
columns() {
    sql "SELECT string_agg(column_name, ' ' ORDER BY column_name)
        FROM information_schema.role_column_grants
        WHERE grantee = 'imagenes' AND table_name = '$1' AND privilege_type = '$2'"
}

@test "the role has what it uses and no more" {
    photo 7
    assert_equal "$(sql "SELECT string_agg(table_name || ' ' || privilege_type, ', ')
        FROM information_schema.role_table_grants WHERE grantee = 'imagenes'")" \
        'producto_imagenes DELETE'
    assert_equal "$(columns producto_imagenes SELECT)" 'id url'
    assert_equal "$(columns usuarios SELECT)" 'activo id rol_id sesion_id'
    assert_equal "$(sql "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles
        WHERE rolname = 'imagenes'")" f
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "without the url index it works all the same" {
    sql "DROP INDEX producto_imagenes_url_idx"
    photo 7
    DELETE /7
    sql "CREATE INDEX producto_imagenes_url_idx ON producto_imagenes (url)"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "no right to delete: 500, the file is never touched" {
    photo 7
    sql "REVOKE DELETE ON producto_imagenes FROM imagenes"
    DELETE /7
    sql "GRANT DELETE ON producto_imagenes TO imagenes"
    assert_answer 500 "$DATABASE"
    assert_log sqlstate 42501
    assert_intact 7
}

@test "a read-only database: 500, the file is never touched" {
    photo 7
    DELETE /7 PGOPTIONS='-c default_transaction_read_only=on'
    assert_answer 500 "$DATABASE"
    assert_log sqlstate 25006
    assert_intact 7
}

@test "no such table: 500, and neither table nor SQL reaches the client" {
    photo 7
    sql "ALTER TABLE producto_imagenes RENAME TO otra"
    DELETE /7
    sql "ALTER TABLE otra RENAME TO producto_imagenes"
    assert_answer 500 "$DATABASE"
    assert_log sqlstate 42P01
    assert_log cause '.*producto_imagenes.*'
    refute_regex "$answer" 'producto|relation|SELECT|PG|recursos'
    assert_intact 7
}

@test "notices do not reach the log as lines of their own" {
    photo 7
    at_delete "RAISE WARNING 'aviso'; RETURN OLD;"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "the record is locked for longer than a request may take: 500, the file is never touched" {
    photo 7
    hold_open "BEGIN; SELECT 1 FROM producto_imagenes WHERE id = 7 FOR UPDATE"
    DELETE /7
    hold_close
    assert_answer 500 "$DATABASE"
    assert_log sqlstate '(55P03|57014)'
    assert_intact 7
}

@test "another removal holds the id's lock for longer than a request may take: 500" {
    photo 7
    hold_open "SELECT pg_advisory_lock(1229801289, 7)"
    DELETE /7
    hold_close
    assert_answer 500 "$DATABASE"
    assert_log sqlstate '(55P03|57014)'
    assert_intact 7
}

@test "another image's lock is no hindrance" {
    photo 7
    hold_open "SELECT pg_advisory_lock(1229801289, 8)"
    DELETE /7
    hold_close
    assert_answer 200 "$MENSAJE"
}

@test "the server stands still: 500 within the time a request may take" {
    photo 7
    hold_open "BEGIN; SELECT 1 FROM producto_imagenes WHERE id = 7 FOR UPDATE"
    SECONDS=0
    begin_request DELETE /7
    until_waiting 1
    local backend
    backend=$(sql "SELECT pid FROM pg_stat_activity WHERE usename = 'imagenes'")
    kill -STOP "$backend"
    finished
    kill -CONT "$backend"
    hold_close
    assert_answer 500 "$DATABASE"
    assert_log cause '.*in time.*'
    [ "$SECONDS" -le 10 ]
    wait_until quiet
    assert_intact 7
}

@test "a program that stands still in its transaction: the server ends that in the time of a request" {
    photo 7
    stop_at renameat
    begin_request DELETE /7 BALSAMOA_TIMEOUT_MS=3000
    wait_until stopped
    SECONDS=0
    run wait_until quiet
    go_on KILL
    wait "$removal" || true
    assert_success
    assert [ "$SECONDS" -le 4 ]
    assert_row 7
    assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
}
quiet() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'imagenes'")" -eq 0 ]; }

@test "the server lets nobody in: 500 within the shortest time a request may be given" {
    local postmaster
    postmaster=$(head -n 1 "$PGDATA/postmaster.pid")
    photo 7
    kill -STOP "$postmaster"
    DELETE /7 BALSAMOA_TIMEOUT_MS=3000
    kill -CONT "$postmaster"
    assert_answer 500 "$DATABASE"
    assert_log cause 'the database did not answer in time'
    assert_intact 7
}

@test "a burst of requests against few connections: each waits for one, and is answered" {
    local i
    photo 7
    sql "ALTER ROLE imagenes CONNECTION LIMIT 2"
    hold_open 'SELECT pg_advisory_lock(98)'
    for i in 1 2; do
        PGUSER=imagenes sql 'SELECT pg_advisory_xact_lock(98)' >/dev/null 3>&- 9>&- &
    done
    until_waiting 2
    for i in {1..20}; do
        fire "$i" /7
    done
    sleep 0.3 # none is free
    hold_close
    wait
    sql "ALTER ROLE imagenes CONNECTION LIMIT 100"
    assert_equal "$(codes)" " 1 200
 19 404"
    assert_removed 7
}

@test "500: an option that libpq does not take, or a service that it does not find: the log says why" {
    photo 7
    DATABASE_URL="host=$PGHOST sslmode=quizas" DELETE /7
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    assert_log cause 'invalid sslmode value.*'
    DATABASE_URL='service=ninguno' DELETE /7
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    assert_log cause 'definition of service .*ninguno.* not found'
    assert_intact 7
}

@test "no connection becomes free: 500 within the time to delete, and the log says why" {
    photo 7
    sql "ALTER ROLE imagenes CONNECTION LIMIT 0"
    SECONDS=0
    DELETE /7 BALSAMOA_TIMEOUT_MS=3000
    sql "ALTER ROLE imagenes CONNECTION LIMIT 100"
    assert [ "$SECONDS" -le 3 ]
    assert_answer 500 "$DATABASE"
    assert_log cause '.*53300.*too many connections.*'
    assert_intact 7
}

@test "synchronous_commit is raised where it is off, and left where it is more" {
    sql "CREATE TABLE seen (value TEXT)"
    at_delete "INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN OLD;"
    photo 7
    photo 8
    DELETE /7 PGOPTIONS='-c synchronous_commit=off'
    DELETE /8 PGOPTIONS='-c synchronous_commit=local'
    assert_equal "$(sql 'SELECT * FROM seen')" $'on\nlocal'
    sql "DROP TABLE seen"
}

@test "a database that is not in UTF-8 and a client encoding that is not: the url is in UTF-8" {
    photo 7 'Niño.webp'
    DELETE /7 PGCLIENTENCODING=LATIN1
    assert_answer 200 "$MENSAJE"
    assert_removed 7 'Niño.webp'
}

@test "the url is edited while the removal waits for it: the new file goes, the old one stays" {
    photo 7
    echo nuevo >"$PRODUCTOS/nuevo.webp"
    hold_open "BEGIN; UPDATE producto_imagenes
        SET url = '/recursos/imagenes/productos/nuevo.webp' WHERE id = 7"
    begin_request DELETE /7
    until_waiting 1
    hold_close COMMIT
    finished
    assert_answer 200 "$MENSAJE"
    assert_not_exists "$PRODUCTOS/nuevo.webp"
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_row 7
    refute_staged
}

@test "the socket takes nothing for a while: it is waited for" {
    photo 7
    fault sendto:error=EAGAIN:when=2..4 # the first lets us in
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "the connection dies while the socket takes nothing: 500" {
    local n
    n=$(nth recvfrom BEGIN)
    photo 7
    fault sendto:error=EAGAIN:when=2..3 "recvfrom:error=ECONNRESET:when=$((n + 1))"
    DELETE /7
    assert_answer 500 "$DATABASE"
    wait_until quiet
    assert_intact 7
}

@test "an answer that has come counts, however late it is read" {
    photo 7
    fault poll:error=EINTR:when=3:delay_exit=4100000 # after two that connect
    DELETE /7 BALSAMOA_TIMEOUT_MS=8000
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "connecting takes the time there is for the deletion: 500, nothing touched" {
    photo 7
    hold_open "SELECT pg_advisory_lock(1229801289, 7)"
    echo '{}' >"$BATS_TEST_TMPDIR/imagenes.json"
    chmod 600 "$BATS_TEST_TMPDIR/imagenes.json"
    fault connect:delay_exit=1600000
    # So nobody reads passwd(5), or asks nscd.
    DELETE /7 BALSAMOA_TIMEOUT_MS=3000 HOME=/ BALSAMOA_CONFIG="$BATS_TEST_TMPDIR/imagenes.json"
    hold_close
    assert_answer 500 "$DATABASE"
    assert_log cause '.*(in time|timeout).*'
    wait_until quiet
    assert_intact 7
}

@test "the commit is refused, and then the lock is another's: 500, and the log says both" {
    local other
    photo 7
    hold_commit refused
    begin_request DELETE /7
    until_waiting 1
    sql "SELECT pg_advisory_lock(1229801289, 7); SELECT pg_sleep(20)" >/dev/null 3>&- &
    other=$!
    wait_until lock_awaited
    commit_release
    finished
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)'"
    wait "$other" || true
    assert_answer 500 "$DATABASE"
    assert_log sqlstate P0001
    assert_log cause 'refused at commit; .*(lock|statement) timeout'
    assert_row 7
    assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
}
lock_awaited() {
    [ "$(sql "SELECT count(*) FROM pg_locks WHERE classid = 1229801289 AND NOT granted")" -eq 1 ]
}

# Where varchars are compared as such, no two are equal.
odd_operator() {
    sql "CREATE FUNCTION never(varchar, varchar) RETURNS bool LANGUAGE sql AS 'SELECT false';
         CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = never)"
}
no_odd_operator() { sql "DROP OPERATOR = (varchar, varchar); DROP FUNCTION never"; }
SHARED='El archivo se conserva porque otra imagen lo utiliza'

@test "whatever operators others have put into the schema, another record of the url is seen at once" {
    photo 7
    image 8 /recursos/imagenes/productos/7.webp
    odd_operator
    traced renameat
    DELETE /8
    no_odd_operator
    assert_answer 200 "$MENSAJE" "$SHARED"
    assert_equal "$(cat "$BATS_TEST_TMPDIR/trace")" ''
    assert_intact 7
}

@test "whatever operators, one that comes before the commit is seen" {
    photo 8 7.webp
    odd_operator
    hold_commit
    begin_request DELETE /8
    until_waiting 1
    image 7 /recursos/imagenes/productos/7.webp
    commit_release
    finished
    no_odd_operator
    assert_answer 200 "$MENSAJE" "$SHARED"
    assert_row 7
    assert_exists "$PRODUCTOS/7.webp"
    refute_staged
}

@test "whatever operators, imagenes-fsck sees one as well" {
    photo 7
    mv "$PRODUCTOS/7.webp" "$PRODUCTOS/.removal-8-7.webp"
    odd_operator
    imagenes_fsck --repair
    no_odd_operator
    assert_equal "$status" 1
    assert_intact 7
}

# The number of the program's own records in the server's log since a place in it.
own_records() {
    "$PGBIN/pg_waldump" -p "$PGDATA/pg_wal" -s "$1" -r LogicalMessage 2>/dev/null |
        grep -c 'prefix "imagenes"' || true
}

@test "where a standby has to confirm, what was read is made durable; and always before imagenes-fsck erases" {
    local place
    photo 7
    photo 8
    photo 9
    stage 9
    sql "DELETE FROM producto_imagenes WHERE id = 9"
    place=$(sql 'SELECT pg_current_wal_insert_lsn()')
    DELETE /7
    sql 'CHECKPOINT'
    assert_equal "$(own_records "$place")" 0
    sql "ALTER SYSTEM SET synchronous_standby_names = '*'"
    sql 'SELECT pg_reload_conf()' >/dev/null
    PGOPTIONS='-c synchronous_commit=local' wait_until awaited
    DELETE /8 PGOPTIONS='-c synchronous_commit=local' # which waits for none
    PGOPTIONS='-c synchronous_commit=local' sql 'ALTER SYSTEM RESET synchronous_standby_names'
    sql 'SELECT pg_reload_conf()' >/dev/null
    assert_answer 200 "$MENSAJE"
    sql 'CHECKPOINT'
    assert_equal "$(own_records "$place")" 1
    imagenes_fsck --repair
    sql 'CHECKPOINT'
    assert_equal "$(own_records "$place")" 2
    assert_equal "$(find "$PRODUCTOS" -type f)" ''
}
awaited() { [ "$(sql 'SHOW synchronous_standby_names')" = '*' ]; }
