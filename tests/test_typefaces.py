"""Coverage, measuring and subsets of the declared typefaces, judged by fontTools where it can."""

from io import BytesIO

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from pipeline.craft.typefaces import FaceUse, clusters, is_special
from tests.faces import typefaces

GOTHIC, RARE = "biz-ud-gothic-bold", "ipamj-mincho"
DEFAULT_FEATURES = {"ccmp", "locl", "rlig", "mark", "mkmk", "abvm", "blwm", "rclt", "dist", "curs"}


def font(face_id: str) -> TTFont:
    return TTFont(typefaces()[face_id].path, lazy=True)


@pytest.mark.parametrize("face_id", [face.id for face in typefaces()])
def test_advances_are_those_of_the_file(face_id: str) -> None:
    face, judge = typefaces()[face_id], font(face_id)
    cmap, widths = judge.getBestCmap(), judge["hmtx"].metrics
    assert len(face.advances) > 7000
    wrong = [char for char, advance in face.advances.items() if widths[cmap[ord(char)]][0] != advance]
    assert wrong == []


@pytest.mark.parametrize("face_id", [face.id for face in typefaces()])
def test_no_default_feature_touches_a_plain_character(face_id: str) -> None:
    """The premise of setting without shaping: with kerning and ligatures off, cmap and hmtx are the whole truth."""
    face, judge = typefaces()[face_id], font(face_id)
    plain = {judge.getBestCmap()[ord(char)] for char in face.advances}
    touched: set[str] = set()
    for tag in ("GSUB", "GPOS"):
        if tag not in judge:
            continue
        table = judge[tag].table
        lookups = {
            index
            for record in (table.FeatureList.FeatureRecord if table.FeatureList else [])
            if record.FeatureTag in DEFAULT_FEATURES
            for index in record.Feature.LookupListIndex
        }
        for index in lookups:
            for subtable in table.LookupList.Lookup[index].SubTable:
                real = getattr(subtable, "ExtSubTable", subtable)
                if hasattr(real, "mapping"):
                    touched |= set(real.mapping)
                elif hasattr(real, "ligatures"):
                    seconds = {part for many in real.ligatures.values() for one in many for part in one.Component}
                    if seconds & plain:  # a ligature needs all its parts: a mark among them is never plain
                        touched |= {first for first, many in real.ligatures.items() if _all_plain(many, plain)}
                else:
                    touched |= set(getattr(getattr(real, "Coverage", None), "glyphs", ()))
    assert touched & plain == set()


def _all_plain(ligatures: list[object], plain: set[str]) -> bool:
    return any(set(one.Component) <= plain for one in ligatures)  # type: ignore[attr-defined]


def test_a_text_is_covered_wholly_or_not_at_all() -> None:
    gothic, rare = typefaces()[GOTHIC], typefaces()[RARE]
    assert gothic.measure("山田 太郎") == 4 * 2048 + 1024
    assert gothic.measure("𠮷田") is None and gothic.missing("𠮷田") == ("𠮷",)
    assert rare.measure("𠮷田") == 2 * 2048
    assert gothic.measure("\u3099") is None, "a mark alone is nobody's name"


def test_variation_sequences_are_known_before_stamping() -> None:
    """葛 + VS17 has a glyph of its own in the Gothic; a selector the typeface does not map is never dropped."""
    gothic = typefaces()[GOTHIC]
    formed, base = gothic.glyph("葛\U000e0100"), gothic.glyph("葛")
    assert formed and base and formed.gid != base.gid
    assert gothic.glyph("葛\U000e0101") == base, "the selector of the usual form"
    assert gothic.glyph("山\U000e01ef") is None
    assert gothic.measure("山\U000e01ef") is None
    assert typefaces()[RARE].measure("葛\U000e0100") is None


def test_what_a_typeface_would_join_is_not_covered() -> None:
    assert typefaces()[RARE].measure("æ`") is None and typefaces()[GOTHIC].measure("æ`")
    assert typefaces()[GOTHIC].measure("˥˩") is None


def test_every_cp932_character_is_covered_by_the_card_typeface() -> None:
    face = typefaces()[GOTHIC]
    chars = set()
    for high in range(0x81, 0xFD):
        for low in range(0x40, 0xFD):
            try:
                chars.add(bytes([high, low]).decode("cp932"))
            except UnicodeDecodeError:
                continue
    named = {char for char in chars if len(char) == 1 and not 0xE000 <= ord(char) <= 0xF8FF}
    assert len(named) > 7000
    assert [char for char in named if face.measure(char) is None] == []


@given(st.text(st.sampled_from("山田か\u3099葛\U000e0100𠮷A\ufe00"), max_size=12))
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text


def test_special_texts_get_private_codes_in_order() -> None:
    use = FaceUse(typefaces()[GOTHIC])
    assert not is_special("山田(一)郎") and is_special("葛\U000e0101") and is_special("𠮷")
    assert use.encode("葛\U000e0101城") == bytes.fromhex("E000") + "城".encode("utf-16-be")
    assert use.encode("辻\U000e0100葛\U000e0101") == bytes.fromhex("E001E000")
    table = use.glyphs()
    assert table[0xE000][0] == "葛\U000e0101" and table[ord("城")][0] == "城"


def test_the_subset_keeps_indices_and_outlines() -> None:
    face, judge = typefaces()[GOTHIC], font(GOTHIC)
    wanted = [face.glyph(char).gid for char in "資格確認書0123"]  # type: ignore[union-attr]
    small = TTFont(BytesIO(face.subset(wanted)))
    names, whole = judge.getGlyphOrder(), judge["glyf"]
    for index in wanted:
        ours, theirs = small["glyf"][small.getGlyphName(index)], whole[names[index]]
        assert list(ours.getCoordinates(small["glyf"])[0]) == list(theirs.getCoordinates(whole)[0])
    assert set(small.keys()) - {"GlyphOrder"} == {"glyf", "loca", "head", "hhea", "hmtx", "maxp"}
