"""A private exchange for tests: PostgreSQL, certificates, reltod, and clients that speak to it over mutual TLS.

Nothing here waits by sleeping: readiness and reloads are events in the daemon's log, ends of processes are waited for.
Every process is stopped by its own id.
"""
import contextlib
import ctypes
import datetime
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = float(os.environ.get("RELTO_E2E_PATIENCE", "90"))  # seconds until something that never comes is a failure
UTC = datetime.timezone.utc


def reltod_path():
    return pathlib.Path(os.environ.get("RELTOD") or ROOT / "build" / "reltod")


def routes():
    """{(method, path)} of the exchange's own table of routes, from a program built beside reltod."""
    return {tuple(line.split(" ")) for line in run(reltod_path().parent / "tests/e2e/routes").stdout.splitlines()}


def day_zero():
    """Where simulated time begins: after every notBefore that is issued today, at noon."""
    today = datetime.datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return today + datetime.timedelta(days=2)


def iso(t):
    return t.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond:06d}Z"


def parse_iso(text):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text), f"{text!r} is not a time in fixed width"
    return datetime.datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)


def domain_of(partner):
    return f"{partner.lower()}.example"


def principal_id(partner, role, name="one"):
    return f"spiffe://{domain_of(partner)}/{role}/{name}"


def run(*command, check=True, **more):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE * 2, **more)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


class Scratch:
    """A folder with a short path (socket names are limited) that the database's own user may pass through."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="relto-e2e-", dir="/tmp"))
        self.path.chmod(0o711)

    def remove(self):
        if not os.environ.get("RELTO_E2E_KEEP"):
            shutil.rmtree(self.path, ignore_errors=True)


class Postgres:
    def __init__(self, folder):
        adopt_orphans()
        self.folder = folder
        self.conninfo = None

    def start(self):
        self.conninfo = run(ROOT / "tests/cluster", self.folder).stdout.strip().splitlines()[-1]
        assert "host=" in self.conninfo, self.conninfo

    def stop(self):
        run(ROOT / "deploy/pg", "stop", self.folder)

    def sql(self, text, database=None):
        """As superuser: only to arrange or to look at what no client can see."""
        more = ["-d", database] if database else []
        return run(ROOT / "deploy/pg", "psql", self.folder, *more, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c",
                   text).stdout.strip()

    def create_database(self, name):
        self.sql(f"CREATE DATABASE {name} OWNER relto_owner")
        return re.sub(r"dbname=\S+", f"dbname={name}", self.conninfo)

    def postmaster(self):
        return int((self.folder / "pg" / "postmaster.pid").read_text().split()[0])

    def kill(self):
        """kill -9 of the postmaster; returns when its orphaned backends are gone too, as a restart needs."""
        first = self.postmaster()
        family = [(p, os.pidfd_open(p)) for p in [first] + children(first)]
        os.kill(first, signal.SIGKILL)
        for pid, fd in family:
            await_end(pid, fd)


def adopt_orphans():
    """A killed postmaster must be reaped by somebody, or its lock file names a process that still seems to live."""
    PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += [int(p) for p in (task / "children").read_text().split()]
    return found


def await_end(pid, fd):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    gone = poll.poll(PATIENCE * 1000)
    os.close(fd)
    assert gone, f"process {pid} is still there"
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


class Pki:
    """certs/pki, with certificates made when they are first asked for."""

    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.RLock()
        self._tool("init")
        self._tool("server", "localhost", "--san", "DNS:localhost,IP:127.0.0.1", "--days", "36500")

    def _tool(self, command, *arguments):
        with self.lock:
            return run(ROOT / "certs/pki", command, self.folder, *arguments)

    @property
    def authority(self):
        return self.folder / "exchange" / "ca.pem"

    @property
    def server(self):
        return self.folder / "exchange" / "localhost.pem", self.folder / "exchange" / "localhost.key"

    @property
    def trust(self):
        return self.folder / "trust"

    def ca(self, partner):
        with self.lock:
            if not (self.trust / domain_of(partner)).exists():
                self._tool("ca", domain_of(partner), "--days", "36500", "--hours", "900000")

    def issue(self, partner, role, name="one", *options):
        """(certificate, key) of a new certificate with these options, beside the good one of the same name."""
        with self.lock:
            good = self.principal(partner, role, name)
            kept = [path.read_bytes() for path in good]
            self._tool("issue", domain_of(partner), role, name, *options)
            copies = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            odd = tuple(pathlib.Path(shutil.copy(path, copies)) for path in good)
            for path, content in zip(good, kept):
                path.write_bytes(content)
            return odd

    def principal(self, partner, role, name="one"):
        base = self.folder / "issued" / domain_of(partner) / f"{role}-{name}"
        with self.lock:
            if not base.with_suffix(".pem").exists():
                self.ca(partner)
                self._tool("issue", domain_of(partner), role, name, "--days", "36500")
        return base.with_suffix(".pem"), base.with_suffix(".key")

    def revoke(self, partner, role, name="one"):
        self._tool("revoke", domain_of(partner), role, name)
        self.crl(partner)

    def crl(self, partner, *options):
        self._tool("crl", domain_of(partner), *(options or ("--hours", "900000")))


class Log:
    """The daemon's standard error: JSON, one event a line."""

    def __init__(self, stream, keep):
        self.events, self.lines = [], []
        self.changed = threading.Condition()
        self.ended = False
        self.thread = threading.Thread(target=self._read, args=(stream, keep), daemon=True)
        self.thread.start()

    def _read(self, stream, keep):
        with stream, open(keep, "ab") as copy:
            for line in stream:
                copy.write(line)
                copy.flush()
                text = line.decode("utf-8", "replace").rstrip("\n")
                try:
                    event = json.loads(text)
                except ValueError:
                    event = {}
                with self.changed:
                    self.lines.append(text)
                    self.events.append(event if isinstance(event, dict) else {})
                    self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def mark(self):
        with self.changed:
            return len(self.events)

    def wait(self, wanted, since=0, what="the event"):
        """The first event from position `since` on for which wanted(event) holds."""
        with self.changed:
            position = since
            while True:
                while position < len(self.events):
                    if wanted(self.events[position]):
                        return self.events[position]
                    position += 1
                if self.ended or not self.changed.wait(PATIENCE):
                    raise AssertionError(f"{what} never came; the log since then:\n" + "\n".join(self.lines[since:]))

    def named(self, name, since=0):
        return self.wait(lambda e: e.get("event") == name, since, f"event {name}")


class Exchange:
    """One reltod with its configuration, its clock and its policy."""

    def __init__(self, folder, postgres, pki, settings=None, conninfo=None, environment=None):
        self.folder, self.postgres, self.pki = folder, postgres, pki
        self.folder.mkdir(exist_ok=True)
        self.conninfo = conninfo or postgres.conninfo
        self.environment = dict(environment or {})
        self.config = folder / "reltod.conf"
        self.clock = folder / "clock"
        self.process = self.log = self.port = None
        self.now = day_zero()
        self.set_clock(self.now)
        self.configure(settings or {})

    # --- set-up ---
    def configure(self, settings):
        """settings: {"limits.body": 1000} over what every test needs."""
        certificate, key = self.pki.server
        (self.pki.trust).mkdir(exist_ok=True)
        every = {"server.address": "127.0.0.1", "server.port": 0, "server.loops": 1, "server.workers": 4,
                 "tls.certificate": certificate, "tls.key": key, "tls.trust_dir": self.pki.trust,
                 "database.conninfo": self.conninfo, "database.readers": 4,
                 "policy.tell_seconds": 3600,  # at starts only, so that what a test reads does not depend on when
                 "limits.idle_seconds": 3600,  # a module's connections wait while its other tests run
                 "log.format": "json", "clock.file": self.clock}
        every.update(settings)
        sections = {}
        for name, value in every.items():
            if value is not None:
                section, key = name.split(".")
                sections.setdefault(section, []).append(f"{key} = {value}")
        text = "".join(f"[{s}]\n" + "\n".join(lines) + "\n\n" for s, lines in sections.items())
        replace(self.config, text)

    def set_clock(self, t):
        self.now = t
        replace(self.clock, iso(t) + "\n")

    def advance(self, **delta):
        self.set_clock(self.now + datetime.timedelta(**delta))
        return self.now

    def command(self, *arguments, check=True):
        environment = dict(os.environ, **self.environment)
        return run(reltod_path(), *arguments, "--config", self.config, check=check, env=environment)

    def migrate(self):
        return self.command("migrate")

    def apply(self, policy, *options, check=True):
        file = self.folder / "policy.json"
        file.write_text(policy if isinstance(policy, str) else json.dumps(policy, indent=1))
        return self.command("policy", "apply", file, *options, check=check)

    # --- life ---
    def start(self):
        environment = dict(os.environ, **self.environment)
        self.process = subprocess.Popen([str(reltod_path()), "serve", "--config", str(self.config)],
                                        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment)
        self.log = Log(self.process.stderr, self.folder / "reltod.log")
        self.port = int(self.log.named("ready")["port"])
        return self

    def signal(self, number):
        os.kill(self.process.pid, number)

    def reload(self, outcome="reload.done"):
        """SIGHUP, until the log says what came of it."""
        since = self.log.mark()
        self.signal(signal.SIGHUP)
        told = self.log.wait(lambda e: e.get("event") in ("reload.done", "reload.incomplete"), since, "a reload")
        assert told["event"] == outcome, "\n".join(self.log.lines[since:])

    def end(self):
        """Exit status after SIGTERM."""
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("reltod did not end; its log:\n" + "\n".join(self.log.lines[-40:])) from None

    def close(self):
        if self.process and self.process.poll() is None:
            assert self.end() == 0, "SIGTERM must end reltod with 0:\n" + "\n".join(self.log.lines[-40:])

    # --- clients ---
    def client(self, partner, role="operator", name="one"):
        return Client(self, self.pki.principal(partner, role, name))

    def raw(self, partner="USA", role="operator", name="one", **more):
        return Raw(self, self.pki.principal(partner, role, name), **more)


def replace(path, text):
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    os.replace(fresh, path)


def tls_context(exchange, pair, highest=None):
    context = ssl.create_default_context(cafile=str(exchange.pki.authority))
    if pair:
        context.load_cert_chain(str(pair[0]), str(pair[1]))
    if highest:
        context.maximum_version = highest
    return context


class Answer:
    """An HTTP answer; every one is held to what holds for all of them."""

    def __init__(self, method, target, status, headers, body):
        self.method, self.target, self.status, self.body = method, target, status, body
        self.headers = list(headers)
        self.check()

    def header(self, name):
        found = [v for k, v in self.headers if k.lower() == name.lower()]
        assert len(found) <= 1, f"{name} is there {len(found)} times"
        return found[0] if found else None

    def check(self):
        assert self.header("X-Request-Id"), f"{self}: no X-Request-Id"
        if self.method == "HEAD" or self.status in (204, 304):
            assert self.body == b"", f"{self}: has a body"
        if not self.body and self.method != "HEAD" and "format=" not in self.target:  # a file may be empty
            assert self.header("Content-Type") is None, f"{self}: Content-Type without a body"
        if self.status >= 400:
            assert self.header("Content-Type") == "application/problem+json", f"{self}"
            if self.method != "HEAD":
                self.problem()
        if self.status in (429, 503):
            assert int(self.header("Retry-After")) > 0, f"{self}"

    def json(self):
        assert re.match(r"application/(geo\+)?json", self.header("Content-Type") or ""), f"{self}"
        return json.loads(self.body.decode("utf-8"))

    def problem(self, status=None, code=None):
        assert self.status >= 400, f"{self}: expected a problem"
        body = json.loads(self.body.decode("utf-8"))
        assert body["status"] == self.status and body["title"] and body["message"], f"{self}"
        assert re.fullmatch(r"urn:relto:error:[A-Z_]+", body["type"]), f"{self}"
        assert body["message"].startswith(body.get("where", "")) and body["message"].endswith(body["detail"]), f"{self}"
        assert status is None or self.status == status, f"{self}"
        assert code is None or body["type"] == f"urn:relto:error:{code}", f"{self}"
        return body

    def ok(self, status=200):
        assert self.status == status, f"{self}: expected {status}"
        return self

    def __str__(self):
        return f"{self.method} {self.target} -> {self.status} {self.headers} {self.body[:2000]!r}"


class Client:
    """One kept-alive HTTPS connection of one principal. A dropped connection is an error, never retried."""

    def __init__(self, exchange, pair, highest=None):
        self.exchange = exchange
        context = tls_context(exchange, pair, highest)
        self.connection = http.client.HTTPSConnection("127.0.0.1", exchange.port, timeout=PATIENCE, context=context)

    def connect(self):
        self.connection.connect()
        return self

    def request(self, method, path, body=None, headers=None, query=None):
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode("utf-8")
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        self.connection.request(method, target, body=body, headers=headers)
        response = self.connection.getresponse()
        return Answer(method, target, response.status, response.getheaders(), response.read())

    def get(self, path, query=None, **headers):
        return self.request("GET", path, query=query, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body, headers=None, query=None):
        return self.request("POST", path, body=body, headers=headers, query=query)

    def put_record(self, kind, record, headers=None):
        """Posts one record and returns its id."""
        return self.post(f"/v1/{kind}", record, headers).ok(201).json()["id"]

    def put_records(self, kind, records):
        ids = self.post(f"/v1/{kind}/createBulk", records).ok(201).json()["ids"]
        assert len(ids) == len(records)
        return ids

    def list(self, kind, **query):
        return self.get(f"/v1/{kind}", query).ok().json()

    def ids(self, kind, **query):
        return [r["id"] for r in self.list(kind, **query)]

    def count(self, kind, **query):
        answer = self.get(f"/v1/{kind}/count", query).ok()
        assert re.fullmatch(rb"\d+", answer.body) and answer.header("Content-Type").startswith("text/plain"), answer
        return int(answer.body)

    def sees(self, kind, identifier):
        answer = self.get(f"/v1/{kind}/{identifier}")
        assert answer.status in (200, 404), answer
        return answer.status == 200

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Raw:
    """Bytes over TLS as they are, for requests that no library would send."""

    def __init__(self, exchange, pair, session=None, highest=None, context=None):
        self.context = context or tls_context(exchange, pair, highest)
        plain = socket.create_connection(("127.0.0.1", exchange.port), PATIENCE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = self.context.wrap_socket(plain, server_hostname="127.0.0.1", session=session)
        except BaseException:
            plain.close()
            raise
        self.rest = b""

    def send(self, *pieces):
        for piece in pieces:
            self.socket.sendall(piece if isinstance(piece, bytes) else piece.encode("latin-1"))
        return self

    def send_until_closed(self, *pieces):
        """The same to a server that may have heard enough."""
        with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
            self.send(*pieces)
        return self

    def more(self):
        """More bytes, b"" at the end however it came. Silence is a failure."""
        try:
            return self.socket.recv(65536)
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError, BrokenPipeError):
            return b""

    def to_end(self):
        """All that the server still says until it closes the connection."""
        data = self.rest
        self.rest = b""
        while piece := self.more():
            data += piece
        return data

    def answer(self, method="GET", target="?"):
        """One answer with Content-Length or chunks; raises EOFError when the connection closes before it."""
        head = self._until(b"\r\n\r\n")
        lines = head[:-4].decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        names = {k.lower(): v for k, v in headers}
        body = b""
        if status == 100:
            return self.answer(method, target)
        if method != "HEAD" and status not in (204, 304):
            if "chunked" in names.get("transfer-encoding", ""):
                body = self._chunks()
            else:
                body = self._take(int(names.get("content-length", "0")))
        self.last_bytes = head + body
        return Answer(method, target, status, headers, body)

    def to_end_of_chunks(self):
        """The rest of a chunked answer of which some was read already, to its end or until it broke off."""
        data = self.rest
        while not data.endswith(b"\r\n0\r\n\r\n") and (piece := self.more()):
            data += piece
        return data

    def _chunks(self):
        body = b""
        while piece := self._piece():
            body += piece
        return body

    def _piece(self):
        """The next chunk; b"" for the last."""
        size = int(self._until(b"\r\n").split(b";")[0], 16)
        piece = self._take(size + 2)
        assert piece.endswith(b"\r\n")
        return piece[:-2]

    def _until(self, mark):
        while mark not in self.rest:
            self._fill()
        end = self.rest.index(mark) + len(mark)
        got, self.rest = self.rest[:end], self.rest[end:]
        return got

    def _take(self, n):
        while len(self.rest) < n:
            self._fill()
        got, self.rest = self.rest[:n], self.rest[n:]
        return got

    def _fill(self):
        piece = self.more()
        if not piece:
            raise EOFError(f"the connection ended after {self.rest!r}")
        self.rest += piece

    def closed(self):
        """True once the server has closed; an answer in between is returned to nobody."""
        self.to_end()
        return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def say(text):
    """On standard error at once: what a long step is doing."""
    print(text, file=sys.stderr, flush=True)
