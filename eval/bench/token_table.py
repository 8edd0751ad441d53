"""Make rag/estimate.tiktoken, the byte-pair table that token counts are estimated with when no exact one is cached.

    python -m eval.bench.token_table --data DIR [--check]

Trained on the paragraphs of SQuAD 1.1's training part (Wikipedia text, CC BY-SA 4.0) in reader_train.jsonl.gz. The
scale makes its counts those of cl100k_base on news: WordPiece counts 3 % more than cl100k_base on news articles, so
the scale is (WordPiece count / 1.03) / (our count), measured on news_2023.jsonl.gz.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from index.model import embedded_model_dir
from rag.tokens import ESTIMATE_PATTERN, estimate_encoding

VOCABULARY = 8_192
WORDPIECE_OVER_CL100K = 1.03
TABLE = Path(__file__).parents[2] / "rag" / "estimate.tiktoken"


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def train(texts: list[str]) -> list[bytes]:
    """Byte-pair tokens in rank order: the 256 bytes, then the merges."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(ESTIMATE_PATTERN), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=VOCABULARY, initial_alphabet=alphabet, show_progress=False)
    )
    byte_of = _byte_level_bytes()
    model = json.loads(tokenizer.to_str())["model"]
    merged = (first + second for first, second in model["merges"])
    singles = [bytes([value]) for value in range(256)]
    known = set(singles)
    tokens = singles
    for token in (bytes(byte_of[c] for c in text) for text in merged):
        if token not in known:
            known.add(token)
            tokens.append(token)
    return tokens


def _byte_level_bytes() -> dict[str, int]:
    """GPT-2's printable stand-in of each byte, backwards."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [value for value in range(256) if value not in printable]
    return {chr(v): v for v in printable} | {chr(256 + number): v for number, v in enumerate(others)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with reader_train.jsonl.gz and news_2023.jsonl.gz"
    )
    parser.add_argument("--check", action="store_true", help="only measure the table that is there")
    options = parser.parse_args()
    if not options.check:
        rows = _rows(options.data / "reader_train.jsonl.gz")
        texts = sorted({row["context"] for row in rows if row["source"] == "squad1-train"})
        lines = [f"{base64.b64encode(token).decode()} {rank}" for rank, token in enumerate(train(texts))]
        TABLE.write_text("\n".join(lines) + "\n", encoding="ascii")
    from tokenizers import Tokenizer

    wordpiece = Tokenizer.from_file(str(embedded_model_dir() / "tokenizer.json"))
    wordpiece.no_truncation()
    ours = estimate_encoding()
    news = [row["text"] for row in islice(_rows(options.data / "news_2023.jsonl.gz"), 0, 7000, 20)]
    theirs = sum(len(wordpiece.encode(text, add_special_tokens=False).ids) for text in news)
    mine = sum(len(ours.encode_ordinary(text)) for text in news)
    scale = theirs / WORDPIECE_OVER_CL100K / mine
    sys.stdout.write(
        json.dumps({"articles": len(news), "wordpiece": theirs, "table": mine, "scale": round(scale, 4)}) + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
