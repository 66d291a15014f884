"""Why a reader gets a record or does not: explain and evaluate, against what readers then get."""
import datetime
import itertools
import random

import pytest

import coalition
from coalition import ANY_TIME, PARTNERS, agreement, observation, withheld
from harness import iso, parse_iso, principal_id

MISSING = "01890a5d-ac96-8b3c-9b1f-0123456789ab"
GATES = ["G0 identity", "G1 label", "G2 clearance", "G3 caveats", "G4 basis", "G5 time", "G6 agreement", "G7 onward"]


def coalition_with_more():
    policy = coalition.coalition()
    policy["principals"] += [coalition.principal("USA", "operator", "low", clearances={"USA": "C"}, caveats=["SI"])]
    coalition.entry(policy, "partners", code="GBR").update(authorises=["USA"])
    policy["agreements"] += [
        agreement("GBR-FRA-2020", ["GBR", "FRA"], article="7 (2)", title="Of no business to others"),
        agreement("USA-JPN-OLD", ["JPN", "USA"], status="suspended", reference="TIAS 1", article="1"),
        agreement("USA-DEU-SOON", ["DEU", "USA"], **{"from": "2099-01-01"}),
        agreement("USA-DEU-ELSETS", ["DEU", "USA"], types=["elset"]),
    ]
    return policy


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", policy=coalition_with_more())


OTHERS_AGREE = "there is an agreement or more, whose terms are their parties' business"


def path(identifier, what="/explain", kind="eoobservation"):
    return f"/v1/{kind}/{identifier}{what}"


def explained(client, identifier, **query):
    return client.get(path(identifier), query).ok().json()


def partner(told, code):
    found, = (p for p in told["partners"] if p["partner"] == code)
    return found


def inputs(verdict, gate):
    found, = (g for g in verdict["explanation"] if g["gate"].startswith(gate))
    return "\n".join(found["inputs"])


def check_form(verdict):
    assert [g["gate"] for g in verdict["explanation"]] == GATES == list(verdict["gates"])
    for gate in verdict["explanation"]:
        assert gate["passed"] is verdict["gates"][gate["gate"]] and gate["rule"] and gate["inputs"], gate
    assert verdict["permit"] is all(verdict["gates"].values())
    assert (verdict["deniedBy"] is None) is verdict["permit"]
    if verdict["validUntil"]:
        parse_iso(verdict["validUntil"])


# --- what the owner is told ---

def test_the_owner_is_told_of_every_partner(exchange, usa, fdo):
    identifier = usa.put_record("eoobservation", observation("U"))
    told = explained(fdo, identifier)
    assert told["record"] == {"type": "eoobservation", "id": identifier} and told["originator"] == "USA"
    assert told["portion"] == "U" and told["recalled"] is False and told["epoch"] > 0 and told["at"] == iso(exchange.now)
    assert [p["partner"] for p in told["partners"]] == PARTNERS
    for verdict in told["partners"]:
        check_form(verdict)
        assert verdict["permit"], verdict
    aus = partner(told, "AUS")
    assert (aus["basis"], aus["agreement"], aus["article"], aus["view"]) == ("default", "CSPO-2024", "3.1", "full")
    assert "agreement CSPO-2024 (CSPO-2024/1, article 3.1, version 1) is in force" in inputs(aus, "G6")
    assert "releases by default up to UNCLASSIFIED" in inputs(aus, "G4")
    assert partner(told, "USA")["basis"] == "owner" and partner(told, "JPN")["agreement"] == "USA-JPN-2026"
    with exchange.client("USA", "auditor") as auditor:
        assert explained(auditor, identifier, **{"as": "AUS"})["partners"] == [aus]


def test_each_gate_says_what_it_looked_at(exchange, usa, fdo):
    secret = usa.put_record("eoobservation", withheld("S//SI//REL TO USA, DEU, ACGU"))
    told = explained(fdo, secret)
    deu, aus, jpn = (partner(told, code) for code in ("DEU", "AUS", "JPN"))
    assert deu["deniedBy"] == "G3 caveats" and "caveats: SI" in inputs(deu, "G3")
    assert "DEU is named itself" in inputs(deu, "G4")
    assert "AUS is a member of ACGU from 1950-01-01" in inputs(aus, "G4")
    assert "level needed: SECRET of USA" in inputs(aus, "G2")
    assert jpn["deniedBy"] == "G4 basis" and jpn["basis"] == "nothing"
    assert "agreement USA-JPN-OLD (TIAS 1, article 1, version 1) is suspended" in inputs(jpn, "G6")
    assert "USA-DEU-SOON" in inputs(deu, "G6") and "has not begun" in inputs(deu, "G6")
    assert "does not cover the type" in inputs(deu, "G6")
    low = explained(fdo, secret, **{"as": principal_id("USA", "operator", "low")})["partners"][0]
    assert low["deniedBy"] == "G2 clearance" and low["basis"] == "owner"
    assert "clearance held: CONFIDENTIAL of USA" in inputs(low, "G2") and "not held" not in inputs(low, "G3")
    check_form(low)
    with exchange.client("USA", "operator", "low") as client:
        client.get(path(secret, "")).problem(404)


def test_times_and_recall(exchange, usa, fdo):
    start = exchange.now
    identifier = usa.put_record("eoobservation", observation("U", relto={
        "embargoUntil": iso(start + datetime.timedelta(hours=1)), "expires": iso(start + datetime.timedelta(hours=2))}))
    jpn = lambda: partner(explained(fdo, identifier), "JPN")
    told = jpn()
    assert told["deniedBy"] == "G5 time" and told["validUntil"] == iso(start + datetime.timedelta(hours=1))
    assert f"embargo until {iso(start + datetime.timedelta(hours=1))}" in inputs(told, "G5")
    assert explained(fdo, identifier)["embargoUntil"] == iso(start + datetime.timedelta(hours=1))
    with exchange.client("JPN") as reader:
        reader.get(path(identifier)).problem(404)
        exchange.advance(hours=1)
        assert jpn()["permit"] and jpn()["validUntil"] == iso(start + datetime.timedelta(hours=2))
        mine = explained(reader, identifier)
        assert mine["partners"][0]["validUntil"] == iso(start + datetime.timedelta(hours=2)) and "embargoUntil" not in mine
        fdo.post(path(identifier, "/recall"), {"reason": "x"}).ok(204)
        reader.get(path(identifier)).problem(404)
    told = explained(fdo, identifier)
    assert told["recalled"] is True and partner(told, "JPN")["deniedBy"] == "G5 time"
    assert "recalled" in inputs(partner(told, "JPN"), "G5").splitlines()
    assert "the reader is exempt" in inputs(explained(fdo, identifier, **{"as": principal_id("USA", "fdo")})["partners"][0], "G5")
    assert not explained(fdo, identifier, **{"as": principal_id("USA", "node")})["partners"][0]["permit"]


def test_parts_and_fgi(exchange, usa, fdo):
    with exchange.client("JPN", "node") as jpn:
        part = jpn.put_record("eoobservation", observation("U//REL TO JPN, USA"))
    derived = usa.put_record("eoobservation", observation("U", relto={"derivedFrom": [part]}))
    fgi = usa.put_record("eoobservation", withheld("S//FGI JPN//REL TO USA, AUS, JPN"))
    aus = partner(explained(fdo, derived), "AUS")
    assert aus["deniedBy"] == "G7 onward" and "derived from other records" in inputs(aus, "G7") and part not in str(aus)
    with exchange.client("JPN") as reader:
        assert "derived" not in "\n".join(i for g in explained(reader, derived)["partners"][0]["explanation"] for i in g["inputs"])
    aus = partner(explained(fdo, fgi), "AUS")
    assert "information of JPN is inside" in inputs(aus, "G7") and not aus["gates"]["G7 onward"]
    assert "no agreement makes JPN a provider and AUS a recipient" in inputs(aus, "G7")


def test_agreements_of_others_are_not_named(exchange, usa, fdo):
    shared = usa.put_record("eoobservation", observation("U//REL TO USA, FRA, GBR", relto={"owners": ["USA", "GBR"]}))
    answer = fdo.get(path(shared)).ok()
    assert b"GBR-FRA-2020" not in answer.body and b"Of no business" not in answer.body
    fra = partner(answer.json(), "FRA")
    assert fra["permit"] and f"between GBR and FRA {OTHERS_AGREE}" in inputs(fra, "G6").splitlines()
    with exchange.client("GBR", "fdo") as gbr, exchange.client("FRA") as reader:
        assert "agreement GBR-FRA-2020 (GBR-FRA-2020/1, article 7 (2), version 1)" in inputs(partner(explained(gbr, shared), "FRA"), "G6")
        assert "GBR-FRA-2020" in inputs(explained(reader, shared)["partners"][0], "G6")  # a party of it


def test_how_many_agreements_others_have_is_not_told(new_exchange):
    """Also of whose information is inside, with whom the record's owner need not have anything to do."""
    told = []
    for more in (1, 3):
        policy = coalition.coalition()
        policy["agreements"] += [agreement(f"GBR-FRA-{i}", ["GBR", "FRA"]) for i in range(more)]
        exchange = new_exchange(f"agree{more}", policy=policy)
        with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo:
            inside = usa.put_record("eoobservation", withheld("S//FGI GBR//REL TO USA, FRA, GBR"))
            told.append(inputs(explained(fdo, inside, **{"as": "FRA"})["partners"][0], "G7"))
    assert told[0] == told[1] and f"between GBR and FRA {OTHERS_AGREE}" in told[0].splitlines()


def test_nobody_elses_principals_or_clearances(exchange, usa, fdo):
    identifier = usa.put_record("eoobservation", withheld("S//REL TO USA, JPN"))
    body = fdo.get(path(identifier)).ok().body.decode()
    assert "spiffe://" not in body
    jpn = partner(explained(fdo, identifier), "JPN")
    assert "clearance held" not in str(jpn) and "the reader is" not in inputs(jpn, "G0")
    for odd in (principal_id("JPN", "operator"), principal_id("JPN", "operator", "nosuch"), principal_id("USA", "node", "nosuch"), "XXX", ""):
        fdo.get(path(identifier), {"as": odd}).problem(400)
    told = [fdo.get(path(identifier), {"as": who}).problem(400) for who in (principal_id("JPN", "operator"), principal_id("JPN", "operator", "nosuch"))]
    assert told[0] == told[1]


def test_views_grants_and_warnings_are_explained(new_exchange):
    policy = coalition_with_more()
    policy["views"] = [{"code": "COARSE", "title": "Coarse", "types": {"eoobservation": [{"drop": ["ra"]}]}},
                       {"code": "LATE", "title": "Late", "types": {"radarobservation": [{"delay": {"seconds": 3600}}]}},
                       {"code": "WARN", "title": "Warning", "types": {"conjunction": [{"drop": ["comments"]}]}}]
    coalition.entry(policy, "agreements", id="CSPO-2024").update(views={"eoobservation": "COARSE", "radarobservation": "LATE"})
    coalition.entry(policy, "partners", code="USA").update(dutyToWarn=[
        {"type": "conjunction", "field": "missDistance", "below": 100, "view": "WARN", "classificationMarking": "U"}])
    policy["operators"] = [{"object": "7", "partner": "DEU", "acceptedBy": "USA"}]
    policy["grants"] = [{"id": "G-1", "owner": "USA", "recipient": "DEU", "view": None, "from": "2020-01-01", "until": "2999-01-01",
                         "onward": False, "scope": {"type": "eoobservation", "object": "4711"}}]
    exchange = new_exchange("views", policy=policy)
    with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo, exchange.client("AUS") as aus, exchange.client("DEU") as deu:
        coarse = usa.put_record("eoobservation", observation("U"))
        told = partner(explained(fdo, coarse), "AUS")
        assert told["view"] == "COARSE" and "shown in view COARSE" in inputs(told, "G4")
        assert "it shows the record in view COARSE" in inputs(told, "G6")
        assert explained(aus, coarse)["partners"][0]["view"] == aus.get(path(coarse, "")).ok().json()["relto"]["view"] == "COARSE"
        late = usa.put_record("radarobservation", {"classificationMarking": "U", "dataMode": "TEST", "source": "e2e", "obTime": iso(exchange.now)})
        told = partner(fdo.get(f"/v1/radarobservation/{late}/explain").ok().json(), "AUS")
        opens = exchange.now + datetime.timedelta(hours=1)
        assert told["view"] == "LATE" and told["availableFrom"] == iso(opens) and "availableFrom" not in partner(explained(fdo, coarse), "AUS")
        aus.get(f"/v1/radarobservation/{late}/explain").problem(404)
        exchange.set_clock(opens)
        assert aus.get(f"/v1/radarobservation/{late}/explain").ok().json()["partners"][0]["availableFrom"] == iso(opens)
        assert aus.sees("radarobservation", late)
        granted = usa.put_record("eoobservation", withheld("S//RELIDO", satNo=4711))
        told = partner(explained(fdo, granted), "DEU")
        assert (told["basis"], told["grant"], told["onward"]) == ("grant", "G-1", False)
        assert "grant G-1 by USA" in inputs(told, "G4") and "not to be passed on" in inputs(told, "G4")
        assert explained(fdo, granted)["grants"] == ["G-1"] and deu.sees("eoobservation", granted)
        assert "G-1" not in str(partner(explained(fdo, granted), "FRA"))
        warned = usa.put_record("conjunction", {
            "classificationMarking": "S//NF", "dataMode": "TEST", "source": "e2e", "tca": iso(exchange.now), "satNo1": 7,
            "missDistance": 5, "relto": {"restriction": coalition.restriction()}})
        told = partner(fdo.get(f"/v1/conjunction/{warned}/explain").ok().json(), "DEU")
        assert (told["basis"], told["view"], told["effectiveMarking"]) == ("warn", "WARN", "U")
        assert "standing rule warn/USA/conjunction/DEU/7:" in inputs(told, "G4")
        mine = deu.get(f"/v1/conjunction/{warned}/explain").ok().json()["partners"][0]
        check_form(mine)
        assert "SECRET" not in str(mine["explanation"][1]) and "NOFORN" not in str(mine)  # the warning's label, not the record's


# --- what a reader is told ---

def test_times_are_told_as_the_view_shows_them(new_exchange):
    policy = coalition.coalition()
    policy["views"] = [{"code": "DAYS", "title": "Of the day", "types": {
        "eoobservation": [{"time": {"field": "obTime", "seconds": 86400}}, {"delay": {"seconds": 600}}]}}]
    coalition.entry(policy, "agreements", id="CSPO-2024").update(views={"eoobservation": "DAYS"})
    exchange = new_exchange("days", policy=policy)
    at = exchange.now.replace(hour=7, minute=12, second=13, microsecond=0) + datetime.timedelta(days=1)
    expires = at + datetime.timedelta(days=3, seconds=1)
    midnight = lambda t: iso(t.replace(hour=0, minute=0, second=0, microsecond=0))
    exchange.set_clock(at)
    with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo, exchange.client("AUS") as aus, \
         exchange.client("JPN") as jpn:
        times = {"embargoUntil": iso(at + datetime.timedelta(seconds=5)), "expires": iso(expires)}
        identifier = usa.put_record("eoobservation", observation("U", relto=times))
        exchange.advance(hours=2)
        answer = aus.get(path(identifier)).ok()
        mine, = answer.json()["partners"]
        assert mine["validUntil"] == midnight(expires)
        assert mine["availableFrom"] == iso(at.replace(hour=0, minute=10, second=0))
        assert f"embargo until {midnight(at)}" in inputs(mine, "G5") and f"expires at {midnight(expires)}" in inputs(mine, "G5")
        sent = aus.get(path(identifier, "")).ok().json()
        assert sent["relto"]["expires"] == mine["validUntil"] and sent["createdAt"] == midnight(at)
        for secret in (times["embargoUntil"], times["expires"], iso(at), "07:22:13"):
            assert secret not in answer.body.decode()
        whole, = explained(jpn, identifier)["partners"]
        assert whole["view"] == "full" and whole["validUntil"] == times["expires"]
        told = partner(explained(fdo, identifier), "AUS")
        assert told["validUntil"] == times["expires"] and told["availableFrom"] == iso(at + datetime.timedelta(minutes=10))


def test_an_explanation_is_bannered_as_the_record(exchange, usa, fdo):
    header = "X-Classification-Banner"
    with exchange.client("JPN") as jpn, exchange.client("FRA") as fra:
        for marking in ("U", "S//REL TO USA, JPN"):
            identifier = usa.put_record("eoobservation", withheld(marking))
            for client in (usa, fdo, jpn):
                banner = client.get(path(identifier, "")).ok().header(header)
                assert banner and client.get(path(identifier)).ok().header(header) == banner
        assert fra.get(path(identifier)).header(header) is None


def test_a_reader_is_told_of_itself(exchange, usa):
    identifier = usa.put_record("eoobservation", withheld("S//REL TO USA, JPN"))
    with exchange.client("JPN") as jpn, exchange.client("USA") as own:
        told = explained(jpn, identifier)
        assert set(told) == {"record", "originator", "at", "partners"}
        mine, = told["partners"]
        check_form(mine)
        assert (mine["partner"], mine["permit"], mine["basis"], mine["agreement"]) == ("JPN", True, "rel", "USA-JPN-2026")
        assert "JPN is named itself" in inputs(mine, "G4") and "clearance held: SECRET of USA" in inputs(mine, "G2")
        body = jpn.get(path(identifier)).body.decode()
        assert "epoch" not in body and "SOURCES" not in body and "spiffe" not in body and "CSPO" not in body
        for who in ("JPN", principal_id("JPN", "operator")):
            assert explained(jpn, identifier, **{"as": who}) == told
        for who in ("USA", "AUS", "XXX", principal_id("JPN", "fdo"), principal_id("USA", "fdo")):
            jpn.get(path(identifier), {"as": who}).problem(404)
        own.get(path(identifier), {"as": "JPN"}).problem(404)  # an owner's operator is no officer
        assert explained(own, identifier)["partners"][0]["basis"] == "owner"
        jpn.get(path(identifier), {"more": "1"}).problem(400)


@pytest.mark.parametrize("who", [("FRA", "operator"), ("FRA", "fdo"), ("FRA", "auditor"), ("USA", "operator")], ids="-".join)
def test_hidden_is_missing(exchange, usa, fdo, who):
    hidden = usa.put_record("eoobservation", withheld("S//SI//NF" if who[0] == "FRA" else "TS//NF"))
    if who[0] == "USA":
        fdo.post(path(hidden, "/recall"), {"reason": "x"}).ok(204)
    with exchange.client(*who) as client:
        for query in ({}, {"as": who[0]}, {"as": "USA"}, {"as": "XXX"}, {"as": principal_id(*who)}):
            one, other = (client.get(path(i), query) for i in (hidden, MISSING))
            assert one.status == other.status == 404
            assert one.body.replace(hidden.encode(), b"") == other.body.replace(MISSING.encode(), b"")


def test_explanations_agree_with_what_readers_get(exchange):
    """Random markings and owners; each partner's operator then asks for each record."""
    roll = random.Random("explain")
    markings = ["U", "C", "S", "S//REL TO {o}, {a}", "S//REL TO {o}, {b}", "C//REL TO {o}, ACGU", "C//REL TO {o}, FVEY",
                "U//REL TO {o}, NATO", "S//NF", "U//DISPLAY ONLY {a}", "S//OC/REL TO {o}, {a}", "U//RELIDO"]
    owner_of = {}
    for _ in range(60):
        owner = roll.choice(PARTNERS)
        a, b = roll.sample([p for p in PARTNERS if p != owner], 2)
        text = roll.choice(markings).format(o=owner, a=a, b=b)
        with exchange.client(owner, "node") as node:
            answer = node.post("/v1/eoobservation", withheld(text, source="random"))
            if answer.status == 201:
                owner_of[answer.json()["id"]] = owner
    assert len(owner_of) > 40
    readers = {p: exchange.client(p) for p in PARTNERS}
    listed = {p: set(c.ids("eoobservation", obTime=ANY_TIME, source="random")) for p, c in readers.items()}
    both = set()
    for identifier, owner in owner_of.items():
        with exchange.client(owner, "fdo") as officer:
            told = explained(officer, identifier)
        for verdict in told["partners"]:
            check_form(verdict)
            reader = readers[verdict["partner"]]
            answer = reader.get(path(identifier, ""))
            assert (answer.status == 200) is verdict["permit"] is (identifier in listed[verdict["partner"]]), verdict
            both.add(verdict["permit"])
            if not verdict["permit"]:
                reader.get(path(identifier)).problem(404)
                continue
            sent, mine = answer.json()["relto"], explained(reader, identifier)["partners"][0]
            assert mine["permit"] and mine["basis"] == sent["basis"] and mine["view"] == sent["view"]
            assert mine["agreement"] == sent.get("agreement", "") and mine["effectiveMarking"] == sent["effectiveMarking"]
            assert verdict["effectiveMarking"] == sent["effectiveMarking"] or verdict["partner"] == owner
    assert both == {True, False}
    for client in readers.values():
        client.close()


# --- evaluate ---

def ask(marking="U", **more):
    return dict({"type": "eoobservation", "dataMode": "TEST", "classificationMarking": marking}, **more)


def test_evaluate_takes_an_array(fdo):
    items = [ask(m, **more) for m, more in itertools.product(["U", "C", "S//NF", "S//REL TO USA, JPN"], [{}, {"as": "JPN"}, {"explain": True}])]
    singles = [fdo.post("/v1/policy/evaluate", item).ok().json() for item in items]
    assert fdo.post("/v1/policy/evaluate", items).ok().json() == singles
    assert fdo.post("/v1/policy/evaluate", []).ok().json() == []
    for verdict in singles[0]["partners"]:
        assert "explanation" not in verdict and "validUntil" in verdict
    aus = partner(singles[0], "AUS")
    assert (aus["agreement"], aus["article"]) == ("CSPO-2024", "3.1")
    for verdict in singles[2]["partners"]:
        check_form(verdict)
    assert [p["partner"] for p in singles[1]["partners"]] == ["JPN"]


def test_evaluate_names_the_item_at_fault(fdo):
    for item, where in ((ask(type="nosuch"), "$[1].type"), (ask(**{"as": "XXX"}), "$[1].as"), (ask(more=1), "$[1].more"), (5, "$[1]"),
                        (ask(explain="yes"), "$[1].explain")):
        assert fdo.post("/v1/policy/evaluate", [ask(), item]).problem(400)["where"] == where
    fault = fdo.post("/v1/policy/evaluate", [ask(), ask("S//REL TO JPN")]).problem(422)
    assert fault["where"] == "$[1].classificationMarking" and fault["rule"]


def test_evaluate_is_bounded(fdo):
    fdo.post("/v1/policy/evaluate", [ask(**{"as": "JPN"})] * 1000).ok()
    fdo.post("/v1/policy/evaluate", [ask(**{"as": "JPN"})] * 1001).problem(413)


def test_evaluate_explains_to_the_caller_alone(exchange):
    with exchange.client("FRA", "fdo") as fra:
        told = fra.post("/v1/policy/evaluate", ask("//USA S//REL TO USA, FRA", explain=True)).ok().json()
        assert [p["partner"] for p in told["partners"]] == ["FRA"]
        assert "USA-JPN" not in str(told)
