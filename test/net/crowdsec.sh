# SPDX-License-Identifier: BSD-2-Clause
# Sourced after lib.sh by what tries CrowdSec at our door: the house of an agent (its hub as it comes, two parsers
# and a scenario, a log of ours, our address as its API), and of a bouncer.
#
#   agent_house URL      $T/config.yaml, which reads $T/auth.log      agent_runs NS    $PID, when it reads its log
#   cscli NS ARGS...     its command                                 attack ADDRESS   what its log has to report
#   bouncer_runs NS URL KEY   Debian's firewall bouncer: $PID        banned NS        how many of 198.18.0.0/15 it bans
need nft
. "$(dirname "${BASH_SOURCE[0]}")/peers.sh"

agent_house() {
	local f
	mkdir -p "$T/etc" "$T/data" "$T/hub" "$T/notify" "$T/plugins" "$T/acquis"
	cp "$R/usr/share/crowdsec/hub/.index.json" "$T/hub/"
	cp -r "$R/etc/crowdsec/." "$T/etc/"
	cp -r "$R/usr/share/crowdsec/hub/." "$T/hub/"
	for f in parsers/s00-raw/crowdsecurity/syslog-logs parsers/s01-parse/crowdsecurity/sshd-logs \
		parsers/s02-enrich/crowdsecurity/dateparse-enrich scenarios/crowdsecurity/ssh-bf; do
		mkdir -p "$T/etc/$(dirname "$(dirname "$f")")"
		ln -s "$T/hub/$f.yaml" "$T/etc/$(dirname "$(dirname "$f")")/${f##*/}.yaml"
	done
	echo '{}' >"$T/console.yaml"
	: >"$T/auth.log"
	printf 'filenames: [ %s ]\nlabels: { type: syslog }\n' "$T/auth.log" >"$T/acquis.yaml"
	cat >"$T/config.yaml" <<-EOT
		common: { daemonize: false, log_media: stdout, log_level: info, log_dir: $T, working_dir: . }
		config_paths:
		  config_dir: $T/etc/
		  data_dir: $T/data/
		  simulation_path: $T/etc/simulation.yaml
		  hub_dir: $T/hub/
		  index_path: $T/hub/.index.json
		  notification_dir: $T/notify/
		  plugin_dir: $T/plugins/
		crowdsec_service: { acquisition_path: $T/acquis.yaml, acquisition_dir: $T/acquis, parser_routines: 1 }
		cscli: { output: human, color: "no" }
		db_config: { log_level: info, type: sqlite, db_path: $T/data/crowdsec.db, flush: { max_items: 5000, max_age: 7d } }
		plugin_config: { user: nobody, group: nogroup }
		api:
		  client: { insecure_skip_verify: false, credentials_path: $T/client.yaml }
		  server: { enable: false, listen_uri: 127.0.0.1:8080, profiles_path: $T/etc/profiles.yaml, console_path: $T/console.yaml }
		prometheus: { enabled: false }
	EOT
	printf 'url: %s/\nlogin: nobody\npassword: nothing\n' "$1" >"$T/client.yaml" # it wants one to write a new one
}
cscli() { in_ "$1" "$R/usr/bin/cscli" -c "$T/config.yaml" "${@:2}" 2>&1; }
agent_runs() {
	bg "$1" "$R/usr/bin/crowdsec" -c "$T/config.yaml" -no-api
	want "door '.machines[].seen'" '^20'
	want "cat $T/crowdsec.log" 'tail for file|Adding file|Starting processing data'
	sleep 2 # it reads from the end it found
}
attack() {
	local i
	for i in $(seq 8); do
		echo "$(date '+%b %e %H:%M:%S') host sshd[42$i]: Failed password for invalid user x$i from $1 port 4${i}000 ssh2"
	done >>"$T/auth.log"
}

bouncer_runs() {
	sed "s/\${BACKEND}/nftables/; s/\${API_KEY}/$3/; s,api_url:.*,api_url: $2/,; s/update_frequency:.*/update_frequency: 1s/
		s,/var/log/,$T/,; s,/var/run/,$T/,; s/daemonize: true/daemonize: false/; s/log_mode: file/log_mode: stdout/" \
		"$R/etc/crowdsec/bouncers/crowdsec-firewall-bouncer.yaml" >"$T/bouncer.yaml"
	bg "$1" "$R/usr/bin/crowdsec-firewall-bouncer" -c "$T/bouncer.yaml"
	want "in_ $1 nft list tables" crowdsec
}
banned() {
	in_ "$1" nft -j list set ip crowdsec crowdsec-blacklists | jq -r '[.nftables[].set | select(.) | .elem // []] | add |
		map(.elem.val? // .) | map(select(type == "string" and startswith("198.18."))) | length'
}
door() { lymph door --json | jq -r "$1"; }
