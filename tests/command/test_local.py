"""The private instance: `simulark local`, and commands that need a database when none is named."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import PLACE, SIMULARK, clean_environment, execute, is_alive, rows, until, value

# Root's server runs as another user, so it matters whether others may enter the folder above.
PARENTS = {"open to others": 0o711, "closed to others": 0o700}


class Instance:
    def __init__(self, simulark, home):
        self.simulark = simulark
        self.home = Path(home)

    def __call__(self, *args, check=0, env=None):
        return self.simulark(*args, env={"SIMULARK_HOME": self.home, **(env or {})}, check=check)

    def local(self, verb, check=0, env=None):
        return self("local", verb, "--json", check=check, env=env)

    @property
    def url(self):
        return self.local("url").json["url"]

    @property
    def folder(self):
        """Where the server keeps its data."""
        return Path(value(self.url, "SHOW data_directory"))

    @property
    def pid(self):
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def kill(self):
        """Kills the server, and returns when it is dead: the signal alone takes effect at a time of the kernel's choice."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: not is_alive(pid))


@pytest.fixture
def parent(request):
    folder = Path(tempfile.mkdtemp(prefix="home-", dir=PLACE))
    folder.chmod(getattr(request, "param", 0o711))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def make_instance(simulark, parent):
    made = []

    def make(name="home"):
        made.append(Instance(simulark, parent / name))
        return made[-1]

    yield make
    for instance in made:
        # None: a test may have left a home that the command rightly refuses.
        instance.local("reset", check=None)


@pytest.fixture
def instance(make_instance):
    return make_instance()


every_parent = pytest.mark.parametrize("parent", PARENTS.values(), ids=PARENTS, indirect=True)


def test_an_instance_that_was_never_made_is_not_running_and_stays_unmade(instance):
    assert instance.local("status", check=1).json["running"] is False
    assert instance.local("stop").json["stopped"] is False
    assert instance.local("reset").json["reset"] is True
    assert not instance.home.exists()


@every_parent
def test_start_makes_an_instance_with_the_tables_in_it(instance):
    assert instance.local("start").json["started"] is True
    assert instance.local("status").json["running"] is True
    assert instance("schema", "check", "--json", "--dbname", instance.url).json == {"ok": True, "drift": []}
    assert rows(instance.url, "SELECT name FROM subscription_tiers ORDER BY id") == [("free",), ("pro",), ("enterprise",)]


def test_the_server_listens_on_its_socket_only_and_keeps_what_it_is_given(instance):
    instance.local("start", env={"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8"})
    expected = {"listen_addresses": "", "fsync": "on", "server_encoding": "UTF8", "unix_socket_permissions": "0700"}
    assert {name: value(instance.url, f"SHOW {name}") for name in expected} == expected
    assert rows(instance.url, "SELECT datcollate, datctype, current_user::text FROM pg_database"
                              " WHERE datname = current_database()") == [("C.UTF-8", "C.UTF-8", "simulark")]
    socket = Path(value(instance.url, "SHOW unix_socket_directories").strip('"'))
    assert socket.stat().st_mode & 0o777 == 0o700


def test_start_finds_a_running_server(instance):
    instance.local("start")
    pid = instance.pid
    assert instance.local("start").json["started"] is False
    assert instance.pid == pid


def test_one_of_several_starts_at_once_starts_it(instance):
    env = {"SIMULARK_HOME": instance.home}
    starts = [instance.simulark.start("local", "start", "--json", env=env) for _ in range(4)]
    answers = [start.communicate(timeout=60)[0] for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0, 0], answers
    assert sum(b'"started":true' in answer.replace(b" ", b"") for answer in answers) == 1


@every_parent
def test_data_survive_stop_and_start(instance):
    instance.local("start")
    execute(instance.url, "INSERT INTO users (email) VALUES ('ada@example.org')")
    assert instance.local("stop").json["stopped"] is True
    assert instance.local("status", check=1).json["running"] is False
    instance.local("start")
    assert rows(instance.url, "SELECT email FROM users") == [("ada@example.org",)]


def test_data_survive_a_killed_server(instance):
    instance.local("start")
    for n in range(3):
        execute(instance.url, "INSERT INTO users (email) VALUES (%s)", (f"u{n}@example.org",))
        instance.kill()
        assert instance.local("start").json["started"] is True
        assert value(instance.url, "SELECT count(*) FROM users") == n + 1


def test_a_copy_of_a_running_instance_is_another_instance(make_instance):
    original, twin = make_instance("original"), make_instance("twin")
    original.local("start")
    # What a backup program would do; symlinks stay, the socket cannot be copied.
    subprocess.run(["cp", "-r", original.home, twin.home], check=True)
    assert twin.local("status", check=1).json["running"] is False
    assert twin.local("start").json["started"] is True
    assert twin.pid != original.pid
    execute(twin.url, "INSERT INTO users (email) VALUES ('twin@example.org')")
    assert value(original.url, "SELECT count(*) FROM users") == 0
    twin.local("reset")
    assert original.local("status").json["running"] is True


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
@pytest.mark.parametrize("parent", [0o700], ids=["closed to others"], indirect=True)
def test_a_copy_leaves_data_kept_outside_the_home_to_the_original(make_instance):
    original, twin = make_instance("original"), make_instance("twin")
    original.local("start")
    assert original.folder.parent.parent == Path("/var/lib/simulark")
    assert f"data {original.folder.parent}" in (original.home / "location").read_text()
    subprocess.run(["cp", "-r", original.home, twin.home], check=True)
    twin.local("start")
    assert twin.folder != original.folder
    twin.local("reset")
    assert original.local("status").json["running"] is True


@every_parent
def test_a_moved_instance_is_still_the_same(make_instance):
    before, after = make_instance("before"), make_instance("after")
    before.local("start")
    execute(before.url, "INSERT INTO users (email) VALUES ('ada@example.org')")
    before.local("stop")
    before.home.rename(after.home)
    after.local("start")
    assert rows(after.url, "SELECT email FROM users") == [("ada@example.org",)]


@every_parent
def test_reset_leaves_nothing(instance):
    instance.local("start")
    folder = instance.folder
    assert instance.local("reset").json["deleted"] is True
    assert instance.local("reset").json["deleted"] is False
    assert instance.local("status", check=1).json["running"] is False
    assert not folder.exists()
    assert os.listdir(instance.home) == ["lock"]
    instance.local("start")
    assert value(instance.url, "SELECT count(*) FROM users") == 0


ODD_NAMES = ["with space", "umläut-日本", 'qu"ote', "per%cent&amp=;#?", "com,ma", "[glob]*", "'", "a" * 120]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_the_home_may_be_called(make_instance, name):
    instance = make_instance(name)
    assert instance.local("start").json["started"] is True
    assert value(instance.url, "SELECT current_database()::text") == "simulark"
    socket = instance.url.split("host=")[1].split("&")[0]
    instance.local("reset")
    assert not os.path.exists(socket)


DISTURBING = {
    "another server": {"PGHOST": "/nonexistent", "PGPORT": "1", "PGUSER": "nobody", "PGDATABASE": "none"},
    "an address": {"PGHOSTADDR": "192.0.2.1"},
    "a service nobody defines": {"PGSERVICE": "none"},
    "server options": {"PGOPTIONS": "-c default_transaction_read_only=on"},
    "encryption": {"PGSSLMODE": "verify-full", "PGGSSENCMODE": "require", "PGCHANNELBINDING": "require"},
    "a standby wanted": {"PGTARGETSESSIONATTRS": "standby"},
    "a data folder": {"PGDATA": "/nonexistent"},
    "a locale that is not there": {"LC_ALL": "xx_YY.UTF-8", "LANGUAGE": "xx"},
}


@pytest.mark.parametrize("env", DISTURBING.values(), ids=DISTURBING)
def test_start_is_not_disturbed_by(instance, env):
    assert instance.local("start", env=env).json["started"] is True


def test_the_server_has_no_terminal_and_none_of_our_descriptors(instance):
    # That this returns at all shows that nobody holds the pipes of standard output and error open.
    instance.local("start")
    pid = instance.pid
    assert os.getsid(pid) != os.getsid(0)
    names = {os.readlink(f"/proc/{pid}/fd/{n}") for n in (0, 1, 2, 3)}
    assert names == {"/dev/null", str(instance.home / "server.log"), str(instance.home / "server.lock")}


def test_a_command_that_names_no_database_starts_the_instance(instance):
    result = instance("schema", "check")
    assert str(instance.home) in result.err
    assert instance.local("status").json["running"] is True


def test_an_initdb_that_fails_leaves_nothing_half_made(instance, parent):
    programs = parent / "bin"
    programs.mkdir()
    programs.chmod(0o755)
    scripts = {"pg_config": f"echo {programs}", "initdb": "echo the disk is full; exit 1", "postgres": "exit 1"}
    for name, script in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    error = instance("local", "start", "--json", env={"PATH": f"{programs}:/usr/bin:/bin"}, check=4).error
    assert "initdb" in error["message"]
    assert error["details"] == ["the disk is full"]
    assert str(instance.home / "server.log") in error["hint"]
    assert not [name for name in os.listdir(instance.home) if name.startswith("data")]
    assert instance.local("start").json["started"] is True


def test_a_server_that_does_not_start_shows_its_log(instance):
    instance.local("start")
    settings = instance.folder / "postgresql.conf"
    instance.local("stop")
    with open(settings, "a", encoding="utf-8") as file:
        file.write("nonsense = 1\n")
    error = instance.local("start", check=4).error
    assert any('unrecognized configuration parameter "nonsense"' in line for line in error["details"])
    assert instance.local("status", check=1).json["running"] is False


@pytest.mark.parametrize("mode", [0o777, 0o702])
def test_a_home_that_everybody_may_change_is_refused(instance, mode):
    instance.home.mkdir()
    instance.home.chmod(mode)
    assert "can be written by everybody" in instance.local("start", check=7).error["message"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_a_home_of_somebody_else_is_refused(instance):
    instance.home.mkdir()
    os.chown(instance.home, 65534, 65534)
    for word in ("start", "status", "stop", "reset"):
        assert "belongs to another user" in instance.local(word, check=7).error["message"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_an_ordinary_user_has_an_instance_too(parent):
    home = parent / "home"
    home.mkdir(0o700)
    os.chown(home, 65534, 65534)
    binary = parent / "simulark"
    shutil.copy(os.environ.get("SIMULARK", Path(__file__).resolve().parents[2] / "build" / "simulark"), binary)
    binary.chmod(0o755)

    def run(*args):
        return subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary, "local", *args],
                              env=clean_environment(HOME=home), cwd="/", capture_output=True, check=True).stdout.decode()

    try:
        run("start")
        url = run("url").strip()
        assert f"{home}/.local/share/simulark/socket" in url
        assert value(url, "SELECT current_user::text") == "simulark"
    finally:
        run("reset")


def test_a_home_below_a_folder_that_is_gone(tmp_path):
    (tmp_path / "gone").mkdir()
    command = f'cd {tmp_path}/gone && rmdir ../gone && exec "$@"'
    done = subprocess.run(["sh", "-c", command, "sh", SIMULARK, "local", "status"], capture_output=True, text=True,
                          env=clean_environment(SIMULARK_HOME="relative"))
    assert done.returncode == 7 and done.stderr.startswith("simulark: Cannot reach the folder .: No such file or directory")
