/* Outside programs: found, and started without a shell, as an unprivileged user where the caller is root.
 *
 * A program gets a clean environment (locale C.UTF-8, nothing of the caller's), an empty standard input, the default signal
 * dispositions, and no descriptor but those named here. */
#ifndef SIMULARK_PG_PROGRAM_H
#define SIMULARK_PG_PROGRAM_H

#include "simulark/base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Who the server runs as. */
struct account {
    bool other; /* somebody else than the caller, who is root */
    uid_t uid;
    gid_t gid;
};

/* The caller, or for root the user postgres, or where there is none, nobody. */
bool account_find(struct account *account, struct error *err);

/* What work(path) returns (0 to 125), called in a process of this account; 126 where that cannot be had. */
int account_call(const struct account *account, int (*work)(const char *path), const char *path);

/* The folder of PostgreSQL's server programs: of this major version ("15") if there are several, else the newest. The caller
 * frees it; NULL and *err where there is none. */
char *program_folder(const char *major, struct error *err);

/* Runs a program to its end; what it prints goes to the descriptor log. True where it exits with 0. Ends with the caller. */
bool program_run(const struct account *account, const char *const *argv, int log);

/* Starts a program that outlives the caller: own session, no terminal. keep stays open in it, as descriptor 3. */
bool program_detach(const struct account *account, const char *const *argv, int log, int keep);

#endif
