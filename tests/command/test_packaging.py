"""What is handed on: the sources' archive, the installed tree, the Debian package."""

import fcntl
import os
import re
import shutil
import subprocess
import tarfile

import pytest

from harness import ROOT, SIMULARK, clean_environment

pytestmark = pytest.mark.skipif(SIMULARK != ROOT / "build" / "simulark", reason="make works on build/ alone")


def make(*words, **variables):
    with open(ROOT / "build" / ".make", "w") as one:  # several workers, one folder
        fcntl.flock(one, fcntl.LOCK_EX)
        return subprocess.run(["make", "-s", *words, *(f"{k}={v}" for k, v in variables.items())], cwd=ROOT, check=True,
                              capture_output=True, text=True, env=clean_environment(MAKEFLAGS=None))


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir())


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the sources' archive is made of a commit")
def test_dist_gives_the_same_bytes_twice(tmp_path):
    archives = []
    for name in ("a", "b"):
        make("dist", BUILD=tmp_path / name)
        (archive,) = (tmp_path / name).iterdir()
        archives.append(archive.read_bytes())
    assert archives[0] == archives[1]
    with tarfile.open(archive) as tar:
        top = {name.split("/")[1] for name in tar.getnames() if "/" in name}
    allowed = {"Makefile", "README.md", "LICENSE", "CHANGELOG.md", "src", "include", "templates", "fixtures", "tests", "docs", "bench"}
    assert {name for name in top if not name.startswith(".")} <= allowed


def test_sources_without_a_repository_make_no_empty_archive(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = subprocess.run(["make", "-C", tmp_path, "dist"], capture_output=True, env=os.environ | {"GIT_CEILING_DIRECTORIES": "/"})
    assert done.returncode != 0 and not list(tmp_path.rglob("*.gz"))


def test_libraries_that_lack_are_named_once(tmp_path):
    done = subprocess.run(["make", "-C", ROOT, f"BUILD={tmp_path}/b"], capture_output=True, text=True,
                          env=os.environ | {"PKG_CONFIG_LIBDIR": "/nonexistent"})
    assert done.returncode and done.stderr.count("sudo apt-get install gcc") == 1 and "pkg-config search path" not in done.stderr


def test_what_is_installed_goes_away_again(tmp_path):
    make("install", DESTDIR=tmp_path, PREFIX="/usr")
    installed = files(tmp_path / "usr")
    commands = subprocess.run([SIMULARK, "__complete", "--", ""], capture_output=True, text=True).stdout.splitlines()
    assert {"bin/simulark", "share/bash-completion/completions/simulark", "share/zsh/site-functions/_simulark",
            "share/fish/vendor_completions.d/simulark.fish", "share/man/man1/simulark.1", "share/man/man5/simulark-bundle.5",
            "share/man/man7/simulark-tiers.7", "share/doc/simulark/docs/format.md",
            "share/doc/simulark/docs/performance.svg"} <= set(installed)
    assert {f"share/man/man1/simulark-{line.split()[0]}.1" for line in commands} <= set(installed)
    make("uninstall", DESTDIR=tmp_path, PREFIX="/usr")
    assert files(tmp_path) == []


@pytest.mark.skipif(not shutil.which("dpkg-shlibdeps"), reason="needs dpkg-dev")
def test_the_debian_package(tmp_path):
    """Made twice, it is the same; it holds what it should, runs, and lintian has nothing to say."""
    packages = []
    for name in ("a.deb", "b.deb"):
        make("install", DESTDIR=tmp_path / "root", PREFIX="/usr")
        subprocess.run(["docs/packaging/deb", tmp_path / "root", "0.1.0", "1790000000", tmp_path / name], cwd=ROOT, check=True)
        shutil.rmtree(tmp_path / "root")
        packages.append((tmp_path / name).read_bytes())
    assert packages[0] == packages[1]
    fields = subprocess.run(["dpkg-deb", "--field", tmp_path / "a.deb"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^Depends: .*libarchive13.*libpq5", fields, re.M)
    subprocess.run(["dpkg-deb", "-x", tmp_path / "a.deb", tmp_path / "there"], check=True)
    program = tmp_path / "there" / "usr" / "bin" / "simulark"
    assert subprocess.run([program, "--version"], capture_output=True, text=True).stdout.startswith("simulark ")
    if shutil.which("lintian"):
        said = subprocess.run(["lintian", "--no-tag-display-limit", tmp_path / "a.deb"], capture_output=True, text=True,
                              env=os.environ | {"LC_ALL": "C"}).stdout
        assert not said


def test_every_library_stands_in_the_list_of_licences():
    libraries = re.search(r"^LIBRARIES := (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split()
    listed = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert [name for name in libraries if f"| `{name}` |" not in listed] == []
