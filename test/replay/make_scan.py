#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""One made-up scanner and one honest neighbour, written down as each sensor would: pcap, Zeek (TSV and
JSON), Suricata EVE, Argus, nfdump. 192.168.7.16 sends SYNs to 30 addresses on tcp/23 and 2323, nobody
answers; 192.168.7.17 reads 30 web pages. Named synthetic in every test. Usage: make_scan.py FOLDER"""
import json
import struct
import sys
from datetime import datetime, timezone

T0 = 1700000000.0
folder = sys.argv[1]


def checksum(b):
    s = sum(struct.unpack(f"!{len(b) // 2}H", b))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


def packet(src, dst, sport, dport, flags, load=0):
    a = bytes(map(int, src.split(".")))
    b = bytes(map(int, dst.split(".")))
    tcp = struct.pack("!HHIIBBHHH", sport, dport, 1, 1 if flags & 16 else 0, 5 << 4, flags, 1024, 0, 0)
    tcp += bytes(load)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, a, b)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return bytes(12) + b"\x08\x00" + ip + tcp


rows = []  # time, src, sport, dst, dport, answered
for i in range(30):
    rows.append((T0 + i, "192.168.7.16", 40000 + i, f"{20 + i}.{i}.7.9", 2323 if i % 10 == 9 else 23, False))
    rows.append((T0 + i + 0.5, "192.168.7.17", 50000 + i, f"{60 + i}.{i}.7.9", 443, True))

frames = []
for t, s, sp, d, dp, ok in rows:
    frames.append((t, packet(s, d, sp, dp, 2)))
    if ok:
        for k in range(4):
            frames.append((t + 0.01 + k / 50, packet(d, s, dp, sp, 0x12 if k == 0 else 0x18, 0 if k == 0 else 900)))
            frames.append((t + 0.02 + k / 50, packet(s, d, sp, dp, 0x10 if k else 0x18, 0 if k else 200)))
frames.sort(key=lambda f: f[0])
with open(f"{folder}/scan.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for t, p in frames:
        f.write(struct.pack("<IIII", int(t), int(t % 1 * 1e6), len(p), len(p)) + p)

names = ("ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state "
         "local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents").split()


def zeek(t, s, sp, d, dp, ok):
    return dict(zip(names, [t, "C1", s, sp, d, dp, "tcp", "-", 0.09 if ok else None, 200 if ok else 0, 2700 if ok else 0,
                            "SF" if ok else "S0", "T", "F", 0, "ShADadFf" if ok else "S", 5 if ok else 1,
                            400 if ok else 40, 4 if ok else 0, 2860 if ok else 0, "-"]))


def stamp(t, form="%Y-%m-%dT%H:%M:%S.%f"):
    return datetime.fromtimestamp(t, timezone.utc).strftime(form)


with open(f"{folder}/conn.log", "w") as f:
    f.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\t")
    f.write("\t".join(names) + "\n")
    for r in rows:
        f.write("\t".join("-" if v is None else str(v) for v in zeek(*r).values()) + "\n")
    f.write("#close\t2023-11-14-22-13-50\n")
with open(f"{folder}/conn.json", "w") as f:
    for r in rows:
        f.write(json.dumps({k: v for k, v in zeek(*r).items() if v not in (None, "-")}) + "\n")
with open(f"{folder}/eve.json", "w") as f:
    for t, s, sp, d, dp, ok in rows:
        f.write(json.dumps({"timestamp": stamp(t + 60) + "+0000", "event_type": "flow", "src_ip": s, "src_port": sp,
                            "dest_ip": d, "dest_port": dp, "proto": "TCP",
                            "flow": {"pkts_toserver": 5 if ok else 1, "pkts_toclient": 4 if ok else 0,
                                     "bytes_toserver": 470 if ok else 54, "bytes_toclient": 2916 if ok else 0,
                                     "start": stamp(t) + "+0000", "end": stamp(t) + "+0000"},
                            "tcp": {"tcp_flags_ts": "1b" if ok else "02", "tcp_flags_tc": "1b" if ok else "00"}}) + "\n")
        f.write(json.dumps({"timestamp": stamp(t) + "+0000", "event_type": "dns", "src_ip": s}) + "\n")
with open(f"{folder}/argus.binetflow", "w", newline="") as f:
    f.write("StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,SrcPkts,Label\r\n")
    for t, s, sp, d, dp, ok in rows:
        f.write(f"{stamp(t, '%Y/%m/%d %H:%M:%S.%f')},0.09,tcp,{s},{sp},   ->,{d},{dp},{'FSPA_FSPA' if ok else 'S_'},0,0,"
                f"{9 if ok else 1},{3260 if ok else 40},{400 if ok else 40},{5 if ok else 1},flow=x\r\n")
with open(f"{folder}/nfdump.csv", "w") as f:
    f.write("ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb\n")
    for t, s, sp, d, dp, ok in rows:
        at = stamp(t, "%Y-%m-%d %H:%M:%S")
        f.write(f"{at},{at},0.000,{s},{d},{sp},{dp},TCP,{'...AP.SF' if ok else '......S.'},0,0,{5 if ok else 1},"
                f"{400 if ok else 40},0,0,1,2,0,0,0,0,0,0,0.0.0.0,0.0.0.0\n")
        if ok:
            f.write(f"{at},{at},0.000,{d},{s},{dp},{sp},TCP,...AP.SF,0,0,4,2860,0,0,2,1,0,0,0,0,0,0,0.0.0.0,0.0.0.0\n")
    f.write("Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n90,1,1,1,1,1\n")


def one_way():
    for t, s, sp, d, dp, ok in rows:
        yield t, s, d, sp, dp, 5 if ok else 1, 400 if ok else 40, 0x1B if ok else 2
        if ok:
            yield t, d, s, dp, sp, 4, 2860, 0x1B


def quad(a):
    return bytes(map(int, a.split(".")))


# What a router exports of it: NetFlow v5 in a capture, 20 records a datagram; IPFIX in a file.
flows = list(one_way())
with open(f"{folder}/exports.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for k in range(0, len(flows), 20):
        part = flows[k:k + 20]
        now = int(part[-1][0]) + 1
        pdu = struct.pack("!HHIIIIBBH", 5, len(part), 1000000, now, 0, k, 0, 0, 1 << 14 | 1)
        for t, s, d, sp, dp, n, b, fl in part:
            up = 1000000 - int((now - t) * 1000)
            pdu += quad(s) + quad(d) + bytes(4) + struct.pack("!HHIIIIHHBBBBHHBBH", 1, 2, n, b, up, up, sp, dp, 0, fl, 6,
                                                              0, 0, 0, 0, 0, 0)
        udp = struct.pack("!HHHH", 2056, 2055, 8 + len(pdu), 0) + pdu
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, quad("192.0.2.1"), quad("192.0.2.2"))
        frame = bytes(12) + b"\x08\x00" + ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + udp
        f.write(struct.pack("<IIII", now, 0, len(frame), len(frame)) + frame)
fields = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 4), (152, 8), (153, 8))
with open(f"{folder}/flows.ipfix", "wb") as f:
    def message(sets, now, seq):
        f.write(struct.pack("!HHIII", 10, 16 + len(sets), now, seq, 7) + sets)

    template = struct.pack("!HH", 256, len(fields)) + b"".join(struct.pack("!HH", *x) for x in fields)
    message(struct.pack("!HH", 2, 4 + len(template)) + template, int(T0), 0)
    for k in range(0, len(flows), 20):
        part = flows[k:k + 20]
        recs = b"".join(quad(s) + quad(d) + struct.pack("!HHBBIIQQ", sp, dp, 6, fl, n, b, int(t * 1000), int(t * 1000))
                        for t, s, d, sp, dp, n, b, fl in part)
        message(struct.pack("!HH", 256, 4 + len(recs)) + recs, int(part[-1][0]) + 1, k)
