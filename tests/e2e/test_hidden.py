"""A record that the reader may not see answers as one that does not exist: byte for byte, on every route and method."""
import json
import re
import urllib.parse
import uuid

import pytest

import messages
import queries
from coalition import ANY_TIME, observation, restriction, withheld
from files import FILES, forms_of, media_of
from harness import iso

VARYING = (b"date", b"x-request-id")


@pytest.fixture(scope="module")
def hidden(exchange):
    """JPN's record that nobody else may see, JPN's that everybody may, and ids of the same form that name nothing."""
    with exchange.client("JPN", "node") as node:
        secret = node.put_record("eoobservation", withheld(
            "S//NF", source="hidden-source", descriptor="hidden-descriptor", satNo=99991, id="hidden-client-id",
            tags=["hidden-tag"], dataMode="REAL"))
        embargoed = node.put_record("eoobservation", withheld(
            "U//REL TO JPN, USA", relto={"embargoUntil": iso(exchange.now.replace(year=exchange.now.year + 1))}))
    with exchange.client("JPN", "fdo") as fdo:
        recalled = fdo_record(exchange)
        fdo.post(f"/v1/eoobservation/{recalled}/recall", {"reason": "spill"}).ok(204)
        etag = fdo.get(f"/v1/eoobservation/{secret}").ok().header("ETag")
    return {"secret": secret, "embargoed": embargoed, "recalled": recalled, "etag": etag}


def fdo_record(exchange):
    with exchange.client("JPN", "node") as node:
        return node.put_record("eoobservation", observation("U//REL TO JPN, USA", source="recalled"))


def twin(identifier):
    """An id of the same partition that names nothing."""
    value = uuid.UUID(identifier).int ^ 0x3FF
    return str(uuid.UUID(int=value))


def exact(raw, request, identifier):
    """The answer's bytes without what varies by itself, the asked id replaced by a placeholder."""
    raw.send(request)
    raw.answer(*request.split(" ")[:2])
    head, _, body = raw.last_bytes.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if line.split(b":")[0].lower() not in VARYING]
    return b"\r\n".join([*lines, b"", body]).replace(identifier.encode(), b"ID")


def request(method, target, body=None, *fields):
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *fields]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body or ""])


RELABEL = json.dumps({"classificationMarking": "U", "relto": {}})
REVIEW = json.dumps({"reason": "SOURCES", "authority": "J2", "reviewBy": "2020-01-01"})
PROBES = {
    "get": ("GET", "/v1/eoobservation/{id}", None),
    "alias": ("GET", "/udl/eoobservation/{id}", None),
    "head": ("HEAD", "/v1/eoobservation/{id}", None),
    "wrong type": ("GET", "/v1/elset/{id}", None),
    "upper case": ("GET", "/v1/eoobservation/{ID}", None),
    "query on one": ("GET", "/v1/eoobservation/{id}?x=1", None),
    "put": ("PUT", "/v1/eoobservation/{id}", "{}"),
    "delete": ("DELETE", "/v1/eoobservation/{id}", None),
    "patch": ("PATCH", "/v1/eoobservation/{id}", "{}"),
    "options": ("OPTIONS", "/v1/eoobservation/{id}", None),
    "post": ("POST", "/v1/eoobservation/{id}", "{}"),
    "trace": ("TRACE", "/v1/eoobservation/{id}", None),
    "recall": ("POST", "/v1/eoobservation/{id}/recall", '{"reason":"x"}'),
    "recall, alias": ("POST", "/udl/eoobservation/{id}/recall", '{"reason":"x"}'),
    "recall with a bad body": ("POST", "/v1/eoobservation/{id}/recall", '{"nonsense":1}'),
    "recall without a body": ("POST", "/v1/eoobservation/{id}/recall", ""),
    "recall that is no JSON": ("POST", "/v1/eoobservation/{id}/recall", "x"),
    "get recall": ("GET", "/v1/eoobservation/{id}/recall", None),
    "relabel": ("POST", "/v1/eoobservation/{id}/relabel", RELABEL),
    "relabel, alias": ("POST", "/udl/eoobservation/{id}/relabel", RELABEL),
    "relabel with a bad marking": ("POST", "/v1/eoobservation/{id}/relabel", '{"classificationMarking":"X"}'),
    "relabel with a bad body": ("POST", "/v1/eoobservation/{id}/relabel", "[]"),
    "review": ("POST", "/v1/eoobservation/{id}/review", REVIEW),
    "review, alias": ("POST", "/udl/eoobservation/{id}/review", REVIEW),
    "review with a bad body": ("POST", "/v1/eoobservation/{id}/review", '{"reason":1}'),
    "withhold": ("POST", "/v1/eoobservation/{id}/withhold", REVIEW),
    "withhold without a body": ("POST", "/v1/eoobservation/{id}/withhold", ""),
    "explain": ("GET", "/v1/eoobservation/{id}/explain", None),
    "recipients": ("GET", "/v1/eoobservation/{id}/recipients", None),
    "list by id": ("GET", "/v1/eoobservation?obTime=%3E1990-01-01&id={id}", None),
    "list but for id": ("GET", "/v1/eoobservation/count?obTime=%3E1990-01-01&id=~{id}", None),
    "list by ids": ("GET", "/v1/eoobservation?obTime=%3E1990-01-01&id={id},00000000-0000-8000-8000-000000000000", None),
    "count by id": ("GET", "/v1/eoobservation/count?obTime=%3E1990-01-01&id={id}", None),
    "head of a list by id": ("HEAD", "/v1/eoobservation?obTime=%3E1990-01-01&id={id}", None),
    "disclosures of it": ("GET", "/v1/disclosures?id={id}&type=eoobservation", None),
}
READERS = [("FRA", "node"), ("FRA", "operator"), ("FRA", "fdo"), ("FRA", "auditor"), ("USA", "admin")]


@pytest.mark.parametrize("reader", READERS, ids="-".join)
@pytest.mark.parametrize("probe", PROBES)
def test_hidden_is_missing(exchange, hidden, probe, reader):
    method, target, body = PROBES[probe]

    def ask(identifier):
        wanted = target.replace("{id}", identifier).replace("{ID}", identifier.upper())
        with exchange.raw(*reader) as raw:  # some answers end their connection
            said = exact(raw, request(method, wanted, body), identifier)
        return said.replace(identifier.upper().encode(), b"ID")

    for name in ("secret", "embargoed", "recalled"):
        assert ask(hidden[name]) == ask(twin(hidden[name])), name


# --- what lasts ---

def lasting(marking="S//NF", number=1, **more):
    """A body of `sensor`, whose posters replace and delete it."""
    taken = ("classificationMarking", "dataMode", "source", "relto")
    return {**{n: v for n, v in withheld(marking, **more).items() if n in taken}, "sensorName": "hidden-name", "sensorNumber": number,
            **{n: v for n, v in more.items() if n == "id"}}


@pytest.fixture(scope="module")
def entities(exchange):
    """JPN's sensors that FRA may not see: one of two versions, with its own name and theirs, and one that was deleted."""
    with exchange.client("JPN", "node") as node:
        secret = node.put_record("sensor", lasting(id="hidden-sensor"))
        versions = [node.get(f"/v1/sensor/{secret}").ok().json()["relto"]["version"]]
        node.request("PUT", f"/v1/sensor/{secret}", lasting(number=2, id="hidden-sensor")).ok()
        versions.append(node.get(f"/v1/sensor/{secret}").ok().json()["relto"]["version"])
        deleted = node.put_record("sensor", lasting("U//REL TO JPN, FRA, USA", 3, id="deleted-sensor"))
        node.request("DELETE", f"/v1/sensor/{deleted}").ok(204)
    return {"secret": secret, "older version": versions[0], "newer version": versions[1], "deleted": deleted,
            "name": "hidden-sensor", "name of what is deleted": "deleted-sensor"}


LASTING_PROBES = {
    "get": ("GET", "/v1/sensor/{id}", None),
    "put": ("PUT", "/v1/sensor/{id}", json.dumps(lasting("U//REL TO FRA, JPN, USA"))),
    "put, alias": ("PUT", "/udl/sensor/{id}", json.dumps(lasting("U//REL TO FRA, JPN, USA"))),
    "put its content": ("PUT", "/v1/sensor/{id}", json.dumps(lasting())),
    "put of a bad body": ("PUT", "/v1/sensor/{id}", '{"sensorNumber":"x"}'),
    "put that is no JSON": ("PUT", "/v1/sensor/{id}", "x"),
    "delete": ("DELETE", "/v1/sensor/{id}", None),
    "delete, alias": ("DELETE", "/udl/sensor/{id}", None),
    "list by id": ("GET", "/v1/sensor?id={id}", None),
    "list by own id": ("GET", "/v1/sensor?idSensor={id}", None),
    "count by id": ("GET", "/v1/sensor/count?id={id}", None),
    "history by id": ("GET", "/v1/sensor/history?id={id}", None),
    "history but for id": ("GET", "/v1/sensor/history/count?id=~{id}", None),
    "history's count by id": ("GET", "/udl/sensor/history/count?id={id}", None),
    "history's columns": ("GET", "/v1/sensor/history?columns=id,sensorName&id={id}", None),
    "tuple": ("GET", "/v1/sensor/tuple?columns=sensorName&id={id}", None),
    "explain": ("GET", "/v1/sensor/{id}/explain", None),
    "recipients": ("GET", "/v1/sensor/{id}/recipients", None),
    "recall": ("POST", "/v1/sensor/{id}/recall", '{"reason":"x"}'),
    "relabel": ("POST", "/v1/sensor/{id}/relabel", RELABEL),
    "disclosures of it": ("GET", "/v1/disclosures?type=sensor&id={id}", None),
    "export": ("GET", "/v1/sensor/history/aodr?outputFormat=JSON&id=~{id}&sensorName=x", None),
}


@pytest.mark.parametrize("reader", READERS, ids="-".join)
@pytest.mark.parametrize("probe", LASTING_PROBES)
def test_what_lasts_and_is_hidden_is_missing(exchange, entities, probe, reader):
    method, target, body = LASTING_PROBES[probe]

    def ask(identifier):
        with exchange.raw(*reader) as raw:
            said = exact(raw, request(method, target.replace("{id}", identifier), body), identifier)
        return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"ID", said) if "aodr" in target else said  # an export's is random

    for name, identifier in entities.items():
        assert ask(identifier) == ask(twin(identifier) if "name" not in name else identifier[::-1]), name
    with exchange.client("JPN", "node") as node:
        assert node.get("/v1/sensor/hidden-sensor").ok().json()["sensorNumber"] == 2, "nothing has changed it"


# --- files ---

OBSERVED = {"eoobservation": {"ra": 1.5, "declination": 2, "referenceFrame": "J2000"}, "radarobservation": {"range": 1234.5}}
FORMED = [*(kind for kind in FILES if kind != "rinexobservation"), *OBSERVED]


def embargo(exchange):
    return {"restriction": restriction(), "embargoUntil": iso(exchange.now.replace(year=exchange.now.year + 1))}


def import_target(source, marking="U", partial=None):
    query = {"classificationMarking": marking, "dataMode": "TEST", "source": source, **({"partial": partial} if partial else {})}
    return "/v1/import?" + urllib.parse.urlencode(query)


def take(client, text, source, marking="U", label=None):
    """The results for a file that is taken."""
    headers = {"Content-Type": "application/octet-stream", **({"Relto-Label": json.dumps(label)} if label else {})}
    return client.post(import_target(source, marking), text, headers).ok(201).json()["results"]


def nameless(said):
    """An answer without the ids that are in it."""
    return re.sub(rb"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", b"ID", said)


@pytest.fixture(scope="module")
def of_files(exchange):
    """Of each type JPN's records that FRA may not see: by their marking, by an embargo, and recalled ones."""
    made = {}
    with exchange.client("JPN", "node") as node, exchange.client("JPN", "fdo") as fdo:
        for kind, text in FILES.items():
            labels = [("S//NF", {"restriction": restriction()}), ("U//REL TO JPN, USA", embargo(exchange)), ("U", None)]
            made[kind] = [take(node, text, f"hidden-file-{n}", *label)[0]["id"] for n, label in enumerate(labels)]
            fdo.post(f"/v1/{kind}/{made[kind][2]}/recall", {"reason": "spill"}).ok(204)
        for kind, measured in OBSERVED.items():
            record = {n: v for n, v in withheld("S//NF", source="hidden-file-0", satNo=25544).items() if n not in ("ra", "declination")}
            made[kind] = [node.put_record(kind, dict(record, **measured))]
    return made


@pytest.fixture(scope="module")
def description(exchange):
    with exchange.client("FRA", "operator") as client:
        return client.get("/v1/openapi.json").ok().json()


def requests_of(kind, description):
    """Method, target with {id}, header fields."""
    time = f"{queries.TIME_REQUIRED[kind]}=%3E1990-01-01&" if kind in queries.TIME_REQUIRED else ""
    for form in forms_of(description, kind):
        for partial in ("", "&partial=true"):
            yield from ((method, f"/v1/{kind}/{{id}}?format={form}{partial}", []) for method in ("GET", "HEAD"))
            for wanted in ("id={id}", "id=~{id}&source=hidden-file-0"):
                yield from (("GET", f"/v1/{kind}{rest}?{time}{wanted}&format={form}{partial}", []) for rest in ("", "/history"))
    for media in media_of(description, kind):
        yield "GET", f"/v1/{kind}/{{id}}", [f"Accept: {media}"]


@pytest.mark.parametrize("role", ["operator", "fdo"])
@pytest.mark.parametrize("kind", FORMED)
def test_hidden_record_is_missing_in_every_form(exchange, of_files, description, kind, role):
    asked = list(requests_of(kind, description))
    assert len(asked) > 20
    with exchange.raw("FRA", role) as raw:
        for method, target, fields in asked:
            for identifier in of_files[kind]:
                told = [exact(raw, request(method, target.replace("{id}", i), None, *fields), i) for i in (identifier, twin(identifier))]
                assert told[0] == told[1], (method, target, fields)


@pytest.mark.parametrize("kind", FORMED)
def test_owner_has_it_in_every_form(exchange, of_files, description, kind):
    """The other side: who sees the record gets the file, or is told what the form cannot say."""
    with exchange.client("JPN", "node") as owner:
        said = {form: owner.get(f"/v1/{kind}/{of_files[kind][0]}", {"format": form}).status for form in forms_of(description, kind)}
    assert set(said.values()) <= {200, 422} and 200 in [said[form] for form in said if form not in ("json", "csv")], said


@pytest.mark.parametrize("partial", [None, "true"])
@pytest.mark.parametrize("member", ["derivedFrom", "supersedes"])
def test_file_that_refers_to_what_is_hidden(exchange, hidden, entities, of_files, member, partial):
    """As one that refers to nothing, whatever it holds."""
    known = [hidden["secret"], hidden["embargoed"], hidden["recalled"], entities["secret"], *sum(of_files.values(), [])]
    with exchange.raw("FRA", "node") as raw:
        for identifier in known:
            said = []
            for i in (identifier, twin(identifier)):
                label = f"Relto-Label: {json.dumps({member: [i] if member == 'derivedFrom' else i})}"
                said.append(exact(raw, request("POST", import_target("refers", partial=partial), FILES["elset"], label), i))
            assert said[0] == said[1] and said[0].startswith(b"HTTP/1.1 201" if partial else b"HTTP/1.1 422") and b"\"stored\":1" not in said[0]


@pytest.mark.parametrize("partial", [None, "true"])
@pytest.mark.parametrize("kind", FILES)
def test_file_of_what_is_hidden_is_news(exchange, of_files, kind, partial):
    """A file that another has posted, and not shown, is taken as one that nobody has."""
    with exchange.raw("FRA", "node") as raw:
        said = [exact(raw, request("POST", import_target(source, partial=partial), FILES[kind]), "no id")
                for source in ("hidden-file-0", "hidden-file-1", "hidden-file-2", f"never-{partial}")]
    assert not any(i.encode() in answer for i in of_files[kind] for answer in said)
    assert len({nameless(answer) for answer in said}) == 1 and b"\"refused\":0" in said[0]


def cdm(designator, made):
    change = [(1, "OBJECT_DESIGNATOR", designator), (0, "MESSAGE_ID", designator + made), (0, "CREATION_DATE", made)]
    return messages.cdm(change).removeprefix("COMMENT the first\n")


@pytest.mark.parametrize("partial", [None, "true"])
def test_hidden_message_on_an_event_is_not_followed(exchange, partial):
    """Not even within a partner: what is under an embargo or recalled is hidden from its node, too."""
    def later(designator):
        with exchange.raw("JPN", "node") as raw:
            text = cdm(designator, "2026-05-21T00:00:00")
            return nameless(exact(raw, request("POST", import_target("events", partial=partial), text), "no id"))

    first = "00091" if partial else "00081"
    embargoed, recalled, seen, another = (f"{int(first) + n:05}" for n in range(4))
    with exchange.client("JPN", "node") as node, exchange.client("JPN", "fdo") as fdo:
        take(node, cdm(embargoed, "2026-05-20T00:00:00"), "events", "U//REL TO JPN, USA", embargo(exchange))
        spilt = take(node, cdm(recalled, "2026-05-20T00:00:00"), "events")[0]["id"]
        fdo.post(f"/v1/conjunction/{spilt}/recall", {"reason": "spill"}).ok(204)
        take(node, cdm(seen, "2026-05-20T00:00:00"), "events")
    assert later(embargoed) == later(recalled) == later(another)
    assert b"supersedes" in later(seen)


# --- conditions, filters, pages ---

@pytest.mark.parametrize("fields", ["If-None-Match: {etag}", "If-None-Match: *", "If-Match: {etag}", "If-Match: *",
                                    "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT", "Range: bytes=0-10",
                                    "Accept: application/xml", "Accept: text/csv", "Expect: 100-continue"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_tell_nothing(exchange, hidden, method, fields):
    identifier, field = hidden["secret"], fields.replace("{etag}", hidden["etag"])
    answers = []
    for i in (identifier, twin(identifier)):
        with exchange.raw("FRA", "operator") as raw:
            answers.append(exact(raw, request(method, f"/v1/eoobservation/{i}", None, field), i))
    assert answers[0] == answers[1]


def test_owner_is_told_apart_from_nobody(exchange, hidden):
    """The other side: what is hidden from FRA is there for its owner."""
    with exchange.client("JPN", "operator") as owner:
        owner.get(f"/v1/eoobservation/{hidden['secret']}").ok()
        owner.get(f"/v1/eoobservation/{twin(hidden['secret'])}").problem(404)


@pytest.mark.parametrize("ids", ["malformed", "00000000-0000-0000-0000-000000000000", "01890a5d-ac96-7b3c-9b1f-0123456789ab",
                                 "x" * 36, "%20", "01890a5dac968b3c9b1f0123456789ab"])
def test_malformed_ids_are_missing_too(exchange, hidden, ids):
    with exchange.raw("FRA") as raw:
        one = exact(raw, request("GET", f"/v1/eoobservation/{ids}"), ids)
        other = exact(raw, request("GET", f"/v1/eoobservation/{hidden['secret']}"), hidden["secret"])
        assert one == other


@pytest.mark.parametrize("query", [
    "satNo=99991", "source=hidden-source", "descriptor=*HIDDEN*", "descriptor=hidden-descriptor", "clientId=hidden-client-id",
    "tags=hidden-tag", "classificationMarking=S//NF", "classificationMarking=*NF*", "dataMode=REAL", "createdBy=JPN",
    "satNo=99990..99992", "satNo=1,99991", "satNo=%3E99991", "source=~x&satNo=99991"])
def test_filters_tell_nothing(exchange, hidden, query):
    """Lists and counts by what only the hidden record has are those of a reader to whom it never existed."""
    with exchange.client("FRA") as client:
        for path in ("/v1/eoobservation", "/udl/eoobservation"):
            listed = client.get(f"{path}?obTime=%3E1990-01-01&{query}").ok()
            assert hidden["secret"] not in listed.body.decode() and listed.json() == []
            for rest in ("tuple?columns=id,satNo,source&", "history?", "?columns=satNo&"):
                assert client.get(f"{path}/{rest}obTime=%3E1990-01-01&{query}".replace("/?", "?")).ok().body == b"[]"
            for rest in ("count", "history/count"):
                assert client.get(f"{path}/{rest}?obTime=%3E1990-01-01&{query}").ok().body == b"0"
    with exchange.client("JPN") as owner:
        assert owner.count("eoobservation", obTime=ANY_TIME, source="hidden-source") == 1


def test_paging_and_sorting_skip_nothing(exchange):
    """Hidden records between visible ones leave no gap in pages and do not show in any order."""
    visible = []
    with exchange.client("DEU", "node") as node:
        for i in range(30):
            record = withheld("S//NF", source="mixed") if i % 3 else observation("U", source="mixed")
            identifier = node.put_record("eoobservation", record)
            if not i % 3:
                visible.append(identifier)
    with exchange.client("FRA") as client:
        for sort in ("obTime,DESC", "ra,ASC", "satNo,DESC", "id,ASC", "createdAt,DESC"):
            pages = []
            for first in range(0, 30, 4):
                page = client.ids("eoobservation", obTime=ANY_TIME, source="mixed", sort=sort, maxResults=4, firstResult=first)
                assert len(page) == max(0, min(4, 10 - first))
                pages += page
            assert sorted(pages) == sorted(visible)


def test_created_by_others_tells_nothing_in_posts(exchange, hidden):
    """References to a hidden and to a missing record fail alike; a hidden record's content posted by another is a new one."""
    identifier = hidden["secret"]
    with exchange.raw("FRA", "node") as raw:
        for member in ("derivedFrom", "supersedes"):
            said = []
            for i in (identifier, twin(identifier)):
                record = observation("U", source="refers", satNo=5, ra=1, idSensor="S")
                record["relto"] = {member: [i] if member == "derivedFrom" else i}
                said.append(exact(raw, request("POST", "/v1/eoobservation", json.dumps(record)), i))
            assert said[0] == said[1] and said[0].startswith(b"HTTP/1.1 422")


def test_nobody_else_may_supersede(exchange):
    with exchange.client("USA", "node") as owner:
        old = owner.put_record("eoobservation", observation("U", source="old"))
        new = observation("U", source="new", relto={"supersedes": old})
    with exchange.client("FRA", "node") as other:
        assert other.sees("eoobservation", old)
        visible = other.post("/v1/eoobservation", new).problem(422)
        missing = other.post("/v1/eoobservation", dict(new, relto={"supersedes": twin(old)})).problem(422)
        assert json.dumps(visible).replace(old, "ID") == json.dumps(missing).replace(twin(old), "ID")
    with exchange.client("USA", "node") as owner:
        identifier = owner.put_record("eoobservation", new)
        assert owner.get(f"/v1/eoobservation/{identifier}").ok().json()["relto"]["supersedes"] == old


def test_restriction_is_for_owners(exchange):
    with exchange.client("USA", "node") as node:
        identifier = node.put_record("eoobservation", withheld("S//REL TO USA, JPN"))
        assert "restriction" in node.get(f"/v1/eoobservation/{identifier}").ok().json()["relto"]
    with exchange.client("JPN") as reader:
        body = reader.get(f"/v1/eoobservation/{identifier}").ok().body.decode()
        assert "restriction" not in body and "USSPACECOM" not in body


def test_nothing_internal_reaches_a_reader(exchange):
    with exchange.client("USA", "node") as node:
        identifier = node.put_record("eoobservation", observation("U"))
    with exchange.client("DEU") as reader:
        answer = reader.get(f"/v1/eoobservation/{identifier}").ok()
        names = set(re.findall(r'"(\w+)":', answer.body.decode()))
        assert not names & {"seq", "label_id", "labelId", "epoch", "digest", "xid", "ingested_at", "restriction"}
        assert {k.lower() for k, _ in answer.headers} <= {"date", "content-type", "content-length", "x-classification-banner", "x-request-id", "cache-control",
                                                           "etag", "connection", "keep-alive", "vary", "x-content-type-options"}


def test_refusals_of_the_role_come_before_any_look(exchange, hidden):
    """Who has no right to read at all learns that, of any id."""
    with exchange.client("USA", "admin") as admin:
        for i in (hidden["secret"], twin(hidden["secret"]), "malformed"):
            admin.get(f"/v1/eoobservation/{i}").problem(403)


def test_labels_of_others_are_not_explained(exchange):
    """Asked about a label that is not one's own, the exchange answers for the caller alone."""
    with exchange.client("FRA", "fdo") as client:
        told = client.post("/v1/policy/evaluate", {"type": "eoobservation", "dataMode": "REAL",
                                                   "classificationMarking": "//USA S//REL TO USA, GBR"})
        if told.status == 200:
            assert [p["partner"] for p in told.json()["partners"]] == ["FRA"]
        else:
            told.problem(422)


