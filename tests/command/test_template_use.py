"""Projects from templates: what they become, whom they may become, and that premium stays premium."""

import json
import re

import pytest
import yaml

from harness import copy, execute, load_fixture, rows, value
from test_template import GRAPHS, HEADER, node, packed, project, source

USERS = """INSERT INTO users (id, email, subscription_tier) VALUES
    ('10000000-0000-4000-8000-00000000000a', 'free@x.org', 'free'), ('10000000-0000-4000-8000-00000000000b', 'pro@x.org', 'pro'),
    ('10000000-0000-4000-8000-00000000000c', 'big@x.org', 'enterprise')"""
SET = ("--set", "company=Chez \"Ada\"", "--set", "region=eu")


@pytest.fixture
def people(database):
    execute(database, USERS)
    return database


def shop(simulark, tmp_path, people, **edits):
    edits.setdefault("header", [('"[A-Za-z ]+"', '".{1,20}"')])
    digest = packed(simulark, tmp_path, **edits)["digest"]
    simulark("template", "publish", "t.ark", db=people)
    return digest


def test_a_project_of_its_own_with_tables_and_arrays_in_agreement(simulark, people, tmp_path):
    digest = shop(simulark, tmp_path, people)
    done = simulark("template", "use", "small-shop", "--as", "free@x.org", "--name", "Mine", *SET, "--json", db=people).json
    ((name, owner, settings),) = rows(people, "SELECT p.name, u.email, p.settings FROM projects p JOIN users u ON u.id = p.user_id")
    assert (name, owner) == ("Mine", "free@x.org")
    template = value(people, "SELECT id::text FROM templates")
    assert settings["template"] == {"id": template, "name": "Small shop", "slug": "small-shop", "version": "1.0.0", "digest": digest,
                                    "premium": False} == done["template"]
    ((graph, nodes, edges),) = rows(people, "SELECT name, nodes, edges FROM graphs")
    table = {r[0]: r[1:] for r in rows(people, "SELECT id::text, type, label, position, data FROM nodes")}
    assert graph == 'Chez "Ada" shop' and len(nodes) == 3
    assert {n["id"]: (n["type"], n["data"]["label"], n["position"], n["data"]) for n in nodes} == table
    assert {v[1] for v in table.values()} == {'Web of Chez "Ada"', "API", 'Database "Chez "Ada""'}
    assert copy(people, "SELECT data FROM nodes WHERE label = 'API'") == b'{"cost": 1.50, "label": "API", "region": "eu"}\n'
    assert {(e["id"], e["source"], e["target"]) for e in edges} == set(
        rows(people, "SELECT id::text, source_node_id::text, target_node_id::text FROM edges"))
    assert value(people, "SELECT usage_count FROM templates") == 1
    assert value(people, "SELECT count FROM usage_analytics WHERE metric_type = 'template_use'") == 1
    assert [a for (a,) in rows(people, "SELECT action FROM audit_logs WHERE user_id IS NOT NULL")] == ["use"]


def test_a_project_is_in_structure_the_template_it_came_from(simulark, people, tmp_path):
    packed(simulark, tmp_path, header=[("required: true", "default: eu")])
    simulark("template", "use", "t.ark", "--as", "big@x.org", "--name", "Q", db=people)
    simulark("export", "--project", "Q", "-o", "q.ark", db=people)
    simulark("template", "pack", "q.ark", "-o", "q-again.ark")
    assert simulark("diff", "--structure", "q.ark", "q-again.ark", "--json").json["equal"] is True


def test_an_operator_gives_it_to_somebody_whose_month_is_not_charged(simulark, people, tmp_path):
    shop(simulark, tmp_path, people)
    simulark("template", "use", "small-shop", "--owner", "free@x.org", *SET, db=people)
    assert value(people, "SELECT count(*) FROM usage_analytics") == 0
    assert rows(people, "SELECT name, user_id::text FROM projects") == [("Small shop", "10000000-0000-4000-8000-00000000000a")]
    assert 'mean "free@x.org" or' in simulark("template", "use", "small-shop", "--owner", "fre@x.org", *SET, db=people, check=5).err
    assert "mean" not in simulark("template", "use", "small-shop", "--as", "fre@x.org", *SET, db=people, check=5).err
    simulark("template", "use", "small-shop", *SET, db=people, check=2)
    simulark("template", "use", "small-shop", "--as", "free@x.org", "--owner", "pro@x.org", *SET, db=people, check=2)


def test_wrong_values_are_told_all_at_once_and_cost_nothing(simulark, people, tmp_path):
    shop(simulark, tmp_path, people)
    failed = simulark("template", "use", "small-shop", "--as", "free@x.org", "--set", "company=" + "x" * 21, "--set", "compny=A", "--set", "r",
                      "--json", db=people, check=2)
    assert len(failed.error["details"]) == 4  # and region is required
    assert value(people, "SELECT count(*) FROM projects") == value(people, "SELECT usage_count FROM templates") == 0


LOST = [
    ("id: api", "id: web", "graphs/main/nodes/web: Another node of the graph has the same id."),
    ("target: db", "target: nothing", "graphs/main/edges/sql: Its target is no node of the graph."),
    ("graph_id: main", "graph_id: other", "nodes: A row of nodes is of a graph that is not there."),
    ("service}\n", "service}\nchats:\n  - {title: Hello}\n", "chats: A template holds a chat."),
]


@pytest.mark.parametrize("old, new, place", LOST)
def test_nothing_is_left_out_of_a_file_that_is_used(simulark, people, tmp_path, old, new, place):
    graphs = GRAPHS + "nodes:\n  - {id: cdn, graph_id: main, type: service}\n"
    words = ["use", "source/", "--as", "free@x.org", "--set", "region=eu"], ["show", "source/"], ["publish", "source/"]
    folder = source(tmp_path / "source", graphs=graphs)
    assert simulark("template", *words[0], "--dry-run", "--json", db=people).json["tables"]["nodes"] == 4
    source(folder, graphs=graphs.replace(old, new))
    for word in words:
        assert place in simulark("template", *word, "--json", db=people, check=3).error["details"]
    simulark("template", "lint", "source/", check=1)
    assert value(people, "SELECT count(*) FROM projects") == 0


@pytest.mark.parametrize("more, name", [((), 'Shop of Chez "Ada"'), (("--name", "{{region}}"), "{{region}}")])
def test_the_templates_name_is_filled_in_and_a_given_one_is_not(simulark, people, tmp_path, more, name):
    shop(simulark, tmp_path, people, header=[("name: Small shop", 'name: "Shop of {{company}}"'), ('"[A-Za-z ]+"', '".{1,20}"')],
         graphs=[("    nodes:", "    viewport: {note: \"{{region}}\"}\n    nodes:")])
    assert simulark("template", "use", "t.ark", "--as", "pro@x.org", *SET, *more, "--json", db=people).json["name"] == name
    assert rows(people, "SELECT p.name, viewport->>'note' FROM projects p JOIN graphs g ON g.project_id = p.id") == [(name, "eu")]


def test_a_dry_run_leaves_nothing(simulark, people, tmp_path):
    shop(simulark, tmp_path, people)
    done = simulark("template", "use", "small-shop", "--as", "free@x.org", *SET, "-n", "--json", db=people).json
    assert done["dry_run"] and done["receipt"] is None and done["tables"]["nodes"] == 3
    assert value(people, "SELECT count(*) FROM projects") == value(people, "SELECT usage_count FROM templates") == 0
    assert value(people, "SELECT count(*) FROM usage_analytics") == 0


def test_what_the_application_made_can_be_used(simulark, database):
    load_fixture(database, "demo")
    execute(database, "UPDATE users SET subscription_tier = 'enterprise'")
    used = simulark("template", "use", "Three-tier shop", "--as", "ada@example.org", "--json", db=database).json
    assert used["tables"] == {"projects": 1, "graphs": 1, "nodes": 3, "edges": 2}
    labels = rows(database, "SELECT n.label, m.label, e.label FROM edges e JOIN nodes n ON n.id = e.source_node_id JOIN nodes m"
                            " ON m.id = e.target_node_id JOIN graphs g ON g.id = e.graph_id WHERE g.project_id = %s ORDER BY 1", (used["project"],))
    assert labels == [("Shop API", "PostgreSQL", None), ("Web shop", "Shop API", "HTTPS")]
    assert value(database, "SELECT usage_count FROM templates WHERE name = 'Three-tier shop'") == 42


def test_contexts_and_ids_within_text_follow(simulark, people, tmp_path):
    context, other = "20000000-0000-4000-8000-000000000001", node(2)["id"]
    bundle = project(tmp_path, [node(1, context=context, depends=other), node(2)])
    owner = bundle["people"][0]["id"]
    bundle["contexts"] = [{"id": context, "user_id": owner, "name": "Style", "content": "Short.", "type": "text", "tags": ["a b", "c"]},
                          {"id": context[:-1] + "2", "user_id": owner, "name": "Unused", "content": "-", "type": "text"}]
    (tmp_path / "project.json").write_text(json.dumps(bundle))
    simulark("template", "pack", "project.json", "-o", "t.ark")
    simulark("template", "use", "t.ark", "--as", "pro@x.org", db=people)
    ((new, name, tags),) = rows(people, "SELECT id::text, name, tags FROM contexts")
    assert (name, tags) == ("Style", ["a b", "c"]) and new != context
    data = dict(rows(people, "SELECT label, data FROM nodes"))
    assert data["N1"]["context"] == new and data["N1"]["depends"] == value(people, "SELECT id::text FROM nodes WHERE label = 'N2'")


def test_fifty_uses_at_once_are_fifty(simulark, people, tmp_path):
    shop(simulark, tmp_path, people)
    running = [simulark.start("template", "use", "small-shop", "--as", "big@x.org", *SET, "-q", db=people) for _ in range(25)]
    assert [p.wait() for p in running] == [0] * 25
    running = [simulark.start("template", "use", "small-shop", "--owner", "pro@x.org", *SET, "-q", db=people) for _ in range(25)]
    assert [p.wait() for p in running] == [0] * 25
    assert value(people, "SELECT usage_count FROM templates") == value(people, "SELECT count(*) FROM projects") == 50
    assert value(people, "SELECT count FROM usage_analytics WHERE metric_type = 'template_use'") == 25


def test_limits_hold(simulark, people, tmp_path):
    shop(simulark, tmp_path, people)
    execute(people, "UPDATE templates SET usage_count = NULL")
    for _ in range(3):
        simulark("template", "use", "small-shop", "--as", "free@x.org", *SET, db=people)
    failed = simulark("template", "use", "small-shop", "--as", "free@x.org", *SET, "--json", db=people, check=6)
    assert "max_projects" in failed.error["details"][0]
    execute(people, "UPDATE subscription_tiers SET limits = '{\"template_uses_per_month\": 3}' WHERE name = 'free'")
    assert "template_uses_per_month" in simulark("template", "use", "small-shop", "--as", "free@x.org", *SET, db=people, check=6).err
    assert value(people, "SELECT usage_count FROM templates") == 3
    simulark("template", "use", "small-shop", "--owner", "free@x.org", *SET, db=people)


# ---- premium, through every door ----


def edit_document(simulark, tmp_path, old, new, name="edited"):
    """The archive, taken apart, changed and packed again, as somebody would who knows how."""
    simulark("convert", "t.ark", "edited.yaml", "--force", "-q")
    text = (tmp_path / "edited.yaml").read_text(encoding="utf-8")
    assert re.search(old, text)
    (tmp_path / "edited.yaml").write_text(re.sub(old, new, text), encoding="utf-8")
    simulark("convert", "edited.yaml", f"{name}.ark", "--force", "-q")
    return f"{name}.ark"


PREMIUM = ("licence: MIT", "licence: MIT\n  premium: true"), ('"[A-Za-z ]+"', '".{1,20}"')
DOORS = {
    "by name": lambda s, t: "small-shop",
    "by id": None,
    "the file itself": lambda s, t: "t.ark",
    "its mark edited": lambda s, t: edit_document(s, t, "premium: true", "premium: false"),
    "its mark taken out": lambda s, t: edit_document(s, t, "  premium: true\n", ""),
    "another name": lambda s, t: edit_document(s, t, "name: Small shop", "name: Mine", "a") and edit_document(s, t, "premium: true", "premium: false"),
    "another name, slug and no mark": lambda s, t: edit_document(
        s, t, r"name: Small shop([\s\S]*)slug: small-shop([\s\S]*)premium: true", r"name: Mine\1slug: mine\2premium: false"),
    "moved on the canvas and renamed": lambda s, t: edit_document(
        s, t, r"name: Small shop([\s\S]*)slug: small-shop([\s\S]*)premium: true([\s\S]*)x: 480([\s\S]*)x: 480",
        r"name: Mine\1slug: mine\2premium: false\3x: 500\4x: 500"),
    "a placeholder that becomes nothing": lambda s, t: edit_document(
        s, t, r"name: Small shop([\s\S]*)slug: small-shop([\s\S]*)premium: true\n  parameters:([\s\S]*)API([\s\S]*)API",
        r"name: Mine\1slug: mine\2parameters:\n    - name: x\3API{{x}}\4API{{x}}"),
    "nulls that say nothing": lambda s, t: edit_document(
        s, t, r"name: Small shop([\s\S]*)slug: small-shop([\s\S]*)premium: true([\s\S]*?)  label: API\n([\s\S]*?)label: HTTPS\n",
        r"name: Mine\1slug: mine\2premium: false\3  label: null\n\4label: HTTPS\n        data: null\n"),
    "another container": lambda s, t: s("convert", "t.ark", "t.zip", "-q") and "t.zip",
    "packed again": lambda s, t: s("template", "pack", "t.ark", "-o", "again.ark", "--name", "Mine", "--slug", "mine") and "again.ark",
    "the folder it was written in": lambda s, t: t / "source",
}


@pytest.mark.parametrize("door", DOORS)
def test_premium_stays_premium(simulark, people, tmp_path, door):
    shop(simulark, tmp_path, people, header=PREMIUM)
    way = DOORS[door](simulark, tmp_path) if DOORS[door] else value(people, "SELECT id::text FROM templates")
    failed = simulark("template", "use", way, "--as", "free@x.org", *SET, "--json", db=people, check=6)
    assert "premium" in " ".join(failed.error["details"]) and "pro" in failed.error["hint"]
    assert simulark("template", "use", way, "--owner", "free@x.org", *SET, db=people, check=6)
    assert value(people, "SELECT count(*) FROM projects") == value(people, "SELECT usage_count FROM templates") == 0
    assert value(people, "SELECT count(*) FROM usage_analytics") == 0
    assert value(people, "SELECT count(*) FROM audit_logs WHERE action = 'refusal'") == 2
    simulark("template", "use", way, "--as", "pro@x.org", *SET, db=people)


def test_a_database_that_does_not_know_it_believes_the_file(simulark, people, tmp_path):
    packed(simulark, tmp_path, header=PREMIUM)
    simulark("template", "use", "t.ark", "--as", "free@x.org", *SET, db=people, check=6)
    simulark("template", "use", "t.ark", "--as", "pro@x.org", *SET, db=people)


def test_the_row_decides_where_the_same_content_is_free_for_all(simulark, people, tmp_path):
    shop(simulark, tmp_path, people, header=PREMIUM)
    execute(people, "UPDATE templates SET is_premium = false")
    simulark("template", "use", "small-shop", "--as", "free@x.org", *SET, db=people)
    simulark("template", "use", "t.ark", "--as", "free@x.org", *SET, db=people)
    assert value(people, "SELECT usage_count FROM templates") == 2


PLAIN = ("{{ company }}", "Acme"), ("{{company}}", "Acme"), ("{{region}}", "eu")


def test_what_is_free_stays_free_where_a_premium_template_has_its_graph_too(simulark, people, tmp_path):
    shop(simulark, tmp_path, people, graphs=PLAIN)
    packed(simulark, tmp_path, "large.ark", header=[("name: Small shop", "name: Large shop"), *PREMIUM], graphs=PLAIN)
    simulark("template", "publish", "large.ark", db=people)
    renamed = edit_document(simulark, tmp_path, r"name: Small shop([\s\S]*)slug: small-shop", r"name: Mine\1slug: mine")
    simulark("template", "use", "t.ark", "--as", "free@x.org", *SET, db=people)
    simulark("template", "use", renamed, "--as", "free@x.org", *SET, db=people)
    simulark("export", "--project", "Small shop", "-o", "project.ark", db=people)
    simulark("import", "project.ark", "--as", "free@x.org", "--ids", "new", db=people)
    marks = rows(people, "SELECT settings->'template'->>'name' FROM projects ORDER BY name")
    assert marks == [("Mine",), ("Small shop",), ("Small shop",)]
    simulark("template", "use", "large.ark", "--as", "free@x.org", *SET, db=people, check=6)


def test_a_project_of_a_premium_template_stays_premium_wherever_it_goes(simulark, people, tmp_path):
    shop(simulark, tmp_path, people, header=PREMIUM)
    simulark("template", "use", "small-shop", "--as", "pro@x.org", *SET, db=people)
    simulark("export", "--project", "Small shop", "--contexts", "none", "-o", "project.yaml", db=people)
    assert yaml.safe_load((tmp_path / "project.yaml").read_text())["requires"]["templates"][0]["premium"] is True
    take = ("--as", "free@x.org", "--ids", "new")
    simulark("import", "project.yaml", *take, db=people, check=6)
    text = (tmp_path / "project.yaml").read_text()
    (tmp_path / "edited.yaml").write_text(text.replace("premium: true", "premium: false"))
    simulark("import", "edited.yaml", *take, db=people, check=6)
    simulark("convert", "edited.yaml", "edited.ark")
    simulark("import", "edited.ark", *take, db=people, check=6)
    (tmp_path / "instance.yaml").write_text(text.replace("kind: project", "kind: instance").replace("premium: true", "premium: false"))
    simulark("import", "instance.yaml", *take, db=people, check=6)
    bare = re.sub(r"\n    settings:\n      template:\n(        .*\n)+", "\n", text)
    bare = re.sub(r"\nrequires:\n(  .*\n)+", "\n", bare)
    assert "premium" not in bare
    (tmp_path / "bare.yaml").write_text(bare)
    (tmp_path / "bare_instance.yaml").write_text(bare.replace("kind: project", "kind: instance"))
    for who in ("--as", "--owner"):
        simulark("import", "bare_instance.yaml", who, "free@x.org", "--ids", "new", db=people, check=6)
    failed = simulark("import", "bare.yaml", *take, "--json", db=people, check=6)
    assert "Small shop" in failed.error["details"][0]
    simulark("import", "bare.yaml", "--owner", "free@x.org", "--ids", "new", db=people, check=6)
    simulark("template", "pack", "bare.yaml", "-o", "bare.ark", "--name", "Mine", "--slug", "mine")
    simulark("template", "use", "bare.ark", "--as", "free@x.org", db=people, check=6)
    assert "premium" in simulark("template", "publish", "bare.ark", "--as", "big@x.org", "-n", db=people, check=6).err
    add_to_another(simulark, people, tmp_path, yaml.safe_load(bare))
    simulark("import", "bare.yaml", "--as", "pro@x.org", "--ids", "new", db=people)
    marks = rows(people, "SELECT settings->'template'->>'name', settings->'template'->'premium' FROM projects WHERE name = 'Small shop'")
    assert marks == [("Small shop", True)] * 2
    packed_again = simulark("template", "pack", "project.yaml", "-o", "copy.ark", "--json").json
    assert packed_again["template"]["premium"] is True
    simulark("template", "use", "copy.ark", "--as", "free@x.org", db=people, check=6)


def add_to_another(simulark, people, tmp_path, bare):
    """A project that was there before gets a premium graph: whole, as rows only, as arrays only, beside something else."""
    old = "30000000-0000-4000-8000-00000000000a"
    execute(people, "INSERT INTO templates (name) VALUES ('Iron');"
                    "INSERT INTO projects (id, user_id, name, settings) SELECT"
                    f" '{old}', id, 'Old', '{{\"template\": {{\"name\": \"Iron\", \"premium\": true}}}}' FROM users WHERE email = 'free@x.org'")
    junk = [{"id": f"j{n}", "type": "junk", "position": {}, "data": {"n": n}} for n in range(9)]
    without = ({}, {"graphs": [{"nodes": [], "edges": []}]}, {"nodes": [], "edges": []}, {"graphs": [{"nodes": junk}]})
    for less in without:
        parts = {"graphs": bare["graphs"], "nodes": bare["nodes"], "edges": bare["edges"], **less}
        parts["graphs"] = [{**g, **o, "project_id": old} for g, o in zip(bare["graphs"], less.get("graphs", [{}]))]
        text = json.dumps({"simulark": "bundle", "format": 1, "kind": "project", **parts})
        (tmp_path / "parts.json").write_text(re.sub(r'"cost": 1\.5\b', '"cost": 1.50', text))
        for who in ("--as", "--owner"):
            failed = simulark("import", "parts.json", who, "free@x.org", "--ids", "new", "--json", db=people, check=6)
            assert '"Old"' in failed.error["details"][0] and "Small shop" in failed.error["details"][0]


def test_the_place_of_one_premium_project_is_not_for_another(simulark, people, tmp_path):
    """Who had a premium project keeps it, and gets no other template's in its place."""
    shop(simulark, tmp_path, people, header=PREMIUM)
    packed(simulark, tmp_path, header=[("name: Small shop", "name: Large shop"), *PREMIUM], graphs=[("label: API", "label: Large API")])
    simulark("template", "publish", "t.ark", db=people)
    simulark("template", "use", "small-shop", "--owner", "free@x.org", "--override-limits", "gift", *SET, db=people)
    simulark("template", "use", "large-shop", "--as", "pro@x.org", *SET, db=people)
    mine = value(people, "SELECT p.id::text FROM projects p JOIN users u ON u.id = p.user_id WHERE u.email = 'free@x.org'")
    simulark("export", "--project", mine, "-o", "mine.yaml", db=people)
    simulark("import", "mine.yaml", "--as", "free@x.org", "--on-conflict", "replace", "--force", db=people)
    simulark("export", "--project", "Large shop", "-o", "large.yaml", db=people)
    large = value(people, "SELECT id::text FROM projects WHERE name = 'Large shop'")
    execute(people, "DELETE FROM projects WHERE name = 'Large shop'")
    (tmp_path / "swap.yaml").write_text((tmp_path / "large.yaml").read_text().replace(large, mine))
    take = ("--as", "free@x.org", "--on-conflict", "replace", "--force")
    assert "Large shop" in simulark("import", "swap.yaml", *take, "--json", db=people, check=6).error["details"][0]


def graphs_for(project, *others):
    """A bundle that brings the graphs of other projects (exported as YAML) into one."""
    parts = {table: [] for table in ("graphs", "nodes", "edges")}
    for other in others:
        for table, those in parts.items():
            those += yaml.safe_load(other.read_text())[table]
    parts["graphs"] = [{**graph, "project_id": project} for graph in parts["graphs"]]
    return json.dumps({"simulark": "bundle", "format": 1, "kind": "project", **parts})


def test_a_project_needs_to_be_allowed_all_premium_templates_of_its_graphs(simulark, people, tmp_path):
    for name in ("Small shop", "Large shop"):
        packed(simulark, tmp_path, header=[("name: Small shop", f"name: {name}"), *PREMIUM],
               graphs=[("cost: 1.50", "cost: 2"), ("label: API", f"label: {name}")])
        simulark("template", "publish", "t.ark", db=people)
        simulark("template", "use", name, "--as", "pro@x.org", *SET, db=people)
        simulark("export", "--project", name, "-o", f"{name}.yaml", db=people)
    small, large = tmp_path / "Small shop.yaml", tmp_path / "Large shop.yaml"
    gift = simulark("template", "use", "large-shop", "--owner", "free@x.org", "--override-limits", "gift", *SET, "--json", db=people).json
    for graphs in ([small, large], [large, small]):
        (tmp_path / "more.json").write_text(graphs_for(gift["project"], *graphs))
        for who in ("--as", "--owner"):
            failed = simulark("import", "more.json", who, "free@x.org", "--ids", "new", "--json", db=people, check=6)
            assert ["Small shop" in line for line in failed.error["details"]] == [True]
    (tmp_path / "more.json").write_text(graphs_for(gift["project"], large))
    simulark("import", "more.json", "--as", "free@x.org", "--ids", "new", db=people)


def test_a_premium_graph_whose_data_hold_ids_is_known_by_other_ids(simulark, people, tmp_path):
    project(tmp_path, [node(1, depends=node(2)["id"]), node(2, next=[node(3)["id"]]), node(3)])
    simulark("template", "pack", "project.json", "-o", "t.ark", "--premium")
    simulark("template", "publish", "t.ark", db=people)
    simulark("template", "use", "P", "--as", "pro@x.org", "--name", "Q", db=people)
    execute(people, "UPDATE projects SET settings = NULL")
    simulark("export", "--project", "Q", "-o", "q.ark", db=people)
    simulark("import", "q.ark", "--as", "free@x.org", "--ids", "new", db=people, check=6)


OLDER = '{"template": {"name": "Small shop", "version": "0.9.0", "premium": true}}'
SETTINGS = [(None, None), ('{"theme": "dark"}', None), ('[1, 2, {"keep": "me"}]', "same"), (OLDER, "same")]


@pytest.mark.parametrize("settings, becomes", SETTINGS, ids=str)
def test_a_premium_graph_of_a_file_is_known_in_a_project_that_was_there(simulark, people, tmp_path, settings, becomes):
    """The template has no row: it is known by its use alone."""
    packed(simulark, tmp_path, header=PREMIUM, graphs=[("cost: 1.50", "cost: 2")])
    simulark("template", "use", "t.ark", "--as", "pro@x.org", *SET, db=people)
    simulark("export", "--project", "Small shop", "-o", "made.yaml", db=people)
    old = "30000000-0000-4000-8000-00000000000a"
    (tmp_path / "more.json").write_text(graphs_for(old, tmp_path / "made.yaml"))
    for who, status in (("free@x.org", 6), ("pro@x.org", 0)):
        execute(people, "DELETE FROM projects WHERE id = %s", (old,))
        execute(people, "INSERT INTO projects (id, user_id, name, settings) SELECT %s, id, 'Old', %s FROM users WHERE email = %s",
                (old, settings, who))
        simulark("import", "more.json", "--as", who, "--ids", "new", db=people, check=status if settings != OLDER else 0)
    now = value(people, "SELECT settings FROM projects WHERE id = %s", (old,))
    if becomes:
        assert now == json.loads(settings)
    else:
        assert now.pop("template")["name"] == "Small shop" and now == json.loads(settings or "{}")


@pytest.mark.parametrize("more", ["{}", '{"fingerprints": []}', '{"fingerprints": null}'])
def test_the_applications_own_premium_template_stays_premium_under_another_name(simulark, database, tmp_path, more):
    load_fixture(database, "demo")
    execute(database, "UPDATE templates SET graph_data = graph_data || %s", (more,))
    simulark("template", "export", "RAG assistant", "-o", "t.ark", db=database)
    way = edit_document(simulark, tmp_path, r"name: RAG assistant([\s\S]*?)premium: true", r"name: Mine\1premium: false")
    for who in ("--as", "--owner"):
        failed = simulark("template", "use", way, who, "ada@example.org", "--json", db=database, check=6)
        assert "RAG assistant" in failed.error["details"][0]
    simulark("template", "use", way, "--as", "grace@example.org", db=database)
    assert value(database, "SELECT usage_count FROM templates WHERE is_premium") == 8
    assert "premium" in simulark("template", "publish", way, "--as", "linus@example.org", db=database, check=6).err


def test_nobody_publishes_under_a_slug_that_is_anothers(simulark, people, tmp_path):
    """`template use small-shop` stays the one it was."""
    shop(simulark, tmp_path, people)
    simulark("template", "pack", "t.ark", "-o", "evil.ark", "--force", "--name", "small-shop", "--slug", "evil")
    assert '"Small shop" (slug small-shop)' in simulark("template", "publish", "evil.ark", "--as", "big@x.org", db=people, check=5).err
    assert rows(people, "SELECT name FROM templates") == [("Small shop",)]


def test_nobody_publishes_premium_graphs_as_free_ones(simulark, people, tmp_path):
    shop(simulark, tmp_path, people, header=PREMIUM)
    for door in ("another name, slug and no mark", "a placeholder that becomes nothing"):
        way = DOORS[door](simulark, tmp_path)
        assert "premium" in simulark("template", "publish", way, "--as", "big@x.org", db=people, check=6).err


def test_a_premium_template_is_not_made_free_where_another_has_its_graph(simulark, people, tmp_path):
    for name in ("Mine", "Small shop"):
        packed(simulark, tmp_path, header=[("name: Small shop", f"name: {name}"), *PREMIUM])
        simulark("template", "publish", "t.ark", "--as", "big@x.org", db=people)
    packed(simulark, tmp_path, header=[("name: Small shop", "name: Mine"), ("version: 1.0.0", "version: 1.0.1")])
    assert '"Small shop"' in simulark("template", "publish", "t.ark", "--as", "big@x.org", db=people, check=6).err


def test_a_bundle_that_is_no_template_is_not_used(simulark, people, tmp_path):
    project(tmp_path, [node(1)])
    assert "is no template" in simulark("template", "use", "project.json", "--as", "free@x.org", db=people, check=3).err
    source(tmp_path / "t", HEADER, GRAPHS)
    simulark("convert", "t/template.yaml", "t.ark")
    assert "is a template" in simulark("import", "t.ark", db=people, check=3).err
    simulark("template", "use", "t/template.yaml", "--as", "free@x.org", *SET[2:], db=people)
