"""Lines of text that are hard to tokenize, the same on both sides: LinesOfText.swift makes them too.

Nothing but integer arithmetic decides what a line is, so no file of lines need be kept: a fixture is a
hash of the ids of each block of lines.
"""

MASK = (1 << 64) - 1


class Random:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        return self.next() % bound


def pieces(path):
    """One piece a line, backslash escapes \\u{…} for what does not print."""
    import re

    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    return [
        re.sub(r"\\u\{([0-9A-F]+)\}", lambda match: chr(int(match[1], 16)), line)
        for line in lines
        if line and not line.startswith("# ")
    ]


def scalar(random):
    """Any scalar of the first three planes, the often used ones more often."""
    ranges = [(0x20, 0x7F), (0xA0, 0x250), (0x250, 0x3000), (0x3000, 0xD800), (0xE000, 0x10000), (0x10000, 0x30000)]
    low, high = ranges[random.below(len(ranges))]
    return chr(low + random.below(high - low))


def lines(count, pieces, seed=1):
    random = Random(seed)
    for _ in range(count):
        line = []
        for _ in range(1 + random.below(24)):
            kind = random.below(16)
            if kind < 11:
                line.append(pieces[random.below(len(pieces))])
            elif kind == 11:
                line.append(scalar(random))
            elif kind == 12:
                line.append(str(random.next() >> random.below(64)))
            elif kind == 13:
                line.append(" " * (1 + random.below(6)))
            elif kind == 14:
                line.append(pieces[random.below(len(pieces))] * (1 + random.below(5)))
            else:
                line.append("".join(chr(97 + random.below(26)) for _ in range(1 + random.below(30))))
            if random.below(3) == 0:
                line.append(" ")
        yield "".join(line)


def hashed(ids, state=0xCBF29CE484222325):
    """FNV-1a over the ids, four bytes each, and the line's end."""
    for value in list(ids) + [0xFFFFFFFF]:
        for byte in value.to_bytes(4, "little"):
            state = ((state ^ byte) * 0x100000001B3) & MASK
    return state
