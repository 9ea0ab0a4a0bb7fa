/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's policy as a longest-match table, see policy.h. */
#include "model/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct kind_row kinds[KIND_N] = {
	/*                       name              lease  noquar probe  notify top */
	[KIND_NONE]           = { "none",           false, true,  false, false, RUNG_TICKET },
	[KIND_RESIDENTIAL]    = { "residential",    false, false, true,  true,  RUNG_QUARANTINE },
	[KIND_BUSINESS]       = { "business",       false, false, true,  true,  RUNG_FILTER },
	[KIND_OWN_DESK]       = { "own-desk",       false, true,  false, true,  RUNG_NOTIFY },
	[KIND_RESELLER]       = { "reseller",       false, true,  false, true,  RUNG_NOTIFY },
	[KIND_BGP_CUSTOMER]   = { "bgp-customer",   false, true,  false, true,  RUNG_NOTIFY },
	[KIND_INFRASTRUCTURE] = { "infrastructure", false, true,  true,  false, RUNG_TICKET },
	[KIND_CGNAT_POOL]     = { "cgnat-pool",     true,  true,  false, false, RUNG_TICKET },
	[KIND_DYNAMIC]        = { "dynamic",        true,  false, true,  true,  RUNG_QUARANTINE },
	[KIND_CRITICAL]       = { "critical",       false, true,  false, true,  RUNG_TICKET },
	[KIND_CANARY]         = { "canary",         false, true,  false, false, RUNG_LOG },
};

const struct kind_row *
kind_row(enum line_kind k)
{
	return &kinds[(unsigned)k < KIND_N ? k : KIND_NONE];
}

enum line_kind
kind_by_name(const char *s)
{
	int k = 0;
	while (k < KIND_N && strcmp(kinds[k].name, s) != 0)
		k++;
	return (enum line_kind)k;
}

struct policy *
policy_new(void)
{
	struct policy *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	lpm_init(&p->rows);
	lpm_init(&p->protect);
	lpm_init(&p->reach);
	params_default(&p->params);
	p->vantages = 1;
	return p;
}

static void
lpm_drain(struct lpm *l)
{
	struct tree_node *n;
	while ((n = l->tree.root) != NULL) {
		tree_del(&l->tree, n);
		free(n); /* lpm_node leads every row, tree_node leads lpm_node */
	}
}

void
policy_free(struct policy *p)
{
	if (!p)
		return;
	lpm_drain(&p->rows);
	lpm_drain(&p->protect);
	lpm_drain(&p->reach);
	free(p);
}

/* How many lines a row stands for: one if it names a line, else one per address or delegation. */
static uint64_t
lines_of(const struct policy_row *r)
{
	unsigned unit = r->lpm.prefix.a.fam == 4 ? 32 : r->delegated ? r->delegated : 64;
	unsigned len = r->lpm.prefix.len;
	if (r->line[0] || len >= unit)
		return 1;
	return UINT64_C(1) << (unit - len > 32 ? 32 : unit - len);
}

int
policy_add(struct policy *p, const struct policy_row *row)
{
	struct policy_row *r = malloc(sizeof(*r));
	if (!r)
		return -ENOMEM;
	*r = *row;
	if (lpm_add(&p->rows, &r->lpm)) {
		free(r);
		return -EEXIST;
	}
	p->lines += lines_of(r);
	return 0;
}

static int
add_prefix(struct lpm *l, const struct prefix *pfx)
{
	struct lpm_node *n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->prefix = *pfx;
	if (lpm_add(l, n)) {
		free(n);
		return -EEXIST;
	}
	return 0;
}

int
policy_protect(struct policy *p, const struct prefix *pfx)
{
	return add_prefix(&p->protect, pfx);
}

int
policy_reach(struct policy *p, const struct prefix *pfx)
{
	return add_prefix(&p->reach, pfx);
}

/* One row around all of it, or none: an order as wide as several rows is nobody's line. */
bool
policy_owns(const struct policy *p, const struct prefix *pfx)
{
	for (unsigned len = 0; pfx->a.fam && len <= pfx->len; len++) {
		struct lpm_node key = { .prefix = prefix_of(&pfx->a, len) };
		if (p->rows.used[pfx->a.fam == 6][len] && tree_find(&p->rows.tree, &key.node))
			return true;
	}
	return false;
}

const char *
enforcer_name(enum enforcer e)
{
	static const char *const names[ENFORCER_N] = { "none", "nft", "dry" };
	return (unsigned)e < ENFORCER_N ? names[e] : "none";
}

const struct policy_row *
policy_find(const struct policy *p, const struct addr *a)
{
	return LPM_ENTRY(lpm_find(&p->rows, a), struct policy_row, lpm);
}

bool
policy_protected(const struct policy *p, const struct addr *a)
{
	return lpm_find(&p->protect, a) != NULL;
}

struct prefix
policy_subject(const struct policy_row *row, const struct addr *a)
{
	if (a->fam == 6)
		return prefix_of(a, row && row->delegated ? row->delegated : 64);
	return prefix_of(a, 32);
}
