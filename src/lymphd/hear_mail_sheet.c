/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables, row by row: those attached to a mail, and what the operator hands in himself (lymph intake
 * --source). No more of one is taken than the judge has room for, so its size does not matter.
 */
#include "lymphd/hear_mail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "host/clock.h"
#include "host/log.h"

/* The same row of the same table is the same report, however often it comes. */
static int
on_row(const struct claim *c, void *arg)
{
	struct job *j = arg;
	crypto_hash_sha256_state h;
	uint8_t origin[32];
	uint64_t row = sheet_row(j->sheet), no = j->next_sheet;
	crypto_hash_sha256_init(&h);
	if (j->step == JOB_STREAM) {
		crypto_hash_sha256_update(&h, (const uint8_t *)j->feed.name, sizeof(j->feed.name));
		crypto_hash_sha256_update(&h, (const uint8_t *)j->name, sizeof(j->name));
		crypto_hash_sha256_update(&h, (const uint8_t *)c->text, c->text_n);
	} else {
		crypto_hash_sha256_update(&h, j->origin, sizeof(j->origin));
		crypto_hash_sha256_update(&h, (const uint8_t *)&no, sizeof(no));
	}
	crypto_hash_sha256_update(&h, (const uint8_t *)&row, sizeof(row));
	crypto_hash_sha256_final(&h, origin);
	return job_claim(j, c, origin);
}

static bool
row_wanted(const struct addr *a, void *arg)
{
	const struct job *j = arg;
	return job_ours(a, j->d) || job_refers(j, a);
}

static int
begin(struct job *j, const char *name)
{
	j->ref = (struct logtime_ref){ .now = j->signed_by.name[0] ? j->signed_at : j->arrived };
	return sheet_new(name, row_wanted, &j->ref, on_row, j, &j->sheet);
}

/* The next piece of a sheet: 0 it is read; 1 there is more; -EAGAIN; or it cannot be read on. */
static int
piece(struct job *j, struct mail_sheet *s, const char **rule)
{
	const void *p;
	size_t n, used = 0;
	bool end;
	blackbox_note(j->digest);
	mail_sheet_peek(s, &p, &n, &end);
	int rc = sheet_step(j->sheet, p, n, end, &used, rule);
	mail_sheet_take(s, used);
	blackbox_clear();
	j->since = clock_mono();
	if (rc >= 0 && j->unpacked + sheet_counted(j->sheet)->unpacked > DESK_UNPACKED) {
		*rule = "the tables of one mail unpack to more than 1 GiB";
		return -E2BIG;
	}
	return rc == 0 && !end ? 1 : rc;
}

/* A piece in a turn: who hides 4 GiB of rows in a mail waits for them himself, and nobody else. */
int
sheets_go(struct job *j)
{
	for (; j->next_sheet < j->seen.sheets; j->next_sheet++) {
		struct mail_sheet *s = &j->seen.sheet[j->next_sheet];
		const char *rule = NULL;
		if (desk_full(j->d)) /* the judge is behind */
			return -EAGAIN;
		if (!j->sheet && begin(j, s->name) < 0)
			fatal_oom();
		int rc = piece(j, s, &rule);
		if (rc == 1)
			desk_turn(j->d);
		if (rc == 1 || rc == -EAGAIN)
			return -EAGAIN;
		j->seen.elsewhere += (uint32_t)sheet_counted(j->sheet)->elsewhere;
		j->unpacked += sheet_counted(j->sheet)->unpacked;
		if (rc < 0) {
			log_info("a table in a mail is not read to its end: %s", rule ? rule : strerror(-rc));
			job_why(j, "a table", rule ? rule : strerror(-rc));
		}
		sheet_free(j->sheet);
		j->sheet = NULL;
	}
	return 0;
}

static void
digest_of(struct job *j)
{
	crypto_hash_sha256_state h;
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)j->feed.name, sizeof(j->feed.name));
	crypto_hash_sha256_update(&h, (const uint8_t *)j->name, sizeof(j->name));
	crypto_hash_sha256_update(&h, j->bytes, j->n);
	crypto_hash_sha256_final(&h, j->digest);
	j->digested = true;
}

static void
settle(struct job *j)
{
	char why[192];
	struct sheet_counts none = { 0 };
	const struct sheet_counts *n = j->sheet ? sheet_counted(j->sheet) : &none;
	if (j->full) {
		job_over(j, FILE_LATER, "no room for all of its reports; what is kept counts once");
		return;
	}
	snprintf(why, sizeof(why),
	    "%llu rows, %u reports, %u known before, %llu not ours, %llu broken, %llu of no known kind%s%s",
	    (unsigned long long)n->rows, j->made, j->same, (unsigned long long)(n->elsewhere + j->not_ours),
	    (unsigned long long)n->broken + j->broken, (unsigned long long)n->unmapped, j->refused ? "; " : "",
	    j->refused ? j->refused : "");
	j->d->count.tables += !j->refused;
	j->d->count.refused += j->refused != NULL;
	job_over(j, j->refused ? FILE_ASIDE : FILE_TAKEN, why);
}

/* bytes[0..n) came and are not eaten. */
void
stream_go(struct job *j)
{
	const char *rule = NULL;
	if (!j->digested && j->n)
		digest_of(j);
	if (!j->refused && blackbox_refuses(j->digest))
		j->refused = "it crashed the reader twice: not looked at again";
	if (!j->sheet && !j->refused && begin(j, j->name) < 0)
		fatal_oom();
	if (!j->refused && !j->fed_end && (j->n || j->end) && !desk_full(j->d)) {
		size_t used = 0;
		blackbox_note(j->digest);
		int rc = sheet_step(j->sheet, j->bytes ? j->bytes : (const uint8_t *)"", j->n, j->end, &used, &rule);
		blackbox_clear();
		if (used)
			memmove(j->bytes, j->bytes + used, j->n - used);
		j->n -= used;
		j->since = clock_mono();
		if (rc == 0)
			j->fed_end = j->end;
		else if (rc == 1)
			desk_turn(j->d);
		else if (rc != -EAGAIN)
			j->refused = rule ? rule : "it is no table";
	}
	if ((j->refused || j->fed_end) && j->open == 0)
		settle(j);
}
