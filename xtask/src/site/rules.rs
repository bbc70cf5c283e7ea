//! The rules of the stylesheets that pictures use, and which of them apply to an element.
//!
//! Ours are plain: no strings with braces or semicolons in them. What stands behind an `@` is left
//! out, as are selectors that ask for a pointer or the keyboard, which a picture in a file has not.

use roxmltree::Node;
use simplecss::{AttributeOperator, PseudoClass, Selector};

use crate::styles::without_comments;

const TOKENS: &str = include_str!("../../../styles/tokens.css");

const STAGE: &str = include_str!("../../../styles/stage.css");

/// What an element gets if the selector matches it.
pub(super) struct Rule<'a> {
    /// To whom it applies, as it is written.
    pub(super) written: &'a str,
    selector: Selector<'a>,
    /// Names and values, in their order.
    pub(super) declarations: Vec<(&'a str, &'a str)>,
}

impl Rule<'_> {
    /// Whether it applies to an element.
    pub(super) fn applies_to(&self, node: Node<'_, '_>) -> bool {
        self.selector.matches(&Element(node))
    }

    /// Whether it gives the values that all others name.
    pub(super) fn is_root(&self) -> bool {
        self.written == "svg"
    }
}

/// The stylesheets of a picture; its outermost element is their root.
pub(super) fn stylesheet() -> String {
    without_comments(&format!("{TOKENS}{STAGE}")).replace(":root", "svg")
}

/// The rules of a stylesheet without comments, the most specific last.
pub(super) fn rules(css: &str) -> Vec<Rule<'_>> {
    let (mut rules, mut rest) = (Vec::new(), css);
    while let Some((prelude, after)) = rest.split_once('{') {
        let prelude = prelude.trim();
        let (block, after) = after.split_at(end_of_block(after));
        rest = after.get(1..).unwrap_or_default();
        if prelude.starts_with('@') {
            continue;
        }
        let declarations: Vec<(&str, &str)> = block
            .split(';')
            .filter_map(|declaration| declaration.split_once(':'))
            .map(|(name, value)| (name.trim(), value.trim()))
            .collect();
        let selectors = prelude.split(',').map(str::trim);
        rules.extend(selectors.filter_map(|written| {
            Some(Rule {
                written,
                selector: Selector::parse(written)?,
                declarations: declarations.clone(),
            })
        }));
    }
    rules.sort_by_key(|rule| rule.selector.specificity());
    rules
}

/// Where the brace is that closes the block at whose beginning `css` stands.
fn end_of_block(css: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in css.char_indices() {
        match (character, depth) {
            ('{', _) => depth += 1,
            ('}', 0) => return at,
            ('}', _) => depth -= 1,
            _ => {}
        }
    }
    css.len()
}

/// An element as selectors see it.
struct Element<'a, 'input>(Node<'a, 'input>);

impl simplecss::Element for Element<'_, '_> {
    fn parent_element(&self) -> Option<Self> {
        self.0.parent_element().map(Element)
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.0.prev_sibling_element().map(Element)
    }

    fn has_local_name(&self, name: &str) -> bool {
        self.0.tag_name().name() == name
    }

    fn attribute_matches(&self, name: &str, operator: AttributeOperator<'_>) -> bool {
        self.0
            .attribute(name)
            .is_some_and(|value| operator.matches(value))
    }

    fn pseudo_class_matches(&self, class: PseudoClass<'_>) -> bool {
        class == PseudoClass::FirstChild && self.0.prev_sibling_element().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_we_write_them() {
        let css = ".a, .b .c { --tone: var(--x); fill: color-mix(in srgb, var(--y) 60%, #fff) }\n\
                   @media (hover) { .a { fill: red; } }\n.a:hover { fill: red; }\nsvg { x: 1; }";
        let told: Vec<String> = rules(css)
            .iter()
            .map(|rule| format!("{} {:?}", rule.written, rule.declarations))
            .collect();
        let values =
            "[(\"--tone\", \"var(--x)\"), (\"fill\", \"color-mix(in srgb, var(--y) 60%, #fff)\")]";
        assert_eq!(told[0], "svg [(\"x\", \"1\")]");
        assert_eq!(told[1], format!(".a {values}"));
        assert!(told.contains(&format!(".b .c {values}")), "{told:?}");
        assert!(
            !told
                .iter()
                .any(|rule| rule.contains("red") && rule.starts_with(".a ["))
        );
    }

    #[test]
    fn the_stylesheets_of_pictures_have_values_at_their_root() {
        let css = stylesheet();
        let rules = rules(&css);
        let root = rules
            .iter()
            .find(|rule| rule.is_root())
            .expect("there is one");
        assert!(root.declarations.iter().any(|(name, _)| *name == "--paper"));
    }
}
