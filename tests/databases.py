"""Databases for tests: an SQLite file, or a PostgreSQL server from Debian's package, one for the whole run.

The server listens on a socket in a folder of its own and sorts as Japanese does, so that what relies on the database's
order is found. Its databases are copies of one that is migrated already.
"""

import fcntl
import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from pipeline.office import ledger_upgrade
from pipeline.office.ledger_engine import connect

KINDS = ("sqlite", "postgresql")
_USER = "shikaku"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}
_numbers = itertools.count(1)


def sqlite(folder: Path) -> str:
    """A new ledger in a file."""
    return f"sqlite:///{folder}/ledger.sqlite"


def postgresql(root: Path, ready: bool = True) -> str:
    """A new database of the run's server, which is started by whoever is first; `ready`: with the ledger's tables."""
    folder = _server(root)
    name = f"ledger_{os.getpid()}_{next(_numbers)}"
    _sql(folder, f"CREATE DATABASE {name} TEMPLATE {'ready' if ready else 'template0'}")
    return _url(folder, name)


def stop(root: Path) -> None:
    """Stop the run's server, if there is one, and throw it away."""
    note = root / "postgresql"
    if note.exists():
        folder = Path(note.read_text())
        _as_owner([_program("pg_ctl"), "stop", "-D", f"{folder}/data", "-m", "immediate"], check=False)
        shutil.rmtree(folder, ignore_errors=True)
        note.unlink()


def _server(root: Path) -> Path:
    note = root / "postgresql"
    with (root / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            note.write_text(str(_start()))
    return Path(note.read_text())


def _start() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="shikaku-pg-"))  # a socket's path is short, and the server's user gets in
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    how = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=ja", "--no-sync", "-A", "trust"]
    _as_owner([_program("initdb"), "-D", f"{folder}/data", "-U", _USER, *how])
    settings = " ".join(f"-c {name}='{value}'" for name, value in {**_SETTINGS, "unix_socket_directories": folder}.items())
    _as_owner([_program("pg_ctl"), "start", "-w", "-D", f"{folder}/data", "-l", f"{folder}/log", "-o", settings])
    _sql(folder, "CREATE DATABASE ready")
    engine = connect(_url(folder, "ready"))
    ledger_upgrade.prepare(engine)
    engine.dispose()
    return folder


def _url(folder: Path, name: str) -> str:
    return f"postgresql+psycopg://{_USER}@/{name}?host={folder}"


def _sql(folder: Path, statement: str) -> None:
    command = [_program("psql"), "-q", "-h", str(folder), "-U", _USER, "-d", "template1", "-c", statement]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _program(name: str) -> str:
    """A program of the newest server there is; Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4])) or [
        Path(path) for path in [shutil.which(name)] if path
    ]
    assert found, "PostgreSQL is not installed: run .ci/prepare"
    return str(found[-1])


def _as_owner(command: list[str], check: bool = True) -> None:
    """Run a program of the server, which refuses to run as root."""
    owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []
    subprocess.run([*owner, *command], check=check, cwd="/", stdout=subprocess.DEVNULL)
