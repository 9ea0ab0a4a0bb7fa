/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report for somebody other than us: a document of ours about the same, under the same id, that does not
 * say who made it. Nothing of the stranger's own words is in it but the evidence, where that is asked for.
 */
#ifndef WIRE_XARF_OUTWARD_H
#define WIRE_XARF_OUTWARD_H

#include "wire/xarf.h"

/* Of p; server: our name, reporter and sender of it. evidence: the items of body (n bytes, XARF v4) go along,
 * without what was written about them; a body that is no such document has none. malloc'ed, a NUL behind its
 * *ret_n bytes; NULL: it fits in no document. */
char *xarf_outward(const struct report *p, const char *server, bool evidence, const void *body, size_t n,
    size_t *ret_n);

#endif
