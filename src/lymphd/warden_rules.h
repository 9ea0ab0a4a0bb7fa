/* SPDX-License-Identifier: BSD-2-Clause */
/* The hand's table in the kernel, as a whole: loaded and taken away by the warden through nft. */
#ifndef LYMPHD_WARDEN_RULES_H
#define LYMPHD_WARDEN_RULES_H

#include "conf/conf.h"

/* All: 0 or negative errno after a line in the log; nothing is done where nft is not the actuator. */
/* The table is there; one that is there already, of this start of the machine and with the same text,
 * stays with all that is in it. */
int rules_load(const struct conf *c);
/* The same, but empty in any case. */
int rules_empty(const struct conf *c);
/* No table. */
int rules_drop(const struct conf *c);

/* /proc/sys/kernel/random/boot_id, or "". */
#define BOOT_ID 40
char *boot_id(char buf[BOOT_ID]);

#endif
