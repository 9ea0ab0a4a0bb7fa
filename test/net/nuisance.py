#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Services that mean a prober ill, one per port of the line in test/net/probe.sh."""
import asyncio
import os
import re
import sys


async def until_closed(r):
    try:
        while await r.read(4096):
            pass
    except OSError:
        pass


async def tarpit(r, w):  # 9001: takes everything, says nothing
    await until_closed(r)


async def drip(r, w):  # 9002: a byte a second, for ever
    while True:
        w.write(b"x")
        await w.drain()
        await asyncio.sleep(1)


async def bomb(r, w):  # 9003: endless bytes
    while True:
        w.write(b"welcome " * 512)
        await w.drain()


async def echo(r, w):  # 9004: 200, and the token back
    head = await r.read(2048)
    token = re.search(rb"/([0-9a-f]{32})", head)
    body = (token.group(1) if token else b"nothing") + b"\n"
    w.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    await w.drain()


async def liar(r, w):  # 9005: 200, and a secret of its own making
    await r.read(2048)
    w.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"0123456789abcdef" * 2 + b"\n")
    await w.drain()


async def garbage(r, w):  # 9006: 200, and noise
    await r.read(2048)
    w.write(b"HTTP/1.1 200 OK\r\n\r\n" + os.urandom(3000))
    await w.drain()


async def away(r, w):  # 9007: would send us somewhere else
    await r.read(2048)
    w.write(b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.3:9010/elsewhere\r\n\r\n")
    await w.drain()


async def ssh(r, w):  # 9008: another protocol that waits for us
    w.write(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    await w.drain()
    await until_closed(r)


async def elsewhere(r, w):  # 9010: nobody may come here
    open(sys.argv[1], "w").close()


def quiet(handler):
    async def run(r, w):
        try:
            await handler(r, w)
        except OSError:
            pass
        finally:
            w.close()
    return run


async def main():
    doors = {9001: tarpit, 9002: drip, 9003: bomb, 9004: echo, 9005: liar, 9006: garbage, 9007: away,
             9008: ssh, 9010: elsewhere}
    servers = [await asyncio.start_server(quiet(h), "0.0.0.0", p) for p, h in doors.items()]
    await asyncio.gather(*(s.serve_forever() for s in servers))


asyncio.run(main())
