/* Passwords in connection strings, wherever a text repeats one: in messages, and in the program's own words, which others can
 * read in the list of processes. The last guard, not the only one: nothing should repeat them in the first place. */
#ifndef SIMULARK_CMD_SECRETS_H
#define SIMULARK_CMD_SECRETS_H

#include "simulark/base/buffer.h"

/* Puts an x in place of each byte of a password: of "://name:PASSWORD@" and of "password=PASSWORD". Pure. */
void secrets_hide(char *text, size_t len);

/* Takes passwords out of the words the program was called with, where others see them; argv then points to copies that still have
 * them. */
void secrets_hide_words(int argc, char **argv);

#endif
