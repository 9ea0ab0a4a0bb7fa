/* SPDX-License-Identifier: BSD-2-Clause */
/* Carries a report to a server: one POST, no redirects, bounded in time and in what it reads. */
#ifndef LYMPH_REPORT_SEND_H
#define LYMPH_REPORT_SEND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/msec.h"
#include "lymph/report_conf.h"

enum sent {
	SENT_ACCEPTED, /* the server has it */
	SENT_LATER,    /* nobody there, or not now: the same bytes again later */
	SENT_REFUSED,  /* never */
};

/* Texts are the server's: hostile, to be escaped where they are shown. */
struct answer {
	enum sent what;
	bool unreachable; /* no answer at all */
	long status;      /* HTTP; 0: none */
	msec retry_after; /* 0: not said */
	char error[256];  /* our words for what went wrong; "" nothing */
	char reference[64], state[64], token[128];
	char title[256], detail[1024], field[128], rule[256];
	char responsible[256]; /* who answers for the address; "" not said */
};

/* "http://...", "https://..." or "unix:/path": 0 or -EINVAL. */
int report_target_check(const char *target);
/* Plain HTTP to somewhere else than this host. */
bool report_target_bare(const char *target);
/* signature: base64 of a machine key's, or SIGNED_PGP and base64 of an OpenPGP one; "" none. */
#define SIGNED_PGP "pgp:"
void report_send(const char *target, const char *body, size_t n, const char *signature, const char *id,
    struct answer *ret);
/* A statement about a machine key (wire/statement.h) to /v1/keys: its own signature and the OpenPGP one, each
 * base64. SENT_ACCEPTED: that key is admitted. */
void report_state(const char *target, const char *body, size_t n, const char *proof, const char *pgp,
    struct answer *ret);
/* One GET of path ("/v1/key") from the server a target names, with a bearer token or NULL. Same bounds. */
struct fetched {
	long status;          /* HTTP; 0: no answer */
	char error[256];      /* our words; "" nothing */
	char signature[2048]; /* Lymph-Signature; "" none */
	char text[8192];      /* hostile, as the rest */
	size_t n;
};
void report_fetch(const char *target, const char *path, const char *token, struct fetched *ret);
/* Who takes reports about that address. Today the configured server; referral by address, when the
 * registry comes, comes here. 0 or -ENOENT. */
int report_refer(const struct addr *a, const struct report_conf *c, char ret[REPORT_PATH]);

#endif
