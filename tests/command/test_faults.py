"""What happens when the world breaks off in the middle: nothing half done, the right status, and the next run works."""

import os
import signal
import subprocess
import threading

import pytest

import instance
from harness import SECONDS, Server, Simulark, connect, contents, execute, is_copying, is_held_up, left_alone, until, value

ROWS = 60000


@pytest.fixture(scope="module")
def large(server, filled_template, tmp_path_factory):
    """A project large enough to be interrupted in."""
    database = server.create(filled_template)
    instance.grow(database, ROWS)
    return database


@pytest.fixture(scope="module")
def large_bundle(large, tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    for path in ("x.ark", "x.json", "x.yaml"):
        Simulark(folder)("export", "--project", "Shop", "-o", path, db=large)
    return folder


def left_behind(folder):
    return sorted(name for name in os.listdir(folder))


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("path", ["x.yaml", "x.ark", "x/"])
def test_an_interrupted_export_leaves_nothing(simulark, large, tmp_path, number, status, path):
    process = simulark.start("export", "--project", "Shop", "-o", path, db=large)
    until(lambda: is_copying(large) or process.poll() is not None)
    process.send_signal(number)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode in (status, 0), err
    if process.returncode:
        assert b"Interrupted" in err and left_behind(tmp_path) == []
    simulark("export", "--project", "Shop", "-o", path, "--force", db=large)


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_an_interrupted_import_leaves_nothing_and_works_next_time(simulark, large_bundle, target, number, status):
    before = contents(target)
    process = simulark.start("import", large_bundle / "x.yaml", db=target)
    until(lambda: is_copying(target) or process.poll() is not None)
    process.send_signal(number)
    process.communicate(timeout=SECONDS)
    assert process.returncode in (status, 0)
    if process.returncode:
        left_alone(target)
        assert contents(target) == before
        simulark("import", large_bundle / "x.yaml", db=target)
    assert value(target, "SELECT count(*) FROM nodes") == ROWS + 20


def test_an_interruption_while_waiting_for_a_lock(simulark, large_bundle, source):
    holder = connect(source, autocommit=False)
    holder.cursor().execute(f"UPDATE projects SET name = 'held' WHERE id = '{instance.SHOP}'")
    process = simulark.start("import", large_bundle / "x.ark", "--on-conflict", "replace", "--force", db=source)
    until(lambda: is_held_up(source), process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    holder.rollback()
    holder.close()


@pytest.mark.parametrize("what", ["terminate", "crash"])
def test_a_server_that_goes_away(simulark, large_bundle, what):
    server = Server(["synchronous_commit=on"])  # what was committed before the crash is to be there after it
    server.start()
    try:
        database = server.create()
        simulark("schema", "apply", db=database)
        instance.people(database)
        before = contents(database)
        process = simulark.start("import", large_bundle / "x.yaml", db=database)
        until(lambda: is_copying(database), process)
        if what == "terminate":
            execute(server.create(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                     "WHERE application_name LIKE 'simulark/%%'", ())
        else:
            server.kill()
        _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 4, err
        if what == "crash":
            server.start()
        assert contents(database) == before
        simulark("import", large_bundle / "x.yaml", db=database)
    finally:
        server.remove()


def test_a_full_disk(simulark, large, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("this needs the right to mount")
    try:
        for path in ("x.json", "x.tar", "x/"):
            error = simulark("export", "--project", "Shop", "-o", f"small/{path}", "--json", db=large, check=7).error
            assert "No space left on device" in error["message"]
            assert left_behind(small) == []
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.parametrize("arguments", [["help"], ["schema", "print"], ["import", "--help"]])
def test_output_that_cannot_be_written(simulark, arguments):
    with open("/dev/full", "wb") as full:
        process = simulark.start(*arguments, stdout=full)
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 7 and b"standard output" in err


def test_a_bundle_on_standard_output_that_cannot_be_written(simulark, large):
    with open("/dev/full", "wb") as full:
        process = simulark.start("export", "--project", "Shop", "-o", "-", db=large, stdout=full)
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 7 and b"No space left on device" in err


@pytest.mark.parametrize("path", ["x.yaml", "x.json", "x.ark", "x.tar", "x.tar.gz", "x.zip"])
def test_a_file_cut_short_is_refused(simulark, source, tmp_path, path):
    simulark("export", "--project", "Shop", "-o", path, db=source)
    whole = (tmp_path / path).read_bytes()
    execute(source, "DELETE FROM projects")
    before = contents(source)
    for cut in sorted({1, 10, 100, len(whole) // 3, len(whole) // 2, *range(len(whole) - 40, len(whole), 3), len(whole) - 1}):
        (tmp_path / "cut").write_bytes(whole[:cut])
        result = simulark("import", "cut", db=source, check=None)
        assert result.status == 3, (cut, len(whole), result)
    assert contents(source) == before


def test_two_imports_at_once_bring_it_once(simulark, large_bundle, database):
    instance.people(database)
    results = []
    threads = [threading.Thread(target=lambda: results.append(simulark("import", large_bundle / "x.ark", db=database, check=None)))
               for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.status for result in results) == [0, 5, 5], [str(result) for result in results]
    assert value(database, "SELECT count(*) FROM nodes") == ROWS + 20


def peak(simulark, *arguments, db):
    """Of the command, in KiB."""
    process = subprocess.run(["/usr/bin/python3", "-c", PEAK, *simulark.command(*arguments, db=db)], cwd=simulark.folder,
                             env=simulark.environment(), capture_output=True, check=True)
    return int(process.stdout.splitlines()[-1])


def test_memory_does_not_grow_with_the_bundle(simulark, large, large_bundle, target):
    """Not a measurement: only that sixty thousand rows do not pile up."""
    for path in ("m.json", "m.ark"):
        assert peak(simulark, "export", "--project", "Shop", "-o", path, db=large) < 64 * 1024, path
    for path in ("x.json", "x.yaml", "x.ark"):
        assert peak(simulark, "import", "-n", large_bundle / path, db=target) < 64 * 1024, path


def test_many_projects_take_some_hundred_bytes_each(simulark, database, target):
    """What an import lists of them. A tree of JSON for each took a kilobyte and more."""
    execute(database, "INSERT INTO users (email, subscription_tier) VALUES ('many@example.org', 'enterprise');"
                      "INSERT INTO projects (user_id, name) SELECT id, 'Project ' || n FROM users, generate_series(1, 30000) n")
    assert peak(simulark, "export", "--all", "-o", "many.ark", db=database) < 48 * 1024
    assert peak(simulark, "import", "many.ark", db=target) < 48 * 1024
    assert peak(simulark, "import", "--on-conflict", "skip", "many.ark", db=target) < 48 * 1024


PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
