"""Templates packed, checked, published, listed, taken back out, catalogued."""

import json
import re

import pytest
import yaml

import instance
from harness import ROOT, copy, execute, load_fixture, rows, value

SHIPPED = sorted(folder.name for folder in (ROOT / "templates").iterdir() if (folder / "template.yaml").exists())

HEADER = """\
simulark: bundle
format: 1
kind: template
template:
  name: Small shop
  version: 1.0.0
  description: For tests
  category: web
  keywords: [shop]
  author: Ada
  licence: MIT
  parameters:
    - {name: company, description: Whose shop, default: Acme, pattern: "[A-Za-z ]+"}
    - {name: region, description: Where, required: true}
"""
GRAPHS = """\
graphs:
  - id: main
    name: "{{company}} shop"
    nodes:
      - {id: web, type: client, position: {x: 0, y: 0}, data: {label: "Web of {{ company }}"}}
      - {id: api, type: service, position: {x: 240, y: 0}, data: {label: API, region: "{{region}}", cost: 1.50}}
      - {id: db, type: database, position: {x: 480, y: 0}, data: {label: "Database \\"{{company}}\\""}}
    edges:
      - {source: web, target: api, label: HTTPS}
      - {id: sql, source: api, target: db}
"""


def source(folder, header=HEADER, graphs=GRAPHS, readme="# Small shop\n"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "template.yaml").write_text(header + graphs, encoding="utf-8")
    if readme:
        (folder / "README.md").write_text(readme, encoding="utf-8")
    return folder


def document(simulark, path):
    """A bundle's header and rows."""
    simulark("convert", path, "read.yaml", "--force", "-q")
    return yaml.safe_load((simulark.folder / "read.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def demo(server, template):
    database = server.create(template)
    load_fixture(database, "demo")
    return database


# ---- pack ----


def test_a_folder_packs_to_the_same_bytes_and_packs_again_to_the_same(simulark, tmp_path):
    source(tmp_path / "shop")
    done = simulark("template", "pack", "shop", "-o", "a.ark", "--json").json
    simulark("template", "pack", "shop", "-o", "b.ark", env={"SOURCE_DATE_EPOCH": "86400"})
    simulark("template", "pack", "a.ark", "-o", "c.ark")
    assert (tmp_path / "a.ark").read_bytes() == (tmp_path / "b.ark").read_bytes() == (tmp_path / "c.ark").read_bytes()
    assert done["tables"] == {"graphs": 1, "nodes": 3, "edges": 2}
    assert done["template"]["slug"] == "small-shop" and done["template"]["premium"] is False
    assert simulark("verify", "a.ark", "--strict", "--json").json["ok"] is True
    read = document(simulark, "a.ark")
    assert [a["path"] for a in read["assets"]] == ["README.md", "thumbnail.svg"]
    assert "created_at" not in read and "people" not in read
    assert [e["id"] for e in read["edges"]] == ["sql", "web-api"]
    assert read["nodes"][0] == {"id": "api", "graph_id": "main", "type": "service", "label": "API", "position": {"x": 240, "y": 0},
                                "data": {"cost": 1.5, "label": "API", "region": "{{region}}"}, "style": {}, "width": None,
                                "height": None}


def test_a_live_project_leaves_everything_of_its_own_behind(simulark, demo, tmp_path):
    names = [name for (name,) in rows(demo, "SELECT name FROM projects ORDER BY name")]
    ids = set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", "".join(
        copy(demo, f"SELECT * FROM {table}").decode() for table in ("users", "projects", "graphs", "nodes", "edges", "chats"))))
    for number, name in enumerate(names):
        done = simulark("template", "pack", "--project", name, "-o", f"{number}.ark", "--json", db=demo).json
        simulark("export", "--project", name, "-o", f"{number}.yaml", db=demo)
        again = simulark("template", "pack", f"{number}.yaml", "-o", f"{number}-again.ark", "--json").json
        assert done["digest"] == again["digest"] and not done["dangling"]
        assert simulark("verify", f"{number}.ark", "--json").json["ok"] is True
        text = yaml.safe_dump(document(simulark, f"{number}.ark"))
        assert not [i for i in ids if i in text] and "@example.org" not in text and "created_at" not in text
        simulark("template", "pack", f"{number}.ark", "-o", "again.ark", "--force")
        assert (tmp_path / "again.ark").read_bytes() == (tmp_path / f"{number}.ark").read_bytes()


def test_graphs_kept_in_rows_in_arrays_and_in_both_become_both(simulark, demo):
    for name, nodes in ("Event-driven shop", 15), ("RAG assistant", 9), ("IoT telemetry", 6):
        simulark("template", "pack", "--project", name, "-o", "x.ark", "--force", db=demo)
        read = document(simulark, "x.ark")
        arrays = [n for g in read["graphs"] for n in g["nodes"]]
        assert len(arrays) == len(read["nodes"]) == nodes
        assert {n["id"] for n in arrays} == {n["id"] for n in read["nodes"]}
        ends = {(e["source"], e["target"]) for g in read["graphs"] for e in g["edges"]}
        assert ends == {(e["source_node_id"], e["target_node_id"]) for e in read["edges"]}


USER, PROJECT, GRAPH, CHAT = (f"{n}0000000-0000-4000-8000-000000000001" for n in (1, 3, 4, 7))


def project(folder, nodes, edges=(), **more):
    """A project's bundle with one graph, whose nodes stand in its array."""
    bundle = {"simulark": "bundle", "format": 1, "kind": "project", "people": [{"id": USER, "email": "ada@example.org"}],
              "contexts": [], "projects": [{"id": PROJECT, "user_id": USER, "name": "P", **more}],
              "graphs": [{"id": GRAPH, "project_id": PROJECT, "name": "G", "nodes": list(nodes), "edges": list(edges)}]}
    (folder / "project.json").write_text(json.dumps(bundle), encoding="utf-8")
    return bundle


def node(number, **data):
    return {"id": f"5000000{number}-0000-4000-8000-000000000001", "type": "service", "position": {"x": number, "y": 0},
            "data": {"label": f"N{number}", **data}}


def test_ids_within_text_are_replaced_and_references_stay_references(simulark, tmp_path):
    other = node(2)["id"]
    project(tmp_path, [node(1, depends=other, link=f"https://app/projects/{PROJECT}/nodes/{other}", owner=USER, **{other: 1}), node(2)])
    simulark("template", "pack", "project.json", "-o", "x.ark")
    read = document(simulark, "x.ark")
    first, second = sorted(read["nodes"], key=lambda n: n["label"])
    assert first["data"]["depends"] == second["id"] and first["data"][second["id"]] == 1
    assert first["data"]["link"].endswith(f"/nodes/{second['id']}")
    assert all(old not in json.dumps(read["nodes"]) for old in (USER, PROJECT, GRAPH, other))


def test_edges_whose_nodes_are_gone_are_left_out_of_projects_and_told(simulark, tmp_path):
    project(tmp_path, [node(1)], [{"id": "e", "source": node(1)["id"], "target": "gone"}])
    assert simulark("template", "pack", "project.json", "-o", "x.ark", "--json").json["dangling"] == 1


def test_nodes_whose_group_is_gone_leave_it_and_are_told(simulark, tmp_path):
    project(tmp_path, [{**node(1), "parentId": "gone"}, node(2)])
    assert simulark("template", "pack", "project.json", "-o", "x.json", "--json").json["parentless"] == 1
    assert "parentId" not in (tmp_path / "x.json").read_text()
    assert simulark("verify", "x.json", "--json").json["ok"] is True


def test_nodes_in_one_another_are_not_packed(simulark, tmp_path):
    project(tmp_path, [{**node(1), "parentId": node(2)["id"]}, {**node(2), "parentId": node(1)["id"]}])
    error = simulark("template", "pack", "project.json", "-o", "x.ark", "--json", check=3).error
    assert error["details"] == [f"nodes/{node(1)['id']}: The node is in itself, or in a group that is in it (parentId)."]


@pytest.mark.parametrize("nodes, label", [(20001, "N"), (20000, "Ä" * 80)], ids=["nodes", "bytes"])
def test_what_is_too_large_for_a_picture_has_none(simulark, tmp_path, nodes, label):
    project(tmp_path, [{**node(1, label=label), "id": f"n{n}", "position": {"x": n % 150 * 200, "y": n}} for n in range(nodes)])
    assert "It has no picture" in simulark("template", "pack", "project.json", "-o", "x.ark").err
    assert "thumbnail" not in simulark("inspect", "x.ark").out


def test_same_content_of_other_ids_packs_to_the_same_digest(simulark, tmp_path):
    bundle = project(tmp_path, [node(1), node(2)], [{"id": "e", "source": node(1)["id"], "target": node(2)["id"]}])
    text = json.dumps(bundle).replace("-0000-4000-8000-", "-1111-4222-8333-")
    (tmp_path / "other.json").write_text(text, encoding="utf-8")
    digests = {simulark("template", "pack", p, "-o", p + ".ark", "--json").json["digest"] for p in ("project.json", "other.json")}
    assert len(digests) == 1


@pytest.mark.parametrize("contexts, kept", [("none", 0), ("referenced", 2)])
def test_no_id_of_a_database_travels_whatever_it_is_packed_from(simulark, source, tmp_path, contexts, kept):
    """Also of what nothing but the database knows: other projects, and contexts that were left out before."""
    style, within, handle = (f"{n}0000000-0000-4000-8000-000000000002" for n in (5, 7, 8))
    execute(source, f"""UPDATE nodes SET style = '{{"theme": "{style}"}}', data = data || '{{"by": "{instance.BOB}",
                        "of": "{instance.ADA}", "in": "{instance.CHAT}", "see": "x/{instance.BLOG}", "handles": ["{handle}"],
                        "": "00000000-0000-0000-0000-000000000000"}}' WHERE label = 'node 7';
                        UPDATE edges SET source_handle = '{handle}';
                        UPDATE graphs SET viewport = '{{"glossary": "{instance.GLOSSARY}"}}' WHERE id = '{instance.MAIN}';
                        UPDATE contexts SET content = 'As {within}' WHERE name = 'Glossary'""")
    for choice in "all", "referenced":
        simulark("export", "--project", "Shop", "--contexts", choice, "-o", f"{choice}.ark", db=source)
    packed = [simulark("template", "pack", *what, "--contexts", contexts, "-o", f"t{n}.json", "--json", db=source).json
              for n, what in enumerate((["--project", "Shop"], ["all.ark"], ["referenced.ark"]))]
    assert packed[0]["digest"] == packed[1]["digest"] == packed[2]["digest"]
    assert packed[0]["tables"].get("contexts", 0) == kept
    read = json.loads((tmp_path / "t0.json").read_text())
    assert set(re.findall("[0-9a-f]{8}-[0-9a-f]{4}-(.)", json.dumps(read["graphs"]))) == {"8", "0"}
    (data,) = (n["data"] for n in read["nodes"] if n["label"] == "node 7")
    assert data[""] == "00000000-0000-0000-0000-000000000000"
    assert {e["source_handle"] for e in read["edges"]} == set(data["handles"])
    old = instance.ADA, instance.BOB, instance.CHAT, instance.BLOG, instance.GLOSSARY, style, within, handle
    assert not [i for i in old if i in (tmp_path / "t0.json").read_text()]


SECRETS = [  # in pieces, so that nobody takes them for real ones
    ("aws-access-key", {"key": "AKIA" "IOSFODNN7EXAMPLE"}),
    ("openai-key", {"env": ["OPENAI=" "sk-" "proj-Ab3dEf6hIj9kLm2nOp5q"]}),
    ("anthropic-key", {"a": {"b": "sk-" "ant-api03-Ab3dEf6hIj9kLm2nOp5qRs8t"}}),
    ("github-token", {"note": "use ghp_" "0123456789abcdefABCDEF0123456789abcd"}),
    ("slack-token", {"hook": "xoxb-" "123456789012-abcdefABCDEF"}),
    ("stripe-key", {"k": "sk_live_" "51Habcdefghijklmnop"}),
    ("google-key", {"k": "AIza" "SyA-1234567890abcdefghijklmnopqrstu"}),
    ("json-web-token", {"t": "eyJhbGciOiJIUzI1NiJ9." "eyJzdWIiOiIxMjM0In0." "dBjftJeZ4CVP-mB92K27uh"}),
    ("private-key", {"pem": "-----BEGIN " "PRIVATE KEY-----\nMIIE"}),
    ("password-in-url", {"url": "postgres://app:" "s3cr3t@db:5432/shop"}),
    ("password", {"dsn": "host=db password=" "geh3im dbname=shop"}),
    ("password", {"dbPassword": "hunter" "2"}),
    ("password", {"password": 94837261}),
    ("password", {"dbPasswords": ["hunter" "2"]}),
    ("password", {"env": [{"name": "DB_PASSWORD", "value": "hunter" "2"}]}),
    ("authorization", {"headers": {"Authorization": "Bearer " "b7f3Kd92mQ8xZp41LwVt"}}),
    ("authorization", {"headers": ["Authorization: Basic " "YWRtaW46aHVudGVyMg=="]}),
    ("aws-access-key", {"AKIA" "IOSFODNN7EXAMPLE": 1}),
]


@pytest.mark.parametrize("kind, data", SECRETS, ids=[f"{n}-{k}" for n, (k, _) in enumerate(SECRETS)])
def test_secrets_stop_packing_and_are_never_repeated(simulark, tmp_path, kind, data):
    project(tmp_path, [node(1, **data)])
    failed = simulark("template", "pack", "project.json", "-o", "x.ark", "--json", check=3)
    (detail,) = failed.error["details"]
    assert f"({kind})" in detail and detail.startswith(f"nodes/{node(1)['id']}/data/")
    if isinstance(next(iter(data.values())), str):
        assert next(iter(data.values())) not in failed.err
    assert not (tmp_path / "x.ark").exists()
    simulark("template", "pack", "project.json", "-o", "x.ark", "--allow-secret", kind)


def test_secrets_are_found_everywhere(simulark, tmp_path):
    secret = "AKIA" "IOSFODNN7EXAMPLE"
    source(tmp_path / "t", HEADER.replace("For tests", f"For {secret}"), GRAPHS.replace("HTTPS", secret), f"Key {secret}\n")
    told = simulark("template", "lint", "t", check=1)
    assert secret not in told.out + told.err
    places = [f["where"] for f in simulark("template", "lint", "t", "--json", check=1).json["findings"] if f["code"] == "secret"]
    assert sorted(places) == ["assets/README.md", "edges/web-api/label", "template/description"]
    simulark("template", "pack", "t", "-o", "t.ark", check=3)
    simulark("template", "pack", "t", "-o", "t.ark", "--allow-secret", "AKIA*")


def test_a_key_that_is_a_secret_is_a_place_without_a_name(simulark, tmp_path):
    secret = "AKIA" "IOSFODNN7EXAMPLE"
    project(tmp_path, [node(1, **{secret: {"x": 1}})])
    failed = simulark("template", "pack", "project.json", "-o", "x.ark", "--json", check=3)
    assert "/data/(secret):" in failed.error["details"][0] and secret not in failed.err


def test_the_address_of_a_user_stops_packing(simulark, tmp_path):
    project(tmp_path, [node(1, contact="Ask ada@example.org")])
    assert "e-mail address of a user" in simulark("template", "pack", "project.json", "-o", "x.ark", "--json", check=3).error["details"][0]


def test_real_graphs_pack_without_false_alarms(simulark, corpora, tmp_path):
    found = sorted((corpora / "graphs").glob("flowise/*/*.json"))
    assert len(found) > 50
    nodes, edges = [], []
    for number, file in enumerate(found):
        graph = json.loads(file.read_text(encoding="utf-8"))
        nodes += [{**n, "id": f"{number}:{n['id']}", "parentId": None} for n in graph["nodes"]]
        edges += [{**e, "id": f"{number}:{e['id']}"} for e in graph["edges"]]
    project(tmp_path, nodes, edges)
    assert simulark("template", "pack", "project.json", "-o", "x.ark", "--json").json["tables"]["nodes"] == len(nodes)


def test_what_cannot_be_packed(simulark, demo, tmp_path):
    simulark("template", "pack", "--project", "No such", "-o", "x.ark", db=demo, check=5)
    simulark("template", "pack", "x.yaml", "--project", "P", "-o", "x.ark", check=2)
    simulark("template", "pack", "-o", "x.ark", check=2)
    simulark("template", "pack", "x.yaml", check=2)
    for option, value in (("--version", "one"), ("--slug", "A")):
        assert f"{option} takes" in simulark("template", "pack", "x.yaml", "-o", "x.ark", option, value, check=2).err
    simulark("export", "--user", "grace@example.org", "-o", "account.ark", db=demo)
    assert "several" in simulark("template", "pack", "account.ark", "-o", "x.ark", check=5).err
    source(tmp_path / "t", graphs=GRAPHS.replace("target: db", "target: dbx"))
    assert "no node of the graph" in simulark("template", "pack", "t", "-o", "x.ark", check=3).err
    assert not (tmp_path / "x.ark").exists()


def test_options_say_what_the_template_says_of_itself(simulark, tmp_path):
    project(tmp_path, [node(1)])
    (tmp_path / "about.md").write_text("# About\n")
    done = simulark("template", "pack", "project.json", "-o", "x.ark", "--name", "Étoile noire", "--slug", "star", "--version", "2.1.0-rc.1",
                    "--description", "D", "--category", "c", "--keywords", "a, b c,", "--author", "A", "--licence", "MIT", "--premium",
                    "--readme", "about.md", "--json").json
    assert done["template"] == {"name": "Étoile noire", "slug": "star", "version": "2.1.0-rc.1", "description": "D", "category": "c",
                                "keywords": ["a", "b c"], "author": "A", "licence": "MIT", "premium": True, "parameters": None,
                                "digest": done["digest"]}
    assert simulark("template", "show", "x.ark", "--json").json["readme"] == "# About\n"
    error = simulark("template", "pack", "project.json", "-o", "y.ark", "--readme", "about.md", "--limit", "asset_bytes=7", "--json",
                     check=3).error
    assert error["message"] == "about.md is larger than 7 bytes (limit asset_bytes)." and "asset_bytes=" in error["hint"]
    simulark("template", "lint", "x.ark", "--strict")


# ---- lint ----

LINT = [
    ("a version that is none", ("1.0.0", "v1"), "metadata", "template.version"),
    ("a slug that is none", ("category: web", "category: web\n  slug: Small Shop"), "metadata", "template.slug"),
    ("keywords that are no list", ("[shop]", "shop"), "metadata", "template.keywords"),
    ("premium that is no boolean", ("licence: MIT", "licence: MIT\n  premium: maybe"), "metadata", "template.premium"),
    ("a pattern that is none", ('"[A-Za-z ]+"', '"["'), "parameter", "template.parameters.company"),
    ("a default that does not match", ("Acme", "A1"), "parameter", "template.parameters.company"),
    ("a parameter twice", ("name: region", "name: company"), "parameter", "template.parameters.company"),
    ("a node twice", ("id: db,", "id: api,"), "duplicate", "graphs/main/nodes/api"),
    ("an edge to nowhere", ("target: db", "target: bd"), "dangling", "graphs/main/edges/sql"),
    ("a node in itself", ("{id: db,", "{id: db, parentId: db,"), "circle", "nodes/db"),
    ("a parent that is not there", ("{id: db,", "{id: db, parentId: vpc,"), "dangling", "graphs/main/nodes/db"),
    ("a position that is none", ("x: 480", "x: right"), "position", "nodes/db"),
    ("a position beyond the canvas", ("x: 480", "x: 1e300"), "position", "nodes/db"),
]


@pytest.mark.parametrize("edit, code, where", [case[1:] for case in LINT], ids=[case[0] for case in LINT])
def test_lint_finds(simulark, tmp_path, edit, code, where):
    text = HEADER + GRAPHS
    assert edit[0] in text
    source(tmp_path / "t", text.replace(*edit), "")
    found = simulark("template", "lint", "t", "--json", check=1).json["findings"]
    assert (code, where) in [(f["code"], f["where"]) for f in found if f["severity"] == "error"], found


def test_lint_judges_a_project_as_it_would_be_packed(simulark, tmp_path):
    project(tmp_path, [node(1)])
    simulark("convert", "project.json", "p.ark")
    found = simulark("template", "lint", "p.ark", "--json").json["findings"]
    assert not [f for f in found if f["where"] in ("template.version", "assets/thumbnail.svg")]


def test_lint_warns_and_strict_minds(simulark, tmp_path):
    source(tmp_path / "t", HEADER.replace("  licence: MIT\n", "").replace("name: region", "name: unused"),
           GRAPHS.replace("type: client", "type: flux-capacitor").replace("position: {x: 480, y: 0}, ", ""), readme=None)
    found = simulark("template", "lint", "t", "--json").json["findings"]
    assert {(f["severity"], f["where"]) for f in found} == {
        ("warning", w) for w in ("template.licence", "nodes/web", "nodes/db", "nodes/api/data/region", "template.parameters.unused",
                                 "assets/README.md")}
    simulark("template", "lint", "t", "--strict", check=1)
    simulark("template", "pack", "t", "-o", "t.ark")
    (tmp_path / "t.ark").write_bytes((tmp_path / "t.ark").read_bytes()[:700])
    simulark("template", "lint", "t.ark", check=3)


@pytest.mark.parametrize("svg", ["<p>", '<svg onload="x()"/>', "<svg><script/></svg>", '<svg><image href="http://x"/></svg>'])
def test_pictures_that_run_or_load_something_are_refused(simulark, tmp_path, svg):
    source(tmp_path / "t")
    (tmp_path / "t" / "thumbnail.svg").write_text(svg)
    simulark("template", "pack", "t", "-o", "t.ark", check=3)


# ---- the database ----


def packed(simulark, tmp_path, name="t.ark", **edits):
    header = HEADER
    for old, new in edits.pop("header", ()):
        header = header.replace(old, new)
    graphs = GRAPHS
    for old, new in edits.pop("graphs", ()):
        graphs = graphs.replace(old, new)
    source(tmp_path / "source", header, graphs)
    return simulark("template", "pack", "source", "-o", name, "--force", "--json").json


def test_a_graph_without_a_name_has_none_after_publication(simulark, database, tmp_path):
    digest = packed(simulark, tmp_path, graphs=[('    name: "{{company}} shop"\n', "")])["digest"]
    simulark("template", "publish", "t.ark", db=database)
    again = simulark("template", "export", "small-shop", "-o", "again.ark", "--json", db=database).json
    assert (again["digest"], again["as_published"]) == (digest, True)


def test_published_and_exported_it_is_the_same(simulark, database, tmp_path):
    digest = packed(simulark, tmp_path)["digest"]
    done = simulark("template", "publish", "t.ark", "--json", db=database).json
    assert (done["action"], done["digest"]) == ("created", digest)
    ((data, thumbnail, premium, category),) = rows(database, "SELECT graph_data, thumbnail_url, is_premium, category FROM templates")
    assert [n["id"] for n in data["nodes"]] == ["web", "api", "db"] and data["edges"][1]["id"] == "sql" and "viewport" in data
    assert (data["digest"], data["version"], data["readme"]) == (digest, "1.0.0", "# Small shop\n")
    assert thumbnail.startswith("data:image/svg+xml;base64,") and not premium and category == "web"
    for name in "small-shop", "Small shop", done["id"].upper():
        again = simulark("template", "export", name, "-o", "again.ark", "--force", "--json", db=database).json
        assert (again["digest"], again["as_published"]) == (digest, True)
    assert (tmp_path / "again.ark").read_bytes() == (tmp_path / "t.ark").read_bytes()
    assert simulark("template", "publish", "t.ark", "--json", db=database).json["action"] == "unchanged"
    assert [a for (a,) in rows(database, "SELECT action FROM audit_logs ORDER BY created_at")] == ["publish"] + ["export"] * 3


def test_a_folder_is_published_as_its_archive_would_be(simulark, database, tmp_path):
    digest = packed(simulark, tmp_path)["digest"]
    assert simulark("template", "show", "source/", "--json").json["digest"] == digest
    done = simulark("template", "publish", "source", "--json", db=database).json
    assert (done["action"], done["digest"]) == ("created", digest)
    assert simulark("template", "publish", "t.ark", "--json", db=database).json["action"] == "unchanged"
    simulark("template", "export", "small-shop", "-o", "again.ark", db=database)
    assert (tmp_path / "again.ark").read_bytes() == (tmp_path / "t.ark").read_bytes()


def test_where_only_may_be_read_not_even_what_is_there_is_published(simulark, database, tmp_path):
    packed(simulark, tmp_path)
    simulark("template", "publish", "t.ark", db=database)
    execute(database, f'ALTER DATABASE "{database.name}" SET default_transaction_read_only = on')
    failed = simulark("template", "publish", "t.ark", db=database, check=4)
    assert "may only be read" in failed.err and not failed.out
    assert "Small shop" in simulark("template", "list", db=database).out


def test_a_version_is_never_overwritten_and_a_newer_one_keeps_id_and_count(simulark, database, tmp_path):
    packed(simulark, tmp_path)
    first = simulark("template", "publish", "t.ark", "--json", db=database).json
    execute(database, "UPDATE templates SET usage_count = 7")
    packed(simulark, tmp_path, graphs=[("HTTPS", "HTTP/3")])
    assert "other content" in simulark("template", "publish", "t.ark", db=database, check=5).err
    packed(simulark, tmp_path, header=[("1.0.0", "1.10.0"), ("Small shop", "Smaller shop"), ("category", "slug: small-shop\n  category")])
    dry = simulark("template", "publish", "t.ark", "-n", "--json", db=database).json
    assert dry["dry_run"] and value(database, "SELECT name FROM templates") == "Small shop"
    second = simulark("template", "publish", "t.ark", "--json", "--thumbnail-url", "https://cdn.example.org/s.svg", db=database).json
    assert (second["action"], second["before"], second["id"]) == ("replaced", "1.0.0", first["id"])
    assert rows(database, "SELECT name, usage_count, thumbnail_url FROM templates") == [("Smaller shop", 7, "https://cdn.example.org/s.svg")]
    packed(simulark, tmp_path, header=[("1.0.0", "1.9.0"), ("Small shop", "Smaller shop"), ("category", "slug: small-shop\n  category")])
    assert "newer than 1.9.0" in simulark("template", "publish", "t.ark", db=database, check=5).err
    simulark("template", "publish", "t.ark", "--force", db=database)


def test_publishing_checks_what_packing_checks(simulark, database, tmp_path):
    source(tmp_path / "t", HEADER, GRAPHS.replace("HTTPS", "AKIA" "IOSFODNN7EXAMPLE"))
    simulark("convert", "t/template.yaml", "t.ark")
    simulark("template", "publish", "t.ark", db=database, check=3)
    project(tmp_path, [node(1)])
    assert "is no template" in simulark("template", "publish", "project.json", db=database, check=3).err
    assert value(database, "SELECT count(*) FROM templates") == 0


def test_two_publishers_at_once(simulark, database, tmp_path):
    for n in range(4):
        packed(simulark, tmp_path, f"{n}.ark", graphs=[("HTTPS", f"HTTPS {n}")])
    running = [simulark.start("template", "publish", f"{n}.ark", "--json", db=database) for n in range(4)]
    assert sorted(p.wait() for p in running) == [0, 5, 5, 5]
    assert value(database, "SELECT count(*) FROM templates") == 1


def test_users_publish_with_the_feature_and_replace_only_their_own(simulark, database, tmp_path):
    execute(database, "INSERT INTO users (email, subscription_tier) VALUES ('free@x.org', 'free'), ('a@x.org', 'enterprise'), ('b@x.org', 'enterprise')")
    packed(simulark, tmp_path)
    assert "publish_templates" in simulark("template", "publish", "t.ark", "--as", "free@x.org", db=database, check=6).err
    simulark("template", "publish", "t.ark", "--as", "a@x.org", db=database)
    packed(simulark, tmp_path, header=[("1.0.0", "1.0.1")])
    assert "somebody else" in simulark("template", "publish", "t.ark", "--as", "b@x.org", db=database, check=6).err
    simulark("template", "unpublish", "small-shop", "--as", "b@x.org", db=database, check=6)
    simulark("template", "publish", "t.ark", "--as", "a@x.org", db=database)
    simulark("template", "unpublish", "small-shop", "--as", "a@x.org", db=database)
    actions = rows(database, "SELECT action, count(*) FROM audit_logs GROUP BY 1 ORDER BY 1")
    assert actions == [("publish", 2), ("refusal", 3), ("unpublish", 1)]


def test_list_searches_and_shows_a_table(simulark, demo, tmp_path):
    def names(*args):
        return [t["name"] for t in simulark("template", "list", *args, "--json", db=demo).json["templates"]]

    assert names() == ["RAG assistant", "Three-tier shop"]
    assert names("DOCUMENTS") == names("--premium", "only") == names("--category", "ai") == ["RAG assistant"]
    assert names("--premium", "no") == ["Three-tier shop"] and names("100%") == []
    listed = simulark("template", "list", "--json", db=demo).json["templates"][0]
    assert {k: listed[k] for k in ("category", "version", "is_premium", "usage_count")} == {
        "category": "ai", "version": None, "is_premium": True, "usage_count": 7}
    lines = simulark("template", "list", db=demo).out.splitlines()
    assert len(lines) == 3 and lines[0].index("USES") == lines[1].index("7  ")
    assert simulark("template", "list", "100%", db=demo).err == "There is no such template.\n"


def test_a_database_without_templates(simulark, database):
    assert simulark("template", "list", db=database).err == "There are no templates.\n"


def test_show_tells_everything(simulark, database, tmp_path):
    packed(simulark, tmp_path)
    simulark("template", "publish", "t.ark", db=database)
    from_file = simulark("template", "show", "t.ark").out
    from_row = simulark("template", "show", "small-shop", db=database).out
    for text in from_file, from_row:
        assert "Small shop 1.0.0" in text and "API → Database" in text and "# Small shop" in text and "(required)" in text
    shown = simulark("template", "show", "small-shop", "--json", db=database).json
    assert shown["graphs"][0]["nodes"] == 3 and shown["usage_count"] == 0 and shown["as_published"]
    assert "`simulark template list`" in simulark("template", "show", "nothing-here", db=database, check=5).err
    assert 'Did you mean "Small shop"?' in simulark("template", "show", "Smal shop", db=database, check=5).err


def test_what_the_application_made_is_exported_and_can_be_published_again(simulark, demo, make_database, tmp_path):
    done = simulark("template", "export", "Three-tier shop", "-o", "x.ark", "--json", db=demo).json
    assert done["tables"] == {"graphs": 1, "nodes": 3, "edges": 2} and done["template"]["version"] == "0.0.0"
    simulark("verify", "x.ark", "--strict")
    other = make_database()
    simulark("template", "publish", "x.ark", db=other)
    again = simulark("template", "export", "three-tier-shop", "-o", "y.ark", "--json", db=other).json
    assert again["digest"] == done["digest"]
    execute(other, "UPDATE templates SET description = 'Changed by hand'")
    assert simulark("template", "export", "three-tier-shop", "-o", "z.ark", "--json", db=other).json["as_published"] is False


def test_index_is_made_again_without_change_and_names_what_is_bad(simulark, tmp_path):
    folder = tmp_path / "shelf"
    folder.mkdir()
    for version, ending in ("1.2.0", "ark"), ("1.10.0", "TAR.GZ"), ("1.10.0-rc.1", "tzst"):
        packed(simulark, tmp_path, f"shelf/{version}.{ending}", header=[("1.0.0", version)])
    done = simulark("template", "index", "shelf", "--json").json
    assert [t["version"] for t in done["templates"]] == ["1.10.0", "1.10.0-rc.1", "1.2.0"] and done["changed"]
    before = (folder / "index.json").read_bytes()
    assert simulark("template", "index", "shelf/", "--json").json["changed"] is False
    assert (folder / "index.json").read_bytes() == before
    (folder / "bad.ark").write_bytes((folder / "1.2.0.ark").read_bytes()[:-9])
    project(tmp_path, [node(1)])
    simulark("convert", "project.json", "shelf/project.tar")
    two = json.loads((tmp_path / "project.json").read_text())
    two["projects"].append({**two["projects"][0], "id": CHAT})
    (tmp_path / "two.json").write_text(json.dumps(two))
    simulark("convert", "two.json", "shelf/two.tar")
    packed(simulark, tmp_path, "shelf/twin.zip", header=[("1.0.0", "1.2.0")], graphs=[("HTTPS", "HTTP")])
    bad = simulark("template", "index", "shelf", "--json", check=1).json
    assert [(f["code"], f["where"]) for f in bad["findings"]] == [("damaged", "bad.ark"), ("damaged", "project.tar"), ("damaged", "two.tar"),
                                                                     ("twice", "twin.zip")]


def test_an_index_takes_the_place_of_nothing_else(simulark, tmp_path):
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "index.json").write_text("mine")
    assert simulark("template", "index", "shelf", "--json", check=5).error["code"] == "conflict"
    assert (tmp_path / "shelf" / "index.json").read_text() == "mine"
    assert "template pack" in simulark("template", "index", "shelf", "--force").err
    packed(simulark, tmp_path, "shelf/t.ark")
    assert simulark("template", "index", "shelf", "--json").json["changed"]
    assert json.loads(simulark("template", "index", "shelf", "-o", "-").out)["simulark"] == "templates"
    simulark("template", "index", "shelf", "-o", "-", "--json", check=2)


# ---- the shipped ones ----


@pytest.fixture(scope="module")
def shelf(server, template):
    database = server.create(template)
    execute(database, "INSERT INTO users (email, subscription_tier) VALUES ('ada@x.org', 'enterprise')")
    return database


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_templates_are_kept_published_used_and_drawn(simulark, shelf, tmp_path, name):
    folder = ROOT / "templates" / name
    simulark("template", "lint", "--strict", folder)
    done = simulark("template", "pack", folder, "-o", "t.ark", "--json").json
    simulark("verify", "--strict", "t.ark")
    simulark("template", "publish", "t.ark", db=shelf)
    assert simulark("template", "export", name, "-o", "again.ark", "--json", db=shelf).json["digest"] == done["digest"]
    used = simulark("template", "use", name, "--as", "ada@x.org", "--json", db=shelf).json
    assert used["tables"]["nodes"] == done["tables"]["nodes"] >= 10
    drawn = simulark("render", "t.ark", "-o", "t.svg", "--json").json
    assert drawn["nodes"] >= 7 and drawn["dangling"] == 0
