//! The development server: builds, serves, and rebuilds when a file changes.

use std::net::{Ipv4Addr, TcpListener};

use crate::error::Error;
use crate::process::{become_program, command};
use crate::setup::{self, Need};
use crate::split;
use crate::workspace::Workspace;

/// How to serve.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServeArguments {
    /// The port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Build as for release: slower to build, faster to run.
    #[arg(long)]
    release: bool,
}

/// Serves the app until it is stopped.
pub(crate) fn serve(workspace: &Workspace, arguments: &ServeArguments) -> Result<(), Error> {
    let port = arguments.port;
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|cause| Error::Port { port, cause })?;
    setup::ensure(workspace, &[Need::WasmTarget, Need::Trunk])?;
    println!("Building; then Orrery is at http://127.0.0.1:{port}/ until you press Ctrl-C");
    let mut trunk = command(workspace, "trunk");
    trunk
        .args(["serve", "--no-spa", "--address", "127.0.0.1", "--port"])
        .arg(port.to_string())
        .arg("--dist")
        .arg(workspace.served_dist());
    if arguments.release {
        trunk
            .arg("--release")
            .args(split::FEATURES)
            .envs(split::ENVIRONMENT);
    }
    become_program(&mut trunk)
}
