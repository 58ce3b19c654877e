"""理由: every reason that a decision can give, in Japanese, and where it comes from. Used by the lists and by
explanations."""

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
    "not-readable": Reason("レコードに誤りがあるため保留", "OURS"),
}
