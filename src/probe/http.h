/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP as a prober needs it: asking for http://canary/TOKEN directly, inside a tunnel or by
 * CONNECT, and reading an answer byte by byte only far enough to know its status and whether the canary's
 * secret stands in it. Redirects, bodies and headers are never acted on.
 */
#ifndef PROBE_HTTP_H
#define PROBE_HTTP_H

#include "probe/talk.h"

extern const struct probe_check check_http_connect, check_http_get;

/* A canary's host as text, brackets around IPv6; ":port" behind it unless that is 80 or 0. */
#define HOST_TEXT (ADDR_TEXT + 2 + 6)
char *http_host(const struct addr *a, unsigned port, char buf[HOST_TEXT]);

/* The relay stands: ask the canary through it. What comes from now on is fed to http_relayed. */
void http_ask(struct probe_talk *t);
void http_relayed(struct probe_talk *t, uint8_t b);

#endif
