/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of the web, as strangers' documents name them (RFC 3986, of it what we follow):
 * nothing but http and https, a host, maybe a port, a path. */
#ifndef WIRE_URL_H
#define WIRE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define URL_TEXT 512 /* a whole one, with its end */
#define URL_HOST 254

struct url {
	bool tls;            /* https */
	char host[URL_HOST]; /* lower case; an IPv6 address without brackets */
	struct addr addr;    /* when the host is an address; else fam 0 */
	uint16_t port;
	size_t path;         /* where it begins in the text; strlen when there is none */
};

/* s ends with a NUL. Printable ASCII, no user, no fragment. 0 or -EINVAL, *ret untouched. */
int url_split(const char *s, struct url *ret);
/* Letters, digits, hyphens and dots as RFC 1123 2.1 wants a host: labels of 1 to 63, at most 253
 * in all. */
bool url_host_ok(const char *s, size_t n);
/* "127.0.0.1", "127.1", "0x7f000001": addresses to some programs, names to others. A last label of a name has
 * a letter, and none begins as a number in hexadecimal does. */
bool url_host_numeric(const char *s, size_t n);

#endif
