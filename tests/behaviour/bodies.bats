# SPDX-License-Identifier: ISC
# A request's body: the program reads as much as was announced, and no more.
load ../lib/support

INVALID='Content-Length inválido'
TOO_LARGE='Cuerpo de la petición demasiado grande'

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    photo 7
}

# with_input FILE METHOD [VARIABLE=VALUE ...]: a request for /7 with FILE on standard input. $left is
# what it has not read of it. WRAP is a command to run the program under.
with_input() {
    local input=$1
    shift
    status=0
    exec 8<"$input"
    program "$1" /7 "${@:2}" >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log" <&8 || status=$?
    left=$(wc -c <&8)
    exec 8<&-
    read_answer
}

# body BYTES: a file of that size.
body() {
    head -c "$1" /dev/zero >"$BATS_TEST_TMPDIR/body"
    echo "$BATS_TEST_TMPDIR/body"
}

@test "200: a body is read to its end, and says nothing" {
    with_input "$(body 1048576)" DELETE CONTENT_LENGTH=1048576
    assert_answer 200 "$MENSAJE"
    assert_equal "$left" 0
    assert_removed 7
}

@test "200: nothing beyond CONTENT_LENGTH is read, and nothing at all without" {
    with_input "$(body 1000)" DELETE CONTENT_LENGTH=10
    assert_answer 200 "$MENSAJE"
    assert_equal "$left" 990
    with_input "$(body 1000)" DELETE CONTENT_LENGTH=
    assert_answer 404 'Imagen no encontrada'
    assert_equal "$left" 1000
    with_input "$(body 1000)" DELETE CONTENT_LENGTH=000
    assert_equal "$left" 1000
    with_input "$(body 1000)" DELETE
    assert_equal "$left" 1000
}

@test "200: a body that is shorter than it said" {
    with_input "$(body 10)" DELETE CONTENT_LENGTH=1000
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}

@test "200: no end of file is waited for, with or without a body" {
    mkfifo "$BATS_TEST_TMPDIR/pipe"
    exec 7<>"$BATS_TEST_TMPDIR/pipe"
    printf 0123456789 >&7
    with_input "$BATS_TEST_TMPDIR/pipe" DELETE CONTENT_LENGTH=10 7>&- & # wc waits, not the program
    wait_until grep -q Status "$BATS_TEST_TMPDIR/answer"
    exec 7>&-
    wait $!
    assert_removed 7
}

@test "200: a body that does not come is not waited for beyond a quarter of the time" {
    local start=$SECONDS
    status=0
    mkfifo "$BATS_TEST_TMPDIR/pipe"
    exec 7<>"$BATS_TEST_TMPDIR/pipe"
    photo 8
    program DELETE /8 CONTENT_LENGTH=10 BALSAMOA_TIMEOUT_MS=4000 \
        <&7 >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log"
    exec 7>&-
    read_answer
    assert_answer 200 "$MENSAJE"
    assert_removed 8
    [ $((SECONDS - start)) -lt 3 ]
    assert_regex "$log" ' ms=1[0-9]{3} '
}

@test "200: a wait for the body that is interrupted, that fails, or that ends too late" {
    local fault
    for fault in EINTR:when=1 ENOMEM:when=1 EINTR:when=1:delay_exit=2100000; do
        fault "poll:error=$fault"
        with_input "$(body 10)" DELETE CONTENT_LENGTH=10 BALSAMOA_TIMEOUT_MS=8000
        assert_answer 200 "$MENSAJE"
        assert_removed 7
        photo 7
    done
}

@test "413: larger than allowed, before anything else is done" {
    with_input "$(body 1048577)" DELETE CONTENT_LENGTH=1048577 DATABASE_URL=host=/nonexistent
    assert_answer 413 "$TOO_LARGE"
    assert_log outcome body-too-large
    with_input "$(body 1)" DELETE CONTENT_LENGTH=9223372036854775807 DATABASE_URL=host=/nonexistent
    assert_answer 413 "$TOO_LARGE"
    with_input "$(body 11)" DELETE CONTENT_LENGTH=11 BALSAMOA_MAX_BODY=10
    assert_answer 413 "$TOO_LARGE"
    assert_intact 7
    with_input "$(body 10)" DELETE CONTENT_LENGTH=10 BALSAMOA_MAX_BODY=10
    assert_answer 200 "$MENSAJE"
}

@test "400: a CONTENT_LENGTH that is no length" {
    local length
    for length in -1 +1 ' 1' '1 ' 1.5 0x10 x 1,1 $'1\n' 9223372036854775808 \
        18446744073709551617 99999999999999999999999999999; do
        with_input "$(body 1)" DELETE CONTENT_LENGTH="$length" DATABASE_URL=host=/nonexistent
        assert_answer 400 "$INVALID"
        assert_log outcome length-invalid
        assert_equal "$left" 1
    done
    assert_intact 7
}

@test "a refusal reads the body, too: fcgiwrap would answer 502" {
    with_input "$(body 5000)" GET CONTENT_LENGTH=5000
    assert_answer 405 'Método no permitido'
    assert_equal "$left" 0
    with_input "$(body 5000)" DELETE CONTENT_LENGTH=5000 BALSAMOA_AUTH=server
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
    assert_equal "$left" 0
    with_input "$(body 5000)" DELETE CONTENT_LENGTH=5000 BALSAMOA_AUTH=
    assert_answer 500 'Error de configuración del servidor'
    assert_equal "$left" 0
}

@test "401 comes before 400 and 413" {
    with_input "$(body 1)" DELETE CONTENT_LENGTH=x BALSAMOA_AUTH=server
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
    with_input "$(body 1)" DELETE CONTENT_LENGTH=999999 BALSAMOA_AUTH=server
    assert_answer 401 'Acceso denegado. Se requiere iniciar sesión.'
}

# with_body_fault FAULT: a request with a body of 1000 bytes. Reading it is tampered with.
with_body_fault() {
    photo 8
    fault "$1"
    WRAP+=" -P $(body 1000)"
    with_input "$(body 1000)" DELETE PATH_INFO=/8 CONTENT_LENGTH=1000
    assert_answer 200 "$MENSAJE"
    assert_removed 8
}

@test "200: a body whose reading is interrupted is read on" {
    with_body_fault read:error=EINTR:when=1
    assert_equal "$left" 0
    with_body_fault read:error=EAGAIN:when=1
    assert_equal "$left" 0
}

@test "200: a body that cannot be read is left" {
    with_body_fault read:error=EIO
    assert_equal "$left" 1000
}

@test "a body of the size that its reader must wait for comes through a pipe" {
    status=0
    (for _ in 1 2 3 4; do head -c 16384 /dev/zero; sleep 0.05; done) |
        program DELETE /7 CONTENT_LENGTH=65536 >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log"
    read_answer
    assert_answer 200 "$MENSAJE"
    assert_removed 7
}
