/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs of `lymph reporter` share: cmd_reporter.c (add, rank, pin), reporter_enrol.c,
 * reporter_statement.c. */
#ifndef LYMPH_REPORTER_H
#define LYMPH_REPORTER_H

#include <stdint.h>

#include "lymph/ctl.h"

#define REPORTER_KEY 8192

/* The key to send: the public key out of a file, else the text as it is. 0, or an exit status. */
int reporter_key(const struct ctl *c, const char *arg, char buf[REPORTER_KEY]);
/* "64500" or "AS64500"; 0 is "not known". */
int reporter_as(const char *s, int64_t *ret);

int reporter_enrol(int argc, char **argv);
int reporter_remove(int argc, char **argv);
int reporter_statement(int argc, char **argv);

#endif
