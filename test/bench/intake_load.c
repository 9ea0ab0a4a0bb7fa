/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load for the intake: signs reports beforehand, then sends them over kept connections to a node on
 * loopback. First as fast as answers come (reports a second, each answered 202 after its commit),
 * then at a fixed rate; there a report's latency counts from when it was due, not from when a
 * connection became free. Prints a JSON line a figure, with the CPU seconds of each role.
 *
 * usage: intake_load PORT WARDEN_PID RATE_TARGET LATENCY_RATE LATENCY_TARGET_MS
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "wire/sshsig.h"
#include "wire/xarf.h"

#define SENDERS  256
#define KEYS     64
#define SUBJECTS 2048
#define PER_RUN  15000
#define RUNS     5 /* counted; one more before them is not: caches, file system, processor wake up */
#define ROLES    8

struct shot {
	char *text;
	size_t n;
};

struct conn {
	int fd;
	const struct shot *shot; /* NULL: idle */
	size_t sent;
	double due;
	char in[4096];
	size_t got;
};

static struct sshsig_secret keys[KEYS];
static uint32_t serial;

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const char *what)
{
	fprintf(stderr, "intake_load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct shot
shot_new(void)
{
	char line[160], addr[ADDR_TEXT], sig[1024];
	uint8_t blob[SSHSIG_MAX];
	struct xarf_why why;
	struct xarf_new x = { .org = "Example Org", .contact = "abuse@example.org",
		.domain = "example.org", .cls = CLASS_OPEN_PROXY, .service_port = 3128, .handshake = -1,
		.count = 1, .evidence_source = "server_logs", .timestamp = (msec)time(NULL) * 1000 };
	uint32_t s = randombytes_uniform(SUBJECTS);
	x.subject = (struct addr){ 4, { 198, 18, (uint8_t)(s >> 8), (uint8_t)s } };
	randombytes_buf(x.id, sizeof(x.id));
	uuid_v4(x.id);
	snprintf(line, sizeof(line),
	    "%s - - [22/Nov/2026:01:00:00 +0000] \"GET /login?%u HTTP/1.1\" 200 512 \"-\" \"-\"\n",
	    addr_print(&x.subject, addr), serial++);
	struct xarf_item item = { "text/plain", "access log", line, strlen(line) };
	x.items = &item;
	x.item_count = 1;
	size_t n, len;
	char *body = xarf_build(&x, &n, &why);
	if (!body)
		die(why.rule);
	len = sshsig_sign(&keys[serial % KEYS], body, n, SSHSIG_NAMESPACE, blob);
	sodium_bin2base64(sig, sizeof(sig), blob, len, sodium_base64_VARIANT_ORIGINAL);
	struct shot shot = { .text = malloc(n + 1024) };
	int head = snprintf(shot.text, 1024,
	    "POST /v1/reports HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\n"
	    "Lymph-Signature: %s\r\nContent-Length: %zu\r\n\r\n", sig, n);
	memcpy(shot.text + head, body, n);
	shot.n = (size_t)head + n;
	free(body);
	return shot;
}

static int
conn_open(int port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void
push(struct conn *c)
{
	while (c->shot && c->sent < c->shot->n) {
		ssize_t n = write(c->fd, c->shot->text + c->sent, c->shot->n - c->sent);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			die("write");
		c->sent += (size_t)n;
	}
}

/* 1 when a whole answer is there; anything but 202 ends the bench. */
static int
pull(struct conn *c)
{
	ssize_t n = read(c->fd, c->in + c->got, sizeof(c->in) - 1 - c->got);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		die("the node closed a connection");
	c->got += (size_t)n;
	c->in[c->got] = '\0';
	char *end = strstr(c->in, "\r\n\r\n"), *len = strstr(c->in, "Content-Length: ");
	if (!end || !len || c->got < (size_t)(end + 4 - c->in) + strtoul(len + 16, NULL, 10))
		return 0;
	if (strncmp(c->in, "HTTP/1.1 202", 12) != 0) {
		fprintf(stderr, "not accepted: %s\n", c->in);
		exit(1);
	}
	c->got = 0;
	return 1;
}

/* Sends n shots; rate 0: as fast as answers come. lat[n] gets each one's seconds. Returns the time. */
static double
volley(struct conn *conns, int ep, const struct shot *shots, int n, double rate, double *lat)
{
	int next = 0, done = 0;
	double start = now();
	while (done < n) {
		struct epoll_event ev[SENDERS];
		for (int i = 0; i < SENDERS && next < n; i++) {
			struct conn *c = &conns[i];
			double t = now(), due = rate > 0 ? start + next / rate : t;
			if (c->shot)
				continue;
			if (due > t)
				break;
			c->shot = &shots[next++];
			c->sent = 0;
			c->due = due;
			push(c);
		}
		int k = epoll_wait(ep, ev, SENDERS, rate > 0 && next < n ? 1 : 1000);
		for (int i = 0; i < k; i++) {
			struct conn *c = ev[i].data.ptr;
			push(c);
			if (!c->shot || !pull(c))
				continue;
			lat[done++] = now() - c->due;
			c->shot = NULL;
		}
	}
	return now() - start;
}

/* CPU seconds of the node's roles, by name, from /proc. */
struct role_cpu {
	char name[24];
	double s;
};
static int
cpu_read(int warden, struct role_cpu *ret)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;
	while (d && (e = readdir(d)) && n < ROLES) {
		char path[300], line[1024], name[64] = "";
		unsigned long user = 0, sys = 0;
		int pid = atoi(e->d_name), parent = 0;
		if (pid <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		FILE *f = fopen(path, "r");
		if (!f)
			continue;
		char *paren = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
		fclose(f);
		if (!paren || sscanf(paren, ") %*c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &parent,
		                  &user, &sys) != 3)
			continue;
		if (pid != warden && parent != warden)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
		f = fopen(path, "r");
		size_t len = f ? fread(line, 1, sizeof(line) - 1, f) : 0;
		if (f)
			fclose(f);
		line[len] = '\0';
		for (size_t i = 0; pid != warden && i < len; i += strlen(line + i) + 1)
			if (strcmp(line + i, "--role") == 0)
				snprintf(name, sizeof(name), "%s", line + i + 7);
		snprintf(ret[n].name, sizeof(ret[n].name), "%.23s", pid == warden ? "warden" : name);
		ret[n++].s = (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
	}
	if (d)
		closedir(d);
	return n;
}

static int
up(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void
line(const char *name, const char *unit, const char *better, double target, double *v, int n,
    const struct role_cpu *before, const struct role_cpu *after, int roles, double wall)
{
	double load[1] = { 0 }, total = 0;
	getloadavg(load, 1);
	qsort(v, (size_t)n, sizeof(*v), up);
	double value = v[n / 2];
	for (int i = 0; i < roles; i++)
		total += after[i].s - before[i].s;
	printf("{\"name\":\"%s\",\"value\":%.1f,\"unit\":\"%s\",\"better\":\"%s\",\"target\":%.0f,"
	       "\"met\":%s,\"runs\":%d,\"min\":%.1f,\"max\":%.1f,\"cpu_s\":%.2f,\"load\":%.2f,"
	       "\"peer\":null,\"peer_value\":null,\"ratio\":null,\"wall_s\":%.2f,\"senders\":%d,"
	       "\"subjects\":%d,\"keys\":%d,\"cpu_by_role\":{",
	    name, value, unit, better, target,
	    (*better == 'h' ? value >= target : value <= target) ? "true" : "false", n, v[0], v[n - 1],
	    total, load[0], wall, SENDERS, SUBJECTS, KEYS);
	for (int i = 0; i < roles; i++)
		printf("%s\"%s\":%.2f", i ? "," : "", before[i].name, after[i].s - before[i].s);
	printf("}}\n");
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	if (argc != 6 || sodium_init() < 0)
		return 2;
	int port = atoi(argv[1]), warden = atoi(argv[2]);
	double rate_target = atof(argv[3]), rate = atof(argv[4]), lat_target = atof(argv[5]);
	int paced = (int)(rate * 4), total = PER_RUN + RUNS * (PER_RUN + paced), at = PER_RUN;
	struct shot *shots = calloc((size_t)total, sizeof(*shots));
	double *lat = calloc((size_t)(PER_RUN + paced), sizeof(*lat)), v[RUNS], wall = 0;
	static struct conn conns[SENDERS];
	struct role_cpu before[ROLES], after[ROLES];

	for (int i = 0; i < KEYS; i++) {
		uint8_t pk[32];
		crypto_sign_keypair(pk, keys[i].sk);
	}
	for (int i = 0; i < total; i++)
		shots[i] = shot_new();
	int ep = epoll_create1(0);
	for (int i = 0; i < SENDERS; i++) {
		conns[i].fd = conn_open(port);
		struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &conns[i] };
		epoll_ctl(ep, EPOLL_CTL_ADD, conns[i].fd, &ev);
	}
	volley(conns, ep, shots, PER_RUN, 0, lat);
	int roles = cpu_read(warden, before);
	for (int i = 0; i < RUNS; i++, at += PER_RUN) {
		double s = volley(conns, ep, shots + at, PER_RUN, 0, lat);
		v[i] = PER_RUN / s;
		wall += s;
	}
	cpu_read(warden, after);
	line("intake.reports_per_s", "1/s", "higher", rate_target, v, RUNS, before, after, roles, wall);
	wall = 0;
	cpu_read(warden, before);
	for (int i = 0; i < RUNS; i++, at += paced) {
		wall += volley(conns, ep, shots + at, paced, rate, lat);
		qsort(lat, (size_t)paced, sizeof(*lat), up);
		v[i] = lat[paced * 99 / 100] * 1000;
	}
	cpu_read(warden, after);
	line("intake.p99_ms", "ms", "lower", lat_target, v, RUNS, before, after, roles, wall);
	return 0;
}
