"""roles.txt, the committed table of role × capability, against every route of the exchange under both prefixes."""
import datetime
import json
import pathlib
import re

import pytest

import schema
from coalition import agreement, changed, coalition, observation, restriction, withheld
from elements import element_set
from ephemerides import itc
from harness import day_zero, iso, routes
from messages import cdm
from test_attached import described as samples_described, samples, upload

LINES = [l.split() for l in (pathlib.Path(__file__).parent / "roles.txt").read_text().splitlines() if l and l[0] != "#"]
ROLES = LINES[0][1:]
TABLE = {(method, route): dict(zip(ROLES, marks)) for method, route, *marks in LINES[1:]}
VERSIONS = ("PUT", "DELETE")  # of what lasts
DRY = ("/v1/agreements", "/v1/proposals")  # changes of the registers are only tried
CODES = {"agreements": "CSPO-2024", "communities": "FVEY", "partners": "USA", "reasons": "SOURCES", "views": "none",
         "grants": "none"}
POSTED = {"createBulkFromTLE": {"classificationMarking": "U", "dataMode": "TEST", "source": "roles"},
          "createRaw": {"classificationMarking": "U", "dataMode": "TEST", "source": "roles", "msgType": "a test"},
          "ephem": {"category": "EXTERNAL", "classification": "U", "dataMode": "TEST", "source": "roles", "satNo": "5", "type": "ROUTINE",
                    "hasMnvr": "false", "ephemFormatType": "ModITC"},
          "import": {"classificationMarking": "U", "dataMode": "TEST", "source": "roles"},
          "cdms": {"classification": "U", "dataMode": "TEST", "source": "roles"}}  # what is needed
NEW = agreement("ROLES", ["USA", "JPN"])
BODIES = {
    "/v1/proposals/{id}/accept": {"digest": "0" * 64, "dryRun": "0" * 64},
    "accept": {},
    "acknowledge": {},
    "agreements": NEW,
    "approve": {},
    "deny": {"reason": "a test"},
    "objects": {"object": "25544"},
    "proposals": {"changes": [{"kind": "agreement", "key": NEW["id"], "entry": NEW}]},
    "reject": {},
    "resume": {"reason": "a test"},
    "suspend": {"reason": "a test"},
    "terminate": {"reason": "a test"},
    "recall": {"reason": "a test"},
    "relabel": {"classificationMarking": "U"},
    "release-requests": {"scope": {"type": "eoobservation"}, "owner": "JPN", "purpose": "a test",
                         "until": iso(day_zero() + datetime.timedelta(days=1))},
    "review": restriction(),
    "withdraw": {"reason": "a test"},
    "withhold": restriction(),
    "normalise": {"classificationMarking": "U"},
    "parse": {"classificationMarking": "U"},
    "rollup": {"portions": ["U"]},
    "evaluate": {"type": "eoobservation", "dataMode": "REAL", "classificationMarking": "U"},
}
LISTS = {"/T": {"obTime": ">1990-01-01"}, "/T/current": {}, "/T/current/tuple": {"columns": "id"}}  # with what they need
LISTS.update({f"/{prefix}/onorbit/getSignature": {"idOnOrbit": "99999"} for prefix in ("udl", "v1")})
LISTS["/v1/pnt/interference"] = {"bbox": "0,0,1,1", "from": "2026-01-01", "to": "2026-01-02"}
LISTS.update({f"/T/{rest}": LISTS["/T"] for rest in ("count", "history", "history/aodr", "history/count")})
LISTS["/T/tuple"] = dict(LISTS["/T"], columns="id")
SUCCESS = {"recall": 204, "relabel": 204, "review": 204, "withhold": 204, "createBulk": 201, "createBulkFromTLE": 201, "createRaw": 201, "import": 201, "cdms": 202, "ephem": 202, "udl-gnssrawif": 202, "{drop}": 202,
           "objects": 201, "release-requests": 201}


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("roles", policy=changed(coalition(), lambda p: p["agreements"].append(
        agreement("IDLE", ["USA", "JPN"], status="suspended"))))


def type_of(method, route):
    """Not every type has what is current, files or versions."""
    if method in VERSIONS:
        return "eop"
    return "elset" if "/current" in route else "gnssrawif" if "/getFile" in route else "eoobservation"


def targets(method, route):
    if route.startswith("/T"):
        kind = type_of(method, route)
        return [prefix + route.replace("/T", "/" + kind, 1) for prefix in ("/v1", "/udl")]
    code = "IDLE" if route.endswith("/resume") else CODES.get(route.split("/")[2], "")
    known = {"{code}": code, "{drop}": "udl-eo", "{object}": "99999", "{partner}": "JPN", "{topic}": "eoobservation", "{offset}": "0"}
    for name, value in known.items():
        route = route.replace(name, value)
    return [route]


def constants(source):
    return {"classificationMarking": "U", "dataMode": "TEST", "source": source, "eopDate": "2019-01-01T00:00:00.000000Z"}


def body_of(method, route, role, target):
    last = route.rsplit("/", 1)[1]
    if method == "PUT":
        return constants(f"{role} {target}")
    if method != "POST":
        return None
    for name in (route, last):
        if name in BODIES:
            return BODIES[name]
    if last == "createBulkFromTLE":
        return json.dumps(element_set(name=f"{role} {target[1:4]}"))
    if last == "import":
        return element_set(name=role)
    if last == "ephem":
        return json.dumps(itc(header=[f"{role} {target}"]))
    if last == "cdms":
        return cdm([(0, "MESSAGE_ID", f"{role} {target}")])
    if last == "udl-gnssrawif":
        return upload(samples_described(setId=f"{role} {target}"), samples())
    record = observation(descriptor=f"{role} {target}")
    return [record] if last == "createBulk" else record


def subject(node, method, route, words):
    """The id of a record for the route."""
    if method in VERSIONS:
        return node.put_record("eop", constants(words))
    return node.put_record("eoobservation", (withheld if route.endswith("/review") else observation)(descriptor=words))


def ask(client, method, route, target, role, identifier):
    target = target.replace("{id}", identifier)
    if method in VERSIONS:
        return client.request(method, target, body_of(method, route, role, target))
    if method == "POST":
        dry = {"dryRun": "true"} if route.startswith(DRY) and "{id}" not in route else {}
        return client.post(target, body_of(method, route, role, target), query=dict(dry, **POSTED.get(route.rsplit("/", 1)[1], {})))
    if route == "/v1/stream" and TABLE[method, route][role] == "yes":
        return client.request("HEAD", target)  # the answer to a GET does not end
    return client.get(target, LISTS.get(route))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("method, route", TABLE, ids=lambda v: v)
def test_role_by_route(exchange, method, route, role):
    for target in targets(method, route):
        with exchange.client("USA", "node") as node:
            identifier = subject(node, method, route, f"{method} {target} {role}")
        with exchange.client("USA", role) as client:
            answer = ask(client, method, route, target, role, identifier)
        mark = TABLE[method, route][role]
        if mark == "yes":
            success = SUCCESS.get(route.rsplit("/", 1)[1], 201 if route == "/T" else 200)
            success = success if method == "POST" else 204 if method == "DELETE" else 202 if route.endswith("/aodr") else 200
            answer.ok(success)
        else:
            answer.problem(404 if mark == "404" else 403)


@pytest.fixture(scope="module")
def described(exchange):
    """{(method, path)} as the exchange describes itself, but for parts (test_parts.py)."""
    with exchange.client("USA", "admin") as client:
        paths = client.get("/v1/openapi.json").ok().json()["paths"]
    return {(method.upper(), path) for path, item in paths.items() for method in item if path.split("/")[2] not in schema.part_names()}


def types_of(described):
    return {path.split("/")[2] for _, path in described if path.endswith("/createBulk")}


def test_no_route_is_missing_in_the_table(described):
    """Of the record types one stands for all: tests of the data see to the others."""
    assert {path.split("/")[1] for _, path in described} == {"filedrop", "sm", "udl", "v1"}
    others = types_of(described) - {"eoobservation"}
    common = {(method, re.sub(r"^/(v1|udl)/(eoobservation\b|elset(?=/current)|gnssrawif(?=/getFile))", "/T", path)) for method, path in described
              if path.split("/")[2] not in others or re.search(r"/elset/current\b|/gnssrawif/getFile\b", path)}
    common |= {(method, "/T/{id}") for method, path in described if method in VERSIONS}
    seen = common | {(method, path) for method, path in described
                     if (method, re.sub(r"^/(v1|udl)/\w+", "/T", path)) not in common}
    assert seen == set(TABLE) - {("GET", "/v1/openapi.json")}


def test_description_has_every_route(described):
    """As the exchange matches them, for every record type; the description does not describe itself."""
    types = types_of(described)
    served = {(method, path.replace("{type}", kind)) for method, path in routes() for kind in types}
    only = {"current": ("conjunction", "elset", "statevector"), "getFile": ("ephemerisset", "gnssrawif")}
    lasting = {path.split("/")[2] for method, path in described if method == "PUT"}
    assert lasting and lasting < types
    of = {"PUT": lasting, "DELETE": lasting | {"emittergeolocation"}}
    served = {(m, p) for m, p in served if m not in VERSIONS or p.split("/")[2] in of[m]}
    assert len(types) > 1 and described == {(m, p) for m, p in served - {("GET", "/v1/openapi.json")}
                                            if p.split("/")[2] in only.get((p.split("/") + [""])[3], types) or p.split("/")[2] not in types}
