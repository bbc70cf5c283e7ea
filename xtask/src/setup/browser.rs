//! Chromium and its driver, in which the page is tested.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::announce;
use crate::error::Error;
use crate::process::{command, output_of, run};
use crate::workspace::Workspace;

/// Names under which the browser is known, the most common on Debian first.
const BROWSER_NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

const DRIVER_NAME: &str = "chromedriver";

/// The browser that tests run in.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    /// Chromium, or a browser built from it.
    pub(crate) program: PathBuf,
    /// The WebDriver server that steers it.
    pub(crate) driver: PathBuf,
}

/// The browser and driver on this machine.
///
/// # Errors
///
/// When one of them is missing.
pub(crate) fn browser(workspace: &Workspace) -> Result<Browser, Error> {
    let program = BROWSER_NAMES
        .iter()
        .find_map(|name| workspace.find_program(name));
    let driver = workspace.find_program(DRIVER_NAME);
    match (program, driver) {
        (Some(program), Some(driver)) => Ok(Browser { program, driver }),
        (None, _) => Err(missing("chromium")),
        (Some(_), None) => Err(missing(DRIVER_NAME)),
    }
}

/// Installs both through apt where that is possible.
pub(super) fn ensure(workspace: &Workspace) -> Result<(), Error> {
    let Err(error) = browser(workspace) else {
        return Ok(());
    };
    if !can_use_apt(workspace) {
        return Err(error);
    }
    announce(
        "chromium and chromium-driver",
        "runs the browser tests",
        "about a minute, through apt",
    );
    let apt = |arguments: &[&str]| {
        let mut apt = command(workspace, "apt-get");
        apt.args(["-qq", "-o", "Dpkg::Use-Pty=0"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            // A line for each of a hundred packages; what goes wrong is on the other stream.
            .stdout(Stdio::null());
        run(&mut apt).map_err(|error| Error::InstallFailed {
            tool: "chromium",
            reason: error.to_string(),
        })
    };
    apt(&["update"])?;
    apt(&[
        "install",
        "--yes",
        "--no-install-recommends",
        "chromium",
        "chromium-driver",
    ])?;
    browser(workspace).map(|_| ())
}

/// apt works for the superuser on Debian and what derives from it.
fn can_use_apt(workspace: &Workspace) -> bool {
    let is_root = output_of(command(workspace, "id").arg("-u")).is_some_and(|id| id == "0");
    is_root
        && Path::new("/etc/debian_version").exists()
        && workspace.find_program("apt-get").is_some()
}

fn missing(tool: &'static str) -> Error {
    let advice = if env::consts::OS == "linux" {
        "install it with `sudo apt-get install chromium chromium-driver` (or what your distribution \
         calls them), then run the command again"
    } else {
        "install Chrome and the chromedriver of the same version, put both on PATH, then run the \
         command again"
    };
    Error::ToolMissing {
        tool,
        advice: advice.to_owned(),
    }
}
