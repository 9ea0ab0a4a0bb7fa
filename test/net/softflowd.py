#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""For softflowd.sh: `packets FILE` writes synthetic packets (documentation addresses) and prints the flows
they are; `compare TRUTH OURS NFDUMP NAME` says whether what was decoded is what was sent."""
import collections, ipaddress, json, random, struct, sys, time

# Just now: softflowd's export says the time of day, and times a day before that are not believed.
START = int(time.time()) - 120


def ip(src, dst, proto, body):
    s, d = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if s.version == 4:
        return b"\x08\0", struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0x4000, 64, proto, 0) + s.packed + d.packed + body
    return b"\x86\xdd", struct.pack(">IHBB", 6 << 28, len(body), proto, 64) + s.packed + d.packed + body


def layer4(proto, sport, dport, flags, size):
    if proto == 6:
        return struct.pack(">HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 1024, 0, 0) + bytes(size)
    if proto == 17:
        return struct.pack(">HHHH", sport, dport, 8 + size, 0) + bytes(size)
    return struct.pack(">BBHI", dport >> 8, dport & 255, 0, 1) + bytes(size)


def packets(path):
    rnd = random.Random(5)
    out, truth = [], {}
    for i in range(60):
        six, proto = i % 4 == 3, (6, 17, 6, 17, 1)[i % 5]
        a = "2001:db8::%x" % (i + 1) if six else "192.0.2.%d" % (i + 1)
        b = "2001:db8:1::1" if six else "198.51.100.%d" % (i % 7 + 1)
        if proto == 1 and six:
            proto = 58
        sport, dport = (0, 2048 if proto == 1 else 128 << 8) if proto in (1, 58) else (40000 + i, (23, 53, 443)[i % 3])
        for src, dst, sp, dp, n in ((a, b, sport, dport, 1 + i % 9), (b, a, dport, sport, i % 5)):
            if proto in (1, 58):
                sp, dp = 0, dport if src == a else (0 if proto == 1 else 129 << 8)
            for k in range(n):
                flags = (2 if k == 0 else 16) if src == a else 18
                kind, p = ip(src, dst, proto, layer4(proto, sp, dp, flags, rnd.randrange(0, 300)))
                out.append((START + i + k / 10 + (src == b) / 20, bytes.fromhex("020000000001020000000002") + kind + p))
                t = truth.setdefault(str((src, dst, proto, sp, dp)), [0, 0, 0])
                t[0] += 1
                t[1] += len(p)
                t[2] |= flags if proto == 6 else 0
    out.sort(key=lambda x: x[0])
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for when, p in out:
            f.write(struct.pack("<IIII", int(when), int(when % 1 * 1e6), len(p), len(p)) + p)
    json.dump(truth, sys.stdout)


def icmp_blind(key):
    """softflowd's v5 and v9 do tell ICMP types; a biflow has one port for both ways."""
    src, dst, proto, sp, dp = key
    return (src, dst, proto, 0, 0) if proto in (1, 58) else key


def fail(text):
    print(text)
    return 1


def compare(truth_path, ours_path, nfdump_path, name):
    truth = collections.defaultdict(lambda: [0, 0, 0])
    for k, v in json.load(open(truth_path)).items():
        k = icmp_blind(eval(k))
        truth[k] = [truth[k][0] + v[0], truth[k][1] + v[1], truth[k][2] | v[2]]
    lines = [json.loads(x) for x in open(ours_path)]
    flows, stats = [x for x in lines if "src" in x], [x for x in lines if "exporter" in x][0]
    ours = collections.defaultdict(lambda: [0, 0, 0])
    for f in flows:
        k = icmp_blind((f["src"], f["dst"], f["proto"], f["sport"], f["dport"]))
        ours[k] = [ours[k][0] + f["packets"], ours[k][1] + f["bytes"], ours[k][2] | max(f["flags"], 0)]
    sampled = "sampled" in name
    wanted = {k: v for k, v in truth.items() if name[:2] != "v5" or ":" not in k[0]}
    total, seen = (sum(v[0] for v in x.values()) for x in (wanted if name[:2] == "v5" else truth, ours))
    bad = 0
    if stats["bad"] or stats["no_template"] or stats["held"] or stats["lost"] or stats["restarts"]:
        bad += fail("%s: not all was understood: %s" % (name, stats))
    if not sampled and dict(ours) != wanted:
        for k in sorted(set(ours) | set(wanted), key=str):
            if ours.get(k) != wanted.get(k):
                bad += fail("%s: %s is %s, sent %s" % (name, k, ours.get(k), wanted.get(k)))
    if sampled and (stats["sampling"] != 10 or not 0.05 * total <= seen <= 0.2 * total):
        bad += fail("%s: sampling %s, %d of %d packets" % (name, stats["sampling"], seen, total))
    if sampled and any(f["sampling"] not in (0, 10) for f in flows):
        bad += fail("%s: a flow sampled otherwise" % name)
    if name != "psamp" and any(not f["times"] for f in flows):
        bad += fail("%s: a flow without times" % name)
    nf = collections.Counter()
    for line in open(nfdump_path):
        p = [x.strip() for x in line.split(",")]
        if len(p) == 7 and p[5].isdigit():
            nf[icmp_blind((p[0], p[1], int(p[2]), int(float(p[3])), int(float(p[4]))))] += int(p[5])
    differ = [k for k in set(ours) | set(nf) if ours.get(k, [0])[0] != nf.get(k, 0)]
    print("%s: %d flows, %d of %d packets, sampling %s, lost %s, restarts %s; nfcapd has %d flows and counts %d of them otherwise" % (
        name, len(flows), seen, total, stats["sampling"], stats["lost"], stats["restarts"], len(nf), len(differ)))
    return 1 if bad or not flows else 0


if sys.argv[1] == "packets":
    packets(sys.argv[2])
else:
    sys.exit(compare(*sys.argv[2:6]))
