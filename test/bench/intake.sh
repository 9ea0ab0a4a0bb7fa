#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Signed reports a second, each durable before its 202, and the p99 of the answer at half the target
# rate: a whole node and 256 senders on the loopback of one namespace, both on this machine's cores.
. "$(dirname "$0")/../net/lib.sh"
cat >"$T/conf" <<EOF
name = bench.test
state = "$T/state"
run = "$T/run"
listen = "127.0.0.1:8411"
uid-base = 640000
prefix "198.18.0.0/15" { kind = residential }
EOF
ns node
bg node "$LYMPHD" -c "$T/conf"
warden=$PID
want "in_ node curl -s http://127.0.0.1:8411/v1/" bench.test
want "cat $T/*.log" "judge is ready"
in_ node "$BIN/test/bench/intake_load" 8411 "$warden" 5000 2500 50
