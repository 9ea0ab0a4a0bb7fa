/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a packet costs on its way through a router: sends COUNT UDP packets at random addresses of
 * 10.0.0.0/8 out of an interface, on one processor, which carries them through the veth pairs in the
 * same thread. Prints processor time for each in ns, its share in ksoftirqd too.
 *
 *	packet_cost IFACE DESTINATION-MAC COUNT SEED
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define CPU   1
#define BYTES 60

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

static uint8_t frames[BATCH][BYTES];
static struct mmsghdr msgs[BATCH];
static struct iovec iov[BATCH];

static uint16_t
ip_sum(const struct frame *f)
{
	uint32_t s = 0;
	uint16_t w[10];
	memcpy(w, (const uint8_t *)f + sizeof f->eth, sizeof w);
	for (int i = 0; i < 10; i++)
		s += w[i];
	s = (s & 0xffff) + (s >> 16);
	return (uint16_t) ~(s + (s >> 16));
}

static uint32_t
mix(uint32_t h) /* a bijection: no address twice in a row of 16 million */
{
	h ^= h >> 16;
	h *= 0x85ebca6b;
	h ^= h >> 13;
	h *= 0xc2b2ae35;
	return h ^ h >> 16;
}

static void
aim(struct frame *f, uint32_t i)
{
	f->ip.daddr = htonl(0x0a000000 | (mix(i) & 0xffffff));
	f->ip.check = 0;
	f->ip.check = ip_sum(f);
}

static void
set_up(const char *mac)
{
	unsigned m[6];
	if (sscanf(mac, "%x:%x:%x:%x:%x:%x", m, m + 1, m + 2, m + 3, m + 4, m + 5) != 6)
		exit(2);
	for (int i = 0; i < BATCH; i++) {
		struct frame *f = (void *)frames[i];
		for (int k = 0; k < 6; k++)
			f->eth.h_dest[k] = (uint8_t)m[k];
		f->eth.h_source[0] = 2;
		f->eth.h_proto = htons(ETH_P_IP);
		f->ip.version = 4;
		f->ip.ihl = 5;
		f->ip.ttl = 9;
		f->ip.protocol = IPPROTO_UDP;
		f->ip.tot_len = htons(BYTES - sizeof f->eth);
		f->ip.saddr = htonl(0xc0000202);
		f->udp.source = htons(4000);
		f->udp.dest = htons(3128);
		f->udp.len = htons(BYTES - sizeof f->eth - sizeof f->ip);
		iov[i] = (struct iovec){ frames[i], BYTES };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

/* ns spent by ksoftirqd of our processor. */
static uint64_t
softirq_ns(void)
{
	static int pid;
	char path[64], comm[32];
	unsigned long long ns = 0;
	for (int p = 1; !pid && p < 200; p++) {
		snprintf(path, sizeof path, "/proc/%d/comm", p);
		FILE *f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(comm, sizeof comm, f) && strcmp(comm, "ksoftirqd/1\n") == 0)
			pid = p;
		fclose(f);
	}
	snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
	FILE *f = pid ? fopen(path, "r") : NULL;
	if (f && fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	if (f)
		fclose(f);
	return ns;
}

static uint64_t
cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec + softirq_ns();
}

int
main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	unsigned count = (unsigned)atoi(argv[3]), seed = (unsigned)atoi(argv[4]);
	int one = 1, fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = 0,
		.sll_ifindex = (int)if_nametoindex(argv[1]) };
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	CPU_SET(CPU, &cpus);
	sched_setaffinity(0, sizeof cpus, &cpus);
	if (fd < 0 || bind(fd, (void *)&to, sizeof to) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) < 0) {
		perror("packet_cost");
		return 1;
	}
	set_up(argv[2]);
	unsigned sent = 0;
	uint64_t from = 0;
	for (unsigned i = 0; i < count + 20000;) {
		if (i >= 20000 && !from) /* warm by now */
			from = cpu_ns();
		for (int k = 0; k < BATCH; k++)
			aim((void *)frames[k], seed + i + (unsigned)k);
		int n = sendmmsg(fd, msgs, BATCH, 0);
		if (n <= 0)
			continue;
		i += (unsigned)n;
		sent += from ? (unsigned)n : 0;
	}
	printf("%.1f\n", (double)(cpu_ns() - from) / sent);
	return 0;
}
