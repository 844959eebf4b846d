"""Odd places to run in: closed streams, no folders, small limits, strange paths, files that change while they are read."""

import os
import resource
import shutil
import signal
import stat
import subprocess
import threading
import time

import pytest

from harness import Simulark, value


@pytest.fixture(scope="module")
def content(server, filled_template):
    return server.create(filled_template)


@pytest.fixture(scope="module")
def bundles(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    for path in ("x.ark", "x.zip", "x.yaml", "x.json", "x"):
        Simulark(folder)("export", "--project", "Shop", "-o", path + "/" * (path == "x"), db=content)
    return folder


def run(simulark, *arguments, db=None, env=None, before=None, cwd=None, wrap=(), **streams):
    """before: what the child does before it becomes the program."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    done = subprocess.run([*wrap, *simulark.command(*arguments, db=db)], cwd=cwd or simulark.folder, env=simulark.environment(env),
                          preexec_fn=before, timeout=60, **streams)
    return done.returncode, (done.stderr or b"").decode()


def limit(name, size):
    return lambda: resource.setrlimit(name, (size, size))


# name, what the child does before, environment
SURROUNDINGS = [
    ("standard input closed", lambda: os.close(0), {}),
    ("standard output closed", lambda: os.close(1), {}),
    ("standard error closed", lambda: os.close(2), {}),
    ("all three closed", lambda: [os.close(fd) for fd in range(3)], {}),
    ("no home", None, {"HOME": None}),
    ("a home that is not there", None, {"HOME": "/nowhere"}),
    ("no path", None, {"PATH": None}),
    ("a mask that takes everything", lambda: os.umask(0o777), {}),
    ("few descriptors", limit(resource.RLIMIT_NOFILE, 12), {}),
    ("a foreign locale", None, {"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE"}),
    ("a locale that is not there", None, {"LC_ALL": "xx_YY", "LC_NUMERIC": "de_DE.UTF-8"}),
    ("no locale", None, {"LC_ALL": None}),
    ("a time zone far away", None, {"TZ": "Pacific/Kiritimati", "PGTZ": "Asia/Kathmandu"}),
    ("a time zone that is none", None, {"TZ": ":/dev/urandom"}),
    ("other ways of the server's", None, {"PGDATESTYLE": "German", "PGOPTIONS": "-c intervalstyle=sql_standard -c extra_float_digits=-5"}),
    ("a server that speaks Latin", None, {"PGCLIENTENCODING": "LATIN1"}),
    ("signals ignored", lambda: [signal.signal(number, signal.SIG_IGN) for number in (1, 2, 15)], {}),
]


@pytest.mark.parametrize("name, before, env", SURROUNDINGS, ids=[case[0] for case in SURROUNDINGS])
def test_the_same_bytes_whatever_the_surroundings(simulark, content, bundles, tmp_path, name, before, env):
    usual = {"SOURCE_DATE_EPOCH": "1700000000"}
    simulark("export", "--project", "Shop", "-o", "usual.ark", db=content, env=usual)
    got, err = run(simulark, "export", "--project", "Shop", "-o", "odd.ark", db=content, env={**usual, **env}, before=before)
    if "closed" in name and name != "standard error closed" and got == 7:
        assert "standard output" in err  # a report that went nowhere
    else:
        assert got == 0, err
    os.chmod(tmp_path / "odd.ark", 0o600)
    assert (tmp_path / "odd.ark").read_bytes() == (tmp_path / "usual.ark").read_bytes()
    got, err = run(simulark, "verify", bundles / "x.yaml", env=env, before=before)
    assert got in (0, 7), err


def test_a_folder_that_is_gone(simulark, content, bundles, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    wrap = ("sh", "-c", 'rmdir "$0"; exec "$@"', gone)
    got, err = run(simulark, "export", "--project", "Shop", "-o", "x.ark", db=content, cwd=gone, wrap=wrap)
    assert got == 7 and "x.ark" in err
    gone.mkdir()
    got, err = run(simulark, "verify", bundles / "x.ark", cwd=gone, wrap=wrap)
    assert got == 0, err


# what the child does before, command, exit status
SMALL = [
    (limit(resource.RLIMIT_FSIZE, 1000), "export --project Shop -o out.json", 7),
    (limit(resource.RLIMIT_FSIZE, 1000), "export --project Shop -o out/", 7),
    (limit(resource.RLIMIT_FSIZE, 1000), "convert x.ark out.zip", 7),
    (limit(resource.RLIMIT_FSIZE, 0), "verify -", 7),
    (limit(resource.RLIMIT_NOFILE, 4), "export --project Shop -o out.ark", (4, 7)),
    (limit(resource.RLIMIT_NOFILE, 4), "convert x.ark out.yaml", 7),
    (limit(resource.RLIMIT_NOFILE, 5), "verify x", 7),
    (limit(resource.RLIMIT_AS, 40 << 20), "convert x.ark out.yaml", (0, 8, 127)),
    (limit(resource.RLIMIT_AS, 60 << 20), "export --project Shop -o out.ark", (0, 8, 4)),
    (limit(resource.RLIMIT_STACK, 64 << 10), "convert x.yaml out.ark", (0, 8)),
]


@pytest.mark.parametrize("before, command, status", SMALL, ids=[f"{case[1]} {i}" for i, case in enumerate(SMALL)])
def test_small_limits(simulark, content, bundles, tmp_path, before, command, status):
    for path in ("x.ark", "x.yaml"):
        shutil.copy(bundles / path, tmp_path)
    shutil.copytree(bundles / "x", tmp_path / "x")
    there = sorted(os.listdir(tmp_path))
    with open(bundles / "x.zip", "rb") as zip_file:
        feed = subprocess.Popen(["cat"], stdin=zip_file, stdout=subprocess.PIPE)
        got, err = run(simulark, *command.split(), db=content if "export" in command else None, before=before, stdin=feed.stdout)
        feed.kill()
        feed.communicate()
    assert got in (status if isinstance(status, tuple) else (status,)), err
    if got:
        assert sorted(os.listdir(tmp_path)) == there and (got == 127 or err.startswith("simulark: ")), err


@pytest.mark.parametrize("folder", ["/nowhere", "/proc", ""])
def test_no_place_for_scratch_files(simulark, bundles, folder):
    with open(bundles / "x.zip", "rb") as file:
        data = file.read()
    result = simulark("verify", "-", stdin=data, env={"TMPDIR": folder}, check=0 if not folder else 7)
    if folder:
        assert "TMPDIR" in result.err


def test_no_space_for_standard_input(simulark, content, bundles):
    with open(bundles / "x.ark", "rb") as file:
        feed = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
        got, err = run(simulark, "import", "-", "--ids", "new", db=content, before=limit(resource.RLIMIT_FSIZE, 0), stdin=feed.stdout)
        feed.kill()
        feed.communicate()
    assert got == 7 and "TMPDIR" in err


@pytest.mark.parametrize("make, path, status, message", [
    (lambda p: os.symlink("nothing", p / "out.ark"), "out.ark", 5, "there already"),
    (lambda p: os.symlink("out.ark", p / "out.ark"), "out.ark", 5, "there already"),
    (lambda p: (p / "out.ark").mkdir(), "out.ark", 7, "folder"),
    (lambda p: None, "nowhere/out.ark", 7, "must be there"),
    (lambda p: None, "/proc/out.ark", 7, "Cannot write"),
    (lambda p: None, "/dev/full", 7, "No space left"),
    (lambda p: None, "n" * 300 + ".ark", 7, "too long"),
    (lambda p: None, "n/" * 3000 + "x.ark", 7, "too long"),
    (lambda p: (p / "file").write_text("mine"), "file/out.ark", 7, "Not a directory"),
    (lambda p: (p / "out").mkdir() or (p / "out" / "mine").write_text("mine"), "out/", 5, "other files"),
    (lambda p: (p / "out").write_text("mine"), "out/", 5, "no folder"),
])
def test_paths_that_cannot_be_written(simulark, content, tmp_path, make, path, status, message):
    make(tmp_path)
    there = sorted(os.listdir(tmp_path))
    format = ["--format", "ark"] if path == "/dev/full" else []
    result = simulark("export", "--project", "Shop", "-o", path, *format, db=content, check=status)
    assert message in result.err, result
    assert sorted(os.listdir(tmp_path)) == there


def test_a_link_that_leads_nowhere_is_not_replaced(simulark, content, tmp_path):
    os.symlink("nothing", tmp_path / "out.ark")
    result = simulark("export", "--project", "Shop", "-o", "out.ark", "--force", db=content, check=7)
    assert "Cannot replace out.ark: it is a link to a file that is not there." in result.err
    assert os.listdir(tmp_path) == ["out.ark"]


def test_paths_of_any_bytes(simulark, content, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\xfe \x1b[31m.ark"
    done = subprocess.run([simulark.command()[0], "export", "--project", "Shop", "-o", path, "--json", "-d", content.url],
                          env=simulark.environment(), capture_output=True, check=True)
    assert b"\\ufffd" in done.stdout or "\ufffd".encode() in done.stdout
    done = subprocess.run([simulark.command()[0], "verify", path], env=simulark.environment(), capture_output=True, check=True)
    assert b"\x1b" not in done.stderr and os.path.exists(path)


@pytest.mark.parametrize("line, code", [
    (["inspect", "\udcfe.ark"], "file"),
    (["inspect", "\udcff.ark"], "malformed"),
    (["convert", "x", "\udcff.ark"], "conflict"),
])
def test_failures_about_paths_of_any_bytes_are_json(simulark, bundles, tmp_path, line, code):
    shutil.copytree(bundles / "x", tmp_path / "x")
    (tmp_path / "\udcff.ark").touch()
    error = simulark(*line, "--json", check=None).error
    assert error["code"] == code and "\ufffd.ark" in error["message"]


def test_pipes_with_names(simulark, content, target, tmp_path):
    os.mkfifo(tmp_path / "pipe.ark")
    writer = threading.Thread(target=simulark, args=("export", "--project", "Shop", "-o", "pipe.ark"), kwargs={"db": content})
    writer.start()
    simulark("import", "pipe.ark", "-n", db=target)
    writer.join()
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe.ark").st_mode)


def test_two_exports_to_one_path(simulark, content, tmp_path):
    """One of them wins; the file is whole."""
    results = []
    threads = [threading.Thread(target=lambda: results.append(simulark("export", "--project", "Shop", "-o", "x.ark", db=content, check=None)))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.status for result in results)[0] == 0 and {result.status for result in results} <= {0, 5}
    assert [result.status for result in results].count(0) == 1
    assert os.listdir(tmp_path) == ["x.ark"]
    simulark("verify", "x.ark")


def test_a_file_that_grows_and_one_that_is_replaced(simulark, bundles, target, tmp_path):
    """While it is read: refused, or what it was; never half of each."""
    data = (bundles / "x.yaml").read_bytes()
    os.mkfifo(tmp_path / "slow")
    process = simulark.start("import", "slow", db=target)
    with open(tmp_path / "slow", "wb") as slow:
        slow.write(data[:9000])
        slow.flush()
        time.sleep(0.2)
        slow.write(data[9000:] + b"more: of it\n")
    process.communicate(timeout=30)
    assert process.returncode == 3
    for path in ("a.ark", "b.ark"):
        shutil.copy(bundles / "x.ark", tmp_path / path)
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            shutil.copy(bundles / "x.ark", tmp_path / "new")
            os.replace(tmp_path / "new", tmp_path / "a.ark")
            (tmp_path / "b.ark").write_bytes(b"")
            shutil.copy(bundles / "x.ark", tmp_path / "b.ark")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(5):
            simulark("import", "a.ark", "-n", "--ids", "new", db=target)  # renamed into place: always whole
            assert simulark("import", "b.ark", "-n", "--ids", "new", db=target, check=None).status in (0, 3, 5)
    finally:
        stop.set()
        thread.join()
    assert value(target, "SELECT count(*) FROM projects") == 0


def test_a_folder_of_very_many_files(simulark, bundles, tmp_path):
    shutil.copytree(bundles / "x", tmp_path / "x")
    for i in range(3000):
        (tmp_path / "x" / f"note{i}").touch()
    start = time.monotonic()
    result = simulark("verify", "x")
    assert result.out.count("note") <= 100 and time.monotonic() - start < 20
    (tmp_path / "x" / "assets").mkdir()
    for i in range(300):
        (tmp_path / "x" / "assets" / str(i)).touch()
    assert "limit entries" in simulark("verify", "x", "--limit", "entries=200", check=3).out
