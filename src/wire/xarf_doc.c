/* SPDX-License-Identifier: BSD-2-Clause */
/* What reading a document, its evidence and its meaning have in common, see xarf_doc.h. */
#include "wire/xarf_doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/url.h"

int
xarf_refuse(struct xarf_why *why, int rc, const char *rule, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why->field, sizeof(why->field), fmt, ap);
	va_end(ap);
	snprintf(why->rule, sizeof(why->rule), "%s", rule);
	return rc;
}

size_t
xarf_chars(const json_t *string)
{
	const char *s = json_string_value(string);
	size_t chars = 0;
	for (size_t i = 0, n = json_string_length(string); i < n; i++)
		chars += (s[i] & 0xc0) != 0x80;
	return chars;
}

bool
xarf_is(const struct xarf *x, const char *category, const char *type)
{
	return strcmp(x->type->category, category) == 0 && strcmp(x->type->type, type) == 0;
}

bool
xarf_mail_address(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	static const char local[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+=%";
	size_t n = strspn(s, local);
	const char *domain = s + n + 1;
	return n > 0 && n <= 64 && s[n] == '@' && s[0] != '-' && strlen(s) < XARF_REPLY &&
	    strspn(domain, plain) == strlen(domain) && strchr(domain, '.') && domain[0] != '.' &&
	    domain[0] != '-' && domain[strlen(domain) - 1] != '.' && !url_host_numeric(domain, strlen(domain));
}
