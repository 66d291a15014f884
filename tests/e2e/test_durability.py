"""kill -9 amid posting: everything acknowledged is there afterwards, nothing twice, and what was sent is on record."""
import threading

import pytest

import harness
from coalition import ANY_TIME, observation, withheld
from harness import http, principal_id

POSTERS = 6
GONE = (ConnectionError, http.client.HTTPException, harness.ssl.SSLError, OSError)


class Tally:
    """What was tried and what was acknowledged, by all threads; wait(n) returns once n were acknowledged."""

    def __init__(self):
        self.changed = threading.Condition()
        self.tried, self.acknowledged, self.faults = [], {}, []

    def attempt(self, records):
        with self.changed:
            self.tried += records

    def done(self, records, ids):
        with self.changed:
            for record, identifier in zip(records, ids, strict=True):
                self.acknowledged[record["source"]] = identifier
            self.changed.notify_all()

    def fault(self, text):
        with self.changed:
            self.faults.append(text)
            self.changed.notify_all()

    def wait(self, n):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.acknowledged) >= n or self.faults, harness.PATIENCE), \
                f"only {len(self.acknowledged)} were acknowledged"
            assert not self.faults, self.faults[:3]


def batches(poster, round_number):
    """Single records and small and larger bulks, for ever; the source is unique."""
    n = 0
    while True:
        for size in (1, 1, 5, 1, 60, 1, 500):
            yield [observation(source=f"{round_number}-{poster}-{n + i}") for i in range(size)]
            n += size


def post(client, records):
    if len(records) == 1:
        return client.post("/v1/eoobservation", records[0])
    return client.post("/v1/eoobservation/createBulk", records)


def ids_of(answer):
    told = answer.json()
    return [told["id"]] if "id" in told else told["ids"]


def all_stored(exchange, tally):
    """Every acknowledged record is there under its id, none twice; then all that was tried can be posted again."""
    with exchange.client("USA", "node") as client:
        listed = client.list("eoobservation", obTime=ANY_TIME)
        sources = [r["source"] for r in listed]
        assert len(sources) == len(set(sources)) == len({r["id"] for r in listed})
        stored = {r["source"]: r["id"] for r in listed}
        lost = {s: i for s, i in tally.acknowledged.items() if stored.get(s) != i}
        assert not lost, f"{len(lost)} of {len(tally.acknowledged)} acknowledged records are lost: {sorted(lost.items())[:5]}"
        assert set(stored) <= {r["source"] for r in tally.tried}
        for start in range(0, len(tally.tried), 5000):
            part = tally.tried[start:start + 5000]
            for record, identifier in zip(part, client.put_records("eoobservation", part), strict=True):
                assert stored.get(record["source"], identifier) == identifier
        assert client.count("eoobservation", obTime=ANY_TIME) == len({r["source"] for r in tally.tried})


def run_all(target, count):
    threads = [threading.Thread(target=target, args=(i,), daemon=True) for i in range(count)]
    for thread in threads:
        thread.start()
    return threads


def join(threads):
    for thread in threads:
        thread.join(harness.PATIENCE)
        assert not thread.is_alive(), "a poster hangs"


def test_kill_the_daemon_amid_posting(new_exchange):
    exchange, tally = new_exchange("daemon"), Tally()
    exchange.pki.principal("USA", "node")
    for round_number in range(4):
        def poster(number):
            with exchange.client("USA", "node") as client:
                for records in batches(number, round_number):
                    tally.attempt(records)
                    try:
                        answer = post(client, records)
                    except GONE:
                        return
                    if answer.status != 201:
                        return tally.fault(str(answer))
                    tally.done(records, ids_of(answer))

        threads = run_all(poster, POSTERS)
        tally.wait(len(tally.acknowledged) + 1500)
        assert exchange.kill() == -harness.signal.SIGKILL
        join(threads)
        assert not tally.faults, tally.faults[:3]
        exchange.start()
    all_stored(exchange, tally)


def test_kill_the_database_amid_posting(new_exchange, postgres):
    """The daemon lives on: 503 while the database is away, then the same records are taken."""
    exchange, tally = new_exchange("database"), Tally()
    exchange.pki.principal("USA", "node")
    back, finished = threading.Event(), threading.Event()
    refused = []

    def poster(number):
        with exchange.client("USA", "node") as client:
            for records in batches(number, 0):
                if finished.is_set():
                    return None
                tally.attempt(records)
                while True:
                    try:
                        answer = post(client, records)
                    except GONE as lost:
                        return tally.fault(f"the daemon dropped the connection: {lost!r}")
                    if answer.status == 201:
                        break
                    if answer.status != 503:
                        return tally.fault(str(answer))
                    refused.append(answer)
                    if len(refused) > 5000:
                        return tally.fault("the daemon does not find its database again")
                    back.wait(harness.PATIENCE)
                tally.done(records, ids_of(answer))

    threads = run_all(poster, POSTERS)
    try:
        for _ in range(3):
            tally.wait(len(tally.acknowledged) + 1200)
            back.clear()
            postgres.kill()
            with exchange.client("USA") as client:
                client.get("/v1/eoobservation", {"obTime": ANY_TIME}).problem(503)
            postgres.start()
            back.set()
        tally.wait(len(tally.acknowledged) + 1200)
    finally:
        finished.set()
        back.set()
        join(threads)
    assert not tally.faults, tally.faults[:3]
    recovered(exchange)
    all_stored(exchange, tally)


def recovered(exchange):
    """Each pooled connection may find out once that its server is gone; then reading works again."""
    with exchange.client("USA") as client:
        for _ in range(60):
            answer = client.get("/v1/eoobservation/count", {"obTime": ANY_TIME})
            if answer.status == 200:
                return
            answer.problem(503)
    raise AssertionError("the daemon does not find its database again")


@pytest.mark.parametrize("victim", ["daemon", "database"])
def test_what_was_sent_is_on_record_after_a_kill(new_exchange, postgres, victim):
    exchange = new_exchange(f"sent_{victim}")
    with exchange.client("USA", "node") as node:
        ids = node.put_records("eoobservation", [withheld("S//REL TO USA, JPN") for _ in range(200)])
    readers = [("JPN", "operator"), ("JPN", "node"), ("JPN", "fdo"), ("JPN", "auditor")]
    for reader in readers:
        exchange.pki.principal(*reader)
    changed, received, faults = threading.Condition(), [], []

    def read(number):
        reader = readers[number]
        with exchange.client(*reader) as client:
            for n in range(100_000):
                identifier = ids[(n * 7 + number) % len(ids)]
                try:
                    answer = client.get(f"/v1/eoobservation/{identifier}")
                except GONE:
                    return
                if answer.status == 503 and victim == "database":
                    return
                with changed:
                    if answer.status != 200:
                        faults.append(str(answer))
                    received.append((principal_id(*reader), identifier))
                    changed.notify_all()
                    if faults:
                        return

    threads = run_all(read, len(readers))
    with changed:
        assert changed.wait_for(lambda: len(received) >= 300 or faults, harness.PATIENCE)
    if victim == "daemon":
        exchange.kill()
    else:
        postgres.kill()
    join(threads)
    assert not faults, faults[:3]
    if victim == "daemon":
        exchange.start()
    else:
        postgres.start()
        recovered(exchange)
    counted = {}
    with exchange.client("USA", "fdo") as fdo:
        for d in fdo.get("/v1/disclosures").ok().json():
            for identifier in d["records"]:
                counted[d["principal"], identifier] = counted.get((d["principal"], identifier), 0) + 1
    missing = [r for r in set(received) if counted.get(r, 0) < received.count(r)]
    assert not missing, f"{len(missing)} of {len(set(received))} answers are not on record, e.g. {missing[:3]}"
