/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON check beside jansson: what the check lets through jansson must build, but for duplicate
 * keys and number ranges; and what jansson refuses for its grammar the check must have refused. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct json_why why = { 0, NULL };
	json_t *j = NULL;
	json_error_t err;
	void *in = malloc(n ? n : 1); /* exactly: an over-read is seen */
	memcpy(in, p, n);
	json_object_seed(1);
	int scan = json_scan(in, n, 16, 1000, &why);
	if (scan < 0 && (!why.rule || why.at > n))
		abort();
	int rc = json_read(in, n, 16, 1000, &j, &why);
	if (scan == 0 && rc < 0 && strstr(why.rule, "RFC 8259: a JSON text"))
		abort();
	if (rc == 0)
		json_decref(j);
	if (scan == -EBADMSG && n > 0) {
		j = json_loadb(in, n, JSON_DECODE_ANY, &err);
		/* Nothing jansson takes is refused, but a NUL at the end, which it takes for the end, and
		 * a number that is silly long. */
		if (j && !(why.at < n && p[why.at] == 0) && !strstr(why.rule, "64 characters"))
			abort();
		json_decref(j);
	}
	free(in);
	return 0;
}
