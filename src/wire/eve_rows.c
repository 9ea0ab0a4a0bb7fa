/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Suricata's rules say, as data. Categories are the texts of its classification.config; names follow
 * the custom of the rule sets in use ("ET SCAN ...", "ETPRO MALWARE ..."). Order matters: rows that accuse
 * nobody, and say why, stand before rows that would. What fits no row accuses nobody.
 */
#include "wire/eve.h"

#define NONE CLASS_NONE
/* A rule set's group, as "^ET SCAN |^ETPRO SCAN |^GPL SCAN ". */
#define SET(x) "^ET " x " |^ETPRO " x " |^GPL " x " "

const struct eve_row eve_rows[] = {
	{ EVE_ALERT, NULL, "^suricata |" SET("INFO") "|" SET("HUNTING") "|" SET("GAMES") "|" SET("CHAT"), EVE_SOURCE,
	    NONE, NONE, false, "the engine's own notes, or information" },
	{ EVE_ALERT, NULL, SET("CINS") "|" SET("COMPROMISED") "|" SET("DROP") "|" SET("DSHIELD") "|" SET("TOR") "|"
	    SET("RBN") "|" SET("3CORESec") "|^ET THREATVIEW|poor reputation", EVE_SOURCE,
	    NONE, NONE, false, "a list names the address; not what it did" },
	{ EVE_ALERT, "Not Suspicious Traffic|Unknown Traffic|Generic Protocol Command Decode|A TCP connection was detected|"
	    "Device Retrieving External IP Address Detected|Potential Corporate Privacy Violation|"
	    "Inappropriate Content was Detected|Possibly Unwanted Program Detected", NULL, EVE_SOURCE,
	    NONE, NONE, false, "no abuse of others" },
	{ EVE_ALERT, "Exploit Kit Activity Detected|Possible Social Engineering Attempted|"
	    "Successful Credential Theft Detected", NULL, EVE_SOURCE,
	    NONE, NONE, false, "a page and its visitor: the visitor is the victim" },
	{ EVE_ALERT, NULL, SET("WEB_CLIENT") "|" SET("ACTIVEX") "|" SET("EXPLOIT_KIT") "|" SET("PHISHING") "|"
	    SET("CURRENT_EVENTS"), EVE_SOURCE,
	    NONE, NONE, false, "a page and its visitor: the visitor is the victim" },
	{ EVE_ALERT, "Successful User Privilege Gain|Successful Administrator Privilege Gain|Information Leak|"
	    "Large Scale Information Leak", NULL, EVE_SOURCE,
	    NONE, NONE, false, "says that an attack went well; the attack itself has its own line" },
	{ EVE_ALERT, NULL, SET("ATTACK_RESPONSE"), EVE_SOURCE,
	    NONE, NONE, false, "says that an attack went well; the attack itself has its own line" },

	/* Somebody else's address is in the question, so only the answer says something. */
	{ EVE_ALERT, NULL, "mon_list response|monlist response|amplification response|reflection response|"
	    "ddos amplification outbound|amplification attack outbound|amplification attack response", EVE_SERVER,
	    CLASS_AMPLIFIER, NONE, false, "answers larger than the question" },
	{ EVE_ALERT, NULL, "amplif|reflection|mon_list|monlist", EVE_SOURCE,
	    NONE, NONE, false, "a question whose source is forged by design" },

	{ EVE_ALERT, "Attempt to login by a default username and password|"
	    "An attempted login using a suspicious username was detected|Unsuccessful User Privilege Gain", NULL,
	    EVE_CLIENT, CLASS_LOGIN_ATTACKER, NONE, true, "login attempts" },
	{ EVE_ALERT, NULL, "brute force|brute-force|bruteforce|login attempts|failed login|password guess|password spray|"
	    "default credential|default password", EVE_CLIENT,
	    CLASS_LOGIN_ATTACKER, NONE, true, "login attempts" },

	{ EVE_ALERT, "Malware Command and Control Activity Detected|Domain Observed Used for C2 Detected", NULL, EVE_CLIENT,
	    CLASS_C2_CONTACT, CLASS_C2_SERVER, false, "contact to a command server" },
	{ EVE_ALERT, NULL, " cnc | c2 | c&c |command and control|cnc checkin|cnc beacon|" SET("CNC"), EVE_CLIENT,
	    CLASS_C2_CONTACT, CLASS_C2_SERVER, false, "contact to a command server" },
	{ EVE_ALERT, "A Network Trojan was detected|Crypto Currency Mining Activity Detected", NULL, EVE_CLIENT,
	    CLASS_BOT, NONE, false, "traffic of malware" },
	{ EVE_ALERT, NULL, SET("MALWARE") "|" SET("TROJAN") "|" SET("WORM") "|" SET("MOBILE_MALWARE") "|"
	    SET("COINMINER"), EVE_CLIENT, CLASS_BOT, NONE, false, "traffic of malware" },

	{ EVE_ALERT, "Attempted Denial of Service|Denial of Service|Detection of a Denial of Service Attack", NULL,
	    EVE_SOURCE, CLASS_DDOS_SOURCE, NONE, true, "denial of service" },
	{ EVE_ALERT, NULL, SET("DOS") "|syn flood|udp flood|icmp flood|http flood", EVE_SOURCE,
	    CLASS_DDOS_SOURCE, NONE, true, "denial of service" },

	{ EVE_ALERT, "Detection of a Network Scan|Attempted Information Leak", NULL, EVE_CLIENT,
	    CLASS_SCANNER, NONE, true, "scan" },
	{ EVE_ALERT, NULL, SET("SCAN") "|port scan|portscan|port sweep|portsweep|masscan|zmap|nmap", EVE_CLIENT,
	    CLASS_SCANNER, NONE, true, "scan" },
	{ EVE_ALERT, "Attempted User Privilege Gain|Attempted Administrator Privilege Gain|Web Application Attack|"
	    "Executable code was detected|access to a potentially vulnerable web application", NULL, EVE_CLIENT,
	    CLASS_SCANNER, NONE, true, "tried to break into a service" },
	{ EVE_ALERT, NULL, SET("EXPLOIT") "|" SET("WEB_SERVER") "|" SET("WEB_SPECIFIC_APPS") "|" SET("SQL") "|"
	    SET("SHELLCODE"), EVE_CLIENT, CLASS_SCANNER, NONE, true, "tried to break into a service" },

	/* What the engine sees without a rule. */
	{ EVE_ANOMALY, NULL, "synack_flood|syn_flood", EVE_SOURCE, CLASS_DDOS_SOURCE, NONE, false, "flood of SYNs" },
	{ EVE_ANOMALY, NULL, NULL, EVE_SOURCE, NONE, NONE, false, "broken packets are no abuse yet" },
	{ EVE_DNS, NULL, "^answer|^response", EVE_SERVER, CLASS_OPEN_RESOLVER, NONE, false,
	    "answered a stranger's question by recursion" },
	{ EVE_DNS, NULL, NULL, EVE_CLIENT, NONE, NONE, false, "a question" },
	{ EVE_HTTP, NULL, NULL, EVE_SERVER, CLASS_OPEN_PROXY, NONE, false, "relayed a stranger's request" },
	{ EVE_FLOW, NULL, NULL, EVE_CLIENT, NONE, NONE, false, "one flow is no abuse; flow telemetry looks at all" },
};

const size_t eve_row_count = sizeof(eve_rows) / sizeof(eve_rows[0]);
