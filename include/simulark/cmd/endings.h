/* Sudden ends: signals, memory that runs out, a library that gives up, a crash. Whatever happens, temporary files go and the exit
 * status says so. */
#ifndef SIMULARK_CMD_ENDINGS_H
#define SIMULARK_CMD_ENDINGS_H

#include <stdbool.h>

/* From here on. json: what is told is an object. */
void endings_install(bool json);

/* The program ends as it should, so that exit() is no surprise. */
void endings_expect(void);

#endif
