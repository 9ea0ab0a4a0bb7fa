# SPDX-License-Identifier: BSD-2-Clause
"""Mails made to be read in two ways: what the RFCs leave open, forbid, or are often misread in. For
mail_gmime.py. NAME -> bytes."""
import base64

MAILS = {}


def put(name, head, body, end="\n", outer="From: a@b.example\nSubject: x\nMIME-Version: 1.0\n"):
    raw = (outer + head + "\n" + body).encode("latin-1")
    MAILS[name] = raw.replace(b"\n", end.encode())


def multi(name, boundary, body, **kw):
    put(name, "Content-Type: multipart/mixed; boundary=%s\n" % boundary, body, **kw)


def field(name, text):
    """The field in question, and a body to see where the header ended."""
    put(name, text, "body\n")


def coded(name, coding, body):
    put(name, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: %s\n" % coding, body)


def subject(name, text):
    put(name, "", "body\n", outer="From: a@b.example\nSubject: %s\n" % text)


TWO = "--%s\n\none\n--%s\nContent-Type: text/csv\n\ntwo\n--%s--\n"


def two(b):
    return TWO % (b, b, b)


def parameters():
    t, d = "Content-Type: text/csv; ", "Content-Disposition: attachment; "
    field("param plain", d + "filename=a.csv\n")
    field("param quoted", d + 'filename="a b;c.csv"\n')
    field("param quoted pair", d + 'filename="a\\"b\\\\c.csv"\n')
    field("param folded", d + "\n filename=\n\ta.csv\n")
    field("param folded in quotes", d + 'filename="a\n b.csv"\n')
    field("param comment", t + "(c; name=no) name (c) = (d) a.csv (e)\n")
    field("param comment nested", t + '(a (b "c) ; name=no) d) name="(x).csv"\n')
    field("param comment with a quoted pair", t + "(a\\) ; name=no) name=a.csv\n")
    field("param twice", t + "name=a.csv; name=b.csv\n")
    field("param quote that never ends", d + 'filename="a.csv\n')
    field("param without a value", d + "filename; x=y\n")
    field("param of nothing", d + 'filename=""\n')
    field("param semicolons", "Content-Type: text/csv;;; ;name=a.csv;\n")
    field("param case", "CONTENT-TYPE: TEXT/CSV; NAME=A.csv\n")
    field("param blanks around =", d + 'filename = "a.csv"\n')
    field("param unquoted blank", d + "filename=a b.csv; x=y\n")
    field("param another's name in quotes", t + 'x="; name=no"; name=a.csv\n')
    field("param unquoted parentheses", d + "filename=a (1).csv\n")
    field("param without a semicolon", "Content-Type: text/csv; charset=utf-8 name=a.csv\n")
    field("param folded without a semicolon", "Content-Type: text/csv; charset=utf-8\n name=a.csv\n")
    field("param comma", "Content-Type: text/csv; charset=utf-8, name=a.csv\n")
    field("param single quotes", t + "name='a b.csv'\n")
    field("param junk behind the quotes", t + 'name="a"b; x=y\n')
    field("param two quoted", t + 'name="a" "b"; x=y\n')
    field("param slash in a token", t + "name=a/b.csv\n")
    field("param 2231", d + "filename*=utf-8'en'%C3%A4.csv\n")
    field("param 2231 latin", d + "filename*=iso-8859-1''%E4.csv\n")
    field("param 2231 without a charset", d + "filename*=''a%20b.csv\n")
    field("param 2231 pieces", d + 'filename*0="a;b"; filename*1=c.csv\n')
    field("param 2231 pieces in reverse", d + "filename*1=b.csv; filename*0=a\n")
    field("param 2231 pieces with a gap", d + "filename*0=a; filename*2=c\n")
    field("param 2231 pieces twelve", d + "; ".join("filename*%d=%s" % (i, "abcdefghijkl"[i]) for i in range(12)) + "\n")
    field("param 2231 pieces twice the same", d + "filename*0=a; filename*0=b; filename*1=c\n")
    field("param 2231 pieces without the first", d + "filename*1=b; filename*2=c\n")
    field("param 2231 pieces with a leading zero", d + "filename*00=a; filename*01=b\n")
    field("param 2231 pieces and the plain one", d + "filename*0=a; filename*1=b; filename=c\n")
    field("param 2231 pieces behind the plain one", d + "filename=c; filename*0=a; filename*1=b\n")
    field("param 2231 pieces forty", d + "; ".join("filename*%d=%s" % (i, "abcdefghij"[i % 10]) for i in range(40)) + "\n")
    field("param 2231 piece of no number", d + "filename*x=a\n")
    field("param 2231 star twice", d + "filename**=a\n")
    field("param 2231 charset of a later piece", d + "filename*0=a; filename*1*=utf-8''%C3%A4\n")
    field("param 2231 pieces mixed", d + "filename*0*=utf-8''%C3%A4; filename*1=\"%41\"; filename*2*=%42\n")
    field("param 2231 a character over two pieces", d + "filename*0*=utf-8''%C3; filename*1*=%A4.csv\n")
    field("param 2231 beside the plain one", d + "filename=a.csv; filename*=utf-8''b.csv\n")
    field("param 2231 ahead of the plain one", d + "filename*=utf-8''b.csv; filename=a.csv\n")
    field("param 2231 broken code", d + "filename*=utf-8''%4x%.csv\n")
    field("param 2231 in quotes", d + "filename*=\"utf-8''%C3%A4.csv\"\n")
    field("param 2047 in quotes", d + 'filename="=?utf-8?q?=C3=A4?=.csv"\n')
    field("param 8 bit", d + 'filename="\xc3\xa4.csv"\n')
    field("type without a subtype", "Content-Type: text\n")
    field("type of three words", "Content-Type: text/csv/x; name=a\n")
    field("type with a comment", "Content-Type: (c) text (d) / (e) csv (f) ; name=a\n")
    field("type without a semicolon", "Content-Type: text/csv name=a.csv\n")
    field("type of two words", "Content-Type: text plain; name=a.csv\n")
    field("type quoted", 'Content-Type: "text/csv"; name=a.csv\n')
    field("type 8 bit", "Content-Type: text/cs\xe4v\n")
    field("type folded", "Content-Type:\n text/csv;\n name=a.csv\n")
    field("type of a wrong character", "Content-Type: text/c?v\n")
    field("type comma", "Content-Type: text/csv, text/plain\n")
    field("type twice", "Content-Type: text/csv\nContent-Type: text/x-log\n")
    field("type empty", "Content-Type:\n")
    field("type junk", "Content-Type: ; name=a.csv\n")
    field("type with blanks behind", "Content-Type: text/csv \t\n")


def boundaries():
    multi("boundary", "b", "preamble\n" + two("b") + "epilogue\n--b\n\nno\n")
    multi("boundary quoted", '"b (x) ? = : /"', two("b (x) ? = : /"))
    multi("boundary quoted with a quoted pair", '"b\\x"', two("bx"))
    multi("boundary single quotes", "'b'", two("'b'"))
    multi("boundary unquoted with =", "=_b=", two("=_b="))
    multi("boundary with a comment", "b (not this)", two("b"))
    multi("boundary blank at its end", '"b "', two("b"))
    put("boundary in pieces", 'Content-Type: multipart/mixed; boundary*0="a-"; boundary*1=b\n', two("a-b"))
    put("boundary twice", "Content-Type: multipart/mixed; boundary=a; boundary=b\n", two("a") + two("b"))
    multi("boundary of 70", "b" * 70, two("b" * 70))
    multi("boundary of 100", "b" * 100, two("b" * 100))
    multi("boundary of 300", "b" * 300, two("b" * 300))
    multi("boundary of nothing", '""', "--\n\none\n----\n")
    put("boundary none", "Content-Type: multipart/mixed\n", "--b\n\none\n--b--\n")
    multi("boundary that never comes", "b", "--c\n\none\n--c--\n")
    multi("boundary without a last", "b", "--b\n\none\n--b\n\ntwo\n")
    multi("boundary last without an end of line", "b", "--b\n\none\n--b--")
    multi("boundary last alone", "b", "--b--\n")
    multi("boundary with blanks behind", "b", "--b \t \n\none\n--b-- \t\n")
    multi("boundary with junk behind", "b", "--bx\n\none\n--b\n\ntwo\n--b-\n--b--x\nthree\n--b--\n")
    multi("boundary with a blank before", "b", "--b\n\none\n --b\n\ntwo\n--b--\n")
    multi("boundary inside a line", "b", "--b\n\none --b\ntwo\n--b--\n")
    multi("boundary other case", "b", "--b\n\none\n--B\n\ntwo\n--b--\n")
    multi("boundary empty part", "b", "--b\n--b\n\n--b\n\n\n--b\n\n\n\n--b--\n")
    multi("boundary part of a header alone", "b", "--b\nContent-Type: text/csv\n--b\nContent-Type: text/csv\n\n--b--\n")
    multi("boundary header without an empty line", "b", "--b\nContent-Type: text/csv\na,b\nc,d\n--b--\n")
    multi("boundary CRLF", "b", two("b"), end="\r\n")
    multi("boundary CR", "b", two("b"), end="\r")
    MAILS["boundary ends mixed"] = MAILS["boundary"].replace(b"--b\n", b"--b\r\n")
    MAILS["boundary CRCRLF"] = MAILS["boundary"].replace(b"\n", b"\r\r\n")
    MAILS["boundary NUL behind"] = MAILS["boundary"].replace(b"one\n--b\n", b"one\n--b\0\n")
    multi("boundary dashes", "--", "----\n\none\n----\n\ntwo\n------\n")
    multi("boundary one dash", "-", "---\n\none\n---\n\ntwo\n-----\n")


def nested():
    inner = "Content-Type: multipart/alternative; boundary=%s\n\n"
    multi("nested", "a", "--a\n" + inner % "b" + two("b") + "between\n--a\n\nthree\n--a--\n")
    multi("nested inner is the longer", "a", "--a\n" + inner % "ab" + two("ab") + "--a\n\nthree\n--a--\n")
    multi("nested inner is the shorter", "ab", "--ab\n" + inner % "a" + two("a") + "--ab\n\nthree\n--ab--\n")
    multi("nested inner is the outer with dashes", "a", "--a\n" + inner % "a--" + two("a--") + "--a\n\nthree\n--a--\n")
    multi("nested same boundary", "a", "--a\n" + inner % "a" + two("a") + "--a\n\nthree\n--a--\n")
    multi("nested inner never ends", "a", "--a\n" + inner % "b" + "--b\n\none\n--b\n\ntwo\n--a\n\nthree\n--a--\n")
    multi("nested outer ends inside", "a", "--a\n" + inner % "b" + "--b\n\none\n--a--\n--b\n\ntwo\n--b--\n")
    multi("nested inner never comes", "a", "--a\n" + inner % "b" + "text\n--a\n\nthree\n--a--\n")
    multi("nested boundary in the inner's header", "a", "--a\nContent-Type: multipart/mixed; boundary=b\n--a\n\none\n--a--\n")
    mail = "Content-Type: message/rfc822\n\nSubject: in\n%s\n%s"
    multi("mail in a part", "a", "--a\n" + mail % ("", "one\n") + "--a--\n")
    put("mail in a mail", "Content-Type: message/rfc822\n", mail % ("", "one\n"))
    multi("mail with parts in a part", "a", "--a\n" + mail % (inner[:-1] % "b", two("b")) + "--a--\n")
    multi("mail with the same boundary", "a", "--a\n" + mail % (inner[:-1] % "a", two("a")) + "--a--\n")
    multi("mail empty in a part", "a", "--a\nContent-Type: message/rfc822\n\n--a\n\ntwo\n--a--\n")
    multi("mail without a body", "a", "--a\nContent-Type: message/rfc822\n\nSubject: in\n--a--\n")
    multi("mail in a part with From", "a", "--a\nContent-Type: message/rfc822\n\nFrom x@y Mon\nSubject: in\n\none\n--a--\n")
    put("mail in base64", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n",
        base64.b64encode(b"Subject: in\n\none\n").decode() + "\n")
    put("mail in quoted-printable", "Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n",
        "Subject: in\n\n=41\n")
    put("mail global", "Content-Type: message/global\n", "Subject: \xc3\xa4\n\none\n")
    put("mail partial", "Content-Type: message/partial; id=x; number=1; total=2\n", "Subject: in\n\none\n")
    put("mail news", "Content-Type: message/news\n", "Subject: in\n\none\n")
    put("header alone", "Content-Type: text/rfc822-headers\n", "Subject: in\nFrom: x\n")
    put("delivery status", "Content-Type: message/delivery-status\n", "A: 1\n\nB: 2\n")
    put("digest", "Content-Type: multipart/digest; boundary=a\n",
        "--a\n\nSubject: in\n\none\n--a\nContent-Type: text/plain\n\ntwo\n--a\n\nSubject: in2\n\nthree\n--a--\n")
    put("digest in mixed", "Content-Type: multipart/mixed; boundary=a\n",
        "--a\nContent-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\none\n--b--\n--a--\n")
    put("multipart in base64", "Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64\n", two("a"))
    put("multipart unheard of", "Content-Type: multipart/x-unheard; boundary=a\n", two("a"))
    put("multipart with a comment", "Content-Type: multipart/mixed (c); boundary=a\n", two("a"))
    multi("fifteen levels", "b00", "".join("--b%02d\nContent-Type: multipart/mixed; boundary=b%02d\n\n" % (i, i + 1)
          for i in range(14)) + two("b14"))
    multi("a thousand and one parts", "a", "--a\n\nx\n" * 1001 + "--a--\n")


def headers():
    field("fold", "X-A: one\n two\n\tthree\n")
    field("fold with a line of blanks", "X-A: one\n \t \n two\nX-B: three\n")
    field("fold of a line of blanks last", "X-A: one\n  \n")
    field("fold at once", "X-A:\n one\n")
    field("field blank before the colon", "X-A : one\nX-B\t: two\n")
    field("field without a colon", "X-A: one\nno field\nX-B: two\n")
    field("field without a name", ": one\nX-B: two\n")
    field("field blank in its name", "X A: one\nX-B: two\n")
    field("field tab in its name", "X\tA: one\nX-B: two\n")
    field("field CR in its name", "X\rA: one\nX-B: two\n")
    field("field 8 bit in its name", "X-\xe4: one\nX-B: two\n")
    field("field 8 bit", "X-A: \xe4\xf6\xff\n")
    field("field NUL", "X-A: a\0b\nX-B: two\n")
    field("field CR inside", "X-A: a\rX-B: two\n")
    field("field very long", "X-A: " + "a" * 40000 + "\n")
    field("fields five hundred", "".join("X-%d: %d\n" % (i, i) for i in range(500)))
    put("header begins with a fold", "", "body\n", outer=" fold\nFrom: a@b.example\nSubject: x\n")
    put("header begins with From", "", "body\n", outer="From a@b Mon Nov 23 00:00:00 2026\nSubject: x\n")
    put("header begins with >From", "", "body\n", outer=">From a@b Mon Nov 23\nSubject: x\n")
    put("header none", "", "body\n", outer="")
    put("header begins with an empty line", "", "body\n", outer="\nSubject: x\n")
    put("header CR", "Content-Type: text/csv\n", "a\nb\n", end="\r")
    put("header CRLF", "Content-Type: text/csv\nX-A: one\n two\n", "a\nb\n", end="\r\n")
    MAILS["header alone without an end"] = b"Subject: x"
    MAILS["header alone with an end"] = b"Subject: x\n"
    MAILS["header of a BOM"] = b"\xef\xbb\xbfFrom: a@b.example\nSubject: x\n\nbody\n"
    MAILS["header empty line of blanks"] = b"Subject: x\n \nbody: a\n\nc\n"
    MAILS["header empty line of a CR"] = b"Subject: x\n\r\nbody\n"
    MAILS["header empty line of two CR"] = b"Subject: x\r\r\n\r\r\nbody\r\r\n"
    MAILS["bytes none"] = b""
    MAILS["bytes one LF"] = b"\n"
    MAILS["bytes junk"] = bytes(range(256))


def codings():
    word = base64.b64encode(b"192.0.2.7 did it\n").decode()
    coded("base64", "base64", word + "\n")
    coded("base64 cut at a digit", "base64", word[:-3] + "\n")
    coded("base64 of one digit", "base64", "Q")
    coded("base64 of two digits", "base64", "QQ")
    coded("base64 of three digits", "base64", "QUI")
    coded("base64 junk inside", "base64", word[:5] + "!*\x80 \t" + word[5:] + "\n")
    coded("base64 url digits", "base64", "-_-_\n")
    coded("base64 padding inside", "base64", "QQ==QkI=Q0ND\n")
    coded("base64 one = inside", "base64", "QUJD=QUJD\n")
    coded("base64 text behind", "base64", word + "\n\n-- \nsent by a list\n")
    coded("base64 lines of one", "base64", "\n".join(word) + "\n")
    coded("base64 NUL inside", "base64", word[:4] + "\0" + word[4:])
    coded("base64 = alone", "base64", "====\n")
    coded("quoted-printable", "quoted-printable", "a=3Db=\nc =C3=A4=20\n")
    coded("quoted-printable blanks at the end", "quoted-printable", "a \t\nb =\nc= \t\nd\n")
    coded("quoted-printable tabs inside", "quoted-printable", "a \t b\n \tc\n")
    coded("quoted-printable blank and code", "quoted-printable", "a= 41\nb=4 1\n")
    coded("quoted-printable =4 and an end", "quoted-printable", "a=4\nb\n")
    coded("quoted-printable a hundred blanks", "quoted-printable", "a" + 100 * " " + "b\n")
    coded("quoted-printable = and a hundred blanks", "quoted-printable", "a=" + 100 * " " + "\nb\n")
    coded("quoted-printable =0D=0A", "quoted-printable", "a=0D=0Ab=0Ac=00d\n")
    coded("quoted-printable soft ends alone", "quoted-printable", "=\n=\n=\n")
    coded("quoted-printable = last CRLF", "quoted-printable", "a=\r\n")
    coded("quoted-printable dot lines", "quoted-printable", "..\n.\nFrom x\n")
    coded("quoted-printable lower case", "quoted-printable", "=c3=a4=3d\n")
    coded("quoted-printable broken", "quoted-printable", "=zz=4=4z==41=\n")
    coded("quoted-printable = last", "quoted-printable", "a=")
    coded("quoted-printable =4 last", "quoted-printable", "a=4")
    coded("quoted-printable = and CR", "quoted-printable", "a=\rb\n")
    coded("quoted-printable 8 bit", "quoted-printable", "\xc3\xa4=C3=A4\n")
    put("quoted-printable CRLF", "Content-Transfer-Encoding: quoted-printable\n", "a=\nb=20\nc\n", end="\r\n")
    coded("coding case", "Base64", word)
    coded("coding with a comment", "(c) base64 (d)", word)
    coded("coding quoted", '"base64"', word)
    coded("coding with a semicolon", "base64;", word)
    coded("coding two words", "base64 x", word)
    coded("coding unheard of", "x-rot13", "a=3D\n")
    coded("coding uuencode", "x-uuencode", "begin 644 a\n#86)C\n`\nend\n")
    coded("coding binary", "binary", "a\0b\r\rc\n")
    coded("coding empty", "", "a=3D\n")
    put("coding twice", "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n", word)


def texts():
    for name, charset, body in (("latin", "iso-8859-1", "\xe4"), ("koi8", "KOI8-R", "\xc4\xc1"), ("utf-16", "utf-16le", "a\0b\0"),
                                ("quoted", '"windows-1252"', "\x80"), ("unheard of", "x-none", "a\xff"), ("broken utf-8", "utf-8", "a\xffb"),
                                ("ascii with 8 bit", "us-ascii", "a\xe4b"), ("iso-2022-jp", "iso-2022-jp", "\x1b$B$\"\x1b(Ba"),
                                ("broken euc", "euc-jp", "a\xa4\nb"), ("gb", "gb2312", "\xc4\xe3"), ("1252 hole", "windows-1252", "a\x81b")):
        put("charset " + name, "Content-Type: text/plain; charset=%s\n" % charset, body + "\n")
    put("charset none with utf-8", "", "\xc3\xa4\n")
    put("charset none with latin", "", "\xe4\n")
    put("text NUL", "", "a\0b\n")
    put("text CR", "", "a\rb\r\nc\n")
    put("text From", "", "a\nFrom x\n>From y\n")
    put("text no end", "", "a")


def subjects():
    subject("words", "=?utf-8?q?a_b=C3=A4?= c")
    subject("words side by side", "=?utf-8?q?a?= =?utf-8?q?b?=\n =?utf-8?b?Yw==?=")
    subject("words inside a word", "a=?utf-8?q?b?=c")
    subject("words without a blank", "=?utf-8?q?a?==?utf-8?q?b?=")
    subject("words a character over two", "=?utf-8?b?w6?= =?utf-8?b?pA==?=")
    subject("words a character over two q", "=?utf-8?q?=C3?= =?utf-8?q?=A4?=")
    subject("words language", "=?utf-8*en?q?a?=")
    subject("words blank inside", "=?utf-8?q?a b?=")
    subject("words empty", "a =?utf-8?q??= b")
    subject("words kind unheard of", "=?utf-8?x?a?=")
    subject("words charset unheard of", "=?x-none?q?a?=")
    subject("words no end", "=?utf-8?q?a")
    subject("words base64 without padding", "=?utf-8?b?YWI?=")
    subject("words underscore", "=?utf-8?q?a=5Fb_c?=")
    subject("words in quotes", '"=?utf-8?q?a?="')
    subject("words latin", "=?iso-8859-1?Q?=E4?= =?iso-8859-1?B?5A==?=")
    subject("words question mark", "=?utf-8?q?a?b?=")
    subject("words lower case", "=?UTF-8?B?w6Q=?=")
    subject("words of two charsets", "=?utf-8?q?=C3=A4?= =?iso-8859-1?q?=E4?=")
    subject("subject 8 bit utf-8", "\xc3\xa4")
    subject("subject 8 bit latin", "a \xe4 b")
    subject("subject blanks", "  a \t  b\n   c  ")
    put("subject twice", "Subject: y\n", "body\n")
    put("subject none", "", "body\n", outer="From: a@b.example\n")


for group in (parameters, boundaries, nested, headers, codings, texts, subjects):
    group()
