#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A line that kills whoever reads it: after two deaths each line of that log is noted before it is read, after
# two more that one is passed over and counted; all others are read, once each.
. "$(dirname "$0")/lib.sh"
need jq
ns node
mkdir "$T/log"
chmod 755 "$T/log"
node_conf <<-EOT
	log "auth" { file = "$T/log/auth" form = "text" }
	prefix "198.18.0.0/15" { kind = "residential" }
EOT
logs() { $LYMPH status --json --socket "$T/run/control.sock" | jq -c ".logs[] | select(.name == \"auth\") | $1"; }
fails() { echo "Nov 22 10:0$1:00 host sshd[$1]: Failed password for root from 198.18.0.$1 port 4711 ssh2" >>"$T/log/auth"; }
fails 1
echo "Nov 22 10:00:00 host sshd[7]: Failed password for crash-hear-log.test from 198.18.0.7 port 1 ssh2" >>"$T/log/auth"
fails 2
node_start LYMPH_BACKOFF_TOP_MS=200
node_serves
want "grep -c 'hear-log .* died' $T/lymphd.log" '^4$'
want "cat $T/lymphd.log" 'hear-log: .*log auth killed this role twice'
want "logs .aside" '^1$'
fails 3
want "db 'SELECT count(*) FROM fact WHERE kind = 2'" '^3$'
want "logs .lines" '^4$'
never "lymph cases --json" '198\.18\.0\.7'
never "grep -c 'hear-log .* died' $T/lymphd.log" '^5$'
want "lymph aside" 'hear-log'
want "lymph status | tr -s '\\n ' ' '" 'passed over that killed'
