#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The wall clock jumps, forward and back, live and over restarts: no order in the kernel ends sooner or
# later for it. What counts is the end the kernel itself will make.
. "$(dirname "$0")/lib.sh"
need nft jq setpriv python3
ns node
conscience "mode enforce" "entries 1000" "per-hour filter 1000" "per-hour notify 1000" "longest 30 d"
conf() { # how long an order lives
	{ people_conf && cat; } <<-EOT | node_conf
		hand { actuator = "nft" lease = "2 min" reconcile = "1 s" }
		judge { order_longest = "$1" }
		prefix "198.18.0.0/15" { kind = "residential" }
	EOT
}
conf "90 s"
start() { # wall clock's offset in ms
	: >"$T/lymphd.log"
	node_start LYMPH_CLOCK_OFFSET_MS="${1:-0}" LYMPH_BACKOFF_TOP_MS=200
	node_serves
}
ends() { # second of the machine's life in which the entry of 198.18.0.$1 ends in the kernel
	in_ node nft -j list set inet lymph in4 | jq "$(cut -d. -f1 /proc/uptime)"' + (.nftables[].set | select(.) |
		.elem[] | .elem? | select(.) | select(.val.concat[0] == "198.18.0.'"$1"'") | .expires)'
}
same() { # what
	local e
	e=$(ends 0)
	[ -n "$e" ] || fail "$1: the entry is gone, $((first - $(cut -d. -f1 /proc/uptime))) s too early"
	[ $((e - first)) -le 2 ] && [ $((first - e)) -le 2 ] || fail "$1: ends at $e, not $first"
	echo "ends at $e: $1"
}
jump() { control '{"cmd":"clock","args":{"offset_ms":'"$1"'}}' >/dev/null || fail "no jump"; }

start
enforce
inject 1 >/dev/null || fail "nothing to order"
want kernel '198.18.0.0 6 3128'
first=$(ends 0)
jump 60000 && sleep 2
same "a minute forward"
jump 600000 && sleep 2
same "ten minutes forward: beyond the order's end"
want 'status .hand.clock_paused' true
inject 1 1 >/dev/null # no new order while the clock is in doubt
kill -9 "$(role hand)"
want "role hand" '[0-9]' && sleep 2
same "a new hand"
never kernel 198.18.0.1
jump -600000 && sleep 2
same "ten minutes back"
want 'status .hand.clock_paused' false
kill -9 "$(role judge)" && sleep 2
want "lymph status" judge
same "a new judge"
for offset in 3600000 -3600000 0; do
	node_kill
	start $offset
	sleep 2
	same "all of lymphd anew, the clock off by $offset ms"
done
over() { # its time has come, by the kernel's clock
	until [ "$(cut -d. -f1 /proc/uptime)" -gt $((first + 3)) ]; do sleep 0.5; done
	never kernel "198.18.0.$1"
	echo "gone with its time"
}
over 0

# Only back: to the judge the order has an hour more to live, and it may not get it, whoever asks.
stop "$WARDEN"
rm -rf "$T/state"
conf "60 s"
start
inject 1 >/dev/null || fail "nothing to order"
want kernel '198.18.0.0 6 3128'
first=$(ends 0)
jump -3600000
node_kill
start -3600000
sleep 2
same "an hour back, all of lymphd anew"
over 0
lymph orders --json | jq -e '[.orders[] | select(.rung == "filter")] | length == 1' >/dev/null ||
	echo "(the judge knows better than this test thinks: its clock did not stand still)"
for victim in hand judge; do
	kill -9 "$(role $victim)"
	want "role $victim" '[0-9]' && sleep 3
	never kernel 198.18.0.0
	echo "a new $victim does not bring it back"
done
node_kill
start -3600000
sleep 3
never kernel 198.18.0.0
