/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msec: the one time type. Milliseconds since 1970-01-01 UTC, or a duration in milliseconds.
 * There is no clock here: time is always an argument (host/clock.h reads the clock, roles stamp).
 */
#ifndef BASE_MSEC_H
#define BASE_MSEC_H

#include <stddef.h>
#include <stdint.h>

typedef int64_t msec;

#define MSEC_SECOND ((msec)1000)
#define MSEC_MINUTE (60 * MSEC_SECOND)
#define MSEC_HOUR   (60 * MSEC_MINUTE)
#define MSEC_DAY    (24 * MSEC_HOUR)
#define MSEC_NEVER  INT64_MAX

/* Room for msec_print's longest output and its NUL. */
#define MSEC_TEXT 64

/* RFC 3339 in UTC, "2026-11-22T01:45:00.123Z" (the fraction only when not zero). Returns buf.
 * Years outside 0..9999 are printed as "-". */
char *msec_print(msec t, char buf[MSEC_TEXT]);

/* Parses an RFC 3339 date-time with its zone ("Z" or "+hh:mm"), exactly and whole.
 * Returns 0, or -EINVAL with *ret untouched. */
int msec_parse(const char *s, size_t n, msec *ret);

/* Days from 1970-01-01 for a proleptic Gregorian date; month 1..12, day 1..31. */
int64_t msec_civil_days(int year, int month, int day);

/* "3 d 4 h", "12 min", "0.4 s": for people only. Returns buf. */
char *msec_span_print(msec d, char buf[MSEC_TEXT]);

#endif
