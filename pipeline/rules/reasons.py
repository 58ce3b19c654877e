"""理由: every reason that a decision can give and every rule that can give it, in Japanese, and where it comes from. Used by
the lists and by explanations."""

from collections.abc import Mapping
from typing import NamedTuple


class Reason(NamedTuple):
    """A sentence for the clerk, and the source of the rule behind it."""

    ja: str
    source: str


REASONS: Mapping[str, Reason] = {
    # 交付事由 of an eligibility certificate, by the member file's code
    "reason-1": Reason("マイナンバーカードを取得していないため", "S000, S001, S004; sources §1.7"),
    "reason-2": Reason("健康保険証利用登録をしていないため", "S000, S001, S004; sources §1.7"),
    "reason-3": Reason("健康保険証利用登録を解除したため", "S000, S001, S004; sources §1.7"),
    "reason-4": Reason("電子証明書の有効期限が切れているため", "S000, S001, S004; sources §1.7"),
    "reason-5": Reason("マイナンバーカードを返納したため", "S000, S001, S004; sources §1.7"),
    "reason-6": Reason("マイナンバーカードを紛失又は更新手続中のため", "S000, S001, S004; sources §1.7"),
    "reason-7": Reason("要配慮者（第三者の補助が必要な方）のため", "S000, S001; sources §1.7"),
    "reason-8": Reason("マイナンバーが登録されていないため", "S002; sources §1.7"),
    "reason-9": Reason("海外に居住しているため", "S000; sources §1.7"),
    "no-card": Reason("マイナ保険証をお持ちでないため（交付事由の記載なし）", "S002, S004; sources §13 F35, F37"),
    "has-card": Reason("マイナ保険証をお持ちのため対象外", "sources §1.7"),
    "not-applied": Reason("申請による交付の事由ですが、申請がないため対象外", "S000; sources §1.7"),
    "not-for-this-issuer": Reason("この保険者では交付の対象としていない事由のため対象外", "sources §12"),
    "before-switch": Reason("資格確認書の交付開始日（令和6年12月2日）より前のため対象外", "施行規則第47条; sources §1.1"),
    "old-card-valid": Reason(
        "従来の健康保険証が令和7年12月1日まで使えるため、申請がない限り対象外", "S002, S004; sources §12, §13 F35, F40"
    ),
    "in-transition": Reason(
        "経過措置の期間中（令和7年12月1日まで）は、申請がない限り交付しないため対象外", "S000; sources §12, §13 F38"
    ),
    "new-member-waits": Reason(
        "新規加入で申請がないため、1～2か月後の職権交付の対象", "S002; sources §12, §13 F34（月数の下限は OURS）"
    ),
    "short-term-here": Reason("有効な期間が短いため、紙の資格確認書の対象", "S004; sources §13 F02（日数は OURS）"),
    "long-term-here": Reason("有効な期間が短くないため、カード型の資格確認書の対象", "S004; sources §13 F02（日数は OURS）"),
    "before-first-day": Reason("保険者が定めた交付の開始日より前のため対象外", "OURS"),
    "after-last-day": Reason("保険者が定めた交付の最終日を過ぎているため対象外", "OURS"),
    "insurance-card-ended": Reason(
        "健康保険証の新規交付・再交付・訂正は令和6年12月1日で終了したため対象外", "S000; sources §13 F39"
    ),
    # notices
    "registered-and-linked": Reason("資格情報の登録が完了し、個人番号を確認済みのため", "S000, S002, S004; sources §3, §4"),
    "registered-not-linked": Reason(
        "資格情報の登録は完了し、個人番号は確認済みでないため（下4桁は印字しません）", "S002; sources §4"
    ),
    "registration-not-complete": Reason(
        "オンライン資格確認等システムへの登録が完了していないため対象外", "S000, S001; sources §3"
    ),
    "linked": Reason("個人番号を確認済みのため、下4桁入りの通知の対象", "S002; sources §4"),
    "not-linked": Reason("個人番号を確認できていないため、下4桁を印字しない通知の対象", "S002; sources §4"),
    "registered": Reason("資格情報の登録が完了しているため", "S000, S004; sources §3"),
    "existing-member": Reason("基準日の時点で加入しており、個人番号を確認済みのため", "S000; sources §13 F17"),
    "joined-later": Reason("基準日より後の加入のため、通常のお知らせの対象", "S000; sources §13 F24"),
    "number-missing": Reason("マイナンバーの届出が必要なため", "S002; sources §13 F21, F81"),
    "number-given": Reason("マイナンバーの届出は済んでいるため対象外", "S002; sources §13 F21"),
    # documents for an age, an application, an occasion
    "from-70": Reason("70歳の誕生日の翌月（1日生まれの方はその月）以後となるため", "S003; sources §6, §13 F56"),
    "not-yet-70": Reason("70歳の誕生日の翌月（1日生まれの方はその月）より前のため対象外", "S003; sources §6, §13 F56"),
    "limit-applied": Reason("申請があり、適用区分が登録されているため", "S001; sources §13 F57"),
    "limit-not-applied": Reason("適用区分は登録されていますが、申請がないため対象外", "S001; sources §13 F57"),
    "no-limit-class": Reason("限度額の適用区分が登録されていないため対象外", "S001; sources §13 F57"),
    "limit-online": Reason("マイナ保険証の提示で限度額までの支払いとなり、認定証が要らないため対象外", "S001; sources §13 F57"),
    "not-abroad": Reason("海外居住の方ではないため対象外", "S000, S001; sources §13 F68"),
    "new-and-pending": Reason("新規加入で、資格情報の登録がまだ完了していないため", "S001, S004; sources §13 F34, F71"),
    "registered-already": Reason("資格情報の登録が完了しているため対象外", "S001, S004; sources §13 F71"),
    "not-new": Reason("令和6年12月2日より前からの加入のため対象外", "S002; sources §13 F34"),
    "on-request": Reason("申出があったときだけ作る書類のため対象外", "OURS; sources §10"),
    "requested": Reason("担当者がこの書類を指定したため", "OURS; sources §10"),
    # of any document
    "age-75": Reason("75歳に到達し、後期高齢者医療の対象となるため対象外", "sources §1.6"),
    "left": Reason("交付日までに資格を喪失しているため対象外", "sources §1.6"),
    "voluntary-ended": Reason("交付日までに任意継続の期限が過ぎているため対象外", "sources §1.6"),
    "not-yet-qualified": Reason("交付日の時点で資格を取得していないため対象外", "sources §6"),
    "after-cutoff": Reason("抽出日より後の加入のため、次回の対象", "S000, S002; sources §13 F24, F30"),
    # holds
    "card-unknown": Reason("マイナ保険証の有無が空欄で、交付事由もないため保留", "OURS"),
    "reason-contradicts-card": Reason("マイナ保険証「有」と交付事由が両立しないため保留", "OURS, after sources §1.7"),
    "born-later": Reason("生年月日が交付日より後のため保留", "OURS"),
    "expired-before-issue": Reason("有効期限が交付日より前になるため保留", "OURS, after sources §1.6"),
    "ratio-missing": Reason("高齢受給者証の対象ですが、負担割合が空欄のため保留", "OURS, after sources §6"),
    "effective-too-early": Reason("発効期日が、70歳の規定による最初の日より前のため保留", "OURS, after sources §6"),
    "limit-class-unknown": Reason("限度額の適用区分が定められた区分のどれでもないため保留", "OURS, after sources §10"),
    "limit-class-age": Reason("限度額の適用区分が年齢（70歳以上か未満か）に合わないため保留", "OURS, after sources §10"),
    "not-readable": Reason("レコードに誤りがあるため保留", "OURS"),
}

RULES: Mapping[str, Reason] = {
    # who gets a document
    "cannot-confirm-online": Reason(
        "オンライン資格確認を受けられない方に、職権または申請により交付",
        "健康保険法第51条の3; S000, S001, S002, S004; sources §1.7",
    ),
    "registered": Reason("登録が完了した方全員に交付", "S000, S004; sources §3"),
    "registered-and-linked": Reason("登録が完了し、個人番号を確認済みの方に交付", "S000, S002, S004; sources §3, §4"),
    "registered-not-linked": Reason("個人番号を確認済みでない方に、下4桁を印字せずに交付", "S001, S002; sources §4, §12"),
    "existing-members": Reason("基準日の時点の加入者に、一度だけ交付", "S000; sources §13 F17"),
    "number-missing": Reason("マイナンバーの届出がない方に交付", "S002; sources §13 F21, F81"),
    "elderly-month": Reason("70歳の誕生日の翌月（1日生まれの方はその月）から交付", "S001, S003; sources §6, §13 F55, F56"),
    "limit-applied": Reason("申請があり、適用区分がある方に交付", "S001; sources §13 F57"),
    "abroad": Reason("海外居住の方に交付", "S000, S001; sources §13 F68"),
    "new-and-pending": Reason("登録が完了していない新規加入の方に交付", "S001, S004; sources §13 F34, F71"),
    "on-request": Reason("申出があったときだけ作成", "OURS; sources §10"),
    # whether anything may be issued
    "standing": Reason("交付日と抽出日に加入者であること", "sources §1.6, §6, §13 F30"),
    "any-day": Reason("交付日の制限なし", "OURS"),
    "from-switch": Reason("令和6年12月2日から交付", "施行規則第47条; sources §1.1"),
    "until-switch": Reason("令和6年12月1日まで交付", "S000; sources §13 F39"),
    "between": Reason("保険者が定めた期間に交付", "OURS"),
    # until when a document is valid: policies and bounds
    "none": Reason("有効期限なし", "S000; sources §13 F13"),
    "issue-window": Reason("交付期間ごとに一律の有効期限（4～5年）", "S002; sources §13 F41（期間の区切りは推定）"),
    "december-first": Reason("交付日（再交付日）から4年経過後の12月1日", "S004; sources §13 F42"),
    "fixed-date": Reason("全員一律の日", "sources §1.6 (M)"),
    "year-end": Reason("12月31日", "sources §1.6 (M)"),
    "july-end": Reason("7月31日", "sources §1.6 (M)"),
    "month-end": Reason("月の末日", "sources §10 (M)"),
    "short-term": Reason("短期の日数", "S004; sources §1.6 (M)"),
    "five-years": Reason("5年を超えない", "sources §1.6"),
    "age-70": Reason("70歳の規定が始まる日の前日", "sources §1.6 (M)"),
    "age-75": Reason("75歳の誕生日の前日", "sources §1.6"),
    "voluntary-until": Reason("任意継続の期限", "sources §1.6"),
    "residence-until": Reason("在留期限", "sources §1.6"),
    "leaves-on": Reason("資格喪失予定日の前日", "OURS, after sources §1.6"),
    "reissue": Reason("再交付（前の書類と同じ期限）", "OURS, after sources §1.6"),
}
