#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Many lines at one victim, each below every threshold: one case, one question, two people, one entry in the
# kernel that keeps all lines from that place and from no other; and undone by one word.
. "$(dirname "$0")/lib.sh"
need python3 jq nft setpriv
export COLUMNS=240
ns node
addr node 198.18.0.1/32 lo
addr node 198.18.0.2/32 lo
conscience "mode enforce" "never 203.0.113.81/32"
node_conf <<-EOF
	$(people_conf)
	hand { actuator = "nft" }
	prefix "192.0.2.0/24" { kind = "residential" }
	telemetry { listen = {"198.18.0.1:2055"} subscribers = 4096 }
	exporter "198.18.0.2" { name = "edge1" sampling = 1000 }
	interface "edge1/1" { side = "border" }
	interface "edge1/10" { side = "customer" sav = "strict" prefixes = {"192.0.2.0/24"} }
EOF
node_start
node_serves 1
want 'lymph status --json | jq .telemetry.up' true
enforce
exporter() { in_ node "$(dirname "$0")/exporter.py" 198.18.0.2 198.18.0.1 2055 "$@"; }

exporter flood:203.0.113.80 60 10 1 &
PIDS="$PIDS $!"
want 'lymph plan' 'filter udp/80 from all lines to 203\.0\.113\.80'
order() { lymph orders --json | jq -r '.orders[] | select(.rung == "filter" and .direction == "to-victim" and .state == "'"$1"'").order'; }
want 'order asked' '^[0-9]+$'
[ -z "$(kernel)" ] || fail "filtered before anybody said so: $(kernel)"
no=$(order asked)
# It is wider than a line: one person is not enough.
as desk lymph approve "$no" --yes >"$T/said" 2>&1
id=$(grep -o 'b[0-9][0-9]*' "$T/said" | head -1)
[ -n "$id" ] || fail "one person was enough: $(cat "$T/said")"
[ -z "$(kernel)" ] || fail "one person was enough: $(kernel)"
as noc lymph approve "$id" --yes >"$T/said" 2>&1 || fail "$(cat "$T/said")"
want kernel '^victim4 203\.0\.113\.80(/32)? (udp|17) 80$'
[ "$(kernel | wc -l)" = 1 ] || fail "more than one: $(kernel)"
want 'order "in force"' "^$no$"
case=$(lymph orders --json | jq -r ".orders[] | select(.order == $no).case")
want "lymph case $case" '[0-9]+ lines'
want "lymph case $case --record" 'of every line to 203\.0\.113\.80.* is dropped'
# One word takes it back.
as desk lymph undo "$no" --yes >"$T/said" 2>&1 || fail "$(cat "$T/said")"
want 'kernel | wc -l' '^0$'

# What root never touches is no order, whoever is attacked.
exporter flood:203.0.113.81 40 10 0.5 &
PIDS="$PIDS $!"
want 'lymph cases' '203\.0\.113\.81'
never 'kernel' '203\.0\.113\.81'
