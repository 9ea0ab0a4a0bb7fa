/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an EVE line accuses whom of, see eve.h: from the fields of a line to a claim. The scanner is
 * eve_scan.c, the table eve_rows.c. Must never believe a direction it was not told.
 */
#include "wire/eve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire/eve_scan.h"

#define WORDS 256 /* of a rule's name are looked at */

struct seen {
	struct addr src, dst, client, server;
	uint16_t src_port, dst_port;
	uint8_t proto;
	bool known; /* which is client and which server was told, not guessed */
};

static const struct {
	const char *name;
	uint8_t proto;
} protos[] = { { "TCP", 6 }, { "UDP", 17 }, { "ICMP", 1 }, { "IPv6-ICMP", 58 }, { "ICMPv6", 58 },
	{ "SCTP", 132 }, { "GRE", 47 }, { "ESP", 50 } };

static uint8_t
proto_of(const struct eve_part *p)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (eve_same(p, protos[i].name))
			return protos[i].proto;
	return 0;
}

static uint64_t
number_of(const struct eve_part *p)
{
	uint64_t v = 0;
	for (size_t i = 0; i < p->n; i++) {
		if (p->s[i] < '0' || p->s[i] > '9')
			return 0;
		if (v > UINT32_MAX)
			return UINT32_MAX;
		v = v * 10 + (uint64_t)(p->s[i] - '0');
	}
	return v;
}

static uint16_t
port_of(const struct eve_part *p)
{
	uint64_t v = number_of(p);
	return v < 65536 ? (uint16_t)v : 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* A string's text without its escapes, lower case; what is no ASCII becomes '?'. */
static size_t
words_of(const struct eve_part *p, char ret[WORDS])
{
	size_t n = 0;
	for (size_t i = 0; i < p->n && n < WORDS - 1; i++) {
		char c = p->s[i];
		if (c == '\\' && i + 1 < p->n) {
			c = p->s[++i];
			if (c == 'u') {
				i += 4;
				c = '?';
			} else if (c != '/' && c != '"' && c != '\\') {
				c = ' ';
			}
		}
		ret[n++] = (unsigned char)c < ' ' || (unsigned char)c > 0x7e ? '?' : lower(c);
	}
	ret[n] = '\0';
	return n;
}

static bool
at(const char *text, const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] != lower(word[i])) /* an end is no letter */
			return false;
	return true;
}

static bool
has_word(const char *text, const char *word, size_t n)
{
	if (n && *word == '^')
		return at(text, word + 1, n - 1);
	for (; *text; text++)
		if (at(text, word, n))
			return true;
	return false;
}

static bool
has_any(const char *text, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, "|");
		if (has_word(text, words, n))
			return true;
		words += n + (words[n] == '|');
	}
	return false;
}

static bool
is_any(const char *text, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, "|");
		if (at(text, words, n) && !text[n])
			return true;
		words += n + (words[n] == '|');
	}
	return false;
}

/* What the row's words are looked for in, by event. */
static void
event_words(
    enum eve_event e, const struct eve_part f[EVE_FIELDS], char category[WORDS], char name[WORDS])
{
	static const enum eve_field names[EVE_EVENT_N] = { [EVE_ALERT] = EVE_F_SIGNATURE,
		[EVE_ANOMALY] = EVE_F_ANOMALY_EVENT,
		[EVE_DNS] = EVE_F_DNS_TYPE,
		[EVE_HTTP] = EVE_F_HTTP_METHOD,
		[EVE_FLOW] = EVE_F_FLOW_STATE };
	words_of(&f[EVE_F_CATEGORY], category);
	words_of(&f[names[e]], name);
}

static const struct eve_row *
row_of(enum eve_event e, const struct eve_part f[EVE_FIELDS])
{
	char category[WORDS], name[WORDS];
	event_words(e, f, category, name);
	for (size_t i = 0; i < eve_row_count; i++) {
		const struct eve_row *r = &eve_rows[i];
		if (r->event == e && (!r->category || is_any(category, r->category)) &&
		    (!r->words || has_any(name, r->words)))
			return r;
	}
	return NULL;
}

/* Who opened the flow: the flow says so, or the packet's direction; of DNS the port. Else a guess: who
 * talks to a service from a high port. */
static void
ends_of(enum eve_event e, const struct eve_part f[EVE_FIELDS], struct seen *s)
{
	struct addr a;
	bool swap = false;
	if (f[EVE_F_FLOW_SRC_IP].s &&
	    addr_parse(f[EVE_F_FLOW_SRC_IP].s, f[EVE_F_FLOW_SRC_IP].n, &a) == 0 &&
	    (addr_eq(&a, &s->src) || addr_eq(&a, &s->dst))) {
		s->known = true;
		swap = addr_eq(&a, &s->dst);
	} else if (f[EVE_F_DIRECTION].s) {
		s->known = true;
		swap = eve_same(&f[EVE_F_DIRECTION], "to_client");
	} else if (e == EVE_DNS) {
		s->known = (s->src_port == 53) != (s->dst_port == 53);
		swap = s->src_port == 53;
	} else if (e == EVE_HTTP) {
		s->known = true; /* Suricata logs a transaction in the flow's direction */
	} else {
		swap = s->src_port && s->src_port < 1024 && s->dst_port >= 1024;
	}
	s->client = swap ? s->dst : s->src;
	s->server = swap ? s->src : s->dst;
}

/* Was there an exchange, both ways, that nobody can forge from afar? A TCP handshake was completed if the
 * stream got so far that its protocol was told from its bytes. */
static bool
tcp_was_up(const struct eve_part f[EVE_FIELDS])
{
	const struct eve_part *app = &f[EVE_F_APP_PROTO];
	bool told = app->s && !eve_same(app, "failed") && !eve_same(app, "unknown");
	bool both =
	    number_of(&f[EVE_F_PKTS_TOSERVER]) >= 3 && number_of(&f[EVE_F_PKTS_TOCLIENT]) >= 2;
	static const char states[] =
	    "established|fin_wait1|fin_wait2|time_wait|last_ack|close_wait|closing|closed";
	char state[WORDS];
	words_of(&f[EVE_F_TCP_STATE], state);
	return both && (told || (state[0] && is_any(state, states)));
}

static enum evidence
evidence_of(const struct eve_part f[EVE_FIELDS], const struct seen *s, const struct addr *who,
    bool *two_way)
{
	bool answers = addr_eq(who, &s->server) && s->known;
	enum evidence e = EVIDENCE_WEAK;
	*two_way = false;
	if (s->proto == 6 && tcp_was_up(f)) {
		*two_way = true;
		e = EVIDENCE_STRONG;
	} else if (s->proto == 6 && f[EVE_F_APP_PROTO].s &&
		   !eve_same(&f[EVE_F_APP_PROTO], "failed")) {
		e = EVIDENCE_TEXT;
	} else if (answers) {
		e = EVIDENCE_TEXT; /* it was asked, and answered: the question alone may be forged */
	}
	if (e > EVIDENCE_WEAK && eve_same_fold(&f[EVE_F_CONFIDENCE], "low"))
		e--;
	return e;
}

/* Who did it, by the row; the rule's own word on who was attacked goes first where it means that. */
static struct addr
doer_of(const struct eve_row *r, const struct eve_part f[EVE_FIELDS], const struct seen *s)
{
	struct addr a;
	const struct eve_part *p = &f[EVE_F_SOURCE_IP];
	if (r->attack && p->s && addr_parse(p->s, p->n, &a) == 0 &&
	    (addr_eq(&a, &s->src) || addr_eq(&a, &s->dst)))
		return a;
	return r->who == EVE_SOURCE ? s->src : r->who == EVE_CLIENT ? s->client : s->server;
}

static bool
is_connect(const struct eve_part f[EVE_FIELDS])
{
	return eve_same(&f[EVE_F_HTTP_METHOD], "CONNECT");
}

/* Rows that go by more than words. False: this line does not show what the row would say. */
static bool
shows(enum eve_event e, const struct eve_row *r, const struct eve_part f[EVE_FIELDS],
    const struct seen *s)
{
	uint64_t status = number_of(&f[EVE_F_HTTP_STATUS]);
	switch (e) {
	case EVE_DNS: /* an answer to a stranger that recursion made */
		return s->known && eve_same(&f[EVE_F_DNS_RCODE], "NOERROR") &&
		       eve_same(&f[EVE_F_DNS_RA], "true") && !eve_same(&f[EVE_F_DNS_AA], "true");
	case EVE_HTTP: /* CONNECT, or a whole URL, and it went well */
		return status >= 200 && status < 300 &&
		       (is_connect(f) || eve_starts_fold(&f[EVE_F_HTTP_URL], "http:\\/\\/") ||
			   eve_starts_fold(&f[EVE_F_HTTP_URL], "http://"));
	case EVE_ALERT:
		if (eve_same_fold(&f[EVE_F_SIGNATURE_SEVERITY], "informational") ||
		    number_of(&f[EVE_F_SEVERITY]) > 3)
			return false;
		/* Made for the one who opened the flow being the victim: a server that attacks visitors. */
		return !r->attack || f[EVE_F_SOURCE_IP].s ||
		       !eve_starts_fold(&f[EVE_F_ATTACK_TARGET], "client");
	default: return true;
	}
}

static bool
is_ours(const struct eve_terms *t, const struct addr *a)
{
	return !t->ours || t->ours(a, t->arg);
}

static void
fill(enum eve_event e, const struct eve_terms *t, const struct eve_part f[EVE_FIELDS],
    const struct seen *s, const struct addr *who, const struct eve_row *r, struct claim *c)
{
	struct logtime at;
	bool is_src = addr_eq(who, &s->src);
	c->subject = *who;
	c->port = is_src ? s->src_port : s->dst_port;
	c->far_port = is_src ? s->dst_port : s->src_port;
	c->proto = s->proto;
	c->evidence = evidence_of(f, s, who, &c->two_way_claim);
	if (e == EVE_HTTP && !is_connect(f)) {
		/* RFC 9112 3.2.2: a server must take a whole URL too, and most answer with a page of their own.
		 * Anybody can ask any web server so. */
		c->evidence = EVIDENCE_WEAK;
		c->two_way_claim = false;
	}
	c->count = 1;
	if (f[EVE_F_TIMESTAMP].s &&
	    logtime_parse(&t->ref, f[EVE_F_TIMESTAMP].s, f[EVE_F_TIMESTAMP].n, &at) == 0) {
		c->first = c->event = at.at;
		c->zone_assumed = at.zone_assumed;
	}
	if (e == EVE_ALERT)
		snprintf(c->what, sizeof(c->what), "Suricata rule %u:%u: %s",
		    (unsigned)number_of(&f[EVE_F_GID]), (unsigned)number_of(&f[EVE_F_SIGNATURE_ID]),
		    r->name);
	else
		snprintf(c->what, sizeof(c->what), "Suricata: %s", r->name);
}

/* Read and ours; what of it? */
static enum eve_says
judge(enum eve_event e, const struct eve_terms *t, const struct eve_part f[EVE_FIELDS],
    struct seen *s, struct claim *ret, const struct eve_row **row)
{
	const struct eve_row *r = *row = row_of(e, f);
	struct claim c = { .count = 1 };
	if (!r || r->cls == CLASS_NONE)
		return EVE_NEUTRAL;
	s->src_port = port_of(&f[EVE_F_SRC_PORT]);
	s->dst_port = port_of(&f[EVE_F_DEST_PORT]);
	s->proto = proto_of(&f[EVE_F_PROTO]);
	ends_of(e, f, s);
	if (!shows(e, r, f, s))
		return EVE_NEUTRAL;
	struct addr who = doer_of(r, f, s);
	struct addr other = addr_eq(&who, &s->src) ? s->dst : s->src;
	c.cls = r->cls;
	/* Inside one network these say nothing: a resolver serves its own, a proxy its own. */
	if ((e == EVE_DNS || e == EVE_HTTP) && is_ours(t, &other) && t->ours)
		return EVE_NEUTRAL;
	/* Names are looked up through resolvers, so the one that answers is none. */
	if (!is_ours(t, &who) && r->other != CLASS_NONE && s->known && !eve_same(&f[EVE_F_APP_PROTO], "dns")) {
		who = other;
		c.cls = r->other;
	} else if (!is_ours(t, &who) && (e != EVE_ALERT || !t->others || !t->others(&who, t->arg))) {
		return EVE_NEUTRAL;
	}
	fill(e, t, f, s, &who, r, &c);
	*ret = c;
	return EVE_ACCUSES;
}

static enum eve_event
event_of(const struct eve_part *p)
{
	static const char *const names[EVE_EVENT_N] = { [EVE_ALERT] = "alert",
		[EVE_ANOMALY] = "anomaly",
		[EVE_DNS] = "dns",
		[EVE_HTTP] = "http",
		[EVE_FLOW] = "flow" };
	unsigned e = 0;
	while (e < EVE_EVENT_N && !eve_same(p, names[e]))
		e++;
	return (enum eve_event)e;
}

/* The fast way out, asked after each key: most lines are of no event we read, or of other people. */
struct early {
	const struct eve_terms *t;
	struct seen seen;
	bool typed, placed;
	enum eve_event event;
	enum eve_says says;
};

static bool
on_field(const struct eve_part f[EVE_FIELDS], enum eve_field which, void *arg)
{
	struct early *y = arg;
	if (which == EVE_F_EVENT_TYPE) {
		y->event = event_of(&f[which]);
		y->typed = true;
		y->says = EVE_NEUTRAL;
		return y->event != EVE_EVENT_N;
	}
	if ((which != EVE_F_SRC_IP && which != EVE_F_DEST_IP) || !f[EVE_F_SRC_IP].s ||
	    !f[EVE_F_DEST_IP].s)
		return true;
	y->says = EVE_BROKEN;
	if (addr_parse(f[EVE_F_SRC_IP].s, f[EVE_F_SRC_IP].n, &y->seen.src) < 0 ||
	    addr_parse(f[EVE_F_DEST_IP].s, f[EVE_F_DEST_IP].n, &y->seen.dst) < 0)
		return false;
	y->placed = true;
	y->says = EVE_ELSEWHERE;
	return is_ours(y->t, &y->seen.src) || is_ours(y->t, &y->seen.dst);
}

enum eve_says
eve_line(const struct eve_terms *t, const char *s, size_t n, struct claim *ret,
    const struct eve_row **row)
{
	struct eve_part f[EVE_FIELDS];
	struct early y = { .t = t };
	const struct eve_row *r = NULL;
	if (row)
		*row = NULL;
	int rc = eve_scan(s, n, f, on_field, &y);
	if (rc < 0)
		return EVE_BROKEN;
	if (rc > 0)
		return y.says;
	if (!y.typed || !y.placed)
		return y.typed ? EVE_NEUTRAL : EVE_BROKEN; /* statistics and such name nobody */
	enum eve_says says = judge(y.event, t, f, &y.seen, ret, &r);
	if (says == EVE_ACCUSES) {
		ret->text = s;
		ret->text_n = n < EVE_TEXT ? n : EVE_TEXT;
	}
	if (row)
		*row = r;
	return says;
}

bool
eve_is(const char *s, size_t n)
{
	static const char key[] = "\"event_type\"";
	return n > sizeof(key) && s[0] == '{' &&
	       memmem(s, n < 4096 ? n : 4096, key, sizeof(key) - 1) != NULL;
}
