/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A case as JSON, for staff and for who may read of it outside, and the helpers such documents are built
 * with. Numbers go out raw: probabilities as decimals, times as RFC 3339 and as milliseconds.
 */
#ifndef LYMPHD_CASE_JSON_H
#define LYMPHD_CASE_JSON_H

#include <jansson.h>

#include "judge/view.h"

/* Out of memory in any of these is fatal. v is taken. */
void put(json_t *o, const char *key, json_t *v);
void put_text(json_t *o, const char *key, const char *s); /* any bytes; "" becomes null */
void put_q(json_t *o, const char *key, q32 v);
void put_int(json_t *o, const char *key, uint64_t v);
void put_time(json_t *o, const char *key, msec t); /* KEY and KEY_ms; 0 and MSEC_NEVER: null */
void put_addr(json_t *o, const char *key, const struct addr *a);
void push(json_t *array, json_t *v);
json_t *json_new(json_t *v);                          /* fatal when NULL */
json_t *control_case_json(const struct view_case *v); /* a case as it stands in a list */
json_t *control_rungs_json(uint8_t rungs);

#endif
