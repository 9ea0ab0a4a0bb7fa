#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# kill -9 of judge, hand or everybody, at random, while orders come and go by the ten thousand: afterwards
# the kernel holds what was ordered, each once, nothing else, and nothing beyond its end.
. "$(dirname "$0")/lib.sh"
need nft jq setpriv python3 sqlite3
COUNT=${ORDERS:-50000} STEP=500
ns node
conscience "mode enforce" "entries 200000" "per-hour filter 1000000" "per-hour notify 1000000" "longest 30 d"
{ people_conf && cat; } <<-EOT | node_conf
	hand { actuator = "nft" lease = "2 min" reconcile = "1 s" }
	prefix "198.18.0.0/15" { kind = "residential" }
EOT
start() {
	node_start LYMPH_BACKOFF_TOP_MS=200
	for _ in $(seq 600); do lymph status >/dev/null 2>&1 && return; sleep 0.1; done
	fail "no judge"
}
start
enforce

# All come; every other step goes again, and every fourth comes back.
{
	sure() { until "$@" >/dev/null 2>&1; do sleep 0.2; done; } # through every death
	for from in $(seq 0 $STEP $((COUNT - 1))); do
		sure inject $STEP "$from"
		[ $((from / STEP % 2)) = 0 ] && continue
		sure withdraw $STEP "$from"
		[ $((from / STEP % 4)) = 1 ] || sure allow $STEP "$from"
	done
} &
SENDER=$! PIDS="$PIDS $!"
kills=0 all=0
while kill -0 "$SENDER" 2>/dev/null || [ $kills -lt 5 ]; do # a quick machine has sent all before the fifth
	sleep "$((RANDOM % 3)).$((RANDOM % 10))"
	case $((RANDOM % 6)) in
	0) kill -9 $(roles) "$WARDEN" 2>/dev/null
		wait "$WARDEN" 2>/dev/null
		all=$((all + 1)) && start ;;
	1 | 2) kill -9 "$(role judge)" 2>/dev/null ;;
	*) kill -9 "$(role hand)" 2>/dev/null ;;
	esac
	kills=$((kills + 1))
	[ $kills -lt "${KILLS:-25}" ] || break
done
wait "$SENDER"
echo "killed $kills times, $all times all of lymphd"
[ $kills -ge 5 ] || fail "only $kills kills: no storm"

# What hand last said may be older than the judge's last word: the two lists themselves must agree.
differ() { ordered >"$T/ordered" && kernel >"$T/kernel" && diff "$T/ordered" "$T/kernel" | grep -c '^[<>]'; }
want differ '^0$'
want "status '.hand | \"\\(.missing) \\(.extra) \\(.desired == .actual)\"'" '^0 0 true$'
echo "$(wc -l <"$T/ordered") ordered, $(wc -l <"$T/kernel") in the kernel"
[ "$(wc -l <"$T/ordered")" -ge $((COUNT / 2)) ] || fail "too few orders stand: nothing was tried"
# Each entry names its order; each order that stands is named once; none runs on behind its end.
in_ node nft -j list set inet lymph in4 | jq -r '.nftables[].set | select(.) | .elem[] | .elem? | select(.expires?) |
	"\(.expires) \(.comment)"' >"$T/entries"
awk -v now="$(cut -d. -f1 /proc/uptime)" '{ for (i = 1; i < NF; i++) v[$i] = $(i + 1)
	if (seen[v["order"]]++) { print "twice: " $0; exit 1 }
	if (now + $1 > v["end"] / 1000 + 2) { print "behind its end: " $0; exit 1 } }' "$T/entries" || fail "an entry is wrong"
stop "$WARDEN"
$LYMPH journal replay --state "$T/state" --json | grep -q '"identical":true' || fail "the journal does not replay"
