"""Several connections read one snapshot: the same bytes whatever their number, and one is enough."""

import time

import pytest

from harness import SECONDS, connect, execute, is_held_up, rows, until, value

# Enough rows of one table to be read in pieces; some without a parent, as in an instance that has drifted.
FILL = """
SET search_path = public;
SET session_replication_role = replica;
ALTER TABLE nodes ALTER graph_id DROP NOT NULL;
INSERT INTO users (id, email) SELECT md5('u')::uuid, 'ada@example.org';
INSERT INTO projects (id, user_id, name) SELECT md5('p')::uuid, md5('u')::uuid, 'Shop';
INSERT INTO graphs (id, project_id, name) SELECT md5('g' || n)::uuid, md5('p')::uuid, 'Graph ' || n FROM generate_series(1, 7) n;
INSERT INTO nodes (id, graph_id, type, label)
SELECT md5('n' || n)::uuid, CASE WHEN n % 1000 <> 0 THEN md5('g' || n % 7 + 1)::uuid END, 'service', E'tab\\there ' || n
FROM generate_series(1, 18000) n;
ANALYZE;
"""


@pytest.fixture(scope="module")
def source(server, template):
    source = server.create(template)
    execute(source, FILL)
    return source


def export(simulark, source, jobs, name):
    simulark("export", "--all", "--jobs", str(jobs), "-o", name, db=source, env={"SOURCE_DATE_EPOCH": "1"})
    return (simulark.folder / name).read_bytes()


def test_the_same_bytes_whatever_the_number(simulark, source):
    one = export(simulark, source, 1, "1.ark")
    assert [jobs for jobs in (2, 3, 8) if export(simulark, source, jobs, f"{jobs}.ark") != one] == []


def test_every_row_in_key_order(simulark, source, tmp_path):
    simulark("export", "--all", "-j", "3", "--only", "nodes", "-o", "x/", db=source)
    ids = [line.split('"')[3] for part in sorted((tmp_path / "x" / "data" / "nodes").iterdir())
           for line in part.read_text().splitlines()]
    assert ids == [i for (i,) in rows(source, "SELECT id::text FROM nodes ORDER BY graph_id, id")]


def test_all_see_the_snapshot_of_the_first(simulark, source):
    """Rows that come while it reads are in none of the pieces: the counts of the header would not hold."""
    writer = connect(source)
    process = simulark.start("export", "--all", "-j", "4", "-o", "x.ark", "--json", db=source)
    number = 0
    while process.poll() is None:
        writer.cursor().execute("INSERT INTO nodes (graph_id, type) SELECT id, 'late' FROM graphs")
        number += 1
        time.sleep(0.01)
    writer.cursor().execute("DELETE FROM nodes WHERE type = 'late'")
    writer.close()
    assert process.returncode == 0 and number > 1


def test_a_server_without_connections_to_spare(simulark, source):
    """A role with one connection exports alone."""
    execute(source, "CREATE ROLE frugal LOGIN CONNECTION LIMIT 1; GRANT SELECT ON ALL TABLES IN SCHEMA public TO frugal")
    try:
        simulark("export", "--all", "-j", "4", "-o", "x.ark", db=source.as_role("frugal"))
        assert simulark("inspect", "x.ark", "--json").json["tables"]["nodes"] == 18000
    finally:
        execute(source, "DROP OWNED BY frugal; DROP ROLE frugal")


def test_a_lost_helper_ends_the_export_and_leaves_nothing(simulark, source, tmp_path):
    lock = connect(source, autocommit=False)
    lock.cursor().execute("LOCK TABLE nodes IN ACCESS EXCLUSIVE MODE")
    process = simulark.start("export", "--all", "-j", "2", "-o", "x.ark", db=source)
    until(lambda: is_held_up(source), process)
    helper = value(source, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'simulark/%'"
                           " ORDER BY backend_start DESC LIMIT 1")
    execute(source, "SELECT pg_terminate_backend(%s, 60000)", (helper,))
    lock.rollback()
    lock.close()
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 4, err
    assert not (tmp_path / "x.ark").exists()


@pytest.mark.parametrize("jobs", ["0", "9", "-1", "two", "1.5"])
def test_a_wrong_number_is_refused(simulark, source, jobs):
    simulark("export", "--all", "--jobs", jobs, "-o", "x.ark", db=source, check=2)
