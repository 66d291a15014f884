"""Every record type: its description, what is taken and refused, what queries find, paging, retries, ETags."""
import concurrent.futures
import datetime
import json
import os
import random
import re
import uuid

import pytest

import coalition
import schema
from coalition import ANY_TIME, observation
from harness import day_zero, iso, parse_iso, say
from queries import TIME_REQUIRED, TIMES, holds, key, look, predicate, write

UDL = schema.udl_fields()
TYPES = schema.type_names()
KINDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "datetime": "time", "enum": "enum",
         "object": "object"}


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


@pytest.fixture(scope="module")
def document(node):
    return node.get("/v1/openapi.json").ok().json()


@pytest.fixture(scope="module")
def types(document):
    return {name: schema.Type(document, name) for name in TYPES}


def dice(*parts):
    return random.Random(":".join(map(str, parts)))


# --- descriptions ---

def test_openapi_lists_every_type(document):
    assert document["openapi"].startswith("3.1")
    for prefix in ("v1", "udl"):
        assert sorted(re.findall(rf"^/{prefix}/(\w+)/createBulk$", "\n".join(document["paths"]), re.MULTILINE)) == TYPES
    for kind in TYPES:
        assert {"get", "post"} <= set(document["paths"][f"/v1/{kind}"])
        for rest in ("count", "{id}", "queryhelp", "createBulk", "tuple", "history", "history/count"):
            assert f"/v1/{kind}/{rest}" in document["paths"]


# What records have beyond those, so that they can be written in the form they came in.
OWN = {"elset": {"classificationType": "string", "elementSetNo": "integer", "internationalDesignator": "string", "message": "string",
                 "warnings": "string[]"},
       "conjunction": {"creationDate": "time", "message": "string", "warnings": "string[]"},
       "statevector": {"internationalDesignator": "string", "message": "string", "warnings": "string[]"},
       "ephemerisset": {"message": "string", "objectName": "string", "warnings": "string[]"}}


@pytest.mark.parametrize("kind", sorted(UDL))
def test_fields_are_those_of_the_udl(types, kind):
    described = types[kind]
    found = {}

    def walk(node, prefix):
        for name, part in node["properties"].items():
            if not prefix and name in schema.SERVER_FIELDS:
                continue
            part = described.resolve(part)
            found[prefix + name] = described.kind(part)
            inner = described.resolve(part["items"]) if part["type"] == "array" else part
            if inner["type"] == "object":
                walk(inner, f"{prefix}{name}.")

    walk(described.schema, "")
    expected = dict(OWN.get(kind, {}))
    for path, (udl_kind, _) in UDL[kind].items():
        base, brackets, _ = re.fullmatch(r"(\w+)((?:\[\])*)(?::(.*))?", udl_kind).groups()
        expected[path] = KINDS[base] + brackets
    expected.pop("id", None)
    found.pop("clientId", None)
    assert {p: k for p, k in found.items() if k != "relto"} == expected
    required = {p for p, (_, needed) in UDL[kind].items() if needed}
    assert set(described.required) == required
    for path, (udl_kind, _) in UDL[kind].items():
        if udl_kind.startswith("enum") and "." not in path:
            node = described.properties[path]
            values = described.resolve(node["items"])["enum"] if "[]" in udl_kind else node["enum"]
            listed = re.split(r"(?<!\\),", udl_kind.split(":")[1])
            assert sorted(values) == sorted(v.replace("\\,", ",") for v in listed), path


def test_fields_of_an_advisory(types):
    names = " ".join(types["gnssadvisory"].properties).lower()
    for word in ("issuer", "number", "type", "constellation", "svn", "prn", "start", "stop", "reference", "status", "text"):
        assert word in names, word


@pytest.mark.parametrize("kind", TYPES)
def test_queryhelp(node, types, kind):
    told = node.get(f"/v1/{kind}/queryhelp").ok().json()
    assert set(told) >= {"aodrSupported", "classificationMarking", "description", "historySupported", "name", "parameters",
                         "requiredRoles", "restSupported", "sortSupported", "typeName", "uri"}
    assert told["restSupported"] is True and told["sortSupported"] is True and kind in told["uri"]
    parameters = {p["name"]: p for p in told["parameters"]}
    assert len(parameters) == len(told["parameters"])
    assert set(parameters) >= set(types[kind].properties) | {"createdAt", "createdBy", "origNetwork", "id"}
    for name, needed in ((n, n == TIME_REQUIRED.get(kind)) for n in types[kind].properties):
        assert parameters[name]["required"] == needed or not needed, name
    assert node.get(f"/udl/{kind}/queryhelp").ok().json()["parameters"] == told["parameters"]


# --- what goes in comes out ---

def same(sent, got):
    """Equal as JSON; numbers by value, times by instant."""
    if isinstance(sent, dict):
        return isinstance(got, dict) and set(sent) == set(got) and all(same(v, got[k]) for k, v in sent.items())
    if isinstance(sent, list):
        return isinstance(got, list) and len(sent) == len(got) and all(map(same, sent, got))
    return type(sent) is type(got) and sent == got or (
        isinstance(sent, (int, float)) and isinstance(got, (int, float)) and not isinstance(sent, bool) and sent == got)


@pytest.mark.parametrize("kind", TYPES)
def test_record_comes_back_as_it_was_posted(exchange, node, types, kind):
    roll = dice("whole", kind)
    for share in (0.0, 0.4, 1.0):
        record = types[kind].record(roll, exchange.now, share, source=f"whole-{share}")
        identifier = node.put_record(kind, record)
        got = node.get(f"/v1/{kind}/{identifier}").ok().json()
        told = {n: got.pop(n) for n in types[kind].server if n not in types[kind].derived or n in got}
        assert same(record, got), (record, got)
        assert all(told[n] == identifier for n in ["id", *types[kind].own_ids]) and told["createdBy"] == "USA" and told["origNetwork"] == "RELTO"
        assert abs(parse_iso(told["createdAt"]) - exchange.now) < datetime.timedelta(seconds=1)
        assert told["relto"]["originator"] == "USA" and told["relto"]["owners"] == ["USA"] and told["relto"]["view"] == "full"
        assert node.get(f"/udl/{kind}/{identifier}").ok().json() == dict(got, **told)
        assert uuid.UUID(identifier).version == 8


@pytest.mark.parametrize("kind", sorted(t for t in TYPES if TIMES[t]))
def test_id_points_into_the_partition_of_its_time(exchange, node, types, kind):
    """The first 48 bits of the id: the start of the record's partition, in milliseconds from 1900."""
    field, roll = TIMES[kind], dice("id", kind)
    moments = [exchange.now - datetime.timedelta(days=d) for d in (0, 0, 1, 40, 400, 4000)]
    starts = []
    for t in moments:
        identifier = node.put_record(kind, types[kind].record(roll, t, 0, **{field: iso(t), "source": f"id-{iso(t)}"}))
        start = datetime.datetime(1900, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(
            milliseconds=uuid.UUID(identifier).int >> 80)
        assert start <= t
        starts.append(start)
    assert starts[0] == starts[1] and starts == sorted(starts, reverse=True) and starts[-1] < starts[0]


def test_numbers_keep_their_digits(node):
    text = json.dumps(observation(source="digits"))[:-1] + ', "mag": 1.50, "senlat": -0.0, "intensity": 1E2, "range": 0.1000000000000000055}'
    identifier = node.post("/v1/eoobservation", text).ok(201).json()["id"]
    body = node.get(f"/v1/eoobservation/{identifier}").ok().body.decode()
    for part in ('"mag":1.50', '"senlat":-0.0', '"intensity":1E2', '"range":0.1000000000000000055'):
        assert part in body.replace(": ", ":"), body


@pytest.mark.parametrize("given,kept", [("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
                                        ("2026-01-02T03:04:05.5+02:00", "2026-01-02T01:04:05.500000Z"),
                                        ("2026-01-02", "2026-01-02T00:00:00.000000Z"),
                                        ("2026-01-02T03:04:05.123456", "2026-01-02T03:04:05.123456Z")])
def test_times_are_kept_in_fixed_width(node, given, kept):
    identifier = node.put_record("eoobservation", observation(obTime=given))
    assert node.get(f"/v1/eoobservation/{identifier}").ok().json()["obTime"] == kept


def test_text_is_kept(node):
    for text in ("\u00e9\u65e5\U0001f6f0", "a\"b\\c/d", "\u2028", "\t\r\n", "\x7f", "' OR 1=1 --"):
        identifier = node.put_record("eoobservation", observation(descriptor=text))
        assert node.get(f"/v1/eoobservation/{identifier}").ok().json()["descriptor"] == text


def test_a_message_may_be_as_long_as_its_field_says(node):
    message = {"classificationMarking": "U", "dataMode": "TEST", "source": "long", "msgType": "TEXT", "msgBody": "x" * 2**20}
    identifier = node.put_record("notification", message)
    assert node.get(f"/v1/notification/{identifier}").ok().json()["msgBody"] == message["msgBody"]
    fault = node.post("/v1/notification", dict(message, msgBody=message["msgBody"] + "x")).problem(422)
    assert fault["where"] == "$.msgBody", fault


# --- what is refused ---

WRONG = {"string": [1, True, [], {}, None], "enum": ["NONE SUCH", 1, None], "time": ["yesterday", "2026-02-30", 5, "2026-01-01T25:00:00Z"],
         "integer": ["1", 1.5, True, None, 1e300], "number": ["1", True, None, []], "boolean": [1, "true", None],
         "object": [1, "x", [], None]}


@pytest.mark.parametrize("kind", TYPES)
def test_wrong_values_are_refused_with_their_path(exchange, node, types, kind):
    described, roll = types[kind], dice("wrong", kind)
    good = described.record(roll, exchange.now, 0, source="wrong")
    for name, field_kind in described.kinds().items():
        wrong = [1, "x", {}, [None]] if field_kind.endswith("[]") else WRONG[field_kind]
        value = roll.choice(wrong)
        fault = node.post(f"/v1/{kind}", dict(good, **{name: value})).problem(422)
        assert fault["where"].startswith(f"$.{name}"), (name, value, fault)
        fault = node.post(f"/v1/{kind}/createBulk", [good, dict(good, **{name: value})]).problem(422)
        assert fault["where"].startswith(f"$[1].{name}"), (name, value, fault)
    assert node.count(kind, **look(kind), source="wrong") == 0


@pytest.mark.parametrize("kind", TYPES)
def test_ranges(exchange, node, types, kind):
    roll = dice("range", kind)
    good = types[kind].record(roll, exchange.now, 0, source="range")
    for name, part in types[kind].properties.items():
        for edge, beyond in (("minimum", -1), ("maximum", 1)):
            if edge in part:
                node.post(f"/v1/{kind}", dict(good, **{name: part[edge]})).ok(201)
                fault = node.post(f"/v1/{kind}", dict(good, **{name: part[edge] + beyond})).problem(422)
                assert fault["where"] == f"$.{name}", fault


@pytest.mark.parametrize("kind", TYPES)
def test_required_and_unknown_fields(exchange, node, types, kind):
    good = types[kind].record(dice("required", kind), exchange.now, 0)
    for name in types[kind].required:
        fault = node.post(f"/v1/{kind}", {k: v for k, v in good.items() if k != name}).problem(422)
        assert name in str(fault), fault
    for name in ("nonsense", "Source"):
        fault = node.post(f"/v1/{kind}", dict(good, **{name: "x"})).problem(422)
        assert fault["where"] == f"$.{name}", fault


@pytest.mark.parametrize("kind", TYPES)
def test_what_the_exchange_sets_is_read_over(exchange, node, types, kind):
    """Clients send what they have read, here or elsewhere."""
    good = types[kind].record(dice("over", kind), exchange.now, 0.2, source="over")
    identifier = node.put_record(kind, good)
    for value in ("x", None, {"a": [1]}):
        assert node.put_record(kind, dict(good, **{n: value for n in schema.READ_OVER})) == identifier
    got = node.get(f"/v1/{kind}/{identifier}").ok().json()
    assert got["createdBy"] == "USA" and got["origNetwork"] == "RELTO" and "sourceDL" not in got


@pytest.mark.parametrize("kind", TYPES)
def test_own_names_of_the_id(exchange, node, types, kind):
    good = types[kind].record(dice("own", kind), exchange.now, 0.2, source="own")
    good.pop("clientId", None)
    for name in types[kind].own_ids:
        identifier = node.put_record(kind, dict(good, **{name: "mine"}))
        assert node.put_record(kind, dict(good, id="mine")) == identifier
        assert node.put_record(kind, dict(good, id="mine", **{name: "mine"})) == identifier
        assert node.post(f"/v1/{kind}", dict(good, id="mine", **{name: "yours"})).problem(422)["where"] == f"$.{name}"
        got = node.get(f"/v1/{kind}/{identifier}").ok().json()
        assert (got["id"], got[name], got["clientId"]) == (identifier, identifier, "mine")
        assert [r[name] for r in node.list(kind, **look(kind), **{name: identifier})] == [identifier]
        assert node.count(kind, **look(kind), **{name: identifier}) == 1
        found = [r[name] for r in node.list(kind, **look(kind), sort=name)]
        assert found == sorted(found) and identifier in found


def test_embedded_objects_are_checked(node):
    fault = node.post("/v1/eoobservation", observation(eoobservationDetails={"gain": "x"})).problem(422)
    assert fault["where"] == "$.eoobservationDetails.gain"
    fault = node.post("/v1/eoobservation", observation(eoobservationDetails={"nonsense": 1})).problem(422)
    assert fault["where"] == "$.eoobservationDetails.nonsense"
    fault = node.post("/v1/eoobservation", observation(tags=["a", 5])).problem(422)
    assert fault["where"] == "$.tags[1]"
    fault = node.post("/v1/eoobservation", observation(eoobservationDetails={"imageCorners": [[1, 2], [3, "x"]]})).problem(422)
    assert fault["where"] == "$.eoobservationDetails.imageCorners[1][1]"


def test_time_far_beyond_the_type_is_refused(exchange, node):
    for t in ("1901-01-01T00:00:00Z", "9999-01-01T00:00:00Z"):
        fault = node.post("/v1/eoobservation", observation(obTime=t)).problem(422)
        assert fault["where"] == "$.obTime", fault


def test_label_in_body_or_header_but_not_in_both(exchange, node):
    wire = {"owners": ["USA"], "restriction": coalition.restriction()}
    record = observation("S//NF", source="header")
    identifier = node.put_record("eoobservation", record, {"Relto-Label": json.dumps(wire)})
    told = node.get(f"/v1/eoobservation/{identifier}").ok().json()["relto"]
    assert told["restriction"]["authority"] == wire["restriction"]["authority"]
    assert node.put_record("eoobservation", dict(record, relto=wire)) == identifier  # the same label, the same record
    node.post("/v1/eoobservation", dict(record, relto=wire), {"Relto-Label": json.dumps(wire)}).problem(422)
    node.post("/v1/eoobservation", record, {"Relto-Label": "{nonsense"}).problem()
    node.post("/v1/eoobservation", dict(record, relto={"nonsense": 1})).problem(422)


@pytest.mark.parametrize("text", ["X", "S//REL TO", "S//REL TO USA", "S//REL TO USA, XXX", "S//REL TO JPN, USA", "S//NF/REL TO USA, JPN",
                                  "S//NONSENSE", "(S", "s", "", "S//SI//", "S//RELIDO/NF", "//XXX S", "U//REL TO USA,JPN", "S//NF//SI"])
def test_marking_that_is_not_understood_is_refused(node, text):
    fault = node.post("/v1/eoobservation", observation(text, relto={"restriction": coalition.restriction()})).problem(422)
    assert text == "" or (fault["rule"] and fault["offset"] >= 0), fault
    assert node.post("/v1/markings/parse", {"classificationMarking": text}).status in (400, 422)


def test_withholding_needs_a_reason(node):
    for marking, relto in (("S//NF", {}), ("S//RELIDO", {}), ("S//NF", {"restriction": {"reason": "SOURCES"}}),
                           ("S//NF", {"restriction": coalition.restriction(reason="NONE")}),
                           ("S//NF", {"restriction": coalition.restriction(reviewBy="2020-01-01")}),
                           ("S//NF", {"restriction": coalition.restriction(reviewBy="2120-01-01")}),
                           ("S//REL TO USA, JPN", {"embargoUntil": iso(day_zero() + datetime.timedelta(days=20))})):
        fault = node.post("/v1/eoobservation", observation(marking, relto=relto)).problem(422)
        assert fault["type"] in ("urn:relto:error:NEEDS_REASON", "urn:relto:error:INVALID_LABEL"), fault
    for marking, relto in (("S//NF", {"restriction": coalition.restriction()}), ("S", {}), ("S//REL TO USA, JPN", {}),
                           ("TS", {}), ("S//REL TO USA, JPN", {"embargoUntil": iso(day_zero() + datetime.timedelta(hours=20))})):
        node.post("/v1/eoobservation", observation(marking, relto=relto) if relto else observation(marking)).ok(201)


def test_roles_that_may_not_post(exchange):
    for role in ("fdo", "auditor"):
        with exchange.client("USA", role) as client:
            client.post("/v1/eoobservation", observation()).problem(403)
    with exchange.client("USA", "operator") as client:
        client.put_record("eoobservation", observation())
    with exchange.client("USA", "admin") as client:
        client.post("/v1/eoobservation", observation()).problem(403)
        client.get("/v1/eoobservation", {"obTime": ANY_TIME}).problem(403)
        client.get("/v1/partners").ok()


# --- bulk and retries ---

@pytest.mark.parametrize("kind", TYPES)
def test_bulk_is_all_or_nothing(exchange, node, types, kind):
    roll = dice("bulk", kind)
    batch = [types[kind].record(roll, exchange.now, 0.2, source=f"bulk-{i}") for i in range(12)]
    spoilt = batch[:7] + [dict(batch[7], nonsense=1)] + batch[8:]
    before = node.count(kind, **look(kind))
    assert node.post(f"/v1/{kind}/createBulk", spoilt).problem(422)["where"] == "$[7].nonsense"
    assert node.count(kind, **look(kind)) == before
    ids = node.put_records(kind, batch)
    assert len(set(ids)) == 12 and node.count(kind, **look(kind)) == before + 12
    assert node.put_records(kind, batch) == ids
    assert node.put_records(kind, batch[::-1]) == ids[::-1]
    assert [node.put_record(kind, r) for r in batch[:3]] == ids[:3]
    assert node.count(kind, **look(kind)) == before + 12
    for identifier, record in zip(ids, batch):
        assert node.get(f"/v1/{kind}/{identifier}").ok().json()["source"] == record["source"]


@pytest.mark.parametrize("path", ["", "/createBulk"])
def test_conversion_while_posting_is_refused(node, path):
    """Clients of the UDL may ask for it; what is kept is what was posted."""
    source = f"converted{path}"
    record = observation(source=source)
    body = [record] if path else record
    for name in ("convertPosVel", "convertToJ2K"):
        assert node.post(f"/v1/eoobservation{path}", body, query={name: "true"}).problem(400, "BAD_QUERY")["where"] == name
        node.post(f"/v1/eoobservation{path}", body, query={name: "maybe"}).problem(400, "BAD_QUERY")
    assert node.count("eoobservation", obTime=ANY_TIME, source=source) == 0
    for query in ({"convertPosVel": "false", "convertToJ2K": "false"}, {"dupeCheck": "true"}, {"dupeCheck": "false"}):
        node.post(f"/v1/eoobservation{path}", body, query=query).ok(201)
    assert node.count("eoobservation", obTime=ANY_TIME, source=source) == 1


def test_partial_bulk(node):
    batch = [observation(source="partial") for _ in range(5)]
    batch[1]["ra"] = "x"
    batch[3]["classificationMarking"] = "X"
    for _ in range(2):
        answer = node.post("/v1/eoobservation/createBulk", batch, query={"partial": "true"})
        assert answer.status in (200, 201)
        results = answer.json()["results"]
        assert [r["index"] for r in results] == [0, 1, 2, 3, 4]
        assert ["id" in r for r in results] == [True, False, True, False, True]
        assert results[1]["error"]["status"] == 422 and "ra" in results[1]["error"]["where"]
        assert results[3]["error"]["type"] == "urn:relto:error:INVALID_MARKING"
        assert node.count("eoobservation", obTime=ANY_TIME, source="partial") == 3
    node.post("/v1/eoobservation/createBulk", batch, query={"partial": "maybe"}).problem(400)


def test_empty_bulk(node):
    assert node.put_records("eoobservation", []) == []


def test_same_record_twice_in_one_bulk(node):
    record = observation(source="twin")
    first, second, third = node.put_records("eoobservation", [record, observation(source="other"), record])
    assert first == third != second
    assert node.count("eoobservation", obTime=ANY_TIME, source="twin") == 1


def test_what_makes_a_record_the_same(exchange, node):
    record = observation("S", source="same", mag=1.5)
    identifier = node.put_record("eoobservation", record)
    assert node.put_record("eoobservation", dict(reversed(record.items()))) == identifier
    assert node.post("/v1/eoobservation", json.dumps(record, indent=3)).ok(201).json()["id"] == identifier
    assert node.put_record("eoobservation", dict(record, obTime=record["obTime"].replace("Z", "+00:00"))) == identifier
    with exchange.client("USA", "operator") as colleague:
        assert colleague.put_record("eoobservation", record) == identifier
    others = [dict(record, mag=1.6), dict(record, classificationMarking="C"), dict(record, dataMode="REAL"),
              dict(record, relto={"expires": iso(day_zero() + datetime.timedelta(days=900))}), dict(record, id="mine")]
    found = {node.put_record("eoobservation", other) for other in others}
    with exchange.client("JPN", "node") as stranger:
        found.add(stranger.put_record("eoobservation", record))
    assert len(found) == 6 and identifier not in found
    assert node.count("eoobservation", obTime=ANY_TIME, source="same", createdBy="USA") == 6


def test_the_same_post_from_many_at_once_is_one_record(exchange):
    records = [observation(source="race") for _ in range(20)]

    def post(_):
        with exchange.client("USA", "node") as client:
            return [client.put_record("eoobservation", r) for r in records[:10]] + client.put_records("eoobservation", records[10:])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert all(a == answers[0] for a in answers) and len(set(answers[0])) == 20
    with exchange.client("USA") as client:
        assert client.count("eoobservation", obTime=ANY_TIME, source="race") == 20


def test_retry_after_restart_is_the_same_record(new_exchange):
    exchange = new_exchange("restart")
    record = observation()
    with exchange.client("USA", "node") as client:
        identifier = client.put_record("eoobservation", record)
    exchange.close()
    exchange.start()
    with exchange.client("USA", "node") as client:
        assert client.put_record("eoobservation", record) == identifier
        assert client.ids("eoobservation", obTime=ANY_TIME) == [identifier]


def test_client_id_is_kept_and_never_an_authority(exchange, node):
    wanted = str(uuid.uuid4())
    identifier = node.put_record("eoobservation", observation(id=wanted))
    assert identifier != wanted
    got = node.get(f"/v1/eoobservation/{identifier}").ok().json()
    assert got["clientId"] == wanted and got["id"] == identifier
    assert node.ids("eoobservation", obTime=ANY_TIME, clientId=wanted) == [identifier]
    node.get(f"/v1/eoobservation/{wanted}").problem(404)
    with exchange.client("JPN", "node") as other:
        taken = other.put_record("eoobservation", observation(id=identifier))
        assert taken != identifier
    assert node.get(f"/v1/eoobservation/{identifier}").ok().json()["createdBy"] == "USA"


def test_source_and_origin_are_data(node):
    identifier = node.put_record("eoobservation", observation(source="JPN", origin="JPN"))
    got = node.get(f"/v1/eoobservation/{identifier}").ok().json()
    assert (got["source"], got["origin"], got["createdBy"]) == ("JPN", "JPN", "USA")


# --- queries against a naive evaluation ---

QUESTIONS = 1000  # of all types together; tests/store/query_test.c asks for every field


@pytest.fixture(scope="module")
def seed(pytestconfig):
    """Of what is asked: `--seed` or RELTO_E2E_SEED draws something else."""
    chosen = pytestconfig.getoption("--seed") or os.environ.get("RELTO_E2E_SEED") or "data"
    say(f"data: --seed={chosen}")
    return chosen


@pytest.fixture(scope="module")
def queried(new_exchange, seed):
    """An exchange of its own with random records of every type, some of them for USA only."""
    exchange = new_exchange("queries")
    with exchange.client("USA", "node") as client:
        document = client.get("/v1/openapi.json").ok().json()
        for name in TYPES:
            described, roll = schema.Type(document, name), dice("query", name, seed)
            batch = []
            while len(batch) < 60:
                t = exchange.now - datetime.timedelta(seconds=roll.choice([0, 1, 30, 3600, 86400, 10**6]))
                record = described.record(roll, t, 0.35, source=roll.choice(["s1", "s2", "S3"]))
                if roll.random() < 0.3:
                    record.update(classificationMarking="S//NF", relto={"restriction": coalition.restriction()})
                    described.fix(record)
                if record not in batch:  # few fields are soon alike, and the same record twice is one
                    batch.append(record)
            client.put_records(name, batch)
    return exchange


@pytest.mark.parametrize("reader", ["USA", "DEU"])
@pytest.mark.parametrize("kind", TYPES)
def test_queries_find_what_a_naive_evaluation_finds(queried, kind, reader, seed):
    with queried.client(reader) as client:
        described = schema.Type(client.get("/v1/openapi.json").ok().json(), kind)
        base = look(kind)
        everything = client.list(kind, **base)
        assert (len(everything) == 60) == (reader == "USA") and len(everything) > 20
        roll, asked, found, questions = dice("ask", kind, reader, seed), 0, 0, max(10, QUESTIONS // 2 // len(TYPES))
        while asked < questions:
            chosen = [p for p in (predicate(roll, described, everything) for _ in range(roll.choice([1, 1, 1, 2, 3]))) if p]
            chosen = {p[0]: p for p in chosen if p[0] not in base}.values()
            if not chosen:
                continue
            asked += 1
            query = dict(base, **{name: write(roll, op, values) for name, _, op, values in chosen})
            expected = [r["id"] for r in everything
                        if all(holds(field_kind, r, name, op, values) for name, field_kind, op, values in chosen)]
            got = client.ids(kind, **query)
            assert got == expected, (query, [r for r in everything if r["id"] in set(got) ^ set(expected)])
            assert client.count(kind, **query) == len(expected)
            found += len(expected)
        assert found > questions


@pytest.mark.parametrize("kind", TYPES)
def test_sort_and_paging(queried, kind, seed):
    with queried.client("USA") as client:
        described = schema.Type(client.get("/v1/openapi.json").ok().json(), kind)
        base, field = look(kind), TIMES[kind] or "createdAt"
        default = client.list(kind, **base)
        times = [parse_iso(r[field]) for r in default]
        assert times == sorted(times, reverse=True)
        roll = dice("sort", kind, seed)
        sortable = sorted(n for n, k in described.kinds().items() if "[]" not in k and k != "object")
        for name in ["", *roll.sample(sortable, 3), roll.choice(["createdAt", "id"]), field]:
            direction = roll.choice(["", ",ASC", ",DESC"]) if name else ""
            query = dict(base, **({"sort": name + direction} if name else {}))
            whole = client.list(kind, **query)
            ids = [r["id"] for r in whole]
            assert sorted(ids) == sorted(r["id"] for r in default)
            values = [key(described.kinds().get(name, "string"), r[name]) for r in whole if r.get(name) is not None]
            assert values == sorted(values, reverse=direction == ",DESC"), (name, direction)
            size = roll.choice([5, 7, 13, 25, 60])
            pages = []
            for first in range(0, 61, size):
                page = client.ids(kind, **query, maxResults=size, firstResult=first)
                assert len(page) == min(size, max(0, 60 - first))
                pages += page
            assert pages == ids, (query, size)


def test_paging_stays_stable_while_records_arrive(queried):
    """Older records than any page shown so far do not move what follows."""
    with queried.client("USA", "node") as client:
        before = client.ids("eoobservation", obTime=ANY_TIME)
        seen = []
        for first in range(0, 60, 10):
            seen += client.ids("eoobservation", obTime=ANY_TIME, maxResults=10, firstResult=first)
            client.put_record("eoobservation", observation(t=queried.now - datetime.timedelta(days=3000 + first), source="late"))
        assert seen == before


@pytest.mark.parametrize("query", [
    {}, {"obTime": "x"}, {"obTime": ""}, {"obTime": ANY_TIME, "nonsense": "1"}, {"obTime": ANY_TIME, "satNo": "x"},
    {"obTime": ANY_TIME, "satNo": "1.5"}, {"obTime": ANY_TIME, "ra": "1..x"}, {"obTime": ANY_TIME, "ra": "NaN"},
    {"obTime": ANY_TIME, "uct": "maybe"}, {"obTime": ANY_TIME, "dataMode": "NONE"}, {"obTime": ANY_TIME, "sort": "nonsense"},
    {"obTime": ANY_TIME, "sort": "obTime,UP"}, {"obTime": ANY_TIME, "maxResults": "-1"}, {"obTime": ANY_TIME, "maxResults": "x"},
    {"obTime": ANY_TIME, "firstResult": "-1"}, {"obTime": ANY_TIME, "firstResult": "1e3"}, {"obTime": "now-5 fortnights"},
    {"obTime": "2026-13-01"}, {"obTime": ANY_TIME, "satNo": "99999999999999999999"}, {"obTime": ANY_TIME, "satNo": ">"},
    {"obTime": ANY_TIME, "maxResults": "99999999999999999999"}])
def test_query_that_is_not_understood(node, query):
    fault = node.get("/v1/eoobservation", query).problem(400, "BAD_QUERY")
    last = list(query)[-1] if query else "obTime"
    assert last in str(fault), fault


def test_count_is_not_paged(node):
    """Clients of lists send the paging of the list with every question."""
    whole = node.count("eoobservation", obTime=ANY_TIME)
    for more in ({"maxResults": 0}, {"firstResult": 1}, {"maxResults": "x"}):
        assert node.count("eoobservation", obTime=ANY_TIME, **more) == whole
    for more in ({"sort": "obTime"}, {"columns": "id"}):
        node.get("/v1/eoobservation/count", dict({"obTime": ANY_TIME}, **more)).problem(400, "BAD_QUERY")


def test_a_record_is_not_paged(node):
    identifier = node.put_record("eoobservation", observation(descriptor="not paged"))
    plain = node.get(f"/v1/eoobservation/{identifier}").ok()
    for method in ("GET", "HEAD"):
        paged = node.request(method, f"/v1/eoobservation/{identifier}?firstResult=0&maxResults=0").ok()
        assert paged.header("ETag") == plain.header("ETag") and (method == "HEAD" or paged.body == plain.body)
    node.get(f"/v1/eoobservation/{identifier}", {"sort": "id"}).problem(400, "BAD_QUERY")


@pytest.mark.parametrize("kind", sorted(TIME_REQUIRED))
def test_time_is_required(node, kind):
    for path in (f"/v1/{kind}", f"/v1/{kind}/count", f"/udl/{kind}"):
        assert TIME_REQUIRED[kind] in str(node.get(path).problem(400, "BAD_QUERY"))


def test_relative_times(exchange, node):
    ages = {"a": 29, "b": 31, "c": 60 * 23, "d": 60 * 25, "e": 60 * 24 * 8}
    for name, minutes in ages.items():
        node.put_record("eoobservation", observation(t=exchange.now - datetime.timedelta(minutes=minutes), source="rel", descriptor=name))
    for query, expected in ((">now-30 minutes", "a"), (">now-1 hours", "ab"), (">now-1 days", "abc"), ("<now-1 days", "de"),
                            (">now-7 days", "abcd"), ("now-2 days..now-30 minutes", "bcd")):
        found = node.list("eoobservation", obTime=query, source="rel")
        assert "".join(sorted(r["descriptor"] for r in found)) == expected, query


def test_operators_as_clients_spell_them(exchange, node):
    """Spaces as + or %20, > as %3E, commas encoded or not."""
    t = exchange.now
    identifier = node.put_record("eoobservation", observation(t=t, source="spelled out", descriptor="one two"))
    stamp = iso(t)
    for query in (f"obTime={stamp}&descriptor=one+two", f"obTime=%3E{stamp}&descriptor=one%20two",
                  f"obTime=%3E%3D{stamp}&descriptor=x%2Cone%20two", f"obTime=>{stamp}&descriptor=*ONE%20T*",
                  f"obTime={stamp}..{stamp}&descriptor=~x&source=spelled+out", f"obTime=now-1%20days..now&descriptor=one%20two"):
        assert [r["id"] for r in node.get(f"/v1/eoobservation?{query}").ok().json()] == [identifier], query


def test_text_of_a_query_is_data(node):
    for text in ("'; DROP TABLE record; --", "%", "_", "\\", "100%", "a_b", "\" OR \"1\"=\"1", "$1", "{}", "\u65e5\u672c"):
        identifier = node.put_record("eoobservation", observation(descriptor=f"<{text}>", source="sql"))
        assert node.ids("eoobservation", obTime=ANY_TIME, source="sql", descriptor=f"*{text}*") == [identifier] or text in ("%", "_", "\\", "{}")
        assert node.ids("eoobservation", obTime=ANY_TIME, source="sql", descriptor="*nosuch" + text + "*") == []
    assert len(node.ids("eoobservation", obTime=ANY_TIME, source="sql", descriptor="*%*")) == 2
    assert len(node.ids("eoobservation", obTime=ANY_TIME, source="sql", descriptor="*_*")) == 2


# --- conditional requests ---

def test_entity_tags_of_a_record(exchange, node):
    one, two = (node.put_record("eoobservation", observation()) for _ in range(2))
    path = f"/v1/eoobservation/{one}"
    tag = node.get(path).ok().header("ETag")
    assert re.fullmatch(r'(W/)?"[^"]+"', tag)
    assert node.get(path).ok().header("ETag") == tag != node.get(f"/v1/eoobservation/{two}").ok().header("ETag")
    for match in (tag, "*", f'"x", {tag}', f"W/{tag}" if not tag.startswith("W/") else tag):
        answer = node.get(path, If_None_Match=match)
        assert answer.status == 304 and answer.body == b"" and answer.header("ETag") == tag
    for match in ('"x"', 'W/"x"', tag.replace('"', "")):
        node.get(path, If_None_Match=match).ok()
    head = node.request("HEAD", path)
    assert head.status == 200 and head.header("ETag") == tag
    assert node.request("HEAD", path, headers={"If-None-Match": tag}).status == 304
    with exchange.client("JPN") as other:  # the bytes differ by what the reader is told
        assert other.get(path).status == 200


@pytest.mark.parametrize("path", ["/v1/partners", "/v1/partners/USA", "/v1/communities", "/v1/communities/FVEY", "/v1/agreements",
                                  "/v1/agreements/CSPO-2024", "/v1/reasons", "/v1/reasons/SOURCES"])
def test_entity_tags_of_registers(node, path):
    tag = node.get(path).ok().header("ETag")
    assert node.get(path, If_None_Match=tag).status == 304
    assert node.get(path, If_None_Match='"x"').ok().body == node.get(path).ok().body


def test_agreements_are_visible_to_their_parties_only(exchange):
    with exchange.client("USA") as usa, exchange.client("FRA") as fra, exchange.client("JPN") as jpn:
        listed = lambda c: {a["id"] for a in c.get("/v1/agreements").ok().json()}
        assert listed(usa) == {"CSPO-2024", "USA-JPN-2026"} and listed(fra) == {"CSPO-2024"} and listed(jpn) == {"USA-JPN-2026"}
        hidden, missing = fra.get("/v1/agreements/USA-JPN-2026"), fra.get("/v1/agreements/USA-JPN-2027")
        assert hidden.status == missing.status == 404 and hidden.body == missing.body


# --- long lists ---

BIG = 50_000


@pytest.fixture(scope="module")
def big(new_exchange):
    exchange = new_exchange("big", {"limits.chunk_bytes": 262144})
    with exchange.client("USA", "node") as client:
        posted = set()
        for batch in range(BIG // 10_000):
            records = [observation("S//NF" if i % 10 == 0 else "U", t=exchange.now - datetime.timedelta(milliseconds=batch * 10_000 + i),
                                   **({"relto": {"restriction": coalition.restriction()}} if i % 10 == 0 else {}))
                       for i in range(10_000)]
            posted.update(client.put_records("eoobservation", records))
        assert len(posted) == BIG
    return exchange, posted


def test_long_list_is_complete_and_streamed(big):
    exchange, posted = big
    with exchange.client("USA") as client:
        answer = client.get("/v1/eoobservation", {"obTime": ANY_TIME}).ok()
        assert answer.header("Transfer-Encoding") == "chunked" and answer.header("Content-Length") is None
        records = answer.json()
        assert len(records) == BIG and {r["id"] for r in records} == posted
        times = [r["obTime"] for r in records]
        assert times == sorted(times, reverse=True)
        assert client.count("eoobservation", obTime=ANY_TIME) == BIG
    with exchange.client("DEU") as other:
        seen = other.ids("eoobservation", obTime=ANY_TIME)
        assert len(seen) == len(set(seen)) == BIG * 9 // 10 == other.count("eoobservation", obTime=ANY_TIME)
        assert seen == [r["id"] for r in records if r["classificationMarking"] == "U"]


def test_long_list_in_pages(big):
    exchange, _ = big
    with exchange.client("DEU") as client:
        whole = client.ids("eoobservation", obTime=ANY_TIME)
        pages, first = [], 0
        while page := client.ids("eoobservation", obTime=ANY_TIME, maxResults=9_000, firstResult=first):
            pages += page
            first += len(page)
        assert pages == whole
        assert client.ids("eoobservation", obTime=ANY_TIME, maxResults=3, firstResult=44_990) == whole[44_990:44_993]


def test_long_list_by_a_field_without_index(big):
    exchange, posted = big
    with exchange.client("USA") as client:
        records = client.list("eoobservation", obTime=ANY_TIME, sort="ra,ASC")
        values = [r["ra"] for r in records]
        assert len(values) == BIG and values == sorted(values)
        part = client.list("eoobservation", obTime=ANY_TIME, sort="ra,ASC", maxResults=100, firstResult=20_000)
        assert [r["id"] for r in part] == [r["id"] for r in records[20_000:20_100]]
        assert client.count("eoobservation", obTime=ANY_TIME, ra="<90") == sum(v <= 90 for v in values)


def test_client_that_goes_away_in_a_long_list(big):
    exchange, _ = big
    for _ in range(5):
        with exchange.raw("USA") as raw:
            raw.send("GET /v1/eoobservation?obTime=%3E2020-01-01 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert raw.socket.recv(1000)
    with exchange.client("USA") as client:
        assert client.count("eoobservation", obTime=ANY_TIME) == BIG
        assert len(client.list("eoobservation", obTime=ANY_TIME, maxResults=10)) == 10


def test_head_of_a_long_list_has_no_body(big):
    exchange, _ = big
    with exchange.client("USA") as client:
        client.request("HEAD", "/v1/eoobservation?obTime=%3E2020-01-01").ok()
        client.get("/v1/whoami").ok()


