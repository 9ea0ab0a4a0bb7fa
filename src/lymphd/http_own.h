/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of http.h, for its files: http.c (requests, limits, answers), http_from.c (whose). */
#ifndef LYMPHD_HTTP_OWN_H
#define LYMPHD_HTTP_OWN_H

#include "lymphd/http.h"

/* The address a request counts for. *proxied: it came by the Unix socket. */
struct addr http_from(struct MHD_Connection *conn, bool *proxied);

#endif
