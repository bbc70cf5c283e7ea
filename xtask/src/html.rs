//! Making one page from another: relative addresses, title, description, readable text, and the
//! content security policy.
//!
//! The source is our own `index.html` as Trunk leaves it, so that plain text search finds the few
//! places that change; what it does not find is an error, never a page that is silently wrong.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use orrery_core::scene::escape;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::lab::LabFiles;
use crate::split::Packs;

/// Where a page's readable text goes; the app removes what stands there when it starts.
const BODY_MARKER: &str = "<!-- prerender -->";

/// What a page may load: its own files and nothing else. `'wasm-unsafe-eval'` lets it compile wasm;
/// pictures may be exported through `data:` and `blob:` addresses.
pub(crate) const POLICY_BEFORE_SCRIPTS: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; \
     object-src 'none'; worker-src 'self'; manifest-src 'self'; img-src 'self' data: blob:; \
     script-src 'self' 'wasm-unsafe-eval'";

/// What is particular to one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// How many folders below the root the page lies.
    pub(crate) depth: usize,
    /// What the tab and a search result show.
    pub(crate) title: String,
    /// One or two sentences for a search result and a link preview.
    pub(crate) description: String,
    /// More tags for its head.
    pub(crate) head: String,
    /// HTML that reads without the app.
    pub(crate) body: String,
    /// A script in the site's root that the app's own will ask for.
    pub(crate) script: Option<String>,
    /// The code that the page has to itself, if it comes in pieces.
    pub(crate) packs: Option<Packs>,
    /// The lab's worker, which the app starts when it is needed.
    pub(crate) lab: LabFiles,
}

/// Whether scripts that are not part of the page may run, as the development server's do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InlineScripts {
    /// Only those that stand in the page, known by their hash.
    OnlyKnown,
    /// Any: Trunk rewrites its reload script while serving, so that no hash would hold.
    Any,
}

/// Makes `page` from the `template` that Trunk built with relative addresses.
///
/// # Errors
///
/// When the template lacks a title, a description, or the marker for the text.
pub(crate) fn prerender(template: &str, page: &Page) -> Result<String, Error> {
    let html = with_addresses_at_depth(&with_preloads(template, page)?, page.depth);
    let html = replace_between(&html, "<title>", "</title>", &escape(&page.title))
        .ok_or(Error::Template { part: "<title>" })?;
    let html = replace_between(
        &html,
        "<meta name=\"description\" content=\"",
        "\"",
        &escape(&page.description),
    )
    .ok_or(Error::Template {
        part: "<meta name=\"description\" content=\"...\">",
    })?;
    if !html.contains(BODY_MARKER) {
        return Err(Error::Template {
            part: "comment `prerender`",
        });
    }
    Ok(html.replacen(BODY_MARKER, &page.body, 1))
}

/// Asks for what the page will need before the app does: one way to the host and back instead of
/// three.
fn with_preloads(template: &str, page: &Page) -> Result<String, Error> {
    let script = page.script.iter().map(|name| {
        format!("<link rel=\"modulepreload\" href=\"./{name}\" crossorigin=\"anonymous\">\n")
    });
    let pack = |when: &str, name: &String, priority: &str| {
        format!(
            "<link rel=\"{when}\" href=\"./{name}\" crossorigin=\"anonymous\" as=\"fetch\" type=\"application/wasm\"{priority}>\n"
        )
    };
    // The script that starts the app asks for what may come later, once there is something to see.
    let packs = page.packs.iter().flat_map(|packs| {
        let first = packs.first.iter();
        let first = first.map(|first| pack("preload", &first.name, ""));
        let after = pack("later", &packs.after.name, " fetchpriority=\"low\"");
        first.chain([after])
    });
    let lab = [("script", &page.lab.script), ("wasm", &page.lab.wasm)]
        .map(|(part, name)| format!("<meta name=\"orrery-lab-{part}\" content=\"{name}\">\n"));
    let links: String = script.chain(packs).chain(lab).collect();
    let (before, after) = template
        .split_once("</head>")
        .ok_or(Error::Template { part: "</head>" })?;
    Ok(format!("{before}{links}{}</head>{after}", page.head))
}

/// Adds the content security policy, which must know the final text of each script in the page.
///
/// # Errors
///
/// When the template has no `<meta charset>` to put it after.
pub(crate) fn with_policy(html: &str, scripts: InlineScripts) -> Result<String, Error> {
    const CHARSET: &str = "<meta charset=\"utf-8\">";
    let allowed = match scripts {
        InlineScripts::OnlyKnown => inline_scripts(html).map(csp_hash).collect(),
        InlineScripts::Any => vec!["'unsafe-inline'".to_owned()],
    };
    let styles: Vec<String> = inline_styles(html).map(csp_hash).collect();
    let (before, after) = html.split_once(CHARSET).ok_or(Error::Template {
        part: "<meta charset=\"utf-8\">",
    })?;
    let policy = [POLICY_BEFORE_SCRIPTS]
        .into_iter()
        .chain(allowed.iter().map(String::as_str));
    let mut policy = policy.collect::<Vec<_>>().join(" ");
    if !styles.is_empty() {
        policy += &format!("; style-src 'self' {}", styles.join(" "));
    }
    Ok(format!(
        "{before}{CHARSET}\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">{after}"
    ))
}

/// Rewrites each quoted address that starts with `./` so that it works `depth` folders down.
///
/// This covers attributes and the loader script alike.
fn with_addresses_at_depth(html: &str, depth: usize) -> String {
    if depth == 0 {
        return html.to_owned();
    }
    let up = "../".repeat(depth);
    html.replace("\"./", &format!("\"{up}"))
        .replace("'./", &format!("'{up}"))
}

/// The source expression by which a policy allows exactly this script.
pub(crate) fn csp_hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

/// The texts of the scripts that stand in the page itself; data is none.
pub(crate) fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script>")?;
        let runs = !attributes.contains("src=") && !attributes.contains("json");
        runs.then_some(text)
    })
}

/// The texts of the stylesheets that stand in the page itself.
pub(crate) fn inline_styles(html: &str) -> impl Iterator<Item = &str> {
    let sheets = html.split("<style>").skip(1);
    sheets.filter_map(|rest| Some(rest.split_once("</style>")?.0))
}

/// Replaces what stands between the first `start` and the next `end`; `None` where they are missing.
fn replace_between(html: &str, start: &str, end: &str, new: &str) -> Option<String> {
    let (before, rest) = html.split_once(start)?;
    let (_old, after) = rest.split_once(end)?;
    Some([before, start, new, end, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::Pack;

    const TEMPLATE: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>Orrery</title>
<meta name="description" content="All patterns">
<link rel="stylesheet" href="./style-1.css">
<script type="module">import init from './app-1.js'; init({ module_or_path: './app-1.wasm' });</script>
</head><body><!-- prerender --></body></html>"#;

    fn page() -> Page {
        let pack = |name: &str| Pack {
            name: name.to_owned(),
            files: Vec::new(),
        };
        Page {
            depth: 2,
            title: "Token bucket".to_owned(),
            description: "Refills \"at a rate\" & empties".to_owned(),
            head: "<meta property=\"og:title\" content=\"Token bucket\">".to_owned(),
            body: "<main>Lesson, see ./notes</main>".to_owned(),
            script: Some("pieces-1.js".to_owned()),
            packs: Some(Packs {
                first: vec![pack("bucket-1.wasm")],
                after: pack("panels-1.wasm"),
                embed: vec![pack("embed-1.wasm")],
                terms: pack("terms-1.wasm"),
            }),
            lab: LabFiles {
                script: "lab-1-begin.js".to_owned(),
                wasm: "lab-1_bg.wasm".to_owned(),
            },
        }
    }

    #[test]
    fn addresses_in_attributes_and_in_the_loader_climb_to_the_root() {
        let html = prerender(TEMPLATE, &page()).expect("the template is complete");
        for address in [
            "\"../../style-1.css\"",
            "'../../app-1.js'",
            "'../../app-1.wasm'",
        ] {
            assert!(html.contains(address), "{address} is missing in {html}");
        }
        assert!(
            !html.contains("\"./") && !html.contains("'./"),
            "one was forgotten in {html}"
        );
    }

    #[test]
    fn what_the_page_will_need_is_asked_for_in_its_head() {
        let html = prerender(TEMPLATE, &page()).expect("the template is complete");
        let (head, _) = html.split_once("</head>").expect("it has a head");
        for asked in [
            "rel=\"modulepreload\" href=\"../../pieces-1.js\"",
            "rel=\"preload\" href=\"../../bucket-1.wasm\"",
        ] {
            assert!(head.contains(asked), "{asked} is missing in {head}");
        }
        let mut low = head.lines().filter(|line| line.contains("fetchpriority"));
        let after = low.next().expect("something may come later");
        assert!(
            after.contains("rel=\"later\" href=\"../../panels-1.wasm\""),
            "{after}"
        );
        assert_eq!(low.next(), None, "and nothing else");
    }

    #[test]
    fn addresses_in_the_text_itself_are_left_alone() {
        let html = prerender(TEMPLATE, &page()).expect("the template is complete");
        assert!(html.contains("see ./notes"));
    }

    #[test]
    fn a_page_at_the_root_keeps_its_addresses() {
        let html = prerender(TEMPLATE, &Page { depth: 0, ..page() }).expect("it is complete");
        assert!(html.contains("\"./style-1.css\""));
    }

    #[test]
    fn title_description_and_text_are_the_pages_own_and_escaped() {
        let html = prerender(TEMPLATE, &page()).expect("the template is complete");
        assert!(html.contains("<title>Token bucket</title>"));
        assert!(html.contains("content=\"Refills &quot;at a rate&quot; &amp; empties\">"));
        assert!(html.contains("<body><main>"));
    }

    #[test]
    fn a_template_without_a_needed_part_says_which() {
        for (part, named) in [
            ("<title>Orrery</title>", "<title>"),
            ("name=\"description\"", "description"),
            ("<!-- prerender -->", "prerender"),
        ] {
            let error =
                prerender(&TEMPLATE.replace(part, ""), &page()).expect_err("it lacks a part");
            assert!(error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn the_policy_knows_the_script_by_the_hash_that_browsers_compute() {
        // The example that the Content Security Policy specification gives for hashes.
        assert_eq!(
            csp_hash("alert('Hello, world.');"),
            "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
        );
        let html = with_policy(TEMPLATE, InlineScripts::OnlyKnown).expect("it has a charset");
        let script = inline_scripts(TEMPLATE).next().expect("it has one");
        assert!(html.contains(&csp_hash(script)));
        assert!(html.contains("default-src 'self'") && !html.contains("unsafe-inline"));
    }

    #[test]
    fn scripts_from_files_need_no_hash() {
        let html = "<script src=\"./a.js\"></script><script>b()</script>";
        assert_eq!(inline_scripts(html).collect::<Vec<_>>(), ["b()"]);
    }

    #[test]
    fn data_in_a_script_element_never_runs_and_needs_no_hash() {
        let html = "<script type=\"application/ld+json\">{}</script>";
        assert_eq!(inline_scripts(html).next(), None);
    }

    #[test]
    fn a_style_in_the_page_is_known_by_its_hash_and_others_have_none() {
        let html = TEMPLATE.replace("</head>", "<style>p{}</style></head>");
        let with = with_policy(&html, InlineScripts::OnlyKnown).expect("it has a charset");
        assert!(with.contains(&format!("; style-src 'self' {}\"", csp_hash("p{}"))));
        let without = with_policy(TEMPLATE, InlineScripts::OnlyKnown).expect("it has a charset");
        assert!(!without.contains("style-src"));
    }

    #[test]
    fn the_policy_comes_before_whatever_it_governs() {
        let html = with_policy(TEMPLATE, InlineScripts::OnlyKnown).expect("it has a charset");
        let policy = html.find("Content-Security-Policy").expect("it was added");
        assert!(policy < html.find("<script").expect("there is a script"));
        assert!(policy < html.find("<link").expect("there is a link"));
    }
}
