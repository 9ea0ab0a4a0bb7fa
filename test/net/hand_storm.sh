#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# 50,000 orders come, go and run out while hand, judge and warden are killed again and again. Afterwards
# the kernel holds what should be in force, each once and with the end its first put gave it, and
# nothing else; no order was put after it had run out.
. "$(dirname "$0")/lib.sh"
need nft jq setpriv
NODE=$BIN/test/net/lymphd_hand
[ -x "$NODE" ] || fail "no $NODE"
N=${N:-50000} SPAN=${SPAN:-20000} KILLS=${KILLS:-30}
ns node
conscience "mode enforce" "entries 200000" "per-hour filter 10000000"
{ people_conf && cat; } <<-EOF | node_conf
	hand { actuator = "nft" lease = "2 min" reconcile = "2 s" }
	prefix "10.0.0.0/8" { kind = "residential" }
EOF
BASE=
start() {
	node_start LYMPH_HJ=storm LYMPH_HJ_N="$N" LYMPH_HJ_SPAN="$SPAN" ${BASE:+LYMPH_HJ_BASE=$BASE} \
		LYMPH_HJ_WAIT=1 LYMPH_BACKOFF_TOP_MS=100
}
# set address protocol port order end, as nft reads it back
standing() {
	in_ node nft -j list set inet lymph in4 | jq -r '.nftables[].set | select(.) | (.elem // [])[] | .elem |
		select(.comment) | (.comment | capture("order (?<no>[0-9]+) put [0-9]+ end (?<end>[0-9]+)")) as $c |
		"in4 \(.val.concat[0]) \(.val.concat[1]) \(.val.concat[2]) \($c.no) \($c.end) \(.expires)"' |
		sed 's/ tcp / 6 /' | LC_ALL=C sort
}
boot_ms() { awk '{ printf "%d", $1 * 1000 }' /proc/uptime; }

BASE=$(($(boot_ms) + 6000))
start
want "cat $T/lymphd.log" "hand is ready"
asked=$(as admin lymph mode enforce --reason "a test" | grep -o '\bm[0-9]*\b' | head -1)
as admin2 lymph approve "$asked" >/dev/null || fail "no enforce"
for i in $(seq "$KILLS"); do
	sleep 0.$((RANDOM % 9 + 1))
	case $((RANDOM % 7)) in
	0) node_kill && start ;;
	1 | 2) p=$(role judge) && kill -9 $p ;;
	*) p=$(role hand) && kill -9 $p ;;
	esac 2>/dev/null
done
want "cat $T/state/desired | wc -l" '^[1-9][0-9]{2}'
grep -q "hj: LATE" "$T/lymphd.log" && fail "put after its end: $(grep -m3 'hj: LATE' "$T/lymphd.log")"
grep -q "hj: REFUSED" "$T/lymphd.log" && fail "refused: $(grep -m3 'hj: REFUSED' "$T/lymphd.log")"
cut -d' ' -f1-5 "$T/state/desired" | LC_ALL=C sort >"$T/should"
difference() { standing | cut -d' ' -f1-5 | LC_ALL=C comm -3 - "$T/should" | wc -l; }
want difference '^0$'
want "tail -200 $T/lymphd.log" "desired $(wc -l <"$T/should") actual $(wc -l <"$T/should") "
# The ends: what the kernel keeps beside an entry is what the order's first put meant; a message may
# have waited for a role to come back, so some seconds are given, no more.
standing >"$T/is"
awk 'NR == FNR { end[$5] = $6; next } { d = $6 - end[$5]; if (d < -2000 || d > 8000) bad++ } END {
	print bad + 0 }' "$T/state/desired" "$T/is" >"$T/ends"
[ "$(cat "$T/ends")" = 0 ] || fail "$(cat "$T/ends") entries whose end was moved"
# No lease is longer than the lease, none longer than the order.
awk -v now="$(boot_ms)" '$7 > 121 || $7 * 1000 > $6 - now + 5000 { print }' "$T/is" | head -3 >"$T/long"
[ ! -s "$T/long" ] || fail "kept too long: $(cat "$T/long")"
echo "$(grep -c 'died: signal 9' "$T/lymphd.log") roles killed, $(wc -l <"$T/should") of $N orders stand"
exit 0
