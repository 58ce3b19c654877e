"""A process that makes the parts of a lot as a worker does, without reading them back.

`python -m tests.bench.maker FILE`, for `tests.bench.imposition`. It imports what making needs and no more.
"""

import pickle
import sys
import tempfile
from pathlib import Path

from pipeline.craft.typefaces import Typeface, Typefaces
from pipeline.office.ledger import Ledger
from pipeline.office.memory import spare_collections
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import plate
from pipeline.stages.stamp import stamp


def main(given: Path) -> None:
    """Make every part of what `given` describes, a pickled tuple: nothing else is loaded for it."""
    spare_collections()
    url, faces, template, design, conditions, slug, chunks = pickle.loads(given.read_bytes())
    typefaces = Typefaces([Typeface(*face) for face in faces])
    with Ledger(url, str, create=False) as ledger, tempfile.TemporaryFile() as file:
        for chunk in chunks:
            file.seek(0)
            stamped = stamp(list(ledger.documents(chunk.lot, chunk.first, chunk.count)), template, typefaces)
            sheets = impose(len(stamped.leaves), design, chunk.first_sheet)
            plate(file, stamped, sheets, slots(design), template, design, conditions, typefaces, slug)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
