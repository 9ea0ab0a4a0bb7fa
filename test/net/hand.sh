#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Orders reach the kernel and leave it again: nothing in observe, one given, undone, allowed again; what
# is protected goes; judge and hand die, and what should be is there afterwards; a clock that jumps
# holds new orders back and moves no old one; panic and back.
. "$(dirname "$0")/lib.sh"
need nft jq setpriv python3

ns node
conscience "mode enforce" "per-hour filter 100000" "entries 100000" "longest 30 d"
{
	people_conf
	cat <<-EOF
		hand { actuator = "nft" }
		prefix "10.9.0.0/16" { kind = residential }
	EOF
} | node_conf
node_start
node_serves
ctl() { # CMD ARGS: one command of a build with test hooks
	in_ node python3 -c 'import socket,sys
s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall((sys.argv[2]+"\n").encode())
while True:
	d=s.recv(65536)
	if not d: break
	sys.stdout.write(d.decode())' "$T/run/control.sock" "{\"cmd\":\"$1\",\"args\":$2}"
}
inject() { ctl inject "{\"prefix\":\"10.9.0.0/16\",\"from\":$1,\"count\":$2,\"mode\":\"${3:-verify}\"}"; }
same() { diff <(kernel) <(ordered) && echo same; }

want 'status .hand.table' '^(true|false)$'
inject 1 1 | jq -e '.done == 1' >/dev/null || fail "inject: $(inject 1 1)"
[ -z "$(kernel)" ] || fail "in observe: $(kernel)"
never 'lymph orders --json | jq -r ".orders[].state"' 'in force.*given'

enforce
want kernel '^in4 10.9.0.1 6 3128$'
want 'lymph orders --json | jq -r ".orders[] | select(.rung==\"filter\") | .state"' '^in force$'
no=$(lymph orders --json | jq '.orders[] | select(.rung=="filter") | .order')
as desk lymph undo "$no" --reason "a test" >/dev/null || fail "undo"
want 'kernel | wc -l' '^0$'
as desk lymph case 1 allow --yes >/dev/null || fail "allow"
want kernel '^in4 10.9.0.1 6 3128$'
as viewer lymph case 1 --record >"$T/record" || fail record
grep -q 'TCP port 3128 of 10.9.0.1 is dropped' "$T/record" || fail "$(cat "$T/record")"
grep -Eq '^  In force +20.* UTC, and goes on$' "$T/record" || fail "$(cat "$T/record")"
as viewer lymph case 1 close --as fixed >"$T/no" 2>&1 && fail "a viewer closed"
grep -q 'desk' "$T/no" || fail "$(cat "$T/no")"

# Many; protected; all the same after judge and hand died.
inject 2 500 >/dev/null
want 'kernel | wc -l' '^501$'
want same '^same$'
as noc lymph protect add 10.9.0.128/25 --reason "a test" >/dev/null || fail protect
want 'kernel | wc -l' '^373$'
want same '^same$'
for r in hand judge hand; do
	kill -9 "$(role $r)"
	want "status '[.roles[] | select(.role==\"hand\" or .role==\"judge\") | .up] | all'" '^true$'
	want "status .hand.listed" '^true$'
done
want same '^same$'
want "status '.hand.desired == .hand.actual and .hand.missing == 0 and .hand.extra == 0'" '^true$'
[ "$(kernel | wc -l)" = 373 ] || fail "$(kernel | wc -l) after the kills"

# The clock.
before=$(in_ node nft -j list set inet lymph in4 | jq '[.nftables[].set | select(.) | .elem[].elem | .expires // empty] | min')
ctl clock '{"offset_ms": 900000}' | grep -q '"paused":true' || fail "no pause"
inject 1000 3 >/dev/null
want "status '.hand.waiting.clock'" '^3$'
[ "$(kernel | wc -l)" = 373 ] || fail "the jump moved orders: $(kernel | wc -l)"
as noc lymph resume --reason "the clock was set" >/dev/null || fail resume
want 'kernel | wc -l' '^376$'
want same '^same$'
[ "$before" -gt 60 ] || fail "least life $before s"

as noc lymph panic --reason "a test" >/dev/null || fail panic
[ -z "$(kernel)" ] || fail "after panic: $(kernel | head)"
as noc lymph resume --reason "a test" >/dev/null || fail resume
want 'kernel | wc -l' '^376$'
want same '^same$'
as noc lymph mode observe --reason "a test" >/dev/null || fail observe
want 'kernel | wc -l' '^0$'
want 'lymph audit verify --file "$T/warden/audit.jsonl"' 'is whole'
want "grep -c '\"verb\":\"undo\"' $T/warden/audit.jsonl" '^1$'
