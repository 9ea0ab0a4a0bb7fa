/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures of who may send how much, and of what reporters asked. Numbers and fixed words only. */
#include <inttypes.h>

#include "lymphd/edge.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_grant.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_speak.h"
#include "lymphd/metrics.h"

/* Mails out. */
static void
metrics_speak(struct metrics_text *t, struct edge *e)
{
	const struct speak_totals s = speak_totals(e);
	const struct {
		const char *end;
		uint64_t n;
	} ends[] = { { "sent", s.sent }, { "refused", s.refused }, { "given-up", s.old }, { "in-doubt", s.doubt },
		{ "dropped", s.dropped } };
	metrics_gauge(t, "lymph_outgoing_waiting", "Mails laid up, to be sent.", s.waiting);
	metrics_gauge(t, "lymph_outgoing_seeking", "Of these, mails to somebody who is still looked for.", s.seeking);
	metrics_gauge(t, "lymph_outgoing_dead_mailboxes", "Mailboxes held for dead.", s.dead);
	metrics_counter(t, "lymph_outgoing_laid_total", "Mails laid up.", s.laid);
	metrics_counter(t, "lymph_outgoing_attempts_total", "Mails handed to role speak.", s.attempts);
	metrics_counter(t, "lymph_outgoing_joined_total", "Reports that went in the mail of another one.", s.joined);
	metrics_counter(t, "lymph_reports_referred_total", "Reports about others' addresses, taken to be sent on.",
	    e->referred);
	metrics_counter(t, "lymph_outgoing_limited_total", "Times a mail waited for a limit of an hour.", s.limited);
	metrics_counter(t, "lymph_outgoing_bounced_total", "Mails that came back as undeliverable.", s.bounced);
	metrics_head(t, "lymph_outgoing_over_total", "counter", "Mails that are over, by how they ended.");
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		metrics_say(t, "lymph_outgoing_over_total{end=\"%s\"} %" PRIu64 "\n", ends[i].end, ends[i].n);
	metrics_head(t, "lymph_outgoing_not_laid_total", "counter", "Mails not laid up, by why.");
	for (unsigned i = 0; i < SPEAK_NO_N; i++)
		metrics_say(t, "lymph_outgoing_not_laid_total{why=\"%s\"} %" PRIu64 "\n",
		    speak_no_name((enum speak_no)i), s.no[i]);
}

void
metrics_answers(struct metrics_text *t, struct edge *e)
{
	static const struct {
		enum hear_count at;
		const char *share;
	} rows[] = { { HEAR_BY_KEY, "key" }, { HEAR_BY_NETWORK, "network" }, { HEAR_BY_SHARE, "unsigned-disk" },
		{ HEAR_BY_CROWD, "unsigned-at-once" } };
	const struct room_state r = room_state(e);
	const struct outcomes_totals o = outcomes_totals(e);
	const struct read_totals rd = read_totals(e);
	metrics_head(t, "lymph_requests_over_share_total", "counter", "Requests refused by whose share was used up.");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		metrics_say(t, "lymph_requests_over_share_total{share=\"%s\"} %" PRIu64 "\n", rows[i].share,
		    r.heard.n[rows[i].at]);
	const struct mails_put_off m = mails_put_off(e);
	metrics_head(t, "lymph_mails_put_off_total", "counter", "Mails told to come later, by whose share was used up.");
	metrics_say(t, "lymph_mails_put_off_total{share=\"domain\"} %" PRIu64 "\n", m.domain);
	metrics_say(t, "lymph_mails_put_off_total{share=\"unvouched\"} %" PRIu64 "\n", m.unvouched);
	metrics_counter(t, "lymph_shares_forgotten_total", "Shares in use given up for others, for want of room.",
	    r.heard.n[HEAR_FORGOTTEN] + m.forgotten);
	metrics_counter(t, "lymph_lines_cut_total", "Connections cut for being slow.", r.heard.n[HEAR_CUT]);
	metrics_gauge(t, "lymph_unsigned_bytes", "Bytes of reports nobody signed, or of domains nobody ranked.",
	    r.used);
	metrics_gauge(t, "lymph_unsigned_most_bytes", "What they may take.", r.most);
	metrics_counter(t, "lymph_unsigned_refused_total", "Such reports refused by the judge for want of it.", r.refused);
	metrics_gauge(t, "lymph_outgoing_wishes", "Reports whose outcome is wanted by mail.", reply_totals(e).wishes);
	metrics_counter(t, "lymph_outgoing_refused_total", "Wishes not taken, for there were too many.",
	    reply_totals(e).full);
	metrics_counter(t, "lymph_outcomes_told_total", "Outcomes told to reporters.", o.told);
	metrics_counter(t, "lymph_outcomes_denied_total", "Asked for with no such id, or another's token.", o.denied);
	metrics_counter(t, "lymph_reads_told_total", "Pages of cases and reports read by token.", rd.told);
	metrics_counter(t, "lymph_reads_refused_total", "Not shown: outside the token's scope, or too many.", rd.refused);
	metrics_counter(t, "lymph_reads_denied_total", "Asked for with no token, or one that is void.", rd.denied);
	metrics_speak(t, e);
	const struct forward_totals f = forward_totals(e);
	metrics_counter(t, "lymph_forwarded_total", "Reports laid up for who subscribed to their prefix.", f.sent);
	metrics_counter(t, "lymph_forwarded_again_total", "Had before, or his own: not sent back.", f.again);
	metrics_counter(t, "lymph_forwarded_left_total", "Left out: the hour's bound, or nothing may leave.", f.left);
}
