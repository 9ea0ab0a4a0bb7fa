#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Who outside may read of cases: a token shows what its scope covers and nothing else, whoever asks how; page by
# page, nothing twice and nothing left out; what is not the house's names nobody. Taken away it is void, at once.
# A token is nowhere on the disk, and what staff did with it stands in the audit.
. "$(dirname "$0")/lib.sh"
need curl jq ssh-keygen
ns node
node_conf <<-EOF2
	$(people_conf)
	prefix "192.0.2.0/24" { kind = "residential" party = "Example Access" }
	prefix "192.0.2.1/32" { kind = "residential" line = "L-77" }
	prefix "198.51.100.0/24" { kind = "own-desk" }
	prefix "2001:db8::/32" { kind = "business" }
EOF2
node_start
node_serves 1
URL=http://127.0.0.1:8411
uuid() { cat /proc/sys/kernel/random/uuid; }
SECRET_LOG="victim.secret-reporter.example sshd: from"
report() { # address, service -> a signed report is there
	local id now
	id=$(uuid) now=$(date -u +%FT%TZ)
	jq -n --arg id "$id" --arg now "$now" --arg a "$1" --arg log "$(echo "$SECRET_LOG $1" | base64 -w0)" '
	{ org: "Secret Reporter", contact: "abuse@secret-reporter.example", domain: "secret-reporter.example" } as $p |
	{ xarf_version: "4.2.0", report_id: $id, timestamp: $now, reporter: $p, sender: $p,
	  source_identifier: $a, category: "vulnerability", type: "open_service", service: "open-proxy",
	  service_port: 3128, description: "said secret-reporter.example", lymph: { reply_to: "abuse@secret-reporter.example" },
	  evidence: [ { content_type: "text/plain", description: "of secret-reporter.example", payload: $log } ] }' >"$T/r"
	rm -f "$T/r.sig"
	ssh-keygen -q -Y sign -n lymph-report -f "$T/key" "$T/r" 2>/dev/null
	in_ node curl -s -m 60 -o "$T/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
		-H "Lymph-Signature: $(grep -v -- ----- "$T/r.sig" | tr -d '\n')" --data-binary "@$T/r" $URL/v1/reports >"$T/code"
	[ "$(cat "$T/code")" = 202 ] || fail "report about $1: $(cat "$T/code" "$T/answer")"
}
get() { # token, path, curl arguments -> status; page in $T/page, its head in $T/head
	local t=$1 p=$2 && shift 2
	in_ node curl -s -m 60 -o "$T/page" -D "$T/head" -w '%{http_code}' -H "Authorization: Bearer $t" "$@" "$URL$p"
}
is() { [ "$1" = "$2" ] || fail "$3: \"$1\", not \"$2\": $(head -c 2000 "$T/page")"; }
token() { # NAME WORD... -> the token
	local n=$1 w args=() && shift
	for w; do args+=(--scope "$w"); done
	as admin lymph token add "$n" "${args[@]}" --json >"$T/made" || fail "no token $n"
	jq -r .secret "$T/made"
}

ssh-keygen -q -t ed25519 -N '' -C me -f "$T/key"
for i in 1 2 3; do report 192.0.2.$i; done
report 198.51.100.9
report 2001:db8:1::7
want "lymph cases --json | jq '.cases | length'" '^5$'

# Scopes: who may make one, and of what.
as desk lymph token add x --scope all 2>/dev/null && fail "the desk makes tokens"
as admin lymph token add x --scope 203.0.113.0/24 2>"$T/err" && fail "a token for a network that is not ours"
grep -q 'not within the networks served' "$T/err" || fail "no reason: $(cat "$T/err")"
as admin lymph token add x --scope 192.0.0.0/8 2>/dev/null && fail "a token wider than what is ours"
as admin lymph token add x --scope open-proxy 2>/dev/null && fail "a token without an address"
as admin lymph token add x --scope everything 2>/dev/null && fail "a word nobody knows"
all=$(token all all)
[[ $all =~ ^[A-Za-z0-9_-]{43}$ ]] || fail "no token: $all"
as admin lymph token add all --scope all 2>/dev/null && fail "a name twice"
cust=$(token customer 198.51.100.0/24)
bots=$(token bots all bot)
noc=$(token noc all inside reports evidence)
owner=$(token owner 192.0.2.0/24 reports)

# What each sees.
is "$(get "$all" /v1/cases)" 200 "all"
is "$(jq -c '[.server, (.cases | length), .next]' "$T/page")" '["node.example",5,null]' "all of them"
get "$cust" /v1/cases >/dev/null
is "$(jq -c '[.cases[].address]' "$T/page")" '["198.51.100.9"]' "the customer's own"
get "$bots" /v1/cases >/dev/null
is "$(jq -c .cases "$T/page")" '[]' "a class without cases"
mine=$(lymph cases --json | jq -r '.cases[] | select(.address == "198.51.100.9").case')
other=$(lymph cases --json | jq -r '.cases[] | select(.address == "192.0.2.1").case')
is "$(get "$cust" /v1/cases/"$mine")" 200 "one case"
is "$(get "$cust" /v1/cases/"$other")" 404 "another's case"
cp "$T/page" "$T/others"
is "$(get "$cust" /v1/cases/99999)" 404 "no case"
cmp -s "$T/page" "$T/others" || fail "another's case is told from none"
get "$cust" "/v1/cases?address=192.0.2.1" >/dev/null
is "$(jq -c .cases "$T/page")" '[]' "asked by address"

# Names: only inside.
get "$all" /v1/cases >/dev/null
grep -qiE 'secret-reporter|SHA256:|L-77|Example Access|assignee' "$T/page" && fail "a name leaks: $(cat "$T/page")"
get "$noc" /v1/cases >/dev/null
is "$(jq -r '.cases[] | select(.address == "192.0.2.1") | .line + " " + .by[0].sender' "$T/page")" "L-77 secret-reporter.example" "the house's own"

# Reports: by scope; who made them never, evidence where it is in the scope.
is "$(get "$cust" /v1/reports)" 403 "no reports in its scope"
is "$(get "$owner" /v1/reports)" 200 "reports"
is "$(jq -c '[.reports[].address]' "$T/page")" '["192.0.2.1","192.0.2.2","192.0.2.3"]' "in order"
is "$(jq -r '.reports[0].report | .source_identifier + " " + .reporter.org' "$T/page")" "192.0.2.1 node.example" "ours"
grep -qi 'secret-reporter' "$T/page" && fail "a reporter's name leaks: $(cat "$T/page")"
jq -e '.reports[0].report.evidence' "$T/page" >/dev/null && fail "evidence that is not in the scope"
get "$noc" /v1/reports >/dev/null
jq -e '.reports[0].report.evidence' "$T/page" >/dev/null && fail "a stranger's document was opened"
lymph reporter add "$T/key.pub" --name partner --network >/dev/null || fail "not ranked"
get "$noc" /v1/reports >/dev/null
is "$(jq -r '.reports[0].report.evidence[0].payload | @base64d' "$T/page" | head -1)" "$SECRET_LOG 192.0.2.1" "evidence"
get "$owner" "/v1/reports?case=$mine" >/dev/null
is "$(jq -c .reports "$T/page")" '[]' "reports of another's case"

# Page by page.
seen=() from=0
while [ "$from" != null ]; do
	is "$(get "$all" "/v1/cases?limit=2&from=$from")" 200 "page from $from"
	seen+=($(jq -r '.cases[].case' "$T/page"))
	from=$(jq .next "$T/page")
done
is "${#seen[@]} $(printf '%s\n' "${seen[@]}" | sort -u | wc -l)" "5 5" "all pages"
is "$(get "$all" "/v1/cases?since=2999-01-01T00:00:00Z" && jq -c .cases "$T/page")" "200[]" "nothing changed since"
is "$(get "$all" "/v1/cases?state=closed" && jq -c .cases "$T/page")" "200[]" "none closed"
for q in limit=0 limit=501 limit=x from=-1 since=yesterday state=any class=bots address=x address=%1b%5b2J case=1; do
	is "$(get "$all" "/v1/cases?$q")" 400 "$q"
done
is "$(get "$all" /v1/cases)" 200 "again"
tag=$(tr -d '\r' <"$T/head" | sed -n 's/^ETag: //p')
is "$(get "$all" /v1/cases -H "If-None-Match: $tag")" 304 "not changed"
report 192.0.2.4
want "get $all /v1/cases -H 'If-None-Match: $tag'" '^200$'

# No token, a wrong one, a wrong method.
is "$(in_ node curl -s -o "$T/page" -D "$T/head" -w '%{http_code}' $URL/v1/cases)" 401 "no token"
grep -qi '^WWW-Authenticate: Bearer' "$T/head" || fail "401 without a challenge"
is "$(get "${all%?}_" /v1/cases)" 401 "a wrong token"
is "$(get "$(head -c 32 /dev/zero | base64 -w0 | tr -d =)" /v1/cases)" 401 "zeros"
is "$(get "$all" /v1/cases -X POST)" 405 "POST"

# Nowhere on the disk, known to the list, in the audit; gone when it is taken away, also after a kill.
for t in "$all" "$noc"; do
	raw=$(tr '_-' '/+' <<<"$t=" | base64 -d | head -c 16 | od -An -tx1 | tr -d ' \n')
	for f in "$T"/state/* "$T"/warden/*; do
		[ -f "$f" ] || continue
		grep -aqF -e "$t" "$f" && fail "the token is in $f"
		od -An -v -tx1 "$f" | tr -d ' \n' | grep -q "$raw" && fail "the token's bytes are in $f"
	done
done
is "$(lymph token list --json | jq -r '[.grants[].name] | join(" ")')" "all customer bots noc owner" "the list"
lymph token list >"$T/list" || fail "no list"
grep -q "198.51.100.0/24" "$T/list" || fail "no scope in the list: $(cat "$T/list")"
as admin lymph token revoke customer >/dev/null || fail "no revoke"
is "$(get "$cust" /v1/cases)" 401 "a token taken away"
want "as admin lymph audit export --json 2>/dev/null || lymph audit export" 'token-revoke'
want "lymph audit export" 'token-add token .*all'
kill -9 "$(role judge)"
node_serves 2
want "get $all /v1/cases" '^200$'
is "$(get "$cust" /v1/cases)" 401 "a token taken away, after a kill"

# Too many questions with one token have to wait; others do not.
in_ node curl -s -D "$T/heads" -o /dev/null -H "Authorization: Bearer $all" "$URL/v1/cases?from=[1-80]"
grep -q '^HTTP/1.1 429' "$T/heads" || fail "no limit: $(grep ^HTTP "$T/heads" | sort | uniq -c)"
grep -qi '^Retry-After: [1-9]' "$T/heads" || fail "429 without a time"
is "$(get "$owner" /v1/cases)" 200 "another's token"

# A subscription read by token: its own prefix, without inside.
as admin lymph subscribe add desk --prefix 198.51.100.0/24 --token --json >"$T/made" || fail "no subscription"
sub=$(jq -r .secret "$T/made")
is "$(get "$sub" /v1/reports)" 200 "a subscriber's reports"
is "$(jq -c '[.reports[].address]' "$T/page")" '["198.51.100.9"]' "of his space alone"
as admin lymph subscribe add wide --prefix 203.0.113.0/24 --token 2>/dev/null && fail "a subscription to others' space"
as admin lymph subscribe add none --prefix 192.0.2.0/24 2>/dev/null && fail "a subscription to nowhere"
as admin lymph subscribe remove desk >/dev/null || fail "no end of it"
is "$(get "$sub" /v1/reports)" 401 "a subscription that ended"

# A subscription by mail: what came before is not sent, what comes is laid up for him once, without who made it,
# also after the judge was killed; what comes back under the same id is not.
as admin lymph subscribe add mailer --prefix 198.51.100.0/24 --mail desk@customer.example >"$T/said" ||
	fail "no subscription by mail: $(cat "$T/said")"
as admin lymph subscribe add odd --prefix 198.51.100.0/24 --mail 'a@b.example, c@d.example' 2>/dev/null &&
	fail "two addresses in one"
laid() { lymph outgoing --json | jq -c '[.outgoing[] | select(.to == "desk@customer.example")] | length'; }
report 198.51.100.20
want laid '^1$'
report 192.0.2.9
kill -9 "$(role judge)"
node_serves 3
report 198.51.100.21
want laid '^2$'
lymph outgoing --json >"$T/outgoing"
grep -qi secret-reporter "$T/outgoing" && fail "a reporter's name leaves: $(cat "$T/outgoing")"
jq -e '.outgoing[] | select(.to == "desk@customer.example")' "$T/outgoing" | grep -q '198.51.100.2[01]' || fail "not about it"
is "$(lymph subscribe list --json | jq -c '[.grants[] | [.name, .mail]]')" '[["mailer","desk@customer.example"]]' "the list"
lymph subscribe list >"$T/list" && grep -q desk@customer.example "$T/list" || fail "no list: $(cat "$T/list")"
want "lymph audit export" 'subscribe subscription .*mailer'
