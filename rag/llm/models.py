"""Chat models by name: "provider:model", a server that speaks OpenAI's protocol, or a folder of Hugging Face files."""

from __future__ import annotations

import math
import os
import re
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LlmSetupError
from ..settings import RagSettings, check_url
from .asking import ask_model, text_of
from .failures import redacted, secrets_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# Short names for LangChain's, and the extra of this package that brings a provider's client.
ALIASES = {"google": "google_genai", "mistral": "mistralai", "aws": "bedrock_converse"}
EXTRAS = {
    "openai": "openai",
    "azure_openai": "openai",
    "anthropic": "anthropic",
    "ollama": "ollama",
    "google_genai": "google",
    "mistralai": "mistral",
    "groq": "groq",
    "bedrock_converse": "aws",
}
# Requests are repeated by ``ask_model`` alone. These clients count the first attempt too.
_ATTEMPTS_COUNTED = frozenset({"google_genai", "mistralai"})

CONNECT_S = 10.0
"""How long a server may take to accept a connection, where the client can be told."""

HELP = "give provider:model, for example openai:gpt-4o-mini, or the folder of a model"


def make_model(settings: RagSettings) -> BaseChatModel | None:
    """The chat model that the settings name, None when they name none. Raises LlmSetupError.

    | ``llm`` | ``llm_url`` | |
    |---|---|---|
    | "openai:gpt-4o-mini" | | any provider that LangChain's ``init_chat_model`` knows |
    | "qwen3:4b" | "http://127.0.0.1:11434/v1" | a server that speaks OpenAI's protocol; its key is NUTGRAF_LLM_KEY |
    | "hf:models/qwen3" or "models/qwen3" | | a folder of Hugging Face files |
    """
    if settings.llm_url:
        return _by_url(settings)
    if not settings.llm:
        return None
    folder = Path(settings.llm.removeprefix("hf:")).expanduser()
    if settings.llm.startswith("hf:") or folder.is_dir():
        return _by_folder(folder)
    provider, separator, name = settings.llm.partition(":")
    if not (separator and provider and name):
        raise LlmSetupError(f"llm is {settings.llm!r}; {HELP}")
    return _by_provider(ALIASES.get(provider, provider), name, settings)


def _by_provider(provider: str, name: str, settings: RagSettings, **more: Any) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    named = settings.llm
    try:
        if provider == "openai":
            more.setdefault("base_url", check_url(os.environ.get("OPENAI_BASE_URL", ""), "OPENAI_BASE_URL") or None)
        model: BaseChatModel = init_chat_model(
            name,
            model_provider=provider,
            max_retries=int(provider in _ATTEMPTS_COUNTED),
            **_limits(provider, settings.llm_timeout_s),
            **more,
        )
    except ImportError as error:
        raise LlmSetupError(f"{named}: the package for {provider} is missing; run: {_pip(provider, error)}") from error
    except _setup_errors() as error:
        raise LlmSetupError(
            f"{named}: cannot be set up ({redacted(error)}); check the name and the key"
        ) from None  # the words of the original may hold the key
    if provider == "openai":
        # The garbage collector may come upon a connection kept alive before the client that would close it. For others
        # LangChain keeps one client for all models.
        weakref.finalize(model, model.root_client.close).atexit = False  # type: ignore[attr-defined]
    return model


def _by_url(settings: RagSettings) -> BaseChatModel:
    """A server's model. The key of OpenAI is never sent to it."""
    name = settings.llm.removeprefix("openai:")
    if not name:
        raise LlmSetupError(f"llm_url is {settings.llm_url}, but no model is named; set llm to a name that it knows")
    key = os.environ.get("NUTGRAF_LLM_KEY") or "none"
    return _by_provider("openai", name, settings, base_url=settings.llm_url, api_key=key)


def _by_folder(folder: Path) -> BaseChatModel:
    from .local import load_local

    return load_local(folder)


def _limits(provider: str, seconds: float) -> dict[str, Any]:
    """What the client is told: it then ends the connection that nobody waits for any more.

    Whole seconds, as some take no others; ``ask_model`` keeps the exact time.
    """
    if provider == "openai":
        from openai import Timeout

        return {"timeout": Timeout(seconds, connect=min(CONNECT_S, seconds))}
    whole = math.ceil(seconds)
    # Ollama's client has no time limit of its own and takes that of the HTTP client under it.
    return {"client_kwargs": {"timeout": whole}} if provider == "ollama" else {"timeout": whole}


def _pip(provider: str, error: ImportError) -> str:
    """The line that installs what is missing: our extra, or the package that LangChain names."""
    if provider in EXTRAS:
        return f"pip install 'nutgraf[{EXTRAS[provider]}]'"
    told = re.search(r"pip install (?:-U )?([\w-]+)", str(error))
    return f"pip install {told[1] if told else 'langchain-' + provider.replace('_', '-')}"


def plain_model(named: str) -> Callable[[str], str]:
    """The chat model of that name as a function from a prompt to its reply, for work other than answering.

    Waits and tries again as the settings say. Raises LlmSetupError; the function raises LlmCallError.
    """
    from index.settings import load_settings

    settings = load_settings(RagSettings, "rag", llm=named)
    model = make_model(settings)
    if model is None:
        raise LlmSetupError(f"no language model is named; {HELP}")

    def reply(prompt: str) -> str:
        return "".join(map(text_of, ask_model(lambda: [model.invoke(prompt)], named, settings, secrets_of(model))))

    return reply


def _setup_errors() -> tuple[type[Exception], ...]:
    """What clients raise for a missing key or a name that cannot be: those that are loaded share no ancestor."""
    bases = {"openai": "OpenAIError", "anthropic": "AnthropicError", "langchain_core.exceptions": "LangChainException"}
    found = (getattr(sys.modules.get(module), name, None) for module, name in bases.items())
    known = [error for error in found if isinstance(error, type) and issubclass(error, Exception)]
    return (ValueError, TypeError, RuntimeError, OSError, *known)
