/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recognisers of packets: what firewalls and routers say they dropped. No exchange is seen, so the source
 * may be forged: every row is one way. UDP from the port of a service that amplifies is no scan but an
 * answer, wanted or not, so it speaks of resolvers and amplifiers only to who claims that. What a firewall
 * let through accuses only in the matter somebody claims.
 */
#include "wire/recog_row.h"

#define AMPLIFIERS                                                                                 \
	"(?:17|19|69|111|123|137|161|177|389|427|500|520|1194|1434|1604|1701|1900|3283|3389|3478|" \
	"3702|5093|5351|5353|5683|6881|7001|8088|10001|10074|11211|26000|27015|30718|32414|33848|" \
	"37810|41794)"
#define MARTIAN "martian source"
#define NETFILTER                                                                                  \
	"\\bSRC=<A> DST=\\S{2,46} .{0,200}?\\bPROTO=(?<pr>\\w{1,9})(?: SPT=(?<sp>\\d{1,5}) "       \
	"DPT=(?<dp>\\d{1,5}))?"
/* pf's csv of pfSense and OPNsense: ...,action,dir,version,... */
#define FILTERLOG                                                                                  \
	"\\bfilterlog(?:\\[\\d{1,10}\\])?(?::| \\d{1,10} - (?:-|\\[[^\\]]{0,200}\\])) ?"           \
	"(?:\\d{1,9})?,[^,]{0,40},[^,]{0,64},[^,]{0,64},[\\w.]{1,40},\\w{1,20},"
#define FIELDS6 ",6,(?:[^,]{0,20},){3}(?<pr>[\\w-]{1,12}),\\d{1,3},\\d{1,6},"
#define FIELDS4 ",4,(?:[^,]{0,20},){6}\\d{1,3},(?<pr>[\\w-]{1,12}),\\d{1,6},"
#define PORTS   "[^,]{2,46}(?:,(?<sp>\\d{1,5}),(?<dp>\\d{1,5}),)?"

const struct recog_row recog_packet[] = {
	/* Forged sources accuse nobody but the network they came from, which a log does not name. */
	{ ALL, N, ONEWAY, "forged source", MARTIAN "|reverse path|rpf",
	    "(?i)\\bmartian source\\b|reverse path check|%ASA-\\d-10602[12]|\\buRPF\\b" },

	/* Netfilter: iptables, nftables, ufw, firewalld, Proxmox, Synology, OpenWrt. */
	{ RESOLVER, S, ONEWAY | HINTED, "packet from its DNS port", "proto=udp spt=53 ",
	    "\\bSRC=<A> DST=\\S{2,46} .{0,200}?\\bPROTO=(?<pr>UDP) SPT=(?<sp>53) "
	    "DPT=(?<dp>\\d{1,5})" },
	{ AMPL, S, ONEWAY | HINTED, "packet from an amplifier's port", "proto=udp spt=",
	    "\\bSRC=<A> DST=\\S{2,46} .{0,200}?\\bPROTO=(?<pr>UDP) SPT=(?<sp>" AMPLIFIERS
	    ") DPT=(?<dp>\\d{1,5})" },
	{ DDOS, S, ONEWAY, "packet of a flood", "src=",
	    ONCE("SRC=") ".{0,600}?(?i:flood|ddos|syn.?cookies|hashlimit|rate.?limit|"
	    "synproxy).{0,300}?" NETFILTER },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "src=",
	    ONCE("SRC=") "(?!.*PROTO=UDP SPT=(?:53|443|" AMPLIFIERS ") ).{0,400}?(?i:(?:block|drop|"
	    "reject|deny|denied|scan|ban|invalid|bogus|blacklist|attack|probe|inbound|illegal|"
	    "filter|audit|fw|input|catch)|-D(?:-\\d{1,6})?\\]).{0,300}?" NETFILTER },
	{ SCAN, S, ONEWAY, "connection attempt", "src=",
	    ONCE("SRC=") ".*\\bIN=[\\w.@:-]{1,20} .{0,200}" NETFILTER ".{0,100} SYN "
	    "(?!.*\\bACK\\b)" },
	{ SCAN | DDOS | BOT | PROXY | CONTACT | AMPL | RESOLVER | SPAM | LOGIN | EXPOSED, S,
	    ONEWAY | HINTED, "packet", "src=",
	    ONCE("SRC=") ".*" NETFILTER },
	{ C2, S, ONEWAY | HINTED, "packet to it", "dst=",
	    "\\bSRC=\\S{2,46} DST=<A> .{0,200}?\\bPROTO=(?<pr>\\w{1,9})(?: SPT=(?<dp>\\d{1,5}) "
	    "DPT=(?<sp>\\d{1,5}))?" },
	{ ALL, C, ONEWAY, "packet to it", "src=", "\\bSRC=\\S+ (?:.{0,40} )?DST=<A>(?= |$)" },

	/* pf. */
	{ RESOLVER, S, ONEWAY | HINTED, "packet from its DNS port", "filterlog",
	    FILTERLOG "\\w{1,10},in(?:" FIELDS4 "|,6,(?:[^,]{0,20},){3}[\\w-]{1,12},\\d{1,3},"
	    "\\d{1,6},)<A>,[^,]{2,46},(?<sp>53)," },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "filterlog",
	    FILTERLOG "(?:block|reject|unkn\\w*),in" FIELDS4 "<A>,(?![^,]{2,46},(?:53|443|"
	    AMPLIFIERS "),\\d{1,5},\\d{1,6}$)" PORTS },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "filterlog",
	    FILTERLOG "(?:block|reject|unkn\\w*),in" FIELDS6 "<A>,(?![^,]{2,46},(?:53|443|"
	    AMPLIFIERS "),\\d{1,5},\\d{1,6}$)" PORTS },
	{ SCAN | DDOS | BOT | PROXY | CONTACT | AMPL | SPAM | LOGIN | EXPOSED, S, ONEWAY | HINTED,
	    "packet", "filterlog",
	    FILTERLOG "\\w{1,10},(?:in|out)" FIELDS4 "<A>," PORTS },
	{ SCAN | DDOS | BOT | PROXY | CONTACT | AMPL | SPAM | LOGIN | EXPOSED, S, ONEWAY | HINTED,
	    "packet", "filterlog",
	    FILTERLOG "\\w{1,10},(?:in|out)" FIELDS6 "<A>," PORTS },
	{ ALL, C, ONEWAY, "packet to it", "filterlog",
	    "filterlog\\b[^\"]{1,200},(?:[\\w-]{3,12}|\\d{1,3}),\\d{1,6},[^,]{2,45},<A>," },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "block in",
	    "\\brule \\d{1,9}[^:]{0,80}\\(match\\)[^:]{0,20}: block in on [\\w.]{1,20}: "
	    "(?:\\([^)]{0,300}\\) )?<P> > [\\da-fA-F:.]{2,50}?(?:\\.(?<dp>\\d{1,5}))?[: ]" },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "ipfw|ipmon",
	    "\\b(?:ipfw: \\d{1,6} (?:Deny|Reject|Unreach|Reset) (?<pr>\\w{2,6})(?::[\\d.]{1,8})? "
	    "<P> [\\d.:\\[\\]a-fA-F]{2,60} in|ipmon\\[?\\d{0,9}\\]?: .{0,60} b "
	    "<A>(?:,(?<dp>\\d{1,5}))? -> )" },

	/* Routers and firewalls of makers. */
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "proto ",
	    "\\b(?:[\\w./-]{1,64} )?(?:firewall,\\w{1,10} )?.{0,60}\\b(?:input|forward|"
	    "prerouting): ?in:.{1,40} out:.{1,40}?,? (?:connection-state:[\\w,]{1,40} )?(?:src-mac "
	    "[\\da-fA-F:]{17}, )?proto (?<pr>[\\w-]{2,8})(?: \\([^)]{0,40}\\))?, "
	    "(?!.{2,46}:(?:53|443|" AMPLIFIERS ")->.{0,80}len)<P>->[\\d.:\\[\\]a-fA-F]{2,60}" },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "%asa|%ftd|%pix|%fwsm",
	    "%(?:ASA|FTD|PIX|FWSM)-(?:\\w{1,10}-)?\\d-(?:106(?:001|007|023|100|015|006|021|017): |"
	    "7100(?:03|05): |500004: |313001: |313004: |305006: )(?:(?:Inbound|Deny|access-list|"
	    "Invalid|Denied|TCP|UDP|portmap|Dropped)\\b.{0,120}?)(?<pr>(?i:tcp|udp|"
	    "icmp))?\\b.{0,60}?(?:from |src [^: ]{1,64}:|denied \\w{2,5} [^/ ]{1,64}/|discarded "
	    "from |permitted \\w{2,5} [^/ ]{1,64}/)<P>(?:\\(|/| |,|\\b)(?!.*\\bsrc )" },
	{ SCAN, S, ONEWAY, "scan a firewall noticed", "%asa|%ftd",
	    "%(?:ASA|FTD)-\\d-7331(?:0[0-4]): (?:Object drop.{0,20}|.{0,30}Host|"
	    "\\[?\\s?)?.{0,40}<A> is (?:attacking|shunned|targeted)" },
	{ SCAN, S, ONEWAY, "packet a router dropped", "%sec|%ipv6_acl|%ip_acl|accesslog",
	    "%(?:SEC|SEC_LOGIN|IPV6_ACL|IP_ACL|FMANFP|IPV6)-\\d-\\w{5,30}: (?:list|access-?log|"
	    "access list) ?\\S{1,64}(?:/\\S{1,10})? denied (?<pr>[\\w-]{1,8}) "
	    "<A>(?:\\((?<sp>\\d{1,5})\\))?" },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "rt_flow|rt_ids|pfe_fw",
	    "\\b(?:RT_FLOW_SESSION_DENY|RT_FLOW - RT_FLOW_SESSION_DENY|"
	    "PFE_FW_SYSLOG_\\w{1,10})\\b.{0,200}?(?:source-address=\"<A>\"(?: source-port=\""
	    "(?<sp>\\d{1,5})\")?|session denied <A>/(?<dp>\\d{1,5})->|[ADR] \\w{2,6} <A> )" },
	{ SCAN | DDOS, S, ONEWAY, "attack a firewall noticed", "rt_screen|rt_ids",
	    "\\bRT_SCREEN_(?:TCP|UDP|ICMP|IP|SESSION)\\w{0,20}\\b.{0,300}?"
	    "(?:source-address=\"<A>\"|source: <P>)" },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "action=",
	    "^(?!.*\\bsrcip=.*\\bsrcip=)(?=.*\\baction=\"?(?:deny|dropped|blocked|server-rst|"
	    "detected|block)\"?).*\\bsrcip=\"?<A>\"?(?: srcname=\"?[\\w.-]{1,253}\"?)?(?: "
	    "srcport=\"?(?<sp>\\d{1,5})\"?)?.{0,600}?(?:\\bdstport=\"?(?<dp>\\d{1,5}))?" },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "cef:",
	    "^(?=.{0,200}\\bCEF:\\d\\|)(?=.*(?:\\bact=(?i:block|blocked|drop|dropped|deny|denied|"
	    "reject)|\\|(?i:[^|]{0,60}(?:block|drop|deny|denied|threat)[^|]{0,60})\\|))"
	    "(?!.*\\bsrc=.*\\bsrc=).*\\bsrc=<A>(?= |$)" },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", ",traffic,|,threat,",
	    "^(?:[^,]{0,80},){3}(?:TRAFFIC|THREAT),(?:[^,]{0,40},){3}<A>,(?:[^,]{0,300},){16,23}"
	    "(?:deny|drop|reset-\\w{1,10}|block\\S{0,10}|alert)," },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "drop|block|deny|reject",
	    "\\b(?i:drop(?:ped)?|block(?:ed)?|den(?:y|ied)|reject(?:ed)?)\\b.{0,120}\\b(?<pr>"
	    "(?i:tcp|udp|icmp))\\b.{0,60}?(?:src[ =:]{1,2}|from |, |\\s|src_ip=)<P>(?:,? ?(?:->|>|"
	    "to |dst|dest)| \\[|,)(?!.*\\bfrom )" },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "drop|block|deny|reject",
	    "(?:^|[\\s,])(?i:devname|log_component|fw_rule_id|device_name)=.{0,600}\\b(?:status|"
	    "log_subtype|action)=\"?(?i:deny|denied|drop)\\w*\"?.{0,600}\\bsrc_ip=\"?<A>\"?" },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "drop|reject|deny",
	    "(?i)^(?:\\S{1,80} ){0,3}(?:\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d )(?:DROP|REJECT|"
	    "DENY) (?<pr>TCP|UDP|ICMP) <A> \\S{2,46} (?:(?<sp>\\d{1,5})|"
	    "-) (?:(?<dp>\\d{1,5})|-) " },
	{ SCAN, S, ONEWAY, "packet a firewall dropped", "reject ",
	    "^\\d \\d{12} eni-\\w{8,20} <A> \\S{2,46} (?<sp>\\d{1,5}) (?<dp>\\d{1,5}) "
	    "(?<pr>\\d{1,3}) \\d{1,12} \\d{1,15} \\d{10} \\d{10} REJECT " },
	{ SCAN | DDOS | BOT | PROXY, S, ONEWAY | HINTED, "packet", "accept ",
	    "^\\d \\d{12} eni-\\w{8,20} <A> \\S{2,46} (?<sp>\\d{1,5}) (?<dp>\\d{1,5}) "
	    "(?<pr>\\d{1,3}) \\d{1,12} \\d{1,15} \\d{10} \\d{10} ACCEPT " },

	/* tcpdump and words like it. */
	{ RESOLVER, S, ONEWAY | HINTED, "packet from its DNS port", " > ",
	    "\\bIP6? <A>\\.(?<sp>53) > " },
	{ AMPL, S, ONEWAY | HINTED, "packet from an amplifier's port", " > ",
	    "\\bIP6? <A>\\.(?<sp>" AMPLIFIERS ") > .{2,60}: (?!Flags)" },
	{ SCAN | DDOS | BOT | PROXY | SPAM | LOGIN | CONTACT | EXPOSED, S, ONEWAY | HINTED,
	    "packet", " > ",
	    "\\bIP6? <A>(?:\\.(?<sp>\\d{1,5}))? > " },
	{ C2, S, ONEWAY | HINTED, "packet to it", " > ",
	    "\\bIP6? \\S+ > <A>(?:\\.(?<sp>\\d{1,5}))?: " },
	{ ALL, C, ONEWAY, "packet to it", " > ", "\\bIP6? \\S+ > <A>(?:\\.\\d{1,5})?: " },
};
TABLE_END(recog_packet);
