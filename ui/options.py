"""Options that several commands of the command line share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Store = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the store; .nutgraf unless set otherwise.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="Only articles of this day or later.")]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Only articles of this day or earlier.")]
Sources = Annotated[list[str] | None, typer.Option("--source", metavar="NAME", help="Only this source; repeatable.")]
Rerank = Annotated[
    bool | None, typer.Option("--rerank/--no-rerank", help="Read the best passages again to put them in order.")
]
Limit = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Most entries taken from a feed, the newest; 50 unless set otherwise."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
LlmUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Server that speaks OpenAI's protocol and has the model named by --llm."),
]
Llm = Annotated[str | None, typer.Option(metavar="PROVIDER:MODEL", help="Let this language model write the answer.")]
Host = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Where HTTP is served; 127.0.0.1 unless set otherwise.")
]
ApiKeyFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="Keys, one a line; then others may be let in by --host.")
]
