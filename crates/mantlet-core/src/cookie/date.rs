//! The dates of `Expires`, read the way browsers do (RFC 6265bis, section 5.1.1), and of `Date`.

use mantlet_fields::{Fields, Known};

/// The time at which a response was made, as it says itself: the clock by which the lifetimes of its cookies are judged.
pub(crate) fn of_response(fields: &Fields) -> Option<i64> {
    fields.get(Known::Date).and_then(parse)
}

/// Seconds since 1970. `None` when browsers would ignore the attribute.
///
/// Every order of the parts, every separator and names of any length are accepted, as the algorithm says.
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(|byte| is_delimiter(*byte)).filter(|token| !token.is_empty()) {
        if time.is_none() {
            time = read_time(token);
            if time.is_some() {
                continue;
            }
        }
        if day.is_none() {
            day = read_number(token, 1, 2);
            if day.is_some() {
                continue;
            }
        }
        if month.is_none() {
            month = read_month(token);
            if month.is_some() {
                continue;
            }
        }
        if year.is_none() {
            year = read_number(token, 2, 4);
        }
    }
    let year = match year? {
        short @ 70..=99 => short.saturating_add(1900),
        short @ 0..=69 => short.saturating_add(2000),
        full => full,
    };
    let month = month?;
    let before_month = days_before_month(year, month);
    let in_month = days_before_month(year, month.saturating_add(1)).saturating_sub(before_month);
    let day = day.filter(|day| (1..=in_month).contains(day))?;
    if year < 1601 {
        return None;
    }
    let days = days_before_year(year).saturating_add(before_month).saturating_add(day.saturating_sub(1));
    Some(days.saturating_mul(86_400).saturating_add(time?))
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, 0x09 | 0x20..=0x2f | 0x3b..=0x40 | 0x5b..=0x60 | 0x7b..=0x7e)
}

/// `hh:mm:ss`, with one or two digits each, and anything after the last that is no digit.
fn read_time(token: &[u8]) -> Option<i64> {
    let mut parts = token.splitn(3, |byte| *byte == b':');
    let hour = read_exact(parts.next()?).filter(|hour| *hour <= 23)?;
    let minute = read_exact(parts.next()?).filter(|minute| *minute <= 59)?;
    let second = read_number(parts.next()?, 1, 2).filter(|second| *second <= 59)?;
    Some(hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second))
}

fn read_exact(token: &[u8]) -> Option<i64> {
    token.iter().all(u8::is_ascii_digit).then(|| read_number(token, 1, 2)).flatten()
}

/// A number of so many digits at the start of the token.
fn read_number(token: &[u8], at_least: usize, at_most: usize) -> Option<i64> {
    let digits = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits < at_least || digits > at_most {
        return None;
    }
    std::str::from_utf8(token.get(..digits)?).ok()?.parse().ok()
}

fn read_month(token: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let start = token.get(..3)?;
    let at = MONTHS.iter().position(|month| start.eq_ignore_ascii_case(month))?;
    i64::try_from(at).ok()
}

/// Days from 1970 to the first of January.
fn days_before_year(year: i64) -> i64 {
    let leaps =
        |year: i64| year.div_euclid(4).saturating_sub(year.div_euclid(100)).saturating_add(year.div_euclid(400));
    let since = |year: i64| year.saturating_mul(365).saturating_add(leaps(year.saturating_sub(1)));
    since(year).saturating_sub(since(1970))
}

fn days_before_month(year: i64, month: i64) -> i64 {
    const BEFORE: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    let is_leap = (year.rem_euclid(4) == 0 && year.rem_euclid(100) != 0) || year.rem_euclid(400) == 0;
    let before = usize::try_from(month).ok().and_then(|month| BEFORE.get(month)).copied().unwrap_or(0);
    before.saturating_add(i64::from(is_leap && month > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_browsers_do() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 01-Jan-1970 00:00:01 GMT", Some(1)),
            ("Thu, 01-Jan-70 00:00:01 GMT", Some(1)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("1994 nov 6 8:49:37", Some(784_111_777)),
            ("Tue, 29 Feb 2028 00:00:00 GMT", Some(1_835_395_200)),
            ("Wed, 01 Mar 2028 00:00:00 GMT", Some(1_835_481_600)),
            ("Mon, 11-Oct-1999 21:00:00 GMT", Some(939_675_600)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
            ("Mon, 01 Jan 1601 00:00:00 GMT", Some(-11_644_473_600)),
            ("Thu, 01 Jan 1600 00:00:00 GMT", None),
            ("Thu, 32 Jan 1970 00:00:00 GMT", None),
            ("Thu, 31 Dec 1970 00:00:00 GMT", Some(31_449_600)),
            ("Thu, 29 Feb 1970 00:00:00 GMT", None),
            ("Thu, 31 Apr 1970 00:00:00 GMT", None),
            ("Thu, 01 Jan 1970 24:00:00 GMT", None),
            ("01 Jan 1970", None),
            ("0", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_date_panics(text in "[0-9:a-zA-Z ,-]{0,40}") {
            let _ = parse(text.as_bytes());
        }
    }
}
