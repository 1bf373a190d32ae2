# SPDX-License-Identifier: ISC
# Other open transactions: a record that was inserted before the removal's commit, and is committed after
# it, keeps its file.
load ../lib/support

setup_file() { postgres_start max_prepared_transactions=5; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    photo 7
}

URL=/recursos/imagenes/productos/7.webp
INSERT="INSERT INTO producto_imagenes (id, producto_id, url) VALUES (8, 1, '$URL')"
LATER='El archivo se retiró de su ubicación pública y se borrará más tarde'
SHARED='El archivo se conserva porque otra imagen lo utiliza'

staged() { [ -e "$(staged_file 7)" ]; }
assert_shared() {
    refute_row 7
    assert_row 8
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}

# insert_and END: inserts a record of the url, and runs END a third of a second later.
insert_and() {
    "$PGBIN/psql" -XqAt -v ON_ERROR_STOP=1 >/dev/null 3>&- <<-EOF &
	BEGIN;
	$INSERT;
	\\! touch "$BATS_TEST_TMPDIR/inserted"
	SELECT pg_sleep(0.3);
	$1;
	EOF
    wait_until test -e "$BATS_TEST_TMPDIR/inserted"
}

@test "inserted before, committed while the removal waits: the file goes back" {
    insert_and COMMIT
    DELETE /7
    wait
    assert_answer 200 "$MENSAJE" "$SHARED"
    assert_shared
}

@test "inserted before, rolled back while the removal waits: the file goes" {
    insert_and ROLLBACK
    DELETE /7
    wait
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "inserted before, committed late: half a second's wait, 200, staged; imagenes-fsck puts back" {
    hold_open "BEGIN; $INSERT"
    DELETE /7
    assert_answer 200 "$MENSAJE" "$LATER"
    assert_log cause '.*does not end'
    refute_row 7
    staged
    imagenes_fsck --repair # which waits in vain, too
    staged
    assert_equal "$status" 4
    hold_close COMMIT
    imagenes_fsck --repair
    assert_equal "$status" 1
    assert_shared
}

@test "a prepared transaction is waited for, too" {
    sql "BEGIN; $INSERT; PREPARE TRANSACTION 'alta'"
    DELETE /7
    assert_answer 200 "$MENSAJE" "$LATER"
    staged
    sql "COMMIT PREPARED 'alta'"
    imagenes_fsck --repair
    assert_shared
}

@test "an edit that waits for the removal's row is itself waited for: its new record has the file" {
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    sql "BEGIN; DELETE FROM producto_imagenes WHERE url = '$URL'; $INSERT; SELECT pg_sleep(0.1);
         COMMIT" 3>&- 9>&- &
    edit=$!
    wait_until edit_waits
    commit_release
    finished
    wait "$edit"
    assert_answer 200 "$MENSAJE" "$SHARED"
    assert_shared
}
# edit_waits [N]: N sessions of the shop wait for a lock.
edit_waits() {
    [ "$(sql "SELECT count(*) FROM pg_stat_activity
              WHERE usename = 'postgres' AND wait_event_type = 'Lock'")" -ge "${1:-1}" ]
}

@test "another removal is not waited for, however long it takes" {
    photo 9
    hold_open "BEGIN; SELECT pg_advisory_xact_lock(1229801289, 9);
        SELECT pg_advisory_xact_lock(1229801301, hashtext('/recursos/imagenes/productos/9.webp'));
        DELETE FROM producto_imagenes WHERE id = 9"
    DELETE /7
    hold_close
    assert_answer 200 "$MENSAJE"
    assert_not_exists "$PRODUCTOS/7.webp"
    refute_staged
}

# locked_meanwhile URL BEFORE AFTER: somebody waits for the lock of the url that the removal gives up at its
# commit: his transaction has statements before that and after it.
locked_meanwhile() {
    local hash
    hash=$(sql "SELECT hashtext('$1')")
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    mkfifo "$BATS_TEST_TMPDIR/other"
    "$PGBIN/psql" -XqAt <"$BATS_TEST_TMPDIR/other" >/dev/null 2>&1 3>&- 9>&- &
    other=$!
    exec 8>"$BATS_TEST_TMPDIR/other"
    echo "BEGIN; $2;
          SELECT pg_advisory_xact_lock(1229801301, $hash); SELECT pg_sleep(0.1);
          $3; SELECT pg_sleep(0.1); COMMIT;
          \\q" >&8
    wait_until edit_waits
    commit_release
    finished
    exec 8>&-
    wait "$other"
    [ -z "${WRAP-}" ] || assert_pauses
}
# Half a second of pauses leaves time for some forty messages.
assert_pauses() {
    run -0 grep -c sendto "$BATS_TEST_TMPDIR/sent"
    assert [ "$output" -le 60 ]
}

# saved_meanwhile NAME: he saves a product with the photo 7, NAME.
saved_meanwhile() {
    local url=/recursos/imagenes/productos/$1
    sql "UPDATE producto_imagenes SET url = '$url'"
    [ "$1" = 7.webp ] || mv "$PRODUCTOS/7.webp" "$PRODUCTOS/$1"
    locked_meanwhile "$url" 'LOCK TABLE producto_imagenes IN ROW EXCLUSIVE MODE' "${INSERT/7.webp/$1}"
    assert_answer 200 "$MENSAJE" "$SHARED"
    refute_row 7
    assert_row 8
    assert_equal "$(cat "$PRODUCTOS/$1")" 'bytes of 7'
    refute_staged
}

@test "who holds the lock of this very url is waited for: he may be saving a product that shows it" {
    saved_meanwhile 7.webp
}

@test "so is who has only that lock, as another removal of the file at its end" {
    locked_meanwhile "$URL" 'SELECT 1' 'SELECT 1'
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "so is the next who gets that lock" {
    local lock other others=()
    lock="SELECT pg_advisory_xact_lock(1229801301, hashtext('$URL'))"
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    for other in 1 2; do
        sql "BEGIN; $lock; SELECT pg_sleep(0.1); COMMIT" >/dev/null 3>&- 9>&- &
        others+=($!)
    done
    wait_until edit_waits 2
    commit_release
    finished
    wait "${others[@]}"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "others who have it by turns for longer than half a second: 200, staged, and the log says why" {
    local other others=()
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    for other in {1..20}; do
        sql "SELECT pg_advisory_xact_lock(1229801301, hashtext('$URL')), pg_sleep(0.2)" \
            >/dev/null 2>&1 3>&- 9>&- &
        others+=($!)
    done
    wait_until edit_waits 20
    commit_release
    finished
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.2)'" >/dev/null
    wait "${others[@]}" || true
    assert_answer 200 "$MENSAJE" "$LATER"
    assert_log cause 'another transaction holds the lock of the url'
    staged
    imagenes_fsck --repair
    assert_removed 7
}

@test "a removal with nothing staged waits for nobody" {
    hold_open "BEGIN; $INSERT"
    image 9 https://cdn.example/9.webp
    image 10 /recursos/imagenes/productos/10.webp
    photo 11
    image 12 /recursos/imagenes/productos/11.webp
    DELETE /9
    assert_answer 200 "$MENSAJE" 'La URL es externa y no tiene archivo en el disco'
    refute_log cause
    DELETE /10
    assert_answer 200 "$MENSAJE" 'El archivo ya no existía en el disco'
    refute_log cause
    DELETE /11
    assert_answer 200 "$MENSAJE" "$SHARED"
    refute_log cause
    hold_close
}

# It has the table of products locked, and an image's id, but not yet the url.
@test "a save that has only the locks of ids is waited for" {
    hold_open "BEGIN; LOCK TABLE producto_imagenes IN ROW EXCLUSIVE MODE;
        SELECT FROM productos WHERE id = 1 FOR NO KEY UPDATE; SELECT pg_advisory_xact_lock(1229801289, 9)"
    begin_request DELETE /7
    wait_until staged
    (sleep 0.2 && echo "$INSERT; COMMIT;" >&9)
    finished
    hold_close
    assert_answer 200 "$MENSAJE" "$SHARED"
    assert_shared
}

@test "so is he where the lock's key is negative, and where it is not" {
    saved_with_either_key
}
saved_with_either_key() {
    local name order
    for order in ASC DESC; do
        name=$(sql "SELECT name FROM (SELECT n || '.webp' AS name FROM generate_series(1, 50) AS n) AS names
            ORDER BY hashtext('/recursos/imagenes/productos/' || name) $order LIMIT 1")
        shop_reset
        photo 7
        rm -f "$BATS_TEST_TMPDIR/other"
        saved_meanwhile "$name"
        rm "$PRODUCTOS/$name"
    done
}

@test "who has the lock is asked for in pauses" {
    needs_strace
    WRAP="strace -qq -e trace=sendto -o $BATS_TEST_TMPDIR/sent"
    locked_meanwhile "$URL" 'SELECT 1' 'SELECT 1'
    rm "$BATS_TEST_TMPDIR/other"
    saved_with_either_key
}

@test "who has only read, or writes to other tables, is not waited for" {
    hold_open "BEGIN; SELECT count(*) FROM producto_imagenes; UPDATE productos SET precio = 1"
    DELETE /7
    hold_close
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "so it is with a quote and a backslash in the url" {
    sql "DELETE FROM producto_imagenes"
    mv "$PRODUCTOS/7.webp" "$PRODUCTOS/"'a"b\c'
    image 7 '/recursos/imagenes/productos/a"b\c'
    INSERT=${INSERT/7.webp/'a"b\c'} insert_and COMMIT
    DELETE /7
    wait
    assert_answer 200 "$MENSAJE" "$SHARED"
    refute_log cause
    assert_row 8
    assert_equal "$(cat "$PRODUCTOS/"'a"b\c')" 'bytes of 7'
}
