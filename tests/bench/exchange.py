"""The exchange under test: PostgreSQL, certificates, policy, reltod, and its clients."""
import datetime
import http.client
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import time

from coalition import TYPE, domain
from tools import PG_BIN, ROOT, family_seconds, processor_seconds, run

BATCH, CONNECTIONS = 100, 16
IDLE_CONNECTIONS = 5000


class Exchange:
    def __init__(self, folder, reltod, tools, coalition):
        self.folder, self.reltod, self.tools, self.coalition = folder, reltod, tools, coalition
        folder.mkdir(mode=0o711, exist_ok=True)
        self.config, self.pki = folder / "reltod.conf", folder / "pki"
        self.slow_flag = folder / "slow"
        self.process = self.port = None
        self.serial = self.refused = 0  # observations sent, and those of them that an overload turned away
        self.began = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=300)
        self.began = self.began.replace(hour=0, minute=0, second=0, microsecond=0)
        self.labels_file = self.write_labels("labels", coalition.labels())
        self.old_labels_file = self.write_labels("labels.old", coalition.old_labels())

    def write_labels(self, name, labels):
        file = self.folder / name
        file.write_text("".join(f"{o}\t{mode}\t{marking}\n" for o, mode, marking in labels))
        return file

    # --- life ---
    def prepare(self):
        self.start_database()
        self.make_certificates()
        self.write_config()
        (self.folder / "policy.json").write_text(json.dumps(self.coalition.policy()))
        run(self.reltod, "migrate", "--config", self.config)
        run(self.reltod, "policy", "apply", self.folder / "policy.json", "--config", self.config, "--actor", "bench")

    def start_database(self):
        """With slowsync in it, which does nothing until its flag is there."""
        module = pathlib.Path(shutil.copy(self.tools / "libslowsync.so", self.folder))
        module.chmod(0o755)
        environment = dict(os.environ, LD_PRELOAD=str(module), RELTO_BENCH_SLOW=str(self.slow_flag))
        self.conninfo = run(ROOT / "deploy/pg", "start", self.folder, env=environment).strip().splitlines()[-1]
        self.postmaster = int(run("cat", self.folder / "pg/postmaster.pid").split()[0])
        host = re.search(r"host=('(?:[^'\\]|\\.)*'|\S+)", self.conninfo).group(1)
        self.socket = re.sub(r"\\(.)", r"\1", host.strip("'"))

    def write_config(self):
        """As reltod has it by default, but for what 5,000 idle connections from one address need."""
        room = IDLE_CONNECTIONS + 1000
        self.config.write_text(
            f"[server]\nport = 0\n[tls]\ncertificate = {self.pki}/exchange/exchange.pem\n"
            f"key = {self.pki}/exchange/exchange.key\ntrust_dir = {self.pki}/trust\n[database]\nconninfo = {self.conninfo}\n"
            f"[limits]\nconnections = {room}\nconnections_per_address = {room}\nidle_seconds = 600\n")

    def make_certificates(self):
        tool = ROOT / "certs/pki"
        run(tool, "init", self.pki)
        run(tool, "server", self.pki, "exchange")
        for partner in self.coalition.originators + self.coalition.readers:
            run(tool, "ca", self.pki, domain(partner))
        for partner, role in self.coalition.identities():
            run(tool, "issue", self.pki, domain(partner), role, "one")

    def start(self):
        log = self.folder / "reltod.log"
        with open(log, "wb") as out:
            self.process = subprocess.Popen([self.reltod, "serve", "--config", self.config], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out)
        while True:
            ready = re.search(r'\bready\b.*\bport="?(\d+)', log.read_text())
            if ready:
                self.port = ready.group(1)
                return
            if self.process.poll() is not None:
                sys.exit(f"bench: reltod ended:\n{log.read_text()[-3000:]}")
            time.sleep(0.02)

    def stop_daemon(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def stop(self):
        self.stop_daemon()
        if (self.folder / "pg").exists():
            run(ROOT / "deploy/pg", "stop", self.folder)

    # --- looking at it ---
    def database_seconds(self):
        return family_seconds(self.postmaster)

    def daemon_seconds(self):
        return processor_seconds(self.process.pid)

    def sql(self, text):
        return run(PG_BIN / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", self.conninfo, "-c", text).strip()

    # --- clients ---
    def pair(self, partner, role):
        base = f"{self.pki}/issued/{domain(partner)}/{role}-one"
        return f"{base}.pem", f"{base}.key"

    def identity(self, partner, role="operator"):
        return ["--identity", ",".join(self.pair(partner, role))]

    def nodes(self):
        return [a for o in self.coalition.originators for a in self.identity(o, "node")]

    @property
    def authority(self):
        return f"{self.pki}/exchange/ca.pem"

    def tool(self, name, *arguments):
        done = subprocess.run([str(a) for a in (self.tools / name, *arguments)], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            tail = (self.folder / "reltod.log").read_text()[-2000:]
            sys.exit(f"bench: {name} {' '.join(map(str, arguments))[-300:]} failed; the end of reltod's log:\n{tail}")
        return json.loads(done.stdout)

    def load(self, *arguments, port=None):
        return self.tool("load", "--port", port or self.port, "--ca", self.authority, *arguments)

    def since(self):
        """Time of observation of the record that comes next."""
        return self.began + datetime.timedelta(seconds=self.serial)

    def post(self, batch, *how, labels=None):
        target = f"/v1/{TYPE}/createBulk" if batch > 1 else f"/v1/{TYPE}"
        done = self.load(*self.nodes(), "--post", target, "--batch", batch, "--labels", labels or self.labels_file,
                         "--from", self.began.strftime("%Y-%m-%dT%H:%M:%SZ"), "--serial", self.serial, *how)
        self.serial = done["next_serial"]
        self.refused += done["shed"] * batch
        return done

    def get(self, partner, target, *how):
        return self.load(*self.identity(partner), "--get", target, *how)


class Person:
    """One kept-alive connection of one principal."""

    def __init__(self, exchange, partner, role="operator"):
        context = ssl.create_default_context(cafile=exchange.authority)
        context.load_cert_chain(*exchange.pair(partner, role))
        self.connection = http.client.HTTPSConnection("localhost", int(exchange.port), context=context)

    def answer(self, method, path, body=None):
        """(milliseconds, status, bytes)"""
        sent = None if body is None else json.dumps(body)
        began = time.perf_counter()
        self.connection.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
        answer = self.connection.getresponse()
        text = answer.read()
        return 1000 * (time.perf_counter() - began), answer.status, text

    def ask(self, method, path, body=None):
        """(milliseconds, answer)"""
        took, status, text = self.answer(method, path, body)
        if status not in (200, 201):
            sys.exit(f"bench: {method} {path} gave {status}: {text[:500]}")
        return took, json.loads(text)
