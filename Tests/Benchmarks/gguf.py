"""GGUF files: ours against llama.cpp on the same file.   gguf.py [--files=A.gguf,B.gguf] [--rounds=3] [--figures=512]

Without --files: SmolLM2-135M-Instruct of `make model`, where it is, and files of the shape of Qwen2.5-0.5B with random
weights in Q8_0 and Q4_1, which are made. Each round runs our process, then llama.cpp's batched-bench, with prompts of 512
tokens (one sequence, eight) and of 4,000 (one, eight with one prompt), all threads.
"""

import argparse
import os
import pathlib
import sys

import llama

here = pathlib.Path(__file__).parent
parser = argparse.ArgumentParser()
parser.add_argument("--on")
parser.add_argument("--files")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--figures", default="", help="only those with this in their names: 512, 4000")
options = parser.parse_args()
threads = os.cpu_count()
random = pathlib.Path(os.environ.get("BENCH_MODEL", ".build-bench/qwen2-0.5b"))
small = pathlib.Path("models/SmolLM2-135M-Instruct.Q4_1.gguf")


def files():
    if options.files:
        return [pathlib.Path(name) for name in options.files.split(",")]
    if not (random / "config.json").exists():
        llama.run([os.environ["BENCH"], "model", random])
    for kind in ("q8_0", "q4_1"):
        if not (random / f"{kind}.gguf").exists():
            llama.run([sys.executable, "-P", here / "gguf_model.py", random, kind])
    return ([small] if small.exists() else []) + [random / "q8_0.gguf", random / "q4_1.gguf"]


def compare(file, length, count):
    shares, pairs, memory = {}, {}, []
    for _ in range(options.rounds):
        mine = llama.ours("gguf", f"gguf.{length}", shares, BENCH_GGUF=str(file))
        speeds, theirs = llama.batched(file, length, count, threads)
        memory.append((mine[f"gguf-{length}-memory"], theirs))
        for figure, speed in speeds.items():
            if f"gguf-{figure}" in mine:
                pairs.setdefault(f"gguf-{figure}", []).append((mine[f"gguf-{figure}"], speed))
    for name, values in pairs.items():
        llama.report(name.replace("gguf", file.stem, 1), "llama.cpp", values, "tokens/s", shares.get(name, ""))
    llama.report(f"{file.stem}-{length}-memory", "llama.cpp", memory, "MiB resident at most")


if not llama.bench.exists():
    sys.exit("# gguf: llama.cpp skipped, it is not built; run Tests/Benchmarks/setup.sh neural")
print(f"# {threads} threads, time by the clock", flush=True)
for file in files():
    for length, count in ((512, 32), (4000, 16)):
        if options.figures in f"{length}":
            compare(file, length, count)
