"""Two-line element sets written for the tests."""


def checked(line):
    return line + str(sum(int(c) if c.isdigit() else c == "-" for c in line) % 10)


def element_set(satellite="25544", epoch="26143.50000000", name=None, classification="U", inclination=" 51.6400", eccentricity="0001333"):
    lines = [checked(f"1 {satellite:>5}{classification} 98067A   {epoch} -.00012463  00000-0 -52031-2 0  999"),
             checked(f"2 {satellite:>5} {inclination} 199.5121 {eccentricity} 133.9522 226.1918 15.49113993 1234")]
    return "\n".join(([name] if name else []) + lines) + "\n"
