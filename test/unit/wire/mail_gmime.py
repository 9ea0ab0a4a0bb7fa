#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mails read by us and by GMime: the same parts, fields, parameters, texts. All of mail_python.py's, those of
mail_crafted.py, the fuzz corpus, and with LYMPH_DATA all samples there, mails as they are and the rest as
attachments. Where the two differ stands in TABLE with who is right; a difference that does not, or a row
that does not differ as it says, fails. Usage: mail_gmime.py MAIL_PRINT MAIL_GMIME VERSION"""
import base64, binascii, os, sys

sys.dont_write_bytecode = True
import mail_crafted
import mail_python

HERE = os.path.dirname(os.path.abspath(__file__))
# NAME: kinds of lines that differ, who is right, why. open: the RFCs forbid the mail or leave it open.
TABLE = {
    "random 289":
        ("exact leaf part text", "open", "cut behind a boundary's line: a part of nothing, or none; Python's is a part, too"),
    "random 364": ("exact leaf part text", "open", "the same"),
    "param comment": ("param", "ours", "a comment behind a value is none of it: RFC 2045 5.1, RFC 822 3.4.3"),
    "param unquoted parentheses": ("param", "ours", "the same: without quotes it is a comment"),
    "param quote that never ends":
        ("param", "open", "RFC 2045 5.1 has no such value; the quote is no part of a file's name"),
    "param without a semicolon":
        ("param", "open", "RFC 2045 5.1 has no such value; a token ends at a blank, and a charset of two words helps nobody"),
    "param folded without a semicolon": ("param", "open", "the same"),
    "param comma": ("param", "open", "the same: no token holds a comma"),
    "param 2231 pieces twice the same":
        ("param", "open", "RFC 2231 3 has one of each number; the first counts as with whole parameters"),
    "param 2231 pieces forty": ("param", "cap", "32 pieces"),
    "param 2231 star twice": ("param", "ours", "RFC 2231 7: no such name"),
    "type without a subtype": ("leaf part", "ours", "text/plain: RFC 2045 5.2"),
    "type of three words": ("leaf part", "ours", "the same"),
    "type of two words":
        ("leaf param part", "ours", "the same; the parameters are looked at all the same, which only names a file"),
    "type quoted": ("leaf param part", "ours", "the same"),
    "type of a wrong character": ("leaf part", "ours", "the same: RFC 2045 5.1, tspecials"),
    "type comma": ("leaf part", "ours", "the same"),
    "type empty": ("leaf part", "ours", "the same"),
    "type junk": ("leaf param part", "ours", "the same"),
    "type 8 bit": ("leaf part", "open", "RFC 2045 5.1: no token; neither says text/plain, ours leaves the letter out"),
    "type twice": ("leaf part", "open", "RFC 2045 3 has one; we and Python take the first, GMime the last"),
    "coding twice": ("exact leaf text", "open", "the same"),
    "subject twice": ("subject", "open", "RFC 5322 3.6 has one; we and Python take the first, GMime the last"),
    "boundary CRCRLF": ("leaf part", "open", "no empty line ends the header, so it has two types: see \"type twice\""),
    "boundary with a comment": ("exact field leaf part text", "ours", "RFC 2045 5.1, RFC 822 3.4.3"),
    "boundary blank at its end":
        ("exact leaf part text", "open", "RFC 2046 5.1.1 forbids it. No part is found: GMime drops the text, ours reads it"),
    "boundary none": ("exact leaf part text", "open", "RFC 2046 5.1.1 forbids it; as before"),
    "boundary that never comes": ("exact leaf part text", "open", "RFC 2046 5.1.1 has one part at least; as before"),
    "boundary last alone": ("exact leaf part text", "open", "the same"),
    "nested inner never comes": ("exact leaf part text", "open", "the same"),
    "nested boundary in the inner's header":
        ("exact leaf part text", "open", "the same: the outer one ends the inner's header (RFC 2046 5.1.2), which has no parts then"),
    "boundary of nothing": ("exact leaf part text", "ours", "no boundary: RFC 2046 5.1.1, bcharsnospace"),
    "boundary ends mixed":
        ("exact leaf text", "ours", "the end before the boundary is LF: GMime takes two bytes when the boundary's own is CRLF. RFC 2046 5.1.1"),
    "nested inner is the outer with dashes":
        ("exact field leaf part text", "ours", "the outer boundary counts on all levels: RFC 2046 5.1.2"),
    "nested same boundary": ("exact leaf part text", "ours", "the same; Python, too"),
    "mail with the same boundary": ("exact leaf part text", "ours", "the same; Python, too"),
    "mail empty in a part": ("exact leaf part subject text", "open", "a mail of nothing, or none: nothing is in it"),
    "mail news":
        ("exact field leaf part subject text", "ours", "a subtype we do not know stays closed: RFC 2046 5.2.4; RFC 5537 made this one obsolete"),
    "a thousand and one parts": ("exact field leaf part subject text", "cap", "MAIL_PARTS"),
    "corpus nested": ("field part subject", "cap", "MAIL_DEPTH"),
    "field without a name": ("field", "ours", "RFC 5322 2.2"),
    "field NUL": ("field", "ours", "a NUL ends a string of C, not a field: RFC 5322 4.1 says obsolete, not absent"),
    "header begins with a fold":
        ("exact field leaf part subject text", "ours", "GMime reads no mail at all; RFC 5322 2.2.3 has nothing to fold, the rest is a header"),
    "bytes none": ("exact leaf part subject text", "open", "no mail, or one of nothing"),
    "bytes junk": ("exact leaf part subject text", "open", "no mail, or one that is a body alone"),
    "corpus empty": ("exact leaf part subject text", "open", "the same"),
    "corpus bad": ("exact leaf part subject text", "open", "the same"),
    "base64 of two digits":
        ("exact leaf text", "open", "RFC 2045 6.8 wants padding; what is whole without it, ours keeps"),
    "base64 of three digits": ("exact leaf text", "open", "the same"),
    "base64 padding inside":
        ("exact leaf text", "open", "RFC 2045 6.8: an end, it may be; ours reads texts one behind the other"),
    "base64 one = inside": ("exact leaf text", "open", "the same"),
    "base64 text behind": ("exact leaf text", "open", "the same: what a list writes below comes out as junk"),
    "quoted-printable blanks at the end":
        ("exact leaf text", "ours", "they go: RFC 2045 6.7 (3), and blanks behind a soft end are such"),
    "quoted-printable = and a hundred blanks":
        ("exact leaf text", "open", "RFC 2045 6.7 (5): no such line; 76 blanks are held back, then all stand"),
    "quoted-printable =4 last":
        ("exact leaf text", "ours", "what is no code stands: RFC 2045 6.7, note (2) on robust decoders; Python, too"),
    "coding with a comment": ("exact leaf text", "ours", "RFC 2045 6.1, RFC 822 3.4.3"),
    "coding with a semicolon":
        ("exact leaf text", "open", "RFC 2045 6.1 has no parameters there; what was meant is plain"),
    "coding uuencode": ("exact leaf text", "ours", "no coding of RFC 2045 6.1: left as it stands"),
    "charset broken utf-8":
        ("text", "open", "a broken byte: GMime leaves it out, and words grow together; ours keeps something there"),
    "charset ascii with 8 bit": ("text", "open", "the same"),
    "charset broken euc": ("text", "open", "the same"),
    "charset 1252 hole": ("text", "open", "the same"),
    "words inside a word": ("subject", "ours", "RFC 2047 5 (1): blanks around it, or it is none"),
    "words in quotes": ("subject", "ours", "the same"),
    "words blank inside": ("subject", "ours", "RFC 2047 2"),
    "words a character over two":
        ("subject", "open", "RFC 2047 5 forbids it; GMime reads what was never written, ours two '?'"),
    "words a character over two q":
        ("subject", "open", "RFC 2047 5 forbids it; here GMime puts the character together"),
    "words base64 without padding":
        ("subject", "open", "RFC 2047 4.1, RFC 2045 6.8 want padding; what is whole without it, ours keeps"),
    "subject 8 bit latin": ("subject", "ours", "no UTF-8 (RFC 6532 3.1), and no charset is named: GMime guesses"),
}


def corpus():
    top = os.path.join(HERE, "../../fuzz/corpus/mail")
    return {"corpus " + n: open(os.path.join(top, n), "rb").read()[1:] for n in sorted(os.listdir(top))}


def wrapped(i, name, data):
    """The file as an attachment: in base64, in quoted-printable, as it is."""
    coding, body = (
        ("base64", base64.encodebytes(data)),
        ("quoted-printable", binascii.b2a_qp(data, istext=False)),
        ("8bit", data),
    )[i % 3]
    head = (
        "From: a@b.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_b\"\n\n--=_b\n\n"
        "see the attachment\n\n--=_b\nContent-Type: %s; charset=utf-8\nContent-Disposition: attachment; filename=\"%s\"\n"
        "Content-Transfer-Encoding: %s\n\n"
    ) % ("application/json" if name.endswith(".json") else "text/plain", name, coding)
    return head.encode() + body + b"\n--=_b--\n"


def samples():
    ret, data = {}, os.environ.get("LYMPH_DATA", "")
    for top in ("xarf", "mail-and-csv"):
        for folder, _, names in sorted(os.walk(os.path.join(data, top))):
            for n in sorted(names):
                raw = open(os.path.join(folder, n), "rb").read()
                name = "sample " + os.path.relpath(os.path.join(folder, n), data)
                ret[name] = raw if n.endswith(".eml") else wrapped(len(ret), n, raw)
    return ret


def sort_fields(lines):
    """GMime keeps a mail's own fields and its content's apart: their order is not compared."""
    ret, run = [], []
    for line in lines:
        if line.startswith(" field "):
            run.append(line)
            continue
        ret += sorted(run) + [line]
        run = []
    return ret + sorted(run)


def kinds(ours, theirs):
    """In which kinds of lines two readings differ."""
    if ours == theirs:
        return ""
    odd = [l for l in ours if ours.count(l) != theirs.count(l)] + [l for l in theirs if ours.count(l) != theirs.count(l)]
    return " ".join(sorted({l.split()[0] if l.startswith(" ") else "leaf" for l in odd})) or "order"


def main():
    mails = {"random %d" % i: raw for i, raw in enumerate(mail_python.mails())}
    for more in (mail_crafted.MAILS, corpus(), samples()):
        assert not mails.keys() & more.keys()
        mails.update(more)
    raws = list(mails.values())
    ours = mail_python.read([sys.argv[1], "-w"], raws)
    theirs = mail_python.read([sys.argv[2]], raws)
    bad, seen, count = 0, set(), {}
    for name, mine, other in zip(mails, map(sort_fields, ours), map(sort_fields, theirs)):
        how = kinds(mine, other)
        row = TABLE.get(name)
        if not how:
            continue
        seen.add(name)
        if row and row[0] == how:
            count[row[1]] = count.get(row[1], 0) + 1
            continue
        bad += 1
        if bad < 20:
            print("%r differs in %r, TABLE says %r" % (name, how, row and row[0]))
            print(*("  ours  " + l for l in mine if l not in other), *("  theirs" + l for l in other if l not in mine), sep="\n")
    stale = [n for n in TABLE if n in mails and n not in seen]
    for n in stale:
        print("%r does not differ" % n)
    print("%d mails, %d read differently: %s, %d not as in the table" % (len(raws), len(seen),
        ", ".join("%d %s" % (v, k) for k, v in sorted(count.items())), bad))
    # Another GMime than the table's may have learnt something.
    return bad != 0 or (bool(stale) and sys.argv[3] == "3.2.13")


if __name__ == "__main__":
    sys.exit(main())
