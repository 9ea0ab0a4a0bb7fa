/* SPDX-License-Identifier: BSD-2-Clause */
/* What a captured role would try, as a table; each tried by a twin in the role's own box. */
#ifndef LYMPHD_SELFTEST_TRY_H
#define LYMPHD_SELFTEST_TRY_H

#include "lymphd/frame.h"

struct try_place {
	const char *inside;  /* a file in the state folder */
	const char *outside; /* a file in a folder anyone may write to */
	const char *watched; /* a Maildir with a mail "x" in its new/, anyone's to write */
};

struct try_row {
	const char *name;
	unsigned promised; /* a role with this promise may; 0: none may */
	bool warden;       /* not even the warden may */
	int (*fn)(const struct try_place *p); /* 0: it worked */
};

enum try_result { TRY_HELD, TRY_PROMISED, TRY_DUTY, TRY_THROUGH, TRY_BROKEN };

extern const struct try_row try_rows[];
extern const unsigned try_rows_n;
const char *try_result_name(enum try_result r);
/* Forks a twin, boxes it as b says, lets it try. BROKEN: a promised thing does not work, or the twin
 * could not be boxed. */
enum try_result try_one(const struct try_row *t, const struct box *b, const struct try_place *p);
/* The same for the warden, bounded by setup_fold; DUTY: not tried, it is what the warden is for. */
enum try_result try_warden(const struct try_row *t, const struct conf *c, const struct try_place *p);

#endif
