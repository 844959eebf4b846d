"""`simulark convert`: any container and encoding to any other, with nothing changed but the container."""

import hashlib
import itertools
import json

import pytest

import instance
from harness import Simulark, copy, on_a_terminal

PATHS = ["x.yaml", "x.json", "x/", "x.ark", "x.tar.gz", "x.tar", "x.zip"]


@pytest.fixture(scope="module")
def originals(server, filled_template, tmp_path_factory):
    """The same export in every container, of one fixed time."""
    folder = tmp_path_factory.mktemp("originals")
    database = server.create(filled_template)
    for path in PATHS:
        Simulark(folder)("export", "--project", "Shop", "--project", "Blog", "-o", path, db=database,
                         env={"SOURCE_DATE_EPOCH": "1700000000"})
    return folder


def content(path):
    if path.is_dir():
        return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}
    return path.read_bytes()


@pytest.mark.parametrize("start, end", itertools.product(PATHS, PATHS))
def test_every_pair_there_and_back_is_byte_identical(simulark, originals, tmp_path, start, end):
    there = simulark("convert", originals / start, end, "--json").json
    assert content(tmp_path / end) == content(originals / end)
    back = simulark("convert", end, "back-" + start, "--json").json
    assert content(tmp_path / ("back-" + start)) == content(originals / start)
    assert there["digest"] == back["digest"] and there["edited"] is False


@pytest.mark.parametrize("end", ["x/", "x.ark", "x.zip"])
def test_the_other_encoding_keeps_the_digest(simulark, originals, tmp_path, end):
    there = simulark("convert", originals / "x.ark", end, "--encoding", "yaml", "--json").json
    back = simulark("convert", end, "back.ark", "--json").json
    assert there["digest"] == back["digest"]
    assert content(tmp_path / "back.ark") == content(originals / "x.ark")


def test_what_was_written_by_hand_is_ordered_counted_and_sealed(simulark, tmp_path, database):
    (tmp_path / "hand.yaml").write_text(f"""
simulark: bundle
format: 1
kind: project
projects:
  - {{id: {instance.BLOG}, user_id: {instance.ADA}, name: Second}}
  - {{id: {instance.SHOP}, user_id: {instance.ADA}, name: First}}
""")
    done = simulark("convert", "hand.yaml", "x/", "--json", env={"SOURCE_DATE_EPOCH": "1700000000"}).json
    header = json.loads((tmp_path / "x/bundle.json").read_text())
    assert {t["name"]: t["rows"] for t in header["tables"]}["projects"] == 2
    names = [json.loads(line)["name"] for line in (tmp_path / "x/data/projects/000001.jsonl").open()]
    assert names == ["First", "Second"]
    instance.people(database)
    simulark("import", "x", "--sealed", db=database)
    columns = {t["name"]: ", ".join(t["columns"]) for t in header["tables"]}["projects"]
    text = copy(database, f"SELECT {columns} FROM projects ORDER BY user_id, id")
    seal = {t["name"]: t["sha256"] for t in json.loads((tmp_path / "x/seal.json").read_text())["tables"]}
    assert seal["projects"] == hashlib.sha256(text).hexdigest()
    assert done["tables"]["projects"] == 2


def test_edited_working_copies_are_sealed_anew(simulark, originals, tmp_path):
    text = (originals / "x.yaml").read_text()
    (tmp_path / "x.yaml").write_text(text.replace("label: node 5\n", "label: renamed\n"))
    simulark("convert", "x.yaml", "y.ark", "--sealed", check=3)
    assert simulark("convert", "x.yaml", "y.ark", "--json").json["edited"] is True
    assert simulark("convert", "y.ark", "z.yaml", "--json").json["edited"] is False


def test_assets_travel_in_every_container(simulark, originals, tmp_path):
    simulark("convert", originals / "x.ark", "x/")
    (tmp_path / "x/assets/deep").mkdir(parents=True)
    (tmp_path / "x/assets/README.md").write_text("# Shop\n\nno: yes\n")
    (tmp_path / "x/assets/deep/raw.bin").write_bytes(bytes(range(256)))
    digests = set()
    previous = "x"
    for path in ("a.yaml", "b.json", "c.zip", "d/"):
        digests.add(simulark("convert", previous, path, "--json").json["digest"])
        previous = path
    assert len(digests) == 1
    assert (tmp_path / "d/assets/deep/raw.bin").read_bytes() == bytes(range(256))
    assert (tmp_path / "d/assets/README.md").read_text() == "# Shop\n\nno: yes\n"
    (tmp_path / "d/assets/README.md").unlink()
    refused = simulark("convert", "d", "e.ark", "--sealed", "--json", check=3).error
    assert refused["details"] == ["assets/README.md: The file was sealed but is not there."]


# ---- inspect ----


@pytest.mark.parametrize("path", PATHS)
def test_inspect_tells_what_is_in_it(simulark, originals, path):
    seen = simulark("inspect", originals / path, "--json").json
    assert (seen["kind"], seen["format"], seen["schema"], seen["sealed"]) == ("project", 1, 1, True)
    assert seen["tables"] == {"contexts": 3, "projects": 2, "graphs": 2, "nodes": 20, "edges": 20, "chats": 1, "messages": 3}
    assert {p["name"]: p["graphs"] for p in seen["projects"]} == {"Shop": ["Main"], "Blog": ["yes"]}
    assert seen["digest"].startswith("sha256:") and seen["template"] is None
    told = simulark("inspect", originals / path).out
    assert "Shop" in told and "graph Main" in told and "ada@example.org" in told


def test_inspect_tells_that_a_working_copy_was_edited(simulark, originals, tmp_path):
    (tmp_path / "x.yaml").write_text((originals / "x.yaml").read_text().replace("label: node 5\n", "label: renamed\n"))
    seen = simulark("inspect", "x.yaml", "--json").json
    assert (seen["sealed"], seen["edited"]) == (False, True)
    assert "edited since its export" in simulark("inspect", "x.yaml").out


REFUSED = [
    (["convert", "nothing.ark", "x.yaml"], 7), (["inspect", "nothing.ark"], 7), (["convert", "x.yaml"], 2),
    (["convert", "empty", "x.ark"], 3), (["inspect", "noise"], 3), (["inspect", "secret.age"], 3),
    (["convert", "noise", "-", "--json"], 2),
]


@pytest.mark.parametrize("arguments, status", REFUSED)
def test_refused(simulark, tmp_path, arguments, status):
    (tmp_path / "empty").write_text("")
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    (tmp_path / "secret.age").write_text("age-encryption.org/v1\n")
    error = simulark(*arguments, "--json", check=status).error
    assert error["exit"] == status and error["message"].endswith(".")


@pytest.mark.parametrize("path, encoding", [("x.yaml", "json"), ("x.json", "json"), ("x/", "json"), ("x/", "yaml")])
def test_byte_order_marks_that_an_editor_made_are_passed_over(simulark, originals, tmp_path, path, encoding):
    digest = simulark("convert", originals / "x.ark", path, "--encoding", encoding, "--json").json["digest"]
    for file in [tmp_path / path] if path != "x/" else (tmp_path / path).rglob("*.*"):
        if file.is_file():
            file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    read = simulark("verify", path, "--json").json
    assert read["ok"] and read["sealed"] and read["digest"] == digest


@pytest.mark.parametrize("arguments, status", [(["--format", "ark"], 2), (["--format", "zip"], 2), (["--format", "json"], 0)])
def test_archives_are_nothing_for_a_terminal(simulark, originals, arguments, status):
    seen, ended = on_a_terminal(simulark, "convert", originals / "x.ark", "-", *arguments, streams=("stdout",))
    assert (ended, bool(seen)) == (status, status == 0)
