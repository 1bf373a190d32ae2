# SPDX-License-Identifier: ISC
# sql/: what an operator runs, each twice.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }

psql_file() { "$PGBIN/psql" -Xq -v ON_ERROR_STOP=1 "${@:2}" -f "$abs_top_srcdir/sql/$1"; }

@test "every file runs without a word, and again" {
    local file
    for file in schema grants indexes sample schema grants indexes sample; do
        run psql_file "$file.sql" -v client_min_messages=warning
        assert_success
        refute_output --partial ERROR
    done
}

@test "the sample is ten products with an image each, and four images out of the ordinary" {
    psql_file sample.sql
    assert_equal "$(sql 'SELECT count(*) FROM productos')" 10
    assert_equal "$(sql 'SELECT count(DISTINCT producto_id) FROM producto_imagenes WHERE id <= 10')" 10
    assert_equal "$(sql 'SELECT count(*) FROM producto_imagenes')" 14
    assert_equal "$(sql "INSERT INTO producto_imagenes (producto_id, url) VALUES (1, 'x') RETURNING id")" 15
}

@test "the role may have another name" {
    psql_file grants.sql -v role='ana "x"'
    assert_equal "$(sql "SELECT has_table_privilege('ana \"x\"', 'producto_imagenes', 'DELETE')")" t
    sql 'DROP OWNED BY "ana ""x"""; DROP ROLE "ana ""x"""'
}

@test "the url index is used" {
    psql_file sample.sql
    assert_regex "$(sql "SET enable_seqscan = off;
        EXPLAIN SELECT FROM producto_imagenes WHERE url = 'x'")" producto_imagenes_url_idx
}

@test "the role has no more connections than it is told" {
    psql_file grants.sql -v role=imagenes
    assert_equal "$(sql "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'imagenes'")" 20
    psql_file grants.sql -v connections=7
    assert_equal "$(sql "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'imagenes'")" 7
}
