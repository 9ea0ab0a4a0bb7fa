/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet's first bytes, after a byte that says what link it is of: nothing is read behind them, and a
 * datagram found in them lies inside. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct flow f = { .in_if = 7, .bits = FLOW_DIR }, u = { 0 };
	size_t len = 0;
	if (n == 0)
		return 0;
	enum packet_link link = p[0] % 5;
	n--;
	uint8_t *exact = malloc(n ? n : 1); /* an over-read is seen */
	if (!exact)
		abort();
	memcpy(exact, p + 1, n);
	int r = packet_parse(link, exact, n, n + (p[0] >> 4), &f);
	if (r != 0 && r != -ENOENT && r != -EBADMSG)
		abort();
	if (f.in_if != 7 || !(f.bits & FLOW_DIR) || (r == 0 && (f.packets != 1 || !(f.bits & FLOW_PACKET))) ||
	    (r < 0 && f.src.fam != 0))
		abort();
	const uint8_t *d = packet_udp(link, exact, n, &u, &len);
	if (d && (r < 0 || u.proto != IPP_UDP || d < exact || len > n || d + len > exact + n))
		abort();
	free(exact);
	return 0;
}
