//! Tools that are Rust programs, built from crates.io into `.tools/`.

use std::fs;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{announce, has_version};
use crate::error::Error;
use crate::process::{command, not_started};
use crate::workspace::Workspace;

/// How often progress is reported where lines cannot be overwritten, as in a CI log.
const REPORT_EVERY: Duration = Duration::from_secs(20);

/// How many of Cargo's last lines are shown when an installation fails.
const LINES_SHOWN_ON_FAILURE: usize = 30;

/// A program that `cargo install` builds.
#[derive(Debug)]
pub(super) struct CargoTool {
    /// The program's name.
    pub(super) name: &'static str,
    /// The package that holds it.
    pub(super) package: &'static str,
    /// What it does here, completing "it ...".
    pub(super) purpose: &'static str,
    /// How long the installation takes on two cores.
    pub(super) duration: &'static str,
    /// More arguments for `cargo install`.
    pub(super) arguments: &'static [&'static str],
    /// The optimisation level to build it with.
    pub(super) opt_level: &'static str,
}

impl CargoTool {
    /// Installs this tool unless exactly this version is there already.
    pub(super) fn ensure(&self, workspace: &Workspace, version: &str) -> Result<(), Error> {
        if has_version(workspace, self.name, version) {
            return Ok(());
        }
        announce(
            &format!("{} {version}", self.package),
            self.purpose,
            self.duration,
        );
        // The versions that a tool was released with come first; where the registry no longer (or
        // not yet) has one of them, the newest compatible ones do.
        let locked = self.install(workspace, version, &["--locked"])?;
        if let Err(lines) = locked {
            if !lines
                .iter()
                .any(|line| line.contains("failed to select a version"))
            {
                return Err(self.failed(&lines));
            }
            self.install(workspace, version, &[])?
                .map_err(|lines| self.failed(&lines))?;
        }
        Ok(())
    }

    /// Runs `cargo install`; the inner error holds Cargo's last lines.
    fn install(
        &self,
        workspace: &Workspace,
        version: &str,
        more: &[&str],
    ) -> Result<Result<(), Vec<String>>, Error> {
        let started = Instant::now();
        let mut install = self.command(workspace, version, more);
        let mut child = install
            .spawn()
            .map_err(|cause| not_started(&install, cause))?;
        let mut progress = Progress::new(self.name);
        let mut lines = Vec::new();
        for line in child
            .stderr
            .take()
            .into_iter()
            .flat_map(|stderr| BufReader::new(stderr).lines())
        {
            let Ok(line) = line else { break };
            progress.see(&line);
            lines.push(line);
        }
        progress.end();
        let status = child.wait().map_err(|cause| not_started(&install, cause))?;
        if status.success() {
            println!(
                "    {} is ready after {} s",
                self.name,
                started.elapsed().as_secs()
            );
            Ok(Ok(()))
        } else {
            Ok(Err(lines.split_off(
                lines.len().saturating_sub(LINES_SHOWN_ON_FAILURE),
            )))
        }
    }

    fn command(&self, workspace: &Workspace, version: &str, more: &[&str]) -> Command {
        let mut install = command(workspace, "cargo");
        install
            .args(["install", self.package, "--version", version])
            .args(self.arguments)
            .args(more)
            .arg("--root")
            .arg(workspace.tools())
            .env("CARGO_TARGET_DIR", build_folder(workspace))
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level)
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env_remove("RUSTFLAGS")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        install
    }

    fn failed(&self, lines: &[String]) -> Error {
        for line in lines {
            eprintln!("    {line}");
        }
        let first_error = lines
            .iter()
            .find_map(|line| line.trim().strip_prefix("error: "));
        let reason = first_error
            .unwrap_or("cargo install failed")
            .trim_end_matches('.')
            .to_owned();
        Error::InstallFailed {
            tool: self.name,
            reason,
        }
    }
}

/// Removes what building the tools left behind: hundreds of megabytes that nothing uses again.
pub(super) fn remove_build_folder(workspace: &Workspace) {
    // Should it stay, it only takes up space.
    let _ = fs::remove_dir_all(build_folder(workspace));
}

fn build_folder(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("build")
}

/// Tells how far an installation is: one line that grows on a terminal, a line now and then elsewhere.
struct Progress {
    name: &'static str,
    compiled: usize,
    downloaded: usize,
    on_terminal: bool,
    started: Instant,
    reported: Instant,
}

impl Progress {
    fn new(name: &'static str) -> Self {
        let now = Instant::now();
        let on_terminal = io::stdout().is_terminal();
        Self {
            name,
            compiled: 0,
            downloaded: 0,
            on_terminal,
            started: now,
            reported: now,
        }
    }

    fn see(&mut self, line: &str) {
        let line = line.trim_start();
        self.compiled += usize::from(line.starts_with("Compiling "));
        self.downloaded += usize::from(line.starts_with("Downloaded "));
        if self.on_terminal {
            print!("\r{}", self.line());
            // A terminal that cannot be written to shows no progress, and that is all.
            let _ = io::stdout().flush();
        } else if self.reported.elapsed() >= REPORT_EVERY {
            self.reported = Instant::now();
            println!("{}", self.line());
        }
    }

    fn line(&self) -> String {
        let seconds = self.started.elapsed().as_secs();
        format!(
            "    {}: {} packages fetched, {} compiled, {seconds} s ",
            self.name, self.downloaded, self.compiled
        )
    }

    fn end(&self) {
        if self.on_terminal {
            println!();
        }
    }
}
