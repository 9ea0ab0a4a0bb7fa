/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nft actuator by hand: a line, a call. What is answered is printed, one line each, so that a
 * scenario can compare it with what nft says and with what packets meet.
 *
 *	put NO in|out|quar|victim TARGET PROTO PORT LIFE [LEASE] [replace]   times in ms; queued
 *	drop NO in|out|quar|victim TARGET PROTO PORT                         queued
 *	many N FIRST LIFE          puts N filters of 198.18.0.0/15 and on, numbered from FIRST; queued
 *	again N FIRST LIFE         the same as replacements            unmany N FIRST: drops them
 *	commit | list | count | hits | keep on|off | flush | sleep MS
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "act/act.h"
#include "host/clock.h"
#include "host/loop.h"

static struct act *act;
static struct loop *loop;
static unsigned done, failed;
static bool quiet;

static void
print_place(const struct act_entry *e)
{
	char text[PREFIX_TEXT];
	printf("%s %s %u %u", act_set_name(e->set), prefix_print(&e->target, text), e->proto, e->port);
}

static void
on_done(const struct act_entry *e, bool drop, int err, void *arg)
{
	(void)arg;
	done++;
	failed += err != 0;
	if (!err || failed > 20)
		return;
	printf("%s %llu ", drop ? "drop" : "put", (unsigned long long)e->order);
	print_place(e);
	printf(": %s\n", strerror(-err));
}

static void
on_seen(const struct act_seen *s, void *arg)
{
	(void)arg;
	if (quiet)
		return;
	printf("seen %llu ", (unsigned long long)s->e.order);
	print_place(&s->e);
	printf(" life %lld left ", (long long)(s->e.end - s->e.put));
	if (s->left == MSEC_NEVER)
		printf("never\n");
	else
		printf("%lld s\n", (long long)(s->left + 500) / 1000);
}

static void
on_hit(const struct act_entry *e, uint64_t packets, uint64_t bytes, void *arg)
{
	(void)arg;
	printf("hit ");
	print_place(e);
	printf(": %llu packets %llu bytes\n", (unsigned long long)packets, (unsigned long long)bytes);
}

static void
on_end(const struct act_listed *l, void *arg)
{
	(void)arg;
	printf("listed %llu: %s, kept ", (unsigned long long)l->n, l->err ? strerror(-l->err) : "whole");
	for (int i = 0; i < SET_N; i++)
		putchar(l->kept[i] ? 'y' : 'n');
	putchar('\n');
	if (loop)
		loop_stop(loop);
}

static void
filters(unsigned n, unsigned long long first, msec life, int verb)
{
	msec now = clock_boot();
	for (unsigned i = 0; i < n; i++) {
		uint32_t a = 0xc6120000u + i;
		struct act_entry e = { .order = first + i, .set = SET_IN4, .rung = RUNG_FILTER,
			.proto = 6, .port = 3128, .put = now, .end = now + life,
			.target = { { 4, { (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8),
				       (uint8_t)a } }, 32 } };
		if (verb == 'u')
			act->ops->drop(act, &e);
		else
			act->ops->put(act, &e, life, verb == 'a');
	}
}

static int
one(char *const *w, int n)
{
	struct order o = { .no = strtoull(w[1], NULL, 10), .rung = RUNG_FILTER };
	struct act_entry e;
	if (strcmp(w[2], "quar") == 0)
		o.rung = RUNG_QUARANTINE;
	o.inbound = strcmp(w[2], "in") == 0;
	if (prefix_parse(w[3], strlen(w[3]), &o.target))
		return -EINVAL;
	o.proto = (uint8_t)atoi(w[4]);
	o.port = (uint16_t)atoi(w[5]);
	if (strcmp(w[2], "victim") == 0) {
		o.all = 1;
		o.peer = o.target;
		o.target = (struct prefix){ .a.fam = o.peer.a.fam };
	}
	if (!act_entry_of(&o, &e))
		return -EINVAL;
	if (w[0][0] == 'd') {
		act->ops->drop(act, &e);
		return 0;
	}
	if (n < 7)
		return -EINVAL;
	e.put = clock_boot();
	e.end = e.put + atoll(w[6]);
	msec lease = n > 7 ? atoll(w[7]) : 0;
	act->ops->put(act, &e, lease ? lease : 14 * MSEC_DAY, strcmp(w[n - 1], "replace") == 0);
	return 0;
}

static int
listing(int rc)
{
	if (!rc && loop)
		loop_run(loop);
	return rc;
}

static double
ms_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
carry_out(char **w, int n)
{
	const struct act_ops *ops = act->ops;
	int rc = 0;
	if ((!strcmp(w[0], "put") || !strcmp(w[0], "drop")) && n >= 6)
		return one(w, n);
	if (!strcmp(w[0], "sleep") && n == 2)
		return usleep((useconds_t)atoi(w[1]) * 1000);
	if (n >= 3) {
		filters((unsigned)atoi(w[1]), strtoull(w[2], NULL, 10), n > 3 ? atoll(w[3]) : 0, w[0][0]);
		return 0;
	}
	double from = ms_now();
	if (!strcmp(w[0], "commit")) {
		done = failed = 0;
		rc = ops->commit(act, on_done, NULL);
		printf("committed %u, %u failed: %s\n", done, failed, strerror(-rc));
	} else if (!strcmp(w[0], "list") || !strcmp(w[0], "count")) {
		quiet = w[0][0] == 'c';
		rc = listing(ops->list(act, on_seen, on_end, NULL));
	} else if (!strcmp(w[0], "hits")) {
		rc = listing(ops->hits(act, on_hit, on_end, NULL));
	} else if (!strcmp(w[0], "keep") && n == 2) {
		rc = ops->keep(act, !strcmp(w[1], "on"));
		printf("keep: %s\n", strerror(-rc));
	} else if (!strcmp(w[0], "flush")) {
		rc = ops->flush(act);
		printf("flush: %s\n", strerror(-rc));
	} else {
		return -EINVAL;
	}
	fprintf(stderr, "%s: %.3f ms\n", w[0], ms_now() - from);
	return 0;
}

int
main(int argc, char **argv)
{
	char line[256];
	loop = argc > 1 && !strcmp(argv[1], "loop") ? loop_new() : NULL;
	act = act_nft_new(loop);
	if (!act) {
		fprintf(stderr, "nft_driver: %s\n", strerror(errno));
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof line, stdin)) {
		char *w[10], *save = NULL;
		int n = 0;
		for (char *s = strtok_r(line, " \n", &save); s && n < 10; s = strtok_r(NULL, " \n", &save))
			w[n++] = s;
		int rc = n ? carry_out(w, n) : 0;
		if (rc)
			printf("%s: %s\n", w[0], strerror(-rc));
	}
	act->ops->free(act);
	loop_free(loop);
	return 0;
}
