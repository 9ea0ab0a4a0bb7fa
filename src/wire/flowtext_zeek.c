/* SPDX-License-Identifier: BSD-2-Clause */
/* Zeek's conn.log and Suricata's flow and netflow events as exchanges, see flowtext_own.h. Both saw every
 * packet, so what they say of answers is worth more than what flags and counts tell. */
#include <errno.h>
#include <string.h>

#include "wire/flowtext_own.h"

const struct cell_name zeek_names[] = {
	{ "ts", CELL_TIME },
	{ "id.orig_h", CELL_SRC },
	{ "id.orig_p", CELL_SPORT },
	{ "id.resp_h", CELL_DST },
	{ "id.resp_p", CELL_DPORT },
	{ "proto", CELL_PROTO },
	{ "duration", CELL_DURATION },
	{ "orig_bytes", CELL_SLOAD },
	{ "resp_bytes", CELL_DLOAD },
	{ "conn_state", CELL_STATE },
	{ "history", CELL_HISTORY },
	{ "orig_pkts", CELL_SPACKETS },
	{ "orig_ip_bytes", CELL_SBYTES },
	{ "resp_pkts", CELL_DPACKETS },
	{ "resp_ip_bytes", CELL_DBYTES },
	{ "id_orig_h", CELL_SRC }, /* as some shippers rename them */
	{ "id_orig_p", CELL_SPORT },
	{ "id_resp_h", CELL_DST },
	{ "id_resp_p", CELL_DPORT },
	{ NULL, CELL_N },
};

const struct cell_name eve_names[] = {
	{ "event_type", CELL_KIND },
	{ "timestamp", CELL_TIME },
	{ "src_ip", CELL_SRC },
	{ "src_port", CELL_SPORT },
	{ "dest_ip", CELL_DST },
	{ "dest_port", CELL_DPORT },
	{ "proto", CELL_PROTO },
	{ "icmp_type", CELL_ICMP_TYPE },
	{ "icmp_code", CELL_ICMP_CODE },
	{ "flow.pkts_toserver", CELL_SPACKETS },
	{ "flow.pkts_toclient", CELL_DPACKETS },
	{ "flow.bytes_toserver", CELL_SBYTES },
	{ "flow.bytes_toclient", CELL_DBYTES },
	{ "flow.start", CELL_START },
	{ "flow.end", CELL_END },
	{ "netflow.pkts", CELL_PACKETS },
	{ "netflow.bytes", CELL_BYTES },
	{ "netflow.start", CELL_START },
	{ "netflow.end", CELL_END },
	{ "tcp.tcp_flags", CELL_FLAGS },
	{ "tcp.tcp_flags_ts", CELL_SFLAGS },
	{ "tcp.tcp_flags_tc", CELL_DFLAGS },
	{ NULL, CELL_N },
};

enum { S = TCP_SYN, A = TCP_ACK, F = TCP_FIN, R = TCP_RST, P = TCP_PSH };

/* Zeek, base/protocols/conn/main.zeek: conn_state, and the least flags each side must have sent. */
static const struct {
	const char *name;
	uint8_t flags[2];
} states[] = {
	{ "S0", { S, 0 } },
	{ "S1", { S | A, S | A } },
	{ "SF", { S | A | P | F, S | A | P | F } },
	{ "REJ", { S, R | A } },
	{ "S2", { S | A | P | F, S | A | P } },
	{ "S3", { S | A | P, S | A | P | F } },
	{ "RSTO", { S | A | R, S | A } },
	{ "RSTR", { S | A, S | A | R } },
	{ "RSTOS0", { S | R, 0 } },
	{ "RSTRH", { 0, S | A | R } },
	{ "SH", { S | F, 0 } },
	{ "SHR", { 0, S | A | F } },
	{ "OTH", { A | P, A | P } },
};

bool
zeek_state_flags(struct piece state, uint8_t flags[2])
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (piece_is(state, states[i].name)) {
			memcpy(flags, states[i].flags, 2);
			return true;
		}
	return false;
}

/* The same file: history, capitals for the originator. Zeek notes each kind of packet once (then by
 * powers of ten). */
struct heard {
	uint8_t flags[2];
	bool any[2], reply[2]; /* sent anything; sent what is an answer */
};

static struct heard
history(struct piece s)
{
	struct heard h = { 0 };
	for (size_t i = 0; i < s.n; i++) {
		int side = s.p[i] >= 'a' && s.p[i] <= 'z';
		uint8_t f = 0;
		if (s.p[i] == '^') /* Zeek turned the two around */
			continue;
		switch (s.p[i] | 0x20) {
		case 's': f = S; break;
		case 'h': f = S | A; break;
		case 'a': f = A; break;
		case 'd': f = A | P; break;
		case 'f': f = F | A; break;
		case 'r': f = R; break;
		default: break; /* bad checksums, gaps, retransmissions, windows */
		}
		h.any[side] = true;
		h.flags[side] |= f;
		h.reply[side] |= f && f != S && f != R;
		/* A bad checksum is a card that computes it: the packet was sent, its kind unknown. */
		h.reply[side] |= (s.p[i] | 0x20) == 'c';
	}
	return h;
}

/* Zeek: port of an ICMP exchange is its type, the other one the code or the type of the reply. */
static void
zeek_icmp(struct exchange *x)
{
	unsigned type = x->port[0] & 0xff, other = x->port[1] & 0xff;
	bool pair = x->proto == IPP_ICMP6 ? (type >= 128 && type <= 136) || type == 139
					  : type == 8 || type == 13 || type == 15 || type == 17 ||
						type == 10 || type == 0;
	x->icmp[0] = (uint16_t)(type << 8 | (pair ? 0 : other));
	x->icmp[1] = (uint16_t)((pair ? other : type) << 8);
}

int
zeek_exchange(const struct cells *c, struct flow ret[2], const char **rule)
{
	struct exchange x = { .sampling = 1 };
	uint64_t load[2];
	int r = cells_ends(c, &x, rule);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (cells_count(c, CELL_SPACKETS, &x.packets[0]) < 0 ||
	    cells_count(c, CELL_DPACKETS, &x.packets[1]) < 0 ||
	    cells_count(c, CELL_SBYTES, &x.bytes[0]) < 0 ||
	    cells_count(c, CELL_DBYTES, &x.bytes[1]) < 0 ||
	    cells_count(c, CELL_SLOAD, &load[0]) < 0 || cells_count(c, CELL_DLOAD, &load[1]) < 0) {
		*rule = "a count of packets or bytes is no number";
		return -EBADMSG;
	}
	struct heard h = history(c->v[CELL_HISTORY]);
	uint8_t by_state[2] = { 0, 0 };
	bool state = zeek_state_flags(c->v[CELL_STATE], by_state);
	bool told = c->v[CELL_HISTORY].n > 0, tcp = x.proto == IPP_TCP;
	for (int side = 0; side < 2; side++) {
		bool counted = c->v[side ? CELL_DPACKETS : CELL_SPACKETS].n > 0;
		x.flags[side] = told ? h.flags[side] : by_state[side];
		/* Logs without counts (older, or by other options): at least what was noted. */
		if (!counted && (load[side] || h.any[side] || (tcp && !told && by_state[side])))
			x.packets[side] = 1;
	}
	if (!x.packets[0] && !x.packets[1] && !h.any[0] && !h.any[1])
		x.packets[0] = 1; /* there was something: the line itself says so */
	for (int side = 0; side < 2; side++)
		if (x.packets[side] && !c->v[side ? CELL_DBYTES : CELL_SBYTES].n)
			x.bytes[side] = load[side] + 40 * x.packets[side];
	x.flags_known = tcp && (told || state);
	x.answered_known = told;
	for (int side = 0; side < 2; side++)
		x.answered[side] = tcp ? h.reply[!side] && (!(h.flags[!side] & R) ||
							       exchange_answers(h.flags[!side]))
				       : h.any[!side] || x.packets[!side] > 0;
	if (x.proto == IPP_ICMP || x.proto == IPP_ICMP6)
		zeek_icmp(&x);
	return exchange_flows(&x, ret);
}

static int
eve_flags(struct piece s, uint8_t *ret)
{
	uint16_t v;
	char text[8] = "0x";
	if (s.n == 0 || s.n > 4)
		return -EINVAL;
	memcpy(text + 2, s.p, s.n);
	if (piece_port((struct piece){ text, s.n + 2 }, &v) < 0)
		return -EINVAL;
	*ret = (uint8_t)(v & 0x3f);
	return 0;
}

/* Suricata counts Ethernet frames. */
static uint64_t
ip_bytes(uint64_t bytes, uint64_t packets)
{
	return packets <= bytes / 34 ? bytes - 14 * packets : bytes;
}

int
eve_exchange(struct flowtext_state *s, const struct cells *c, struct flow ret[2], const char **rule)
{
	struct exchange x = { .sampling = 1 };
	uint16_t type = 0, code = 0;
	enum flowtext_eve k = piece_is(c->v[CELL_KIND], "flow")      ? EVE_FLOW
			      : piece_is(c->v[CELL_KIND], "netflow") ? EVE_NETFLOW
								     : EVE_NONE;
	/* Both kinds tell of the same packets: whichever came first is read. */
	if (k == EVE_NONE || (s->eve != EVE_NONE && s->eve != k))
		return 0;
	int r = cells_ends(c, &x, rule);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	s->eve = k;
	if (cells_count(c, k == EVE_FLOW ? CELL_SPACKETS : CELL_PACKETS, &x.packets[0]) < 0 ||
	    cells_count(c, k == EVE_FLOW ? CELL_SBYTES : CELL_BYTES, &x.bytes[0]) < 0 ||
	    cells_count(c, CELL_DPACKETS, &x.packets[1]) < 0 ||
	    cells_count(c, CELL_DBYTES, &x.bytes[1]) < 0) {
		*rule = "a count of packets or bytes is no number";
		return -EBADMSG;
	}
	if ((c->v[CELL_ICMP_TYPE].n &&
		(piece_port(c->v[CELL_ICMP_TYPE], &type) < 0 || type > 255)) ||
	    (c->v[CELL_ICMP_CODE].n &&
		(piece_port(c->v[CELL_ICMP_CODE], &code) < 0 || code > 255))) {
		*rule = "icmp_type or icmp_code is no number from 0 to 255";
		return -EBADMSG;
	}
	x.icmp[0] = (uint16_t)(type << 8 | code);
	x.icmp[1] = type == 8 ? 0 : type == 128 ? 129 << 8 : x.icmp[0];
	for (int side = 0; side < 2; side++)
		x.bytes[side] = ip_bytes(x.bytes[side], x.packets[side]);
	if (k == EVE_FLOW) {
		x.flags_known = eve_flags(c->v[CELL_SFLAGS], &x.flags[0]) == 0 &&
				eve_flags(c->v[CELL_DFLAGS], &x.flags[1]) == 0;
	} else {
		x.packets[1] = 0; /* one direction an event */
		x.flags_known = eve_flags(c->v[CELL_FLAGS], &x.flags[0]) == 0;
	}
	return exchange_flows(&x, ret);
}
