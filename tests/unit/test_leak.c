/* What looks like a secret and what does not. No secret here is one: they have the forms of their providers' keys only, and are
 * written in pieces so that no scanner of repositories takes them for real ones. */
#include "simulark/model/leak.h"

#include <check.h>
#include <string.h>

Suite *leak_suite(void);

static const struct {
    const char *text;
    const char *kind; /* NULL: none */
} cases[] = {
    {"key AKIA" "IOSFODNN7EXAMPLE here", "aws-access-key"},
    {"AKIA" "IOSFODNN7", NULL},
    {"XAKIA" "IOSFODNN7EXAMPLE", NULL},
    {"sk-" "abcdefghijklmnopqrstuvwx", "openai-key"},
    {"sk-" "proj-Ab3dEf6hIj9kLm2nOp5q", "openai-key"},
    {"sk-xxxxxxxxxxxxxxxxxxxxxxxx", NULL},
    {"the risk-assessmentandmanagementtool", NULL},
    {"sk-learn", NULL},
    {"sk-" "ant-api03-Ab3dEf6hIj9kLm2nOp5qRs8t", "anthropic-key"},
    {"ghp_" "0123456789abcdefABCDEF0123456789abcd", "github-token"},
    {"github_pat_" "11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz", "github-token"},
    {"glpat-" "abcdefgh1234567890ij", "gitlab-token"},
    {"xoxb-" "123456789012-abcdefABCDEF", "slack-token"},
    {"https://hooks.slack.com/services/" "T00000000/B00000000/abcdefghijklmnopqrstuvwx", "slack-webhook"},
    {"sk_live_" "51Habcdefghijklmnop", "stripe-key"},
    {"pk_live_51Habcdefghijklmnop", NULL},
    {"AIza" "SyA-1234567890abcdefghijklmnopqrstu", "google-key"},
    {"eyJhbGciOiJIUzI1NiJ9." "eyJzdWIiOiIxMjM0In0." "dBjftJeZ4CVP-mB92K27uh", "json-web-token"},
    {"eyJhbGciOiJIUzI1NiJ9", NULL},
    {"-----BEGIN " "RSA PRIVATE KEY-----\nMIIE", "private-key"},
    {"-----BEGIN OPENSSH " "PRIVATE KEY-----", "private-key"},
    {"-----BEGIN PGP " "PRIVATE KEY BLOCK-----", "private-key"},
    {"-----BEGIN CERTIFICATE-----", NULL},
    {"-----BEGIN PUBLIC KEY-----", NULL},
    {"AGE-SECRET-KEY-1" "QQQQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQQQQPZRY9X8GF2TVDW0S3J", "private-key"},
    {"postgres://app:" "s3cr3t@db.internal:5432/shop", "password-in-url"},
    {"mongodb+srv://root:" "hunter2@cluster0.mongodb.net", "password-in-url"},
    {"postgres://app:<password>@db/shop", NULL},
    {"postgres://app:${DB_PASSWORD}@db/shop", NULL},
    {"postgres://app:{{password}}@db/shop", NULL},
    {"postgres://app:xxxx@db/shop", NULL},
    {"postgres://app@db/shop", NULL},
    {"https://example.com:8080/a@b", NULL},
    {"host=db user=app password=" "geh3im dbname=shop", "password"},
    {"DB_PASSWORD=" "hunter22", "password"},
    {"password = os.environ['X1']", NULL},
    {"password: required", NULL},
    {"the password: choose a long one", NULL},
    {"const password = getPassword1()", NULL},
    {"apiKey: \"" "a1b2c3d4e5f6g7h8\"", "key-or-token"},
    {"token=abc", NULL},
    {"client_secret=" "9f8e7d6c5b4a39281706", "key-or-token"},
    {"if (token == 'a1b2c3d4e5f6g7')", NULL},
    {"1234567:AA" "HdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1", NULL},
    {"123456789:AA" "HdqTcvCH1vGWJxfSeofSAs0K5PALDsaw9", "telegram-token"},
    {"", NULL},
    {"9f3c2d10-1111-4222-8333-444455556666", NULL},
    {"sha256:5f2b7c3f0c1f4f3c9b0d9a6e4c7d2a1b8e3f6a5d4c3b2a190817263544536271", NULL},
};

START_TEST(secrets_in_text)
{
    struct leak leak = {0};
    bool found = leak_find(cases[_i].text, strlen(cases[_i].text), 0, &leak);

    ck_assert_msg(found == (cases[_i].kind != NULL), "%s: %s", cases[_i].text, found ? leak.kind : "nothing");
    if (found) {
        ck_assert_str_eq(leak.kind, cases[_i].kind);
        ck_assert_uint_le(leak.at + leak.len, strlen(cases[_i].text));
    }
}
END_TEST

static const struct {
    const char *name, *value;
    bool secret;
} named[] = {
    {"password", "hunter2", true},
    {"dbPassword", "geheim", true},
    {"password", "password", false},
    {"password", "{{password}}", false},
    {"password", "$DB_PASSWORD", false},
    {"password", "at least eight characters", false},
    {"apiKey", "a1b2c3d4e5f6g7h8", true},
    {"api_key", "OPENAI_API_KEY", false},
    {"client-secret", "9f8e7d6c5b4a39281706", true},
    {"token", "bearer", false},
    {"maxTokens", "a1b2c3d4e5f6g7h8", false},
    {"label", "a1b2c3d4e5f6g7h8", false},
    {"secret", "arn:aws:secretsmanager", false},
};

START_TEST(secrets_by_name)
{
    struct leak leak;

    ck_assert_msg(leak_named(named[_i].name, strlen(named[_i].name), named[_i].value, strlen(named[_i].value), &leak) ==
                      named[_i].secret,
                  "%s: %s", named[_i].name, named[_i].value);
}
END_TEST

static const struct {
    const char *text;
    const char *email; /* NULL: none */
} addresses[] = {
    {"write to ada.lovelace+x@analytical.engine.org.", "ada.lovelace+x@analytical.engine.org"},
    {"ada@example.org", NULL},
    {"ada@mail.example.com and bob@real.de", "bob@real.de"},
    {"@decorator a@b", NULL},
    {"user@host.internal", NULL},
    {"react@18.2.0", NULL},
};

START_TEST(addresses_in_text)
{
    const char *text = addresses[_i].text;
    size_t at = 0;
    size_t len = 0;
    bool found = leak_find_email(text, strlen(text), 0, &at, &len);

    ck_assert_msg(found == (addresses[_i].email != NULL), "%s", text);
    if (found)
        ck_assert(len == strlen(addresses[_i].email) && memcmp(text + at, addresses[_i].email, len) == 0);
}
END_TEST

Suite *leak_suite(void)
{
    Suite *suite = suite_create("leak");
    TCase *all = tcase_create("leaks");

    tcase_add_loop_test(all, secrets_in_text, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(all, secrets_by_name, 0, sizeof named / sizeof *named);
    tcase_add_loop_test(all, addresses_in_text, 0, sizeof addresses / sizeof *addresses);
    suite_add_tcase(suite, all);
    return suite;
}
