/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels between roles: SOCK_SEQPACKET pairs carrying typed messages. A channel checks each
 * message against the message table (sender, receiver, length, descriptor) before any handler sees
 * it; a message that breaks the table is a broken peer, and the channel closes. It moves bytes, it
 * does not understand them.
 *
 * Flow control: messages of a type marked CREDIT in the table cost the sender one credit and their
 * bytes; the receiver grants credits (chan_grant) as it finishes with messages. Without credit
 * chan_send says -EAGAIN and the sender stops reading its own input. Other messages are few by
 * design and are queued; a peer that lets 64 MiB wait is broken, and the channel closes.
 */
#ifndef HOST_CHAN_H
#define HOST_CHAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/loop.h"

#define CHAN_MAX 65536 /* one message, header included */

#define MSG_CREDIT 1 /* costs credit */
#define MSG_FD     2 /* carries exactly one descriptor */
#define MSG_MAYFD  4 /* may carry one descriptor */
#define MSG_TAIL   8 /* the fixed struct is followed by 0..n more bytes */

/* One row of a message table; index = type. from and to are sets of roles, a bit for each number. */
#define CHAN_ROLES   31
#define CHAN_ANY     ((1u << CHAN_ROLES) - 1)
#define CHAN_ROLE(n) (1u << (n))
struct chan_row {
	const char *name;
	uint32_t from, to;
	uint16_t flags;
	uint32_t size; /* of the fixed struct */
};
/* Is role in the set? */
static inline bool
chan_in(uint32_t set, uint8_t role)
{
	return role < CHAN_ROLES && set >> role & 1;
}

struct chan;

/* body: the fixed struct (copied to aligned memory), then tail_len bytes of tail. fd: -1 or a
 * descriptor the handler now owns. */
struct chan_msg {
	uint16_t type;
	const void *body;
	const uint8_t *tail;
	size_t tail_len;
	int fd;
};
/* May free c. What m points at is gone after the call. */
typedef void chan_cb(struct chan *c, struct chan_msg *m, void *arg);
typedef void chan_gone_cb(struct chan *c, void *arg); /* peer closed or broke the table; c is still
                                                         valid, the callback must chan_free it */
typedef void chan_room_cb(struct chan *c, void *arg); /* credit came back after an -EAGAIN */

/* Takes fd. table[types]. */
struct chan *chan_new(struct loop *l, int fd, uint8_t self, uint8_t peer, const struct chan_row *table,
    unsigned types, chan_cb *cb, chan_gone_cb *gone, void *arg);
void chan_on_room(struct chan *c, chan_room_cb *room);
void chan_free(struct chan *c);
uint8_t chan_peer(const struct chan *c);
/* Sends or queues. fd stays the caller's (it is duplicated by the kernel when sent; if the message
 * has to be queued the channel dups it). 0; -EAGAIN: no credit (nothing sent); -EPIPE: peer gone (the
 * gone callback comes from the loop, never from inside this call); -EMSGSIZE: over CHAN_MAX. */
int chan_send(struct chan *c, uint16_t type, const void *body, const void *tail, size_t tail_len,
    int fd);
bool chan_may_send(const struct chan *c, size_t bytes);
/* Grants the peer credit for its CREDIT messages: their number and bytes (struct and tail). The first
 * grant is up to the receiver, too: without one nothing comes. */
void chan_grant(struct chan *c, uint32_t messages, uint32_t bytes);
/* Bytes and messages waiting in the queue, for metrics. */
size_t chan_queued(const struct chan *c);

/* Checks one raw message against the table; what chan does for each, and the fuzz target.
 * 0, or -EBADMSG. *ret points into raw (raw must be 8-aligned). */
int chan_check(const struct chan_row *table, unsigned types, uint8_t from, uint8_t to, const void *raw,
    size_t n, bool has_fd, struct chan_msg *ret);

/* Sealed memory for bodies over CHAN_MAX: makes one from bytes; maps one after checking its seals and
 * size (at most max). seal_map returns 0, or -EPERM (not sealed), -EFBIG. */
int seal_make(const char *name, const void *bytes, size_t n, int *ret_fd);
int seal_map(int fd, size_t max, const void **ret, size_t *ret_n);
void seal_unmap(const void *p, size_t n);
/* The check alone, for whoever reads it piece by piece. */
int seal_size(int fd, size_t max, size_t *ret_n);
/* Memory to be filled in place, so that there is no second copy: n bytes (at least 1) at *ret, until
 * seal_shut, which takes that mapping away whatever comes of it, keeps the first n of room and seals them;
 * *ret as from seal_map. fd stays the caller's. */
int seal_open(const char *name, size_t n, int *ret_fd, uint8_t **ret);
int seal_shut(int fd, uint8_t *p, size_t room, size_t n, const void **ret);

#endif
