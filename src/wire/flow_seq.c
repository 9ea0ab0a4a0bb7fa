/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was lost on the way, from each format's own sequence numbers: NetFlow v5 counts flows, v9 export
 * datagrams, IPFIX data records (RFC 7011 3.1), sFlow datagrams. A number is the exporter's word: it is
 * believed within a window, and beyond it is a restart, never a loss of millions.
 *
 * Not all count as the documents say: softflowd's IPFIX number holds the records of the message itself,
 * others number messages. So each message is a vote on how its number follows from the last one.
 */
#include "wire/flowdec_own.h"

enum { WINDOW = 32, JUMP = 1 << 16, SURE = 8, VOTES = 200 };

static void
loss_add(struct msg *m, uint64_t lost, uint64_t expected)
{
	int64_t slot = m->now / LOSS_SLOT;
	unsigned i = (unsigned)((uint64_t)slot % LOSS_SLOTS);
	struct source *src = m->src;
	if (src->loss[i].slot != slot) {
		src->loss[i].slot = slot;
		src->loss[i].lost = src->loss[i].expected = 0;
	}
	src->loss[i].lost += lost;
	src->loss[i].expected += expected;
	src->stats.lost_all += lost;
}

/* One that was counted as lost has come after all. */
static void
late(struct msg *m, uint32_t count)
{
	struct source *src = m->src;
	src->stats.late++;
	src->stats.lost_all -= src->stats.lost_all < count ? src->stats.lost_all : count;
	for (unsigned i = 0; i < LOSS_SLOTS; i++) {
		uint64_t n = src->loss[i].lost < count ? src->loss[i].lost : count;
		src->loss[i].lost -= n;
		count -= (uint32_t)n;
	}
}

static void
vote(uint8_t votes[3], unsigned for_what)
{
	if (++votes[for_what] < VOTES)
		return;
	for (unsigned i = 0; i < 3; i++)
		votes[i] /= 2;
}

/* The gap before this message, in its exporter's unit; *unit: how that one counts. */
static int32_t
gap_of(struct stream *s, uint32_t seq, uint32_t count, enum seq_unit *unit)
{
	const uint32_t step[3] = { s->seq.count, count, 1 };
	uint8_t *votes = s->seq.vote;
	int32_t gap[3];
	unsigned best = *unit, exact = 3;
	for (unsigned i = 0; i < 3; i++) {
		gap[i] = (int32_t)(seq - (s->seq.next_of + step[i]));
		if (votes[i] > votes[best])
			best = i;
	}
	*unit = best;
	for (unsigned i = 0; i < 3; i++)
		if (gap[i] == 0 && (exact == 3 || votes[i] > votes[exact]))
			exact = i;
	bool other = gap[best] != 0 && exact < 3 && (votes[best] < SURE || votes[exact] >= votes[best] / 2);
	for (unsigned i = 0; i < 3; i++)
		if (gap[i] == 0)
			vote(votes, i);
	return other ? 0 : gap[best];
}

void
seq_take(struct msg *m, uint32_t seq, uint32_t count, enum seq_unit unit)
{
	struct stream *s = m->s;
	uint64_t lost = 0;
	if (s->seq.known) {
		uint32_t most = count > s->seq.count ? count : s->seq.count;
		int32_t gap = gap_of(s, seq, count, &unit);
		uint32_t own = unit == SEQ_ONE ? 1 : count;
		int64_t window = (int64_t)WINDOW * (unit == SEQ_ONE || most == 0 ? 1 : most);
		if (gap < 0 && gap >= -window && s->seq.late++ < WINDOW) {
			late(m, own);
			return;
		}
		if (gap < 0 || gap > JUMP)
			m->src->stats.restarts++;
		else
			lost = (uint64_t)gap;
	}
	loss_add(m, lost, lost + (unit == SEQ_ONE ? 1 : count));
	s->seq.known = true;
	s->seq.late = 0;
	s->seq.next_of = seq;
	s->seq.count = count;
}

/* An uptime that falls, further than datagrams overtake each other, is a new start: numbers begin anew.
 * It wraps after 49.7 days, which is no fall. */
void
seq_uptime(struct msg *m, uint32_t uptime)
{
	struct stream *s = m->s;
	int32_t since = (int32_t)(uptime - s->up);
	m->uptime = uptime;
	if (s->up_known && since < -(int32_t)MSEC_MINUTE) {
		m->src->stats.restarts++;
		s->seq.known = false;
	} else if (s->up_known && since < 0) {
		return;
	}
	s->up = uptime;
	s->up_known = true;
}

void
seq_loss(const struct source *src, uint64_t *lost, uint64_t *expected)
{
	int64_t slot = src->stats.last_seen / LOSS_SLOT;
	*lost = *expected = 0;
	for (unsigned i = 0; i < LOSS_SLOTS; i++) {
		if (slot - src->loss[i].slot >= LOSS_SLOTS)
			continue;
		*lost += src->loss[i].lost;
		*expected += src->loss[i].expected;
	}
}
