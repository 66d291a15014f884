"""The query language of lists: a naive evaluation of it, and random predicates as clients write them."""
import re

import schema
from coalition import ANY_TIME
from harness import parse_iso

TIMES = {name: schema.descriptor(name, "time_field") for name in schema.type_names()}
TIME_REQUIRED = {name: field for name in TIMES if (field := schema.descriptor(name, "query_required"))}


def look(kind):
    return {TIME_REQUIRED[kind]: ANY_TIME} if kind in TIME_REQUIRED else {}


def elements(record, name):
    value = record.get(name)
    return [] if value is None else value if isinstance(value, list) else [value]


def key(kind, value):
    if kind == "time":
        return parse_iso(value)
    return value


def holds(kind, record, name, op, values):
    found = [key(kind, v) for v in elements(record, name)]
    wanted = [key(kind, v) for v in values]
    if op == "ne":
        return record.get(name) is not None and all(v != wanted[0] for v in found)
    test = {"eq": lambda v: v == wanted[0], "ge": lambda v: v >= wanted[0], "le": lambda v: v <= wanted[0],
            "between": lambda v: wanted[0] <= v <= wanted[-1], "in": lambda v: v in wanted,
            "like": lambda v: wanted[0].lower() in v.lower()}[op]
    return any(test(v) for v in found)


def spell(value):
    """As a client writes it: a backslash quotes what follows, itself included."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value).replace("\\", "\\\\")


def write(roll, op, values):
    texts = [spell(v) for v in values]
    return {"eq": texts[0], "ne": "~" + texts[0], "ge": roll.choice([">", ">="]) + texts[0],
            "le": roll.choice(["<", "<="]) + texts[0], "between": "..".join(texts), "in": ",".join(texts),
            "like": f"*{texts[0]}*"}[op]


PLAIN = re.compile(r"[A-Za-z0-9 %_'\\\";{}\u0080-\uffff-]+")  # text that is not itself query syntax


def predicate(roll, described, records):
    """(field, kind, operator, values) with values that some record has, or nearly."""
    kinds = {n: k.removesuffix("[]") for n, k in described.kinds().items() if not k.endswith("[][]") and not k.startswith("object")}
    name = roll.choice(sorted(kinds))
    kind = kinds[name]
    pool = [v for r in records for v in elements(r, name)]
    if kind in ("string", "enum"):
        pool = [v for v in pool if PLAIN.fullmatch(v) and v == v.strip() and ".." not in v]
    if not pool:
        return None
    ops = {"string": ["eq", "ne", "in", "like", "ge", "le", "between"], "enum": ["eq", "ne", "in"], "boolean": ["eq", "ne"],
           "time": ["eq", "ne", "ge", "le", "between", "in"]}.get(kind, ["eq", "ne", "ge", "le", "between", "in"])
    op = roll.choice(ops)
    values = [roll.choice(pool) for _ in range({"between": 2, "in": roll.randint(2, 4)}.get(op, 1))]
    if op == "between":
        values.sort(key=lambda v: key(kind, v))
    if op == "like":
        start = roll.randint(0, max(0, len(values[0]) - 2))
        values = [values[0][start:start + roll.randint(1, 4)].strip() or values[0]]
        values = [roll.choice([str.lower, str.upper, str])(values[0]) if values[0].isascii() else values[0]]
    return name, kind, op, values
