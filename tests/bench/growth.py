"""How cost grows with records, labels and partners: the exchange alone, the same workloads at each size; table and plot."""
import shutil
import subprocess

from coalition import NARROW, WIDE, Coalition
from exchange import BATCH, Exchange
from rounds import milliseconds, rate
from tools import say
from workloads import COUNT, NEWEST, Workloads

ROUNDS, SECONDS = 3, 1
MANY_LABELS, MANY_PARTNERS = 20000, 40
CONSTANT = 1.4  # runs differ by so much: less than that is no growth
READS = ["newest 100, 27 %", "newest 100, 0.5 %", "one record by id"]
WRITES = ["bulk, records", "single POST"]


class Short:
    """Options of a workload of the growth."""

    def __init__(self, quick):
        self.rounds, self.seconds, self.quick = 1 if quick else ROUNDS, 0.2 if quick else SECONDS, quick


def point(exchange, quick):
    """What the exchange does at the size it has."""
    w = Workloads(exchange, Short(quick), None)
    sides = {"newest 100, 27 %": w.get(WIDE, NEWEST), "newest 100, 0.5 %": w.get(NARROW, NEWEST),
             "one record by id": w.sampled(),
             "count, 0.5 %": w.get(NARROW, COUNT), "bulk, records": w.post(BATCH), "single POST": w.post(1)}
    found = {"records": exchange.serial, "labels": len(exchange.coalition.labels()), "partners": len(exchange.coalition.originators)}
    say(f"Growth: {found['records']:,} records, {found['labels']:,} labels, {found['partners']} partners")
    turns = {name: [side() for _ in range(w.options.rounds)] for name, side in sides.items()}
    found["rows"] = {name: {"per_second": round(rate(t), 1), "p50_ms": round(milliseconds(t, "p50"), 3)} for name, t in turns.items()}
    return found


def others(folder, reltod, tools, records, options, preload):
    """The same with many labels, and with many partners; few records each."""
    few = 2000 if options.quick else MANY_LABELS
    for name, coalition in (("labels", Coalition(labels=few)), ("partners", Coalition(partners=MANY_PARTNERS))):
        exchange = Exchange(folder / name, reltod, tools, coalition)
        try:
            exchange.prepare()
            exchange.start()
            preload(exchange, records)
            yield point(exchange, options.quick)
        finally:
            exchange.stop()
        shutil.rmtree(exchange.folder, ignore_errors=True)


def judge(points, results):
    """Newest 100 and one record by id must not grow with the record count."""
    sizes = sorted((p for p in points if p["partners"] == points[0]["partners"] and p["labels"] == points[0]["labels"]),
                   key=lambda p: p["records"])
    for name in (READS[0], READS[2]):
        small, large = (p["rows"][name]["p50_ms"] for p in (sizes[0], sizes[-1]))
        results.most(f"{name}: p50 at {sizes[-1]['records']:,} records", CONSTANT, large / small, f"× that at {sizes[0]['records']:,}")


PLOT = """set terminal svg size 1200,700 dynamic background 'white'
set output '{svg}'
set multiplot layout 2,3 title 'relto: how cost grows'
set logscale x
set format x '%.0s%c'
set key top left font ',9'
set grid
set pointsize 0.7
"""
AXES = ["records", "labels", "partners"]


def along(points, axis):
    """The points that differ from the smallest one in hardly anything but this."""
    first = min(points, key=lambda p: (p["records"], p["labels"], p["partners"]))
    alike = [p for p in points if all(abs(p[a] - first[a]) < first[a] / 2 for a in AXES if a != axis)]
    return sorted(alike, key=lambda p: p[axis])


def plot(points, path):
    """An SVG by gnuplot; what it draws stands in the script itself. False when gnuplot is not there."""
    if not shutil.which("gnuplot"):
        return False
    script = PLOT.format(svg=path)
    for rows, unit, key in ((READS, "p50, ms", "p50_ms"), (WRITES, "per second", "per_second")):
        for axis in AXES:
            blocks = ["\n".join(f"{p[axis]} {p['rows'][name][key]}" for p in along(points, axis)) for name in rows]
            script += f"set xlabel '{axis}'\nset ylabel '{unit}'\nset yrange [0:*]\nplot " + ", ".join(
                f"'-' using 1:2 with linespoints title '{name}'" for name in rows) + "\n" + "".join(b + "\ne\n" for b in blocks)
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return True
