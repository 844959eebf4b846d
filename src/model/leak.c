#include "simulark/model/leak.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- characters ---- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) != 0 && (unsigned char)c < 0x80;
}

/* ---- keys with a prefix ---- */

enum alphabet {
    ALNUM,  /* letters and digits */
    TOKEN,  /* and - _ */
    DOTTED, /* and . */
    BASE32, /* capitals and digits */
    HEX,    /* lower case */
    SLASHED, /* and / */
};

static bool is_of(enum alphabet alphabet, char c)
{
    switch (alphabet) {
    case ALNUM: return is_letter(c) || is_digit(c);
    case TOKEN: return is_letter(c) || is_digit(c) || c == '-' || c == '_';
    case DOTTED: return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
    case BASE32: return (c >= 'A' && c <= 'Z') || is_digit(c);
    case HEX: return is_digit(c) || (c >= 'a' && c <= 'f');
    case SLASHED: return is_letter(c) || is_digit(c) || c == '/' || c == '_' || c == '-';
    }
    return false;
}

/* From the providers' documentation of their keys' forms. */
static const struct form {
    const char *prefix;
    enum alphabet alphabet;
    size_t least; /* characters behind the prefix */
    const char *kind;
} forms[] = {
    {"AKIA", BASE32, 16, "aws-access-key"},
    {"ASIA", BASE32, 16, "aws-access-key"},
    {"ABIA", BASE32, 16, "aws-access-key"},
    {"sk-ant-", TOKEN, 20, "anthropic-key"},
    {"sk-proj-", TOKEN, 20, "openai-key"},
    {"sk-svcacct-", TOKEN, 20, "openai-key"},
    {"sk-admin-", TOKEN, 20, "openai-key"},
    {"sk-or-v1-", HEX, 32, "openrouter-key"},
    {"sk-", ALNUM, 20, "openai-key"},
    {"gsk_", ALNUM, 40, "groq-key"},
    {"hf_", ALNUM, 30, "hugging-face-token"},
    {"r8_", ALNUM, 30, "replicate-token"},
    {"pplx-", ALNUM, 40, "perplexity-key"},
    {"xai-", ALNUM, 60, "xai-key"},
    {"ghp_", ALNUM, 30, "github-token"},
    {"gho_", ALNUM, 30, "github-token"},
    {"ghu_", ALNUM, 30, "github-token"},
    {"ghs_", ALNUM, 30, "github-token"},
    {"ghr_", ALNUM, 30, "github-token"},
    {"github_pat_", TOKEN, 30, "github-token"},
    {"glpat-", TOKEN, 20, "gitlab-token"},
    {"xoxa-", TOKEN, 10, "slack-token"},
    {"xoxb-", TOKEN, 10, "slack-token"},
    {"xoxe-", TOKEN, 10, "slack-token"},
    {"xoxe.", DOTTED, 20, "slack-token"},
    {"xoxo-", TOKEN, 10, "slack-token"},
    {"xoxp-", TOKEN, 10, "slack-token"},
    {"xoxr-", TOKEN, 10, "slack-token"},
    {"xoxs-", TOKEN, 10, "slack-token"},
    {"xapp-1-", TOKEN, 20, "slack-token"},
    {"hooks.slack.com/services/T", SLASHED, 30, "slack-webhook"},
    {"discord.com/api/webhooks/", SLASHED, 60, "discord-webhook"},
    {"sk_live_", ALNUM, 16, "stripe-key"},
    {"sk_test_", ALNUM, 16, "stripe-key"},
    {"rk_live_", ALNUM, 16, "stripe-key"},
    {"rk_test_", ALNUM, 16, "stripe-key"},
    {"whsec_", ALNUM, 24, "stripe-key"},
    {"AIza", TOKEN, 35, "google-key"},
    {"GOCSPX-", TOKEN, 20, "google-key"},
    {"ya29.", TOKEN, 30, "google-token"},
    {"SG.", DOTTED, 40, "sendgrid-key"},
    {"npm_", ALNUM, 36, "npm-token"},
    {"pypi-AgE", TOKEN, 30, "pypi-token"},
    {"dop_v1_", HEX, 60, "digitalocean-token"},
    {"dapi", HEX, 32, "databricks-token"},
    {"sbp_", HEX, 40, "supabase-key"},
    {"sb_secret_", TOKEN, 20, "supabase-key"},
    {"hvs.", TOKEN, 24, "vault-token"},
    {"shpat_", HEX, 32, "shopify-token"},
    {"shpss_", HEX, 32, "shopify-token"},
    {"lin_api_", ALNUM, 32, "linear-key"},
    {"ntn_", ALNUM, 40, "notion-token"},
    {"dp.pt.", ALNUM, 40, "doppler-token"},
    {"glc_", ALNUM, 40, "grafana-token"},
    {"glsa_", TOKEN, 32, "grafana-token"},
    {"AccountKey=", SLASHED, 40, "azure-key"},
    {"SharedAccessKey=", SLASHED, 40, "azure-key"},
    {"AGE-SECRET-KEY-1", BASE32, 50, "private-key"},
};

/* "xxxxxxxxxxxxxxxx" and "sk_live_0000000000000000" are no keys. */
static bool is_varied(const char *text, size_t len)
{
    bool seen[256] = {false};
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        count += !seen[(unsigned char)text[i]];
        seen[(unsigned char)text[i]] = true;
    }
    return count >= 6;
}

static bool key_at(const char *text, size_t len, size_t at, struct leak *leak)
{
    if (at && is_word(text[at - 1]))
        return false;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct form *form = &forms[i];
        size_t prefix = strlen(form->prefix);
        size_t end = at + prefix;

        if (*form->prefix != text[at] || len - at < prefix || memcmp(text + at, form->prefix, prefix) != 0)
            continue;
        while (end < len && is_of(form->alphabet, text[end]))
            end++;
        if (end - at - prefix < form->least || !is_varied(text + at + prefix, end - at - prefix))
            continue;
        *leak = (struct leak){.kind = form->kind, .at = at, .len = end - at};
        return true;
    }
    return false;
}

/* ---- tokens and blocks ---- */

/* A JSON Web Token (RFC 7519): two parts that begin as {" does in base64, and a signature. */
static bool jwt_at(const char *text, size_t len, size_t at, struct leak *leak)
{
    size_t end = at;

    if (at && is_word(text[at - 1]))
        return false;
    for (int part = 0; part < 3; part++) {
        size_t from = end;

        if (part < 2 && (len - end < 3 || memcmp(text + end, "eyJ", 3) != 0))
            return false;
        while (end < len && is_of(TOKEN, text[end]))
            end++;
        if (end - from < 10 || (part < 2 && (end == len || text[end++] != '.')))
            return false;
    }
    *leak = (struct leak){.kind = "json-web-token", .at = at, .len = end - at};
    return true;
}

/* RFC 7468 and OpenPGP: "-----BEGIN … PRIVATE KEY… -----". */
static bool pem_at(const char *text, size_t len, size_t at, struct leak *leak)
{
    static const char begin[] = "-----BEGIN ";
    static const char wanted[] = "PRIVATE KEY";
    size_t end = at + sizeof begin - 1;

    if (len - at < sizeof begin - 1 || memcmp(text + at, begin, sizeof begin - 1) != 0)
        return false;
    while (end < len && end - at < 100 && ((text[end] >= 'A' && text[end] <= 'Z') || text[end] == ' ' || is_digit(text[end])))
        end++;
    if (!memmem(text + at, end - at, wanted, sizeof wanted - 1))
        return false;
    *leak = (struct leak){.kind = "private-key", .at = at, .len = end - at};
    return true;
}

/* Telegram's bots: "123456789:AA…" */
static bool telegram_at(const char *text, size_t len, size_t at, struct leak *leak)
{
    size_t end = at;
    size_t from;

    if (at && is_word(text[at - 1]))
        return false;
    while (end < len && is_digit(text[end]))
        end++;
    if (end - at < 8 || end - at > 10 || len - end < 3 || memcmp(text + end, ":AA", 3) != 0)
        return false;
    from = end + 1;
    for (end = from; end < len && is_of(TOKEN, text[end]);)
        end++;
    if (end - from != 35)
        return false;
    *leak = (struct leak){.kind = "telegram-token", .at = at, .len = end - at};
    return true;
}

/* ---- passwords ---- */

/* What stands for a value that somebody will fill in, or that a program finds. */
static bool is_placeholder(const char *text, size_t len)
{
    static const char *const words[] = {"password", "passwd",  "pass",     "pwd",    "secret",  "token",  "string",
                                        "text",     "required", "optional", "hidden", "none",    "null",   "undefined",
                                        "true",     "false",    "changeme", "change-me", "example", "redacted", "your-password",
                                        "your_password", "yourpassword", "mypassword", "bearer", "basic", "number", "boolean"};
    static const char *const beginnings[] = {"your", "test", "demo", "dummy", "sample", "env.", "process.", "os."};

    if (len < 4 || strchr("<{$[%*(&:#", *text))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && strncasecmp(words[i], text, len) == 0)
            return true;
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strlen(beginnings[i]) <= len && strncasecmp(text, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    for (size_t i = 1; i < len; i++)
        if (text[i] != text[0])
            return false;
    return true;
}

/* scheme://user:password@host */
static bool url_at(const char *text, size_t len, size_t at, struct leak *leak)
{
    size_t user = at + 3;
    size_t colon = user;
    size_t end;
    size_t scheme = at;

    if (len - at < 6 || memcmp(text + at, "://", 3) != 0)
        return false;
    while (scheme && (is_word(text[scheme - 1]) || text[scheme - 1] == '+' || text[scheme - 1] == '-'))
        scheme--;
    while (colon < len && !strchr(":/@?#\"'`<> \t\r\n", text[colon]))
        colon++;
    if (scheme == at || colon == len || text[colon] != ':')
        return false;
    for (end = colon + 1; end < len && !strchr("/@?#\"'` \t\r\n", text[end]);)
        end++;
    if (end == len || text[end] != '@' || end == colon + 1)
        return false;
    if (strchr("<{$[%*", text[colon + 1]) || memchr(text + colon + 1, '*', end - colon - 1))
        return false;
    for (size_t i = colon + 1; i < end && (text[i] == 'x' || text[i] == 'X' || text[i] == '.'); i++)
        if (i + 1 == end)
            return false;
    *leak = (struct leak){.kind = "password-in-url", .at = scheme, .len = end - scheme};
    return true;
}

static bool is_mixed(const char *text, size_t len)
{
    bool letter = false;
    bool digit = false;

    for (size_t i = 0; i < len; i++) {
        letter |= is_letter(text[i]);
        digit |= is_digit(text[i]);
    }
    return letter && digit;
}

enum naming { NAMES_NOTHING, NAMES_PASSWORD, NAMES_KEY };

/* What a name promises of its value: "dbPassword", "API_KEY", "client-secret". */
static enum naming naming_of(const char *name, size_t len)
{
    static const struct {
        const char *ending;
        enum naming naming;
    } endings[] = {
        {"password", NAMES_PASSWORD}, {"passwd", NAMES_PASSWORD}, {"passphrase", NAMES_PASSWORD}, {"pwd", NAMES_PASSWORD},
        {"apikey", NAMES_KEY}, {"secretkey", NAMES_KEY}, {"accesskey", NAMES_KEY}, {"privatekey", NAMES_KEY},
        {"secret", NAMES_KEY}, {"accesstoken", NAMES_KEY}, {"authtoken", NAMES_KEY}, {"refreshtoken", NAMES_KEY},
        {"bearertoken", NAMES_KEY}, {"apitoken", NAMES_KEY}, {"bottoken", NAMES_KEY}, {"secretaccesskey", NAMES_KEY},
        {"encryptionkey", NAMES_KEY}, {"signingkey", NAMES_KEY},
    };
    char plain[64] = {0};
    size_t used = 0;

    for (size_t i = 0; i < len && used < sizeof plain; i++)
        if (is_letter(name[i]) || is_digit(name[i]))
            plain[used++] = (char)tolower((unsigned char)name[i]);
    used -= used > 1 && plain[used - 1] == 's'; /* of several */
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i].ending);

        if (used >= n && memcmp(plain + used - n, endings[i].ending, n) == 0)
            return endings[i].naming;
    }
    return used == 5 && memcmp(plain, "token", 5) == 0 ? NAMES_KEY : NAMES_NOTHING;
}

/* Whether text can be the value of such a name: one word, no placeholder, and for keys like one drawn by a machine. */
static bool is_value(enum naming naming, const char *text, size_t len)
{
    if (naming == NAMES_NOTHING || is_placeholder(text, len) || len > 500)
        return false;
    for (size_t i = 0; i < len; i++)
        if (isspace((unsigned char)text[i]) || (unsigned char)text[i] >= 0x80)
            return false;
    if (naming == NAMES_PASSWORD)
        return true;
    return len >= 12 && is_mixed(text, len) && is_varied(text, len) && !memmem(text, len, "://", 3);
}

bool leak_named(const char *name, size_t name_len, const char *value, size_t len, struct leak *leak)
{
    enum naming naming = naming_of(name, name_len);

    if (!is_value(naming, value, len))
        return false;
    *leak = (struct leak){.kind = naming == NAMES_PASSWORD ? "password" : "key-or-token", .at = 0, .len = len};
    return true;
}

/* name=value, name: "value" and the like, in text. Where the value is not in quotes it must look like no code and no word. */
static bool assignment_at(const char *text, size_t len, size_t at, struct leak *leak)
{
    size_t name = at;
    size_t from = at + 1;
    size_t end;
    char quote = '\0';
    enum naming naming;

    if (from < len && (text[from] == '=' || text[from] == '>'))
        return false;
    while (name && (text[name - 1] == ' ' || text[name - 1] == '"' || text[name - 1] == '\''))
        name--;
    end = name;
    while (name && end - name < 60 && (is_word(text[name - 1]) || text[name - 1] == '-'))
        name--;
    naming = naming_of(text + name, end - name);
    if (naming == NAMES_NOTHING)
        return false;
    while (from < len && text[from] == ' ')
        from++;
    if (from < len && (text[from] == '"' || text[from] == '\''))
        quote = text[from++];
    for (end = from; end < len && (quote ? text[end] != quote : !strchr(" \t\r\n,;&\"'`|", text[end])) && text[end] != '\n';)
        end++;
    if (quote && end == len)
        return false;
    if (!is_value(naming, text + from, end - from))
        return false;
    if (!quote && (!is_mixed(text + from, end - from) || memchr(text + from, '(', end - from) ||
                   memchr(text + from, '[', end - from) || (text[at] == ':' && end - from < 8)))
        return false;
    *leak = (struct leak){.kind = naming == NAMES_PASSWORD ? "password" : "key-or-token", .at = name, .len = end - name};
    return true;
}

/* "Bearer …" and "Basic …", as in a header Authorization (RFC 6750, RFC 7617). */
static bool authorization_at(const char *text, size_t len, size_t at, struct leak *leak)
{
    static const char *const schemes[] = {"bearer ", "basic "};
    size_t from = 0;
    size_t end;

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes && !from; i++) {
        size_t n = strlen(schemes[i]);

        if (len - at > n && strncasecmp(text + at, schemes[i], n) == 0)
            from = at + n;
    }
    if (!from || (at && is_word(text[at - 1])))
        return false;
    for (end = from; end < len && (is_word(text[end]) || strchr("-._~+/=", text[end]));)
        end++;
    if (end - from < 16 || is_placeholder(text + from, end - from) || !is_mixed(text + from, end - from) ||
        !is_varied(text + from, end - from))
        return false;
    *leak = (struct leak){.kind = "authorization", .at = at, .len = end - at};
    return true;
}

bool leak_find(const char *text, size_t len, size_t from, struct leak *leak)
{
    for (size_t at = from; at < len; at++) {
        char c = text[at];
        bool found;

        if (c == ':')
            found = url_at(text, len, at, leak) || assignment_at(text, len, at, leak);
        else if (c == '=')
            found = assignment_at(text, len, at, leak);
        else if (c == '-')
            found = pem_at(text, len, at, leak);
        else if (is_digit(c))
            found = telegram_at(text, len, at, leak);
        else
            found = is_letter(c) && ((c == 'e' && jwt_at(text, len, at, leak)) || key_at(text, len, at, leak) ||
                                     ((c == 'b' || c == 'B') && authorization_at(text, len, at, leak)));
        if (found)
            return true;
    }
    return false;
}

/* ---- e-mail addresses ---- */

static bool is_local(char c)
{
    return is_word(c) || c == '.' || c == '+' || c == '-' || c == '%';
}

static bool ends_with(const char *text, size_t len, const char *ending)
{
    size_t n = strlen(ending);

    return len >= n && strncasecmp(text + len - n, ending, n) == 0 && (len == n || text[len - n - 1] == '.' || *ending == '.');
}

static bool is_example(const char *domain, size_t len)
{
    static const char *const names[] = {"example.com", "example.org", "example.net", ".example", ".test", ".invalid",
                                        ".localhost", ".local", ".internal"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ends_with(domain, len, names[i]))
            return true;
    return false;
}

bool leak_find_email(const char *text, size_t len, size_t from, size_t *at, size_t *email_len)
{
    for (const char *p = from < len ? memchr(text + from, '@', len - from) : NULL; p;
         p = memchr(p + 1, '@', len - (size_t)(p + 1 - text))) {
        size_t sign = (size_t)(p - text);
        size_t start = sign;
        size_t end = sign + 1;
        size_t dot = 0;

        while (start && is_local(text[start - 1]))
            start--;
        while (end < len && (is_letter(text[end]) || is_digit(text[end]) || text[end] == '-' || text[end] == '.'))
            end++;
        while (end > sign + 1 && (text[end - 1] == '.' || text[end - 1] == '-'))
            end--;
        for (size_t i = sign + 1; i < end; i++)
            if (text[i] == '.')
                dot = i;
        if (start == sign || !dot || end - dot < 3 || dot == sign + 1 || !is_letter(text[end - 1]) ||
            is_example(text + sign + 1, end - sign - 1))
            continue;
        *at = start;
        *email_len = end - start;
        return true;
    }
    return false;
}
