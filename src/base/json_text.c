#include "simulark/base/json_text.h"

#include "simulark/base/buffer.h"
#include "simulark/base/digest.h"
#include "simulark/base/utf8.h"

#include <string.h>

json_t *text_to_json(const char *text)
{
    struct buffer repaired = BUFFER_INIT;
    size_t left = strlen(text);
    json_t *string;

    while (left) {
        size_t good = utf8_check(text, left);

        buffer_append(&repaired, text, good);
        if (good < left)
            utf8_append(&repaired, 0xFFFD);
        good += good < left;
        text += good;
        left -= good;
    }
    string = json_string(buffer_string(&repaired));
    buffer_release(&repaired);
    return string;
}

json_t *digest_to_json(const char *hex)
{
    return hex ? json_sprintf(DIGEST_PREFIX "%s", hex) : json_null();
}

const char *json_text(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));

    return text ? text : "";
}
