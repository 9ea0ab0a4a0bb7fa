/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operator says about the network: own prefixes, what each may be done to, which addresses
 * are never touched, the judge's numbers. Built once per configuration, then only read.
 */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/lpm.h"
#include "model/class.h"
#include "model/params.h"

/* Kinds of line, one row each: name, may the line's address be shared, may it be quarantined. */
enum line_kind {
	KIND_NONE, /* own prefix without policy: no probe, no notice */
	KIND_RESIDENTIAL,
	KIND_BUSINESS,
	KIND_OWN_DESK,
	KIND_RESELLER,
	KIND_BGP_CUSTOMER,
	KIND_INFRASTRUCTURE,
	KIND_CGNAT_POOL,
	KIND_DYNAMIC,
	KIND_CRITICAL,
	KIND_CANARY, /* nobody's: never used, so whoever had an exchange with it errs */
	KIND_N,
};

struct kind_row {
	const char *name;
	bool needs_lease;      /* dynamic or shared: without a lease nothing above a ticket */
	bool never_quarantine; /* critical, or with a desk of its own */
	bool probe, notify;    /* defaults when the policy does not say */
	uint8_t top;           /* default highest rung */
};

const struct kind_row *kind_row(enum line_kind k);
/* KIND_N if unknown. */
enum line_kind kind_by_name(const char *s);

#define LINE_TEXT  32
#define PARTY_TEXT 64

/* One `prefix "..." { }` of the configuration. The longest match rules. */
struct policy_row {
	struct lpm_node lpm;
	enum line_kind kind;
	bool probe, notify;
	uint8_t top;            /* highest rung (enum rung) */
	uint8_t delegated;      /* IPv6: length of one customer's prefix, e.g. 56 */
	char line[LINE_TEXT];   /* the subscriber, when the prefix is one line; else "" */
	char party[PARTY_TEXT]; /* who is responsible */
	char language[9];
	uint16_t quiet_from, quiet_to; /* minutes of the local day; equal: none */
};

/* What carries filters and quarantines here. */
enum enforcer { ENFORCER_NONE, ENFORCER_NFT, ENFORCER_DRY, ENFORCER_N };
const char *enforcer_name(enum enforcer e);

struct policy {
	struct lpm rows;      /* struct policy_row */
	struct lpm protect;   /* never-touch prefixes, struct lpm_node */
	struct params params;
	uint64_t generation;
	uint64_t lines;       /* rough number of lines served, for caps; from the rows */
	bool flow_source;     /* own flows are there to check with */
	struct lpm reach;     /* always-reach: what a line in the walled garden still may talk to,
	                         struct lpm_node; empty: no quarantine */
	uint32_t quarantine;  /* classes whose quarantine needs no person, a bit each */
	uint16_t desk_from, desk_to; /* minutes of the UTC day with people at the desk; equal: always */
	uint8_t enforcer;     /* enum enforcer: what filters and quarantines are carried by */
	bool hook;            /* a script is told of every order */
	uint8_t vantages;     /* how many vantages probe has, 1 or 2 */
};

struct policy *policy_new(void);
void policy_free(struct policy *p);
/* Copies row; -EEXIST when that very prefix is there already. */
int policy_add(struct policy *p, const struct policy_row *row);
int policy_protect(struct policy *p, const struct prefix *pfx);
int policy_reach(struct policy *p, const struct prefix *pfx);
/* Longest match, NULL: not our address. */
const struct policy_row *policy_find(const struct policy *p, const struct addr *a);
bool policy_protected(const struct policy *p, const struct addr *a);
/* Every address of pfx is in an own prefix. */
bool policy_owns(const struct policy *p, const struct prefix *pfx);
/* The subject of an address: itself, or in IPv6 its delegated prefix (default /64 outside policy). */
struct prefix policy_subject(const struct policy_row *row, const struct addr *a);

#endif
