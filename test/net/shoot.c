/* SPDX-License-Identifier: BSD-2-Clause */
/* shoot UID ADDRESS...: takes the uid, then sends TCP, UDP, ICMP and (keeping CAP_NET_RAW as no role
 * does) raw ICMP at each address. What leaves is counted elsewhere. */
#include <arpa/inet.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
shoot(int family, int type, int protocol, const struct sockaddr_storage *to, socklen_t n, int port)
{
	struct sockaddr_storage ss = *to;
	uint8_t echo[16] = { family == AF_INET ? 8 : 128, 0, family == AF_INET ? 0xf7 : 0,
		family == AF_INET ? 0xff : 0 };
	int fd = socket(family, type | SOCK_NONBLOCK, protocol);
	if (fd < 0) {
		perror("socket");
		exit(1);
	}
	((struct sockaddr_in *)&ss)->sin_port = htons((uint16_t)port); /* same place in sockaddr_in6 */
	/* Refusals are what the test is about. */
	if (type == SOCK_STREAM)
		(void)!connect(fd, (struct sockaddr *)&ss, n);
	else
		(void)!sendto(fd, echo, sizeof echo, 0, (struct sockaddr *)&ss, n);
	usleep(1000);
	close(fd);
}

int
main(int argc, char **argv)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };
	uid_t uid = argc > 1 ? (uid_t)atoi(argv[1]) : 0;
	d[0].effective = d[0].permitted = 1u << CAP_NET_RAW;
	if (!uid || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0 || syscall(SYS_capset, &h, d) < 0) {
		perror("identity");
		return 1;
	}
	for (int i = 2; i < argc; i++) {
		struct sockaddr_storage to;
		memset(&to, 0, sizeof to);
		struct sockaddr_in *sin = (void *)&to;
		struct sockaddr_in6 *sin6 = (void *)&to;
		int four = inet_pton(AF_INET, argv[i], &sin->sin_addr) == 1;
		int family = four ? AF_INET : AF_INET6;
		if (!four && inet_pton(AF_INET6, argv[i], &sin6->sin6_addr) != 1)
			return 1;
		to.ss_family = (sa_family_t)family;
		socklen_t n = four ? sizeof *sin : sizeof *sin6;
		shoot(family, SOCK_STREAM, 0, &to, n, 80);
		shoot(family, SOCK_DGRAM, 0, &to, n, 53);
		shoot(family, SOCK_DGRAM, four ? IPPROTO_ICMP : IPPROTO_ICMPV6, &to, n, 0);
		if (four)
			shoot(family, SOCK_RAW, IPPROTO_ICMP, &to, n, 0);
	}
	return 0;
}
