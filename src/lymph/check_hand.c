/* SPDX-License-Identifier: BSD-2-Clause */
/* See check_hand.h. Reads files as lymphd will; must never say that something is enforced that would
 * not be. */
#include "lymph/check_hand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "act/conscience.h"
#include "host/rootfile.h"

/* Something is configured that acts. */
static bool
acts(const struct conf *c)
{
	return c->policy->enforcer != ENFORCER_NONE || c->hook[0];
}

/* Against what lymphd keeps as agreed to, where it may be read: in root's own folder. */
static void
check_agreed(const struct conf_finder *k, const struct conf *c, const struct conscience *file)
{
	char path[CONF_PATH + 16], why[512], what[256];
	snprintf(path, sizeof(path), "%s/conscience", c->warden_state);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct conscience *agreed = conscience_new();
	if (fd >= 0 && agreed && conscience_read(agreed, fd, false, path, why, sizeof(why)) < 0)
		conf_find(k, CONF_WARN, "%s: nothing is enforced before two admins agree anew: lymph conscience "
				   "take", why);
	else if (fd >= 0 && agreed && conscience_looser(agreed, file, what, sizeof(what)))
		conf_find(k, CONF_WARN, "%s loosens what is in force (%s): nothing it loosens holds before two "
				   "admins agree, lymph conscience take; what it tightens does",
		    c->conscience, what);
	if (fd >= 0)
		close(fd);
	conscience_free(agreed);
}

static void
check_conscience(const struct conf_finder *k, const struct conf *c)
{
	char why[512];
	bool read = false;
	struct conscience *mind = conscience_new();
	int fd = open(c->conscience, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == EACCES)
		conf_find(k, CONF_NOTE, "conscience = \"%s\" could not be read: run lymph check as root",
		    c->conscience);
	else if (fd < 0)
		conf_find(k, acts(c) ? CONF_WARN : CONF_NOTE,
		    "conscience = \"%s\": %s: the mode stays observe. See lymph-conscience(5)",
		    c->conscience, strerror(errno));
	else if (rootfile_check(c->conscience, why, sizeof(why)) < 0)
		conf_find(k, CONF_ERROR, "conscience = \"%s\": %s: the mode stays observe", c->conscience, why);
	else if (mind && conscience_read(mind, fd, false, c->conscience, why, sizeof(why)) < 0)
		conf_find(k, CONF_ERROR, "%s: until this is right the mode stays observe", why);
	else if ((read = mind != NULL) && conscience_ceiling(mind) == MODE_OBSERVE)
		conf_find(k, CONF_NOTE, "%s allows observe only: nothing is enforced, whatever the mode is. "
				   "\"mode enforce\" in it would allow more", c->conscience);
	if (read)
		check_agreed(k, c, mind);
	if (fd >= 0)
		close(fd);
	conscience_free(mind);
}

static void
check_staff(const struct conf_finder *k, const struct conf *c)
{
	bool any = false;
	for (unsigned i = 0; i < STAFF_N; i++)
		any |= c->staff[i][0] != '\0';
	if (!any)
		conf_find(k, acts(c) ? CONF_WARN : CONF_NOTE,
		    "staff names no group: only root may work on cases, and nobody can ask for enforce, "
		    "which takes two people who are not root. Add staff { admin = \"...\" }");
	else if (!c->staff[STAFF_ADMIN][0])
		conf_find(k, acts(c) ? CONF_WARN : CONF_NOTE,
		    "staff has no admin: nobody can ask for enforce, which takes two of them");
}

static void
check_actuator(const struct conf_finder *k, const struct conf *c)
{
	if (c->policy->enforcer == ENFORCER_NONE)
		conf_find(k, CONF_NOTE, "hand: actuator is none: filters and quarantines are computed and shown, "
				   "but cannot be enforced");
	else if (c->policy->enforcer == ENFORCER_DRY)
		conf_find(k, CONF_NOTE, "hand: actuator is dry: it keeps a list and stops no packet");
	if (c->policy->enforcer != ENFORCER_NONE && c->policy->reach.tree.count == 0)
		conf_find(k, CONF_NOTE, "hand: always-reach is empty: nothing is quarantined. Name the DNS, voice, "
				   "portal and update hosts a quarantined line may still talk to");
	if (acts(c) && !c->appeal[0])
		conf_find(k, CONF_NOTE, "appeal is empty: the record of an order does not say how to object");
}

void
check_hand(const struct conf *c, conf_finding_cb *cb, void *arg)
{
	const struct conf_finder k = { cb, arg };
	char why[256];
	check_actuator(&k, c);
	check_conscience(&k, c);
	check_staff(&k, c);
	if (c->hook[0] && rootfile_check(c->hook, why, sizeof(why)) < 0)
		conf_find(&k, CONF_ERROR, "hook = \"%s\": %s: it is not run", c->hook, why);
	else if (c->hook[0] && access(c->hook, X_OK) < 0)
		conf_find(&k, CONF_ERROR, "hook = \"%s\" cannot be run: chmod 755", c->hook);
}
