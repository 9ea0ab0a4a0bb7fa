/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge's key store: the OpenPGP keys of enrolled reporters, and the machine keys they admitted by a
 * signed statement. Keys are packets somebody else checked (role verify); nothing here parses one.
 */
#ifndef LYMPHD_EDGE_PGP_H
#define LYMPHD_EDGE_PGP_H

#include "lymphd/edge.h"
#include "judge/view.h"
#include "wire/pgp.h"

#define ENROLLED_MOST 10000 /* OpenPGP keys */
#define ADMITTED_MOST 10000 /* machine keys admitted by them */
#define ADMITTED_EACH 100   /* ... by one */

void keys_start(struct edge *e);
void keys_up(struct edge *e);   /* verify is there */
void keys_down(struct edge *e); /* verify is gone: who waits for it hears that */
/* verify asks for the key of a signature. */
void keys_get(struct edge *e, const struct msg_pgp_key_get *m);
/* verify answers what we asked; takes fd. */
void keys_verified(struct edge *e, const struct msg_verified *m, int fd);
/* hear-reports brings a statement. */
void keys_statement(struct edge *e, const struct msg_statement *m, const uint8_t *tail, size_t n);
/* hear-reports is gone: nobody waits for answers any more. */
void keys_hear_down(struct edge *e);

/* Has a key file looked at by verify. a NULL: no answer came. 0; -ENOTCONN, -EBUSY. */
typedef void keys_cb(struct edge *e, void *arg, const struct msg_verified *a, const void *key, size_t n);
int keys_look(struct edge *e, const void *file, size_t n, keys_cb *cb, void *arg);
/* Keeps a key verify found good (a, key, n: its answer) for the reporter s, whose key is set here. In one
 * transaction. 0; -EEXIST: one of its ids is another's; -EDQUOT; a store's error. */
int keys_enrol(struct edge *e, const struct msg_verified *a, const void *key, size_t n,
    struct reporter_set *s);
/* Takes the key away, and what it admitted. s: what its reporter is from now on. -ENOENT: none is kept;
 * then s is not set either. */
int keys_remove(struct edge *e, struct reporter_set *s);
/* A reporter is being forgotten. Before it is said: machine keys that he admitted, or that are called after
 * him. Inside the transaction, behind its fact: such a key has neither his name nor his organisation any more
 * (by: as he stood before); his own key and statements go. After its commit: keys_forgotten. */
typedef void keys_his_cb(const struct key *key, void *arg);
void keys_his(const struct edge *e, const struct key *who, keys_his_cb *cb, void *arg);
int keys_rename(struct edge *e, const struct view_reporter *by, const struct key *key);
int keys_forget(struct edge *e, const struct key *who);
void keys_forgotten(struct edge *e, const struct key *who);
/* The operator ranked that reporter anew, which is committed: what its key admitted follows. */
void keys_follow(struct edge *e, const struct key *key);
/* The fingerprint of the OpenPGP key under which that reporter stands; NULL: none is kept. */
const char *keys_fingerprint(const struct edge *e, const struct key *key);
/* Who admitted that machine key, and until when; false: nobody. */
bool keys_admitted(const struct edge *e, const struct key *key, struct key *by, msec *until);

#endif
