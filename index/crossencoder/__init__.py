"""The network that reads a question together with a text: how relevant, whether there is an answer, and where.

from index.crossencoder import CrossEncoder
for reading in CrossEncoder().read("Who designed the bridge?", texts):
    print(reading.relevant, reading.answerable, reading.spans)
"""

from .engine import CrossEncoder, Reading, Span
from .weights import has_weights, weights_path

__all__ = ["CrossEncoder", "Reading", "Span", "has_weights", "weights_path"]
