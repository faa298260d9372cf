"""Writes models/SmolLM2-135M-Instruct.Q4_1.gguf (make model) as a folder of safetensors, and compares what transformers
computes with that folder with smollm2.json, which smollm2.py computed from the same unpacked weights.

    pip install -r requirements-smollm2.txt
    python smollm2_folder.py ../../../models/SmolLM2-135M-Instruct.Q4_1.gguf ../../../models/SmolLM2-135M-Instruct

The folder takes 540 MB: the unpacked weights are kept in 32 bits. GGUF files have the rows of queries and keys as pairs
of neighbours; the folder has them in halves, as transformers rotates them.
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

reader = gguf.GGUFReader(sys.argv[1])
folder = Path(sys.argv[2])


def field(name):
    return reader.fields[name].contents()


HEADS, KEY_HEADS = (field(f"llama.attention.{key}") for key in ["head_count", "head_count_kv"])
NAMES = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}


def in_halves(matrix, heads):
    """Rows 0, 2, 4, … of each head first, then 1, 3, 5, …"""
    rows, columns = matrix.shape
    return matrix.view(heads, rows // heads // 2, 2, columns).transpose(1, 2).reshape(rows, columns)


weights = {}
for tensor in reader.tensors:
    values = np.array(gguf.quants.dequantize(tensor.data, tensor.tensor_type), np.float32)
    values = torch.from_numpy(values.reshape(tensor.shape.tolist()[::-1]))
    parts = tensor.name.split(".")
    if parts[0] == "blk":
        name = f"model.layers.{parts[1]}.{NAMES[parts[2]]}.weight"
        values = in_halves(values, HEADS) if parts[2] == "attn_q" else values
        values = in_halves(values, KEY_HEADS) if parts[2] == "attn_k" else values
    else:
        name = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}[parts[0]] + ".weight"
    weights[name] = values.contiguous()

configuration = LlamaConfig(
    vocab_size=len(weights["model.embed_tokens.weight"]), hidden_size=field("llama.embedding_length"),
    intermediate_size=field("llama.feed_forward_length"), num_hidden_layers=field("llama.block_count"),
    num_attention_heads=HEADS, num_key_value_heads=KEY_HEADS, max_position_embeddings=field("llama.context_length"),
    rms_norm_eps=field("llama.attention.layer_norm_rms_epsilon"), tie_word_embeddings=True,
    rope_parameters={"rope_type": "default", "rope_theta": field("llama.rope.freq_base")},
    bos_token_id=field("tokenizer.ggml.bos_token_id"), eos_token_id=field("tokenizer.ggml.eos_token_id"))
configuration.architectures, configuration.dtype = ["LlamaForCausalLM"], "float32"
folder.mkdir(exist_ok=True)
configuration.save_pretrained(folder)
save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

tokens = field("tokenizer.ggml.tokens")
merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
tokenizer = Tokenizer(models.BPE({token: id for id, token in enumerate(tokens)}, merges))
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Digits(individual_digits=True),
    pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=True)])
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens(
    [token for token, kind in zip(tokens, field("tokenizer.ggml.token_type")) if kind == 3])
tokenizer.save(str(folder / "tokenizer.json"))
(folder / "tokenizer_config.json").write_text(json.dumps({
    "chat_template": field("tokenizer.chat_template"), "bos_token": tokens[field("tokenizer.ggml.bos_token_id")],
    "eos_token": tokens[field("tokenizer.ggml.eos_token_id")]}))

reference = json.loads((Path(__file__).parent / "smollm2.json").read_text())
model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
ids = tokenizer.encode(reference["text"]).ids
with torch.no_grad():
    scores = model(torch.tensor([ids])).logits[0]
    greedy = list(ids)
    for _ in range(64):
        greedy.append(model(torch.tensor([greedy])).logits[0, -1].argmax().item())
wanted = torch.tensor(reference["logits"])
error = (scores[:, reference["places"]] - wanted).abs().max().item()
print(f"{len(ids)} places of {len(reference['places'])} logits: largest error {error:.2e}, largest logit "
      f"{wanted.abs().max().item():.2f}, likeliest tokens equal: "
      f"{scores.argmax(-1).tolist() == reference['likeliest']}, 64 greedy tokens equal: "
      f"{greedy[len(ids):] == reference['greedy']}")
