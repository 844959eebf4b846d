#include "simulark/cmd/endings.h"

#include "simulark/base/error.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/base/temporary.h"
#include "simulark/pg/connection.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool as_json;
static bool expected;

static void say_last(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

    (void)ignored;
}

static _Noreturn void end_now(enum status status)
{
    temporary_abandon_all();
    _exit((int)status);
}

/* The running stream ends at the next row, or when the server has cancelled its statement. A second signal, while the first is
 * at work too, ends at once. */
static void on_signal(int number)
{
    static volatile sig_atomic_t asked;

    interrupt_ask(number);
    if (asked || pg_is_connecting()) /* libpq would wait on; nothing has begun yet */
        end_now(number == SIGINT ? STATUS_INTERRUPTED : STATUS_TERMINATED);
    asked = 1;
    pg_cancel_all();
}

static void say_why(const char *why)
{
    say_last(as_json ? "{\"error\":{\"code\":\"internal\",\"exit\":8,\"message\":\"" : "simulark: ");
    say_last(why);
    say_last(interrupt_what_is_kept());
    say_last(as_json ? "\",\"hint\":null,\"details\":[]}}\n" : "\n");
}

static void out_of_memory(void)
{
    say_why("There is not enough memory");
    end_now(STATUS_INTERNAL);
}

/* Libraries that find no way on, for want of memory mostly, end the program: libarchive with 1, which has a meaning here. */
static void on_exit_unexpected(void)
{
    if (!expected)
        end_now(STATUS_INTERNAL);
}

#ifndef SIMULARK_SANITIZED
/* No core file is left, either: it would hold the rows, and passwords. */
static void on_crash(int number)
{
    (void)number;
    say_why("The program broke down");
    end_now(STATUS_INTERNAL);
}

/* Sanitizers tell more of a crash than we do. */
static void catch_crashes(void)
{
    static const int numbers[] = CRASH_SIGNALS;
    static char room[16384]; /* the stack may be what is full */
    const stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK)};

    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
}
#else
static void catch_crashes(void)
{
}
#endif

void endings_install(bool json)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_NODEFER};

    as_json = json;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
    sigaction(SIGXCPU, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is a write that fails */
    signal(SIGXFSZ, SIG_IGN); /* so is a limit on the size of files */
    catch_crashes();
    mem_on_exhaustion(out_of_memory);
    atexit(on_exit_unexpected);
}

void endings_expect(void)
{
    expected = true;
}
