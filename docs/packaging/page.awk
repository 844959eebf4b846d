# Makes a page for man out of one of these docs: awk -v page=simulark-bundle -v section=5 -v date=… -v version=… -f page.awk format.md
# What of Markdown the docs use: headings, paragraphs, lists, tables, code (indented by four, or between ```), `code`, **bold**,
# *emphasis*, [links](away). Whatever else there is comes out as it stands.

function roff(text,    out, i, c) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    gsub(/'/, "\\(aq", text)
    gsub(/~/, "\\(ti", text)
    gsub(/\^/, "\\(ha", text)
    return text
}

# Replaces pairs of a mark by a font.
function font(text, mark, name,    at, out, open) {
    while ((at = index(text, mark)) > 0) {
        out = out substr(text, 1, at - 1) (open ? "\\fR" : "\\f" name)
        text = substr(text, at + length(mark))
        open = !open
    }
    return out text (open ? "\\fR" : "")
}

# `code` is taken out first, so that nothing within it counts as a mark.
function inline(text,    parts, n, i, out) {
    while (match(text, /\[[^]]*\]\([^)]*\)/)) {
        link = substr(text, RSTART + 1, RLENGTH - 2)
        sub(/\]\(.*/, "", link)
        text = substr(text, 1, RSTART - 1) link substr(text, RSTART + RLENGTH)
    }
    n = split(text, parts, "`")
    for (i = 1; i <= n; i++)
        out = out (i % 2 ? font(font(roff(parts[i]), "**", "B"), "*", "I") : "\\fB" roff(parts[i]) "\\fR")
    return out
}

# Lines of prose, folded.
function prose(text,    words, n, i, line) {
    n = split(text, words, / +/)
    for (i = 1; i <= n; i++) {
        if (words[i] == "")
            continue
        if (length(line) + length(words[i]) > 70) {
            print line
            line = ""
        }
        line = line (line == "" ? (words[i] ~ /^[.']/ ? "\\&" : "") : " ") words[i]
    }
    if (line != "")
        print line
}

function paragraph() {
    if (text == "")
        return
    if (item)
        print ".IP \\(bu 2"
    else if (!fresh)
        print ".PP"
    prose(inline(text))
    text = ""
    item = fresh = 0
}

function table_row(line,    cells, n, i) {
    if (line ~ /^\|[-| :]+\|$/)
        return
    gsub(/\\\|/, "\001", line)
    n = split(line, cells, /[ \t]*\|[ \t]*/)
    if (!in_table) {
        in_table = 1
        print ".TS"
        for (i = 2; i < n; i++)
            printf "%s%s", (i == 2 ? "l" : "lx"), (i == n - 1 ? ".\n" : " ")
    }
    for (i = 2; i < n; i++) {
        gsub("\001", "|", cells[i])
        if (i == 2 && length(cells[i]) <= 40) {
            printf "%s", inline(cells[i])
            continue
        }
        print (i == 2 ? "" : "\t") "T{"
        prose(inline(cells[i]))
        printf "T}"
    }
    print ""
}

function end_table() {
    if (in_table)
        print ".TE"
    in_table = 0
}

function end_code() {
    if (in_code)
        print ".fi\n.RE"
    in_code = fresh = 0
}

function code(line) {
    if (!in_code) {
        if (!fresh)
            print ".PP"
        print ".RS 4\n.nf"
        in_code = 1
    }
    for (; blank > 0; blank--)
        print ""
    line = roff(line)
    print (line ~ /^[.']/ ? "\\&" : "") line
}

NR == 1 {
    print "'\\\" t"
    printf ".TH %s %s \"%s\" \"simulark %s\" \"Simulark\"\n", toupper(page), section, date, version
    print ".nh\n.ad l"
    sub(/^# /, "")
    title = $0
    print ".SH NAME"
    print roff(page) " \\- " roff(tolower(substr(title, 1, 1)) substr(title, 2))
    print ".SH DESCRIPTION"
    fresh = 1
    next
}

/^```/ { fenced = !fenced; if (fenced) paragraph(); else end_code(); next }
fenced { code($0); next }

/^    / && !item && text == "" { end_table(); code(substr($0, 5)); blank = 0; next }
/^$/ && in_code { blank++; next }
{ if (in_code) { end_code(); blank = 0 } }

/^## / { paragraph(); end_table(); print ".SH " roff(toupper(substr($0, 4))); fresh = 1; next }
/^### / { paragraph(); end_table(); print ".SS " roff(substr($0, 5)); fresh = 1; next }
/^\|/ { paragraph(); if (!in_table && !fresh) print ".PP"; table_row($0); fresh = 0; next }
/^$/ { paragraph(); end_table(); next }
/^[-*] / { paragraph(); end_table(); item = 1; text = substr($0, 3); next }
{ end_table(); sub(/^ +/, ""); text = text (text == "" ? "" : " ") $0 }

END {
    paragraph()
    end_table()
    end_code()
    print ".SH SEE ALSO\n.BR simulark (1)"
}
