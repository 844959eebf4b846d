"""`simulark export`: what is selected, where it goes, what it says, and what it refuses."""

import json
import os

import pytest

import instance
from harness import Database, execute, rows, value

REFUSED = [
    # arguments, exit status, part of the message
    (["--project", "Nothing", "-o", "x.ark"], 5, "It is not clear which projects are meant."),
    (["--project", "Twin", "-o", "x.ark"], 5, "It is not clear which projects are meant."),
    (["--project", "10000000-0000-4000-8000-00000000ffff", "-o", "x.ark"], 5, "It is not clear which projects are meant."),
    (["--project", "Shop"], 2, "Say where the bundle goes: -o PATH."),
    (["-o", "x.ark"], 2, "Say what to take: --project ID or NAME, --user E-MAIL, or --all."),
    (["--user", "eve@example.org", "-o", "x.ark"], 5, "It is not clear which users are meant."),
    (["--user", "ada@example.org", "--all", "-o", "x.ark"], 2, "exclude one another"),
    (["--all", "--only", "nodez", "-o", "x.ark"], 2, "There is no table \"nodez\"."),
    (["--all", "--include", "passwords", "-o", "x.ark"], 2, "--include takes api_keys and history"),
    (["--project", "Shop", "--include", "api_keys", "-o", "x.ark"], 2, "--include is for accounts and instances"),
    (["--project", "Shop", "--only", "users", "-o", "x.ark"], 2, "holds no users, which --only names"),
    (["--all", "--only", "users,api_keys", "-o", "x.ark"], 2, "--include api_keys asks for it, too."),
    (["--user", "ada@example.org", "--contexts", "none", "-o", "x.ark"], 2, "--exclude contexts leaves them out."),
    (["--project", "Shop", "-o", "x.docx"], 2, "The ending of x.docx tells no format."),
    (["--project", "Shop", "-o", "x.ark", "--format", "rar"], 2, "There is no format \"rar\"."),
    (["--project", "Shop", "-o", "x.ark", "--contexts", "some"], 2, "--contexts takes one of all, referenced, none"),
    (["--project", "Shop", "-o", "x.ark", "--projekt", "x"], 2, "There is no option --projekt here."),
    (["--project", "Shop", "-o", "no/such/x.ark"], 7, "no/such"),
    (["--project", "Shop", "-o", "x.ark", "extra"], 2, "\"extra\" is more than `simulark export` takes."),
    (["--project", "Shop", "-o", "there.ark"], 5, "there.ark is there already."),
    (["--project", "Shop", "-o", "full/"], 5, "full"),
    (["--project", "Shop", "-o", "-", "--json"], 2, "cannot both write to standard output"),
]


@pytest.fixture
def filled(source):
    execute(source, f"INSERT INTO projects (user_id, name) VALUES ('{instance.ADA}', 'Twin'), ('{instance.BOB}', 'Twin')")
    return source


@pytest.mark.parametrize("arguments, status, message", REFUSED)
def test_refused(simulark, filled, tmp_path, arguments, status, message):
    (tmp_path / "there.ark").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/thesis.txt").write_text("mine")
    result = simulark("export", *arguments, db=filled, check=status)
    assert message in result.err and result.out == ""
    assert sorted(os.listdir(tmp_path)) == ["full", "there.ark"]
    error = simulark("export", "--json", *arguments, db=filled, check=status).error
    assert error["exit"] == status and error["message"].endswith(".")
    assert (tmp_path / "there.ark").read_text() == "mine" and os.listdir(tmp_path / "full") == ["thesis.txt"]


def test_near_names_are_proposed(simulark, source):
    """Three at most, the nearest first, one of each; not for what looks like an id."""
    execute(source, "INSERT INTO projects (user_id, name) SELECT %s, n FROM unnest(%s) n",
            (instance.ADA, ["Shops", "shop", "ship", "shop", "Größe", "100% \\o/", "Online shop"]))

    def told(*wanted, option="--project"):
        arguments = [word for name in wanted for word in (option, name)]
        details = simulark("export", "--json", *arguments, "-o", "x.ark", db=source, check=5).error["details"]
        return [line.partition(": did you mean ")[2] for line in details]

    assert told("SHOP") in (['"Shop", "shop" or "ship"?'], ['"shop", "Shop" or "ship"?'])
    assert told("Blgo", "GröBe", "10% \\o/") == ['"Blog"?', '"Größe"?', '"100% \\o/"?']
    assert told("online") == ['"Online shop"?']
    assert told("Nothing", "B", "x" * 100, instance.SHOP[:-1] + "9") == [""] * 4
    assert told("Shopp", "a", "b", "Shopp")[3] == "", "who means so many has another database in mind"
    assert told("ada@exmaple.org", "eve@else.where", option="--user") == ['"ada@example.org"?', ""]


def test_all_unclear_names_are_listed(simulark, filled):
    error = simulark("export", "--json", "--project", "Nothing", "--project", "Twin", "-o", "x.ark", db=filled, check=5).error
    assert len(error["details"]) == 3
    assert "no project has the id or name \"Nothing\"" in error["details"]
    assert any("belongs to ada@example.org" in line for line in error["details"])


@pytest.mark.parametrize("name", ["Shop", instance.SHOP, instance.SHOP.upper(), "{" + instance.SHOP + "}"])
def test_a_project_is_named_by_id_or_name(simulark, filled, name):
    assert simulark("export", "--project", name, "-o", "x.ark", "--json", db=filled).json["tables"]["projects"] == 1


def test_the_json_of_success(simulark, filled, tmp_path):
    result = simulark("export", "--project", "Shop", "-o", "x.ark", "--json", db=filled)
    assert result.err == ""
    done = result.json
    assert (done["path"], done["kind"]) == ("x.ark", "project")
    assert done["digest"].startswith("sha256:") and len(done["digest"]) == 7 + 64
    assert done["bytes"] == (tmp_path / "x.ark").stat().st_size
    assert done["tables"] == {"contexts": 3, "projects": 1, "graphs": 1, "nodes": 20, "edges": 20, "chats": 1, "messages": 3}


def test_quiet_says_nothing(simulark, filled):
    result = simulark("export", "--project", "Shop", "-o", "x.ark", "-q", db=filled)
    assert (result.out, result.err) == ("", "")


def test_the_header_says_who_and_how_many(simulark, filled, tmp_path):
    simulark("export", "--project", "Shop", "-o", "x/", db=filled)
    header = json.loads((tmp_path / "x/bundle.json").read_text())
    assert list(header)[:7] == ["simulark", "format", "schema", "kind", "encoding", "created_at", "generator"]
    assert header["people"] == [
        {"id": instance.ADA, "email": "ada@example.org"},
        {"id": instance.BOB, "email": "bob@example.org"},  # the author of a chat
    ]
    assert [t["name"] for t in header["tables"]] == ["contexts", "projects", "graphs", "nodes", "edges", "chats", "messages"]
    assert [t["rows"] for t in header["tables"]] == [3, 1, 1, 20, 20, 1, 3]


def test_lineage_is_listed_as_required(simulark, filled, tmp_path):
    lineage = {"id": instance.CHAT, "name": "starter", "version": "1.0.0", "digest": "sha256:0", "premium": True}
    execute(filled, "UPDATE projects SET settings = jsonb_set(settings, '{template}', %s::jsonb) WHERE name = 'Shop'",
            (json.dumps(lineage),))
    simulark("export", "--project", "Shop", "-o", "x/", db=filled)
    assert json.loads((tmp_path / "x/bundle.json").read_text())["requires"] == {"templates": [lineage]}


def test_source_date_epoch_fixes_the_time(simulark, filled, tmp_path):
    simulark("export", "--project", "Shop", "-o", "x/", db=filled, env={"SOURCE_DATE_EPOCH": "0"})
    assert json.loads((tmp_path / "x/bundle.json").read_text())["created_at"] == "1970-01-01T00:00:00Z"
    simulark("export", "--project", "Shop", "-o", "y/", db=filled, env={"SOURCE_DATE_EPOCH": "soon"}, check=2)


def test_force_replaces_a_bundle_and_nothing_else(simulark, filled, tmp_path):
    for path in ("x.yaml", "x/"):
        simulark("export", "--project", "Shop", "-o", path, db=filled)
        simulark("export", "--project", "Blog", "-o", path, "--force", db=filled)
        assert "Blog" in simulark("import", path, "--on-conflict", "skip", "-v", db=filled).err
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter.txt").write_text("mine")
    simulark("export", "--project", "Shop", "-o", "thesis/", "--force", db=filled, check=5)
    assert os.listdir(tmp_path / "thesis") == ["chapter.txt"]


def test_an_export_is_in_the_audit_log(simulark, filled):
    digest = simulark("export", "--project", "Shop", "-o", "x.ark", "--json", db=filled).json["digest"]
    ((action, agent, details),) = rows(filled, "SELECT action, user_agent, details FROM audit_logs")
    assert (action, details["digest"], details["file"]) == ("export", digest, "x.ark")
    assert agent.startswith("simulark/") and details["tables"]["nodes"] == 20


@pytest.mark.parametrize("way", ["export", "pack", "transfer"])
def test_each_way_out_is_noted_and_who_may_only_read_is_told(simulark, filled, target, way):
    execute(filled, "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")

    def take(url, *options):
        if way == "transfer":
            return simulark("transfer", "--from", url, "--to", target.url, "--project", "Shop", "--on-conflict", "skip", *options)
        return simulark(*{"export": ["export"], "pack": ["template", "pack"]}[way], "--project", "Shop", "-o", "x.ark", "--force",
                        *options, db=url)
    try:
        assert "the export is not in the audit log" in take(filled.as_role("reader")).err
        assert take(filled.as_role("reader"), "--json").json["audited"] is False
        assert value(filled, "SELECT count(*) FROM audit_logs") == 0
        done = take(filled.url, "--json").json
        assert done["audited"] is True
        if way == "transfer":
            take(filled.url, "--dry-run")
        assert rows(filled, "SELECT action, details->>'digest', details->>'file' FROM audit_logs") == [
            ("export", done["digest"], None if way == "transfer" else "x.ark")]
    finally:
        execute(filled, "DROP OWNED BY reader; DROP ROLE reader")


def test_hidden_rows_are_an_error(simulark, filled, tmp_path):
    execute(filled, "CREATE ROLE guest LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest;"
                    "ALTER TABLE nodes ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON nodes USING (label = 'node 1')")
    try:
        error = simulark("export", "--project", "Shop", "-o", "x.ark", "--json", db=filled.as_role("guest"), check=4).error
        assert "row-level security" in error["message"]
        assert os.listdir(tmp_path) == []
    finally:
        execute(filled, "DROP OWNED BY guest; DROP ROLE guest")


@pytest.mark.parametrize("target, message", [
    ("postgresql:///nowhere?host=/nonexistent", "Cannot connect to the database"),
    ("postgresql://u:sesame@[bad/x", "The database's connection string is malformed."),
    ("postgresql://u:sesame@/x?sslmode=require&pgbouncer=true", "has the parameter pgbouncer, which libpq does not know."),
    ("postgresql://u:sesame@/x?schema=public", "--schema names it."),
    ("postgresql://u:a?sesame=b&c=d", "The database's connection string is malformed."),
    ("host=/nonexistent password=sesame port=1 sslmode=perhaps", "Cannot connect"),
])
def test_a_database_that_is_not_there(simulark, tmp_path, target, message):
    result = simulark("export", "--project", "Shop", "-o", "x.ark", db=target, check=None)
    assert result.status in (2, 4) and message in result.err
    assert "sesame" not in result.err and os.listdir(tmp_path) == []


def test_what_kept_it_from_connecting(simulark, server, filled):
    hba = server.folder / "data" / "pg_hba.conf"
    hba.write_text("local all picky scram-sha-256\n" + hba.read_text())
    execute(filled, "SELECT pg_reload_conf(); CREATE ROLE picky LOGIN PASSWORD 'sesame'")
    try:
        for target, hint in ((server.url("nowhere"), "name another user or database"), (filled.as_role("nobody"), "name another user"),
                             (filled.as_role("picky"), "Put the password into"), (filled.as_role("picky&password=x"), "is the password")):
            assert hint in simulark("export", "--all", "-o", "x.ark", "--json", db=target, check=4).error["hint"]
    finally:
        execute(filled, "DROP ROLE picky")


@pytest.mark.parametrize("text", ["mysql://h/x", "postgresql:///x?host=/nonexistent"])
@pytest.mark.parametrize("variable", ["SIMULARK_DATABASE_URL", "DATABASE_URL"])
def test_the_variable_that_named_it_is_told(simulark, variable, text):
    result = simulark("export", "--all", "-o", "x.ark", "--json", env={variable: text}, check=None)
    assert result.error["details"] == [f"the database is named by the variable {variable}"]
    assert not simulark("export", "--all", "-o", "x.ark", "--json", db=text, env={variable: text}, check=None).error["details"]


def test_a_device_is_no_directory(simulark, filled):
    assert "tells no format" in simulark("export", "--project", "Shop", "-o", "/dev/stdout", db=filled, check=2).err
    assert simulark("export", "--project", "Shop", "-o", "/dev/stdout", "--format", "yaml", db=filled).out.startswith("simulark: bundle")


def test_a_database_without_the_tables_says_so(simulark, empty_database):
    error = simulark("export", "--project", "Shop", "-o", "x.ark", "--json", db=empty_database, check=5).error
    assert error["message"] == "The database has no tables of Simulark in the schema public."


def test_referenced_contexts_are_the_owners_alone(simulark, filled, tmp_path):
    """An id that somebody writes into their project does not fetch another's context."""
    execute(filled, "UPDATE projects SET settings = jsonb_set(settings, '{theirs}', "
                    "'\"50000000-0000-4000-8000-000000000004\"') WHERE name = 'Shop'")
    simulark("export", "--project", "Shop", "--contexts", "referenced", "-o", "x.json", db=filled)
    names = [context["name"] for context in json.loads((tmp_path / "x.json").read_text())["contexts"]]
    assert names == ["Glossary"]


MENTIONS = ["graphs SET viewport", "graphs SET nodes", "nodes SET style", "nodes SET position", "edges SET data", "messages SET metadata"]


@pytest.mark.parametrize("where", MENTIONS)
def test_a_context_is_referenced_by_all_that_holds_json(simulark, source, tmp_path, where):
    execute(source, f"UPDATE {where} = '[{{\"see\": \"50000000-0000-4000-8000-000000000002\"}}]'")
    simulark("export", "--project", "Shop", "--contexts", "referenced", "-o", "x.json", db=source)
    names = [context["name"] for context in json.loads((tmp_path / "x.json").read_text())["contexts"]]
    assert names == ["Glossary", "Odd arrays"]


def test_a_file_name_that_is_not_utf8(simulark, filled, tmp_path):
    import subprocess
    name = b"caf\xe9.ark"
    command = [part.encode() for part in simulark.command("export", "--project", "Shop", "--json", db=filled)] + [b"-o", name]
    done = subprocess.run(command, cwd=tmp_path, env=simulark.environment(), capture_output=True, check=True)
    assert json.loads(done.stdout)["path"] == "caf\ufffd.ark"
    assert rows(filled, "SELECT details->>'file' FROM audit_logs") == [("caf\ufffd.ark",)]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_descriptors_do_no_harm(simulark, filled, tmp_path, closed):
    import shlex
    import subprocess
    command = " ".join(map(shlex.quote, simulark.command("export", "--project", "Shop", "-o", "x.ark", "--force", db=filled)))
    subprocess.run(["sh", "-c", f"{command} {closed}"], cwd=tmp_path, env=simulark.environment(), check=True)
    simulark("verify", "x.ark")


@pytest.mark.parametrize("arguments", [["export", "--project", "Shop", "-o", "-"], ["export", "--project", "Shop", "-o", "x.ark", "--json"],
                                       ["tier", "list"], ["--version"]])
def test_what_was_printed_to_a_closed_output_is_no_success(simulark, filled, tmp_path, arguments):
    import subprocess
    db = None if arguments == ["--version"] else filled
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *simulark.command(*arguments, db=db)], cwd=tmp_path,
                          env=simulark.environment(), capture_output=True)
    assert done.returncode == 7 and b"standard output" in done.stderr


@pytest.mark.parametrize("arguments", [["-q", "export"], ["--quiet", "--progress", "never", "export"], ["-vq", "export"]])
def test_common_options_may_stand_before_the_command(simulark, filled, arguments):
    simulark(*arguments, "--project", "Shop", "-o", "x.ark", db=filled)


def test_a_value_glued_to_its_letter_before_the_command(simulark, filled):
    simulark("-d" + filled.url, "export", "--project", "Shop", "-o", "x.ark")


@pytest.mark.parametrize("option", ["--project", "--user", "--as"])
def test_a_name_that_is_no_text_is_the_command_lines_fault(simulark, source, option):
    what = ["--project", "Shop"] if option == "--as" else []
    error = simulark("export", *what, option, "\udcff", "-o", "x.ark", "--json", db=source, check=2).error
    assert error["code"] == "usage"


def test_bytes_that_are_no_text_are_not_the_command_lines_fault(simulark, server, tmp_path):
    database = Database(server, "ascii")
    execute(Database(server, "postgres"), "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    try:
        simulark("schema", "apply", db=database)
        execute(database, "INSERT INTO users (email) VALUES ('a@example.org'); INSERT INTO projects (user_id, name)"
                          " SELECT id, E'bad \\xff' FROM users")
        assert "SQL_ASCII" in simulark("export", "--all", "-o", "x.ark", "--json", db=database, check=4).error["hint"]
        assert not list(tmp_path.iterdir())
    finally:
        server.drop(database)
