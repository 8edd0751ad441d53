"""The dialogues that follow-up questions are measured on, and the measure."""

from collections import Counter

from eval.bench.dialogues import ARTICLES, Found, Turn, figures, glued, read_dialogues
from eval.cases import Evidence

TURN = Turn("And then?", "ellipsis", "What happened after the flood?", "It rained.", (Evidence("a.txt", "rain"),))
ALONE = Turn("Who is she?", "switch", "Who is she?", "Ana.", ())


def found(turn: Turn, understood: str, **ranks: int | None) -> Found:
    every = dict.fromkeys(("raw", "glued", "rules", "rules_gold", "oracle"))
    return Found("d", 1, turn, every | {"rules": understood}, every | ranks)


def test_there_are_dialogues_of_two_to_four_turns_on_articles_that_exist():
    dialogues = read_dialogues()
    assert len({one.id for one in dialogues}) == len(dialogues) >= 70
    assert {len(one.turns) for one in dialogues} == {2, 3, 4}
    assert sum(len(one.turns) for one in dialogues) >= 160
    assert sum(any(not turn.leans for turn in one.turns[1:]) for one in dialogues) >= 25
    halves = Counter(one.half for one in dialogues)
    assert min(halves.values()) > 0.4 * len(dialogues)
    texts = {path.name: path.read_text(encoding="utf-8") for folder in ARTICLES for path in folder.iterdir()}
    for dialogue in dialogues:
        for turn in dialogue.turns:
            assert turn.evidence
            for one in turn.evidence:
                assert " ".join(one.quote.split())[:20] in " ".join(texts[one.article].replace("’", "'").split())


def test_figures_count_first_passages_and_wrong_changes():
    told = figures(
        [
            found(TURN, "What happened after the flood?", raw=None, rules=1, oracle=1),
            found(TURN, "And then?", raw=4, rules=4, oracle=2),
            found(ALONE, "Who is Ana?", raw=1, rules=None, oracle=1),
            found(ALONE, "Who is she?", raw=1, rules=1, oracle=1),
        ]
    )
    assert told["recall@5"] == {"turns": 4, "raw": 0.75, "glued": 0, "rules": 0.75, "rules_gold": 0, "oracle": 1}
    assert told["recall@1"]["rules"] == 0.5
    assert (told["changed_wrongly"], told["left_alone_wrongly"], told["stand_alone"]) == (0.5, 0.5, 2)
    assert told["by_type"]["ellipsis"]["oracle"] == 1


def test_the_previous_question_is_glued_before_what_leans():
    history = [("Who is the mayor?", "Ana.")]
    assert glued("When was she elected?", history) == "Who is the mayor? When was she elected?"
    assert glued("What does the museum of Belmora cost?", history) == "What does the museum of Belmora cost?"
