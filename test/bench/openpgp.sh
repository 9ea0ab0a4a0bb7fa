#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# OpenPGP signatures verified a second of CPU, through the gate, one key loaded for each; beside it gpgv and
# sqop, a process for each, in the same run. A report of 600 bytes, Ed25519, then RSA-4096.
. "$(dirname "$0")/../net/lib.sh"
need gpg gpgv sqop jq
RUNS=${RUNS:-5} OURS=${OURS:-1500} OTHERS=${OTHERS:-60}
CHECK=$BIN/test/pgp/pgp_check
[ -x "$CHECK" ] || skip "no pgp_check"
export GNUPGHOME=$T/home
mkdir -m 700 "$GNUPGHOME"
printf 'batch\nno-tty\nyes\nquiet\npinentry-mode loopback\npassphrase ""\n' >"$GNUPGHOME/gpg.conf"
head -c 600 /dev/zero | tr '\0' 'x' >"$T/data"
others() { # command -> a second of CPU, children's
	local i before after me=$BASHPID
	before=$(awk '{ print $16 + $17 }' /proc/$me/stat)
	for i in $(seq "$OTHERS"); do "$@" >/dev/null 2>&1 <"$T/data"; done
	after=$(awk '{ print $16 + $17 }' /proc/$me/stat)
	awk -v n="$OTHERS" -v t="$((after - before))" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.1f\n", n / (t / hz) }'
}
for alg in ed25519 rsa4096; do
	gpg --quick-generate-key $alg@x.test $alg sign never 2>/dev/null || fail "no key"
	gpg --export $alg@x.test >"$T/$alg.key"
	gpg -u $alg@x.test --digest-algo SHA512 --output "$T/$alg.sig" --detach-sign "$T/data"
	gpgconf --kill gpg-agent
	: >"$T/ours"
	for _ in $(seq "$RUNS"); do
		"$CHECK" --bench "$OURS" "$T/$alg.key" "$T/data" "$T/$alg.sig" >>"$T/ours" || fail "not verified"
	done
	sort -n "$T/ours" -o "$T/ours"
	gpgv=$(others gpgv -q --keyring "$T/$alg.key" "$T/$alg.sig" "$T/data")
	sqop=$(others sqop verify "$T/$alg.sig" "$T/$alg.key")
	name=openpgp.verify_per_cpu_s
	[ $alg = ed25519 ] || name=openpgp.verify_${alg}_per_cpu_s
	for peer in gpgv sqop; do
		jq -nc --arg name $name --arg peer "$peer" --argjson pv "${!peer}" --argjson runs "$RUNS" \
			--argjson v "$(sed -n "$((RUNS / 2 + 1))p" "$T/ours")" --argjson min "$(head -1 "$T/ours")" \
			--argjson max "$(tail -1 "$T/ours")" --argjson cpu "$(awk -v n="$OURS" '{ s += n / $1 } END { print s }' "$T/ours")" \
			--arg load "$(cut -d' ' -f1 /proc/loadavg)" --argjson target "$([ $alg = ed25519 ] && echo 1000 || echo null)" '
			{ name: ($name + (if $peer == "sqop" then ".sqop" else "" end)), value: $v, unit: "1/s", better: "higher",
			  target: (if $peer == "gpgv" then $target else null end),
			  met: (if $target and $peer == "gpgv" then $v >= $target else null end),
			  runs: $runs, min: $min, max: $max, cpu_s: $cpu, load: ($load | tonumber),
			  peer: ($peer + ", a process each"), peer_value: $pv, ratio: ($v / $pv) }'
	done
done
