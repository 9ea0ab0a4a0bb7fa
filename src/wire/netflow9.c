/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetFlow v9 (RFC 3954): header and flowsets. The header's count is not believed: how many bytes there
 * are bounds what is read. Templates and data are flow_tmpl.c's and flow_record.c's.
 */
#include "wire/flowdec_own.h"

enum { SET_TEMPLATE = 0, SET_OPTIONS = 1, SET_DATA = 256 };

static void
templates(struct msg *m, struct reader r)
{
	struct tmpl_field f[TEMPLATE_FIELDS];
	while (reader_left(&r) >= 4) {
		uint16_t id = r16(&r), n = r16(&r);
		if (id == 0 && n == 0)
			return; /* padding */
		bool fits = n <= TEMPLATE_FIELDS;
		tmpl_fields(&r, n, false, fits ? f : NULL);
		if (r.bad || id < SET_DATA) {
			msg_fault(m, r.bad ? "RFC 3954 5.2: a template longer than its flowset" :
			    "RFC 3954 5.2: a template numbered below 256");
			return;
		}
		if (!fits) {
			m->src->stats.capped++;
			msg_fault(m, "RFC 3954 5.2: a template of more than 512 fields");
		} else if (n) {
			tmpl_put(m, id, f, n, false);
		}
	}
}

static void
options(struct msg *m, struct reader r)
{
	struct tmpl_field f[TEMPLATE_FIELDS];
	while (reader_left(&r) >= 6) {
		uint16_t id = r16(&r), scopes = r16(&r) / 4, others = r16(&r) / 4;
		unsigned n = (unsigned)scopes + others;
		if (id == 0 && n == 0)
			return; /* padding */
		bool fits = n <= TEMPLATE_FIELDS;
		tmpl_fields(&r, scopes, false, fits ? f : NULL);
		tmpl_fields(&r, others, false, fits ? f + scopes : NULL);
		for (unsigned i = 0; fits && i < scopes; i++)
			f[i].pen = PEN_SCOPE9;
		if (r.bad || id < SET_DATA) {
			msg_fault(m, r.bad ? "RFC 3954 6.1: an options template longer than its flowset" :
			    "RFC 3954 6.1: an options template numbered below 256");
			return;
		}
		if (!fits) {
			m->src->stats.capped++;
			msg_fault(m, "RFC 3954 6.1: an options template of more than 512 fields");
		} else if (n) {
			tmpl_put(m, id, f, n, true);
		}
	}
}

static int
flowsets(struct msg *m, struct reader *r)
{
	while (reader_left(r) >= 4) {
		uint16_t id = r16(r), len = r16(r);
		const uint8_t *p = len >= 4 ? rspan(r, len - 4u) : NULL;
		if (!p)
			return msg_refuse(m, len < 4 ? "RFC 3954 5.2: a flowset shorter than its header" :
			    "RFC 3954 5.2: a flowset longer than the datagram");
		if (id == SET_TEMPLATE)
			templates(m, reader_of(p, len - 4u));
		else if (id == SET_OPTIONS)
			options(m, reader_of(p, len - 4u));
		else if (id >= SET_DATA)
			data_set(m, id, p, len - 4u);
	}
	return 0;
}

int
netflow9_decode(struct msg *m, const uint8_t *p, size_t n)
{
	struct reader r = reader_of(p, n);
	r32(&r); /* version, count */
	uint32_t uptime = r32(&r), secs = r32(&r), seq = r32(&r), source = r32(&r);
	if (r.bad)
		return msg_refuse(m, "RFC 3954 5.1: shorter than a header");
	if (!stream_get(m, FORMAT_NF9, source))
		return msg_refuse(m, "cap: more source ids than an exporter may have");
	msg_clock(m, (msec)secs * 1000);
	seq_uptime(m, uptime);
	int ret = flowsets(m, &r);
	seq_take(m, seq, m->records, SEQ_ONE);
	return ret;
}
