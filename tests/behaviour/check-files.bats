# SPDX-License-Identifier: ISC
# shellcheck disable=SC2034,SC2154 # variables of support.bash and of check.bash
# imagenes-check: the public root, and the rights on the directories of the images.
load ../lib/support
load ../lib/check

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    ME=$(id -un) GROUP=$(id -gn)
}
teardown() { [ ! -e "$ROOT" ] || chmod -R u+rwx "$ROOT"; }

# --- which root ---

@test "images in several directories" {
    photo 1
    image 2 '/recursos/imagenes/productos/Ñandú 2.webp' x
    image 3 /recursos/imagenes/banners/3.webp x
    image 4 https://cdn.example.com/4.webp
    checked
    assert_well
    refute_warning
    assert_line 'ok: images: each of the newest 3 has its file'
    assert_line "ok: directories of images: user $ME can write in 2"
}

@test "a public root without recursos/, or none at all" {
    checked BALSAMOA_PUBLIC_ROOT="$ROOT/recursos"
    assert_wrong "public root $ROOT/recursos: there is no recursos/ in it" \
        "Set BALSAMOA_PUBLIC_ROOT to the directory that has the shop's recursos/"
    checked BALSAMOA_PUBLIC_ROOT=/nonexistent/public/
    assert_wrong "public root /nonexistent/public/: there is no recursos/ in it"
    config '{"public_root":"/nonexistent"}'
    checked BALSAMOA_PUBLIC_ROOT= BALSAMOA_CONFIG="$FILE"
    assert_wrong 'public root /nonexistent: ' "Set \"public_root\" in $FILE"
}

@test "another shop's public root" {
    image 1 /recursos/imagenes/productos/1.webp
    image 2 /recursos/imagenes/productos/2.webp
    image 3 https://cdn.example.com/3.webp
    checked
    assert_wrong "public root $ROOT: none of the newest 2 images has its file there" \
        "Set BALSAMOA_PUBLIC_ROOT to .* another shop's"
    photo 4
    checked
    assert_warned 'images: 2 of the newest 3 have no file' imagenes-fsck
}

@test "no more than the newest thousand are looked for" {
    sql "INSERT INTO producto_imagenes (id, url)
         SELECT n, '/recursos/imagenes/productos/' || n || '.webp' FROM generate_series(1, 1200) AS n"
    (cd "$PRODUCTOS" && printf '%s.webp\n' {201..1200} | xargs touch)
    checked
    assert_well
    assert_line 'ok: images: each of the newest 1000 has its file'
}

@test "urls that name no file of the shop's lead nowhere" {
    image 1 /recursos/../../etc/passwd
    image 2 /recursos/
    image 3 ''
    checked
    assert_well
    refute_line --regexp '^(ok|warning): images: '
    assert_line "ok: directories of images: user $ME can write in 1"
}

# --- what may be done there ---

@test "a directory of this user's that he may not write in, or enter" {
    photo 7
    chmod 555 "$PRODUCTOS"
    checked
    assert_wrong "directory $PRODUCTOS: user $ME cannot write in it: Permission denied \(mode 0555, owner $ME, group $GROUP\)" \
        "\`chmod u\+rwx $PRODUCTOS\`"
    chmod 755 "$PRODUCTOS"
    chmod 444 "$ROOT/recursos/imagenes"
    checked
    chmod 755 "$ROOT/recursos/imagenes"
    assert_wrong "directory $ROOT/recursos/imagenes: user $ME cannot enter it: .*mode 0444" \
        "\`chmod u\+x $ROOT/recursos/imagenes\`"
    chmod 333 "$ROOT/recursos"
    checked
    chmod 755 "$ROOT/recursos"
    assert_wrong "directory $ROOT/recursos: user $ME cannot read it: .*mode 0333" \
        "\`chmod u\+rx $ROOT/recursos\`"
    chmod 600 "$ROOT"
    checked
    assert_wrong "directory $ROOT: user $ME cannot enter it: "
}

@test "each directory is told once, and each of them is" {
    local name id=0
    for name in a b; do
        image $((++id)) "/recursos/$name/1.webp" x
        image $((++id)) "/recursos/$name/2.webp" x
        chmod 555 "$ROOT/recursos/$name"
    done
    photo 7
    checked
    assert_failure 1
    assert_equal "$(grep -c '^error: directory' <<<"$output")" 2
    assert_finding error "directory $ROOT/recursos/a: "
    assert_finding error "directory $ROOT/recursos/b: "
    assert_line "ok: directories of images: user $ME can write in 1"
}

@test "a directory that is missing may be one that is not mounted" {
    photo 7
    image 8 '/recursos/imagenes/so que/8.webp'
    checked
    assert_failure 1
    assert_finding error "directory $ROOT/recursos/imagenes/so que: No such file" \
        "mount it; if not, as root: \`install -d -g $GROUP -m 2775 '$ROOT/recursos/imagenes/so que'\`"
}

@test "no images yet: the directory of the products' is looked at" {
    rmdir "$PRODUCTOS"
    checked
    assert_wrong "directory $PRODUCTOS: No such file" 'install -d'
}

@test "a link, or a file, in a directory's place" {
    photo 7
    mv "$PRODUCTOS" "$ROOT/fotos"
    ln -s "$ROOT/fotos" "$PRODUCTOS"
    checked
    assert_wrong "directory $PRODUCTOS: a symbolic link" 'mount --bind'
    rm "$PRODUCTOS"
    touch "$PRODUCTOS"
    image 8 /recursos/imagenes/8.webp x
    checked
    assert_wrong "directory $PRODUCTOS: not a directory" ''
    mv "$ROOT/recursos" "$ROOT/otro"
    ln -s otro "$ROOT/recursos"
    checked
    assert_wrong "directory $ROOT/recursos: a symbolic link"
}

@test "links above the public root are followed" {
    photo 7
    ln -s "$ROOT" "$BATS_TEST_TMPDIR/enlace"
    checked BALSAMOA_PUBLIC_ROOT="$BATS_TEST_TMPDIR/enlace/"
    assert_well
    assert_line 'ok: images: each of the newest 1 has its file'
}

@test "a name with a quote is one word in what is to be typed" {
    image 1 "/recursos/l'été/1.webp" x
    chmod 555 "$ROOT/recursos/l'été"
    checked
    assert_wrong "directory $ROOT/recursos/l'été: " "chmod u\+rwx '$ROOT/recursos/l'\\\\''été'"
}

# --- what is others' ---

@test "somebody else's directory: for its group" {
    photo 7
    as_stranger "mount --bind /usr/share '$PRODUCTOS'"
    sql "UPDATE producto_imagenes SET url = '/recursos/imagenes/productos/doc'"
    checked
    assert_wrong "directory $PRODUCTOS: user 54321 cannot write in it: Permission denied \(mode 0755, owner nobody, group nogroup\)" \
        "As root: \`chgrp 54321 $PRODUCTOS && chmod 2775 $PRODUCTOS\`"
}

@test "a directory of this user's group that the group may not write in" {
    photo 7
    as_stranger "mount --bind /usr/share '$PRODUCTOS'"
    WRAP=${WRAP/--map-group=54321/--map-group=65534} # what is root's seems to be this group's
    sql "UPDATE producto_imagenes SET url = '/recursos/imagenes/productos/doc'"
    checked
    assert_wrong "directory $PRODUCTOS: " "As root: \`chmod g\+rwxs $PRODUCTOS\`"
}

@test "somebody else's directory on the way" {
    photo 7
    [ "$(stat -c %a /root)" = 700 ] || skip "/root is not for root alone"
    as_stranger "mount --bind /root '$ROOT/recursos/imagenes'"
    checked
    assert_wrong "directory $ROOT/recursos/imagenes: user 54321 cannot enter it: " \
        "As root: \`chmod o\+x $ROOT/recursos/imagenes\`"
}

@test "a read-only file system, which no mode explains" {
    photo 7
    as_stranger "mount --bind '$PRODUCTOS' '$PRODUCTOS' && mount -o remount,ro,bind '$PRODUCTOS'"
    checked
    assert_wrong "directory $PRODUCTOS: user 54321 cannot write in it: Read-only file system" 'The mode allows it'
}

# Two images in /tmp, which is root's and sticky. COMMAND may give them to somebody else.
sticky() {
    local id name mounts="mount --rbind /tmp '$PRODUCTOS'"
    [ "$(stat -c %u:%a /tmp)" = 0:1777 ] || skip "/tmp is not root's and sticky"
    SPARE=()
    for id in 7 8; do
        name=$(mktemp /tmp/imagenes.XXXXXX)
        SPARE+=("$name")
        image "$id" "/recursos/imagenes/productos/${name##*/}"
        mounts+=" && $1 '$PRODUCTOS/${name##*/}'"
    done
    as_stranger "$mounts"
    checked
    rm "${SPARE[@]}"
}

@test "a sticky directory with files of others'" {
    sticky 'mount --bind /etc/hostname'
    assert_wrong "directory $PRODUCTOS: sticky, so that user 54321 cannot move files of others, such as imagenes\.[A-Za-z0-9]+ of nobody" \
        "As root: \`chmod -t $PRODUCTOS\`"
}

@test "a sticky directory with files of this user's" {
    sticky 'test -e'
    assert_well
}

@test "a sticky directory of this user's own, with files of others'" {
    photo 7
    chmod 1777 "$PRODUCTOS"
    as_stranger "mount --bind /etc/hostname '$PRODUCTOS/7.webp'"
    checked
    assert_well
}
