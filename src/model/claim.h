/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A claim: what somebody says an address did, whatever form it came in: a row of a CSV, a mail with a
 * log in it, a line of an IDS. All decoders of such forms end here, and only wire/claim.h makes a
 * report of it. Whether the address is ours, and what the claim weighs, is decided elsewhere.
 */
#ifndef MODEL_CLAIM_H
#define MODEL_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/msec.h"
#include "model/class.h"
#include "model/fact.h"

#define CLAIM_WHAT 96
#define CLAIM_TEXT (64u << 10) /* of evidence that goes with it; more is cut at a line's end */

struct claim {
	struct addr subject;    /* who is accused */
	uint16_t port;          /* on the subject: the open service's, or its source port; 0: not named */
	uint16_t far_port;      /* on the other side; 0 */
	uint8_t proto;          /* IP protocol; 0: not named */
	enum class_id cls;      /* never CLASS_NONE */
	enum evidence evidence; /* what the form can prove, judged by us */
	bool two_way_claim;     /* says that a two-way exchange took place */
	bool zone_assumed;      /* its times carried no zone */
	msec first, event;      /* first and last; event 0: not said (the reader uses the time of arrival) */
	uint32_t count;         /* events it stands for, at least 1 */
	char what[CLAIM_WHAT];  /* for people, words of ours: "Shadowserver scan_telnet, row 17" */
	const char *text;       /* evidence as it came: log lines, the row with its header. Hostile bytes; not
	                           owned, valid during the callback */
	size_t text_n;
};

/* Non-zero ends the reading and is returned by the reader: -EAGAIN stops a stream that will go on at the
 * same claim. */
typedef int claim_cb(const struct claim *c, void *arg);

#endif
