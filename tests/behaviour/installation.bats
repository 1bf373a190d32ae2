# SPDX-License-Identifier: ISC
# make install-strip and make uninstall, beneath a DESTDIR.
load ../lib/support

# in_build TARGET...: as an operator types it, not as a part of the make that runs this.
in_build() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES \
        make -s -C "$abs_top_builddir" DESTDIR="$DESTDIR" "$@"
}

# installed VARIABLE [NAME]: what make installs there.
installed() {
    # shellcheck disable=SC2016 # for make
    echo "$DESTDIR$(in_build --eval 'value-%: ; @echo $($*)' "value-$1")${2+/$2}"
}

setup_file() {
    export DESTDIR=$BATS_FILE_TMPDIR
    in_build install-strip
}

@test "install-strip strips every program, and each runs" {
    local program count=0
    while read -r program; do
        run -0 readelf --section-headers --wide "$program"
        refute_output --partial .symtab
        refute_output --partial .debug_info
        count=$((count + 1))
    done < <(find "$DESTDIR" -type f -perm /111 ! -path '*/share/*')
    [ "$count" -ge 4 ]
    run -0 "$(installed sbindir imagenes-check)" --version
    run -0 "$(installed sbindir imagenes-fsck)" --version
    run -0 env REQUEST_METHOD=OPTIONS SCRIPT_NAME=/x PATH_INFO=/7 BALSAMOA_AUTH=none \
        "$(installed cgidir imagenes)"
    assert_output --partial 'Status: 204'
}

@test "others may run the programs that a web server runs, and not read them" {
    assert_equal "$(stat -c %a "$(installed cgidir imagenes)" "$(installed cgidir productos)" | uniq)" 711
    assert_equal "$(stat -c %a "$(installed sysconfdir balsamoa/imagenes.json)")" 640
}

@test "licence, news, SQL files, recipes and the sample of the settings are installed" {
    local file
    for file in LICENSE NEWS README.md SECURITY.md openapi.yaml doc/removal.md doc/hosts.md; do
        assert_file_not_empty "$(installed docdir "$file")"
    done
    for file in sql/grants.sql sql/grants-productos.sql sql/indexes.sql apache/imagenes.conf \
        lighttpd/imagenes.conf nginx/imagenes.conf html/imagenes.html; do
        assert_file_not_empty "$(installed pkgdatadir "$file")"
    done
    assert_file_not_empty "$(installed sysconfdir balsamoa/imagenes.json)"
}

@test "every page of the documentation is installed, and each link in it leads to an installed file" {
    local page link
    cd "$(installed docdir)" || return
    assert_equal "$(ls doc)" "$(cd "$abs_top_srcdir/doc" && ls -- *.md *.png *.svg)"
    for page in *.md doc/*.md; do
        while read -r link; do
            echo "$page links to $link"
            assert_exists "$(dirname "$page")/$link"
        done < <(grep -oE '\]\([^)#:]+' "$page" | cut -c 3-)
    done
}

@test "uninstall leaves nothing" {
    local DESTDIR=$BATS_TEST_TMPDIR
    in_build install
    assert_exists "$(installed docdir README.md)"
    in_build uninstall
    assert_equal "$(find "$DESTDIR" ! -type d)" ''
    # The directories that are left, others have, too.
    assert_equal "$(find "$(installed prefix)" "$(installed sysconfdir)" -mindepth 1 -name '*balsamoa*')" ''
    assert_not_exists "$(installed unitdir)"
}

@test "settings that were edited are kept, by uninstall and by the next installation" {
    local DESTDIR=$BATS_TEST_TMPDIR settings
    in_build install
    settings=$(installed sysconfdir balsamoa/imagenes.json)
    echo '{}' >"$settings"
    run -0 in_build uninstall
    assert_output --partial "$settings has been edited: it is kept"
    assert_equal "$(find "$DESTDIR" ! -type d)" "$settings"
    in_build install
    assert_equal "$(cat "$settings")" '{}'
}
