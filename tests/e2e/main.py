#!/usr/bin/python3
"""Runs test files of this folder under pytest and writes the Test Anything Protocol: main.py identity data …"""
import os
import pathlib
import signal
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent


class Tap:
    """One line a test case. A broken file or fixture counts as a failed case: nothing may vanish from the sum."""

    def __init__(self, stream):
        self.stream, self.n, self.planned, self.bad = stream, 0, 0, 0
        self.broken = {}

    def line(self, text):
        print(text, file=self.stream, flush=True)

    def case(self, ok, name, directive=""):
        self.n += 1
        self.bad += not ok
        clean = name.replace("#", "_").encode("ascii", "backslashreplace").decode()
        self.line(f"{'ok' if ok else 'not ok'} {self.n} {clean}{directive}")

    def pytest_collectreport(self, report):
        if report.failed:
            self.broken[report.nodeid] = str(report.longrepr)

    def pytest_collection_finish(self, session):
        self.planned = len(session.items) + len(self.broken)
        self.line(f"1..{self.planned}")
        for name, why in self.broken.items():
            self.explain(why)
            self.case(False, name)

    def explain(self, why):
        for line in why.splitlines():
            self.line(f"# {line}".encode("ascii", "backslashreplace").decode())

    def pytest_runtest_logreport(self, report):
        # Set-up decides when it fails or skips, else the call; a failing clean-up turns up in the exit status.
        if report.failed:
            self.explain(str(report.longrepr))
        if report.when == "setup" and report.passed or report.when == "teardown":
            return
        name = report.nodeid.split("::", 1)[-1]
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.case(True, name, f" # SKIP {reason}")
        else:
            self.case(report.passed, name)


def main(arguments):
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a timeout leaves no daemon and no database behind
    tap = Tap(os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)  # whatever else is printed must not mix with the protocol
    names = [a for a in arguments if not a.startswith("-")]
    files = [str(HERE / f"test_{name}.py") for name in names] or [str(HERE)]
    options = [a for a in arguments if a.startswith("-")]
    status = pytest.main([*options, "-p", "no:cacheprovider", "--rootdir", str(HERE), "--continue-on-collection-errors",
                          "--tb=short", *files], plugins=[tap])
    if tap.n != tap.planned or status not in (0, 1):
        return 1
    # Failed cases are told by the protocol; a failure outside of a case only by the status.
    return 0 if status == 0 or tap.bad else 1


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1:]))
