#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How fast Suricata's EVE is read, line to gathered claim, from memory, by the second of CPU time: a tenth of
# the lines about an own address (the rest fall out early), then all of them, which is the slowest there is.
# Python's json beside it, which only parses.
set -u
B=${LYMPH_BUILD:?}/test/bench/eve_load
T=$(mktemp -d /tmp/lymph-bench.XXXXXX)
trap 'rm -rf "$T"' EXIT
for ours in 10 1; do
	"$B" make 200000 "$ours" >"$T/eve.json"
	"$B" read "$T/eve.json" 5 >"$T/ours" || exit 1
	[ "$(awk '$1 == 200000 && $2 > 0' "$T/ours" | wc -l)" = 5 ] || { echo "not all lines were read" >&2 && exit 1; }
	peer=$(python3 - "$T/eve.json" <<-'PY'
	import json, sys, time
	lines = open(sys.argv[1]).read().splitlines()[:50000]
	t = time.process_time()
	for l in lines:
	    json.loads(l)
	print(int(len(lines) / (time.process_time() - t)))
	PY
	)
	name=eve.lines_per_cpu_s
	[ "$ours" = 10 ] || name=eve.all_ours_lines_per_cpu_s
	sort -nrk3 "$T/ours" | awk -v name="$name" -v peer="${peer:-0}" -v load="$(cut -d' ' -f1 /proc/loadavg)" '
		{ v[NR] = $1 / $3; cpu[NR] = $3 }
		END { printf "{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"1/cpu s\",\"better\":\"higher\",\"target\":20000,\"met\":%s,", name, v[3], (v[3] >= 20000) ? "true" : "false"
			printf "\"runs\":5,\"min\":%.0f,\"max\":%.0f,\"cpu_s\":%.3f,\"load\":%s,", v[1], v[5], cpu[3], load
			printf "\"peer\":\"python3 json, parsing only\",\"peer_value\":%s,\"ratio\":%.1f}\n", peer, (peer > 0 ? v[3] / peer : 0) }'
done
