"""Files of navigation satellites, posted as they are and given back as files: the same messages, digit by digit."""
import copy

import pytest

from coalition import coalition, entry, restriction

ANY_TIME = ">1980-01-06"
TYPES = {"rinex": "navephemeris", "rinex3": "navephemeris", "rinex2": "navephemeris", "sp3": "preciseephemeris", "clk": "gnssclock",
         "yuma": "almanac", "sem": "almanac"}
TIMES = {"navephemeris": "epoch", "timeoffset": "epoch", "preciseephemeris": "start", "gnssclock": "start", "almanac": "toa"}


def line(text, label):
    return f"{text:<60}{label}\n"


ORBIT = """\
     7.000000000000E+01 7.334375000000E+01 3.794800925833E-09 2.948187988778E+00
     3.667548298836E-06 1.200602215249E-02 4.000961780548E-06 5.153660102844E+03
     2.592000000000E+05-3.911554813385E-08 2.410755371695E-01-1.192092895508E-07
     9.889225508565E-01 3.138750000000E+02 9.444071913331E-01-7.813182593274E-09
     2.167947446570E-10 1.000000000000E+00 2.230000000000E+03 0.000000000000E+00
     2.000000000000E+00 {health:.12E} 5.122274160385E-09 7.000000000000E+01
     2.520180000000E+05 4.000000000000E+00
"""
MADE = line("maker               somebody            20221005 000000 UTC", "PGM / RUN BY / DATE")
END = line("", "END OF HEADER")
IONOSPHERE = (line("GPSA   1.0245E-08  7.4510E-09 -5.9605E-08 -5.9600E-08", "IONOSPHERIC CORR")
              + line("GPSB   9.0112E+04  6.5540E+04 -1.9661E+05 -6.5540E+04", "IONOSPHERIC CORR"))
OFFSET = line("GPUT  2.7939677230E-09 9.769962617E-15 233472 2230        2", "TIME SYSTEM CORR")


def ephemeris(satellite, health=0):
    return f"{satellite} 2022 10 05 00 00 00 2.727881073952E-04-6.252776074689E-12 0.000000000000E+00\n" + ORBIT.format(health=health)


def legacy(text):
    """The same orbit in version 2: one column less, and D."""
    return "".join(" 1 22 10 05 00 00 00.0" + t[23:] if t[0] != " " else t[1:] for t in text.splitlines(True)).replace("E", "D")


RINEX_3 = (line("     3.04           N: GNSS NAV DATA    G: GPS", "RINEX VERSION / TYPE") + MADE + IONOSPHERE + OFFSET
           + line("    18", "LEAP SECONDS") + END + ephemeris("G01") + ephemeris("G02", 1))
RINEX_4 = (line("     4.02           NAVIGATION DATA     M: MIXED", "RINEX VERSION / TYPE") + MADE + END + "> EPH G01 LNAV\n" + ephemeris("G01")
           + """\
> ION E02 IFNV
    2022 10 05 06 21 04 1.207500000000E+02-1.953125000000E-01-7.629394531250E-04
     0.000000000000E+00
> STO C19 CNVX
    2022 10 04 23 11 28 BDUT                                  UTC(NTSC)
     2.592000000000E+05-9.895302355289E-10 0.000000000000E+00 0.000000000000E+00
""")
RINEX_2 = line("     2.11           N: GPS NAV DATA", "RINEX VERSION / TYPE") + MADE + END + legacy(ephemeris("G01"))
NONE = "  0" * 17 + "\n"
SP3 = ("#cP2021  3 14 12  0  0.00000000       2 ORBIT IGS14 FIT  TST\n## 2149  43200.00000000   900.00000000 59287 0.5000000000000\n"
       "+    2   G01G02" + "  0" * 15 + "\n" + ("+        " + NONE) * 4 + "++         2  0" + "  0" * 15 + "\n" + ("++       " + NONE) * 4 + """\
%c G  cc GPS ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc
%c cc cc ccc ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc
%f  1.2500000  1.025000000  0.00000000000  0.000000000000000
%f  0.0000000  0.000000000  0.00000000000  0.000000000000000
%i    0    0    0    0      0      0      0      0         0
%i    0    0    0    0      0      0      0      0         0
/* made for a test
*  2021  3 14 12  0  0.00000000
PG01 -11044.805800 -10475.672350  21929.418200    189.163300 18 18 18 219 EP  MP
PG02   1044.805800 -10475.672350  21929.418200 999999.999999
*  2021  3 14 12 15  0.00000000
PG01 -11044.805810 -10475.672350  21929.418200    189.163300
PG02      0.000000      0.000000      0.000000     89.163300
EOF
""")
CLK = "".join([line("     3.00           C                   G", "RINEX VERSION / TYPE"), MADE, line("   GPS", "TIME SYSTEM ID"),
               line("TST  a centre for tests", "ANALYSIS CENTER"), line("     1    AS", "# / TYPES OF DATA"), END, """\
AS G01  2021 03 14 00 00  0.000000  1   -0.987654321098E-03
AS G24  2021 03 14 00 00  0.000000  2    0.887654321098E-03  0.111111111111E-10
AS G01  2021 03 14 00 00 30.000000  1   -0.987654321099E-03
"""])
YUMA = """\
******** Week 344 almanac for PRN-07 ********
ID:                         07
Health:                     000
Eccentricity:               0.1234567890E-001
Time of Applicability(s):  405504.0000
Orbital Inclination(rad):   0.9501234567
Rate of Right Ascen(r/s):  -0.7890123456E-008
SQRT(A)  (m 1/2):           5153.712345
Right Ascen at Week(rad):   0.2345678901E+001
Argument of Perigee(rad):  -2.012345678
Mean Anom(rad):             0.1200000000E+001
Af0(s):                    -0.3210000000E-003
Af1(s/s):                   0.0000000000E+000
week:                        344

"""
SEM = """\
1  CURRENT.AL3
 344 405504

7
48
0
 1.234567890E-02  3.456789012E-03 -2.511478901E-09
 5.153712345E+03  7.466528901E-01 -6.405495678E-01
 3.819718634E-01 -3.210000000E-04  0.000000000E+00
0
11

"""
FILES = {"rinex": RINEX_4, "rinex3": RINEX_3, "rinex2": RINEX_2, "sp3": SP3, "clk": CLK, "yuma": YUMA, "sem": SEM}
# What a view hides of each: no file tells it.
VIEW = {"code": "PART", "title": "Without health", "types": {
    "navephemeris": [{"drop": ["health", "fitInterval"]}], "almanac": [{"drop": ["origin"]}], "timeoffset": [{"drop": ["utc"]}],
    "preciseephemeris": [{"drop": ["agency"]}], "gnssclock": [{"drop": ["analysisCenterName"]}]}}


@pytest.fixture(scope="module")
def exchange(new_exchange):
    policy = copy.deepcopy(coalition())
    policy["views"] = [VIEW]
    entry(policy, "agreements", id="USA-JPN-2026")["views"] = {kind: "PART" for kind in VIEW["types"]}
    return new_exchange("main", policy=policy)


@pytest.fixture(scope="module")
def usa(exchange):
    with exchange.client("USA", "node") as client:
        yield client


@pytest.fixture(scope="module")
def jpn(exchange):
    with exchange.client("JPN", "operator") as client:
        yield client


def send(client, text, source, marking="U", headers=None):
    query = {"classificationMarking": marking, "dataMode": "TEST", "source": source}
    return client.post("/v1/import", text, dict({"Content-Type": "application/octet-stream"}, **headers or {}), query)


def ids(answer):
    return sorted(r["id"] for r in answer.ok(201).json()["results"])


def ask(client, form, source, kind=None, **more):
    kind = kind or TYPES[form]
    return client.get(f"/v1/{kind}", dict({TIMES[kind]: ANY_TIME, "source": source, "format": form}, **more))


def fetch(client, form, source, kind=None, **more):
    return ask(client, form, source, kind, **more).ok().body.decode()


def body(text):
    """Of RINEX without its header, of SP3 from the first epoch on: what is the same in any file."""
    for mark in ("END OF HEADER\n", "\n*  "):
        if mark in text:
            return text[text.index(mark) + len(mark):]
    return text


@pytest.mark.parametrize("form", FILES)
def test_file_comes_back_digit_by_digit(usa, form):
    source = f"back-{form}"
    first = ids(send(usa, FILES[form], source))
    text = fetch(usa, form, source)
    expected = body(FILES[form])
    if form == "rinex":  # offsets between times are records of their own
        expected, offsets = expected[:expected.index("> STO")], expected[expected.index("> STO"):]
        assert body(fetch(usa, form, source, "timeoffset")) == offsets
    if form == "sem":
        expected = expected.replace("CURRENT.AL3", "RELTO")
    assert body(text) == expected
    # What was made is read again as the same records, but for the banner among the comments: of RINEX the first has them.
    again = ids(send(usa, text, source))
    assert form in ("sp3", "clk") or len(set(again) - set(first)) <= form.startswith("rinex")


def test_header_of_navigation_messages_tells_what_it_told(usa):
    answer = send(usa, RINEX_3, "header").ok(201).json()
    assert answer["leftOut"] == []
    assert [r["type"] for r in answer["results"]] == ["navephemeris", "timeoffset", "navephemeris", "navephemeris"]
    assert IONOSPHERE in fetch(usa, "rinex3", "header") and OFFSET in fetch(usa, "rinex3", "header", "timeoffset")
    [record] = usa.list("navephemeris", epoch=ANY_TIME, source="header", messageClass="ION")
    assert record["ionCoefficients"][:2] == [1.0245e-08, 7.451e-09] and record["satellite"] == "G"
    assert [line[60:] for line in record["header"]] == ["PGM / RUN BY / DATE", "LEAP SECONDS"]
    text = fetch(usa, "rinex3", "header")
    assert MADE in text and "    18 " in text[text.index("IONOSPHERIC CORR"):]


def test_banner_stands_in_comments(usa):
    for form in ("rinex", "rinex3", "rinex2", "sp3", "clk"):
        send(usa, FILES[form], f"banner-{form}", marking="C//REL TO USA, JPN").ok(201)
        answer = ask(usa, form, f"banner-{form}").ok()
        banner = answer.header("X-Classification-Banner")
        text = answer.body.decode()
        assert banner.startswith("CONFIDENTIAL") and (f"/* {banner}\n" in text or line(banner, "COMMENT") in text)


def test_what_a_version_cannot_say_is_refused_or_left_out(usa):
    send(usa, RINEX_4, "partly").ok(201)
    problem = ask(usa, "rinex2", "partly").problem(422)
    [record] = usa.list("navephemeris", epoch=ANY_TIME, source="partly", messageClass="ION")
    assert problem["id"] == record["id"]
    answer = ask(usa, "rinex2", "partly", partial="true").ok()
    assert (answer.header("X-Left-Out"), answer.header("X-Left-Out-Ids")) == ("1", record["id"])
    assert body(answer.body.decode()) == body(RINEX_2)


def test_view_hides_in_files_what_it_hides_in_records(usa, jpn):
    """A reader of a view has the file of what it is shown: times follow from those in UTC, where there are such."""
    send(usa, RINEX_3, "view").ok(201)
    expected = ephemeris("G01").replace(" 0.000000000000E+00 5.122274160385E-09", f"{'':19} 5.122274160385E-09").replace(" 4.000000000000E+00\n", "\n")
    assert body(fetch(jpn, "rinex3", "view")) == expected + expected.replace("G01", "G02")
    assert OFFSET.replace("2   ", "    ").rstrip()[:50] in fetch(jpn, "rinex3", "view", "timeoffset")
    assert "        2 " not in fetch(jpn, "rinex3", "view", "timeoffset")
    send(usa, YUMA, "view").ok(201)
    assert fetch(jpn, "yuma", "view") == YUMA
    # Points have no other time than the one that their file has, which such a view hides.
    for form in ("sp3", "clk"):
        send(usa, FILES[form], "view").ok(201)
        assert fetch(usa, form, "view")
        assert ask(jpn, form, "view").problem(422)["where"] == "points[0]"


def test_hidden_records_are_in_no_file(usa, jpn):
    withheld = {"Relto-Label": '{"restriction": ' + str(restriction()).replace("'", '"') + "}"}
    for form in FILES:
        send(usa, FILES[form], f"hidden-{form}", "S//NF", withheld).ok(201)
        assert fetch(usa, form, f"hidden-{form}")
        nothing, missing = ask(jpn, form, f"hidden-{form}"), ask(jpn, form, "missing")
        assert (nothing.status, nothing.body) == (missing.status, missing.body) == (200, b"")
