"""Cases made of drafted questions, and which of them to offer."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from index.schema import Article, Paragraph
from index.sentences import split_sentences
from rag.questions import analyse

from ..cases import Case, Evidence
from .clauses import what_happened
from .gaps import gaps
from .people import Found, Known, how_old, what_is, who_holds, who_is, who_said
from .written import ask_for

_RULES = (what_happened, what_is, who_holds, how_old, who_is, who_said)
_OF_ITS_TIME = frozenset({"office", "age", "role"})  # true on the day of the article, and perhaps not for long
_QUOTE_CHARS = 150
_SENTENCE_CHARS = 600  # longer ones are lists, or no prose


@dataclass(frozen=True, slots=True)
class _Draft:
    found: Found
    sentence: str
    paragraph: Paragraph


def draft_cases(article: Article, *, limit: int = 20, ask_model: Callable[[str], str] | None = None) -> list[Case]:
    """At most ``limit`` drafts on an article, in its order and spread over it; often fewer.

    Without a model they are the same each time: first those of rules that are sure of the sentence; where these leave
    room, questions with a gap, which want rewording (gaps.py). ``ask_model`` takes a prompt and gives a language
    model's reply; what it raises is not caught. Each answer stands letter by letter in the paragraph that the evidence
    names. The id of a draft depends on article and question only.
    """
    body = [paragraph for paragraph in article.paragraphs if paragraph.kind == "body"]
    if ask_model:
        written = ask_for(article, body, limit, ask_model)
        return [_case(article, w.question, w.answer, w.sentence) for w in written]
    sure = _chosen(list(_drafts(article.text, body)), limit)
    taken = {draft.sentence for draft in sure}
    more = _chosen([draft for draft in _gaps(body) if draft.sentence not in taken], limit - len(sure))
    return [
        _case(
            article,
            d.found.question,
            d.found.answer,
            d.sentence,
            dated=d.found.rule in _OF_ITS_TIME,
            kind=d.found.rule if d in more else "",
        )
        for d in sorted((*sure, *more), key=lambda draft: draft.paragraph.start)
    ]


def confirmed(case: Case, question: str | None = None, answers: Sequence[str] | None = None) -> Case:
    """The case after a person has seen it, with the question or the answers as the person wrote them."""
    return replace(
        case,
        question=question or case.question,
        type=kind_of(question) if question else case.type,
        answers=tuple(answers) if answers else case.answers,
        draft=False,
    )


def kind_of(question: str) -> str:
    """What a question asks for, as a case's ``type``: who, when, where, how_many ... or what."""
    asked = re.sub("“.*”", "", question)  # a quotation in it asks for nothing
    return analyse(asked).kind


def article_end(uri: str) -> str:
    """What names an article on any computer: the name of its file (and its record), or its whole web address."""
    if "://" in uri:
        return uri
    path, mark, record = uri.partition("#")
    return path.rpartition("/")[2] + mark + record


def _drafts(text: str, body: Sequence[Paragraph]) -> Iterator[_Draft]:
    known = Known.of(text)
    for paragraph in body:
        for start, end in split_sentences(paragraph.text):
            sentence = paragraph.text[start:end]
            for rule in _RULES if len(sentence) <= _SENTENCE_CHARS else ():
                for found in rule(sentence, known):
                    at = sentence.lower().find(found.answer.lower())
                    answer = re.sub(r"^(?:[Oo]n|[Ii]n) ", "", sentence[at : at + len(found.answer)])
                    yield _Draft(replace(found, answer=answer), sentence, paragraph)


def _gaps(body: Sequence[Paragraph]) -> Iterator[_Draft]:
    for paragraph in body:
        for start, end in split_sentences(paragraph.text):
            sentence = paragraph.text[start:end]
            yield from (_Draft(found, sentence, paragraph) for found in gaps(sentence))


def _chosen(drafts: list[_Draft], limit: int) -> list[_Draft]:
    """One of a sentence, as many rules as there are, far apart; quotations, easily found, are a quarter at most."""
    chosen: list[_Draft] = []
    taken: Counter[str] = Counter()
    while len(chosen) < limit:
        questions = {draft.found.question.casefold() for draft in chosen}
        sentences = {draft.sentence for draft in chosen}
        numbers = [draft.paragraph.number for draft in chosen]
        left = [
            draft
            for draft in drafts
            if draft.found.question.casefold() not in questions
            and draft.sentence not in sentences
            and not (draft.found.rule == "said" and taken["said"] >= max(limit // 4, 1))
        ]
        if not left:
            break
        best = min(
            left,
            key=lambda draft: (
                taken[draft.found.rule],
                draft.found.rule == "said",
                -min((abs(draft.paragraph.number - number) for number in numbers), default=0),
            ),
        )
        chosen.append(best)
        taken[best.found.rule] += 1
    return sorted(chosen, key=lambda draft: draft.paragraph.start)


def _case(article: Article, question: str, answer: str, sentence: str, *, dated: bool = False, kind: str = "") -> Case:
    quote = sentence if len(sentence) <= _QUOTE_CHARS else sentence[:_QUOTE_CHARS].rpartition(" ")[0]
    digest = hashlib.sha256(f"{article.uri}\0{question}".encode()).hexdigest()[:8]
    return Case(
        id=f"{_slug(article)}-{digest}",
        question=question,
        type=kind or kind_of(question),
        answers=(answer,),
        evidence=(Evidence(article_end(article.uri), quote),),
        as_of=article.published.date if dated else None,
        draft=True,
    )


def _slug(article: Article) -> str:
    """A few words for ids: of the file's name, or of the title when the uri is a web address."""
    name = article.title if "://" in article.uri else PurePosixPath(article_end(article.uri)).stem
    words = re.findall(r"[a-z0-9]+", name.lower())
    return "-".join(words)[:40].rstrip("-") or "article"
