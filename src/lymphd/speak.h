/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of role speak: speak.c (gates, limits, answers), speak_smtp.c (to the relay), speak_post.c (to a
 * peer's own API). */
#ifndef LYMPHD_SPEAK_H
#define LYMPHD_SPEAK_H

#include "lymphd/curl_loop.h"
#include "lymphd/fetch_dns.h"
#include "lymphd/role.h"
#include "wire/url.h"

#define SPEAK_JOBS 4

struct speak_job {
	struct speak *s;           /* NULL: free */
	struct msg_speak m;
	const char *bytes;         /* mapped, m.size of them */
	size_t at;                 /* read by curl */
	CURL *h;                   /* NULL: not under way yet */
	struct curl_slist *list;   /* recipients, or headers */
	struct curl_slist *resolve;
	struct url url;
	bool all;                  /* curl has had every byte */
	unsigned done;             /* commands the relay said 250 to */
	uint32_t code;             /* the last that is no success */
	size_t answer_n;           /* bytes of an answer by HTTP */
	char said[128];
};

struct speak {
	struct role_ctx *c;
	struct curl_loop *curl;
	struct fetch_dns *dns;     /* NULL: no peer has a URL */
	bool may;                  /* the warden's word is there, and no panic */
	msec hour_ends;            /* mono */
	uint64_t hour;             /* handed to the relay in it */
	struct speak_job job[SPEAK_JOBS];
	char smtp[CONF_PATH + CONF_NAME * 2 + 32]; /* the relay's URL */
	struct curl_slist *relay;  /* its address, when it is called by a name */
};

/* Begin; speak_said follows, maybe at once. */
void speak_smtp(struct speak_job *j);
void speak_post(struct speak_job *j);
/* Once, before the box. */
void speak_smtp_init(struct speak *s);
/* Tells the judge, and is done with it: the job is free then. */
void speak_said(struct speak_job *j, enum spoken result);

#endif
