#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The conscience between root and two people: root's file tightens by itself and at once, and loosens
# nothing by itself, not over a reload, a kill or a restart.
. "$(dirname "$0")/lib.sh"
"$LYMPHD" --help >/dev/null 2>&1 || skip "no lymphd"
need jq setpriv nft
UID_BASE=64700
ns node
node_conf <<-EOF
	$(people_conf)
	hand { actuator = "nft" }
	prefix "192.0.2.0/24" { kind = "residential" probe = no }
EOF

limit() { as viewer lymph conscience --json | jq -r ".in_force[] | select(startswith(\"$1 \"))"; }
waits() { as viewer lymph mode --json | jq -r '.conscience // "nothing"'; }
take() { # by two
	local id
	id=$(as admin lymph conscience take --json --reason "${1:-a test}" | jq -r .pending)
	as admin2 lymph approve "$id" >/dev/null || fail "approve $id: conscience take"
}
hup() { # times it was read so far
	kill -HUP "$WARDEN"
	want "grep -c 'conscience was read again' $T/lymphd.log" "^$1\$"
}
node_start
node_serves 1
conscience "mode observe"
refused admin 'allows observe only' mode enforce
conscience "mode enforce" "entries 200000"
hup 1
[ "$(limit mode) $(limit entries)" = "mode observe entries 100000" ] || fail "root alone loosened: $(limit mode)"
[ "$(waits)" = "mode observe -> enforce, entries 100000 -> 200000" ] || fail "$(waits)"
want "as viewer lymph status --json | jq -c .mode.conscience_waits" '^true$'
refused admin 'observe is the ceiling in force' mode enforce
refused noc 'staff role admin \(group 64914\)' conscience take
lymph conscience take >"$T/refused" 2>&1 && fail "root asked"
grep -q 'takes two people' "$T/refused" || fail "$(cat "$T/refused")"
"$LYMPH" check -c "$T/lymphd.conf" >"$T/check" 2>&1
tr -s ' \n' ' ' <"$T/check" | grep -q 'loosens what is in force (mode observe -> enforce)' || fail "$(cat "$T/check")"
as admin lymph conscience take --reason 'a test' >"$T/asked" || fail "$(cat "$T/asked")"
refused admin 'asked for it yourself' approve m1
conscience "mode enforce" "entries 300000"
refused admin2 'is another than was asked for' approve m1
conscience "mode enforce" "entries 200000"
take
[ "$(limit mode) $(limit entries) $(waits)" = "mode enforce entries 200000 nothing" ] || fail "two people: $(limit entries)"
conscience "mode enforce" "entries 500" "never 192.0.2.99"
hup 2
[ "$(limit entries)" = "entries 500" ] || fail "tightening waits"
node_kill && conscience "mode enforce" "entries 600" "never 192.0.2.98" && node_start && node_serves 2
[ "$(limit entries) $(limit never | tr '\n' ' ')" = "entries 500 never 192.0.2.98/32 never 192.0.2.99/32 " ] ||
	fail "a restart loosened: $(limit entries) $(limit never)"
as privacy lymph audit export | jq -es 'map(select(.verb == "conscience" and .second == 64925)) | length == 1' >/dev/null ||
	fail "the audit lacks it"
conscience "mode enforce"
take
[ "$(limit entries) $(waits)" = "entries 100000 nothing" ] || fail "two people: $(limit entries)"

# In force, and lowered by root: at once, and it stays down when he puts it up again.
mode() { as viewer lymph mode --json | jq -r .mode; }
id=$(as admin lymph mode enforce --json | jq -r .pending)
as admin2 lymph approve "$id" >/dev/null || fail "approve $id"
[ "$(mode)" = enforce ] || fail "not enforce"
conscience "mode observe"
hup 3
want mode '^observe$'
conscience "mode enforce"
hup 4
[ "$(mode)" = observe ] || fail "root alone went back to enforce"
take
[ "$(mode)" = enforce ] || fail "two people did not"
stop "$WARDEN"
echo ok
