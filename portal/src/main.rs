//! `pinhui`: the one binary.

use std::process::ExitCode;

use clap::Parser;

#[expect(
    clippy::print_stderr,
    reason = "the last words of a command that failed"
)]
fn main() -> ExitCode {
    match portal::cli::execute(portal::cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pinhui: {error:#}");
            ExitCode::FAILURE
        }
    }
}
