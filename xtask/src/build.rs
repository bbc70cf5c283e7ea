//! The release build of the site.

use crate::error::Error;
use crate::process::{command, run};
use crate::setup::{self, Need};
use crate::site::Offline;
use crate::site::address::SiteAddress;
use crate::split;
use crate::workspace::Workspace;

/// What building the site takes.
pub(crate) const NEEDS: [Need; 3] = [Need::WasmTarget, Need::Trunk, Need::WasmOpt];

/// Tells `post-build`, which Trunk calls, where the site will be.
pub(crate) const SITE: &str = "ORRERY_SITE";

/// Tells it that visitors are not to keep the site.
pub(crate) const NO_OFFLINE: &str = "ORRERY_NO_OFFLINE";

/// How to build.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct BuildArguments {
    /// Where the site will be, such as `https://example.org/orrery/`: for the sitemap, canonical
    /// addresses and the pictures of link previews, which are left out without it.
    #[arg(long, value_name = "ADDRESS")]
    site: Option<String>,
    /// Visitors do not keep the site for when there is no network, and what they kept goes.
    #[arg(long)]
    no_offline: bool,
}

impl BuildArguments {
    /// What `post-build` finds in its environment.
    fn environment(&self) -> Result<Vec<(&'static str, String)>, Error> {
        let address: Option<SiteAddress> = self.site.as_deref().map(str::parse).transpose()?;
        let site = address.map(|address| (SITE, address.to_string()));
        let off = self.no_offline.then(|| (NO_OFFLINE, "1".to_owned()));
        Ok(site.into_iter().chain(off).collect())
    }
}

/// What was said of the site in the environment.
pub(crate) fn said() -> Result<(Option<SiteAddress>, Offline), Error> {
    let address = std::env::var(SITE).ok();
    let address = address.as_deref().map(str::parse).transpose()?;
    let offline = match std::env::var_os(NO_OFFLINE) {
        Some(_) => Offline::Off,
        None => Offline::Kept,
    };
    Ok((address, offline))
}

/// Builds `dist/`: a folder of files that works from any host, under any path.
pub(crate) fn build(workspace: &Workspace, arguments: &BuildArguments) -> Result<(), Error> {
    // An address that is none is told before anything is installed.
    arguments.environment()?;
    setup::ensure(workspace, &NEEDS)?;
    trunk_build(workspace, arguments)?;
    println!("The site is in {}", workspace.dist().display());
    if arguments.site.is_none() {
        println!(
            "Without --site it has no sitemap, no canonical addresses and no pictures in link previews."
        );
    }
    Ok(())
}

/// Runs Trunk, which calls `post-build` at its end.
pub(crate) fn trunk_build(workspace: &Workspace, arguments: &BuildArguments) -> Result<(), Error> {
    run(command(workspace, "trunk")
        .args(["build", "--release", "--dist"])
        .arg(workspace.dist())
        .args(split::FEATURES)
        .envs(split::ENVIRONMENT)
        .env_remove(SITE)
        .env_remove(NO_OFFLINE)
        .envs(arguments.environment()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_told_in_one_sentence() {
        let arguments = BuildArguments {
            site: Some("example.org".to_owned()),
            no_offline: false,
        };
        let error = arguments.environment().expect_err("it has no scheme");
        assert_eq!(
            error.to_string(),
            "--site example.org is no address of a site: relative URL without a base; \
             give one such as https://example.org/orrery/"
        );
    }

    #[test]
    fn nothing_is_said_of_the_site_unless_it_was_given() {
        let environment = BuildArguments::default().environment();
        assert_eq!(environment.expect("there is nothing to refuse"), []);
    }
}
