#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A real bot through a real exporter: softflowd reads a capture of a bot among honest neighbours and exports
# it as NetFlow v9, all packets and one in ten. The bot is found, with its ports and the sampling in the
# evidence; nobody else is accused of anything that acts.
. "$(dirname "$0")/lib.sh"
need softflowd jq python3
BOT=${LYMPH_DATA:-}/telemetry/slips/test7-malicious.pcap
[ -r "$BOT" ] || skip "no real data: LYMPH_DATA does not name a folder with telemetry/"

through() { # sampling
	rm -rf "$T/state" "$T/run" "$T/warden"
	{ people_conf && cat; } <<-EOF | node_conf
		telemetry { listen = {"127.0.0.1:2055"} subscribers = 10000 }
		exporter "127.0.0.1" { name = "edge" }
		interface "edge/*" { side = "tap" sav = "strict" }
		prefix "192.168.2.0/24" { kind = "residential" }
	EOF
	node_start
	node_serves $((N += 1))
	in_ node softflowd -d -r "$BOT" -n 127.0.0.1:2055 -v 9 -s "$1" -p "$T/sf.pid" -c none \
		>"$T/softflowd.$1.log" 2>&1 || fail "softflowd: $(tail -3 "$T/softflowd.$1.log")"
	want "lymph cases --json | jq -r '.cases[] | select(.class == \"scanner\") | .address'" '^192\.168\.2\.16$'
	want "lymph exporters --json | jq -r '.exporters[0].sampling'" "^$1$"
	lymph cases
	never "lymph cases --json | jq -r '.cases[] | select(.score > 0.5) | .address' | grep -vx 192.168.2.16" .
	lymph why 192.168.2.16 >"$T/why.$1"
	grep -qE '[0-9]+ addresses on (tcp/)?[0-9,]+' "$T/why.$1" || fail "the evidence is not in words: $(cat "$T/why.$1")"
	[ "$1" = 1 ] || grep -q "1:$1" "$T/why.$1" || fail "the evidence does not tell the sampling: $(cat "$T/why.$1")"
	cat "$T/why.$1"
	node_kill
}
N=0
ns node
through 1
through 10
