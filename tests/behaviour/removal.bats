# SPDX-License-Identifier: ISC
# The two phases: the order of the steps, what a failure puts back, and what a crash leaves to finish.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }

DATABASE='Error al eliminar la imagen de la base de datos'
SHARED='El archivo se conserva porque otra imagen lo utiliza'
NOT_ERASED='El archivo se retiró de su ubicación pública y se borrará más tarde'

staged() { [ -e "$(staged_file "$1")" ]; }
inode() { stat -c %i "$PRODUCTOS/$1.webp"; }

crash_before_commit() {
    photo "$@"
    stage "$@"
}

# --- in order ---

@test "the file is out of its public place before the record is, and still there to put back" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    assert_not_exists "$PRODUCTOS/7.webp"
    assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
    assert_row 7
    commit_release
    finished
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "a name too long for the image's id beside it is staged in a directory of its own" {
    photo 7 "$LONG_NAME"
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    assert_not_exists "$PRODUCTOS/$LONG_NAME"
    assert_equal "$(cat "$(staged_file 7 "$LONG_NAME")")" 'bytes of 7'
    commit_release
    finished
    assert_answer 200 "$MENSAJE"
    assert_removed 7 "$LONG_NAME"
}

@test "so is any on a file system of shorter names" {
    photo 7
    traced newfstatat
    DELETE /7
    photo 7
    fault "newfstatat:error=ENAMETOOLONG:when=$(first_traced newfstatat removal-7-)" unlinkat:error=EIO
    DELETE /7
    assert_answer 200 "$MENSAJE" "$NOT_ERASED"
    assert_file_exists "$PRODUCTOS/.removal-7/7.webp"
}

@test "stage, fsync, COMMIT, erase, answer: in this order and nothing after" {
    photo 7
    traced renameat,fsync,sendto,unlinkat,write
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_equal "$(sed -n -E 's/^(renameat|fsync|unlinkat|write\([12]).*/\1/p; s/^sendto.*\\0COMMIT.*/COMMIT/p' \
        "$BATS_TEST_TMPDIR/trace")" \
        "$(printf '%s\n' renameat fsync COMMIT unlinkat 'write(2' 'write(1')"
}

@test "two round trips after connecting" {
    photo 7
    traced sendto
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_equal "$(grep -c -E 'BEGIN|COMMIT|SELECT|DELETE' "$BATS_TEST_TMPDIR/trace")" 2
}

# --- refused ---

@test "a trigger refuses the delete: the file is never touched" {
    local before
    photo 7
    before=$(stat -c '%i %Z' "$PRODUCTOS/7.webp")
    refuse_delete 'no se borra /etc/passwd'
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_log sqlstate P0001
    assert_log cause 'no se borra /etc/passwd'
    assert_intact 7
    assert_equal "$(stat -c '%i %Z' "$PRODUCTOS/7.webp")" "$before"
}

@test "a foreign key refuses the delete: the file is never touched" {
    photo 7
    sql "CREATE TABLE portada (imagen INTEGER REFERENCES producto_imagenes (id));
         INSERT INTO portada VALUES (7)"
    DELETE /7
    sql "DROP TABLE portada"
    assert_answer 500 "$DATABASE"
    assert_log sqlstate 23503
    assert_intact 7
}

@test "a trigger keeps the record without a word: 500, not 404, after three attempts" {
    local attempts
    photo 7
    sql "CREATE SEQUENCE attempts"
    at_delete "PERFORM nextval('attempts'); RETURN NULL;"
    DELETE /7
    attempts=$(sql 'SELECT last_value FROM attempts; DROP SEQUENCE attempts')
    assert_answer 500 "$DATABASE"
    assert_equal "$attempts" 3
    assert_intact 7
}

@test "the commit is refused: the same file is back in its place" {
    local before
    photo 7
    before=$(inode 7)
    hold_commit refused
    commit_release
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_log sqlstate P0001
    assert_intact 7
    assert_equal "$(inode 7)" "$before"
}

# --- in doubt ---

@test "the backend is killed in COMMIT: the file is back" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'imagenes'"
    finished
    commit_release
    assert_answer 500 "$DATABASE"
    assert_log sqlstate 57P01
    assert_intact 7
}

@test "the server crashes in COMMIT and starts anew: it is waited for, and the file is back" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    sql "SELECT pid FROM pg_locks WHERE objid = 99 AND granted" | xargs kill -KILL
    finished
    hold_close || true
    assert_answer 500 "$DATABASE"
    assert_intact 7
}

# The last read from the database is the reply to COMMIT.
@test "the reply to a COMMIT that was done is lost: the truth is asked for, 200" {
    photo 7
    fault "recvfrom:error=ECONNRESET:when=$(nth recvfrom .)"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_log cause '.+'
    assert_removed 7
}

@test "the reply to a COMMIT is lost, and another record has the url by then: the file is back" {
    local last
    last=$(nth recvfrom .)
    photo 7
    sql "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
         INSERT INTO producto_imagenes (id, producto_id, url) VALUES (8, 1, OLD.url);
         RETURN NULL; END' SECURITY DEFINER;
         CREATE CONSTRAINT TRIGGER t AFTER DELETE ON producto_imagenes
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
    fault "recvfrom:error=ECONNRESET:when=$last"
    DELETE /7
    assert_answer 200 "$MENSAJE" "$SHARED"
    refute_row 7
    assert_row 8
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}

@test "the reply to COMMIT is lost and the database stays away: 500, the file stays staged" {
    photo 7
    fault "recvfrom:error=ECONNRESET:when=$(nth recvfrom .)+"
    DELETE /7 BALSAMOA_TIMEOUT_MS=3000
    assert_answer 500 "$DATABASE"
    staged 7
    assert_not_exists "$PRODUCTOS/7.webp"
    WRAP=
    DELETE /7
    assert_answer 404 'Imagen no encontrada'
}

# --- meanwhile ---

@test "a file uploaded under the same name meanwhile survives the commit" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    echo nuevo >"$PRODUCTOS/7.webp"
    commit_release
    finished
    assert_answer 200 "$MENSAJE"
    refute_row 7
    refute_staged
    assert_equal "$(cat "$PRODUCTOS/7.webp")" nuevo
}

@test "a file uploaded under the same name meanwhile survives a refused commit" {
    photo 7
    hold_commit refused
    begin_request DELETE /7
    until_waiting 1
    echo nuevo >"$PRODUCTOS/7.webp"
    commit_release
    finished
    assert_answer 500 "$DATABASE"
    assert_row 7
    refute_staged
    assert_equal "$(cat "$PRODUCTOS/7.webp")" nuevo
}

@test "a directory made under the same name meanwhile: the bytes stay staged" {
    photo 7
    hold_commit refused
    begin_request DELETE /7
    until_waiting 1
    mkdir "$PRODUCTOS/7.webp"
    commit_release
    finished
    assert_answer 500 "$DATABASE"
    assert_row 7
    staged 7
}

@test "a record with the same url inserted before the commit gets its file back" {
    local before
    photo 7
    before=$(inode 7)
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    image 8 /recursos/imagenes/productos/7.webp
    commit_release
    finished
    assert_answer 200 "$MENSAJE" "$SHARED"
    refute_row 7
    assert_row 8
    assert_equal "$(inode 7)" "$before"
    refute_staged
}

# --- crashed ---

@test "killed before the commit, rolled back: a repeated DELETE finishes" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    pkill -KILL -P "$removal" || kill -KILL "$removal"
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'imagenes'"
    commit_release
    staged 7
    assert_row 7
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "killed in a commit that is done: nothing at the url, the stage left to erase" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    pkill -KILL -P "$removal" || kill -KILL "$removal"
    commit_release
    wait_until refute_row 7
    assert_not_exists "$PRODUCTOS/7.webp"
    staged 7
    DELETE /7
    assert_answer 404 'Imagen no encontrada'
}

@test "a repeated DELETE that is refused puts back what the crash left staged" {
    crash_before_commit 7
    hold_commit refused
    commit_release
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_intact 7
}

@test "staged by a crash and uploaded again: a repeated DELETE leaves neither" {
    crash_before_commit 7
    echo nuevo >"$PRODUCTOS/7.webp"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "staged by a crash, and another record has the url: the file is back" {
    crash_before_commit 7
    image 8 /recursos/imagenes/productos/7.webp
    DELETE /7
    assert_answer 200 "$MENSAJE" "$SHARED"
    refute_row 7
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}

@test "another record needs what a crash has staged, and it cannot go back: 500, both stay" {
    crash_before_commit 7
    image 8 /recursos/imagenes/productos/7.webp
    fault renameat2:error=EIO
    DELETE /7
    assert_answer 500 'Error al eliminar la imagen del disco'
    assert_row 7
    staged 7
}

@test "the commit is refused, and there was no file: 500, nothing to put back" {
    image 7 /recursos/imagenes/productos/7.webp
    hold_commit refused
    commit_release
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_row 7
    refute_staged
}

@test "waiting for the database is interrupted: it goes on" {
    local n
    for n in 1 2 3 4; do
        photo 7
        fault "poll:error=EINTR:when=$n"
        DELETE /7
        assert_answer 200 "$MENSAJE"
        assert_removed 7
    done
}

@test "an empty stage left by a crash goes, whether the file is there or not" {
    photo 7 "$LONG_NAME"
    mkdir "$PRODUCTOS/.removal-7"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7 "$LONG_NAME"
    image 8 "/recursos/imagenes/productos/$LONG_NAME"
    mkdir "$PRODUCTOS/.removal-8"
    DELETE /8
    assert_answer 200 "$MENSAJE" 'El archivo ya no existía en el disco'
    assert_removed 8 "$LONG_NAME"
}

@test "another image's stage is left alone" {
    crash_before_commit 8
    photo 7
    DELETE /7
    assert_answer 200 "$MENSAJE"
    staged 8
    assert_row 8
}

# --- what a file system may do ---

@test "erasing fails after the commit: 200, and the answer says so" {
    photo 7
    fault unlinkat:error=EIO
    DELETE /7
    assert_answer 200 "$MENSAJE" "$NOT_ERASED"
    assert_log outcome removed-not-erased
    assert_log cause '.*Input/output error.*'
    refute_row 7
    assert_not_exists "$PRODUCTOS/7.webp"
    staged 7
}

@test "a directory that cannot be synced has nothing to sync: EINVAL is fine" {
    photo 7
    fault fsync:error=EINVAL
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "no RENAME_NOREPLACE (NFS, old kernels): a file goes all the same" {
    local error
    for error in EINVAL ENOSYS; do
        photo 7
        fault "renameat2:error=$error"
        DELETE /7
        assert_answer 200 "$MENSAJE"
        assert_removed 7
    done
}

@test "no RENAME_NOREPLACE, a crash between link and unlink: one file under both names, both go" {
    photo 7
    ln "$PRODUCTOS/7.webp" "$(staged_file 7)"
    fault renameat2:error=EINVAL
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "one file under both names, and the directory cannot be listed: 500, both stay" {
    photo 7
    ln "$PRODUCTOS/7.webp" "$(staged_file 7)"
    fault getdents64:error=EIO
    DELETE /7
    assert_answer 500 'Error al eliminar la imagen del disco'
    assert_log cause 'stage 7.webp as .removal-7-7.webp: Input/output error'
    assert_row 7
    assert_equal "$(stat -c %h "$PRODUCTOS/7.webp" "$(staged_file 7)")" $'2\n2'
}

# As on a mount that still sees a file that another host has moved away. tests/store/glusterfs.bats has a
# real one.
@test "one file under both names, the public one seen and not listed: neither name is ever removed" {
    photo 7
    ln "$PRODUCTOS/7.webp" "$(staged_file 7)"
    hold_commit refused
    commit_release
    fault getdents64:retval=0
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_log cause '.*7.webp stays staged as .removal-7-7.webp: File exists'
    assert_row 7
    assert_equal "$(stat -c %h "$PRODUCTOS/7.webp" "$(staged_file 7)")" $'2\n2'
}

@test "one file under both names, and an upload comes to the public one: the upload is kept" {
    photo 7
    ln "$PRODUCTOS/7.webp" "$(staged_file 7)"
    fault unlinkat:delay_enter=2000000:when=1
    begin_request DELETE /7
    wait_until in_removal
    old_file "$PRODUCTOS/subida" nuevo
    mv "$PRODUCTOS/subida" "$PRODUCTOS/7.webp"
    finished
    assert_answer 200 "$MENSAJE" "$NOT_ERASED"
    assert_equal "$(cat "$(staged_file 7)")" nuevo
}
# It has deleted the record and not committed, and is about to move its file.
in_removal() {
    [ "$(sql "SELECT count(*) FROM pg_stat_activity
              WHERE usename = 'imagenes' AND state = 'idle in transaction'")" -eq 1 ]
}

@test "no RENAME_NOREPLACE, the commit refused: the file is back by link and unlink" {
    local error inode
    for error in EINVAL ENOSYS; do
        photo 7
        inode=$(stat -c %i "$PRODUCTOS/7.webp")
        hold_commit refused
        commit_release
        fault renameat2:error=$error
        DELETE /7
        sql "DROP FUNCTION at_commit() CASCADE"
        assert_answer 500 "$DATABASE"
        assert_intact 7
        assert_equal "$(stat -c %i "$PRODUCTOS/7.webp")" "$inode"
        sql "DELETE FROM producto_imagenes"
    done
}

@test "link made and unlink refused: the link is undone, the file stays staged" {
    photo 7
    hold_commit refused
    commit_release
    fault renameat2:error=EINVAL unlinkat:error=EIO:when=1
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_log cause '.*7.webp stays staged as .removal-7-7.webp: Input/output error'
    assert_not_exists "$PRODUCTOS/7.webp"
    assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
    assert_row 7
}

@test "fsync after putting back, before the answer" {
    photo 7
    hold_commit refused
    commit_release
    traced renameat,renameat2,fsync,write
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_equal "$(sed -nE 's/^(renameat2?|fsync|write\([12]).*/\1/p' "$BATS_TEST_TMPDIR/trace")" \
        "$(printf '%s\n' renameat fsync renameat2 fsync 'write(2' 'write(1')"
    assert_intact 7
}

@test "neither RENAME_NOREPLACE nor links: a file goes; one whose commit is refused stays staged" {
    photo 7
    fault renameat2:error=EINVAL linkat:error=EPERM
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    photo 7
    hold_commit refused
    commit_release
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_log cause '.*7.webp stays staged as .removal-7-7.webp: Operation not permitted'
    staged 7
    assert_row 7
}

@test "putting back fails: the bytes stay staged, and a repeated DELETE finishes" {
    photo 7
    hold_commit refused
    commit_release
    fault renameat2:error=EIO
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_log cause '.*7.webp stays staged as .removal-7-7.webp: Input/output error'
    staged 7
    assert_row 7
    sql "DROP FUNCTION at_commit() CASCADE"
    WRAP=
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

# --- a set ---

remove_set() {
    env -i BALSAMOA_AUTH=none BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$(database_url)" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}" "$abs_top_builddir/tests/behaviour/remove-set" "$@" \
        2>"$BATS_TEST_TMPDIR/log"
}

@test "a set is removed in one transaction, each image with its outcome" {
    photo 7
    photo 8
    image 10 https://cdn.example.com/a.webp
    image 11 /recursos/imagenes/productos/nada.webp
    photo 12
    image 13 /recursos/imagenes/productos/12.webp
    run remove_set 12 10 9 8 7 11
    assert_output "$(printf '%s\n' removed-file-shared '12 removed-file-shared' \
        '10 removed-url-external' '9 not-found' '8 removed' '7 removed' '11 removed-file-absent')"
    assert_removed 7
    assert_removed 8
    refute_row 12
    assert_row 13
    assert_file_exists "$PRODUCTOS/12.webp"
}

@test "a set waits for who may insert a record of a staged file, whichever of its images that is of" {
    local ids
    for ids in '10 7' '7 10'; do
        shop_reset
        photo 7
        image 10 https://cdn.example.com/a.webp
        hold_open "BEGIN; INSERT INTO producto_imagenes (id, producto_id, url)
            VALUES (8, 1, '/recursos/imagenes/productos/7.webp')"
        # shellcheck disable=SC2086 # a list of words
        run remove_set $ids
        hold_close
        assert_line '7 removed-not-erased'
        assert_line '10 removed-url-external'
        rm "$(staged_file 7)"
    done
}

@test "a set whose first image has no record" {
    photo 7
    run remove_set 9 7
    assert_output "$(printf '%s\n' removed '9 not-found' '7 removed')"
    assert_removed 7
}

@test "a set with all the records of one file takes the file" {
    photo 7 shared.webp
    image 8 /recursos/imagenes/productos/shared.webp
    run remove_set 7 8
    assert_output "$(printf '%s\n' removed '7 removed' '8 removed')"
    assert_removed 7 shared.webp
    refute_row 8
}

@test "one file of a set cannot go: none goes" {
    photo 7
    photo 8
    mkdir "$(staged_file 8)"
    run remove_set 7 8
    rmdir "$(staged_file 8)"
    assert_line --index 0 disk-error
    assert_intact 7
    assert_intact 8
}

@test "the commit of a set is refused: every file is back" {
    photo 7
    photo 8
    hold_commit refused
    commit_release
    run remove_set 7 8
    assert_line --index 0 database-error
    assert_intact 7
    assert_intact 8
}

# set_waits LOCK IMAGE...: the removal of a set waits for this advisory lock. Sets $removal.
set_waits() {
    hold_open "SELECT pg_advisory_lock($1)"
    remove_set "${@:2}" >/dev/null 3>&- 9>&- &
    removal=$!
    until_waiting 1
}

# The advisory locks that the program holds.
locks_held() {
    sql "SELECT classid || ' ' || objid::int8 FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE usename = 'imagenes' AND locktype = 'advisory' AND granted ORDER BY 1"
}

@test "the ids of a set are locked in ascending order" {
    photo 7
    photo 9
    set_waits '1229801289, 7' 9 7
    assert_equal "$(locks_held)" ''
    hold_close
    wait "$removal"
    assert_removed 7
    assert_removed 9
}

@test "the urls of a set are locked in the order of their locks, after all ids" {
    local dir=/recursos/imagenes/productos
    photo 7 "$(sql "SELECT name FROM (VALUES ('a'), ('b')) AS names (name)
        ORDER BY hashtext('$dir/' || name) DESC LIMIT 1")"
    photo 9 "$(sql "SELECT name FROM (VALUES ('a'), ('b')) AS names (name)
        ORDER BY hashtext('$dir/' || name) LIMIT 1")"
    set_waits "$(sql "SELECT '1229801301, ' || hashtext(url) FROM producto_imagenes WHERE id = 9")" 7 9
    assert_equal "$(locks_held)" $'1229801289 7\n1229801289 9'
    hold_close
    wait "$removal"
    assert_equal "$(ls -A "$PRODUCTOS")" ''
}
