# SPDX-License-Identifier: ISC
# Somebody who may create objects in the shop's schema, as everybody may in databases from before PostgreSQL
# 15: no function and no operator of his is called, however well it fits.
load ../lib/support

setup_file() { postgres_start && grant_products; }
teardown_file() { postgres_stop; }
setup() {
    PRODUCTS=$abs_top_builddir/cgi-bin/productos
    shop_reset
    photo 7
    photo 8
    sql "SET client_min_messages = warning; TRUNCATE talles, colores RESTART IDENTITY CASCADE;
         INSERT INTO talles (nombre, orden) VALUES ('S', 1);
         INSERT INTO colores (nombre, hex) VALUES ('Blanco', '#FFFFFF')"
    sql "CREATE ROLE mallory LOGIN; GRANT CREATE, USAGE ON SCHEMA public TO mallory;
         CREATE TABLE calls (who text); GRANT INSERT ON calls TO public"
}
teardown() { sql "DROP OWNED BY mallory; DROP ROLE mallory; DROP TABLE calls"; }

# Fits better than PostgreSQL's own, which take anyelement, VARIADIC "any", or a type that ours is like.
FUNCTIONS=('json_build_object(text, int4, text, varchar, text, int4) json'
    'json_build_object(text, int4, text, text, text, int4) json'
    'hashtext(varchar) int4' 'length(varchar) int4' 'set_config(varchar, varchar, bool) text'
    'set_config(text, varchar, bool) text' 'to_regclass(varchar) regclass' 'current_setting(varchar) text'
    'pg_advisory_xact_lock(int4, text) int4' 'pg_try_advisory_xact_lock(int4, text) bool'
    'pg_logical_emit_message(bool, varchar, varchar) pg_lsn' 'txid_status(int4) text')
AGGREGATES=('json_agg(json) json' 'array_agg(text) text[]' 'string_agg(varchar, varchar) varchar' 'count(int4) int8'
    'bool_or(text) bool')
OPERATORS=('= oid regclass' '= oid int4' '= int4 oid' '= varchar varchar' '= varchar text' '= text varchar' '= int2 int4'
    '< int4 int2' '~ varchar text' '!~ varchar text' '|| text varchar' '<> varchar text' '> varchar text' '& int8 int4')

# What they do: tell, and answer NULL.
BODY="LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.calls VALUES (current_user); RETURN NULL; END';"
hijack() {
    local entry name left right type n=0
    {
        for entry in "${FUNCTIONS[@]}"; do
            echo "CREATE FUNCTION public.${entry% *} RETURNS ${entry##* } $BODY"
        done
        for entry in "${AGGREGATES[@]}"; do
            name=step_$((n++)) type=${entry##* } left=${entry#*\(}
            echo "CREATE FUNCTION public.$name($type, ${left%\)*}) RETURNS $type $BODY
                  CREATE AGGREGATE public.${entry% *} (sfunc = public.$name, stype = $type);"
        done
        for entry in "${OPERATORS[@]}"; do
            read -r name left right <<<"$entry"
            echo "CREATE FUNCTION public.compare_$((++n))($left, $right) RETURNS bool $BODY
                  CREATE OPERATOR public.$name (leftarg = $left, rightarg = $right, function = public.compare_$n);"
        done
    } | "$PGBIN/psql" -XqAt -U mallory -v ON_ERROR_STOP=1
}
assert_not_called() { assert_equal "$(sql 'SELECT DISTINCT who FROM calls')" ''; }

@test "imagenes calls nothing of a stranger's" {
    hijack
    DELETE /7
    assert_answer 200 'Imagen eliminada del disco y de la base de datos'
    hold_open "BEGIN; UPDATE producto_imagenes SET orden = 5 WHERE id = 8"
    photo 9
    DELETE /9
    hold_close ROLLBACK
    assert_not_called
}

@test "productos calls nothing of a stranger's" {
    hijack
    PROGRAM=$abs_top_builddir/cgi-bin/productos
    request GET /1
    assert_equal "$(jq -c '[.imagenes[].id]' <<<"$body")" '[7,8]'
    request GET ''
    echo '{"nombre":"X","precio":5,"imagenes":[{"url":"/recursos/imagenes/productos/8.webp"}],
        "variantes":[{"talle_id":1,"color_id":1,"stock":5}]}' >"$BATS_TEST_TMPDIR/form"
    program PUT /1 CONTENT_TYPE=application/json CONTENT_LENGTH="$(wc -c <"$BATS_TEST_TMPDIR/form")" \
        <"$BATS_TEST_TMPDIR/form" >"$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/log"
    read_answer
    assert_equal "$status_line" 'Status: 200 OK'
    assert_removed 7
    sql "DELETE FROM variantes"
    request DELETE /1
    assert_equal "$status_line" 'Status: 200 OK'
    assert_not_called
}

@test "imagenes-fsck and imagenes-check call nothing of a stranger's" {
    hijack
    stage 7
    echo x >"$PRODUCTOS/nadie.webp"
    touch -d '2 days ago' "$PRODUCTOS/nadie.webp"
    imagenes_fsck --repair --delete-orphans --older-than 1d --force recursos/imagenes/productos
    assert_output --partial nadie.webp
    env -i BALSAMOA_PUBLIC_ROOT="$ROOT" DATABASE_URL="$(database_url)" BALSAMOA_AUTH=session BALSAMOA_JWT_SECRET=0123456789012345678901234567890123456789 \
        "$abs_top_builddir/sbin/imagenes-check" --productos >"$BATS_TEST_TMPDIR/check" || true
    assert_exists "$PRODUCTOS/7.webp"
    assert_not_called
}
