"""A chat model from a folder of Hugging Face files, run by transformers on this computer.

A loop of our own instead of langchain-huggingface, which needs a pipeline, does not stream local models and brings
40 MB along: a token at a time, the likeliest one (answers are checked, not creative), which stops as soon as nobody
listens. Weights are read from safetensors alone, no code of the folder is run, and nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.exceptions import ContextOverflowError
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from ..errors import LlmSetupError
from .asking import text_of

REPLY_TOKENS = 512
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class LocalModel(BaseChatModel):
    """A causal language model with a chat template; ``reply_tokens`` is the longest reply."""

    path: str
    reply_tokens: int = REPLY_TOKENS
    _tokenizer: Any = PrivateAttr()
    _network: Any = PrivateAttr()

    def __init__(self, tokenizer: Any, network: Any, **fields: Any) -> None:
        super().__init__(**fields)
        self._tokenizer = tokenizer
        self._network = network

    @property
    def _llm_type(self) -> str:
        return "local"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Raises ContextOverflowError when the messages leave no room for a reply."""
        prompt = self._prompt(messages)
        written: list[int] = []
        text, told = "", 0
        # The end of the text may be the beginning of a stop mark.
        held = max((len(mark) for mark in stop or ()), default=1) - 1
        for token in self._tokens(prompt):
            written.append(token)
            text = self._tokenizer.decode(written, skip_special_tokens=True)
            if ends := [found for mark in stop or () if (found := text.find(mark)) >= 0]:
                text = text[: min(ends)]
                break
            sure = len(text) - held
            if sure > told and not text.endswith("\ufffd"):  # the last bytes of a character may still be missing
                piece = ChatGenerationChunk(message=AIMessageChunk(content=text[told:sure]))
                told = sure
                if run_manager:
                    run_manager.on_llm_new_token(piece.text, chunk=piece)
                yield piece
        read, wrote = len(prompt), len(written)
        usage = UsageMetadata(input_tokens=read, output_tokens=wrote, total_tokens=read + wrote)
        yield ChatGenerationChunk(message=AIMessageChunk(content=text[told:], usage_metadata=usage))

    def _tokens(self, prompt: Sequence[int]) -> Iterator[int]:
        """The likeliest next token after the prompt, again and again, up to the model's end of a turn."""
        import torch

        ends = self._network.generation_config.eos_token_id
        ends = set(ends if isinstance(ends, list) else [ends])
        new, past = torch.tensor([prompt], device=self._network.device), None
        for _ in range(self.reply_tokens):
            with torch.inference_mode():
                told = self._network(new, past_key_values=past, use_cache=True)
            new, past = told.logits[:, -1:].argmax(-1), told.past_key_values
            token = int(new.item())
            if token in ends:
                return
            yield token

    def _prompt(self, messages: Sequence[BaseMessage]) -> list[int]:
        """Token ids of the messages in the model's chat template, ready for the reply."""
        from jinja2 import TemplateError

        turns = [{"role": _ROLES.get(message.type, "user"), "content": text_of(message)} for message in messages]
        try:
            text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        except TemplateError:  # some templates know no system messages
            text = self._tokenizer.apply_chat_template(_merged(turns), tokenize=False, add_generation_prompt=True)
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        window = getattr(self._network.config, "max_position_embeddings", None)
        if window is not None and len(ids) + self.reply_tokens > window:
            raise ContextOverflowError(f"{len(ids)} tokens, and {self.reply_tokens} for the reply, are over {window}")
        return ids


def _merged(turns: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The system message at the head of the first question."""
    system = "\n\n".join(turn["content"] for turn in turns if turn["role"] == "system")
    rest = [turn for turn in turns if turn["role"] != "system"]
    return [{"role": rest[0]["role"], "content": f"{system}\n\n{rest[0]['content']}"}, *rest[1:]] if rest else []


def load_local(folder: Path) -> LocalModel:
    """The model in a folder (config.json, tokenizer and *.safetensors), on a GPU where there is one.

    Raises LlmSetupError when there is none, or it is no causal language model with a chat template.
    """
    if not (folder / "config.json").is_file():
        raise LlmSetupError(f"{folder}: holds no model (no config.json); give a folder of Hugging Face files")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **safe)
        network: Any = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, dtype="auto", **safe)
    except (OSError, ValueError, KeyError, ImportError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise LlmSetupError(
            f"{folder}: cannot be loaded ({reason}); give a causal language model with safetensors files"
        ) from error
    if not tokenizer.chat_template:
        raise LlmSetupError(f"{folder}: has no chat template; give a model that was tuned to follow instructions")
    network.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    return LocalModel(tokenizer, network, path=str(folder))
