# SPDX-License-Identifier: ISC
# openapi.yaml says what the programs do, and the programs do what it says.
load ../lib/support
load ../lib/tokens

setup_file() { postgres_start && grant_products; }
teardown_file() { postgres_stop; }
setup() {
    python3 -c 'import jsonschema, yaml; jsonschema.Draft202012Validator' 2>/dev/null ||
        skip 'python3-jsonschema (4 or later) or python3-yaml is not installed'
}

# openapi COMMAND [ARGUMENT]: what openapi.py finds is nothing.
openapi() {
    run python3 "$abs_top_srcdir/tests/behaviour/openapi.py" "$abs_top_srcdir/openapi.yaml" "$@"
    assert_success
    assert_output ''
}

@test "the document is sound: references lead somewhere, schemas are schemas" {
    openapi structure
}

@test "its version is the programs' own" {
    assert_equal "imagenes-check (balsamoa-imagenes) $(sed -n 's/^  version: //p' "$abs_top_srcdir/openapi.yaml")" \
        "$("$abs_top_builddir/sbin/imagenes-check" --version)"
}

@test "it has the words of the tables of answers, and no others" {
    "$abs_top_builddir/tests/behaviour/print-answers" >"$BATS_TEST_TMPDIR/tables"
    openapi tables "$BATS_TEST_TMPDIR/tables"
}

# --- requests, one after another, whose answers are kept ---

# A product with an image, and another product without.
shop() {
    sql "SET client_min_messages = warning;
         TRUNCATE categorias, talles, colores, pedidos RESTART IDENTITY CASCADE"
    shop_reset
    rm -rf "$ROOT/recursos" # with what is staged there
    sql "INSERT INTO categorias (nombre) VALUES ('Abrigo');
         INSERT INTO talles (nombre, orden) VALUES ('S', 1);
         INSERT INTO colores (nombre, hex) VALUES ('Blanco', '#FFFFFF');
         INSERT INTO productos (nombre, precio, categoria_id) VALUES ('Otro', 1.5, 1)"
    photo 7
    users
}

# send METHOD PROGRAM PATH_INFO [VARIABLE=VALUE ...]: the body is $FORM.
send() {
    local LC_ALL=C PROGRAM=$abs_top_builddir/cgi-bin/$2 file
    sent=$((${sent-0} + 1))
    file=$BATS_TEST_TMPDIR/answers/$sent
    mkdir -p "${file%/*}"
    echo "$1 $2 $3" >"$file.request"
    printf %s "${FORM-{\}}" >"$file.body"
    program "$1" "$3" CONTENT_TYPE=application/json CONTENT_LENGTH="$(wc -c <"$file.body")" "${@:4}" \
        <"$file.body" >"$file.answer" 2>/dev/null
}

OPERATIONS='DELETE imagenes /7|GET productos |HEAD productos |GET productos /1|HEAD productos /1|PUT productos /1'
OPERATIONS+='|DELETE productos /1'

# each_operation COMMAND: runs it with METHOD PROGRAM PATH_INFO of each.
each_operation() {
    local method program path
    while read -r -d '|' method program path; do
        "$1" "$method" "$program" "$path"
    done <<<"$OPERATIONS|"
}

# What each operation refuses.
refuse() {
    local session=(BALSAMOA_AUTH=session FIRMA_JWT="$SECRET")
    send "$@" "${session[@]}"
    send "$@" "${session[@]}" HTTP_COOKIE=token=x
    send "$@" "${session[@]}" HTTP_COOKIE="token=$(token 1 otra)"
    send "$@" "${session[@]}" HTTP_COOKIE="token=$(token 4 sesion-4)"
    send "$@" HTTP_SEC_FETCH_SITE=cross-site
    send "$@" CONTENT_LENGTH=1x
    send "$@" BALSAMOA_MAX_BODY=1
    send "$@" BALSAMOA_AUTH=nadie
    send "$@" DATABASE_URL="host=$BATS_TEST_TMPDIR"
    [ -z "$3" ] || refuse_id "$1" "$2"
}
refuse_id() {
    local path
    for path in /x /9 /1/2; do send "$@" "$path"; done
}

succeed() {
    shop
    send "$@" BALSAMOA_AUTH=session FIRMA_JWT="$SECRET" HTTP_COOKIE="token=$(token)"
}

# What becomes of an image's file.
drop() {
    local FORM='{"imagenes":[]}'
    case $1 in
    DELETE | PUT) ;;
    *) return 0 ;;
    esac
    shop
    rm "$PRODUCTOS/7.webp"
    send "$@"
    shop
    sql "INSERT INTO producto_imagenes (id, producto_id, url)
         SELECT 8, 2, url FROM producto_imagenes WHERE id = 7"
    send "$@"
    shop
    sql "UPDATE producto_imagenes SET url = 'https://cdn.example.com/7.webp'"
    send "$@"
    shop
    sql "UPDATE producto_imagenes SET url = '/recursos/../7.webp'"
    send "$@"
    shop
    send "$@" BALSAMOA_GRACE=1h
    shop
    chmod a-w "$PRODUCTOS"
    send "$@"
    chmod u+w "$PRODUCTOS"
}

save() { send PUT productos /1; }

# A staged file that the save names cannot come back.
save_staged() {
    shop
    stage 7
    chmod a-w "$PRODUCTOS"
    FORM='{"imagenes":[{"url":"/recursos/imagenes/productos/7.webp"}]}' save
    chmod u+w "$PRODUCTOS"
}

# repeated NAME ELEMENT COUNT: a form with a list of so many.
repeated() { jq -cn --arg name "$1" --argjson element "$2" "{(\$name): [range($3) | \$element]}"; }

# Each form that is refused is no form by the document either, and each that is saved is one.
save_forms() {
    local FORM long
    long=$(printf 'x%.0s' {1..256})
    mkdir -p "$ROOT/recursos/imagenes" "$ROOT/recursos/a.b"
    touch "$ROOT/recursos/imagenes/Hoodie Basic Blanco.webp" "$ROOT/recursos/a.b/..c"
    while read -r FORM; do
        FORM=${FORM//LONG/$long} save
    done <<'END'
{"nombre":"X","descripcion":"Y","precio":12.5,"categoria_id":1,"destacado":true,"activo":false,"otro":[]}
{"nombre":null,"descripcion":null,"precio":null,"categoria_id":null,"destacado":null,"activo":null}
{"precio":"40000.00","categoria_id":"1","imagenes":[],"variantes":[]}
{"precio":0,"imagenes":[{"url":"/recursos/imagenes/Hoodie Basic Blanco.webp","orden":"2"},{"url":"/a","orden":null}]}
{"imagenes":[{"url":"/recursos/a.b/..c"},{"url":"https://cdn.example.com/../a.webp","id":7}]}
{"variantes":[{"talle_id":1,"color_id":"1","stock":"5","activo":false}]}
{"variantes":[{"talle_id":1,"color_id":1,"stock":null,"activo":null},{"talle_id":1,"color_id":1,"stock":7}]}
{"variantes":[{"talle_id":9,"color_id":1}]}
{"categoria_id":9}
{"imagenes":[{"url":"/recursos/imagenes/nada.webp"}]}
[]
{"precio":-1}
{"precio":"caro"}
{"precio":true}
{"precio":100000000}
{"nombre":5}
{"nombre":"LONG"}
{"descripcion":[]}
{"categoria_id":1.5}
{"categoria_id":2147483648}
{"categoria_id":-2147483649}
{"destacado":"si"}
{"activo":1}
{"imagenes":{}}
{"imagenes":null}
{"imagenes":[7]}
{"imagenes":[{"orden":1}]}
{"imagenes":[{"url":""}]}
{"imagenes":[{"url":7}]}
{"imagenes":[{"url":"/recursos/LONG"}]}
{"imagenes":[{"url":"/recursos/"}]}
{"imagenes":[{"url":"/recursos/../a"}]}
{"imagenes":[{"url":"/recursos/a/./b"}]}
{"imagenes":[{"url":"/recursos/a//b"}]}
{"imagenes":[{"url":"/recursos/a/"}]}
{"imagenes":[{"url":"/recursos/a/.removal-7-a.webp"}]}
{"imagenes":[{"url":"/a","orden":"x"}]}
{"variantes":7}
{"variantes":null}
{"variantes":[7]}
{"variantes":[{"talle_id":1}]}
{"variantes":[{"color_id":1}]}
{"variantes":[{"talle_id":1,"color_id":0}]}
{"variantes":[{"talle_id":1,"color_id":null}]}
{"variantes":[{"talle_id":"x","color_id":1}]}
{"variantes":[{"talle_id":1,"color_id":"x"}]}
{"variantes":[{"talle_id":1,"color_id":1,"stock":-1}]}
{"variantes":[{"talle_id":1,"color_id":1,"stock":1.5}]}
{"variantes":[{"talle_id":1,"color_id":1,"stock":"x"}]}
{"variantes":[{"talle_id":1,"color_id":1,"stock":2147483648}]}
{"variantes":[{"talle_id":1,"color_id":1,"activo":"no"}]}
END
    FORM=$(repeated imagenes '{"url":"/a"}' 101) save
    FORM=$(repeated variantes '{"talle_id":1,"color_id":1}' 1001) save
    send PUT productos /1 CONTENT_TYPE=text/plain
}

# The shop's own column has no limit.
save_long_description() {
    local FORM='{"descripcion":"larga"}'
    sql "CREATE SCHEMA corta; CREATE TABLE corta.productos (LIKE productos);
         ALTER TABLE corta.productos ALTER descripcion TYPE varchar(4);
         INSERT INTO corta.productos SELECT * FROM productos;
         GRANT USAGE ON SCHEMA corta TO imagenes; GRANT ALL ON corta.productos TO imagenes"
    send PUT productos /1 DATABASE_URL="$(database_url) options=-csearch_path=corta,public"
    sql "SET client_min_messages = warning; DROP SCHEMA corta CASCADE"
}

# It has all the nulls that the shop's tables allow, and was sold.
use_unusual_product() {
    sql "UPDATE productos SET categoria_id = NULL, destacado = NULL, activo = NULL, fecha_creacion = NULL
         WHERE id = 2;
         INSERT INTO producto_imagenes (id, producto_id, url, orden) VALUES (8, 2, '/recursos/8.webp', NULL);
         INSERT INTO variantes (id, producto_id, talle_id, color_id) VALUES (1, 2, 1, 1);
         INSERT INTO variantes (id, producto_id, activo) VALUES (2, 2, NULL);
         INSERT INTO pedidos (total) VALUES (1);
         INSERT INTO detalles_pedido (pedido_id, variante_id, cantidad, precio_unitario) VALUES (1, 1, 1, 1)"
    send GET productos ''
    send PUT productos /2
    send DELETE productos /2
}

@test "each documented status and word comes, and what comes is as documented" {
    shop
    each_operation refuse
    send OPTIONS imagenes /7
    send OPTIONS productos ''
    send OPTIONS productos /1
    send POST imagenes /7
    send PUT productos ''
    send PATCH productos /1
    each_operation succeed
    each_operation drop
    save_staged
    shop
    save_forms
    save_long_description
    shop
    use_unusual_product
    openapi answers "$BATS_TEST_TMPDIR/answers"
}
