/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who vouches for a report that carries no machine signature: a mail domain whose DKIM signature our
 * own mail server checked, a token we gave out, an OpenPGP key, a log of our own. Such a source has a
 * name ("dkim:example.org") and stands among the reporters under a key made of that name, so that the
 * operator can rank and pin it like any other. It proves nothing to a third party: it is our word, not
 * the sender's.
 */
#ifndef MODEL_IDENTITY_H
#define MODEL_IDENTITY_H

#include <stdbool.h>

#include "model/fact.h"

enum identity_kind {
	IDENTITY_NONE,
	IDENTITY_DKIM,  /* "dkim:DOMAIN": aligned with From, by the Authentication-Results of our server */
	IDENTITY_TOKEN, /* "token:NAME": knows a secret the operator gave to NAME */
	IDENTITY_PGP,   /* "pgp:FINGERPRINT": 40 or 64 upper-case hex digits of the primary key */
	IDENTITY_LOG,   /* "log:NAME": a log of our own, by the configuration */
	IDENTITY_FEED,  /* "feed:NAME": rows the operator handed in himself (lymph intake --source NAME) */
	IDENTITY_MACHINE, /* "machine:NAME": a CrowdSec agent that staff let in (lymph door approve NAME) */
	IDENTITY_N,
};

struct identity {
	char name[NAME_TEXT]; /* "" none; else KIND:REST, lower case (pgp: upper), printable ASCII, no blank */
};

struct identity_row {
	const char *word;       /* "dkim" */
	enum standing standing; /* what it begins with, until the operator says otherwise */
};
const struct identity_row *identity_row(enum identity_kind k);
/* Makes one; false when rest is empty, too long or has a character that may not be in it. The name is
 * folded. *ret untouched on failure. */
bool identity_make(enum identity_kind k, const char *rest, struct identity *ret);
/* Its kind; IDENTITY_NONE for "" and for anything identity_make would not have made. */
enum identity_kind identity_kind(const struct identity *i);

#endif
