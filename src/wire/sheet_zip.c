/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zip as a stream, by its local headers (PKWARE APPNOTE 6.3.10, 4.3.7): stored and deflated entries, with
 * sizes in front or behind, of four bytes or eight (zip64, 4.5.3: what writes a stream uses it for small
 * entries, too). What cannot be read without seeking, or is not worth the trouble, is refused by rule:
 * encryption, spanning, other methods, stored entries whose size stands behind them. Entries
 * that are no tables are passed over; an archive in an archive is never opened. The central directory is
 * not read, so entries cannot overlap.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "wire/sheet_own.h"

#define LOCAL      0x04034b50u
#define CENTRAL    0x02014b50u
#define ARCHIVE    0x08064b50u /* 4.3.11: extra data, in front of an encrypted directory */
#define END        0x06054b50u
#define END64      0x06064b50u /* 4.3.14: of a zip64, in front of END; after the directory */
#define DESCRIPTOR 0x08074b50u
#define ZIP64      1u          /* 4.5.3: id of the extra field */

#define FLAG_ENCRYPTED 0x0001u
#define FLAG_BEHIND    0x0008u /* sizes and CRC in a data descriptor */
#define FLAG_PATCH     0x0020u
#define FLAG_STRONG    0x0040u
#define FLAG_MASKED    0x2000u

static uint32_t
le16(const uint8_t *p)
{
	return (uint32_t)(p[0] | p[1] << 8);
}

static uint32_t
le32(const uint8_t *p)
{
	return le16(p) | le16(p + 2) << 16;
}

static int
refuse(const char **rule, const char *why)
{
	*rule = why;
	return -EBADMSG;
}

static uint64_t
le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* Collects until fix holds want bytes. */
static bool
gather(struct zip *z, size_t want, const uint8_t **in, size_t *n, size_t *used)
{
	while (z->fix_n<want && * n> 0) {
		z->fix[z->fix_n++] = **in;
		++*in;
		--*n;
		++*used;
	}
	return z->fix_n == want;
}

static void
skip(uint32_t *left, const uint8_t **in, size_t *n, size_t *used)
{
	size_t take = *n < *left ? *n : *left;
	*in += take;
	*n -= take;
	*used += take;
	*left -= (uint32_t)take;
}

static bool
ends_in(const char *name, const char *const *list)
{
	size_t n = strlen(name);
	for (; *list; list++)
		if (n >= strlen(*list) && strcasecmp(name + n - strlen(*list), *list) == 0)
			return true;
	return false;
}

static void
what_is_it(struct unpack *u)
{
	static const char *const tables[] = { ".csv", ".tsv", ".tab", ".txt", NULL };
	static const char *const archives[] = { ".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar",
		".tar", ".zst", NULL };
	u->zip.table = ends_in(u->name, tables);
	u->zip.nested += ends_in(u->name, archives);
}

/* The fixed part of a local header, 4.3.7. */
static int
header(struct unpack *u, const char **rule)
{
	struct zip *z = &u->zip;
	z->flags = le16(z->fix + 6);
	z->method = le16(z->fix + 8);
	z->crc = le32(z->fix + 14);
	z->csize = le32(z->fix + 18);
	z->usize = le32(z->fix + 22);
	z->name_left = le16(z->fix + 26);
	z->extra_left = le16(z->fix + 28);
	z->body_left = z->csize;
	z->sum = (uint32_t)crc32(0, NULL, 0);
	z->made = 0;
	z->opened = z->ended = z->big = false;
	if (z->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED))
		return refuse(rule, "APPNOTE 4.4.4: an encrypted entry");
	if (z->flags & FLAG_PATCH)
		return refuse(rule, "APPNOTE 4.4.4: patch data");
	if (++z->entries > UNPACK_ENTRIES)
		return refuse(rule, "more than 64 entries");
	if (z->name_left >= UNPACK_NAME)
		return refuse(rule, "an entry's name over 255 bytes");
	u->name_n = 0;
	return 0;
}

/* All of the header is read: what is its body? */
static int
open_body(struct unpack *u, const char **rule)
{
	struct zip *z = &u->zip;
	u->name[u->name_n] = 0;
	what_is_it(u);
	if (!z->big && (z->csize == UINT32_MAX || z->usize == UINT32_MAX))
		return refuse(rule, "APPNOTE 4.4.8: a size that is said to stand in a zip64 field, and none");
	if (z->method != 0 && z->method != 8 && (z->table || (z->flags & FLAG_BEHIND)))
		return refuse(rule, "APPNOTE 4.4.5: neither stored nor deflated");
	if (z->method == 0 && (z->flags & FLAG_BEHIND))
		return refuse(rule, "APPNOTE 4.3.9: stored, and its size behind it");
	if (z->method == 0 && z->csize != z->usize)
		return refuse(rule, "APPNOTE 4.4.8: stored, in two sizes");
	z->at = ZIP_BODY;
	if (z->method == 8 && (z->table || (z->flags & FLAG_BEHIND))) {
		if (u->z_live)
			return inflateReset(&u->z) == Z_OK ? 0 : -ENOMEM;
		if (inflateInit2(&u->z, -MAX_WBITS) != Z_OK)
			return -ENOMEM;
		u->z_live = true;
	}
	return 0;
}

static int
close_body(struct unpack *u, const char **rule)
{
	struct zip *z = &u->zip;
	bool behind = z->flags & FLAG_BEHIND, read = z->table || behind;
	if (!behind && z->body_left > 0)
		return refuse(rule, "APPNOTE 4.4.8: packed bytes end before their size");
	if (read && (z->sum != z->crc || z->made != z->usize))
		return refuse(
		    rule, "APPNOTE 4.4.7: not the bytes its CRC-32 and size were made of");
	z->at = ZIP_SIG;
	z->fix_n = 0;
	return z->table ? UNPACK_CLOSE : -EAGAIN;
}

/* 4.3.9: with its signature or without. */
static int
descriptor(struct unpack *u, const uint8_t **in, size_t *n, size_t *used, const char **rule)
{
	struct zip *z = &u->zip;
	if (!gather(z, z->fix_n < 4 ? 4 : z->fix_n, in, n, used))
		return UNPACK_MORE;
	bool named = le32(z->fix) == DESCRIPTOR;
	if (!gather(z, (named ? 4u : 0u) + (z->big ? 20u : 12u), in, n, used))
		return UNPACK_MORE;
	const uint8_t *p = z->fix + (named ? 4 : 0);
	z->crc = le32(p);
	z->usize = z->big ? le64(p + 12) : le32(p + 8);
	if ((z->big ? le64(p + 4) : le32(p + 4)) != u->z.total_in)
		return refuse(rule, "APPNOTE 4.4.8: not the size that was packed");
	return close_body(u, rule);
}

/* Body bytes; -EAGAIN: go on with what follows. */
static int
body(struct unpack *u, const uint8_t **in, size_t *n, size_t *used, const char **rule)
{
	struct zip *z = &u->zip;
	bool behind = z->flags & FLAG_BEHIND, ended = false;
	size_t give = *n, took = 0;
	if (z->table && !z->opened) {
		z->opened = true;
		return UNPACK_ENTRY;
	}
	if (z->ended)
		return close_body(u, rule);
	if (!behind && give > z->body_left)
		give = (size_t)z->body_left;
	if (!behind && (!z->table || z->method == 0)) {
		if (z->body_left == 0)
			return close_body(u, rule);
		if (give == 0)
			return UNPACK_MORE;
		took = give;
		if (z->table)
			unpack_copy(u, *in, give, &took);
	} else {
		int rc = unpack_inflate(u, *in, give, &took, &ended, rule);
		if (rc < 0)
			return rc;
	}
	*in += took;
	*n -= took;
	*used += took;
	z->body_left -= behind ? 0 : took;
	z->made += u->out_n;
	z->sum = (uint32_t)crc32(z->sum, u->out, (uInt)u->out_n);
	if (ended) {
		z->at = behind ? ZIP_DESCRIPTOR : ZIP_BODY;
		z->fix_n = 0;
		z->ended = true;
	} else if (!behind && z->table && z->method == 8 && z->body_left == 0 && u->out_n == 0) {
		return refuse(rule, "APPNOTE 4.4.8: packed bytes go on behind their size");
	}
	if (u->out_n > 0 && z->table)
		return UNPACK_DATA;
	u->out_n = 0;
	int caps = unpack_caps(u, rule);
	if (caps < 0)
		return caps;
	return took > 0 || ended ? -EAGAIN : UNPACK_MORE;
}

static int
signature(struct unpack *u, const uint8_t **in, size_t *n, size_t *used, const char **rule)
{
	struct zip *z = &u->zip;
	if (!gather(z, z->fix_n < 4 ? 4 : z->fix_n, in, n, used))
		return UNPACK_MORE;
	switch (le32(z->fix)) {
	case LOCAL: z->at = ZIP_HEADER; return -EAGAIN;
	case CENTRAL:
	case END64:
	case END: z->at = ZIP_TAIL; return -EAGAIN;
	case ARCHIVE: return refuse(rule, "APPNOTE 4.3.11: an encrypted directory");
	default: return refuse(rule, "APPNOTE 4.3.7: no header where one must be");
	}
}

/* 4.6.1: blocks of an id, a length and bytes. Only the id is of interest. */
static int
extra(struct unpack *u, const uint8_t **in, size_t *n, size_t *used, const char **rule)
{
	struct zip *z = &u->zip;
	if (z->extra_skip > 0) {
		skip(&z->extra_skip, in, n, used);
		return z->extra_skip > 0 ? UNPACK_MORE : -EAGAIN;
	}
	if (z->extra_left < 4) { /* the end, or padding some write */
		skip(&z->extra_left, in, n, used);
		if (z->extra_left > 0)
			return UNPACK_MORE;
		int rc = open_body(u, rule);
		return rc < 0 ? rc : -EAGAIN;
	}
	if (!gather(z, 4, in, n, used))
		return UNPACK_MORE;
	uint32_t id = le16(z->fix), len = le16(z->fix + 2);
	z->fix_n = 0;
	if (len > z->extra_left - 4)
		return refuse(rule, "APPNOTE 4.5.1: an extra field longer than all of them");
	z->extra_left -= 4 + len;
	z->extra_skip = len;
	z->at = id == ZIP64 ? ZIP_EXTRA64 : ZIP_EXTRA;
	return -EAGAIN;
}

/* 4.5.3: of the sizes that the header leaves to it, unpacked before packed; the rest of it is skipped. */
static int
extra64(struct unpack *u, const uint8_t **in, size_t *n, size_t *used, const char **rule)
{
	struct zip *z = &u->zip;
	bool usize = z->usize == UINT32_MAX, csize = z->csize == UINT32_MAX;
	uint32_t want = 8u * usize + 8u * csize;
	if (z->big)
		return refuse(rule, "APPNOTE 4.5.3: two zip64 fields");
	if (z->extra_skip < want)
		return refuse(rule, "APPNOTE 4.5.3: a zip64 field too short for its sizes");
	if (!gather(z, want, in, n, used))
		return UNPACK_MORE;
	if (usize)
		z->usize = le64(z->fix);
	if (csize)
		z->csize = z->body_left = le64(z->fix + 8u * usize);
	z->big = true;
	z->fix_n = 0;
	z->extra_skip -= want;
	z->at = ZIP_EXTRA;
	return -EAGAIN;
}

static int
name(struct unpack *u, const uint8_t **in, size_t *n, size_t *used)
{
	struct zip *z = &u->zip;
	while (z->name_left > 0 && *n > 0) {
		u->name[u->name_n++] = **in ? (char)**in : '_';
		++*in;
		--*n;
		++*used;
		z->name_left--;
	}
	if (z->name_left > 0)
		return UNPACK_MORE;
	z->at = ZIP_EXTRA;
	z->fix_n = 0;
	return -EAGAIN;
}

static int
step(struct unpack *u, const uint8_t **in, size_t *n, size_t *used, const char **rule)
{
	struct zip *z = &u->zip;
	int rc;
	switch (z->at) {
	case ZIP_SIG: return signature(u, in, n, used, rule);
	case ZIP_HEADER:
		if (!gather(z, 30, in, n, used))
			return UNPACK_MORE;
		rc = header(u, rule);
		z->at = ZIP_NAME;
		return rc < 0 ? rc : -EAGAIN;
	case ZIP_NAME: return name(u, in, n, used);
	case ZIP_EXTRA: return extra(u, in, n, used, rule);
	case ZIP_EXTRA64: return extra64(u, in, n, used, rule);
	case ZIP_BODY: return body(u, in, n, used, rule);
	case ZIP_DESCRIPTOR: return descriptor(u, in, n, used, rule);
	default:
		*in += *n;
		*used += *n;
		*n = 0;
		return UNPACK_MORE;
	}
}

int
unzip_next(struct unpack *u, const uint8_t *in, size_t n, bool end, size_t *used, const char **rule)
{
	int rc;
	do {
		size_t before = *used;
		rc = step(u, &in, &n, used, rule);
		u->in_total += *used - before;
	} while (rc == -EAGAIN);
	if (rc != UNPACK_MORE || !end || n > 0)
		return rc;
	return u->zip.at == ZIP_TAIL ? UNPACK_DONE : refuse(rule, "APPNOTE 4.3.6: cut short");
}
