"""One record by id: does the time of the answer tell a hidden record from a missing one? And would it be noticed?"""
import json
import random
import uuid

from coalition import NARROW, TYPE
from tools import run

PLANT, AUC_MOST = 100, 0.55  # microseconds


def measure(exchange, pairs):
    hidden = exchange.sql("SELECT r.id FROM record r JOIN label l ON l.id = r.label_id WHERE l.json NOT LIKE "
                          f"'%\"{NARROW}\"%' ORDER BY random() LIMIT {pairs}").split()
    twin = lambda i: uuid.UUID(int=uuid.UUID(i).int ^ random.getrandbits(60))
    file = exchange.folder / "pairs"
    file.write_text("".join(f"/v1/{TYPE}/{i} /v1/{TYPE}/{twin(i)}\n" for i in hidden))
    found, planted = (timing(exchange, file, plant) for plant in (0, PLANT))
    distance = lambda t: max(abs(t["auc"] - 0.5), abs(t["paired"] - 0.5))
    limit = AUC_MOST - 0.5
    return {"found": found, "planted": planted, "auc_most": AUC_MOST, "holds": distance(found) <= limit,
            "planted_noticed": distance(planted) > limit}


def timing(exchange, pairs, plant):
    return json.loads(run(exchange.tools / "timing", "--port", exchange.port, "--ca", exchange.authority, *exchange.identity(NARROW),
                          "--pairs", pairs, "--plant", plant, "--cpu", 0))
