#include "simulark/base/memory.h"
#include "simulark/base/uuid_set.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/rules.h"
#include "simulark/model/manifest.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>
#include <strings.h>

/* What a user may not say of others, or of the instance. It sees the bundle's own user ids. */
struct claims_filter {
    struct sink base;
    struct rules *rules;
    const struct shape *shape;
    enum claim { CLAIM_ANY, CLAIM_NONE, CLAIM_ACCOUNT, CLAIM_KEY } claim; /* which rows of this table may come in */
    struct uuid_set self;                                                /* ids that the bundle knows the user by */
};

static struct claims_filter *self(struct sink *sink)
{
    return (struct claims_filter *)sink;
}

static enum claim claim_of(const struct table *table)
{
    static const struct {
        const char *table;
        enum claim claim;
    } claims[] = {
        {"subscription_tiers", CLAIM_NONE}, {"templates", CLAIM_NONE}, {"audit_logs", CLAIM_NONE},
        {"usage_analytics", CLAIM_NONE},    {"users", CLAIM_ACCOUNT},  {"api_keys", CLAIM_KEY},
    };

    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        if (table_is(table, claims[i].table))
            return claims[i].claim;
    return CLAIM_ANY;
}

static bool refuse(const struct claims_filter *f, const char *what, struct error *err)
{
    error_set(err, STATUS_REFUSED, "%s may not bring in %s of %s.", f->rules->email, what, f->shape->table->name);
    error_hint(err, "A user brings in projects, contexts and chats; the rest is for operators (without --as).");
    return false;
}

static bool is_user(const struct claims_filter *f, const char *id, const char *email)
{
    struct uuid there;
    struct uuid given;

    return (uuid_parse(&there, f->rules->user, UUID_TEXT) && uuid_parse_text(&given, id) &&
            uuid_equal(&there, &given)) ||
           (email && strcasecmp(email, f->rules->email) == 0);
}

static void learn(struct claims_filter *f, const char *id, const char *email)
{
    struct uuid known;

    if (is_user(f, id, email) && uuid_parse_text(&known, id))
        uuid_set_add(&f->self, &known);
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct claims_filter *f = self(sink);

    if (!sink_pass_header(sink, manifest, err))
        return false;
    for (size_t i = 0; rules_actor(f->rules) && i < manifest->nshapes; i++) {
        f->shape = &manifest->shapes[i];
        if (f->shape->rows > 0 && claim_of(f->shape->table) == CLAIM_NONE)
            return refuse(f, "rows", err);
    }
    for (size_t i = 0; rules_actor(f->rules) && i < manifest->npeople; i++)
        learn(f, manifest->people[i].id, manifest->people[i].email);
    return true;
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct claims_filter *f = self(sink);

    f->shape = shape;
    f->claim = rules_actor(f->rules) ? claim_of(shape->table) : CLAIM_ANY;
    return sink_pass_table(sink, shape, err);
}

static bool may_come_in(struct claims_filter *f, const struct row *row)
{
    char *id = row_cell_text(row, f->shape, f->claim == CLAIM_KEY ? "user_id" : "id");
    char *email = f->claim == CLAIM_ACCOUNT ? row_cell_text(row, f->shape, "email") : NULL;
    struct uuid user;
    bool ok = id && is_user(f, id, email);

    if (ok && f->claim == CLAIM_ACCOUNT)
        learn(f, id, email);
    else if (id && f->claim == CLAIM_KEY)
        ok = uuid_parse_text(&user, id) && (ok || uuid_set_has(&f->self, &user));
    free(id);
    free(email);
    return ok;
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct claims_filter *f = self(sink);

    if (f->claim == CLAIM_NONE)
        return refuse(f, "rows", err);
    if (f->claim != CLAIM_ANY && !may_come_in(f, given))
        return refuse(f, "somebody else's rows", err);
    return sink_pass_row(sink, given, err);
}

static void free_filter(struct sink *sink)
{
    uuid_set_release(&self(sink)->self);
    free(sink);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = sink_pass_trailer,
    .finish = sink_pass_finish,
    .free = free_filter,
};

struct sink *filter_claims(struct sink *next, struct rules *rules)
{
    struct claims_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->rules = rules;
    return &f->base;
}
