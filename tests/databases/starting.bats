# SPDX-License-Identifier: ISC
# A server that is starting lets nobody in yet (cannot_connect_now, 57P03).
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    photo 7
    "$PGBIN/pg_ctl" -D "$PGDATA" -m fast -w stop >/dev/null
    touch "$PGDATA/standby.signal"
    printf '%s\n' hot_standby=off "primary_conninfo=''" >>"$PGDATA/postgresql.conf"
    "$PGBIN/pg_ctl" -D "$PGDATA" -W -l "$PGHOST/postgres.log" start >/dev/null 2>&1 3>&-
    wait_until starting
}
starting() {
    run "$PGBIN/psql" -Xc 'SELECT 1'
    [[ $output == *'not accepting connections'* ]]
}
started() { "$PGBIN/pg_ctl" -D "$PGDATA" -w promote >/dev/null; }

@test "500 within the time to delete, and the log says why; once it has started: 200" {
    SECONDS=0
    DELETE /7 BALSAMOA_TIMEOUT_MS=3000
    assert [ "$SECONDS" -le 3 ]
    assert_answer 500 'Error al eliminar la imagen de la base de datos'
    assert_log cause '.*57P03: the database system is not accepting connections'
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    begin_request DELETE /7 BALSAMOA_TIMEOUT_MS=20000
    sleep 0.5
    started
    finished
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}
