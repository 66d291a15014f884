"""The rows about more clients than there is capacity for: those that are served are served as fast, soon, and at no more memory."""
from coalition import WIDE
from exchange import CONNECTIONS
from rounds import by_turns, milliseconds, rate
from tools import forget_peak, status_kib
from workloads import NEWEST

TIMES = 10
BEYOND = 1600  # more than limits.requests_queued and all that is at work
KEPT = 0.8     # of the throughput
SECONDS_LEAST, WARM_UP = 1.5, 1.5  # until as many wait as will
P99_MS = 1500  # limits.queue_ms, and being served
MEMORY_MIB, CONNECTION_KIB = 32, 40


class Overload:
    def __init__(self, workloads):
        self.workloads, self.exchange = workloads, workloads.exchange
        options = workloads.options
        self.seconds, self.warm_up = max(options.seconds, SECONDS_LEAST), WARM_UP
        self.clients = CONNECTIONS, TIMES * CONNECTIONS, BEYOND
        if options.quick:
            self.seconds, self.warm_up, self.clients = options.seconds, options.seconds / 5, self.clients[:2]

    def side(self, load, clients):
        """What is refused is no failure, but is told."""
        exchange, pid = self.exchange, self.exchange.process.pid

        def turn():
            forget_peak(pid)
            before = status_kib(pid, "VmRSS")
            done = load("--connections", clients, "--seconds", self.seconds, "--warm-up", self.warm_up, "--overload")
            made = self.workloads.requests(done)
            made.more.update(clients=clients, shed=done["shed"], grown_kib=status_kib(pid, "VmHWM") - before)
            return made
        return turn

    def row(self, name, load):
        sides = by_turns(self.exchange, self.workloads.options.rounds, {
            f"{name}, {n:,} clients": self.side(load, n) for n in self.clients})
        usual, *more = sides.values()
        for turns in more:
            self.judge(f"{name}, {turns[0].more['clients']:,} clients", turns, usual, sides if turns is more[0] else None)

    def judge(self, name, turns, usual, sides):
        results, clients = self.workloads.results, turns[0].more["clients"]
        shed = sum(t.more["shed"] for t in turns)
        results.ratio(f"overload, {name}", KEPT, rate(turns), rate(usual), f"with {CONNECTIONS} clients; {shed:,} refused", sides=sides,
                      turns=turns)
        results.most(f"overload, {name}: p99 of the served", P99_MS, milliseconds(turns, "p99"), "ms")
        results.most(f"overload, {name}: memory grows by", MEMORY_MIB + clients * CONNECTION_KIB / 1024,
                     max(t.more["grown_kib"] for t in turns) / 1024, "MiB")


def reads(workloads):
    exchange, overload = workloads.exchange, Overload(workloads)
    overload.row("newest 100", lambda *how: exchange.get(WIDE, NEWEST, *how))
    _, targets = workloads.sample()
    overload.row("by id", lambda *how: exchange.load(*exchange.identity(WIDE), "--targets", targets, *how))


def writes(workloads):
    overload = Overload(workloads)
    overload.row("single POST", lambda *how: workloads.exchange.post(1, *how))
