/* SPDX-License-Identifier: BSD-2-Clause */
/* Time stamps of log lines, see logtime.h. One table of formats and one small matcher; must never
 * ask the system for time or zone. */
#include "wire/logtime.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define LOOK_BYTES 1024
#define ZONES_SPAN (15 * MSEC_HOUR) /* local times lie within -12 h and +14 h of UTC */

/*
 * Letters: Y year, m month 01-12, b month name, d day 01-31, e day 1-31 (blank-padded or not),
 * a weekday name, H M S, f optional fraction, z optional zone, Z a zone, s seconds since 1970 (10
 * digits), k milliseconds (13 digits), _ one blank or tab. All else stands for itself.
 * ctx: a bare number is a time only at the line's start or where programs put one.
 */
static const struct row {
	const char *name, *form;
	uint8_t confidence;
	bool number;
} rows[] = {
	{ "ISO 8601", "Y-m-dTH:M:Sfz", 95, false },
	{ "ISO 8601", "Y-m-d_H:M:Sfz", 90, false },
	{ "ISO 8601 basic", "YmdTHMSfz", 85, false },
	{ "yyyy/mm/dd", "Y/m/d_H:M:Sfz", 85, false },
	{ "common log", "d/b/Y:H:M:Sfz", 95, false },
	{ "dd/Mon/yyyy", "d/b/Y_H:M:Sfz", 85, false },
	{ "dd-Mon-yyyy", "d-b-Y_H:M:Sfz", 85, false },
	{ "dd-mm-yyyy", "d-m-Y_H:M:Sfz", 70, false },
	{ "dd.mm.yyyy", "d.m.Y_H:M:Sfz", 70, false },
	{ "ctime", "a_b_e_H:M:Sf_Y", 85, false },
	{ "RFC 2822", "a,_e_b_Y_H:M:SZ", 95, false },
	{ "RFC 2822", "e_b_Y_H:M:Sfz", 85, false },
	{ "Mon dd yyyy", "b_e_Y_H:M:Sfz", 85, false },
	{ "RFC 3164", "b_e_H:M:Sf", 60, false },
	{ "epoch ms", "k", 60, true },
	{ "epoch", "sf", 70, true },
};

struct parts {
	int year, month, day, hour, minute, second, ms, zone; /* zone in minutes */
	int64_t epoch;                                        /* in ms */
	bool has_year, has_zone, is_epoch;
};

struct scan {
	const char *p, *end;
};

static bool
digits(struct scan *s, int n, int64_t *ret)
{
	int64_t v = 0;
	if (s->end - s->p < n)
		return false;
	for (int i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	s->p += n;
	*ret = v;
	return true;
}

static bool
number(struct scan *s, int n, int *ret)
{
	int64_t v;
	if (!digits(s, n, &v))
		return false;
	*ret = (int)v;
	return true;
}

/* One of n names of three letters; longer forms of weekdays are read to their end. */
static int
name_of(struct scan *s, const char *names, int n)
{
	if (s->end - s->p < 3)
		return -1;
	for (int i = 0; i < n; i++) {
		const char *w = names + 3 * i;
		if (tolower((unsigned char)s->p[0]) == w[0] && tolower((unsigned char)s->p[1]) == w[1] &&
		    tolower((unsigned char)s->p[2]) == w[2]) {
			s->p += 3;
			return i;
		}
	}
	return -1;
}

static void
fraction(struct scan *s, int *ms)
{
	if (s->end - s->p < 2 || (*s->p != '.' && *s->p != ',') || !isdigit((unsigned char)s->p[1]))
		return;
	s->p++;
	for (int scale = 100; s->p < s->end && isdigit((unsigned char)*s->p); s->p++, scale /= 10)
		*ms += (*s->p - '0') * scale;
}

/* "Z", "UTC", "GMT", "+hh", "+hhmm", "+hh:mm", after at most one blank. */
static bool
zone(struct scan *s, int *ret)
{
	struct scan z = *s;
	int h, m = 0;
	if (z.p < z.end && *z.p == ' ')
		z.p++;
	size_t left = (size_t)(z.end - z.p);
	if (left >= 3 && (memcmp(z.p, "UTC", 3) == 0 || memcmp(z.p, "GMT", 3) == 0)) {
		z.p += 3;
		*ret = 0;
	} else if (left >= 1 && *z.p == 'Z') {
		z.p++;
		*ret = 0;
	} else if (left >= 3 && (*z.p == '+' || *z.p == '-')) {
		int sign = *z.p++ == '-' ? -1 : 1;
		if (!number(&z, 2, &h))
			return false;
		bool colon = z.p < z.end && *z.p == ':';
		struct scan more = z;
		more.p += colon;
		if (number(&more, 2, &m))
			z = more;
		if (h > 14 || m > 59)
			return false;
		*ret = sign * (h * 60 + m);
	} else {
		return false;
	}
	if (z.p < z.end && isalnum((unsigned char)*z.p))
		return false;
	*s = z;
	return true;
}

static bool
day(struct scan *s, int *ret)
{
	if (s->p < s->end && *s->p == ' ')
		s->p++;
	if (number(s, 2, ret))
		return true;
	return number(s, 1, ret);
}

static bool
letter(struct scan *s, char c, struct parts *t)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	static const char weekdays[] = "sunmontuewedthufrisat";
	switch (c) {
	case 'Y': return t->has_year = number(s, 4, &t->year);
	case 'm': return number(s, 2, &t->month);
	case 'b': return (t->month = name_of(s, months, 12) + 1) > 0;
	case 'd': return number(s, 2, &t->day);
	case 'e': return day(s, &t->day);
	case 'a': return name_of(s, weekdays, 7) >= 0;
	case 'H': return number(s, 2, &t->hour);
	case 'M': return number(s, 2, &t->minute);
	case 'S': return number(s, 2, &t->second);
	case 'f': fraction(s, &t->ms); return true;
	case 'z': t->has_zone = zone(s, &t->zone); return true;
	case 'Z': return t->has_zone = zone(s, &t->zone);
	case 's':
	case 'k':
		t->is_epoch = digits(s, c == 's' ? 10 : 13, &t->epoch);
		t->epoch *= c == 's' ? 1000 : 1;
		return t->is_epoch;
	case '_': return s->p < s->end && (*s->p == ' ' || *s->p == '\t') && s->p++;
	default: return s->p < s->end && *s->p == c && s->p++;
	}
}

static bool
valid(const struct parts *t, int year)
{
	static const int8_t len[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (t->month < 1 || t->month > 12 || t->hour > 23 || t->minute > 59 || t->second > 60)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return t->day >= 1 && t->day <= (t->month == 2 && leap ? 29 : len[t->month - 1]);
}

static msec
civil(const struct parts *t, int year)
{
	return msec_civil_days(year, t->month, t->day) * MSEC_DAY + t->hour * MSEC_HOUR +
	    t->minute * MSEC_MINUTE + t->second * MSEC_SECOND + t->ms;
}

static msec
to_utc(const struct logtime_ref *ref, const struct parts *t, msec local)
{
	if (t->has_zone)
		return local - t->zone * MSEC_MINUTE;
	return ref->zone ? local - ref->zone(local, ref->arg) : local;
}

/* Fills ret->at; false when the numbers make no time. */
static bool
settle(const struct logtime_ref *ref, const struct parts *t, struct logtime *ret)
{
	if (t->is_epoch) {
		/* From 2001 to a year ahead: other ten-digit numbers exist. */
		ret->at = t->epoch + t->ms;
		return ret->at >= 1000000000 * MSEC_SECOND && ret->at < ref->now + 366 * MSEC_DAY;
	}
	ret->zone_assumed = !t->has_zone;
	if (t->has_year) {
		if (t->year < 1970 || !valid(t, t->year))
			return false;
		ret->at = to_utc(ref, t, civil(t, t->year));
		return true;
	}
	/* The latest year that does not make it the future; 29 February may be eight years back. */
	ret->year_assumed = true;
	int64_t days = ref->now / MSEC_DAY;
	int year = (int)(1970 + days / 365) + 1;
	for (int i = 0; i < 12; i++, year--) {
		if (!valid(t, year))
			continue;
		ret->at = to_utc(ref, t, civil(t, year));
		if (ret->at <= ref->now + MSEC_DAY)
			return true;
	}
	return false;
}

static bool
match(const struct logtime_ref *ref, const struct row *row, const char *from, const char *end,
    struct logtime *ret)
{
	struct scan s = { from, end };
	struct parts t = { 0 };
	for (const char *c = row->form; *c; c++)
		if (!letter(&s, *c, &t))
			return false;
	if (s.p < end && (isalnum((unsigned char)*s.p) || *s.p == '_'))
		return false;
	struct logtime out = { .format = row->name, .confidence = row->confidence };
	if (!settle(ref, &t, &out))
		return false;
	out.n = (size_t)(s.p - from);
	*ret = out;
	return true;
}

/* Where programs write bare numbers as times: `1795311900.123 `, `audit(1795311900.123:`,
 * `"ts":1795311900`, `[1795311900]`. */
static bool
number_place(const char *s, size_t at)
{
	if (at == 0 || s[at - 1] == '(' || s[at - 1] == '[')
		return true;
	if (s[at - 1] == ' ')
		at--;
	if (at == 0)
		return true;
	return at >= 2 && s[at - 1] == ':' && s[at - 2] == '"';
}

/* The first stamp from `from` on. */
static bool
first(const struct logtime_ref *ref, const char *s, size_t n, size_t from, struct logtime *ret)
{
	for (size_t i = from; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (!isalnum(c) || (i > 0 && isalnum((unsigned char)s[i - 1])))
			continue;
		for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
			bool alpha = rows[r].form[0] == 'a' || rows[r].form[0] == 'b';
			if (alpha == !!isdigit(c) || (rows[r].number && !number_place(s, i)))
				continue;
			if (match(ref, &rows[r], s + i, s + n, ret)) {
				ret->pos = i;
				return true;
			}
		}
	}
	return false;
}

/* What a stamp says by itself: its zone is worth more than its year. */
static int
sure(const struct logtime *t)
{
	return 2 * !t->zone_assumed + !t->year_assumed;
}

int
logtime_find(const struct logtime_ref *ref, const char *s, size_t n, struct logtime *ret)
{
	struct logtime best, other;
	if (n > LOOK_BYTES)
		n = LOOK_BYTES;
	if (!first(ref, s, n, 0, &best))
		return -ENOENT;
	size_t from = best.pos + best.n;
	while (best.zone_assumed && first(ref, s, n, from, &other)) {
		msec apart = other.at > best.at ? other.at - best.at : best.at - other.at;
		if (apart <= ZONES_SPAN && sure(&other) > sure(&best))
			best = other;
		from = other.pos + other.n;
	}
	*ret = best;
	return 0;
}

int
logtime_parse(const struct logtime_ref *ref, const char *s, size_t n, struct logtime *ret)
{
	struct logtime t;
	if (n == 0 || n > LOOK_BYTES || !first(ref, s, n, 0, &t) || t.pos != 0 || t.n != n)
		return -EINVAL;
	*ret = t;
	return 0;
}
