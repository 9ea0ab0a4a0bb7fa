/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A claim in the form all reports have: an XARF v4 document of ours that carries the evidence as it
 * came, and the struct the judge weighs. The same claim of the same source gives the same bytes and
 * the same id, so a mail or a row read twice counts once.
 */
#ifndef WIRE_CLAIM_H
#define WIRE_CLAIM_H

#include "model/claim.h"
#include "model/identity.h"
#include "wire/xarf.h"

/* The key under which a source stands among the reporters: SHA-256 of "lymph source\0" and its
 * name. */
struct key identity_key(const struct identity *i);

struct claim_from {
	struct identity identity; /* who vouches; "" nobody: the report is unsigned */
	const char *org, *contact,
	    *domain;             /* as the sender calls itself: hostile text, cleaned here; NULL or
	                                       "": taken from the identity, else "unknown" */
	const char *description; /* words of ours, or NULL */
	uint8_t origin[32]; /* SHA-256 of what the claim came in (the mail, the file's name and row ...): with whom
	                       it accuses of what, the port, the last time and what the evidence is worth it
	                       makes the id */
	msec arrived; /* stands in for an event that was not said; should be the same when the
	                             thing is read again (a file's time), or the bytes differ under one id */
	msec now; /* an event more than XARF_FUTURE behind it is refused; 0: not looked at */
};
/* The document, malloc'ed, its length in *n, and *ret filled as xarf_report does (key from the
 * identity; from and origin_as zero; the evidence is the claim's). NULL with *why when it cannot
 * be built. */
char *claim_report(const struct claim *c, const struct claim_from *f, size_t *n, struct report *ret,
    struct xarf_why *why);
/* Hostile text for a field of a document: n bytes of s, or up to a NUL, into buf (size > 0) as
 * valid UTF-8 without control characters, cut between characters. Returns its length. */
size_t claim_clean(const char *s, size_t n, char *buf, size_t size);

#endif
