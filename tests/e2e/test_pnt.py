"""GET /v1/pnt/status: which satellites are unusable or forecast to be, by the advisories the reader may see."""
import copy
import datetime
import itertools

import pytest

import coalition
from coalition import entry, restriction
from harness import iso

HOUR = datetime.timedelta(hours=1)
serial = itertools.count(2030001)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    def with_views():
        policy = copy.deepcopy(coalition.coalition())
        policy["views"] = [{"code": "ANON", "title": "No satellites", "types": {"gnssadvisory": [{"drop": ["prn", "svn", "referenceNumber"]}]}}]
        entry(policy, "agreements", id="USA-JPN-2026")["views"] = {"gnssadvisory": "ANON"}
        return policy
    return new_exchange("main", policy=with_views())


@pytest.fixture
def usa(exchange):
    with exchange.client("USA", "node") as client:
        yield client


@pytest.fixture
def fra(exchange):
    with exchange.client("FRA", "operator") as client:
        yield client


def advisory(exchange, kind, start=-1, stop=None, marking="U", **more):
    """Hours from now."""
    record = {"classificationMarking": marking, "dataMode": "REAL", "source": "e2e", "constellation": "GPS", "issuer": "GPSOC",
              "messageType": kind, "number": str(next(serial)), "prn": 7, "svn": 48, "start": iso(exchange.now + start * HOUR)}
    if stop is not None:
        record["stop"] = iso(exchange.now + stop * HOUR)
    record.update(more)
    return {name: value for name, value in record.items() if value is not None}


def secret(exchange, kind, **more):
    return advisory(exchange, kind, marking="S//NF", relto={"restriction": restriction()}, **more)


def status(client, **query):
    return client.get("/v1/pnt/status", query).ok().json()["satellites"]


def cited(client, **query):
    return [o["record"]["id"] for s in status(client, **query) for o in s["outages"]]


def ask(client, **query):
    """All of an answer but what varies by itself."""
    answer = client.get("/v1/pnt/status", query).ok()
    return sorted((k.lower(), v) for k, v in answer.headers if k.lower() not in ("date", "x-request-id")), answer.body


def in_hours(exchange, hours):
    return iso(exchange.now + hours * HOUR)


def test_life_of_an_outage(exchange, usa, fra):
    of = {"constellation": "QZSS", "svn": 3, "prn": 195}

    def put(kind, start, stop=None, **more):
        record = advisory(exchange, kind, start, stop, **of, **more)
        return record["number"], usa.put_record("gnssadvisory", record)

    def looks(hours, *expected):
        told = status(fra, constellation="QZSS", at=in_hours(exchange, hours))
        assert [(o["state"], o["record"]["id"]) for s in told for o in s["outages"]] == list(expected)

    number, first = put("L6_FCSTMX", 10, 20)
    looks(0, ("FORECAST", first))
    looks(10, ("UNUSABLE", first))
    looks(20)
    extended = put("L6_FCSTEXTD", 10, referenceNumber=number)[1]
    looks(0, ("FORECAST", extended))
    looks(100, ("UNUSABLE", extended))
    summed = put("L6_FCSTSUMM", 10, 23, referenceNumber=number)[1]
    looks(22, ("UNUSABLE", summed))
    looks(23)
    other, forecast = put("L6_FCSTDV", 30, 40)
    looks(0, ("FORECAST", summed), ("FORECAST", forecast))
    put("L6_FCSTCANC", 30, referenceNumber=other)
    looks(0, ("FORECAST", summed))


def test_what_an_answer_tells(exchange, usa, fra):
    now = advisory(exchange, "UNP_UNUFN", -2, constellation="GALILEO", prn=36, svn=219, satellite="GSAT0219", signals="E1, E5a", marking="C//REL TO USA, FRA",
                   relto={"restriction": restriction()})
    later = advisory(exchange, "PLN_OUTAGE", 1, 2, constellation="GALILEO", prn=36, svn=219, satellite="GSAT0219")
    ids = [usa.put_record("gnssadvisory", r) for r in (now, later)]
    answer = fra.get("/v1/pnt/status", {"constellation": "GALILEO"}).ok()
    assert answer.header("X-Classification-Banner") == "CONFIDENTIAL//REL TO USA, FRA"
    assert answer.json() == {"at": iso(exchange.now), "dataMode": "REAL", "satellites": [
        {"state": "UNUSABLE", "constellation": "GALILEO", "prn": 36, "outages": [
            {"state": "UNUSABLE", "svn": 219, "satellite": "GSAT0219", "start": now["start"], "messageType": "UNP_UNUFN", "number": now["number"], "signals": "E1, E5a",
             "record": {"type": "gnssadvisory", "id": ids[0]}},
            {"state": "FORECAST", "svn": 219, "satellite": "GSAT0219", "start": later["start"], "stop": later["stop"], "messageType": "PLN_OUTAGE", "number": later["number"],
             "record": {"type": "gnssadvisory", "id": ids[1]}}]}]}
    ended = advisory(exchange, "USABLE", 0, constellation="GALILEO", prn=36, svn=219, referenceNumber=now["number"])
    usa.put_record("gnssadvisory", ended)
    assert cited(fra, constellation="GALILEO") == [ids[1]]


def test_what_is_cited_is_disclosed_and_nothing_else(exchange, usa):
    told = usa.put_record("gnssadvisory", advisory(exchange, "UNUSUFN", constellation="GLONASS", status="ACTIVE"))
    over = usa.put_record("gnssadvisory", advisory(exchange, "UNUSUFN", -2, -1, constellation="GLONASS", status="ACTIVE"))
    with exchange.client("DEU", "operator") as deu, exchange.client("USA", "fdo") as fdo:
        assert deu.request("HEAD", "/v1/pnt/status?constellation=GLONASS").status == 200

        def disclosed(identifier):
            return fdo.get("/v1/disclosures", {"id": identifier, "type": "gnssadvisory"}).ok().body.count(b"deu.example")
        assert disclosed(told) == 0
        assert cited(deu, constellation="GLONASS") == [told]
        assert disclosed(told) == 1
        assert disclosed(over) == 0


def test_hidden_advisories_change_nothing(exchange, usa, fra):
    of = {"constellation": "NAVIC", "status": "ACTIVE"}
    before = ask(fra, constellation="NAVIC")
    usa.put_record("gnssadvisory", secret(exchange, "X", **of))
    assert ask(fra, constellation="NAVIC") == before
    seen = advisory(exchange, "X", prn=9, svn=9, **of)
    identifier = usa.put_record("gnssadvisory", seen)
    before = ask(fra, constellation="NAVIC")
    usa.put_record("gnssadvisory", secret(exchange, "X", prn=9, svn=9, referenceNumber=seen["number"], **dict(of, status="CANCELLED")))
    usa.put_record("gnssadvisory", secret(exchange, "X", prn=9, svn=9, start=0, **dict(of, status="USABLE")))
    assert ask(fra, constellation="NAVIC") == before
    with exchange.client("USA", "operator") as owner, exchange.client("USA", "fdo") as fdo:
        assert len(cited(owner, constellation="NAVIC")) == 1  # the hidden one; the other has been cancelled
        fdo.post(f"/v1/gnssadvisory/{identifier}/recall", {"reason": "x"}).ok(204)
    assert cited(fra, constellation="NAVIC") == []


def test_a_view_hides_satellites_and_what_joins(exchange, usa):
    first = advisory(exchange, "FCSTDV", 1, 2, constellation="SBAS", status="FORECAST")
    usa.put_record("gnssadvisory", first)
    usa.put_record("gnssadvisory", advisory(exchange, "FCSTCANC", 1, constellation="SBAS", status="CANCELLED", referenceNumber=first["number"]))
    with exchange.client("JPN", "operator") as jpn, exchange.client("FRA", "operator") as fra:
        assert status(fra, constellation="SBAS") == []
        one, = status(jpn, constellation="SBAS")
        assert "prn" not in one and "svn" not in one["outages"][0] and one["outages"][0]["number"] == first["number"]


def almanac(exchange, days, health, marking="U", prn=9, **more):
    return dict({"classificationMarking": marking, "dataMode": "REAL", "source": "e2e", "constellation": "SBAS", "prn": prn, "health": health,
                 "toa": in_hours(exchange, 24 * days), "angleUnit": "rad", "eccentricity": 0.01, "meanAnomaly": next(serial), "raan": 1,
                 "sqrtSemiMajorAxis": 5153.5}, **more)


def test_health_in_almanacs(exchange, usa, fra):
    old, bad, good = (usa.put_record("almanac", almanac(exchange, days, health)) for days, health in [(-6, 1), (-4, 63), (-2, 0)])
    look = {"constellation": "SBAS"}
    assert cited(fra, at=in_hours(exchange, -24 * 13), **look) == [old]  # of those within a week the newest
    assert cited(fra, at=in_hours(exchange, -24 * 11), **look) == [bad]
    told, = status(fra, at=in_hours(exchange, -24 * 10), **look)
    assert told == {"state": "UNUSABLE", "constellation": "SBAS", "prn": 9, "outages": [
        {"state": "UNUSABLE", "toa": in_hours(exchange, -96), "health": 63, "record": {"type": "almanac", "id": bad}}]}
    assert cited(fra, **look) == []
    assert fra.get(f"/v1/almanac/{good}").ok().json()["health"] == 0
    before = ask(fra, **look)
    usa.put_record("almanac", almanac(exchange, -1, 63, marking="S//NF", relto={"restriction": restriction()}))
    assert ask(fra, **look) == before
    with exchange.client("DEU", "node") as deu, exchange.client("USA", "fdo") as fdo:
        other = deu.put_record("almanac", almanac(exchange, -3, 7))
        advised = usa.put_record("gnssadvisory", advisory(exchange, "X", constellation="SBAS", status="ACTIVE", prn=9,
                                                          marking="C//REL TO USA, FRA", relto={"restriction": restriction()}))
        answer = fra.get("/v1/pnt/status", look).ok()
        assert {o["record"]["id"] for s in answer.json()["satellites"] for o in s["outages"]} == {other, advised}
        assert len(answer.json()["satellites"]) == 1
        assert answer.header("X-Classification-Banner").endswith("//FGI DEU USA//REL TO FRA, USA")  # of both types
        assert b"fra.example" in fdo.get("/v1/disclosures", {"id": advised, "type": "gnssadvisory"}).ok().body
    with exchange.client("DEU", "fdo") as fdo:
        assert b"fra.example" in fdo.get("/v1/disclosures", {"id": other, "type": "almanac"}).ok().body


def test_health_in_ephemerides(exchange, usa, fra):
    def put(hours, satellite, kind="EPH", **more):
        return usa.put_record("navephemeris", dict({
            "classificationMarking": "U", "dataMode": "REAL", "source": "e2e", "constellation": "QZSS", "satellite": satellite, "messageClass": kind,
            "messageType": "LNAV", "epoch": in_hours(exchange, hours), "epochText": "2000 01 01 00 00 00", "timeSystem": "GPS"}, **more))

    bad = put(96, "J04", health=1)
    put(97, "J04", "ION")  # says nothing of health
    put(96, "J05", health=0)
    look = {"constellation": "QZSS"}
    told, = (s for s in status(fra, at=in_hours(exchange, 99), **look) if s["prn"] == 196)
    assert told["outages"] == [{"state": "UNUSABLE", "satellite": "J04", "epoch": in_hours(exchange, 96), "health": 1, "messageType": "LNAV",
                                "record": {"type": "navephemeris", "id": bad}}]
    assert bad in cited(fra, at=in_hours(exchange, 92), **look)
    assert bad not in cited(fra, at=in_hours(exchange, 101), **look)
    put(98, "J04", health=0)
    assert bad not in cited(fra, at=in_hours(exchange, 99), **look)


def test_nobody_takes_back_what_another_told(exchange, usa, fra):
    first = advisory(exchange, "X", constellation="BEIDOU", status="ACTIVE")
    identifier = usa.put_record("gnssadvisory", first)
    with exchange.client("DEU", "node") as deu:
        deu.put_record("gnssadvisory", advisory(exchange, "X", constellation="BEIDOU", status="CANCELLED", referenceNumber=first["number"]))
        deu.put_record("gnssadvisory", advisory(exchange, "X", 0, constellation="BEIDOU", status="USABLE"))
    assert cited(fra, constellation="BEIDOU") == [identifier]


def test_an_exercise_does_not_end_what_is_real(exchange, usa, fra):
    first = advisory(exchange, "UNUSUFN", svn=71, prn=26)
    identifier = usa.put_record("gnssadvisory", first)
    usa.put_record("gnssadvisory", advisory(exchange, "UNUSABLE", -1, 0, svn=71, prn=26, referenceNumber=first["number"], dataMode="EXERCISE"))
    played = usa.put_record("gnssadvisory", advisory(exchange, "UNUSUFN", svn=71, prn=26, dataMode="EXERCISE"))
    assert identifier in cited(fra, constellation="GPS") and played not in cited(fra, constellation="GPS")
    assert cited(fra, dataMode="EXERCISE") == [played]


@pytest.mark.parametrize("query, where", [({"at": "yesterday"}, "at"), ({"at": "1900-01-07"}, "at"), ({"at": "9999-12-26"}, "at"), ({"constellation": "MARS"}, "constellation"), ({"dataMode": "WAR"}, "dataMode"),
                                          ({"dataMode": "~REAL"}, "dataMode"), ({"dataMode": "REAL,TEST"}, "dataMode"), ({"prn": "1"}, "prn")])
def test_bad_questions(fra, query, where):
    assert fra.get("/v1/pnt/status", query).problem(400)["where"] == where


def test_an_answer_is_bounded(new_exchange):
    exchange = new_exchange("many", policy=coalition.coalition())
    with exchange.client("USA", "node") as usa, exchange.client("FRA", "operator") as fra:
        def put(n, start, stop):
            usa.put_records("gnssadvisory", [advisory(exchange, "UNUNOREF", start, stop, prn=i) for i in range(n)])
        put(1000, -1, 1)
        put(9000, -2, -1)
        assert len(cited(fra)) == 1000
        put(1, -1, 1)
        assert "gnssadvisory" in fra.get("/v1/pnt/status").problem(413)["detail"]
        assert len(cited(fra, dataMode="TEST")) == 0
        exercise = [advisory(exchange, "UNUNOREF", -1, 1, prn=i, dataMode="TEST") for i in range(1001)]
        usa.put_records("gnssadvisory", exercise)
        assert "outages" in fra.get("/v1/pnt/status", {"dataMode": "TEST"}).problem(413)["detail"]
