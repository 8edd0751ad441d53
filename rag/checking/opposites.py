"""Does a sentence say the opposite: a "not" too many or too few, "upheld" for "struck down", "highest" for "lowest"?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from index.stopwords import STOP_WORDS

from .quotations import without_quotations
from .text import Text, plain

# Words that exclude one another when they are said of the same thing: one side of a line is the opposite of the other.
# A line that is indented goes on with the one before.
_PAIRS = """
rise rises rose risen rising increase increases increased grow grows grew grown growing climb climbed climbs
  jump jumped surge surged soar soared gain gained gains higher | fall falls fell fallen falling decrease
  decreased drop dropped drops decline declined shrink shrank slip slipped tumbled plunged plunge slumped lower
  shrunk sank freeze freezes froze frozen
approve approves approved pass passes passed accept accepts accepted back backed backs support supports
  supported endorse endorsed uphold upholds upheld adopt adopted ratified agreed | reject rejects rejected oppose
  opposes opposed block blocked blocks struck overturned overturn vetoed veto dismissed refuse refused refuses
  declined
welcome welcomes welcomed praise praised praises applauded hailed | criticise criticises criticised criticize
  criticizes criticized condemn condemned condemns denounced slammed complained deplored
admit admits admitted confess confessed acknowledged concede conceded | deny denies denied denying
acquit acquitted cleared exonerated | convict convicted guilty sentenced
open opens opened opening reopen reopened reopens | close closes closed closing shut shuts shuttered
begin begins began begun start starts started starting launch launched continue continued resume resumed keep
  keeps kept | end ends ended ending stop stops stopped halt halted finish finished cease suspend suspended
arrest arrested detained jailed | release released freed
allow allows allowed permit permitted permits legalise legalised legalize legalized | ban bans banned forbid
  forbidden prohibit prohibited prohibits bar barred outlaw outlawed
accept accepted accepts offer offered offers agreed agree agrees | refuse refused refuses decline declined
raise raises raised hike hiked increase increased | cut cuts lower lowers lowered reduce reduces reduced
strengthen strengthened strengthens | weaken weakened weakens
include included includes | exclude excluded excludes
join joined joins enter entered | leave left quit quits exit exited
save saved rescue rescued | kill killed
import imports imported | export exports exported
highest | lowest
largest biggest | smallest
oldest | youngest
best | worst
longest tallest | shortest
most majority | least minority fewest
always | never
right-wing conservative | left-wing liberal
northern north | southern south
eastern east | western west
primary | secondary
foreign international | domestic national
innocent | guilty
true | false
cheap cheaper | expensive costlier dearer
hot hotter warm warmer | cold colder cool cooler
temporary temporarily | permanent permanently
easy easier | hard harder difficult
success successful succeeded succeed | failure unsuccessful failed fail
strong stronger | weak weaker
safe safely | dangerous unsafe
confirm confirmed confirms caused | denied disproved
peace | war
"""
_NEGATION = re.compile(
    r"\b(?:not|never|nobody|none|neither|nor|without|cannot|unable|no longer|rather than|instead of|yet to"
    r"|(?:fail|failed|fails|failing|refuse|refused|refuses|refusing|decline|declined|declines|declining) to|no)\b|n't\b"
)


def _lines() -> list[str]:
    return _PAIRS.replace("\n  ", " ").strip().splitlines()


def opposite(claim: Text, premises: Sequence[Text]) -> str:
    """A word of the claim that stands in the premises as its opposite, or with a "not" on one side alone."""
    sentences = [sentence for premise in premises for sentence in premise.sentences]
    if not sentences:
        return ""
    nearest = max(sentences, key=lambda sentence: len(claim.words & claim.stems(sentence)))
    # Quotations are checked word for word.
    mine, theirs = plain(without_quotations(claim.text)), plain(nearest)
    denied = _one_sided(mine, theirs, claim.stems)
    turned = _turned(mine, theirs)
    if bool(denied) != bool(turned):
        return f"the cited paragraph says the opposite ({denied or turned})"
    return ""


def _one_sided(mine: str, theirs: str, stems: Callable[[str], frozenset[str]]) -> str:
    """A word of both that one of them alone denies, "" for none."""
    denied, their_denied = _denied(mine, stems), _denied(theirs, stems)
    all_mine, all_theirs = stems(mine), stems(theirs)
    for stem in sorted(denied - their_denied):
        if stem in all_theirs:
            return stem
    return next((stem for stem in sorted(their_denied - denied) if stem in all_mine), "")


def _denied(text: str, stems: Callable[[str], frozenset[str]]) -> frozenset[str]:
    """The stem of the first content word behind each "not"."""
    found: set[str] = set()
    for match in _NEGATION.finditer(text):
        behind = re.split(r"[,.;:!?\"()]| - ", text[match.end() :])[0]
        words = [word for word in re.findall(r"[\w'-]+", behind) if word not in STOP_WORDS]
        for word in words[:1]:
            found |= stems(word)
    return frozenset(found)


def _turned(mine: str, theirs: str) -> str:
    """A word of mine whose opposite stands in theirs, where neither text has both, "" for none."""
    my_words, their_words = _words(mine), _words(theirs)
    for word in sorted(my_words - their_words):
        for same, other in _opposites().get(word, ()):
            if their_words & other and not their_words & same and not my_words & other:
                return word
        for prefix in ("un", "in", "il", "im", "dis", "ir", "non-"):
            stripped = word.removeprefix(prefix)
            if (stripped != word and len(stripped) > 4 and stripped in their_words) or prefix + word in their_words:
                return word
    return ""


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text))


@cache
def _opposites() -> dict[str, list[tuple[frozenset[str], frozenset[str]]]]:
    """For each word (words that say the same, words that say the opposite), once for each line that has it."""
    table: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    for line in _lines():
        left, right = (frozenset(side.split()) for side in line.split("|"))
        for same, other in ((left, right), (right, left)):
            for word in same:
                table.setdefault(word, []).append((same, other))
    return table


@cache
def _sides() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(side.split()) for line in _lines() for side in line.split("|"))


@cache
def synonyms(stem: str) -> frozenset[str]:
    """Words that say the same as one that begins like ``stem``."""
    if len(stem) < 4:
        return frozenset()
    return frozenset().union(*(side for side in _sides() if any(word.startswith(stem) for word in side)))
