/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose an address is, as the control socket tells; and what the status says of asking. A question
 * to a registry takes seconds: who asked waits a while, then learns to come again. Texts of
 * registries go out as JSON only.
 */
#include <errno.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/control.h"
#include "lymphd/edge_whose.h"

#define WAITS    16
#define PATIENCE (8 * MSEC_SECOND) /* below that of the control socket */

static struct {
	struct loop_event *timer;
	struct wait {
		uint64_t ticket; /* 0: free */
		struct addr addr;
		msec until;      /* mono */
	} wait[WAITS];
} ctl;

static void
put_whose(json_t *o, const struct addr *a, int err, const struct whose *w)
{
	static const char *const from[WHOSE_FROM_N] = { "peer", "file", "rdap" };
	put_addr(o, "address", a);
	put(o, "known", json_boolean(err == 0));
	put_text(o, "from", err ? "" : from[w->from]);
	if (err)
		return;
	put_addr(o, "first", &w->first);
	put_addr(o, "last", &w->last);
	put_text(o, "name", w->name);
	put_text(o, "mail", w->mail);
	put_text(o, "url", w->url);
	put_text(o, "peer", w->peer);
	put_time(o, "until", w->until);
}

static void
arm(void)
{
	msec first = MSEC_NEVER, now = clock_mono();
	for (size_t i = 0; i < WAITS; i++)
		if (ctl.wait[i].ticket && ctl.wait[i].until < first)
			first = ctl.wait[i].until;
	if (first == MSEC_NEVER)
		loop_timer_off(ctl.timer);
	else
		loop_timer_in(ctl.timer, first > now ? first - now : 0);
}

static void
on_timer(int fd, int ready, void *arg)
{
	msec now = clock_mono();
	(void)fd, (void)ready, (void)arg;
	for (size_t i = 0; i < WAITS; i++) {
		uint64_t ticket = ctl.wait[i].ticket;
		if (!ticket || ctl.wait[i].until > now)
			continue;
		ctl.wait[i].ticket = 0;
		control_later(ticket, -ETIMEDOUT, NULL,
		    "no registry has answered yet; it is still being asked: ask again in a while");
	}
	arm();
}

static void
on_told(struct edge *e, const struct addr *a, int err, const struct whose *w)
{
	(void)e;
	for (size_t i = 0; i < WAITS; i++) {
		uint64_t ticket = ctl.wait[i].ticket;
		if (!ticket || !addr_eq(&ctl.wait[i].addr, a))
			continue;
		json_t *doc = json_new(json_object());
		put_whose(doc, a, err, w);
		ctl.wait[i].ticket = 0;
		control_later(ticket, 0, doc, "");
	}
	arm();
}

static int
wait_for(struct control_call *k, const struct addr *a)
{
	size_t i = 0;
	while (i < WAITS && ctl.wait[i].ticket)
		i++;
	if (i == WAITS)
		return control_refuse(k, -EBUSY, "too many wait for registries: try again");
	if (!ctl.timer) {
		ctl.timer = loop_timer(k->e->c->loop, on_timer, NULL);
		whose_wait(k->e, on_told);
	}
	ctl.wait[i] = (struct wait){ .ticket = k->ticket, .addr = *a, .until = clock_mono() + PATIENCE };
	arm();
	return CONTROL_LATER;
}

int
control_whose(struct control_call *k)
{
	const char *text = control_arg_text(k, "address");
	const struct conf *c = k->e->c->conf;
	struct addr a;
	struct whose w;
	if (!text || addr_parse(text, strlen(text), &a) < 0)
		return control_refuse(k, -EINVAL, "address takes an address");
	int r = whose_of(k->e, &a, &w);
	if (r == -EAGAIN)
		return wait_for(k, &a);
	if (r == -EINVAL)
		return control_refuse(k, r, policy_find(c->policy, &a)
		    ? "that is an own address: see lymph why"
		    : "that is a private address, or one for special purposes: no registry knows whose");
	if (r == -EBUSY)
		return control_refuse(k, r, "too many are asked about: try again");
	put_whose(k->answer, &a, r, &w);
	put(k->answer, "configured", json_boolean(c->rdap.bootstrap[0][0] || c->rdap.cache[0] || c->peers));
	return 0;
}

static const char *const counts[FEED_COUNT_N] = { "asked", "by_file", "found", "nobody", "fetches", "redirects",
	"bad", "limited", "no_registry", "aside" };
static const char *const ends[FETCH_END_N] = { "done", "no_name", "forbidden", "failed", "no_trust", "slow",
	"large", "busy" };

json_t *
control_whose_json(const struct edge *e)
{
	const struct conf *c = e->c->conf;
	struct whose_totals t;
	if (!c->rdap.bootstrap[0][0] && !c->rdap.cache[0] && !c->peers)
		return json_null();
	whose_totals(e, &t);
	json_t *o = json_new(json_object()), *ended = json_new(json_object());
	put_int(o, "peers", c->peers);
	put(o, "registries", json_boolean(c->rdap.bootstrap[0][0] != '\0'));
	put_int(o, "ranges", t.rows);
	put_int(o, "waiting", t.waiting);
	put_int(o, "evicted", t.evicted);
	put_int(o, "lost", t.lost);
	put_int(o, "refused", t.busy);
	put(o, "heard", json_boolean(t.heard));
	for (int i = 0; i < FEED_COUNT_N; i++)
		put_int(o, counts[i], t.feed.n[i]);
	for (int i = 0; i < FETCH_END_N; i++)
		put_int(ended, ends[i], t.feed.ended[i]);
	put(o, "fetched", ended);
	put_int(o, "bootstrap_rows", t.feed.boot_rows);
	put_time(o, "bootstrap_read", t.feed.boot_read);
	put_int(o, "file_rows", t.feed.cache_rows);
	put_int(o, "file_bad", t.feed.cache_bad);
	put_text(o, "wrong", t.feed.wrong);
	return o;
}
