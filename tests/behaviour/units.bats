# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154 # variables of bats and of support.bash
# The units for systemd, as make builds them. tests/hosts runs them as installed.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    SERVICE=$abs_top_builddir/systemd/imagenes-fsck.service
    TIMER=$abs_top_srcdir/systemd/imagenes-fsck.timer
}

value() { sed -n "s/^$2=//p" "$1"; }

needs_systemd() { command -v systemd-analyze >/dev/null || skip "systemd-analyze is missing (Debian: systemd)"; }

# --threshold is ten times the figure that is shown.
@test "systemd-analyze security says less than 2.5" {
    needs_systemd
    run systemd-analyze security --no-pager --offline=true --threshold=24 "$SERVICE"
    assert_success
    assert_output --partial 'Overall exposure level for imagenes-fsck.service: '
}

# system_calls GROUP...: the names of their calls, those of the groups in them, too.
system_calls() {
    local name
    systemd-analyze syscall-filter "$@" | sed -nE 's/^ +([@a-z0-9_-]+)$/\1/p' | while read -r name; do
        case $name in
        @*) system_calls "$name" ;;
        *) echo "$name" ;;
        esac
    done | sort -u
}

@test "systemd allows each system call of a repair" {
    needs_systemd
    command -v strace >/dev/null || skip "strace is missing"
    run value "$SERVICE" SystemCallFilter
    assert_output "@system-service
~@privileged @resources"
    photo 7
    stage 7
    run strace -f -qq -o "$BATS_TEST_TMPDIR/trace" env -i BALSAMOA_PUBLIC_ROOT="$ROOT" \
        DATABASE_URL="$(database_url)" "$abs_top_builddir/sbin/imagenes-fsck" --repair
    assert_failure 1
    assert_intact 7
    comm -23 <(system_calls @system-service) <(system_calls @privileged @resources) \
        >"$BATS_TEST_TMPDIR/allowed"
    sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$BATS_TEST_TMPDIR/trace" | sort -u \
        >"$BATS_TEST_TMPDIR/called"
    assert_equal "$(grep -cx renameat2 "$BATS_TEST_TMPDIR/called")" 1
    assert_equal "$(comm -13 "$BATS_TEST_TMPDIR"/{allowed,called})" ''
}

@test "the timer runs missed hours, and not all machines at once" {
    assert_equal "$(value "$TIMER" Persistent)" true
    assert_equal "$(value "$TIMER" RandomizedDelaySec)" 10min
    needs_systemd
    run systemd-analyze calendar "$(value "$TIMER" OnCalendar)"
    assert_success
}
