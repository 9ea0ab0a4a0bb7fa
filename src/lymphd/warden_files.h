/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of root's for roles that may open none: indicators for hear-flow, RDAP's bootstrap and a
 * file of answers for hear-feed. Read whole, handed over sealed, at the role's start and
 * whenever a file changes. */
#ifndef LYMPHD_WARDEN_FILES_H
#define LYMPHD_WARDEN_FILES_H

#include "lymphd/warden_crew.h"

/* Looks at the files from now on that the configuration names, if any. */
void warden_files_start(struct crew *w);
/* That role is ready, or new: it is told the newest. */
void warden_files_ready(enum role_id id);
void warden_files_stop(void);

#endif
