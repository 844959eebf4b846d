# Checks who includes whom: cmd > flow > pg, format > model > base; each library in one layer only.

function layer_of(path,    parts) {
    sub(/^include\/simulark\//, "", path)
    sub(/^src\//, "", path)
    split(path, parts, "/")
    return parts[1]
}

function complain(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    failed = 1
}

BEGIN {
    rank["base"] = 0; rank["model"] = 1; rank["format"] = 2; rank["pg"] = 2; rank["flow"] = 3; rank["cmd"] = 4
    rank["main.c"] = 5
    home["libpq-fe.h"] = "pg"; home["archive.h"] = "format"; home["archive_entry.h"] = "format"; home["yaml.h"] = "format"
    home["openssl/evp.h"] = "base"; home["sodium.h"] = "base"
}

/^#include/ {
    included = $2
    gsub(/[<>"]/, "", included)
    mine = layer_of(FILENAME)
    if (included ~ /^simulark\//) {
        theirs = included
        sub(/^simulark\//, "", theirs)
        sub(/\/.*/, "", theirs)
        if (rank[theirs] > rank[mine])
            complain(mine " includes " included ", which is above it")
        if (rank[theirs] == 2 && rank[mine] == 2 && theirs != mine)
            complain("pg and format do not know each other")
        if (mine == "cmd" && theirs == "format")
            complain("cmd never reaches round flow to format")
        if (mine == "cmd" && theirs == "pg" && included !~ /pg\/(connection|crew|instance|names|schema|select)\.h/)
            complain("cmd never reaches round flow to the rows of pg")
    } else if ((included in home) && home[included] != mine) {
        complain(included " belongs to " home[included] " alone")
    }
}

END { exit failed }
