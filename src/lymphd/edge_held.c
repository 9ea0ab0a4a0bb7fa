/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's word as it is held: whether anything may be enforced now, by which conscience, and
 * whether the wall clock jumped. Until the warden has spoken, nothing may; it must never read a word into
 * silence.
 */
#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge_word_own.h"

#define JUMP (5 * MSEC_MINUTE)
#define SLEW 2000 /* a clock that is set right slowly gains or loses at most 1 in this */

bool
word_may(const struct edge *e)
{
	const struct msg_mode *m = &e->word->mode;
	return m->no && m->may == 1 && !m->set.panic && e->word->c;
}

const struct conscience *
word_conscience_now(const struct edge *e)
{
	return e->word->c;
}

const struct msg_mode *
word_mode_now(const struct edge *e)
{
	return &e->word->mode;
}

/* --- the clock ----------------------------------------------------------------------------------- */

bool
word_paused(struct edge *e)
{
	struct word *w = e->word;
	msec boot = clock_boot(), drift = clock_real() - boot, off = drift - w->drift;
	msec slew = (boot - w->watched) / SLEW;
	bool was = w->paused;
	if (off <= JUMP && slew > 0) { /* what a clock daemon does is no jump, however long it goes on */
		w->drift += off > slew ? slew : off < -slew ? -slew : off;
		w->watched = boot;
	}
	w->paused = off > JUMP;
	if (w->paused && !was)
		log_warn("the clock jumped forward by %lld s: new orders wait until it is back, or "
			 "for `lymph resume --reason`",
		    (long long)(off / MSEC_SECOND));
	else if (was && !w->paused)
		log_info("the clock is back: new orders go on");
	return w->paused;
}

void
word_clock_accept(struct word *w)
{
	w->watched = clock_boot();
	w->drift = clock_real() - w->watched;
	w->paused = false;
}
