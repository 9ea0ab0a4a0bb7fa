/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of `lymph check` about acting: what carries orders, what bounds them, who may say so. */
#ifndef LYMPH_CHECK_HAND_H
#define LYMPH_CHECK_HAND_H

#include "conf/conf.h"

void check_hand(const struct conf *c, conf_finding_cb *cb, void *arg);

#endif
