"""What is measured must also be right: nothing lost, nothing twice, and each reader is answered what plain SQL says of the policy."""
import os
import sys
import uuid

import ceilings
from coalition import FOLLOWERS, NARROW, OLD, TYPE, WIDE
from exchange import Person
from workloads import COUNT, NEWEST

SAMPLE = 100  # records asked for by id, of each reader


def hold(true, what):
    if not true:
        sys.exit(f"bench: {what}")


def stored(exchange):
    """Equal contents have equal ids, so that as many ids as serial numbers are every record once."""
    rows, ids = exchange.sql(f"SELECT count(*), count(DISTINCT id) FROM record WHERE type = '{TYPE}'").split("|")
    acknowledged = exchange.serial - exchange.refused
    hold(int(rows) == int(ids) == acknowledged, f"{acknowledged} records were acknowledged, {rows} are stored with {ids} ids")
    return int(rows)


def answers(exchange, partner):
    """Count, newest 100 and a sample by id of one reader; returns its count."""
    client = Person(exchange, partner)
    where = f"FROM record r JOIN label l ON l.id = r.label_id WHERE r.type = '{TYPE}' AND {ceilings.named(partner)}"
    named = int(exchange.sql(f"SELECT count(*) {where}"))
    seen = int(client.answer("GET", COUNT)[2])
    hold(seen == named, f"{partner} counts {seen} records, SQL {named}")
    newest = [r["id"] for r in client.ask("GET", NEWEST)[1]]
    hold(newest == exchange.sql(f"SELECT r.id {where} ORDER BY r.t DESC, r.id DESC LIMIT 100").split(),
         f"the newest 100 of {partner} are not those of SQL")
    some = exchange.sql(f"SELECT r.id, {ceilings.named(partner)} FROM (SELECT id, label_id FROM record WHERE id >= '{uuid.uuid4()}' "
                        f"ORDER BY id LIMIT {SAMPLE}) r JOIN label l ON l.id = r.label_id")
    for row in some.splitlines():
        identifier, visible = row.split("|")
        status = client.answer("GET", f"/v1/{TYPE}/{identifier}")[1]
        hold(status == (200 if visible == "t" else 404), f"{partner} gets {status} for {identifier}; SQL: {visible}")
    return named


def everything(exchange):
    """Facts of the run, once all of it holds."""
    records = stored(exchange)
    readers = [WIDE, NARROW, OLD, exchange.coalition.big, exchange.coalition.originators[0], FOLLOWERS[0]]
    share = {p: round(100 * answers(exchange, p) / records, 2) for p in readers}
    return {"records": records, "labels": int(exchange.sql("SELECT count(*) FROM label")),
            "partners": len(exchange.coalition.originators), "wide_percent": share[WIDE], "narrow_percent": share[NARROW],
            "big_percent": share[exchange.coalition.big], "cores": os.cpu_count()}
