#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The warden keeps its crew: roles killed at random come back and find each other; a message that kills
# a role twice is set aside; a killed warden leaves nobody behind; a stopped one leaves nothing.
. "$(dirname "$0")/lib.sh"
"$BIN/src/lymphd/lymphd" --help >/dev/null || skip "no lymphd"
ns node
NODE=$BIN/test/net/lymphd_stub
node_conf <<-EOF
	prefix "192.0.2.0/24" { kind = "residential" }
EOF
POISON=$(printf poison | od -An -tx1 | tr -d ' \n')$(printf '0%.0s' $(seq 52))
start() { node_start LYMPH_BACKOFF_TOP_MS=100 LYMPH_POISON="$POISON"; }
line() { # sends a line, prints the answer
	in_ node timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8411 && echo "$1" >&3 && head -n1 <&3' - "$1"
}
log=$T/lymphd.log

start
want "line first" '^ok$'
[ "$(roles | wc -l)" = 5 ] || fail "not five roles: $(roles)"

# Fifty deaths.
victims=(judge probe hear-canary hear-reports)
for i in $(seq 50); do
	victim=${victims[RANDOM % 4]}
	pid=$(role $victim) && kill -9 "$pid" 2>/dev/null
	[ $((i % 10)) = 0 ] && want "line after-$i" '^ok$'
done
for victim in "${victims[@]}"; do want "role $victim" '^[0-9]+$'; done
want "line last" '^ok$'
kill -0 "$WARDEN" || fail "the warden died of it"
grep -q 'set aside' "$log" && fail "a kill from outside counted as a crash"

# Poison: twice, then refused; others live.
before=$(grep -c 'died: signal 6' "$log")
line poison
want "grep -c 'died: signal 6' $log" "^$((before + 1))$"
want "line between" '^ok$'
line poison
want "grep -c 'set aside' $log" '^1$'
want "line poison" '^aside$'
want "line other" '^ok$'
[ "$(grep -c 'died: signal 6' "$log")" = $((before + 2)) ] || fail "the message killed more than twice"

# A second warden on the same folders is refused.
in_ node "$BIN/test/net/lymphd_stub" -c "$T/lymphd.conf" 2>&1 | grep -q 'another lymphd' ||
	fail "two wardens at once"

# A run folder that others can write to, or that lies in the judge's, is refused.
mkdir "$T/wide" && chmod 777 "$T/wide"
for run in wide wide/run own/run; do
	sed "s,^run = .*,run = \"$T/$run\"," "$T/lymphd.conf" >"$T/wide.conf"
	[ $run = own/run ] && sed -i "s,^state = .*,state = \"$T/own\"," "$T/wide.conf"
	sed -i 's/:8411/:8412/' "$T/wide.conf"
	in_ node timeout 20 "$BIN/test/net/lymphd_stub" -c "$T/wide.conf" 2>&1 | grep -q 'only root may write' ||
		fail "a run folder others can write to: $run"
done

# Kill the warden: nobody stays.
pids=$(roles | tr '\n' ' ')
kill -9 "$WARDEN"
for p in $pids; do want "kill -0 $p" 'No such process'; done

# An heir at once, while the roles of the last are still dying.
start
want "line heir" '^ok$'
for i in 1 2 3; do
	kill -9 "$WARDEN"
	start
	want "line heir-$i" '^ok$'
	kill -0 "$WARDEN" || fail "the heir gave up"
done
kill -9 "$WARDEN"

# Start over what it left; stop it: no role, no table, no socket.
start
want "line again" '^ok$'
pids=$(roles | tr '\n' ' ')
stop "$WARDEN"
for p in $pids; do never "ps -p $p -o pid=" '[0-9]'; done
[ -z "$(in_ node nft list ruleset)" ] || fail "the fence stayed"
[ ! -e "$T/run/control.sock" ] || fail "the control socket stayed"
