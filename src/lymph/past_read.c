/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of old data, see past.h: gzip undone, the kind told by the first bytes, line by line or message by
 * message. A line that is not understood costs that line and is told with its number; nothing a file holds
 * may make this hold more than one line. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "lymph/past.h"
#include "wire/flowtext.h"

#define BLOCK  (256u << 10)
#define LINE   65536 /* longest line there is */
#define TOLD   5     /* refusals told a file */
#define STRIDE 65536 /* units between two words of progress */

int
past_open(struct past_in *in, const char *path)
{
	struct stat st;
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	memset(in, 0, offsetof(struct past_in, peek));
	in->peeked = in->at = 0, in->size = 0, in->cut = false;
	escape_tty(path, strlen(path), in->name, sizeof(in->name));
	if (strcmp(path, "-") == 0)
		strcpy(in->name, "standard input");
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		in->size = (uint64_t)st.st_size;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	in->gz = gzdopen(fd, "rb");
	if (!in->gz) {
		close(fd);
		return -ENOMEM;
	}
	gzbuffer(in->gz, BLOCK);
	ssize_t n = past_take(in, in->peek, sizeof(in->peek));
	if (n < 0) {
		past_close(in);
		return (int)n;
	}
	in->peeked = (size_t)n;
	return 0;
}

void
past_close(struct past_in *in)
{
	if (in->gz)
		gzclose(in->gz);
	in->gz = NULL;
}

ssize_t
past_take(struct past_in *in, void *buf, size_t n)
{
	size_t had = 0;
	if (in->at < in->peeked) {
		had = in->peeked - in->at < n ? in->peeked - in->at : n;
		memcpy(buf, in->peek + in->at, had);
		in->at += had;
	}
	while (had < n) {
		size_t want = n - had < (1u << 30) ? n - had : 1u << 30;
		int err = 0, r = gzread(in->gz, (char *)buf + had, (unsigned)want);
		if (r > 0) {
			had += (size_t)r;
			continue;
		}
		gzerror(in->gz, &err);
		in->cut |= r < 0 || err == Z_BUF_ERROR;
		if (r < 0 && had == 0)
			return err == Z_ERRNO ? -errno : -EBADMSG;
		break;
	}
	return (ssize_t)had;
}

int
past_done(struct past_in *in)
{
	z_off_t at = gzoffset(in->gz);
	if (!in->size || at < 0)
		return -1;
	uint64_t done = (uint64_t)at * 1000 / in->size;
	return done > 1000 ? 1000 : (int)done;
}

void
past_refused(
    struct past_in *in, struct past_file *f, const char *what, uint64_t n, const char *rule)
{
	f->refused++;
	if (f->refused <= TOLD)
		fprintf(
		    stderr, "lymph: %s:%s%llu: %s\n", in->name, what, (unsigned long long)n, rule);
}

static void
flows_out(struct past *p, const struct past_opts *o, struct past_file *ret, struct flow *f, int n)
{
	for (int i = 0; i < n; i++) {
		if (!f[i].sampling)
			f[i].sampling = o->sampling;
		if (o->behind)
			f[i].in_if = 1, f[i].out_if = 0;
		if (!ret->first || f[i].first < ret->first)
			ret->first = f[i].first;
		if (f[i].last > ret->last)
			ret->last = f[i].last;
	}
	ret->flows += (uint64_t)n;
	past_flow(p, f, (size_t)n);
}

/* --- lines --------------------------------------------------------------------------------------- */

struct lines {
	struct past *p;
	struct past_in *in;
	const struct past_opts *o;
	struct past_file *ret;
	struct flowtext_state *s;
	enum flowtext k;
	bool over; /* inside a line that is too long */
};

static void
one_line(struct lines *l, const char *line, size_t n)
{
	struct flow f[2];
	const char *rule = "not understood";
	l->ret->units++;
	int r = flowtext_line(l->s, l->k, line, n, f, &rule);
	if (r < 0)
		past_refused(l->in, l->ret, "", l->ret->units, rule);
	else if (r == 0)
		l->ret->passed++;
	else
		flows_out(l->p, l->o, l->ret, f, r);
	if (l->ret->units % STRIDE == 0)
		past_progress(l->p, l->in, l->ret);
}

static void
too_long(struct lines *l)
{
	l->ret->units++;
	past_refused(l->in, l->ret, "", l->ret->units, "the line is longer than 65535 bytes");
}

/* All whole lines of buf. What is left over at its end. */
static size_t
whole_lines(struct lines *l, char *buf, size_t n)
{
	size_t at = 0;
	char *nl;
	while ((nl = memchr(buf + at, '\n', n - at))) {
		size_t len = (size_t)(nl - (buf + at));
		if (l->over)
			l->over = false;
		else if (len >= LINE)
			too_long(l);
		else
			one_line(l, buf + at, len);
		at += len + 1;
	}
	memmove(buf, buf + at, n - at);
	return n - at;
}

static int
read_lines(struct past *p, struct past_in *in, const struct past_opts *o, enum flowtext k,
    struct past_file *ret)
{
	struct lines l = { p, in, o, ret, flowtext_new(), k, false };
	char *buf = malloc(BLOCK + LINE);
	size_t left = 0;
	ssize_t n = l.s && buf ? 0 : -ENOMEM;
	ret->kind = flowtext_name(k);
	while (n >= 0 && (n = past_take(in, buf + left, BLOCK)) > 0) {
		left = whole_lines(&l, buf, left + (size_t)n);
		if (left < LINE && !l.over)
			continue;
		if (!l.over)
			too_long(&l);
		l.over = true;
		left = 0;
	}
	if (n == 0 && left && !l.over)
		one_line(&l, buf, left);
	free(buf);
	flowtext_free(l.s);
	return n < 0 ? (int)n : 0;
}

/* --- IPFIX files --------------------------------------------------------------------------------- */

struct messages {
	struct past *p;
	const struct past_opts *o;
	struct past_file *ret;
};

static void
from_decoder(void *arg, const struct flow *f, size_t n)
{
	struct messages *m = arg;
	struct flow copy[FLOW_BATCH];
	memcpy(copy, f, n * sizeof(*f));
	flows_out(m->p, m->o, m->ret, copy, (int)n);
}

/* RFC 5655: messages one behind the other. Time is each header's own. */
static int
read_ipfix(struct past *p, struct past_in *in, const struct past_opts *o, struct past_file *ret)
{
	struct messages m = { p, o, ret };
	uint8_t *buf = malloc(65536);
	if (!buf)
		return -ENOMEM;
	ret->kind = "IPFIX file";
	for (;;) {
		const char *rule = "not understood";
		ssize_t n = past_take(in, buf, 16);
		int len = n == 16 ? flowdec_ipfix_len(buf, 16) : 0;
		if (n <= 0)
			break;
		ret->units++;
		if (n < 16 || len < 16 || past_take(in, buf + 16, (size_t)len - 16) != len - 16) {
			past_refused(in, ret, "message ", ret->units,
			    n < 16 || len >= 16 ? "RFC 7011 3.1: the message is cut off"
						: "RFC 7011 3.1: no header of an IPFIX message");
			break; /* where the next one begins nobody knows */
		}
		msec now = ((msec)buf[4] << 24 | (msec)buf[5] << 16 | (msec)buf[6] << 8 | buf[7]) *
			   MSEC_SECOND;
		if (flowdec_datagram(past_decoder(p), PAST_DATA, 0, buf, (size_t)len, now,
			from_decoder, &m, &rule) < 0)
			past_refused(in, ret, "message ", ret->units, rule);
		if (ret->units % 256 == 0)
			past_progress(p, in, ret);
	}
	free(buf);
	return 0;
}

/* --- which --------------------------------------------------------------------------------------- */

static bool
is_capture(const uint8_t *p, size_t n)
{
	static const uint8_t magic[][4] = { { 0xa1, 0xb2, 0xc3, 0xd4 }, { 0xd4, 0xc3, 0xb2, 0xa1 },
		{ 0xa1, 0xb2, 0x3c, 0x4d }, { 0x4d, 0x3c, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0xcd, 0x34 },
		{ 0x34, 0xcd, 0xb2, 0xa1 }, { 0x0a, 0x0d, 0x0d, 0x0a } };
	for (size_t i = 0; n >= 4 && i < sizeof(magic) / 4; i++)
		if (memcmp(p, magic[i], 4) == 0)
			return true;
	return false;
}

int
past_read(struct past *p, struct past_in *in, const struct past_opts *o, struct past_file *ret)
{
	int r;
	*ret = (struct past_file){ .kind = "unknown" };
	enum flowtext k = flowtext_guess((const char *)in->peek, in->peeked);
	if (in->peeked == 0) {
		fprintf(stderr, "lymph: %s: empty\n", in->name);
		return -ENODATA;
	}
	if (is_capture(in->peek, in->peeked)) {
		r = past_pcap(p, in, o, ret);
	} else if (in->peeked >= 16 && flowdec_ipfix_len(in->peek, in->peeked) >= 16) {
		r = read_ipfix(p, in, o, ret);
	} else if (k != FLOWTEXT_NONE) {
		r = read_lines(p, in, o, k, ret);
	} else {
		fprintf(stderr,
		    "lymph: %s: no capture, no IPFIX file, and no flow log of Zeek, Suricata, "
		    "Argus or nfdump\n",
		    in->name);
		return -ENOTSUP;
	}
	if (r == 0 && in->cut) {
		fprintf(stderr, "lymph: %s: gzip: the file is cut off; what came before was read\n",
		    in->name);
		return -EBADMSG;
	}
	if (r < 0 && r != -EBADMSG)
		fprintf(stderr, "lymph: %s: %s\n", in->name, strerror(-r));
	if (ret->refused > TOLD)
		fprintf(stderr, "lymph: %s: %llu more like these\n", in->name,
		    (unsigned long long)(ret->refused - TOLD));
	if (r == 0 && ret->refused && ret->flows == 0)
		return -EBADMSG;
	return r;
}
