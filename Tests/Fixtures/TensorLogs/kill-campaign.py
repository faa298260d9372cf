"""Kills a writer of tensor logs at random moments and opens what it leaves, with h5py and h5dump.

    python3 -m venv /tmp/h5 && /tmp/h5/bin/pip install -r Tests/Fixtures/TensorLogs/requirements.txt
    swift build -c release --product TensorWriter
    /tmp/h5/bin/python Tests/Fixtures/TensorLogs/kill-campaign.py .build/release/TensorWriter 500 [BATCH [GZIP]]

After each SIGKILL the file must open with plain h5py.File(path, 'r'), every step the writer said was in
the file must be there with the right values, and, every tenth time, h5dump must print it. The writer
takes up what the last one left, so that taking up is killed too; a new file is begun every 25 kills.
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

writer, rounds = sys.argv[1], int(sys.argv[2])
batch = sys.argv[3] if len(sys.argv) > 3 else "1"
gzip = sys.argv[4] if len(sys.argv) > 4 else "0"
random.seed(1)
folder = tempfile.mkdtemp()
path = os.path.join(folder, "tensors.h5")
kills = opened = dumped = absent = steps = early = 0
for round in range(rounds):
    if round % 25 == 0 and os.path.exists(path):
        os.remove(path)
    existed = os.path.exists(path)
    process = subprocess.Popen([writer, path, batch, gzip], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # Half of the kills come while it takes up the file or begins one, the others while it writes.
    first = process.stdout.readline() if random.random() < 0.5 else b""
    time.sleep(random.uniform(0, 0.1))
    process.send_signal(signal.SIGKILL)
    said, complaint = process.communicate()
    said = first + said
    assert process.returncode == -9, (process.returncode, complaint)
    kills += 1
    lines = said[: said.rfind(b"\n") + 1].split()
    known = int(lines[-1]) if lines else 0
    if not os.path.exists(path):
        assert not existed and not lines, "the file is gone"
        absent += 1
        continue
    with h5py.File(path, "r") as file:
        table = file["steps"][:]
        tensors = file["tensors"][:]
        values = file["values"][:]
        names = [name.decode() for name in file["names"][:]]
        assert len(table) >= known, (len(table), known)
        last = int(table["question"].max()) if len(table) else 0
        assert (table["step"] == np.arange(len(table))).all()
        scores = tensors[tensors["name"] == names.index("scores")] if "scores" in names else []
        assert len(scores) >= len(table), (len(scores), len(table))
        for row in scores:
            index = int(row["step"])
            start, count = int(row["start"]), int(row["count"])
            assert count == 1 + index % 97
            wanted = np.float32(index) + np.arange(count, dtype=np.float32) / 128
            assert (values[start : start + count] == wanted).all(), index
        steps = max(steps, len(table))
    opened += 1
    early += len(lines) < 2
    if round % 10 == 0:
        subprocess.run(["h5dump", "-d", "/steps", path], check=True, stdout=subprocess.DEVNULL)
        dumped += 1
shutil.rmtree(folder)
print(f"{kills} kills (batch {batch}, gzip {gzip}): {opened} files opened whole, {absent} not yet there, "
      f"{early} killed before a step was said to be there, {dumped} printed by h5dump; up to {steps} steps in a file")
