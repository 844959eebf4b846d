/* What the fuzzers share. */
#ifndef SIMULARK_TESTS_FUZZING_H
#define SIMULARK_TESTS_FUZZING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What does not hold is a crash for the fuzzer to keep. */
static inline void must(bool condition)
{
    if (!condition)
        abort();
}

/* Of bundles: small, so that limits are met. */
#define FUZZING_LIMITS                                                                                                       \
    {.row_bytes = 1 << 16, .asset_bytes = 1 << 16, .entries = 100, .expansion = 100, .yaml_depth = 500, .alias_bytes = 1 << 14}

#endif
