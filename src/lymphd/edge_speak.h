/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What leaves by mail, at the judge's edge: one outbox for all who have something to say to the outside.
 * A mail is laid up in the transaction of what caused it, handed to role speak once that is committed, and
 * stays until a relay took it, refused it for good, or it is too old. Nothing leaves unless `outgoing on`;
 * in `preview` it is laid up and shown, in `off` not even that.
 */
#ifndef LYMPHD_EDGE_SPEAK_H
#define LYMPHD_EDGE_SPEAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lymphd/msg.h"

struct edge;
struct store_body;

enum speak_kind {
	SPEAK_OUTCOME,  /* what became of a report, to who reported; Auto-Submitted: auto-replied */
	SPEAK_REFERRAL, /* a report about somebody else's address, to whose it is; auto-generated */
	SPEAK_FORWARD,  /* a report about a subscribed prefix, to who subscribed; auto-generated */
	SPEAK_KIND_N,
};
const char *speak_kind_name(enum speak_kind k);

#define SPEAK_TO       256 /* an address or URL, with its end */
#define SPEAK_LINE     256 /* subject, Message-ID, with its end */
#define SPEAK_TEXT     (16u << 10)
#define SPEAK_FEEDBACK 4096
#define SPEAK_ATTACHED (1u << 20)

/* Owned by the caller, copied. Strangers' text may stand in subject, text and attached: it is encoded
 * when the mail is written (wire/mailout.h). */
struct speak_mail {
	enum speak_kind kind;
	uint64_t about;          /* number of the fact it is about, 0 none: goes when that is forgotten */
	uint64_t case_no;        /* 0 none */
	struct addr subject_addr; /* what it is about: goes when that address is forgotten; fam 0 none */
	const char *to;          /* one address, as xarf_mail_address; "": not known yet, see speak_found */
	const char *url;         /* NULL; else the attachment alone is POSTed there: a peer's own API */
	const char *subject;     /* one line */
	const char *in_reply_to; /* a Message-ID with its <>; NULL none */
	const char *text;        /* the first part, at most SPEAK_TEXT; more is cut */
	const char *feedback;    /* makes it a feedback report (RFC 6650): fields, see mailout.h; NULL */
	const void *attached;    /* JSON, at most SPEAK_ATTACHED; NULL */
	size_t attached_n;
	/* One mail of a slot waits at a time, a newer one replaces it; with every > 0 none of the slot is laid
	 * up for so long after the last one. NULL: a slot of its own by (kind, about, to, url). */
	const char *slot;
	msec every;
	/* A report somebody else made, by its id: none of that id is laid up again while this one is known. */
	const uint8_t *of;       /* 16 bytes; NULL */
	bool gather;             /* may wait for others to the same mailbox, to go as one mail */
};

/* Inside the caller's transaction (edge_begin .. edge_commit). 0: laid up; 1 + enum speak_no: not, and
 * counted; negative errno of the store: the caller aborts. *no (may be NULL): its number. */
int speak_lay(struct edge *e, const struct speak_mail *m, uint64_t *no);

/* Lays up a report for somebody else, as RFC 6650 wants it: from the fact (kind FACT_REPORT; its seq 0: it is
 * in no journal) and its body (XARF v4). The document goes without `_internal`, with us as reporter and sender
 * and in lymph.via; a body that went through us before, or through XARF_HOPS others, goes nowhere. For
 * SPEAK_REFERRAL and SPEAK_FORWARD; to, url as above. every: not again about the same address and class, to
 * the same, for so long. gather: with others to the same mailbox. As speak_lay. The judge reads a stranger's
 * document here: only of reporters who are proven, and inside the black box. */
int speak_report(struct edge *e, enum speak_kind kind, const char *to, const char *url, const struct fact *f,
    uint64_t case_no, const void *body, size_t n, msec every, bool gather);
/* What every mail with reports ends with: why you, whom to answer, the page about the report of that id (16
 * bytes; NULL: of several). */
#define SPEAK_PAGE "\nWhat to do about it, and how to object: "
void speak_end_words(const struct edge *e, enum speak_kind kind, const uint8_t *id, char *ret, size_t size);

/* A report about an address that is not ours, inside the transaction of its batch: laid up for whose it is, when
 * who reports it is proven and somebody may be known. gather: it is one of many, and may wait for others. 1: so;
 * 0: not; negative errno. */
int refer_take(struct edge *e, const struct report *p, const struct store_body *body, bool gather);
/* Where to turn with a report that is not ours, for a proven reporter; else, or when that is not known, ret is
 * untouched. Outside of any transaction. */
void refer_instead(struct edge *e, const struct report *p, char *ret, size_t size);
/* Looks for whose the addresses are that wait; after whose_start. */
void refer_start(struct edge *e);

/* --- the outbox ---------------------------------------------------------------------------------- */

enum speak_state {
	SPEAK_SEEKS,   /* to whom is not known yet */
	SPEAK_WAITS,
	SPEAK_SENT,    /* a relay took it */
	SPEAK_REFUSED, /* for good: by the relay */
	SPEAK_OLD,     /* given up: too old, or nobody is known to send it to */
	SPEAK_DOUBT,   /* handed over time and again, never answered: maybe it left; not tried again */
	SPEAK_DROPPED, /* staff took it out */
	SPEAK_STATE_N,
};
const char *speak_state_name(enum speak_state s);

/* Why one was not laid up, counted. */
enum speak_no { SPEAK_NO_OFF, SPEAK_NO_ADDRESS, SPEAK_NO_NEVER, SPEAK_NO_DEAD, SPEAK_NO_AGAIN, SPEAK_NO_ROOM,
	SPEAK_NO_LOOP, SPEAK_NO_N };
const char *speak_no_name(enum speak_no n);

/* One, without its content. Texts but message_id are strangers'. */
struct speak_head {
	uint64_t no;
	msec at, due, done;  /* laid up; not before; 0 until it is over */
	uint8_t state, kind; /* enum speak_state, speak_kind */
	uint8_t tries;       /* times it was handed over */
	uint8_t open;        /* of these without an answer that says it was not taken */
	uint16_t code;       /* the relay's last, of SMTP or HTTP; 0 none */
	uint32_t bytes;      /* of its content, while that is kept */
	uint64_t about, case_no;
	uint64_t of;         /* hash of the id of the report it is; 0 none */
	uint64_t lead;       /* goes, or went, in the mail of that number; 0: in one of its own */
	uint8_t gather;      /* 1: may go with others */
	struct addr subject_addr;
	uint8_t slot[16];
	char to[SPEAK_TO], url[SPEAK_TO], subject[SPEAK_LINE], in_reply_to[SPEAK_LINE],
	    message_id[SPEAK_LINE]; /* without <> */
	char said[128];      /* the relay's last words, cleaned */
};
/* Its content; text, feedback and attached point into bytes, which is malloc'ed. */
struct speak_body {
	char *bytes;
	const char *text, *feedback; /* feedback NULL: none */
	const void *attached;        /* NULL: none */
	size_t attached_n;
};

struct speak_totals {
	uint64_t waiting, seeking, dead;     /* now; mailboxes known as dead */
	uint64_t laid, sent, refused, old, doubt, dropped, bounced; /* since the start */
	uint64_t no[SPEAK_NO_N];
	uint64_t attempts, limited, joined; /* joined: went in another's mail */
};

void speak_start(struct edge *e);
/* A transaction failed. */
void speak_stale(struct edge *e);
void speak_up(struct edge *e);
void speak_down(struct edge *e);
void speak_room(struct edge *e);
void speak_spoken(struct edge *e, const struct msg_spoken *m);
/* Something about fact seq, or about that address (NULL: none), is being forgotten: inside the transaction
 * that does. 0 or negative errno. */
int speak_forget(struct edge *e, uint64_t seq, const struct addr *a);
/* Outside of a transaction. To whom one in SPEAK_SEEKS goes: both "": nobody is known, it is given up. */
int speak_found(struct edge *e, uint64_t no, const char *to, const char *url);
/* A bounce: a delivery status says that this recipient of the mail with that Message-ID (without <>) is not
 * there (status "5.x.y", RFC 3463). Believed only about what we sent to that very recipient. */
void speak_bounced(struct edge *e, const char *recipient, const char *message_id, const char *status);
/* What staff do, a transaction with its fact: DESK_SPEAK_DROP one; DESK_SPEAK_REVIVE a mailbox held for
 * dead. 0 or negative errno; -ENOENT, -EALREADY: it is over. */
int speak_drop(struct edge *e, uint64_t no, uid_t uid, const char *text);
int speak_revive(struct edge *e, const char *address, uid_t uid, const char *text);

/* The next number behind no (0: the first); 0: none. */
uint64_t speak_next(struct edge *e, uint64_t no);
/* 0, -ENOENT, -EBADMSG. Content: -ENOENT once it is over. */
int speak_head(struct edge *e, uint64_t no, struct speak_head *ret);
int speak_body(struct edge *e, uint64_t no, struct speak_body *ret);
/* As it would leave, or left: malloc'ed; NULL. */
char *speak_print(const struct edge *e, const struct speak_head *h, const struct speak_body *b, size_t *n);
struct speak_totals speak_totals(struct edge *e);
/* Mailboxes held for dead. */
struct speak_dead {
	msec since, until;
	uint32_t times;
	char address[SPEAK_TO], said[128];
};
typedef int speak_dead_cb(const struct speak_dead *d, void *arg);
int speak_each_dead(struct edge *e, speak_dead_cb *cb, void *arg);

#endif
