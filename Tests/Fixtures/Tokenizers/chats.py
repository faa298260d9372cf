"""Makes `chats.json`: what published chat templates write, run by jinja2 as transformers runs them.

    pip install -r chats.txt
    python chats.py FOLDER      # of templates, named FORMAT@MODEL.jinja; they are their authors' and not kept here

Where the templates came from and what was found stands in docs/tokenizers.md. Of each template only its hash is kept,
and what it writes for the conversations below.
"""

import hashlib
import json
import sys
from pathlib import Path

from transformers.utils.chat_template_utils import _compile_jinja_template

BEGIN = {"llama3": "<|begin_of_text|>", "llama3.1": "<|begin_of_text|>", "mistral": "<s>", "mistral-v3": "<s>",
         "mistral-v3-tekken": "<s>"}

CHATS = [
    [("user", "Who wrote the letter?")],
    [("system", "Be brief."), ("user", "Who wrote the letter?")],
    [("system", " \n Be brief. \n"), ("user", "  two blanks before, a line's end behind\n")],
    [("system", ""), ("user", "")],
    [("user", "Hi"), ("assistant", "Hello."), ("user", "Who?")],
    [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello."), ("user", "Who?"), ("assistant", "She."),
     ("user", "Why?")],
    [("user", " Hi "), ("assistant", "  Hello. \n"), ("user", " Who? ")],
    [("user", "Hi"), ("assistant", "<think>\nHm.\n</think>\n\nHello."), ("user", "Who?"),
     ("assistant", "<think>\n\n</think>\n\n\nShe.\n"), ("user", "Why?")],
    [("user", "Hi"), ("assistant", "no thought opened</think>Hello</think>\nyes"), ("user", "a {content} b {{ c }}")],
    [("system", "\u200bnot blank\u200b"), ("user", "\x1c\x85\u3000blank\u2028\x1f\t"), ("assistant", "\ufeff x\x0b"),
     ("user", "e\u0301\u0301 ")],
    [("user", "Hi"), ("assistant", "<think>a</think>\u0338b"), ("user", "Who?"), ("assistant", "</think>\r\n\n\r"),
     ("user", "Why?")],
    [("system", "naïve 東京 👩‍💻"), ("user", "é e\u0301 \u00a0 nbsp around \u00a0")],
]


def main(folder):
    results = []
    for file in sorted(Path(folder).glob("*.jinja")):
        name, model = file.stem.split("@")
        template = _compile_jinja_template(file.read_text())
        chats = []
        for chat in CHATS:
            messages = [dict(role=role, content=content) for role, content in chat]
            try:
                # Llama 3.2's and 3.3's write the day's date where they are told none.
                text = template.render(messages=messages, add_generation_prompt=True, date_string="26 Jul 2024",
                                       bos_token=BEGIN.get(name, ""), eos_token="</s>")
            except Exception as error:
                assert "supported" in str(error) or "alternate" in str(error), error
                text = None
            chats.append(dict(turns=[dict(role=r, content=c) for r, c in chat], text=text))
        results.append(dict(format=name, model=model, sha256=hashlib.sha256(file.read_bytes()).hexdigest(), chats=chats))
        print(name, model, sum(c["text"] is None for c in chats), "refused")
    (Path(__file__).parent / "chats.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


main(sys.argv[1])
