# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the client's tests: a scratch home with a report.conf, a fixed clock, zone and id.
set -u
LYMPH=${LYMPH_BUILD:?}/src/lymph/lymph
FAKE=$LYMPH_BUILD/test/report/fake_server
HERE=$(cd "$(dirname "$0")" && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/lymph-report.XXXXXX")
export HOME=$T/home TZ=UTC LC_ALL=C.UTF-8 LYMPH_TEST_NOW=1795312800000 # 2026-11-22T02:00:00Z
unset XDG_CONFIG_HOME XDG_STATE_HOME LYMPH_TEST_ID LYMPH_TEST_STOP http_proxy https_proxy ALL_PROXY
mkdir -p "$HOME/.config/lymph"
CONF=$HOME/.config/lymph/report.conf
Q=$HOME/.local/state/lymph/queue
printf 'org = "Shop Example"\ncontact = "abuse@shop.example"\ndomain = "shop.example"\n' >"$CONF"
SERVER=

end() {
	local s=$?
	trap - EXIT
	[ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null
	[ -n "${KEEP:-}" ] || rm -rf "$T"
	exit $s
}
trap end EXIT
fail() { echo "FAIL: $*"; for f in out err; do [ -s "$T/$f" ] && echo "-- $f" && head -30 "$T/$f"; done; exit 1; }
has() { grep -qF -- "$2" "$1" || fail "no '$2' in ${1##*/} ($3)"; }
hasnt() { ! grep -qF -- "$2" "$1" || fail "'$2' in ${1##*/} ($3)"; }
is() { [ "$1" = "$2" ] || fail "$3: $1, not $2"; }
count() { find "$1" -maxdepth 1 -name "${2:-*.report}" 2>/dev/null | wc -l; }
# lymph report with arguments, log on stdin: $RC, $T/out, $T/err
report() { "$LYMPH" report "$@" >"$T/out" 2>"$T/err"; RC=$?; }
serve() { # starts the fake server; answer is set by answer()
	mkdir -p "$T/srv"
	"$FAKE" "$T/sock" "$T/srv" 7<&- & # fd 7: a lock a test may hold
	SERVER=$!
	for _ in $(seq 600); do [ -S "$T/sock" ] && return; sleep 0.1; done
	fail "the fake server does not listen"
}
unserve() { kill "$SERVER" && wait "$SERVER" 2>/dev/null; SERVER=; rm -f "$T/sock"; }
answer() { # status line, extra headers, body
	printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n%b\r\n%b' "$1" "$2" "$3" >"$T/srv/answer"
}
ACCEPT='{"id":"@ID@","reference":"L-000007","status":"received"}'
log() { # N lines that accuse 192.0.2.1
	for i in $(seq "$1"); do
		printf '192.0.2.1 - - [22/Nov/2026:01:45:%02d +0000] "GET /%d HTTP/1.1" 200 6 "-" "x"\n' $((i % 60)) "$i"
	done
}
