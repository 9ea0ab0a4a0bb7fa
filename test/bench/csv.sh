#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How fast a sheet of half a million rows is read (one in a hundred about an own address), from memory, by
# the second of CPU time; Python's csv module beside it, which only splits rows into cells. IntelMQ, the
# parser desks use today, is not packaged by Debian, so it is not measured; it is built on that module.
set -u
B=${LYMPH_BUILD:?}/test/bench/csv_load
T=$(mktemp -d /tmp/lymph-bench.XXXXXX)
trap 'rm -rf "$T"' EXIT
"$B" make 500000 100 >"$T/sheet.csv"
"$B" read "$T/sheet.csv" 5 >"$T/ours" || exit 1
[ "$(awk '$1 == 500000 && $2 == 5000' "$T/ours" | wc -l)" = 5 ] || { echo "not all rows were read" >&2 && exit 1; }
peer=$(python3 - "$T/sheet.csv" <<'PY'
import csv, sys, time
best = 0
for _ in range(3):
    t = time.process_time()
    rows = sum(1 for _ in csv.reader(open(sys.argv[1], newline='')))
    best = max(best, rows / (time.process_time() - t))
print(int(best))
PY
)
sort -nk3 "$T/ours" | awk -v peer="${peer:-0}" -v load="$(cut -d' ' -f1 /proc/loadavg)" '
	{ v[NR] = $1 / $3; cpu[NR] = $3 }
	END { printf "{\"name\":\"csv.rows_per_s\",\"value\":%.0f,\"unit\":\"1/cpu s\",\"better\":\"higher\",\"target\":1000000,\"met\":%s,", v[3], (v[3] >= 1000000) ? "true" : "false"
		printf "\"runs\":5,\"min\":%.0f,\"max\":%.0f,\"cpu_s\":%.3f,\"load\":%s,", v[5], v[1], cpu[3], load
		printf "\"peer\":\"python3 csv, cells only\",\"peer_value\":%s,\"ratio\":%.1f}\n", peer, (peer > 0 ? v[3] / peer : 0) }'
