"""The scenario language: one step a line, `WHO VERB … => EXPECTATION`. README.md describes it for those who write it."""
import copy
import json
import re
import shlex
import uuid
from pathlib import Path
from urllib.parse import urlencode

from officers import Officers
from wire import Trouble, duration, iso

ROLES = ("node", "operator", "fdo", "auditor", "admin")
TYPES = Path(__file__).resolve().parents[2] / "server/model/types"


def time_fields():
    """Of each type of the registry: what its lists are bounded by."""
    names = re.findall(r"^RECORD_TYPE\((\w+)\)", (TYPES.parent / "types.def").read_text(), re.MULTILINE)
    found = {n: dict(re.findall(r'^    \.(query_required|time_field) = "(\w+)"', (TYPES / f"{n}.c").read_text(), re.MULTILINE))
             for n in names}
    return {n: f.get("query_required") or f.get("time_field") or "createdAt" for n, f in found.items()}


TIME_FIELD = time_fields()


class Step:
    """A parsed line: who (['JPN', 'node'], ['everyone'], ['exchange']), verb, words after it, expectation's words."""

    def __init__(self, text, where):
        self.text, self.where = text, where
        try:
            words = shlex.split(text, comments=True)
        except ValueError as error:
            raise Trouble(f"{where}: {error}") from None
        cut = words.index("=>") if "=>" in words else len(words)
        words, self.expected = words[:cut], words[cut + 1:]
        n = 1 if words[0] in ("everyone", "exchange") else 2
        if len(words) <= n:
            raise Trouble(f"{where}: WHO VERB … was expected")
        self.who, self.verb, self.words = words[:n], words[n], words[n + 1:]
        if n == 2 and self.who[1].split("-")[0] not in ROLES:
            raise Trouble(f"{where}: {self.who[1]!r} is none of the roles {', '.join(ROLES)}")

    def fail(self, text):
        raise Trouble(f"{self.where}: {text}")


class Scenario:
    """title, and items: ('say', text) or ('step', Step)."""

    def __init__(self, path):
        self.path, self.title, self.items = Path(path), Path(path).stem, []
        for number, line in enumerate(self.path.read_text().splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            first, _, rest = line.partition(" ")
            if first == "scenario":
                self.title = rest.strip()
            elif first == "say":
                self.items.append(("say", rest.strip()))
            else:
                self.items.append(("step", Step(line, f"{self.path.name}:{number}")))


class Words:
    """Reads a step's words from left to right."""

    def __init__(self, step):
        self.step, self.left = step, list(step.words)

    def take(self, what):
        if not self.left:
            self.step.fail(f"{what} was expected at the end of the step")
        return self.left.pop(0)

    def has(self, *phrase):
        if self.left[: len(phrase)] != list(phrase):
            return False
        del self.left[: len(phrase)]
        return True

    def end(self):
        if self.left:
            self.step.fail(f"not understood: {' '.join(self.left)}")


class Draft:
    """What a step says of a record to be posted: marking, mode and the member `relto`."""

    def __init__(self, words, player):
        self.marking = self.mode = self.name = None
        self.relto, self.header = {}, False
        while words.left and self.clause(words, player):
            pass

    def clause(self, words, player):
        def until():
            return iso(player.now + duration(words.take("a duration")))

        if words.has("as"):
            self.name = words.take("a name")
        elif words.has("marked"):
            self.marking = words.take("a marking")
        elif words.has("in", "mode"):
            self.mode = words.take("a data mode")
        elif words.has("owned", "by"):
            self.relto["owners"] = words.take("partners").split(",")
        elif words.has("because"):
            self.restriction()["reason"] = words.take("a reason code")
        elif words.has("on", "authority", "of"):
            self.restriction()["authority"] = words.take("an authority")
        elif words.has("review", "in"):
            self.restriction()["reviewBy"] = until()
        elif words.has("embargoed", "for"):
            self.relto["embargoUntil"] = until()
        elif words.has("expiring", "in"):
            self.relto["expires"] = until()
        elif words.has("shown", "in"):
            view = words.take("a view")
            if not words.has("as"):
                words.step.fail("as MARKING was expected")
            self.relto.setdefault("releaseViews", []).append({"view": view, "classificationMarking": words.take("a marking")})
        elif words.has("public"):
            self.relto["public"] = True
        elif words.has("derived", "from"):
            self.relto["derivedFrom"] = [i for n in words.take("names").split(",") for i in player.ids(words.step, n)]
        elif words.has("superseding"):
            self.relto["supersedes"] = player.ids(words.step, words.take("a name"))[0]
        elif words.has("by", "header"):
            self.header = True
        else:
            return False
        return True

    def restriction(self):
        return self.relto.setdefault("restriction", {})


class Player(Officers):
    """Plays one scenario. report(kind, step, text, ok): kind is 'step', 'say', 'command', 'detail' or 'row'."""

    def __init__(self, exchange, policy, data_folders, run, report):
        self.exchange, self.base, self.policy = exchange, policy, copy.deepcopy(policy)
        self.data_folders, self.run_id, self.report = data_folders, run, report
        self.posted = {}  # name → {"type", "ids", "who", "evaluate"}
        self.seen = {}    # name → partners that saw it at the last `everyone reads`
        self.requests, self.proposals = {}, {}  # name → {"id", …}
        self.changed = False  # by partners: the registers are not those of the policy any more
        self.revoked = []
        self.now = exchange.now()

    def play(self, scenario):
        """True if every step came out as the scenario expects."""
        self.tag = f"{self.run_id}-{scenario.path.stem}"
        good = True
        try:
            for kind, item in scenario.items:
                if kind == "say":
                    self.report("say", None, item, True)
                else:
                    good = self.play_step(item) and good
        finally:
            self.restore()
        return good

    def play_step(self, step):
        """A step with `# wrong` behind it must be found wrong: so the checks themselves are checked."""
        ok, text = self.outcome(step)
        if step.text.endswith("# wrong"):
            ok, text = not ok, f"noticed: {text}" if not ok else f"not noticed: {text}"
        self.report("step", step, text, ok)
        return ok

    def outcome(self, step):
        self.verdicts = {}  # answers of policy/evaluate during this step: one answer tells of all partners
        try:
            actor = step.who[0] + "_" if len(step.who) == 1 else ""  # do_reads, do_everyone_reads, do_exchange_revokes
            return True, getattr(self, f"do_{actor}{step.verb}", self.unknown)(step)
        except Trouble as trouble:
            return False, str(trouble)

    def unknown(self, step):
        step.fail(f"no such step: {' '.join(step.who)} {step.verb}")

    def restore(self):
        """Leaves the exchange as the scenario found it, its records apart."""
        if self.changed or self.requests or self.policy != self.base:
            self.report("command", None, self.exchange.apply_policy(self.base), True)
        for partner, role in self.revoked:
            self.exchange.pki("issue", self.domain(partner), *self.principal(partner, role))
        if self.revoked:
            self.exchange.reload()

    # --- helpers ---

    time_fields = TIME_FIELD

    def words(self, step):
        return Words(step)

    def draft(self, words):
        return Draft(words, self)

    def ids(self, step, name):
        if name not in self.posted:
            step.fail(f"nothing was posted as {name}")
        return self.posted[name]["ids"]

    def ask(self, who, method, path, query=(), body=None, headers=()):
        answer = self.exchange.request(" ".join(who), method, path, query, body, headers)
        self.report("command", None, answer.command, True)
        return answer

    def ask_twins(self, who, kind, record, query=""):
        """The answers for a record and for an id that never was."""
        path, twin = f"/v1/{kind}/{record}{query}", f"/v1/{kind}/{record[:-12]}{uuid.uuid4().hex[:12]}{query}"
        answers = self.exchange.requests(" ".join(who), "GET", [path, twin])
        self.report("command", None, answers[0].command, True)
        return answers

    def partners(self):
        """Those that take part; others are only named in markings."""
        present = {p["partner"] for p in self.base["principals"]}
        return [p["code"] for p in self.base["partners"] if p["code"] in present]

    def domain(self, partner):
        return next(p["trustDomain"] for p in self.base["partners"] if p["code"] == partner)

    def principal(self, partner, role):
        """('operator', 'laptop') from 'operator-laptop'; without a name the partner's first principal of that role."""
        prefix = f"spiffe://{self.domain(partner)}/" + role.replace("-", "/", 1)
        for entry in self.base["principals"]:
            if entry["id"] == prefix or entry["id"].startswith(prefix + "/"):
                return entry["id"].split("/")[3:5]
        raise Trouble(f"the policy has no principal {partner} {role}")

    def file(self, step, name):
        return json.loads(self.bytes_of(step, name))

    def bytes_of(self, step, name):
        for folder in self.data_folders:
            if (folder / name).is_file():
                return (folder / name).read_bytes()
        step.fail(f"no file {name} in {', '.join(str(f) for f in self.data_folders)}")

    def records(self, step, file, draft):
        def fill(value):
            if isinstance(value, dict):
                return {k: fill(v) for k, v in value.items()}
            if isinstance(value, list):
                return [fill(v) for v in value]
            when = isinstance(value, str) and re.fullmatch(r"now([+-])(\d+[smhd])", value)
            return value if not when else iso(self.now + duration(when[2]) * (1 if when[1] == "+" else -1))

        records = fill(self.file(step, file))
        for record in records if isinstance(records, list) else [records]:
            record["transactionId"] = self.tag  # so that a list shows this run's records alone
            if draft.marking is not None:
                record["classificationMarking"] = draft.marking
            if draft.mode:
                record["dataMode"] = draft.mode
            if draft.relto and not draft.header:
                record["relto"] = draft.relto
        return records

    def evaluation(self, kind, draft, sample):
        asked = {"type": kind, "dataMode": sample["dataMode"], "classificationMarking": sample["classificationMarking"]}
        relto = {k: v for k, v in draft.relto.items() if k not in ("derivedFrom", "supersedes")}
        return {**asked, **({"relto": relto} if relto else {})}

    def evaluate(self, owner, question, partner):
        """The verdict on a partner's readers, asked by an FDO of the owner."""
        key = owner, json.dumps(question)
        if key not in self.verdicts:
            answer = self.ask((owner, "fdo"), "POST", "/v1/policy/evaluate", body=question)
            if answer.status != 200:
                raise Trouble(f"policy/evaluate: {self.problem(answer)}")
            self.verdicts[key] = answer.json()["partners"]
        for verdict in self.verdicts[key]:
            if verdict["partner"] == partner:
                return verdict
        if owner != partner:  # of what has several owners, everybody is told for himself
            return self.evaluate(partner, question, partner)
        raise Trouble(f"policy/evaluate says nothing of {partner}")

    @staticmethod
    def problem(answer):
        if not answer.status:
            return f"no answer: {answer.error}"
        try:
            body = json.loads(answer.body)
            return f"{answer.status} {body['type'].rsplit(':', 1)[-1]}: {body.get('detail') or body.get('title')}"
        except (ValueError, KeyError, TypeError):
            return str(answer.status)

    @staticmethod
    def failed_gates(verdict):
        return [name for name, passed in verdict["gates"].items() if not passed]

    def why(self, verdict):
        """One phrase: the deciding gate, then the others that fail too."""
        if verdict["permit"]:
            return verdict["basis"] + (f" under {verdict['agreement']}" if verdict.get("agreement") else "")
        others = [g for g in self.failed_gates(verdict) if g != verdict["deniedBy"]]
        return verdict["deniedBy"] + (f" (also {', '.join(others)})" if others else "")

    # --- expectations ---

    def expect_status(self, step, answer):
        """`=> 201`, `=> 422 NEEDS_REASON saying "authority"`."""
        said = self.problem(answer) if answer.status >= 400 or not answer.status else str(answer.status)
        wanted = step.expected or ["201" if step.verb in ("posts", "imports") else "204"]
        text = answer.body.decode(errors="replace")
        if (str(answer.status) != wanted[0] or (len(wanted) > 1 and wanted[1] != "saying" and f":{wanted[1]}\"" not in text)
                or ("saying" in wanted and wanted[wanted.index("saying") + 1].lower() not in text.lower())):
            raise Trouble(f"got {said}; expected {' '.join(wanted)}")
        return said

    def check_seen(self, answer, wanted):
        """`sees [by BASIS] [under AGREEMENT] [in VIEW] [marked TEXT] [without FIELD,FIELD]`"""
        if answer.status != 200:
            raise Trouble(f"got {self.problem(answer)}; expected to see it")
        record = answer.json()
        relto = record["relto"]
        for word, key in (("by", "basis"), ("under", "agreement"), ("in", "view"), ("marked", "effectiveMarking")):
            if word in wanted:
                value = wanted[wanted.index(word) + 1]
                if relto.get(key, "") != value:
                    raise Trouble(f"sees it, but {key} is {relto.get(key)!r}; expected {value!r}")
        if "without" in wanted:
            there = [n for n in wanted[wanted.index("without") + 1].split(",") if n in record]
            if there:
                raise Trouble(f"sees it with {', '.join(there)}")
        under = f" under {relto['agreement']}" if relto.get("agreement") else ""
        view = f" in view {relto['view']}" if relto["view"] != "full" else ""
        return f"sees it{view}: {relto['basis']}{under}, effective marking {relto['effectiveMarking']}"

    def check_hidden(self, answer, missing):
        """404, and nothing in the answer differs from that for an id that never was."""
        if answer.status != 404:
            raise Trouble(f"got {self.problem(answer) if answer.status >= 400 else answer.status}; expected 404 as for a missing record")
        if missing.comparable() != answer.comparable():
            raise Trouble(f"hidden differs from missing: {answer.comparable()} and {missing.comparable()}")
        return "404, the same to the byte as for a record that does not exist"

    # --- partners' steps ---

    @staticmethod
    def same(step):
        return step.expected[2] if step.expected[:2] == ["same", "as"] else None

    def expect_accepted(self, step, answer):
        if not self.same(step):
            return self.expect_status(step, answer)
        if answer.status != 201:
            raise Trouble(f"got {self.problem(answer)}; expected 201")
        return ""

    def keep(self, step, draft, kind, ids, sample):
        """What was accepted, under its name; says so if it must be, and is, the same as another."""
        same = self.same(step)
        if same and ids != self.ids(step, same):
            raise Trouble(f"got other ids than for {same}")
        if draft.name:
            self.posted[draft.name] = {"type": kind, "ids": ids, "who": step.who, "evaluate": self.evaluation(kind, draft, sample)}
        return f", the same as {same}" if same else ""

    def do_posts(self, step):
        words = Words(step)
        kind, file = words.take("a record type"), words.take("a data file")
        draft = Draft(words, self)
        words.end()
        records = self.records(step, file, draft)
        bulk = isinstance(records, list)
        headers = [f"Relto-Label: {json.dumps(draft.relto)}"] if draft.header else []
        answer = self.ask(step.who, "POST", f"/v1/{kind}" + ("/createBulk" if bulk else ""), body=records, headers=headers)
        said = self.expect_accepted(step, answer)
        if answer.status != 201:
            return said
        ids = answer.json()["ids"] if bulk else [answer.json()["id"]]
        said = f"accepted, {len(ids)} record{'s' if len(ids) > 1 else ''}"
        return said + self.keep(step, draft, kind, ids, records[0] if bulk else records)

    def do_imports(self, step):
        """A file as it is, of records of one type."""
        words = Words(step)
        file = words.take("a data file")
        draft = Draft(words, self)
        words.end()
        sample = {"dataMode": draft.mode or "EXERCISE", "classificationMarking": draft.marking or "U"}
        query = urlencode({**sample, "source": step.who[0], "filename": file})
        answer = self.ask(step.who, "POST", f"/v1/import?{query}", body=self.bytes_of(step, file))
        said = self.expect_accepted(step, answer)
        if answer.status != 201:
            return said
        told = answer.json()
        (kind,) = {r["type"] for r in told["results"]}
        said = f"read as {told['format']}: {kind}, {len(told['results'])}; left out: {len(told['leftOut'])}"
        return said + self.keep(step, draft, kind, [r["id"] for r in told["results"]], sample)

    def do_exports(self, step):
        """Each of the records as a file: with the expected texts in one of them, or hidden."""
        words = Words(step)
        name = words.take("a record's name")
        if not words.has("in"):
            step.fail("in FORMAT was expected")
        form = words.take("a format")
        words.end()
        kind, text = self.posted[name]["type"], ""
        for record in self.ids(step, name):
            answer, missing = self.ask_twins(step.who, kind, record, f"?format={form}")
            if step.expected == ["hidden"]:
                said = self.check_hidden(answer, missing)
            elif answer.status != 200:
                raise Trouble(f"got {self.problem(answer)}; expected a file")
            text += answer.body.decode()
        if step.expected == ["hidden"]:
            return said
        lacking = [part for part in step.expected if part not in text]
        if lacking:
            raise Trouble(f"without {', '.join(lacking)}: {text[:300]}")
        return f"{len(text)} bytes of {form}, in which: {'; '.join(step.expected)}"

    def do_reads(self, step):
        words = Words(step)
        name = words.take("a record's name")
        words.end()
        ids, kind, wanted = self.ids(step, name), self.posted[name]["type"], step.expected
        if wanted[:1] not in (["sees"], ["hidden"]) and not wanted[:1][0].isdigit():
            step.fail("expected => sees …, => hidden … or => STATUS")
        for record in ids:
            answer, missing = self.ask_twins(step.who, kind, record)
            if wanted[0] == "sees":
                said = self.check_seen(answer, wanted)
            elif wanted[0] == "hidden":
                said = self.check_hidden(answer, missing)
            else:
                said = self.expect_status(step, answer)
        if wanted[0] == "hidden" and len(wanted) > 2:
            said += "; " + self.explain_hidden(step, name, step.who[0], wanted[2])
        return said

    def explain_hidden(self, step, name, partner, gate):
        posted = self.posted[name]
        verdict = self.evaluate(posted["who"][0], posted["evaluate"], partner)
        failed = self.failed_gates(verdict)
        if verdict["permit"] or not any(g == gate or g.split()[0] == gate for g in failed):
            raise Trouble(f"expected {gate} to deny {partner}; policy/evaluate says {self.why(verdict)}")
        return f"denied by {self.why(verdict)}"

    def listing(self, step, words, count):
        kind = words.take("a record type")
        if kind not in TIME_FIELD:
            step.fail(f"no such record type: {kind}")
        query = [(TIME_FIELD[kind], ">now-3650 days"), ("transactionId", self.tag)]
        while words.has("where"):
            key, _, value = words.take("FIELD=VALUE").partition("=")
            query.append((key, value))
        words.end()
        answer = self.ask(step.who, "GET", f"/v1/{kind}" + ("/count" if count else ""), query=query,
                          headers=["Accept: text/plain"] if count else [])
        if answer.status != 200:
            raise Trouble(f"got {self.problem(answer)}")
        return answer

    def do_lists(self, step):
        found = {r["id"] for r in self.listing(step, Words(step), False).json()}
        wanted = [] if step.expected == ["nothing"] else step.expected
        ids = {i: n for n in self.posted for i in self.posted[n]["ids"]}
        if found != {i for n in wanted for i in self.ids(step, n)}:
            names = sorted({ids.get(i, i) for i in found})
            raise Trouble(f"finds {' '.join(names) or 'nothing'}; expected {' '.join(wanted) or 'nothing'}")
        return f"finds {len(found)} record{'s' if len(found) != 1 else ''}: {' '.join(wanted) or 'nothing'}"

    def do_counts(self, step):
        text = self.listing(step, Words(step), True).body.decode().strip()
        if [text] != step.expected:
            raise Trouble(f"counts {text}; expected {' '.join(step.expected)}")
        return f"counts {text}"

    def do_evaluates(self, step):
        words = Words(step)
        kind = words.take("a record type")
        draft = Draft(words, self)
        if not words.has("for"):
            step.fail("for PARTNER was expected")
        partner = words.take("a partner")
        words.end()
        sample = {"dataMode": draft.mode or "EXERCISE", "classificationMarking": draft.marking}
        answer = self.ask(step.who, "POST", "/v1/policy/evaluate", body=self.evaluation(kind, draft, sample))
        verdict = next((v for v in answer.json().get("partners", []) if v["partner"] == partner), None)
        if verdict is None:
            raise Trouble(f"got {self.problem(answer)}; nothing of {partner}")
        wanted, gate = step.expected, step.expected[2] if len(step.expected) > 2 else None
        as_wanted = verdict["permit"] == (wanted[0] == "sees") and (
            gate is None or (verdict["basis"] == gate if verdict["permit"] else any(g.split()[0] == gate for g in self.failed_gates(verdict))))
        if not as_wanted:
            raise Trouble(f"policy/evaluate says {self.why(verdict)}; expected {' '.join(wanted)}")
        return f"{partner} would {'see it' if verdict['permit'] else 'not see it'}: {self.why(verdict)}"

    def do_recalls(self, step):
        words = Words(step)
        name = words.take("a record's name")
        reason = words.take("a reason") if words.has("because") else "spill"
        words.end()
        for record in self.ids(step, name):
            answer = self.ask(step.who, "POST", f"/v1/{self.posted[name]['type']}/{record}/recall", body={"reason": reason})
            said = self.expect_status(step, answer)
        return "recalled" if answer.status == 204 else said

    def do_relabels(self, step):
        words = Words(step)
        name = words.take("a record's name")
        draft = Draft(words, self)
        words.end()
        body = {"classificationMarking": draft.marking, **({"relto": draft.relto} if draft.relto else {})}
        for record in self.ids(step, name):
            answer = self.ask(step.who, "POST", f"/v1/{self.posted[name]['type']}/{record}/relabel", body=body)
            said = self.expect_status(step, answer)
        if answer.status == 204:
            self.posted[name]["evaluate"].update(classificationMarking=draft.marking)
            return f"relabelled to {draft.marking}"
        return said

    def do_traces(self, step):
        """Who was sent a record, from the disclosures that its owner may read."""
        words = Words(step)
        name = words.take("a record's name")
        words.end()
        partners = set()
        for record in self.ids(step, name):
            answer = self.ask(step.who, "GET", "/v1/disclosures", query=[("id", record), ("type", self.posted[name]["type"])])
            if answer.status != 200:
                raise Trouble(f"got {self.problem(answer)}")
            text = answer.body.decode()
            partners |= {p for p in self.partners() if self.domain(p) in text}
        wanted = set() if step.expected == ["nobody"] else set(step.expected)
        if partners != wanted:
            raise Trouble(f"disclosed to {' '.join(sorted(partners)) or 'nobody'}; expected {' '.join(sorted(wanted)) or 'nobody'}")
        return f"disclosed to {' '.join(sorted(partners)) or 'nobody'}"

    def do_connects(self, step):
        answer = self.ask(step.who, "GET", "/v1/whoami")
        if step.expected == ["refused"]:
            if answer.status or answer.exit not in (35, 52, 55, 56):  # curl: TLS failed, empty reply, cannot send, cannot receive
                raise Trouble(f"got status {answer.status} (curl exit {answer.exit}); expected the handshake to be refused")
            return f"refused in the TLS handshake ({answer.error})"
        if answer.status != 200:
            raise Trouble(f"got {self.problem(answer)}; expected to be let in")
        return "let in"

    # --- everyone ---

    def do_everyone_reads(self, step):
        """=> the partners whose operators see it; each of the others must get the answer for a missing record."""
        words = Words(step)
        name = words.take("a record's name")
        words.end()
        self.ids(step, name)
        wanted, wrong, alike = [] if step.expected == ["nobody"] else step.expected, [], {}
        self.seen[name] = []
        for partner in self.partners():
            try:
                sees, text = self.one_of_everyone(self.posted[name], partner)
            except Trouble as trouble:
                sees, text = None, str(trouble)
            if sees:
                self.seen[name].append(partner)
            right = sees is not None and sees == (partner in wanted)
            if not right:
                wrong.append(f"{partner} {'sees it' if sees else 'does not see it' if sees is False else text}")
            alike.setdefault((text, right), []).append(partner)
        for (text, right), partners in alike.items():
            self.report("row", step, f"{' '.join(partners)}: {text}", right)
        if wrong:
            raise Trouble("; ".join(wrong))
        return f"{' '.join(self.seen[name]) or 'nobody'} and no other"

    def one_of_everyone(self, posted, partner):
        """(whether the partner's operator sees all of it, what came of it and why)."""
        seen = set()
        for record in posted["ids"]:
            answer, missing = self.ask_twins((partner, "operator"), posted["type"], record)
            seen.add(answer.status == 200)
            text = self.check_seen(answer, []) if answer.status == 200 else self.check_hidden(answer, missing)
        if len(seen) != 1:
            raise Trouble(f"{partner} sees only some of it")
        if True in seen:
            return True, text
        return False, f"404, hidden by {self.why(self.evaluate(posted['who'][0], posted['evaluate'], partner))}"

    # --- the exchange's own administrator ---

    def change(self, text):
        return f"{text} ({self.exchange.apply_policy(self.policy)})"

    def agreement(self, step, name):
        for agreement in self.policy["agreements"]:
            if agreement["id"] == name:
                return agreement
        step.fail(f"the policy has no agreement {name}")

    def set_status(self, step, status):
        words = Words(step)
        name = words.take("an agreement")
        words.end()
        self.agreement(step, name)["status"] = status
        return self.change(f"{name} is {status}")

    def do_exchange_suspends(self, step):
        return self.set_status(step, "suspended")

    def do_exchange_terminates(self, step):
        return self.set_status(step, "terminated")

    def do_exchange_resumes(self, step):
        return self.set_status(step, "inForce")

    def do_exchange_removes(self, step):
        words = Words(step)
        partner = words.take("a partner")
        if not words.has("from"):
            step.fail("from COMMUNITY was expected")
        code = words.take("a community")
        words.end()
        community = next(c for c in self.policy["communities"] if c["code"] == code)
        community["members"] = [m for m in community["members"] if m["partner"] != partner]
        return self.change(f"{partner} is no member of {code}")

    def do_exchange_deactivates(self, step):
        words = Words(step)
        partner, role = words.take("a partner"), words.take("a role")
        words.end()
        wanted = f"spiffe://{self.domain(partner)}/" + "/".join(self.principal(partner, role))
        for entry in self.policy["principals"]:
            if entry["id"] == wanted:
                entry["active"] = False
        return self.change(f"{wanted} is not active")

    def do_exchange_restores(self, step):
        words = Words(step)
        words.take("policy")
        words.end()
        self.policy = copy.deepcopy(self.base)
        return self.change("the register is as before")

    def do_exchange_revokes(self, step):
        words = Words(step)
        partner, role = words.take("a partner"), words.take("a role")
        words.end()
        command = self.exchange.pki("revoke", self.domain(partner), *self.principal(partner, role))
        self.revoked.append((partner, role))
        return f"{command}; {self.exchange.reload()}"

    def do_exchange_waits(self, step):
        words = Words(step)
        by = duration(words.take("a duration"))
        words.end()
        self.exchange.move_clock(by)
        return f"it is {iso(self.exchange.now())}"
