/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question to a resolver and its answer (RFC 1035, EDNS RFC 6891): addresses of a name, no more.
 * Pure; who asks draws the number and the port at random, and takes an answer only from where it
 * asked.
 */
#ifndef WIRE_DNS_H
#define WIRE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define DNS_A    1
#define DNS_AAAA 28
#define DNS_QUERY_MOST 300  /* bytes of a question */
#define DNS_REPLY_MOST 1232 /* of an answer, as the question says (RFC 6891 6.2.5) */

/* A recursive question for name, a host as url_host_ok has it; edns: says how much may come
 * back, which old resolvers do not know. Its length; 0: no such name can be asked for. */
size_t dns_ask(uint16_t id, const char *name, uint16_t type, bool edns, uint8_t buf[DNS_QUERY_MOST]);

/* The addresses in the answer to that very question, through at most 8 aliases: at most `most`
 * into ret, their number into *ret_n, the least of their times to live in seconds into *ret_ttl.
 * 0; -ENOENT: the name has none (or does not exist); -EAGAIN: the resolver cannot say; -EPROTO:
 * not an answer to this question, or no DNS. */
int dns_told(const void *p, size_t n, uint16_t id, const char *name, uint16_t type, struct addr *ret,
    size_t most, size_t *ret_n, uint32_t *ret_ttl);

#endif
