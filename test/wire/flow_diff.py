#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""flow_diff.py FLOW_DUMP: every capture of export datagrams there is, decoded by us and by tshark.

Each record both see must have the same addresses, ports, counts, interfaces, flags and times. tshark
gets each capture twice and its second pass counts, for it never looks back at data that came before
its template; we hold it. What differs for good stands in KNOWN, with who is right."""
import collections, datetime, glob, json, os, shutil, subprocess, sys, tempfile

# Disagreements that stay: file -> (flows only ours has, flows only tshark has, who is right and why).
KNOWN = {
    "netflow-ethernet-over-mpls-with-control-word-data.pcap": (1, 0, "ours: the control word is 0 and the frame "
        "behind it begins 02:00, which tshark takes for a frame of its own (RFC 4385 3)"),
    "netflow-ipfixprobe-data.pcap": (6, 6, "ours: times of 2009 in a message of 2023 are none (a replayed "
        "capture); all else is the same"),
    "106-IPFIXv10-HUAWEI-vrf_name__traffic-00.pcap": (3, 3, "ours: uptimes count from systemInitTime (160) "
        "beside them, tshark leaves them uptimes; all else is the same"),
}

KNOWN_PACKETS = {
    "testdata__mpls-eompls-invalid-cw.pcap": (1, "ours: a control word may hold a number (RFC 4448 4.6), and what "
        "follows is a whole frame"),
}

# Captures that belong together, in this order: templates in one, data in others.
TOGETHER = [
    ("akvorado/netflow-datalink-template", "akvorado/netflow-datalink-data"),
    ("akvorado/netflow-ethernet-over-mpls-with-control-word-template",
     "akvorado/netflow-ethernet-over-mpls-with-control-word-data"),
    ("akvorado/netflow-icmp-template", "akvorado/netflow-icmp-data"),
    ("akvorado/netflow-ipfix-srv6-template", "akvorado/netflow-ipfix-srv6-data"),
    ("akvorado/netflow-ipfixprobe-templates", "akvorado/netflow-ipfixprobe-data"),
    ("akvorado/netflow-juniper-cpid-template", "akvorado/netflow-juniper-cpid-data"),
    ("akvorado/netflow-multiplesamplingrates-options-template",
     "akvorado/netflow-multiplesamplingrates-options-data",
     "akvorado/netflow-multiplesamplingrates-template", "akvorado/netflow-multiplesamplingrates-data"),
    ("akvorado/netflow-samplingrate-template", "akvorado/netflow-samplingrate-data"),
    ("akvorado/netflow-options-template", "akvorado/netflow-options-data", "akvorado/netflow-template",
     "akvorado/netflow-data"),
    ("pmacct/110-IPFIXv10-NFv9-multiple-sources__traffic-00",
     "pmacct/110-IPFIXv10-NFv9-multiple-sources__traffic-01",
     "pmacct/110-IPFIXv10-NFv9-multiple-sources__traffic-02"),
    ("pmacct/111-IPFIXv10-NFv9-IPv6-IPv4-mix_sources__traffic-00",
     "pmacct/111-IPFIXv10-NFv9-IPv6-IPv4-mix_sources__traffic-01"),
]
PORTS = {"sflow": ["6343"], "cflow": ["2055", "2100", "4739", "5001", "8096", "9990", "9991", "9992", "9995"]}
KEY = ("src", "dst", "proto", "sport", "dport", "packets", "bytes", "in", "out", "flags", "dir")


def records(path):
    """(time, bytes) of each packet of a capture, with its header."""
    b = open(path, "rb").read()
    return b[:24], b[24:]


def num(v):
    return int(v, 0) if isinstance(v, str) else v


def when(text):
    """tshark's absolute time, in ms."""
    day, frac = text.replace(" UTC", "").split(".")
    t = datetime.datetime.strptime(" ".join(day.split()), "%b %d, %Y %H:%M:%S")
    return int(t.replace(tzinfo=datetime.timezone.utc).timestamp()) * 1000 + int(frac[:3])


def ports(layers):
    """Ports as we show them, from layers of a packet."""
    for k in ("tcp", "udp", "sctp"):
        if k in layers:
            return num(layers[k][k + ".srcport"]), num(layers[k][k + ".dstport"])
    for k in ("icmp", "icmpv6"):
        if k in layers:
            return 0, num(layers[k][k + ".type"]) << 8 | num(layers[k][k + ".code"])
    return 0, 0


def of_packet(layers):
    outer = next((k for k in layers if k in ("ip", "ipv6")), None)  # tunnels stay closed
    if outer == "ip":
        ip = layers["ip"]
        f = {"src": ip["ip.src"], "dst": ip["ip.dst"], "proto": num(ip["ip.proto"]), "bytes": num(ip["ip.len"])}
    elif outer == "ipv6":
        ip = layers["ipv6"]
        f = {"src": ip["ipv6.src"], "dst": ip["ipv6.dst"], "proto": num(ip["ipv6.nxt"]),
             "bytes": num(ip["ipv6.plen"]) + 40}
    else:
        return None
    f["sport"], f["dport"] = (0, 0) if f["proto"] in (4, 41, 47) else ports(layers)
    f["packets"] = 1
    f["flags"] = num(layers["tcp"]["tcp.flags"]) & 255 if "tcp" in layers and "tcp.flags" in layers["tcp"] else -1
    return f


def address(r, four, six):
    a, b = r.get(four), r.get(six)
    return b if b and (not a or a == "0.0.0.0") and b != "::" else a or b


def times(r, head):
    t = r.get("cflow.timedelta_tree", {})
    if "cflow.timestart" in t and "cflow.sysuptime" in head:
        boot = num(head["cflow.timestamp_tree"]["cflow.unix_secs"]) * 1000 - round(float(head["cflow.sysuptime"]) * 1000)
        return tuple(boot + round(float(t["cflow.time" + k]) * 1000) for k in ("start", "end"))
    if "cflow.abstimestart" in t and "cflow.abstimeend" in t:
        return tuple(when(t["cflow.abstime" + k]) for k in ("start", "end"))
    return None


def of_record(r, head):
    """A tshark record into ours; None: options, an event without counts."""
    frame = r.get("cflow.data_link_frame_section_tree")
    if frame is not None:
        f = of_packet(frame)
        if not f:
            return None
    else:
        src, dst = (address(r, "cflow.%saddr" % k, "cflow.%saddrv6" % k) for k in ("src", "dst"))
        packets = r.get("cflow.packets", r.get("cflow.permanent_packets", r.get("cflow.packetsout")))
        octets = r.get("cflow.octets", r.get("cflow.permanent_octets", r.get("cflow.octetsout", "0")))
        if not src or packets is None or num(packets) == 0:
            return None
        f = {"src": src, "dst": dst, "packets": num(packets), "bytes": num(octets),
             "proto": num(r.get("cflow.protocol", r.get("cflow.ipv6_next_hdr", "0"))),
             "sport": num(r.get("cflow.srcport", "0")), "dport": num(r.get("cflow.dstport", "0")),
             "flags": num(r.get("cflow.tcpflags", r.get("cflow.tcpflags16", "-1"))) if "cflow.tcpflags" in r or
             "cflow.tcpflags16" in r else -1}
        if f["flags"] > 255:
            f["flags"] &= 255
        if f["proto"] in (1, 58):
            f["sport"] = 0
            both = num(r.get("cflow.icmp_type_code_ipv4", r.get("cflow.icmp_type_code_ipv6", "0")))
            f["dport"] = both or f["dport"]
            for v in ("4", "6"):
                if "cflow.icmp_ipv%s_type" % v in r:
                    f["dport"] = num(r["cflow.icmp_ipv%s_type" % v]) << 8 | num(r.get("cflow.icmp_ipv%s_code" % v, "0"))
    f["in"] = num(r.get("cflow.inputint", r.get("cflow.ingress_physical_interface", "0")))
    f["out"] = num(r.get("cflow.outputint", r.get("cflow.egress_physical_interface", "0")))
    d = num(r.get("cflow.direction", "-1"))
    f["dir"] = d if d in (0, 1) else -1
    f["times"] = times(r, head)
    return f


def both_ways(r):
    """A biflow shows each element twice: there, and back (RFC 5103)."""
    yield {k: v[0] if isinstance(v, list) else v for k, v in r.items()}
    if isinstance(r.get("cflow.packets"), list):
        back = {k: v[1] if isinstance(v, list) and len(v) > 1 else v for k, v in r.items()}
        for a, b in (("srcaddr", "dstaddr"), ("srcaddrv6", "dstaddrv6"), ("srcport", "dstport"), ("inputint", "outputint")):
            there = [back.pop("cflow." + k, None) for k in (b, a)]
            back.update({"cflow." + k: v for k, v in zip((a, b), there) if v is not None})
        yield back


def flows_of(o):
    for k, v in o.items():
        if not isinstance(v, dict):
            continue
        if (k.startswith("Flow ") or k.startswith("pdu ")) and not k.startswith("FlowSet"):
            yield v
        else:
            yield from flows_of(v)


K = "sflow.flow_sample."


def interface(kind, value):
    return 0 if num(kind) or num(value) in (0x3fffffff, 0xffffffff) else num(value)


def samples_of(o):
    return [v for k, v in o.items() if "low sample" in k and isinstance(v, dict)]


def find(o, name):
    for k, v in o.items() if isinstance(o, dict) else ():
        if k == name:
            return v
        inner = find(v, name)
        if inner is not None:
            return inner


def of_sample(s):
    """An sFlow sample of tshark's; None: counters, or nothing of IP."""
    f = of_packet(find(s, "sflow_245.header_tree") or {})
    if not f:
        return None
    if K + "input_interface_value" in s:
        f["in"] = interface(s[K + "input_interface_format"], s[K + "input_interface_value"])
        f["out"] = interface(s[K + "output_interface.format"], s[K + "output_interface_value"])
    else:
        f["in"], f["out"] = (interface(num(s[K + k]) >> 30, num(s[K + k]) & 0x3fffffff)
                             for k in ("input_interface", "output_interface"))
    source = num(s.get(K + "index", s.get(K + "source_id_index", "0")))
    f["dir"] = 0 if source and source == f["in"] else 1 if source and source == f["out"] else -1
    f["times"] = None
    return f


def tshark(paths):
    with tempfile.NamedTemporaryFile(suffix=".pcap") as t:
        if paths[0].endswith(".ipfix"):
            first, twice = 0, paths[0]
        else:
            head = records(paths[0])[0]
            body = b"".join(records(p)[1] for p in paths)
            t.write(head + body + body)
            t.flush()
            twice, first = t.name, -1
        cmd = ["tshark", "-r", twice, "-T", "json", "--no-duplicate-keys"]
        for proto, numbers in PORTS.items():
            for n in numbers:
                cmd += ["-d", "udp.port==%s,%s" % (n, proto)]
        out = subprocess.run(cmd, capture_output=True, text=True, check=True).stdout
    packets = json.loads(out)
    if first < 0:
        packets = packets[len(packets) // 2:]
    got = []
    for p in packets:
        layers = p["_source"]["layers"]
        for head in [layers["cflow"]] if "cflow" in layers else []:
            for r in flows_of(head):
                got += [f for f in (of_record(way, head) for way in both_ways(r)) if f]
        for s in samples_of(layers.get("sflow", {})):
            f = of_sample(s)
            if f:
                got.append(f)
    return got


def ours(dump, paths):
    out = subprocess.run([dump] + paths, capture_output=True, text=True, check=True).stdout
    got = [json.loads(line) for line in out.splitlines()]
    for f in got:
        f["times"] = (f["first"], f["last"]) if f["times"] else None
    return got


def compare(a, b):
    """How many are the same, what only a and only b has."""
    mine, theirs = (collections.Counter(tuple(f[k] for k in KEY) + (f["times"],) for f in x) for x in (a, b))
    return sum((mine & theirs).values()), list((mine - theirs).elements()), list((theirs - mine).elements())


def groups(root):
    done = set()
    for g in TOGETHER:
        have = [p for p in (os.path.join(root, n + ".pcap") for n in g) if os.path.exists(p)]
        done.update(have)
        if have:
            yield have
    for p in sorted(glob.glob(root + "/akvorado/netflow*.pcap") +
                    glob.glob(root + "/akvorado/sflow*.pcap") + glob.glob(root + "/pmacct/*.pcap") +
                    glob.glob(root + "/ipfixcol2/*.ipfix") + glob.glob(root + "/../ndpi/netflowv9.pcap")):
        if p not in done:
            yield [p]


FIELDS = ("ip.src ip.dst ip.proto ip.len ip.frag_offset ipv6.src ipv6.dst ipv6.nxt ipv6.plen ipv6.fraghdr.offset "
          "tcp.srcport tcp.dstport tcp.flags udp.srcport udp.dstport icmp.type icmp.code icmpv6.type icmpv6.code").split()


def raw_tshark(path):
    """Each packet of a capture by its outermost headers; None: not IP, or behind one tshark takes apart."""
    cmd = ["tshark", "-r", path, "-o", "ip.defragment:FALSE", "-T", "fields", "-E", "occurrence=f", "-e", "frame.protocols"]
    for f in FIELDS:
        cmd += ["-e", f]
    for line in subprocess.run(cmd, capture_output=True, text=True, check=True).stdout.splitlines():
        protocols, *values = line.split("\t")
        v = {k: x for k, x in zip(FIELDS, values) if x}
        six = "ipv6.src" in v and ("ip.src" not in v or protocols.find("ipv6") < protocols.find("ip:"))
        if not six and "ip.src" not in v:
            yield None
            continue
        f = {"src": v["ipv6.src" if six else "ip.src"], "dst": v["ipv6.dst" if six else "ip.dst"]}
        f["proto"] = num(v["ipv6.nxt" if six else "ip.proto"])
        f["bytes"] = num(v["ipv6.plen"]) + 40 if six else num(v["ip.len"])
        if six and f["proto"] in (0, 43, 44, 51, 60):
            f["proto"] = -1  # behind extension headers: not compared
        f["sport"], f["dport"] = 0, 0
        kind = {6: "tcp", 17: "udp"}.get(f["proto"])
        part = not six and num(v["ip.frag_offset"]) > 0
        if kind and not part and kind + ".srcport" in v:
            f["sport"], f["dport"] = num(v[kind + ".srcport"]), num(v[kind + ".dstport"])
        icmp = {1: "icmp", 58: "icmpv6"}.get(f["proto"])
        if icmp and not part and icmp + ".type" in v:
            f["dport"] = num(v[icmp + ".type"]) << 8 | num(v.get(icmp + ".code", "0"))
        f["flags"] = num(v["tcp.flags"]) & 255 if f["proto"] == 6 and not part and "tcp.flags" in v else -1
        yield f


def packets(dump, path):
    """Where packet_parse and tshark differ about a capture."""
    out = subprocess.run([dump, "-r", path], capture_output=True, text=True, check=True).stdout
    mine = [json.loads(line) for line in out.splitlines()]
    theirs = list(raw_tshark(path))
    wrong = [] if len(mine) == len(theirs) else ["%d packets, tshark has %d" % (len(mine), len(theirs))]
    for i, (a, b) in enumerate(zip(mine, theirs), 1):
        if b is None:
            if "none" not in a:
                wrong.append("%d: we have %s, tshark nothing" % (i, a))
            continue
        keys = [k for k in b if not (b["proto"] == -1 and k in ("proto", "sport", "dport", "flags"))]
        if any(a.get(k) != b[k] for k in keys):
            wrong.append("%d: %s, tshark %s" % (i, {k: a.get(k) for k in keys}, {k: b[k] for k in keys}))
    return len(mine), wrong


def all_packets(dump, root):
    bad = 0
    for path in sorted(glob.glob(root + "/akvorado/testdata__*.pcap") + glob.glob(root + "/../*/*.pcap")):
        if open(path, "rb").read(4) not in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4"):
            continue  # pcapng: flow_dump does not read it
        n, wrong = packets(dump, path)
        known = KNOWN_PACKETS.get(os.path.basename(path), (0, ""))
        fine = len(wrong) == known[0]
        bad += not fine
        print("%s %s: %d packets, %d differ%s" % ("ok" if fine else "NOT OK", os.path.basename(path), n, len(wrong),
              "; " + known[1] if known[1] else ""))
        for line in wrong[:3] if not fine else ():
            print("  " + line)
    return bad


def main():
    root = os.path.join(os.environ.get("LYMPH_DATA", ""), "telemetry/collectors")
    if not os.path.isdir(root) or not shutil.which("tshark"):
        print("skipped: no captures (LYMPH_DATA) or no tshark")
        return 77
    bad = same_all = 0
    for paths in groups(root):
        name = os.path.basename(paths[-1])
        same, mine, theirs = compare(ours(sys.argv[1], paths), tshark(paths))
        same_all += same
        known = KNOWN.get(name, (0, 0, ""))
        fine = (len(mine), len(theirs)) == known[:2]
        bad += not fine
        print("%s %s: %d the same, %d only ours, %d only tshark's%s" % ("ok" if fine else "NOT OK", name, same,
              len(mine), len(theirs), "; " + known[2] if known[2] else ""))
        if not fine:
            for who, rows in (("ours", mine), ("tshark", theirs)):
                for r in rows[:4]:
                    print("  %s: %s" % (who, " ".join("%s=%s" % kv for kv in zip(KEY + ("times",), r))))
    print("%d records the same" % same_all)
    bad += all_packets(sys.argv[1], root)
    return 1 if bad or not same_all else 0


sys.exit(main())
