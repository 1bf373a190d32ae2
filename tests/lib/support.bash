# SPDX-License-Identifier: ISC
# What every test file uses: a private PostgreSQL, a public root, verbs that run the program.
bats_require_minimum_version 1.5.0
: "${BATS_LIB_PATH:=/usr/lib/bats}"
export BATS_LIB_PATH
bats_load_library bats-support
bats_load_library bats-assert
bats_load_library bats-file

: "${abs_top_builddir:?run these tests by make check}" "${abs_top_srcdir:?}"
PROGRAM=${PROGRAM:-$abs_top_builddir/cgi-bin/imagenes}
MENSAJE='Imagen eliminada del disco y de la base de datos'

# --- a private PostgreSQL: one a file, on a unix socket in a short directory ---

# The newest server's programs; Debian keeps them off the PATH.
postgres_bindir() {
    find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1
}

# postgres_start [SETTING=VALUE ...]
postgres_start() {
    local setting
    [ "$(id -u)" -ne 0 ] || { echo "initdb refuses root: run ./check" >&2; return 1; }
    PGBIN=$(postgres_bindir)
    PGHOST=$(mktemp -d "${TMPDIR:-/tmp}/imagenes.XXXXXX")
    PGDATA=$PGHOST/data PGUSER=postgres PGDATABASE=tienda
    export PGBIN PGHOST PGDATA PGUSER PGDATABASE
    "$PGBIN/initdb" -D "$PGDATA" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
        >"$PGHOST/initdb.log" 2>&1 || { cat "$PGHOST/initdb.log" >&2; return 1; }
    for setting in "listen_addresses=''" "unix_socket_directories='$PGHOST'" fsync=off \
        log_min_messages=fatal max_connections=120 "$@"; do
        echo "$setting" >>"$PGDATA/postgresql.conf"
    done
    postgres_launch
    PGDATABASE=postgres sql "CREATE DATABASE tienda"
    "$PGBIN/psql" -Xq -v ON_ERROR_STOP=1 -v connections=100 -f "$abs_top_srcdir/sql/schema.sql" \
        -f "$abs_top_srcdir/sql/grants.sql" -f "$abs_top_srcdir/sql/indexes.sql"
}

# grant_products: from here on the role may do what productos does, too.
grant_products() {
    "$PGBIN/psql" -Xq -v ON_ERROR_STOP=1 -f "$abs_top_srcdir/sql/grants-productos.sql"
}

# Starts the server (again). It keeps none of bats's descriptors.
postgres_launch() {
    "$PGBIN/pg_ctl" -D "$PGDATA" -w -l "$PGHOST/postgres.log" start >/dev/null 2>&1 3>&-
}

postgres_stop() {
    [ -e "${PGHOST:-}/initdb.log" ] || return 0 # nobody else's
    "$PGBIN/pg_ctl" -D "$PGDATA" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$PGHOST"
}

# sql STATEMENT: runs it as the shop's superuser, and prints bare values.
sql() { "$PGBIN/psql" -XqAt -v ON_ERROR_STOP=1 -c "$1"; }

# --- the shop: a public root and records, fresh for each test ---

# PUBLIC_ROOT_ON: a directory for the public roots, on another file system.
shop_reset() {
    local there=${PUBLIC_ROOT_ON:+$PUBLIC_ROOT_ON/${BATS_TEST_FILENAME##*/}-$BATS_TEST_NUMBER}
    ROOT=${there:-$BATS_TEST_TMPDIR}/public
    PRODUCTOS=$ROOT/recursos/imagenes/productos
    mkdir -p "$PRODUCTOS"
    sql "SET client_min_messages = warning; DROP FUNCTION IF EXISTS at_commit(), at_delete() CASCADE;
         TRUNCATE productos, producto_imagenes, usuarios, roles RESTART IDENTITY CASCADE;
         INSERT INTO productos (nombre, precio) VALUES ('Hoodie Basic Blanco', 40000)"
}

# image ID URL [CONTENT]: a record and, if CONTENT is given and the url is ours, its file.
image() {
    sql "INSERT INTO producto_imagenes (id, producto_id, url) VALUES ($1, 1, \$url\$$2\$url\$)"
    [ $# -lt 3 ] || { mkdir -p "$(dirname "$ROOT$2")" && old_file "$ROOT$2" "$3"; }
}

# old_file FILE BYTES: a file that was not uploaded just now.
old_file() { printf %s "$2" >"$1" && touch -d '1 hour ago' "$1"; }

# photo ID [NAME]: an ordinary image, whose file is among the products'.
photo() { image "$1" "/recursos/imagenes/productos/${2:-$1.webp}" "bytes of $1"; }

# --- the verbs: the program, driven by its environment ---

# program METHOD PATH_INFO [VARIABLE=VALUE ...] [COMMAND ...]: the program itself, or COMMAND that is to
# run it, and nothing but the settings in its environment. WRAP is a command to run all that under.
program() {
    local -a wrap=()
    [ -z "${WRAP-}" ] || read -ra wrap <<<"$WRAP"
    # A leak check cannot run under ptrace(2).
    "${wrap[@]}" env -i REQUEST_METHOD="$1" PATH_INFO="$2" BALSAMOA_AUTH=none \
        BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="${DATABASE_URL-$(database_url)}" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}${WRAP:+:detect_leaks=0}" UBSAN_OPTIONS="${UBSAN_OPTIONS-}" \
        "${@:3}" "$PROGRAM" 3>&-
}

# request METHOD PATH_INFO [VARIABLE=VALUE ...]: sets $answer, $status_line, $headers, $body, $log, $status.
request() {
    status=0
    program "$@" >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log" </dev/null || status=$?
    read_answer
}

needs_strace() {
    command -v strace >/dev/null || skip "strace is not installed"
    strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here"
}

# fault CALL:SPEC [...]: from here on these system calls of the program are tampered with (strace(1),
# inject): unlinkat:error=EIO, fsync:error=EIO:when=2, …
fault() {
    local call
    needs_strace
    WRAP="strace -qq -o $BATS_TEST_TMPDIR/trace -e signal=none"
    for call in "$@"; do
        WRAP+=" -e inject=$call"
    done
}

# The role has the rights of sql/grants.sql and no others.
database_url() { echo "host=$PGHOST dbname=tienda user=imagenes"; }

read_answer() {
    answer=$(tr -d '\r' <"$BATS_TEST_TMPDIR/answer")
    status_line=${answer%%$'\n'*}
    headers=${answer%%$'\n\n'*}
    body=
    [ "$headers" = "$answer" ] || body=${answer#*$'\n\n'}
    log=$(cat "$BATS_TEST_TMPDIR/log")
}

DELETE() { request DELETE "$@"; }
OPTIONS() { request OPTIONS "$@"; }

# imagenes_fsck [OPTION ...]: sets $output and $status. GRACE is its grace.
imagenes_fsck() {
    run env -i BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$(database_url)" \
        BALSAMOA_GRACE="${GRACE-}" ASAN_OPTIONS="${ASAN_OPTIONS-}" \
        "$abs_top_builddir/sbin/imagenes-fsck" "$@"
}

# fsck [VARIABLE=VALUE ...] [OPTION ...]: sets $output, $stderr and $status.
# WRAP is a command to run it under.
fsck() {
    local -a variables=()
    while [[ ${1-} == *=* && $1 != -* ]]; do
        variables+=("$1")
        shift
    done
    # shellcheck disable=SC2086 # a list of words
    run --separate-stderr ${WRAP-} env -i BALSAMOA_PUBLIC_ROOT="$ROOT" \
        DATABASE_URL="$(database_url)" ASAN_OPTIONS="${ASAN_OPTIONS-}${WRAP:+:detect_leaks=0}" \
        UBSAN_OPTIONS="${UBSAN_OPTIONS-}" "${variables[@]}" \
        "$abs_top_builddir/sbin/imagenes-fsck" "$@"
}

# fire NAME PATH [VARIABLE=VALUE ...]: a DELETE in the background. Its answer goes to answer.NAME.
fire() {
    program DELETE "${@:2}" >"$BATS_TEST_TMPDIR/answer.$1" 2>"$BATS_TEST_TMPDIR/log.$1" &
}

# The status codes of those answers, after `wait` has returned, each with its count.
codes() {
    head -qn 1 "$BATS_TEST_TMPDIR"/answer.* | cut -d ' ' -f 2 | sort | uniq -c | tr -s ' '
}

# --- what must be so ---

# assert_answer STATUS [MENSAJE [DETALLE]]: exactly this status line, headers and body; a whole answer,
# exit status 0, and one line in the log.
assert_answer() {
    local expected=
    [ $# -lt 2 ] || expected="{\"mensaje\":\"$2\"${3:+,\"detalle\":\"$3\"}}"
    assert_equal "${status_line%% [A-Z]*}" "Status: $1"
    assert_regex "$headers" $'\nContent-Type: application/json; charset=utf-8(\n|$)'
    assert_equal "$body" "$expected"
    assert_equal "$status" 0
    assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/log")" 1
    assert_regex "$log" "^imagenes: .* status=$1 "
}

# assert_log KEY VALUE: the line in the log has KEY="VALUE" (a pattern).
assert_log() { assert_regex "$log" " $1=\"$2\"( |\$)"; }
refute_log() { refute_regex "$log" " $1="; }

assert_row() { assert_equal "$(sql "SELECT count(*) FROM producto_imagenes WHERE id = $1")" 1; }
refute_row() { assert_equal "$(sql "SELECT count(*) FROM producto_imagenes WHERE id = $1")" 0; }

# 250 bytes leave no room for the image's id, so that the file is staged in a directory of its own.
LONG_NAME=$(printf 'ñ%.0s' {1..122})n.webp # a url has at most 255 characters

# staged_file ID [NAME]: where a removal stages a photo.
staged_file() {
    case ${2-} in
    "$LONG_NAME") echo "$PRODUCTOS/.removal-$1/$2" ;;
    *) echo "$PRODUCTOS/.removal-$1-${2:-$1.webp}" ;;
    esac
}

# stage ID [NAME]: leaves a photo as a removal does that crashes before its commit.
stage() {
    [ "${2-}" != "$LONG_NAME" ] || mkdir "$PRODUCTOS/.removal-$1"
    mv "$PRODUCTOS/${2:-$1.webp}" "$(staged_file "$@")"
}

# There is no stage anywhere beneath the public root.
refute_staged() { assert_equal "$(find "$ROOT" -name '.removal-*' ! -name .removal-database)" ''; }

# assert_removed ID [NAME], assert_intact ID [NAME]: what became of a photo.
assert_removed() {
    refute_row "$1"
    assert_not_exists "$PRODUCTOS/${2:-$1.webp}"
    refute_staged
}
assert_intact() {
    assert_row "$1"
    assert_equal "$(cat "$PRODUCTOS/${2:-$1.webp}")" "bytes of $1"
    refute_staged
}

# wait_until COMMAND...: waits until COMMAND succeeds, at most ten seconds.
wait_until() {
    local i
    for i in {1..200}; do
        ! "$@" || return 0
        sleep 0.05
    done
    echo "gave up waiting: $*" >&2
    return 1
}

# until_waiting N: waits until N connections of the program wait for a lock.
until_waiting() { wait_until waiting "$1"; }
waiting() {
    [ "$(sql "SELECT count(*) FROM pg_stat_activity
              WHERE usename = 'imagenes' AND wait_event_type = 'Lock'")" -ge "$1" ]
}

# traced CALLS: from here on these calls of the program (strace(1), trace) are written to
# $BATS_TEST_TMPDIR/trace.
traced() {
    fault close:retval=0:when=65535
    WRAP+=" -s 4096 -e trace=$1"
}

# stop_at CALL[:when=N]: from here on the program stops after it has made this call, until go_on.
# `stopped` tells that it has stopped.
stop_at() {
    rm -f "$BATS_TEST_TMPDIR/trace"
    fault "${1%%:*}:signal=SIGSTOP${1#"${1%%:*}"}"
    WRAP=${WRAP/ -e signal=none/}
}
stopped() { grep -qs 'stopped by SIGSTOP' "$BATS_TEST_TMPDIR/trace"; }
go_on() { kill -"${1:-CONT}" "$(pgrep -P "$(pgrep -f "^strace .* -o $BATS_TEST_TMPDIR/trace ")")"; }

# nth CALL PATTERN: which of the CALLs in a removal of photo 1 matches, counted from 1.
nth() {
    photo 1
    traced "$1"
    DELETE /1
    assert_answer 200 "$MENSAJE"
    last_traced "$@"
}

# first_traced, last_traced CALL PATTERN: which of the CALLs in the trace is the first, or the last, that
# matches, counted from 1.
first_traced() { matching_calls "$@" | head -n 1; }
last_traced() { matching_calls "$@" | tail -n 1; }
matching_calls() { grep "^$1(" "$BATS_TEST_TMPDIR/trace" | grep -n -e "$2" | cut -d : -f 1; }

# at_delete BODY: from here on this is done, with the superuser's rights, before an image is deleted.
at_delete() {
    sql "CREATE FUNCTION at_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
         \$at_delete\$ BEGIN $1 END \$at_delete\$;
         CREATE TRIGGER at_delete BEFORE DELETE ON producto_imagenes
         FOR EACH ROW EXECUTE FUNCTION at_delete()"
}
at_delete_no_more() { sql "DROP TRIGGER at_delete ON producto_imagenes; DROP FUNCTION at_delete()"; }

# refuse_delete MESSAGE
refuse_delete() { at_delete "RAISE EXCEPTION '%', \$message\$$1\$message\$;"; }

# --- a removal held at a certain moment ---

# In the background; `finished` waits for it and reads its answer.
begin_request() {
    request "$@" &
    removal=$!
}
finished() {
    wait "$removal" || true
    status=0
    read_answer
}

# From here on a COMMIT that deletes an image waits until commit_release, and fails then if `refused` is
# given: the removal stands still with its file staged.
hold_commit() {
    sql "CREATE OR REPLACE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS \$\$
         BEGIN
             PERFORM pg_advisory_xact_lock_shared(99);
             IF '${1:-}' = 'refused' THEN RAISE EXCEPTION 'refused at commit'; END IF;
             RETURN NULL;
         END \$\$;
         CREATE CONSTRAINT TRIGGER at_commit AFTER DELETE ON producto_imagenes
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
    hold_open "SELECT pg_advisory_lock(99)"
}
commit_release() { hold_close; }

# hold_open STATEMENT: runs it in a session that stays open until hold_close [STATEMENT].
hold_open() {
    mkfifo "$BATS_TEST_TMPDIR/hold"
    "$PGBIN/psql" -XqAt -v ON_ERROR_STOP=1 <"$BATS_TEST_TMPDIR/hold" \
        >"$BATS_TEST_TMPDIR/held" 2>&1 3>&- &
    holder=$!
    exec 9>"$BATS_TEST_TMPDIR/hold"
    echo "$1; SELECT 'held';" >&9
    wait_until grep -q held "$BATS_TEST_TMPDIR/held"
}
hold_close() {
    # \q, not an end of file: the removals in the background have the pipe open, too.
    (trap '' PIPE && echo "${1:-};"$'\n\\q' >&9) 2>/dev/null || true
    exec 9>&-
    wait "$holder"
    rm "$BATS_TEST_TMPDIR/hold"
}
