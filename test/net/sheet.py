#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sheets for sheet.sh. sheet.py zip FILE ROWS OWN NET FROM: a zipped report of open resolvers, OWN of its ROWS about
addresses of NET (two octets) from the FROMth on. sheet.py bomb FILE: 300 MB of one row, zipped. sheet.py mail FILE: a
mail on stdout that carries it."""
import email.message
import email.utils
import datetime
import sys
import zipfile


def rows(count, own, net, first):
    seen = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=2)).strftime('%Y-%m-%d %H:%M:%S')
    yield '"timestamp","severity","ip","protocol","port","hostname","tag","asn","geo","naics","min_amplification"\n'
    every = count // own
    for i in range(count):
        n = first + i // every
        ip = f'{net}.{n // 250}.{n % 250 + 1}' if i % every == 0 and i // every < own else \
            f'203.0.{113 if i % 2 else 112}.{i % 250 + 1}'
        yield f'"{seen}","medium","{ip}","udp",53,"host-{i}.example.net","openresolver",64500,"NL",517311,1.38\n'


def main(what, path, *rest):
    name = datetime.date.today().strftime('%Y-%m-%d-scan_dns-example-asn')
    if what == 'zip':
        count, own, net, first = int(rest[0]), int(rest[1]), rest[2], int(rest[3])
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
            z.writestr(name + '.csv', ''.join(rows(count, own, net, first)))
        return
    if what == 'bomb':
        row = list(rows(1, 1, '192.0', 0))
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
            with z.open(name + '.csv', 'w') as f:
                f.write(row[0].encode())
                for _ in range(300):
                    f.write((row[1].replace('192.0.0', '203.0.113') * 9000).encode())
        return
    m = email.message.EmailMessage()
    m['From'] = 'Reports <autoreports@feed.example>'
    m['To'] = 'abuse@node.example'
    m['Subject'] = 'Open resolvers on your network'
    m['Message-ID'] = f'<{name}-{path.rpartition("/")[2]}@feed.example>'
    m['Date'] = email.utils.format_datetime(datetime.datetime.now(datetime.timezone.utc))
    m.set_content('The report is attached.\n')
    with open(path, 'rb') as f:
        m.add_attachment(f.read(), maintype='application', subtype='zip', filename=name + '.zip')
    sys.stdout.buffer.write(m.as_bytes())


main(*sys.argv[1:])
