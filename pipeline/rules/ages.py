"""年齢: an age is reached the day before the birthday (年齢計算ニ関スル法律, 民法143条; sources §1.6).

Someone born on 29 February has, in other years, 1 March for a birthday and so reaches the age on 28 February.
"""

from datetime import date, timedelta

LATER_STAGE = 75  # 後期高齢者医療: eligibility with the insurer ends on the 75th birthday
_DAY = timedelta(days=1)


def add_years(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def add_months(day: date, months: int) -> date:
    """The same day some months later; the last day of the month where there is none (民法143条)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        return date(year, month + 2, 1) - _DAY  # a short month is never December


def birthday(birth: date, age: int) -> date:
    """The birthday on which someone is `age` years old from midnight on."""
    return add_years(birth, age)


def reached_on(birth: date, age: int) -> date:
    """The day at whose end the age is reached in law: the day before the birthday."""
    return add_years(birth, age) - _DAY


def age_on(birth: date, day: date) -> int:
    """Completed years in law on `day`: it counts one more already on the day before the birthday. Negative before
    birth."""
    tomorrow = day + _DAY
    return tomorrow.year - birth.year - (add_years(birth, tomorrow.year - birth.year) > tomorrow)
