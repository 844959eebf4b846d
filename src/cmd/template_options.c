#include "template_options.h"

#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/base/path.h"
#include "simulark/model/template_header.h"

#include <stdlib.h>
#include <unistd.h>

void complete_slug(struct template *t)
{
    struct buffer slug = BUFFER_INIT;
    const char *name = template_text(t->header, "name");

    if (name && !template_text(t->header, "slug")) {
        slug_append(&slug, name);
        json_object_set_new(t->header, "slug", json_string(buffer_string(&slug)));
    }
    buffer_release(&slug);
}

void complete_version(struct template *t)
{
    if (!json_object_get(t->header, "version"))
        json_object_set_new(t->header, "version", json_string("1.0.0"));
}

void complete_template(struct template *t)
{
    struct buffer svg = BUFFER_INIT;

    complete_slug(t);
    if (!json_object_get(t->header, "premium"))
        json_object_set_new(t->header, "premium", json_false());
    template_header_tidy(t->header);
    if (!template_asset(t, "thumbnail.svg") && template_draw(t, &svg))
        template_add_asset(t, "thumbnail.svg", svg.data, svg.len);
    buffer_release(&svg);
}

const char **read_allowed(const struct arguments *a)
{
    size_t count;
    const char **values = argument_values(a, "allow-secret", &count);

    values = mem_realloc(values, (count + 1) * sizeof *values);
    values[count] = NULL;
    return values;
}

bool refuse_findings(const char *what, const struct findings *findings, struct error *err)
{
    int64_t errors = findings->counts[GRAVITY_ERROR] + findings->counts[GRAVITY_DAMAGE];
    bool secret = false;

    for (size_t i = 0; errors && i < findings->nkept; i++) {
        const struct finding *f = &findings->kept[i];

        secret = secret || strcmp(f->code, "secret") == 0;
        if (f->gravity != GRAVITY_WARNING)
            error_detail(err, "%s: %s", f->where, f->message);
    }
    if (!errors)
        return true;
    error_set(err, STATUS_MALFORMED, "%s cannot be a template as it is: %lld %s.", what, (long long)errors,
              errors == 1 ? "thing is wrong" : "things are wrong");
    if (secret)
        error_hint(err, "Take secrets out where they stand; what is none can be let through with --allow-secret.");
    else
        error_hint(err, "`simulark template lint` tells all that is wrong, and what could be better.");
    return false;
}

void tell_warnings(const struct cli *cli, const struct findings *findings)
{
    int64_t count = findings->counts[GRAVITY_WARNING];

    for (size_t i = 0; cli->verbose && i < findings->nkept; i++)
        if (findings->kept[i].gravity == GRAVITY_WARNING)
            tell(cli, "  warning: %s: %s", findings->kept[i].where, findings->kept[i].message);
    if (count && !cli->verbose)
        tell(cli, "  %lld %s; -v or `simulark template lint` shows them", (long long)count, count == 1 ? "warning" : "warnings");
}

json_t *template_to_json(const struct template *t, const char *digest)
{
    static const char *const fields[] = {"name", "slug", "version", "description", "category", "keywords", "author", "licence",
                                         "parameters"};
    json_t *object = json_object();

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        json_t *value = json_object_get(t->header, fields[i]);

        json_object_set(object, fields[i], value ? value : json_null());
    }
    json_object_set_new(object, "premium", json_boolean(json_is_true(json_object_get(t->header, "premium"))));
    json_object_set_new(object, "digest", digest_to_json(digest));
    return object;
}

/* A name may be a folder's, too, that has nothing to do with it. */
static bool names_file(const char *operand)
{
    struct buffer path = BUFFER_INIT;
    bool folder = path_is_folder(operand);
    bool yes = strcmp(operand, "-") == 0 || strchr(operand, '/') || template_is_folder(operand, &path);

    if (!yes && folder) {
        buffer_clear(&path);
        buffer_printf(&path, "%s/bundle.json", operand);
        yes = access(buffer_string(&path), F_OK) == 0;
    } else if (!yes) {
        yes = access(operand, F_OK) == 0;
    }
    buffer_release(&path);
    return yes;
}

bool read_template_input(const struct arguments *a, struct template_input *in, struct error *err)
{
    return read_limits(a, &in->limits, err) && read_encryption(a, &in->encryption, err) &&
           read_signature_options(a, &in->check, err);
}

void template_input_release(struct template_input *in)
{
    encryption_release(&in->encryption);
    signature_check_release(&in->check);
    signature_report_release(&in->signature);
}

struct template_opened template_input_opened(struct template_input *in)
{
    signature_report_release(&in->signature);
    return (struct template_opened){.keys = &in->encryption.keys, .check = &in->check, .signature = &in->signature};
}

bool read_template(const char *path, struct template_input *in, struct template *t, struct template_notes *notes,
                   struct error *err)
{
    struct template_opened opened = template_input_opened(in);
    struct buffer file = BUFFER_INIT;

    if (!template_read(path, &in->limits, CONTEXTS_ALL, t, notes, &opened, err))
        return false;
    if (!notes->template) {
        error_set(err, STATUS_MALFORMED, "%s is no template.", path);
        error_hint(err, "`simulark template pack` makes one of a project's bundle.");
        return false;
    }
    if (template_is_folder(path, &file))
        complete_template(t);
    else
        template_header_tidy(t->header);
    buffer_release(&file);
    return true;
}

static bool refuse_unsigned(const char *operand, struct error *err)
{
    error_set(err, STATUS_MALFORMED, "There is no file %s, and what a database holds carries no signature.", operand);
    error_hint(err, "Name a signed bundle, or leave out --require-signature.");
    return false;
}

bool open_named_template(const struct cli *cli, const char *operand, struct template_input *in, struct pg **pg,
                         struct named_template *named, struct error *err)
{
    struct findings findings = {.bundle = operand};
    struct template_notes notes = {.findings = &findings}; /* what would be left out of it is no template */
    bool ok;

    named->from_file = names_file(operand);
    if (named->from_file) {
        ok = read_template(operand, in, &named->t, &notes, err) && refuse_findings(operand, &findings, err);
        if (ok && !template_text(named->t.header, "name"))
            ok = error_set(err, STATUS_MALFORMED, "%s says no name of the template.", operand);
    } else if (in->check.required) {
        ok = refuse_unsigned(operand, err);
    } else {
        if (!*pg)
            *pg = cli_database(cli, err);
        ok = *pg && published_find(*pg, operand, &named->row, err) &&
             published_read(&named->row, &named->t, &named->as_published, err);
    }
    template_notes_release(&notes);
    findings_release(&findings);
    return ok && template_digest(&named->t, named->digest, err);
}

void named_template_release(struct named_template *named)
{
    template_release(&named->t);
    published_release(&named->row);
}
