/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The type table, see xarf_type.h. A type whose schema is not published has a row without fields of
 * its own. Where a schema wants source_port only as long as the source is an address, a report
 * without one is accepted all the same (an ICMP flood has none) and weighs less.
 */
#include "wire/xarf_type.h"

#include <string.h>

#define TRANSPORT "tcp udp icmp sctp"
#define SEEN      { "first_seen", XARF_TIME, NULL, 0, false }
#define NEED(name, kind)        { name, XARF_##kind, NULL, 1, false }
#define WORDS(name, words)      { name, XARF_WORD, words, 0, false }
#define PROTOCOL(words)         WORDS("protocol", words)
#define URL                     NEED("url", STRING)

const struct xarf_type xarf_types[] = {
	{ "messaging", "spam", false, true,
	    { PROTOCOL("smtp sms whatsapp telegram signal chat social_media push_notification other"),
	        { "smtp_from", XARF_STRING, NULL, 0, true } } },
	{ "messaging", "bulk_messaging", false, true,
	    { PROTOCOL("smtp sms whatsapp telegram social_media push_notification other"),
	        { "recipient_count", XARF_COUNT, NULL, 100, false },
	        { "smtp_from", XARF_STRING, NULL, 0, true } } },
	{ "connection", "login_attack", true, false, { PROTOCOL(TRANSPORT), SEEN } },
	{ "connection", "port_scan", true, false, { PROTOCOL(TRANSPORT), SEEN } },
	{ "connection", "ddos", true, false, { PROTOCOL(TRANSPORT), SEEN } },
	{ "connection", "infected_host", false, false,
	    { PROTOCOL("tcp udp"), SEEN,
	        WORDS("bot_type", "search_engine ai_agent monitoring seo_analyzer link_checker "
	                          "feed_reader social_media advertising malicious unknown") } },
	{ "connection", "reconnaissance", false, false,
	    { PROTOCOL("tcp udp"), SEEN, NEED("probed_resources", LIST) } },
	{ "connection", "scraping", false, false,
	    { PROTOCOL("tcp udp"), SEEN, NEED("total_requests", COUNT) } },
	{ "connection", "sql_injection", false, false, { PROTOCOL("tcp udp"), SEEN } },
	{ "connection", "vulnerability_scan", false, false,
	    { PROTOCOL("tcp udp icmp mixed"), SEEN,
	        WORDS("scan_type", "port_scan vulnerability_scan version_detection os_fingerprinting "
	                           "service_enumeration web_vuln_scan directory_brute_force mixed") } },
	{ "content", "phishing", false, false, { URL } },
	{ "content", "malware", false, false, { URL } },
	{ "content", "csam", false, false, { { NULL, 0, NULL, 0, false } } },
	{ "content", "csem", false, false, { { NULL, 0, NULL, 0, false } } },
	{ "content", "exposed_data", false, false,
	    { URL, NEED("data_types", LIST_SOME),
	        WORDS("exposure_method",
	            "misconfigured_server open_directory database_exposure git_repository backup_file "
	            "log_file cloud_storage paste_site forum_post ransomware_leak intentional_leak other") } },
	{ "content", "brand_infringement", false, false,
	    { URL, NEED("legitimate_site", STRING),
	        WORDS("infringement_type",
	            "counterfeit typosquatting lookalike homograph unauthorized_reseller "
	            "trademark_violation brand_impersonation logo_misuse other") } },
	{ "content", "fraud", false, false,
	    { URL, WORDS("fraud_type", "investment romance tech_support lottery advance_fee "
	                               "cryptocurrency shopping charity employment "
	                               "government_impersonation other") } },
	{ "content", "remote_compromise", false, false,
	    { URL, WORDS("compromise_type", "webshell backdoor defacement malicious_redirect seo_spam "
	                                    "cryptominer phishing_kit malware_host c2_server proxy "
	                                    "scanner other") } },
	{ "content", "suspicious_registration", false, false,
	    { URL, { "registration_date", XARF_TIME, NULL, 0, false },
	        NEED("suspicious_indicators", LIST_SOME) } },
	{ "copyright", "copyright", false, false, { { NULL, 0, NULL, 0, false } } },
	{ "copyright", "p2p", false, false, { { NULL, 0, NULL, 0, false } } },
	{ "copyright", "cyberlocker", false, false, { { NULL, 0, NULL, 0, false } } },
	{ "copyright", "ugc_platform", false, false, { { NULL, 0, NULL, 0, false } } },
	{ "copyright", "link_site", false, false, { { NULL, 0, NULL, 0, false } } },
	{ "copyright", "usenet", false, false, { { NULL, 0, NULL, 0, false } } },
	{ "vulnerability", "cve", false, false,
	    { NEED("service", STRING), NEED("service_port", PORT), NEED("cve_id", STRING) } },
	{ "vulnerability", "misconfiguration", false, false, { NEED("service", STRING) } },
	{ "vulnerability", "open_service", false, false, { NEED("service", STRING) } },
	{ "infrastructure", "botnet", false, false, { NEED("compromise_evidence", STRING) } },
	{ "infrastructure", "compromised_server", false, false, { NEED("compromise_method", STRING) } },
	{ "reputation", "blocklist", false, false, { NEED("threat_type", STRING) } },
	{ "reputation", "threat_intelligence", false, false, { NEED("threat_type", STRING) } },
	{ NULL, NULL, false, false, { { NULL, 0, NULL, 0, false } } },
};

const struct xarf_type *
xarf_type_find(const char *category, const char *type)
{
	for (const struct xarf_type *t = xarf_types; t->category; t++)
		if (strcmp(t->category, category) == 0 && strcmp(t->type, type) == 0)
			return t;
	return NULL;
}

bool
xarf_category_known(const char *category)
{
	for (const struct xarf_type *t = xarf_types; t->category; t++)
		if (strcmp(t->category, category) == 0)
			return true;
	return false;
}

bool
xarf_word_in(const char *word, const char *words)
{
	size_t n = strlen(word);
	for (const char *p = words; n > 0 && (p = strstr(p, word)); p += n)
		if ((p == words || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
			return true;
	return false;
}
