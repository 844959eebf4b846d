"""Parts of tables that are missing, swapped, renumbered, moved or doubled, in a directory and in an archive."""

import io
import json
import re
import shutil
import tarfile

import pytest

from harness import ROOT, Simulark


@pytest.fixture(scope="module")
def entries(server, filled_template, tmp_path_factory):
    """A bundle whose nodes stand in three parts: readers take parts of any size."""
    database = server.create(filled_template)
    folder = tmp_path_factory.mktemp("parts")
    Simulark(folder)("export", "--project", "Shop", "-o", "x/", db=database)
    found = {str(path.relative_to(folder / "x")): path.read_bytes() for path in (folder / "x").rglob("*") if path.is_file()}
    lines = found.pop("data/nodes/000001.jsonl").splitlines(keepends=True)
    for i, part in enumerate((lines[:7], lines[7:14], lines[14:])):
        found[f"data/nodes/00000{i + 1}.jsonl"] = b"".join(part)
    return found


@pytest.fixture(scope="module")
def target(server, people_template):
    return server.create(people_template)


def part(number, table="nodes"):
    return f"data/{table}/00000{number}.jsonl"


def move(entries, old, new):
    entries[new] = entries.pop(old)


def swap(entries, a, b):
    entries[a], entries[b] = entries[b], entries[a]


def without_column(entries, table, column):
    name = part(1, table)
    rows = [json.loads(line) for line in entries[name].splitlines()]
    entries[name] = b"".join(json.dumps({k: v for k, v in row.items() if k != column}).encode() + b"\n" for row in rows)


# name, what is done, status in a directory (0: it is a working copy, told as edited or out of order)
CASES = [
    ("as it is", lambda e: None, 0),
    ("the first is missing", lambda e: e.pop(part(1)), 3),
    ("the second is missing", lambda e: e.pop(part(2)), 3),
    ("the last is missing", lambda e: e.pop(part(3)), 3),
    ("all are missing", lambda e: [e.pop(part(i)) for i in (1, 2, 3)], 3),
    ("two are swapped", lambda e: swap(e, part(1), part(2)), 0),
    ("one has another number", lambda e: move(e, part(3), part(4)), 3),
    ("one is there twice", lambda e: e.update({part(4): e[part(3)]}), 3),
    ("one is there in place of another", lambda e: e.update({part(2): e[part(1)]}), (3, 5)),
    ("one is moved to another table", lambda e: move(e, part(3), part(2, "edges")), 3),
    ("two tables are swapped", lambda e: swap(e, part(1, "graphs"), part(1, "projects")), 3),
    ("one is of another bundle's rows", lambda e: e.update({part(3): e[part(3)].replace(b"40000000", b"41000000")}), (0, 3)),
    ("one is empty", lambda e: e.update({part(2): b""}), 3),
    ("an empty one follows", lambda e: e.update({part(4): b""}), 0),
    ("one is cut in a row", lambda e: e.update({part(2): e[part(2)][:-20]}), 3),
    ("one is cut between rows", lambda e: e.update({part(2): e[part(2)][:e[part(2)].index(b"\n") + 1]}), 3),
    ("something follows the rows", lambda e: e.update({part(2): e[part(2)] + b"]"}), 3),
    ("zeros follow the rows", lambda e: e.update({part(3): e[part(3)] + b"\0" * 512}), 3),
    ("one is in the other encoding", lambda e: e.update({"data/nodes/000002.yaml": b"---\n" + e.pop(part(2))}), 3),
    ("the seal is missing", lambda e: e.pop("seal.json"), 3),
    ("the seal counts other rows", lambda e: e.update({"seal.json": e["seal.json"].replace(b'"rows": 20', b'"rows": 21')}), 0),
    ("the seal has another sum", lambda e: e.update({"seal.json": e["seal.json"].replace(b'"sha256": "', b'"sha256": "0', 1)}), 3),
    ("the seal has another digest", lambda e: e.update({"seal.json": re.sub(b"sha256:....", b"sha256:0000", e["seal.json"])}), 0),
    ("the header is missing", lambda e: e.pop("bundle.json"), 3),
    ("a column is left out", lambda e: without_column(e, "graphs", "name"), 0),
]


@pytest.mark.parametrize("name, damage, status", CASES, ids=[case[0] for case in CASES])
def test_parts(simulark, target, entries, tmp_path, name, damage, status):
    changed = dict(entries)
    damage(changed)
    for entry, data in changed.items():
        (tmp_path / "x" / entry).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / entry).write_bytes(data)
    allowed = status if isinstance(status, tuple) else (status,)
    result = simulark("verify", "x", check=None)
    assert (1 if result.status == 1 and 0 in allowed else result.status) in (*allowed, 1), result
    if 0 in allowed and name not in ("as it is", "an empty one follows"):
        assert "edited" in result.out + result.err or result.status == 3, result
    assert simulark("import", "x", "-n", db=target, check=None).status in allowed
    make_tar(tmp_path / "x.tar", {entry: changed[entry] for entry in
                                  sorted(changed, key=lambda n: (n != "bundle.json", n == "seal.json", order(n)))})
    sealed = 0 if name in ("as it is", "an empty one follows") else 3
    simulark("verify", "x.tar", check=sealed)
    assert simulark("import", "x.tar", "-n", db=target, check=None).status in (sealed, max(allowed) if sealed else 0)
    shutil.rmtree(tmp_path / "x")


def make_tar(path, entries):
    """Without folder entries, in the order given."""
    with tarfile.open(path, "w") as archive:
        for entry, data in entries.items():
            info = tarfile.TarInfo(entry)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def test_assets_may_stand_before_rows(simulark, tmp_path):
    simulark("template", "pack", ROOT / "templates" / "cicd-pipeline", "-o", "t.ark")
    digest = simulark("verify", "t.ark", "--json").json["digest"]
    simulark("convert", "t.ark", "t/")
    entries = {name: (tmp_path / "t" / name).read_bytes() for name in (
        "bundle.json", "assets/README.md", "data/graphs/000001.jsonl", "data/nodes/000001.jsonl", "data/edges/000001.jsonl",
        "assets/thumbnail.svg", "seal.json")}
    make_tar(tmp_path / "t.tar", entries)
    assert simulark("verify", "t.tar", "--json").json["digest"] == digest
    made = simulark("convert", "-", "u.ark", stdin=(tmp_path / "t.tar").read_bytes())
    assert (tmp_path / "u.ark").read_bytes() == (tmp_path / "t.ark").read_bytes(), made
    entries["assets/x"] = b"x" * 2000
    make_tar(tmp_path / "t.tar", entries)
    assert "limit asset_bytes" in simulark("convert", "t.tar", "v.ark", "--limit", "asset_bytes=1999", check=3).err


def order(name):
    tables = ("contexts", "projects", "graphs", "nodes", "edges", "chats", "messages")
    words = name.split("/")
    return (tables.index(words[1]) if len(words) == 3 and words[1] in tables else 99, name)
