/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may send how much. What can be told from the head of a request is told there, before its body costs
 * anything: the share of its network, and, when nobody signed it, what the unsigned may still take of the
 * disk, of memory and of the connections. A key's own share comes after its signature was verified, or
 * anybody could use it up. Must never refuse what is signed for what the unsigned do.
 */
#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "lymphd/hear_reports.h"

#define UNSIGNED_HELD (INTAKE_LARGE / 2)     /* bytes of their bodies at a time */
#define UNSIGNED_MOST (INTAKE_SLOTS * 3 / 4) /* of their requests at a time */
#define TELL          (5 * MSEC_SECOND)
#define SHARE_AFTER   MSEC_HOUR              /* when to ask again for room on the disk */

void
admit_init(struct intake *in)
{
	quota_init(&in->admit.key, in->c->conf->intake.per_key);
	quota_init(&in->admit.network, in->c->conf->intake.per_network);
	in->admit.unsigned_left = UINT64_MAX; /* until the judge says; it decides in the end */
}

static int
over(struct refusal *why, msec after, const char *field, const char *whose, uint32_t per_hour)
{
	char rule[sizeof(why->rule)];
	snprintf(rule, sizeof(rule), "lymph: at most %u reports an hour from one %s", per_hour, whose);
	refuse(why, PROBLEM_QUOTA, field, rule);
	why->after = after;
	return -1;
}

int
admit_network(struct intake *in, const struct addr *from, size_t n, struct refusal *why)
{
	struct prefix net = quota_network(from);
	msec after = net.len ? quota_take(&in->admit.network, &net, sizeof(net), quota_units(n), clock_mono()) : 0;
	return after ? over(why, after, "address", "network (/24, IPv6 /48)", in->admit.network.per_hour) : 0;
}

/* Room for a body of n bytes in all, of which r->reserved are there. */
int
admit_unsigned(struct intake *in, struct request *r, size_t n, struct refusal *why)
{
	struct admit *a = &in->admit;
	size_t more = n > r->reserved ? n - r->reserved : 0;
	if (a->unsigned_held + more > a->unsigned_left) {
		a->share_refused++;
		refuse(why, PROBLEM_QUOTA, "Lymph-Signature",
		    "lymph: all unsigned reports together take at most 10 % of the disk's budget");
		why->after = SHARE_AFTER;
		return -1;
	}
	if (a->unsigned_held + more > UNSIGNED_HELD || a->unsigned_n - r->counted >= UNSIGNED_MOST) {
		a->crowd_refused++;
		return refuse(why, PROBLEM_BUSY, "", "");
	}
	a->unsigned_n += !r->counted;
	r->counted = true;
	a->unsigned_held += more;
	r->reserved += more;
	return 0;
}

int
admit_key(struct intake *in, const struct key *key, size_t n, struct refusal *why)
{
	msec after = key_is_zero(key)
	    ? 0 : quota_take(&in->admit.key, key->b, sizeof(key->b), quota_units(n), clock_mono());
	return after ? over(why, after, "Lymph-Signature", "key", in->admit.key.per_hour) : 0;
}

void
admit_done(struct intake *in, struct request *r)
{
	in->admit.unsigned_held -= r->reserved;
	in->admit.unsigned_n -= r->counted;
	r->reserved = 0;
	r->counted = false;
}

void
admit_tell(struct intake *in, msec now)
{
	struct admit *a = &in->admit;
	struct chan *judge = in->c->peer[ROLE_JUDGE];
	if (!judge || now - a->told_at < TELL)
		return;
	a->told_at = now;
	chan_send(judge, M_HEAR_COUNTS, &(struct msg_hear_counts){ .n = {
		[HEAR_TAKEN] = in->count.taken,
		[HEAR_CUT] = in->count.cut,
		[HEAR_BY_KEY] = a->key.refused,
		[HEAR_BY_NETWORK] = a->network.refused,
		[HEAR_BY_SHARE] = a->share_refused,
		[HEAR_BY_CROWD] = a->crowd_refused,
		[HEAR_FORGOTTEN] = a->key.evicted + a->network.evicted,
	} }, NULL, 0, -1);
}
