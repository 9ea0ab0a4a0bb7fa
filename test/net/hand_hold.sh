#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The hand over the kernel: a missing entry is repaired; a set a person emptied is held and shown, and
# comes back at a person's word; so does the whole table. A person's own entry is left alone. Jumps of
# the wall clock move nothing. With the daemon dead, entries end by themselves.
. "$(dirname "$0")/lib.sh"
need nft jq setpriv
NODE=$BIN/test/net/lymphd_hand
[ -x "$NODE" ] || fail "no $NODE"
ns node
conscience "mode enforce" "per-hour filter 10000"
{ people_conf && cat; } <<-EOF | node_conf
	hand { actuator = "nft" lease = "2 min" reconcile = "1 s" }
	prefix "10.0.0.0/8" { kind = "residential" }
EOF
start() { node_start LYMPH_HJ=load LYMPH_HJ_N=20 LYMPH_HJ_WAIT=1 LYMPH_BACKOFF_TOP_MS=100 "$@"; }
state() { tail -5 "$T/lymphd.log" | grep 'hj: desired' | tail -1; }
warden() { as "$@" --socket "$T/run/control.sock"; }
ends() {
	in_ node nft list set inet lymph in4 | grep -o 'order [0-9]* put [0-9]* end [0-9]*' |
		awk '{ print $2, $6 }' | sort -n
}

start
want "cat $T/lymphd.log" "hand is ready"
asked=$(as admin lymph mode enforce --reason "a test" | grep -o '\bm[0-9]*\b' | head -1)
as admin2 lymph approve "$asked" >/dev/null || fail "no enforce"
want 'kernel | wc -l' '^20$'
want state 'desired 20 actual 20 missing 0 extra 0 repaired 0 held 0 table 1'

# One entry goes: back at the next comparison.
one=$(kernel | head -1)
read -r _ who _ port <<<"$one"
in_ node nft delete element inet lymph in4 "{ $who . tcp . $port }" || fail "cannot delete $one"
want 'kernel | wc -l' '^20$'
want state 'actual 20 .* repaired 1 held 0'

# A person's own entry: counted, left alone.
in_ node nft add element inet lymph in4 '{ 10.9.9.9 . tcp . 99 }'
want state 'extra 1'
in_ node nft delete element inet lymph in4 '{ 10.9.9.9 . tcp . 99 }'
want state 'extra 0'

# The ends stand beside the entries and move by nothing: not by a death, not by the wall clock.
ends >"$T/before"
kill -9 "$(role hand)"
want state 'desired 20 actual 20 missing 0 extra 0 repaired 0'
node_kill
start LYMPH_CLOCK_OFFSET_MS=86400000
want "grep -c 'hand is ready' $T/lymphd.log" '^[3-9]'
want state 'desired 20 actual 20'
stop "$WARDEN" && start LYMPH_CLOCK_OFFSET_MS=-86400000
want "grep -c 'hand is ready' $T/lymphd.log" '^[4-9]'
want state 'desired 20 actual 20'
ends >"$T/after"
cmp -s "$T/before" "$T/after" || fail "ends moved: $(diff "$T/before" "$T/after" | head -5)"

# A set emptied by a person: held over a restart, until a person says so.
in_ node nft flush set inet lymph in4
want state 'desired 20 actual 0 missing 20 .* held 1 '
sleep 3 # comparisons go on
[ -z "$(kernel)" ] || fail "a flushed set was repaired: $(kernel | head -3)"
kill -9 "$(role hand)"
want "grep -c 'hand is ready' $T/lymphd.log" '^[5-9]'
want state 'held 1 '
sleep 2
[ -z "$(kernel)" ] || fail "a flushed set was repaired after a restart"
as noc lymph resume --reason "done looking" >/dev/null || fail "no resume"
want 'kernel | wc -l' '^20$'
want state 'actual 20 .* held 0 table 1'

# The table gone: nothing, until a person says so.
in_ node nft delete table inet lymph
want state 'actual 0 .* held 3ff table 0'
sleep 2
in_ node nft list table inet lymph >/dev/null 2>&1 && fail "the table came back by itself"
as noc lymph resume --reason "again" >/dev/null || fail "no resume"
want 'kernel | wc -l' '^20$'

# Panic, and resume.
as noc lymph panic --reason "a test" >/dev/null || fail "no panic"
[ -z "$(kernel)" ] || fail "panic left something"
sleep 2
[ -z "$(kernel)" ] || fail "something came after a panic"
as noc lymph resume --reason "over" >/dev/null || fail "no resume"
want 'kernel | wc -l' '^20$'
want state 'desired 20 actual 20 .* held 0 table 1'

# To observe: all goes.
as noc lymph mode observe --reason "enough" >/dev/null || fail "no observe"
want 'kernel | wc -l' '^0$'
exit 0
