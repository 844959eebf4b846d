#include "simulark/base/json_text.h"
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

    if (!instance_is_ours(instance, err))
        return err->status;
    cli->result = json_pack("{s:b, s:o, s:s}", "running", running, "home", text_to_json(instance_home(instance)), "url",
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
    bool deleted = false;

    if (!instance_reset(instance, &deleted, err))
        return err->status;
    cli->result = json_pack("{s:b, s:b}", "reset", 1, "deleted", deleted);
    tell(cli, deleted ? "Deleted the private PostgreSQL in %s and all its data." : "There is no private PostgreSQL in %s.",
         instance_home(instance));
    return STATUS_OK;
}

static enum status with_instance(struct cli *cli, struct error *err,
                                 enum status (*act)(struct cli *cli, struct instance *instance, struct error *err))
{
    struct instance *instance = instance_open(NULL, err);
    enum status answer = instance ? act(cli, instance, err) : err->status;

    instance_free(instance);
    return answer;
}

static enum status run_start(struct cli *cli, struct error *err)
{
    return with_instance(cli, err, start);
}

static enum status run_stop(struct cli *cli, struct error *err)
{
    return with_instance(cli, err, stop);
}

static enum status run_status(struct cli *cli, struct error *err)
{
    return with_instance(cli, err, status);
}

static enum status run_url(struct cli *cli, struct error *err)
{
    return with_instance(cli, err, url);
}

static enum status run_reset(struct cli *cli, struct error *err)
{
    return with_instance(cli, err, reset);
}

#define WORD(word, does, more)                                                                                                 \
    static const struct command word##_word = {                                                                                \
        .name = "local " #word,                                                                                                \
        .operands = "",                                                                                                        \
        .summary = does,                                                                                                       \
        .about = more,                                                                                                         \
        .examples = "  simulark local " #word "\n",                                                                            \
        .offline = true,                                                                                                       \
        .names_databases = true,                                                                                               \
        .run = run_##word,                                                                                                     \
    }

WORD(start, "start it", "Starts the private PostgreSQL, and makes it with its tables the first time.");
WORD(stop, "stop it", "Stops the private PostgreSQL; its data stay.");
WORD(status, "whether it runs", "Exits with 1 where it does not run.");
WORD(url, "its address, for psql and others", "Prints a libpq URI.");
WORD(reset, "delete it and all its data", "Stops the private PostgreSQL and deletes all its data.");

static const struct command *const words[] = {&start_word, &stop_word, &status_word, &url_word, &reset_word, NULL};

const struct command command_local = {
    .name = "local",
    .operands = "start|stop|status|url|reset",
    .summary = "a private PostgreSQL of your own",
    .about = "A PostgreSQL server that belongs to you alone: its files are in SIMULARK_HOME\n"
             "(default ~/.local/share/simulark), it listens on a Unix socket only, and needs\n"
             "no configuration. It is started on demand where no database is named.",
    .examples = "  simulark local start\n"
                "  psql \"$(simulark local url)\"\n",
    .offline = true,
    .words = words,
};
