/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many lines of an attacked sshd one CPU second turns into claims: every line names an address of ours
 * that did it (the dear case), by the mix of messages such a log has; and the same for lines of strangers,
 * which a tail mostly sees. Prints: lines, CPU seconds a run for both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/logclaim.h"

#define LINES 200000

static char *text[LINES];
static size_t len[LINES];

static bool
ours(const struct addr *a, void *arg)
{
	(void)arg;
	return a->fam == 4 && a->b[0] == 100 && a->b[1] >= 64 && a->b[1] < 128;
}

static int
take(const struct claim *c, void *arg)
{
	*(unsigned long *)arg += c->count;
	return 0;
}

static void
write_lines(void)
{
	static const char *const forms[] = {
		"Failed password for invalid user %s from %s port %u ssh2",
		"%1$.0sFailed password for root from %2$s port %3$u ssh2",
		"Invalid user %s from %s port %u",
		"Connection closed by invalid user %s %s port %u [preauth]",
		"Disconnected from invalid user %s %s port %u [preauth]",
		"%1$.0sReceived disconnect from %2$s port %3$u:11: Bye Bye [preauth]",
		"%1$.0spam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%2$s ",
		"%1$.0sDisconnected from authenticating user root %2$s port %3$u [preauth]",
	};
	static const char *const users[] = { "admin", "test", "oracle", "ubuntu", "git", "postgres", "pi" };
	char line[400], msg[256], ip[32];
	uint32_t seed = 7;
	for (size_t i = 0; i < LINES; i++) {
		seed = seed * 1664525u + 1013904223u;
		uint32_t r = seed >> 8;
		snprintf(ip, sizeof(ip), "%u.%u.%u.%u", i % 2 ? 100u : 198u, i % 2 ? 64 + r % 64 : 51u, r % 7, r / 7 % 100);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(msg, sizeof(msg), forms[r % 8], users[r / 8 % 7], ip, 1024 + r % 60000);
#pragma GCC diagnostic pop
		int n = snprintf(line, sizeof(line), "Nov 22 %02zu:%02zu:%02zu bastion sshd[%u]: %s", i / 3600 % 24, i / 60 % 60,
		    i % 60, 1000 + r % 30000, msg);
		text[i] = strdup(line);
		len[i] = (size_t)n;
		if (!text[i])
			exit(1);
	}
}

/* odd: lines about addresses of ours, even: about others. */
static double
run(unsigned odd)
{
	struct logclaim *l;
	struct logtime_ref ref = { .now = 1795395600000 };
	unsigned long events = 0, lines = 0;
	if (logclaim_new(ours, NULL, &l) < 0)
		exit(1);
	clock_t from = clock();
	for (size_t i = odd; i < LINES; i += 2, lines++)
		if (logclaim_line(l, text[i], len[i], &ref, CLASS_NONE, take, &events) != 0)
			exit(1);
	double s = (double)(clock() - from) / CLOCKS_PER_SEC;
	logclaim_flush(l, INT64_MAX, take, &events);
	if (events != (odd ? lines : 0)) {
		fprintf(stderr, "%lu events of %lu lines\n", events, lines);
		exit(1);
	}
	logclaim_free(l);
	return s;
}

int
main(void)
{
	write_lines();
	for (int i = 0; i < 5; i++) {
		double others = run(0), mine = run(1); /* in this order: they are printed so that names fit */
		printf("%d %.4f %.4f\n", LINES / 2, mine, others);
	}
	return 0;
}
