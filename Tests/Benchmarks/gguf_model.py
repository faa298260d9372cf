"""A checkpoint of the Qwen2 family in bf16 as llama.cpp reads it, beside it: gguf_model.py FOLDER bf16|q8_0|q4_0|q4_1

Weights are taken over as they are, or quantised by the rules of ggml. There is no vocabulary: the model computes,
and says nothing.
"""

import json
import os
import pathlib
import sys

import gguf
import numpy as np

source, kind = pathlib.Path(sys.argv[1]), sys.argv[2]
configuration = json.loads((source / "config.json").read_text())
data = np.memmap(source / "model.safetensors", np.uint8, "r")
length = int(data[:8].view("<u8")[0])
header = json.loads(bytes(data[8 : 8 + length]))
header.pop("__metadata__", None)

NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}


def renamed(name):
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, rest = name.split(".", 3)
    part, end = rest.rsplit(".", 1)
    return f"blk.{layer}.{NAMES[part]}.{end}"


# Written aside: a file of this name is whole.
aside = source / f".{kind}.gguf.{os.getpid()}"
writer = gguf.GGUFWriter(aside, "qwen2")
writer.add_block_count(configuration["num_hidden_layers"])
writer.add_context_length(configuration["max_position_embeddings"])
writer.add_embedding_length(configuration["hidden_size"])
writer.add_feed_forward_length(configuration["intermediate_size"])
writer.add_head_count(configuration["num_attention_heads"])
writer.add_head_count_kv(configuration["num_key_value_heads"])
writer.add_rope_freq_base(configuration["rope_theta"])
writer.add_layer_norm_rms_eps(configuration["rms_norm_eps"])
writer.add_vocab_size(configuration["vocab_size"])
writer.add_tokenizer_model("none")
for name, entry in header.items():
    begin, end = (8 + length + place for place in entry["data_offsets"])
    words = data[begin:end].view("<u2")
    if len(entry["shape"]) == 2 and kind == "bf16":
        rows = np.ascontiguousarray(words.reshape(entry["shape"])).view(np.uint8)
        writer.add_tensor(renamed(name), rows, raw_dtype=gguf.GGMLQuantizationType.BF16)
        continue
    floats = (words.astype(np.uint32) << 16).view(np.float32).reshape(entry["shape"])
    if floats.ndim == 1:
        writer.add_tensor(renamed(name), floats)
    else:
        type = gguf.GGMLQuantizationType[kind.upper()]
        writer.add_tensor(renamed(name), gguf.quants.quantize(floats, type), raw_dtype=type)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
aside.rename(source / f"{kind}.gguf")
