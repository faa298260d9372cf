"""Makes the fixtures of Tests/TransformersTests: a tiny random model of each family, and what PyTorch and
transformers compute with it.

    pip install -r requirements.txt
    python make.py            # writes a folder per model beside this file

Of each model: `config.json`, `model.safetensors` (float32, random), `reference.json` (tokens, loss, greedy
continuation, losses of ten AdamW steps) and `reference.safetensors` (logits, the gradient of every parameter,
every parameter after the ten steps).
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, Qwen2Config,
                          Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)

SIZES = dict(vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=256, bos_token_id=None, eos_token_id=None,
             pad_token_id=None, attn_implementation="eager")

MODELS = {
    "qwen2": (Qwen2ForCausalLM, Qwen2Config, dict(tie_word_embeddings=True, rope_parameters=dict(
        rope_type="default", rope_theta=1e6))),
    "qwen2-yarn": (Qwen2ForCausalLM, Qwen2Config, dict(rope_parameters=dict(
        rope_type="yarn", rope_theta=1e4, factor=4.0, original_max_position_embeddings=16))),
    "qwen2-sliding": (Qwen2ForCausalLM, Qwen2Config, dict(
        num_hidden_layers=3, use_sliding_window=True, sliding_window=6, max_window_layers=1)),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config, dict(head_dim=16, tie_word_embeddings=True, rope_parameters=dict(
        rope_type="default", rope_theta=1e6))),
    "llama3": (LlamaForCausalLM, LlamaConfig, dict(rms_norm_eps=1e-5, rope_parameters=dict(
        rope_type="llama3", rope_theta=5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=32))),
    "llama-linear": (LlamaForCausalLM, LlamaConfig, dict(
        num_key_value_heads=4, attention_bias=True, mlp_bias=True,
        rope_parameters=dict(rope_type="linear", rope_theta=1e4, factor=2.0))),
    "mistral": (MistralForCausalLM, MistralConfig, dict(head_dim=8, sliding_window=7)),
}


def randomized(make, seed):
    """Weights large enough that attention is no mean and the likeliest token stands out."""
    torch.manual_seed(seed)
    model = make()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("norm.weight"):
                parameter.copy_(1 + 0.2 * torch.randn_like(parameter))
            else:
                parameter.copy_(0.25 * torch.randn_like(parameter))
    return model.eval()


def greedy(model, prompt, count):
    """The continuation, and the least distance of a likeliest token from the next."""
    reply = model.generate(torch.tensor([prompt]), max_new_tokens=count, do_sample=False, use_cache=True)[0]
    with torch.no_grad():
        logits = model(reply[None]).logits[0, len(prompt) - 1:-1]
    best = logits.topk(2).values
    assert (logits.argmax(-1) == reply[len(prompt):]).all()
    return reply[len(prompt):].tolist(), (best[:, 0] - best[:, 1]).min().item()


def main():
    here = Path(__file__).parent
    for name, (kind, configuration, settings) in MODELS.items():
        for seed in range(100):
            model = randomized(lambda: kind(configuration(**{**SIZES, **settings})), seed)
            tokens = torch.randint(0, SIZES["vocab_size"], (2, 24))
            prompt = tokens[0, :8].tolist()
            reply, margin = greedy(model, prompt, 64)
            # A near tie would test rounding, and a reply of one token nothing.
            if margin > 0.02 and len(set(reply)) > 6:
                break
        folder = here / name
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)

        result = model(tokens, labels=tokens)
        result.loss.backward()
        tensors = {"logits": result.logits.detach().clone()}
        tensors |= {f"gradient.{n}": p.grad.clone() for n, p in model.named_parameters()}

        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
        losses = []
        for _ in range(10):
            optimizer.zero_grad()
            loss = model(tokens, labels=tokens).loss
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        tensors |= {f"trained.{n}": p.detach().clone() for n, p in model.named_parameters()}
        save_file({n: t.contiguous() for n, t in tensors.items()}, folder / "reference.safetensors")
        (folder / "reference.json").write_text(json.dumps(dict(
            seed=seed, tokens=tokens.tolist(), prompt=prompt, greedy=reply, margin=margin, loss=result.loss.item(),
            losses=losses)) + "\n")
        print(name, seed, margin, result.loss.item(), losses[-1])


main()
