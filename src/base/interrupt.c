#include "simulark/base/interrupt.h"

#include <signal.h>
#include <stdatomic.h>

/* Threads look, too. */
static atomic_int asked;
static atomic_bool late;

void interrupt_ask(int signal_number)
{
    asked = signal_number;
}

bool interrupt_check(struct error *err)
{
    int number = asked;

    if (!number)
        return true;
    error_clear(err);
    error_set(err, number == SIGINT ? STATUS_INTERRUPTED : STATUS_TERMINATED, "Interrupted: nothing was kept.");
    return false;
}

void interrupt_comes_late(void)
{
    late = true;
}

bool interrupt_is_late(void)
{
    return late;
}
