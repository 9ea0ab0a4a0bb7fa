#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Who comes to the door and means no good: registrations without end, wrong secrets, bodies that are none or too
# much, an alert that kills its reader, a machine that was let out, one that pushes thousands. Nobody gets in,
# each alert counts once, and a full house says so.
. "$(dirname "$0")/lib.sh"
need jq python3
ns node
{ people_conf && cat; } <<-EOT | node_conf
	alerts = "127.0.0.1:8413"
	prefix "198.18.0.0/15" { kind = "residential" }
EOT
node_start LYMPH_BACKOFF_TOP_MS=200
node_serves
want "in_ node bash -c 'exec 3<>/dev/tcp/127.0.0.1/8413 && echo open'" '^open$'
cat >"$T/visit.py" <<'EOP'
import http.client, json, sys, time
PASSWORD = 'correct horse battery staple'
def ask(method, path, body=None, token=None, key=None, raw=False):
    for again in range(200): # a role may be on its way back
        try:
            c = http.client.HTTPConnection('127.0.0.1', 8413, timeout=40)
            h = {'Content-Type': 'application/json', 'User-Agent': 'crowdsec/v1'}
            if token: h['Authorization'] = 'Bearer ' + token
            if key: h['X-Api-Key'] = key
            c.request(method, path, body if raw or body is None else json.dumps(body), h)
            r = c.getresponse()
            text = r.read()
            if r.status != 503:
                return r.status, text
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit('no answer to %s %s' % (method, path))
def register(name, password=PASSWORD):
    return ask('POST', '/v1/watchers', {'machine_id': name, 'password': password})[0]
def login(name, password=PASSWORD):
    s, t = ask('POST', '/v1/watchers/login', {'machine_id': name, 'password': password, 'scenarios': ['a/b'] * 500})
    return json.loads(t).get('token') if s == 200 else s
def alert(ip, n=0, scenario='crowdsecurity/ssh-bf', **more):
    a = {'scenario': scenario, 'scenario_hash': 'x', 'scenario_version': '1', 'message': 'm', 'events_count': 3,
        'start_at': '2026-11-22T10:%02d:%02dZ' % (n // 60 % 60, n % 60), 'stop_at': '2026-11-22T11:00:00Z',
        'capacity': 1, 'leakspeed': '1s', 'simulated': False, 'source': {'scope': 'Ip', 'value': ip},
        'events': [{'timestamp': 'x', 'meta': [{'key': 'n', 'value': str(n)}]}]}
    a.update(more)
    return a
def too_much(path, n, token=None): # refused by its length alone: the line may end while we still send
    try:
        c = http.client.HTTPConnection('127.0.0.1', 8413, timeout=40)
        c.request('POST', path, b'x' * n, {'Authorization': 'Bearer %s' % token} if token else {})
        return c.getresponse().status == 413
    except OSError:
        return True
def must(got, want, what):
    if got != want:
        raise SystemExit('%s: %r, not %r' % (what, got, want))
exec(open(sys.argv[1]).read())
EOP
visit() { cat >"$T/script" && in_ node python3 "$T/visit.py" "$T/script" || fail "visit"; }
door() { lymph door --json | jq -r "$1"; }
reports() { db 'SELECT count(*) FROM fact WHERE kind = 2'; }

visit <<'EOP'
must(register('good'), 201, 'register')
must(register('good'), 201, 'again')
must(register('good', PASSWORD + '!'), 403, 'another password')
must(register('weak', 'short'), 400, 'weak')
must(register('a b'), 400, 'name')
must(register('\x1b[2Jx'), 400, 'escape')
must(register('x' * 56), 400, 'long')
must(login('good'), 401, 'not let in')
must(login('nobody'), 401, 'nobody')
must(ask('POST', '/v1/watchers', '{"machine_id":', raw=True)[0], 400, 'half')
must(too_much('/v1/watchers', 5000), True, 'large')
must(ask('POST', '/v1/alerts', [alert('198.18.0.1')])[0], 401, 'no token')
must(ask('POST', '/v1/alerts', [alert('198.18.0.1')], token='A' * 140)[0], 401, 'wrong token')
must(ask('GET', '/v1/decisions/stream?startup=true', key='')[0], 403, 'no key')
must(ask('GET', '/v1/decisions', key='A' * 43)[0], 403, 'wrong key')
must(ask('GET', '/v1/nothing')[0], 404, 'path')
must(ask('PUT', '/v1/alerts')[0], 405, 'method')
status, text = ask('GET', '/v1/decisions', key='<script>' * 50)
must(b'script' in text, False, 'says back what it got')
n = [register('m%d' % i) for i in range(100)]
must((n.count(201), n.count(403)), (63, 37), 'registrations')
EOP
want "door '[.machines[] | select(.state == \"waits\")] | length'" '^64$'
want "door .wrong_secrets" '^[1-9]'
as admin lymph door approve good --org here >/dev/null || fail approve

# All kinds at once; pushed again they count once.
visit <<'EOP'
t = login('good')
push = [alert('198.18.0.1'), alert('203.0.113.1'), alert('198.18.0.2', scenario='somebody/strange'),
    alert('198.18.0.3', decisions=[{'duration': '4h', 'scope': 'Ip', 'value': '198.18.0.3', 'type': 'ban'}] * 7),
    alert('198.18.0.0/24', source={'scope': 'Range', 'value': '198.18.0.0/24'}), 7, [], {}, alert('198.18.0.4', simulated=True)]
s, text = ask('POST', '/v1/alerts', push, token=t)
must((s, len(json.loads(text))), (201, len(push)), 'mixed')
must(ask('POST', '/v1/alerts', push, token=t)[0], 201, 'again')
must(ask('POST', '/v1/alerts', [], token=t)[0], 201, 'none')
must(ask('POST', '/v1/alerts', '', token=t, raw=True)[0], 400, 'empty')
must(ask('POST', '/v1/alerts', '{}', token=t, raw=True)[0], 400, 'object')
must(ask('POST', '/v1/alerts', '[' * 100000, token=t, raw=True)[0], 400, 'deep')
must(ask('POST', '/v1/alerts', '["\\ud800"]', token=t, raw=True)[0] in (201, 400), True, 'surrogate')
must(too_much('/v1/alerts', 18000000, token=t), True, 'too much')
must(ask('DELETE', '/v1/decisions?ip=198.18.0.1', token=t)[0], 403, 'delete')
must(ask('DELETE', '/v1/alerts/3', token=t)[0], 403, 'delete')
must(ask('GET', '/v1/alerts?ip=198.18.0.1', token=t)[0], 403, 'read')
must(ask('GET', '/v1/heartbeat', token=t)[0], 200, 'heartbeat')
must(ask('POST', '/v1/usage-metrics', {'x': 1}, token=t)[0], 201, 'metrics')
must(ask('GET', '/v1/decisions', token=t)[0], 403, 'a machine is no bouncer')
EOP
want reports '^2$'
want "door '.machines[] | select(.name == \"good\") | \"\(.decisions_refused) \(.commands_refused) \(.elsewhere) \(.reports) \(.again)\"'" \
	'^14 3 2 2 2$'

# Thousands in one push, and some at a time.
visit <<'EOP'
t = login('good')
push = [alert('198.18.%d.%d' % (1 + i // 250, i % 250), i) for i in range(3000)]
s, text = ask('POST', '/v1/alerts', push, token=t)
must((s, len(json.loads(text))), (201, 3000), 'thousands')
EOP
want reports '^3002$'

# One that kills its reader is passed over alone, after two deaths.
visit <<'EOP'
push = [alert('198.19.0.1'), alert('198.19.0.2', message='crash-hear-alerts.test'), alert('198.19.0.3')]
deaths = 0
for i in range(40):
    t = login('good')
    try:
        c = http.client.HTTPConnection('127.0.0.1', 8413, timeout=40)
        c.request('POST', '/v1/alerts', json.dumps(push), {'Authorization': 'Bearer %s' % t})
        if c.getresponse().status == 201:
            break
    except (OSError, http.client.HTTPException):
        deaths += 1
    time.sleep(0.3)
else:
    raise SystemExit('it never came through')
must(deaths, 2, 'deaths')
EOP
want reports '^3004$'
want "lymph aside" 'hear-alerts'

# Let out, its token is worth nothing; let in anew under another password, the old one is not.
visit <<'EOP'
t = login('good')
open(sys.argv[1] + '.token', 'w').write(t)
EOP
as admin lymph door remove good >/dev/null || fail remove
visit <<'EOP'
t = open(sys.argv[1] + '.token').read()
for i in range(100):
    if ask('GET', '/v1/heartbeat', token=t)[0] == 401: break
    time.sleep(0.1)
else: raise SystemExit('it is still let in')
must(ask('POST', '/v1/alerts', [alert('198.19.1.1')], token=t)[0], 401, 'a token of who was let out')
must(register('m100'), 201, 'the place of who was let in')
must(register('good', 'another password altogether'), 403, 'the house is full')
EOP
as admin lymph door remove m5 >/dev/null || fail remove
visit <<'EOP'
must(register('good', 'another password altogether'), 201, 'registered anew')
EOP
as admin lymph door approve good >/dev/null || fail approve
visit <<'EOP'
t = open(sys.argv[1] + '.token').read()
must(ask('GET', '/v1/heartbeat', token=t)[0], 401, 'the token of another password')
must(login('good'), 401, 'the old password')
must(isinstance(login('good', 'another password altogether'), str), True, 'the new one')
EOP
want reports '^3004$'
stop "$WARDEN"
"$LYMPH" journal replay --state "$T/state" --json | grep -q '"identical":true' || fail "the journal does not replay"
