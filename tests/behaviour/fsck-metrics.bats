# SPDX-License-Identifier: ISC
# imagenes-fsck for monitoring: the metrics for node_exporter, and the one line for Nagios.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    mkdir "$BATS_TEST_TMPDIR/textfiles"
    METRICS=$BATS_TEST_TMPDIR/textfiles/imagenes-fsck.prom
}
teardown() { chmod -R u+rwx "$BATS_TEST_TMPDIR"; }

DIR=/recursos/imagenes/productos

# metric NAME[{LABELS}]: its value in the file. Empty: the file does not have it.
metric() { sed -n "s/^imagenes_fsck_$1 //p" "$METRICS"; }

# The files' names beside the metrics: nothing else has been left there.
beside() { ls -A "$(dirname "$METRICS")"; }

# A check at which nothing is wrong, an hour ago.
checked_before() {
    fsck --metrics "$METRICS"
    assert_equal "$status" 0
    sed -i "s/^\(imagenes_fsck_last_success_timestamp_seconds\) .*/\1 $(($(date +%s) - 3600))/" "$METRICS"
    last_success=$(metric last_success_timestamp_seconds)
}

# one_of_each: findings of five kinds, and two files that are in order.
one_of_each() {
    photo 7
    photo 8
    image 9 "$DIR/nada.webp"
    image 10 "$DIR/nadie.webp"
    image 11 /etc/passwd
    touch "$PRODUCTOS/huérfano.webp"
    ln -s 7.webp "$PRODUCTOS/enlace.webp"
    image 12 "$DIR/enlace.webp"
    mkdir "$PRODUCTOS/.removal-13"
}

@test "a parser of Prometheus reads each metric once, with type and help; and each kind of finding" {
    python3 -c 'import prometheus_client.parser' 2>/dev/null ||
        skip 'python3-prometheus-client is not installed'
    one_of_each
    fsck --metrics "$METRICS"
    run python3 - "$METRICS" <<'PYTHON'
import sys
from prometheus_client.parser import text_string_to_metric_families

text = open(sys.argv[1], encoding="utf-8", newline="").read()
assert text.endswith("\n") and "\r" not in text and "\n\n" not in text
for family in text_string_to_metric_families(text):
    assert family.type == "gauge" and family.documentation, family
    for sample in family.samples:
        assert sample.name == family.name and sample.timestamp is None, sample
        float(sample.value)
        print(sample.name, *sample.labels.keys(), *sample.labels.values())
PYTHON
    assert_success
    assert_equal "$output" "imagenes_fsck_records
imagenes_fsck_files
$("$abs_top_builddir/sbin/imagenes-fsck" --help |
        sed -nE '/^Findings:/,$s/^  ([a-z-]+) .*/imagenes_fsck_findings kind \1/p')
imagenes_fsck_duration_seconds
imagenes_fsck_last_success_timestamp_seconds
imagenes_fsck_exit_status"
    assert_line 'imagenes_fsck_findings kind other-spelling'
}

@test "doc/monitoring.md describes each metric, and its alerts ask for no other" {
    local doc=$abs_top_srcdir/doc/monitoring.md
    fsck --metrics "$METRICS"
    assert_equal "$(sed -nE 's/^\| `(imagenes_fsck_[a-z_]+)[`{].*/\1/p' "$doc")" \
        "$(sed -nE 's/^# TYPE ([^ ]+) gauge$/\1/p' "$METRICS")"
    run comm -13 <(sed -nE 's/^# TYPE ([^ ]+) gauge$/\1/p' "$METRICS" | sort) \
        <(grep -oE 'imagenes_fsck_[a-z_]+' "$doc" | sort -u)
    assert_output ''
    sed -n '/^```yaml$/,/^```$/p' "$doc" | sed '/^```/d' >"$BATS_TEST_TMPDIR/rules.yml"
    assert_equal "$(grep -c 'expr: ' "$BATS_TEST_TMPDIR/rules.yml")" 5
    ! command -v promtool >/dev/null || promtool check rules "$BATS_TEST_TMPDIR/rules.yml"
}

@test "the metrics are what the report says, and the report is the same" {
    local before found
    shopt -s extglob
    one_of_each
    fsck
    found=${output/age=*([0-9])/age}
    before=$(date +%s)
    fsck --metrics "$METRICS"
    assert_equal "${output/age=*([0-9])/age}" "$found"
    assert_equal "$stderr" ''
    assert_equal "$status $(metric exit_status)" '4 4'
    assert_line "$(metric records) records, $(metric files) files, 6 findings"
    assert_equal "$(metric records) $(metric files)" '6 4'
    assert_equal "$(sed -nE 's/^imagenes_fsck_findings\{kind="(.*)"\} ([1-9].*)/\1 \2/p' "$METRICS")" \
        "empty-stage 1
missing-file 2
orphan-file 1
odd-url 1
symbolic-link 1"
    assert_equal "$(grep -c '^imagenes_fsck_findings{.*} 0$' "$METRICS")" 5
    assert_regex "$(metric duration_seconds)" '^[0-9]\.[0-9]{3}$'
    refute_regex "$(metric duration_seconds)" '^0\.000$'
    [ "$(metric last_success_timestamp_seconds)" -ge "$before" ]
    [ "$(metric last_success_timestamp_seconds)" -le "$(date +%s)" ]
}

@test "with --repair, --delete-orphans and --json, too: what was settled is counted" {
    photo 7
    stage 7
    touch "$PRODUCTOS/viejo.webp"
    sleep 1.1
    fsck --json --repair --delete-orphans --older-than 0s --force --metrics "$METRICS"
    assert_equal "$status $(metric exit_status)" '1 1'
    assert_equal "$(metric 'findings{kind="staged"}') $(metric 'findings{kind="orphan-file"}')" '1 1'
    assert_equal "$(jq -s '.[-1].findings' <<<"$output")" 2
    fsck --metrics "$METRICS"
    assert_equal "$(metric exit_status) $(metric 'findings{kind="staged"}')" '0 0'
}

@test "everybody may read the file, whatever the umask, and whatever the old one's mode; nothing is left beside it" {
    (umask 077 && fsck --metrics "$METRICS")
    assert_equal "$(stat -c %a "$METRICS")" 644
    chmod 600 "$METRICS"
    fsck --metrics "$METRICS"
    assert_equal "$(stat -c %a "$METRICS")" 644
    assert_equal "$(beside)" imagenes-fsck.prom
    cd "$(dirname "$METRICS")" || return
    fsck --metrics otro.prom
    assert_equal "$(beside)" $'imagenes-fsck.prom\notro.prom'
}

@test "the database is down: the last success stays the old one, and nothing that was not counted is told" {
    photo 7
    checked_before
    fsck DATABASE_URL=host=/nonexistent --metrics "$METRICS"
    assert_equal "$status $(metric exit_status)" '8 8'
    assert_regex "$stderr" 'imagenes-fsck: .*nonexistent'
    assert_equal "$(metric last_success_timestamp_seconds)" "$last_success"
    assert_equal "$(grep -c -e _records -e _files -e _findings "$METRICS")" 0
    assert_regex "$(metric duration_seconds)" '^[0-9.]+$'
    fsck --metrics "$METRICS"
    [ "$(metric last_success_timestamp_seconds)" -gt "$last_success" ]
    assert_equal "$(metric records)" 1
}

@test "so it is without the public root, or with unusable settings" {
    checked_before
    fsck BALSAMOA_PUBLIC_ROOT=/nonexistent --metrics "$METRICS"
    assert_equal "$(metric exit_status) $(metric last_success_timestamp_seconds)" "8 $last_success"
    fsck BALSAMOA_TIMEOUT_MS=x --metrics "$METRICS"
    assert_equal "$(metric exit_status) $(metric last_success_timestamp_seconds)" "8 $last_success"
}

@test "so it is if the records cannot be read to their end" {
    photo 7
    checked_before
    sql "ALTER TABLE producto_imagenes RENAME TO entera;
         CREATE VIEW producto_imagenes AS SELECT * FROM entera WHERE 1 / (id - 7) IS NOT NULL;
         GRANT SELECT ON producto_imagenes TO imagenes"
    fsck --metrics "$METRICS"
    sql "DROP VIEW producto_imagenes; ALTER TABLE entera RENAME TO producto_imagenes"
    assert_regex "$stderr" 'imagenes-fsck: division by zero'
    assert_equal "$(metric exit_status) $(metric last_success_timestamp_seconds)" "8 $last_success"
    assert_equal "$(metric records)" ''
}

@test "a check that could not look at everything, or a repair that failed, is no success; what it counted is told" {
    checked_before
    photo 7
    stage 7
    chmod 555 "$PRODUCTOS"
    fsck --repair --metrics "$METRICS"
    chmod 755 "$PRODUCTOS"
    assert_equal "$(metric exit_status) $(metric last_success_timestamp_seconds)" "12 $last_success"
    assert_equal "$(metric records) $(metric 'findings{kind="staged"}')" '1 1'
    chmod 000 "$PRODUCTOS"
    fsck --metrics "$METRICS"
    chmod 755 "$PRODUCTOS"
    assert_equal "$((status & 8)) $(metric last_success_timestamp_seconds)" "8 $last_success"
    assert_equal "$(metric 'findings{kind="unknown"}')" 2 # the record, and the directory
}

@test "a report that could not be printed is no success either" {
    checked_before
    run -8 sh -c "env -i BALSAMOA_PUBLIC_ROOT='$ROOT' DATABASE_URL='$(database_url)' \
        '$abs_top_builddir/sbin/imagenes-fsck' --metrics '$METRICS' >/dev/full"
    assert_equal "$(metric exit_status) $(metric last_success_timestamp_seconds)" "8 $last_success"
}

@test "there never was a success, or the old file does not tell: 0" {
    local old
    fsck DATABASE_URL=host=/nonexistent --metrics "$METRICS"
    assert_equal "$(metric last_success_timestamp_seconds)" 0
    for old in 'imagenes_fsck_last_success_timestamp_seconds x' \
        'imagenes_fsck_last_success_timestamp_seconds 1764000000x' \
        'imagenes_fsck_last_success_timestamp_seconds -5' '' $'\xff'; do
        printf '%s\n' "$old" >"$METRICS"
        fsck DATABASE_URL=host=/nonexistent --metrics "$METRICS"
        assert_equal "$old: $(metric last_success_timestamp_seconds)" "$old: 0"
    done
}

@test "a reader never sees half a file: only rename touches it, once all bytes are on the disk" {
    local temporary
    checked_before
    traced openat,creat,write,fsync,fchmod,ftruncate,truncate,link,linkat,unlink,unlinkat,rename,renameat,renameat2
    fsck DATABASE_URL=host=/nonexistent --metrics "$METRICS"
    run grep -nF "$METRICS" "$BATS_TEST_TMPDIR/trace"
    assert_equal "${#lines[@]}" 3
    assert_regex "${lines[0]}" "openat\(AT_FDCWD, \"$METRICS\", O_RDONLY\|O_CLOEXEC\)"
    assert_regex "${lines[1]}" "openat\(AT_FDCWD, \"$METRICS\.[A-Za-z0-9]{6}\", O_RDWR\|O_CREAT\|O_EXCL\|O_CLOEXEC, 0600\)"
    temporary=$(sed -E 's/.*"([^"]*)".*/\1/' <<<"${lines[1]}")
    assert_regex "${lines[2]}" "rename\(\"$temporary\", \"$METRICS\"\) *= 0"
    run sed -n "/openat.*${temporary##*/}/,/^rename/s/(.*//p" "$BATS_TEST_TMPDIR/trace"
    assert_output $'openat\nwrite\nfchmod\nfsync\nrename'
}

# assert_kept CAUSE [OPTION...]: the metrics cannot be written for this cause. A repair is done all the
# same, the old file stays as it was, and nothing is left beside it.
assert_kept() {
    local before
    before=$(stat -c '%i %a %Y' "$METRICS" && cat "$METRICS" && beside)
    fsck --repair --metrics "${target-$METRICS}"
    assert_equal "$status" 9
    assert_equal "$stderr" "imagenes-fsck: write ${target-$METRICS}: $1"
    assert_line "staged url=\"$DIR/7.webp\" id=7 action=\"put back\""
    assert_equal "$(stat -c '%i %a %Y' "$METRICS" && cat "$METRICS" && beside)" "$before"
    assert_intact 7
    stage 7
}

@test "a directory that cannot be written to, or is not there: status 8, the cause, and the old file; the repair is done" {
    local target
    photo 7
    checked_before
    stage 7
    chmod 555 "$BATS_TEST_TMPDIR/textfiles"
    assert_kept 'Permission denied'
    target=$BATS_TEST_TMPDIR/nada/imagenes-fsck.prom
    assert_kept 'No such file or directory'
}

@test "so it is where the disk is full, or fails; and a name that is too long" {
    local call error cause target
    photo 7
    checked_before
    fsck --repair # for the first time: it writes down which database this is
    stage 7
    for call in 'write ENOSPC No space left on device' 'fsync EIO Input/output error' \
        'fchmod EPERM Operation not permitted' 'rename EIO Input/output error'; do
        read -r call error cause <<<"$call"
        traced "$call"
        fsck --repair --metrics "$METRICS"
        stage 7
        fault "$call:error=$error:when=$(last_traced "$call" '')"
        assert_kept "$cause"
        WRAP=
    done
    target=$BATS_TEST_TMPDIR/textfiles/$(printf 'x%.0s' {1..250})
    assert_kept 'File name too long'
    fsck --repair --metrics "/$(printf 'x%.0s' {1..9000})"
    assert_equal "$status" 9
    assert_regex "$stderr" '^imagenes-fsck: write /x+$'
}

@test "so it is under a limit on the size of files" {
    photo 7
    checked_before
    # shellcheck disable=SC2016 # the inner shell's
    run --separate-stderr bash -c 'ulimit -f 1 && exec "$@"' - env -i BALSAMOA_PUBLIC_ROOT="$ROOT" \
        DATABASE_URL="$(database_url)" ASAN_OPTIONS="${ASAN_OPTIONS-}" \
        "$abs_top_builddir/sbin/imagenes-fsck" --metrics "$METRICS"
    assert_equal "$status" 8
    assert_equal "$stderr" "imagenes-fsck: write $METRICS: File too large"
    assert_equal "$(metric last_success_timestamp_seconds) $(beside)" "$last_success imagenes-fsck.prom"
}

@test "a link, a directory, a device or a pipe is not replaced" {
    local target
    photo 7
    checked_before
    stage 7
    ln -s imagenes-fsck.prom "$BATS_TEST_TMPDIR/textfiles/enlace.prom"
    ln -s nada "$BATS_TEST_TMPDIR/textfiles/roto.prom"
    mkfifo "$BATS_TEST_TMPDIR/textfiles/fifo.prom"
    for target in "$BATS_TEST_TMPDIR"/textfiles/{enlace,roto,fifo}.prom "$BATS_TEST_TMPDIR/textfiles" /dev/null; do
        assert_kept 'it is not a regular file'
    done
}

@test "an old file that cannot be read is not replaced by one that knows of no success" {
    checked_before
    chmod 000 "$METRICS"
    fsck DATABASE_URL=host=/nonexistent --metrics "$METRICS"
    chmod 644 "$METRICS"
    assert_equal "$status" 8
    assert_regex "$stderr" "imagenes-fsck: write $METRICS: Permission denied"
    assert_equal "$(metric last_success_timestamp_seconds)" "$last_success"
}

@test "nothing is written beneath recursos, by whatever name, where it would be public" {
    local target
    photo 7
    checked_before
    stage 7
    ln -s "$PRODUCTOS" "$BATS_TEST_TMPDIR/enlace"
    for target in "$PRODUCTOS/imagenes-fsck.prom" "$ROOT/recursos/imagenes-fsck.prom" \
        "$BATS_TEST_TMPDIR/enlace/imagenes-fsck.prom" \
        "$BATS_TEST_TMPDIR/textfiles/../public/recursos/imagenes/a.prom"; do
        assert_kept 'it would be public beneath recursos/'
    done
    cd "$PRODUCTOS" || return
    target=a.prom
    assert_kept 'it would be public beneath recursos/'
    assert_equal "$(find "$ROOT" -name '*.prom*')" ''
    target=$ROOT/a.prom # beside recursos: not ours to judge
    fsck --metrics "$target"
    assert_exists "$target"
}

@test "two checks at once, and one file: both write it" {
    fsck --metrics "$METRICS" 3>&- &
    fsck --metrics "$METRICS"
    wait
    assert_equal "$(metric exit_status)" 0
    assert_equal "$(beside)" imagenes-fsck.prom
}

# --- Nagios ---

# assert_nagios STATUS PATTERN [LABEL=VALUE...]: the exit status, the one line, and its performance data.
assert_nagios() {
    assert_equal "$status" "$1"
    assert_equal "${#lines[@]}" 1
    assert_equal "$stderr" ''
    assert_regex "$output" "^IMAGENES $2 \|[^|]* seconds=[0-9]+\.[0-9]{3}s;;;0\$"
    perl -MMonitoring::Plugin::Performance -e 1 2>/dev/null || return 0
    assert_equal "$(performance_data)" "$(printf '%s\n' "${@:3}" seconds=s)"
}
performance_data() {
    # shellcheck disable=SC2016 # perl's variables
    perl -MMonitoring::Plugin::Performance -we 'use strict;
        foreach my $datum (Monitoring::Plugin::Performance->parse_perfstring($ARGV[0])) {
            my $value = $datum->label eq "seconds" ? "" : $datum->value;
            print $datum->label, "=", $value, $datum->uom // "", "\n";
        }' "${output#*|}"
}

@test "--nagios: OK" {
    photo 7
    photo 8
    fsck --nagios
    assert_nagios 0 'OK - 2 records, 2 files, 0 findings' records=2 files=2 findings=0
}

@test "--nagios: OK while a removal is alive, although that is a finding" {
    photo 7
    stage 7
    hold_open "SELECT pg_advisory_lock(1229801301, hashtext('$DIR/7.webp'))"
    fsck --nagios
    hold_close
    assert_nagios 0 'OK - 1 records, 0 files, 1 findings: 1 staged' records=1 files=0 findings=1
}

@test "--nagios: WARNING for what visitors do not notice, beneath the directory that was named" {
    photo 7
    touch "$PRODUCTOS/uno.webp" "$PRODUCTOS/otro.webp"
    mkdir "$PRODUCTOS/.removal-13"
    fsck --nagios
    assert_nagios 1 'WARNING - 1 records, 3 files, 3 findings: 1 empty-stage, 2 orphan-file' \
        records=1 files=3 findings=3
    fsck --nagios recursos/otros
    assert_equal "$status" 1 # the empty stage
    rmdir "$PRODUCTOS/.removal-13"
    fsck --nagios recursos/otros
    assert_nagios 0 'OK - 1 records, 3 files, 0 findings' records=1 files=3 findings=0
}

@test "--nagios: CRITICAL for a missing image, whatever else there is" {
    image 7 "$DIR/nada.webp"
    touch "$PRODUCTOS/uno.webp"
    mkdir -m 000 "$PRODUCTOS/cerrado"
    fsck --nagios
    assert_nagios 2 'CRITICAL - 1 records, 1 files, 3 findings: 1 missing-file, 1 orphan-file, 1 unknown' \
        records=1 files=1 findings=3
}

@test "--nagios: UNKNOWN for what could not be looked at" {
    photo 7
    touch "$PRODUCTOS/uno.webp"
    mkdir -m 000 "$PRODUCTOS/cerrado"
    fsck --nagios
    assert_nagios 3 'UNKNOWN - 1 records, 2 files, 2 findings: 1 orphan-file, 1 unknown' \
        records=1 files=2 findings=2
}

@test "--nagios: UNKNOWN with the cause in one line if the check cannot be done" {
    fsck DATABASE_URL=host=/nonexistent --nagios
    assert_nagios 3 'UNKNOWN - connection to server .*/nonexistent.*'
    fsck BALSAMOA_PUBLIC_ROOT=$'/nada/a|b\nc' --nagios
    assert_nagios 3 'UNKNOWN - open /nada/a\\x7cb\\x0ac: No such file or directory'
}

@test "--nagios: UNKNOWN if the records cannot be read to their end, whatever was found before" {
    sql "INSERT INTO producto_imagenes (producto_id, url)
         SELECT 1, 'https://cdn.example.com/' || i FROM generate_series(1, 100000) AS i;
         INSERT INTO producto_imagenes (producto_id, url) VALUES (1, '$DIR/nada.webp')"
    hold_open "SELECT pg_advisory_lock(1229801301, hashtext('$DIR/nada.webp'))"
    { fsck --nagios && echo "$status $output"; } >"$BATS_TEST_TMPDIR/fsck" 3>&- &
    until_waiting 1
    assert_equal "$(sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                         WHERE usename = 'imagenes' AND wait_event = 'ClientWrite'")" t
    hold_close
    wait
    assert_regex "$(<"$BATS_TEST_TMPDIR/fsck")" '^3 IMAGENES UNKNOWN - [^|]*connection[^|]* \| seconds='
}

@test "--nagios: UNKNOWN if the line cannot be printed" {
    run -3 sh -c "env -i BALSAMOA_PUBLIC_ROOT='$ROOT' DATABASE_URL='$(database_url)' \
        '$abs_top_builddir/sbin/imagenes-fsck' --nagios >/dev/full"
}

@test "--nagios changes nothing" {
    local before
    one_of_each
    stage 7
    before=$(find "$ROOT" -printf '%p %i %C@\n' | sort)
    fsck --nagios
    assert_equal "$status" 2
    assert_equal "$(find "$ROOT" -printf '%p %i %C@\n' | sort)" "$before"
}

@test "a wrong command line is UNKNOWN for Nagios, wherever --nagios stands, and usage else" {
    local options
    touch -d '30 days ago' "$PRODUCTOS/huérfano.webp"
    for options in '--nagios --repair' '--repair --nagios' '--nagios --json' "--nagios --metrics $METRICS" \
        '--nagios --delete-orphans --older-than 0s' '--nada --nagios' '--nagios --nada' \
        '--max-share x --nagios' '--nagios --force' '--nagios a b' '--nagios /etc'; do
        # shellcheck disable=SC2086 # lists of words
        fsck $options
        assert_equal "$options $status" "$options 3"
        assert_regex "$output" '^IMAGENES UNKNOWN - wrong options: see imagenes-fsck --help \| seconds='
    done
    fsck --metrics ''
    assert_equal "$status" 16
    fsck --metrics
    assert_equal "$status" 16
    assert_file_exists "$PRODUCTOS/huérfano.webp"
    assert_not_exists "$METRICS"
}
