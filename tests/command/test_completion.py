"""Completion: what is offered, from the tables and from the database; and that each shell takes it."""

import shutil
import subprocess
import time

import pytest

import instance
from harness import SIMULARK, clean_environment, execute


@pytest.fixture(scope="module")
def filled(server, filled_template):
    database = server.create(filled_template)
    execute(database, "INSERT INTO projects (user_id, name) VALUES (%s, 'Online shop'), (%s, 'Don''t'), (%s, E'un\\nsafe')",
            (instance.ADA,) * 3)
    execute(database, "INSERT INTO templates (name, category, graph_data) VALUES ('Event store', 'patterns', '{}')")
    return database


def offered(*words, env=None):
    done = subprocess.run([SIMULARK, "__complete", "--", *words], capture_output=True, text=True,
                          env=clean_environment(HOME="/nonexistent", **(env or {})))
    assert done.returncode == 0 and not done.stderr
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("words, expected", [
    (["ex"], ["export"]),
    (["-q", "--dbname", "x", "ex"], ["export"]),
    (["schema", ""], ["apply", "check", "print"]),
    (["help", "ver"], ["verify"]),
    (["export", "--ou"], ["--output"]),
    (["import", "--on-conflict", "re"], ["replace"]),
    (["import", "--on-conflict=s"], ["--on-conflict=skip"]),
    (["export", "--only", "nodes,ed"], ["nodes,edges"]),
    (["export", "--only=nodes,ed"], ["--only=nodes,edges"]),
    (["export", "--include", "api_keys,"], ["api_keys,api_keys", "api_keys,history"]),
    (["export", "-o", "x"], [":files"]),
    (["import", "x"], [":files"]),
    (["convert", "a.ark", ""], [":files"]),
    (["convert", "a.ark", "b.ark", ""], []),
    (["export", "Sh"], []),
    (["export", "--nonsense", "--ou"], ["--output"]),
    (["nonsense", ""], []),
    (["export", "--", "--ou"], []),
])
def test_what_is_offered(words, expected):
    assert offered(*words) == expected


@pytest.mark.parametrize("words, expected", [
    (["export", "--project", ""], ["Blog", "Don't", "Online shop", "Shop"]),
    (["export", "--project", "On"], ["Online shop"]),
    (["export", "--project=On"], ["--project=Online shop"]),
    (["export", "--user", ""], ["ada@example.org", "bob@example.org"]),
    (["import", "--owner", "bob"], ["bob@example.org"]),
    (["import", "--as", "ada"], ["ada@example.org"]),
    (["tier", "usage", "b"], ["bob@example.org"]),
    (["tier", "show", ""], ["enterprise", "free", "pro"]),
    (["template", "unpublish", ""], ["Event store"]),
    (["template", "use", "Ev"], [":files", "Event store"]),
])
def test_names_in_the_database(filled, words, expected):
    assert offered("-d", filled.url, *words) == expected
    assert offered(*words, env={"DATABASE_URL": filled.url}) == expected


def test_a_transfer_asks_both_databases(filled, empty_database):
    ends = ("transfer", "--from", filled.url, "--to", empty_database.url)
    assert offered(*ends, "--project", "Sh") == ["Shop"]
    assert offered(*ends, "--owner", "") == []


def test_no_database_is_waited_for(tmp_path):
    """Neither one that does not exist nor one that never answers."""
    import socket

    assert offered("-d", "host=/nonexistent", "export", "--project", "") == []
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / ".s.PGSQL.5432"))
        silent.listen(1)
        began = time.monotonic()
        assert offered("-d", f"host={tmp_path}", "export", "--project", "") == []
        assert time.monotonic() - began < 5


def shell_program(name):
    program = shutil.which(name)
    if not program:
        pytest.skip(f"{name} is not installed")
    return program


def bash_completes(line, folder, env):
    """What bash's completion function gives for a line, as bash breaks it."""
    script = r"""
source <("$SIMULARK_PROGRAM" completion bash)
simulark() { "$SIMULARK_PROGRAM" "$@"; }
shopt -s extglob
COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() rest=$1
# Words as readline makes them: blanks part them, quotes keep them, = and : are words of their own.
while [[ -n $rest ]]; do
    if [[ $rest =~ ^[[:space:]]+ ]]; then :
    elif [[ $rest =~ ^[=:]+ ]]; then COMP_WORDS+=("${BASH_REMATCH[0]}")
    elif [[ $rest =~ ^\'[^\']*\'? || $rest =~ ^(\\.|[^[:space:]=:])+ ]]; then COMP_WORDS+=("${BASH_REMATCH[0]}")
    fi
    rest=${rest:${#BASH_REMATCH[0]}}
done
[[ $1 == *[[:space:]] && $1 != *\\[[:space:]] ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_simulark
printf '%s\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run([shell_program("bash"), "--norc", "-c", script, "bash", line], capture_output=True, text=True, cwd=folder,
                          env={**env, "SIMULARK_PROGRAM": str(SIMULARK)})
    assert not done.stderr
    return [line for line in done.stdout.splitlines() if line]


def fish_completes(line, folder, env):
    script = f"simulark completion fish | source; complete --do-complete {quoted(line)}"
    done = subprocess.run([shell_program("fish"), "--no-config", "-c", script], capture_output=True, text=True, cwd=folder, env=env)
    assert not done.stderr
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.mark.parametrize("complete, line, expected", [
    (bash_completes, "simulark ren", ["render"]),
    (bash_completes, "simulark import --on-conflict=sk", ["skip"]),
    (bash_completes, "simulark export --project On", [r"Online\ shop"]),
    (bash_completes, r"simulark export --project Online\ s", [r"Online\ shop"]),
    (bash_completes, "simulark export --project 'Onl", ["Online shop"]),
    (bash_completes, "simulark export --project D", [r"Don\'t"]),
    (bash_completes, "simulark import sh", ["shop.ark"]),
    (bash_completes, "simulark export --output=sh", ["shop.ark"]),
    (fish_completes, "simulark ren", ["render"]),
    (fish_completes, "simulark import --on-conflict=sk", ["--on-conflict=skip"]),
    (fish_completes, "simulark export --project On", ["Online shop"]),
    (fish_completes, "simulark import sh", ["shop.ark"]),
])
def test_shells(filled, tmp_path, complete, line, expected):
    (tmp_path / "shop.ark").touch()
    (tmp_path / "simulark").symlink_to(SIMULARK)
    env = clean_environment(HOME=tmp_path, DATABASE_URL=filled.url)
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    assert complete(line, tmp_path, env) == expected


def test_zsh_takes_the_script(filled, tmp_path):
    """In a terminal of its own, as zsh completes only for people."""
    import pty
    import os
    import select

    zsh = shell_program("zsh")
    (tmp_path / "simulark").symlink_to(SIMULARK)
    (tmp_path / ".zshrc").write_text("autoload -Uz compinit && compinit -u\nsource <(simulark completion zsh)\nPS1='ready> '\n")
    env = clean_environment(HOME=tmp_path, ZDOTDIR=tmp_path, DATABASE_URL=filled.url, TERM="dumb")
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execve(zsh, ["zsh", "-i"], env)

    def read_until(text):
        seen, end = "", time.monotonic() + 20
        while text not in seen and time.monotonic() < end:
            if select.select([fd], [], [], 0.2)[0]:
                seen += os.read(fd, 4096).decode(errors="replace")
        return seen

    try:
        assert "ready>" in read_until("ready> ")
        os.write(fd, b"echo simulark export --project=x ; simulark export --project On\t")
        assert r"Online\ shop" in read_until(r"Online\ shop")
    finally:
        os.close(fd)
        os.waitpid(pid, 0)
