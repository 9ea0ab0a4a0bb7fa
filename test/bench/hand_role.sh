#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The role hand under the real warden and a judge of cardboard. hand.load_50k_s: from the begin of the
# judge's list of 50,000 orders until the last is read back; hand.missing_of_50k: how many of them the
# kernel has not then, while others insert beside them. hand.role_load_1m_s, hand.rss_mib_at_1m: the
# same with a million, and what the role holds of memory then, at its highest.
# Prints JSON lines; words go to stderr.
exec 3>&1 1>&2
. "$(dirname "$0")/../net/lib.sh"
need nft jq setpriv
NODE=$BIN/test/net/lymphd_hand
[ -x "$NODE" ] || fail "no $NODE"
RUNS=${RUNS:-3} MILLION=${MILLION:-1000000}
ns node
conscience "mode enforce" "entries 2000000" "per-hour filter 10000000" "longest 14 d"
{ people_conf && cat; } <<-EOF | node_conf
	hand { actuator = "nft" lease = "1 h" reconcile = "60 s" }
	prefix "10.0.0.0/8" { kind = "residential" }
EOF
start() { # N orders
	rm -rf "$T/state" "$T/warden" "$T/run" && : >"$T/lymphd.log"
	node_start LYMPH_HJ=load LYMPH_HJ_N="$1" LYMPH_HJ_WAIT=1
	want "cat $T/lymphd.log" "hand is ready"
}
enforce() {
	local asked
	asked=$(as admin lymph mode enforce --reason "a bench" | grep -o '\bm[0-9]*\b' | head -1)
	as admin2 lymph approve "$asked" >/dev/null || fail "no enforce"
}
end() {
	stop "$WARDEN"
	in_ node nft delete table inet lymph 2>/dev/null
}
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
count_in4() { in_ node nft list set inet lymph in4 | grep -o 'comment "order [0-9]* put' | wc -l; }

line() { # name unit target runs-file cpu_s
	jq -sn --arg name "$1" --arg unit "$2" --argjson target "$3" --slurpfile v "$4" --argjson cpu "$5" \
		--arg load "$(cut -d' ' -f1 /proc/loadavg)" -c '($v | sort) as $s | ($s[($s | length) / 2 | floor]) as $m |
		{name: $name, value: $m, unit: $unit, better: "less", target: $target, met: ($m <= $target),
		 runs: ($s | length), min: $s[0], max: $s[-1], cpu_s: $cpu, load: ($load | tonumber),
		 peer: null, peer_value: null, ratio: null}' >&3
}

cpu=0
for _ in $(seq "$RUNS"); do
	start 50000
	hand=$(role hand)
	from=$(ticks "$hand")
	# Others insert into the same set meanwhile, as a person's script would.
	(
		for i in $(seq 200); do
			in_ node nft add element inet lymph in4 "{ 10.200.$((i % 250)).1 . tcp . $((i + 1000)) }" 2>/dev/null
		done
	) &
	racer=$!
	PIDS="$PIDS $racer"
	enforce
	want "cat $T/lymphd.log" "hj: loaded 50000 in"
	echo $((50000 - $(count_in4))) >>"$T/missing"
	grep -o 'loaded 50000 in [0-9]*' "$T/lymphd.log" | awk '{ print $4 / 1000 }' >>"$T/load"
	cpu=$(awk -v a="$cpu" -v b="$(($(ticks "$hand") - from))" 'BEGIN { print a + b / 100 }')
	kill "$racer" 2>/dev/null
	wait "$racer" 2>/dev/null
	end
done
line hand.load_50k_s s 2 "$T/load" "$cpu"
line hand.missing_of_50k entries 0 "$T/missing" "$cpu"

start "$MILLION"
hand=$(role hand)
enforce
until grep -q "hj: loaded $MILLION in" "$T/lymphd.log"; do
	kill -0 "$hand" || fail "hand died"
	[ $((SECONDS)) -lt 300 ] || fail "not loaded in 300 s"
	sleep 0.2
done
grep -o "loaded $MILLION in [0-9]*" "$T/lymphd.log" | awk '{ print $4 / 1000 }' >"$T/load"
# A whole comparison belongs to it: lists must not cost a second million.
want "tail -3 $T/lymphd.log" "desired $MILLION actual $MILLION missing 0"
sleep "${SETTLE:-62}"
want "tail -3 $T/lymphd.log" "desired $MILLION actual $MILLION missing 0"
awk '/VmHWM/ { printf "%.1f\n", $2 / 1024 }' "/proc/$hand/status" >"$T/rss"
cpu=$(awk -v b="$(ticks "$hand")" 'BEGIN { print b / 100 }')
line hand.role_load_1m_s s 10 "$T/load" "$cpu"
line hand.rss_mib_at_1m MiB 250 "$T/rss" "$cpu"
end
exit 0
