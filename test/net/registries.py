#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Registries of cardboard, for rdap.sh: a resolver for *.example on UDP port 53, and RDAP servers, by the name
they are asked under, on 80 and, with TLS, on 443. Each question to a server is a line on standard output.
Arguments: own address, certificate, key."""
import http.server
import json
import socket
import ssl
import struct
import sys
import threading
import time

OWN = sys.argv[1]


def net(first, last, **more):
    return {"objectClassName": "ip network", "rdapConformance": ["rdap_level_0"], "startAddress": first,
            "endAddress": last, "ipVersion": "v4", **more}


def card(role, name, mail=None):
    props = [["version", {}, "text", "4.0"], ["fn", {}, "text", name]]
    if mail:
        props.append(["email", {"type": "work"}, "text", mail])
    return {"objectClassName": "entity", "roles": [role], "vcardArray": ["vcard", props]}


BOOT = {"version": "1.0", "publication": "2026-11-22T00:00:00Z", "services": [
    [["11.0.0.0/8", "31.0.0.0/8"], ["http://arin.example/", "https://arin.example/registry/"]],
    [["12.0.0.0/8"], ["https://ring.example/"]], [["13.0.0.0/8"], ["https://big.example/"]],
    [["14.0.0.0/8"], ["https://drip.example/"]], [["15.0.0.0/8"], ["https://garbage.example/"]],
    [["16.0.0.0/8"], ["https://inside.example/"]], [["17.0.0.0/8"], ["https://limit.example/"]],
    [["18.0.0.0/8"], ["https://none.example/"]], [["19.0.0.0/8"], ["https://outwards.example/"]],
    [["21.0.0.0/8"], ["https://stranger.example.net/"]], [["24.0.0.0/8"], ["https://named-inside.example/"]],
    [["26.0.0.0/8"], ["https://nir.example/"]], [["27.0.0.0/8"], ["https://heads.example/"]],
    [["28.0.0.0/8"], ["https://far.example/"]]]}


def slash16(a, **more):
    x = a.split(".")
    return net(f"{x[0]}.{x[1]}.0.0", f"{x[0]}.{x[1]}.255.255", **more)


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def say(self, doc, status=200, **head):
        raw = doc if isinstance(doc, bytes) else json.dumps(doc).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/rdap+json")
        self.send_header("Content-Length", str(len(raw)))
        for k, v in head.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        self.wfile.write(raw)

    def move(self, to, status=302):
        self.say(b"", status, Location=to)

    def do_GET(self):
        host = self.headers.get("Host", "").split(":")[0]
        a = self.path.rsplit("/", 1)[-1]
        print(host, self.path, flush=True)
        try:
            if self.path == "/boot4.json":
                self.say(BOOT)
            else:
                getattr(self, host.split(".")[0].replace("-", "_"))(a)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def arin(self, a):
        if a.startswith("31."):
            self.move("https://ripe.example/ip/" + a, 301)
        else:
            self.say(slash16(a, handle="NET-11", name="NET", entities=[
                {**card("registrant", "Example Org \x1b[31m"), "entities": [
                    card("technical", "tech", "tech@arin.example"), card("abuse", "desk", "abuse@isp.example")]}]))

    def ripe(self, a):
        self.say(slash16(a, name="NL-EX", entities=[card("abuse", "desk", "abuse@" + a.replace(".", "-") + ".example")],
                         notices=[{"title": "Filtered", "description": ["This output has been filtered."]}]))

    def ring(self, a):
        self.move("https://ring.example/%d/%s" % (len(self.path) % 7 + time.time_ns() % 1000, a))

    def big(self, a):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(160):
            self.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def drip(self, a):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(60):
            self.wfile.write(b"{")
            self.wfile.flush()
            time.sleep(0.5)

    def garbage(self, a):
        kind = int(a.split(".")[1])
        self.say([b"<html>", b"[" * 900000, b'{"objectClassName":"ip network","startAddress":"15',
                  json.dumps(net("11.0.0.0", "11.255.255.255", entities=[card("abuse", "x", "evil@isp.example")])).encode(),
                  b"\x00" * 100, b"[" + b"1," * 200000 + b"1]"][kind % 6])

    def inside(self, a):
        self.move(["http://127.0.0.1:8080/v1/", "https://127.0.0.1:8080/", "http://[::1]:8080/", "https://169.254.169.254/x",
                   "https://10.8.0.1/", "file:///etc/passwd", "https://[::ffff:127.0.0.1]:8080/"][int(a.split(".")[1]) % 7])

    def outwards(self, a):
        self.move("http://198.51.100.80/ip/" + a)

    def heads(self, a):
        self.send_response(200)
        for i in range(4000):
            self.send_header("X-%d" % i, "x" * 200)
        self.end_headers()

    def far(self, a):
        self.move("https://arin.example/" + "x" * 90000)

    def limit(self, a):
        self.say(b"later", 429, Retry_After="3600")

    def none(self, a):
        self.say({"errorCode": 404, "title": "not found"}, 404)

    def nir(self, a):
        if self.path.startswith("/deeper/"):
            self.say(slash16(a, remarks=[{"description": ["For abuse write to <abuse@nir.example>"]}]))
        else:
            self.say(net("26.0.0.0", "26.255.255.255", name="NIR", links=[
                {"rel": "related", "type": "application/rdap+json", "href": "https://nir.example/deeper/" + a}]))


def resolver():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((OWN, 53))
    while True:
        q, who = s.recvfrom(1500)
        at, labels = 12, []
        while q[at]:
            labels.append(q[at + 1:at + 1 + q[at]].decode().lower())
            at += 1 + q[at]
        name, kind, end = ".".join(labels), struct.unpack("!H", q[at + 1:at + 3])[0], at + 5
        print("dns", name, kind, flush=True)
        # A forged one first, from the right place and port: its number is wrong.
        s.sendto(struct.pack("!HHHHHH", struct.unpack("!H", q[:2])[0] ^ 1, 0x8180, 1, 1, 0, 0) + q[12:end] +
                 b"\xc0\x0c\0\1\0\1\0\0\1\0\0\4\x7f\0\0\1", who)
        if name.startswith("nir.") and q[11]:  # an old one, which does not know EDNS
            s.sendto(q[:2] + b"\x81\x81" + bytes(8), who)
            s.sendto(q[:2] + struct.pack("!HHHHH", 0x8181, 1, 0, 0, 0) + q[12:end], who)
            continue
        told = "127.0.0.1" if name == "named-inside.example" else OWN
        answer = b"\xc0\x0c\0\1\0\1\0\0\1\0\0\4" + socket.inet_aton(told) if kind == 1 else b""
        known = name.endswith(".example") or name.endswith(".example.net")
        s.sendto(q[:2] + struct.pack("!HHHHH", 0x8180 if known else 0x8183, 1, 1 if known and answer else 0, 0, 0) +
                 q[12:end] + (answer if known else b""), who)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass


plain, tls = Server((OWN, 80), Answer), Server((OWN, 443), Answer)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
tls.socket = context.wrap_socket(tls.socket, server_side=True, do_handshake_on_connect=False)
for run in (resolver, plain.serve_forever):
    threading.Thread(target=run, daemon=True).start()
tls.serve_forever()
