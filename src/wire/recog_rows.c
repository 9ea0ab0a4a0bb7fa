/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recognisers, as data. Order matters: the first row that matches decides, so rows that know
 * where a program writes its peer come before rows that guess. <A> is the accused address.
 *
 * What the log of a victim can say: that a request, a login, a packet came *from* the address. That
 * is what supports; that it relayed for somebody is seen only when the relay says so (Via,
 * X-Forwarded-For). The address as a destination, as our own upstream, or inside text that a client
 * sent (a URL, a Referer, a user name) accuses nobody: that contradicts, or stays neutral.
 */
#include "wire/recog.h"

/* "GET", "POST" ...: a token of upper-case letters, as in every HTTP log. */
#define METHOD "(?:[A-Z]{3,17}|-)"
/* A common-log line up to and with the quote that opens the request; x is its first field. Nothing
 * before that quote is quoted, so nothing before it was sent by a client (but a user name). */
#define CLF(x) "^[^\"]{0,300}?(?<![^\\s,])" x "(?::\\d{1,5})?(?: [^\"\\[]{1,200}|, [^\"\\[]{1,200})? ?\\[[^\\]]{10,40}\\] \""
/* Addresses that are ours to have: a request from there came through our own front end. */
#define PRIVATE "(?:10\\.|127\\.|192\\.168\\.|172\\.(?:1[6-9]|2\\d|3[01])\\.|::1\\b|f[cd][0-9a-f]{2}:)"

#define S      RECOG_SUPPORTS
#define C      RECOG_CONTRADICTS
#define N      RECOG_NEUTRAL
#define ALL    CLASS_NONE
#define PROXY  CLASS_OPEN_PROXY

const struct recog_row recog_rows[] = {
	/* Marks of a relay: what only a proxy, or one who asks for one, does. */
	{ PROXY, S, false, "request to relay", CLF("<A>") "(?:CONNECT |" METHOD " (?i:https?|ftp)://)" },
	{ PROXY, S, false, "request with a proxy's mark",
	    CLF("<A>") ".*(?:\"(?:unknown|\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{2,38})"
	               "(?:, ?[^\"]{1,200})?\"|\"(?:\\d\\.\\d|HTTP/\\d\\.\\d) [\\w.:-]+ \\([^\")]{1,80}\\)"
	               "|(?i:\\bvia[=:]\\s?\"?\\d\\.\\d |\\bx-forwarded-for[=:]|\\bforwarded[=:]\\s?\"?(?:for|by)=))" },

	/* Web servers: the peer is where the server writes it. */
	{ ALL, S, false, "web request", CLF("<A>") },
	{ ALL, S, false, "web request through our own front end",
	    "^" PRIVATE "[^\"]{1,300}\\[[^\\]]{10,40}\\] \".*\"(?:[^\",]{1,45}, ?){0,16}<A>\"[^\"]*$" },
	{ ALL, S, false, "web error", /* once only: a path may hold the same words */
	    "^(?!.*, client: .*, client: ).*, client: <A>, server: " },
	{ ALL, S, false, "web error",
	    "^[^\\[]*(?:\\[(?!client |remote )[^\\]]*\\][^\\[]*){0,6}\\[(?:client|remote) <A>(?::\\d{1,5})?\\]" },
	{ ALL, N, false, "client named twice", "(?:, client: .*){2}" },
	{ ALL, N, false, "client named twice", "\\[(?:client|remote) [^\\]]*\\].*\\[(?:client|remote) <A>" },
	{ ALL, S, false, "load balancer request",
	    "^[^\"]{0,100}haproxy(?:\\[\\d{1,7}\\])?: <A>:\\d{1,5} \\[" },
	{ ALL, S, false, "load balancer request",
	    "^(?:https?|h2|wss?|grpcs?) \\S{20,40} \\S{1,200} <A>:\\d{1,5} " },
	{ ALL, S, false, "web request", /* W3C extended: date time s-ip method stem query port user c-ip */
	    "^\\d{4}-\\d\\d-\\d\\d [\\d:]{8} (?:\\S+ ){1,3}" METHOD " \\S+ \\S+ \\d{1,5} \\S+ <A>(?= |$)" },
	{ ALL, S, false, "web request", "^\\d{4}-\\d\\d-\\d\\d\\t[\\d:]{8}\\t\\S+\\t\\d+\\t<A>\\t" METHOD "\\t" },

	/* Proxies of our own: who asked them. */
	{ ALL, S, false, "proxy request",
	    "^(?:[^\"]{0,100}squid\\S{0,40}: )?\\s{0,4}\\d{9,10}\\.\\d{3}\\s+-?\\d+ <A> [A-Z_]+/\\d{3} " },
	{ ALL, S, false, "proxy request",
	    "^[^\"]{0,100}\\b(?:PROXY|SOCKS\\d?|HTTPS?|CONNECT|TCPPM|UDPPM|FTPPR|POP3P|SMTPP)\\.\\d{1,5} "
	    "\\d{1,5} \\S+ <A>:\\d" },
	{ ALL, S, false, "proxy request",
	    "(?:pass|block)\\(\\d+\\): (?:tcp|udp)/\\w+ [\\[\\]-]: (?:[^ @]{1,64}@)?<A>\\.\\d{1,5} " },

	/* Packets: one way, so the source may be forged. */
	{ ALL, S, true, "packet", "\\bSRC=<A> (?:.{0,40} )?DST=" },
	{ ALL, C, true, "packet to it", "\\bSRC=\\S+ (?:.{0,40} )?DST=<A>(?= |$)" },
	{ ALL, S, true, "packet", "filterlog\\b[^\"]{1,200},(?:tcp|udp|icmp|icmp6|igmp|\\d{1,3}),\\d{1,5},<A>," },
	{ ALL, C, true, "packet to it",
	    "filterlog\\b[^\"]{1,200},(?:tcp|udp|icmp|icmp6|igmp|\\d{1,3}),\\d{1,5},[^,]{2,45},<A>," },
	{ ALL, S, true, "packet", "\\bIP6? <A>(?:\\.\\d{1,5})? > " },
	{ ALL, C, true, "packet to it", "\\bIP6? \\S+ > <A>(?:\\.\\d{1,5})?: " },
	{ ALL, S, true, "packet", "(?<![^\\s,({])<A>(?::\\d{1,5})? ?-> ?[\\[0-9a-fA-F]" },
	{ ALL, C, true, "packet to it", "[0-9a-fA-F\\]](?::\\d{1,5})? ?-> ?<A>(?::\\d{1,5})?(?![\\w])" },

	/* JSON: a quote inside a string is escaped, so an unescaped key is the program's own. */
	{ ALL, S, false, "logged as the client",
	    "(?<!\\\\)\"(?i:(?:x[_-]?)?(?:real[_-]?ip|remote[_-]?(?:addr|address|ip|host|client)|remote|"
	    "client[_-]?(?:ip|addr|address|host)?|clientip|c[_-]?ip|src|src[_-]?(?:ip|addr)|srcip|"
	    "source|source[_-]?(?:ip|addr|address)|sourceipaddress|ip|ip_?addr(?:ess)?|peer|peer[_-]?(?:ip|addr)|"
	    "downstream_remote_address|rhost|attacker|addr\\.remote|addr|host_?ip))\""
	    "\\s{0,4}:\\s{0,4}\"(?:/|tcp:|udp:)?<A>(?::\\d{1,5})?\"" },
	{ ALL, C, false, "logged as the other end",
	    "(?<!\\\\)\"(?i:(?:dst|dest|destination|server|local|upstream|target|listen|downstream_local|"
	    "backend|origin|host|request_?host)[\\w.-]{0,32})\"\\s{0,4}:\\s{0,4}\"(?:\\w{1,8}:/{0,2})?<A>(?::\\d{1,5})?[\"/]" },

	/* A web log line whose client is somebody else: the address is text that client sent. */
	{ ALL, C, false, "only text in somebody else's request",
	    "^[^\"]{0,300}\\[[^\\]]{10,40}\\] \".*<A>" },
	{ ALL, C, false, "destination of somebody else's request",
	    "^(?:[^\"]{0,100}squid\\S{0,40}: )?\\s{0,4}\\d{9,10}\\.\\d{3}\\s+-?\\d+ \\S+ [A-Z_]+/\\d{3} .*<A>" },
	{ ALL, C, false, "destination of somebody else's request",
	    "^[^\"]{0,100}\\b(?:PROXY|SOCKS\\d?|HTTPS?|CONNECT)\\.\\d{1,5} \\d{1,5} \\S+ \\S+ .*<A>" },
	{ ALL, C, false, "destination of somebody else's request",
	    "(?:pass|block)\\(\\d+\\): (?:tcp|udp)/\\w+ [\\[\\]-]: .*<A>" },
	{ ALL, C, false, "our own request to it",
	    "(?i)\\b(?:upstream: \"\\S{0,40}|postfix/[sl]mtp\\b.{0,400}\\brelay=[^\\s,\\[]{0,253}|(?:dst|dest|destination|daddr|to|server|"
	    "upstream|target|host)(?:[_-]?(?:ip|addr|address|host))?=[\"']?)<A>" },
	{ ALL, C, false, "our own request to it",
	    "(?i)\\b(?:connect(?:ed|ing|ion)?|request(?:ed|ing)?|deliver(?:ed|ing|y)?|sent|send(?:ing)?|forward(?:ed|ing)?|"
	    "relay(?:ed|ing)?|quer(?:y|ied|ying)|fetch(?:ed|ing)?|reply|replied|rsp|response) (?:\\S+ ){0,3}?to:? "
	    "(?:[\\w.-]{1,253} ?[\\[(])?[\"'<]?(?:\\w{2,5}://)?<A>(?![^\\n]{0,200}\\bfrom\\b)" },
	{ ALL, N, false, "inside a URL", "(?i)\\b(?:https?|ftp|wss?|tcp|udp|sip)://(?:[^\\s/@\"]{1,64}@)?<A>" },

	/* Two peers named the same way: one of them may be words of a client. */
	{ ALL, N, false, "named twice", "(?i)\\bfrom [\\[(]?[\\x01\\d].{0,2000}\\bfrom [\\[(]?[\\x01\\d]" },
	{ ALL, N, false, "named twice", "(?i)\\brhost=.{0,2000}\\brhost=" },
	{ ALL, S, false, "mail client", "(?i)(?:sm-mta|sendmail|courier\\w{0,16})\\S{0,12}: (?!.*\\bstat=).*\\brelay=(?:[\\w.-]{1,253} ?)?<A>(?!.*\\brelay=)" },

	/* Words. The last "from" of a line is the program's; one before it may be in a user name. */
	{ ALL, S, false, "came from it",
	    "(?i)\\bfrom(?: (?:host|ip|ip address|address|client|peer|remote|remote host|remote ip|machine|user))?"
	    "[ =:]{1,3}(?:[\"'(</\\[]{1,2}|[\\w.-]{1,253} ?[\\[(])?<A>(?!.*\\bfrom[ =:])" },
	{ ALL, S, false, "logged as the client",
	    "(?i)(?<![\\w.-])(?:src|src[_-]?ip|srcip|saddr|source|source[_-]?(?:ip|addr)|rhost|remote|"
	    "remote[_-]?(?:ip|addr|address|host)|client|client[_-]?(?:ip|addr|address)|clientip|c-ip|ip|"
	    "ip_?addr(?:ess)?|addr|peer|attacker|rip|oip|ip_src)=[\"']?\\[?(?:[\\w.-]{1,253}\\[)?<A>"
	    "(?![^\\s\"',;:)\\]}&>|])" },
	{ ALL, S, false, "logged as the client",
	    "(?i)(?<![\\w.-])(?:client|clientip|peer|remote(?: host| address| ip| addr)?|ip(?: address| addr)?|"
	    "attacker|offender|visitor|source(?: ip| address)?|user ip|login ip|rhost|by)"
	    "[\"']?[ :=]{1,3}[\"'(\\[</]{0,2}<A>(?![^\\s\"',;:)\\]}>.#])" },
};

const size_t recog_row_count = sizeof(recog_rows) / sizeof(recog_rows[0]);
