# SPDX-License-Identifier: ISC
# productos: what the shop's panel reads, saves and removes, and the images that leave that way.
load ../lib/support
load ../lib/tokens

setup_file() { postgres_start && grant_products; }
teardown_file() { postgres_stop; }
setup() {
    PROGRAM=$abs_top_builddir/cgi-bin/productos
    sql "SET client_min_messages = warning;
         TRUNCATE categorias, talles, colores, pedidos RESTART IDENTITY CASCADE"
    shop_reset
    sql "ALTER SEQUENCE producto_imagenes_id_seq RESTART 20;
         INSERT INTO categorias (nombre) VALUES ('Abrigo'), ('Verano');
         INSERT INTO talles (nombre, orden) VALUES ('S', 1), ('M', 2);
         INSERT INTO colores (nombre, hex) VALUES ('Blanco', '#FFFFFF'), ('Negro', '#111111');
         UPDATE productos SET categoria_id = 1, fecha_creacion = '2026-03-04 05:06:07.891234'"
    BASE=/recursos/imagenes/productos
    photo 7
    photo 8
}

SAVED='Producto actualizado exitosamente'
LATER='El archivo se retiró de su ubicación pública y se borrará más tarde'
SHARED='El archivo se conserva porque otra imagen lo utiliza'
ABSENT='El archivo ya no existía en el disco'
BAD='Error al actualizar el producto'
URL_BAD='Cada imagen debe tener un campo "url" válido'

GET() { request GET "$@"; }

# PUT PATH JSON [VARIABLE=VALUE ...]
PUT() {
    local LC_ALL=C # the length of a body counts bytes
    status=0
    printf %s "$2" >"$BATS_TEST_TMPDIR/body"
    program PUT "$1" CONTENT_TYPE=application/json CONTENT_LENGTH="${#2}" "${@:3}" \
        >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log" <"$BATS_TEST_TMPDIR/body" || status=$?
    read_answer
}

# list NAME...: a form with this list of images.
list() {
    local name images=
    for name; do images+="${images:+,}{\"url\":\"$BASE/$name\"}"; done
    echo "{\"imagenes\":[$images]}"
}

# save_beside NAME: a save of product 1 with this image, in the background, with files of its own.
save_beside() {
    local body=$BATS_TEST_TMPDIR/body.$1
    list "$1" >"$body"
    program PUT /1 CONTENT_TYPE=application/json CONTENT_LENGTH="$(wc -c <"$body")" \
        <"$body" >"$BATS_TEST_TMPDIR/answer.$1" 2>"$BATS_TEST_TMPDIR/log.$1" &
}

# assert_json FILTER VALUE: what jq makes of the body.
assert_json() { assert_equal "$(jq -c "$1" <<<"$body")" "$2"; }

# assert_status STATUS [MENSAJE [DETALLE]]: one whole answer of that status, with these words.
assert_status() {
    assert_equal "${status_line%% [A-Z]*}" "Status: $1"
    assert_equal "$status" 0
    assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/log")" 1
    assert_regex "$log" "^productos: .* status=$1 "
    [ $# -lt 2 ] || assert_equal "$(jq -r .mensaje <<<"$body")" "$2"
    [ $# -lt 2 ] || assert_equal "$(jq -r '.detalle // empty' <<<"$body")" "${3-}"
}
saved() { assert_status 200 "$SAVED" "${1-}"; }

# The images of product 1: ID:NAME:ORDER ...
images() {
    sql "SELECT string_agg(id || ':' || regexp_replace(url, '.*/', '') || ':' || orden, ' ' ORDER BY id)
         FROM producto_imagenes WHERE producto_id = 1"
}
unchanged() {
    assert_equal "$(images)" '7:7.webp:1 8:8.webp:1'
    assert_intact 7
    assert_intact 8
    assert_equal "$(sql "SELECT nombre || precio FROM productos")" 'Hoodie Basic Blanco40000.00'
}

# --- reading ---

@test "one product, with the values that node-postgres gives, and the ids of its images" {
    sql "INSERT INTO variantes (producto_id, talle_id, color_id, stock) VALUES (1, 2, 1, 3), (1, 1, 2, 4)"
    GET /1
    assert_status 200
    assert_json .id 1
    assert_json .precio '"40000.00"'
    assert_json .stock_total '"7"'
    assert_json .fecha_creacion '"2026-03-04T05:06:07.891Z"'
    assert_json .destacado false
    assert_json .descripcion null
    assert_json .categoria '"Abrigo"'
    assert_json .imagenes "[{\"id\":7,\"url\":\"$BASE/7.webp\",\"orden\":1},{\"id\":8,\"url\":\"$BASE/8.webp\",\"orden\":1}]"
    assert_equal "$(grep -o '"imagenes":' <<<"$body")" '"imagenes":' # once
    assert_json .talle_ids '[1,2]'
    assert_json .stock_por_talle '[{"talle":"S","cantidad":4},{"talle":"M","cantidad":3}]'
    assert_json 'keys_unsorted | join(",")' '"id,nombre,descripcion,categoria_id,categoria,precio,destacado,activo,fecha_creacion,imagen_principal,stock_total,stock_por_talle,colores_hex,imagenes,talle_ids,color_ids,variantes"'
}

# view_with COLUMNS: the view has these, too. The answer's end, from the first of them on, is $later.
view_with() {
    sql "CREATE VIEW kept AS SELECT 1; ALTER VIEW vista_catalogo_productos RENAME TO vista_antigua;
         CREATE VIEW vista_catalogo_productos AS SELECT *, 0 AS later, $1 FROM vista_antigua;
         GRANT SELECT ON vista_catalogo_productos TO imagenes"
    GET /1 "${@:2}"
    sql "DROP VIEW vista_catalogo_productos, kept;
         ALTER VIEW vista_antigua RENAME TO vista_catalogo_productos"
    assert_status 200
    later=${body#*,\"later\":0,}
}

@test "columns that the view gets later, whatever the style that the database is set to" {
    sql "ALTER ROLE imagenes SET bytea_output = escape; ALTER ROLE imagenes SET DateStyle = German;
         ALTER ROLE imagenes SET IntervalStyle = iso_8601; ALTER ROLE imagenes SET TimeZone = 'EST5'"
    view_with "12345678901234567::int8 AS big, '{{1,NULL},{3,4}}'::int4[] AS matrix,
         '{a,\"b\\\"c\",NULL,\"NULL\",\"\"}'::text[] AS texts, E'línea\\nnueva \"y\"' AS t,
         '{NaN,1e20}'::float8[] AS floats, 0.1::float4 AS tenth, '{1.50}'::numeric[] AS numbers,
         '{\"b\": 1.0, \"1\": [1, 2]}'::json AS j, '2026-01-02'::date AS d, true AS yes,
         '2026-01-02 03:04:05+02'::timestamptz AS tz, 'infinity'::timestamp AS never,
         '{\"0044-03-15 12:00:00 BC\"}'::timestamp[] AS times, '\\x00ff5c'::bytea AS bytes,
         ARRAY['\\x27'::bytea] AS more_bytes, '-1 mon -00:00:01.5'::interval AS i,
         '<(1,2),3>'::circle AS c, '(1,2)'::point AS p, '(1,1),(0,0)'::box AS b"
    sql "ALTER ROLE imagenes RESET ALL"
    assert_equal "$later" '"big":"12345678901234567","matrix":[[1,null],[3,4]],"texts":["a","b\"c",null,"NULL",""],"t":"línea\nnueva \"y\"","floats":[null,100000000000000000000],"tenth":0.1,"numbers":[1.5],"j":{"1":[1,2],"b":1},"d":"2026-01-02T00:00:00.000Z","yes":true,"tz":"2026-01-02T01:04:05.000Z","never":null,"times":["-000043-03-15T12:00:00.000Z"],"bytes":{"type":"Buffer","data":[0,255,92]},"more_bytes":[{"type":"Buffer","data":[39]}],"i":{"months":-1,"seconds":-1,"milliseconds":-500},"c":{"x":1,"y":2,"radius":3},"p":{"x":1,"y":2},"b":"(1,1),(0,0)"}'
}

@test "the shop's time zone" {
    [ -e /usr/share/zoneinfo/America/Argentina/Buenos_Aires ] || skip 'tzdata is not installed'
    GET /1 BALSAMOA_TIME_ZONE=America/Argentina/Buenos_Aires
    assert_json .fecha_creacion '"2026-03-04T08:06:07.891Z"'
    GET /1 BALSAMOA_TIME_ZONE=../../etc/passwd
    assert_status 500 'Error de configuración del servidor'
    assert_log cause 'BALSAMOA_TIME_ZONE is no file in .*'
}

@test "what the clock showed twice is the first time, and what it skipped is as before the change" {
    [ -e /usr/share/zoneinfo/Europe/Madrid ] || skip 'tzdata is not installed'
    view_with "'2025-10-26 02:30'::timestamp AS twice, '2025-03-30 02:30'::timestamp AS skipped" \
        BALSAMOA_TIME_ZONE=Europe/Madrid
    assert_equal "$later" '"twice":"2025-10-26T00:30:00.000Z","skipped":"2025-03-30T01:30:00.000Z"}'
    # No summer time, but another zone.
    view_with "'2007-12-09 02:45'::timestamp AS twice, '2016-05-01 02:45'::timestamp AS skipped" \
        BALSAMOA_TIME_ZONE=America/Caracas
    assert_equal "$later" '"twice":"2007-12-09T06:45:00.000Z","skipped":"2016-05-01T07:15:00.000Z"}'
    view_with "'2011-12-30'::date AS skipped, '2025-03-30'::date AS d" BALSAMOA_TIME_ZONE=Pacific/Apia
    assert_equal "$later" '"skipped":"2011-12-30T10:00:00.000Z","d":"2025-03-29T11:00:00.000Z"}'
}

@test "the list: all products, the newest first, over several pages; none: []" {
    sql "INSERT INTO productos (nombre, precio) SELECT 'Nº ' || n, n FROM generate_series(2, 250) AS n"
    GET ''
    assert_status 200
    assert_json 'length, .[0].id, .[0].precio, .[249].id, (map(.id) == (map(.id) | sort | reverse))' \
        $'250\n250\n"250.00"\n1\ntrue'
    assert_json '.[249].imagenes | length' 2
    GET /
    assert_json length 250
    sql "DELETE FROM productos"
    GET ''
    assert_status 200
    assert_equal "$body" '[]'
}

@test "HEAD: the header fields of GET, and no body" {
    request HEAD /1
    assert_status 200
    assert_equal "$body" ''
    request HEAD ''
    assert_status 200
    assert_equal "$body" ''
    assert_regex "$headers" 'Cache-Control: no-store'
}

@test "no such product: 404; no number: 400; more segments: 404" {
    local id
    for id in 2 0 -1 2147483648 99999999999999999999; do
        GET "/$id"
        assert_status 404 'Producto no encontrado'
        PUT "/$id" '{}'
        assert_status 404 'Producto no encontrado'
        DELETE "/$id"
        assert_status 404 'Producto no encontrado'
    done
    GET /x
    assert_status 400 'El ID del producto debe ser un número válido'
    PUT /1.5 '{}'
    assert_status 400 'El ID del producto debe ser un número válido'
    GET /1/imagenes
    assert_status 404 'Endpoint no encontrado'
}

@test "other methods: 405, with those that there are" {
    request POST ''
    assert_status 405 'Método no permitido'
    assert_regex "$headers" 'Allow: GET, HEAD, OPTIONS'
    request PATCH /1
    assert_status 405 'Método no permitido'
    assert_regex "$headers" 'Allow: GET, HEAD, PUT, DELETE, OPTIONS'
    request PUT ''
    assert_status 405
    OPTIONS /1
    assert_status 204
}

@test "session: who may not gets nothing, from any method" {
    local session=(BALSAMOA_AUTH=session FIRMA_JWT=secreto HTTP_COOKIE="token=x")
    GET '' "${session[@]}"
    assert_status 401 'Token inválido o expirado.'
    PUT /1 "$(list)" "${session[@]}"
    assert_status 401 'Token inválido o expirado.'
    DELETE /1 "${session[@]}"
    assert_status 401 'Token inválido o expirado.'
    unchanged
}

@test "a session that has been revoked, and one of another role: nothing is shown, nothing saved" {
    local session=(BALSAMOA_AUTH=session FIRMA_JWT="$SECRET") cookie
    users
    GET /1 "${session[@]}" HTTP_COOKIE="token=$(token)"
    assert_status 200
    for cookie in "401 $(token 1 otra)" "401 $(token 2 sesion-2)" "403 $(token 4 sesion-4)"; do
        session[2]="HTTP_COOKIE=token=${cookie#* }"
        GET '' "${session[@]}"
        assert_status "${cookie%% *}"
        GET /1 "${session[@]}"
        assert_status "${cookie%% *}"
        PUT /1 "$(list)" "${session[@]}"
        assert_status "${cookie%% *}"
        DELETE /1 "${session[@]}"
        assert_status "${cookie%% *}"
    done
    unchanged
}

@test "the database is away: 500 in each request's words" {
    GET '' DATABASE_URL="host=$BATS_TEST_TMPDIR"
    assert_status 500 'Error al obtener productos'
    GET /1 DATABASE_URL="host=$BATS_TEST_TMPDIR"
    assert_status 500 'Error al obtener productos'
    PUT /1 '{}' DATABASE_URL="host=$BATS_TEST_TMPDIR"
    assert_status 500 "$BAD"
    DELETE /1 DATABASE_URL="host=$BATS_TEST_TMPDIR"
    assert_status 500 'Error al intentar eliminar'
}

# --- saving ---

@test "a save keeps what is absent or null" {
    PUT /1 '{"nombre":"Otro","precio":"12.5","descripcion":null,"activo":false}'
    saved
    assert_json '.producto.nombre, .producto.precio, .producto.activo, .producto.categoria_id' \
        $'"Otro"\n"12.50"\nfalse\n1'
    assert_json '.producto.fecha_creacion' '"2026-03-04T05:06:07.891Z"'
    PUT /1 '{"categoria_id":"2","destacado":true}'
    assert_json '.producto.nombre, .producto.categoria_id, .producto.destacado, .producto.activo' \
        $'"Otro"\n2\ntrue\nfalse'
    assert_equal "$(images)" '7:7.webp:1 8:8.webp:1'
}

@test "variants are added and changed; the last of two alike counts" {
    PUT /1 '{"variantes":[{"talle_id":1,"color_id":1,"stock":5},{"talle_id":"1","color_id":2},
        {"talle_id":1,"color_id":1,"stock":"9","activo":false}]}'
    saved
    PUT /1 '{"variantes":[{"talle_id":1,"color_id":2,"stock":1}]}'
    saved
    assert_equal "$(sql "SELECT string_agg(talle_id || ',' || color_id || ',' || stock || ',' || activo,
        ' ' ORDER BY color_id) FROM variantes")" '1,1,9,false 1,2,1,true'
}

@test "an image that stays keeps its id; a new one is added; a dropped one leaves, record and file" {
    photo 9
    sql "DELETE FROM producto_imagenes WHERE id = 9"
    PUT /1 "{\"imagenes\":[{\"url\":\"$BASE/9.webp\",\"orden\":1},{\"url\":\"$BASE/8.webp\",\"orden\":2}]}"
    saved
    assert_equal "$(images)" '8:8.webp:2 20:9.webp:1'
    assert_removed 7
    assert_equal "$(cat "$PRODUCTOS/8.webp")$(cat "$PRODUCTOS/9.webp")" 'bytes of 8bytes of 9'
}

@test "a url that comes twice has two images, and one goes" {
    PUT /1 "$(list 7.webp 7.webp 8.webp)"
    saved
    assert_equal "$(sql "SELECT count(*) FROM producto_imagenes WHERE url LIKE '%/7.webp'")" 2
    chmod a-w "$PRODUCTOS" # the file does not leave its place
    PUT /1 "$(list 7.webp 8.webp)"
    chmod u+w "$PRODUCTOS"
    saved "$SHARED"
    unchanged
}

@test "an empty list removes all; no list removes none" {
    PUT /1 '{"imagenes":[]}'
    saved
    assert_removed 7
    assert_removed 8
}

@test "what more there is to say of a dropped image" {
    rm "$PRODUCTOS/7.webp"
    PUT /1 "$(list 8.webp)"
    saved "$ABSENT"
    image 9 https://cdn.example.com/9.webp
    PUT /1 "$(list 8.webp)"
    saved 'La URL es externa y no tiene archivo en el disco'
    PUT /1 '{"imagenes":[]}' BALSAMOA_GRACE=1h
    saved "$LATER"
}

@test "one dropped image is shared, another is not erased yet: the answer says the latter" {
    sql "INSERT INTO productos (nombre, precio) VALUES ('Otro', 1);
         INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 2, '$BASE/7.webp')"
    PUT /1 '{"imagenes":[]}' BALSAMOA_GRACE=1h
    saved "$LATER"
}

@test "an image that somebody adds between the locks and the deletion: locked in a second attempt" {
    traced sendto
    hold_open "BEGIN; SELECT pg_advisory_xact_lock(1229801301, hashtext('$BASE/8.webp'))"
    PUT /1 "$(list 8.webp)" &
    until_waiting 1
    photo 9
    hold_close COMMIT
    wait
    status=0
    read_answer
    saved
    assert_equal "$(grep -c '^sendto(.*LOCK TABLE' "$BATS_TEST_TMPDIR/trace")" 2
    assert_equal "$(images)" '8:8.webp:1'
    assert_removed 7
    assert_removed 9
}

@test "the log says which images went, as far as there is room, and how many" {
    local names n
    PUT /1 "$(list 8.webp)"
    assert_log url "$BASE/7.webp"
    refute_log images
    for n in {10..39}; do photo "$n"; done
    PUT /1 "$(list 39.webp 38.webp)"
    saved
    assert_regex "$log" " images=29( url=\"$BASE/[0-9]+.webp\"){27}$"
    assert_equal "$(grep -o '[0-9]*.webp' <<<"$log" | sort -u | wc -l)" 27
    refuse_delete no
    DELETE /1
    refute_log images
    at_delete_no_more
    DELETE /1
    assert_regex "$log" " images=2( url=\"$BASE/3[89].webp\"){2}$"
}

@test "two round trips after connecting" {
    traced sendto,recvfrom,poll
    PUT /1 "$(list 8.webp)"
    saved
    assert_equal "$(grep -c '^sendto(.*BEGIN\|^sendto(.*COMMIT' "$BATS_TEST_TMPDIR/trace")" 2
    # The start-up packet, these two, and good-bye.
    assert_equal "$(grep -c '^sendto(' "$BATS_TEST_TMPDIR/trace")" 4
}

# --- what is refused, as a whole ---

@test "bad input is 400 in the contract's words, and nothing is saved" {
    local sent words detail long
    long=$(printf 'x%.0s' {1..256})
    while IFS='|' read -r sent words detail; do
        PUT /1 "${sent//LONG/$long}"
        echo "sent: $sent"
        assert_status 400 "$words" "$detail"
        unchanged
    done <<EOF
{"nombre":"X","precio":-1}|El precio debe ser un número positivo|
{"nombre":"X","precio":"caro"}|El precio debe ser un número positivo|
{"nombre":"X","precio":""}|El precio debe ser un número positivo|
{"nombre":"X","precio":true}|El precio debe ser un número positivo|
{"nombre":"X","precio":"0x10"}|El precio debe ser un número positivo|
{"nombre":"X","precio":"Infinity"}|El precio debe ser un número positivo|
{"nombre":"X","precio":1e400}|$BAD|El cuerpo de la petición debe ser un objeto JSON
{"nombre":"X","precio":100000000}|$BAD|El campo "precio" tiene un número fuera de rango
{"nombre":"LONG"}|$BAD|El campo "nombre" es demasiado largo
{"nombre":5}|$BAD|El campo "nombre" no tiene un valor válido
{"nombre":"X","descripcion":[]}|$BAD|El campo "descripcion" no tiene un valor válido
{"nombre":"X","destacado":"si"}|$BAD|El campo "destacado" no tiene un valor válido
{"nombre":"X","activo":1}|$BAD|El campo "activo" no tiene un valor válido
{"nombre":"X","categoria_id":1.5}|$BAD|El campo "categoria_id" no tiene un valor válido
{"nombre":"X","categoria_id":2147483648}|$BAD|El campo "categoria_id" no tiene un valor válido
{"nombre":"X","categoria_id":99}|Error de consistencia: La categoría, talle o color especificado no existen|
{"nombre":"X","imagenes":{}}|El campo "imagenes" debe ser un arreglo|
{"nombre":"X","imagenes":null}|El campo "imagenes" debe ser un arreglo|
{"nombre":"X","imagenes":["/recursos/a.webp"]}|$URL_BAD|
{"nombre":"X","imagenes":[{"url":""}]}|$URL_BAD|
{"nombre":"X","imagenes":[{"url":7}]}|$URL_BAD|
{"nombre":"X","imagenes":[null]}|$URL_BAD|
{"nombre":"X","imagenes":[{"url":"/recursos/../../etc/passwd"}]}|$URL_BAD|
{"nombre":"X","imagenes":[{"url":"/recursos/imagenes/./7.webp"}]}|$URL_BAD|
{"nombre":"X","imagenes":[{"url":"/recursos//7.webp"}]}|$URL_BAD|
{"nombre":"X","imagenes":[{"url":"/recursos/"}]}|$URL_BAD|
{"nombre":"X","imagenes":[{"url":"/recursos/imagenes/.removal-7-7.webp"}]}|$URL_BAD|
{"nombre":"X","imagenes":[{"url":"/recursos/LONG"}]}|$BAD|El campo "url" es demasiado largo
{"nombre":"X","imagenes":[{"url":"/a","orden":"x"}]}|$BAD|El campo "orden" no tiene un valor válido
{"nombre":"X","variantes":7}|El campo "variantes" debe ser un arreglo|
{"nombre":"X","variantes":[{"talle_id":1}]}|Cada variante debe tener "talle_id" y "color_id"|
{"nombre":"X","variantes":[{"talle_id":1,"color_id":0}]}|Cada variante debe tener "talle_id" y "color_id"|
{"nombre":"X","variantes":[{"talle_id":1,"color_id":{}}]}|Cada variante debe tener "talle_id" y "color_id"|
{"nombre":"X","variantes":[{"talle_id":1,"color_id":1,"stock":-1}]}|El stock de cada variante debe ser un número no negativo|
{"nombre":"X","variantes":[{"talle_id":1,"color_id":1,"stock":1.5}]}|El stock de cada variante debe ser un número no negativo|
{"nombre":"X","variantes":[{"talle_id":1,"color_id":1,"stock":3000000000}]}|El stock de cada variante debe ser un número no negativo|
{"nombre":"X","variantes":[{"talle_id":99,"color_id":1}]}|Error de consistencia: La categoría, talle o color especificado no existen|
{"nombre":"X","variantes":[{"talle_id":1,"color_id":1,"activo":"no"}]}|$BAD|El campo "activo" no tiene un valor válido
{"nombre":"X","nombre":"Y"}|$BAD|El cuerpo de la petición debe ser un objeto JSON
[{"nombre":"X"}]|$BAD|El cuerpo de la petición debe ser un objeto JSON
{"nombre":"X"|$BAD|El cuerpo de la petición debe ser un objeto JSON
|$BAD|El cuerpo de la petición debe ser un objeto JSON
EOF
}

@test "invalid UTF-8, a NUL, deep nesting, too many images: 400" {
    PUT /1 $'{"nombre":"\xff"}'
    assert_status 400 "$BAD" 'El cuerpo de la petición debe ser un objeto JSON'
    PUT /1 '{"nombre":"a\u0000b"}'
    assert_status 400 "$BAD" 'El cuerpo de la petición debe ser un objeto JSON'
    PUT /1 "{\"x\":$(printf '[%.0s' {1..5000})$(printf ']%.0s' {1..5000})}"
    assert_status 400 "$BAD" 'El cuerpo de la petición debe ser un objeto JSON'
    # shellcheck disable=SC2046 # a list of names
    PUT /1 "$(list $(seq 1000))"
    assert_status 400 "$BAD" 'El campo "imagenes" tiene demasiados elementos'
    unchanged
}

@test "another Content-Type: 415; a body too large: 413; its length malformed: 400" {
    PUT /1 '{"nombre":"X"}' CONTENT_TYPE=text/plain
    assert_status 415 "$BAD" 'El cuerpo de la petición debe ser application/json'
    PUT /1 '{"nombre":"X"}' CONTENT_TYPE=application/jsonx
    assert_status 415
    PUT /1 '{"nombre":"X"}' CONTENT_TYPE=
    assert_status 415
    PUT /1 '{"nombre":"X"}' BALSAMOA_MAX_BODY=5
    assert_status 413 'Cuerpo de la petición demasiado grande'
    PUT /1 '{"nombre":"X"}' CONTENT_LENGTH=1x
    assert_status 400 'Content-Length inválido'
    unchanged
    PUT /1 '{"descripcion":"ñ"}' CONTENT_TYPE='Application/JSON; charset=utf-8'
    saved
    assert_json .producto.descripcion '"ñ"'
}

@test "a url that is no canonical path may stay where it was, and be dropped" {
    image 9 /recursos/../x.webp
    PUT /1 "{\"imagenes\":[{\"url\":\"/recursos/../x.webp\"},{\"url\":\"$BASE/7.webp\"},{\"url\":\"$BASE/8.webp\"}]}"
    saved
    assert_row 9
    echo x >"$ROOT/x.webp"
    PUT /1 "$(list 7.webp 8.webp)"
    saved 'La URL no corresponde a ningún archivo de la tienda'
    refute_row 9
    assert_exists "$ROOT/x.webp"
    unchanged
}

@test "a file that cannot be removed: 500, and product, records and files are as they were" {
    chmod a-w "$PRODUCTOS"
    PUT /1 '{"nombre":"X","imagenes":[]}'
    chmod u+w "$PRODUCTOS"
    assert_status 500 'Error al eliminar la imagen del disco'
    unchanged
}

@test "a file in a directory that is missing: 500, and what was staged before is back" {
    image 9 /recursos/otra/9.webp
    PUT /1 '{"nombre":"X","imagenes":[]}'
    assert_status 500 'Error al eliminar la imagen del disco'
    sql "DELETE FROM producto_imagenes WHERE id = 9"
    unchanged
}

@test "the commit is refused: 500, and all is as it was" {
    hold_commit refused
    commit_release
    PUT /1 "{\"nombre\":\"X\",\"imagenes\":[{\"url\":\"$BASE/7.webp\"}]}"
    assert_status 500 "$BAD"
    unchanged
}

@test "the commit of a save that drops nothing is refused: 500, and all is as it was" {
    sql "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN RAISE EXCEPTION ''refused at commit''; END';
         CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON productos
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
    PUT /1 '{"nombre":"X"}'
    assert_status 500 "$BAD"
    unchanged
}

@test "a url with all that an array of PostgreSQL's has a meaning for" {
    local name='a"b\c{d},e NULL.webp'
    photo 9 "$name"
    sql "DELETE FROM producto_imagenes WHERE id = 9"
    PUT /1 "{\"imagenes\":[{\"url\":\"$BASE/7.webp\"},{\"url\":\"$BASE/8.webp\"},$(jq -cn --arg url "$BASE/$name" '{$url}')]}"
    saved
    assert_equal "$(sql "SELECT url FROM producto_imagenes WHERE id NOT IN (7, 8)")" "$BASE/$name"
    PUT /1 "$(list 7.webp 8.webp)"
    saved
    assert_not_exists "$PRODUCTOS/$name"
    unchanged
}

@test "a deletion is refused: 500; what a crash had staged is back" {
    stage 7
    refuse_delete 'no'
    PUT /1 "$(list 8.webp)"
    assert_status 500 "$BAD"
    unchanged
}

@test "a dropped url that another product has: its file stays (A), also where the product goes (B)" {
    sql "INSERT INTO productos (nombre, precio) VALUES ('Otro', 1);
         INSERT INTO producto_imagenes (id, producto_id, url) VALUES (9, 2, '$BASE/7.webp')"
    PUT /1 "$(list 8.webp)"
    saved "$SHARED"
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    image 7 "$BASE/7.webp"
    DELETE /1
    assert_status 200 'Producto eliminado definitivamente de la base de datos' "$SHARED"
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    assert_removed 8
}

@test "./A.webp beside A.webp is refused, and A.webp stays (G)" {
    PUT /1 "$(list ./7.webp 8.webp)"
    assert_status 400 "$URL_BAD"
    unchanged
}

@test "two saves at once, [7] and [8]: one after the other, the record that is left has its file (E)" {
    local i left
    for i in {1..10}; do
        shop_reset
        photo 7
        photo 8
        for name in 7.webp 8.webp; do
            save_beside "$name"
        done
        wait
        # The later one may find that the file it names is gone: it is told so, and changes nothing.
        assert_regex "$(codes)" $'^( 2 200| 1 200\n 1 400)$'
        left=$(sql "SELECT string_agg(regexp_replace(url, '.*/', ''), ' ') FROM producto_imagenes")
        assert_regex "$left" '^[78]\.webp$'
        assert_equal "$(cat "$PRODUCTOS/$left")" "bytes of ${left%.webp}"
        refute_staged
    done
}

@test "a save waits for another save of the product that is under way" {
    hold_open "BEGIN; SELECT FROM productos WHERE id = 1 FOR NO KEY UPDATE"
    PUT /1 "$(list 8.webp)" &
    until_waiting 1
    # It waits with empty hands: who else wants an image's locks need not wait for it.
    assert_equal "$(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" 0
    hold_close COMMIT
    wait
    assert_removed 7
}

@test "a save and a DELETE of the image it drops, at once: neither record nor file is left (H)" {
    local i
    for i in {1..10}; do
        shop_reset
        photo 7
        photo 8
        PROGRAM=$abs_top_builddir/cgi-bin/imagenes fire 1 /7
        PUT /1 "$(list 8.webp)"
        wait
        assert_removed 7
        assert_intact 8
    done
}

@test "an old form that is saved after a removal brings back what grace has kept (I)" {
    DELETE_IMAGE() { PROGRAM=$abs_top_builddir/cgi-bin/imagenes DELETE "$@"; }
    DELETE_IMAGE /7 BALSAMOA_GRACE=1h
    assert_not_exists "$PRODUCTOS/7.webp"
    PUT /1 "$(list 7.webp 8.webp)" BALSAMOA_GRACE=1h
    saved
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}

@test "a new url whose file is neither in its place nor staged: 400, and nothing is saved" {
    PUT /1 "$(list 7.webp 8.webp nada.webp)"
    assert_status 400 "$URL_BAD" 'El archivo no existe en el disco'
    mkdir "$PRODUCTOS/carpeta"
    PUT /1 "$(list 7.webp 8.webp carpeta)"
    assert_status 400 "$URL_BAD" 'El archivo no existe en el disco'
    unchanged
    rm "$PRODUCTOS/7.webp" # one that the product has had before may stay
    PUT /1 "$(list 7.webp 8.webp)"
    saved
}

@test "a save that waits for another one is seen by it: the file that it names stays" {
    hold_commit
    PUT /1 "$(list 7.webp)" &
    until_waiting 1
    save_beside 8.webp
    until_waiting 2
    commit_release
    wait
    assert_equal "$(codes)" ' 1 200'
    assert_regex "$(images)" ' 8.webp|:8.webp:1$'
    assert_equal "$(cat "$PRODUCTOS/8.webp")" 'bytes of 8'
    assert_not_exists "$PRODUCTOS/7.webp"
    refute_staged
}

@test "a staged file comes back only for a record that is there" {
    PROGRAM=$abs_top_builddir/cgi-bin/imagenes DELETE /7 BALSAMOA_GRACE=1h
    sql "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
             'BEGIN DELETE FROM producto_imagenes WHERE id = NEW.id; RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON producto_imagenes
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
    PUT /1 "$(list 7.webp 8.webp)"
    saved
    assert_not_exists "$PRODUCTOS/7.webp"
    assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
}

@test "the locks may have been lost before a staged file is moved: it stays staged" {
    local n
    PROGRAM=$abs_top_builddir/cgi-bin/imagenes DELETE /7 BALSAMOA_GRACE=1h
    traced recvfrom
    PUT /1 "$(list 7.webp 8.webp)"
    saved
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    n=$(last_traced recvfrom BEGIN)
    unset WRAP
    PUT /1 "$(list 8.webp)" BALSAMOA_GRACE=1h
    # The program ends itself after whole seconds: 4.
    fault "recvfrom:delay_exit=3050000:when=$n"
    PUT /1 "$(list 7.webp 8.webp)" BALSAMOA_TIMEOUT_MS=3001
    assert_log cause 'the locks may have been lost meanwhile.*'
    assert_not_exists "$PRODUCTOS/7.webp"
    assert_equal "$(cat "$PRODUCTOS"/.removal-*)" 'bytes of 7'
}

# The last read from the database is the reply to COMMIT.
@test "the commit is done, its reply lost: 200, and the files are gone (K)" {
    traced recvfrom
    PUT /1 "$(list 8.webp 7.webp 7.webp)"
    saved
    fault recvfrom:error=ECONNRESET:when="$(last_traced recvfrom .)"
    PUT /1 "$(list 8.webp)"
    saved
    assert_equal "$(images)" '8:8.webp:1'
    assert_not_exists "$PRODUCTOS/7.webp"
    refute_staged
}

@test "without the grants of productos, only DELETE of images works" {
    sql "REVOKE ALL ON productos, variantes, vista_catalogo_productos FROM imagenes"
    GET ''
    assert_status 500 'Error al obtener productos'
    assert_log sqlstate 42501
    PUT /1 "$(list 8.webp)"
    assert_status 500 "$BAD"
    unchanged
    grant_products
    PUT /1 "$(list 8.webp)"
    saved
}

# --- removing a product ---

@test "a product goes with its variants and images" {
    sql "INSERT INTO variantes (producto_id, talle_id, color_id) VALUES (1, 1, 1)"
    DELETE /1
    assert_status 200 'Producto eliminado definitivamente de la base de datos'
    assert_json '.producto | length, .[0].id, .[0].nombre' $'1\n1\n"Hoodie Basic Blanco"'
    assert_equal "$(sql "SELECT count(*) FROM productos")" 0
    assert_removed 7
    assert_removed 8
    DELETE /1
    assert_status 404 'Producto no encontrado'
}

@test "a product that was sold: 409, and nothing is touched" {
    sql "INSERT INTO variantes (producto_id, talle_id, color_id) VALUES (1, 1, 1);
         INSERT INTO pedidos (total) VALUES (1);
         INSERT INTO detalles_pedido (pedido_id, variante_id, cantidad, precio_unitario) VALUES (1, 1, 1, 1)"
    DELETE /1
    assert_status 409 'No se puede eliminar definitivamente porque el producto ya tiene ventas registradas. Te recomendamos desactivarlo.'
    unchanged
}

@test "a list of 10,000 products with 6 images each takes no more than 16 MB" {
    local peak
    sql "INSERT INTO productos (id, nombre, precio) SELECT n, 'Nº ' || n, n FROM generate_series(2, 10000) AS n;
         INSERT INTO producto_imagenes (producto_id, url) SELECT p, '$BASE/' || p || '-' || n || '.webp'
         FROM generate_series(2, 10000) AS p, generate_series(1, 6) AS n;
         ANALYZE"
    [ -z "${ASAN_OPTIONS-}" ] || skip 'AddressSanitizer takes memory of its own'
    GET '' BALSAMOA_TIMEOUT_MS=60000 "$abs_top_builddir/tests/bench/peak" "$BATS_TEST_TMPDIR/peak"
    assert_status 200
    assert_json 'length, (map(.imagenes | length) | add)' $'10000\n59996'
    peak=$(<"$BATS_TEST_TMPDIR/peak")
    echo "$peak KiB"
    [ "$peak" -le 16384 ]
}

# --- a commit in doubt ---

# lose_the_commit PATH JSON: the reply to the COMMIT is lost. The first request only tells where it is.
lose_the_commit() {
    traced recvfrom
    PUT /1 '{"nombre":"Uno"}'
    fault recvfrom:error=ECONNRESET:when="$(last_traced recvfrom .)"
    PUT "$1" "$2"
    unset WRAP
}

@test "the commit of a save that drops nothing is done, its reply lost: 200, and a staged file is back" {
    lose_the_commit /1 '{"nombre":"Dos"}'
    saved
    assert_equal "$(sql 'SELECT nombre FROM productos')" Dos
    stage 7
    sql "DELETE FROM producto_imagenes WHERE id = 7"
    lose_the_commit /1 "$(list 7.webp 8.webp)"
    saved
    assert_equal "$(cat "$PRODUCTOS/7.webp")" 'bytes of 7'
    refute_staged
}

@test "the server is still in COMMIT when it is asked about it: waited for, 200" {
    sql "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_advisory_xact_lock_shared(99); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON productos
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
    traced poll
    PUT /1 '{"nombre":"Uno"}'
    fault poll:error=ENOMEM:when="$(last_traced poll .)"
    hold_open 'SELECT pg_advisory_lock(99)'
    PUT /1 '{"nombre":"Dos"}' &
    wait_until asked
    hold_close
    wait
    status=0
    read_answer
    saved
    assert_equal "$(sql 'SELECT nombre FROM productos')" Dos
}
# On another connection, at least once: it is idle in between.
asked() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'imagenes' AND state = 'idle'")" = 1 ]; }

# The server's process dies in COMMIT, and then whoever waits for the images has them.
dies_in_commit() {
    until_waiting 1
    pid=$(sql "SELECT pid FROM pg_stat_activity WHERE usename = 'imagenes'")
    "$@" &
    until_waiting 2
    sql "SELECT pg_terminate_backend($pid)"
    commit_release
    wait
    status=0
    read_answer
}

@test "a save is rolled back in COMMIT, and another request removes what it would have dropped: 500" {
    local pid
    hold_commit
    PUT /1 '{"nombre":"Nuevo","imagenes":[{"url":"/recursos/imagenes/productos/8.webp"}]}' &
    remove_7() { PROGRAM=$abs_top_builddir/cgi-bin/imagenes program DELETE /7 >"$BATS_TEST_TMPDIR/answer.7" 2>/dev/null; }
    dies_in_commit remove_7
    assert_status 500 "$BAD"
    assert_equal "$(head -n 1 "$BATS_TEST_TMPDIR/answer.7" | tr -d '\r')" 'Status: 200 OK'
    assert_equal "$(sql 'SELECT nombre FROM productos')" 'Hoodie Basic Blanco'
    assert_equal "$(images)" '8:8.webp:1'
    assert_removed 7
}

@test "the removal of a product is rolled back in COMMIT, and a save drops its images: 500" {
    local pid
    hold_commit
    DELETE /1 &
    drop_all() {
        echo '{"imagenes":[]}' >"$BATS_TEST_TMPDIR/form"
        program PUT /1 CONTENT_TYPE=application/json CONTENT_LENGTH=16 <"$BATS_TEST_TMPDIR/form" \
            >"$BATS_TEST_TMPDIR/answer.put" 2>/dev/null
    }
    dies_in_commit drop_all
    assert_status 500 'Error al intentar eliminar'
    assert_equal "$(head -n 1 "$BATS_TEST_TMPDIR/answer.put" | tr -d '\r')" 'Status: 200 OK'
    assert_equal "$(sql 'SELECT count(*) FROM productos') $(images)" '1 '
    assert_removed 7
}

# --- a removal that is about to erase the file of a new url ---

@test "a save whose check comes before a removal erases the file, and its commit after: 400" {
    sql "INSERT INTO productos (id, nombre, precio) VALUES (2, 'Otro', 1)"
    photo 9
    PROGRAM=$abs_top_builddir/cgi-bin/imagenes
    traced fcntl
    DELETE /9
    stop_at fcntl:when="$(last_traced fcntl .)"
    begin_request DELETE /7
    wait_until stopped
    unset WRAP
    PROGRAM=$abs_top_builddir/cgi-bin/productos
    list 7.webp >"$BATS_TEST_TMPDIR/form"
    program PUT /2 CONTENT_TYPE=application/json CONTENT_LENGTH="$(wc -c <"$BATS_TEST_TMPDIR/form")" \
        <"$BATS_TEST_TMPDIR/form" >"$BATS_TEST_TMPDIR/answer.put" 2>"$BATS_TEST_TMPDIR/log.put" &
    until_waiting 1 || { go_on && false; }
    go_on
    finished
    wait
    assert_equal "$status_line" 'Status: 200 OK'
    assert_removed 7
    assert_equal "$(tail -n 1 "$BATS_TEST_TMPDIR/answer.put")" \
        "{\"mensaje\":\"${URL_BAD//\"/\\\"}\",\"detalle\":\"El archivo no existe en el disco\"}"
    assert_equal "$(sql 'SELECT count(*) FROM producto_imagenes')" 1
}

# --- triggers that leave rows as they are ---

@test "a trigger keeps an image, leaves one out, or keeps its place: 500, and nothing is saved" {
    local event
    photo 9
    sql "DELETE FROM producto_imagenes WHERE id = 9"
    for event in DELETE INSERT UPDATE; do
        sql "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER skip BEFORE $event ON producto_imagenes FOR EACH ROW EXECUTE FUNCTION at_commit()"
        PUT /1 '{"nombre":"X","imagenes":[{"url":"/recursos/imagenes/productos/8.webp","orden":5},
            {"url":"/recursos/imagenes/productos/9.webp","orden":6}]}'
        assert_status 500 "$BAD"
        assert_log cause '.*a trigger keeps a row as it is'
        unchanged
        sql "DROP FUNCTION at_commit() CASCADE"
    done
}

@test "a trigger leaves a variant out, or keeps an image of a product that is removed: 500" {
    sql "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER skip BEFORE INSERT ON variantes FOR EACH ROW EXECUTE FUNCTION at_commit();
         CREATE TRIGGER skip BEFORE DELETE ON producto_imagenes FOR EACH ROW EXECUTE FUNCTION at_commit()"
    PUT /1 '{"nombre":"X","variantes":[{"talle_id":1,"color_id":1,"stock":5}]}'
    assert_status 500 "$BAD"
    DELETE /1
    assert_status 500 'Error al intentar eliminar'
    unchanged
    sql "DROP TRIGGER skip ON producto_imagenes;
         CREATE TRIGGER skip BEFORE DELETE ON productos FOR EACH ROW EXECUTE FUNCTION at_commit()"
    DELETE /1
    assert_status 500 'Error al intentar eliminar'
    unchanged
}

@test "the shop's defaults and triggers see the shop's time zone" {
    sql "ALTER DATABASE tienda SET timezone = 'America/Argentina/Buenos_Aires';
         ALTER TABLE producto_imagenes ADD creada timestamp DEFAULT localtimestamp;
         CREATE TABLE bajas (cuando timestamp); GRANT INSERT ON bajas TO imagenes"
    photo 9
    sql "DELETE FROM producto_imagenes WHERE id = 9"
    at_delete "INSERT INTO bajas VALUES (localtimestamp); RETURN OLD;"
    PUT /1 "$(list 8.webp 9.webp)"
    saved
    DELETE /1
    sql "ALTER TABLE producto_imagenes ADD IF NOT EXISTS creada timestamp"
    assert_equal "$(sql "SELECT count(*), bool_and(abs(extract(epoch FROM localtimestamp - cuando)) < 60) FROM bajas")" '3|t'
    sql "ALTER DATABASE tienda RESET timezone; DROP TABLE bajas; ALTER TABLE producto_imagenes DROP creada"
}

# --- what else a save may meet ---

@test "a staged file that cannot come back: 200, and detalle says so" {
    stage 7
    chmod a-w "$PRODUCTOS"
    PUT /1 "$(list 7.webp 8.webp)"
    chmod u+w "$PRODUCTOS"
    saved 'El archivo de una imagen aún no volvió a su ubicación pública'
    assert_log outcome saved-file-not-back
    assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
}

@test "a new url in a directory that is missing: 400" {
    PUT /1 '{"imagenes":[{"url":"/recursos/falta/7.webp"}]}'
    assert_status 400 "$URL_BAD" 'El archivo no existe en el disco'
    unchanged
}

@test "a url that is too long by blanks: 400" {
    PUT /1 "{\"imagenes\":[{\"url\":\"https://h/$(printf 'x%.0s' {1..245})   \"}]}"
    assert_status 400 "$BAD" 'El campo "url" es demasiado largo'
    unchanged
}

@test "a trigger's own table has no room for a value: 500" {
    sql "CREATE TABLE notas (texto varchar(3)); GRANT INSERT ON notas TO imagenes;
         CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN INSERT INTO notas VALUES (NEW.nombre); RETURN NEW; END';
         CREATE TRIGGER nota BEFORE UPDATE ON productos FOR EACH ROW EXECUTE FUNCTION at_commit()"
    PUT /1 '{"nombre":"abcdef"}'
    sql "DROP TABLE notas; DROP FUNCTION at_commit() CASCADE"
    assert_status 500 "$BAD"
    unchanged
}

@test "a product with more images than files may be open at first" {
    local n
    for n in {100..149}; do photo "$n"; done
    DELETE /1 bash -c 'ulimit -Sn 20; exec "$@"' -
    assert_status 200
    assert_equal "$(find "$PRODUCTOS" -type f | wc -l)" 0
}
