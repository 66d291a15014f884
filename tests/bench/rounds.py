"""Sides of a comparison by turns, round after round, and what came of them."""
import statistics

from tools import say


class Turn:
    """What one side did once: `rate`, and what it cost."""

    def __init__(self, rate, microseconds=None, units=0, **more):
        self.rate, self.microseconds, self.units, self.more = rate, microseconds, units, more
        self.daemon = self.database = 0.0


def by_turns(exchange, rounds, sides):
    """{side: [Turn]}: A B C A B C …, each after a checkpoint, so that none pays for what another wrote."""
    done = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            exchange.sql("CHECKPOINT")
            before = exchange.daemon_seconds(), exchange.database_seconds()
            turn = side()
            turn.daemon = exchange.daemon_seconds() - before[0]
            turn.database = exchange.database_seconds() - before[1]
            done[name].append(turn)
    for name, turns in done.items():
        say(f"  {name}: {rate(turns):,.0f}/s of {', '.join(f'{t.rate:,.0f}' for t in turns)}")
    return done


def rate(turns):
    return statistics.median(t.rate for t in turns)


def milliseconds(turns, which):
    return statistics.median(t.microseconds[which] for t in turns) / 1000


def cost(turns):
    """Processor time of daemon and of PostgreSQL for one unit, in microseconds."""
    units = sum(t.units for t in turns)
    if not units:
        return None
    return {"daemon": round(1e6 * sum(t.daemon for t in turns) / units, 2),
            "postgresql": round(1e6 * sum(t.database for t in turns) / units, 2)}


def summary(turns):
    """For the JSON: everything that was seen of a side."""
    found = {"per_second": round(rate(turns), 1), "rounds": [round(t.rate, 1) for t in turns], "processor_us": cost(turns)}
    if turns[0].microseconds:
        found["ms"] = {k: round(milliseconds(turns, k), 3) for k in turns[0].microseconds}
    for key in turns[0].more:
        found[key] = [t.more[key] for t in turns]
    return found


class Results:
    """The rows of the table in the order they were measured."""

    def __init__(self):
        self.rows = []

    def add(self, name, wanted, value, reached, unit="", relto=None, ceiling=None, ceiling_is="", sides=None, turns=None):
        """reached: True, False, or None where there is nothing to reach."""
        row = {"name": name, "wanted": wanted, "value": round(value, 3), "unit": unit, "reached": reached,
               "relto": relto and round(relto, 1), "ceiling": ceiling and round(ceiling, 1), "ceiling_is": ceiling_is}
        if turns and turns[0].microseconds:
            row["p50_ms"], row["p99_ms"] = milliseconds(turns, "p50"), milliseconds(turns, "p99")
        if sides:
            row["sides"] = {name: summary(t) for name, t in sides.items()}
        self.rows.append(row)
        say(f"  → {name}: {value:.3g} {unit}, wanted {wanted}: {verdict(row)}")

    def ratio(self, name, least, relto, ceiling, ceiling_is, sides=None, turns=None, **more):
        self.add(name, f"at least {least} ×", relto / ceiling, relto >= least * ceiling, "×", relto, ceiling, ceiling_is, sides, turns,
                 **more)

    def most(self, name, bound, value, unit, **more):
        self.add(name, f"at most {bound:g} {unit}", value, value <= bound, unit, **more)

    def missing(self, name, why):
        self.rows.append({"name": name, "wanted": "", "value": None, "unit": "", "reached": None, "relto": None, "ceiling": None,
                          "ceiling_is": "", "why": why})
        say(f"  → {name}: not measured: {why}")


def verdict(row):
    if row.get("why"):
        return "not measured"
    return {True: "reached", False: "NOT reached", None: ""}[row["reached"]]
