"""What leaves a database comes back the same: PostgreSQL compares both sides, in every container and encoding."""

import hashlib
import json
import subprocess

import psycopg2
import pytest

import instance
from harness import connect, copy, execute, rows, value

CONTAINERS = ["x.yaml", "x.yml", "x.json", "x/", "x.ark", "x.tar.zst", "x.tar.gz", "x.tgz", "x.tar", "x.zip"]
ENCODINGS = ["json", "yaml"]
OWNED = ("contexts", "projects", "graphs", "nodes", "edges", "chats", "messages")

# The rows of a project bundle of both projects, as PostgreSQL gives them.
SELECTED = {table: f"SELECT * FROM public.{table}" for table in OWNED}
SELECTED["contexts"] += f" WHERE user_id = '{instance.ADA}'"
SELECTED["chats"] += " WHERE project_id IS NOT NULL"


def selected(db):
    return {table: copy(db, sql + " ORDER BY id") for table, sql in SELECTED.items()}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("path", CONTAINERS)
def test_every_container_brings_the_same_rows(simulark, source, make_database, path, encoding):
    other = make_database()
    instance.people(other)
    simulark("export", "--project", "Shop", "--project", "Blog", "-o", path, "--encoding", encoding, db=source)
    simulark("import", path, db=other)
    assert selected(other) == selected(source)


@pytest.mark.parametrize("format", ["yaml", "json", "ark", "tar.gz", "tar", "zip"])
def test_a_pipe_brings_the_same_rows(simulark, source, make_database, format):
    other = make_database()
    instance.people(other)
    bundle = simulark("export", "--project", "Shop", "--project", "Blog", "-o", "-", "--format", format, db=source).stdout
    simulark("import", "-", db=other, stdin=bundle)
    assert selected(other) == selected(source)


@pytest.mark.parametrize("path", CONTAINERS)
def test_the_same_rows_give_the_same_bytes(simulark, source, path, tmp_path):

    def export(name):
        simulark("export", "--project", "Shop", "-o", name, db=source, env={"SOURCE_DATE_EPOCH": "1700000000", "TZ": "Asia/Tokyo"})
        target = tmp_path / name
        if target.is_dir():
            return {str(f.relative_to(target)): f.read_bytes() for f in sorted(target.rglob("*")) if f.is_file()}
        return target.read_bytes()

    assert export("a" + path) == export("b" + path)


def test_the_digest_is_the_same_in_every_container(simulark, source):
    digests = {
        simulark("export", "--project", "Shop", "-o", path, "--json", db=source).json["digest"] for path in CONTAINERS
    }
    assert len(digests) == 1


ORDER = {
    "contexts": "user_id, id", "projects": "user_id, id", "graphs": "project_id, id", "nodes": "graph_id, id",
    "edges": "graph_id, id", "chats": "project_id, id", "messages": "chat_id, id",
}


def test_the_seal_is_what_psql_and_sha256sum_give(simulark, source, tmp_path):
    simulark("export", "--project", "Shop", "--project", "Blog", "-o", "x/", db=source)
    header = json.loads((tmp_path / "x/bundle.json").read_text())
    seal = json.loads((tmp_path / "x/seal.json").read_text())
    columns = {table["name"]: ", ".join(table["columns"]) for table in header["tables"]}
    for table in seal["tables"]:
        name = table["name"]
        text = copy(source, SELECTED[name].replace("*", columns[name]) + f" ORDER BY {ORDER[name]}")
        assert table["sha256"] == hashlib.sha256(text).hexdigest(), name
        assert table["rows"] == text.count(b"\n")


def test_the_digest_can_be_computed_from_the_header_and_the_seal(simulark, source, tmp_path):
    simulark("export", "--project", "Shop", "-o", "x/", db=source)
    header = json.loads((tmp_path / "x/bundle.json").read_text())
    seal = json.loads((tmp_path / "x/seal.json").read_text())
    for field in ("encoding", "created_at", "generator"):
        del header[field]
    sealed = {"assets": seal["assets"], "header": header, "tables": seal["tables"]}
    text = json.dumps(sealed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert seal["digest"] == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


# ---- values: each becomes the data of one node (and, as text, the content of one message) ----


def carry(simulark, target, other, documents, texts, path, encoding="json"):
    instance.people(other)
    connection = connect(target, autocommit=False)
    cursor = connection.cursor()
    cursor.execute("SET search_path = public")
    cursor.execute(f"INSERT INTO projects (id, user_id, name) VALUES ('{instance.SHOP}', '{instance.ADA}', 'Shop')")
    cursor.execute(f"INSERT INTO graphs (id, project_id) VALUES ('{instance.MAIN}', '{instance.SHOP}')")
    cursor.execute(f"INSERT INTO chats (id, project_id, user_id) VALUES ('{instance.CHAT}', '{instance.SHOP}', '{instance.ADA}')")
    for document in documents:
        cursor.execute("SAVEPOINT before")
        try:
            cursor.execute("INSERT INTO nodes (graph_id, type, data) VALUES (%s, 'x', %s::jsonb)", (instance.MAIN, document))
        except psycopg2.DataError:  # this server's limits are its own
            cursor.execute("ROLLBACK TO before")
    for text in texts:
        cursor.execute("INSERT INTO messages (chat_id, role, content) VALUES (%s, 'user', %s)", (instance.CHAT, text))
    connection.commit()
    connection.close()
    simulark("export", "--project", "Shop", "-o", path, "--encoding", encoding, db=target)
    simulark("import", path, db=other)
    for table in OWNED:
        assert copy(other, f"SELECT * FROM public.{table} ORDER BY id") == copy(target, f"SELECT * FROM public.{table} ORDER BY id")


VARIANTS = [("x.yaml", "yaml"), ("x.json", "json"), ("x.ark", "json"), ("x/", "yaml"), ("x.zip", "yaml")]
variants = pytest.mark.parametrize("path, encoding", VARIANTS)


@variants
def test_jsonb_facts(simulark, target, make_database, corpora, path, encoding):
    facts = [json.loads(line) for line in (corpora / "pg/jsonb_facts_pg15.jsonl").open(encoding="utf-8")]
    documents = [fact["input"] for fact in facts if fact["accepted"]]
    carry(simulark, target, make_database(), documents, documents, path, encoding)


@variants
def test_json_suites(simulark, target, make_database, corpora, path, encoding):
    documents = []
    for line in (corpora / "json/PG15_ORACLE.tsv").open(encoding="utf-8"):
        name, *fields = line.rstrip("\n").split("\t")
        if not name.startswith("#") and fields[1] == "ok":
            documents.append((corpora / name).read_bytes().decode())
    assert len(documents) > 80
    carry(simulark, target, make_database(), documents, [], path, encoding)


@variants
def test_strings_that_look_like_something_else(simulark, target, make_database, corpora, path, encoding):
    texts = [json.loads(line)["value"] for line in (corpora / "yaml/scalars/scalars.jsonl").open(encoding="utf-8")]
    texts += json.loads((corpora / "unicode/blns/blns.json").read_text(encoding="utf-8"))
    texts = [text for text in texts if "\0" not in text]
    documents = [json.dumps({text: text, "list": [text]}, ensure_ascii=False) for text in texts]
    carry(simulark, target, make_database(), documents, texts, path, encoding)


@variants
def test_every_kind_of_character(simulark, target, make_database, corpora, path, encoding):
    texts = [f.read_text(encoding="utf-8") for f in sorted((corpora / "unicode/cjkencodings").glob("*-utf8.txt"))]
    texts += ["".join(map(chr, range(start, start + 64))) for start in (1, 0x7F, 0xA0, 0x2000, 0xFFC0, 0xFDC0, 0x1F600)]
    texts += [chr(c) for c in (1, 9, 10, 13, 0x1B, 0x7F, 0x85, 0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF, 0x10FFFF)]
    texts += ["\n", "\n\n", " \n", "\n ", "a\n\nb\n", "  a\nb", "a \nb", "a\r\nb", "\ta\n", "a\n\n\n", "#", "# x\ny", "---\n", "a: b\n- c\n"]
    documents = [json.dumps({text: [text]}, ensure_ascii=False) for text in texts]
    carry(simulark, target, make_database(), documents, texts, path, encoding)


@variants
def test_real_graphs(simulark, target, make_database, corpora, path, encoding):
    documents = []
    for line in (corpora / "graphs/INDEX.tsv").open(encoding="utf-8"):
        name = line.split("\t")[0]
        if name != "file":
            text = (corpora / "graphs" / name).read_text(encoding="utf-8-sig")
            if "\\u0000" not in text:
                documents.append(text)
    assert len(documents) > 80
    carry(simulark, target, make_database(), documents, [], path, encoding)


@variants
def test_nesting_as_deep_as_postgresql_takes(simulark, target, make_database, path, encoding):
    documents = ["[" * depth + "]" * depth for depth in (1, 30, 100, 1000, 2500)]
    documents += ['{"a":' * depth + "1" + "}" * depth for depth in (30, 100, 1000, 2500)]
    carry(simulark, target, make_database(), documents, [], path, encoding)


# ---- which contexts come along ----


@pytest.mark.parametrize("which, names", [
    (["--contexts", "all"], {"Glossary", "Odd arrays", "Deep arrays"}),
    ([], {"Glossary", "Odd arrays", "Deep arrays"}),
    (["--contexts", "referenced"], {"Glossary"}),
    (["--contexts", "none"], set()),
])
def test_contexts(simulark, source, make_database, which, names):
    other = make_database()
    instance.people(other)
    simulark("export", "--project", "Shop", "-o", "x.ark", *which, db=source)
    simulark("import", "x.ark", db=other)
    assert {name for (name,) in rows(other, "SELECT name FROM contexts")} == names


# ---- instances that differ from the page ----


def test_columns_the_schema_does_not_know_travel_and_return(simulark, source, make_database):
    other = make_database()
    instance.people(other)
    for db in (source, other):
        execute(db, "ALTER TABLE nodes ADD COLUMN mood text, ADD COLUMN facts jsonb, ADD COLUMN loose json, ADD COLUMN at date, "
                    "ADD COLUMN double_width float8 GENERATED ALWAYS AS (width * 2) STORED")
    execute(source, """UPDATE nodes SET mood = 'no', facts = '{"b": null, "a": 1.0}', loose = '{"z":1,  "a":1, "a":2}', at = '2026-11-23'""")
    simulark("export", "--project", "Shop", "-o", "x.yaml", db=source)
    simulark("import", "x.yaml", db=other)
    assert copy(other, "SELECT * FROM nodes ORDER BY id") == copy(source, "SELECT * FROM nodes ORDER BY id")


def test_a_target_that_lacks_a_column_refuses_by_name(simulark, source, make_database):
    other = make_database()
    instance.people(other)
    execute(source, "ALTER TABLE nodes ADD COLUMN mood text")
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    error = simulark("import", "x.ark", "--json", db=other, check=5).error
    assert error["details"] == ["the column nodes.mood (text)"]
    assert value(other, "SELECT count(*) FROM projects") == 0


def test_another_schema_than_public(simulark, empty_database, source):
    simulark("schema", "apply", "--schema", "Tenant 1", db=empty_database)
    execute(empty_database, 'SET search_path = "Tenant 1";' + instance.PEOPLE)
    simulark("export", "--project", "Shop", "-o", "x.ark", db=source)
    simulark("import", "x.ark", "--schema", "Tenant 1", db=empty_database)
    simulark("export", "--project", "Shop", "-o", "y.ark", "--schema", "Tenant 1", db=empty_database)
    assert copy(empty_database, 'SELECT * FROM "Tenant 1".nodes ORDER BY id') == copy(source, "SELECT * FROM nodes ORDER BY id")


def test_archives_made_by_other_programs_are_read(simulark, source, make_database, tmp_path):
    simulark("export", "--project", "Shop", "-o", "x/", db=source)
    made = {
        "flat.tar": ["tar", "-C", "x", "-cf", "flat.tar", "."],
        "top.tar.gz": ["tar", "-czf", "top.tar.gz", "x"],
        "pax.tar": ["tar", "--format=pax", "-C", "x", "-cf", "pax.tar", "seal.json", "data", "bundle.json"],
        "info.zip": ["sh", "-c", "cd x && zip -qr ../info.zip ."],
        "top.zip": ["zip", "-qr", "top.zip", "x"],
    }
    for name, command in made.items():
        subprocess.run(command, cwd=tmp_path, check=True)
        other = make_database()
        instance.people(other)
        simulark("import", name, db=other)
        assert copy(other, "SELECT * FROM nodes ORDER BY id") == copy(source, "SELECT * FROM nodes ORDER BY id"), name
