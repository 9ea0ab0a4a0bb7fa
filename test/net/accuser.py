#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sends reports to lymphd: accuser.py HOST PORT storm N SEED | victim N ADDRESS PORT.
storm: random and hostile addresses, a few of them own; victim: N keys' worth of reports on one address.
Prints how many answers came with which status."""
import base64
import hashlib
import http.client
import ipaddress
import json
import random
import sys
import threading
import time
import uuid
from collections import Counter

OWN4, OWN6 = "198.18.0.0/15", "2001:db8:1::/48"
# Addresses that tempt a prober, and things that are none.
TEMPTING = ["0.0.0.0", "127.0.0.1", "255.255.255.255", "224.0.0.1", "169.254.169.254", "10.0.0.1", "::",
            "::1", "fe80::1", "ff02::1", "64:ff9b::cb00:7101", "2002:cb00:7101::1", "::ffff:203.0.113.1",
            "::198.18.0.1", "198.18.0.0/15", "0.0.0.0/0", "203.0.113.1:80", "http://203.0.113.1/",
            "198.18.0.1@203.0.113.1", "198.18.0.1 203.0.113.1", "0xc6120001", "198.18.1", "3323068417",
            "localhost", "canary.example", "203.0.113.1\u0000", "198.18.0.1\n203.0.113.1", ""]


def inside(rng, text):
    net = ipaddress.ip_network(text)
    return str(net[rng.randrange(net.num_addresses)])


def subject(rng):
    kind = rng.randrange(20)
    if kind == 0:
        return inside(rng, rng.choice([OWN4, OWN6]))
    if kind < 4:  # one bit beside what is own
        net = ipaddress.ip_network(rng.choice([OWN4, OWN6]))
        flip = 1 << (net.max_prefixlen - 1 - rng.randrange(net.prefixlen))
        return str(ipaddress.ip_address(int(ipaddress.ip_address(inside(rng, str(net)))) ^ flip))
    if kind < 7:
        return rng.choice(TEMPTING)
    return str(ipaddress.ip_address(rng.getrandbits(32)) if kind < 14 else ipaddress.IPv6Address(rng.getrandbits(128)))


def report(rng, address, port):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    log = f'{address} - - [x] "GET http://203.0.113.9/ HTTP/1.1" 302 "http://203.0.113.8/"\n'.encode()
    who = {"org": "x", "contact": "abuse@x.example", "domain": "x.example"}
    doc = {"xarf_version": "4.2.0", "report_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
           "timestamp": now, "reporter": who, "sender": who, "source_identifier": address,
           "category": "vulnerability", "type": "open_service", "service": "open-proxy",
           "destination_ip": "203.0.113.7", "evidence_source": "server_logs",
           "evidence": [{"content_type": "text/plain", "payload": base64.b64encode(log).decode(),
                         "hash": "sha256:" + hashlib.sha256(log).hexdigest(), "size": len(log)}]}
    if port:
        doc["source_port"] = doc["service_port"] = port
    return json.dumps(doc).encode()


def send(host, port, bodies, said):
    c = http.client.HTTPConnection(host, port, timeout=60)
    for body in bodies:
        for _ in range(600):
            try:
                c.request("POST", "/v1/reports", body, {"Content-Type": "application/json"})
                r = c.getresponse()
                r.read()
                status = r.status
            except (OSError, http.client.HTTPException):
                c.close()
                status = 503
            if status != 503:
                break
            time.sleep(0.1)
        said.append(status)


def main():
    host, port, what, n = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    rng = random.Random(int(sys.argv[5]) if what == "storm" else None)
    if what == "storm":
        bodies = [report(rng, subject(rng), rng.choice([0, rng.randrange(1, 65536), 3128])) for _ in range(n)]
    else:
        bodies = [report(rng, sys.argv[5], int(sys.argv[6])) for _ in range(n)]
    said, threads = [], []
    for i in range(16):
        threads.append(threading.Thread(target=send, args=(host, port, bodies[i::16], said)))
        threads[-1].start()
    for t in threads:
        t.join()
    print(json.dumps(Counter(str(s) for s in said)))


main()
