#!/bin/sh
# The judge's golden journal, built without meson by each compiler there is, with and without
# optimisation and sanitizers, and run with AVX2 and FMA hidden from libc: every one must print the
# same hash. (gcc's sanitizers: the unit test judge/journal of the sanitizer build.)
set -e
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
want=
one() { # name, environment: runs what was built last
	# shellcheck disable=SC2086
	hash=$(env $2 "$dir/journal" hash | sed -n 's/^hash //p')
	echo "$hash $1"
	[ -n "$want" ] || want=$hash
	[ -n "$hash" ] && [ "$hash" = "$want" ] || { echo "$1 differs" && exit 1; }
}
build() { # compiler and flags
	"$@" -std=gnu17 -D_GNU_SOURCE -I"$top/src" -o "$dir/journal" "$top/test/unit/judge/journal_test.c" \
		"$top"/src/judge/*.c "$top"/src/model/*.c "$top"/src/base/*.c
}
hide=GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable
for cc in gcc clang; do
	command -v $cc >/dev/null || { echo "no $cc here: not compared" && continue; }
	build $cc -O2 && one "$cc -O2" && one "$cc -O2, no AVX2, no FMA" $hide
done
build "${CC:-cc}" -O0 && one "${CC:-cc} -O0"
! command -v clang >/dev/null ||
	{ build clang -O1 -fsanitize=address,undefined -fno-sanitize-recover=all && one "clang sanitizers"; }
