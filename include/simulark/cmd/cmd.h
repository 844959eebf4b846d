/* Commands: one file each. A command reads its options, builds a pipeline, and tells what it did.
 *
 * To add one: write src/cmd/NAME.c with a `const struct command command_NAME`, declare it below, and put it into the table in
 * src/cmd/commands.c. Its options are data; help is made from them. A test compares help, manual and README.
 *
 * A command may be a family (`schema`, `template`): then it has words, which are commands with options and examples of their
 * own, and does nothing itself. */
#ifndef SIMULARK_CMD_CMD_H
#define SIMULARK_CMD_CMD_H

#include "simulark/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One option, or the heading of those that follow. */
struct option_spec {
    const char *name;     /* without the dashes; "": a heading */
    char letter;          /* or 0 */
    const char *argument; /* what it takes: "PATH", or the words to choose from: "keep|new"; NULL: nothing */
    const char *help;     /* a phrase; of any length, help folds it */
};

#define OPTION_GROUP(title) {"", 0, NULL, title}
#define SCHEMA_OPTION {"schema", 0, "NAME", "PostgreSQL schema of the tables (default public)"}

static inline bool option_is_heading(const struct option_spec *spec)
{
    return !*spec->name;
}

/* What the command line said. */
struct arguments {
    const struct option_spec *specs[2]; /* the command's own, and the common ones; each ends with a name of NULL */
    struct given {
        const struct option_spec *spec;
        const char *value;
    } *given;
    size_t ngiven;
    const char **operands;
    size_t noperands;
};

bool argument_given(const struct arguments *a, const char *option);
const char *argument_value(const struct arguments *a, const char *option); /* the last one; NULL where not given */
/* All values of a repeatable option, in order; the caller frees the list, not the texts. */
const char **argument_values(const struct arguments *a, const char *option, size_t *count);
/* The place of the value in a NULL-ended list of words; `otherwise` where the option was not given; -1 and *err for another. */
int argument_choice(const struct arguments *a, const char *option, const char *const *words, int otherwise,
                    struct error *err);
/* The place of an operand that is there in the words, as above. */
int operand_choice(const struct arguments *a, size_t operand, const char *const *words, struct error *err);

/* The option of that name in the tables; NULL where there is none. */
const struct option_spec *option_named(const struct arguments *a, const char *name, size_t len);
/* The option whose value is the next word, as in "--output" and "-qo"; NULL where the word is no such option. */
const struct option_spec *option_awaiting_value(const struct arguments *a, const char *word);

/* How many words before the command are common options and their values. */
size_t arguments_before_command(int argc, char **argv);
bool arguments_parse(struct arguments *a, int argc, char **argv, struct error *err);
void arguments_release(struct arguments *a);

extern const struct option_spec common_options[];
struct command;
/* Those of them that mean something to a command (NULL: the program): one that asks no database, or names it in its own way, is
 * not told which. */
const struct option_spec *common_options_of(const struct command *command);
/* Those that it takes: all, so that scripts may add them to every command, but where another database could be meant. */
const struct option_spec *common_options_taken(const struct command *command);

/* How this run talks to people. */
struct cli {
    struct arguments arguments;
    bool quiet, verbose, json;
    bool color;                                                        /* on stdout */
    enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER } progress;
    json_t *result; /* what --json prints on stdout once all went well */
};

struct command {
    const char *name;     /* as it is called: "export", "schema apply" */
    const char *group;    /* the heading it stands under in the overview; NULL: that of the command before */
    const char *operands; /* in usage: "IN OUT"; words to choose from: "bash|zsh|fish" */
    const char *summary;  /* one line, lower case; NULL: for programs, not shown */
    const char *about;    /* paragraphs; help folds them, but for lines that begin with a blank */
    const struct option_spec *options; /* ends with a name of NULL; NULL: none of its own */
    const char *examples; /* two lines or more, each begun by two blanks; of a word, one at least */
    size_t min_operands, max_operands;
    bool offline;         /* it asks no database; of a family: none of its words does */
    bool names_databases; /* which database, and which schema of it, is told in a way of its own, or is the private one's */
    const struct command *const *words; /* of a family, NULL-ended; such a command has no operands, options and run */
    /* Returns STATUS_OK, STATUS_NO where the answer is no, or err->status. */
    enum status (*run)(struct cli *cli, struct error *err);
};

extern const struct command command_diff;
extern const struct command command_convert;
extern const struct command command_export;
extern const struct command command_complete;
extern const struct command command_completion;
extern const struct command command_help;
extern const struct command command_import;
extern const struct command command_inspect;
extern const struct command command_keygen;
extern const struct command command_local;
extern const struct command command_render;
extern const struct command command_schema;
extern const struct command command_tier;
extern const struct command command_sign;
extern const struct command command_undo;
extern const struct command command_verify;
extern const struct command command_template;
extern const struct command command_transfer;

extern const struct command *const commands[]; /* NULL-ended, in the order of help */
/* The command of this name, which is one word, in a list. NULL and *err, which proposes the nearest, where there is none;
 * family: whose words these are, or NULL. */
const struct command *command_find(const struct command *const *list, const struct command *family, const char *word,
                                   struct error *err);
/* The last word of its name. */
const char *command_word(const struct command *command);
/* Takes the words that name the command off words. *command stays NULL where there are none, and may be a family where the word
 * behind it is missing. */
bool command_take(int *count, char **words, const struct command **command, struct error *err);

/* ---- help ---- */

#define HELP_WIDTH 80

/* The program's help (command NULL), or a command's. */
void help_page(struct buffer *out, const struct command *command);
/* The same as pages for man, in roff: the program's (command NULL), or a command's. */
void manual_page(struct buffer *out, const struct command *command);

/* ---- telling ---- */

/* What follows prints one line; whatever the data holds, no character in it moves the cursor, starts an escape sequence or turns
 * the direction of text. say goes to stdout; tell to stderr, unless --quiet or --json; tell_always to stderr. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tell(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tell_always(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Appends a character (given also as its UTF-8) so that it can do a terminal no harm. */
void show_character(struct buffer *out, uint32_t c, const char *text, size_t len);
/* "1,234" */
const char *with_commas(int64_t number, char text[32]);
/* "12.3 KiB" */
const char *human_bytes(int64_t bytes, char text[32]);
/* Rows per table, a line each; rows[] is by table index, negative ones are left out. */
void tell_rows(const struct cli *cli, const int64_t *rows);
/* Whether an export is in the audit log of the database it came from: a field of cli->result, and a note where it is not.
 * problem: why not; not set: there is no such table. */
void tell_audited(struct cli *cli, bool audited, struct error *problem);

/* What messages call the place something is written to: "-" is standard output. */
const char *output_place(const char *path);
/* --json and what goes to path cannot both be written to standard output. */
bool check_output(const struct cli *cli, const char *path, struct error *err);

/* Files of a directory that are none of a bundle's: a NULL-ended list, or NULL. */
void tell_ignored(const struct cli *cli, const char *path, const char *const *ignored);

/* Progress of one pipeline on stderr, on a terminal only (or as --progress says). */
struct progress_line {
    const struct cli *cli;
    const char *verb;   /* "Exporting" */
    const char *undone; /* what becomes of rows when somebody interrupts: "sent, and are rolled back"; NULL: nothing */
    int64_t rows;       /* that went by so far */
    int64_t began;      /* milliseconds of the clock when the header came */
    int64_t shown;      /* when something was shown last */
    bool moves;         /* a line stands there that is to be wiped away */
};

struct progress;
void progress_tick(void *line, const struct progress *progress);
/* Wipes the line away; where the run was interrupted, says what became of the rows. */
void progress_end(struct progress_line *line, struct error *err);

/* ---- the database ---- */

struct pg;

/* Opens what --dbname, the environment, or in their absence the private local instance say. */
struct pg *cli_database(const struct cli *cli, struct error *err);
/* The same without a word and without starting anything: conninfo, where it is not NULL; NULL where nothing runs. */
struct pg *cli_database_that_runs(const struct cli *cli, const char *conninfo, struct error *err);

struct rules;

/* After a failure: notes a refusal in the audit log; where that cannot be, the error says so. */
void note_refusal(struct rules *rules, struct error *err);

/* SOURCE_DATE_EPOCH, or -1. False and *err where it is no number. */
bool source_date_epoch(int64_t *epoch, struct error *err);

#endif
