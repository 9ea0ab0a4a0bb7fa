/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who outside may read of cases, and of what: a token with its scope, or a subscription to a prefix, whose
 * reports are sent on. Made and taken away by staff, kept by number.
 */
#ifndef MODEL_GRANT_H
#define MODEL_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/msec.h"
#include "model/class.h"
#include "model/desk.h"

enum grant_kind { GRANT_TOKEN, GRANT_SUBSCRIPTION, GRANT_KIND_N };

/* What it may see beyond cases, a bit each. */
#define GRANT_REPORTS  1 /* the reports themselves, without who made them */
#define GRANT_EVIDENCE 2 /* ... with their evidence, which may name him all the same */
#define GRANT_INSIDE   4 /* reporters, lines, staff: what only the house should see */
#define GRANT_FLAGS    7

#define GRANT_PREFIXES 16
#define GRANT_MAIL     128
#define GRANT_HASH     32
#define GRANT_BYTES    768 /* an encoded one at most */
#define GRANT_SCOPE    1024 /* a printed scope at most */

struct grant {
	uint64_t no;               /* of the fact that made it */
	char name[DESK_NAME];      /* letters, digits, ".", "_", "-" */
	uint8_t kind;              /* enum grant_kind */
	uint8_t flags;             /* GRANT_REPORTS ... */
	uint32_t classes;          /* a bit each; 0: all */
	bool all;                  /* all own prefixes; else these: */
	uint8_t prefixes;
	struct prefix prefix[GRANT_PREFIXES];
	uint8_t token[GRANT_HASH]; /* SHA-256 of it; zero: has none */
	char mail[GRANT_MAIL];     /* a subscription's; "" none */
	msec made, until;          /* until: MSEC_NEVER, or when it ends */
	uint32_t uid;              /* who made it */
	uint64_t since;            /* facts behind this one are sent on */
};

void grant_encode(struct writer *w, const struct grant *g);
/* Exactly n bytes. 0 or -EBADMSG. */
int grant_decode(const void *p, size_t n, struct grant *ret);
bool grant_name_ok(const char *s);
bool grant_has_token(const struct grant *g);
/* Adds a word to the scope: "all", a prefix, a class, "reports", "evidence", "inside". 0; -EINVAL: none of
 * these; -EDOM: a prefix with host bits; -E2BIG: too many. */
int grant_scope_add(struct grant *g, const char *word);
/* The words of it. Returns buf. */
char *grant_scope_print(const struct grant *g, char buf[GRANT_SCOPE]);
/* Is it about this? Not whether it has ended. */
bool grant_covers(const struct grant *g, const struct addr *a, enum class_id cls);
bool grant_lasts(const struct grant *g, msec now);

#endif
