"""Makes the fixtures of AdapterTests: low-rank adapters of the tiny model `qwen2`, and what PEFT computes with them.

    pip install -r adapters.txt
    python adapters.py                              # writes a folder per adapter into qwen2-adapters
    python adapters.py BASE ADAPTER TOKENS OUT      # reads an adapter: logits of TOKENS (a JSON list of lists)

Of each adapter: PEFT's own `adapter_config.json` and `adapter_model.safetensors`, and `reference.safetensors` (logits,
the gradient of every A and B of the mean cross-entropy, every weight that merging changes, after merging).
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

ADAPTERS = {
    # Four matrices, exceptions in rank and alpha.
    "patterned": dict(
        r=4, lora_alpha=6, target_modules=["q_proj", "v_proj", "o_proj", "down_proj"],
        rank_pattern={"model.layers.1.self_attn.q_proj": 2}, alpha_pattern={"v_proj": 3, "layers.0.mlp.down_proj": 9}),
    # All matrices, divided by the root of the rank.
    "stabilised": dict(r=3, lora_alpha=2, target_modules="all-linear", use_rslora=True),
    # One layer only, by a regular expression.
    "one-layer": dict(r=2, lora_alpha=4, target_modules=r".*layers\.1\.mlp\.(gate|up)_proj"),
}


def base(folder):
    return AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()


def make(here):
    tokens = torch.tensor(json.loads((here / "qwen2/reference.json").read_text())["tokens"])
    for seed, (name, settings) in enumerate(ADAPTERS.items()):
        torch.manual_seed(seed)
        model = get_peft_model(base(here / "qwen2"), LoraConfig(task_type="CAUSAL_LM", **settings)).eval()
        with torch.no_grad():
            # B is zero at first; large enough here that the adapter is seen.
            for parameter in (p for n, p in model.named_parameters() if "lora_" in n):
                parameter.copy_(0.3 * torch.randn_like(parameter))
        folder = here / "qwen2-adapters" / name
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        # The path is of the machine that ran this.
        configuration = json.loads((folder / "adapter_config.json").read_text())
        configuration["base_model_name_or_path"] = "qwen2"
        (folder / "adapter_config.json").write_text(json.dumps(configuration, indent=2, sort_keys=True) + "\n")

        result = model(tokens, labels=tokens)
        result.loss.backward()
        tensors = {"logits": result.logits.detach().clone(), "loss": result.loss.detach().clone()}
        gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        assert all("lora_" in n for n in gradients)
        tensors |= {"gradient." + n.removeprefix("base_model.model.").replace(".default", ""): g
                    for n, g in gradients.items()}
        before = dict(base(here / "qwen2").named_parameters())
        merged = dict(model.merge_and_unload().named_parameters())
        tensors |= {f"merged.{n}": p.detach().clone() for n, p in merged.items() if not torch.equal(p, before[n])}
        save_file({n: t.contiguous() for n, t in tensors.items()}, folder / "reference.safetensors")
        print(name, result.loss.item(), len(gradients))


def read(folder, adapter, tokens, out):
    model = PeftModel.from_pretrained(base(folder), adapter).eval()
    with torch.no_grad():
        save_file({"logits": model(torch.tensor(json.loads(tokens))).logits.contiguous()}, out)


if len(sys.argv) == 5:
    read(*sys.argv[1:])
else:
    make(Path(__file__).parent)
