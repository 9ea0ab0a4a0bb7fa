/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may tell us about flows, and what their interfaces look at: the table that makes a packet count
 * once. Built once per configuration, then only read.
 */
#ifndef MODEL_EXPORTER_H
#define MODEL_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/msec.h"

#define EXPORTERS     1024
#define EXPORTER_NAME 32

/* What is on the other side of an interface. */
enum side {
	SIDE_UNKNOWN,  /* not configured: shown, not counted */
	SIDE_CUSTOMER, /* own lines */
	SIDE_BORDER,   /* other networks */
	SIDE_CORE,     /* the rest of ours: every packet is counted elsewhere */
	SIDE_IGNORE,
	SIDE_TAP,      /* a mirror or a probe that sees each packet once: direction by own prefixes */
	SIDE_N,
};
/* Source address validation there (RFC 2827, 3704, 8704): may a source be believed? */
enum sav {
	SAV_NONE,   /* anybody may have written that source */
	SAV_LOOSE,  /* it belongs to those behind this interface, says a filter or the `prefixes` list */
	SAV_STRICT, /* it belongs to the very line: DHCP snooping, IP source guard, uRPF strict */
	SAV_N,
};
enum nat { NAT_NONE, NAT_BEFORE, NAT_AFTER, NAT_N }; /* which addresses of a translated flow are the lines' */
enum meters { METERS_INGRESS, METERS_EGRESS, METERS_BOTH, METERS_N };

struct exporter_row {
	struct addr addr;      /* its datagrams come from here */
	uint16_t port;         /* and from this port; 0: any */
	char name[EXPORTER_NAME];
	uint32_t sampling;     /* overrides what it says; 0: as exported */
	uint8_t nat;           /* enum nat */
	uint8_t meters;        /* enum meters: where it counts packets */
};

struct iface_row {
	uint16_t exporter;     /* row */
	uint8_t side, sav;
	uint32_t from, to;     /* ifIndex, both included; 0 to UINT32_MAX: all others */
	struct prefix *prefix; /* sources that belong behind it; none: not told */
	uint32_t prefixes;
};

/* A known exception: what looks like abuse and is not. */
struct allow_row {
	struct prefix prefix;
	uint32_t classes;      /* a bit each, 1 << enum class_id; 0: all */
	msec until;            /* MSEC_NEVER: no end */
	char owner[64];        /* who asked for it */
};

struct sights {
	struct exporter_row *exporter;
	struct iface_row *iface; /* by exporter, then narrowest range first */
	struct allow_row *allow;
	size_t exporters, ifaces, allows;
	bool border;           /* some interface is SIDE_BORDER: packets are counted where they cross it */
};

struct sights *sights_new(void);
void sights_free(struct sights *s);
/* Copies row. The row's number, or -ENOSPC, -EEXIST (the same address and port, or name). */
int sights_exporter(struct sights *s, const struct exporter_row *row);
/* Copies row and its prefixes. 0, -EEXIST (the same range), -ENOENT (no such exporter). */
int sights_iface(struct sights *s, const struct iface_row *row);
int sights_allow(struct sights *s, const struct allow_row *row);
/* The exporter a datagram from addr:port is of; -ENOENT: not allowed. A row with the port goes first. */
int sights_who(const struct sights *s, const struct addr *addr, uint16_t port);
/* By name; -ENOENT. */
int sights_named(const struct sights *s, const char *name);
/* The narrowest row that holds ifindex; NULL: unknown. */
const struct iface_row *sights_iface_of(const struct sights *s, uint16_t exporter, uint32_t ifindex);
/* One that sees everything once, for data without exporters: row 0, SIDE_TAP. */
struct sights *sights_tap(void);

const char *side_name(enum side s);
const char *sav_name(enum sav s);
const char *nat_name(enum nat n);
const char *meters_name(enum meters m);
/* The value's number, or -EINVAL. */
int side_by_name(const char *s);
int sav_by_name(const char *s);
int nat_by_name(const char *s);
int meters_by_name(const char *s);

#endif
