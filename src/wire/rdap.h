/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RDAP, as far as the question "who wants to hear of abuse from this address" needs it: which
 * registry's server to ask (bootstrap, RFC 9224), and its answer (RFC 9083 5.4, contacts as jCard,
 * RFC 7095). Pure; all of it is a stranger's, and capped.
 */
#ifndef WIRE_RDAP_H
#define WIRE_RDAP_H

#include "base/addr.h"
#include "wire/url.h"

#define RDAP_MAIL  255           /* an address, with its end (RFC 5321 4.5.3.1.3) */
#define RDAP_NAME  128
#define RDAP_BYTES (1u << 20)    /* of one answer */
#define RDAP_BOOT_BYTES (4u << 20)
#define RDAP_RULE  128

/* Whether s is an address mail can be sent to by anybody's software: dot-atom@host (RFC 5322
 * 3.4.1), ASCII, no quoting, a domain of two labels or more, none that could be an address. n bytes. */
bool rdap_mail_ok(const char *s, size_t n);

enum rdap_from {
	RDAP_ABUSE,   /* a contact in the role abuse (RFC 9083 10.2.4) */
	RDAP_REMARK,  /* no such contact, but a remark that speaks of abuse and has one address */
	RDAP_NOBODY,  /* neither */
};
struct rdap_net {
	struct addr first, last;
	enum rdap_from from;
	char mail[RDAP_MAIL];   /* "" RDAP_NOBODY */
	char name[RDAP_NAME];   /* registrant, or the network's name, or its handle; UTF-8 without controls */
	char related[URL_TEXT]; /* a link to the same in another registry (rel related), "" none */
};
/* An ip network object. 0; -ENOENT: it is an error object (RFC 9083 6) that says 404; -EBADMSG:
 * anything else, with what was expected in rule. *ret untouched then. */
int rdap_read(const void *p, size_t n, struct rdap_net *ret, char rule[RDAP_RULE]);

/* The bootstrap: prefix -> server. One table for both of IANA's files. */
struct rdap_boot;
#define RDAP_BOOT_ROWS 8192
#define RDAP_SERVERS   64
struct rdap_boot *rdap_boot_new(void); /* NULL: out of memory */
void rdap_boot_free(struct rdap_boot *b);
/* Adds what a file says; what stands there already of its rows is replaced. 0 or -EBADMSG with
 * rule, or -ENOMEM; then the table is as before. */
int rdap_boot_read(struct rdap_boot *b, const void *p, size_t n, char rule[RDAP_RULE]);
/* The server for a: its base URL, ending in "/"; https where it has that. NULL: none. */
const char *rdap_boot_find(const struct rdap_boot *b, const struct addr *a);
size_t rdap_boot_rows(const struct rdap_boot *b);
/* The question (RFC 9082 3.1.1): "BASEip/ADDRESS". 0 or -ENAMETOOLONG. */
int rdap_ask(const char *base, const struct addr *a, char url[URL_TEXT]);

#endif
