"""What of an address goes into a customer barcode: the examples of the manual's pages 17 to 25, and names of towns."""

import pytest

from pipeline.rules.addresses import customer_code, display_number


@pytest.mark.parametrize(
    ("postcode", "address", "number"),
    [
        ("100-0013", "東京都千代田区霞が関1丁目3番2号　郵便プラザ503室", "1-3-2-503"),
        ("263-0023", "千葉市稲毛区緑町3丁目30-8　郵便ビル403号", "3-30-8-403"),
        ("014-0113", "秋田県大仙市堀見内　南田茂木　添60-1", "60-1"),
        ("110-0016", "東京都台東区台東5-6-3　ABCビル10F", "5-6-3-10"),
        ("060-0906", "北海道札幌市東区北六条東4丁目　郵便センター6号館", "4-6"),
        ("065-0006", "北海道札幌市東区北六条東8丁目　郵便センター10号館", "8-10"),
        ("407-0033", "山梨県韮崎市龍岡町下條南割　韮崎400", "400"),
        ("273-0102", "千葉県鎌ケ谷市右京塚　東3丁目-20-5　郵便・A&bコーポB604号", "3-20-5B604"),
        ("198-0036", "東京都青梅市河辺町十一丁目六番地一号　郵便タワー601", "11-6-1-601"),
        ("027-0203", "岩手県宮古市大字津軽石第二十一地割大淵川480", "21-480"),
        ("590-0016", "大阪府堺市堺区中田出井町四丁六番十九号", "4-6-19"),
        ("080-0831", "北海道帯広市稲田町南七線　西28", "7-28"),
        ("317-0055", "茨城県日立市宮田町6丁目7-14　ABCビル2F", "6-7-14-2"),
        ("650-0046", "神戸市中央区港島中町9丁目7-6　郵便シティA棟1F1号", "9-7-6A1-1"),
        ("623-0011", "京都府綾部市青野町綾部6-7　LプラザB106", "6-7LB106"),
        ("064-0804", "札幌市中央区南四条西29丁目1524-23　第2郵便ハウス501", "29-1524-23-2-501"),
        ("910-0067", "福井県福井市新田塚3丁目80-25　J1ビル2-B", "3-80-25J1-2B"),
    ],
)
def test_the_examples_of_the_manual(postcode: str, address: str, number: str) -> None:
    assert customer_code(postcode, address) == postcode.replace("-", "") + number


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("見本県見本市三番町６－２　二〇三号室", "6-2-203"),
        ("見本県見本市八丁堀二丁目３番", "2-3"),
        ("見本県見本市二の宮", ""),
        ("見本県見本市本町1-2 ｻﾝﾌﾟﾙﾊｲﾂ ｂ－３", "1-2B3"),
        ("見本県見本市本町千二百三十四番地五十六", "1234"),
        ("見本県見本市本町一丁目2番3号F棟", "1-2-3F"),
        ("", ""),
    ],
)
def test_names_of_towns_are_no_numbers(address: str, number: str) -> None:
    assert display_number(address) == number


@pytest.mark.parametrize("postcode", ["", "100-000", "100-0000", "0482400", "10O-0013", "100-00133"])
def test_no_barcode_without_a_postcode_of_a_town(postcode: str) -> None:
    assert customer_code(postcode, "本町1-2") == ""


def test_full_width_postcodes_are_read() -> None:
    assert customer_code("１００－００１３", "１－３") == "10000131-3"
