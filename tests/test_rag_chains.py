"""Nutgraf in other people's LangChain chains: documents, conversations, events of the pipeline, async use, tracing."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager, index
from langchain_core.language_models import SimpleChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.runnables import RunnableLambda

from index import Index, QueryError, SettingsError, SourceError, add_articles, store_status, verify_store
from index.encoder import Encoder
from index.store import Store
from rag import (
    Answer,
    Assistant,
    Citation,
    NutgrafChatModel,
    NutgrafEmbeddings,
    NutgrafVectorStore,
    OpenTelemetryTracer,
    RagSettings,
    Request,
)
from rag.chains.chat import annotations_of

FERRY = {
    "uri": "n:ferry",
    "url": "https://herald.example/ferry",
    "title": "Norvik harbour closed",
    "date": "2021-09-28",
    "source": "Herald",
    "text": "Mayor Ana Lindqvist said on Tuesday that 1,250 people had left Norvik by ferry.\n\n"
    "The closure of the harbour ends on 3 October.",
}
WHEAT = {"uri": "n:wheat", "source": "Courant", "date": "2022-01-05", "text": "Wheat got dearer in all of Asia."}
QUESTION = "How many people left Norvik by ferry?"
SENTENCE = "Mayor Ana Lindqvist said 1,250 people had left Norvik by ferry."


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="module")
def store(tmp_path_factory, encoder) -> Path:
    folder = tmp_path_factory.mktemp("chains") / "store"
    add_articles([FERRY, WHEAT], store=folder, encoder=encoder)
    return folder


@pytest.fixture(scope="module")
def assistant(store) -> Iterator[Assistant]:
    with Assistant.open(store) as opened:
        yield opened


class Streaming(SimpleChatModel):
    """Writes its script word by word, in which ``{1}`` stands for the id of the first paragraph of the prompt.

    Then it tells of its tokens, or breaks off.
    """

    script: str = "Mayor Ana Lindqvist said 1,250 people had left Norvik by ferry [{1}]."
    tokens: tuple[int, int] | None = None
    breaks: bool = False

    @property
    def _llm_type(self) -> str:
        return "streaming"

    def _call(self, messages, stop=None, run_manager=None, **kwargs):
        return "".join(str(chunk.message.content) for chunk in self._stream(messages))

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        prompt = "\n".join(str(message.content) for message in messages)
        text = self.script
        for number, found in enumerate(dict.fromkeys(re.findall(r"^\[([0-9a-f]+-\d+)\]", prompt, re.MULTILINE)), 1):
            text = text.replace(f"{{{number}}}", found)
        for word in text.split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word + " "))
        if self.breaks:
            raise ConnectionError("cut off")
        if self.tokens:
            read, written = self.tokens
            usage = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
            yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage))


@pytest.fixture
def with_llm(store) -> Iterator[Assistant]:
    with Assistant.open(store, llm=Streaming()) as opened:
        yield opened


# -- documents


@pytest.fixture
def documents(tmp_path) -> Iterator[NutgrafVectorStore]:
    opened = NutgrafVectorStore.open(tmp_path / "documents")
    yield opened
    opened.close()


def test_metadata_tells_the_head_of_the_article(documents):
    metadata = {"title": "Talks", "source": "Herald", "date": "2021-09-28", "url": "https://h.example/1", "page": 3}
    (uri,) = documents.add_documents([Document("The envoys met.", metadata=metadata)])
    head = next(documents.index.articles())
    assert (head.uri, head.title, head.source, head.url) == (uri, "Talks", "Herald", "https://h.example/1")
    assert head.published.iso == "2021-09-28"
    assert documents.get_by_ids([uri]) == [Document("The envoys met.", id=uri, metadata=metadata)]
    answer = Assistant(documents.index).ask("Who met?", as_of="2021-10-01")
    assert [passage.uri for passage in answer.passages] == [uri]
    assert verify_store(documents.index.store.folder).ok


def test_a_document_is_found_once_and_whole_however_long_it_is(documents):
    long = "\n\n".join(
        f"On day {n} the ferry of pier {n} to Astrand was late again, as it had been." for n in range(80)
    )
    documents.add_texts([long, "Wheat got dearer.", "The envoys met."], ids=["long", "wheat", "talks"])
    found = documents.similarity_search_with_score("When was the ferry late?", k=3)
    assert [document.id for document, _ in found] == ["long", *[d.id for d, _ in found[1:]]]
    assert {document.id for document, _ in found} == {"long", "wheat", "talks"}
    assert found[0][0].page_content == long
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert [d.id for d in documents.similarity_search("ferry", k=10, filter={"uris": ["talks"]})] == ["talks"]


def test_searches_by_vector_and_by_threshold_agree_with_those_by_question(documents):
    documents.add_texts(["The ferry sank.", "Wheat got dearer."], ids=["ferry", "wheat"])
    vector = documents.embeddings.embed_query("Which ship sank?")
    assert documents.similarity_search_by_vector(vector, k=2) == documents.similarity_search("Which ship sank?", k=2)
    retriever = documents.as_retriever(
        search_type="similarity_score_threshold", search_kwargs={"score_threshold": 0.3, "k": 2}
    )
    assert [document.id for document in retriever.invoke("Which ship sank?")] == ["ferry"]


def test_diverse_results_leave_out_what_says_the_same(documents):
    documents.add_texts(
        ["The ferry sank off Norvik.", "Off Norvik the ferry sank.", "The harbour of Norvik was closed for a day."],
        ids=["first", "same", "other"],
    )
    plain = [document.id for document in documents.similarity_search("The ferry sank off Norvik", k=2)]
    diverse = documents.max_marginal_relevance_search("The ferry sank off Norvik", k=2, lambda_mult=0.2)
    assert set(plain) == {"first", "same"}
    assert "other" in {document.id for document in diverse}
    assert documents.max_marginal_relevance_search("ferry", k=2, filter={"uris": []}) == []


def test_filters_by_day_and_source(documents):
    metadatas = [{"date": "2021-09-28", "source": "Herald"}, {"date": "2022-03-01", "source": "Courant"}, {}]
    documents.add_texts(["The ferry sank."] * 3, metadatas, ids=["old", "new", "undated"])

    def found(**filters: object) -> set[str | None]:
        return {document.id for document in documents.similarity_search("ferry", filter=filters)}

    assert found() == {"old", "new", "undated"}
    assert found(date_from="2022-01-01") == {"new"}
    assert found(sources=["herald"]) == {"old"}
    assert found(as_of="2021-12-31") == {"old", "undated"}
    with pytest.raises(QueryError, match="there is no filter 'page'; known are date_from"):
        found(page=3)
    with pytest.raises(TypeError, match="unexpected argument 'page'"):
        documents.similarity_search("ferry", page=3)


def test_what_cannot_be_added_is_refused(documents):
    with pytest.raises(SourceError, match="b: has no text"):
        documents.add_texts(["The ferry sank.", " "], ids=["a", "b"])
    assert [document.id for document in documents.get_by_ids(["a", "b"])] == ["a"]
    with pytest.raises(SourceError, match="metadata that JSON cannot hold"):
        documents.add_texts(["x"], [{"f": len}])
    with pytest.raises(ValueError, match="2 texts, 1 metadatas and 2 ids"):
        documents.add_texts(["x", "y"], [{}])
    with pytest.raises(ValueError, match="is not one line"):
        documents.add_texts(["x"], ids=["a\nb"])
    with pytest.raises(TypeError, match="not with DeterministicFakeEmbedding"):
        NutgrafVectorStore.from_texts(["x"], DeterministicFakeEmbedding(size=6))


def test_a_store_from_texts_is_an_ordinary_store(tmp_path, encoder):
    made = NutgrafVectorStore.from_texts(
        ["The ferry sank."], NutgrafEmbeddings(encoder=encoder), [{"title": "Ferry"}], ids=["f"], store=tmp_path / "s"
    )
    made.close()
    assert store_status(tmp_path / "s").articles == 1
    again = NutgrafVectorStore.open(tmp_path / "s")
    assert again.get_by_ids(["f"])[0].metadata == {"title": "Ferry"}
    assert again.delete()
    assert again.similarity_search("ferry") == []
    again.close()


def test_articles_added_in_another_way_are_documents_too(assistant):
    (found,) = NutgrafVectorStore(assistant.index).get_by_ids(["n:ferry"])
    assert found.page_content == FERRY["text"]
    assert found.metadata == {name: FERRY[name] for name in ("title", "source", "date", "url")}


IDS = st.sampled_from(["a", "b", "c", "d"])
TEXTS = st.sampled_from(
    ["The ferry sank.", "Wheat got dearer.", "The envoys met.", "It snowed in May.", "Rail fares fell."]
)
CHANGES = st.lists(st.dictionaries(IDS, TEXTS, min_size=1) | st.sets(IDS), min_size=1, max_size=6)


@settings(max_examples=6, deadline=None)
@given(changes=CHANGES)
def test_the_store_equals_a_dictionary_after_any_changes(changes, tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("changes") / "store"
    add_articles([], store=folder, encoder=encoder)
    opened = NutgrafVectorStore(Index(Store(folder), encoder))
    model: dict[str, str] = {}
    for change in changes:
        if isinstance(change, dict):
            opened.add_texts(list(change.values()), [{"n": len(model)}] * len(change), ids=list(change))
            model |= change
        else:
            opened.delete(sorted(change))
            model = {name: text for name, text in model.items() if name not in change}
        assert {d.id: d.page_content for d in opened.get_by_ids(["a", "b", "c", "d"])} == model
        found = opened.similarity_search_with_score("What sank?", k=9)
        assert {document.id: document.page_content for document, _ in found} == model
    opened.close()


def test_langchain_s_indexing_keeps_the_store_in_step(documents):
    manager = InMemoryRecordManager(namespace="news")
    manager.create_schema()

    def run(*texts: str) -> tuple[int, int, int]:
        docs = [Document(text, metadata={"source": "Herald"}) for text in texts]
        done = index(docs, manager, documents, cleanup="full", source_id_key="source", key_encoder="sha256")
        return done["num_added"], done["num_skipped"], done["num_deleted"]

    assert run("The ferry sank.", "Wheat got dearer.") == (2, 0, 0)
    assert run("The ferry sank.", "The envoys met.") == (1, 1, 1)
    assert {d.page_content for d in documents.similarity_search("news", k=9)} == {"The ferry sank.", "The envoys met."}


async def test_documents_are_added_from_many_tasks_at_once(documents):
    await asyncio.gather(*(documents.aadd_texts([f"Ferry {n} sank."], ids=[str(n)]) for n in range(6)))
    assert len(await documents.asimilarity_search("ferry", k=10)) == 6


def test_embeddings_are_those_of_the_index_and_need_no_torch(assistant):
    code = (
        "import json, sys; from rag import NutgrafEmbeddings; v = NutgrafEmbeddings().embed_query('Who met in Seoul?');"
        "print(json.dumps([v, 'torch' in sys.modules]))"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    vector, torch = json.loads(told)
    assert vector == pytest.approx(assistant.index.encode_query("Who met in Seoul?").tolist(), abs=1e-6)
    assert not torch


# -- the chat model


def test_a_conversation_is_answered_with_citations(assistant):
    message = NutgrafChatModel(assistant=assistant).invoke(
        [SystemMessage("Be brief."), HumanMessage("What got dearer?"), AIMessage("Wheat. [1]"), HumanMessage(QUESTION)]
    )
    assert "1,250 people had left Norvik by ferry. [1]" in message.content
    told = message.response_metadata
    assert (told["outcome"], told["model_name"], told["model_provider"]) == ("answered", "extractive", "nutgraf")
    assert told["citations"][0]["uri"] == "n:ferry"
    json.dumps(message.model_dump())
    for note in message.additional_kwargs["annotations"]:
        assert note["type"] == "citation"
        cited = told["citations"][note["extras"]["marker"] - 1]
        assert (note["url"], note["cited_text"]) == (cited["url"], cited["quote"])
        stretch = message.content[note["start_index"] : note["end_index"]]
        assert stretch == stretch.strip()
        assert message.content[note["end_index"] :].startswith(f" [{note['extras']['marker']}]")
    assert message.usage_metadata is None


def test_annotations_stand_in_the_block_of_the_text_in_version_1(assistant):
    model = NutgrafChatModel(assistant=assistant, output_version="v1")
    (block,) = model.invoke(QUESTION).content_blocks
    assert block["annotations"][0]["cited_text"] in FERRY["text"]
    whole = None
    for chunk in model.stream(QUESTION):
        whole = chunk if whole is None else whole + chunk
    (streamed,) = whole.content_blocks
    assert (streamed["text"], streamed["annotations"]) == (block["text"], block["annotations"])


def test_filters_are_fields_or_arguments_of_a_call(assistant):
    model = NutgrafChatModel(assistant=assistant, sources=["Courant"])
    assert model.invoke(QUESTION).response_metadata["outcome"] == "not_in_sources"
    assert model.invoke(QUESTION, sources=["Herald"]).response_metadata["outcome"] == "answered"
    assert model.bind(sources=None).invoke(QUESTION).response_metadata["outcome"] == "answered"


def test_it_stops_where_it_is_told_to(assistant):
    model = NutgrafChatModel(assistant=assistant)
    message = model.invoke(QUESTION, stop=["Norvik"])
    assert message.content.endswith("people had left ")
    assert message.additional_kwargs["annotations"] == []
    assert "".join(chunk.content for chunk in model.stream(QUESTION, stop=["Norvik"])) == message.content


def test_what_it_does_not_do_it_refuses(assistant):
    model = NutgrafChatModel(assistant=assistant)
    with pytest.raises(NotImplementedError):
        model.bind_tools([len])
    with pytest.raises(NotImplementedError):
        model.with_structured_output({"title": "x", "type": "object", "properties": {}})
    with pytest.raises(ValueError, match="no human message"):
        model.invoke([SystemMessage("hello")])
    with pytest.raises(QueryError, match="is empty"):
        model.invoke([HumanMessage(" ")])


def test_it_is_part_of_a_chain_and_another_store_is_another_model(assistant, tmp_path, encoder):
    chain = NutgrafChatModel(assistant=assistant) | StrOutputParser()
    assert "1,250" in chain.invoke(QUESTION)
    params = NutgrafChatModel(assistant=assistant)._identifying_params
    add_articles([WHEAT], store=tmp_path / "s", encoder=encoder)
    with Assistant.open(tmp_path / "s") as other:
        before = NutgrafChatModel(assistant=other)._identifying_params
        assert before["store"] != params["store"]
        add_articles([FERRY], store=tmp_path / "s", encoder=encoder)
        assert NutgrafChatModel(assistant=other)._identifying_params != before


def test_annotations_fit_what_was_streamed_although_the_model_broke_off(store):
    script = "The closure of the harbour ends on 3 October [{2}]. Then "
    with Assistant.open(store, llm=Streaming(script=script, breaks=True)) as broken:
        whole = None
        for chunk in NutgrafChatModel(assistant=broken).stream(QUESTION):
            whole = chunk if whole is None else whole + chunk
    notes = whole.additional_kwargs["annotations"]
    assert notes
    for note in notes:
        assert whole.content[note["end_index"] :].startswith(f" [{note['extras']['marker']}]")


# -- the pipeline


@pytest.mark.parametrize(
    "asked", [QUESTION, {"question": QUESTION}, Request(QUESTION), {"question": QUESTION, "history": [["A?", "B."]]}]
)
def test_the_pipeline_takes_questions_in_three_forms(assistant, asked):
    answer = assistant.pipeline.invoke(asked)
    assert "1,250" in answer.text
    assert answer.settings_fingerprint == assistant.ask(QUESTION).settings_fingerprint
    assert answer.timings["total"] >= answer.timings["answer"]


@pytest.mark.parametrize(("asked", "told"), [({"q": "x"}, "no field 'q'"), ({"k": 3}, "has no question")])
def test_a_request_that_is_none_is_refused(assistant, asked, told):
    with pytest.raises(QueryError, match=told):
        assistant.pipeline.invoke(asked)


def test_a_chain_of_others_goes_on_from_an_answer(assistant):
    chain = {"question": RunnableLambda(str.strip)} | assistant.pipeline | (lambda answer: answer.citations[0].uri)
    assert chain.batch([f" {QUESTION} ", "What got dearer in Asia?"]) == ["n:ferry", "n:wheat"]


async def test_every_step_is_told_of_with_what_went_in_and_came_out(with_llm):
    events = [event async for event in with_llm.pipeline.astream_events(QUESTION, version="v2")]
    told = [(event["event"], event["name"]) for event in events]
    began, ended = (
        [told.index((f"on_chain_{what}", step)) for step in ("understand", "retrieve", "answer")]
        for what in ("start", "end")
    )
    assert all(first < last for first, last in zip(began, ended, strict=True))
    assert began == sorted(began)
    assert ended == sorted(ended)
    assert (told[0], told[-1]) == (("on_chain_start", "nutgraf"), ("on_chain_end", "nutgraf"))
    at = {pair: events[number]["data"] for number, pair in enumerate(told)}
    assert at["on_chain_end", "understand"]["output"].question.text == QUESTION
    assert at["on_retriever_start", "NutgrafRetriever"]["input"] == {"query": QUESTION}
    documents = at["on_retriever_end", "NutgrafRetriever"]["output"]
    assert documents[0].metadata["uri"] == "n:ferry"
    assert at["on_chain_end", "answer"]["output"].text == f"{SENTENCE} [1]"
    assert at["on_chain_end", "nutgraf"]["output"].outcome == "answered"
    tokens = [event["data"]["chunk"].content for event in events if event["event"] == "on_chat_model_stream"]
    assert "".join(tokens).startswith("Mayor Ana ")
    assert len(tokens) > 5


async def test_asynchronous_use_leaves_the_event_loop_free(store):
    """The model waits for a word that is only said by a task of the same loop."""
    said = threading.Event()

    class Waiting(Streaming):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            assert said.wait(60)
            yield from super()._stream(messages, stop, run_manager, **kwargs)

    async def say() -> None:
        await asyncio.sleep(0.01)
        said.set()

    with Assistant.open(store, llm=Waiting()) as opened:
        invoked, _ = await asyncio.gather(opened.pipeline.ainvoke(QUESTION), say())
        assert invoked.text == f"{SENTENCE} [1]"
        said.clear()

        async def last() -> str:
            return [answer.text async for answer in opened.pipeline.astream(QUESTION)][-1]

        streamed, _ = await asyncio.gather(last(), say())
        assert streamed == invoked.text


async def test_a_stream_that_nobody_reads_on_is_given_up(with_llm):
    async for answer in with_llm.pipeline.astream(QUESTION):
        assert answer.text
        break
    assert (await with_llm.pipeline.ainvoke(QUESTION)).outcome == "answered"


def test_the_pipeline_says_what_it_takes(assistant):
    forms = assistant.pipeline.get_input_jsonschema()
    assert "question" in forms["$defs"]["Request"]["required"]
    assert {"type": "string"} in forms["anyOf"]


SENTENCES = st.lists(
    st.tuples(st.text("abc é.,\n", min_size=1, max_size=30), st.lists(st.integers(1, 3), max_size=3)), max_size=5
)


@given(sentences=SENTENCES, offset=st.integers(0, 50))
def test_annotations_stand_right_before_their_markers(sentences, offset):
    text = " ".join(said + "".join(f"[{n}]" for n in markers) for said, markers in sentences)
    citations = tuple(Citation(n, f"p{n}", f"n:{n}", "", "", "", None, 0, "body", "a b", "a b", 0, 3) for n in (1, 2))
    answer = Answer("Who?", text, "answered", citations=citations)
    padded = "." * offset + text
    found = annotations_of(answer, offset)
    assert len(found) == sum(n in (1, 2) for _, markers in sentences for n in markers)
    for note in found:
        stretch = padded[note["start_index"] : note["end_index"]]
        assert note["start_index"] >= offset
        assert "[" not in stretch
        assert stretch == stretch.strip()
        assert f"[{note['extras']['marker']}]" in re.match(r"\s*((?:\[\d\]\s*)+)", padded[note["end_index"] :])[1]


class Heard(BaseCallbackHandler):
    def __init__(self) -> None:
        self.runs: list[tuple[str, str, object, object]] = []

    def on_chain_start(self, serialized, inputs, *, run_id, tags=None, metadata=None, name=None, **kwargs):
        self.runs.append(("chain", name, tuple(tags or ()), metadata))

    def on_retriever_start(self, serialized, query, *, run_id, tags=None, metadata=None, **kwargs):
        self.runs.append(("retriever", query, tuple(tags or ()), metadata))

    def on_chat_model_start(self, serialized, messages, *, run_id, tags=None, metadata=None, **kwargs):
        self.runs.append(("chat", "", tuple(tags or ()), metadata))


def test_callbacks_tags_and_metadata_reach_every_run(with_llm, assistant):
    heard = Heard()
    config = {"callbacks": [heard], "tags": ["desk"], "metadata": {"user": "7"}}
    with_llm.ask(QUESTION, config=config)
    assert [run[0] for run in heard.runs if run[0] != "chain"] == ["retriever", "chat"]
    assert [run[1] for run in heard.runs if run[0] == "chain"] == ["nutgraf", "understand", "retrieve", "answer"]
    assert all("desk" in tags and metadata["user"] == "7" for _, _, tags, metadata in heard.runs)
    alone = Heard()
    assert list(assistant.stream(QUESTION, config={"callbacks": [alone]}))[-1].outcome == "answered"
    assert [run[0] for run in alone.runs] == ["chain", "chain", "chain", "retriever", "chain"]
    NutgrafChatModel(assistant=assistant).invoke(QUESTION, {"callbacks": [nested := Heard()]})
    assert [run[1] for run in nested.runs] == ["", "nutgraf", "understand", "retrieve", QUESTION, "answer"]


# -- tracing

ASK = """
import json, sys
tried = []
sys.addaudithook(lambda event, given: tried.append(event) if event == "socket.getaddrinfo" else None)
from rag import ask
assert ask({question!r}, store={store!r}{llm}).outcome == {outcome!r}
names = {{"langchain_core", "langsmith", "opentelemetry", "rag.chains.tracing"}} & set(sys.modules)
from langsmith import run_trees
made = run_trees._CLIENT is not None
if made:
    run_trees._CLIENT.flush()
print(json.dumps([sorted(names), made, tried]))
"""
FAKE = (
    ", llm=__import__('langchain_core.language_models', fromlist='x').FakeListChatModel(responses=['NOT IN SOURCES'])"
)


def ask_in_child(
    store: Path, monkeypatch, *, llm: bool = False, **environment: str
) -> tuple[list[str], bool, list[str]]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    code = ASK.format(
        question=QUESTION,
        store=str(store),
        llm=FAKE if llm else "",
        outcome="not_in_sources" if llm else "answered",
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return tuple(json.loads(told))


def test_nothing_is_traced_and_nothing_of_langchain_loaded_unless_asked_for(store, monkeypatch):
    assert ask_in_child(store, monkeypatch) == ([], False, [])


def test_with_a_model_langsmith_makes_no_client_and_asks_nothing_of_the_network(store, monkeypatch):
    loaded, client, tried = ask_in_child(store, monkeypatch, llm=True)
    assert "rag.chains.tracing" not in loaded
    assert (client, tried) == (False, [])


def test_langsmith_is_told_where_its_own_variables_ask_for_it(store, site, monkeypatch):
    """Its client posts to the address that the variables name, here a server of this computer."""
    environment = {"LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": site.url, "LANGSMITH_API_KEY": "secret"}
    loaded, client, _ = ask_in_child(store, monkeypatch, **environment)
    assert "langsmith" in loaded
    assert client
    assert site.requests


@pytest.fixture
def spans() -> Iterator[tuple[object, object]]:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter, provider
    provider.shutdown()


def test_opentelemetry_hears_of_steps_search_and_model_without_their_texts(with_llm, spans):
    exporter, provider = spans
    with provider.get_tracer("desk").start_as_current_span("request"):
        with_llm.ask(QUESTION, config={"callbacks": [OpenTelemetryTracer(provider=provider)]})
    found = {span.name: span for span in exporter.get_finished_spans()}
    parents = {
        name: next((other for other, span in found.items() if mine.parent and span.context == mine.parent), None)
        for name, mine in found.items()
    }
    assert parents == {
        "request": None, "invoke_workflow nutgraf": "request", "understand": "invoke_workflow nutgraf",
        "retrieve": "invoke_workflow nutgraf", "retrieval": "retrieve", "answer": "invoke_workflow nutgraf",
        "chat": "answer",
    }  # fmt: skip
    assert found["chat"].attributes["gen_ai.operation.name"] == "chat"
    assert found["chat"].attributes["gen_ai.provider.name"] == "streaming"
    assert found["chat"].kind.name == "CLIENT"
    assert found["retrieval"].attributes == {"gen_ai.operation.name": "retrieval", "nutgraf.passages": 2}
    assert found["invoke_workflow nutgraf"].attributes["nutgraf.outcome"] == "answered"
    everything = " ".join(str(span.to_json()) for span in found.values())
    assert not [text for text in ("Norvik", "Lindqvist", "n:ferry") if text in everything]
    assert all(span.end_time >= span.start_time for span in found.values())


def test_opentelemetry_hears_the_texts_only_when_asked(with_llm, spans):
    exporter, provider = spans
    with_llm.ask(QUESTION, config={"callbacks": [OpenTelemetryTracer(content=True, provider=provider)]})
    found = {span.name: span.attributes for span in exporter.get_finished_spans()}
    assert found["retrieval"]["gen_ai.retrieval.query.text"] == QUESTION
    assert json.loads(found["retrieval"]["gen_ai.retrieval.documents"])[0]["id"].startswith("p")
    (asked,) = json.loads(found["invoke_workflow nutgraf"]["gen_ai.input.messages"])
    assert asked == {"role": "user", "parts": [{"type": "text", "content": QUESTION}]}
    assert [turn["role"] for turn in json.loads(found["chat"]["gen_ai.input.messages"])] == ["system", "user"]
    (said,) = json.loads(found["chat"]["gen_ai.output.messages"])
    assert said["parts"][0]["content"].startswith("Mayor Ana Lindqvist")


def test_usage_and_failures_are_told_to_opentelemetry(store, spans):
    exporter, provider = spans
    config = {"callbacks": [OpenTelemetryTracer(provider=provider)]}
    with Assistant.open(store, llm=Streaming(tokens=(310, 20))) as opened:
        tokens = opened.ask(QUESTION, config=config).tokens
    (chat,) = [span for span in exporter.get_finished_spans() if span.name == "chat"]
    assert chat.attributes["gen_ai.usage.input_tokens"] == tokens["input"]
    assert chat.attributes["gen_ai.usage.output_tokens"] == tokens["output"]
    exporter.clear()
    with Assistant.open(store, llm=Streaming(breaks=True)) as opened:
        opened.ask(QUESTION, config=config)
        with pytest.raises(QueryError):
            opened.ask(QUESTION, k=0, config=config)
    failed = [span for span in exporter.get_finished_spans() if span.status.status_code.name == "ERROR"]
    assert [(span.name, span.attributes["error.type"]) for span in failed] == [
        ("chat", "ConnectionError"), ("retrieval", "QueryError"), ("retrieve", "QueryError"),
        ("invoke_workflow nutgraf", "QueryError"),
    ]  # fmt: skip
    assert all(span.status.description is None for span in failed)


def test_the_setting_tells_the_application_s_own_provider(store, spans, monkeypatch):
    from opentelemetry import trace

    exporter, provider = spans
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    with Assistant.open(store, settings=RagSettings(otel=True)) as opened:
        assert opened.ask(QUESTION).outcome == "answered"
        assert opened.pipeline.invoke(QUESTION).outcome == "answered"
    names = [span.name for span in exporter.get_finished_spans()]
    assert names == ["understand", "retrieval", "retrieve", "answer", "invoke_workflow nutgraf"] * 2


def test_without_opentelemetry_the_setting_says_what_to_install(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with (
        Assistant.open(store, settings=RagSettings(otel=True)) as opened,
        pytest.raises(SettingsError, match=r"pip install 'nutgraf\[otel\]'"),
    ):
        opened.ask(QUESTION)


# -- the README

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
EXAMPLES = re.findall(
    r"```python\n(.+?)```", README.partition("### With LangChain")[2].partition("\n### ")[0], re.DOTALL
)


@pytest.mark.parametrize(
    ("example", "shown"),
    [
        (
            0,
            [
                "broaden cooperation",
                "[1]",
                "nine days",
                "page_content='The ferries stopped.'",
                "384",
            ],
        ),
        (1, ["on_chain_start nutgraf", "on_retriever_end NutgrafRetriever", "on_chain_end answer"]),
    ],
)
def test_the_examples_of_the_readme_run(example, shown, seeds_store, capsys):
    shutil.copytree(seeds_store, ".nutgraf")
    exec(compile(EXAMPLES[example], "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert [text for text in shown if text not in printed] == []
