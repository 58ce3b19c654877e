"""The code of a sheet's side: which lot, sheet and side a machine or a hand scanner has before it (the form is OURS).

`P1`, eight figures of the lot's name (SHA-256), the sheet's number in six, F or B, and a check sum. Front and back differ in
the side alone, so that two sheets that were laminated together can be compared.
"""

import hashlib

from pipeline.craft.sk1 import crc

SIDES = "FB"
_FORM = "P1"


def lot_tag(lot: str) -> str:
    """What stands for a lot's name in its sheets' codes: eight hexadecimal figures."""
    return hashlib.sha256(lot.encode()).hexdigest()[:8].upper()


def content(lot: str, sheet: int, side: int) -> str:
    """What the code of a sheet's front (0) or back (1) says."""
    body = f"{_FORM}{lot_tag(lot)}{sheet:06d}{SIDES[side]}"
    return f"{body}{crc(body):04X}"
