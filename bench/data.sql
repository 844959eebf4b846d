-- An instance to measure with: %(projects)s projects, each with one graph of 500 nodes and 499 edges and one chat of 400
-- messages, and a user with a context for every tenth. The same seed makes the same rows; another one makes others beside them.
-- Parameters: projects, seed.

SET search_path = public;
SET session_replication_role = replica; -- foreign keys hold, and need not be checked

CREATE FUNCTION pg_temp.id(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT md5(kind || %(seed)s || number)::uuid $$;

CREATE FUNCTION pg_temp.word(number bigint, VARIADIC words text[]) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT words[1 + number %% array_length(words, 1)] $$;

CREATE FUNCTION pg_temp.moment(number bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE
AS $$ SELECT '2025-01-01 08:00:00Z'::timestamptz + number * interval '1.000347 seconds' $$;

INSERT INTO users (id, email, subscription_tier, preferences, created_at, updated_at)
SELECT pg_temp.id('user', u), 'person' || u || '.' || %(seed)s || '@example.org', 'enterprise',
       jsonb_build_object('theme', pg_temp.word(u, 'dark', 'light'), 'grid', u %% 2 = 0), pg_temp.moment(u), pg_temp.moment(u)
FROM generate_series(0, (%(projects)s - 1) / 10) u;

INSERT INTO contexts (id, user_id, name, description, content, tags, created_at, updated_at)
SELECT pg_temp.id('context', u), pg_temp.id('user', u), 'Guidelines ' || u, 'How we build services',
       repeat('Prefer queues to calls; name an owner for every service. ', 8), ARRAY['rules', 'team ' || u],
       pg_temp.moment(u), pg_temp.moment(u)
FROM generate_series(0, (%(projects)s - 1) / 10) u;

INSERT INTO projects (id, user_id, name, description, status, settings, created_at, updated_at)
SELECT pg_temp.id('project', p), pg_temp.id('user', p / 10), 'Project ' || p, 'Shop, checkout and fulfilment, variant ' || p,
       pg_temp.word(p, 'draft', 'active', 'archived'), jsonb_build_object('grid', jsonb_build_object('snap', true, 'size', 16)),
       pg_temp.moment(p), pg_temp.moment(p)
FROM generate_series(0, %(projects)s - 1) p;

INSERT INTO graphs (id, project_id, name, viewport, created_at, updated_at)
SELECT pg_temp.id('graph', p), pg_temp.id('project', p), 'Main',
       jsonb_build_object('x', p %% 800, 'y', p %% 600, 'zoom', 0.75),
       pg_temp.moment(p), pg_temp.moment(p)
FROM generate_series(0, %(projects)s - 1) p;

INSERT INTO nodes (id, graph_id, type, label, position, data, style, width, height, created_at, updated_at)
SELECT pg_temp.id('node', p * 500 + n), pg_temp.id('graph', p),
       pg_temp.word(n, 'service', 'database', 'queue', 'cache', 'gateway'),
       pg_temp.word(n, 'Checkout', 'Orders', 'Stock', 'Billing', 'Search', 'Images', 'Sessions') || ' ' || n,
       jsonb_build_object('x', (n %% 25) * 220 + 0.5, 'y', (n / 25) * 140 - 60.25),
       jsonb_build_object(
           'label', pg_temp.word(n, 'Checkout', 'Orders', 'Stock', 'Billing', 'Search', 'Images', 'Sessions') || ' ' || n,
           'technology', pg_temp.word(p + n * 7, 'Go', 'PostgreSQL 15', 'Kafka', 'Redis', 'nginx', 'Java 21', 'Rust'),
           'region', pg_temp.word(p + n, 'eu-central-1', 'us-east-1', 'ap-south-1'),
           'resources', jsonb_build_object('cpu', (p * 31 + n * 17) %% 64 / 4.0, 'memoryMb', 256 * (1 + (p + n * 13) %% 32),
                                           'replicas', 1 + n %% 9),
           'simulation', jsonb_build_object('latencyMs', jsonb_build_object('p50', (p * 7 + n * 11) %% 900 / 10.0,
                                                                            'p99', (p * 13 + n * 29) %% 9000 / 10.0),
                                            'errorRate', (p + n * 3) %% 100 / 10000.0, 'requestsPerSecond', (p * 97 + n * 53) %% 20000),
           'tags', jsonb_build_array('team-' || p %% 40, pg_temp.word(n, 'critical', 'internal', 'public')),
           'notes', 'Keeps what ' || pg_temp.word(n, 'customers', 'warehouses', 'partners') || ' need; see runbook ' || p * 500 + n || '.'),
       jsonb_build_object('background', '#' || substr(md5((p * 500 + n)::text), 1, 6), 'borderRadius', n %% 12, 'color', '#1f2933'),
       180, 64, pg_temp.moment(p * 500 + n), pg_temp.moment(p * 500 + n * 2)
FROM generate_series(0, %(projects)s - 1) p, generate_series(0, 499) n
ORDER BY p, n; -- as people save them: a graph together

INSERT INTO edges (id, graph_id, source_node_id, target_node_id, source_handle, target_handle, type, data, label, created_at)
SELECT pg_temp.id('edge', p * 500 + e), pg_temp.id('graph', p), pg_temp.id('node', p * 500 + e / 2),
       pg_temp.id('node', p * 500 + e), 'out', 'in', pg_temp.word(e, 'smoothstep', 'bezier'),
       jsonb_build_object('protocol', pg_temp.word(e, 'https', 'grpc', 'amqp'), 'bandwidthMbit', (p + e * 19) %% 1000,
                          'async', e %% 3 = 0),
       pg_temp.word(e, 'calls', 'reads', 'publishes'), pg_temp.moment(p * 500 + e)
FROM generate_series(0, %(projects)s - 1) p, generate_series(1, 499) e
ORDER BY p, e;

INSERT INTO chats (id, project_id, user_id, title, created_at, updated_at)
SELECT pg_temp.id('chat', p), pg_temp.id('project', p), pg_temp.id('user', p / 10), 'Where is the bottleneck?', pg_temp.moment(p),
       pg_temp.moment(p)
FROM generate_series(0, %(projects)s - 1) p;

INSERT INTO messages (id, chat_id, role, content, metadata, tokens, created_at)
SELECT pg_temp.id('message', p * 400 + m), pg_temp.id('chat', p), pg_temp.word(m, 'user', 'assistant'),
       'At ' || (p * 37 + m * 101) %% 20000 || ' requests a second '
       || pg_temp.word(m, 'the checkout', 'the order queue', 'the stock database', 'the image cache') || E' answers late.\n'
       || pg_temp.word(m * 3 + p, 'Add replicas in a second region', 'Put a queue in front of it', 'Cache what is read most often',
                       'Look at the slowest calls first')
       || ', then simulate again with ' || (p + m * 7) %% 90 || ' %% more load.',
       jsonb_build_object('model', pg_temp.word(m, 'small', 'large'), 'latencyMs', (p * 17 + m * 71) %% 5000), (p + m * 13) %% 900,
       pg_temp.moment(p * 400 + m)
FROM generate_series(0, %(projects)s - 1) p, generate_series(0, 399) m
ORDER BY p, m;
