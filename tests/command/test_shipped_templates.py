"""The templates that come along: each is whole, harmless, drawn well, and packs to the same bytes every time."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

from harness import ROOT, Simulark, execute, rows, value

FOLDER = ROOT / "templates"
SLUGS = sorted(path.parent.name for path in FOLDER.glob("*/template.yaml"))
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@pytest.fixture(scope="module")
def sources():
    return {slug: yaml.load((FOLDER / slug / "template.yaml").read_text(), LOADER) for slug in SLUGS}


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """Packs a template; returns the path and what the command says of it."""
    run = Simulark(tmp_path_factory.mktemp("packed"))
    packed = {}

    def once(slug):
        if slug not in packed:
            packed[slug] = run("template", "pack", FOLDER / slug, "-o", f"{slug}.ark", "--json").json
        return run.folder / f"{slug}.ark", packed[slug]

    return once


def boxes(graph):
    """The frame of each node on the canvas, groups apart: (left, top, right, bottom) by id."""
    nodes = {node["id"]: node for node in graph["nodes"]}
    frames, groups = {}, {}

    def corner(node):
        x, y = node["position"]["x"], node["position"]["y"]
        parent = nodes.get(node.get("parentId"))
        if parent:
            left, top = corner(parent)
            return x + left, y + top
        return x, y

    for node in graph["nodes"]:
        left, top = corner(node)
        kind = groups if node["type"] == "group" else frames
        kind[node["id"]] = (left, top, left + node["width"], top + node["height"])
    return nodes, frames, groups


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def inside(a, b):
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


@pytest.mark.parametrize("slug", SLUGS)
def test_lints_packs_verifies_and_renders(simulark, pack, slug):
    found = simulark("template", "lint", "--strict", "--json", FOLDER / slug).json
    assert not found["findings"]
    path, packed = pack(slug)
    assert packed["template"]["slug"] == slug and packed["template"]["version"] == "1.0.0"
    assert packed["warnings"] == 0 and packed["dangling"] == 0
    simulark("template", "pack", FOLDER / slug, "-o", "again.ark")
    assert (simulark.folder / "again.ark").read_bytes() == path.read_bytes()
    simulark("convert", path, "unpacked", "--format", "directory")
    thumbnail = (simulark.folder / "unpacked/assets/thumbnail.svg").read_text()
    assert "{{" in (FOLDER / slug / "template.yaml").read_text() and "{{" not in thumbnail, "defaults are not filled in"
    simulark("verify", path)
    drawn = ElementTree.fromstring(simulark("render", path, "-o", "-").stdout)
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("slug", SLUGS)
def test_canvases_are_calm(sources, slug):
    """Nothing overlaps, groups hold what is in them and nothing else, and edges say what they carry."""
    for graph in sources[slug]["graphs"]:
        nodes, frames, groups = boxes(graph)
        assert 10 <= len(frames) <= 25
        for a in frames:
            assert not [b for b in frames if a < b and overlap(frames[a], frames[b])], a
            for g in groups:
                belongs = nodes[a].get("parentId") == g or nodes.get(nodes[a].get("parentId"), {}).get("parentId") == g
                assert inside(frames[a], groups[g]) if belongs else not overlap(frames[a], groups[g]), (a, g)
        assert all(edge.get("label") for edge in graph["edges"])
        for node in graph["nodes"]:
            if node["type"] != "group":
                assert node["data"]["technology"] and len(node["data"]["notes"]) > 30, node["id"]


def test_all_can_be_used(simulark, pack, database):
    """Each becomes a project whose groups and edges are whole, without a placeholder left."""
    execute(database, "INSERT INTO users (email, subscription_tier) VALUES ('ada@example.org', 'enterprise')")
    for slug in SLUGS:
        simulark("template", "use", pack(slug)[0], "--as", "ada@example.org", db=database)
    assert value(database, "SELECT count(*) FROM projects") == 10
    assert not rows(database, "SELECT label FROM nodes WHERE nodes::text LIKE '%{{%'")
    assert not rows(database, """SELECT n->>'id' FROM graphs g, jsonb_array_elements(g.nodes) n WHERE n ? 'parentId'
        AND NOT EXISTS (SELECT FROM nodes p WHERE p.graph_id = g.id AND p.type = 'group' AND p.id::text = n->>'parentId')""")
    assert not rows(database, """SELECT g.name FROM graphs g
        WHERE jsonb_array_length(g.nodes) <> (SELECT count(*) FROM nodes n WHERE n.graph_id = g.id)
        OR jsonb_array_length(g.edges) <> (SELECT count(*) FROM edges e WHERE e.graph_id = g.id)""")


@pytest.mark.parametrize("slug", SLUGS)
def test_readmes_say_what_architects_ask(slug):
    readme = (FOLDER / slug / "README.md").read_text()
    titles = re.findall(r"^## (.+)$", readme, re.MULTILINE)
    assert titles == ["How the data flows", "Decisions", "Capacity and failure", "What to change first"]
    assert 40 <= len(readme.splitlines()) <= 80


def test_names_are_unique_and_two_are_premium(sources):
    headers = [source["template"] for source in sources.values()]
    assert len({header["name"] for header in headers}) == len({header["slug"] for header in headers}) == 10
    assert {header["slug"] for header in headers if header["premium"]} == {"multi-region-active-active", "zero-trust-edge"}
    for header in headers:
        assert header["author"] == "Simulark" and header["licence"] == "MIT" and len(header["keywords"]) >= 4
        assert 60 <= len(header["description"]) <= 300 and header["category"]
