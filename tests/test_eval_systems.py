"""Systems under test: Nutgraf with settings, functions, LangChain, an endpoint; what each gives becomes a Response."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import itemgetter
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.language_models import FakeListChatModel, FakeMessagesListChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from eval.cases import seeds_folder
from eval.errors import EvalError
from eval.schema import Cited, Found, Question, Response, Statement
from eval.systems import IndexCorpus, as_system, is_refusal, open_system, read_corpus, to_response
from eval.systems.http import MAX_REPLY
from eval.systems.wording import marked
from index import NothingToIndexError, SettingsError, StoreMissingError
from rag import Answer, Assistant, NutgrafRetriever
from rag.reading import SKIM

ASKED = Question("Who is Sung Kim's deputy?")
LATER = Question(
    "And his deputy?", history=(("Who is Sung Kim?", "The envoy of the United States."),), as_of=date(2021, 9, 30)
)


@pytest.fixture(scope="module")
def assistant(seeds_store: Path) -> Iterator[Assistant]:
    with Assistant.open(seeds_store) as opened:
        yield opened


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes ``systems_under_test.py`` into the current folder; it is forgotten afterwards."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    monkeypatch.delitem(sys.modules, "systems_under_test", raising=False)

    def write(code: str) -> None:
        sys.modules.pop("systems_under_test", None)
        (tmp_path / "systems_under_test.py").write_text(code)

    return write


# -- Nutgraf


def test_nutgraf_gives_what_its_answer_holds(assistant: Assistant) -> None:
    answer, response = assistant.ask(ASKED.text), as_system(assistant).ask(ASKED)
    assert response.outcome == "answered"
    assert response.text == " ".join(claim.text for claim in answer.claims)
    assert "[" not in response.text.replace("[Ahn", "")
    assert [cited.quote for cited in response.citations] == [citation.quote for citation in answer.citations]
    assert [cited.verbatim for cited in response.citations] == [True] * len(answer.citations)
    assert [said.text for said in response.statements] == [claim.text for claim in answer.claims]
    for said, claim in zip(response.statements, answer.claims, strict=True):
        assert [response.citations[place].quote for place in said.citations] == [c.quote for c in claim.citations]
    assert response.confidence == answer.confidence
    assert (response.tokens_in, response.tokens_out) == (None, None)
    assert response.latency_ms is not None


def test_the_context_of_a_citation_is_title_and_written_date(assistant: Assistant) -> None:
    response = as_system(assistant).ask(Question("On what day did the American and South Korean defence chiefs meet?"))
    told = {cited.article.rpartition("/")[2]: cited.context for cited in response.citations}
    assert "Wednesday, 29 September 2021, 2021-09-29" in told["2021-09-29-defence-dialogue.txt"]


def test_a_ranking_goes_on_where_the_answer_stopped_looking(seeds_store: Path) -> None:
    with closing(open_system(store=seeds_store, settings={"rag.k": "3"})) as system:
        deep, shallow = system.ask(Question(ASKED.text, depth=7)), system.ask(Question(ASKED.text, depth=2))
    with Assistant.open(seeds_store) as other:
        seen = [Found(p.uri, p.text, p.score) for p in other.ask(ASKED.text, k=3).passages]
        more = [one.passage for one in other.index.retrieve(ASKED.text, k=7, skim=SKIM)]
        found = [Found(p.uri, p.text, p.score) for p in more]
    assert found[:3] == seen
    assert list(deep.passages) == found
    assert list(shallow.passages) == seen
    assert deep.text == shallow.text


def test_history_and_day_reach_nutgraf(assistant: Assistant) -> None:
    response = as_system(assistant).ask(LATER)
    assert response.text == as_system(assistant).ask(Question(LATER.text, LATER.history, LATER.as_of)).text
    before = as_system(assistant).ask(Question(ASKED.text, as_of=date(2021, 9, 1)))
    assert {p.article for p in before.passages} < {p.article for p in as_system(assistant).ask(ASKED).passages}


def test_a_refusal_of_nutgraf_says_why(assistant: Assistant) -> None:
    response = as_system(assistant).ask(Question("What did the wheat harvest in Argentina weigh?"))
    assert (response.outcome, response.statements, response.citations) == ("not_in_sources", (), ())
    assert response.why
    assert response.passages


def test_a_description_tells_two_stores_apart(seeds_store: Path, assistant: Assistant) -> None:
    told = as_system(assistant).describe()
    assert told.settings["rag.k"] == 8
    assert told.settings_fingerprint == assistant.ask(ASKED.text).settings_fingerprint
    assert told.versions["python"].startswith("3.")
    with closing(open_system(articles=seeds_folder(), settings={"index.chunk_tokens": "64"})) as system:
        other = system.describe()
    assert other.index_fingerprint != told.index_fingerprint
    assert other.corpus_sha256 == told.corpus_sha256 == read_corpus(seeds_folder()).sha256()
    assert other.settings_fingerprint == told.settings_fingerprint
    with closing(open_system(store=seeds_store, settings={"rag.min_confidence": "0"})) as system:
        changed = system.describe()
    assert changed.settings_fingerprint != told.settings_fingerprint
    assert changed.index_fingerprint == told.index_fingerprint
    assert told.settings["index.rerank"] is True
    with closing(open_system(store=seeds_store, settings={"index.rerank": "false"})) as system:
        assert system.describe().settings["index.rerank"] is False
    json.dumps(told.settings)


def test_a_store_made_of_articles_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "a.txt").write_text("Ferry\n\nThe ferry to Norvik left at noon with 40 people.")
    with closing(open_system(articles=tmp_path / "a.txt")) as system:
        assert system.ask(Question("When did the ferry leave?")).outcome == "answered"
        assert len(list(tmp_path.iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    with pytest.raises(NothingToIndexError):
        open_system(articles=tmp_path / "nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"rag.depth": "3"}, r"no setting 'rag.depth'; known are rag.llm, rag.llm_url, rag.k"),
        ({"k": "3"}, "no setting 'k'"),
        ({"ui.port": "3"}, "no setting 'ui.port'"),
        ({"index.store": "x"}, "no setting 'index.store'"),
        ({"rag.k": "many"}, "k is 'many'; give a number"),
        ({"rag.k": "0"}, "at least 1 passage"),
        ({"index.chunk_tokens": "3"}, "give at least 32"),
        ({"index.chunk_tokens": "9999"}, "takes at most"),
    ],
)
def test_settings_are_held_against_those_that_exist(settings: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        open_system(articles=seeds_folder(), settings=settings)


def test_arguments_that_do_not_fit_are_told(seeds_store: Path) -> None:
    with pytest.raises(EvalError, match=r"index\.chunk_tokens counts when articles are indexed"):
        open_system(store=seeds_store, settings={"index.chunk_tokens": "64"})
    with pytest.raises(EvalError, match="give one of them"):
        open_system(store=seeds_store, articles=seeds_folder())
    with pytest.raises(EvalError, match="shows its own articles"):
        open_system(store=seeds_store, headers=["X: y"])
    with pytest.raises(EvalError, match="are for nutgraf"):
        open_system("json:loads", store=seeds_store)
    with pytest.raises(EvalError, match="headers are for an endpoint"):
        open_system("json:loads", headers=["X: y"])
    with pytest.raises(StoreMissingError):
        open_system(store="nowhere")


def test_an_assistant_that_was_given_stays_open(assistant: Assistant, seeds_store: Path) -> None:
    as_system(assistant).close()
    assert assistant.ask(ASKED.text).outcome == "answered"
    with closing(as_system(seeds_store)) as system:
        assert system.ask(ASKED).text == as_system(assistant).ask(ASKED).text


# -- the articles of a system


def test_articles_are_found_by_the_end_of_their_uri(assistant: Assistant, tmp_path: Path) -> None:
    for corpus in (IndexCorpus(assistant.index), read_corpus(seeds_folder())):
        text = corpus.text("envoys-in-seoul.txt")
        assert text
        assert (
            corpus.text("seeds/envoys-in-seoul.txt") == corpus.text(str(seeds_folder() / "envoys-in-seoul.txt")) == text
        )
        assert [corpus.text(name) for name in ("in-seoul.txt", "nowhere.txt", "", "/")] == [None] * 4
        article = corpus.find("envoys-in-seoul.txt")
        assert corpus.paragraph("envoys-in-seoul.txt", 2) == article.paragraphs[2].text
        assert corpus.paragraph("envoys-in-seoul.txt", 999) is None
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.txt").write_text(f"The ferry of {folder} left at noon.")
    (tmp_path / "r.json").write_text(
        json.dumps({"uri": "n:7", "url": "https://example.org/7", "title": "T", "text": "Rain fell on all of Norvik."})
    )
    corpus = read_corpus(tmp_path)
    assert corpus.text("same.txt") is None
    assert corpus.text("two/same.txt") == "The ferry of two left at noon."
    assert corpus.text("n:7") == corpus.text("https://example.org/7") == "Rain fell on all of Norvik."


def test_no_articles_are_an_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(EvalError, match="holds no articles"):
        read_corpus([tmp_path / "nowhere"])
    assert "nowhere" in caplog.text


# -- what comes back


DOCUMENT = Document(page_content="Rain fell.", metadata={"source": "Herald", "uri": "n:1", "score": 0.5})
USAGE = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}


def said(text: str) -> Response:
    return Response("answered", text, statements=(Statement(text),))


SHAPES = [
    ("Rain fell.", Response("answered", "Rain fell.", statements=(Statement("Rain fell."),))),
    (None, Response("not_in_sources")),
    ("", Response("not_in_sources")),
    ("I don't know.", Response("not_in_sources", "I don't know.")),
    (["Rain fell."], Response("retrieved", passages=(Found("", "Rain fell."),))),
    ([], Response("retrieved")),
    ([DOCUMENT], Response("retrieved", passages=(Found("n:1", "Rain fell.", 0.5),))),
    ([(DOCUMENT, 2)], Response("retrieved", passages=(Found("n:1", "Rain fell.", 2.0),))),
    (
        [{"url": "u", "content": "Rain.", "score": 1}, {"text": "Sun.", "metadata": {"id": 7}}],
        Response("retrieved", passages=(Found("u", "Rain.", 1.0), Found("7", "Sun."))),
    ),
    (
        ("It rained. [2]", ["Sun.", "Rain."]),
        Response(
            "answered",
            "It rained.",
            statements=(Statement("It rained.", (0,)),),
            citations=(Cited("", "Rain."),),
            passages=(Found("", "Sun."), Found("", "Rain.")),
        ),
    ),
    ((None, ["Sun."]), Response("not_in_sources", passages=(Found("", "Sun."),))),
    (
        {"answer": None, "text": "Rain.", "short": "Rain", "confidence": 0.25, "tokens_in": 3, "cost": 0.5, "more": 1},
        Response(
            "answered",
            "Rain.",
            short="Rain",
            statements=(Statement("Rain."),),
            confidence=0.25,
            tokens_in=3,
            cost=0.5,
        ),
    ),
    (
        {
            "answer": "Rain [1], then sun [3].",
            "citations": [{"uri": "n:1", "paragraph_text": "It rained.", "quote": "rain"}],
        },
        Response(
            "answered",
            "Rain, then sun.",
            statements=(Statement("Rain, then sun.", (0,)),),
            citations=(Cited("n:1", "It rained.", "rain"),),
        ),
    ),
    (
        {"answer": "It rained. Then it stopped.", "citations": ["It rained.", "It stopped."]},
        Response(
            "answered",
            "It rained. Then it stopped.",
            statements=(Statement("It rained. Then it stopped.", (0, 1)),),
            citations=(Cited("", "It rained."), Cited("", "It stopped.")),
        ),
    ),
    ({"outcome": "failed", "why": "no heart"}, Response("failed", why="no heart")),
    ({"outcome": "answered", "answer": "I don't know."}, said("I don't know.")),
    (
        {"result": "Rain.", "source_documents": [DOCUMENT]},
        Response("answered", "Rain.", statements=(Statement("Rain."),), passages=(Found("n:1", "Rain fell.", 0.5),)),
    ),
    ({"output": "Rain.", "context": "[1] as in the prompt"}, said("Rain.")),
    (
        AIMessage([{"type": "text", "text": "Rain."}], usage_metadata=USAGE),
        Response("answered", "Rain.", statements=(Statement("Rain."),), tokens_in=5, tokens_out=2),
    ),
    (Response("retrieved"), Response("retrieved")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "response"), SHAPES, ids=[str(number) for number in range(len(SHAPES))])
def test_what_comes_back_is_read(given: object, response: Response) -> None:
    assert to_response(given) == response


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (7, "an object of the type 'int'"),
        (object(), "an object of the type 'object'"),
        ({}, "a dict with no fields"),
        ({"reply": "x", "a": 1}, "a dict with a, reply; it needs 'answer'"),
        ({"answer": 7}, "type 'int' as 'answer'"),
        ({"answer": "x", "passages": "y"}, "type 'str' as 'passages'"),
        ({"answer": "x", "passages": [7]}, "type 'int' among 'passages'"),
        ({"answer": "x", "passages": [{"uri": "u"}]}, "an item of 'passages' without 'text'"),
        ({"answer": "x", "outcome": "fine"}, "the outcome 'fine'; it is one of answered"),
        ({"answer": "x", "confidence": "high"}, "type 'str' as 'confidence'"),
        ({"answer": "x", "confidence": float("nan")}, "nan as 'confidence'"),
        ({"answer": "x", "short": 7}, "type 'int' as 'short'"),
        ({"answer": "x", "citations": {"a": 1}}, "type 'dict' as 'citations'"),
        ({"answer": "x", "claims": [{"text": "x"}]}, "'claims' that are not"),
        (("x", "y"), "type 'tuple'"),
    ],
)
def test_what_cannot_be_read_is_told(given: object, told: str) -> None:
    with pytest.raises(EvalError, match=told):
        to_response(given)


def test_an_answer_and_its_json_give_the_same_response(assistant: Assistant) -> None:
    corpus = IndexCorpus(assistant.index)
    for question in (ASKED.text, "What did the wheat harvest in Argentina weigh?"):
        answer = assistant.ask(question)
        own, read = to_response(answer, corpus), to_response(json.loads(json.dumps(answer.to_dict())), corpus)
        assert read.outcome == own.outcome
        assert read.statements == own.statements
        assert [(c.article, c.text, c.quote, c.verbatim) for c in read.citations] == [
            (c.article, c.text, c.quote, c.verbatim) for c in own.citations
        ]
        assert [(p.article, p.text) for p in read.passages] == [(p.article, p.text) for p in own.passages]


def test_a_quote_is_looked_up_where_articles_are_known(assistant: Assistant) -> None:
    corpus = IndexCorpus(assistant.index)

    def verbatim(**citation: object) -> bool | None:
        given = {"article": "envoys-in-seoul.txt", "text": "", "quote": "landed in Seoul early on Monday", **citation}
        return to_response({"answer": "x", "citations": [given]}, corpus).citations[0].verbatim

    start = (corpus.text("envoys-in-seoul.txt") or "").index("landed in Seoul")
    assert verbatim() is True
    assert verbatim(start=start, end=start + len("landed in Seoul early on Monday")) is True
    assert verbatim(start=0, end=5) is False
    assert verbatim(quote="landed in Busan") is False
    assert verbatim(article="nowhere.txt") is None
    assert verbatim(quote="") is None


REFUSALS = """I don't know.|I’m sorry, but I do not know the answer.|Not in these sources.|NOT IN SOURCES|
Insufficient information.|No answer|The provided documents do not mention who paid.|N/A|unanswerable|Unknown.|
The context does not contain enough information to answer the question.|I'm not sure.|I have no information.|
I cannot answer this question based on the provided context.|Sorry, I could not find an answer.|
There is no information in the provided articles about the ferry.|Based on the provided context, I don't know.|
Unfortunately, the article doesn't say.|There is not enough information to answer the question.|
I am unable to find that in the context.|This question cannot be answered from the given context.|
The answer is not in the provided text.|It is not mentioned in the articles.|Not enough information|
I don't know. The context does not mention it.|There is no mention of a ferry in the text.|"""
ANSWERS = """Kim|No.|None|There is no evidence that the fire was arson.|I don't know, but it may have been Kim.|
I don't know. It was Kim.|"I don't know," said Kim.|Police do not know who paid.|The mayor did not say.|Not in Seoul.|
No information was released by police.|The report does not say why.|The unknown soldier|No one|I have information.|
There is no information about casualties yet, police said.|Sources said nothing.|The document was signed in May.|
He could not be found.|I do not think so|Not in these sources. It was Kim."""


def test_a_refusal_is_known_by_its_words() -> None:
    refusals = [text.strip() for text in REFUSALS.split("|")]
    answers = [text.strip() for text in ANSWERS.split("|")]
    assert [text for text in refusals if not is_refusal(text)] == []
    assert [text for text in answers if is_refusal(text)] == []


def test_markers_belong_to_the_sentence_they_stand_in_or_behind() -> None:
    assert marked("It rained [1]. Then it stopped. [2][3] The end [1, 9] came in 2021 [2021].", 3) == (
        Statement("It rained.", (0,)),
        Statement("Then it stopped.", (1, 2)),
        Statement("The end came in 2021 [2021].", (0,)),
    )
    assert marked("[1] says that it rained.", 1) == (Statement("says that it rained.", (0,)),)
    assert marked("[1]", 1) == ()


# -- functions


def test_a_function_gets_what_its_signature_names() -> None:
    seen: list[object] = []

    def bare(question: str) -> None:
        seen.append(question)

    def full(text: str, *, history: object, as_of: object, k: int = 3) -> None:
        seen.append((text, history, as_of, k))

    def loose(text: str, k: int, **others: object) -> None:
        seen.append((text, k, others))

    def odd(k: str) -> None:
        seen.append(k)

    for function in (bare, full, loose, odd):
        assert as_system(function).ask(LATER).outcome == "not_in_sources"
    history, day = list(LATER.history), LATER.as_of
    assert seen == [LATER.text, (LATER.text, history, day, 10), (LATER.text, 10, {}), LATER.text]


def test_an_object_with_ask_is_asked(assistant: Assistant) -> None:
    class Like:
        """Answers like an Assistant."""

        index = assistant.index

        def ask(self, question: str, *, history: object, as_of: date | None, k: int | None) -> Answer:
            return assistant.ask(question, as_of=as_of, k=k)

    response = as_system(Like()).ask(ASKED)
    assert [cited.verbatim for cited in response.citations] == [True] * len(response.citations)
    assert len(response.passages) == len(assistant.index.search(ASKED.text, k=10))


def test_what_is_no_system_is_told() -> None:
    async def later(question: str) -> str:
        return question

    async def wait() -> str:
        return "x"

    def two(question: str, session: object) -> str:
        return question

    with pytest.raises(EvalError, match="is async"):
        as_system(later)
    with pytest.raises(EvalError, match="is async"):
        as_system(lambda question: wait()).ask(ASKED)
    with pytest.raises(EvalError, match="missing a required argument: 'session'"):
        as_system(two)
    with pytest.raises(EvalError, match="is 'int'; give a function"):
        as_system(7)


def test_a_system_comes_back_as_it_is(assistant: Assistant) -> None:
    system = as_system(assistant)
    assert as_system(system) is system
    assert as_system(str.upper).name == "builtins:str.upper"


def test_a_name_is_found_in_the_current_folder(module: Callable[[str], None]) -> None:
    module(
        "closed = []\n"
        "def ask(question): return question.upper()\n"
        "def make(): return ask\n"
        "class Made:\n"
        "    def ask(self, question, k): return f'{question} {k}'\n"
        "    def close(self): closed.append(True)\n"
        "class Holder:\n"
        "    inner = Made()\n"
        "class Needy:\n"
        "    def __init__(self, key): pass\n"
    )
    told = open_system("systems_under_test:ask").describe()
    assert told.settings["system"] == "systems_under_test:ask"
    assert len(told.settings["source_sha256"]) == 64
    assert open_system("systems_under_test:ask").ask(Question("why?")).text == "WHY?"
    assert open_system("systems_under_test:make").ask(Question("why?")).text == "WHY?"
    assert open_system("systems_under_test:Holder.inner").ask(Question("why?")).text == "why? 10"
    with closing(open_system("systems_under_test:Made")) as system:
        assert system.ask(Question("why?")).text == "why? 10"
        assert system.name == "systems_under_test:Made"
    assert sys.modules["systems_under_test"].closed == [True]
    with pytest.raises(EvalError, match="missing a required argument: 'key'"):
        open_system("systems_under_test:Needy")
    with pytest.raises(EvalError, match="systems_under_test has no 'nothing'"):
        open_system("systems_under_test:nothing")


def test_a_name_that_names_nothing_is_told(module: Callable[[str], None]) -> None:
    for spec in ("", "nutgraff", "a/b.py:x", "module:"):
        with pytest.raises(EvalError, match="is no system; give nutgraf, module:name"):
            open_system(spec)
    with pytest.raises(EvalError, match="there is no module 'no_such_module'"):
        open_system("no_such_module.part:ask")
    module("import no_such_library")
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        open_system("systems_under_test:ask")


# -- LangChain


class Fixed(BaseRetriever):
    """Always finds the same."""

    texts: list[str]

    def _get_relevant_documents(self, query: str, *, run_manager: object) -> list[Document]:
        return [Document(text, metadata={"source": f"{number}.txt"}) for number, text in enumerate(self.texts, 1)]


class Last(BaseRetriever):
    """Keeps the last that another retriever finds, as a reranker might."""

    inner: BaseRetriever

    def _get_relevant_documents(self, query: str, *, run_manager: object) -> list[Document]:
        config = {"callbacks": run_manager.get_child()}  # type: ignore[attr-defined]
        return self.inner.invoke(query, config)[-1:]


RETRIEVER = Fixed(texts=["The ferry left at noon.", "It rained."])
PROMPT = ChatPromptTemplate.from_template("{context} {question}")
FOUND = (Found("1.txt", "The ferry left at noon."), Found("2.txt", "It rained."))


def model(text: str, read: int = 12, written: int = 3) -> FakeMessagesListChatModel:
    usage = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
    return FakeMessagesListChatModel(responses=[AIMessage(text, usage_metadata=usage)])


def test_a_retriever_is_measured_as_one(assistant: Assistant) -> None:
    response = as_system(NutgrafRetriever(index=assistant.index, k=4)).ask(ASKED)
    found = [(passage.uri, passage.text) for passage in assistant.index.search(ASKED.text, k=4)]
    assert response.outcome == "retrieved"
    assert [(passage.article, passage.text) for passage in response.passages] == found
    assert all(passage.score is not None for passage in response.passages)


def test_a_chain_that_ends_in_a_text_is_heard() -> None:
    chain = (
        {"context": RETRIEVER, "question": RunnablePassthrough()}
        | PROMPT
        | model("At noon [1]. Rain!")
        | StrOutputParser()
    )
    response = as_system(chain).ask(ASKED)
    assert response.text == "At noon. Rain!"
    assert response.passages == FOUND
    assert response.citations == (Cited("1.txt", "The ferry left at noon."),)
    assert response.statements == (Statement("At noon.", (0,)), Statement("Rain!"))
    assert (response.tokens_in, response.tokens_out) == (12, 3)
    assert as_system(chain).describe().settings["class"].endswith("RunnableSequence")
    assert "langchain-core" in as_system(chain).describe().versions


def test_a_chain_that_gives_its_documents_is_read() -> None:
    answer = PROMPT | model("I don't know.")
    chain = RunnablePassthrough.assign(context=itemgetter("question") | RETRIEVER).assign(answer=answer)
    response = as_system(chain).ask(ASKED)
    assert (response.outcome, response.passages, response.tokens_in) == ("not_in_sources", FOUND, 12)


def test_a_search_within_a_search_is_its_own_business() -> None:
    found = as_system(RunnableLambda(Last(inner=RETRIEVER).invoke) | (lambda documents: "It rained.")).ask(ASKED)
    assert found.passages == FOUND[1:]


def test_searches_count_in_their_order_and_tokens_of_all_calls() -> None:
    other = Fixed(texts=["Snow."])

    def both(question: str) -> str:
        model("noon ferry", 5, 2).invoke(question)
        return str([*RETRIEVER.invoke(question), *other.invoke(question)])

    chain = RunnableLambda(both) | model("Snow [3]. [4]")
    response = as_system(chain).ask(ASKED)
    assert response.passages == (*FOUND, Found("1.txt", "Snow."))
    assert response.citations == (Cited("1.txt", "Snow."),)
    assert (response.tokens_in, response.tokens_out) == (17, 5)


def test_earlier_turns_reach_a_chain_that_asks_for_them() -> None:
    seen: list[str] = []

    def note(value: object) -> object:
        seen.append(str(getattr(value, "to_string", lambda: value)()))
        return value

    reply = RunnableLambda(note) | FakeListChatModel(responses=["Jung Pak"])
    messages = ChatPromptTemplate.from_messages([MessagesPlaceholder("chat_history"), ("human", "{query}")])
    assert as_system(messages | reply).ask(LATER).text == "Jung Pak"
    assert seen.pop() == ("Human: Who is Sung Kim?\nAI: The envoy of the United States.\nHuman: And his deputy?")
    as_text = PromptTemplate.from_template("{history}\nOn {as_of}: {input}")
    assert as_system(as_text | reply).ask(LATER).text == "Jung Pak"
    assert seen.pop() == (
        "Human: Who is Sung Kim?\nAI: The envoy of the United States.\nOn 2021-09-30: And his deputy?"
    )
    only = PromptTemplate.from_template("Say: {words}")
    as_system(only | reply).ask(LATER)
    assert seen.pop() == "Say: And his deputy?"
    with pytest.raises(EvalError, match="takes context, words; name the field of the question question or input"):
        as_system(PromptTemplate.from_template("{words} {context}") | reply)


def test_an_agent_is_given_messages() -> None:
    from langgraph.graph import MessagesState, StateGraph

    graph = StateGraph(MessagesState)
    graph.add_node("reply", lambda state: {"messages": [("ai", f"{len(state['messages'])}: Jung Pak")]})
    graph.set_entry_point("reply")
    assert as_system(graph.compile()).ask(LATER).text == "3: Jung Pak"


def test_something_else_with_invoke_is_invoked() -> None:
    class Chain:
        def invoke(self, question: str) -> str:
            return question.upper()

    assert as_system(Chain()).ask(Question("why?")).text == "WHY?"


# -- an endpoint


@pytest.fixture
def server() -> Iterator[Callable[[Callable[[BaseHTTPRequestHandler, dict], None]], str]]:
    """Starts a server that answers a POST by the function given; the address of its /ask."""
    running: list[ThreadingHTTPServer] = []

    def start(reply: Callable[[BaseHTTPRequestHandler, dict], None]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                reply(self, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        httpd.daemon_threads = True
        running.append(httpd)
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{httpd.server_port}/ask"

    yield start
    for httpd in running:
        httpd.shutdown()
        httpd.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_an_endpoint_gets_the_question_and_the_headers(server: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[dict, str, str]] = []

    def reply(handler: BaseHTTPRequestHandler, asked: dict) -> None:
        seen.append((asked, handler.headers["X-Key"], handler.headers["Authorization"]))
        send(
            handler, json.dumps({"answer": "Jung Pak [1].", "passages": [{"uri": "n:1", "text": "Jung Pak."}]}).encode()
        )

    monkeypatch.setenv("NUTGRAF_EVAL_HEADER_X_KEY", "environment")
    monkeypatch.setenv("NUTGRAF_EVAL_HEADER_AUTHORIZATION", "environment")
    address = server(reply)
    system = open_system(f"{address}?key=secret", headers=["authorization: Bearer secret"])
    response = system.ask(LATER)
    assert response.citations == (Cited("n:1", "Jung Pak."),)
    asked = {"question": LATER.text, "history": [list(LATER.history[0])], "as_of": "2021-09-30", "k": 10}
    assert seen == [(asked, "environment", "Bearer secret")]
    assert (system.name, system.describe().settings) == (address, {"url": address})


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"it broke\nat line 1", 500, r"/ask: gave status 500: it broke$"),
        (b"", 404, r"/ask: gave status 404$"),
        (b"{}", 204, r"/ask: gave status 204"),
        (b"wrong key hush-hush", 401, r"/ask: gave status 401: wrong key \.\.\.$"),
        (b"<html>hello", 200, r"/ask: gave what is no JSON: <html>hello$"),
        (b"[" * 100_000, 200, r"/ask: gave what is no JSON"),
        (b'{"reply": "x"}', 200, "a dict with reply; it needs 'answer'"),
        (b'"' + b"x" * MAX_REPLY + b'"', 200, r"/ask: gave more than 10 MB"),
    ],
    ids=["500", "404", "204", "401", "html", "deep", "shape", "much"],
)
def test_a_reply_that_is_none_is_told(server: Callable, body: bytes, status: int, told: str) -> None:
    def reply(handler: BaseHTTPRequestHandler, asked: dict) -> None:
        try:
            send(handler, body, status)
        except OSError:  # the client hangs up when it has seen enough
            handler.close_connection = True

    with pytest.raises(EvalError, match=told):
        open_system(server(reply), headers=["X-Key: hush-hush"]).ask(ASKED)


def test_a_reply_that_takes_too_long_is_told(server: Callable) -> None:
    done = threading.Event()

    def silent(handler: BaseHTTPRequestHandler, asked: dict) -> None:
        done.wait(30)

    def dripping(handler: BaseHTTPRequestHandler, asked: dict) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while not done.is_set():
                handler.wfile.write(b" ")
                time.sleep(0.01)
        except OSError:
            handler.close_connection = True

    for reply in (silent, dripping):
        with pytest.raises(EvalError, match=r"/ask: gave no answer within 0\.2 s"):
            open_system(server(reply), timeout=0.2).ask(ASKED)
    done.set()


def test_an_endpoint_that_is_not_there_is_told(server: Callable) -> None:
    address = server(lambda handler, asked: handler.connection.close())
    with pytest.raises(EvalError, match="cannot be reached"):
        open_system(address).ask(ASKED)
    with pytest.raises(EvalError, match="cannot be reached"):
        open_system("http://127.0.0.1:9/ask").ask(ASKED)
    for wrong in ("http://", "https:///path", "http://host:port/", "http://[::1/"):
        with pytest.raises(EvalError, match="the address of the system cannot be read"):
            open_system(wrong)


def test_redirects_stay_with_the_server(server: Callable) -> None:
    elsewhere: list[str] = []
    other = server(lambda handler, asked: elsewhere.append(handler.headers["X-Key"]))

    def reply(handler: BaseHTTPRequestHandler, asked: dict) -> None:
        if handler.path == "/ask":
            send(handler, b"", 307, Location="/answer")
        elif handler.path == "/away":
            send(handler, b"", 302, Location=f"{other}?key=secret")
        else:
            send(handler, json.dumps(f"{asked['question']} {handler.headers['X-Key']}").encode())

    address = server(reply)
    assert open_system(address, headers=["X-Key: k"]).ask(Question("Why")).text == "Why k"
    with pytest.raises(EvalError, match=r"/away: redirects to http://127\.0\.0\.1:\d+/ask; give that address"):
        open_system(address.replace("/ask", "/away"), headers=["X-Key: k"]).ask(ASKED)
    assert elsewhere == []


def test_a_header_that_is_none_is_told_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EvalError, match=r"^header 2: is no header; write 'Name: value'$"):
        open_system("http://127.0.0.1/ask", headers=["A: b", "secret"])
    monkeypatch.setenv("NUTGRAF_EVAL_HEADER_KEY", "sec\nret")
    with pytest.raises(EvalError, match=r"^NUTGRAF_EVAL_HEADER_KEY: is no header"):
        open_system("http://127.0.0.1/ask")
