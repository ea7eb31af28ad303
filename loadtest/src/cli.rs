//! The command line.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};

use crate::population::Population;
use crate::report::{self, Report};
use crate::scenario::{fair, fanout, floor, queue, rooms};
use crate::server::{Running, Wish};

/// Virtual students and interviewers over real sockets, and the floor beside them.
#[derive(Debug, Parser)]
#[command(name = "loadtest", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Interview rooms of 2 or 3: everyone sends and hears everyone.
    Rooms(RoomsArgs),
    /// One publisher to many viewers.
    Fanout(FanoutArgs),
    /// Students in queues, without media.
    Queue(QueueArgs),
    /// The opening of a fair: everyone at the company wall, over the portal's own pages, without
    /// media.
    Fair(FairArgs),
    /// The least that any media server must do, alone.
    Floor(FloorArgs),
    /// Prints a fair for `pinhui import`, for a server that is started by hand.
    Setup {
        /// Booths.
        #[arg(long, default_value_t = 20)]
        booths: usize,
        /// Seats per booth.
        #[arg(long, default_value_t = 1)]
        seats: usize,
    },
}

#[derive(Debug, Args)]
struct RoomsArgs {
    /// Rooms.
    #[arg(long, default_value_t = 20)]
    rooms: usize,
    /// People in each room.
    #[arg(long, default_value_t = 2)]
    size: usize,
    /// Length of the measuring window, seconds.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Put the two sides of each call on different workers.
    #[arg(long)]
    split: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct FanoutArgs {
    /// Viewers.
    #[arg(long, default_value_t = 100)]
    viewers: usize,
    /// Length of the measuring window, seconds.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct QueueArgs {
    /// Booths.
    #[arg(long, default_value_t = 50)]
    booths: usize,
    /// Interviewers per booth.
    #[arg(long, default_value_t = 1)]
    seats: usize,
    /// Students.
    #[arg(long, default_value_t = 1_000)]
    students: usize,
    /// Length of the run after everyone is there, seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Seed of all that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct FairArgs {
    /// Booths.
    #[arg(long, default_value_t = 250)]
    booths: usize,
    /// Interviewers per booth.
    #[arg(long, default_value_t = 1)]
    seats: usize,
    /// Students.
    #[arg(long, default_value_t = 6_000)]
    students: usize,
    /// Staff at consoles.
    #[arg(long, default_value_t = 3)]
    consoles: usize,
    /// Time over which people come before the opening, seconds [default: 100 students a second]
    #[arg(long)]
    arrive: Option<u64>,
    /// Time within which everyone applies at three booths, seconds [default: two fifths of the
    /// run, 30 at most]
    #[arg(long)]
    storm: Option<u64>,
    /// Length of the run from the opening, seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Kill the server half-way (SIGKILL) and start it again at once.
    #[arg(long)]
    restart: bool,
    /// Seed of all that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    own: Own,
}

#[derive(Debug, Args)]
struct FloorArgs {
    /// A record of a run's batches; else an even one is made up.
    #[arg(long)]
    record: Option<PathBuf>,
    /// Receivers of the made-up record.
    #[arg(long, default_value_t = 10)]
    receivers: u32,
    /// Packets per burst of the made-up record.
    #[arg(long, default_value_t = 5)]
    burst: u16,
    /// Bursts of the made-up record.
    #[arg(long, default_value_t = 5_000)]
    bursts: usize,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What every run with a server of its own takes.
#[derive(Debug, Args)]
struct Own {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Repeat and print the median of each figure.
    #[arg(long, default_value_t = 1)]
    runs: usize,
    /// Keep the server's data folder.
    #[arg(long)]
    keep: bool,
    /// A setting of the server that is started, such as PINHUI__MEDIA__WORKERS=1.
    #[arg(long = "set", value_parser = setting)]
    settings: Vec<(String, String)>,
}

#[derive(Debug, Args)]
struct Common {
    /// A server that runs already, such as http://127.0.0.1:8080, with a fair from `setup`.
    #[arg(long, requires = "key")]
    url: Option<String>,
    /// Its key file.
    #[arg(long)]
    key: Option<PathBuf>,
    /// Its process id, for CPU and memory.
    #[arg(long)]
    pid: Option<u32>,
    #[command(flatten)]
    own: Own,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is wanted")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Common {
    fn wish(&self, split: bool, trace: bool) -> Wish {
        let running = self.url.clone().map(|url| Running {
            url,
            key: self.key.clone().unwrap_or_default(),
            pid: self.pid,
        });
        Wish {
            running,
            split,
            trace,
            keep: self.own.keep,
            settings: self.own.settings.clone(),
        }
    }
}

/// Runs the command and prints the report; false if a run is void.
///
/// # Errors
/// When a run cannot be made.
pub fn execute(cli: Cli) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    match cli.command {
        Command::Rooms(args) => {
            let plan = args.plan();
            repeat(&args.common.own, "rooms", || {
                runtime.block_on(Box::pin(rooms::run(&plan)))
            })
        }
        Command::Fanout(args) => {
            let plan = args.plan();
            repeat(&args.common.own, "fanout", || {
                runtime.block_on(Box::pin(fanout::run(&plan)))
            })
        }
        Command::Queue(args) => {
            let plan = args.plan();
            repeat(&args.common.own, "queue", || {
                runtime.block_on(Box::pin(queue::run(&plan)))
            })
        }
        Command::Fair(args) => {
            let plan = args.plan();
            repeat(&args.own, "fair", || {
                runtime.block_on(Box::pin(fair::run(&plan)))
            })
        }
        Command::Floor(args) => {
            let report = floor::run(&args.plan())?;
            Ok(print(&finished(&report, "floor"), args.json))
        }
        Command::Setup { booths, seats } => {
            let population = Population {
                run: 1,
                crowd: 1,
                booths,
                seats,
                rules: json!({}),
            };
            write(&population.setup().to_string());
            Ok(true)
        }
    }
}

impl RoomsArgs {
    fn plan(&self) -> rooms::Plan {
        let wish = self.common.wish(self.split, true);
        rooms::Plan {
            rooms: self.rooms,
            size: self.size,
            seconds: self.seconds,
            wish,
        }
    }
}

impl FanoutArgs {
    fn plan(&self) -> fanout::Plan {
        let wish = self.common.wish(false, true);
        fanout::Plan {
            viewers: self.viewers,
            seconds: self.seconds,
            wish,
        }
    }
}

impl QueueArgs {
    fn plan(&self) -> queue::Plan {
        queue::Plan {
            booths: self.booths,
            seats: self.seats,
            students: self.students,
            seconds: self.seconds,
            seed: self.seed,
            wish: self.common.wish(false, false),
        }
    }
}

impl FairArgs {
    fn plan(&self) -> fair::Plan {
        let arrive = self.arrive;
        fair::Plan {
            booths: self.booths,
            seats: self.seats,
            students: self.students,
            consoles: self.consoles,
            arrive: arrive.unwrap_or_else(|| fair::Plan::usual_arrival(self.students)),
            storm: self
                .storm
                .unwrap_or_else(|| fair::Plan::usual_storm(self.seconds)),
            seconds: self.seconds,
            restart: self.restart,
            seed: self.seed,
            wish: Wish {
                keep: self.own.keep,
                settings: self.own.settings.clone(),
                ..Wish::default()
            },
        }
    }
}

impl FloorArgs {
    fn plan(&self) -> floor::Plan {
        floor::Plan {
            record: self.record.clone(),
            receivers: self.receivers,
            burst: self.burst,
            bursts: self.bursts,
        }
    }
}

fn repeat(own: &Own, scenario: &str, run: impl Fn() -> Result<Report>) -> Result<bool> {
    let mut reports = Vec::new();
    for number in 0..own.runs.max(1) {
        tracing::info!(scenario, number, "run");
        reports.push(finished(&run()?, scenario));
    }
    Ok(print(&report::merge(&reports), own.json))
}

fn finished(report: &Report, scenario: &str) -> Value {
    let mut json = report.to_json();
    json["scenario"] = Value::from(scenario);
    json
}

fn print(report: &Value, as_json: bool) -> bool {
    let valid = report["void"].as_array().is_none_or(Vec::is_empty);
    let text = if as_json {
        report.to_string()
    } else {
        report::table(report)
    };
    write(text.trim_end());
    valid
}

#[expect(
    clippy::print_stdout,
    reason = "the report is what this program is for"
)]
fn write(text: &str) {
    println!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_the_bar_are_understood() {
        for line in [
            "loadtest rooms --rooms 20 --size 2 --seconds 15 --json",
            "loadtest rooms --rooms 20 --size 2 --seconds 15 --split --json --runs 3",
            "loadtest fanout --viewers 100 --seconds 15 --json",
            "loadtest queue --booths 50 --students 1000 --json",
            "loadtest fair --booths 250 --students 6000 --seconds 60 --json",
            "loadtest fair --booths 250 --students 6000 --seconds 60 --restart --json",
            "loadtest floor --receivers 10",
        ] {
            Cli::try_parse_from(line.split(' ')).unwrap();
        }
        assert!(Cli::try_parse_from(["loadtest", "rooms", "--url", "http://x"]).is_err());
        assert_eq!(setting("A=b=c"), Ok(("A".into(), "b=c".into())));
    }
}
