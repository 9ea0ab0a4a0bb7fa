#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How many lines of an attacked sshd one CPU second turns into claims, median of 5 runs; and what the
# recognisers see of labelled lines and whom they accuse wrongly, per class (docs/recognisers.md).
set -u
here=$(cd "$(dirname "$0")" && pwd)
B=${LYMPH_BUILD:?}
load=$(cut -d' ' -f1 /proc/loadavg)
# The peer is crowdsec 1.4.6's whole agent (read, parse, decide), 360 to 2,000 lines a CPU second by length of
# the log, measured once on two cores and not in this run; ours is the work on the line alone.
"$B/test/bench/sshd_lines" | awk -v load="$load" '
	{ a[NR] = $1 / $2; b[NR] = $1 / $3; cpu += $2 + $3 }
	function figure(name, v, target, peer,    n, i, j, t) {
		n = NR
		for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
		printf "{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"lines/cpu s\",\"better\":\"higher\",\"target\":%s,\"met\":%s,", name, v[int((n + 1) / 2)], target, (v[int((n + 1) / 2)] >= target) ? "true" : "false"
		printf "\"runs\":%d,\"min\":%.0f,\"max\":%.0f,\"cpu_s\":%.3f,\"load\":%s%s}\n", n, v[1], v[n], cpu, load, peer ? sprintf(",\"peer\":\"crowdsec 1.4.6, whole agent [measured before]\",\"peer_value\":%d,\"ratio\":%.1f", peer, v[int((n + 1) / 2)] / peer) : ""
	}
	END { figure("sshd.lines_per_cpu_s", a, 20000, 2000); figure("sshd.others_lines_per_cpu_s", b, 100000, 0) }'
data=${LYMPH_DATA:-$here/../../../shared/data}/logs
[ -d "$data/fail2ban" ] || { echo "no labelled lines in $data: no recogniser.*" >&2 && exit 0; }
"$B/test/report/recall" bench "$data" "$here/../report/recall.reasons" "$here/../report/recall.attacks" |
	awk -v load="$load" '{
		recall = $1 ~ /recall/; target = recall ? 90 : 10; met = recall ? $2 >= target : $2 <= target
		printf "{\"name\":\"%s\",\"value\":%s,\"unit\":\"%%\",\"better\":\"%s\",\"target\":%d,\"met\":%s,\"runs\":1,\"min\":%s,\"max\":%s,\"cpu_s\":0,\"load\":%s,\"of\":%d}\n",
			$1, $2, recall ? "higher" : "lower", target, met ? "true" : "false", $2, $2, load, $3 }'
