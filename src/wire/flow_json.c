/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings and flows as JSON: numbers, addresses and fixed words, and what finding_sane() has checked.
 * Never given anything else. */
#include "wire/flow_json.h"

#include <string.h>

/* What fails (out of memory) leaves a member out; whole() sees that. */
static void
set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

/* members: as many as were set. */
static json_t *
whole(json_t *o, size_t members)
{
	if (json_object_size(o) == members)
		return o;
	json_decref(o);
	return NULL;
}

static void
set_int(json_t *o, const char *key, uint64_t v)
{
	set(o, key, json_integer((json_int_t)(v > INT64_MAX ? INT64_MAX : v)));
}

/* 0: not known, or not there. */
static void
set_some(json_t *o, const char *key, uint64_t v)
{
	set(o, key, v ? json_integer((json_int_t)(v > INT64_MAX ? INT64_MAX : v)) : json_null());
}

static void
set_text(json_t *o, const char *key, const char *s)
{
	json_t *v = s && *s ? json_string(s) : NULL;
	set(o, key, v ? v : json_null());
}

static void
set_addr(json_t *o, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];
	set_text(o, key, a->fam ? addr_print(a, text) : NULL);
}

static void
set_time(json_t *o, const char *key, const char *key_ms, msec t)
{
	char text[MSEC_TEXT];
	set_text(o, key, t ? msec_print(t, text) : NULL);
	set_some(o, key_ms, (uint64_t)t);
}

static const char *
source_word(uint8_t source)
{
	static const char *const words[] = { "unproven", "bound", "proven" };
	return source <= SOURCE_PROVEN ? words[source] : "?";
}

static void
set_far(json_t *o, const struct finding *f)
{
	char text[PREFIX_TEXT];
	json_t *ports = json_array(), *far = json_array();
	for (int i = 0; i < FINDING_PORTS && f->port[i]; i++)
		json_array_append_new(ports, json_integer(f->port[i]));
	for (int i = 0; i < FINDING_PEERS && f->sample[i].fam; i++)
		json_array_append_new(far, json_string(addr_print(&f->sample[i], text)));
	set(o, "proto", f->proto ? json_integer(f->proto) : json_null());
	set(o, "ports", ports);
	set_text(o, "port_of", f->inbound ? "line" : "far side");
	set_text(o, "peer", f->peer.a.fam ? prefix_print(&f->peer, text) : NULL);
	set(o, "far_addresses", far);
}

json_t *
finding_json_new(const struct finding *f, const char *exporter)
{
	char text[FINDING_TEXT], name[32] = "own-";
	const struct detector_row *row = detector_row(f->detector);
	bool flood = f->detector == DETECT_FLOOD || f->detector == DETECT_POPULATION;
	json_t *o = json_object();
	strncat(name, row->name, sizeof(name) - 5);
	set_text(o, "sensor", name);
	set_text(o, "detector", row->name);
	set_text(o, "title", row->title);
	set_text(o, "class", row->cls ? class_row(row->cls)->name : NULL);
	set_text(o, "text", finding_print(f, text));
	set_addr(o, "subject", &f->subject);
	set_far(o, f);
	set_text(o, "flood", flood ? flood_name(f->flood) : NULL);
	set_text(o, "source", source_word(f->source));
	set(o, "active", json_boolean(f->active));
	set(o, "two_way", json_boolean(f->two_way));
	set(o, "shared", json_boolean(f->shared));
	set_text(o, "exporter", exporter);
	set_some(o, "interface", f->iface);
	set_int(o, "samples", f->samples);
	set_some(o, "sampling", f->sampling);
	set_int(o, "distinct", f->distinct);
	set_int(o, "permille", f->permille);
	set_int(o, "lines", f->lines);
	set_int(o, "pps", f->pps);
	set_int(o, "bps", f->bps);
	set_int(o, "packets", f->packets);
	set_int(o, "bytes", f->bytes);
	set_int(o, "mean_size", f->mean_size);
	set_int(o, "error_permille", f->error_permille);
	set_some(o, "group", f->group);
	set_text(o, "indicator", f->indicator);
	set_time(o, "from", "from_ms", f->from);
	set_time(o, "to", "to_ms", f->to);
	return whole(o, 35);
}

/* "SA": the flags seen, in the order they stand in a header (RFC 9293). */
static const char *
flags_text(uint8_t flags, char buf[8])
{
	static const char letters[] = "FSRPAU";
	size_t n = 0;
	for (int i = 0; i < 6; i++)
		if (flags >> i & 1)
			buf[n++] = letters[i];
	buf[n] = '\0';
	return buf;
}

json_t *
flow_json_new(const struct flow *f, const char *exporter)
{
	char flags[8];
	bool icmp = f->proto == IPP_ICMP || f->proto == IPP_ICMP6;
	json_t *o = json_object();
	set_time(o, "first", "first_ms", f->first);
	set_time(o, "last", "last_ms", f->last);
	set_addr(o, "src", &f->src);
	set_addr(o, "dst", &f->dst);
	set_int(o, "proto", f->proto);
	set(o, "sport", icmp || !f->sport ? json_null() : json_integer(f->sport));
	set(o, "dport", icmp || !f->dport ? json_null() : json_integer(f->dport));
	set(o, "icmp_type", icmp ? json_integer(f->dport >> 8) : json_null());
	set(o, "icmp_code", icmp ? json_integer(f->dport & 255) : json_null());
	set_text(o, "flags", f->bits & FLOW_FLAGS ? flags_text(f->tcp_flags, flags) : NULL);
	set(o, "fragment", json_boolean(f->bits & FLOW_FRAGMENT));
	set(o, "answered", json_boolean(f->bits & FLOW_ANSWERED));
	set_int(o, "packets", f->packets);
	set_int(o, "bytes", f->bytes);
	set_some(o, "sampling", f->sampling);
	set_text(o, "exporter", exporter);
	set_some(o, "in_interface", f->in_if);
	set_some(o, "out_interface", f->out_if);
	return whole(o, 20);
}
