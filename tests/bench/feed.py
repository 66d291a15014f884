"""Partners that follow what is posted: how long from an acknowledged POST to its delivery."""
import statistics

from exchange import Person
from rounds import Turn, by_turns, milliseconds, rate

RATE, FOLLOWERS_MS = 1000, 100
FAULTS = ["missing", "twice", "wrong"]  # not delivered within ten seconds, more than once, to somebody who may not see it


def measure(workloads):
    """Single posts at 1,000 a second; everybody follows on a connection of its own, first by long polls and then by a stream. Each record
    must reach each partner that may see it, once, and no other."""
    exchange, options = workloads.exchange, workloads.options
    followers = [",".join([p, *exchange.pair(p, "operator")]) for p in exchange.coalition.followers()]
    posted_per_second = 200 if options.quick else RATE

    def side(*how):
        def turn():
            done = exchange.tool("follow", "--port", exchange.port, "--ca", exchange.authority, *exchange.nodes(),
                                 *(a for f in followers for a in ("--follow", f)), "--labels", exchange.labels_file,
                                 "--rate", posted_per_second, "--seconds", options.seconds, "--warm-up", options.seconds / 5,
                                 "--serial", exchange.serial, "--from", exchange.began.strftime("%Y-%m-%dT%H:%M:%SZ"), *how)
            exchange.serial = done["next_serial"]
            return Turn(done["records_per_second"], done["microseconds"], done["records"],
                        **{k: done[k] for k in ("deliveries", *FAULTS)})
        return turn

    sides = by_turns(exchange, options.rounds, {"feed, long polls": side(), "feed, streams": side("--stream")})
    for name, turns in sides.items():
        posted = rate(turns)
        slow = "" if posted >= 0.98 * posted_per_second else f"; only {posted:,.0f} records/s could be posted"
        workloads.results.most(f"{name}: p99 to {len(followers)} partners", FOLLOWERS_MS, milliseconds(turns, "p99"), "ms", relto=posted,
                               ceiling_is=f"{statistics.median(t.more['deliveries'] for t in turns):,.0f} deliveries a round{slow}",
                               sides={name: turns}, turns=turns)
        workloads.results.most(f"{name}: {', '.join(FAULTS)}", 0, sum(t.more[k] for t in turns for k in FAULTS), "deliveries")
