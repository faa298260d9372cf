"""Decoders: ours against transformers on PyTorch, and against llama.cpp with the same random weights.

Training and sampling with all threads; ours and PyTorch in turns, PyTorch with one thread and with all,
whichever is faster. Reading and writing with all threads: each round runs our process, then llama.cpp's
batched-bench, with prompts of 512 tokens (one sequence, eight) and of 5,000 (one, eight with one prompt).
The last lines say the largest resident memory of both.
"""

import argparse
import importlib.util
import os
import pathlib
import statistics
import sys
import time

import llama

# tokenizers.py in this folder is named like a package that transformers imports.
here = sys.path.pop(0)
parser = argparse.ArgumentParser()
parser.add_argument("--on")
parser.add_argument("--rounds", type=int, help="of every figure; 5 of small ones, 3 and 2 of prompts unless given")
parser.add_argument("--figures", help="only those with this in their names")
options = parser.parse_args()
threads = os.cpu_count()
model = pathlib.Path(os.environ.setdefault("BENCH_MODEL", ".build-bench/qwen2-0.5b"))

shares = {}


def ours(figure):
    return llama.ours("decoders", figure, shares)


def alone(figure):
    """Without a peer."""
    if wanted(figure):
        print(llama.run([os.environ["BENCH"], "decoders", figure])[0], end="", flush=True)


def wanted(figure):
    return options.figures is None or options.figures in figure


def with_torch():
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tiny = LlamaConfig(
        vocab_size=1024, hidden_size=128, intermediate_size=384, num_hidden_layers=4, num_attention_heads=4,
        max_position_embeddings=2048, tie_word_embeddings=True, bos_token_id=None, eos_token_id=None,
        pad_token_id=None)
    peer = LlamaForCausalLM(tiny)
    optimizer = torch.optim.AdamW(peer.parameters(), lr=1e-3)
    tokens, prompt = torch.randint(0, 1024, (32, 257)), torch.randint(0, 1024, (64, 16))

    def train():
        optimizer.zero_grad()
        logits = peer(tokens[:, :-1], use_cache=False).logits
        torch.nn.functional.cross_entropy(logits.reshape(-1, 1024), tokens[:, 1:].reshape(-1)).backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), 1.0)
        optimizer.step()

    def sample():
        peer.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=True, top_k=0, max_new_tokens=64,
                      min_new_tokens=64)

    def speed(amount, body, times):
        best = 0
        for count in {1, threads}:
            torch.set_num_threads(count)
            values = []
            for _ in range(times + 1):
                begin = time.perf_counter()
                body()
                values.append(amount / (time.perf_counter() - begin))
            best = max(best, statistics.median(values[1:]))
        return best

    for figure, amount, body in (("training", 32 * 256, train), ("sampling", 64 * 64, sample)):
        if not wanted(f"decoders.{figure}"):
            continue
        pairs = []
        for _ in range(options.rounds or 5):
            mine = ours(f"decoders.{figure}")
            pairs.append((mine[f"decoders.{figure}"], speed(amount, body, 2)))
        name = f"decoders.{figure}"
        llama.report(name, "transformers", pairs, "tokens/s", shares.get(name, ""))


def model_for_llama():
    """The random model, and the same weights as llama.cpp reads them."""
    if not (model / "config.json").exists():
        llama.run([os.environ["BENCH"], "model", model])
    for kind in ("bf16", "q8_0"):
        if not (model / f"{kind}.gguf").exists():
            llama.run([sys.executable, "-P", pathlib.Path(__file__).parent / "gguf_model.py", model, kind])


def with_llama():
    model_for_llama()
    for length, count, rounds in ((512, 32, 3), (5000, 16, 2)):
        for format, kind in (("bf16", "bf16"), ("int8", "q8_0")):
            figure = f"decoders.{format}-{length}"
            if not wanted(figure):
                continue
            pairs, memory = {}, []
            for _ in range(options.rounds or rounds):
                mine = ours(figure)
                speeds, theirs = llama.batched(model / f"{kind}.gguf", length, count, threads)
                memory.append((mine[f"{figure}-memory"], theirs))
                for what, speed in speeds.items():
                    name = f"decoders.{format}-{what}"
                    if name in mine:
                        pairs.setdefault(name, []).append((mine[name], speed))
            peer = f"llama.cpp({kind})"
            for name, values in pairs.items():
                llama.report(name, peer, values, "tokens/s", shares.get(name, ""))
            llama.report(f"{figure}-memory", peer, memory, "MiB resident at most")


print(f"# {threads} threads, time by the clock", flush=True)
if importlib.util.find_spec("transformers") is None:
    for figure in ("training", "sampling"):
        alone(f"decoders.{figure}")
    print("# decoders: transformers skipped, it is not installed; run Tests/Benchmarks/setup.sh neural")
else:
    with_torch()
for figure in ("load", "adapters"):
    alone(f"decoders.{figure}")
if llama.bench.exists() and importlib.util.find_spec("gguf") is not None:
    with_llama()
else:
    for figure in ("bf16-512", "bf16-5000", "int8-512", "int8-5000"):
        alone(f"decoders.{figure}")
    print("# decoders: llama.cpp skipped, it is not built; run Tests/Benchmarks/setup.sh neural")
