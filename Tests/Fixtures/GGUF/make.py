"""Makes the fixtures of GGUF files: blocks of every type with their weights, and the tiny models of
Tests/Fixtures/Transformers as llama.cpp's converter writes them.

    pip install -r requirements.txt
    python make.py            # writes blocks.json and a .gguf per model beside this file

The weights of the models are those of their `model.safetensors`, so what PyTorch computed with them
(`reference.safetensors` there) holds for the .gguf too.
"""

import json
import math
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import load_file

HERE = Path(__file__).parent
MODELS = HERE.parent / "Transformers"
TYPES = [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q4_K, Type.Q5_K, Type.Q6_K]

# Offsets of the half-precision scales within a block: the rest may be any bytes.
HALVES = {Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q4_K: [0, 2],
          Type.Q5_K: [0, 2], Type.Q6_K: [208]}


def blocks():
    """Three blocks of random bytes a type: scales of common size, negative and subnormal, and the package's weights."""
    random = np.random.default_rng(9)
    cases = {}
    for kind in TYPES:
        size = gguf.GGML_QUANT_SIZES[kind][1]
        raw = random.integers(0, 256, (3, size), dtype=np.uint8)
        for offset in HALVES[kind]:
            scales = np.array([random.uniform(0.001, 0.1), -random.uniform(0.5, 4), 3e-6], np.float16)
            raw[:, offset : offset + 2] = scales.view(np.uint8).reshape(3, 2)
        weights = gguf.quants.dequantize(raw, kind).astype("<f4")
        cases[kind.name] = {"blocks": raw.tobytes().hex(), "weights": weights.tobytes().hex()}
    (HERE / "blocks.json").write_text(json.dumps(cases, indent=1) + "\n")


NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
OUTER = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
         "lm_head.weight": "output.weight"}


def renamed(name):
    if name in OUTER:
        return OUTER[name]
    _, _, layer, rest = name.split(".", 3)
    part, end = rest.rsplit(".", 1)
    return f"blk.{layer}.{NAMES[part]}.{end}"


def paired(weights, heads):
    """The order of rows that llama.cpp's converter gives queries and keys of `llama`: halves of a head in turns."""
    return weights.reshape(heads, 2, -1, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def model(name):
    folder = MODELS / name
    configuration = json.loads((folder / "config.json").read_text())
    family = configuration["model_type"]
    writer = gguf.GGUFWriter(HERE / f"{name}.gguf", family)
    heads, key_heads = configuration["num_attention_heads"], configuration["num_key_value_heads"]
    width = configuration.get("head_dim") or configuration["hidden_size"] // heads
    writer.add_block_count(configuration["num_hidden_layers"])
    writer.add_context_length(configuration["max_position_embeddings"])
    writer.add_embedding_length(configuration["hidden_size"])
    writer.add_feed_forward_length(configuration["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_layer_norm_rms_eps(configuration["rms_norm_eps"])
    writer.add_vocab_size(configuration["vocab_size"])
    if width * heads != configuration["hidden_size"]:
        writer.add_key_length(width)
        writer.add_value_length(width)
    rope = configuration["rope_parameters"]
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_rope_dimension_count(width)
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    elif rope["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    elif rope["rope_type"] == "llama3":
        # As the converter does it: a divisor for each frequency.
        frequencies = 1 / rope["rope_theta"] ** (np.arange(0, width, 2) / width)
        original, low, high = (
            rope[key] for key in ["original_max_position_embeddings", "low_freq_factor", "high_freq_factor"])
        divisors = []
        for frequency in frequencies:
            wave = 2 * math.pi / frequency
            if wave < original / high:
                divisors.append(1)
            elif wave > original / low:
                divisors.append(rope["factor"])
            else:
                smooth = (original / wave - low) / (high - low)
                divisors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
        writer.add_tensor("rope_freqs.weight", np.array(divisors, np.float32))
    vocabulary(writer, configuration["vocab_size"], name)
    for key, weights in load_file(folder / "model.safetensors").items():
        if family == "llama" and ("q_proj" in key or "k_proj" in key):
            weights = paired(weights, heads if "q_proj" in key else key_heads)
        writer.add_tensor(renamed(key), np.ascontiguousarray(weights))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def vocabulary(writer, count, name):
    """A token a letter, behind two that control: enough to see every key read."""
    tokens = ["<|begin|>", "<|end|>"] + [chr(0x21 + place) for place in range(count - 2)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3] + [1] * (count - 2))
    writer.add_token_merges(["! \"", "# $"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_add_bos_token(False)
    writer.add_chat_template("{% for message in messages %}{{ message['content'] }}{% endfor %}")
    writer.add_name(name)
    writer.add_array("general.tags", ["tiny", "größer"])


blocks()
for each in ["llama3", "llama-linear", "qwen2", "qwen2-yarn", "qwen3"]:
    model(each)
