"""Faults by name (tests/faults/shim.c): the right status, nothing left behind, and the same command works next time. A fault that
is never hit fails its test."""

import errno
import os
import shutil
import subprocess

import pytest

from harness import ROOT, Simulark, contents, execute, rows

COUNTS = " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in ("projects", "graphs", "nodes", "messages", "contexts", "audit_logs"))


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o", library, ROOT / "tests/faults/shim.c", "-ldl"], check=True)
    return library


class Place:
    """A folder with bundles, and two databases: one to take from, one to bring into."""

    def __init__(self, folder, source, target):
        self.folder = folder
        self.source = source
        self.target = target
        self.simulark = Simulark(folder)

    def line(self, command):
        """The words of a command line; export and import get their database."""
        words = command.split()
        if words[0] == "transfer":
            return words + ["--from", self.source.url, "--to", self.target.url]
        if words[0] in ("export", "import"):
            return words + ["--dbname", (self.source if words[0] == "export" else self.target).url]
        return words

    def state(self, command):
        """Every file, and where the command could change it, the database."""
        files = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    files[os.path.relpath(os.path.join(folder, name), self.folder)] = file.read()
            files.setdefault(os.path.relpath(folder, self.folder), None)
        return files, contents(self.target) if command.startswith(("import", "transfer")) else {}

    def look(self, command):
        """What a run that failed may not change, as far as it can be seen at little cost."""
        names = sorted(os.path.join(folder, name) for folder, _, files in os.walk(self.folder) for name in files)
        return names, rows(self.target, COUNTS) if command.startswith(("import", "transfer")) else []

    def run(self, shim, command, faults, stdin=b""):
        """Exit status, standard error, and the faults that were hit."""
        hit = self.folder.parent / "hit"
        env = self.simulark.environment({"LD_PRELOAD": shim, "SIMULARK_FAULTS": faults, "SIMULARK_FAULTS_HIT": hit})
        done = subprocess.run(self.simulark.command(*self.line(command)), cwd=self.folder, env=env, input=stdin, capture_output=True,
                              timeout=60)
        names = sorted(set(hit.read_text().split())) if hit.exists() else []
        hit.unlink(missing_ok=True)
        return done.returncode, done.stderr.decode(), names


@pytest.fixture(scope="module")
def place(server, filled_template, people_template, tmp_path_factory):
    source, target = server.create(filled_template), server.create(people_template)
    folder = tmp_path_factory.mktemp("injected") / "work"
    folder.mkdir()
    simulark = Simulark(folder)
    for path in ("in.ark", "in.zip", "in.yaml", "in.json", "in/"):
        simulark("export", "--project", "Shop", "-o", path, db=source)
    # What is there to be replaced.
    for path in ("old.ark", "old/"):
        simulark("export", "--project", "Shop", "-o", path, "--contexts", "none", db=source)
    (folder / "map.csv").write_text("ada@example.org,bob@example.org\n")
    return Place(folder, source, target)


NOSPC, QUOTA, NOTSUP, ACCES, INVAL = errno.ENOSPC, errno.EDQUOT, errno.EOPNOTSUPP, errno.EACCES, errno.EINVAL
NO_NAMELESS = f"tmpfile:1:{NOTSUP}"  # as on file systems without O_TMPFILE

# command, faults, exit status
FAULTS = [
    *((f"export --project Shop -o {path}", fault, 7) for path in ("new.ark", "new.yaml")
      for fault in ("fsync:1", "fsync:2", f"write:1:{NOSPC}", f"write:100:{QUOTA}", "rename:1", f"{NO_NAMELESS},rename:1",
                    f"{NO_NAMELESS},fsync:1", f"{NO_NAMELESS},fsync:2", f"{NO_NAMELESS},write:1000", f"{NO_NAMELESS},open:1:{ACCES}")),
    *(("export --project Shop -o new/", fault, 7) for fault in ("fsync:1", "fsync:3", "write:1", f"write:2000:{NOSPC}", "rename:1",
                                                               f"open:1:{ACCES}", f"open:3:{NOSPC}")),
    *((f"export --project Shop --force -o {path}", fault, 7) for path in ("old.ark", "old/")
      for fault in ("fsync:1", "write:500", "rename:1")),
    ("export --project Shop --force -o old.ark", f"{NO_NAMELESS},rename:1", 7),
    ("convert in.ark new.yaml", "read:1", 7),
    ("convert in.zip new/", "read:2", 7),
    ("convert in.ark new.ark", "fsync:1", 7),
    ("convert in.json new.ark", f"write:1:{NOSPC}", 7),
    ("verify in.ark", "read:1", 7),
    ("verify in/", "read:2", 7),
    ("inspect in.yaml", "read:1", 7),
    ("diff in.ark in.yaml", "read:1", 7),
    ("render in.ark -o new.svg", "fsync:1", 7),
    ("render in.ark -o new.svg", f"write:1:{NOSPC}", 7),
    ("import in.ark", "read:1", 7),
    ("import in/", "read:3", 7),
    ("import in.ark --ids new --id-map new.csv", f"write:1:{NOSPC}", 7),
    ("import in.ark --ids new --id-map new.csv", "fsync:1", 7),
    ("import in.ark --map-users map.csv", "read:1", 7),
    ("import -", f"write:1:{NOSPC}", 7),  # a zip through a pipe waits in a scratch file
    ("verify -", f"write:1:{NOSPC}", 7),
    ("verify -", f"{NO_NAMELESS},write:1:{NOSPC}", 7),
    # These do no harm.
    ("export --project Shop -o new.ark", NO_NAMELESS, 0),
    ("export --project Shop -o new.ark", f"{NO_NAMELESS},rename:1:{INVAL}", 0),
    ("export --project Shop -o new.ark", f"fsync:2:{INVAL}", 0),
    ("export --project Shop --force -o old.ark", NO_NAMELESS, 0),
    ("verify -", NO_NAMELESS, 0),
    # The clock stands: in 1970, in 1980, in 9999.
    *((command, f"clock:{hours}", 0) for hours in (1, 87672, 70389500)
      for command in ("import in.json --ids new", "convert in.json new.zip")),
]


@pytest.mark.parametrize("command, faults, status", FAULTS)
def test_faults(shim, place, command, faults, status):
    before = place.state(command)
    stdin = (place.folder / "in.zip").read_bytes() if command.split()[1] == "-" else b""
    try:
        got, err, hit = place.run(shim, command, faults, stdin)
        assert got == status, err
        assert hit == sorted(fault.split(":")[0] for fault in faults.split(",")), "a fault was never hit"
        if status:
            assert err.startswith("simulark: ") and differences(before, place.state(command)) == []
            assert place.run(shim, command, "", stdin)[0] == 0
    finally:
        clean(place, before)


def differences(before, after):
    """Names of files and tables that are not what they were."""
    return sorted(name for old, new in zip(before, after) for name in old.keys() | new.keys()
                  if name not in old or name not in new or old[name] != new[name])


def clean(place, before):
    """Takes back what a success left."""
    files, tables = before
    for name in place.state("")[0].keys() - files.keys():
        path = place.folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for name, data in files.items():
        if data is not None:
            (place.folder / name).write_bytes(data)
    if tables:
        execute(place.target, "DELETE FROM projects; DELETE FROM contexts; DELETE FROM chats; "
                              "DELETE FROM audit_logs")


# ---- every call in turn ----


def series(dense):
    """1, 2, 3 … at first, then with growing gaps."""
    n = 1
    while True:
        yield n
        n += 1 + n // dense


@pytest.mark.parametrize("command", ["export --project Shop -o new.ark", "convert in.yaml new/", "verify in.zip", "import in.ark --ids new --json",
                                     "transfer --project Shop --owner ada@example.org"])
def test_memory_that_runs_out(shim, place, command):
    """Once, in any of a command's allocations: status 8, nothing left, until none fails."""
    before, seen = place.state(command), place.look(command)
    for n in series(3):
        got, err, hit = place.run(shim, command, f"alloc:{n}")
        if hit and got:
            done = "after what it was asked for was done" in err
            # libpq tells some of it as a connection that cannot be made.
            assert got == 8 or (got == 4 and "Cannot connect" in err), (n, got, err)
            assert done == (place.look(command) != seen), (n, err)
        if got == 0 or "was done" in err:
            clean(place, before)
        if not hit:
            break
    assert got == 0 and n > 300


@pytest.mark.parametrize("fault", ["recv", "send"])
@pytest.mark.parametrize("command", ["export --project Shop -o new/", "import in.ark", "transfer --project Shop --owner ada@example.org"])
def test_connections_that_are_cut(shim, place, command, fault):
    """At any message, until none is left: status 4, and nothing half done."""
    before, seen = place.state(command), place.look(command)
    for n in series(5):
        got, err, hit = place.run(shim, command, f"{fault}:{n}:{errno.ECONNRESET}")
        if not hit:
            break
        if got == 0 and "audit" not in err:
            clean(place, before)
            assert not place.run(shim, command, f"{fault}:{n + 1}:{errno.ECONNRESET}")[2], "only the goodbye needs no answer"
            break
        committed = "may or may not" in err or (got == 0 and "audit" in err)
        assert got == 4 or committed, (n, got, err)
        assert committed or place.look(command) == seen, (n, err)
        if committed:
            clean(place, before)
    assert got == 0 and n > 8
    clean(place, before)
