/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcurl's transfers on the event loop, for boxed roles: no threads, no signals, no name look-ups
 * of curl's own (give it addresses: CURLOPT_RESOLVE), no proxy, no files. What curl and its TLS
 * need from outside is read before the box. Must never block the loop.
 */
#ifndef LYMPHD_CURL_LOOP_H
#define LYMPHD_CURL_LOOP_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "host/loop.h"

struct curl_loop;

/* Before the box. ca_file: certificates to believe, PEM; NULL or unreadable: none, and TLS fails
 * (said in the log). Never NULL. */
struct curl_loop *curl_loop_new(const char *ca_file);
/* In the box. */
void curl_loop_start(struct curl_loop *c, struct loop *l);

/* A handle with what every transfer of ours keeps: the protocols named ("https,http", "smtp"),
 * TLS verified against ca_file, no redirects, whole transfer within total ms. The caller's until
 * added. */
CURL *curl_loop_handle(struct curl_loop *c, const char *protocols, long total_ms);
/* For CURLOPT_RESOLVE: that name stands for these addresses, n of them. Never NULL; curl_slist_free_all. */
struct curl_slist *curl_loop_resolve(const char *host, uint16_t port, const struct addr *v, size_t n);
/* done is called once from the loop, never from inside this call; the handle is the caller's
 * again then, to ask and to curl_easy_cleanup. 0 or negative errno. */
typedef void curl_loop_done(CURL *h, CURLcode code, void *arg);
int curl_loop_add(struct curl_loop *c, CURL *h, curl_loop_done *done, void *arg);
/* Ends one early; done is not called. */
void curl_loop_drop(struct curl_loop *c, CURL *h);

#endif
