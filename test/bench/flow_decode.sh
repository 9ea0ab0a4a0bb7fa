#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# flow.decode_records_per_s: export datagrams into flows, in memory, one processor, no detector.
for format in v9 ipfix v5 sflow; do
	"${LYMPH_BUILD:-build}/test/bench/flow_decode" "$format" 5 || exit 1
done
