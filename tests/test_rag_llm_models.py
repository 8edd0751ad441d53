"""Which model a setting names, and what is said when it cannot be had."""

import shutil
import tomllib
from pathlib import Path

import httpx
import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from index.errors import SettingsError
from rag import Assistant, LlmSetupError, RagSettings
from rag.llm import make_model
from rag.llm.failures import failure
from rag.llm.models import EXTRAS

ROOT = Path(__file__).parents[1]


def test_every_extra_that_an_error_names_exists():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(EXTRAS.values()) <= set(extras)
    for provider in ("anthropic", "ollama", "groq"):
        assert any(requirement.startswith(f"langchain-{provider}") for requirement in extras[provider])


@pytest.mark.parametrize(
    "url",
    [
        "http://user:canary-key@host/v1",
        "http://canary-key@host/v1",
        "https://host/v1?api-key=canary-key",
        "http://h/#canary-key",
    ],
)
def test_a_secret_in_an_address_is_refused_without_showing_it(url, monkeypatch):
    with pytest.raises(SettingsError, match="leave it out") as caught:
        RagSettings(llm="m", llm_url=url)
    assert "canary" not in str(caught.value)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL") as caught:
        make_model(RagSettings(llm="openai:m"))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["localhost:11434", "ftp://host/v1", "http://", "http://host:port/v1", "http://[::1/v1"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(SettingsError, match="llm_url is not an address"):
        RagSettings(llm="m", llm_url=url)


@pytest.mark.parametrize("retries", [-1, 11])
def test_retries_have_bounds(retries):
    with pytest.raises(SettingsError, match="llm_retries"):
        RagSettings(llm_retries=retries)


def test_a_missing_key_tells_no_secret(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(LlmSetupError, match="OPENAI_API_KEY"):
        make_model(RagSettings(llm="openai:gpt-4o-mini"))


@pytest.mark.parametrize("named", ["qwen3:4b", "openai:qwen3:4b", "org/model"])
def test_a_server_has_its_own_names(named):
    model = make_model(RagSettings(llm=named, llm_url="http://127.0.0.1:9/v1"))
    assert model.model_name == named.removeprefix("openai:")


def test_no_name_is_no_model():
    assert make_model(RagSettings()) is None


# -- a folder of Hugging Face files

TEMPLATE = (
    "{% for m in messages %}"
    "{% if m['role'] == 'system' and refuse_system %}{{ raise_exception('no system') }}{% endif %}"
    "<{{ m['role'] }}> {{ m['content'] }} {% endfor %}<assistant> "
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A language model of two tiny layers with random weights, as its makers would save one."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from tokenizers.decoders import ByteLevel
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    path = tmp_path_factory.mktemp("model")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["The harbour of Norvik is closed."], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", chat_template=TEMPLATE)
    fast.save_pretrained(path)
    torch.manual_seed(1)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=len(fast), max_position_embeddings=640, eos_token_id=0, bos_token_id=None, **sizes)
    LlamaForCausalLM(config).save_pretrained(path)
    return path


@pytest.mark.parametrize("named", ["{}", "hf:{}"])
def test_a_folder_is_a_model_that_streams(folder, named):
    model = make_model(RagSettings(llm=named.format(folder)))
    model.reply_tokens = 24
    pieces = list(model.stream("Why?"))
    assert len(pieces) > 3
    text = "".join(str(piece.content) for piece in pieces)
    assert model.invoke("Why?").content == text
    assert pieces[-2].usage_metadata or pieces[-1].usage_metadata
    stop = text[len(text) // 2 :][:2]
    assert model.invoke("Why?", stop=[stop]).content == text[: text.index(stop)]


def test_it_says_what_transformers_would(folder):
    """The loop of our own against the library's."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = make_model(RagSettings(llm=str(folder)))
    model.reply_tokens = 24
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    read = tokenizer("<user> Why? <assistant> ", return_tensors="pt", add_special_tokens=False)
    written = network.generate(**read, max_new_tokens=24, do_sample=False, pad_token_id=0)[0][
        read["input_ids"].shape[1] :
    ]
    assert model.invoke("Why?").content == tokenizer.decode(written, skip_special_tokens=True)


def test_a_template_without_system_messages(folder):
    model = make_model(RagSettings(llm=str(folder)))
    model.reply_tokens = 4
    model._tokenizer.chat_template = "{% set refuse_system = true %}" + TEMPLATE
    merged = model._prompt([SystemMessage("Be short."), HumanMessage("Why?")])
    assert model._tokenizer.decode(merged) == "<user> Be short.\n\nWhy? <assistant> "


def test_a_prompt_that_is_too_long_is_an_answer_of_the_reader(folder, seeds_store):
    with Assistant.open(seeds_store, llm=str(folder)) as assistant:
        found = assistant.ask("Who received Sung Kim in Seoul?")
    assert found.answerer == "extractive"
    assert "lower llm_context_tokens" in found.notes[0]


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(LlmSetupError, match=r"no config\.json"):
        make_model(RagSettings(llm=f"hf:{tmp_path}"))


def test_pickled_weights_and_code_are_refused(folder, tmp_path):
    import torch

    shutil.copytree(folder, tmp_path / "m")
    (tmp_path / "m" / "model.safetensors").unlink()
    torch.save({}, tmp_path / "m" / "pytorch_model.bin")
    with pytest.raises(LlmSetupError, match="cannot be loaded"):
        make_model(RagSettings(llm=str(tmp_path / "m")))


def test_a_model_that_was_not_tuned_to_chat(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "m")
    (tmp_path / "m" / "chat_template.jinja").unlink()
    with pytest.raises(LlmSetupError, match="no chat template"):
        make_model(RagSettings(llm=str(tmp_path / "m")))


def test_what_the_server_said_is_found_behind_a_clients_own_error():
    answered = httpx.Response(429, headers={"Retry-After": "7"}, request=httpx.Request("POST", "http://model.example"))
    try:
        try:
            answered.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise LookupError("the client's own words") from error
    except LookupError as error:
        found = failure(error)
    assert (found.again, found.wait_s) == (True, 7.0)
    assert "rate limit" in found.said
    assert failure(LookupError("alone")).wait_s is None
