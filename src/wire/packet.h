/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first bytes of one packet into a flow of one packet: Ethernet with VLAN tags (802.1Q, QinQ), MPLS, PPPoE;
 * IPv4, IPv6 with extension headers; TCP, UDP, ICMP, GRE. For sFlow samples and captures.
 */
#ifndef WIRE_PACKET_H
#define WIRE_PACKET_H

#include "model/flow.h"

enum packet_link { LINK_ETHERNET, LINK_IP, LINK_SLL, LINK_SLL2, LINK_NULL };

/* n bytes are there of a frame that was `wire` bytes long. Fills addresses, protocol, ports, flags,
 * packets = 1, bytes (the IP packet's), FLOW_PACKET, FLOW_FRAGMENT, FLOW_SEQ_DST; leaves times,
 * exporter, interfaces and sampling alone. 0, -ENOENT (no IP in it) or -EBADMSG (cut off or wrong
 * before the addresses; what is missing behind them is left zero). */
int packet_parse(enum packet_link link, const uint8_t *p, size_t n, size_t wire, struct flow *ret);
/* The payload of an UDP datagram in it, NULL if it is none or cut. */
const uint8_t *packet_udp(enum packet_link link, const uint8_t *p, size_t n, struct flow *ret, size_t *len);

#endif
