/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nf_tables messages of the few kinds lymph speaks, as bytes: elements into sets, elements out of
 * what the kernel lists. No socket here. What is read is believed no more than its bytes allow: an
 * element a person made is an element without an order.
 */
#ifndef ACT_NFT_WIRE_H
#define ACT_NFT_WIRE_H

#include <linux/netlink.h>

#include "act/act.h"

#define NFT_KEY   24
#define NFT_BATCH (4u << 20)  /* bytes of one transaction, at most */
#define NFT_PART  60000u      /* of elements in one message; the attribute's length has 16 bits */
#define NFT_ELEM  256u        /* no element is longer, with its attributes */

/* The key of an entry, and, for a prefix, of what follows it: false if nothing does (the end of all
 * addresses). Both of nft_key_len bytes. A set of ranges has the last key of an entry beside the first. */
void nft_key(const struct act_entry *e, uint8_t key[NFT_KEY]);
void nft_key_last(const struct act_entry *e, uint8_t key[NFT_KEY]);
bool nft_key_after(const struct act_entry *e, uint8_t key[NFT_KEY]);
unsigned nft_key_len(enum act_set s);
bool nft_wide(enum act_set s);
bool nft_ranges(enum act_set s);
struct nft_elem;
/* The place an element stands for; of a wide set its first address, full length. False: none of s. */
bool nft_place(enum act_set s, const struct nft_elem *e, struct act_entry *ret);
/* The place an element of s's counters stands for: those of prefixes count by address. */
bool nft_hit_place(enum act_set s, const struct nft_elem *e, struct act_entry *ret);
/* The element that keeps a set: all zeros, which is nobody. */
bool nft_is_keeper(const uint8_t *key, unsigned len);

/* Writing. at[0..n) is written; one message may be open. */
struct nft_out {
	char *b;
	size_t n, room;
	uint32_t seq;          /* of the next message */
	struct nlmsghdr *msg;  /* the last one */
	struct nlattr *elems;  /* its list of elements, open */
};
/* NFNL_MSG_BATCH_BEGIN, _END. */
void nft_out_frame(struct nft_out *o, int type);
/* NFT_MSG_*; table by name; set NULL: none. */
void nft_out_msg(struct nft_out *o, int type, int flags, const char *set);
void nft_out_elems(struct nft_out *o); /* opens the list of elements */
bool nft_out_full(const struct nft_out *o);
void nft_out_end(struct nft_out *o); /* closes what is open */
/* An element: e by its keys alone, or with its time and number beside them. left 0: no time limit. */
void nft_out_elem(struct nft_out *o, const struct act_entry *e);
void nft_out_entry(struct nft_out *o, const struct act_entry *e, msec left);
/* The end of e's interval, in a wide set. */
void nft_out_after(struct nft_out *o, const uint8_t *key, unsigned len);
void nft_out_keeper(struct nft_out *o, enum act_set s);

/* Reading. */
struct nft_elem {
	uint8_t key[NFT_KEY];
	unsigned len;          /* of the key */
	uint8_t last[NFT_KEY]; /* of a range; else the key */
	bool end;              /* the end of an interval */
	msec left;             /* MSEC_NEVER: it stays */
	uint64_t order;        /* 0: not ours */
	msec put, until;
	uint64_t packets, bytes;
};
typedef void nft_elem_cb(const struct nft_elem *e, void *arg);
/* Each element of one NFT_MSG_NEWSETELEM. Elements that cannot be are passed over. */
void nft_elems(const struct nlmsghdr *msg, nft_elem_cb *cb, void *arg);
/* One answer of the kernel, cut out of what was received. False: no more, or broken. */
bool nft_next(const char *b, size_t n, size_t *at, const struct nlmsghdr **ret);
/* Of NLMSG_ERROR: 0 or a negative errno; *offset: of the attribute it is about, 0 if not told. */
int nft_error(const struct nlmsghdr *msg, uint32_t *offset);
bool nft_is(const struct nlmsghdr *msg, int type); /* NFT_MSG_* */

#endif
