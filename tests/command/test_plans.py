"""What one project costs does not depend on how many there are: every statement can do with indexes, and is not made for each."""

import re
import shutil
import subprocess

import instance
import pytest
from harness import execute

TABLES = "nodes|edges|messages|graphs|chats|projects|contexts|users"


def logged(server, database, settings, run):
    """What the server logs with these settings, while `run` goes."""
    for setting in settings:
        execute(database, f'ALTER DATABASE "{database.name}" SET {setting}')
    begun = server.log.stat().st_size
    run()
    with open(server.log, encoding="utf-8", errors="replace") as log:
        log.seek(begun)
        return log.read()


def statements(server, database, run):
    """How many statements the server is given; what it logs of other databases at the time comes from this test's worker alone."""
    return len(re.findall(r"LOG:  (?:statement|execute)", logged(server, database, ["log_statement = 'all'"], run)))


def test_a_project_is_found_by_indexes_alone(simulark, server, source):
    """Where a table can only be read as a whole, the planner does so even if it is told not to."""
    plans = logged(server, source,
                   ["session_preload_libraries = auto_explain", "auto_explain.log_min_duration = 0", "enable_seqscan = off"],
                   lambda: simulark("export", "--project", instance.SHOP, "-o", "x.ark", db=source))
    assert len(set(re.findall(rf"Index (?:Only )?Scan using \w+ on ({TABLES})", plans))) >= 6, plans
    assert re.findall(rf"Seq Scan on ({TABLES})", plans) == []


def test_replacing_many_projects_takes_no_more_statements_than_replacing_one(simulark, server, make_database):
    counts = []
    for projects in (1, 200):
        database = make_database()
        execute(database, "INSERT INTO users (id, email, subscription_tier) VALUES (gen_random_uuid(), 'a@b.c', 'enterprise');"
                          f"INSERT INTO projects (user_id, name) SELECT id, 'P' || n FROM users, generate_series(1, {projects}) n;"
                          "INSERT INTO graphs (project_id, name) SELECT id, 'G' FROM projects")
        simulark("export", "--all", "-o", f"{projects}.ark", db=database)
        counts.append(statements(server, database, lambda: simulark("import", "--on-conflict", "replace", f"{projects}.ark", db=database)))
    assert counts[0] == counts[1] > 10


def round_trips(simulark, tmp_path, *args, db):
    """How often the command sends something to the server: it waits for the answer before it sends more, but for its good-bye."""
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=sendto", "-o", tmp_path / "log", *simulark.command(*args, db=db)],
                   check=True, cwd=tmp_path, env=simulark.environment(), capture_output=True)
    return (tmp_path / "log").read_text().count("sendto(") - 1


@pytest.mark.skipif(not shutil.which("strace"), reason="this needs strace")
def test_templates_and_projects_come_in_with_few_round_trips(simulark, database, make_database, tmp_path):
    """Two for each table's COPY, one for the connection; for all else what need not wait for an answer goes out together."""
    instance.fill(database)
    simulark("template", "pack", "--project", instance.SHOP, "-o", "shop.ark", db=database)
    simulark("template", "publish", "shop.ark", db=database)
    name = simulark("template", "list", "--json", db=database).json["templates"][0]["name"]
    tables, others = 4, 11
    assert round_trips(simulark, tmp_path, "template", "use", name, "--owner", instance.ADA, db=database) <= 2 * tables + others
    simulark("export", "--project", instance.SHOP, "-o", "shop-project.ark", db=database)
    target = make_database()
    execute(target, "INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'eve@example.org')")
    execute(target, "UPDATE users SET subscription_tier = 'enterprise'")
    tables, others = 7, 11
    assert round_trips(simulark, tmp_path, "import", "shop-project.ark", "--owner", "eve@example.org", db=target) <= 2 * tables + others
