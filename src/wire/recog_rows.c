/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of recognisers in the order they are asked: programs by name first, mere words last. */
#include "wire/recog_row.h"

const struct recog_table recog_tables[] = {
	{ recog_login, &recog_login_n },
	{ recog_login_app, &recog_login_app_n },
	{ recog_mail, &recog_mail_n },
	{ recog_scan, &recog_scan_n },
	{ recog_packet, &recog_packet_n },
	{ recog_web, &recog_web_n },
	{ recog_words, &recog_words_n },
};
const size_t recog_table_count = sizeof(recog_tables) / sizeof(recog_tables[0]);
