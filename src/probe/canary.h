/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The canary's side of the proof: what a stranger's HTTP request wants, and the answer to it. Reads
 * nothing of a request but method and path, and puts nothing of it into an answer.
 */
#ifndef PROBE_CANARY_H
#define PROBE_CANARY_H

#include <stddef.h>
#include <stdint.h>

#define CANARY_REQUEST 2048 /* longest request, head and all */
#define CANARY_ANSWER  2048
#define CANARY_TOKEN   16

enum canary_want {
	CANARY_MORE,   /* not all there yet */
	CANARY_SIGHT,  /* GET /TOKEN */
	CANARY_WHY,    /* GET / or /why */
	CANARY_OTHER,  /* something else: 404 */
	CANARY_BROKEN, /* no HTTP, or longer than allowed */
};

/* The first n bytes of a connection. Also an absolute URI, whatever host it names. Fills token only
 * for CANARY_SIGHT. */
enum canary_want canary_parse(const uint8_t *p, size_t n, uint8_t token[CANARY_TOKEN]);
/* Writes the answer for a want (secret only used for CANARY_SIGHT; name: this network's name) and
 * returns its length; 0 for CANARY_MORE and CANARY_BROKEN, which get none. */
size_t canary_answer(enum canary_want w, const uint8_t secret[CANARY_TOKEN], const char *name,
    char buf[CANARY_ANSWER]);

#endif
