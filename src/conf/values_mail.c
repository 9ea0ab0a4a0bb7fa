/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of value mails out need; as values.c, must never store what would not print back. */
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/values.h"

static int
parse_relay(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	char canon[OPT_END_TEXT];
	struct addr a;
	uint16_t port;
	(void)nth;
	if (*text && (opt_end_parse(text, &a, &port) < 0 || port == 0))
		return opt_refuse(rule, size,
		    "takes \"ADDRESS:PORT\" or \"[IPV6-ADDRESS]:PORT\", no name: a mail server's address does not "
		    "change behind one's back");
	memset(field, 0, (size_t)r->max + 1);
	if (*text) {
		opt_end_print(&a, port, canon);
		memcpy(field, canon, strlen(canon) + 1);
	}
	return 0;
}

/* As RFC 5321 4.1.2 has it without quotes, and nothing that could mean something in a header. */
static int
parse_mailbox(
    const struct opt_row *r, const char *text, unsigned nth, void *field, char *rule, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+";
	size_t local = strspn(text, more), n = strlen(text);
	const char *domain = text + local + 1;
	(void)nth;
	if (n && (local == 0 || local > 64 || text[local] != '@' || n > (size_t)r->max ||
		     strspn(domain, letters) != strlen(domain) || !strchr(domain, '.') || domain[0] == '.' ||
		     domain[0] == '-' || text[n - 1] == '.' || text[0] == '-'))
		return opt_refuse(rule, size, "is no mailbox such as \"abuse@example.net\"");
	memset(field, 0, (size_t)r->max + 1);
	memcpy(field, text, n);
	return 0;
}

static void
print_quoted(const struct opt_row *r, const void *field, FILE *f)
{
	(void)r;
	fprintf(f, "\"%s\"", (const char *)field);
}

const struct opt_type relay_type = { "socket", false, parse_relay, print_quoted };
const struct opt_type mailbox_type = { "mailbox", false, parse_mailbox, print_quoted };
