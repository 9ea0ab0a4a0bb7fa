/* SPDX-License-Identifier: BSD-2-Clause */
/* What staff say of cases and orders. A word about what is not there (any more) changes nothing and is
 * counted: whoever passed it on looked before, but the judge may have moved on since. */
#include "judge/orders.h"

#include <string.h>

typedef void verb_fn(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now);

/* The rung is closed to this case, until ALLOW, REOPEN or its end. */
static void
bar(struct judge *j, struct kase *c, enum rung r)
{
	c->barred |= RUNG_BIT(r);
	c->latched &= (uint8_t)~RUNG_BIT(r);
	if (c->order[r])
		order_end(j, c, r, true);
	obj_touch(j, &c->o);
}

static void
undo(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	(void)p;
	bar(j, c, r);
	ladder_climb(j, c, NULL, now);
}

static const struct {
	verb_fn *order, *kase;
} verbs[DESK_VERB_N] = {
	[DESK_UNDO] = { .order = undo },
};

uint64_t
desk_act(struct judge *j, const struct desk_act *p, msec now)
{
	struct kase *c;
	enum rung r = RUNG_LOG;
	if (p->verb >= DESK_VERB_N)
		return 0;
	if (desk_verb_row((enum desk_verb)p->verb)->order) {
		struct given *g = order_find(j, p->target);
		c = g ? case_by_no(j, g->order.case_no) : NULL;
		if (c)
			r = g->order.rung;
		if (c && c->order[r] != p->target)
			c = NULL;
	} else {
		c = case_by_no(j, p->target);
	}
	if (!c) {
		j->m.desk_missed++;
		return 0;
	}
	tell(j, EVENT_DESK, c->no, j->seq, p->verb, 0);
	if (verbs[p->verb].order)
		verbs[p->verb].order(j, c, r, p, now);
	else if (verbs[p->verb].kase)
		verbs[p->verb].kase(j, c, r, p, now);
	case_due(j, c);
	return c->no;
}
