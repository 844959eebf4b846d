"""Waiting can be ended, and what is shown can do a terminal no harm."""

import ctypes
import os
import re
import signal
import socket

import pytest

import instance
import test_bulk_load
from harness import SECONDS, SIMULARK, Database, connect, execute, is_copying, is_held_up, on_a_terminal, until, value, waits


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_waiting_for_standard_input(simulark, number, status):
    process = simulark.start("verify", "-")
    until(lambda: waits(process), process)
    process.send_signal(number)
    process.communicate(timeout=SECONDS)
    assert process.returncode == status


def test_waiting_for_a_server_that_never_answers(simulark, tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / ".s.PGSQL.5432"))
    listener.listen(1)
    process = simulark.start("export", "--all", "-o", "x/", db=f"host={tmp_path} dbname=x user=x")
    client, _ = listener.accept()
    until(lambda: waits(process), process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SECONDS)
    client.close()
    listener.close()
    assert process.returncode == 143
    assert sorted(os.listdir(tmp_path)) == [".s.PGSQL.5432"]


@pytest.mark.parametrize("target", ["postgresql://u:sEc@SESAME@127.0.0.1:1/x", "postgresql://u:p@se/SESAME@h:1/x",
                                    "postgresql://u:a/SESAME@h:1/x"])
def test_no_part_of_a_password_is_repeated(simulark, target):
    result = simulark("schema", "check", db=target, check=2)
    assert "SESAME" not in result.err and "%40" in result.err


def test_names_cannot_move_the_cursor(simulark, source):
    execute(source, "UPDATE projects SET name = E'a\\nb\\x1b[31mred' || chr(8238) WHERE name = 'Shop'")
    simulark("export", "--project", instance.SHOP, "-o", "x.ark", db=source)
    for shown in (simulark("inspect", "x.ark").out, simulark("import", "x.ark", "--on-conflict", "skip", db=source).err):
        assert "a\\nb\\u001b[31mred\\u202e" in shown and "\x1b" not in shown


@pytest.mark.parametrize("arguments, message", [
    (["export", "--project", "Shop", "-o", "-", "--format", "directory"], "cannot go to standard output"),
    (["export", "--project", "Shop", "-o", ""], "The value of --output is empty."),
    (["import", ""], "is empty"),
    (["schema", "check", "--schema", ""], "The value of --schema is empty."),
])
def test_words_that_mean_nothing(simulark, source, arguments, message):
    assert message in simulark(*arguments, db=source, check=2).err


def test_a_folder_named_dash_is_not_standard_input(simulark, tmp_path):
    (tmp_path / "-").mkdir()
    assert "standard input" in simulark("inspect", "-", stdin="junk", check=3).err


def test_an_interrupted_import_says_what_is_rolled_back(simulark, database, make_database):
    target = make_database()
    instance.fill(database)
    instance.people(target)
    bundle = simulark("export", "--project", "Shop", "-o", "-", db=database).stdout
    process = simulark.start("import", "-", db=target)
    process.stdin.write(bundle[:bundle.index(b"\nmessages:")])
    process.stdin.flush()
    until(lambda: is_copying(target) and waits(process), process)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=SECONDS)[1].decode().splitlines()
    assert process.returncode == 130
    assert said[0] == "simulark: Interrupted: nothing was kept."
    assert re.fullmatch(r"\d+ rows had been sent to the database, and are rolled back\.", said[1])


def test_progress_for_logs_is_plain_lines(simulark, source):
    result = simulark("export", "--project", "Shop", "-o", "x.ark", "--progress", "always", db=source)
    lines = result.err.splitlines()
    assert "Exporting nodes: done, 20 rows" in lines
    assert [line for line in lines if re.fullmatch(r"Exporting: 100%, \d+ of \d+ rows, [\d.]+ \w+", line)]
    assert "\r" not in result.err and "\x1b" not in result.err


def test_a_terminal_is_not_flooded(simulark, source):
    """All of it is told where a program may read it, or where somebody asks."""
    execute(source, f"INSERT INTO projects (user_id, name) SELECT '{instance.ADA}', 'P' || i FROM generate_series(1, 30) i")
    simulark("export", "--user", "ada@example.org", "-o", "x.ark", db=source)
    again = ("import", "x.ark")
    details = simulark(*again, "--json", db=source, check=5).error["details"]
    assert len(details) == 32
    seen, status = on_a_terminal(simulark, *again, db=source)
    assert status == 5
    assert [detail in seen for detail in details] == [True] * 20 + [False] * 12
    assert "  … and 12 more; --verbose lists all of them.\r\n--on-conflict skip" in seen
    assert all(detail in on_a_terminal(simulark, *again, "--verbose", db=source)[0] for detail in details)
    assert all(detail in simulark(*again, db=source, check=5).err for detail in details)


def test_progress_on_a_terminal_wipes_itself_away(simulark, source):
    execute(source, f"INSERT INTO nodes (graph_id, type, data) SELECT '{instance.MAIN}', 'service', to_jsonb(repeat('x', 900000))"
                      " FROM generate_series(1, 60)")
    seen, status = on_a_terminal(simulark, "export", "--project", "Shop", "-o", "x.yaml", db=source)
    assert status == 0
    moves = seen.split("\r\x1b[K")
    assert re.fullmatch(r"Exporting nodes: \d+%, \d+ of \d+ rows, [^\n]*", moves[1])
    assert moves[-1].startswith("Exported to x.yaml")


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("table, command", [
    ("audit_logs", "undo 00000000-0000-0000-0000-000000000001"), ("users", "tier usage ada@example.org"), ("subscription_tiers", "tier list"),
    ("pg_catalog.pg_constraint", "schema check"), ("templates", "template list"), ("templates", "template unpublish x"),
])
def test_waiting_for_a_lock(simulark, database, table, command, number, status):
    """The server is told to cancel its statement, which is no failure of its."""
    other = connect(database, autocommit=False)
    other.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    process = simulark.start(*command.split(), db=database)
    until(lambda: is_held_up(Database(database.server, "postgres")), process)
    process.send_signal(number)
    said = process.communicate(timeout=SECONDS)[1].decode()
    assert process.returncode == status
    assert said == "simulark: Interrupted: nothing was kept.\n"
    other.close()


@pytest.mark.skipif("sanitize" in str(SIMULARK), reason="sanitizers tell more of a crash")
def test_a_crash_of_the_reading_thread_is_told_as_any(simulark, database, make_database):
    """What is read there is the bundle, which may be hostile."""
    target = make_database()
    execute(database, test_bulk_load.FILL)
    simulark("export", "--all", "-o", "all.ark", db=database)
    execute(target, "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';"
                    "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()")
    process = simulark.start("import", "all.ark", db=target)
    until(lambda: value(target, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), process)
    threads = [int(thread) for thread in os.listdir(f"/proc/{process.pid}/task")]
    assert len(threads) == 2
    ctypes.CDLL(None).tgkill(process.pid, max(threads), signal.SIGSEGV)
    said = process.communicate(timeout=SECONDS)[1].decode()
    assert process.returncode == 8
    assert said == "simulark: The program broke down: nothing was kept.\n"
