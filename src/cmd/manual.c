/* Pages for man, in roff's man macros: made from the tables that help is made from, so they cannot drift from the program. */
#include "simulark/base/utf8.h"
#include "simulark/cmd/cmd.h"

#include <ctype.h>
#include <time.h>

/* The one list of the exit statuses' meanings for people. */
static const struct {
    const char *status;
    const char *meaning;
} exit_statuses[] = {
    {"0", "done, or no difference"},
    {"1", "the answer is no: differences, findings, drift"},
    {"2", "the command line is wrong"},
    {"3", "the bundle is malformed, damaged, unsafe, of an unknown version, wrongly signed or cannot be decrypted; or the server "
          "refuses a row's content"},
    {"4", "the database cannot be reached or refused a statement"},
    {"5", "conflict: already there, changed since, a user who cannot be matched, a name that matches nothing or several, a "
          "target without a table or column that the bundle needs"},
    {"6", "refused by a tier, premium or ownership rule"},
    {"7", "a file cannot be read or written, or one of keys, passphrases or users is not what it should be"},
    {"8", "an internal error"},
    {"130, 143", "interrupted"},
};

static const struct {
    const char *name;
    const char *meaning;
} variables[] = {
    {"SIMULARK_DATABASE_URL", "the database, where --dbname names none; before DATABASE_URL"},
    {"DATABASE_URL", "the same, after SIMULARK_DATABASE_URL and before libpq's variables"},
    {"PGHOST, PGSERVICE, PGPASSWORD …", "what libpq knows: see the PostgreSQL manual"},
    {"SIMULARK_HOME", "where the private local instance lives (default $XDG_DATA_HOME/simulark, which is "
                      "~/.local/share/simulark)"},
    {"SOURCE_DATE_EPOCH", "seconds since 1970: fixes created_at, so that the same rows give the same bytes"},
    {"TMPDIR", "where scratch files go"},
    {"NO_COLOR", "no colours, even on a terminal"},
};

/* ---- roff ---- */

#define LINE 60 /* bytes after which a line of prose is broken */

/* Appends one character so that roff prints it as it is. */
static void append_character(struct buffer *out, const char *text, size_t len)
{
    static const struct {
        char character;
        const char *roff;
    } special[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'~', "\\(ti"}, {'^', "\\(ha"}};

    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (*text == special[i].character) {
            buffer_text(out, special[i].roff);
            return;
        }
    if (len > 1)
        buffer_printf(out, "\\[u%04X]", (unsigned)utf8_decode(text, &len));
    else
        buffer_byte(out, *text);
}

/* Appends text, of prose in short lines; what stands between `backquotes` comes out bold. */
static void append_text(struct buffer *out, const char *text, size_t len, bool prose)
{
    size_t line = out->len;
    bool bold = false;

    for (size_t i = 0, used; i < len; i += used) {
        used = utf8_length(text + i, len - i);
        used += !used;
        if (out->len == line && (text[i] == '.' || text[i] == '\''))
            buffer_text(out, "\\&");
        if (text[i] == '`') {
            bold = !bold;
            buffer_text(out, bold ? "\\fB" : "\\fR");
        } else if (prose && (text[i] == '\n' || (text[i] == ' ' && out->len - line > LINE))) {
            buffer_byte(out, '\n');
            line = out->len;
        } else {
            append_character(out, text + i, used);
        }
    }
    if (bold)
        buffer_text(out, "\\fR");
}

static void append_string(struct buffer *out, const char *text)
{
    append_text(out, text, strlen(text), true);
}

/* ".TH SIMULARK-EXPORT 1 2026-01-31 …"; the date is SOURCE_DATE_EPOCH's. */
static void append_title(struct buffer *out, const struct command *command)
{
    struct error ignored = ERROR_INIT;
    struct tm day = {0};
    int64_t epoch;
    time_t seconds;
    char date[16] = "";

    if (source_date_epoch(&epoch, &ignored) && epoch >= 0) {
        seconds = (time_t)epoch;
        gmtime_r(&seconds, &day);
        strftime(date, sizeof date, "%Y-%m-%d", &day);
    }
    error_release(&ignored);
    buffer_text(out, ".TH SIMULARK");
    if (command)
        buffer_byte(out, '-');
    for (const char *p = command ? command->name : ""; *p; p++)
        buffer_byte(out, (char)toupper((unsigned char)*p));
    buffer_printf(out, " 1 \"%s\" \"simulark %s\" \"Simulark\"\n", date, SIMULARK_VERSION);
}

static void append_tagged(struct buffer *out, const char *tag, const char *text)
{
    buffer_text(out, ".TP\n\\fB");
    append_string(out, tag);
    buffer_text(out, "\\fR\n");
    append_string(out, text);
    buffer_byte(out, '\n');
}

/* Lines as they are, without their two leading blanks. */
static void append_verbatim(struct buffer *out, const char *text, size_t len)
{
    buffer_text(out, ".RS 4\n.nf\n");
    for (size_t i = 0; i < len;) {
        size_t line = strcspn(text + i, "\n");
        size_t blanks = strspn(text + i, " ");

        append_text(out, text + i + (blanks < 2 ? blanks : 2), line - (blanks < 2 ? blanks : 2), false);
        buffer_byte(out, '\n');
        i += line + 1;
    }
    buffer_text(out, ".fi\n.RE\n");
}

static void append_paragraphs(struct buffer *out, const char *text)
{
    for (bool first = true; *text; first = false) {
        bool verbatim = *text == ' ';
        size_t len = 0;

        if (*text == '\n') {
            text++;
            continue;
        }
        while (text[len] && text[len] != '\n' && (text[len] == ' ') == verbatim) {
            len += strcspn(text + len, "\n");
            len += text[len] == '\n';
        }
        if (!first)
            buffer_text(out, ".PP\n");
        if (verbatim) {
            append_verbatim(out, text, len);
        } else {
            append_text(out, text, len, true);
            if (out->data[out->len - 1] != '\n')
                buffer_byte(out, '\n');
        }
        text += len;
    }
}

static void append_options(struct buffer *out, const struct option_spec *specs)
{
    for (const struct option_spec *spec = specs; spec && spec->name; spec++) {
        if (option_is_heading(spec)) {
            buffer_text(out, ".SS ");
            append_string(out, spec->help);
            buffer_byte(out, '\n');
            continue;
        }
        buffer_text(out, ".TP\n");
        if (spec->letter)
            buffer_printf(out, "\\fB\\-%c\\fR, ", spec->letter);
        buffer_text(out, "\\fB\\-\\-");
        append_string(out, spec->name);
        buffer_text(out, "\\fR");
        if (spec->argument) {
            buffer_text(out, " \\fI");
            append_string(out, spec->argument);
            buffer_text(out, "\\fR");
        }
        buffer_byte(out, '\n');
        append_string(out, spec->help);
        buffer_byte(out, '\n');
    }
}

/* The program's (command NULL) and a family's are those of all its commands. */
static void append_common_options(struct buffer *out, const struct command *command)
{
    if (!command || (command->words && !command->offline))
        append_string(out, "Every command takes these; those about the database, where it asks one that nothing else names.\n");
    append_options(out, common_options_of(command));
}

static void append_see_also(struct buffer *out, const struct command *command)
{
    buffer_text(out, ".SH SEE ALSO\n");
    if (command)
        buffer_text(out, ".BR simulark (1),\n");
    for (size_t i = 0; !command && commands[i]; i++)
        if (commands[i]->summary)
            buffer_printf(out, ".BR simulark\\-%s (1),\n", commands[i]->name);
    buffer_text(out, ".BR simulark\\-bundle (5),\n.BR simulark\\-templates (7),\n"
                     ".BR simulark\\-tiers (7)\n");
}

/* ---- pages ---- */

static void program_page(struct buffer *out)
{
    const char *group = NULL;

    buffer_text(out, ".SH NAME\nsimulark \\- carries Simulark projects out of PostgreSQL and back\n"
                     ".SH SYNOPSIS\n.B simulark\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR] ...\n.SH DESCRIPTION\n");
    append_paragraphs(out,
                      "Simulark is an application in which people draw and simulate software architectures. `simulark` carries "
                      "its projects, accounts and whole instances out of PostgreSQL into portable bundles, checks, compares, "
                      "converts and draws those bundles, and brings them back: from one snapshot, in one transaction, to the "
                      "last byte.\n");
    buffer_text(out, ".SH COMMANDS\n");
    for (size_t i = 0; commands[i]; i++) {
        if (!commands[i]->summary)
            continue;
        if (commands[i]->group && commands[i]->group != group) {
            group = commands[i]->group;
            buffer_printf(out, ".SS %s\n", group);
        }
        buffer_printf(out, ".TP\n.BR simulark\\-%s (1)\n", commands[i]->name);
        append_string(out, commands[i]->summary);
        buffer_byte(out, '\n');
    }
    buffer_text(out, ".SH OPTIONS\n");
    append_common_options(out, NULL);
    buffer_text(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < sizeof exit_statuses / sizeof *exit_statuses; i++)
        append_tagged(out, exit_statuses[i].status, exit_statuses[i].meaning);
    buffer_text(out, ".SH ENVIRONMENT\n");
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        append_tagged(out, variables[i].name, variables[i].meaning);
    buffer_text(out, ".SH EXAMPLES\n");
    append_verbatim(out, "  simulark export --project 'Online shop' -o shop.ark\n  simulark import shop.ark\n",
                    strlen("  simulark export --project 'Online shop' -o shop.ark\n  simulark import shop.ark\n"));
}

static void append_examples(struct buffer *out, const struct command *command)
{
    append_verbatim(out, command->examples, strlen(command->examples));
}

static void append_synopsis(struct buffer *out, const struct command *command)
{
    buffer_printf(out, ".B simulark %s\n[\\fIOPTIONS\\fR]", command->name);
    if (*command->operands)
        buffer_byte(out, ' ');
    append_string(out, command->operands);
    buffer_byte(out, '\n');
}

/* The words behind a command, each with everything of its own. */
static void append_words(struct buffer *out, const struct command *family)
{
    for (size_t i = 0; family->words[i]; i++) {
        const struct command *word = family->words[i];

        buffer_printf(out, ".SH simulark %s\n", word->name);
        append_synopsis(out, word);
        buffer_text(out, ".PP\n");
        append_paragraphs(out, word->about);
        append_options(out, word->options);
        buffer_text(out, ".SS Examples\n");
        append_examples(out, word);
    }
}

static void command_page(struct buffer *out, const struct command *command)
{
    buffer_printf(out, ".SH NAME\nsimulark\\-%s \\- ", command->name);
    append_string(out, command->summary);
    buffer_text(out, "\n.SH SYNOPSIS\n");
    for (size_t i = 0; command->words && command->words[i]; i++) {
        buffer_text(out, i ? ".br\n" : "");
        append_synopsis(out, command->words[i]);
    }
    if (!command->words)
        append_synopsis(out, command);
    buffer_text(out, ".SH DESCRIPTION\n");
    append_paragraphs(out, command->about);
    if (command->words)
        append_words(out, command);
    buffer_printf(out, ".SH %s\n", command->words ? "OPTIONS OF EVERY COMMAND" : "OPTIONS");
    append_options(out, command->options);
    append_common_options(out, command);
    buffer_text(out, ".SH EXIT STATUS\nSee\n.BR simulark (1).\n.SH EXAMPLES\n");
    append_examples(out, command);
}

void manual_page(struct buffer *out, const struct command *command)
{
    append_title(out, command);
    if (command)
        command_page(out, command);
    else
        program_page(out);
    append_see_also(out, command);
}
