/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mailboxes held for dead, see edge_speak.h: a relay or a bounce said that nobody is there. Each is a row of the
 * store and stands in memory, too, as many as there is place for. Must never hold one for dead at the word of
 * somebody who did not get our mail, nor keep the name of one for ever.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lymphd/edge_speak_own.h"
#include "wire/claim.h"
#include "wire/mailout.h"

#define DEAD_FOR  (30 * MSEC_DAY)
#define DEAD_MOST (365 * MSEC_DAY)
#define FORGOTTEN (365 * MSEC_DAY) /* behind its end: then it is not known any more that it ever was dead */

static struct speak_grave *
grave_of(struct speaking *s, const char *address)
{
	uint8_t name[SPEAK_GRAVE];
	speak_grave_name(address, name);
	for (size_t i = 0; i < s->graves; i++)
		if (memcmp(s->grave[i].name, name, sizeof(name)) == 0)
			return &s->grave[i];
	return NULL;
}

bool
speak_is_dead(const struct edge *e, const char *address)
{
	const struct speak_grave *g = grave_of(e->speaking, address);
	return g && g->until > e->now;
}

static int
read_dead(const struct speak_dead *d, void *arg)
{
	struct speaking *s = ((struct edge *)arg)->speaking;
	if (s->graves == SPEAK_DEADS)
		return 0;
	speak_grave_name(d->address, s->grave[s->graves].name);
	s->grave[s->graves++].until = d->until;
	return 0;
}

int
speak_graves_read(struct edge *e)
{
	e->speaking->graves = 0;
	return speak_each_dead(e, read_dead, e);
}

/* A place for one more: of those there are the one that ends first gives it. Inside a transaction. */
static int
grave_new(struct edge *e, struct speak_grave **ret)
{
	struct speaking *s = e->speaking;
	struct speak_grave *first = &s->grave[0];
	if (s->graves < SPEAK_DEADS) {
		*ret = &s->grave[s->graves++];
		return 0;
	}
	for (size_t i = 1; i < s->graves; i++)
		if (s->grave[i].until < first->until)
			first = &s->grave[i];
	*ret = first;
	return speak_drop_dead(e, first->name);
}

int
speak_bury(struct edge *e, const char *address, const char *said)
{
	struct speak_grave *g = grave_of(e->speaking, address);
	struct speak_dead d = { 0 };
	int r = g ? 0 : grave_new(e, &g);
	if (r < 0)
		return r;
	speak_get_dead(e, address, &d);
	d.times++;
	d.since = e->now;
	d.until = e->now + (d.times < 12 ? d.times * DEAD_FOR : DEAD_MOST);
	claim_clean(address, strlen(address), d.address, sizeof(d.address));
	claim_clean(said, strlen(said), d.said, sizeof(d.said));
	speak_grave_name(address, g->name);
	g->until = d.until;
	return speak_put_dead(e, &d);
}

static bool
grave_old(const struct edge *e, const struct speak_grave *g)
{
	return g->until < e->now - FORGOTTEN;
}

bool
speak_graves_old(const struct edge *e)
{
	const struct speaking *s = e->speaking;
	size_t i = 0;
	while (i < s->graves && !grave_old(e, &s->grave[i]))
		i++;
	return i < s->graves;
}

int
speak_graves_tidy(struct edge *e)
{
	struct speaking *s = e->speaking;
	int r = 0;
	for (size_t i = s->graves; r == 0 && i-- > 0;)
		if (grave_old(e, &s->grave[i])) {
			r = speak_drop_dead(e, s->grave[i].name);
			s->grave[i] = s->grave[--s->graves];
		}
	return r;
}

void
speak_bounced(struct edge *e, const char *recipient, const char *message_id, const char *status)
{
	char *end;
	struct speak_head h;
	if (strncmp(message_id, MAILOUT_ID, strlen(MAILOUT_ID)) != 0 || status[0] != '5')
		return;
	uint64_t no = strtoull(message_id + strlen(MAILOUT_ID), &end, 10);
	if (*end != '.' || speak_head(e, no, &h) < 0 || strcmp(h.message_id, message_id) != 0 ||
	    strcasecmp(h.to, recipient) != 0 || h.state == SPEAK_REFUSED)
		return;
	speak_fresh(e);
	snprintf(h.said, sizeof(h.said), "bounced, status %.20s", status);
	int r = edge_begin(e);
	if (r == 0)
		r = speak_bury(e, h.to, h.said);
	if (r == 0)
		r = speak_end(e, &h, SPEAK_REFUSED);
	if (r == 0)
		r = speak_bounced_all(e, &h);
	if (edge_end(e, r) == 0)
		e->speaking->totals.bounced++;
}

int
speak_revive(struct edge *e, const char *address, uid_t uid, const char *text)
{
	struct desk_act a = { .verb = DESK_SPEAK_REVIVE, .uid = uid };
	uint8_t name[SPEAK_GRAVE];
	struct speak_dead d;
	int r = speak_get_dead(e, address, &d);
	if (r < 0)
		return r;
	speak_grave_name(address, name);
	snprintf(a.text, sizeof(a.text), "%s", text);
	r = edge_said(e, &a, NULL);
	if (r == 0)
		r = speak_drop_dead(e, name);
	r = edge_finish(e, r);
	speak_stale(e);
	return r;
}
