/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and canonical encoding of cases' states and orders, see order.h. */
#include "model/order.h"

#include <errno.h>
#include <string.h>

#include "base/pack.h"

static const char *const states[CASE_STATE_N] = { "open", "watched", "acted", "recheck",
	"probation", "closed" };
static const char *const closes[CLOSE_AS_N] = { "", "not-found", "faded", "fixed", "false-positive",
	"wrong-line", "duplicate", "not-abuse", "accepted", "appealed" };

enum close_as
close_as_by_name(const char *s)
{
	int i = CLOSE_NONE + 1;
	while (i < CLOSE_AS_N && strcmp(closes[i], s) != 0)
		i++;
	return (enum close_as)i;
}

const char *
case_state_name(enum case_state s)
{
	return (unsigned)s < CASE_STATE_N ? states[s] : "none";
}

const char *
close_as_name(enum close_as c)
{
	return (unsigned)c < CLOSE_AS_N ? closes[c] : "";
}

/* Which way a filter looks, a bit each. */
enum { INBOUND = 1, ALL_LINES = 2 };

void
order_encode(struct writer *w, const struct order *o)
{
	w64(w, o->no);
	w64(w, o->case_no);
	w8(w, (uint8_t)o->rung);
	w8(w, (uint8_t)o->cls);
	prefix_encode(w, &o->target);
	prefix_encode(w, &o->peer);
	w8(w, o->proto);
	w16(w, o->port);
	w8(w, (uint8_t)((o->inbound ? INBOUND : 0) | (o->all ? ALL_LINES : 0)));
	w64(w, (uint64_t)o->at);
	w64(w, (uint64_t)o->expiry);
	w64(w, o->score);
	w8(w, o->would);
	w8(w, o->dropped);
	w8(w, o->asked);
	w32(w, o->by);
}

int
order_decode(const void *p, size_t n, struct order *ret)
{
	struct reader r = reader_of(p, n);
	struct order o = { 0 };
	o.no = r64(&r);
	o.case_no = r64(&r);
	o.rung = r8below(&r, RUNG_N);
	o.cls = r8below(&r, CLASS_N);
	prefix_decode(&r, &o.target);
	prefix_decode(&r, &o.peer);
	o.proto = r8(&r);
	o.port = r16(&r);
	uint8_t way = r8below(&r, INBOUND + ALL_LINES + 1);
	o.inbound = way & INBOUND ? 1 : 0;
	o.all = way & ALL_LINES ? 1 : 0;
	o.at = (msec)r64(&r);
	o.expiry = (msec)r64(&r);
	o.score = r64(&r);
	o.would = r8below(&r, 2);
	o.dropped = r8below(&r, 2);
	o.asked = r8below(&r, 2);
	o.by = r32(&r);
	if (!reader_done(&r))
		return -EBADMSG;
	*ret = o;
	return 0;
}
