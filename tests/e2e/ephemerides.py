"""Ephemerides as files, written for the tests."""
import datetime

from harness import day_zero

TRIANGLE = range(21)
AXES = ["X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT"]


def state(n):
    return [f"{7000 + n}.250", "-0.10", f"{n}", "7.5000", "+1.25E-01", "-.5"]


STATE = [7000.25, -0.1, 0, 7.5, 0.125, -0.5]


def covariance(n=0):
    return [f"{i + 1}.50e-0{1 + n}" for i in TRIANGLE]


def itc(points=3, start=None, year=4, covariances=False, header=("created:2026-05-20", "ephemeris_source:blend", "UVW"), step=60):
    start = start or day_zero()
    lines = list(header)
    for n in range(points):
        t = start + datetime.timedelta(seconds=n * step)
        lines.append(t.strftime("%Y%j%H%M%S.000")[4 - year:] + " " + " ".join(state(n)))
        if covariances:
            lines += [" ".join(covariance(n)[i:i + 7]) for i in (0, 7, 14)]
    return "\n".join(lines) + "\n"


def ordinal(t):
    return t.strftime("%Y-%jT%H:%M:%S.250")


def oem(points=3, start=None, covariances=(), accelerations=False, segments=1, header=None, more=None, meta=None, order="", step=60):
    """meta: what is said otherwise in the metadata of the last segment; covariances: indices of points."""
    start = start or day_zero()
    lines = ["CCSDS_OEM_VERS = 2.0", "CREATION_DATE = 2026-05-20T00:00:00", "ORIGINATOR = JAXA"]
    for segment in range(segments):
        first = start + datetime.timedelta(seconds=segment * (points - 1) * step)
        times = [ordinal(first + datetime.timedelta(seconds=n * step)) for n in range(points)]
        said = {"OBJECT_NAME": "ADEOS", "OBJECT_ID": "1996-046A", "CENTER_NAME": "EARTH", "REF_FRAME": "EME2000", "TIME_SYSTEM": "UTC",
                "START_TIME": times[0], "USEABLE_START_TIME": times[0], "USEABLE_STOP_TIME": times[-1], "STOP_TIME": times[-1],
                "INTERPOLATION": "LAGRANGE", "INTERPOLATION_DEGREE": "07"}
        if segment == segments - 1:
            said.update(meta or {})
        lines += ["META_START", *(f"{k} = {v}" for k, v in said.items() if v is not None), "META_STOP", f"COMMENT segment {segment}"]
        for n, t in enumerate(times):
            lines.append(" ".join([t, *state(n), *(["0.001", "-2e-3", "0"] if accelerations else [])]))
        if covariances:
            lines.append("COVARIANCE_START")
            for n in covariances:
                lines.append(f"EPOCH = {times[n]}")
                if more:
                    lines.append(f"COV_REF_FRAME = {more}")
                values = iter(covariance(n))
                lines += [" ".join(next(values) for _ in range(i + 1)) for i in range(6)]
            lines.append("COVARIANCE_STOP")
    return "\n".join(lines) + "\n"
