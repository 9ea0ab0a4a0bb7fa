/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a request comes from. Must never believe a header of anybody who could connect without our proxy.
 */
#include <string.h>
#include <strings.h>

#include <microhttpd.h>

#include "host/sock.h"
#include "lymphd/http_from.h"

static enum MHD_Result
see_forwarded(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	(void)kind;
	if (value && strcasecmp(key, "X-Forwarded-For") == 0)
		*(const char **)cls = value;
	return MHD_YES;
}

/* The last element of the last X-Forwarded-For: what the proxy in front of us put there itself. */
static struct addr
forwarded_for(struct MHD_Connection *conn)
{
	const char *list = NULL;
	struct addr a = { 0 };
	MHD_get_connection_values(conn, MHD_HEADER_KIND, see_forwarded, &list);
	if (!list)
		return a;
	const char *comma = strrchr(list, ','), *from = comma ? comma + 1 : list;
	from += strspn(from, " \t");
	size_t n = strcspn(from, " \t");
	(void)addr_parse(from, n, &a); /* not an address: none */
	return a;
}

/* Who submitted: the peer of the TCP connection. From a loopback it is somebody on this machine, or a
 * proxy that does not use the Unix socket, and that is no address to group by. Only on the Unix socket is
 * X-Forwarded-For believed: who may connect there is a question of the file system. */
struct addr
http_from(struct MHD_Connection *conn, bool *proxied)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct addr a = { 0 };
	const struct sockaddr *sa = i ? i->client_addr : NULL;
	if (sa)
		(void)sock_addr(sa, &a);
	*proxied = sa && sa->sa_family == AF_UNIX;
	if (*proxied)
		a = forwarded_for(conn);
	if (addr_is_loopback(&a))
		a = (struct addr){ 0 };
	return a;
}
