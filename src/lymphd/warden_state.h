/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's word as the warden holds it in memory; what is done with it: warden_word.h. */
#ifndef LYMPHD_WARDEN_STATE_H
#define LYMPHD_WARDEN_STATE_H

#include <stdbool.h>
#include <stdio.h>

#include "conf/conf.h"
#include "host/loop.h"
#include "lymphd/msg.h"
#include "store/audit.h"

#define WORD_PENDING  16
#define WORD_PROTECTS 100000
#define WORD_WITHIN   (15 * MSEC_MINUTE) /* for the second person */
#define WORD_HASH     32

/* Who said it last, when and why. */
struct word_said {
	uint32_t uid, second;
	msec at; /* wall clock; 0: never said */
	char text[DESK_TEXT];
};

enum word_two { TWO_MODE, TWO_PROTECT, TWO_CONSCIENCE }; /* mode enforce, protect del, conscience take */

/* Something that waits for a second person. In memory only: a restart forgets it, never runs it. */
struct word_pending {
	unsigned no; /* "mN"; 0: free */
	enum word_two what;
	struct prefix prefix;
	uint8_t hash[WORD_HASH]; /* of the conscience file that was asked for */
	char about[DESK_TEXT + 16]; /* what is asked for, in words */
	uint32_t uid, roles;
	msec at, until; /* clock_boot */
	msec asked;     /* wall clock */
	char text[DESK_TEXT];
};

struct word_protect {
	struct prefix prefix;
	struct word_said by;
};

struct warden_word {
	const struct conf *conf;
	struct loop *loop;
	enum mode asked;    /* as people said */
	struct word_said mode_by;
	bool panic;
	struct word_said panic_by;
	struct word_protect *protect;
	size_t protects;
	enum mode ceiling;  /* the conscience's */
	char wrong[512];    /* what is wrong with the conscience; "" nothing */
	char broken[512];   /* what was wrong with our own files at the start */
	char waits[DESK_TEXT]; /* what root's file would loosen; "" nothing */
	/* The conscience that was agreed to: text and meaning; NULL: none yet. */
	char *agreed_text;
	size_t agreed_n;
	struct conscience *agreed;
	bool agreed_bad;    /* there is one, and it cannot be read: nothing is enforced */
	bool agreed_unsaved;
	bool agreed_holds;  /* it is in force: root's file is there and makes sense */
	bool protect_bad;
	uint64_t no;        /* of the next M_MODE: raised by each change */
	uint32_t release, restore;
	msec born;          /* clock_boot */
	struct word_pending pending[WORD_PENDING];
	unsigned pending_no;
	struct audit *audit;
	/* A flush that people wait for. */
	uint64_t flush_no;
	bool flushing;
	struct loop_event *flush_timer;
	/* The judge's entries that wait for the disk. */
	bool audit_dirty, audit_behind;
	uint64_t audit_lost; /* behind: the first that could not be written */
	unsigned audit_budget;
	msec audit_since;
	struct loop_event *audit_timer;
	uint64_t count;     /* entries in force, as hand said last */
	msec count_kept;    /* clock_boot, of the last time it was written down */
	/* Set by the owner. Tell all roles that act; is hand there to flush; a flush ended (by nft: hand
	 * did not); the audit went on: tell the judge. */
	void (*changed)(struct warden_word *w, void *arg);
	bool (*hand_is_up)(struct warden_word *w, void *arg);
	void (*hand_kill)(struct warden_word *w, void *arg);
	void (*flushed)(struct warden_word *w, int err, void *arg);
	void (*audited)(struct warden_word *w, void *arg);
	void *arg;
};

struct word_caller {
	uint32_t uid, roles;
};

#endif
