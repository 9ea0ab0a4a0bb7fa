/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XARF v3 (and its drafts, which senders still use): one JSON document, one accusation. Checked
 * field by field after the published schemas, then turned into a claim, or into the tray such a
 * thing belongs in.
 */
#ifndef WIRE_XARF_V3_H
#define WIRE_XARF_V3_H

#include "model/claim.h"
#include "model/tray.h"
#include "wire/xarf.h"

struct xarf3 {
	enum tray tray;   /* TRAY_CASE: claim is one; else where a person looks at it */
	const char *rule; /* of ours: "XARF 3 Content/Phishing" */
	struct claim
	    claim; /* its text is xarf3_free's. fam 0: names no address. cls: CLASS_NONE unless
	                         TRAY_CASE */
	char org[200], contact[320], domain[254]; /* of the reporter: hostile text, cleaned */
};

/* True when the document says it is one of these: a ReporterInfo or a Report of the v3 kind, and no
 * xarf_version. Cheap; for choosing a reader. */
bool xarf3_smells(const void *bytes, size_t n);
/* 0; -EBADMSG or -E2BIG with *why: the field is a path ("Report.SourcePort"), the rule cites the
 * schema; -ENOMEM. ret->tray is set in any case, TRAY_SEALED as soon as the type says child
 * abuse. */
int xarf3_read(const void *bytes, size_t n, struct xarf3 *ret, struct xarf_why *why);
void xarf3_free(struct xarf3 *x);

#endif
