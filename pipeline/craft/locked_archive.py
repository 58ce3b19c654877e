"""The legacy way to hand over: a ZIP, its files encrypted with AES-256 (WinZip AE-2) under a passphrase. Owner of `pyzipper`.

The format derives its key by 1000 rounds of PBKDF2-SHA1, which forgives no weak passphrase: it is drawn here, of 150 bits, and
told by another way than the file. File names inside stay readable; ours say nothing of anybody.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path

CIPHER = "ZIP AE-2 AES-256"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another when it is read out
_GROUPS, _GROUP = 5, 6
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20


def new_passphrase() -> str:
    """A passphrase that can be read out over the telephone."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def lock(folder: Path, names: Sequence[str], target: Path, passphrase: str) -> None:
    """Write the archive of a folder's files, chunk by chunk. OSError."""
    import pyzipper  # it brings a whole library of ciphers, which no other command needs

    with pyzipper.AESZipFile(target, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(passphrase.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name in names:
            entry = archive.zipinfo_cls(name, _EPOCH)
            entry.compress_type = pyzipper.ZIP_DEFLATED
            entry.file_size = (folder / name).stat().st_size
            with (folder / name).open("rb") as file, archive.open(entry, "w") as inside:
                while chunk := file.read(_CHUNK):
                    inside.write(chunk)
