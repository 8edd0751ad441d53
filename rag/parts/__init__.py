"""Questions that need several steps: taken apart, answered part by part, joined with their citations."""

from .finding import Found, find_parts
from .joining import join, with_parts
from .lists import read_list
from .proposing import may_propose, propose
from .schema import Kind, Part, Split
from .splitting import holds_typed, split, split_up

__all__ = [
    "Found",
    "Kind",
    "Part",
    "Split",
    "find_parts",
    "holds_typed",
    "join",
    "may_propose",
    "propose",
    "read_list",
    "split",
    "split_up",
    "with_parts",
]
