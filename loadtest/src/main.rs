//! `loadtest`: see [`loadtest::cli`].

use std::process::ExitCode;

use clap::Parser;
use loadtest::cli;
use tracing_subscriber::EnvFilter;

#[expect(clippy::print_stderr, reason = "the last words of a run that failed")]
fn main() -> ExitCode {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("loadtest=info,error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match cli::execute(cli::Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("loadtest: the run is void");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}
