"""Our process and llama.cpp's batched-bench on one model file: what the drivers of `decoders` and `gguf` share."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from turns import short

bench = pathlib.Path(sys.executable).parent.parent / "decoders" / "llama.cpp" / "bin" / "llama-batched-bench"
driver = pathlib.Path(sys.argv[0]).stem


def run(command, **environment):
    """What it prints, and its largest resident memory in MiB."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            list(map(str, command)), stdout=output, stderr=complaints, env=os.environ | environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            complaints.seek(0)
            sys.exit(f"{driver}: {command[0]} failed: {complaints.read()[-2000:]}")
        output.seek(0)
        return output.read(), usage.ru_maxrss / 1024


def ours(suite, figure, shares, **environment):
    """name -> number of each line; what there can be at most is kept in `shares` for the report."""
    output, _ = run([os.environ["BENCH"], suite, figure], **environment)
    lines = [line.split() for line in output.splitlines() if " ours=" in line]
    shares.update({line[0]: line[-1] for line in lines if line[-1].startswith("share=")})
    return {line[0]: float(line[1].removeprefix("ours=")) for line in lines}


def batched(file, length, count, threads):
    """`prompt` and `decode` of one sequence, and with `-batch-8` behind them of eight -> tokens a second; and the
    largest resident memory. Eight long prompts are one that is shared."""
    common = ["-pps", "-kvu"] if length >= 1000 else []
    room = length + 8 * count if common else 8 * (length + count)
    table, memory = run([
        bench, "-m", file, "-t", threads, "-c", room + 256, "-npp", length, "-ntg", count, "-npl", "1,8", *common])
    speeds = {}
    for row in table.splitlines():
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        if len(cells) != 10 or not cells[0].isdigit():
            continue
        suffix = "" if cells[2] == "1" else f"-batch-{cells[2]}"
        speeds[f"prompt-{length}{suffix}"] = float(cells[5])
        speeds[f"decode-{length}{suffix}"] = float(cells[7])
    return speeds, memory


def report(name, peer, pairs, unit, share=""):
    mine, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
    ratios = [a / b for a, b in pairs]
    print(
        f"{name}/{peer} ours={short(statistics.median(mine))} peer={short(statistics.median(theirs))} "
        f"ratio={short(statistics.median(ratios))} [{short(min(ratios))}, {short(max(ratios))}] {unit} {share}",
        flush=True)
