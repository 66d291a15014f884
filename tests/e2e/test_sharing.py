"""GET /v1/metrics/sharing: what became of one's own records, and nothing of anybody else's."""
import datetime

import pytest

import coalition
from coalition import CSPO, observation, withheld
from harness import iso

PARTNERS = coalition.PARTNERS


def with_more(policy):
    policy["principals"].append(coalition.principal("USA", "auditor", "low", clearances={"USA": "C"}, caveats=[]))
    coalition.entry(policy, "partners", code="GBR").update(authorises=["USA"])
    return policy


def sharing(client, **query):
    return client.get("/v1/metrics/sharing", query).ok().json()


def of_type(told, kind):
    found = [t for t in told["types"] if t["type"] == kind]
    assert len(found) <= 1
    return found[0] if found else None


def of_partner(told, partner, kind="eoobservation"):
    found, = (p for p in of_type(told, kind)["partners"] if p["partner"] == partner)
    return found


def check_sums(told):
    for kind in told["types"]:
        for p in kind["partners"]:
            parts = [p[k] for k in ("public", "byDefault", "byMarking", "byDisplay", "byGrant", "byWarning", "notReleased")]
            assert p["posted"] == sum(parts) + sum(p["withheld"].values()) <= kind["posted"] - kind["recalled"]
            assert (p["secondsToAvailability"] is None) is (sum(parts[:6]) == 0)


def ago(exchange, **delta):
    return exchange.now - datetime.timedelta(**delta)


def test_what_became_of_ones_records(new_exchange):
    exchange = new_exchange("counts", policy=with_more(coalition.coalition()))
    now = exchange.now
    with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo, exchange.client("USA", "auditor") as auditor:
        assert sharing(fdo) == {"types": [], "requests": []}
        for minutes in (1, 2, 30):  # observed so long ago: by default, for everybody
            usa.put_record("eoobservation", observation("U", t=ago(exchange, minutes=minutes)))
        usa.put_record("eoobservation", withheld("S//REL TO USA, JPN", t=ago(exchange, minutes=10)))
        usa.put_record("eoobservation", withheld("S//NF"))
        usa.put_record("eoobservation", withheld("S//NF", relto={"restriction": coalition.restriction(reason="EXERCISE")}))
        usa.put_record("eoobservation", observation("S"))  # held: nothing releases it
        usa.put_record("eoobservation", observation("U", t=ago(exchange, minutes=5), relto={
            "embargoUntil": iso(now + datetime.timedelta(minutes=55))}))
        usa.put_record("eoobservation", withheld("U//REL TO USA, GBR", relto={"owners": ["USA", "GBR"]}))
        back = usa.put_record("eoobservation", observation("U"))
        fdo.post(f"/v1/eoobservation/{back}/recall", {"reason": "x"}).ok(204)
        with exchange.client("JPN", "node") as jpn:
            jpn.put_record("eoobservation", observation("U"))
        told = sharing(fdo)
        assert sharing(auditor) == told
        check_sums(told)
        kind = of_type(told, "eoobservation")
        assert (kind["posted"], kind["recalled"]) == (10, 1) and len(told["types"]) == 1
        assert [p["partner"] for p in kind["partners"]] == [p for p in PARTNERS if p != "USA"]
        jpn = of_partner(told, "JPN")
        assert (jpn["posted"], jpn["byDefault"], jpn["byMarking"], jpn["notReleased"]) == (9, 4, 1, 1)
        assert jpn["withheld"] == {"SOURCES": 2, "EXERCISE": 1}
        # 1, 2, 10, 30 and 60 minutes from observation to availability
        assert jpn["secondsToAvailability"] == 600
        deu = of_partner(told, "DEU")
        assert (deu["byDefault"], deu["byMarking"], deu["withheld"]) == (4, 0, {"SOURCES": 3, "EXERCISE": 1})
        assert deu["secondsToAvailability"] == 120  # of 1, 2, 30 and 60 minutes the lower middle one
        gbr = of_partner(told, "GBR")
        assert gbr["posted"] == 8  # without the one it owns


def test_a_view_that_delays_makes_available_later(new_exchange):
    """From the observation until the record is there for the reader, whether that is now or still to come."""
    policy = coalition.coalition()
    policy["views"] = [{"code": "LATE", "title": "An hour later", "types": {"eoobservation": [{"delay": {"seconds": 3600}}]}}]
    coalition.entry(policy, "agreements", id="USA-JPN-2026")["views"] = {"eoobservation": "LATE"}
    exchange = new_exchange("delay", policy=policy)
    with exchange.client("JPN", "node") as node, exchange.client("JPN", "fdo") as fdo, exchange.client("USA") as usa:
        one = node.put_record("eoobservation", observation("U", t=exchange.now))
        for minutes, status in ((0, 404), (59, 404), (2, 200)):
            exchange.advance(minutes=minutes)
            usa.get(f"/v1/eoobservation/{one}").ok(status)
            told = sharing(fdo)
            check_sums(told)
            to_usa = of_partner(told, "USA")
            assert (to_usa["posted"], to_usa["byDefault"], to_usa["secondsToAvailability"]) == (1, 1, 3600)
        # An embargo that ends later than the delay is what counts; the middle one of 1, 3 and 3 hours.
        for _ in range(2):
            node.put_record("eoobservation", observation("U", t=exchange.now, relto={"embargoUntil": iso(exchange.now + datetime.timedelta(hours=3))}))
        assert of_partner(sharing(fdo), "USA")["secondsToAvailability"] == 3 * 3600


def test_a_period_is_half_open(new_exchange):
    exchange = new_exchange("period")
    with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo:
        first = exchange.now
        usa.put_record("eoobservation", observation("U"))
        exchange.advance(hours=1)
        usa.put_record("eoobservation", observation("U"))
        second = exchange.now
        count = lambda **q: (of_type(sharing(fdo, **q), "eoobservation") or {"posted": 0})["posted"]
        exchange.advance(hours=1)
        assert count() == 2
        assert count(**{"from": iso(first), "to": iso(second)}) == 1
        assert count(**{"from": iso(second), "to": iso(exchange.now)}) == 1
        assert count(to=iso(first)) == 0
        exchange.advance(days=31)
        assert count() == 0 and count(**{"from": iso(first)}) == 2
        for odd in ({"from": iso(first), "to": iso(first)}, {"from": iso(ago(exchange, days=367))}, {"from": "x"}, {"until": "x"}):
            fdo.get("/v1/metrics/sharing", odd).problem(400)
        assert count(**{"from": iso(ago(exchange, days=366))}) == 2


def test_others_and_hidden_records_do_not_count(new_exchange):
    """The same answer whatever others post, and for an auditor whatever it may not see."""
    exchange = new_exchange("others", policy=with_more(coalition.coalition()))
    with exchange.client("USA", "node") as usa, exchange.client("JPN", "node") as jpn, exchange.client("USA", "fdo") as fdo, \
            exchange.client("USA", "auditor", "low") as low, exchange.client("JPN", "fdo") as other:
        usa.put_record("eoobservation", observation("U"))
        before, before_low, before_other = (c.get("/v1/metrics/sharing").ok().body for c in (fdo, low, other))
        jpn.put_record("eoobservation", observation("U"))
        jpn.put_record("elset", {"classificationMarking": "U", "dataMode": "TEST", "source": "e2e", "epoch": iso(exchange.now)})
        assert fdo.get("/v1/metrics/sharing").ok().body == before
        assert other.get("/v1/metrics/sharing").ok().body != before_other
        usa.put_record("eoobservation", withheld("S//NF"))
        usa.put_record("radarobservation", {"classificationMarking": "S//SI", "dataMode": "TEST", "source": "e2e", "obTime": iso(exchange.now)})
        assert low.get("/v1/metrics/sharing").ok().body == before_low
        assert fdo.get("/v1/metrics/sharing").ok().body != before


def test_numbers_agree_with_what_readers_get(new_exchange):
    exchange = new_exchange("agree")
    markings = ["U", "U", "C", "S//REL TO USA, AUS, JPN", "S//NF", "C//REL TO USA, FVEY", "U//DISPLAY ONLY DEU", "U//RELIDO"]
    with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo:
        for marking in markings:
            usa.put_record("eoobservation", withheld(marking))
        told = sharing(fdo)
    check_sums(told)
    for partner in CSPO[:-1] + ["JPN"]:
        with exchange.client(partner) as client:
            seen = client.count("eoobservation", obTime=coalition.ANY_TIME)
        p = of_partner(told, partner)
        assert p["posted"] - p["notReleased"] - sum(p["withheld"].values()) == seen, p


def test_answers_to_requests_are_timed(new_exchange):
    exchange = new_exchange("requests")
    ask = lambda client: client.post("/v1/release-requests", {
        "owner": "USA", "scope": {"type": "eoobservation"}, "purpose": "conjunction assessment",
        "until": iso(exchange.now + datetime.timedelta(days=2))}).ok(201).json()["id"]
    with exchange.client("USA", "fdo") as fdo, exchange.client("DEU") as deu, exchange.client("FRA") as fra, exchange.client("JPN", "fdo") as jpn:
        for client, hours in ((deu, 1), (deu, 3), (deu, 5), (fra, 2)):
            identifier = ask(client)
            exchange.advance(hours=hours)
            fdo.post(f"/v1/queue/requests/{identifier}/deny", {"reason": "no need", "tell": True}).ok(204)
        ask(fra)
        exchange.advance(hours=1)
        assert sharing(fdo)["requests"] == [
            {"partner": "DEU", "asked": 3, "answered": 3, "secondsToAnswer": 3 * 3600},
            {"partner": "FRA", "asked": 2, "answered": 1, "secondsToAnswer": 2 * 3600}]
        assert sharing(jpn)["requests"] == []
