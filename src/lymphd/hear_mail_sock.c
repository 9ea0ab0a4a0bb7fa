/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The intake socket: a mail from an MDA, or a table the operator hands in. Who may connect, the socket's
 * owner and group say. A line tells what comes ("mail LENGTH", or "feed SOURCE FILE LENGTH"), then so many
 * bytes; the answer is one line, a status of sysexits.h and why. It says 0 only of what is committed, and
 * what was cut short is not taken: its sender died, and will come again. What there is no room for is not
 * read: the sender waits.
 */
#include "lymphd/hear_mail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"

#define TAKEN  0  /* EX_OK */
#define BROKEN 65 /* EX_DATAERR: never again */
#define LATER  75 /* EX_TEMPFAIL */

void
intake_tell(struct job *j, enum file_result result, const char *why)
{
	static const int status[FILE_RESULT_N] = { [FILE_TAKEN] = TAKEN, [FILE_LATER] = LATER,
		[FILE_ASIDE] = BROKEN };
	char line[512];
	if (j->fd < 0)
		return;
	int n = snprintf(line, sizeof(line), "%d %s\n", status[result], why);
	/* Whoever does not read it does not know, and hands it in again: it counts once. */
	send(j->fd, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	loop_drop(j->event);
	j->event = NULL;
	close(j->fd);
	j->fd = -1;
}

/* Takes the first line apart. False: it is none. */
static bool
head(struct job *j)
{
	char *word[5] = { 0 }, *at = NULL, *end;
	unsigned n = 0;
	for (char *p = strtok_r(j->head, " ", &at); p && n < 5; p = strtok_r(NULL, " ", &at))
		word[n++] = p;
	if (n < 2 || n > 4 || word[n - 1][0] < '0' || word[n - 1][0] > '9')
		return false;
	errno = 0;
	j->length = strtoull(word[n - 1], &end, 10);
	if (*end || errno)
		return false;
	if (n == 2 && strcmp(word[0], "mail") == 0)
		return true;
	if (n != 4 || strcmp(word[0], "feed") != 0 || !identity_make(IDENTITY_FEED, word[1], &j->feed))
		return false;
	for (const char *p = word[2]; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '/')
			return false;
	snprintf(j->name, sizeof(j->name), "%s", word[2]);
	j->step = JOB_STREAM;
	return true;
}

/* Bytes of the first line, one by one: what stands behind it is not for us. False: over. */
static bool
read_head(struct job *j)
{
	for (;;) {
		char c;
		ssize_t n = recv(j->fd, &c, 1, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0 || j->head_n + 1 == sizeof(j->head))
			break;
		if (c == '\n') {
			j->head[j->head_n] = '\0';
			j->headed = head(j);
			if (j->headed)
				return true;
			break;
		}
		j->head[j->head_n++] = c;
	}
	job_over(j, FILE_ASIDE, "not what lymph intake says: mail LENGTH, or feed SOURCE FILE LENGTH");
	return false;
}

/* There is room for `most`. -1: nothing more for now; 0: the end; else bytes. */
static ssize_t
more(struct job *j, size_t most)
{
	ssize_t n;
	do
		n = recv(j->fd, j->bytes + j->n, most, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN)
		return 0; /* gone: what came is not whole, and nobody hears the answer */
	if (n > 0) {
		j->n += (size_t)n;
		j->got += (uint64_t)n;
		j->since = clock_mono();
	}
	return n;
}

static void
read_mail(struct job *j)
{
	ssize_t n;
	j->over = j->length > MAIL_BYTES;
	uint64_t want = j->over ? DESK_OVER : j->length;
	if (job_hold(j, (size_t)want) < 0) {
		loop_fd_set(j->event, 0); /* until others are gone */
		return;
	}
	while (j->got < want && (n = more(j, want - j->got < DESK_CHUNK ? want - j->got : DESK_CHUNK)) != 0)
		if (n < 0)
			return;
	loop_fd_set(j->event, 0);
	if (j->got != want)
		job_over(j, FILE_LATER, "it was cut short");
	else
		job_whole(j);
}

static void
read_table(struct job *j)
{
	size_t most = DESK_CHUNK - (j->n < DESK_CHUNK ? j->n : DESK_CHUNK);
	if (most > j->length - j->got)
		most = (size_t)(j->length - j->got);
	bool room = !desk_full(j->d) && job_room(j, most);
	if (!j->end && !j->refused && j->n < DESK_CHUNK && room) {
		ssize_t n = j->got < j->length ? more(j, most) : 0;
		j->end = n == 0 || j->got >= j->length;
		if (n == 0 && j->got != j->length)
			j->refused = "it was cut short; what was read is kept and counts once";
	}
	bool full = j->n == DESK_CHUNK || j->end || j->refused;
	loop_fd_set(j->event, full || !room ? 0 : LOOP_READ);
	if (full && room && !j->fed_end && !j->refused)
		desk_turn(j->d); /* goes on without a word from outside */
	stream_go(j);
}

static void
on_ready(int fd, int ready, void *arg)
{
	struct job *j = arg;
	(void)fd, (void)ready;
	if (!j->headed && !read_head(j))
		return;
	if (!j->headed)
		return;
	if (j->step == JOB_READING)
		read_mail(j);
	else if (j->step == JOB_STREAM)
		read_table(j);
}

void
intake_wake(struct job *j)
{
	if (!j->headed || j->fd < 0)
		return;
	if (j->step == JOB_READING)
		loop_fd_set(j->event, LOOP_READ);
	else
		read_table(j);
}

static void
on_connect(int fd, int ready, void *arg)
{
	struct desk *d = arg;
	(void)ready;
	while (d->jobs < DESK_JOBS - DESK_FILES) {
		int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (c < 0)
			return;
		struct job *j = job_new(d, JOB_SOCKET, c);
		j->event = loop_fd(d->c->loop, c, LOOP_READ, on_ready, j);
	}
	loop_fd_set(d->listen, 0); /* the others wait in the kernel's queue */
}

void
intake_listen(struct desk *d, int fd)
{
	d->listen = loop_fd(d->c->loop, fd, LOOP_READ, on_connect, d);
}
