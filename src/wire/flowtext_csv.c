/* SPDX-License-Identifier: BSD-2-Clause */
/* Argus records as `ra -c ,` and the binetflow files of the Stratosphere lab have them, and what
 * `nfdump -o csv` prints: as exchanges and flows, see flowtext_own.h. */
#include <errno.h>
#include <string.h>

#include "wire/flowtext_own.h"

const struct cell_name argus_names[] = {
	{ "StartTime", CELL_TIME },
	{ "LastTime", CELL_END },
	{ "Dur", CELL_DURATION },
	{ "Proto", CELL_PROTO },
	{ "SrcAddr", CELL_SRC },
	{ "Sport", CELL_SPORT },
	{ "DstAddr", CELL_DST },
	{ "Dport", CELL_DPORT },
	{ "State", CELL_STATE },
	{ "TotPkts", CELL_PACKETS },
	{ "TotBytes", CELL_BYTES },
	{ "SrcPkts", CELL_SPACKETS },
	{ "SrcBytes", CELL_SBYTES },
	{ "DstPkts", CELL_DPACKETS },
	{ "DstBytes", CELL_DBYTES },
	{ NULL, CELL_N },
};

/* nfdump 1.6 and 1.7.1: -o csv; then the long names of 1.7.2 and later. */
const struct cell_name nfdump_names[] = {
	{ "ts", CELL_TIME },
	{ "te", CELL_END },
	{ "td", CELL_DURATION },
	{ "sa", CELL_SRC },
	{ "da", CELL_DST },
	{ "sp", CELL_SPORT },
	{ "dp", CELL_DPORT },
	{ "pr", CELL_PROTO },
	{ "flg", CELL_FLAGS },
	{ "ipkt", CELL_SPACKETS },
	{ "ibyt", CELL_SBYTES },
	{ "opkt", CELL_DPACKETS },
	{ "obyt", CELL_DBYTES },
	{ "in", CELL_IN },
	{ "out", CELL_OUT },
	{ "firstSeen", CELL_TIME },
	{ "lastSeen", CELL_END },
	{ "duration", CELL_DURATION },
	{ "proto", CELL_PROTO },
	{ "srcAddr", CELL_SRC },
	{ "srcPort", CELL_SPORT },
	{ "dstAddr", CELL_DST },
	{ "dstPort", CELL_DPORT },
	{ "flags", CELL_FLAGS },
	{ "tcpFlags", CELL_FLAGS },
	{ "packets", CELL_SPACKETS },
	{ "bytes", CELL_SBYTES },
	{ "inPackets", CELL_SPACKETS },
	{ "inBytes", CELL_SBYTES },
	{ "outPackets", CELL_DPACKETS },
	{ "outBytes", CELL_DBYTES },
	{ "input", CELL_IN },
	{ "output", CELL_OUT },
	{ NULL, CELL_N },
};

enum { S = TCP_SYN, A = TCP_ACK, F = TCP_FIN, R = TCP_RST, P = TCP_PSH };

/* Argus without -Z: one word for both sides (argus-clients, ra(1), state). INT and UNK say nothing. */
static const struct {
	const char *name;
	uint8_t flags[2];
} words[] = {
	{ "REQ", { S, 0 } },
	{ "ACC", { S, S | A } },
	{ "EST", { S | A, S | A } },
	{ "CON", { S | A | P, S | A | P } },
	{ "FIN", { S | A | P | F, S | A | P } },
	{ "CLO", { S | A | P | F, S | A | P | F } },
	{ "TIM", { A, A } },
};

/* "FSPA_SRPA"; what is no state of TCP's leaves the flags unknown. */
static bool
argus_flags(struct piece state, uint8_t flags[2])
{
	const char *bar = state.n ? memchr(state.p, '_', state.n) : NULL;
	if (bar) {
		struct piece a = { state.p, (size_t)(bar - state.p) };
		struct piece b = { bar + 1, state.n - a.n - 1 };
		return piece_flags(a, &flags[0]) == 0 && piece_flags(b, &flags[1]) == 0;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (piece_is(state, words[i].name)) {
			memcpy(flags, words[i].flags, 2);
			return true;
		}
	return zeek_state_flags(state, flags);
}

/* The two directions' shares of a total, where only one of them or none is told: CTU-13 has bytes of
 * the source but no packets. Whoever sent bytes sent a packet. */
static void
share(struct exchange *x, const struct cells *c, uint64_t packets, uint64_t bytes)
{
	if (!c->v[CELL_DBYTES].n)
		x->bytes[1] = bytes > x->bytes[0] ? bytes - x->bytes[0] : 0;
	if (!c->v[CELL_SBYTES].n)
		x->bytes[0] = bytes > x->bytes[1] ? bytes - x->bytes[1] : 0;
	if (c->v[CELL_SPACKETS].n && !c->v[CELL_DPACKETS].n) {
		x->packets[1] = packets > x->packets[0] ? packets - x->packets[0] : 0;
	} else if (!c->v[CELL_SPACKETS].n && packets) {
		uint64_t all = x->bytes[0] + x->bytes[1];
		__extension__ unsigned __int128 part = (unsigned __int128)packets * x->bytes[1];
		x->packets[1] = all ? (uint64_t)(part / all) : 0;
		if (x->bytes[1] && !x->packets[1])
			x->packets[1] = 1;
		if (x->bytes[0] && x->packets[1] >= packets)
			x->packets[1] = packets - 1;
		x->packets[0] = packets - x->packets[1];
	}
}

/* Port of an ICMP record: 0x0303 is code << 8 | type. */
static void
argus_icmp(struct exchange *x, struct piece state)
{
	unsigned type = x->port[0] & 0xff, code = x->port[0] >> 8;
	unsigned reply = type == 8 ? 0 : type == 128 ? 129 : type;
	if (piece_is(state, "ECR")) /* the answer alone was seen */
		type = reply;
	x->icmp[0] = (uint16_t)(type << 8 | code);
	x->icmp[1] = (uint16_t)(reply << 8);
}

int
argus_exchange(const struct cells *c, struct flow ret[2], const char **rule)
{
	struct exchange x = { .sampling = 1 };
	uint64_t packets, bytes;
	int r = cells_ends(c, &x, rule);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (cells_count(c, CELL_PACKETS, &packets) < 0 || cells_count(c, CELL_BYTES, &bytes) < 0 ||
	    cells_count(c, CELL_SPACKETS, &x.packets[0]) < 0 ||
	    cells_count(c, CELL_SBYTES, &x.bytes[0]) < 0 ||
	    cells_count(c, CELL_DPACKETS, &x.packets[1]) < 0 ||
	    cells_count(c, CELL_DBYTES, &x.bytes[1]) < 0) {
		*rule = "a count of packets or bytes is no number";
		return -EBADMSG;
	}
	share(&x, c, packets, bytes);
	if (x.proto == IPP_TCP)
		x.flags_known = argus_flags(c->v[CELL_STATE], x.flags);
	if (x.flags_known && !x.flags[1] && c->v[CELL_STATE].n &&
	    !memchr(c->v[CELL_STATE].p, '_', c->v[CELL_STATE].n))
		x.packets[1] = 0,
		x.bytes[1] = 0; /* the state says that nothing came back; counts may be made up */
	if (x.proto == IPP_ICMP || x.proto == IPP_ICMP6)
		argus_icmp(&x, c->v[CELL_STATE]);
	return exchange_flows(&x, ret);
}

/* nfdump prints "8.0" for ICMP: type and code. */
static int
nfdump_icmp(struct piece s, uint16_t *ret)
{
	uint64_t type, code = 0;
	const char *dot = s.n ? memchr(s.p, '.', s.n) : NULL;
	if (!dot)
		return s.n ? piece_port(s, ret) : 0;
	struct piece a = { s.p, (size_t)(dot - s.p) },
		     b = { dot + 1, s.n - (size_t)(dot - s.p) - 1 };
	if (piece_number(a, &type) < 0 || piece_number(b, &code) < 0 || type > 255 || code > 255)
		return -EINVAL;
	*ret = (uint16_t)(type << 8 | code);
	return 0;
}

int
nfdump_flow(const struct cells *c, struct flow ret[2], const char **rule)
{
	struct exchange x = { 0 }; /* sampling: nfcapd does not write it down */
	uint64_t in, out;
	struct cells ends = *c;
	int icmp = nfdump_icmp(c->v[CELL_DPORT], &x.icmp[0]);
	if (c->v[CELL_DPORT].n && memchr(c->v[CELL_DPORT].p, '.', c->v[CELL_DPORT].n))
		ends.v[CELL_DPORT].n = 0;
	int r = cells_ends(&ends, &x, rule);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (cells_count(c, CELL_SPACKETS, &x.packets[0]) < 0 ||
	    cells_count(c, CELL_SBYTES, &x.bytes[0]) < 0 ||
	    cells_count(c, CELL_DPACKETS, &x.packets[1]) < 0 ||
	    cells_count(c, CELL_DBYTES, &x.bytes[1]) < 0) {
		*rule = "a count of packets or bytes is no number";
		return -EBADMSG;
	}
	if (cells_count(c, CELL_IN, &in) < 0 || cells_count(c, CELL_OUT, &out) < 0 ||
	    in > UINT32_MAX || out > UINT32_MAX) {
		*rule = "an interface is no number";
		return -EBADMSG;
	}
	x.in_if = (uint32_t)in, x.out_if = (uint32_t)out;
	if (x.proto == IPP_ICMP || x.proto == IPP_ICMP6) {
		if (icmp < 0) {
			*rule = "the port of an ICMP record is no type.code";
			return -EBADMSG;
		}
		x.icmp[1] = (uint16_t)(x.icmp[0] >> 8 == 8     ? 0
				       : x.icmp[0] >> 8 == 128 ? 129 << 8
							       : x.icmp[0]);
	}
	if (x.proto == IPP_TCP && c->v[CELL_FLAGS].n) {
		if (piece_flags(c->v[CELL_FLAGS], &x.flags[0]) < 0) {
			*rule = "the flags hold a letter that is none";
			return -EBADMSG;
		}
		x.flags_known = x.packets[1] == 0; /* of a biflow, both sides' are one */
	}
	return exchange_flows(&x, ret);
}
