/* SPDX-License-Identifier: BSD-2-Clause */
/* Own prefixes, see prefixes.h. */
#include "conf/prefixes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/values.h"

/* The prefix a title names. */
static int
title_prefix(const char *title, struct prefix *p, char *rule, size_t size)
{
	const char *slash = strchr(title, '/');
	char good[PREFIX_TEXT];
	struct addr a;
	switch (prefix_parse(title, strlen(title), p)) {
	case 0: return 0;
	case -EDOM:
		addr_parse(title, (size_t)(slash - title), &a);
		*p = prefix_of(&a, (unsigned)atoi(slash + 1));
		return opt_refuse(rule, size, "has bits set behind its length: write \"%s\"", prefix_print(p, good));
	default:
		return opt_refuse(rule, size,
		    "is no prefix: write one such as \"192.0.2.0/24\" or \"2001:db8::/32\"");
	}
}

int
prefixes_add(struct conf *c, const char *title, struct policy_row *row, const struct prefix_given *g,
    char *rule, size_t size)
{
	const struct kind_row *kind = kind_row(row->kind);
	struct prefix *p = &row->lpm.prefix;
	if (title_prefix(title, p, rule, size) < 0)
		return -1;
	row->probe = g->probe ? row->probe : kind->probe;
	row->notify = g->notify ? row->notify : kind->notify;
	row->top = g->top ? row->top : kind->top;
	if (row->kind == KIND_NONE && (row->probe || row->notify || row->top > RUNG_TICKET))
		return opt_refuse(rule, size, ": without a kind it is not probed, notified or taken above a ticket: "
		    "give its kind, e.g. kind = \"residential\"");
	if (kind->never_quarantine && row->top >= RUNG_QUARANTINE)
		return opt_refuse(rule, size, ": a line of kind %s is never quarantined: set highest-rung = "
		    "\"filter\" or lower", kind->name);
	if (p->a.fam == 4 && g->delegated)
		return opt_refuse(rule, size, ": delegated is for IPv6 only: leave it out");
	if (p->a.fam == 6 && !g->delegated)
		row->delegated = p->len > 64 ? p->len : 64;
	if (p->a.fam == 6 && row->delegated < p->len)
		return opt_refuse(rule, size, ": delegated = %u is shorter than the prefix itself: a customer's "
		    "prefix lies inside it", row->delegated);
	switch (policy_add(c->policy, row)) {
	case 0: return 0;
	case -EEXIST: return opt_refuse(rule, size, "is there already: keep one of the two");
	default: return opt_refuse(rule, size, ": out of memory");
	}
}
