"""How close WordTokenizer comes to the vocabularies of language models:   counting.py FILE…"""

import sys

import bpe_openai
from words import count_words

for path in sys.argv[1:]:
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    parts = [text[start : start + 2000] for start in range(0, len(text), 2000)]
    ours = sum(count_words(part) for part in parts)
    line = f"{path.split('/')[-1]} words={len(text.split())} ours={ours / len(text.split()):.3f}"
    for name in ["o200k_base", "cl100k_base"]:
        theirs = sum(len(bpe_openai.get_encoding(name).encode(part)) for part in parts)
        line += f" {name}={theirs / len(text.split()):.3f} ratio={ours / theirs:.3f}"
    print(line, "tokens a word")
