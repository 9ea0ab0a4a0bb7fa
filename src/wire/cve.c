/* SPDX-License-Identifier: BSD-2-Clause */
/* See cve.h. What has more digits than any has is no name of one. */
#include "wire/cve.h"

#include <string.h>
#include <strings.h>

#define YEAR 4
#define LEAST 4
#define MOST  7

static size_t
digits(const char *s, size_t n, size_t most)
{
	size_t i = 0;
	while (i < n && i < most && s[i] >= '0' && s[i] <= '9')
		i++;
	return i;
}

bool
cve_find(const char *s, size_t n, char ret[CVE_TEXT])
{
	const size_t head = 4 + YEAR + 1;
	for (size_t i = 0; i + head + LEAST <= n; i++) {
		if (strncasecmp(s + i, "CVE-", 4) != 0 || digits(s + i + 4, YEAR, YEAR) < YEAR ||
		    s[i + head - 1] != '-')
			continue;
		size_t len = digits(s + i + head, n - i - head, MOST + 1);
		if (len < LEAST || len > MOST)
			continue;
		memcpy(ret, "CVE-", 4);
		memcpy(ret + 4, s + i + 4, head - 4 + len);
		ret[head + len] = '\0';
		return true;
	}
	return false;
}
