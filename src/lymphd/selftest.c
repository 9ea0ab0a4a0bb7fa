/* SPDX-License-Identifier: BSD-2-Clause */
#include "lymphd/selftest.h"

#include <stddef.h>

int
selftest_main(const char *conf_path, bool json)
{
	(void)conf_path;
	(void)json;
	return 2;
}
