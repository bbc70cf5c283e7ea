//! Running other programs: quietly, loudly, or while counting the tests they report.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::tally::{Tally, parse_result_line};
use crate::workspace::Workspace;

/// A command that runs in the repository's root with the project's tools on its `PATH`.
///
/// It has no standard input, so that nothing can wait for an answer.
pub(crate) fn command(workspace: &Workspace, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace.root())
        .env("PATH", workspace.search_path())
        // Trunk 0.21 takes any value of NO_COLOR but "true" and "false" for a mistake and stops.
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    command
}

/// Runs a command with its output shown, and fails if it does.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    let status = command
        .status()
        .map_err(|cause| not_started(command, cause))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::CommandFailed {
            command: command_line(command),
            status,
        })
    }
}

/// Runs a command in place of this process where the system can, so that stopping one stops both.
pub(crate) fn become_program(command: &mut Command) -> Result<(), Error> {
    #[cfg(unix)]
    {
        // Returns only where the program could not be started.
        let cause = std::os::unix::process::CommandExt::exec(command);
        Err(not_started(command, cause))
    }
    #[cfg(not(unix))]
    run(command)
}

/// Runs a command with its output shown, adding up the test results that it prints.
///
/// Both of its output streams are read as one, so that lines keep their order.
pub(crate) fn run_counting(command: &mut Command, tally: &mut Tally) -> Result<(), Error> {
    let start = |command: &mut Command| -> io::Result<_> {
        let (reader, writer) = io::pipe()?;
        let child = command.stdout(writer.try_clone()?).stderr(writer).spawn()?;
        // The command holds the pipe's writing ends; they must close for reading to end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Ok((reader, child))
    };
    let (reader, mut child) = start(command).map_err(|cause| not_started(command, cause))?;
    for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(result) = parse_result_line(&line) {
            *tally += result;
        }
    }
    let status = child.wait().map_err(|cause| not_started(command, cause))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::CommandFailed {
            command: command_line(command),
            status,
        })
    }
}

/// What a program prints when it succeeds; `None` when it cannot be run or fails.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The error for a command that did not start.
pub(crate) fn not_started(command: &Command, cause: io::Error) -> Error {
    Error::NotStarted {
        program: program_name(command),
        cause,
    }
}

/// A command as one would type it.
pub(crate) fn command_line(command: &Command) -> String {
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    let mut line = program_name(command);
    for argument in arguments {
        line.push(' ');
        line.push_str(&argument);
    }
    line
}

fn program_name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned()
}
