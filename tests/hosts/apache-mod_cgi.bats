# SPDX-License-Identifier: ISC
# The program behind Apache with the prefork MPM and mod_cgi, with apache/imagenes.conf.
# shellcheck disable=SC2154 # variables that http sets
load ../lib/support
load ../lib/servers
load ../lib/host-cases

setup_file() { host_start Apache apache_start prefork cgi; }
teardown_file() { host_stop; }
setup() { host_setup; }

# With products switched on.
in_products() { PRODUCTS=on in_another "$1" apache_start prefork cgi; }

@test "DELETE removes the file and the record" { case_removes; }
@test "the same again is 404" { case_repeat_is_not_found; }
@test "one trailing slash is tolerated" { case_trailing_slash; }
@test "a query string is no argument" { case_query_is_no_argument; }
@test "a request body changes nothing" { case_body; }
@test "a large request body changes nothing" { case_large_body; }
@test "413: a larger request body" { case_body_too_large; }

@test "400: the id is not a valid integer" { case_id_invalid; }
@test "400: hostile ids" { case_id_hostile; }
@test "400: no id" { case_id_missing; }
@test "400: bytes that are not UTF-8" { case_not_utf8 "$ID_INVALID"; }
@test "400: an encoded newline after the id" { case_newline "$ID_INVALID"; }
@test "404: an encoded zero byte after the id, in the server's words" { case_zero_byte 404; }
@test "an encoded digit is a digit" { case_id_decoded_once; }
@test "404: integers that no record can have" { case_id_no_record_can_have; }
@test "404: more segments" { case_more_segments; }
@test "404: an encoded slash, in the server's words" { case_encoded_slash; }

@test "every other url is the shop's" { case_rest_is_the_shops; }
@test "uploads of 5 MB are the shop's" { case_uploads_are_the_shops; }
@test "but for POST, the upload's url is an id that is no number" { case_upload_is_post_alone; }
@test "other spellings of the url remove too" { case_spellings_remove; }
@test "no spelling of the url reaches the shop, by any method" { case_spellings_never_reach_the_shop; }
@test "no odd spelling of the url reaches the shop" { case_odd_spellings_never_reach_the_shop; }

@test "productos: list, one product, PUT and DELETE are the program's" { in_products case_products; }
@test "productos: nothing without a sign-in, nor with a larger body" { in_products case_products_need_a_sign_in; }
@test "productos: the shop signs in" { FORM=session in_products case_products_session; }
@test "productos: POST and PATCH are the shop's" { in_products case_products_or_the_shop; }
@test "productos: no spelling reaches the shop by GET, PUT or DELETE" { in_products case_products_in_any_spelling; }

@test "the page: web server signs in" { in_products case_page; }
@test "the page: the shop signs in" { FORM=session in_products case_page_public; }

@test "a record's url that leads outside touches no file" { case_url_leads_outside; }
@test "a record's url that is empty or a directory touches no file" { case_url_names_no_file; }
@test "500: a symbolic link among the directories" { case_directory_is_a_symbolic_link; }
@test "500: the database's words stay in the log" { case_database_error; }

@test "405: other methods" { case_other_methods; }
@test "405: HEAD, without a body" { case_head_has_no_body; }
@test "204: OPTIONS" { case_options; }

@test "401: no credentials" { case_no_credentials; }
@test "401: a wrong password" { case_wrong_password; }
@test "401: an unknown user" { case_unknown_user; }
@test "401: a header field is no sign-in" { case_header_is_no_sign_in; }
@test "the virtual host's log says who deleted" { case_audit vhost.log; }

@test "the image is public until it is removed" { case_serves_until_removed /mirror; }
@test "what is staged is not public" { case_staged_is_not_public /mirror; }
@test "nothing but the program is run" { case_only_the_program_runs /mirror; }
@test "the program is not served" { case_program_is_not_served /raw/imagenes; }
@test "the program is not run by another url" {
    photo 7
    http DELETE /raw/imagenes/7
    assert_equal "$status_line" 403
    assert_intact 7
}

@test "without a CGI module Apache does not start" {
    run beside GET apache_start prefork none
    assert_failure
    assert_output --partial 'imagenes.conf needs mod_cgid (event, worker) or mod_cgi (prefork)'
}

@test "the recipe tells the program who signs in, and nothing else" { case_environment server REMOTE_USER=admin; }
@test "session: the shop signs in" { FORM=session in_another case_session apache_start prefork cgi; }

@test "500: the program is missing" { case_program_is_missing 500 "$CONFIG_ERROR"; }
@test "500: the program cannot be run" { case_program_cannot_be_run 500 "$CONFIG_ERROR"; }

@test "401: a recipe without its sign-in" {
    RECIPE_SED='/^ *Auth/d; /Require expr/d; s/Require valid-user/Require all granted/' \
        in_another case_sign_in_lifted apache_start prefork cgi
}

@test "what is staged is not public, where recursos/ has an .htaccess of its own" {
    printf '%s\n' 'RewriteEngine On' 'RewriteRule "^nothing$" "-"' 'Require all granted' \
        >"$ROOT/recursos/.htaccess"
    case_staged_is_not_public /mirror
}
