#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# probe.open_proxy_ms: from a LOOK at a named port of a real squid to its LOOK_DONE, canary and proof
# included, a fresh prober each time. Beside it nmap's http-open-proxy, told where to fetch from.
# Prints a JSON line; words go to stderr.
exec 3>&1 1>&2
. "$(dirname "$0")/../net/lib.sh"
need squid nmap jq python3
RUNS=${RUNS:-25} PEER_RUNS=${PEER_RUNS:-5}
DRIVER=$BIN/test/net/look_driver
[ -x "$DRIVER" ] || fail "no $DRIVER"
chmod 777 "$T"
ns node line
link node 192.0.2.254/24 line 192.0.2.1/24
cat >"$T/squid.conf" <<-EOT
	http_port 3128
	http_access allow all
	pid_filename $T/squid.pid
	cache deny all
	access_log none
	cache_log /dev/null
	cache_effective_user proxy
	shutdown_lifetime 0 seconds
	visible_hostname line.example
	netdb_filename none
	pinger_enable off
EOT
bg line squid -N -f "$T/squid.conf"
want 'ip netns exec "lymph-$TAG-line" ss -Hltn' ':3128 '
for _ in $(seq "$RUNS"); do
	in_ node "$DRIVER" --canary 192.0.2.254 --port 80 --port 443 --own 192.0.2.0/24 192.0.2.1@3128
done >"$T/ours.json"
jq -se 'all(.[]; .verdict == "open")' "$T/ours.json" >/dev/null || fail "not found open: $(cat "$T/ours.json")"

mkdir "$T/www" && echo lymph-bench >"$T/www/index.html"
bg node python3 -m http.server 80 --bind 192.0.2.254 --directory "$T/www"
want 'ip netns exec "lymph-$TAG-node" ss -Hltn' ':80 '
found=0
for _ in $(seq "$PEER_RUNS"); do
	from=$(date +%s%N)
	in_ node nmap -n -Pn -p 3128 --script http-open-proxy \
		--script-args "proxy.url=http://192.0.2.254/,proxy.pattern=lymph-bench" 192.0.2.1 >"$T/nmap.out" 2>&1
	echo $((($(date +%s%N) - from) / 1000000)) >>"$T/peer"
	grep -qi "open proxy" "$T/nmap.out" && found=$((found + 1))
done
echo "nmap found the proxy in $found of $PEER_RUNS runs"
peer_value=$(sort -n "$T/peer" | sed -n "$(((PEER_RUNS + 1) / 2))p")
version=$(nmap --version | sed -n 's/^Nmap version \([^ ]*\).*/nmap \1/p')
jq -s --arg peer "$version" --argjson pv "$peer_value" --arg load "$(cut -d' ' -f1 /proc/loadavg)" -c '
	(map(.us / 1000) | sort) as $v | ($v[($v | length) / 2 | floor]) as $m |
	{name: "probe.open_proxy_ms", value: $m, unit: "ms", better: "less", target: 50, met: ($m <= 50),
	 runs: ($v | length), min: $v[0], max: $v[-1], cpu_s: (map(.cpu_us) | add / 1000000),
	 load: ($load | tonumber), peer: $peer, peer_value: $pv, ratio: ($pv / $m * 10 | round / 10)}' "$T/ours.json" >&3
