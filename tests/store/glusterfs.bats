# SPDX-License-Identifier: ISC
# shellcheck disable=SC2153 # GLUSTER is tests/store/glusterfs.bash's
# A replicated store, mounted twice, whose bricks die and return. For tests/store/glusterfs.bash, which has the
# bricks, the mounts and the self-heal daemon.
load ../lib/support

setup_file() {
    : "${GLUSTER:?run this by tests/store/glusterfs.bash}"
    postgres_start
}
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    THERE=${ROOT/"$GLUSTER/a"/"$GLUSTER/b"} # the public root on the other mount
    THERE_PRODUCTOS=$THERE/recursos/imagenes/productos
}
teardown() {
    local i
    for i in 1 2; do [ ! -e "$BATS_TEST_TMPDIR/stopped.$i" ] || brick start "$i"; done
    store heal
}

DISK='Error al eliminar la imagen del disco'
DATABASE='Error al eliminar la imagen de la base de datos'
SHARED='El archivo se conserva porque otra imagen lo utiliza'
ABSENT='El archivo ya no existía en el disco'
NOT_ERASED='El archivo se retiró de su ubicación pública y se borrará más tarde'

# store VERB [BRICK]: asks tests/store/glusterfs.bash for it, and waits until it is done.
store() {
    local answer
    echo "$*" >"$GLUSTER/ask"
    read -r answer <"$GLUSTER/answer"
    assert_equal "$* $answer" "$* done"
}

# brick stop|start N: as a crash of its host does it.
brick() {
    store "$@"
    if [ "$1" = stop ]; then touch "$BATS_TEST_TMPDIR/stopped.$2"; else rm "$BATS_TEST_TMPDIR/stopped.$2"; fi
}
both() {
    brick "$1" 1
    brick "$1" 2
}

# on_brick N: the files of this test's shop there, beneath the public root.
on_brick() {
    (cd "$GLUSTER/$1/data/${ROOT#"$GLUSTER/a/"}" && find . -type f ! -name .removal-database -printf '%P\n' |
        sort)
}
# assert_on_both FILE...: among the products', and no other.
assert_on_both() {
    local i
    for i in 1 2; do
        assert_equal "$(on_brick $i)" "$(printf 'recursos/imagenes/productos/%s\n' "$@" | sort)"
    done
}
refute_on_both() { assert_equal "$(on_brick 1)$(on_brick 2)" ''; }

DELETE_there() { DELETE "$@" BALSAMOA_PUBLIC_ROOT="$THERE"; }
fire_there() { fire "$@" BALSAMOA_PUBLIC_ROOT="$THERE"; }
fsck_there() { ROOT=$THERE imagenes_fsck "$@"; }

# --- two mounts ---

@test "a removal through one mount is one on the other mount, and on both bricks" {
    photo 7
    assert_on_both 7.webp
    assert_file_exists "$THERE_PRODUCTOS/7.webp"
    DELETE_there /7
    assert_answer 200 "$MENSAJE"
    refute_on_both
    assert_equal "$(ls -A "$PRODUCTOS")$(ls -A "$THERE_PRODUCTOS")" ''
}

@test "there is no RENAME_NOREPLACE: a refused commit's file is back by link and unlink" {
    local inode
    photo 7
    inode=$(stat -c %i "$PRODUCTOS/7.webp")
    hold_commit refused
    commit_release
    traced renameat2,linkat,unlinkat
    DELETE /7
    assert_answer 500 "$DATABASE"
    assert_equal "$(sed -nE 's/^(renameat2|linkat|unlinkat)\(.*\) += (-1 )?([A-Z0-9]+).*/\1 \3/p' \
        "$BATS_TEST_TMPDIR/trace")" "$(printf '%s\n' 'renameat2 EINVAL' 'linkat 0' 'unlinkat 0')"
    assert_intact 7
    assert_equal "$(stat -c '%i %h' "$PRODUCTOS/7.webp")" "$inode 1"
    assert_on_both 7.webp
}

@test "fifty removals of one image through both mounts at once: one 200, 49 times 404" {
    local i
    photo 7
    hold_open "BEGIN; SELECT 1 FROM producto_imagenes WHERE id = 7 FOR UPDATE"
    for i in {1..25}; do
        fire "a$i" /7
        fire_there "b$i" /7
    done
    until_waiting 20
    hold_close
    wait
    assert_equal "$(codes)" $' 1 200\n 49 404'
    wait_until test ! -e "$PRODUCTOS/7.webp" # this mount remembers it for a second, if the other one was first
    assert_removed 7
    refute_on_both
}

@test "two records that share a file, removed through two mounts at once: both 200, the file goes once" {
    local i
    for i in {1..10}; do
        photo "1$i" "shared$i.webp"
        image "2$i" "/recursos/imagenes/productos/shared$i.webp"
        : <"$THERE_PRODUCTOS/shared$i.webp" # the other mount remembers it
        fire a "/1$i"
        fire_there b "/2$i"
        wait
        assert_equal "$(codes)" ' 2 200'
        refute_row "1$i"
        refute_row "2$i"
        refute_on_both
    done
}

@test "ten images of one directory, removed through two mounts at once: all 200" {
    local i
    for i in {1..10}; do photo "$i"; done
    for i in {1..5}; do
        fire "a$i" "/$i"
        fire_there "b$i" "/$((i + 5))"
    done
    wait
    assert_equal "$(codes)" ' 10 200'
    refute_on_both
}

# upload NAME BYTES: through the other mount, as a shop does it: aside, then in place.
upload() {
    old_file "$THERE_PRODUCTOS/.$1.new" "$2"
    mv "$THERE_PRODUCTOS/.$1.new" "$THERE_PRODUCTOS/$1"
}

@test "an upload through the other mount survives the removal, and so it does where that is refused" {
    local how
    for how in '' refused; do
        photo 7
        hold_commit $how
        begin_request DELETE /7
        until_waiting 1
        upload 7.webp nuevo
        commit_release
        finished
        if [ -n "$how" ]; then
            assert_answer 500 "$DATABASE"
            assert_row 7
        else
            assert_answer 200 "$MENSAJE"
            refute_row 7
        fi
        assert_equal "$(cat "$THERE_PRODUCTOS/7.webp")" nuevo
        assert_on_both 7.webp
        sql "DROP FUNCTION at_commit() CASCADE; DELETE FROM producto_imagenes"
    done
}

@test "an upload through the other mount, and its record, while the removal waits: both stay" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    upload 7.webp nuevo
    image 8 /recursos/imagenes/productos/7.webp
    commit_release
    finished
    assert_answer 200 "$MENSAJE" "$SHARED"
    refute_row 7
    assert_row 8
    assert_equal "$(cat "$PRODUCTOS/7.webp")" nuevo
    assert_on_both 7.webp
    refute_staged
}

# --- what a mount remembers: for a second, that a name is where it has last seen it ---

# stranded: a removal through this mount has crashed, and the other one still sees photo 7 in its place.
stranded() {
    photo 7
    cat "$THERE_PRODUCTOS/7.webp"
    stage 7
    assert_file_exists "$THERE_PRODUCTOS/7.webp"
    assert_on_both .removal-7-7.webp
}

@test "remembered in its place: a repeated DELETE that is refused puts the file back all the same" {
    sql "CREATE TABLE portada (imagen INTEGER REFERENCES producto_imagenes (id))"
    stranded
    sql "INSERT INTO portada VALUES (7)"
    DELETE_there /7
    sql "DROP TABLE portada"
    assert_answer 500 "$DATABASE"
    assert_row 7
    assert_on_both 7.webp
}

@test "remembered in its place: so does one whose commit is refused" {
    hold_commit refused
    commit_release
    stranded
    DELETE_there /7
    assert_answer 500 "$DATABASE"
    assert_row 7
    assert_on_both 7.webp
}

@test "remembered in its place: so does one of another record of the file" {
    image 8 /recursos/imagenes/productos/7.webp
    stranded
    DELETE_there /7
    assert_answer 200 "$MENSAJE" "$SHARED"
    refute_row 7
    assert_on_both 7.webp
}

@test "remembered in its place: so does imagenes-fsck" {
    stranded
    fsck_there --repair
    assert_equal "$status" 1
    assert_on_both 7.webp
}

@test "remembered in its place: a repeated DELETE finishes" {
    stranded
    DELETE_there /7
    assert_answer 200 "$MENSAJE"
    refute_row 7
    refute_on_both
}

@test "remembered in its place, and gone: the record goes" {
    photo 7
    cat "$THERE_PRODUCTOS/7.webp"
    rm "$PRODUCTOS/7.webp"
    DELETE_there /7
    assert_answer 200 "$MENSAJE" "$ABSENT"
    refute_row 7
}

@test "remembered in its stage, from where the other mount has put it back: a record that shares it goes" {
    photo 7
    image 8 /recursos/imagenes/productos/7.webp
    stage 7
    cat "$THERE_PRODUCTOS/.removal-7-7.webp"
    imagenes_fsck --repair
    assert_file_exists "$THERE_PRODUCTOS/.removal-7-7.webp"
    DELETE_there /7
    assert_answer 200 "$MENSAJE" "$SHARED"
    refute_row 7
    assert_on_both 7.webp
}

# --- one brick ---

@test "one brick dies: a removal goes on, and nothing comes back when the brick does" {
    local i
    for i in 1 2; do
        photo 7
        photo 8
        brick stop "$i"
        DELETE /7
        assert_answer 200 "$MENSAJE"
        assert_removed 7
        assert_equal "$(on_brick $((3 - i)))" recursos/imagenes/productos/8.webp
        assert_equal "$(on_brick "$i" | wc -l)" 2
        brick start "$i"
        store heal
        assert_on_both 8.webp
        assert_equal "$(ls -A "$PRODUCTOS") $(ls -A "$THERE_PRODUCTOS")" '8.webp 8.webp'
        sql "DELETE FROM producto_imagenes"
    done
}

@test "one brick dies while a removal is at its commit: 200, and both bricks are without the file" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    brick stop 1
    commit_release
    finished
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    brick start 1
    store heal
    refute_on_both
}

@test "one brick dies, and the commit is refused: the file is back, on both bricks" {
    photo 7
    hold_commit refused
    begin_request DELETE /7
    until_waiting 1
    brick stop 1
    commit_release
    finished
    assert_answer 500 "$DATABASE"
    assert_intact 7
    brick start 1
    store heal
    assert_on_both 7.webp
    assert_intact 7
}

@test "one brick is dead: imagenes-fsck puts back, erases, and deletes orphans; and so it stays" {
    photo 7
    photo 8
    stage 7
    stage 8
    sql "DELETE FROM producto_imagenes WHERE id = 8"
    touch "$PRODUCTOS/huérfano.webp"
    sleep 2.1
    brick stop 2
    imagenes_fsck --repair --delete-orphans --older-than 1s --force
    assert_equal "$status" 1
    assert_intact 7
    brick start 2
    store heal
    assert_on_both 7.webp
    rm "$ROOT/recursos/.removal-database"
    fsck_there
    assert_equal "$status" 0
}

# --- both ---

@test "both bricks are dead: 500, the record is kept; they return, and it is 200" {
    photo 7
    both stop
    DELETE /7
    assert_answer 500 "$DISK"
    assert_log cause '.*Transport endpoint is not connected'
    assert_row 7
    DELETE_there /7
    assert_answer 500 "$DISK"
    both start
    assert_on_both 7.webp
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    refute_on_both
}

@test "both die before a commit that is refused: the file stays staged, and then goes back" {
    photo 7
    hold_commit refused
    begin_request DELETE /7
    until_waiting 1
    both stop
    commit_release
    finished
    assert_answer 500 "$DATABASE"
    assert_row 7
    both start
    imagenes_fsck --repair
    assert_equal "$status" 1
    assert_intact 7
}

@test "both die before a commit that is done: 200, and the file is erased later" {
    photo 7
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    both stop
    commit_release
    finished
    assert_answer 200 "$MENSAJE" "$NOT_ERASED"
    refute_row 7
    both start
    imagenes_fsck --repair
    assert_equal "$status" 1
    assert_removed 7
    refute_on_both
}

@test "both are dead: a record that shares its file stays, as does one of a missing file" {
    photo 7
    image 8 /recursos/imagenes/productos/7.webp
    image 9 /recursos/imagenes/productos/nada.webp
    both stop
    for id in 8 9; do
        DELETE "/$id"
        assert_answer 500 "$DISK"
        assert_row "$id"
    done
    both start
    DELETE /8
    assert_answer 200 "$MENSAJE" "$SHARED"
    assert_intact 7
}

@test "both are dead: imagenes-fsck could not check, says why, and changes nothing" {
    photo 7
    photo 8
    stage 8
    touch "$PRODUCTOS/huérfano.webp"
    sleep 1.1
    imagenes_fsck --repair
    stage 8
    both stop
    imagenes_fsck --repair --delete-orphans --older-than 0s --force
    assert_equal "$status" 8
    assert_output --partial 'Transport endpoint is not connected'
    refute_output --partial missing-file
    assert_equal "$(sql 'SELECT count(*) FROM producto_imagenes')" 2
    both start
    assert_on_both 7.webp .removal-8-8.webp huérfano.webp
}
