/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts: all that ever enters the judge, in the order it was committed. The fact table of the store
 * is the journal; replaying it gives the same orders bit for bit. One canonical encoding per fact
 * (big-endian, versioned), which is what is stored and hashed.
 */
#ifndef MODEL_FACT_H
#define MODEL_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/msec.h"
#include "base/q32.h"
#include "model/class.h"
#include "model/desk.h"
#include "model/keep.h"
#include "model/look.h"

struct policy;

/* An Ed25519 public key (RFC 8032). All zero: unsigned. */
#define KEY_BYTES 32
struct key {
	uint8_t b[KEY_BYTES];
};

/* How good a report's evidence is; the factor E comes from the parameters ev_*. */
enum evidence {
	EVIDENCE_WEAK,   /* one-way packets, a bare SYN, or none */
	EVIDENCE_TEXT,   /* a text log that names the subject */
	EVIDENCE_STRONG, /* a two-way transaction: handshake, sample, two-way flow */
};

#define NAME_TEXT 64

struct report {
	struct key key;            /* who signed; zero: unsigned */
	uint8_t id[16];            /* XARF report_id */
	uint8_t body_hash[32];     /* SHA-256 of the exact bytes */
	uint8_t evidence_hash[16]; /* of the evidence payloads; zero: none. Equal ones are dependent */
	uint8_t sender_hash[16];   /* of sender{org,contact,domain}, folded; equal ones are dependent */
	char sender[NAME_TEXT];    /* self-declared reporter domain, for display only: hostile text */
	enum class_id cls;
	enum evidence evidence;
	struct addr subject;
	uint16_t port;             /* on the accused address; 0: not named */
	bool two_way_claim;        /* claims a handshake; a canary must not have answered */
	msec event;                /* when it happened, says the report; may lie in the future */
	uint32_t origin_as;        /* AS of `from` by an offline table; 0: unknown */
	struct addr from;          /* who submitted; fam 0: local or behind the proxy */
	uint32_t count;            /* events the report stands for, at least 1 */
};

/* What the operator says about a reporter. */
enum standing {
	STANDING_KEY,     /* an unknown key */
	STANDING_ORG,     /* an enrolled organisation */
	STANDING_NETWORK, /* a proven network operator */
	STANDING_OWN,     /* one of our own sensors */
	STANDING_N,
};

/* Who said so, when it was nobody of the staff but lymph itself. */
#define UID_LYMPH UINT32_MAX

struct reporter_set {
	struct key key;
	char name[NAME_TEXT]; /* the operator's name for it */
	char org[NAME_TEXT];  /* organisation: keys of one are one group; "" none */
	uint8_t standing;     /* enum standing */
	bool pinned;
	uint32_t notify_on_sight; /* classes, a bit (1 << enum class_id) each, for which its word suffices */
	q32 pin;              /* trust, when pinned */
	msec delay;           /* the source's usual delivery delay */
	uint32_t as;          /* origin AS, 0 unknown */
	uint32_t uid;         /* who said so */
};

/* What our own flows say about a subject in the 6 h around a time: an answer to a question of the judge
 * (detect/detect.h, struct ask), or told unasked while an attack goes on. */
struct flow_seen {
	struct addr subject;
	uint16_t port;         /* on the subject; 0: none */
	enum class_id cls;
	msec when;
	bool answered_inbound; /* an answered inbound exchange on the port; of CLASS_C2_CONTACT: the
	                          contact was two-way */
	bool active;           /* does what the class says, now (the last 5 minutes); by flows whose
	                          source is beyond doubt */
	bool covered;          /* all of the line's traffic was seen, with little loss: silence means something */
	/* What a filter would have to name, of what is active: fam 0, 0, 0: nothing one could. */
	uint8_t proto;
	uint16_t far_port;     /* on the other side */
	struct prefix peer;    /* the other side; fam 0: many */
	uint32_t samples, sampling; /* what it rests on */
};

/* Many own lines at one victim: one proposed order, approved as a whole. */
struct population {
	uint64_t group;        /* the collector's number for it; the same attack keeps it */
	struct prefix victim;  /* foreign */
	uint8_t proto;
	uint16_t port;         /* on the victim; 0: no single one */
	uint32_t lines;        /* own lines taking part */
	uint32_t samples, sampling, mean_size;
	uint64_t pps, bps;     /* estimates */
	uint8_t source;        /* enum source of most of it (model/finding.h) */
	msec from, to;
};

struct lease_seen {
	struct addr addr;
	char line[32];
	msec from, to; /* to: MSEC_NEVER while it lasts */
};

/* A report about one of our canaries: an address that never did anything. */
struct canary_hit {
	struct key key;
	msec when;
};

enum fact_kind {
	FACT_NONE,
	FACT_CONF,
	FACT_REPORT,
	FACT_LOOK,
	FACT_TICK,
	FACT_REPORTER,
	FACT_FLOW,
	FACT_LEASE,
	FACT_CANARY,
	FACT_MODE,
	FACT_PROTECT,
	FACT_DESK,
	FACT_POPULATION,
	FACT_KEEP,
	FACT_N,
};

struct fact {
	enum fact_kind kind;
	uint64_t seq; /* place in the journal, from 1; not part of the encoding */
	msec at;      /* stamped by the judge's edge, never falls */
	union {
		struct report report;
		struct look_result look;
		struct reporter_set reporter;
		struct flow_seen flow;
		struct lease_seen lease;
		struct canary_hit canary;
		struct mode_set mode;
		struct protect_set protect;
		struct desk_act desk;
		struct population population;
		struct keep_set keep;
		struct {
			/* Canonical configuration text, in place (not copied, not NUL-ended). */
			const char *text;
			uint32_t len;
			/* The same, parsed, by whoever holds the configuration code. Not encoded; must
			 * outlive the judge's use of it (until the next FACT_CONF). */
			const struct policy *policy;
		} conf;
	};
};

/* Upper bound of an encoded fact other than FACT_CONF (which adds its text). */
#define FACT_BYTES 1024

/* Appends the canonical encoding; the writer turns bad when it does not fit. */
void fact_encode(struct writer *w, const struct fact *f);
/* Exactly n bytes. conf.text points into p. 0, -EBADMSG (not an encoding of ours) or -ENOTSUP (a
 * newer version). What an older version did not say is zero. *ret untouched on error. */
int fact_decode(const void *p, size_t n, struct fact *ret);
/* The same for a part of one that is kept elsewhere, too. */
void population_encode(struct writer *w, const struct population *p);
void population_decode(struct reader *r, struct population *p);
const char *standing_name(enum standing s);
/* STANDING_N if unknown. */
enum standing standing_by_name(const char *s);
const char *evidence_name(enum evidence e);
bool key_is_zero(const struct key *k);
int key_cmp(const struct key *a, const struct key *b);

#endif
