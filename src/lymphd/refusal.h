/* SPDX-License-Identifier: BSD-2-Clause */
/* Why hear-reports refuses a request, on its way to the client. Words of ours, never a stranger's text. */
#ifndef LYMPHD_REFUSAL_H
#define LYMPHD_REFUSAL_H

#include <stdbool.h>
#include <stdio.h>

#include "lymphd/msg_report.h"
#include "wire/problem.h"

struct refusal {
	enum problem_id id;
	char field[64], rule[128];
	msec after;         /* when to come back; 0: not said */
	bool names_address; /* with address and the prefixes served */
	struct addr address;
	char instead[INSTEAD]; /* where to turn with it; "" not said */
};

/* field and rule are copied. Always -1, for a check to return. */
static inline int
refuse(struct refusal *ret, enum problem_id id, const char *field, const char *rule)
{
	*ret = (struct refusal){ .id = id };
	snprintf(ret->field, sizeof(ret->field), "%s", field);
	snprintf(ret->rule, sizeof(ret->rule), "%s", rule);
	return -1;
}

#endif
