/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the ruleset; arguments are always-reach prefixes. */
#include <stdio.h>
#include <string.h>

#include "act/act.h"

int
main(int argc, char **argv)
{
	struct policy *p = policy_new();
	for (int i = 1; i < argc; i++) {
		struct prefix pfx;
		if (prefix_parse(argv[i], strlen(argv[i]), &pfx) || policy_reach(p, &pfx)) {
			fprintf(stderr, "not a prefix, or given twice: %s\n", argv[i]);
			return 2;
		}
	}
	act_ruleset_print(p, stdout);
	policy_free(p);
	return 0;
}
