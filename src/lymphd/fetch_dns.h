/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of a host, asked of resolvers over UDP; for roles that connect to the outside, whose box has
 * no place for what the C library does for it. Each question has a socket of its own, so a port drawn by the
 * kernel. */
#ifndef LYMPHD_FETCH_DNS_H
#define LYMPHD_FETCH_DNS_H

#include "base/addr.h"
#include "host/loop.h"

#define FETCH_DNS_ADDRS 8
#define FETCH_DNS_HOSTS 64 /* remembered, and asked about at a time */

struct fetch_dns;

/* Before the box: resolvers (fam 0 ends, at most n), or without any those of /etc/resolv.conf. */
struct fetch_dns *fetch_dns_new(const struct addr *resolver, size_t n);
void fetch_dns_start(struct fetch_dns *d, struct loop *l);
/* n 0: it has none, or nobody says. Once, from the loop or from inside fetch_dns_ask. */
typedef void fetch_dns_cb(const struct addr *v, size_t n, void *arg);
void fetch_dns_ask(struct fetch_dns *d, const char *host, fetch_dns_cb *cb, void *arg);

#endif
