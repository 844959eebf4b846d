/* The request to end early: a signal asks, whoever waits or loops looks. */
#ifndef SIMULARK_BASE_INTERRUPT_H
#define SIMULARK_BASE_INTERRUPT_H

#include "simulark/base/error.h"

#include <stdbool.h>

/* Asks; may be called from a signal handler. */
void interrupt_ask(int signal_number);

/* False, with STATUS_INTERRUPTED or STATUS_TERMINATED in place of what *err held, once somebody has asked. */
bool interrupt_check(struct error *err);

/* Tells that what was asked for is done and cannot be taken back: the transaction is committed, the file has its name. Whoever
 * ends the program suddenly may then not say that nothing was kept. */
void interrupt_comes_late(void);
bool interrupt_is_late(void);

#endif
