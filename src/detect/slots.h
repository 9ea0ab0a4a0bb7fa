/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of lines and suspects: fixed size, allocated once, touched page by page as lines appear.
 * A line is found by one read of an index bucket (rarely two) and one of the line; the batch asks for both
 * ahead. Who is pushed out: of at most ten candidates the one least interesting, then longest silent; a
 * line seen in the last seconds is never pushed out, so spoofing sources cannot wash the table.
 */
#ifndef DETECT_SLOTS_H
#define DETECT_SLOTS_H

#include "detect/parts.h"

struct slots;

struct slots *slots_new(uint32_t lines, const uint64_t seed[2]);
void slots_free(struct slots *s);
struct bucket;
/* Ask for what line_find(key) will read first, then, with what that gave, for the line itself; NULL: none
 * yet. */
const struct bucket *slots_ask_index(const struct slots *s, uint64_t key);
struct line *slots_ask_line(const struct slots *s, const struct bucket *b, uint64_t key);
size_t slots_memory(const struct slots *s, struct memory_row *ret); /* 3 rows */
/* Place 0.. of the pool; NULL: beyond what was ever used. Free ones have line 0. */
struct suspect *slots_suspect(const struct slots *s, uint32_t place);

#endif
