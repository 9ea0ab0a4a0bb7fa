#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An exporter whose datagrams kill hear-flow: after the second time it is set aside and said so; the other
# one is heard all the time that hear-flow lives, and loses nothing of what came while it did not.
. "$(dirname "$0")/lib.sh"
need jq python3
grep -qa LYMPH_POISON "$LYMPHD" || skip "needs a build with test hooks"
ns node
{ people_conf && cat; } <<-EOF | node_conf
	telemetry { listen = {"127.0.0.1:2055"} subscribers = 1000 }
	exporter "127.0.0.2" { name = "good" }
	exporter "127.0.0.9" { name = "deadly" }
EOF
# The name of 127.0.0.9 in the black box.
POISON=$(printf 'exporter' | od -An -tx1 | tr -d ' \n')047f000009$(printf '00%.0s' $(seq 19))
[ ${#POISON} = 64 ] || fail "${#POISON} digits"
node_start LYMPH_POISON="$POISON" LYMPH_BACKOFF_TOP_MS=500
node_serves 1
cat >"$T/one.py" <<-'EOF'
	import socket, struct, sys, time
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((sys.argv[1], 0))
	now = int(time.time())
	for seq in range(int(sys.argv[2])):
	    p = struct.pack(">HHIIIIBBH", 5, 1, 100000, now, 0, seq, 0, 0, 0)
	    p += struct.pack(">IIIHHIIIIHHBBBBHHBBH", 0xc0000201, 0xc6336401, 0, 1, 2, 9, 900, 99000, 99500,
	        40000, 443, 0, 24, 6, 0, 0, 0, 24, 24, 0)
	    s.sendto(p, ("127.0.0.1", 2055))
EOF
send() { in_ node python3 "$T/one.py" "$@"; }
one() { lymph exporters --json | jq -rc ".exporters[] | select(.exporter == \"$1\") | $2"; }
want "role hear-flow" '[0-9]'
for n in 1 2; do
	send 127.0.0.9 1
	want "grep -c 'hear-flow .* died' $T/lymphd.log" "^$n\$"
	send 127.0.0.2 5 # nobody is there: the socket keeps them
	want "grep -c 'hear-flow is ready' $T/lymphd.log" "^$((n + 1))\$"
	want "one good .datagrams" '^5$'
done
want "cat $T/lymphd.log" 'hear-flow: .*exporter deadly killed this role twice'
send 127.0.0.9 3
send 127.0.0.2 7
want "one good .datagrams" '^12$'
want "lymph exporters --json | jq .set_aside" '^3$'
want "one deadly .set_aside" true
lymph exporters | tee "$T/shown"
never "grep -c 'good: its datagrams' $T/shown" '[1-9]'
want "cat $T/shown" 'deadly: its datagrams killed hear-flow twice'
never "grep -c 'hear-flow .* died' $T/lymphd.log" '^3$'
