"""Content for tests: a small instance of two people with everything a project can hold, made by plain SQL."""

from harness import connect

ADA = "00000000-0000-4000-8000-0000000000a1"
BOB = "00000000-0000-4000-8000-0000000000b1"
SHOP = "10000000-0000-4000-8000-000000000001"
BLOG = "10000000-0000-4000-8000-000000000002"
MAIN = "20000000-0000-4000-8000-000000000001"
CHAT = "30000000-0000-4000-8000-000000000001"
GLOSSARY = "50000000-0000-4000-8000-000000000001"

PEOPLE = f"""
INSERT INTO users (id, email, subscription_tier) VALUES
  ('{ADA}', 'ada@example.org', 'enterprise'), ('{BOB}', 'bob@example.org', 'free');
"""

CONTENT = f"""
INSERT INTO projects (id, user_id, name, description, status, settings, created_at, updated_at) VALUES
  ('{SHOP}', '{ADA}', 'Shop', E'several\\nlines\\tand \\\\ more', 'active',
   '{{"ratio": 1.50, "no": "no", "": {{"": []}}, "nothing": null, "glossary": "{GLOSSARY}"}}',
   '2026-01-02 03:04:05.678901+00', '2026-02-03 04:05:06+00'),
  ('{BLOG}', '{ADA}', 'Blog', NULL, NULL, NULL, '-infinity', 'infinity');
INSERT INTO graphs (id, project_id, name, nodes, edges, viewport) VALUES
  ('{MAIN}', '{SHOP}', 'Main', '[{{"id": "a", "position": {{"x": 1, "y": -2.5}}}}]', 'null', NULL),
  ('20000000-0000-4000-8000-000000000002', '{BLOG}', 'yes', '[]', '[]', '{{"$json": null}}');
INSERT INTO nodes (id, graph_id, type, label, position, data, width, height)
  SELECT ('40000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, '{MAIN}', 'service', 'node ' || i,
         jsonb_build_object('x', i * 10.25, 'y', -i), jsonb_build_object('k', E'"quoted" \\\\ \\n ' || i),
         CASE i WHEN 1 THEN 'Infinity' WHEN 2 THEN 'NaN' ELSE i / 3.0 END, -0.0
  FROM generate_series(1, 20) i;
INSERT INTO edges (graph_id, source_node_id, target_node_id, source_handle, label)
  SELECT graph_id, id, '40000000-0000-4000-8000-000000000001', 'right', NULL FROM nodes;
INSERT INTO chats (id, project_id, user_id, title, context) VALUES
  ('{CHAT}', '{SHOP}', '{BOB}', 'Fragen 😀', '{{"context": "{GLOSSARY}"}}'),
  ('30000000-0000-4000-8000-000000000002', NULL, '{BOB}', 'without a project', NULL);
INSERT INTO messages (chat_id, role, content, tokens, created_at) VALUES
  ('{CHAT}', 'user', E'- no\\n- 0o7\\n\\n```c\\nint main(void);\\n```\\n', 12, '0044-03-15 12:00:00+00 BC'),
  ('{CHAT}', 'assistant', '', 0, '294276-12-31 23:59:59.999999+00'),
  ('{CHAT}', 'system', ' 12:30:00 ', NULL, now());
INSERT INTO contexts (id, user_id, name, content, type, tags) VALUES
  ('{GLOSSARY}', '{ADA}', 'Glossary', 'no: yes', 'yaml', '{{a,"b c",NULL,"NULL","q\\"x\\\\y",""}}'),
  ('50000000-0000-4000-8000-000000000002', '{ADA}', 'Odd arrays', NULL, NULL, '[2:3]={{x,y}}'),
  ('50000000-0000-4000-8000-000000000003', '{ADA}', 'Deep arrays', '~', 'text', '{{{{a,b}},{{c,NULL}}}}'),
  ('50000000-0000-4000-8000-000000000004', '{BOB}', 'Somebody else''s', 'x', 'json', NULL);
UPDATE contexts SET created_at = '2026-01-01', updated_at = '2026-01-01'; -- the same in every instance
"""


def run(db, sql):
    connection = connect(db, autocommit=False)
    try:
        cursor = connection.cursor()
        cursor.execute("SET search_path = public")
        cursor.execute(sql)
        connection.commit()
    finally:
        connection.close()


def fill(db):
    """People and content."""
    run(db, PEOPLE + CONTENT)


def people(db):
    """The people alone: where an import can go."""
    run(db, PEOPLE)


def grow(db, nodes):
    """Shop's main graph gets so many nodes more."""
    run(db, f"""INSERT INTO nodes (graph_id, type, label, data)
                SELECT '{MAIN}', 'service', 'n' || i, jsonb_build_object('text', repeat(md5(i::text), 8))
                FROM generate_series(1, {nodes}) i""")
