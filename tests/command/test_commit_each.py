"""`--commit-each`: a very long import, committed project by project, broken off and taken up again."""

import json
import os
import random
import re
import signal

import pytest

import instance
from harness import SECONDS, TABLES, contents, execute, left_alone, until, value

MANY = """
UPDATE users SET subscription_tier = 'enterprise', updated_at = '2026-01-01';
INSERT INTO projects (id, user_id, name, created_at, updated_at)
  SELECT ('11000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, u.id, 'p' || i, '2026-01-01', '2026-01-01'
  FROM generate_series(1, 60) i, users u WHERE u.email = CASE WHEN i % 2 = 0 THEN 'ada@example.org' ELSE 'bob@example.org' END;
INSERT INTO graphs (id, project_id, name, created_at, updated_at)
  SELECT gen_random_uuid(), id, 'g', created_at, updated_at FROM projects WHERE name LIKE 'p%';
INSERT INTO nodes (graph_id, type, label, data, created_at, updated_at)
  SELECT id, 'service', 'n' || i, jsonb_build_object('project', project_id), created_at, updated_at
  FROM graphs, generate_series(1, 10) i WHERE name = 'g';
INSERT INTO chats (project_id, user_id, title, created_at, updated_at) SELECT id, user_id, 'c', created_at, updated_at FROM projects WHERE name LIKE 'p%';
INSERT INTO messages (chat_id, role, content) SELECT id, 'user', 'hi' FROM chats WHERE title = 'c';
"""
CONTENT = [table for table in TABLES if table != "audit_logs"]


@pytest.fixture(scope="module")
def source(server, filled_template):
    source = server.create(filled_template)
    instance.run(source, MANY)
    return source


def transfer(source, target, *more):
    return ["transfer", "--from", source.url, "--to", target.url, "--all", "--commit-each", *more]


def test_each_commit_is_told_with_its_receipt(simulark, source, database):
    told = simulark(*transfer(source, database)).err.splitlines()
    lines = [line for line in told if "receipt " in line]
    assert len(lines) == 63 and lines[0].startswith("Committed: what belongs to no project, receipt ")
    assert all(line.startswith('Committed: project "') for line in lines[1:])
    assert [line for line in told if line.startswith("Imported")] == told[63:64]


def test_each_project_is_a_transaction_with_a_receipt(simulark, source, database):
    done = simulark(*transfer(source, database), "--json").json
    assert contents(database, CONTENT) == contents(source, CONTENT)
    assert len(done["receipts"]) == 63 and done["receipt"] in done["receipts"]
    assert sum(unit["kind"] == "project" for unit in done["units"]) == 62
    assert value(database, "SELECT count(DISTINCT xmin::text) FROM projects") == 62
    before = contents(database)
    again = simulark(*transfer(source, database), "--on-conflict", "skip", "--json").json
    assert again["receipts"] == [] and contents(database) == before
    simulark("undo", done["receipts"][0], db=database, check=5)  # the users have projects
    simulark("undo", done["receipts"][1], db=database)
    assert value(database, "SELECT count(*) FROM projects") == 61


@pytest.mark.parametrize("path, arguments", [("x.ark", []), ("x.yaml", ["--ids", "new"])])
def test_a_killed_import_goes_on_where_it_ended(simulark, source, make_database, path, arguments):
    simulark("export", "--all", "-o", path, db=source)
    whole = make_database()
    simulark("import", path, *arguments, db=whole)
    target = make_database()
    command = ["import", path, "--commit-each", "--on-conflict", "skip", *arguments]
    process = simulark.start(*command, db=target)
    wanted = random.Random(path + str(arguments)).randrange(1, 50)
    until(lambda: process.poll() is not None or value(target, "SELECT count(*) FROM projects") >= wanted)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left_alone(target)
    done = value(target, "SELECT count(*) FROM projects")
    assert 0 < done <= 62
    done = simulark(*command, "--json", db=target).json
    assert contents(target, CONTENT) == contents(whole, CONTENT)


def test_what_fails_says_what_is_done(simulark, source, database):
    execute(database, "ALTER TABLE nodes ADD CONSTRAINT few CHECK (data->>'project' <> '11000000-0000-4000-8000-000000000030')")
    error = simulark(*transfer(source, database), "--json", check=3).error
    done = value(database, "SELECT count(*) FROM projects")
    assert 0 < done < 62
    assert f"{done} of 62 projects are committed and stay" in error["details"][-1]
    execute(database, "ALTER TABLE nodes DROP CONSTRAINT few")
    simulark(*transfer(source, database), "--on-conflict", "skip")
    assert contents(database, CONTENT) == contents(source, CONTENT)


@pytest.mark.parametrize("path", ["x.ark", "x.yaml"])
def test_what_the_server_refuses_has_a_place_in_the_bundle(simulark, source, database, path):
    """The row is counted among those of its project alone."""
    simulark("export", "--all", "-o", path, db=source)
    row = value(source, "SELECT id::text FROM nodes WHERE data->>'project' LIKE '%000030' ORDER BY id OFFSET 4 LIMIT 1")
    execute(database, f"ALTER TABLE nodes ADD CONSTRAINT few CHECK (id <> '{row}')")
    error = simulark("import", path, "--commit-each", "--json", db=database, check=3).error
    assert re.match(r"data/nodes/000001.jsonl in x.ark:\d+: In nodes: " if path == "x.ark" else r"x.yaml:\d+: In nodes: ", error["message"])
    assert error["details"][-1] == f"the id of the node is {row}"
    number = int(error["message"].split(":")[1])
    simulark("convert", "x.ark", "x/", check=0 if path == "x.ark" else None)
    where = "x/data/nodes/000001.jsonl" if path == "x.ark" else path
    assert row in (simulark.folder / where).read_text().splitlines()[number - 1]


def test_a_database_with_triggers_takes_project_by_project(simulark, source, database):
    """What was brought in before is not taken for rows that a trigger has added."""
    execute(database, "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                      "CREATE TRIGGER t BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION f()")
    simulark(*transfer(source, database))
    assert contents(database, CONTENT) == contents(source, CONTENT)


SLEEPS = """
CREATE FUNCTION sleeps() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';
CREATE TRIGGER sleeps BEFORE INSERT ON projects FOR EACH ROW WHEN (NEW.name = 'p30') EXECUTE FUNCTION sleeps();
"""


def test_what_is_interrupted_says_what_stays(simulark, source, database):
    execute(database, SLEEPS)
    process = simulark.start(*transfer(source, database), "--json")
    until(lambda: value(database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), process)
    process.send_signal(signal.SIGINT)
    error = json.loads(process.communicate(timeout=SECONDS)[1])["error"]
    done = value(database, "SELECT count(*) FROM projects")
    assert process.returncode == 130 and 0 < done < 62
    assert error["message"] == "Interrupted: what was committed before stays, nothing else was kept."
    assert f"{done} of 62 projects are committed and stay" in error["details"][-1]


def test_a_map_of_users_is_read_once(simulark, source, database, tmp_path):
    simulark("export", "--all", "-o", "x.ark", db=source)
    execute(database, "INSERT INTO users (email, subscription_tier) VALUES ('carol@example.org', 'enterprise')")
    bob = value(source, "SELECT id::text FROM users WHERE email = 'bob@example.org'")
    os.mkfifo(tmp_path / "map")
    process = simulark.start("import", "x.ark", "--commit-each", "--map-users", "map", db=database)
    with open(tmp_path / "map", "w") as out:  # for one reader, once
        out.writelines(f"# {n}\n" for n in range(300))
        out.write(f"{bob},carol@example.org\n")
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    of = "SELECT count(*) FROM projects p JOIN users u ON u.id = p.user_id WHERE u.email = %s"
    assert value(database, of, ("carol@example.org",)) == value(source, of, ("bob@example.org",)) == 30


def test_a_damaged_bundle_commits_nothing(simulark, source, database):
    simulark("export", "--all", "-o", "x.ark", db=source)
    path = simulark.folder / "x.ark"
    path.write_bytes(path.read_bytes()[:-200])
    before = contents(database)
    simulark("import", "x.ark", "--commit-each", db=database, check=3)
    assert contents(database) == before


@pytest.mark.parametrize("arguments", [["--as", "ada@example.org"], ["--on-conflict", "copy"], ["--id-map", "m.csv"],
                                       ["--as", "ada@example.org", "--dry-run"]])
def test_wrong_command_lines(simulark, database, arguments):
    simulark("import", "x.ark", "--commit-each", *arguments, db=database, check=2)
