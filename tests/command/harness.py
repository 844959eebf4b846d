"""What the command tests stand on: a PostgreSQL to throw away, fresh databases in it, and a way to run the command.

Nothing here touches a server that runs already: the socket is in a folder of its own, there is no TCP port, and the
caller's PG* variables are left out.
"""

import glob
import itertools
import json
import os
import pty
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
SIMULARK = Path(os.environ.get("SIMULARK", ROOT / "build" / "simulark")).resolve()
SUPERUSER = "tests"
SECONDS = 120  # after which a command hangs


def place():
    """The folder for servers and files: in memory where there is room, as a database is made there in a tenth of the time."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK):
        there = os.statvfs(memory)
        if there.f_bavail * there.f_frsize > 3 << 30 and not there.f_flag & os.ST_NOEXEC:
            return memory
    return "/tmp"


PLACE = place()


def clean_environment(**more):
    """The caller's environment without anything that names a database or an instance; None as a value leaves one out."""
    left_out = re.compile(r"PG|SIMULARK|DATABASE_URL|XDG_|SOURCE_DATE_EPOCH|LC_|LANG")
    env = {name: text for name, text in os.environ.items() if not left_out.match(name)}
    env["LC_ALL"] = "C.UTF-8"
    env.update(more)
    return {k: str(v) for k, v in env.items() if v is not None}


# ---- waiting, and what is seen of processes ----


def until(holds, process=None):
    """Waits until holds() is true. That the process ends before, or SECONDS go by, fails the test."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert process is None or process.poll() is None, f"it ended before, with status {process.returncode}"
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def stat_of(pid):
    """What /proc says behind a process' name: state, parent and so on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["X", "0"]


def state_of(pid):
    return stat_of(pid)[0]


def parent_of(pid):
    return int(stat_of(pid)[1])


def is_alive(pid):
    """Whether there is such a process, and it is more than an entry that nobody has waited for."""
    return state_of(pid) not in "ZX"


def catches_signals(process):
    """Whether the command is past its first steps, in which a signal ends it as it ends any program."""
    caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{process.pid}/status").read_text(), re.M)
    return caught is not None and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1 == 1


def waits(process):
    """Whether the command waits for something, and would be told of a signal."""
    return catches_signals(process) and state_of(process.pid) == "S"


# ---- the server ----


def server_programs():
    """The folder of initdb and postgres, newest first."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda f: -int(f.split("/")[4]))
    folders += os.environ.get("PATH", "").split(":")
    for folder in folders:
        if os.access(f"{folder}/initdb", os.X_OK):
            return Path(folder)
    raise RuntimeError("PostgreSQL's initdb is not installed (Debian: apt-get install postgresql)")


def server_account():
    """Who a server runs as: the caller, or for root somebody else."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody")


class Server:
    """A private PostgreSQL in a short temporary folder (a socket's path may have 107 bytes)."""

    made = []  # databases, of all servers

    def __init__(self, settings=(), place=PLACE):
        self.programs = server_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="simulark-", dir=place))
        self.log = self.folder / "log"
        self.process = None
        self.settings = settings
        self.numbers = itertools.count(1)
        account = server_account()
        # Should the tests be killed, the server goes with them.
        self.prefix = ["setpriv", "--pdeathsig=INT"]
        if account:
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.prefix += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]

    def start(self):
        data = self.folder / "data"
        with open(self.log, "ab") as log:
            if not data.exists():
                initdb = [self.programs / "initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
                          "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
                self._spawn(initdb, log).wait()
            settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "fsync=off", "full_page_writes=off",
                        "synchronous_commit=off", "shared_buffers=32MB", "max_connections=80",
                        "dynamic_shared_memory_type=mmap",  # goes with the folder, however the server ends
                        *self.settings]
            postgres = [self.programs / "postgres", "-D", data]
            for setting in settings:
                postgres += ["-c", setting]
            self.process = self._spawn(postgres, log)
        self._await()

    def _spawn(self, command, log):
        # Its own session: Ctrl-C is for the tests, which then stop the server in good order.
        return subprocess.Popen(self.prefix + [str(part) for part in command], cwd="/", env=clean_environment(), stdout=log,
                                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def _await(self):
        try:
            until(lambda: answers(self.url("postgres")), self.process)
        except AssertionError:
            raise RuntimeError("PostgreSQL did not start:\n" + self.log.read_text(errors="replace")) from None

    def kill(self):
        """Ends it as a crash would: all its processes, and when it returns they are gone."""
        self.process.send_signal(signal.SIGSTOP)  # so that it starts no more
        until(lambda: state_of(self.process.pid) == "T")
        backends = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if parent_of(pid) == self.process.pid]
        for pid in backends:
            os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        for pid in backends:
            until(lambda: not is_alive(pid))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()

    def remove(self, keep_log=None):
        self.stop()
        if keep_log:
            keep_log.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.log, keep_log)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name, user=SUPERUSER):
        return f"postgresql:///{name}?host={quote(str(self.folder))}&port=5432&user={user}"

    def create(self, template=None, name=None):
        """A new database, empty or a copy of a template."""
        database = Database(self, name or f"db{next(self.numbers)}")
        sql = f'CREATE DATABASE "{database.name}"' + (f' TEMPLATE "{template.name}"' if template else "")
        connection = connect(Database(self, "postgres"))
        try:
            # Through the log, as since PostgreSQL 15, it takes twice as long.
            connection.cursor().execute(sql + (" STRATEGY file_copy" if connection.server_version >= 150000 else ""))
        finally:
            connection.close()
        self.made.append(database)
        return database

    def drop(self, database):
        if self.process and self.process.poll() is None:
            execute(Database(self, "postgres"), f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')


@dataclass(frozen=True)
class Database:
    server: Server
    name: str

    @property
    def url(self):
        return self.server.url(self.name)

    def as_role(self, role):
        """The connection string of another role."""
        return self.server.url(self.name, role)


# ---- what goes on in a database ----


def answers(url):
    try:
        psycopg2.connect(url).close()
        return True
    except psycopg2.OperationalError:
        return False


def is_copying(db):
    """Whether a command's rows are on their way, in or out: its last statement is a COPY."""
    return value(db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                     " AND application_name LIKE 'simulark/%' AND query LIKE 'COPY %'") > 0


def is_held_up(db):
    """Whether somebody waits for a lock."""
    return value(db, "SELECT count(*) FROM pg_locks WHERE NOT granted") > 0


def left_alone(db):
    """Waits until the server has noticed that all clients are gone."""
    until(lambda: value(db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()") == 0)


# ---- what is in a database; db is a Database or a connection string ----


def connect(db, autocommit=True):
    connection = psycopg2.connect(getattr(db, "url", db), options="-c TimeZone=UTC -c DateStyle=ISO,MDY")
    connection.set_client_encoding("UTF8")
    connection.autocommit = autocommit
    return connection


def execute(db, sql, params=None):
    connection = connect(db)
    try:
        connection.cursor().execute(sql, params)
    finally:
        connection.close()


def rows(db, sql, params=None):
    """The rows a query gives, as tuples of Python values."""
    connection = connect(db)
    try:
        cursor = connection.cursor()
        cursor.execute(sql, params)
        return cursor.fetchall()
    finally:
        connection.close()


def value(db, sql, params=None):
    """The one value a query gives."""
    ((only,),) = rows(db, sql, params)
    return only


def copy(db, sql):
    """What psql's \\copy (…) to stdout gives: COPY text, time zone UTC, dates in ISO style."""
    connection = connect(db)
    try:
        out = BytesIO()
        connection.cursor().copy_expert(f"COPY ({sql.strip().rstrip(';')}) TO STDOUT", out)
        return out.getvalue()
    finally:
        connection.close()


def load_fixture(db, name):
    """Runs fixtures/<name>.sql."""
    connection = connect(db, autocommit=False)
    try:
        cursor = connection.cursor()
        cursor.execute("SET search_path = public")
        cursor.execute((ROOT / "fixtures" / f"{name}.sql").read_text(encoding="utf-8"))
        connection.commit()
    finally:
        connection.close()


TABLES = ("subscription_tiers", "users", "templates", "contexts", "projects", "graphs", "nodes", "edges", "chats", "messages",
          "api_keys", "audit_logs", "usage_analytics")


def contents(db, tables=TABLES):
    """Every row of these tables as COPY text in key order: equal where and only where the tables are."""
    return {table: copy(db, f"SELECT * FROM public.{table} ORDER BY id") for table in tables}


# ---- running the command ----


@dataclass
class Result:
    status: int
    stdout: bytes
    stderr: bytes

    @property
    def out(self):
        return self.stdout.decode()

    @property
    def err(self):
        return self.stderr.decode()

    @property
    def json(self):
        """The one object that --json puts on standard output."""
        return json.loads(self.stdout)

    @property
    def error(self):
        """What --json says about a failure: the object on the last line of standard error."""
        return json.loads(self.stderr.splitlines()[-1])["error"]

    def __str__(self):
        def show(stream):
            return stream.decode(errors="backslashreplace")[-4000:]

        return f"exit status {self.status}\n--- stdout\n{show(self.stdout)}\n--- stderr\n{show(self.stderr)}"


class Simulark:
    """Runs the command in a folder, without any instance or database but those it is given."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def command(self, *args, db=None):
        command = [SIMULARK, *args]
        if db is not None:
            command += ["--dbname", getattr(db, "url", db)]
        return [str(part) for part in command]

    def environment(self, env=None):
        # Where no test says otherwise there is no instance, and none can be made.
        return clean_environment(**{"SIMULARK_HOME": "/proc/none", "HOME": self.folder, **(env or {})})

    def start(self, *args, db=None, env=None, **more):
        """A process to talk to or to kill; the streams are pipes."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.Popen(self.command(*args, db=db), cwd=self.folder, env=self.environment(env), **pipes)

    def __call__(self, *args, db=None, stdin=b"", env=None, check=0, timeout=SECONDS):
        """check: the exit status it must end with, or None."""
        if isinstance(stdin, str):
            stdin = stdin.encode()
        done = subprocess.run(self.command(*args, db=db), cwd=self.folder, env=self.environment(env), input=stdin,
                              capture_output=True, timeout=timeout)
        result = Result(done.returncode, done.stdout, done.stderr)
        assert check is None or result.status == check, f"simulark {' '.join(map(str, args))}: {result}"
        return result


def on_a_terminal(simulark, *args, db=None, streams=("stderr",)):
    """What a person sees of these streams, and the exit status."""
    terminal, end = pty.openpty()
    process = simulark.start(*args, db=db, **{stream: end for stream in streams})
    os.close(end)
    seen = b""
    while True:
        try:
            seen += os.read(terminal, 65536)
        except OSError:
            break
    os.close(terminal)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()
    return seen.decode(), process.wait()
