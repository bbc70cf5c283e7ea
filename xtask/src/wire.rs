//! What a page costs over the wire, as a host sends it: which files it loads until it plays, and how
//! large they are.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::webdriver::Session;

/// What a pattern's page may load until its machine plays. The aim is 250,000 bytes of code; no page
/// needs so much.
pub(crate) const PAGE: Load = Load {
    code: 204_000,
    pictures: 8_000,
};

/// What an embed may load until then.
pub(crate) const EMBED: Load = Load {
    code: 200_000,
    pictures: 1_000,
};

/// What the page has loaded.
const LOADED: &str =
    "return [location.href, ...performance.getEntriesByType('resource').map(entry => entry.name)];";

/// What its head asks for at a low priority.
const ASKED_FOR_LAST: &str =
    "return [...document.querySelectorAll('link[fetchpriority=low]')].map(link => link.href);";

/// Paths of what a page loads, relative to the site's root.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Until its machine runs.
    pub(crate) first: BTreeSet<PathBuf>,
    /// What it asks for at a low priority.
    pub(crate) after: BTreeSet<PathBuf>,
}

/// How large files are, each as it is and in brotli.
#[derive(Debug, Default)]
pub(crate) struct Sizes(BTreeMap<PathBuf, (usize, usize)>);

/// Bytes in brotli until a page plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// HTML, CSS, scripts and wasm, and whatever else is no picture.
    pub(crate) code: usize,
    /// Pictures.
    pub(crate) pictures: usize,
}

impl Files {
    /// What the page in a browser has loaded by now; `root` is the site's address.
    pub(crate) fn of(session: &Session, root: &str) -> Result<Self, Error> {
        let all = urls(session, LOADED, root)?;
        let after = urls(session, ASKED_FOR_LAST, root)?;
        Ok(Self {
            first: all.difference(&after).cloned().collect(),
            after,
        })
    }
}

impl Sizes {
    /// The size of a file of the site, which is compressed once.
    pub(crate) fn of(&mut self, dist: &Path, file: &Path) -> Result<(usize, usize), Error> {
        if let Some(sizes) = self.0.get(file) {
            return Ok(*sizes);
        }
        let path = dist.join(file);
        let bytes = fs::read(&path).map_err(Error::file("read", &path))?;
        let sizes = (bytes.len(), brotli_size(&bytes));
        self.0.insert(file.to_owned(), sizes);
        Ok(sizes)
    }

    /// What a page loads until it plays.
    pub(crate) fn load(&mut self, dist: &Path, files: &Files) -> Result<Load, Error> {
        let mut load = Load::default();
        for file in &files.first {
            let bytes = self.of(dist, file)?.1;
            let kind = file.extension().and_then(OsStr::to_str);
            match kind {
                Some("svg" | "png") => load.pictures += bytes,
                Some(_) | None => load.code += bytes,
            }
        }
        Ok(load)
    }

    /// The size of several files.
    pub(crate) fn sum(
        &mut self,
        dist: &Path,
        files: &BTreeSet<PathBuf>,
    ) -> Result<(usize, usize), Error> {
        files.iter().try_fold((0, 0), |sum, file| {
            let size = self.of(dist, file)?;
            Ok((sum.0 + size.0, sum.1 + size.1))
        })
    }
}

/// What is wrong with a page that loads so many bytes until it plays, if more than `most` is wrong.
pub(crate) fn over_budget(load: Load, most: Load, page: &str) -> Option<String> {
    let over = |what: &str, bytes: usize, max: usize| {
        (bytes > max).then(|| {
            format!(
                "it loads {bytes} bytes of {what} in brotli until it plays, and {max} are allowed: \
                 `cargo xtask bench-page --built {page}` names the files"
            )
        })
    };
    over("code and text", load.code, most.code)
        .or_else(|| over("pictures", load.pictures, most.pictures))
}

/// The addresses that a script returns, as paths relative to the site's root.
fn urls(session: &Session, script: &str, root: &str) -> Result<BTreeSet<PathBuf>, Error> {
    let urls = session.evaluate(script)?;
    let paths = urls
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|url| url.as_str()?.strip_prefix(root))
        .map(|path| path.split(['?', '#']).next().unwrap_or_default())
        .map(|path| {
            if path.is_empty() || path.ends_with('/') {
                format!("{path}index.html")
            } else {
                path.to_owned()
            }
        });
    Ok(paths.map(PathBuf::from).collect())
}

/// The size at the highest level, at which static files are compressed once and kept.
fn brotli_size(bytes: &[u8]) -> usize {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams::default();
    // Reading from and writing to memory does not fail.
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &parameters).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_compresses() {
        assert!(brotli_size(&[7; 10_000]) < 100);
    }

    #[test]
    fn a_page_over_its_budget_is_told_by_how_much_and_where_to_look() {
        let most = Load {
            code: 250_000,
            pictures: 25_000,
        };
        assert_eq!(over_budget(most, most, "p/saga/"), None);
        let more_code = Load {
            code: 250_001,
            ..most
        };
        let more_pictures = Load {
            pictures: 25_001,
            ..most
        };
        for (load, told) in [
            (more_code, "250001 bytes of code and text"),
            (more_pictures, "25001 bytes of pictures"),
        ] {
            let words = over_budget(load, most, "p/saga/").expect("it is over");
            assert!(
                words.contains(told) && words.ends_with("p/saga/` names the files"),
                "{words}"
            );
        }
    }
}
