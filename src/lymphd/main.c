/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lymphd: started by a person or systemd it is the warden; the warden starts it again as each role.
 * Must do nothing here but choose.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/frame.h"
#include "lymphd/selftest.h"
#include "lymphd/warden.h"

#define CONF_DEFAULT "/etc/lymph/lymphd.conf"

static const char usage[] =
    "usage: lymphd [-v] [-c FILE]             run the node (as root)\n"
    "       lymphd selftest [-c FILE] [--json] prove the sandbox of every role\n"
    "       lymphd --version | --help\n"
    "FILE defaults to " CONF_DEFAULT "\n";

static int
run_role(const char *name)
{
	for (unsigned id = 0; id < ROLE_N; id++)
		if (role_row(id) && !strcmp(role_name(id), name))
			role_main(role_row(id));
	fprintf(stderr, "lymphd: no such role\n");
	return 2;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "role", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *conf = CONF_DEFAULT, *role = NULL;
	bool conf_given = false, verbose = false, json = false;
	int opt;
	while ((opt = getopt_long(argc, argv, "c:vh", options, NULL)) != -1) {
		switch (opt) {
		case 'c': conf = optarg, conf_given = true; break;
		case 'v': verbose = true; break;
		case 'r': role = optarg; break;
		case 'j': json = true; break;
		case 'V': puts("lymphd " LYMPH_VERSION); return 0;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (verbose)
		log_debug_on();
	if (role)
		return run_role(role);
	if (optind + 1 == argc && !strcmp(argv[optind], "selftest"))
		return selftest_main(conf_given ? conf : NULL, json);
	if (optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
#ifdef LYMPH_TESTHOOKS
	log_role("warden");
	log_warn("this build has test hooks: it can be told to crash, and its clock to lie. Not for use");
#endif
	return warden_main(conf, verbose);
}
