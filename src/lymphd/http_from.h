/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a request comes from, for http.c. */
#ifndef LYMPHD_HTTP_FROM_H
#define LYMPHD_HTTP_FROM_H

#include <stdbool.h>

#include "base/addr.h"

struct MHD_Connection;

/* The address a request counts for; fam 0: local or unknown. *proxied: it came by the Unix socket. */
struct addr http_from(struct MHD_Connection *conn, bool *proxied);

#endif
