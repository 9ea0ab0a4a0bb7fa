/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. The door for CrowdSec's agents and bouncers. */
#ifndef LYMPHD_MSG_DOOR_H
#define LYMPHD_MSG_DOOR_H

#include "model/fact.h"
#include "model/order.h"

/* Who may come to hear-alerts, and with what. */
#define DOOR_ROWS     320  /* machines and bouncers, those that wait included */
#define DOOR_PREFIXES 8
enum door_kind { DOOR_MACHINE, DOOR_BOUNCER, DOOR_KINDS };
struct door_scope {
	uint32_t classes;   /* a bit each; 0: all */
	uint8_t own;        /* 1: own lines, too */
	struct prefix prefix[DOOR_PREFIXES]; /* only within these; fam 0 ends, none: anywhere */
};
struct door_row {
	char name[NAME_TEXT];
	uint8_t hash[32];   /* of the machine's password, of the bouncer's key: door_hash */
	uint8_t kind;       /* enum door_kind */
	uint8_t approved;   /* a machine that is not waits for staff */
	struct door_scope scope; /* a bouncer's */
	int64_t added;
	struct addr from;   /* a machine's, when it registered; fam 0: local or unknown */
};
struct msg_door_register {
	uint64_t ticket;
	char name[NAME_TEXT];
	uint8_t hash[32];
	struct addr from;
};
enum door_answer {
	DOOR_TAKEN,  /* kept: it waits for staff, or is known with this very password */
	DOOR_EXISTS, /* with another one */
	DOOR_FULL,   /* so many wait */
	DOOR_FAILED, /* not kept */
	DOOR_ANSWER_N,
};
struct msg_door_answer {
	uint64_t ticket;
	uint32_t answer; /* enum door_answer */
};
/* Sealed memory: n struct door_row. */
struct msg_door_list {
	uint32_t n;
};
/* Orders in force, for bouncers, n struct door_order in sealed memory. */
struct door_order {
	struct order order;
	int64_t left; /* how long it still has to live, ms */
};
#define DOOR_ORDERS 100000
struct msg_door_orders {
	uint32_t n;
	uint64_t over; /* orders beyond these */
};
/* What a machine or bouncer did since hear-alerts started. */
enum door_count {
	DOOR_ALERTS,     /* pushed */
	DOOR_REPORTS,    /* made of them, kept */
	DOOR_AGAIN,      /* the same as before */
	DOOR_ELSEWHERE,  /* about addresses that are not ours */
	DOOR_UNCLEAR,    /* no address, or no scenario we know */
	DOOR_BROKEN,
	DOOR_DECISIONS,  /* that came along, refused */
	DOOR_COMMANDS,   /* deletes and questions about alerts, refused */
	DOOR_FAILURES,   /* reports refused by the judge */
	DOOR_PULLS,      /* of decisions */
	DOOR_GIVEN,      /* decisions told, new and again */
	DOOR_COUNT_N,
};
struct msg_door_seen {
	char name[NAME_TEXT];
	uint32_t kind;    /* enum door_kind */
	int64_t last;     /* wall clock */
	uint64_t n[DOOR_COUNT_N];
};
/* Of all together, and of those who are nobody. */
enum door_total { DOOR_REGISTERED, DOOR_REFUSED, DOOR_LOGINS, DOOR_WRONG, DOOR_TOTAL_N };
struct msg_door_counts {
	uint64_t n[DOOR_TOTAL_N]; /* registrations kept; refused; logins; wrong passwords, tokens and keys */
};

#endif
