/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where packets count, and whether a source belongs where it entered: the table of interfaces, looked up
 * once per interface and remembered.
 */
#ifndef DETECT_PLACE_H
#define DETECT_PLACE_H

#include "detect/parts.h"

struct places;

struct places *places_new(const struct sights *s);
void places_free(struct places *p);
/* The interface's row, remembered in d->iface; NULL for ifIndex 0 outside a tap. */
struct iface *place_iface(struct detect *d, uint16_t exporter, uint32_t ifindex);
/* a is inside the prefixes of row. Without prefixes: false. */
bool place_belongs(const struct places *p, const struct iface_row *row, const struct addr *a);
/* All of own is. */
bool place_within(const struct places *p, const struct iface_row *row, const struct prefix *own);
size_t places_bytes(const struct places *p);

#endif
