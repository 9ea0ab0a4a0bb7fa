/* SPDX-License-Identifier: BSD-2-Clause */
/* The message table, from msg.def. */
#include "lymphd/msg.h"

const struct chan_row msg_table[M_N] = {
#define MSG(name, from, to, st, flags) { #name, WHO_##from, WHO_##to, flags, sizeof(struct st) },
#include "lymphd/msg.def"
#undef MSG
};
