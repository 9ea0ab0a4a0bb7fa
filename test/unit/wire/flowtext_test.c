/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow logs of other sensors: what each kind's lines say, in the shapes they come in, and what is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/flowtext.h"

/* One flow in a line: what tests compare. */
static const char *
say(const struct flow *f)
{
	static char text[256];
	char a[ADDR_TEXT], b[ADDR_TEXT];
	snprintf(text, sizeof(text), "%s:%u>%s:%u p%u %s%02x %llu/%llu %lld+%lld 1:%u%s",
	    addr_print(&f->src, a), f->sport, addr_print(&f->dst, b), f->dport, f->proto,
	    f->bits & FLOW_FLAGS ? "f" : "-", f->tcp_flags, (unsigned long long)f->packets,
	    (unsigned long long)f->bytes, (long long)f->first, (long long)(f->last - f->first),
	    f->sampling, f->bits & FLOW_ANSWERED ? " answered" : "");
	return text;
}

struct want {
	const char *line;
	const char *flow[2]; /* NULL: none; "!...": refused by a rule with these words */
};

static void
lines(enum flowtext k, const char *const *head, const struct want *w, size_t n)
{
	struct flowtext_state *s = flowtext_new();
	struct flow f[2];
	const char *rule = NULL;
	for (; *head; head++)
		assert_int_equal(flowtext_line(s, k, *head, strlen(*head), f, &rule), 0);
	for (size_t i = 0; i < n; i++) {
		int r = flowtext_line(s, k, w[i].line, strlen(w[i].line), f, &rule);
		if (w[i].flow[0] && w[i].flow[0][0] == '!') {
			assert_int_equal(r, -EBADMSG);
			if (!strstr(rule, w[i].flow[0] + 1))
				fail_msg("%s: refused by \"%s\"", w[i].line, rule);
			continue;
		}
		int want = !!w[i].flow[0] + !!w[i].flow[1];
		if (r != want)
			fail_msg(
			    "%s: %d flows, not %d (%s)", w[i].line, r, want, r < 0 ? rule : "");
		for (int j = 0; j < r; j++)
			assert_string_equal(say(&f[j]), w[i].flow[j]);
	}
	flowtext_free(s);
}
#define LINES(k, head, w) lines((k), (head), (w), sizeof(w) / sizeof((w)[0]))

static void
zeek(void **state)
{
	(void)state;
	static const char *const head[] = { "#separator \\x09", "#set_separator\t,",
		"#empty_field\t(empty)",
		"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_"
		"p\tproto\tservice\tduration\torig_bytes"
		"\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_"
		"pkts\torig_ip_bytes"
		"\tresp_pkts\tresp_ip_bytes\ttunnel_parents   label   detailed-label",
		"#types\ttime\tstring", NULL };
	static const struct want w[] = {
		{ "1655071198.444458\tC\t192.0.2.1\t62771\t198.51.100.1\t443\ttcp\tssl\t1."
		  "135424\t1596\t4039\tSF\tT\tF\t0"
		  "\tShADdaFf\t14\t1016\t16\t1226\t-   benign   -",
		    { "192.0.2.1:62771>198.51.100.1:443 p6 f1b 14/1016 1655071198444+1135 1:1 "
		      "answered",
			"198.51.100.1:443>192.0.2.1:62771 p6 f1b 16/1226 1655071198444+1135 1:1 "
			"answered" } },
		{ "928.9\tC\t192.0.2.1\t1\t198.51.100.1\t23\ttcp\t-\t-\t-\t-\tS0\t-\t-"
		  "\t0\tS\t1\t52\t0\t0\t-\r",
		    { "192.0.2.1:1>198.51.100.1:23 p6 f02 1/52 928900+0 1:1", NULL } },
		{ "928.9\tC\t192.0.2.1\t1\t198.51.100.1\t23\ttcp\t-\t5.96e-06\t0\t0\tREJ\t-\t-"
		  "\t0\tSr\t1\t52\t1\t40\t-",
		    { "192.0.2.1:1>198.51.100.1:23 p6 f02 1/52 928900+0 1:1",
			"198.51.100.1:23>192.0.2.1:1 p6 f04 1/40 928900+0 1:1" } },
		/* a half-open scan: the reset is no answer to the handshake's second step */
		{ "928.9\tC\t192.0.2.1\t1\t198.51.100.1\t23\ttcp\t-\t-\t0\t0\tRSTO\t-\t-"
		  "\t0\tShR\t2\t92\t1\t44\t-",
		    { "192.0.2.1:1>198.51.100.1:23 p6 f06 2/92 928900+0 1:1 answered",
			"198.51.100.1:23>192.0.2.1:1 p6 f12 1/44 928900+0 1:1" } },
		/* no history: by state */
		{ "928.9\tC\t192.0.2.1\t1\t198.51.100.1\t23\ttcp\t-\t-\t0\t0\tS0\t-\t-\t0\t-\t-\t-"
		  "\t-\t-\t-",
		    { "192.0.2.1:1>198.51.100.1:23 p6 f02 1/40 928900+0 1:1", NULL } },
		{ "1.0\tC\t2001:db8::1\t128\t2001:db8::2\t129\ticmp\t-\t-\t-\t-\tOTH\t-\t-\t0\t-"
		  "\t2\t208\t1\t104\t-",
		    { "2001:db8::1:0>2001:db8::2:32768 p58 -00 2/208 1000+0 1:1 answered",
			"2001:db8::2:0>2001:db8::1:33024 p58 -00 1/104 1000+0 1:1 answered" } },
		{ "1.0\tC\t192.0.2.1\t3\t192.0.2.2\t13\ticmp\t-\t-\t-\t-\tOTH\t-\t-\t0\t-"
		  "\t1\t56\t0\t0\t-",
		    { "192.0.2.1:0>192.0.2.2:781 p1 -00 1/56 1000+0 1:1", NULL } },
		{ "1.0\tC\t192.0.2.1\t0\t192.0.2.2\t0\tunknown_transport\t-\t-\t-\t-\tOTH\t-\t-"
		  "\t0\t-\t1\t56\t0\t0\t-",
		    { NULL, NULL } },
		/* an address a checksum-computing card hid the requests of */
		{ "1.0\tC\t192.0.2.1\t9\t192.0.2.2\t53\tudp\tdns\t-\t0\t9\tSHR\t-\t-"
		  "\t0\tCd\t0\t0\t1\t37\t-",
		    { "192.0.2.2:53>192.0.2.1:9 p17 -00 1/37 1000+0 1:1 answered", NULL } },
		{ "x\tC\t192.0.2.1\t9\t192.0.2.2\t53\tudp", { "!time" } },
		{ "1.0\tC\t192.0.2.300\t9\t192.0.2.2\t53\tudp", { "!source" } },
		{ "1.0\tC\t192.0.2.1\t9\t2001:db8::1\t53\tudp", { "!families" } },
		{ "1.0\tC\t192.0.2.1\t65536\t192.0.2.2\t53\tudp", { "!port" } },
		{ "1.0\tC\t192.0.2.1\t1\t192.0.2.2\t53\tudp\t-\t-5", { "!duration" } },
		{ "1.0\tC\t192.0.2.1\t1\t192.0.2.2\t53\tudp\t-\t9999999999", { "!ten years" } },
		{ "1.0\tC\t192.0.2.1\t1\t192.0.2.2\t53\tudp\t-\t-\t-\t-\t-\t-\t-\t-\t-"
		  "\t9007199254740992\t0",
		    { "!more" } },
		{ "1.0\tC\t192.0.2.1\t1\t192.0.2.2\t53\tudp\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-1\t0",
		    { "!count" } },
	};
	LINES(FLOWTEXT_ZEEK, head, w);
	/* Other columns, another order, another separator; and none at all. */
	static const char *const other[] = { "#separator \\x7c",
		"#fields|proto|id.resp_p|id.resp_h|id.orig_h|ts|id.orig_p", NULL };
	static const struct want v[] = {
		{ "tcp|22|192.0.2.2|192.0.2.1|5|77",
		    { "192.0.2.1:77>192.0.2.2:22 p6 -00 1/40 5000+0 1:1", NULL } },
	};
	LINES(FLOWTEXT_ZEEK, other, v);
	static const char *const none[] = { NULL };
	lines(FLOWTEXT_ZEEK, none, w + 1, 2);
}

static void
zeek_json(void **state)
{
	(void)state;
	static const char *const head[] = { NULL };
	static const struct want w[] = {
		{ "{\"ts\":1700828217.314165,\"uid\":\"x\",\"id.orig_h\":\"192.0.2.1\",\"id.orig_"
		  "p\":50820,\"id.resp_h\":"
		  "\"198.51.100.1\",\"id.resp_p\":443,\"proto\":\"tcp\",\"duration\":0.2069,\"orig_"
		  "bytes\":0,\"conn_state\":"
		  "\"REJ\",\"history\":\"Sr\",\"orig_pkts\":1,\"orig_ip_bytes\":60,\"resp_pkts\":1,"
		  "\"resp_ip_bytes\":40}",
		    { "192.0.2.1:50820>198.51.100.1:443 p6 f02 1/60 1700828217314+206 1:1",
			"198.51.100.1:443>192.0.2.1:50820 p6 f04 1/40 1700828217314+206 1:1" } },
		/* nested by a shipper, time as a date or in milliseconds, blanks, a value that looks like a key */
		{ "{ \"ts\" : \"2022-09-29T14:40:56.755Z\", \"x\": [{\"proto\":\"udp\"}, \"}\"], "
		  "\"id\": {\"orig_h\": \"192.0.2.1\","
		  "\"orig_p\":1, "
		  "\"resp_h\":\"192.0.2.2\",\"resp_p\":2},\"service\":\"\\\"proto\\\":\",\"proto\":"
		  "\"udp\",\"orig_pkts\":3,"
		  "\"orig_ip_bytes\":90,\"history\":null}",
		    { "192.0.2.1:1>192.0.2.2:2 p17 -00 3/90 1664462456755+0 1:1", NULL } },
		{ "{\"ts\":1664462456755,\"id.orig_h\":\"192.0.2.1\",\"id.resp_h\":\"192.0.2.2\","
		  "\"proto\":\"udp\",\"orig_pkts\":1}",
		    { "192.0.2.1:0>192.0.2.2:0 p17 -00 1/40 1664462456755+0 1:1", NULL } },
		{ "{\"ts\":1,\"ts\":2}", { "!twice" } },
		{ "[1]", { "!one object" } },
		{ "{\"ts\":1", { "!" } },
	};
	LINES(FLOWTEXT_ZEEK_JSON, head, w);
}

static void
eve(void **state)
{
	(void)state;
	static const char *const head[] = { "{\"event_type\":\"dns\"}",
		"{\"event_type\":\"stats\",\"stats\":{\"a\":{\"b\":1}}}", NULL };
	static const struct want w[] = {
		{ "{\"timestamp\":\"2017-03-09T12:00:09.0+0100\",\"flow_id\":1,\"event_type\":"
		  "\"flow\",\"src_ip\":\"192.0.2.1\","
		  "\"src_port\":1000,\"dest_ip\":\"192.0.2.2\",\"dest_port\":80,\"proto\":\"TCP\","
		  "\"flow\":{\"pkts_toserver\":5,"
		  "\"pkts_toclient\":4,\"bytes_toserver\":570,\"bytes_toclient\":456,\"start\":"
		  "\"2017-03-09T12:00:00.5+0100\","
		  "\"end\":\"2017-03-09T12:00:02.0+0100\",\"age\":2},\"tcp\":{\"tcp_flags\":\"1b\","
		  "\"tcp_flags_ts\":\"1b\","
		  "\"tcp_flags_tc\":\"1b\",\"syn\":true}}",
		    { "192.0.2.1:1000>192.0.2.2:80 p6 f1b 5/500 1489057200500+1500 1:1 answered",
			"192.0.2.2:80>192.0.2.1:1000 p6 f1b 4/400 1489057200500+1500 1:1 "
			"answered" } },
		/* the same packets again, told the other way */
		{ "{\"timestamp\":\"2017-03-09T12:00:09.0+0100\",\"event_type\":\"netflow\",\"src_"
		  "ip\":\"192.0.2.1\",\"dest_ip\":"
		  "\"192.0.2.2\",\"proto\":\"TCP\",\"netflow\":{\"pkts\":5,\"bytes\":570}}",
		    { NULL, NULL } },
		{ "{\"timestamp\":\"2017-03-09T11:00:09Z\",\"event_type\":\"flow\",\"src_ip\":"
		  "\"192.0.2.1\",\"dest_ip\":\"192.0.2.2\","
		  "\"proto\":\"ICMP\",\"icmp_type\":8,\"icmp_code\":0,\"flow\":{\"pkts_toserver\":"
		  "1,\"pkts_toclient\":0,"
		  "\"bytes_toserver\":98,\"bytes_toclient\":0}}",
		    { "192.0.2.1:0>192.0.2.2:2048 p1 -00 1/84 1489057209000+0 1:1", NULL } },
		{ "{\"timestamp\":\"yesterday\",\"event_type\":\"flow\",\"src_ip\":\"192.0.2.1\","
		  "\"dest_ip\":\"192.0.2.2\",\"proto\":"
		  "\"UDP\"}",
		    { "!time" } },
	};
	LINES(FLOWTEXT_EVE, head, w);
	static const char *const none[] = { NULL };
	static const struct want v[] = {
		{ "{\"timestamp\":\"2017-03-09T11:00:09+00:00\",\"event_type\":\"netflow\",\"src_"
		  "ip\":\"192.0.2.1\",\"src_port\":7,"
		  "\"dest_ip\":\"192.0.2.2\",\"dest_port\":23,\"proto\":\"TCP\",\"netflow\":{"
		  "\"pkts\":1,\"bytes\":74,\"start\":"
		  "\"2017-03-09T11:00:00+00:00\",\"end\":\"2017-03-09T11:00:00+00:00\"},\"tcp\":{"
		  "\"tcp_flags\":\"02\"}}",
		    { "192.0.2.1:7>192.0.2.2:23 p6 f02 1/60 1489057200000+0 1:1", NULL } },
	};
	LINES(FLOWTEXT_EVE, none, v);
}

static void
argus(void **state)
{
	(void)state;
	static const char *const head[] = {
		"StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,"
		"TotBytes,SrcBytes,SrcPkts,Label",
		NULL
	};
	static const struct want w[] = {
		{ "2018/12/18 14:00:00.075359,1.5,tcp,192.0.2.1,52691,   "
		  "->,198.51.100.1,445,S_RA,0,0,4,268,140,2,flow=x\r\n",
		    { "192.0.2.1:52691>198.51.100.1:445 p6 f02 2/140 1545141600075+1500 1:1",
			"198.51.100.1:445>192.0.2.1:52691 p6 f14 2/128 1545141600075+1500 1:1" } },
		{ "2018/12/18 14:00:00.0,0.000000,tcp,192.0.2.1,5,   "
		  "->,198.51.100.1,445,SPA_FSPA,0,0,9,900,500,5,",
		    { "192.0.2.1:5>198.51.100.1:445 p6 f1a 5/500 1545141600000+0 1:1 answered",
			"198.51.100.1:445>192.0.2.1:5 p6 f1b 4/400 1545141600000+0 1:1 "
			"answered" } },
		{ "2018/12/18 14:00:00.0,0.0,arp,10.0.2.15,,  "
		  "who,10.0.2.2,,CON,,,22,924,462,11,flow=Background-ARP",
		    { NULL, NULL } },
		{ "1970/01/01 01:00:00.0,0.0,llc,00:00:00:00:00:00,0,   "
		  "->,00:00:00:00:00:00,0,INT,,,1,60,60,1,",
		    { NULL, NULL } },
		{ "2018/12/18 14:00:00.0,0.0,icmp,192.0.2.1,0x0303,   "
		  "->,198.51.100.1,0x30ad,URP,0,,1,98,98,1,",
		    { "192.0.2.1:0>198.51.100.1:771 p1 -00 1/98 1545141600000+0 1:1", NULL } },
		{ "2018/12/18 14:00:00.0,0.0,icmp,192.0.2.1,0x0008,  "
		  "<->,198.51.100.1,0x8d9a,ECO,0,0,2,196,98,1,",
		    { "192.0.2.1:0>198.51.100.1:2048 p1 -00 1/98 1545141600000+0 1:1 answered",
			"198.51.100.1:0>192.0.2.1:0 p1 -00 1/98 1545141600000+0 1:1 answered" } },
		{ "2018/12/18 14:00:00.0,0.0,rtp,192.0.2.1,5,  "
		  "<->,198.51.100.1,6,CON,0,0,2,196,98,1,",
		    { "192.0.2.1:5>198.51.100.1:6 p17 -00 1/98 1545141600000+0 1:1 answered",
			"198.51.100.1:6>192.0.2.1:5 p17 -00 1/98 1545141600000+0 1:1 answered" } },
		/* a state that says nothing came back beside counts that say it did */
		{ "2018/12/18 14:00:00.0,0.0,tcp,192.0.2.1,5,   "
		  "->,198.51.100.1,999,S0,0,0,31,8764,1887,15,",
		    { "192.0.2.1:5>198.51.100.1:999 p6 f02 15/1887 1545141600000+0 1:1", NULL } },
		{ "2018/12/18 14:00:00.0,0.0,tcp,192.0.2.1,http,   "
		  "->,198.51.100.1,999,S0,0,0,31,8764,1887,15,",
		    { "!a port" } },
		{ "2018/13/18 14:00:00.0,0.0,tcp,192.0.2.1,1,   "
		  "->,198.51.100.1,999,S0,0,0,31,8764,1887,15,",
		    { "!time" } },
	};
	LINES(FLOWTEXT_ARGUS, head, w);
	/* CTU-13: no packets of the source; tabs; another order; epoch times; both counts. */
	static const char *const ctu[] = {
		"StartTime\tDur\tProto\tSrcAddr\tSport\tDir\tDstAddr\tDport\tState\tsTos\tdTos\tTot"
		"Pkts\tTotBytes\tSrcBytes\tLabel",
		NULL
	};
	static const struct want v[] = {
		{ "2011/08/10 09:46:53.047277\t3550.182373\tudp\t192.0.2.1\t1577\t  "
		  "<->\t192.0.2.2\t6881\tCON\t0\t0\t12\t875\t413\tflow=b",
		    { "192.0.2.1:1577>192.0.2.2:6881 p17 -00 6/413 1312969613047+3550182 1:1 "
		      "answered",
			"192.0.2.2:6881>192.0.2.1:1577 p17 -00 6/462 1312969613047+3550182 1:1 "
			"answered" } },
		{ "2011/08/10 09:46:53.0\t0\tudp\t192.0.2.1\t1\t   "
		  "->\t192.0.2.2\t2\tINT\t0\t\t1\t60\t60\tflow=b",
		    { "192.0.2.1:1>192.0.2.2:2 p17 -00 1/60 1312969613000+0 1:1", NULL } },
	};
	LINES(FLOWTEXT_ARGUS, ctu, v);
	static const char *const ra[] = { "SrcPkts,DstPkts,SrcBytes,DstBytes,State,Proto,SrcAddr,"
					  "DstAddr,Sport,Dport,StartTime,LastTime",
		NULL };
	static const struct want u[] = {
		{ "1,0,60,0,REQ,tcp,192.0.2.1,192.0.2.2,1,2,1312969613.5,1312969614.5",
		    { "192.0.2.1:1>192.0.2.2:2 p6 f02 1/60 1312969613500+1000 1:1", NULL } },
	};
	LINES(FLOWTEXT_ARGUS, ra, u);
}

static void
nfdump(void **state)
{
	(void)state;
	static const char *const head[] = { "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,"
					    "obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb,svln,dvln",
		NULL };
	static const struct want w[] = {
		{ "2018-03-09 12:00:00,2018-03-09 "
		  "12:00:01,1.000,192.0.2.1,198.51.100.1,1000,23,TCP,......S.,0,0,3,180,0,0,7,9,0,"
		  "0,0,0,0,0",
		    { "192.0.2.1:1000>198.51.100.1:23 p6 f02 3/180 1520596800000+1000 1:0",
			NULL } },
		{ "2018-03-09 12:00:00,2018-03-09 "
		  "12:00:00,0.000,192.0.2.1,198.51.100.1,0,8.0,ICMP,........,0,0,1,84,0,0,7,9",
		    { "192.0.2.1:0>198.51.100.1:2048 p1 -00 1/84 1520596800000+0 1:0", NULL } },
		{ "2018-03-09 12:00:00,2018-03-09 12:00:00,0.000,2001:db8::1,2001:db8::2,5,53,UDP  "
		  ",........,0,0,1,84,2,200,7,9",
		    { "2001:db8::1:5>2001:db8::2:53 p17 -00 1/84 1520596800000+0 1:0 answered",
			"2001:db8::2:53>2001:db8::1:5 p17 -00 2/200 1520596800000+0 1:0 "
			"answered" } },
		{ "Summary", { NULL, NULL } },
		{ "flows,bytes,packets,avg_bps,avg_pps,avg_bpp", { NULL, NULL } },
		{ "3,1,2,3,4,5", { NULL, NULL } },
	};
	LINES(FLOWTEXT_NFDUMP, head, w);
	static const char *const none[] = { NULL }; /* -q */
	lines(FLOWTEXT_NFDUMP, none, w, 2);
	static const char *const newer[] = {
		"firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows", NULL
	};
	static const struct want v[] = {
		{ "2018-03-09 12:00:00.250,1.500,TCP,192.0.2.1,5,192.0.2.2,6,7,800,1",
		    { "192.0.2.1:5>192.0.2.2:6 p6 -00 7/800 1520596800250+1500 1:0", NULL } },
	};
	LINES(FLOWTEXT_NFDUMP, newer, v);
}

static void
guesses(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum flowtext k;
	} s[] = {
		{ "#separator \\x09\n#fields\tts", FLOWTEXT_ZEEK },
		{ "# made by hand\n#fields\tts", FLOWTEXT_ZEEK },
		{ "1.5\tC\t192.0.2.1\t1\t192.0.2.2\t23\ttcp\t-\t-\t-\t-\tS0\t-\t-"
		  "\t0\tS\t1\t52\t0\t0\t-\n",
		    FLOWTEXT_ZEEK },
		{ "{\"ts\":1.5,\"uid\":\"x\",\"id.orig_h\":\"192.0.2.1\",\"id.or",
		    FLOWTEXT_ZEEK_JSON },
		{ "{\"timestamp\":\"x\",\"event_type\":\"alert\"}\n", FLOWTEXT_EVE },
		{ "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State\r\n1",
		    FLOWTEXT_ARGUS },
		{ "\xef\xbb\xbfStartTime\tDur\tProto\tSrcAddr\tDstAddr\n", FLOWTEXT_ARGUS },
		{ "ts,te,td,sa,da,sp,dp,pr,flg\n", FLOWTEXT_NFDUMP },
		{ "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n",
		    FLOWTEXT_NFDUMP },
		{ "2018-03-09 12:00:00,2018-03-09 "
		  "12:00:00,0.000,192.0.2.1,198.51.100.1,0,8.0,ICMP,........,0,0,1,84,0,0,7,9\n",
		    FLOWTEXT_NFDUMP },
		{ "", FLOWTEXT_NONE },
		{ "{\"a\":1}\n", FLOWTEXT_NONE },
		{ "root:x:0:0:root:/root:/bin/sh\n", FLOWTEXT_NONE },
	};
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++)
		if (flowtext_guess(s[i].text, strlen(s[i].text)) != s[i].k)
			fail_msg("%s: not %s", s[i].text, flowtext_name(s[i].k));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeek),
		cmocka_unit_test(zeek_json),
		cmocka_unit_test(eve),
		cmocka_unit_test(argus),
		cmocka_unit_test(nfdump),
		cmocka_unit_test(guesses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
