/* SPDX-License-Identifier: BSD-2-Clause */
/* The warden: the parent of all roles, the only one that stays root. */
#ifndef LYMPHD_WARDEN_H
#define LYMPHD_WARDEN_H

#include <stdbool.h>

/* Runs until SIGTERM or SIGINT; the process's exit status. */
int warden_main(const char *conf_path, bool verbose);

#endif
