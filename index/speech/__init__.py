"""Who says what in an article: quotations and reported speech with their speakers.

Rules of news English, no model: quotation marks are paired (quotations.py) and masked; verbs of speech with their
subjects are found in what is left (cues.py); each stretch of speech is given to the subject of its cue, and that is
resolved to the fullest name in the article (people.py). Where nothing tells who speaks, the speaker is "".
"""

from __future__ import annotations

from .finder import find_speech, name_in

__all__ = ["find_speech", "name_in"]
