/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bouncer may see of the orders in force, and the secrets both kinds come with. Own lines are seen only
 * by who was given "own": a list of subscribers is nobody's business. Pure, but for a hash.
 */
#ifndef LYMPHD_DOOR_SCOPE_H
#define LYMPHD_DOOR_SCOPE_H

#include <stdbool.h>

#include "lymphd/msg.h"
#include "model/identity.h"

#define DOOR_NAME   55  /* of a machine or bouncer, without its end: "machine:" stands before it elsewhere */
#define DOOR_SECRET 16  /* bytes a password has at least: it is hashed, not stretched */
#define SCOPE_TEXT  1024

/* "own", "class=NAME", "prefix=PREFIX", apart by commas or blanks; "" : all there is but own lines. 0, or
 * -EINVAL with words for people in why. */
int scope_parse(const char *s, struct door_scope *ret, char *why, size_t size);
char *scope_print(const struct door_scope *s, char buf[SCOPE_TEXT]);
/* Is it what scope_parse could have made? */
bool scope_sane(const struct door_scope *s);
/* May a decision about this be seen? own: it is an own line. */
bool scope_lets(const struct door_scope *s, const struct prefix *value, bool own, enum class_id cls);

/* Folds a name into ret, DOOR_NAME + 1 bytes; false: it is none. */
bool door_name(const char *s, char ret[NAME_TEXT]);
/* SHA-256 of what it is, whose and the secret. */
void door_hash(enum door_kind kind, const char *name, const char *secret, uint8_t ret[32]);
bool door_row_sane(const struct door_row *r);

#endif
