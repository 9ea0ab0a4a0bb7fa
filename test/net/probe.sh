#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The prober and its canary against real proxies, closed doors and nuisances, IPv4 and IPv6. The judge
# is made of cardboard (look_driver); what is judged here is what a look comes to.
. "$(dirname "$0")/lib.sh"
need squid tinyproxy danted microsocks python3 jq nft
DRIVER=$BIN/test/net/look_driver
[ -x "$DRIVER" ] || fail "no $DRIVER"

ns node line
link node 192.0.2.254/24,2001:db8:1::254/64 line 192.0.2.1/24,2001:db8:1::1/64
LINE="lymph-$TAG-line"
# Every look has an address of its own, so that the cap per target does not make them wait.
for i in $(seq 2 30); do in_ line ip addr add "192.0.2.$i/24" dev "$(in_ line ip -o link | sed -n 's/.*: \(v[^@]*\)@.*/\1/p')"; done

# --- the line's services, each as Debian ships it
squid_conf() { # port, access rules...
	local port=$1
	shift
	cat >"$T/squid$port.conf" <<-EOT
		http_port $port
		pid_filename $T/squid$port.pid
		cache deny all
		access_log none
		cache_log $T/squid$port.log
		cache_effective_user proxy
		shutdown_lifetime 0 seconds
		visible_hostname line.example
		netdb_filename none
		pinger_enable off
		$(printf '%s\n' "$@")
	EOT
	: >"$T/squid$port.log" && chown proxy "$T/squid$port.log"
	bg line squid -N -f "$T/squid$port.conf"
}
chmod 777 "$T"
squid_conf 3128 "http_access allow all"
squid_conf 3129 "auth_param basic program /usr/lib/squid/basic_ncsa_auth $T/passwd" \
	"acl known proxy_auth REQUIRED" "http_access allow known" "http_access deny all"
squid_conf 3130 "http_access deny all"
squid_conf 3131 "acl tunnel method CONNECT" "http_access deny tunnel" "http_access allow all"
echo 'user:$1$xyz$invalid' >"$T/passwd"
printf 'Port 8888\nListen 192.0.2.4\nTimeout 60\nMaxClients 20\nConnectPort 443\n' >"$T/tiny.conf"
bg line tinyproxy -d -c "$T/tiny.conf"
cat >"$T/danted.conf" <<-EOT
	logoutput: $T/danted.log
	internal: 192.0.2.5 port = 1080
	external: 192.0.2.30
	socksmethod: none
	clientmethod: none
	user.unprivileged: nobody
	client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
	socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
EOT
bg line danted -f "$T/danted.conf"
sed 's/port = 1080/port = 1083/; s/^socks pass.*/socks pass { from: 0.0.0.0\/0 to: 0.0.0.0\/0 proxyprotocol: socks_v4 }/' \
	"$T/danted.conf" >"$T/danted4.conf"
bg line danted -f "$T/danted4.conf"
bg line microsocks -i :: -p 1081
bg line microsocks -i 0.0.0.0 -p 1082 -u user -P secret
bg line python3 "$(dirname "$0")/nuisance.py" "$T/followed"

# --- doors without a service: silence, and an ICMP error
in_ line nft -f - <<-EOT
	table inet doors {
		counter silent { }
		chain in {
			type filter hook input priority 0;
			tcp dport 7001 counter name silent drop
			tcp dport 7002 reject with icmpx port-unreachable
			tcp dport 7003 reject with icmpx admin-prohibited
		}
	}
EOT
listening() { ip netns exec "$LINE" ss -Hltn | awk '{print $4}' | sed 's/.*://' | sort -un | tr '\n' ' '; }
for p in 3128 3129 3130 3131 8888 1080 1081 1082 1083 9001 9002 9003 9004 9005 9006 9007 9008; do want listening "\\b$p\\b"; done

# --- what each comes to
LOOK="--canary 192.0.2.254 --port 80 --port 443 --port 8000 --own 192.0.2.0/24 --own 2001:db8:1::/64 --protect 192.0.2.12/32 --looks 100"
looks() { in_ node "$DRIVER" $LOOK "$@" >"$T/out.json" || fail "driver failed"; cat "$T/out.json"; }
bad=0
expect() { # target, port, jq condition
	jq -se "any(.[]; .target == \"$1\" and .port == $2 and ($3))" "$T/out.json" >/dev/null && return
	echo "not so: $1 port $2: $3; it was: $(jq -c "select(.target == \"$1\" and .port == $2)" "$T/out.json")"
	bad=1
}
open() { # target, port, methods, egress
	expect "$1" "$2" '.verdict == "open" and (.method | test("'"$3"'")) and .egress == "'"$4"'"'
}
is() { # target, port, verdict, reason
	expect "$1" "$2" '.verdict == "'"$3"'" and .reason == "'"${4:-}"'" and .bytes_in <= 20480 and .sockets <= 5'
}

looks 192.0.2.{1@3128,2@3129,3@3130,4@8888,5@1080,6@1081,7@1082,8@7000,9@7001,10@7002,11@7003,12@3128,13@3131,5@1083,99@80} \
	192.0.2.{21@9001,22@9002,23@9003,24@9004,25@9005,26@9006,27@9007,28@9008} 203.0.113.1@3128
open 192.0.2.1 3128 http- 192.0.2.1
open 192.0.2.4 8888 http- 192.0.2.1
open 192.0.2.5 1080 socks 192.0.2.30
open 192.0.2.5 1083 'socks4$' 192.0.2.30
open 192.0.2.13 3131 http-get 192.0.2.1
open 192.0.2.6 1081 socks5 192.0.2.1
is 192.0.2.2 3129 auth-required
is 192.0.2.7 1082 auth-required
is 192.0.2.3 3130 closed
is 192.0.2.8 7000 closed
is 192.0.2.9 7001 no-answer
is 192.0.2.10 7002 filtered
is 192.0.2.11 7003 filtered
is 192.0.2.99 80 no-answer # nobody has this address
is 192.0.2.12 3128 inconclusive not-ours # protected
is 203.0.113.1 3128 inconclusive not-ours
is 192.0.2.21 9001 inconclusive timeout # tarpit
is 192.0.2.22 9002 inconclusive timeout # a byte a second
is 192.0.2.23 9003 inconclusive flood
is 192.0.2.24 9004 closed # echoes our token
is 192.0.2.25 9005 inconclusive one-sided # made a secret up
is 192.0.2.26 9006 closed # 200 and noise
is 192.0.2.27 9007 closed # redirects
is 192.0.2.28 9008 closed # another protocol
[ ! -e "$T/followed" ] || fail "a redirect was followed"

# Without a named port the class's list finds the proxy.
looks 192.0.2.1
expect 192.0.2.1 3128 '.verdict == "open"'

# IPv6 target and canary. SOCKS 4 cannot name it; the others can.
LOOK="--canary 2001:db8:1::254 --port 80 --own 2001:db8:1::/64 --looks 100"
looks 2001:db8:1::1@{3128,1081,7000,7001,7003}
open 2001:db8:1::1 3128 http- 2001:db8:1::1
open 2001:db8:1::1 1081 socks5 2001:db8:1::1
is 2001:db8:1::1 7000 closed
is 2001:db8:1::1 7001 no-answer
is 2001:db8:1::1 7003 filtered
# Silence was asked once each time: the kernel's retransmission never left.
n=$(in_ line nft -j list counter inet doors silent | jq '.nftables[] | select(.counter) | .counter.packets')
[ "$n" = 2 ] || fail "the silent door saw $n packets of 2 looks"
[ $bad = 0 ] || fail "some looks came to something else"
