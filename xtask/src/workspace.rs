//! Where things are: the repository, its tools, its build output.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The repository that this command works on.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The repository that holds this crate.
    ///
    /// `cargo run` says at run time where the crate is; the path known at compile time serves when
    /// the binary is started directly.
    pub(crate) fn find() -> Self {
        let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir
            .parent()
            .map_or_else(|| manifest_dir.clone(), Path::to_path_buf);
        Self { root }
    }

    /// The repository in this folder.
    pub(crate) const fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where tools are installed; nothing outside the repository is touched by Cargo or npm.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join(".tools")
    }

    /// Where Cargo builds.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from)
    }

    /// The release build of the site.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The build that `serve` shows, apart from [`Self::dist`] so that neither overwrites the other.
    pub(crate) fn served_dist(&self) -> PathBuf {
        self.root.join("target").join("serve")
    }

    /// `PATH` with the project's own tools in front.
    pub(crate) fn search_path(&self) -> OsString {
        let own = [
            self.tools().join("bin"),
            self.tools().join("npm/node_modules/.bin"),
        ];
        let inherited = env::var_os("PATH").unwrap_or_default();
        let all = own.into_iter().chain(env::split_paths(&inherited));
        // Joining fails only for a folder with a separator in its name; then the inherited path is all there is.
        env::join_paths(all).unwrap_or(inherited)
    }

    /// The first executable called `program` on [`Self::search_path`].
    pub(crate) fn find_program(&self, program: &str) -> Option<PathBuf> {
        env::split_paths(&self.search_path())
            .map(|folder| folder.join(program))
            .find(|path| path.is_file())
    }

    /// The text of a file given relative to the root.
    pub(crate) fn read(&self, relative: &str) -> Result<String, Error> {
        let path = self.root.join(relative);
        std::fs::read_to_string(&path).map_err(Error::file("read", path))
    }
}
