"""Row-level security: an operator gets everything or an error, a signed-in user what the instance's own policies show."""

import pytest

import instance
from harness import execute, rows, value

ADA, BOB = instance.ADA, instance.BOB

# As Supabase sets it up: requests run as this role, and policies ask auth.uid().
POLICIES = """
DO $$ BEGIN CREATE ROLE authenticated; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT COALESCE(
  nullif(current_setting('request.jwt.claim.sub', true), ''),
  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
GRANT USAGE ON SCHEMA auth, public TO authenticated;
GRANT SELECT ON users, contexts, projects, graphs, nodes, edges, chats, messages TO authenticated;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE contexts ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE graphs ENABLE ROW LEVEL SECURITY;
ALTER TABLE nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE chats ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users TO authenticated USING (id = auth.uid());
CREATE POLICY own ON contexts TO authenticated USING (user_id = auth.uid());
CREATE POLICY own ON projects TO authenticated USING (user_id = auth.uid() OR is_public);
CREATE POLICY own ON graphs TO authenticated USING (EXISTS (SELECT FROM projects p WHERE p.id = project_id));
CREATE POLICY own ON nodes TO authenticated USING (EXISTS (SELECT FROM graphs g WHERE g.id = graph_id) AND label <> 'node 3');
CREATE POLICY own ON chats TO authenticated USING (user_id = auth.uid());
CREATE POLICY own ON messages TO authenticated USING (EXISTS (SELECT FROM chats h WHERE h.id = chat_id));
"""


@pytest.fixture
def guarded(source):
    execute(source, POLICIES + "UPDATE projects SET is_public = name = 'Shop'")
    return source


SEEN = [
    (ADA, "Shop", {"contexts": 3, "projects": 1, "graphs": 1, "nodes": 19, "edges": 20, "chats": 0, "messages": 0}),
    (BOB, "Shop", {"contexts": 0, "projects": 1, "graphs": 1, "nodes": 19, "edges": 20, "chats": 1, "messages": 3}),
]


@pytest.mark.parametrize("user, project, counts", SEEN)
def test_a_user_takes_what_the_policies_show(simulark, guarded, user, project, counts):
    done = simulark("export", "--rls-user", user, "--project", project, "-o", "x.ark", "--json", db=guarded).json
    assert done["tables"] == counts and done["audited"] is True
    assert simulark("inspect", "x.ark", "--json").json["tables"] == counts


def test_what_they_hide_is_not_there(simulark, guarded):
    assert "no project has" in simulark("export", "--rls-user", BOB, "--project", "Blog", "-o", "x.ark", db=guarded, check=5).err


def test_a_transfer_brings_what_its_user_sees(simulark, guarded, make_database):
    other = make_database()
    instance.people(other)
    execute(guarded, "ALTER TABLE nodes DISABLE ROW LEVEL SECURITY")
    simulark("transfer", "--from", guarded.url, "--to", other.url, "--rls-user", ADA, "--project", "Shop")
    assert rows(other, "SELECT (SELECT count(*) FROM nodes), (SELECT count(*) FROM chats)") == [(20, 0)]


def test_nothing_of_the_user_is_left_in_the_session(simulark, guarded):
    simulark("export", "--rls-user", ADA, "--project", "Shop", "-o", "x.ark", db=guarded)
    assert value(guarded, "SELECT count(*) FROM audit_logs WHERE action = 'export'") == 1


@pytest.mark.parametrize("arguments, status", [
    (["--rls-user", "ada@example.org"], 2),
    (["--rls-user", ADA, "--as", ADA], 2),
    (["--rls-user", ADA, "--all"], 4),  # tiers are not theirs to read
])
def test_what_cannot_be(simulark, guarded, arguments, status):
    selection = [] if "--all" in arguments else ["--project", "Shop"]
    simulark("export", *arguments, *selection, "-o", "x.ark", db=guarded, check=status)


def test_an_operator_under_policies_gets_an_error_rather_than_a_part(simulark, guarded):
    execute(guarded, "CREATE ROLE clerk LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk")
    try:
        error = simulark("export", "--project", "Shop", "-o", "x.ark", "--json", db=guarded.as_role("clerk"), check=4).error
        assert "row-level security" in error["message"]
    finally:
        execute(guarded, "DROP OWNED BY clerk; DROP ROLE clerk")
