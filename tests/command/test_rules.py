"""Tiers, features, ownership, months and the audit log: who may do what, and what is noted of it."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from harness import TABLES, Simulark, connect, execute, is_held_up, rows, until, value
from instance import ADA, BOB, CHAT, GLOSSARY, MAIN, SHOP

ADA_MAIL, BOB_MAIL = "ada@example.org", "bob@example.org"
AS_BOB = ("--as", BOB_MAIL)
TO_BOB = ("--owner", BOB_MAIL)
NEW = ("--ids", "new")


@pytest.fixture(autouse=True)
def no_turn_of_the_month():
    """What is counted by months is counted in one of them."""
    until(lambda: len({(datetime.now(timezone.utc) + timedelta(minutes=minutes)).month for minutes in (0, 1)}) == 1)


@pytest.fixture(scope="module")
def bundles(server, filled_template, tmp_path_factory):
    """Bundles of the small instance, and documents written by hand."""
    folder = tmp_path_factory.mktemp("bundles")
    source = server.create(filled_template)
    run = Simulark(folder)
    run("export", "--project", "Shop", "-o", "shop.ark", db=source)
    run("export", "--project", "Shop", "-o", "shop.yaml", db=source)
    run("export", "--user", ADA_MAIL, "--include", "api_keys", "-o", "ada.ark", db=source)
    run("export", "--user", BOB_MAIL, "-o", "bob.ark", db=source)
    run("export", "--all", "-o", "all.ark", db=source)
    run("export", "--user", ADA_MAIL, "--include", "history", "-o", "history.ark", db=source)
    for name, fields in DOCUMENTS.items():
        (folder / f"{name}.json").write_text(document(**fields))
    return folder


def document(kind="project", **fields):
    in_order = {name: fields[name] for name in ("requires", "template", *TABLES) if name in fields}
    return json.dumps({"simulark": "bundle", "format": 1, "schema": 1, "kind": kind, **in_order})


def project(number, **more):
    return {"id": f"60000000-0000-4000-8000-{number:012}", "user_id": BOB, "name": f"P{number}", **more}


def many(count, **row):
    return [dict(row) for _ in range(count)]


def from_template(**mark):
    return [project(1, settings={"template": mark})]


GRAPH = "70000000-0000-4000-8000-000000000001"
TALK = "80000000-0000-4000-8000-000000000001"
HERE, OF_SHOP = "70000000-0000-4000-8000-000000000002", "40000000-0000-4000-8000-000000000007"

DOCUMENTS = {
    "one": {"projects": [project(1)]},
    "four": {"projects": [project(n) for n in range(1, 5)]},
    "public": {"projects": [project(1, is_public=True)]},
    "six_graphs": {"projects": [project(1)], "graphs": many(6, project_id=project(1)["id"], name="G")},
    "nodes": {"projects": [project(1)], "graphs": [{"id": GRAPH, "project_id": project(1)["id"], "name": "G"}],
              "nodes": many(101, graph_id=GRAPH, type="x")},
    "nodes_in_json": {"projects": [project(1)],
                      "graphs": [{"project_id": project(1)["id"], "name": "G", "nodes": many(101, id="n"), "edges": many(201, id="e")}]},
    "messages_in_json": {"chats": [{"user_id": BOB, "title": "T", "messages": many(501, role="user")}]},
    "messages": {"chats": [{"id": TALK, "user_id": BOB, "title": "T"}],
                 "messages": many(501, chat_id=TALK, role="user", content="x")},
    "contexts": {"contexts": [{"user_id": BOB, "name": f"C{n}"} for n in range(11)]},
    "chats": {"projects": [project(1)], "chats": many(11, project_id=project(1)["id"], user_id=BOB)},
    "all_at_once": {"projects": [project(n, is_public=True) for n in range(1, 5)],
                    "graphs": [{"project_id": project(2)["id"], "name": "G", "nodes": many(101, id="n")}],
                    "contexts": [{"user_id": BOB, "name": f"C{n}"} for n in range(11)]},
    "premium": {"projects": from_template(name="Gold", premium=True)},
    "premium_denied": {"projects": from_template(name="Gold", premium=False)},
    "premium_by_id": {"projects": from_template(id="90000000-0000-4000-8000-000000000001", name="Other")},
    "required": {"requires": {"templates": [{"name": "Silver", "version": "1", "premium": True}]},
                 "projects": from_template(name="Silver", premium=False)},
    "required_only": {"requires": {"templates": [{"name": "Silver", "version": "1", "premium": True}]}, "projects": [project(1)]},
    "into_shop": {"graphs": [{"project_id": SHOP, "name": "Intruder"}]},
    "into_main": {"nodes": [{"graph_id": MAIN, "type": "x"}]},
    "into_chat": {"messages": [{"chat_id": CHAT, "role": "user", "content": "x"}]},
    "as_ada": {"projects": [{"user_id": ADA, "name": "In ada's name"}], "contexts": [{"user_id": ADA, "name": "Hers"}]},
    "takes_shop": {"projects": [{"id": SHOP, "user_id": BOB, "name": "Mine now"}]},
    "takes_context": {"contexts": [{"id": GLOSSARY, "user_id": BOB, "name": "Mine now"}]},
    "takes_chat": {"chats": [{"id": CHAT, "user_id": BOB, "title": "Mine now"}]},  # he wrote it, in ada's project
    "edge_to_shop": {"projects": [project(1)], "graphs": [{"id": GRAPH, "project_id": project(1)["id"], "name": "G"}],
                     "nodes": [{"id": HERE, "graph_id": GRAPH, "type": "x"}],
                     "edges": [{"graph_id": GRAPH, "source_node_id": HERE, "target_node_id": OF_SHOP}]},
    "decoy": {"projects": [project(1), project(2)],  # claims ada's node for what is skipped, and leads an edge there
              "graphs": [{"id": MAIN, "project_id": project(1)["id"], "name": "Old"},
                         {"id": GRAPH, "project_id": project(2)["id"], "name": "New"}],
              "nodes": [{"id": OF_SHOP, "graph_id": MAIN, "type": "x"}, {"id": HERE, "graph_id": GRAPH, "type": "x"}],
              "edges": [{"graph_id": GRAPH, "source_node_id": HERE, "target_node_id": OF_SHOP}]},
    "tiers": {"kind": "instance", "subscription_tiers": [{"id": 9, "name": "god", "limits": {}, "features": []}]},
    "templates": {"kind": "instance", "templates": [{"name": "T"}]},
    "usage": {"kind": "account", "usage_analytics": [{"user_id": BOB, "metric_type": "project_import", "count": 0,
                                                      "period_start": "2026-01-01", "period_end": "2026-02-01"}]},
    "template": {"kind": "template", "template": {"name": "T"}, "graphs": many(6, name="G")},
    "audit": {"kind": "account", "audit_logs": [{"user_id": BOB, "action": "nothing"}]},
    "account_of_ada": {"kind": "account", "users": [{"id": ADA, "email": ADA_MAIL, "subscription_tier": "free"}]},
    "promotion": {"kind": "account", "users": [{"id": BOB, "email": BOB_MAIL, "subscription_tier": "enterprise"}]},
    "key_of_ada": {"kind": "account", "api_keys": [{"user_id": ADA, "name": "k", "provider": "p", "api_key_encrypted": "x"}]},
}


@pytest.fixture(scope="module")
def filled(server, filled_template):
    database = server.create(filled_template)
    execute(database, "INSERT INTO templates (id, name, is_premium) VALUES"
                      " ('90000000-0000-4000-8000-000000000001', 'Gold', true), (gen_random_uuid(), 'Iron', false)")
    return database


def limits(tier="free", **values):
    return f"UPDATE subscription_tiers SET limits = limits || '{json.dumps(values)}' WHERE name = '{tier}'"


def features(*names, tier="free"):
    return f"UPDATE subscription_tiers SET features = '{json.dumps(names)}' WHERE name = '{tier}'"


def bobs(count, table="projects"):
    return f"INSERT INTO {table} (user_id, name) SELECT '{BOB}', 'old ' || i FROM generate_series(1, {count}) i"


def used(metric, count, start="now()"):
    return ("INSERT INTO usage_analytics (user_id, metric_type, count, period_start, period_end) VALUES"
            f" ('{BOB}', '{metric}', {count}, {start}, {start} + interval '1 day')")


# Who (options), with what, in a database where bob is of the tier free: the exit status, and what is said.
ATTEMPTS = [
    # What fits comes in.
    ("", ("one", *AS_BOB), 0, ""),
    ("", ("one", "--as", BOB), 0, ""),
    ("", ("one", "--as", "BOB@Example.org"), 0, ""),
    (bobs(2), ("one", *AS_BOB), 0, ""),
    ("", ("promotion", *AS_BOB), 0, ""),
    # Counts, by the operator and by the user.
    ("", ("four", *TO_BOB), 6, "max_projects: at most 3, now 0, would be 4, for bob@example.org"),
    ("", ("four",), 6, "max_projects: at most 3, now 0, would be 4"),
    ("", ("four", *AS_BOB), 6, "max_projects: at most 3, now 0, would be 4"),
    (bobs(3), ("one", *AS_BOB), 6, "max_projects: at most 3, now 3, would be 4"),
    ("", ("six_graphs", *TO_BOB), 6, 'max_graphs_per_project: at most 5, now 0, would be 6, in the project "P1"'),
    ("", ("nodes", *TO_BOB), 6, 'max_nodes_per_graph: at most 100, now 0, would be 101, in the graph "G" of "P1"'),
    ("", ("nodes_in_json", *TO_BOB), 6, "max_nodes_per_graph: at most 100, now 0, would be 101"),
    ("", ("nodes_in_json", *TO_BOB), 6, "max_edges_per_graph: at most 200, now 0, would be 201"),
    ("", ("messages", *TO_BOB), 6, 'max_messages_per_chat: at most 500, now 0, would be 501, in the chat "T"'),
    ("", ("messages_in_json",), 6, "max_messages_per_chat: at most 500, now 0, would be 501"),
    ("", ("contexts", *TO_BOB), 6, "max_contexts: at most 10, now 1, would be 12"),
    ("", ("chats", *TO_BOB), 6, "max_chats_per_project: at most 10, now 0, would be 11"),
    (limits(max_projects=None), ("four", *TO_BOB), 0, ""),
    (limits(max_projects=4), ("four", *TO_BOB), 0, ""),
    (limits(max_projects=0), ("one", *TO_BOB), 6, "max_projects: at most 0"),
    ("UPDATE subscription_tiers SET is_active = false", ("four", *TO_BOB), 6, "max_projects"),
    # What was too much before and is no worse stops nothing.
    (bobs(5) + ";" + limits(max_contexts=0), ("into_nothing", *TO_BOB), 0, ""),
    (f"INSERT INTO projects (id, user_id, name) VALUES ('{project(1)['id']}', '{BOB}', 'P1');" + bobs(5),
     ("one", *AS_BOB, "--on-conflict", "replace", "--force"), 0, ""),
    (f"INSERT INTO projects (id, user_id, name) VALUES ('{project(1)['id']}', '{BOB}', 'P1');" + bobs(5),
     ("one", *AS_BOB, "--on-conflict", "skip"), 0, ""),
    (f"INSERT INTO projects (id, user_id, name) VALUES ('{project(1)['id']}', '{BOB}', 'P1');" + bobs(2),
     ("four", *AS_BOB, "--on-conflict", "skip"), 6, "now 3, would be 6"),
    (f"INSERT INTO projects (id, user_id, name, is_public) VALUES ('{project(1)['id']}', '{BOB}', 'P1', true)",
     ("public", *AS_BOB, "--on-conflict", "replace", "--force"), 0, ""),
    # What is given to a place that the bundle does not hold.
    (limits("enterprise", max_graphs_per_project=1), ("into_shop",), 6, "max_graphs_per_project: at most 1, now 1, would be 2"),
    (limits("enterprise", max_nodes_per_graph=20), ("into_main",), 6, "max_nodes_per_graph: at most 20, now 20, would be 21"),
    ("", ("into_shop",), 0, ""),
    (limits("enterprise", max_chats_per_project=0), ("into_shop",), 0, ""),
    (limits("enterprise", max_edges_per_graph=0), ("into_main",), 0, ""),
    ("", ("into_shop", *AS_BOB), 6, "belongs to somebody else"),
    ("", ("into_main", *AS_BOB), 6, "belongs to somebody else"),
    ("", ("into_chat", *AS_BOB), 6, "belongs to somebody else"),
    ("", ("into_shop", "--as", ADA_MAIL), 0, ""),
    # Features.
    ("", ("public", *TO_BOB), 6, "public_projects: the project \"P1\""),
    ("", ("public", *TO_BOB, "--private"), 0, ""),
    (features("public_projects"), ("public", *TO_BOB), 0, ""),
    (features("export"), ("one", *AS_BOB), 6, 'lacks the feature "import"'),
    (features("export"), ("one", *TO_BOB), 0, ""),
    ("UPDATE subscription_tiers SET features = '{\"import\": true, \"export\": false}'", ("one", *AS_BOB), 0, ""),
    ("UPDATE subscription_tiers SET features = '{\"import\": false}'", ("one", *AS_BOB), 6, 'lacks the feature "import"'),
    # Premium templates: the database's row decides, else the file's mark, else the header's.
    ("", ("premium", *TO_BOB), 6, 'came from the premium template "Gold"'),
    ("", ("premium_denied", *TO_BOB), 6, 'came from the premium template "Gold"'),
    ("", ("premium_by_id", *TO_BOB), 6, "came from the premium template"),
    ("UPDATE templates SET is_premium = false", ("premium", *TO_BOB), 0, ""),
    ("DELETE FROM templates", ("premium", *TO_BOB), 6, 'the premium template "Gold"'),
    ("DELETE FROM templates", ("premium_denied", *TO_BOB), 0, ""),
    ("", ("required", *AS_BOB), 6, 'the premium template "Silver"'),
    ("", ("required_only", *AS_BOB), 6, 'the template "Silver" is premium'),
    (f"UPDATE users SET subscription_tier = 'pro' WHERE id = '{BOB}'", ("required_only", *AS_BOB), 0, ""),
    ("", ("premium", *TO_BOB), 6, "Premium templates come with the tiers enterprise, pro."),
    # Months are the user's, not the operator's.
    (used("project_import", 10), ("one", *AS_BOB), 6, "imports_per_month: at most 10, now 10, would be 11, for bob@example.org"),
    (used("project_import", 2**63 - 1), ("one", *AS_BOB), 6, "now 9223372036854775806, would be 9223372036854775807"),
    (used("project_import", 10), ("one", *TO_BOB), 0, ""),
    (used("project_import", 9), ("one", *AS_BOB), 0, ""),
    (used("project_import", 5) + ";" + used("project_import", 5), ("one", *AS_BOB), 6, "now 10, would be 11"),
    (used("project_export", 10), ("one", *AS_BOB), 0, ""),
    # Who may not act, or is not there.
    (f"UPDATE users SET is_active = false WHERE id = '{BOB}'", ("one", *AS_BOB), 6, "is not active"),
    (f"UPDATE users SET is_active = false WHERE id = '{BOB}'", ("one", *TO_BOB), 0, ""),
    ("", ("one", "--as", "nobody@example.org"), 5, "No user has the id or e-mail"),
    # Nobody writes in another's name, or takes what is another's.
    ("", ("as_ada", *AS_BOB), 0, ""),
    ("", ("takes_shop", *AS_BOB), 6, "belongs to somebody else"),
    ("", ("takes_shop", *AS_BOB, "--on-conflict", "replace", "--force"), 6, "belongs to somebody else"),
    ("", ("takes_shop", *AS_BOB, "--on-conflict", "skip"), 6, "belongs to somebody else"),
    ("", ("takes_shop", *AS_BOB, "--on-conflict", "copy"), 0, ""),
    ("", ("takes_context", *AS_BOB, "--on-conflict", "replace", "--force"), 6, "belongs to somebody else"),
    ("", ("takes_chat", *AS_BOB, "--on-conflict", "replace", "--force"), 6, "belongs to somebody else"),
    ("", ("takes_chat", *AS_BOB, "--on-conflict", "skip"), 6, "belongs to somebody else"),
    (f"UPDATE chats SET project_id = NULL WHERE id = '{CHAT}'", ("takes_chat", *AS_BOB, "--on-conflict", "skip"), 0, ""),
    ("", ("takes_chat", "--as", ADA_MAIL, "--on-conflict", "replace", "--force"), 0, ""),
    ("", ("edge_to_shop", *AS_BOB), 6, f"An edge of the bundle leads to the node {OF_SHOP}, which belongs to somebody else."),
    ("", ("edge_to_shop", *AS_BOB, *NEW), 6, "belongs to somebody else"),
    ("", ("edge_to_shop", "--as", ADA_MAIL), 0, ""),
    ("", ("edge_to_shop",), 0, ""),
    (f"INSERT INTO projects (id, user_id, name) VALUES ('{project(1)['id']}', '{BOB}', 'Old')",
     ("decoy", *AS_BOB, "--on-conflict", "skip"), 6, f"An edge of the bundle leads to the node {OF_SHOP}, which"),
    ("", ("tiers", *AS_BOB), 6, "may not bring in rows of subscription_tiers"),
    ("", ("templates", *AS_BOB), 6, "may not bring in rows of templates"),
    ("", ("usage", *AS_BOB), 6, "may not bring in rows of usage_analytics"),
    ("", ("audit", *AS_BOB), 6, "may not bring in rows of audit_logs"),
    ("", ("account_of_ada", *AS_BOB), 6, "may not bring in somebody else's rows of users"),
    ("", ("key_of_ada", *AS_BOB), 6, "may not bring in somebody else's rows of api_keys"),
    ("", ("shop.ark", *AS_BOB, *NEW), 0, ""),
    ("", ("bob.ark", *AS_BOB, *NEW), 0, ""),
    ("", ("ada.ark", *AS_BOB, *NEW), 6, "somebody else's rows of users"),
    ("", ("all.ark", *AS_BOB, *NEW), 6, "subscription_tiers"),
    ("", ("history.ark", *AS_BOB, *NEW), 6, "somebody else's rows"),
    # Passing over it is the operator's, and gives a reason.
    ("", ("all_at_once", *TO_BOB, "--override-limits", "asked by phone"), 0, ""),
    ("", ("premium", *TO_BOB, "--override-limits", "a gift"), 0, ""),
    ("", ("one", *AS_BOB, "--override-limits", "please"), 2, "--override-limits is for operators"),
    ("", ("one", *AS_BOB, "--owner", ADA_MAIL), 2, "exclude --as"),
    ("", ("one", *AS_BOB, "--create-users"), 2, "exclude --as"),
    ("", ("one", *AS_BOB, "--disable-triggers"), 2, "--disable-triggers is for operators"),
    # Tiers that cannot be obeyed never mean unlimited.
    (limits(max_projects="3"), ("one", *TO_BOB), 6, 'The tier "free" is malformed: its limits.max_projects is a string'),
    (limits(max_nodes_per_graph=-1), ("one", *AS_BOB), 6, "limits.max_nodes_per_graph is negative"),
    (limits(exports_per_month=1.5), ("one", *TO_BOB), 6, "limits.exports_per_month is a fraction"),
    (limits(max_projects=10**40), ("one", *TO_BOB), 6, "limits.max_projects is too large"),
    (limits(max_projects=[3]), ("one", *TO_BOB), 6, "limits.max_projects is an array"),
    ("UPDATE subscription_tiers SET limits = '[]'", ("one", *TO_BOB), 6, "limits is an array"),
    ("UPDATE subscription_tiers SET limits = NULL", ("one", *TO_BOB), 6, "limits is NULL"),
    ("UPDATE subscription_tiers SET features = '\"all\"'", ("one", *TO_BOB), 6, "features is a string"),
    ("UPDATE subscription_tiers SET features = '[\"import\", 1]'", ("one", *AS_BOB), 6, "not a string"),
    (limits("pro", max_projects="3"), ("one", *TO_BOB), 0, ""),
    ("ALTER TABLE users DROP CONSTRAINT users_subscription_tier_fkey;"
     f"UPDATE users SET subscription_tier = 'gone' WHERE id = '{BOB}'", ("one", *TO_BOB), 6, '"gone", which has no row'),
]
DOCUMENTS["into_nothing"] = {"contexts": [], "projects": []}


SUMS = " UNION ALL ".join(f"SELECT '{table}', md5(string_agg(t::text, '' ORDER BY id)) FROM {table} t" for table in TABLES)
AUDITED = "SELECT action, user_id, details FROM audit_logs ORDER BY created_at, action"


@pytest.fixture(scope="module")
def unprepared(server, filled):
    """For what is refused: it leaves nothing, so that one database serves all."""
    return server.create(filled)


@pytest.fixture
def attempt(server, filled, unprepared, bundles):
    """Prepares a database and imports a bundle into it."""
    def run(setup, bundle, *options, refused=False):
        database = unprepared if refused and not setup else server.create(filled)
        execute(database, setup or "DELETE FROM audit_logs")
        before = dict(rows(database, SUMS))
        path = bundle if "." in bundle else f"{bundle}.json"
        done = Simulark(bundles)("import", path, *options, "--json", db=database, check=None)
        after = dict(rows(database, SUMS))
        return done, {table for table in TABLES if before[table] != after[table]}, database
    return run


@pytest.mark.parametrize("setup, arguments, status, message", ATTEMPTS,
                         ids=[f"{n}-{'-'.join(row[1])}" for n, row in enumerate(ATTEMPTS)])
def test_attempts_to_import(attempt, setup, arguments, status, message):
    done, changed, database = attempt(setup, *arguments, refused=status)
    assert done.status == status, done
    said = json.dumps(done.error) if status else ""
    assert json.dumps(message)[1:-1] in said
    who = {"nobody@example.org": None, ADA_MAIL: ADA}.get(arguments[2], BOB) if "--as" in arguments[:2] else None
    actions = [(action, user) for action, user, _ in rows(database, AUDITED)]
    if status == 0:
        assert "audit_logs" in changed and actions[0] == ("import", who)
    else:
        assert changed <= {"audit_logs"}, "a refused import leaves nothing but a note"
        assert actions == ([("refusal", who)] if status == 6 else [])


def test_what_a_user_imports_is_theirs(attempt):
    *_, database = attempt("", "shop.ark", *AS_BOB, *NEW)
    assert rows(database, "SELECT DISTINCT user_id FROM projects WHERE settings->>'ratio' = '1.50' AND id <> %s", (SHOP,)) == [(BOB,)]
    assert value(database, "SELECT count(*) FROM chats WHERE user_id <> %s AND project_id <> %s", (BOB, SHOP)) == 0
    *_, database = attempt("", "promotion", *AS_BOB)
    assert value(database, "SELECT subscription_tier FROM users WHERE id = %s", (BOB,)) == "free"


def test_a_refusal_is_noted_with_everything_an_auditor_needs(attempt):
    *_, database = attempt("", "four", *AS_BOB)
    ((action, user, details),) = rows(database, AUDITED)
    assert (action, user, details["deed"], details["file"]) == ("refusal", BOB, "import", "four.json")
    assert details["violations"] == ["max_projects: at most 3, now 0, would be 4, for bob@example.org"]
    assert details["digest"].startswith("sha256:")


def test_all_violations_are_told_at_once(attempt):
    error = attempt("", "all_at_once", *TO_BOB)[0].error
    told = [line.split(":")[0] for line in error["details"]]
    assert sorted(told) == ["max_contexts", "max_nodes_per_graph", "max_projects"] + ["public_projects"] * 4
    assert error["message"] == 'The tier "free" does not allow what would come in.'


def test_an_override_is_noted_twice_with_its_reason(attempt):
    *_, database = attempt("", "all_at_once", *TO_BOB, "--override-limits", "asked by phone")
    (_, _, imported), (action, user, override) = rows(database, AUDITED)
    assert (imported["override"], len(imported["overridden"])) == ("asked by phone", 7)
    assert (action, user, override["reason"], override["receipt"]) == ("override", None, "asked by phone", imported["receipt"])
    assert override["violations"] == imported["overridden"]


def test_a_refusal_that_cannot_be_noted_says_so(bundles, filled, server):
    database = server.create(filled)
    execute(database, "DROP TABLE audit_logs")
    error = Simulark(bundles)("import", "four.json", *AS_BOB, "--json", db=database, check=6).error
    assert error["details"][-1] == "(The audit log could not be told of this refusal.)"


def test_an_override_that_cannot_be_noted_lets_nothing_in(bundles, filled, server):
    database = server.create(filled)
    execute(database, "DROP TABLE audit_logs")
    before = value(database, "SELECT count(*) FROM projects")
    Simulark(bundles)("import", "four.json", *TO_BOB, "--override-limits", "x", db=database, check=5)
    assert value(database, "SELECT count(*) FROM projects") == before
    done = Simulark(bundles)("import", "one.json", *TO_BOB, db=database)
    assert "no audit_logs" in done.err


def test_a_large_bundle_is_refused_before_its_rows_are_loaded(simulark, filled, server, tmp_path):
    source, database = server.create(filled), server.create(filled)
    execute(source, f"INSERT INTO nodes (graph_id, type) SELECT '{MAIN}', 'x' FROM generate_series(1, 25000)")
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    error = simulark("import", "x.ark", *TO_BOB, *NEW, "--json", db=database, check=6).error
    assert any("max_nodes_per_graph: at most 100, would be at least 25020" in line for line in error["details"])
    assert value(database, "SELECT pg_relation_size('nodes')") < 100000, "no row was sent"


# ---- all at once ----


def in_parallel(count, run):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_fifty_imports_at_once_take_the_last_three_places_and_no_more(bundles, filled, server):
    database = server.create(filled)
    run = Simulark(bundles)

    def attempt(number):
        options = AS_BOB if number % 2 else TO_BOB
        return run("import", "one.json", *options, *NEW, "--seed", number, db=database, check=None, timeout=100).status

    # The server takes some forty connections.
    with ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(attempt, range(50)))
    assert sorted(statuses) == [0] * 3 + [6] * 47
    assert value(database, "SELECT count(*) FROM projects WHERE user_id = %s", (BOB,)) == 3
    by_bob = value(database, "SELECT count(*) FROM audit_logs WHERE action = 'import' AND user_id = %s", (BOB,))
    assert value(database, "SELECT COALESCE(sum(count), 0) FROM usage_analytics") == by_bob
    assert value(database, "SELECT count(*) FROM usage_analytics") <= 1
    assert value(database, "SELECT count(*) FROM audit_logs WHERE action = 'refusal'") == 47


def test_exports_at_once_take_the_last_three_of_a_month(filled, server, tmp_path):
    database = server.create(filled)
    execute(database, bobs(1) + ";" + used("project_export", 7))
    statuses = in_parallel(8, lambda n: Simulark(tmp_path)("export", *AS_BOB, "--project", "old 1", "-o", f"{n}.yaml", db=database,
                                                           check=None).status)
    assert sorted(statuses) == [0] * 3 + [6] * 5
    assert len(list(tmp_path.iterdir())) == 3
    assert value(database, "SELECT sum(count) FROM usage_analytics") == 10


# ---- months ----

MONTH = "date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
BEFORE_AND_AFTER = [
    (f"{MONTH}", 1),
    (f"{MONTH} + interval '1 month' - interval '1 microsecond'", 1),
    (f"{MONTH} - interval '1 microsecond'", 0),
    (f"{MONTH} - interval '1 month'", 0),
    (f"{MONTH} + interval '1 month'", 0),
    (f"{MONTH} - interval '1 year'", 0),
]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_what_counts_begins_in_the_month_of_utc(filled, server, simulark, zone):
    """Whatever time zone the database lives in."""
    database = server.create(filled)
    execute(database, f"ALTER DATABASE {database.name} SET TimeZone = '{zone}'")
    for start, _ in BEFORE_AND_AFTER:
        execute(database, used("project_import", 1, start))
    usage = simulark("tier", "usage", BOB, "--json", db=database).json
    imports = next(entry for entry in usage["limits"] if entry["name"] == "imports_per_month")
    assert imports == {"name": "imports_per_month", "limit": 10, "current": sum(n for _, n in BEFORE_AND_AFTER), "remaining": 8}


def test_one_row_counts_a_month(bundles, filled, server):
    database = server.create(filled)
    run = Simulark(bundles)
    execute(database, f"INSERT INTO usage_analytics (user_id, metric_type, count, period_start, period_end) VALUES"
                      f" ('{BOB}', 'project_import', NULL, {MONTH}, {MONTH} + interval '1 month')")  # which is nothing yet
    for seed in range(3):
        run("import", "one.json", *AS_BOB, *NEW, "--seed", seed, db=database)
    run("import", "one.json", *AS_BOB, *NEW, "--dry-run", "--seed", 7, db=database, check=6)
    execute(database, "DELETE FROM projects WHERE user_id = %s", (BOB,))
    run("import", "one.json", *AS_BOB, *NEW, "--dry-run", "--seed", 7, db=database)
    run("import", "four.json", *AS_BOB, *NEW, db=database, check=6)
    assert rows(database, f"SELECT metric_type, count, period_start = {MONTH}, period_end = {MONTH} + interval '1 month'"
                          " FROM usage_analytics") == [("project_import", 3, True, True)]
    assert value(database, "SELECT count(*) FROM audit_logs WHERE action = 'refusal'") == 1, "a dry run notes nothing"


# ---- exports ----

EXPORTS = [
    # who, what; status, what is said; rows of the bundle
    ("", (*AS_BOB, "--project", "Shop"), 5, "no project has the id or name", None),
    ("", (*AS_BOB, "--project", "Shpo"), 5, 'or name "Shpo""', None),
    ("UPDATE projects SET is_public = true", (*AS_BOB, "--project", "Shpo"), 5, 'did you mean "Shop"?', None),
    ("", ("--as", ADA_MAIL, "--project", "Shpo"), 5, 'did you mean "Shop"?', None),
    ("", ("--as", "bob@example.og", "--project", "Shop"), 5, 'or e-mail "bob@example.og"."', None),
    ("", (*AS_BOB, "--user", "ada@example.og"), 5, 'or e-mail "ada@example.og""', None),
    ("", (*AS_BOB, "--project", SHOP), 6, "belongs to somebody else and is not public", None),
    ("", (*AS_BOB, "--user", ADA_MAIL), 6, "is not that of the user who asks", None),
    ("", (*AS_BOB, "--all"), 6, "may not have the whole instance", None),
    ("", (*AS_BOB, "--user", "nobody"), 5, "no user has", None),
    ("", (*AS_BOB, "--user", BOB_MAIL), 0, "", {"users": 1, "chats": 1, "projects": 0}),
    ("", ("--as", ADA_MAIL, "--project", "Shop"), 0, "", {"chats": 1, "messages": 3, "contexts": 3, "nodes": 20}),
    ("UPDATE projects SET is_public = true", (*AS_BOB, "--project", "Shop"), 0, "",
     {"projects": 1, "nodes": 20, "edges": 20, "chats": 0, "messages": 0, "contexts": 0}),
    ("UPDATE projects SET is_public = true", (*AS_BOB, "--project", SHOP), 0, "", {"nodes": 20, "chats": 0}),
    (f"UPDATE projects SET is_public = true; INSERT INTO projects (user_id, name) VALUES ('{BOB}', 'Shop')",
     (*AS_BOB, "--project", "Shop"), 0, "", {"projects": 1, "nodes": 0}),
    (features("import"), (*AS_BOB, "--user", BOB), 6, 'lacks the feature "export"', None),
    (used("project_export", 10), (*AS_BOB, "--user", BOB), 6, "exports_per_month: at most 10, now 10, would be 11", None),
    (used("project_export", 10), ("--user", BOB), 0, "", {"users": 1}),
    (f"UPDATE users SET is_active = false WHERE id = '{BOB}'", (*AS_BOB, "--user", BOB), 6, "is not active", None),
    (limits(max_projects=True), (*AS_BOB, "--user", BOB), 6, "is malformed", None),
    ("DROP TABLE usage_analytics", (*AS_BOB, "--user", BOB), 5, "no usage_analytics", None),
]


@pytest.mark.parametrize("setup, options, status, message, counts", EXPORTS)
def test_attempts_to_export(simulark, filled, server, tmp_path, setup, options, status, message, counts):
    database = server.create(filled)
    if setup:
        execute(database, setup)
    done = simulark("export", *options, "-o", "x.yaml", "--json", db=database, check=None)
    assert done.status == status, done
    acts = "--as" in options
    audited = rows(database, "SELECT action, user_id IS NOT NULL FROM audit_logs")
    if status:
        assert message in json.dumps(done.error).replace('\\"', '"')
        assert not (tmp_path / "x.yaml").exists()
        assert audited == ([("refusal", acts)] if status == 6 else [])
    else:
        assert {name: done.json["tables"][name] for name in counts} == counts
        assert audited == [("export", acts)]
        assert value(database, "SELECT count(*) FROM usage_analytics WHERE count = 1") == acts


def test_a_public_project_does_not_tell_its_owners_address(simulark, filled, server, tmp_path):
    database = server.create(filled)
    execute(database, "UPDATE projects SET is_public = true")
    simulark("export", *AS_BOB, "--project", "Shop", "-o", "x.yaml", db=database)
    text = (tmp_path / "x.yaml").read_text()
    assert "example.org" not in text and "Fragen" not in text
    simulark("import", "x.yaml", *AS_BOB, *NEW, "--private", db=database)
    assert value(database, "SELECT name FROM projects WHERE user_id = %s", (BOB,)) == "Shop"


def test_an_export_that_fails_costs_nothing(simulark, filled, server, tmp_path):
    database = server.create(filled)
    (tmp_path / "x.yaml").write_text("mine")
    simulark("export", *AS_BOB, "--user", BOB, "-o", "x.yaml", db=database, check=5)
    simulark("export", *AS_BOB, "--user", BOB, "-o", "/dev/full", "--format", "yaml", db=database, check=None)
    assert value(database, "SELECT count(*) FROM usage_analytics") == 0


def test_diff_and_render_show_what_the_user_may_see(simulark, filled, server):
    database = server.create(filled)
    simulark("render", *AS_BOB, "--project", SHOP, "-o", "x.svg", db=database, check=6)
    simulark("diff", *AS_BOB, "--project", "Shop", database.url, database.url, check=5)
    execute(database, "UPDATE projects SET is_public = true")
    simulark("render", *AS_BOB, "--project", SHOP, "-o", "x.svg", db=database)
    simulark("export", *AS_BOB, "--project", SHOP, "-o", "x.yaml", db=database)
    simulark("diff", *AS_BOB, "--project", "Shop", "x.yaml", database.url)
    assert value(database, "SELECT sum(count) FROM usage_analytics") == 1, "looking is not counted"
    for command in (("render", "x.yaml", "-o", "y.svg"), ("diff", "x.yaml", "x.yaml")):
        simulark(*command, *AS_BOB, check=2)


# ---- in mid-import ----


@pytest.mark.parametrize("change, status", [(limits(max_projects=0), 6), (limits(max_projects=9), 0),
                                            (f"UPDATE subscription_tiers SET limits = '[]' WHERE name = 'free'", 6)])
def test_the_tier_at_the_end_is_what_counts(bundles, filled, server, change, status):
    database = server.create(filled)
    execute(database, bobs(2) + ";" + limits(max_projects=3 if status else 2))
    lock = connect(database, autocommit=False)
    lock.cursor().execute("LOCK TABLE contexts IN ACCESS EXCLUSIVE MODE")
    process = Simulark(bundles).start("import", "shop.ark", *AS_BOB, *NEW, db=database)
    until(lambda: is_held_up(database), process)
    execute(database, change)
    lock.rollback()
    lock.close()
    _, err = process.communicate(timeout=60)
    assert process.returncode == status, err


# ---- a recount in plain SQL ----

RECOUNT = """
SELECT 'max_projects', id::text, count FROM (SELECT user_id AS id, count(*) FROM projects GROUP BY 1) x
UNION ALL SELECT 'max_contexts', user_id::text, count(*) FROM contexts GROUP BY 2
UNION ALL SELECT 'max_graphs_per_project', project_id::text, count(*) FROM graphs GROUP BY 2
UNION ALL SELECT 'max_chats_per_project', project_id::text, count(*) FROM chats WHERE project_id IS NOT NULL GROUP BY 2
UNION ALL SELECT 'max_nodes_per_graph', g.id::text,
  GREATEST(CASE jsonb_typeof(g.nodes) WHEN 'array' THEN jsonb_array_length(g.nodes) ELSE 0 END, (SELECT count(*) FROM nodes n WHERE n.graph_id = g.id)) FROM graphs g
UNION ALL SELECT 'max_edges_per_graph', g.id::text,
  GREATEST(CASE jsonb_typeof(g.edges) WHEN 'array' THEN jsonb_array_length(g.edges) ELSE 0 END, (SELECT count(*) FROM edges n WHERE n.graph_id = g.id)) FROM graphs g
UNION ALL SELECT 'max_messages_per_chat', h.id::text,
  GREATEST(CASE jsonb_typeof(h.messages) WHEN 'array' THEN jsonb_array_length(h.messages) ELSE 0 END, (SELECT count(*) FROM messages n WHERE n.chat_id = h.id)) FROM chats h
"""


def recount(database):
    return {(limit, place): count for limit, place, count in rows(database, RECOUNT)}


def random_document(r, projects):
    tables = {name: [] for name in ("contexts", "projects", "graphs", "nodes", "edges", "chats", "messages")}
    identify = lambda: f"{r.getrandbits(32):08x}-0000-4000-8000-{r.getrandbits(48):012x}"
    tables["contexts"] = [{"id": identify(), "user_id": BOB, "name": "C"} for _ in range(r.randrange(3))]
    for row in projects:
        tables["projects"].append(row)
        for _ in range(r.randrange(3)):
            graph = identify()
            nodes = [identify() for _ in range(r.randrange(4))]
            tables["graphs"].append({"id": graph, "project_id": row["id"], "name": "G", "nodes": many(r.randrange(4), id="n"),
                                     "edges": many(r.randrange(3), id="e")})
            tables["nodes"] += [{"id": node, "graph_id": graph, "type": "x"} for node in nodes]
            tables["edges"] += [{"graph_id": graph, "source_node_id": a, "target_node_id": nodes[0]} for a in nodes]
        for _ in range(r.randrange(3)):
            chat = identify()
            tables["chats"].append({"id": chat, "project_id": row["id"], "user_id": BOB, "messages": many(r.randrange(3), role="user")})
            tables["messages"] += many(r.randrange(4), chat_id=chat, role="user", content="x")
    return document(**tables)


@pytest.mark.parametrize("seed", range(6))
def test_random_bundles_agree_with_a_recount(filled, server, tmp_path, seed):
    """An import goes in if and only if nothing would be over a limit and more than before; all that would is told."""
    r = random.Random(seed)
    trial, database = server.create(filled), server.create(filled)
    run = Simulark(tmp_path)
    execute(trial, f"UPDATE users SET subscription_tier = 'enterprise'")
    for step in range(3):
        projects = [project(n) for n in r.sample(range(1, 5), r.randrange(1, 4))]
        (tmp_path / "x.json").write_text(random_document(r, projects))
        caps = {name: r.randrange(1, 5) for name in ("max_projects", "max_contexts", "max_graphs_per_project",
                                                     "max_chats_per_project", "max_nodes_per_graph", "max_edges_per_graph",
                                                     "max_messages_per_chat")}
        execute(database, limits(**caps))
        arguments = ("import", "x.json", "--on-conflict", r.choice(["skip", "replace"]), "--force")
        before = recount(database)
        run(*arguments, db=trial)
        after = recount(trial)
        theirs = {place for place, in rows(trial, "SELECT id::text FROM users WHERE id = %s UNION SELECT id::text FROM projects WHERE"
                                                  " user_id = %s UNION SELECT g.id::text FROM graphs g JOIN projects p ON"
                                                  " p.id = project_id WHERE p.user_id = %s UNION SELECT h.id::text FROM chats h LEFT"
                                                  " JOIN projects p ON p.id = project_id WHERE COALESCE(p.user_id, h.user_id) = %s",
                                           (BOB,) * 4)}
        wrong = {(limit, count) for (limit, place), count in after.items()
                 if place in theirs and count > caps[limit] and count > before.get((limit, place), 0)}
        done = run(*arguments, "--json", db=database, check=None)
        assert done.status == (6 if wrong else 0), (done, wrong)
        if wrong:
            told = {(line.split(":")[0], int(line.split("would be ")[1].split(",")[0])) for line in done.error["details"]}
            assert told == wrong
            run(*arguments, "--override-limits", "so that both hold the same", db=database)


# ---- looking ----


def test_usage_tells_what_is_left_and_whether_a_bundle_fits(bundles, filled, server):
    database = server.create(filled)
    execute(database, bobs(2))
    run = Simulark(bundles)
    usage = run("tier", "usage", BOB_MAIL, "--json", db=database).json
    assert (usage["user"], usage["tier"]) == (BOB, "free")
    by_name = {entry["name"]: entry for entry in usage["limits"]}
    assert len(by_name) == 10
    assert by_name["max_projects"] == {"name": "max_projects", "limit": 3, "current": 2, "remaining": 1}
    assert by_name["max_contexts"]["current"] == 1
    ada = {entry["name"]: entry for entry in run("tier", "usage", ADA, "--json", db=database).json["limits"]}
    assert ada["max_nodes_per_graph"] == {"name": "max_nodes_per_graph", "limit": None, "current": 20, "remaining": None,
                                          "where": '"Main" of "Shop"'}
    assert run("tier", "usage", BOB_MAIL, "--for", "one.json", db=database).status == 0
    done = run("tier", "usage", BOB_MAIL, "--for", "four.json", "--json", db=database, check=1)
    assert not done.json["fits"] and [e["name"] for e in done.json["limits"] if not e["fits"]] == ["max_projects"]
    done = run("tier", "usage", BOB_MAIL, "--for", "nodes_in_json.json", "--json", db=database, check=1)
    assert [e["name"] for e in done.json["limits"] if not e["fits"]] == ["max_nodes_per_graph", "max_edges_per_graph"]
    assert "brings 101: TOO MANY" in run("tier", "usage", BOB_MAIL, "--for", "nodes.json", db=database, check=1).out
    execute(database, bobs(1))
    done = run("tier", "usage", BOB_MAIL, "--for", "template.json", "--json", db=database, check=1)
    assert {e["name"]: e["brings"] for e in done.json["limits"] if not e["fits"]} == {"max_projects": 1, "max_graphs_per_project": 6}
    run("tier", "usage", "nobody", db=database, check=5)
    assert 'Did you mean "bob@example.org"?' in run("tier", "usage", "bob@exmple.org", db=database, check=5).err


def test_tiers_are_listed_and_malformed_ones_reported(simulark, filled, server):
    database = server.create(filled)
    done = simulark("tier", "list", "--json", db=database).json
    assert [tier["name"] for tier in done["tiers"]] == ["free", "pro", "enterprise"]
    assert done["tiers"][0]["limits"]["max_projects"] == 3 and done["tiers"][2]["limits"]["max_projects"] is None
    assert simulark("tier", "show", "pro", "--json", db=database).json["features"] == [
        "export", "import", "public_projects", "premium_templates"]
    assert all(len(line) <= 80 for line in simulark("tier", "list", db=database).out.splitlines())
    simulark("tier", "show", "none", db=database, check=5)
    assert 'Did you mean "pro"?' in simulark("tier", "show", "Pro", db=database, check=5).err
    assert simulark("schema", "check", db=database).status == 0
    execute(database, limits(max_projects="many"))
    problem = 'The tier "free" is malformed: its limits.max_projects is a string, not a whole number of zero or more.'
    assert simulark("tier", "list", "--json", db=database, check=1).json["problems"] == [problem]
    assert problem in simulark("tier", "list", db=database, check=1).err
    drift = simulark("schema", "check", "--json", db=database, check=1).json["drift"]
    assert len(drift) == 1 and drift[0]["table"] == "subscription_tiers" and problem in drift[0]["problem"]


def test_an_instance_without_tiers_has_no_rules(bundles, filled, server):
    database = server.create(filled)
    execute(database, "DROP TABLE subscription_tiers CASCADE")
    run = Simulark(bundles)
    run("import", "four.json", *TO_BOB, db=database)
    run("import", "one.json", *AS_BOB, db=database, check=5)
