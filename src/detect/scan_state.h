/* SPDX-License-Identifier: BSD-2-Clause */
/* What the detectors of scans and exposure keep about a line. All zero is a line never seen. */
#ifndef DETECT_SCAN_STATE_H
#define DETECT_SCAN_STATE_H

#include "base/addr.h"
#include "detect/tally.h"

enum { QUIET, BUSY }; /* kinds of scan port */

#define SCAN_TAGS     4
#define SCAN_PENDING  3
#define SCAN_ANSWERED 6
#define SCAN_SPRAYED  64
#define SCAN_STRANGERS 12
#define SCAN_SAMPLES  4
#define SCAN_PROOFS   3

/* In every line. */
struct scan_state {
	/* D1, first stage: as soon as SCAN_TAGS addresses are there, the line is a suspect. */
	uint32_t since;          /* s: of what follows */
	uint32_t tag[SCAN_TAGS];      /* tally_addr() of addresses asked on ports of interest; 0: free */
	uint8_t tag_kind[SCAN_TAGS];  /* 1 + QUIET or BUSY, and 4 x enum source; 0: not SYN-only */
	uint8_t syn[3][2], all[3][2]; /* records SYN-only and all, by enum source and kind of port */
	/* D2 */
	uint32_t met[4];         /* filter of addresses already met */
	uint16_t fail_slice, ok_slice; /* of ten seconds, cut */
	uint8_t walk[3];         /* log4 of the likelihood ratio, never below 0: of all flows, of those
	                            whose source is at least BOUND, PROVEN */
	/* exchanges */
	uint8_t next;            /* in pending */
	uint8_t mets;            /* bits in met */
	uint16_t sprayed;        /* D8, first stage: small datagrams in the ten minutes `spray` */
	struct {
		uint32_t hash;       /* of the exchange, but for the lowest bits: enum way_bits */
		uint32_t first;      /* ms, cut */
	} pending[SCAN_PENDING];
	struct {
		uint16_t port, minute; /* port 0: free */
	} answered[SCAN_ANSWERED];    /* inbound exchanges the line answered */
	uint16_t spray;
};

/* Distinct addresses of one epoch, exact and few. */
#define SCAN_FEW 32
struct few {
	uint32_t epoch;          /* number + 1; 0: empty */
	uint32_t n;
	uint32_t addr[SCAN_FEW];
};

/* In a suspect. */
struct scan_suspect {
	struct tally brief[2], wide[2];  /* 15 min and 6 h, each in two epochs that overlap by half */
	struct few login[2], mail[2];    /* 15 min, 6 h */
	struct addr sample[SCAN_SAMPLES];
	uint32_t samples;                /* ever put there */
	struct {
		uint32_t who, sec;
		uint16_t port;
	} data[SCAN_PROOFS];                  /* connections of the line to such ports that carried data */
	uint32_t datas;                  /* ever */
	struct {
		uint32_t since, rose, n;     /* s; when it last began to look bad; failed addresses */
		uint32_t addr[SCAN_FEW];
		uint16_t port[SCAN_FEW];     /* of each */
		uint32_t fails, goods;
		struct addr sample[SCAN_SAMPLES];
	} walk;
	struct {
		uint32_t epoch, n, small;    /* small: records */
		uint64_t answered, sure[2];  /* a bit each; as in struct tally */
		uint32_t peer[SCAN_SPRAYED];
		uint64_t packets, bytes;
		struct addr sample[SCAN_SAMPLES];
	} spray;
	struct {
		uint32_t who;                /* tally_addr() of a stranger; 0: free */
		uint16_t port, minute;
	} stranger[SCAN_STRANGERS];
	uint32_t strangers;              /* ever */
};

#endif
