#include "simulark/pg/place.h"

#include "simulark/base/digest.h"
#include "simulark/base/memory.h"
#include "simulark/base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ELSEWHERE "/var/lib/simulark"
#define SOCKET_NAME "/.s.PGSQL.5432"
#define SOCKET_PATH_MAX 107 /* bytes in sockaddr_un.sun_path, without the NUL */
#define DIGEST_SHORT 12
#define DATA_NEW "data.new." /* an instance in the making */

static bool exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

/* ---- finding ---- */

static char *home_default(void)
{
    const char *home = getenv("SIMULARK_HOME");
    const char *data = getenv("XDG_DATA_HOME");
    const struct passwd *user;

    if (home && *home)
        return mem_strdup(home);
    if (data && *data == '/') /* the XDG specification has relative paths ignored */
        return text_printf("%s/simulark", data);
    home = getenv("HOME");
    if (!home || !*home) {
        user = getpwuid(geteuid());
        home = user ? user->pw_dir : "/";
    }
    return text_printf("%s/.local/share/simulark", home);
}

/* The absolute path without links, of which the end need not exist yet: the same before and after it was made. */
static char *path_resolve(const char *path, struct error *err)
{
    char *real = realpath(path, NULL);
    const char *slash = strrchr(path, '/');
    char *above, *result;

    if (real)
        return real;
    if (errno != ENOENT || strcmp(path, ".") == 0) { /* the folder that we stand in was deleted */
        error_file(err, errno, "Cannot reach the folder %s", path);
        return NULL;
    }
    if (slash && slash[1] == '\0' && slash > path) { /* "a/" is "a" */
        above = mem_strndup(path, (size_t)(slash - path));
        result = path_resolve(above, err);
        free(above);
        return result;
    }
    above = !slash ? mem_strdup(".") : slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
    real = path_resolve(above, err);
    free(above);
    if (!real)
        return NULL;
    result = text_printf("%s/%s", strcmp(real, "/") == 0 ? "" : real, slash ? slash + 1 : path);
    free(real);
    return result;
}

static int may_enter(const char *path)
{
    return access(path, X_OK) == 0 ? 0 : 1;
}

/* Whether the account can get into the home folder, or, as long as there is none, into the one it will be made in. */
static bool is_reachable(const struct place *place)
{
    char *path = mem_strdup(place->home);
    bool can;

    while (!exists(path) && strrchr(path, '/') > path)
        *strrchr(path, '/') = '\0';
    can = !exists(path) || account_call(&place->account, may_enter, path) == 0;
    free(path);
    return can;
}

/* The rest of a line of `location` that starts with this word, as a new string, or NULL. */
static char *location_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    while (text && *text) {
        if (strncmp(text, word, len) == 0 && text[len] == ' ')
            return mem_strndup(text + len + 1, strcspn(text + len + 1, "\n"));
        text = strchr(text, '\n');
        text += text ? 1 : 0;
    }
    return NULL;
}

/* Takes from `location` where things are. A copy of a home that is still there must not take over the original's data. */
static void location_read(struct place *place)
{
    char *path = text_printf("%s/location", place->home);
    FILE *file = fopen(path, "re");
    char text[16384];
    char *home, *other;

    if (file) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        home = location_word(text, "home");
        other = text_printf("%s/location", home ? home : "");
        if (home && (strcmp(home, place->home) == 0 || !exists(other))) {
            place->folder = location_word(text, "data");
            place->sockets = location_word(text, "socket");
        }
        free(other);
        free(home);
    }
    free(path);
}

static bool is_good_for_sockets(const char *folder)
{
    /* A comma separates hosts in a URI, even when written as %2C. */
    return strlen(folder) + strlen(SOCKET_NAME) <= SOCKET_PATH_MAX && !strchr(folder, ',');
}

static void place_choose(struct place *place)
{
    char digest[DIGEST_HEX + 1];
    char *data = text_printf("%s/data", place->home);

    digest_of(place->home, strlen(place->home), digest);
    digest[DIGEST_SHORT] = '\0';
    location_read(place);
    if (!place->folder && (!place->account.other || exists(data) || is_reachable(place)))
        place->folder = mem_strdup(place->home);
    if (!place->folder)
        place->folder = text_printf("%s/%s", ELSEWHERE, digest);
    if (!place->sockets) {
        place->sockets = text_printf("%s/socket", place->folder);
        if (!is_good_for_sockets(place->sockets)) {
            free(place->sockets);
            /* Not under XDG_RUNTIME_DIR: a cron job has none, and would look elsewhere. */
            place->sockets = text_printf("/tmp/simulark-%s", digest);
        }
    }
    free(data);
}

static void url_escape(struct buffer *url, const char *text)
{
    for (; *text; text++)
        if (strchr("/-._~", *text) || (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
            (*text >= 'A' && *text <= 'Z'))
            buffer_byte(url, *text);
        else
            buffer_printf(url, "%%%02X", (unsigned char)*text);
}

static void url_base(const struct place *place, const char *database, struct buffer *url)
{
    buffer_printf(url, "postgresql:///%s?host=", database);
    url_escape(url, place->sockets);
    buffer_text(url, "&port=5432&user=simulark");
}

void place_url(const struct place *place, const char *database, struct buffer *url)
{
    url_base(place, database, url);
    buffer_text(url, "&hostaddr=&options=&requirepeer=&target_session_attrs=any&gssencmode=disable&channel_binding=disable");
}

bool place_find(struct place *place, const char *home, struct error *err)
{
    char *path = home ? mem_strdup(home) : home_default();
    struct buffer url = BUFFER_INIT;
    struct stat st;

    *place = (struct place){0};
    if (strchr(path, '\n'))
        error_set(err, STATUS_USAGE, "The path of the instance's home folder (SIMULARK_HOME) has a line break in it.");
    else if (account_find(&place->account, err))
        place->home = path_resolve(path, err);
    free(path);
    if (!place->home)
        return false;
    place_choose(place);
    place->data = text_printf("%s/data", place->folder);
    place->log = text_printf("%s/server.log", place->home);
    place->lock = text_printf("%s/lock", place->home);
    place->server_lock = text_printf("%s/server.lock", place->home);
    place->prepared = text_printf("%s/prepared", place->home);
    url_base(place, "simulark", &url);
    place->url = mem_strdup(buffer_string(&url));
    buffer_release(&url);
    /* Data that are there already stay with the user they belong to. */
    if (place->account.other && stat(place->data, &st) == 0 && st.st_uid != 0) {
        place->account.uid = st.st_uid;
        place->account.gid = st.st_gid;
    }
    return true;
}

void place_release(struct place *place)
{
    free(place->home);
    free(place->folder);
    free(place->data);
    free(place->sockets);
    free(place->log);
    free(place->lock);
    free(place->server_lock);
    free(place->prepared);
    free(place->url);
    *place = (struct place){0};
}

/* ---- making ---- */

/* Makes a folder that may be there already, whatever the umask is. */
static bool folder_make(const char *path, mode_t mode, struct error *err)
{
    if (mkdir(path, mode) == 0) {
        if (chmod(path, mode) == 0)
            return true;
    } else if (errno == EEXIST && path_is_folder(path))
        return true;
    return error_file(err, errno, "Cannot make the folder %s", path);
}

/* The same with all folders above it. */
static bool folder_make_all(const char *path, mode_t mode, struct error *err)
{
    char *part = mem_strdup(path);
    bool ok = true;

    for (char *slash = strchr(part + 1, '/'); ok && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        ok = path_is_folder(part) || folder_make(part, mode, err);
        *slash = '/';
    }
    ok = ok && folder_make(part, mode, err);
    free(part);
    return ok;
}

bool place_check_home(const struct place *place, struct error *err)
{
    struct stat st;

    if (stat(place->home, &st) != 0)
        return errno == ENOENT || error_file(err, errno, "Cannot look at the folder %s", place->home);
    if (st.st_uid == geteuid() && !(st.st_mode & S_IWOTH))
        return true;
    error_set(err, STATUS_FILE, "The instance's home folder %s %s.", place->home,
              st.st_uid != geteuid() ? "belongs to another user" : "can be written by everybody");
    error_hint(err, "Choose a folder of your own with SIMULARK_HOME.");
    return false;
}

bool place_make_home(const struct place *place, struct error *err)
{
    bool shared = place->account.other && strcmp(place->folder, place->home) == 0;

    if (!folder_make_all(place->home, shared ? 0711 : 0700, err)) {
        error_hint(err, "It is for the private database, which is used where none is named: name one with --dbname or "
                        "DATABASE_URL, or another folder with SIMULARK_HOME.");
        return false;
    }
    return place_check_home(place, err);
}

static bool folder_give(const struct place *place, const char *path, struct error *err)
{
    return !place->account.other || lchown(path, place->account.uid, place->account.gid) == 0 ||
           error_file(err, errno, "Cannot give the folder %s to the server's user", path);
}

/* In /tmp anybody may have been there first: a folder that exists must be ours, and closed to others. */
static bool sockets_make(const struct place *place, struct error *err)
{
    struct stat st;

    if (mkdir(place->sockets, 0700) == 0)
        return folder_give(place, place->sockets, err);
    if (errno != EEXIST || lstat(place->sockets, &st) != 0)
        return error_file(err, errno, "Cannot make the folder %s", place->sockets);
    if (S_ISDIR(st.st_mode) && st.st_uid == 0 && place->account.other && !folder_give(place, place->sockets, err))
        return false;
    if (S_ISDIR(st.st_mode) && (st.st_uid == place->account.uid || st.st_uid == geteuid()) && !(st.st_mode & 077))
        return true;
    error_set(err, STATUS_FILE, "%s, the folder for the instance's socket, is not a closed folder of the server's user.",
              place->sockets);
    error_hint(err, "Remove it, or find out who made it.");
    return false;
}

static bool location_write(const struct place *place, struct error *err)
{
    char *path = text_printf("%s/location", place->home);
    char *fresh = text_printf("%s/location.new", place->home);
    FILE *file = fopen(fresh, "we");
    struct buffer text = BUFFER_INIT;
    bool ok = file != NULL;

    buffer_printf(&text, "home %s\n", place->home);
    if (strcmp(place->folder, place->home) != 0)
        buffer_printf(&text, "data %s\n", place->folder);
    buffer_printf(&text, "socket %s\n", place->sockets);
    if (file) {
        ok = fwrite(text.data, 1, text.len, file) == text.len;
        ok = fclose(file) == 0 && ok && rename(fresh, path) == 0;
    }
    if (!ok)
        error_file(err, errno, "Cannot write %s", path);
    buffer_release(&text);
    free(fresh);
    free(path);
    return ok;
}

bool place_make(const struct place *place, struct error *err)
{
    bool data_elsewhere = strcmp(place->folder, place->home) != 0;
    size_t len = strlen(place->folder);
    bool sockets_elsewhere = strncmp(place->sockets, place->folder, len) != 0 || place->sockets[len] != '/';

    if (data_elsewhere && !folder_make_all(place->folder, 0755, err))
        return false;
    if ((data_elsewhere || sockets_elsewhere) && !location_write(place, err))
        return false;
    return sockets_make(place, err);
}

char *place_make_data(const struct place *place, struct error *err)
{
    char *path = text_printf("%s/" DATA_NEW "XXXXXX", place->folder);

    if (mkdtemp(path) && folder_give(place, path, err))
        return path;
    error_file(err, errno, "Cannot make a folder in %s", place->folder);
    free(path);
    return NULL;
}

bool place_claim(const struct place *place, struct error *err)
{
    char *name = mem_strdup(place->data);
    char *const paths[] = {name, NULL};
    struct stat st;
    FTS *tree = NULL;
    const FTSENT *entry;
    bool ok = true;

    if (place->account.other && stat(place->data, &st) == 0 && st.st_uid == 0)
        tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    while (tree && ok && (entry = fts_read(tree)) != NULL)
        /* A folder last, when nothing is left to do in it: from then on its owner can change it. */
        ok = entry->fts_info == FTS_D || folder_give(place, entry->fts_accpath, err);
    if (tree)
        fts_close(tree);
    free(name);
    return ok;
}

/* ---- deleting ---- */

/* Deletes what is in a folder, and the folder where that is allowed. 0, or 1 where something else stays. */
static int tree_delete(const char *path)
{
    char *name = mem_strdup(path);
    char *const paths[] = {name, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    int left = tree ? 0 : 1;
    const FTSENT *entry;

    while (tree && (entry = fts_read(tree)) != NULL)
        if (entry->fts_info != FTS_D && remove(entry->fts_accpath) != 0 && entry->fts_level > FTS_ROOTLEVEL)
            left = 1;
    if (tree)
        fts_close(tree);
    free(name);
    return left;
}

bool place_delete(const struct place *place, const char *path, struct error *err)
{
    if (!exists(path))
        return true;
    /* As the account: root must not follow names in a folder that somebody else can change. */
    if (account_call(&place->account, tree_delete, path) == 0 && (rmdir(path) == 0 || errno == ENOENT))
        return true;
    return error_file(err, errno, "Cannot delete the folder %s", path);
}

void place_sweep(const struct place *place)
{
    DIR *folder = opendir(place->folder);
    struct error ignored = ERROR_INIT;
    const struct dirent *entry;

    while (folder && (entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, DATA_NEW, strlen(DATA_NEW)) == 0) {
            char *path = text_printf("%s/%s", place->folder, entry->d_name);

            place_delete(place, path, &ignored);
            free(path);
        }
    if (folder)
        closedir(folder);
    error_release(&ignored);
}

bool place_clear(const struct place *place, struct error *err)
{
    char *location = text_printf("%s/location", place->home);
    const char *const files[] = {place->prepared, place->log, place->server_lock, location};
    bool ok = place_delete(place, place->data, err) && place_delete(place, place->sockets, err);

    place_sweep(place);
    if (ok && strcmp(place->folder, place->home) != 0 && rmdir(place->folder) == 0)
        rmdir(ELSEWHERE); /* stays while others have data there */
    for (size_t i = 0; ok && i < sizeof files / sizeof *files; i++)
        if (unlink(files[i]) != 0 && errno != ENOENT)
            ok = error_file(err, errno, "Cannot delete %s", files[i]);
    free(location);
    return ok;
}
