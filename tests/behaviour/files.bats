# SPDX-License-Identifier: ISC
# Which file is erased, which stays, and what happens to the record of a file that cannot be removed.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { chmod -R u+w "$BATS_FILE_TMPDIR" && postgres_stop; }
setup() { shop_reset; }
teardown() { chmod -R u+rwx "$ROOT"; }

DISK='Error al eliminar la imagen del disco'
ABSENT='El archivo ya no existía en el disco'
NOT_OURS='La URL no corresponde a ningún archivo de la tienda'
EXTERNAL='La URL es externa y no tiene archivo en el disco'
SHARED='El archivo se conserva porque otra imagen lo utiliza'

# The disk refuses: 500, and everything is as before.
assert_refused() {
    assert_answer 500 "$DISK"
    assert_log outcome disk-error
    assert_log cause '.+'
    assert_row 7
}

# --- names ---

@test "names with spaces, UTF-8, %20, +, globs, quotes and 250 bytes: exactly that file goes" {
    local name i=0
    cd "$PRODUCTOS"
    touch a1.webp x.webp 'a b.webp' foo foobar
    for name in 'Hoodie Basic Blanco.webp' 'Camiseta Niño 日本.webp' 'a%20b.webp' 'a+b.webp' \
        'a[1].webp' '*.webp' '?.webp' "it's.webp" 'dos "2".webp' '-rf' '~' $'tab\there' "$LONG_NAME"; do
        photo $((++i)) "$name"
        DELETE "/$i"
        assert_answer 200 "$MENSAJE"
        assert_removed "$i" "$name"
    done
    assert_equal "$(ls)" "$(printf '%s\n' 'a b.webp' a1.webp foo foobar x.webp)"
}

@test "foo goes, foobar stays" {
    photo 7 foo
    photo 8 foobar
    DELETE /7
    assert_removed 7 foo
    assert_intact 8 foobar
}

@test "the same base name in another directory is another file" {
    image 7 /recursos/imagenes/productos/a.webp 'bytes of 7'
    image 8 /recursos/imagenes/marcas/a.webp 'bytes of 8'
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7 a.webp
    assert_equal "$(cat "$ROOT/recursos/imagenes/marcas/a.webp")" 'bytes of 8'
}

@test "a file directly in recursos, and one ten directories down" {
    image 7 /recursos/a.webp x
    image 8 /recursos/1/2/3/4/5/6/7/8/9/10/a.webp x
    DELETE /7
    assert_answer 200 "$MENSAJE"
    DELETE /8
    assert_answer 200 "$MENSAJE"
    assert_equal "$(find "$ROOT" -type f)" ''
}

@test "a thousand siblings stay" {
    (cd "$PRODUCTOS" && seq -f 'sibling %g.webp' 1000 | xargs -d '\n' touch)
    photo 7
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_equal "$(find "$PRODUCTOS" -name 'sibling *' | wc -l)" 1000
}

@test "a file that is open for reading goes, and the reader reads on" {
    photo 7
    exec 8<"$PRODUCTOS/7.webp"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_equal "$(cat <&8)" 'bytes of 7'
    exec 8<&-
    assert_removed 7
}

@test "a file that cannot be read can be removed" {
    photo 7
    chmod 000 "$PRODUCTOS/7.webp"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "a hard link elsewhere keeps its bytes" {
    photo 7
    ln "$PRODUCTOS/7.webp" "$PRODUCTOS/copia.webp"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    assert_equal "$(cat "$PRODUCTOS/copia.webp")" 'bytes of 7'
}

# --- no file ---

@test "the file is missing: the record goes" {
    image 7 /recursos/imagenes/productos/nada.webp
    DELETE /7
    assert_answer 200 "$MENSAJE" "$ABSENT"
    assert_removed 7 nada.webp
}

@test "its directory is missing, or is a file, or the name is longer than names can be" {
    image 7 /recursos/nada/a.webp
    image 8 /recursos/imagenes/fichero x
    image 9 /recursos/imagenes/fichero/a.webp
    image 10 "/recursos/imagenes/$(printf 'ñ%.0s' {1..200})"
    image 11 "/recursos/imagenes/$(printf 'ñ%.0s' {1..200})/a"
    DELETE /7 # it may be one that is not mounted
    assert_refused
    assert_row 7
    for id in 9 10 11; do
        DELETE "/$id"
        assert_answer 200 "$MENSAJE" "$ABSENT"
        refute_row "$id"
    done
    assert_file_exists "$ROOT/recursos/imagenes/fichero"
}

@test "its directory is a file, and goes when it is looked at" {
    local n
    n=$(nth newfstatat '"1.webp"')
    image 7 /recursos/imagenes/fichero x
    image 8 /recursos/imagenes/fichero/a.webp
    fault "newfstatat:error=ENOENT:when=$n"
    DELETE /8
    assert_answer 200 "$MENSAJE" "$ABSENT"
    assert_file_exists "$ROOT/recursos/imagenes/fichero"
}

@test "recursos itself is missing: not mounted, so the record stays" {
    photo 7
    mv "$ROOT/recursos" "$ROOT/otro"
    DELETE /7
    assert_refused
    assert_log cause '.*recursos: No such file or directory.*'
    mv "$ROOT" "$ROOT.otro"
    DELETE /7
    assert_refused
    mv "$ROOT.otro" "$ROOT"
}

# --- urls that name no file of ours ---

@test "external urls: the record goes, the disk is not touched" {
    local url i=6
    mkdir -p "$ROOT/cdn.example.com/recursos"
    echo x >"$ROOT/cdn.example.com/recursos/a.webp"
    for url in https://cdn.example.com/recursos/a.webp //cdn.example.com/recursos/a.webp \
        ftp://h/recursos/a "file://$ROOT/cdn.example.com/recursos/a.webp"; do
        image $((++i)) "$url"
        DELETE "/$i" BALSAMOA_PUBLIC_ROOT=/nonexistent
        assert_answer 200 "$MENSAJE" "$EXTERNAL"
        assert_log outcome removed-url-external
        refute_row "$i"
    done
    assert_file_exists "$ROOT/cdn.example.com/recursos/a.webp"
}

@test "traversal, absolute, relative, backslash, empty: the record goes, every file stays" {
    local url before i=6
    echo secreto >"$ROOT/secreto"
    echo secreto >"$BATS_TEST_TMPDIR/secreto"
    photo 100 sibling.webp
    before=$(find "$ROOT" "$BATS_TEST_TMPDIR/secreto" | sort)
    for url in /recursos/../secreto /recursos/../../secreto /recursos/imagenes/../../../secreto \
        "$BATS_TEST_TMPDIR/secreto" /secreto secreto ../secreto '..\secreto' \
        '\recursos\imagenes\productos\sibling.webp' '' / . .. /recursos /recursos/ /recursos/. \
        /recursos/imagenes/productos/ /recursos/imagenes/productos/. \
        /recursos/imagenes//productos/sibling.webp /recursos/imagenes/./productos/sibling.webp \
        /Recursos/imagenes/productos/sibling.webp ' /recursos/imagenes/productos/sibling.webp' \
        recursos/imagenes/productos/sibling.webp /recursosx/a; do
        image $((++i)) "$url"
        DELETE "/$i"
        assert_answer 200 "$MENSAJE" "$NOT_OURS"
        assert_log outcome removed-url-not-ours
        refute_row "$i"
    done
    assert_equal "$(find "$ROOT" "$BATS_TEST_TMPDIR/secreto" | sort)" "$before"
}

@test "an escape is never decoded" {
    echo x >"$ROOT/recursos/imagenes/secreto"
    mkdir "$PRODUCTOS/%2e%2e"
    image 7 /recursos/imagenes/productos/%2e%2e/secreto
    image 8 '/recursos/imagenes/productos/..%2fsecreto'
    DELETE /7
    assert_answer 200 "$MENSAJE" "$ABSENT"
    DELETE /8
    assert_answer 200 "$MENSAJE" "$ABSENT"
    assert_file_exists "$ROOT/recursos/imagenes/secreto"
}

@test "a directory, a fifo: not a file of ours, and they stay" {
    mkdir "$PRODUCTOS/dir"
    photo 8 dir/8.webp
    mkfifo "$PRODUCTOS/fifo"
    image 7 /recursos/imagenes/productos/dir
    image 9 /recursos/imagenes/productos/fifo
    for id in 7 9; do
        DELETE "/$id"
        assert_answer 200 "$MENSAJE" "$NOT_OURS"
        refute_row "$id"
    done
    assert_intact 8 dir/8.webp
    assert_exists "$PRODUCTOS/fifo"
}

@test "another removal's stage cannot be reached by a url" {
    local id
    mkdir "$PRODUCTOS/.removal-9"
    image 6 /recursos/imagenes/productos/.removal-9-9.webp x
    image 7 /recursos/imagenes/productos/.removal-9/9.webp x
    image 8 /recursos/imagenes/productos/.removal-9
    for id in 6 7 8; do
        DELETE "/$id"
        assert_answer 200 "$MENSAJE" "$NOT_OURS"
    done
    assert_file_exists "$PRODUCTOS/.removal-9/9.webp"
    assert_file_exists "$PRODUCTOS/.removal-9-9.webp"
}

# --- symbolic links ---

@test "a link as the last component goes itself, its target stays" {
    echo target >"$BATS_TEST_TMPDIR/target"
    ln -s "$BATS_TEST_TMPDIR/target" "$PRODUCTOS/7.webp"
    ln -s nowhere "$PRODUCTOS/8.webp"
    mkdir "$BATS_TEST_TMPDIR/dir"
    ln -s "$BATS_TEST_TMPDIR/dir" "$PRODUCTOS/9.webp"
    for id in 7 8 9; do
        image "$id" "/recursos/imagenes/productos/$id.webp"
        DELETE "/$id"
        assert_answer 200 "$MENSAJE"
        assert_link_not_exists "$PRODUCTOS/$id.webp"
        refute_row "$id"
    done
    assert_equal "$(cat "$BATS_TEST_TMPDIR/target")" target
    assert_dir_exists "$BATS_TEST_TMPDIR/dir"
}

@test "a link at any other level is not followed: 500, the record stays" {
    local level outside=$BATS_TEST_TMPDIR/outside
    photo 7
    for level in recursos recursos/imagenes recursos/imagenes/productos; do
        mv "$ROOT/$level" "$outside"
        ln -s "$outside" "$ROOT/$level"
        DELETE /7
        assert_refused
        rm "$ROOT/$level"
        mv "$outside" "$ROOT/$level"
    done
    assert_intact 7
}

@test "the public root itself may be reached through a link" {
    photo 7
    ln -s "$ROOT" "$BATS_TEST_TMPDIR/current"
    DELETE /7 BALSAMOA_PUBLIC_ROOT="$BATS_TEST_TMPDIR/current"
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

# --- files that cannot be removed ---

@test "EACCES: the directory may not be written: 500, the record stays" {
    photo 7
    chmod 555 "$PRODUCTOS"
    DELETE /7
    assert_refused
    assert_log cause '.*7.webp.*Permission denied.*'
    assert_intact 7
    chmod 755 "$PRODUCTOS"
    DELETE /7
    assert_answer 200 "$MENSAJE"
}

@test "EACCES: a directory on the way may not be searched: 500, the record stays" {
    photo 7
    chmod 000 "$ROOT/recursos/imagenes"
    DELETE /7
    assert_refused
    chmod 755 "$ROOT/recursos/imagenes"
    assert_intact 7
}

@test "no stage of ours where the stage should be: 500, the record stays" {
    photo 7
    mkdir "$PRODUCTOS/.removal-7-7.webp"
    DELETE /7
    assert_refused
    rmdir "$PRODUCTOS/.removal-7-7.webp"
    assert_intact 7
    photo 8 "$LONG_NAME"
    echo x >"$PRODUCTOS/.removal-8"
    DELETE /8
    assert_refused
    rm "$PRODUCTOS/.removal-8"
    ln -s /tmp "$PRODUCTOS/.removal-8"
    DELETE /8
    assert_refused
    rm "$PRODUCTOS/.removal-8"
    assert_intact 8 "$LONG_NAME"
}

@test "a stage's own directory that becomes a link as soon as it is made: 500, nothing goes through it" {
    local other=$ROOT/recursos/imagenes/otro # within what Landlock allows
    mkdir "$other"
    photo 7 "$LONG_NAME"
    stop_at mkdirat
    begin_request DELETE /7
    wait_until stopped
    rmdir "$PRODUCTOS/.removal-7"
    ln -s "$other" "$PRODUCTOS/.removal-7"
    go_on
    finished
    rm "$PRODUCTOS/.removal-7"
    assert_refused
    assert_intact 7 "$LONG_NAME"
    assert_equal "$(ls -A "$other")" ''
}

# Any error but ENOENT, ENOTDIR and ENAMETOOLONG: a file that may exist counts as one that does.
@test "EROFS, EPERM, EIO, ENOSPC, EDQUOT, EBUSY, EMFILE, ENOMEM from each call: 500, all intact" {
    local error call
    photo 7
    photo 8 "$LONG_NAME"
    for error in EROFS EPERM EIO ENOSPC EDQUOT EBUSY EMFILE ENOMEM; do
        fault "renameat:error=$error"
        DELETE /7
        assert_refused
        assert_intact 7
        for call in mkdirat renameat; do
            fault "$call:error=$error"
            DELETE /8
            assert_refused
            assert_intact 8 "$LONG_NAME"
        done
    done
    for call in 'newfstatat "1.webp' 'fcntl F_DUPFD'; do
        fault "${call% *}:error=EIO:when=$(nth "${call% *}" "${call#* }")"
        DELETE /7
        assert_refused
        assert_intact 7
    done
    photo 9
    traced newfstatat
    DELETE /9
    fault "newfstatat:error=EIO:when=$(first_traced newfstatat removal-9-9.webp)"
    DELETE /7
    assert_refused
    assert_intact 7
    fault mkdirat:error=EEXIST # and yet there is none
    DELETE /8
    assert_refused
    assert_intact 8 "$LONG_NAME"
    fault fsync:error=EIO
    DELETE /7
    assert_refused
    assert_intact 7
}

@test "EIO of stat, and an older stage: 500, both stay" {
    local n
    n=$(nth newfstatat '"1.webp"')
    photo 7
    old_file "$(staged_file 7)" viejo
    fault "newfstatat:error=EIO:when=$n"
    DELETE /7
    assert_refused
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    assert_equal "$(cat "$(staged_file 7)")" viejo
}

@test "an immutable file: 500, the record stays" {
    photo 7
    chattr +i "$PRODUCTOS/7.webp" 2>/dev/null || skip "chattr +i needs CAP_LINUX_IMMUTABLE"
    DELETE /7
    chattr -i "$PRODUCTOS/7.webp"
    assert_refused
    assert_intact 7
}

# --- a file with two records ---

@test "two records, one url: kept after the first, gone after the second" {
    photo 7 shared.webp
    image 8 /recursos/imagenes/productos/shared.webp
    DELETE /8
    assert_answer 200 "$MENSAJE" "$SHARED"
    assert_log outcome removed-file-shared
    refute_row 8
    assert_intact 7 shared.webp
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7 shared.webp
}

@test "two records, one url: the file stays in its place all the while" {
    photo 7 shared.webp
    image 8 /recursos/imagenes/productos/shared.webp
    hold_commit
    begin_request DELETE /8
    until_waiting 1
    run cat "$PRODUCTOS/shared.webp"
    commit_release
    finished
    assert_output 'bytes of 7'
    assert_answer 200 "$MENSAJE" "$SHARED"
}

@test "two records, one url, no file: each goes" {
    image 7 /recursos/imagenes/productos/nada.webp
    image 8 /recursos/imagenes/productos/nada.webp
    DELETE /8
    assert_answer 200 "$MENSAJE" "$ABSENT"
    refute_row 8
}

# --- confinement ---

# needs_landlock: the build and the kernel must have it. A removal of photo 1 finds out.
needs_landlock() {
    grep -q '^#define HAVE_LINUX_LANDLOCK_H' "$abs_top_builddir/config.h" || skip 'built without Landlock'
    photo 1
    traced landlock_create_ruleset,landlock_add_rule,landlock_restrict_self,renameat
    DELETE /1
    assert_answer 200 "$MENSAJE"
    ! grep -q '^landlock_create_ruleset(.* = -1' "$BATS_TEST_TMPDIR/trace" ||
        skip 'the kernel has no Landlock'
}

@test "Landlock confines the program before it touches a file" {
    needs_landlock
    assert_equal "$(sed -nE 's/^([a-z_]+)\(.* = ([0-9]+)( .*)?$/\1/p' "$BATS_TEST_TMPDIR/trace")" \
        "$(printf '%s\n' landlock_create_ruleset landlock_add_rule landlock_restrict_self renameat)"
}

@test "Landlock is refused: a file goes all the same" {
    local call
    needs_landlock
    for call in landlock_create_ruleset landlock_add_rule landlock_restrict_self; do
        photo 7
        fault "$call:error=EPERM"
        DELETE /7
        assert_answer 200 "$MENSAJE"
        assert_removed 7
    done
}
