"""The statement's mail as the peers send it: the same words, and each reader's own link in them."""

import json
import os
from pathlib import Path

WORDS = json.loads(Path(os.environ["BENCH_LETTER"]).read_text(encoding="utf-8"))
MAILS = int(os.environ["BENCH_MAILS"])


def address(number: int) -> str:
    return f"reader{number}@example.org"


def token(number: int) -> str:
    """Return what stands in a reader's own link, as long as the product's."""
    return f"{number:0{len(WORDS['token'])}}"


def personal(text: str, own: str) -> str:
    """Return a text of the letter with somebody's own token, or a template's name for it."""
    return text.replace(WORDS["token"], own)


def headers(own: str) -> dict[str, str]:
    return {name: personal(value, own) for name, value in WORDS["headers"].items()}
