# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154 # variables that http sets
# What must be true behind every web server. Each server's *.bats file lists the cases. If servers differ
# by nature, the case takes the difference as its arguments.
load ../lib/tokens

# shellcheck disable=SC2034 # of servers.bash
BACKEND=$abs_top_builddir/tests/hosts/backend

PRODUCTS_ENDPOINT=/api/v1/admin/productos
ID_INVALID='El ID de imagen debe ser un número válido'
NOT_FOUND='Imagen no encontrada'
NO_ENDPOINT='Endpoint no encontrado'
NOT_ALLOWED='Método no permitido'
DISK_ERROR='Error al eliminar la imagen del disco'
DATABASE_ERROR='Error al eliminar la imagen de la base de datos'
NOT_OURS='La URL no corresponde a ningún archivo de la tienda'
EXTERNAL='La URL es externa y no tiene archivo en el disco'
ABSENT='El archivo ya no existía en el disco'
TOO_LARGE='Cuerpo de la petición demasiado grande'
NOT_SIGNED_IN='Acceso denegado. Se requiere iniciar sesión.'
CONFIG_ERROR='Error de configuración del servidor'

# host_start NAME COMMAND...: for setup_file, where Bats 1.8 cannot skip; host_setup does that.
host_start() {
    unset PGHOST # postgres_stop removes it
    export HOST_MISSING=
    if "${2%_start}_present"; then
        postgres_start && grant_products
        "${@:2}"
    else
        HOST_MISSING=$1
    fi
}

host_stop() {
    server_stop
    postgres_stop
}

host_setup() {
    [ -z "$HOST_MISSING" ] || skip "$HOST_MISSING is not installed"
    shop_reset
    users
    server_public
}

# The shop, in the public root that the server has had since it started.
server_public() {
    ROOT=$SERVER/public
    PRODUCTOS=$ROOT/recursos/imagenes/productos
    rm -rf "$ROOT/recursos"
    mkdir -p "$PRODUCTOS"
}

# delete SEGMENTS [CURL-ARGUMENT ...]
delete() { http DELETE "$ENDPOINT/$1" "${@:2}"; }

# photo_again ID: makes the photo, whether or not it is there.
photo_again() {
    sql "DELETE FROM producto_imagenes WHERE id = $1"
    photo "$1"
}

# --- removal ---

case_removes() {
    photo 7
    delete 7
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

case_repeat_is_not_found() {
    photo 7
    delete 7
    delete 7
    assert_http 404 "$NOT_FOUND"
}

twenty_removals() {
    local id
    for id in {1..20}; do
        photo "$id"
        delete "$id"
        assert_http 200 "$MENSAJE"
        assert_removed "$id"
    done
}

# The program's second process, in a trace of the server (strace).
SECOND_PROCESS='clone\(.*flags=CLONE_VM\|CLONE_FILES\|(CLONE_PARENT\|)?SIGCHLD'

# mod_cgi signals a program that is not dead when its output has ended. mod_cgid signals it in any case,
# and then sleeps if there was such a process; the kernel may take a moment to remove it.
case_dead_in_time() {
    : >"$BATS_FILE_TMPDIR/server-trace"
    twenty_removals
    assert_equal "$(server_calls "$SECOND_PROCESS")" 20
    assert_equal "$(server_calls 'clone.* = -1')" 0
    assert_equal "$(server_calls 'kill\([0-9]+, SIGTERM\) += 0')" 0
}

case_trailing_slash() {
    photo 7
    delete 7/
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

case_query_is_no_argument() {
    photo 7
    delete '7?--help+-y'
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

# zeros SIZE: a request body; sets $body_file.
zeros() {
    body_file=$BATS_TEST_TMPDIR/request
    head -c "$1" /dev/zero >"$body_file"
}

# removes_with_body FILE
removes_with_body() {
    photo 7
    delete 7 --header 'Content-Type: application/json' --data-binary "@$1"
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

case_body() {
    echo '{"id":8}' >"$BATS_TEST_TMPDIR/request"
    photo 8
    removes_with_body "$BATS_TEST_TMPDIR/request"
    assert_intact 8
}

# As much as the program reads, and more than a pipe holds (pipe(7)).
case_large_body() {
    zeros 1048576
    removes_with_body "$body_file"
}

# More than the program reads.
case_body_too_large() {
    photo 7
    zeros 1048577
    delete 7 --data-binary "@$body_file"
    assert_http 413 "$TOO_LARGE"
    assert_intact 7
}

# --- ids ---

# refuses SEGMENTS STATUS [MENSAJE]: without MENSAJE the server may use its own words. The image that a
# careless reader would take stays.
refuses() {
    [ -e "$PRODUCTOS/7.webp" ] || photo 7
    delete "$1"
    if [ $# -gt 2 ]; then
        assert_http "$2" "$3"
    else
        assert_equal "$status_line" "$2"
    fi
    assert_intact 7
}

# The last is 7 encoded twice.
case_id_invalid() {
    local id
    for id in abc 7.5 7.webp 7x 0x7 1e3 +7 %2B7 %207 7%20 '7;x' 7%3Fx %C3%B1 %2537 7%250a; do
        refuses "$id" 400 "$ID_INVALID"
    done
}

# What would be SQL, a command or a format elsewhere; digits of other scripts; a long one.
# shellcheck disable=SC2016 # dollars for nobody
case_id_hostile() {
    local id
    for id in "7'--" '7%20OR%201=1' '7);DELETE%20FROM%20productos--' '$(id)' '`id`' '7|id' \
        %25s%25n ..%5C7 '*' %D9%A7 %EF%BC%97 "$(printf 'x%.0s' {1..2000})"; do
        refuses "$id" 400 "$ID_INVALID"
    done
    refuses "$(printf '7%.0s' {1..2000})" 404 "$NOT_FOUND"
    assert_equal "$(sql "SELECT count(*) FROM productos")" 1
}

case_id_missing() {
    refuses '' 400 "$ID_INVALID"
    http DELETE "$ENDPOINT"
    assert_http 400 "$ID_INVALID"
}

case_id_decoded_once() {
    photo 7
    delete %37
    assert_http 200 "$MENSAJE"
    assert_removed 7
}

# case_not_utf8 [MENSAJE]
case_not_utf8() { refuses 7%ff%fe 400 "$@"; }

# case_newline [MENSAJE]
case_newline() { refuses 7%0a 400 "$@"; }

# case_zero_byte STATUS
case_zero_byte() { refuses 7%00 "$1"; }

case_id_no_record_can_have() {
    local id
    for id in 0 -1 -7 2147483648 4294967303 99999999999999999999; do
        refuses "$id" 404 "$NOT_FOUND"
    done
}

case_more_segments() {
    refuses 7/8 404 "$NO_ENDPOINT"
    refuses x/7/ 404 "$NO_ENDPOINT"
}

# case_encoded_slash [MENSAJE]
case_encoded_slash() {
    photo 7
    photo 8
    refuses 7%2F8 404 "$@"
    assert_intact 8
}

# --- hostile records ---

# removes_record_only URL DETALLE: and no file, in the shop or beside it.
removes_record_only() {
    image 8 "$1"
    delete 8
    assert_http 200 "$MENSAJE" "$2"
    refute_row 8
    assert_equal "$(cat "$SERVER/beside")" 'not of the shop'
    assert_intact 7
}

case_url_leads_outside() {
    local url
    photo 7
    echo 'not of the shop' | tee "$SERVER/beside" >"$ROOT/beside"
    for url in /recursos/../../beside /recursos/imagenes/../../../beside "$SERVER/beside" \
        "$PRODUCTOS/7.webp" "/recursos/../..$SERVER/beside" '/recursos/..\..\beside' ../beside \
        recursos/imagenes/productos/7.webp /recursos//imagenes/productos/7.webp \
        /recursos/./imagenes/productos/7.webp "file:$SERVER/beside" /RECURSOS/../beside; do
        case $url in
        *\\*) removes_record_only "$url" "$ABSENT" ;;
        *) removes_record_only "$url" "$NOT_OURS" ;;
        esac
    done
    removes_record_only "https://cdn.example$PRODUCTOS/7.webp" "$EXTERNAL"
    assert_equal "$(cat "$ROOT/beside")" 'not of the shop'
}

case_url_names_no_file() {
    local url
    photo 7
    echo 'not of the shop' >"$SERVER/beside"
    for url in '' / . /recursos /recursos/ /recursos/. /recursos/imagenes /recursos/imagenes/ \
        /recursos/imagenes/productos /recursos/imagenes/productos/ \
        /recursos/imagenes/productos/. /recursos/imagenes/productos/7.webp/; do
        removes_record_only "$url" "$NOT_OURS"
    done
}

case_directory_is_a_symbolic_link() {
    mkdir "$SERVER/outside"
    echo 'not of the shop' >"$SERVER/outside/7.webp"
    ln -s "$SERVER/outside" "$PRODUCTOS/enlace"
    image 8 /recursos/imagenes/productos/enlace/7.webp
    delete 8
    assert_http 500 "$DISK_ERROR"
    assert_row 8
    assert_equal "$(cat "$SERVER/outside/7.webp")" 'not of the shop'
    rm -r "$SERVER/outside"
}

# --- the database ---

case_database_error() {
    photo 7
    sql "ALTER TABLE producto_imagenes RENAME TO away"
    delete 7
    sql "ALTER TABLE away RENAME TO producto_imagenes"
    assert_http 500 "$DATABASE_ERROR"
    refute_regex "$headers" 'producto_imagenes|relation|ERROR|42P01'
    wait_until grep -q 'relation .*producto_imagenes' "$SERVER"/*.log
    assert_intact 7
}

# --- methods ---

# lighttpd answers 411 to a POST without Content-Length.
case_other_methods() {
    local method
    photo 7
    for method in GET POST PUT PATCH; do
        http "$method" "$ENDPOINT/7" --data ''
        assert_http 405 "$NOT_ALLOWED"
        assert_equal "$(header Allow)" 'DELETE, OPTIONS'
    done
    assert_intact 7
}

# With --head, curl would not look for a body.
case_head_has_no_body() {
    http HEAD "$ENDPOINT/7"
    assert_http 405
    assert_equal "$(header Allow)" 'DELETE, OPTIONS'
    http GET "$ENDPOINT/7" --http1.0 --request HEAD --ignore-content-length
    assert_http 405
}

case_options() {
    photo 7
    http OPTIONS "$ENDPOINT/7"
    assert_http 204
    assert_equal "$(header Allow)" 'DELETE, OPTIONS'
    assert_intact 7
}

# --- sign-in ---

case_no_credentials() { CREDENTIALS='' refuses_stranger; }
case_wrong_password() { CREDENTIALS=admin:otra refuses_stranger; }
case_unknown_user() { CREDENTIALS=otra:secreto refuses_stranger; }

refuses_stranger() {
    photo 7
    delete 7
    assert_http 401 "$NOT_SIGNED_IN"
    assert_regex "$(header WWW-Authenticate)" '^Basic realm="Balsamoa"'
    assert_intact 7
}

# A header field must not pass for one of the server's variables.
case_header_is_no_sign_in() {
    CREDENTIALS='' delete 7 --header 'Remote-User: admin' --header 'Balsamoa-Auth: none'
    assert_http 401 "$NOT_SIGNED_IN"
}

# case_audit FILE: the server's log that has the program's line. The line says who signed in.
case_audit() {
    photo 7
    delete 7
    assert_server_log "$1" 'imagenes: method="DELETE" id="7" .* status=200 .* user="admin"'
}

# --- the shop's own server ---

# ask METHOD TARGET [CURL-ARGUMENT ...]: a request with exactly this target. HOST in it stands for the
# server's name and port.
ask() {
    backend_forget
    http "$1" / --request-target "${2/HOST/127.0.0.1:$SERVER_PORT}" "${@:3}"
}

# ask_all METHOD TARGET...: the same for each target, by one curl.
ask_all() {
    backend_forget
    server_log_clear
    curl_requests "$@" | curl --config - || true # what the server says, it may not say in HTTP
}

# curl_requests METHOD TARGET...: prints them in curl's configuration language.
curl_requests() {
    local how="request = $1" next='' target
    case $1 in
    HEAD) how='head' ;;
    POST | PUT | PATCH) how+=$'\ndata = ""' ;;
    esac
    [ -z "$CREDENTIALS" ] || how+=$'\n'"user = $CREDENTIALS"
    for target in "${@:2}"; do
        target=${target/HOST/127.0.0.1:$SERVER_PORT}
        printf '%s\n' $next silent "url = http://127.0.0.1:$SERVER_PORT/" "output = /dev/null" \
            "request-target = \"${target//\\/\\\\}\"" "$how" "max-time = 30"
        next='next'
    done
}

# shop_answers METHOD TARGET [CURL-ARGUMENT ...]: the request reaches the shop unchanged.
shop_answers() {
    ask "$@"
    assert_equal "$status_line $(header X-Answered-By)" '200 the shop'
    assert_equal "$(backend_requests)" "$1 $2"
    refute_regex "$(server_log)" imagenes:
}

# shop_is_not_asked METHOD TARGET [CURL-ARGUMENT ...]
shop_is_not_asked() {
    ask "$@"
    assert_equal "$(backend_requests)$(header X-Answered-By)" ''
}

case_rest_is_the_shops() {
    local method paths=("${ENDPOINT}X/7" "$ENDPOINT-7" "${ENDPOINT%es}/7" "${ENDPOINT%/*}"
        "/x$ENDPOINT/7" /imagenes/7 /api/v1/admin/productos /api/v1/admin/productos/7
        /API/v1/Admin/Productos/7/ /api/v1/admin/categorias /api/v1/autenticacion/login
        '/api/v1/tienda/productos?categoria=1&q=a%20b' /admin/index.html /balsamoa /subir
        /api/v1/admin/subir /)
    for method in GET DELETE POST; do
        CREDENTIALS='' ask_all "$method" "${paths[@]}"
        assert_equal "$(backend_requests)" "$(printf -- "$method %s\\n" "${paths[@]}")"
        refute_regex "$(server_log)" imagenes:
    done
    CREDENTIALS='' shop_answers PUT /api/v1/admin/productos/7 --data '{"nombre":"x"}'
    assert_equal "$(cat "$SERVER/backend/body")" '{"nombre":"x"}'
}

# As much as the shop takes, in any spelling of case, from anybody whom the shop lets in.
case_uploads_are_the_shops() {
    local path
    body_file=$BATS_TEST_TMPDIR/request
    head -c $((5 << 20)) /dev/urandom >"$body_file"
    for path in "$ENDPOINT/subir" "$ENDPOINT/subir/" "${ENDPOINT^^}/Subir" "$ENDPOINT/SUBIR/?x=/7"; do
        CREDENTIALS='' shop_answers POST "$path" --data-binary "@$body_file" \
            --header 'Content-Type: multipart/form-data; boundary=x'
        cmp "$body_file" "$SERVER/backend/body"
    done
}

# Any other request there: its id is not a number.
case_upload_is_post_alone() {
    local path
    for path in "$ENDPOINT/subir" "${ENDPOINT^^}/SUBIR/" "$ENDPOINT/%73ubir"; do
        shop_is_not_asked DELETE "$path"
        assert_http 400 "$ID_INVALID"
        shop_is_not_asked OPTIONS "$path"
        assert_http 204
        shop_is_not_asked PUT "$path" --data ''
        assert_http 405 "$NOT_ALLOWED"
    done
    shop_is_not_asked POST "$ENDPOINT/subir/7" --data ''
    shop_is_not_asked POST "$ENDPOINT/7" --data '' --header 'X-HTTP-Method-Override: DELETE'
    assert_http 405 "$NOT_ALLOWED"
}

# What every server takes for the url of image 7.
SPELLINGS=(
    "${ENDPOINT^^}/7" /Api/V1/aDMIN/imageneS/7/
    /api/v1/admin/%69magenes/7 /%61%70%69/%76%31/%41dmin/%49magenes/%37
    //api/v1/admin/imagenes/7 /api//v1///admin/imagenes//7
    /./api/v1/admin/./imagenes/7 /x/../api/v1/admin/imagenes/7 /api/v1/admin/imagenes/x/../7
    /api/v1/x/%2e%2e/admin/imagenes/7 /api/v1/admin/%2E/imagenes/7
    '/api/v1/admin/imagenes/7?' '/api/v1/admin/imagenes/7?a=/../b'
    http://HOST/api/v1/admin/imagenes/7 HTTP://HOST/API/v1/admin/imagenes/7
)
case_spellings_remove() {
    local target
    for target in "${SPELLINGS[@]}" --http1.0; do
        photo_again 7
        case $target in
        --*) shop_is_not_asked DELETE "$ENDPOINT/7" "$target" ;;
        *) shop_is_not_asked DELETE "$target" ;;
        esac
        assert_http 200 "$MENSAJE"
        assert_removed 7
    done
}

# With any method, from anybody.
case_spellings_never_reach_the_shop() {
    local method
    for method in GET HEAD POST PUT PATCH OPTIONS PROPFIND TRACE; do
        ask_all "$method" "${SPELLINGS[@]}"
        assert_equal "$(backend_requests)" ''
    done
}

# What one server takes for the url of image 7 and another for no url, and what the shop might.
ODD_SPELLINGS=(
    "$ENDPOINT" "$ENDPOINT/" "$ENDPOINT//" "$ENDPOINT?7" "$ENDPOINT/." "$ENDPOINT/%2e" "$ENDPOINT/7/."
    "$ENDPOINT/7/.." "$ENDPOINT/7/%2e%2e" "$ENDPOINT/7." "$ENDPOINT/7;x" "$ENDPOINT/;/7"
    "$ENDPOINT/7%20" "$ENDPOINT/%207" "$ENDPOINT/7%00" "$ENDPOINT/7%0d%0a" "$ENDPOINT/7%09" "$ENDPOINT/0x7"
    "$ENDPOINT/7%2f" "$ENDPOINT%2f7" "$ENDPOINT%2F7/" "$ENDPOINT/x%2f..%2f7" "$ENDPOINT/7%3f" "$ENDPOINT/7%23"
    "$ENDPOINT;x/7" "$ENDPOINT;/7" "$ENDPOINT./7" "$ENDPOINT../7" "$ENDPOINT%20/7" "$ENDPOINT%00/7"
    "$ENDPOINT%0a/7" "$ENDPOINT%5c7" "$ENDPOINT%3b/7" "$ENDPOINT,/7" "$ENDPOINT:/7" "$ENDPOINT@/7"
    /api%2fv1/admin/imagenes/7 /api/v1/admin%2Fimagenes/7
    '/api/v1/admin\imagenes/7' '/api/v1/admin\imagenes/7#' '/api\v1\admin\imagenes\7#' "$ENDPOINT\\7#"
    '/api/v1/admin%5cimagenes/7' '/API\V1/admin\Imagenes/7#x' "\\api/v1/admin/imagenes/7#"
    "*#$ENDPOINT/7" "api/v1/admin/imagenes/7"
    "$ENDPOINT/7#x" "http://HOST$ENDPOINT/7#" "ftp://HOST$ENDPOINT/7" "http:$ENDPOINT/7"
    "http://elsewhere.example$ENDPOINT/7"
)
# What leads elsewhere on a server that resolves dots and decodes slashes, and so may be the shop's; but
# no target that the shop would take for one of ours.
LEAD_ELSEWHERE=(
    "$ENDPOINT/.." "$ENDPOINT/%2e%2e" "$ENDPOINT/.%2E" "$ENDPOINT/../imagenes2" "$ENDPOINT/7/../.."
    /api/v1/admin/x%2f..%2fimagenes/7 "$ENDPOINT/7%2f..%2f.." "$ENDPOINT/7%2F%2e%2e%2F%2e%2e" "$ENDPOINT/..%2fx" "$ENDPOINT/..%5c"
    "$ENDPOINT/7/..%2f../productos" '/api/v1/admin\imagenes\..' '/api/v1/admin\imagenes/..#'
    /api/v1/admin/%2569magenes/7 /api/v1/admin/imagenes%252f7 '/api;x/v1/admin/imagenes/7'
    /api/v1/admin/imagene%C5%BF/7 /api/v1/admin/%c0%afimagenes/7 "/%2e%2e%2f%2e%2e$ENDPOINT/7" "?$ENDPOINT/7" "//HOST$ENDPOINT/7#"
)
# taken_for NAME: prints the requests to the shop that the shop's own router would take for ones for NAME.
# It knows no %-encoding, accepts any case, and takes backslashes for slashes if there is a #.
taken_for() {
    backend_requests |
        grep -iE "^[^ ]+ ([a-z]+://[^/]*)?[/\\]api[/\\]v1[/\\]admin[/\\]$1([/\\?]|\$)" || true
}
case_odd_spellings_never_reach_the_shop() {
    local method
    photo 7
    for method in DELETE PUT; do
        ask_all "$method" "${ODD_SPELLINGS[@]}"
        assert_equal "$(backend_requests)" ''
        ask_all "$method" "${LEAD_ELSEWHERE[@]}"
        assert_equal "$(taken_for imagenes)" ''
    done
    [ ! -e "$PRODUCTOS/7.webp" ] || assert_intact 7
}

# The essence of these, for each way in which a server may lead to the shop.
case_beside_the_shop() {
    case_removes
    case_no_credentials
    case_upload_is_post_alone
    shop_answers POST "$ENDPOINT/subir" --data x
    case_products_or_the_shop
    case_spellings_remove
    # shellcheck disable=SC2119
    case_staged_is_not_public
}

# --- the page ---

assert_page() {
    assert_equal "$status_line" 200
    assert_equal "$(header Content-Type)" 'text/html; charset=utf-8'
    assert_equal "$(header Cache-Control)" no-cache
    assert_equal "$(header X-Frame-Options)" DENY
}

# case_page [public]: with `public`, the page itself needs no sign-in.
case_page() {
    local method
    shop_is_not_asked GET "$ENDPOINT.html"
    assert_page
    assert_equal "$body" "$(<"$PAGE")"
    shop_is_not_asked HEAD "$ENDPOINT.html?x"
    assert_page
    CREDENTIALS='' shop_is_not_asked GET "$ENDPOINT.html"
    if [ "${1-}" = public ]; then assert_page; else assert_equal "$status_line" 401; fi
    for method in DELETE PUT; do
        shop_is_not_asked "$method" "$ENDPOINT.html" --data ''
        assert_regex "$status_line" '^(404|405|501)$'
    done
}
case_page_public() { case_page public; }

# --- products, if the recipe is edited so that they are a program's, too ---

logged() { server_log | grep -q "$1"; }

# product ID: another one, with no images.
product() { sql "INSERT INTO productos (id, nombre, precio) VALUES ($1, 'Campera', 1) ON CONFLICT DO NOTHING"; }
refute_product() { assert_equal "$(sql "SELECT count(*) FROM productos WHERE id = $1")" 0; }

# assert_json FILTER VALUE: what jq makes of the body.
assert_json() { assert_equal "$status_line $(jq -c "$1" <<<"$body")" "200 $2"; }

case_products() {
    local segments
    case_removes
    photo 7
    photo 8
    product 2
    shop_is_not_asked GET "$PRODUCTS_ENDPOINT"
    assert_json '[.[].id, .[1].imagenes[].id]' '[2,1,7,8]'
    shop_is_not_asked GET "$PRODUCTS_ENDPOINT/?q=/3"
    assert_json '[.[].id]' '[2,1]'
    shop_is_not_asked GET "$PRODUCTS_ENDPOINT/1"
    assert_json '[.id, .precio]' '[1,"40000.00"]'
    wait_until logged 'productos: method="GET" id="1" .* status=200 .* user="admin"'
    shop_is_not_asked HEAD "$PRODUCTS_ENDPOINT/1"
    assert_http 200
    shop_is_not_asked OPTIONS "$PRODUCTS_ENDPOINT/1"
    assert_http 204

    shop_is_not_asked PUT "$PRODUCTS_ENDPOINT/1" --header 'Content-Type: application/json' \
        --data '{"imagenes":[{"url":"/recursos/imagenes/productos/8.webp"}]}'
    assert_json .mensaje '"Producto actualizado exitosamente"'
    assert_removed 7
    assert_intact 8
    shop_is_not_asked DELETE "${PRODUCTS_ENDPOINT^^}//1/?x=2"
    assert_json '.producto[0].id' 1
    assert_removed 8
    refute_product 1

    shop_is_not_asked DELETE "$PRODUCTS_ENDPOINT/1"
    assert_http 404 'Producto no encontrado'
    for segments in x 2%3fx 2%0a; do refuses_product "$segments" 400; done
    for segments in 2/activar 2/x/; do refuses_product "$segments" 404; done
}

# refuses_product SEGMENTS STATUS: product 2, which a careless reader would take, stays.
refuses_product() {
    local method
    for method in GET PUT DELETE; do
        shop_is_not_asked "$method" "$PRODUCTS_ENDPOINT/$1" --data ''
        assert_equal "$method $1 $status_line" "$method $1 $2"
    done
    assert_equal "$(sql "SELECT count(*) FROM productos WHERE id = 2")" 1
}

case_products_need_a_sign_in() {
    local method
    for method in GET PUT DELETE; do
        CREDENTIALS='' shop_is_not_asked "$method" "$PRODUCTS_ENDPOINT/1" --data ''
        assert_http 401 "$NOT_SIGNED_IN"
        assert_regex "$(header WWW-Authenticate)" '^Basic realm="Balsamoa"'
    done
    zeros 1048577
    shop_is_not_asked PUT "$PRODUCTS_ENDPOINT/1" --data-binary "@$body_file"
    assert_http 413 "$TOO_LARGE"
    assert_equal "$(sql "SELECT count(*) FROM productos WHERE id = 1")" 1
}

# The same, if the shop signs in.
case_products_session() {
    CREDENTIALS='' shop_is_not_asked GET "$PRODUCTS_ENDPOINT/1" --cookie "token=$(token)"
    assert_json .id 1
    shop_is_not_asked GET "$PRODUCTS_ENDPOINT/1"
    assert_http 401 "$NOT_SIGNED_IN"
}

# POST and PATCH are the shop's, but for a POST that stands for another method.
case_products_or_the_shop() {
    local method override='X-HTTP-Method-Override' path
    for path in '' / /7/activar /7; do
        CREDENTIALS='' shop_answers POST "$PRODUCTS_ENDPOINT$path" --data x
        CREDENTIALS='' shop_answers PATCH "${PRODUCTS_ENDPOINT^^}$path" --data x --header "$override: DELETE"
    done
    CREDENTIALS='' shop_answers POST "$PRODUCTS_ENDPOINT/7" --data x --header "$override: PATCH"
    shop_answers DELETE "${PRODUCTS_ENDPOINT}X/7"
    shop_answers DELETE "$PRODUCTS_ENDPOINT-7"
    product 7
    for method in PUT DELETE; do
        shop_is_not_asked POST "$PRODUCTS_ENDPOINT/7" --data '' --header "$override: $method"
        assert_http 405 "$NOT_ALLOWED"
    done
    shop_is_not_asked DELETE "$PRODUCTS_ENDPOINT/7"
    assert_json '.producto[0].id' 7
}

# of_products ARRAY: sets `targets` to these spellings, of the other endpoint.
of_products() {
    local -n spellings=$1
    mapfile -t targets < <(printf '%s\n' "${spellings[@]}" | sed 's/69magenes/70roductos/g
        s/49magenes/50roductos/g; s/imagene/producto/g; s/IMAGENES/PRODUCTOS/g; s/Imagenes/Productos/g')
}

case_products_in_any_spelling() {
    local target targets
    of_products SPELLINGS
    for target in "${targets[@]}"; do
        product 7
        shop_is_not_asked DELETE "$target"
        assert_json '.producto[0].id' 7
    done
    case_products_in_odd_spellings
}

case_products_in_odd_spellings() {
    local method targets
    for method in GET DELETE PUT; do
        of_products ODD_SPELLINGS
        ask_all "$method" "${targets[@]}"
        assert_equal "$(backend_requests)" ''
        of_products LEAD_ELSEWHERE
        ask_all "$method" "${targets[@]}"
        assert_equal "$(taken_for productos)" ''
    done
}

# --- the other form ---

# in_another CASE COMMAND...: runs the case on another server, started for it.
in_another() (
    unset SERVER SERVER_PID FCGIWRAP_PID BACKEND_PID
    trap server_stop EXIT
    "${@:2}"
    server_public
    "$1"
)

# with_cookie ID [CURL-ARGUMENT ...]
with_cookie() { CREDENTIALS='' delete "$1" --cookie "token=$(token)" "${@:2}"; }

case_session() {
    photo 7
    with_cookie 7
    assert_http 200 "$MENSAJE"
    assert_removed 7
    photo 7
    CREDENTIALS='' delete 7 --cookie "token=$(token 4 sesion-4)"
    assert_http 403 "$NOT_SIGNED_IN"
    refuses_without_basic ''
    refuses_without_basic "$CREDENTIALS"
    refuses_without_basic admin:otra
    case_environment session
    case_uploads_are_the_shops
}

# refuses_without_basic CREDENTIALS: nobody asks for any, and any that come do not count.
refuses_without_basic() {
    CREDENTIALS=$1 delete 7
    assert_http 401 "$NOT_SIGNED_IN"
    assert_equal "$(header WWW-Authenticate)" ''
    assert_intact 7
    refute_regex "$(server_log)" 'user='
}

# case_environment WORD...: what the recipe tells the program, sorted: this word for who signs in, and
# perhaps the user's name. Everything else is in the settings file.
case_environment() {
    local names='BALSAMOA_[A-Z_]*|DATABASE_URL|FIRMA_JWT|PG(HOST|USER|DATABASE|PASSWORD)|REMOTE_USER'
    mv "$INSTALLED" "$INSTALLED.away"
    printf '%s\n' '#!/bin/sh' 'echo "Content-Type: text/plain"' echo \
        "env | grep -E '^($names)=.' | grep -v ^BALSAMOA_CONFIG= | sort" >"$INSTALLED"
    chmod 755 "$INSTALLED"
    delete 7
    mv "$INSTALLED.away" "$INSTALLED"
    assert_equal "$status_line $body" "200 BALSAMOA_AUTH=$1${2:+$'\n'$2}"
}

# A form that is neither of the two.
case_no_form() {
    photo 7
    delete 7
    assert_http 500 "$CONFIG_ERROR"
    assert_intact 7
}

# A recipe that has lost its sign-in, in the form that has one.
case_sign_in_lifted() {
    local credentials
    photo 7
    for credentials in '' "$CREDENTIALS" admin:otra; do
        CREDENTIALS=$credentials delete 7 --header 'Remote-User: admin'
        assert_http 401 "$NOT_SIGNED_IN"
        assert_intact 7
    done
}

# --- what is public ---

# case_serves_until_removed [PREFIX]: where the shop serves the file, and where the server does.
case_serves_until_removed() {
    local prefix
    for prefix in '' "$@"; do
        serves_until_removed "$prefix" 'Hoodie Basic Blanco.webp' Hoodie%20Basic%20Blanco.webp
        serves_until_removed "$prefix" 'Camiseta Niño 2 + 1.webp' Camiseta%20Ni%C3%B1o%202%20+%201.webp
    done
}

# serves_until_removed PREFIX NAME PATH: PATH is NAME percent-encoded.
serves_until_removed() {
    local url=$1/recursos/imagenes/productos/$3
    photo 7 "$2"
    CREDENTIALS='' http GET "$url"
    assert_equal "$status_line $body" '200 bytes of 7'
    delete 7
    assert_http 200 "$MENSAJE"
    CREDENTIALS='' http GET "$url"
    assert_equal "$status_line" 404
}

# case_staged_is_not_public [PREFIX]: where the shop serves /recursos/, and where the server does.
# shellcheck disable=SC2120 # without PREFIX in this file
case_staged_is_not_public() {
    local path prefix
    mkdir "$PRODUCTOS/.removal-9" "$ROOT/recursos/.removal-1"
    echo secret | tee "$PRODUCTOS/.removal-9/x.webp" "$ROOT/recursos/.removal-1/x.webp" \
        "$PRODUCTOS/.removal-9-x.webp" >"$PRODUCTOS/x.webp"
    for prefix in '' "$@"; do
        http GET "$prefix/recursos/imagenes/productos/x.webp"
        assert_equal "$status_line $body" '200 secret'
        for path in imagenes/productos/.removal-9/x.webp imagenes/productos/%2eremoval-9/x.webp \
            imagenes/productos/.removal-9-x.webp imagenes//productos/./.removal-9//x.webp \
            imagenes/productos/.%72emoval-9-x.webp imagenes/x/../productos/.removal-9-x.webp \
            imagenes/productos/..%2fproductos/.removal-9-x.webp imagenes/productos%2f.removal-9-x.webp \
            '.removal-1/x.webp?x' .removal-1/ .removal-1; do
            backend_forget
            http GET "$prefix/recursos/$path"
            assert_regex "$status_line" '^(403|404)$'
            refute_regex "$body" secret
            assert_equal "$(backend_requests)" ''
        done
    done
}

# runs_nothing_else URL FILE...: GET and POST of a file at URL do not run it.
runs_nothing_else() {
    local method
    mkdir -p "${2%/*}"
    # shellcheck disable=SC2016 # for the script
    printf '%s\n' '#!/bin/sh' 'echo "Content-Type: text/plain"' echo 'echo "I r"an' >"$2"
    chmod 755 "$2"
    for method in GET POST DELETE; do
        http "$method" "$1" --data ''
        refute_regex "$body" 'I ran'
    done
    rm "$2"
}

# case_only_the_program_runs [PREFIX]: no upload is run.
case_only_the_program_runs() {
    local name prefix
    runs_nothing_else "$ENDPOINT/../imagenes/other" "$SERVER/libexec/other"
    for prefix in '' "$@"; do
        for name in x.cgi imagenes imagenes.cgi cgi-bin/imagenes.cgi x.sh; do
            runs_nothing_else "$prefix/recursos/imagenes/productos/$name" "$PRODUCTOS/$name"
        done
    done
}

# case_program_is_missing STATUS [MENSAJE]
case_program_is_missing() {
    photo 7
    mv "$INSTALLED" "$INSTALLED.away"
    delete 7
    mv "$INSTALLED.away" "$INSTALLED"
    [ $# -gt 1 ] || body=
    assert_http "$@"
    assert_intact 7
}

# case_program_cannot_be_run STATUS [MENSAJE]
case_program_cannot_be_run() {
    photo 7
    chmod a-x "$INSTALLED"
    delete 7
    chmod a+x "$INSTALLED"
    [ $# -gt 1 ] || body=
    assert_http "$@"
    assert_intact 7
}

# case_program_is_not_served [PATH ...]: nor at these paths of the server.
case_program_is_not_served() {
    local path
    for path in "$ENDPOINT" "$ENDPOINT/" "$ENDPOINT/imagenes" "$@"; do
        http GET "$path"
        assert_regex "$status_line" '^(403|404|405)$'
        refute_regex "$body" ELF
    done
}

# beside METHOD COMMAND...: starts a server beside the file's own, and prints its answer to METHOD.
beside() (
    unset SERVER SERVER_PID FCGIWRAP_PID BACKEND_PID
    trap server_stop EXIT
    "${@:2}" || return
    http "$1" "$ENDPOINT/7"
    echo "$status_line $body"
)
