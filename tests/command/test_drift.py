"""Instances that differ from the schema and from each other: columns, types, triggers, views."""

import string

import pytest

import instance
from harness import TABLES, contents, copy, execute, rows, value

ADA = instance.ADA
STAMP = """CREATE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN NEW.updated_at := pg_catalog.now(); RETURN NEW; END';"""


def same(a, b, tables=("projects", "graphs", "nodes", "edges", "chats", "messages")):
    """Whether what belongs to Shop is the same in both."""
    ours = {"projects": f"id = '{instance.SHOP}'", "graphs": f"project_id = '{instance.SHOP}'",
            "chats": "project_id IS NOT NULL"}
    return [t for t in tables if copy(a, f"SELECT * FROM {t} WHERE {ours.get(t, 'true')} ORDER BY id") !=
            copy(b, f"SELECT * FROM {t} WHERE {ours.get(t, 'true')} ORDER BY id")] == []


# ---- columns ----


@pytest.fixture
def colourful(simulark, source):
    """Shop in x.ark, with columns that no schema knows."""
    execute(source, "ALTER TABLE projects ADD color text DEFAULT 'red'; ALTER TABLE nodes ADD weight numeric")
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    return "x.ark"


def test_columns_the_target_lacks_stop_an_import_by_name(simulark, colourful, target):
    error = simulark("import", colourful, "--json", db=target, check=5).error
    assert error["details"] == ["the column projects.color (text)", "the column nodes.weight (numeric)"]
    assert "--drop-unknown-columns" in error["hint"]


@pytest.mark.parametrize("more", [[], ["--ids", "new"], ["--on-conflict", "copy"]])
def test_they_can_be_left_behind(simulark, colourful, source, target, more):
    done = simulark("import", colourful, "--drop-unknown-columns", *more, "--json", db=target).json
    assert done["dropped_columns"] == ["projects.color", "nodes.weight"]
    assert value(target, "SELECT count(*) FROM nodes") == 20
    if not more:
        columns = "id, graph_id, type, label, position, data, style, width, height, created_at, updated_at"
        assert copy(target, f"SELECT {columns} FROM nodes ORDER BY id") == copy(source, f"SELECT {columns} FROM nodes ORDER BY id")


@pytest.mark.parametrize("path", ["x.ark", "x.yaml"])
def test_arrays_travel_whatever_the_targets_settings_say(simulark, source, target, path):
    """array_nulls = off would make texts of NULLs."""
    for database in (source, target):
        execute(database, "ALTER TABLE projects ADD prices numeric(10,2)[] DEFAULT '{1.50,NULL}',"
                          " ADD words varchar(9)[] DEFAULT '{NULL,\"NULL\",\"a,b\"}'")
    execute(target, f'ALTER DATABASE "{target.name}" SET array_nulls = off; ALTER DATABASE "{target.name}" SET xmloption = document')
    simulark("export", "--project", "Shop", "-o", path, db=source)
    simulark("verify", path)
    simulark("import", path, db=target)
    query = f"SELECT prices, words FROM projects WHERE id = '{instance.SHOP}'"
    assert copy(target, query) == copy(source, query)


def test_the_seal_is_still_checked(simulark, colourful, target, tmp_path):
    simulark("convert", colourful, "x.yaml")
    text = (tmp_path / "x.yaml").read_text()
    (tmp_path / "x.yaml").write_text(text.replace("color: red", "color: blue"))
    assert simulark("import", "x.yaml", "--drop-unknown-columns", "--json", db=target).json["edited"] is True
    execute(target, "DELETE FROM projects")
    simulark("import", "x.yaml", "--drop-unknown-columns", "--sealed", db=target, check=3)


def test_drift_the_other_way_is_filled_with_defaults(simulark, source, target):
    execute(target, "ALTER TABLE projects ADD color text DEFAULT 'red';"
                    "ALTER TABLE nodes ADD size double precision GENERATED ALWAYS AS (width * height) STORED")
    simulark("transfer", "--from", source.url, "--to", target.url, "--project", "Shop")
    assert value(target, "SELECT color FROM projects") == "red"
    assert value(target, "SELECT count(*) FROM nodes WHERE size IS NOT NULL") == 20


def test_a_reference_is_never_left_out(simulark, source, make_database):
    old = make_database()
    instance.people(old)
    execute(old, "ALTER TABLE chats DROP project_id")
    error = simulark("transfer", "--from", source.url, "--to", old.url, "--project", "Shop", "--drop-unknown-columns",
                     "--json", check=5).error
    assert error["details"] == ["the column chats.project_id (uuid)"]


def test_identities_keep_their_numbers(simulark, source, make_database):
    other = make_database()
    execute(other, "DELETE FROM subscription_tiers WHERE name <> 'free'; ALTER TABLE subscription_tiers ALTER id DROP DEFAULT;"
                   "DROP SEQUENCE subscription_tiers_id_seq;"
                   "ALTER TABLE subscription_tiers ALTER id ADD GENERATED ALWAYS AS IDENTITY")
    simulark("transfer", "--from", source.url, "--to", other.url, "--all")
    assert rows(other, "SELECT id, name FROM subscription_tiers ORDER BY 1") == [(1, "free"), (2, "pro"), (3, "enterprise")]
    execute(other, "INSERT INTO subscription_tiers (name) VALUES ('next')")


# ---- an older Simulark ----


@pytest.fixture
def old(make_database):
    """Graphs in projects.nodes and projects.edges, messages in a table that is not known; a view beside."""
    old = make_database()
    instance.fill(old)
    execute(old, "DROP TABLE nodes, edges, graphs, messages CASCADE;"
                 "ALTER TABLE projects ADD nodes jsonb DEFAULT '[]', ADD edges jsonb DEFAULT '[]';"
                 "CREATE TABLE chat_messages (id uuid, body text); CREATE VIEW graphs AS SELECT id, nodes FROM projects;"
                 "UPDATE projects SET nodes = '[{\"id\": \"a\"}]'")
    return old


def test_an_older_instance_is_told_apart(simulark, old):
    error = simulark("export", "--all", "-o", "x.ark", "--json", db=old, check=5).error
    assert error["details"] == [
        "the table graphs", "the table nodes", "the table edges", "the table messages",
        "projects.nodes is there, where an older Simulark keeps graphs: it travels as a column of projects",
        "projects.edges is there, where an older Simulark keeps graphs: it travels as a column of projects",
        "chats.messages is there, where an older Simulark keeps messages: it travels as a column of chats",
        "the table chat_messages is there, where an older Simulark keeps messages: it does not travel",
        "graphs is a view, and rows are taken from tables only"]
    assert error["hint"].startswith("--exclude graphs,nodes,edges,messages ")


@pytest.mark.parametrize("selection", [["--all"], ["--user", "ada@example.org"], ["--project", "Shop"],
                                       ["--project", "Shop", "--contexts", "referenced"]])
def test_the_rest_of_it_moves(simulark, old, database, selection):
    simulark("export", *selection, "--exclude", "graphs,nodes,edges,messages", "-o", "x.ark", db=old)
    instance.people(database)
    more = ["--on-conflict", "skip", "--create-users"]
    error = simulark("import", "x.ark", *more, "--json", db=database, check=5).error
    assert error["details"] == ["the column projects.nodes (jsonb)", "the column projects.edges (jsonb)"]
    execute(database, "ALTER TABLE projects ADD nodes jsonb, ADD edges jsonb")
    simulark("import", "x.ark", *more, db=database)
    assert value(database, "SELECT nodes FROM projects WHERE name = 'Shop'") == [{"id": "a"}]


def test_a_project_comes_back_into_an_older_instance(simulark, old):
    simulark("export", "--project", "Shop", "--exclude", "graphs,nodes,edges,messages", "-o", "x.ark", db=old)
    simulark("import", "x.ark", "--on-conflict", "replace", db=old)
    assert value(old, "SELECT nodes FROM projects WHERE name = 'Shop'") == [{"id": "a"}]


def test_a_database_that_is_no_instance(simulark, empty_database):
    for arguments in (["export", "--all", "-o", "x.ark"], ["export", "--user", "ada@example.org", "-o", "x.ark"],
                      ["render", "--project", "Shop", "-o", "x.svg"], ["template", "pack", "--project", "Shop", "-o", "x.ark"]):
        error = simulark(*arguments, "--json", db=empty_database, check=5).error
        assert (error["message"], error["details"]) == ("The database has no tables of Simulark in the schema public.", [])
    execute(empty_database, "CREATE TABLE users (id uuid)")
    assert "right database" in simulark("render", "--project", "Shop", "-o", "x.svg", db=empty_database, check=5).err


# ---- types ----


TYPES = [
    ("nodes ALTER width TYPE real", ["nodes.width becomes another value in 12 rows (the column has another type)"]),
    ("projects ALTER created_at TYPE timestamptz(0)",
     ["projects.created_at becomes another value in 1 row (the column has another type)"]),
    ("projects ALTER name TYPE varchar(80)", None),
    ("projects ALTER settings TYPE json", None),
    ("projects ALTER version TYPE bigint", None),
    ("projects ALTER created_at TYPE timestamp", None),
]


@pytest.mark.parametrize("change, details", TYPES)
def test_narrower_types_are_noticed_where_they_matter(simulark, source, target, change, details):
    execute(target, "ALTER TABLE " + change)
    transfer = ["transfer", "--from", source.url, "--to", target.url, "--project", "Shop"]
    result = simulark(*transfer, "--json", check=5 if details else 0)
    if details:
        assert result.error["details"] == details
        assert value(target, "SELECT count(*) FROM projects") == 0
        assert simulark(*transfer, "--allow-altered", "--json").json["altered"]


# ---- triggers ----


@pytest.mark.parametrize("event", ["INSERT", "INSERT OR UPDATE"])
def test_triggers_that_stamp_times_do_not_spoil_a_restore(simulark, source, target, event):
    for table in ("projects", "graphs", "nodes", "chats"):
        execute(target, (STAMP if table == "projects" else "") +
                f"CREATE TRIGGER stamp BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION stamp()")
    simulark("transfer", "--from", source.url, "--to", target.url, "--project", "Shop")
    assert same(source, target)
    assert rows(target, "SELECT DISTINCT tgenabled FROM pg_trigger WHERE NOT tgisinternal") == [("O",)]


def test_a_stamp_that_cannot_be_undone_is_named(simulark, source, target):
    """Without the tables' ownership a trigger cannot be switched off."""
    execute(target, STAMP + "CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION stamp();"
                    "CREATE ROLE mover LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO mover")
    try:
        transfer = ["transfer", "--from", source.url, "--to", target.as_role("mover"), "--project", "Shop"]
        error = simulark(*transfer, "--json", check=5).error
        assert error["details"] == ["projects.updated_at becomes another value in 1 row (stamp)"]
        assert value(target, "SELECT count(*) FROM projects") == 0
        assert simulark(*transfer, "--allow-altered", "--json").json["altered"] == {"projects.updated_at": 1}
        assert "owner of table" in simulark(*transfer, "--on-conflict", "skip", "--disable-triggers", check=4).err
    finally:
        execute(target, "DROP OWNED BY mover; DROP ROLE mover")


def test_replacing_an_account_keeps_its_times_despite_a_trigger(simulark, source, database):
    execute(database, STAMP + "CREATE TRIGGER stamp BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION stamp()")
    instance.people(database)
    execute(source, "UPDATE users SET preferences = '{\"a\": 1}', updated_at = '2031-01-01'")
    simulark("transfer", "--from", source.url, "--to", database.url, "--user", "ada@example.org", "--on-conflict", "replace")
    assert copy(database, f"SELECT * FROM users WHERE id = '{ADA}'") == copy(source, f"SELECT * FROM users WHERE id = '{ADA}'")


DEFAULT_PROJECT = """CREATE FUNCTION public.welcome() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO public.projects (user_id, name) VALUES (NEW.id, ''My first project''); RETURN NEW; END';
    CREATE TRIGGER welcome AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION welcome()"""


def test_rows_that_triggers_add_are_noticed(simulark, source, database):
    execute(database, DEFAULT_PROJECT)
    transfer = ["transfer", "--from", source.url, "--to", database.url, "--user", "ada@example.org", "--create-users"]
    before = contents(database)
    error = simulark(*transfer, "--json", check=5).error
    assert error["details"] == ["2 rows of projects are there that the bundle does not hold"]
    assert contents(database) == before
    simulark(*transfer, "--disable-triggers")
    assert same(source, database) and value(database, "SELECT count(*) FROM projects") == 2


TOUCH = ("CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {statement}; RETURN NULL; END';"
         "CREATE {kind} touch AFTER INSERT ON {table} FOR EACH {each} EXECUTE FUNCTION touch()")
TOUCHES = {  # table: what its trigger does, how, what is noticed
    "chats": ("UPDATE public.chats SET updated_at = now() WHERE id = NEW.chat_id", "TRIGGER", "messages", "ROW"),
    "contexts": ("DELETE FROM public.contexts", "TRIGGER", "messages", "STATEMENT"),
    "graphs": ("UPDATE public.graphs SET version = version + 1 WHERE id = NEW.graph_id", "TRIGGER", "nodes", "ROW"),
    "messages": ("UPDATE public.messages SET content = upper(content) WHERE id = NEW.id",
                 "CONSTRAINT TRIGGER touch AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch() --",
                 "", ""),
}


@pytest.mark.parametrize("touched", TOUCHES)
def test_rows_that_triggers_of_other_tables_touch_are_noticed(simulark, source, target, touched):
    statement, kind, table, each = TOUCHES[touched]
    execute(target, TOUCH.format(statement=statement, kind=kind, table=table, each=each))
    transfer = ["transfer", "--from", source.url, "--to", target.url, "--project", "Shop"]
    before = contents(target)
    error = simulark(*transfer, "--json", check=5).error
    assert len(error["details"]) == 1 and f"of {touched} are changed or deleted by triggers" in error["details"][0]
    assert contents(target) == before
    assert simulark(*transfer, "--allow-altered", "--dry-run", "--json").json["touched"].keys() == {touched}
    simulark(*transfer, "--disable-triggers")
    assert same(source, target)


def test_a_trigger_that_counts_in_another_table_is_nobodys_business(simulark, source, target):
    execute(target, TOUCH.format(statement="UPDATE public.users SET updated_at = now() WHERE id = NEW.user_id", kind="TRIGGER",
                                 table="projects", each="ROW"))
    simulark("transfer", "--from", source.url, "--to", target.url, "--project", "Shop")


def test_a_trigger_that_writes_a_log_is_nobodys_business(simulark, source, target):
    execute(target, """CREATE FUNCTION public.log() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO public.audit_logs (action) VALUES (''touched''); RETURN NEW; END';
        CREATE TRIGGER log AFTER INSERT ON nodes FOR EACH ROW EXECUTE FUNCTION log()""")
    simulark("transfer", "--from", source.url, "--to", target.url, "--project", "Shop")
    assert value(target, "SELECT count(*) FROM audit_logs WHERE action = 'touched'") == 20


def test_a_trigger_that_lives_on_a_search_path_is_told_apart(simulark, source, target):
    execute(target, """CREATE TABLE public.activity (what text); CREATE FUNCTION public.log() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO activity VALUES (NEW.name); RETURN NEW; END';
        CREATE TRIGGER log AFTER INSERT ON projects FOR EACH ROW EXECUTE FUNCTION log()""")
    transfer = ["transfer", "--from", source.url, "--to", target.url, "--project", "Shop"]
    error = simulark(*transfer, "--json", check=4).error
    assert "activity" in error["message"] and "SET search_path" in error["hint"]
    execute(target, "ALTER FUNCTION public.log() SET search_path = public")
    simulark(*transfer)
    assert value(target, "SELECT what FROM activity") == "Shop"


# ---- private ----


@pytest.mark.parametrize("arguments, public", [([], True), (["--private"], False)])
def test_private_takes_projects_in_as_not_public(simulark, source, target, arguments, public):
    execute(source, "UPDATE projects SET is_public = true; UPDATE contexts SET is_public = true")
    simulark("transfer", "--from", source.url, "--to", target.url, "--project", "Shop", *arguments)
    assert value(target, "SELECT is_public FROM projects") is public
    assert rows(target, "SELECT DISTINCT is_public FROM contexts") == [(True,)]


# ---- a whole session ----


def other_columns(db):
    """Columns of names that statements may use for themselves, of a type that nothing can be done with."""
    for table in TABLES:
        there = {name for name, in rows(db, f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass")}
        yield f"ALTER TABLE {table} " + ", ".join(
            f"ADD {name} point DEFAULT '(1,2)'"
            for name in [*string.ascii_lowercase, "doc", "mark", "held", "place", "owner", "tier", "cap", "key", "value", "print"]
            if name not in there)


def json_columns(db):
    """json instead of jsonb."""
    for table, column in rows(db, "SELECT table_name, column_name FROM information_schema.columns"
                                  " WHERE table_schema = 'public' AND data_type = 'jsonb'"):
        yield (f"ALTER TABLE {table} ALTER {column} DROP DEFAULT, ALTER {column} TYPE json USING {column}::json,"
               f" ALTER {column} SET DEFAULT '{{}}'")


@pytest.mark.parametrize("change", [other_columns, json_columns])
def test_everything_works_whatever_columns_are_called_and_json_is(simulark, source, change):
    for statement in list(change(source)):
        execute(source, statement)
    for selection in (["--all", "--include", "api_keys,history"], ["--user", "ada@example.org"], ["--project", "Shop"],
                      ["--project", "Shop", "--as", "ada@example.org"],
                      ["--project", "Shop", "--contexts", "referenced", "--force"]):
        simulark("export", *selection, "-o", f"{len(selection)}{selection[0]}.ark", db=source)
    shop = "2--project.ark"
    receipt = simulark("import", shop, "--ids", "new", "--as", "bob@example.org", "--json", db=source).json["receipt"]
    simulark("undo", receipt, db=source)
    simulark("template", "pack", "--project", instance.SHOP, "--name", "Shop", "--category", "x", "--premium", "-o", "t.ark",
             db=source)
    simulark("template", "publish", "t.ark", db=source)
    simulark("template", "use", "Shop", "--as", "ada@example.org", "--name", "Used", db=source)
    simulark("template", "use", "t.ark", "--owner", "ada@example.org", "--name", "Again", db=source)
    simulark("export", "--project", "Used", "-o", "used.ark", db=source)
    assert "premium" in simulark("import", "used.ark", "--ids", "new", "--as", "bob@example.org", db=source, check=6).err
    for policy in ("skip", "replace", "copy"):
        simulark("import", shop, "--on-conflict", policy, db=source)
    simulark("import", shop, "--ids", "new", "--owner", "ada@example.org", "--commit-each", "--seed", "2", db=source)
    simulark("diff", "3--all.ark", source.url, "--all", "--include", "api_keys,history", check=1)
    simulark("tier", "usage", "bob@example.org", "--for", shop, db=source, check=None)
    simulark("render", "--project", instance.SHOP, "-o", "x.svg", db=source)
    simulark("template", "unpublish", "Shop", db=source)
