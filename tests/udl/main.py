#!/usr/bin/python3
"""Runs a program of this folder under Node against an exchange of its own: main.py partners [ARGUMENT...]

The program writes the Test Anything Protocol. It is told in UDL_TEST (JSON) where the exchange is, and the certificates.
What it needs of npm is installed once into .cache/ of the tree; where that cannot be, the test is skipped with the reason.
"""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
sys.dont_write_bytecode = True

import coalition  # noqa: E402
import elements  # noqa: E402
import ephemerides  # noqa: E402
import harness  # noqa: E402
import messages  # noqa: E402
import schema  # noqa: E402

OLDEST_NODE = 18  # Debian 12's own
INSTALL_SECONDS = 240
PRINCIPALS = [(p, r) for p in ("USA", "JPN") for r in ("node", "operator", "auditor")]


class Missing(Exception):
    """What this test needs and the machine has not; never a fault of the exchange."""


def node():
    """The Node to use, if it is new enough."""
    program = shutil.which("node") or shutil.which("nodejs")
    if not program or not shutil.which("npm"):
        raise Missing("no node and npm here (Debian packages nodejs, npm)")
    version = harness.run(program, "--version").stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        raise Missing(f"node {version} is too old, {OLDEST_NODE} is needed")
    return program


def modules():
    """The folder with node_modules as package-lock.json has them, with their digests checked by npm."""
    locked = [HERE / "package.json", HERE / "package-lock.json"]
    name = hashlib.sha256(b"".join(p.read_bytes() for p in locked)).hexdigest()[:16]
    place = harness.ROOT / ".cache" / "udl" / name
    if place.exists():
        return place
    fresh = place.with_name(f"{name}.{os.getpid()}")
    fresh.mkdir(parents=True)
    for path in locked:
        shutil.copy(path, fresh)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1",
               "--fetch-timeout=30000"]
    try:
        done = subprocess.run(command, cwd=fresh, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=INSTALL_SECONDS)
        if done.returncode:
            raise Missing("npm ci failed: " + " ".join(done.stdout.split())[:300])
        if not place.exists():  # another test may have been faster
            fresh.rename(place)
    except (subprocess.TimeoutExpired, OSError) as error:
        if not place.exists():
            raise Missing(f"npm ci: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def told(exchange):
    """What the program must know."""
    types = {t: {m: schema.descriptor(t, m) for m in ("time_field", "query_required", "filedrop")} for t in schema.type_names()}
    pairs = {f"{p} {r}": [str(f) for f in exchange.pki.principal(p, r)] for p, r in PRINCIPALS}
    return {"url": f"https://127.0.0.1:{exchange.port}", "authority": str(exchange.pki.authority), "principals": pairs,
            "now": harness.iso(exchange.now), "types": types,
            "samples": {"tle": elements.element_set(), "cdm": messages.cdm(), "ModITC": ephemerides.itc(), "OEM": ephemerides.oem()}}


def drive(program, arguments):
    runner, place = node(), modules()
    scratch = harness.Scratch()
    postgres = harness.Postgres(scratch.path / "db")
    try:
        postgres.folder.mkdir(mode=0o711)
        postgres.start()
        (scratch.path / "pki").mkdir(mode=0o700)
        exchange = harness.Exchange(scratch.path / "x", postgres, harness.Pki(scratch.path / "pki"), None,
                                    postgres.create_database("udl"))
        policy = coalition.coalition()
        for partner in coalition.PARTNERS:
            exchange.pki.ca(partner)
        exchange.migrate()
        exchange.apply(policy)
        exchange.start()
        environment = dict(os.environ, UDL_TEST=json.dumps(told(exchange)), UDL_MODULES=str(place))
        status = subprocess.run([runner, str(HERE / f"{program}.mjs"), *arguments], env=environment,
                                stdin=subprocess.DEVNULL).returncode
        exchange.close()
        return status
    finally:
        postgres.stop()
        scratch.remove()


def main(program, *arguments):
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a timeout leaves no daemon and no database behind
    try:
        return drive(program, arguments)
    except Missing as why:
        print(f"1..0 # SKIP {why}")
        return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
