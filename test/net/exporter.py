#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An exporter of cardboard: NetFlow v9 (RFC 3954) about a line that scans and a neighbour that surfs.

exporter.py FROM TO PORT LINE COUNT [IN_IF] [PAUSE]: from address FROM to TO:PORT, COUNT rounds, PAUSE
seconds apart; each round LINE sends a SYN to seven more addresses on 23, every tenth on 2323, and
192.0.2.99 has an answered web session. IN_IF: the interface both enter through (10); they leave by 1.
LINE flood:VICTIM instead: each round 120 lines, 192.0.2.1 on, send two sampled datagrams of 750 bytes to
VICTIM on 80, and every fifth line surfs.
"""
import random
import socket
import struct
import sys
import time

FIELDS = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (10, 4), (14, 4), (2, 4), (1, 4), (22, 4), (21, 4)]
BOOT = time.time() - 1000


def flow(src, dst, sport, dport, flags, packets, size, way, proto=6):
    up = int((time.time() - BOOT) * 1000)
    return struct.pack("!4s4sHHBBIIIIII", socket.inet_aton(src), socket.inet_aton(dst), sport, dport, proto, flags,
                       way[0], way[1], packets, packets * size, up - 500, up - 100)


def datagram(seq, flows):
    template = struct.pack("!HH", 256, len(FIELDS)) + b"".join(struct.pack("!HH", *f) for f in FIELDS)
    data = b"".join(flows)
    data += bytes(-len(data) % 4)
    body = struct.pack("!HH", 0, 4 + len(template)) + template
    body += struct.pack("!HH", 256, 4 + len(data)) + data
    now = time.time()
    return struct.pack("!HHIIII", 9, 1 + len(flows), int((now - BOOT) * 1000), int(now), seq, 7) + body


def flood(sock, to, victim, count, way, pause):
    for seq in range(count):
        flows = []
        for line in range(1, 121):
            own = "192.0.2.%d" % line
            flows.append(flow(own, victim, random.randrange(1024, 65536), 80, 0, 2, 750, way, 17))
            if line % 5 == 0:
                far = "198.51.100.%d" % (1 + line % 50)
                flows.append(flow(own, far, 50000 + seq % 999, 443, 0x1B, 3, 400, way))
                flows.append(flow(far, own, 443, 50000 + seq % 999, 0x1B, 3, 1200, way[::-1]))
        for i in range(0, len(flows), 28):
            sock.sendto(datagram(seq * 10 + i // 28, flows[i:i + 28]), to)
        time.sleep(pause)


def main():
    source, to, port, line, count = sys.argv[1:6]
    way = (int(sys.argv[6]) if len(sys.argv) > 6 else 10, 1)
    pause = float(sys.argv[7]) if len(sys.argv) > 7 else 0.2
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((source, 0))
    if line.startswith("flood:"):
        return flood(sock, (to, int(port)), line[6:], int(count), way, pause)
    n = 0
    for seq in range(int(count)):
        flows = []
        for _ in range(7):
            n += 1
            far = "203.%d.%d.%d" % (n % 40, n // 40 % 250, 1 + n % 250)
            flows.append(flow(line, far, 40000, 2323 if n % 10 == 0 else 23, 2, 1, 40, way))
        flows.append(flow("192.0.2.99", "198.51.100.80", 50000 + seq % 1000, 443, 0x1B, 12, 400, way))
        flows.append(flow("198.51.100.80", "192.0.2.99", 443, 50000 + seq % 1000, 0x1B, 12, 1200, way[::-1]))
        sock.sendto(datagram(seq, flows), (to, int(port)))
        time.sleep(pause)


main()
