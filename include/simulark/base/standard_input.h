/* Standard input, read more than once. */
#ifndef SIMULARK_BASE_STANDARD_INPUT_H
#define SIMULARK_BASE_STANDARD_INPUT_H

#include "simulark/base/error.h"

#include <stdbool.h>

/* To be called before each reading of standard input. The first call makes it something that can be gone back in: a regular
 * file is one already, anything else is copied to a scratch file. Each later call goes back to where the first left it. */
bool standard_input_again(struct error *err);

/* Notes where standard input begins, if that can be gone back to for nothing. To be called before it is read. */
void standard_input_begin(void);
/* Whether standard_input_again goes back to the beginning, though parts of it were read. */
bool standard_input_can_go_back(void);

#endif
