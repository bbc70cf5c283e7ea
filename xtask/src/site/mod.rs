//! The site around the app: what is written when it is built and needs no browser to be read.
//!
//! Pages that read and look right before the app is there, what search engines and link previews
//! are told, the page for missing addresses, the service worker, icons, and headers for hosts. The
//! app's own files are there before ([`crate::post_build`]).

pub(crate) mod address;
mod card;
mod frame;
mod head;
mod headers;
mod icons;
mod missing;
mod offline;
mod pages;
mod picture;
mod raster;
mod rules;
mod seal;
mod sitemap;

use std::fs;
use std::path::Path;

use orrery_core::catalog::PATTERNS;

use crate::error::Error;
use crate::lab::LabFiles;
use crate::registry;
use crate::site::address::SiteAddress;
pub(crate) use crate::site::offline::Offline;
pub(crate) use crate::site::seal::{files_below, write_hashes_out};
use crate::split::Pieces;

/// What the pages of a build have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common<'a> {
    /// Our own `index.html` as Trunk leaves it.
    pub(crate) template: &'a str,
    /// The same for embeds.
    pub(crate) embeds: &'a str,
    /// The app's code beyond what every page begins with.
    pub(crate) pieces: &'a Pieces,
    /// The lab's worker.
    pub(crate) lab: &'a LabFiles,
    /// Where the site will be, if that was said.
    pub(crate) address: Option<&'a SiteAddress>,
}

/// Whether the site is made for visitors or for whoever works on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// For visitors, with this way of working without a network.
    Visitors(Offline),
    /// For the development server, which rewrites pages as it serves them.
    Development,
}

/// Writes all of it into `folder`, where the app's own files lie.
///
/// # Errors
///
/// When the template lacks a part, a picture cannot be drawn, or a file cannot be written.
pub(crate) fn write(folder: &Path, common: Common<'_>, purpose: Purpose) -> Result<(), Error> {
    icons::write(folder)?;
    for pattern in PATTERNS {
        let own = folder.join(registry::address(pattern));
        fs::create_dir_all(&own).map_err(Error::file("create", &own))?;
        picture::write(&own, pattern)?;
    }
    pages::write(folder, common, purpose)?;
    let Purpose::Visitors(offline) = purpose else {
        return Ok(());
    };
    for pattern in PATTERNS {
        card::write(&folder.join(registry::address(pattern)), pattern)?;
    }
    card::write_home(folder)?;
    sitemap::write(folder, common.address)?;
    headers::write(folder)?;
    write_text(&folder.join(".nojekyll"), "")?;
    let renamed = seal::seal(folder)?;
    offline::write(folder, offline, common.pieces, &renamed)
}

/// Makes a finished site that was changed into a version of its own.
///
/// # Errors
///
/// When a file cannot be read or written.
pub(crate) fn seal_again(folder: &Path) -> Result<(), Error> {
    let renamed = seal::seal(folder)?;
    offline::write(folder, Offline::Kept, &Pieces::default(), &renamed)
}

/// Writes a text as a file.
fn write_text(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(Error::file("write", path))
}
