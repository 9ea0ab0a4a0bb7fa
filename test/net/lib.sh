# SPDX-License-Identifier: BSD-2-Clause
# Sourced by scenario tests (bash). Everything a test makes is named after it and gone when it ends:
# namespaces, processes, folders. A test says what it wants to become true, not when.
#
#   ns A B              network namespaces, lo up          link A 10.0.0.1/24 B 10.0.0.2/24   a veth pair
#   in_ A cmd...         run in a namespace                 bg A cmd...     the same in the background: $PID
#   want 'cmd' PATTERN  until cmd's output matches, 60 s   never 'cmd' PATTERN   must not match now
#   stop PID            TERM, then KILL, and wait          skip WHY        ends the test as skipped
#   $T                  a scratch folder                   $LYMPHD $LYMPH  the programs under test
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
