"""The miniature's loop: ours against the same loop in PyTorch on the CPU, eager and compiled, in turns.

Four figures, in tokens a second: steps of the first lesson (`recall`), of `imitation`, of learning from rewards (`reward`,
four steps on the rows of 128 readings), and `sampling`: those readings themselves, six chunks and the answer. Weights and
data come from `bench twin`; before anything is measured, the peer's logits on them are compared with ours.

All threads by the clock, or one thread by CPU time. The peer has the means of a competent user: SDPA, a static cache
of keys and values, equal prompts read once, batches sorted into few shapes, the fused AdamW; of its threads spinning and
sleeping while they wait, the better.
"""

import argparse
import importlib.util
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--on", help="a checkpoint with weights; random ones otherwise")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--compiled", action="store_true", help="measure torch.compile too; it takes minutes to compile")
parser.add_argument("--figures", help="only those with this in their names")
parser.add_argument("--peer", choices=["eager", "compiled"])
parser.add_argument("--part", choices=["recall", "imitation", "reward", "sampling"])
parser.add_argument("--data")
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--turns", type=int, default=8)
parser.add_argument("--check", action="store_true", help="only compare the logits")
options = parser.parse_args()

HEADS, CONTEXT, PAGE, QUESTION, ROLLOUTS = 4, 256, 15, 6, 8


def peer():
    """The peer's figure in this process: tokens a second, one line a turn."""
    import torch
    from safetensors import safe_open
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    data = safe_open(options.data, "pt")
    marks = {name: int(value) for name, value in data.metadata().items()}

    def whole(name):
        return data.get_tensor(name).long()

    class Layer(nn.Module):
        def __init__(self, prefix):
            super().__init__()
            for name in ("norm", "kernel", "joined", "output", "inner_norm", "gated", "down"):
                setattr(self, name, nn.Parameter(data.get_tensor(f"{prefix}.{name}")))

        def forward(self, x, c, s, cache=None, start=0):
            """x: [n, t, d]; a cache has the rows before `start`, and takes these."""
            n, t, d = x.shape
            y = F.rms_norm(x, (d,), self.norm, 1e-5)
            taps = self.kernel.shape[1]
            if cache is None:
                before = F.pad(y, (0, 0, taps - 1, 0))
            else:
                before = torch.cat([cache.tail, y], dim=1)
                cache.tail = before[:, -(taps - 1) :]
            # Four shifted products are faster on a CPU than a depthwise conv1d.
            mixed = y + sum(before[:, tap : tap + t] * self.kernel[:, tap] for tap in range(taps))
            q, k, v = (mixed @ self.joined.T).view(n, t, 3, HEADS, d // HEADS).permute(2, 0, 3, 1, 4)
            q, k = turned(q, c, s), turned(k, c, s)
            if cache is not None:
                cache.keys[:n, :, start : start + t] = k
                cache.values[:n, :, start : start + t] = v
                k, v = cache.keys[:n, :, : start + t], cache.values[:n, :, : start + t]
            seen = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1)
            x = x + seen.transpose(1, 2).reshape(n, t, d) @ self.output.T
            gate, up = (F.rms_norm(x, (d,), self.inner_norm, 1e-5) @ self.gated.T).chunk(2, dim=-1)
            return x + (F.silu(gate) * up) @ self.down.T

    def turned(x, c, s):
        low, high = x.chunk(2, dim=-1)
        return torch.cat([low * c - high * s, high * c + low * s], dim=-1)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Parameter(data.get_tensor("model/embedding"))
            self.layers = nn.ModuleList(Layer(f"model/layers.{index}") for index in range(2))
            self.norm = nn.Parameter(data.get_tensor("model/norm"))
            width = self.embedding.shape[1] // HEADS
            angles = torch.outer(torch.arange(CONTEXT).float(), 10000.0 ** (-torch.arange(0, width, 2) / width))
            self.register_buffer("c", angles.cos())
            self.register_buffer("s", angles.sin())

        def forward(self, tokens, caches=None, start=0):
            """The states of all positions, normed: [n, t, d]."""
            x = F.embedding(tokens, self.embedding) * self.embedding.shape[1] ** 0.5
            places = slice(start, start + tokens.shape[1])
            for index, layer in enumerate(self.layers):
                x = layer(x, self.c[places], self.s[places], caches and caches[index], start)
            return F.rms_norm(x, (x.shape[-1],), self.norm, 1e-5)

    class Cache:
        def __init__(self, n, length, d):
            self.keys = torch.zeros(n, HEADS, length, d // HEADS)
            self.values = torch.zeros(n, HEADS, length, d // HEADS)
            self.tail = torch.zeros(n, 3, d)

        def spread(self, rows):
            """From one sequence per prompt to one per reading."""
            self.keys, self.values, self.tail = self.keys[rows], self.values[rows], self.tail[rows]

    model = Model()
    count = sum(p.numel() for p in model.parameters())
    assert count == 109_312, f"{count} parameters"
    run = torch.compile(model) if options.peer == "compiled" else model

    def shaped(tokens, targets):
        """A batch as few rectangles: rows of like length together, the targets as places in the rectangle."""
        lengths = (tokens >= 0).sum(1)
        parts = []
        for rows in (lengths > 64, lengths <= 64):
            if not rows.any():
                continue
            width = int(lengths[rows].max())
            some = tokens[rows, :width]
            places = targets[rows]
            chosen = torch.zeros(len(some), width + 1, dtype=torch.bool)
            chosen.scatter_(1, torch.where(places >= 0, places, width), True)
            parts.append((some[:, :-1].clamp(min=0), chosen[:, 1:width], some[:, 1:]))
        return parts, int((lengths - 1).sum())

    def logits(parts):
        return torch.cat([run(shown)[chosen] for shown, chosen, _ in parts]) @ model.embedding.T

    def wanted(parts):
        return torch.cat([truth[chosen] for _, chosen, truth in parts])

    def batches(name):
        return [shaped(whole(f"{name}/{i}/tokens"), whole(f"{name}/{i}/targets")) for i in range(4)]

    def check():
        """Ours lie in the order of the rows, the peer's rectangle by rectangle."""
        tokens, targets = whole("imitation/0/tokens"), whole("imitation/0/targets")
        with torch.no_grad():
            mine = data.get_tensor("imitation/0/logits")
            long = (tokens >= 0).sum(1) > 64
            owner = torch.repeat_interleave(torch.arange(len(tokens)), (targets >= 0).sum(1))
            order = torch.cat([torch.nonzero(long[owner] == side).flatten() for side in (True, False)])
            found = logits(shaped(tokens, targets)[0])
            difference = (found - mine[order]).abs().max().item()
            # The cache reads in pieces what the whole pass reads at once.
            some = tokens[long][:8, :100]
            caches = [Cache(8, 100, model.embedding.shape[1]) for _ in model.layers]
            pieces = [model(some[:, :90], caches)] + [model(some[:, i : i + 1], caches, i) for i in range(90, 100)]
            apart = (torch.cat(pieces, dim=1) - model(some)).abs().max().item()
        assert difference < 1e-4 and apart < 1e-4, f"logits differ by {difference}, with a cache by {apart}"
        return difference

    # The parameters with one axis do not decay, as ours.
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    optimiser = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}],
        lr=1e-3, betas=(0.9, 0.98), fused=True)

    def step(loss):
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    def supervised(name):
        def turn(parts, tokens):
            step(F.cross_entropy(logits(parts), wanted(parts)))
            return tokens

        return [lambda batch=batch: turn(*batch) for batch in batches(name)]

    def rewarded():
        turns = []
        for round in range(2):
            prompts, replies = whole(f"reward/{round}/prompts"), whole(f"reward/{round}/replies")
            old, advantages = data.get_tensor(f"reward/{round}/old"), data.get_tensor(f"reward/{round}/advantages")
            starts, ends = (prompts >= 0).sum(1), (replies >= 0).sum(1)
            tokens = torch.full((len(prompts), int((starts + ends).max())), -1)
            targets = torch.full(replies.shape, -1)
            for row, (start, end) in enumerate(zip(starts, ends)):
                tokens[row, :start], tokens[row, start : start + end] = prompts[row, :start], replies[row, :end]
                targets[row, :end] = torch.arange(start, start + end)

            def turn(tokens=tokens, targets=targets, old=old, advantages=advantages, ends=ends):
                order, all = torch.randperm(len(tokens)), int(ends.sum())
                for rows in order.chunk(4):
                    parts, _ = shaped(tokens[rows], targets[rows])
                    lengths = (tokens[rows] >= 0).sum(1)
                    sides = torch.cat([rows[lengths > 64], rows[lengths <= 64]])
                    kept = torch.arange(old.shape[1]) < ends[sides, None]
                    now = F.log_softmax(logits(parts), dim=-1).gather(1, wanted(parts)[:, None])[:, 0]
                    a = advantages[sides, None].expand_as(kept)[kept]
                    ratio = (now - old[sides][kept]).exp()
                    term = torch.minimum(ratio * a, ratio.clamp(0.8, 1.2) * a)
                    term = torch.where(a < 0, torch.maximum(term, 3 * a), term)
                    step(-term.sum() * 4 / all)
                return int((starts + ends - 1).sum())

            turns.append(turn)
        return turns

    def slot(tokens, width, right=False):
        """Rows of ids with −1 behind them in a slot of fixed width."""
        rows = torch.full((len(tokens), width), marks["pad"])
        lengths = (tokens >= 0).sum(1)
        for length in lengths.unique().tolist():
            some, width_of = lengths == length, min(length, width)
            if width_of:
                part = slice(width - width_of, width) if right else slice(0, width_of)
                block = rows[some]
                block[:, part] = tokens[some, :width_of]
                rows[some] = block
        return rows

    def constant(name, count):
        return torch.full((count, 1), marks[name])

    def written(prompts, limit):
        """Replies at temperature 1 with their log-probabilities; −1 behind the end."""
        n, d = len(prompts), model.embedding.shape[1]
        distinct, back = torch.unique(prompts, dim=0, return_inverse=True)
        read = distinct if len(distinct) < n else prompts
        caches = [Cache(len(read), prompts.shape[1] + limit, d) for _ in model.layers]
        last = run(read, caches)[:, -1]
        if len(distinct) < n:
            last = last[back]
            for cache in caches:
                cache.spread(back)
        alive = torch.ones(n, dtype=torch.bool)
        replies, scores = [], []
        for place in range(limit):
            logs = F.log_softmax(last @ model.embedding.T, dim=-1)
            drawn = torch.multinomial(logs.exp(), 1)
            replies.append(torch.where(alive[:, None], drawn, -1))
            scores.append(logs.gather(1, drawn))
            alive &= drawn[:, 0] != marks["end"]
            if place + 1 == limit or not alive.any():
                break
            last = run(drawn, caches, prompts.shape[1] + place)[:, -1]
        return torch.cat(replies, dim=1), torch.cat(scores, dim=1)

    def sampled():
        @torch.no_grad()
        def turn(queries, chunks):
            n = len(queries) * ROLLOUTS
            query = queries.repeat_interleave(ROLLOUTS, 0)
            left, right = slot(query, QUESTION), slot(query, QUESTION, right=True)
            pages, count = torch.full((n, PAGE), -1), 0
            for chunk in range(6):
                text = chunks[:, chunk].repeat_interleave(ROLLOUTS, 0)
                prompts = torch.cat(
                    [left, constant("memory", n), slot(pages, PAGE), constant("section", n), text, right,
                     constant("write", n)], dim=1)
                replies, _ = written(prompts, PAGE + 1)
                count += int((replies >= 0).sum())
                pages = torch.where(replies == marks["end"], -1, replies)[:, :PAGE]
            prompts = torch.cat(
                [left, constant("memory", n), slot(pages, PAGE), right, constant("answer", n)], dim=1)
            replies, _ = written(prompts, 1)
            return count + int((replies >= 0).sum())

        rounds = [(whole(f"items/{i}/queries"), whole(f"items/{i}/chunks").view(-1, 6, 80)) for i in range(4)]
        return [lambda round=round: turn(*round) for round in rounds]

    difference = check()
    if options.check:
        print(f"# miniature: the peer's logits differ from ours by at most {difference:.1e}")
        return
    turns = {"reward": rewarded, "sampling": sampled}.get(options.part, lambda: supervised(options.part))()
    clock = time.process_time if options.threads == 1 else time.perf_counter
    warm = 2 * len(turns) if options.peer == "compiled" else 2
    for turn in range(options.turns + warm):
        begin = clock()
        tokens = turns[turn % len(turns)]()
        if turn >= warm:
            print(tokens / (clock() - begin), flush=True)


def main():
    from turns import ours, short

    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("safetensors") is None:
        print("# miniature: peers skipped, PyTorch is not installed; run Tests/Benchmarks/setup.sh neural")
        return
    folder = tempfile.TemporaryDirectory()
    data = str(pathlib.Path(folder.name) / "twin.safetensors")
    subprocess.run([os.environ["BENCH"], "twin", data] + ([options.on] if options.on else []), check=True)
    subprocess.run([sys.executable, __file__, "--data", data, "--peer", "eager", "--check"], check=True)

    def theirs(kind, part, threads):
        command = [sys.executable, __file__, "--data", data, "--peer", kind, "--part", part]
        command += ["--threads", str(threads), "--turns", str(options.turns)]

        def speed(**environment):
            output = subprocess.run(
                command, check=True, capture_output=True, text=True, env={**os.environ, **environment}
            ).stdout
            return statistics.median(map(float, output.split()))

        return speed() if threads == 1 else max(speed(), speed(OMP_WAIT_POLICY="passive"))

    kinds = ["eager"] + (["compiled"] if options.compiled else [])
    for part in ("recall", "imitation", "reward", "sampling"):
        for suffix, threads in (("", os.cpu_count()), ("-one-thread", 1)):
            figure = f"miniature.{part}{suffix}"
            if options.figures not in (None, figure) and (options.figures or "") not in figure:
                continue
            rounds = []
            for _ in range(options.rounds):
                rounds.append(
                    [ours("miniature", figure, options.on)] + [theirs(kind, part, threads) for kind in kinds])
            for index, kind in enumerate(kinds, 1):
                ratios = [row[0] / row[index] for row in rounds]
                print(
                    f"{figure}/torch-{kind} ours={short(statistics.median(row[0] for row in rounds))} "
                    f"peer={short(statistics.median(row[index] for row in rounds))} "
                    f"ratio={short(statistics.median(ratios))} [{short(min(ratios))}, {short(max(ratios))}] tokens/s",
                    flush=True)


peer() if options.peer else main()
