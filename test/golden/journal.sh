#!/bin/sh
# The judge's golden journal, built without meson by each compiler and level there is, with sanitizers,
# and run with AVX2 and FMA hidden from libc: every one must print the same hash.
set -e
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
want=
one() { # name, command to build, environment
	name=$1 build=$2 env=$3
	# shellcheck disable=SC2086
	$build -std=gnu17 -D_GNU_SOURCE -I"$top/src" -o "$dir/journal" "$top/test/unit/judge/journal_test.c" \
		"$top"/src/judge/*.c "$top"/src/model/*.c "$top"/src/base/*.c
	hash=$(env $env "$dir/journal" hash | sed -n 's/^hash //p')
	echo "$hash $name"
	[ -n "$want" ] || want=$hash
	[ "$hash" = "$want" ] || { echo "$name differs" && exit 1; }
}
for cc in gcc clang; do
	command -v $cc >/dev/null || { echo "no $cc here: not compared" && continue; }
	one "$cc -O0" "$cc -O0"
	one "$cc -O2" "$cc -O2"
	one "$cc -O2, no AVX2, no FMA" "$cc -O2" GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable
	one "$cc ASan+UBSan" "$cc -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
done
