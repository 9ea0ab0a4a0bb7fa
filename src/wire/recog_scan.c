/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recognisers of scans, floods, bots and their controllers: alerts of intrusion detection, detectors of
 * scans, name servers, and what scanners of our own found on the address. An alert's words are its
 * rule's, not a client's; who is named as its source did it, but for rules that see the answer.
 */
#include "wire/recog_row.h"

/* Snort's and Suricata's fast.log up to the protocol; m is looked for in the message. */
#define FAST(m)                                                                                    \
	"(?:\\[\\*\\*\\]|\\[w?Drop\\]|(?:suricata|snort)(?:\\[\\d{1,10}\\]:|: | \\d{1,10} - (?:-|" \
	"\\[[^\\]]{0,200}\\])) ?) ?\\[\\d{1,4}:\\d{1,10}:\\d{1,4}\\] (?=[^\\[]{0,200}(?i:" m       \
	")).{1,600}?\\{(?<pr>[\\w-]{1,20})\\} "
#define TO " -> \\S{2,60}?(?::(?<dp>\\d{1,5}))?$"
/* A string member of a JSON document that no string value can fake. */
#define KEY(name, value) "(?=.*(?<!\\\\)\"" name "\"\\s?:\\s?\"" value ")"
#define EVE(m)                                                                                     \
	"^(?:.{0,200}?\\s)?\\{" KEY("event_type" , "alert\"") KEY("signature" , "[^\"]{0,200}(?i:" \
	m ")") ".*(?<!\\\\)"
#define EVE_SRC                                                                                    \
	"\"src_ip\"\\s?:\\s?\"<A>\"(?:,\\s?\"src_port\"\\s?:\\s?(?<sp>\\d{1,5}))?"                 \
	"(?:.{0,80}\"dest_port\"\\s?:\\s?(?<dp>\\d{1,5}))?"
#define EVE_DST "\"dest_ip\"\\s?:\\s?\"<A>\"(?:,\\s?\"dest_port\"\\s?:\\s?(?<sp>\\d{1,5}))?"
#define CNC                                                                                        \
	"\\bCnC\\b|\\bC2\\b|\\bC&C\\b|command.and.control|beacon|check-?in|phone.?home|botnet|"    \
	"zombie|mirai|ET (?:MALWARE|TROJAN|CNC|MOBILE_MALWARE|BOTCC)"
/* ... and so that whom it talks to is the server, not one it attacks. */
#define CALLS  "\\bCnC\\b|\\bC2\\b|\\bC&C\\b|command.and.control|beacon|check-?in|phone.?home"
#define CNC_IN "response|inbound|from (?:cnc|c2|server)|server (?:command|hello)"
#define FLOOD  "\\bdo?s\\b|ddos|flood|amplif|reflect|ET DOS|GPL DOS"
#define GUESS  "brute|login|password guess|multiple (?:failed|auth)|credential|auth\\w* fail"
#define MAIL   "\\bspam\\b|GPL SMTP|ET SMTP"
#define REPUTE                                                                                     \
	"ET (?:DROP|CINS|COMPROMISED|TOR|3CORESec|BOTCC)|dshield|poor reputation|"                 \
	"known (?:hostile|compromised)"
#define NAMED  "\\b(?:named|bind9?)(?:\\[\\d{1,10}\\])?(?::| \\d{1,10} - -) "
#define CLIENT "client (?:@0x[0-9a-f]{1,16} )?<A>#(?<sp>\\d{1,5})(?: \\([^)\\s]{1,255}\\))?: "

const struct recog_row recog_scan[] = {
	/* fast.log */
	{ C2, S, 0, "alert about its command server", "[**]|[priority:",
	    FAST("(?:" CNC ")[^\\[]{0,200}(?:" CNC_IN ")") "<P>" TO },
	{ CONTACT, S, 0, "alert about contact to a command server", "[**]|[priority:",
	    FAST("(?:" CNC ")[^\\[]{0,200}(?:" CNC_IN ")") "\\S{2,60} -> <P>$" },
	{ CONTACT | BOT, N, 0, "listed by somebody", "[**]|[priority:", FAST(REPUTE) },
	{ CONTACT, S, 0, "alert about contact to a command server", "[**]|[priority:",
	    FAST(CNC) "<P>" TO },
	{ C2, S, 0, "alert about its command server", "[**]|[priority:",
	    FAST(CALLS) "\\S{2,60} -> <P>$" },
	{ DDOS, S, ONEWAY, "alert about a flood", "[**]|[priority:", FAST(FLOOD) "<P>" TO },
	{ LOGIN, S, 0, "alert about a login attack", "[**]|[priority:", FAST(GUESS) "<P>" TO },
	{ SPAM, S, 0, "alert about mail", "[**]|[priority:", FAST(MAIL) "<P>" TO },
	{ SCAN, S, 0, "alert about a scan or an exploit", "[**]|[priority:",
	    FAST("\\bscan|sweep|probe|recon|exploit|overflow|inject|traversal|shellcode|ET (?:WEB|"
	    "ATTACK|CURRENT|INFO|POLICY|TELNET)|GPL|CVE|attempt|malicious|WEB-|SERVER-|nmap|"
	    "suspicious") "<P>" TO },
	{ SCAN | DDOS | BOT | CONTACT | LOGIN | PROXY | SPAM, S, HINTED, "alert", "[**]|[priority:",
	    FAST(".") "<P>" TO },
	{ ALL, C, 0, "alert about somebody else, who attacked it", "[**]|[priority:",
	    FAST(".") "\\S{2,60} -> <P>$" },

	/* eve.json */
	{ C2, S, 0, "alert about its command server", "event_type",
	    EVE("(?:" CNC ")[^\"]{0,200}(?:" CNC_IN ")") EVE_SRC },
	{ CONTACT, S, 0, "alert about contact to a command server", "event_type",
	    EVE("(?:" CNC ")[^\"]{0,200}(?:" CNC_IN ")") EVE_DST },
	{ CONTACT | BOT, N, 0, "listed by somebody", "event_type", EVE(REPUTE) },
	{ CONTACT, S, 0, "alert about contact to a command server", "event_type",
	    EVE(CNC) EVE_SRC },
	{ C2, S, 0, "alert about its command server", "event_type", EVE(CALLS) EVE_DST },
	{ DDOS, S, ONEWAY, "alert about a flood", "event_type", EVE(FLOOD) EVE_SRC },
	{ LOGIN, S, 0, "alert about a login attack", "event_type", EVE(GUESS) EVE_SRC },
	{ SPAM, S, 0, "alert about mail", "event_type", EVE(MAIL) EVE_SRC },
	{ SCAN, S, 0, "alert about a scan or an exploit", "event_type", EVE(".") EVE_SRC },

	/* Detectors of scans. */
	{ SCAN, S, ONEWAY, "scan noticed", "scanlogd",
	    SYS("scanlogd") "<P> to \\S{2,50} (?:and others, )?ports? " },
	{ SCAN, S, ONEWAY, "scan noticed", "attackalert",
	    SYS("portsentry") "(?:<\\d>)?attackalert: (?:(?<pr>TCP|UDP) )?.{0,80}?from host: "
	    "[\\w.:\\x01-]{1,253}/<A> to (?:TCP|UDP) port: (?<dp>\\d{1,5})" },
	{ SCAN, S, ONEWAY, "scan noticed", "attackalert",
	    SYS("portsentry") "(?:<\\d>)?attackalert: .{0,60}(?:Host|host) [\\w.:-]{0,253}/?<A>" },
	{ SCAN, S, ONEWAY, "scan noticed", "scan from: [",
	    "\\bScan from: \\[<A>\\] \\(.{0,60}?\\) protocol: \\[(?<pr>TCP|UDP)\\] port: "
	    "\\[(?<dp>\\d{1,5})\\]" },
	{ SCAN, S, ONEWAY, "scan noticed", "psad",
	    SYS("psad") "(?:scan detected|src): .{0,60}?<A> -> " },
	{ SCAN, S, ONEWAY, "scan noticed", "psad",
	    SYS("psad") "scan detected(?: \\([^)]{1,200}\\))?: <A> -> " },
	{ SCAN, S, 0, "blocked by lfd", "lfd", SYS("lfd") "\\*?Port Scan\\*? detected from <A>" },
	{ LOGIN, S, 0, "blocked by lfd", "lfd",
	    SYS("lfd") "(?:\\(\\w{1,20}\\) )?(?:Failed .{0,60}login|.{0,60}failures?|.{0,40}Login) "
	    "from <A>(?: \\(.{0,200}\\))?(?:[:,]|$)| - .{0,20}<A>" },
	{ SCAN, S, 0, "scan noticed", "scan",
	    "(?i)^(?!.*\\bfrom\\b.*\\bfrom\\b).{0,200}\\b(?:port ?scan|scan|probe|sweep)(?:s|ning|"
	    "ned)?\\b(?: attempt)?(?: (?:detected|attack|noticed|activity))?,?(?: was detected)?:? "
	    "(?:from|by|source:?) \\[?<P>" },
	{ DDOS, S, ONEWAY, "flood noticed", "flood|dos attack|ddos",
	    "(?i)^(?!.*\\bfrom\\b.*\\bfrom\\b).{0,200}\\b(?:\\w{0,5}[ _-]?flood(?:ing)?|d?dos(?: "
	    "attack)?|smurf|fraggle|land attack|teardrop|ack storm)\\b.{0,80}(?:from|by|"
	    "source:?)(?: source)?:?,? \\[?<P>" },
	{ DDOS, S, ONEWAY, "flood noticed", "fastnetmon|attack",
	    "(?i)\\bIP:? ?<A>.{0,60}\\battack type: ?\\S{1,40}.{0,200}direction: outgoing|"
	    "\\boutgoing attack\\b.{0,60}<A>" },

	{ SCAN, S, ONEWAY, "connection attempt", "lan access from remote",
	    "\\[LAN access from remote\\] from <P> to " },
	{ SCAN, S, ONEWAY, "failed VPN session", "invalid handshake",
	    "\\bwireguard: \\w{1,20}: Invalid handshake initiation from <P>" },

	/* Name servers. Queries are UDP: who asked may be a victim whose address was forged. */
	{ CONTACT, S, ONEWAY, "asked for a name on a block list", "rpz",
	    CLIENT "(?:view \\S{1,64}: )?(?:disabled )?rpz (?:QNAME|IP|NSDNAME|NSIP|CLIENT-IP) "
	    "(?:NXDOMAIN|NODATA|CNAME|DROP|TCP-ONLY|Local-Data|PASSTHRU)? ?rewrite " },
	{ CONTACT, S, ONEWAY, "asked for a name on a block list", "rpz",
	    "\\b(?:info|notice): (?:rpz: )?applied \\[[^\\]]{1,100}\\] \\S{1,255} rpz-\\w{3,20} "
	    "<A>@(?<sp>\\d{1,5}) " },
	{ SCAN | DDOS, S, ONEWAY, "name server refused it", "denied|refused",
	    CLIENT "(?:view \\S{1,64}: )?(?:query (?:\\(cache\\) )?'[^']{1,300}' denied|"
	    "query denied|zone transfer '[^']{1,300}' denied|update '[^']{1,300}' denied|bad zone "
	    "transfer request: |request has invalid signature|notify .{0,200} refused|query failed "
	    "\\(REFUSED\\) )" },
	{ DDOS, S, ONEWAY, "name server limited it", "rate limit|slip",
	    CLIENT "(?:view \\S{1,64}: )?(?:rate limit (?:drop|slip)|would rate limit)|\\b(?:limit|"
	    "slip|drop)(?:ing)? .{0,60}responses? to <A>" },
	{ DDOS, S, ONEWAY, "name server limited it", "ratelimit block",
	    SYS("nsd") "(?:info: )?ratelimit block \\S{1,255} type \\w{1,10} target \\S{3,50} "
	    "query <A> " },
	{ DDOS, S, ONEWAY, "name server limited it", "ratelimit block",
	    "^\\[\\d{10}\\] nsd\\[\\d{1,9}\\]: info: ratelimit block \\S{1,255} type \\w{1,10} "
	    "target \\S{3,50} query <A> " },
	{ SCAN, S, ONEWAY, "name server refused it", "axfr|refused",
	    "\\b(?:nsd|unbound|knotd|pdns_server|dnsmasq)(?:\\[[\\d:]{1,14}\\])?: .{0,80}(?:axfr "
	    "for \\S{1,255} from (?:client )?<A> refused|(?:AXFR|IXFR)[^\\x01]{0,300}? (?:client|"
	    "from|remote|by) '?<P>.{0,80}(?:refused|denied|not allowed|disallowed)|refused "
	    ".{0,80}from <A>)" },
	{ RESOLVER | BOT | DDOS | CONTACT | SCAN | AMPL, S, ONEWAY | HINTED, "name server asked",
	    "query",
	    CLIENT "(?:view \\S{1,64}: )?query: " },
	{ RESOLVER | BOT | DDOS | CONTACT | SCAN | AMPL, S, ONEWAY | HINTED, "name server asked",
	    "info: |query",
	    "\\bunbound(?:\\[[\\d:]{1,14}\\])?: (?:\\[\\d{1,12}\\] )?info: <A> \\S{1,255}\\. "
	    "[A-Z]{1,10}\\d{0,3} IN|\\bdnsmasq(?:\\[\\d{1,9}\\])?: (?:\\d{1,9} "
	    "\\S{2,60} )?query\\[\\w{1,10}\\] \\S{1,255} from <A>$" },
	{ RESOLVER, S, 0, "answers questions of strangers", "server: ",
	    "^;; SERVER: <A>#(?<sp>\\d{1,5})\\(" },

	/* What our own scanners found there. */
	{ RESOLVER, S, 0, "open port found", "53/udp",
	    "\\bDiscovered open port (?<sp>53)/(?<pr>udp) on <A>" },
	{ PROXY, S, 0, "open port found", "discovered open port",
	    "\\bDiscovered open port (?<sp>1080|3128|8080|8118|8888)/(?<pr>tcp) on <A>" },
	{ AMPL, S, 0, "open port found", "/udp on",
	    "\\bDiscovered open port (?<sp>\\d{1,5})/(?<pr>udp) on <A>" },
	{ EXPOSED, S, 0, "open port found", "discovered open port|/open/",
	    "\\bDiscovered open port (?<sp>\\d{1,5})/(?<pr>\\w{3,4}) on <A>|^Host: <A> "
	    "\\([^)]{0,253}\\)\\s+Ports: .{0,4000}/open/" },
	{ EXPOSED, S, 0, "open port found", "open ",
	    "^open (?:tcp|udp) \\d{1,5} <A> \\d{10}$|^Banner on port \\d{1,5}/\\w{3} on <A>: " },
	{ DEFECT, S, 0, "known hole found", "[cve-",
	    "^(?:" STAMP ")?\\[CVE-\\d{4}-\\d{4,7}(?:[:\\w-]{0,60})?\\] \\[\\w{2,10}\\] "
	    "\\[\\w{3,10}\\] (?:https?://)?<P>(?=[/ ]|$)" },
	{ DEFECT, S, 0, "known hole found", "vulnerable",
	    "^\\| {1,6}.{0,40}VULNERABLE.{0,60}<A>|<P> (?:is|appears to be|seems) (?i:vulnerable "
	    "to )CVE-\\d{4}-\\d{4,7}" },
	{ C2, S, 0, "listed as command server", "c2|c&c|cobalt|botnet",
	    "(?i)^(?:\"?\\d{4}-\\d\\d-\\d\\d[^,]{0,20},\\s?)?\"?<A>\"?,\\s?\"?(?<sp>\\d{1,5})\"?,"
	    ".{0,200}\\b(?:c2|c&c|cobalt strike|botnet_cc|online|offline)\\b" },
	{ CONTACT, S, 0, "contact to a command server or sinkhole",
	    "sinkhole|botnet|c2|c&c|callback",
	    "(?i)^(?!.*(?<!\\w)(?:src|source|from|client)\\w{0,10}[ =:].*(?<!\\w)(?:src|source|"
	    "from|client)\\w{0,10}[ =:]).*\\b(?:sinkhole[dr]?|botnet|c2|c&c|cnc|callback|"
	    "malware)\\b.{0,300}\\b(?:src|src_?ip|source(?: ip)?|from|client|"
	    "srcip)[ =:]{1,3}\"?<P>" },
	{ CONTACT, S, 0, "contact to a command server or sinkhole",
	    "sinkhole|botnet|c2|c&c|callback",
	    "(?i)^(?!.*(?<!\\w)(?:src|source|from|client)\\w{0,10}[ =:].*(?<!\\w)(?:src|source|"
	    "from|client)\\w{0,10}[ =:]).*\\b(?:src|src_?ip|source(?: ip)?|from|client|"
	    "srcip)[ =:]{1,3}\"?<P>.{0,300}\\b(?:sinkhole[dr]?|botnet|c2|c&c|cnc|callback|"
	    "malware)\\b" },
};
TABLE_END(recog_scan);
