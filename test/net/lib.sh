# SPDX-License-Identifier: BSD-2-Clause
# Sourced by scenario tests (bash). Everything a test makes is named after it and gone when it ends:
# namespaces, processes, folders. A test says what it wants to become true, not when.
#
#   ns A B              network namespaces, lo up          link A 10.0.0.1/24 B 10.0.0.2/24   a veth pair
#   in_ A cmd...         run in a namespace                 bg A cmd...     the same in the background: $PID
#   want 'cmd' PATTERN  until cmd's output matches, 60 s   never 'cmd' PATTERN   must not match now
#   stop PID            TERM, then KILL, and wait          skip WHY        ends the test as skipped
#   $T                  a scratch folder                   $LYMPHD $LYMPH  the programs under test
#
# A node, in the namespace "node", with all it owns below $T:
#   node_conf <<EOF      $T/lymphd.conf: the usual lines, then these    node_conf >>... more of them
#   node_start VAR=...   lymphd with that environment: $WARDEN, $T/lymphd.log
#   node_serves [N]      until it takes reports and its judge was ready N times
#   node_kill            kill -9 of the warden; with it all its roles
#   role NAME            the role's pid       roles           all of them
#   report [JQ]          a good report with that change       uuid   one
#   counted_world PRIO   what the node sends from now on is counted: count own, count foreign
#   facts KIND           those of its journal, as they were encoded, in hexadecimal
#   db SQL               of its store         lymph ARGS...   the command, on its control socket
#
# A node that acts, and people:
#   conscience LINE...   root's file          people_conf     staff groups, for node_conf
#   as WHO cmd...        as desk, noc, admin, admin2, viewer, stranger, or any uid in any group
#   enforce              two people switch to enforce         refused WHO WHY cmd...   lymph says no
#   inject COUNT [FROM]  proven open proxies at 198.18.0.0 + FROM on: an order to filter each
#   withdraw, allow      ... taken back by the desk; and allowed to be given again
#   status .FILTER       of `lymph status --json`            control JSON   a command as it travels
#   kernel               "SET TARGET PROTO PORT" for each entry in force, sorted; so for each order
#   ordered              that should be, by lymph's word
set -u
[ "$(id -u)" = 0 ] || { echo "needs root for network namespaces" && exit 77; }
NAME=$(basename "$0" .sh)
TAG=$(printf '%s' "$NAME" | tr -dc 'a-z0-9' | cut -c1-6)$$
T=$(mktemp -d "/tmp/lymph-$NAME.XXXXXX")
chmod 755 "$T"
BIN=${LYMPH_BUILD:-$(cd "$(dirname "$0")/../.." && pwd)/build/check}
LYMPHD=$BIN/src/lymphd/lymphd
LYMPH=$BIN/src/lymph/lymph
SPACES= PIDS= LINKS=0
UID_BASE=${UID_BASE:-64100}
export LC_ALL=C.UTF-8

cleanup() {
	local s=$? p n
	trap - EXIT
	trap '' INT TERM HUP
	for p in $PIDS; do kill "$p" 2>/dev/null; done
	for p in $PIDS; do
		for _ in $(seq 50); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
		kill -9 "$p" 2>/dev/null
	done
	wait 2>/dev/null
	for n in $SPACES; do
		ip netns pids "lymph-$TAG-$n" 2>/dev/null | xargs -r kill -9 2>/dev/null
		ip netns del "lymph-$TAG-$n" 2>/dev/null
		rm -rf "/etc/netns/lymph-$TAG-$n"
	done
	# A sanitized build says what is undefined and goes on.
	[ $s = 0 ] && grep -h 'runtime error: ' "$T"/*.log 2>/dev/null && s=1
	[ $s = 0 ] || [ $s = 77 ] || { for f in "$T"/*.log; do [ -e "$f" ] && echo "== $f" && tail -30 "$f"; done; }
	[ -n "${KEEP:-}" ] || rm -rf "$T"
	exit $s
}
trap cleanup EXIT
trap 'exit 143' TERM INT HUP

fail() { echo "FAIL: $*" && exit 1; }
skip() { echo "skipped: $*" && exit 77; }
need() { for c; do command -v "$c" >/dev/null || skip "needs $c"; done; }

ns() {
	local n
	for n; do
		ip netns add "lymph-$TAG-$n" && SPACES="$SPACES $n"
		ip -n "lymph-$TAG-$n" link set lo up
		# A resolver nobody answers costs servers seconds; an empty one fails at once.
		mkdir -p "/etc/netns/lymph-$TAG-$n" && : >"/etc/netns/lymph-$TAG-$n/resolv.conf"
	done
}

addr() { # at once usable: IPv6 without duplicate detection
	case $2 in *:*) set -- "$@" nodad ;; esac
	ip -n "lymph-$TAG-$1" addr add "$2" dev "$3" ${4:-}
}

link() { # A addr[,addr...] B addr[,addr...]
	LINKS=$((LINKS + 1))
	local a=v${LINKS}a$$ b=v${LINKS}b$$ x
	ip link add "$a" netns "lymph-$TAG-$1" type veth peer name "$b" netns "lymph-$TAG-$3" || fail "no veth"
	for x in ${2//,/ }; do addr "$1" "$x" "$a"; done
	for x in ${4//,/ }; do addr "$3" "$x" "$b"; done
	ip -n "lymph-$TAG-$1" link set "$a" up && ip -n "lymph-$TAG-$3" link set "$b" up
}

route() { ip -n "lymph-$TAG-$1" route add "$2" via "$3"; }
router() { in_ "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1; }
in_() { local n=$1 && shift && ip netns exec "lymph-$TAG-$n" "$@"; }

bg() {
	local n=$1 && shift
	ip netns exec "lymph-$TAG-$n" "$@" >>"$T/${1##*/}.log" 2>&1 &
	PID=$! && PIDS="$PIDS $PID"
}
stop() {
	kill "$1" 2>/dev/null
	for _ in $(seq 100); do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
	kill -9 "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	true
}
want() {
	local until=$((SECONDS + 60)) out
	while :; do
		out=$(eval "$1" 2>&1)
		printf '%s' "$out" | grep -qE -- "$2" && return 0
		[ $SECONDS -lt $until ] || fail "waited 60 s for '$2' from: $1; last said: $out"
		sleep 0.1
	done
}
never() {
	local out
	out=$(eval "$1" 2>&1)
	! printf '%s' "$out" | grep -qE -- "$2" || fail "'$2' came from: $1: $out"
}

node_conf() {
	{
		cat <<-EOF
			name = "${NODE_NAME:-node.example}"
			state = "$T/state"
			run = "$T/run"
			warden-state = "$T/warden"
			conscience = "$T/conscience"
			listen = "${LISTEN:-127.0.0.1:8411}"
			uid-base = $UID_BASE
		EOF
		cat
	} >"$T/lymphd.conf"
}
node_start() {
	ip netns exec "lymph-$TAG-node" env "$@" "${NODE:-$LYMPHD}" -c "$T/lymphd.conf" >>"$T/lymphd.log" 2>&1 &
	WARDEN=$! && PIDS="$PIDS $WARDEN"
}
node_serves() {
	want "grep -c 'judge is ready' $T/lymphd.log" "^${1:-[0-9]+}\$"
	[ -n "${LISTEN:-}" ] || want "in_ node bash -c 'exec 3<>/dev/tcp/127.0.0.1/8411 && echo open'" '^open$'
}
node_kill() {
	local p left
	left=$(roles)
	kill -9 "$WARDEN"
	wait "$WARDEN" 2>/dev/null
	for p in $left; do want "kill -0 $p" 'No such process'; done
}
roles() { pgrep -P "$WARDEN" -f -- "--role "; }
role() { pgrep -P "$WARDEN" -f -- "--role $1( |\$)"; }
facts() { "$BIN/test/net/journal_dump" "$T/state" "$1"; }
db() { sqlite3 -readonly -cmd '.timeout 20000' "$T/state/lymph.db" "$1"; }
lymph() { in_ node "$LYMPH" "$@" --socket "$T/run/control.sock"; }

uuid() { cat /proc/sys/kernel/random/uuid; }
report() {
	jq -n --arg id "$(uuid)" --arg now "$(date -u +%FT%TZ)" --arg log "$(printf '192.0.2.1 CONNECT a:443' | base64 -w0)" '
	{ org: "Example", contact: "abuse@example.org", domain: "example.org" } as $p |
	{ xarf_version: "4.2.0", report_id: $id, timestamp: $now, reporter: $p, sender: $p,
	  source_identifier: "192.0.2.1", category: "vulnerability", type: "open_service",
	  service: "open-proxy", service_port: 3128,
	  evidence: [ { content_type: "text/plain", payload: $log } ] } | '"${1:-.}"
}

# PRIORITY of the hook (in front of the fence: -350) [RULES [COUNTER...]]. Behind the node there is a world
# with a route to everywhere, where all own addresses live with their doors closed, so that looks end at once.
counted_world() {
	ns node world
	link node 192.0.2.254/24,192.0.2.253/24,2001:db8:fe::254/64,2001:db8:fe::253/64 \
		world 192.0.2.1/24,2001:db8:fe::1/64
	route node default 192.0.2.1
	route node default 2001:db8:fe::1
	in_ world ip route add local 198.18.0.0/15 dev lo
	in_ world ip -6 route add local 2001:db8:1::/48 dev lo
	in_ node nft -f - <<-EOT || fail "cannot count packets"
		table inet count {
			$(printf 'counter %s { }\n' foreign own "${@:3}")
			chain out {
				type filter hook output priority $1;
				oifname "lo" accept
				icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report, mld-listener-report } accept
				${2:-}
				ip daddr 198.18.0.0/15 counter name own accept
				ip6 daddr 2001:db8:1::/48 counter name own accept
				counter name foreign
			}
		}
	EOT
}
count() { in_ node nft -j list counter inet count "$1" | jq '.nftables[] | select(.counter) | .counter.packets'; }

conscience() {
	printf '%s\n' "$@" >"$T/conscience"
	chmod 644 "$T/conscience"
}
# Staff by group number: no user database is touched.
people_conf() {
	cat <<-EOF
		staff { viewer = "64911" desk = "64912" noc = "64913" admin = "64914" privacy = "64915" }
	EOF
}
as() {
	local uid gid=64920 more
	case $1 in
	viewer) uid=64921 more=64911 ;;
	desk) uid=64922 more=64912 ;;
	noc) uid=64923 more=64913 ;;
	admin) uid=64924 more=64914 ;;
	admin2) uid=64925 more=64914 ;;
	privacy) uid=64926 more=64915 ;;
	stranger) uid=65534 gid=65534 more=65534 ;;
	*) fail "who is $1?" ;;
	esac
	shift
	# The build may stand where only root may look.
	[ -e "$T/lymph" ] || cp "$LYMPH" "$T/lymph"
	[ "$1" != lymph ] || set -- "$T/lymph" "${@:2}" --socket "$T/run/control.sock"
	setpriv --reuid "$uid" --regid "$gid" --groups "$more" "$@"
}
enforce() {
	local asked
	asked=$(as admin lymph mode enforce --reason "a test") || fail "mode enforce: $asked"
	asked=$(grep -o '\bm[0-9]*\b' <<<"$asked" | head -1)
	as admin2 lymph approve "$asked" >"$T/approved" 2>&1 || fail "approve $asked: $(cat "$T/approved")"
	want "lymph status --json | jq -r .mode.mode" '^enforce$'
}
refused() {
	local who=$1 why=$2
	shift 2
	as "$who" lymph "$@" >"$T/refused" 2>&1 && fail "$who may: lymph $*"
	grep -qE -- "$why" "$T/refused" || fail "$who, lymph $*: $(cat "$T/refused")"
}
# The hand's sets as nft reads them back, without the marks that no packet meets.
kernel() {
	in_ node nft -j -p list table inet lymph 2>/dev/null | jq -r '.nftables[].set | select(.) |
		select(.name | test("^(in|out|quar|wide|victim)[46]$")) | .name as $set | (.elem // [])[] |
		(.elem.val? // .) | (.concat? // [., 0, 0]) |
		(.[0] | if type == "object" then "\(.prefix.addr)/\(.prefix.len)" else . end) as $who |
		select($who != "0.0.0.0" and $who != "::") | "\($set) \($who) \(.[1]) \(.[2])"' | LC_ALL=C sort
}
ordered() {
	local from=0
	while [ "$from" != null ]; do
		lymph orders --json --from "$from" --limit 1000 >"$T/orders.json" || return 1
		jq -r '.orders[] | select(.state == "in force") | (.target | split("/")) as [$a, $len] |
			(if $a | test(":") then "6" else "4" end) as $v |
			(if $len == "32" and $v == "4" or $len == "128" then $a else .target end) as $who |
			if .rung == "quarantine" then
				(if $who == $a then "quar" else "wide" end) + "\($v) \($who) 0 0"
			elif .rung == "filter" then
				(if .direction == "towards" then "in" else "out" end) + "\($v) \($who) \(.proto) \(.port)"
			else empty end' "$T/orders.json"
		from=$(jq .next "$T/orders.json")
	done | LC_ALL=C sort
}
# The judge may be on its way back: asked until it answers.
control() {
	in_ node timeout 300 python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
said = b""
while not said.endswith(b"\n"):
    more = s.recv(65536)
    if not more: break
    said += more
sys.stdout.write(said.decode())
sys.exit(not said or b"\"error\"" in said)' "$T/run/control.sock" "$1"
}
injected() { # mode, count, from
	control '{"cmd":"inject","args":{"prefix":"198.18.0.0/15","mode":"'"$1"'","count":'"$2"',"from":'"${3:-0}"'}}'
}
inject() { injected verify "$@"; }
withdraw() { injected drop "$@"; }
allow() { injected allow "$@"; }
status() { lymph status --json | jq -r "$1"; }
