#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From `lymph panic` to its answer, with a million entries in force and judge and hand stopped: what an
# operator waits for at worst. Entries are counted before and after. Three runs.
. "$(dirname "$0")/../net/lib.sh"
need nft jq
RUNS=3 ENTRIES=${ENTRIES:-1000000}
UID_BASE=64600
ns node
conscience "mode enforce"
{
	people_conf
	cat <<-EOF
		hand { actuator = "nft" }
		prefix "10.0.0.0/8" { kind = residential }
	EOF
} | node_conf
count() { in_ node nft list set inet lymph quar4 2>/dev/null | tr ',' '\n' | grep -c timeout; }
awk -v n="$ENTRIES" 'BEGIN {
	for (i = 0; i < n; i++) {
		if (i % 20000 == 0)
			printf "%sadd element inet lymph quar4 { ", i ? " }\n" : ""
		printf "%s10.%d.%d.%d timeout 1h", i % 20000 ? ", " : "", i / 65536, i / 256 % 256, i % 256
	}
	print " }"
}' >"$T/entries.nft"
node_start
node_serves
want "role hand" '^[0-9]+$'
id=$(as admin lymph mode enforce --json | jq -r .pending)
as admin2 lymph approve "$id" >/dev/null || fail "approve $id"
want "in_ node nft list tables" 'inet lymph$'
for run in $(seq $RUNS); do
	want "grep -c 'hand is ready' $T/lymphd.log" '[1-9]'
	kill -STOP "$(role hand)" "$(role judge)"
	in_ node nft -f "$T/entries.nft" || fail "the entries cannot be loaded"
	before=$(count)
	[ "$before" -ge "$ENTRIES" ] || fail "$before entries, not $ENTRIES"
	from=$(date +%s%N)
	as noc lymph panic >/dev/null || fail panic
	to=$(date +%s%N)
	after=$(count)
	[ "$after" = 0 ] || fail "$after entries are left"
	echo "$(((to - from) / 1000000))" >>"$T/ms"
	echo "run $run: $before entries, then $after: $(tail -1 "$T/ms") ms" >&2
	kill -CONT "$(role hand)" "$(role judge)"
	as noc lymph resume --reason "next run" >/dev/null || fail resume
done
cpu=$(awk '{ print ($14 + $15 + $16 + $17) / 100 }' "/proc/$WARDEN/stat")
sort -n "$T/ms" | jq -sc --argjson cpu "$cpu" --argjson load "$(cut -d' ' -f1 /proc/loadavg)" \
	'{ name: "hand.panic_ms", value: .[length / 2 | floor], unit: "ms", better: "lower", target: 1000,
	met: (.[length / 2 | floor] <= 1000), runs: length, min: .[0], max: .[-1], cpu_s: $cpu, load: $load }'
