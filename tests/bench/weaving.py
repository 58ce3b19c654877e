"""What an individual background costs: the same cards stamped with each member's serial woven over the whole front."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from pipeline.base.geometry import Box
from pipeline.craft.microtext import woven
from pipeline.model.security import WovenSpec
from pipeline.model.template import LeafTemplate, Template
from tests.bench.measure import cpu
from tests.bench.press import Job, press_parts
from tests.bench.table import Row

_SERIAL = "issue.serial"
_MOST = 0.2  # of the stamping rate
_SIZE, _STEP = 1_500, 3_000  # µm: type and rows of a card's ground
_INK = (0, 100, 620, 0)


def with_background(template: Template) -> Template:
    """The template with the serial in rows over the whole trim of its first side."""
    first, *others = template.leaves
    side = first.front
    serial = next(number for number, field in enumerate(side.texts) if field.value == _SERIAL)
    box = Box(0, 0, template.width, template.height)
    edges = {edge: f"{getattr(box, edge)}um" for edge in ("left", "top", "width", "height")}
    spec = WovenSpec.model_validate(
        {"field": side.texts[serial].name, "box": edges, "size": f"{_SIZE}um", "step": f"{_STEP}um", "profile": "offset-2400"}
    )
    front = replace(side, woven=(woven("ground", spec, serial, _INK),))
    return replace(template, leaves=(LeafTemplate(front, first.back), *others))


def rows_of_weaving(job: Job, folder: Path, times: int) -> Iterator[Row]:
    """Row l: the share of the stamping rate that an individual background costs."""
    folder.mkdir()
    ground = with_background(job.kind.template)
    other = job._replace(kind=job.kind._replace(template=ground))
    pairs = [(cpu(lambda: press_parts(job, folder))[0], cpu(lambda: press_parts(other, folder))[0]) for _ in range(times)]
    plain, with_ground = (median(seconds) for seconds in zip(*pairs, strict=True))
    cards = len(job.documents)
    rows = ground.leaves[0].front.woven[0].rows
    what = f"stamp, impose, plate of {cards:,} cards, the member's serial woven over the front in {rows} rows"
    yield Row("l", what, cards / with_ground, "cards / CPU s")
    yield Row(
        "l", "· what it costs of the rate without it, in turn", 100 * (1 - plain / with_ground), "%", 100 * _MOST, most=True
    )
