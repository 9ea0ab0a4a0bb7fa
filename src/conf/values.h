/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of value an option can have, each with its parser, its printer and its name in the manual. */
#ifndef CONF_VALUES_H
#define CONF_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"

/* Where an option stands. */
enum opt_in {
	IN_TOP,
	IN_STAFF,
	IN_HAND,
	IN_CANARY,
	IN_VANTAGE,
	IN_PREFIX,
	IN_TELEMETRY,
	IN_EXPORTER,
	IN_INTERFACE,
	IN_ALLOW,
	IN_INTAKE,
	IN_KEEP,
	IN_LOG,
	IN_RDAP,
	IN_PEER,
	IN_MAIL,
	IN_JUDGE,
	IN_N,
};

struct opt_row;

/* One kind of value. */
struct opt_type {
	const char *name; /* for the manual: "address" */
	bool list;
	/* Checks text and stores it in field; nth counts a list's values. 0, or -1 with up to size
	 * bytes of rule: what is wrong and what would be right. */
	int (*parse)(const struct opt_row *r, const char *text, unsigned nth, void *field,
	    char *rule, size_t size);
	/* Prints the value as it stands in the canonical text. */
	void (*print)(const struct opt_row *r, const void *field, FILE *f);
};

struct opt_row {
	enum opt_in in;
	const char *name;
	const struct opt_type *type;
	int64_t min, max; /* a number's bounds; a text's length */
	const char *def;  /* as text; NULL: see doc. A list's values, apart by a space */
	const char *doc;
	size_t offset; /* in struct conf, or in what its section collects in */
};
extern const struct opt_type text_type, word_type, path_type, path_or_none_type, listen_type, listen_or_none_type,
    u32_type, u8_type, bool_type, span_type, addr_type, port_type, many_ports_type, source_type;
/* values_policy.c: what the policy needs. */
extern const struct opt_type kind_type, rung_type, hours_type, desk_type, protect_type, reach_type, classes_type,
    enforcer_type;
/* values_flow.c: what telemetry needs. */
extern const struct opt_type ends_type, u16_type, nat_type, meters_type, side_type, sav_type, behind_type,
    any_classes_type, date_type;

/* values_intake.c: what the report desk needs. */
extern const struct opt_type domains_type, tokens_type, readers_type, u64_type, outgoing_type;

/* values_mail.c: what mails out need. */
extern const struct opt_type relay_type, mailbox_type;

/* values_log.c: what logs need. */
extern const struct opt_type log_form_type, log_rank_type, log_door_type, senders_type;

/* values_feed.c: what asking others, and writing to them, needs. */
extern const struct opt_type boots_type, resolvers_type, peer_prefixes_type, mail_type, web_type, link_type;
/* Prints classes, a bit each, as a list. */
void opt_classes_print(uint32_t mask, FILE *f);

/* A judge parameter, exact: what is printed parses back to the same bits. */
#define OPT_PARAM_TEXT 32
char *opt_param_print(char kind, int64_t v, char buf[OPT_PARAM_TEXT]);

/* What is wrong with a value, and what would be right, into rule. Returns -1. */
int opt_refuse(char *rule, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "ADDRESS:PORT" or "[ADDRESS]:PORT". 0 or -EINVAL. */
#define OPT_END_TEXT (ADDR_TEXT + 16)
int opt_end_parse(const char *text, struct addr *ret_a, uint16_t *ret_port);
char *opt_end_print(const struct addr *a, uint16_t port, char buf[OPT_END_TEXT]);

#endif
