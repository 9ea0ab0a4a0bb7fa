#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From the judge's commit of an order to its element read back from the kernel: the real judge, hand and
# nftables in a namespace of their own. The orders come one at a time, by a command that only a build
# with test hooks has, as that of `make bench` is. Five runs of 256.
. "$(dirname "$0")/../net/lib.sh"
need nft jq python3
RUNS=5 EACH=256
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
enforce
want "lymph status --json | jq .hand.listed" '^true$'
cat >"$T/ask.py" <<'EOF'
import json, os, socket, sys, time
path, runs, each = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def ask(cmd, **args):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendall((json.dumps({"cmd": cmd, "args": args}) + "\n").encode())
    got = b""
    while True:
        d = s.recv(65536)
        if not d:
            return json.loads(got)
        got += d
def hand():
    return ask("status")["hand"]
done, p95, p50 = 0, [], []
for run in range(runs):
    for i in range(each):
        ask("inject", prefix="10.9.0.0/16", **{"from": done}, count=1)
        done += 1
        time.sleep(0.005)
    end = time.time() + 60
    while hand()["measured"] < done and time.time() < end:
        time.sleep(0.1)
    h = hand()
    if h["measured"] < done:
        sys.exit("%d of %d orders were read back" % (h["measured"], done))
    p95.append(h["took_ms_p95"])
    p50.append(h["took_ms_p50"])
v = sorted(p95)[runs // 2]
sys.stderr.write("median %.2f ms; p95 of each run %s\n" % (sorted(p50)[runs // 2], p95))
print(json.dumps({"name": "hand.order_to_kernel_ms_p95", "value": round(v, 2), "unit": "ms",
    "better": "lower", "target": 10, "met": v <= 10, "runs": runs, "min": round(min(p95), 2),
    "max": round(max(p95), 2), "load": round(os.getloadavg()[0], 1)}))
EOF
cpu() { cat /proc/$(role judge)/stat /proc/$(role hand)/stat | awk '{ s += $14 + $15 } END { print s / 100 }'; }
before=$(cpu)
in_ node python3 "$T/ask.py" "$T/run/control.sock" $RUNS $EACH >"$T/line" || fail "no figure"
after=$(cpu)
jq -c --argjson a "$before" --argjson b "$after" '. + { cpu_s: (($b - $a) * 100 | round / 100) }' "$T/line"
