# SPDX-License-Identifier: ISC
# Several at the same time: removals, the shop's own edits, uploads.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }

@test "fifty removals of one image at once: one 200, 49 times 404" {
    photo 7
    hold_open "BEGIN; SELECT 1 FROM producto_imagenes WHERE id = 7 FOR UPDATE"
    for i in {1..50}; do fire "$i" /7; done
    until_waiting 20 # and thirty for one of the role's connections
    hold_close
    wait
    assert_equal "$(codes)" $' 1 200\n 49 404'
    assert_removed 7
}

@test "two records that share a file, removed at once: both 200, the file goes once" {
    local i
    for i in {1..10}; do
        photo "1$i" shared.webp
        image "2$i" /recursos/imagenes/productos/shared.webp
        fire a "/1$i"
        fire b "/2$i"
        wait
        assert_equal "$(codes)" ' 2 200'
        assert_removed "1$i" shared.webp
        refute_row "2$i"
    done
}

@test "two records that share a file, the second waits for the first: gone" {
    photo 7 shared.webp
    image 8 /recursos/imagenes/productos/shared.webp
    hold_commit
    fire a /7
    until_waiting 1
    fire b /8
    until_waiting 2
    commit_release
    wait
    assert_equal "$(codes)" ' 2 200'
    assert_removed 7 shared.webp
    refute_row 8
}

@test "a product edit deletes the row first and inserts it anew: 404, the file stays" {
    photo 7
    hold_open "BEGIN; DELETE FROM producto_imagenes WHERE producto_id = 1;
        INSERT INTO producto_imagenes (id, producto_id, url)
        VALUES (8, 1, '/recursos/imagenes/productos/7.webp')"
    begin_request DELETE /7
    until_waiting 1
    hold_close COMMIT
    finished
    assert_answer 404 'Imagen no encontrada'
    assert_row 8
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}

@test "a product edit that is rolled back: 200" {
    photo 7
    hold_open "BEGIN; DELETE FROM producto_imagenes WHERE producto_id = 1"
    begin_request DELETE /7
    until_waiting 1
    hold_close ROLLBACK
    finished
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "ten different images of one directory at once: all 200" {
    local i
    for i in {1..10}; do photo "$i"; done
    for i in {1..10}; do fire "$i" "/$i"; done
    wait
    assert_equal "$(codes)" ' 10 200'
    assert_equal "$(ls -A "$PRODUCTOS")" ''
    assert_equal "$(sql 'SELECT count(*) FROM producto_imagenes')" 0
}

# holds_lock_of URL: the program holds the lock of it.
holds_lock_of() {
    [ "$(sql "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
              WHERE usename = 'imagenes' AND locktype = 'advisory' AND granted
              AND classid = 1229801301 AND objid::int8 = hashtext('$1')::int8 & 4294967295")" -eq 1 ]
}

@test "the lock of the id comes before the lock of the url" {
    photo 7
    hold_open "SELECT pg_advisory_lock(1229801289, 7)"
    begin_request DELETE /7
    until_waiting 1
    run holds_lock_of /recursos/imagenes/productos/7.webp
    hold_close
    assert_failure
    finished
    assert_answer 200 "$MENSAJE"
}

@test "so it does where the database is asked after a file" {
    touch "$PRODUCTOS/viejo.webp"
    hold_open "SELECT pg_advisory_lock(1229801289, 0)" # of nobody's image
    imagenes_fsck >/dev/null 3>&- &
    until_waiting 1
    run holds_lock_of /recursos/imagenes/productos/viejo.webp
    hold_close
    assert_failure
    wait
}

edit_has_begun() {
    [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" -eq 1 ]
}

@test "the url is edited while the removal waits for it: the removal has the new url's lock" {
    local new=/recursos/imagenes/productos/nuevo.webp edit
    photo 7
    old_file "$ROOT$new" nuevo
    hold_commit
    sql "BEGIN; UPDATE producto_imagenes SET url = '$new' WHERE id = 7; SELECT pg_sleep(1); COMMIT" \
        >/dev/null 3>&- 9>&- &
    edit=$!
    wait_until edit_has_begun
    begin_request DELETE /7
    wait "$edit"
    wait_until test ! -e "$ROOT$new"
    run holds_lock_of "$new"
    commit_release
    assert_success
    finished
    assert_answer 200 "$MENSAJE"
    assert_equal "$(ls -A "$PRODUCTOS")" 7.webp
}
