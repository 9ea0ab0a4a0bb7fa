/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trays of the report desk: every mail ends in exactly one, by the first rule that fits. A tray
 * says what may be done with what lies in it: shown, handed on, answered; and after what time somebody
 * should have looked.
 */
#ifndef MODEL_TRAY_H
#define MODEL_TRAY_H

#include <stdbool.h>

#include "base/msec.h"

enum tray {
	TRAY_SEALED,     /* child abuse material: the body is never parsed, shown, indexed, exported or
	                    forwarded; two named readers */
	TRAY_POLICE,     /* police, courts, authorities */
	TRAY_CASE,       /* made reports: a security case */
	TRAY_SECURITY,   /* a complaint about our network in words only: a person must read it */
	TRAY_COPYRIGHT,
	TRAY_CONTENT,    /* phishing, fraud, malware distributed by web, insults ... */
	TRAY_CUSTOMER,   /* an answer to what we wrote */
	TRAY_BOUNCE,     /* null sender, delivery status */
	TRAY_AUTO,       /* Auto-Submitted, out of office */
	TRAY_MARKETING,
	TRAY_ELSEWHERE,  /* about addresses that are not ours */
	TRAY_UNREADABLE, /* over a cap, broken, a bomb */
	TRAY_N,
};

struct tray_row {
	const char *name, *title; /* "not-ours", "not our network" */
	msec age;                 /* somebody should have looked after this; 0: nobody needs to */
	bool show;                /* its text may be shown, searched and exported */
	bool hand_on;             /* may be forwarded to another address */
	bool answer;              /* a person's answer may be written; machines answer only TRAY_CASE */
};
const struct tray_row *tray_row(enum tray t);
/* TRAY_N if unknown. */
enum tray tray_by_name(const char *s);

#endif
