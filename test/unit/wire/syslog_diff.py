#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Syslog read twice: by wire/syslog.c (syslog_dump) and by a regular expression made from the grammar of
RFC 5424 6 and the one form RFC 3164 4.1 gives. Whole messages by dice, and such with a few bytes changed;
real lines where the samples are. What is RFC 5424 must be read alike, and refused alike."""
import datetime, os, random, re, subprocess, sys

PRI = r'<(?P<pri>0|[1-9]\d?|1[0-8]\d|19[01])>'
NAME = r'[!#-<>-\\^-~]{1,32}'
VALUE = r'(?:[^"\\\]]|\\["\\\]]|\\(?!["\\\]]))*'
ELEMENT = r'\[%s(?: %s="%s")*\]' % (NAME, NAME, VALUE)
TIME = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)'
NEW = re.compile((PRI + r'1 (?P<at>-|%s) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<procid>[!-~]{1,128}) '
    r'(?P<msgid>[!-~]{1,32}) (?P<data>-|(?:%s)+)(?: (?P<text>.*))?\Z') % (TIME, ELEMENT), re.S)
OLD = re.compile(PRI + r'(?P<at>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d) (?P<host>[!-~]{1,255}) '
    r'(?P<app>[!-9;-Z\\-~]{1,32})(?:\[(?P<procid>[!-\\^-~]{1,128})\])?: (?P<text>.*)\Z', re.S)

def stamp(s):
    if s == '-':
        return 0
    try:
        t = datetime.datetime.fromisoformat(re.sub(r'\.(\d+)', lambda m: '.' + (m[1] + '000000')[:6], s.replace('Z', '+00:00')))
    except ValueError:
        return None
    return int((t - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) / datetime.timedelta(milliseconds=1))

def want(line):
    """Fields, 'refused', or None: other dialects, where there is nothing to compare with."""
    s = line.decode('latin-1')
    m = NEW.match(s)
    if m:
        at = stamp(m['at'])
        if at is None:
            return None
        text = m['text'] or ''
        text = text[3:] if text.startswith('\xef\xbb\xbf') else text
        nil = lambda v: None if v == '-' else v
        return [1, 1, int(m['pri']) // 8, int(m['pri']) % 8, at, nil(m['host']), nil(m['app']), nil(m['procid']),
            nil(m['msgid']), nil(m['data']), text]
    if re.match(PRI + '1 ', s):
        # A time that is no time of RFC 3339 but one of ours is taken: leave those out.
        at = s.split(' ')[1]
        return None if at != '-' and not re.fullmatch(TIME, at) else 'refused'
    m = OLD.match(s)
    if not m or '[' in m['host'] or ':' in m['host']:
        return None
    try:
        t = datetime.datetime.strptime('2026 ' + m['at'], '%Y %b %d %H:%M:%S')
    except ValueError:
        return None
    at = stamp(t.isoformat() + 'Z')
    if at > 1795348800000 + 86400000:
        at = stamp(t.replace(year=2025).isoformat() + 'Z') if (t.month, t.day) != (2, 29) else None
    return None if at is None else [0, 1, int(m['pri']) // 8, int(m['pri']) % 8, at, None if m['host'] == '-' else m['host'], m['app'], m['procid'], None,
        None, m['text']]

R = random.Random(5424)
def word(n, chars='abcXYZ019.@/_-'):
    return ''.join(R.choice(chars) for _ in range(R.randint(1, n)))
def element():
    return '[%s%s]' % (word(32, 'abc@19'), ''.join(' %s="%s"' % (word(8, 'abc'), ''.join(
        R.choice(['a', ' ', '\\"', '\\]', '\\\\', '=', '[', '\\n', 'é']) for _ in range(R.randint(0, 6)))) for _ in range(R.randint(0, 3))))
def message():
    t = datetime.datetime(2026, R.randint(1, 11), R.randint(1, 28), R.randint(0, 23), R.randint(0, 59), R.randint(0, 59))
    pri = '<%d>' % R.randint(0, 191)
    text = ''.join(R.choice(['sshd: x', ' ', '[1]', ':', 'Failed', '\xef\xbb\xbf', '-', '"', ']']) for _ in range(R.randint(0, 6)))
    if R.random() < 0.3:
        return '%s%s %s %s%s: %s' % (pri, t.strftime('%b %e %H:%M:%S'), word(12, 'abc19.-'), word(8, 'abc/.-'),
            R.choice(['', '[%d]' % R.randint(1, 99999)]), text)
    at = R.choice(['-', t.isoformat() + R.choice(['Z', '.1Z', '.003+02:00', '-07:00', '.123456Z'])])
    nil = lambda w: R.choice(['-', w, w])
    data = R.choice(['-', ''.join(element() for _ in range(R.randint(1, 3)))])
    return '%s1 %s %s %s %s %s %s%s' % (pri, at, nil(word(20)), nil(word(10)), nil(word(6)), nil(word(6)), data,
        R.choice(['', ' ' + text]))
def change(s):
    for _ in range(R.randint(1, 3)):
        i = R.randint(0, len(s))
        s = s[:i] + R.choice(['', ' ', '"', ']', '[', '=', '-', '\\', '\x01', '9', '<', '>']) + s[i + R.randint(0, 2):]
    return s

lines = [message() for _ in range(8000)]
lines += [change(R.choice(lines[:8000])) for _ in range(12000)]
lines = [l.encode('utf-8') for l in lines if '\n' not in l]
real = 0
for folder in ('pfsense-rfc5424-filterlog', 'pfsense-rfc5424-nginx', 'opnsense-sshd', 'pf-logs'):
    path = os.path.join(os.environ.get('LYMPH_DATA', ''), 'logs/crowdsec-hub', folder, folder + '.log')
    if os.path.exists(path):
        got = [l for l in open(path, 'rb').read().split(b'\n') if l]
        lines += got
        real += len(got)
out = subprocess.run([sys.argv[1]], input=b'\n'.join(lines) + b'\n', stdout=subprocess.PIPE, check=True).stdout
out = out.decode().split('\n')
assert len(out) == len(lines) + 1, 'a line was lost'
compared = refused = 0
for line, said in zip(lines, out):
    w = want(line)
    if w is None:
        continue
    compared += 1
    if w == 'refused' or said == 'refused':
        refused += 1
        if w != said:
            sys.exit('%r: wanted %r, got %r' % (line, w, said))
        continue
    f = said.split('\t')
    got = [int(v) for v in f[:5]] + [None if v == '-' else bytes.fromhex(v).decode('latin-1') for v in f[5:]]
    if got != w:
        sys.exit('%r:\nwanted %r\ngot    %r' % (line, w, got))
print('%d messages read alike, %d of them refused alike; %d real lines' % (compared - refused, refused, real) +
    ('' if real else ': no samples, set LYMPH_DATA'))
if compared < 8000:
    sys.exit('only %d were compared' % compared)
