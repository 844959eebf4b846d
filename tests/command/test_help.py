"""Help, man pages, completion and README say the same, whatever is added: everything here follows the tables of the program."""

import json
import re
import shlex
import subprocess

import pytest

from harness import ROOT, SIMULARK, clean_environment

README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(*args, env=None):
    return subprocess.run([SIMULARK, *args], capture_output=True, text=True, env=clean_environment(HOME="/nonexistent", **(env or {})))


def complete(*words):
    """The candidates for the last word."""
    lines = run("__complete", "--", *words).stdout.splitlines()
    return [line.split("\t")[0] for line in lines if "\t" in line]


def page(command):
    return run("help", *command).stdout


def sub_commands(command):
    return complete("help", command, "")


COMMANDS = complete("")
PAGES = [[]] + [[c] for c in COMMANDS] + [[c, s] for c in COMMANDS for s in sub_commands(c)]
NAMES = [" ".join(p) for p in PAGES]
OPTION = re.compile(r"^  (?:-(.), |    )--([a-z-]+)(?: (\S+))?", re.M)


@pytest.mark.parametrize("command", PAGES, ids=NAMES)
def test_help_fits_into_80_columns(command):
    text = page(command)
    assert text and not [line for line in text.splitlines() if len(line) > 80 or line != line.rstrip()]


@pytest.mark.parametrize("command", PAGES[1:], ids=NAMES[1:])
def test_two_examples_each_that_the_program_understands(command):
    examples = [line.strip() for line in page(command).split("\nExamples:\n")[1].splitlines()]
    assert len(examples) >= (2 if len(command) == 1 else 1)
    for line in examples:
        assert_understood(line)


def assert_understood(line):
    """Options and commands of every simulark in a line of shell are known: with --help they are read, and nothing is done."""
    words = shlex.split(line, comments=True)
    for at in (i for i, word in enumerate(words) if word == "simulark"):
        mine = words[at + 1:]
        ends = [i for i, word in enumerate(mine) if re.match(r"[|;&<>]|\d?>|[)]", word)]
        mine = mine[:ends[0]] if ends else mine
        done = run(*mine[:mine.index("--")] if "--" in mine else mine, "--help")
        assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.parametrize("command", PAGES, ids=NAMES)
def test_help_manual_and_completion_name_the_same_options(command):
    helped = set(name for _, name, _ in OPTION.findall(page(command)))
    manual = run("help", "--man", *command[:1]).stdout.replace("\\-", "-")
    completed = {word[2:] for word in complete(*command, "--")}
    assert not helped or helped == completed  # the overview and a command with words list none
    assert helped <= set(re.findall(r"\\fB--([a-z-]+)\\fR", manual))


@pytest.mark.parametrize("command", PAGES[1:], ids=NAMES[1:])
def test_choices_are_offered(command):
    for _, name, argument in OPTION.findall(page(command)):
        words = re.split(r"[|,]", argument)
        if not re.search(r"^[a-z].*[|,]", argument) or name == "progress":
            continue
        assert complete(*command, f"--{name}", "") == words


def test_overview_manual_and_readme_list_the_same_commands():
    manual = run("help", "--man").stdout.replace("\\-", "-")
    table = README.split("## Commands")[1].split("\n## ")[0]
    assert set(re.findall(r"^  ([a-z]+) +\S", page([]).split("\nBegin with:")[0], re.M)) == set(COMMANDS)
    assert set(re.findall(r"^\.BR simulark-([a-z]+) \(1\)$", manual, re.M)) == set(COMMANDS)
    assert set(re.findall(r"^\| `([a-z]+)", table, re.M)) == set(COMMANDS)


def test_readme_and_manual_explain_the_same_exit_statuses():
    table = re.findall(r"^\| ([\d, ]+) \| (.*) \|$", README.split("## Exit statuses")[1].split("\n## ")[0], re.M)
    manual = run("help", "--man").stdout.split(".SH EXIT STATUS")[1].split(".SH ")[0]
    entries = [entry.strip() for entry in manual.split(".TP\n")[1:]]
    told = [(re.match(r"\\fB(.*)\\fR", e)[1], " ".join(e.splitlines()[1:]).replace("\\(aq", "'")) for e in entries]
    assert told == table


DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.name)
def test_every_command_line_in_the_docs_is_understood(doc):
    lines = [line[4:] for line in doc.read_text(encoding="utf-8").splitlines() if re.match(r"    (\$ )?(\S+=\S+ )*simulark ", line)]
    for line in lines:
        if not re.search(r"[…\[]| \.\.\.|\|[a-z]+\|", line):
            assert_understood(line.removeprefix("$ "))


@pytest.mark.parametrize("words, message, hint", [
    ([], "Say which command.", "`simulark help` lists the commands."),
    (["exprot"], 'There is no command "exprot".', "Did you mean `simulark export`?"),
    (["schema", "aply"], 'There is no command "schema aply".', "Did you mean `simulark schema apply`?"),
    (["help", "improt"], 'There is no command "improt".', "Did you mean `simulark import`?"),
    (["export", "--projct", "x"], "There is no option --projct here.", "Did you mean --project?"),
    (["schema"], "Say what `simulark schema` shall do: apply, check or print.", "`simulark help schema` explains them."),
    (["import"], "`simulark import` needs PATH.", "Usage: simulark import [OPTIONS] PATH, for instance `simulark import shop.ark`."),
    (["export", "Shop"], '"Shop" is more than `simulark export` takes.', "A project is named by an option: --project 'Shop'."),
    (["export", "--project", "-o", "x.ark"], "--project needs a value, and -o is an option.",
     "If that is the value, write --project=-o."),
    (["export", "--all", "-o", "a.ark", "-o", "b.ark"], '--output is there twice, with "a.ark" and with "b.ark".',
     "Leave one of them out."),
    (["version"], 'There is no command "version".', "Did you mean `simulark --version`?"),
    (["completion"], "`simulark completion` needs bash|zsh|fish.",
     "Usage: simulark completion [OPTIONS] bash|zsh|fish, for instance `source <(simulark completion bash)`."),
    (["completion", "bsh"], '"bsh" is none of bash, zsh, fish.', "Did you mean bash?"),
])
def test_what_is_meant_is_suggested(words, message, hint):
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2:] == [f"simulark: {message}", hint]


def test_without_a_command_the_overview_is_shown():
    done = run()
    assert done.stderr.startswith(page([])) and not done.stdout


@pytest.mark.parametrize("command", [["verify"], ["convert"], ["keygen"], ["template", "lint"], ["schema", "print"]], ids=" ".join)
def test_what_asks_no_database_has_no_option_for_one(command):
    """It takes them all the same, so that scripts may add them to every command."""
    assert "--dbname" not in page(command) and "--json" in page(command)
    assert run(*command, "--dbname", "postgresql:///x", "--help").returncode == 0


@pytest.mark.parametrize("command", [["local", "reset"], ["diff"], ["transfer"]], ids=" ".join)
def test_where_another_database_could_be_meant_there_is_no_option_for_one(command):
    assert "--dbname" not in page(command) and "--json" in page(command)
    for words in (["-d", "x", *command], [*command, "--dbname", "x"]):
        assert "There is no option" in run(*words, "--help").stderr


def test_the_version_for_programs():
    assert json.loads(run("--version", "--json").stdout)["version"] == run("--version").stdout.split()[1]


@pytest.mark.parametrize("words", [["help"], ["help", "export"], ["--help"], ["schema", "apply", "--help"], ["help", "--man"]], ids=" ".join)
def test_help_for_programs(words):
    assert json.loads(run(*words, "--json").stdout)["help"] == run(*words).stdout
