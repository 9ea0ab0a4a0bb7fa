/* SPDX-License-Identifier: BSD-2-Clause */
/* What the detectors of floods lend each other: classes of packets, what counts as an answer. Not for use
 * outside this folder. */
#ifndef DETECT_FLOOD_H
#define DETECT_FLOOD_H

#include "detect/parts.h"

enum flood_class flood_class_of(const struct flow *f);
/* Refusals are no answers: a reset, a bare SYN and ACK. */
bool flood_answers(const struct flow *f);
/* Answers are not seen by the collector at all (they come another way): unanswered means nothing. */
bool flood_blind(const struct detect *d);
/* Moves an average on: x in the window that ended, then n - 1 windows of nothing. */
uint16_t flood_usual(uint16_t usual, uint64_t x, uint32_t n, uint32_t cap);

/* torture.c. A query; a window that ended, n windows ago counting it. */
void torture_note(struct flood_state *t, const struct seen *s);
void torture_roll(struct detect *d, const struct seen *s, uint32_t n);

extern const struct detector_ops flood_ops, spoof_ops, outbreak_ops, idle_ops, relay_ops;

#endif
