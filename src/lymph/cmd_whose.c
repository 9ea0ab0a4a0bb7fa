/* SPDX-License-Identifier: BSD-2-Clause */
/* The command whose: who wants to hear of abuse from a foreign address. */
#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/show.h"

int
cmd_whose(int argc, char **argv)
{
	struct ctl c = { .usage = "whose ADDRESS [--json]",
		.does = "Tells whose a foreign address is and who there wants to hear of abuse: a configured peer, or what "
			"its registry says. It is asked if that is not known.",
		.least = 1,
		.most = 1 };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	return ctl_show(&c, "whose", json_pack("{s:s}", "address", c.argv[0]), show_whose);
}
