"""A new document type begins with a folder that is valid and compiles: one A4 page with an address, a day and a serial."""

import re
from importlib.resources import files
from pathlib import Path, PurePosixPath

from pipeline.base.problems import Problem, UsageError
from pipeline.office.durable import disk_error, write_atomic
from pipeline.office.schemas import first_line
from pipeline.office.shop import Shop

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MOST = 64  # letters of a folder's name


def begin_document(name: str, title: str, shop: Shop) -> Path:
    """Write the folder of a new document type; its path. UsageError if the name will not do or is taken."""
    if not _NAME.fullmatch(name) or len(name) > _MOST:
        raise UsageError(Problem("new-bad-name", "TYPE", {"name": name[:40]}))
    if not title.strip() or not title.isprintable() or len(title) > _MOST or set(title) & set("\"'#:{}[]&*!|>%@`,\\"):
        raise UsageError(Problem("new-bad-title", "--title"))
    folder = shop.root / "layouts" / "documents" / name
    file = PurePosixPath("layouts", "documents", name, "layout.yaml")
    starting = files("pipeline.office").joinpath("starting")
    layout = starting.joinpath("layout.yaml").read_text("utf-8").format(title=title.strip())
    try:
        folder.mkdir(parents=True)
        write_atomic(folder / "front.html", starting.joinpath("front.html").read_bytes())
        write_atomic(folder / "layout.yaml", f"{first_line(file)}\n{layout}".encode())  # last: now it is a document type
    except FileExistsError:
        raise UsageError(Problem("new-exists", name, {"name": name})) from None
    except OSError as fault:
        raise disk_error(fault, name) from None
    return folder
