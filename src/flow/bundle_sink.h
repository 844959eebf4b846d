/* The two kinds of bundle sink. Private to flow; sink_bundle chooses. Both take over their output. */
#ifndef SIMULARK_FLOW_BUNDLE_SINK_H
#define SIMULARK_FLOW_BUNDLE_SINK_H

#include "simulark/flow/bundle.h"

struct sink *sink_document(struct output *out, const struct bundle_options *options, struct bundle_report *report);
struct sink *sink_package(struct package_writer *package, const struct bundle_options *options,
                          struct bundle_report *report);

/* The header as these options write it. The caller owns it. */
json_t *bundle_header(const struct manifest *manifest, const struct bundle_options *options);

#endif
