/* SPDX-License-Identifier: BSD-2-Clause */
/* What was read of a mail, for people and tools: one JSON object. A sealed mail's words are not
 * in it. */
#ifndef WIRE_MAIL_JSON_H
#define WIRE_MAIL_JSON_H

#include <jansson.h>

#include "wire/mail.h"

/* A new object, the caller's; NULL: out of memory. Times as RFC 3339, hashes as hex. */
json_t *mail_json(const struct mail_seen *m);

#endif
