/* SPDX-License-Identifier: BSD-2-Clause */
/* The class table, see class.h. XARF mapping after the v4 schemas: there is no type for an open
 * proxy or resolver, so open_service with a `service` of ours names them. */
#include "model/class.h"

#include <string.h>

static const struct class_row rows[CLASS_N] = {
	[CLASS_NONE] = { .name = "none", .title = "nothing", .who = "nobody", .advice = "",
	    .half_life = 7 * MSEC_DAY },
	[CLASS_OPEN_PROXY] = { .name = "open-proxy", .title = "open proxy",
	    .family = FAMILY_OPEN_SERVICE, .category = "vulnerability", .type = "open_service",
	    .service = "open-proxy", .half_life = 14 * MSEC_DAY, .methods = METHOD_PROBE,
	    .top = RUNG_QUARANTINE, .who = "owner",
	    .advice = "A device on this line relays traffic for anyone on the Internet. Switch the "
	              "proxy off or let only your own network use it.",
	    .ports = { 3128, 8080, 1080, 8888, 8118, 8123, 8000, 80, 4145, 9050 } },
	[CLASS_OPEN_RESOLVER] = { .name = "open-resolver", .title = "open DNS resolver",
	    .family = FAMILY_OPEN_SERVICE, .category = "vulnerability", .type = "open_service",
	    .service = "open-resolver", .half_life = 14 * MSEC_DAY, .methods = METHOD_PROBE,
	    .top = RUNG_FILTER, .who = "owner",
	    .advice = "A device on this line answers DNS questions from anyone. Let it answer only "
	              "inside.",
	    .ports = { 53 } },
	[CLASS_AMPLIFIER] = { .name = "amplifier", .title = "amplifier",
	    .family = FAMILY_OPEN_SERVICE, .category = "vulnerability", .type = "open_service",
	    .half_life = 14 * MSEC_DAY, .methods = METHOD_PROBE, .top = RUNG_FILTER, .who = "owner",
	    .advice = "A service on this line can be used to flood others. Close it to the outside." },
	[CLASS_SCANNER] = { .name = "scanner", .title = "scanner", .family = FAMILY_ATTACK,
	    .category = "connection", .type = "port_scan", .half_life = 7 * MSEC_DAY,
	    .methods = METHOD_FLOWS, .top = RUNG_QUARANTINE, .who = "owner",
	    .advice = "A device on this line searches for others to infect. Find it, restart it, "
	              "update it, change its password." },
	[CLASS_DDOS_SOURCE] = { .name = "ddos-source", .title = "DDoS source",
	    .family = FAMILY_ATTACK, .category = "connection", .type = "ddos",
	    .half_life = 7 * MSEC_DAY, .methods = METHOD_FLOWS, .top = RUNG_QUARANTINE, .who = "owner",
	    .advice = "A device on this line takes part in attacks. Disconnect it until it is clean." },
	[CLASS_BOT] = { .name = "bot", .title = "bot", .family = FAMILY_BOT,
	    .category = "infrastructure", .type = "botnet", .half_life = 7 * MSEC_DAY,
	    .methods = METHOD_FLOWS, .top = RUNG_QUARANTINE, .who = "owner",
	    .advice = "A device on this line is controlled by somebody else. Restart it, update it, "
	              "change its password." },
	[CLASS_C2_CONTACT] = { .name = "c2-contact", .title = "contact to a C&C server",
	    .family = FAMILY_BOT, .category = "infrastructure", .type = "botnet",
	    .service = "c2-contact", .half_life = 3 * MSEC_DAY, .methods = METHOD_FLOWS,
	    .top = RUNG_QUARANTINE, .who = "owner",
	    .advice = "A device on this line talks to a botnet's controller. Restart it, update it, "
	              "change its password." },
	[CLASS_SPAM_SOURCE] = { .name = "spam-source", .title = "spam source",
	    .family = FAMILY_MAIL, .category = "messaging", .type = "spam",
	    .half_life = 7 * MSEC_DAY, .methods = METHOD_FLOWS, .top = RUNG_FILTER, .who = "owner",
	    .advice = "Unwanted mail leaves this line. Check computers and mail passwords." },
	[CLASS_LOGIN_ATTACKER] = { .name = "login-attacker", .title = "login attacker",
	    .family = FAMILY_ATTACK, .category = "connection", .type = "login_attack",
	    .half_life = 7 * MSEC_DAY, .methods = METHOD_FLOWS, .top = RUNG_QUARANTINE, .who = "owner",
	    .advice = "A device on this line tries passwords elsewhere. Find it and clean it." },
	[CLASS_EXPOSED_SERVICE] = { .name = "exposed-service", .title = "exposed service",
	    .family = FAMILY_OPEN_SERVICE, .category = "vulnerability", .type = "misconfiguration",
	    .half_life = 14 * MSEC_DAY, .methods = METHOD_PROBE, .top = RUNG_NOTIFY, .who = "owner",
	    .advice = "A service meant for inside can be reached from the Internet. Close it." },
	[CLASS_KNOWN_DEFECTIVE] = { .name = "known-defective", .title = "known defective device",
	    .family = FAMILY_OPEN_SERVICE, .category = "vulnerability", .type = "cve",
	    .half_life = 14 * MSEC_DAY, .methods = METHOD_PROBE, .top = RUNG_NOTIFY, .who = "maker",
	    .advice = "This device's software has a known hole. Update it, or replace it." },
	[CLASS_SPOOFED_SOURCE] = { .name = "spoofed-source", .title = "spoofed source",
	    .family = FAMILY_ATTACK, .category = "connection", .type = "reconnaissance",
	    .half_life = 7 * MSEC_DAY, .methods = METHOD_FLOWS, .top = RUNG_TICKET, .who = "provider",
	    .advice = "Packets with forged sources leave here. Switch on source validation (BCP 38)." },
	[CLASS_C2_SERVER] = { .name = "c2-server", .title = "C&C server", .family = FAMILY_C2,
	    .category = "infrastructure", .type = "compromised_server", .half_life = 3 * MSEC_DAY,
	    .methods = 0, .top = RUNG_FILTER, .who = "owner",
	    .advice = "A botnet is controlled from this address. Take the host down and rebuild it." },
};

static const char *const family_names[FAMILY_N] = { "open-service", "attack", "bot", "c2", "mail" };
static const char *const rung_names[RUNG_N] = { "log", "watch", "ticket", "notify", "filter",
	"quarantine" };

const struct class_row *
class_row(enum class_id id)
{
	return &rows[(unsigned)id < CLASS_N ? id : CLASS_NONE];
}

enum class_id
class_by_name(const char *s, size_t n)
{
	for (int i = CLASS_NONE + 1; i < CLASS_N; i++)
		if (strlen(rows[i].name) == n && memcmp(rows[i].name, s, n) == 0)
			return (enum class_id)i;
	return CLASS_NONE;
}

enum class_id
class_by_xarf(const char *category, const char *type, const char *service)
{
	enum class_id plain = CLASS_NONE;
	for (int i = CLASS_NONE + 1; i < CLASS_N; i++) {
		const struct class_row *r = &rows[i];
		if (strcmp(r->category, category) != 0 || strcmp(r->type, type) != 0)
			continue;
		if (r->service && service && strcmp(r->service, service) == 0)
			return (enum class_id)i;
		if (!r->service)
			plain = (enum class_id)i;
	}
	return plain;
}

const char *
family_name(enum family f)
{
	return (unsigned)f < FAMILY_N ? family_names[f] : "none";
}

const char *
rung_name(enum rung r)
{
	return (unsigned)r < RUNG_N ? rung_names[r] : "none";
}
