//! Where the site will be: needed only for what must name it in full.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::error::Error;

/// An address such as `https://example.org/orrery/`; it ends with a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SiteAddress(Url);

impl SiteAddress {
    /// The address of a page or file given relative to the site's root.
    pub(crate) fn of(&self, relative: &str) -> String {
        format!("{}{relative}", self.0)
    }

    /// The path of the site's root on its host.
    pub(crate) fn path(&self) -> &str {
        self.0.path()
    }
}

impl FromStr for SiteAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |problem: &str| Error::SiteAddress {
            given: text.to_owned(),
            problem: problem.to_owned(),
        };
        let mut url = Url::parse(text).map_err(|error| refused(&error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(refused("it does not begin with https:// or http://"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(refused("it names no host"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("it has a query or a fragment"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("it holds a name or a password"));
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }
}

impl fmt::Display for SiteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_ends_with_a_slash_whether_or_not_it_was_given() {
        for (given, root) in [
            ("https://example.org", "https://example.org/"),
            ("https://example.org/orrery", "https://example.org/orrery/"),
            ("http://Example.org:81/a/b/", "http://example.org:81/a/b/"),
        ] {
            let address: SiteAddress = given.parse().expect("it is an address");
            assert_eq!(address.of("p/x/"), format!("{root}p/x/"));
        }
    }

    #[test]
    fn what_cannot_be_the_root_of_a_site_is_refused_with_what_is_wrong() {
        for (given, named) in [
            ("example.org/orrery", "relative"),
            ("ftp://example.org/", "https://"),
            ("file:///srv/orrery/", "https://"),
            ("https://example.org/?a=1", "query"),
            ("https://me:secret@example.org/", "password"),
            ("", "relative"),
        ] {
            let error = given.parse::<SiteAddress>().expect_err(given);
            let words = error.to_string();
            assert!(words.contains(named) && words.contains(given), "{words}");
        }
    }
}
