"""The house rules that no single test module owns: imports, sizes, documents, and what must never be in the tree."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import json
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from index.errors import NutgrafError
from index.settings import IndexSettings
from rag.settings import RagSettings
from ui.settings import UiSettings

ROOT = Path(__file__).parents[1]
PACKAGES = ("index", "rag", "eval", "ui")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HEAVY = {
    "torch", "sentence_transformers", "transformers", "openvino", "faiss", "numpy", "apsw", "tokenizers", "trafilatura",
    "langchain", "langchain_core", "tiktoken", "gradio", "fastapi", "rich", "feedparser", "httpcore", "protego",
}  # fmt: skip


def sources() -> Iterator[Path]:
    """Every Python file of the four packages; what runs in environments of its own is not ours to size."""
    for package in PACKAGES:
        yield from (path for path in (ROOT / package).rglob("*.py") if "peers" not in path.parts)


def tracked() -> Iterator[Path]:
    """Every text file that belongs to the project, in a checkout or in a source package."""
    hidden = [ROOT / ".ci" / "run", ROOT / ".gitignore", ROOT / ".gitattributes"]
    top = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".")]
    below = [path for folder in (*PACKAGES, "seeds", "tests") for path in (ROOT / folder).rglob("*") if path.is_file()]
    binary = {".pyc", ".png", ".gz", ".tiktoken", ".safetensors"}
    yield from (path for path in hidden + top + below if path.exists() and path.suffix not in binary)


def in_child(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("module", ["index", "rag", "ui.cli"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    loaded = json.loads(in_child(f"import json, sys, {module}; print(json.dumps(list(sys.modules)))"))
    assert module in loaded
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, ui.cli\ntry: ui.cli.main(['--help'])\nexcept SystemExit: print('MODULES', *sys.modules)"
    shown, _, modules = in_child(code).partition("MODULES ")
    assert "Usage: nutgraf" in shown
    assert {name.partition(".")[0] for name in modules.split()} & HEAVY == set()


@pytest.mark.parametrize("name", ["index", "rag"])
def test_all_is_exactly_what_is_public(name: str) -> None:
    package = importlib.import_module(name)
    assert {public: getattr(package, public, None) is not None for public in package.__all__} == dict.fromkeys(
        package.__all__, True
    )
    assert len(set(package.__all__)) == len(package.__all__)
    own = {key for key, value in vars(package).items() if getattr(value, "__module__", "").startswith(f"{name}.")}
    assert own <= set(package.__all__)
    assert names_for_type_checkers(package) == set(package.__all__)


def names_for_type_checkers(package: ModuleType) -> set[str]:
    """What the block under ``if TYPE_CHECKING`` takes from the package's own modules."""
    tree = ast.parse(inspect.getsource(package))
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom) and node.level]
    return {alias.name for node in imports for alias in node.names}


@pytest.mark.parametrize("name", ["index", "rag"])
def test_a_name_that_is_not_public_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = importlib.import_module(name).nonsense


@pytest.mark.parametrize("name", ["index.errors", "rag.errors", "eval.errors"])
def test_the_drawn_error_tree_is_the_real_one(name: str) -> None:
    module = importlib.import_module(name)
    drawn: dict[str, str] = {}
    branch: list[str] = []
    for line in (module.__doc__ or "").splitlines():
        if match := re.match(r"^((?:│   |    )*(?:├── |└── ))?(\w+Error)\b", line):
            depth = len(match[1] or "") // 4
            branch[depth:] = [match[2]]
            drawn[match[2]] = branch[depth - 1] if depth else "Exception"
    classes = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, NutgrafError)]
    assert drawn == {error.__name__: error.__base__.__name__ for error in classes if error.__base__}


def test_every_error_of_ours_is_defined_in_an_errors_module() -> None:
    for path in sources():
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    errors = [NutgrafError]
    for error in errors:
        errors += error.__subclasses__()
    assert {error.__module__ for error in errors} == {"index.errors", "rag.errors", "eval.errors"}


def test_files_and_functions_stay_short() -> None:
    long = []
    for path in sources():
        text = path.read_text("utf-8")
        if (lines := text.count("\n")) > 400:
            long.append(f"{path.relative_to(ROOT)}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 60:
                    long.append(f"{path.relative_to(ROOT)}: {node.name} has {length} lines")
    assert long == []


def test_nothing_prints_behind_the_command_line() -> None:
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path for path in sources() if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


@pytest.mark.parametrize("settings", [IndexSettings, RagSettings, UiSettings])
def test_every_setting_is_documented(settings: type) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    fields = [field.name for field in dataclasses.fields(settings)]
    assert [name for name in fields if f"`{name}`" not in readme] == []


def test_the_version_is_told_everywhere() -> None:
    from importlib.metadata import version

    assert version("nutgraf") == PROJECT["version"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[?{re.escape(PROJECT['version'])}\b", changes, re.M)


def test_the_licence_is_the_one_that_is_declared() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_readme_shows_the_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = set(
        re.findall(r"^  (\w+)  ", in_child("import ui.cli; ui.cli.main([])").partition("Commands:")[2], re.M)
    )
    used = set(re.findall(r"^\s*(?:\$ )?nutgraf (\w+)", readme, re.M))
    assert used
    assert used <= commands
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert set(re.findall(r"\bmake (ask|chat|test|eval|clean)\b", readme)) >= {"ask", "chat", "test"}
    assert targets >= {"ask", "chat", "test", "eval", "clean"}


def test_no_trace_of_a_workplace() -> None:
    forbidden = re.compile(
        # Put together here, so that this file does not find itself.
        "|".join(
            [
                "/" + "work/",
                "/" + "root/",
                r"\bissue" + r" #?\d",
                "py" + "pi.org",
                "python" + "hosted",
                "TO" + "DO",
                "FIX" + "ME",
            ]
        )
    )
    found = []
    for path in tracked():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if match := forbidden.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []


CALL = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)"  # an address reserved for documents


def test_tests_reach_no_network() -> None:
    with pytest.raises(PermissionError, match="tests use no network"):
        exec(CALL)
    with pytest.raises(PermissionError, match="tests use no network"):
        socket.getaddrinfo("example.org", 80)
    child = subprocess.run([sys.executable, "-c", CALL], capture_output=True, text=True, check=False)
    assert "PermissionError: tests use no network" in child.stderr
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


ROAD = """
import json, sys
harmless = {{"socket.__new__", "socket.bind"}}  # a library asks at import whether IPv6 is there, by binding to ::1
seen = []
sys.addaudithook(lambda event, _: seen.append(event) if event.startswith("socket.") and event not in harmless else None)
from ui.cli import main
for arguments in (["index", {seeds!r}, "--store", "s", "-q"], ["ask", "Who met Noh Kyu-duk?", "--store", "s"]):
    try:
        main(arguments)
    except SystemExit as end:
        assert end.code == 0, end.code
print(json.dumps(seen + [name for name in sys.modules if name.startswith("index.web")]))
"""


def test_indexing_and_asking_reach_for_no_network() -> None:
    printed = in_child(ROAD.format(seeds=str(ROOT / "seeds"))).splitlines()
    assert any("[1]" in line for line in printed)
    assert json.loads(printed[-1]) == []
