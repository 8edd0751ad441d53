"""Answers written by a language model and checked by code.

| module | what it does |
|---|---|
| models | a name, an address or a folder -> a LangChain chat model |
| local | a chat model from a folder of Hugging Face files |
| prompt | question, history and paragraphs -> messages within a budget of tokens |
| asking | the model's reply piece by piece, with an end to waiting and with retries |
| failures | what went wrong, in one line for a person, without secrets |
| plain | what a model wrote -> plain text without links, images or markup |
| writing | the reply -> checked claims, sentence by sentence |
"""

from __future__ import annotations

from .models import make_model, plain_model
from .writing import write

__all__ = ["make_model", "plain_model", "write"]
