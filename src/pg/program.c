#include "simulark/pg/program.h"

#include "simulark/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANNOT_START 126 /* exit status of a child that could not become what it should */

/* ---- accounts ---- */

bool account_find(struct account *account, struct error *err)
{
    const struct passwd *user;

    *account = (struct account){.uid = geteuid(), .gid = getegid()};
    if (account->uid != 0)
        return true;
    user = getpwnam("postgres");
    if (!user)
        user = getpwnam("nobody");
    if (!user || user->pw_uid == 0) {
        error_set(err, STATUS_DATABASE, "PostgreSQL does not run as root, and there is neither a user postgres nor nobody.");
        error_hint(err, "Run the command as an ordinary user.");
        return false;
    }
    *account = (struct account){.other = true, .uid = user->pw_uid, .gid = user->pw_gid};
    return true;
}

/* Only in a child: for good. */
static bool account_become(const struct account *account)
{
    return !account->other ||
           (setgroups(0, NULL) == 0 && setgid(account->gid) == 0 && setuid(account->uid) == 0 && setuid(0) != 0);
}

/* The exit status of a child; CANNOT_START where it was killed. */
static int child_wait(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return CANNOT_START;
    return WIFEXITED(status) ? WEXITSTATUS(status) : CANNOT_START;
}

int account_call(const struct account *account, int (*work)(const char *path), const char *path)
{
    pid_t child;

    if (!account->other)
        return work(path);
    child = fork();
    if (child == 0)
        _exit(account_become(account) ? work(path) : CANNOT_START);
    return child < 0 ? CANNOT_START : child_wait(child);
}

/* ---- finding ---- */

/* A new path "folder/name". */
static char *path_join(const char *folder, size_t len, const char *name)
{
    return text_printf("%.*s/%s", (int)len, folder, name);
}

static bool has_program(const char *folder, size_t len, const char *name)
{
    char *path = path_join(folder, len, name);
    bool there = access(path, X_OK) == 0;

    free(path);
    return there;
}

static bool is_server_folder(const char *folder, size_t len)
{
    return len && has_program(folder, len, "initdb") && has_program(folder, len, "postgres");
}

/* A new string: the folder of PATH for which `wanted` holds, or NULL. */
static char *search_path(bool (*wanted)(const char *folder, size_t len))
{
    const char *at = getenv("PATH");

    while (at && *at) {
        size_t len = strcspn(at, ":");

        if (*at == '/' && wanted(at, len))
            return mem_strndup(at, len);
        at += len + (at[len] == ':');
    }
    return NULL;
}

static bool has_pg_config(const char *folder, size_t len)
{
    return has_program(folder, len, "pg_config");
}

/* Where the distribution puts this version, or with "*" the newest. */
static char *folder_of_version(const char *major)
{
    char pattern[64];
    char *found = NULL;
    long newest = -1;
    glob_t paths;

    snprintf(pattern, sizeof pattern, "/usr/lib/postgresql/%.8s/bin", major);
    if (glob(pattern, 0, NULL, &paths) == 0)
        for (size_t i = 0; i < paths.gl_pathc; i++) {
            long version = strtol(paths.gl_pathv[i] + strlen("/usr/lib/postgresql/"), NULL, 10);

            if (version > newest && is_server_folder(paths.gl_pathv[i], strlen(paths.gl_pathv[i]))) {
                newest = version;
                free(found);
                found = mem_strdup(paths.gl_pathv[i]);
            }
        }
    globfree(&paths);
    return found;
}

/* What pg_config --bindir says. */
static char *folder_of_pg_config(void)
{
    const struct account caller = {0};
    char answer[4096];
    char *folder = search_path(has_pg_config);
    char *program = folder ? path_join(folder, strlen(folder), "pg_config") : NULL;
    const char *const argv[] = {program, "--bindir", NULL};
    int ends[2];
    ssize_t len = 0;

    free(folder);
    if (program && pipe2(ends, O_CLOEXEC) == 0) {
        /* The answer is one path: it fits into the pipe, so the program ends before anybody reads. */
        if (program_run(&caller, argv, ends[1]))
            len = read(ends[0], answer, sizeof answer);
        close(ends[0]);
        close(ends[1]);
    }
    free(program);
    while (len > 0 && answer[len - 1] == '\n')
        len--;
    return len > 0 && is_server_folder(answer, (size_t)len) ? mem_strndup(answer, (size_t)len) : NULL;
}

char *program_folder(const char *major, struct error *err)
{
    char *folder = major ? folder_of_version(major) : NULL;

    if (!folder)
        folder = folder_of_pg_config();
    if (!folder)
        folder = folder_of_version("*");
    if (!folder)
        folder = search_path(is_server_folder);
    if (!folder) {
        error_set(err, STATUS_DATABASE, "PostgreSQL's server programs (initdb, postgres) are not installed.");
        error_hint(err, "Install the package postgresql (Debian: apt-get install postgresql).");
    }
    return folder;
}

/* ---- running ---- */

/* In the child: becomes the program, or says on the log why not. keep: -1 or what shall be descriptor 3. */
static void child_execute(const struct account *account, const char *const *argv, int log, int keep)
{
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8", zone[] = "TZ=UTC";
    static char *environment[] = {path, locale, zone, NULL};
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    int nothing = open("/dev/null", O_RDONLY);
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        sigaction(number, &standard, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    /* Above 3 first: what is duplicated downwards must not overwrite what is still needed. */
    log = fcntl(log, F_DUPFD, 10);
    keep = keep < 0 ? -1 : fcntl(keep, F_DUPFD, 10);
    if (nothing < 0 || log < 0 || dup2(nothing, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 ||
        (keep >= 0 && dup2(keep, 3) < 0))
        _exit(CANNOT_START);
    closefrom(keep < 0 ? 3 : 4);
    umask(077);
    if (chdir("/") != 0 || !account_become(account)) {
        dprintf(2, "Cannot become the user number %u: %s\n", (unsigned)account->uid, strerror(errno));
        _exit(CANNOT_START);
    }
    /* Ends with its parent; after the change of user, which would undo it. */
    if (keep < 0)
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    execve(argv[0], (char *const *)(uintptr_t)argv, environment);
    dprintf(2, "Cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(CANNOT_START);
}

bool program_run(const struct account *account, const char *const *argv, int log)
{
    pid_t child = fork();

    if (child == 0)
        child_execute(account, argv, log, -1);
    return child > 0 && child_wait(child) == 0;
}

bool program_detach(const struct account *account, const char *const *argv, int log, int keep)
{
    pid_t child = fork();

    if (child == 0) {
        /* The leader of the new session ends at once: what it leaves can never get a terminal, and has no parent to tell. */
        pid_t server = setsid() < 0 ? -1 : fork();

        if (server == 0)
            child_execute(account, argv, log, keep);
        _exit(server < 0 ? CANNOT_START : 0);
    }
    return child > 0 && child_wait(child) == 0;
}
