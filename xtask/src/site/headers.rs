//! What a host should send along: the same content security policy as the pages have inside, and
//! how long what may be kept.
//!
//! `_headers` is read by Netlify and Cloudflare Pages, which by themselves have every file asked for
//! anew. Samples for nginx and Caddy are in `deploy/`; a test holds them to the same policy.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::html::{POLICY_BEFORE_SCRIPTS, csp_hash, inline_scripts, inline_styles};
use crate::site::pages::{START, START_AND_KEEP, THEME, THEME_OF_GUEST};
use crate::site::seal::sealed_name;
use crate::site::{missing, write_text};

/// A year: a file whose name changes with its content never changes.
const KEPT: &str = "public, max-age=31536000, immutable";

/// Writes `_headers`.
pub(super) fn write(folder: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(folder).map_err(Error::file("read", folder))?;
    let names = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    // Both hosts know a star only at the end.
    let beginnings: BTreeSet<String> = names
        .filter(|name| sealed_name(name))
        .filter_map(|name| {
            let end = name.find(['-', '_'])?;
            Some(name[..=end].to_owned())
        })
        .collect();
    let mut text = format!(
        "/*\n  Content-Security-Policy: {}\n  Referrer-Policy: strict-origin-when-cross-origin\n  \
         X-Content-Type-Options: nosniff\n",
        policy_for_hosts()?
    );
    for beginning in beginnings {
        text += &format!("/{beginning}*\n  Cache-Control: {KEPT}\n");
    }
    write_text(&folder.join("_headers"), &text)
}

/// The policy for all pages together; who may show them in a frame it does not say, so anyone may.
pub(crate) fn policy_for_hosts() -> Result<String, Error> {
    let missing = missing::page(None)?;
    let scripts = [THEME, THEME_OF_GUEST, &START, &START_AND_KEEP];
    let scripts: BTreeSet<String> = scripts
        .into_iter()
        .chain(inline_scripts(&missing))
        .map(csp_hash)
        .collect();
    let styles: Vec<String> = inline_styles(&missing).map(csp_hash).collect();
    let joined = |hashes: Vec<String>| hashes.join(" ");
    Ok(format!(
        "{POLICY_BEFORE_SCRIPTS} {}; style-src 'self' {}",
        joined(scripts.into_iter().collect()),
        joined(styles)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_for_hosts_have_the_policy_of_the_pages() {
        let policy = policy_for_hosts().expect("the pages have all parts");
        for (name, sample) in [
            ("nginx.conf", include_str!("../../../deploy/nginx.conf")),
            ("Caddyfile", include_str!("../../../deploy/Caddyfile")),
        ] {
            assert!(
                sample.contains(&format!("\"{policy}\"")),
                "put this policy into deploy/{name}: {policy}"
            );
        }
    }

    #[test]
    fn the_policy_lets_no_unknown_script_run_and_names_no_other_host() {
        let policy = policy_for_hosts().expect("the pages have all parts");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("http"),
            "{policy}"
        );
        assert!(policy.contains("'wasm-unsafe-eval'") && !policy.contains("'unsafe-eval'"));
        for directive in [
            "worker-src 'self'",
            "manifest-src 'self'",
            "object-src 'none'",
        ] {
            assert!(policy.contains(directive), "{policy}");
        }
    }

    #[test]
    fn only_files_whose_names_tell_their_content_are_kept_for_good() {
        let folder = std::env::temp_dir().join(format!("orrery-headers-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        for name in [
            "pack_saga-0123456789abcdef.wasm",
            "index.html",
            "icon-192.png",
        ] {
            fs::write(folder.join(name), "").expect("a file");
        }
        write(&folder).expect("it can be written");
        let text = fs::read_to_string(folder.join("_headers")).expect("it is there");
        assert!(text.contains("/pack_*\n  Cache-Control: public, max-age=31536000, immutable"));
        assert_eq!(text.matches("Cache-Control").count(), 1, "{text}");
        fs::remove_dir_all(&folder).expect("it can be removed");
    }
}
