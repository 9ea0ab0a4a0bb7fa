/* SPDX-License-Identifier: BSD-2-Clause */
/* What the detectors of floods lend each other: classes of packets, what counts as an answer. Not for use
 * outside this folder. */
#ifndef DETECT_FLOOD_H
#define DETECT_FLOOD_H

#include "detect/parts.h"

enum flood_class flood_class_of(const struct flow *f);
/* Refusals are no answers: a reset, a bare SYN and ACK. */
bool flood_answers(const struct flow *f);
/* 0 tcp, 1 udp, 2 others: a flood of one is answered in the same. */
static inline unsigned
flood_kin(uint8_t proto)
{
	return proto == IPP_TCP ? 0 : proto == IPP_UDP ? 1 : 2;
}
/* Answers are not seen by the collector at all (they come another way): unanswered means nothing. */
bool flood_blind(const struct detect *d);
/* Moves an average on: x in the window that ended, then n - 1 windows of nothing. */
uint16_t flood_usual(uint16_t usual, uint64_t x, uint32_t n, uint32_t cap);

/* Takes a suspect's room for a line, as long as not too many lines a second want one; NULL: none. */
struct suspect *flood_room(struct detect *d, struct line *l);

/* flood_track.c. What a line sends in window w that is a suspect (x), or is becoming one (NULL); what a suspect
 * gets. */
void flood_track_out(struct detect *d, const struct seen *s, struct suspect *x, uint32_t w);
void flood_track_in(struct suspect *x, const struct seen *s, unsigned kin);
/* flood_weigh.c. A window of x's track `no` has ended: tells if that is a flood. */
void flood_weigh(struct detect *d, const struct seen *s, struct suspect *x, int no);

/* torture.c. A query; a window that ended, n windows ago counting it. */
void torture_note(struct flood_state *t, const struct seen *s);
void torture_roll(struct detect *d, const struct seen *s, uint32_t n);

extern const struct detector_ops flood_ops, spoof_ops, outbreak_ops, idle_ops, relay_ops;

#endif
