/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose address is it, and who there wants to hear of abuse: configured peers first, then what an
 * RDAP server said (RFC 9083), remembered by range until it ages. Everything an answer holds but
 * `from` is a stranger's text, checked for form only. Asking costs outward traffic: ask only about
 * addresses that a proven reporter or a person named.
 */
#ifndef LYMPHD_EDGE_WHOSE_H
#define LYMPHD_EDGE_WHOSE_H

#include "lymphd/msg.h"

struct edge;

enum whose_from { WHOSE_PEER, WHOSE_FILE, WHOSE_RDAP, WHOSE_FROM_N };
#define WHOSE_PEER_TEXT NAME_TEXT
#define WHOSE_URL       CONF_URL

struct whose {
	enum whose_from from;       /* peer: root's own configuration; file, RDAP: strangers' words */
	struct addr first, last;    /* the range this is said of; the address asked for lies in it */
	char mail[RDAP_MAIL];       /* an abuse mailbox, form checked: local@domain, ASCII; "" none (then url) */
	char url[WHOSE_URL];        /* a peer's own API for reports (POST); "" none; never from RDAP */
	char name[RDAP_NAME];       /* of the network, handle if it has none; UTF-8 without controls; "" */
	char peer[WHOSE_PEER_TEXT]; /* the configuration's name of it; "" none */
	msec until;                 /* asked again after; MSEC_NEVER for a peer */
};

/* 0: *ret is filled. -EAGAIN: asked for, whose_told() follows (in memory only: who waits over a
 * restart asks again). -ENOENT: nobody is known: there is no such contact, the registry did not
 * answer lately, or none is configured. -EBUSY: too many are asked for; later. -EINVAL: an
 * address no registry knows (private, loopback, multicast ...), or an own one. Works in and
 * outside of a transaction: what it keeps is committed by itself later. */
int whose_of(struct edge *e, const struct addr *a, struct whose *ret);
/* The same, but asks nobody: -EAGAIN is what it would ask. */
int whose_known(struct edge *e, const struct addr *a, struct whose *ret);
/* Callbacks after an answer, outside of any transaction: ret NULL: nobody known. err 0, -ENOENT.
 * Several may wait; each is called for every address told and looks whether it is its own. Set
 * up once at start. */
typedef void whose_told_cb(struct edge *e, const struct addr *a, int err, const struct whose *ret);
#define WHOSE_WAITERS 8
void whose_wait(struct edge *e, whose_told_cb *cb);

/* Where to turn instead, for a reporter who may hear that: the mailbox, or the peer's URL, when
 * it is known and fits; else ret is untouched (and it is asked for, so that it is known another
 * time). */
void whose_instead(struct edge *e, const struct addr *a, char *ret, size_t size);

struct whose_totals {
	uint64_t rows, waiting;       /* ranges remembered; questions under way */
	uint64_t asked, evicted, lost, busy; /* since the start; ranges given up for others; questions nobody
	                                 answered; refused, too many at a time */
	bool heard;
	struct msg_feed_state feed;   /* hear-feed's last word */
};
void whose_start(struct edge *e);
void whose_totals(const struct edge *e, struct whose_totals *ret);
/* hear-feed: there, gone, has credit again; its answers. */
void whose_up(struct edge *e);
void whose_down(struct edge *e);
void whose_answer(struct edge *e, const struct msg_whose *m);
void whose_said(struct edge *e, const struct msg_feed_state *m);

#endif
