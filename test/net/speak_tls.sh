#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Mails out by TLS, where the configuration demands it: nothing but EHLO and STARTTLS is said to a relay that offers
# none, or whose certificate is another authority's, for another name, or believed by nobody; why is in `lymph
# outgoing`. To the right one the same mail goes, and what it says of recipients is heard through TLS as well.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/postfix.sh"
need jq curl openssl
ns node
authority() { # NAME: $T/NAME.pem
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$T/$1.key" -out "$T/$1.pem" 2>/dev/null ||
		fail "no authority"
}
certificate() { # AUTHORITY NAME: $T/AUTHORITY.NAME.pem
	local c=$T/$1.$2
	openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -addext "subjectAltName=DNS:$2" -keyout "$c.key" -out "$c.csr" \
		2>/dev/null && openssl x509 -req -in "$c.csr" -CA "$T/$1.pem" -CAkey "$T/$1.key" -CAcreateserial -days 2 \
		-copy_extensions copy -out "$c.pem" 2>/dev/null || fail "no certificate for $2"
}
authority ours
authority theirs
certificate ours relay.x.example
certificate ours other.x.example
certificate theirs relay.x.example
postfix_starts "noc@isp.example noc"
relay() { # CERTIFICATE, below $T: what the relay shows from now on; none: it offers no TLS
	: >"$PF/more.cf"
	[ -z "${1:-}" ] || cat >"$PF/more.cf" <<-EOT
		smtpd_tls_security_level = may
		smtpd_tls_cert_file = $T/$1.pem
		smtpd_tls_key_file = $T/$1.key
		smtpd_tls_received_header = yes
	EOT
	postfix_again || fail "postfix does not take it"
	if [ -n "${1:-}" ]; then
		want shown "$(openssl x509 -noout -serial -in "$T/$1.pem")"
	else
		want shown 'no STARTTLS'
	fi
}
shown() {
	local c
	c=$(in_ node openssl s_client -starttls smtp -connect 127.0.0.1:25 </dev/null 2>/dev/null)
	[[ $c = *BEGIN* ]] && openssl x509 -noout -serial <<<"$c" || echo "no STARTTLS"
}
believing() { # AUTHORITY: the node, from now on
	[ -z "${WARDEN:-}" ] || stop "$WARDEN"
	node_conf <<-EOT
		prefix "192.0.2.0/24" { kind = "residential" }
		outgoing = "on"
		mail {
			relay = "127.0.0.1:25" tls-name = "relay.x.example" certificates = "$T/$1.pem"
			from = "abuse@x.example" per-recipient = 1000 per-domain = 1000
		}
	EOT
	rm -f "$T/lymphd.log"
	node_start LYMPH_SPEAK_MS=300
	node_serves 1
}
tries() { outgoing '.tries'; }
held() { # WHY: it is tried, and tried again, and nobody hears of it
	local n
	want "outgoing '.state + \" \" + .said'" "^waiting $1"
	n=$(tries)
	want "[ \$(tries) -ge $((n + 2)) ] && echo again" again
	want "outgoing '.state + \" \" + .said'" "^waiting $1"
	[ "$(mails noc)" = 0 ] || fail "sent, though: $1"
	never "cat $T/postfix.log" ' mail=[0-9]' # of the commands each connection brought
}

# No TLS to be had; and what was said of it, in words.
relay
believing ours
lymph subscribe add noc --prefix 192.0.2.0/24 --mail noc@isp.example >/dev/null || fail "no subscription"
report >"$T/r"
[ "$(in_ node curl -s -o "$T/answer" -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$T/r" \
	http://127.0.0.1:8411/v1/reports)" = 202 ] || fail "not taken: $(cat "$T/answer")"
held '.*SSL'
want "cat $T/postfix.log" ' ehlo=1 '
lymph outgoing 1 >"$T/one" || fail "not to be seen"
grep -q 'last heard .*SSL' "$T/one" || fail "it does not say why: $(cat "$T/one")"

# Another's certificate, another name, nobody to believe.
relay theirs.relay.x.example
held '.*certificate'
relay ours.other.x.example
held '.*certificate'
believing none
relay ours.relay.x.example
held '.*certificate'
want "cat $T/lymphd.log" 'none.pem: cannot be read'

# The right one.
believing ours
want "outgoing .state" '^sent$'
want "mails noc" '^1$'
grep -q 'using TLSv1\.[23] with cipher' "$BOX"/noc/new/* || fail "not by TLS: $(head -20 "$BOX"/noc/new/*)"
want "cat $T/postfix.log" ' ehlo=2 starttls=1 mail=1 rcpt=1 '
lymph subscribe add gone --prefix 192.0.2.0/24 --mail gone@isp.example >/dev/null || fail "no subscription"
report '.source_identifier = "192.0.2.2"' >"$T/r"
in_ node curl -s -o "$T/answer" -H 'Content-Type: application/json' --data-binary "@$T/r" http://127.0.0.1:8411/v1/reports
want "lymph outgoing --dead --json | jq -r '.dead[] | .address + \" \" + .said'" '^gone@isp.example 550 5.1.1'
want "mails noc" '^2$'
