"""What people are told of classification: banners rolled up from portions, labels of STANAG 4774, banners of answers."""
import contextlib
import datetime
import json
import random
from xml.etree import ElementTree

import pytest

from coalition import ANY_TIME, observation, restriction
from harness import day_zero, iso


@pytest.fixture(scope="module")
def officer(exchange):
    with exchange.client("USA", "fdo") as client:
        yield client


def rollup(client, *portions, status=200, **more):
    return client.post("/v1/markings/rollup", {"portions": list(portions), **more}).ok(status)


def what(answer, i):
    return [effect["what"] for effect in answer["portions"][i]["narrows"]]


# --- roll-up ---

def test_a_banner_with_what_each_portion_narrowed(officer):
    told = rollup(officer, "(U)", "(S//REL TO USA, AUS, JPN)", "(C//REL TO USA, JPN)").json()
    assert told["banner"] == "SECRET//REL TO USA, JPN" and told["portion"] == "S//REL TO USA, JPN"
    assert told["label"]["release"]["rel"] == ["USA", "JPN"] and told["label"]["level"] == "S"
    assert [p["portion"] for p in told["portions"]] == ["U", "S//REL TO USA, AUS, JPN", "C//REL TO USA, JPN"]
    assert what(told, 0) == [] and what(told, 1) == ["level"] and what(told, 2) == ["rel", "display"]
    assert all(effect["rule"] for portion in told["portions"] for effect in portion["narrows"])
    assert "stated" not in told


def test_expansion_for_roll_up_is_not_that_for_access(officer):
    assert rollup(officer, "S//REL TO USA, FVEY", "S//REL TO USA, GBR").json()["banner"] == "SECRET//REL TO USA, GBR"
    assert rollup(officer, "S//REL TO USA, CSPO", "S//REL TO USA, GBR").json()["banner"] == "SECRET//NOFORN"


def test_a_banner_is_the_authors(exchange):
    with exchange.client("JPN", "fdo") as japanese, exchange.client("USA", "fdo") as american:
        assert rollup(japanese, "S//REL TO JPN, USA", "C//REL TO JPN, USA").json()["label"]["policy"] == "JPN"
        told = rollup(american, "C//REL TO USA, JPN", "//JPN C//REL TO JPN, USA").json()
        assert told["banner"] == "CONFIDENTIAL//FGI JPN//REL TO USA, JPN" and what(told, 1) == ["level", "fgi"]


def test_portions_of_one_other_owner_keep_its_scheme(officer):
    told = rollup(officer, "//JPN C//REL TO JPN, USA", "//JPN S//REL TO JPN, USA").json()
    assert told["banner"] == "//JPN SECRET//REL TO JPN, USA" and told["portion"] == "//JPN S//REL TO JPN, USA"
    again = rollup(officer, told["portion"], banner=told["banner"]).json()
    assert again["banner"] == told["banner"] and again["stated"]["relation"] == "same"


def test_a_narrower_banner_needs_its_reason_and_a_wider_one_is_refused(officer):
    portions = ["S//REL TO USA, AUS, JPN", "U"]
    same = rollup(officer, *portions, banner="SECRET//REL TO USA, AUS, JPN").json()
    assert same["stated"] == {"banner": "SECRET//REL TO USA, AUS, JPN", "relation": "same"}
    refused = rollup(officer, *portions, banner="SECRET//NOFORN", status=422).problem(422, "INVALID_MARKING")
    assert refused["where"] == "$.banner" and refused["rule"] == "ISM-ID-00320" and "compilation" in refused["detail"]
    reason = "together they show the sensor's cycle"
    taken = rollup(officer, *portions, banner="SECRET//NOFORN", compilation=reason).json()
    assert taken["stated"] == {"banner": "SECRET//NOFORN", "relation": "narrower", "compilation": reason}
    assert taken["banner"] == "SECRET//REL TO USA, AUS, JPN"
    for banner in ("SECRET", "CONFIDENTIAL//REL TO USA, AUS, JPN", "SECRET//REL TO USA, AUS, FRA, JPN"):
        wider = rollup(officer, *portions, banner=banner, compilation=reason, status=422).problem(422, "INVALID_MARKING")
        assert wider["where"] == "$.banner" and wider["rule"] == "ISM-ID-00318", banner
    idle = rollup(officer, *portions, banner="SECRET//REL TO USA, AUS, JPN", compilation=reason, status=422)
    assert idle.problem()["where"] == "$.compilation"


def test_limits_and_refusals_of_a_roll_up(officer):
    assert len(rollup(officer, *["U"] * 512).json()["portions"]) == 512
    assert rollup(officer, *["U"] * 513, status=400).problem()["where"] == "$.portions"
    assert rollup(officer, status=400).problem()["where"] == "$.portions"
    assert rollup(officer, "U", 7, status=400).problem()["where"] == "$.portions[1]"
    wrong = rollup(officer, "U", "S//NF//REL TO USA, JPN", status=422).problem(422, "INVALID_MARKING")
    assert wrong["where"] == "$.portions[1]" and wrong["rule"] and "offset" in wrong
    assert rollup(officer, "U", banner="SEKRET", status=422).problem()["where"] == "$.banner"
    assert rollup(officer, "U", compilation="why", status=400).problem()["where"] == "$.compilation"
    assert rollup(officer, "U", banner="SECRET", compilation="w" * 512).json()["stated"]["relation"] == "narrower"
    assert rollup(officer, "U", banner="SECRET", compilation="w" * 513, status=400).problem()["where"] == "$.compilation"
    assert rollup(officer, "U", banner="SECRET", compilation="", status=400).problem()["where"] == "$.compilation"
    assert officer.post("/v1/markings/rollup", {"portions": ["U"], "else": 1}).status == 400


# --- STANAG 4774 ---

NS = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"


def label(classification="SECRET", policy="USA", root="originatorConfidentialityLabel", **categories):
    """A label as another implementation writes it: its own prefix, white space, a comment, an originator."""
    types = {"Releasable To": "PERMISSIVE", "Display Only": "PERMISSIVE", "Administrative": "INFORMATIVE", "Owner": "INFORMATIVE"}
    written = "".join(
        f'\n\t\t<s4774:Category TagName="{tag}" Type="{types.get(tag, "RESTRICTIVE")}">'
        + "".join(f"<s4774:GenericValue>{value}</s4774:GenericValue>" for value in values) + "</s4774:Category>"
        for tag, values in ((name.replace("_", " "), values) for name, values in categories.items()))
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<s4774:{root} xmlns:s4774="{NS}">\n\t<s4774:ConfidentialityInformation>\n'
            f'\t\t<s4774:PolicyIdentifier URI="urn:oid:1.3.26.1.3.1">{policy}</s4774:PolicyIdentifier>\r\n'
            f'\t\t<s4774:Classification>{classification}</s4774:Classification>{written}\n'
            '\t</s4774:ConfidentialityInformation><!-- Überprüft: „ja“ -->\n'
            '\t<s4774:OriginatorID IDType="rfc822Name">watch@ops.example</s4774:OriginatorID>\n'
            f'\t<s4774:CreationDateTime>2026-01-31T12:00:00Z</s4774:CreationDateTime>\n</s4774:{root}>\n')


def parse(client, status=200, **body):
    return client.post("/v1/markings/parse", body).ok(status)


def tree(xml):
    """{element or tag: [values]} of a label, read by another parser than the exchange's."""
    root = ElementTree.fromstring(xml)
    found = {"root": [root.tag.removeprefix(f"{{{NS}}}")]}
    for element in root.iter():
        name = element.tag.removeprefix(f"{{{NS}}}")
        if name == "Category":
            assert element.get("Type") in ("RESTRICTIVE", "PERMISSIVE", "INFORMATIVE")
            found[element.get("TagName")] = [value.text for value in element]
        elif element.text and name != "GenericValue":
            found[name] = [element.text]
    return found


def test_a_marking_is_told_as_a_label(officer, exchange):
    told = parse(officer, classificationMarking="S//SI//FGI JPN//OC/REL TO USA, GBR, FVEY").json()
    found = tree(told["confidentialityLabel"])
    assert found.pop("CreationDateTime") and found == {
        "root": ["originatorConfidentialityLabel"], "PolicyIdentifier": ["USA"], "Classification": ["SECRET"],
        "Releasable To": ["USA", "GBR", "FVEY"], "Additional Sensitivity": ["SI"], "Dissemination Controls": ["ORCON"],
        "Foreign Government Information": ["JPN"], "Owner": ["USA"]}
    again = parse(officer, confidentialityLabel=told["confidentialityLabel"]).json()
    assert again["label"] == told["label"] and again["portion"] == told["portion"]
    assert tree(again["confidentialityLabel"])["root"] == ["alternativeConfidentialityLabel"]
    back = parse(officer, confidentialityLabel=again["confidentialityLabel"]).json()
    assert back["label"] == told["label"]


@pytest.mark.parametrize("marking", ["U", "S//NF", "TS//SI/TK//FGI//OC/NF", "S//RELIDO", "S//REL TO USA, GBR/RELIDO", "//JPN C//REL TO JPN, USA",
                                     "S//OC/REL TO USA, AUS/DISPLAY ONLY JPN, CSPO", "//JOINT S USA GBR//REL TO USA, AUS, GBR"])
def test_every_label_survives_the_way_out_and_in(officer, marking):
    told = parse(officer, classificationMarking=marking).json()
    assert parse(officer, confidentialityLabel=told["confidentialityLabel"]).json()["label"] == told["label"]
    assert parse(officer, confidentialityLabel=told["confidentialityLabel"], classificationMarking=marking).json()["label"] == told["label"]


def test_a_foreign_implementations_label_is_read(officer):
    told = parse(officer, confidentialityLabel=label(Releasable_To=["JPN", "USA"], Administrative=["EXERCISE"])).json()
    assert told["banner"] == "SECRET//REL TO USA, JPN"
    assert parse(officer, confidentialityLabel=label("TOP\n\t SECRET")).json()["portion"] == "TS"
    assert parse(officer, confidentialityLabel=label(root="alternativeConfidentialityLabel")).json()["portion"] == "S"


HOSTILE = {
    "a document type": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n' + label().split("\n", 1)[1],
    "laughs": "<!DOCTYPE l [" + "".join(f'<!ENTITY l{i} "{"&l%d;" % (i - 1) * 10 if i else "ha"}">' for i in range(9)) + "]><l>&l8;</l>",
    "an entity": label("&xxe;"),
    "an include": label().replace("<s4774:OriginatorID", '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/><s4774:OriginatorID'),
    "depth": "<a>" * 4000,
    "length": label() + " " * 16384,
    "another encoding": label().replace("UTF-8", "UTF-16"),
    "no XML": "S//NF",
    "another namespace": label().replace(NS, "urn:example"),
    "a processing instruction": label().replace("<s4774:OriginatorID", "<?go?><s4774:OriginatorID"),
    "an unknown demand": label(Eyes=["ALPHA"]),
    "an unknown code": label(Releasable_To=["USA", "XXX"]),
    "what excludes each other": label(Releasable_To=["USA", "JPN"], Dissemination_Controls=["NOFORN"]),
    "no owner in the list": label(Releasable_To=["JPN", "GBR"]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_such_label_is_refused_with_line_and_element(officer, name):
    refused = parse(officer, 422, confidentialityLabel=HOSTILE[name]).problem(422, "INVALID_LABEL")
    assert refused["where"] == "$.confidentialityLabel" and "passwd" not in refused["detail"], refused
    assert "line " in refused["detail"] or "16384 bytes" in refused["detail"], refused


def test_asking_about_both(officer):
    refused = parse(officer, 422, classificationMarking="S//NF", confidentialityLabel=label()).problem(422, "INVALID_LABEL")
    assert "`S`" in refused["detail"] and "`S//NF`" in refused["detail"]
    assert parse(officer, 400).problem()["where"] == "$.classificationMarking"
    assert parse(officer, 400, confidentialityLabel=label(), relto={}).problem()["where"] == "$.relto"
    assert parse(officer, 400, confidentialityLabel=7).status == 400


def test_an_originators_label_comes_back_byte_for_byte(exchange):
    xml = label(Releasable_To=["USA", "JPN"])
    with exchange.client("USA", "node") as node, exchange.client("JPN") as reader:
        relto = {"confidentialityLabel": xml}
        one = node.put_record("eoobservation", observation("S//REL TO USA, JPN", relto=relto))
        for client in (node, reader):
            assert client.get(f"/v1/eoobservation/{one}").json()["relto"]["confidentialityLabel"] == xml
        again = observation("S//REL TO USA, JPN", relto=relto)
        assert node.put_record("eoobservation", again) == node.put_record("eoobservation", again)
        header = {"Relto-Label": json.dumps(relto)}
        two = node.put_record("eoobservation", observation("S//REL TO USA, JPN"), header)
        assert node.get(f"/v1/eoobservation/{two}").json()["relto"]["confidentialityLabel"] == xml
        plain = node.put_record("eoobservation", observation("S//REL TO USA, JPN"))
        assert "confidentialityLabel" not in node.get(f"/v1/eoobservation/{plain}").json()["relto"]


def test_what_is_released_by_default_has_an_alternative_label(exchange):
    """Beside the originator's label, never instead of it, and only where it says something else."""
    xml = label("UNCLASSIFIED")
    relto = {"confidentialityLabel": xml}
    with exchange.client("USA", "node") as node, exchange.client("JPN") as reader, exchange.client("JPN", "fdo") as fdo:
        one = node.put_record("eoobservation", observation("U", relto=relto))
        own = node.get(f"/v1/eoobservation/{one}").json()["relto"]
        assert own["confidentialityLabel"] == xml and "alternativeConfidentialityLabel" not in own
        record = reader.get(f"/v1/eoobservation/{one}").json()
        relto_read = record["relto"]
        assert relto_read["confidentialityLabel"] == xml and relto_read["effectiveMarking"] == "U//REL TO USA, JPN"
        found = tree(relto_read["alternativeConfidentialityLabel"])
        assert found == {"root": ["alternativeConfidentialityLabel"], "PolicyIdentifier": ["USA"], "Classification": ["UNCLASSIFIED"],
                         "Releasable To": ["JPN", "USA"], "Owner": ["USA"], "CreationDateTime": [record["createdAt"]]}
        told = parse(fdo, confidentialityLabel=relto_read["alternativeConfidentialityLabel"]).json()
        assert told["portion"].removeprefix("//USA ") == relto_read["effectiveMarking"]
        listed, = (r for r in reader.get("/v1/eoobservation", {"obTime": ANY_TIME}).json() if r["id"] == one)
        assert listed["relto"] == relto_read
        # Released by its marking: the originator's label says it all. Without one there is nothing to be beside.
        same = observation("S//REL TO USA, JPN", relto={"confidentialityLabel": label(Releasable_To=["USA", "JPN"])})
        for other in (same, observation("U"), observation("U", relto={"expires": iso(exchange.now + datetime.timedelta(days=9))})):
            two = node.put_record("eoobservation", other)
            assert "alternativeConfidentialityLabel" not in reader.get(f"/v1/eoobservation/{two}").json()["relto"]


def test_a_label_must_say_what_the_marking_says(exchange):
    with exchange.client("USA", "node") as node, exchange.client("USA", "fdo") as officer:
        wrong = observation("S//REL TO USA, JPN", relto={"confidentialityLabel": label(Releasable_To=["USA", "GBR"])})
        refused = node.post("/v1/eoobservation", wrong).problem(422, "INVALID_LABEL")
        assert refused["where"] == "$.relto.confidentialityLabel"
        assert "`S//REL TO USA, GBR`" in refused["detail"] and "`S//REL TO USA, JPN`" in refused["detail"]
        listed = node.post("/v1/eoobservation/createBulk", [observation(), wrong]).problem(422, "INVALID_LABEL")
        assert listed["where"] == "$[1].relto.confidentialityLabel"
        equivalent = label(root="alternativeConfidentialityLabel")
        refused = node.post("/v1/eoobservation", observation("S", relto={"confidentialityLabel": equivalent}))
        assert "originator's" in refused.problem(422, "INVALID_LABEL")["detail"]
        public = observation("U", relto={"public": True, "confidentialityLabel": label("UNCLASSIFIED")})
        one = node.put_record("eoobservation", public)
        # A relabel brings its own label or none.
        assert officer.post(f"/v1/eoobservation/{one}/relabel", {"classificationMarking": "C", "relto": public["relto"]}).status == 422
        officer.post(f"/v1/eoobservation/{one}/relabel", {"classificationMarking": "C"}).ok(204)
        assert "confidentialityLabel" not in node.get(f"/v1/eoobservation/{one}").json()["relto"]


# --- the banner of an answer ---

BANNER = "X-Classification-Banner"


@pytest.fixture(scope="module")
def guarded(new_exchange):
    """Small chunks, so that a list of some dozen records is long."""
    return new_exchange("banners", {"limits.chunk_bytes": 4096})


def at(hour, **more):
    return dict({"t": day_zero() - datetime.timedelta(days=30) + datetime.timedelta(hours=hour)}, **more)


def window(first, last):
    day = day_zero() - datetime.timedelta(days=30)
    return {"obTime": f"{iso(day + datetime.timedelta(hours=first))}..{iso(day + datetime.timedelta(hours=last))}"}


def banner_of(client, records):
    """By the manual's rules, from the effective markings of what was received; as these, without saying whose scheme it is."""
    own = client.get("/v1/whoami").json()["partner"]
    portions = {marking if marking.startswith("//") or r["createdBy"] == own else f"//{r['createdBy']} {marking}"
                for r in records for marking in [r["relto"]["effectiveMarking"]]}
    return rollup(client, *sorted(portions)).json()["banner"].removeprefix("//USA ").removeprefix("//JPN ").removeprefix("//AUS ")


def test_one_record_is_bannered_with_its_effective_marking(guarded):
    with guarded.client("USA", "node") as node, guarded.client("JPN") as reader, guarded.client("USA", "fdo") as officer:
        for marking, mine, theirs in (("U", "UNCLASSIFIED", "UNCLASSIFIED//REL TO USA, JPN"),
                                      ("S//REL TO USA, AUS, JPN", "SECRET//REL TO USA, AUS, JPN", "SECRET//REL TO USA, AUS, JPN")):
            one = f"/v1/eoobservation/{node.put_record('eoobservation', observation(marking))}"
            assert node.get(one).header(BANNER) == mine and reader.get(one).header(BANNER) == theirs
            assert reader.get(one.replace("/v1", "/udl")).header(BANNER) == theirs
            etag = reader.get(one).header("ETag")
            assert reader.get(one, If_None_Match=etag).ok(304).header(BANNER) is None
            assert reader.request("HEAD", one).ok().header(BANNER) == theirs
            officer.post(f"{one}/recall", {"reason": "a test"}).ok(204)
            assert reader.get(one).header(BANNER) is None
        assert reader.get("/v1/eoobservation/count", window(0, 1)).header(BANNER) is None


def test_a_list_is_bannered_with_the_roll_up_of_what_it_contains(guarded):
    with guarded.client("USA", "node") as american, guarded.client("JPN", "node") as japanese, guarded.client("AUS") as other:
        held = {"restriction": restriction()}
        american.put_records("eoobservation", [observation(m, **at(100 + i)) for i, m in enumerate(
            ["U", "S//REL TO USA, JPN", "C//REL TO USA, AUS, JPN"])] + [observation(m, relto=held, **at(103 + i)) for i, m in enumerate(
                ["TS//SI/TK//REL TO USA, AUS", "S//SI//NF"])])
        japanese.put_record("eoobservation", observation("C", **at(106)))
        seen = {}
        for client in (american, japanese, other):
            for first, last in ((100, 110), (100, 101), (101, 103), (103, 106)):
                answer = client.get("/v1/eoobservation", window(first, last)).ok()
                records = answer.json()
                seen[client, first, last] = answer.header(BANNER), len(records)
                assert answer.header(BANNER) == (banner_of(client, records) if records else None)
        assert seen[american, 100, 110] == ("TOP SECRET//SI/TK//FGI JPN//NOFORN", 6)
        assert seen[japanese, 101, 103] == ("SECRET//REL TO USA, JPN", 2)
        assert seen[japanese, 100, 110] == ("SECRET//FGI USA//NOFORN", 4)
        assert seen[other, 101, 103][1] == 1
        assert seen[other, 103, 106][0] is None and seen[other, 103, 106][1] == 0


def test_a_long_list_is_never_less_than_its_banner_and_tells_nothing_hidden(guarded):
    with guarded.client("USA", "node") as node, guarded.client("JPN") as reader, guarded.client("USA", "fdo") as officer:
        plain = [observation("U", descriptor=f"{i} {'x' * 300}", **at(200 + i / 60)) for i in range(60)]
        node.put_records("eoobservation", plain)
        ask = window(200, 210)
        answer = reader.get("/v1/eoobservation", ask).ok()
        assert answer.header("Content-Length") is None, "one chunk only: this test needs a longer list"
        assert len(answer.json()) == 60 and answer.header(BANNER) == "UNCLASSIFIED//REL TO USA, JPN"
        # Hidden ones, whatever hides them, leave it as it is.
        later = iso(day_zero() + datetime.timedelta(hours=2))
        node.put_records("eoobservation", [
            observation("TS//SI//NF", relto={"restriction": restriction()}, **at(201)),
            observation("S//REL TO USA, JPN", relto={"embargoUntil": later}, **at(201)),
            observation("C//REL TO USA, JPN", relto={"expires": iso(day_zero() + datetime.timedelta(hours=1))}, **at(190))])
        gone = node.put_record("eoobservation", observation("S//REL TO USA, GBR, JPN", **at(201.5)))
        officer.post(f"/v1/eoobservation/{gone}/recall", {"reason": "a test"}).ok(204)
        again = reader.get("/v1/eoobservation", ask).ok()
        assert again.body == answer.body and again.header(BANNER) == answer.header(BANNER)
        # The strictest comes last and is in the banner all the same, in either order and by any sort.
        node.put_record("eoobservation", observation("S//REL TO USA, AUS, JPN", **at(200 - 1)))
        for order in ({}, {"sort": "obTime,ASC"}, {"sort": "satNo,DESC"}):
            told = reader.get("/v1/eoobservation", {**window(198, 210), **order}).ok()
            assert len(told.json()) == 61 and told.header(BANNER) == "SECRET//REL TO USA, JPN", order
        # Where another predicate than the time's selects, it is that of all the reader sees of the type.
        every = reader.get("/v1/eoobservation", {"obTime": ANY_TIME}).ok().json()
        told = reader.get("/v1/eoobservation", {**ask, "satNo": ">0"}).ok()
        assert len(told.json()) == 60 and told.header(BANNER) == banner_of(reader, every)
        # What an embargo hid is in the banner when it is over, and what has expired is in it no longer.
        guarded.advance(hours=2)
        told = reader.get("/v1/eoobservation", ask).ok()
        assert len(told.json()) == 61 and told.header(BANNER) == "SECRET//REL TO USA, JPN"


def test_every_list_of_random_records_has_the_banner_of_its_records(guarded):
    dice = random.Random("banners")
    markings = {"USA": ["U", "C", "S", "S//REL TO USA, JPN", "S//REL TO USA, AUS, GBR, JPN", "C//REL TO USA, FVEY", "TS//SI//REL TO USA, AUS", "S//SI/TK//NF",
                        "U//REL TO USA, AUS, JPN"],
                "JPN": ["U", "C", "C//REL TO JPN, USA", "S//REL TO JPN, USA"], "AUS": ["U", "C//REL TO AUS, USA", "R//REL TO AUS, FVEY"]}
    with contextlib.ExitStack() as stack:
        nodes = {p: stack.enter_context(guarded.client(p, "node")) for p in markings}
        held = {"restriction": restriction()}
        for partner, texts in markings.items():
            nodes[partner].put_records("eoobservation", [
                observation(dice.choice(texts), relto=held, **at(dice.uniform(300, 400))) for _ in range(60)])
        met = set()
        for _ in range(60):
            client = nodes[dice.choice(sorted(nodes))]
            first = dice.uniform(300, 400)
            answer = client.get("/v1/eoobservation", window(first, first + dice.choice([1, 3, 6]))).ok()
            records = answer.json()
            met.add(answer.header(BANNER))
            assert answer.header(BANNER) == (banner_of(client, records) if records else None), records
        assert len(met) > 8, met
