/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stubborn sender for storms: storm PORT COUNT CONNECTIONS FROM OUT [DOMAIN]. Sends COUNT unsigned
 * reports numbered from FROM over many connections, each again and again until it is answered 202,
 * whatever breaks meanwhile. Each acknowledged report becomes a line of OUT, "report-id answer-id".
 * Ends with one line of counts; status 0 when all were acknowledged within five minutes. A report
 * that is refused for good is an error at once. The first 507 makes a file OUT.full. With PORT 0 it
 * only prints the SHA-256 of report FROM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire/xarf.h"

#define CONNS 256
#define PAUSE 20       /* ms before the next try */
#define STALL 20000    /* ms without an answer: another connection */
#define END   300000

struct conn {
	int fd; /* -1: pausing until `at` */
	long at, since;
	unsigned no; /* report */
	char *out;
	size_t out_n, sent, in_n;
	char in[4096];
};

static struct conn conns[CONNS];
static unsigned live, next_no, last_no, done, tries, full, busy, broken;
static const char *domain = "storm.example";
static msec today; /* its first moment: the same bytes in whoever says what a report hashes to */
static struct sockaddr_in to = { .sin_family = AF_INET };
static FILE *acks;
static const char *out_name;

static long
now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Report `no` is always the same bytes: a retry must be the same report. */
static char *
build(unsigned no, size_t *ret)
{
	char log[160], *body, *all;
	struct xarf_why why;
	size_t n;
	struct xarf_item item = { .content_type = "text/plain" };
	struct xarf_new x = { .timestamp = today, .org = "Storm", .contact = "abuse@storm.example",
		.domain = domain, .cls = CLASS_OPEN_PROXY, .source_port = 40000, .service_port = 3128,
		.evidence_source = "server_logs", .items = &item, .item_count = 1, .handshake = -1,
		.count = 1 };
	x.subject = (struct addr){ .fam = 4, .b = { 192, 0, 2, (uint8_t)(no % 251) } };
	memcpy(x.id, &no, sizeof(no));
	x.id[6] = 0x40;
	x.id[8] = 0x80;
	item.n = (size_t)snprintf(log, sizeof(log),
	    "192.0.2.%u - - [22/Nov/2026:02:00:00 +0000] \"CONNECT a.example:25 HTTP/1.1\" 405 %u\n",
	    no % 251, no);
	item.payload = log;
	if (!(body = xarf_build(&x, &n, &why))) {
		fprintf(stderr, "storm: %s: %s\n", why.field, why.rule);
		exit(2);
	}
	all = malloc(n + 256);
	int head = snprintf(all, 256, "POST /v1/reports HTTP/1.1\r\nHost: storm\r\nContent-Type: "
	    "application/json\r\nContent-Length: %zu\r\n\r\n", n);
	memcpy(all + head, body, n);
	*ret = (size_t)head + n;
	free(body);
	return all;
}

static void
again(struct conn *c)
{
	close(c->fd);
	c->fd = -1;
	c->at = now_ms() + PAUSE;
}

static void
next_report(struct conn *c)
{
	free(c->out);
	c->out = NULL;
	if (next_no == last_no) {
		if (c->fd >= 0)
			close(c->fd);
		*c = (struct conn){ .fd = -2 };
		live--;
		return;
	}
	c->no = next_no++;
	c->out = build(c->no, &c->out_n);
	c->sent = c->in_n = 0;
}

static void
dial(struct conn *c)
{
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	c->sent = c->in_n = 0;
	c->since = now_ms();
	tries++;
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		again(c);
}

/* A whole answer is in c->in. */
static void
answered(struct conn *c)
{
	int status = atoi(c->in + 9);
	char *id = strstr(c->in, "\"id\":");
	if (status == 202) {
		uint32_t no = c->no;
		id = id ? id + 5 + strspn(id + 5, " \"") : NULL;
		fprintf(acks, "%02X%02X%02X%02X %.*s\n", no & 255, no >> 8 & 255, no >> 16 & 255, no >> 24,
		    id ? (int)strcspn(id, "\",}") : 1, id ? id : "-");
		done++;
		next_report(c);
		c->since = now_ms();
		return;
	}
	if (status != 507 && status != 503 && status != 500) {
		fprintf(stderr, "storm: report %u refused: %s\n", c->no, c->in);
		exit(1);
	}
	if (status == 507 && full++ == 0) {
		char name[256];
		snprintf(name, sizeof(name), "%s.full", out_name);
		close(open(name, O_CREAT | O_WRONLY, 0644));
	}
	busy += status != 507;
	again(c);
}

static void
readable(struct conn *c)
{
	ssize_t n = read(c->fd, c->in + c->in_n, sizeof(c->in) - 1 - c->in_n);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		broken++;
		again(c);
		return;
	}
	c->in_n += (size_t)n;
	c->in[c->in_n] = '\0';
	char *end = strstr(c->in, "\r\n\r\n"), *len = strcasestr(c->in, "\r\nContent-Length:");
	if (end && len && c->in_n >= (size_t)(end + 4 - c->in) + strtoul(len + 17, NULL, 10))
		answered(c);
}

static void
writable(struct conn *c)
{
	ssize_t n = send(c->fd, c->out + c->sent, c->out_n - c->sent, MSG_NOSIGNAL);
	if (n > 0)
		c->sent += (size_t)n;
	else if (errno != EAGAIN) {
		broken++;
		again(c);
	}
}

static void
turn(unsigned n)
{
	struct pollfd p[CONNS];
	long now = now_ms();
	for (unsigned i = 0; i < n; i++) {
		struct conn *c = &conns[i];
		if (c->fd == -1 && now >= c->at)
			dial(c);
		else if (c->fd >= 0 && now - c->since > STALL) {
			fprintf(stderr, "storm: report %u: no answer for %d s\n", c->no, STALL / 1000);
			again(c);
		}
		p[i] = (struct pollfd){ .fd = c->fd < 0 ? -1 : c->fd,
			.events = POLLIN | (c->sent < c->out_n ? POLLOUT : 0) };
	}
	poll(p, n, PAUSE);
	for (unsigned i = 0; i < n; i++) {
		struct conn *c = &conns[i];
		if (c->fd >= 0 && p[i].revents & (POLLIN | POLLERR | POLLHUP))
			readable(c);
		if (c->fd >= 0 && p[i].revents & POLLOUT && c->sent < c->out_n)
			writable(c);
	}
}

static int
print_hash(unsigned no)
{
	size_t n;
	char hex[65], *all = build(no, &n), *body = strstr(all, "\r\n\r\n") + 4;
	uint8_t hash[32];
	crypto_hash_sha256(hash, (uint8_t *)body, n - (size_t)(body - all));
	puts(sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)));
	free(all);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc < 6) {
		fprintf(stderr, "usage: storm PORT COUNT CONNECTIONS FROM OUT [DOMAIN]\n");
		return 2;
	}
	unsigned n = (unsigned)atoi(argv[3]), count = (unsigned)atoi(argv[2]);
	today = (msec)(time(NULL) / 86400) * MSEC_DAY;
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	next_no = (unsigned)atoi(argv[4]);
	last_no = next_no + count;
	if (argc > 6)
		domain = argv[6];
	out_name = argv[5];
	if (to.sin_port == 0)
		return print_hash(next_no);
	if (n > CONNS || !(acks = fopen(out_name, "a")))
		return 2;
	setvbuf(acks, NULL, _IOLBF, 0); /* whoever looks sees whole lines */
	live = n;
	for (unsigned i = 0; i < n; i++) {
		conns[i].fd = -1;
		next_report(&conns[i]);
	}
	long began = now_ms();
	while (live && now_ms() - began < END)
		turn(n);
	fclose(acks);
	printf("acknowledged %u of %u in %ld ms; connections %u, broken %u, full %u, busy %u\n", done, count,
	    now_ms() - began, tries, broken, full, busy);
	return done != count;
}
