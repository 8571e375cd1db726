"""The bad files that docs/bad_input.md speaks of."""

import bz2
import gzip
import http.server
import io
import lzma
import os
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TEXT = b"The quick brown fox jumps over the lazy dog.\n" * 100


def make_texts(folder: Path) -> None:
    """Every source in the table of corpora."""
    (folder / "folder").mkdir()
    (folder / "folder/a.txt").write_bytes(TEXT)
    (folder / "hollow").mkdir()
    (folder / "linked").mkdir()
    (folder / "linked/a.txt").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    (folder / "empty.txt").touch()
    (folder / "text.txt").write_bytes(TEXT)
    (folder / "long.txt").write_bytes(TEXT * 30)
    (folder / "latin.txt").write_bytes(TEXT + "café\n".encode("latin-1") + TEXT)
    (folder / "same.txt").write_bytes(b"a" * 200_000)
    (folder / "mixed.txt").write_bytes(TEXT + "café\r".encode() + "café\r".encode("latin-1"))
    (folder / "loop.txt").symlink_to("loop.txt")
    make_formats(folder)
    (folder / "many.txt").write_text("".join(map(chr, range(0x10000, 0x10000 + 70_000))) * 2)
    make_archives(folder)


def make_formats(folder: Path) -> None:
    """What people take for a text."""
    (folder / "book.txt.gz").write_bytes(gzip.compress(TEXT))
    (folder / "book.txt.bz2").write_bytes(bz2.compress(TEXT))
    (folder / "book.txt.xz").write_bytes(lzma.compress(TEXT))
    (folder / "book.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + TEXT)
    (folder / "book.rtf").write_bytes(b"{\\rtf1\\ansi " + TEXT + b"}")
    (folder / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + TEXT)
    (folder / "page.jpg").write_bytes(b"\xff\xd8\xff\xe0" + TEXT)
    for name, *members in (
        ("book.docx", "[Content_Types].xml", "word/document.xml"),
        ("book.epub", "mimetype", "book.xhtml"),
        ("book.odt", "mimetype", "content.xml"),
        ("book.zip", "book.txt"),
    ):
        kinds = {"book.epub": "application/epub+zip", "book.odt": "application/vnd.oasis.open"}
        with zipfile.ZipFile(folder / name, "w") as file:
            for member in members:
                file.writestr(member, kinds[name] if member == "mimetype" else TEXT)
    wide = "Война и мир\r\n" * 2000
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"):
        (folder / f"{encoding}.txt").write_bytes(wide.encode(encoding))
    (folder / "clone/.git").mkdir(parents=True)
    (folder / "clone/.git/HEAD").write_bytes(b"ref: refs/heads/main\n")
    (folder / "clone/logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")


def make_archives(folder: Path) -> None:
    def pack(name: str, *members: tuple) -> Path:
        with tarfile.open(folder / name, "w:gz" if name.endswith("gz") else "w") as tar:
            for path, kind, link in (("good.txt", tarfile.REGTYPE, ""), *members):
                info = tarfile.TarInfo(path)
                info.type, info.linkname = kind, link
                info.size = len(TEXT) if kind == tarfile.REGTYPE else 0
                tar.addfile(info, io.BytesIO(TEXT))
        return folder / name

    pack("good.tar")
    pack("upwards.tar", ("../evil.txt", tarfile.REGTYPE, ""))
    pack("absolute.tar", ("/etc/evil.txt", tarfile.REGTYPE, ""))
    pack("escape.tar", ("../\x1b[31m\u202eevil\n.txt", tarfile.REGTYPE, ""))
    pack("link.tar", ("link.txt", tarfile.SYMTYPE, "/etc/passwd"))
    whole = pack("cut.tar").read_bytes()
    (folder / "cut.tar").write_bytes(whole[:3000])
    packed = bytearray(pack("damaged.tar.gz").read_bytes())
    packed[-6] ^= 1  # in the checksum
    (folder / "damaged.tar.gz").write_bytes(packed)
    with tarfile.open(folder / "device.tar", "w") as tar:
        info = tarfile.TarInfo("null.txt")
        info.type, info.devmajor, info.devminor = tarfile.CHRTYPE, 1, 3
        tar.addfile(info)
    with lzma.open(folder / "bomb.tar.xz", "wb", preset=0) as file:
        info = tarfile.TarInfo("zeros")
        info.size = 2**27
        file.write(info.tobuf())
        for _ in range(2**7):
            file.write(bytes(2**20))


def make_tables(folder: Path, good: pa.Table) -> None:
    """Every external table: `good`, spoilt."""

    def write(name: str, table: pa.Table) -> None:
        pq.write_table(table, folder / f"{name}.parquet")

    def change(column: str, row: int, value) -> pa.Table:
        values = good[column].to_pylist()
        values[row] = value
        place = good.column_names.index(column)
        return good.set_column(place, column, pa.array(values))

    (folder / "text.parquet").write_text("stream,position,token,prob\n")
    write("cut", good)
    (folder / "cut.parquet").write_bytes((folder / "cut.parquet").read_bytes()[:-40])
    write("narrow", good.drop_columns("prob"))
    write("twice", good.append_column("prob", good["prob"]))
    write("kind", good.set_column(2, "token", good["token"].cast(pa.string())))
    write("hole", change("prob", 3, None))
    write("few", good.slice(0, 50))
    write("many", pa.concat_tables([good, good]))
    write("none", good.slice(0, 0))
    write("token", change("token", 7, 0))
    write("symbol", change("token", 7, 999))
    write("order", good.take(np.arange(len(good))[::-1]))
    write("position", change("position", 0, 3))
    write("zero", change("prob", 3, 0.0))
    write("above", change("prob", 3, 1.5))
    write("nan", change("prob", 3, float("nan")))


def make_configurations(folder: Path) -> None:
    """Every configuration that a row of the command line names."""
    corpus = "corpora:\n  a:\n    source: {file: text.txt}\n"
    (folder / "text.txt").write_bytes(TEXT)
    for name, text in {
        "mistake": corpus + "netz: [lstm-1x64]\n",
        "twice": corpus + corpus.replace("  a:", "  b:"),
        "broken": "corpora:\n  a: [\n",
        "empty": "",
        "list": "- a\n- b\n",
        "tag": "corpora: !!python/object/apply:os.system ['touch executed']\n",
        "short": corpus,
        "external": corpus + "    external: {mine: missing.parquet}\n",
    }.items():
        (folder / f"{name}.yaml").write_text(text)
    (folder / "latin.yaml").write_bytes("corpora: {a: {source: {file: café}}}\n".encode("latin-1"))


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves text.txt, and nothing else."""

    def do_GET(self):
        found = self.path == "/text.txt"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(TEXT) if found else 0))
        self.end_headers()
        if found:
            self.wfile.write(TEXT)

    def log_message(self, *_):
        pass
