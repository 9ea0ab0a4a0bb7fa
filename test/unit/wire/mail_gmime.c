/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what GMime reads of mails: mail_gmime FILE..., in the lines of mail_print -w, beside which
 * mail_gmime.py holds them. A peer for tests only: nothing of ours is linked here, and it must never be
 * fed what would not fit into memory twice.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "mail_wide.h"

static void
fields(GMimeHeaderList *list)
{
	for (int i = 0; i < g_mime_header_list_get_count(list); i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *raw = g_mime_header_get_raw_value(h), *end;
		if (!raw)
			raw = "";
		for (; *raw && strchr(" \t\r\n", *raw); raw++)
			;
		end = raw + strlen(raw);
		wide_line("field", g_mime_header_get_name(h), raw, (size_t)(end - raw));
	}
}

static void
param(const char *name, const char *value)
{
	if (value)
		wide_line("param", name, value, strlen(value));
}

/* As g_mime_text_part_get_text has it, which would end at a NUL; lines as mail_print has them, each with a
 * LF. */
static void
text(GMimeTextPart *p, GMimeStream *mem)
{
	const char *charset = g_mime_text_part_get_charset(p);
	GMimeFilter *f = charset ? g_mime_filter_charset_new(charset, "utf-8") : NULL;
	GMimeStream *out = g_mime_stream_mem_new(), *in = g_mime_stream_filter_new(out);
	size_t n = 0;
	if (f)
		g_mime_stream_filter_add(GMIME_STREAM_FILTER(in), f);
	g_mime_stream_reset(mem);
	g_mime_stream_write_to_stream(mem, in);
	g_mime_stream_flush(in);
	GByteArray *a = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
	for (guint i = 0; i < a->len; i++)
		if (a->data[i] != '\r' || i + 1 == a->len || a->data[i + 1] != '\n')
			a->data[n++] = a->data[i];
	wide_hash("text", (const char *)a->data, wide_trim((const char *)a->data, n));
	if (f)
		g_object_unref(f);
	g_object_unref(in);
	g_object_unref(out);
}

static void
leaf(GMimePart *p, const char *type)
{
	GMimeDataWrapper *w = g_mime_part_get_content(p);
	GMimeStream *mem = g_mime_stream_mem_new();
	if (w)
		g_mime_data_wrapper_write_to_stream(w, mem);
	if (GMIME_IS_TEXT_PART(p) && strcmp(type, "text/html") != 0)
		text(GMIME_TEXT_PART(p), mem);
	GByteArray *a = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
	wide_hash("exact", (const char *)a->data, a->len);
	wide_leaf(type, (const char *)a->data, a->len);
	g_object_unref(mem);
}

/* around: the mail whose outermost part this is, or NULL. */
static void
entity(GMimeObject *o, GMimeMessage *around, int depth)
{
	GMimeContentType *ct = g_mime_object_get_content_type(o);
	char *mime = g_mime_content_type_get_mime_type(ct), *type = g_ascii_strdown(mime, -1);
	const char *subject = around ? g_mime_message_get_subject(around) : NULL;
	printf(" part %d %s\n", depth, type);
	if (around)
		fields(g_mime_object_get_header_list(GMIME_OBJECT(around)));
	fields(g_mime_object_get_header_list(o));
	param("filename", g_mime_object_get_content_disposition_parameter(o, "filename"));
	param("name", g_mime_object_get_content_type_parameter(o, "name"));
	param("charset", g_mime_object_get_content_type_parameter(o, "charset"));
	if (around)
		wide_line("subject", "-", subject ? subject : "", subject ? strlen(subject) : 0);
	if (GMIME_IS_MULTIPART(o)) {
		for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(o)); i++)
			entity(g_mime_multipart_get_part(GMIME_MULTIPART(o), i), NULL, depth + 1);
	} else if (GMIME_IS_MESSAGE_PART(o)) {
		GMimeMessage *m = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));
		if (m && g_mime_message_get_mime_part(m))
			entity(g_mime_message_get_mime_part(m), m, depth + 1);
	} else {
		leaf(GMIME_PART(o), type);
	}
	g_free(type);
	g_free(mime);
}

int
main(int argc, char **argv)
{
	g_mime_init();
	if (sodium_init() < 0)
		return 1;
	for (int i = 1; i < argc; i++) {
		GMimeStream *file = g_mime_stream_file_open(argv[i], "rb", NULL);
		if (!file) {
			perror(argv[i]);
			return 1;
		}
		GMimeParser *parser = g_mime_parser_new_with_stream(file);
		GMimeMessage *m = g_mime_parser_construct_message(parser, NULL);
		if (m && g_mime_message_get_mime_part(m))
			entity(g_mime_message_get_mime_part(m), m, 0);
		printf(".%s\n", m ? "" : "no mail");
		if (m)
			g_object_unref(m);
		g_object_unref(parser);
		g_object_unref(file);
	}
	g_mime_shutdown();
	return 0;
}
