/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mails to others, from fields to bytes (RFC 5322, MIME): plain, or a report about abuse as RFC 6650 wants
 * it: multipart/report of RFC 6522 with a feedback part (RFC 5965) and the XARF document behind it. Lines end
 * in CRLF and none is longer than 998 bytes. Strangers' text may stand in subject, text and document: it
 * reaches a header only encoded (RFC 2047), and no line of it can end a part.
 */
#ifndef WIRE_MAILOUT_H
#define WIRE_MAILOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/msec.h"

/* The left half of a Message-ID of ours begins so: what comes back is known by it. */
#define MAILOUT_ID "lymph-"

struct mailout {
	const char *from, *to;      /* as xarf_mail_address has them */
	const char *from_name;      /* ASCII, no quotes; "" none */
	const char *reply_to;       /* as from; NULL none */
	const char *subject;        /* hostile text */
	const char *message_id;     /* without <>; printable ASCII */
	const char *in_reply_to;    /* hostile text; NULL, or anything but one <id@domain>: left out */
	const char *auto_submitted; /* "auto-replied", "auto-generated" (RFC 3834 5); NULL: a person wrote it */
	msec date;
	const char *text;           /* hostile text; lines by LF */
	const char *feedback;       /* fields of RFC 5965, lines by LF, printable ASCII; NULL: no such part */
	const void *attached;       /* a JSON document; NULL none */
	size_t attached_n;
	const char *attached_name;  /* "xarf.json" */
	const struct mailout_doc {
		const void *bytes;  /* more JSON documents: "xarf-2.json", "xarf-3.json" ... */
		size_t n;
	} *more;
	size_t more_n;
};

/* malloc'ed, its length in *n; NULL: out of memory, or a field that is none (from, to, message_id). */
char *mailout_print(const struct mailout *m, size_t *n);
/* One Message-ID (RFC 5322 3.6.4), with its <>, of printable ASCII and at most 250 bytes. */
bool mailout_is_id(const char *s);

#endif
