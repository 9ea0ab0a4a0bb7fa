/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. Whose an address is: the questions, the fetching, and the files. */
#ifndef LYMPHD_MSG_FEED_H
#define LYMPHD_MSG_FEED_H

#include "model/fact.h"
#include "wire/rdap.h"

/* A question about an address, and what a registry, or a file, said of it. Texts are a stranger's. */
struct msg_whose_get {
	uint64_t ticket;
	struct addr addr;
};
enum whose_told {
	WHOSE_FOUND,  /* there is a contact */
	WHOSE_NOBODY, /* there is none: the registry knows no such range, or no address in it */
	WHOSE_FAILED, /* no answer, or none that can be read: ask again some time */
	WHOSE_TOLD_N,
};
struct msg_whose {
	uint64_t ticket;
	struct addr addr;
	uint32_t told;            /* enum whose_told */
	uint32_t by_file;         /* 1: by the file of answers */
	uint32_t by_remark;       /* 1: no contact for abuse; a remark that speaks of it */
	struct addr first, last;  /* FOUND, NOBODY: of what range; without one, the address alone */
	char mail[RDAP_MAIL], name[RDAP_NAME];
};
/* What fetch may be asked for, and what came of it. It follows nothing by itself. */
struct msg_fetch {
	uint64_t no;
	uint32_t most;            /* bytes of the body, 1 to FETCH_MOST */
	char url[URL_TEXT];
};
#define FETCH_MOST RDAP_BOOT_BYTES
enum fetch_end {
	FETCH_DONE,      /* status and body are there */
	FETCH_NO_NAME,   /* the host has no address, or no resolver says */
	FETCH_FORBIDDEN, /* its address is private, or the URL none that may be fetched */
	FETCH_FAILED,    /* no connection, or it broke */
	FETCH_NO_TRUST,  /* its certificate */
	FETCH_SLOW,      /* took too long */
	FETCH_LARGE,     /* more than asked for */
	FETCH_BUSY,      /* too many at a time */
	FETCH_END_N,
};
struct msg_fetched {
	uint64_t no;
	uint32_t end;             /* enum fetch_end */
	uint32_t status;          /* of HTTP */
	uint32_t retry_after;     /* seconds; 0: not said */
	char redirect[URL_TEXT];  /* where it is instead; "" nowhere */
};
/* Which file of root's it is: bootstrap files by their place in the configuration. */
enum feed_file { FEED_CACHE, FEED_BOOT };
#define FEED_CACHE_BYTES (64u << 20)
struct msg_feed_file {
	int64_t read;     /* wall clock */
	int32_t err;      /* as in msg_indicators */
	uint32_t no;      /* enum feed_file */
};
/* Since hear-feed started. */
enum feed_count { FEED_ASKED, FEED_BY_FILE, FEED_FOUND, FEED_NOBODY, FEED_FETCHES, FEED_REDIRECTS, FEED_BAD,
	FEED_LIMITED, FEED_NO_REGISTRY, FEED_ASIDE, FEED_COUNT_N };
struct msg_feed_state {
	uint64_t n[FEED_COUNT_N]; /* questions; answered by the file; with a contact; without; fetches; redirects
	                             followed; answers nobody could read; questions that waited for their
	                             registry's share; addresses no bootstrap knows; answers set aside */
	uint64_t ended[FETCH_END_N]; /* fetches, by how they ended */
	uint64_t boot_rows, cache_rows, cache_bad, waiting;
	int64_t boot_read;        /* when the bootstrap was read last; 0: never */
	char wrong[RDAP_RULE];    /* what was wrong with the last answer; words of ours */
};

#endif
