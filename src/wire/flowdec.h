/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Export datagrams into flows: NetFlow v5, v9 (RFC 3954), IPFIX (RFC 7011, 7012, 5103), sFlow v5. Holds
 * what those formats need remembered (templates, sampling, sequence numbers), all of it capped, each
 * exporter's apart: none can grow memory or push out another's. No clock, no socket.
 */
#ifndef WIRE_FLOWDEC_H
#define WIRE_FLOWDEC_H

#include "model/exporter.h"
#include "model/flow.h"

struct flowdec;

/* sights must outlive it; its rows number the exporters. NULL: out of memory. */
struct flowdec *flowdec_new(const struct sights *sights);
void flowdec_free(struct flowdec *d);

/* One datagram (or message of an IPFIX file) of an exporter, from its UDP port, arrived at now. Flows
 * go to sink as they are decoded, those before a fault included. Data before its template is held
 * (a few datagrams an exporter) and decoded when that comes. 0, or -EBADMSG and *rule names the rule
 * broken and the document it stands in. */
int flowdec_datagram(struct flowdec *d, uint16_t exporter, uint16_t port, const uint8_t *p, size_t n,
    msec now, flow_sink *sink, void *arg, const char **rule);
/* How long the IPFIX message at p is, for files: 0 when n is too short to tell; -EBADMSG. */
int flowdec_ipfix_len(const uint8_t *p, size_t n);

enum flow_format { FORMAT_NONE, FORMAT_NF5, FORMAT_NF9, FORMAT_IPFIX, FORMAT_SFLOW, FORMAT_N };
const char *flow_format_name(enum flow_format f);

/* Sampling of an exporter: from where we know it. */
enum sampling_by { SAMPLING_UNKNOWN, SAMPLING_CONF, SAMPLING_OPTION, SAMPLING_RECORD, SAMPLING_HEADER };

struct exporter_stats {
	uint8_t format;        /* newest, enum flow_format */
	uint8_t sampling_by;   /* enum sampling_by */
	uint32_t sampling;     /* 0: unknown; the newest, when they differ */
	bool sampling_varies;  /* several rates at once: by interface or by sampler */
	uint32_t templates, streams; /* held; streams: source ids, observation domains, sub-agents */
	uint64_t datagrams, records, bytes, flows;
	uint64_t bad;          /* datagrams refused */
	const char *bad_rule;  /* of the last one; NULL: none yet */
	uint64_t no_template;  /* data sets never decoded for want of their template */
	uint64_t held;         /* now waiting for theirs */
	uint64_t lost, expected; /* by sequence numbers, in the format's unit; of the last 5 minutes */
	uint64_t lost_all, restarts, late; /* ever; late: out of order within the window */
	uint64_t capped;       /* templates, streams or fields refused by a cap */
	uint64_t sampler_drops; /* sFlow: what the agent itself dropped */
	int64_t skew;          /* ms its clock is ahead of ours */
	msec first_seen, last_seen; /* arrival */
};
/* False: nothing ever came from it. */
bool flowdec_stats(const struct flowdec *d, uint16_t exporter, struct exporter_stats *ret);
/* Bytes held, all in all. */
size_t flowdec_memory(const struct flowdec *d);

#endif
