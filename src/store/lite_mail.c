/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Large mails beside the database, each a file named by its number: mails/2a/000000000000012a. Sealed and
 * written a piece at a time, and read so, for in the database its pages would all be in memory at once; on
 * disk, name and all, before the row that says so. A number taken back by a rollback comes again, and its
 * file is then replaced: none is left behind. Must never hold more of a mail than a piece.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/whole.h"
#include "store/body.h"
#include "store/lite.h"

#define TOP  "mails"
#define TEMP TOP "/new"
#define PATH 64
#define MARK 0xc7 /* of a row that stands for a file; no first byte of a stream, see shred.c */
#define MOST (SHRED_PIECE + SHRED_PIECE_MORE)

void
lite_mail_row(uint64_t n, uint8_t row[LITE_MAIL_ROW])
{
	row[0] = MARK;
	for (int i = 0; i < 8; i++)
		row[1 + i] = (uint8_t)(n >> (56 - 8 * i));
}

bool
lite_mail_is(const void *row, size_t row_n, uint64_t *n)
{
	const uint8_t *p = row;
	*n = 0;
	for (size_t i = 1; i < row_n && i < LITE_MAIL_ROW; i++)
		*n = *n << 8 | p[i];
	return row_n == LITE_MAIL_ROW && p[0] == MARK;
}

static void
path_of(uint64_t no, char folder[PATH], char path[PATH])
{
	snprintf(folder, PATH, TOP "/%02x", (unsigned)(no & 0xff));
	snprintf(path, PATH, TOP "/%02x/%016llx", (unsigned)(no & 0xff), (unsigned long long)no);
}

/* Pieces from read to fd, sealed. */
static int
fill(struct lite *m, uint64_t no, int fd, size_t n, store_read_cb *read, void *arg)
{
	static uint8_t in[SHRED_PIECE], out[MOST];
	struct shred_stream s;
	uint8_t head[SHRED_HEAD];
	int r = shred_stream_begin(m->mail_keys, no, SHRED_BODY, &s, head);
	if (r == 0)
		r = whole_write(fd, head, sizeof(head));
	for (size_t at = 0; r == 0 && at < n;) {
		size_t len = n - at < SHRED_PIECE ? n - at : SHRED_PIECE;
		r = read(arg, at, in, len);
		if (r < 0)
			break;
		at += len;
		shred_stream_piece(&s, in, len, at == n, out);
		r = whole_write(fd, out, len + SHRED_PIECE_MORE);
	}
	sodium_memzero(in, sizeof(in));
	return r;
}

int
lite_mail_put(struct lite *m, uint64_t no, size_t n, store_read_cb *read, void *arg)
{
	char folder[PATH], path[PATH];
	path_of(no, folder, path);
	int r = body_folder(m->dir, TOP, ".");
	if (r == 0)
		r = body_folder(m->dir, folder, TOP);
	if (r < 0)
		return r;
	int fd = openat(m->dir, TEMP, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = fill(m, no, fd, n, read, arg);
	if (r == 0 && fsync(fd))
		r = -errno;
	close(fd);
	if (r == 0 && renameat(m->dir, TEMP, m->dir, path))
		r = -errno;
	if (r < 0) {
		unlinkat(m->dir, TEMP, 0);
		return r;
	}
	return body_sync(m->dir, folder);
}

/* A piece vouches for those before it, so all of these are opened, too. */
static int
part(struct lite *m, uint64_t no, int fd, uint64_t at, uint8_t *buf, size_t most, size_t *ret_n)
{
	static uint8_t in[MOST], out[SHRED_PIECE];
	struct shred_stream s;
	uint64_t pos = 0;
	size_t put = 0;
	bool last = false;
	size_t n;
	int r = whole_read(fd, in, SHRED_HEAD, &n);
	if (r == 0 && n < SHRED_HEAD)
		r = -EBADMSG;
	if (r == 0)
		r = shred_stream_open(m->mail_keys, no, SHRED_BODY, in, &s);
	while (r == 0 && !last && pos < at + most) {
		size_t got = 0;
		r = whole_read(fd, in, MOST, &n);
		if (r == 0)
			r = shred_stream_pull(&s, in, n, out, &got, &last);
		if (r < 0)
			break;
		size_t from = at > pos ? (size_t)(at - pos < got ? at - pos : got) : 0;
		size_t take = got - from < most - put ? got - from : most - put;
		memcpy(buf + put, out + from, take);
		put += take;
		pos += got;
	}
	sodium_memzero(out, sizeof(out));
	if (r == 0)
		*ret_n = put;
	return r;
}

int
lite_mail_part(struct lite *m, uint64_t no, uint64_t at, void *buf, size_t most, size_t *ret_n)
{
	char folder[PATH], path[PATH];
	path_of(no, folder, path);
	int fd = openat(m->dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = part(m, no, fd, at, buf, most, ret_n);
	close(fd);
	return r;
}

int
lite_mail_drop(struct lite *m, uint64_t no)
{
	char folder[PATH], path[PATH];
	path_of(no, folder, path);
	if (unlinkat(m->dir, path, 0))
		return errno == ENOENT ? 0 : -errno;
	return body_sync(m->dir, folder);
}
