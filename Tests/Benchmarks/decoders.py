"""What PyTorch and transformers do with the models of Tests/Benchmarks/Transformers.

    THREADS=1 python decoders.py train | sample | read FOLDER [PROMPT] [BATCH]

Training and sampling are counted per second of CPU time, `read` per second of the clock.
"""

import os
import statistics
import sys
import time

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

torch.set_num_threads(int(os.environ.get("THREADS", "2")))
TINY = LlamaConfig(vocab_size=1024, hidden_size=128, intermediate_size=384, num_hidden_layers=4, num_attention_heads=4,
                   max_position_embeddings=2048, tie_word_embeddings=True, bos_token_id=None, eos_token_id=None,
                   pad_token_id=None)


def median(body, times, clock=time.process_time):
    seconds = []
    for _ in range(times):
        begin = clock()
        body()
        seconds.append(clock() - begin)
    return statistics.median(seconds[1:])


def train():
    model = LlamaForCausalLM(TINY)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    tokens = torch.randint(0, 1024, (32, 257))

    def step():
        optimizer.zero_grad()
        logits = model(tokens[:, :-1], use_cache=False).logits
        torch.nn.functional.cross_entropy(logits.reshape(-1, 1024), tokens[:, 1:].reshape(-1)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    print(f"train peer tok/CPU-s={32 * 256 / median(step, 6):.0f}")


def sample():
    model = LlamaForCausalLM(TINY).eval()
    for width in (1, 32, 64):
        prompt = torch.randint(0, 1024, (width, 16))
        body = lambda: model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=True, top_k=0,
                                      max_new_tokens=64, min_new_tokens=64)
        print(f"sample peer sequences={width} tok/CPU-s={64 * width / median(body, 4):.0f}")


def read(folder, length=512, width=1):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    prompt = torch.randint(0, model.config.vocab_size, (int(width), int(length)))
    with torch.no_grad():
        begin = time.perf_counter()
        out = model(prompt, use_cache=True, logits_to_keep=1)
        seconds = time.perf_counter() - begin
        last, cache = out.logits.argmax(-1), out.past_key_values

        def step():
            model(last, past_key_values=cache, use_cache=True)

        each = median(step, 9, time.perf_counter)
    print(f"read peer prompt tok/s={prompt.numel() / seconds:.0f} decode tok/s={int(width) / each:.1f}")


{"train": train, "sample": sample, "read": read}[sys.argv[1]](*sys.argv[2:])
