//! The browsers in which the page is tested, and the programs that steer them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::announce;
use super::cargo_install::CargoTool;
use crate::error::Error;
use crate::process::{command, output_of, run};
use crate::workspace::Workspace;

/// A kind of browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Chromium, or a browser built from it.
    Chromium,
    /// Firefox, or its long-lived edition.
    Firefox,
}

impl Engine {
    /// Those that the site is tested in.
    pub(crate) const ALL: [Self; 2] = [Self::Chromium, Self::Firefox];

    /// As it is called in what the checks print.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
        }
    }

    /// Names of its program, the most common on Debian first.
    const fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &[
                "chromium",
                "chromium-browser",
                "google-chrome",
                "google-chrome-stable",
            ],
            Self::Firefox => &["firefox-esr", "firefox"],
        }
    }

    const fn driver(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver",
            Self::Firefox => "geckodriver",
        }
    }

    /// What apt calls it.
    const fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-driver"],
            Self::Firefox => &["firefox-esr"],
        }
    }
}

/// A browser that tests run in.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    /// Its kind.
    pub(crate) engine: Engine,
    /// The browser itself.
    pub(crate) program: PathBuf,
    /// The WebDriver server that steers it.
    pub(crate) driver: PathBuf,
}

/// Debian has none, so it is built like the other tools.
const GECKODRIVER: CargoTool = CargoTool {
    name: "geckodriver",
    package: "geckodriver",
    purpose: "steers Firefox in the browser tests",
    duration: "about two minutes",
    arguments: &[],
    opt_level: "0",
};

const GECKODRIVER_VERSION: &str = "0.37.1";

/// The browser of this kind on this machine, and its driver.
///
/// # Errors
///
/// When one of them is missing.
pub(crate) fn browser(workspace: &Workspace, engine: Engine) -> Result<Browser, Error> {
    let program = program(workspace, engine).ok_or_else(|| missing(engine))?;
    let driver = workspace.find_program(engine.driver());
    let driver = driver.ok_or_else(|| missing(engine))?;
    Ok(Browser {
        engine,
        program,
        driver,
    })
}

fn program(workspace: &Workspace, engine: Engine) -> Option<PathBuf> {
    let mut programs = engine.programs().iter();
    programs.find_map(|name| workspace.find_program(name))
}

/// Installs a browser through apt where that is possible, and its driver.
pub(super) fn ensure(workspace: &Workspace, engine: Engine) -> Result<(), Error> {
    let has_program = program(workspace, engine).is_some();
    let has_driver = workspace.find_program(engine.driver()).is_some();
    match engine {
        Engine::Chromium => {
            if !(has_program && has_driver) {
                install(workspace, engine)?;
            }
        }
        Engine::Firefox => {
            if !has_program {
                install(workspace, engine)?;
            }
            if !has_driver {
                GECKODRIVER.ensure(workspace, GECKODRIVER_VERSION)?;
            }
        }
    }
    browser(workspace, engine).map(|_| ())
}

fn install(workspace: &Workspace, engine: Engine) -> Result<(), Error> {
    if !can_use_apt(workspace) {
        return Err(missing(engine));
    }
    announce(
        &engine.packages().join(" and "),
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
            tool: engine.name(),
            reason: error.to_string(),
        })
    };
    apt(&["update"])?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt(&[&install, engine.packages()].concat())
}

/// apt works for the superuser on Debian and what derives from it.
fn can_use_apt(workspace: &Workspace) -> bool {
    let is_root = output_of(command(workspace, "id").arg("-u")).is_some_and(|id| id == "0");
    is_root
        && Path::new("/etc/debian_version").exists()
        && workspace.find_program("apt-get").is_some()
}

fn missing(engine: Engine) -> Error {
    let advice = match (engine, env::consts::OS) {
        (Engine::Chromium, "linux") => {
            "install it with `sudo apt-get install chromium chromium-driver` (or what your \
             distribution calls them), then run the command again"
        }
        (Engine::Chromium, _) => {
            "install Chrome and the chromedriver of the same version, put both on PATH, then run \
             the command again"
        }
        (Engine::Firefox, "linux") => {
            "install it with `sudo apt-get install firefox-esr` (or what your distribution calls \
             it) and its driver with `cargo install geckodriver`, then run the command again"
        }
        (Engine::Firefox, _) => {
            "install Firefox and geckodriver, put both on PATH, then run the command again"
        }
    };
    Error::ToolMissing {
        tool: engine.name(),
        advice: advice.to_owned(),
    }
}
