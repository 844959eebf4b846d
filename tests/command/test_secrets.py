"""A planted password turns up nowhere: not in messages, reports, bundles, audit rows, the server's log of statements, or the list of
processes."""

import os
from pathlib import Path

import pytest

from harness import contents, execute, until, value

SECRET = "sEsAmE"
HOST = "127.0.0.1:1"

# A connection string (S stands for the password), environment, exit status
PLANTED = [
    (f"postgresql://u:S@{HOST}/x", {}, 4),
    (f"postgresql://u:S@[::1]:1/x", {}, 4),
    (f"postgresql://u:S@{HOST},[::1]:1,localhost:1/x?connect_timeout=1", {}, 4),
    (f"postgresql://u:%73S@{HOST}/x", {}, 4),
    (f"postgresql://{HOST}/x?user=u&password=S", {}, 4),
    (f"postgresql://u:S@nowhere.invalid/x", {}, 4),
    (f"postgresql://u:a@S@{HOST}/x", {}, 2),
    (f"postgresql://u:a/S@{HOST}/x", {}, 2),
    (f"postgresql://u:%zzS@{HOST}/x", {}, 2),
    (f"postgresql://u:S@{HOST}/x?sslmod=require", {}, 2),
    (f"postgresql://u:S@[::1/x", {}, 2),
    (f"postgresql://u:S@h:99999/x", {}, 4),
    ("postgresql://u:S@h:port/x", {}, 2),
    ("postgresql://u:S", {}, 2),
    (f"postgres:/u:S@{HOST}/x", {}, 2),
    (f"mysql://u:S@{HOST}/x", {}, 2),
    (f"host=127.0.0.1 port=1 dbname=x password=S", {}, 4),
    (f"host=127.0.0.1 port=1 dbname=x password = 'a b S'", {}, 4),
    (f"host=127.0.0.1 port=1 password='S", {}, 2),
    (f"host=127.0.0.1 port=1 password=S pot=1", {}, 2),
    (f"host=127.0.0.1 port=1 password=S sslmode=perhaps", {}, 4),
    (None, {"PGPASSWORD": "S", "PGHOST": "127.0.0.1", "PGPORT": "1"}, 4),
    (None, {"DATABASE_URL": f"postgresql://u:S@{HOST}/x"}, 4),
    (None, {"DATABASE_URL": f"mysql://u:S@{HOST}/x"}, 2),
    (None, {"SIMULARK_DATABASE_URL": "postgresql://u:a@S@h/x"}, 2),
    ("service=planted", {"PGSERVICEFILE": "service"}, 4),
    ("service=broken", {"PGSERVICEFILE": "service"}, 4),
    ("host=127.0.0.1 port=1", {"PGPASSFILE": "passes"}, 4),
]


def planted(folder, text):
    return text.replace("S", SECRET) if text else text


@pytest.mark.parametrize("conninfo, env, status", PLANTED, ids=[f"{i}" for i in range(len(PLANTED))])
def test_messages(simulark, tmp_path, conninfo, env, status):
    (tmp_path / "service").write_text(planted(tmp_path, "[planted]\nhost=127.0.0.1\nport=1\npassword=S\n[broken]\npassword S\n"))
    (tmp_path / "passes").write_text(planted(tmp_path, "127.0.0.1:1:*:*:S\n"))
    os.chmod(tmp_path / "passes", 0o644)  # of which libpq warns
    env = {name: planted(tmp_path, text) for name, text in env.items()}
    lines = [["schema", "check", "-v"], ["export", "--all", "-o", "x.ark", "--json"]]
    if conninfo:
        lines.append(["transfer", "--from", planted(tmp_path, conninfo), "--to", planted(tmp_path, conninfo), "--all"])
    for line in lines:
        if conninfo and line[0] != "transfer":
            line = line + ["-d", planted(tmp_path, conninfo)]
        result = simulark(*line, env=env, check=None)
        assert result.status == status, result
        assert SECRET not in result.out + result.err, result


@pytest.mark.parametrize("arguments", [
    ["diff", f"postgresql://u:S@{HOST}/x", "x.ark", "--project", "Shop"], ["verify", "postgresql://u:S@h/x"],
    ["postgresql://u:S@h/x"], ["export", "--dbnam=postgresql://u:S@h/x"], ["import", "x.ark", "password=S"],
    ["import", "x.ark", "--dbname"], ["convert", "x.ark", "postgresql://u:S@h/x.ark"],
])
@pytest.mark.parametrize("how", [[], ["--json"]])
def test_words_in_the_wrong_place(simulark, tmp_path, arguments, how):
    result = simulark(*(planted(tmp_path, word) for word in arguments), *how, check=None)
    assert result.status in (2, 4, 7) and SECRET not in result.out + result.err, result


def test_the_list_of_processes(simulark, database):
    """Others may read a process' words: passwords go from them before anything else is done."""
    uri = f"{database.url}&password={SECRET}"
    process = simulark.start("import", "-", "-d", uri, f"--map-users=postgresql://u:{SECRET}@h/x")
    try:
        words = Path(f"/proc/{process.pid}/cmdline")
        until(lambda: b"password=xxxxxx" in words.read_bytes(), process)  # before it is started there are no words at all
        assert SECRET.encode() not in words.read_bytes()
    finally:
        process.kill()
        process.communicate()


def test_what_is_kept(simulark, server, source, tmp_path):
    """A password that is right: neither bundle, audit log, id map nor the server's statements have it."""
    execute(source, f"ALTER SYSTEM SET log_statement = 'all'")
    execute(source, "SELECT pg_reload_conf()")
    uri = f"{source.url}&password={SECRET}"
    try:
        out = [simulark("export", "--project", "Shop", "-o", path, "-v", db=uri) for path in ("x.ark", "x.tar", "x.yaml")]
        execute(source, "DELETE FROM projects")
        out.append(simulark("import", "x.tar", "-v", "--ids", "new", "--id-map", "ids.csv", "--json", db=uri))
        out.append(simulark("transfer", "--from", uri, "--to", uri, "--project", "Shop", "--ids", "new", "-v"))
    finally:
        execute(source, "ALTER SYSTEM RESET log_statement")
        execute(source, "SELECT pg_reload_conf()")
    assert value(source, "SELECT count(*) FROM audit_logs") >= 2
    texts = [result.stdout + result.stderr for result in out] + [path.read_bytes() for path in tmp_path.iterdir()]
    texts += list(contents(source).values()) + [server.log.read_bytes()]
    assert [text for text in texts if SECRET.encode() in text] == []
