"""What one project costs does not depend on how many there are: every statement can do with indexes."""

import re

import instance
from harness import execute

TABLES = "nodes|edges|messages|graphs|chats|projects|contexts|users"


def test_a_project_is_found_by_indexes_alone(simulark, server, database):
    """Where a table can only be read as a whole, the planner does so even if it is told not to."""
    instance.fill(database)
    for setting in ("session_preload_libraries = auto_explain", "auto_explain.log_min_duration = 0", "enable_seqscan = off"):
        execute(database, f'ALTER DATABASE "{database.name}" SET {setting}')
    begun = server.log.stat().st_size
    simulark("export", "--project", instance.SHOP, "-o", "x.ark", db=database)
    with open(server.log, encoding="utf-8", errors="replace") as log:
        log.seek(begun)
        plans = log.read()
    assert len(set(re.findall(rf"Index (?:Only )?Scan using \w+ on ({TABLES})", plans))) >= 6, plans
    assert re.findall(rf"Seq Scan on ({TABLES})", plans) == []
