"""What stands behind the question mark: nothing unknown passes, and a dry run is one or is refused."""
import datetime
import itertools
import json
import re

import pytest

from coalition import agreement, changed, coalition, entry, observation, withheld
from harness import iso
from test_roles import LISTS as QUERIES, POSTED, ROLES, TABLE, VERSIONS, body_of, subject, targets

serial = itertools.count(1)
TRIED = ("/v1/agreements", "/v1/agreements/{code}/resume", "/v1/agreements/{code}/suspend", "/v1/agreements/{code}/terminate",
         "/v1/proposals", "/v1/proposals/{id}/accept", "/v1/grants/{code}/withdraw", "/v1/queue/requests/{id}/approve",
         "/v1/queue/requests/{id}/deny", "/T/{id}/recall", "/T/{id}/relabel", "/T/{id}/review", "/T/{id}/withhold",
         "/v1/objects/{object}/{partner}/accept", "/v1/objects/{object}/{partner}/reject")  # have a dry run
LISTS = [("GET", route) for route in QUERIES]  # their parameters are the fields of the type
POSTS = [route for method, route in TABLE if method == "POST"]
# What a change may leave behind.
TABLES = ("record", "label", "derivation", "review", "register_entry", "policy_audit", "release_request", "release_part",
          "release_history", "grant_spread", "notice", "recall", "proposal", "proposal_acceptance", "proposal_act",
          "agreement_version", "object_claim", "spill")


@pytest.fixture(scope="module")
def exchange(new_exchange):
    def terms(p):
        p["agreements"].append(agreement("IDLE", ["USA", "JPN"], status="suspended"))
        entry(p, "partners", code="USA").update(catalogue=True)
    return new_exchange("main", policy=changed(coalition(), terms))


def state(exchange):
    """Of everything that a change may leave behind."""
    return exchange.postgres.sql(" UNION ALL ".join(
        f"SELECT '{name}', count(*), md5(string_agg(whole::text, '|' ORDER BY whole::text)) FROM {name} whole" for name in TABLES),
        "e2e_parameters_main")


def caller(method, route):
    marks = TABLE[method, route]
    return next((r for r in ("fdo", *ROLES) if marks[r] == "yes"), "fdo")


@pytest.mark.parametrize("method, route", TABLE, ids=lambda v: v)
def test_unknown_parameters_are_refused(exchange, method, route):
    role = caller(method, route)
    with exchange.client("USA", "node") as node, exchange.client("USA", role) as client:
        identifier = subject(node, method, route, f"{method} {route}")
        for target in targets(method, route):
            query = QUERIES.get(route, {}) if method == "GET" else POSTED.get(route.rsplit("/", 1)[1], {})
            body = body_of(method, route, role, target)
            before = state(exchange)
            answer = client.request(method, target.replace("{id}", identifier), body, query=dict(query, nonsense="1"))
            assert "nonsense" in json.dumps(answer.problem(400, "BAD_QUERY"))
            assert state(exchange) == before


@pytest.fixture(scope="module")
def openapi(exchange):
    with exchange.client("USA", "admin") as client:
        return client.get("/v1/openapi.json").ok().json()


@pytest.fixture(scope="module")
def described(openapi):
    """{(method, route): names of the query's parameters}"""
    found = {}
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
            assert len(names) == len(set(names))
            kind = "eop" if method.upper() in VERSIONS else "eoobservation"
            found[method.upper(), re.sub(rf"^/v1/({kind}\b|gnssrawif(?=/getFile))", "/T", path)] = set(names)
    return found


@pytest.mark.parametrize("method, route", [r for r in TABLE if r not in LISTS and r != ("GET", "/v1/openapi.json")], ids=lambda v: v)
def test_what_is_described_is_what_is_taken(exchange, described, method, route):
    """A parameter of any other route is refused where it is not described, and nowhere else."""
    role, known = caller(method, route), set().union(*(described[r] for r in TABLE if r not in LISTS and r in described))
    assert {"after", "dryRun", "version", "partial"} <= known
    with exchange.client("USA", "node") as node, exchange.client("USA", role) as client:
        identifier = subject(node, method, route, f"described {method} {route}")
        for target in targets(method, route):
            body = body_of(method, route, role, target)
            taken = set()
            for name in sorted(known):
                answer = client.request(method, target.replace("{id}", identifier), body, query={name: "?"})
                refused = answer.status == 400 and answer.problem(400)["detail"] == "unknown parameter"
                assert not refused or answer.problem(400, "BAD_QUERY")["where"] == name
                taken |= set() if refused else {name}
            assert taken == described[method, route], target


# --- dry runs ---

def test_what_dry_runs_answer_is_described(openapi, described):
    """With 200, also where what is done is answered otherwise; no other operation has two answers."""
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            codes = operation["responses"].keys() - {"default"}
            tried = "dryRun" in [p["name"] for p in operation.get("parameters", [])]
            assert "200" in codes if tried else len(codes) == 1, (method, path)
    assert {route for (method, route), names in described.items() if "dryRun" in names and (method, route) in TABLE} == set(TRIED)


def members(openapi, schema, value):
    """Each member of the value is described, with its type."""
    while "$ref" in schema:
        schema = openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, dict):
        assert value.keys() <= schema["properties"].keys() and set(schema.get("required", ())) <= value.keys()
        for name, member in value.items():
            members(openapi, schema["properties"][name], member)
    elif isinstance(value, list):
        for item in value:
            members(openapi, schema["items"], item)
    elif "enum" in schema:
        assert value in schema["enum"]
    else:
        assert {str: "string", int: "integer", type(None): "null"}[type(value)] in schema["type"]


def test_a_report_is_as_described(exchange, openapi):
    schema = openapi["components"]["responses"]["DryRun"]["content"]["application/json"]["schema"]
    with exchange.client("USA", "node") as node, exchange.client("USA", "fdo") as fdo:
        shared = node.put_record("eoobservation", withheld("U//REL TO USA, JPN", descriptor="report"))
        answer = fdo.post(f"/v1/eoobservation/{shared}/recall", {"reason": "a test"}, query={"dryRun": "true"}).ok(200).json()
    assert answer["dryRun"]["partners"]
    members(openapi, schema, answer)


def asked(exchange):
    body = {"purpose": "a test", "until": iso(exchange.now + datetime.timedelta(days=9)), "owner": "USA",
            "scope": {"type": "eoobservation", "object": str(next(serial))}}
    with exchange.client("JPN", "fdo") as jpn:
        return jpn.post("/v1/release-requests", body).ok(201).json()["id"]


def granted(exchange):
    with exchange.client("USA", "fdo") as fdo:
        return fdo.post(f"/v1/queue/requests/{asked(exchange)}/approve", {}).ok().json()["grant"]


def told(exchange):
    granted(exchange)
    with exchange.client("JPN", "fdo") as jpn:
        return jpn.get("/v1/notices", {"open": "true"}).ok().json()[0]["id"]


def claimed(exchange):
    number = f"8{next(serial):04}"
    with exchange.client("JPN", "fdo") as jpn:
        jpn.post("/v1/objects", {"object": number}).ok(201)
    return number


def proposed(exchange, partner, role):
    new = agreement(f"DRY-{next(serial)}", ["JPN", "USA"])
    with exchange.client(partner, role) as client:
        return client.post("/v1/agreements", new).ok(201).json()["id"]


# Where the change would be done: by whom, what.
LIVE = {
    "/v1/grants/{code}/withdraw": lambda e: ("USA", f"/v1/grants/{granted(e)}/withdraw"),
    "/v1/queue/requests/{id}/approve": lambda e: ("USA", f"/v1/queue/requests/{asked(e)}/approve"),
    "/v1/queue/requests/{id}/deny": lambda e: ("USA", f"/v1/queue/requests/{asked(e)}/deny"),
    "/v1/release-requests/{id}/withdraw": lambda e: ("JPN", f"/v1/release-requests/{asked(e)}/withdraw"),
    "/v1/notices/{id}/acknowledge": lambda e: ("JPN", f"/v1/notices/{told(e)}/acknowledge"),
    "/v1/objects/{object}/{partner}/accept": lambda e: ("USA", f"/v1/objects/{claimed(e)}/JPN/accept"),
    "/v1/objects/{object}/{partner}/reject": lambda e: ("JPN", f"/v1/objects/{claimed(e)}/JPN/reject"),
    "/v1/proposals/{id}/reject": lambda e: ("USA", f"/v1/proposals/{proposed(e, 'JPN', 'fdo')}/reject"),
    "/v1/proposals/{id}/withdraw": lambda e: ("JPN", f"/v1/proposals/{proposed(e, 'JPN', 'fdo')}/withdraw"),
}
NOTHING_TO_CHANGE = ("/v1/markings/normalise", "/v1/markings/parse", "/v1/markings/rollup", "/v1/policy/evaluate")


def live(exchange, route):
    if route in LIVE:
        partner, target = LIVE[route](exchange)
        return partner, [target]
    with exchange.client("USA", "node") as node:
        identifier = subject(node, "POST", route, f"dry {route} {next(serial)}")
    return "USA", [t.replace("{id}", identifier) for t in targets("POST", route)]


@pytest.mark.parametrize("route", [r for r in POSTS if r != "/v1/proposals/{id}/accept"])
def test_a_dry_run_changes_nothing(exchange, route):
    """A route has one, or says that it has none; the same without it is done."""
    partner, where = live(exchange, route)
    role = caller("POST", route)
    with exchange.client(partner, role) as client:
        for target in where:
            body = body_of("POST", route, role, target)
            before = state(exchange)
            answer = client.post(target, body, query=dict(POSTED.get(route.rsplit("/", 1)[1], {}), dryRun="true"))
            if route in TRIED:
                assert answer.ok().json()["dryRun"]["partners"] is not None
            else:
                assert answer.problem(400, "BAD_QUERY")["where"] == "dryRun"
            assert state(exchange) == before
        answer = client.post(where[0], body_of("POST", route, role, where[0]), query=POSTED.get(route.rsplit("/", 1)[1]))
        assert answer.status < 300, answer
        assert (state(exchange) == before) is (route in NOTHING_TO_CHANGE), "it could have been done"


def test_a_dry_run_of_an_acceptance_changes_nothing(exchange):
    identifier = proposed(exchange, "JPN", "fdo")
    with exchange.client("USA", "fdo") as fdo:
        seen = fdo.post(f"/v1/proposals/{identifier}/accept", {}, query={"dryRun": "true"}).ok().json()
        before = state(exchange)
        again = fdo.post(f"/v1/proposals/{identifier}/accept", {}, query={"dryRun": "true"}).ok().json()
        assert state(exchange) == before and again["state"] == seen["state"] == "open"
        fdo.post(f"/v1/proposals/{identifier}/accept",
                 {"digest": seen["digest"], "dryRun": seen["dryRun"]["digest"]}).ok()
        assert state(exchange) != before
