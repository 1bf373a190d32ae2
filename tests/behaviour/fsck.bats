# SPDX-License-Identifier: ISC
# imagenes-fsck: what it finds, what it repairs, what it leaves alone.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }
teardown() { chmod -R u+rwx "$ROOT"; }

FSCK=$abs_top_builddir/sbin/imagenes-fsck
DIR=/recursos/imagenes/productos

# assert_fsck STATUS LINE...: the exit status, and every finding in this order.
assert_fsck() {
    assert_equal "$status" "$1"
    shift
    assert_equal "$(sed '$d' <<<"$output" | sed -E 's/ "(size|age)=[0-9]+//')" "$(printf '%s\n' "$@")"
}

# while_held STATEMENT OPTIONS COMMAND...: runs COMMAND while imagenes-fsck waits for the lock that
# STATEMENT takes. Sets $found: the exit status and the output.
while_held() {
    hold_open "BEGIN; $1"
    # shellcheck disable=SC2086 # a list of words
    { fsck $2 && echo "$status $output"; } >"$BATS_TEST_TMPDIR/fsck" 3>&- &
    until_waiting 1
    "${@:3}"
    hold_close COMMIT
    wait
    found=$(<"$BATS_TEST_TMPDIR/fsck")
}

# while_locked NAME OPTIONS COMMAND...: the same for the lock of NAME's url.
while_locked() {
    while_held "SELECT pg_advisory_xact_lock(1229801301, hashtext('$DIR/$1'))" "${@:2}"
}

age() { touch -d "$1" "$2"; }

@test "a clean shop: status 0, nothing but the summary" {
    photo 7
    photo 8 'Hoodie Basic Blanco.webp'
    image 9 "$DIR/7.webp"
    image 10 https://cdn.example.com/a.webp
    image 11 /recursos/logo.svg x
    fsck
    assert_equal "$status" 0
    assert_output '5 records, 3 files, 0 findings'
}

@test "records without a file, before, between and after the files" {
    local name
    photo 7 b.webp
    photo 8 d.webp
    for name in a c e; do image "1$(printf %d "'$name")" "$DIR/$name.webp"; done
    image 9 /recursos/otro/f.webp
    fsck
    assert_fsck 12 "missing-file url=\"$DIR/a.webp\" id=197" "missing-file url=\"$DIR/c.webp\" id=199" \
        "missing-file url=\"$DIR/e.webp\" id=1101" 'unknown url="/recursos/otro/f.webp"'"\
 cause=\"open /recursos/otro/f.webp: No such file or directory\""
}

@test "the order of names is that of whole paths: a.webp, a/b.webp, a0.webp" {
    image 7 "$DIR/a.webp" x
    image 8 "$DIR/a/b.webp" x
    image 9 "$DIR/a0.webp" x
    image 10 "$DIR/a-b/c.webp" x
    fsck
    assert_output '4 records, 4 files, 0 findings'
}

file_returns() { echo x >"$PRODUCTOS/a.webp"; }
nothing_can_be_seen() { chmod 000 "$PRODUCTOS"; }

@test "a record without a file, which a removal puts back just then; or that can no more be seen" {
    image 7 "$DIR/a.webp"
    while_locked a.webp '' nothing_can_be_seen
    assert_equal "$found" "8 unknown url=\"$DIR/a.webp\" cause=\"open $DIR/a.webp: Permission denied\"
1 records, 0 files, 1 findings"
    chmod 755 "$PRODUCTOS"
    while_locked a.webp '' file_returns
    assert_equal "$found" '0 1 records, 0 files, 0 findings'
}

@test "files without a record, only beneath the directory, with size and age" {
    photo 7
    printf 12345 >"$PRODUCTOS/huérfano 1.webp"
    touch "$ROOT/recursos/logo.svg" "$PRODUCTOS/.htaccess"
    mkdir "$ROOT/recursos/imagenes/marcas"
    touch "$ROOT/recursos/imagenes/marcas/b.webp"
    fsck
    assert_equal "$status" 4
    assert_line --index 0 --regexp "^orphan-file url=\"$DIR/huérfano 1.webp\" size=5 age=[0-9]+\$"
    assert_equal "${#lines[@]}" 2
    fsck recursos/imagenes/marcas/
    assert_line --index 0 --regexp '^orphan-file url="/recursos/imagenes/marcas/b.webp" size=0 age='
    assert_equal "${#lines[@]}" 2
    fsck /recursos
    assert_equal "${#lines[@]}" 4
}

@test "a report changes nothing" {
    local before
    photo 7
    photo 8
    stage 7
    stage 8
    sql "DELETE FROM producto_imagenes WHERE id = 8"
    touch -d '30 days ago' "$PRODUCTOS/huérfano.webp"
    image 9 "$DIR/nada.webp"
    mkdir "$PRODUCTOS/.removal-10"
    before=$(find "$ROOT" -printf '%p %i %C@\n' | sort)
    fsck
    assert_equal "$status" 4
    assert_equal "$(find "$ROOT" -printf '%p %i %C@\n' | sort)" "$before"
    assert_line "staged url=\"$DIR/7.webp\" id=7 action=\"would put back\""
    assert_line "staged url=\"$DIR/8.webp\" id=8 action=\"would erase\""
    assert_line "empty-stage url=\"$DIR/.removal-10\""
    assert_line "missing-file url=\"$DIR/nada.webp\" id=9"
    assert_line --regexp "orphan-file url=\"$DIR/huérfano.webp\""
    assert_equal "${#lines[@]}" 6
}

@test "--repair: with its record a staged file goes back, without it is erased" {
    local inode
    photo 7
    photo 8
    photo 9
    inode=$(stat -c %i "$PRODUCTOS/7.webp")
    stage 7
    stage 8
    mkdir "$PRODUCTOS/.removal-9"
    sql "DELETE FROM producto_imagenes WHERE id = 8"
    fsck --repair
    assert_fsck 1 "staged url=\"$DIR/7.webp\" id=7 action=\"put back\"" \
        "staged url=\"$DIR/8.webp\" id=8 action=\"erase\""
    assert_intact 7
    assert_removed 8
    assert_intact 9
    assert_equal "$(stat -c %i "$PRODUCTOS/7.webp")" "$inode"
    fsck
    assert_equal "$status" 0
}

@test "--repair: so does one that is staged in a directory of its own" {
    photo 7 "$LONG_NAME"
    stage 7 "$LONG_NAME"
    fsck
    assert_fsck 4 "staged url=\"$DIR/$LONG_NAME\" id=7 action=\"would put back\""
    fsck --repair
    assert_fsck 1 "staged url=\"$DIR/$LONG_NAME\" id=7 action=\"put back\""
    assert_intact 7 "$LONG_NAME"
    stage 7 "$LONG_NAME"
    sql "DELETE FROM producto_imagenes"
    fsck --repair
    assert_fsck 1 "staged url=\"$DIR/$LONG_NAME\" id=7 action=\"erase\""
    assert_removed 7 "$LONG_NAME"
}

@test "--repair: without its record but with another of the same url, it goes back" {
    photo 7
    stage 7
    sql "DELETE FROM producto_imagenes WHERE id = 7"
    image 8 "$DIR/7.webp"
    fsck --repair
    assert_equal "$status" 1
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}

@test "--repair: a file uploaded meanwhile stays, with the record and without" {
    photo 7
    photo 8
    stage 7
    stage 8
    echo nuevo | tee "$PRODUCTOS/7.webp" >"$PRODUCTOS/8.webp"
    sql "DELETE FROM producto_imagenes WHERE id = 8"
    fsck
    assert_line "staged url=\"$DIR/7.webp\" id=7 action=\"would erase: a newer file is in its place\""
    fsck --repair
    assert_line "staged url=\"$DIR/7.webp\" id=7 action=\"erase: a newer file is in its place\""
    assert_line "staged url=\"$DIR/8.webp\" id=8 action=\"erase\""
    assert_equal "$(cat "$PRODUCTOS/7.webp" "$PRODUCTOS/8.webp")" $'nuevo\nnuevo'
    refute_staged
}

@test "--repair: of two staged files of a name the newest goes back, and the other is erased" {
    photo 7
    stage 7
    old_file "$PRODUCTOS/.removal-6-7.webp" viejo
    sleep 0.1
    touch "$(staged_file 7)"
    fsck --repair
    assert_fsck 1 "staged url=\"$DIR/7.webp\" id=6 action=\"erase: a newer file is in its place\""
    assert_intact 7
}

@test "--repair: a way back that was cut off between link and unlink is no erasure" {
    photo 7
    ln "$PRODUCTOS/7.webp" "$PRODUCTOS/.removal-7-7.webp"
    fsck --repair
    assert_fsck 1 "staged url=\"$DIR/7.webp\" id=7 action=\"put back\""
    assert_intact 7
}

@test "--repair finds stages anywhere beneath recursos" {
    image 7 /recursos/a.webp x
    mv "$ROOT/recursos/a.webp" "$ROOT/recursos/.removal-7-a.webp"
    fsck --repair
    assert_equal "$status" 1
    assert_file_exists "$ROOT/recursos/a.webp"
    refute_staged
}

# Of 7, 8 and 9, one is refused, and two are removed.
removals_end() {
    mv "$(staged_file 7)" "$PRODUCTOS/7.webp"
    sql "DELETE FROM producto_imagenes WHERE id IN (8, 9)"
    rm -r "$(staged_file 8)" "$PRODUCTOS/.removal-9" "$PRODUCTOS/.removal-10"
}

@test "removals that end once their stages have been seen: nothing is found" {
    photo 7
    photo 8
    photo 9 "$LONG_NAME"
    stage 7
    stage 8
    stage 9 "$LONG_NAME"
    mkdir "$PRODUCTOS/.removal-10"
    touch "$PRODUCTOS/!.webp" # before the stages, and asked after
    while_locked '!.webp' --repair removals_end
    assert_regex "$found" "^4 orphan-file url=\"$DIR/!.webp\" [^
]*
3 records, 1 files, 1 findings\$"
    assert_intact 7
}

@test "a removal that is alive is left alone" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    fsck --repair
    assert_fsck 0 "staged url=\"$DIR/7.webp\" id=7 action=\"none: a removal is under way\""
    assert_exists "$(staged_file 7)"
    commit_release
    finished
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "so is one that waits for another record of the file, and what it has only begun" {
    photo 7
    stage 7
    hold_open "SELECT pg_advisory_lock(1229801301, hashtext('$DIR/7.webp'))"
    fsck --repair
    hold_close
    assert_fsck 0 "staged url=\"$DIR/7.webp\" id=7 action=\"none: a removal is under way\""
    mkdir "$PRODUCTOS/.removal-8"
    hold_open "SELECT pg_advisory_lock(1229801289, 8)"
    fsck --repair
    hold_close
    refute_output --partial empty-stage
    assert_dir_exists "$PRODUCTOS/.removal-8"
}

@test "an empty stage that cannot be removed is left" {
    mkdir "$PRODUCTOS/.removal-8"
    chmod 555 "$PRODUCTOS"
    fsck --repair
    assert_fsck 12 "empty-stage url=\"$DIR/.removal-8\""
}

@test "an erasure that failed after the commit is finished" {
    photo 7
    fault unlinkat:error=EIO
    DELETE /7
    assert_log outcome removed-not-erased
    WRAP='' fsck --repair
    assert_fsck 1 "staged url=\"$DIR/7.webp\" id=7 action=\"erase\""
    assert_removed 7
}

@test "a stage's name that no removal gives to such an entry is reported and left" {
    local before directory file
    for directory in 7/dir 7-7.webp x 007; do mkdir -p "$PRODUCTOS/.removal-$directory"; done
    for file in 8 9- x-9.webp 9-.removal-9-9.webp; do touch "$PRODUCTOS/.removal-$file"; done
    before=$(find "$ROOT" | sort)
    fsck --repair
    assert_fsck 4 "not-a-file url=\"$DIR/.removal-007\"" "not-a-file url=\"$DIR/.removal-7-7.webp\"" \
        "not-a-file url=\"$DIR/.removal-7/dir\"" "not-a-file url=\"$DIR/.removal-8\"" \
        "not-a-file url=\"$DIR/.removal-9-\"" \
        "not-a-file url=\"$DIR/.removal-9-.removal-9-9.webp\"" \
        "not-a-file url=\"$DIR/.removal-x-9.webp\"" "not-a-file url=\"$DIR/.removal-x\""
    assert_equal "$(find "$ROOT" ! -name .removal-database | sort)" "$before"
}

@test "a file in a directory of a stage's own that does not need one is reported and left" {
    photo 7
    mkdir "$PRODUCTOS/.removal-7"
    mv "$PRODUCTOS/7.webp" "$PRODUCTOS/.removal-7/"
    fsck --repair
    assert_fsck 4 "odd-name url=\"$DIR/.removal-7/7.webp\"" \
        "missing-file url=\"$DIR/7.webp\" id=7"
    assert_file_exists "$PRODUCTOS/.removal-7/7.webp"
}

@test "a read-only store: each repair is tried, ten fail, no more are tried" {
    local i
    for i in {1..15}; do
        photo "$i"
        stage "$i"
    done
    chmod 555 "$PRODUCTOS"
    fsck --repair
    assert_equal "$status" 12
    assert_equal "$(grep -c 'cause="' <<<"$output")" 10
    assert_equal "$(grep -c 'action="would put back"' <<<"$output")" 5
    chmod 755 "$PRODUCTOS"
    fsck --repair
    assert_equal "$status" 1
    refute_staged
}

@test "a read-only store: so it is with orphans" {
    local i
    for i in {1..15}; do touch "$PRODUCTOS/viejo $i.webp"; done
    sleep 2.1
    chmod 555 "$PRODUCTOS"
    fsck --delete-orphans --older-than 1s --force
    assert_equal "$status" 12
    assert_equal "$(grep -c 'cause="stage viejo .*Permission denied"' <<<"$output")" 10
    assert_equal "$(grep -c '^orphan-file' <<<"$output")" 15
}

@test "the database goes away: what hangs on its word is left, and waited for once" {
    photo 7
    stage 7
    mkdir "$PRODUCTOS/.removal-8"
    image 9 "$DIR/nada.webp"
    touch "$PRODUCTOS/huérfano.webp"
    traced connect
    fsck
    fault sendto:error=EPIPE:when=5 \
        "connect:error=ECONNREFUSED:when=$(($(wc -l <"$BATS_TEST_TMPDIR/trace") + 1))+"
    fsck BALSAMOA_TIMEOUT_MS=3000 --repair
    WRAP=
    assert_equal "$status" 12
    assert_line --regexp "^staged url=\"$DIR/7.webp\" id=7 action=\"none\" cause="
    assert_line "empty-stage url=\"$DIR/.removal-8\""
    assert_line --regexp "^unknown url=\"$DIR/nada.webp\" cause=.+"
    assert_line --regexp "^unknown url=\"$DIR/huérfano.webp\" cause=.+"
    assert_line --partial ' 4 findings'
    assert_file_exists "$(staged_file 7)"
    assert_dir_exists "$PRODUCTOS/.removal-8"
}

@test "a role that may connect only once: status 8" {
    sql "ALTER ROLE imagenes CONNECTION LIMIT 1"
    fsck
    sql "ALTER ROLE imagenes CONNECTION LIMIT 100"
    assert_equal "$status" 8
    # shellcheck disable=SC2154 # run sets it
    assert_regex "$stderr" 'too many connections'
}

@test "--delete-orphans spares fresh files, other directories, links, dotfiles and stages" {
    photo 7
    touch -d '30 days ago' "$PRODUCTOS/viejo.webp" "$ROOT/recursos/logo.svg" "$PRODUCTOS/.viejo"
    ln -s /etc/passwd "$PRODUCTOS/enlace.webp"
    photo 8
    stage 8
    sql "DELETE FROM producto_imagenes WHERE id = 8"
    fsck --delete-orphans --older-than 1s --force
    assert_file_exists "$PRODUCTOS/viejo.webp" # its ctime is now: mtime alone proves nothing
    assert_line --regexp "^orphan-file url=\"$DIR/viejo.webp\" size=0 age=[0-9]{1,2}\$"
    sleep 2.1
    touch "$PRODUCTOS/fresco.webp"
    fsck --delete-orphans --older-than 1s --max-share 50
    assert_not_exists "$PRODUCTOS/viejo.webp"
    assert_file_exists "$PRODUCTOS/fresco.webp"
    assert_file_exists "$ROOT/recursos/logo.svg"
    assert_file_exists "$PRODUCTOS/.viejo"
    assert_link_exists "$PRODUCTOS/enlace.webp"
    assert_file_exists "$(staged_file 8)"
    assert_line --regexp "orphan-file url=\"$DIR/viejo.webp\" size=0 age=[0-9]+ action=\"erase\""
    assert_file_exists "$PRODUCTOS/7.webp"
}

@test "--delete-orphans asks again under the url's lock: a record made meanwhile saves its file" {
    touch "$PRODUCTOS/viejo.webp"
    sleep 1.1
    hold_open "BEGIN; SELECT pg_advisory_xact_lock(1229801301, hashtext('$DIR/viejo.webp'));
        INSERT INTO producto_imagenes (producto_id, url) VALUES (1, '$DIR/viejo.webp')"
    fsck --delete-orphans --older-than 0s --force 3>&- &
    until_waiting 1
    hold_close COMMIT
    wait
    assert_file_exists "$PRODUCTOS/viejo.webp"
}

# while_waiting COMMAND...: runs COMMAND while imagenes-fsck waits for the lock of the url of viejo.webp,
# an old orphan.
while_waiting() {
    touch "$PRODUCTOS/viejo.webp"
    sleep 4.1 # so that a slow machine does not take for old what COMMAND makes
    while_locked viejo.webp '--delete-orphans --older-than 3s --force' "$@"
}

@test "--delete-orphans looks again under the url's lock: a file written anew meanwhile stays" {
    while_waiting tee "$PRODUCTOS/viejo.webp" <<<nuevo
    assert_equal "$(cat "$PRODUCTOS/viejo.webp")" nuevo
    assert_regex "$found" 'cause="[^"]*viejo.webp has changed meanwhile"'
}

@test "--delete-orphans: so does one that is as old as before, and yet another" {
    while_waiting touch -d '30 days ago' "$PRODUCTOS/viejo.webp"
    assert_file_exists "$PRODUCTOS/viejo.webp"
    assert_regex "$found" 'cause="[^"]*viejo.webp has changed meanwhile"'
}

@test "--delete-orphans: one that cannot be looked at again stays" {
    local third
    touch "$PRODUCTOS/viejo.webp"
    sleep 2.1
    traced newfstatat
    fsck --delete-orphans --older-than 1s --force
    assert_not_exists "$PRODUCTOS/viejo.webp"
    third=$(matching_calls newfstatat '"viejo.webp"' | sed -n 3p) # to count, to report, to erase
    touch "$PRODUCTOS/viejo.webp"
    sleep 2.1
    fault "newfstatat:error=EIO:when=$third"
    fsck --delete-orphans --older-than 1s --force
    assert_equal "$status" 12
    assert_file_exists "$PRODUCTOS/viejo.webp"
    assert_line --regexp 'orphan-file .* cause="stat .*viejo.webp: Input/output error"'
}

@test "--delete-orphans: a file that goes meanwhile has gone" {
    while_waiting rm "$PRODUCTOS/viejo.webp"
    assert_equal "$found" '0 0 records, 1 files, 0 findings'
}

# aside COMMAND...: runs COMMAND while imagenes-fsck has viejo.webp, an orphan, aside. Sets $found.
aside() {
    photo 900
    touch "$PRODUCTOS/viejo.webp"
    sleep 1.1
    stop_at renameat
    { fsck --delete-orphans --older-than 0s --max-share 100 && echo "$status $output"; } \
        >"$BATS_TEST_TMPDIR/fsck" 3>&- &
    wait_until stopped
    run "$@"
    go_on
    wait
    assert_success
    found=$(<"$BATS_TEST_TMPDIR/fsck")
}
url_is_locked() {
    [ "$(sql "SELECT pg_try_advisory_lock(1229801301, hashtext('$DIR/viejo.webp'))")" = f ]
}

@test "--delete-orphans holds the lock of its url while the orphan is aside" {
    aside url_is_locked
    assert_regex "$found" '^1 orphan-file .* action="erase"'
    assert_not_exists "$PRODUCTOS/viejo.webp"
    refute_staged
}

@test "--delete-orphans: a record that comes while it is aside saves its file" {
    aside image 7 "$DIR/viejo.webp"
    assert_regex "$found" '^4 '
    assert_exists "$PRODUCTOS/viejo.webp"
    refute_staged
}

@test "--delete-orphans: where the directory cannot be synced, the orphan goes back" {
    touch "$PRODUCTOS/viejo.webp"
    sleep 1.1
    fault fsync:error=EIO
    fsck --delete-orphans --older-than 0s --force
    assert_equal "$status" 12
    assert_line --regexp 'orphan-file .* cause="fsync of the directory of viejo.webp: Input/output error"'
    assert_exists "$PRODUCTOS/viejo.webp"
    refute_staged
}

# late_before CALL OPTION...: imagenes-fsck reads the last answer before its last CALL only after its
# time is over. Its locks may be lost by then.
late_before() {
    local n
    traced "recvfrom,$1"
    fsck "${@:2}"
    n=$(tac "$BATS_TEST_TMPDIR/trace" | sed "1,/^$1(/d" | grep -c '^recvfrom(')
    [ "$n" -gt 0 ]
    "$again"
    traced "recvfrom,$1"
    WRAP+=" -e inject=recvfrom:delay_exit=3500000:when=$n"
    fsck BALSAMOA_TIMEOUT_MS=3000 "${@:2}"
}
old_orphan() {
    touch "$PRODUCTOS/viejo.webp"
    sleep 1.1
}
empty_stage() { mkdir "$PRODUCTOS/.removal-8"; }

@test "--delete-orphans: the locks may have been lost before an orphan is moved: it is not" {
    local again=old_orphan
    old_orphan
    late_before renameat --delete-orphans --older-than 0s --force
    assert_line --regexp 'orphan-file .* action="erase" cause="the locks may have been lost meanwhile[";]'
    assert_exists "$PRODUCTOS/viejo.webp"
    refute_regex "$(cat "$BATS_TEST_TMPDIR/trace")" renameat
}

@test "--delete-orphans: the locks may have been lost before an orphan is erased: it goes back" {
    local again=old_orphan
    old_orphan
    late_before unlinkat --delete-orphans --older-than 0s --force
    assert_line --regexp 'orphan-file .* action="erase" cause="the locks may have been lost meanwhile[";]'
    assert_exists "$PRODUCTOS/viejo.webp"
    refute_staged
}

@test "--repair: the locks may have been lost before an empty stage is removed: it is not" {
    local again=empty_stage
    empty_stage
    late_before unlinkat --repair
    assert_line "empty-stage url=\"$DIR/.removal-8\""
    assert_dir_exists "$PRODUCTOS/.removal-8"
}

@test "--delete-orphans: a record that comes once the database has been asked: its file never leaves its place" {
    local n
    old_orphan
    traced recvfrom
    fsck --delete-orphans --older-than 0s --force
    assert_not_exists "$PRODUCTOS/viejo.webp"
    n=$(matching_calls recvfrom BEGIN | sed -n 2p) # the first asks after other spellings
    old_orphan
    stop_at "recvfrom:when=$n"
    { fsck --delete-orphans --older-than 0s --force && echo "$status $output"; } \
        >"$BATS_TEST_TMPDIR/fsck" 3>&- &
    wait_until stopped
    image 7 "$DIR/viejo.webp"
    go_on
    wait
    assert_regex "$(<"$BATS_TEST_TMPDIR/fsck")" '^4 orphan-file .* action="erase"'
    assert_exists "$PRODUCTOS/viejo.webp"
    run -1 grep '^renameat(' "$BATS_TEST_TMPDIR/trace"
}

@test "--repair: a record that comes once the database has been asked gets its file back" {
    local n
    photo 7
    stage 7
    traced recvfrom
    fsck --repair
    n=$(first_traced recvfrom BEGIN)
    stage 7
    sql 'DELETE FROM producto_imagenes'
    stop_at "recvfrom:when=$n"
    { fsck --repair && echo "$status $output"; } >"$BATS_TEST_TMPDIR/fsck" 3>&- &
    wait_until stopped
    image 8 "$DIR/7.webp"
    go_on
    wait
    assert_regex "$(<"$BATS_TEST_TMPDIR/fsck")" "^1 staged url=\"$DIR/7.webp\" id=7 action=\"put back\""
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}

@test "a database with a linguistic collation: records and files come in one order" {
    local name i=0 other
    sql "CREATE DATABASE linguistica TEMPLATE template0 LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'es'" ||
        skip 'this PostgreSQL has no ICU'
    PGDATABASE=linguistica "$PGBIN/psql" -Xq -f "$abs_top_srcdir/sql/schema.sql" \
        -f "$abs_top_srcdir/sql/grants.sql"
    PGDATABASE=linguistica sql "INSERT INTO productos (nombre, precio) VALUES ('x', 1)"
    for name in a.webp a/b.webp a0.webp a-b/c.webp B.webp Ñandú.webp ñandú.webp 'a b.webp' _.webp; do
        i=$((i + 1))
        PGDATABASE=linguistica image "$i" "$DIR/$name" x
    done
    assert_equal "$(PGDATABASE=linguistica sql "SELECT 'a' < 'B'")" t
    other=$(database_url)
    sleep 1.1
    # Out of order, records and files would not match, and there would be too many findings.
    fsck DATABASE_URL="${other/tienda/linguistica}" --delete-orphans --older-than 0s
    sql 'DROP DATABASE linguistica'
    sql 'ALTER ROLE imagenes CONNECTION LIMIT 100'
    assert_equal "$status" 0
    assert_output '9 records, 9 files, 0 findings'
}

# becomes_a_link NAME OPTION: a directory among the products', with a file in it. It becomes a link to
# another one as soon as its name has been read.
becomes_a_link() {
    local outside=$BATS_TEST_TMPDIR/outside
    mkdir "$outside" "$PRODUCTOS/$1"
    touch "$outside/7.webp"
    stop_at getdents64:when=2 # which says that there is no more
    WRAP+=" -P $PRODUCTOS"
    { fsck "$2" && echo "$status $output"; } >"$BATS_TEST_TMPDIR/fsck" 3>&- &
    wait_until stopped
    rmdir "$PRODUCTOS/$1"
    ln -s "$outside" "$PRODUCTOS/$1"
    go_on
    wait
    assert_exists "$outside/7.webp"
    assert_regex "$(<"$BATS_TEST_TMPDIR/fsck")" \
        "^8 unknown url=\"$DIR/$1\" cause=\"(Not a directory|Too many levels of symbolic links)\"
0 records, 0 files, 1 findings\$"
}

@test "a directory that becomes a link between reading and opening is not followed" {
    becomes_a_link carpeta --repair
}

@test "a stage's own directory that becomes a link between reading and opening is not followed" {
    becomes_a_link .removal-7 --repair
}

@test "a url longer than any path is reported, cut" {
    sql "DROP VIEW vista_catalogo_productos; ALTER TABLE producto_imagenes ALTER url TYPE text"
    sql "INSERT INTO producto_imagenes (id, producto_id, url)
         VALUES (7, 1, '$DIR/' || repeat('a', 30000))"
    fsck
    sql "DELETE FROM producto_imagenes; ALTER TABLE producto_imagenes ALTER url TYPE varchar(255)"
    assert_equal "$status" 4
    assert_line --regexp '^missing-file url="/recursos/imagenes/productos/a{16000,17000}" id=7$'
}

@test "a path longer than any url is odd" {
    local deep
    deep=$PRODUCTOS/$(printf 'd%.0s' {1..120})/$(printf 'e%.0s' {1..120})
    mkdir -p "$deep"
    touch "$deep/a.webp"
    fsck
    assert_line "odd-name url=\"${deep#"$ROOT"}/a.webp\""
}

@test "links and odd names are reported, in characters that a terminal can take" {
    ln -s . "$PRODUCTOS/enlace"
    touch "$PRODUCTOS"/$'\e[31m.webp' "$PRODUCTOS"/$'\xff.webp' "$PRODUCTOS"/$'\xc2\x9b.webp' \
        "$PRODUCTOS"/$'\x7f.webp' "$PRODUCTOS"/'\xff.webp'
    mkfifo "$PRODUCTOS/fifo"
    fsck
    assert_line "symbolic-link url=\"$DIR/enlace\""
    assert_line "not-a-file url=\"$DIR/fifo\""
    assert_line "odd-name url=\"$DIR/\\x1b[31m.webp\""
    assert_line "odd-name url=\"$DIR/\\xff.webp\""
    assert_line "odd-name url=\"$DIR/\\x5cxff.webp\""
    assert_line "odd-name url=\"$DIR/\\x7f.webp\""
    assert_line --regexp "^orphan-file url=\"$DIR/\\\\xc2\\\\x9b.webp\" "
    refute_regex "$(tr -d '\n' <<<"$output")" $'[\001-\037\177]|\xc2\x9b'
}

@test "a name that an upload has misread as Latin-1 is not odd: NIÑO as NIÃ and a C1 control" {
    photo 7 $'NI\xc3\x83\xc2\x91O.webp'
    photo 8 'a"b.webp'
    fsck
    assert_equal "$status" 0
    assert_output '2 records, 2 files, 0 findings'
    rm "$PRODUCTOS"/*
    fsck
    assert_line "missing-file url=\"$DIR/NIÃ\\xc2\\x91O.webp\" id=7"
    assert_line "missing-file url=\"$DIR/a\\\"b.webp\" id=8"
    fsck --json
    jq -es "map(.url) == [\"$DIR/NIÃ\\\\xc2\\\\x91O.webp\", \"$DIR/a\\\"b.webp\", null]" <<<"$output"
}

@test "a record's url is read as it is: backslashes, tabs, line feeds; and odd ones are reported" {
    image 7 "$DIR/"'a\b\\t.webp' x
    image 8 "$DIR/"$'a\tb\nc\r\b\f\v.webp' x
    image 9 '/recursos/a\'
    image 10 /etc/passwd
    image 11 ''
    mkdir "$PRODUCTOS/carpeta"
    image 12 "$DIR/carpeta"
    fsck
    assert_equal "$((status & 4))" 4
    assert_line 'odd-url url=""'
    assert_line 'odd-url url="/etc/passwd"'
    assert_line 'missing-file url="/recursos/a\x5c" id=9'
    assert_line "odd-name url=\"$DIR/a\\x5cb\\x5c\\x5ct.webp\""
    assert_line "not-a-file url=\"$DIR/carpeta\""
    refute_output --partial orphan-file
    assert_equal "$(grep -c missing-file <<<"$output")" 1
}

@test "a url with a tab or another control character is read as it is, where its file is missing" {
    image 7 "$DIR/"$'tab\t.webp'
    image 8 "$DIR/"$'\b\f\n\r\t\v.webp'
    fsck
    assert_fsck 4 "missing-file url=\"$DIR/\\x08\\x0c\\x0a\\x0d\\x09\\x0b.webp\" id=8" \
        "missing-file url=\"$DIR/tab\\x09.webp\" id=7"
}

@test "on a terminal, how far it is, in a line that goes" {
    command -v script >/dev/null || skip "script is not installed"
    mkdir "$ROOT/recursos/otros"
    (cd "$ROOT/recursos/otros" && seq 4096 | xargs touch)
    image 7 "$DIR/nada.webp"
    run -4 script -qec "env -i BALSAMOA_PUBLIC_ROOT='$ROOT' DATABASE_URL='$(database_url)' '$FSCK'" \
        /dev/null
    assert_output --partial $'\r4096 files, '
    assert_line --index 0 --regexp $'\r\033\\[Kmissing-file '
    assert_line --partial $'\r\033[K1 records, 4096 files, 1 findings'
}

@test "--json: one object a line, for machines" {
    photo 7
    stage 7
    touch "$PRODUCTOS"/$'hu"\n\xff.webp'
    fsck --json
    jq -es 'length == 3 and .[0].finding == "staged" and .[0].id == 7 and
        .[1].finding == "odd-name" and .[2] == {"records": 1, "files": 1, "findings": 2}' <<<"$output"
    refute_output --partial '\/' # for grep
}

@test "a directory that cannot be read: status 8, and its records are not called missing" {
    photo 7
    chmod 000 "$PRODUCTOS"
    fsck
    assert_equal "$((status & 8))" 8
    refute_output --partial missing-file
    assert_output --partial 'cause="Permission denied"'
}

@test "a directory whose reading breaks off: status 8, and no record is called missing" {
    photo 7
    fault getdents64:error=EIO
    WRAP+=" -P $PRODUCTOS"
    fsck
    assert_equal "$((status & 8))" 8
    refute_output --partial missing-file
    assert_output --partial 'cause="Input/output error"'
}

@test "a stage that cannot be read: status 8, and what is in it stays" {
    photo 7 "$LONG_NAME"
    stage 7 "$LONG_NAME"
    chmod 000 "$PRODUCTOS/.removal-7"
    fsck --repair
    assert_equal "$((status & 8))" 8
    assert_line "unknown url=\"$DIR/.removal-7\" cause=\"Permission denied\""
    chmod 755 "$PRODUCTOS/.removal-7"
    assert_file_exists "$(staged_file 7 "$LONG_NAME")"
}

@test "a stage's own directory that goes before it is asked after; and one that only seems to have gone" {
    mkdir "$PRODUCTOS/.removal-8"
    traced newfstatat
    fsck
    fault "newfstatat:error=ENOENT:when=$(last_traced newfstatat '"\.removal-8"')"
    fsck
    assert_fsck 0 ''
    traced openat
    fsck
    fault "openat:error=ENOENT:when=$(last_traced openat '"\.removal-8"')"
    fsck
    assert_fsck 8 "unknown url=\"$DIR/.removal-8\" cause=\"No such file or directory\""
}

@test "an orphan that cannot be erased is left, and the finding says why" {
    touch "$PRODUCTOS/viejo.webp"
    sleep 2.1
    chmod 555 "$PRODUCTOS"
    fsck --delete-orphans --older-than 1s --force
    assert_equal "$status" 12
    assert_line --regexp \
        'orphan-file .* action="erase" cause="stage viejo.webp as .removal-0-viejo.webp: Permission denied"'
}

@test "an orphan that goes before it is looked at has gone" {
    touch "$PRODUCTOS/viejo.webp"
    traced newfstatat
    fsck
    fault "newfstatat:error=ENOENT:when=$(last_traced newfstatat '"viejo\.webp"')"
    fsck
    assert_equal "$status" 0
    assert_output '0 records, 1 files, 0 findings'
}

@test "the scan cannot begin: status 8, and why" {
    photo 7
    fault recvfrom:error=ECONNRESET:when=3 # two let us in
    fsck
    assert_equal "$status" 8
    assert_regex "$stderr" 'imagenes-fsck: .*connection'
}

@test "the scan takes longer to begin than a question may" {
    photo 7
    while_held 'LOCK TABLE producto_imagenes' BALSAMOA_TIMEOUT_MS=3000 sleep 3.1
    assert_equal "$found" '0 1 records, 1 files, 0 findings'
}

@test "the scan waits in vain for its begin, or for its rows: status 8, and why" {
    sql "INSERT INTO producto_imagenes (producto_id, url)
         SELECT 1, 'https://cdn.example.com/' || i FROM generate_series(1, 20000) AS i"
    hold_open "BEGIN; LOCK TABLE producto_imagenes"
    fault poll:retval=0:when=5 # after two that connect, for each of two connections
    fsck
    hold_close
    assert_equal "$status" 8
    assert_regex "$stderr" 'imagenes-fsck: the database did not answer in time'
    assert_output '0 records, 0 files, 0 findings'
    fault poll:retval=0:when=7
    fsck
    sql 'DELETE FROM producto_imagenes'
    assert_equal "$status" 8
    assert_regex "$stderr" 'imagenes-fsck: the database did not answer in time'
    assert_output --regexp '^[1-9][0-9]* records, 0 files, 0 findings$'
}

@test "the scan breaks off: status 8, and why" {
    photo 7
    photo 9
    stage 9
    mkdir "$ROOT/recursos/imagenes/z"
    touch "$ROOT/recursos/imagenes/z/.removal-8-8.webp" # asked after once the scan has ended
    sql "ALTER TABLE producto_imagenes RENAME TO entera;
         CREATE VIEW producto_imagenes AS SELECT * FROM entera WHERE 1 / (id - 7) IS NOT NULL;
         GRANT SELECT ON producto_imagenes TO imagenes"
    fsck --repair
    sql "DROP VIEW producto_imagenes; ALTER TABLE entera RENAME TO producto_imagenes"
    assert_equal "$status" 8
    assert_exists "$(staged_file 9)"
    assert_regex "$stderr" 'imagenes-fsck: division by zero'
    refute_output --partial orphan-file
}

@test "a role that may not read records: status 8, and why" {
    photo 7
    sql 'REVOKE SELECT ON producto_imagenes FROM imagenes'
    fsck
    sql 'GRANT SELECT ON producto_imagenes TO imagenes'
    assert_equal "$((status & 8))" 8
    assert_regex "$stderr" 'imagenes-fsck: permission denied'
    refute_output --partial orphan-file
}

@test "unusable settings: status 8, and why" {
    fsck BALSAMOA_PUBLIC_ROOT=public
    assert_equal "$status" 8
    assert_regex "$stderr" 'imagenes-fsck: BALSAMOA_PUBLIC_ROOT is not an absolute path'
}

@test "findings that cannot be printed, few or many: status 8" {
    local fsck="env -i BALSAMOA_PUBLIC_ROOT='$ROOT' DATABASE_URL='$(database_url)' '$FSCK'"
    run -8 sh -c "$fsck >/dev/full"
    touch "$PRODUCTOS/huérfano "{1..200}.webp
    run -12 sh -c "$fsck >/dev/full"
}

@test "no database, no public root: status 8, and why" {
    fsck DATABASE_URL=host=/nonexistent
    assert_equal "$status" 8
    assert_regex "$stderr" 'imagenes-fsck: .*nonexistent'
    fsck BALSAMOA_PUBLIC_ROOT=/nonexistent
    assert_equal "$status" 8
    assert_regex "$stderr" 'imagenes-fsck: open /nonexistent'
    assert_equal "$output" ''
}

@test "no standard descriptors can be had: status 8, and why" {
    fault openat:error=EMFILE
    # shellcheck disable=SC2016  # for the shell that runs it
    echo 'exec "$@" <&-' >"$BATS_TEST_TMPDIR/closed"
    WRAP+=" -P /dev/null sh $BATS_TEST_TMPDIR/closed"
    fsck
    assert_equal "$status" 8
    assert_equal "$stderr" 'imagenes-fsck: /dev/null: Too many open files'
}

@test "it refuses to be a CGI program, and unknown options" {
    touch -d '30 days ago' "$PRODUCTOS/huérfano.webp"
    fsck GATEWAY_INTERFACE=CGI/1.1 --delete-orphans --older-than 0s
    assert_equal "$status" 16
    fsck REQUEST_METHOD=GET
    assert_equal "$status" 16
    local options
    for options in --nada '--delete-orphans' '--older-than 7d' '--older-than 7 --delete-orphans' \
        '--delete-orphans --older-than -1d' '--delete-orphans --older-than 7y' 'a b' \
        '--delete-orphans --older-than 7' '--delete-orphans --older-than d' \
        '--delete-orphans --older-than 7dd' '--delete-orphans --older-than 999999d' \
        '--max-share 101' '--max-share 1000' '--max-share -1' '--max-share x' '--max-share 1x' \
        '../etc' 'recursos/../etc' /etc / "recursos/$(printf '%05000d' 0)"; do
        # shellcheck disable=SC2086 # lists of words
        fsck $options
        assert_equal "$options $status" "$options 16"
    done
    assert_file_exists "$PRODUCTOS/huérfano.webp"
}

# --- what it refuses, and spares ---

# shop_of N M: N files with a record, M old ones without one.
shop_of() {
    local i
    for ((i = 1; i <= $1; i++)); do photo "$i"; done
    for ((i = 1; i <= $2; i++)); do touch "$PRODUCTOS/viejo $i.webp"; done
    sleep 1.1
}
orphans_left() { find "$PRODUCTOS" -name 'viejo*' | wc -l; }

@test "--delete-orphans refuses more than a tenth of the files, or what --max-share says, unless forced" {
    shop_of 9 2
    fsck --delete-orphans --older-than 0s
    assert_equal "$status" 12
    assert_regex "$stderr" '^imagenes-fsck: no orphan is erased: 2 of 11 files would be erased, more than 10 %'
    assert_equal "$(orphans_left)" 2
    fsck --delete-orphans --older-than 0s --max-share 18
    assert_equal "$((status & 8)) $(orphans_left)" '8 2' # 18.2 %
    fsck --delete-orphans --older-than 0s --max-share 19
    assert_equal "$status $(orphans_left)" '1 0'
    shop_of 0 2
    fsck --delete-orphans --older-than 0s --force
    assert_equal "$status $(orphans_left)" '1 0'
}

@test "--delete-orphans: a tenth may go" {
    shop_of 9 1
    fsck --delete-orphans --older-than 0s
    assert_equal "$status $(orphans_left)" '1 0'
}

@test "--delete-orphans refuses where no record names any file: an empty or a wrong database" {
    shop_of 0 1
    image 900 https://cdn.example.com/a.webp
    fsck --delete-orphans --older-than 0s --max-share 100
    assert_equal "$status" 12
    assert_regex "$stderr" 'no record names any of the 1 files'
    assert_equal "$(orphans_left)" 1
}

@test "a file that a record names in another spelling is no orphan" {
    local spelling i=0
    photo 900
    for spelling in "https://tienda.example$DIR/viejo 1.webp" "$DIR/viejo%202.webp" \
        "/recursos//imagenes/productos/viejo 3.webp" "${DIR#/}/viejo 4.webp" "$DIR/viejo 5.webp?v=2" \
        "//tienda.example$DIR/viejo%206.webp" "/recursos/./imagenes/productos/viejo 7.webp" \
        "..$DIR/viejo 8.webp" "$DIR/viejo 9.webp " "/recursos/imagenes/productos\\viejo 10.webp" \
        "www.tienda.example$DIR/viejo 11.webp" "${DIR^^}/VIEJO 12.WEBP" "/tienda/..$DIR/viejo 13.webp"; do
        i=$((i + 1))
        touch "$PRODUCTOS/viejo $i.webp"
        image "$i" "$spelling"
    done
    touch "$PRODUCTOS/viejo 99.webp"
    sleep 1.1
    fsck --delete-orphans --older-than 0s --max-share 100
    assert_equal "$(orphans_left)" 13
    for i in {1..13}; do assert_line "other-spelling url=\"$DIR/viejo $i.webp\""; done
    assert_line --regexp "^orphan-file url=\"$DIR/viejo 99.webp\" .* action=\"erase\"$"
}

# What README's table says of other spellings.
@test "a record in another spelling is reported, unless its url has a host; it keeps no file" {
    photo 7
    printf x >"$PRODUCTOS/b.webp"
    image 11 "https://tienda.example$DIR/b.webp"
    image 12 "/recursos//imagenes/productos/b.webp"
    image 13 "$DIR/b%2Ewebp"
    image 14 "$DIR/b.webp?v=2"
    sleep 1.1
    fsck --delete-orphans --older-than 0s --force
    assert_fsck 4 'odd-url url="/recursos//imagenes/productos/b.webp"' \
        "missing-file url=\"$DIR/b%2Ewebp\" id=13" "other-spelling url=\"$DIR/b.webp\"" \
        "missing-file url=\"$DIR/b.webp?v=2\" id=14"
    image 8 "$DIR/b.webp"
    fsck
    assert_fsck 4 'odd-url url="/recursos//imagenes/productos/b.webp"' \
        "missing-file url=\"$DIR/b%2Ewebp\" id=13" "missing-file url=\"$DIR/b.webp?v=2\" id=14"
    DELETE /8
    assert_answer 200 "$MENSAJE"
    assert_not_exists "$PRODUCTOS/b.webp"
}

@test "an entry that a record names is no stage, whatever it is called" {
    printf x >"$PRODUCTOS/.removal-5-a.webp"
    image 7 "$DIR/.removal-5-a.webp"
    fsck --repair
    assert_line "odd-name url=\"$DIR/.removal-5-a.webp\""
    assert_equal "$(cat "$PRODUCTOS/.removal-5-a.webp")" x
}

@test "two databases on one public root: the second is refused, and touches nothing" {
    local other
    photo 7
    fsck --repair
    assert_equal "$status" 0
    stage 7
    touch "$PRODUCTOS/viejo.webp"
    sleep 1.1
    sql "CREATE DATABASE otra TEMPLATE template0"
    PGDATABASE=otra "$PGBIN/psql" -Xq -f "$abs_top_srcdir/sql/schema.sql" -f "$abs_top_srcdir/sql/grants.sql"
    other=$(database_url)
    fsck DATABASE_URL="${other/tienda/otra}" --repair --delete-orphans --older-than 0s --force
    assert_equal "$status" 8
    assert_regex "$stderr" 'recursos/ belongs to another database .* remove recursos/.removal-database'
    assert_exists "$(staged_file 7)"
    assert_exists "$PRODUCTOS/viejo.webp"
    rm "$ROOT/recursos/.removal-database" # the shop has moved
    fsck DATABASE_URL="${other/tienda/otra}" --repair
    assert_not_exists "$(staged_file 7)"
    sql "DROP DATABASE otra"
    sql "ALTER ROLE imagenes CONNECTION LIMIT 100"
}

@test "where it cannot be written down which database this is, nothing is changed: status 8" {
    photo 7
    stage 7
    chmod 555 "$ROOT/recursos"
    fsck --repair
    assert_equal "$status" 8
    assert_regex "$stderr" 'recursos/.removal-database: Permission denied'
    assert_exists "$(staged_file 7)"
    chmod 755 "$ROOT/recursos"
    : >"$ROOT/recursos/.removal-database"
    fsck --repair
    assert_equal "$status" 8
    assert_regex "$stderr" 'recursos/.removal-database: No data available'
    assert_exists "$(staged_file 7)"
}

@test "ten failing repairs in one directory stop nothing elsewhere" {
    local i
    mkdir "$ROOT/recursos/imagenes/zeta"
    for i in {1..12}; do
        photo "$i"
        stage "$i"
    done
    image 20 /recursos/imagenes/zeta/a.webp x
    mv "$ROOT/recursos/imagenes/zeta/a.webp" "$ROOT/recursos/imagenes/zeta/.removal-20-a.webp"
    chmod 555 "$PRODUCTOS"
    fsck --repair
    assert_equal "$status" 13
    assert_equal "$(grep -c 'action="would put back"' <<<"$output")" 2
    assert_exists "$ROOT/recursos/imagenes/zeta/a.webp"
}

@test "what a sweep that died has put aside goes back, record or not" {
    old_file "$PRODUCTOS/.removal-0-a.webp" x
    fsck --repair
    assert_equal "$status" 1
    assert_equal "$(cat "$PRODUCTOS/a.webp")" x
    refute_staged
}

@test "--delete-orphans waits for a record that is about to be committed" {
    photo 900
    touch "$PRODUCTOS/viejo.webp"
    sleep 1.1
    hold_open "BEGIN; INSERT INTO producto_imagenes (producto_id, url) VALUES (1, '$DIR/viejo.webp')"
    fsck --delete-orphans --older-than 0s --max-share 100
    assert_exists "$PRODUCTOS/viejo.webp"
    assert_line --regexp "^orphan-file .* action=\"erase\" cause=\".*does not end\""
    assert_equal "$status" 4
    hold_close COMMIT
    fsck --delete-orphans --older-than 0s --max-share 100
    assert_equal "$status" 0
}

# hourly: as systemd and cron run it. Sets $unit, whether the unit succeeds, and $mail.
hourly() {
    local line unit_file=$abs_top_builddir/systemd/imagenes-fsck.service
    fsck --repair
    unit=failed
    [[ " 0 $(sed -n 's/^SuccessExitStatus=//p' "$unit_file") " != *" $status "* ]] || unit=content
    line=$(sed -n 's/^17 [*] [*] [*] [*] www-data //p' "$abs_top_builddir/cron/imagenes-fsck")
    assert_regex "$line" '\$\(/[^ ]*/sbin/imagenes-fsck '
    run env -i BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$(database_url)" ASAN_OPTIONS="${ASAN_OPTIONS-}" \
        sh -c "${line/\/*\/imagenes-fsck /$FSCK }"
    mail=$output
}

@test "hourly: orphans, and what has been repaired, bother nobody" {
    photo 7
    stage 7
    touch "$PRODUCTOS/huérfano.webp"
    hourly
    assert_equal "$unit$mail" content
    stage 7
    rm "$PRODUCTOS/huérfano.webp"
    hourly
    assert_equal "$unit$mail" content
    assert_intact 7
}

@test "hourly: a repair that fails, or no database, is told" {
    photo 7
    stage 7
    chmod 555 "$PRODUCTOS"
    hourly
    assert_equal "$unit" failed
    assert_regex "$mail" "^staged url=\"$DIR/7.webp\" id=7 action=\"put back\" cause="
    sql 'REVOKE SELECT ON producto_imagenes FROM imagenes'
    hourly
    sql 'GRANT SELECT ON producto_imagenes TO imagenes'
    assert_equal "$unit" failed
    assert_regex "$mail" 'permission denied'
}

@test "the findings are those that --help lists" {
    fsck --help
    assert_equal "$(sed -n '/^Findings:/,$s/^  \([a-z-]*\) .*/\1/p' <<<"$output" | tr '\n' ' ')" \
        "staged empty-stage missing-file orphan-file other-spelling odd-url odd-name not-a-file\
 symbolic-link unknown "
}

@test "--delete-orphans: to count for longer than a request may take is no reason to check nothing" {
    photo 1
    photo 2
    photo 3
    old_file "$PRODUCTOS/huerfana.webp" x
    fault getdents64:delay_exit=800000
    run $WRAP env -i BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$(database_url)" \
        BALSAMOA_TIMEOUT_MS=3000 ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" \
        "$abs_top_builddir/sbin/imagenes-fsck" --delete-orphans --older-than 0s --force
    assert_equal "$((status & 8))" 0
    assert_line --partial huerfana.webp
}

@test "status: what is in use is left (4); what cannot be erased, swept or removed has failed (8)" {
    photo 1
    photo 2
    stage 1
    sql "DELETE FROM producto_imagenes WHERE id = 1"
    exec 8>>"$(staged_file 1)"
    imagenes_fsck --repair
    exec 8>&-
    assert_equal "$status" 4
    chmod 555 "$PRODUCTOS"
    imagenes_fsck --repair
    chmod 755 "$PRODUCTOS"
    assert_equal "$status" 12
    imagenes_fsck --repair
    assert_equal "$status" 1
    old_file "$PRODUCTOS/huerfana.webp" x
    sleep 1.1
    mkdir "$PRODUCTOS/.removal-5"
    chmod 555 "$PRODUCTOS"
    imagenes_fsck --repair
    assert_equal "$status" 12 # the empty directory
    imagenes_fsck --delete-orphans --older-than 0s --force
    chmod 755 "$PRODUCTOS"
    assert_equal "$status" 12
}
