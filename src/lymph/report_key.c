/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and signatures of lymph report, see report_key.h. The secret is wiped after use; ssh-keygen and
 * gpg are run without a shell. Must never write a key that others can read, or replace one. */
#include "lymph/report_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/pgp.h"

#define KEY_FILE_MAX (16u << 10)

static int
write_file(const char *path, const char *text, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -errno;
	ssize_t w = write(fd, text, n);
	int rc = w == (ssize_t)n && fsync(fd) == 0 ? 0 : -EIO;
	close(fd);
	if (rc < 0)
		(void)unlink(path);
	return rc;
}

/* The own key and its .pub, made. A run that comes second finds the first one's. */
static int
make_key(const char *path)
{
	char temp[REPORT_PATH + 32], dir[REPORT_PATH], self[2 * REPORT_NAME], text[4096], pub[4096];
	uint8_t seed[32];
	struct sshsig_secret s;
	struct key k;
	snprintf(dir, sizeof(dir), "%s", path);
	for (char *p = dir + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	report_self(self, sizeof(self));
	randombytes_buf(seed, sizeof(seed));
	int n = sshsig_secret_print(seed, self, text, sizeof(text));
	sodium_memzero(seed, sizeof(seed));
	if (n < 0)
		return n;
	int rc = sshsig_secret_parse(text, (size_t)n, &s);
	snprintf(temp, sizeof(temp), "%s.%d", path, (int)getpid());
	if (rc == 0)
		rc = write_file(temp, text, (size_t)n, 0600);
	/* link, not rename: a key that is there stays. */
	if (rc == 0 && link(temp, path) < 0)
		rc = -errno;
	(void)unlink(temp);
	if (rc == 0) {
		char line[1024];
		memcpy(k.b, s.sk + 32, sizeof(k.b));
		snprintf(temp, sizeof(temp), "%s.pub", path);
		n = snprintf(
		    pub, sizeof(pub), "%s %s\n", key_print_public(&k, line, sizeof(line)), self);
		(void)unlink(temp);
		(void)write_file(temp, pub, (size_t)n, 0644);
	}
	sodium_memzero(&s, sizeof(s));
	sodium_memzero(text, sizeof(text));
	return rc;
}

static int
read_file(const char *path, char *text, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t got = read(fd, text, KEY_FILE_MAX);
	int rc = got < 0 ? -errno : 0;
	close(fd);
	if (rc == 0)
		*n = (size_t)got;
	return rc;
}

/* The child: message as stdin, out as stdout; its own words stay on our stderr. */
static _Noreturn void
signer(const char *const *argv, int message, int out)
{
	if (dup2(message, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static int
run_signer(const char *const *argv, const void *message, size_t n, char *text, size_t room, size_t *len)
{
	int fds[2], status = 0, fd = memfd_create("report", MFD_CLOEXEC);
	size_t at = 0;
	if (fd < 0)
		return -errno;
	if (write(fd, message, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) < 0 ||
	    pipe2(fds, O_CLOEXEC) < 0) {
		close(fd);
		return -EIO;
	}
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		signer(argv, fd, fds[1]);
	close(fd);
	close(fds[1]);
	while (pid > 0 && at < room) {
		ssize_t got = read(fds[0], text + at, room - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		at += (size_t)got;
	}
	close(fds[0]);
	if (pid < 0)
		return -EAGAIN;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	*len = at;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return -ENOEXEC;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EKEYREJECTED;
}

/* By ssh-keygen, and then checked: what we could not verify nobody else will. */
static int
sign_outside(const char *path, const char *ns, const void *message, size_t n, struct signature *ret,
    char *why, size_t size)
{
	char text[8192];
	size_t len = 0;
	const char *rule = "not a signature";
	const char *const argv[] = { "ssh-keygen", "-q", "-Y", "sign", "-n", ns, "-f", path,
		NULL };
	int rc = run_signer(argv, message, n, text, sizeof(text), &len);
	if (rc == -ENOEXEC)
		snprintf(why, size, "%s needs ssh-keygen to sign, which is not installed", path);
	else if (rc < 0)
		snprintf(why, size, "ssh-keygen could not sign with %s", path);
	if (rc < 0)
		return rc;
	rc = sshsig_dearmor(text, len, ret->blob, sizeof(ret->blob), &ret->n);
	if (rc == 0)
		rc = sshsig_verify(
		    ret->blob, ret->n, message, n, ns, &ret->key, &rule);
	if (rc < 0)
		snprintf(why, size,
		    "what ssh-keygen made with %s is of no use here (%s): reports are signed "
		    "with Ed25519 keys; \"ssh-keygen -t ed25519\" makes one",
		    path, rule);
	return rc;
}

int
report_sign_pgp(
    const char *who, const void *message, size_t n, struct signature *ret, char *why, size_t size)
{
	const char *const argv[] = { "gpg", "--quiet", "--no-armor", "--digest-algo", "SHA512",
		"--local-user", who, "--output", "-", "--detach-sign", NULL };
	struct signature g = { .pgp = true };
	struct pgp_sigs sigs;
	uint8_t bytes[PGP_SIG_BYTES];
	char text[PGP_SIG_BYTES];
	const char *rule = "";
	size_t len = 0;
	int rc = run_signer(argv, message, n, text, sizeof(text), &len);
	snprintf(g.path, sizeof(g.path), "%s", who);
	if (rc == -ENOEXEC)
		snprintf(why, size, "--pgp needs gpg to sign, which is not installed");
	else if (rc < 0)
		snprintf(why, size, "gpg could not sign with %s", who);
	if (rc < 0)
		return rc;
	rc = pgp_sig_read(text, len, bytes, &g.n, &sigs, &rule);
	if (rc == 0 && g.n > sizeof(g.blob)) {
		rule = "longer than a header takes";
		rc = -E2BIG;
	}
	if (rc < 0) {
		snprintf(why, size, "what gpg made with %s is of no use here (%s)", who, rule);
		return rc;
	}
	memcpy(g.blob, bytes, g.n);
	*ret = g;
	return 0;
}

static int
sign_inside(const struct sshsig_secret *s, const char *ns, const void *message, size_t n,
    struct signature *ret)
{
	ret->n = sshsig_sign(s, message, n, ns, ret->blob);
	memcpy(ret->key.b, s->sk + 32, sizeof(ret->key.b));
	return 0;
}

/* The key's file, into text; g has its name and whether it was made. */
static int
open_key(const char *path, struct signature *g, char text[KEY_FILE_MAX], size_t *len, char *why,
    size_t size)
{
	int rc = 0;
	if (path[0])
		snprintf(g->path, sizeof(g->path), "%s", path);
	else
		rc = report_config_path("id_ed25519", g->path);
	if (rc < 0) {
		snprintf(why, size,
		    "no home folder to keep a key in; give --sign KEYFILE, or --sign none");
		return rc;
	}
	rc = read_file(g->path, text, len);
	if (rc == -ENOENT && !path[0]) {
		rc = make_key(g->path);
		g->created = rc == 0;
		if (rc == 0 || rc == -EEXIST)
			rc = read_file(g->path, text, len);
	}
	if (rc < 0)
		snprintf(why, size, "%s: %s%s", g->path, strerror(-rc),
		    rc == -ENOENT ? "; \"ssh-keygen -t ed25519 -f FILE\" makes a key, --sign none does without"
				  : "");
	return rc;
}

int
report_sign(const char *path, const char *ns, const void *message, size_t n, struct signature *ret,
    char *why, size_t size)
{
	char text[KEY_FILE_MAX];
	size_t len = 0;
	struct sshsig_secret s;
	struct signature g = { 0 };
	int rc = open_key(path, &g, text, &len, why, size);
	if (rc < 0)
		return rc;
	rc = sshsig_secret_parse(text, len, &s);
	sodium_memzero(text, sizeof(text));
	if (rc == 0)
		rc = sign_inside(&s, ns, message, n, &g);
	else if (rc == -ENOTSUP)
		snprintf(why, size, "%s is not an Ed25519 key; \"ssh-keygen -t ed25519\" makes one",
		    g.path);
	else /* a pass phrase, a public key whose secret an agent or a token holds */
		rc = sign_outside(g.path, ns, message, n, &g, why, size);
	sodium_memzero(&s, sizeof(s));
	if (rc == 0)
		*ret = g;
	return rc;
}

int
report_public(const char *path, struct key *ret, char *why, size_t size)
{
	char text[KEY_FILE_MAX], name[REPORT_PATH + 8];
	size_t len = 0;
	struct sshsig_secret s;
	struct signature g = { 0 };
	int rc = open_key(path, &g, text, &len, why, size);
	if (rc < 0)
		return rc;
	rc = sshsig_secret_parse(text, len, &s);
	if (rc == 0)
		memcpy(ret->b, s.sk + 32, sizeof(ret->b));
	else if (sshsig_public_parse(text, len, ret) == 0)
		rc = 0; /* its secret is with an agent, or on a token */
	sodium_memzero(&s, sizeof(s));
	sodium_memzero(text, sizeof(text));
	if (rc == 0)
		return 0;
	snprintf(name, sizeof(name), "%s.pub", g.path); /* under a pass phrase; ssh-keygen wrote both */
	rc = read_file(name, text, &len);
	if (rc == 0)
		rc = sshsig_public_parse(text, len, ret);
	if (rc < 0)
		snprintf(why, size, "%s: no public key of type ed25519 there, nor in %s", g.path, name);
	return rc;
}
