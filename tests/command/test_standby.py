"""Fleets: reads from a hot standby, writes to the primary, and a failover in the middle of a run."""

import subprocess
from urllib.parse import quote

import psycopg2
import pytest

import instance
from harness import Database, Server, clean_environment, contents, is_copying, until, value, waits


class Pair:
    """A primary and a standby that streams from it."""

    def __init__(self):
        # What is committed is in the log at once, which catch_up() asks for.
        self.primary = Server(["synchronous_commit=on"])
        self.standby = Server()

    def start(self):
        self.primary.start()
        data = self.standby.folder / "data"
        subprocess.run([str(part) for part in [*self.standby.prefix, self.primary.programs / "pg_basebackup", "-D", data, "-R",
                        "-h", self.primary.folder, "-U", "tests", "-c", "fast", "-X", "stream"]], cwd="/", check=True,
                       env=clean_environment(), capture_output=True)
        self.standby.start()

    def url(self, name, wanted):
        folders = ",".join(quote(str(server.folder), safe="") for server in (self.standby, self.primary))
        return f"postgresql:///{name}?host={folders}&port=5432,5432&user=tests&target_session_attrs={wanted}"

    def catch_up(self):
        """Waits until the standby has what the primary has now."""
        here = value(Database(self.primary, "postgres"), "SELECT pg_current_wal_lsn()::text")
        until(lambda: value(Database(self.standby, "postgres"), "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", (here,)))


@pytest.fixture(scope="module")
def pair():
    pair = Pair()
    try:
        pair.start()
        yield pair
    finally:
        pair.standby.remove()
        pair.primary.remove()


@pytest.fixture
def filled(pair, simulark):
    database = pair.primary.create()
    simulark("schema", "apply", db=database)
    instance.fill(database)
    pair.catch_up()
    return database


def test_reads_come_from_the_standby_and_writes_go_to_the_primary(simulark, pair, filled):
    here = Database(pair.standby, filled.name)
    done = simulark("export", "--project", "Shop", "-o", "x.ark", "--json", db=here).json
    assert done["audited"] is False
    assert simulark("export", "--project", "Shop", "-o", "y.ark", "--json", db=filled).json["digest"] == done["digest"]
    assert "not in the audit log" in simulark("export", "--project", "Shop", "-o", "z.ark", db=here).err
    simulark("schema", "check", db=here)
    # Of several hosts the right one is found.
    simulark("export", "--all", "-o", "a.ark", db=pair.url(filled.name, "standby"))
    simulark("import", "x.ark", "--on-conflict", "replace", db=pair.url(filled.name, "read-write"))
    pair.catch_up()
    simulark("diff", "x.ark", pair.url(filled.name, "prefer-standby"), "--project", "Shop")
    other = pair.primary.create()
    simulark("schema", "apply", db=other)
    simulark("transfer", "--from", here.url, "--to", other.url, "--all")
    assert contents(other, ["projects", "nodes", "chats"]) == contents(filled, ["projects", "nodes", "chats"])


@pytest.mark.parametrize("arguments", [["import", "x.ark"], ["undo", "00000000-0000-4000-8000-000000000000"], ["schema", "apply"]])
def test_a_standby_refuses_writes_and_says_where_they_go(simulark, pair, filled, arguments):
    simulark("export", "--project", "Shop", "-o", "x.ark", db=filled)
    error = simulark(*arguments, "--json", db=Database(pair.standby, filled.name), check=4).error
    assert "target_session_attrs=read-write" in error["hint"]


def test_a_failover_in_mid_run_ends_clean_and_the_command_can_be_repeated(simulark, pair, filled):
    simulark("export", "--all", "-o", "x.json", db=filled)
    bundle = (simulark.folder / "x.json").read_bytes()
    empty = pair.primary.create()
    simulark("schema", "apply", db=empty)
    pair.catch_up()
    url = pair.url(empty.name, "read-write")
    process = simulark.start("import", "-", "--json", db=url)
    process.stdin.write(bundle[:len(bundle) // 2])
    process.stdin.flush()
    until(lambda: is_copying(empty) and waits(process), process)
    pair.primary.kill()
    _, err = process.communicate(bundle[len(bundle) // 2:])
    assert process.returncode == 4 and b"can be run again" in err
    connection = psycopg2.connect(pair.standby.url("postgres"))
    connection.autocommit = True
    connection.cursor().execute("SELECT pg_promote()")
    connection.close()
    there = Database(pair.standby, empty.name)
    assert value(there, "SELECT count(*) FROM projects") == 0
    simulark("import", "x.json", db=url)
    assert value(there, "SELECT count(*) FROM nodes") == 20
