"""clients/relto: the program as people run it, against the exchange; what it says must be what the exchange says."""
import contextlib
import csv
import io
import json
import os
import pty
import random
import re
import socket
import ssl
import subprocess
import termios
import threading
import zipfile
from datetime import timedelta

import pytest

import schema
from coalition import ANY_TIME, changed, entry, observation, restriction
from elements import element_set
from harness import PATIENCE, ROOT, iso, principal_id, reltod_path
from queries import look

PROGRAM = reltod_path().parent / "clients/relto/relto"
DONE, REFUSED, USAGE, DATA, NO_INPUT, UNREACHABLE, NOT_NOW, BROKEN, FORBIDDEN, SETUP = 0, 1, 64, 65, 66, 69, 75, 76, 77, 78
SHARED = "S//REL TO USA, GBR, JPN"
MISSING = "00000000-0000-8000-8000-000000000000"
ALL = f"obTime={ANY_TIME}"


class Relto:
    """The program, run as one principal with an environment of its own."""

    def __init__(self, exchange, home, partner, role="operator"):
        certificate, key = exchange.pki.principal(partner, role)
        self.home = home
        self.environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                            "RELTO_URL": f"https://127.0.0.1:{exchange.port}", "RELTO_CA": str(exchange.pki.authority),
                            "RELTO_CERT": str(certificate), "RELTO_KEY": str(key)}
        self.environment.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})

    def start(self, *arguments, **environment):
        environment = {k: v for k, v in dict(self.environment, **environment).items() if v is not None}
        return subprocess.Popen([str(PROGRAM), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment, cwd=self.home)

    def __call__(self, *arguments, given="", status=DONE, **environment):
        process = self.start(*arguments, **environment)
        process.out, process.err = (b.decode() for b in process.communicate(given.encode(), timeout=PATIENCE))
        told = f"{arguments}: {process.returncode}\n{process.out}{process.err}"
        assert process.returncode == status, told
        assert (status == DONE) or process.err.startswith("relto: "), told
        return process

    def json(self, *arguments, **more):
        return json.loads(self(*arguments, "--json", **more).out)

    def lines(self, *arguments, **more):
        return [json.loads(line) for line in self(*arguments, **more).out.splitlines()]


@pytest.fixture
def relto(exchange, tmp_path):
    return lambda partner, role="operator": Relto(exchange, tmp_path, partner, role)


def written(records):
    return "".join(json.dumps(r) + "\n" for r in records)


def post(node, *records):
    return node("post", "eoobservation", given=written(records)).out.split()


# --- who ---

def test_who_one_is(relto, jpn):
    told = relto("JPN").json("whoami")
    assert told == jpn.get("/v1/whoami").ok().json()
    assert principal_id("JPN", "operator") in relto("JPN")("whoami").out


def test_profiles(exchange, relto, tmp_path):
    def config(partner, role):
        certificate, key = exchange.pki.principal(partner, role)
        return f"[{partner.lower()}-{role}]\ncert = {certificate}\nkey = {key}\n"

    def who(*arguments, **environment):
        return relto("USA").json(*arguments, "whoami", **environment)["id"]

    (tmp_path / "config").write_text(config("JPN", "node") + config("GBR", "operator"))
    assert who("--config", tmp_path / "config") == principal_id("USA", "operator")
    assert who("--config", tmp_path / "config", "--profile", "jpn-node") == principal_id("JPN", "node")
    assert who("--config", tmp_path / "config", RELTO_PROFILE="gbr-operator") == principal_id("GBR", "operator")
    (tmp_path / ".config/relto").mkdir(parents=True)
    (tmp_path / ".config/relto/config").write_text(config("JPN", "node").replace("jpn-node", "default"))
    assert who(RELTO_CERT=None, RELTO_KEY=None) == principal_id("JPN", "node")
    assert who() == principal_id("USA", "operator")
    certificate, key = exchange.pki.principal("AUS", "fdo")
    named = {"RELTO_AUS_FDO_CERT": str(certificate), "RELTO_AUS_FDO_KEY": str(key)}
    assert who("--profile", "aus-fdo", **named) == principal_id("AUS", "fdo")
    assert who("--cert", certificate, "--key", key) == principal_id("AUS", "fdo")


def test_set_up_that_does_not_hold(exchange, relto, tmp_path):
    usa = relto("USA")
    usa("whoami", "--profile", "nobody", status=SETUP)
    usa("whoami", "--config", tmp_path / "none", status=SETUP)
    assert "RELTO_URL" in usa("whoami", RELTO_URL=None, status=SETUP).err
    usa("whoami", RELTO_URL="http://127.0.0.1:1", status=SETUP)
    usa("whoami", RELTO_CERT=str(tmp_path / "none"), status=SETUP)
    (tmp_path / "config").write_text("[default]\ncolour = red\n")
    assert "config:2: no such key: colour" in usa("whoami", "--config", tmp_path / "config", status=SETUP).err
    usa("whoami", "--retries", "0", RELTO_URL="https://127.0.0.1:1", status=UNREACHABLE)
    usa("whoami", RELTO_CA=str(exchange.pki.principal("USA", "operator")[0]), status=FORBIDDEN)
    certificate, key = exchange.pki.principal("USA", "operator", "unregistered")
    usa("whoami", RELTO_CERT=str(certificate), RELTO_KEY=str(key), status=FORBIDDEN)


@pytest.mark.parametrize("line", [[], ["nothing"], ["whoami", "more"], ["get", "eoobservation"], ["whoami", "--nosuch"],
                                  ["whoami", "--json=1"], ["query", "elset", "--columns"], ["whoami", "-x"],
                                  ["query", "elset", "epoch"], ["post", "elset", "--batch", "0"],
                                  ["whoami", "--json", "--json"], ["count", "elset", "--json"],
                                  ["export", "elset", "--partial"], ["recall", "elset", MISSING],
                                  ["request", "ask"], ["evaluate", "U"]])
def test_a_wrong_command_line(relto, line):
    assert not relto("USA")(*line, status=USAGE).out


# --- every type ---

@pytest.mark.parametrize("kind", schema.type_names())
def test_every_type_goes_in_and_comes_out(exchange, relto, usa, kind):
    document = usa.get("/v1/openapi.json").ok().json()
    described = schema.Type(document, kind)
    dice = random.Random(f"client:{kind}")
    records = [described.record(dice, exchange.now, 0.5) for _ in range(7)]
    node, reader = relto("USA", "node"), relto("USA")
    time = [f"{name}={value}" for name, value in look(kind).items()]
    ids = node("post", kind, "--batch", 3, given=written(records)).out.split()
    assert len(set(ids)) == 7 and node("post", kind, given=json.dumps(records)).out.split() == ids
    as_sent = usa.get(f"/v1/{kind}", dict(t.split("=", 1) for t in time)).ok()
    assert {r["id"] for r in as_sent.json()} >= set(ids)
    assert int(reader("count", kind, *time).out) == len(as_sent.json())
    assert reader("query", kind, *time, "--json").out == as_sent.body.decode() + "\n" or \
        reader.json("query", kind, *time) == as_sent.json()
    exported = reader("export", kind, *time).out.splitlines()
    assert [json.loads(line) for line in exported] == as_sent.json()
    assert all(line.encode() in as_sent.body for line in exported), "every digit as it was sent"
    mine = "\n".join(line for line in exported if json.loads(line)["id"] in ids)
    assert sorted(node("post", kind, given=mine).out.split()) == sorted(ids), "what was sent is the record that it is"
    assert reader.json("get", kind, ids[0]) == usa.get(f"/v1/{kind}/{ids[0]}").ok().json()
    assert kind in reader("types").out.split()


# --- post ---

def test_all_forms_of_records(relto, tmp_path):
    node = relto("USA", "node")
    records = [observation() for _ in range(6)]
    (tmp_path / "array.json").write_text(json.dumps(records[:3], indent=2))
    (tmp_path / "lines.ndjson").write_text(written(records[3:5]))
    ids = node("post", "eoobservation", tmp_path / "array.json", tmp_path / "lines.ndjson", "-",
               given=json.dumps(records[5])).out.split()
    assert len(set(ids)) == 6
    assert [relto("USA").json("get", "eoobservation", i)["obTime"] for i in ids] == [r["obTime"] for r in records]
    assert post(node, *records) == ids


def test_digits_stay_as_they_are(relto):
    text = json.dumps(observation()).replace('"declination": -30.25', '"declination": -30.2500000000000000001')
    [one] = relto("USA", "node")("post", "eoobservation", given=text).out.split()
    assert "-30.2500000000000000001" in relto("USA")("get", "eoobservation", one).out
    assert "-30.2500000000000000001" in relto("USA")("export", "eoobservation", ALL, f"id={one}", "--format", "csv").out


def test_what_is_refused_does_not_stop_the_rest(relto):
    node = relto("USA", "node")
    records = [observation() for _ in range(5)]
    records[1]["azimuth"] = "north"
    records[3] = observation("S//NF")
    done = node("post", "eoobservation", "--batch", 2, given=written(records), status=DATA)
    assert len(done.out.split()) == 3
    assert "standard input:2: record 2: $[1].azimuth" in done.err and "standard input:4: record 4" in done.err
    assert "3 accepted, 2 refused" in done.err
    told = [json.loads(line) for line in node("post", "eoobservation", "--json", given=written(records), status=DATA)
            .out.splitlines()]
    assert [t["record"] for t in told] == [1, 2, 3, 4, 5]
    assert [t.get("id") for t in told if "id" in t] == done.out.split()
    assert told[1]["error"]["status"] == 422 or told[1]["error"]["status"] == 400


@pytest.mark.parametrize("rest, line", [('{"a": 1', 2), ("nonsense", 2), ("[1]", 2), ("\n\n]", 4), ('[{"a":1}', 2)])
def test_what_breaks_off_is_said_and_the_rest_is_sent(relto, rest, line):
    done = relto("USA", "node")("post", "eoobservation", given=written([observation()]) + rest, status=DATA)
    assert len(done.out.split()) == 1 and f"standard input:{line}: expected" in done.err


def test_a_report_says_what_is_done(relto, tmp_path):
    node, report = relto("USA", "node"), tmp_path / "report"
    records = [observation() for _ in range(6)]
    first = node("post", "eoobservation", "--report", report, given=written(records[:4])).out.split()
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert [line["id"] for line in lines] == first and [line["record"] for line in lines] == [1, 2, 3, 4]
    report.write_text("".join(report.read_text().splitlines(True)[:2]) + '{"record":3,"sha')  # a crash while it was written
    rest = node("post", "eoobservation", "--report", report, given=written(records)).out.split()
    assert rest[:2] == first[2:] and len(rest) == 4
    assert node("post", "eoobservation", "--report", report, given=written(records)).out == ""
    assert node("post", "radarobservation", "--report", report, given=written(records[:1])).out, "of another type"


def test_a_report_is_kept_when_the_exchange_is_away(relto, tmp_path):
    node, report = relto("USA", "node"), tmp_path / "report"
    records = [observation() for _ in range(3)]
    node("post", "eoobservation", "--report", report, "--retries", 0, given=written(records), status=UNREACHABLE,
         RELTO_URL="https://127.0.0.1:1")
    assert report.read_text() == ""


def test_a_label_for_all(relto, exchange):
    label = json.dumps({"restriction": restriction(exchange.now)})
    node = relto("USA", "node")
    [one] = node("post", "eoobservation", "--label", label, given=json.dumps(observation("S//NF"))).out.split()
    relto("GBR")("get", "eoobservation", one, status=REFUSED)
    assert relto("USA").json("get", "eoobservation", one)["classificationMarking"] == "S//NF"


def test_what_was_sent_is_posted_back(exchange, relto):
    """To the exchange it came from it is the record that it was; what only tells of its release says nothing there."""
    exchange.apply(changed(exchange.policy, lambda p: entry(p, "partners", code="GBR").update(authorises=["USA"])))
    reason = {"restriction": restriction(exchange.now)}
    other = post(relto("USA", "node"), observation(origin="first"))[0]
    records = [observation("S//NF", relto=reason), observation("U", relto={"public": True}), observation(SHARED, id="mine"),
               observation(SHARED, relto={"supersedes": other, "derivedFrom": [other]}, id=other),
               observation("//JOINT S USA GBR", relto=reason), observation("U", relto={"owners": ["GBR", "USA"]}),
               observation(relto={"embargoUntil": iso(exchange.now + timedelta(hours=1)), "expires": "2090-01-01"})]
    node = relto("USA", "node")
    ids = post(node, *records)
    exported = relto("USA", "fdo")("export", "eoobservation", ALL, f"id={','.join(ids)}").out
    shown = {r["id"]: r for r in map(json.loads, exported.splitlines())}
    assert len(shown) == len(records) and all(r["relto"]["originator"] == "USA" for r in shown.values())
    assert list(shown) == node("post", "eoobservation", given=exported).out.split()
    theirs = relto("JPN")("export", "eoobservation", ALL, f"id={ids[2]}").out
    assert json.loads(theirs)["relto"]["owners"] == ["USA"]
    refused = relto("JPN", "node")("post", "eoobservation", given=theirs, status=DATA)
    assert "USA has not authorised JPN to post for it" in refused.err
    exchange.apply(exchange.policy)


def test_who_may_not_post(relto):
    done = relto("USA", "auditor")("post", "eoobservation", given=json.dumps(observation()), status=FORBIDDEN)
    assert not done.out
    relto("USA", "node")("post", "nosuchtype", given="{}", status=REFUSED)
    relto("USA", "node")("post", "eoobservation", "/nonexistent", status=NO_INPUT)


# --- looking ---

def test_a_table(relto):
    sensor = "bell\u0007 \u009b31m\t日本"
    [one] = post(relto("USA", "node"), observation(SHARED, origin=sensor))
    done = relto("GBR")("query", "eoobservation", ALL, f"id={one}").out.splitlines()
    assert done[0] == done[-1] and "REL TO" in done[0], "the roll-up of the markings"
    assert done[1].split()[:2] == ["id", "effectiveMarking"] and "obTime" in done[1] and one in done[2]
    assert "bell? ?31m?日本" in done[2]
    chosen = relto("GBR")("query", "eoobservation", ALL, f"id={one}", "--columns", "satNo,nothing,id").out.splitlines()
    assert chosen[1].split() == ["satNo", "nothing", "id"] and chosen[2].split()[1] == one
    assert relto("GBR").lines("export", "eoobservation", ALL, f"id={one}")[0]["origin"] == sensor


def test_hidden_is_missing(relto):
    [one] = post(relto("USA", "node"), observation("S//REL TO USA, JPN"))
    said = [relto("GBR")("get", "eoobservation", i, status=REFUSED) for i in (one, MISSING)]
    assert said[0].err == said[1].err and said[0].out == said[1].out == ""
    assert relto("GBR")("count", "eoobservation", ALL, f"id={one}").out == "0\n"
    assert relto("JPN")("count", "eoobservation", ALL, f"id={one}").out == "1\n"
    assert one not in relto("GBR")("query", "eoobservation", ALL).out


def test_what_the_exchange_says_is_wrong(relto):
    assert "obTime" in relto("USA")("query", "eoobservation", status=DATA).err
    assert "nosuch" in relto("USA")("query", "eoobservation", ALL, "nosuch=1", status=DATA).err


def test_csv(relto, tmp_path):
    text = 'a "quoted", text\r\nof two lines'
    ids = post(relto("USA", "node"), observation(origin=text), observation(azimuth=12.50))
    out = tmp_path / "out.csv"
    reader = relto("USA")
    assert reader("export", "eoobservation", ALL, f"id={','.join(ids)}", "--format", "csv", "--output", out).out == ""
    rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode(), newline="")))
    sent = {r["id"]: r for r in reader.json("query", "eoobservation", ALL, f"id={','.join(ids)}")}
    assert {r["id"] for r in rows} == set(ids) and set(rows[0]) == set().union(*sent.values())
    for row in rows:
        for name, value in row.items():
            found = sent[row["id"]].get(name)
            assert value == ("" if found is None else found if isinstance(found, str) else value)
            if isinstance(found, (int, float, dict, list)):
                assert json.loads(value) == found
    few = reader("export", "eoobservation", ALL, f"id={ids[1]}", "--format", "csv", "--columns", "id,azimuth").out
    assert few == f"id,azimuth\r\n{ids[1]},12.5\r\n" or few == f"id,azimuth\r\n{ids[1]},12.50\r\n"


def test_a_file_is_whole_or_not_there(relto, tmp_path):
    out = tmp_path / "out.json"
    relto("USA")("export", "eoobservation", "--output", out, status=DATA)
    assert list(tmp_path.iterdir()) == []
    relto("USA")("export", "eoobservation", ALL, "maxResults=3", "--format", "json", "--output", out)
    assert len(json.loads(out.read_text())) == 3 and list(tmp_path.iterdir()) == [out]
    assert relto("USA")("export", "eoobservation", ALL, f"id={MISSING}", "--format", "json").out == "[]\n"


def test_thousands_come_whole(relto):
    node, reader = relto("USA", "node"), relto("USA")
    records = [observation(source="thousands") for _ in range(3000)]
    assert len(node("post", "eoobservation", given=written(records)).out.split()) == 3000
    exported = reader.lines("export", "eoobservation", ALL, "source=thousands")
    assert sorted(r["satNo"] for r in exported) == sorted(r["satNo"] for r in records)
    assert len(reader.json("query", "eoobservation", ALL, "source=thousands")) == 3000


# --- following ---

def test_a_position_goes_on_where_it_was(relto, tmp_path):
    node, reader, position = relto("USA", "node"), relto("JPN"), tmp_path / "position"
    assert reader("tail", "--once", "--position", position).out == "", "from now on"
    ids = post(node, *[observation(SHARED) for _ in range(5)])
    first = reader("tail", "--once", "--position", position, "--limit", 2).out.splitlines()
    assert [line.split()[2] for line in first] == ids[:2] and "eoobservation" in first[0] and "REL TO" in first[0]
    rest = reader.lines("tail", "--once", "--position", position, "--json")
    assert [c["record"]["id"] for c in rest] == ids[2:] and int(position.read_text()) == rest[-1]["position"]
    assert reader("tail", "--once", "--position", position).out == ""
    again = reader.lines("tail", "--once", "--after", first[0].split()[0], "--json")
    assert [c["record"]["id"] for c in again] == ids[1:]
    position.write_text("nonsense\n")
    reader("tail", "--once", "--position", position, status=DATA)


def test_one_type_and_all_from_the_beginning(relto):
    node, reader = relto("USA", "node"), relto("GBR")
    [one] = post(node, observation(SHARED))
    assert one in reader("tail", "--once", "--after", 0).out
    assert one in reader("tail", "eoobservation", "--once", "--after", 0).out
    assert one not in reader("tail", "elset", "--once", "--after", 0).out


def test_what_comes_is_shown_as_it_comes(relto, tmp_path):
    node, reader, position = relto("USA", "node"), relto("JPN"), tmp_path / "position"
    reader("tail", "--once", "--position", position)
    waiting = reader.start("tail", "--position", position, "--limit", 2)
    ids = [post(node, observation(SHARED))[0] for _ in range(2)]
    out, err = (b.decode() for b in waiting.communicate(timeout=PATIENCE))
    assert waiting.returncode == DONE and [line.split()[2] for line in out.splitlines()] == ids, err


def test_what_was_followed_can_be_taken_in_elsewhere(relto, tmp_path):
    records = [dict(observation(), source="elsewhere") for _ in range(2)]
    lines = [{"position": i, "kind": "record", "type": "eoobservation", "record": r} for i, r in enumerate(records)]
    ids = relto("GBR", "node")("import", given=written(lines)).out.split()
    assert len(ids) == 2 and ids == relto("GBR", "node")("import", "--type", "eoobservation",
                                                         given=json.dumps(records)).out.split()
    relto("GBR", "node")("import", given=json.dumps(records), status=USAGE)


TLE = ("ISS (ZARYA)\n1 25544U 98067A   24321.51782528  .00016717  00000-0  10270-3 0  900{}\n"
       "2 25544  51.6400 208.9163 0006703 130.5360 325.0288 15.49815505 56353\n")


def test_element_sets_as_text(relto, tmp_path):
    def summed(line):
        return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)

    lines = TLE.format(1).splitlines()
    (tmp_path / "iss.tle").write_text("\n".join([lines[0], summed(lines[1]), summed(lines[2])]) + "\n")
    node = relto("USA", "node")
    given = ["--marking", "U", "--mode", "TEST", "--source", "a file"]
    [one] = node("import", tmp_path / "iss.tle", *given).out.split()
    stored = relto("USA").json("get", "elset", one)
    assert (stored["satNo"], stored["source"], stored["dataMode"]) == (25544, "a file", "TEST")
    assert [one] == node("import", *given, given=(tmp_path / "iss.tle").read_text()).out.split()
    assert "classificationMarking" in node("import", tmp_path / "iss.tle", *given[2:], status=DATA).err
    (tmp_path / "iss.tle").write_text("\n".join([lines[0], summed(lines[1]), lines[2][:40]]) + "\n")
    assert "iss.tle: line 3" in node("import", tmp_path / "iss.tle", *given, status=DATA).err


GIVEN = ["--marking", "U", "--mode", "TEST", "--source", "a file"]


def test_files_that_the_exchange_reads(relto, tmp_path):
    node = relto("USA", "node")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("one.tle", element_set("00701") + element_set("00702"))
        archive.writestr("two.txt", element_set("00703")[:-2] + "\n")
    refused = node("import", tmp_path / "all.zip", *GIVEN, "--origin", "18 SDS", "--tags", "a,b", status=DATA)
    assert refused.out == "" and "all.zip: two.txt, line 2" in refused.err
    told = node("import", tmp_path / "all.zip", *GIVEN, "--origin", "18 SDS", "--tags", "a,b", "--partial", status=DATA)
    ids = told.out.split()
    assert len(ids) == 2 and "all.zip: two.txt:1" in told.err and "2 accepted, 1 refused" in told.err
    for identifier in ids:
        stored = relto("USA").json("get", "elset", identifier)
        assert (stored["origin"], stored["tags"]) == ("18 SDS", ["a", "b"])
    lines = node("import", tmp_path / "all.zip", *GIVEN, "--origin", "18 SDS", "--tags", "a,b", "--partial", "--json", status=DATA).out
    results = [json.loads(line) for line in lines.splitlines()]
    assert [r.get("id") for r in results] == [*ids, None] and results[2]["file"] == "two.txt"
    # What the file is may be said, and then counts.
    assert "line 1" in node("import", *GIVEN, "--format", "sp3", given=element_set(), status=DATA).err
    assert "expected one of" in node("import", *GIVEN, "--format", "nonsense", given=element_set(), status=DATA).err


def test_what_was_imported_is_exported_as_it_was(relto, tmp_path):
    sets = element_set("00721", name="SAT 721") + element_set("00722", "26143.25000000", name="SAT 722")
    (tmp_path / "in.tle").write_text(sets)
    ids = relto("USA", "node")("import", tmp_path / "in.tle", *GIVEN, "--received", "2026-05-24T00:00:00Z").out.split()
    ask = ["export", "elset", "epoch=>2020-01-01", f"id={','.join(ids)}", "sort=satNo"]
    assert relto("USA")(*ask, "--format", "tle", "--output", tmp_path / "out.tle").out == ""
    lines = [line for line in (tmp_path / "out.tle").read_text().splitlines() if line[:2] in ("1 ", "2 ")]
    assert lines == [line for line in sets.splitlines() if line[:2] in ("1 ", "2 ")]
    assert "format" in relto("USA")(*ask, "--format", "sp3", status=DATA).err


def test_a_file_is_passed_over_once_it_is_reported(relto, tmp_path):
    node = relto("USA", "node")
    (tmp_path / "sets.tle").write_text(element_set("00711") + element_set("00712"))
    command = ["import", tmp_path / "sets.tle", *GIVEN, "--report", tmp_path / "report"]
    assert len(node(*command).out.split()) == 2
    assert len((tmp_path / "report").read_text().splitlines()) == 2
    assert node(*command).out == ""


def test_what_is_doubtful_or_left_out_of_a_file_is_told(relto, false_exchange, tmp_path):
    (tmp_path / "a.nav").write_text("RINEX")
    said = (b'{"format":"rinex","stored":3,"refused":0,"results":[{"index":0,"type":"navephemeris","line":7,"id":"x","warnings":["week \\u001b[2J off"]},'
            b'{"index":1,"type":"navephemeris","file":"in.rnx","id":"y"}],"leftOut":[{"line":3,"what":"LEAP SECONDS"}],"leftOutMore":4}')
    url, asked = false_exchange(answer(said, "201 Created"))
    told = relto("USA", "node")("import", tmp_path / "a.nav", *GIVEN, RELTO_URL=url)
    assert told.out == "x\ny\n" and asked[0][1] == b"RINEX"
    assert "a.nav:7: warning: week ?[2J off\n" in told.err
    assert "a.nav:3: left out: LEAP SECONDS\n" in told.err and "left out: 4 more\n" in told.err
    for said in (b"{}", b"nonsense"):
        url, _ = false_exchange(answer(said, "201 Created"))
        relto("USA", "node")("import", tmp_path / "a.nav", *GIVEN, RELTO_URL=url, status=BROKEN)


def completed(*words):
    """What is offered for the last word."""
    script = '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _relto; echo "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script, ROOT / "clients/relto/relto.bash", "relto", *words], stdout=subprocess.PIPE, check=True)
    return set(done.stdout.decode().split())


def test_formats_are_completed(relto):
    """Those that the exchange tells: of a file that it reads, and of every type that it writes."""
    def told(*arguments):
        said = relto("USA", "node")(*arguments, "--format", "nonsense", given="x", status=DATA).err
        return set(re.search("expected one (?:of|that .* has:) (.*) - BAD_QUERY", said)[1].split(", "))
    assert told("import", *GIVEN) == completed("import", "--format", "")
    written_forms = [told("export", kind, *(f"{n}={v}" for n, v in look(kind).items())) for kind in schema.type_names()]
    assert set.union(*written_forms) | {"ndjson"} == completed("export", "elset", "--format", "")


def test_files_of_other_tools_are_made_by_the_exchange(relto, false_exchange, tmp_path):
    text = b"\x00ISS\r\n1 25544U\n"
    url, asked = false_exchange(answer(text, headers="X-Left-Out: 2\r\nX-Left-Out-Ids: a, b\r\n"))
    told = relto("USA")("export", "elset", "epoch=>now-1 days", "--format", "tle", "--partial", "--output", tmp_path / "out", RELTO_URL=url)
    assert (tmp_path / "out").read_bytes() == text and told.err == "relto: left out, as tle cannot express them: 2: a, b\n"
    assert asked[0][0].startswith(b"GET /v1/elset?epoch=%3Enow-1%20days&format=tle&partial=true ")
    (tmp_path / "out").unlink()
    url, _ = false_exchange(answer(text, length=99))
    relto("USA")("export", "elset", "--format", "tle", "--output", tmp_path / "out", RELTO_URL=url, status=NOT_NOW)
    assert not (tmp_path / "out").exists()


# --- decisions ---

def test_evaluate(relto, fdo):
    asked = {"type": "eoobservation", "dataMode": "TEST", "classificationMarking": SHARED}
    command = ["evaluate", SHARED, "--type", "eoobservation", "--mode", "TEST"]
    told = relto("USA", "fdo").json(*command)
    assert told["partners"] == fdo.post("/v1/policy/evaluate", asked).ok().json()["partners"]
    table = {line.split()[0]: line.split()[1] for line in relto("USA", "fdo")(*command).out.splitlines()[1:]}
    assert table == {p["partner"]: str(p["permit"]).lower() for p in told["partners"]} and len(table) == 8
    gates = relto("USA", "fdo")(*command, "--as", "AUS", "--gates").out
    assert re.search(r"^  failed  G4", gates, re.MULTILINE) and "\nAUS\n" in gates
    withheld = ["evaluate", "S//NF", "--type", "eoobservation", "--mode", "TEST"]
    assert "It would not be accepted: " in relto("USA", "fdo")(*withheld).out
    label = json.dumps({"restriction": restriction()})
    assert "not be accepted" not in relto("USA", "fdo")(*withheld, "--relto", label).out


def test_explain(relto):
    [one] = post(relto("USA", "node"), observation("S//REL TO USA, JPN"))
    told = relto("USA", "fdo")("explain", "eoobservation", one).out
    assert re.search(r"^JPN +true", told, re.MULTILINE) and re.search(r"^GBR +false", told, re.MULTILINE)
    alone = relto("USA", "fdo")("explain", "eoobservation", one, "--as", "GBR", "--gates").out
    assert "JPN  " not in alone and "  failed  G4" in alone
    hidden = [relto("GBR", "fdo")("explain", "eoobservation", i, status=REFUSED).err for i in (one, MISSING)]
    assert hidden[0] == hidden[1]


def test_ask_for_a_release(exchange, relto):
    [one] = post(relto("USA", "node"), observation("S//RELIDO", relto={"restriction": restriction(exchange.now)}))
    jpn = relto("JPN")
    until = iso(exchange.now.replace(year=exchange.now.year + 1))[:19] + "Z"
    asked = jpn.json("request", "ask", "--type", "eoobservation", "--id", one, "--purpose", "a test", "--until", until)
    shown = jpn.json("request", "show", asked["id"])
    assert shown["state"] == "open" and shown["scope"] == {"type": "eoobservation", "record": one}
    assert asked["id"] in jpn("request", "list").out and "open" in jpn("request", "show", asked["id"]).out
    jpn("request", "withdraw", asked["id"])
    assert jpn.json("request", "show", asked["id"])["state"] == "withdrawn"
    scope = jpn.json("request", "ask", "--type", "eoobservation", "--owner", "USA", "--object", "25544", "--purpose", "p",
                     "--until", until)
    assert jpn.json("request", "show", scope["id"])["scope"]["object"] == "25544"
    jpn("request", "show", MISSING, status=REFUSED)
    jpn("request", "ask", "--type", "eoobservation", "--id", one, "--owner", "USA", "--purpose", "p", "--until", until,
        status=USAGE)


def test_recall(relto):
    [one] = post(relto("USA", "node"), observation(SHARED))
    recall = ["recall", "eoobservation", one, "--reason", "wrong sensor"]
    relto("USA", "node")(*recall, status=REFUSED)
    relto("JPN", "fdo")(*recall, status=REFUSED)
    assert relto("USA", "fdo").json(*recall, "--dry-run")
    relto("JPN")("get", "eoobservation", one)
    assert relto("USA", "fdo")(*recall).out == ""
    relto("JPN")("get", "eoobservation", one, status=REFUSED)


# --- an exchange that does not do what it should ---

@pytest.fixture
def false_exchange(pki):
    """false_exchange(answers): its URL; it gives these answers as they stand, one a connection, and then none."""
    sockets = []

    def serve(listening, answers, asked):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, pki.server))
        with contextlib.suppress(OSError):  # what is left when the test has ended
            give(listening, context, answers, asked)

    def give(listening, context, answers, asked):
        for answer in answers:
            with context.wrap_socket(listening.accept()[0], server_side=True) as peer:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += peer.recv(65536)
                head, body = request.split(b"\r\n\r\n", 1)
                length = re.search(rb"Content-Length: (\d+)", head)
                while length and len(body) < int(length[1]):
                    body += peer.recv(65536)
                asked.append((head, body))
                peer.sendall(answer)

    def start(*answers):
        listening = socket.create_server(("127.0.0.1", 0))
        asked = []
        thread = threading.Thread(target=serve, args=(listening, answers, asked), daemon=True)
        thread.start()
        sockets.append((listening, thread))
        return f"https://127.0.0.1:{listening.getsockname()[1]}", asked

    yield start
    for listening, thread in sockets:
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)
        listening.close()


def answer(body, status="200 OK", headers="", length=None):
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body) if length is None else length}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + body


BUSY = answer(b'{"detail":"busy"}', "503 Service Unavailable", "Retry-After: 1\r\n")


def test_what_is_refused_for_now_is_asked_again(relto, false_exchange):
    url, asked = false_exchange(BUSY, answer(b'{"results":[{"index":0,"id":"x"}]}', "201 Created"))
    assert relto("USA")("post", "elset", given='{"a":1.10}', RELTO_URL=url).out == "x\n"
    assert [body for _, body in asked] == [b'[{"a":1.10}]'] * 2 and asked[0][0].startswith(b"POST /v1/elset/createBulk?partial=true ")
    url, _ = false_exchange(BUSY, BUSY)
    assert "busy" in relto("USA")("count", "elset", "--retries", 1, RELTO_URL=url, status=NOT_NOW).err


def test_a_post_is_sent_again_and_a_question_for_a_release_is_not(relto, false_exchange):
    good = answer(b'{"results":[{"index":0,"id":"x"}]}', "201 Created")
    url, asked = false_exchange(b"", good)
    assert relto("USA")("post", "elset", given='{"a":1}', RELTO_URL=url).out == "x\n" and len(asked) == 2
    url, asked = false_exchange(b"")
    relto("USA")("request", "ask", "--type", "elset", "--id", MISSING, "--purpose", "p", "--until", "2030-01-01T00:00:00Z",
                 RELTO_URL=url, status=NOT_NOW)
    assert len(asked) == 1


@pytest.mark.parametrize("form", ["ndjson", "json", "csv"])
@pytest.mark.parametrize("broken, status", [(answer(b'[{"a":1},{"b"', length=99), NOT_NOW), (answer(b'[{"a":1},{"b"'), BROKEN),
                                            (answer(b'[{"a":1}'), BROKEN), (answer(b"nonsense"), BROKEN)],
                         ids=["length", "record", "array", "nonsense"])
def test_what_is_cut_short_is_not_taken_for_whole(relto, false_exchange, tmp_path, broken, status, form):
    url, _ = false_exchange(broken)
    relto("USA")("export", "elset", "--format", form, "--output", tmp_path / "out", RELTO_URL=url, status=status)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", [b"", b"{}", b'{"results":[]}', b'{"results":[{"index":0,"id":"x"}]}', b"nonsense"])
def test_only_what_is_acknowledged_counts(relto, false_exchange, tmp_path, body):
    url, _ = false_exchange(answer(body, "201 Created"))
    done = relto("USA")("post", "elset", "--report", tmp_path / "r", given='{"a":1}{"a":2}', RELTO_URL=url, status=BROKEN)
    assert done.out == (tmp_path / "r").read_text() and done.out == "" or done.out == "x\n"
    assert (tmp_path / "r").read_text().count("\n") == done.out.count("\n")


def test_a_position_moves_only_behind_what_is_written(relto, false_exchange, tmp_path):
    page = b'{"position":7,"more":false,"changes":[{"position":7,"kind":"record","type":"elset","record":{"id":"x"}}]}'
    url, _ = false_exchange(answer(page))
    (tmp_path / "position").write_text("6\n")
    usa = relto("USA")
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "tail", "--once", "--position", tmp_path / "position"], stdout=full,
                              stderr=subprocess.PIPE, env=dict(usa.environment, RELTO_URL=url), timeout=PATIENCE)
    assert done.returncode == 74 and (tmp_path / "position").read_text() == "6\n", done.stderr


# --- on a terminal ---

def test_progress_and_width_on_a_terminal(relto, false_exchange):
    many = [{"results": [{"index": 0, "id": "x"}]}] * 2
    url, _ = false_exchange(*[answer(json.dumps(m).encode(), "201 Created") for m in many])
    record = {"id": "x", "effectiveMarking": "U", "a": "w" * 40, "b": "never shown" * 4}
    listed, _ = false_exchange(answer(json.dumps([record]).encode()))
    usa = relto("USA")

    def on_terminal(url, *arguments, given=b""):
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.PIPE, stdout=theirs, stderr=theirs,
                                   env=dict(usa.environment, RELTO_URL=url))
        os.close(theirs)
        process.communicate(given, timeout=PATIENCE)
        shown = b""
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 65536):
                shown += piece
        os.close(ours)
        assert process.returncode == DONE, shown
        return shown.decode()

    shown = on_terminal(url, "post", "elset", "--batch", 1, given=b'{"a":1}{"a":2}')
    assert "1 records sent" in shown and "2 accepted, 0 refused" in shown
    shown = on_terminal(listed, "query", "elset")
    assert "w" * 40 in shown and "never" not in shown
