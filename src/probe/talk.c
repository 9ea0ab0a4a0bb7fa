/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame around every check's state machine, see talk.h: caps and endings are here, once. */
#include "probe/talk.h"

#include <string.h>

void
talk_say(struct probe_talk *t, const void *p, size_t n)
{
	if (n > sizeof(t->out) - t->out_len) { /* our own words have a known length */
		talk_found(t, FOUND_LOCAL);
		return;
	}
	memcpy(t->out + t->out_len, p, n);
	t->out_len = (uint16_t)(t->out_len + n);
}

void
talk_found(struct probe_talk *t, enum found f)
{
	if (t->found == FOUND_NOTHING)
		t->found = f;
}

void
talk_wrong(struct probe_talk *t)
{
	t->wrong = true;
}

void
probe_begin(struct probe_talk *t, const struct probe_check *c, const struct probe_goal *g)
{
	*t = (struct probe_talk) { .check = c, .goal = *g };
	c->begin(t);
}

void
probe_sent(struct probe_talk *t)
{
	t->out_len = 0;
}

enum probe_step
probe_feed(struct probe_talk *t, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n && t->found == FOUND_NOTHING; i++) {
		if (t->in == PROBE_READ_CAP) {
			talk_found(t, FOUND_FLOOD);
			break;
		}
		t->in++;
		t->relayed += t->granted;
		if (!t->wrong)
			t->check->byte(t, p[i]);
	}
	/* A full cap is the end even if the target would pause here. */
	if (t->in == PROBE_READ_CAP)
		talk_found(t, FOUND_FLOOD);
	if (t->found != FOUND_NOTHING)
		return PROBE_DONE;
	return t->out_len ? PROBE_SEND : PROBE_MORE;
}

msec
probe_patience(const struct probe_talk *t)
{
	return t->wrong ? PROBE_QUIET : 0;
}

enum found
probe_finish(struct probe_talk *t, enum probe_end e)
{
	switch (e) {
	case PROBE_EOF:
		if (!t->wrong && t->http.run) /* a secret without its line end */
			t->check->byte(t, '\n');
		talk_found(t, t->granted && t->relayed == 0 ? FOUND_ONE_SIDED : FOUND_CLOSED);
		break;
	case PROBE_SILENT: talk_found(t, FOUND_CLOSED); break;
	case PROBE_OVERDUE: talk_found(t, t->in ? FOUND_SLOW : FOUND_MUTE); break;
	}
	return t->found;
}
