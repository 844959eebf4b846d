/* Signatures of bundles: minisign's, over the digest as one line of text ("sha256:<hex>" and a newline). So one stays good
 * through any conversion, and `minisign -V` checks it with nothing but that line.
 *
 * A signature travels with the seal (struct seal): as the entry seal.json.minisig, or as the file x.yaml.minisig beside a
 * document. Checking is a filter behind filter_seal, which knows the digest that the rows really have; it refuses before the
 * trailer goes on, so nothing is committed. */
#ifndef SIMULARK_FLOW_SIGNATURE_H
#define SIMULARK_FLOW_SIGNATURE_H

#include "simulark/flow/report.h"
#include "simulark/flow/stream.h"
#include "simulark/format/limits.h"
#include "simulark/format/minisign.h"
#include "simulark/format/package.h"
#include "simulark/model/findings.h"

#include <stdbool.h>

/* ---- checking ---- */

/* What is demanded of a signature. A zeroed struct checks nothing; the owner releases it. */
struct signature_check {
    struct minisign_keys trusted;
    bool required; /* one of the trusted keys must have signed */
};

/* Adds the public keys of a file. */
bool signature_check_trust(struct signature_check *check, const char *path, struct error *err);
void signature_check_release(struct signature_check *check);

enum signature_state {
    SIGNATURE_NONE,
    SIGNATURE_UNCHECKED, /* there is one, but no key to check it with */
    SIGNATURE_UNREAD,    /* … or rows that it signs could not be read, which are findings */
    SIGNATURE_UNKNOWN,   /* … of a key that is not among the trusted ones */
    SIGNATURE_GOOD,
    SIGNATURE_EDITED, /* there was one, but what it signs was edited since: it is not passed on */
    SIGNATURE_WRONG,  /* where that is a finding, and not the end: of a trusted key, but not of this content; or no signature */
};

const char *signature_state_name(enum signature_state state); /* "none", "unchecked", "unknown-key" … */

/* A zeroed struct is ready; the caller releases it. */
struct signature_report {
    enum signature_state state;
    char key_id[MINISIGN_ID_TEXT + 1]; /* "" where there is none */
    char *comment;                     /* the trusted comment, where it is good; else NULL */
};

void signature_report_release(struct signature_report *report);

/* To be put right behind filter_seal, whose report `sealed` is (or behind nothing, for a seal taken at its word: a zeroed
 * report). A wrong signature is an error wherever keys are given; that of an unknown key, or none, only where one is required.
 * With findings these become findings, and the stream goes on. */
struct sink *filter_signature(struct sink *next, const struct signature_check *check, const struct seal_report *sealed,
                              struct signature_report *report, struct findings *findings);

/* ---- making ---- */

struct signing {
    struct minisign_secret *key;
    const char *comment; /* trusted, one line */
    bool force;          /* replace a signature that is there */
    struct limits limits; /* of what is read again */
};

/* Reads NAME.key; release with secret_free(key, sizeof *key). */
struct minisign_secret *signing_key_read(const char *path, const struct secret *passphrase, struct error *err);

/* Signs the bundle at path, which has this digest, as filter_seal has just found: puts the signature into the directory,
 * beside the document, or behind the seal of the archive, which is written anew with its entries as they are. */
bool bundle_sign(const char *path, enum container container, const char *digest, const struct signing *signing,
                 struct error *err);

#endif
