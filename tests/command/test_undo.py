"""`simulark undo`: exactly what an import brought goes, if nobody has touched it."""

import pytest

import instance
from harness import TABLES, contents, execute, load_fixture, rows, value

ADA, BOB, SHOP, MAIN, CHAT = instance.ADA, instance.BOB, instance.SHOP, instance.MAIN, instance.CHAT
TRANSFER_ADA = ["--user", "ada@example.org", "--create-users"]


@pytest.fixture
def bundle(simulark, source):
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    return "x.ark"


def without_log(db):
    return contents(db, [table for table in TABLES if table != "audit_logs"])


def test_edges_of_other_projects_do_not_go_unseen(simulark, source, make_database):
    """What leads to a project's nodes goes with them: neither undo nor replacing does that without --force."""
    target = make_database()
    instance.people(target)
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    receipt = simulark("import", "x.ark", "--json", db=target).json["receipt"]
    execute(target, f"INSERT INTO projects (id, user_id, name) VALUES (md5('q')::uuid, '{instance.BOB}', 'Q');"
                    "INSERT INTO graphs (id, project_id, name) VALUES (md5('h')::uuid, md5('q')::uuid, 'H');"
                    "INSERT INTO nodes (id, graph_id, type) VALUES (md5('m')::uuid, md5('h')::uuid, 'x');"
                    "INSERT INTO edges (graph_id, source_node_id, target_node_id) SELECT md5('h')::uuid, md5('m')::uuid, id"
                    f" FROM nodes WHERE graph_id = '{instance.MAIN}' ORDER BY id LIMIT 2")
    error = simulark("undo", receipt, "--json", db=target, check=5).error
    assert "2 edges of other projects lead to nodes that would go" in error["details"][0]
    error = simulark("import", "x.ark", "--on-conflict", "replace", "--json", db=target, check=5).error
    assert "edges that lead to its nodes from other projects (2 rows)" in error["details"][0]
    assert value(target, "SELECT count(*) FROM edges WHERE graph_id = md5('h')::uuid") == 2
    simulark("undo", receipt, "--force", db=target)
    assert value(target, "SELECT count(*) FROM edges") == 0


def test_of_an_import_that_wrote_nothing_nothing_is_taken_back(simulark, bundle, target):
    simulark("import", bundle, db=target)
    receipt = simulark("import", bundle, "--on-conflict", "skip", "--json", db=target).json["receipt"]
    assert simulark("undo", receipt, db=target).err == f"The import of the receipt {receipt} wrote no row, so there is nothing to take back.\n"


def test_what_came_in_goes_and_can_come_again(simulark, bundle, target):
    before = without_log(target)
    done = simulark("import", bundle, "--json", db=target).json
    brought = contents(target, ["projects", "nodes", "chats", "contexts"])
    undone = simulark("undo", done["receipt"], "--json", db=target).json
    assert undone["undone"] is True and undone["kept"] == []
    assert {t: n for t, n in undone["tables"].items() if n} == done["tables"]
    assert without_log(target) == before
    ((action, of),) = rows(target, "SELECT action, resource_id FROM audit_logs WHERE action = 'undo'")
    assert (action, of) == ("undo", done["receipt"])
    again = simulark("undo", done["receipt"], "--json", db=target).json
    assert again["undone"] is False and again["undone_before"]
    simulark("import", bundle, db=target)
    assert contents(target, ["projects", "nodes", "chats", "contexts"]) == brought


@pytest.mark.parametrize("arguments", [["--ids", "new"], ["--on-conflict", "copy"]])
def test_a_copy_goes_and_the_first_stays(simulark, bundle, source, arguments):
    before = without_log(source)
    receipt = simulark("import", bundle, *arguments, "--json", db=source).json["receipt"]
    assert without_log(source) != before
    simulark("undo", receipt, db=source)
    assert without_log(source) == before


def test_an_instance_with_every_table_goes(simulark, make_database, database):
    load_fixture(database, "demo")
    execute(database, "INSERT INTO subscription_tiers (name) VALUES ('team')")
    other = make_database()
    tables = [table for table in TABLES if table != "audit_logs"]
    before = contents(other, tables)
    transfer = ["transfer", "--from", database.url, "--to", other.url, "--all", "--include", "api_keys,history"]
    receipt = simulark(*transfer, "--json").json["receipt"]
    simulark("undo", receipt, db=other)
    assert contents(other, tables) == before
    assert rows(other, "SELECT DISTINCT action FROM audit_logs ORDER BY 1") == [("import",), ("undo",)]
    simulark(*transfer)


def test_users_it_made_go_with_it(simulark, source, database):
    before = without_log(database)
    receipt = simulark("transfer", "--from", source.url, "--to", database.url, *TRANSFER_ADA, "--json").json["receipt"]
    assert value(database, "SELECT count(*) FROM users") == 2
    simulark("undo", receipt, db=database)
    assert without_log(database) == before


TOUCHED = [
    ("UPDATE nodes SET label = 'mine', updated_at = '2031-01-01' WHERE label = 'node 3'",
     'the node 40000000-0000-4000-8000-000000000003 ("mine") was changed or added, last at 2031-01-01 00:00:00+00'),
    ("UPDATE projects SET description = 'mine'", f'the project {SHOP} ("Shop") was changed or added'),
    ("DELETE FROM edges WHERE id IN (SELECT id FROM edges LIMIT 2)", "2 of 20 rows of edges are gone"),
    (f"INSERT INTO graphs (id, project_id, name) VALUES ('{ADA}', '{SHOP}', 'more')", f'the graph {ADA} ("more") was changed or added'),
    (f"INSERT INTO messages (id, chat_id, role, content) VALUES ('{ADA}', '{CHAT}', 'user', 'hi')",
     f'the message {ADA} ("hi") was changed or added'),
    ("INSERT INTO node_notes SELECT id FROM nodes", "public.node_notes: 20 rows"),
]


@pytest.mark.parametrize("change, detail", TOUCHED)
def test_what_was_touched_stops_it_and_is_named(simulark, bundle, target, change, detail):
    execute(target, "CREATE TABLE node_notes (node_id uuid REFERENCES nodes ON DELETE CASCADE)")
    before = without_log(target)
    receipt = simulark("import", bundle, "--json", db=target).json["receipt"]
    execute(target, change)
    touched = contents(target)
    error = simulark("undo", receipt, "--json", db=target, check=5).error
    assert [line for line in error["details"] if line.startswith(detail)], error
    assert contents(target) == touched
    simulark("undo", receipt, "--force", db=target)
    assert without_log(target) == before


def test_a_user_who_has_other_things_stays(simulark, source, database):
    receipt = simulark("transfer", "--from", source.url, "--to", database.url, *TRANSFER_ADA, "--json").json["receipt"]
    execute(database, f"INSERT INTO projects (user_id, name) VALUES ('{BOB}', 'later')")
    error = simulark("undo", receipt, "--json", db=database, check=5).error
    assert [f"the user {BOB} has other things by now: 1 of projects" in line for line in error["details"]] == [True]
    undone = simulark("undo", receipt, "--force", "--json", db=database).json
    assert undone["kept"] == [{"kind": "user", "id": BOB, "why": "has other things by now"}]
    assert rows(database, "SELECT name FROM projects") == [("later",)]
    assert rows(database, "SELECT email FROM users") == [("bob@example.org",)]


def test_what_was_replaced_cannot_come_back(simulark, source, database):
    instance.fill(database)
    simulark("export", "--project", "Shop", "--project", "Blog", "-o", "x.ark", db=source)
    execute(database, "DELETE FROM projects WHERE name = 'Blog'")
    receipt = simulark("import", "x.ark", "--on-conflict", "replace", "--force", "--json", db=database).json["receipt"]
    error = simulark("undo", receipt, "--json", db=database, check=5).error
    assert error["details"] == [f"the project {SHOP} replaced one that cannot come back"]
    simulark("undo", receipt, "--force", db=database)
    assert rows(database, "SELECT name FROM projects") == [("Shop",)]


def test_rows_written_anew_as_they_were_are_untouched(simulark, bundle, target):
    """As after a dump and restore: every row is of another transaction, and holds the same."""
    receipt = simulark("import", bundle, "--json", db=target).json["receipt"]
    for table in ("projects", "graphs", "nodes", "edges", "chats", "messages", "contexts"):
        execute(target, f"UPDATE {table} SET id = id")
    simulark("undo", receipt, "--dry-run", db=target)
    execute(target, "UPDATE nodes SET label = 'x' WHERE label = 'node 3'")
    simulark("undo", receipt, db=target, check=5)


@pytest.mark.parametrize("receipt", ["00000000-0000-4000-8000-000000000000", "x"])
def test_no_such_receipt(simulark, database, receipt):
    simulark("undo", receipt, db=database, check=5)


def test_dry_run_changes_nothing(simulark, bundle, target):
    receipt = simulark("import", bundle, "--json", db=target).json["receipt"]
    before = contents(target)
    assert simulark("undo", receipt, "-n", "--json", db=target).json["tables"]["nodes"] == 20
    assert contents(target) == before
