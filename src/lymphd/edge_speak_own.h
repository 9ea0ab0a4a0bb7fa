/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the outbox, for edge_speak*.c only: what of each mail is in memory, and its rows. */
#ifndef LYMPHD_EDGE_SPEAK_OWN_H
#define LYMPHD_EDGE_SPEAK_OWN_H

#include "lymphd/edge.h"
#include "lymphd/edge_speak.h"

#define SPEAK_ROWS  20000 /* of all states; those that are over go first */
#define SPEAK_LOSTS 32    /* rows nobody can read any more, taken out at a time */
#define SPEAK_DEADS 4096  /* mailboxes held for dead, or that were lately; the one that ends first goes */
#define SPEAK_JOIN  100   /* reports in one mail: as many as a desk like ours takes of one */

struct speak_item {
	uint64_t no, about;
	msec at, due, done;
	uint32_t bytes;
	uint8_t state, kind, tries, open;
	bool post;            /* goes to a URL, not to the relay */
	bool flying;          /* with role speak */
	bool gather;          /* may go with others: never what is POSTed */
	uint64_t lead, of;
	uint8_t slot[16];
	uint64_t to, domain;  /* hashes of address or URL, and of the domain */
	struct addr subject_addr;
};

/* To be handed over, or to whom is still looked for. */
static inline bool
speak_waits(uint8_t state)
{
	return state == SPEAK_WAITS || state == SPEAK_SEEKS;
}

#define SPEAK_GRAVE 32
struct speak_grave {
	uint8_t name[SPEAK_GRAVE]; /* its row's: speak_grave_name */
	msec until;
};

struct speaking {
	struct speak_item item[SPEAK_ROWS]; /* by number */
	size_t n;
	uint64_t last;
	uint64_t bytes;              /* of contents */
	unsigned flying;
	size_t waiting[SPEAK_KIND_N], seeking;
	bool stale;                  /* memory may be ahead of the store: read again */
	uint64_t lost[SPEAK_LOSTS];  /* their keys went in a step that was taken back */
	size_t losts;
	struct speak_grave grave[SPEAK_DEADS];
	size_t graves;
	struct speak_totals totals;
	struct loop_event *timer, *seek;
};

/* edge_speak_row.c: rows of the store. 0 or negative errno. */
int speak_put_head(struct edge *e, const struct speak_head *h);
int speak_put_body(struct edge *e, uint64_t no, const struct speak_mail *m, uint32_t *ret_bytes);
int speak_take_out(struct edge *e, uint64_t no, bool head); /* its content, and head, too */
/* All heads, in order; -EBADMSG rows are left out. */
int speak_each(struct edge *e, int (*cb)(const struct speak_head *h, void *arg), void *arg);
int speak_put_dead(struct edge *e, const struct speak_dead *d);
int speak_drop_dead(struct edge *e, const uint8_t name[SPEAK_GRAVE]);
/* -ENOENT. */
int speak_get_dead(struct edge *e, const char *address, struct speak_dead *ret);
/* Of a mailbox, without case. */
void speak_grave_name(const char *address, uint8_t ret[SPEAK_GRAVE]);
/* Of an address or URL, likewise; what is behind the "@", or the URL's host. */
uint64_t speak_hash(const char *s);
void speak_domain(const char *to, const char *url, char ret[SPEAK_TO]);

/* edge_speak_lay.c */
struct speak_item *speak_item(struct speaking *s, uint64_t no);
/* Memory as the head says. */
void speak_see(struct edge *e, const struct speak_head *h);
/* From the store, if memory is stale. */
void speak_fresh(struct edge *e);
/* It and its content go, inside a transaction; x is no more. */
int speak_remove(struct edge *e, struct speak_item *x);
/* Counts it; 1 + why. */
int speak_not(struct edge *e, enum speak_no why);
/* One is over: what it held is given back, inside a transaction. */
int speak_end(struct edge *e, struct speak_head *h, enum speak_state state);

/* edge_speak_dead.c: into memory, all of them; is that mailbox one? 0 or negative errno. */
int speak_graves_read(struct edge *e);
bool speak_is_dead(const struct edge *e, const char *address);
/* It is, from now on: inside a transaction. */
int speak_bury(struct edge *e, const char *address, const char *said);
/* Are there some that are over for so long that nobody asks any more? They go: inside a transaction. */
bool speak_graves_old(const struct edge *e);
int speak_graves_tidy(struct edge *e);

/* edge_speak_join.c: several reports in one mail. The one whose number and Message-ID it has leads, the others
 * ride with it. */
/* Until when what may be gathered waits at first. */
msec speak_gather_until(const struct edge *e);
/* Is it better to wait for more? Then due is put off: a mail a day to a mailbox, unless it would be full. */
bool speak_gathers(struct edge *e, struct speak_item *x);
/* Does x ride with another one, which is still to leave? */
bool speak_rides(struct speaking *s, struct speak_item *x);
/* Who rides with lead, or would, at most SPEAK_JOIN - 1: their numbers. */
size_t speak_riders(const struct edge *e, const struct speak_item *lead, uint64_t ret[SPEAK_JOIN]);
/* Who is with that lead already and waits. */
size_t speak_with(const struct speaking *s, uint64_t lead, uint64_t ret[SPEAK_JOIN]);
/* As speak_print, with all who ride; *n at most SPEAK_BYTES. */
char *speak_print_all(struct edge *e, const struct speak_head *h, const struct speak_body *b, size_t *n);
/* The mail of that lead bounced: inside a transaction. */
int speak_bounced_all(struct edge *e, const struct speak_head *lead);

/* edge_speak_go.c */
void speak_go_start(struct edge *e);
/* Something may be due. */
void speak_wake(struct edge *e);

#endif
