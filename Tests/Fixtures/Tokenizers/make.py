"""Makes the fixtures of TokenizersTests with the reference implementation.

    python3 -m venv V && V/bin/pip install -r requirements.txt
    V/bin/python make.py --on TEXT… [--corpus FILE…]

Trains one small tokenizer for each way of splitting, on the texts given, and writes beside this file
NAME.json (the tokenizer), NAME.lines.json (hard lines with their ids) and hashes.json (a hash of the ids
of each block of 1,000 of 100,000 generated lines, see lines.py, and of each corpus, line by line).
"""

import argparse
import json
import pathlib

from lines import hashed, lines, pieces
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

here = pathlib.Path(__file__).parent
COUNT, BLOCK = 100_000, 1_000

def any_case(digits):
    return (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + digits
        + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )

byte_level = lambda regex, space=False: pre_tokenizers.ByteLevel(add_prefix_space=space, use_regex=regex)
split = lambda pattern: pre_tokenizers.Sequence(
    [pre_tokenizers.Split(Regex(pattern), "isolated"), byte_level(False)]
)
KINDS = {
    "gpt2": dict(splitting=byte_level(True)),
    "qwen2": dict(splitting=split(any_case(r"\p{N}")), form=normalizers.NFC()),
    "llama3": dict(splitting=split(any_case(r"\p{N}{1,3}")), ignore_merges=True, every_merge=True, opens=True),
    "digits": dict(
        splitting=pre_tokenizers.Sequence([pre_tokenizers.Digits(True), byte_level(True)]), form=normalizers.NFKC()
    ),
    "spaced": dict(splitting=byte_level(True, space=True)),
}
ADDED = {
    "gpt2": [("<|endoftext|>", dict(special=True))],
    "qwen2": [
        ("<|endoftext|>", dict(special=True)), ("<|im_start|>", dict(special=True)),
        ("<|im_end|>", dict(special=True)), ("<think>", dict(special=False, normalized=False)),
        ("</think>", dict(special=False, normalized=False)),
    ],
    "llama3": [
        (name, dict(special=True))
        for name in ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    ],
    "digits": [
        ("<|endoftext|>", dict(special=True)), ("alone", dict(single_word=True)), ("<left>", dict(lstrip=True)),
        ("<right>", dict(rstrip=True)), ("ﬁx", dict(normalized=True)), ("e\u0301x", dict(normalized=True)),
    ],
    "spaced": [("<mask>", dict(special=True, lstrip=True)), ("  ", dict(normalized=False))],
}
HARD = [
    "", " ", "  ", "a", "Call me Ishmael.", "It's we'Ve it'\u017f 'tis", "a  b   c\td\t\te\n\nf\r\n g \n \n h", "12345 1234567",
    "x\0y", "\ufeffbom", "a\u0301\u0327 e\u0301x ﬁx fix", "<|endoftext|><|im_start|>user\nhi<|im_end|>\n",
    " <mask> and <left> <right> alone alones <left><right>  <left>", "alone", "alone-alone xalone", "<think>\n\n</think>",
    "<|begin_of_text|><|begin_of_text|>x", "吾輩は猫である。名前はまだ無い。", "👩‍🚀👨‍👩‍👧‍👦🏳️‍🌈🇩🇪1️⃣", "한국어 \u1112\u1161\u11ab",
    "a" * 3000, "ab" * 500, " " * 1000, "\n" * 300, "é" * 500, "!" * 700, "1" * 100, "word " * 100, "\u0301" * 50,
    "\u00a0x\u3000y\u2028z\u0085w", "a \u00a0 b", "\t\t1", "a   1", "!\n \n x", "--a", "''s", "!'s", "=\u0338", "Ω", "각",
    "    def f(self):\n        return '\\n'\n", "don't DON'T dON'\u017f", "½ ² Ⅷ ١٢٣ 𝟘𝟙", "\U0010ffff\ufffe\ue000",
]


def trained(name, texts, size):
    kind = KINDS[name]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = kind["splitting"]
    if "form" in kind:
        tokenizer.normalizer = kind["form"]
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokens = [AddedToken(content, **{"normalized": False, **flags}) for content, flags in ADDED[name]]
    for token in tokens:
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    if kind.get("opens"):
        begin = "<|begin_of_text|>"
        tokenizer.post_processor = processors.Sequence(
            [
                processors.ByteLevel(trim_offsets=False),
                processors.TemplateProcessing(
                    single=f"{begin} $A", pair=f"{begin} $A {begin} $B",
                    special_tokens=[(begin, tokenizer.token_to_id(begin))],
                ),
            ]
        )
    model = json.loads(tokenizer.to_str())
    if kind.get("ignore_merges"):
        model["model"]["ignore_merges"] = True
    if kind.get("every_merge"):
        # As files made of tiktoken's ranks: every way to make a token of two is a merge, ordered by the
        # token, then by its parts. A few tokens that no merge makes, as ignore_merges is for.
        vocab = model["model"]["vocab"]
        merges = []
        for token, rank in sorted(vocab.items(), key=lambda item: item[1]):
            ways = [
                (vocab[token[:cut]], vocab[token[cut:]], token[:cut], token[cut:])
                for cut in range(1, len(token))
                if token[:cut] in vocab and token[cut:] in vocab
            ]
            merges += [[left, right] for _, _, left, right in sorted(ways)]
        model["model"]["merges"] = merges
        words = [word for word in ["ĠAntidisestablishmentarianism", "unhappily", "Ġunderstandi"] if word not in vocab]
        # The reference implementation counts the ids of added tokens from the number of tokens on. Behind
        # them there is a gap.
        first = len(vocab) + len(words)
        for offset, token in enumerate(model["added_tokens"]):
            token["id"] = first + offset
        for offset, word in enumerate(words):
            vocab[word] = first + len(model["added_tokens"]) + 5 + offset
        template = model["post_processor"]["processors"][1]["special_tokens"]["<|begin_of_text|>"]
        template["ids"] = [first]
    if name in ("gpt2", "spaced"):
        model["model"]["merges"] = [" ".join(pair) for pair in model["model"]["merges"]]
    return json.dumps(model, ensure_ascii=False, indent=None, separators=(",", ":"))


def encoded(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False).ids


def learned():
    """What the reference trainer learns of the first lines: the merges, in their order."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = split(any_case(r"\p{N}"))
    trainer = trainers.BpeTrainer(
        vocab_size=1200, min_frequency=2, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
        special_tokens=["<|endoftext|>"],
    )
    tokenizer.train_from_iterator(lines(3000, pieces(here / "pieces.txt"), seed=3), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    (here / "learned.json").write_text(
        json.dumps({"vocab": model["vocab"], "merges": [" ".join(pair) for pair in model["merges"]]}), encoding="utf-8"
    )


def compared(name, corpora):
    """Writes what a tokenizer makes of the hard lines; hashes of the ids of generated lines and corpora."""
    tokenizer = Tokenizer.from_file(str(here / f"{name}.json"))
    # No added token at all: their contents are other tokens of a tokenizer that has none.
    bare = json.loads((here / f"{name}.json").read_text(encoding="utf-8"))
    bare["added_tokens"], bare["post_processor"] = [], None
    plain = Tokenizer.from_str(json.dumps(bare))
    every = []
    for text in HARD:
        entry = {"text": text, "plain": encoded(plain, text), "all": encoded(tokenizer, text)}
        tokenizer.encode_special_tokens = True
        entry["ordinary"] = encoded(tokenizer, text)
        tokenizer.encode_special_tokens = False
        entry["framed"] = tokenizer.encode(text).ids
        entry["decoded"] = plain.decode(entry["plain"], skip_special_tokens=False)
        every.append(entry)
    (here / f"{name}.lines.json").write_text(json.dumps(every, ensure_ascii=True, indent=None), encoding="utf-8")
    blocks = []
    block = None
    for index, line in enumerate(lines(COUNT, pieces(here / "pieces.txt"))):
        if index % BLOCK == 0:
            block = 0xCBF29CE484222325
        block = hashed(encoded(plain, line), block)
        if index % BLOCK == BLOCK - 1:
            blocks.append(f"{block:016x}")
    found = {}
    for path in corpora:
        text = pathlib.Path(path).read_text(encoding="utf-8")
        state = 0xCBF29CE484222325
        count = 0
        for line in text.split("\n"):
            state = hashed(encoded(plain, line), state)
            count += 1
        state = hashed(encoded(plain, text), state)
        found["/".join(pathlib.Path(path).parts[-2:])] = [count, f"{state:016x}"]
    print(name, len(plain.get_vocab()), sum(count for count, _ in found.values()))
    return {"generated": blocks, "corpora": found}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--on", nargs="+", required=True)
    parser.add_argument("--corpus", nargs="*", default=[])
    parser.add_argument("--size", type=int, default=5000)
    options = parser.parse_args()
    learned()
    texts = [pathlib.Path(path).read_text(encoding="utf-8") for path in options.on]
    training = [line for text in texts for line in text.splitlines(keepends=True)] + pieces(here / "pieces.txt") * 5
    hashes = {}
    for name in KINDS:
        (here / f"{name}.json").write_text(trained(name, training, options.size), encoding="utf-8")
        hashes[name] = compared(name, options.corpus)
    (here / "hashes.json").write_text(json.dumps(hashes, indent=0), encoding="utf-8")


if __name__ == "__main__":
    main()
