"""`simulark render`: pictures of graphs, which their own tools read and which no label can turn into anything else."""

import csv
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from harness import execute

PROJECT = "10000000-0000-4000-8000-000000000001"
SVG = "{http://www.w3.org/2000/svg}"


def graph_id(number):
    return f"20000000-0000-4000-8000-{number:012d}"


def node_id(number):
    return f"30000000-0000-4000-8000-{number:012d}"


def edge_id(number):
    return f"40000000-0000-4000-8000-{number:012d}"


def graph(number, name, nodes=(), edges=()):
    return {"id": graph_id(number), "project_id": PROJECT, "name": name, "nodes": list(nodes), "edges": list(edges)}


def bundle(*graphs, nodes=(), edges=()):
    """A document as people write it by hand."""
    return json.dumps({"simulark": "bundle", "format": 1, "schema": 1, "kind": "project",
                       "projects": [{"id": PROJECT, "name": "Shop"}], "graphs": list(graphs), "nodes": list(nodes),
                       "edges": list(edges)})


def row(number, label, x=0, y=0, **more):
    return {"id": node_id(number), "graph_id": graph_id(1), "type": "service", "label": label, "position": {"x": x, "y": y},
            **more}


def link(number, source, target, **more):
    return {"id": edge_id(number), "graph_id": graph_id(1), "source_node_id": node_id(source),
            "target_node_id": node_id(target), **more}


SHOP = bundle(graph(1, "Main"), nodes=[row(1, "Web"), row(2, "Orders", 300), row(3, "Stock", 300, 200)],
              edges=[link(1, 1, 2, label="places"), link(2, 2, 3), link(3, 2, 2)])


def check_svg(text):
    """The picture's root, which must be harmless and whole."""
    root = ElementTree.fromstring(text)
    assert root.tag == SVG + "svg"
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert root.find(SVG + "title") is not None and root.find(SVG + "desc") is not None
    for element in root.iter():
        assert element.tag[len(SVG):] in {"svg", "g", "title", "desc", "rect", "path", "circle", "ellipse", "text"}
        for name, value in element.attrib.items():
            assert not name.startswith("on") and "href" not in name and "url(" not in value
    assert not re.search(rb"<script|\bon\w+\s*=", text, re.IGNORECASE)
    for value in re.findall(rb'="(-?[0-9.]+)"', text):
        assert re.fullmatch(rb"-?[0-9]+(\.[0-9]{1,2})?", value)
    return root


def texts(root):
    return [element.text for element in root.iter(SVG + "text")]


def check_dot(text):
    if not shutil.which("dot"):
        return
    done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
    ElementTree.fromstring(done.stdout)


# ---- what is drawn ----


def test_a_bundle_becomes_a_picture(simulark):
    (simulark.folder / "shop.json").write_text(SHOP)
    result = simulark("render", "shop.json", "-o", "shop.svg", "--json")
    picture = (simulark.folder / "shop.svg").read_bytes()
    assert result.json["path"] == "shop.svg" and result.json["graph"] == "Main"
    assert (result.json["nodes"], result.json["edges"], result.json["bytes"]) == (3, 3, len(picture))
    assert {"Web", "Orders", "Stock", "places"} <= set(texts(check_svg(picture)))


@pytest.mark.parametrize("ending, begins", [("svg", b"<svg "), ("mmd", b"flowchart LR\n"), ("dot", b'digraph "Main" {\n'),
                                            ("gv", b"digraph"), ("mermaid", b"flowchart")])
def test_the_ending_chooses_the_format(simulark, ending, begins):
    simulark("render", "-", "-o", f"x.{ending}", stdin=SHOP)
    assert (simulark.folder / f"x.{ending}").read_bytes().startswith(begins)


@pytest.mark.parametrize("name, begins", [("svg", b"<svg "), ("mmd", b"flowchart LR\n"), ("dot", b"digraph ")])
def test_standard_output_takes_any_format(simulark, name, begins):
    assert simulark("render", "-", "-o", "-", "--format", name, stdin=SHOP).stdout.startswith(begins)


def test_the_same_graph_gives_the_same_bytes(simulark):
    first = simulark("render", "-", "-o", "-", stdin=SHOP).stdout
    assert first == simulark("render", "-", "-o", "-", stdin=SHOP, env={"LC_ALL": "de_DE.UTF-8"}).stdout
    assert first != simulark("render", "-", "-o", "-", "--theme", "dark", stdin=SHOP).stdout


def test_a_project_of_a_database_is_drawn(simulark, database):
    (simulark.folder / "shop.json").write_text(SHOP)
    user = "50000000-0000-4000-8000-000000000001"
    execute(database, "INSERT INTO users (id, email) VALUES (%s, 'ada@example.org')", (user,))
    simulark("import", "--owner", "ada@example.org", "shop.json", db=database)
    drawn = simulark("render", "--project", "Shop", "-o", "-", db=database).stdout
    assert drawn == simulark("render", "shop.json", "-o", "-").stdout


def test_the_canvas_array_is_drawn_where_there_are_no_rows(simulark):
    nodes = [{"id": "a", "type": "group", "data": {"label": "Cloud"}, "position": {"x": 0, "y": 0}},
             {"id": "b", "parentId": "a", "data": {"label": "Inside"}, "position": {"x": 40, "y": 60}},
             {"id": "c", "data": {"label": "Outside"}, "position": {"x": 600, "y": 0}}]
    edges = [{"id": "e", "source": "b", "target": "c", "label": "calls"}]
    result = simulark("render", "-", "-o", "-", stdin=bundle(graph(1, "Main", nodes, edges)))
    assert {"Cloud", "Inside", "Outside", "calls"} <= set(texts(check_svg(result.stdout)))


def test_edges_that_lead_nowhere_are_left_out_and_counted(simulark):
    nodes = [{"id": "a"}]
    edges = [{"source": "a", "target": "gone"}, {"source": "gone", "target": "a"}, {"source": "a", "target": "a"}]
    result = simulark("render", "-", "-o", "x.svg", "--json", stdin=bundle(graph(1, "Main", nodes, edges)))
    assert (result.json["edges"], result.json["dangling"]) == (1, 2)
    assert "2 edges were left out" in result.err


def test_absurd_places_and_numbers_are_none(simulark):
    nodes = ('[{"id":"a","position":{"x":1e308,"y":0}},{"id":"b","position":{"x":1e-300,"y":-99999999999}},'
             '{"id":"c","width":1e99,"data":{"n":1e999}}]')
    text = bundle(graph(1, "Main")).replace('"nodes": [], "edges": []}]', f'"nodes": {nodes}, "edges": []}}]', 1)
    root = check_svg(simulark("render", "-", "-o", "-", stdin=text).stdout)
    assert float(root.get("width")) < 1000 and float(root.get("height")) < 1000


@pytest.mark.parametrize("count", [0, 1, 2000])
def test_small_and_large_graphs_are_drawn(simulark, count):
    nodes = [{"id": str(i), "type": "service"} for i in range(count)]
    edges = [{"source": str(i // 3), "target": str(i)} for i in range(1, count)]
    result = simulark("render", "-", "-o", "-", stdin=bundle(graph(1, "Main", nodes, edges)), timeout=60)
    assert len(list(check_svg(result.stdout).iter(SVG + "text"))) >= count


def test_a_graph_too_large_for_a_picture_is_refused(simulark):
    nodes = [{"id": str(i)} for i in range(20001)]
    result = simulark("render", "-", "-o", "x.svg", "--json", stdin=bundle(graph(1, "Main", nodes)), check=3)
    assert "more than 20000 nodes" in result.error["message"]
    assert not (simulark.folder / "x.svg").exists()


# ---- which graph ----

TWO = bundle(graph(1, "Zebra", [{"id": "z"}]), graph(2, "Ant", [{"id": "a"}]), graph(3, "Ant farm", [{"id": "f"}]))


@pytest.mark.parametrize("choice, label", [((), "a"), (("--graph", "Zebra"), "z"), (("--graph", graph_id(3).upper()), "f")])
def test_a_graph_is_chosen_by_name_or_id(simulark, choice, label):
    result = simulark("render", "-", "-o", "-", *choice, stdin=TWO)
    assert texts(check_svg(result.stdout)) == [label]
    assert ("first by name of 3 graphs" in result.err) == (not choice)


def test_a_name_that_matches_nothing_names_the_choices(simulark):
    error = simulark("render", "-", "-o", "x.svg", "--graph", "Bee", "--json", stdin=TWO, check=5).error
    assert error["message"] == 'There is no graph "Bee".'
    assert error["details"] == [f"{graph_id(1)}  Zebra", f"{graph_id(2)}  Ant", f"{graph_id(3)}  Ant farm"]


def test_a_name_that_matches_several_names_them(simulark):
    text = bundle(graph(1, "Main"), graph(2, "Other"), graph(3, "Main"))
    error = simulark("render", "-", "-o", "x.svg", "--graph", "Main", "--json", stdin=text, check=5).error
    assert error["message"] == '2 graphs have the name "Main".'
    assert error["details"] == [f"{graph_id(1)}  Main", f"{graph_id(3)}  Main"]
    assert not (simulark.folder / "x.svg").exists()


def test_a_bundle_without_graphs_has_no_picture(simulark):
    assert simulark("render", "-", "-o", "x.svg", "--json", stdin=bundle(), check=5).error["hint"]


# ---- the command line ----


@pytest.mark.parametrize("args, sentence", [
    (("-",), "Say where the picture goes: -o PATH."),
    (("-o", "x.svg"), "Say what to draw: a bundle, or --project ID or NAME out of a database."),
    (("-", "-o", "x.svg", "--project", "Shop"), "The picture is of - or of --project, not of both."),
    (("-", "-o", "x.png"), "The ending of x.png tells no picture format."),
    (("-", "-o", "x.svg", "--format", "png"), 'There is no picture format "png".'),
    (("-", "-o", "x.svg", "--theme", "pink"), '--theme takes one of light, dark, not "pink".'),
    (("-", "-o", "-", "--json"), "--json and -o - cannot both write to standard output."),
])
def test_a_wrong_command_line_is_explained(simulark, args, sentence):
    result = simulark("render", *args, stdin=SHOP, check=2)
    assert sentence in result.err and not list(simulark.folder.iterdir())


def test_a_picture_is_only_replaced_by_force(simulark):
    simulark("render", "-", "-o", "x.svg", stdin=SHOP)
    simulark("render", "-", "-o", "x.svg", stdin=TWO, check=5)
    assert "Orders" in (simulark.folder / "x.svg").read_text()
    simulark("render", "-", "-o", "x.svg", "--force", stdin=TWO)
    assert "Orders" not in (simulark.folder / "x.svg").read_text()


def test_a_damaged_bundle_leaves_no_picture(simulark):
    simulark("render", "-", "-o", "x.svg", stdin=SHOP[:-40], check=3)
    assert not list(simulark.folder.iterdir())


# ---- the content of others ----

HOSTILE = ["</text><script>alert(1)</script>", '" onload="alert(1)', "]]>", "<![CDATA[", "&lt;", "`x`", "%%{init: {}}%%", "end",
           "-->", "#quot;", "a\nb", "\u0001\u001b[31m", "\u2028", "\ufffe\uffff", "\u202e", "\\N\\", '\\"', "{a|b}", "1. x",
           "<img src=x onerror=alert(1)>", "click n1 href", "subgraph", "\U000e0001", "\U0001f469\u200d\U0001f680"]


def cleaned(text):
    """What may be seen of a label."""
    text = re.sub("[\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+", " ", text)
    text = re.sub("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff0-\ufffb"
                  "\ufffe\uffff\U000e0000-\U000e0fff]", "", text)
    return text.strip()


def hostile_bundle(labels):
    nodes = [{"id": f"n{i}", "type": label if i % 3 == 0 else "service", "data": {"label": label}}
             for i, label in enumerate(labels)]
    edges = [{"source": f"n{i}", "target": f"n{i + 1}", "label": label} for i, label in enumerate(labels[:-1])]
    return bundle(graph(1, labels[0], nodes, edges))


def test_labels_stay_text_in_svg_and_dot(simulark, corpora):
    naughty = json.loads((corpora / "unicode" / "blns" / "blns.json").read_text(encoding="utf-8"))
    labels = [label for label in HOSTILE + naughty if "\0" not in label and len(label) < 300 and cleaned(label)]
    text = hostile_bundle(labels)
    root = check_svg(simulark("render", "-", "-o", "-", stdin=text).stdout)
    shown = [element.text for element in root.iter(SVG + "title")]
    for label in labels:
        assert any(title.startswith(cleaned(label)) for title in shown), label
    check_dot(simulark("render", "-", "-o", "-", "--format", "dot", stdin=text).stdout)


def test_labels_stay_inside_their_quotes_in_mermaid(simulark):
    lines = simulark("render", "-", "-o", "-", "--format", "mmd", stdin=hostile_bundle(HOSTILE)).out.splitlines()
    entity = r"(#\d+;|[^\"`<>{}\[\]()|%&#;\\])*"
    node = re.compile(rf'  n\d+(\[|\[\(|\[\[|\{{\{{|\(\[|\(|>|\[/|\{{)"{entity}"(\]|\)\]|\]\]|\}}\}}|\]\)|\)|/\]|\}})')
    edge = re.compile(rf'  n\d+ -->(\|"{entity}"\|)? n\d+')
    assert lines[0] == "flowchart LR"
    style = re.compile(r"  (classDef f\d+ [a-z0-9:#,]+|class [n0-9,]+ f\d+)")
    for line in lines[1:]:
        assert node.fullmatch(line) or edge.fullmatch(line) or style.fullmatch(line), line


def corpus_graphs(corpora):
    with open(corpora / "graphs" / "INDEX.tsv", encoding="utf-8", newline="") as index:
        for entry in csv.DictReader(index, delimiter="\t"):
            content = json.loads((corpora / "graphs" / entry["file"]).read_text(encoding="utf-8"))
            where = entry["where_nodes_edges"]
            if where.startswith(".flow"):
                content = content["flow"]
            if where.startswith("[]"):
                yield entry, content, []
            else:
                yield entry, content["nodes"], content["edges"]


def test_every_graph_of_the_corpora_is_drawn(simulark, corpora):
    for entry, nodes, edges in corpus_graphs(corpora):
        text = bundle(graph(1, entry["file"], nodes, edges))
        result = simulark("render", "-", "-o", "x.svg", "--json", "--force", stdin=text)
        root = check_svg((simulark.folder / "x.svg").read_bytes())
        assert root.find(SVG + "title").text == entry["file"]
        assert result.json["nodes"] == int(entry["nodes"])
        assert result.json["edges"] + result.json["dangling"] == int(entry["edges"])
        check_dot(simulark("render", "-", "-o", "-", "--format", "dot", stdin=text).stdout)
        mermaid = simulark("render", "-", "-o", "-", "--format", "mmd", "--theme", "dark", stdin=text).out
        assert mermaid.startswith("flowchart LR\n")
