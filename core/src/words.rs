//! How counts, numbers and sentences are written, and texts cut and searched in little code: what the
//! standard library has for it is made for long texts, or has words for places within a character.

use std::fmt;

/// So many of something, called by its name for one and for more.
///
/// ```
/// use orrery_core::words::counted;
///
/// assert_eq!(counted(1, ["call", "calls"]), "1 call");
/// assert_eq!(counted(2000, ["call", "calls"]), "2,000 calls");
/// ```
pub fn counted(count: impl TryInto<u64>, names: [&str; 2]) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{} {}", grouped(count), noun(count, names))
}

/// A text before and from a place in bytes; one that is none leaves the text whole.
pub(crate) fn halves(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// Whether a short text has another one in it.
pub(crate) fn has(text: &str, part: &str) -> bool {
    place_of(part, text).is_some()
}

/// Where a text first stands in a short one, in bytes.
pub(crate) fn place_of(part: &str, text: &str) -> Option<usize> {
    let (part, text) = (part.as_bytes(), text.as_bytes());
    (0..=text.len()).find(|from| text[*from..].starts_with(part))
}

/// The name of so many of something, or the form of a verb that goes with them.
pub fn noun(count: impl TryInto<u64>, [one, more]: [&str; 2]) -> &str {
    match count.try_into() {
        Ok(1) => one,
        Ok(_) | Err(_) => more,
    }
}

/// A number with its thousands apart, as everything that counts or measures is shown. A number that
/// names something, as a seed or an event, is written as it stands.
///
/// ```
/// use orrery_core::words::grouped;
///
/// assert_eq!(grouped(-1000), "-1,000");
/// assert_eq!(grouped(12345.678), "12,345.678");
/// assert_eq!(grouped(999), "999");
/// ```
pub fn grouped(number: impl fmt::Display) -> String {
    apart(&number.to_string())
}

fn apart(number: &str) -> String {
    let first = number.find(|c: char| c.is_ascii_digit());
    let (sign, number) = halves(number, first.unwrap_or(0));
    let end = number.find(|c: char| !c.is_ascii_digit());
    let (whole, rest) = halves(number, end.unwrap_or(number.len()));
    let mut text = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

/// The same words as the beginning of a sentence.
///
/// ```
/// use orrery_core::words::capitalised;
///
/// assert_eq!(capitalised("ship the order"), "Ship the order");
/// ```
pub fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_or_not_at_all() {
        assert_eq!(halves("né", 1), ("n", "é"));
        assert_eq!(halves("né", 2), ("né", ""));
        assert_eq!(halves("né", 9), ("né", ""));
    }

    #[test]
    fn a_part_is_found_wherever_it_is() {
        for part in ["", "open", "en: 3", "3 s", "open: 3 s"] {
            assert!(has("open: 3 s", part), "{part}");
        }
        for part in ["Open", "open: 3 s.", "s s"] {
            assert!(!has("open: 3 s", part), "{part}");
        }
        assert_eq!(place_of("é", "née né"), Some(1));
    }
}
