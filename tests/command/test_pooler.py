"""Everything works through PgBouncer in transaction mode, where a session's state would be lost."""

import shutil
import subprocess

import psycopg2
import pytest

import instance
import test_bulk_load
from harness import answers, clean_environment, copy, execute, server_account, until, value


@pytest.fixture
def pooler(server, tmp_path_factory):
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if not program:
        pytest.skip("pgbouncer is not installed")
    folder = server.folder / "pool"
    folder.mkdir(exist_ok=True)
    (folder / "users").write_text('"tests" ""\n')
    (folder / "ini").write_text(f"""
[databases]
* = host={server.folder} port=5432
[pgbouncer]
unix_socket_dir = {folder}
listen_addr =
listen_port = 6432
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 1
logfile = {folder}/log
""")
    account = server_account()
    if account:
        for path in (folder, folder / "ini", folder / "users"):
            shutil.chown(path, account.pw_uid, account.pw_gid)
    process = subprocess.Popen(server.prefix + [program, str(folder / "ini")], cwd="/", env=clean_environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def url(database):
        return f"host={folder} port=6432 dbname={database.name} user=tests"

    until(lambda: answers(f"host={folder} port=6432 dbname=postgres user=tests"), process)
    yield url
    process.terminate()
    process.wait()


def test_a_project_goes_out_and_comes_back_through_a_pooler(simulark, pooler, source, make_database):
    other = make_database()
    instance.people(other)
    simulark("export", "--project", "Shop", "-o", "x.ark", db=pooler(source))
    assert simulark("import", "x.ark", "--json", db=pooler(other)).json["tables"]["nodes"] == 20
    assert copy(other, "SELECT * FROM nodes ORDER BY id") == copy(source, "SELECT * FROM nodes ORDER BY id")
    simulark("import", "x.ark", "--on-conflict", "replace", db=pooler(other))
    simulark("schema", "check", db=pooler(other))


def test_an_instance_goes_out_through_a_pool_of_one(simulark, pooler, source):
    """There is no connection for a helper: it is not waited for long."""
    simulark("export", "--all", "-j", "4", "-o", "x.ark", db=pooler(source), timeout=30)
    assert simulark("inspect", "x.ark", "--json").json["tables"]["nodes"] == 20


def test_a_restore_heeds_what_somebody_left_open(simulark, pooler, database, make_database):
    """A session with an open cursor refuses frozen rows."""
    execute(database, test_bulk_load.FILL)
    simulark("export", "--all", "-o", "all.ark", db=database)
    target = make_database()
    other = psycopg2.connect(pooler(target))
    other.autocommit = True
    other.cursor().execute("DECLARE c CURSOR WITH HOLD FOR SELECT 1")
    simulark("import", "all.ark", db=pooler(target))
    assert value(target, "SELECT count(*) FROM nodes") == value(database, "SELECT count(*) FROM nodes")
    other.close()


def test_nothing_of_a_session_is_left_behind(simulark, pooler, source):
    """The pool has one server connection: the next client sees what we left on it."""
    before = psycopg2.connect(pooler(source))
    cursor = before.cursor()
    settings = "SELECT name, setting FROM pg_settings WHERE name IN ('search_path', 'TimeZone', 'DateStyle', 'row_security', " \
               "'statement_timeout', 'extra_float_digits', 'bytea_output', 'IntervalStyle') ORDER BY 1"
    cursor.execute(settings)
    expected = cursor.fetchall()
    before.close()
    simulark("export", "--project", "Shop", "-o", "x.ark", db=pooler(source))
    simulark("import", "x.ark", db=pooler(source), check=5)
    after = psycopg2.connect(pooler(source))
    cursor = after.cursor()
    cursor.execute(settings)
    assert cursor.fetchall() == expected
    after.close()
