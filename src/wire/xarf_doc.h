/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a checked document, for xarf_*.c and evidence.c only. */
#ifndef WIRE_XARF_DOC_H
#define WIRE_XARF_DOC_H

#include <stdbool.h>

#include <jansson.h>

#include "wire/xarf.h"
#include "wire/xarf_type.h"

/* What the evidence array holds, judged by us and not by what it says of itself. */
struct evidence_sum {
	size_t payload;        /* bytes, decoded */
	bool text_names;       /* a text item names the subject */
	bool other;            /* an item that is not text: a capture, a mail, a sample */
	uint8_t hash[16];      /* of all payloads in order; zero: none */
	struct xarf_why wrong; /* a declared hash or size that does not fit; rule "": none */
};

struct xarf {
	json_t *root;
	const struct xarf_type *type;
	uint8_t id[16];
	struct addr subject; /* fam 0: source_identifier is not one address */
	msec timestamp, first_seen, last_seen; /* the latter 0: absent */
	uint16_t source_port, service_port;    /* 0: absent */
	int handshake;
	uint32_t count;
	const char *aud, *reply_to;
	struct evidence_sum evidence;
};

/* Decodes and examines an evidence array; subject may be NULL. 0, -EBADMSG, -E2BIG, -ENOMEM. */
int evidence_look(const json_t *array, const struct addr *subject, struct evidence_sum *ret,
    struct xarf_why *why);
/* Fills why: the field is made from fmt and carries names and numbers of ours only. Returns rc. */
int xarf_refuse(struct xarf_why *why, int rc, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The evidence as it is handed on: each item with what says what its bytes are and no more. A new reference; NULL:
 * there is none, or no memory. */
json_t *xarf_evidence_out(const struct xarf *x);
/* Characters, not bytes, of a JSON string. */
size_t xarf_chars(const json_t *string);

#endif
