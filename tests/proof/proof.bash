# SPDX-License-Identifier: ISC
# The proof that a removal survives anything: image 7 is removed again and again. Each time something
# else goes wrong, and then the invariants are checked.
#
#   I1  a record exists => its bytes exist, in place or staged
#   I2  after recovery: the record exists <=> the file is in place, and nothing is left staged
#   I3  a 200 was sent => the record is gone, and nothing is at its url but for what detalle says
#   I4  nothing outside recursos/ is touched, and no file that another record refers to
#
# Allowed, because nothing can be done about it:
# - A removal that dies between its COMMIT and the erasing leaves a staged file without a record. A
#   repeated DELETE (404) does not find it, and imagenes-fsck erases it.
# - A stage stays empty if removing its directory failed.
# - A record may come after its file has gone for good: it could not have its file.
# shellcheck disable=SC2034,SC2154 # what the files that load this set and use
load ../lib/support

TAMPER=$abs_top_builddir/tests/proof/tamper
RELAY=$abs_top_builddir/tests/proof/relay
FAIL_ALLOC=$abs_top_builddir/tests/proof/fail-alloc.so
FSCK=$abs_top_builddir/sbin/imagenes-fsck

# --- a psql that stays open: starting one takes longer than a removal ---

session_open() {
    coproc SESSION { exec "$PGBIN/psql" -XqAt -v ON_ERROR_STOP=0 2>&1 3>&-; }
    session=$SESSION_PID
}
session_close() {
    echo '\q' >&"${SESSION[1]}"
    wait "$session" || true
}

# ask STATEMENTS: sets $reply, its lines joined.
ask() {
    local line
    reply=
    printf '%s;\n\\echo --end--\n' "$1" >&"${SESSION[1]}"
    while IFS= read -r line <&"${SESSION[0]}" && [ "$line" != --end-- ]; do
        reply+=${reply:+$'\n'}$line
    done
}

# --- the shop ---

# Image 7; image 8, which nobody removes; what is outside recursos/; and a commit that can be refused.
proof_reset() {
    # The trap that tells bats where a test fails takes longer than all the rest.
    trap - DEBUG
    shop_reset
    photo 8
    mkdir -p "$ROOT/recursos-otros" "$PRODUCTOS/otros"
    echo index >"$ROOT/index.html"
    echo 7 >"$ROOT/7.webp"
    echo 7 >"$ROOT/recursos-otros/7.webp"
    echo 7 >"$PRODUCTOS/otros/7.webp"
    database=$(database_url)
    points=0 violations=0 hit=''
    sql "SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS refusal (); TRUNCATE refusal;
         CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS \$\$
         BEGIN
             IF session_user = 'imagenes' AND EXISTS (SELECT FROM refusal) THEN
                 RAISE EXCEPTION 'refused at commit';
             END IF;
             RETURN NULL;
         END \$\$;
         CREATE CONSTRAINT TRIGGER at_commit AFTER DELETE ON producto_imagenes
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
    session_open
    [ ! -x "$FSCK" ] || fsck # for the first time: it writes down which database this is
    of_name 7.webp
}

# of_name NAME: from here on image 7's file has this name.
of_name() {
    [ -z "${FILE-}" ] || rm "$FILE"
    ask "DELETE FROM producto_imagenes WHERE id = 7"
    URL=/recursos/imagenes/productos/$1
    FILE=$ROOT$URL
    STAGED=$(staged_file 7 "$1")
    STAGE=$STAGED # the stage's entry in the file's directory
    [ "$1" != "$LONG_NAME" ] || STAGE=${STAGED%/*}
    fresh
    others
    others_before=$others
}

# What I4 protects: every file but image 7's, and every record but those of its url.
others() {
    # recursos itself changes where imagenes-fsck tries to write down which database it is.
    others=$(find "$ROOT" ! -path "$FILE" ! -path "$STAGE*" ! -path "$PRODUCTOS" \
        ! -path "$ROOT/recursos" \
        -printf '%P %i %s %T@\n' | sort)
}

refuse_commits() { ask "INSERT INTO refusal DEFAULT VALUES"; }
accept_commits() { ask "DELETE FROM refusal"; }

# The state in which each point of a sweep starts, whatever the one before has left.
fresh() {
    [ ! -e "$STAGE" ] || rm -rf "$STAGE"
    [ ! -d "$FILE" ] || rmdir "$FILE"
    old_file "$FILE" 'bytes of 7'
    sharer=
    ask "DELETE FROM refusal; DELETE FROM producto_imagenes WHERE url = '$URL';
         INSERT INTO producto_imagenes (id, producto_id, url) VALUES (7, 1, '$URL')"
}
fresh_refused() {
    fresh
    refuse_commits
}
# Another record has the url.
fresh_shared() {
    fresh
    sharer=9
    ask "INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 1, '$URL')"
}
# A removal has crashed before its commit.
fresh_staged() {
    fresh
    stage 7 "${FILE##*/}"
}
# … after it.
fresh_committed() {
    fresh_staged
    ask "DELETE FROM producto_imagenes WHERE id = 7"
}
# … before it, and a newer file has come.
fresh_superseded() {
    fresh_staged
    old_file "$FILE" 'bytes of 7'
}

# --- one attempt ---

# attempt COMMAND...: a DELETE of image 7. COMMAND runs the program, with $timeout milliseconds and behind
# the web server $software if those are set. Sets $answer and $status.
attempt() {
    status=0
    DATABASE_URL=$database program DELETE /7 BALSAMOA_TIMEOUT_MS="${timeout-}" \
        SERVER_SOFTWARE="${software-}" ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" "$@" \
        >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log" </dev/null || status=$?
    take_answer
}
take_answer() {
    IFS= read -r -d '' answer <"$BATS_TEST_TMPDIR/answer" || true
    answer=${answer//$'\r'/}
}

# tampered N ACTION [OPTION...]: an attempt in which the Nth system call is tampered with. Sets $hit, the
# call and what was done to it, and $at, its number. $hit is empty if the program ended before.
tampered() {
    at='' hit=''
    attempt "$TAMPER" "${@:3}" "$BATS_TEST_TMPDIR/hit" "$1" "$2"
    [ -p "$BATS_TEST_TMPDIR/hit" ] || read -r at hit <"$BATS_TEST_TMPDIR/hit" || true
    return "$status"
}

# attempt_fsck COMMAND..., tampered_fsck N ACTION: the same for imagenes-fsck --repair. It has no answer;
# sets $ended, its status.
attempt_fsck() {
    fsck "$@"
    ended=$status status=1
}
tampered_fsck() {
    at='' hit=''
    attempt_fsck "$TAMPER" "$BATS_TEST_TMPDIR/hit" "$1" "$2"
    read -r at hit <"$BATS_TEST_TMPDIR/hit" || true
}

# first CALL: sets $first, the number of an attempt's first call of that name.
first() {
    fresh
    tampered "$1" pause:/dev/null || true
    first=$at
}

# starting_at CALL: sets $from, where a sweep begins: the calls before have nothing to do with its
# subject. With PROVE set it begins at the beginning anyway.
starting_at() {
    first "$1"
    from=$first
    [ -z "${PROVE:-}" ] || from=1
}

# meanwhile N COMMAND...: an attempt that stands still at its Nth system call while COMMAND runs. Sets
# what tampered sets.
meanwhile() {
    rm -f "$BATS_TEST_TMPDIR"/{hit,go}
    mkfifo "$BATS_TEST_TMPDIR"/{hit,go}
    tampered "$1" "pause:$BATS_TEST_TMPDIR/go" 3>&- &
    held=$!
    at='' hit=''
    read -r at hit <"$BATS_TEST_TMPDIR/hit" || true
    "${@:2}"
    [ -z "$hit" ] || : >"$BATS_TEST_TMPDIR/go"
    status=0
    wait "$held" || status=$?
    held=
    rm "$BATS_TEST_TMPDIR"/{hit,go}
    take_answer
}

needs_ptrace() {
    "$TAMPER" "$BATS_TEST_TMPDIR/hit" 1 kill /bin/true || [ $? -ne 77 ] ||
        skip 'ptrace is not permitted here'
}

# --- the invariants ---

# violation WHAT: notes it for the sweep's current point. The first ones are shown.
violation() {
    violations=$((violations + 1))
    [ "$violations" -le 20 ] || return 0
    echo "$point: $1"
    echo "  row=$row file=$file staged=$staged status=$status answer=${answer##*$'\n'}"
    echo "  log=$(tail -n 1 "$BATS_TEST_TMPDIR/log")"
}

# What exists of image 7: sets $row (7's), $sharing (other records with its url), $file and $staged
# (their bytes).
look() {
    file='' staged=''
    ask "SELECT count(*) FILTER (WHERE id = 7), count(*) FILTER (WHERE id <> 7)
         FROM producto_imagenes WHERE url = '$URL'"
    row=${reply%|*} sharing=${reply#*|}
    # Ignores errors: a file may vanish between the question and the read.
    { read -r file <"$FILE"; read -r staged <"$STAGED"; } 2>/dev/null || true
    [ ! -e "$STAGED" ] || read -r staged <"$STAGED" || true
}

check_i1() {
    [ "$row" = 0 ] || [ "$file" = 'bytes of 7' ] || [ "$staged" = 'bytes of 7' ] ||
        violation 'I1: the record exists, its bytes do not'
}

# If a file system falsely says that a file does not exist, we can do nothing.
denied() { [[ $hit =~ ^(openat|newfstatat|statx)\ (ENOENT|ENOTDIR)$ ]]; }

check_i2() {
    if [ "$row" = 1 ]; then
        [ "$file" = 'bytes of 7' ] || violation 'I2: the record exists, the file is not in place'
        [ ! -e "$STAGE" ] || violation 'I2: the record exists, and something is left staged'
    elif [ -z "$sharer" ]; then
        [ ! -e "$FILE" ] || denied || violation 'I2: the record is gone, the file is in place'
    fi
}

# Each answer of the contract that a DELETE of /7 can get, in full.
declare -gA WHOLE
contract() {
    local fields=$'\nContent-Type: application/json; charset=utf-8\nCache-Control: no-store\n\n'
    WHOLE["Status: $1$fields{\"mensaje\":\"$2\"${3:+,\"detalle\":\"$3\"}}"]="${1%% *}${4:+ $4}"
}
contract '200 OK' "$MENSAJE"
contract '200 OK' "$MENSAJE" 'El archivo ya no existía en el disco' absent
contract '200 OK' "$MENSAJE" 'El archivo se conserva porque otra imagen lo utiliza' shared
contract '200 OK' "$MENSAJE" \
    'El archivo se retiró de su ubicación pública y se borrará más tarde' later
contract '404 Not Found' 'Imagen no encontrada'
contract '500 Internal Server Error' 'Error al eliminar la imagen de la base de datos'
contract '500 Internal Server Error' 'Error al eliminar la imagen del disco'
contract '500 Internal Server Error' 'Error de configuración del servidor'

# I3: one whole answer of the contract or none, and never a false one.
check_i3() {
    local kind=${WHOLE[${answer:-none}]-}
    [ -n "$answer" ] || [ "$status" -ne 0 ] || violation 'I3: exit status 0 and no answer'
    [ -z "$answer" ] || [ -n "$kind" ] || violation 'I3: not a whole answer of the contract'
    [[ $kind != 200* ]] || [ "$row" = 0 ] || violation 'I3: 200, and the record exists'
    [ "$kind" != 404 ] || [ "$row" = 0 ] || violation 'I3: 404, and the record exists'
    case $kind in
    '200 absent') [ -z "$file$staged" ] || denied || violation 'I3: absent, and the file exists' ;;
    200) [ -z "$file$staged" ] || denied || violation 'I3: 200, and the file exists' ;;
    '200 later') [ -z "$file" ] || violation 'I3: 200, and the file is in its place' ;;
    '200 shared') [ "$sharing" -gt 0 ] || violation 'I3: shared with no record' ;;
    esac
}

# A single fault can be undone: after a 500, record and file are in their places. Sweeps with several
# faults set $several.
check_undone() {
    [ -z "${several:-}" ] || return 0
    [ "${WHOLE[${answer:-none}]-}" != 500 ] ||
        [ "$row $file" = '1 bytes of 7' ] || violation '500, and not as before'
}

check_others() {
    others
    [ "$others" = "$others_before" ] ||
        violation "I4: $(diff <(echo "$others_before") <(echo "$others"))"
}
check_i4() {
    check_others
    [ -z "$sharer" ] || [ "$sharing" = 1 ] || violation 'I4: the other record is gone'
}
# A shared file never leaves its place, unless a crash had staged it before.
check_shared() {
    [ -z "$sharer" ] || [ "$file" = 'bytes of 7' ] || violation 'I4: the other record has no file'
}

# imagenes-fsck ends, and what it reports as clean or corrected is so.
check_fsck() {
    [ "${ended:-8}" -ne 124 ] || violation 'imagenes-fsck goes on and on'
    [ "${ended:-8}" -gt 1 ] || [ ! -e "$STAGE" ] || denied ||
        violation 'status 0 or 1, and something is staged'
}

# Nobody holds the output open any more, once the program is dead.
output_ended() { [ -z "$(find /proc/[0-9]*/fd -lname "$BATS_TEST_TMPDIR/answer" 2>/dev/null)" ]; }
check_ended() {
    [ -z "${software-}" ] || wait_until output_ended || violation 'a process stays'
}

# --- recovery ---

# The backend of a program that has died continues to the end of its statements.
backends_gone() {
    ask "SELECT count(*) FROM pg_stat_activity WHERE usename = 'imagenes'"
    [ "$reply" = 0 ]
}
settled() {
    local i
    for i in {1..2000}; do
        ! backends_gone || return 0
        sleep 0.002
    done
    violation 'a backend stays'
}

# recover HOW: what somebody does after a removal that has gone wrong.
#   repeated  the same DELETE again
#   refused   the same, and its commit is refused: all must be back
#   fsck      imagenes-fsck --repair
recover() {
    local database_then=$database
    database=$(database_url)
    accept_commits
    case $1 in
    repeated) attempt ;;
    refused)
        refuse_commits
        attempt
        ;;
    fsck) fsck ;;
    esac
    accept_commits
    database=$database_then
}
# fsck [COMMAND...]: imagenes-fsck --repair, run by COMMAND.
fsck() {
    status=0 answer=
    timeout 60 env -i BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$database" \
        BALSAMOA_TIMEOUT_MS="${timeout-}" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}:exitcode=99${1:+:detect_leaks=0}" "$@" "$FSCK" --repair \
        >"$BATS_TEST_TMPDIR/log" 2>&1 </dev/null 3>&- || status=$?
}

ways_to_recover=(repeated refused)
[ ! -x "$FSCK" ] || ways_to_recover+=(fsck)

# every_recovery SWEEP...: a sweep recovers in another way at each point. With PROVE set, the sweep is
# repeated until each point has seen each way.
every_recovery() {
    local shift
    for shift in "${!ways_to_recover[@]}"; do
        [ "$shift" -eq 0 ] || [ -n "${PROVE:-}" ] || break
        "$@"
    done
}

# judge N: after an attempt in which something went wrong: checks the invariants, recovers, checks the
# invariants.
judge() {
    local how=${ways_to_recover[($1 + ${shift:-0}) % ${#ways_to_recover[@]}]}
    points=$((points + 1))
    look
    check_i1
    check_shared
    settled
    look
    check_i1
    check_i3
    check_undone
    check_fsck
    check_i4
    check_ended
    recover "$how"
    look
    check_i1
    check_i2
    check_i4
    [ -z "$sharer" ] || check_shared
    check_recovered "$how"
}

check_recovered() {
    case $1 in
    repeated) [[ ${WHOLE[${answer:-none}]-} =~ ^(200|404) ]] || violation 'not recovered' ;;
    refused) [[ ${WHOLE[${answer:-none}]-} =~ ^(500|404) ]] || violation 'not recovered' ;;
    fsck)
        # It also reports as left (4) what it is right to leave.
        [ "$status" -lt 8 ] || violation 'not recovered'
        [ ! -e "$STAGE" ] || violation 'I2: something is left staged'
        ;;
    esac
}

# --- sweeps ---

# crash_sweep ACTION FROM PREPARE [TAMPER-OPTION...]: stops when the program has reached its own end
# several times, because the number of its waits for the database varies.
crash_sweep() {
    local n missed=0
    for ((n = $2; missed < 3; n++)); do
        "$3"
        tampered "$n" "$1" "${@:4}" || true
        point="call $n: ${hit:-the end}"
        [ -n "$hit" ] || missed=$((missed + 1))
        judge "$n"
    done
}

# What a sweep runs: imagenes, or imagenes-fsck.
subject=''

# fault_call ACTION N PREPARE [TAMPER-OPTION...]: the Nth call, with each of its errors. Returns 1 if
# there was no Nth.
fault_call() {
    local k=0
    while k=$((k + 1)); do
        "$3"
        "tampered$subject" "$2" "$1:$k" "${@:4}" || true
        [ -n "$hit" ] || return 1
        [ "${hit#* }" != none ] || return 0
        point="call $2: $1 $hit"
        judge "$points"
        # Without memory to send, libpq still waits for an answer, until the deadline.
        [ "$hit" != 'sendto EAGAIN' ] || [ -n "${PROVE:-}" ] || return 0
    done
}

# fault_sweep ACTION FROM PREPARE [TAMPER-OPTION...]
fault_sweep() {
    local n missed=0
    for ((n = $2; missed < 3; n++)); do
        fault_call "$1" "$n" "${@:3}" || missed=$((missed + 1))
    done
}

# relay_start RULE: from here on the attempts reach the database through a relay (see relay.c).
relay_start() {
    rm -rf "$PGHOST/relay"
    mkdir "$PGHOST/relay"
    relay=$("$RELAY" "$BATS_TEST_TMPDIR/relayed" "$PGHOST/relay/.s.PGSQL.5432" \
        "$PGHOST/.s.PGSQL.5432" "$1" 2>"$BATS_TEST_TMPDIR/relay.log")
    database="host=$PGHOST/relay dbname=tienda user=imagenes"
}
relay_stop() {
    kill "$relay" 2>/dev/null || true
    relay=
    database=$(database_url)
}

# Ends what an aborted test has left behind.
proof_end() {
    local pid
    for pid in ${held:-} ${relay:-} ${workers[@]+"${workers[@]}"}; do
        kill "$pid" 2>/dev/null || true
    done
}

# The sweep's figures, for people and for `make prove`. Fails on a violation. conclude LEAST: if there
# were fewer points than LEAST, the sweep proves nothing.
conclude() {
    session_close
    echo "# proof: $BATS_TEST_DESCRIPTION: $points points, $violations violations" >&3
    [ "$violations" -eq 0 ] && [ "$points" -ge "$1" ]
}
