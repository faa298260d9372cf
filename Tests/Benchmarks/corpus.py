"""The text that is measured on, the same as that of `bench`."""

import glob


def corpus(path):
    """A file, or the licences present on every Debian machine, repeated to at least 1 MB."""
    if path:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    once = "\n\n".join(
        open(name, encoding="utf-8", newline="").read() for name in sorted(glob.glob("/usr/share/common-licenses/*"))
    )
    return once * (1_000_000 // len(once.encode()) + 1)
