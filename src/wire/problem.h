/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Problem documents (RFC 9457), the answer to an accepted report (202) and what is told of it later, as
 * JSON text. They hold words and numbers of ours only: nothing a stranger wrote is ever echoed, but an
 * address he named is, after it was parsed and printed again, and a registry's mailbox whose form was
 * checked.
 */
#ifndef WIRE_PROBLEM_H
#define WIRE_PROBLEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/msec.h"
#include "model/fact.h"

/* Why a report, or a request, was not taken. One row each: status, type, title. */
enum problem_id {
	PROBLEM_SIGNATURE,  /* 401: well-formed, but wrong */
	PROBLEM_TOKEN,      /* 401: outcomes, and cases, are for who has a token */
	PROBLEM_NO_PATH,    /* 404 */
	PROBLEM_NO_REPORT,  /* 404: no such report, or not this token: the same to who asks */
	PROBLEM_METHOD,     /* 405 */
	PROBLEM_CONFLICT,   /* 409: same id, other bytes */
	PROBLEM_LENGTH,     /* 411, 413: too large */
	PROBLEM_MEDIA,      /* 415 */
	PROBLEM_NOT_OURS,   /* 421: outside the prefixes served */
	PROBLEM_REPORT,     /* 422: a field breaks a rule */
	PROBLEM_STATEMENT,  /* 422: ... of a statement about a key */
	PROBLEM_ASIDE,      /* 422: crashed a role twice */
	PROBLEM_QUOTA,      /* 429 + Retry-After: its source has sent its share */
	PROBLEM_BUSY,       /* 503 + Retry-After */
	PROBLEM_FULL,       /* 507 */
	PROBLEM_SCOPE,      /* 403: not with this token */
	PROBLEM_NO_CASE,    /* 404: no such case, or not in the token's scope: the same to who asks */
	PROBLEM_QUERY,      /* 400: an argument behind the "?" */
	PROBLEM_N,
};
struct problem_row {
	unsigned status;
	const char *type;  /* the URI's tail: "urn:lymph:problem:TYPE" */
	const char *title;
};
const struct problem_row *problem_row(enum problem_id id);

struct problem {
	enum problem_id id;
	const char *detail, *field, *rule; /* NULL: left out */
	const struct addr *address;        /* NULL: left out */
	const char *const *prefixes;       /* count of them; shown with address */
	size_t prefix_count, prefix_more;  /* more: served but not listed */
	const char *instead;               /* who answers for the address; NULL: left out */
};
/* malloc'ed; NULL: out of memory. */
char *problem_print(const struct problem *p, size_t *n);

/* {"id", "reference", "status", "token", "signature"}; seq 0: it was sent on to whose the address is, and has
 * no reference here. token, and word on the signature, NULL: left out.
 * malloc'ed, or NULL. */
char *receipt_print(const uint8_t id[16], uint64_t seq, const char *token, const char *word, size_t *n);
/* A machine key that was admitted: {"status", "key", "not_after", "signed_by"}. malloc'ed, or NULL. */
char *admitted_print(const struct key *key, msec not_after, const char *by, size_t *n);

/* What became of a report: {"id", "reference", "server", "outcome", "since", "asked", "responsible"}; since
 * 0 and responsible "": left out. malloc'ed, or NULL. The bytes are signed as they are, see
 * OUTCOME_NAMESPACE. */
#define OUTCOME_NAMESPACE "lymph-outcome" /* of the SSHSIG in Lymph-Signature */
struct outcome_doc {
	uint8_t id[16];
	uint64_t seq;
	const char *server, *outcome, *responsible;
	msec since, asked;
};
char *outcome_print(const struct outcome_doc *d, size_t *n);

#endif
