/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcurl on the event loop, see curl_loop.h. curl says which descriptors it waits for and when it
 * wants to be called; both are passed on. Must never let curl look a name up, for that takes
 * threads and files.
 */
#include "lymphd/curl_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/log.h"
#include "host/whole.h"

#define CA_MOST (4u << 20)

struct job {
	TAILQ_ENTRY(job) link;
	CURL *h;
	curl_loop_done *done;
	void *arg;
};

struct curl_loop {
	CURLM *multi;
	struct loop *loop;
	struct loop_event *timer;
	char *ca; /* PEM; NULL: none */
	size_t ca_n;
	TAILQ_HEAD(job_list, job) jobs;
};

static char *
ca_read(const char *path, size_t *ret_n)
{
	struct stat st;
	char *p = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= CA_MOST &&
	    (p = malloc((size_t)st.st_size + 1)) && whole_read(fd, p, (size_t)st.st_size, ret_n) == 0;
	if (fd >= 0)
		close(fd);
	if (good)
		return p;
	log_warn("certificates to believe: %s: cannot be read: no TLS to anybody", path);
	free(p);
	return NULL;
}

struct curl_loop *
curl_loop_new(const char *ca_file)
{
	struct curl_loop *c = calloc(1, sizeof(*c));
	if (!c || curl_global_init(CURL_GLOBAL_DEFAULT) || !(c->multi = curl_multi_init()))
		fatal_oom();
	TAILQ_INIT(&c->jobs);
	if (ca_file && *ca_file)
		c->ca = ca_read(ca_file, &c->ca_n);
	/* What TLS would load late: random numbers, tables, and the time zone, for dates in none. */
	tzset();
	CURL *h = curl_easy_init();
	if (!h)
		fatal_oom();
	curl_easy_cleanup(h);
	return c;
}

/* Those that ended. Whoever is told may add and drop. */
static void
reap(struct curl_loop *c)
{
	CURLMsg *m;
	int left;
	while ((m = curl_multi_info_read(c->multi, &left))) {
		struct job *j;
		CURL *h = m->easy_handle;
		CURLcode code = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		TAILQ_FOREACH(j, &c->jobs, link)
			if (j->h == h)
				break;
		if (!j)
			continue;
		struct job was = *j;
		TAILQ_REMOVE(&c->jobs, j, link);
		free(j);
		curl_multi_remove_handle(c->multi, h);
		was.done(h, code, was.arg);
	}
}

static void
on_socket(int fd, int ready, void *arg)
{
	struct curl_loop *c = arg;
	int mask = ready & LOOP_READ ? CURL_CSELECT_IN : 0, running;
	mask |= ready & LOOP_WRITE ? CURL_CSELECT_OUT : 0;
	curl_multi_socket_action(c->multi, fd, mask, &running);
	reap(c);
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct curl_loop *c = arg;
	int running;
	(void)fd, (void)ready;
	curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(c);
}

static int
want_socket(CURL *h, curl_socket_t fd, int what, void *arg, void *mine)
{
	struct curl_loop *c = arg;
	struct loop_event *e = mine;
	int ready = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
	(void)h;
	if (what == CURL_POLL_REMOVE) {
		loop_drop(e);
		curl_multi_assign(c->multi, fd, NULL);
	} else if (e) {
		loop_fd_set(e, ready);
	} else {
		curl_multi_assign(c->multi, fd, loop_fd(c->loop, fd, ready, on_socket, c));
	}
	return 0;
}

static int
want_time(CURLM *m, long ms, void *arg)
{
	struct curl_loop *c = arg;
	(void)m;
	if (ms < 0)
		loop_timer_off(c->timer);
	else
		loop_timer_in(c->timer, ms);
	return 0;
}

void
curl_loop_start(struct curl_loop *c, struct loop *l)
{
	c->loop = l;
	c->timer = loop_timer(l, on_timer, c);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, want_time);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	/* Nothing is kept open behind a transfer: whom we talked to is nobody's to use later. */
	curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, 1L);
}

CURL *
curl_loop_handle(struct curl_loop *c, const char *protocols, long total_ms)
{
	CURL *h = curl_easy_init();
	if (!h)
		fatal_oom();
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(h, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
	if (c->ca) {
		struct curl_blob blob = { c->ca, c->ca_n, CURL_BLOB_NOCOPY };
		curl_easy_setopt(h, CURLOPT_CAINFO_BLOB, &blob);
	}
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, total_ms);
	curl_easy_setopt(h, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(h, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	return h;
}

struct curl_slist *
curl_loop_resolve(const char *host, uint16_t port, const struct addr *v, size_t n)
{
	char text[ADDR_TEXT], *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);
	if (!f)
		fatal_oom();
	fprintf(f, "%s:%u:", host, port);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%s%s%s", i ? "," : "", v[i].fam == 6 ? "[" : "", addr_print(&v[i], text),
		    v[i].fam == 6 ? "]" : "");
	struct curl_slist *list = fclose(f) == 0 ? curl_slist_append(NULL, s) : NULL;
	free(s);
	if (!list)
		fatal_oom();
	return list;
}

int
curl_loop_add(struct curl_loop *c, CURL *h, curl_loop_done *done, void *arg)
{
	struct job *j = malloc(sizeof(*j));
	if (!j)
		fatal_oom();
	*j = (struct job){ .h = h, .done = done, .arg = arg };
	if (curl_multi_add_handle(c->multi, h)) {
		free(j);
		return -EINVAL;
	}
	TAILQ_INSERT_TAIL(&c->jobs, j, link);
	return 0;
}

void
curl_loop_drop(struct curl_loop *c, CURL *h)
{
	struct job *j;
	TAILQ_FOREACH(j, &c->jobs, link)
		if (j->h == h)
			break;
	if (!j)
		return;
	TAILQ_REMOVE(&c->jobs, j, link);
	free(j);
	curl_multi_remove_handle(c->multi, h);
}
