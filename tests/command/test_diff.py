"""What diff says of two bundles or databases; where rows were edited by SQL, PostgreSQL's own rows are the judge."""

import json
import random
import re
from io import BytesIO

import pytest
import yaml

import instance
from harness import connect, execute, on_a_terminal, value

PROJECTS = ("--project", instance.SHOP, "--project", instance.BLOG)
IDS = f"'{instance.SHOP}', '{instance.BLOG}'"
# The rows those two projects select, as export does.
SELECTED = {
    "contexts": f"user_id IN (SELECT user_id FROM public.projects WHERE id IN ({IDS}))",
    "projects": f"id IN ({IDS})",
    "graphs": f"project_id IN ({IDS})",
    "nodes": f"graph_id IN (SELECT id FROM public.graphs WHERE project_id IN ({IDS}))",
    "edges": f"graph_id IN (SELECT id FROM public.graphs WHERE project_id IN ({IDS}))",
    "chats": f"project_id IN ({IDS})",
    "messages": f"chat_id IN (SELECT id FROM public.chats WHERE project_id IN ({IDS}))",
}


def selected_rows(db):
    """{table: {id: {column: COPY text}}}."""
    connection = connect(db)
    cursor = connection.cursor()
    found = {}
    for table, condition in SELECTED.items():
        cursor.execute(f"SELECT * FROM public.{table} LIMIT 0")
        columns = [column.name for column in cursor.description]
        text = BytesIO()
        cursor.copy_expert(f"COPY (SELECT * FROM public.{table} WHERE {condition}) TO STDOUT", text)
        lines = (dict(zip(columns, line.split("\t"))) for line in text.getvalue().decode().splitlines())
        found[table] = {row["id"]: row for row in lines}
    connection.close()
    return found


def truth(a, b, ignored=()):
    """What PostgreSQL's rows say: counts per table, and the changed (table, id, column)."""
    counts, changed = {}, set()
    first, second = selected_rows(a), selected_rows(b)
    for table in SELECTED:
        x, y = first[table], second[table]
        cells = {(table, key, column) for key in x.keys() & y.keys() for column in x[key]
                 if x[key][column] != y[key][column] and column not in ignored}
        counts[table] = {"added": len(y.keys() - x.keys()), "removed": len(x.keys() - y.keys()),
                         "changed": len({key for _, key, _ in cells})}
        changed |= cells
    return counts, changed


def told(result):
    """The same from --json."""
    changes = result.json["changes"]
    return result.json["tables"], {(c["table"], c["id"], v["column"]) for c in changes for v in c["columns"]}


@pytest.fixture
def pair(source, make_database):
    """Two databases with the same rows."""
    return source, make_copy(source, make_database)


def make_copy(database, make_database):
    other = make_database()
    tables = ("users", *SELECTED)
    execute(other, "DELETE FROM public.users")
    source, target = connect(database), connect(other)
    for table in tables:
        text = BytesIO()
        source.cursor().copy_expert(f"COPY public.{table} TO STDOUT", text)
        text.seek(0)
        target.cursor().copy_expert(f"COPY public.{table} FROM STDIN", text)
    source.close()
    target.close()
    return other


# ---- no difference ----

CONTAINERS = ("x.yaml", "x.json", "x/", "x.ark", "x.zip", "x.tar.gz")


def test_the_same_rows_are_equal_in_every_pair_of_containers(simulark, pair, tmp_path):
    a, b = pair
    for path in CONTAINERS:
        simulark("export", *PROJECTS, "-o", path, db=a)
    simulark("export", *PROJECTS, "-o", "y.tar", "--encoding", "yaml", db=b)
    for path in CONTAINERS:
        for other in CONTAINERS:
            result = simulark("diff", path, other)
            assert result.out == "", (path, other)
        simulark("diff", *PROJECTS, path, b.url)
        simulark("diff", *PROJECTS, a.url, path)
        simulark("diff", "y.tar", path)
        simulark("diff", "--structure", path, "y.tar")
    simulark("diff", *PROJECTS, a.url, b.url)
    simulark("diff", "-", "x.yaml", stdin=(tmp_path / "x.ark").read_bytes())
    assert simulark("diff", "--json", "x.yaml", "x.ark").json == {
        "equal": True, "changes": [], "truncated": False,
        "tables": {table: {"added": 0, "removed": 0, "changed": 0} for table in SELECTED}}


def test_rows_moved_about_by_hand_are_equal(simulark, source, tmp_path):
    simulark("export", *PROJECTS, "-o", "x.json", db=source)
    simulark("export", *PROJECTS, "-o", "x.ark", db=source)
    # Numbers keep their digits on the way through Python.
    document = json.loads((tmp_path / "x.json").read_text(), parse_float=lambda n: f"<{n}>", parse_int=lambda n: f"<{n}>")
    chance = random.Random(1)
    for table in SELECTED:
        before = list(document[table])
        chance.shuffle(document[table])
        document[table] = [dict(chance.sample(sorted(row.items()), len(row))) for row in document[table]]
        assert len(before) < 3 or [row["id"] for row in before] != [row["id"] for row in document[table]]
    (tmp_path / "moved.json").write_text(re.sub(r'"<([^>"]+)>"', r"\1", json.dumps(document)) + "\n")
    simulark("diff", "moved.json", "x.ark")
    simulark("diff", "x.json", "moved.json")


def test_a_document_written_by_hand(simulark, database, tmp_path):
    execute(database, f"""
        INSERT INTO users (id, email) VALUES ('{instance.ADA}', 'ada@example.org');
        INSERT INTO projects (id, user_id, name) VALUES ('{instance.SHOP}', '{instance.ADA}', 'Shop');
        INSERT INTO graphs (id, project_id, name) VALUES ('{instance.MAIN}', '{instance.SHOP}', 'Main');
        INSERT INTO nodes (id, graph_id, type, label) SELECT ('40000000-0000-4000-8000-00000000000' || i)::uuid, '{instance.MAIN}',
            'service', 'n' || i FROM generate_series(1, 3) i""")
    nodes = [{"type": "service", "label": f"n{i}", "graph_id": instance.MAIN, "id": f"40000000-0000-4000-8000-00000000000{i}"}
             for i in (3, 1, 2)]
    document = {"simulark": "bundle", "format": 1, "kind": "project",
                "projects": [{"id": instance.SHOP, "user_id": instance.ADA, "name": "Shop"}],
                "graphs": [{"id": instance.MAIN.upper(), "project_id": instance.SHOP, "name": "Main"}], "nodes": nodes}
    (tmp_path / "hand.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    simulark("diff", "--ignore", "times", "--project", "Shop", "hand.yaml", database.url)
    nodes[0]["label"] = "other"
    (tmp_path / "hand.json").write_text(json.dumps(document))
    result = simulark("diff", "--ignore", "times", "--json", "hand.yaml", "hand.json", check=1)
    assert told(result)[1] == {("nodes", nodes[0]["id"], "label")}


# ---- differences ----

COLUMNS = {
    "contexts": {"name": "md5(random()::text)", "tags": "ARRAY['x', NULL]", "is_public": "NOT is_public", "content": "NULL"},
    "projects": {"name": "md5(random()::text)", "settings": "COALESCE(settings, '{}') || '{\"new\": 1.0}'", "version": "version + 1"},
    "graphs": {"name": "'g' || md5(id::text)", "nodes": "'[{\"id\": \"a\", \"position\": {\"x\": 7}}]'", "viewport": "'{\"x\": 1}'"},
    "nodes": {"label": "label || '!'", "position": "position || '{\"x\": 3}'", "width": "1.25", "data": "NULL",
              "graph_id": "(SELECT id FROM graphs ORDER BY md5(id::text || nodes.id::text) LIMIT 1)"},
    "edges": {"label": "md5(id::text)", "source_node_id": "target_node_id", "data": "'[1]'", "type": "'t'"},
    "chats": {"title": "'t' || md5(id::text)", "context": "'null'", "is_archived": "NOT is_archived", "project_id": "NULL"},
    "messages": {"content": "content || ' '", "tokens": "7", "metadata": "'{\"a\": [1, 2]}'",
                 "created_at": "'2026-05-05 05:05:05.5+00'"},
}


def edit(db, chance):
    """Some inserts, updates and deletes."""
    connection = connect(db)
    cursor = connection.cursor()
    cursor.execute("SET search_path = public")

    def keys(table):
        cursor.execute(f"SELECT id::text FROM {table} ORDER BY id")
        return [key for (key,) in cursor.fetchall()]

    for table, columns in COLUMNS.items():
        for key in keys(table):
            dice = chance.random()
            if dice < 0.1 and table not in ("projects", "graphs"):
                cursor.execute(f"DELETE FROM {table} WHERE id = '{key}'")
            elif dice < 0.5:
                for column in chance.sample(sorted(columns), chance.randint(1, 2)):
                    if (table, column) != ("chats", "project_id") or chance.random() < 0.2:
                        cursor.execute(f"UPDATE {table} SET {column} = {columns[column]} WHERE id = '{key}'")
    for _ in range(chance.randint(0, 4)):
        graph = chance.choice(keys("graphs"))
        cursor.execute(f"INSERT INTO nodes (graph_id, type, label) VALUES ('{graph}', 'db', 'new')")
        cursor.execute("INSERT INTO edges (graph_id, source_node_id, target_node_id) SELECT graph_id, id, id FROM nodes"
                       " WHERE label = 'new' LIMIT 1")
        cursor.execute(f"INSERT INTO graphs (project_id, name) VALUES ('{instance.BLOG}', 'new')")
    connection.close()


@pytest.mark.parametrize("seed", range(6))
def test_edits_are_told_as_postgresql_sees_them(simulark, pair, seed):
    a, b = pair
    chance = random.Random(seed)
    edit(b, chance)
    if seed % 2:
        edit(a, chance)
    simulark("export", *PROJECTS, "-o", "a.yaml", db=a)
    simulark("export", *PROJECTS, "-o", "b.ark", db=b)
    expected = truth(a, b)
    assert told(simulark("diff", "--json", *PROJECTS, a.url, b.url, check=1)) == expected
    assert told(simulark("diff", "--json", "a.yaml", "b.ark", check=1)) == expected
    assert told(simulark("diff", "--json", *PROJECTS, a.url, "b.ark", check=1)) == expected
    ignored = ("created_at", "updated_at", "version")
    result = simulark("diff", "--json", "--ignore", "times,versions", "a.yaml", "b.ark", check=None)
    assert told(result) == truth(a, b, ignored)


def test_changes_are_named_down_to_the_place_in_json(simulark, pair):
    a, b = pair
    execute(b, "UPDATE public.nodes SET data = data || '{\"replicas\": 12345678901234567890.10}' WHERE label = 'node 5'")
    execute(b, "UPDATE public.graphs SET nodes = '[{\"id\": \"a\", \"position\": {\"x\": 1, \"y\": -2.50}}]' WHERE name = 'Main'")
    execute(b, "UPDATE public.contexts SET content = NULL WHERE name = 'Glossary'")
    result = simulark("diff", "--json", *PROJECTS, a.url, b.url, check=1)
    values = {c["name"]: c["columns"] for c in result.json["changes"]}
    assert values == {
        "node 5": [{"column": "data", "path": "replicas", "from": None, "to": "12345678901234567890.10"}],
        "Main": [{"column": "nodes", "path": "[id=a].position.y", "from": "-2.5", "to": "-2.50"}],
        "Glossary": [{"column": "content", "path": "", "from": "no: yes", "to": None}],
    }
    text = simulark("diff", *PROJECTS, a.url, b.url, check=1)
    assert text.out == f"""--- the first database
+++ the second database
contexts
  ~ {instance.GLOSSARY} "Glossary"
      content: no: yes -> NULL
graphs
  ~ {instance.MAIN} "Main"
      nodes[id=a].position.y: -2.5 -> -2.50
nodes
  ~ 40000000-0000-4000-8000-000000000005 "node 5"
    + data.replicas: 12345678901234567890.10
"""
    assert simulark("diff", "--stat", *PROJECTS, a.url, b.url, check=1).out.split() == (
        "contexts 0 added 0 removed 1 changed graphs 0 added 0 removed 1 changed nodes 0 added 0 removed 1 changed".split())
    counted = simulark("diff", "--stat", "--json", *PROJECTS, a.url, b.url, check=1).json
    assert not counted["changes"] and counted["tables"]["nodes"] == {"added": 0, "removed": 0, "changed": 1}


def test_a_column_that_one_side_lacks_is_told_once(simulark, pair):
    a, b = pair
    execute(b, "ALTER TABLE public.nodes ADD extra text")
    simulark("diff", *PROJECTS, a.url, b.url)
    execute(b, "UPDATE public.nodes SET extra = 'x' WHERE label < 'node 2'")
    count = value(b, "SELECT count(*) FROM public.nodes WHERE extra = 'x'")
    result = simulark("diff", "--json", *PROJECTS, a.url, b.url, check=1)
    assert result.json["tables"]["nodes"] == {"added": 0, "removed": 0, "changed": count}
    assert [(c["table"], c["id"], c["only_in"], c["rows"]) for c in result.json["changes"]] == [("nodes", None, "b", count)]


def test_a_table_that_one_side_lacks_is_told_once(simulark, database, tmp_path):
    header = {"simulark": "bundle", "format": 1, "kind": "project"}
    user = {"id": instance.ADA, "email": "ada@example.org"}
    account = {**header, "kind": "account", "users": [user]}
    (tmp_path / "a.json").write_text(json.dumps({**header, "projects": []}))
    (tmp_path / "b.json").write_text(json.dumps(account))
    result = simulark("diff", "--json", "a.json", "b.json", check=1)
    assert result.json["tables"]["users"] == {"added": 1, "removed": 0, "changed": 0}
    assert [(c["table"], c["id"]) for c in result.json["changes"]] == [("header", None), ("users", None)]


def test_many_changes_are_cut_and_counted(simulark, pair):
    a, b = pair
    execute(b, f"INSERT INTO public.nodes (graph_id, type) SELECT '{instance.MAIN}', 'x' FROM generate_series(1, 2500)")
    result = simulark("diff", "--json", *PROJECTS, a.url, b.url, check=1)
    assert result.json["truncated"] and len(result.json["changes"]) == 1000
    assert result.json["tables"]["nodes"]["added"] == 2500


def test_nothing_in_a_value_reaches_the_terminal_as_it_is(simulark, pair):
    a, b = pair
    execute(b, "UPDATE public.projects SET name = E'\\x1b[2J\\n\\u009b\\u202e' || repeat('long', 100) WHERE name = 'Shop'")
    out = simulark("diff", *PROJECTS, a.url, b.url, check=1).out
    assert "\\u001b[2J\\n\\u009b\\u202elonglong" in out and "…" in out
    assert not set(out) & set("\x1b\x9b\u202e") and max(map(len, out.splitlines())) < 150


# ---- structure ----


def copy_with_new_ids(db):
    """The Shop once more, every id another, in an order of its own."""
    execute(db, f"""
        CREATE FUNCTION pg_temp.other(id uuid) RETURNS uuid LANGUAGE sql AS $$ SELECT md5('copy' || id)::uuid $$;
        SET search_path = public;
        INSERT INTO projects (id, user_id, name, description, status, settings, version)
          SELECT pg_temp.other(id), '{instance.BOB}', name, description, status, settings, 7 FROM projects WHERE id = '{instance.SHOP}';
        INSERT INTO graphs (id, project_id, name, nodes, edges, viewport)
          SELECT pg_temp.other(id), pg_temp.other(project_id), name, nodes, edges, viewport FROM graphs WHERE project_id = '{instance.SHOP}';
        INSERT INTO nodes (id, graph_id, type, label, position, data, width, height)
          SELECT pg_temp.other(id), pg_temp.other(graph_id), type, label, position,
            CASE WHEN data ? 'next' THEN jsonb_set(data, '{{next}}', to_jsonb(pg_temp.other((data->>'next')::uuid))) ELSE data END,
            width, height FROM nodes WHERE graph_id = '{instance.MAIN}';
        INSERT INTO edges (graph_id, source_node_id, target_node_id, source_handle)
          SELECT pg_temp.other(graph_id), pg_temp.other(source_node_id), pg_temp.other(target_node_id), source_handle
          FROM edges WHERE graph_id = '{instance.MAIN}';
        INSERT INTO chats (id, project_id, user_id, title, context) SELECT pg_temp.other(id), pg_temp.other(project_id), user_id, title,
          context FROM chats WHERE project_id = '{instance.SHOP}';
        INSERT INTO messages (chat_id, role, content, tokens)
          SELECT pg_temp.other(chat_id), role, content, tokens FROM messages WHERE chat_id = '{instance.CHAT}'""")
    return value(db, "SELECT md5('copy' || %s::uuid)::uuid::text", (instance.SHOP,))


@pytest.fixture
def shop_and_copy(simulark, source):
    execute(source, "UPDATE public.nodes n SET data = data || jsonb_build_object('next', (SELECT id FROM public.nodes m"
                      " WHERE m.label = 'node 3'))")
    execute(source, "UPDATE public.nodes SET label = 'twin', position = '{\"x\": 0}' WHERE label IN ('node 8', 'node 9')")
    new = copy_with_new_ids(source)
    simulark("export", "--project", instance.SHOP, "--contexts", "none", "-o", "a.ark", db=source)
    simulark("export", "--project", new, "--contexts", "none", "-o", "b.yaml", db=source)
    return source, new


def test_a_copy_with_other_ids_has_the_same_structure(simulark, shop_and_copy):
    result = simulark("diff", "--structure", "a.ark", "b.yaml", check=None)
    assert (result.status, result.out) == (0, "")
    simulark("diff", "--structure", "b.yaml", "a.ark")
    simulark("diff", "--ignore", "ids,times", "--ignore", "versions", "a.ark", "b.yaml")
    simulark("diff", "a.ark", "b.yaml", check=1)
    only_version = simulark("diff", "--json", "--ignore", "ids,times", "a.ark", "b.yaml", check=1)
    assert told(only_version)[1] == {("projects", instance.SHOP, "version")}


def test_what_differs_in_structure_is_told_by_name(simulark, shop_and_copy):
    db, new = shop_and_copy
    execute(db, f"""
        SET search_path = public;
        UPDATE nodes SET label = 'renamed' WHERE label = 'node 2' AND graph_id <> '{instance.MAIN}';
        UPDATE nodes SET data = data || '{{"k": 1}}' WHERE label = 'node 4' AND graph_id <> '{instance.MAIN}';
        DELETE FROM nodes WHERE label = 'node 5' AND graph_id <> '{instance.MAIN}';
        UPDATE messages SET content = 'other' WHERE role = 'assistant' AND chat_id <> '{instance.CHAT}'""")
    simulark("export", "--project", new, "--contexts", "none", "-o", "b.ark", db=db)
    result = simulark("diff", "--structure", "--json", "a.ark", "b.ark", check=1)
    tables = {table: counts for table, counts in result.json["tables"].items() if any(counts.values())}
    assert tables == {"nodes": {"added": 0, "removed": 1, "changed": 2}, "edges": {"added": 0, "removed": 1, "changed": 0},
                      "messages": {"added": 0, "removed": 0, "changed": 1}}
    changes = {(c["table"], c["kind"], c["name"]) for c in result.json["changes"]}
    assert changes == {("nodes", "changed", "node 2"), ("nodes", "changed", "node 4"), ("nodes", "removed", "node 5"),
                       ("edges", "removed", None), ("messages", "changed", None)}
    assert "node 2 -> renamed" in simulark("diff", "--structure", "a.ark", "b.ark", check=1).out


# ---- what cannot be compared ----


def test_damage_is_no_difference(simulark, source, tmp_path):
    simulark("export", *PROJECTS, "-o", "x.ark", db=source)
    simulark("export", *PROJECTS, "-o", "x.tar", db=source)
    simulark("export", *PROJECTS, "-o", "x.yaml", db=source)
    whole = (tmp_path / "x.ark").read_bytes()
    (tmp_path / "cut.ark").write_bytes(whole[: len(whole) * 2 // 3])
    (tmp_path / "cut.yaml").write_bytes((tmp_path / "x.yaml").read_bytes()[:-100])
    # One letter of a node: the rows no longer match the seal.
    (tmp_path / "changed.tar").write_bytes((tmp_path / "x.tar").read_bytes().replace(b"node 13", b"node 31"))
    for damaged in ("cut.ark", "cut.yaml", "changed.tar"):
        for order in ((damaged, "x.tar"), ("x.tar", damaged), (damaged, damaged)):
            result = simulark("diff", "--json", *order, check=3)
            assert result.stdout == b"" and result.error["code"] == "malformed"
        simulark("diff", "--structure", "x.tar", damaged, check=3)


def test_a_row_added_to_a_counted_document_is_refused(simulark, source, tmp_path):
    simulark("export", *PROJECTS, "-o", "x/", db=source)
    simulark("export", *PROJECTS, "-o", "x.ark", db=source)
    part = tmp_path / "x/data/messages/000001.jsonl"
    lines = part.read_text().splitlines(keepends=True)
    part.write_text("".join(lines + lines[:1]))
    simulark("diff", "x.ark", "x", check=3)
    part.write_text("".join(reversed(lines)))
    simulark("diff", "x.ark", "x")


def test_command_lines_that_make_no_sense(simulark, source):
    simulark("export", *PROJECTS, "-o", "x.ark", db=source)
    assert "--project" in simulark("diff", source.url, source.url, check=2).err
    assert "both sides are bundles" in simulark("diff", "--project", "Shop", "x.ark", "x.ark", check=2).err
    assert "one side" in simulark("diff", "-", "-", check=2).err
    assert "times, ids and versions" in simulark("diff", "--ignore", "all", "x.ark", "x.ark", check=2).err
    simulark("diff", "--project", "Nothing", "x.ark", source.url, check=5)
    simulark("diff", "x.ark", "missing.ark", check=7)
    unreachable = simulark("diff", "--project", "x", "x.ark", "postgresql://u:secret@/db?host=/proc/none", check=4)
    assert "secret" not in unreachable.err


@pytest.mark.parametrize("content", [("--all",), ("--user", "ada@example.org"), ("--all", "--include", "api_keys", "--exclude", "edges"),
                                     ("--user", "ada@example.org", "--only", "projects,graphs")])
def test_accounts_and_instances_are_compared_too(simulark, pair, content):
    original, other = pair
    simulark("export", *content, "-o", "x.ark", db=original)
    assert simulark("diff", *content, "x.ark", other.url).err == "No difference.\n"
    execute(other, "UPDATE projects SET name = 'Other' WHERE name = 'Blog'")
    execute(other, "UPDATE edges SET label = 'other'")
    for a in ("x.ark", original.url):
        tables = simulark("diff", "--json", *content, a, other.url, check=1).json["tables"]
        assert tables["projects"] == {"added": 0, "removed": 0, "changed": 1}
        assert ("edges" in tables) == (len(content) < 4)


@pytest.mark.parametrize("content", [
    PROJECTS, (*PROJECTS, "--contexts", "none"), (*PROJECTS, "--exclude", "edges,messages"), ("--user", "ada@example.org"),
    ("--all",), ("--all", "--include", "api_keys", "--exclude", "edges"), ("--all", "--include", "history")])
def test_a_bundle_says_what_of_a_database_is_meant(simulark, pair, content):
    """The database has more than each of them."""
    original, other = pair
    for db in pair:
        execute(db, "INSERT INTO projects (id, user_id, name, created_at, updated_at) VALUES (%s, %s, 'More', 'epoch', 'epoch')",
                (instance.SHOP[:-1] + "9", instance.BOB))
    simulark("export", *content, "-o", "x.json", db=original)
    for a, b in (("x.json", other.url), (other.url, "x.json")):
        assert simulark("diff", a, b).err == "No difference.\n"
    execute(other, "UPDATE projects SET name = 'Other' WHERE name = 'Blog'")
    assert simulark("diff", "--json", "x.json", other.url, check=1).json["tables"]["projects"]["changed"] == 1


def test_what_a_bundle_is_about_may_have_gone(simulark, pair, tmp_path):
    original, other = pair
    simulark("export", *PROJECTS, "-o", "x.ark", db=original)
    execute(other, "DELETE FROM projects WHERE id = %s", (instance.BLOG,))
    for bundle, stdin in (("x.ark", b""), ("-", (tmp_path / "x.ark").read_bytes())):
        tables = simulark("diff", "--json", bundle, other.url, stdin=stdin, check=1).json["tables"]
        assert tables["projects"] == {"added": 0, "removed": 1, "changed": 0} and tables["graphs"]["removed"] == 1
    assert simulark("diff", "--project", "Shop", "x.ark", other.url, check=1).out
    execute(other, "DELETE FROM projects")
    none = simulark("diff", "x.ark", other.url, check=5)
    assert none.err.startswith("simulark: None of the projects is in the database.\n--project or --user says")


def test_what_is_meant_has_to_be_said_where_the_bundle_does_not(simulark, pair):
    simulark("export", "--project", "Shop", "-o", "shop.ark", db=pair[0])
    simulark("template", "pack", "shop.ark", "-o", "t.ark")
    assert "--project" in simulark("diff", "t.ark", pair[1].url, check=2).err
    simulark("diff", "--structure", "--project", "Shop", "--only", "graphs,nodes,edges", "t.ark", pair[1].url, check=None)
    simulark("export", "--project", "Shop", "--only", "graphs,nodes", "-o", "parts.ark", db=pair[0])
    assert "no rows of projects" in simulark("diff", "parts.ark", pair[1].url, check=2).err
    simulark("diff", "--project", "Shop", "--only", "graphs,nodes", "parts.ark", pair[1].url)


def test_progress_counts_the_first_side(simulark, pair):
    result = simulark("diff", "--all", "--stat", "--progress", "always", *(db.url for db in pair))
    assert "Comparing nodes: done, 20 rows" in result.err.splitlines()


def test_progress_is_not_among_the_rows_on_a_terminal(simulark, pair):
    execute(pair[1], "UPDATE nodes SET label = repeat('x', 1000)")
    seen, status = on_a_terminal(simulark, "diff", "--all", *(db.url for db in pair), streams=("stdout", "stderr"))
    assert status == 1 and "label:" in seen
    assert "\r\x1b" not in seen and "Comparing" not in seen
