"""The road from a question to an answer: understand | retrieve | answer.

Each step takes and returns one dataclass, so each can be replaced, traced or run alone. rag/chains/runnable.py makes a
LangChain Runnable of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from index.crossencoder import Reading
from index.filters import to_day, whole_text
from index.nearness import Asked
from index.schema import Passage
from index.settings import fingerprint

from .beside import beside, may_differ
from .citing import Draft, cite
from .errors import LlmCallError
from .extractive import read
from .followups import standalone
from .parts import Found, Split, find_parts, holds_typed, join, may_propose, propose, read_list, split_up, with_parts
from .questions import Question, analyse
from .reading import SKIM
from .said import settle
from .schema import Answer, AskedTime
from .settings import RagSettings
from .when import asked_time, days_asked, event_time, newest_note, tells_year, without_time

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from index import Index


logger = logging.getLogger(__name__)

# Articles that may tell of an event, and how well they have to fit its words beside the best one.
EVENT_ARTICLES, EVENT_SCORE = 4, 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """A question with its filters. ``history`` holds (question, answer) pairs, oldest first; ``time_aware`` None stands
    for the setting."""

    question: str
    history: Sequence[tuple[str, str]] = ()
    date_from: date | str | None = None
    date_to: date | str | None = None
    sources: Sequence[str] | None = None
    as_of: date | str | None = None
    k: int | None = None
    time_aware: bool | None = None


@dataclass(slots=True)
class State:
    """What the steps hand on; ``timings`` in milliseconds by step, ``began`` is a time.perf_counter().

    ``question`` is without the words of ``time``, the time asked about. ``standalone`` is what a follow-up question was
    understood as, "" for one that stands on its own feet. ``readings`` has an item for each of
    ``passages``: what the search made of it, None when it did not read it. ``split`` is how a question of several parts
    is taken apart, ``parts`` are what was found for each of them; their passages are those of the whole.
    ``tokens`` is what a language model took to take it apart.
    """

    request: Request
    question: Question
    time: AskedTime | None = None
    passages: list[Passage] = field(default_factory=list)
    readings: list[Reading | None] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    began: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
    standalone: str = ""
    split: Split | None = None
    parts: list[Found] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)

    @property
    def asked(self) -> Asked | None:
        """The days asked about, for search and reader."""
        return days_asked(self.time, certain=self.request.as_of is not None)


class Steps:
    """The steps, bound to an index, settings and (or) a chat model."""

    def __init__(self, index: Index, settings: RagSettings, model: BaseChatModel | None) -> None:
        self.index = index
        self.settings = settings
        self.model = model

    def run(self, request: Request) -> Iterator[Answer]:
        """All steps one after the other: what the LangChain pipeline streams."""
        yield from self.answer(self.retrieve(self.begin(request)))

    def begin(self, request: Request) -> State:
        """``understand``; the time of the whole answer counts from here."""
        began = time.perf_counter()
        state = self.understand(request)
        state.began = began
        return state

    def understand(self, request: Request) -> State:
        """The question on its own feet, and what it asks for: one thing, or several."""
        alone = standalone(request.question, request.history, self.model)
        typed, asked = whole_text(request.question), whole_text(alone.text)
        found = split_up(typed, asked) if self.settings.parts else None
        if found is not None and len(found.parts) > 1:
            as_typed = holds_typed(asked, typed)  # its parts stand alone
            state = State(request, analyse(typed if as_typed else asked))
        else:
            as_typed = False
            state = self.understand_one(asked, request)
        state.split = found
        state.standalone = alone.text if alone.by and not as_typed else ""
        return state

    def understand_one(self, asked: str, request: Request) -> State:
        """A question that stands alone and asks for one thing."""
        aware = self.settings.time_aware if request.time_aware is None else request.time_aware
        when = self._when(asked, request) if aware else None
        # "Last month" of an archive, asked today: those words may stand in the right article, so they stay.
        certain = request.as_of is not None or tells_year(when) or (when is not None and when.latest)
        question = analyse(without_time(asked, when) if certain else asked)
        return State(request, question, when)

    def _when(self, question: str, request: Request) -> AskedTime | None:
        """The time asked about; that of an event is the day of the article that tells of it best."""
        today = self._today(request)

        def days_of(event: str) -> list[date]:
            found = self.index.search(event, k=EVENT_ARTICLES, rerank=False, as_of=request.as_of)
            near = [one for one in found if one.score >= EVENT_SCORE * found[0].score]
            return [one.article.published.date for one in near if one.article.published.date]

        return asked_time(question, today) or event_time(question, today, days_of)

    def _today(self, request: Request) -> date:
        return to_day(request.as_of, "as_of") or date.today()  # noqa: DTZ011 - the reader's own day

    def retrieve(self, state: State) -> State:
        """The passages to answer from; says what a date filter leaves out."""
        began = time.perf_counter()
        request = state.request
        if self.settings.parts and self.model is not None and may_propose(state.question.text, state.split):
            self.find(state)
            proposal = propose(state.question.text, state.split, state.passages, self.model)
            state.split, state.tokens = proposal.split, dict(proposal.tokens)
        if state.split is not None and len(state.split.parts) > 1:
            state = find_parts(self, state)
        elif not state.passages:
            self.find(state)
        if (request.date_from or request.date_to) and (undated := self.index.undated()):
            some = "1 article" if undated == 1 else f"{undated} articles"
            state.notes.append(f"{some} without a date left out by the date filter.")
        state.timings["retrieve"] = _ms(began)
        return state

    def find(self, state: State, *, for_reader: bool = False) -> None:
        """Search for the question of ``state``, and put there what is found, reranked as far as what answers needs it;
        ``for_reader``: the reader answers, although there is a language model."""
        request = state.request
        if self.model is None or for_reader:
            self.index.encoder.load_ahead()
        found = self.index.retrieve(
            state.question.text,
            k=self._k(request),
            date_from=request.date_from,
            date_to=request.date_to,
            sources=request.sources,
            as_of=request.as_of,
            rerank=None if for_reader else self._rerank(request),
            skim=SKIM,
            asked=state.asked,
        )
        state.passages = [one.passage for one in found]
        state.readings = [one.reading for one in found]

    def _rerank(self, request: Request) -> bool | None:
        """A language model reads all that is found. Where search would read no more than that, reranking only costs:
        it would change the order and nothing else (python -m eval.bench.overhead)."""
        return False if self.model is not None and self._k(request) >= SKIM.passages else None

    def _k(self, request: Request) -> int:
        return self.settings.k if request.k is None else request.k

    def answer(self, state: State) -> Iterator[Answer]:
        """Answers that grow sentence by sentence; the last one is whole."""
        began = time.perf_counter()
        for draft in self._drafts(state):
            answer = cite(state.request.question, draft, state.passages, tell_day=state.question.kind == "when")
            notes = (*state.notes, *draft.notes, *newest_note(state.time, answer))
            timings = {**state.timings, "answer": _ms(began), "total": _ms(state.began)}
            yield replace(
                answer,
                notes=notes,
                timings=timings,
                time=state.time,
                standalone=state.standalone,
                settings_fingerprint=fingerprint(self.settings),
            )

    def _drafts(self, state: State) -> Iterator[Draft]:
        if self.model is None or not state.passages:
            yield self.read(state)
            return
        from .llm import write

        request = state.request
        today = self._today(request)
        wanted = state.split is None and may_differ(state.question, state.passages)
        try:
            with beside(lambda: self.read(state) if wanted else None) as add_positions:
                for draft in write(
                    request.question, request.history, today, state.passages, self.model, self.settings, self.index
                ):
                    whole = add_positions(draft) if draft.tokens else draft
                    yield with_parts(whole, state.parts, state.tokens)
        except LlmCallError as error:
            logger.warning("%s", error)
            if not state.parts:
                self.find(state, for_reader=True)
            note = f"The language model did not answer: {error}. This is read from the sources without it."
            yield replace(self.read(state), notes=(note,))

    def read(self, state: State) -> Draft:
        """What the reader makes of the passages, or of those of each part."""
        if state.split is not None and state.parts:
            return join(state.split, [found.drafted(self) for found in state.parts])
        reader = read_list if state.split is not None else read
        draft = reader(state.question, state.passages, state.readings, self.index, self.settings, state.asked)
        return settle(draft, state.question.text, state.passages, self.index)


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000
