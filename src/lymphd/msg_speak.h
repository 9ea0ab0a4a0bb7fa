/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. Mails that leave. */
#ifndef LYMPHD_MSG_SPEAK_H
#define LYMPHD_MSG_SPEAK_H

#include "model/fact.h"

/* A mail to send. Sealed memory: the whole mail (RFC 5322), or what is to be POSTed; size of it. */
#define SPEAK_BYTES (2u << 20)
struct msg_speak {
	uint64_t no;
	uint32_t size;
	uint32_t post;         /* 1: to a URL of the configuration, by HTTP */
	char to[256];          /* a mailbox, or that URL */
	char signature[1024];  /* of what is POSTed: base64 of an SSHSIG blob */
};
enum spoken {
	SPOKEN_SENT,
	SPOKEN_LATER,    /* not taken, and may be another time */
	SPOKEN_UNSURE,   /* all of it was handed over, and no answer came */
	SPOKEN_DEAD,     /* no such mailbox */
	SPOKEN_REJECTED, /* refused for good, for another reason */
	SPOKEN_HELD,     /* speak itself does not want to, now: its own limits, a panic */
	SPOKEN_N,
};
struct msg_spoken {
	uint64_t no;
	uint32_t result; /* enum spoken */
	uint32_t code;   /* of SMTP or HTTP; 0 none */
	char said[128];  /* a stranger's words */
};

#endif
