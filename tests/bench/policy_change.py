"""An agreement over the records is suspended and put in force again, with all caches warm."""
import statistics
import sys

from coalition import TYPE, WIDE
from exchange import Person
from workloads import EVERYTHING

CHANGES = 5
EFFECTIVE_MS, SLOWER_MS = 200, 20
READ = f"/v1/{TYPE}?{EVERYTHING}&maxResults=1"


def measure(exchange, results):
    """Until the change is in force; then the first read, which decides every label anew. No record is written for it. The last
    acceptance contains the dry run: all records under the labels that open are counted."""
    found = changes(exchange)
    median = {name: statistics.median(v) for name, v in found.items()}
    for name in ("suspend", "last acceptance"):
        results.most(f"agreement change: {name}", EFFECTIVE_MS, median[name], "ms")
    results.most("first answer after it, over a normal one", SLOWER_MS, median["first read after it"] - median["normal read"], "ms")
    return {name: {"median_ms": round(median[name], 1), "most_ms": round(max(v), 1)} for name, v in found.items()}


def changes(exchange):
    agreed = exchange.coalition.agreed
    officers = [Person(exchange, p, "fdo") for p in agreed]
    reader = Person(exchange, WIDE)
    path = f"/v1/agreements/{'-'.join(agreed)}"
    found = {"normal read": [], "suspend": [], "dry run": [], "last acceptance": [], "first read after it": []}
    for _ in range(CHANGES):
        reader.ask("GET", READ)
        found["normal read"] += [reader.ask("GET", READ)[0] for _ in range(10)]
        found["suspend"].append(officers[0].ask("POST", path + "/suspend", {"reason": "bench"})[0])
        found["first read after it"].append(reader.ask("GET", READ)[0])
        proposal = officers[0].ask("POST", path + "/resume", {"reason": "bench"})[1]
        for officer in officers:
            took, shown = officer.ask("GET", f"/v1/proposals/{proposal['id']}")
            found["dry run"].append(took)
            took, proposal = officer.ask("POST", f"/v1/proposals/{proposal['id']}/accept",
                                         {"digest": shown["digest"], "dryRun": shown["dryRun"]["digest"]})
        if proposal["state"] != "applied":
            sys.exit(f"bench: the agreement is not in force again: {proposal}")
        found["last acceptance"].append(took)
        found["first read after it"].append(reader.ask("GET", READ)[0])
    return found
