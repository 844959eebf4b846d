#include "asset_json.h"

#include "simulark/base/base64.h"
#include "simulark/base/utf8.h"

#include <string.h>

bool asset_is_text(const struct asset *asset)
{
    return utf8_check(asset->bytes, asset->len) == asset->len && !memchr(asset->bytes, '\0', asset->len);
}

json_t *asset_to_json(const struct asset *asset)
{
    struct buffer encoded = BUFFER_INIT;
    json_t *json;

    if (asset_is_text(asset))
        return json_pack("{s:s, s:s%}", "path", asset->path, "text", asset->len ? asset->bytes : "", asset->len);
    base64_append(&encoded, asset->bytes, asset->len);
    json = json_pack("{s:s, s:s}", "path", asset->path, "base64", buffer_string(&encoded));
    buffer_release(&encoded);
    return json;
}
