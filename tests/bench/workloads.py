"""The rows of the table that are reads, writes and an export."""
import urllib.parse

import ceilings
from coalition import NARROW, OLD, TYPE, WIDE
from exchange import BATCH, CONNECTIONS, Person
from rounds import Turn, by_turns, cost, milliseconds, rate
from tools import forget_peak, status_kib

EVERYTHING = "obTime=%3E1900-01-01T00:00:00.000000Z"
NEWEST = f"/v1/{TYPE}?{EVERYTHING}&maxResults=100"
COUNT = f"/v1/{TYPE}/count?{EVERYTHING}"
BY_ID = 64  # records asked for by turns
EXPORT = 1_000_000
GROWTH_KIB = 32 * 1024


def since(instant):
    """The newest 100 of a window that begins at an instant."""
    return f"/v1/{TYPE}?obTime=%3E{urllib.parse.quote(instant)}&maxResults=100"


def harmonic(http, sql):
    """C, the most that a server can do which first asks PostgreSQL and then sends, each as fast as it goes."""
    return 1 / (1 / http + 1 / sql)


class Workloads:
    def __init__(self, exchange, options, results):
        self.exchange, self.options, self.results = exchange, options, results
        self.pgbench = ceilings.Pgbench(exchange, options.seconds)

    # --- sides ---
    def timed(self, connections=CONNECTIONS):
        return ("--connections", connections, "--seconds", self.options.seconds, "--warm-up", self.options.seconds / 5)

    @staticmethod
    def requests(done):
        return Turn(done["requests_per_second"], done["microseconds"], done["all_requests"])

    def get(self, partner, target):
        return lambda: self.requests(self.exchange.get(partner, target, *self.timed()))

    def from_port(self, port, target):
        identity = self.exchange.identity(WIDE)
        return lambda: self.requests(self.exchange.load(*identity, "--get", target, *self.timed(), port=port))

    def post(self, batch, connections=CONNECTIONS):
        def turn():
            before = self.exchange.serial
            done = self.exchange.post(batch, *self.timed(connections))
            return Turn(done["records_per_second"], done["microseconds"], self.exchange.serial - before)
        return turn

    def answer(self, partner, target):
        return Person(self.exchange, partner).answer("GET", target)[2]

    # --- reads ---
    def lists(self, recent):
        """recent: an instant from which on OLD sees nothing."""
        with ceilings.static_server(self.exchange, self.answer(WIDE, NEWEST)) as port:
            sides = by_turns(self.exchange, self.options.rounds, {
                "newest 100, 27 %": self.get(WIDE, NEWEST), "the same bytes, static": self.from_port(port, "/file"),
                "the same, SQL": self.pgbench.newest(WIDE), "newest 100, 0.5 %": self.get(NARROW, NEWEST),
                "newest 100, nothing in the window": self.get(OLD, since(recent))})
        wide, http, sql, narrow, nothing = sides.values()
        self.results.ratio("newest 100, 27 % visible", 0.7, rate(wide), harmonic(rate(http), rate(sql)),
                           f"C of {rate(http):,.0f}/s static, {rate(sql):,.0f}/s SQL", sides=sides, turns=wide)
        for name, turns in (("newest 100, 0.5 % visible: p50", narrow), ("newest 100, none in the window: p50", nothing)):
            self.results.most(name, 4, milliseconds(turns, "p50") / milliseconds(wide, "p50"), "× that of 27 %", relto=rate(turns),
                              turns=turns)

    def coded(self):
        """For orientation: what the same answers cost in a content coding, and how long they are."""
        def side(*how):
            def turn():
                done = self.exchange.get(WIDE, NEWEST, *how, *self.timed())
                made = self.requests(done)
                made.more["bytes_each"] = round(done["bytes"] / max(1, done["requests"]))
                return made
            return turn

        sides = by_turns(self.exchange, self.options.rounds, {
            "newest 100": side(), "newest 100 in zstd": side("--coding", "zstd"), "newest 100 in gzip": side("--coding", "gzip")})
        plain, *coded = sides.values()
        for name, turns in zip(("zstd", "gzip"), coded):
            length = turns[0].more["bytes_each"], plain[0].more["bytes_each"]
            self.results.add(f"newest 100 in {name}", "", rate(turns) / rate(plain), None, "×", rate(turns), rate(plain),
                             f"as it is; {length[0]:,} of {length[1]:,} bytes", sides if turns is coded[0] else None, turns)

    def sample(self):
        """(id, time) of records that WIDE sees among the newest 200,000, and a file of their paths."""
        some = [row.split("|") for row in self.exchange.sql(
            f"SELECT r.id, r.t FROM record r JOIN label l ON l.id = r.label_id WHERE {ceilings.named(WIDE)} "
            f"AND r.seq > (SELECT max(seq) FROM record) - 200000 ORDER BY md5(r.id::text) LIMIT {BY_ID}").splitlines()]
        targets = self.exchange.folder / "targets"
        targets.write_text("".join(f"/v1/{TYPE}/{i}\n" for i, _ in some))
        return some, targets

    def sampled(self):
        identity, (_, targets) = self.exchange.identity(WIDE), self.sample()
        return lambda: self.requests(self.exchange.load(*identity, "--targets", targets, *self.timed()))

    def by_id(self):
        relto, (some, _) = self.sampled(), self.sample()
        with ceilings.static_server(self.exchange, self.answer(WIDE, f"/v1/{TYPE}/{some[0][0]}")) as port:
            sides = by_turns(self.exchange, self.options.rounds, {
                "one record by id": relto, "the same bytes, static": self.from_port(port, "/file"),
                "the same, SQL": self.pgbench.by_id(WIDE, some)})
        relto, http, sql = sides.values()
        self.results.ratio("one record by id", 0.7, rate(relto), harmonic(rate(http), rate(sql)),
                           f"C of {rate(http):,.0f}/s static, {rate(sql):,.0f}/s SQL", sides=sides, turns=relto)

    def counts(self):
        for partner, share in ((WIDE, "27 %"), (NARROW, "0.5 %")):
            sides = by_turns(self.exchange, self.options.rounds, {
                f"count, {share}": self.get(partner, COUNT), f"count, {share}, SQL": self.pgbench.count(partner)})
            relto, sql = sides.values()
            self.results.most(f"count, {share} visible: time", 1.3, rate(sql) / rate(relto), "× SQL's", relto=rate(relto),
                              ceiling=rate(sql), ceiling_is="SELECT count(*), index only", sides=sides, turns=relto)

    def export(self):
        """One answer with a million records, or as many as there are."""
        partner = self.exchange.coalition.big
        from_t, n = self.export_window(partner)
        target = f"/v1/{TYPE}?obTime=%3E{urllib.parse.quote(from_t)}&maxResults={EXPORT}"
        labels = ceilings.visible(self.exchange, partner)
        query = f"SELECT body FROM record WHERE type = '{TYPE}' AND t > '{from_t}' AND label_id = ANY({labels})"

        def relto():
            pid = self.exchange.process.pid
            forget_peak(pid)
            before = status_kib(pid, "VmRSS")
            done = self.exchange.get(partner, target, "--connections", 1, "--requests", 1, "--drop")
            return Turn(n / done["seconds"], done["microseconds"], n, grown_kib=status_kib(pid, "VmHWM") - before, bytes=done["bytes"])

        def copy_to():
            return Turn(n / ceilings.copy_out(self.exchange, query, "/dev/null"), units=n)

        sides = by_turns(self.exchange, self.options.rounds, {"export": relto, "COPY TO": copy_to})
        relto, copied = sides.values()
        self.results.ratio(f"export of {n:,} records", 0.5, rate(relto), rate(copied), "COPY TO of their bodies", sides=sides, turns=relto)
        self.results.most("export: the daemon's memory grows by", GROWTH_KIB / 1024, max(t.more["grown_kib"] for t in relto) / 1024,
                          "MiB")

    def export_window(self, partner):
        """(instant, records): the reader's newest million is above the instant."""
        labels = ceilings.visible(self.exchange, partner)
        where = f"type = '{TYPE}' AND label_id = ANY({labels})"
        n = int(self.exchange.sql(f"SELECT count(*) FROM record WHERE {where}"))
        if n <= EXPORT:
            return "1900-01-01T00:00:00.000000Z", n
        t = self.exchange.sql("SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM record "
                              f"WHERE {where} ORDER BY t DESC, id DESC OFFSET {EXPORT} LIMIT 1")
        return t, EXPORT

    # --- writes ---
    def bulk(self, twin):
        sides = by_turns(self.exchange, self.options.rounds, {"bulk, 100 a request": self.post(BATCH), "COPY": twin.copy})
        relto, copied = sides.values()
        self.results.ratio("bulk ingest, records", 0.6, rate(relto), rate(copied), "binary COPY, two connections, 1,600 rows a commit",
                           sides=sides, turns=relto)
        used, ceiling = cost(relto), sorted(t.more["copy_us"] for t in copied)[len(copied) // 2]
        self.results.most("bulk ingest: processor time a record", 2.5, sum(used.values()) / ceiling,
                          "× COPY's", relto=sum(used.values()), ceiling=ceiling,
                          ceiling_is=f"us: daemon {used['daemon']:.1f} + PostgreSQL {used['postgresql']:.1f}; COPY in PostgreSQL")

    def single(self):
        sides = by_turns(self.exchange, self.options.rounds, {
            "single POST": self.post(1), "INSERT": self.pgbench.insert(), "single POST, 256 connections": self.post(1, 256)})
        relto, inserted, many = sides.values()
        self.results.ratio("single POST", 1.5, rate(relto), rate(inserted), "pgbench, single-row INSERT", sides=sides, turns=relto)
        self.results.ratio("single POST, 256 connections", 1, rate(many), rate(relto), "with 16 connections", turns=many)
        self.results.most("single POST, 256 connections: p99", 50, milliseconds(many, "p99"), "ms")

    def single_slow(self):
        self.exchange.slow_flag.touch()
        try:
            sides = by_turns(self.exchange, self.options.rounds, {"single POST, slow disk": self.post(1),
                                                                  "INSERT, slow disk": self.pgbench.insert()})
        finally:
            self.exchange.slow_flag.unlink()
        relto, inserted = sides.values()
        self.results.ratio("single POST, 2 ms a sync more", 1.5, rate(relto), rate(inserted), "pgbench, single-row INSERT", sides=sides,
                           turns=relto)
