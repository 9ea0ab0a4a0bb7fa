/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The black box of a role, see role.h: one page of memory shared with the warden (descriptor 4). Before
 * a message from outside is handled its digest is noted; after a crash the warden reads which one it
 * was. Must stay cheap (a copy of 32 bytes) and hold at every instant either a whole note or none.
 */
#include "lymphd/blackbox.h"

#include <errno.h>
#include <signal.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/log.h"
#include "lymphd/role.h"

static struct blackbox none, *page = &none; /* none: outside the frame, in unit tests */
static uint8_t refused[BLACKBOX_ASIDES][32];
static unsigned refused_n;

int
blackbox_make(int *ret)
{
	int fd = memfd_create("lymph-blackbox", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	/* The role writes, but can never resize it below the reader. */
	if (ftruncate(fd, sizeof none) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	*ret = fd;
	return 0;
}

bool
blackbox_read(int fd, uint8_t ret[32])
{
	struct blackbox b;
	if (pread(fd, &b, sizeof b, 0) != sizeof b || !b.noted)
		return false;
	memcpy(ret, b.digest, 32);
	return true;
}

void
blackbox_open(int fd)
{
	void *p = mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fatal("black box: %s", strerror(errno));
	page = p;
	close(fd);
}

void
blackbox_aside(const uint8_t digest[32])
{
	if (blackbox_refuses(digest))
		return;
	/* Full: the oldest goes; it would have to crash the role twice again. */
	memcpy(refused[refused_n++ % BLACKBOX_ASIDES], digest, 32);
}

bool
blackbox_refuses(const uint8_t digest[32])
{
	unsigned n = refused_n < BLACKBOX_ASIDES ? refused_n : BLACKBOX_ASIDES;
	for (unsigned i = 0; i < n; i++)
		if (!memcmp(refused[i], digest, 32))
			return true;
	return false;
}

void
blackbox_clear(void)
{
	page->noted = 0;
	atomic_signal_fence(memory_order_seq_cst);
}

#ifdef LYMPH_TESTHOOKS
/* A scenario's poison: the digest, in hex, whose handling kills any role. */
static void
poison(const uint8_t digest[32])
{
	static const char hex[] = "0123456789abcdef";
	const char *want = getenv("LYMPH_POISON");
	if (!want || strlen(want) != 64)
		return;
	for (int i = 0; i < 32; i++)
		if (want[2 * i] != hex[digest[i] >> 4] || want[2 * i + 1] != hex[digest[i] & 15])
			return;
	log_warn("poisoned message: dying, as the scenario asks");
	abort();
}
#else
#define poison(d) ((void)0)
#endif

void
blackbox_note(const uint8_t digest[32])
{
	blackbox_clear();
	memcpy(page->digest, digest, 32);
	atomic_signal_fence(memory_order_seq_cst);
	page->noted = 1;
	poison(digest);
}
