/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flow records into export datagrams, as a router of each kind would write them: NetFlow v9 (RFC 3954),
 * IPFIX (RFC 7011), sFlow v5. The other direction of wire/flowdec.h, for tests and load only.
 */
#ifndef SYNTH_EXPORT_H
#define SYNTH_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/flow.h"

enum export_format { EXPORT_NF9, EXPORT_IPFIX, EXPORT_SFLOW, EXPORT_N };
/* "v9", "ipfix", "sflow"; EXPORT_N if unknown. */
enum export_format export_by_name(const char *s);

#define EXPORT_MOST 1472 /* UDP payload on Ethernet */

struct exporter_out {
	enum export_format format;
	uint32_t source;      /* source id, observation domain, sub-agent */
	uint32_t sampling;    /* told by option or in each sample */
	uint32_t sequence, samples; /* so far */
	msec boot;            /* its clock's start */
	uint8_t four[EXPORT_MOST], six[EXPORT_MOST]; /* records waiting */
	size_t four_bytes, six_bytes;
	uint32_t four_n, six_n;
	bool full;
};

void export_init(struct exporter_out *e, enum export_format format, uint32_t source, uint32_t sampling, msec boot);
/* Adds f (times: of day); false: full, end the datagram first. sFlow makes one packet of it. */
bool export_add(struct exporter_out *e, const struct flow *f);
/* The datagram of what was added; its length, 0 when nothing was. */
size_t export_end(struct exporter_out *e, msec now, uint8_t buf[EXPORT_MOST]);
/* Templates and the sampling option; 0: the format has none. */
size_t export_templates(struct exporter_out *e, msec now, uint8_t buf[EXPORT_MOST]);
/* Makes a datagram of export_end() one sent again at now: sequence numbers and times. n its length,
 * moved: how much later than it was last written. */
void export_again(struct exporter_out *e, uint8_t *p, size_t n, msec now, msec moved);

#endif
