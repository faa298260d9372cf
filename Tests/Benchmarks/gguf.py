"""GGUF files: ours against llama.cpp on the same file.   gguf.py [--files=A.gguf,B.gguf] [--rounds=3] [--figures=512]

Without --files: SmolLM2-135M-Instruct of `make model`, where it is, and files of the shape of Qwen2.5-0.5B with random
weights in Q8_0 and Q4_1, which are made. Each round runs our process, then llama.cpp's batched-bench, with prompts of 512
tokens (one sequence, eight) and of 4,000 (one, eight with one prompt), all threads.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

here = pathlib.Path(sys.path.pop(0))
parser = argparse.ArgumentParser()
parser.add_argument("--on")
parser.add_argument("--files")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--figures", default="", help="only those with this in their names: 512, 4000")
options = parser.parse_args()
threads = os.cpu_count()
llama = pathlib.Path(sys.executable).parent.parent / "decoders" / "llama.cpp" / "bin" / "llama-batched-bench"
random = pathlib.Path(os.environ.get("BENCH_MODEL", ".build-bench/qwen2-0.5b"))
small = pathlib.Path("models/SmolLM2-135M-Instruct.Q4_1.gguf")


def run(command, **environment):
    """What it prints, and its largest resident memory in MiB."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            list(map(str, command)), stdout=output, stderr=complaints, env=os.environ | environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            complaints.seek(0)
            sys.exit(f"gguf: {command[0]} failed: {complaints.read()[-2000:]}")
        output.seek(0)
        return output.read(), usage.ru_maxrss / 1024


def files():
    if options.files:
        return [pathlib.Path(name) for name in options.files.split(",")]
    if not (random / "config.json").exists():
        run([os.environ["BENCH"], "model", random])
    for kind in ("q8_0", "q4_1"):
        if not (random / f"{kind}.gguf").exists():
            run([sys.executable, "-P", here / "gguf_model.py", random, kind])
    return ([small] if small.exists() else []) + [random / "q8_0.gguf", random / "q4_1.gguf"]


def short(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def report(name, pairs, unit, share=""):
    mine, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
    ratios = [a / b for a, b in pairs]
    print(
        f"{name}/llama.cpp ours={short(statistics.median(mine))} peer={short(statistics.median(theirs))} "
        f"ratio={short(statistics.median(ratios))} [{short(min(ratios))}, {short(max(ratios))}] {unit} {share}",
        flush=True)


def compare(file, length, count):
    shares, pairs, memory = {}, {}, []
    common = ["-pps", "-kvu"] if length >= 1000 else []
    room = length + 8 * count if common else 8 * (length + count)
    for _ in range(options.rounds):
        output, _ = run([os.environ["BENCH"], "gguf", f"gguf.{length}"], BENCH_GGUF=str(file))
        lines = [line.split() for line in output.splitlines() if " ours=" in line]
        mine = {line[0]: float(line[1].removeprefix("ours=")) for line in lines}
        shares |= {line[0]: line[-1] for line in lines if line[-1].startswith("share=")}
        table, theirs = run([
            llama, "-m", file, "-t", threads, "-c", room + 256, "-npp", length, "-ntg", count, "-npl", "1,8", *common])
        memory.append((mine[f"gguf-{length}-memory"], theirs))
        for row in table.splitlines():
            cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
            if len(cells) != 10 or not cells[0].isdigit():
                continue
            suffix = "" if cells[2] == "1" else f"-batch-{cells[2]}"
            for what, speed in (("prompt", cells[5]), ("decode", cells[7])):
                name = f"gguf-{what}-{length}{suffix}"
                if name in mine:
                    pairs.setdefault(name, []).append((mine[name], float(speed)))
    for name, values in pairs.items():
        report(name.replace("gguf", file.stem, 1), values, "tokens/s", shares.get(name, ""))
    report(f"{file.stem}-{length}-memory", memory, "MiB resident at most")


if not llama.exists():
    sys.exit("# gguf: llama.cpp skipped, it is not built; run Tests/Benchmarks/setup.sh neural")
print(f"# {threads} threads, time by the clock", flush=True)
for file in files():
    for length, count in ((512, 32), (4000, 16)):
        if options.figures in f"{length}":
            compare(file, length, count)
