/* Words that may have been meant by one that nothing is called. */
#ifndef SIMULARK_BASE_NEAR_H
#define SIMULARK_BASE_NEAR_H

#include <stddef.h>

#define NEAR_MAX 64 /* bytes; longer words are near to none */

/* The least number of bytes to change, add or leave out to make one of the other (Levenshtein), whatever the case of ASCII
 * letters; SIZE_MAX where one is longer than NEAR_MAX. */
size_t word_distance(const char *a, const char *b);

/* The one of the words (NULL-ended) that is most like this one; NULL where none is near. */
const char *nearest_word(const char *word, const char *const *words);

#endif
