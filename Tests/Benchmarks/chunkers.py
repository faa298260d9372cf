"""Chunking one book: ours against chonkie, langchain-text-splitters and semchunk.

Like is compared with like: sizes in characters (Unicode scalars, which are Python's characters) or
in the same word pieces that WordTokenizer counts, here as a regular expression. Both sides end with
every chunk as a string.
"""

import argparse
import logging
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import chonkie
import semchunk
from langchain_text_splitters import CharacterTextSplitter, RecursiveCharacterTextSplitter
from langchain_text_splitters.base import Tokenizer, split_text_on_tokens
from corpus import corpus
from turns import compare
from words import WORDS, count_words


parser = argparse.ArgumentParser()
parser.add_argument("--on")
parser.add_argument("--rounds", type=int, default=5)
options = parser.parse_args()
text = corpus(options.on)
megabytes = len(text.encode()) / 1e6


def measure(figure, rounds=None, **peers):
    compare("chunkers", "chunkers." + figure, "MB/s", peers, megabytes, options.on, rounds or options.rounds)


by_characters = chonkie.TokenChunker(tokenizer="character", chunk_size=4096, chunk_overlap=0)
by_words = chonkie.TokenChunker(tokenizer="word", chunk_size=1024, chunk_overlap=0)
sentences = chonkie.SentenceChunker(tokenizer="character", chunk_size=4096, chunk_overlap=0)
recursive = chonkie.RecursiveChunker(tokenizer="character", chunk_size=4096)
# Looks only at the last bytes of each chunk: a size in bytes, moved back to a delimiter.
fast = chonkie.FastChunker(chunk_size=4096)
fast_sentences = chonkie.FastChunker(chunk_size=4096, delimiters=".!?")
sliced = CharacterTextSplitter(separator="", chunk_size=4096, chunk_overlap=0)
split = RecursiveCharacterTextSplitter(chunk_size=4096, chunk_overlap=0)
pieces = Tokenizer(chunk_overlap=0, tokens_per_chunk=1024, decode="".join, encode=WORDS.findall)
semantic_characters = semchunk.chunkerify(len, 4096)
semantic_words = semchunk.chunkerify(count_words, 1024)

measure(
    "characters",
    **{
        "chonkie.TokenChunker(character)": lambda: by_characters(text),
        "chonkie.FastChunker(bytes)": lambda: fast(text),
    },
)
measure("characters", rounds=2, **{"langchain.CharacterTextSplitter": lambda: sliced.split_text(text)})
measure(
    "tokens",
    **{
        "langchain.split_text_on_tokens(same-pieces)": lambda: split_text_on_tokens(text=text, tokenizer=pieces),
        "chonkie.TokenChunker(word)": lambda: by_words(text),
        "semchunk(same-pieces)": lambda: semantic_words(text),
    },
)
measure(
    "sentences-by-characters",
    **{
        "chonkie.SentenceChunker(character)": lambda: sentences(text),
        "chonkie.FastChunker(.!?)": lambda: fast_sentences(text),
        "semchunk(len)": lambda: semantic_characters(text),
    },
)
measure(
    "paragraphs-by-characters",
    **{
        "langchain.RecursiveCharacterTextSplitter": lambda: split.split_text(text),
        "chonkie.RecursiveChunker(character)": lambda: recursive(text),
    },
)
