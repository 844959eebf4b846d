#include "import_options.h"

#include "simulark/base/interrupt.h"

/* The rules' state is that of one import; what was asked of them stays. */
static void renew_rules(struct rules *rules)
{
    const struct rules_options options = rules->options;

    rules_release(rules);
    rules->options = options;
}

static void tell_parcel(const struct cli *cli, const struct import_report *one)
{
    bool wrote = import_report_wrote(one);
    const struct unit *project = NULL;

    for (size_t i = 0; i < one->nunits; i++)
        if (table_is(one->units[i].table, "projects"))
            project = &one->units[i];
    if (project && wrote)
        tell(cli, "Committed: project \"%s\" %s, receipt %s", project->name, unit_action_name(project->action), one->receipt);
    else if (project && cli->verbose)
        tell(cli, "Committed: project \"%s\" %s", project->name, unit_action_name(project->action));
    else if (wrote)
        tell(cli, "Committed: what belongs to no project, receipt %s", one->receipt);
}

static bool import_one(const struct cli *cli, struct import_choices *choices, size_t number, struct import_report *done,
                       struct error *err)
{
    struct import_report one = {0};
    struct source *source = source_parcel(choices->parcels);
    struct sink *sink = import_sink(choices, &one);
    bool ok = stream_run(source, sink, err);

    if (ok) {
        tell_parcel(cli, &one);
        import_report_add(done, &one);
    } else {
        done->refusal = one.refusal;
        done->refusal.parcel = number;
        one.refusal = (struct refusal){0};
    }
    sink_free(sink);
    source_free(source);
    import_report_release(&one);
    return ok;
}

bool import_parcels(const struct cli *cli, struct import_choices *choices, struct import_report *done, struct error *err)
{
    size_t count = choices->parcels ? parcels_count(choices->parcels) : 0;

    for (size_t i = 0; i < count; i++) {
        if (i)
            renew_rules(&choices->rules);
        if (import_one(cli, choices, i, done, err)) {
            interrupt_note_kept(i + 1 < count ? KEPT_PARTS : KEPT_ALL);
            continue;
        }
        if (i)
            error_detail(err, "what belongs to no project and %zu of %zu projects are committed and stay; the same command with "
                              "--on-conflict skip goes on from there", i - 1, count - 1);
        return false;
    }
    return true;
}

struct sink *import_last(struct import_choices *choices, struct import_report *done, struct progress_line *line)
{
    if (!choices->options.parcel)
        return import_sink(choices, done);
    line->verb = "Reading"; /* what is read is not sent yet */
    line->undone = NULL;
    choices->parcels = parcels_new();
    return sink_parcels(choices->parcels);
}
