"""The run as a table for people."""
from exchange import CONNECTIONS
from rounds import verdict


def number(v):
    if v is None:
        return ""
    return f"{v:,.0f}" if abs(v) >= 100 else f"{v:.3g}"


def of_rows(facts, rows):
    print(f"{facts['records']:,} records, {facts['labels']} labels, {facts['partners']} partners, visible {facts['wide_percent']} %, "
          f"{facts['narrow_percent']} % and {facts['big_percent']} %, {CONNECTIONS} connections, {facts['cores']} cores, a sync to disk "
          f"{facts['sync_us']} us" + (" (quick: these figures prove nothing)" if facts["quick"] else ""))
    print(f"{'':44}{'relto':>9}{'ceiling':>10}{'is':>8}  {'wanted':<32}{'':13}{'p50 ms':>8}{'p99 ms':>8}  ceiling is")
    for r in rows:
        ms = "".join(f"{r[k]:>8.2f}" if k in r else " " * 8 for k in ("p50_ms", "p99_ms"))
        print(f"{r['name']:44}{number(r['relto']):>9}{number(r['ceiling']):>10}{number(r['value']):>8}  {r['wanted']:<32}{verdict(r):13}{ms}  "
              f"{r.get('why') or r['ceiling_is']}")


def of_changes(changes):
    print("agreement change: " + ", ".join(f"{name} {v['median_ms']:.0f} ms (at most {v['most_ms']:.0f})" for name, v in changes.items()))


def of_hidden(t):
    for name, said in (("found", "holds" if t["holds"] else "DOES NOT HOLD"),
                       ("planted", "noticed" if t["planted_noticed"] else "NOT NOTICED")):
        f = t[name]
        print(f"one record by id, hidden or missing, {f['planted_us']} us planted: AUC {f['auc']:.3f} ± {1.96 * f['auc_error']:.3f}, "
              f"paired {f['paired']:.3f} ± {1.96 * f['paired_error']:.3f} of {f['pairs']} pairs, medians {f['hidden_us']:.0f} and "
              f"{f['missing_us']:.0f} us; at most {t['auc_most']}: {said}")


def of_growth(points):
    names = list(points[0]["rows"])
    print("growth, p50 ms of reads and rates of writes:")
    print(f"{'records':>12}{'labels':>9}{'partners':>10}" + "".join(f"{n:>20}" for n in names))
    for p in points:
        cells = [f"{v['per_second']:,.0f}/s" if n in ("bulk, records", "single POST") else f"{v['p50_ms']:.2f}" for n, v in p["rows"].items()]
        print(f"{p['records']:>12,}{p['labels']:>9,}{p['partners']:>10}" + "".join(f"{c:>20}" for c in cells))


def of_decide(d):
    print(f"{d['decisions_per_second']:,} decisions/s on one core, {d['permitted_percent']} % permit, {d['in_a_view_percent']} % in a view")


def everything(found):
    of_rows(found["facts"], found["rows"])
    for name, of in (("policy_change", of_changes), ("growth", of_growth), ("timing", of_hidden), ("decide", of_decide)):
        if name in found:
            of(found[name])
    reached = [r for r in found["rows"] if r["reached"]]
    judged = [r for r in found["rows"] if r["reached"] is not None]
    print(f"{len(reached)} of {len(judged)} reached; {found['seconds']} s; kept in {found['kept']}")
