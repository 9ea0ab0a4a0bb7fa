/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX (RFC 7011): message header and sets, from a datagram or a file. A withdrawal of templates is not
 * obeyed: over UDP there is none (RFC 7011 8.1), and in a file the next definition replaces.
 */
#include "wire/flowdec_own.h"

enum { SET_TEMPLATE = 2, SET_OPTIONS = 3, SET_DATA = 256, HEADER = 16 };

static void
templates(struct msg *m, struct reader r, bool options)
{
	struct tmpl_field f[TEMPLATE_FIELDS];
	while (reader_left(&r) >= 4) {
		uint16_t id = r16(&r), n = r16(&r);
		if (n == 0)
			continue; /* withdrawal, or padding */
		uint16_t scopes = options ? r16(&r) : 0;
		bool fits = n <= TEMPLATE_FIELDS;
		tmpl_fields(&r, n, true, fits ? f : NULL);
		if (r.bad || id < SET_DATA) {
			msg_fault(m, r.bad ? "RFC 7011 3.4.1: a template longer than its set" :
			    "RFC 7011 3.4.1: a template numbered below 256");
			return;
		}
		if (options && (scopes == 0 || scopes > n)) {
			msg_fault(m, "RFC 7011 3.4.2.2: a scope field count of 0, or of more than all");
		} else if (!fits) {
			m->src->stats.capped++;
			msg_fault(m, "RFC 7011 3.4.1: a template of more than 512 fields");
		} else {
			tmpl_put(m, id, f, n, options);
		}
	}
}

static int
sets(struct msg *m, struct reader *r)
{
	while (reader_left(r) >= 4) {
		uint16_t id = r16(r), len = r16(r);
		const uint8_t *p = len >= 4 ? rspan(r, len - 4u) : NULL;
		if (!p)
			return msg_refuse(m, len < 4 ? "RFC 7011 3.3.2: a set shorter than its header" :
			    "RFC 7011 3.3.2: a set longer than its message");
		if (id == SET_TEMPLATE || id == SET_OPTIONS)
			templates(m, reader_of(p, len - 4u), id == SET_OPTIONS);
		else if (id >= SET_DATA)
			data_set(m, id, p, len - 4u);
	}
	return 0;
}

int
ipfix_decode(struct msg *m, const uint8_t *p, size_t n)
{
	struct reader r = reader_of(p, n);
	r16(&r);
	uint16_t len = r16(&r);
	uint32_t secs = r32(&r), seq = r32(&r), domain = r32(&r);
	if (r.bad || len < HEADER)
		return msg_refuse(m, "RFC 7011 3.1: shorter than a header");
	if (len > n)
		return msg_refuse(m, "RFC 7011 3.1: a message longer than its datagram");
	if (!stream_get(m, FORMAT_IPFIX, domain))
		return msg_refuse(m, "cap: more observation domains than an exporter may have");
	msg_clock(m, (msec)secs * 1000);
	r = reader_of(p + HEADER, len - (size_t)HEADER);
	int ret = sets(m, &r);
	if (ret < 0 || m->uncounted)
		m->s->seq.known = false; /* how many records it held nobody can say */
	else
		seq_take(m, seq, m->records, SEQ_BEFORE);
	return ret;
}
