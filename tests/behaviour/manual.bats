# SPDX-License-Identifier: ISC
# shellcheck disable=SC2016,SC2154 # dollars of templates and of a shell; variables of bats and of make check
# The manual pages: well-formed, and complete. What README says, they have in README's words, because
# man/fill.awk takes it from there.
load ../lib/support

MAN=$abs_top_builddir/man
PAGES='imagenes.8 imagenes-check.8 imagenes-fsck.8 imagenes.json.5 productos.8'
PROGRAMS='cgi-bin/imagenes cgi-bin/productos sbin/imagenes-check sbin/imagenes-fsck'

# section PAGE NAME: its lines.
section() { sed -n "/^\.Sh $2\$/,/^\.Sh /p" "$MAN/$1" | sed '1d'; }

# options PAGE: those that have an item of their own, one a line.
options() { sed -n 's/^\.It Fl //p' "$MAN/$1" | sed 's/ , Fl /\n/g; s/\\//g' | sed 's/ .*//; s/^/-/' | sort; }

# statuses PAGE
statuses() { section "$1" 'EXIT STATUS' | sed -nE 's/^\.It ([0-9]+)$/\1/p' | paste -sd ' '; }

# setting NAME: the item of a setting, without the marks of fonts.
setting() { sed -n "/^\.It Cm $1 Pq Ev /,/^\.It\|^\.El/p" "$MAN/imagenes.json.5" | sed 's/\\f[BIR]//g; s/\\%//g'; }

# constant NAME: an enumerator's value in the settings.
constant() { echo $(($(sed -nE "s/^.*\b$1 = ([0-9 <]+)[ ,].*$/\1/p" "$abs_top_srcdir/src/base/settings.c"))); }

@test "mandoc finds no fault" {
    local page
    command -v mandoc >/dev/null || skip "mandoc is not installed"
    for page in $PAGES; do
        run mandoc -T lint -W warning "$MAN/$page"
        assert_success
        refute_output --regexp 'WARNING|ERROR|UNSUPP'
    done
}

@test "every name and directory is filled in" {
    local page
    for page in $PAGES; do
        run -1 grep -n '@[a-zA-Z_]*@\|^@' "$MAN/$page"
    done
    run -0 grep -hE '^\.Os ' "$MAN/imagenes.8"
    assert_output --regexp '^\.Os balsamoa-imagenes [0-9.]+$'
}

@test "each page has its sections" {
    local page name
    for page in $PAGES; do
        for name in NAME DESCRIPTION ENVIRONMENT FILES EXAMPLES 'SEE ALSO'; do
            run -0 section "$page" "$name"
            assert_output
        done
    done
}

@test "each page refers to the others, and to none that is missing" {
    local page
    for page in $PAGES; do
        assert_equal "$(section "$page" 'SEE ALSO' | sed -n 's/^\.Xr \([a-z.-]*\) \([0-9]\).*/\1.\2/p' |
            grep -v '^curl' | sort | paste -sd ' ')" \
            "$(tr ' ' '\n' <<<"$PAGES" | grep -vFx "$page" | sort | paste -sd ' ')"
    done
}

@test "the options of each program are those of its --help" {
    local program
    for program in $PROGRAMS; do
        run -0 env -i "$abs_top_builddir/$program" --help
        assert_equal "$(options "${program#*/}.8")" \
            "$(grep -oE '^  -.*' <<<"$output" | grep -oE -- '(^ +|, )--?[a-zA-Z-]+' | tr -d ' ,' | sort)"
    done
}

@test "each exit status is there" {
    assert_equal "$(statuses imagenes.8)" '0 1 2'
    assert_equal "$(statuses productos.8)" '0 1 2'
    assert_equal "$(statuses imagenes-check.8)" '0 1 2'
    assert_equal "$(statuses imagenes-fsck.8)" \
        "$(sed -nE 's/^\tSTATUS_[A-Z]+ = ([0-9]+).*/\1/p' "$abs_top_srcdir/sbin/fsck/findings.h" | paste -sd ' ')"
}

@test "each finding of imagenes-fsck is there" {
    run env -i "$abs_top_builddir/sbin/imagenes-fsck" --help
    assert_equal "$(sed -n '/^\.Ss Findings/,/^\.S[sh] One/s/^\.It Cm //p' "$MAN/imagenes-fsck.8")" \
        "$(sed -n '/^Findings:/,$s/^  \([a-z-]*\) .*/\1/p' <<<"$output")"
}

@test "each setting is there, by both names, and no other" {
    assert_equal "$(sed -n 's/^\.It Cm \([a-z_]*\) Pq Ev \([A-Z_]*\)$/\2 \1/p' "$MAN/imagenes.json.5" | sort)" \
        "$(sed -nE 's/^.*\] = \{ "([A-Z_]+)", "([a-z_]+)", json_type.*$/\1 \2/p' \
            "$abs_top_srcdir/src/base/settings.c" | sort)"
}

@test "the numbers of the settings are the program's" {
    run setting timeout_ms
    assert_line --partial "$(constant SHORTEST_TIMEOUT) to $(constant LONGEST_TIMEOUT)"
    assert_line "Default: $(constant DEFAULT_TIMEOUT)."
    run setting max_body
    assert_line --partial "up to $(constant LARGEST_BODY)"
    assert_line "Default: $(constant DEFAULT_BODY)."
    run setting admin_roles
    assert_line "Default: [$(constant ADMINISTRATOR)]."
}

@test "each variable that a program reads is on a page" {
    local variable
    run -0 sh -c 'grep -ohE "(getenv|variable)\(\"[A-Z_]+\"\)" "$0"/src/*/*.c "$0"/sbin/*/*.c "$0"/cgi-bin/*.c |
        cut -d \" -f 2 | sort -u' "$abs_top_srcdir"
    assert_line BALSAMOA_CONFIG
    for variable in "${lines[@]}"; do
        run -0 grep -lE "Ev $variable( |$)" "$MAN"/*.[58]
    done
}

@test "what README no longer says stops the build" {
    local line
    for line in '@in ## No such heading' '@text No such words' '@rows | no | such | table |' '@file no/such/file' \
        '@nothing'; do
        echo "$line" >"$BATS_TEST_TMPDIR/page"
        run awk -v top="$abs_top_srcdir" -f "$abs_top_srcdir/man/fill.awk" "$BATS_TEST_TMPDIR/page"
        assert_failure 1
        assert_output --partial "$BATS_TEST_TMPDIR/page:1: "
    done
    echo '@text - ' >"$BATS_TEST_TMPDIR/page" # many a list
    run awk -v top="$abs_top_srcdir" -f "$abs_top_srcdir/man/fill.awk" "$BATS_TEST_TMPDIR/page"
    assert_failure 1
    assert_output --partial 'twice in README'
}

@test "README's words keep their meaning in roff" {
    mkdir "$BATS_TEST_TMPDIR/top"
    cat >"$BATS_TEST_TMPDIR/top/README.md" <<-'END'

	.dots, `--option X` and `'quote'`. A `back\slash`, a **strong `PG*`** and a *stressed*
	word; [a file](doc/x.md), [a place](#there), an `a*b` ...

	| what | `when` |
	|---|---|
	| `--age AGE` | a "b", `c` |
	END
    printf '%s\n' '@text .dots' '@rows | what |' '.It $1 "$2"' '$2.' @end >"$BATS_TEST_TMPDIR/page"
    run -0 awk -v top="$BATS_TEST_TMPDIR/top" -f "$abs_top_srcdir/man/fill.awk" "$BATS_TEST_TMPDIR/page"
    assert_output '\&.dots, \fB\%\-\-option \%X\fR and \fB\%\(aqquote\(aq\fR.
A \fB\%back\eslash\fR, a \fBstrong \fB\%PG*\fR\fR and a \fIstressed\fR word; a file, a place (README.md), an \fB\%a*b\fR ...
.It Fl \-age Ar AGE "a \(dqb\(dq, c"
a "b", \fB\%c\fR.'
}

@test "they are installed, and uninstalled with their directories" {
    local to=$BATS_TEST_TMPDIR/to
    run -0 installation install
    assert_equal "$(find "$to" -path '*/man/*' -type f | sed 's,.*\(/man/\),\1,' | sort)" \
        "$(for page in $PAGES; do echo "/man/man${page##*.}/$page"; done | sort)"
    run -0 installation uninstall
    assert_equal "$(find "$to" -type f -o -name 'man[58]')" ''
}
installation() { env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$abs_top_builddir" "$1" DESTDIR="$BATS_TEST_TMPDIR/to"; }
