# SPDX-License-Identifier: ISC
# Others work at the same time: at each of a removal's system calls in turn, and, for SOAK_SECONDS, all
# at once and at random (SOAK_SEED).
# shellcheck disable=SC2034,SC2153,SC2154 # shared with tests/proof/proof.bash
load proof

setup_file() { postgres_start && grant_products; }
teardown_file() { postgres_stop; }
setup() { needs_ptrace && proof_reset; }
teardown() { proof_end; }

# --- while a removal stands still at each of its calls ---

fresh() {
    rm -rf "$STAGE"
    old_file "$FILE" 'bytes of 7'
    sharer='' other='' other_status='' was_there='' had_record=''
    ask "DELETE FROM producto_imagenes WHERE url = '$URL';
         INSERT INTO producto_imagenes (id, producto_id, url) VALUES (7, 1, '$URL')"
}
fresh_pair() {
    fresh
    ask "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '$URL')"
}

# beside COMMAND...: runs it in the background for as long as it needs, and waits a moment for it.
beside() {
    local i
    "$@" 3>&- &
    other=$!
    for i in {1..5}; do
        kill -0 "$other" 2>/dev/null || return 0
        sleep 0.01
    done
}
beside_finished() {
    other_status=0
    [ -z "$other" ] || wait "$other" || other_status=$?
}

# other_removal ID: its exit status is its answer's class: 2, 4, 5.
other_removal() {
    local line
    program DELETE "/$1" 2>/dev/null </dev/null >"$BATS_TEST_TMPDIR/other"
    read -r line <"$BATS_TEST_TMPDIR/other"
    exit "${line:8:1}"
}

# The state of file and record when the other is done.
remember() {
    was_there='' had_record=''
    [ ! -e "$FILE" ] || was_there=1
    ask "SELECT count(*) FROM producto_imagenes WHERE id = 7"
    [ "$reply" = 0 ] || had_record=1
}

upload_by_rename() {
    remember
    printf nuevo >"$PRODUCTOS/.subida" && mv "$PRODUCTOS/.subida" "$FILE"
}
upload_in_place() {
    remember
    printf nuevo >"$FILE"
}
refer() {
    ask "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '$URL')"
    remember
}
upload_and_refer() {
    upload_by_rename
    refer
}
# Says `before` if it began to write before the removal committed.
edit() {
    sql "BEGIN; LOCK TABLE producto_imagenes IN ROW EXCLUSIVE MODE;
         SELECT 'before' FROM producto_imagenes WHERE id = 7;
         DELETE FROM producto_imagenes WHERE url = '$URL';
         INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '$URL');
         COMMIT" >"$BATS_TEST_TMPDIR/edited"
}
same_removal() { beside other_removal 7; }
sharers_removal() { beside other_removal 9; }
product_edit() { beside edit; }
run_fsck() { fsck; }

# race PREPARE OTHER CHECK: OTHER happens at each call. CHECK says what must be true then.
race() {
    local n missed=0
    starting_at recvfrom
    for ((n = from; missed < 2; n++)); do
        "$1"
        meanwhile "$n" "$2"
        beside_finished
        point="call $n: ${hit:-the end}: $2"
        [ -n "$hit" ] || missed=$((missed + 1))
        points=$((points + 1))
        settled
        look
        kind=${WHOLE[${answer:-none}]-}
        [ -n "$kind" ] || violation 'not a whole answer of the contract'
        [ ! -e "$STAGE" ] || [ "$kind" = '200 later' ] || violation 'I2: something is left staged'
        "$3"
        check_others
    done
    conclude 30
}

all_gone() {
    [ "$row$sharing" = 00 ] || violation 'a record is left'
    [ ! -e "$FILE" ] || violation 'the file is left'
}
one_of_two() {
    all_gone
    [ "${kind%% *} $other_status" = '200 4' ] || [ "${kind%% *} $other_status" = '404 2' ] ||
        violation "not one 200 and one 404: the other is $other_status"
}
# The other may stay staged only if its answer says so.
both() {
    local stage=$PRODUCTOS/${STAGE##*/}
    stage=${stage/-7-/-9-}
    all_gone
    [ ! -e "$stage" ] || { grep -q 'se borrará más tarde' "$BATS_TEST_TMPDIR/other" && rm "$stage"; } ||
        violation 'the other is left staged'
    [ "${kind%% *} $other_status" = '200 2' ] ||
        violation "not both 200: the other is $other_status"
}
# A file that was there when the removal looked the image up is the one to remove. A file that came
# between that and the staging stays staged, through a repair, until its record comes.
upload_survives() {
    [[ $kind =~ ^200(| absent| later)$ ]] || violation 'not 200'
    [ "$row" = 0 ] || violation 'the record is left'
    [ -n "$was_there" ] || [ "$file" = nuevo ] || violation 'the newer file is gone'
    [ "$kind" = '200 later' ] || return 0
    fsck
    ask "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '$URL')"
    fsck
    look
    [ "$file" = nuevo ] || violation 'the newer file has not come back to its record'
}
# The file may be missing only if both it and its record had gone when the other record came.
reference_has_file() {
    [ "$sharing" = 1 ] || violation 'the other record is gone'
    [ "$file" = 'bytes of 7' ] || [ "$was_there$had_record" = '' ] ||
        violation 'the other record has no file'
}
reference_has_newer_file() {
    [ "$sharing" = 1 ] || violation 'the other record is gone'
    [ "$file" = nuevo ] || violation 'the other record has no file, or an older one'
}
# The same for an edit, even one that had to wait for the removal.
edit_has_file() {
    [ "$row $sharing $other_status" = '0 1 0' ] || violation 'not as edited'
    [ "$file" = 'bytes of 7' ] || ! grep -q before "$BATS_TEST_TMPDIR/edited" ||
        violation 'the edited record has no file'
}
removed() {
    all_gone
    [ "$kind" = 200 ] || violation 'not 200'
}

@test "race: the same removal" { race fresh same_removal one_of_two; }

@test "race: the removal of another record of the file" { race fresh_pair sharers_removal both; }

@test "race: a record that refers to the file" { race fresh refer reference_has_file; }

@test "race: a newer file, renamed into place" { race fresh upload_by_rename upload_survives; }

@test "race: a newer file, written in place" { race fresh upload_in_place upload_survives; }

@test "race: a newer file and its record" { race fresh upload_and_refer reference_has_newer_file; }

@test "race: a product edit" { race fresh product_edit edit_has_file; }

@test "race: imagenes-fsck --repair" {
    [ -x "$FSCK" ] || skip 'no imagenes-fsck'
    race fresh run_fsck removed
}

refused_has_newer_file() {
    [ "$row $kind" = '1 500' ] || violation 'not refused'
    [ "$file" = nuevo ] || violation 'the record has no file, or an older one'
}
refused_has_file() {
    [ "$row $kind" = '1 500' ] || violation 'not refused'
    [ "$file" = 'bytes of 7' ] || violation 'the record has no file'
}
# Refused at last, however often it is asked.
fresh_refused() {
    ask "DELETE FROM refusal"
    fresh
    refuse_commits
}

@test "race: a newer file, and the commit is refused" {
    race fresh_refused upload_by_rename refused_has_newer_file
}

@test "race: imagenes-fsck --repair, and the commit is refused" {
    [ -x "$FSCK" ] || skip 'no imagenes-fsck'
    race fresh_refused run_fsck refused_has_file
}

# --- everybody at once ---

# Records 100 to 129 of ten files, three of each.
soak_reset() {
    local i
    soak=$BATS_TEST_TMPDIR/soak
    mkdir "$soak"
    for i in {0..9}; do old_file "$PRODUCTOS/s$i.webp" "bytes of $i"; done
    ask "INSERT INTO producto_imagenes (id, producto_id, url)
         SELECT 100 + i, 1, format('/recursos/imagenes/productos/s%s.webp', i % 10)
         FROM generate_series(0, 29) AS i;
         INSERT INTO productos (id, nombre, precio) VALUES (2, 'guardado', 1), (3, 'guardado', 1);
         SELECT setval('producto_imagenes_id_seq', 1000)"
    deadline=$((EPOCHSECONDS + ${SOAK_SECONDS:-8}))
}

# worker NAME: runs soak_NAME until the time is up, and counts.
worker() {
    local done=0
    RANDOM=$((seed + $2))
    while [ "$EPOCHSECONDS" -lt "$deadline" ]; do
        "soak_$1" || true
        done=$((done + 1))
        echo "$done" >"$soak/count.$1.$2"
    done
}

# An image that exists, at random.
any_record() {
    sql "SELECT id FROM producto_imagenes WHERE id >= 100
         ORDER BY hashtext(id::text || '$RANDOM') LIMIT 1"
}

# One in three is killed at a random call; some calls of the others fail.
soak_delete() {
    local id n=100000 answer line
    id=$(any_record)
    [ -n "$id" ] || return 0
    [ $((RANDOM % 3)) -ne 0 ] || n=$((RANDOM % 100 + 1))
    answer=$(program DELETE "/$id" ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" \
        "$TAMPER" "$soak/hit.$BASHPID" "$n" kill 2>>"$soak/log" </dev/null)
    answer=${answer//$'\r'/}
    line=${answer%%$'\n'*}
    echo "${line:-no answer}" >>"$soak/answers.$BASHPID"
    [ -z "$answer" ] || [ -n "${WHOLE[$answer]-}" ] || echo "$answer" >>"$soak/false"
}

# insert N [STATEMENT]: a record of file N, after a STATEMENT, such as a DELETE, in one transaction that
# takes its time. Writes down how the file was as the record was inserted: there; or else which record
# it replaces, if any. Without either, a removal had had its last look, or was about to.
insert() {
    local seen id old how
    seen=$("$PGBIN/psql" -XqAt -v ON_ERROR_STOP=1 2>/dev/null <<-EOF
	BEGIN;
	${2:-}
	INSERT INTO producto_imagenes (producto_id, url)
	    VALUES (1, '/recursos/imagenes/productos/s$1.webp') RETURNING 'id', id;
	\\! [ ! -e "$PRODUCTOS/s$1.webp" ] || echo there
	SELECT pg_sleep(0.0$((RANDOM % 10)));
	COMMIT;
	EOF
    )
    id=$(sed -n 's/^id|//p' <<<"$seen")
    old=$(sed -n 's/^replaced|//p' <<<"$seen")
    how=late
    [ -z "$old" ] || how="replaces $old"
    [[ $seen != *there* ]] || how=there
    [ -z "$id" ] || echo "$id s$1 $how" >>"$soak/inserted.$BASHPID"
}
# came_too_late ID: whether a record may end without its file. A record that replaces another may, if
# that one may. One that a save has added may not: it is written down nowhere.
came_too_late() {
    local how
    how=$(sed -n "s/^$1 s[0-9] //p" "$soak"/inserted.*)
    [ "$how" = late ] || { [[ $how == replaces* ]] && came_too_late "${how#replaces }"; }
}
soak_upload() {
    local i=$((RANDOM % 10))
    if [ $((RANDOM % 2)) -eq 0 ]; then
        printf 'bytes of %s' "$i" >"$PRODUCTOS/s$i.webp"
    else
        printf 'bytes of %s' "$i" >"$soak/subida" && mv "$soak/subida" "$PRODUCTOS/s$i.webp"
    fi
    insert "$i"
}
soak_edit() {
    local i=$((RANDOM % 10))
    insert "$i" "DELETE FROM producto_imagenes WHERE id IN (SELECT id FROM producto_imagenes
        WHERE url = '/recursos/imagenes/productos/s$i.webp' ORDER BY id LIMIT 1)
        RETURNING 'replaced', id;"
    sleep 0.0$((RANDOM % 10))
}
# A save of one of two products, which drops an image and adds one. One in three is killed.
soak_save() {
    local product=$((RANDOM % 2 + 2)) n=100000 form=$soak/form.$BASHPID answer
    [ $((RANDOM % 3)) -ne 0 ] || n=$((RANDOM % 150 + 1))
    sql "SELECT json_build_object('imagenes', json_agg(json_build_object('url', url))) FROM
         ((SELECT url FROM producto_imagenes WHERE producto_id = $product
           ORDER BY hashtext(id::text || '$RANDOM') LIMIT 3)
          UNION ALL SELECT '/recursos/imagenes/productos/s$((RANDOM % 10)).webp') AS list" >"$form"
    answer=$(PROGRAM=$abs_top_builddir/cgi-bin/productos program PUT "/$product" \
        CONTENT_TYPE=application/json CONTENT_LENGTH="$(wc -c <"$form")" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" \
        "$TAMPER" "$soak/hit.$BASHPID" "$n" kill 2>>"$soak/log" <"$form")
    answer=${answer//$'\r'/}
    # 400: the added image has no file.
    [[ -z $answer || $answer == 'Status: 400'*'no existe en el disco"}' || $answer == 'Status: 500 Internal Server Error'*'"}' || $answer == \
        'Status: 200 OK'*'{"mensaje":"Producto actualizado exitosamente","producto":{'*'}' ]] ||
        echo "$answer" >>"$soak/false"
}
# Commits are refused for a moment.
soak_refusal() {
    sql "INSERT INTO refusal DEFAULT VALUES"
    sleep 0.0$((RANDOM % 10))
    sql "DELETE FROM refusal"
    sleep 0.$((RANDOM % 10))
}
# Connections are lost.
soak_cut() {
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'imagenes'
         ORDER BY hashtext(pid::text || '$RANDOM') LIMIT 1"
    sleep 0.$((RANDOM % 10))
}
# shellcheck disable=SC2030,SC2031 # a worker's status is its own
soak_fsck() {
    fsck
    # Its connection may be cut, too.
    [ "$status" -lt 8 ] || grep -q 'connection' "$BATS_TEST_TMPDIR/log" ||
        cat "$BATS_TEST_TMPDIR/log" >>"$soak/false"
    sleep 0.$((RANDOM % 10))
}

# sum NAME: how often a worker has done its task.
sum() { cat "$soak/count.$1".* 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'; }
progress() {
    local answers
    answers=$(cat "$soak"/answers.* 2>/dev/null | sort | uniq -c | tr -s ' ' | tr '\n' ',')
    echo "# soak: $(sum delete) removals, $(sum upload) uploads, $(sum edit) edits, $(sum save) saves," \
        "$(sum fsck) fscks; answers:${answers%,}" >&3
}

# After the last repair, record <=> file, except for the records that came too late.
soak_check() {
    local i ids id
    answer='' status='' row='' file='' staged=''
    point="seed $seed"
    [ ! -e "$soak/false" ] || violation "$(cat "$soak/false")"
    [ -z "$(find "$ROOT" -name '.removal-*' ! -name .removal-database)" ] || violation 'I2: something is left staged'
    for i in {0..9}; do
        points=$((points + 1))
        file=$PRODUCTOS/s$i.webp
        ask "SELECT id FROM producto_imagenes WHERE url = '${file#"$ROOT"}' ORDER BY id"
        ids=$reply
        if [ -z "$ids" ]; then
            [ ! -e "$file" ] || violation "I2: no record, and $file is in place"
        elif [ ! -e "$file" ]; then
            for id in $ids; do
                came_too_late "$id" ||
                    violation "I1: $id has no file; $(grep -h " s$i " "$soak"/inserted.* | sort -n | tail -n 5)"
            done
        else
            [ "$(cat "$file")" = "bytes of $i" ] || violation "$file has other bytes"
        fi
    done
}

@test "soak" {
    local name i
    [ -x "$FSCK" ] || skip 'no imagenes-fsck'
    seed=${SOAK_SEED:-$RANDOM}
    echo "# soak: SOAK_SEED=$seed, ${SOAK_SECONDS:-8} s" >&3
    soak_reset
    workers=()
    for name in 'delete 1' 'delete 2' 'delete 3' 'upload 4' 'edit 5' 'fsck 6' 'refusal 7' 'cut 8' \
        'save 9' 'save 10'; do
        worker "${name% *}" "${name#* }" >>"$soak/log" 2>&1 3>&- &
        workers+=("$!")
    done
    for ((i = 1; EPOCHSECONDS < deadline; i++)); do
        sleep 1
        [ $((i % 10)) -ne 0 ] || progress
    done
    wait "${workers[@]}"
    workers=()
    progress
    settled
    database=$(database_url)
    ask "DELETE FROM refusal"
    # What is staged was written just now, and might be an upload whose record is still to come.
    find "$PRODUCTOS" -name '.removal-*' -exec touch -d '1 hour ago' {} +
    fsck
    soak_check
    conclude 10
}
