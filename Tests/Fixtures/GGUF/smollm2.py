"""What PyTorch computes in double precision with the weights of models/SmolLM2-135M-Instruct.Q4_1.gguf (make model),
unpacked by the package gguf: smollm2.json beside this file.

    pip install -r requirements-smollm2.txt
    python smollm2.py ../../../models/SmolLM2-135M-Instruct.Q4_1.gguf

The rotation is the one of llama.cpp, with neighbours as pairs on the rows as the file has them. Nothing here shares code
or order of rows with what it is to check.
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

reader = gguf.GGUFReader(sys.argv[1])
weights = {}
for tensor in reader.tensors:
    values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
    weights[tensor.name] = torch.from_numpy(np.array(values, np.float64).reshape(tensor.shape.tolist()[::-1]))


def field(name):
    return reader.fields[name].contents()


HEADS, KEY_HEADS, LAYERS = (
    field(f"llama.{key}") for key in ["attention.head_count", "attention.head_count_kv", "block_count"])
WIDTH, EPSILON = field("llama.embedding_length") // HEADS, field("llama.attention.layer_norm_rms_epsilon")
FREQUENCIES = 1 / field("llama.rope.freq_base") ** (torch.arange(0, WIDTH, 2, dtype=torch.float64) / WIDTH)


def norm(x, name):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON) * weights[name]


def rotated(x):
    """x: [T, heads, WIDTH], pairs of neighbours."""
    angles = torch.arange(x.shape[0], dtype=torch.float64)[:, None, None] * FREQUENCIES
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)


def logits(ids):
    x = weights["token_embd.weight"][ids]
    count = len(ids)
    mask = torch.full((count, count), -torch.inf).triu(1)
    for layer in range(LAYERS):
        def product(x, name):
            return x @ weights[f"blk.{layer}.{name}.weight"].T
        h = norm(x, f"blk.{layer}.attn_norm.weight")
        q = rotated(product(h, "attn_q").view(count, HEADS, WIDTH)).transpose(0, 1)
        k = rotated(product(h, "attn_k").view(count, KEY_HEADS, WIDTH)).transpose(0, 1)
        v = product(h, "attn_v").view(count, KEY_HEADS, WIDTH).transpose(0, 1)
        k, v = (rows.repeat_interleave(HEADS // KEY_HEADS, 0) for rows in (k, v))
        scores = (q @ k.transpose(1, 2) / WIDTH ** 0.5 + mask).softmax(-1)
        x = x + product((scores @ v).transpose(0, 1).reshape(count, -1), "attn_output")
        h = norm(x, f"blk.{layer}.ffn_norm.weight")
        x = x + product(torch.nn.functional.silu(product(h, "ffn_gate")) * product(h, "ffn_up"), "ffn_down")
    return norm(x, "output_norm.weight") @ weights["token_embd.weight"].T


tokens = field("tokenizer.ggml.tokens")
merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
tokenizer = Tokenizer(models.BPE({token: id for id, token in enumerate(tokens)}, merges))
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
tokenizer.add_special_tokens(
    [token for token, kind in zip(tokens, field("tokenizer.ggml.token_type")) if kind == 3])

TEXT = ("<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nThe ship left Bergen in 1873 with 42 people. Which year was it, and what is a fjord?"
        "<|im_end|>\n<|im_start|>assistant\n")
PLACES = [0, 1, 2, 17, 100, 500, 1000, 2000, 4000, 8000, 16000, 24000, 32000, 40000, 48000, 49151]

with torch.no_grad():
    prompt = tokenizer.encode(TEXT).ids
    scores = logits(prompt)
    reply, margins = list(prompt), []
    for _ in range(64):
        best = logits(reply)[-1].topk(2)
        margins.append((best.values[0] - best.values[1]).item())
        reply.append(best.indices[0].item())

result = {
    "text": TEXT, "ids": prompt, "places": PLACES, "greedy": reply[len(prompt):], "margin": min(margins),
    "likeliest": scores.argmax(-1).tolist(), "logits": [[round(x, 6) for x in row] for row in scores[:, PLACES].tolist()],
}
print(tokenizer.decode(result["greedy"]), f"\nleast margin {min(margins):.4f}")
lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in result.items())
(Path(__file__).parent / "smollm2.json").write_text("{\n" + lines + "\n}\n")
