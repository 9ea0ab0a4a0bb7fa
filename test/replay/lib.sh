# What the tests of `lymph replay` share. Arguments of each: lymph. Real captures and logs are read where
# LYMPH_DATA says and nowhere else; without them a test says so and is skipped.
lymph=$1 bad=0
data=${LYMPH_DATA:-}/telemetry
command -v jq >/dev/null || { echo "no jq here"; exit 77; }
t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT
mkdir "$t/said"
need_data() {
	[ -d "$data" ] && return
	echo "no real data: LYMPH_DATA does not name a folder with telemetry/"
	exit 77
}
say() { echo "$*" && bad=1; }
# Each finding that may support an order, as "detector subject": name of the case, arguments of replay.
acting() {
	local name=$1
	shift
	"$lymph" replay --json "$@" >"$t/said/$name.json" 2>"$t/said/$name.err" || { say "$name: lymph replay $* failed" && cat "$t/said/$name.err"; }
	jq -r '.findings[] | select(.acts and .samples >= 8) | "\(.detector) \(.subject // "-")"' "$t/said/$name.json" | sort -u
}
# name, what acting() must print (a line each, "" for nothing), arguments.
expect() {
	local name=$1 want=$2 got
	shift 2
	got=$(acting "$name" "$@")
	[ "$got" = "$want" ] && return
	say "$name: found"
	sed 's/^/    /' <<<"${got:-nothing}"
	echo "  not"
	sed 's/^/    /' <<<"${want:-nothing}"
	jq -r '.findings[] | "  \(.subject) \(.detector): \(.text)"' "$t/said/$name.json" | tail -5
}
# name: no case of the last run stands above log.
nobody_above_log() {
	local high
	high=$(jq -r '.cases[] | select(.rung != "log") | "\(.subject) \(.class) \(.rung) \(.score)"' "$t/said/$1.json")
	[ -z "$high" ] || say "$1: above log: $high"
}
done_with() { exit "$bad"; }
