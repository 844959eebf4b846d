"""Ended at any moment: no half file, no half import, nothing left, the right status, and the same command works next time."""

import os
import random
import signal
import socket
import subprocess
import threading
import time

import pytest

import instance
from harness import SECONDS, Simulark, connect, execute, left_alone, rows

ROWS = 8000
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143, signal.SIGQUIT: 143, signal.SIGKILL: -9}
COUNTS = " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in ("projects", "graphs", "nodes", "messages", "contexts", "audit_logs"))


@pytest.fixture(scope="module")
def content(server, filled_template):
    database = server.create(filled_template)
    instance.grow(database, ROWS)
    return database


@pytest.fixture(scope="module")
def target(server, people_template):
    return server.create(people_template)


@pytest.fixture(scope="module")
def folder(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    for path in ("in.ark", "in.yaml"):
        Simulark(folder)("export", "--project", "Shop", "-o", path, db=content)
    return folder


def words(command, content, target):
    line = command.split()
    if line[0] == "transfer":
        return line + ["--from", content.url, "--to", target.url]
    return line + (["-d", (content if line[0] == "export" else target).url] if line[0] in ("export", "import") else [])


def settled(target):
    """What is in the target, once the server has noticed that a client is gone."""
    left_alone(target)
    return [count for count, in rows(target, COUNTS)]


def forget(target):
    execute(target, "DELETE FROM projects; DELETE FROM contexts; DELETE FROM chats; DELETE FROM audit_logs")


@pytest.mark.parametrize("command", ["export --project Shop -o out.ark", "export --project Shop -o out/", "convert in.yaml out.zip",
                                     "import in.yaml", "import in.ark --ids new", "transfer --project Shop"])
def test_killed_at_any_moment(folder, content, target, command):
    simulark = Simulark(folder)
    line = words(command, content, target)
    output = command.split()[-1].rstrip("/") if "out" in command else None
    there = sorted(os.listdir(folder))
    empty = settled(target)
    start = time.monotonic()
    simulark(*line)
    took = time.monotonic() - start
    rng = random.Random(command)
    for number, status in STATUS.items():
        share = rng.random()
        subprocess.run(["rm", "-rf", *(folder / name for name in os.listdir(folder) if name not in there)], check=True)
        forget(target)
        process = simulark.start(*line)
        time.sleep(took * share)
        process.send_signal(number)
        _, err = process.communicate(timeout=SECONDS)
        # Before it has looked at its first word it may be killed as any program is.
        assert process.returncode in (0, status, -number), (number, share, err)
        left = [name for name in sorted(os.listdir(folder)) if name not in there]
        if number == signal.SIGKILL and command.endswith("/"):
            # Nobody is there any more to remove a folder; the next run does.
            subprocess.run(["rm", "-rf", folder / output], check=True)
            simulark(*line)
            process.returncode = 0
            left = [name for name in sorted(os.listdir(folder)) if name not in there]
        written = output and (process.returncode == 0 or output in left)  # perhaps nobody was told
        assert left == ([output] if written else []), (number, share, left)
        if written:
            simulark("verify", output)
        if not output:
            counts = settled(target)
            assert counts[2] == ROWS + 20 if process.returncode == 0 else counts == empty or counts[2] == ROWS + 20, counts
    subprocess.run(["rm", "-rf", *(folder / name for name in os.listdir(folder) if name not in there)], check=True)
    forget(target)
    simulark(*line)
    subprocess.run(["rm", "-rf", *(folder / name for name in os.listdir(folder) if name not in there)], check=True)
    forget(target)


@pytest.mark.parametrize("path", ["-", "pipe"])
def test_a_reader_that_goes_away(folder, content, target, tmp_path, path):
    simulark = Simulark(tmp_path)
    if path == "pipe":
        os.mkfifo(tmp_path / "pipe")
    process = simulark.start("export", "--project", "Shop", "-o", path, "--format", "json", db=content)
    reader = process.stdout if path == "-" else open(tmp_path / "pipe", "rb")
    reader.read(1000)
    reader.close()
    err = process.stderr.read()
    assert process.wait(SECONDS) == 7 and b"Broken pipe" in err


class Proxy:
    """Stands between a client and the server, and cuts both ways off after so many bytes."""

    def __init__(self, server, folder, most):
        self.target = f"{server.folder}/.s.PGSQL.5432"
        self.left = most
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{folder}/.s.PGSQL.5432")
        self.listener.listen(4)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            other = socket.socket(socket.AF_UNIX)
            other.connect(self.target)
            for ends in ((client, other), (other, client)):
                threading.Thread(target=self.pump, args=ends, daemon=True).start()

    def pump(self, source, sink):
        try:
            while data := source.recv(65536):
                if len(data) > self.left:
                    break
                self.left -= len(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


@pytest.mark.parametrize("most", [300, 20_000, 900_000])
@pytest.mark.parametrize("command", ["export --project Shop -o out.ark", "import in.ark"])
def test_a_connection_cut_in_the_middle(server, folder, content, target, tmp_path, command, most):
    forget(target)
    before = settled(target)
    place = tmp_path / "s"
    place.mkdir()
    proxy = Proxy(server, place, most)
    database = content if "export" in command else target
    result = Simulark(folder)(*command.split(), db=database.url.replace(str(server.folder).replace("/", "%2F"), str(place)).replace(
        str(server.folder), str(place)), check=4)
    proxy.listener.close()
    assert "connection" in result.err.lower()
    assert not (folder / "out.ark").exists() and settled(target) == before


@pytest.mark.parametrize("command", ["export --project Shop -o out.ark", "import in.yaml", "transfer --project Shop"])
def test_a_backend_that_is_terminated(folder, content, target, command):
    """By an administrator, while the copying is under way."""
    other = connect(content)
    cursor = other.cursor()
    met = False
    for _ in range(20):  # it may be over before we have looked
        (folder / "out.ark").unlink(missing_ok=True)
        forget(target)
        before = settled(target)
        process = Simulark(folder).start(*words(command, content, target))
        while not met and process.poll() is None:
            cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'simulark/%' "
                           "AND state = 'active' AND query LIKE 'COPY %'")
            met = cursor.fetchone()[0] > 0
        _, err = process.communicate(timeout=SECONDS)
        if met:
            break
    other.close()
    assert met and process.returncode == 4, err
    assert b"The connection to the database was lost" in err and b"can be run again" in err
    assert not (folder / "out.ark").exists() and settled(target) == before
