"""What WordTokenizer counts, as a regular expression: for texts of one- and two-byte letters."""

import re

WORDS = re.compile(
    r"[ \t]?(?:[A-Za-zÀ-߿]{1,8}|[0-9]{1,3}|[^\sA-Za-z0-9À-߿])|[ \t]{1,16}(?=[ \t]\S)|[ \t]{1,16}|[\r\n]{1,16}|."
)


def count_words(text):
    return len(WORDS.findall(text))
