//! Why a command did not do what was asked, as one sentence, and the exit code for it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use orrery_core::condition::ConditionError;
use orrery_core::kernel::session::SessionError;
use orrery_core::lab::search::SearchError;
use orrery_core::lab::{MergeError, PlanError};
use thiserror::Error;

/// A command that failed.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The arguments make no sense.
    #[error("{0}")]
    Usage(String),
    /// A plan cannot be carried out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A condition to stop at makes no sense.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// A search cannot begin.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A run cannot be opened.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Parts cannot be joined.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The answer is no.
    #[error("{0}")]
    No(String),
    /// A file cannot be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// Read or write.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{} is not a measured sweep: {source}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Where it departs.
        source: serde_json::Error,
    },
    /// Nothing can be printed.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl Failure {
    /// What the process ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_)
            | Self::Plan(_)
            | Self::Condition(_)
            | Self::Search(_)
            | Self::Session(_) => ExitCode::from(2),
            Self::Merge(_)
            | Self::No(_)
            | Self::File { .. }
            | Self::Form { .. }
            | Self::Output(_) => ExitCode::from(1),
        }
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            doing,
            path,
            source,
        }
    }
}
