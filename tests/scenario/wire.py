"""The outside of an exchange as a partner and its operator reach it: curl with client certificates, reltod's commands,
certs/pki and signals. Nothing here knows what a scenario is."""
import json
import os
import shlex
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 30  # longest wait for a reload to show; nothing waits that long when all is well
MOMENT_SECONDS = 2  # longest that a scenario lets pass by the system's clock


class Trouble(Exception):
    """A step could not be carried out; its text says why."""


def iso(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def duration(text):
    """'90m' → timedelta. Units s, m, h, d."""
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    if not text[:-1].isdigit() or text[-1:] not in units:
        raise Trouble(f"{text!r} is no duration: a number and one of s, m, h, d was expected")
    return timedelta(**{units[text[-1]]: int(text[:-1])})


@dataclass
class Answer:
    status: int  # 0: no HTTP answer came
    headers: list = field(default_factory=list)
    body: bytes = b""
    error: str = ""
    exit: int = 0
    command: str = ""

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise Trouble(f"status {self.status}, but the body is no JSON: {self.body[:200]!r}") from None

    def comparable(self):
        """All that an answer shows, less what differs between any two requests."""
        own = ("date:", "x-request-id:", "request-id:")
        return self.status, [h for h in self.headers if not h.lower().startswith(own)], self.body


def answer_heads(text):
    """[(status, header lines)] of the answers whose heads curl wrote, without those that only say to go on."""
    found = []
    for line in text.splitlines():
        if line.startswith("HTTP/"):
            found.append((int(line.split()[1]), []))
        elif line:
            found[-1][1].append(line)
    return [head for head in found if head[0] >= 200]


class Exchange:
    """One running exchange, from its data folder (see deploy/README.md)."""

    def __init__(self, data, reltod):
        self.data, self.reltod = Path(data).resolve(), reltod
        self.env = {}
        for line in (self.data / "env").read_text().splitlines():
            key, _, value = line.partition("=")
            self.env[key] = shlex.split(value)[0] if value else ""
        self.clock = self.data / "clock"  # there only under a simulated clock

    # --- partners ---

    def request(self, who, method, path, query=(), body=None, headers=()):
        """who: 'JPN node'. body: bytes of a file, or what is sent as JSON. Runs curl; never raises for what the exchange answers."""
        return self.requests(who, method, [path], query, body, headers)[0]

    def requests(self, who, method, paths, query=(), body=None, headers=()):
        """The same of several paths, one after the other over one connection: an answer each."""
        name = "RELTO_" + "_".join(who.upper().replace("-", " ").split())
        if name + "_CERT" not in self.env:
            raise Trouble(f"{self.data / 'env'} has no certificate for {who}")
        shown = ["curl", "--cacert", '"$RELTO_CA"', "--cert", f'"${name}_CERT"', "--key", f'"${name}_KEY"']
        real = ["curl", "--cacert", self.env["RELTO_CA"], "--cert", self.env[name + "_CERT"], "--key", self.env[name + "_KEY"]]
        rest = [] if method == "GET" else ["-X", method]
        for header in headers:
            rest += ["-H", header]
        if body is not None:
            rest += ["-H", f"Content-Type: application/{'octet-stream' if isinstance(body, bytes) else 'json'}", "--data-binary", "@-"]
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        if query:
            rest.append("-G")
        for key, value in query:
            rest += ["--data-urlencode", f"{key}={value}"]
        with tempfile.TemporaryDirectory() as folder:
            head, bodies = Path(folder, "head"), [Path(folder, f"body{i}") for i in range(len(paths))]
            urls = [word for path, kept in zip(paths, bodies) for word in ("-o", str(kept), self.env["RELTO_URL"] + path)]
            done = subprocess.run(real + ["-sS", "--max-time", "60", "-D", str(head)] + rest + urls,
                                  input=body or b"", capture_output=True, check=False)
            heads = answer_heads(head.read_text(errors="replace") if head.exists() else "")
            heads += [(0, [])] * (len(paths) - len(heads))
            contents = [kept.read_bytes() if kept.exists() else b"" for kept in bodies]
        error = done.stderr.decode(errors="replace").strip()
        return [Answer(status, lines, content, error, done.returncode, " ".join(shown + [shlex.quote(a) for a in rest] + [f'"$RELTO_URL{path}"']))
                for path, (status, lines), content in zip(paths, heads, contents)]

    # --- the machine the exchange runs on ---

    def run(self, *arguments):
        done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Trouble(f"{Path(arguments[0]).name} {arguments[1]} failed: {(done.stderr or done.stdout).strip()[-600:]}")
        return done.stdout

    def apply_policy(self, policy):
        """Break-glass on the machine itself: whole file, checked before any of it takes effect."""
        path = self.data / "policy.json"
        path.write_text(json.dumps(policy, indent=1) + "\n")
        self.run(self.reltod, "policy", "apply", path, "--config", self.data / "reltod.conf", "--actor", "scenario")
        return f"reltod policy apply {path}"

    def pki(self, command, *arguments):
        self.run(ROOT / "certs/pki", command, self.data / "pki", *arguments)
        return f"certs/pki {command} {self.data / 'pki'} {' '.join(arguments)}"

    def reload(self):
        """SIGHUP, and wait for the log to say that it is done."""
        log = self.data / "reltod.log"
        before = log.stat().st_size
        os.kill(int((self.data / "reltod.pid").read_text()), signal.SIGHUP)
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            with log.open("rb") as stream:
                stream.seek(before)
                if b"reload.done" in stream.read():
                    return "kill -HUP reltod"
            time.sleep(0.02)
        raise Trouble("reltod did not say that it reloaded")

    def now(self):
        if self.clock.exists():
            return datetime.fromisoformat(self.clock.read_text().strip().replace("Z", "+00:00"))
        return datetime.now(timezone.utc)

    def move_clock(self, by):
        if not self.clock.exists() and by.total_seconds() <= MOMENT_SECONDS:
            return time.sleep(by.total_seconds())
        if not self.clock.exists():
            raise Trouble("this exchange runs by the system's clock, which a scenario cannot move")
        moved = self.clock.with_suffix(".new")
        moved.write_text(iso(self.now() + by) + "\n")
        moved.rename(self.clock)
