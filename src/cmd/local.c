#include "simulark/cmd/cmd.h"
#include "simulark/pg/instance.h"

#include <stdio.h>

static enum status start(struct cli *cli, struct instance *instance, struct error *err)
{
    bool started = false;

    if (!instance_start(instance, &started, err))
        return err->status;
    cli->result = json_pack("{s:b, s:b, s:s}", "running", 1, "started", started, "url", instance_url(instance));
    tell(cli, started ? "Started the private PostgreSQL in %s." : "The private PostgreSQL in %s runs already.",
         instance_home(instance));
    return STATUS_OK;
}

static enum status stop(struct cli *cli, struct instance *instance, struct error *err)
{
    bool stopped = false;

    if (!instance_stop(instance, &stopped, err))
        return err->status;
    cli->result = json_pack("{s:b, s:b}", "running", 0, "stopped", stopped);
    tell(cli, stopped ? "Stopped the private PostgreSQL in %s." : "The private PostgreSQL in %s did not run.",
         instance_home(instance));
    return STATUS_OK;
}

/* The answer is no (exit 1) where it does not run. */
static enum status status(struct cli *cli, struct instance *instance, struct error *err)
{
    bool running = instance_is_running(instance);

    (void)err;
    cli->result = json_pack("{s:b, s:s, s:s}", "running", running, "home", instance_home(instance), "url",
                            instance_url(instance));
    if (!cli->json)
        printf("%s: %s\n", instance_home(instance), running ? "running" : "not running");
    return running ? STATUS_OK : STATUS_NO;
}

static enum status url(struct cli *cli, struct instance *instance, struct error *err)
{
    (void)err;
    cli->result = json_pack("{s:s}", "url", instance_url(instance));
    if (!cli->json)
        printf("%s\n", instance_url(instance));
    return STATUS_OK;
}

static enum status reset(struct cli *cli, struct instance *instance, struct error *err)
{
    if (!instance_reset(instance, err))
        return err->status;
    cli->result = json_pack("{s:b}", "reset", 1);
    tell(cli, "Deleted the private PostgreSQL in %s and all its data.", instance_home(instance));
    return STATUS_OK;
}

static const struct {
    const char *name;
    enum status (*run)(struct cli *cli, struct instance *instance, struct error *err);
} verbs[] = {{"start", start}, {"stop", stop}, {"status", status}, {"url", url}, {"reset", reset}};

#define VERB_COUNT (sizeof verbs / sizeof *verbs)

static enum status run(struct cli *cli, struct error *err)
{
    const char *verb = cli->arguments.operands[0];
    const char *names[VERB_COUNT + 1] = {NULL};
    const char *near;

    for (size_t i = 0; i < VERB_COUNT; i++) {
        names[i] = verbs[i].name;
        if (strcmp(verb, verbs[i].name) == 0) {
            struct instance *instance = instance_open(NULL, err);
            enum status answer = instance ? verbs[i].run(cli, instance, err) : err->status;

            instance_free(instance);
            return answer;
        }
    }
    near = nearest_word(verb, names);
    error_set(err, STATUS_USAGE, "`simulark local` can start, stop, status, url or reset, not \"%s\".", verb);
    if (near)
        error_hint(err, "Did you mean `simulark local %s`?", near);
    return err->status;
}

static const struct option_spec options[] = {{NULL, 0, NULL, NULL}};

const struct command command_local = {
    .name = "local",
    .operands = "start|stop|status|url|reset",
    .summary = "a private PostgreSQL of your own",
    .about = "A PostgreSQL server that belongs to you alone: its files are in SIMULARK_HOME\n"
             "(default ~/.local/share/simulark), it listens on a Unix socket only, and needs\n"
             "no configuration. It is started on demand where no database is named. status\n"
             "exits with 1 where it does not run; reset deletes all its data.",
    .options = options,
    .examples = "  simulark local start\n"
                "  psql \"$(simulark local url)\"\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
