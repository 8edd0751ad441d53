"""The chat page: question box, streamed answers, filters. The panel of sources is drawn by assets/page.js."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePath
from types import ModuleType
from typing import Any

from eval.feedback import new_id
from index import Index, NutgrafError
from index.filters import MAX_QUERY_CHARS
from rag import Assistant

from .render import answer_markdown, escape, growing_markdown, problem_markdown
from .thumbs import Thumbs, Turn, add_thumbs, history_of, turn_of
from .wording import count, store_summary

CONCURRENCY = 4  # answers made at the same time; with Gradio's default of 1 the fourth user waits for three
MAX_WAITING = 64  # questions in the queue before more are turned away
EXAMPLES = 3

INVITATION = (
    "What do the articles say?\n\nTry one of these or ask your own. If the articles hold no answer, you are told so."
)

# Good first questions about the articles that ship with the program, by file name.
SEED_QUESTIONS = {
    "envoys-in-seoul.txt": (
        "Who received Sung Kim in Seoul?",
        "How many rounds of firings has North Korea had this year?",
    ),
    "2021-09-29-defence-dialogue.txt": ("What did Kim Yo Jong say on September 27?",),
}

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The parts of the page that ask and answer. ``again`` is a text box that nobody sees, into which assets/page.js
    writes the id of the turn whose question is to be asked again, and a number that makes the text new. Without more it
    is asked without its time; what follows is the question as its reader corrected it."""

    chat: Any
    box: Any
    examples: list[Any]
    again: Any
    turns: Any
    thumbs: Thumbs


def import_gradio() -> ModuleType:
    """Gradio, with its reports to its makers switched off, which can be done only before it is imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    import gradio

    return gradio


def build_page(assistant: Assistant) -> Any:
    """The page as ``gradio.Blocks``; its theme, style and script are given when it is mounted (ui/server.py)."""
    gr = import_gradio()
    with gr.Blocks(title="Nutgraf", fill_width=True, fill_height=True, analytics_enabled=False) as page:
        with gr.Sidebar(open=False, width=300, elem_id="filters"):
            gr.Markdown("## Filters")
            # assets/page.js turns these into the browser's own date fields.
            date_from = gr.Textbox(label="Published from", placeholder="YYYY-MM-DD", max_lines=1, elem_classes="date")
            date_to = gr.Textbox(label="Published to", placeholder="YYYY-MM-DD", max_lines=1, elem_classes="date")
            sources = gr.Dropdown([], multiselect=True, label="Sources", elem_id="source-filter")
            with gr.Accordion("About this index", open=False, elem_id="about"):
                facts = gr.Markdown()
        with gr.Column(elem_id="masthead"):
            gr.Markdown("# Nutgraf")
            gr.Markdown("Ask your news articles. Each sentence of an answer shows the paragraph it comes from.")
            summary = gr.Markdown(elem_id="summary")
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=300, elem_id="conversation"):
                conversation = _conversation(gr, assistant.index)
            with gr.Column(scale=2, min_width=300, elem_id="sources"):
                gr.Markdown("## Sources")
        _wire(gr, assistant, conversation, [date_from, date_to, sources])

        def refresh() -> tuple[str, str, Any]:
            names = assistant.index.sources()
            return store_summary(assistant.index), store_facts(assistant), gr.Dropdown(names, visible=bool(names))

        page.load(refresh, None, [summary, facts, sources], show_progress="hidden", api_visibility="private")
    page.queue(max_size=MAX_WAITING, api_open=False)
    return page


def _conversation(gr: ModuleType, index: Index) -> Conversation:
    """Chat, question box, the buttons with example questions (hidden by the style once there is an answer), thumbs."""
    turns = gr.State([])
    chat = gr.Chatbot(
        elem_id="chat",
        label="Conversation",
        show_label=False,
        container=False,
        layout="panel",
        buttons=[],
        latex_delimiters=[],
        allow_tags=False,
        line_breaks=False,
        feedback_options=None,
        height="100%",
        placeholder=INVITATION,
    )
    with gr.Column(elem_id="examples"):
        examples = [gr.Button(question, size="sm") for question in example_questions(index)]
    thumbs = add_thumbs(gr, index.store.folder, turns)
    again = gr.Textbox(elem_id="again", visible="hidden", max_length=MAX_QUERY_CHARS + 100)
    box = gr.Textbox(
        elem_id="question",
        elem_classes="field",
        label="Question",
        show_label=False,
        container=False,
        placeholder="Ask a question",
        max_length=MAX_QUERY_CHARS,
        max_lines=5,
        submit_btn="Ask",
        autofocus=True,
    )
    return Conversation(chat, box, examples, again, turns, thumbs)


def _wire(gr: ModuleType, assistant: Assistant, parts: Conversation, filters: list[Any]) -> None:
    """Connect what asks with the chat. Nothing of it is callable as an API."""
    chat, box, turns, thumbs = parts.chat, parts.box, parts.turns, parts.thumbs

    def respond(question: str, messages: list[Message], earlier: list[Turn], *chosen: Any) -> Iterator[tuple[Any, ...]]:
        if not question.strip():
            yield nothing("Type a question first.")
            return
        steps = converse(assistant, question, messages, earlier, *chosen)
        yield from answering(steps, gr.Textbox(value="", submit_btn=False, stop_btn="Stop"))

    def respond_again(
        text: str, messages: list[Message], earlier: list[Turn], *chosen: Any
    ) -> Iterator[tuple[Any, ...]]:
        id, _, numbered = text.partition(" ")
        corrected = numbered.partition(" ")[2]
        turn = turn_of(earlier, id)
        if turn is None:
            yield nothing("That question is gone; type it again.")
            return
        if corrected.strip():
            steps = converse(assistant, corrected, messages, earlier, *chosen, as_written=True)
        else:
            steps = converse(assistant, turn.answer.question, messages, earlier, *chosen, without_time_of=turn)
        yield from answering(steps, gr.Textbox(submit_btn=False, stop_btn="Stop"))

    def answering(steps: Iterator[tuple[Any, Any]], change: Any) -> Iterator[tuple[Any, ...]]:
        for shown, so_far in steps:
            yield shown, so_far, change
            change = gr.skip()  # the next question may be in the box by now
        # Not left to the event that follows: it can wait on the stream of events that is closed just then.
        yield gr.skip(), gr.skip(), ready()

    def nothing(why: str) -> tuple[Any, ...]:
        gr.Info(why)
        return gr.skip(), gr.skip(), gr.skip()

    def ready() -> Any:
        return gr.Textbox(submit_btn="Ask", stop_btn=False)

    silent = {"show_progress": "hidden", "api_visibility": "private"}
    limited = {"concurrency_limit": CONCURRENCY, "concurrency_id": "answers", **silent}
    running = []
    asking = [(respond, box, box.submit), (respond_again, parts.again, parts.again.change)]
    asking += [(respond, button, button.click) for button in parts.examples]
    for answer, asked, event in asking:
        running.append(event(answer, [asked, chat, turns, *filters], [chat, turns, box], **limited))
        running[-1].then(ready, None, box, **silent)  # also after a stop or a crash
        event(thumbs.close, None, thumbs.parts, **silent)
    box.stop(None, cancels=running, **silent)
    chat.clear(lambda: [], None, turns, **silent)
    chat.clear(thumbs.close, None, thumbs.parts, **silent)


def converse(
    assistant: Assistant,
    question: str,
    messages: Sequence[Message],
    turns: Sequence[Turn],
    date_from: str | None = None,
    date_to: str | None = None,
    sources: Sequence[str] | None = None,
    *,
    without_time_of: Turn | None = None,
    as_written: bool = False,
) -> Iterator[tuple[list[Message], list[Turn]]]:
    """The chat with the question and its growing answer, and the turns so far; the last pair is whole.

    ``without_time_of`` is an earlier turn with the same question: it is asked again after what that one was asked
    after, and the time in it is left aside. ``as_written``: the question does not lean on earlier turns. An error meant
    for people becomes the answer's text and no turn.
    """
    history = () if as_written else without_time_of.history if without_time_of else history_of(turns)
    shown = [*messages, {"role": "user", "content": escape(question)}]
    yield shown, list(turns)
    answer = None
    try:
        for answer in assistant.stream(
            question,
            history=history,
            date_from=date_from or None,
            date_to=date_to or None,
            sources=sources or None,
            time_aware=False if without_time_of else None,
        ):
            yield [*shown, _reply(growing_markdown(answer))], list(turns)
    except NutgrafError as error:
        yield [*shown, _reply(problem_markdown(str(error)))], list(turns)
        return
    if answer is not None:
        limits = _limits(date_from, date_to, sources)
        told = [f"Asked of articles {limits} only."] * bool(limits)
        told += ["Asked without regard to the time in the question."] * bool(without_time_of)
        told += ["Asked as written."] * as_written
        turn = Turn(new_id(), replace(answer, passages=()), limits, history)
        told_answer = replace(answer, notes=(*answer.notes, *told))
        yield [*shown, _reply(answer_markdown(told_answer, turn.id))], [*turns, turn]


def _limits(date_from: str | None, date_to: str | None, sources: Sequence[str] | None) -> str:
    """What the filters left of the articles: told with each answer, so that a filter set long ago is not forgotten."""
    parts = [f"from {date_from}"] * bool(date_from) + [f"to {date_to}"] * bool(date_to)
    if sources:
        parts.append("by " + ", ".join(sources))
    return " ".join(parts)


def _reply(markdown: str) -> Message:
    return {"role": "assistant", "content": markdown}


def example_questions(index: Index) -> list[str]:
    """Questions that the articles of the store can answer: written ones for known articles, else made from titles."""
    heads = list(islice(index.articles(), 50))
    files = {PurePath(head.uri).name for head in heads}
    known = [question for file, questions in SEED_QUESTIONS.items() if file in files for question in questions]
    titles = [" ".join(head.title.split()) for head in heads]
    made = [f"What is known about “{title}”?" for title in titles if 0 < len(title) <= 120]
    return (known or made)[:EXAMPLES]


def store_facts(assistant: Assistant) -> str:
    """A Markdown list of what answers are made from and with."""
    index = assistant.index
    undated = index.undated()
    lines = [
        f"Embedding model: {escape(index.store.model().name)}",
        f"Answers: {escape(assistant.settings.llm) or 'the best sentences, verbatim; no language model'}",
        f"Store: {escape(str(index.store.folder.resolve()))}",
    ]
    if undated:
        lines.append(f"{count(undated, 'article')} without a date: left out when a date is set above")
    return "\n".join(f"- {line}" for line in lines)
