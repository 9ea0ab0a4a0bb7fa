/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words other feeds accuse with, as classes. A phrase counts when it is known as a whole; of an unknown one
 * a single word is enough if that word says what the address itself did, and no other word says that
 * something else is meant (a page, a victim, a list).
 */
#include <string.h>

#include "wire/sheet_own.h"

static const struct word {
	const char *text;
	enum class_id cls;
	bool anywhere; /* also as one word of a phrase */
} words[] = {
	{ "attack", CLASS_LOGIN_ATTACKER, false },
	{ "bot", CLASS_BOT, true },
	{ "botnet", CLASS_BOT, true },
	{ "bots", CLASS_BOT, true },
	{ "backdoor", CLASS_BOT, false },
	{ "brute_force", CLASS_LOGIN_ATTACKER, false },
	{ "bruteforce", CLASS_LOGIN_ATTACKER, true },
	{ "bruteforcing", CLASS_LOGIN_ATTACKER, true },
	{ "c_c", CLASS_C2_SERVER, false },
	{ "c2", CLASS_C2_SERVER, true },
	{ "c2_server", CLASS_C2_SERVER, false },
	{ "c2server", CLASS_C2_SERVER, true },
	{ "cc", CLASS_C2_SERVER, false },
	{ "command_and_control", CLASS_C2_SERVER, false },
	{ "conficker", CLASS_BOT, true },
	{ "controller", CLASS_C2_SERVER, true },
	{ "darknet", CLASS_SCANNER, true },
	{ "ddos", CLASS_DDOS_SOURCE, true },
	{ "ddos_amplifier", CLASS_AMPLIFIER, false },
	{ "amplifier", CLASS_AMPLIFIER, true },
	{ "dns_open_resolver", CLASS_OPEN_RESOLVER, false },
	{ "dnsrd", CLASS_SCANNER, false },
	{ "dnsrdany", CLASS_SCANNER, false },
	{ "dnsversion", CLASS_SCANNER, false },
	{ "dos", CLASS_DDOS_SOURCE, true },
	{ "drone", CLASS_BOT, true },
	{ "exposed_service", CLASS_EXPOSED_SERVICE, false },
	{ "honeypot", CLASS_SCANNER, false },
	{ "ids_alert", CLASS_SCANNER, false },
	{ "infected", CLASS_BOT, true },
	{ "infected_system", CLASS_BOT, false },
	{ "infection", CLASS_BOT, true },
	{ "login_attack", CLASS_LOGIN_ATTACKER, false },
	{ "malware_infection", CLASS_BOT, false },
	{ "open_dns_resolver", CLASS_OPEN_RESOLVER, false },
	{ "open_proxy", CLASS_OPEN_PROXY, false },
	{ "open_relay", CLASS_SPAM_SOURCE, false },
	{ "open_resolver", CLASS_OPEN_RESOLVER, false },
	{ "openresolver", CLASS_OPEN_RESOLVER, true },
	{ "openresolvers", CLASS_OPEN_RESOLVER, true },
	{ "port_scan", CLASS_SCANNER, false },
	{ "portscan", CLASS_SCANNER, true },
	{ "potentially_unwanted_accessible", CLASS_EXPOSED_SERVICE, false },
	{ "proxy", CLASS_OPEN_PROXY, true },
	{ "reconnaissance", CLASS_SCANNER, true },
	{ "scan", CLASS_SCANNER, true },
	{ "scanner", CLASS_SCANNER, true },
	{ "scanners", CLASS_SCANNER, true },
	{ "scanning", CLASS_SCANNER, true },
	{ "sinkhole", CLASS_BOT, true },
	{ "sipinvitation", CLASS_SCANNER, false },
	{ "sipquery", CLASS_SCANNER, false },
	{ "sipregistration", CLASS_LOGIN_ATTACKER, false },
	{ "smtpdata", CLASS_SPAM_SOURCE, false },
	{ "smtpgreet", CLASS_SCANNER, false },
	{ "spam", CLASS_SPAM_SOURCE, true },
	{ "spambot", CLASS_SPAM_SOURCE, true },
	{ "spoofing", CLASS_SPOOFED_SOURCE, false },
	{ "ip_spoofer", CLASS_SPOOFED_SOURCE, false },
	{ "ip_spoofing", CLASS_SPOOFED_SOURCE, false },
	{ "ssh", CLASS_LOGIN_ATTACKER, false },
	{ "sshclient", CLASS_SCANNER, false },
	{ "sshpwauth", CLASS_LOGIN_ATTACKER, false },
	{ "system_compromise", CLASS_BOT, false },
	{ "telnetlogin", CLASS_LOGIN_ATTACKER, false },
	{ "vncrfb", CLASS_SCANNER, false },
	{ "vulnerable", CLASS_KNOWN_DEFECTIVE, false },
	{ "vulnerable_system", CLASS_KNOWN_DEFECTIVE, false },
	{ "worm", CLASS_BOT, true },
	{ "zombie", CLASS_BOT, true },
};

/* A phrase with one of these is about something else. */
static const char *const other[] = { "url", "urls", "phishing", "phish", "phishingurl",
	"distribution", "hosting", "website", "victim", "target", "blacklist", "blocklist",
	"domain", "hash", "file", "defacement", "copyright", "leak", "account", "fraud", "not",
	"no", NULL };

size_t
sheet_word_fold(const char *s, size_t n, char *buf, size_t cap)
{
	size_t to = 0;
	bool gap = false;
	for (size_t i = 0; i < n && to + 1 < cap; i++) {
		char c = s[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
			gap = to > 0;
			continue;
		}
		if (gap && to + 2 < cap)
			buf[to++] = '_';
		gap = false;
		buf[to++] = c;
	}
	buf[to] = 0;
	return to;
}

static bool
is(const char *text, const char *s, size_t n)
{
	return strlen(text) == n && memcmp(text, s, n) == 0;
}

static bool
about_other(const char *s, size_t n)
{
	for (const char *const *o = other; *o; o++)
		if (is(*o, s, n))
			return true;
	return false;
}

/* By its single words, the first that is known. */
static enum class_id
by_parts(const char *s, size_t n)
{
	enum class_id cls = CLASS_NONE;
	for (size_t i = 0; i < n;) {
		const char *gap = memchr(s + i, '_', n - i);
		size_t len = gap ? (size_t)(gap - (s + i)) : n - i;
		if (about_other(s + i, len))
			return CLASS_NONE;
		for (size_t w = 0; cls == CLASS_NONE && w < sizeof(words) / sizeof(words[0]); w++)
			if (words[w].anywhere && is(words[w].text, s + i, len))
				cls = words[w].cls;
		i += len + 1;
	}
	return cls;
}

enum class_id
sheet_word_class(const char *s, size_t n)
{
	char buf[SHEET_WORD], name[SHEET_WORD + 8] = "scan_";
	size_t len = sheet_word_fold(s, n, buf, sizeof(buf));
	if (len == 0)
		return CLASS_NONE;
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
		if (is(words[w].text, buf, len))
			return words[w].cls;
	for (int c = CLASS_NONE + 1; c < CLASS_N; c++) { /* our own names */
		char own[32];
		const char *row = class_row((enum class_id)c)->name;
		if (is(buf, own, sheet_word_fold(row, strlen(row), own, sizeof(own))))
			return (enum class_id)c;
	}
	/* A service's name, as Shadowserver's tags have it. */
	memcpy(name + 5, buf, len);
	const struct sheet_type *t = sheet_type_find(name, 5 + len);
	if (t)
		return t->cls;
	enum class_id cls = sheet_word_attack(buf, len);
	return cls != CLASS_NONE ? cls : by_parts(buf, len);
}

static bool
ends(const char *s, size_t n, const char *tail)
{
	size_t t = strlen(tail);
	return n > t && memcmp(s + n - t, tail, t) == 0;
}

enum class_id
sheet_word_attack(const char *s, size_t n)
{
	char buf[SHEET_WORD];
	size_t len = sheet_word_fold(s, n, buf, sizeof(buf));
	if (ends(buf, len, "_brute_force") || ends(buf, len, "_bruteforce"))
		return CLASS_LOGIN_ATTACKER;
	if (ends(buf, len, "_scan") || ends(buf, len, "_scanner"))
		return CLASS_SCANNER;
	if (is("spam", buf, len))
		return CLASS_SPAM_SOURCE;
	return is("ip_spoofer", buf, len) ? CLASS_SPOOFED_SOURCE : CLASS_NONE;
}

bool
sheet_word_taken(const char *s, size_t n)
{
	static const char *const taken[] = { "webshell", "implant", "compromised", "backdoor",
		NULL };
	char buf[4 * SHEET_WORD];
	size_t len = sheet_word_fold(s, n, buf, sizeof(buf));
	for (size_t i = 0; i < len;) {
		const char *gap = memchr(buf + i, '_', len - i);
		size_t part = gap ? (size_t)(gap - (buf + i)) : len - i;
		for (const char *const *t = taken; *t; t++)
			if (is(*t, buf + i, part))
				return true;
		i += part + 1;
	}
	return false;
}
