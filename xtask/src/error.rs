//! What can go wrong in a command, each as one sentence that says what failed and what to do.

use std::io;
use std::path::PathBuf;

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program that should be there could not be started.
    #[error("`{program}` could not be started ({cause}); install it or put it on PATH")]
    NotStarted {
        /// The program's name.
        program: String,
        /// What the system said.
        cause: io::Error,
    },

    /// A program ran and reported failure; its own output stands above.
    #[error("`{command}` failed ({status}); its messages are above")]
    CommandFailed {
        /// The command line as typed.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },

    /// A file or folder could not be read or written.
    #[error("could not {action} {} ({cause})", path.display())]
    File {
        /// "read", "write", "create".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },

    /// A tool is missing and cannot be had on this machine without help.
    #[error("{tool} is missing: {advice}")]
    ToolMissing {
        /// The tool's name.
        tool: &'static str,
        /// What to install, and how.
        advice: String,
    },

    /// Installing a tool failed.
    #[error(
        "{tool} could not be installed ({reason}); check the network and the lines above, then run \
         the command again: what is already installed is kept"
    )]
    InstallFailed {
        /// The tool's name.
        tool: &'static str,
        /// What went wrong, in a few words.
        reason: String,
    },

    /// The lock file does not say what is needed.
    #[error("Cargo.lock does not {problem}; run `cargo update --workspace` to repair it")]
    Lockfile {
        /// "parse", "name a package called ...".
        problem: String,
    },

    /// The built page lacks a part that the pattern pages are made from.
    #[error("index.html has no {part}, from which the pattern pages are made; put it back")]
    Template {
        /// The missing part.
        part: &'static str,
    },

    /// The browser or its driver answered with something unusable.
    #[error("the browser could not {action} ({reason})")]
    Browser {
        /// What was asked of it.
        action: String,
        /// What it said.
        reason: String,
    },

    /// A run came out differently on two platforms.
    #[error(
        "the same run has the trace {native} natively and {wasm} as wasm; \
         look for what the two compute differently before looking at their speed"
    )]
    TracesDiffer {
        /// The trace hash of the native run.
        native: String,
        /// The trace hash of the run in the browser.
        wasm: String,
    },

    /// A program that was measured did not print its figures.
    #[error("{what} printed no figures but \"{printed}\"")]
    Unreadable {
        /// Which program.
        what: &'static str,
        /// What it printed.
        printed: String,
    },

    /// A built site is needed and is not there.
    #[error("there is no built site at {}; run `cargo xtask build` first", path.display())]
    NotBuilt {
        /// Where it was looked for.
        path: PathBuf,
    },

    /// The port that was asked for cannot be listened on.
    #[error("port {port} cannot be used ({cause}); choose another with --port")]
    Port {
        /// The port.
        port: u16,
        /// What the system said.
        cause: io::Error,
    },

    /// A command meant to be called by another tool was called by hand.
    #[error(
        "{variable} is not set; `cargo xtask {command}` is run by Trunk, use `cargo xtask build`"
    )]
    NotFromTrunk {
        /// The environment variable that Trunk sets.
        variable: &'static str,
        /// The command that needs it.
        command: &'static str,
    },

    /// A pattern cannot be begun as asked.
    #[error("{problem}; {advice}")]
    NotANewPattern {
        /// What is in the way.
        problem: String,
        /// What to do instead.
        advice: String,
    },

    /// A pattern was named that is not there.
    #[error("there is no pattern \"{slug}\": choose from {known}")]
    NoSuchPattern {
        /// What was given.
        slug: String,
        /// What there is.
        known: String,
    },

    /// A step of the tests did not pass; what it found stands above.
    #[error("the step \"{step}\" failed")]
    StepFailed {
        /// The step's name.
        step: &'static str,
    },

    /// No step is called so.
    #[error("no step is called \"{word}\"; the steps are: {names}")]
    NoSuchStep {
        /// What was asked for.
        word: String,
        /// What there is.
        names: String,
    },

    /// The app could not be cut into its pieces.
    #[error("the app could not be cut into pieces: {reason}")]
    Split {
        /// What went wrong.
        reason: String,
    },

    /// What was given as the site's address is none.
    #[error(
        "--site {given} is no address of a site: {problem}; give one such as https://example.org/orrery/"
    )]
    SiteAddress {
        /// What was given.
        given: String,
        /// What is wrong with it.
        problem: String,
    },

    /// A picture could not be drawn.
    #[error("the picture of {what} could not be drawn: {reason}")]
    Undrawn {
        /// Of what.
        what: String,
        /// What went wrong.
        reason: String,
    },

    /// The template of a new pattern does not do what it is for.
    #[error("the template of a new pattern is out of date: {problem}")]
    StaleTemplate {
        /// What is wrong with it.
        problem: String,
    },
}

impl Error {
    /// A closure that turns an I/O error on `path` into an [`Error::File`].
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File {
            action,
            path,
            cause,
        }
    }
}
