/* SPDX-License-Identifier: BSD-2-Clause */
/* What the control socket shows as lists: status, cases, orders, reporters, protect, aside. Reads
 * only; nothing here may change the judge or the store. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "act/act.h"
#include "base/escape.h"
#include "host/clock.h"
#include "lymphd/control.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_mail.h"
#include "wire/sshsig.h"

static json_t *
box_json(const struct box_state *b)
{
	char caps[24];
	json_t *o = json_new(json_object());
	put_int(o, "uid", b->uid);
	put_int(o, "gid", b->gid);
	snprintf(caps, sizeof(caps), "%016llx", (unsigned long long)b->caps_effective);
	put_text(o, "caps", caps);
	put(o, "no_new_privs", json_boolean(b->no_new_privs));
	put(o, "seccomp", json_boolean(b->seccomp_mode == 2));
	put(o, "landlock", json_boolean(b->landlocked));
	return o;
}

static json_t *
roles_json(const struct msg_roles *m)
{
	json_t *a = json_new(json_array());
	for (unsigned i = ROLE_WARDEN; i < ROLE_N; i++) {
		if (!m->role[i].wanted)
			continue;
		json_t *o = json_new(json_object());
		put_text(o, "role", role_name(i));
		put(o, "up", json_boolean(m->role[i].up));
		put_int(o, "pid", (uint64_t)m->role[i].pid);
		put_int(o, "starts", m->role[i].starts);
		put_int(o, "crashes", m->role[i].crashes);
		put_time(o, "since", m->role[i].since);
		put(o, "box", box_json(&m->role[i].box));
		push(a, o);
	}
	return a;
}

static json_t *
totals_json(const struct view_totals *t)
{
	json_t *o = json_new(json_object()), *states = json_new(json_object());
	put_int(o, "facts", t->facts);
	put_int(o, "reports", t->reports);
	put_int(o, "unsigned_reports", t->unsigned_reports);
	put_int(o, "looks", t->looks);
	put_int(o, "looks_pending", t->looks_pending);
	put_int(o, "cases", t->cases);
	put_int(o, "orders", t->orders);
	put_int(o, "reporters", t->reporters);
	put_int(o, "claims_dropped", t->claims_dropped);
	put_int(o, "backlog", t->backlog);
	for (unsigned i = 0; i < CASE_STATE_N; i++)
		put_int(states, case_state_name(i), t->by_state[i]);
	put(o, "by_state", states);
	return o;
}

const char *
control_mode(const struct edge *e)
{
	return mode_name((enum mode)word_mode_now(e)->set.mode);
}

static json_t *
mode_json(const struct edge *e)
{
	const struct msg_mode *m = word_mode_now(e);
	const struct conscience *c = word_conscience_now(e);
	json_t *o = json_new(json_object());
	put_text(o, "mode", control_mode(e));
	put(o, "panic", json_boolean(m->set.panic));
	put(o, "may", json_boolean(word_may(e)));
	put_text(o, "ceiling", c ? mode_name(conscience_ceiling(c)) : "");
	put(o, "conscience_waits", json_boolean(m->waits));
	put_time(o, "since", m->since);
	put(o, "by", m->no ? json_integer(m->set.uid) : json_null());
	put(o, "second", m->set.second ? json_integer(m->set.second) : json_null());
	put_text(o, "reason", m->set.text);
	return o;
}

/* A counter for each rule that has refused something. */
static json_t *
rules_json(const uint64_t *by)
{
	json_t *o = json_new(json_object());
	for (unsigned r = RULE_NONE + 1; r < RULE_N; r++)
		if (by[r])
			put_int(o, act_rule_name((enum act_rule)r), by[r]);
	return o;
}

static json_t *
hand_json(struct edge *e)
{
	struct orders_totals t;
	orders_totals(e, &t);
	const struct msg_hand_state *h = &t.hand;
	bool known = t.heard && h->compared;
	uint64_t most = h->desired > h->actual ? h->desired : h->actual;
	json_t *o = json_new(json_object()), *held = json_new(json_array());
	put_text(o, "carrier", enforcer_name(e->c->conf->policy->enforcer));
	put(o, "up", json_boolean(e->c->peer[ROLE_HAND] != NULL));
	put(o, "listed", json_boolean(t.listed));
	put(o, "table", json_boolean(h->table));
	put_int(o, "desired", h->desired);
	put_int(o, "actual", h->actual);
	put(o, "ratio", !known ? json_null() : json_real(most ? (double)h->actual / (double)most : 1));
	put_int(o, "missing", h->missing);
	put_int(o, "extra", h->extra);
	for (unsigned s = 0; s < SET_N; s++)
		if (h->held >> s & 1)
			push(held, json_string(act_set_name((enum act_set)s)));
	put(o, "held", held);
	put_int(o, "repaired", h->repaired);
	put_int(o, "reasserted", h->reasserted);
	put(o, "refused", rules_json(t.refused_by));
	put(o, "waiting", rules_json(t.waiting_by));
	put_int(o, "to_hand_over", t.by[CARRY_TODO]);
	put_int(o, "sent", t.by[CARRY_SENT]);
	put_int(o, "in_force", t.by[CARRY_IN]);
	put_int(o, "failed", t.by[CARRY_FAILED]);
	put(o, "compared_ago_ms", known ? json_integer(clock_mono() - h->compared) : json_null());
	put(o, "clock_paused", json_boolean(word_paused(e)));
	put_int(o, "measured", t.measured);
	put(o, "took_ms_p50", t.measured ? json_real(orders_took(e, 50) / 1000.0) : json_null());
	put(o, "took_ms_p95", t.measured ? json_real(orders_took(e, 95) / 1000.0) : json_null());
	return o;
}

static json_t *
hook_json(const struct edge *e)
{
	uint64_t length, failed;
	json_t *o = json_new(json_object());
	hooked_totals(e, &length, &failed);
	put(o, "configured", json_boolean(e->c->conf->hook[0] != '\0'));
	put_int(o, "waiting", length);
	put_int(o, "failed", failed);
	return o;
}

static json_t *
audit_json(const struct msg_audited *m)
{
	char hex[65] = "";
	json_t *o = json_new(json_object());
	for (int i = 0; m->n && i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", m->head[i]);
	put_int(o, "n", m->n);
	put_text(o, "head", hex);
	put_int(o, "fact", m->seq);
	return o;
}

int
control_status(struct control_call *k)
{
	struct edge *e = k->e;
	const struct conf *conf = e->c->conf;
	struct view_totals t = { 0 };
	json_t *refused = json_new(json_object());

	view_totals(e->judge, &t);
	put_text(k->answer, "name", conf->name);
	put_text(k->answer, "version", LYMPH_VERSION);
	put(k->answer, "mode", mode_json(e));
	put(k->answer, "hand", hand_json(e));
	put(k->answer, "hook", hook_json(e));
	put(k->answer, "audit", audit_json(&e->audited));
	put_time(k->answer, "now", edge_now(e));
	put_text(k->answer, "listen", conf->listen);
	put_int(k->answer, "prefixes", conf->policy->rows.tree.count);
	put_int(k->answer, "vantages", conf->vantages);
	put_addr(k->answer, "canary", &conf->canary.addr);
	put(k->answer, "flow_source", json_boolean(t.flow_source));
	put(k->answer, "telemetry", control_telemetry_json(e));
	put(k->answer, "keep", control_keep_json(e));
	put(k->answer, "logs", control_logs_json(e));
	put(k->answer, "whose", control_whose_json(e));
	put(k->answer, "trays", control_trays_json(e, edge_now(e)));
	put(k->answer, "fence", json_boolean(e->roles.fence));
	put(k->answer, "roles", roles_json(&e->roles));
	put(k->answer, "totals", totals_json(&t));
	put_int(refused, "disk_full", e->full);
	put_int(refused, "conflicts", e->conflicts);
	put_int(refused, "not_ours", e->not_ours);
	put_int(refused, "set_aside", e->aside);
	put(k->answer, "refused", refused);
	put_int(k->answer, "repeats", e->repeats);
	put_int(k->answer, "referred", e->referred);
	int64_t room = store_room(e->store);
	char public[128];
	const struct key key = outcomes_key(e);
	const struct room_state share = room_state(e);
	put_text(k->answer, "outcome_key", key_print_public(&key, public, sizeof(public)));
	put_int(k->answer, "unsigned_bytes", share.used);
	put_int(k->answer, "unsigned_most_bytes", share.most);
	const struct mails_put_off off = mails_put_off(e);
	put_int(k->answer, "mails_put_off", off.domain + off.unvouched);
	put(k->answer, "room_bytes", room == INT64_MAX ? json_null() : json_integer(room));
	return 0;
}

/* The page asked for: rows from number `from` on, at most `limit`. */
static int
page(struct control_call *k, int64_t *from, int64_t *limit)
{
	int r = control_arg_int(k, "from", 0, from);
	if (r == 0)
		r = control_arg_int(k, "limit", 200, limit);
	if (r == 0 && (*from < 0 || *limit < 1 || *limit > PAGE_MOST))
		return control_refuse(
		    k, -EINVAL, "limit takes 1 to %d, from no negative number", PAGE_MOST);
	return r;
}

int
control_cases(struct control_call *k)
{
	int64_t from, limit;
	struct view_case v;
	msec now = edge_now(k->e);
	const char *state = control_arg_text(k, "state"), *cls = control_arg_text(k, "class");
	int r = page(k, &from, &limit);
	if (r < 0)
		return r;
	unsigned st = 0;
	while (state && st < CASE_STATE_N && strcmp(state, case_state_name(st)) != 0)
		st++;
	if (st == CASE_STATE_N)
		return control_refuse(k, -EINVAL,
		    "no such state: it is open, watched, acted, recheck, probation or closed");
	if (cls && class_by_name(cls, strlen(cls)) == CLASS_NONE)
		return control_refuse(k, -EINVAL, "no such class: \"lymph cases\" shows those there are");
	json_t *list = json_new(json_array());
	uint64_t no = (uint64_t)from, next = 0;
	for (unsigned walked = 0; next == 0 && view_case_next(k->e->judge, &no, now, &v);
	     walked++) {
		if (json_array_size(list) == (size_t)limit || walked == WALK_MOST)
			next = v.no;
		else if ((!state || strcmp(state, case_state_name(v.state)) == 0) &&
			 (!cls || strcmp(cls, class_row(v.cls)->name) == 0))
			push(list, control_case_json(&v));
	}
	put(k->answer, "cases", list);
	put(k->answer, "next", next ? json_integer((json_int_t)next) : json_null());
	put_time(k->answer, "now", now);
	return 0;
}

int
control_orders(struct control_call *k)
{
	int64_t from, limit;
	struct order o;
	msec now = edge_now(k->e);
	bool all = json_is_true(json_object_get(k->args, "all"));
	int r = page(k, &from, &limit);
	if (r < 0)
		return r;
	json_t *list = json_new(json_array());
	uint64_t no = (uint64_t)from, next = 0;
	for (unsigned walked = 0; next == 0 && view_order_next(k->e->judge, &no, &o); walked++) {
		if (json_array_size(list) == (size_t)limit || walked == WALK_MOST)
			next = o.no;
		else if (all || (!o.dropped && o.expiry > now))
			push(list, control_order_json(k->e, &o, now));
	}
	put(k->answer, "orders", list);
	put(k->answer, "next", next ? json_integer((json_int_t)next) : json_null());
	put_text(k->answer, "mode", control_mode(k->e));
	put_time(k->answer, "now", now);
	return 0;
}

int
control_protect(struct control_call *k)
{
	char text[PREFIX_TEXT];
	json_t *list = json_new(json_array());
	const struct lpm *l = &k->e->c->conf->policy->protect;
	for (struct lpm_node *n = lpm_first(l); n && json_array_size(list) < PAGE_MOST;
	     n = lpm_next(l, n))
		push(list, json_string(prefix_print(&n->prefix, text)));
	put(k->answer, "protect", list);
	put_int(k->answer, "count", l->tree.count);
	return 0;
}

static int
aside_row(const struct store_aside *a, void *arg)
{
	char digest[65], begin[200];
	json_t *list = arg, *o = json_new(json_object());
	for (int i = 0; i < 32; i++)
		snprintf(digest + 2 * i, 3, "%02x", a->digest[i]);
	put_int(o, "number", a->no);
	put_time(o, "at", a->at);
	put_text(o, "role", a->role);
	put_text(o, "digest", digest);
	put_int(o, "bytes", a->len);
	put_text(
	    o, "begin", escape_tty(a->bytes, a->len < 120 ? a->len : 120, begin, sizeof(begin)));
	push(list, o);
	return json_array_size(list) >= PAGE_MOST;
}

int
control_aside(struct control_call *k)
{
	json_t *list = json_new(json_array());
	int r = store_each_aside(k->e->store, aside_row, list);
	put(k->answer, "aside", list);
	return r < 0 ? control_refuse(k, r, "the store cannot be read: %s", strerror(-r)) : 0;
}
