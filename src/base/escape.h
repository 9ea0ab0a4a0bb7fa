/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only ways a stranger's text leaves this program: one escaping printer per sink. JSON is
 * written by jansson (which escapes), so the terminal and the cell of a table are the sinks that need us.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stddef.h>

/* Copies n bytes of s into buf (size > 0) as text that can do nothing to a terminal: valid UTF-8
 * letters stay, control bytes, DEL, C1, bidirectional and invisible code points, broken UTF-8 and
 * the backslash become \n \t \\ \xHH \u{HHHH}. Cut with "..." when buf is full. Returns buf. */
char *escape_tty(const char *s, size_t n, char *buf, size_t size);

/* The same as a cell of a CSV (RFC 4180), in quotes, for a program that would run what begins like a formula:
 * what begins with = + - @ or a blank gets a ' in front. Returns buf; size at least 8. */
char *escape_csv(const char *s, size_t n, char *buf, size_t size);

#endif
