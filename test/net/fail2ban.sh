#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# fail2ban's own server with our action: a ban becomes a report with the lines that matched, whatever a
# stranger wrote into them; what a restart restores is not reported again.
. "$(dirname "$0")/lib.sh"
need jq fail2ban-server fail2ban-client
SRC=$(cd "$(dirname "$0")/../.." && pwd)
ns node
node_conf <<-EOT
	prefix "198.18.0.0/15" { kind = "residential" }
EOT
node_start
node_serves
cp -r /etc/fail2ban "$T/f2b"
rm -f "$T/f2b/jail.d"/* "$T/f2b/jail.local"
cp "$SRC/etc/fail2ban/action.d/lymph.conf" "$T/f2b/action.d/"
: >"$T/auth"
cat >"$T/f2b/jail.local" <<-EOT
	[sshd]
	enabled = true
	backend = polling
	logpath = $T/auth
	filter = sshd
	maxretry = 3
	findtime = 1h
	bantime = 1h
	usedns = no
	ignoreself = false
	action = lymph[lymph="HOME=$T/home $LYMPH", options="--to http://127.0.0.1:8411 --sign none"]
EOT
printf '[Definition]\ndbfile = %s\nallowipv6 = auto\n' "$T/f2b.db" >"$T/f2b/fail2ban.local"
F2B="-c $T/f2b -s $T/f2b.sock -p $T/f2b.pid --logtarget $T/f2b.log --syslogsocket none"
fail2ban-client $F2B -t | grep -q 'OK' || fail "fail2ban does not take our action"
f2b() {
	bg node fail2ban-server $F2B -f start
	want "fail2ban-client $F2B status sshd" 'Currently banned'
}
tries() { # ADDRESS: three failed logins, one of them with a name that would be more lines and a command
	local at
	for i in 1 2 3; do
		at=$(date '+%b %e %H:%M:%S')
		echo "$at host sshd[42$i]: Failed password for invalid user a\\n\$(touch $T/ran)\`touch $T/ran\`'\"; x from $1 port 4${i}000 ssh2"
	done >>"$T/auth"
}
f2b
tries 198.18.0.1
want "lymph cases --json | jq -r '.cases[].subject'" '^198\.18\.0\.1/32$'
tries 198.18.0.2
want "lymph cases --json | jq -r '.cases[].subject'" '^198\.18\.0\.2/32$'
want "db 'SELECT count(*) FROM fact WHERE kind = 2'" '^2$'
[ ! -e "$T/ran" ] || fail "what an attacker wrote was run"
kill "$PID"
want "fail2ban-client $F2B ping 2>&1" 'not running|Failed to access'
f2b
want "fail2ban-client $F2B status sshd" '198\.18\.0\.1'
tries 198.18.0.3
want "lymph cases --json | jq -r '.cases[].subject'" '^198\.18\.0\.3/32$'
want "db 'SELECT count(*) FROM fact WHERE kind = 2'" '^3$'
