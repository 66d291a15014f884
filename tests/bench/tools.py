"""Commands, messages, and what the kernel says of processes."""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PG_BIN = pathlib.Path(os.environ.get("RELTO_PG_BIN", "/usr/lib/postgresql/15/bin"))
TICKS = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*command, **more):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))[:300]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def processor_seconds(pid, with_ended_children=False):
    """User and system time of a process: proc(5), fields 14 to 17 of stat."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(t) for t in fields[11:15 if with_ended_children else 13]) / TICKS


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family_seconds(pid):
    """Of a process and its children, those that have ended included."""
    return processor_seconds(pid, with_ended_children=True) + sum(processor_seconds(p) for p in children(pid))


def status_kib(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(name)


def forget_peak(pid):
    """From now on VmHWM is the highest since now: proc(5), clear_refs."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
