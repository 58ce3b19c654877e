"""送付先: by which channel a document goes to a member.

Sources: S000 (任意継続 and 特例退職 to their homes), S001, S003 (they deal with the insurer directly); 健康保険法 第51条の3 (a
document is written unless the member wishes it electronically); sources §8, §13 F23, F26–F29.
"""

from collections.abc import Mapping

from pipeline.model.issuer import DocumentPolicy, Issuer
from pipeline.model.member import Member

CHANNELS = ("employer", "home", "web")
STANDINGS = ("employed", "voluntary", "special")
WEB = "web"
_WISHES = {"事業所": "employer", "自宅": "home", "WEB": WEB}


def channel_of(member: Member, usual: Mapping[str, str], web: bool) -> str:
    """The channel: the record's own 送付先区分, else what is `usual` for the standing.

    The Web only where the document is given there at all (`web`), else the usual way: a card cannot be downloaded.
    """
    wish = _WISHES.get(member.delivery)
    if wish is None or (wish == WEB and not web):
        return usual[member.standing]
    return wish


def usual_channels(issuer: Issuer, document: DocumentPolicy) -> Mapping[str, str]:
    """Standing → channel for a document: its own where it has one, else the issuer's."""
    usual = dict(issuer.channels)
    usual.update(document.channels.items())
    return usual
