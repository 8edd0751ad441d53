"""Gives each stretch of speech of an article to its speaker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.schema import Article, Paragraph, Speech
from index.sentences import split_sentences

from .cues import Cue, find_cues
from .people import People
from .quotations import Quotation, quotations
from .speakers import Speakers
from .subjects import lead_of

_KINDS = frozenset(["body", "caption", "correction"])
_SENTENCE_MARKS = ".,?!…—–"
_MASK = re.compile(r"[xX]{2,}|\b[xX]\b")
_LOOKED_AT = 1000  # characters of reported words that are looked at for two words outside quotations
_SMALL = frozenset("a an the of in on at to for and or with from by is as".split())
_NAMED_SO = re.compile(
    r"\b(?:so-called|known as|nicknamed|titled|entitled|named|film|movie|book|novel|song|album|single|series|show|play"
    r"|painting|word|words|phrase|term|slogan|hashtag|dubbed|headlined|signs? reading|motto|code-?named|codename)"
    r"[\s,:(]*(?:as |the )?$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_MARKS = "\"'”’"
_REST = " \t\n,.;:!?—–-\"'“”‘’"


@dataclass(slots=True)
class _Line:
    """A quotation on its way to a speaker; offsets in the article's text. ``cue`` speaks for it, if one does."""

    quotation: Quotation
    start: int
    end: int
    speaker: str | None = None


def find_speech(article: Article) -> list[Speech]:
    """The speech of an article in order of its beginning; a quotation within reported words is given beside them.

    Offsets count in the article's text, without quotation marks. Stretches of quotation marks that are not speech
    (titles, nicknames, scare quotes) are left out, unless a verb of speech gives them to somebody. Linear in the
    length of the text.
    """
    read = _Read.of(article)
    listener = _Listener(article.text, read.masked, Speakers(read.people))
    for paragraph, ones, spans in zip(read.paragraphs, read.quoted, read.sentences, strict=True):
        listener.hear(paragraph, ones, spans)
    once = {(speech.start, speech.end): speech for speech in reversed(listener.found)}
    return sorted(once.values(), key=lambda speech: (speech.start, -speech.end))


def name_in(article: Article, words: str) -> str:
    """The fullest name that the article gives whom ``words`` name or describe: "Kim", "the mayor of Dunsel".

    As they stand when the article knows no such person or organisation.
    """
    return Speakers(_Read.of(article).people).of(words, "", len(article.text))


@dataclass(frozen=True, slots=True)
class _Read:
    """An article prepared: its paragraphs, the quotations and sentences of each, the masked text, who is named."""

    paragraphs: list[Paragraph]
    quoted: list[list[Quotation]]
    sentences: list[list[tuple[int, int]]]
    masked: str
    people: People

    @classmethod
    def of(cls, article: Article) -> _Read:
        paragraphs = [paragraph for paragraph in article.paragraphs if paragraph.kind in _KINDS]
        quoted = quotations(paragraphs)
        masked = _masked(article.text, paragraphs, quoted)
        sentences = [
            [(one.start + start, one.start + end) for start, end in split_sentences(masked[one.start : one.end])]
            for one in paragraphs
        ]
        hidden = [
            (paragraph.start + one.left, paragraph.start + one.right)
            for paragraph, ones in zip(paragraphs, quoted, strict=True)
            for one in ones
            if one.outer is None
        ]
        people = People(article.text, [span for spans in sentences for span in spans], hidden)
        return cls(paragraphs, quoted, sentences, masked, people)


def _masked(text: str, paragraphs: Sequence[Paragraph], quoted: Sequence[Sequence[Quotation]]) -> str:
    """The text with every letter of its quotations made an x: marks, punctuation and offsets stay."""
    pieces, at = [], 0
    for paragraph, ones in zip(paragraphs, quoted, strict=True):
        for one in ones:
            if one.outer is None:
                start, end = paragraph.start + one.start, paragraph.start + one.end
                inside = re.sub(r"[^\s]", "x", text[start:end])
                kept = text[end - 1] if text[end - 1] in _SENTENCE_MARKS else inside[-1:]
                first = "X" if text[start].isupper() else inside[:1]
                pieces += [text[at:start], (first + inside[1:])[: end - start - 1] + kept]
                at = end
    return "".join([*pieces, text[at:]])


class _Listener:
    """Goes through an article, paragraph by paragraph, and remembers who spoke last."""

    def __init__(self, text: str, masked: str, speakers: Speakers) -> None:
        self.text = text
        self.masked = masked
        self.speakers = speakers
        self.found: list[Speech] = []
        self.goes_on: str | None = None  # speaker of a quotation that the next paragraph continues
        self.ended_in_speech: str | None = None  # speaker of the speech that the last paragraph ended in

    def hear(self, paragraph: Paragraph, quoted: Sequence[Quotation], sentences: Sequence[tuple[int, int]]) -> None:
        base = paragraph.start
        lines = [_Line(one, base + one.start, base + one.end) for one in quoted if one.outer is None]
        begun, self.speakers.here = len(self.found), None
        if self.goes_on is not None and lines and lines[0].quotation.left == 0:
            lines[0].speaker = self.goes_on
            self.speakers.here = self.goes_on
        marks = [(base + line.quotation.left, base + line.quotation.right) for line in lines]
        for number, (start, end) in enumerate(sentences):
            inside = [line for line in lines if start <= base + line.quotation.left < end]
            cues = find_cues(self.masked, start, end, [span for span in marks if span[0] < end and span[1] > start])
            before = [line for line in lines if base + line.quotation.right <= start]
            self._sentence(base, (start, end), cues, inside, before[-1] if before else None)
            if not cues and not inside:
                self.speakers.lead(lead_of(self.masked[start:end]), start)
        self._without_cue(base, paragraph, lines)
        self._keep(base, lines)
        last = lines[-1] if lines else None
        self.goes_on = (last.speaker or "") if last and last.quotation.open else None
        tail = max(self.found[begun:], key=lambda speech: speech.end, default=None)
        ended = tail is not None and bool(tail.speaker) and self._ends(paragraph, tail.end)
        self.ended_in_speech = tail.speaker if ended and tail else None

    def _ends(self, paragraph: Paragraph, end: int) -> bool:
        """Nothing but an attribution stands behind the last speech of the paragraph."""
        return self.masked[end : paragraph.end].count(". ") == 0

    def _sentence(
        self,
        base: int,
        sentence: tuple[int, int],
        cues: Sequence[Cue],
        lines: Sequence[_Line],
        previous: _Line | None,
    ) -> None:
        start, end = sentence
        speaker = ""
        for number, cue in enumerate(cues):
            if cue.subject is not None:
                speaker = self.speakers.of(cue.subject.text, cue.subject.aside, cue.subject.at)
            else:
                speaker = speaker or self.speakers.of(lead_of(self.masked[start : cue.verb]), "", start)
            self.speakers.said(speaker)
            low = cues[number - 1].said_from if number else start
            high = cues[number + 1].start if number + 1 < len(cues) else end
            self._give(base, cue, speaker, lines, previous, (low, high))
            self._reported(cue, speaker, (start, end), low)
        if cues:
            for line in lines:
                if line.speaker is None and self._continues(line, lines):
                    line.speaker = lines[0].speaker

    def _give(
        self,
        base: int,
        cue: Cue,
        speaker: str,
        lines: Sequence[_Line],
        previous: _Line | None,
        reach: tuple[int, int],
    ) -> None:
        """The quotations right before a cue and behind it, within ``reach``, are its speaker's."""
        low, high = reach
        near = [one for one in lines if low <= base + one.quotation.left and base + one.quotation.right <= cue.start]
        before = near[-1] if near else previous
        if before is not None and before.speaker is None and self._attributes(base, before, cue, before is previous):
            before.speaker = speaker
        for line in lines:
            left = base + line.quotation.left
            if line.speaker is None and cue.verb < left < max(high, cue.said_to):
                if not (_is_name(self.text[line.start : line.end]) and (cue.naming or self._runs_on(base, line))):
                    line.speaker = speaker

    def _runs_on(self, base: int, line: _Line) -> bool:
        """No mark sets the quotation off from the words before it: a "Headless Day" campaign."""
        return self.masked[base : base + line.quotation.left].rstrip()[-1:] not in {",", ":"}

    def _attributes(self, base: int, line: _Line, cue: Cue, other_sentence: bool) -> bool:
        """The cue stands right behind the quotation and says whose it is: "...," she said."""
        between = self.masked[base + line.quotation.right : cue.start]
        if between.strip(_REST) or cue.shape == "inherited":
            return False
        if other_sentence and self.masked[cue.said_from : cue.said_to].strip(_REST):
            return False
        pronoun = cue.subject is not None and cue.subject.text.lower() in {"he", "she", "they"}
        unmarked = not between.strip() and (cue.shape == "after" or pronoun)
        last = self.text[line.start : line.end].rstrip(_MARKS)[-1:]
        return last in ",?!—–…-" or between.lstrip().startswith((",", "—", "–")) or (unmarked and last != ".")

    def _reported(self, cue: Cue, speaker: str, sentence: tuple[int, int], low: int) -> None:
        """Reported words of a cue: those behind it, those before it, or the sentence that it stands in."""
        if not cue.clause:
            return
        before = self.masked[low : cue.start].rstrip()
        said = (cue.said_from, cue.said_to)
        closes = before.endswith((",", "—", "–")) and cue.shape != "inherited" and not cue.explicit
        if before.endswith(_CLOSING) and not cue.explicit:
            return
        if closes and re.search(r"\w", before):
            behind = self.masked[slice(*said)]
            said = (low, sentence[1]) if _goes_on(behind) else (low, cue.start) if not _is_clause(behind) else said
        first, last = self._trim(*said)
        if self._worth(first, last):
            self.found.append(Speech(first, last, self.text[first:last], speaker, False))

    def _trim(self, start: int, end: int) -> tuple[int, int]:
        while start < end and self.masked[start] in " \t\n,;:—–-":
            start += 1
        while start < end and self.masked[end - 1] in " \t\n,;:.—–-":
            end -= 1
        return start, end

    def _worth(self, start: int, end: int) -> bool:
        """At least two words outside quotations."""
        outside = _MASK.sub(" ", self.masked[start : min(end, start + _LOOKED_AT)])
        return len(_WORD.findall(outside)) >= 2

    def _continues(self, line: _Line, lines: Sequence[_Line]) -> bool:
        """The second half of a split quotation."""
        return line is not lines[0] and lines[0].speaker is not None

    def _without_cue(self, base: int, paragraph: Paragraph, lines: Sequence[_Line]) -> None:
        """Quotations without a verb: they continue the one before, or the one after, or the last paragraph's."""
        for number, line in enumerate(lines):
            if line.speaker is not None or not self._is_sentence(base, line):
                continue
            before = lines[number - 1].speaker if number else None
            following = lines[number + 1] if number + 1 < len(lines) else None
            if before:
                line.speaker = before
            elif line.quotation.left == 0 and self.ended_in_speech:
                line.speaker = self.ended_in_speech
            elif following is not None and following.speaker:
                between = self.masked[base + line.quotation.right : base + following.quotation.left]
                line.speaker = following.speaker if not between.strip(_REST) else None
            elif line.quotation.left > 0:
                line.speaker = self.speakers.leading(base + line.quotation.left)

    def _is_sentence(self, base: int, line: _Line) -> bool:
        """It stands as a sentence of its own: a capital, an end mark, and a sentence's end before it."""
        text = self.text[line.start : line.end].strip().rstrip(_MARKS)
        before = self.masked[max(0, base + line.quotation.left - 60) : base + line.quotation.left].rstrip()
        opens = not before or line.quotation.left == 0 or before[-1] in ".?!:”\"’'"
        return opens and text[:1].isupper() and (text[-1:] in ".?!…,—–-" or line.quotation.open)

    def _keep(self, base: int, lines: Sequence[_Line]) -> None:
        for line in lines:
            text = self.text[line.start : line.end]
            before = self.masked[max(base, base + line.quotation.left - 40) : base + line.quotation.left]
            if _NAMED_SO.search(before):
                continue
            if line.speaker is None and not (self._is_sentence(base, line) and not _is_name(text)):
                continue
            self.found.append(Speech(line.start, line.end, text, line.speaker or "", True))


_CLOSING = ('"', "”", "'", "’", ",'", '",', "”,", "’,", "',")
_FINITE = re.compile(
    r"\b(?:would|had|was|were|is|are|will|has|have|could|should|must|might|may|can|did|does|do|cannot|\w+n['’]t|\w+ed)\b"
)
_SETTING = re.compile(
    r"(?:on|in|at|during|after|through|via|to|from|by|late|early|last|this|yesterday|today|tonight|earlier|later"
    r"|afterwards|as|before|while|when|who|with|of|about|over|outside|recently|again|following|speaking|and|\w+day"
    r"|adding|citing|referring|into)\b"
)


def _goes_on(behind: str) -> bool:
    """Behind "..., he said" the same sentence goes on: ", but it could be breathed", " on Friday, it was met"."""
    comma = behind.find(",") if _SETTING.match(behind) else 0 if behind.startswith(",") else -1
    return comma >= 0 and _FINITE.search(behind, comma) is not None


def _is_clause(behind: str) -> bool:
    return not _SETTING.match(behind) and _FINITE.search(behind) is not None


def _is_name(text: str) -> bool:
    """ "The Long Water", "the Needle": every word that counts has a capital."""
    words = _WORD.findall(text)
    telling = [word for word in words if word.lower() not in _SMALL]
    if text.rstrip()[-1:] in {".", "?", "!"} or len(words) > 8:
        return False
    return bool(telling) and all(word[0].isupper() or word[0].isdigit() for word in telling)
