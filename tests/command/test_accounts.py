"""Accounts and whole instances move: every table, the people, the sequences."""

import json

import pytest

import instance
from harness import TABLES, contents, copy, execute, load_fixture, rows, value

ADA, BOB = instance.ADA, instance.BOB
EVERYTHING = ["--all", "--include", "api_keys,history"]


@pytest.fixture
def demo(database):
    """Something in every table."""
    load_fixture(database, "demo")
    return database


def without_receipts(content, db):
    """The tables' contents without what this tool itself noted."""
    content["audit_logs"] = copy(db, "SELECT * FROM audit_logs WHERE user_agent NOT LIKE 'simulark/%' ORDER BY id")
    return content


@pytest.mark.parametrize("path", ["x.ark", "x.yaml", "x.json", "x/"])
def test_an_instance_moves_whole(simulark, demo, make_database, path):
    simulark("export", *EVERYTHING, "-o", path, db=demo)
    other = make_database()
    simulark("import", path, db=other)
    here, there = (without_receipts(contents(db), db) for db in (demo, other))
    assert [table for table in TABLES if here[table] != there[table]] == []
    assert all(here[table] for table in TABLES)


def test_transfer_is_the_same_without_a_file(simulark, demo, make_database, tmp_path):
    other = make_database()
    done = simulark("transfer", "--from", demo.url, "--to", other.url, *EVERYTHING, "--json").json
    assert done["tables"]["projects"] == 5
    here, there = (without_receipts(contents(db), db) for db in (demo, other))
    assert [table for table in TABLES if here[table] != there[table]] == []
    assert list(tmp_path.iterdir()) == []


def test_keys_and_history_stay_out_unless_they_are_asked_for(simulark, demo, tmp_path):
    simulark("export", "--all", "-o", "x/", db=demo)
    names = {table["name"] for table in json.loads((tmp_path / "x/bundle.json").read_text())["tables"]}
    assert names == set(TABLES) - {"api_keys", "audit_logs", "usage_analytics"}


@pytest.mark.parametrize("arguments, tables", [
    (["--only", "users,projects"], {"users", "projects"}),
    (["--exclude", "chats,messages"], set(TABLES) - {"api_keys", "audit_logs", "usage_analytics", "chats", "messages"}),
])
def test_only_and_exclude(simulark, demo, tmp_path, arguments, tables):
    simulark("export", "--all", *arguments, "-o", "x/", db=demo)
    assert {t["name"] for t in json.loads((tmp_path / "x/bundle.json").read_text())["tables"]} == tables


def test_the_next_tier_gets_a_number_of_its_own(simulark, demo, make_database):
    execute(demo, "INSERT INTO subscription_tiers (id, name) VALUES (40, 'team')")
    simulark("export", "--all", "-o", "x.ark", db=demo)
    other = make_database()
    simulark("import", "x.ark", db=other)
    execute(other, "INSERT INTO subscription_tiers (name) VALUES ('next')")
    assert value(other, "SELECT id FROM subscription_tiers WHERE name = 'next'") == 41


def test_tiers_are_matched_by_name(simulark, demo, make_database):
    """The target's own meaning of a tier stays; a number that is taken by another tier is replaced."""
    other = make_database()
    execute(other, "UPDATE subscription_tiers SET limits = '{\"max_projects\": 7}' WHERE name = 'free';"
                   "UPDATE subscription_tiers SET name = 'gold' WHERE name = 'pro'")
    simulark("transfer", "--from", demo.url, "--to", other.url, "--all")
    assert value(other, "SELECT limits FROM subscription_tiers WHERE name = 'free'") == {"max_projects": 7}
    assert rows(other, "SELECT name FROM subscription_tiers ORDER BY id") == [("free",), ("gold",), ("enterprise",), ("pro",)]


# ---- accounts ----


@pytest.fixture
def account(simulark, make_database):
    """Ada's account in ada.ark."""
    source = make_database()
    instance.fill(source)
    execute(source, f"INSERT INTO chats (id, user_id, title, created_at, updated_at) VALUES "
                    f"('30000000-0000-4000-8000-00000000000a', '{ADA}', 'alone', '2026-01-01', '2026-01-01')")
    simulark("export", "--user", "ada@example.org", "-o", "ada.ark", db=source)
    return source


def test_an_account_brings_its_user_and_all_that_is_hers(simulark, account, database):
    done = simulark("import", "ada.ark", "--create-users", "--json", db=database).json
    assert done["tables"] == {"users": 1, "contexts": 3, "projects": 2, "graphs": 2, "nodes": 20, "edges": 20, "chats": 2, "messages": 3}
    assert copy(database, f"SELECT * FROM users WHERE id = '{ADA}'") == copy(account, f"SELECT * FROM users WHERE id = '{ADA}'")
    assert value(database, f"SELECT email FROM users WHERE id = '{BOB}'") == "bob@example.org"
    for table in ("contexts", "projects", "nodes", "edges", "chats", "messages"):
        mine = {"contexts": f"WHERE user_id = '{ADA}'", "chats": f"WHERE project_id IS NOT NULL OR user_id = '{ADA}'"}.get(table, "")
        assert copy(database, f"SELECT * FROM {table} ORDER BY id") == copy(account, f"SELECT * FROM {table} {mine} ORDER BY id")


def test_the_author_of_a_chat_is_named_where_nobody_matches(simulark, account, database):
    error = simulark("import", "ada.ark", "--json", db=database, check=5).error
    assert error["details"] == [f"bob@example.org ({BOB})"]


def test_a_user_of_the_same_email_keeps_her_id_and_gets_everything(simulark, account, database):
    mine = "00000000-0000-4000-8000-00000000aaaa"
    execute(database, f"INSERT INTO users (id, email) VALUES ('{mine}', 'ada@example.org')")
    error = simulark("import", "ada.ark", "--create-users", "--json", db=database, check=5).error
    assert error["details"] == [f'the user "ada@example.org" ({ADA}) is there already under the id {mine}']
    simulark("import", "ada.ark", "--create-users", "--on-conflict", "skip", db=database)
    for table in ("projects", "contexts"):
        assert rows(database, f"SELECT DISTINCT user_id::text FROM {table}") == [(mine,)]
    assert value(database, "SELECT count(*) FROM users") == 2


def test_skip_can_be_repeated(simulark, account, database):
    simulark("import", "ada.ark", "--create-users", db=database)
    tables = [table for table in TABLES if table != "audit_logs"]
    before = contents(database, tables)
    done = simulark("import", "ada.ark", "--create-users", "--on-conflict", "skip", "--json", db=database).json
    assert set(done["tables"].values()) == {0}
    assert contents(database, tables) == before


def test_replacing_a_user_keeps_what_belongs_to_her(simulark, account, database):
    simulark("import", "ada.ark", "--create-users", db=database)
    execute(database, f"INSERT INTO api_keys (user_id, name) VALUES ('{ADA}', 'mine');"
                      f"UPDATE users SET preferences = '{{\"x\": 1}}' WHERE id = '{ADA}'")
    simulark("import", "ada.ark", "--create-users", "--on-conflict", "replace", db=database)
    assert value(database, "SELECT count(*) FROM api_keys") == 1
    assert value(database, f"SELECT preferences::text FROM users WHERE id = '{ADA}'") == "{}"


MAPS = [
    ("bob@example.org,carol@example.org\n", 0, None),
    (f"# who is who\n{BOB}, carol@example.org", 0, None),
    ("bob@example.org,eve@example.org\n", 5, 'map.csv:1: no user has the id or e-mail "eve@example.org"'),
    ("zed@example.org,carol@example.org\n", 5, 'map.csv:1: nobody in the bundle has the e-mail "zed@example.org"'),
    ("bob@example.org\n", 3, None),
]


@pytest.mark.parametrize("text, status, detail", MAPS)
def test_map_users(simulark, account, database, tmp_path, text, status, detail):
    execute(database, "INSERT INTO users (email) VALUES ('carol@example.org')")
    (tmp_path / "map.csv").write_text(text)
    result = simulark("import", "ada.ark", "--map-users", "map.csv", "--json", db=database, check=status)
    if detail:
        assert detail in result.error["details"]
    if status == 0:
        author = value(database, "SELECT u.email FROM chats c JOIN users u ON u.id = c.user_id WHERE c.project_id IS NOT NULL")
        assert author == "carol@example.org"
    else:
        assert value(database, "SELECT count(*) FROM projects") == 0


def test_a_user_can_be_mapped_to_another_by_id(simulark, account, database, tmp_path):
    execute(database, "INSERT INTO users (email) VALUES ('carol@example.org')")
    (tmp_path / "map.csv").write_text(f"{ADA},carol@example.org\n")
    simulark("import", "ada.ark", "--map-users", "map.csv", "--create-users", db=database)
    assert rows(database, "SELECT DISTINCT u.email FROM projects p JOIN users u ON u.id = p.user_id") == [("carol@example.org",)]
    assert rows(database, "SELECT email FROM users ORDER BY 1") == [("bob@example.org",), ("carol@example.org",)]


@pytest.mark.parametrize("arguments", [["transfer", "--all"], ["transfer", "--from", "x=1", "--all"],
                                       ["import", "ada.ark", "--owner", "a", "--create-users"]])
def test_wrong_command_lines(simulark, account, database, arguments):
    simulark(*arguments, "--json", db=database, check=2)


def test_keys_come_back_to_a_user_who_is_there_unchanged(simulark, demo):
    """A user that needs no change is no reason to pass over what is hers."""
    ((user, email),) = rows(demo, "SELECT u.id::text, u.email FROM users u JOIN api_keys k ON k.user_id = u.id")
    simulark("export", "--user", email, "--include", "api_keys,history", "--only", "users,api_keys,usage_analytics",
             "-o", "keys.ark", db=demo)
    keys = copy(demo, "SELECT * FROM api_keys ORDER BY id")
    execute(demo, f"DELETE FROM api_keys; DELETE FROM usage_analytics WHERE user_id = '{user}'")
    simulark("import", "keys.ark", db=demo)
    assert copy(demo, "SELECT * FROM api_keys ORDER BY id") == keys


def test_a_tier_whose_number_is_taken_gets_one_that_no_other_has(simulark, demo, make_database):
    execute(demo, "DELETE FROM subscription_tiers WHERE name NOT IN (SELECT subscription_tier FROM users);"
                  "INSERT INTO subscription_tiers (id, name) VALUES (40, 'team'), (41, 'corp')")
    other = make_database()
    execute(other, "INSERT INTO subscription_tiers (id, name) VALUES (40, 'gold');"
                   "SELECT setval('subscription_tiers_id_seq', 40)")
    simulark("transfer", "--from", demo.url, "--to", other.url, "--all")
    assert rows(other, "SELECT id, name FROM subscription_tiers WHERE id > 3 ORDER BY id") == [(40, "gold"), (41, "corp"), (42, "team")]
