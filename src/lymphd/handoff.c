/* SPDX-License-Identifier: BSD-2-Clause */
/* What was handed on and not answered, see handoff.h. Must never send one before an older one, nor take
 * an answer for what was not sent. */
#include "lymphd/handoff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"

void
handoff_init(struct handoff *h, struct role_ctx *c, enum role_id to, unsigned slots)
{
	*h = (struct handoff){ .c = c, .to = to, .slots = slots };
	h->slot = calloc(slots, sizeof(*h->slot));
	if (!h->slot)
		fatal_oom();
}

/* 0, or -EAGAIN, -EPIPE: it waits. */
static int
send_one(struct handoff *h, struct handed *x)
{
	struct chan *to = h->c->peer[h->to];
	const struct chan_row *row = &msg_table[x->type];
	size_t tail = x->len;
	int fd = -1;
	if (!to)
		return -EPIPE;
	if (x->sealed || row->flags & MSG_FD ||
	    (row->flags & MSG_MAYFD && row->size + tail + 16 > CHAN_MAX)) {
		tail = x->head;
		if (!chan_may_send(to, row->size + tail)) {
			/* Asks for room all the same: nobody would tell of it else. */
			int rc = chan_send(to, x->type, x->msg, x->tail, tail, -1);
			return rc ? rc : -EAGAIN;
		}
		if (x->sealed)
			fd = x->fd;
		else if (seal_make(row->name, x->tail + x->head, x->len - x->head, &fd) < 0)
			return -EAGAIN;
	}
	int rc = chan_send(to, x->type, x->msg, x->tail, tail, fd);
	if (fd >= 0 && !x->sealed)
		close(fd);
	x->sent = rc == 0;
	return rc;
}

static bool
must_wait(const struct handoff *h)
{
	const struct handed *last = h->before ? h->before->last : NULL;
	return last && !last->sent; /* what waits stands last, for nothing overtakes */
}

void
handoff_pump(struct handoff *h)
{
	if (must_wait(h))
		return;
	for (struct handed *x = h->first; x; x = x->next)
		if (!x->sent && send_one(h, x) < 0)
			return;
}

bool
handoff_give(struct handoff *h, struct handed *x)
{
	unsigned slot = (unsigned)(h->serial % h->slots);
	if (h->n == h->slots)
		return false;
	while (h->slot[slot])
		slot = (slot + 1) % h->slots;
	h->slot[slot] = x;
	x->slot = slot;
	uint64_t ticket = ++h->serial * h->slots + slot;
	memcpy(x->msg, &ticket, sizeof(ticket));
	x->since = clock_mono();
	x->sent = false;
	x->in = true;
	bool queue = h->last && !h->last->sent;
	x->prev = h->last;
	x->next = NULL;
	if (h->last)
		h->last->next = x;
	else
		h->first = x;
	h->last = x;
	h->n++;
	if (!queue && !must_wait(h)) /* else it would overtake */
		send_one(h, x);
	return true;
}

void
handoff_drop(struct handoff *h, struct handed *x)
{
	if (!x->in)
		return;
	h->slot[x->slot] = NULL;
	if (x->prev)
		x->prev->next = x->next;
	else
		h->first = x->next;
	if (x->next)
		x->next->prev = x->prev;
	else
		h->last = x->prev;
	x->in = x->sent = false;
	h->n--;
}

struct handed *
handoff_answered(struct handoff *h, uint64_t ticket)
{
	uint64_t mine;
	struct handed *x = h->slot[ticket % h->slots];
	if (!x || !x->sent)
		return NULL;
	memcpy(&mine, x->msg, sizeof(mine));
	if (mine != ticket)
		return NULL;
	handoff_drop(h, x);
	return x;
}

void
handoff_down(struct handoff *h)
{
	for (struct handed *x = h->first; x; x = x->next)
		x->sent = false;
}
