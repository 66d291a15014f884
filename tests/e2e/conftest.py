"""Fixtures: one PostgreSQL and one PKI for a run, one exchange with its own database for a test file, and clients of it."""
import sys

import pytest

sys.dont_write_bytecode = True

import coalition  # noqa: E402
import harness  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--worlds", type=int, default=None, help="random worlds in the model suite (default: by time)")
    parser.addoption("--seed", default=None, help="seed of every random choice (default: fixed)")


@pytest.fixture(scope="session")
def scratch():
    place = harness.Scratch()
    yield place.path
    place.remove()


@pytest.fixture(scope="session")
def postgres(scratch):
    database = harness.Postgres(scratch / "db")
    database.folder.mkdir(mode=0o711)
    database.start()
    yield database
    database.stop()


@pytest.fixture(scope="session")
def pki(scratch):
    (scratch / "pki").mkdir(mode=0o700)
    return harness.Pki(scratch / "pki")


@pytest.fixture(scope="module")
def new_exchange(request, scratch, postgres, pki):
    """new_exchange(name, settings, policy): a running exchange with a database of its own."""
    made = []

    def make(name, settings=None, policy=None, start=True, environment=None):
        name = f"{request.module.__name__.removeprefix('test_')}_{name}"
        database = postgres.create_database(f"e2e_{name}")
        exchange = harness.Exchange(scratch / name, postgres, pki, settings, database, environment)
        policy = policy or coalition.coalition()
        for partner in sorted({p["partner"] for p in policy["principals"]}):
            pki.ca(partner)
        exchange.migrate()
        exchange.policy = policy
        exchange.apply(policy)
        made.append(exchange)
        return exchange.start() if start else exchange

    yield make
    for exchange in made:
        exchange.close()


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main")


@pytest.fixture(scope="module")
def usa(exchange):
    with exchange.client("USA", "node") as client:
        yield client


@pytest.fixture(scope="module")
def fdo(exchange):
    with exchange.client("USA", "fdo") as client:
        yield client


@pytest.fixture(scope="module")
def jpn(exchange):
    with exchange.client("JPN") as client:
        yield client
