#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How fast `lymph replay` goes through old data, detectors and judge with it: a million lines of a Zeek
# conn.log, tab-separated and JSON, and a capture of two million packets. Whole command, per CPU second
# (what travels between machines); the middle of 3 runs, best and worst.
set -u
L=${LYMPH_BUILD:?}/src/lymph/lymph
T=$(mktemp -d /tmp/lymph-bench.XXXXXX)
trap 'rm -rf "$T"' EXIT
python3 - "$T" <<'PY'
import random, struct, sys
random.seed(7)
t = sys.argv[1]
names = ("ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state "
         "local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents").split()
r = random.randrange
with open(t + "/conn.log", "w") as a, open(t + "/conn.json", "w") as b:
    a.write("#separator \\x09\n#fields\t" + "\t".join(names) + "\n")
    for i in range(1000000):
        v = (1700000000 + i / 300, "CHhAvVGS1DHFjwGM9", "10.%d.%d.%d" % (r(4), r(256), r(256)), r(1024, 65536),
             "%d.%d.7.9" % (r(20, 100), r(256)), 443, 0.2069, 1596, 4039)
        a.write("%.6f\t%s\t%s\t%d\t%s\t%d\ttcp\tssl\t%f\t%d\t%d\tSF\tT\tF\t0\tShADadFf\t14\t1016\t16\t1226\t-\n" % v)
        b.write('{"ts":%.6f,"uid":"%s","id.orig_h":"%s","id.orig_p":%d,"id.resp_h":"%s","id.resp_p":%d,"proto":"tcp",'
                '"service":"ssl","duration":%f,"orig_bytes":%d,"resp_bytes":%d,"conn_state":"SF","local_orig":true,'
                '"local_resp":false,"missed_bytes":0,"history":"ShADadFf","orig_pkts":14,"orig_ip_bytes":1016,'
                '"resp_pkts":16,"resp_ip_bytes":1226}\n' % v)
with open(t + "/big.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    head = bytes(12) + b"\x08\x00\x45\x00\x00\x28\x00\x00\x00\x00\x40\x06\x00\x00"
    tail = bytes(8) + b"\x50\x10\x04\x00\x00\x00\x00\x00"
    for i in range(2000000):
        s, d = b"\x0a\x00" + struct.pack("!H", r(20000)), b"\x5d\xb8\xd8\x22"
        p = head + (d + s + b"\x01\xbb\x9c\x40" if i & 1 else s + d + b"\x9c\x40\x01\xbb") + tail
        f.write(struct.pack("<IIII", 1700000000 + i // 20000, i % 20000 * 50, len(p), len(p)) + p)
PY
measure() { # figure, unit, how many in all, target, file
	local TIMEFORMAT='%U %S'
	for _ in 1 2 3; do { time "$L" replay --own 10.0.0.0/8 "$T/$5" >/dev/null 2>&1; } 2>&1; done |
		awk -v n="$3" -v name="$1" -v unit="$2" -v target="$4" -v load="$(cut -d' ' -f1 /proc/loadavg)" '
		{ v = n / ($1 + $2); sum += v; if (v > hi) hi = v; if (!lo || v < lo) lo = v }
		END { m = sum - hi - lo
			printf "{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"%s\",\"better\":\"higher\",\"target\":%s,\"met\":%s,", name, m, unit, target, (m >= target) ? "true" : "false"
			printf "\"runs\":3,\"min\":%.0f,\"max\":%.0f,\"cpu_s\":%.3f,\"load\":%s,\"peer\":null,\"peer_value\":null,\"ratio\":null}\n", lo, hi, n / m, load }'
}
measure replay.zeek_lines_per_cpu_s lines/s 1000000 1000000 conn.log
measure replay.zeek_json_lines_per_cpu_s lines/s 1000000 250000 conn.json
measure replay.packets_per_cpu_s packets/s 2000000 2000000 big.pcap
