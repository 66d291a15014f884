"""What does not fit together in a file is told when it is taken in, stored with the record, and shown with it."""
import pytest

from coalition import agreement, changed, coalition
from elements import element_set
from messages import AXES, cdm

QUERY = {"classificationMarking": "U", "dataMode": "TEST", "source": "checks"}


def policy():
    """JPN does not see who made a message, and so nothing that says again what the record says."""
    def views(p):
        p["views"] = [{"code": "NOMAKER", "title": "No maker", "types": {"conjunction": [{"drop": ["originator"]}]}}]
        p["agreements"] = [agreement("USA-FRA", ["FRA", "USA"]),
                           agreement("USA-JPN", ["JPN", "USA"], views={"conjunction": "NOMAKER"})]
    return changed(coalition(), views)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("checks", policy=policy())


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


def take(node, text, **more):
    answer = node.post("/v1/import", text, {"Content-Type": "application/octet-stream"}, dict(QUERY, **more)).ok(201).json()
    return answer["results"]


def sound(*change):
    """A message that fits together: the second object 715 m behind the first, passing at 14,762 m/s."""
    unit = [(part, f"C{a}_{b}", "1.0" if a == b else "0.0") for part in (1, 2) for i, a in enumerate(AXES) for b in AXES[:i + 1]]
    states = [(part, name, value) for part, rows in ((1, ("7000.0000", "0.0000", "0.0000", "0.000", "7.381", "0.000")),
                                                     (2, ("7000.7150", "0.0000", "0.0000", "0.000", "-7.381", "0.000")))
              for name, value in zip(("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT"), rows)]
    return cdm([(0, "MESSAGE_ID", str(change)), *unit, *states, *change]).split("\n", 1)[1]


CASES = {
    "nothing": ([], None),
    "covariance": ([(2, "CN_R", "1.5")], "covariance of OBJECT2 is not positive semi-definite"),
    "variance": ([(1, "CRDOT_RDOT", "-1.0")], "covariance of OBJECT1: variance 4 is negative"),
    "distance": ([(0, "MISS_DISTANCE", "815 [m]")], "MISS_DISTANCE is 815, but the distance of the two states makes 715"),
    "speed": ([(0, "RELATIVE_SPEED", "1476 [m/s]")], "RELATIVE_SPEED is 1476, but"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_does_not_fit_is_told_and_stored(exchange, node, case):
    change, wanted = CASES[case]
    [result] = take(node, sound(*change))
    path = f"/v1/conjunction/{result['id']}"
    record = node.get(path).ok().json()
    assert result.get("warnings") == record.get("warnings")
    if not wanted:
        assert "warnings" not in record and "warnings" not in node.get(f"{path}/explain").ok().json()
        return
    assert len(record["warnings"]) == 1 and record["warnings"][0].startswith(wanted)
    assert take(node, sound(*change)) == [result]  # the same file is the same record
    with exchange.client("FRA") as reader, exchange.client("JPN") as other:
        assert reader.get(path).ok().json()["warnings"] == record["warnings"]
        assert "warnings" not in other.get(path).ok().json()
        assert all("warnings" not in client.get(f"{path}/explain").ok().json() for client in (reader, other))
    with exchange.client("USA", "fdo") as officer:
        assert officer.get(f"{path}/explain").ok().json()["warnings"] == record["warnings"]
    assert node.get(f"{path}/explain").ok().json()["warnings"] == record["warnings"]


def test_warnings_are_searched(node):
    take(node, element_set("00871") + element_set("00872", eccentricity="3000000"))
    seen = node.list("elset", epoch=">1990-01-01", warnings="*perigee*", satNo="871,872")
    assert [r["satNo"] for r in seen] == [872]
