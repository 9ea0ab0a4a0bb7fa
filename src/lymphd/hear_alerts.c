/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Role hear-alerts: speaks the local API of CrowdSec (v1) on a socket the warden opened, so that stock agents
 * can report and stock bouncers can ask. An agent's alerts become reports of "machine:NAME", which stands among
 * the reporters like any other; what it has decided is counted and dropped. A bouncer is told of orders in
 * force, as far as its scope and the conscience let, and of none while lymph may not enforce: that is the
 * warden's word, heard here and not by way of the judge. It opens nothing, and lets nobody in: staff do.
 */
#include "lymphd/hear_alerts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "host/log.h"
#include "wire/json.h"

#define TELL     (5 * MSEC_SECOND)
#define NETWORK  1200 /* registrations and logins an hour, of one network */

struct member *
door_member(struct hear_door *h, enum door_kind kind, const char *name)
{
	for (size_t i = 0; i < h->members; i++)
		if (h->member[i].row.kind == kind && strcmp(h->member[i].row.name, name) == 0)
			return &h->member[i];
	return NULL;
}

void
door_count(struct hear_door *h, enum door_kind kind, const char *name, enum door_count what, uint64_t n)
{
	struct member *m = door_member(h, kind, name);
	if (!m)
		return;
	m->seen.n[what] += n;
	m->seen.last = clock_real();
	m->changed = true;
}

/* The judge's list; what is known of those that stay stays. */
static void
take_list(struct hear_door *h, const struct msg_door_list *m, int fd)
{
	const struct door_row *row;
	const void *p = NULL;
	size_t n = 0;
	if (m->n > DOOR_ROWS || seal_map(fd, DOOR_ROWS * sizeof(*row), &p, &n) < 0)
		return;
	struct member *v = calloc(DOOR_ROWS, sizeof(*v));
	if (!v)
		fatal_oom();
	size_t have = 0;
	row = p;
	for (uint32_t i = 0; n >= m->n * sizeof(*row) && i < m->n; i++) {
		struct member *old, *to = &v[have];
		if (!door_row_sane(&row[i]))
			continue;
		old = door_member(h, (enum door_kind)row[i].kind, row[i].name);
		if (old && memcmp(old->row.hash, row[i].hash, sizeof(row[i].hash)) == 0) {
			*to = *old;
			old->given = NULL;
		}
		to->row = row[i];
		memcpy(to->seen.name, to->row.name, sizeof(to->seen.name));
		to->seen.kind = to->row.kind;
		have++;
	}
	seal_unmap(p, n);
	for (size_t i = 0; i < h->members; i++)
		free(h->member[i].given);
	free(h->member);
	h->member = v;
	h->members = have;
	h->listed = true;
}

static void
take_conscience(struct hear_door *h, const struct chan_msg *m)
{
	const struct msg_conscience *c = m->body;
	bool protect = c->file == CONSCIENCE_PROTECT;
	char why[256];
	if (!protect) {
		conscience_free(h->next);
		if (!(h->next = conscience_new()))
			fatal_oom();
	}
	int r = m->fd < 0 || !h->next ? -EBADF
	    : conscience_read(h->next, m->fd, protect, protect ? "protect" : "conscience", why, sizeof(why));
	if (r < 0) {
		log_warn("the conscience cannot be read, the one before stays: %s", r == -EBADF ? "no file" : why);
		conscience_free(h->next);
		h->next = NULL;
		return;
	}
	if (!protect)
		return;
	conscience_free(h->con);
	h->con = h->next;
	h->next = NULL;
	stream_build(h);
}

static void
door_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct hear_door *h = c->state;
	if (from == ROLE_WARDEN && m->type == M_CONSCIENCE) {
		take_conscience(h, m);
	} else if (from == ROLE_WARDEN && m->type == M_MODE) {
		const struct msg_mode *mode = m->body;
		h->may = mode->may == 1 && !mode->set.panic;
		stream_build(h);
	} else if (from == ROLE_JUDGE) {
		switch (m->type) {
		case M_REPORT_ANSWER: push_answered(h, m->body); break;
		case M_DOOR_ANSWER: door_registered(h, m->body); break;
		case M_DOOR_LIST: take_list(h, m->body, m->fd); break;
		case M_DOOR_ORDERS: stream_orders(h, m->body, m->fd); break;
		default: break;
		}
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
pump(struct hear_door *h)
{
	handoff_pump(&h->reports);
	handoff_pump(&h->registers);
	push_all(h);
}

static void
door_peer_up(struct role_ctx *c, enum role_id id)
{
	if (id == ROLE_JUDGE)
		pump(c->state);
}

static void
door_peer_down(struct role_ctx *c, enum role_id id)
{
	struct hear_door *h = c->state;
	if (id != ROLE_JUDGE)
		return;
	handoff_down(&h->reports);
	handoff_down(&h->registers);
}

static void
door_room(struct role_ctx *c, enum role_id id)
{
	if (id == ROLE_JUDGE)
		pump(c->state);
}

/* Figures, of who was there. */
static void
tell(struct hear_door *h)
{
	struct chan *to = h->c->peer[ROLE_JUDGE];
	if (!to)
		return;
	for (size_t i = 0; i < h->members; i++) {
		struct member *m = &h->member[i];
		if (m->changed && chan_send(to, M_DOOR_SEEN, &m->seen, NULL, 0, -1) == 0)
			m->changed = false;
	}
	if (memcmp(&h->counts, &h->said, sizeof(h->counts)) != 0 &&
	    chan_send(to, M_DOOR_COUNTS, &h->counts, NULL, 0, -1) == 0)
		h->said = h->counts;
}

static void
on_tick(int fd, int ready, void *arg)
{
	struct hear_door *h = arg;
	(void)fd, (void)ready;
	tell(h);
	loop_timer_in(h->tick, TELL);
}

static void
door_init(struct role_ctx *c)
{
	struct hear_door *h = calloc(1, sizeof(*h));
	time_t t = 0;
	struct tm tm;
	if (!h || sodium_init() < 0 || !(h->text = malloc(CLAIM_TEXT)))
		fatal_oom();
	json_warm();
	gmtime_r(&t, &tm); /* reads the zone file once, for the Date header */
	h->c = c;
	c->state = h;
	randombytes_buf(h->secret, sizeof(h->secret));
	handoff_init(&h->reports, c, ROLE_JUDGE, DOOR_OUT);
	handoff_init(&h->registers, c, ROLE_JUDGE, DOOR_SLOTS);
	quota_init(&h->key, c->conf->intake.per_key);
	quota_init(&h->network, NETWORK);
	door_http_init(h);
}

static void
door_start_role(struct role_ctx *c)
{
	struct hear_door *h = c->state;
	http_start(h->http);
	h->tick = loop_timer(c->loop, on_tick, h);
	loop_timer_in(h->tick, TELL);
}

static bool
door_wanted(const struct conf *c)
{
	return c->alerts[0];
}

const struct role role_hear_alerts = {
	.id = ROLE_HEAR_ALERTS,
	.name = "hear-alerts",
	.promises = BOX_CHAN | BOX_ACCEPT,
	.rlimit_as = UINT64_C(1) << 30,
	.peers = 1u << ROLE_JUDGE,
	.wanted = door_wanted,
	.init = door_init,
	.start = door_start_role,
	.message = door_message,
	.peer_up = door_peer_up,
	.peer_down = door_peer_down,
	.room = door_room,
};
