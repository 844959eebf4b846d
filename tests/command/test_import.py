"""`simulark import`: who gets what, what becomes of what is there, and that it is all or nothing."""

import json
import os
import re
import subprocess

import pytest

import instance
from harness import SECONDS, connect, contents, copy, execute, rows, value

PARTS = ("projects", "graphs", "nodes", "edges", "chats", "messages")


@pytest.fixture
def bundle(simulark, make_database):
    """Shop in x.ark, from an instance of its own."""
    source = make_database()
    instance.fill(source)
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    return "x.ark"


def counts(db):
    return {table: value(db, f"SELECT count(*) FROM {table}") for table in PARTS}


def test_the_json_of_success(simulark, bundle, target):
    done = simulark("import", bundle, "--json", db=target).json
    assert done["dry_run"] is False and done["digest"].startswith("sha256:")
    assert done["tables"] == {"contexts": 3, "projects": 1, "graphs": 1, "nodes": 20, "edges": 20, "chats": 1, "messages": 3}
    project = [unit for unit in done["units"] if unit["kind"] == "project"]
    assert project == [{"kind": "project", "id": instance.SHOP, "new_id": instance.SHOP, "name": "Shop", "action": "created"}]


def test_an_import_leaves_a_receipt(simulark, bundle, target):
    done = simulark("import", bundle, "--json", db=target).json
    ((id_, action, details),) = rows(target, "SELECT id::text, action, details FROM audit_logs")
    assert (id_, action) == (done["receipt"], "import")
    assert (details["receipt"], details["digest"], details["file"]) == (done["receipt"], done["digest"], "x.ark")
    assert details["tables"]["nodes"] == 20


# ---- people ----


def test_people_are_matched_by_id_then_by_email(simulark, bundle, database):
    other_bob = "00000000-0000-4000-8000-0000000000ff"
    execute(database, f"INSERT INTO users (id, email) VALUES ('{instance.ADA}', 'renamed@example.org'), "
                      f"('{other_bob}', 'Bob@Example.org')")
    simulark("import", bundle, db=database)
    assert value(database, "SELECT user_id::text FROM projects") == instance.ADA
    assert value(database, "SELECT user_id::text FROM chats") == other_bob


def test_people_who_match_nobody_stop_the_import_all_named(simulark, bundle, database):
    before = contents(database)
    error = simulark("import", bundle, "--json", db=database, check=5).error
    assert error["details"] == [f"ada@example.org ({instance.ADA})", f"bob@example.org ({instance.BOB})"]
    assert contents(database) == before


@pytest.mark.parametrize("owner", ["carol@example.org", "CAROL@example.org", "00000000-0000-4000-8000-0000000000c1"])
def test_owner_gets_everything(simulark, bundle, database, owner):
    carol = "00000000-0000-4000-8000-0000000000c1"
    execute(database, f"INSERT INTO users (id, email) VALUES ('{carol}', 'carol@example.org')")
    simulark("import", bundle, "--owner", owner, db=database)
    for table in ("projects", "contexts", "chats"):
        assert rows(database, f"SELECT DISTINCT user_id::text FROM {table}") == [(carol,)]


@pytest.mark.parametrize("arguments", [["--owner", "eve@example.org"], ["--map-users", "map"], []])
def test_who_is_somebody_else_is_so_in_json(simulark, source, database, tmp_path, arguments):
    """As the owner, by a map, or by the e-mail under another id."""
    mine = "00000000-0000-4000-8000-00000000eeee"
    execute(source, f"""UPDATE chats SET context = '{{"by": ["{instance.ADA.upper()}", "{instance.ADA}0"], "{instance.ADA}": 1}}'""")
    execute(database, f"INSERT INTO users (id, email) VALUES ('{mine}', '{'eve' if arguments else 'ada'}@example.org')")
    (tmp_path / "map").write_text("ada@example.org,eve@example.org\nbob@example.org,eve@example.org\n")
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    simulark("import", "x.ark", *arguments, *([] if arguments else ["--create-users"]), db=database)
    assert value(database, "SELECT context FROM chats LIMIT 1") == {"by": [mine, instance.ADA + "0"], instance.ADA: 1}


def test_the_case_of_an_email_matters_only_between_several(simulark, bundle, database):
    execute(database, "INSERT INTO users (email) VALUES ('Ada@example.org'), ('ada@example.org'), ('BOB@example.org')")
    simulark("import", bundle, db=database)
    assert rows(database, "SELECT DISTINCT u.email FROM users u JOIN projects p ON p.user_id = u.id") == [("ada@example.org",)]
    assert "Several users" in simulark("import", bundle, "--owner", "ADA@example.org", db=database, check=5).err


def test_an_owner_nobody_knows(simulark, bundle, database):
    assert "No user has the id or e-mail" in simulark("import", bundle, "--owner", "eve@example.org", db=database, check=5).err


def test_who_may_have_been_meant_is_asked(simulark, bundle, target, tmp_path):
    assert 'mean "bob@example.org"?' in simulark("import", bundle, "--owner", "bob@example.og", db=target, check=5).err
    (tmp_path / "who.csv").write_text("ada@example.org,bobb@example.org\n")
    assert 'did you mean "bob@example.org"?' in simulark("import", bundle, "--map-users", "who.csv", db=target, check=5).err
    assert "mean" not in simulark("import", bundle, "--as", "bob@example.og", db=target, check=5).err


# ---- what is there already ----


def test_fail_is_the_default_and_changes_nothing(simulark, bundle, source):
    before = contents(source)
    error = simulark("import", bundle, "--json", db=source, check=5).error
    assert error["details"] == [f'the project "Shop" ({instance.SHOP}) is there already']
    assert contents(source) == before


def test_all_conflicts_are_listed_at_once(simulark, make_database, database):
    instance.fill(database)
    execute(database, "UPDATE contexts SET content = 'changed'")
    source = make_database()
    instance.fill(source)
    simulark("export", "--project", "Shop", "--project", "Blog", "-o", "y.ark", db=source)
    error = simulark("import", "y.ark", "--json", db=database, check=5).error
    assert len(error["details"]) == 5 and any('the context "Glossary"' in line for line in error["details"])


def test_a_deleted_project_comes_back_beside_unchanged_contexts(simulark, bundle, source):
    execute(source, "DELETE FROM projects WHERE name = 'Shop'")
    done = simulark("import", bundle, "--json", db=source).json
    assert {unit["action"] for unit in done["units"] if unit["kind"] == "context"} == {"skipped"}
    assert counts(source)["nodes"] == 20


def test_skip_leaves_what_is_there_with_all_its_parts(simulark, bundle, source):
    execute(source, "DELETE FROM nodes; UPDATE projects SET description = 'mine'")
    before = {table: copy(source, f"SELECT * FROM {table} ORDER BY id") for table in PARTS}
    done = simulark("import", bundle, "--on-conflict", "skip", "--json", db=source).json
    assert {unit["action"] for unit in done["units"]} == {"skipped"}
    assert set(done["tables"].values()) == {0}
    assert {table: copy(source, f"SELECT * FROM {table} ORDER BY id") for table in PARTS} == before
    assert "no row would be written" in simulark("import", bundle, "--on-conflict", "skip", "-n", db=source).err


def test_a_graph_with_the_id_of_a_project_that_is_skipped_keeps_its_nodes(simulark, source, tmp_path):
    new = "10000000-0000-4000-8000-000000000003"
    text = {"simulark": "bundle", "format": 1, "kind": "project",
            "projects": [{"id": id, "user_id": instance.ADA, "name": "P"} for id in (instance.SHOP, new)],
            "graphs": [{"id": instance.SHOP, "project_id": new, "name": "G"}],
            "nodes": [{"graph_id": instance.SHOP, "type": "x"}]}
    (tmp_path / "x.json").write_text(json.dumps(text))
    done = simulark("import", "x.json", "--on-conflict", "skip", "--json", db=source).json
    assert done["tables"]["nodes"] == 1


def test_replace_puts_the_bundle_in_its_place(simulark, bundle, source):
    execute(source, "DELETE FROM nodes WHERE label = 'node 3'; INSERT INTO graphs (project_id, name, created_at, updated_at) "
                      f"VALUES ('{instance.SHOP}', 'more', '2000-01-01', '2000-01-01')")
    done = simulark("import", bundle, "--on-conflict", "replace", "--force", "--json", db=source).json
    assert {unit["action"] for unit in done["units"] if unit["kind"] == "project"} == {"replaced"}
    assert counts(source)["nodes"] == 20
    assert value(source, f"SELECT count(*) FROM graphs WHERE project_id = '{instance.SHOP}'") == 1


@pytest.mark.parametrize("change", [
    "UPDATE projects SET updated_at = now(), description = 'later' WHERE name = 'Shop'",
    "UPDATE nodes SET updated_at = now(), label = 'later' WHERE label = 'node 3'",
    "UPDATE graphs SET updated_at = now() WHERE name = 'Main'",
])
def test_replace_refuses_what_was_changed_after_the_export(simulark, source, change):
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    simulark("import", "x.ark", "--on-conflict", "replace", db=source)
    execute(source, change)
    before = copy(source, "SELECT * FROM nodes ORDER BY id")
    error = simulark("import", "x.ark", "--on-conflict", "replace", "--json", db=source, check=5).error
    assert "was changed in the database after the export, at" in error["details"][0]
    assert copy(source, "SELECT * FROM nodes ORDER BY id") == before
    simulark("import", "x.ark", "--on-conflict", "replace", "--force", db=source)


HANGING = {  # what a table of the instance's own says about rows of ours that go
    "CREATE TABLE notes (id uuid REFERENCES nodes ON DELETE CASCADE)": "nodes",
    "CREATE TABLE notes (id uuid REFERENCES projects ON DELETE SET NULL)": "projects",
}


@pytest.mark.parametrize("table", HANGING)
def test_rows_of_other_tables_do_not_go_unasked(simulark, source, table):
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    execute(source, table)
    simulark("import", "x.ark", "--on-conflict", "replace", db=source)
    execute(source, f"INSERT INTO notes SELECT id FROM {HANGING[table]}")
    before = copy(source, "SELECT * FROM notes ORDER BY id")
    error = simulark("import", "x.ark", "--on-conflict", "replace", "--json", db=source, check=5).error
    assert error["details"][0].startswith("public.notes: ")
    assert copy(source, "SELECT * FROM notes ORDER BY id") == before
    simulark("import", "x.ark", "--on-conflict", "replace", "--force", db=source)


def test_an_edited_document_is_imported_again_as_it_is_but_not_further(simulark, source):
    """Somebody else may have edited the same export: whose edit was imported, no file tells."""
    file = simulark.folder / "x.yaml"
    simulark("export", "--project", "Shop", "-o", "x.yaml", db=source)
    for label in ("edited", "again"):
        file.write_text(file.read_text().replace("label: node 7\n", f"label: {label}\n"))
        simulark("import", "x.yaml", "--on-conflict", "replace", db=source)
        simulark("import", "x.yaml", "--on-conflict", "replace", db=source)
        file.write_text(file.read_text().replace(f"label: {label}\n", "label: node 7\n"))
        assert "exported again" in simulark("import", "x.yaml", "--on-conflict", "replace", db=source, check=5).err
        simulark("export", "--project", "Shop", "-o", "x.yaml", "--force", db=source)
        file.write_text(file.read_text().replace(f"label: {label}\n", "label: node 7\n"))


REMEMBERED = [
    "UPDATE nodes SET label = 'mine' WHERE label = 'node 3'",
    "DELETE FROM messages WHERE role = 'system'",
    f"INSERT INTO graphs (project_id, name, created_at, updated_at) VALUES ('{instance.SHOP}', 'more', '2000-01-01', '2000-01-01')",
]


@pytest.mark.parametrize("change", REMEMBERED)
def test_replace_refuses_changes_that_no_time_tells(simulark, source, change):
    """The database remembers what it gave; no clock is asked."""
    simulark("export", "--project", "Shop", "-o", "x.yaml", db=source, env={"SOURCE_DATE_EPOCH": "1"})
    (simulark.folder / "x.yaml").write_text((simulark.folder / "x.yaml").read_text().replace("node 7", "edited"))
    simulark("import", "x.yaml", "--on-conflict", "replace", "--dry-run", db=source)
    execute(source, change)
    error = simulark("import", "x.yaml", "--on-conflict", "replace", "--json", db=source, check=5).error
    assert error["details"][0].startswith(f'the project "Shop" ({instance.SHOP}) was changed in the database after the export')
    simulark("import", "x.yaml", "--on-conflict", "replace", "--force", db=source)


def test_replace_sees_a_transaction_that_began_before_the_export(simulark, source):
    before = connect(source, autocommit=False)
    before.cursor().execute("UPDATE nodes SET label = 'mine', updated_at = now() WHERE label = 'node 3'")
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    before.commit()
    before.close()
    simulark("import", "x.ark", "--on-conflict", "replace", db=source, check=5)


def test_replace_remembers_what_came_from_elsewhere(simulark, bundle, target):
    simulark("import", bundle, db=target)
    simulark("import", bundle, "--on-conflict", "replace", db=target)
    execute(target, "UPDATE edges SET label = 'mine'")
    simulark("import", bundle, "--on-conflict", "replace", db=target, check=5)


ADDED = {  # columns that came after the export, what is put into them, and what is lost with it
    "nodes ADD locked boolean NOT NULL DEFAULT false": ("UPDATE nodes SET locked = true WHERE label < 'node 3'", "nodes.locked (13 rows)"),
    "projects ADD cost numeric(10, 2) DEFAULT 0": ("UPDATE projects SET cost = 1 WHERE name = 'Shop'", "projects.cost (1 row)"),
    "edges ADD look json": ("UPDATE edges SET look = '{}' WHERE source_node_id = target_node_id", "edges.look (1 row)"),
    "graphs ADD tags text[] DEFAULT '{}'": ("UPDATE graphs SET tags = '{x}'", "graphs.tags (1 row)"),
    "messages ADD kind text DEFAULT 'it''s'": ("UPDATE messages SET kind = NULL WHERE role = 'user'", "messages.kind (1 row)"),
}


@pytest.mark.parametrize("column", ADDED)
def test_replace_does_not_lose_what_the_bundle_cannot_hold(simulark, database, column):
    """What a column has by its default loses nothing; what people have put into it does."""
    change, lost = ADDED[column]
    instance.fill(database)
    simulark("export", "--project", "Shop", "-o", "x.ark", db=database)
    execute(database, "ALTER TABLE " + column)
    simulark("import", "x.ark", "--on-conflict", "replace", db=database)
    execute(database, change)
    before = contents(database)
    error = simulark("import", "x.ark", "--on-conflict", "replace", "--json", db=database, check=5).error
    assert error["details"] == [f'the project "Shop" ({instance.SHOP}) has in the database what the bundle does not: {lost}']
    assert contents(database) == before
    simulark("export", "--project", "Shop", "-o", "now.ark", db=database)
    simulark("import", "now.ark", "--on-conflict", "replace", db=database)
    assert contents(database, PARTS) == {table: before[table] for table in PARTS}
    simulark("import", "x.ark", "--on-conflict", "replace", "--force", db=database)


def test_a_default_that_counts_is_not_asked(simulark, source):
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    execute(source, "ALTER TABLE nodes ADD number serial")
    error = simulark("import", "x.ark", "--on-conflict", "replace", "--json", db=source, check=5).error
    assert "nodes.number (20 rows; the default is nextval('public.nodes_number_seq'::regclass), so nothing tells" in error["details"][0]
    assert value(source, "SELECT last_value FROM nodes_number_seq") == 20


def test_replace_does_not_lose_tables_that_were_left_out(simulark, source):
    simulark("export", "--project", "Shop", "--exclude", "chats,messages", "-o", "x.ark", db=source)
    error = simulark("import", "x.ark", "--on-conflict", "replace", "--json", db=source, check=5).error
    assert "chats (1 row), messages (3 rows)" in error["details"][0]
    execute(source, "DELETE FROM chats")
    simulark("import", "x.ark", "--on-conflict", "replace", db=source)


def test_a_document_written_by_hand_does_not_replace_what_it_says_nothing_of(simulark, source):
    execute(source, f"UPDATE projects SET updated_at = '2026-01-01' WHERE id = '{instance.SHOP}'")
    before = contents(source, PARTS)
    error = simulark("import", "-", "--owner", "ada@example.org", "--on-conflict", "replace", "--json", db=source, stdin=HAND, check=5).error
    assert error["details"] == [f"the bundle holds no {table}, and {rows} of what it replaces would go"
                                for table, rows in (("edges", "20 rows"), ("chats", "1 row"), ("messages", "3 rows"))]
    assert contents(source, PARTS) == before
    execute(source, "DELETE FROM edges; DELETE FROM chats")
    simulark("import", "-", "--owner", "ada@example.org", "--on-conflict", "replace", db=source, stdin=HAND)
    assert counts(source)["nodes"] == 2


def test_what_stands_alone_is_replaced_in_place(simulark, source):
    """A context keeps what the bundle does not know of it, and what refers to it."""
    simulark("export", "--user", "ada@example.org", "-o", "x.ark", db=source)
    execute(source, "ALTER TABLE contexts ADD color text; UPDATE contexts SET color = 'red', content = 'other';"
                      "CREATE TABLE notes (id uuid REFERENCES contexts ON DELETE CASCADE); INSERT INTO notes SELECT id FROM contexts")
    simulark("import", "x.ark", "--on-conflict", "replace", db=source)
    assert rows(source, "SELECT content, color FROM contexts WHERE name = 'Glossary'") == [("no: yes", "red")]
    assert value(source, "SELECT count(*) FROM notes") == 4


# ---- all or nothing ----


def test_dry_run_does_it_all_and_rolls_back(simulark, bundle, target):
    before = contents(target)
    done = simulark("import", bundle, "--dry-run", "--json", db=target).json
    assert done["dry_run"] is True and done["receipt"] is None and done["tables"]["nodes"] == 20
    assert contents(target) == before


def test_dry_run_meets_the_real_constraints(simulark, bundle, target):
    execute(target, "ALTER TABLE nodes ADD CONSTRAINT few CHECK (label <> 'node 7')")
    assert "few" in simulark("import", bundle, "-n", db=target, check=3).err


def test_a_database_put_to_reading_only_is_not_written_to(simulark, bundle, target):
    execute(target, f'ALTER DATABASE "{target.name}" SET default_transaction_read_only = on')
    before = contents(target)
    result = simulark("import", bundle, db=target, check=4)
    assert "may only be read" in result.err and "default_transaction_read_only" in result.err
    assert contents(target) == before
    assert "not in the audit log" in simulark("export", "--all", "-o", "all.ark", db=target).err


def test_a_row_the_server_refuses_is_named_and_nothing_is_kept(simulark, bundle, target):
    execute(target, "ALTER TABLE nodes ADD CONSTRAINT few CHECK (label <> 'node 7')")
    before = contents(target)
    error = simulark("import", bundle, "--json", db=target, check=3).error
    assert error["message"].startswith("data/nodes/000001.jsonl in x.ark:7: Row 7 of nodes: ")
    assert "the id of the node is 40000000-0000-4000-8000-000000000007" in error["details"]
    assert contents(target) == before


def test_what_comes_by_standard_input_is_read_again_if_it_is_a_file(simulark, bundle, target, tmp_path):
    execute(target, "ALTER TABLE nodes ADD CONSTRAINT few CHECK (label <> 'node 7')")
    command = simulark.command("import", "-", "--progress", "always", db=target)
    for shift in (0, 3):
        (tmp_path / "shifted").write_bytes(b"x" * shift + (tmp_path / "x.ark").read_bytes())
        with open(tmp_path / "shifted", "rb") as file:
            file.seek(shift)
            os.lseek(file.fileno(), shift, os.SEEK_SET)
            done = subprocess.run(command, stdin=file, cwd=tmp_path, env=simulark.environment(None), capture_output=True, text=True)
        assert done.returncode == 3 and "\nsimulark: data/nodes/000001.jsonl in standard input:7: Row 7 of nodes: " in done.stderr
        assert "Searching graphs: done" in done.stderr
    piped = simulark("import", "-", db=target, stdin=(tmp_path / "x.ark").read_bytes(), check=3)
    assert piped.err.startswith("simulark: Row 7 of nodes: ")


REFUSALS = {  # what the target says, and the first row it does not want; None: its id is all that is known
    "nodes ADD CHECK (label <> 'node 7')": ("nodes", 7),
    "nodes ALTER label TYPE varchar(6)": ("nodes", 10),
    "messages ALTER tokens SET NOT NULL": ("messages", None),
    "projects ADD CHECK (name <> 'Shop')": ("projects", None),
    "edges ADD UNIQUE (graph_id, target_node_id)": ("edges", 2),
}


@pytest.mark.parametrize("path", ["x.ark", "x/", "x.yaml"])
@pytest.mark.parametrize("change", REFUSALS)
def test_what_the_server_refuses_has_a_place_in_the_bundle(simulark, make_database, database, change, path):
    """The blog is there already and skipped: its rows stand in the bundle, but are not sent."""
    source = make_database()
    instance.fill(source)
    execute(source, "INSERT INTO nodes (id, graph_id, type) SELECT ('40000000-0000-4000-8000-1' || lpad(i::text, 11, '0'))::uuid, id, 'x'"
                    " FROM graphs, generate_series(1, 2) i WHERE name = 'yes'")
    simulark("export", "--user", "ada@example.org", "-o", path, db=source)
    instance.people(database)
    simulark("export", "--project", "Blog", "-o", "blog.ark", db=source)
    simulark("import", "blog.ark", db=database)
    execute(database, "ALTER TABLE " + change)
    table, number = REFUSALS[change]
    error = simulark("import", path, "--on-conflict", "skip", "--json", db=database, check=None).error
    assert error["exit"] in (3, 5)
    place = {"x.ark": f"data/{table}/000001.jsonl in x.ark:{{}}: ", "x/": f"x/data/{table}/000001.jsonl:{{}}: ",
             "x.yaml": "x.yaml:{}: "}[path]
    assert re.match(re.escape(place).replace(r"\{\}", r"(\d+)"), error["message"]), error
    line = int(re.search(r":(\d+)", error["message"])[1])
    if number and path != "x.yaml":
        assert line == number
    if path == "x.yaml":
        (row_id,) = [detail.split()[-1] for detail in error["details"] if detail.startswith("the id of the ")]
        lines = (simulark.folder / path).read_text().splitlines()
        assert f"id: {row_id}" in lines[line - 1], lines[line - 1]


def test_a_reference_to_nothing_has_a_place(simulark, bundle, target, tmp_path):
    """The server checks references at a table's end, and says the value alone."""
    simulark("convert", bundle, "x/")
    part = tmp_path / "x" / "data" / "edges" / "000001.jsonl"
    lines = part.read_text().splitlines()
    lines[4] = re.sub('"target_node_id": *"[^"]*"', f'"target_node_id": "{instance.GLOSSARY}"', lines[4])
    part.write_text("\n".join(lines) + "\n")
    for more in [], ["--commit-each"]:
        error = simulark("import", "x/", *more, "--json", db=target, check=3).error
        assert error["message"].startswith("x/data/edges/000001.jsonl:5: In edges: "), error


def test_a_pipe_is_not_waited_for_again(simulark, bundle, target, tmp_path):
    execute(target, "ALTER TABLE nodes ADD CHECK (label <> 'node 7')")
    os.mkfifo(tmp_path / "pipe")
    process = simulark.start("import", "pipe", "--json", db=target)
    (tmp_path / "pipe").write_bytes((tmp_path / bundle).read_bytes())
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 3 and json.loads(err)["error"]["message"].startswith("Row 7 of nodes: ")


# ---- the same row twice ----

TWICE = """
simulark: bundle
format: 1
kind: project
projects:
  - {{id: {shop}, name: a}}
{project}
graphs:
  - {{id: {main}, project_id: {shop}, name: g}}
nodes:
  - {{id: 40000000-0000-4000-8000-000000000001, graph_id: {main}, type: x}}
  - {{id: 40000000-0000-4000-8000-000000000002, graph_id: {main}, type: x}}
{node}
"""
REPEATED = {
    "project": "  - {{id: {shop}, name: b}}",
    "node": "  - {{id: 40000000-0000-4000-8000-000000000001, graph_id: {main}, type: y}}",
}


@pytest.mark.parametrize("more", [[], ["--on-conflict", "skip"], ["--on-conflict", "replace"], ["--commit-each"], ["--ids", "new"]])
@pytest.mark.parametrize("what", REPEATED)
def test_a_row_that_stands_twice_is_the_bundles_fault(simulark, target, what, more, tmp_path):
    names = {"shop": instance.SHOP, "main": instance.MAIN}
    rows_of = {"project": "", "node": "", what: REPEATED[what].format(**names)}
    (tmp_path / "x.yaml").write_text(TWICE.format(**names, **rows_of))
    lines = (tmp_path / "x.yaml").read_text().splitlines()
    places = [n for n, line in enumerate(lines, 1) if {"project": instance.SHOP + ", name", "node": "000000000001, graph"}[what] in line]
    error = simulark("import", "x.yaml", "--owner", "ada@example.org", *more, "--json", db=target, check=3).error
    assert error["message"].startswith(f"x.yaml:{places[1]}: This {what} has the same id as the one at x.yaml:{places[0]}: "), error
    assert value(target, "SELECT count(*) FROM projects") == 0


def test_a_row_that_stands_twice_among_many(simulark, target, tmp_path):
    """Into empty tables keys come after the rows, and the server says no line."""
    with open(tmp_path / "x.yaml", "w") as out:
        out.write(TWICE.format(shop=instance.SHOP, main=instance.MAIN, project="", node=""))
        for i in list(range(3, 25000)) + [24000]:
            out.write(f"  - {{id: 40000000-0000-4000-8000-{i:012}, graph_id: {instance.MAIN}, type: x}}\n")
    error = simulark("import", "x.yaml", "--owner", "ada@example.org", "--json", db=target, check=3).error
    assert "This node has the same id as the one at x.yaml:24" in error["message"], error


def test_a_row_that_is_elsewhere_is_a_conflict_still(simulark, bundle, source):
    execute(source, "DELETE FROM projects WHERE name = 'Shop'; INSERT INTO nodes (id, graph_id, type) SELECT "
                      "'40000000-0000-4000-8000-000000000007', id, 'x' FROM graphs")
    error = simulark("import", bundle, "--json", db=source, check=5).error
    assert error["message"].startswith("data/nodes/000001.jsonl in x.ark:7: Row 7 of nodes: "), error


def test_a_trigger_that_swallows_rows_is_noticed(simulark, bundle, target):
    execute(target, "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                      "CREATE TRIGGER swallow BEFORE INSERT ON edges FOR EACH ROW EXECUTE FUNCTION swallow()")
    error = simulark("import", bundle, "--json", db=target, check=4).error
    assert "kept 0 of 20 rows of edges" in error["message"]
    assert value(target, "SELECT count(*) FROM projects") == 0


def test_ids_of_parts_that_are_elsewhere_already(simulark, bundle, source):
    execute(source, "DELETE FROM chats; UPDATE graphs SET project_id = "
            f"'{instance.BLOG}' WHERE name = 'Main'; DELETE FROM projects WHERE name = 'Shop'")
    before = contents(source)
    error = simulark("import", bundle, "--json", db=source, check=5).error
    assert "duplicate key" in error["message"] and "graphs" in error["message"]
    assert contents(source) == before


# ---- written by hand ----

HAND = f"""
simulark: bundle
format: 1
kind: project

projects:
  - id: {instance.SHOP}
    name: no            # a string, although it looks like a boolean
    settings: {{theme: dark, ratio: 1.50}}

graphs:
  - id: {instance.MAIN}
    project_id: {instance.SHOP}
    name: 12:30:00

nodes:
  - id: 40000000-0000-4000-8000-000000000001
    graph_id: {instance.MAIN}
    type: service
    label: 007
    position: {{x: 0x10, y: .5}}
  - graph_id: {instance.MAIN}
    type: database
    data: &facts {{a: [yes, 1_000, 2026-01-01, ~, null, true, 0o17]}}
    style: *facts
"""


def test_a_document_written_by_hand(simulark, target):
    simulark("import", "-", "--owner", "ada@example.org", db=target, stdin=HAND)
    assert rows(target, "SELECT name, settings::text, version, is_public FROM projects") == [
        ("no", '{"ratio": 1.50, "theme": "dark"}', 1, False)]
    assert value(target, "SELECT name FROM graphs") == "12:30:00"
    assert rows(target, "SELECT label, position::text FROM nodes WHERE type = 'service'") == [("007", '{"x": 16, "y": 0.5}')]
    assert value(target, "SELECT style FROM nodes WHERE type = 'database'") == {
        "a": ["yes", "1_000", "2026-01-01", None, None, True, 15]}


def test_a_document_of_nobody_says_what_is_missing(simulark, target):
    error = simulark("import", "-", "--json", db=target, stdin=HAND, check=5).error
    assert "user_id" in error["message"] and "--owner" in error["hint"]


REFUSED = [
    # what is put in place of what, and the sentence
    ("format: 1", "format: 2", 3, "The bundle has format 2; this release reads up to 1."),
    ("kind: project", "kind: tree", 3, "The header's kind must be one of"),
    ("simulark: bundle", "simulark: box", 3, "This is no simulark bundle"),
    ("type: database", "typ: database", 3, "typ"),
    ("type: service", "type: [service]", 3, "type"),
    ("    type: service\n", "", 3, "lacks type"),
    ("nodes:", "pictures:", 3, "pictures"),
    ("nodes:", "graphs:", 3, "-:16:1: The member `graphs` is there twice."),
    ("nodes:", "contexts:", 3, "The table contexts stands behind tables that it must precede."),
    ("nodes:", "contexts:", 3, "Tables in their order: contexts, projects, graphs, nodes, edges, chats, messages."),
    ("nodes:", "users:", 3, "A bundle of this kind holds no table users."),
    (".5}", ".inf}", 3, "inf"),
    ("007", '"\\0"', 3, "0000"),
    (f"id: {instance.MAIN}", "id: main", 3, "uuid"),
    ("*facts", "*fact", 3, "fact"),
    ("ratio: 1.50}", "ratio: 1.50", 3, "-:"),
    (f"graph_id: {instance.MAIN}\n    type: service", "graph_id: 20000000-0000-4000-8000-0000000000ff\n    type: service", 3, "not present"),
]


@pytest.mark.parametrize("old, new, status, message", REFUSED)
def test_mistakes_are_named_with_their_place(simulark, target, old, new, status, message, tmp_path):
    assert old in HAND
    (tmp_path / "hand.yaml").write_text(HAND.replace(old, new, 1))
    result = simulark("import", "hand.yaml", "--owner", "ada@example.org", db=target, check=status)
    assert message.replace("-:", "hand.yaml:") in result.err
    assert value(target, "SELECT count(*) FROM projects") == 0


def test_a_templates_folder_is_no_bundle_yet(simulark, tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "template.yaml").write_text(HAND)
    error = simulark("import", "t", "--json", db="postgresql:///none", check=3).error
    assert error["message"] == "t is a template's folder and no bundle yet."
    assert "template pack" in error["hint"] and "template.yaml" in error["hint"]


def test_a_finding_tells_the_way_out(simulark, tmp_path):
    (tmp_path / "hand.yaml").write_text(HAND.replace("format: 1", "format: 2", 1))
    assert "this release reads up to 1. Install a newer release" in simulark("verify", "hand.yaml", check=3).out


# ---- working copies and archives ----


def test_an_edited_document_is_accepted_and_told(simulark, source, tmp_path):
    simulark("export", "--project", "Shop", "-o", "x.yaml", db=source)
    text = (tmp_path / "x.yaml").read_text()
    (tmp_path / "x.yaml").write_text(text.replace("label: node 5\n", "label: renamed\n"))
    execute(source, "DELETE FROM projects WHERE name = 'Shop'")
    assert simulark("import", "x.yaml", "--sealed", db=source, check=3).err.startswith("simulark: The bundle does not match its seal.")
    result = simulark("import", "x.yaml", db=source)
    assert "edited since its export" in result.err
    assert value(source, "SELECT count(*) FROM nodes WHERE label = 'renamed'") == 1


def test_an_edited_archive_is_refused(simulark, bundle, database, tmp_path):
    import subprocess
    instance.people(database)
    subprocess.run(["sh", "-c", "mkdir u && tar --zstd -xf x.ark -C u && sed -i 's/node 5/renamed/' u/data/nodes/000001.jsonl &&"
                    "tar --zstd -cf edited.ark -C u ."], cwd=tmp_path, check=True)
    error = simulark("import", "edited.ark", "--json", db=database, check=3).error
    assert error["details"] == ["nodes: The rows are not those that were sealed."]
    assert value(database, "SELECT count(*) FROM projects") == 0
    simulark("import", "u", db=database)


def test_unknown_files_in_a_directory_are_named_and_left_alone(simulark, source, tmp_path):
    simulark("export", "--project", "Shop", "-o", "x/", db=source)
    (tmp_path / "x/notes.txt").write_text("mine")
    execute(source, "DELETE FROM projects WHERE name = 'Shop'")
    assert "note: x/notes.txt is no part" in simulark("import", "x/", "--dry-run", db=source).err
    assert "note: x/notes.txt is no part" in simulark("import", "x", db=source).err
    assert (tmp_path / "x/notes.txt").read_text() == "mine"


# ---- JSON as PostgreSQL takes it ----


def test_json_is_taken_exactly_as_postgresql_takes_it(simulark, target, corpora, tmp_path):
    """One document a case: the case is the data of a node, as it stands."""
    head = (f'{{"simulark":"bundle","format":1,"kind":"project","projects":[{{"id":"{instance.SHOP}","user_id":"{instance.ADA}",'
            f'"name":"x"}}],"graphs":[{{"id":"{instance.MAIN}","project_id":"{instance.SHOP}"}}],'
            f'"nodes":[{{"graph_id":"{instance.MAIN}","type":"x","data":').encode()
    wrong = []
    for line in (corpora / "json/PG15_ORACLE.tsv").open(encoding="utf-8"):
        name, *fields = line.rstrip("\n").split("\t")
        if name.startswith("#") or name == "file":
            continue
        text = (corpora / name).read_bytes()
        (tmp_path / "case.json").write_bytes(head + text + b"}]}\n")
        result = simulark("import", "case.json", "-n", "--json", db=target, check=None)
        if (result.status == 0) != (fields[1] == "ok") or result.status not in (0, 3):
            wrong.append((name, fields[1], result.status, result.err[:200]))
    # Two values side by side, or a stray bracket, mean something else inside of an object than alone.
    inside = {name for name, *_ in wrong if "structure" in name or "trailing" in name or "comma" in name}
    assert [case for case in wrong if case[0] not in inside] == []
    assert len(inside) <= 6, wrong


def test_bytes_that_are_not_utf8_are_refused(simulark, target, corpora, tmp_path):
    for line in (corpora / "unicode/kuhn/sequences.jsonl").open(encoding="utf-8"):
        case = json.loads(line)
        raw = bytes.fromhex(case.get("hex", ""))
        try:
            raw.decode()
            continue
        except UnicodeDecodeError:
            pass
        for name, text in (("x.yaml", HAND.replace("007", "BAD")),
                           ("x.json", '{"simulark":"bundle","format":1,"kind":"project","projects":[{"name":"BAD"}]}')):
            (tmp_path / name).write_bytes(text.encode().replace(b"BAD", raw))
            simulark("import", name, "--owner", "ada@example.org", "-n", db=target, check=3)
