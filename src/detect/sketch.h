/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which keys get much, and from several lines? A table of fixed size in which heavy keys stay whatever
 * else is thrown at it: in a bucket only the least gives way to newcomers, packet by packet (Misra and
 * Gries 1982). Counts are at most what was added; a quiet key is forgotten within seconds.
 */
#ifndef DETECT_SKETCH_H
#define DETECT_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#define SKETCH_UNIT 64 /* bytes: what loads are in, so that 32 bits do */

struct sketch;

struct sketch *sketch_new(void);
void sketch_free(struct sketch *x);
size_t sketch_bytes(void);
/* Ask for what sketch_add() of that tag will read. */
void sketch_ask(const struct sketch *x, uint64_t tag);
/* Adds load of one of 32 groups of lines at data time sec. tag: a hash of the key. Returns of which
 * groups, a bit each, the key got something in the last minute; *ret: how much in the last seconds. */
uint32_t sketch_add(struct sketch *x, uint64_t tag, uint32_t load, unsigned group, uint32_t sec,
    uint64_t *ret);

#endif
