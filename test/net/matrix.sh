#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every actuator in every mode: in observe its output is empty; enforce fills it, observe empties it; panic
# empties it with the judge stopped, and it stays empty over a restart and a start of the machine, until
# resume. A new actuator adds a row: what lymphd.conf says, and a function that counts its output.
. "$(dirname "$0")/lib.sh"
need nft jq setpriv python3 curl
N=15
ns node
conscience "mode enforce" "entries 1000" "per-hour filter 1000" "per-hour notify 1000" "longest 30 d"

nft_conf='hand { actuator = "nft" lease = "2 min" reconcile = "1 s" }'
nft_out() { kernel | wc -l; }
dry_conf='hand { actuator = "dry" lease = "2 min" reconcile = "1 s" }'
dry_out() { status .hand.actual; }
hook_conf="hook = \"$T/hook\""
hook_out() { # filters put and not withdrawn, by what the script was told
	find "$T" -name told -exec cat {} + 2>/dev/null | jq -Rrn '[inputs | split(" ") | select(.[2] == "filter")] |
		group_by(.[0]) | map(select(.[-1][3] == "put")) | length'
}
door_conf='alerts = "127.0.0.1:8413"'
door_out() { # what a bouncer of CrowdSec would be told that may see own lines
	[ -s "$T/key" ] || lymph door bouncer add fw --scope own --json 2>/dev/null | jq -r .key >"$T/key"
	in_ node curl -s -m 20 -H "X-Api-Key: $(cat "$T/key")" http://127.0.0.1:8413/v1/decisions |
		jq 'if type == "object" then . else length end'
}
printf '#!/bin/sh\ncat >/dev/null\necho "$*" >>told\n' >"$T/hook" && chmod 755 "$T/hook"
# What speaks only when the judge lives is looked at when it lives again.
blind='dry'

reboot() { # as after a power cut: no table, another boot; the folders stay, but those of /run
	node_kill
	in_ node nft delete table inet lymph 2>/dev/null
	in_ node nft delete table inet lymph_fence 2>/dev/null
	rm -rf "$T/run"
	cat /proc/sys/kernel/random/uuid >"$T/boot_id"
	: >"$T/lymphd.log"
	ip netns exec "lymph-$TAG-node" sh -c "mount --bind $T/boot_id /proc/sys/kernel/random/boot_id &&
		exec $LYMPHD -c $T/lymphd.conf" >>"$T/lymphd.log" 2>&1 &
	WARDEN=$! && PIDS="$PIDS $WARDEN"
	node_serves
}
empty() { # when: now and two comparisons later
	want "${row}_out" '^0$'
	sleep 2.5
	[ "$("${row}_out")" = 0 ] || fail "$row: not empty: $1"
}
full() {
	want "${row}_out" "^$N\$"
	[ "$row" != nft ] || [ "$(kernel)" = "$(ordered)" ] || fail "nft: not what was ordered: $1"
}

for row in ${ROWS:-nft dry hook door}; do
	echo "--- $row"
	rm -rf "$T/state" "$T/warden" "$T/run" "$T/lymphd.log"
	conf=${row}_conf
	{ people_conf && cat; } <<-EOT | node_conf
		${!conf}
		prefix "198.18.0.0/15" { kind = "residential" }
	EOT
	node_start LYMPH_BACKOFF_TOP_MS=200
	node_serves
	inject $N >/dev/null || fail "$row: nothing to order"
	want 'lymph orders --json | jq "[.orders[] | select(.rung == \"filter\" and .would)] | length"' "^$N\$"
	empty "in observe"
	as admin lymph mode enforce --reason alone >/dev/null
	empty "one person asked for enforce"
	enforce
	full "in enforce"
	as noc lymph mode observe --reason "a walk" >/dev/null || fail "$row: mode observe"
	empty "back in observe"
	enforce
	full "in enforce again"

	judge=$(role judge)
	kill -STOP "$judge"
	as noc lymph panic --reason "three in the morning" >"$T/panic" 2>&1 || fail "$row: panic: $(cat "$T/panic")"
	[[ " $blind " == *" $row "* ]] || empty "panic, with the judge stopped"
	kill -CONT "$judge"
	empty "panic, the judge is back"
	want "status .mode.panic" '^true$'
	node_kill && : >"$T/lymphd.log" && node_start LYMPH_BACKOFF_TOP_MS=200 && node_serves
	empty "panic, after a restart"
	reboot
	empty "panic, after a start of the machine"
	as desk lymph resume --reason "fine" >/dev/null 2>&1 && fail "$row: the desk may not resume"
	as noc lymph resume --reason "it was a drill" >"$T/resume" 2>&1 || fail "$row: resume: $(cat "$T/resume")"
	full "resumed"
	reboot
	full "after a start of the machine, in enforce"
	as viewer lymph panic --reason "no" >/dev/null 2>&1 && fail "$row: a viewer may not panic"
	stop "$WARDEN"
	rm -f "$(find "$T" -name told)"
done
