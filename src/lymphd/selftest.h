/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymphd selftest`: the sandbox of every role, shown and attacked on this machine. */
#ifndef LYMPHD_SELFTEST_H
#define LYMPHD_SELFTEST_H

#include <stdbool.h>

/* conf_path may be NULL: uids 64000 and up. 0: all held; 1: something got through; 2: cannot test. */
int selftest_main(const char *conf_path, bool json);

#endif
