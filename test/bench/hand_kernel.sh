#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The kernel's side of the hand. hand.load_1m_s: a million filters into an empty set and acknowledged;
# hand.add_one_at_1m_ms: one more, read back; beside them `nft -f` and `nft add element` with the same.
# hand.clean_packet_ratio: processor time of a packet nobody has an order about, through a router with a
# million entries, against the same router with the empty ruleset; alternating runs, random addresses.
exec 3>&1 1>&2
. "$(dirname "$0")/../net/lib.sh"
need nft jq awk
LOADS=${LOADS:-3} ADDS=${ADDS:-25} RUNS=${RUNS:-9} PACKETS=${PACKETS:-300000} N=1000000
DRIVER=$BIN/test/net/nft_driver
[ -x "$DRIVER" ] || fail "no $DRIVER"
line() { # name unit target better? values...; less is better everywhere here
	local name=$1 unit=$2 target=$3 cpu=$4 peer=$5 peer_value=$6
	shift 6
	printf '%s\n' "$@" | jq -s --arg name "$name" --arg unit "$unit" --argjson target "$target" \
		--argjson cpu "$cpu" --arg peer "$peer" --argjson pv "${peer_value:-null}" \
		--arg load "$(cut -d' ' -f1 /proc/loadavg)" -c '
		sort as $v | $v[($v | length) / 2 | floor] as $m |
		{name: $name, value: $m, unit: $unit, better: "less", target: $target, met: ($m <= $target),
		 runs: ($v | length), min: $v[0], max: $v[-1], cpu_s: $cpu, load: ($load | tonumber)} +
		if $pv then {peer: $peer, peer_value: $pv, ratio: ($pv / $m * 10 | round / 10)} else {} end' >&3
}
median() { sort -n "$1" | sed -n "$((($(wc -l <"$1") + 1) / 2))p"; }

# A router between a sender and a sink that drops at its door: s, r, d and a number.
path() {
	ns "s$1" "r$1" "d$1"
	link "s$1" 192.0.2.2/24 "r$1" 192.0.2.1/24
	local from=v${LINKS}a$$ at=v${LINKS}b$$ to mac
	link "r$1" 198.51.100.1/24 "d$1" 198.51.100.2/24
	to=v${LINKS}b$$
	router "r$1"
	route "r$1" 10.0.0.0/8 198.51.100.2
	mac=$(ip -n "lymph-$TAG-d$1" -j link show "$to" | jq -r '.[0].address')
	in_ "r$1" ip neigh replace 198.51.100.2 lladdr "$mac" dev "v${LINKS}a$$" nud permanent
	printf 'table netdev t {\n chain c {\n type filter hook ingress device %s priority 0\n counter drop\n }\n}\n' \
		"$to" | in_ "d$1" nft -f -
	IFACE[$1]=$from MAC[$1]=$(ip -n "lymph-$TAG-r$1" -j link show "$at" | jq -r '.[0].address')
}
send() { in_ "s$1" "$BIN/test/bench/packet_cost" "${IFACE[$1]}" "${MAC[$1]}" "$PACKETS" "$2"; }
arrived() { in_ "d$1" nft -j list chain netdev t c | jq '[.. | .counter? | objects | .packets] | add'; }

declare -a IFACE MAC
for n in 0 1 2; do path $n; done # none, empty, full
"$BIN/test/unit/act/ruleset_print" 203.0.113.53 2001:db8:53::/48 >"$T/ruleset.nft"
in_ r1 nft -f "$T/ruleset.nft" || fail "the ruleset does not load"

# Load and add, by library and by tool.
for _ in $(seq "$LOADS"); do
	in_ r2 nft -f "$T/ruleset.nft"
	{
		printf 'many %s 1 3600000\ncommit\n' $N
		for i in $(seq "$ADDS"); do printf 'put %s in 192.0.2.%s 6 80 3600000\ncommit\n' $((N + i)) "$i"; done
	} | in_ r2 "$DRIVER" >"$T/said" 2>"$T/ms"
	grep -q "committed $N, 0 failed: Success" "$T/said" || fail "$(head -3 "$T/said")"
	! grep -v ' 0 failed: Success' "$T/said" || fail "an add failed"
	sed -n '1s/.*: \(.*\) ms/\1/p' "$T/ms" >>"$T/load"
	sed -n '2,$s/.*: \(.*\) ms/\1/p' "$T/ms" >>"$T/add"
done
awk -v n=$N 'BEGIN { print "add element inet lymph in4 {"
	for (i = 0; i < n; i++) printf "198.%d.%d.%d . tcp . 3128 timeout 1h,\n", 18 + i / 65536, i / 256 % 256, i % 256
	print "}" }' >"$T/elements.nft"
ns peer
in_ peer nft -f "$T/ruleset.nft"
from=$(date +%s%N)
in_ peer nft -f "$T/elements.nft" || fail "nft -f of a million"
peer_load=$((($(date +%s%N) - from) / 1000000))
for i in $(seq 9); do
	from=$(date +%s%N)
	in_ peer nft add element inet lymph in4 "{ 192.0.2.$i . tcp . 80 timeout 1h comment \"order $i\" }"
	echo $((($(date +%s%N) - from) / 1000000)) >>"$T/peer_add"
done
ip netns del "lymph-$TAG-peer"
nft_version=$(nft --version | sed -n 's/^nftables v\([^ ]*\).*/nft \1/p')
# shellcheck disable=SC2046
line hand.load_1m_s s 5 null "$nft_version -f" "$(jq -n $peer_load/1000)" $(awk '{ print $1 / 1000 }' "$T/load")
# shellcheck disable=SC2046
line hand.add_one_at_1m_ms ms 50 null "$nft_version add element" "$(median "$T/peer_add")" $(cat "$T/add")

# Packets.
sleep 5 # the kernel grows its table a while after the last element
for i in $(seq "$RUNS"); do
	for n in 0 1 2; do send $n $((i * 1000000)) >>"$T/ns$n"; done
	echo "$(tail -1 "$T/ns2") $(tail -1 "$T/ns1")" | awk '{ print $1 / $2 }' >>"$T/ratio"
done
for n in 0 1 2; do
	[ "$(arrived $n)" -ge $((RUNS * PACKETS * 99 / 100)) ] || fail "path $n lost packets"
done
none=$(median "$T/ns0") empty=$(median "$T/ns1") full=$(median "$T/ns2")
echo "ns a packet, medians: no ruleset $none, empty ruleset $empty, a million entries $full"
# The ratio of the medians is the figure; min and max are of single pairs of runs.
ratio=$(jq -n "$full / $empty * 1000 | round / 1000")
printf '%s\n' "$(sort -n "$T/ratio" | head -1)" "$(sort -n "$T/ratio" | tail -1)" |
	jq -s --argjson r "$ratio" --argjson n "$RUNS" --arg load "$(cut -d' ' -f1 /proc/loadavg)" \
		--argjson none "$none" --argjson full "$full" --argjson p "$PACKETS" -c '
	{name: "hand.clean_packet_ratio", value: $r, unit: "ratio", better: "less", target: 1.3, met: ($r <= 1.3),
	 runs: $n, min: .[0], max: .[1], cpu_s: ($full * $p * $n / 1e9), load: ($load | tonumber)}' >&3
