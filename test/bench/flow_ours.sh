# SPDX-License-Identifier: BSD-2-Clause
# Sourced by flow.sh: our own collector under its load.
ours_have() { MISSING="not built yet" && false; }
ours_fresh=
