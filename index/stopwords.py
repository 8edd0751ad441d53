"""Words that say nothing about the topic of a question, left out of keyword search."""

STOP_WORDS = frozenset(
    """
    a about above after again against all am an and any are aren't as at be because been before being below
    between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each
    ever few for from further had hadn't has hasn't have haven't having he her here hers herself him himself his
    how i if in into is isn't it its itself just let's me more most mustn't my myself no nor not now of off on
    once only or other ought our ours ourselves out over own s same shall shan't she should shouldn't so some
    such t than that the their theirs them themselves then there these they this those through to too under
    until up very was wasn't we were weren't what what's when when's where where's which while who who's whom
    whose why why's will with won't would wouldn't you your yours yourself yourselves according tell give please
    many much
    """.split()
)
