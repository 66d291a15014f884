"""Steps of disclosure officers and of those who ask them: requests, grants, notices, explanations, agreements, warnings."""
import json
from urllib.parse import quote

from wire import Trouble, duration, iso

ALL_TIME = ">now-3650 days"
ACT = {"suspends": "suspend", "resumes": "resume", "terminates": "terminate"}


class Officers:
    """Steps beside those of records; names of requests and proposals live beside names of records."""

    # --- what several steps need ---

    def done(self, step, answer, *good):
        """The answer's JSON; a status that the step expects is its outcome, any other problem its failure."""
        if answer.status not in good:
            raise Trouble(f"got {self.problem(answer)}; expected {' or '.join(map(str, good))}")
        return json.loads(answer.body) if answer.body else {}

    def refused(self, step, answer):
        """True if the step expects this very status: `=> 403`, `=> 409 CHANGED`."""
        if not step.expected[:1] or not step.expected[0].isdigit() or int(step.expected[0]) < 400:
            return False
        self.expect_status(step, answer)
        return True

    def told(self, step, found, what):
        """Compares words."""
        if sorted(found) != sorted(step.expected) and [*found] + step.expected != ["nothing"]:
            raise Trouble(f"{what}: {' '.join(found) or 'nothing'}; expected {' '.join(step.expected)}")
        return f"{what}: {' '.join(found) or 'nothing'}"

    def named(self, step, shelf, words, what):
        name = words.take(what)
        if name not in shelf:
            step.fail(f"no {what} is named {name}")
        return name, shelf[name]

    def first(self, step, name):
        return self.posted[name]["type"] if name in self.posted else None, self.ids(step, name)[0]

    # --- asking for a release ---

    def do_asks(self, step):
        """`asks for NAME until 30d to "…" as REQUEST`, `asks USA for TYPE [of OBJECT] until …`"""
        words = self.words(step)
        body = {"purpose": "operations"}
        if words.has("for"):
            kind, identifier = self.first(step, words.take("a record's name"))
            body["record"] = {"type": kind, "id": identifier}
        else:
            body["owner"] = words.take("a partner")
            if not words.has("for"):
                step.fail("for TYPE was expected")
            body["scope"] = {"type": words.take("a record type")}
            if words.has("of"):
                body["scope"]["object"] = words.take("an object")
        name = None
        while words.left:
            name = self.ask_clause(step, words, body) or name
        answer = self.ask(step.who, "POST", "/v1/release-requests", body=body)
        if self.refused(step, answer):
            return self.problem(answer)
        made = self.done(step, answer, 201)
        self.requests[name] = {"id": made["id"], "grant": None}
        return f"asked; due {made['due']}"

    def ask_clause(self, step, words, body):
        if words.has("until"):
            body["until"] = iso(self.now + duration(words.take("a duration")))
        elif words.has("to"):
            body["purpose"] = words.take("a purpose")
        elif words.has("in"):
            body["view"] = words.take("a view")
        elif words.has("as"):
            return words.take("a name")
        else:
            words.end()
        return None

    def do_follows(self, step):
        """What the asker is told of its request."""
        words = self.words(step)
        _, request = self.named(step, self.requests, words, "a request")
        words.end()
        answer = self.ask(step.who, "GET", f"/v1/release-requests/{request['id']}")
        if self.refused(step, answer):
            return self.problem(answer)
        return self.told(step, [self.done(step, answer, 200)["state"]], "the request is")

    def do_approves(self, step):
        words = self.words(step)
        _, request = self.named(step, self.requests, words, "a request")
        body = {}
        while words.left:
            if words.has("onward"):
                body["onward"] = True
            else:
                self.ask_clause(step, words, body)
        answer = self.ask(step.who, "POST", f"/v1/queue/requests/{request['id']}/approve", body=body)
        if self.refused(step, answer):
            return self.problem(answer)
        made = self.done(step, answer, 200)
        request["grant"] = made["grant"] or request["grant"]
        return self.told(step, [made["state"]], "the request is")

    def do_denies(self, step):
        words = self.words(step)
        _, request = self.named(step, self.requests, words, "a request")
        body = {"reason": words.take("a reason") if words.has("because") else "not releasable"}
        if words.has("openly"):
            body["tell"] = True
        words.end()
        return self.expect_status(step, self.ask(step.who, "POST", f"/v1/queue/requests/{request['id']}/deny", body=body))

    def do_withdraws(self, step):
        """`withdraws REQUEST` by who asked, `withdraws grant of REQUEST` by who granted."""
        words = self.words(step)
        granted = words.has("grant", "of")
        _, request = self.named(step, self.requests, words, "a request")
        words.end()
        path = f"/v1/grants/{request['grant']}/withdraw" if granted else f"/v1/release-requests/{request['id']}/withdraw"
        return self.expect_status(step, self.ask(step.who, "POST", path, body={"reason": "no longer needed"}))

    def do_finds(self, step):
        """In which lists of its queue an officer finds a request, a record or a proposal."""
        words = self.words(step)
        name = words.take("a name")
        words.end()
        wanted = {self.requests[name]["id"]} if name in self.requests else {self.proposals[name]["id"]} \
            if name in self.proposals else set(self.ids(step, name))
        kinds, after = set(), None
        while True:
            answer = self.ask(step.who, "GET", "/v1/queue", query=[("maxResults", 1000)] + ([("after", after)] if after else []))
            page = self.done(step, answer, 200)
            kinds |= {i["kind"] for i in page["items"] if wanted & {i.get("id"), (i.get("record") or {}).get("id")}}
            after = page.get("after")
            if not after:
                return self.told(step, sorted(kinds), "in the queue as")

    def do_withholds(self, step):
        """A durable deny of what is held unmarked, with reason, authority and review."""
        return self.restrict(step, "withhold")

    def do_reviews(self, step):
        return self.restrict(step, "review")

    def restrict(self, step, act):
        words = self.words(step)
        name = words.take("a record's name")
        draft = self.draft(words)
        words.end()
        for record in self.ids(step, name):
            answer = self.ask(step.who, "POST", f"/v1/{self.posted[name]['type']}/{record}/{act}", body=draft.restriction())
            said = self.expect_status(step, answer)
        return said

    # --- being told ---

    def do_hears(self, step):
        """`hears of NAME => recall`: kinds of open notices about a record."""
        words = self.words(step)
        words.has("of")
        ids = self.ids(step, words.take("a record's name"))
        words.end()
        notices = self.done(step, self.ask(step.who, "GET", "/v1/notices", query=[("open", "true")]), 200)
        return self.told(step, sorted({n["kind"] for n in notices if (n.get("record") or {}).get("id") in ids}), "notices")

    def do_acknowledges(self, step):
        words = self.words(step)
        ids = self.ids(step, words.take("a record's name"))
        words.end()
        notices = self.done(step, self.ask(step.who, "GET", "/v1/notices", query=[("open", "true")]), 200)
        mine = [n["id"] for n in notices if (n.get("record") or {}).get("id") in ids]
        if not mine:
            raise Trouble("there is no open notice of it")
        for notice in mine:
            said = self.expect_status(step, self.ask(step.who, "POST", f"/v1/notices/{notice}/acknowledge", body={}))
        return said

    def do_recounts(self, step):
        """`recounts NAME => JPN`: to which partners each record of it was sent, by `recipients`."""
        words = self.words(step)
        name = words.take("a record's name")
        words.end()
        partners = set()
        for record in self.ids(step, name):
            answer = self.ask(step.who, "GET", f"/v1/{self.posted[name]['type']}/{record}/recipients")
            if self.refused(step, answer):
                return self.problem(answer)
            partners |= {r["partner"] for r in self.done(step, answer, 200)["recipients"]}
        return self.told(step, sorted(partners), "sent to")

    def do_explains(self, step):
        """`explains NAME for JPN => sees by default under A article 3.1`, `=> hidden by G6`; for oneself without `for`."""
        words = self.words(step)
        name = words.take("a record's name")
        partner = words.take("a partner") if words.has("for") else None
        words.end()
        kind, identifier = self.first(step, name)
        answer = self.ask(step.who, "GET", f"/v1/{kind}/{identifier}/explain", query=[("as", partner)] if partner else [])
        if self.refused(step, answer):
            return self.problem(answer)
        verdict = next((p for p in self.done(step, answer, 200)["partners"] if p["partner"] == (partner or step.who[0])), None)
        if verdict is None:
            raise Trouble(f"nothing of {partner or step.who[0]}")
        return self.check_explained(step, verdict)

    def check_explained(self, step, verdict):
        wanted = step.expected
        gates = {g["gate"]: g for g in verdict["explanation"]}
        for gate, passed in verdict["gates"].items():
            if gates[gate]["passed"] is not passed or not gates[gate]["rule"] or not gates[gate]["inputs"]:
                raise Trouble(f"{gate} is not explained: {gates[gate]}")
        if verdict["permit"] != (wanted[0] == "sees"):
            raise Trouble(f"{self.why(verdict)}; expected {' '.join(wanted)}")
        if not verdict["permit"]:
            if len(wanted) > 2 and verdict["deniedBy"].split()[0] != wanted[2]:
                raise Trouble(f"{self.why(verdict)}; expected {' '.join(wanted)}")
            return f"{self.why(verdict)}: {'; '.join(gates[verdict['deniedBy']]['inputs'])}"
        for word, key in (("by", "basis"), ("under", "agreement"), ("article", "article"), ("in", "view")):
            if word in wanted and verdict.get(key, "") != wanted[wanted.index(word) + 1]:
                raise Trouble(f"{key} is {verdict.get(key)!r}; expected {' '.join(wanted)}")
        article = f", article {verdict['article']}" if verdict.get("article") else ""
        return f"{self.why(verdict)}{article}, view {verdict['view']}"

    # --- agreements ---

    def do_drafts(self, step):
        """`drafts FILE as NAME => needs JPN USA`: an agreement, or a new version of it."""
        words = self.words(step)
        terms = self.file(step, words.take("a data file"))
        if not words.has("as"):
            step.fail("as NAME was expected")
        name = words.take("a name")
        words.end()
        answer = self.ask(step.who, "POST", "/v1/agreements", body=terms)
        if self.refused(step, answer):
            return self.problem(answer)
        made = self.done(step, answer, 201)
        self.proposals[name] = {"id": made["id"], "types": terms["types"], "reports": {}}
        return self.told(step, ["needs", *made["needs"]], "acceptance")

    def do_accepts(self, step):
        """Looks at the proposal, and accepts it with the dry run that was shown: `=> open` or `=> applied`. When it is in
        force, everybody's dry run is held against what every partner's operator finds now and found before.
        `accepts OBJECT of PARTNER => 204`: that the partner operates the object."""
        words = self.words(step)
        if words.left[1:2] == ["of"]:
            number, _, partner = words.left
            return self.expect_status(step, self.ask(step.who, "POST", f"/v1/objects/{number}/{partner}/accept", body={}))
        _, proposal = self.named(step, self.proposals, words, "a proposal")
        words.end()
        before = self.everything(proposal["types"]) if step.expected == ["applied"] else None
        answer = self.accept(step.who, proposal)
        if self.refused(step, answer):
            return self.problem(answer)
        said = self.told(step, [self.done(step, answer, 200)["state"]], "the proposal is")
        return said + (self.hold(proposal, before) if before else "")

    def accept(self, who, proposal):
        """The answer to who looks at a proposal and accepts what it is shown; a refusal of either."""
        answer = self.ask(who, "GET", f"/v1/proposals/{proposal['id']}")
        if answer.status != 200:
            return answer
        shown = json.loads(answer.body)
        body = {"digest": shown["digest"], "dryRun": shown["dryRun"]["digest"]}
        answer = self.ask(who, "POST", f"/v1/proposals/{proposal['id']}/accept", body=body)
        if answer.status == 200:
            proposal["reports"][who[0]] = shown["dryRun"]
            self.changed = True
        return answer

    def do_everyone_accepts(self, step):
        """Each of those that are asked and that have not accepted yet: `=> applied` by the last one."""
        words = self.words(step)
        _, proposal = self.named(step, self.proposals, words, "a proposal")
        words.end()
        before, states = self.everything(proposal["types"]), {}
        for partner in [p for p in self.partners() if p not in proposal["reports"]]:
            answer = self.accept((partner, "fdo"), proposal)
            if answer.status != 404:  # who is not asked does not know of it
                states[partner] = self.done(step, answer, 200)["state"]
        if list(states.values()) != ["open"] * (len(states) - 1) + step.expected:
            raise Trouble(f"the proposal is, after each: {states}; expected {' '.join(step.expected)} after the last")
        return f"accepted by {' '.join(states)}, and {' '.join(step.expected)}" + self.hold(proposal, before)

    def everything(self, types):
        """{partner: {record: (originator, what is shown of it)}} of all of these types that the partners' operators find."""
        found, paths = {}, [f"/v1/{kind}?{self.time_fields[kind]}={quote(ALL_TIME)}" for kind in types]
        for partner in self.partners():
            found[partner] = {}
            for kind, answer in zip(types, self.exchange.requests(f"{partner} operator", "GET", paths)):
                if answer.status != 200:
                    raise Trouble(f"{partner} operator lists {kind}: {self.problem(answer)}")
                for record in answer.json():
                    relto = record.pop("relto")
                    record.update(view=relto["view"], classificationMarking=None)
                    found[partner][record["id"]] = (relto["originator"], record)
        return found

    def hold(self, proposal, before):
        """What everybody was shown against what happened."""
        after, lines = self.everything(proposal["types"]), []
        for owner, report in proposal["reports"].items():
            promised = {(p["partner"], act): p[act] for p in report["partners"] for act in ("opens", "closes", "view") if p[act]}
            happened = {}
            for partner, seen in before.items():
                now = after[partner]
                for act, records in (("opens", [now[i] for i in now.keys() - seen.keys()]),
                                     ("closes", [seen[i] for i in seen.keys() - now.keys()]),
                                     ("view", [now[i] for i in now.keys() & seen.keys() if now[i] != seen[i]])):
                    n = sum(originator == owner for originator, _ in records)
                    if n:
                        happened[partner, act] = n
            if promised != happened:
                raise Trouble(f"{owner} was shown {promised}; this happened: {happened}")
            lines += [f"shows {n} of {owner} otherwise to {partner}" if act == "view" else f"{act} {n} of {owner} to {partner}"
                      for (partner, act), n in sorted(happened.items())]
        return f"; {', '.join(lines) or 'opens and closes nothing'}, exactly as the dry run said"

    # --- other entries of the registers ---

    def do_proposes(self, step):
        """`proposes KIND KEY [from FILE] [with MEMBER=VALUE] [gone] as NAME => needs DEU JPN`, or `=> applied` at once, if it
        can only close; then the dry run is held against what happened."""
        words = self.words(step)
        kind, key = words.take("a kind of entry"), words.take("an entry")
        entry, name = self.entry(step, kind, key), None
        while words.left:
            if words.has("from"):
                entry = self.file(step, words.take("a data file"))
            elif words.has("with"):
                member, _, value = words.take("MEMBER=VALUE").partition("=")
                entry[member] = int(value) if value.isdigit() else value
            elif words.has("gone"):
                entry = None
            elif words.has("as"):
                name = words.take("a name")
            else:
                words.end()
        return self.propose(step, name, {"changes": [{"kind": kind, "key": key, "entry": entry}], "comment": "scenario"})

    def entry(self, step, kind, key):
        """As the policy has it; of a membership that is new, one without an end."""
        if kind == "membership":
            community, _, partner = key.partition("/")
            return {"community": community, "partner": partner, "from": "2020-01-01", "until": None, "backfill": "all"}
        shelf = {"partner": "partners", "view": "views", "community": "communities"}.get(kind)
        found = [e for e in self.policy.get(shelf, []) if e["code"] == key]
        if not found:
            step.fail(f"the policy has no {kind} {key}")
        return dict(found[0])

    def propose(self, step, name, body):
        answer = self.ask(step.who, "POST", "/v1/proposals?dryRun=true", body=body)
        if self.refused(step, answer):
            return self.problem(answer)
        proposal = {"types": sorted(self.time_fields), "reports": {}}
        shown = self.done(step, answer, 200)["dryRun"]
        before = self.everything(proposal["types"]) if step.expected == ["applied"] else None
        made = self.done(step, self.ask(step.who, "POST", "/v1/proposals", body=body), 201)
        self.changed = True
        self.proposals[name] = dict(proposal, id=made["id"])
        if made["state"] != "applied":
            return self.told(step, ["needs", *made["needs"]], "acceptance")
        proposal["reports"][step.who[0]] = shown
        return self.told(step, ["applied"], "the proposal is") + self.hold(proposal, before)

    def act(self, step):
        """`suspends`, `resumes`, `terminates` AGREEMENT by a party: first the dry run, then the act; they must agree."""
        words = self.words(step)
        code = words.take("an agreement")
        named = words.take("a name") if words.has("as") else None
        words.end()
        path, body = f"/v1/agreements/{code}/{ACT[step.verb]}", {"reason": "scenario"}
        answer = self.ask(step.who, "POST", path + "?dryRun=true", body=body)
        if self.refused(step, answer):
            return self.problem(answer)
        proposal = {"reports": {step.who[0]: self.done(step, answer, 200)["dryRun"]}}
        proposal["types"] = self.done(step, self.ask(step.who, "GET", f"/v1/agreements/{code}"), 200)["types"]
        before = self.everything(proposal["types"])
        made = self.done(step, self.ask(step.who, "POST", path, body=body), 201)
        self.changed = True
        said = self.told(step, [made["state"]], "the change is")
        if named:
            self.proposals[named] = {"id": made["id"], "types": proposal["types"], "reports": {}}
        return said + (self.hold(proposal, before) if made["state"] == "applied" else "")

    do_suspends = do_resumes = do_terminates = act

    # --- duty to warn ---

    def do_registers(self, step):
        """`registers OBJECT => pending`: as what the caller's partner operates."""
        words = self.words(step)
        number = words.take("an object")
        words.end()
        answer = self.ask(step.who, "POST", "/v1/objects", body={"object": number})
        self.changed = True
        if self.refused(step, answer):
            return self.problem(answer)
        return self.told(step, [self.done(step, answer, 201)["status"]], "the registration is")
