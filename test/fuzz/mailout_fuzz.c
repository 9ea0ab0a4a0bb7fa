/* SPDX-License-Identifier: BSD-2-Clause */
/* Mails out: whatever strangers wrote in subject, text, an id or a document, the header holds our fields and no
 * other, lines are lines, and our own reader finds the parts we wrote. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "wire/mail.h"
#include "wire/mailout.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* The next text, up to a NUL; freed by the caller. */
static char *
text(const uint8_t **p, size_t *n)
{
	const uint8_t *end = memchr(*p, '\0', *n);
	size_t len = end ? (size_t)(end - *p) : *n, used = end ? len + 1 : len;
	char *s = calloc(1, len + 1);
	memcpy(s, *p, len);
	*p += used;
	*n -= used;
	return s;
}

static void
check_lines(const char *s, size_t n)
{
	static const char *const ours[] = { "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To",
		"References", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding" };
	size_t line = 0, known = 0;
	bool head = true;
	for (size_t i = 0; i < n; i++) {
		if ((uint8_t)s[i] >= 0x80 || (s[i] == '\n' && (i == 0 || s[i - 1] != '\r')) ||
		    (s[i] == '\r' && (i + 1 == n || s[i + 1] != '\n')) || i - line > 998)
			abort();
		if (s[i] != '\n')
			continue;
		head = head && i - line > 1;
		for (known = 0; head && s[line] != ' ' && known < sizeof(ours) / sizeof(ours[0]); known++)
			if (strncmp(s + line, ours[known], strlen(ours[known])) == 0 && s[line + strlen(ours[known])] == ':')
				break;
		if (head && s[line] != ' ' && known == sizeof(ours) / sizeof(ours[0]))
			abort();
		line = i + 1;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const domains[] = { "example.net" };
	static struct mail_terms t = { .domains = domains, .domain_count = 1, .arrived = 1795312800000 };
	struct mail_seen seen;
	size_t len;
	if (sodium_init() < 0 || n < 1)
		return 0;
	mail_warm();
	uint8_t flags = *p++;
	n--;
	char *subject = text(&p, &n), *words = text(&p, &n), *id = text(&p, &n), *feedback = text(&p, &n);
	struct mailout m = { .from = "abuse@example.net", .to = "noc@isp.example", .from_name = "x.example",
		.subject = subject, .message_id = "lymph-1.00ff@example.net", .in_reply_to = flags & 1 ? id : NULL,
		.date = (msec)(flags >> 4) * 100000000000, .text = words, .feedback = flags & 2 ? feedback : NULL,
		.attached = flags & 4 ? p : NULL, .attached_n = n, .attached_name = "xarf.json" };
	char *s = mailout_print(&m, &len);
	if (!s)
		abort();
	check_lines(s, len);
	if (mail_read(s, len, &t, &seen) < 0)
		abort();
	if (seen.may_answer || seen.claims || seen.docs)
		abort();
	mail_seen_free(&seen);
	free(s);
	free(subject);
	free(words);
	free(id);
	free(feedback);
	return 0;
}
