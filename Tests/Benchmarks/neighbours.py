"""The nearest keys by inner product on one thread: ours against FAISS and hnswlib, in turns.

The keys and queries are those of `bench neighbours`. `--faiss PATH` adds another build of FAISS, such as Debian's
python3-faiss unpacked into a folder: it is run by the interpreter `--python`, in a process of its own.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)

import numpy

COUNT, WIDTH, QUERIES, BEST = 100_000, 128, 64, 16


def noise(rows, width, start):
    word = (numpy.arange(start, start + rows * width, dtype=numpy.uint64) & 0xFFFFFFFF).astype(numpy.uint32)
    with numpy.errstate(over="ignore"):
        word = word * numpy.uint32(2654435761)
        for _ in range(3):
            word = (word ^ (word >> numpy.uint32(15))) * numpy.uint32(2246822519)
        word = word ^ (word >> numpy.uint32(13))
    return (word.astype(numpy.float32) / numpy.float32(2147483648) - 1).reshape(rows, width)


def faiss_flat():
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(WIDTH)
    index.add(noise(COUNT, WIDTH, 0))
    queries = noise(QUERIES, WIDTH, 1 << 30)
    return faiss.__version__, lambda: index.search(queries, BEST)


def speed(body, seconds=2.0):
    body()
    values, start = [], time.process_time()
    while len(values) < 5 or time.process_time() - start < seconds:
        begin = time.process_time()
        body()
        values.append(1 / (time.process_time() - begin))
    return statistics.median(values)


if __name__ == "__main__" and "--child" in sys.argv:
    version, body = faiss_flat()
    print(version, speed(body))
    sys.exit()

parser = argparse.ArgumentParser()
parser.add_argument("--on")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--faiss")
parser.add_argument("--python", default="/usr/bin/python3")
options = parser.parse_args()

from turns import ours, short


def other(python, path):
    environment = dict(os.environ, **({"PYTHONPATH": path} if path else {}))
    line = subprocess.run([python, __file__, "--child"], check=True, capture_output=True, text=True, env=environment)
    version, value = line.stdout.split()
    return version, float(value)


def hnsw():
    import hnswlib

    index = hnswlib.Index(space="ip", dim=WIDTH)
    index.set_num_threads(1)
    index.init_index(max_elements=COUNT, ef_construction=100, M=16)
    index.add_items(noise(COUNT, WIDTH, 0))
    index.set_num_threads(1)
    queries = noise(QUERIES, WIDTH, 1 << 30)
    truth = numpy.argsort(-(queries @ noise(COUNT, WIDTH, 0).T), axis=1, kind="stable")[:, :BEST]
    found = {}
    for ef in (64, 512):
        index.set_ef(ef)
        labels, _ = index.knn_query(queries, BEST)
        recall = sum(len(set(a) & set(b)) for a, b in zip(labels, truth)) / (QUERIES * BEST)
        found[ef] = (recall, speed(lambda: index.knn_query(queries, BEST)))
    return hnswlib.__version__ if hasattr(hnswlib, "__version__") else "0.8.0", found


arms = [("pypi", sys.executable, None)] + ([("debian", options.python, options.faiss)] if options.faiss else [])
mine, peers, versions = [], {name: [] for name, _, _ in arms}, {}
for _ in range(options.rounds):
    mine.append(ours("neighbours", "neighbours.flat-f32-64", None))
    for name, python, path in arms:
        versions[name], value = other(python, path)
        peers[name].append(value)
for name, values in peers.items():
    ratios = [a / b for a, b in zip(mine, values)]
    print(
        f"neighbours.flat-f32-64/faiss-{name}-{versions[name]} ours={short(statistics.median(mine))} "
        f"peer={short(statistics.median(values))} ratio={short(statistics.median(ratios))} "
        f"[{short(min(ratios))}, {short(max(ratios))}] searches/s",
        flush=True,
    )
version, found = hnsw()
for ef, (recall, value) in found.items():
    print(
        f"# hnswlib {version}, M=16, ef={ef}: {short(value)} searches/s of 64 queries at recall@16 {recall:.3f} "
        f"(exact: {short(statistics.median(mine))})",
        flush=True,
    )
