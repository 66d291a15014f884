"""Exports: a question that is kept, answered when its file is fetched, decided at that moment."""
import collections
import csv
import datetime
import io
import json
import threading

import pytest

from coalition import ANY_TIME, coalition, observation, withheld
from harness import iso, parse_iso

EXPORTS_MAX = 32


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("exports", policy=coalition(), settings={"limits.export_hours": 2})


@pytest.fixture
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


def ask(client, prefix="/v1", kind="eoobservation", **query):
    answer = client.get(f"{prefix}/{kind}/history/aodr", {"obTime": ANY_TIME, **query}).ok(202)
    assert answer.header("Location") == f"/v1/exports/{answer.json()['id']}"
    return answer.json()


def fetch(client, export):
    return client.get(export["url"]).ok()


@pytest.mark.parametrize("prefix", ["/v1", "/udl"])
def test_an_export_holds_what_the_list_held(exchange, node, prefix):
    node.put_records("eoobservation", [observation(source=f"export {prefix}") for _ in range(40)])
    query = {"source": f"export {prefix}", "sort": "ra,DESC", "maxResults": 30, "firstResult": 5}
    before = node.get("/v1/eoobservation", {"obTime": ANY_TIME, **query}).ok()
    export = ask(node, prefix, **query)
    assert export["state"] == "ready" and export["type"] == "eoobservation" and export["format"] == "JSON"
    assert parse_iso(export["expires"]) - parse_iso(export["askedAt"]) == datetime.timedelta(hours=2)
    node.put_records("eoobservation", [observation(source=f"export {prefix}") for _ in range(40)])
    file = fetch(node, export)
    assert file.body == before.body and file.header("X-Classification-Banner") == before.header("X-Classification-Banner")
    assert node.get(f"/v1/exports/{export['id']}").ok().json() == export
    assert export in node.get("/v1/exports").ok().json()


@pytest.mark.parametrize("delimiter, name", [(",", None), (";", ";"), (":", ":"), ("|", "|"), ("\t", "tab")])
def test_csv(node, delimiter, name):
    """Each value is found again, whatever stands in it."""
    text = 'a "quoted", and; divided: by| all\tof\r\nthem'
    node.put_record("eoobservation", observation(source=f"csv {name}", descriptor=text, tags=["x", "y"], mag=0))
    node.put_record("eoobservation", observation(source=f"csv {name}", descriptor="", uct=False))
    more = {"outputDelimiter": name} if name else {}
    file = fetch(node, ask(node, source=f"csv {name}", outputFormat="CSV", **more))
    assert file.header("Content-Type").startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(file.body.decode(), newline=""), delimiter=delimiter))
    whole = node.list("eoobservation", obTime=ANY_TIME, source=f"csv {name}")
    assert len(rows) == len(whole) == 2
    for row, record in zip(rows, whole):
        assert set(record) <= set(row)
        for member, value in row.items():
            want = record.get(member)
            if isinstance(want, str):
                assert value == want
            else:
                assert (json.loads(value) if value else None) == want


def test_csv_of_columns_and_of_nothing(node):
    node.put_record("eoobservation", observation(source="some", ra=12.5))
    file = fetch(node, ask(node, source="some", columns="ra,source", outputFormat="CSV"))
    assert file.body == b"classificationMarking,ra,source\r\nU,12.5,some\r\n"
    nothing = fetch(node, ask(node, source="nobody", columns="ra", outputFormat="CSV"))
    assert nothing.body == b"classificationMarking,ra\r\n" and nothing.header("X-Classification-Banner") is None
    assert fetch(node, ask(node, source="nobody")).body == b"[]"


def test_a_long_csv_is_whole(node):
    node.put_records("eoobservation", [observation(source="long", descriptor="x" * 3000) for _ in range(2000)])
    rows = fetch(node, ask(node, source="long", columns="id", outputFormat="CSV")).body.decode().split("\r\n")
    assert len(rows) == 2002 and rows[-1] == "" and len(set(rows)) == 2002


def test_now_is_when_it_was_asked(exchange, node):
    identifier = node.put_record("eoobservation", observation(t=exchange.now, source="relative"))
    export = node.get("/v1/eoobservation/history/aodr", {"obTime": ">now-10 minutes", "source": "relative"}).ok(202).json()
    exchange.advance(minutes=30)
    assert node.count("eoobservation", obTime=">now-10 minutes", source="relative") == 0
    assert [r["id"] for r in fetch(node, export).json()] == [identifier]


def test_what_was_recalled_since_is_not_sent(exchange, node):
    kept, gone = [node.put_record("eoobservation", observation(source="recalled")) for _ in range(2)]
    with exchange.client("DEU") as reader:
        export = ask(reader, source="recalled")
        assert len(fetch(reader, export).json()) == 2
        with exchange.client("USA", "fdo") as officer:
            officer.post(f"/v1/eoobservation/{gone}/recall", {"reason": "a test"}).ok(204)
        assert [r["id"] for r in fetch(reader, export).json()] == [kept]


def test_hidden_records_are_in_no_export(exchange, node):
    node.put_record("eoobservation", withheld("S//NF", source="hidden export"))
    with exchange.client("FRA") as client:
        assert fetch(client, ask(client, source="hidden export")).body == b"[]"
    assert len(fetch(node, ask(node, source="hidden export")).json()) == 1


def test_an_export_is_its_principals_alone(exchange, node):
    export = ask(node)
    for partner, role in (("USA", "operator"), ("JPN", "node")):
        with exchange.client(partner, role) as other:
            for path in (f"/v1/exports/{export['id']}", export["url"]):
                missing = other.get(path.replace(export["id"], "01890a5d-ac96-4b3c-9b1f-0123456789ab")).problem(404)
                assert other.get(path).problem(404)["detail"] == missing["detail"]
            assert export not in other.get("/v1/exports").ok().json()


def test_an_export_that_is_sent_is_disclosed(exchange, node):
    identifier = node.put_record("eoobservation", observation(source="told"))
    with exchange.client("JPN") as reader:
        export = ask(reader, source="told")
        query = {"type": "eoobservation", "id": identifier}
        with exchange.client("USA", "auditor") as auditor:
            assert auditor.get("/v1/disclosures", query).ok().body.count(b"jpn.example") == 0
            fetch(reader, export)
            assert auditor.get("/v1/disclosures", query).ok().body.count(b"jpn.example") == 1


@pytest.mark.parametrize("query, name", [
    ({"notification": "EMAIL"}, "notification"), ({"notification": "SMS"}, "notification"), ({"outputFormat": "XML"}, "outputFormat"),
    ({"outputFormat": "csv"}, "outputFormat"), ({"outputDelimiter": "x"}, "outputDelimiter"), ({"outputDelimiter": ""}, "outputDelimiter"),
    ({"outputDelimiter": ",,"}, "outputDelimiter"), ({"nonsense": "1"}, "nonsense"), ({"sort": "nonsense"}, "sort"),
    ({"obTime": "x"}, "obTime")])
def test_what_is_refused_is_named(node, query, name):
    before = len(node.get("/v1/exports").ok().json())
    assert name in node.get("/v1/eoobservation/history/aodr", {"obTime": ANY_TIME, **query}).problem(400, "BAD_QUERY")["where"]
    assert len(node.get("/v1/exports").ok().json()) == before
    node.get("/v1/eoobservation/history/aodr").problem(400, "BAD_QUERY")
    node.get("/v1/eoobservation/history/aodr?obTime=now&columns=ra%00").problem(400)


def test_exports_that_are_asked_for_at_once_are_counted(exchange):
    statuses, start = [], threading.Barrier(8)

    def work():
        with exchange.client("CAN") as client:
            start.wait()
            for _ in range(6):
                statuses.append(client.get("/v1/eoobservation/history/aodr", {"obTime": ANY_TIME}).status)
    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert collections.Counter(statuses) == {202: EXPORTS_MAX, 429: 48 - EXPORTS_MAX}


def test_exports_are_counted_and_end(exchange):
    with exchange.client("GBR") as client:
        first = [ask(client) for _ in range(EXPORTS_MAX)][0]
        refused = client.get("/v1/eoobservation/history/aodr", {"obTime": ANY_TIME})
        refused.problem(429, "TOO_MANY")
        fetch(client, first)
        exchange.advance(hours=2)
        client.get(first["url"]).problem(404)
        assert client.get("/v1/exports").ok().json() == []
        ask(client)
