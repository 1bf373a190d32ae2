# SPDX-License-Identifier: ISC
# shellcheck disable=SC2034,SC2153,SC2154 # variables of bats and of support.bash
# imagenes-check, and what it says. Load it after support.bash.
CHECK=$abs_top_builddir/sbin/imagenes-check

# check [VARIABLE=VALUE ...] [ARGUMENT ...]: sets $output, $lines and $status. WRAP is a command to
# run it under.
check() {
    # shellcheck disable=SC2086 # a list of words
    run ${WRAP-} env -i PATH="$PATH" BALSAMOA_AUTH=server BALSAMOA_PUBLIC_ROOT="$ROOT" \
        DATABASE_URL="${DATABASE_URL-$(database_url)}" \
        ASAN_OPTIONS="${ASAN_OPTIONS-}${WRAP:+:detect_leaks=0}" "$@" </dev/null 3>&-
}

# checked [VARIABLE=VALUE ...]: with the program as an installation has it, and $OPTIONS.
checked() {
    local program=$BATS_FILE_TMPDIR/imagenes
    [ -e "$program" ] || install -m 711 "$PROGRAM" "$program"
    check "$@" "$CHECK" --program "$program" ${OPTIONS+"${OPTIONS[@]}"}
}

assert_well() {
    assert_success
    refute_line --regexp '^error: '
}
refute_warning() { refute_line --regexp '^warning: '; }

# assert_finding LEVEL PATTERN [HINT]: there is such a line. The next one is such a hint or, if HINT is
# empty, no hint.
assert_finding() {
    local i
    for i in "${!lines[@]}"; do
        [[ ${lines[i]} =~ ^$1:\ $2 ]] || continue
        [ $# -eq 3 ] || return 0
        if [ -n "$3" ]; then
            assert_regex "${lines[i + 1]-}" "^hint: .*$3"
        else
            refute_regex "${lines[i + 1]-}" '^hint: '
        fi
        return
    done
    fail "no line \`$1: $2' in: $output"
}
# assert_wrong PATTERN [HINT]: there is exactly one error, this one.
assert_wrong() {
    assert_failure 1
    assert_equal "$(grep -c '^error: ' <<<"$output")" 1
    assert_finding error "$@"
}
# assert_warned PATTERN [HINT]: there is no error, and there is this warning.
assert_warned() {
    assert_well
    assert_finding warning "$@"
}

# config JSON [MODE]: a settings file, $FILE.
config() {
    FILE=$BATS_TEST_TMPDIR/imagenes.json
    rm -f "$FILE"
    printf '%s\n' "$1" >"$FILE"
    chmod "${2:-600}" "$FILE"
}

# as_stranger COMMAND...: runs a shell's COMMAND as user and group 54321, for whom root's files belong to
# nobody. The mounts are private, so that COMMAND may mount.
as_stranger() {
    unshare --map-user=54321 --map-group=54321 --mount --keep-caps true 2>/dev/null ||
        skip "no user namespaces for everybody here"
    WRAP="unshare --map-user=54321 --map-group=54321 --mount --keep-caps $BATS_TEST_TMPDIR/stranger"
    cat >"$BATS_TEST_TMPDIR/stranger" <<-END
	#!/bin/bash
	set -e
	$1
	exec setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all "\$@"
	END
    chmod +x "$BATS_TEST_TMPDIR/stranger"
}
