"""Files behind records: taken with their record, sent to who may see all of it, and gone with it."""
import datetime
import io
import json
import random
import zipfile

import pytest

from coalition import ANY_TIME, changed, coalition, entry, restriction
from harness import day_zero, iso
from test_hidden import exact, request, twin

HDF5 = b"\x89HDF\r\n\x1a\n"
PIECE = 262144
STEPS = [{"drop": ["receiver"]}]
YEARS = 21 * 366


def policy():
    def change(fresh):
        fresh["views"] = [{"code": "NO-RECEIVER", "title": "Without the receiver", "types": {"gnssrawif": STEPS}}]
        entry(fresh, "agreements", id="USA-JPN-2026")["views"] = {"gnssrawif": "NO-RECEIVER"}
    return changed(coalition(), change)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", policy=policy())


@pytest.fixture
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


def samples(n=1000):
    return HDF5 + random.Random(n).randbytes(n - len(HDF5))


def described(marking="U", t=None, **more):
    t = t or day_zero()
    return dict({"classificationMarking": marking, "dataMode": "TEST", "source": "e2e", "centerFreq": [1575.42], "receiver": "R1",
                 "fileName": "one.hdf5", "startTime": iso(t), "endTime": iso(t + datetime.timedelta(minutes=1))}, **more)


def archive(*files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return out.getvalue()


def upload(record, content, name="one.hdf5"):
    return archive(("one.json", json.dumps(record)), (name, content))


def form(content, name="file", boundary="--------------------------0123456789", quoted=False):
    said = f'"{boundary}"' if quoted else boundary
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="a.zip"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={said}"}


def drop(client, body, headers=None, prefix=""):
    return client.post(f"{prefix}/filedrop/udl-gnssrawif", body, headers or {"Content-Type": "application/zip"})


def put(client, record, content):
    answer = drop(client, upload(record, content)).ok(202)
    assert answer.body == b"" and answer.header("Content-Type") is None
    return answer.header("X-Record-Ids")


def fetch(client, identifier, prefix="/udl", kind="gnssrawif", **headers):
    return client.get(f"{prefix}/{kind}/getFile/{identifier}", **{"Accept": "application/octet-stream", **headers})


@pytest.mark.parametrize("prefix", ["/v1", "/udl"])
@pytest.mark.parametrize("size", [len(HDF5), 1000, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 17])
def test_a_file_comes_back_as_it_went(node, prefix, size):
    content = samples(size)
    identifier = put(node, described(fileSize=size, setId=prefix), content)
    assert node.get(f"/v1/gnssrawif/{identifier}").ok().json()["fileSize"] == size
    file = fetch(node, identifier, prefix).ok()
    assert file.body == content and file.header("Content-Type") == "application/octet-stream"
    assert file.header("Content-Disposition") == 'attachment; filename="one.hdf5"'
    assert file.header("X-Classification-Banner") == "UNCLASSIFIED"
    head = node.request("HEAD", f"{prefix}/gnssrawif/getFile/{identifier}").ok()
    assert head.header("Content-Length") == str(size) and head.header("Content-Disposition") == file.header("Content-Disposition")


def test_what_was_uploaded_twice_is_one_record(node):
    record = described(setId="twice")
    first = put(node, record, samples(99))
    assert put(node, record, samples(99)) == first
    # Another file, or none, is another record.
    other = put(node, record, samples(100))
    plain = node.put_record("gnssrawif", record)
    assert len({first, other, plain}) == 3
    assert fetch(node, other).ok().body == samples(100) and fetch(node, first).ok().body == samples(99)
    fetch(node, plain).problem(404)


@pytest.mark.parametrize("prefix", ["", "/v1"])
@pytest.mark.parametrize("quoted", [False, True])
def test_upload_as_a_form(node, prefix, quoted):
    body, headers = form(upload(described(setId=f"form {prefix} {quoted}"), samples()), quoted=quoted)
    answer = drop(node, body, headers, prefix).ok(202)
    assert answer.body == b"" and answer.header("Content-Type") is None
    assert fetch(node, answer.header("X-Record-Ids")).ok().body == samples()


def spoiled(change):
    body, headers = form(upload(described(), samples()))
    return change(body, headers)


GOOD = described(setId="refused")
REFUSED = {
    "no form": (lambda: (b"what", {"Content-Type": "application/octet-stream"}), 400, "Content-Type"),
    "no boundary": (lambda: spoiled(lambda b, h: (b, {"Content-Type": "multipart/form-data"})), 400, "Content-Type"),
    "long boundary": (lambda: form(b"", boundary="b" * 71), 400, "Content-Type"),
    "another boundary": (lambda: spoiled(lambda b, h: (b, {"Content-Type": "multipart/form-data; boundary=x"})), 400, "body"),
    "cut": (lambda: spoiled(lambda b, h: (b[:-60], h)), 400, "body"),
    "another name": (lambda: form(upload(GOOD, samples()), name="data"), 400, "body"),
    "no archive": (lambda: form(b"what"), 422, "body"),
    "no samples": (lambda: form(archive(("one.json", json.dumps(GOOD)))), 422, "body"),
    "no record": (lambda: form(archive(("one.hdf5", samples()))), 422, "body"),
    "two records": (lambda: form(archive(("a.json", "{}"), ("b.json", "{}"))), 422, "b.json"),
    "two files": (lambda: form(archive(("a.h5", samples()), ("b.hdf5", samples()))), 422, "b.hdf5"),
    "something else": (lambda: form(archive(("readme.txt", "hello"))), 422, "readme.txt"),
    "no HDF5": (lambda: form(upload(GOOD, b"samples")), 422, "one.hdf5"),
    "an array": (lambda: form(upload([GOOD], samples())), 422, "$"),
    "no start": (lambda: form(upload({k: v for k, v in GOOD.items() if k != "startTime"}, samples())), 422, "$"),
    "no marking": (lambda: form(upload(dict(GOOD, classificationMarking="SECRETLY"), samples())), 422, "$"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_uploads(node, case):
    make, status, where = REFUSED[case]
    fault = drop(node, *make()).problem(status)
    assert fault["where"] == where or fault["where"].startswith(where + "."), fault
    assert node.count("gnssrawif", startTime=ANY_TIME, setId="refused") == 0


def test_hdf5_behind_a_block_of_the_user(node):
    content = b"\0" * 1024 + samples()
    identifier = put(node, described(setId="block"), content)
    assert fetch(node, identifier).ok().body == content
    drop(node, upload(described(setId="block"), b"\0" * 1023 + samples())).problem(422)


def test_a_name_is_told_in_plain_characters(node):
    body = archive(("a/ü \"1\".hdf5", samples()), ("a/b.json", json.dumps(described(setId="name"))))
    identifier = drop(node, body).ok(202).header("X-Record-Ids")
    assert fetch(node, identifier).ok().header("Content-Disposition") == 'attachment; filename="a_____1_.hdf5"'


# --- who is sent it ---

@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_hidden_is_missing(exchange, node, method):
    """Hidden, missing, without a file, of a type without files, shown in part: one answer, byte for byte."""
    secret = put(node, described("S//NF", relto={"restriction": restriction()}), samples())
    plain = node.put_record("gnssrawif", described(setId="plain"))
    with exchange.client("JPN", "node") as jpn:
        with exchange.client("USA") as usa:
            partial = put(jpn, described("//JPN C", setId="part"), samples())
            shown = usa.get(f"/v1/gnssrawif/{partial}").ok().json()
            assert "receiver" not in shown and shown["relto"]["view"] == "NO-RECEIVER"
        assert fetch(jpn, partial).ok().body == samples()
    answers = []
    for reader, identifier in ((("FRA", "operator"), secret), (("FRA", "operator"), twin(secret)), (("FRA", "operator"), plain),
                               (("USA", "operator"), partial)):
        for prefix in ("/v1", "/udl"):
            with exchange.raw(*reader) as raw:
                answers.append(exact(raw, request(method, f"{prefix}/gnssrawif/getFile/{identifier}"), identifier))
    assert len(set(answers)) == 1, answers
    with exchange.client("FRA") as fra:
        fra.get(f"/v1/elset/getFile/{plain}").problem(404)
    assert fetch(node, secret).ok().body == samples()


def test_a_file_follows_its_records_label(exchange, node):
    identifier = put(node, described(setId="spilled"), samples())
    with exchange.client("FRA") as fra, exchange.client("USA", "fdo") as officer:
        assert fetch(fra, identifier).ok().body == samples()
        told = officer.get("/v1/disclosures", {"id": identifier, "type": "gnssrawif"}).ok().body
        assert told.count(b"fra.example/operator") == 1, told
        officer.post(f"/v1/gnssrawif/{identifier}/recall", {"reason": "a test"}).ok(204)
        fetch(fra, identifier).problem(404)


def test_what_is_closed_meanwhile_is_not_sent(exchange, node):
    """Each piece is decided anew; a file that is cut does not look whole."""
    content = samples(20_000_000)
    identifier = put(node, described(setId="cut"), content)
    with exchange.client("FRA") as fra:
        assert fetch(fra, identifier).ok().body == content
    with exchange.raw("FRA", "operator") as raw, exchange.client("USA", "fdo") as officer:
        raw.send(request("GET", f"/v1/gnssrawif/getFile/{identifier}"))
        assert raw.more().startswith(b"HTTP/1.1 200")
        officer.post(f"/v1/gnssrawif/{identifier}/recall", {"reason": "a test"}).ok(204)
        rest = raw.to_end_of_chunks()
    assert 0 < len(rest) < len(content) and not rest.endswith(b"\r\n0\r\n\r\n")


def test_the_second_lock(exchange, node):
    """Who reads without a class that sees the record sees no file either, whatever the daemon asks."""
    put(node, described("S//NF", setId="locked", relto={"restriction": restriction()}), samples())
    database = exchange.conninfo.split("dbname=")[1].split()[0]
    for table in ("record_file", "record_file_piece"):
        assert int(exchange.postgres.sql(f"SELECT count(*) FROM {table}", database)) > 0
        assert exchange.postgres.sql(f"SET ROLE relto_reader; SELECT count(*) FROM {table}", database) == "0"


def test_looking_is_no_disclosure(exchange, node):
    identifier = put(node, described(setId="looked at"), samples())
    with exchange.client("FRA") as fra, exchange.client("USA", "fdo") as officer:
        fra.request("HEAD", f"/v1/gnssrawif/getFile/{identifier}").ok()
        recipients = officer.get(f"/v1/gnssrawif/{identifier}/recipients").ok().json()
        assert "FRA" not in json.dumps(recipients)
        fetch(fra, identifier).ok()
        recipients = officer.get(f"/v1/gnssrawif/{identifier}/recipients").ok().json()
        assert "FRA" in json.dumps(recipients)


# --- how long it is kept ---

def test_a_file_goes_with_its_record(new_exchange):
    exchange = new_exchange("retention", policy=policy())
    with exchange.client("USA", "node") as node:
        put(node, described(), samples(PIECE + 1))

    def pieces_after(days):
        exchange.end()
        exchange.advance(days=days)
        exchange.start()
        return exchange.postgres.sql("SELECT count(*) FROM record_file_piece", exchange.conninfo.split("dbname=")[1].split()[0])

    assert pieces_after(2) == "2"
    assert pieces_after(YEARS) == "0"


def test_a_file_without_a_record_is_dropped_after_a_day(new_exchange):
    """What was refused when its samples were kept already: the originator has no room for another label."""
    exchange = new_exchange("unclaimed", {"limits.labels_per_originator": 1}, policy())
    database = exchange.conninfo.split("dbname=")[1].split()[0]
    with exchange.client("USA", "node") as node:
        put(node, described(), samples())
        drop(node, upload(described("U//REL TO USA, GBR"), samples())).problem(429)
    for hours, files in ((23, "2"), (2, "1")):
        exchange.end()
        exchange.advance(hours=hours)
        exchange.start()
        assert exchange.postgres.sql("SELECT count(*) FROM record_file", database) == files
