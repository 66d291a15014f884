"""Ephemerides in the forms that operators hand around, and the files behind their records."""
import datetime

import pytest

from coalition import ANY_TIME
from ephemerides import STATE, TRIANGLE, itc, oem
from harness import day_zero, iso

QUERY = {"category": "EXTERNAL", "classification": "U", "dataMode": "TEST", "hasMnvr": "false", "satNo": "25544", "source": "Bluestaq",
         "type": "ROUTINE", "tags": "a,b"}


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


def send(client, text, form, prefix="", media="text/plain", **more):
    return client.post(f"{prefix}/filedrop/ephem", text, {"Content-Type": media}, {**QUERY, "ephemFormatType": form, **more})


def put(client, text, form, **more):
    answer = send(client, text, form, **more).ok(202)
    assert answer.body == b"" and answer.header("Content-Type") is None
    identifier = answer.header("X-Record-Ids")
    file = client.get(f"/udl/ephemerisset/getFile/{identifier}", Accept="application/octet-stream").ok()
    assert file.body == text.encode()
    return client.get(f"/v1/ephemerisset/{identifier}").ok().json()


@pytest.mark.parametrize("prefix", ["", "/v1"])
@pytest.mark.parametrize("year", [2, 4])
@pytest.mark.parametrize("covariances", [False, True])
def test_itc(node, prefix, year, covariances):
    record = put(node, itc(year=year, covariances=covariances), "ModITC", prefix=prefix, origin=f"{prefix} {year}")
    start = day_zero()
    expected = {"category": "EXTERNAL", "type": "ROUTINE", "satNo": 25544, "hasMnvr": False, "source": "Bluestaq", "tags": ["a", "b"],
                "origin": f"{prefix} {year}", "numPoints": 3, "pointStartTime": iso(start), "stepSize": 60, "referenceFrame": "J2000",
                "pointEndTime": iso(start + datetime.timedelta(minutes=2)), "hasCov": covariances, "hasAccel": False,
                "comments": "created:2026-05-20\nephemeris_source:blend\nUVW"}
    assert {name: record[name] for name in expected} == expected
    point = record["ephemerisList"][0]
    assert [point[f"{axis}{of}"] for of in ("pos", "vel") for axis in "xyz"] == STATE and point["ts"] == iso(start)
    assert (record.get("covReferenceFrame") == "UVW") == covariances
    assert (point.get("cov") == [pytest.approx((i + 1.5) / 10) for i in TRIANGLE]) == covariances


def test_itc_as_the_official_client_has_it(node):
    """No header, years of two digits."""
    record = put(node, itc(header=(), year=2, start=datetime.datetime(2020, 3, 30, 18, 35, 52, tzinfo=datetime.timezone.utc)), "ModITC")
    assert record["pointStartTime"] == "2020-03-30T18:35:52.000000Z" and "comments" not in record


def test_oem(node):
    record = put(node, oem(covariances=(0, 2), accelerations=True, more="RTN"), "OEM", prefix="/v1")
    start = day_zero() + datetime.timedelta(seconds=0.25)
    end = start + datetime.timedelta(minutes=2)
    expected = {"origObjectId": "1996-046A", "centBody": "EARTH", "referenceFrame": "J2000", "origin": "JAXA", "numPoints": 3,
                "pointStartTime": iso(start), "pointEndTime": iso(end), "usableStartTime": iso(start), "usableEndTime": iso(end), "stepSize": 60,
                "interpolation": "LAGRANGE", "interpolationDegree": 7, "hasCov": True, "hasAccel": True, "covReferenceFrame": "UVW",
                "comments": "segment 0"}
    assert {name: record[name] for name in expected} == expected
    first, second, third = record["ephemerisList"]
    assert [first[f"{axis}{of}"] for of in ("pos", "vel") for axis in "xyz"] == STATE
    assert [first[f"{axis}accel"] for axis in "xyz"] == [0.001, -0.002, 0]
    assert first["cov"] == [pytest.approx((i + 1.5) / 10) for i in TRIANGLE] and "cov" not in second
    assert third["cov"] == [pytest.approx((i + 1.5) / 1000) for i in TRIANGLE]


def test_oem_of_several_segments(node):
    record = put(node, oem(segments=3, covariances=(1,)), "OEM", origin="mine")
    assert record["numPoints"] == 9 and record["comments"] == "segment 0\nsegment 1\nsegment 2" and record["origin"] == "mine"
    assert record["usableEndTime"] == record["pointEndTime"] and record["covReferenceFrame"] == "J2000"
    assert ["cov" in p for p in record["ephemerisList"]] == [False, True, False] * 3
    # A step is told only if it is one.
    assert "stepSize" not in record


def test_oem_is_kept(node):
    """Whole, with its segments, as import keeps messages; it is what is exported."""
    text = oem(segments=2, covariances=(1,), accelerations=True)
    record = put(node, text, "OEM", origin="kept")
    assert "".join(record["message"].split()) == "".join(text.split())
    made = node.get(f"/v1/ephemerisset/{record['id']}", {"format": "kvn"}).ok().body.decode()
    assert [line for line in made.splitlines() if not line.startswith(("CLASSIFICATION", "COMMENT"))] == [
        line for line in record["message"].splitlines() if not line.startswith("COMMENT")]


def test_oem_is_not_marked_otherwise_than_it_says(node):
    def marked(text):
        return oem().replace("VERS = 2.0\n", f"VERS = 3.0\nCLASSIFICATION = {text}\n")
    put(node, marked("UNCLASSIFIED"), "OEM")
    put(node, marked("ours; not for sale"), "OEM")
    for text in ("S//REL TO USA, JPN", "SECRET, ours"):
        assert send(node, marked(text), "OEM").problem(422, "INVALID_MARKING")["where"] == "CLASSIFICATION"


@pytest.mark.parametrize("frame, shown, covariances", [("GCRF", "GCRF", "GCRF"), ("ITRF2000", "ITRF", "ECR/ECEF"), ("TEME", "TEME", "TEME")])
def test_frames_of_oem(node, frame, shown, covariances):
    record = put(node, oem(meta={"REF_FRAME": frame}, covariances=(0,)), "OEM")
    assert (record["referenceFrame"], record["covReferenceFrame"]) == (shown, covariances)


OEM_WRONG = {
    "frame": (lambda: oem(meta={"REF_FRAME": "MARSIAU"}), "REF_FRAME"),
    "scale": (lambda: oem(meta={"TIME_SYSTEM": "GPS"}), "TIME_SYSTEM"),
    "covariance's frame": (lambda: oem(covariances=(0,), more="TNW"), "COV_REF_FRAME"),
    "another object": (lambda: oem(segments=2, meta={"OBJECT_ID": "1998-067A"}), "1996-046A"),
    "another centre": (lambda: oem(segments=2, meta={"CENTER_NAME": "MOON"}), "EARTH"),
    "another frame": (lambda: oem(segments=2, meta={"REF_FRAME": "GCRF"}), "J2000"),
    "two messages": (lambda: oem() + oem(), "one message"),
    "another message": (lambda: "CCSDS_OPM_VERS = 2.0\n", "one message"),
    "finer than a record": (lambda: oem().replace(".250 ", ".2500001 "), "microseconds"),
    "a number": (lambda: oem().replace("7000.250", "east"), "X"),
    "unknown": (lambda: oem(meta={"NONSENSE": "1"}), "NONSENSE"),
}


@pytest.mark.parametrize("case", OEM_WRONG)
def test_wrong_oem_is_refused(node, case):
    make, word = OEM_WRONG[case]
    fault = send(node, make(), "OEM", origin="wrong").problem(422, "INVALID_RECORD")
    assert fault["where"].startswith("line ") and word in fault["detail"], fault


ITC_WRONG = {
    "no points": (lambda: "UVW\n", "line 1, column 1"),
    "nothing but blanks": (lambda: " ", "line 1, column 1"),
    "five numbers": (lambda: itc().replace(" -.5", "", 1), "line 4, column 1"),
    "no number": (lambda: itc().replace("7000.250", "east"), "line 4, column 19"),
    "no time": (lambda: itc().replace(itc().split("\n")[3].split(" ")[0], "2026999250000.000"), "line 4, column 1"),
    "not later": (lambda: itc(step=0), "line 5, column 1"),
    "half a covariance": (lambda: "\n".join(itc(2, covariances=True).split("\n")[:6]) + "\n", "line 6, column 1"),
    "too much covariance": (lambda: itc(1, covariances=True) + "1 2 3 4 5 6 7\n", "line 8, column 1"),
    "long header": (lambda: itc(header=["x"] * 17), "line 17, column 1"),
}


@pytest.mark.parametrize("case", ITC_WRONG)
def test_wrong_itc_is_refused(node, case):
    make, where = ITC_WRONG[case]
    assert send(node, make(), "ModITC", origin="wrong").problem(422, "INVALID_RECORD")["where"] == where


def test_what_is_said_beside_it(node):
    for name in [*QUERY, "ephemFormatType"]:
        if name == "tags":
            continue
        query = {k: v for k, v in {**QUERY, "ephemFormatType": "OEM"}.items() if k != name}
        assert node.post("/filedrop/ephem", oem(), {"Content-Type": "text/plain"}, query).problem(400, "BAD_QUERY")["where"] == name
    for name, value in (("ephemFormatType", "GOO"), ("satNo", "ISS"), ("satNo", "1000000000"), ("hasMnvr", "perhaps"), ("nonsense", "1")):
        assert send(node, oem(), **{"form": "OEM", **({"form": value} if name == "ephemFormatType" else {name: value})}).problem(400)["where"] == name
    send(node, oem(), "OEM", dataMode="LIVE").problem(422)
    send(node, oem(), "OEM", classification="SECRETLY").problem(422, "INVALID_MARKING")
    send(node, oem(), "OEM", media="application/zip").problem(415)


@pytest.mark.parametrize("form", ["GOO", "NASA", "OASYS", "nasa", "XML"])
def test_a_form_that_is_not_read_is_refused_by_name(node, form):
    fault = send(node, oem(), form=form).problem(400)
    name = f"{form} is not read here: " if form.isupper() and form != "XML" else ""
    assert (fault["where"], fault["detail"]) == ("ephemFormatType", f"{name}expected ModITC or OEM")


def test_a_month_of_points(node):
    record = put(node, itc(43200), "ModITC")
    assert record["numPoints"] == len(record["ephemerisList"]) == 43200
    assert node.count("ephemerisset", pointStartTime=ANY_TIME, origin="wrong") == 0
