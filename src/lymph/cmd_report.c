/* SPDX-License-Identifier: BSD-2-Clause */
/* lymph report: a log becomes a signed report. */
#include <stdio.h>

#include "lymph/cmd.h"

int
cmd_report(int argc, char **argv)
{
	(void)argc, (void)argv;
	fprintf(stderr, "lymph report: not here yet\n");
	return 1;
}
