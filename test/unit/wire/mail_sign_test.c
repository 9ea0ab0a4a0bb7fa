/* SPDX-License-Identifier: BSD-2-Clause */
/* What a signature covers, to the byte; and that nothing beside it accuses under its name. */
#include <errno.h>

#include "mail_world.h"

#define HEAD                                                                                       \
	"From: NOC <noc@reporter.example>\nDate: " WHEN "\nSubject: attack\nMIME-Version: 1.0\n"
#define SSHD(addr)                                                                                 \
	"Nov 22 00:59:01 host sshd[411]: Failed password for root from " addr " port 40022 ssh2\n"
#define SIG         "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
#define CLEAR(text) "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" text SIG
#define FPR         "0123456789ABCDEF0123456789ABCDEF01234567"

static void
finds(const char *mail, enum mail_sig form, const char *bytes, const char *sig)
{
	struct mail_signed s;
	assert_int_equal(mail_signed_find(mail, strlen(mail), &s), 0);
	if (s.form != form)
		fail_msg("%d, not %d: %s", s.form, form, mail);
	assert_int_equal(s.n, bytes ? strlen(bytes) : 0);
	if (bytes)
		assert_memory_equal(s.bytes, bytes, s.n);
	if (sig) {
		assert_int_equal(s.sig_n, strlen(sig));
		assert_memory_equal(s.sig, sig, s.sig_n);
	} else {
		assert_null(s.sig);
	}
	mail_signed_free(&s);
}

#define MIME(first)                                                                                \
	HEAD "Content-Type: multipart/signed; micalg=pgp-sha256; "                                 \
	     "protocol=\"application/pgp-signature\"; "                                            \
	     "boundary=s\n\nnot signed\n--s\n" first                                               \
	     "\n--s\nContent-Type: application/pgp-signature\n\n" SIG                              \
	     "\n--s--\n" SSHD("192.0.2.66")

static void
test_exact(void **state)
{
	(void)state;
	finds(HEAD "\nhello\n", MAIL_SIG_NONE, NULL, NULL);
	/* RFC 3156 5: the part's header and trailing blanks are signed, the boundary's line end
	 * is not. */
	finds(MIME("Content-Type: text/plain\n\nlog \n\nend\n"), MAIL_SIG_MIME,
	    "Content-Type: text/plain\r\n\r\nlog \r\n\r\nend\r\n", SIG);
	finds(MIME("Content-Type: text/plain\r\n\r\nlog\r\n"), MAIL_SIG_MIME,
	    "Content-Type: text/plain\r\n\r\nlog\r\n", SIG);
	/* A lone CR is a byte like any other. */
	finds(MIME("\nlog\rx"), MAIL_SIG_MIME, "\r\nlog\rx", SIG);
	finds(HEAD "\nbefore\n" CLEAR("text\n- -dash\n") "after\n", MAIL_SIG_CLEAR,
	    CLEAR("text\n- -dash\n"), NULL);
	finds(HEAD
	    "Content-Transfer-Encoding: quoted-printable\n\n-----BEGIN PGP SIGNED "
	    "MESSAGE-----\nHash: SHA256\n\n"
	    "te=\nxt\n-----BEGIN PGP SIGNATURE-----\n\niQ=3D=3D\n-----END PGP SIGNATURE-----\n",
	    MAIL_SIG_CLEAR, CLEAR("text\n"), NULL);
	/* Not whole, not at a line's beginning, in somebody else's mail. */
	finds(HEAD "\n-----BEGIN PGP SIGNED MESSAGE-----\nx\n-----BEGIN PGP SIGNATURE-----\n",
	    MAIL_SIG_NONE, NULL, NULL);
	finds(HEAD "\n> -----BEGIN PGP SIGNED MESSAGE-----\n> x\n" SIG, MAIL_SIG_NONE, NULL, NULL);
	finds(HEAD "Content-Type: message/rfc822\n\nSubject: x\n\n" CLEAR("x\n"), MAIL_SIG_NONE,
	    NULL, NULL);
	finds(HEAD "Content-Type: multipart/signed; boundary=s\n\n--s\n\nx\n--s\nContent-Type: "
		   "application/pkcs7-signature\n"
		   "\nx\n--s--\n",
	    MAIL_SIG_NONE, NULL, NULL);
}

/* A clear-signed block as the walk finds it, wherever the pieces end that the text is decoded in; what is
 * longer than will be verified is said to be signed, and not handed out. */
static void
test_long(void **state)
{
	(void)state;
	size_t room = (MAIL_SIGNED * 3u) / 2;
	char *mail = malloc(room);
	struct mail_signed s;
	assert_non_null(mail);
	for (size_t pad = 16300; pad < 16500; pad += 7) {
		size_t n = (size_t)snprintf(mail, room, HEAD "\n");
		memset(mail + n, 'x', pad);
		memset(mail + n + pad / 2, '\n', 1);
		n += pad;
		n += (size_t)snprintf(mail + n, room - n, "\n" CLEAR("text\n") "after\n");
		assert_int_equal(mail_signed_find(mail, n, &s), 0);
		assert_int_equal(s.form, MAIL_SIG_CLEAR);
		assert_int_equal(s.n, strlen(CLEAR("text\n")));
		assert_memory_equal(s.bytes, CLEAR("text\n"), s.n);
		mail_signed_free(&s);
	}
	size_t n = (size_t)snprintf(mail, room, HEAD "\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n");
	memset(mail + n, 'x', MAIL_SIGNED);
	n += MAIL_SIGNED;
	n += (size_t)snprintf(mail + n, room - n, "\n" SIG);
	assert_int_equal(mail_signed_find(mail, n, &s), -EFBIG);
	n = (size_t)snprintf(mail, room, HEAD "Content-Type: multipart/signed; "
	    "protocol=\"application/pgp-signature\"; boundary=s\n\n--s\n\n");
	memset(mail + n, 'x', MAIL_SIGNED);
	n += MAIL_SIGNED;
	n += (size_t)snprintf(mail + n, room - n,
	    "\n--s\nContent-Type: application/pgp-signature\n\n" SIG "\n--s--\n");
	assert_int_equal(mail_signed_find(mail, n, &s), -EFBIG);
	free(mail);
}

/* What is sealed, or a law waits for, is not looked into for a signature either. */
static void
test_sealed(void **state)
{
	(void)state;
	finds("From: a@reporter.example\nSubject: CSAM on your network\n\n" CLEAR("text\n"), MAIL_SIG_NONE, NULL,
	    NULL);
	finds("From: hotline@iwf.org.uk\nSubject: notice\nContent-Type: multipart/signed; boundary=s\n\n--s\n\nx\n"
	      "--s\nContent-Type: application/pgp-signature\n\n" SIG "--s--\n", MAIL_SIG_NONE, NULL, NULL);
	finds("From: a@reporter.example\nSubject: Subpoena\n\n" CLEAR("text\n"), MAIL_SIG_NONE, NULL, NULL);
	finds("From: a@reporter.example\nSubject: attack\n\n" CLEAR("text\n"), MAIL_SIG_CLEAR, CLEAR("text\n"),
	    NULL);
}

/* Sent again with another header around it, a signed text says the same of the same time. */
static void
test_replayed(void **state)
{
	(void)state;
	static const char *const heads[] = { "Subject: attack\nDate: " WHEN "\n", "Subject: port scan\n",
		"Subject: open proxy\nDate: Fri, 20 Nov 2026 01:00:00 +0000\n" };
	static const char *const texts[] = { CLEAR(SSHD("192.0.2.7")),
		/* it names no time */
		CLEAR("sshd[411]: Failed password for root from 192.0.2.7 port 40022 ssh2\n") };
	for (size_t t = 0; t < 2; t++) {
		struct claim first = { 0 };
		for (size_t i = 0; i < 3; i++) {
			char mail[2000];
			snprintf(mail, sizeof(mail), "From: NOC <noc@reporter.example>\n%s\n%s", heads[i], texts[t]);
			assert_true(identity_make(IDENTITY_PGP, FPR, &world_terms.signed_by));
			world_terms.signed_at = ARRIVED - MSEC_HOUR;
			struct mail_seen m = world_read(mail);
			memset(&world_terms.signed_by, 0, sizeof(world_terms.signed_by));
			assert_int_equal(m.claims, 1);
			if (i == 0)
				first = m.claim[0];
			assert_int_equal(m.claim[0].cls, first.cls);
			assert_int_equal(m.claim[0].event, first.event);
			if (t == 1)
				assert_int_equal(m.claim[0].event, ARRIVED - MSEC_HOUR);
			mail_seen_free(&m);
		}
	}
}

/* The same text is the same, however it is wrapped; another one, or another's, is not. */
static void
test_digest(void **state)
{
	(void)state;
	struct identity by, other;
	uint8_t a[32], b[32];
	assert_true(identity_make(IDENTITY_PGP, FPR, &by));
	assert_true(identity_make(IDENTITY_PGP, "F123456789ABCDEF0123456789ABCDEF01234567", &other));
	mail_signed_digest(&by, "a\nb\n", 4, a);
	mail_signed_digest(&by, "a \t\r\nb", 6, b);
	assert_memory_equal(a, b, 32);
	mail_signed_digest(&by, "a\nbc\n", 5, b);
	assert_memory_not_equal(a, b, 32);
	mail_signed_digest(&by, "ab\n", 3, b);
	assert_memory_not_equal(a, b, 32);
	mail_signed_digest(&other, "a\nb\n", 4, b);
	assert_memory_not_equal(a, b, 32);
}

/* Last octets of the addresses accused, when the signature of mail_signed_find was good. */
static void
accuses(const char *mail, const char *want)
{
	char got[64] = "";
	assert_true(identity_make(IDENTITY_PGP, FPR, &world_terms.signed_by));
	struct mail_seen m = world_read(mail);
	memset(&world_terms.signed_by, 0, sizeof(world_terms.signed_by));
	for (size_t i = 0; i < m.claims; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%d", i ? " " : "",
		    m.claim[i].subject.b[3]);
	if (strcmp(got, want) != 0)
		fail_msg("\"%s\", not \"%s\": %s", got, want, mail);
	assert_string_equal(m.identity.name, "pgp:" FPR);
	mail_seen_free(&m);
}

static void
test_only_inside(void **state)
{
	(void)state;
	accuses(MIME("Content-Type: text/plain\n\n" SSHD("192.0.2.7")), "7");
	accuses(MIME("Content-Type: multipart/mixed; boundary=i\n\n--i\n\n" SSHD(
		    "192.0.2.7") "--i\n\n" SSHD("192.0.2.8") "--i--\n"),
	    "7 8");
	/* A part before, a part behind, the signature's own part, the mail around it. */
	accuses(HEAD
	    "Content-Type: multipart/mixed; boundary=o\n\n--o\n\n" SSHD(
		"192.0.2.66") "\n--o\nContent-Type: "
			      "multipart/signed; boundary=s\n\n--s\n\n" SSHD(
				  "192.0.2.7") "\n--s\nContent-Type: "
					       "application/pgp-signature\n\n" SIG "\n--s\n\n" SSHD(
						   "192.0.2.67") "\n--s--\n--o\n\n" SSHD("192.0.2."
											 "68") "\n-"
											       "-o-"
											       "-"
											       "\n",
	    "7");
	/* A second multipart/signed is not the one that was verified; nor one without an OpenPGP
	 * signature. */
	accuses(HEAD
	    "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/signed; "
	    "boundary=s\n\n--s\n\n" SSHD(
		"192.0.2.66") "--s\nContent-Type: "
			      "application/pkcs7-signature\n\nx\n--s--\n--o\nContent-Type: "
			      "multipart/signed; boundary=t\n\n--t\n\n" SSHD(
				  "192.0.2.7") "--t\nContent-Type: "
					       "application/pgp-signature\n\n" SIG "--t--\n--o--\n",
	    "7");
	accuses(HEAD "\n" SSHD("192.0.2.66") CLEAR(SSHD("192.0.2.7")) SSHD("192.0.2.67")
		    CLEAR(SSHD("192.0.2.68")),
	    "7");
	/* A forged block in a part that is not looked at for signatures. */
	accuses(HEAD "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: "
		     "text/html\n\n" CLEAR(SSHD("192.0.2.66")) "\n--o\nContent-Type: "
							       "text/plain\n\n" CLEAR(
								   SSHD("192.0.2.7")) "\n--o--\n",
	    "7");
	/* The armor's header is not signed. */
	accuses(HEAD
	    "\n-----BEGIN PGP SIGNED MESSAGE-----\n" SSHD("192.0.2.66") "\n" SSHD("192.0.2.7") SIG,
	    "7");
	/* An attachment beside clear text is not covered by it. */
	accuses(HEAD "Content-Type: multipart/mixed; boundary=o\n\n--o\n\n" CLEAR(
		    "hello\n") "\n--o\nContent-Type: "
			       "message/feedback-report\n\nFeedback-Type: abuse\nSource-IP: "
			       "192.0.2.66\n\n--o--\n",
	    "");
	/* Dashes are unescaped (RFC 4880 7.1). */
	accuses(HEAD "\n" CLEAR("- " SSHD("192.0.2.7")), "7");
	/* Nothing there that was signed. */
	accuses(HEAD "\n" SSHD("192.0.2.66"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_exact),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_only_inside), cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_replayed), cmocka_unit_test(test_digest) };
	return cmocka_run_group_tests(tests, world_up, world_down);
}
