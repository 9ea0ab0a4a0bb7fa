/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the columns of a sheet mean, by the words in its header, and what a row of it claims. Hostile text:
 * what does not parse is left out or makes the row broken, never a guess about who is accused.
 */
#include <errno.h>
#include <string.h>

#include "wire/sheet_own.h"

/* Names of columns, folded. Of several for one thing the lowest rank is taken, then the leftmost. */
static const struct name {
	const char *text;
	enum sheet_col col;
	uint8_t rank;
} names[] = {
	{ "src_ip", COL_ADDR, 0 },
	{ "source_ip", COL_ADDR, 0 },
	{ "source_ipv4", COL_ADDR, 0 },
	{ "source_ipv6", COL_ADDR, 1 },
	{ "source_address", COL_ADDR, 0 },
	{ "source_ip_address", COL_ADDR, 0 },
	{ "src_addr", COL_ADDR, 0 },
	{ "srcip", COL_ADDR, 0 },
	{ "saddr", COL_ADDR, 0 },
	{ "sourceip", COL_ADDR, 0 },
	{ "src", COL_ADDR, 1 },
	{ "attacker", COL_ADDR, 1 },
	{ "attacker_ip", COL_ADDR, 1 },
	{ "offender", COL_ADDR, 1 },
	{ "offender_ip", COL_ADDR, 1 },
	{ "infected_ip", COL_ADDR, 1 },
	{ "bot_ip", COL_ADDR, 1 },
	{ "source", COL_ADDR, 3 },
	{ "ip", COL_ADDR, 2 },
	{ "ip_address", COL_ADDR, 2 },
	{ "ipaddr", COL_ADDR, 2 },
	{ "ipaddress", COL_ADDR, 2 },
	{ "ipv4", COL_ADDR, 2 },
	{ "ip_addr", COL_ADDR, 2 },
	{ "address", COL_ADDR, 3 },
	{ "addr", COL_ADDR, 3 },
	{ "host_ip", COL_ADDR, 3 },
	{ "remote_ip", COL_ADDR, 4 },
	{ "client_ip", COL_ADDR, 4 },
	{ "http_referer_ip", COL_ADDR, 9 },
	{ "src_port", COL_PORT, 0 },
	{ "source_port", COL_PORT, 0 },
	{ "srcport", COL_PORT, 0 },
	{ "sport", COL_PORT, 0 },
	{ "port", COL_PORT, 1 },
	{ "http_referer_port", COL_PORT, 9 },
	{ "dst_port", COL_FAR_PORT, 0 },
	{ "dest_port", COL_FAR_PORT, 0 },
	{ "destination_port", COL_FAR_PORT, 0 },
	{ "dstport", COL_FAR_PORT, 0 },
	{ "dport", COL_FAR_PORT, 0 },
	{ "target_port", COL_FAR_PORT, 1 },
	{ "timestamp", COL_TIME, 0 },
	{ "source_time", COL_TIME, 0 },
	{ "time_source", COL_TIME, 0 },
	{ "event_time", COL_TIME, 0 },
	{ "datetime", COL_TIME, 1 },
	{ "date_time", COL_TIME, 1 },
	{ "time", COL_TIME, 1 },
	{ "date", COL_TIME, 2 },
	{ "utc", COL_TIME, 2 },
	{ "detected", COL_TIME, 3 },
	{ "time_observation", COL_TIME, 4 },
	{ "observation_time", COL_TIME, 4 },
	{ "first_seen", COL_FIRST, 0 },
	{ "firstseen", COL_FIRST, 0 },
	{ "first_seen_time", COL_FIRST, 0 },
	{ "start_time", COL_FIRST, 1 },
	{ "starttime", COL_FIRST, 1 },
	{ "last_seen", COL_LAST, 0 },
	{ "lastseen", COL_LAST, 0 },
	{ "last_seen_time", COL_LAST, 0 },
	{ "end_time", COL_LAST, 1 },
	{ "endtime", COL_LAST, 1 },
	{ "last_online", COL_LAST, 2 },
	{ "protocol", COL_PROTO, 1 },
	{ "protocol_transport", COL_PROTO, 0 },
	{ "proto", COL_PROTO, 1 },
	{ "transport", COL_PROTO, 1 },
	{ "classification_type", COL_KIND, 0 },
	{ "type", COL_KIND, 1 },
	{ "category", COL_KIND, 2 },
	{ "abuse_type", COL_KIND, 1 },
	{ "report_type", COL_KIND, 1 },
	{ "report", COL_KIND, 3 },
	{ "event_type", COL_KIND, 2 },
	{ "attack_type", COL_KIND, 2 },
	{ "threat_type", COL_KIND, 3 },
	{ "classification", COL_KIND, 3 },
	{ "class", COL_KIND, 3 },
	{ "infection", COL_MALWARE, 0 },
	{ "malware_name", COL_MALWARE, 0 },
	{ "malware", COL_MALWARE, 1 },
	{ "malware_family", COL_MALWARE, 1 },
	{ "family", COL_MALWARE, 2 },
	{ "tag", COL_TAG, 0 },
	{ "tags", COL_TAG, 1 },
	{ "count", COL_COUNT, 0 },
	{ "event_count", COL_COUNT, 0 },
	{ "events", COL_COUNT, 1 },
	{ "hits", COL_COUNT, 1 },
	{ "attempts", COL_COUNT, 1 },
};

static bool
is_stamp(enum sheet_col c)
{
	return c == COL_TIME || c == COL_FIRST || c == COL_LAST;
}

/* "firstseen (utc)" is firstseen, and says its zone. */
static const struct name *
name_of(const char *word, size_t n, bool *utc)
{
	*utc = n > 4 && memcmp(word + n - 4, "_utc", 4) == 0;
	size_t bare = n - (*utc ? 4 : 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].text) == bare && memcmp(names[i].text, word, bare) == 0 &&
		    (!*utc || is_stamp(names[i].col)))
			return &names[i];
	return NULL;
}

/* The header under one delimiter. */
static bool
map_by(struct sheet_map *m, const char *row, size_t n, char delim)
{
	struct csv_cell cells[SHEET_COLUMNS + 1];
	uint8_t rank[COL_N];
	char text[SHEET_WORD], word[SHEET_WORD];
	m->delim = delim;
	m->columns = csv_split(row, n, delim, SHEET_COLUMNS + 1, cells);
	for (int c = 0; c < COL_N; c++)
		m->col[c] = -1;
	memset(rank, 255, sizeof(rank));
	if (m->columns > SHEET_COLUMNS)
		return false;
	for (unsigned i = 0; i < m->columns; i++) {
		bool utc;
		size_t len = csv_text(row, &cells[i], text, sizeof(text));
		len = sheet_word_fold(text, len, word, sizeof(word));
		const struct name *name = name_of(word, len, &utc);
		/* The mark of Shadowserver's columns, by whatever name the file came. */
		m->shadow |= strcmp(word, "naics") == 0 || strcmp(word, "src_naics") == 0;
		/* The type's own words for its ports come before all others. */
		const struct sheet_type *t = m->type;
		bool port = t && t->port && strcmp(t->port, word) == 0;
		bool far = t && t->far_port && strcmp(t->far_port, word) == 0;
		if (!name && !port && !far)
			continue;
		enum sheet_col col = port ? COL_PORT : far ? COL_FAR_PORT : name->col;
		uint8_t r = port || far ? 0 : (uint8_t)(name->rank + 1);
		if (r >= rank[col])
			continue;
		rank[col] = r;
		m->col[col] = (int16_t)i;
		m->utc |= utc || strcmp(word, "utc") == 0;
	}
	m->utc |= m->shadow;
	m->upto = m->col[COL_ADDR] >= 0 ? (unsigned)m->col[COL_ADDR] + 1 : 0;
	return m->col[COL_ADDR] >= 0;
}

bool
sheet_map_header(struct sheet_map *m, const struct sheet_type *type, const char *row, size_t n)
{
	struct sheet_map best = { 0 }, try;
	for (const char *d = csv_delims; *d; d++) {
		try = (struct sheet_map){ .type = type, .utc = type != NULL };
		if (map_by(&try, row, n, *d) && try.columns > best.columns)
			best = try;
	}
	if (best.columns == 0 && type && type->why) {
		best = (struct sheet_map){ .type = type };
		map_by(&best, row, n, ',');
		best.upto = 0;
	}
	if (best.columns == 0)
		return false;
	*m = best;
	return true;
}

/* A cell's text without blanks around it. */
static size_t
value(const struct sheet_map *m, enum sheet_col col, const char *row, const struct csv_cell *cells,
    char *buf, size_t cap)
{
	if (m->col[col] < 0)
		return 0;
	size_t n = csv_text(row, &cells[m->col[col]], buf, cap), i = 0;
	while (n > 0 && (buf[n - 1] == ' ' || buf[n - 1] == '\t'))
		n--;
	while (i < n && (buf[i] == ' ' || buf[i] == '\t'))
		i++;
	memmove(buf, buf + i, n - i);
	return n - i;
}

int
sheet_map_addr(const struct sheet_map *m, const char *row, size_t n, struct addr *ret)
{
	struct csv_cell cells[SHEET_COLUMNS + 1];
	char text[ADDR_TEXT + 8];
	if (m->upto == 0 || csv_split(row, n, m->delim, m->upto, cells) < m->upto)
		return -EINVAL;
	/* A cell that does not fit is no address; cut, it could become one. */
	if (cells[m->upto - 1].n >= sizeof(text))
		return -EINVAL;
	return addr_parse(text, value(m, COL_ADDR, row, cells, text, sizeof(text)), ret);
}

static bool
number(const char *s, size_t n, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;
	if (n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' || v > max)
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*ret = v > max ? max : v;
	return v <= max;
}

static uint16_t
port_of(
    const struct sheet_map *m, enum sheet_col col, const char *row, const struct csv_cell *cells)
{
	char text[16];
	uint64_t v;
	size_t n = value(m, col, row, cells, text, sizeof(text));
	return n < sizeof(text) && number(text, n, 65535, &v) ? (uint16_t)v : 0;
}

/* 0: none, or not a time. */
static msec
stamp(const struct sheet_map *m, const struct logtime_ref *ref, enum sheet_col col, const char *row,
    const struct csv_cell *cells, bool *assumed)
{
	struct logtime_ref utc = { .now = ref->now };
	struct logtime t;
	char text[64];
	size_t n = value(m, col, row, cells, text, sizeof(text));
	if (n == 0 || logtime_parse(m->utc ? &utc : ref, text, n, &t) < 0 || t.at < 0)
		return 0;
	*assumed |= t.zone_assumed && !m->utc;
	return t.at;
}

static void
times(const struct sheet_map *m, const struct logtime_ref *ref, const char *row,
    const struct csv_cell *cells, struct claim *c)
{
	bool assumed = false;
	msec last = stamp(m, ref, COL_LAST, row, cells, &assumed);
	c->first = stamp(m, ref, COL_FIRST, row, cells, &assumed);
	c->event = stamp(m, ref, COL_TIME, row, cells, &assumed);
	if (last > c->event)
		c->event = last;
	if (!c->event)
		c->event = c->first;
	if (!c->first || c->first > c->event)
		c->first = c->event;
	c->zone_assumed = assumed;
}

static uint8_t
proto_of(const struct sheet_map *m, const char *row, const struct csv_cell *cells)
{
	static const struct {
		const char *name;
		uint8_t proto;
	} protos[] = { { "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "6", 6 }, { "17", 17 },
		{ "1", 1 } };
	char text[16], word[16];
	size_t n = value(m, COL_PROTO, row, cells, text, sizeof(text));
	n = sheet_word_fold(text, n, word, sizeof(word));
	for (size_t i = 0; n > 0 && i < sizeof(protos) / sizeof(protos[0]); i++)
		if (strcmp(protos[i].name, word) == 0)
			return protos[i].proto;
	return 0;
}

/* The type a tag of Shadowserver's belongs to. */
static const struct sheet_type *
type_by_tag(const struct sheet_map *m, const char *row, const struct csv_cell *cells)
{
	char text[SHEET_WORD], name[SHEET_WORD + 8] = "scan_";
	if (!m->shadow || m->col[COL_TAG] < 0)
		return NULL;
	size_t n = value(m, COL_TAG, row, cells, text, sizeof(text)), len = 0;
	while (len < n && text[len] != ';' && text[len] != ',')
		len++;
	len = sheet_word_fold(text, len, name + 5, SHEET_WORD);
	return len ? sheet_type_find(name, 5 + len) : NULL;
}

/* A sheet of no known type: what it says of this row. */
static enum class_id
class_by_words(const struct sheet_map *m, const char *row, const struct csv_cell *cells)
{
	char text[4 * SHEET_WORD];
	size_t n = value(m, COL_KIND, row, cells, text, sizeof(text));
	enum class_id cls = sheet_word_class(text, n);
	if (cls != CLASS_NONE)
		return cls;
	/* It has a word for it, though none we know: what follows would be a guess. */
	if (n > 0)
		return CLASS_NONE;
	n = value(m, COL_MALWARE, row, cells, text, sizeof(text));
	if (n > 0) {
		cls = sheet_word_attack(text, n);
		return cls != CLASS_NONE ? cls : CLASS_BOT;
	}
	n = value(m, COL_TAG, row, cells, text, sizeof(text));
	for (size_t i = 0; i < n && cls == CLASS_NONE;) {
		size_t len = 0;
		while (i + len < n && text[i + len] != ';' && text[i + len] != ',')
			len++;
		cls = sheet_word_class(text + i, len);
		i += len + 1;
	}
	return cls;
}

/* All cells of a row. Fewer than the header has are as good as empty ones behind (Shadowserver sends such rows),
 * if the row is whole and the address is not the last; more mean that something stands elsewhere than it seems. */
static bool
cells_of(const struct sheet_map *m, const char *row, size_t n, bool whole, struct csv_cell *cells)
{
	unsigned have = csv_split(row, n, m->delim, SHEET_COLUMNS + 1, cells);
	if (have > m->columns || (have < m->columns && (!whole || have <= m->upto)))
		return false;
	for (; have < m->columns; have++)
		cells[have] = (struct csv_cell){ 0 };
	return true;
}

int
sheet_map_claim(const struct sheet_map *m, const struct logtime_ref *ref, const char *row, size_t n,
    bool whole, struct claim *ret, const struct sheet_type **type)
{
	struct csv_cell cells[SHEET_COLUMNS + 1];
	char text[4 * SHEET_WORD];
	uint64_t count;
	struct claim c = { .subject = ret->subject, .count = 1, .evidence = EVIDENCE_TEXT };
	if (!cells_of(m, row, n, whole, cells))
		return -EINVAL;
	const struct sheet_type *t = m->type ? m->type : type_by_tag(m, row, cells);
	if (t) {
		c.cls = t->cls;
		c.evidence = t->evidence;
		size_t len = value(m, COL_TAG, row, cells, text, sizeof(text));
		if (!t->why && sheet_word_taken(text, len))
			c.cls = CLASS_BOT;
	} else {
		c.cls = class_by_words(m, row, cells);
	}
	if (c.cls == CLASS_NONE)
		return 0;
	c.proto = proto_of(m, row, cells);
	/* What came to a sinkhole or honeypot by UDP, anybody could have sent. */
	if (t && t->far_port && c.proto == 17)
		c.evidence = EVIDENCE_WEAK;
	c.two_way_claim = c.evidence == EVIDENCE_STRONG;
	c.port = port_of(m, COL_PORT, row, cells);
	c.far_port = port_of(m, COL_FAR_PORT, row, cells);
	times(m, ref, row, cells, &c);
	size_t len = value(m, COL_COUNT, row, cells, text, 24);
	if (number(text, len, UINT32_MAX, &count) && count > 0)
		c.count = (uint32_t)count;
	*ret = c;
	*type = t;
	return 1;
}
