/* SPDX-License-Identifier: BSD-2-Clause */
/* What writes export datagrams for the decoder's tests, and where their flows are collected. Each test
 * begins with begin() and ends with end(). */
#ifndef TEST_EXPORT_H
#define TEST_EXPORT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "wire/flowdec.h"

#define NOW     ((msec)1795312800000)
#define NOW_S   1795312800u
#define UPTIME  5000000u
#define V(x)    (((x) >> 8) & 255), ((x) & 255)

static struct sights *sights;
static struct flowdec *dec;
static struct flow got[8192];
static size_t got_n;
static const char *rule;
static uint8_t buf[65536];
static struct writer w;
static size_t mark;      /* of the set that is open */
static uint32_t next_seq; /* of message() */

static void
take(void *arg, const struct flow *f, size_t n)
{
	(void)arg;
	assert_in_range(n, 1, FLOW_BATCH);
	for (size_t i = 0; i < n; i++)
		if (got_n < sizeof(got) / sizeof(got[0]))
			got[got_n++] = f[i];
}

static inline void
begin_as(struct exporter_row row)
{
	sights = sights_new();
	row.addr = (struct addr){ .fam = 4, .b = { 192, 0, 2, 1 } };
	strcpy(row.name, "edge1");
	assert_int_equal(sights_exporter(sights, &row), 0);
	dec = flowdec_new(sights);
	got_n = 0;
	next_seq = 0;
	rule = NULL;
}

static inline void
begin(void)
{
	begin_as((struct exporter_row){ 0 });
}

static inline void
end(void)
{
	flowdec_free(dec);
	sights_free(sights);
}

static inline struct exporter_stats
stats(void)
{
	struct exporter_stats s;
	assert_true(flowdec_stats(dec, 0, &s));
	return s;
}

/* A message: of v9 with (version 9), of IPFIX with 10. Its time is NOW. */
static inline void
message_of(unsigned version, uint32_t seq, uint32_t source)
{
	w = writer_of(buf, sizeof(buf));
	w16(&w, (uint16_t)version);
	w16(&w, 0);
	if (version == 9)
		w32(&w, UPTIME);
	w32(&w, NOW_S);
	w32(&w, seq);
	w32(&w, source);
}

static inline void
message(unsigned version)
{
	message_of(version, next_seq, 1);
	next_seq += version == 9; /* IPFIX: the test says */
}

static inline void
set(unsigned id)
{
	mark = writer_len(&w);
	w16(&w, (uint16_t)id);
	w16(&w, 0);
}

static inline void
set_end(void)
{
	size_t n = writer_len(&w) - mark;
	buf[mark + 2] = (uint8_t)(n >> 8);
	buf[mark + 3] = (uint8_t)n;
}

/* A template of n pairs of element and length. */
static inline void
fields(const uint16_t (*f)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		w16(&w, f[i][0]);
		w16(&w, f[i][1]);
	}
}

static inline void
template_set(unsigned version, unsigned id, const uint16_t (*f)[2], size_t n)
{
	set(version == 9 ? 0 : 2);
	w16(&w, (uint16_t)id);
	w16(&w, (uint16_t)n);
	fields(f, n);
	set_end();
}
#define TEMPLATE(version, id, ...) \
	do { \
		static const uint16_t f_[][2] = { __VA_ARGS__ }; \
		template_set(version, id, f_, sizeof(f_) / sizeof(f_[0])); \
	} while (0)

static inline int
arrive_from(uint16_t port, msec now)
{
	size_t n = writer_len(&w);
	assert_false(w.bad);
	if (buf[1] == 10) {
		buf[2] = (uint8_t)(n >> 8);
		buf[3] = (uint8_t)n;
	}
	uint8_t *exact = malloc(n); /* an over-read is seen */
	memcpy(exact, buf, n);
	rule = NULL;
	int r = flowdec_datagram(dec, 0, port, exact, n, now, take, NULL, &rule);
	assert_true((r == 0) == (rule == NULL));
	free(exact);
	return r;
}

static inline int
arrive(void)
{
	return arrive_from(2055, NOW);
}

/* The usual fields, 29 bytes: addresses, ports, protocol, flags, packets, bytes, interfaces. */
#define USUAL { 8, 4 }, { 12, 4 }, { 7, 2 }, { 11, 2 }, { 4, 1 }, { 6, 1 }, { 2, 4 }, { 1, 4 }, { 10, 2 }, { 14, 2 }
#define USUAL_LEN 26

static inline void
usual(uint32_t src, uint32_t dst, uint16_t dport, uint32_t packets)
{
	w32(&w, src);
	w32(&w, dst);
	w16(&w, 40000);
	w16(&w, dport);
	w8(&w, IPP_TCP);
	w8(&w, TCP_SYN);
	w32(&w, packets);
	w32(&w, packets * 40);
	w16(&w, 3);
	w16(&w, 7);
}

static inline void
assert_addr(const struct addr *a, const char *want)
{
	char text[ADDR_TEXT];
	assert_string_equal(addr_print(a, text), want);
}

/* One record of template 256 in a message of source 1, at a time. */
static inline void
one_record(unsigned version, msec now)
{
	message(version);
	set(256);
	usual(0x0a000001, 0xc6336401, 23, 1);
	set_end();
	assert_int_equal(arrive_from(2055, now), 0);
}

static inline void
one_template(unsigned version, msec now)
{
	message(version);
	TEMPLATE(version, 256, USUAL);
	assert_int_equal(arrive_from(2055, now), 0);
}

/* Template 256 with what names a sampler or an interface, and a record of it. */
static inline void
sampled_record(unsigned version, uint16_t field, uint32_t value, uint32_t in_if)
{
	const uint16_t f[][2] = { { 8, 4 }, { 12, 4 }, { 2, 4 }, { 10, 4 }, { field, 4 } };
	message(version);
	template_set(version, 256, f, 5);
	set(256);
	w32(&w, 0x0a000001);
	w32(&w, 0xc6336401);
	w32(&w, 1);
	w32(&w, in_if);
	w32(&w, value);
	set_end();
	assert_int_equal(arrive(), 0);
}

/* Options: a scope (v9's kinds), an element that names the sampler (0: none), the interval. */
static inline void
v9_option(uint16_t scope, uint32_t scope_id, uint16_t named, uint32_t name, uint16_t element, uint32_t n)
{
	message(9);
	set(1);
	w16(&w, (uint16_t)(300 + scope + named));
	w16(&w, 4);
	w16(&w, named ? 8 : 4);
	w16(&w, scope);
	w16(&w, 4);
	if (named) {
		w16(&w, named);
		w16(&w, 4);
	}
	w16(&w, element);
	w16(&w, 4);
	set_end();
	set(300u + scope + named);
	w32(&w, scope_id);
	if (named)
		w32(&w, name);
	w32(&w, n);
	set_end();
	assert_int_equal(arrive(), 0);
}

/* IPFIX options about a selector, or about all, by whichever elements say it. */
static inline void
ipfix_option(uint16_t scope, const uint16_t (*f)[2], const uint64_t *v, size_t n)
{
	message(10);
	set(3);
	w16(&w, 400);
	w16(&w, (uint16_t)(n + 1));
	w16(&w, 1);
	w16(&w, scope);
	w16(&w, 8);
	fields(f, n);
	set_end();
	set(400);
	w64(&w, 9);
	for (size_t i = 0; i < n; i++)
		if (f[i][1] == 8)
			w64(&w, v[i]);
		else
			w32(&w, (uint32_t)v[i]);
	set_end();
	assert_int_equal(arrive(), 0);
}

#endif
