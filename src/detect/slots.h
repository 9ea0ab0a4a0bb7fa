/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of lines and suspects: fixed size, allocated once, touched page by page as lines appear.
 * A line is found by one read of an index bucket (rarely two) and one of the line; the batch asks for both
 * ahead. An IPv4 line, if there are not many more addresses than lines, by its place among all addresses: many of
 * those share a cache line, and what stands there is only believed if the line has that key.
 *
 * Who is pushed out: of at most ten candidates the one least interesting, then longest silent; a line seen in the
 * last seconds is never pushed out, so spoofing sources cannot wash the table.
 */
#ifndef DETECT_SLOTS_H
#define DETECT_SLOTS_H

#include "detect/parts.h"

struct slots;

/* places: of own_places(); 0, or many more than lines: all lines are found by hash. */
struct slots *slots_new(uint32_t lines, uint32_t places, const uint64_t seed[2]);
void slots_free(struct slots *s);

/* What line_find(key) will read first; place: own_place() of it. */
struct slot_asked {
	const struct bucket *bucket; /* NULL: the place knows */
	uint32_t *known;          /* 1 + number of the line at its place, which may be another's by now; 0: none */
};
struct slot_asked slots_ask_index(const struct slots *s, uint64_t key, uint32_t place);
/* Then, with what that gave, for the line itself, which may be another's; NULL: none yet. */
struct line *slots_ask_line(const struct slots *s, struct slot_asked a, uint64_t key);
/* Where asking ahead gave no line, or another's: line_find(), or line_make() for an own row. The only way to make
 * one: its place has to know. */
struct line *slots_line(struct detect *d, struct slot_asked a, uint64_t key, uint16_t own, bool make);
size_t slots_memory(const struct slots *s, struct memory_row *ret); /* 3 rows */
/* Place 0.. of the pool; NULL: beyond what was ever used. Free ones have line 0. */
struct suspect *slots_suspect(const struct slots *s, uint32_t place);

#endif
