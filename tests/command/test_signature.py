"""Signatures: made and checked by us and by the minisign program, carried along, and refused in time."""

import base64
import re
import shutil
import stat
import subprocess
import tarfile

import pytest

from harness import ROOT, Simulark, contents, execute, value

PATHS = ["x.yaml", "x.json", "x/", "x.ark", "x.tar.gz", "x.zip"]


def minisign(folder, *args, passphrase=None, check=True):
    return subprocess.run(["minisign", *map(str, args)], cwd=folder, check=check, capture_output=True, text=True,
                          input=passphrase and f"{passphrase}\n{passphrase}\n")


@pytest.fixture(scope="module")
def signed(server, filled_template, tmp_path_factory):
    """One export in every container, signed, with ours (curator) and minisign's keys (other), and its digest as a line."""
    folder = tmp_path_factory.mktemp("signed")
    simulark = Simulark(folder)
    database = server.create(filled_template)
    simulark("keygen", "-o", "curator")
    minisign(folder, "-G", "-W", "-p", "other.pub", "-s", "other.key")
    for path in PATHS:
        simulark("export", "--project", "Shop", "-o", path, db=database, env={"SOURCE_DATE_EPOCH": "1700000000"})
        simulark("sign", path, "--key", "curator.key")
    digest = simulark("inspect", "x.ark", "--json").json["digest"]
    (folder / "line").write_text(digest + "\n")
    return folder


@pytest.fixture
def work(signed, tmp_path, simulark):
    """The command in a folder of its own that holds copies of all that."""
    shutil.copytree(signed, tmp_path, dirs_exist_ok=True)
    return simulark


def signature_of(work, path):
    """The text of a bundle's signature, wherever it is."""
    if path.endswith("/"):
        return (work.folder / path / "seal.json.minisig").read_text()
    if path.endswith((".yaml", ".json")):
        return (work.folder / (path + ".minisig")).read_text()
    work("convert", path, "look/", "--force")
    return (work.folder / "look/seal.json.minisig").read_text()


def looked(work, path, keys="curator.pub"):
    return work("inspect", path, "--trusted-keys", keys, "--json").json["signature"]


# ---- keys ----


def test_keygen_makes_a_pair_that_minisign_uses(work, tmp_path):
    assert stat.S_IMODE((tmp_path / "curator.key").stat().st_mode) == 0o600
    minisign(tmp_path, "-S", "-W", "-s", "curator.key", "-m", "line", "-x", "s", "-t", "ours")
    assert "Trusted comment: ours" in minisign(tmp_path, "-V", "-m", "line", "-x", "s", "-p", "curator.pub").stdout
    assert work("keygen", "-o", "curator", "--json", check=5).error["code"] == "conflict"
    assert "two files" in work("keygen", "-o", "-", check=2).err and not (tmp_path / "-.key").exists()
    before = (tmp_path / "curator.pub").read_text()
    (tmp_path / "curator.key").chmod(0o644)
    told = work("keygen", "-o", "curator", "--force", "--json").json
    assert (tmp_path / "curator.pub").read_text() != before
    assert told["key_id"] in (tmp_path / "curator.pub").read_text()
    assert stat.S_IMODE((tmp_path / "curator.key").stat().st_mode) == 0o600


# Made by minisign 0.11 with the passphrase "open sesame": it takes 1 GiB and some seconds, so once is enough.
THEIR_KEY = """untrusted comment: minisign encrypted secret key
RWRTY0Iyd+yp3qLOPODkFIOzgITSEmOWrr9MFreEATYh4qfrJisAAAACAAAAAAAAAEAAAAAAUBYJoC9A\
wmR9Bs2W6dvlSE4vAqKnRt/C3/lqXItD6mUBwFhuanufxg59/cNNRPIS2AZf6gewrnRE//A6/VHZdInO\
HzrjDLnGGwHeFFnYXGQNQmAmpJS4oLby5ExYW3OjBCfL1+3OevI=
"""
THEIR_PUBLIC = """untrusted comment: minisign public key E31A043211850161
RWRhAYURMgQa42amcfgP+QiDVODCt5F1jH6pxQWSoeg5PUzRXkL6n8iq
"""


def test_passphrases_protect_keys_both_ways(work, tmp_path):
    (tmp_path / "passphrase").write_text("open sesame\nand no more\n")
    (tmp_path / "wrong").write_text("open barley\n")
    work("keygen", "-o", "ours", "--passphrase-file", "passphrase")
    minisign(tmp_path, "-S", "-s", "ours.key", "-m", "line", "-x", "s", passphrase="open sesame")
    minisign(tmp_path, "-V", "-m", "line", "-x", "s", "-p", "ours.pub")
    (tmp_path / "theirs.key").write_text(THEIR_KEY)
    (tmp_path / "theirs.pub").write_text(THEIR_PUBLIC)
    work("sign", "x.ark", "--key", "theirs.key", "--passphrase-file", "passphrase", "--force")
    assert looked(work, "x.ark", "theirs.pub")["state"] == "good"
    assert "--passphrase-file" in work("sign", "x.ark", "--key", "ours.key", "--force", "--json", check=7).error["hint"]
    error = work("sign", "x.ark", "--key", "ours.key", "--force", "--passphrase-file", "wrong", "--json", check=7).error
    assert error["message"] == "The passphrase does not open the key ours.key."


BROKEN_KEYS = [
    ("x.key", lambda text: ""), ("x.key", lambda text: text.splitlines()[0] + "\n"), ("x.key", lambda text: text[:-20] + "\n"),
    ("x.key", lambda text: text.replace("RWQ", "RXQ")), ("x.pub", lambda text: ""), ("x.pub", lambda text: text[:-4] + "\n"),
    ("x.pub", lambda text: text + "no key\n"), ("x.pub", lambda text: text.splitlines()[0] + "\n"), ("x.pub", lambda text: text * 1000),
]


@pytest.mark.parametrize("name, change", BROKEN_KEYS)
def test_files_that_are_no_keys_are_refused(work, tmp_path, name, change):
    (tmp_path / name).write_text(change((tmp_path / name.replace("x.", "curator.")).read_text()))
    arguments = ["sign", "x.ark", "--key", name, "--force"] if name == "x.key" else ["inspect", "x.ark", "--trusted-keys", name]
    assert "x." in work(*arguments, "--json", check=7).error["message"]


# ---- signing ----


@pytest.mark.parametrize("path", PATHS)
def test_minisign_checks_ours_and_we_check_its(work, tmp_path, path):
    (tmp_path / "s").write_text(signature_of(work, path))
    assert "Trusted comment: simulark" in minisign(tmp_path, "-V", "-m", "line", "-x", "s", "-p", "curator.pub").stdout
    assert looked(work, path)["state"] == "good" and path.rstrip("/") in looked(work, path)["comment"]
    for extra in ([], ["-l"]):  # hashed, and the form of old
        minisign(tmp_path, "-S", "-W", *extra, "-s", "other.key", "-m", "line", "-x", "x/seal.json.minisig", "-t", "theirs")
        assert looked(work, "x/", "other.pub") == {"state": "good", "comment": "theirs",
                                                   "key_id": looked(work, "x/", "other.pub")["key_id"]}


def test_signing_leaves_the_other_entries_as_they_are(work, tmp_path):
    def entries(path):
        with tarfile.open(path) as tar:
            return {entry.name: (tar.extractfile(entry).read(), entry.mtime, entry.mode) for entry in tar}

    before = entries(tmp_path / "x.tar.gz")
    work("sign", "x.tar.gz", "--key", "other.key", "--force", "--comment", "checked by hand")
    after = entries(tmp_path / "x.tar.gz")
    assert list(after)[-2:] == ["seal.json", "seal.json.minisig"]
    assert before.pop("seal.json.minisig") != after.pop("seal.json.minisig") and before == after
    assert looked(work, "x.tar.gz", "other.pub")["comment"] == "checked by hand"
    assert not [f for f in tmp_path.iterdir() if f.name.endswith(".tmp")]


NOT_SIGNED = [
    (["x.ark", "--key", "other.key"], 5, "is signed already"),
    (["x/", "--key", "other.key"], 5, "is signed already"),
    (["x.yaml", "--key", "other.key"], 5, "is signed already"),
    (["edited.yaml", "--key", "other.key"], 3, "does not match its seal"),
    (["hand.yaml", "--key", "other.key"], 3, "has no seal"),
    (["-", "--key", "other.key"], 2, "needs a place"),
    (["x.ark"], 2, "--key"),
    (["x.ark", "--key", "none.key"], 7, "none.key"),
    (["x.ark", "--key", "other.key", "--comment", "two\nlines"], 2, "one line"),
    (["x.ark", "--key", "other.key", "--comment", "x" * 1001], 2, "1000 bytes"),
]


@pytest.mark.parametrize("arguments, status, sentence", NOT_SIGNED)
def test_what_is_not_signed(work, tmp_path, arguments, status, sentence):
    edit(tmp_path / "x.yaml", tmp_path / "edited.yaml")
    (tmp_path / "hand.yaml").write_text("simulark: bundle\nformat: 1\nkind: project\nprojects: []\n")
    before = (tmp_path / "x.ark").read_bytes()
    assert sentence in work("sign", *arguments, "--json", check=status).error["message"]
    assert (tmp_path / "x.ark").read_bytes() == before and not (tmp_path / "edited.yaml.minisig").exists()


def edit(path, to):
    text = path.read_text()
    assert "label: node 5\n" in text
    to.write_text(text.replace("label: node 5\n", "label: renamed\n"))


# ---- travelling ----


def test_a_signature_stays_good_through_every_container(work):
    previous = "x.ark"
    for path in ("a.yaml", "b/", "c.zip", "d.json", "e.tar.gz", "f.ark"):
        told = work("convert", previous, path, "--trusted-keys", "curator.pub", "--require-signature", "--json").json
        assert told["signature"]["state"] == "good"
        previous = path
    assert looked(work, "f.ark")["state"] == "good"
    assert "no place for it" in work("convert", "f.ark", "-").err


def test_an_edit_voids_it_and_no_old_one_stays_beside_a_new_document(work, tmp_path):
    edit(tmp_path / "x.yaml", tmp_path / "x.yaml")
    assert work("convert", "x.yaml", "y.ark", "--json").json["signature"]["state"] == "edited"
    assert work("inspect", "y.ark", "--json").json["signature"] is None
    shutil.copy(tmp_path / "x.yaml.minisig", tmp_path / "z.yaml.minisig")
    assert "z.yaml.minisig" in work("convert", "y.ark", "z.yaml", "--json", check=5).error["message"]
    assert not (tmp_path / "z.yaml").exists()
    work("convert", "y.ark", "z.yaml", "--force")
    assert not (tmp_path / "z.yaml.minisig").exists()


# ---- checking ----


def replace_signature(work, tmp_path, text):
    """Every container with that signature in its place."""
    (tmp_path / "x/seal.json.minisig").write_text(text)
    (tmp_path / "x.yaml.minisig").write_text(text)
    work("convert", "x/", "x.ark", "--force")


def flip(text, line, at):
    """The text with one bit of one line's base64 changed."""
    lines = text.splitlines()
    raw = bytearray(base64.b64decode(lines[line]))
    raw[at] ^= 1
    lines[line] = base64.b64encode(raw).decode()
    return "\n".join(lines) + "\n"


def signed_by_other(work, folder, message, comment="theirs"):
    (folder / "m").write_text(message)
    minisign(folder, "-S", "-W", "-s", "other.key", "-m", "m", "-x", "s", "-t", comment)
    return (folder / "s").read_text()


# name, how the signature becomes another, what is said of it where curator's key is trusted
MUTILATIONS = [
    ("its bytes", lambda text, *_: flip(text, 1, 20), "is wrong"),
    ("its last byte", lambda text, *_: flip(text, 1, 73), "is wrong"),
    ("its algorithm", lambda text, *_: flip(text, 1, 1), "none of minisign's"),
    ("hashed or not", lambda text, *_: re.sub("^RU", "RW", text, flags=re.M), "is wrong"),
    ("its key", lambda text, *_: flip(text, 1, 2), "none of the trusted ones"),
    ("the trusted comment", lambda text, *_: text.replace("trusted comment: simulark", "trusted comment: Simulark"), "is wrong"),
    ("a longer trusted comment", lambda text, *_: text.replace(", x", ", xx"), "is wrong"),
    ("the signature of the comment", lambda text, *_: flip(text, 3, 0), "is wrong"),
    ("without the comment", lambda text, *_: "\n".join(text.splitlines()[:2]) + "\n", "none of minisign's"),
    ("cut within a line", lambda text, *_: text[:-9] + "\n", "none of minisign's"),
    ("more behind it", lambda text, *_: text + "more\n", "none of minisign's"),
    ("nothing", lambda text, *_: "", "none of minisign's"),
    ("another key's", lambda text, work, folder: signed_by_other(work, folder, (folder / "line").read_text()),
     "none of the trusted ones"),
    ("another key's, of another digest", lambda text, work, folder: signed_by_other(work, folder, "sha256:00\n"),
     "none of the trusted ones"),
]


def test_a_signature_that_is_too_large_is_under_no_limit_that_can_be_raised(work, tmp_path):
    (tmp_path / "x.yaml.minisig").write_text("x" * 20000)
    error = work("inspect", "x.yaml", "--json", check=3).error
    assert error["message"] == "x.yaml.minisig is larger than 16384 bytes." and error["hint"] is None


@pytest.mark.parametrize("name, change, sentence", MUTILATIONS, ids=[m[0] for m in MUTILATIONS])
def test_no_other_signature_is_taken(work, tmp_path, name, change, sentence):
    replace_signature(work, tmp_path, change((tmp_path / "x/seal.json.minisig").read_text(), work, tmp_path))
    for path in ("x/", "x.yaml", "x.ark"):
        required = work("convert", path, "out.ark", "--trusted-keys", "curator.pub", "--require-signature", "--json", check=3)
        assert sentence in required.error["message"] and not (tmp_path / "out.ark").exists()
        found = work("verify", path, "--trusted-keys", "curator.pub", "--require-signature", "--json", check=3).json
        assert [sentence in f["message"] for f in found["findings"] if f["code"] == "signature"] == [True]
    # Without a demand a key that nobody knows is only told; what a trusted key has not signed is refused all the same.
    told = work("inspect", "x.ark", "--trusted-keys", "curator.pub", "--json", check=None)
    assert told.status == (0 if "trusted" in sentence else 3)
    assert work("inspect", "x.ark", "--json").json["signature"]["state"] == "unchecked"


def test_of_rows_that_could_not_be_read_no_signature_says_anything(work):
    for keys in ([], ["--trusted-keys", "curator.pub", "--require-signature"]):
        done = work("verify", "x.ark", "--limit", "row_bytes=2", *keys, check=3)
        assert "signature not checked: rows could not be read" in done.err and "changed after" not in done.out
        assert work("verify", "x.ark", "--limit", "row_bytes=2", "--json", *keys, check=3).json["signature"]["state"] == "unchecked"


def test_other_line_ends_and_comments_are_taken(work, tmp_path):
    text = (tmp_path / "x/seal.json.minisig").read_text()
    for other in (text.replace("\n", "\r\n"), text.rstrip("\n"), re.sub("untrusted comment: .*", "untrusted comment: ", text, 1)):
        replace_signature(work, tmp_path, other)
        assert looked(work, "x.ark")["state"] == looked(work, "x.yaml")["state"] == "good"
    keys = (tmp_path / "other.pub").read_text() + "\n# ours\r\n" + (tmp_path / "curator.pub").read_text().splitlines()[1]
    (tmp_path / "both.pub").write_text(keys)
    assert looked(work, "x.ark", "both.pub")["state"] == "good"


def test_imports_refuse_in_time(work, tmp_path, target):
    """Nothing is brought in but what a trusted key has signed, whatever else the import does."""
    work("convert", "x.ark", "plain/")
    (tmp_path / "plain/seal.json.minisig").unlink()
    (tmp_path / "moved.yaml").write_text(re.sub(r"name: Shop$", "name: Shed", (tmp_path / "x.yaml").read_text(), flags=re.M))
    shutil.copy(tmp_path / "x.yaml.minisig", tmp_path / "moved.yaml.minisig")
    work("convert", "moved.yaml", "moved/")
    shutil.copy(tmp_path / "x.yaml.minisig", tmp_path / "moved/seal.json.minisig")
    work("convert", "moved/", "moved.ark")
    demand = ["--trusted-keys", "curator.pub", "--require-signature"]
    refused = [(["plain/", *demand], "is not signed"), (["moved.yaml", *demand], "changed after it was signed"),
               (["moved.ark", *demand], "is wrong"), (["moved.ark", *demand[:2]], "is wrong"),
               (["moved/", *demand, "--ids", "new"], "is wrong"),
               (["x.ark", "--trusted-keys", "other.pub", "--require-signature"], "none of the trusted ones")]
    before = contents(target)
    for arguments, sentence in refused:
        assert sentence in work("import", *arguments, "--json", db=target, check=3).error["message"], arguments
    assert contents(target) == before
    assert work("import", "x.ark", "--require-signature", "--json", db=target, check=2).error["hint"]
    told = work("import", "x.ark", *demand, "--json", db=target).json
    assert told["signature"]["state"] == "good" and told["tables"]["projects"] == 1
    execute(target, "DELETE FROM projects")
    told = work("import", "x.ark", "--json", db=target).json
    assert told["signature"]["state"] == "unchecked"


def test_templates_are_published_only_from_whom_they_should_be(work, tmp_path, database):
    demand = ["--trusted-keys", "curator.pub", "--require-signature"]
    work("template", "pack", ROOT / "templates/saas-starter", "-o", "t.ark")
    assert "is not signed" in work("template", "publish", "t.ark", *demand, "--json", db=database, check=3).error["message"]
    error = work("template", "publish", ROOT / "templates/saas-starter", *demand, "--json", db=database, check=3).error
    assert "is not signed" in error["message"]
    work("sign", "t.ark", "--key", "other.key")
    assert "none of the trusted" in work("template", "publish", "t.ark", *demand, "--json", db=database, check=3).error["message"]
    work("sign", "t.ark", "--key", "curator.key", "--force")
    (tmp_path / "of-another.minisig").write_text(signature_of(work, "t.ark"))
    work("template", "pack", ROOT / "templates/rag-assistant", "-o", "u/")
    shutil.copy(tmp_path / "of-another.minisig", tmp_path / "u/seal.json.minisig")
    assert "is wrong" in work("template", "publish", "u/", *demand, "--json", db=database, check=3).error["message"]
    assert contents(database, ["templates"]) == {"templates": b""}
    told = work("template", "publish", "t.ark", *demand, "--json", db=database).json
    assert told["signature"]["state"] == "good" and told["action"] == "created"


DEMANDS = {  # what is said to a template that nobody has signed
    "template show t.ark": "is not signed",
    "template use t.ark --owner ada@example.org": "is not signed",
    "template use saas-starter --owner ada@example.org": "carries no signature",
    "template show saas-starter": "carries no signature",
    "template pack t.ark -o other.ark": "is not signed",
    "template lint t.ark": "is not signed",
    "template index .": "is not signed",
}


@pytest.mark.parametrize("command", DEMANDS)
def test_templates_are_read_only_from_whom_they_should_be(work, tmp_path, target, command):
    for path in tmp_path.glob("x.*"):
        path.unlink()
    demand = [*command.split(), "--trusted-keys", "curator.pub", "--require-signature", "--json"]
    env = {"SIMULARK_DATABASE_URL": target.url}
    work("template", "pack", ROOT / "templates/saas-starter", "-o", "t.ark")
    work("template", "publish", "t.ark", db=target)
    refused = work(*demand, env=env, check=None)
    assert refused.status == (1 if "index" in command else 3) and DEMANDS[command] in refused.out + refused.err, refused
    assert value(target, "SELECT count(*) FROM projects") == 0 and not (tmp_path / "other.ark").exists()
    if "t.ark" not in command and "index" not in command:
        return
    work("sign", "t.ark", "--key", "curator.key")
    done = work(*demand, env=env).json
    if "lint" not in command and "index" not in command and "pack" not in command:
        assert done["signature"]["state"] == "good"
