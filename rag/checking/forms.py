"""Irregular forms of English words and their base form, which no stemmer knows."""

from __future__ import annotations

_FORMS = """
arise arose arisen|beat beaten|become became|begin began begun|bite bit bitten|bleed bled|blow blew blown
break broke broken|bring brought|build built|buy bought|catch caught|choose chose chosen|come came|deal dealt
dig dug|do did done|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed
feel felt|fight fought|find found|fly flew flown|forbid forbade forbidden|forget forgot forgotten
forgive forgave forgiven|freeze froze frozen|get got gotten|give gave given|go went gone|grow grew grown
hang hung|have had|hear heard|hide hid hidden|hold held|keep kept|know knew known|lay laid|lead led|learn learnt
leave left|lend lent|light lit|lose lost|make made|mean meant|meet met|pay paid|ride rode ridden|ring rang rung
rise rose risen|run ran|say said|see saw seen|seek sought|sell sold|send sent|shake shook shaken|shoot shot
show showed shown|shrink shrank shrunk|sing sang sung|sink sank sunk|sit sat|sleep slept|slide slid
speak spoke spoken|spend spent|spring sprang sprung|stand stood|steal stole stolen|stick stuck
strike struck stricken|swear swore sworn|sweep swept|swim swam swum|swing swung|take took taken|teach taught
tear tore torn|tell told|think thought|throw threw thrown|understand understood|wake woke woken|wear wore worn
weep wept|win won|withdraw withdrew withdrawn|write wrote written|undergo underwent undergone
undertake undertook undertaken|overtake overtook overtaken|overthrow overthrew overthrown
foresee foresaw foreseen|uphold upheld|withhold withheld|rebuild rebuilt|die dead died death|man men|woman women
child children|person people|foot feet|tooth teeth|mouse mice|wife wives|life lives|thief thieves|half halves
leaf leaves|wolf wolves
""".replace("\n", "|")

BASE = {form: forms.split()[0] for forms in _FORMS.strip("|").split("|") for form in forms.split()}
"""The base form of each irregular form; a base form is its own."""
