/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which cases or orders a desk command is about: numbers on the command line, numbers on standard
 * input, or filters. Turns text into JSON for lymphd; asks nobody. A word it does not know is an error
 * that names it: half a list is never taken.
 */
#ifndef LYMPH_DESK_PICK_H
#define LYMPH_DESK_PICK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PICK_MOST 5000 /* numbers in one command: they have to fit one request */
#define PICK_WHY  256

/* "7", "1234567890": a number from 1 on and nothing else. */
bool pick_number(const char *s, int64_t *ret);
/* Adds numbers to list, leaving out those that are there. 0, or -1 with the reason, unescaped, in why. */
int pick_words(json_t *list, const char *const *words, int n, char why[PICK_WHY]);
/* One number a line; blank lines and what is behind a '#' count for nothing. */
int pick_lines(json_t *list, FILE *f, char why[PICK_WHY]);
/* "class=open-proxy" into an object of filters; `snoozed` is yes or no. */
int pick_filter(json_t *filter, const char *text, char why[PICK_WHY]);
/* What the keys of a filter are, for --help. */
#define PICK_KEYS "state, class, line, prefix, assignee, rung, snoozed"

#endif
