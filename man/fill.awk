# SPDX-License-Identifier: ISC
# awk -v top=DIRECTORY -f fill.awk PAGE: fills in what a manual page says in README's words.
# Lines of the page that begin with @:
#   @in HEADING    what follows is taken from beneath this line of README, up to the next heading
#   @text WORDS    the paragraph, list or example there that begins with these words, as mdoc(7)
#   @rows HEADER   for each row of the table with this header: the lines up to @end, with the row's
#                  cells for $1, $2, ...
#   @file PATH     the file's text, as it is
# Whatever is not there is an error, so that a page cannot lose a part unnoticed.

function fail(what) {
    print FILENAME ":" FNR ": " what > "/dev/stderr"
    failed = 1
    exit 1
}

# Text without the marks of links. One to a heading is to README, which is not the page.
function unlink_text(text,    link, label) {
    while (match(text, /\[[^]]*\]\([^)]*\)/)) {
        link = substr(text, RSTART, RLENGTH)
        label = substr(link, 2, index(link, "](") - 2)
        if (index(link, "](#"))
            label = label " (README.md)"
        text = substr(text, 1, RSTART - 1) label substr(text, RSTART + RLENGTH)
    }
    return text
}

function escape(text) {
    gsub(/\\/, "\\e", text)
    return text
}

# Literal text: no character may become a typographer's.
function literal(text) {
    text = escape(text)
    gsub(/-/, "\\-", text)
    gsub(/\047/, "\\(aq", text)
    gsub(/`/, "\\(ga", text)
    gsub(/\^/, "\\(ha", text)
    gsub(/~/, "\\(ti", text)
    return text
}

# Code among prose: bold, and no word of it is hyphenated. Its stars are no marks.
function code(text) {
    text = literal(text)
    gsub(/\*/, "\001", text)
    gsub(/ /, " \\%", text)
    return "\\fB\\%" text "\\fR"
}

# Prose: code and strong words are bold, stressed words are in italics.
function prose(text,    part, n, i, out) {
    n = split(unlink_text(text), part, "`")
    for (i = 1; i <= n; i++)
        out = out (i % 2 ? escape(part[i]) : code(part[i]))
    while (match(out, /\*\*[^*]+\*\*/))
        out = mark(out, "\\fB", 2)
    while (match(out, /\*[^*]+\*/))
        out = mark(out, "\\fI", 1)
    gsub(/\001/, "*", out)
    return out
}

# The text with the match, which has stars at both ends, in another font.
function mark(text, font, stars) {
    return substr(text, 1, RSTART - 1) font substr(text, RSTART + stars, RLENGTH - 2 * stars) "\\fR" \
        substr(text, RSTART + RLENGTH)
}

# A cell as an argument of a macro: an option as its name and argument, other text bare.
function argument(text,    word) {
    text = unlink_text(text)
    gsub(/`/, "", text)
    if (text ~ /^--/) {
        split(text, word, " ")
        return "Fl " literal(substr(word[1], 2)) (word[2] == "" ? "" : " Ar " word[2])
    }
    text = escape(text)
    gsub(/"/, "\\(dq", text)
    return text
}

# Prints a line of text, which is not to be taken for a macro.
function print_line(text) {
    print (text ~ /^[.\047]/ ? "\\&" : "") text
}

# Prints prose, a sentence a line.
function print_prose(text,    sentence, n, i) {
    text = prose(text)
    gsub(/[^.]\. +/, "&\n", text)
    gsub(/ +\n/, "\n", text)
    n = split(text, sentence, "\n")
    for (i = 1; i <= n; i++)
        print_line(sentence[i])
}

# The line of README in which a block begins.
function find(words,    i, found) {
    for (i = first; i <= last; i++)
        if (line[i - 1] == "" && index(line[i], words) == 1)
            found = found ? fail("twice in README: " words) : i
    return found ? found : fail("not in README: " words)
}

function print_text(i,    text, in_list) {
    if (line[i] ~ /^    /) {
        print ".Bd -literal -offset indent"
        for (; line[i] ~ /^    /; i++)
            print_line(literal(substr(line[i], 5)))
        print ".Ed"
        return
    }
    in_list = line[i] ~ /^- /
    if (in_list)
        print ".Bl -bullet"
    for (; i <= last && line[i] != ""; i++) {
        if (in_list && line[i] ~ /^- /) {
            if (text != "")
                print_prose(text)
            print ".It"
            text = substr(line[i], 3)
        } else {
            sub(/^ +/, "", line[i])
            text = text (text == "" ? "" : " ") line[i]
        }
    }
    print_prose(text)
    if (in_list)
        print ".El"
}

# Prints the template's lines for a row.
function print_row(row,    cell, n, i, j, at, text, is_macro) {
    gsub(/^\| | \|$/, "", row)
    n = split(row, cell, / [|] /)
    for (i = 1; i <= templates; i++) {
        text = template[i]
        is_macro = text ~ /^[.]/
        for (j = 1; j <= n; j++)
            while ((at = index(text, "$" j)))
                text = substr(text, 1, at - 1) (is_macro ? argument(cell[j]) : cell[j]) \
                    substr(text, at + 2)
        if (is_macro)
            print text
        else
            print_prose(text)
    }
}

BEGIN {
    while ((getline text < (top "/README.md")) > 0) {
        gsub("/etc/balsamoa", "@sysconfdir@/balsamoa", text) # as README installs it
        gsub("/usr/local/sbin", "@sbindir@", text)
        gsub(/"[$]share"/, "@pkgdatadir@", text)
        line[++lines] = text
    }
    if (!lines)
        fail("cannot read " top "/README.md")
    first = 1
    last = lines
}

/^@in / {
    for (first = 1; first <= lines && line[first] != substr($0, 5); first++)
        ;
    if (first++ > lines)
        fail("no such heading in README: " substr($0, 5))
    for (last = first; last < lines && line[last + 1] !~ /^#/; last++)
        ;
    next
}
/^@text / {
    print_text(find(substr($0, 7)))
    next
}
/^@rows / {
    row = find(substr($0, 7)) + 2
    templates = 0
    while ((getline text) > 0 && text != "@end")
        template[++templates] = text
    for (; line[row] ~ /^\|/; row++)
        print_row(line[row])
    next
}
/^@file / {
    path = top "/" substr($0, 7)
    if ((getline text < path) <= 0)
        fail("cannot read " path)
    do
        print_line(literal(text))
    while ((getline text < path) > 0)
    next
}
/^@/ { fail("no such directive: " $0) }
{ print }
END { exit failed }
