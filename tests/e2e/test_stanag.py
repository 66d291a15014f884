"""What people are told of classification: banners rolled up from portions."""
import pytest


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
