# SPDX-License-Identifier: ISC
# shellcheck disable=SC2016,SC2034,SC2154 # Apache's dollars; variables of servers.bash
# The recipe for Apache beside other lines that lead a virtual host to the shop.
load ../lib/support
load ../lib/servers
load ../lib/host-cases

setup_file() {
    unset PGHOST # postgres_stop removes it
    ! apache_present || { postgres_start && grant_products; }
}
teardown_file() { postgres_stop; }
setup() {
    apache_present || skip "Apache is not installed"
    shop_reset
    users
    APACHE_BELOW=
    PRODUCTS=on
}

apache() { in_another "$1" apache_start prefork cgi; }

# It shows if another line takes the urls away. The shop does not get them either.
shows() {
    photo 7
    shop_is_not_asked DELETE "$ENDPOINT/7"
    assert_http 500 "$CONFIG_ERROR"
    shop_is_not_asked DELETE "${ENDPOINT^^}/7/"
    assert_http 500 "$CONFIG_ERROR"
    assert_intact 7
    shop_answers POST "$ENDPOINT/subir" --data x
    shop_is_not_asked DELETE "$PRODUCTS_ENDPOINT/7"
    assert_http 500 "$CONFIG_ERROR"
    shop_answers POST "$PRODUCTS_ENDPOINT" --data x
}

@test "ProxyPass in front of the recipe" {
    APACHE_ABOVE='ProxyPass "/" "${SHOP}/"' apache case_beside_the_shop
}

@test "ProxyPass in a <Location>, in front of the recipe and after it" {
    local location='<Location "/">
        ProxyPass "${SHOP}/"
        Require all granted
    </Location>'
    APACHE_ABOVE=$location apache case_beside_the_shop
    APACHE_BELOW=$location apache case_beside_the_shop
}

@test "a [P] rule after the recipe" {
    APACHE_BELOW='RewriteRule "^(.*)" "${SHOP}$1" [P]' apache case_beside_the_shop
}

@test "500: a [P] rule in front of the recipe" {
    APACHE_ABOVE='RewriteEngine On
        RewriteRule "^(.*)" "${SHOP}$1" [P]' apache shows
}

@test "500: ProxyPass with mapping=encoded" {
    APACHE_BELOW='ProxyPass "/" "${SHOP}/" mapping=encoded' apache shows
}

@test "500: the recipe outside of the virtual host" {
    APACHE_OUTSIDE=1 APACHE_BELOW='ProxyPass "/" "${SHOP}/"' apache shows
}

@test "500: RewriteEngine Off after the recipe" {
    APACHE_BELOW='ProxyPass "/" "${SHOP}/"
        RewriteEngine Off' apache shows
}

passes_urls_as_sent() {
    case_spellings_remove
    case_odd_spellings_never_reach_the_shop
    case_products_in_any_spelling
}
@test "ProxyPass that passes urls on as they were sent" {
    APACHE_BELOW='ProxyPass "/" "${SHOP}/" nocanon
        AllowEncodedSlashes NoDecode' apache passes_urls_as_sent
    APACHE_BELOW='ProxyPass "/" "${SHOP}/" nocanon
        AllowEncodedSlashes On
        MergeSlashes Off' apache passes_urls_as_sent
}

without_shop() {
    photo 7
    delete 7
    assert_http 200 "$MENSAJE"
    assert_removed 7
    http POST "$ENDPOINT/subir" --data x
    refute_regex "$body" mensaje
    http GET "$PRODUCTS_ENDPOINT/1"
    assert_json .id 1
    http POST "$PRODUCTS_ENDPOINT" --data x
    refute_regex "$body" mensaje
    http GET /balsamoa-productos/1
    assert_equal "$status_line" 404
    http GET /other
    assert_equal "$status_line" 404
}
@test "a shop that Apache serves itself" { apache without_shop; }

in_closed_root() {
    local id
    photo 7
    for id in 7 8; do
        delete "$id"
        refute_regex "$log" denied
    done
    assert_removed 7
    http PUT "$PRODUCTS_ENDPOINT/1" --header 'Content-Type: application/json' --data '{}'
    assert_json .mensaje '"Producto actualizado exitosamente"'
    refute_regex "$log" denied
    http PUT "$ENDPOINT/subir"
    refute_regex "$log" denied
    http GET "$ENDPOINT.html"
    assert_page
    http GET /closed
    assert_equal "$status_line" 403
    assert_regex "$log" denied
}
@test "a closed document root: the log tells of no denial that there was not" {
    APACHE_BELOW='DocumentRoot "${SERVER}/backend"' apache in_closed_root
}

@test "500: a form that is neither" { FORM=sesion apache case_no_form; }
