/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages between roles as structs, see msg.def; their bodies are in msg_*.h, by subject. Both ends
 * are the same binary on the same machine, so structs travel as they are; every enum and length in them is
 * still checked by the receiver, which must treat the sender as captured.
 */
#ifndef LYMPHD_MSG_H
#define LYMPHD_MSG_H

#include "lymphd/msg_crew.h"
#include "lymphd/msg_door.h"
#include "lymphd/msg_feed.h"
#include "lymphd/msg_look.h"
#include "lymphd/msg_mail.h"
#include "lymphd/msg_order.h"
#include "lymphd/msg_read.h"
#include "lymphd/msg_report.h"
#include "lymphd/msg_sign.h"
#include "lymphd/msg_speak.h"
#include "lymphd/role_id.h"

enum msg_type {
#define MSG(name, from, to, st, flags) M_##name,
#include "lymphd/msg.def"
#undef MSG
	M_N,
};
extern const struct chan_row msg_table[M_N];

#endif
