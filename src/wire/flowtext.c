/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flow logs of other sensors, see flowtext.h: which kind a file is, lines cut into cells by the header's
 * names, an exchange made two flows. The order of columns is never assumed where a header tells it.
 * Nothing is kept of a line but what struct flow holds.
 */
#include "wire/flowtext.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/flowtext_own.h"

/* What a file may claim and still be believed: scaled by any sampling it fits 64 bits. */
#define PACKETS_MAX ((uint64_t)1 << 40)
#define BYTES_MAX   ((uint64_t)1 << 50)
#define SPAN_MAX    (3660 * MSEC_DAY)

static const char *const names[FLOWTEXT_N] = {
	[FLOWTEXT_NONE] = "unknown",
	[FLOWTEXT_ZEEK] = "Zeek conn.log",
	[FLOWTEXT_ZEEK_JSON] = "Zeek conn.log, JSON",
	[FLOWTEXT_EVE] = "Suricata EVE",
	[FLOWTEXT_ARGUS] = "Argus CSV",
	[FLOWTEXT_NFDUMP] = "nfdump CSV",
};

const char *
flowtext_name(enum flowtext k)
{
	return names[k < FLOWTEXT_N ? k : FLOWTEXT_NONE];
}

struct flowtext_state *
flowtext_new(void)
{
	struct flowtext_state *s = calloc(1, sizeof(*s));
	if (s)
		s->separator = '\t';
	return s;
}

void
flowtext_free(struct flowtext_state *s)
{
	free(s);
}

enum cell
cell_named(const struct cell_name *n, struct piece s)
{
	/* Asked for every key of every JSON line: most differ in the first letter. */
	for (; s.n && n->name; n++)
		if (((*s.p ^ *n->name) & ~0x20) == 0 && piece_is(s, n->name))
			return n->cell;
	return CELL_N;
}

/* --- an exchange --------------------------------------------------------------------------------- */

bool
exchange_answers(uint8_t flags)
{
	return flags & TCP_ACK && (!(flags & TCP_RST) || flags & (TCP_SYN | TCP_PSH | TCP_FIN));
}

static bool
answered(const struct exchange *x, int side)
{
	if (x->answered_known)
		return x->answered[side];
	if (x->proto == IPP_TCP && x->flags_known)
		return exchange_answers(x->flags[!side]);
	return x->packets[!side] > 0;
}

int
exchange_flows(const struct exchange *x, struct flow ret[2])
{
	int n = 0;
	for (int side = 0; side < 2; side++) {
		if (x->packets[side] == 0)
			continue;
		struct flow *f = &ret[n++];
		*f = (struct flow){ .src = x->addr[side],
			.dst = x->addr[!side],
			.proto = x->proto,
			.sport = x->port[side],
			.dport = x->port[!side],
			.sampling = x->sampling,
			.in_if = side ? x->out_if : x->in_if,
			.out_if = side ? x->in_if : x->out_if,
			.packets = x->packets[side],
			.bytes = x->bytes[side],
			.first = x->first,
			.last = x->last,
			.bits = FLOW_TIMES };
		if (x->proto == IPP_TCP && x->flags_known) {
			f->tcp_flags = x->flags[side];
			f->bits |= FLOW_FLAGS;
		}
		if (x->proto == IPP_ICMP || x->proto == IPP_ICMP6) {
			f->sport = 0;
			f->dport = x->icmp[side];
		}
		if (answered(x, side))
			f->bits |= FLOW_ANSWERED;
	}
	return n;
}

int
cells_count(const struct cells *c, enum cell which, uint64_t *ret)
{
	if (c->v[which].n)
		return piece_number(c->v[which], ret);
	*ret = 0;
	return 0;
}

static int
refuse(const char **rule, const char *why)
{
	*rule = why;
	return -EBADMSG;
}

static int
cells_times(const struct cells *c, struct exchange *x, const char **rule)
{
	msec d = 0;
	enum cell from = c->v[CELL_START].n ? CELL_START : CELL_TIME;
	if (piece_time(c->v[from], &x->first) < 0)
		return refuse(rule, "the time is no number of seconds and no date");
	x->last = x->first;
	if (c->v[CELL_END].n) {
		if (piece_time(c->v[CELL_END], &x->last) < 0)
			return refuse(
			    rule, "the time of the end is no number of seconds and no date");
	} else if (c->v[CELL_DURATION].n) {
		if (piece_seconds(c->v[CELL_DURATION], &d) < 0)
			return refuse(rule, "the duration is no number of seconds");
		x->last = x->first + d;
	}
	if (x->last < x->first)
		x->last = x->first; /* clocks that were set; the start is when it was seen */
	if (x->last - x->first > SPAN_MAX)
		return refuse(rule, "it lasts longer than ten years");
	return 0;
}

int
cells_ends(const struct cells *c, struct exchange *x, const char **rule)
{
	/* What is no IP (ARP, LLC, a sensor's own records) has no addresses to look at. */
	if (piece_proto(c->v[CELL_PROTO], 4, &x->proto) == -ENOENT)
		return -ENOENT;
	if (piece_addr(c->v[CELL_SRC], &x->addr[0]) < 0)
		return refuse(rule, "the source is no IPv4 or IPv6 address");
	if (piece_addr(c->v[CELL_DST], &x->addr[1]) < 0)
		return refuse(rule, "the destination is no IPv4 or IPv6 address");
	if (x->addr[0].fam != x->addr[1].fam)
		return refuse(rule, "source and destination are of two families");
	piece_proto(c->v[CELL_PROTO], x->addr[0].fam, &x->proto);
	if (cells_times(c, x, rule) < 0)
		return -EBADMSG;
	if (x->proto != IPP_TCP && x->proto != IPP_UDP && x->proto != IPP_ICMP &&
	    x->proto != IPP_ICMP6 && x->proto != 132)
		return 0; /* ports of others are no ports: SPIs, or made up */
	if ((c->v[CELL_SPORT].n && piece_port(c->v[CELL_SPORT], &x->port[0]) < 0) ||
	    (c->v[CELL_DPORT].n && piece_port(c->v[CELL_DPORT], &x->port[1]) < 0))
		return refuse(rule, "a port is no number from 0 to 65535 (names: tell the sensor "
				    "to print numbers)");
	return 0;
}

/* --- lines --------------------------------------------------------------------------------------- */

/* The unset of all kinds: nothing, "-", Zeek's "(empty)". */
static struct piece
cell(const char *p, size_t n)
{
	while (n && (*p == ' ' || *p == '"'))
		p++, n--;
	while (n && (p[n - 1] == ' ' || p[n - 1] == '"'))
		n--;
	if ((n == 1 && *p == '-') || (n == 7 && memcmp(p, "(empty)", 7) == 0))
		n = 0;
	return (struct piece){ p, n };
}

/* True: no column we need is missing. */
static bool
header(struct flowtext_state *s, const struct cell_name *want, const char *p, size_t n)
{
	unsigned have = 0;
	const char *end = p + n;
	memset(s->column, CELL_N, sizeof(s->column));
	for (s->columns = 0; p <= end && s->columns < FLOWTEXT_COLUMNS; s->columns++) {
		const char *to = memchr(p, s->separator, (size_t)(end - p));
		if (!to)
			to = end;
		enum cell c = cell_named(want, cell(p, (size_t)(to - p)));
		for (size_t i = 0; c != CELL_N && i < s->columns; i++)
			if (s->column[i] == c)
				c = CELL_N; /* the first of its name */
		s->column[s->columns] = (uint8_t)c;
		have |= c == CELL_TIME || c == CELL_START ? 1u
			: c == CELL_PROTO                 ? 2u
			: c == CELL_SRC                   ? 4u
			: c == CELL_DST                   ? 8u
							  : 0;
		p = to + 1;
	}
	if (have != 15)
		s->columns = 0;
	return have == 15;
}

static void
cut(const struct flowtext_state *s, const char *p, size_t n, struct cells *ret)
{
	const char *end = p + n;
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < s->columns && p <= end; i++) {
		const char *to = memchr(p, s->separator, (size_t)(end - p));
		if (!to)
			to = end;
		if (s->column[i] != CELL_N)
			ret->v[s->column[i]] = cell(p, (size_t)(to - p));
		p = to + 1;
	}
}

/* Columns of Zeek's conn.log as they have been since 2.0, for a log whose head was cut off. */
static const char zeek_default[] = "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_"
				   "p\tproto\tservice\tduration\torig_bytes\tresp_bytes\t"
				   "conn_state\tlocal_orig\tlocal_resp\tmissed_"
				   "bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\t"
				   "resp_ip_bytes";

/* Those of nfdump 1.6 and 1.7.1, whose -q leaves the names out. */
static const char nfdump_default[] =
    "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out";

static bool
starts(const char *p, size_t n, const char *with)
{
	size_t k = strlen(with);
	return n >= k && memcmp(p, with, k) == 0;
}

/* "#separator \x09" */
static void
zeek_separator(struct flowtext_state *s, const char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const char *hi, *lo;
	if (n == 4 && p[0] == '\\' && p[1] == 'x' && p[2] && p[3] &&
	    (hi = strchr(digits, p[2] | 0x20)) && (lo = strchr(digits, p[3] | 0x20)))
		s->separator = (char)((hi - digits) << 4 | (lo - digits));
	else if (n == 1)
		s->separator = *p;
}

static int
zeek_line(
    struct flowtext_state *s, const char *line, size_t n, struct flow ret[2], const char **rule)
{
	struct cells c;
	if (*line == '#') {
		if (starts(line, n, "#separator "))
			zeek_separator(s, line + 11, n - 11);
		if (starts(line, n, "#fields") && n > 8 && !header(s, zeek_names, line + 8, n - 8))
			return refuse(rule, "#fields lacks ts, id.orig_h, id.resp_h or proto");
		return 0;
	}
	if (s->columns == 0 && !header(s, zeek_names, zeek_default, sizeof(zeek_default) - 1))
		return refuse(rule, "records before #fields");
	cut(s, line, n, &c);
	return zeek_exchange(&c, ret, rule);
}

/* Comma, tab or semicolon, whichever the first line has most of. */
static char
separator_of(const char *p, size_t n)
{
	static const char any[] = ",\t;";
	char best = ',';
	size_t most = 0;
	for (const char *c = any; *c; c++) {
		size_t k = 0;
		for (size_t i = 0; i < n; i++)
			k += p[i] == *c;
		if (k > most)
			most = k, best = *c;
	}
	return best;
}

/* A line without a head: do the columns stand where they do by default? */
static bool
bare(const char *p, size_t n, const struct cell_name *want, const char *columns)
{
	struct flowtext_state s = { .separator = separator_of(columns, strlen(columns)) };
	struct cells c;
	struct exchange x = { 0 };
	const char *rule;
	header(&s, want, columns, strlen(columns));
	cut(&s, p, n, &c);
	c.v[CELL_DPORT].n = 0; /* nfdump prints "8.0" there for ICMP */
	return c.v[CELL_SPACKETS].p && cells_ends(&c, &x, &rule) == 0;
}

static int
csv_line(struct flowtext_state *s, enum flowtext k, const char *line, size_t n, struct flow ret[2],
    const char **rule)
{
	struct cells c;
	const struct cell_name *want = k == FLOWTEXT_ARGUS ? argus_names : nfdump_names;
	if (s->ended)
		return 0;
	if (s->columns == 0) {
		s->separator = separator_of(line, n);
		if (header(s, want, line, n))
			return 0;
		if (k != FLOWTEXT_NFDUMP || !bare(line, n, nfdump_names, nfdump_default))
			return refuse(rule, "the first line must name the columns: time, protocol, "
					    "source and destination");
		s->separator = ',';
		header(s, want, nfdump_default, sizeof(nfdump_default) - 1);
	}
	if (k == FLOWTEXT_NFDUMP && starts(line, n, "Summary")) {
		s->ended = true;
		return 0;
	}
	if (k == FLOWTEXT_NFDUMP && starts(line, n, "No matching flows"))
		return 0;
	cut(s, line, n, &c);
	if (c.v[CELL_PROTO].n && piece_is(c.v[CELL_PROTO], "proto"))
		return 0; /* files put together, each with its header */
	return k == FLOWTEXT_ARGUS ? argus_exchange(&c, ret, rule) : nfdump_flow(&c, ret, rule);
}

static int
json_line(struct flowtext_state *s, enum flowtext k, const char *line, size_t n, struct flow ret[2],
    const char **rule)
{
	struct cells c = { 0 };
	int r = flowtext_json(k == FLOWTEXT_EVE ? eve_names : zeek_names, line, n, &c, rule);
	if (r < 0)
		return r;
	return k == FLOWTEXT_EVE ? eve_exchange(s, &c, ret, rule) : zeek_exchange(&c, ret, rule);
}

/* Counts no line can have had are a broken file, not a flood. */
static int
sane(struct flow *f, int n, const char **rule)
{
	for (int i = 0; i < n; i++)
		if (f[i].packets > PACKETS_MAX || f[i].bytes > BYTES_MAX)
			return refuse(rule, "more packets or bytes than one flow can have");
	return n;
}

int
flowtext_line(struct flowtext_state *s, enum flowtext k, const char *line, size_t n,
    struct flow ret[2], const char **rule)
{
	struct flow f[2];
	int r;
	while (n && (line[n - 1] == '\r' || line[n - 1] == '\n'))
		n--;
	if (n >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3, n -= 3;
	if (n == 0)
		return 0;
	switch (k) {
	case FLOWTEXT_ZEEK: r = zeek_line(s, line, n, f, rule); break;
	case FLOWTEXT_ZEEK_JSON:
	case FLOWTEXT_EVE: r = json_line(s, k, line, n, f, rule); break;
	case FLOWTEXT_ARGUS:
	case FLOWTEXT_NFDUMP: r = csv_line(s, k, line, n, f, rule); break;
	default: return refuse(rule, "no kind of flow log we know");
	}
	if (r > 0)
		r = sane(f, r, rule);
	if (r > 0)
		memcpy(ret, f, (size_t)r * sizeof(*f));
	return r;
}

/* --- which kind ---------------------------------------------------------------------------------- */

static bool
has(const char *p, size_t n, const char *text)
{
	return memmem(p, n, text, strlen(text)) != NULL;
}

static enum flowtext
guess_csv(const char *p, size_t n)
{
	struct flowtext_state s = { .separator = separator_of(p, n) };
	if (header(&s, nfdump_names, p, n))
		return FLOWTEXT_NFDUMP;
	if (header(&s, argus_names, p, n))
		return FLOWTEXT_ARGUS;
	return FLOWTEXT_NONE;
}

enum flowtext
flowtext_guess(const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	for (int i = 0; i < 64 && p < end; i++) {
		const char *to = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((to ? to : end) - p);
		if (len && p[len - 1] == '\r')
			len--;
		if (*p == '{') {
			/* The line may be cut off at the end of what we were given: look, do not parse. */
			if (has(p, len, "\"event_type\""))
				return FLOWTEXT_EVE;
			return has(p, len, "orig_h") && has(p, len, "\"ts\"") ? FLOWTEXT_ZEEK_JSON
									      : FLOWTEXT_NONE;
		}
		if (starts(p, len, "#separator") || starts(p, len, "#fields"))
			return FLOWTEXT_ZEEK;
		if (len && *p != '#') {
			enum flowtext k = guess_csv(p, len);
			return k != FLOWTEXT_NONE                           ? k
			       : bare(p, len, zeek_names, zeek_default)     ? FLOWTEXT_ZEEK
			       : bare(p, len, nfdump_names, nfdump_default) ? FLOWTEXT_NFDUMP
									    : FLOWTEXT_NONE;
		}
		p = to ? to + 1 : end;
	}
	return FLOWTEXT_NONE;
}
