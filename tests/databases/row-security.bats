# SPDX-License-Identifier: ISC
# Row-level security, which providers advise to turn on: a row that a policy hides is not absent.
load ../lib/support

setup_file() { postgres_start; }
teardown_file() { postgres_stop; }
setup() {
    shop_reset
    photo 7
    photo 8
}
teardown() {
    sql "SET client_min_messages = warning;
         DROP POLICY IF EXISTS part ON producto_imagenes; DROP POLICY IF EXISTS rest ON producto_imagenes;
         ALTER TABLE producto_imagenes DISABLE ROW LEVEL SECURITY;
         ALTER TABLE usuarios DISABLE ROW LEVEL SECURITY; ALTER ROLE imagenes NOBYPASSRLS"
}

DATABASE='Error al eliminar la imagen de la base de datos'

# hide [POLICY]: hides rows of the images from all but their owner.
hide() {
    sql "ALTER TABLE producto_imagenes ENABLE ROW LEVEL SECURITY"
    [ $# -eq 0 ] || sql "CREATE POLICY part ON producto_imagenes $1"
}

# Neither program trusts what it sees, and both leave everything as it is.
assert_nothing_believed() {
    local id
    for id in 7 8 9; do
        DELETE /$id
        assert_answer 500 "$DATABASE"
        assert_log sqlstate 42501
        assert_log cause '.*row-level security policy.*'
    done
    imagenes_fsck --repair --delete-orphans --older-than 0s
    assert_failure 8
    assert_output --partial 'row-level security policy'
    refute_output --partial orphan
    assert_intact 7
    assert_intact 8
}

@test "no policy, so that all rows are hidden: 500, fsck 8, nothing touched" {
    hide
    assert_nothing_believed
}

@test "a policy for a part of the rows: 500, fsck 8, nothing touched" {
    hide "USING (id <> 8)"
    assert_nothing_believed
}

@test "a policy for SELECT only: 500, fsck 8, nothing touched" {
    hide "FOR SELECT USING (true)"
    assert_nothing_believed
}

@test "a policy for DELETE only hides other users of the same url: 500, fsck 8, nothing touched" {
    hide "FOR DELETE USING (true)"
    assert_nothing_believed
}

@test "a staged file is not erased because its record is hidden" {
    stage 7
    hide
    imagenes_fsck --repair
    assert_failure 8
    assert_equal "$(cat "$(staged_file 7)")" "bytes of 7"
}

@test "hidden records, and no files: imagenes-fsck does not call that clean" {
    rm "$PRODUCTOS"/*
    hide
    imagenes_fsck
    assert_failure 8
    assert_output --partial 'row-level security policy'
}

@test "hidden users: 500, nothing touched" {
    load ../lib/tokens
    users
    sql "ALTER TABLE usuarios ENABLE ROW LEVEL SECURITY"
    DELETE /7 BALSAMOA_AUTH=session FIRMA_JWT="$SECRET" HTTP_COOKIE="token=$(token)"
    assert_answer 500 "$DATABASE"
    assert_log sqlstate 42501
    assert_intact 7
}

@test "a role that bypasses it removes, and fsck is clean" {
    hide
    sql "ALTER ROLE imagenes BYPASSRLS"
    DELETE /7
    assert_answer 200 "$MENSAJE"
    assert_removed 7
    imagenes_fsck
    assert_success
}

alteration_waits() {
    [ "$(sql "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted")" -eq 1 ]
}

@test "a policy that comes between the commit and the look: 500, the file is kept" {
    local alteration
    hold_commit
    begin_request DELETE /7
    until_waiting 1
    image 9 /recursos/imagenes/productos/7.webp
    sql "ALTER TABLE producto_imagenes ENABLE ROW LEVEL SECURITY" 3>&- 9>&- &
    alteration=$!
    wait_until alteration_waits
    commit_release
    finished
    wait "$alteration"
    assert_answer 500 "$DATABASE"
    assert_log sqlstate 42501
    assert_equal "$(cat "$(staged_file 7)")" 'bytes of 7'
}
