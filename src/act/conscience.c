/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What no order may do, see conscience.h. Pure but for memory: no clock, no file, no log. Must never
 * let an order pass because something in it is odd: what is not understood is malformed, and the
 * order is looked at as bytes a captured sender chose.
 */
#include "act/conscience.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "act/conscience_own.h"

static const struct rule_row {
	const char *name, *text;
} rules[RULE_N] = {
	[RULE_NONE] = { "none", "nothing speaks against it" },
	[RULE_MODE] = { "mode", "nothing is enforced in observe or after a panic; an admin sets the mode "
				"with `lymph mode enforce`, root its ceiling in the conscience file" },
	[RULE_MALFORMED] = { "malformed", "the order makes no sense; it was refused whole" },
	[RULE_NOT_OURS] = { "not ours", "the target is not wholly inside one own prefix; add the prefix to "
					"lymphd.conf if it is yours" },
	[RULE_NEVER] = { "never-touch", "target or peer is protected; `lymph protect list` and the "
					"conscience file show by what" },
	[RULE_WIDTH] = { "too wide", "the target is wider than the conscience's widest4 or widest6" },
	[RULE_KIND] = { "kind of line", "a critical line, or one with a desk of its own, is never "
					"quarantined; its holder has to act" },
	[RULE_REACH] = { "always-reach", "no quarantine until hand { always-reach } says what a line in it "
					 "still may talk to" },
	[RULE_SCOPE] = { "scope", "a filter names a protocol with ports, a port, and peers of the "
				  "target's family or none" },
	[RULE_LONGEST] = { "too long", "it would live longer than the conscience's longest" },
	[RULE_ENTRIES] = { "entries", "as many orders are in force as the conscience's entries allow, or filters from all "
				 "lines as its victims do" },
	[RULE_HOUR] = { "per hour", "as many orders of this kind were given in the last hour as the "
				    "conscience's per-hour allows" },
	[RULE_CARRIER] = { "no actuator", "nothing here can carry it out; see hand { actuator }" },
	[RULE_VICTIM] = { "victim", "a filter from all lines names a protocol and one foreign address, or a "
				    "prefix no wider than /24 (IPv6: /48), and no own prefix may touch it" },
	[RULE_CLOCK] = { "clock", "the clock jumped; new orders wait until it is back or a person says "
				  "`lymph resume --reason`" },
};

const char *
act_rule_name(enum act_rule r)
{
	return (unsigned)r < RULE_N ? rules[r].name : "?";
}

const char *
act_rule_text(enum act_rule r)
{
	return (unsigned)r < RULE_N ? rules[r].text : "a rule this program does not know";
}

static const struct conscience_domain *
domain(const struct tree_node *n)
{
	return TREE_ENTRY(n, const struct conscience_domain, node);
}

static int
domain_cmp(const struct tree_node *a, const struct tree_node *b)
{
	return strcmp(domain(a)->name, domain(b)->name);
}

struct conscience *
conscience_new(void)
{
	struct conscience *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	/* What holds when the file says nothing. */
	c->limit = (struct conscience_limits) {
		.ceiling = MODE_OBSERVE,
		.widest4 = 32,
		.widest6 = 56,
		.entries = 100000,
		.longest = 14 * MSEC_DAY,
		.victims = 16,
		.per_hour = { 100000, 100000, [RUNG_TICKET] = 100000, [RUNG_NOTIFY] = 1000,
			[RUNG_FILTER] = 1000, [RUNG_QUARANTINE] = 20 },
	};
	lpm_init(&c->never);
	tree_init(&c->domains, domain_cmp);
	return c;
}

void
conscience_free(struct conscience *c)
{
	struct tree_node *n;
	if (!c)
		return;
	while ((n = c->never.tree.root) != NULL) {
		tree_del(&c->never.tree, n);
		free(n); /* lpm_node begins with its tree_node */
	}
	while ((n = c->domains.root) != NULL) {
		tree_del(&c->domains, n);
		free(TREE_ENTRY(n, struct conscience_domain, node));
	}
	free(c);
}

int
conscience_add_never(struct conscience *c, const struct prefix *p)
{
	struct lpm_node *n = calloc(1, sizeof *n);
	if (!n)
		return -ENOMEM;
	n->prefix = *p;
	if (lpm_add(&c->never, n))
		free(n);
	return 0;
}

int
conscience_add_domain(struct conscience *c, const char *low)
{
	size_t n = strlen(low) + 1;
	struct conscience_domain *d = calloc(1, sizeof *d + n);
	if (!d)
		return -ENOMEM;
	memcpy(d->name, low, n);
	if (tree_add(&c->domains, &d->node))
		free(d);
	return 0;
}

enum mode
conscience_ceiling(const struct conscience *c)
{
	return c->limit.ceiling == MODE_ENFORCE ? MODE_ENFORCE : MODE_OBSERVE;
}

uint64_t
conscience_per_hour(const struct conscience *c, enum rung r)
{
	return (unsigned)r < RUNG_N ? (uint64_t)c->limit.per_hour[r] : 0;
}

uint64_t
conscience_entries(const struct conscience *c)
{
	return (uint64_t)c->limit.entries;
}

const struct prefix *
conscience_never(const struct conscience *c, const struct prefix *after)
{
	const struct lpm_node *n;
	struct lpm_node key;
	if (after) {
		key = (struct lpm_node){ .prefix = *after };
		n = lpm_next(&c->never, &key);
	} else {
		n = lpm_first(&c->never);
	}
	return n ? &n->prefix : NULL;
}

bool
conscience_domain_low(const char *name, size_t n, char *low)
{
	size_t label = 0;
	if (n && name[n - 1] == '.')
		n--;
	if (!n || n > CONSCIENCE_DOMAIN)
		return false;
	for (size_t i = 0; i < n; i++) {
		char ch = name[i];
		if (ch >= 'A' && ch <= 'Z')
			ch = (char)(ch - 'A' + 'a');
		bool word = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_';
		if (ch == '.' ? label == 0 : !word || label == 63)
			return false;
		label = ch == '.' ? 0 : label + 1;
		low[i] = ch;
	}
	low[n] = '\0';
	return label > 0;
}

bool
conscience_domain(const struct conscience *c, const char *name)
{
	char low[CONSCIENCE_DOMAIN + 1];
	size_t n = strnlen(name, CONSCIENCE_DOMAIN + 2);
	/* What is no name cannot be shown to be harmless. */
	if (!conscience_domain_low(name, n, low))
		return true;
	for (const char *s = low; s; s = strchr(s, '.')) {
		struct {
			struct conscience_domain d;
			char room[CONSCIENCE_DOMAIN + 1];
		} key;
		s += *s == '.';
		strcpy(key.d.name, s);
		if (tree_find(&c->domains, &key.d.node))
			return true;
	}
	return false;
}

/* An address in its only form: host bits and unused bytes zero, IPv4 not dressed as IPv6. */
static bool
prefix_sane(const struct prefix *p)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if ((p->a.fam != 4 && p->a.fam != 6) || p->len > (p->a.fam == 4 ? 32 : 128))
		return false;
	if (p->a.fam == 6 && memcmp(p->a.b, mapped, sizeof mapped) == 0)
		return false;
	struct prefix q = prefix_of(&p->a, p->len);
	return memcmp(q.a.b, p->a.b, sizeof q.a.b) == 0;
}

static bool
no_prefix(const struct prefix *p)
{
	return p->a.fam == 0 && p->len == 0;
}

static bool
order_sane(const struct order *o, msec left)
{
	return o->no != 0 && o->all <= 1 && (unsigned)o->rung < RUNG_N && (unsigned)o->cls < CLASS_N &&
	    o->cls != CLASS_NONE && o->inbound <= 1 && prefix_sane(&o->target) &&
	    (no_prefix(&o->peer) || prefix_sane(&o->peer)) && o->at >= 0 && o->expiry >= o->at &&
	    left > 0;
}

static bool
never(const struct conscience *c, const struct policy *p, const struct prefix *x)
{
	return x->a.fam && (lpm_touches(&c->never, x) || lpm_touches(&p->protect, x));
}

/* Whether any address of t stands under a row that forbids quarantine: the longest row around t, and
 * every row inside it. */
static bool
kind_forbids(const struct policy *p, const struct prefix *t)
{
	const struct lpm *rows = &p->rows;
	const uint32_t *used = rows->used[t->a.fam == 6];
	bool around = false;
	for (int len = t->len; len >= 0 && !around; len--) {
		struct lpm_node key = { .prefix = prefix_of(&t->a, (unsigned)len) };
		const struct tree_node *n = used[len] ? tree_find(&rows->tree, &key.node) : NULL;
		if (!n)
			continue;
		around = true;
		if (kind_row(LPM_ENTRY(n, const struct policy_row, lpm)->kind)->never_quarantine)
			return true;
	}
	for (unsigned len = t->len + 1u; len <= addr_bits(&t->a); len++) {
		struct lpm_node key = { .prefix = prefix_of(&t->a, len) };
		const struct tree_node *n = used[len] ? tree_from(&rows->tree, &key.node) : NULL;
		for (; n; n = tree_next(&rows->tree, n)) {
			const struct policy_row *r = LPM_ENTRY(n, const struct policy_row, lpm);
			if (r->lpm.prefix.len != len || !prefix_has(t, &r->lpm.prefix.a))
				break;
			if (kind_row(r->kind)->never_quarantine)
				return true;
		}
	}
	return false;
}

static bool
scope_sane(const struct order *o)
{
	/* TCP, UDP, DCCP, SCTP, UDP-Lite: those that have ports. */
	static const uint8_t with_ports[] = { 6, 17, 33, 132, 136 };
	return o->port && memchr(with_ports, o->proto, sizeof with_ports) &&
	    (!o->peer.a.fam || o->peer.a.fam == o->target.a.fam);
}

/* What all own lines together are kept from: never an own address, never a wide prefix. */
static bool
victim_sane(const struct policy *p, const struct order *o)
{
	return o->rung == RUNG_FILTER && !o->inbound && o->proto && o->target.len == 0 &&
	    o->peer.a.fam == o->target.a.fam && o->peer.len >= (o->peer.a.fam == 4 ? VICTIM4 : VICTIM6) &&
	    !lpm_touches(&p->rows, &o->peer);
}

/* The gates of one line's order. */
static enum act_rule
line_check(const struct conscience *c, const struct policy *p, const struct order *o)
{
	const struct conscience_limits *l = &c->limit;
	if (!policy_owns(p, &o->target))
		return RULE_NOT_OURS;
	if (never(c, p, &o->target) || never(c, p, &o->peer))
		return RULE_NEVER;
	if (!o->target.len || o->target.len < (o->target.a.fam == 4 ? l->widest4 : l->widest6))
		return RULE_WIDTH;
	if (o->rung == RUNG_QUARANTINE && kind_forbids(p, &o->target))
		return RULE_KIND;
	if (o->rung == RUNG_QUARANTINE && !p->reach.tree.count)
		return RULE_REACH;
	return o->rung == RUNG_FILTER && !scope_sane(o) ? RULE_SCOPE : RULE_NONE;
}

static enum act_rule
all_check(const struct conscience *c, const struct policy *p, const struct order *o)
{
	if (!victim_sane(p, o))
		return RULE_VICTIM;
	return never(c, p, &o->peer) ? RULE_NEVER : RULE_NONE;
}

enum act_rule
conscience_check(const struct conscience *c, const struct policy *p, const struct act_now *n,
    const struct order *o, msec left)
{
	const struct conscience_limits *l = &c->limit;
	if (!n->may || conscience_ceiling(c) != MODE_ENFORCE)
		return RULE_MODE;
	if (!order_sane(o, left))
		return RULE_MALFORMED;
	enum act_rule rule = o->all ? all_check(c, p, o) : line_check(c, p, o);
	if (rule)
		return rule;
	if (left > l->longest)
		return RULE_LONGEST;
	if (n->entries >= (uint64_t)l->entries || (o->all && n->victims >= (uint64_t)l->victims))
		return RULE_ENTRIES;
	if (n->hour[o->rung] >= (uint64_t)l->per_hour[o->rung])
		return RULE_HOUR;
	return RULE_NONE;
}
