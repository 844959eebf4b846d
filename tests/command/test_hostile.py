"""Archives that somebody made to do harm: refused by every command that reads bundles, with nothing written, no program started,
in little time and memory."""

import gzip
import os
import shutil
import struct
import subprocess
import tarfile
import zlib

import pytest

from harness import SIMULARK, Simulark, contents

# ---- a good bundle, as names and bytes ----


@pytest.fixture(scope="module")
def target(server, people_template):
    """A database that nothing may get into, but for what the audit log keeps of refusals."""
    database = server.create(people_template)
    before = contents(database)
    yield database
    assert {**contents(database), "audit_logs": before["audit_logs"]} == before


@pytest.fixture(scope="module")
def entries(server, filled_template, tmp_path_factory):
    database = server.create(filled_template)
    folder = tmp_path_factory.mktemp("good")
    Simulark(folder)("export", "--project", "Shop", "-o", "x.tar", db=database)
    with tarfile.open(folder / "x.tar") as archive:
        return [(member.name, archive.extractfile(member).read()) for member in archive]


def refused(simulark, target, path, commands=("verify", "import", "inspect", "convert", "diff", "render"), status=3):
    """Runs them all; the folder must hold afterwards what it held before."""
    before = sorted(os.listdir(simulark.folder))
    lines = {"verify": ["verify", path], "import": ["import", path], "inspect": ["inspect", path],
             "convert": ["convert", path, "out.json"], "diff": ["diff", path, path], "render": ["render", path, "-o", "out.svg"]}
    for command in commands:
        result = simulark(*lines[command], db=target if command == "import" else None, check=None, timeout=20)
        assert result.status == status, (command, path, result)
        assert result.err.count("\n") <= 4 and (command == "verify" or result.out == ""), result
    assert sorted(os.listdir(simulark.folder)) == before


# ---- tar, header by header ----


def block(data):
    return data + b"\0" * (-len(data) % 512)


def header(name, size=0, kind=b"0", link=b"", mode=b"0000644\0", magic=b"ustar\x0000", prefix=b"", size_field=None, checksum=None):
    name = name if isinstance(name, bytes) else name.encode()
    field = size_field if size_field is not None else b"%011o\0" % size
    h = (name.ljust(100, b"\0")[:100] + mode + b"0000000\0" * 2 + field.ljust(12, b"\0")[:12] + b"00000000000\0" + b" " * 8 + kind +
         link.ljust(100, b"\0") + magic + b"\0" * 64 + b"0000000\0" * 2 + prefix.ljust(155, b"\0")).ljust(512, b"\0")
    total = sum(h) if checksum is None else checksum
    return h[:148] + b"%06o\0 " % total + h[156:]


def entry(name, data=b"", **more):
    return header(name, len(data), **more) + block(data)


def record(key, value):
    """One line of a PAX header: its own length, key=value."""
    body = b" " + key.encode() + b"=" + (value if isinstance(value, bytes) else value.encode()) + b"\n"
    size = len(body) + 1
    while len(b"%d" % size) + len(body) != size:
        size += 1
    return b"%d" % size + body


def pax(kind=b"x", **records):
    return entry("PaxHeaders/x", b"".join(record(key.replace("__", "."), value) for key, value in records.items()), kind=kind)


def tar(entries, at, *grafts, end=b"\0" * 1024):
    """The good entries, with what is grafted in front of the one at this place."""
    parts = [entry(name, data) for name, data in entries]
    at = at if at >= 0 else len(parts) + at + 1
    return b"".join(parts[:at]) + b"".join(grafts) + b"".join(parts[at:]) + end


BEHIND_HEADER, BEFORE_SEAL, AT_END = 1, -2, -1

# name, where, what. No good program writes any of it.
TAR_GRAFTS = [
    ("a symbolic link", BEFORE_SEAL, entry("assets/x", kind=b"2", link=b"/etc/passwd")),
    ("a symbolic link in place of a folder", BEHIND_HEADER, entry("data", kind=b"2", link=b"/tmp")),
    ("a hard link", BEFORE_SEAL, entry("assets/x", kind=b"1", link=b"bundle.json")),
    ("a hard link with bytes", BEFORE_SEAL, entry("assets/x", b"hello", kind=b"1", link=b"bundle.json")),
    ("a character device", BEFORE_SEAL, entry("assets/x", kind=b"3")),
    ("a block device", BEFORE_SEAL, entry("assets/x", kind=b"4")),
    ("a pipe", BEFORE_SEAL, entry("assets/x", kind=b"6")),
    ("a contiguous file out of place", AT_END, entry("assets/x", b"hello", kind=b"7")),
    ("a kind nobody knows", AT_END, entry("assets/x", b"hello", kind=b"Q")),
    ("a part of another volume", BEFORE_SEAL, entry("assets/x", b"hello", kind=b"M")),
    ("a folder of GNU's dumps", BEFORE_SEAL, entry("assets/", b"Yx\0\0", kind=b"D")),
    ("an absolute name", BEFORE_SEAL, entry("/assets/x", b"hello")),
    ("a name that goes up", BEFORE_SEAL, entry("assets/../../x", b"hello")),
    ("a name that goes up and comes back", BEFORE_SEAL, entry("data/../assets/x", b"hello")),
    ("a prefix that goes up", BEFORE_SEAL, entry("x", b"hello", prefix=b"..")),
    ("a prefix that is absolute", BEFORE_SEAL, entry("x", b"hello", prefix=b"/assets")),
    ("a drive", BEFORE_SEAL, entry("C:/x", b"hello")),
    ("a drive below assets", BEFORE_SEAL, entry("assets/C:\\x", b"hello")),
    ("backslashes", BEFORE_SEAL, entry("assets\\..\\..\\x", b"hello")),
    ("a control character", BEFORE_SEAL, entry("assets/a\x1b[2Jb", b"hello")),
    ("a line end", BEFORE_SEAL, entry("assets/a\nb", b"hello")),
    ("no name", BEFORE_SEAL, entry("", b"hello")),
    ("a name of dots", BEFORE_SEAL, entry("..", b"hello")),
    ("a name that is no UTF-8", BEFORE_SEAL, entry(b"assets/\xff\xfe", b"hello")),
    ("an overlong slash", BEFORE_SEAL, entry(b"assets\xc0\xafx", b"hello")),
    ("a name that ends in a slash", BEFORE_SEAL, entry("assets/x/", b"hello")),
    ("a header twice", BEHIND_HEADER, entry("bundle.json", b"{}")),
    ("a header twice, the second in disguise", BEHIND_HEADER, entry("./bundle.json", b"{}")),
    ("a header in other letters", BEHIND_HEADER, entry("Bundle.json", b"{}")),
    ("a header at the end", AT_END, entry("bundle.json", b"{}")),
    ("rows behind the seal", AT_END, entry("data/messages/000002.jsonl", b"{}\n")),
    ("a seal twice", AT_END, entry("seal.json", b"{}")),
    ("a seal before the data", BEHIND_HEADER, entry("seal.json", b"{}")),
    ("a part of a table that is not in the header", BEHIND_HEADER, entry("data/users/000001.jsonl", b"{}\n")),
    ("a part with a gap", BEFORE_SEAL, entry("data/messages/000003.jsonl", b"{}\n")),
    ("a part of the other encoding", BEFORE_SEAL, entry("data/messages/000002.yaml", b"---\n{}\n")),
    ("a part of no rows that nobody sealed", BEFORE_SEAL, entry("data/messages/000002.jsonl", b"{}\n")),
    ("an asset that nobody sealed", BEFORE_SEAL, entry("assets/x", b"hello")),
    ("assets that differ in case", BEFORE_SEAL, entry("assets/A", b"1") + entry("assets/a", b"2")),
    ("assets that differ in how they are composed", BEFORE_SEAL, entry("assets/\u00e9", b"1") + entry("assets/e\u0301", b"2")),
    ("two signatures", AT_END, entry("seal.json.minisig", b"x\n") * 2),
    ("a folder where a file is", BEHIND_HEADER, entry("bundle.json/x", b"hello")),
    ("PAX that gives another path", BEFORE_SEAL, pax(path="../../x") + entry("assets/x", b"hello")),
    ("PAX that gives an absolute path", BEFORE_SEAL, pax(path="/etc/cron.d/x") + entry("assets/x", b"hello")),
    ("PAX that gives a path with NUL", BEFORE_SEAL, pax(path=b"assets/x\0/../../y") + entry("assets/x", b"hello")),
    ("PAX that gives no path", BEFORE_SEAL, pax(path="") + entry("assets/x", b"hello")),
    ("PAX that makes a link", BEFORE_SEAL, pax(linkpath="/etc/passwd") + entry("assets/x", kind=b"2", link=b"y")),
    ("PAX that makes a file a link", BEFORE_SEAL, pax(linkpath="/etc/passwd") + entry("assets/x", b"hello")),
    ("PAX that gives another size", BEFORE_SEAL, pax(size="100") + entry("assets/x", b"hello")),
    ("PAX that gives a smaller size", BEFORE_SEAL, pax(size="0") + entry("assets/x", b"h" * 600)),
    ("PAX that gives a negative size", BEFORE_SEAL, pax(size="-1") + entry("assets/x", b"hello")),
    ("PAX that gives a huge size", BEFORE_SEAL, pax(size="9223372036854775807") + entry("assets/x", b"hello")),
    ("PAX that gives a size beyond numbers", BEFORE_SEAL, pax(size="99999999999999999999999") + entry("assets/x", b"hello")),
    ("PAX that says nothing", BEFORE_SEAL, entry("PaxHeaders/x", b"", kind=b"x") + entry("assets/x", b"hello")),
    ("PAX with a length that lies", BEFORE_SEAL, entry("PaxHeaders/x", b"999 path=assets/y\n", kind=b"x") + entry("assets/x", b"h")),
    ("PAX of 8 MB", BEFORE_SEAL, pax(comment="x" * (8 << 20)) + entry("assets/x", b"hello")),
    ("PAX of many attributes", BEFORE_SEAL, entry("PaxHeaders/x", b"".join(
        record(f"SCHILY.xattr.user.a{i}", "v") for i in range(20000)), kind=b"x") + entry("assets/x", b"hello")),
    ("a sparse file of GNU's", BEFORE_SEAL, entry("assets/x", b"hello", kind=b"S", magic=b"ustar  \0", prefix=b"\0" * 41 +
                                                  b"00000001000\0" + b"00000000005\0" + b"\0" * 73 + b"77777777777\0")),
    ("a sparse file of PAX 0.1", BEFORE_SEAL, pax(GNU__sparse__major="0", GNU__sparse__minor="1", GNU__sparse__name="assets/x",
                                                  GNU__sparse__size="1099511627776", GNU__sparse__numblocks="1",
                                                  GNU__sparse__map="0,5") + entry("assets/x", b"hello")),
    ("a sparse file of PAX 1.0", BEFORE_SEAL, pax(GNU__sparse__major="1", GNU__sparse__minor="0", GNU__sparse__name="../x",
                                                  GNU__sparse__realsize="1099511627776") +
     entry("assets/x", block(b"1\n0\n5\n") + b"hello")),
    ("a sparse file of Solaris'", BEFORE_SEAL, pax(SUN__holesdata=" 0 1 5 ") + entry("assets/x", b"hello")),
    ("GNU's long name", BEFORE_SEAL, entry("././@LongLink", b"../" * 100 + b"x\0", kind=b"L", magic=b"ustar  \0") + entry("x", b"hello")),
    ("GNU's long name of 8 MB", BEFORE_SEAL, entry("././@LongLink", b"a" * (8 << 20), kind=b"L", magic=b"ustar  \0") + entry("x", b"h")),
    ("GNU's long name for nothing", AT_END, entry("././@LongLink", b"assets/x\0", kind=b"L", magic=b"ustar  \0")),
    ("GNU's long link", BEFORE_SEAL, entry("././@LongLink", b"/etc/passwd\0", kind=b"K", magic=b"ustar  \0") + entry("x", kind=b"2")),
    ("a name longer than names may be", BEFORE_SEAL, pax(path="assets/" + "x" * 100000) + entry("x", b"hello")),
    ("a thousand folders deep", BEFORE_SEAL, pax(path="assets/" + "x/" * 1000 + "y") + entry("x", b"hello")),
    ("a size of base 256", BEFORE_SEAL, entry("assets/x", size_field=b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7)),
    ("a negative size of base 256", BEFORE_SEAL, entry("assets/x", size_field=b"\xff" * 12)),
    ("a size of no digits", BEFORE_SEAL, entry("assets/x", b"hello", size_field=b"zzzzzzzzzzz\0")),
    ("a size that begins with a minus", BEFORE_SEAL, entry("assets/x", b"hello", size_field=b"-0000000005\0")),
    ("a size that goes beyond the end", AT_END, header("assets/x", 1 << 30)),
    ("a sum that is wrong", BEFORE_SEAL, header("assets/x", 5, checksum=1) + block(b"hello")),
    ("a sum that is wrong at the end", AT_END, header("assets/x", 5, checksum=1) + block(b"hello")),
    ("no magic", BEFORE_SEAL, entry("assets/x", b"hello", magic=b"\0" * 8)),
    ("zeros in the middle", BEFORE_SEAL, b"\0" * 1024),
    ("one block of zeros in the middle", BEFORE_SEAL, b"\0" * 512),
    ("another archive behind the end", AT_END, b"\0" * 1024 + entry("bundle.json", b"{}")),
    ("letters behind the end", AT_END, b"\0" * 1024 + b"hello"),
]

# Odd, but the entries are what was sealed: what libarchive passes over has no effect.
TAR_HARMLESS = [
    ("a volume label", BEHIND_HEADER, entry("label", kind=b"V")),
    ("PAX for all, as git archive writes it", 0, pax(kind=b"g", comment="0" * 40)),
    ("PAX for all, with a path", BEHIND_HEADER, pax(kind=b"g", path="assets/evil")),
    ("a folder", BEHIND_HEADER, entry("assets/", kind=b"5")),
    ("more zeros at the end", AT_END, b"\0" * 10240),
]

# Entries that are well formed, but were never sealed: `inspect`, which takes an archive at its word, shows them.
SHOWN = {"a part of no rows that nobody sealed", "an asset that nobody sealed", "PAX that gives a path with NUL",
         "PAX that gives no path", "PAX that makes a file a link", "PAX that gives another size", "PAX that says nothing",
         "PAX of many attributes", "no magic"}


def some(name, shown=()):
    """Importing, and in turn one of the others: they read alike."""
    other = ("verify", "inspect", "convert", "diff", "render")[len(name) % 5]
    return "import", other if other != "inspect" or name not in shown else "verify"


@pytest.mark.parametrize("name, at, graft", TAR_GRAFTS, ids=[case[0] for case in TAR_GRAFTS])
def test_grafts_in_tar(simulark, target, entries, tmp_path, name, at, graft):
    data = tar(entries, at, graft)
    (tmp_path / "x.tar").write_bytes(data)
    refused(simulark, target, "x.tar", some(name, SHOWN))
    if len(name) % 4 == 0:
        (tmp_path / "x.ark").write_bytes(zstd(data))
        refused(simulark, target, "x.ark", ("import",))


@pytest.mark.parametrize("name, at, graft", TAR_HARMLESS, ids=[case[0] for case in TAR_HARMLESS])
def test_harmless_grafts_in_tar(simulark, entries, tmp_path, name, at, graft):
    (tmp_path / "x.tar").write_bytes(tar(entries, at, graft))
    simulark("verify", "x.tar")


# ---- zip, record by record ----


class Zip:
    """A zip with all its fields in reach."""

    def __init__(self, entries):
        self.files = [{"name": name.encode(), "data": data} for name, data in entries]
        self.before = self.gap = self.after = self.comment = b""
        self.end = {}
        self.zip64 = None

    def bytes(self):
        out = bytearray(self.before)
        central = bytearray()
        for f in self.files:
            name, data = f["name"], f["data"]
            method = f.get("method", 8)
            packer = zlib.compressobj(6, zlib.DEFLATED, -15)
            packed = f.get("packed", packer.compress(data) + packer.flush() if method == 8 else data)
            flags, crc = f.get("flags", 0), zlib.crc32(data) ^ f.get("crc", 0)
            size = f.get("size", len(data))
            offset = f.get("offset", len(out))
            extra = f.get("extra", b"")
            local = struct.pack("<IHHHIIIIHH", 0x04034B50, 20, f.get("local_flags", flags), method, 0x00210000, f.get("local_crc", crc),
                                f.get("local_packed", len(packed)), f.get("local_size", size), len(f.get("local_name", name)),
                                len(f.get("local_extra", extra)))
            if not f.get("absent"):
                out += local + f.get("local_name", name) + f.get("local_extra", extra) + packed + f.get("behind", b"")
            for _ in range(f.get("times", 1)):
                central += struct.pack("<IHHHHIIIIHHHHHII", 0x02014B50, f.get("system", 3) << 8 | 20, 20, flags, method, 0x00210000, crc,
                                       f.get("central_packed", len(packed)), size, len(name), len(extra), 0, f.get("disk", 0), 0,
                                       f.get("mode", 0o100644) << 16, offset & 0xFFFFFFFF) + name + extra
        out += self.gap
        start = len(out)
        out += central
        if self.zip64:
            out += self.zip64(start, len(central), len(self.files))
        count = self.end.get("count", sum(f.get("times", 1) for f in self.files))
        out += struct.pack("<IHHHHIIH", 0x06054B50, self.end.get("disk", 0), 0, count, count, self.end.get("size", len(central)),
                           self.end.get("start", start), len(self.comment)) + self.comment + self.after
        return bytes(out)


def graft(name, data=b"hello", at=-1, **fields):
    return lambda z: z.files.insert(at if at >= 0 else len(z.files) + at, {"name": name if isinstance(name, bytes) else name.encode(),
                                                                          "data": data, **fields})


def change(index, **fields):
    return lambda z: z.files[index].update(fields)


def whole(**fields):
    return lambda z: z.__dict__.update(fields)


def end64(start, size, count, /, **more):
    """The two zip64 records; more: what in them lies."""
    at = start + size
    return struct.pack("<IQHHIIQQQQ", 0x06064B50, more.get("length", 44), 45, 45, 0, 0, more.get("count", count),
                       more.get("count", count), more.get("size", size), more.get("start", start)) + \
        struct.pack("<IIQI", 0x07064B50, 0, more.get("at", at), 1)


ZIP_GRAFTS = [
    ("a symbolic link", graft("assets/x", mode=0o120777)),
    ("a pipe", graft("assets/x", mode=0o010644)),
    ("a device", graft("assets/x", mode=0o020644)),
    ("a folder by its mode", graft("assets/x", mode=0o040755)),
    ("a folder with bytes", graft("assets/x/", mode=0o040755)),
    ("an absolute name", graft("/etc/x")),
    ("a name that goes up", graft("assets/../../x")),
    ("a drive", graft("C:/x")),
    ("backslashes", graft("assets\\..\\..\\x")),
    ("backslashes for slashes", graft("assets\\x", system=0)),
    ("a control character", graft("assets/\x1b[2J")),
    ("no name", graft("")),
    ("a name with NUL", graft(b"assets/x\0/../y")),
    ("a name that is no UTF-8", graft(b"assets/\xff")),
    ("names that differ", graft("assets/x", local_name=b"assets/y")),
    ("names that differ, one of them up", graft("assets/x", local_name=b"../../xx")),
    ("names that differ in length", graft("assets/x", local_name=b"assets/xyz")),
    ("a header twice", graft("bundle.json", b"{}", at=1)),
    ("a header in other letters", graft("BUNDLE.JSON", b"{}", at=1)),
    ("the same bytes twice", change(2, times=2)),
    ("the same bytes a thousand times", change(2, times=1000)),
    ("two entries at one place", graft("assets/x", offset=0, absent=True)),
    ("assets that differ in case", lambda z: (graft("assets/A")(z), graft("assets/a")(z))),
    ("an asset that nobody sealed", graft("assets/x")),
    ("rows behind the seal", graft("data/messages/000002.jsonl", b"{}\n", at=99)),
    ("a seal twice", graft("seal.json", b"{}", at=99)),
    ("an encrypted entry", graft("assets/x", flags=1)),
    ("a strongly encrypted entry", graft("assets/x", flags=0x41)),
    ("an entry of AES", graft("assets/x", method=99, extra=struct.pack("<HHHHBH", 0x9901, 7, 2, 0x4541, 3, 8))),
    ("a hidden directory", graft("assets/x", flags=0x2000)),
    ("a patch", graft("assets/x", flags=0x20)),
    ("a method of bzip2", graft("assets/x", method=12)),
    ("a method of zstd", graft("assets/x", method=93)),
    ("a stored entry of another size", graft("assets/x", method=0, size=4)),
    ("a sum that is wrong", graft("assets/x", crc=1)),
    ("a sum that is wrong in one place", graft("assets/x", local_crc=1)),
    ("a size that is too small", change(3, size=10)),
    ("a size that is too large", change(3, size=1 << 20)),
    ("a packed size that goes beyond the end", change(3, central_packed=1 << 30, local_packed=1 << 30)),
    ("flags that differ", change(3, local_flags=8)),
    ("a descriptor that is missing", change(3, flags=8)),
    ("a descriptor that lies", change(3, flags=8, behind=b"PK\x07\x08" + struct.pack("<III", 1, 2, 3))),
    ("a descriptor with another name behind it", change(3, flags=8, behind=b"x" * 30)),
    ("an offset beyond the end", change(3, offset=1 << 30)),
    ("an offset into another entry", change(3, offset=40)),
    ("a disk of another number", change(3, disk=1)),
    ("a zip64 field that is too short", change(3, extra=struct.pack("<HHI", 1, 4, 0), size=0xFFFFFFFF)),
    ("a zip64 field that is missing", change(3, size=0xFFFFFFFF)),
    ("a zip64 size beyond numbers", change(3, extra=struct.pack("<HHQ", 1, 8, 1 << 63), size=0xFFFFFFFF)),
    ("a zip64 size that expands", change(3, extra=struct.pack("<HHQ", 1, 8, 1 << 50), size=0xFFFFFFFF, local_size=0xFFFFFFFF)),
    ("an extra field longer than itself", change(3, extra=struct.pack("<HH", 0x5455, 400))),
    ("bytes before the archive", whole(before=b"#!/bin/sh\nexit\n")),
    ("bytes before it, offsets corrected", whole(before=b"MZ" + b"\0" * 100)),
    ("bytes between entries", change(3, behind=b"hello")),
    ("an entry between entries that the directory leaves out", change(3, behind=b"PK\x03\x04" + b"\0" * 26)),
    ("bytes before the directory", whole(gap=b"hello")),
    ("bytes behind the end", whole(after=b"hello")),
    ("a comment", whole(comment=b"hello")),
    ("a second end in the comment", whole(comment=b"PK\x05\x06" + b"\0" * 18)),
    ("a count that is too small", whole(end={"count": 2})),
    ("a count that is too large", whole(end={"count": 60000})),
    ("a directory that begins elsewhere", whole(end={"start": 10})),
    ("a directory that is larger than the file", whole(end={"size": 1 << 30})),
    ("a disk of many", whole(end={"disk": 1})),
    ("zip64 of another count", whole(zip64=lambda *a: end64(*a, count=3))),
    ("zip64 of another place", whole(zip64=lambda *a: end64(*a, start=0))),
    ("zip64 of a huge size", whole(zip64=lambda *a: end64(*a, size=1 << 62))),
    ("zip64 of a huge count", whole(zip64=lambda *a: end64(*a, count=1 << 62))),
    ("zip64 that points elsewhere", whole(zip64=lambda *a: end64(*a, at=7))),
    ("zip64 with room for more", whole(zip64=lambda *a: end64(*a, length=1 << 40))),
]
ZIP_SHOWN = {"an asset that nobody sealed"}


@pytest.mark.parametrize("name, damage", ZIP_GRAFTS, ids=[case[0] for case in ZIP_GRAFTS])
def test_grafts_in_zip(simulark, target, entries, tmp_path, name, damage):
    made = Zip(entries)
    damage(made)
    (tmp_path / "x.zip").write_bytes(made.bytes())
    refused(simulark, target, "x.zip", some(name, ZIP_SHOWN))


@pytest.mark.parametrize("name, change", [
    ("as it is", whole()), ("zip64 that nothing needs", whole(zip64=end64)), ("stored", change(3, method=0)),
    ("a time in an extra field", change(3, extra=struct.pack("<HHBI", 0x5455, 5, 1, 0))),
])
def test_harmless_zips(simulark, entries, tmp_path, name, change):
    made = Zip(entries)
    change(made)
    (tmp_path / "x.zip").write_bytes(made.bytes())
    simulark("verify", "x.zip")


# ---- more than there seems to be ----


def skippable(size=8):
    return struct.pack("<II", 0x184D2A50, size) + b"\0" * size


def zstd(data, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, capture_output=True, check=True).stdout


def many(entries, count):
    """A tar of very many tiny entries."""
    return b"".join([entry(*entries[0]), *(header(f"assets/{i:06}") for i in range(count)), b"\0" * 1024])


def many_zipped(entries):
    """One entry, and a directory that says it is there a hundred and one thousand times."""
    made = Zip(entries[:1])
    made.files[0]["times"] = 101000
    made.end = {"count": 0xFFFF}
    made.zip64 = lambda *a: end64(*a, count=101000)
    return made.bytes()


def long_line(entries, size):
    """A row without end, in a part of a table; as zstd, for it packs well."""
    line = b'{"id":"' + b"a" * size + b'"}\n'
    return b"".join([entry(*entries[0]), header("data/projects/000001.jsonl", len(line)), block(line), b"\0" * 1024])


def hand(projects):
    return b'{"simulark": "bundle", "format": 1, "kind": "project", "projects": ' + projects + b"}"


def laughs(levels, width):
    text = b"simulark: bundle\nformat: 1\nkind: project\nprojects:\n- name: &a0 " + b"lol" * 100 + b"\n  settings:\n"
    for i in range(1, levels):
        text += b"    - &a%d [" % i + b", ".join([b"*a%d" % (i - 1)] * width) + b"]\n"
    return text


BOMBS = [
    ("a member of gzip more", "x.tar.gz", lambda e: gzip.compress(tar(e, 0)) + gzip.compress(b"")),
    ("tar over two members of gzip", "x.tar.gz", lambda e: gzip.compress(tar(e, 0)[:1000]) + gzip.compress(tar(e, 0)[1000:])),
    ("letters behind gzip", "x.tar.gz", lambda e: gzip.compress(tar(e, 0)) + b"hello"),
    ("gzip within zstd", "x.ark", lambda e: zstd(gzip.compress(tar(e, 0)))),
    ("zstd within zstd", "x.ark", lambda e: zstd(zstd(tar(e, 0)))),
    ("a tar in a tar", "x.tar", lambda e: tar([("bundle.json", tar(e, 0))], 0)),
    ("a bundle in an asset's place", "x.zip", lambda e: Zip([("x.zip", Zip(e).bytes())]).bytes()),
    ("zstd of a window of 2 GiB", "x.ark", lambda e: b"\x28\xb5\x2f\xfd\x00\xa8" + zstd(tar(e, 0))[6:]),
    ("letters behind zstd", "x.ark", lambda e: zstd(tar(e, 0)) + b"hello"),
    ("zstd of nothing but zeros", "x.ark", lambda e: zstd(entry(*e[0]) + header("data/projects/000001.jsonl", 100 << 20) +
                                                          b"\0" * (100 << 20))),
    ("zeros behind a tar's end", "x.ark", lambda e: zstd(tar(e, 0) + b"\0" * (70 << 20))),
    ("very many entries", "x.ark", lambda e: zstd(many(e, 101000))),
    ("very many entries in a zip", "x.zip", many_zipped),
    ("a row of 100 MB", "x.ark", lambda e: zstd(long_line(e, 100 << 20))),
    ("a header of 20 MB", "x.ark", lambda e: zstd(entry("bundle.json", b'{"simulark": "' + b"a" * (20 << 20)))),
    ("a header of many levels", "x.tar", lambda e: entry("bundle.json", b"[" * 100000) + b"\0" * 1024),
    ("a value of many levels", "x.json", lambda e: hand(b'[{"name": "x", "settings": ' + b"[" * 200000 + b"]" * 200000 + b"}]")),
    ("a field of many levels", "x.json", lambda e: b'{"simulark": ' + b"[" * 3000000),
    ("laughs", "x.yaml", lambda e: laughs(12, 10)),
    ("laughs of little width", "x.yaml", lambda e: laughs(64, 2)),
    ("very many aliases", "x.yaml", lambda e: b"projects:\n- name: &a " + b"x" * 1000 + b"\n  settings: [" + b"*a, " * 100000 + b"]\n"),
    ("an alias within itself", "x.yaml", lambda e: b"projects: &a\n- *a\n"),
    ("ten thousand levels of YAML", "x.yaml", lambda e: b"projects:\n- settings: " + b"[" * 20000 + b"]" * 20000 + b"\n"),
    ("ten thousand keys of keys", "x.yaml", lambda e: b"? " * 20000 + b"x"),
    ("a number without end", "x.json", lambda e: hand(b'[{"name": "x", "settings": 1' + b"0" * (2 << 20) + b"}]")),
    ("an exponent without end", "x.json", lambda e: hand(b'[{"name": "x", "settings": 1e999999999}]')),
    ("a table without end", "x.yaml", lambda e: b"simulark: bundle\nformat: 1\nkind: project\nprojects:\n" + b"-\n" * 300000),
]


def measured(simulark, *arguments, db=None):
    """Exit status, message, and peak memory in KiB."""
    command = ["/usr/bin/python3", "-c", PEAK, *simulark.command(*arguments, db=db)]
    done = subprocess.run(command, cwd=simulark.folder, env=simulark.environment(), capture_output=True, timeout=60)
    status, peak = done.stdout.splitlines()[-1].split()
    return int(status), done.stderr.decode(), int(peak)


PEAK = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize("name, path, make", BOMBS, ids=[case[0] for case in BOMBS])
def test_bombs(simulark, target, entries, tmp_path, name, path, make):
    (tmp_path / path).write_bytes(make(entries))
    for command in (["import", path], ["inspect", path])[:1 + len(name) % 2]:
        status, err, peak = measured(simulark, *command, db=target if command[0] == "import" else None)
        assert status == 3 and 0 < len(err) < 1000, (command, status, err)
        # Of a row that is refused for its size so much was in memory.
        assert peak < (160 << 10 if "limit" in err else 64 << 10), (command, peak, err)


# ---- other people's archives, none of them a bundle ----

LOOP = """
command=render
for path in "$@"; do
    case $command in
        verify) command=inspect out= ;; inspect) command=convert out=out.json ;; convert) command=diff out=$path ;;
        diff) command=render out="-o out.svg" ;; render) command=verify out= ;;
    esac
    "$SIMULARK" import "$path" --dbname "$TARGET" >&2; echo $? import "$path"
    "$SIMULARK" $command "$path" $out >&2; echo $? $command "$path"
done
"""


def test_the_corpora(simulark, target, corpora, tmp_path):
    """No program but our own is started: strace sees every execve."""
    if not shutil.which("strace"):
        pytest.skip("this needs strace")
    paths = sorted(str(path) for path in (corpora / "archives").rglob("*") if path.is_file() and path.name != "EXPECT.tsv")
    log = tmp_path / "log"
    trace = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=execve,execveat", "-o", log, "sh", "-c", LOOP, "sh", *paths]
    before = sorted(os.listdir(tmp_path))
    done = subprocess.run(trace, cwd=tmp_path, env=simulark.environment({"SIMULARK": SIMULARK, "TARGET": target.url}),
                          capture_output=True, timeout=120)
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 2 * len(paths) > 400, done.stderr[-2000:]
    assert [text for text in lines if not text.startswith("3 ")] == []
    started = {text.split('"')[1] for text in log.read_text().splitlines() if "execve" in text}
    assert {path for path in started if not path.endswith("/sh")} == {str(SIMULARK)}
    log.unlink()
    assert sorted(os.listdir(tmp_path)) == before


# ---- limits ----

LIMITS = [("row_bytes=40", "x.json", "limit row_bytes"), ("row_bytes=40", "x.yaml", "limit row_bytes"),
          ("row_bytes=40", "x.tar", "limit row_bytes"), ("asset_bytes=1K", "x.tar", "limit asset_bytes"),
          ("entries=3", "x.zip", "limit entries"), ("entries=3", "x", "limit entries"), ("yaml_depth=2", "x.yaml", "limit yaml_depth"),
          ("alias_bytes=5", "y.yaml", "limit alias_bytes")]


@pytest.mark.parametrize("limit, path, message", LIMITS)
def test_limits_are_set_and_named(simulark, target, entries, tmp_path, limit, path, message):
    (tmp_path / "x.tar").write_bytes(tar(entries, 0))
    if path == "y.yaml":
        (tmp_path / path).write_text("simulark: bundle\nformat: 1\nkind: project\nprojects:\n- name: &a Shop\n  description: *a\n")
    elif path != "x.tar":
        simulark("convert", "x.tar", path)
    others = [["inspect", path], ["convert", path, "out.yaml"], ["diff", path, path], ["render", path, "-o", "out.svg"]]
    for command in [["import", path], ["verify", path]] + (others if path in ("x.tar", "x.yaml") else []):
        if command[0] == "inspect" and path == "x.tar" and "row" in limit:
            limit = "row_bytes=20"  # it reads no messages
        result = simulark(*command, "--limit", limit, db=target if command[0] == "import" else None, check=3)
        assert message in result.out + result.err, result
        if command[0] != "verify":
            assert f"--limit {limit.split('=')[0]}=" in result.err, result


@pytest.mark.parametrize("limit, message", [("row_bytes", "NAME=VALUE"), ("rows=3", "no limit"), ("row_bytes=", "whole number"),
                                            ("row_bytes=0", "whole number"), ("row_bytes=-1", "whole number"),
                                            ("row_bytes=1T", "whole number"), ("row_bytes=1KB", "whole number"),
                                            ("entries=99999999999999999999", "whole number")])
def test_limits_that_are_none(simulark, limit, message):
    assert message in simulark("verify", "x.tar", "--limit", "entries=5", "--limit", limit, check=2).err
