"""The rows about connections: handshakes beside nginx's, and thousands that are idle."""
import json
import statistics
import subprocess
import sys

import ceilings
from coalition import WIDE
from exchange import IDLE_CONNECTIONS
from rounds import Turn, by_turns, rate
from tools import family_seconds, status_kib
from workloads import NEWEST

WHOAMI = "/v1/whoami"
IDLE_KIB = 40


def handshakes(workloads):
    """A connection, its handshake with both certificates, one small request and its answer."""
    exchange, results = workloads.exchange, workloads.results
    identity = exchange.identity(WIDE)

    def side(how, target, pid, port=None):
        def turn():
            before = family_seconds(pid)
            done = exchange.load(*identity, "--get", target, how, *workloads.timed(), port=port)
            n = max(1, done["all_requests"])
            return Turn(done["requests_per_second"], done["microseconds"], resumed=round(done["resumed"] / max(1, done["requests"]), 3),
                        processor_us_each=round(1e6 * (family_seconds(pid) - before) / n, 1))
        return turn

    own = exchange.process.pid
    with ceilings.nginx(exchange) as (port, pid):
        sides = by_turns(exchange, workloads.options.rounds, {
            "handshakes, full": side("--fresh", WHOAMI, own), "nginx, full": side("--fresh", "/", pid, port),
            "handshakes, resumed": side("--resume", WHOAMI, own), "nginx, resumed": side("--resume", "/", pid, port)})
    full, nginx_full, resumed, nginx_resumed = sides.values()
    for turns in (resumed, nginx_resumed):
        if min(t.more["resumed"] for t in turns) < 0.9:
            sys.exit("bench: sessions were not resumed")
    for name, ours, theirs in (("full", full, nginx_full), ("resumed", resumed, nginx_resumed)):
        used = [statistics.median(t.more["processor_us_each"] for t in turns) for turns in (ours, theirs)]
        results.ratio(f"handshakes, {name}", 0.9, rate(ours), rate(theirs), f"nginx; processor time {used[0]:.0f} us, nginx {used[1]:.0f} us",
                      sides=sides if ours is full else None, turns=ours)


def bare(workloads):
    """For orientation: two bytes on kept-alive connections."""
    exchange = workloads.exchange
    with ceilings.nginx(exchange) as (there, _), ceilings.static_server(exchange, b"ok") as here:
        sides = by_turns(exchange, workloads.options.rounds, {
            "bare request, own HTTP layer": workloads.from_port(here, "/small"), "bare request, nginx": workloads.from_port(there, "/")})
    own, nginx = sides.values()
    workloads.results.add("bare request, nothing to decide", "", rate(own) / rate(nginx), None, "×", rate(own), rate(nginx), "nginx", sides,
                          own)


def idle(workloads):
    """A fresh daemon, warmed up: what its memory grows by, and whether it goes on as before."""
    exchange, results = workloads.exchange, workloads.results
    n = IDLE_CONNECTIONS if not workloads.options.quick else 500
    exchange.stop_daemon()
    exchange.start()
    newest = workloads.get(WIDE, NEWEST)
    newest()
    before = [newest().rate for _ in range(workloads.options.rounds)]
    pid = exchange.process.pid
    memory = status_kib(pid, "RssAnon")
    tool = subprocess.Popen([exchange.tools / "idle", exchange.port, exchange.authority, ",".join(exchange.pair(WIDE, "operator")), str(n),
                             WHOAMI], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = tool.stdout.readline()
    if not line or json.loads(line)["held"] != n:
        sys.exit(f"bench: {n} connections could not be held")
    each = (status_kib(pid, "RssAnon") - memory) / n
    held = [newest().rate for _ in range(workloads.options.rounds)]
    rest, _ = tool.communicate("\n")
    if tool.returncode or json.loads(rest)["still"] != n:
        sys.exit("bench: idle connections were lost")
    results.most(f"{n:,} idle connections: memory each", IDLE_KIB, each, "KiB")
    results.ratio(f"newest 100, 27 %, beside {n:,} idle", 0.9, statistics.median(held), statistics.median(before), "without them")
