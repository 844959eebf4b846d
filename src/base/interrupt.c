#include "simulark/base/interrupt.h"

#include <signal.h>
#include <stdatomic.h>

/* Threads look, too. */
static atomic_int asked;
static atomic_int kept; /* an enum interrupt_kept */

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
    error_set(err, number == SIGINT ? STATUS_INTERRUPTED : STATUS_TERMINATED, "Interrupted%s", interrupt_what_is_kept());
    return false;
}

void interrupt_note_kept(enum interrupt_kept now)
{
    kept = (int)now;
}

const char *interrupt_what_is_kept(void)
{
    static const char *const ends[] = {
        [KEPT_NOTHING] = ": nothing was kept.",
        [KEPT_PARTS] = ": what was committed before stays, nothing else was kept.",
        [KEPT_ALL] = ", after what it was asked for was done.",
    };

    return ends[kept];
}
