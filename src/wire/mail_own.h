/* SPDX-License-Identifier: BSD-2-Clause */
/* The reading of one mail, for wire/mail*.c only: what is known of it so far, and its steps. */
#ifndef WIRE_MAIL_OWN_H
#define WIRE_MAIL_OWN_H

#include "wire/mail.h"
#include "wire/mail_mime.h"
#include "wire/xarf.h"

#define MAIL_WORDS     (16u << 10) /* of text that the rules look at */

/* What a step found out; rules of mail_tray.c ask for it. */
enum mail_flag {
	MAIL_OURS = 1,     /* names an address of ours */
	MAIL_OTHERS = 2,   /* names one that is not */
	MAIL_URL = 4,      /* a link */
	MAIL_ACNS = 8,     /* an ACNS document */
	MAIL_REPORT = 16,  /* a document that makes reports: ARF, XARF */
	MAIL_REFUSED = 32, /* one that does not pass */
	MAIL_TEXT = 64,    /* any text at all */
	MAIL_ENCRYPTED = 128,
	MAIL_NULL_SENDER = 256,
	MAIL_OWN_ID = 512,  /* its Message-ID is of our domains */
	MAIL_ANSWER = 1024, /* In-Reply-To or References is */
	MAIL_BULK = 2048,   /* List-Id, Precedence */
	MAIL_DSN = 4096,    /* multipart/report of a delivery status */
	MAIL_AUTO_REPLIED = 8192,
	MAIL_AUTO = 16384, /* Auto-Submitted, other than "no"; or it asks for no automatic answer */
	MAIL_RETURNED = 32768,   /* one that we sent, as it was */
	MAIL_OUR_BOUNCE = 65536, /* a delivery status about one */
};

struct mail_work {
	const struct mail_terms *terms;
	struct mail_seen *seen;
	struct mime_span bytes;
	struct mime mime;
	unsigned flags;
	char from_domain[256]; /* lower case */
	char subject[1024];    /* folded */
	char senders
	    [1024]; /* the domains of From, Sender, Reply-To, Return-Path: " a.example b.example " */
	char words[MAIL_WORDS]; /* folded text of the body, as far as it was read */
	size_t words_n;
	enum class_id hint; /* by the subject */
	enum tray doc_tray; /* where a document belongs that makes no claim; TRAY_N none */
	char doc_rule[MAIL_LINE];
	msec date;            /* of its Date, if that can be; else of arrival */
	msec event;           /* of what names no time of its own; 0 nothing says */
	size_t room;          /* claims allocated */
	size_t text_n;        /* of their evidence */
	bool was[MAIL_PARTS]; /* a part that was read as a document */
};

/* Where the signature is that role verify was asked about: one choice, for who verifies and who
 * reads. */
struct mail_place {
	enum mail_sig form;
	int part, sig; /* MIME: the signed part; CLEAR: the text it is in */
};

/* mail_auth.c */
/* Lower-case domains of the first address of a field: "" if none. addr may be NULL. */
bool mail_addr(struct mime_span value, char *addr, size_t addr_size, char domain[256]);
bool mail_domain_ours(const struct mail_terms *t, const char *domain);
/* Who vouches: token, else aligned DKIM. *ret untouched when nobody. */
void mail_vouch(const struct mail_work *w, struct identity *ret);

/* mail_tray.c */
/* Rules that need the header alone (true: decided); then those that need the rest, which always
 * decide. */
bool mail_tray_early(struct mail_work *w);
void mail_tray_late(struct mail_work *w);
/* What a subject says it is about; CLASS_NONE. */
enum class_id mail_hint(const char *folded);

/* mail_arf.c */
/* The feedback report in part i; claims it. */
int mail_arf(struct mail_work *w, int i);
/* A mail handed on whole with "complaint about message from ADDRESS" in its subject. */
int mail_fbl_plain(struct mail_work *w);
/* X-ARF before version 3 (fields as lines). */
int mail_xarf_old(struct mail_work *w, int i);

/* mail_trace.c: whoever handed the mail whose header this is to the house of From, by the house's own
 * words; false: they do not say. */
bool mail_trace(const struct mail_work *w, struct mime_span head, struct addr *ret);

/* mail_read.c: does its header alone decide? */
bool mail_decided(struct mime_span mail);

/* mail_sign.c */
struct mail_place mail_sign_place(const struct mime *m, struct mime_cost *cost);
/* The clear-signed block of a part, malloc'ed, whole lines: 1; 0 none; -ENOMEM, -E2BIG; -EFBIG: longer than
 * MAIL_SIGNED. */
int mail_clear_block(const struct mime_part *p, struct mime_cost *cost, char **ret, size_t *n);

/* mail_dsn.c: what came back of what we sent: flags, and seen's bounced. */
void mail_dsn(struct mail_work *w);

/* mail_stream.c: of a sheet whose mail stays; NULL: out of memory. */
struct mail_stream *mail_stream_new(const struct mime_part *p);

/* mail_xarf.c: documents. Where one belongs that makes no claim: child abuse overrules all, else the first
 * decides; one that does not pass. */
void mail_doc_says(struct mail_work *w, enum tray tray, const char *rule);
void mail_doc_refused(struct mail_work *w, const char *what, const struct xarf_why *why);
/* The bytes of part p; takes them when it says 1. */
int mail_xarf4(struct mail_work *w, const struct mime_part *p, char *bytes, size_t n);
int mail_xarf3(struct mail_work *w, const char *bytes, size_t n);

/* mail_docs.c: documents, sheets, texts. */
int mail_docs(struct mail_work *w);
int mail_claim(struct mail_work *w, const struct claim *c);
/* Is it somebody else's address? Then, may what this mail says of it be sent on? */
bool mail_foreign(const struct mail_work *w, const struct addr *a);
bool mail_refers(const struct mail_work *w, const struct addr *a);

#endif
