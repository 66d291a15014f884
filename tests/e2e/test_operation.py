"""Running it: reload, policy changes, drain, refusals at start-up, configuration, the loopback listener."""
import contextlib
import copy
import datetime
import http.client
import json
import os
import re
import signal
import socket
import ssl
import threading

import pytest

import coalition
import harness
from coalition import ANY_TIME, agreement, changed, entry, observation, withheld
from harness import domain_of, iso, principal_id, run
from test_http import Lock

ASK = b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n"
LIST = b"GET /v1/eoobservation?obTime=%3E2020-01-01 HTTP/1.1\r\nHost: localhost\r\n\r\n"


# --- policy changes ---

def test_policy_change_takes_effect_with_the_next_request(exchange):
    with exchange.client("JPN", "node") as jpn, exchange.client("USA") as usa:
        identifier = jpn.put_record("eoobservation", observation("C"))
        told = usa.get(f"/v1/eoobservation/{identifier}").ok().json()["relto"]
        assert (told["basis"], told["agreement"], told["originator"]) == ("default", "USA-JPN-2026", "JPN")
        assert "REL TO JPN, USA" in told["effectiveMarking"]
        for status, sees in (("suspended", False), ("inForce", True), ("terminated", False)):
            exchange.apply(changed(exchange.policy, lambda p: entry(p, "agreements", id="USA-JPN-2026").update(status=status)))
            assert usa.sees("eoobservation", identifier) is sees
            assert (identifier in usa.ids("eoobservation", obTime=ANY_TIME)) is sees
            assert usa.count("eoobservation", obTime=ANY_TIME, id=identifier) == sees
        exchange.apply(exchange.policy)
        assert usa.sees("eoobservation", identifier)


def test_clearance_and_membership_changes_take_effect(exchange):
    with exchange.client("USA", "node") as usa, exchange.client("NZL") as nzl:
        identifier = usa.put_record("eoobservation", withheld("S//REL TO USA, FVEY"))
        assert nzl.sees("eoobservation", identifier)
        no_clearance = changed(exchange.policy, lambda p: entry(p, "principals", id=principal_id("NZL", "operator"))
                               .update(clearances={"NZL": "TS"}))
        exchange.apply(no_clearance)
        assert not nzl.sees("eoobservation", identifier)
        exchange.apply(exchange.policy)
        assert nzl.sees("eoobservation", identifier)
        left = changed(exchange.policy, lambda p: [m.update(until=exchange.now.date().isoformat()) for m in
                                                   entry(p, "communities", code="FVEY")["members"] if m["partner"] == "NZL"])
        exchange.apply(left)
        assert not nzl.sees("eoobservation", identifier)
        exchange.apply(exchange.policy)


FIRST_REQUESTS = {
    "post": lambda c: c.post("/v1/eoobservation", withheld("S//REL TO USA, NEWC")).status == 201,
    "bulk": lambda c: c.post("/v1/eoobservation/createBulk", [withheld("S//REL TO USA, NEWC")]).status == 201,
    "parse": lambda c: c.post("/v1/markings/parse", {"classificationMarking": "S//REL TO USA, NEWC"}).status == 200,
    "evaluate": lambda c: c.post("/v1/policy/evaluate", {"type": "elset", "dataMode": "TEST",
                                                         "classificationMarking": "S//REL TO USA, NEWC"}).status == 200,
    "register": lambda c: b"NEWC" in c.get("/v1/communities").body,
    "entry": lambda c: c.get("/v1/communities/NEWC").status == 200,
    "whoami": lambda c: "TK" not in c.get("/v1/whoami").json()["caveats"],
}


@pytest.mark.parametrize("route", FIRST_REQUESTS)
def test_first_request_after_a_change_knows_of_it(exchange, route):
    """On a connection that was open before, with nothing in between; and again when the change is taken back."""
    def change(p):
        p["communities"].append({"code": "NEWC", "name": "New", "members": coalition.members("USA", "JPN")})
        entry(p, "principals", id=principal_id("USA", "node")).update(caveats=["SI"])

    known = FIRST_REQUESTS[route]
    with exchange.client("USA", "node") as usa:
        for _ in range(2):
            assert not known(usa)
            exchange.apply(changed(exchange.policy, change))
            assert known(usa)
            exchange.apply(exchange.policy)


def test_nothing_old_opens_by_accident(new_exchange):
    """backfill: none, from an instant, or all; for an agreement and for a membership."""
    policy = coalition.coalition()
    policy["communities"].append({"code": "QUAD", "name": "Quad", "members": coalition.members("USA")})
    exchange = new_exchange("backfill", policy=policy)
    with exchange.client("JPN", "node") as jpn, exchange.client("USA", "node") as usa, exchange.client("AUS") as aus:
        ids, moments = [], []
        for _ in range(3):
            ids.append((jpn.put_record("eoobservation", observation("C")), usa.put_record("eoobservation", withheld("S//REL TO USA, QUAD"))))
            moments.append(exchange.advance(hours=1))
            exchange.advance(hours=1)
        seen = lambda n: [aus.sees("eoobservation", pair[n]) for pair in ids]
        assert seen(0) == seen(1) == [False] * 3
        for backfill, expected in (("none", [False] * 3), (iso(moments[0]), [False, True, True]), ("all", [True] * 3)):
            opened = copy.deepcopy(policy)
            opened["agreements"].append(agreement(f"JPN-AUS-{len(backfill)}", ["AUS", "JPN"], default={"JPN": "C"}, backfill=backfill,
                                                  equivalence=[{"policy": "JPN", "level": "C", "as": {"policy": "AUS", "level": "C"}}]))
            entry(opened, "communities", code="QUAD")["members"].append(
                {"partner": "AUS", "from": "2020-01-01", "until": None, "backfill": backfill})
            exchange.apply(opened)
            assert seen(0) == expected and seen(1) == expected, backfill
            exchange.advance(minutes=1)
            new = jpn.put_record("eoobservation", observation("C")), usa.put_record("eoobservation", withheld("S//REL TO USA, QUAD"))
            assert [aus.sees("eoobservation", i) for i in new] == [True, True]
            exchange.apply(policy)
            assert seen(0) == seen(1) == [False] * 3
            exchange.advance(minutes=1)


def test_time_flips_verdicts_by_itself(new_exchange):
    policy = coalition.coalition()
    exchange = new_exchange("time", policy=policy)
    start = exchange.now
    tomorrow = (start + datetime.timedelta(days=1)).date()
    entry(policy, "agreements", id="USA-JPN-2026").update(until=(tomorrow + datetime.timedelta(days=3)).isoformat())
    exchange.apply(policy)
    micro = datetime.timedelta(microseconds=1)
    embargo, expires = start + datetime.timedelta(hours=3), start + datetime.timedelta(hours=6)
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn, exchange.client("USA", "auditor") as auditor:
        identifier = usa.put_record("eoobservation", withheld("S//REL TO USA, JPN", relto={
            "embargoUntil": iso(embargo), "expires": iso(expires)}))
        plain = usa.put_record("eoobservation", withheld("S//REL TO USA, JPN"))
        for t, sees in ((start, False), (embargo - micro, False), (embargo, True), (expires - micro, True), (expires, False)):
            exchange.set_clock(t)
            for client in (jpn, usa):
                assert client.sees("eoobservation", identifier) is sees, t
                assert (identifier in client.ids("eoobservation", obTime=ANY_TIME)) is sees, t
                assert client.count("eoobservation", obTime=ANY_TIME) == 1 + sees
            assert auditor.sees("eoobservation", identifier)
        end = datetime.datetime.combine(tomorrow + datetime.timedelta(days=3), datetime.time(), datetime.timezone.utc)
        for t, sees in ((end - micro, True), (end, False)):
            exchange.set_clock(t)
            assert jpn.sees("eoobservation", plain) is sees and jpn.count("eoobservation", obTime=ANY_TIME) == sees
            assert usa.sees("eoobservation", plain)


def test_policy_change_cuts_a_long_list(new_exchange):
    """What is no longer to be seen is not sent, even by an answer that had begun; and a cut list does not look whole."""
    exchange = new_exchange("cut", {"limits.chunk_bytes": 65536})
    with exchange.client("USA", "node") as usa:
        for _ in range(4):
            usa.put_records("eoobservation", [withheld("S//REL TO USA, JPN", descriptor="d" * 900) for _ in range(9000)])
    with exchange.raw("JPN") as raw:
        raw.send(LIST)
        raw.socket.recv(1000)
        exchange.apply(changed(exchange.policy, lambda p: entry(p, "agreements", id="USA-JPN-2026").update(status="suspended")))
        with exchange.client("JPN") as jpn:
            assert jpn.count("eoobservation", obTime=ANY_TIME) == 0
        rest = raw.to_end_of_chunks()
        assert rest.count(b'"idSensor"') < 36_000 // 2, "the list went on"
        assert not rest.endswith(b"0\r\n\r\n"), "the list ended as if it were complete"


def test_revocation_cuts_a_long_list(new_exchange):
    """The identity is asked for again with every piece of an answer."""
    policy = coalition.coalition()
    policy["principals"].append(coalition.principal("USA", "operator", "lost"))
    exchange = new_exchange("revoked", {"limits.chunk_bytes": 65536}, policy)
    with exchange.client("USA", "node") as usa:
        for _ in range(4):
            usa.put_records("eoobservation", [observation(descriptor="d" * 900) for _ in range(9000)])
    with exchange.raw("USA", "operator", "lost") as raw:
        raw.send(LIST)
        raw.socket.recv(1000)
        exchange.pki.revoke("USA", "operator", "lost")
        exchange.reload()
        assert not raw.to_end_of_chunks().endswith(b"\r\n0\r\n\r\n"), "the list ended as if it were complete"


def test_dry_run_changes_nothing(exchange):
    next_policy = changed(exchange.policy, lambda p: (
        entry(p, "agreements", id="USA-JPN-2026").update(status="suspended"),
        p["agreements"].append(agreement("JPN-AUS-2027", ["AUS", "JPN"])),
        p["reasons"].remove(entry(p, "reasons", code="EXERCISE"))))
    with exchange.client("JPN", "node") as jpn, exchange.client("USA") as usa:
        identifier = jpn.put_record("eoobservation", observation("C"))
        told = exchange.apply(next_policy, "--dry-run").stdout
        lines = told.splitlines()
        assert any(l.startswith("~") and "USA-JPN-2026" in l and "status" in l for l in lines), told
        assert any(l.startswith("+") and "JPN-AUS-2027" in l for l in lines), told
        assert any(l.startswith("-") and "EXERCISE" in l for l in lines), told
        assert usa.sees("eoobservation", identifier)
        assert not any(l[:1] in "+-~" and l.strip() for l in exchange.apply(exchange.policy, "--dry-run").stdout.splitlines())


def broken(change):
    return lambda: changed(coalition.coalition(), change)


BAD_POLICIES = {
    "unknown member": broken(lambda p: p.update(nonsense=1)),
    "unknown member of an entry": broken(lambda p: p["partners"][0].update(nonsense=1)),
    "other version": broken(lambda p: p.update(relto="policy/2")),
    "no version": broken(lambda p: p.pop("relto")),
    "lower case code": broken(lambda p: p["partners"][0].update(code="aus")),
    "long code": broken(lambda p: p["communities"][0].update(code="ABCDEFGHIJKLM")),
    "same code twice": broken(lambda p: p["partners"].append(dict(p["partners"][0], trustDomain="x.example"))),
    "community named as a partner": broken(lambda p: p["communities"][0].update(code="USA")),
    "unknown marking policy": broken(lambda p: p["partners"][0].update(policy="NONE")),
    "same trust domain twice": broken(lambda p: p["partners"][0].update(trustDomain="usa.example")),
    "unknown member of a community": broken(lambda p: p["communities"][0]["members"].append(coalition.members("XXX")[0])),
    "authorises nobody": broken(lambda p: p["partners"][0].update(authorises=["XXX"])),
    "unknown provider": broken(lambda p: p["agreements"][0].update(providers=["XXX"])),
    "community as a party": broken(lambda p: p["agreements"][0].update(recipients=["FVEY"])),
    "unknown type": broken(lambda p: p["agreements"][0].update(types=["nonsense"])),
    "unknown data mode": broken(lambda p: p["agreements"][0].update(dataModes=["NONE"])),
    "unknown level": broken(lambda p: p["agreements"][0].update(highest={"USA": "XX"})),
    "level of an unknown policy": broken(lambda p: p["agreements"][0].update(default={"XXX": "U"})),
    "equivalence to nothing": broken(lambda p: p["agreements"][1]["equivalence"][0]["as"].update(level="XX")),
    "unknown status": broken(lambda p: p["agreements"][0].update(status="maybe")),
    "no date": broken(lambda p: p["agreements"][0].update({"from": "yesterday"})),
    "ends before it begins": broken(lambda p: p["agreements"][0].update({"from": "2026-01-01", "until": "2025-01-01"})),
    "unknown backfill": broken(lambda p: p["agreements"][0].update(backfill="some")),
    "agreement twice": broken(lambda p: p["agreements"].append(copy.deepcopy(p["agreements"][0]))),
    "principal of another domain": broken(lambda p: p["principals"][0].update(id="spiffe://usa.example/node/one-more")),
    "principal of nobody": broken(lambda p: p["principals"][0].update(partner="XXX")),
    "principal twice": broken(lambda p: p["principals"].append(copy.deepcopy(p["principals"][0]))),
    "unknown role": broken(lambda p: p["principals"][0].update(id="spiffe://aus.example/king/one")),
    "no SPIFFE id": broken(lambda p: p["principals"][0].update(id="aus")),
    "unknown clearance": broken(lambda p: p["principals"][0].update(clearances={"USA": "XX"})),
    "unknown caveat": broken(lambda p: p["principals"][0].update(caveats=["NONE"])),
    "level twice": broken(lambda p: p["profiles"][0]["levels"].append(p["profiles"][0]["levels"][0])),
    "no levels": broken(lambda p: p["profiles"][0].update(levels=[])),
    "text for a list": broken(lambda p: p["agreements"][0].update(types="*")),
    "no JSON": lambda: "{",
    "tail": lambda: json.dumps(coalition.coalition()) + "x",
    "name twice": lambda: json.dumps(coalition.coalition())[:-1] + ', "relto": "policy/1"}',
    "list": lambda: "[]",
}


@pytest.mark.parametrize("case", BAD_POLICIES)
def test_policy_file_is_checked_whole(exchange, case):
    policy = BAD_POLICIES[case]()
    if isinstance(policy, dict):  # beside its mistake it would open something
        policy["agreements"].append(agreement("OPENED", ["JPN", "FRA"]))
    try:
        for options in ((), ("--dry-run",)):
            done = exchange.apply(policy, *options, check=False)
            assert done.returncode == 1 and done.stderr.strip(), (done.returncode, done.stdout, done.stderr)
            assert "OPENED" not in done.stdout
        with exchange.client("FRA") as fra:
            assert "OPENED" not in fra.get("/v1/agreements").ok().body.decode()
    finally:
        exchange.apply(exchange.policy)  # for the other cases, when this one was taken


# --- reload ---

def test_reload_drops_no_connection(exchange):
    people = [("USA", "operator"), ("JPN", "node"), ("DEU", "fdo"), ("NZL", "auditor")]
    with contextlib.ExitStack() as stack:
        raws = [stack.enter_context(exchange.raw(*p)) for p in people]
        for _ in range(3):
            for raw in raws:
                raw.send(ASK).answer().ok()
            exchange.reload()
        for raw in raws:
            raw.send(ASK).answer().ok()


def test_reload_under_load_loses_no_answer(exchange):
    stop, faults, served = threading.Event(), [], []

    def ask(partner):
        try:
            with exchange.client(partner, "node") as client:
                while not stop.is_set():
                    client.put_record("eoobservation", observation())
                    client.list("eoobservation", obTime=ANY_TIME, maxResults=5)
                    served.append(1)
        except Exception as fault:  # told below: nothing of this may fail
            faults.append(f"{partner}: {fault!r}")

    threads = [threading.Thread(target=ask, args=(p,)) for p in ("USA", "JPN", "FRA")]
    for thread in threads:
        thread.start()
    for i in range(6):
        exchange.reload()
        exchange.apply(changed(exchange.policy, lambda p: p["reasons"][0].update(title=f"Title {i}")))
    stop.set()
    for thread in threads:
        thread.join(harness.PATIENCE)
    assert not faults and len(served) > 6, faults


def test_reload_takes_new_limits(new_exchange):
    exchange = new_exchange("limits", {"limits.records_per_request": 2})
    three = [observation() for _ in range(3)]
    with exchange.client("USA", "node") as client:
        client.post("/v1/eoobservation/createBulk", three).problem(413)
        exchange.configure({"limits.records_per_request": 3})
        client.post("/v1/eoobservation/createBulk", three).problem(413)
        exchange.reload()
        client.put_records("eoobservation", three)


def test_reload_with_a_mistake_keeps_what_was(new_exchange):
    exchange = new_exchange("mistake")
    with exchange.client("USA") as client:
        client.get("/v1/whoami").ok()
        exchange.configure({"limits.records_per_request": "many"})
        exchange.reload("reload.incomplete")
        client.get("/v1/whoami").ok()
        exchange.configure({})
        kept = exchange.pki.trust / domain_of("AUS") / "ca.pem"
        text = kept.read_text()
        try:
            kept.write_text("nonsense")
            since = exchange.log.mark()
            exchange.signal(signal.SIGHUP)
            exchange.log.wait(lambda e: e.get("event", "").startswith("reload."), since)
            client.get("/v1/whoami").ok()
            with exchange.client("USA", "fdo") as other:
                other.get("/v1/whoami").ok()
        finally:
            kept.write_text(text)
        exchange.reload()


def test_reload_takes_a_new_partner_and_a_new_server_certificate(new_exchange, scratch):
    exchange = new_exchange("partner")
    pair = [exchange.folder / "server.pem", exchange.folder / "server.key"]
    for source, target in zip(exchange.pki.server, pair):
        target.write_bytes(source.read_bytes())
        target.chmod(0o600)
    exchange.close()
    exchange.configure({"tls.certificate": pair[0], "tls.key": pair[1]})
    exchange.start()
    policy = coalition.coalition()
    policy["profiles"].append(coalition.profile("ITA"))
    policy["partners"].append({"code": "ITA", "name": "Italy", "policy": "ITA", "trustDomain": domain_of("ITA"), "authorises": []})
    policy["principals"].append(coalition.principal("ITA", "operator"))
    exchange.apply(policy)
    exchange.pki.principal("ITA", "operator")
    with exchange.raw("USA") as kept:
        first = kept.socket.getpeercert(True)
        kept.send(ASK).answer().ok()
        exchange.pki._tool("server", "renewed", "--san", "DNS:localhost,IP:127.0.0.1", "--days", "36500")
        for suffix, target in zip(("pem", "key"), pair):
            target.write_bytes((exchange.pki.folder / "exchange" / f"renewed.{suffix}").read_bytes())
        exchange.reload()
        kept.send(ASK).answer().ok()
        with exchange.raw("ITA") as fresh:
            assert fresh.socket.getpeercert(True) != first
            fresh.send(ASK).answer().ok()


# --- the way down ---

def test_sigterm_finishes_what_runs_and_ends_with_0(new_exchange):
    exchange = new_exchange("drain", {"server.drain_seconds": 60, "database.statement_ms": 60000})
    record = json.dumps(observation())
    with exchange.raw("USA", "node") as posting, exchange.raw("USA") as reading, exchange.raw("USA", "fdo") as idle:
        idle.send(ASK).answer().ok()
        for raw in (posting, reading):
            raw.send(ASK).answer().ok()
        with Lock(exchange) as lock:
            posting.send("POST /v1/eoobservation HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         f"Content-Length: {len(record)}\r\n\r\n{record}")
            reading.send(LIST)
            waiting(exchange, 2)
            exchange.signal(signal.SIGTERM)
            exchange.log.named("draining")
            with pytest.raises((OSError, ssl.SSLError, EOFError)), exchange.raw("JPN") as late:
                late.send(ASK).answer()
            lock.release()
        identifier = posting.answer("POST").ok(201).json()["id"]
        reading.answer().ok()
    assert exchange.wait() == 0
    exchange.start()
    with exchange.client("USA") as client:
        assert client.sees("eoobservation", identifier)


def waiting(exchange, n):
    """Until n sessions of the exchange wait for the lock, as the database tells it."""
    name = exchange.conninfo.split("dbname=")[1]
    question = ("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                f"AND datname = '{name}'")
    for _ in range(1000):
        if int(exchange.postgres.sql(question)) >= n:
            return
    raise AssertionError(f"{n} sessions never waited")


def test_sigterm_finishes_a_long_list(new_exchange):
    exchange = new_exchange("longdrain", {"server.drain_seconds": 60, "limits.chunk_bytes": 65536})
    with exchange.client("USA", "node") as client:
        client.put_records("eoobservation", [observation(descriptor="d" * 900) for _ in range(9000)])
    with exchange.raw("USA") as raw:
        raw.send(LIST)
        raw._fill()
        exchange.signal(signal.SIGTERM)
        exchange.log.named("draining")
        assert len(raw.answer().ok().json()) == 9000
    assert exchange.wait() == 0


def test_sigterm_at_rest_and_sigint(new_exchange):
    exchange = new_exchange("rest")
    assert exchange.end() == 0
    exchange.start()
    exchange.signal(signal.SIGINT)
    assert exchange.wait() == 0


# --- start-up ---

def refuses_to_serve(exchange, expected):
    done = exchange.command("serve", check=False)
    assert done.returncode == 1, done
    assert re.search(expected, done.stderr, re.IGNORECASE), done.stderr


def test_serve_refuses_a_schema_it_does_not_know(scratch, postgres, pki):
    exchange = harness.Exchange(scratch / "schema", postgres, pki, conninfo=postgres.create_database("e2e_schema"))
    refuses_to_serve(exchange, "schema|migrat")
    exchange.migrate()
    tables = postgres.sql("SELECT c.oid::regclass FROM pg_class c WHERE relkind = 'r' AND relname ~ 'migration'", "e2e_schema").split()
    assert len(tables) == 1, tables
    columns = postgres.sql(f"SELECT attname FROM pg_attribute WHERE attrelid = '{tables[0]}'::regclass AND attnum > 0", "e2e_schema").split()
    digest = next(c for c in columns if re.search("hash|digest|chain", c))
    original = postgres.sql(f"SELECT {digest} FROM {tables[0]} LIMIT 1", "e2e_schema")
    postgres.sql(f"UPDATE {tables[0]} SET {digest} = overlay({digest} placing {'set_byte(substring(' + digest + ' for 1), 0, 255 - get_byte(' + digest + ', 0))' if original.startswith(chr(92)) else 'repeat(chr(48), 8)'} from 1)",
                 "e2e_schema")
    refuses_to_serve(exchange, "schema|migrat")
    done = exchange.command("migrate", check=False)
    assert done.returncode == 1 and done.stderr.strip(), done


def test_migrate_again_and_twice_at_once(scratch, postgres, pki):
    exchange = harness.Exchange(scratch / "twice", postgres, pki, conninfo=postgres.create_database("e2e_twice"))
    results = []
    threads = [threading.Thread(target=lambda: results.append(exchange.command("migrate", check=False))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(harness.PATIENCE)
    assert [r.returncode for r in results] == [0, 0, 0], results
    exchange.migrate()
    pki.ca("USA")
    exchange.apply(coalition.coalition())
    exchange.start()
    exchange.close()


def test_serve_refuses_a_database_that_is_not_there(scratch, postgres, pki):
    exchange = harness.Exchange(scratch / "nowhere", postgres, pki, conninfo="host=/nonexistent dbname=relto")
    refuses_to_serve(exchange, "database|connect|temporarily|unavailable")


def test_port_that_is_taken(exchange, scratch, postgres, pki):
    other = harness.Exchange(scratch / "taken", postgres, pki, {"server.port": exchange.port}, exchange.conninfo)
    refuses_to_serve(other, "port|address|listen|bind")


# --- configuration ---

@pytest.fixture
def plain(scratch, postgres, pki):
    pki.ca("USA")
    return harness.Exchange(scratch / "config", postgres, pki)


def test_check_config_accepts(plain):
    assert plain.command("--check-config").returncode == 0


BAD_SETTINGS = {
    "no number": ({"server.port": "x"}, "port"), "too large": ({"server.port": 70000}, "port"), "negative": ({"server.loops": -1}, "loops"),
    "too small": ({"limits.body": 1}, "body"), "tail": ({"limits.body": "5000x"}, "body"), "unknown key": ({"server.nonsense": 1}, "nonsense"),
    "unknown section": ({"nonsense.port": 1}, "nonsense"), "unknown choice": ({"log.format": "xml"}, "format"),
    "unknown level": ({"log.level": "loud"}, "level"), "ticket too long": ({"tls.ticket_seconds": 3601}, "ticket"),
    "no certificate": ({"tls.certificate": "/nonexistent"}, "certificate|nonexistent"), "no key": ({"tls.key": "/nonexistent"}, "key|nonexistent"),
    "certificate missing": ({"tls.certificate": None}, "certificate"), "database missing": ({"database.conninfo": None}, "conninfo"),
    "no trust folder": ({"tls.trust_dir": "/nonexistent"}, "trust|nonexistent"), "no clock": ({"clock.file": "/nonexistent"}, "clock|nonexistent"),
    "admin beyond loopback": ({"admin.address": "0.0.0.0", "admin.port": 9443}, "admin|loopback"),
}


@pytest.mark.parametrize("case", BAD_SETTINGS)
def test_check_config_refuses(plain, case):
    settings, names = BAD_SETTINGS[case]
    plain.configure(settings)
    done = plain.command("--check-config", check=False)
    assert done.returncode == 1 and re.search(names, done.stderr), (done.returncode, done.stderr)
    refuses_to_serve(plain, names)


def test_check_config_refuses_a_key_that_others_may_read(plain, pki):
    for name in ("open.key", "open.pem"):
        (plain.folder / name).write_bytes(pki.server[name.endswith("key")].read_bytes())
    (plain.folder / "open.key").chmod(0o644)
    plain.configure({"tls.key": plain.folder / "open.key", "tls.certificate": plain.folder / "open.pem"})
    done = plain.command("--check-config", check=False)
    assert done.returncode == 1 and "key" in done.stderr, done.stderr


def test_check_config_refuses_a_key_of_another_certificate(plain, pki):
    plain.configure({"tls.key": pki.principal("USA", "operator")[1]})
    assert plain.command("--check-config", check=False).returncode == 1


def test_environment_overrides_the_file(scratch, postgres, pki):
    exchange = harness.Exchange(scratch / "environment", postgres, pki, environment={"RELTO_LIMITS_BODY": "nonsense"})
    done = exchange.command("--check-config", check=False)
    assert done.returncode == 1 and re.search("body", done.stderr, re.IGNORECASE), done.stderr
    exchange.environment = {"RELTO_LIMITS_BODY": "5000"}
    assert exchange.command("--check-config").returncode == 0


def test_environment_is_in_force(new_exchange):
    exchange = new_exchange("variable", {"limits.records_per_request": 100}, environment={"RELTO_LIMITS_RECORDS_PER_REQUEST": "2"})
    with exchange.client("USA", "node") as client:
        client.post("/v1/eoobservation/createBulk", [observation() for _ in range(3)]).problem(413)


def test_help_and_version():
    for option, word in (("--help", "serve"), ("--version", r"\d+\.\d+")):
        assert re.search(word, run(harness.reltod_path(), option).stdout)
    for wrong in ([], ["nonsense"], ["serve"], ["policy"], ["serve", "--nonsense"]):
        done = run(harness.reltod_path(), *wrong, check=False)
        assert done.returncode not in (0, -signal.SIGSEGV) and done.stderr.strip(), wrong


# --- the loopback listener and the log ---

@pytest.fixture(scope="module")
def observed(new_exchange):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    exchange = new_exchange("observed", {"admin.port": port, "log.level": "debug"})
    exchange.admin = port
    return exchange


def plain_get(exchange, path, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", exchange.admin, timeout=harness.PATIENCE)
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def test_health_and_metrics(observed):
    assert plain_get(observed, "/healthz")[0] == 200 and plain_get(observed, "/readyz")[0] == 200
    with observed.client("USA", "node") as client:
        client.put_records("eoobservation", [observation() for _ in range(7)])
        status, text = plain_get(observed, "/metrics")
    assert status == 200
    for line in text.splitlines():
        assert line.startswith("#") or re.fullmatch(r'[a-z_:][a-z0-9_:]*(\{[^}]*\})? [0-9.e+-]+', line), line
    assert re.search(r"^relto_\w*posted\w* 7$", text, re.MULTILINE), text
    assert plain_get(observed, "/v1/whoami")[0] == 404 and plain_get(observed, "/metrics", "POST")[0] == 405


def test_readyz_tells_of_a_lost_database(observed, postgres):
    postgres.kill()
    try:
        assert plain_get(observed, "/readyz")[0] == 503 and plain_get(observed, "/healthz")[0] == 200
    finally:
        postgres.start()
    assert any(plain_get(observed, "/readyz")[0] == 200 for _ in range(20))


def test_log_is_one_event_a_line_and_keeps_secrets(observed):
    with observed.client("USA", "node") as client:
        client.put_record("eoobservation", withheld("S//NF", source="secret-source", descriptor="secret-descriptor"))
        client.post("/v1/eoobservation", observation("S//NF", source="secret-source")).problem(422)
        client.get("/v1/eoobservation", {"obTime": ANY_TIME, "descriptor": "secret-descriptor"}).ok()
    with observed.raw("USA") as raw:
        raw.send("GET / HTTP/1.1\r\n\r\n").to_end()
    for line in observed.log.lines:
        told = json.loads(line)
        assert {"time", "level", "event"} <= set(told), line
        assert "secret-" not in line and "PRIVATE KEY" not in line, line


def test_text_log(scratch, postgres, pki, exchange):
    other = harness.Exchange(scratch / "text", postgres, pki, {"log.format": "text", "server.port": exchange.port}, exchange.conninfo)
    done = other.command("serve", check=False)
    assert done.returncode == 1
    assert re.search(r'^\d{4}-\d\d-\d\dT[0-9:.]+Z error \S+ \w+="', done.stderr, re.MULTILINE), done.stderr


def test_run_left_no_debris(exchange):
    """File descriptors and threads do not grow with connections."""
    def count():
        return len(os.listdir(f"/proc/{exchange.process.pid}/fd")), len(os.listdir(f"/proc/{exchange.process.pid}/task"))

    def visit():
        for _ in range(30):
            with exchange.client("USA") as client:
                client.list("eoobservation", obTime=ANY_TIME, maxResults=1)

    visit()
    before = count()
    visit()
    visit()
    after = count()
    assert after[0] <= before[0] + 12 and after[1] <= before[1], (before, after)
