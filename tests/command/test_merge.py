"""Two instances that collide in everything become one: the same e-mails under other ids, the same ids with another content, the
same names."""

import pytest

import instance
from harness import SECONDS, connect, contents, execute, is_held_up, rows, until, value

ADA, BOB = instance.ADA, instance.BOB
OTHER_ADA = "00000000-0000-4000-8000-0000000000f1"


@pytest.fixture
def here(source):
    execute(source, "INSERT INTO templates (name, category) VALUES ('Starter', 'here'); UPDATE users SET subscription_tier = 'enterprise'")
    return source


@pytest.fixture
def there(make_database):
    """Ada has another id, Bob's id is Carol's, the projects have the ids of those here and another content."""
    there = make_database()
    instance.fill(there)
    execute(there, f"INSERT INTO users (id, email, subscription_tier) VALUES ('{OTHER_ADA}', 'x', 'enterprise');"
                   f"UPDATE contexts SET user_id = '{OTHER_ADA}' WHERE user_id = '{ADA}';"
                   f"UPDATE projects SET user_id = '{OTHER_ADA}', description = 'of there' WHERE user_id = '{ADA}';"
                   f"DELETE FROM users WHERE id = '{ADA}'; UPDATE users SET email = 'ADA@example.org' WHERE email = 'x';"
                   f"UPDATE users SET email = 'carol@example.org', subscription_tier = 'enterprise' WHERE id = '{BOB}';"
                   "INSERT INTO templates (name, category) VALUES ('Starter', 'there'), ('Only there', 'there')")
    return there


def structure(db, where):
    """What projects are made of, without any id."""
    return rows(db, f"""
      SELECT p.name, p.description, u.email, g.name, n.label, n.position::text, n.data::text, count(e.id), count(DISTINCT h.title)
      FROM projects p JOIN users u ON u.id = p.user_id LEFT JOIN graphs g ON g.project_id = p.id LEFT JOIN nodes n ON n.graph_id = g.id
      LEFT JOIN edges e ON e.source_node_id = n.id LEFT JOIN chats h ON h.project_id = p.id
      WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6, 7, p.id ORDER BY 1, 2, 4, 5""")


def test_an_id_that_is_somebody_elses_stops_it(simulark, here, there):
    before = contents(here)
    error = simulark("transfer", "--from", there.url, "--to", here.url, "--all", "--ids", "new", "--json", check=5).error
    assert [line for line in error["details"] if "carol@example.org" in line], error
    assert contents(here) == before


def test_two_instances_become_one(simulark, here, there, tmp_path):
    carol = "00000000-0000-4000-8000-0000000000c1"
    execute(here, f"INSERT INTO users (id, email, subscription_tier) VALUES ('{carol}', 'carol@example.org', 'enterprise')")
    (tmp_path / "who.csv").write_text(f"{BOB},carol@example.org\n{OTHER_ADA},ada@example.org\n")
    mine = structure(here, "true")
    transfer = ["transfer", "--from", there.url, "--to", here.url, "--all", "--ids", "new", "--map-users", "who.csv",
                "--on-conflict", "skip"]
    simulark(*transfer)
    brought = structure(here, "p.description = 'of there'")
    assert [(row[0], row[1], row[3:]) for row in brought] == \
        [(row[0], row[1], row[3:]) for row in structure(there, "true")]
    assert {row[2] for row in brought} == {"ada@example.org"}
    assert structure(here, "p.description IS DISTINCT FROM 'of there'") == mine
    assert rows(here, "SELECT name, category FROM templates ORDER BY 1") == [("Only there", "there"), ("Starter", "here")]
    assert value(here, f"SELECT count(*) FROM chats WHERE user_id = '{carol}'") == 2
    again = contents(here, ["users", "projects", "nodes", "chats", "contexts", "templates"])
    simulark(*transfer)
    assert contents(here, ["users", "projects", "nodes", "chats", "contexts", "templates"]) == again


def test_two_imports_that_make_the_same_users_at_once(simulark, here, make_database):
    """The second waits for the first, and finds them there."""
    target = make_database()
    simulark("export", "--project", "Shop", "-o", "x.ark", db=here)
    first = connect(target, autocommit=False)
    first.cursor().execute("INSERT INTO users (id, email) VALUES ('00000000-0000-4000-8000-0000000000c2', 'bob@example.org')")
    process = simulark.start("import", "x.ark", "--create-users", "--override-limits", "a test", db=target)
    until(lambda: is_held_up(target), process)
    first.commit()
    first.close()
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    assert value(target, "SELECT count(*) FROM chats WHERE user_id = '00000000-0000-4000-8000-0000000000c2'") == 1
