"""Roles with the grants that docs/security.md lists, and no more: they work; with any one of them less there is one clear error (4),
and nothing is left. Row-level security that hides rows is an error."""

import os

import pytest

from harness import ROOT, Simulark, contents, execute, value

PARTS = "contexts, projects, graphs, nodes, edges, chats, messages"

READ = [f"SELECT ON {table}" for table in PARTS.split(", ")] + ["SELECT (id, email) ON users"]
# Rows of the tables are looked up, and counted for the owner's tier, whose row is locked.
LOOK = [f"SELECT ON {table}" for table in (PARTS + ", users, subscription_tiers, templates").split(", ")] + ["UPDATE (updated_at) ON users"]
WRITE = [f"INSERT ON {table}" for table in PARTS.split(", ")]
REPLACE = ["UPDATE ON projects", "UPDATE ON contexts", "DELETE ON projects"]
AUDIT = ["INSERT ON audit_logs"]
# Where everything goes to one user, what was used before is looked at; what he does himself is counted.
ACT = ["SELECT ON audit_logs", "SELECT ON usage_analytics", "INSERT ON usage_analytics",
       "UPDATE ON usage_analytics"]



def but(tables, grants):
    return [grant for grant in grants if grant.split()[-1] not in tables.split()]


# command, database, grants
NEEDS = [
    ("export --project Shop -o x.ark", "full", READ),
    ("export --user ada@example.org -o x.ark", "full", READ + ["SELECT ON users"]),
    ("export --all -o x.ark", "full", READ + ["SELECT ON users", "SELECT ON templates", "SELECT ON subscription_tiers"]),
    ("render --project Shop -o x.svg", "full", but("contexts", READ)),
    ("import p.ark", "people", LOOK + WRITE),
    # The contexts are there already, so none comes in.
    ("import p.ark --on-conflict replace --force", "full", LOOK + but("contexts", WRITE) + REPLACE),
    ("import p.ark --owner ada@example.org", "people too", but("graphs nodes edges chats messages", LOOK) + WRITE + ["SELECT ON audit_logs"]),
    ("import p.ark --as ada@example.org", "people again", but("graphs nodes edges chats messages", LOOK) + WRITE + ACT),
    (f"template use {ROOT}/templates/saas-starter --as ada@example.org", "people",
     but("contexts graphs nodes edges chats messages", LOOK) + but("contexts chats messages", WRITE) + ACT),
    ("import u.ark", "empty", LOOK + WRITE + ["INSERT ON users"]),
    ("schema check", "full", []),
]


@pytest.fixture(scope="module")
def place(server, template, filled_template, people_template, tmp_path_factory):
    """Three databases, a role that may do nothing, and a folder with bundles."""
    databases = {"full": server.create(filled_template), "empty": server.create(template),
                 **{name: server.create(people_template) for name in ("people", "people too", "people again")}}
    simulark = Simulark(tmp_path_factory.mktemp("privilege"))
    simulark("export", "--project", "Shop", "-o", "p.ark", db=databases["full"])
    simulark("export", "--user", "ada@example.org", "--user", "bob@example.org", "-o", "u.ark", db=databases["full"])
    execute(databases["full"], "CREATE ROLE limited LOGIN")
    for database in databases.values():
        execute(database, "REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO limited")
    return simulark, databases


def attempt(place, command, database, grants):
    simulark, databases = place
    database = databases[database]
    statements = [f"GRANT {grant} TO limited" for grant in grants]
    if "schema" not in command:
        statements.append("GRANT USAGE ON SCHEMA public TO limited")
    execute(database, "; ".join(statements) or "SELECT")
    try:
        return simulark(*command.split(), db=database.as_role("limited"), check=None)
    finally:
        execute(database, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM limited")
        for name in ("x.ark", "x.svg"):
            if (simulark.folder / name).exists():
                os.unlink(simulark.folder / name)


@pytest.mark.parametrize("command, database, grants", NEEDS, ids=[case[0] for case in NEEDS])
def test_grants_that_are_needed(place, command, database, grants):
    simulark, databases = place
    grants = sorted(set(grants))
    before = contents(databases[database])
    for lacking in grants:
        # SELECT on all of users includes that on two columns.
        if lacking == "SELECT (id, email) ON users" and "SELECT ON users" in grants:
            continue
        result = attempt(place, command, database, [grant for grant in grants if grant != lacking])
        assert result.status == 4 and result.err.count("\n") == 2, (lacking, result)
        assert "permission denied for" in result.err and "42501" in result.err, (lacking, result)
        assert sorted(os.listdir(simulark.folder)) == ["p.ark", "u.ark"]
    assert contents(databases[database]) == before
    result = attempt(place, command, database, grants)
    assert result.status == 0, result


@pytest.mark.parametrize("command, database, grants", [("export --project Shop -o x.ark", "full", READ),
                                                       ("import p.ark --ids new", "people", LOOK + WRITE)])
def test_the_audit_log_is_written_where_it_may_be(place, command, database, grants):
    _, databases = place
    count = value(databases[database], "SELECT count(*) FROM audit_logs")
    result = attempt(place, command, database, grants)
    assert result.status == 0 and "audit_logs" in result.err
    assert value(databases[database], "SELECT count(*) FROM audit_logs") == count
    result = attempt(place, command.replace("new", "new --seed 2"), database, grants + AUDIT)
    assert result.status == 0 and "audit_logs" not in result.err
    assert value(databases[database], "SELECT count(*) FROM audit_logs") == count + 1


@pytest.mark.parametrize("command, database", [("export --project Shop -o x.ark", "full"), ("import p.ark", "people")])
def test_rows_that_a_policy_hides_are_an_error(place, command, database):
    _, databases = place
    execute(databases[database], "ALTER TABLE nodes ENABLE ROW LEVEL SECURITY; CREATE POLICY wide ON nodes USING (width > 2)")
    try:
        result = attempt(place, command, database, sorted(set(LOOK + WRITE)))
        assert result.status == 4 and 'row-level security policy for table "nodes"' in result.err
    finally:
        execute(databases[database], "DROP POLICY wide ON nodes; ALTER TABLE nodes DISABLE ROW LEVEL SECURITY")
