/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Legal holds and forgetting, as staff ask for them. To forget takes role privacy, or two people who may
 * read the audit; what waits for the second is in memory and for a short time. It must never put a name of
 * who is forgotten into a log or the audit.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "lymphd/control.h"
#include "lymphd/edge_keep.h"
#include "lymphd/staff.h"
#include "wire/sshsig.h"

#define PENDING  8
#define PATIENCE (15 * MSEC_MINUTE)

static struct pending {
	uint64_t id; /* 0: free */
	struct keep_set set;
	msec ends;   /* monotonic */
	msec until;  /* wall clock, for showing */
} pendings[PENDING];
static uint64_t last_id;

/* --- what is meant ------------------------------------------------------------------------------- */

/* A fingerprint can only be looked for. */
static bool
by_fingerprint(struct control_call *k, const char *who, struct key *ret)
{
	char text[KEY_TEXT];
	struct view_reporter v;
	struct key key, *after = NULL;
	for (int n = 0; n < WALK_MOST && view_reporter_next(k->e->judge, after, edge_now(k->e), &v); n++) {
		if (strcmp(key_print(&v.key, text), who) == 0) {
			*ret = v.key;
			return true;
		}
		key = v.key;
		after = &key;
	}
	return false;
}

static bool
find_reporter(struct control_call *k, const char *who, struct key *ret)
{
	struct view_reporter v;
	if (key_parse(who, strlen(who), ret) == 0)
		return true;
	if (strncmp(who, "SHA256:", 7) == 0)
		return by_fingerprint(k, who, ret);
	if (control_find_reporter(k, who, &v) != 1)
		return false;
	*ret = v.key;
	return true;
}

static bool
number_of(const char *s, uint64_t *ret)
{
	char *end;
	if (*s < '0' || *s > '9' || strlen(s) > 18)
		return false;
	*ret = strtoull(s, &end, 10);
	return *end == '\0' && *ret != 0;
}

/* "12" and "case:12", an address, "line:L-1", a key, "reporter:NAME"; a bare word is a reporter's name if
 * one is called so, else a line. */
static int
which(struct control_call *k, struct keep_set *s)
{
	const char *text = control_arg_text(k, "which"), *rest = text ? text : "";
	struct key key;
	int what = KEEP_WHAT_N;
	for (int w = 0; w < KEEP_WHAT_N; w++) {
		size_t n = strlen(keep_what_name((enum keep_what)w));
		if (strncmp(rest, keep_what_name((enum keep_what)w), n) == 0 && rest[n] == ':') {
			what = w;
			rest += n + 1;
			break;
		}
	}
	if (!*rest)
		return control_refuse(k, -EINVAL, "which is missing: a case, an address, a line or a reporter");
	bool any = what == KEEP_WHAT_N;
	if ((any || what == KEEP_CASE) && number_of(rest, &s->no))
		s->what = KEEP_CASE;
	else if ((any || what == KEEP_ADDRESS) && addr_parse(rest, strlen(rest), &s->addr) == 0)
		s->what = KEEP_ADDRESS;
	else if ((any || what == KEEP_REPORTER) && find_reporter(k, rest, &key))
		s->what = KEEP_REPORTER;
	else if ((any || what == KEEP_LINE) && strlen(rest) < sizeof(s->line) &&
		 strncmp(rest, "SHA256:", 7) != 0)
		s->what = KEEP_LINE;
	else
		return control_refuse(k, -EINVAL, "no such %s",
		    any ? "case, address, line or reporter" : keep_what_name((enum keep_what)what));
	if (s->what == KEEP_REPORTER)
		memcpy(s->key, key.b, sizeof(s->key));
	if (s->what == KEEP_LINE)
		snprintf(s->line, sizeof(s->line), "%s", rest);
	if (s->what == KEEP_REPORTER && key_is_zero(&key))
		return control_refuse(k, -EINVAL, "the unsigned are nobody");
	return 0;
}

static int
reason(struct control_call *k, struct keep_set *s)
{
	const char *text = control_arg_text(k, "text");
	if (!text || !*text)
		return control_refuse(k, -EINVAL, "a reason is missing");
	if (strlen(text) >= sizeof(s->text))
		return control_refuse(k, -EINVAL, "a reason takes at most %d bytes", DESK_TEXT - 1);
	snprintf(s->text, sizeof(s->text), "%s", text);
	return 0;
}

static void
put_which(json_t *o, const struct keep_set *s)
{
	char text[KEY_TEXT];
	struct key key;
	put_text(o, "what", keep_what_name((enum keep_what)s->what));
	switch ((enum keep_what)s->what) {
	case KEEP_CASE: put_int(o, "case", s->no); break;
	case KEEP_ADDRESS: put_addr(o, "address", &s->addr); break;
	case KEEP_LINE: put_text(o, "line", s->line); break;
	case KEEP_REPORTER:
		memcpy(key.b, s->key, sizeof(key.b));
		put_text(o, "reporter", key_print(&key, text));
		break;
	case KEEP_WHAT_N: break;
	}
}

/* --- holds --------------------------------------------------------------------------------------- */

int
control_holds(struct control_call *k)
{
	struct keep_hold h;
	size_t it = 0;
	msec now = edge_now(k->e);
	json_t *list = json_new(json_array());
	while (keep_hold_next(k->e, &it, &h)) {
		json_t *o = json_new(json_object());
		put_int(o, "hold", h.no);
		put_which(o, &h.set);
		put_text(o, "text", h.set.text);
		put_int(o, "by", h.set.uid);
		put_time(o, "at", h.at);
		put_time(o, "until", h.set.until);
		put(o, "lasts", json_boolean(keep_hold_lasts(&h, now)));
		push(list, o);
	}
	put(k->answer, "holds", list);
	put_time(k->answer, "now", now);
	return 0;
}

static int
said(struct control_call *k, struct keep_set *s)
{
	uint64_t seq = 0;
	int r = keep_said(k->e, s, &seq);
	if (r == -E2BIG && s->verb == KEEP_HOLD)
		return control_refuse(k, r, "there are %d holds already", KEEP_HOLDS);
	if (r == -E2BIG)
		return control_refuse(k, r, "%d forgettings are under way, or %d wait for holds", KEEP_JOBS, KEEP_WAITS);
	if (r == -ENOENT)
		return control_refuse(k, r, "no hold %llu: \"lymph hold list\" shows those there are",
		    (unsigned long long)s->no);
	if (r < 0)
		return control_refuse(k, r, "not kept: %s", strerror(-r));
	word_audit(k->e, k->roles);
	put_int(k->answer, "fact", seq);
	return 0;
}

int
control_hold(struct control_call *k)
{
	struct keep_set s = { .verb = KEEP_HOLD, .uid = k->uid };
	int64_t until, drop;
	int r = control_arg_int(k, "until_ms", 0, &until);
	if (r == 0)
		r = control_arg_int(k, "drop", 0, &drop);
	if (r == 0)
		r = reason(k, &s);
	if (r < 0)
		return r;
	if (drop > 0) {
		s.verb = KEEP_DROP;
		s.no = (uint64_t)drop;
		return said(k, &s);
	}
	if (until && until <= edge_now(k->e))
		return control_refuse(k, -EINVAL, "until is over already");
	s.until = until;
	if ((r = which(k, &s)) < 0)
		return r;
	put_which(k->answer, &s);
	return said(k, &s);
}

/* --- forgetting ---------------------------------------------------------------------------------- */

static struct pending *
pending_of(uint64_t id)
{
	struct pending *ret = NULL;
	for (size_t i = 0; i < PENDING; i++) {
		if (pendings[i].id && pendings[i].ends <= clock_mono())
			pendings[i] = (struct pending){ 0 };
		if (pendings[i].id == id)
			ret = &pendings[i];
	}
	return ret;
}

/* Nothing stands against it: no hold, no order in force. */
static int
may_forget(struct control_call *k, const struct keep_set *s, uint64_t *cases)
{
	uint64_t standing, hold = keep_hold_against(k->e, s);
	if (s->what == KEEP_CASE)
		return control_refuse(k, -EINVAL, "a case is forgotten with its address or line");
	if (hold)
		return control_refuse(k, -EPERM, "hold %llu stands against it", (unsigned long long)hold);
	if (!keep_holds_known(k->e))
		return control_refuse(k, -EAGAIN, "what the holds are about is still looked up: try again in a while");
	*cases = keep_cases(k->e, s, NULL, 0, &standing);
	if (standing)
		return control_refuse(k, -EBUSY, "in %llu of its cases an order stands: undo it or let it end",
		    (unsigned long long)standing);
	return 0;
}

static int
wait_for_second(struct control_call *k, const struct keep_set *s)
{
	char id[24];
	struct pending *p = pending_of(0);
	if (k->uid == 0)
		return control_refuse(k, -EPERM, "root may not be one of two people; ask as yourself");
	if (!p)
		return control_refuse(k, -E2BIG, "%d forgettings wait for a second person already", PENDING);
	*p = (struct pending){ .id = ++last_id,
		.set = *s,
		.ends = clock_mono() + PATIENCE,
		.until = clock_real() + PATIENCE };
	snprintf(id, sizeof(id), "f%llu", (unsigned long long)p->id);
	put_text(k->answer, "pending", id);
	put_time(k->answer, "until", p->until);
	return 0;
}

static int
second(struct control_call *k, const char *id)
{
	struct pending *p = NULL;
	struct keep_set s;
	uint64_t no, cases;
	if (*id == 'f' && number_of(id + 1, &no))
		p = pending_of(no);
	if (!p)
		return control_refuse(k, -ENOENT, "no such forgetting waits (any more)");
	if (k->uid == 0 || k->uid == p->set.uid)
		return control_refuse(k, -EPERM, "a second person has to say so: neither root nor who asked");
	s = p->set;
	s.second = k->uid;
	int r = may_forget(k, &s, &cases);
	if (r == 0)
		r = said(k, &s);
	if (r < 0)
		return r;
	put_which(k->answer, &s);
	put_int(k->answer, "cases", cases);
	*p = (struct pending){ 0 };
	return 0;
}

/* Those that are not finished, and the holds they wait for. Who is to be forgotten is named, for whoever may say
 * so himself. */
static int
forgettings(struct control_call *k)
{
	const struct keep_job *job;
	size_t it = 0;
	json_t *list = json_new(json_array());
	while ((job = keep_job_next(k->e, &it))) {
		const struct keep_scope *s = &job->scope;
		json_t *o = json_new(json_object()), *holds = json_new(json_array());
		put_int(o, "fact", job->seq);
		put_which(o, &job->set);
		put_text(o, "text", job->set.text);
		put_int(o, "by", job->set.uid);
		put_int(o, "second", job->set.second);
		put_time(o, "at", job->said);
		for (size_t i = 0; job->stage == JOB_WAITS && i < s->holds; i++)
			push(holds, json_new(json_integer((json_int_t)s->hold[i].no)));
		put(o, "waits_for", holds);
		put(o, "kept", job->held ? json_integer((json_int_t)job->held) : json_null());
		push(list, o);
	}
	put(k->answer, "forgettings", list);
	return 0;
}

int
control_forget(struct control_call *k)
{
	struct keep_set s = { .verb = KEEP_FORGET, .uid = k->uid };
	const char *id = control_arg_text(k, "approve");
	bool dry = json_is_true(json_object_get(k->args, "preview"));
	bool alone = k->roles & STAFF_BIT(STAFF_PRIVACY);
	uint64_t cases = 0;
	if (json_is_true(json_object_get(k->args, "list")))
		return forgettings(k);
	if (id)
		return second(k, id);
	int r = which(k, &s);
	if (r == 0)
		r = may_forget(k, &s, &cases);
	if (r == 0 && !dry)
		r = reason(k, &s);
	if (r < 0)
		return r;
	put_which(k->answer, &s);
	put_int(k->answer, "cases", cases);
	put(k->answer, "preview", json_boolean(dry));
	put(k->answer, "two_people", json_boolean(!alone));
	if (dry)
		return 0;
	return alone ? said(k, &s) : wait_for_second(k, &s);
}

json_t *
control_keep_json(const struct edge *e)
{
	struct keep_totals t;
	json_t *o = json_new(json_object());
	keep_totals(e, &t);
	put_int(o, "holds", t.holds);
	put_int(o, "forgetting", t.jobs);
	put_int(o, "forgetting_waits", t.waits);
	put_int(o, "forgetting_kept", t.kept);
	put_int(o, "facts_shredded", t.facts);
	put_int(o, "bodies", t.bodies);
	put_int(o, "cases", t.cases);
	put_int(o, "events", t.events);
	put_int(o, "orders", t.orders);
	put_int(o, "mails", t.mails);
	put_int(o, "held_back", t.held);
	put_int(o, "failed", t.failed);
	put(o, "mark", t.mark ? json_integer((json_int_t)t.mark) : json_null());
	put_time(o, "round", t.round);
	return o;
}
