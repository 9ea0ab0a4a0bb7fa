/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mail to abuse@, read (RFC 5322, MIME): which tray it belongs to, who vouches for it, what it
 * accuses whom of. ARF (RFC 5965), XARF v3 and v4 attachments, clear-signed text, plain text with
 * log lines; CSV attachments are handed out to be streamed (wire/sheet.h). All of it is hostile:
 * parts, depth, decoded bytes and header lines are capped before they cost anything, and a mail
 * over a cap goes to TRAY_UNREADABLE with the rule. A mail that goes to TRAY_SEALED is not parsed
 * further than it took to see that.
 */
#ifndef WIRE_MAIL_H
#define WIRE_MAIL_H

#include "model/claim.h"
#include "model/identity.h"
#include "model/tray.h"
#include "wire/logclaim.h"

/* A mail over this is unreadable. What all roles together take for one is bounded by 64 MiB: half of that
 * is the mail, once; the other half is what is made of it, and the store's pages. */
#define MAIL_BYTES   (32u << 20)
#define MAIL_PARTS   1000
#define MAIL_DEPTH   16
#define MAIL_DECODED (96u << 20) /* over all parts */
#define MAIL_CLAIMS  1000
#define MAIL_SHEETS  8
#define MAIL_DOCS    100
#define MAIL_DOC     (4u << 20)  /* one document, decoded: XARF, a feedback report */
#define MAIL_CLAIMED (4u << 20)  /* evidence of all claims; behind it each keeps MAIL_BRIEF */
#define MAIL_BRIEF   1024
#define MAIL_FOREIGN 200         /* claims about others' addresses, beside MAIL_CLAIMS */
#define MAIL_FOREIGN_TEXT 4096   /* evidence of each */
#define MAIL_SIGNED  (4u << 20)  /* bytes a signature is verified over */
#define MAIL_LINE    256
/* Of the lines that name an address, over a mail: how many the recognisers see, with how many bytes, and
 * how often they may reach their own limits. */
#define MAIL_LOG_LINES   20000
#define MAIL_LOG_BYTES   (4u << 20)
#define MAIL_LOG_LIMITED 64

/* What the operator said, and what was found out before. */
struct mail_terms {
	const char
	    *authserv_id; /* whose Authentication-Results (RFC 8601) are believed; NULL: nobody's */
	const char *const *domains; /* our own mail domains: Message-IDs, senders */
	size_t domain_count;
	const struct mail_token {
		char name[NAME_TEXT];
		uint8_t hash[32]; /* SHA-256 of the secret */
	} * tokens;               /* in the recipient's detail: abuse+SECRET@ (RFC 5233) */
	size_t token_count;
	bool (*ours)(const struct addr *a, void *arg); /* an address of the networks served? */
	void *arg;
	bool refers; /* what it says of others' addresses is handed out too, if somebody vouches for the mail */
	msec arrived;
	struct logclaim
	    *logs;  /* for plain texts, made with ours NULL; NULL: none are read. Empty before
	                                  and after */
	bool stays; /* the bytes stay where they are until mail_seen_free: sheets and documents are
	                                  decoded when they are asked for, and not copied */
	struct identity signed_by; /* by role verify: the signature of mail_signed_find() was good */
	msec signed_at; /* ... and when it was made: with signed_by the claims' only date */
};

struct mail_sheet {
	char name[128]; /* the attachment's file name, cleaned */
	void *bytes;    /* malloc'ed, decoded; NULL with mail_terms.stays: mail_sheet_peek */
	size_t n;
	struct mail_stream *stream;
};

struct mail_doc { /* a document that is XARF v4 itself, checked: report these bytes */
	void *bytes;    /* malloc'ed; NULL with mail_terms.stays: mail_doc_bytes */
	size_t n;
	const char *at; /* where it stands in the mail, encoded */
	size_t at_n;
	int coding;
};

struct mail_seen {
	enum tray tray;
	char rule[MAIL_LINE];     /* why this tray: words of ours */
	struct identity identity; /* who vouches; "" nobody */
	bool may_answer;    /* false: null sender, Auto-Submitted, list, bulk, our own Message-ID */
	uint8_t digest[32]; /* SHA-256 of the mail */
	/* Hostile text, cut, made valid UTF-8. */
	char from[MAIL_LINE], subject[MAIL_LINE], message_id[MAIL_LINE], reply_to[MAIL_LINE];
	/* A delivery status about a mail of ours: its Message-ID without <>, the recipient, RFC 3463. "" none. */
	char bounced_id[MAIL_LINE], bounced[MAIL_LINE], bounced_status[16];
	msec date;           /* of its Date, 0 none */
	struct claim *claim; /* their text is owned */
	size_t claims;
	size_t foreign;     /* of them about addresses not ours, see mail_terms.refers */
	uint32_t elsewhere; /* claims about addresses not ours, left out */
	uint32_t cut;       /* claims, sheets and documents over their caps, left out */
	struct mail_sheet *sheet;
	size_t sheets;
	struct mail_doc *doc;
	size_t docs;
};

/* Once, before the box: charsets, tables. */
void mail_warm(void);
/* Every mail has a verdict: 0, or -ENOMEM. */
int mail_read(const void *bytes, size_t n, const struct mail_terms *t, struct mail_seen *ret);
void mail_seen_free(struct mail_seen *m);
/* The next bytes of a sheet, at most 64 KiB, with those that were not taken before; *end: no
 * more follow. Valid until the next call. */
void mail_sheet_peek(struct mail_sheet *s, const void **p, size_t *n, bool *end);
void mail_sheet_take(struct mail_sheet *s, size_t n);
/* The document's bytes, d->n of them: malloc'ed, the caller's; NULL: out of memory. Once. */
void *mail_doc_bytes(struct mail_doc *d);

/* The rules of the trays in their order, for documentation: false behind the last. words:
 * phrases by '|', or NULL. */
bool mail_rule(size_t i, enum tray *tray, const char **name, const char **words);

/* What an OpenPGP signature in the mail covers: the exact bytes for role verify. RFC 3156: the
 * first part of multipart/signed, canonical; RFC 4880 7: the clear-signed text, whole. */
enum mail_sig { MAIL_SIG_NONE, MAIL_SIG_MIME, MAIL_SIG_CLEAR };
struct mail_signed {
	enum mail_sig form;
	void *bytes;     /* malloc'ed: n bytes, then the signature */
	const void *sig; /* there; NULL for MAIL_SIG_CLEAR */
	size_t n, sig_n;
};
/* 0 (form may be NONE), -ENOMEM; -E2BIG: a cap; -EFBIG: signed, but over more than MAIL_SIGNED.
 * One that its header alone sends to a tray (sealed, police) is not looked into: NONE. */
int mail_signed_find(const void *bytes, size_t n, struct mail_signed *ret);
void mail_signed_free(struct mail_signed *s);
/* With signed_by set, only what stood inside the signed bytes makes claims, and what stands around them (the
 * subject, the Date) says nothing of those. SHA-256 of whom and of what was signed, as it counts: the same
 * however the mail around it looks. Ends of lines and blanks before them do not count, for clear-signed
 * text does not cover these (RFC 4880 7.1). */
void mail_signed_digest(const struct identity *by, const void *bytes, size_t n, uint8_t ret[32]);

#endif
