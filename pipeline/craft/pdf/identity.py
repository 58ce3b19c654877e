"""What a press file says of itself: Info, XMP, output intent. The day is the job's; ids come from the content's hash.

PDF/X-4 (ISO 15930-7) is told in XMP alone, PDF/X-1a:2003 (ISO 15930-4) in Info; PDF/VT-1 (ISO 16612-2) in XMP.
"""

from functools import cache
from html import escape
from uuid import UUID

from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NumberObject, TextStringObject

from pipeline.craft.pdf.objects import dictionary, name, stream
from pipeline.model.vendor import X1A, Conditions, Intent

PRODUCER = "shikaku-press"
_INKS = 4
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"{spaces}>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmp:CreateDate>{day}</xmp:CreateDate>
<xmp:ModifyDate>{day}</xmp:ModifyDate>
<xmp:MetadataDate>{day}</xmp:MetadataDate>
<pdf:Producer>{producer}</pdf:Producer>
<pdf:Trapped>False</pdf:Trapped>
<xmpMM:DocumentID>uuid:{document}</xmpMM:DocumentID>
<xmpMM:VersionID>{version}</xmpMM:VersionID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
{claims}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>
"""
_X4 = "<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>\n"
_X1A = "<pdfx:GTS_PDFXVersion>PDF/X-1a:2003</pdfx:GTS_PDFXVersion>\n"
_VT = """<pdfvtid:GTS_PDFVTVersion>PDF/VT-1</pdfvtid:GTS_PDFVTVersion>
<pdfvtid:GTS_PDFVTModDate>{day}</pdfvtid:GTS_PDFVTModDate>
"""


def version_of(conditions: Conditions) -> bytes:
    """The PDF version of the header."""
    return b"1.4" if conditions.vendor.press.standard == X1A else b"1.6"


def info(title: str, day: str, conditions: Conditions) -> DictionaryObject:
    """The information dictionary; `day` is ISO, the file is dated at its midnight in Japan."""
    date = TextStringObject(f"D:{day.replace('-', '')}000000+09'00'")
    told = dictionary(
        Title=TextStringObject(title),
        Creator=TextStringObject(PRODUCER),
        Producer=TextStringObject(PRODUCER),
        CreationDate=date,
        ModDate=date,
        Trapped=name("False"),
    )
    if conditions.vendor.press.standard == X1A:
        told[name("GTS_PDFXVersion")] = TextStringObject(X1A)
    return told


def xmp(title: str, day: str, conditions: Conditions, digest: bytes) -> bytes:
    """The XMP packet, equal to Info. `digest` is the hash of all the file's content, 24 bytes at least."""
    spaces, claims = ' xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/"', _X4
    if conditions.vendor.press.standard == X1A:
        spaces, claims = ' xmlns:pdfx="http://ns.adobe.com/pdfx/1.3/"', _X1A
    moment = f"{day}T00:00:00+09:00"
    if conditions.vendor.press.variable:
        spaces += ' xmlns:pdfvtid="http://www.npes.org/pdfvt/ns/id/"'
        claims += _VT.format(day=moment)
    return _PACKET.format(
        spaces=spaces,
        title=escape(title),
        producer=PRODUCER,
        day=moment,
        document=UUID(bytes=digest[:16], version=5),
        version=digest[16:24].hex(),
        claims=claims,
    ).encode()


def output_intent(intent: Intent, profile: IndirectObject) -> DictionaryObject:
    """The output intent of PDF/X; `profile` is the ICC profile's stream."""
    told = dictionary(
        Type=name("OutputIntent"),
        S=name("GTS_PDFX"),
        OutputConditionIdentifier=TextStringObject(intent.condition),
        Info=TextStringObject(intent.info),
        DestOutputProfile=profile,
    )
    if intent.registry:
        told[name("RegistryName")] = TextStringObject(intent.registry)
    return told


@cache
def profile_stream(data: bytes) -> DictionaryObject:
    """An ICC profile for CMYK as a stream; deflating it takes longer than a small part, so it is done once."""
    return stream(data, N=NumberObject(_INKS), Alternate=name("DeviceCMYK"))


def layers(groups: list[IndirectObject]) -> DictionaryObject:
    """The optional content of a file: all layers shown, in this order. PDF/X-4 wants the configuration named."""
    settings = dictionary(Name=TextStringObject("Processing steps"), Order=ArrayObject(groups), BaseState=name("ON"))
    return dictionary(OCGs=ArrayObject(groups), D=settings)
