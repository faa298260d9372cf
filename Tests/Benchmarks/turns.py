"""Ours and a peer in turns, so that whatever else the machine does falls on both alike.

A suite's driver calls `compare` once per figure. Every round measures `bench SUITE FIGURE` and then
each peer; a ratio is taken within a round, and a line says the median and the range over the rounds:

    NAME ours=… peer=… ratio=… [low, high] unit
"""

import os
import statistics
import subprocess
import time


def ours(suite, figure, on):
    command = [os.environ["BENCH"], suite, figure] + (["--on", on] if on else [])
    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(line.split("ours=")[1].split()[0])


def speed(amount, body, seconds=0.5, most=20):
    """Median amount per second of CPU time, as the other side measures itself."""
    values = []
    start = time.process_time()
    while not values or (time.process_time() - start < seconds and len(values) < most):
        begin = time.process_time()
        body()
        values.append(amount / (time.process_time() - begin))
    return statistics.median(values)


def short(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def compare(suite, figure, unit, peers, amount, on=None, rounds=5):
    """peers: name -> a function of no arguments that does `amount` of work, 5 for 5 MB."""
    mine, theirs = [], {name: [] for name in peers}
    for body in peers.values():
        body()  # loads and warms up; not counted
    for _ in range(rounds):
        mine.append(ours(suite, figure, on))
        for name, body in peers.items():
            theirs[name].append(speed(amount, body))
    for name, values in sorted(theirs.items(), key=lambda item: -statistics.median(item[1])):
        ratios = [a / b for a, b in zip(mine, values)]
        print(
            f"{figure}/{name} ours={short(statistics.median(mine))} peer={short(statistics.median(values))} "
            f"ratio={short(statistics.median(ratios))} [{short(min(ratios))}, {short(max(ratios))}] {unit}",
            flush=True,
        )
