/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XARF v4 reports: bytes to a checked document and back. Strict in what is built, lenient in what is
 * accepted where the specification is at fault; every refusal names the field and the rule. Hostile
 * input: size, nesting, number of values and evidence are capped before anything is built.
 */
#ifndef WIRE_XARF_H
#define WIRE_XARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/msec.h"
#include "model/fact.h"
#include "wire/uuid.h"

#define XARF_MAX_BYTES    (22u << 20)
#define XARF_MAX_DEPTH    16
#define XARF_MAX_VALUES   10000
#define XARF_MAX_EVIDENCE 50
#define XARF_MAX_ITEM     (5u << 20)  /* one evidence item, decoded */
#define XARF_MAX_PAYLOAD  (15u << 20) /* all of them */

/* Why a document was refused. field is a JSON path of ours ("evidence[3].hash"), with numbers and
 * known names only; rule cites the specification ("XARF 4 core: required"). Never a stranger's text. */
struct xarf_why {
	char field[64];
	char rule[128];
};

struct xarf; /* a checked document */

/* Parses and checks against the specification. 0; -EBADMSG with *why filled; -E2BIG for a cap,
 * -ENOMEM (also filled). Declared hashes and sizes of evidence are xarf_report's: a document can be
 * well-formed and untrue. */
int xarf_parse(const void *bytes, size_t n, struct xarf **ret, struct xarf_why *why);
void xarf_free(struct xarf *x);

/* What the judge needs to know, all but key, from, origin_as and body_hash (the caller holds the bytes,
 * and often their SHA-256 already): id, hashes, sender, class (CLASS_NONE when lymph has no such class),
 * evidence factor, subject, port, event time, count. source_identifier that is not one address (a host
 * name, a prefix), or a declared hash or size that does not fit its payload: -EBADMSG with why. The
 * server re-judges text evidence itself: a text/plain item counts as a log only if it names the subject. */
int xarf_report(const struct xarf *x, struct report *ret, struct xarf_why *why);
/* By the caller's clock: 0, or -EBADMSG with why: one of its times lies more than XARF_FUTURE ahead (clocks
 * are wrong, but not by more), or the event (last_seen, else timestamp) more than XARF_PAST back: it would
 * weigh nothing, and for longer no server needs to know which ids it has seen. */
#define XARF_FUTURE (48 * MSEC_HOUR)
#define XARF_PAST   (366 * MSEC_DAY)
#define XARF_AHEAD  "lymph: at most 48 hours in the future" /* the rule, for whoever checks a time itself */
int xarf_in_time(const struct xarf *x, msec now, struct xarf_why *why);
/* Is it of that type, "content" and "csam"? Read as JSON: an escape in it hides nothing. */
bool xarf_is(const struct xarf *x, const char *category, const char *type);
/* lymph.aud, or NULL when absent. */
const char *xarf_aud(const struct xarf *x);
/* lymph.reply_to when it is a mail address, else NULL. */
const char *xarf_reply_to(const struct xarf *x);
/* A mail address with nothing in it that could mean something in a header: letters, digits and ".-_+=%",
 * one "@", a dot behind it and no domain that could be an address, shorter than XARF_REPLY. */
#define XARF_REPLY 128
bool xarf_mail_address(const char *s);
/* Canonical XARF text of the same document, malloc'ed: for round-trip tests and export.
 * `_internal` is never written. NULL: out of memory. */
char *xarf_print(const struct xarf *x, size_t *n);

/* Handing on: the same document and id, with us as reporter and sender and our name in lymph.via; without
 * anything that could name who reported it, but for what the evidence says. malloc'ed. -ELOOP: it went through server before, or through
 * XARF_HOPS others; -E2BIG: over most bytes, even without its evidence; -ENOMEM. */
#define XARF_HOPS 4
struct xarf_passing {
	const char *server;                /* our name */
	const char *org, *contact, *domain; /* ours */
	size_t most;
};
int xarf_pass(const struct xarf *x, const struct xarf_passing *p, char **ret, size_t *n);
/* -ELOOP: as above; 0. */
int xarf_was_here(const struct xarf *x, const char *server);

/* Building. All strings are UTF-8 and checked; evidence payloads are raw bytes. */
struct xarf_item {
	const char *content_type, *description;
	const void *payload;
	size_t n;
};
struct xarf_new {
	uint8_t id[16];
	msec timestamp, first_seen, last_seen; /* first/last 0: absent */
	const char *org, *contact, *domain;    /* reporter; the sender is the same */
	struct addr subject;
	uint16_t source_port;                  /* 0: absent */
	enum class_id cls;
	uint16_t service_port;                 /* open services: the port on the subject; 0: absent */
	uint16_t destination_port;             /* on the other side; 0: absent */
	bool port_unnamed;                     /* made of a form that named no port: build it all the same */
	uint8_t proto;                         /* IP protocol; 0: what is usual for the class */
	const char *cve;                       /* or NULL: not known */
	const char *evidence_source;           /* "server_logs" ... or NULL */
	const char *description;               /* or NULL */
	const struct xarf_item *items;
	size_t item_count;
	const char *aud;                       /* lymph.aud or NULL */
	const char *reply_to;                  /* lymph.reply_to or NULL */
	int handshake;                         /* lymph.handshake: 1, 0, or -1 for null */
	uint32_t count;                        /* lymph.count */
	bool zone_assumed;                     /* lymph.zone_assumed: times carried no zone */
};
/* malloc'ed bytes that xarf_parse accepts, or NULL with *why filled. */
char *xarf_build(const struct xarf_new *x, size_t *n, struct xarf_why *why);

#endif
