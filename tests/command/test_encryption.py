"""Encryption: we open what the age program writes, it opens ours, and whatever was changed or cut is refused whole."""

import os
import pty
import re
import shutil
import subprocess

import pytest

import instance
from harness import ROOT, Simulark, contents, copy, execute, value

PATHS = ["x.yaml", "x.json", "x.ark", "x.tar.gz", "x.zip"]
CHUNK = 65536 + 16


def age(folder, *args, stdin=None, check=True):
    return subprocess.run(["age", *map(str, args)], cwd=folder, check=check, capture_output=True, input=stdin).stdout


def age_with_passphrase(folder, passphrase, *args):
    """age asks for passphrases on a terminal only."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvp("age", ["age", *args])
    seen = b""
    try:
        while chunk := os.read(terminal, 1000):
            seen += chunk
            if chunk.rstrip().endswith(b":"):
                os.write(terminal, passphrase.encode() + b"\n")
    except OSError:
        pass
    os.close(terminal)
    assert os.waitpid(pid, 0)[1] == 0, seen


@pytest.fixture(scope="module")
def made(server, filled_template, tmp_path_factory):
    """A project in clear, in every container; a document of several chunks; two people's keys."""
    folder = tmp_path_factory.mktemp("made")
    simulark = Simulark(folder)
    database = server.create(filled_template)
    fixed = {"SOURCE_DATE_EPOCH": "1700000000"}
    simulark("export", "--project", "Shop", "-o", "x.ark", db=database, env=fixed)
    for path in PATHS:
        if path != "x.ark":
            simulark("convert", "x.ark", path)
    execute(database, f"UPDATE projects SET description = repeat('0123456789abcdef', {CHUNK // 8})")
    simulark("export", "--project", "Shop", "-o", "big.tar", db=database, env=fixed)
    for name in ("ada", "bob"):
        simulark("keygen", "--age", "-o", name)
    age(folder, "-R", "ada.pub", "-R", "bob.pub", "-o", "big.age", "big.tar")
    (folder / "passphrase").write_text("open sesame\n")
    (folder / "other").write_text("open barley\n")
    return folder


@pytest.fixture
def work(made, tmp_path, simulark):
    """The command in a folder of its own that holds copies of all that."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return simulark


def recipient(folder, name):
    return (folder / f"{name}.pub").read_text().strip()


# ---- both ways ----


@pytest.mark.parametrize("path", PATHS)
def test_age_opens_ours(work, tmp_path, path):
    told = work("convert", path, path + ".age", "--encrypt-to", recipient(tmp_path, "ada"), "--recipients-file", "bob.pub",
                "--json").json
    assert (told["encrypted"], told["container"]) == (True, work("inspect", path, "--json").json["container"])
    assert told["bytes"] == (tmp_path / (path + ".age")).stat().st_size
    for name in ("ada", "bob"):
        assert age(tmp_path, "-d", "-i", f"{name}.key", path + ".age") == (tmp_path / path).read_bytes()
    streamed = work("convert", path, "-", "--format", told["container"], "--recipients-file", "bob.pub").stdout
    assert age(tmp_path, "-d", "-i", "bob.key", stdin=streamed) == (tmp_path / path).read_bytes()


@pytest.mark.parametrize("path", PATHS)
def test_we_open_ages(work, tmp_path, path):
    digest = work("inspect", "x.ark", "--json").json["digest"]
    for extra in ([], ["-a"]):
        age(tmp_path, "-R", "ada.pub", *extra, "-o", "in.age", path)
        seen = work("inspect", "in.age", "--identity", "ada.key", "--json").json
        assert (seen["encrypted"], seen["digest"]) == (True, digest)
        stdin = (tmp_path / "in.age").read_bytes()
        assert work("verify", "-", "--identity", "bob.key", "--identity", "ada.key", "--json", stdin=stdin).json["digest"] == digest
        # what was not changed is the same file again
        work("convert", "in.age", "again-" + path, "--identity", "ada.key", "--force", env={"SOURCE_DATE_EPOCH": "1700000000"})
        assert (tmp_path / ("again-" + path)).read_bytes() == (tmp_path / path).read_bytes()


def test_every_command_that_reads_bundles_takes_keys(work, tmp_path, database):
    age(tmp_path, "-R", "ada.pub", "-o", "x.ark.age", "x.ark")
    key = ["--identity", "ada.key"]
    assert work("diff", "x.ark.age", "x.yaml", *key, "--json").json["equal"] is True
    work("render", "x.ark.age", "-o", "x.svg", *key)
    assert b"<svg" in (tmp_path / "x.svg").read_bytes()
    instance.people(database)
    told = work("import", "x.ark.age", "--ids", "new", *key, "--json", db=database).json  # which reads it twice
    stdin = (tmp_path / "x.ark.age").read_bytes()
    again = work("import", "-", "--ids", "new", "--on-conflict", "skip", *key, "--json", db=database, stdin=stdin).json
    assert told["digest"] == again["digest"] and again["units"][0]["action"] == "skipped"
    exported = work("export", "--project", "Shop", "-o", "y.ark.age", "--recipients-file", "bob.pub", "--json", db=database).json
    assert exported["encrypted"] is True
    assert work("inspect", "y.ark.age", "--identity", "bob.key", "--json").json["digest"] == exported["digest"]
    assert b"Shop" not in (tmp_path / "y.ark.age").read_bytes()


def test_passphrases_both_ways(work, tmp_path):
    work("convert", "x.ark", "ours.yaml.age", "--passphrase-file", "passphrase")
    age_with_passphrase(tmp_path, "open sesame", "-d", "-o", "opened.yaml", "ours.yaml.age")
    assert (tmp_path / "opened.yaml").read_bytes() == (tmp_path / "x.yaml").read_bytes()
    age_with_passphrase(tmp_path, "open sesame", "-p", "-o", "theirs.age", "x.ark")
    work("convert", "theirs.age", "theirs.ark", "--passphrase-file", "passphrase")
    assert (tmp_path / "theirs.ark").read_bytes() == (tmp_path / "x.ark").read_bytes()
    error = work("inspect", "theirs.age", "--passphrase-file", "other", "--json", check=3).error
    assert "no key that was given opens it" in error["message"] and "another one" in error["hint"]
    # what a header asks for is bounded before it is done
    (tmp_path / "greedy.age").write_bytes(re.sub(rb"(-> scrypt \S+) 18\n", rb"\1 31\n", (tmp_path / "theirs.age").read_bytes()))
    for path, limit in (("greedy.age", []), ("theirs.age", ["--limit", "scrypt_bytes=1M"])):
        error = work("inspect", path, "--passphrase-file", "passphrase", *limit, "--json", check=3).error
        assert "scrypt_bytes" in error["message"] and "scrypt_bytes" in error["hint"]


def test_a_signature_lies_within(work, tmp_path):
    work("keygen", "-o", "curator")
    work("sign", "x.ark", "--key", "curator.key")
    work("convert", "x.ark", "x.zip.age", "--recipients-file", "ada.pub")
    told = work("inspect", "x.zip.age", "--identity", "ada.key", "--trusted-keys", "curator.pub", "--json").json
    assert told["signature"]["state"] == "good"
    assert "is encrypted" in work("sign", "x.zip.age", "--key", "curator.key", "--json", check=3).error["message"]


# ---- without the key ----


COMMANDS = [["import", "x.age"], ["inspect", "x.age"], ["verify", "x.age"], ["convert", "x.age", "out"],
            ["diff", "x.age", "x.ark"], ["render", "x.age", "-o", "out"]]


@pytest.mark.parametrize("command", COMMANDS, ids=[c[0] for c in COMMANDS])
def test_without_the_right_key_nothing_is_told_but_that(work, tmp_path, command):
    age(tmp_path, "-R", "ada.pub", "-o", "x.age", "x.ark")
    output = [word if word != "out" else {"convert": "out.ark", "render": "out.svg"}[command[0]] for word in command]
    error = work(*output, "--json", check=3).error
    assert error["message"] == "x.age is encrypted (age), and no key that was given opens it." and "--identity" in error["hint"]
    error = work(*output, "--identity", "bob.key", "--json", check=3).error
    assert "other recipients" in error["hint"]
    assert "--identity" in work(*output, "--passphrase-file", "passphrase", "--json", check=3).error["hint"]
    assert not list(tmp_path.glob("out*"))


WRONG_LINES = [
    (["convert", "x.ark", "y.ark.age"], 2, "says that it is encrypted"),
    (["export", "--all", "-o", "y.ark.age"], 2, "says that it is encrypted"),
    (["convert", "x.ark", "y/", "--recipients-file", "ada.pub"], 2, "A directory cannot be encrypted"),
    (["convert", "x.ark", "y.age", "--recipients-file", "ada.pub"], 2, "A directory cannot be encrypted"),
    (["convert", "x.ark", "y.ark", "--passphrase-file", "passphrase"], 2, "The passphrase is for nothing"),
    (["export", "--all", "-o", "y.ark", "--passphrase-file", "passphrase", "--recipients-file", "ada.pub"], 2, "not both"),
    (["convert", "x.ark", "y.ark", "--encrypt-to", "age1nobody"], 2, "is no age recipient"),
    (["convert", "x.ark", "y.ark", "--recipients-file", "ada.key"], 7, "ada.key:2: This is no age recipient."),
    (["convert", "x.ark", "y.ark", "--recipients-file", "empty"], 7, "empty holds no recipient"),
    (["inspect", "x.ark", "--identity", "ada.pub"], 7, "ada.pub:1: This is no age identity."),
    (["inspect", "x.ark", "--identity", "none"], 7, "none"),
    (["inspect", "x.ark", "--passphrase-file", "empty"], 7, "first line of empty is empty"),
    (["keygen", "--age", "-o", "ada"], 5, "ada.key is there already"),
    (["keygen", "--age", "-o", "eve", "--passphrase-file", "passphrase"], 2, "takes no passphrase"),
]


@pytest.mark.parametrize("arguments, status, sentence", WRONG_LINES)
def test_refused(work, tmp_path, arguments, status, sentence):
    (tmp_path / "empty").write_text("\n")
    error = work(*arguments, "--json", check=status).error
    assert sentence in error["message"] and (tmp_path / "ada.key").read_text().splitlines()[1] not in str(error)
    assert not list(tmp_path.glob("y*"))


# ---- damage ----


class Parts:
    """An age file taken apart: lines of its header, nonce, chunks."""

    def __init__(self, raw):
        end = raw.index(b"\n--- ") + 1
        end = raw.index(b"\n", end) + 1
        self.lines = raw[:end].split(b"\n")[:-1]
        self.nonce, payload = raw[end:end + 16], raw[end + 16:]
        self.chunks = [payload[at:at + CHUNK] for at in range(0, len(payload), CHUNK)]

    def raw(self):
        return b"\n".join(self.lines) + b"\n" + self.nonce + b"".join(self.chunks)


def flip(data, at):
    data = bytearray(data)
    data[at] ^= 1
    return bytes(data)


def other_base64(text, at):
    """The same but for one character."""
    return text[:at] + (b"A" if text[at:at + 1] != b"A" else b"B") + text[at + 1:]


def line(number, change):
    def mutilate(parts):
        parts.lines[number] = change(parts.lines[number])
    return mutilate


def chunks(change):
    def mutilate(parts):
        parts.chunks = change(parts.chunks)
    return mutilate


def stanzas(change):
    """Lines 1 and 2, 3 and 4 are the two stanzas."""
    def mutilate(parts):
        parts.lines[1:5] = change(parts.lines[1:3], parts.lines[3:5])
    return mutilate


def nonce(change):
    def mutilate(parts):
        parts.nonce = change(parts.nonce)
    return mutilate


MUTILATIONS = {
    "another version": line(0, lambda text: text[:-1] + b"2"),
    "the share": line(1, lambda text: other_base64(text, 12)),
    "the wrapped key": line(2, lambda text: other_base64(text, 5)),
    "another kind": line(1, lambda text: text.replace(b"X25519", b"x25519")),
    "one argument more": line(1, lambda text: text + b" more"),
    "two spaces": line(1, lambda text: text.replace(b" X", b"  X")),
    "a space at the end": line(1, lambda text: text + b" "),
    "carriage returns": lambda parts: parts.lines.__setitem__(slice(None), [text + b"\r" for text in parts.lines]),
    "padded base64": line(2, lambda text: text + b"="),
    "base64 of another form": line(2, lambda text: text[:-1] + bytes([text[-1] + 1])),
    "a long line": line(2, lambda text: text + b"A" * 30),
    "an empty line": line(2, lambda text: text + b"\n"),
    "the MAC": line(-1, lambda text: other_base64(text, 10)),
    "a short MAC": line(-1, lambda text: text[:-1]),
    "no MAC": line(-1, lambda text: text[:4]),
    "a stanza twice": stanzas(lambda a, b: a + a + b),
    "a stanza less": stanzas(lambda a, b: b),
    "stanzas in another order": stanzas(lambda a, b: b + a),
    "an unknown stanza more": stanzas(lambda a, b: a + b + [b"-> grease x", b""]),
    "a passphrase's stanza beside them": stanzas(lambda a, b: a + b + [b"-> scrypt " + b"A" * 22 + b" 10", b"A" * 43]),
    "no stanzas": stanzas(lambda a, b: []),
    "the nonce": nonce(lambda data: flip(data, 0)),
    "cut in the nonce": lambda parts: (parts.__setattr__("chunks", []), parts.__setattr__("nonce", parts.nonce[:9])),
    "cut behind the nonce": chunks(lambda all: []),
    "cut in a tag": chunks(lambda all: [all[0][:10]]),
    "cut to an empty chunk": chunks(lambda all: [all[0], all[1][:16]]),
    "cut in a chunk": chunks(lambda all: [all[0][:1000]]),
    "cut behind a chunk": chunks(lambda all: all[:1]),
    "cut behind the last but one": chunks(lambda all: all[:-1]),
    "the last byte less": chunks(lambda all: all[:-1] + [all[-1][:-1]]),
    "a byte more": chunks(lambda all: all + [b"x"]),
    "another file behind it": lambda parts: parts.chunks.append(parts.raw()),
    "a chunk's first byte": chunks(lambda all: [flip(all[0], 0)] + all[1:]),
    "a later chunk's tag": chunks(lambda all: [all[0], flip(all[1], CHUNK - 1)] + all[2:]),
    "the last byte": chunks(lambda all: all[:-1] + [flip(all[-1], -1)]),
    "chunks changed about": chunks(lambda all: [all[1], all[0]] + all[2:]),
    "a chunk twice": chunks(lambda all: [all[0], all[0]] + all[1:]),
    "a chunk less": chunks(lambda all: [all[0]] + all[2:]),
    "the last chunk only": chunks(lambda all: all[-1:]),
}


def test_whatever_was_changed_or_cut_is_refused_whole(work, tmp_path, target):
    """All of them against one database: nothing of any goes in, and nothing is written."""
    before = contents(target)
    raw = (tmp_path / "big.age").read_bytes()
    assert Parts(raw).raw() == raw and len(Parts(raw).chunks) > 2
    for name, mutilate in MUTILATIONS.items():
        parts = Parts(raw)
        mutilate(parts)
        assert parts.raw() != raw, name
        (tmp_path / "bad.age").write_bytes(parts.raw())
        told = work("import", "bad.age", "--identity", "ada.key", "--json", db=target, check=None)
        assert told.status == 3 and not told.stdout, f"{name}: {told}"
        told = work("convert", "bad.age", "out.tar", "--identity", "ada.key", "--json", check=None)
        assert told.status == 3 and not (tmp_path / "out.tar").exists(), f"{name}: {told}"
    assert contents(target) == before
    work("import", "big.age", "--identity", "ada.key", db=target)
    assert copy(target, "SELECT name FROM projects") == b"Shop\n"


def test_damaged_armor_is_refused(work, tmp_path):
    text = age(tmp_path, "-R", "ada.pub", "-a", "x.ark").decode()
    lines = text.splitlines()
    good = ["\n  \n" + text, text.replace("\n", "\r\n"), text + "\n \n", text.rstrip("\n")]
    bad = [text.replace("END AGE", "END age"), text + "more\n", "\n".join(lines[:-1]) + "\n", "\n".join(lines[:3] + lines[4:]) + "\n",
           "\n".join(lines[:2] + [""] + lines[2:]) + "\n", "\n".join(lines[:2] + [lines[2][:-1]] + lines[3:]) + "\n",
           "\n".join([lines[0], lines[1] + lines[2]] + lines[3:]) + "\n", text.replace(lines[1][:4], "=A==", 1)]
    for content in good:
        work("inspect", "-", "--identity", "ada.key", stdin=content)
    for content in bad:
        work("inspect", "-", "--identity", "ada.key", "--json", stdin=content, check=3)


@pytest.mark.parametrize("keys", [["--identity", "ada.key"], ["--passphrase-file", "passphrase"]])
def test_encrypted_templates_are_shown_and_used(work, tmp_path, target, keys):
    to = keys if "--passphrase-file" in keys else ["--encrypt-to", recipient(tmp_path, "ada")]
    work("template", "pack", ROOT / "templates/saas-starter", "-o", "t.ark.age", *to)
    for words in (["show", "t.ark.age"], ["lint", "t.ark.age"], ["use", "t.ark.age", "--owner", "ada@example.org"]):
        env = {"SIMULARK_DATABASE_URL": target.url}
        refused = work("template", *words, env=env, check=3)
        assert "encrypted" in refused.out + refused.err, refused
        work("template", *words, *keys, env=env)
    assert value(target, "SELECT count(*) FROM projects") == 1
