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

/* The relay stands: ask the canary through it. What comes from now on is fed to http_relayed. */
void http_ask(struct probe_talk *t);
void http_relayed(struct probe_talk *t, uint8_t b);

#endif
