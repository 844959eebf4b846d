"""New ids: --ids new, --on-conflict copy, --seed, --id-map. What must come out is computed here from PostgreSQL's rows and the
map: ids, references, and the strings in JSON that are exactly an id; nothing else."""

import csv
import json
import subprocess
import sys
import uuid
from decimal import Decimal

import pytest

import instance
from harness import SIMULARK, connect, contents, execute, is_held_up, rows, until, value
from instance import ADA, BLOG, BOB, CHAT, GLOSSARY, MAIN, SHOP

NODE = "40000000-0000-4000-8000-000000000001"
STRANGER = "99999999-0000-4000-8000-000000000001"
PARTS = ("contexts", "projects", "graphs", "nodes", "edges", "chats", "messages")
KEYS = {"contexts": [], "projects": [], "graphs": ["project_id"], "nodes": ["graph_id"],
        "edges": ["graph_id", "source_node_id", "target_node_id"], "chats": ["project_id"], "messages": ["chat_id"]}
BOTH = ("--project", "Shop", "--project", "Blog")

# Mentions of ids, of every kind.
MENTIONS = {
    "exact": NODE, "upper": MAIN.upper(), "deep": [[{"parentId": NODE, "more": [SHOP, BLOG, CHAT]}]], "stranger": STRANGER,
    "user": ADA, NODE: "a key", "key and value": {SHOP: SHOP}, "within": f"see {NODE}", "braced": f"{{{NODE}}}",
    "bare": NODE.replace("-", ""), "quoted": f'"{NODE}"', "escapes": ["\\", '"', NODE, "\u00e9\n", MAIN], "nested": json.dumps({"id": NODE}),
}


def mention(db):
    """Puts ids wherever they may stand."""
    text = json.dumps(MENTIONS)
    for table, column in (("nodes", "data"), ("nodes", "style"), ("edges", "data"), ("graphs", "viewport"), ("chats", "context"),
                          ("chats", "messages"), ("messages", "metadata"), ("projects", "settings")):
        execute(db, f"UPDATE {table} SET {column} = %s::jsonb", (text,))
    flow = [{"id": NODE, "parentId": NODE, "position": {"x": 1.50, "y": -2}}, {"id": "short"}]
    execute(db, "UPDATE graphs SET nodes = %s::jsonb, edges = %s::jsonb WHERE id = %s",
            (json.dumps(flow), json.dumps([{"source": NODE, "target": NODE}]), MAIN))
    # The one mentions the other.
    execute(db, "UPDATE projects SET settings = jsonb_build_object('sibling', CASE WHEN id = %s THEN %s ELSE %s END, 'all', %s::jsonb)",
            (SHOP, BLOG, SHOP, text))
    execute(db, f"UPDATE nodes SET label = '{NODE}' WHERE id = '{NODE}'; UPDATE messages SET content = '{NODE}';"
                f"UPDATE edges SET source_handle = '{NODE}'; UPDATE projects SET description = '{SHOP}';"
                f"UPDATE contexts SET tags = ARRAY['{GLOSSARY}']")


@pytest.fixture
def source(make_database):
    db = make_database()
    instance.fill(db)
    mention(db)
    return db


def selected(db):
    """{table: {id: row as a dictionary of texts, JSON as values}} of what projects hold."""
    limits = {"contexts": f"user_id = '{ADA}'", "chats": "project_id IS NOT NULL"}
    found = {}
    for table in PARTS:
        columns = rows(db, "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
                           " AND table_name = %s ORDER BY ordinal_position", (table,))
        got = rows(db, f"SELECT {', '.join(name + '::text' for name, _ in columns)} FROM {table} WHERE {limits.get(table, 'true')}")
        dicts = [{name: (type_, text) for (name, type_), text in zip(columns, row)} for row in got]
        found[table] = {row["id"][1]: {name: read(*cell) for name, cell in row.items()} for row in dicts}
    return found


def read(type_, text):
    return json.loads(text, parse_float=Decimal) if type_ == "jsonb" and text is not None else text


def replaced(json_value, ids):
    if isinstance(json_value, dict):
        return {key: replaced(item, ids) for key, item in json_value.items()}
    if isinstance(json_value, list):
        return [replaced(item, ids) for item in json_value]
    return ids.get(json_value.lower(), json_value) if isinstance(json_value, str) else json_value


def expected(before, ids):
    """Those rows with these ids in place of theirs."""
    after = {}
    for table, table_rows in before.items():
        after[table] = {}
        for id_, row in table_rows.items():
            new = {name: replaced(cell, ids) if not isinstance(cell, str) else cell for name, cell in row.items()}
            for name in ["id", *KEYS[table]]:
                new[name] = ids.get(row[name], row[name])
            after[table][new["id"]] = new
    return after


def id_map(path):
    with open(path, newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["table", "old", "new"]
    assert len(lines) == len({tuple(line) for line in lines})
    return lines[1:]


def check(source, target, path, tables=PARTS):
    """The target holds the source's rows under the ids of the map, which names all of them and nothing else."""
    before, after = selected(source), selected(target)
    lines = id_map(path)
    assert sorted((table, old) for table, old, _ in lines) == sorted((t, id_) for t in tables for id_ in before[t])
    ids = {old: new for _, old, new in lines}
    assert not set(ids) & set(ids.values()) and len(set(ids.values())) == len(ids)
    assert after == expected(before, ids)
    return ids


# ---- all ids ----


@pytest.mark.parametrize("path", ["x.yaml", "x.json", "x/", "x.ark", "x.tar.gz", "x.zip"])
def test_every_reference_is_rewritten_and_nothing_else(simulark, source, target, tmp_path, path):
    simulark("export", *BOTH, "-o", path, db=source)
    done = simulark("import", path, "--ids", "new", "--id-map", "ids.csv", "--json", db=target).json
    ids = check(source, target, tmp_path / "ids.csv")
    assert {unit["id"]: unit["new_id"] for unit in done["units"]} == {old: ids[old] for old in [SHOP, BLOG] + [
        id_ for id_ in selected(source)["contexts"]]}
    assert {unit["action"] for unit in done["units"]} == {"created"}
    for new in ids.values():
        assert uuid.UUID(new).variant == uuid.RFC_4122 and new[14] == "8"
    simulark("diff", "--structure", source.url, target.url, *BOTH)


def test_the_same_from_a_pipe_and_from_a_file_on_standard_input(simulark, source, target, tmp_path):
    simulark("export", *BOTH, "-o", "x.ark", db=source)
    bundle = (tmp_path / "x.ark").read_bytes()
    before = contents(target)
    simulark("import", "-", "--ids", "new", "--id-map", "pipe.csv", "-n", db=target, stdin=bundle)
    assert contents(target) == before
    with open(tmp_path / "x.ark", "rb") as file:
        process = simulark.start("import", "-", "--ids", "new", "--id-map", "file.csv", db=target, stdin=file)
        assert process.wait(60) == 0
    check(source, target, tmp_path / "file.csv")
    assert (tmp_path / "pipe.csv").read_text() == (tmp_path / "file.csv").read_text()


def test_transfer_within_one_snapshot(simulark, source, target, tmp_path):
    simulark("transfer", "--from", source.url, "--to", target.url, *BOTH, "--ids", "new", "--id-map", "ids.csv")
    check(source, target, tmp_path / "ids.csv")


def test_transfer_beside_itself(simulark, source):
    before = selected(source)
    done = simulark("transfer", "--from", source.url, "--to", source.url, "--project", "Shop", "--on-conflict", "copy", "--json").json
    assert {unit["action"] for unit in done["units"]} == {"copied"}
    assert value(source, "SELECT count(*) FROM nodes") == 2 * len(before["nodes"])
    simulark("transfer", "--from", source.url, "--to", source.url, "--project", SHOP, "--ids", "new", "--seed", "9")
    assert value(source, "SELECT count(*) FROM nodes") == 3 * len(before["nodes"])


def test_a_retry_is_recognised_and_another_seed_makes_another_copy(simulark, source, target):
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    simulark("export", "--project", "Shop", "-o", "x.yaml", db=source)
    simulark("import", "x.ark", "--ids", "new", db=target)
    before = selected(target)
    error = simulark("import", "x.yaml", "--ids", "new", "--json", db=target, check=5).error
    assert len(error["details"]) == 1 and "is there already" in error["details"][0] and "--seed" in error["hint"]
    done = simulark("import", "x.ark", "--ids", "new", "--on-conflict", "skip", "--json", db=target).json
    assert {unit["action"] for unit in done["units"]} == {"skipped"} and set(done["tables"].values()) == {0}
    assert selected(target) == before
    simulark("import", "x.ark", "--ids", "new", "--seed", "18446744073709551615", db=target)
    assert value(target, "SELECT count(*) FROM projects") == 2 and value(target, "SELECT count(*) FROM edges") == 40


def test_another_owner_gets_a_copy_of_his_own(simulark, source, target, tmp_path):
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    simulark("import", "x.ark", "--ids", "new", "--owner", "bob@example.org", "--id-map", "bob.csv", db=target)
    simulark("import", "x.ark", "--ids", "new", "--owner", ADA, db=target)
    simulark("import", "x.ark", "--ids", "new", "--owner", BOB, db=target, check=5)
    assert rows(target, "SELECT user_id::text FROM projects ORDER BY 1") == [(ADA,), (BOB,)]
    assert ["users", ADA, BOB] in id_map(tmp_path / "bob.csv")


def test_an_instance_keeps_its_users_and_tiers(simulark, database, make_database):
    instance.fill(database)
    simulark("export", "--all", "-o", "x.ark", db=database)
    other = make_database()
    done = simulark("import", "x.ark", "--ids", "new", "--json", db=other).json
    assert contents(other, ["users", "subscription_tiers"]) == contents(database, ["users", "subscription_tiers"])
    assert {unit["kind"] for unit in done["units"] if unit["id"] == unit["new_id"]} == {"user"}
    assert value(other, f"SELECT count(*) FROM projects WHERE id = '{SHOP}'") == 0


def test_uuids_of_columns_nobody_knows_are_references_too(simulark, source, target):
    for db in (source, target):
        execute(db, "ALTER TABLE nodes ADD parent_id uuid, ADD note text, ADD near uuid[]")
    execute(source, f"UPDATE nodes SET parent_id = '{NODE}', note = '{NODE}', near = ARRAY[[NULL, '{NODE}']]::uuid[]")
    simulark("transfer", "--from", source.url, "--to", target.url, "--project", "Shop", "--ids", "new")
    assert value(target, "SELECT count(*) FROM nodes n JOIN nodes p ON p.id = n.parent_id") == 20
    assert rows(target, "SELECT DISTINCT note FROM nodes") == [(NODE,)]
    assert value(target, "SELECT count(*) FROM nodes WHERE near = ARRAY[[NULL, parent_id]]") == 20


# ---- copies ----


def test_a_copy_comes_in_beside_the_original(simulark, source, tmp_path):
    simulark("export", *BOTH, "-o", "x.ark", db=source)
    before = selected(source)
    done = simulark("import", "x.ark", "--on-conflict", "copy", "--id-map", "ids.csv", "--json", db=source).json
    assert {unit["action"] for unit in done["units"]} == {"copied"}
    ids = {old: new for _, old, new in id_map(tmp_path / "ids.csv")}
    assert {unit["new_id"] for unit in done["units"]} == {ids[unit["id"]] for unit in done["units"]}
    copies = expected(before, ids)
    assert selected(source) == {table: before[table] | copies[table] for table in PARTS}
    assert all(len(copies[table].keys() - before[table].keys()) == len(before[table]) for table in PARTS)


def test_a_copy_made_twice_is_recognised(simulark, source):
    simulark("export", *BOTH, "-o", "x.ark", db=source)
    simulark("import", "x.ark", "--on-conflict", "copy", db=source)
    before = contents(source)
    error = simulark("import", "x.ark", "--on-conflict", "copy", "--json", db=source, check=5).error
    assert len(error["details"]) == 2 and "nother --seed" in error["hint"]  # contexts that are the same are no conflict
    assert contents(source) == before
    simulark("import", "x.ark", "--on-conflict", "copy", "--seed", "1", db=source)
    assert value(source, "SELECT count(*) FROM projects") == 6


def test_only_what_is_there_is_copied(simulark, source, target, tmp_path):
    """Blog is there, Shop is not; each mentions the other."""
    simulark("export", "--project", "Blog", "-o", "blog.ark", db=source)
    simulark("import", "blog.ark", db=target)
    before = selected(target)
    simulark("export", *BOTH, "-o", "both.ark", db=source)
    done = simulark("import", "both.ark", "--on-conflict", "copy", "--id-map", "ids.csv", "--json", db=target).json
    actions = {unit["name"]: unit["action"] for unit in done["units"]}
    assert (actions["Shop"], actions["Blog"], actions["Glossary"]) == ("created", "copied", "copied")
    ids = {old: new for _, old, new in id_map(tmp_path / "ids.csv")}
    assert SHOP not in ids and NODE not in ids and BLOG in ids
    coming = expected(selected(source), ids)
    after = selected(target)
    assert after == {table: before[table] | coming[table] for table in PARTS}
    assert after["projects"][SHOP]["settings"]["sibling"] == ids[BLOG]
    assert after["projects"][ids[BLOG]]["settings"]["sibling"] == SHOP


def test_a_copy_of_an_account_matches_its_user(simulark, source):
    execute(source, f"INSERT INTO api_keys (user_id, name) VALUES ('{ADA}', 'key');"
                    f"INSERT INTO chats (id, user_id, title) VALUES ('30000000-0000-4000-8000-00000000000a', '{ADA}', 'alone');"
                    "INSERT INTO messages (chat_id, role, content) VALUES ('30000000-0000-4000-8000-00000000000a', 'user', 'x')")
    simulark("export", "--user", ADA, "--include", "api_keys", "-o", "x.ark", db=source)
    done = simulark("import", "x.ark", "--on-conflict", "copy", "--json", db=source).json
    assert {(unit["kind"], unit["action"]) for unit in done["units"]} == {
        ("user", "skipped"), ("project", "copied"), ("context", "copied")}
    assert (value(source, "SELECT count(*) FROM users"), value(source, "SELECT count(*) FROM api_keys")) == (2, 1)
    assert value(source, "SELECT count(*) FROM chats WHERE title = 'alone'") == 2
    assert value(source, "SELECT count(*) FROM messages WHERE content = 'x'") == 2


def test_templates_cannot_be_copied(simulark, source, make_database):
    execute(source, "INSERT INTO templates (name, description) VALUES ('Web', 'here')")
    simulark("export", "--all", "-o", "x.ark", db=source)
    simulark("import", "x.ark", "--on-conflict", "copy", "-n", db=source)  # the same template is no conflict
    execute(source, "UPDATE templates SET description = 'changed'")
    error = simulark("import", "x.ark", "--on-conflict", "copy", "--json", db=source, check=5).error
    assert len(error["details"]) == 1 and "no two templates have one name" in error["details"][0]


# ---- documents written by hand ----

HAND = f"""
simulark: bundle
format: 1
kind: project
projects:
  - {{id: {SHOP}, name: hand, settings: {{first: {MAIN}}}}}
graphs:
  - {{id: {MAIN}, project_id: {SHOP}}}
  - {{project_id: {SHOP}, name: no id}}
nodes:
  - {{graph_id: {MAIN}, type: a}}
  - {{graph_id: {MAIN}, type: b}}
"""


@pytest.mark.parametrize("path", ["hand.yaml", "-"])
def test_documents_written_by_hand(simulark, target, tmp_path, path):
    """What they leave out is made once, not once in each reading; so a second import has other ids."""
    (tmp_path / "hand.yaml").write_text(HAND)
    arguments = ["import", path, "--ids", "new", "--owner", ADA]
    simulark(*arguments, "--id-map", "ids.csv", db=target, stdin=HAND)
    assert [table for table, _, _ in id_map(tmp_path / "ids.csv")] == ["projects", "graphs", "graphs", "nodes", "nodes"]
    assert value(target, "SELECT count(*) FROM projects p JOIN graphs g ON p.settings->>'first' = g.id::text") == 1
    assert value(target, "SELECT count(*) FROM nodes n JOIN graphs g ON g.id = n.graph_id") == 2
    assert value(target, f"SELECT count(*) FROM projects WHERE id = '{SHOP}'") == 0
    simulark(*arguments, db=target, stdin=HAND)
    assert value(target, "SELECT count(*) FROM projects") == 2
    simulark("import", path, "--owner", ADA, db=target, stdin=HAND)
    simulark("import", path, "--owner", ADA, "--on-conflict", "copy", db=target, stdin=HAND)
    assert value(target, "SELECT count(*) FROM projects") == 4
    assert value(target, "SELECT count(DISTINCT id) FROM nodes") == 8


def test_parts_without_ids_are_recognised(simulark, target, tmp_path):
    """Where nothing else is left to the moment the whole document is: the same digest, the same new ids."""
    text = HAND.replace("kind: project", "kind: project\ncreated_at: 2026-01-01T00:00:00Z")
    (tmp_path / "hand.yaml").write_text(text)
    digests = {simulark("convert", "hand.yaml", path, "--json").json["digest"] for path in ("a.ark", "b.zip")}
    assert len(digests) == 1
    simulark("import", "hand.yaml", "--owner", ADA, db=target)
    simulark("diff", "hand.yaml", "a.ark")
    assert len(set(rows(target, "SELECT id FROM nodes"))) == 2
    simulark("export", "--project", "hand", "-o", "back.ark", db=target)
    changes = simulark("diff", "hand.yaml", "back.ark", "--json", check=1).json["tables"]
    assert {table: counts for table, counts in changes.items() if counts["added"] or counts["removed"]} == {}
    (tmp_path / "hand.yaml").write_text(text.replace("type: b", "type: c"))
    (nodes,) = [counts for table, counts in simulark("diff", "a.ark", "hand.yaml", "--json", check=1).json["tables"].items() if table == "nodes"]
    assert nodes == {"added": 1, "removed": 1, "changed": 0}
    simulark("import", "-", "--ids", "new", "--owner", ADA, db=target, stdin=text)
    simulark("import", "-", "--ids", "new", "--owner", ADA, db=target, stdin=text, check=5)


def test_one_that_leaves_nothing_out_is_recognised(simulark, target):
    text = HAND.replace("kind: project", "kind: project\ncreated_at: 2026-01-01T00:00:00Z").replace("  - {project_id", "  - {id: "
        f"{STRANGER}, project_id").replace("type: a", f"type: a, id: {NODE}").replace("type: b", f"type: b, id: {NODE[:-1]}2")
    simulark("import", "-", "--ids", "new", "--owner", ADA, db=target, stdin=text)
    simulark("import", "-", "--ids", "new", "--owner", ADA, db=target, stdin=text, check=5)


# ---- the map ----


def test_the_map_is_written_whole_or_not_at_all(simulark, source, target, tmp_path):
    simulark("export", *BOTH, "-o", "x.ark", db=source)
    (tmp_path / "there.csv").write_text("mine")
    before = contents(target)
    simulark("import", "x.ark", "--ids", "new", "--id-map", "there.csv", db=target, check=5)
    simulark("import", "x.ark", "--ids", "new", "--id-map", "no/such.csv", db=target, check=7)
    simulark("import", "x.ark", "--ids", "new", "--id-map", "new.csv", "--owner", "nobody", db=target, check=5)
    assert contents(target) == before
    execute(target, "ALTER TABLE messages ADD CONSTRAINT none CHECK (false)")
    simulark("import", "x.ark", "--ids", "new", "--id-map", "new.csv", db=target, check=3)
    execute(target, "ALTER TABLE messages DROP CONSTRAINT none")
    assert (tmp_path / "there.csv").read_text() == "mine" and {p.name for p in tmp_path.iterdir()} == {"x.ark", "there.csv"}
    simulark("import", "x.ark", "--ids", "new", "--id-map", "there.csv", "--force", db=target)
    check(source, target, tmp_path / "there.csv")


def test_with_ids_kept_the_map_tells_who_is_somebody_else(simulark, source, database, tmp_path):
    other_bob = "00000000-0000-4000-8000-0000000000ff"
    execute(database, f"INSERT INTO users (id, email) VALUES ('{ADA}', 'a@example.org'), ('{other_bob}', 'bob@example.org')")
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    simulark("import", "x.ark", "--id-map", "ids.csv", db=database)
    assert id_map(tmp_path / "ids.csv") == [["users", BOB, other_bob]]


# ---- what cannot be ----


@pytest.mark.parametrize("arguments", [["--seed", "1"], ["--ids", "new", "--seed", "-1"], ["--ids", "new", "--seed", ""],
                                       ["--ids", "new", "--seed", "18446744073709551616"], ["--ids", "old"],
                                       ["--id-map", "-", "--json"], ["--on-conflict", "copies"]])
def test_wrong_command_lines(simulark, target, arguments):
    simulark("import", "-", *arguments, db=target, check=2)


@pytest.mark.parametrize("arguments", [["--ids", "new"], ["--on-conflict", "copy"]])
def test_a_damaged_archive_is_refused(simulark, source, target, tmp_path, arguments):
    simulark("export", *BOTH, "-o", "x", "--format", "tar", db=source)
    text = (tmp_path / "x").read_bytes()
    assert b"node 5" in text
    (tmp_path / "x").write_bytes(text.replace(b"node 5", b"node X"))
    before = contents(target)
    assert "does not match its seal" in simulark("import", "x", *arguments, db=target, check=3).err
    assert contents(target) == before


def test_a_bundle_that_changes_between_the_readings(simulark, source, target, tmp_path):
    """The database keeps the second reading waiting while the file is changed."""
    execute(source, f"INSERT INTO nodes (graph_id, type, label) SELECT '{MAIN}', 'x', 'filler' FROM generate_series(1, 5000)")
    simulark("export", *BOTH, "-o", "x.yaml", db=source)
    lock = connect(target, autocommit=False)
    lock.cursor().execute("LOCK TABLE contexts IN ACCESS EXCLUSIVE MODE")
    process = simulark.start("import", "x.yaml", "--ids", "new", "--json", db=target)
    until(lambda: is_held_up(target), process)
    text = (tmp_path / "x.yaml").read_bytes()
    with open(tmp_path / "x.yaml", "r+b") as file:
        file.write(text.replace(b"filler", b"FILLER"))
    lock.rollback()
    lock.close()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, json.loads(err)["error"]["message"]) == (5, "The bundle was changed while it was read.")
    assert value(target, "SELECT count(*) FROM projects") == 0


# ---- size ----

MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.skipif("sanitize" in str(SIMULARK), reason="sanitizers need more")
@pytest.mark.parametrize("arguments", [["--ids", "new", "--id-map", "ids.csv"], ["--on-conflict", "copy"]])
def test_memory_stays_flat_enough(simulark, source, tmp_path, arguments):
    execute(source, f"INSERT INTO nodes (graph_id, type, data) SELECT '{MAIN}', 'x', jsonb_build_object('parentId', '{NODE}', 'i', i)"
                    " FROM generate_series(1, 60000) i")
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    command = simulark.command("import", "x.ark", *arguments, db=source)
    done = subprocess.run([sys.executable, "-c", MEASURE, *command], cwd=tmp_path, env=simulark.environment(), check=True,
                          capture_output=True)
    assert int(done.stdout) < 64 * 1024
    assert value(source, "SELECT count(*) FROM nodes") == 2 * 60020
