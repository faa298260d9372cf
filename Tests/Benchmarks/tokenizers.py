"""Encoding one text: ours against tiktoken with the same merges and Hugging Face tokenizers.

All three on one thread, with the small vocabularies of Tests/Fixtures/Tokenizers, and only after all
have given the same ids for the whole text.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

# This file is named like the package that it imports.
sys.path.pop(0)
import tiktoken
from tokenizers import Tokenizer, pre_tokenizers

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from corpus import corpus
from turns import compare

fixtures = pathlib.Path(__file__).parent.parent / "Fixtures" / "Tokenizers"


def new_words(size):
    state, text = 1, bytearray()
    while len(text) < size:
        text.append(0x20)
        for _ in range(8):
            state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            text.append(97 + (state >> 33) % 26)
    return text.decode()


parser = argparse.ArgumentParser()
parser.add_argument("--on")
parser.add_argument("--rounds", type=int, default=5)
options = parser.parse_args()
text = corpus(options.on)

alphabet = {}
others = 0x100
for byte in range(256):
    if 0x21 <= byte <= 0x7E or 0xA1 <= byte <= 0xAC or 0xAE <= byte:
        alphabet[chr(byte)] = byte
    else:
        alphabet[chr(others)] = byte
        others += 1

GPT2 = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def sides(name):
    file = json.loads((fixtures / f"{name}.json").read_text(encoding="utf-8"))
    file["added_tokens"], file["post_processor"] = [], None
    steps = file["pre_tokenizer"].get("pretokenizers", [])
    pattern = steps[0]["pattern"]["Regex"] if steps else GPT2
    ranks = {bytes(alphabet[c] for c in token): rank for token, rank in file["model"]["vocab"].items()}
    # tiktoken takes ranks without gaps.
    order = sorted(ranks, key=ranks.get)
    peer = tiktoken.Encoding(
        name, pat_str=pattern, mergeable_ranks={token: rank for rank, token in enumerate(order)}, special_tokens={}
    )
    return peer, [ranks[token] for token in order], Tokenizer.from_str(json.dumps(file))


for name in ["gpt2", "qwen2", "llama3"]:
    peer, ids, reference = sides(name)
    for suffix, passage in [("", text), (".new-words", new_words(len(text.encode())))]:
        wanted = reference.encode(passage, add_special_tokens=False).ids
        found = [ids[rank] for rank in peer.encode_ordinary(passage)]
        assert found == wanted, f"{name}{suffix}: the peers disagree"
        if not suffix:
            mine = subprocess.run(
                [os.environ["BENCH"], "ids", str(fixtures / f"{name}.json")], input=passage.encode(), check=True,
                capture_output=True,
            ).stdout
            assert list(map(int, mine.split())) == wanted, f"{name}: ours differs"
        megabytes = len(passage.encode()) / 1e6
        compare(
            "tokenizers", f"tokenizers.{name}{suffix}", "MB/s",
            {
                "tiktoken(same-merges)": lambda: peer.encode_ordinary(passage),
                "hf-tokenizers": lambda: reference.encode(passage, add_special_tokens=False).ids,
            },
            megabytes, options.on, options.rounds,
        )
