"""The tutorial and the recipes are run as they stand: each block of shell, and what should come out of it."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import PLACE, ROOT, SIMULARK, clean_environment

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
MARK = "--- block "


def blocks(name):
    """(number, shell, what should come out or None) of a page."""
    found = BLOCK.findall((ROOT / "docs" / name).read_text(encoding="utf-8"))
    for i, (kind, text) in enumerate(found):
        if kind == "sh":
            said = found[i + 1][1] if i + 1 < len(found) and found[i + 1][0] == "text" else None
            yield i, text, said


def pattern(text):
    """… stands for anything within a line; a line of its own for any lines."""
    lines = [r"(?:[^\n]*\n)*?" if line == "…" else re.escape(line).replace("…", r"[^\n]*") + r"\n" for line in text.splitlines()]
    return re.compile("".join(lines))


def readme_session():
    """The README's session, but for building and installing."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## A session")[1].split("Without `--dbname`")[0]
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    return "\n".join(line for line in lines if not re.match("make|sudo", line)) + "\n"


def test_the_session_in_the_readme(folder):
    done = run_shell(f"cd {folder / 'work'}; ln -s {ROOT / 'fixtures'} .; set -e\n{readme_session()}", folder)
    assert done.returncode == 0 and "No difference." in done.stdout, done.stdout


def run_shell(script, folder):
    (folder / "bin").mkdir()
    (folder / "bin" / "simulark").symlink_to(SIMULARK)
    # ssh without a network: the other machine is the same one, with a private instance of its own.
    (folder / "bin" / "ssh").write_text(f"#!/bin/sh\nshift\nSIMULARK_HOME={folder}/work/there exec sh -c \"$*\"\n")
    (folder / "bin" / "ssh").chmod(0o755)
    (folder / "work").mkdir()
    env = clean_environment(HOME=folder, CLONE=ROOT, SIMULARK_HOME=folder / "work" / "here")
    env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
    return subprocess.run(["bash", "-c", script], cwd=folder / "work", env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300)


def run_page(name, folder):
    done = run_shell("set -eu\n" + "".join(f"echo '{MARK}{i}'\n{text}" for i, text, _ in blocks(name)), folder)
    out = dict((int(part.split("\n", 1)[0]), part.split("\n", 1)[1]) for part in done.stdout.split(MARK)[1:])
    for i, text, said in blocks(name):
        assert i in out, f"stopped before\n{text}\n{done.stdout[-3000:]}"
        assert said is None or pattern(said).fullmatch(out[i]), f"{text}\n--- should give\n{said}\n--- gives\n{out[i]}"
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.fixture
def folder():
    """One that a private instance's user can reach, where root runs the tests; gone afterwards, with what runs in it."""
    folder = Path(tempfile.mkdtemp(prefix="simulark-", dir=PLACE))
    folder.chmod(0o755)
    yield folder
    for name in ("here", "there", "scratch"):
        if (folder / "work" / name).exists():
            subprocess.run([SIMULARK, "local", "reset", "-q"], env=clean_environment(SIMULARK_HOME=folder / "work" / name))
    shutil.rmtree(folder)


@pytest.mark.parametrize("page", ["tutorial.md", "recipes.md"])
def test_the_page_does_what_it_says(page, folder):
    for program in ("jq", "yq", "git", "psql"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    run_page(page, folder)


def named_files():
    """What architecture.md says stands in the code: (layer, file's name without its ending, or its beginning and …)."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for layer, block in re.findall(r"^\*\*(\w+)\*\*:.*?\n\n((?:    .*\n)+)", text, re.M):
        for names in re.findall(r"^ {4,6}(\S+(?: \S+)*) {2}", block, re.M):
            yield from ((layer, name) for name in names.split())
    yield from re.findall(r"\b(base|model|format|pg|flow|cmd)/([a-z]\w+)\.[ch]\b", text)


@pytest.mark.parametrize("layer, name", sorted(set(named_files())))
def test_the_files_of_the_architecture_are_there(layer, name):
    folders = (ROOT / "src" / layer, ROOT / "include" / "simulark" / layer)
    assert any(list(folder.glob(name.replace("…", "*") + ".[ch]")) for folder in folders)
