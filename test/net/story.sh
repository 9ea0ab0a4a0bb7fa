#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `make run` to its end: three reports and what becomes of them, on the build under test.
[ "$(id -u)" = 0 ] || { echo "needs root for network namespaces" && exit 77; }
for c in squid nginx curl; do command -v $c >/dev/null || { echo "skipped: needs $c" && exit 77; }; done
ONCE=1 exec "$(dirname "$0")/../../tools/story"
