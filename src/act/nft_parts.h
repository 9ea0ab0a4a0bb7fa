/* SPDX-License-Identifier: BSD-2-Clause */
/* The nft actuator from inside: nft.c holds it, nft_talk.c asks the kernel, nft_batch.c changes,
 * nft_list.c lists. */
#ifndef ACT_NFT_PARTS_H
#define ACT_NFT_PARTS_H

#include "act/nft_wire.h"
#include "base/tree.h"

#define NFT_RECV (64u << 10) /* an answer of the kernel is at most 32 KiB */

struct nft_change {
	struct act_entry e;
	msec lease;
	int err;
	uint8_t drop, replace; /* replace: it is there, and is deleted first */
	uint8_t settled;       /* err says how it ended */
	uint8_t turned;        /* how often the kernel had it otherwise than we thought */
	uint32_t round;        /* the how-manieth change of its place in this transaction's share */
};

struct nft_lister;

struct nft {
	struct act act;
	int fd;              /* commands: asked and answered inside one call */
	struct nft_out out;  /* room for one transaction */
	char *in;            /* NFT_RECV bytes */
	struct nft_change *queue;
	size_t n, room;
	uint32_t full;       /* sets that took no more, a bit each; for the length of a commit */
	struct nft_lister *lister;
};

/* nft_talk.c. A socket with room for a transaction, or -1 and errno. */
int nft_open(void);
/* Empty, room for a transaction of NFT_BATCH. */
void nft_out_reset(struct nft *x);
/* What is in x->out as one transaction, frames and all; first: the number of its first message.
 * 0; the first error; refused: told of each message refused, by number, with the offset of the
 * attribute. */
typedef void nft_refused_cb(uint32_t seq, uint32_t offset, int err, void *arg);
int nft_transact(struct nft *x, uint32_t first, nft_refused_cb *refused, void *arg);
/* 0: the table is there; -ENOENT. */
int nft_table(struct nft *x);
/* Looks changes up, n at most ACT_READ_BACK: [i].order, .put, .left as there; .len 0: nothing there. */
int nft_get(struct nft *x, struct nft_change *const *c, size_t n, struct nft_elem *ret);

/* nft_batch.c. Carries out c[0..n), told one place at most once, settling each. -ENOENT: the table is
 * gone, and so they all failed. */
int nft_carry(struct nft *x, struct nft_change **c, size_t n);
/* Bytes of a transaction that a change takes, at most. */
size_t nft_cost(const struct nft_change *c);

/* nft_list.c */
struct nft_lister *nft_lister_new(struct nft *x, struct loop *l); /* NULL, errno */
void nft_lister_free(struct nft_lister *l);
int nft_list(struct nft_lister *l, act_seen_cb *seen, act_hit_cb *hit, act_listed_cb *end,
    void *arg);

#endif
