/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shadowserver's report types, by the schema it publishes (The-Shadowserver-Foundation/report_schema,
 * types.md) and the names it used before: what each says about the address it names, and what that can
 * prove. docs/shadowserver.md is made of this table. IPv6 twins (scan6_, event6_, population6_, a 6 at
 * the end) are read as the row without the 6.
 *
 * An answer to Shadowserver's own probe and a session with its sinkhole or honeypot are two-way exchanges:
 * strong. What others told it is text. What a forged packet or a header can say is weak.
 */
#include <string.h>

#include "wire/sheet_own.h"

#define STRONG EVIDENCE_STRONG
#define TEXT   EVIDENCE_TEXT
#define WEAK   EVIDENCE_WEAK

/* A service that should not answer; something seen to come from the address. */
#define OPEN(n, c)                                                                                 \
	{                                                                                          \
		n, CLASS_##c, STRONG, "port", NULL, NULL                                           \
	}
#define DID(n, c, e)                                                                               \
	{                                                                                          \
		n, CLASS_##c, e, "src_port", "dst_port", NULL                                      \
	}
#define HOST(n, c, e)                                                                              \
	{                                                                                          \
		n, CLASS_##c, e, "port", NULL, NULL                                                \
	}
#define NOT(n, why)                                                                                \
	{                                                                                          \
		n, CLASS_NONE, WEAK, NULL, NULL, why                                               \
	}

#define USUAL    "a service meant to be reached from outside; no fault is named"
#define POPULACE "counts what answers; no fault is named"
#define VICTIM   "the address is the victim"
#define CONTENT  "about a page's content, not what its address does"
#define SANDBOX  "malware in a sandbox went there, as it also goes to harmless places"
#define NAMELESS "names no address"
#define FIGURES  "figures, no events"

const struct sheet_type sheet_types[] = {
	/* Services that reflect and amplify. */
	OPEN("scan_ard", AMPLIFIER),
	OPEN("scan_chargen", AMPLIFIER),
	OPEN("scan_coap", AMPLIFIER),
	OPEN("scan_db2", AMPLIFIER),
	OPEN("scan_ddos_middlebox", AMPLIFIER),
	OPEN("scan_dvr_dhcpdiscover", AMPLIFIER),
	OPEN("scan_ldap_udp", AMPLIFIER),
	OPEN("scan_ldap", AMPLIFIER), /* until 2023 */
	OPEN("scan_loop_dos", AMPLIFIER),
	OPEN("scan_mdns", AMPLIFIER),
	OPEN("scan_memcached", AMPLIFIER),
	OPEN("scan_mssql", AMPLIFIER),
	OPEN("scan_netbios", AMPLIFIER),
	OPEN("scan_ntp", AMPLIFIER),
	OPEN("scan_ntpmonitor", AMPLIFIER),
	OPEN("scan_portmapper", AMPLIFIER),
	OPEN("scan_qotd", AMPLIFIER),
	OPEN("scan_rdpeudp", AMPLIFIER),
	OPEN("scan_msrdpeudp", AMPLIFIER), /* its other spelling */
	OPEN("scan_sip", AMPLIFIER),
	OPEN("scan_slp", AMPLIFIER),
	OPEN("scan_snmp", AMPLIFIER),
	OPEN("scan_ssdp", AMPLIFIER),
	OPEN("scan_stun", AMPLIFIER),
	OPEN("scan_tftp", AMPLIFIER),
	OPEN("scan_ubiquiti", AMPLIFIER),
	OPEN("scan_ws_discovery", AMPLIFIER),
	OPEN("scan_xdmcp", AMPLIFIER),
	OPEN("scan_dns", OPEN_RESOLVER),
	OPEN("dns_openresolver", OPEN_RESOLVER),
	OPEN("scan_http_proxy", OPEN_PROXY),
	OPEN("scan_socks", OPEN_PROXY),

	/* Services that should be reached from inside only. */
	OPEN("scan_activemq", EXPOSED_SERVICE),
	OPEN("scan_adb", EXPOSED_SERVICE),
	OPEN("scan_afp", EXPOSED_SERVICE),
	OPEN("scan_amqp", EXPOSED_SERVICE),
	OPEN("scan_bgp", EXPOSED_SERVICE),
	OPEN("scan_cisco_smart_install", EXPOSED_SERVICE),
	OPEN("cisco_smart_install", EXPOSED_SERVICE),
	OPEN("scan_couchdb", EXPOSED_SERVICE),
	OPEN("scan_cwmp", EXPOSED_SERVICE),
	OPEN("scan_docker", EXPOSED_SERVICE),
	OPEN("scan_elasticsearch", EXPOSED_SERVICE),
	OPEN("scan_epmd", EXPOSED_SERVICE),
	OPEN("scan_gtp", EXPOSED_SERVICE),
	OPEN("scan_hadoop", EXPOSED_SERVICE),
	OPEN("scan_ics", EXPOSED_SERVICE),
	OPEN("scan_modbus", EXPOSED_SERVICE),
	OPEN("scan_ip_tunnel", EXPOSED_SERVICE),
	OPEN("scan_ipmi", EXPOSED_SERVICE),
	OPEN("scan_ipp", EXPOSED_SERVICE),
	OPEN("scan_kubernetes", EXPOSED_SERVICE),
	OPEN("scan_ldap_tcp", EXPOSED_SERVICE),
	OPEN("scan_mikrotik_service", EXPOSED_SERVICE),
	OPEN("scan_mongodb", EXPOSED_SERVICE),
	OPEN("scan_mqtt", EXPOSED_SERVICE),
	OPEN("scan_mqtt_anon", EXPOSED_SERVICE),
	OPEN("scan_msrpc", EXPOSED_SERVICE),
	OPEN("scan_mysql", EXPOSED_SERVICE),
	OPEN("scan_nat_pmp", EXPOSED_SERVICE),
	OPEN("scan_net_pmp", EXPOSED_SERVICE), /* its other spelling */
	OPEN("scan_postgres", EXPOSED_SERVICE),
	OPEN("scan_radmin", EXPOSED_SERVICE),
	OPEN("scan_ransom", EXPOSED_SERVICE),
	OPEN("scan_rdp", EXPOSED_SERVICE),
	OPEN("scan_redis", EXPOSED_SERVICE),
	OPEN("scan_rsync", EXPOSED_SERVICE),
	OPEN("scan_smb", EXPOSED_SERVICE),
	OPEN("scan_telnet", EXPOSED_SERVICE),
	OPEN("scan_vnc", EXPOSED_SERVICE),
	OPEN("population_msmq", EXPOSED_SERVICE),

	/* Known holes. */
	OPEN("scan_badsecrets", KNOWN_DEFECTIVE),
	OPEN("scan_exchange", KNOWN_DEFECTIVE),
	OPEN("scan_http_vulnerable", KNOWN_DEFECTIVE),
	OPEN("scan_imap_vulnerable", KNOWN_DEFECTIVE),
	OPEN("scan_isakmp", KNOWN_DEFECTIVE),
	OPEN("scan_log4shell_vulnerable", KNOWN_DEFECTIVE),
	OPEN("scan_netis_router", KNOWN_DEFECTIVE),
	OPEN("netis_router", KNOWN_DEFECTIVE),
	OPEN("scan_pop3_vulnerable", KNOWN_DEFECTIVE),
	OPEN("scan_smtp_vulnerable", KNOWN_DEFECTIVE),
	OPEN("scan_ssl_freak", KNOWN_DEFECTIVE),
	OPEN("scan_ssl_poodle", KNOWN_DEFECTIVE),
	OPEN("ssl_scan", KNOWN_DEFECTIVE),
	HOST("special", KNOWN_DEFECTIVE, TEXT), /* single reports on what is exploited just then */

	/* Taken over. */
	HOST("compromised_iot", BOT, TEXT),
	HOST("compromised_website", BOT, TEXT),
	HOST("malware_url", BOT, TEXT),
	OPEN("scan_synfulknock", BOT),
	OPEN("scan_post_exploitation_framework", C2_SERVER),
	OPEN("scan_beacon", C2_SERVER),
	HOST("cc_ip", C2_SERVER, TEXT),
	DID("event4_honeypot_ddos", C2_SERVER, STRONG), /* the source gave the order to attack */
	DID("event4_initial_access_broker", BOT, TEXT),
	DID("event4_microsoft_sinkhole", BOT, STRONG),
	DID("event4_microsoft_sinkhole_http", BOT, STRONG),
	DID("event4_sinkhole", BOT, STRONG),
	DID("event4_sinkhole_http", BOT, STRONG),
	{ "event4_sinkhole_http_referer", CLASS_BOT, WEAK, "http_referer_port", "dst_port", NULL },
	HOST("botnet_drone", BOT, TEXT),
	HOST("drone", BOT, TEXT),
	DID("sinkhole_http_drone", BOT, STRONG),
	DID("sinkhole6_http", BOT, STRONG),
	DID("microsoft_sinkhole", BOT, STRONG),

	/* Attacks that came from the address. */
	DID("event4_honeypot_brute_force", LOGIN_ATTACKER, STRONG),
	DID("drone_brute_force", LOGIN_ATTACKER, STRONG),
	DID("event4_honeypot_adb_scan", SCANNER, STRONG),
	DID("event4_honeypot_darknet", SCANNER, WEAK),
	DID("darknet", SCANNER, WEAK),
	DID("event4_honeypot_http_scan", SCANNER, STRONG),
	DID("hp_http_scan", SCANNER, STRONG),
	DID("event4_honeypot_ics_scan", SCANNER, STRONG),
	DID("hp_ics_scan", SCANNER, STRONG),
	DID("event4_honeypot_ikev2_scan", SCANNER, WEAK),
	DID("event4_honeypot_rdp_scan", SCANNER, STRONG),
	DID("event4_honeypot_rocketmq_scan", SCANNER, STRONG),
	DID("event4_honeypot_smb_scan", SCANNER, STRONG),
	DID("event4_honeypot_snmp_scan", SCANNER, WEAK),
	DID("event4_ddos_participant", DDOS_SOURCE, TEXT),
	DID("event4_ip_spoofer", SPOOFED_SOURCE, TEXT),
	DID("caida_ip_spoofer", SPOOFED_SOURCE, TEXT),

	/* What accuses nobody. */
	NOT("blocklist", "others list the address; not what it did"),
	NOT("blacklist", "others list the address; not what it did"),
	NOT("compromised_account", NAMELESS),
	NOT("cwsandbox_url", SANDBOX),
	NOT("ddos_amplification", VICTIM),
	NOT("device_id", POPULACE),
	NOT("event4_honeypot_ddos_amp", VICTIM),
	NOT("event4_honeypot_ddos_target", VICTIM),
	NOT("event4_sinkhole_dns", "the address is a resolver that asked for somebody else"),
	NOT("sinkhole_dns", "the address is a resolver that asked for somebody else"),
	NOT("iot_exposed_device_stats", FIGURES),
	NOT("iot_infected_device_stats", FIGURES),
	NOT("outdated_dnssec_key", "the address is a resolver with an old key"),
	NOT("phish_url", CONTENT),
	NOT("population_bgp", POPULACE),
	NOT("population_http_proxy", "a proxy that answers; not whether it lets strangers in"),
	NOT("population_isakmp", POPULACE),
	NOT("population_ntrip", POPULACE),
	NOT("population_xmpp", POPULACE),
	NOT("ransomware_victim", NAMELESS),
	NOT("sandbox_conn", SANDBOX),
	NOT("sandbox_dns", NAMELESS),
	NOT("sandbox_url", SANDBOX),
	NOT("scan_ftp", USUAL),
	NOT("scan_http", USUAL),
	NOT("scan_imap", USUAL),
	NOT("scan_mikrotik_population", POPULACE),
	NOT("scan_pop3", USUAL),
	NOT("scan_quic", USUAL),
	NOT("scan_smtp", USUAL),
	NOT("scan_ssh", USUAL),
	NOT("scan_ssl", USUAL),
	NOT("spam_url", CONTENT),
	NOT("targeted_host", VICTIM),
};
const size_t sheet_type_count = sizeof(sheet_types) / sizeof(sheet_types[0]);

static const struct sheet_type *
exact(const char *name, size_t n)
{
	for (size_t i = 0; i < sheet_type_count; i++)
		if (strlen(sheet_types[i].name) == n && memcmp(sheet_types[i].name, name, n) == 0)
			return &sheet_types[i];
	return NULL;
}

const struct sheet_type *
sheet_type_find(const char *name, size_t n)
{
	static const struct twin {
		const char *six, *four;
	} twins[] = { { "scan6_", "scan_" }, { "event6_", "event4_" },
		{ "population6_", "population_" } };
	char four[64];
	const struct sheet_type *t = exact(name, n);
	if (t || n == 0 || n >= sizeof(four) - 1)
		return t;
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		size_t s = strlen(twins[i].six), f = strlen(twins[i].four);
		if (n <= s || memcmp(name, twins[i].six, s) != 0)
			continue;
		memcpy(four, twins[i].four, f);
		memcpy(four + f, name + s, n - s);
		return exact(four, f + n - s);
	}
	if (n > 3 && memcmp(name + n - 3, "_v6", 3) == 0)
		return exact(name, n - 3);
	return name[n - 1] == '6' ? exact(name, n - 1) : NULL;
}

static bool
digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* "2026-11-21-scan_telnet-example-asn.csv", as Shadowserver names its files (report-filename.md); or the
 * type alone. */
const struct sheet_type *
sheet_type_of_file(const char *name)
{
	const char *slash = strrchr(name, '/');
	if (slash)
		name = slash + 1;
	if (strlen(name) > 11 && digits(name, 4) && name[4] == '-' && digits(name + 5, 2) &&
	    name[7] == '-' && digits(name + 8, 2) && name[10] == '-')
		name += 11;
	return sheet_type_find(name, strcspn(name, "-."));
}
