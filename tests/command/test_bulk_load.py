"""Restores into empty tables: keys and indexes go and come back as they were, and only where nobody is in the way."""

import json
import re
import shutil
import subprocess

import pytest

from harness import TABLES, Server, Simulark, connect, contents, execute, rows, value

BULK = ("graphs", "nodes", "edges", "messages")  # what is loaded without keys and indexes

# More than the 20,000 rows from which on it is done; references in every direction.
FILL = """
SET search_path = public;
INSERT INTO users (id, email, subscription_tier) SELECT md5('u')::uuid, 'ada@example.org', 'enterprise';
INSERT INTO projects (id, user_id, name) SELECT md5('p' || n)::uuid, md5('u')::uuid, 'Project ' || n FROM generate_series(1, 3) n;
INSERT INTO graphs (id, project_id, name) SELECT md5('g' || n)::uuid, md5('p' || n)::uuid, 'Main' FROM generate_series(1, 3) n;
INSERT INTO nodes (id, graph_id, type, data, width) SELECT md5('n' || n)::uuid, md5('g' || n % 3 + 1)::uuid, 'service',
       jsonb_build_object('cpu', n / 7.0), n / 3.0 FROM generate_series(1, 12000) n;
INSERT INTO edges (id, graph_id, source_node_id, target_node_id)
SELECT md5('e' || n)::uuid, md5('g' || n % 3 + 1)::uuid, md5('n' || n)::uuid, md5('n' || n + 3)::uuid
FROM generate_series(1, 9000) n;
INSERT INTO chats (id, project_id, user_id) SELECT md5('c')::uuid, md5('p1')::uuid, md5('u')::uuid;
INSERT INTO messages (id, chat_id, role, content, created_at)
SELECT md5('m' || n)::uuid, md5('c')::uuid, 'user', E'tab\\there ' || n, 'epoch'::timestamptz + n * interval '1.01 s'
FROM generate_series(1, 2000) n;
"""

# Things whose definition does not say all of them, or on which something depends, beside plain ones.
PECULIAR = """
SET search_path = public;
CREATE INDEX nodes_first ON nodes ((data->>'cpu'), label) INCLUDE (width) WHERE type = 'service';
CREATE INDEX nodes_roomy ON nodes USING btree (created_at DESC NULLS LAST) WITH (fillfactor = 60);
CREATE INDEX nodes_gin ON nodes USING gin (data);
COMMENT ON INDEX nodes_type_idx IS 'for the palette';
COMMENT ON CONSTRAINT messages_chat_id_fkey ON messages IS 'a message has a chat';
ALTER TABLE edges ADD CONSTRAINT edges_once UNIQUE (id, graph_id);
ALTER TABLE edges ADD CONSTRAINT edges_late FOREIGN KEY (source_node_id) REFERENCES nodes NOT VALID;
ALTER TABLE graphs ADD root_node uuid REFERENCES nodes;
ALTER TABLE messages REPLICA IDENTITY USING INDEX messages_pkey;
CLUSTER messages USING messages_created_at_idx;
CREATE INDEX edges_label ON edges (label);
CREATE INDEX edges_statistics ON edges ((data::text));
ALTER INDEX edges_label DEPENDS ON EXTENSION plpgsql;
ALTER INDEX edges_statistics ALTER COLUMN 1 SET STATISTICS 500;
CREATE TABLE node_notes (node_id uuid REFERENCES nodes (id) ON DELETE CASCADE, note text);
CREATE VIEW messages_by_id AS SELECT id, content FROM messages GROUP BY id;
ALTER TABLE nodes ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON nodes USING (true);
"""


@pytest.fixture(scope="module")
def source(server, template):
    source = server.create(template)
    execute(source, FILL)
    return source


@pytest.fixture(scope="module")
def bundle(source, tmp_path_factory):
    path = tmp_path_factory.mktemp("bulk") / "all.ark"
    Simulark(path.parent)("export", "--all", "-o", path, db=source)
    return path


def schema(database):
    dump = subprocess.run([database.server.programs / "pg_dump", "-s", database.url], check=True, capture_output=True).stdout
    return re.sub(rb"(?m)^\\(un)?restrict .*$", b"", dump)


def indexes(database):
    """The oids of the big tables' indexes: others after a load that took them away."""
    return set(rows(database, "SELECT indexrelid::text FROM pg_index WHERE indrelid::regclass::text = ANY (%s)", (list(BULK),)))


def test_a_restore_leaves_the_schema_as_it_was(simulark, source, bundle, database):
    before, old = schema(database), indexes(database)
    simulark("import", bundle, db=database)
    assert schema(database) == before
    assert not old & indexes(database)
    assert contents(database, BULK) == contents(source, BULK)
    assert value(database, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0


def test_what_a_definition_does_not_say_stays_in_place(simulark, source, bundle, database):
    execute(database, PECULIAR)
    before, old = schema(database), indexes(database)
    simulark("import", bundle, db=database)
    assert schema(database) == before
    names = "SELECT indexrelid::regclass::text FROM pg_index WHERE indexrelid::text = ANY (%s)"
    kept = {name for (name,) in rows(database, names, ([oid for (oid,) in old],))}
    assert kept == {"nodes_pkey", "nodes_type_idx", "messages_pkey", "messages_created_at_idx", "edges_label", "edges_statistics"}
    for table in ("nodes", "edges", "messages"):
        assert contents(database, [table]) == contents(source, [table])


NOT_VALID = """ALTER TABLE edges DROP CONSTRAINT edges_target_node_id_fkey;
ALTER TABLE edges ADD CONSTRAINT edges_target_node_id_fkey FOREIGN KEY (target_node_id) REFERENCES nodes NOT VALID"""


@pytest.mark.parametrize("altered", ["SELECT", NOT_VALID], ids=["valid", "not valid"])
def test_references_are_checked_against_what_came(simulark, source, bundle, database, tmp_path, altered):
    execute(database, altered)
    simulark("convert", bundle, "x/")
    part = tmp_path / "x" / "data" / "edges" / "000001.jsonl"
    nobody = '"target_node_id": "00000000-0000-0000-0000-000000000001"'
    part.write_text(re.sub(r'"target_node_id": "[^"]+"', nobody, part.read_text(), count=1))
    before = schema(database)
    error = simulark("import", "x/", "--json", db=database, check=3).error
    assert "edges" in error["message"] and "00000000-0000-0000-0000-000000000001" in error["message"]
    assert schema(database) == before
    assert value(database, "SELECT count(*) FROM nodes") == 0


def test_a_reference_put_back_late_blames_the_row_that_refers(simulark, server, template, database, tmp_path):
    """A graph's own reference to nodes, which come later, is checked when these are there."""
    own = "SET search_path = public; ALTER TABLE graphs ADD root_node uuid REFERENCES nodes;"
    source = server.create(template)
    execute(source, own + FILL + "UPDATE graphs SET root_node = md5('n1')::uuid")
    simulark("export", "--all", "-o", "x/", db=source)
    part = tmp_path / "x" / "data" / "graphs" / "000001.jsonl"
    lines = part.read_text().splitlines(keepends=True)
    root = json.loads(lines[1])["root_node"]
    lines[1] = lines[1].replace(root, "00000000-0000-0000-0000-000000000001")
    part.write_text("".join(lines))
    execute(database, own)
    error = simulark("import", "x/", "--json", db=database, check=3).error
    assert error["message"].startswith("x/data/graphs/000001.jsonl:2: In graphs:")
    assert json.loads(lines[1])["id"] in str(error["details"])


IN_THE_WAY = {
    "a row": "INSERT INTO users (id, email) VALUES (md5('v')::uuid, 'bob@example.org');"
             "INSERT INTO chats (id, user_id) VALUES (md5('h')::uuid, md5('v')::uuid);"
             "INSERT INTO messages (chat_id, role, content) VALUES (md5('h')::uuid, 'user', 'first')",
    "a trigger": "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                 "CREATE TRIGGER t BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION f()",
    "a ban on dropping": "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';"
                         "CREATE EVENT TRIGGER t ON sql_drop EXECUTE FUNCTION f()",
    "a constraint checked later": "ALTER TABLE messages ADD UNIQUE (id, role) DEFERRABLE INITIALLY DEFERRED",
}


@pytest.mark.parametrize("what", IN_THE_WAY)
def test_a_table_with_something_in_the_way_keeps_its_indexes(simulark, bundle, database, what):
    execute(database, IN_THE_WAY[what])
    of_messages = "SELECT indexrelid::text FROM pg_index WHERE indrelid = 'messages'::regclass"
    before = rows(database, of_messages)
    simulark("import", bundle, db=database)
    assert sorted(rows(database, of_messages)) == sorted(before)
    assert value(database, "SELECT count(*) FROM messages WHERE content LIKE 'tab%%'") == 2000


# What its role may take away from a table, but not make again.
CANNOT_COME_BACK = {
    "a collation of others": "CREATE SCHEMA sec; CREATE COLLATION sec.cc FROM \"C\"; CREATE INDEX ON nodes (label COLLATE sec.cc)",
    "a function of others": "CREATE SCHEMA sec; CREATE FUNCTION sec.f(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';"
                            "CREATE INDEX ON nodes (sec.f(label))",
    "no right to refer": "REVOKE REFERENCES ON ALL TABLES IN SCHEMA public FROM keeper",
    "a ban on new indexes": "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''use concurrently''; END';"
                            "CREATE EVENT TRIGGER t ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION f()",
}


@pytest.mark.parametrize("what", CANNOT_COME_BACK)
def test_what_could_not_be_put_back_is_not_taken_away(simulark, source, bundle, database, what):
    execute(database, "DO $$ BEGIN CREATE ROLE keeper LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
                      "GRANT ALL ON SCHEMA public TO keeper; GRANT ALL ON ALL TABLES IN SCHEMA public TO keeper;"
                      "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO keeper")
    for table in TABLES:
        execute(database, f"ALTER TABLE {table} OWNER TO keeper")
    execute(database, CANNOT_COME_BACK[what])
    before, old = schema(database), indexes(database)
    simulark("import", bundle, db=database.as_role("keeper"))
    assert schema(database) == before and indexes(database) == old
    assert contents(database, BULK) == contents(source, BULK)


KEYS_OF_TWO = {
    "repeated": ("ALTER TABLE edges ADD UNIQUE (graph_id, source_node_id)", "source_node_id", 0,
                 "x/data/edges/000001.jsonl:12: This edge has the same graph_id, source_node_id as the one at x/data/edges/000001.jsonl:"),
    "dangling": ("ALTER TABLE nodes ADD UNIQUE (graph_id, id); ALTER TABLE edges DROP CONSTRAINT edges_target_node_id_fkey,"
                 " ADD FOREIGN KEY (graph_id, target_node_id) REFERENCES nodes (graph_id, id)", "target_node_id",
                 "00000000-0000-0000-0000-000000000001", "x/data/edges/000001.jsonl:12: In edges: "),
}


@pytest.mark.parametrize("what", KEYS_OF_TWO)
def test_a_key_of_two_columns_has_a_place_in_the_bundle(simulark, bundle, database, tmp_path, what):
    more, column, text, message = KEYS_OF_TWO[what]
    simulark("convert", bundle, "x/")
    part = tmp_path / "x" / "data" / "edges" / "000001.jsonl"
    lines = part.read_text().splitlines(keepends=True)
    edges = [json.loads(line) for line in lines]
    other = text or next(edge[column] for edge in edges[:11] if edge["graph_id"] == edges[11]["graph_id"])
    lines[11] = lines[11].replace(edges[11][column], other)
    part.write_text("".join(lines))
    execute(database, more)
    error = simulark("import", "x/", "--json", db=database, check=3).error
    assert error["message"].startswith(message)
    assert edges[11]["id"] in str(error["details"]) or what == "repeated"


def test_what_an_expression_finds_twice_is_the_bundles_fault(simulark, bundle, database):
    execute(database, "CREATE UNIQUE INDEX ON nodes (lower(type))")
    error = simulark("import", bundle, "--json", db=database, check=3).error
    assert error["hint"] == "Two rows of the bundle have what the database allows one row to have."


def test_tables_that_somebody_reads_are_not_waited_for(simulark, bundle, database):
    reader = connect(database, autocommit=False)
    reader.cursor().execute("SELECT count(*) FROM nodes")
    before = indexes(database)
    simulark("import", bundle, "--dry-run", db=database, timeout=60)
    assert indexes(database) == before
    reader.close()


def test_a_role_that_owns_nothing_loads_as_always(simulark, bundle, database):
    execute(database, "DO $$ BEGIN CREATE ROLE loader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
                      "GRANT ALL ON ALL TABLES IN SCHEMA public TO loader; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO loader")
    before = indexes(database)
    simulark("import", bundle, db=database.as_role("loader"))
    assert indexes(database) == before
    assert value(database, "SELECT count(*) FROM nodes") == 12000


@pytest.mark.parametrize("full", [False, True], ids=["into an empty table", "beside other rows"])
def test_rows_may_refer_to_later_ones_of_their_table(simulark, server, template, database, full):
    """Into tables with keys rows go in several COPYs, and references are checked at the end of each: not where a table refers to
    itself."""
    own = "SET search_path = public; ALTER TABLE nodes ADD next_node uuid REFERENCES nodes;"
    source = server.create(template)
    execute(source, own + FILL + "UPDATE nodes t SET next_node = md5('n' || n % 12000 + 1)::uuid FROM generate_series(1, 12000) n"
                                 " WHERE t.id = md5('n' || n)::uuid")
    simulark("export", "--all", "-o", "own.ark", db=source)
    execute(database, own)
    if full:
        execute(database, "SET search_path = public; INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'bob@example.org');"
                          "INSERT INTO projects (user_id, name) SELECT id, 'His' FROM users;"
                          "INSERT INTO graphs (project_id, name) SELECT id, 'His' FROM projects;"
                          "INSERT INTO nodes (graph_id, type) SELECT id, 'service' FROM graphs")
    simulark("import", "own.ark", db=database)
    assert value(database, "SELECT count(next_node) FROM nodes") == 12000
    own_nodes = "SELECT * FROM nodes WHERE next_node IS NOT NULL ORDER BY id"
    assert rows(database, own_nodes) == rows(source, own_nodes)


# ---- frozen rows: older snapshots see them, so it is all of the tables or none ----

SEEN = ("users", "projects", "graphs", "nodes", "edges", "chats", "messages")


def seen_by_an_older_snapshot(simulark, bundle, database, *options):
    """Rows of each table, as a transaction sees them that began before the import and reads only now."""
    reader = connect(database, autocommit=False)
    cursor = reader.cursor()
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1")
    simulark("import", bundle, *options, db=database)
    counts = []
    for table in SEEN:
        cursor.execute(f"SELECT count(*) FROM {table}")
        counts.append(cursor.fetchone()[0])
    reader.close()
    return counts


def counts_of(database):
    return [value(database, f"SELECT count(*) FROM {table}") for table in SEEN]


def test_rows_of_a_restore_are_frozen(simulark, source, bundle, database):
    assert seen_by_an_older_snapshot(simulark, bundle, database) == counts_of(source)


def test_a_frozen_restore_is_taken_back_by_its_receipt(simulark, bundle, database):
    receipt = simulark("import", bundle, "--json", db=database).json["receipt"]
    execute(database, "UPDATE nodes SET label = 'theirs' WHERE id = md5('n1')::uuid")
    error = simulark("undo", receipt, "--json", db=database, check=5).error
    assert "theirs" in str(error["details"])
    simulark("undo", receipt, "--force", db=database)
    assert counts_of(database) == [0] * len(SEEN)


def test_a_dry_run_leaves_no_dead_rows(simulark, bundle, database):
    simulark("import", bundle, "--dry-run", db=database)
    assert value(database, "SELECT sum(pg_relation_size(c::regclass)) FROM unnest(%s) c", (list(SEEN),)) == 0


NOT_FROZEN = {
    "a table that had rows": "INSERT INTO users (id, email) VALUES (md5('v')::uuid, 'bob@example.org'); DELETE FROM users",
    "a table in which rows stand": "INSERT INTO users (id, email) VALUES (md5('v')::uuid, 'bob@example.org')",
    "somebody else's reference": "CREATE TABLE node_notes (node_id uuid REFERENCES nodes (id), note text)",
    "a reference to somebody else's table": "CREATE TABLE accounts (id uuid PRIMARY KEY); INSERT INTO accounts SELECT md5('u')::uuid;"
                                            "ALTER TABLE users ADD FOREIGN KEY (id) REFERENCES accounts",
    "an entry in the log": "INSERT INTO audit_logs (action) VALUES ('login')",
    "a tier that comes along": "DELETE FROM subscription_tiers WHERE name = 'enterprise'",
}


@pytest.mark.parametrize("what", NOT_FROZEN)
def test_rows_are_not_frozen_beside(simulark, source, bundle, database, what):
    execute(database, NOT_FROZEN[what])
    beside = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM audit_logs WHERE action = 'login')"
    before = rows(database, beside)[0]
    assert set(seen_by_an_older_snapshot(simulark, bundle, database)) <= {0, before[0]}
    assert rows(database, beside)[0] == (before[0] + 1, before[1])
    assert contents(database, BULK) == contents(source, BULK)


def without_users(tmp_path, bundle, simulark):
    """The bundle with its users as people of the header, and no row of them."""
    simulark("convert", bundle, "x/")
    header = json.loads((tmp_path / "x" / "bundle.json").read_text())
    next(table for table in header["tables"] if table["name"] == "users")["rows"] = 0
    users = (tmp_path / "x" / "data" / "users" / "000001.jsonl").read_text().splitlines()
    header["people"] = [{name: json.loads(user)[name] for name in ("id", "email")} for user in users]
    (tmp_path / "x" / "bundle.json").write_text(json.dumps(header))
    shutil.rmtree(tmp_path / "x" / "data" / "users")
    return "x/"


@pytest.mark.parametrize("listed", [True, False])
def test_rows_of_users_made_for_them_are_not_frozen(simulark, source, bundle, database, tmp_path, listed):
    if listed:
        bundle = without_users(tmp_path, bundle, simulark)
    else:
        simulark("export", "--all", "--exclude", "users", "-o", "some.ark", db=source)
        bundle = "some.ark"
    seen = seen_by_an_older_snapshot(simulark, bundle, database, "--create-users", "--override-limits", "x")
    assert seen == [0] * len(SEEN)
    assert contents(database, BULK) == contents(source, BULK)


def test_subscribers_hear_of_no_truncate(simulark, bundle):
    server = Server(settings=["wal_level=logical"])
    server.start()
    try:
        database = server.create()
        simulark("schema", "apply", db=database)
        execute(database, "SELECT pg_create_logical_replication_slot('s', 'test_decoding')")
        assert seen_by_an_older_snapshot(simulark, bundle, database) == [0] * len(SEEN)
        assert value(database, "SELECT count(*) FROM pg_logical_slot_peek_changes('s', NULL, NULL)"
                               " WHERE data LIKE 'table public.%%: TRUNCATE%%'") == 0
    finally:
        server.remove()
