/* SPDX-License-Identifier: BSD-2-Clause */
/* The two halves of wire/xarf_v3.h: the check of a document, and what it accuses whom of. */
#ifndef WIRE_XARF_V3_OWN_H
#define WIRE_XARF_V3_OWN_H

#include <jansson.h>

#include "wire/xarf_v3.h"

struct xarf3_type {
	const char *cls, *type; /* cls NULL: any */
	enum tray tray;
	enum class_id id; /* TRAY_CASE: CLASS_NONE: by the service's name */
	const char
	    *needs; /* of the report, besides an address or a URL: names, separated by spaces */
	const char *rule;
};

/* NULL with *why; *child_abuse even then. */
const struct xarf3_type *xarf3_check(const json_t *root, bool *child_abuse, struct xarf_why *why);
/* A string member, or NULL. */
const char *xarf3_str(const json_t *o, const char *name);

#endif
