# SPDX-License-Identifier: ISC
# The program behind busybox httpd, the smallest CGI server: it runs the files in cgi-bin beneath its
# home, and refuses with its own pages.
# shellcheck disable=SC2154 # variables that http sets
load ../lib/support
load ../lib/servers
load ../lib/host-cases

setup_file() { host_start 'busybox httpd' busybox_start; }
teardown_file() { host_stop; }
setup() {
    ENDPOINT=/cgi-bin/imagenes
    host_setup
}

@test "DELETE removes the file and the record" { case_removes; }
@test "the same again is 404" { case_repeat_is_not_found; }
@test "a query string is no argument" { case_query_is_no_argument; }
@test "a request body changes nothing" { case_body; }
@test "a large request body changes nothing" { case_large_body; }

@test "400: the id is not a valid integer" { case_id_invalid; }
@test "400: hostile ids" { case_id_hostile; }
@test "400: bytes that are not UTF-8" { case_not_utf8 "$ID_INVALID"; }
@test "400: an encoded newline after the id" { case_newline "$ID_INVALID"; }
@test "404: an encoded zero byte after the id, in the server's words" { case_zero_byte 404; }
@test "an encoded digit is a digit" { case_id_decoded_once; }
@test "404: integers that no record can have" { case_id_no_record_can_have; }
@test "404: an encoded slash, in the server's words" { case_encoded_slash; }

@test "a record's url that leads outside touches no file" { case_url_leads_outside; }
@test "a record's url that is empty or a directory touches no file" { case_url_names_no_file; }
@test "500: a symbolic link among the directories" { case_directory_is_a_symbolic_link; }
@test "500: the database's words stay in the log" { case_database_error; }

@test "POST says that it is a DELETE, where the settings let it" {
    photo 7
    http POST "$ENDPOINT/7" --data '' --header 'X-HTTP-Method-Override: DELETE'
    assert_http 200 "$MENSAJE"
    assert_removed 7
}
@test "405: other methods" { case_other_methods; }
@test "405: HEAD, without a body" { case_head_has_no_body; }
@test "204: OPTIONS" { case_options; }

@test "401: no credentials, in the server's words" { CREDENTIALS='' refuses_stranger; }
@test "401: a wrong password, in the server's words" { CREDENTIALS=admin:otra refuses_stranger; }
@test "its standard error says who deleted" { case_audit start.log; }

@test "the image is public until it is removed" { case_serves_until_removed; }

# Before 1.36 it takes the last segment for PATH_INFO, and everything before it for the program's path.
@test "404: more segments" {
    local id
    for id in 7/8 x/7/; do
        refuses "$id" 404
    done
}

@test "one trailing slash is tolerated, or 404 in the server's words" {
    photo 7
    delete 7/
    if [ "$status_line" = 404 ]; then
        assert_intact 7
    else
        assert_http 200 "$MENSAJE"
        assert_removed 7
    fi
}

@test "no id: 400, or 404 in the server's words where a slash follows" {
    delete ''
    assert_regex "$status_line" '^40[04]$'
    http DELETE "$ENDPOINT"
    assert_http 400 "$ID_INVALID"
}

refuses_stranger() {
    photo 7
    delete 7
    assert_equal "$status_line" 401
    assert_equal "$(header WWW-Authenticate)" 'Basic realm="Balsamoa"'
    assert_intact 7
}
