# SPDX-License-Identifier: ISC
# README must agree with what it describes.
load ../lib/support

# rows FIRST_LINE: the cells of the table that begins with this line, a row a line.
rows() {
    awk -v first="$1" '$0 == first { inside = 1; next } inside && !/^\|/ { exit } inside && !/^\|--/' \
        "$abs_top_srcdir/README.md" | sed 's/^| //; s/ |$//; s/`//g'
}

@test "the findings of imagenes-fsck are those of its --help, in the same words" {
    run "$abs_top_builddir/sbin/imagenes-fsck" --help
    assert_success
    assert_line 'Findings:'
    assert_equal "$(rows '| finding | what it is | what to do |' |
        awk -F ' [|] ' '{ printf "  %-15s %s: %s\n", $1, $2, $3 }')" "${output#*$'\n'Findings:$'\n'}"
}

@test "imagenes-fsck has each option that is documented, and no other" {
    run "$abs_top_builddir/sbin/imagenes-fsck" --help
    assert_equal "$(rows '| option | |' | grep -oE -- '--[a-z-]+' | sort -u)" \
        "$(grep -oE -- '^  --[a-z-]+' <<<"$output" | tr -d ' ' | sort -u)"
}

@test "so has imagenes-check" {
    run "$abs_top_builddir/sbin/imagenes-check" --help
    assert_equal "$(rows '| option | what it checks |' | awk '{ print $1 }' | sort)" \
        "$(grep -oE -- '^  --[a-z-]+' <<<"$output" | tr -d ' ' | sort)"
}

@test "each setting is documented by its variable and its name in the file" {
    assert_equal "$(rows '| environment | file | value | default |' | awk '{ print $1, $3 }' | sort)" \
        "$(sed -nE 's/^.*\] = \{ "([A-Z_]+)", "([a-z_]+)", json_type.*$/\1 \2/p' \
            "$abs_top_srcdir/src/base/settings.c" | sort)"
}
