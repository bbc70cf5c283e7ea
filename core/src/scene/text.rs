//! Text without measuring: approximate widths, ellipses, lines, escaping.
//!
//! Widths are estimates by class of character for a humanist sans-serif, on the wide side, so that
//! what fits here fits on the screen.

use std::borrow::Cow;

use crate::words::halves;

/// A text size, named by its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// 12 units.
    Small,
    /// 14 units.
    Body,
    /// 16 units.
    Title,
    /// 24 units.
    Figure,
    /// 13 units, fixed width.
    Code,
}

impl Size {
    /// The font size in stage units; `styles/stage.css` says the same.
    pub(super) const fn units(self) -> f64 {
        match self {
            Self::Small => 12.0,
            Self::Code => 13.0,
            Self::Body => 14.0,
            Self::Title => 16.0,
            Self::Figure => 24.0,
        }
    }

    /// The distance from one baseline to the next.
    pub(super) const fn leading(self) -> f64 {
        match self {
            Self::Small => 16.0,
            Self::Code => 18.0,
            Self::Body => 19.0,
            Self::Title => 21.0,
            Self::Figure => 30.0,
        }
    }

    /// How wide characters are, in parts of the font size.
    fn em(self) -> fn(char) -> f64 {
        match self {
            Self::Code => code_em,
            Self::Small | Self::Body | Self::Title | Self::Figure => proportional_em,
        }
    }

    /// How far below the middle of a line its baseline lies.
    pub(super) const fn drop(self) -> f64 {
        self.units() * 0.35
    }
}

/// About how wide `text` is, in stage units.
pub(super) fn width(text: &str, size: Size) -> f64 {
    let em = size.em();
    let ems: f64 = if text.is_ascii() {
        text.bytes().map(|byte| em(char::from(byte))).sum()
    } else {
        clusters(text)
            .map(|(_, cluster)| first(cluster))
            .map(em)
            .sum()
    };
    ems * size.units()
}

/// What a reader sees as one character is as wide as its first scalar value.
fn first(cluster: &str) -> char {
    cluster.chars().next().unwrap_or_default()
}

/// What a reader sees as one character, piece by piece, with the place in `text` where it begins.
///
/// Near enough for measuring: the tables behind the exact rule (UAX #29, section 3) are larger than
/// all else that is known of text here. Combining marks, joiners, variation selectors and skin tones
/// stay with what they follow, and so does what a joiner leads to and the second letter of a flag.
fn clusters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..)?;
        let mut chars = rest.char_indices();
        let (_, mut last) = chars.next()?;
        let mut half_a_flag = is_flag_letter(last);
        let end = chars.find(|&(_, c)| {
            let flag = half_a_flag && is_flag_letter(c);
            let stays = clings(c) || joins(last) || flag;
            half_a_flag &= !flag && clings(c);
            last = c;
            !stays
        });
        let cluster = end.map_or(rest, |(end, _)| rest.get(..end).unwrap_or(rest));
        let begins = start;
        start += cluster.len();
        Some((begins, cluster))
    })
}

/// The joiner of which emoji families are made, and the viramas that make consonants one.
const fn joins(c: char) -> bool {
    c == '\u{200d}'
        || matches!(c, '\u{900}'..='\u{b7f}' | '\u{c00}'..='\u{d7f}') && c as u32 & 0x7f == 0x4d
}

/// Two of them make a flag.
const fn is_flag_letter(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// Blocks of marks that are written on or around the character before them.
const fn clings(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{200c}'..='\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}'
        | '\u{3099}'..='\u{309a}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
        || is_indic_sign(c)
}

/// Vowel signs, viramas and the like of the scripts from Devanagari to Malayalam, which stand at the
/// same places of each script's block of 128.
const fn is_indic_sign(c: char) -> bool {
    let place = c as u32 & 0x7f;
    matches!(c, '\u{900}'..='\u{d7f}')
        && matches!(place, 0x00..=0x03 | 0x3a..=0x3c | 0x3e..=0x4d | 0x51..=0x57 | 0x62..=0x63)
}

/// `text`, or as much of its beginning as fits into `room` with an ellipsis; empty when not even
/// one character fits. It does not end within a number, which would read as another one.
pub(super) fn fit(text: &str, size: Size, room: f64) -> Cow<'_, str> {
    if width(text, size) <= room {
        return Cow::Borrowed(text);
    }
    let room = room - width("…", size);
    let mut used = 0.0;
    let mut kept = 0;
    for (start, cluster) in clusters(text) {
        used += width(cluster, size);
        if used > room {
            break;
        }
        kept = start + cluster.len();
    }
    let (kept, rest) = halves(text, kept);
    let is_cut = kept.ends_with(is_in_number) && rest.starts_with(is_in_number);
    let whole = if is_cut {
        kept.trim_end_matches(is_in_number)
    } else {
        kept
    };
    match whole.trim_end() {
        "" if kept.is_empty() => Cow::Borrowed(""),
        whole => Cow::Owned(format!("{whole}…")),
    }
}

const fn is_in_number(sign: char) -> bool {
    sign.is_ascii_digit() || matches!(sign, '.' | ',')
}

/// `text` in lines no wider than `room`, at most `most` of them; the last ends with an ellipsis
/// when there would be more.
pub(super) fn wrap(text: &str, size: Size, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if line.is_empty() || width(&longer, size) <= room {
                line = longer;
            } else {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            }
        }
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    for line in &mut lines {
        if let Cow::Owned(cut) = fit(line, size, room) {
            *line = cut;
        }
    }
    lines
}

/// `text` in lines no wider than `room`, nothing left out: each line keeps its white space and its
/// line break, as an input keeps them. Lines end after white space where they can.
pub(super) fn wrap_exactly(text: &str, size: Size, room: f64) -> Vec<&str> {
    let mut lines = Vec::new();
    for paragraph in text.split_inclusive('\n') {
        let mut rest = paragraph;
        while let Some(end) = first_line_end(rest, size, room) {
            let (line, after) = halves(rest, end);
            lines.push(line);
            rest = after;
        }
        lines.push(rest);
    }
    lines
}

/// Where the first of several lines of `text` ends; none when it is one line.
fn first_line_end(text: &str, size: Size, room: f64) -> Option<usize> {
    let em = size.em();
    let mut used = 0.0;
    let mut after_space = None;
    for (start, cluster) in clusters(text) {
        let space = cluster.starts_with(char::is_whitespace);
        used += em(first(cluster)) * size.units();
        // White space may hang over the end.
        if used > room && !space && start > 0 {
            return Some(after_space.unwrap_or(start));
        }
        if space {
            after_space = Some(start + cluster.len());
        }
    }
    None
}

/// `text` for an XML attribute or element. Characters that XML 1.0 (section 2.2) forbids become
/// the replacement character.
pub fn escape(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'') && is_xml(c);
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if is_xml(c) => escaped.push(c),
            _ => escaped.push('\u{fffd}'),
        }
    }
    Cow::Owned(escaped)
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn proportional_em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | '!' | '.' | ',' | ':' | ';' => 0.28,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '/' | '\\' | '-' | '"' | ' ' => 0.36,
        'm' | 'M' | 'w' | 'W' | '@' | '%' | '…' | '—' => 0.92,
        'A'..='Z' => 0.68,
        '0'..='9' => 0.58,
        c if c.is_ascii() => 0.56,
        c if is_wide(c) => 1.05,
        _ => 0.64,
    }
}

fn code_em(c: char) -> f64 {
    if is_wide(c) { 1.2 } else { 0.602 }
}

/// East Asian and pictographic blocks, whose characters are about square.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
        | '\u{1f000}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_fits_is_left_alone_and_longer_text_ends_with_an_ellipsis() {
        assert_eq!(fit("short", Size::Body, 100.0), "short");
        let cut = fit("a rather long sentence", Size::Body, 60.0);
        assert!(
            cut.ends_with('…') && width(&cut, Size::Body) <= 60.0,
            "{cut}"
        );
        assert_eq!(fit("anything", Size::Body, 4.0), "");
    }

    #[test]
    fn a_number_is_shown_whole_or_not_at_all() {
        let cut = |text| fit(text, Size::Body, 60.0).into_owned();
        assert_eq!(cut("22 in, 140 refused"), "22 in,…");
        assert_eq!(cut("1,234,567,890"), "…");
        assert_eq!(cut("Server 12 is down"), "Server…");
    }

    #[test]
    fn an_ellipsis_never_splits_what_a_reader_sees_as_one_character() {
        let family = "👨‍👩‍👧";
        let text = family.repeat(10);
        let cut = fit(&text, Size::Body, 60.0).into_owned();
        let kept = cut.trim_end_matches('…');
        assert_eq!(kept.len() % family.len(), 0, "{cut}");
    }

    #[test]
    fn marks_joiners_and_flags_stay_with_what_they_follow() {
        use unicode_segmentation::UnicodeSegmentation as _;
        for text in [
            "plain words",
            "cafe\u{301} na\u{ef}ve",
            "👨‍👩‍👧👍🏽 and ☂️",
            "🇩🇪🇫🇷🇬🇧",
            "नमस्ते, हिन्दी में",
            "สวัสดี, ภาษาไทย",
            "日本語 한국어 が",
            "שָׁלוֹם",
            "",
        ] {
            let ours: Vec<&str> = clusters(text).map(|(_, cluster)| cluster).collect();
            let exact: Vec<&str> = text.graphemes(true).collect();
            assert_eq!(ours, exact);
        }
    }

    #[test]
    fn wrapped_lines_are_no_wider_than_the_room() {
        let text = "The bucket holds ten tokens and takes two more every second, extraordinarily";
        for room in [40.0, 80.0, 160.0, 1000.0] {
            for line in wrap(text, Size::Body, room, 20) {
                assert!(width(&line, Size::Body) <= room, "{line} in {room}");
            }
        }
        assert_eq!(wrap(text, Size::Body, 80.0, 2).len(), 2);
    }

    #[test]
    fn lines_of_an_input_leave_nothing_out() {
        for text in [
            "the quick  brown fox\n\njumps over the lazy dog ",
            "onelongwordwithoutanyspaceatall",
            "ends with a break\n",
            "",
        ] {
            for room in [5.0, 40.0, 90.0, 1_000.0] {
                let lines = wrap_exactly(text, Size::Code, room);
                assert_eq!(lines.concat(), text);
                for line in lines {
                    let line = line.trim_end();
                    assert!(width(line, Size::Code) <= room.max(8.0), "{line}");
                }
            }
        }
        let lines = wrap_exactly("the quick brown fox", Size::Code, 80.0);
        assert_eq!(lines, ["the quick ", "brown fox"]);
    }

    #[test]
    fn what_xml_forbids_does_not_reach_it() {
        for (text, escaped) in [
            ("plain", "plain"),
            ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"),
            ("bell\u{7}", "bell\u{fffd}"),
            ("nul\0", "nul\u{fffd}"),
            ("\u{ffff}", "\u{fffd}"),
            ("tab\tline\n", "tab\tline\n"),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }
}
