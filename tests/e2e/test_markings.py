"""Markings through the HTTP API: the corpus of tests/unit/policy, normalising, posting and what controls mean to readers."""
import json

import pytest

from coalition import observation, restriction
from harness import ROOT

CORPUS = ROOT / "tests/unit/policy"
DEMO = json.loads((ROOT / "deploy/demo-policy.json").read_text())
NODES = {p["partner"]: p["id"].rsplit("/", 1)[1] for p in DEMO["principals"] if "/node/" in p["id"]}
OPERATORS = {p["partner"]: p["id"].rsplit("/", 1)[1] for p in DEMO["principals"] if "/operator/op" in p["id"]}


def corpus(name, columns):
    """The lines of a file of the corpus, as lists of that many columns."""
    lines = [line for line in (CORPUS / f"{name}.txt").read_text().split("\n") if line and not line.startswith("#")]
    split = [[cell.strip(" ") for cell in line.split("|")] for line in lines]
    # what a space does beside a marking is part of the text
    for row, line in zip(split, lines):
        row[1] = line.split(" |")[1][1:]
        assert len(row) == columns, line
    return split


VALID, INVALID, ROLLUPS = corpus("markings-valid", 4), corpus("markings-invalid", 5), corpus("rollups", 3)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", policy=DEMO)


@pytest.fixture(scope="module")
def nodes(exchange):
    clients = {partner: exchange.client(partner, "node", name) for partner, name in NODES.items()}
    yield clients
    for client in clients.values():
        client.close()


def parse(client, marking, status=200, **more):
    return client.post("/v1/markings/parse", {"classificationMarking": marking, **more}).ok(status)


def normalise(client, marking, status=200, **more):
    return client.post("/v1/markings/normalise", {"classificationMarking": marking, **more}).ok(status)


def test_the_corpus_is_large():
    assert len(VALID) >= 350 and len(INVALID) >= 300 and len(ROLLUPS) >= 80


def test_every_valid_marking_is_read_and_written_the_same(nodes):
    for poster, text, portion, banner in VALID:
        told = parse(nodes[poster], text).json()
        assert (told["portion"], told["banner"]) == (portion, banner), text
        for written in (portion, banner):
            again = parse(nodes[poster], written).json()
            assert again["label"] == told["label"], (text, written)
            assert (again["portion"], again["banner"]) == (portion, banner), written


def test_every_invalid_marking_is_refused_where_and_by_which_rule(nodes):
    for poster, text, rule, offset, suggestion in INVALID:
        problem = parse(nodes[poster], text, 422).problem(422, "INVALID_MARKING")
        assert (problem["rule"], problem["offset"]) == (rule, int(offset)), (text, problem)
        assert problem.get("suggestion", "") == suggestion, (text, problem)
        assert problem["detail"], text


def test_normalise_writes_what_parse_returns_and_says_what_it_changed(nodes):
    for poster, text, portion, banner in VALID:
        told = normalise(nodes[poster], text).json()
        assert (told["classificationMarking"], told["banner"]) == (portion, banner), text
        assert bool(told["changes"]) == (text != portion), (text, told["changes"])
        for change in told["changes"]:
            assert 0 <= change["offset"] <= len(text) and change["rule"] and change["detail"], (text, change)
        assert normalise(nodes[poster], portion).json()["changes"] == []


def test_normalise_repairs_what_has_a_suggestion_and_nothing_else(nodes):
    for poster, text, rule, offset, suggestion in INVALID:
        if not suggestion:
            problem = normalise(nodes[poster], text, 422).problem(422, "INVALID_MARKING")
            assert problem["rule"] == rule, text
            continue
        told = normalise(nodes[poster], text).json()
        meant = parse(nodes[poster], suggestion).json()
        assert told["label"] == meant["label"] and told["classificationMarking"] == meant["portion"], text
        assert rule in [change["rule"] for change in told["changes"]], (text, told["changes"])


def test_every_set_of_portions_rolls_up_to_its_banner(nodes):
    for author, portions, banner in ROLLUPS:
        portions = portions.split(" ; ")
        told = nodes[author].post("/v1/markings/rollup", {"portions": portions}).ok(200).json()
        assert told["banner"] == banner, (portions, told)
        again = nodes[author].post("/v1/markings/rollup", {"portions": portions[::-1], "banner": banner}).ok(200).json()
        assert again["stated"]["relation"] == "same", (portions, again)


LEANING = [  # marking, banner of its document, portion or rule
    ("(S//REL)", "SECRET//REL TO USA, FVEY", "S//REL TO USA, FVEY"),
    ("S//REL/RELIDO", "SECRET//REL TO USA, FVEY/RELIDO", "S//REL TO USA, FVEY/RELIDO"),
    ("(TS//EYES)", "TOP SECRET//USA/CAN/GBR EYES ONLY", "TS//REL TO USA, CAN, GBR"),
    ("(//JOINT S//REL)", "//JOINT SECRET CAN GBR USA//REL TO USA, CAN, GBR", "//JOINT S CAN GBR USA//REL TO USA, CAN, GBR"),
    ("//GBR S//REL", "SECRET//FGI GBR//REL TO USA, GBR", "//GBR S//REL TO GBR, USA"),
    ("S//REL", "SECRET//NOFORN", "RELTO-10"),
    ("S//REL", "SECRET", "RELTO-10"),
    ("//JOINT S//REL", "SECRET//REL TO USA, GBR", "RELTO-3"),
]


def test_a_portion_may_lean_on_the_banner_of_its_document(nodes):
    usa = nodes["USA"]
    for marking, banner, expected in LEANING:
        if expected.startswith("RELTO"):
            for ask in (parse, normalise):
                problem = ask(usa, marking, 422, banner=banner).problem(422, "INVALID_MARKING")
                assert (problem["rule"], problem["where"]) == (expected, "$.classificationMarking")
            continue
        assert parse(usa, marking, banner=banner).json()["portion"] == expected
        told = normalise(usa, marking, banner=banner).json()
        assert told["classificationMarking"] == expected and told["changes"]
        parse(usa, marking, 422).problem(422, "INVALID_MARKING")
    problem = parse(usa, "S", 422, banner="SECRET//REL TO JPN").problem(422, "INVALID_MARKING")
    assert (problem["where"], problem["offset"]) == ("$.banner", 8)
    portions = {"portions": ["(S//REL TO USA, JPN, NZL)", "(S//REL)"], "banner": "SECRET//REL TO USA, NZL"}
    told = usa.post("/v1/markings/rollup", portions).ok(200).json()
    assert told["stated"]["relation"] == "same" and told["portions"][1]["portion"] == "S//REL TO USA, NZL"


def test_what_a_community_owns_too_is_read_and_not_taken(nodes):
    """A community is nobody who could authorise, or agree."""
    marking = "//JOINT S USA NATO//REL TO USA, NATO"
    assert parse(nodes["USA"], marking).json()["label"]["owners"] == ["USA", "NATO"]
    problem = nodes["USA"].post("/v1/eoobservation", observation(marking)).problem(422, "INVALID_LABEL")
    assert "NATO has not authorised USA" in problem["detail"], problem
    asked = {"type": "eoobservation", "dataMode": "REAL", "classificationMarking": marking}
    verdicts = nodes["USA"].post("/v1/policy/evaluate", asked).ok(200).json()["partners"]
    assert verdicts and not any(v["permit"] for v in verdicts), verdicts


def test_normalise_lists_every_change(nodes):
    told = normalise(nodes["USA"], "(Top Secret//TK/SI//NOFORN/ORCON)").json()
    assert told["classificationMarking"] == "TS//SI/TK//OC/NF"
    assert {change["rule"] for change in told["changes"]} == {"RELTO-1", "RELTO-15", "ISM-ID-00042", "ISM-ID-00026"}


def test_normalise_takes_the_wire_label_along(nodes):
    told = normalise(nodes["USA"], "SECRET", relto={"owners": ["CAN", "USA"]}).json()
    assert told["label"]["owners"] == ["USA", "CAN"] and told["classificationMarking"] == "//USA CAN S"
    assert any("owners" in change["detail"] for change in told["changes"]), told
    normalise(nodes["USA"], "S", 422, relto={"owners": ["XXX"]}).problem(422, "INVALID_LABEL")
    assert nodes["USA"].post("/v1/markings/normalise", {"classificationMarking": "S", "more": 1}).status == 400
    assert nodes["USA"].post("/v1/markings/normalise", {}).status == 400


def test_lengths_and_counts_are_bounded_on_both_sides(nodes):
    usa = nodes["USA"]
    programs = ["A" * 40, "B" * 40, "C" * 40, "D" * 40]
    assert parse(usa, "S//SAR-" + "/".join(programs)).json()["label"]["caveats"] == [f"SAR-{p}" for p in programs]
    assert parse(usa, "S//SAR-" + "A" * 41, 422).problem()["rule"] == "RELTO-17"
    assert parse(usa, "S//SAR-" + "/".join(programs + ["E" * 40]), 422).problem()["rule"] == "RELTO-18"
    subs = [f"{i:03}" for i in range(62)]
    assert len(parse(usa, "S//SAR-AB-CD " + " ".join(subs)).json()["label"]["caveats"]) == 64
    assert parse(usa, "S//SAR-AB-CD " + " ".join(subs + ["062"]), 422).problem()["rule"] == "RELTO-13"
    long = "S//SAR-AB-" + "-".join(f"{i:012}" for i in range(38))
    assert len(long) < 512 and parse(usa, long)
    padded = long + "-" + "9" * (512 - len(long) - 1)
    assert len(padded) == 512
    assert parse(usa, padded).json()["portion"] == padded
    assert parse(usa, padded + "9", 422).problem()["rule"] == "RELTO-1"


def test_a_text_names_the_owner_unless_it_is_the_poster(nodes):
    for poster, text in [("USA", "//DEU S"), ("USA", "//NS"), ("USA", "//AUS OFFICIAL: Sensitive"), ("DEU", "//USA S//NF")]:
        told = parse(nodes[poster], text).json()
        assert told["portion"].startswith("//"), told
        assert parse(nodes[poster], told["portion"]).json()["label"] == told["label"]
    assert parse(nodes["DEU"], "//DEU S").json()["portion"] == "S"


# --- what controls mean to readers ---

def visible(exchange, identifier):
    return {partner for partner, name in OPERATORS.items()
            if exchange.client(partner, "operator", name).sees("eoobservation", identifier)}


def post(client, marking, **more):
    return client.put_record("eoobservation", observation(marking, **more))


def test_carried_controls_withhold_by_default_and_go_where_they_are_released(exchange, nodes):
    usa = nodes["USA"]
    refused = usa.post("/v1/eoobservation", observation("U//FOUO")).problem(422, "NEEDS_REASON")
    assert refused["where"].endswith("relto.restriction")
    assert visible(exchange, post(usa, "U//FOUO", relto={"restriction": restriction()})) == {"USA"}
    released = post(usa, "U//FOUO/REL TO USA, GBR")
    assert visible(exchange, released) == {"USA", "GBR"}
    shown = exchange.client("GBR", "operator", OPERATORS["GBR"]).get(f"/v1/eoobservation/{released}").ok().json()
    assert shown["classificationMarking"] == "U//FOUO/REL TO USA, GBR"


def test_compartments_are_demanded(exchange, nodes):
    """GBR's operator and USA's hold SI, and nothing below it."""
    usa = nodes["USA"]
    assert visible(exchange, post(usa, "S//SI//REL TO USA, AUS, GBR")) == {"USA", "GBR"}
    for marking in ["S//SAR-BP//REL TO USA, GBR", "S//RD//REL TO USA, GBR", "S//TK//REL TO USA, GBR"]:
        held = post(usa, marking, relto={"restriction": restriction()})
        assert visible(exchange, held) == set(), marking


def test_traffic_light_and_controlled_unclassified(exchange, nodes):
    usa = nodes["USA"]
    agreed = {p for p in OPERATORS}
    assert visible(exchange, post(usa, "TLP:GREEN")) == agreed
    assert visible(exchange, post(usa, "TLP:RED")) == {"USA"}
    assert visible(exchange, post(usa, "CUI//SP-CTI//REL TO USA, JPN")) == {"USA", "JPN"}
    assert visible(exchange, post(usa, "CUI//SP-CTI//NOFORN", relto={"restriction": restriction()})) == {"USA"}


def test_the_australian_scheme(exchange, nodes):
    aus = nodes["AUS"]
    assert visible(exchange, post(aus, "OFFICIAL")) == {p for p in OPERATORS if p != "JPN"}
    assert visible(exchange, post(aus, "SECRET//REL AUS/GBR/USA")) == {"AUS", "GBR", "USA"}
    assert visible(exchange, post(aus, "SECRET//AUSTEO", relto={"restriction": restriction()})) == {"AUS"}
    problem = aus.post("/v1/eoobservation", observation("OFFICIAL: SENSITIVE")).problem(422, "INVALID_MARKING")
    assert problem["suggestion"] == "OFFICIAL: Sensitive"


def test_what_was_posted_is_what_is_sent(exchange, nodes):
    """Only normalise rewrites: a record keeps the spelling it came with."""
    usa = nodes["USA"]
    for marking in ["SECRET//REL TO USA, GBR", "(S//USA/GBR EYES ONLY)", "S//AUTHORIZED FOR RELEASE TO USA, GBR"]:
        identifier = post(usa, marking)
        shown = exchange.client("GBR", "operator", OPERATORS["GBR"]).get(f"/v1/eoobservation/{identifier}").ok().json()
        assert marking in (shown["classificationMarking"], shown.get("relto", {}).get("classificationMarking")), shown
        assert "REL TO USA, GBR" in json.dumps(shown)
