# SPDX-License-Identifier: ISC
# What happens to staged files: the newest of a name, a file that is still being written, one that
# somebody has put back, one that is kept for some time.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }

DATABASE='Error al eliminar la imagen de la base de datos'
LATER='El archivo se retiró de su ubicación pública y se borrará más tarde'
URL=/recursos/imagenes/productos/a.webp

# staged_bytes ID BYTES: a stage of a.webp.
staged_bytes() {
    old_file "$PRODUCTOS/a.webp" "$2"
    mv "$PRODUCTOS/a.webp" "$PRODUCTOS/.removal-$1-a.webp"
    sleep 0.02 # more than a clock tick
}
assert_public() { assert_equal "$(cat "$PRODUCTOS/a.webp")" "$1"; }

# --- two stages of one name ---

@test "up-refuse: an older stage, a newer file whose removal is refused: the newer bytes come back" {
    staged_bytes 5 viejo # its removal has committed, and died
    image 9 "$URL" nuevo
    hold_commit refused
    commit_release
    DELETE /9
    assert_answer 500 "$DATABASE"
    assert_public nuevo
    sql "DROP FUNCTION at_commit() CASCADE"
    imagenes_fsck --repair
    assert_public nuevo
    refute_staged
}

@test "up-refuse: whichever look at a file fails, the older bytes never take the newer ones' place" {
    local n looks
    hold_commit refused
    commit_release
    staged_bytes 5 viejo
    image 9 "$URL" nuevo
    traced newfstatat
    DELETE /9
    looks=$(matching_calls newfstatat '"[^/]*a.webp"')
    [ "$(wc -w <<<"$looks")" -ge 6 ]
    for n in $looks; do
        fault "newfstatat:error=EIO:when=$n"
        DELETE /9
        unset WRAP
        assert_equal "$n ${answer:0:11}" "$n Status: 500"
        [ ! -e "$PRODUCTOS/a.webp" ] || assert_public nuevo
        imagenes_fsck --repair
        assert_public nuevo
        refute_staged
        mv "$PRODUCTOS/a.webp" "$PRODUCTOS/nuevo"
        staged_bytes 5 viejo
        mv "$PRODUCTOS/nuevo" "$PRODUCTOS/a.webp"
    done
}

@test "a stage directory of other names that cannot be opened keeps nothing from going back" {
    image 9 "$URL" nuevo
    mkdir "$PRODUCTOS/.removal-5"
    chmod 0 "$PRODUCTOS/.removal-5"
    hold_commit refused
    commit_release
    DELETE /9
    chmod 700 "$PRODUCTOS/.removal-5"
    rmdir "$PRODUCTOS/.removal-5"
    assert_answer 500 "$DATABASE"
    assert_public nuevo
    refute_staged
}

@test "another record needs a staged file: whichever look fails, 200 says the truth" {
    local n looks
    photo 1 a.webp
    image 2 "$URL"
    stage 1 a.webp
    traced newfstatat
    DELETE /1
    looks=$(matching_calls newfstatat '"[^/]*a.webp"')
    [ "$(wc -w <<<"$looks")" -ge 4 ]
    for n in $looks; do
        sql "DELETE FROM producto_imagenes"
        rm -f "$PRODUCTOS"/{,.removal-1-}a.webp
        photo 1 a.webp
        image 2 "$URL"
        stage 1 a.webp
        fault "newfstatat:error=EIO:when=$n"
        DELETE /1
        unset WRAP
        [[ $answer != 'Status: 200 '* ]] || assert_public 'bytes of 1'
        imagenes_fsck --repair
        assert_public 'bytes of 1'
        refute_staged
    done
}

@test "up-crash-fsck: two stages of one name, and a record: the newest goes back, in either order" {
    local first second
    for first in 5 11; do
        second=$((16 - first))
        staged_bytes "$first" viejo
        staged_bytes "$second" nuevo
        sql "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (20, 1, '$URL')"
        imagenes_fsck --repair
        assert_equal "$status" 1
        assert_public nuevo
        refute_staged
        sql "DELETE FROM producto_imagenes"
        rm "$PRODUCTOS/a.webp"
    done
}

@test "up-crash-fsck: the newer stage's own record exists, the older one's is gone: the newer bytes" {
    staged_bytes 5 viejo
    staged_bytes 9 nuevo
    sql "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '$URL')"
    imagenes_fsck --repair
    assert_public nuevo
    refute_staged
}

@test "so it is with stages in directories of their own" {
    local name=$LONG_NAME first
    for first in 5 9; do
        mkdir "$PRODUCTOS/.removal-$first"
        old_file "$PRODUCTOS/.removal-$first/$name.new" "$first"
        mv "$PRODUCTOS/.removal-$first/$name.new" "$PRODUCTOS/.removal-$first/$name" 2>/dev/null ||
            old_file "$PRODUCTOS/.removal-$first/$name" "$first"
        sleep 0.02
    done
    sql "INSERT INTO producto_imagenes (id, producto_id, url)
         VALUES (20, 1, '/recursos/imagenes/productos/$name')"
    imagenes_fsck --repair
    assert_equal "$(cat "$PRODUCTOS/$name")" 9
    refute_staged
}

@test "a newer stage of another name is none of this one's" {
    staged_bytes 5 x
    old_file "$PRODUCTOS/.removal-9-b.webp" otro
    sql "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (20, 1, '$URL'),
         (21, 1, '/recursos/imagenes/productos/b.webp')"
    imagenes_fsck --repair
    assert_public x
    assert_equal "$(cat "$PRODUCTOS/b.webp")" otro
    refute_staged
}

@test "two stages of one name, and no record: both go" {
    staged_bytes 5 viejo
    staged_bytes 9 nuevo
    imagenes_fsck --repair
    assert_equal "$status" 1
    assert_equal "$(find "$PRODUCTOS" -type f)" ''
}

# --- a refused DELETE ---

@test "a repeated DELETE that a new foreign key refuses puts back what an earlier one has staged" {
    image 7 "$URL" x
    mv "$PRODUCTOS/a.webp" "$PRODUCTOS/.removal-7-a.webp"
    sql "CREATE TABLE portada (imagen INTEGER REFERENCES producto_imagenes (id));
         INSERT INTO portada VALUES (7)"
    DELETE /7
    sql "DROP TABLE portada"
    assert_answer 500 "$DATABASE"
    assert_log sqlstate 23503
    assert_public x
    refute_staged
}

@test "a repeated DELETE that a trigger keeps from happening puts back, too" {
    image 7 "$URL" x
    mv "$PRODUCTOS/a.webp" "$PRODUCTOS/.removal-7-a.webp"
    at_delete 'RETURN NULL;'
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_public x
    refute_staged
}

# fails_once SQLSTATE: the first attempt to delete.
fails_once() {
    sql "CREATE SEQUENCE attempts"
    at_delete "IF nextval('attempts') = 1 THEN RAISE EXCEPTION 'x' USING ERRCODE = '$1'; END IF; RETURN OLD;"
}

@test "a deadlock is tried again, and so is a serialization failure" {
    local sqlstate
    for sqlstate in 40P01 40001; do
        image 7 "$URL" x
        fails_once "$sqlstate"
        DELETE /7
        at_delete_no_more
        sql "DROP SEQUENCE attempts"
        assert_answer 200 "$MENSAJE"
        refute_log cause
        assert_removed 7 a.webp
    done
}

# --- under the locks ---

@test "the locks may have been lost when the answer is read: imagenes-fsck touches nothing, status 8" {
    local n
    image 7 "$URL" x
    mv "$PRODUCTOS/a.webp" "$PRODUCTOS/.removal-7-a.webp"
    traced recvfrom
    run_fsck
    n=$(first_traced recvfrom 'BEGIN')
    mv "$PRODUCTOS/a.webp" "$PRODUCTOS/.removal-7-a.webp"
    fault "recvfrom:delay_exit=3500000:when=$n"
    run_fsck BALSAMOA_TIMEOUT_MS=3000
    assert_equal "$status" 8
    assert_line --regexp '^staged .* action="none" cause="the locks may have been lost meanwhile[;"]'
    assert_equal "$(cat "$PRODUCTOS/.removal-7-a.webp")" x
}
# run_fsck [VARIABLE=VALUE]: --repair, under $WRAP.
run_fsck() {
    # shellcheck disable=SC2086 # a list of words
    run $WRAP env -i BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$(database_url)" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" "$@" "$abs_top_builddir/sbin/imagenes-fsck" --repair
}

# --- what is erased ---

@test "zombie: what was staged is public again, and nobody's: it stays, as an orphan" {
    image 7 "$URL" x
    fault unlinkat:delay_enter=3000000:when=1
    begin_request DELETE /7
    wait_until staged_a
    wait_until refute_row 7
    mv "$PRODUCTOS/.removal-7-a.webp" "$PRODUCTOS/a.webp"
    finished
    assert_answer 500 'Error al eliminar la imagen del disco'
    assert_log cause 'a.webp was put back for a record that is gone: it is an orphan now'
    assert_public x
    refute_staged
    sleep 1.1
    imagenes_fsck --delete-orphans --older-than 0s --force
    assert_removed 7 a.webp
}

@test "zombie: what was staged was public again, and has gone before it could be asked after: 200" {
    image 7 "$URL" x
    fault unlinkat:delay_enter=2000000:when=1
    begin_request DELETE /7
    wait_until staged_a
    wait_until refute_row 7
    hold_open "SELECT pg_advisory_lock(1229801289, 7)"
    mv "$PRODUCTOS/.removal-7-a.webp" "$PRODUCTOS/a.webp"
    until_waiting 1
    rm "$PRODUCTOS/a.webp"
    hold_close
    finished
    assert_answer 200 "$MENSAJE"
    refute_log cause
    refute_staged
}

@test "zombie: what was staged is public again, for another record: it stays" {
    image 7 "$URL" x
    fault unlinkat:delay_enter=3000000:when=1
    begin_request DELETE /7
    wait_until staged_a
    wait_until refute_row 7
    mv "$PRODUCTOS/.removal-7-a.webp" "$PRODUCTOS/a.webp"
    sql "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '$URL')"
    finished
    assert_answer 200 "$MENSAJE" 'El archivo se conserva porque otra imagen lo utiliza'
    assert_public x
}
staged_a() { [ -e "$PRODUCTOS/.removal-7-a.webp" ]; }

@test "zombie: what was staged has been erased by somebody else, and a newer file has come: it stays" {
    image 7 "$URL" x
    fault unlinkat:delay_enter=3000000:when=1
    begin_request DELETE /7
    wait_until staged_a
    wait_until refute_row 7
    rm "$PRODUCTOS/.removal-7-a.webp"
    old_file "$PRODUCTOS/a.webp" nuevo
    finished
    assert_answer 200 "$MENSAJE"
    assert_public nuevo
}

@test "an upload that is still being written stays staged, and goes to the record that comes for it" {
    image 7 "$URL" ''
    exec 8>>"$PRODUCTOS/a.webp" # which does not even change it yet
    DELETE /7
    assert_answer 200 "$MENSAJE" "$LATER"
    assert_log cause 'a.webp stays staged as .removal-7-a.webp: it is being written'
    refute_row 7
    imagenes_fsck --repair
    assert_exists "$PRODUCTOS/.removal-7-a.webp"
    printf 'los bytes' >&8
    exec 8>&-
    sql "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '$URL')"
    imagenes_fsck --repair
    assert_public 'los bytes'
    refute_staged
}

@test "an upload that changes the file between the look and the erasing stays staged" {
    image 7 "$URL" x
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    printf nuevo >"$PRODUCTOS/.removal-7-a.webp" # open since before, and closed already
    commit_release
    finished
    assert_answer 200 "$MENSAJE" "$LATER"
    assert_equal "$(cat "$PRODUCTOS/.removal-7-a.webp")" nuevo
}

@test "imagenes-fsck keeps what was uploaded just before it was staged: its record may be to come" {
    image 7 "$URL"
    printf nuevo >"$PRODUCTOS/.removal-8-a.webp"
    printf nuevo >"$PRODUCTOS/.removal-9-b.webp"
    touch -d '1 hour ago' "$PRODUCTOS/.removal-9-b.webp"
    sql "DELETE FROM producto_imagenes"
    imagenes_fsck --repair
    assert_line --regexp '^staged url=".*/a.webp" id=8 action="none: kept for a time"$'
    assert_line --regexp '^staged url=".*/b.webp" id=9 action="erase"$'
    assert_equal "$status" 1
    assert_exists "$PRODUCTOS/.removal-8-a.webp"
}

# --- grace ---

@test "grace: a removed file stays staged, and a record that names it again gets it back" {
    image 7 "$URL" x
    DELETE /7 BALSAMOA_GRACE=1h
    assert_answer 200 "$MENSAJE" "$LATER"
    GRACE=1h imagenes_fsck --repair
    assert_equal "$status" 0
    assert_line --regexp 'action="none: kept for a time"'
    assert_exists "$PRODUCTOS/.removal-7-a.webp"
    sql "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '$URL')"
    GRACE=1h imagenes_fsck --repair
    assert_public x
    refute_staged
}

@test "grace: once it has passed, imagenes-fsck erases the file" {
    image 7 "$URL" x
    DELETE /7 BALSAMOA_GRACE=2s
    assert_answer 200 "$MENSAJE" "$LATER"
    sleep 2.1
    GRACE=2s imagenes_fsck --repair
    assert_equal "$status" 1
    assert_removed 7 a.webp
}

@test "500: a grace that is none" {
    local grace
    image 7 "$URL" x
    for grace in 7 -1d 7y d 7dd 999999d ' 7d'; do
        DELETE /7 BALSAMOA_GRACE="$grace"
        assert_answer 500 'Error de configuración del servidor'
        assert_log cause 'BALSAMOA_GRACE is .*'
    done
    assert_public x
}

# --- signals and limits that the server leaves ---

@test "a hung file server: the time limit ends the program, even if SIGALRM was ignored on entry" {
    image 7 "$URL" x
    WRAP='strace -qq -f -o /dev/null -e inject=renameat:delay_enter=8000000'
    run program DELETE /7 BALSAMOA_TIMEOUT_MS=3000 env --ignore-signal=ALRM
    assert_failure
    refute_output --partial 'Status: 200'
    assert_row 7
}

# No file server here can make our calls hang. Writing to a full pipe hangs as well.
@test "a call that hangs: the time limit ends the program, even if SIGALRM was ignored or blocked on entry" {
    local how status
    mkfifo "$BATS_TEST_TMPDIR/full"
    exec 8<>"$BATS_TEST_TMPDIR/full"
    dd if=/dev/zero of="$BATS_TEST_TMPDIR/full" bs=4096 oflag=nonblock 2>/dev/null || true
    for how in default-signal ignore-signal block-signal; do
        SECONDS=0 status=0
        WRAP='timeout 20' program DELETE /7 BALSAMOA_TIMEOUT_MS=3000 env "--$how=ALRM" \
            >&8 2>/dev/null || status=$?
        assert_equal "$status" 142 # by SIGALRM
        assert [ "$SECONDS" -le 5 ]
    done
    exec 8>&-
}

@test "a log as large as its limit allows is no reason to die" {
    image 7 "$URL" x
    # shellcheck disable=SC2016 # for the inner shell
    run program DELETE /7 bash -c 'ulimit -f 0; exec "$@" 2>"$0"' "$BATS_TEST_TMPDIR/full-log"
    assert_success
    assert_output --partial 'Status: 200'
    assert_removed 7 a.webp
}

# The record that the commit adds is found only on a connection that is not in a failed transaction.
@test "the look after the COMMIT fails: the truth is asked for on another connection" {
    photo 7
    sql "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS \$\$ BEGIN
             INSERT INTO producto_imagenes (id, producto_id, url) VALUES (8, 1, OLD.url);
             REVOKE EXECUTE ON FUNCTION pg_lock_status() FROM PUBLIC;
             RETURN NULL;
         END \$\$;
         CREATE CONSTRAINT TRIGGER at_commit AFTER DELETE ON producto_imagenes
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
    DELETE /7
    sql "GRANT EXECUTE ON FUNCTION pg_lock_status() TO PUBLIC"
    assert_answer 200 "$MENSAJE" 'El archivo se conserva porque otra imagen lo utiliza'
    refute_row 7
    assert_row 8
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}
