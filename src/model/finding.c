/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: the table of detectors, their words, and the report each becomes. Integer arithmetic only;
 * the text holds numbers and fixed words, and an indicator's checked id. */
#include "model/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct detector_row rows[DETECTORS] = {
	[DETECT_SCAN] = { "scan", "scan for IoT ports", CLASS_SCANNER, true },
	[DETECT_WALK] = { "walk", "contacts that fail", CLASS_SCANNER, true },
	[DETECT_FLOOD] = { "flood", "flood", CLASS_DDOS_SOURCE, true },
	[DETECT_TORTURE] = { "torture", "DNS water torture", CLASS_DDOS_SOURCE, true },
	[DETECT_SPOOF] = { "spoof", "sources that do not belong there", CLASS_SPOOFED_SOURCE, true },
	[DETECT_C2] = { "c2", "contact with a command server", CLASS_C2_CONTACT, true },
	[DETECT_IDLE] = { "idle", "long idle session", CLASS_BOT, false },
	[DETECT_SPRAY] = { "spray", "small datagrams to many", CLASS_BOT, false },
	[DETECT_RELAY] = { "relay", "relayed traffic", CLASS_OPEN_PROXY, false },
	[DETECT_EXPOSED] = { "exposed", "strangers answered on an IoT port", CLASS_EXPOSED_SERVICE, false },
	[DETECT_POPULATION] = { "population", "many lines at one victim", CLASS_DDOS_SOURCE, true },
	[DETECT_OUTBREAK] = { "outbreak", "outbreak among own lines", CLASS_NONE, false },
};

static const char *const floods[FLOOD_N] = { "SYN", "TCP", "UDP", "ICMP", "GRE", "fragment", "other" };

const struct detector_row *
detector_row(enum detector d)
{
	static const struct detector_row none = { "?", "?", CLASS_NONE, false };
	return d < DETECTORS ? &rows[d] : &none;
}

const char *
flood_name(enum flood_class f)
{
	return f < FLOOD_N ? floods[f] : "?";
}

/* Text that is cut, never overrun. */
struct say {
	char *p;
	size_t n;
};

static void say(struct say *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void
say(struct say *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = s->n ? vsnprintf(s->p + s->n, FINDING_TEXT - s->n, fmt, ap) : vsnprintf(s->p, FINDING_TEXT, fmt, ap);
	va_end(ap);
	s->n += n < 0 ? 0 : (size_t)n;
	if (s->n >= FINDING_TEXT)
		s->n = FINDING_TEXT - 1;
}

/* "1.2 M", "980 ": three figures are all an estimate has. */
static void
say_count(struct say *s, uint64_t v, const char *unit)
{
	static const char *const prefix[] = { "", "k", "M", "G", "T", "P", "E" };
	uint64_t whole = v, tenth = 0;
	int u = 0;
	while (whole >= 1000) {
		tenth = whole % 1000 / 100;
		whole /= 1000;
		u++;
	}
	if (u == 0 || whole >= 100)
		say(s, "%u %s%s", (unsigned)whole, prefix[u], unit);
	else
		say(s, "%u.%u %s%s", (unsigned)whole, (unsigned)tenth, prefix[u], unit);
}

/* "tcp/23,2323", "udp", "port 53". */
static void
say_ports(struct say *s, const struct finding *f)
{
	static const struct {
		uint8_t proto;
		const char *name;
	} known[] = { { 1, "icmp" }, { 6, "tcp" }, { 17, "udp" }, { 47, "gre" }, { 58, "icmpv6" } };
	const char *name = NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].proto == f->proto)
			name = known[i].name;
	if (name)
		say(s, "%s", name);
	else if (f->proto)
		say(s, "ip protocol %u", f->proto);
	for (int i = 0; i < FINDING_PORTS && f->port[i]; i++)
		say(s, "%s%u", i ? "," : f->proto ? "/" : "port ", f->port[i]);
	if (!f->proto && !f->port[0])
		say(s, "several protocols");
}

static void
say_peer(struct say *s, const struct finding *f)
{
	char text[PREFIX_TEXT];
	if (!f->peer.a.fam)
		say(s, "many");
	else if (f->peer.len == addr_bits(&f->peer.a))
		say(s, "%s", addr_print(&f->peer.a, text));
	else
		say(s, "%s", prefix_print(&f->peer, text));
}

static void
say_rate(struct say *s, const struct finding *f)
{
	say_count(s, f->pps, "pps");
	say(s, ", ");
	say_count(s, f->bps, "bit/s");
	if (f->error_permille)
		say(s, " (+-%u %%)", (unsigned)((f->error_permille + 5) / 10));
	if (f->mean_size)
		say(s, ", %u bytes each", (unsigned)f->mean_size);
}

static void
say_share(struct say *s, const struct finding *f, const char *what)
{
	say(s, ", %u %% %s", (unsigned)((f->permille + 5) / 10), what);
}

static void
scan_text(struct say *s, const struct finding *f)
{
	say(s, "%u addresses on ", (unsigned)f->distinct);
	say_ports(s, f);
	say_share(s, f, "SYN-only");
}

static void
walk_text(struct say *s, const struct finding *f)
{
	say(s, "%u addresses contacted on ", (unsigned)f->distinct);
	say_ports(s, f);
	say_share(s, f, "failed");
}

static void
flood_text(struct say *s, const struct finding *f)
{
	say(s, "%s flood at ", flood_name(f->flood));
	say_peer(s, f);
	say(s, ", ");
	say_ports(s, f);
	say(s, ", ");
	say_rate(s, f);
}

static void
torture_text(struct say *s, const struct finding *f)
{
	say(s, "DNS queries at ");
	say_peer(s, f);
	say(s, ", ");
	say_rate(s, f);
}

static void
spoof_text(struct say *s, const struct finding *f)
{
	say(s, "%u sources that do not belong behind interface %u", (unsigned)f->distinct,
	    (unsigned)f->iface);
}

static void
c2_text(struct say *s, const struct finding *f)
{
	say(s, "contact with ");
	say_peer(s, f);
	say(s, ", ");
	say_ports(s, f);
	say(s, f->two_way ? ", answered" : ", no answer seen");
	if (f->indicator[0])
		say(s, ", indicator %.31s", f->indicator);
}

static void
idle_text(struct say *s, const struct finding *f)
{
	say(s, "one session with ");
	say_peer(s, f);
	say(s, ", ");
	say_ports(s, f);
	say(s, ", %u packets in %u min", (unsigned)f->packets,
	    (unsigned)((f->to - f->from) / MSEC_MINUTE));
}

static void
spray_text(struct say *s, const struct finding *f)
{
	say(s, "%u addresses sent ", (unsigned)f->distinct);
	say_ports(s, f);
	say(s, " of %u bytes", (unsigned)f->mean_size);
	say_share(s, f, "unanswered");
}

static void
relay_text(struct say *s, const struct finding *f)
{
	say(s, "what comes in from ");
	say_peer(s, f);
	say(s, " goes out to %u others", (unsigned)f->distinct);
}

static void
exposed_text(struct say *s, const struct finding *f)
{
	say(s, "%u strangers answered on ", (unsigned)f->distinct);
	say_ports(s, f);
}

static void
population_text(struct say *s, const struct finding *f)
{
	say(s, "%u lines at ", (unsigned)f->lines);
	say_peer(s, f);
	say(s, ", ");
	say_ports(s, f);
	say(s, ", ");
	say_rate(s, f);
}

static void
outbreak_text(struct say *s, const struct finding *f)
{
	say(s, "%u lines new on ", (unsigned)f->lines);
	say_ports(s, f);
}

static void (*const texts[DETECTORS])(struct say *s, const struct finding *f) = {
	scan_text, walk_text, flood_text, torture_text, spoof_text, c2_text, idle_text, spray_text,
	relay_text, exposed_text, population_text, outbreak_text,
};

/* When, and on how much it rests. */
static void
say_basis(struct say *s, const struct finding *f)
{
	unsigned from = (unsigned)(f->from / MSEC_MINUTE % 1440), to = (unsigned)(f->to / MSEC_MINUTE % 1440);
	say(s, ", %02u:%02u-%02u:%02u", from / 60, from % 60, to / 60, to % 60);
	if (f->sampling > 1)
		say(s, ", sampled 1:%u", (unsigned)f->sampling);
	else
		say(s, f->sampling ? ", unsampled" : ", sampling unknown");
	say(s, ", %u sample%s", (unsigned)f->samples, f->samples == 1 ? "" : "s");
	if (f->subject.fam && f->source == SOURCE_UNPROVEN)
		say(s, ", source not proven");
	if (f->shared)
		say(s, ", a shared address");
}

char *
finding_print(const struct finding *f, char buf[FINDING_TEXT])
{
	struct say s = { buf, 0 };
	buf[0] = '\0';
	if (f->detector >= DETECTORS)
		return buf;
	texts[f->detector](&s, f);
	say_basis(&s, f);
	return buf;
}

static bool
addr_sane(const struct addr *a)
{
	return a->fam == 0 || a->fam == 4 || a->fam == 6;
}

static bool
indicator_sane(const char *s, size_t n)
{
	size_t i = 0;
	for (; i < n && s[i]; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", s[i]))
			return false;
	return i < n;
}

bool
finding_sane(const struct finding *f)
{
	bool ok = f->detector < DETECTORS && f->source <= SOURCE_PROVEN && f->flood < FLOOD_N;
	ok &= f->inbound <= 1 && f->active <= 1 && f->two_way <= 1 && f->shared <= 1;
	ok &= addr_sane(&f->subject) && addr_sane(&f->peer.a) && f->peer.len <= addr_bits(&f->peer.a);
	for (int i = 0; i < FINDING_PEERS; i++)
		ok &= addr_sane(&f->sample[i]);
	ok &= f->permille <= 1000 && f->error_permille <= 1960 && f->from <= f->to && f->from >= 0;
	return ok && f->to < MSEC_NEVER && f->samples && indicator_sane(f->indicator, sizeof(f->indicator));
}

struct key
detector_key(enum detector d)
{
	struct key k = { { 0 } };
	/* Chosen, not made from a secret: nobody can sign for it. */
	memset(k.b, 0xff, sizeof(k.b));
	memcpy(k.b, "lymph own sensor ", 17);
	k.b[17] = (uint8_t)d;
	return k;
}

/* FNV-1a in two lanes: names of what is ours need no cryptography. */
static void
fold(const void *p, size_t n, uint8_t *ret, size_t size)
{
	uint64_t h[2] = { UINT64_C(0xcbf29ce484222325), UINT64_C(0x84222325cbf29ce4) };
	const uint8_t *b = p;
	for (size_t i = 0; i < n; i++) {
		h[0] = (h[0] ^ b[i]) * UINT64_C(0x100000001b3);
		h[1] = (h[1] ^ b[i] ^ (h[0] >> 32)) * UINT64_C(0x100000001b3);
	}
	for (size_t i = 0; i < size; i++) {
		ret[i] = (uint8_t)(h[i >> 3 & 1] >> (i & 7) * 8);
		if ((i & 15) == 15) {
			h[0] = (h[0] ^ i) * UINT64_C(0x100000001b3);
			h[1] = (h[1] ^ h[0]) * UINT64_C(0x100000001b3);
		}
	}
}

/* Weak evidence, however sure the source: alone it opens a case in the log and no more. A contact is one by
 * its peer, and what never acts has weights of its own. */
static bool
too_few(const struct finding *f, const struct detector_row *row)
{
	return row->acts && row->cls != CLASS_C2_CONTACT && f->samples < FINDING_LEAST;
}

bool
finding_report(const struct finding *f, struct report *ret)
{
	static const enum evidence grade[] = {
		[SOURCE_UNPROVEN] = EVIDENCE_WEAK,
		[SOURCE_BOUND] = EVIDENCE_TEXT,
		[SOURCE_PROVEN] = EVIDENCE_STRONG,
	};
	char text[FINDING_TEXT], whole[FINDING_TEXT + ADDR_TEXT + 2];
	const struct detector_row *row = detector_row(f->detector);
	if (row->cls == CLASS_NONE || !f->subject.fam)
		return false;
	struct report r = { .key = detector_key(f->detector), .cls = row->cls, .subject = f->subject,
		.port = f->inbound ? f->port[0] : 0, .event = f->to, .count = f->samples };
	r.evidence = grade[f->source <= SOURCE_PROVEN && !too_few(f, row) ? f->source : SOURCE_UNPROVEN];
	r.two_way_claim = f->two_way;
	addr_print(&f->subject, whole);
	size_t n = strlen(whole);
	whole[n++] = ' ';
	finding_print(f, text);
	memcpy(whole + n, text, strlen(text) + 1);
	n += strlen(text);
	fold(whole, n, r.body_hash, sizeof(r.body_hash));
	fold(whole, n, r.id, sizeof(r.id));
	fold(whole, n, r.evidence_hash, sizeof(r.evidence_hash));
	snprintf(r.sender, sizeof(r.sender), "own-%s", row->name);
	fold(r.sender, strlen(r.sender), r.sender_hash, sizeof(r.sender_hash));
	*ret = r;
	return true;
}
