#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mails to abuse@ of every kind, made up: mails.py FOLDER COUNT [SEED]. Writes COUNT files and prints for
each its name and the tray it belongs to."""
import base64, email.utils, json, os, sys, time, uuid

folder, count = sys.argv[1], int(sys.argv[2])
seed = sys.argv[3] if len(sys.argv) > 3 else "a"
now = int(time.time())


def head(n, sender, subject, more=""):
    return (f"Return-Path: <{sender}>\nReceived: from mx.test by mail.example.net; "
            f"{email.utils.formatdate(now - 60 * n)}\nFrom: Somebody <{sender}>\nTo: abuse@example.net\n"
            f"Subject: {subject}\nMessage-ID: <{seed}{n}@{sender.split('@')[1]}>\n"
            f"Date: {email.utils.formatdate(now - 60 * n)}\n{more}")


def sshd(addr, n):
    t = time.gmtime(now - 60 * n)
    return "".join(f"{time.strftime('%Y-%m-%dT%H:%M:%S+00:00', t)} host sshd[{100 + i}]: Failed password for "
                   f"invalid user admin from {addr} port {40000 + n} ssh2\n" for i in range(3))


def plain(n):
    return "case", head(n, "admin@victim.test", "ssh brute force from your network",
                        "Content-Type: text/plain\n") + "\nPlease stop this:\n\n" + sshd(f"192.0.2.{n % 200 + 1}", n)


def vouched(n):
    return "case", ("Authentication-Results: mx.example.net; dkim=pass header.d=partner.test "
                    "header.i=@partner.test\n" + head(n, "noc@partner.test", "login attempts",
                    "Content-Type: text/plain\n") + "\n" + sshd(f"192.0.2.{n % 200 + 1}", n))


def sheet(n):
    rows = '"timestamp","ip","protocol","port","hostname","tag","asn","geo"\r\n' + "".join(
        f'"{time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now - 60 * n))}","192.0.2.{i + 1}","tcp","23","",'
        f'"telnet","64500","ZZ"\r\n' for i in range(5))
    return "case", head(n, "autoreports@shadowserver.test", "Accessible Telnet report",
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n') + (
        "\n--b\nContent-Type: text/plain\n\nSee the file.\n--b\nContent-Type: text/csv\n"
        f'Content-Disposition: attachment; filename="2026-11-2{n % 2}-scan_telnet-{seed}{n}.csv"\n'
        "Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(rows.encode()).decode() + "--b--\n")


def words(tray, subject, text, more="", sender="someone@elsewhere.test"):
    return lambda n: (tray, head(n, sender, subject, more + "Content-Type: text/plain\n") + f"\n{text} ({n})\n")


kinds = [
    plain, vouched, sheet,
    words("sealed", "Notice: CSAM on 192.0.2.9", "see http://192.0.2.9/x"),
    words("police", "Subpoena 12/2026", "We ask for the data of the subscriber of 192.0.2.9"),
    words("copyright", "Notice of Claimed Infringement", "a film at 192.0.2.9"),
    words("content", "Phishing site on your network", "see http://192.0.2.9/bank"),
    words("customer", "Re: your notice", "I have cleaned my computer",
          "In-Reply-To: <notice.1@example.net>\nReferences: <notice.1@example.net>\n"),
    words("auto-reply", "Out of office", "back on monday", "Auto-Submitted: auto-replied\n"),
    words("marketing", "Newsletter: SEO services", "buy", "List-Unsubscribe: <mailto:u@x.test>\n"),
    words("not-ours", "attack from 198.51.100.7", "198.51.100.7 did it"),
    words("security", "trouble", "somebody of yours is bad to me"),
    lambda n: ("bounce", head(n, "x@mta.test", "Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; "
        'boundary="b"\n').replace("Return-Path: <x@mta.test>", "Return-Path: <>") +
        "\n--b\nContent-Type: text/plain\n\nno such user\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mta.test\n\nFinal-Recipient: rfc822; a{n}@b.test\nAction: failed\n"
        "Status: 5.1.1\n--b--\n"),
    lambda n: ("unreadable", head(n, "x@deep.test", "deep", 'MIME-Version: 1.0\nContent-Type: multipart/mixed; '
        'boundary="0"\n') + "\n" + "".join(f'--{i}\nContent-Type: multipart/mixed; boundary="{i + 1}"\n\n'
        for i in range(40)) + f"--40\nContent-Type: text/plain\n\n{n}\n"),
]
for n in range(count):
    tray, text = kinds[n % len(kinds)](n)
    name = f"{now}.M{n:06d}P1.{seed}"
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as f:
        f.write(text)
    print(name, tray)
