/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios of CrowdSec's hub by the words in their names, see alert.h. The first row that fits decides, so
 * what is more particular stands further up. What only a packet shows is weak: packets can be forged. */
#include "wire/alert.h"

#include <string.h>
#include <strings.h>

static const struct alert_row rows[] = {
	/* About accounts and processes of the machine itself, not about who came. */
	{ "impossible-travel|suid|auditd|sudo|whitelist|success|laurel|privilege|cve-2021-4034|msdt|drop_range",
	    CLASS_NONE, EVIDENCE_WEAK, false },
	/* A firewall's lines: a packet was there, and nobody knows who sent it. */
	{ "scan-multi|iptables|nftables|portscan|port-scan|port_scan|pf-scan|tcpdump|mikrotik-scan|firewall-scan",
	    CLASS_SCANNER, EVIDENCE_WEAK, false },
	{ "bind9-refused|dns-", CLASS_SCANNER, EVIDENCE_WEAK, false },
	/* Over UDP, where a first message needs no answer to have come from anywhere. */
	{ "asterisk|freeswitch|kamailio|teamspeak|sip-|sip_|charon|ipsec|openvpn|wireguard", CLASS_LOGIN_ATTACKER,
	    EVIDENCE_WEAK, false },
	{ "open-proxy|open_proxy", CLASS_SCANNER, EVIDENCE_TEXT, true },
	/* Passwords and names tried. */
	{ "-bf|_bf|bf-|bf_|bruteforce|brute-force|brute_force|user-enum|user_enum|username-enum|dovecot-spam|"
	  "honeypot|refused-conn|keyexchange|banner_exchange|password",
	    CLASS_LOGIN_ATTACKER, EVIDENCE_TEXT, true },
	{ "non-smtp", CLASS_SCANNER, EVIDENCE_TEXT, true },
	{ "spam|helo|mailscanner|rbl", CLASS_SPAM_SOURCE, EVIDENCE_TEXT, true },
	{ "ddos|http-dos|flood|req-limit|rate-limit", CLASS_DDOS_SOURCE, EVIDENCE_TEXT, true },
	/* Looks for holes, by requests that were answered. */
	{ "cve|rce|log4j|spring4shell|vmsa|probing|scan|crawl|backdoor|sensitive|user-agent|w00t|traversal|sqli|xss|"
	  "modsecurity|coraza|thinkphp|wpconfig|exploit|vpatch|appsec|jndi|ccs|vuln",
	    CLASS_SCANNER, EVIDENCE_TEXT, true },
};

const struct alert_row *
alert_row_of(const char *scenario)
{
	const char *slash = strchr(scenario, '/'), *name = slash ? slash + 1 : scenario;
	size_t len = strlen(name);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (const char *w = rows[i].words; *w;) {
			size_t n = strcspn(w, "|");
			for (size_t at = 0; at + n <= len; at++)
				if (strncasecmp(name + at, w, n) == 0)
					return &rows[i];
			w += n + (w[n] == '|');
		}
	return NULL;
}
