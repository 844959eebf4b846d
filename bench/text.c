/* How fast rows are read and written as text on one core, beside libyaml's own loops over the same values.
 *
 *     bench-text FILE.jsonl      nodes, one JSON object a line
 *
 * Every figure is the best of several passes over the whole file. */
#include "simulark/base/memory.h"
#include "simulark/format/reader.h"
#include "simulark/format/row_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yaml.h>

#define PASSES 5

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench-text: %s\n", what);
    exit(1);
}

/* Seconds of this process. */
static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* what others do on the machine does not count */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void load(const char *path, struct buffer *text)
{
    FILE *file = fopen(path, "rb");
    char chunk[65536];
    size_t got;

    must(file != NULL, "cannot open the file");
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buffer_append(text, chunk, got);
    fclose(file);
}

/* ---- what is measured; each goes over all of the text ---- */

struct job {
    struct shape shape;
    struct buffer json; /* lines */
    struct buffer yaml; /* one document a row */
    struct buffer out;
};

static void scan_json(struct job *job)
{
    const char *end = job->json.data + job->json.len;

    for (const char *at = job->json.data, *newline; at < end; at = newline + 1) {
        struct json_cursor c = {.text = at};

        newline = memchr(at, '\n', (size_t)(end - at));
        c.len = (size_t)(newline - at);
        buffer_clear(&job->out);
        must(json_take_value(&c, &job->out), "a line is no JSON");
    }
}

static void read_json(struct job *job)
{
    struct row_builder row = {0};
    struct row_problem problem = {0};
    const char *end = job->json.data + job->json.len;

    for (const char *at = job->json.data, *newline; at < end; at = newline + 1) {
        struct json_cursor c = {.text = at};

        newline = memchr(at, '\n', (size_t)(end - at));
        c.len = (size_t)(newline - at);
        must(row_json_take(&c, &job->shape, &row, &problem), "a line is no row");
        row_builder_end(&row);
    }
    row_builder_release(&row);
    buffer_release(&problem.text);
}

static void write_yaml(struct job *job)
{
    struct row_builder row = {0};
    struct row_problem problem = {0};
    const char *end = job->json.data + job->json.len;

    buffer_clear(&job->yaml);
    for (const char *at = job->json.data, *newline; at < end; at = newline + 1) {
        struct json_cursor c = {.text = at};
        struct row done;

        newline = memchr(at, '\n', (size_t)(end - at));
        c.len = (size_t)(newline - at);
        must(row_json_take(&c, &job->shape, &row, &problem), "a line is no row");
        done = row_builder_end(&row);
        buffer_text(&job->yaml, "---\n");
        row_yaml_append(&job->yaml, &job->shape, &done, 0);
    }
    row_builder_release(&row);
    buffer_release(&problem.text);
}

static void read_yaml(struct job *job)
{
    struct error err = ERROR_INIT;
    struct input *in = input_memory("bench", job->yaml.data, job->yaml.len);
    struct rows_reader *reader = rows_reader_yaml_stream(in, &LIMITS_DEFAULT);
    struct row_builder row = {0};
    bool more = true;

    while (more) {
        row_builder_begin(&row, job->shape.ncolumns);
        must(reader->ops->row(reader, &job->shape, &row, &more, &err), "the YAML is not read");
        row_builder_end(&row);
    }
    reader->ops->free(reader);
    input_free(in);
    row_builder_release(&row);
    error_release(&err);
}

static void parse_with_libyaml(struct job *job)
{
    yaml_parser_t parser;
    bool more = true;

    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)job->yaml.data, job->yaml.len);
    while (more) {
        yaml_event_t event;

        must(yaml_parser_parse(&parser, &event), "libyaml does not read the YAML");
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

static int add_output(void *job, unsigned char *bytes, size_t len)
{
    buffer_append(&((struct job *)job)->out, bytes, len);
    return 1;
}

/* The events of the same text, given to the emitter: the time is that of emitting and parsing, the latter is taken off. */
static void emit_with_libyaml(struct job *job)
{
    yaml_parser_t parser;
    yaml_emitter_t emitter;
    bool more = true;

    buffer_clear(&job->out);
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)job->yaml.data, job->yaml.len);
    yaml_emitter_initialize(&emitter);
    yaml_emitter_set_output(&emitter, add_output, job);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    while (more) {
        yaml_event_t event;

        must(yaml_parser_parse(&parser, &event), "libyaml does not read the YAML");
        more = event.type != YAML_STREAM_END_EVENT;
        must(yaml_emitter_emit(&emitter, &event), "libyaml does not write the YAML");
    }
    yaml_emitter_delete(&emitter);
    yaml_parser_delete(&parser);
}

static double best(void (*work)(struct job *job), struct job *job)
{
    double least = 1e9;

    for (int i = 0; i < PASSES; i++) {
        double begun = now();
        double took;

        work(job);
        took = now() - begun;
        if (took < least)
            least = took;
    }
    return least;
}

static void tell(const char *what, size_t bytes, double seconds)
{
    printf("  %-32s %6.0f\n", what, (double)bytes / seconds / 1e6);
}

int main(int argc, char **argv)
{
    struct job job = {.json = BUFFER_INIT};
    double scan, rows, yaml_out, yaml_in, parse, emit;

    must(argc == 2, "usage: bench-text FILE.jsonl");
    load(argv[1], &job.json);
    shape_init_known(&job.shape, table_find("nodes"));
    scan = best(scan_json, &job);
    rows = best(read_json, &job);
    yaml_out = best(write_yaml, &job) - rows;
    yaml_in = best(read_yaml, &job);
    parse = best(parse_with_libyaml, &job);
    emit = best(emit_with_libyaml, &job) - parse;
    printf("text, MB/s on one core (%.1f MB of JSON, %.1f MB of YAML)\n", (double)job.json.len / 1e6,
           (double)job.yaml.len / 1e6);
    tell("JSON scanned", job.json.len, scan);
    tell("JSON Lines to cells, checked", job.json.len, rows);
    tell("YAML written", job.yaml.len, yaml_out);
    tell("  libyaml's emitter alone", job.yaml.len, emit);
    tell("YAML to cells, checked", job.yaml.len, yaml_in);
    tell("  libyaml's parser alone", job.yaml.len, parse);
    shape_release(&job.shape);
    buffer_release(&job.json);
    buffer_release(&job.yaml);
    buffer_release(&job.out);
    return 0;
}
