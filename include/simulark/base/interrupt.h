/* The request to end early: a signal asks, whoever waits or loops looks. */
#ifndef SIMULARK_BASE_INTERRUPT_H
#define SIMULARK_BASE_INTERRUPT_H

#include "simulark/base/error.h"

#include <signal.h>
#include <stdbool.h>

/* Signals that ask for nothing: the thread that gets one is at fault itself. To begin an array of int with. */
#define CRASH_SIGNALS {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}

/* Asks; may be called from a signal handler. */
void interrupt_ask(int signal_number);

/* False, with STATUS_INTERRUPTED or STATUS_TERMINATED in place of what *err held, once somebody has asked. */
bool interrupt_check(struct error *err);

/* What is done so far of what was asked for and cannot be taken back: transactions that are committed, files that have their
 * name. Whoever ends the program early may not say less. */
enum interrupt_kept { KEPT_NOTHING, KEPT_PARTS, KEPT_ALL };

void interrupt_note_kept(enum interrupt_kept kept);
/* How a sentence goes on that tells why the program ends: ": nothing was kept." */
const char *interrupt_what_is_kept(void);

#endif
