"""The OpenAPI document as a page: plain HTML made here, so that it works offline and under the page's policy.

Swagger UI and its kin come from other servers or bring megabytes of script. This page is for reading, curl for trying.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Schema = Mapping[str, Any]

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{title} API</title>
<link rel="icon" type="image/svg+xml" href="/nutgraf/icon.svg"><link rel="stylesheet" href="/nutgraf/docs.css"></head>
<body><header><h1>{title} API <small>{version}</small></h1>{about}
<p>For machines: <a href="/openapi.json">openapi.json</a>. The chat page: <a href="/">/</a>.</p>
<pre><code>{example}</code></pre></header>
<nav aria-label="Endpoints"><ul>{contents}</ul></nav><main>{body}</main></body></html>
"""
_EXAMPLE = """curl -s {base}v1/ask -H 'Content-Type: application/json' -d '{{"question": "Who met in Seoul?"}}'"""
_CODE = re.compile(r"`([^`]+)`")


def docs_page(document: Schema, base: str) -> str:
    """The page for an OpenAPI 3.1 ``document`` of a server at ``base``, an address that ends with a slash."""
    info = document["info"]
    operations = [
        (method.upper(), path, operation, f"{method}{re.sub(r'[^a-z]+', '-', path)}")
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    contents = "".join(
        f'<li><a href="#{anchor}"><code>{method} {escape(path)}</code></a> {escape(operation.get("summary", ""))}</li>'
        for method, path, operation, anchor in operations
    )
    body = "".join(
        _operation(document, method, path, operation, anchor) for method, path, operation, anchor in operations
    )
    return _PAGE.format(
        title=escape(info["title"]),
        version=escape(info["version"]),
        about=_prose(info.get("description", "")),
        example=escape(_EXAMPLE.format(base=base)),
        contents=contents,
        body=body,
    )


def _operation(document: Schema, method: str, path: str, operation: Schema, anchor: str) -> str:
    parts = [
        f'<section id="{anchor}"><h2><code>{method} {escape(path)}</code></h2>',
        _prose(operation.get("description", "")),
    ]
    parameters = operation.get("parameters", ())
    parts += _table("Parameters", ((p["name"], p["schema"], p.get("required", False), p) for p in parameters))
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = _resolved(document, content["schema"])
        parts += _table(f"Body, {kind}", _fields(document, schema))
    for status, response in operation["responses"].items():
        for kind, content in response.get("content", {}).items():
            fields = _table(f"Response {status}, {kind}", _fields(document, _resolved(document, content["schema"])))
            parts += fields if not status.endswith("XX") else ()  # errors have one form, which the top tells
    return "".join((*parts, "</section>"))


def _fields(document: Schema, schema: Schema) -> Iterator[tuple[str, Schema, bool, Schema]]:
    """Name, schema, whether it is needed, and what describes each field of an object and of the objects in it."""
    required = schema.get("required", ())
    fields = schema.get("properties", {}).items()
    for name, field in sorted(fields, key=lambda item: item[0] not in required):
        yield name, field, name in required, field
        inner = _resolved(document, field.get("items", field))
        for sub_name, sub_field, needed, said in _fields(document, inner):
            yield f"{name}.{sub_name}", sub_field, needed, said


def _table(caption: str, rows: Iterator[tuple[str, Schema, bool, Schema]]) -> list[str]:
    cells = [
        f"<tr><th scope=row><code>{escape(name)}</code></th><td>{escape(_type(schema))}</td>"
        f"<td>{'required' if needed else _default(schema)}</td><td>{_said(said)}</td></tr>"
        for name, schema, needed, said in rows
    ]
    return [f"<table><caption>{escape(caption)}</caption><tbody>", *cells, "</tbody></table>"] if cells else []


def _type(schema: Schema) -> str:
    """What kind of value it is, with its bounds: "integer, 1 to 50", "list of string"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if kinds := schema.get("anyOf"):
        return " or ".join(_type(kind) for kind in kinds if kind.get("type") != "null")
    if values := schema.get("enum"):
        return " | ".join(map(str, values))
    kind = str(schema.get("format") or schema.get("type", "any"))
    if kind == "array":
        return f"list of {_type(schema['items'])}"
    low, high = schema.get("minimum"), schema.get("maximum")
    longest = schema.get("maxLength")
    bounds = f", {low:,g} to {high:,g}" if low is not None and high is not None else ""
    return kind + bounds + (f", at most {longest:,} characters" if longest else "")


def _default(schema: Schema) -> str:
    return "" if schema.get("default") in (None, "", []) else f"default {escape(json.dumps(schema['default']))}"


def _said(schema: Schema) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(schema.get("description", "")))


def _prose(text: str) -> str:
    return "".join(f"<p>{_said({'description': part})}</p>" for part in text.split("\n\n") if part)


def _resolved(document: Schema, schema: Schema) -> Schema:
    """The schema that a reference stands for."""
    if "$ref" not in schema:
        return schema
    found: Schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found
