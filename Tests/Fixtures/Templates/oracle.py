"""Makes `chats.json`: what published chat templates write, run as transformers runs them.

    pip install -r requirements.txt
    python oracle.py [FOLDER]

Reads templates/*.jinja beside this file (README.md says where they came from). Where a folder is given, its templates
are read instead, and chats.json is written there: for templates whose licence does not let them stand here.
"""

import datetime
import json
import sys
from pathlib import Path

import transformers.utils.chat_template_utils as utils

here = Path(__file__).parent
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


class Fallback(datetime.datetime):
    """The date that the interpreter tells a template by default."""

    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


utils.datetime = Fallback

CHATS = [
    [("user", "Who wrote the letter?")],
    [("system", "Be brief."), ("user", "Who wrote the letter?")],
    [("system", " \n Be brief. \n"), ("user", "  two blanks before, a line's end behind\n")],
    [("system", ""), ("user", "")],
    [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello."), ("user", "Who?"), ("assistant", "She."),
     ("user", "Why?")],
    [("user", " Hi "), ("assistant", "<think>\nHm.\n</think>\n\n Hello. \n"), ("user", "Who?"),
     ("assistant", "no thought opened</think>Hello</think>\nyes"), ("user", "a {content} {{ b }} <|im_end|> \"q\" 'r'")],
    [("user", "\x1c\x85\u3000blank\u2028\x1f\t\u200b"), ("assistant", "\ufeff naïve 東京 👩‍💻"), ("user", "e\u0301\u0301 ")],
    [("user", "Hi"), ("assistant", "Hello.")],
    [("assistant", "first"), ("user", "x")],
]
SETTINGS = [
    {"add_generation_prompt": True},
    {"add_generation_prompt": False},
    {"add_generation_prompt": True, "enable_thinking": False, "thinking": False},
    {"add_generation_prompt": True, "enable_thinking": True, "thinking": True},
]


def result(template, chat, settings):
    messages = [{"role": role, "content": content} for role, content in chat]
    try:
        return template.render(messages=messages, tools=None, documents=None, **TOKENS, **settings)
    except Exception:
        return None


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here / "templates"
    templates = []
    for file in sorted(folder.glob("*.jinja")):
        source = file.read_text(encoding="utf-8")
        template = utils._compile_jinja_template(source)
        # Equal texts stand once: thinking changes nothing for most.
        texts, chats = [], []
        for chat in CHATS:
            for settings in SETTINGS:
                text = result(template, chat, settings)
                if text not in texts:
                    texts.append(text)
                chats.append(texts.index(text))
        templates.append({"name": file.stem, "texts": texts, "chats": chats})
    conversations = [[{"role": role, "content": content} for role, content in chat] for chat in CHATS]
    lines = ",\n".join(json.dumps(template) for template in templates)
    target = folder if len(sys.argv) > 1 else here
    (target / "chats.json").write_text(
        f'{{"conversations": {json.dumps(conversations)},\n"settings": {json.dumps(SETTINGS)},\n"templates": [{lines}]}}\n')
    print(len(templates), "templates,", len(templates) * len(CHATS) * len(SETTINGS), "chats")


main()
