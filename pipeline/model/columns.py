"""The member file's columns: their names, which must be there, which hold dates, and the values that some may have."""

from collections.abc import Mapping

# Columns of the member file in the order of `Member`'s fields.
COLUMNS: Mapping[str, str] = {
    "保険者番号": "insurer_number",
    "記号": "symbol",
    "番号": "number",
    "枝番": "branch",
    "区分": "category",
    "氏名": "name",
    "フリガナ": "kana",
    "性別": "sex",
    "生年月日": "birth",
    "資格取得年月日": "qualified_on",
    "通称名": "alias_name",
    "戸籍表記": "registered_note",
    "性別表示": "sex_display",
    "認定年月日": "certified_on",
    "被保険者氏名": "insured_name",
    "事業所番号": "office_id",
    "事業所名称": "office_name",
    "郵便番号": "postcode",
    "住所": "address",
    "送付先区分": "delivery",
    "在留期限": "residence_until",
    "任継期限": "voluntary_until",
    "資格喪失予定日": "leaves_on",
    "負担割合": "ratio",
    "発効期日": "effective_on",
    "限度額区分": "limit_class",
    "特定疾病": "special_disease",
    "任意記載希望": "optional_items",
    "個人番号下4桁": "last4",
    "個人番号照合": "match",
    "登録状況": "registration",
    "マイナ保険証": "has_card",
    "交付事由": "reason",
    "申請": "applied",
    "引受番号": "acceptance_number",
    "住所区分": "address_source",
}
REQUIRED = tuple(COLUMNS)[:10]  # columns that a file must have
FILLED = tuple(name for name in REQUIRED if name not in ("記号", "枝番", "フリガナ"))  # cells that a row must have
NAMES = ("氏名", "フリガナ", "通称名", "戸籍表記", "被保険者氏名")
DATES = (
    "生年月日",
    "資格取得年月日",
    "認定年月日",
    "在留期限",
    "任継期限",
    "資格喪失予定日",
    "発効期日",
)
VALUES: Mapping[str, tuple[str, ...]] = {
    "区分": ("本人", "家族", "任継本人", "任継家族", "特退本人", "特退家族"),
    "性別": ("男", "女"),
    "性別表示": ("", "表", "裏"),
    "送付先区分": ("", "事業所", "自宅", "WEB"),
    "個人番号照合": ("", "確認済", "低リスク", "不一致", "未登録"),
    "登録状況": ("", "完了", "処理中"),
    "マイナ保険証": ("", "有", "無"),
    "交付事由": ("", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
    "申請": ("", "有", "無"),
    "住所区分": ("", "住民票", "届出", "事業所"),
}
