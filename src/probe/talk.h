/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One conversation with a target: a check's state machine, fed byte by byte with whatever the
 * target says. It decides from those bytes alone what to send next and what was found; it never follows
 * where an answer points to, and everything it sends names only the canary of our configuration.
 * Bytes it keeps of the target: none but the 16 of the secret.
 */
#ifndef PROBE_TALK_H
#define PROBE_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/msec.h"
#include "probe/fold.h"

#define PROBE_TOKEN    16
#define PROBE_READ_CAP 4096 /* bytes read per connection, at most */
#define PROBE_OUT      512
#define PROBE_QUIET    (2 * MSEC_SECOND)

/* What the target is asked to fetch: http://canary:port/TOKEN. */
struct probe_goal {
	struct addr canary;
	uint16_t port;
	uint8_t token[PROBE_TOKEN];
};

struct probe_talk;

/* A method as a row: what it says first, how it takes one byte of the answer. */
struct probe_check {
	enum probe_method method;
	uint16_t port;       /* canary port it likes best (what proxies' rules allow) */
	bool v4_only;        /* cannot name an IPv6 canary */
	void (*begin)(struct probe_talk *t);
	void (*byte)(struct probe_talk *t, uint8_t b);
};

struct probe_talk {
	const struct probe_check *check;
	struct probe_goal goal;
	uint8_t out[PROBE_OUT];     /* to be sent now; probe_sent() clears */
	uint16_t out_len;
	uint32_t in;                /* bytes fed */
	enum found found;         /* FOUND_NOTHING while it goes on */
	uint8_t secret[PROBE_TOKEN];
	bool granted;               /* the target agreed to relay */
	bool wrong;                 /* not this protocol: only counting what still comes */
	uint32_t relayed;           /* bytes after the grant */
	/* The machines' own. */
	uint8_t state;
	uint16_t left;              /* socks: bytes of the reply to skip */
	struct {
		uint8_t phase, col;
		uint16_t status;
		bool line;          /* this line has something in it */
		uint8_t run;        /* hex digits so far in this line of the body */
		bool odd;           /* and something else, too */
		uint16_t body;
		uint8_t hex[PROBE_TOKEN];
	} http;
};

enum probe_step {
	PROBE_MORE, /* waiting for bytes */
	PROBE_SEND, /* send out[0..out_len), then probe_sent() */
	PROBE_DONE, /* found says what */
};

enum probe_end {
	PROBE_EOF,     /* the target closed or reset */
	PROBE_SILENT,  /* nothing came for as long as probe_patience() said */
	PROBE_OVERDUE, /* the time of this port is up */
};

/* Starts a conversation: out holds the first bytes. */
void probe_begin(struct probe_talk *t, const struct probe_check *c, const struct probe_goal *g);
enum probe_step probe_feed(struct probe_talk *t, const uint8_t *p, size_t n);
void probe_sent(struct probe_talk *t);
/* How long silence may last before PROBE_SILENT; 0: until the port's time is up. */
msec probe_patience(const struct probe_talk *t);
/* The connection ended that way: what was found. */
enum found probe_finish(struct probe_talk *t, enum probe_end e);

/* For the machines. */
void talk_say(struct probe_talk *t, const void *p, size_t n);
void talk_found(struct probe_talk *t, enum found f);
/* The answer is not this protocol. What still comes is only counted: one that ends or falls quiet
 * spoke and did not relay; one that goes on drips or floods. */
void talk_wrong(struct probe_talk *t);

#endif
