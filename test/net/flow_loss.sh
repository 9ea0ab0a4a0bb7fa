#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A judge that dies while lines scan: no finding is lost, none is counted twice. A stranger's flood and an
# exporter that makes up templates and interfaces beside it: neither takes memory, nor the others' loss
# count. At rest hear-flow does nothing.
. "$(dirname "$0")/lib.sh"
need jq python3 sqlite3
LINES=${LINES:-300}
ns node
in_ node ip addr add 127.0.0.2/8 dev lo
{ people_conf && cat; } <<-EOF | node_conf
	telemetry { listen = {"127.0.0.1:2055"} subscribers = 10000 }
	exporter "127.0.0.2" { name = "edge" sampling = 1 }
	exporter "127.0.0.3" { name = "hostile" }
	interface "edge/*" { side = "tap" sav = "strict" }
	prefix "198.18.0.0/15" { kind = "residential" }
EOF
node_start LYMPH_BACKOFF_TOP_MS=200
node_serves 1
HEAR=$(role hear-flow)
top() { lymph top --once --json | jq -r "$1"; }

# NetFlow v5: each line sends a SYN to tcp/23 of 60 addresses all over.
cat >"$T/scan.py" <<-'EOF'
	import random, socket, struct, sys, time
	lines = int(sys.argv[1]); random.seed(4)
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.2", 0))
	start = time.time(); seq = 0
	todo = [(l, d) for l in range(lines) for d in range(60)]
	random.shuffle(todo)
	for i in range(0, len(todo), 30):
	    part = todo[i:i + 30]; now = time.time(); up = int((now - start) * 1000) + 100000
	    p = struct.pack(">HHIIIIBBH", 5, len(part), up, int(now), int(now % 1 * 1e9), seq, 0, 0, 0)
	    for l, d in part:
	        dst = (((d * 37 + 20) % 150 + 20) << 24) | random.getrandbits(24)
	        p += struct.pack(">IIIHHIIIIHHBBBBHHBBH", 0xc6120000 + l, dst, 0, 1, 2, 1, 40, up, up,
	            40000 + d, 23, 0, 2, 6, 0, 0, 0, 24, 0, 0)
	    s.sendto(p, ("127.0.0.1", 2055)); seq += len(part); time.sleep(0.01)
EOF
# Garbage of an exporter: v9 templates without end, interfaces that are none.
cat >"$T/hostile.py" <<-'EOF'
	import os, random, socket, struct, sys, time
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((sys.argv[1], 0))
	for i in range(int(sys.argv[2])):
	    tid = 256 + i % 60000
	    t = struct.pack(">HHHH", tid, 3, 8, 4) + struct.pack(">HHHH", 12, 4, 10, 4)
	    t = struct.pack(">HH", 0, 4 + len(t)) + t
	    d = struct.pack(">HH", tid, 4 + 1200) + os.urandom(1200)
	    p = struct.pack(">HHIIII", 9, 2, i, int(time.time()), i, random.getrandbits(32)) + t + d
	    s.sendto(p, ("127.0.0.1", 2055))
	    if i % 50 == 0: time.sleep(0.005)
EOF
bg node python3 "$T/hostile.py" 127.0.0.3 20000
bg node python3 "$T/hostile.py" 127.0.0.4 20000
bg node python3 "$T/scan.py" "$LINES" && SCAN=$PID
for _ in 1 2 3; do
	sleep 1
	J=$(role judge) && kill -9 "$J"
	want "role judge" '[0-9]'
done
want "kill -0 $SCAN" 'No such process'
want "top '[.findings[] | select(.detector == \"scan\") | .found] | add >= $LINES'" true
want "lymph status --json | jq .telemetry.findings_waiting" '^0$'
never "lymph status --json | jq .telemetry.findings_dropped" '[1-9]'
# Every finding that is a report, once.
made='[.findings[] | select(.detector != "population" and .detector != "outbreak") | .found] | add'
# What hear-flow says of itself is up to two seconds old: both sides are asked until they are equal.
want "echo \$((\$(db 'SELECT count(*) FROM fact WHERE kind = 2') - \$(top '$made')))" '^0$'
"$LYMPH" journal replay --state "$T/state" --json | grep -q '"identical":true' || fail "the journal does not replay"
[ "$(role hear-flow)" = "$HEAR" ] || fail "hear-flow died"

# The scanners' exporter lost nothing to its neighbours, who grew nothing; what the kernel dropped, on a
# machine that gave hear-flow no time, is lost to whoever sent it, 30 records a datagram.
lymph exporters
want "lymph exporters --json | jq '(.exporters[] | select(.exporter == \"edge\") | .lost_ever) <= 30 * .kernel_drops'" true
want "lymph exporters --json | jq '.refused_source > 1000'" true
rss=$(awk '/VmRSS/ { print $2 }' "/proc/$HEAR/status")
in_ node python3 "$T/hostile.py" 127.0.0.3 20000
in_ node python3 "$T/hostile.py" 127.0.0.4 5000
now=$(awk '/VmRSS/ { print $2 }' "/proc/$HEAR/status")
echo "memory: $rss kB, then $now kB"
# The sanitizers keep what is freed.
[ -n "${SANITIZED:-}" ] || [ "$now" -lt $((rss + 4096)) ] || fail "the second time the same grew it from $rss to $now kB"

# At rest: ticks of the clock it used in 10 s. One is a hundredth of a second.
ticks() { awk '{ print $14 + $15 }' "/proc/$HEAR/stat"; }
used() { local before=$(ticks); sleep 10; echo $(($(ticks) - before)); }
at_rest() { used=$(used); echo "at rest: $used hundredths of a second in 10 s"; [ "$used" -le 10 ]; }
[ -n "${SANITIZED:-}" ] || at_rest || at_rest || at_rest || fail "at rest it takes more than a hundredth of a core"
