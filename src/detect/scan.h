/* SPDX-License-Identifier: BSD-2-Clause */
/* What the detectors of scans know of ports, for those beside them. */
#ifndef DETECT_SCAN_H
#define DETECT_SCAN_H

#include "detect/parts.h"

enum { PORT_QUIET = 1, PORT_BUSY = 2, PORT_LOGIN = 4, PORT_MAIL = 8 };

#define BRIEF 900        /* s: windows */
#define WIDE  (6 * 3600)

struct scan {
	uint8_t kind[65536];
};

/* Kinds of a TCP port, a bit each. */
static inline unsigned
scan_port_kind(const struct detect *d, uint16_t port)
{
	return ((const struct scan *)d->state[DETECT_SCAN])->kind[port];
}

/* SYN and never an ACK: nothing was established, and no victim answering spoofed SYNs looks like that. */
static inline bool
syn_only(const struct flow *f)
{
	return f->bits & FLOW_FLAGS && (f->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}
/* Is the network itself cut off just now: many lines fail, hardly any succeeds? (walk.c) */
bool walk_outage(const struct detect *d);
/* The line had connections that carried data, far and port: kept as proof of who scans. */
void scan_data(struct detect *d, struct suspect *x, const struct addr *far, uint16_t port);
/* Enough of them on that port within the window, s. */
bool scan_proven(const struct detect *d, const struct suspect *x, uint16_t port, uint32_t window);
/* Answers of an ask that no detector gives: distinct addresses logged in to, mailed to, lately. */
uint32_t scan_logins(struct detect *d, struct suspect *x);
uint32_t scan_mails(struct detect *d, struct suspect *x);

#endif
