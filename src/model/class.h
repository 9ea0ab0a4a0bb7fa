/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The classes of abuse lymph knows: one table row each. A new class is one row (and its check,
 * its recognisers). Whether a class is checkable is a property of the class, not of this build:
 * a check not built yet answers `inconclusive`.
 */
#ifndef MODEL_CLASS_H
#define MODEL_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/msec.h"

enum class_id {
	CLASS_NONE,
	CLASS_OPEN_PROXY,
	CLASS_OPEN_RESOLVER,
	CLASS_AMPLIFIER,
	CLASS_SCANNER,
	CLASS_DDOS_SOURCE,
	CLASS_BOT,
	CLASS_C2_CONTACT,
	CLASS_SPAM_SOURCE,
	CLASS_LOGIN_ATTACKER,
	CLASS_EXPOSED_SERVICE,
	CLASS_KNOWN_DEFECTIVE,
	CLASS_SPOOFED_SOURCE,
	CLASS_C2_SERVER,
	CLASS_N,
};

/* Rank is kept per family: who is right about open services need not be right about bots. */
enum family {
	FAMILY_OPEN_SERVICE,
	FAMILY_ATTACK, /* scans, floods, login attacks */
	FAMILY_BOT,
	FAMILY_C2,
	FAMILY_MAIL,
	FAMILY_N,
};

/* How a class can be verified (a bit each). */
enum method {
	METHOD_PROBE = 1, /* an active check of the address */
	METHOD_FLOWS = 2, /* own flow telemetry */
};

/* The ladder, lowest first. */
enum rung {
	RUNG_LOG,
	RUNG_WATCH,
	RUNG_TICKET,
	RUNG_NOTIFY,
	RUNG_FILTER,
	RUNG_QUARANTINE,
	RUNG_N,
};

#define CLASS_PORTS 12

struct class_row {
	const char *name;  /* "open-proxy": in tables, JSON and `lymph report --NAME` */
	const char *title; /* "open proxy" */
	enum family family;
	const char *category, *type; /* XARF v4 */
	const char *service;         /* XARF `service` that names this class, or NULL */
	msec half_life;              /* of evidence */
	uint8_t methods;             /* enum method bits that can verify it; 0: not checkable */
	uint8_t top;                 /* highest rung this class may reach (enum rung) */
	const char *who;             /* who can change it: owner, maker, provider */
	const char *advice;          /* one sentence for the owner */
	uint16_t ports[CLASS_PORTS]; /* probed when a report names none; 0 ends */
};

/* Row of id; CLASS_NONE and out of range give the empty row. */
const struct class_row *class_row(enum class_id id);
/* By name; CLASS_NONE if unknown. */
enum class_id class_by_name(const char *s, size_t n);
/* The class of an XARF category, type and (may be NULL) service; CLASS_NONE if lymph has none. */
enum class_id class_by_xarf(const char *category, const char *type, const char *service);
const char *family_name(enum family f);
const char *rung_name(enum rung r);

#endif
