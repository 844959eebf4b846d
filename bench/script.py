"""What a plain script would do in simulark's place: psycopg2, json and PyYAML, everything in memory.

    script.py export URL FILE.json|FILE.yaml
    script.py import URL FILE.json|FILE.yaml"""

import json
import sys

import psycopg2
import psycopg2.extras
import yaml

TABLES = ["users", "contexts", "projects", "graphs", "nodes", "edges", "chats", "messages"]
JSON_COLUMNS = {"preferences", "settings", "nodes", "edges", "viewport", "position", "data", "style", "context", "messages",
                "metadata"}


def plain(value):
    return value if isinstance(value, (int, float, str, list, dict, bool, type(None))) else str(value)


def export(connection, path):
    bundle = {}
    cursor = connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
    for table in TABLES:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        bundle[table] = [{name: plain(value) for name, value in row.items()} for row in cursor]
    with open(path, "w", encoding="utf-8") as out:
        if path.endswith(".yaml"):
            yaml.dump(bundle, out, Dumper=yaml.CSafeDumper, sort_keys=False)
        else:
            json.dump(bundle, out, indent=2)


def load(connection, path):
    with open(path, encoding="utf-8") as file:
        bundle = yaml.load(file, Loader=yaml.CSafeLoader) if path.endswith(".yaml") else json.load(file)
    cursor = connection.cursor()
    for table in TABLES:
        if not bundle[table]:
            continue
        names = list(bundle[table][0])
        rows = [[json.dumps(row[name]) if name in JSON_COLUMNS else row[name] for name in names] for row in bundle[table]]
        psycopg2.extras.execute_values(cursor, f"INSERT INTO {table} ({', '.join(names)}) VALUES %s", rows, page_size=500)
    connection.commit()


work, url, path = sys.argv[1:]
(export if work == "export" else load)(psycopg2.connect(url), path)
