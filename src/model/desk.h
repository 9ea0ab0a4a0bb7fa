/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people decide: the operator's mode, what is never touched, and what staff do with cases and
 * orders. Each is a fact in the journal, with who said it.
 */
#ifndef MODEL_DESK_H
#define MODEL_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/msec.h"

/* The operator's mode, as the warden holds it. */
enum mode { MODE_OBSERVE, MODE_ENFORCE, MODE_N };

#define DESK_NAME 32
#define DESK_TEXT 250

struct mode_set {
	uint8_t mode;           /* enum mode */
	bool panic;             /* nothing may be enforced, whatever the mode */
	uint32_t uid, second;   /* who said so, and the second person; 0: root, or none */
	char text[DESK_TEXT];   /* reason, as typed */
};

/* A never-touch prefix beside those of the configuration, or no longer one. */
struct protect_set {
	struct prefix prefix;
	bool on;
	uint32_t uid;
};

/* One fact per case or order; facts of one command stand together in the journal and carry the number
 * of the first as batch: they are undone together, by facts that say the opposite. */
enum desk_verb {
	DESK_APPROVE,  /* order asked for: give it, a person looked */
	DESK_REJECT,   /* order asked for: not given, and not asked for again in this case */
	DESK_UNDO,     /* order in force: withdrawn, and not given again in this case */
	DESK_ALLOW,    /* case: the rungs that were rejected or undone may be reached again */
	DESK_RELEASE,  /* case: all its orders withdrawn, as by UNDO */
	DESK_CLOSE,    /* case: closed, as enum close_as */
	DESK_REOPEN,   /* case */
	DESK_NOTE,     /* case: a text, nothing else */
	DESK_ASSIGN,   /* case: to name; "": nobody */
	DESK_MERGE,    /* case: into another; its reports count there from now on */
	DESK_UNMERGE,  /* case: stands for itself again */
	DESK_SNOOZE,   /* case: not on the desk's list until then, or until it is verified; 0: wake */
	/* About a mail to the abuse desk: the journal and the audit hear of it, the judge does nothing. */
	DESK_MAIL_READ,    /* a sealed one was read */
	DESK_MAIL_DONE,    /* dealt with */
	DESK_MAIL_TO,      /* into the tray called name */
	DESK_MAIL_HAND_ON, /* its bytes were given out, to be handed on */
	/* About who may read of cases, called name: the same. */
	DESK_TOKEN_ADD,
	DESK_TOKEN_REVOKE,
	DESK_SUBSCRIBE,
	DESK_UNSUBSCRIBE,
	DESK_DOOR,         /* nor about a mail: a machine or a bouncer was let in, or out; text says which */
	/* About what leaves by mail: the same. */
	DESK_SPEAK_DROP,   /* one of the outbox is not sent */
	DESK_SPEAK_REVIVE, /* a mailbox is not held for dead any more */
	DESK_VERB_N,
};

struct desk_verb_row {
	const char *name;      /* "close" */
	bool order;            /* target is an order, else a case */
	bool mail;             /* or a mail, or another thing: the judge does nothing */
	enum desk_verb undo;   /* what takes it back; DESK_VERB_N: nothing (a note stays) */
};
/* Out of range gives an empty row. */
const struct desk_verb_row *desk_verb_row(enum desk_verb v);
/* What it is about when it is no case, order or mail: "token"; it goes by name. Else NULL. */
const char *desk_verb_thing(enum desk_verb v);
/* DESK_VERB_N if unknown. */
enum desk_verb desk_verb_by_name(const char *s);
const char *mode_name(enum mode m);

struct desk_act {
	uint8_t verb;          /* enum desk_verb */
	uint8_t as;            /* CLOSE: enum close_as; REOPEN, UNMERGE: it was closed so before, and
	                          stays closed so; CLOSE_NONE: it opens */
	uint8_t rungs;         /* ALLOW: those allowed, a bit each; RELEASE, UNDO: those withdrawn */
	uint64_t target;       /* number of the case, order or mail */
	uint64_t into;         /* MERGE */
	uint64_t batch;        /* journal number of the first fact of this command */
	uint64_t undoes;       /* journal number of the fact this one takes back; 0: none */
	msec until;            /* SNOOZE */
	uint32_t uid, second;  /* who, and the second person; second 0: none was needed */
	char name[DESK_NAME];  /* ASSIGN; MAIL_TO: a tray; a thing's */
	char text[DESK_TEXT];  /* reason or note, as typed */
	/* As it was before, for taking it back. */
	uint8_t was_as;
	msec was_until;
	char was_name[DESK_NAME];
};

void mode_encode(struct writer *w, const struct mode_set *p);
void mode_decode(struct reader *r, struct mode_set *ret);
void protect_encode(struct writer *w, const struct protect_set *p);
void protect_decode(struct reader *r, struct protect_set *ret);
void desk_encode(struct writer *w, const struct desk_act *p);
void desk_decode(struct reader *r, struct desk_act *ret);

#endif
