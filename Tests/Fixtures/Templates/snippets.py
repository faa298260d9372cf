"""Makes `snippets.json`: small pieces of Jinja, and what they become in the environment of transformers.

    pip install -r requirements.txt
    python snippets.py

The pieces are the lines of snippets.txt and the texts of layouts.json. A result of null means that jinja2 refuses or
fails.
"""

import datetime
import json
from pathlib import Path

import transformers.utils.chat_template_utils as utils

here = Path(__file__).parent
VARIABLES = {
    "user": {"name": "Ann", "age": 41},
    "people": [
        {"name": "Ann", "age": 41, "city": "Rome", "tags": ["x", "y"]},
        {"name": "Bob", "age": 25, "city": "Oslo", "tags": ["z"]},
        {"name": "Cyd", "age": 33, "city": "Rome", "tags": [""]},
    ],
    "messages": [{"role": "user", "content": "Hi"}],
    "tools": None,
    "bos_token": "<s>",
}


class Friday(datetime.datetime):
    """The date that the tests give the interpreter."""

    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26, 15, 4, 5)


utils.datetime = Friday


def result(source):
    try:
        return utils._compile_jinja_template(source).render(**VARIABLES)
    except Exception:
        return None


def main():
    sources = [line for line in (here / "snippets.txt").read_text().split("\n") if line]
    sources += json.loads((here / "layouts.json").read_text())
    cases = [[source, result(source)] for source in sources]
    lines = [json.dumps(case, ensure_ascii=True) for case in cases]
    (here / "snippets.json").write_text("[" + ",\n".join(lines) + "]\n")
    print(len(cases), "snippets,", sum(text is None for _, text in cases), "refused")


main()
