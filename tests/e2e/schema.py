"""Record types as the exchange describes them, and random records made from that description."""
import datetime
import pathlib
import re

from harness import ROOT, iso

HERE = pathlib.Path(__file__).resolve().parent
SERVER_FIELDS = ["createdAt", "createdBy", "id", "origNetwork", "relto"]
READ_OVER = ["createdAt", "createdBy", "origNetwork", "sourceDL", "updatedAt", "updatedBy"]
WORDS = ["alpha", "Alpha", "BRAVO", "charlie delta", "100%", "50_50", "o'hara", "back\\slash", "x", "Zulu", "münchen", "日本",
         "quote\"d", "a;b--c", "{brace}", "tab\tin", ""]


class Type:
    """One record type out of /v1/openapi.json."""

    def __init__(self, document, name):
        self.document, self.name = document, name
        self.schema = self.resolve(document["components"]["schemas"][name])
        self.own_ids = [n for n, p in self.schema["properties"].items() if p.get("x-same-as") == "id"]
        self.derived = [n for n, p in self.schema["properties"].items() if p.get("readOnly") and n not in SERVER_FIELDS]
        self.server = SERVER_FIELDS + self.own_ids + self.derived
        # Its ids are not those of records, which is what others are made of or follow.
        self.lasting = "put" in document["paths"][f"/v1/{name}/{{id}}"]
        self.properties = {n: self.resolve(p) for n, p in self.schema["properties"].items() if n not in self.server}
        self.required = [n for n in self.schema["required"] if n not in self.server]

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def kind(self, node):
        """string, enum, time, integer, number, boolean, object; with [] for each array around it."""
        node = self.resolve(node)
        if node["type"] == "array":
            return self.kind(node["items"]) + "[]"
        if node["type"] == "string":
            return "time" if node.get("format") == "date-time" else "enum" if "enum" in node else "string"
        return node["type"]

    def kinds(self):
        return {name: self.kind(node) for name, node in self.properties.items()}

    # --- random values ---
    def value(self, node, random, now):
        node = self.resolve(node)
        kind = self.kind(node)
        if kind.endswith("[]"):
            return [self.value(node["items"], random, now) for _ in range(random.randint(0, 3))]
        if kind == "object":
            return self.object(node, random, now, 0.2)
        if kind == "enum":
            return random.choice(node["enum"])
        if kind == "time":
            return iso(now - datetime.timedelta(microseconds=random.choice([0, 1, 10**6, random.randint(0, 10**13)])))
        if kind == "boolean":
            return random.random() < 0.5
        low, high = node.get("minimum", -1000), node.get("maximum", 1000)
        if kind == "integer":
            return random.choice([max(int(low), 0), random.randint(int(low), int(high)), min(max(int(low), 7), int(high))])
        if kind == "number":
            return random.choice([0.0 if low <= 0 <= high else low, random.uniform(low, high),
                                  round(random.uniform(low, high), 1)])
        longest = node.get("maxLength", 200)
        return random.choice([w for w in WORDS if len(w.encode()) <= longest and len(w) >= node.get("minLength", 0)])

    def object(self, node, random, now, share):
        properties, required = node["properties"], node.get("required", [])
        return {n: self.value(p, random, now) for n, p in properties.items()
                if n not in SERVER_FIELDS and (n in required or random.random() < share)}

    def record(self, random, now, share=0.3, **fixed):
        record = {n: self.value(p, random, now) for n, p in self.properties.items()
                  if n in self.required or random.random() < share}
        record.pop("id", None)
        record.update(classificationMarking="U", dataMode="TEST")
        record.update(fixed)
        self.fix(record)
        return record

    def fix(self, record):
        """What embedded records say of marking and data mode repeats the record's own; release views have their own."""
        said = {n: record[n] for n in ("classificationMarking", "dataMode")}

        def walk(value):
            if isinstance(value, dict):
                value.update({n: v for n, v in said.items() if n in value})
            for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
                walk(inner)

        walk({n: v for n, v in record.items() if n != "relto"})


def type_names():
    """Of the registry itself, as cases are named before there is an exchange to ask."""
    return sorted(re.findall(r"^RECORD_TYPE\((\w+)\)", (ROOT / "server/model/types.def").read_text(), re.MULTILINE))


def part_names():
    return sorted(re.findall(r"^PART_TYPE\((\w+)\)", (ROOT / "server/model/types.def").read_text(), re.MULTILINE))


def descriptor(name, member):
    """What a type's descriptor says of a member that is a name, None if nothing."""
    found = re.search(rf'^    \.{member} = "([\w-]+)",$', (ROOT / f"server/model/types/{name}.c").read_text(), re.MULTILINE)
    return found and found[1]


def udl_fields():
    """type: {path: (kind, required)} of udl_fields.txt."""
    found, current = {}, None
    for line in (HERE / "udl_fields.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            head, _, line = line.partition(":  ") if ":  " in line else line.partition(": ")
            name, _, kind = head.partition(" ")
            current = found.setdefault(name, {})
        for path in line.split():
            current[path.rstrip("!")] = (kind, path.endswith("!"))
    return found
