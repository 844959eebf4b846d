"""Many instances in one database, a schema each: nothing needs `public`, a superuser, or a database of its own."""

import pytest

import instance
from harness import connect, copy, execute, value

PARTS = ("users", "contexts", "projects", "graphs", "nodes", "edges", "chats", "messages")
ONE, TWO = "Tenant 1", "tenant_2"


@pytest.fixture
def tenant(simulark, server, empty_database):
    """A role with no rights but to make schemas, in a database without `public`."""
    execute(empty_database, "DROP SCHEMA public; DO $$ BEGIN CREATE ROLE tenant LOGIN; EXCEPTION WHEN duplicate_object THEN NULL;"
                            f"END $$; GRANT CREATE ON DATABASE {empty_database.name} TO tenant")
    url = empty_database.as_role("tenant")
    for schema in (ONE, TWO):
        simulark("schema", "apply", "--schema", schema, db=url)
    connection = connect(url)
    connection.cursor().execute(f'SET search_path = "{ONE}"; ' + instance.PEOPLE + instance.CONTENT)
    connection.close()
    return url


def same(db):
    return [table for table in PARTS if copy(db, f'SELECT * FROM "{ONE}".{table} ORDER BY id') !=
            copy(db, f'SELECT * FROM "{TWO}".{table} ORDER BY id')]


def test_one_tenant_moves_into_another(simulark, tenant):
    transfer = ["transfer", "--from", tenant, "--to", tenant, "--schema", ONE, "--to-schema", TWO, "--all"]
    receipt = simulark(*transfer, "--json").json["receipt"]
    assert same(tenant) == []
    simulark("undo", receipt, "--schema", TWO, db=tenant)
    assert value(tenant, f"SELECT count(*) FROM {TWO}.projects") == 0
    simulark(*transfer, "--commit-each")
    assert same(tenant) == []
    simulark("export", "--user", "ada@example.org", "-o", "x.ark", "--schema", ONE, db=tenant)
    simulark("import", "x.ark", "--on-conflict", "replace", "--schema", TWO, db=tenant)
    assert same(tenant) == []
    simulark("import", "x.ark", "--on-conflict", "copy", "--schema", TWO, db=tenant)
    assert value(tenant, f"SELECT count(*) FROM {TWO}.projects") == 4
    assert value(tenant, f'SELECT count(*) FROM "{ONE}".projects') == 2
    assert simulark("schema", "check", "--json", "--schema", TWO, db=tenant).json["ok"] is True


def test_the_way_out_names_the_schema(simulark, tenant):
    execute(tenant, f'DROP TABLE "{ONE}".messages, "{ONE}".usage_analytics')
    simulark("export", "--project", "Shop", "--exclude", "messages", "-o", "x.ark", "--schema", ONE, db=tenant)
    for arguments in (["import", "x.ark", "--schema", "None"], ["export", "--all", "-o", "y.ark", "--as", "ada@example.org", "--schema", ONE]):
        assert f"`simulark schema apply --schema '{arguments[-1]}'`" in simulark(*arguments, db=tenant, check=5).err


def test_triggers_of_one_tenant_are_no_others_business(simulark, tenant):
    execute(tenant, f"CREATE FUNCTION {TWO}.stamp() RETURNS trigger LANGUAGE plpgsql AS"
                    " 'BEGIN NEW.updated_at := pg_catalog.now(); RETURN NEW; END';"
                    f"CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON {TWO}.projects FOR EACH ROW EXECUTE FUNCTION {TWO}.stamp()")
    simulark("transfer", "--from", tenant, "--to", tenant, "--schema", ONE, "--to-schema", TWO, "--all")
    assert same(tenant) == []
