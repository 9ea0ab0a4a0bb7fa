/* SPDX-License-Identifier: BSD-2-Clause */
/* The scanner of EVE lines: one JSON object on a line to the fields eve.c goes by. */
#ifndef WIRE_EVE_SCAN_H
#define WIRE_EVE_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define EVE_LINE (1u << 20) /* a longer one is broken */

/* A value, pointing into the line, escapes and all. Absent: s NULL. */
struct eve_part {
	const char *s;
	size_t n;
};
enum eve_field {
	EVE_F_TIMESTAMP,
	EVE_F_EVENT_TYPE,
	EVE_F_SRC_IP,
	EVE_F_SRC_PORT,
	EVE_F_DEST_IP,
	EVE_F_DEST_PORT,
	EVE_F_PROTO,
	EVE_F_APP_PROTO,
	EVE_F_DIRECTION,
	EVE_F_SIGNATURE,
	EVE_F_SIGNATURE_ID,
	EVE_F_GID,
	EVE_F_CATEGORY,
	EVE_F_SEVERITY,
	EVE_F_SOURCE_IP,
	EVE_F_TARGET_IP,
	EVE_F_CONFIDENCE,
	EVE_F_SIGNATURE_SEVERITY,
	EVE_F_ATTACK_TARGET,
	EVE_F_FLOW_SRC_IP,
	EVE_F_FLOW_DEST_IP,
	EVE_F_FLOW_STATE,
	EVE_F_PKTS_TOSERVER,
	EVE_F_PKTS_TOCLIENT,
	EVE_F_TCP_STATE,
	EVE_F_ANOMALY_EVENT,
	EVE_F_ANOMALY_TYPE,
	EVE_F_DNS_TYPE,
	EVE_F_DNS_RCODE,
	EVE_F_DNS_RA,
	EVE_F_DNS_AA,
	EVE_F_HTTP_METHOD,
	EVE_F_HTTP_STATUS,
	EVE_F_HTTP_URL,
	EVE_FIELDS,
};
/* After each field known, on_field is asked (NULL: never): false ends the reading. 0: read whole; 1: ended
 * early; -EBADMSG: no JSON object, cut short, a key we need twice, too deep, too long. */
int eve_scan(const char *s, size_t n, struct eve_part ret[EVE_FIELDS],
    bool (*on_field)(const struct eve_part f[EVE_FIELDS], enum eve_field which, void *arg),
    void *arg);
bool eve_same(const struct eve_part *p, const char *s);
bool eve_same_fold(const struct eve_part *p, const char *s);   /* s in lower case */
bool eve_starts_fold(const struct eve_part *p, const char *s); /* as above */

#endif
