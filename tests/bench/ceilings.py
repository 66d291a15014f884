"""What is measured beside: PostgreSQL alone (as superuser, without row-level security, TLS, JSON or a log), nginx with the same
certificates, and the exchange's own HTTP layer with nothing to decide."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time

from coalition import TYPE
from exchange import CONNECTIONS
from rounds import Turn
from tools import PG_BIN, run

COPY_CONNECTIONS, COPY_ROWS = 2, 1600


def visible(exchange, partner):
    """The ids of the labels that name a partner or are its own, for a statement."""
    found = exchange.sql(f"SELECT coalesce(array_agg(id), '{{}}') FROM label l WHERE {named(partner)}")
    return f"'{found}'::int[]"


def named(partner):
    """Plain SQL for what decide() comes to in this coalition: owners, and whom REL TO names."""
    return f"(l.json::jsonb->'owners' ? '{partner}' OR l.json::jsonb->'release'->'rel' ? '{partner}')"


class Pgbench:
    def __init__(self, exchange, seconds):
        self.exchange, self.seconds = exchange, seconds

    def turn(self, statements):
        """16 clients, prepared, generic plans; the statements one after the other, each a transaction."""
        script = self.exchange.folder / "pgbench.sql"
        script.write_text("".join(s + "\n" for s in statements))
        environment = dict(os.environ, PGOPTIONS="-c plan_cache_mode=force_generic_plan -c jit=off")
        out = run(PG_BIN / "pgbench", "-n", "-M", "prepared", "-c", CONNECTIONS, "-j", 2, "-T", max(1, round(self.seconds)),
                  "-f", script, "-h", self.exchange.socket, "-U", "postgres", "relto", env=environment)
        n = sum(not s.startswith("\\") for s in statements)
        done = int(re.search(r"transactions actually processed: (\d+)", out).group(1))
        return Turn(float(re.search(r"^tps = ([\d.]+)", out, re.M).group(1)) * n, units=done * n)

    def newest(self, partner):
        where = f"type = '{TYPE}' AND label_id = ANY({visible(self.exchange, partner)})"
        return lambda: self.turn([f"SELECT body FROM record WHERE {where} ORDER BY t DESC, id DESC LIMIT 100;"])

    def by_id(self, partner, records):
        """records: (id, t) of some, both of which the statement is given."""
        labels = visible(self.exchange, partner)
        statements = [f"SELECT body FROM record WHERE type = '{TYPE}' AND id = '{i}' AND t = '{t}' AND label_id = ANY({labels});"
                      for i, t in records]
        return lambda: self.turn(statements)

    def count(self, partner):
        labels = visible(self.exchange, partner)
        return lambda: self.turn([f"SELECT count(*) FROM record WHERE type = '{TYPE}' AND label_id = ANY({labels});"])

    def insert(self):
        """One row a transaction into the twin, as long as a record is."""
        body = self.exchange.sql("SELECT body FROM record LIMIT 1").replace("'", "''").replace(":", "' || chr(58) || '")
        statement = ("INSERT INTO twin (seq, id, type, label_id, t, object, originator, ingested_at, digest, body) "
                     f"VALUES (cast(:n AS bigint), gen_random_uuid(), '{TYPE}', :l, now(), cast(:o AS text), 'OAA', now(), "
                     f"sha256(cast(cast(:n AS text) AS bytea)), '{body}');")
        draw = ["\\set n random(1, 1000000000000000)", "\\set l random(0, 400)", "\\set o random(1, 50000)"]
        return lambda: self.turn(draw + [statement])


class Twin:
    """A table with record's columns, constraints and indexes that gets the same rows: what COPY needs for what the daemon stored."""

    def __init__(self, exchange):
        self.exchange = exchange
        exchange.sql("CREATE TABLE twin (LIKE record INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES); "
                     "INSERT INTO twin SELECT * FROM record; ANALYZE twin")
        self.mark()

    def mark(self):
        self.after = int(self.exchange.sql("SELECT seq FROM sequencer"))

    def copy(self):
        """The records stored since the last mark, over two connections in commits of 1,600 rows."""
        file = self.exchange.folder / "rows.binary"
        copy_out(self.exchange, f"SELECT * FROM record WHERE seq > {self.after} ORDER BY seq", file)
        self.mark()
        self.exchange.sql("CHECKPOINT")
        before = self.exchange.database_seconds()
        done = self.exchange.tool("copy", self.exchange.conninfo + " user=postgres", "twin", file, COPY_CONNECTIONS, COPY_ROWS)
        used = self.exchange.database_seconds() - before
        file.unlink()
        return Turn(done["records_per_second"], copy_us=round(1e6 * used / done["records"], 2))


def copy_out(exchange, query, file):
    """Seconds that COPY TO takes."""
    began = time.monotonic()
    with open(file, "wb") as out:
        subprocess.run([PG_BIN / "psql", "-Xq", "-U", "postgres", "-d", exchange.conninfo, "-c",
                        f"COPY ({query}) TO STDOUT (FORMAT binary)"], stdout=out, check=True)
    return time.monotonic() - began


@contextlib.contextmanager
def static_server(exchange, content):
    """Port of the exchange's own HTTP layer that sends these bytes for /file, with reltod's default numbers of threads."""
    file = exchange.folder / "static"
    file.write_bytes(content)
    process = subprocess.Popen([exchange.tools / "static", exchange.pki / "exchange/exchange.pem",
                                exchange.pki / "exchange/exchange.key", exchange.pki / "trust", "2", "16", file],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = process.stdout.readline().strip()
    if not port:
        sys.exit("bench: static did not start")
    try:
        yield port
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


NGINX = """daemon off; user root; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
events {{ worker_connections 8192; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; keepalive_requests 1000000000; keepalive_timeout 600s;
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {pki}/exchange/exchange.pem; ssl_certificate_key {pki}/exchange/exchange.key;
    ssl_client_certificate {folder}/nginx.ca; ssl_verify_client on; ssl_verify_depth 2;
    ssl_protocols TLSv1.3; ssl_session_tickets on; ssl_session_timeout 1h;
    location / {{ default_type text/plain; return 200 "ok"; }}
  }}
}}
"""


def nginx_path():
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def nginx(exchange):
    """Port and process of an nginx that asks for the same client certificates and answers `ok` to everything."""
    folder, port = exchange.folder / "nginx", free_port()
    folder.mkdir(exist_ok=True)
    (folder / "nginx.ca").write_text("".join(p.read_text() for p in sorted((exchange.pki / "trust").glob("*/ca.pem"))))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, pki=exchange.pki))
    with open(folder / "stderr", "wb") as err:
        process = subprocess.Popen([nginx_path(), "-p", folder, "-e", folder / "nginx.log", "-c", folder / "nginx.conf"], stderr=err)
    try:
        await_port(process, port, folder / "stderr")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def await_port(process, port, log):
    while process.poll() is None:
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    sys.exit(f"bench: nginx did not start: {log.read_text()[-1000:]}")
