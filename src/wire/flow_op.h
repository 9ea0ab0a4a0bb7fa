/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps a template is compiled into: which there are, and how one is done. For flow_tmpl.c and
 * flow_record.c only; inline, for it is the innermost loop of all. */
#ifndef WIRE_FLOW_OP_H
#define WIRE_FLOW_OP_H

#include <endian.h>
#include <string.h>

#include "wire/flowdec_own.h"

enum op_kind {
	OP_SKIP,
	OP_COPY4, OP_COPY16, OP_U8, OP_U16, OP_U32, OP_U64, OP_U32_U64, OP_U16_U32, /* the usual lengths */
	OP_UINT, OP_LOW, OP_BYTES, OP_SECONDS, OP_MICROS, OP_NTP, OP_DOUBLE, OP_SECTION,
};

#define NTP_1970 UINT64_C(2208988800)

/* May a field of that length be read as the row says? */
static inline bool
op_fits(const struct ie_row *row, size_t len)
{
	switch ((enum ie_read)row->read) {
	case READ_BYTES: return len == ie_place[row->field].size;
	case READ_NTP: return len == 8;
	case READ_DOUBLE: return len == 4 || len == 8; /* RFC 7011 6.2 */
	case READ_SECTION: return true;
	case READ_UINT:
	case READ_LOW:
	case READ_SECONDS:
	case READ_MICROS: break;
	}
	return len >= 1 && len <= 8;
}

static inline uint8_t
op_kind(const struct ie_row *row, size_t len)
{
	size_t size = ie_place[row->field].size;
	switch ((enum ie_read)row->read) {
	case READ_BYTES: return len == 4 ? OP_COPY4 : len == 16 ? OP_COPY16 : OP_BYTES;
	case READ_NTP: return OP_NTP;
	case READ_DOUBLE: return OP_DOUBLE;
	case READ_SECTION: return OP_SECTION;
	case READ_SECONDS: return OP_SECONDS;
	case READ_MICROS: return OP_MICROS;
	case READ_UINT:
	case READ_LOW: break;
	}
	if (len == size)
		return len == 1 ? OP_U8 : len == 2 ? OP_U16 : len == 4 ? OP_U32 : OP_U64;
	if (len == 4 && size == 8)
		return OP_U32_U64;
	if (len == 2 && size == 4)
		return OP_U16_U32;
	return row->read == READ_LOW ? OP_LOW : OP_UINT;
}

static inline uint64_t
op_num(const uint8_t *p, size_t len)
{
	uint64_t v = 0;
	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

static inline void
op_store(uint8_t *to, size_t size, uint64_t v)
{
	const uint8_t v8 = (uint8_t)v;
	const uint16_t v16 = (uint16_t)v;
	const uint32_t v32 = (uint32_t)v;
	switch (size) {
	case 1: *to = v8; break;
	case 2: memcpy(to, &v16, 2); break;
	case 4: memcpy(to, &v32, 4); break;
	case 8: memcpy(to, &v, 8); break;
	}
}

static inline uint32_t
raw32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return v;
}

static inline uint16_t
be16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, 2);
	return be16toh(v);
}

static inline uint32_t
be32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return be32toh(v);
}

static inline uint64_t
be64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return be64toh(v);
}

/* One of the rarer steps; defined in flow_record.c. */
void op_rare(const struct op *o, const uint8_t *p, size_t len, uint8_t *to, struct ie_raw *x);

static inline void
op_run(const struct op *o, const uint8_t *p, size_t len, struct flow *f, struct ie_raw *x)
{
	uint8_t *to = (o->dst & OP_RAW ? (uint8_t *)x : (uint8_t *)f) + (o->dst & ~OP_RAW);
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;
	switch ((enum op_kind)o->kind) {
	case OP_COPY4: memcpy(to, p, 4); break;
	case OP_COPY16: memcpy(to, p, 16); break;
	case OP_U8: *to = *p; break;
	case OP_U16:
		v16 = be16(p);
		memcpy(to, &v16, 2);
		break;
	case OP_U32:
		v32 = be32(p);
		memcpy(to, &v32, 4);
		break;
	case OP_U64:
		v64 = be64(p);
		memcpy(to, &v64, 8);
		break;
	case OP_U32_U64:
		v64 = be32(p);
		memcpy(to, &v64, 8);
		break;
	case OP_U16_U32:
		v32 = be16(p);
		memcpy(to, &v32, 4);
		break;
	default: op_rare(o, p, len, to, x); break;
	}
}

#endif
