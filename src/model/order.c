/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and canonical encoding of cases' states and orders, see order.h. */
#include "model/order.h"

#include <errno.h>

#include "model/fact.h"

static const char *const states[CASE_STATE_N] = { "open", "watched", "acted", "recheck",
	"probation", "closed" };
static const char *const closes[CLOSE_AS_N] = { "", "not-found", "faded", "fixed" };

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

void
order_encode(struct writer *w, const struct order *o)
{
	w64(w, o->no);
	w64(w, o->case_no);
	w8(w, (uint8_t)o->rung);
	w8(w, (uint8_t)o->cls);
	addr_encode(w, &o->target.a);
	w8(w, o->target.len);
	w8(w, o->proto);
	w16(w, o->port);
	w8(w, o->inbound);
	w64(w, (uint64_t)o->at);
	w64(w, (uint64_t)o->expiry);
	w64(w, o->score);
	w8(w, o->would);
	w8(w, o->dropped);
}

int
order_decode(const void *p, size_t n, struct order *ret)
{
	struct reader r = reader_of(p, n);
	struct order o = { 0 };
	o.no = r64(&r);
	o.case_no = r64(&r);
	o.rung = r8(&r);
	o.cls = r8(&r);
	addr_decode(&r, &o.target.a);
	o.target.len = r8(&r);
	o.proto = r8(&r);
	o.port = r16(&r);
	o.inbound = r8(&r);
	o.at = (msec)r64(&r);
	o.expiry = (msec)r64(&r);
	o.score = r64(&r);
	uint8_t would = r8(&r), dropped = r8(&r);
	if (!reader_done(&r) || o.rung >= RUNG_N || o.cls >= CLASS_N || would > 1 || dropped > 1 ||
	    o.target.len > addr_bits(&o.target.a))
		return -EBADMSG;
	o.would = would;
	o.dropped = dropped;
	*ret = o;
	return 0;
}
