/* SPDX-License-Identifier: BSD-2-Clause */
/* The recognisers of every class: by program, what a line says of 192.0.2.1 when nobody told the class, and
 * which port it came from. Lines written after the formats, not taken from anybody's log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire/recog.h"

#define D "Nov 22 01:45:00 h "
#define A "192.0.2.1"
#define B "203.0.113.9"
#define T "[22/Nov/2026:01:45:00 +0000] "

enum { LOGIN = CLASS_LOGIN_ATTACKER, SCAN = CLASS_SCANNER, DDOS = CLASS_DDOS_SOURCE, SPAM = CLASS_SPAM_SOURCE,
	CONTACT = CLASS_C2_CONTACT, C2 = CLASS_C2_SERVER, NOT = -1, NOBODY = 0 };

/* cls: a supporting row of that class; NOBODY neutral; NOT contradicts. */
static const struct line {
	int cls, port;
	bool one_way;
	const char *line;
} table[] = {
	/* sshd, dropbear, PAM */
	{ LOGIN, 4, 0, D "sshd[1]: Failed password for root from " A " port 4 ssh2" },
	{ LOGIN, 4, 0, D "sshd-session[1]: Failed keyboard-interactive/pam for invalid user a b from " A " port 4 ssh2" },
	{ LOGIN, 4, 0, D "sshd[1]: Failed publickey for git from " A " port 4 ssh2: RSA SHA256:abc" },
	{ LOGIN, 4, 0, "2026-11-22T01:45:00.123456+01:00 h sshd[1]: Invalid user  from " A " port 4" },
	{ LOGIN, 4, 0, "<38>1 2026-11-22T01:45:00Z h sshd 1 - - Invalid user a from " A " port 4" },
	{ LOGIN, 4, 0, D "sshd[1]: error: maximum authentication attempts exceeded for invalid user a from " A " port 4 ssh2 [preauth]" },
	{ LOGIN, 0, 0, D "sshd[1]: error: PAM: Authentication failure for root from " A },
	{ LOGIN, 0, 0, D "sshd[1]: User root from " A " not allowed because not listed in AllowUsers" },
	{ LOGIN, 4, 0, D "sshd[1]: Connection closed by authenticating user root " A " port 4 [preauth]" },
	{ LOGIN, 4, 0, D "sshd[1]: Disconnecting invalid user a " A " port 4: Too many authentication failures [preauth]" },
	{ LOGIN, 4, 0, D "sshd[1]: Received disconnect from " A " port 4:11: Bye Bye [preauth]" },
	{ LOGIN, 4, 0, D "sshd[1]: fatal: Timeout before authentication for " A " port 4" },
	{ LOGIN, 4, 0, D "sshd[1]: drop connection #10 from [" A "]:4 on [203.0.113.1]:22 past MaxStartups" },
	{ SCAN, 4, 0, D "sshd[1]: Did not receive identification string from " A " port 4" },
	{ SCAN, 4, 0, D "sshd[1]: banner exchange: Connection from " A " port 4: invalid format" },
	{ SCAN, 4, 0, D "sshd[1]: Unable to negotiate with " A " port 4: no matching key exchange method found. Their offer: x [preauth]" },
	{ SCAN, 4, 0, D "sshd[1]: Connection closed by " A " port 4 [preauth]" },
	{ LOGIN, 0, 0, D "sshd[1]: refused connect from " A " (" A ")" },
	{ NOBODY, 0, 0, D "sshd[1]: Accepted publickey for root from " A " port 4 ssh2: RSA SHA256:abc" },
	{ NOBODY, 0, 0, D "sshd[1]: Connection from " A " port 4 on 203.0.113.1 port 22 rdomain \"\"" },
	{ NOBODY, 0, 0, D "sshd[1]: Received disconnect from " A " port 4:11: disconnected by user" },
	{ LOGIN, 0, 0, D "sshd[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=" A "  user=root" },
	{ LOGIN, 0, 0, D "sshd[1]: PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=" A "  user=root" },
	{ LOGIN, 4, 0, D "dropbear[1]: Bad password attempt for 'root' from " A ":4" },
	{ LOGIN, 4, 0, D "dropbear[1]: Login attempt for nonexistent user from " A ":4" },
	{ NOBODY, 0, 0, D "dropbear[1]: Password auth succeeded for 'root' from " A ":4" },

	/* times, tags and what mails do to lines */
	{ LOGIN, 4, 0, "Sun 2026-11-22 01:45:00 CET h sshd[1]: Invalid user a from " A " port 4" },
	{ LOGIN, 4, 0, "<38>1 2026-11-22T01:45:00.1Z h sshd 1 ID7 [x@1 a=\"b\"] Invalid user a from " A " port 4" },
	{ LOGIN, 4, 0, "2026-11-22T01:45:00.1Z stdout F " D "sshd[1]: Invalid user a from " A " port 4" },
	{ LOGIN, 4, 0, "> " D "sshd[1]: Invalid user a from " A " port 4" },
	{ LOGIN, 4, 0, "    " D "sshd[1]: Invalid user a from ::ffff:" A " port 4" },
	{ LOGIN, 4, 0, D "sshd[1]: [ID 800047 auth.info] Failed password for root from " A " port 4 ssh2" },
	{ LOGIN, 0, 0, D "sshd(pam_unix)[1]: authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=" A "  user=root" },
	{ SCAN, 4, 0, D "suricata[9]: [1:2001219:20] ET SCAN x [Classification: x] [Priority: 2] {TCP} " A ":4 -> 203.0.113.1:22" },
	{ SCAN, 4, 1, D "kernel: [WAN_LOCAL-default-D]IN=e OUT= MAC=1 SRC=" A " DST=203.0.113.1 LEN=40 PROTO=UDP SPT=4 DPT=5060" },
	{ SCAN, 0, 1, D "portsentry[2]: Scan from: [" A "] (" A ") protocol: [TCP] port: [23] type: [Connect]" },
	{ SPAM, 0, 0, D "postfix/smtpd[1]: 4ABCDEF123: milter-reject: END-OF-MESSAGE from unknown[" A "]: 5.7.1 Spam; from=<a@b> to=<c@d>" },

	/* mail boxes and SASL */
	{ LOGIN, 0, 0, D "dovecot: imap-login: Disconnected (auth failed, 3 attempts in 9 secs): user=<a>, method=PLAIN, rip=" A ", lip=203.0.113.1, TLS, session=<x>" },
	{ LOGIN, 0, 0, D "dovecot: pop3-login: Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): user=<a>, method=PLAIN, rip=" A ", lip=203.0.113.1, session=<x>" },
	{ LOGIN, 0, 0, D "dovecot: auth: passwd-file(a," A ",<x>): unknown user (SHA1 of given password: abc)" },
	{ LOGIN, 0, 0, D "dovecot: auth-worker(9): conn unix:auth-worker (pid=8,uid=7): auth-worker<6>: sql(a," A ",<x>): Password mismatch" },
	{ NOBODY, 0, 0, D "dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=" A ", lip=203.0.113.1, mpid=9, TLS, session=<x>" },
	{ LOGIN, 0, 0, D "postfix/smtpd[1]: warning: unknown[" A "]: SASL LOGIN authentication failed: UGFzc3dvcmQ6" },
	{ LOGIN, 4, 0, D "postfix/submission/smtpd[1]: warning: a.example[" A "]:4: SASL PLAIN authentication failed: x, sasl_username=b" },
	{ LOGIN, 0, 0, D "postfix/smtpd[1]: lost connection after AUTH from unknown[" A "]" },
	{ LOGIN, 0, 0, D "postfix/smtpd[1]: disconnect from unknown[" A "] ehlo=1 auth=0/1 commands=1/2" },
	{ LOGIN, 4, 0, "2026-11-22 01:45:00 plain authenticator failed for (a) [" A "]:4: 535 Incorrect authentication data (set_id=b)" },
	{ LOGIN, 0, 0, D "courier-imapd: LOGIN FAILED, user=a, ip=[::ffff:" A "]" },
	{ LOGIN, 0, 0, D "imapd[1]: badlogin: a.example [" A "] plaintext b SASL(-13): authentication failure" },

	/* files, telephones, tunnels, data bases, the web */
	{ LOGIN, 0, 0, "Sun Nov 22 01:45:00 2026 [pid 1] [a] FAIL LOGIN: Client \"" A "\"" },
	{ LOGIN, 0, 0, D "proftpd[1]: h (a.example[" A "]) - USER b: no such user found from a.example [" A "] to 203.0.113.1:21" },
	{ LOGIN, 0, 0, D "pure-ftpd: (?@" A ") [WARNING] Authentication failed for user [a]" },
	{ LOGIN, 4, 0, "[2026-11-22 01:45:00] NOTICE[1] chan_sip.c: Registration from '\"a\" <sip:1@b>' failed for '" A ":4' - Wrong password" },
	{ LOGIN, 4, 0, "[2026-11-22 01:45:00] SECURITY[1] res_security_log.c: SecurityEvent=\"ChallengeResponseFailed\",EventTV=\"1\",Severity=\"Error\",Service=\"PJSIP\",EventVersion=\"1\",AccountID=\"a\",SessionID=\"b\",LocalAddress=\"IPV4/UDP/203.0.113.1/5060\",RemoteAddress=\"IPV4/UDP/" A "/4\",Challenge=\"c\"" },
	{ SCAN, 4, 0, D "ovpn-server[1]: " A ":4 TLS Error: TLS handshake failed" },
	{ LOGIN, 0, 0, "2026-11-22T01:45:00.000000Z 9 [Note] Access denied for user 'root'@'" A "' (using password: YES)" },
	{ LOGIN, 0, 0, "2026-11-22 01:45:00.00 Logon       Login failed for user 'sa'. Reason: x. [CLIENT: " A "]" },
	{ LOGIN, 0, 0, D "wordpress(a.example)[1]: Authentication failure for admin from " A },
	{ LOGIN, 0, 0, D "roundcube: <a1b2c3d4> IMAP Error: Login failed for a@b from " A ". AUTHENTICATE PLAIN: failed. in /usr/share/x.php on line 1 (POST /)" },
	{ LOGIN, 0, 0, "{\"reqId\":\"x\",\"level\":2,\"remoteAddr\":\"" A "\",\"user\":\"--\",\"message\":\"Login failed: a (Remote IP: " A ")\"}" },
	{ LOGIN, 0, 0, "[Sun Nov 22 01:45:00 2026] [auth_basic:error] [pid 1] [client " A ":4] AH01617: user a: authentication failure for \"/\": Password Mismatch" },
	{ LOGIN, 0, 0, "2026/11/22 01:45:00 [error] 1#1: *2 user \"a\": password mismatch, client: " A ", server: b, request: \"GET / HTTP/1.1\", host: \"b\"" },
	{ LOGIN, 0, 0, A " - admin " T "\"GET /private HTTP/1.1\" 401 1 \"-\" \"x\"" },
	{ LOGIN, 0, 0, "{\"eventid\":\"cowrie.login.failed\",\"username\":\"root\",\"src_ip\":\"" A "\"}" },
	{ LOGIN, 0, 0, "%ASA-6-605004: Login denied from " A "/4 to outside:203.0.113.1/ssh for user \"a\"" },
	{ LOGIN, 0, 0, "Audit Failure An account failed to log on. Workstation Name: - Source Network Address: " A " Source Port: 4" },
	{ LOGIN, 0, 0, "2026-11-22 01:45:00,123 fail2ban.actions        [1]: NOTICE  [sshd] Ban " A },
	{ NOBODY, 0, 0, "2026-11-22 01:45:00,123 fail2ban.actions        [1]: NOTICE  [sshd] Unban " A },

	/* packets */
	{ SCAN, 4, 1, D "kernel: [12.3] [UFW BLOCK] IN=e OUT= MAC=0 SRC=" A " DST=203.0.113.1 LEN=40 TOS=0x00 PROTO=TCP SPT=4 DPT=23 WINDOW=1 RES=0x00 SYN URGP=0" },
	{ SCAN, 4, 1, D "kernel: DROP IN=e OUT= SRC=" A " DST=203.0.113.1 LEN=40 PROTO=UDP SPT=4 DPT=5060 LEN=20" },
	{ NOBODY, 0, 0, D "kernel: DROP IN=e OUT= SRC=" A " DST=203.0.113.1 LEN=400 PROTO=UDP SPT=53 DPT=40000 LEN=380" },
	{ NOBODY, 0, 0, D "kernel: ALLOW IN=e OUT= SRC=" A " DST=203.0.113.1 LEN=40 PROTO=TCP SPT=4 DPT=443 ACK URGP=0" },
	{ NOT, 0, 1, D "kernel: DROP IN=e OUT= SRC=203.0.113.1 DST=" A " LEN=40 PROTO=TCP SPT=4 DPT=23 SYN" },
	{ DDOS, 4, 1, D "kernel: SYN-FLOOD IN=e OUT= SRC=" A " DST=203.0.113.1 LEN=40 PROTO=TCP SPT=4 DPT=80 SYN" },
	{ SCAN, 4, 1, D "filterlog[1]: 5,,,1000000103,em0,match,block,in,4,0x0,,64,600,0,none,6,tcp,44," A ",203.0.113.1,4,22,0,S,1,,65535,,mss" },
	{ SCAN, 4, 1, "firewall,info drop input: in:ether1 out:(unknown 0), src-mac 00:00:00:00:00:01, proto TCP (SYN), " A ":4->203.0.113.1:23, len 40" },
	{ SCAN, 4, 1, "%ASA-4-106023: Deny tcp src outside:" A "/4 dst inside:203.0.113.1/23 by access-group \"o\" [0x0, 0x0]" },
	{ SCAN, 4, 1, D "12: %SEC-6-IPACCESSLOGP: list 101 denied tcp " A "(4) -> 203.0.113.1(23), 1 packet" },
	{ SCAN, 0, 1, D "portsentry[1]: attackalert: TCP SYN/Normal scan from host: a.example/" A " to TCP port: 23" },
	{ NOBODY, 0, 1, D "kernel: martian source 203.0.113.1 from " A ", on dev e" },

	/* alerts, names, floods */
	{ SCAN, 4, 0, "11/22/2026-01:45:00.1  [**] [1:2001219:20] ET SCAN Potential SSH Scan [**] [Classification: x] [Priority: 2] {TCP} " A ":4 -> 203.0.113.1:22" },
	{ CONTACT, 4, 0, "11/22/2026-01:45:00.1  [**] [1:1:1] ET MALWARE Mirai Variant Checkin [**] [Classification: x] [Priority: 1] {TCP} " A ":4 -> 203.0.113.1:23" },
	{ C2, 23, 0, "11/22/2026-01:45:00.1  [**] [1:1:1] ET MALWARE Mirai Variant Checkin [**] [Classification: x] [Priority: 1] {TCP} 203.0.113.1:4 -> " A ":23" },
	{ NOT, 0, 0, "11/22/2026-01:45:00.1  [**] [1:1:1] ET SCAN x [**] [Classification: x] [Priority: 1] {TCP} 203.0.113.1:4 -> " A ":23" },
	{ NOBODY, 0, 0, "11/22/2026-01:45:00.1  [**] [1:1:1] ET DROP Dshield Block Listed Source [**] [Classification: x] [Priority: 2] {TCP} " A ":4 -> 203.0.113.1:23" },
	{ SCAN, 4, 0, "{\"timestamp\":\"2026-11-22T01:45:00Z\",\"event_type\":\"alert\",\"src_ip\":\"" A "\",\"src_port\":4,\"dest_ip\":\"203.0.113.1\",\"dest_port\":22,\"proto\":\"TCP\",\"alert\":{\"signature\":\"ET SCAN x\"}}" },
	{ CONTACT, 4, 1, "22-Nov-2026 01:45:00.000 client @0x7f " A "#4 (a.example): rpz QNAME NXDOMAIN rewrite a.example/A/IN via a.example.rpz" },
	{ SCAN, 4, 1, "22-Nov-2026 01:45:00.000 client @0x7f " A "#4 (a.example): query (cache) 'a.example/ANY/IN' denied" },
	{ NOBODY, 0, 0, "22-Nov-2026 01:45:00.000 client @0x7f " A "#4 (a.example): query: a.example IN A +E(0) (203.0.113.1)" },

	/* mail */
	{ SPAM, 0, 0, D "postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[" A "]: 554 5.7.1 Service unavailable; Client host [" A "] blocked using zen.example; from=<a@b> to=<c@d> proto=ESMTP helo=<e>" },
	{ SPAM, 4, 0, D "postfix/postscreen[1]: PREGREET 14 after 0.1 from [" A "]:4: EHLO x" },
	{ NOBODY, 0, 0, D "postfix/smtpd[1]: NOQUEUE: reject: RCPT from a[" A "]: 450 4.2.0 <a@b>: Recipient address rejected: Greylisted; from=<a@b> to=<c@d>" },
	{ SPAM, 4, 0, "2026-11-22 01:45:00 H=a.example (b) [" A "]:4 F=<a@b> rejected RCPT <c@d>: relay not permitted" },
	{ SPAM, 0, 0, D "sm-mta[1]: abcdefg123456: ruleset=check_rcpt, arg1=<a@b>, relay=c.example [" A "], reject=550 5.7.1 <a@b>... Relaying denied" },
	{ NOT, 0, 0, D "postfix/smtp[1]: ABCDEF12: to=<a@b>, relay=mx.example[" A "]:25, delay=1, dsn=2.0.0, status=sent (250 ok)" },

	/* web */
	{ SCAN, 0, 0, A " - - " T "\"GET /.env HTTP/1.1\" 404 1 \"-\" \"x\"" },
	{ SCAN, 0, 0, A " - - " T "\"GET /cgi-bin/luci/;stok=/locale?form=country&operation=write&country=$(id) HTTP/1.1\" 404 1 \"-\" \"x\"" },
	{ SCAN, 0, 0, A " - - " T "\"\\x16\\x03\\x01\" 400 1 \"-\" \"-\"" },
	{ SCAN, 0, 0, A " - - " T "\"GET / HTTP/1.1\" 200 1 \"-\" \"Mozilla/5.0 zgrab/0.x\"" },
	{ LOGIN, 0, 0, A " - - " T "\"POST /wp-login.php HTTP/1.1\" 200 1 \"-\" \"x\"" },
	{ NOBODY, 0, 0, A " - - " T "\"GET / HTTP/1.1\" 200 1 \"-\" \"x\"" },
	{ NOBODY, 0, 0, "203.0.113.9 - " A " " T "\"GET /.env HTTP/1.1\" 401 1 \"-\" \"x\"" },
	{ CLASS_OPEN_RESOLVER, 53, 0, "Discovered open port 53/udp on " A },
	{ CLASS_EXPOSED_SERVICE, 23, 0, "Discovered open port 23/tcp on " A },
	{ CLASS_KNOWN_DEFECTIVE, 80, 0, "[CVE-2021-36260] [http] [critical] http://" A ":80/SDK/webLanguage" },
	{ NOBODY, 0, 0, "backup of " A " finished" },
};

static void
lines(void **state)
{
	(void)state;
	struct recog *r;
	struct addr a;
	struct logfind f;
	unsigned bad = 0;
	addr_parse(A, strlen(A), &a);
	logfind_init(&f, &a);
	assert_int_equal(recog_new(CLASS_NONE, &r), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct line *t = &table[i];
		struct recog_found x;
		enum recog_says want = t->cls > 0 ? RECOG_SUPPORTS : t->cls == NOT ? RECOG_CONTRADICTS : RECOG_NEUTRAL;
		enum recog_says says = recog_judge(r, CLASS_NONE, &f, t->line, strlen(t->line), &x);
		bool fits = says == want;
		if (fits && t->cls > 0)
			fits = (x.row->of & RECOG_OF(t->cls)) && !(x.row->of & (RECOG_OF(t->cls) - 1)) &&
			    (!t->port || x.port == t->port) && t->one_way == !!(x.row->flags & RECOG_ONE_WAY);
		if (fits)
			continue;
		bad++;
		print_error("%s (%s, of %x, port %u): %s\n", recog_says_name(says), x.row ? x.row->name : "no row",
		    x.row ? x.row->of : 0, x.port, t->line);
	}
	recog_free(r);
	assert_int_equal(bad, 0);
}

/* What must be told: a request, a packet, a delivery supports who was told that it was unwanted. */
static void
told(void **state)
{
	(void)state;
	static const struct {
		enum class_id cls;
		const char *line;
	} s[] = {
		{ CLASS_OPEN_PROXY, A " - - " T "\"GET / HTTP/1.1\" 200 1 \"-\" \"x\"" },
		{ CLASS_DDOS_SOURCE, A " - - " T "\"GET / HTTP/1.1\" 200 1 \"-\" \"x\"" },
		{ CLASS_BOT, A " - - " T "\"GET / HTTP/1.1\" 200 1 \"-\" \"x\"" },
		{ CLASS_OPEN_RESOLVER, D "kernel: DROP IN=e OUT= SRC=" A " DST=203.0.113.1 LEN=400 PROTO=UDP SPT=53 DPT=40000 LEN=380" },
		{ CLASS_AMPLIFIER, D "kernel: DROP IN=e OUT= SRC=" A " DST=203.0.113.1 LEN=400 PROTO=UDP SPT=123 DPT=40000 LEN=380" },
		{ CLASS_C2_SERVER, D "kernel: DROP IN= OUT=e SRC=203.0.113.1 DST=" A " LEN=40 PROTO=TCP SPT=40000 DPT=23 SYN" },
		{ CLASS_SPAM_SOURCE, D "postfix/smtpd[1]: ABCDEF12: client=a.example[" A "]" },
		{ CLASS_LOGIN_ATTACKER, D "dovecot: imap-login: Disconnected (no auth attempts in 3 secs): user=<>, rip=" A ", lip=203.0.113.1, TLS" },
		{ CLASS_SCANNER, A " - - " T "\"GET /nowhere HTTP/1.1\" 404 1 \"-\" \"x\"" },
	};
	struct addr a;
	struct logfind f;
	const struct recog_row *row;
	addr_parse(A, strlen(A), &a);
	logfind_init(&f, &a);
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		struct recog *r, *all;
		assert_int_equal(recog_new(s[i].cls, &r), 0);
		assert_int_equal(recog_new(CLASS_NONE, &all), 0);
		if (recog_line(r, &f, s[i].line, strlen(s[i].line), &row) != RECOG_SUPPORTS)
			fail_msg("%s: not when told: %s", class_row(s[i].cls)->name, s[i].line);
		if (recog_line(all, &f, s[i].line, strlen(s[i].line), &row) == RECOG_SUPPORTS)
			fail_msg("%s: by itself: %s", row->name, s[i].line);
		recog_free(r);
		recog_free(all);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(told),
	};
	return cmocka_run_group_tests_name("wire/recog_class", tests, NULL, NULL);
}
