"""One training step of a small decoder: ours against PyTorch on the CPU, eager and compiled.

Same model, same batches, AdamW with clipping on both sides. Two figures: seconds of the clock with
all threads, and seconds of CPU time with one thread, which other work on the machine disturbs less.
"""

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--on")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--compiled", action="store_true", help="measure torch.compile too; it takes a minute to compile")
parser.add_argument("--figure", help="one figure alone")
parser.add_argument("--peer", choices=["eager", "compiled"])
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--steps", type=int, default=3)
options = parser.parse_args()

D, HEADS, HIDDEN, VOCABULARY, T, LAYERS, BATCH = 128, 4, 352, 1024, 256, 4, 32


def peer():
    """Runs the peer's steps in this process and prints tokens a second, one line a step."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    def turned(x, c, s):
        low, high = x.chunk(2, dim=-1)
        return torch.cat([low * c - high * s, high * c + low * s], dim=-1)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.RMSNorm(D, eps=1e-6), nn.RMSNorm(D, eps=1e-6)
            self.qkv, self.output = nn.Linear(D, 3 * D, bias=False), nn.Linear(D, D, bias=False)
            self.gate_up, self.down = nn.Linear(D, 2 * HIDDEN, bias=False), nn.Linear(HIDDEN, D, bias=False)

        def forward(self, x, c, s):
            n, t, _ = x.shape
            q, k, v = self.qkv(self.first(x)).view(n, t, 3, HEADS, D // HEADS).permute(2, 0, 3, 1, 4)
            seen = F.scaled_dot_product_attention(turned(q, c, s), turned(k, c, s), v, is_causal=True)
            x = x + self.output(seen.transpose(1, 2).reshape(n, t, D))
            gate, up = self.gate_up(self.second(x)).chunk(2, dim=-1)
            return x + self.down(F.silu(gate) * up)

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(VOCABULARY, D)
            self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
            self.norm, self.head = nn.RMSNorm(D, eps=1e-6), nn.Linear(D, VOCABULARY, bias=False)
            for p in self.parameters():
                if p.dim() > 1:
                    nn.init.normal_(p, std=0.02)
            angles = torch.outer(
                torch.arange(T, dtype=torch.float32), 10000.0 ** (-torch.arange(0, D // HEADS, 2) / (D // HEADS))
            )
            self.register_buffer("c", angles.cos())
            self.register_buffer("s", angles.sin())

        def forward(self, tokens):
            x = self.embedding(tokens[:, :-1])
            for block in self.blocks:
                x = block(x, self.c, self.s)
            return F.cross_entropy(self.head(self.norm(x)).view(-1, VOCABULARY), tokens[:, 1:].reshape(-1))

    model = Decoder()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    run = torch.compile(model) if options.peer == "compiled" else model
    tokens = torch.randint(0, VOCABULARY, (BATCH, T + 1))
    clock = time.process_time if options.threads == 1 else time.perf_counter
    for step in range(options.steps + 2):
        begin = clock()
        optimiser.zero_grad()
        run(tokens).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step >= 2:
            print(BATCH * T / (clock() - begin), flush=True)


def theirs(kind, threads):
    """The peer's speed; with several threads the better of its threads spinning and sleeping while they wait."""
    command = [sys.executable, __file__, "--peer", kind, "--threads", str(threads), "--steps", str(options.steps)]

    def speed(**environment):
        output = subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, **environment}
        ).stdout
        return statistics.median(map(float, output.split()))

    return speed() if threads == 1 else max(speed(), speed(OMP_WAIT_POLICY="passive"))


def main():
    from turns import ours, short

    if importlib.util.find_spec("torch") is None:
        print("# training: peers skipped, PyTorch is not installed; see Tests/Benchmarks/requirements-neural.txt")
        return

    kinds = ["eager"] + (["compiled"] if options.compiled else [])
    for figure, threads in (("training.step", os.cpu_count()), ("training.step-one-thread", 1)):
        if options.figure not in (None, figure):
            continue
        rounds = []
        for _ in range(options.rounds):
            rounds.append([ours("training", figure, None)] + [theirs(kind, threads) for kind in kinds])
        for index, kind in enumerate(kinds, 1):
            ratios = [row[0] / row[index] for row in rounds]
            print(
                f"{figure}/torch-{kind} ours={short(statistics.median(row[0] for row in rounds))} "
                f"peer={short(statistics.median(row[index] for row in rounds))} "
                f"ratio={short(statistics.median(ratios))} [{short(min(ratios))}, {short(max(ratios))}] tokens/s",
                flush=True,
            )


peer() if options.peer else main()
