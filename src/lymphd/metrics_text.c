/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures of the whole node as Prometheus text, pushed to hear-metrics every few seconds. Names, numbers
 * and fixed words only: no address, no name of a line or a reporter may ever be in it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "act/act.h"
#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"

#define EVERY (5 * MSEC_SECOND)
#define MOST  (60 * 1024)

struct text {
	size_t n;
	char s[MOST];
};

static struct metrics {
	struct edge *e;
	struct loop_event *timer;
	struct text text;
} m;

__attribute__((format(printf, 2, 3))) static void
say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(t->s + t->n, MOST - t->n, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < MOST - t->n)
		t->n += (size_t)n;
	else
		t->s[t->n] = '\0'; /* a line that does not fit is left out whole */
}

static void
head(struct text *t, const char *name, const char *type, const char *help)
{
	say(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
gauge(struct text *t, const char *name, const char *help, uint64_t v)
{
	head(t, name, "gauge", help);
	say(t, "%s %" PRIu64 "\n", name, v);
}

static void
counter(struct text *t, const char *name, const char *help, uint64_t v)
{
	head(t, name, "counter", help);
	say(t, "%s %" PRIu64 "\n", name, v);
}

/* A word as it stands in a label: rules have spaces. */
static const char *
label(const char *s, char buf[64])
{
	size_t i = 0;
	for (; s[i] && i < 63; i++)
		buf[i] = s[i] == ' ' ? '-' : s[i];
	buf[i] = '\0';
	return buf;
}

static void
say_operator(struct text *t, struct edge *e)
{
	const struct msg_mode *w = word_mode_now(e);
	const struct msg_audited *a = &e->audited;
	head(t, "lymph_mode", "gauge", "1 for the mode the operator set.");
	for (unsigned i = 0; i < MODE_N; i++)
		say(t, "lymph_mode{mode=\"%s\"} %d\n", mode_name((enum mode)i), w->set.mode == i);
	gauge(t, "lymph_panic", "1 while a panic is latched.", w->set.panic);
	gauge(t, "lymph_enforcing", "1 when orders may be carried out.", word_may(e));
	gauge(t, "lymph_clock_paused", "1 while new orders wait because the clock jumped.", word_paused(e));
	gauge(t, "lymph_audit_entries", "Entries in the audit.", a->n);
	head(t, "lymph_audit_head", "gauge", "First 48 bits of the hash of the audit's last entry.");
	uint64_t h = 0;
	for (int i = 0; i < 6; i++)
		h = h << 8 | a->head[i];
	say(t, "lymph_audit_head %" PRIu64 "\n", h);
	gauge(t, "lymph_audit_behind", "1 while something staff did is not yet in the audit.",
	    !e->audit_known || e->audit_sent > a->seq);
	const struct msg_roles *r = &e->roles;
	head(t, "lymph_role_up", "gauge", "1 for a role that is ready; roles not configured are left out.");
	for (unsigned i = 0; i < ROLE_N; i++)
		if (r->role[i].wanted)
			say(t, "lymph_role_up{role=\"%s\"} %d\n", role_name((enum role_id)i),
			    r->role[i].up);
	head(t, "lymph_role_crashes_total", "counter", "Crashes of a role since the start.");
	for (unsigned i = 0; i < ROLE_N; i++)
		if (r->role[i].wanted)
			say(t, "lymph_role_crashes_total{role=\"%s\"} %u\n",
			    role_name((enum role_id)i), r->role[i].crashes);
}

static void
say_judge(struct text *t, struct edge *e)
{
	struct view_totals v = { 0 };
	struct view_desk d = { 0 };
	int64_t room = store_room(e->store);
	view_totals(e->judge, &v);
	view_desk(e->judge, &d);
	counter(t, "lymph_facts_total", "Facts in the journal.", v.facts);
	counter(t, "lymph_reports_total", "Reports taken.", v.reports);
	counter(t, "lymph_reports_unsigned_total", "Reports taken that nobody signed.", v.unsigned_reports);
	head(t, "lymph_reports_refused_total", "counter", "Reports not taken, by reason.");
	say(t, "lymph_reports_refused_total{reason=\"disk-full\"} %" PRIu64 "\n", e->full);
	say(t, "lymph_reports_refused_total{reason=\"conflict\"} %" PRIu64 "\n", e->conflicts);
	say(t, "lymph_reports_refused_total{reason=\"not-ours\"} %" PRIu64 "\n", e->not_ours);
	say(t, "lymph_reports_refused_total{reason=\"set-aside\"} %" PRIu64 "\n", e->aside);
	counter(t, "lymph_reports_repeated_total", "Reports sent again, answered as before.", e->repeats);
	counter(t, "lymph_claims_dropped_total", "Reports their full case no longer weighs.", v.claims_dropped);
	gauge(t, "lymph_reporters", "Reporters remembered.", v.reporters);
	head(t, "lymph_cases", "gauge", "Cases by state.");
	for (unsigned i = 0; i < CASE_STATE_N; i++)
		say(t, "lymph_cases{state=\"%s\"} %" PRIu64 "\n", case_state_name((enum case_state)i),
		    v.by_state[i]);
	counter(t, "lymph_looks_total", "Looks answered.", v.looks);
	counter(t, "lymph_looks_lost_total", "Looks nobody answered.", e->looks_lost);
	counter(t, "lymph_looks_one_sided_total", "Claims of open without their other half.", e->one_sided);
	gauge(t, "lymph_looks_pending", "Looks waiting for probe.", v.looks_pending);
	gauge(t, "lymph_backlog", "Orders that wait for room under a cap of the judge.", v.backlog);
	gauge(t, "lymph_orders_asked", "Orders that wait for a person.", d.asked);
	gauge(t, "lymph_orders_standing", "Orders that stand, would-be ones too.", d.standing);
	gauge(t, "lymph_breaker_open", "1 while the circuit breaker holds quarantines.", d.breaker);
	counter(t, "lymph_messages_broken_total", "Messages between roles that no honest peer sends.", e->broken);
	if (room != INT64_MAX)
		gauge(t, "lymph_store_room_bytes", "Free for the store on its file system.", (uint64_t)room);
}

static void
say_rules(struct text *t, const char *name, const uint64_t by[RULE_N])
{
	char buf[64];
	for (unsigned r = RULE_NONE + 1; r < RULE_N; r++)
		say(t, "%s{rule=\"%s\"} %" PRIu64 "\n", name, label(act_rule_name((enum act_rule)r), buf),
		    by[r]);
}

static void
say_latency(struct text *t, const struct orders_totals *o)
{
	uint64_t sum = 0;
	head(t, "lymph_order_to_kernel_seconds", "histogram",
	    "From the commit of an order to its element read back.");
	for (int i = 0; i < ORDERS_BUCKETS - 1; i++) {
		sum += o->bucket[i];
		say(t, "lymph_order_to_kernel_seconds_bucket{le=\"%u.%06u\"} %" PRIu64 "\n",
		    orders_bucket_top[i] / 1000000, orders_bucket_top[i] % 1000000, sum);
	}
	say(t, "lymph_order_to_kernel_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", o->measured);
	say(t, "lymph_order_to_kernel_seconds_sum %" PRIu64 ".%06" PRIu64 "\n", o->micro_sum / 1000000,
	    o->micro_sum % 1000000);
	say(t, "lymph_order_to_kernel_seconds_count %" PRIu64 "\n", o->measured);
}

static void
say_hand(struct text *t, struct edge *e)
{
	struct orders_totals o;
	uint64_t length, failed;
	orders_totals(e, &o);
	hooked_totals(e, &length, &failed);
	const struct msg_hand_state *h = &o.hand;
	uint64_t most = h->desired > h->actual ? h->desired : h->actual;
	gauge(t, "lymph_orders_desired", "Orders that should be in force.", h->desired);
	gauge(t, "lymph_orders_actual", "Of them, those the last comparison found.", h->actual);
	head(t, "lymph_orders_ratio", "gauge", "Actual to desired; 1 is all of it.");
	say(t, "lymph_orders_ratio %.6f\n", most ? (double)h->actual / (double)most : 1.0);
	gauge(t, "lymph_orders_missing", "Desired and not there, at the last comparison.", h->missing);
	gauge(t, "lymph_orders_extra", "There and not desired, at the last comparison.", h->extra);
	counter(t, "lymph_orders_repaired_total", "Elements that had gone missing and were put back.", h->repaired);
	counter(t, "lymph_orders_reasserted_total", "Leases of elements made longer.", h->reasserted);
	head(t, "lymph_orders_compared_age_seconds", "gauge", "Since the last comparison; -1: none yet.");
	say(t, "lymph_orders_compared_age_seconds %.3f\n",
	    o.heard && h->compared ? (double)(clock_mono() - h->compared) / 1000 : -1.0);
	head(t, "lymph_set_held", "gauge", "1 for a set somebody flushed by hand.");
	for (unsigned s = 0; s < SET_N; s++)
		say(t, "lymph_set_held{set=\"%s\"} %u\n", act_set_name((enum act_set)s), h->held >> s & 1);
	head(t, "lymph_orders_refused", "gauge", "Standing orders not put, by the rule against them.");
	say_rules(t, "lymph_orders_refused", o.refused_by);
	head(t, "lymph_orders_waiting", "gauge", "Orders that wait, by the rule they wait for.");
	say_rules(t, "lymph_orders_waiting", o.waiting_by);
	gauge(t, "lymph_orders_to_hand_over", "Orders on their way to the hand.",
	    o.by[CARRY_TODO] + o.by[CARRY_SENT]);
	gauge(t, "lymph_orders_in_force", "Orders the hand read back from the kernel.", o.by[CARRY_IN]);
	gauge(t, "lymph_orders_failed", "Orders the kernel said no to.", o.by[CARRY_FAILED]);
	gauge(t, "lymph_orders_held", "Orders in a set flushed by hand.", o.by[CARRY_HELD]);
	say_latency(t, &o);
	gauge(t, "lymph_hook_outbox", "Calls of the hook that wait.", length);
	counter(t, "lymph_hook_failed_total", "Calls of the hook that ended in failure.", failed);
}

static size_t
metrics_text(struct edge *e, const char **ret)
{
	struct text *t = &m.text;
	t->n = 0;
	head(t, "lymph_up", "gauge", "1: the judge wrote this.");
	say(t, "lymph_up 1\n");
	head(t, "lymph_info", "gauge", "The version that runs.");
	say(t, "lymph_info{version=\"%s\"} 1\n", LYMPH_VERSION);
	say_operator(t, e);
	say_judge(t, e);
	say_hand(t, e);
	*ret = t->s;
	return t->n;
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	const char *text;
	struct chan *to = e->c->peer[ROLE_HEAR_METRICS];
	(void)fd, (void)ready;
	if (to) {
		struct msg_metrics head_of = { .len = (uint32_t)metrics_text(e, &text) };
		chan_send(to, M_METRICS, &head_of, text, head_of.len, -1);
	}
	loop_timer_in(m.timer, EVERY);
}

void
metrics_up(struct edge *e)
{
	if (!m.timer || m.e != e) {
		m.e = e;
		m.timer = loop_timer(e->c->loop, on_timer, e);
	}
	loop_timer_in(m.timer, 0);
}
