"""What a hostile or careless HTTP client gets: malformed requests, limits from both sides, negotiation, problem+json."""
import contextlib
import gzip
import json
import re
import select
import socket
import subprocess

import pytest

import coalition
import harness
from coalition import ANY_TIME, observation
from harness import ROOT, Raw, tls_context

LIST = "/v1/eoobservation?obTime=%3E2020-01-01"
ASK = b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n"


def post_head(*fields, path="/v1/eoobservation"):
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *fields, "", ""])


def chunk(text):
    return f"{len(text):x}\r\n{text}\r\n"


def get(*fields, target="/v1/whoami", version="HTTP/1.1", host=True):
    return "\r\n".join([f"GET {target} {version}", *(["Host: localhost"] if host else []), *fields, "", ""])


RECORD = json.dumps(observation())
N = len(RECORD)

# Each must be answered with 400, or not at all, and the connection closed: what follows must not be taken for a request.
MALFORMED = {
    "length and chunks": post_head(f"Content-Length: {N}", "Transfer-Encoding: chunked") + chunk(RECORD) + "0\r\n\r\n",
    "chunks and length": post_head("Transfer-Encoding: chunked", f"Content-Length: {N}") + chunk(RECORD) + "0\r\n\r\n",
    "two lengths": post_head(f"Content-Length: {N}", f"Content-Length: {N + 5}") + RECORD,
    "two lengths, the first wrong": post_head("Content-Length: 0", f"Content-Length: {N}") + RECORD,
    "list of lengths": post_head(f"Content-Length: {N}, {N + 5}") + RECORD,
    "negative length": post_head("Content-Length: -1") + RECORD,
    "signed length": post_head(f"Content-Length: +{N}") + RECORD,
    "hexadecimal length": post_head(f"Content-Length: 0x{N:x}") + RECORD,
    "length with a tail": post_head(f"Content-Length: {N} x") + RECORD,
    "empty length": post_head("Content-Length:") + RECORD,
    "length beyond 64 bits": post_head("Content-Length: 18446744073709551617") + RECORD,
    "space before the colon of Transfer-Encoding": post_head("Transfer-Encoding : chunked") + chunk(RECORD) + "0\r\n\r\n",
    "space before the colon of Content-Length": post_head(f"Content-Length : {N}") + RECORD,
    "tab before the colon": post_head("Transfer-Encoding\t: chunked") + chunk(RECORD) + "0\r\n\r\n",
    "gzip, chunked": post_head("Transfer-Encoding: gzip, chunked") + chunk(RECORD) + "0\r\n\r\n",
    "chunked, gzip": post_head("Transfer-Encoding: chunked, gzip") + chunk(RECORD) + "0\r\n\r\n",
    "chunked twice": post_head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + chunk(RECORD) + "0\r\n\r\n",
    "identity": post_head("Transfer-Encoding: identity") + RECORD,
    "unknown coding": post_head("Transfer-Encoding: xchunked") + chunk(RECORD) + "0\r\n\r\n",
    "bare line feeds": get().replace("\r\n", "\n"),
    "one bare line feed": get("X-One: 1").replace("X-One: 1\r\n", "X-One: 1\n"),
    "bare carriage return in a field": get("X-One: a\rb"),
    "NUL in a field": get("X-One: a\0b"),
    "NUL in a field name": get("X-\0One: ab"),
    "NUL in the target": get(target="/v1/whoami\0x"),
    "encoded NUL in the path": get(target="/v1/whoami%00"),
    "encoded NUL in the middle": get(target="/v1/%00whoami"),
    "encoded NUL in the query": get(target="/v1/whoami?x=%00"),
    "no Host": get(host=False),
    "two Hosts": get("Host: localhost"),
    "two different Hosts": get("Host: elsewhere"),
    "folded field": get("X-One: a", " b"),
    "field before the first": "GET /v1/whoami HTTP/1.1\r\n X: y\r\nHost: localhost\r\n\r\n",
    "line without a colon": get("nonsense"),
    "empty field name": get(": x"),
    "space in a field name": get("X One: x"),
    "broken percent encoding": get(target="/v1/whoami%zz"),
    "half a percent encoding": get(target="/v1/whoami?x=%2"),
    "query that is not UTF-8": get(target="/v1/eoobservation/count?obTime=%3E2020-01-01&source=%ff"),
    "overlong UTF-8": get(target="/v1/eoobservation/count?obTime=%3E2020-01-01&source=%c0%af"),
    "surrogate in UTF-8": get(target="/v1/eoobservation/count?obTime=%3E2020-01-01&source=%ed%a0%80"),
    "request line of two words": "GET /v1/whoami\r\nHost: localhost\r\n\r\n",
    "unknown protocol": get(version="HTTX/1.1"),
    "HTTP/3 over TCP": get(version="HTTP/3.0"),
    "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "chunk size that is no number": post_head("Transfer-Encoding: chunked") + "zz\r\n" + RECORD + "\r\n0\r\n\r\n",
    "negative chunk size": post_head("Transfer-Encoding: chunked") + "-1\r\n" + RECORD + "\r\n0\r\n\r\n",
    "chunk size beyond 64 bits": post_head("Transfer-Encoding: chunked") + "1" + "0" * 16 + "\r\n" + RECORD + "\r\n0\r\n\r\n",
    "chunk longer than its size": post_head("Transfer-Encoding: chunked") + f"{N - 3:x}\r\n{RECORD}\r\n0\r\n\r\n",
}


# libmicrohttpd finds these by itself and closes after a page of its own, before anything of ours sees the request.
LIBRARY = {"list of lengths", "negative length", "signed length", "hexadecimal length", "length with a tail", "empty length",
           "length beyond 64 bits", "NUL in a field name", "line without a colon", "request line of two words",
           "unknown protocol", "HTTP/3 over TCP", "HTTP/2 preface", "chunk size that is no number", "negative chunk size",
           "chunk size beyond 64 bits", "chunk longer than its size"}


def answers(data):
    """The answers in these bytes, each checked; bytes that are no answer are an error."""
    found = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        assert lines[0].startswith("HTTP/1.1 "), data[:300]
        headers = [tuple(p.strip() for p in line.split(":", 1)) for line in lines[1:]]
        length = int(dict((k.lower(), v) for k, v in headers).get("content-length", "0"))
        found.append(harness.Answer("?", "?", int(lines[0].split(" ")[1]), headers, rest[:length]))
        data = rest[length:]
    return found


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_request_is_refused_and_the_connection_closed(exchange, case):
    with exchange.client("USA") as client, exchange.raw("USA", "node") as raw:
        before = client.count("eoobservation", obTime=ANY_TIME)
        raw.send(MALFORMED[case])
        with contextlib.suppress(OSError):  # closed already: all the better
            raw.send(ASK)
        data = raw.to_end()
        if case in LIBRARY and b"<html>" in data:
            assert set(re.findall(rb"HTTP/1\.1 (\d+)", data)) <= {b"400", b"413", b"505"}, data
        else:
            said = answers(data)
            assert len(said) <= 1, said
            for answer in said:
                answer.problem(400)
        assert client.count("eoobservation", obTime=ANY_TIME) == before


@pytest.mark.parametrize("fields", [["Content-Length: 5"], ["Transfer-Encoding: chunked"]])
def test_body_of_a_get_is_never_the_next_request(exchange, fields):
    smuggled = "GET /v1/partners HTTP/1.1\r\nHost: localhost\r\n\r\n"
    body = smuggled if "Length" in fields[0] else chunk(smuggled) + "0\r\n\r\n"
    fields = [f"Content-Length: {len(smuggled)}"] if "Length" in fields[0] else fields
    with exchange.raw() as raw:
        raw.send(get(*fields) + body)
        first = raw.answer()
        if first.status == 200:
            assert b"spiffe" in first.body
        else:
            first.problem(400)
        raw.send(get(target="/v1/reasons"))
        said = answers(raw.to_end()) if first.header("Connection") == "close" else [raw.answer()]
        assert len(said) <= 1 and all(b"SOURCES" in a.ok().body for a in said), said


def test_pipelined_requests_are_answered_in_order(exchange):
    with exchange.raw() as raw:
        raw.send(get() + get(target="/v1/reasons") + get(target="/v1/nothing/here") + get())
        first, second, third, fourth = (raw.answer() for _ in range(4))
        assert b"spiffe" in first.ok().body and b"SOURCES" in second.ok().body and fourth.ok().body == first.body
        third.problem(404)
        assert len({a.header("X-Request-Id") for a in (first, second, third, fourth)}) == 4


def test_chunked_body_is_a_body(exchange):
    with exchange.raw("USA", "node") as raw:
        record = json.dumps(observation())
        raw.send(post_head("Transfer-Encoding: chunked"), chunk(record[:10]), chunk(record[10:]), "0\r\n\r\n")
        raw.answer("POST").ok(201)
        raw.send(ASK).answer().ok()


def test_expectation_is_met(exchange):
    with exchange.raw("USA", "node") as raw:
        record = json.dumps(observation())
        raw.send(post_head(f"Content-Length: {len(record)}", "Expect: 100-continue"))
        assert raw._until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        raw.send(record).answer("POST").ok(201)


# --- bodies that are no records ---

BAD_JSON = {
    "nothing": b"", "white space": b"  ", "no JSON": b"hello", "cut": RECORD[:-1].encode(), "trailing comma": RECORD[:-1].encode() + b",}",
    "tail": RECORD.encode() + b"x", "two values": RECORD.encode() * 2, "byte order mark": b"\xef\xbb\xbf" + RECORD.encode(),
    "UTF-16": RECORD.encode("utf-16"), "NUL": RECORD.encode() + b"\0", "not UTF-8": RECORD.replace("e2e", "e\xff").encode("latin-1"),
    "single quotes": RECORD.replace('"', "'").encode(), "comment": b"/* */" + RECORD.encode(),
    "deep": b"[" * 100000, "deep objects": b'{"a":' * 50000, "NaN": RECORD.replace("-30.25", "NaN").encode(),
    "Infinity": RECORD.replace("-30.25", "-Infinity").encode(), "leading zero": RECORD.replace("-30.25", "-030.25").encode(),
    "plus": RECORD.replace("-30.25", "+30.25").encode(), "bare point": RECORD.replace("-30.25", "-30.").encode(),
    "raw control character": RECORD.replace("e2e", "e\x01e").encode(), "bad escape": RECORD.replace("e2e", "\\x41").encode(),
    "half escape": RECORD.replace("e2e", "\\u12").encode(),
}


@pytest.mark.parametrize("case", BAD_JSON)
def test_body_that_is_no_json(exchange, case):
    with exchange.client("USA", "node") as client:
        client.post("/v1/eoobservation", BAD_JSON[case]).problem(400)
        client.post("/v1/eoobservation/createBulk", BAD_JSON[case]).problem(400)
        client.get("/v1/whoami").ok()


UNSTORABLE = {
    "number beyond double": (lambda r: RECORD.replace("-30.25", "1e999"), "declination"),
    "lone surrogate": (lambda r: RECORD.replace("e2e", "\\ud800"), "source"),
    "NUL escape": (lambda r: RECORD.replace("e2e", "\\u0000"), "source"),
    "name twice": (lambda r: RECORD[:-1] + ', "ra": 1}', "ra"),
    "fractional integer": (lambda r: RECORD.replace('"satNo": ', '"satNo": 1.5, "x":'), "satNo"),
    "integer as exponent": (lambda r: RECORD.replace('"satNo": ', '"satNo": 1e3, "x":'), "satNo"),
    "integer beyond 64 bits": (lambda r: RECORD.replace('"satNo": ', '"satNo": 9223372036854775808, "x":'), "satNo"),
}


@pytest.mark.parametrize("case", UNSTORABLE)
def test_json_that_is_no_record(exchange, case):
    make, where = UNSTORABLE[case]
    with exchange.client("USA", "node") as client:
        answer = client.post("/v1/eoobservation", make(None))
        assert answer.status in (400, 422), answer
        assert where in json.dumps(answer.problem()), answer


@pytest.mark.parametrize("path,body", [("/v1/eoobservation", f"[{RECORD}]"), ("/v1/eoobservation/createBulk", RECORD),
                                       ("/v1/eoobservation", "null"), ("/v1/eoobservation/createBulk", "[1]"),
                                       ("/v1/eoobservation/createBulk", f"[[{RECORD}]]")])
def test_wrong_shape_of_a_body(exchange, path, body):
    with exchange.client("USA", "node") as client:
        answer = client.post(path, body)
        assert answer.status in (400, 422), answer


# --- methods and negotiation ---

def routes(client):
    return client.get("/v1/openapi.json").ok().json()["paths"]


def test_every_route_says_which_methods_it_allows(exchange):
    """Whether records of a type are posted, and have versions, is told to who might post them."""
    with exchange.client("USA", "fdo") as fdo, exchange.client("USA", "node") as node:
        paths = routes(fdo)
        assert len(paths) > 20
        for path, operations in paths.items():
            target = path.replace("{id}", "01890a5d-ac96-8b3c-9b1f-0123456789ab").replace("{code}", "USA").replace("{type}", "elset")
            allowed = {m.upper() for m in operations if m in ("get", "post", "put", "delete", "patch", "head")}
            allowed |= {"HEAD"} if "GET" in allowed else set()
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO", "GET", "POST"):
                if method in allowed:
                    continue
                client = node if method in ("POST", "PUT") else fdo
                answer = client.request(method, target, headers={"Content-Length": "0", "Content-Type": "application/json"})
                if "GET" not in allowed and method == "GET" and path.endswith("createBulk"):
                    assert answer.status in (404, 405), answer  # "createBulk" may also be read as an {id}
                    continue
                answer.problem(405)
                said = {m.strip() for m in answer.header("Allow").split(",")}
                assert said >= allowed and method not in said, (path, allowed, said)


@pytest.mark.parametrize("accept", ["application/pdf", "text/html", "application/json;q=0", "image/*", "image/png, application/pdf;q=0.9"])
def test_not_acceptable(exchange, accept):
    with exchange.client("USA") as client:
        for target in (LIST, "/v1/whoami", "/v1/partners"):
            client.get(target, Accept=accept).problem(406)


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "text/html, */*;q=0.1",
                                    "application/json; charset=utf-8", "application/pdf, application/json;q=0.5", ""])
def test_acceptable(exchange, accept):
    with exchange.client("USA") as client:
        for target in (LIST, "/v1/whoami", "/v1/partners"):
            client.get(target, Accept=accept).ok()


def test_count_is_text(exchange):
    with exchange.client("USA") as client:
        for accept in ("text/plain", "*/*", "text/*"):
            client.get("/v1/eoobservation/count", {"obTime": ANY_TIME}, Accept=accept).ok()
        client.get("/v1/eoobservation/count", {"obTime": ANY_TIME}, Accept="application/pdf").problem(406)


@pytest.mark.parametrize("media,status", [
    ("application/json", 201), ("application/json; charset=utf-8", 201), ("APPLICATION/JSON", 201), ("text/plain", 415),
    ("application/x-www-form-urlencoded", 415), ("application/jsonx", 415), ("multipart/form-data; boundary=x", 415),
    ("application/json; charset=utf-16", 415)])
def test_media_types_of_a_body(exchange, media, status):
    with exchange.client("USA", "node") as client:
        answer = client.post("/v1/eoobservation", observation(), {"Content-Type": media})
        assert answer.status == status, answer


def test_encoded_body_is_not_supported(exchange):
    with exchange.client("USA", "node") as client:
        client.post("/v1/eoobservation", observation(), {"Content-Encoding": "gzip"}).problem(415)


def test_answers_are_coded_for_who_accepts_it(exchange):
    """The same records, the banner and the disclosure as ever; a tag that is not that of the plain bytes, and matches it."""
    with exchange.client("USA", "node") as client:
        ids = client.put_records("eoobservation", [observation() for _ in range(20)])
        target = "/v1/eoobservation?obTime=%3E2020-01-01T00:00:00.000000Z&maxResults=1000"
        plain, coded = client.get(target).ok(), client.get(target, Accept_Encoding="gzip, deflate;q=0.5").ok()
        assert plain.header("Vary") == coded.header("Vary") == "Accept-Encoding"
        assert coded.header("Content-Encoding") == "gzip" and plain.header("Content-Encoding") is None
        text = gzip.decompress(coded.body)
        assert text == plain.body and set(ids) <= {r["id"] for r in json.loads(text)}
        assert len(coded.body) < len(plain.body) / 2
        assert coded.header("X-Classification-Banner") == plain.header("X-Classification-Banner")
        one = client.get(f"/v1/eoobservation/{ids[0]}", Accept_Encoding="gzip, identity;q=0").ok()
        assert json.loads(gzip.decompress(one.body))["id"] == ids[0]
        tag = client.get(f"/v1/eoobservation/{ids[0]}").ok().header("ETag")
        assert one.header("ETag") == "W/" + tag
        for known in (tag, "W/" + tag):
            assert client.get(f"/v1/eoobservation/{ids[0]}", If_None_Match=known).status == 304
            assert client.get(f"/v1/eoobservation/{ids[0]}", If_None_Match=known, Accept_Encoding="gzip, identity;q=0").status == 304
        client.get(f"/v1/eoobservation/{ids[0]}", Accept_Encoding="br, identity;q=0").problem(406)


@pytest.mark.parametrize("target", ["/", "/v1", "/v1/", "/v2/elset", "/v1/elsets", "/v1/elset/", "/v1//elset", "/v1/elset/x/y/z",
                                    "/v1/../v1/elset", "/v1/%2e%2e/whoami", "/v1/ELSET", "/healthz", "/metrics", "/readyz",
                                    "/v1/whoami/", "/udl/whoami", "/v1/partners/NOBODY", "/v1/agreements/NONE"])
def test_unknown_paths(exchange, target):
    with exchange.client("USA") as client:
        client.get(target).problem(404)
        assert client.request("HEAD", target).status == 404


def test_head_is_get_without_its_body(exchange):
    with exchange.client("USA", "node") as client:
        identifier = client.put_record("eoobservation", observation())
        for target in ("/v1/whoami", "/v1/partners", "/v1/partners/USA", f"/v1/eoobservation/{identifier}",
                       "/v1/openapi.json", "/v1/eoobservation/queryhelp", LIST,
                       "/v1/eoobservation/count?obTime=%3E2020-01-01"):
            whole, head = client.get(target).ok(), client.request("HEAD", target).ok()
            # A length that only the GET would find out is left out, and the connection ends with the answer.
            # So is the banner of a list, and whether it is long enough to be coded (RFC 9110 section 9.3.2: what is known
            # only when the content is made).
            varying = ("date", "x-request-id", "content-length", "transfer-encoding", "connection") + (
                ("x-classification-banner", "vary") if target == LIST else ())
            pick = lambda a: sorted((k.lower(), v) for k, v in a.headers if k.lower() not in varying)
            assert pick(head) == pick(whole), (head, whole)
            if head.header("Content-Length") is not None:
                assert int(head.header("Content-Length")) == len(whole.body) or not target.startswith("/v1/w"), (head, whole)


def test_data_is_not_to_be_cached(exchange):
    with exchange.client("USA", "node") as client:
        identifier = client.put_record("eoobservation", observation())
        for target in (LIST, f"/v1/eoobservation/{identifier}", "/v1/eoobservation/count?obTime=%3E2020-01-01"):
            assert client.get(target).ok().header("Cache-Control") == "private, no-store"
        missing = client.get("/v1/eoobservation/01890a5d-ac96-8b3c-9b1f-0123456789ab")
        assert missing.status == 404


# --- limits, from both sides ---

LIMITS = {"limits.body": 4096, "limits.uri": 512, "limits.header": 2048, "limits.query_params": 8, "limits.depth": 3,
          "limits.elements": 50, "limits.string": 300, "limits.records_per_request": 10, "limits.connections": 8,
          "limits.connections_per_address": 5, "limits.labels_per_originator": 4}
SHORT = {"limits.request_seconds": 2, "limits.handshake_seconds": 2, "limits.idle_seconds": 2}
BUSY = {"server.workers": 2, "limits.requests_queued": 2, "limits.queued_records": 10, "database.statement_ms": 1500,
        "database.readers": 2}


@pytest.fixture(scope="module")
def small(new_exchange):
    return new_exchange("small", LIMITS)


def padded(size):
    """A valid record, as JSON of exactly so many bytes."""
    text = json.dumps(observation())
    return text[:-1] + " " * (size - len(text)) + "}"


def test_limit_of_a_body(small):
    with small.client("USA", "node") as client:
        client.post("/v1/eoobservation", padded(4096)).ok(201)
        client.post("/v1/eoobservation", padded(4097)).problem(413)
    with small.raw("USA", "node") as raw:  # told at once: who goes on sending may meet the connection's end first
        raw.send_until_closed(post_head(f"Content-Length: {1 << 20}"), padded(1 << 20))
        assert set(re.findall(rb"HTTP/1\.1 (\d+)", raw.to_end())) <= {b"413"}


def test_limit_of_a_chunked_body(small):
    for size, status in ((4096, 201), (4097, 413)):
        with small.raw("USA", "node") as raw:
            body = padded(size)
            raw.send(post_head("Transfer-Encoding: chunked"), *(chunk(body[i:i + 1000]) for i in range(0, size, 1000)), "0\r\n\r\n")
            assert raw.answer("POST").status == status


def test_too_large_a_body_is_refused_before_it_is_sent(small):
    with small.raw("USA", "node") as raw:
        raw.send(post_head("Content-Length: 5000", "Expect: 100-continue"))
        raw.answer("POST").problem(413)


def count_target(length):
    start = "/v1/eoobservation/count?obTime=%3E2020-01-01&source="
    return start + "x" * (length - len(start))


def test_limit_of_the_target(small):
    with small.client("USA") as client:
        client.get(count_target(512)).ok()
        client.get(count_target(513)).problem(414)
    with small.client("USA") as client:
        client.get("/v1/" + "x" * 600).problem(414)


def test_limit_of_the_header(small):
    with small.client("USA") as client:
        client.get("/v1/whoami", X_Long="x" * 1500).ok()
    with small.client("USA") as client:
        client.get("/v1/whoami", X_Long="x" * 2300).problem(431)
    with small.raw() as raw:
        raw.send(get(*(f"X-{i}: {'y' * 20}" for i in range(120))))
        raw.answer().problem(431)
    with small.raw() as raw:  # never ends: refused all the same, by the library, whose memory it fills
        raw.send_until_closed("GET /v1/whoami HTTP/1.1\r\nX: " + "x" * 70000)
        assert set(re.findall(rb"HTTP/1\.1 (\d+)", raw.to_end())) <= {b"431"}  # of the library's making


def test_limit_of_query_parameters(small):
    names = ["ra", "declination", "satNo", "source", "mag", "range", "intensity", "losx"]
    ask = lambda n: "/v1/eoobservation/count?obTime=%3E2020-01-01&" + "&".join(f"{name}=1" for name in names[:n - 1])
    with small.client("USA") as client:
        client.get(ask(8)).ok()
        client.get(ask(9)).problem(400)


def test_limit_of_depth(small):
    with small.client("USA", "node") as client:
        client.post("/v1/eoobservation", observation(eoobservationDetails={"colorCoeffs": [1, 2]})).ok(201)
        answer = client.post("/v1/eoobservation", observation(eoobservationDetails={"imageCorners": [[1, 2], [3, 4]]}))
        assert answer.status in (400, 422), answer


def test_limit_of_elements(small):
    base = len(observation()) + 1
    with small.client("USA", "node") as client:
        client.post("/v1/eoobservation", observation(tags=[f"t{i}" for i in range(50 - base - 1)])).ok(201)
        answer = client.post("/v1/eoobservation", observation(tags=[f"t{i}" for i in range(50 - base + 2)]))
        assert answer.status in (400, 422), answer


def test_limit_of_a_string(small):
    with small.client("USA", "node") as client:
        client.post("/v1/eoobservation", observation(descriptor="d" * 300)).ok(201)
        client.post("/v1/eoobservation", observation(descriptor="\u00e9" * 150)).ok(201)
        for long in ("d" * 301, "\u00e9" * 151):
            answer = client.post("/v1/eoobservation", observation(descriptor=long))
            assert answer.status == 422 and "descriptor" in answer.problem()["where"], answer


def test_limit_of_records(small):
    with small.client("USA", "node") as client:
        client.put_records("eoobservation", [observation() for _ in range(10)])
        client.post("/v1/eoobservation/createBulk", [observation() for _ in range(11)]).problem(413)


def test_limit_of_labels(small):
    with small.client("JPN", "node") as client:
        markings = ["U", "C", "S", "TS//REL TO JPN, USA", "S//REL TO JPN, USA"]
        first = [observation(m, dataMode="REAL", relto={"restriction": coalition.restriction()}) for m in markings]
        for record in first[:4]:
            client.post("/v1/eoobservation", record).ok(201)
        client.post("/v1/eoobservation", first[4]).problem(429)
        client.post("/v1/eoobservation", first[0]).ok(201)
    with small.client("FRA", "node") as other:
        other.post("/v1/eoobservation", observation("U")).ok(201)


def connect_from(exchange, address):
    plain = socket.create_connection(("127.0.0.1", exchange.port), harness.PATIENCE, source_address=(address, 0))
    try:
        raw = Raw.__new__(Raw)
        raw.context, raw.rest = tls_context(exchange, exchange.pki.principal("USA", "operator")), b""
        raw.socket = raw.context.wrap_socket(plain, server_hostname="127.0.0.1")
        answer = raw.send(ASK).answer()
        if answer.status == 200:
            return raw
        answer.problem(429 if "address" in str(answer.body) else 503)
    except (OSError, EOFError):
        pass
    plain.close()
    return None


def test_limit_of_connections(small):
    """Per address, then in all; whoever is connected is not disturbed, and a place that becomes free is given again."""
    with contextlib.ExitStack() as stack:
        keep = lambda c: stack.enter_context(c) if c else None
        first = [keep(connect_from(small, "127.0.0.1")) for _ in range(5)]
        assert all(first)
        assert keep(connect_from(small, "127.0.0.1")) is None
        second = [keep(connect_from(small, "127.0.0.2")) for _ in range(3)]
        assert all(second)
        assert keep(connect_from(small, "127.0.0.3")) is None
        for raw in first + second:
            raw.send(ASK).answer().ok()
    # The server notices closed connections when it comes to them; each attempt here is a new, complete connection.
    again = next(filter(None, (connect_from(small, "127.0.0.1") for _ in range(500))), None)
    assert again is not None
    again.close()


@pytest.fixture(scope="module")
def hasty(new_exchange):
    return new_exchange("hasty", SHORT)


def quiet(raw):
    """A connection on which nothing is left to read, session tickets included."""
    raw.send(ASK).answer().ok()
    return raw


def drip(raw, data):
    """One byte now and then for as long as the server listens; what it said in the end."""
    data = iter(data.encode())
    for byte in data:
        readable, _, _ = select.select([raw.socket], [], [], 0.1)
        if readable:
            break
        try:
            raw.send(bytes([byte]))
        except OSError:
            break
    else:
        raise AssertionError("the server listened to all of it")
    return raw.to_end()


def timed_out(data):
    said = answers(data)
    assert len(said) <= 1, said
    for answer in said:
        answer.problem(408)


def test_header_that_never_ends(hasty):
    with hasty.raw() as raw:
        timed_out(drip(quiet(raw), get("X: " + "x" * 10000)))
    with hasty.raw() as raw:
        timed_out(raw.send("GET /v1/whoami HT").to_end())


def test_body_that_never_ends(hasty):
    with hasty.raw("USA", "node") as raw:
        quiet(raw).send(post_head("Content-Length: 10000"))
        timed_out(drip(raw, "x" * 10000))
    with hasty.raw("USA", "node") as raw:
        quiet(raw).send(post_head("Transfer-Encoding: chunked"))
        timed_out(drip(raw, "1\r\nx\r\n" * 2000))


def test_handshake_that_never_ends(hasty):
    with socket.create_connection(("127.0.0.1", hasty.port), harness.PATIENCE) as plain:
        assert plain.recv(1) == b""
    with socket.create_connection(("127.0.0.1", hasty.port), harness.PATIENCE) as plain:
        plain.sendall(b"\x16\x03\x01\x02\x00\x01")
        with contextlib.suppress(ConnectionError):
            while plain.recv(100):
                pass


def test_idle_connection_is_closed(hasty):
    with hasty.raw() as raw:
        raw.send(ASK).answer().ok()
        assert raw.to_end() == b""


def test_plain_text_is_refused(exchange):
    with socket.create_connection(("127.0.0.1", exchange.port), harness.PATIENCE) as plain:
        plain.sendall(ASK)
        data = b""
        with contextlib.suppress(ConnectionError):
            while piece := plain.recv(1000):
                data += piece
        assert b"HTTP" not in data


class Lock:
    """Holds a table in a session of its own, so that whoever needs it waits."""

    def __init__(self, exchange, table="record", mode="ACCESS EXCLUSIVE"):
        name = exchange.conninfo.split("dbname=")[1]
        self.psql = subprocess.Popen([str(ROOT / "deploy/pg"), "psql", str(exchange.postgres.folder), "-d", name, "-XAtq"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        print(f"BEGIN; LOCK TABLE {table} IN {mode} MODE; SELECT 'held';", file=self.psql.stdin, flush=True)
        assert self.psql.stdout.readline().strip() == "held"

    def release(self):
        if self.psql.poll() is None:
            self.psql.communicate("ROLLBACK;\n", timeout=harness.PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()


@pytest.fixture(scope="module")
def busy(new_exchange):
    return new_exchange("busy", BUSY)


def test_limit_of_a_statement(busy):
    with busy.client("USA") as client:
        client.list("eoobservation", obTime=ANY_TIME)
        with Lock(busy):
            client.get(LIST).problem(503, "SLOW_QUERY")
            client.get("/v1/whoami").ok()
        client.list("eoobservation", obTime=ANY_TIME)


def test_limit_of_waiting_requests(busy):
    """Two run, two wait; whoever comes then is told to come back, and those who waited are served."""
    with contextlib.ExitStack() as stack:
        raws = [quiet(stack.enter_context(busy.raw())) for _ in range(8)]
        with Lock(busy) as lock:
            for raw in raws:
                raw.send(get(target=LIST))
            ready, _, _ = select.select([r.socket for r in raws], [], [], harness.PATIENCE)
            early = [r for r in raws if r.socket in ready]
            for raw in early:
                raw.answer().problem(503)
            lock.release()
        late = [raw.answer() for raw in raws if raw not in early]
        assert {a.status for a in late} <= {200, 503}, late
        assert busy.client("USA").get(LIST).ok()


def test_limit_of_queued_records(busy):
    """More than may wait is refused at once; what was accepted is stored when the database goes on."""
    batches = [json.dumps([observation() for _ in range(10)]) for _ in range(8)]
    with contextlib.ExitStack() as stack:
        raws = [quiet(stack.enter_context(busy.raw("USA", "node"))) for _ in batches]
        with Lock(busy, mode="EXCLUSIVE") as lock:
            for raw, body in zip(raws, batches):
                raw.send(post_head(f"Content-Length: {len(body)}", path="/v1/eoobservation/createBulk"), body)
            ready, _, _ = select.select([r.socket for r in raws], [], [], harness.PATIENCE)
            early = [r for r in raws if r.socket in ready]
            for raw in early:
                raw.answer("POST").problem(503)
            lock.release()
        late = [raw.answer("POST") for raw in raws if raw not in early]
        assert {a.status for a in late} <= {201, 503} and 201 in {a.status for a in late}, late
    with busy.client("USA", "node") as client:
        for body in batches:
            client.post("/v1/eoobservation/createBulk", body).ok(201)
