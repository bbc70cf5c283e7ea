//! Source text as lines of coloured words, with the regions that narration highlights.
//!
//! Knows enough of Rust's grammar to tell comments, strings, numbers and keywords apart, and no
//! more.

/// What a piece of source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Names, operators, spaces.
    Plain,
    /// `//` to the end of the line.
    Comment,
    /// A word of the language.
    Keyword,
    /// A name in upper camel case: a type, a trait or a variant.
    Type,
    /// Text or character in quotes.
    Text,
    /// A number.
    Number,
}

impl Ink {
    /// The class that colours it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Comment => "ink-comment",
            Self::Keyword => "ink-keyword",
            Self::Type => "ink-type",
            Self::Text => "ink-text",
            Self::Number => "ink-number",
        }
    }
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from one; the lines that mark regions do not count.
    pub number: usize,
    /// Its pieces, in order.
    pub pieces: Vec<(Ink, String)>,
    /// The region it belongs to.
    pub region: Option<String>,
}

/// The lines of a source, without the lines that mark regions.
pub fn lines(text: &str) -> Vec<Line> {
    let mut region = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if let Some(name) = bare.strip_prefix("// region: ") {
            region = Some(name.to_owned());
        } else if bare == "// endregion" {
            region = None;
        } else {
            let number = lines.len() + 1;
            lines.push(Line {
                number,
                pieces: pieces(line),
                region: region.clone(),
            });
        }
    }
    lines
}

fn pieces(line: &str) -> Vec<(Ink, String)> {
    let mut pieces: Vec<(Ink, String)> = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (ink, len) = next_piece(rest);
        let (piece, after) = rest.split_at(len);
        match pieces.last_mut() {
            Some((before, text)) if *before == ink && ink == Ink::Plain => text.push_str(piece),
            Some(_) | None => pieces.push((ink, piece.to_owned())),
        }
        rest = after;
    }
    pieces
}

fn next_piece(rest: &str) -> (Ink, usize) {
    let Some(first) = rest.chars().next() else {
        return (Ink::Plain, 0);
    };
    if rest.starts_with("//") {
        return (Ink::Comment, rest.len());
    }
    if first == '"' {
        return (Ink::Text, quoted_len(rest));
    }
    if let Some(len) = character_len(rest) {
        return (Ink::Text, len);
    }
    if first.is_ascii_digit() {
        let number = |c: char| c.is_ascii_alphanumeric() || c == '_';
        return (Ink::Number, span(rest, number));
    }
    if first.is_alphabetic() || first == '_' {
        let len = span(rest, |c| c.is_alphanumeric() || c == '_');
        return (word_ink(&rest[..len]), len);
    }
    (Ink::Plain, first.len_utf8())
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c: char| !belongs(c)).unwrap_or(text.len())
}

fn quoted_len(text: &str) -> usize {
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return index + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The length of a character literal; a lifetime is none.
fn character_len(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let (skipped, inner) = match inner.strip_prefix('\\') {
        Some(escaped) => (2, escaped),
        None => (1, inner),
    };
    let c = inner.chars().next()?;
    inner[c.len_utf8()..]
        .starts_with('\'')
        .then_some(skipped + c.len_utf8() + 1)
}

fn word_ink(word: &str) -> Ink {
    const KEYWORDS: [&str; 37] = [
        "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
        "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
        "mut", "pub", "ref", "return", "self", "Self", "static", "struct", "super", "trait",
        "true", "type", "use", "where", "while",
    ];
    if KEYWORDS.contains(&word) {
        Ink::Keyword
    } else if word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase) {
        Ink::Type
    } else {
        Ink::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inks(line: &str) -> Vec<(Ink, &str)> {
        let pieces = pieces(line).into_iter().map(|(ink, text)| {
            let start = line.find(&text).expect("a piece comes from its line");
            (ink, &line[start..start + text.len()])
        });
        pieces.filter(|(ink, _)| *ink != Ink::Plain).collect()
    }

    #[test]
    fn words_of_the_language_are_told_from_names() {
        for (line, expected) in [
            (
                "let matched = 1_000;",
                vec![(Ink::Keyword, "let"), (Ink::Number, "1_000")],
            ),
            ("fn f<'a>(x: &'a str)", vec![(Ink::Keyword, "fn")]),
            (
                "if c == '\\'' {}",
                vec![(Ink::Keyword, "if"), (Ink::Text, "'\\''")],
            ),
            (
                r#"say("a \" b") // c"#,
                vec![(Ink::Text, r#""a \" b""#), (Ink::Comment, "// c")],
            ),
            ("SimTime::MAX", vec![(Ink::Type, "SimTime")]),
        ] {
            assert_eq!(inks(line), expected, "{line}");
        }
    }

    #[test]
    fn nothing_of_a_line_is_lost_whatever_it_holds() {
        for line in [
            "",
            "\"open",
            "'",
            "'\\",
            "a'b'c",
            "é→'x",
            "\"\\\"",
            "r#\"raw\"#",
        ] {
            let whole: String = pieces(line).into_iter().map(|(_, text)| text).collect();
            assert_eq!(whole, line);
        }
    }

    #[test]
    fn region_marks_bound_regions_and_do_not_count_as_lines() {
        let listing = lines("a\n    // region: refill\nb\n    // endregion\nc");
        let read: Vec<(usize, Option<&str>)> = listing
            .iter()
            .map(|line| (line.number, line.region.as_deref()))
            .collect();
        assert_eq!(read, [(1, None), (2, Some("refill")), (3, None)]);
    }
}
