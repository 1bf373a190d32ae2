# SPDX-License-Identifier: ISC
# shellcheck disable=SC2016,SC2034,SC2154 # dollars of hashes; variables of support.bash and of check.bash
# imagenes-check: user, settings, program, password file; and how it prints what it finds.
load ../lib/support
load ../lib/check

SECRET='un secreto de treinta y dos bytes'

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }

@test "all is well" {
    checked
    assert_well
    refute_warning
    refute_line --regexp '^hint: '
    assert_line --regexp "^ok: user: $(id -un), in the groups $(id -gn)"
    assert_line 'ok: settings file: none, the environment says it all'
    assert_line 'ok: auth: server'
    assert_line 'ok: log: standard error, wherever the web server sends that'
    assert_line "ok: public root: $ROOT"
    assert_line "ok: directories of images: user $(id -un) can write in 1"
    assert_line --regexp '^ok: database: tienda, as imagenes, on PostgreSQL [0-9.]+'
    assert_line 'ok: index on url: present'
    assert_line --regexp '^ok: deletion of no image, undone: '
    assert_line --regexp "^ok: program: $BATS_FILE_TMPDIR/imagenes \(mode 0711, owner $(id -un), "
    refute_line --partial usuarios
    refute_line --partial pooler
}

@test "it changes nothing" {
    photo 7
    checked
    assert_well
    assert_line --regexp '^ok: deletion of image 7, undone: '
    assert_line 'ok: images: each of the newest 1 has its file'
    assert_intact 7
}

# --- the user ---

@test "root is told to become the web server's user" {
    unshare -r true 2>/dev/null || skip "no user namespaces for everybody here"
    WRAP='unshare -r'
    config '{}' # not in root's own home
    checked BALSAMOA_CONFIG="$FILE"
    assert_warned 'user: root' 'runuser -u www-data -- imagenes-check'
}

# --- the settings ---

@test "settings from a file, the shop's sign-in, syslog" {
    config "{\"auth\":\"session\",\"jwt_secret\":\"$SECRET\",\"log\":\"syslog\",
        \"database\":\"$(database_url)\",\"public_root\":\"$ROOT\"}"
    sql "INSERT INTO roles (id, nombre) VALUES (1, 'Administrador');
         INSERT INTO usuarios (nombre, email, password_hash, rol_id) VALUES ('Ana', 'ana', '!', 1)"
    DATABASE_URL='' checked BALSAMOA_AUTH='' BALSAMOA_PUBLIC_ROOT='' BALSAMOA_CONFIG="$FILE"
    assert_well
    refute_warning
    assert_line "ok: settings file: $FILE (mode 0600, owner $(id -un), group $(id -gn))"
    assert_line 'ok: auth: session'
    assert_line 'ok: log: syslog, facility daemon'
    assert_line 'ok: usuarios: role imagenes can look sessions up'
    refute_output --partial secreto
}

@test "a variable that overrides the file, or stands in for it, is a warning; BALSAMOA_AUTH is none" {
    config '{"database":"host=/nonexistent","auth":"session"}'
    checked BALSAMOA_CONFIG="$FILE"
    assert_warned "DATABASE_URL: .* \"database\" in $FILE does not count" 'unset DATABASE_URL'
    assert_warned "BALSAMOA_PUBLIC_ROOT: set in this environment, and not in $FILE" \
        'unset BALSAMOA_PUBLIC_ROOT'
    refute_line --regexp 'warning: BALSAMOA_AUTH'
    checked BALSAMOA_CONFIG="$FILE" PGAPPNAME=otra
    assert_warned 'PGAPPNAME: .*"application_name"' 'unset PGAPPNAME'
    checked PGAPPNAME=otra
    refute_warning
}

@test "without auth the rest is checked, sessions too where there is a secret" {
    checked BALSAMOA_AUTH=
    assert_warned 'auth: unset here' 'BALSAMOA_AUTH=session imagenes-check'
    assert_line --regexp '^ok: database: '
    refute_line --regexp usuarios
    checked BALSAMOA_AUTH= FIRMA_JWT="$SECRET"
    assert_line --regexp '^ok: usuarios: '
    config '{"auth":"sesion"}'
    checked BALSAMOA_AUTH= BALSAMOA_CONFIG="$FILE"
    assert_wrong "settings: $FILE: auth is sesion"
}

@test "warnings leave the exit status alone: no sign-in, a short secret, an override" {
    checked BALSAMOA_AUTH=none BALSAMOA_METHOD_OVERRIDE=1
    assert_warned 'auth: '
    assert_warned 'method_override: '
    checked BALSAMOA_AUTH=session FIRMA_JWT=secreto
    assert_warned 'jwt_secret: '
    refute_output --partial secreto
}

@test "unusable settings, and where they could be" {
    checked BALSAMOA_PUBLIC_ROOT=
    assert_wrong 'settings: BALSAMOA_PUBLIC_ROOT is unset, and so is DOCUMENT_ROOT' \
        'no settings file, neither .*balsamoa/imagenes.json'
    checked BALSAMOA_PUBLIC_ROOT=public
    assert_wrong 'settings: BALSAMOA_PUBLIC_ROOT is not an absolute path'
    checked BALSAMOA_PUBLIC_ROOT= DOCUMENT_ROOT=public
    assert_wrong 'settings: DOCUMENT_ROOT is not an absolute path'
    checked BALSAMOA_CONFIG=/nonexistent/imagenes.json
    assert_wrong 'settings: /nonexistent/imagenes.json: No such file'
    config '{"public_root":"public"}'
    checked BALSAMOA_PUBLIC_ROOT= BALSAMOA_CONFIG="$FILE"
    assert_wrong "settings: $FILE: public_root is not an absolute path" ''
}

@test "an unusable file: what is wrong with it, and nothing of what is in it" {
    config '{"jwt_secret":"secreto",}'
    checked BALSAMOA_CONFIG="$FILE"
    assert_wrong "settings: $FILE:"
    refute_output --partial secreto
    config '{"jwtSecret":"secreto"}'
    checked BALSAMOA_CONFIG="$FILE"
    assert_wrong "settings: $FILE: unknown setting \"jwtSecret\"; did you mean \"jwt_secret\"\?"
    refute_output --partial secreto
}

@test "a file that this user cannot read, or that others can" {
    local group user
    group=$(id -gn) user=$(id -un)
    config '{}' 000
    checked BALSAMOA_CONFIG="$FILE"
    assert_wrong "settings: $FILE: Permission denied" \
        "If $user is who runs the program, .*chown root:$group $FILE && chmod 640 $FILE.*runuser"
    config '{}' 644
    checked BALSAMOA_CONFIG="$FILE"
    assert_wrong "settings: $FILE: others can read" ''
}

@test "a file in a directory that this user cannot enter" {
    mkdir "$BATS_TEST_TMPDIR/a b"
    chmod 600 "$BATS_TEST_TMPDIR/a b"
    checked BALSAMOA_CONFIG="$BATS_TEST_TMPDIR/a b/imagenes.json"
    assert_failure 1
    assert_finding error "settings: .*/imagenes.json: Permission denied"
    assert_finding error "directory $BATS_TEST_TMPDIR/a b: user $(id -un) cannot enter it: .*mode 0600" \
        "chmod u\+x '$BATS_TEST_TMPDIR/a b'"
}

@test "a file that belongs to somebody else" {
    config '{}'
    as_stranger "mount --bind /etc/hostname '$FILE'"
    checked BALSAMOA_CONFIG="$FILE"
    assert_wrong "settings: $FILE: it belongs to another user" "chown root:.* && chmod 640 $FILE"
}

@test "a file that the web server may hand out" {
    config '{}'
    mv "$FILE" "$ROOT/imagenes.json"
    checked BALSAMOA_CONFIG="$ROOT/recursos/../imagenes.json"
    assert_wrong 'settings file: beneath the public root' 'Move it'
}

# --- the program ---

# program [MODE]: a copy of it at $COPY.
program() {
    COPY=$BATS_TEST_TMPDIR/cgi-bin/imagenes.cgi
    mkdir -p "${COPY%/*}"
    install -m "${1:-711}" "$PROGRAM" "$COPY"
}

@test "no program where it should be" {
    check "$CHECK"
    [ "$status" -eq 0 ] || assert_finding error 'program .*/imagenes: No such file' 'make install'
    check "$CHECK" --program /nonexistent/imagenes
    assert_wrong 'program /nonexistent/imagenes: No such file' 'make install'
    check "$CHECK" --program "$BATS_TEST_TMPDIR/imagenes"
    assert_wrong "program $BATS_TEST_TMPDIR/imagenes: No such file" 'make install'
}

@test "a program by a name without a directory is the one here, not one in PATH" {
    program
    cd "${COPY%/*}"
    check "$CHECK" --program imagenes.cgi
    assert_well
    check PATH="$PWD" "$CHECK" --program imagenes
    assert_wrong 'program ./imagenes: No such file'
}

@test "a program that this user cannot run, or reach" {
    program 600
    check "$CHECK" --program "$COPY"
    assert_wrong "program $COPY: $(id -un) cannot run it \(mode 0600, owner $(id -un)," "chmod 711 $COPY"
    program 711
    chmod 600 "${COPY%/*}"
    check "$CHECK" --program "$COPY"
    chmod 700 "${COPY%/*}"
    assert_wrong "directory ${COPY%/*}: user $(id -un) cannot enter it" "chmod u\+x ${COPY%/*}"
    check "$CHECK" --program "${COPY%/*}"
    assert_wrong "program ${COPY%/*}: .* cannot run it"
}

@test "a program that others can read is a warning, one that they can change an error" {
    program 755
    check "$CHECK" --program "$COPY"
    assert_warned "program $COPY: a server that fails to run it can hand it out" "chmod 711 $COPY"
    program 731
    check "$CHECK" --program "$COPY"
    assert_wrong "program $COPY: users other than its owner can change it" "chmod 711 $COPY"
}

@test "a program that somebody else owns is a warning" {
    program
    as_stranger "mount --bind /bin/true '$COPY'"
    check "$CHECK" --program "$COPY"
    assert_finding warning "program $COPY: .* can change it" "chown root $COPY"
}

@test "a program that is none of this system's, or another" {
    program
    # shellcheck disable=SC2016 # the program's own words
    printf '#!/bin/sh\necho "libpq.so.5: cannot open shared object file" >&2\nexit 127\n' >"$COPY"
    chmod 711 "$COPY"
    chmod u+r "$COPY"
    check "$CHECK" --program "$COPY"
    assert_wrong "program $COPY: does not run here: libpq.so.5: cannot open" 'Build it for this system'
    head -c 100 /dev/urandom >"$COPY"
    check "$CHECK" --program "$COPY"
    assert_wrong "program $COPY: does not run here: .*Exec format error"
    printf '#!/bin/sh\nkill -9 $$\n' >"$COPY"
    check "$CHECK" --program "$COPY"
    assert_wrong "program $COPY: does not run here: it says nothing"
}

# --- the password file ---

# password_file LINES [MODE]: checks such a file, at $PASSWORDS.
password_file() {
    PASSWORDS=$BATS_TEST_TMPDIR/htpasswd
    printf %b "$1" >"$PASSWORDS"
    chmod "${2:-600}" "$PASSWORDS"
    OPTIONS=(--htpasswd "$PASSWORDS")
    checked
}

@test "a password file with bcrypt for all" {
    password_file '# who\n\nana:$2y$05$abc\neva:$2y$10$abc\r\n'
    assert_well
    refute_warning
    assert_line "ok: password file: $PASSWORDS, 2 users"
}

@test "a password file with one user" {
    password_file 'ana:$2y$05$abc\n'
    assert_line "ok: password file: $PASSWORDS, 1 user"
}

@test "a password file with weak hashes, and what is no entry; no hash is printed" {
    password_file 'ana:$apr1$secreto\neva:$2y$10$secreto\nsecreto\n'
    assert_warned "password file $PASSWORDS: line 1, of ana, is not bcrypt" "htpasswd -B $PASSWORDS ana"
    assert_warned "password file $PASSWORDS: line 3 is not NAME:HASH"
    assert_line "ok: password file: $PASSWORDS, 2 users"
    refute_output --partial secreto
}

@test "a password file that is missing, empty, unreadable, or everybody's" {
    OPTIONS=(--htpasswd "$BATS_TEST_TMPDIR/none")
    checked
    assert_wrong "password file $BATS_TEST_TMPDIR/none: No such file" 'htpasswd -B -c .*/none NAME'
    password_file ''
    assert_wrong "password file $PASSWORDS: nobody is in it" "htpasswd -B $PASSWORDS NAME"
    password_file 'ana:$2y$05$abc\n' 000
    assert_wrong "password file $PASSWORDS: $(id -un) cannot read it \(mode 0000, owner $(id -un)" \
        "chown root:$(id -gn) $PASSWORDS && chmod 640 $PASSWORDS"
    rm "$PASSWORDS"
    mkdir -m 600 "$BATS_TEST_TMPDIR/etc"
    OPTIONS=(--htpasswd "$BATS_TEST_TMPDIR/etc/htpasswd")
    checked
    assert_wrong "directory $BATS_TEST_TMPDIR/etc: user $(id -un) cannot enter it"
    password_file 'ana:$2y$05$abc\n' 644
    assert_wrong "password file $PASSWORDS: others can read or change it \(mode 0644" 'chmod 640'
}

@test "a password file that the web server may hand out" {
    echo 'ana:$2y$05$abc' >"$ROOT/recursos/htpasswd"
    chmod 600 "$ROOT/recursos/htpasswd"
    OPTIONS=(--htpasswd "$ROOT/recursos/htpasswd")
    checked
    assert_wrong "password file $ROOT/recursos/htpasswd: beneath the public root" 'Move it'
}

# --- its own manners ---

@test "a control character in a value cannot forge a line, and a terminal obeys nothing" {
    checked BALSAMOA_PUBLIC_ROOT=$'/no\nok: all is well\x7f\e[31m'
    assert_failure 1
    refute_line 'ok: all is well'
    assert_line --partial '/no?ok: all is well??[31m'
    refute_regex "$output" $'\e'
    checked BALSAMOA_PUBLIC_ROOT=$'/niño\xc2\x9b31m\xff'
    assert_line --partial '/niño??31m?'
    refute_output --partial $'\xc2\x9b'
}

@test "no standard descriptors can be had" {
    WRAP='strace -qq -o /dev/null -P /dev/null -e inject=openat:error=EMFILE'
    # shellcheck disable=SC2016  # for the shell that runs it
    checked sh -c 'exec "$0" "$@" <&-'
    assert_failure 1
    assert_output 'imagenes-check: /dev/null: Too many open files'
}

@test "no CGI host can run it" {
    checked GATEWAY_INTERFACE=CGI/1.1
    assert_failure 1
    assert_output 'imagenes-check: not a CGI program'
    check GATEWAY_INTERFACE=CGI/1.1 "$CHECK" --help
    assert_failure 1
    assert_output 'imagenes-check: not a CGI program'
}

@test "what cannot be printed is an error" {
    checked
    assert_well
    check sh -c '"$0" "$@" >/dev/full' "$CHECK" --program "$BATS_FILE_TMPDIR/imagenes"
    assert_failure 1
}
