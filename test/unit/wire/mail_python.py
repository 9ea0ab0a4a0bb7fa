#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random mails (fixed seed), well-formed and damaged, read by us and by Python's email package: the same
parts, the same contents. Usage: mail_python.py MAIL_PRINT"""
import email, hashlib, os, random, subprocess, sys, tempfile
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email import encoders, charset
from email.message import Message

rnd = random.Random(7)
LINES = [b"192.0.2.7 did it", b"--", b"-- ", b"--b", b"", b"=20", b"\xc3\xa4\xff", b"From x", b"a" * 900, b". . .", b"tab\there"]


def text():
    return b"\n".join(rnd.choice(LINES) for _ in range(rnd.randrange(1, 30))) + b"\n"


def leaf():
    kind = rnd.choice([("text", "plain"), ("text", "csv"), ("application", "octet-stream"), ("text", "x-log")])
    m = MIMEBase(*kind)
    body = text()
    coding = rnd.choice(["base64", "quoted-printable", "7bit"])
    if coding == "7bit":
        body = bytes(c for c in body if c < 128)
    m.set_payload(body)
    if coding == "base64":
        encoders.encode_base64(m)
    elif coding == "quoted-printable":
        encoders.encode_quopri(m)
    else:
        m.set_payload(body.decode())
        m["Content-Transfer-Encoding"] = "7bit"
    if rnd.random() < 0.5:
        m.add_header("Content-Disposition", "attachment", filename=rnd.choice(["a.csv", "\u00e4.txt", "a b;c.json"]))
    return m


def tree(depth):
    if depth == 0 or rnd.random() < 0.3:
        return leaf()
    if rnd.random() < 0.2:
        inner = tree(depth - 1)
        inner["Subject"] = "inner"
        return MIMEMessage(inner)
    m = MIMEMultipart(rnd.choice(["mixed", "alternative", "report"]), boundary="=_%s%d" % ("b" * depth, rnd.randrange(99)))
    m.preamble = rnd.choice([None, "a preamble\n--x\n"])
    for _ in range(rnd.randrange(1, 5)):
        m.attach(tree(depth - 1))
    return m


def theirs(raw):
    out = []
    for p in email.message_from_bytes(raw).walk():
        if p.is_multipart() or p.get_content_type() == "message/rfc822":
            continue
        b = (p.get_payload(decode=True) or b"").rstrip(b"\r\n")  # whose the last line's end is, RFC 2046 leaves open
        out.append("%s %d %s" % (p.get_content_type(), len(b), hashlib.sha256(b).hexdigest()))
    return out


def mails():
    """400 of them, every third with CRLF, every fifth cut short: a boundary that never ends."""
    ret = []
    for i in range(400):
        m = tree(rnd.randrange(0, 5))
        m["From"] = "a@b.example"
        m["Subject"] = "x"
        raw = m.as_bytes()
        if i % 3 == 1:
            raw = raw.replace(b"\n", b"\r\n")
        if i % 5 == 4:
            raw = raw[: rnd.randrange(len(raw) // 2, len(raw))]
            raw = raw[: raw.rfind(b"\n") + 1]
        ret.append(raw)
    return ret


def read(command, raws):
    """The lines a program prints of each mail; a line that begins with a dot ends one."""
    ret, cur = [], []
    with tempfile.TemporaryDirectory() as d:
        names = [os.path.join(d, "%04d" % i) for i in range(len(raws))]
        for name, raw in zip(names, raws):
            open(name, "wb").write(raw)
        out = subprocess.run(command + names, stdout=subprocess.PIPE, check=True).stdout.decode("latin-1")
    for line in out.split("\n")[:-1]:
        if line.startswith("."):
            ret.append(cur)
            cur = []
        else:
            cur.append(line)
    assert len(ret) == len(raws)
    return ret


def main():
    bad, raws = 0, mails()
    for i, (raw, mine) in enumerate(zip(raws, read([sys.argv[1], "-p"], raws))):
        want = theirs(raw)
        if mine != want:
            bad += 1
            if bad < 4:
                print("mail", i, "ours", mine, "theirs", want, sep="\n")
                open("/tmp/differ.eml", "wb").write(raw) if os.environ.get("KEEP") else None
    print("400 mails, %d read differently" % bad)
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
