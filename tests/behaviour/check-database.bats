# SPDX-License-Identifier: ISC
# shellcheck disable=SC2034,SC2154 # variables of support.bash and of check.bash
# imagenes-check: why there is no connection, which rights are missing, what refuses a deletion.
load ../lib/support
load ../lib/check

SECRET='un secreto de treinta y dos bytes'
PGBOUNCER=$(PATH=$PATH:/usr/sbin type -P pgbouncer || true)

setup_file() { postgres_start password_encryption=scram-sha-256; }
teardown_file() { postgres_stop; }
setup() { shop_reset; }
teardown() {
    refute_regex "${output-}" 'sésamo|ábrete|secreto'
    [ ! -e "$BATS_TEST_TMPDIR/pool/pid" ] || pool_stop
    admit 'all trust'
    sql "SET client_min_messages = warning; DROP FUNCTION IF EXISTS refuse() CASCADE;
         DROP TABLE IF EXISTS bajas, portadas; DROP ROLE IF EXISTS otra;
         ALTER TABLE producto_imagenes DISABLE ROW LEVEL SECURITY;
         ALTER TABLE usuarios DISABLE ROW LEVEL SECURITY;
         ALTER ROLE imagenes NOBYPASSRLS CONNECTION LIMIT 20"
}

# admit LINE: how the socket lets roles in. It always lets the superuser in.
admit() {
    printf 'local all postgres trust\nlocal all %s\n' "$1" >"$PGDATA/pg_hba.conf.new"
    ! cmp -s "$PGDATA/pg_hba.conf.new" "$PGDATA/pg_hba.conf" || return 0
    mv "$PGDATA/pg_hba.conf.new" "$PGDATA/pg_hba.conf"
    sql 'SELECT pg_reload_conf()' >/dev/null
    wait_until admits "${1##* }"
}
admits() {
    [ "$(sql "SELECT auth_method FROM pg_hba_file_rules ORDER BY line_number DESC LIMIT 1")" = "$1" ]
    sleep 0.1 # for the postmaster, who reads it by himself
}

GRANTS='runuser -u postgres -- psql -d tienda -v role=imagenes -f /.*/sql/grants.sql`'
PRODUCT_GRANTS='runuser -u postgres -- psql -d tienda -v role=imagenes -f /.*/sql/grants-productos.sql`'

# --- the connection ---

@test "a database that there is not, named by the environment or a file" {
    checked DATABASE_URL="host=$PGHOST dbname=tiend user=imagenes"
    assert_wrong 'database: .*"tiend"' "Correct the database's name in DATABASE_URL.*psql -l"
    config "{\"database\":\"host=$PGHOST dbname=tiend user=imagenes\"}"
    DATABASE_URL='' checked BALSAMOA_CONFIG="$FILE"
    assert_wrong 'database: .*"tiend"' "\"database\" in $FILE"
    checked DATABASE_URL=tiend PGHOST="$PGHOST" PGUSER=imagenes
    assert_wrong 'database: .*"tiend"' "name in DATABASE_URL"
}

@test "a URI that is none, whose password libpq would quote" {
    local url
    for url in "postgresql://imagenes:se%creto@localhost/tienda" "postgresql://imagenes:1@secreto@localhost/t" \
        "postgresql://imagenes:1/secreto@localhost/tienda" "postgresql//imagenes:secreto@localhost/tienda" \
        "postgresql://localhost/tienda?schema=secreto"; do
        checked DATABASE_URL="$url"
        assert_wrong 'database: DATABASE_URL .* is not a connection string' \
            'DATABASE_URL: postgresql://ROLE:PASSWORD@HOST/DATABASE, .*%2F'
        refute_output --partial secreto
    done
}

@test "keywords and values that are none" {
    checked DATABASE_URL='host=x password=un secreto dbname=tienda'
    assert_wrong 'database: ' 'DATABASE_URL: missing "=" after "" in connection info string'
    config '{"database":"host=x secreto=si"}'
    DATABASE_URL='' checked BALSAMOA_CONFIG="$FILE"
    assert_wrong 'database: ' "\"database\" in $FILE: invalid connection option \"\""
}

@test "no server at the socket, but one at another port" {
    checked DATABASE_URL="host=$PGHOST port=9 dbname=tienda"
    assert_failure 1
    assert_finding error 'database: .*on socket .*PGSQL.9.*No such file' \
        "host=$PGHOST port=5432: correct DATABASE_URL"
}

@test "no server at the socket" {
    mkdir "$BATS_TEST_TMPDIR/run"
    checked DATABASE_URL="host=$BATS_TEST_TMPDIR/run"
    assert_wrong 'database: .*on socket .*No such file' \
        '(There is a server.s socket for host=|Start the server, or, .* in DATABASE_URL)'
}

@test "no server at the address" {
    checked DATABASE_URL='host=127.0.0.1 port=1 dbname=tienda'
    assert_wrong 'database: .*Connection refused' 'Correct host and port in DATABASE_URL'
}

@test "SCRAM: a wrong password, none, the right one" {
    sql "ALTER ROLE imagenes PASSWORD 'sésamo'"
    admit 'imagenes scram-sha-256'
    checked DATABASE_URL="$(database_url) password=ábrete"
    assert_wrong 'database: .*28P01' \
        'Correct the password of role imagenes in DATABASE_URL, .*\\password imagenes'
    checked
    assert_wrong 'database: .*no password supplied' 'put it in DATABASE_URL, or .*pgpass'
    checked DATABASE_URL="$(database_url) password=sésamo"
    assert_well
}

@test "peer authentication, with a role that does not have this user's name" {
    admit 'all peer'
    checked
    assert_wrong 'database: .*28000' \
        "with the name of the system's user, $(id -un)\. .*psql -d tienda -v role=$(id -un) -f /.*/sql/grants.sql"
    checked DATABASE_URL="host=$PGHOST dbname=tienda"
    assert_wrong 'database: .*28000: role ' "-v role=$(id -un) -f /.*/sql/grants.sql"
    "$PGBIN/psql" -Xq -v role="$(id -un)" -f "$abs_top_srcdir/sql/grants.sql"
    checked DATABASE_URL="host=$PGHOST dbname=tienda"
    sql "DROP OWNED BY \"$(id -un)\"; DROP ROLE \"$(id -un)\""
    assert_well
    assert_line --regexp "^ok: database: tienda, as $(id -un), "
}

@test "no right to connect" {
    sql "REVOKE CONNECT ON DATABASE tienda FROM public, imagenes"
    checked
    sql "GRANT CONNECT ON DATABASE tienda TO public, imagenes"
    assert_wrong 'database: .*42501' "$GRANTS"
}

@test "the role's last connection is in use" {
    sql "ALTER ROLE imagenes CONNECTION LIMIT 0"
    checked BALSAMOA_TIMEOUT_MS=3000
    assert_wrong 'database: .*53300' '-v role=imagenes -v connections=40 -f /.*/sql/grants.sql'
}

@test "a password file that libpq does not like" {
    echo '*:*:*:*:secreto' >"$BATS_TEST_TMPDIR/passwords"
    chmod 644 "$BATS_TEST_TMPDIR/passwords"
    checked PGPASSFILE="$BATS_TEST_TMPDIR/passwords"
    assert_warned 'database: .*group or world access'
}

@test "the connection is lost" {
    local n=1 OPTIONS=(--productos)
    grant_products
    while
        n=$((n + 1))
        WRAP="strace -qq -o /dev/null -e inject=recvfrom:error=ECONNRESET:when=$n"
        checked BALSAMOA_AUTH=session FIRMA_JWT="$SECRET"
        [ "$status" -ne 0 ]
    do
        assert_failure 1
        assert_line --regexp '^error: (database|producto_imagenes|deletion of .*|usuarios|reading .*|saving .*): .*connection'
    done
    [ "$n" -gt 11 ]
}

# --- what is there ---

@test "a superuser, and a missing index" {
    sql "DROP INDEX producto_imagenes_url_idx"
    sql "CREATE INDEX otro ON producto_imagenes (url) WHERE orden > 1"
    sql "CREATE INDEX otro2 ON producto_imagenes (orden, url)"
    checked DATABASE_URL="host=$PGHOST dbname=tienda user=postgres"
    sql "DROP INDEX otro; DROP INDEX otro2"
    sql "CREATE INDEX producto_imagenes_url_idx ON producto_imagenes (url)"
    assert_warned 'role postgres: a superuser' "$GRANTS"
    assert_warned 'index on url: missing' 'psql -d tienda -f /.*/sql/indexes.sql`'
}

@test "a read-only database" {
    checked PGOPTIONS='-c default_transaction_read_only=on'
    assert_wrong 'database: read-only' 'target_session_attrs=read-write'
}

# --- rights ---

# lacks PRIVILEGE TABLE [VARIABLE=VALUE ...]: what imagenes-check says if the role lacks it.
lacks() {
    sql "REVOKE $1 ON $2 FROM imagenes"
    checked "${@:3}"
    sql "GRANT $1 ON $2 TO imagenes"
}

@test "no right to delete images, or to see them" {
    lacks DELETE producto_imagenes
    assert_wrong 'producto_imagenes: role imagenes lacks DELETE$' "$GRANTS"
    lacks 'SELECT (url)' producto_imagenes
    assert_wrong 'producto_imagenes: role imagenes lacks SELECT \(url\)$' "$GRANTS"
    lacks 'SELECT (id, url), DELETE' producto_imagenes
    assert_wrong 'producto_imagenes: role imagenes lacks DELETE, SELECT \(id\), SELECT \(url\)$' "$GRANTS"
}

@test "no right to see roles or sessions matters to the shop's sign-in only" {
    lacks 'SELECT (rol_id)' usuarios
    assert_well
    refute_output --partial usuarios
    lacks 'SELECT (rol_id)' usuarios BALSAMOA_AUTH=session FIRMA_JWT="$SECRET"
    assert_wrong 'usuarios: role imagenes lacks SELECT \(rol_id\)$' "$GRANTS"
    lacks 'SELECT (sesion_id)' usuarios BALSAMOA_AUTH=session FIRMA_JWT="$SECRET"
    assert_wrong 'usuarios: role imagenes lacks SELECT \(sesion_id\)$' "$GRANTS"
}

@test "no right to the schema, or another one than the role looks in" {
    sql "REVOKE USAGE ON SCHEMA public FROM public, imagenes"
    checked
    sql "GRANT USAGE ON SCHEMA public TO public, imagenes"
    assert_wrong 'producto_imagenes: in schema public, which role imagenes may not use' \
        'GRANT USAGE ON SCHEMA public TO "imagenes"'
    checked PGOPTIONS='-c search_path=pg_catalog'
    assert_wrong 'producto_imagenes: in schema public, which the search_path of role imagenes leaves out' \
        'ALTER ROLE "imagenes" IN DATABASE "tienda" SET search_path = public'
}

@test "a database that is not the shop's" {
    checked DATABASE_URL="host=$PGHOST dbname=postgres user=imagenes"
    assert_wrong 'producto_imagenes: database postgres has no such table' 'name in DATABASE_URL'
}

@test "another schema of the shop's" {
    sql "ALTER TABLE producto_imagenes RENAME COLUMN url TO uri"
    checked
    sql "ALTER TABLE producto_imagenes RENAME COLUMN uri TO url"
    assert_wrong 'producto_imagenes: without the columns: url$' '/sql/schema.sql'
}

@test "a view in the table's place" {
    sql "CREATE SCHEMA vistas; CREATE VIEW vistas.producto_imagenes AS SELECT * FROM producto_imagenes;
         GRANT USAGE ON SCHEMA vistas TO imagenes; GRANT SELECT, DELETE ON vistas.producto_imagenes TO imagenes"
    checked PGOPTIONS='-c search_path=vistas,public'
    sql "SET client_min_messages = warning; DROP SCHEMA vistas CASCADE"
    assert_wrong 'producto_imagenes: a view' 'search_path'
}

@test "row-level security, with or without a policy, until the role bypasses it" {
    local table
    for table in producto_imagenes usuarios; do
        sql "ALTER TABLE $table ENABLE ROW LEVEL SECURITY"
        checked BALSAMOA_AUTH=session FIRMA_JWT="$SECRET"
        assert_wrong "$table: row-level security may hide rows from role imagenes" \
            'ALTER ROLE "imagenes" BYPASSRLS'
        sql "CREATE POLICY todas ON $table USING (true)"
        checked BALSAMOA_AUTH=session FIRMA_JWT="$SECRET"
        assert_wrong "$table: row-level security"
        sql "ALTER ROLE imagenes BYPASSRLS"
        checked BALSAMOA_AUTH=session FIRMA_JWT="$SECRET"
        assert_well
        sql "ALTER ROLE imagenes NOBYPASSRLS; DROP POLICY todas ON $table;
             ALTER TABLE $table DISABLE ROW LEVEL SECURITY"
    done
}

@test "no active user has one of the admin_roles" {
    sql "INSERT INTO roles (id, nombre) VALUES (1, 'Administrador'), (2, 'Vendedor');
         INSERT INTO usuarios (nombre, email, password_hash, rol_id, activo)
         VALUES ('Ana', 'ana', '!', 1, false), ('Eva', 'eva', '!', 2, true)"
    checked BALSAMOA_AUTH=session FIRMA_JWT="$SECRET"
    assert_warned 'admin_roles: no active user has one of them' 'Set "admin_roles" in .*imagenes.json'
    checked BALSAMOA_AUTH=session FIRMA_JWT="$SECRET" BALSAMOA_ADMIN_ROLES=7,2
    assert_well
    refute_warning
}

# --- productos ---

# grants FILE...: the role has these rights, and no others.
grants() {
    local file
    sql "REVOKE ALL ON productos, variantes, vista_catalogo_productos, producto_imagenes, usuarios FROM imagenes;
         REVOKE ALL ON SEQUENCE producto_imagenes_id_seq, variantes_id_seq FROM imagenes"
    for file; do
        "$PGBIN/psql" -Xq -v ON_ERROR_STOP=1 -f "$abs_top_srcdir/sql/$file.sql"
    done
}

# Of both programs.
checked_both() {
    local OPTIONS=(--productos)
    checked "$@"
}

@test "what productos needs is asked for only if it is in use" {
    local plain
    grants grants
    checked
    assert_well
    plain=$output
    checked_both
    assert_failure 1
    assert_equal "$(grep -c '^error: ' <<<"$output")" 4
    assert_finding error 'productos: role imagenes lacks DELETE, SELECT, UPDATE \(activo\), UPDATE \(categoria_id\), UPDATE \(descripcion\), UPDATE \(destacado\), UPDATE \(nombre\), UPDATE \(precio\)$' "$PRODUCT_GRANTS"
    assert_finding error 'variantes: role imagenes lacks INSERT \(activo\), .*, SELECT \(talle_id\), UPDATE \(activo\), UPDATE \(stock\), USAGE \(public.variantes_id_seq\)$' "$PRODUCT_GRANTS"
    assert_finding error 'producto_imagenes: role imagenes lacks INSERT \(orden\), INSERT \(producto_id\), INSERT \(url\), SELECT \(orden\), SELECT \(producto_id\), UPDATE \(orden\), USAGE \(public.producto_imagenes_id_seq\)$' "$PRODUCT_GRANTS"
    assert_finding error 'vista_catalogo_productos: role imagenes lacks SELECT$' "$PRODUCT_GRANTS"
    assert_line 'ok: deletion of no image, undone: nothing refuses it'
    refute_output --partial 'no product'

    grants grants grants-productos
    checked_both
    assert_well
    refute_warning
    assert_line 'ok: index on producto_id: present'
    assert_line 'ok: reading of no product: nothing refuses it'
    assert_line 'ok: saving and removal of no product, undone: nothing refuses it'
    checked
    assert_equal "$output" "$plain"
}

@test "the program that is named says which it is" {
    local program=$BATS_TEST_TMPDIR/p.cgi
    install -m 711 "$abs_top_builddir/cgi-bin/productos" "$program"
    grants grants
    check "$CHECK" --program "$program"
    assert_finding error 'productos: role imagenes lacks '
    grants grants grants-productos
    check "$CHECK" --program "$program"
    assert_well
    assert_line --regexp "^ok: program: $program "
    assert_line 'ok: reading of no product: nothing refuses it'
}

@test "without --program, both programs are looked for" {
    check "$CHECK" --productos
    assert_line --regexp '^(ok: program:|error: program) .*/imagenes[: ]'
    assert_line --regexp '^(ok: program:|error: program) .*/productos[: ]'
    check "$CHECK"
    refute_line --regexp 'program.*/productos[: ]'
}

@test "each right that productos needs, by itself" {
    local privilege table lacking OPTIONS=(--productos)
    grants grants grants-productos
    while IFS='|' read -r privilege table lacking; do
        lacks "$privilege" "$table"
        assert_wrong "$lacking\$" "$PRODUCT_GRANTS"
    done <<'END'
SELECT|vista_catalogo_productos|vista_catalogo_productos: role imagenes lacks SELECT
SELECT|productos|productos: role imagenes lacks SELECT
DELETE|productos|productos: role imagenes lacks DELETE
UPDATE (precio)|productos|productos: role imagenes lacks UPDATE \(precio\)
SELECT|variantes|variantes: role imagenes lacks SELECT \(color_id\), SELECT \(producto_id\), SELECT \(talle_id\)
INSERT (talle_id)|variantes|variantes: role imagenes lacks INSERT \(talle_id\)
UPDATE (stock)|variantes|variantes: role imagenes lacks UPDATE \(stock\)
USAGE|SEQUENCE variantes_id_seq|variantes: role imagenes lacks USAGE \(public.variantes_id_seq\)
SELECT (orden)|producto_imagenes|producto_imagenes: role imagenes lacks SELECT \(orden\)
INSERT (url)|producto_imagenes|producto_imagenes: role imagenes lacks INSERT \(url\)
UPDATE (orden)|producto_imagenes|producto_imagenes: role imagenes lacks UPDATE \(orden\)
USAGE|SEQUENCE producto_imagenes_id_seq|producto_imagenes: role imagenes lacks USAGE \(public.producto_imagenes_id_seq\)
END
    lacks DELETE producto_imagenes
    assert_wrong 'producto_imagenes: role imagenes lacks DELETE$' "$GRANTS"
}

@test "no view, or a table of productos without a column" {
    grants grants grants-productos
    sql "ALTER VIEW vista_catalogo_productos RENAME TO otra_vista"
    checked_both
    sql "ALTER VIEW otra_vista RENAME TO vista_catalogo_productos"
    assert_wrong 'vista_catalogo_productos: database tienda has no such table or view' '/sql/schema.sql'
    sql "ALTER TABLE variantes RENAME COLUMN stock TO existencias"
    checked_both
    sql "ALTER TABLE variantes RENAME COLUMN existencias TO stock"
    assert_wrong 'variantes: without the columns: stock$' '/sql/schema.sql'
}

@test "nothing makes variants unique in a way that a save can use" {
    local index
    grants grants grants-productos
    sql "ALTER TABLE variantes DROP CONSTRAINT variantes_producto_id_talle_id_color_id_key"
    for index in "CREATE UNIQUE INDEX unica ON variantes (producto_id, talle_id)" \
        "CREATE UNIQUE INDEX unica ON variantes (producto_id, talle_id, id) INCLUDE (color_id)" \
        "CREATE UNIQUE INDEX unica ON variantes (producto_id, talle_id, color_id, id)" \
        "CREATE UNIQUE INDEX unica ON variantes (producto_id, talle_id, color_id) WHERE activo" \
        "CREATE INDEX unica ON variantes (producto_id, talle_id, color_id)" \
        "ALTER TABLE variantes ADD CONSTRAINT unica UNIQUE (producto_id, talle_id, color_id) DEFERRABLE"; do
        sql "$index"
        checked_both
        assert_wrong 'variantes: no unique constraint on \(producto_id, talle_id, color_id\), so no product can be saved' \
            'ALTER TABLE variantes ADD UNIQUE \(producto_id, talle_id, color_id\)`'
        sql "SET client_min_messages = warning; ALTER TABLE variantes DROP CONSTRAINT IF EXISTS unica;
             DROP INDEX IF EXISTS unica"
    done
    sql "CREATE UNIQUE INDEX unica ON variantes (color_id, talle_id, producto_id) INCLUDE (stock)"
    checked_both
    assert_well
    sql "DROP INDEX unica; ALTER TABLE variantes ADD UNIQUE (producto_id, talle_id, color_id)"
    checked_both
    assert_well
}

@test "no index by which a product's images are found" {
    grants grants grants-productos
    sql "DROP INDEX producto_imagenes_producto_id_idx"
    checked
    assert_well
    refute_warning
    checked_both
    sql "CREATE INDEX producto_imagenes_producto_id_idx ON producto_imagenes (producto_id)"
    assert_warned 'index on producto_id: missing, so productos reads' 'psql -d tienda -f /.*/sql/indexes.sql`'
}

@test "row-level security on what only productos uses" {
    local table
    grants grants grants-productos
    for table in productos variantes; do
        sql "ALTER TABLE $table ENABLE ROW LEVEL SECURITY"
        checked
        assert_well
        checked_both
        sql "ALTER TABLE $table DISABLE ROW LEVEL SECURITY"
        assert_wrong "$table: row-level security may hide rows from role imagenes" 'ALTER ROLE "imagenes" BYPASSRLS'
        assert_line 'ok: deletion of no image, undone: nothing refuses it'
    done
}

@test "a view that reads with the rights of who asks" {
    [ "$(sql 'SHOW server_version_num')" -ge 150000 ] || skip "security_invoker came with PostgreSQL 15"
    grants grants grants-productos
    sql "ALTER VIEW vista_catalogo_productos SET (security_invoker = on)"
    checked_both
    sql "ALTER VIEW vista_catalogo_productos RESET (security_invoker)"
    assert_wrong 'reading of no product: permission denied for table ' \
        'security_invoker: then role imagenes needs SELECT'
}

@test "a trigger that refuses a save" {
    grants grants grants-productos
    trigger 'TRIGGER registro AFTER INSERT ON variantes' 'RETURN NULL;'
    sql "DROP TRIGGER registro ON variantes;
         CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN INSERT INTO bajas VALUES (0, now()); RETURN NULL; END';
         CREATE TRIGGER registro AFTER INSERT ON variantes EXECUTE FUNCTION refuse()"
    checked_both
    assert_wrong 'saving and removal of no product, undone: permission denied for table bajas'
    sql "ALTER FUNCTION refuse() SECURITY DEFINER"
    checked_both
    assert_well
    assert_equal "$(sql 'SELECT count(*) FROM bajas')" 0
}

@test "a read-only database is read, and nothing is saved there" {
    grants grants grants-productos
    checked_both PGOPTIONS='-c default_transaction_read_only=on'
    assert_wrong 'database: read-only'
    assert_line 'ok: reading of no product: nothing refuses it'
    refute_output --partial 'saving'
}

# --- a deletion, undone ---

# trigger WHEN BODY: it runs on each deletion of an image.
trigger() {
    sql "CREATE TABLE IF NOT EXISTS bajas (id integer, hora timestamptz);
         CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN $2 END \$\$;
         CREATE $1 FOR EACH ROW EXECUTE FUNCTION refuse()"
}

@test "a trigger that lacks a right, which a plan does not show" {
    photo 7
    trigger 'TRIGGER registro AFTER DELETE ON producto_imagenes' \
        'INSERT INTO bajas VALUES (OLD.id, now()); RETURN OLD;'
    checked
    assert_wrong 'deletion of image 7, undone: permission denied for table bajas' \
        'the trigger registro, which calls refuse\(\)\. .*SECURITY DEFINER'
    sql "ALTER FUNCTION refuse() SECURITY DEFINER"
    checked
    assert_well
    assert_intact 7
    assert_equal "$(sql 'SELECT count(*) FROM bajas')" 0
}

@test "a trigger that is deferred to the commit" {
    photo 7
    trigger 'CONSTRAINT TRIGGER registro AFTER DELETE ON producto_imagenes DEFERRABLE INITIALLY DEFERRED' \
        'INSERT INTO bajas VALUES (OLD.id, now()); RETURN NULL;'
    checked
    assert_wrong 'deletion of image 7, undone: permission denied for table bajas' 'the trigger registro'
    assert_intact 7
}

@test "a trigger that keeps every row, without a word" {
    photo 7
    trigger 'TRIGGER registro BEFORE DELETE ON producto_imagenes' 'RETURN NULL;'
    checked
    assert_wrong 'deletion of image 7, undone: the record keeps changing, or cannot be deleted' 'the trigger registro'
}

@test "a disabled trigger, and one on something else, are not named" {
    photo 7
    trigger 'TRIGGER registro AFTER DELETE ON producto_imagenes' \
        'INSERT INTO bajas VALUES (OLD.id, now()); RETURN OLD;'
    sql "ALTER TABLE producto_imagenes DISABLE TRIGGER registro;
         CREATE TABLE portadas (imagen_id integer REFERENCES producto_imagenes);
         INSERT INTO portadas VALUES (7)"
    checked
    assert_warned 'deletion of image 7, undone: refused: .*foreign key' ''
    assert_intact 7
}

@test "a trigger for each statement, on a table without images" {
    trigger 'TRIGGER registro AFTER DELETE ON producto_imagenes' 'RETURN NULL;'
    sql "DROP TRIGGER registro ON producto_imagenes;
         CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN INSERT INTO bajas VALUES (0, now()); RETURN NULL; END';
         CREATE TRIGGER registro AFTER DELETE ON producto_imagenes EXECUTE FUNCTION refuse()"
    checked
    assert_wrong 'deletion of no image, undone: permission denied for table bajas'
}

@test "an image that somebody else holds is a warning, and is waited for not for long" {
    photo 7
    hold_open "BEGIN; SELECT FROM producto_imagenes WHERE id = 7 FOR UPDATE"
    SECONDS=0
    checked
    took=$SECONDS
    hold_close ROLLBACK
    [ "$took" -le 3 ]
    assert_warned 'deletion of image 7, undone: no answer in time: ' 'try again'
    assert_intact 7
}

@test "a trigger that does not get its lock is a warning" {
    photo 7
    trigger 'TRIGGER registro BEFORE DELETE ON producto_imagenes' \
        "PERFORM FROM producto_imagenes WHERE id = 8 FOR UPDATE NOWAIT; RETURN OLD;"
    sql "ALTER FUNCTION refuse() SECURITY DEFINER"
    photo 8
    hold_open "BEGIN; SELECT FROM producto_imagenes WHERE id = 8 FOR UPDATE"
    checked
    hold_close ROLLBACK
    assert_warned 'deletion of image 7, undone: no answer in time: ' 'try again'
}

# --- a pooler ---

# pool MODE: a pgbouncer at $POOL.
pool() {
    [ -n "$PGBOUNCER" ] || skip "pgbouncer is not installed"
    POOL=$BATS_TEST_TMPDIR/pool
    mkdir "$POOL"
    echo '"imagenes" ""' >"$POOL/users"
    printf '%s\n' '[databases]' "tienda = host=$PGHOST" '[pgbouncer]' "pool_mode = $1" listen_port=6432 \
        "unix_socket_dir = $POOL" auth_type=trust "auth_file = $POOL/users" "pidfile = $POOL/pid" \
        "logfile = $POOL/log" >"$POOL/pgbouncer.ini"
    ("$PGBOUNCER" -q "$POOL/pgbouncer.ini" >/dev/null 2>&1 3>&- </dev/null &)
    wait_until test -e "$POOL/pid"
    wait_until test -S "$POOL/.s.PGSQL.6432"
}
pool_stop() {
    local pid
    pid=$(cat "$POOL/pid")
    kill "$pid"
    wait_until pool_down "$pid"
}
pool_down() { ! kill -0 "$1" 2>/dev/null; }

@test "through a pooler, by transactions" {
    pool transaction
    photo 7
    checked DATABASE_URL="host=$POOL port=6432 dbname=tienda user=imagenes"
    assert_well
    refute_warning
    assert_line --regexp '^ok: database: tienda, as imagenes, on PostgreSQL .*, through a pooler$'
    assert_intact 7
}

@test "through a pooler that keeps no transaction together" {
    pool statement
    checked DATABASE_URL="host=$POOL port=6432 dbname=tienda user=imagenes"
    assert_wrong 'deletion of no image, undone: ' 'pool_mode = transaction'
}

# server_says SQLSTATE MESSAGE: a server at $BATS_TEST_TMPDIR/.s.PGSQL.5432 says that to every client.
server_says() {
    perl -MIO::Socket::UNIX -e1 2>/dev/null || skip "perl is not installed"
    perl -MIO::Socket::UNIX -e 'my ($path, $state, $message) = @ARGV;
        my $server = IO::Socket::UNIX->new(Local => $path, Listen => 5) or die;
        my $fields = "SFATAL\0VFATAL\0C$state\0M$message\0\0";
        while (my $client = $server->accept) {
            sysread $client, my $request, 1000;
            syswrite $client, "E" . pack("N", 4 + length $fields) . $fields;
        }' "$BATS_TEST_TMPDIR/.s.PGSQL.5432" "$1" "$2" >/dev/null 2>&1 3>&- &
    SERVER_SAYS=$!
    wait_until test -S "$BATS_TEST_TMPDIR/.s.PGSQL.5432"
    checked DATABASE_URL="host=$BATS_TEST_TMPDIR dbname=tienda user=imagenes" BALSAMOA_TIMEOUT_MS=3000
    kill "$SERVER_SAYS"
}

@test "a provider's pooler that wants the project in the role's name" {
    server_says XX000 'Tenant or user not found'
    assert_wrong 'database: .*XX000: Tenant or user not found' \
        'database tienda and role imagenes, as DATABASE_URL names them .*ROLE.PROJECT'
}

@test "a server that starts" {
    server_says 57P03 'the database system is starting up'
    assert_wrong 'database: .*57P03' 'starting or stopping: try again'
}

@test "a pooler that knows another database, another role" {
    pool transaction
    checked DATABASE_URL="host=$POOL port=6432 dbname=tiend user=imagenes"
    assert_wrong 'database: .*no such database' '(database tiend and role imagenes, as DATABASE_URL|name in DATABASE_URL)'
    checked DATABASE_URL="host=$POOL port=6432 dbname=tienda user=otra"
    assert_wrong 'database: ' '(role otra|grants.sql)'
}
