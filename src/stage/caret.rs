//! Where carets and edits go when the text under them changes. Plain text, no DOM.

use std::ops::Range;

/// What has to be cut out of one text, and what put in, to get another.
struct Change<'a> {
    /// The old text.
    old: &'a str,
    /// Bytes of the old text.
    cut: Range<usize>,
    /// What comes in their place.
    put: &'a str,
}

impl<'a> Change<'a> {
    /// Everything between what both texts begin with and what both end with.
    fn between(old: &'a str, new: &'a str) -> Self {
        let begin = alike(old.chars(), new.chars());
        let (old_rest, new_rest) = (&old[begin..], &new[begin..]);
        let end = alike(old_rest.chars().rev(), new_rest.chars().rev());
        Self {
            old,
            cut: begin..old.len() - end,
            put: &new[begin..new.len() - end],
        }
    }

    /// Where the place `at` is after the change; one in the cut stays as many characters in, or
    /// comes to the end of what was put in.
    fn carry(&self, at: usize) -> usize {
        if at <= self.cut.start {
            at
        } else if at >= self.cut.end {
            at - self.cut.end + self.cut.start + self.put.len()
        } else {
            let inside = self.old[self.cut.start..at].chars();
            let kept = self.put.chars().zip(inside).map(|(put, _)| put.len_utf8());
            self.cut.start + kept.sum::<usize>()
        }
    }
}

/// The place in `new` of the caret that stood at `at` in `old`, in UTF-16 code units as the DOM
/// counts. A caret exactly where something was put in stays before it.
pub(super) fn carried(old: &str, new: &str, at: u32) -> u32 {
    let place = Change::between(old, new).carry(byte_at(old, at));
    new[..place].encode_utf16().count() as u32
}

/// The edit that made `mine` of `base`, made on `theirs`, which came of `base` meanwhile.
pub(super) fn rebased(base: &str, mine: &str, theirs: &str) -> String {
    let edit = Change::between(base, mine);
    let others = Change::between(base, theirs);
    let (start, end) = (others.carry(edit.cut.start), others.carry(edit.cut.end));
    let end = end.max(start);
    format!("{}{}{}", &theirs[..start], edit.put, &theirs[end..])
}

/// How many bytes both begin with.
fn alike(a: impl Iterator<Item = char>, b: impl Iterator<Item = char>) -> usize {
    a.zip(b)
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum()
}

/// The byte at which the UTF-16 code unit `units` stands.
fn byte_at(text: &str, units: u32) -> usize {
    let mut before = 0;
    for (at, char) in text.char_indices() {
        if before >= units {
            return at;
        }
        before += char.len_utf16() as u32;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{carried, rebased};

    /// Texts with a bar where the caret stands.
    fn check(old: &str, new: &str) {
        let bare = |text: &str| text.replace('|', "");
        let caret = |text: &str| {
            let (before, _) = text.split_once('|').expect("a caret");
            before.encode_utf16().count() as u32
        };
        assert_eq!(
            carried(&bare(old), &bare(new), caret(old)),
            caret(new),
            "{old} to {new}"
        );
    }

    #[test]
    fn a_caret_stays_between_the_characters_it_stood_between() {
        check("mil|k", "oat mil|k");
        check("mil|k", "mil|k and tea");
        check("oat mil|k", "mil|k");
        check("a 🫖 b|", "a 🫖🫖 b|");
        check("|tea", "|green tea");
    }

    #[test]
    fn a_caret_in_what_was_replaced_stays_inside_the_replacement() {
        check("one tw|o three", "one 2| three");
        check("ab|c", "|");
        check("xy|z", "🫖|");
    }

    #[test]
    fn two_edits_of_one_text_both_survive() {
        assert_eq!(rebased("milk", "milk!", "oat milk"), "oat milk!");
        assert_eq!(rebased("oat milk", "milk", "oat milk, tea"), "milk, tea");
        assert_eq!(rebased("Alice", "Bob", "Carol"), "Bob");
        assert_eq!(rebased("same", "same", "other"), "other");
    }
}
