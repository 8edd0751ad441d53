"""The model's reply, read sentence by sentence while it comes: ids become citations, sentences are checked."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from index.schema import Passage
from index.sentences import split_sentences

from ..checking import Checker, Library, Source, best_stretch
from ..citing import Draft, DraftClaim, Evidence
from ..errors import LlmCallError
from ..settings import RagSettings
from ..tokens import counter_for
from .asking import ask_model, text_of
from .failures import secrets_of
from .plain import plain_text
from .prompt import REFUSAL, Prompt, make_prompt

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

logger = logging.getLogger(__name__)

# The longest reply that is read, in characters: ten times what is asked for.
MAX_REPLY = 8_000

# Ids stand in square brackets, which some models write otherwise, before or behind the full stop, or as links. Another
# bracket before "(" belongs to a link of Markdown.
_OTHER_BRACKETS = str.maketrans("【】［］", "[][]")
_ID = r"[0-9a-f]{4}-\d+"
_AS_LINK = re.compile(rf"\[({_ID})\]\([^()\s]*\)")
_INSIDE = r"[^\[\]\n]{0,80}"
_NUMBERED = rf"""(?:
    \[{_ID}\]\([^()\s]*\) | \({_ID}(?:[\s,;]+{_ID})*\) | (?<!!)\[{_INSIDE}\d{_INSIDE}\](?!\()
)"""
_BRACKET = rf"(?:{_NUMBERED} | (?<!!)\[[^\[\]\n]{{1,80}}\](?!\())"
_CITED = re.compile(rf"(?:\s*{_BRACKET})+(?P<tail>[.!?]?)(?:\s*{_NUMBERED})*", re.VERBOSE)
_IDS = re.compile(r"[\[(]([^\[\]()]*)[\])]")
_BETWEEN = re.compile(rf"\s*[,;]\s*|\s+(?={_ID})")
_LINE_START = re.compile(r"^[\s\-*•.,;]+")
_SENTENCE_END = re.compile(r"[.!?:][”\"’')\]*_]*$")


def write(
    question: str,
    history: Sequence[tuple[str, str]],
    today: date,
    passages: Sequence[Passage],
    model: BaseChatModel,
    settings: RagSettings,
    library: Library,
) -> Iterator[Draft]:
    """Drafts that grow by one checked sentence at a time; the last one is whole.

    A reply that breaks off keeps the sentences that came, each checked, and says so in a note. Raises LlmCallError
    when it breaks off before the first one, and when there is no reply.
    """
    counter = counter_for(settings.llm)
    prompt = make_prompt(question, history, today, passages, settings.llm_context_tokens, counter)
    named = settings.llm or type(model).__name__
    hidden = secrets_of(model)
    reading = _Reading(prompt, Checker(prompt.sources, library, settings), hidden, mark=settings.unsupported == "mark")
    text, broken = "", ""
    usage: dict[str, int] = {}
    try:
        for chunk in ask_model(lambda: model.stream(prompt.messages), named, settings, hidden):
            text += text_of(chunk).translate(_OTHER_BRACKETS)
            _add_usage(usage, chunk)
            if reading.take(text):
                yield Draft("answered", tuple(reading.claims), reading.confidence, answerer=named)
            if len(text) > MAX_REPLY:
                broken = f"{named} wrote more than {MAX_REPLY} characters without an end; ask again, or another model"
                break
    except LlmCallError as error:
        broken = str(error)
    if not broken and not text.strip():
        broken = f"{named} sent an empty reply; ask again, or another model"
    reading.finish(text, whole=not broken)
    if broken and not reading.claims:
        raise LlmCallError(broken)
    tokens = usage or {"input": prompt.tokens, "output": counter.count(text), "estimated": 1}
    notes = (*_told(prompt, broken, settings), *reading.notes)
    if reading.claims:
        yield Draft("answered", tuple(reading.claims), reading.confidence, notes=notes, answerer=named, tokens=tokens)
    else:
        refused = REFUSAL in text.upper()
        why = "The language model found no answer." if refused else "No sentence of the answer was supported."
        yield Draft("not_in_sources", confidence=0.0, why=why, notes=notes, answerer=named, tokens=tokens)


def _told(prompt: Prompt, broken: str, settings: RagSettings) -> Iterator[str]:
    """Notes about what was sent, and about a reply that broke off."""
    if broken:
        yield f"The answer is cut short: {broken}."
    if prompt.left_out:
        fit = f"llm_context_tokens = {settings.llm_context_tokens}"
        yield f"{_number(prompt.left_out, 'paragraph')} found did not fit {fit} and went unread."


class _Reading:
    """What the model has written so far: complete sentences become claims, in order, once each."""

    def __init__(self, prompt: Prompt, checker: Checker, hidden: Collection[str], *, mark: bool) -> None:
        self.sources = {source.id: source for source in prompt.sources}
        self.checker = checker
        self.mark = mark
        # What must not be repeated to anybody: keys, and the line around the sources.
        self.hidden = (prompt.fence, *hidden)
        self.claims: list[DraftClaim] = []
        self.invented = 0
        self.dropped = 0
        self.repaired = 0
        self.foreign = 0
        self.cut = False
        self._read = 0

    @property
    def notes(self) -> tuple[str, ...]:
        parts = []
        if self.invented:
            parts.append(f"{_number(self.invented, 'invented source id')} removed.")
        if self.foreign:
            parts.append(f"{_number(self.foreign, 'link, image or tag', 'links, images or tags')} removed.")
        if self.dropped:
            parts.append(f"{_number(self.dropped, 'unsupported sentence')} left out.")
        if self.repaired:
            some = "1 sentence cites" if self.repaired == 1 else f"{self.repaired} sentences cite"
            parts.append(f"{some} another paragraph than the model gave: the one that supports it.")
        if self.cut:
            parts.append("The language model stopped in the middle of a sentence, which is left out.")
        return tuple(parts)

    @property
    def confidence(self) -> float:
        """Share of the written sentences that stood the check."""
        whole = sum(claim.support == "verified" for claim in self.claims)
        return whole / (len(self.claims) + self.dropped) if self.claims else 0.0

    def take(self, text: str, *, ended: bool = False) -> bool:
        """Read on in all that was written; True when there is a new claim.

        What may go on is left for the next time, unless the text ``ended``: more ids, or the address of a link.
        """
        before = len(self.claims)
        for match in _CITED.finditer(text, self._read):
            if not ended and not text[match.end() :].strip():
                break
            if not _is_citation(match, text):
                continue
            written = text[self._read : match.start()] + match["tail"]
            self._read = match.end()
            run, links = _AS_LINK.subn(r"[\1]", match.group())
            self.foreign += links
            ids = [found for inner in _IDS.findall(run) for found in _BETWEEN.split(inner.strip()) if found]
            self.invented += sum(found not in self.sources for found in ids)
            self._claims(written, [self.sources[i] for i in dict.fromkeys(ids) if i in self.sources])
        return len(self.claims) > before

    def finish(self, text: str, *, whole: bool) -> None:
        """Read the end of the reply: what is left cites nothing. ``whole``: the model came to its end."""
        self.take(text, ended=True)
        rest = text[self._read :].strip()
        self._read = len(text)
        if not rest or REFUSAL in rest.upper():
            return
        if not _SENTENCE_END.search(rest):
            self.cut = whole  # of a reply that broke off another note tells
            *complete, _ = (rest[start:end] for start, end in split_sentences(rest))
            rest = " ".join(complete)
        self._claims(rest, [])

    def _claims(self, written: str, cited: Sequence[Source]) -> None:
        """The sentences in a stretch of the reply that ends with the ids of ``cited``."""
        for line in written.splitlines():
            text, removed = plain_text(line, [source.paragraph.text for source in cited])
            self.foreign += removed
            for start, end in split_sentences(text):
                self._claim(text[start:end], cited)

    def _claim(self, sentence: str, cited: Sequence[Source]) -> None:
        sentence = _LINE_START.sub("", sentence)
        if not re.search(r"\w", sentence) or any(sentence == claim.text for claim in self.claims):
            return
        if any(secret in sentence for secret in (*self.hidden, *self.sources)):
            self.dropped += 1
            return
        verdict = self.checker.check(sentence, cited)
        if verdict.support == "unverified" and not self.mark:
            logger.info("left out a sentence of the model: %s", verdict.why)
            self.dropped += 1
            return
        self.repaired += verdict.repaired
        stems = self.checker.library.stems
        evidence = tuple(
            Evidence(s.passage, s.paragraph, *best_stretch(sentence, s.paragraph, stems)) for s in verdict.sources
        )
        text = sentence if evidence else f"{sentence} (not verified)"
        self.claims.append(DraftClaim(text, evidence, verdict.support, "" if verdict.repaired else verdict.why))


def _is_citation(match: re.Match[str], text: str) -> bool:
    """Ids have digits, or stand at the end of a sentence; "[the mayor]" within one is a word put in."""
    if re.search(r"\d", match.group()):
        return True
    after = text[match.end() : match.end() + 1]
    return bool(match["tail"]) or after in {"", "\n"} or _SENTENCE_END.search(text[: match.start()]) is not None


def _add_usage(tokens: dict[str, int], chunk: Any) -> None:
    """Add what a streamed message says of its tokens: some providers tell once, at the end, others piece by piece."""
    if usage := getattr(chunk, "usage_metadata", None):
        for name in ("input", "output"):
            tokens[name] = tokens.get(name, 0) + usage[f"{name}_tokens"]


def _number(count: int, what: str, several: str = "") -> str:
    return f"{count} {what if count == 1 else several or what + 's'}"
