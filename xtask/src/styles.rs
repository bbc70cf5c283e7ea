//! One stylesheet in place of many: one request instead of eight, and what the parts have in common
//! is compressed once.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::Error;

/// How Trunk links a stylesheet, up to its address and from there on.
const LINK: (&str, &str) = ("<link rel=\"stylesheet\" href=\"./", "\"/>");

/// Puts the stylesheets that `html` links into one file of `staging`, in their order and without
/// their comments, and gives the page that links this one.
///
/// # Errors
///
/// When a file cannot be read, written or removed.
pub(crate) fn join(staging: &Path, html: &str) -> Result<String, Error> {
    let mut pieces = html.split(LINK.0);
    let before = pieces.next().unwrap_or_default();
    let (mut sheet, mut rest) = (String::new(), String::new());
    for piece in pieces {
        let (name, after) = piece.split_once(LINK.1).ok_or(Error::Template {
            part: "end of <link rel=\"stylesheet\">",
        })?;
        let path = staging.join(name);
        let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        sheet.push_str(&without_comments(&text));
        rest.push_str(after.trim_start());
        fs::remove_file(&path).map_err(Error::file("remove", &path))?;
    }
    if sheet.is_empty() {
        return Ok(html.to_owned());
    }
    let digest = Sha256::digest(&sheet);
    let hash: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = format!("style-{hash}.css");
    let path = staging.join(&name);
    fs::write(&path, sheet).map_err(Error::file("write", &path))?;
    Ok([before, LINK.0, &name, LINK.1, "\n", &rest].concat())
}

/// The rules of a stylesheet, without comments, blank lines and indentation.
pub(crate) fn without_comments(css: &str) -> String {
    let mut rules = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        let (before, here) = rest.split_at(at);
        rules.push_str(before);
        let end = match here.strip_prefix("/*") {
            Some(comment) => comment.find("*/").map(|end| end + 4),
            None if here.starts_with('/') => Some(1),
            None => here[1..].find(&here[..1]).map(|end| end + 2),
        };
        let (token, after) = here.split_at(end.unwrap_or(here.len()));
        if !token.starts_with("/*") {
            rules.push_str(token);
        }
        rest = after;
    }
    rules.push_str(rest);
    let lines = rules.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(css: &str, expected: &str, lesson: &str) {
        assert_eq!(without_comments(css), expected, "{lesson}");
    }

    #[test]
    fn comments_go_and_rules_stay() {
        check(
            "/* Why. */\n.a {\n  color: red; /* so */\n}\n",
            ".a {\ncolor: red;\n}\n",
            "a comment is for who reads the source",
        );
        check(
            ".a::before { content: \"/* no */ 'x' \"; }",
            ".a::before { content: \"/* no */ 'x' \"; }\n",
            "what stands in quotes is no comment",
        );
        check(
            ".a { grid: a / 1fr; }",
            ".a { grid: a / 1fr; }\n",
            "a slash alone begins nothing",
        );
        check(
            ".a {} /* open",
            ".a {}\n",
            "an open comment ends with the file",
        );
    }

    #[test]
    fn stylesheets_become_one_in_their_order() {
        let folder = std::env::temp_dir().join(format!("orrery-styles-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("one.css"), ".a {}").expect("a file");
        fs::write(folder.join("two.css"), ".b {}").expect("a file");
        let link = |name: &str| format!("{}{name}{}\n", LINK.0, LINK.1);
        let html = format!("<head>\n{}{}<title>", link("one.css"), link("two.css"));
        let joined = join(&folder, &html).expect("both are there");
        let (_, name) = joined.split_once("href=\"./").expect("one is linked");
        let (name, after) = name.split_once("\"/>\n").expect("it ends");
        assert_eq!(after, "<title>", "and no other");
        let sheet = fs::read_to_string(folder.join(name)).expect("it is written");
        assert_eq!(sheet, ".a {}\n.b {}\n");
        assert!(!folder.join("one.css").exists());
        fs::remove_dir_all(&folder).expect("it can be removed");
    }
}
