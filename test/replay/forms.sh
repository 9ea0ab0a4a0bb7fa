#!/bin/bash
# One synthetic scanner and one honest neighbour in every form old data comes in: each form finds the one
# and not the other. And what is broken is told with file, line and rule. Needs no real data.
. "$(dirname "$0")/lib.sh"
python3 "$(dirname "$0")/make_scan.py" "$t" || exit 1
own="--own 192.168.7.0/24 --sampling 1"
who() { # name, kind, arguments of replay
	local name=$1 kind=$2
	shift 2
	acting "$name" $own "$@" | sed 's/.* //' | sort -u >"$t/got"
	[ "$(cat "$t/got")" = 192.168.7.16 ] || say "$name: found $(tr '\n' ' ' <"$t/got"), not 192.168.7.16"
	jq -e --arg k "$kind" '.files[0] | .kind == $k and .refused == 0 and .whole and .flows == 90' "$t/said/$name.json" >/dev/null ||
		say "$name: $(jq -c '.files[0]' "$t/said/$name.json"), not 90 flows of $kind"
}
who pcap capture "$t/scan.pcap"
who zeek "Zeek conn.log" "$t/conn.log"
who zeek-json "Zeek conn.log, JSON" "$t/conn.json"
who eve "Suricata EVE" "$t/eve.json"
who argus "Argus CSV" "$t/argus.binetflow"
who nfdump "nfdump CSV" "$t/nfdump.csv"
who exports "capture of exports" "$t/exports.pcap"
who ipfix "IPFIX file" "$t/flows.ipfix"
for f in scan.pcap conn.log; do
	gzip -k "$t/$f"
	who "$f.gz" "$([ $f = conn.log ] && echo Zeek conn.log || echo capture)" "$t/$f.gz"
done
who stdin "Zeek conn.log" - <"$t/conn.log"
who stdin-gz capture - <"$t/scan.pcap.gz"
# What nfdump of this machine makes of the capture.
if command -v nfpcapd >/dev/null && command -v nfdump >/dev/null; then
	mkdir "$t/nf" && (cd "$t/nf" && timeout 60 nfpcapd -r "$t/scan.pcap" -w "$t/nf" -t 3600 >/dev/null 2>&1)
	nfdump -R "$t/nf" -o csv >"$t/real.csv" 2>/dev/null
	if [ "$(wc -l <"$t/real.csv")" -gt 50 ]; then
		acting real-nfdump $own "$t/real.csv" | grep -q '^scan 192\.168\.7\.16$' || say "nfdump -o csv of this machine: no scan"
		jq -e '.files[0].refused == 0' "$t/said/real-nfdump.json" >/dev/null || say "nfdump -o csv: $(cat "$t/said/real-nfdump.err")"
	else
		echo "nfpcapd made nothing of the capture: not compared"
	fi
fi
# A configuration says who exports, and how far sources behind its interfaces are believed.
cat >"$t/conf" <<-'C'
	name = "lymph.example.net"
	prefix "192.168.7.0/24" { kind = "residential" }
	telemetry { listen = {"192.0.2.5:2055"} }
	exporter "192.0.2.1" { name = "edge1" sampling = 1 }
	interface "edge1/1" { side = "customer" sav = "strict" prefixes = {"192.168.7.0/24"} }
	interface "edge1/2" { side = "border" }
C
"$lymph" replay --json --conf "$t/conf" "$t/exports.pcap" >"$t/said/conf.json" || say "a configuration is not taken"
jq -e '.cases | length == 1 and .[0].address == "192.168.7.16" and .[0].score > 0.8 and .[0].rung == "ticket"' \
	"$t/said/conf.json" >/dev/null || say "exports of a known exporter: $(jq -c .cases "$t/said/conf.json")"
"$lymph" replay --json --conf "$t/conf" "$t/scan.pcap" >"$t/said/conf.json"
jq -e '.cases | length == 1 and .[0].rung == "log"' "$t/said/conf.json" >/dev/null ||
	say "a capture is believed as much as an interface: $(jq -c .cases "$t/said/conf.json")"
sed 's/192\.0\.2\.1"/192.0.2.9"/' "$t/conf" >"$t/other"
"$lymph" replay --conf "$t/other" "$t/exports.pcap" 2>&1 | grep -q 'exports.pcap:packet 1: from no exporter of the configuration' ||
	say "a stranger's exports are taken"
# Flows of all forms are the same flows.
flows() { "$lymph" replay --flows "$1" | jq -r '[.src,.sport,.dst,.dport,.flags,.packets] | join(" ")' | sort; }
flows "$t/conn.log" >"$t/a"
for f in conn.json argus.binetflow exports.pcap flows.ipfix scan.pcap; do
	flows "$t/$f" | sed 's/ [A-Z]* / /' >"$t/b"
	sed 's/ [A-Z]* / /' "$t/a" | cmp -s - "$t/b" || { say "$f: other flows than conn.log:" && sed 's/ [A-Z]* / /' "$t/a" | diff - "$t/b" | head -4; }
done

# What is wrong is told where it stands, and costs only itself.
refuses() { # name, pattern of stderr, status, arguments
	local name=$1 pattern=$2 status=$3 out
	shift 3
	out=$("$lymph" replay $own "$@" 2>&1 >"$t/out")
	[ $? = "$status" ] || say "$name: not status $status"
	grep -qE -- "$pattern" <<<"$out" || say "$name: no \"$pattern\" in: $out"
}
sed '20s/192\.168/192.568/' "$t/conn.log" >"$t/broken.log"
refuses line "broken\.log:20: the source is no IPv4 or IPv6 address" 0 "$t/broken.log"
grep -q 192.168.7.16 "$t/out" || say "one broken line cost the rest"
{ head -c 100000 /dev/zero | tr '\0' x && echo; } | cat "$t/conn.log" - >"$t/long.log"
refuses long "long\.log:68: the line is longer than 65535 bytes" 0 "$t/long.log"
head -c 3000 "$t/scan.pcap" >"$t/cut.pcap"
refuses cut "cut\.pcap:packet [0-9]+: .*what came before was read" 1 "$t/cut.pcap"
head -c 700 "$t/conn.log.gz" >"$t/cut.gz"
refuses cut-gz "cut\.gz: gzip: the file is cut off" 1 "$t/cut.gz"
head -c 1500 "$t/flows.ipfix" >"$t/cut.ipfix"
refuses cut-ipfix "cut\.ipfix:message [0-9]+: RFC 7011 3\.1" 0 "$t/cut.ipfix"
echo hello >"$t/none"
refuses none "none: no capture, no IPFIX file, and no flow log" 1 "$t/none"
: >"$t/empty"
refuses empty "empty: empty" 1 "$t/empty"
refuses absent "absent: No such file" 1 "$t/absent"
refuses name $'x\\\\x1b\\[31m: No such file' 1 $'x\e[31m'
refuses own "no prefix such as" 2 --own 192.168.7 "$t/conn.log"
refuses sav "strict, loose or none" 2 --sav maybe "$t/conn.log"
done_with
