/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of holes in strangers' text: "CVE-", a year, "-", four to seven digits. */
#ifndef WIRE_CVE_H
#define WIRE_CVE_H

#include <stdbool.h>
#include <stddef.h>

#define CVE_TEXT 20

/* The first one s names, CVE in capitals; false with ret untouched: none. */
bool cve_find(const char *s, size_t n, char ret[CVE_TEXT]);

#endif
