#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `make run` to its end, on the build under test: three reports and what becomes of them, where lymph only
# observes, and where people let it act.
[ "$(id -u)" = 0 ] || { echo "needs root for network namespaces" && exit 77; }
for c in squid nginx curl; do command -v $c >/dev/null || { echo "skipped: needs $c" && exit 77; }; done
export ONCE=1
STORY=$(dirname "$0")/../../tools/story
MODE=observe "$STORY" || exit 1
MODE=enforce exec "$STORY"
