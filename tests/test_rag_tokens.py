"""Token counts: the bundled estimate, a cached exact table, and never a download."""

import base64
import hashlib

import pytest

from rag import tokens
from rag.tokens import counter_for, estimate_encoding, within_budget

TEXT = "The mayor said on Monday that 1,250 people had left the lower town by ferry. <|endoftext|> ü 🚀"


def test_the_estimate_is_reversible_and_labelled():
    encoding = estimate_encoding()
    assert encoding.decode(encoding.encode_ordinary(TEXT)) == TEXT
    counter = counter_for("openai:gpt-4o")
    assert (counter.name, counter.exact) == ("estimate", False)
    assert 20 <= counter.count(TEXT) <= 45


def test_an_unknown_model_is_estimated():
    assert not counter_for("anthropic:some-model").exact


def test_a_cached_table_is_used_and_a_damaged_one_is_not(tmp_path, monkeypatch):
    import tiktoken
    from tiktoken_ext import openai_public

    address, _ = tokens._TABLES["o200k_base"]
    table = "\n".join(f"{base64.b64encode(bytes([b])).decode()} {b}" for b in range(256)).encode()
    sha = hashlib.sha256(table).hexdigest()
    path = tmp_path / hashlib.sha1(address.encode()).hexdigest()
    path.write_bytes(table)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setitem(tokens._TABLES, "o200k_base", (address, sha))
    small = tiktoken.Encoding(
        "o200k_base", pat_str=r"\S+|\s+", mergeable_ranks={bytes([b]): b for b in range(256)}, special_tokens={}
    )
    monkeypatch.setitem(tiktoken.registry.ENCODINGS, "o200k_base", small)
    assert openai_public.ENCODING_CONSTRUCTORS
    counter = counter_for("gpt-4o")
    assert counter.exact
    assert counter.count("abc") == 3
    path.write_bytes(table[:-1])
    assert not counter_for("gpt-4o").exact


@pytest.mark.parametrize(("budget", "fitting"), [(0, 1), (3, 1), (8, 2), (10_000, 4)])
def test_what_fits_the_budget_is_the_leading_part(budget, fitting):
    texts = ["one two three", "four five", "six seven eight nine", "ten"]
    assert within_budget(texts, budget, counter_for("")) == fitting
