//! Two stylesheets in place of many: fewer requests, and what the parts have in common is compressed
//! once. The second is for the panels, which come after the machine; the app applies it when they do
//! (`src/panels/mod.rs`).

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::split::hash;

/// How Trunk links a stylesheet, up to its address and from there on.
const LINK: (&str, &str) = ("<link rel=\"stylesheet\" href=\"./", "\"/>");

/// What comes with the panels, by the beginnings of names.
const OF_PANELS: [&str; 4] = ["panels-", "charts-", "compare-", "dialogs-"];

/// How the page has the stylesheet of the panels fetched, up to its address and from there on. The
/// app knows it by its id.
const FETCH: (&str, &str) = (
    "<link rel=\"prefetch\" as=\"style\" fetchpriority=\"low\" id=\"style-of-panels\" href=\"./",
    "\"/>",
);

/// The same where it may never be wanted, up to its address.
const KNOWN: &str = "<link id=\"style-of-panels\" href=\"./";

/// Puts the stylesheets that `html` links into two files of `staging`, in their order and without
/// their comments, and gives the page that links the first and has the second fetched.
///
/// # Errors
///
/// When a file cannot be read, written or removed.
pub(crate) fn join(staging: &Path, html: &str) -> Result<String, Error> {
    let mut pieces = html.split(LINK.0);
    let before = pieces.next().unwrap_or_default();
    let (mut first, mut after, mut rest) = (String::new(), String::new(), String::new());
    for piece in pieces {
        let (name, text_after) = piece.split_once(LINK.1).ok_or(Error::Template {
            part: "end of <link rel=\"stylesheet\">",
        })?;
        let path = staging.join(name);
        let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        let is_of_panels = OF_PANELS.iter().any(|begin| name.starts_with(begin));
        let sheet = if is_of_panels { &mut after } else { &mut first };
        sheet.push_str(&without_comments(&text));
        rest.push_str(text_after.trim_start());
        fs::remove_file(&path).map_err(Error::file("remove", &path))?;
    }
    let mut page = before.to_owned();
    for (link, sheet) in [(LINK, first), (FETCH, after)] {
        if !sheet.is_empty() {
            let name = write(staging, "style", &sheet)?;
            page += &[link.0, &name, link.1, "\n"].concat();
        }
    }
    Ok(page + &rest)
}

/// Writes a stylesheet under a name that changes with its content, and gives that name.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn write(staging: &Path, what: &str, sheet: &str) -> Result<String, Error> {
    let name = format!("{what}-{}.css", hash(sheet.as_bytes()));
    let path = staging.join(&name);
    fs::write(&path, sheet).map_err(Error::file("write", &path))?;
    Ok(name)
}

/// The page with one stylesheet in place of those that it links or has fetched, for an app that may
/// want them after all: it finds the names of the linked ones in a `meta` element, and that of the
/// panels in a link that asks for nothing.
///
/// # Errors
///
/// When a link has no end, or there is none.
pub(crate) fn exchange(html: &str, name: &str) -> Result<String, Error> {
    let mut pieces = html.split(LINK.0);
    let before = pieces.next().unwrap_or_default();
    let (mut names, mut rest) = (Vec::new(), String::new());
    for piece in pieces {
        let (name, after) = piece.split_once(LINK.1).ok_or(Error::Template {
            part: "end of <link rel=\"stylesheet\">",
        })?;
        names.push(name);
        rest.push_str(after.trim_start());
    }
    if names.is_empty() {
        return Err(Error::Template {
            part: "<link rel=\"stylesheet\">",
        });
    }
    let meta = format!(
        "<meta name=\"orrery-style\" content=\"{}\">",
        names.join(" ")
    );
    let page = [before, LINK.0, name, LINK.1, "\n", &meta, "\n", &rest].concat();
    Ok(page.replacen(FETCH.0, KNOWN, 1))
}

/// The rules of a stylesheet, without comments and without spaces that mean nothing.
pub(crate) fn without_comments(css: &str) -> String {
    let mut rules = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        let (before, here) = rest.split_at(at);
        rules.push_str(&closer(before));
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
    rules.push_str(&closer(rest));
    let mut joined = String::with_capacity(rules.len());
    for line in rules.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !joined.is_empty() && !joined.ends_with(['{', '}', ';', ',']) {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    joined.replace(";}", "}")
}

/// What stands outside quotes, without the space after a name or before a block.
fn closer(css: &str) -> String {
    css.replace(": ", ":").replace(" {", "{")
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
            ".a{color:red}",
            "a comment is for who reads the source",
        );
        check(
            ".a::before { content: \"/* no: */ 'x' \"; }",
            ".a::before{ content:\"/* no: */ 'x' \"; }",
            "what stands in quotes is no comment",
        );
        check(
            ".a { grid: a / 1fr; }",
            ".a{ grid:a / 1fr; }",
            "a slash alone begins nothing",
        );
        check(
            ".a,\n.b {\n  grid:\n    1fr\n    2fr;\n}\n\n.a :hover {}\n",
            ".a,.b{grid: 1fr 2fr}.a :hover{}",
            "a line break in a value is a space",
        );
        check(
            ".a {} /* open",
            ".a{}",
            "an open comment ends with the file",
        );
    }

    #[test]
    fn stylesheets_become_two_in_their_order() {
        let folder = std::env::temp_dir().join(format!("orrery-styles-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("one.css"), ".a {}").expect("a file");
        fs::write(folder.join("panels-1.css"), ".p {}").expect("a file");
        fs::write(folder.join("two.css"), ".b {}").expect("a file");
        let link = |name: &str| format!("{}{name}{}\n", LINK.0, LINK.1);
        let html = format!(
            "<head>\n{}{}{}<title>",
            link("one.css"),
            link("panels-1.css"),
            link("two.css")
        );
        let joined = join(&folder, &html).expect("both are there");
        let (_, name) = joined.split_once("href=\"./").expect("one is linked");
        let (name, after) = name.split_once("\"/>\n").expect("it ends");
        let sheet = |name: &str| fs::read_to_string(folder.join(name)).expect("it is written");
        assert_eq!(sheet(name), ".a{}.b{}");
        let (name, after) = after
            .strip_prefix(FETCH.0)
            .and_then(|name| name.split_once("\"/>\n"))
            .expect("another is fetched");
        assert_eq!(after, "<title>", "and no other");
        assert_eq!(sheet(name), ".p{}");
        assert!(!folder.join("one.css").exists());
        fs::remove_dir_all(&folder).expect("it can be removed");
    }

    #[test]
    fn a_page_with_a_stylesheet_of_its_own_knows_the_others_and_asks_for_none_of_them() {
        let html = format!(
            "<head>\n{}style-1.css{}\n{}style-2.css\"/>\n<title>",
            LINK.0, LINK.1, FETCH.0
        );
        let page = exchange(&html, "embed-1.css").expect("it links one");
        assert_eq!(page.matches("rel=").count(), 1, "{page}");
        for part in [
            "<link rel=\"stylesheet\" href=\"./embed-1.css\"/>",
            "<meta name=\"orrery-style\" content=\"style-1.css\">",
            "<link id=\"style-of-panels\" href=\"./style-2.css\"/>",
        ] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert!(exchange("<head>", "embed-1.css").is_err());
    }
}
