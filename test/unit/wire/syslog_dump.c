/* SPDX-License-Identifier: BSD-2-Clause */
/* Syslog messages on stdin, a line each, to their parts: fields apart by a tab, in hex; "-" absent. For
 * syslog_diff.py, which reads them with other eyes. */
#include <stdio.h>
#include <string.h>

#include "wire/syslog.h"

static void
part(const struct syslog_part *p)
{
	putchar('\t');
	if (!p->s)
		putchar('-');
	for (size_t i = 0; p->s && i < p->n; i++)
		printf("%02x", (unsigned char)p->s[i]);
}

int
main(void)
{
	static char line[1 << 16];
	const struct logtime_ref ref = { .now = INT64_C(1795348800000) };
	while (fgets(line, sizeof(line), stdin)) {
		struct syslog_msg m;
		const char *rule;
		if (syslog_parse(line, strcspn(line, "\n"), &ref, &m, &rule) < 0) {
			puts("refused");
			continue;
		}
		printf("%d\t%d\t%u\t%u\t%lld", m.modern, m.pri, m.facility, m.severity, (long long)m.at);
		const struct syslog_part *parts[] = { &m.host, &m.app, &m.procid, &m.msgid, &m.data, &m.text };
		for (size_t i = 0; i < 6; i++)
			part(parts[i]);
		putchar('\n');
	}
	return 0;
}
