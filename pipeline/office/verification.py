"""A lot that was handed off, compared with what the ledger says: file by file, then part by part read back."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.base.problems import PreflightError, Problem
from pipeline.craft.signing import SUFFIX
from pipeline.craft.typefaces import Typefaces
from pipeline.model.lot import Chunk
from pipeline.office.inserting import placed, sets_of
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow
from pipeline.office.order import Progress
from pipeline.office.planning import Kind
from pipeline.office.worker import named_sums, part_names, sha256_of
from pipeline.stages.preflight import preflight

CHECKSUMS = "checksums.sha256"


def file_faults(folder: Path, parts: Mapping[str, str]) -> list[Problem]:
    """Files that are missing, too many or changed. `parts` are the part files' hashes as the ledger has them."""
    place = folder.name
    try:
        lines = (folder / CHECKSUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return [Problem("verify-part-differs", place, {"file": CHECKSUMS})]
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {CHECKSUMS, CHECKSUMS + SUFFIX}
    wrong = there ^ listed.keys()
    wrong |= {name for name in there & listed.keys() if sha256_of(folder / name) != listed[name]}
    wrong |= {name for name, digest in parts.items() if listed.get(name) != digest}
    return [Problem("verify-part-differs", f"{place} {name}", {"file": name}) for name in sorted(wrong)]


def check_files(folder: Path, chunks: list[tuple[Chunk, str, str]]) -> None:
    """PreflightError unless every file of a lot is what its checksums and the ledger say."""
    parts = {name: digest for chunk, sums, _ in chunks for name, digest in named_sums(chunk.part, sums).items()}
    faults = file_faults(folder, parts)
    if faults:
        raise PreflightError(faults)


def verify_lot(
    lot: LotRow,
    kind: Kind,
    typefaces: Typefaces,
    ledger: Ledger,
    folder: Path,
    progress: Progress,
    code_key: bytes = b"",
) -> None:
    """Read a lot back. PreflightError with every difference found: changed files first, then the parts' faults.

    `code_key` is the public key that signed the lot's codes when it was made.
    """
    if kind.template.fingerprint != lot.fingerprint:
        raise PreflightError(Problem("verify-template-changed", lot.name, {"document": lot.document}))
    chunks, sets = ledger.chunks(lot.name), sets_of(lot, kind, ledger)
    check_files(folder, chunks)
    faults: list[Problem] = []
    for done, (chunk, _, _) in enumerate(chunks):
        progress("verify", done, len(chunks))
        documents = placed(ledger.documents(lot.name, chunk.first, chunk.count), chunk, sets)
        path, *back = (folder / name for name in part_names(chunk.part, kind.design))
        report = preflight(
            path,
            kind.template,
            kind.design,
            kind.conditions,
            documents,
            chunk.first_sheet,
            typefaces.paths(),
            lot_sheets=lot.sheets,
            job=lot.name,
            part=(chunk.part, len(chunks)),
            back=back[0] if back else None,
            code_key=code_key,
        )
        faults += report.faults
    if faults:
        raise PreflightError(faults)
