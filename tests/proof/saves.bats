# SPDX-License-Identifier: ISC
# Saves and removals of a product, killed at every system call, with each call failed and each message of
# the database cut: all of it or none, no file lost, nothing left staged in the end.
# shellcheck disable=SC2034,SC2153,SC2154 # shared with tests/proof/proof.bash
load proof

setup_file() { postgres_start && grant_products; }
teardown_file() { postgres_stop; }
setup() {
    needs_ptrace
    proof_reset
    PROGRAM=$abs_top_builddir/cgi-bin/productos
    printf 'bytes of 9' >"$PRODUCTOS/9.webp"
    others
    others_before=$others
    ways_to_recover=(again fsck)
    of_save
}
teardown() { proof_end; }

HEAD=$'\nContent-Type: application/json; charset=utf-8\nCache-Control: no-store\n\n'
DATABASE='Error al actualizar el producto'

# The save: drops image 7, keeps 8 with another order, adds 9, renames the product.
of_save() {
    method=PUT before='Hoodie Basic Blanco 7.webp:1 8.webp:1' after='Nuevo 8.webp:5 9.webp:2'
    done_words='{"mensaje":"Producto actualizado exitosamente","producto":{"id":1,*}'
    printf '{"nombre":"Nuevo","imagenes":[{"url":"%s/8.webp","orden":5},{"url":"%s/9.webp","orden":2}]}' \
        "${URL%/*}" "${URL%/*}" >"$BATS_TEST_TMPDIR/form"
}
# The removal: of the product and image 7; 8 is another product's.
of_removal() {
    method=DELETE before='Hoodie Basic Blanco 7.webp:1' after='- 8'
    done_words='{"mensaje":"Producto eliminado definitivamente de la base de datos","producto":\[{"id":1,*}\]*}'
    DATABASE='Error al intentar eliminar'
    : >"$BATS_TEST_TMPDIR/form"
}

# The state in which each point starts.
fresh() {
    [ ! -e "$STAGE" ] || rm -rf "$STAGE"
    old_file "$FILE" 'bytes of 7'
    sharer=
    ask "DELETE FROM refusal; DELETE FROM producto_imagenes; DELETE FROM productos;
         ALTER SEQUENCE producto_imagenes_id_seq RESTART 9;
         INSERT INTO productos (id, nombre, precio) VALUES (1, 'Hoodie Basic Blanco', 1), (2, '-', 1);
         INSERT INTO producto_imagenes (id, producto_id, url) VALUES (7, 1, '$URL'),
             (8, $([ "$method" = PUT ] && echo 1 || echo 2), '${URL%/*}/8.webp')"
}

attempt() {
    local length
    length=$(wc -c <"$BATS_TEST_TMPDIR/form")
    status=0
    DATABASE_URL=$database program "$method" /1 BALSAMOA_TIMEOUT_MS="${timeout-}" \
        CONTENT_TYPE=application/json CONTENT_LENGTH="$length" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" "$@" \
        >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log" <"$BATS_TEST_TMPDIR/form" || status=$?
    take_answer
}

# Sets $row, $file and $staged as proof.bash does, $sharing to 0, and $state: product and images.
look() {
    file='' staged=''
    ask "SELECT (SELECT count(*) FROM producto_imagenes WHERE id = 7) || '|' ||
            coalesce((SELECT nombre FROM productos WHERE id = 1), '-') || ' ' ||
            coalesce((SELECT string_agg(regexp_replace(url, '.*/', '') || ':' || orden, ' ' ORDER BY url)
                      FROM producto_imagenes WHERE producto_id = 1),
                     (SELECT string_agg(id::text, ' ') FROM producto_imagenes))"
    row=${reply%%|*} state=${reply#*|} sharing=0
    { read -r file <"$FILE"; read -r staged <"$STAGED"; } 2>/dev/null || true
    [ ! -e "$STAGED" ] || read -r staged <"$STAGED" || true
}

check_whole_state() {
    [ "$state" = "$before" ] || [ "$state" = "$after" ] || violation "half a save: $state"
    [ "$(cat "$PRODUCTOS/8.webp" "$PRODUCTOS/9.webp")" = 'bytes of 8bytes of 9' ] ||
        violation 'a kept or an added file has changed'
}

# One whole answer or none, and never a false one. Sets $kind.
check_i3() {
    local ours="Status: 500 Internal Server Error$HEAD"
    check_whole_state
    kind=
    case $answer in
    '') [ "$status" -ne 0 ] || violation 'I3: exit status 0 and no answer' ;;
    "Status: 200 OK$HEAD"$done_words) kind=200 ;;
    "$ours{\"mensaje\":\"$DATABASE\"}") kind=500 ;;
    "$ours{\"mensaje\":\"Error al eliminar la imagen del disco\"}") kind=500 ;;
    "$ours{\"mensaje\":\"Error de configuración del servidor\"}") kind=500 ;;
    "Status: 400 Bad Request$HEAD{\"mensaje\":\"$DATABASE\",\"detalle\":\"El cuerpo de la petición debe ser un objeto JSON\"}")
        kind=400 ;;
    "Status: 400 Bad Request$HEAD{\"mensaje\":\"Cada imagen debe tener un campo \\\"url\\\" válido\",\"detalle\":\"El archivo no existe en el disco\"}")
        kind=400
        denied || violation 'I3: 400, and the added file is there'
        ;;
    *) violation 'I3: not a whole answer of the contract' ;;
    esac
    [ "$kind" != 200 ] || [ "$state" = "$after" ] || violation 'I3: 200, and not as asked'
    [ "$kind" != 200 ] || [ -z "$file" ] || denied || violation 'I3: 200, and the dropped file is public'
    [ "$kind" != 200 ] || [ -z "$staged" ] || [[ $answer == *detalle* ]] || denied ||
        violation 'I3: 200 without a detalle, and the dropped file is staged'
    [ "$kind" != 400 ] || [ "$state" = "$before" ] || violation 'I3: 400, and saved'
}
check_undone() {
    [ -n "${several:-}" ] || [ "$kind" != 500 ] || [ "$state $file" = "$before bytes of 7" ] ||
        violation '500, and not as before'
}

# again: the same once more, and then imagenes-fsck, which alone knows of a file whose record is gone.
recover() {
    local database_then=$database
    database=$(database_url)
    accept_commits
    [ "$1" != again ] || attempt
    fsck
    database=$database_then
}
check_recovered() {
    look
    check_whole_state
    [ "$status" -lt 8 ] || violation 'not recovered'
    [ ! -e "$STAGE" ] || violation 'I2: something is left staged'
    [ "$1" != again ] || [ "$state" = "$after" ] || violation 'again, and not saved'
}

# Each message is cut: the program's, and the database's. Without PROVE, every ninth.
cut_sweep() {
    local n side
    for side in client server; do
        for ((n = 1; ; n += ${PROVE:+-8} + 9)); do
            fresh
            : >"$BATS_TEST_TMPDIR/relayed"
            relay_start "$side:$n:before:again"
            attempt
            relay_stop
            point="$side's message $n"
            judge "$n"
            [ -s "$BATS_TEST_TMPDIR/relayed" ] || break
        done
    done
}

@test "a save, killed" {
    several=1
    starting_at recvfrom
    every_recovery crash_sweep kill "$from" fresh
    [ -z "${PROVE:-}" ] || every_recovery crash_sweep kill-after "$from" fresh
    conclude 30
}

@test "a save whose commit is refused, killed" {
    several=1
    starting_at recvfrom
    every_recovery crash_sweep kill "$from" fresh_refused
    conclude 30
}

@test "a save over a stage that a crash has left, killed" {
    several=1
    starting_at recvfrom
    every_recovery crash_sweep kill "$from" fresh_staged
    conclude 30
}

@test "the removal of a product, killed" {
    of_removal
    several=1
    starting_at recvfrom
    every_recovery crash_sweep kill "$from" fresh
    conclude 30
}

@test "a save: each call, each error" {
    starting_at recvfrom
    every_recovery fault_sweep fail "$from" fresh
    conclude 100
}

@test "the removal of a product: each call, each error" {
    of_removal
    starting_at recvfrom
    every_recovery fault_sweep fail "$from" fresh
    conclude 100
}

@test "a save: each message is cut" {
    several=1
    timeout=3000
    cut_sweep
    conclude 8
}
