#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random documents through our reader of rows and through Python's csv module: the same cells."""
import csv, io, random, struct, subprocess, sys

random.seed(4180)
ALPHABETS = ['a,"\n', 'ab,"\r\n', 'abcdefgh,\n', 'a"', 'ab;|\t,"\r\n .']


def document():
    if random.random() < 0.3:  # well-formed, as a writer makes it
        out = io.StringIO(newline='')
        w = csv.writer(out, lineterminator=random.choice(['\n', '\r\n', '\r']))
        for _ in range(random.randrange(6)):
            w.writerow([''.join(random.choice('ab,"\r\n ') for _ in range(random.randrange(9)))
                        for _ in range(random.randrange(1, 6))])
        return out.getvalue()
    alphabet = random.choice(ALPHABETS)
    return ''.join(random.choice(alphabet) for _ in range(random.randrange(60)))


docs = [document() for _ in range(20000)]
given = b''.join(struct.pack('<I', len(d)) + d.encode() for d in docs)
said = subprocess.run([sys.argv[1]], input=given, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
at = opened = rows = 0
for d in docs:
    ours = []
    while said[at] not in ('.', 'open'):
        ours.append([bytes.fromhex(c).decode() for c in said[at][1:].split(' ')])
        at += 1
    theirs = [r for r in csv.reader(io.StringIO(d, newline='')) if r]
    if said[at] == 'open':  # Python gives out what it has; we refuse the last row
        opened += 1
        theirs.pop()
    at += 1
    rows += len(theirs)
    if ours != theirs:
        sys.exit(f'{d!r}: {ours} here, {theirs} there')
print(f'{len(docs)} documents, {rows} rows the same, {opened} with an open quote')
if rows < 10000 or opened < 100 or at != len(said):
    sys.exit('that proves little')
