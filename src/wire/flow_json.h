/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings and flows as JSON, one form wherever they are shown or kept. NULL: out of memory. */
#ifndef WIRE_FLOW_JSON_H
#define WIRE_FLOW_JSON_H

#include <jansson.h>

#include "model/finding.h"
#include "model/flow.h"

/* exporter: its name, or NULL. */
json_t *finding_json_new(const struct finding *f, const char *exporter);
json_t *flow_json_new(const struct flow *f, const char *exporter);

#endif
