/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. Reading by token. */
#ifndef LYMPHD_MSG_READ_H
#define LYMPHD_MSG_READ_H

#include "model/fact.h"

/* What somebody with a token wants to read: cases, or reports, page by page. */
#define READ_TOKEN 32
enum read_what { READ_CASES, READ_CASE, READ_REPORTS, READ_WHAT_N };
struct msg_read {
	uint64_t ticket;
	uint64_t from;       /* number of the case or fact the page begins with */
	uint64_t case_no;    /* CASE; REPORTS: of this one alone, 0 all */
	int64_t since;       /* CASES: changed then or later, msec */
	struct addr addr;    /* about this one alone; fam 0: any */
	uint32_t what;       /* enum read_what */
	uint32_t limit;      /* rows; 0: as many as is usual */
	uint32_t state, cls; /* CASES: 1 + enum case_state; enum class_id; 0: any */
	uint8_t token[READ_TOKEN];
};
enum read_result { READ_OK, READ_DENIED, /* no such token */
	READ_SCOPE, READ_NONE, READ_BUSY, READ_RESULT_N }; /* not by this token; no such case; later: after */
struct msg_read_answer {
	uint64_t ticket;
	int64_t after;    /* BUSY: ms */
	uint32_t result;  /* enum read_result */
	uint32_t n;       /* OK: bytes of JSON */
};
#define READ_ROWS 500        /* of a page at most */
#define READ_MOST (48u << 20) /* of them: a page may hold one report and its evidence */

#endif
