#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How fast `lymph report --dry-run` reads: a 50 MB access log, one line in 50 of the accused address,
# whole command, best and worst of 5 runs; grep -c of the bare text beside it.
set -u
L=${LYMPH_BUILD:?}/src/lymph/lymph
T=$(mktemp -d /tmp/lymph-bench.XXXXXX)
trap 'rm -rf "$T"' EXIT
export HOME=$T TZ=UTC LC_ALL=C
awk 'BEGIN { srand(7); for (i = 0; b < 50 * 1024 * 1024; i++) {
	ip = i % 50 == 0 ? "192.0.2.1" : int(rand() * 223) + 1 "." int(rand() * 256) "." int(rand() * 256) "." int(rand() * 256)
	s = sprintf("%s - - [22/Nov/2026:%02d:%02d:%02d +0000] \"GET /shop/item/%d?ref=%d HTTP/1.1\" 200 %d \"https://www.example.com/list/%d\" \"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0\"",
		ip, i / 3600 % 24, i / 60 % 60, i % 60, rand() * 99999, rand() * 9999, rand() * 60000, rand() * 999)
	print s; b += length(s) + 1 } }' >"$T/log"
bytes=$(stat -c %s "$T/log")
want=$(grep -c '^192\.0\.2\.1 ' "$T/log")
"$L" report --open-proxy 192.0.2.1 --dry-run <"$T/log" 2>&1 >/dev/null | grep -q "  $want lines support it" ||
	{ echo "not all $want lines were found" >&2 && exit 1; }
run() { # command -> seconds elapsed and of CPU
	local TIMEFORMAT='%R %U %S'
	{ time "$@" <"$T/log" >/dev/null 2>&1; } 2>&1
}
for _ in 1 2 3 4 5; do run "$L" report --open-proxy 192.0.2.1 --dry-run; done >"$T/ours"
for _ in 1 2 3 4 5; do run sh -c "grep -cF 192.0.2.1 | cat"; done >"$T/grep" # to /dev/null it would stop early
peer=$(sort -n "$T/grep" | awk -v b="$bytes" 'NR == 3 { printf "%.0f", b / 1e6 / $1 }')
sort -n "$T/ours" | awk -v b="$bytes" -v peer="$peer" -v load="$(cut -d' ' -f1 /proc/loadavg)" '
	{ t[NR] = b / 1e6 / $1; cpu[NR] = $2 + $3 }
	END { v = t[3]
		printf "{\"name\":\"client.log_mb_per_s\",\"value\":%.0f,\"unit\":\"MB/s\",\"better\":\"higher\",\"target\":200,\"met\":%s,", v, (v >= 200) ? "true" : "false"
		printf "\"runs\":5,\"min\":%.0f,\"max\":%.0f,\"cpu_s\":%.3f,\"load\":%s,", t[5], t[1], cpu[3], load
		printf "\"peer\":\"grep -cF, one form of the address, no times\",\"peer_value\":%s,\"ratio\":%.2f}\n", peer, v / peer }'
