#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The same two things of crowdsec and its firewall bouncer, as Debian packs them and with their defaults
# (the bouncer asks every 10 s), but for the WAL its own warning asks for: a decision until it is an element of the kernel's set, and 50,000 of
# them. Unpacked below build/, never installed; runs in a namespace. Prints a JSON line a figure of ours
# it stands beside.
exec 3>&1 1>&2
top=$(cd "$(dirname "$0")/../../.." && pwd)
. "$top/test/net/lib.sh"
need jq nft
RUNS=${RUNS:-8} COUNT=${COUNT:-50000}
. "$top/test/net/peers.sh"
peer="crowdsec $("$R/usr/bin/cscli" version 2>&1 | sed -n 's/.*version: v*\([0-9.]*\).*/\1/p') and its firewall bouncer"
echo "$peer"

mkdir -p "$T/data" "$T/hub" "$T/notify" "$T/plugins" "$T/acquis"
cp "$R/usr/share/crowdsec/hub/.index.json" "$T/hub/"
echo '{}' >"$T/console.yaml"
cat >"$T/config.yaml" <<-EOT
	common: { daemonize: false, log_media: stdout, log_level: info, log_dir: $T, working_dir: . }
	config_paths:
	  config_dir: $R/etc/crowdsec/
	  data_dir: $T/data/
	  simulation_path: $R/etc/crowdsec/simulation.yaml
	  hub_dir: $T/hub/
	  index_path: $T/hub/.index.json
	  notification_dir: $T/notify/
	  plugin_dir: $T/plugins/
	crowdsec_service: { acquisition_path: $R/etc/crowdsec/acquis.yaml, acquisition_dir: $T/acquis, parser_routines: 1 }
	cscli: { output: human, color: "no" }
	db_config: { log_level: info, type: sqlite, db_path: $T/data/crowdsec.db, use_wal: true, flush: { max_items: 5000, max_age: 7d } }
	plugin_config: { user: nobody, group: nogroup }
	api:
	  client: { insecure_skip_verify: false, credentials_path: $T/client.yaml }
	  server:
	    log_level: info
	    listen_uri: 127.0.0.1:8080
	    profiles_path: $R/etc/crowdsec/profiles.yaml
	    console_path: $T/console.yaml
	    trusted_ips: [ 127.0.0.1 ]
	prometheus: { enabled: false }
EOT
ns peer
: >"$T/client.yaml"
cscli() { in_ peer "$R/usr/bin/cscli" -c "$T/config.yaml" "$@"; }
cscli machines add bench --auto --force -f "$T/client.yaml" >"$T/machines.log" 2>&1 || fail "no machine"
key=$(cscli bouncers add bench -o raw 2>"$T/bouncers.log" | head -1)
[ -n "$key" ] || fail "no bouncer"
sed "s/\${BACKEND}/nftables/; s/\${API_KEY}/$key/; s,/var/log/,$T/,; s,/var/run/,$T/,; s/daemonize: true/daemonize: false/
	s/log_mode: file/log_mode: stdout/" "$R/etc/crowdsec/bouncers/crowdsec-firewall-bouncer.yaml" >"$T/bouncer.yaml"
bg peer "$R/usr/bin/crowdsec" -c "$T/config.yaml" -no-cs
want "in_ peer bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080 && echo open'" '^open$'
bg peer "$R/usr/bin/crowdsec-firewall-bouncer" -c "$T/bouncer.yaml"
want 'in_ peer nft list tables' crowdsec
elements() { in_ peer nft -j list set ip crowdsec crowdsec-blacklists | jq '[.nftables[].set | select(.) | .elem // [] | length] | add'; }
now() { echo $(($(date +%s%N) / 1000000)); }

for i in $(seq "$RUNS"); do
	sleep "$((RANDOM % 10)).$((RANDOM % 10))" # any moment between two of its questions
	cscli decisions add --ip "203.0.113.$i" --duration 4h >>"$T/add.log" 2>&1 || fail "decisions add"
	from=$(now)
	until in_ peer nft get element ip crowdsec crowdsec-blacklists "{ 203.0.113.$i }" >/dev/null 2>&1; do
		[ $(($(now) - from)) -lt 60000 ] || fail "203.0.113.$i never came"
		sleep 0.02
	done
	echo $(($(now) - from)) | tee -a "$T/one"
done
load=$(cut -d' ' -f1 /proc/loadavg)
sort -n "$T/one" | jq -sc --arg peer "$peer" --arg load "$load" '. as $v | { name: "hand.order_to_kernel_ms_p95", peer: $peer,
	peer_value: $v[(($v | length) * 0.95 | ceil) - 1], peer_median: $v[($v | length) / 2 | floor], peer_runs: ($v | length),
	peer_load: ($load | tonumber) }' >&3

# On a busy machine its import fails at times ("database is locked"), amid the list: then another list.
for try in 1 2 3 4 5; do
	awk -v n="$COUNT" -v try=$try 'BEGIN { print "duration,scope,value"
		for (i = 0; i < n; i++) printf "4h,ip,%d.%d.%d.%d\n", 100 + try, int(i / 65536), int(i / 256) % 256, i % 256 }' >"$T/import.csv"
	before=$(elements)
	from=$(now)
	cscli decisions import -i "$T/import.csv" >"$T/import.log" 2>&1 && break
	echo "import $try failed: $(tail -n 1 "$T/import.log")"
	[ $try -lt 5 ] || { echo "no import succeeded: no figure for $COUNT" && exit 0; }
	sleep 25 # what it did take arrives meanwhile
done
echo "the import itself took $(($(now) - from)) ms"
have=$before at=$from
while [ "$have" -lt $((before + COUNT)) ] && [ $(($(now) - at)) -lt 60000 ]; do # six questions without an answer
	sleep 3 # counting costs as much as it measures
	n=$(elements)
	[ "$n" = "$have" ] || { have=$n && at=$(now) && echo "$((at - from)) ms: $((n - before))"; }
done
jq -nc --arg peer "$peer" --argjson ms $((at - from)) --argjson missing $((before + COUNT - have)) --argjson failed $((try - 1)) '
	{ name: "hand.load_50k_s", peer: $peer, peer_value: ($ms / 1000), peer_failed_imports: $failed },
	{ name: "hand.missing_of_50k", peer: $peer, peer_value: $missing }' >&3
