"""`simulark schema`: what it makes, what it leaves alone, and the drift it sees."""

import subprocess

import pytest

from harness import TABLES, clean_environment, copy, execute, load_fixture, rows, value

CONSTRAINTS = """
    SELECT conname::text, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
    WHERE n.nspname = 'public' ORDER BY 1"""
INDEXES = "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
COLUMNS = """
    SELECT table_name::text, column_name::text, data_type::text, is_nullable::text, column_default::text
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"""


def psql(database, sql, *options):
    command = [database.server.programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *options, "-d", database.url]
    done = subprocess.run(command, input=sql, env=clean_environment(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_print_runs_in_psql_alone_and_again(simulark, empty_database):
    sql = simulark("schema", "print").stdout
    psql(empty_database, sql)
    psql(empty_database, sql)
    assert simulark("schema", "check", "--json", db=empty_database).json == {"ok": True, "drift": []}
    assert value(empty_database, "SELECT count(*) FROM subscription_tiers") == 3


def test_print_is_what_apply_does(simulark, empty_database, database):
    psql(empty_database, simulark("schema", "print").stdout)
    for query in (CONSTRAINTS, INDEXES, COLUMNS):
        assert rows(empty_database, query) == rows(database, query)


def test_print_fits_a_terminal_that_is_wide(simulark):
    lines = simulark("schema", "print").out.splitlines()
    assert lines[0].startswith("-- ")
    assert [line for line in lines if len(line) > 130 or line != line.rstrip() or "\t" in line] == []


NAMES = {
    "users_pkey": "PRIMARY KEY (id)",
    "users_email_key": "UNIQUE (email)",
    "users_subscription_tier_fkey": "FOREIGN KEY (subscription_tier) REFERENCES subscription_tiers(name) ON UPDATE CASCADE",
    "templates_name_key": "UNIQUE (name)",
    "nodes_pkey": "PRIMARY KEY (id)",
    "nodes_graph_id_fkey": "FOREIGN KEY (graph_id) REFERENCES graphs(id) ON DELETE CASCADE",
    "edges_source_node_id_fkey": "FOREIGN KEY (source_node_id) REFERENCES nodes(id) ON DELETE CASCADE",
    "audit_logs_user_id_fkey": "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE SET NULL",
    "projects_status_check": "CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'archived'::text])))",
    "projects_version_check": "CHECK ((version >= 0))",
    "usage_analytics_check": "CHECK ((period_end > period_start))",
    "subscription_tiers_price_yearly_check": "CHECK ((price_yearly >= (0)::numeric))",
}


@pytest.mark.parametrize("name", NAMES)
def test_constraint_has_the_name_that_postgresql_would_give(database, name):
    assert dict(rows(database, CONSTRAINTS))[name] == NAMES[name]


# The summary at the end of the database document; unique keys serve as indexes, too.
SUMMARY = {
    "users": ["email", "subscription_tier"],
    "projects": ["user_id", "status", "created_at"],
    "graphs": ["project_id"],
    "nodes": ["graph_id", "type"],
    "edges": ["graph_id", "source_node_id", "target_node_id"],
    "chats": ["project_id", "user_id", "created_at"],
    "messages": ["chat_id", "created_at"],
    "contexts": ["user_id", "type", "tags"],
    "templates": ["category", "is_premium"],
    "api_keys": ["user_id", "provider"],
    "audit_logs": ["user_id", "action", "created_at"],
    "usage_analytics": ["user_id", "metric_type", "period_start, period_end"],
}


@pytest.mark.parametrize("table", SUMMARY)
def test_table_has_the_indexes_of_the_summary(database, table):
    found = [definition for name, definition in rows(database, INDEXES) if f" ON public.{table} " in definition]
    for columns in SUMMARY[table]:
        method = "gin" if columns == "tags" else "btree"
        assert any(definition.endswith(f"USING {method} ({columns})") for definition in found), columns


def test_default_tiers(database):
    tiers = {name: tuple(rest) for name, *rest in rows(database, "SELECT name, features, limits FROM subscription_tiers")}
    assert list(tiers) == ["free", "pro", "enterprise"]
    assert tiers["free"] == (["export", "import"], {
        "max_projects": 3, "max_graphs_per_project": 5, "max_nodes_per_graph": 100, "max_edges_per_graph": 200,
        "max_chats_per_project": 10, "max_messages_per_chat": 500, "max_contexts": 10,
        "exports_per_month": 10, "imports_per_month": 10, "template_uses_per_month": 10})
    assert tiers["pro"] == (["export", "import", "public_projects", "premium_templates"], {
        "max_projects": 100, "max_graphs_per_project": 50, "max_nodes_per_graph": 5000, "max_edges_per_graph": 10000,
        "max_chats_per_project": 200, "max_messages_per_chat": 10000, "max_contexts": 500,
        "exports_per_month": 1000, "imports_per_month": 1000, "template_uses_per_month": 1000})
    assert tiers["enterprise"] == (["export", "import", "public_projects", "premium_templates", "publish_templates"], {})


def test_apply_tells_how_many_tables_it_made(simulark, empty_database):
    assert simulark("schema", "apply", "--json", db=empty_database).json["made"] == len(TABLES)
    assert simulark("schema", "apply", "--json", db=empty_database).json["made"] == 0


@pytest.mark.parametrize("schema", ["simulark", "Order", 'we"ird; name', "日本"])
def test_apply_goes_to_the_schema(simulark, empty_database, schema):
    simulark("schema", "apply", "--schema", schema, db=empty_database)
    assert simulark("schema", "check", "--json", "--schema", schema, db=empty_database).json["ok"] is True
    tables = "SELECT schemaname::text, count(*) FROM pg_tables WHERE schemaname IN (%s, 'public') GROUP BY 1"
    assert rows(empty_database, tables, (schema,)) == [(schema, len(TABLES))]
    psql(empty_database, simulark("schema", "print", "--schema", schema).stdout)


def test_apply_adds_what_an_older_instance_lacks_and_leaves_the_rest(simulark, database):
    execute(database, """
        DROP TABLE nodes, graphs CASCADE;
        DROP INDEX projects_status_idx;
        DROP INDEX chats_user_id_idx;
        CREATE INDEX by_user ON chats (user_id);
        ALTER TABLE contexts DROP COLUMN tags;
        ALTER TABLE projects ADD COLUMN stars integer;
        ALTER TABLE messages RENAME TO old_messages;
        CREATE VIEW messages AS SELECT * FROM old_messages;
        DELETE FROM subscription_tiers WHERE name <> 'free';
        UPDATE subscription_tiers SET limits = '{"max_projects": 7}'""")
    assert simulark("schema", "apply", "--json", db=database).json["made"] == 2
    indexes = dict(rows(database, INDEXES))
    assert "projects_status_idx" in indexes and "nodes_graph_id_idx" in indexes
    assert "by_user" in indexes and "chats_user_id_idx" not in indexes
    assert rows(database, "SELECT name, limits FROM subscription_tiers") == [("free", {"max_projects": 7})]
    assert "stars" in [column for table, column, *_ in rows(database, COLUMNS) if table == "projects"]


def test_apply_needs_no_right_to_make_schemas_where_there_is_one(simulark, empty_database):
    execute(empty_database, "DROP ROLE IF EXISTS maker; CREATE ROLE maker LOGIN; GRANT CREATE ON SCHEMA public TO maker")
    assert simulark("schema", "apply", "--json", db=empty_database.as_role("maker")).json["made"] == len(TABLES)


def test_apply_is_all_or_nothing(simulark, empty_database):
    execute(empty_database, "CREATE TABLE graphs (id text)")  # nodes cannot reference it
    simulark("schema", "apply", db=empty_database, check=4)
    assert rows(empty_database, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'") == [("graphs",)]


def test_two_applies_at_once_get_along(simulark, empty_database):
    applies = [simulark.start("schema", "apply", "--json", db=empty_database) for _ in range(4)]
    outputs = [apply.communicate(timeout=60) for apply in applies]
    assert [apply.returncode for apply in applies] == [0, 0, 0, 0], outputs


def test_a_fresh_database_has_no_drift(simulark, database):
    assert simulark("schema", "check", "--json", db=database).json == {"ok": True, "drift": []}


DRIFT = [
    ("DROP TABLE usage_analytics", "usage_analytics", None, "is missing"),
    ("ALTER TABLE contexts DROP COLUMN tags", "contexts", "tags", "is missing"),
    ("ALTER TABLE projects ADD COLUMN stars integer", "projects", "stars", "is not in the model"),
    ("ALTER TABLE projects ALTER name TYPE varchar(255)", "projects", "name", "is character varying(255), not text"),
    ("ALTER TABLE nodes ALTER width TYPE integer", "nodes", "width", "is integer, not double precision"),
    ("ALTER TABLE projects ALTER name DROP NOT NULL", "projects", "name", "is not NOT NULL"),
    ("ALTER TABLE projects ALTER description SET NOT NULL", "projects", "description",
     "is NOT NULL, but may be NULL in the model"),
    ("ALTER TABLE projects ALTER version DROP DEFAULT", "projects", "version", "has no default"),
    ("ALTER TABLE subscription_tiers ALTER id DROP DEFAULT", "subscription_tiers", "id", "has no default"),
    ("ALTER TABLE messages DROP CONSTRAINT messages_pkey", "messages", "id", "is not the primary key"),
    ("ALTER TABLE nodes DROP CONSTRAINT nodes_graph_id_fkey", "nodes", "graph_id", "has no foreign key to graphs"),
    ("ALTER TABLE nodes DROP CONSTRAINT nodes_graph_id_fkey, ADD FOREIGN KEY (graph_id) REFERENCES graphs (id)",
     "nodes", "graph_id", "has a foreign key without ON DELETE CASCADE"),
    ("CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY);"
     "ALTER TABLE projects DROP CONSTRAINT projects_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES auth.users (id)",
     "projects", "user_id", "references auth.users (id), not users (id)"),
    ("ALTER TABLE users DROP CONSTRAINT users_email_key", "users", "email", "is not unique"),
    ("DROP INDEX nodes_type_idx", "nodes", "type", "has no index"),
    ("DROP INDEX nodes_type_idx; CREATE INDEX ON nodes (type) WHERE type <> ''", "nodes", "type", "has no index"),
    ("DROP INDEX contexts_tags_idx; CREATE INDEX ON contexts (tags)", "contexts", "tags", "has no gin index"),
    ("DROP INDEX usage_analytics_period_start_period_end_idx", "usage_analytics", "period_start, period_end", "has no index"),
    ("ALTER TABLE projects DROP CONSTRAINT projects_status_check", "projects", "status", "has no check"),
    ("ALTER TABLE usage_analytics DROP CONSTRAINT usage_analytics_check", "usage_analytics", "period_start, period_end",
     "has no check"),
    ("ALTER TABLE messages RENAME TO old; CREATE VIEW messages AS SELECT * FROM old", "messages", None, "is a view"),
]


@pytest.mark.parametrize("sql, table, column, problem", DRIFT, ids=[case[0][:60] for case in DRIFT])
def test_check_sees(simulark, database, sql, table, column, problem):
    execute(database, sql)
    answer = simulark("schema", "check", "--json", db=database, check=1).json
    assert answer == {"ok": False, "drift": [{"table": table, "column": column, "problem": problem}]}


NO_DRIFT = [
    "CREATE TABLE more (id integer)",
    "ALTER INDEX nodes_type_idx RENAME TO by_type",
    "DROP INDEX nodes_type_idx; CREATE INDEX ON nodes (type, label)",
    "ALTER TABLE users RENAME CONSTRAINT users_email_key TO one_email",
    "ALTER TABLE users DROP CONSTRAINT users_email_key; CREATE UNIQUE INDEX one_email ON users (email)",
    "ALTER TABLE projects RENAME CONSTRAINT projects_status_check TO states",
    "ALTER TABLE subscription_tiers ALTER id DROP DEFAULT;"
    "ALTER TABLE subscription_tiers ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
]


@pytest.mark.parametrize("sql", NO_DRIFT, ids=[sql[:60] for sql in NO_DRIFT])
def test_check_does_not_mind(simulark, database, sql):
    execute(database, sql)
    assert simulark("schema", "check", "--json", db=database).json == {"ok": True, "drift": []}


def test_check_reports_all_drift_at_once_for_people_too(simulark, database):
    execute(database, "DROP TABLE usage_analytics; ALTER TABLE projects ADD stars integer; DROP INDEX nodes_type_idx")
    assert simulark("schema", "check", db=database, check=1).out.splitlines() == [
        "projects.stars is not in the model", "nodes.type has no index", "usage_analytics is missing"]


def test_check_of_an_empty_database_misses_every_table(simulark, empty_database):
    drift = simulark("schema", "check", "--json", db=empty_database, check=1).json["drift"]
    assert [(item["table"], item["column"], item["problem"]) for item in drift] == [(t, None, "is missing") for t in TABLES]


# ---- the demo content ----


def test_the_demo_fixture_fills_every_table_and_is_the_same_each_time(make_database):
    one, other = make_database(), make_database()
    load_fixture(one, "demo")
    load_fixture(other, "demo")
    for table in TABLES:
        content = copy(one, f"SELECT * FROM {table} ORDER BY id")
        assert content and content == copy(other, f"SELECT * FROM {table} ORDER BY id"), table


def test_the_demo_fixture_obeys_the_limits_of_its_tiers(database):
    load_fixture(database, "demo")
    over = """
        WITH used AS (
            SELECT user_id, 'max_projects' AS name, count(*) AS n FROM projects GROUP BY 1
            UNION ALL SELECT user_id, 'max_contexts', count(*) FROM contexts GROUP BY 1
            UNION ALL SELECT p.user_id, 'max_graphs_per_project', count(*)
                      FROM graphs g JOIN projects p ON p.id = g.project_id GROUP BY p.user_id, p.id
            UNION ALL SELECT p.user_id, 'max_nodes_per_graph', greatest(jsonb_array_length(g.nodes), count(n.id))
                      FROM graphs g JOIN projects p ON p.id = g.project_id LEFT JOIN nodes n ON n.graph_id = g.id
                      GROUP BY p.user_id, g.id)
        SELECT u.email, used.name, used.n FROM used JOIN users u ON u.id = used.user_id
        JOIN subscription_tiers t ON t.name = u.subscription_tier
        WHERE used.n > (t.limits ->> used.name)::bigint"""
    assert rows(database, over) == []
