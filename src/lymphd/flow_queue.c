/* SPDX-License-Identifier: BSD-2-Clause */
/* Two lists over one array: all that wait, oldest first, and of them such as only add weight. */
#include "lymphd/flow_queue.h"

#include <stdlib.h>
#include <sys/queue.h>

struct waiting {
	TAILQ_ENTRY(waiting) all, light;
	struct msg_finding m;
	bool acts;
};
TAILQ_HEAD(waiting_list, waiting);

struct flow_queue {
	struct waiting_list all, light, spare;
	struct waiting *next; /* first not said; all behind it are not, either */
	struct queue_stats stats;
	uint64_t no;
	struct waiting room[FLOW_QUEUE];
};

struct flow_queue *
queue_new(uint64_t no)
{
	struct flow_queue *q = calloc(1, sizeof(*q));
	if (!q)
		return NULL;
	q->no = no;
	TAILQ_INIT(&q->all);
	TAILQ_INIT(&q->light);
	TAILQ_INIT(&q->spare);
	for (size_t i = 0; i < FLOW_QUEUE; i++)
		TAILQ_INSERT_TAIL(&q->spare, &q->room[i], all);
	return q;
}

void
queue_free(struct flow_queue *q)
{
	free(q);
}

static void
take_out(struct flow_queue *q, struct waiting *w)
{
	if (q->next == w)
		q->next = TAILQ_NEXT(w, all);
	TAILQ_REMOVE(&q->all, w, all);
	if (!w->acts)
		TAILQ_REMOVE(&q->light, w, light);
	TAILQ_INSERT_HEAD(&q->spare, w, all);
	q->stats.waiting--;
}

static void
make_room(struct flow_queue *q)
{
	struct waiting *w = TAILQ_FIRST(&q->light);
	if (!w)
		w = TAILQ_FIRST(&q->all);
	q->stats.dropped++;
	q->stats.dropped_acting += w->acts;
	take_out(q, w);
}

void
queue_add(struct flow_queue *q, const struct finding *f)
{
	const struct detector_row *row = detector_row((enum detector)f->detector);
	if (TAILQ_EMPTY(&q->spare))
		make_room(q);
	struct waiting *w = TAILQ_FIRST(&q->spare);
	TAILQ_REMOVE(&q->spare, w, all);
	w->m.no = ++q->no;
	w->m.finding = *f;
	w->acts = row && row->acts;
	TAILQ_INSERT_TAIL(&q->all, w, all);
	if (!w->acts)
		TAILQ_INSERT_TAIL(&q->light, w, light);
	if (!q->next)
		q->next = w;
	q->stats.made++;
	q->stats.waiting++;
}

const struct msg_finding *
queue_next(const struct flow_queue *q)
{
	return q->next ? &q->next->m : NULL;
}

void
queue_said(struct flow_queue *q)
{
	if (q->next)
		q->next = TAILQ_NEXT(q->next, all);
}

void
queue_done(struct flow_queue *q, uint64_t no)
{
	struct waiting *w;
	/* Numbers rise: what is done is found at the head, or near it. */
	TAILQ_FOREACH(w, &q->all, all) {
		if (w->m.no == no)
			take_out(q, w);
		if (w->m.no >= no)
			return;
	}
}

void
queue_again(struct flow_queue *q)
{
	q->next = TAILQ_FIRST(&q->all);
}

void
queue_stats(const struct flow_queue *q, struct queue_stats *ret)
{
	*ret = q->stats;
}
