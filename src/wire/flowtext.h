/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other sensors' logs, a line at a time, into flows: Zeek conn.log (TSV and JSON), Suricata EVE flow and
 * netflow events, Argus binetflow CSV, nfdump -o csv. A line about both directions becomes two flows,
 * each with FLOW_ANSWERED where the other side answered.
 */
#ifndef WIRE_FLOWTEXT_H
#define WIRE_FLOWTEXT_H

#include "model/flow.h"

enum flowtext { FLOWTEXT_NONE, FLOWTEXT_ZEEK, FLOWTEXT_ZEEK_JSON, FLOWTEXT_EVE, FLOWTEXT_ARGUS, FLOWTEXT_NFDUMP,
	FLOWTEXT_N };
const char *flowtext_name(enum flowtext k);

struct flowtext_state; /* which column is what, from the header line */
struct flowtext_state *flowtext_new(void);
void flowtext_free(struct flowtext_state *s);
/* Which kind the first lines of a file are; FLOWTEXT_NONE: none of them. */
enum flowtext flowtext_guess(const char *text, size_t n);
/* One line without its end. How many flows came of it, 0..2 (0: a header, a comment, an event of
 * another kind), or -EBADMSG and *rule says what is wrong. */
int flowtext_line(struct flowtext_state *s, enum flowtext k, const char *line, size_t n,
    struct flow ret[2], const char **rule);

#endif
