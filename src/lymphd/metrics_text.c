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
#include "lymphd/edge_keep.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge.h"
#include "lymphd/metrics.h"

#define EVERY (5 * MSEC_SECOND)

static struct metrics {
	struct edge *e;
	struct loop_event *timer;
	struct metrics_text text;
} m;

void
metrics_say(struct metrics_text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(t->s + t->n, METRICS_MOST - t->n, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < METRICS_MOST - t->n)
		t->n += (size_t)n;
	else
		t->s[t->n] = '\0'; /* a line that does not fit is left out whole */
}

void
metrics_head(struct metrics_text *t, const char *name, const char *type, const char *help)
{
	metrics_say(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
metrics_gauge(struct metrics_text *t, const char *name, const char *help, uint64_t v)
{
	metrics_head(t, name, "gauge", help);
	metrics_say(t, "%s %" PRIu64 "\n", name, v);
}

void
metrics_counter(struct metrics_text *t, const char *name, const char *help, uint64_t v)
{
	metrics_head(t, name, "counter", help);
	metrics_say(t, "%s %" PRIu64 "\n", name, v);
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
say_operator(struct metrics_text *t, struct edge *e)
{
	const struct msg_mode *w = word_mode_now(e);
	const struct msg_audited *a = &e->audited;
	metrics_head(t, "lymph_mode", "gauge", "1 for the mode the operator set.");
	for (unsigned i = 0; i < MODE_N; i++)
		metrics_say(t, "lymph_mode{mode=\"%s\"} %d\n", mode_name((enum mode)i), w->set.mode == i);
	metrics_gauge(t, "lymph_panic", "1 while a panic is latched.", w->set.panic);
	metrics_gauge(t, "lymph_enforcing", "1 when orders may be carried out.", word_may(e));
	metrics_gauge(t, "lymph_clock_paused", "1 while new orders wait because the clock jumped.", word_paused(e));
	metrics_gauge(t, "lymph_audit_entries", "Entries in the audit.", a->n);
	metrics_head(t, "lymph_audit_head", "gauge", "First 48 bits of the hash of the audit's last entry.");
	uint64_t h = 0;
	for (int i = 0; i < 6; i++)
		h = h << 8 | a->head[i];
	metrics_say(t, "lymph_audit_head %" PRIu64 "\n", h);
	metrics_gauge(t, "lymph_audit_behind", "1 while something staff did is not yet in the audit.",
	    !e->audit_known || e->audit_sent > a->seq);
	const struct msg_roles *r = &e->roles;
	metrics_head(t, "lymph_role_up", "gauge", "1 for a role that is ready; roles not configured are left out.");
	for (unsigned i = 0; i < ROLE_N; i++)
		if (r->role[i].wanted)
			metrics_say(t, "lymph_role_up{role=\"%s\"} %d\n", role_name((enum role_id)i),
			    r->role[i].up);
	metrics_head(t, "lymph_role_crashes_total", "counter", "Crashes of a role since the start.");
	for (unsigned i = 0; i < ROLE_N; i++)
		if (r->role[i].wanted)
			metrics_say(t, "lymph_role_crashes_total{role=\"%s\"} %u\n",
			    role_name((enum role_id)i), r->role[i].crashes);
}

static void
say_judge(struct metrics_text *t, struct edge *e)
{
	struct view_totals v = { 0 };
	struct view_desk d = { 0 };
	int64_t room = store_room(e->store);
	view_totals(e->judge, &v);
	view_desk(e->judge, &d);
	metrics_counter(t, "lymph_facts_total", "Facts in the journal.", v.facts);
	metrics_counter(t, "lymph_reports_total", "Reports taken.", v.reports);
	metrics_counter(t, "lymph_reports_unsigned_total", "Reports taken that nobody signed.", v.unsigned_reports);
	metrics_head(t, "lymph_reports_refused_total", "counter", "Reports not taken, by reason.");
	metrics_say(t, "lymph_reports_refused_total{reason=\"disk-full\"} %" PRIu64 "\n", e->full);
	metrics_say(t, "lymph_reports_refused_total{reason=\"conflict\"} %" PRIu64 "\n", e->conflicts);
	metrics_say(t, "lymph_reports_refused_total{reason=\"not-ours\"} %" PRIu64 "\n", e->not_ours);
	metrics_say(t, "lymph_reports_refused_total{reason=\"set-aside\"} %" PRIu64 "\n", e->aside);
	metrics_counter(t, "lymph_reports_repeated_total", "Reports sent again, answered as before.", e->repeats);
	metrics_answers(t, e);
	metrics_counter(t, "lymph_claims_dropped_total", "Reports their full case no longer weighs.", v.claims_dropped);
	metrics_gauge(t, "lymph_reporters", "Reporters remembered.", v.reporters);
	metrics_head(t, "lymph_cases", "gauge", "Cases by state.");
	for (unsigned i = 0; i < CASE_STATE_N; i++)
		metrics_say(t, "lymph_cases{state=\"%s\"} %" PRIu64 "\n", case_state_name((enum case_state)i),
		    v.by_state[i]);
	metrics_counter(t, "lymph_looks_total", "Looks answered.", v.looks);
	metrics_counter(t, "lymph_looks_lost_total", "Looks nobody answered.", e->looks_lost);
	metrics_counter(t, "lymph_looks_one_sided_total", "Claims of open without their other half.", e->one_sided);
	metrics_gauge(t, "lymph_looks_pending", "Looks waiting for probe.", v.looks_pending);
	metrics_gauge(t, "lymph_backlog", "Orders that wait for room under a cap of the judge.", v.backlog);
	metrics_gauge(t, "lymph_orders_asked", "Orders that wait for a person.", d.asked);
	metrics_gauge(t, "lymph_orders_standing", "Orders that stand, would-be ones too.", d.standing);
	metrics_gauge(t, "lymph_breaker_open", "1 while the circuit breaker holds quarantines.", d.breaker);
	metrics_counter(t, "lymph_messages_broken_total", "Messages between roles that no honest peer sends.", e->broken);
	if (room != INT64_MAX)
		metrics_gauge(t, "lymph_store_room_bytes", "Free for the store on its file system.", (uint64_t)room);
}

/* The report desk. */
static void
say_trays(struct metrics_text *t, struct edge *e)
{
	msec now = edge_now(e);
	uint64_t all, unvouched;
	const struct mails_count *c = mails_counted(e);
	mails_used(e, &all, &unvouched);
	metrics_counter(t, "lymph_mails_total", "Mails kept.", c->taken);
	metrics_counter(t, "lymph_mails_repeated_total", "Mails that came again.", c->same);
	metrics_counter(t, "lymph_mails_refused_total", "Mails there was no room for: they stay where they are.",
	    c->full);
	metrics_counter(t, "lymph_mails_stripped_total", "Mails nobody has to look at whose bytes were given up.",
	    c->stripped);
	metrics_gauge(t, "lymph_mails_bytes", "Bytes of mails that are kept.", all);
	metrics_gauge(t, "lymph_mails_unvouched_bytes", "Of these, those nobody vouches for.", unvouched);
	metrics_counter(t, "lymph_reports_unnamed_total", "Reports of sources beyond those that get a name.",
	    e->unnamed);
	metrics_head(t, "lymph_tray_waiting", "gauge", "Mails that wait for a person, by tray.");
	for (unsigned i = 0; i < TRAY_N; i++)
		metrics_say(t, "lymph_tray_waiting{tray=\"%s\"} %" PRIu64 "\n", tray_row((enum tray)i)->name,
		    mails_tray(e, (enum tray)i, now).waiting);
	metrics_head(t, "lymph_tray_oldest_seconds", "gauge", "How long the oldest of them waits.");
	for (unsigned i = 0; i < TRAY_N; i++) {
		msec oldest = mails_tray(e, (enum tray)i, now).oldest;
		metrics_say(t, "lymph_tray_oldest_seconds{tray=\"%s\"} %lld\n", tray_row((enum tray)i)->name,
		    oldest ? (long long)((now - oldest) / 1000) : 0ll);
	}
	metrics_head(t, "lymph_tray_late", "gauge", "1 while one waits for longer than its tray allows.");
	for (unsigned i = 0; i < TRAY_N; i++)
		metrics_say(t, "lymph_tray_late{tray=\"%s\"} %d\n", tray_row((enum tray)i)->name,
		    mails_tray(e, (enum tray)i, now).late);
}

static void
say_rules(struct metrics_text *t, const char *name, const uint64_t by[RULE_N])
{
	char buf[64];
	for (unsigned r = RULE_NONE + 1; r < RULE_N; r++)
		metrics_say(t, "%s{rule=\"%s\"} %" PRIu64 "\n", name, label(act_rule_name((enum act_rule)r), buf),
		    by[r]);
}

static void
say_latency(struct metrics_text *t, const struct orders_totals *o)
{
	uint64_t sum = 0;
	metrics_head(t, "lymph_order_to_kernel_seconds", "histogram",
	    "From the commit of an order to its element read back.");
	for (int i = 0; i < ORDERS_BUCKETS - 1; i++) {
		sum += o->bucket[i];
		metrics_say(t, "lymph_order_to_kernel_seconds_bucket{le=\"%u.%06u\"} %" PRIu64 "\n",
		    orders_bucket_top[i] / 1000000, orders_bucket_top[i] % 1000000, sum);
	}
	metrics_say(t, "lymph_order_to_kernel_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", o->measured);
	metrics_say(t, "lymph_order_to_kernel_seconds_sum %" PRIu64 ".%06" PRIu64 "\n", o->micro_sum / 1000000,
	    o->micro_sum % 1000000);
	metrics_say(t, "lymph_order_to_kernel_seconds_count %" PRIu64 "\n", o->measured);
}

static void
say_hand(struct metrics_text *t, struct edge *e)
{
	struct orders_totals o;
	uint64_t length, failed;
	orders_totals(e, &o);
	hooked_totals(e, &length, &failed);
	const struct msg_hand_state *h = &o.hand;
	uint64_t most = h->desired > h->actual ? h->desired : h->actual;
	metrics_gauge(t, "lymph_orders_desired", "Orders that should be in force.", h->desired);
	metrics_gauge(t, "lymph_orders_actual", "Of them, those the last comparison found.", h->actual);
	metrics_head(t, "lymph_orders_ratio", "gauge", "Actual to desired; 1 is all of it.");
	metrics_say(t, "lymph_orders_ratio %.6f\n", most ? (double)h->actual / (double)most : 1.0);
	metrics_gauge(t, "lymph_orders_missing", "Desired and not there, at the last comparison.", h->missing);
	metrics_gauge(t, "lymph_orders_extra", "There and not desired, at the last comparison.", h->extra);
	metrics_counter(t, "lymph_orders_repaired_total", "Elements that had gone missing and were put back.", h->repaired);
	metrics_counter(t, "lymph_orders_reasserted_total", "Leases of elements made longer.", h->reasserted);
	metrics_head(t, "lymph_orders_compared_age_seconds", "gauge", "Since the last comparison; -1: none yet.");
	metrics_say(t, "lymph_orders_compared_age_seconds %.3f\n",
	    o.heard && h->compared ? (double)(clock_mono() - h->compared) / 1000 : -1.0);
	metrics_head(t, "lymph_set_held", "gauge", "1 for a set somebody flushed by hand.");
	for (unsigned s = 0; s < SET_N; s++)
		metrics_say(t, "lymph_set_held{set=\"%s\"} %u\n", act_set_name((enum act_set)s), h->held >> s & 1);
	metrics_head(t, "lymph_orders_refused", "gauge", "Standing orders not put, by the rule against them.");
	say_rules(t, "lymph_orders_refused", o.refused_by);
	metrics_head(t, "lymph_orders_waiting", "gauge", "Orders that wait, by the rule they wait for.");
	say_rules(t, "lymph_orders_waiting", o.waiting_by);
	metrics_gauge(t, "lymph_orders_to_hand_over", "Orders on their way to the hand.",
	    o.by[CARRY_TODO] + o.by[CARRY_SENT]);
	metrics_gauge(t, "lymph_orders_in_force", "Orders the hand read back from the kernel.", o.by[CARRY_IN]);
	metrics_gauge(t, "lymph_orders_failed", "Orders the kernel said no to.", o.by[CARRY_FAILED]);
	metrics_gauge(t, "lymph_orders_held", "Orders in a set flushed by hand.", o.by[CARRY_HELD]);
	say_latency(t, &o);
	metrics_gauge(t, "lymph_hook_outbox", "Calls of the hook that wait.", length);
	metrics_counter(t, "lymph_hook_failed_total", "Calls of the hook that ended in failure.", failed);
}

static void
say_keep(struct metrics_text *t, struct edge *e)
{
	struct keep_totals k;
	keep_totals(e, &k);
	metrics_gauge(t, "lymph_holds", "Legal holds in force.", k.holds);
	metrics_gauge(t, "lymph_forgetting", "Forgettings under way.", k.jobs);
	metrics_gauge(t, "lymph_forgetting_waiting", "Forgettings of which a hold keeps something.", k.waits);
	metrics_gauge(t, "lymph_facts_shredded", "Facts that can be read no more.", k.facts);
	metrics_head(t, "lymph_kept_out_total", "counter", "What went because its time was over, or by a forgetting.");
	metrics_say(t, "lymph_kept_out_total{kind=\"bodies\"} %" PRIu64 "\n", k.bodies);
	metrics_say(t, "lymph_kept_out_total{kind=\"cases\"} %" PRIu64 "\n", k.cases);
	metrics_say(t, "lymph_kept_out_total{kind=\"events\"} %" PRIu64 "\n", k.events);
	metrics_say(t, "lymph_kept_out_total{kind=\"orders\"} %" PRIu64 "\n", k.orders);
	metrics_say(t, "lymph_kept_out_total{kind=\"mails\"} %" PRIu64 "\n", k.mails);
	metrics_gauge(t, "lymph_kept_by_hold", "Records whose time is over and a hold keeps.", k.held);
	metrics_counter(t, "lymph_keep_failed_total", "Steps of forgetting that could not be written.", k.failed);
}

static size_t
metrics_text(struct edge *e, const char **ret)
{
	struct metrics_text *t = &m.text;
	t->n = 0;
	metrics_head(t, "lymph_up", "gauge", "1: the judge wrote this.");
	metrics_say(t, "lymph_up 1\n");
	metrics_head(t, "lymph_info", "gauge", "The version that runs.");
	metrics_say(t, "lymph_info{version=\"%s\"} 1\n", LYMPH_VERSION);
	say_operator(t, e);
	say_judge(t, e);
	say_hand(t, e);
	say_keep(t, e);
	say_trays(t, e);
	metrics_flow(t, e);
	metrics_door(t, e);
	metrics_log(t, e);
	metrics_whose(t, e);
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
