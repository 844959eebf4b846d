#include "simulark/base/interrupt.h"

#include <signal.h>

static volatile sig_atomic_t asked;
static volatile sig_atomic_t late;

void interrupt_ask(int signal_number)
{
    asked = signal_number;
}

bool interrupt_check(struct error *err)
{
    if (!asked)
        return true;
    error_clear(err);
    error_set(err, asked == SIGINT ? STATUS_INTERRUPTED : STATUS_TERMINATED, "Interrupted: nothing was kept.");
    return false;
}

void interrupt_comes_late(void)
{
    late = 1;
}

bool interrupt_is_late(void)
{
    return late != 0;
}
