import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

import instance
from harness import PLACE, ROOT, SIMULARK, Server, Simulark


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if not os.access(SIMULARK, os.X_OK):
        raise pytest.UsageError(f"{SIMULARK} is not there: run make first, or name the program in SIMULARK")
    if not config.option.basetemp:  # where tmp_path is; workers are told theirs
        config.option.basetemp = tempfile.mkdtemp(prefix="simulark-", dir=PLACE)
        atexit.register(shutil.rmtree, config.option.basetemp, ignore_errors=True)


def pytest_sessionfinish(exitstatus):
    if exitstatus == pytest.ExitCode.TESTS_FAILED:
        atexit.unregister(shutil.rmtree)  # for somebody to look at


@pytest.fixture(autouse=True)
def no_database_stays():
    """What a test makes is gone after it; what its module shares was made before."""
    before = len(Server.made)
    yield
    while len(Server.made) > before:
        database = Server.made.pop()
        database.server.drop(database)


@pytest.fixture(scope="session")
def server(request):
    """A PostgreSQL of this worker's own. Where tests fail its log stays in build/test-logs."""
    server = Server()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    try:
        server.start()
        yield server
    finally:
        failed = request.session.testsfailed or not server.process
        server.remove(keep_log=ROOT / "build" / "test-logs" / f"postgres-{worker}.log" if failed else None)


@pytest.fixture(scope="session")
def template(server, tmp_path_factory):
    """The database that fresh ones are copies of: made by the command itself."""
    template = server.create(name="simulark_template")
    Simulark(tmp_path_factory.mktemp("template"))("schema", "apply", db=template)
    return template


@pytest.fixture(scope="session")
def filled_template(server, template):
    """The same for those with the two people of instance.py and their content. Nobody writes to it, or exports from it."""
    filled = server.create(template)
    instance.fill(filled)
    return filled


@pytest.fixture(scope="session")
def people_template(server, template):
    """The same with the people alone."""
    people = server.create(template)
    instance.people(people)
    return people


@pytest.fixture
def make_database(server, template):
    """A function that makes another database with the thirteen tables, or with schema=False an empty one."""
    return lambda schema=True: server.create(template if schema else None)


@pytest.fixture
def database(make_database):
    """A database with the thirteen tables and the default tiers."""
    return make_database()


@pytest.fixture
def source(server, filled_template):
    """A database of two people with content."""
    return server.create(filled_template)


@pytest.fixture
def target(server, people_template):
    """A database of the same people without content: where an import can go."""
    return server.create(people_template)


@pytest.fixture
def empty_database(server):
    return server.create()


@pytest.fixture
def simulark(tmp_path):
    """Runs the command in the test's own folder."""
    return Simulark(tmp_path)


@pytest.fixture(scope="session")
def corpora():
    """The folder of shared test data; tests that need it are skipped without it."""
    folder = Path(os.environ.get("SIMULARK_CORPORA") or ROOT.parent / "shared" / "corpora")
    if not folder.is_dir():
        pytest.skip(f"the corpora are not in {folder}; SIMULARK_CORPORA names another folder")
    return folder
