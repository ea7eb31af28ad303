//! Every route with every role, and every message on the live socket with every role, against
//! the tables beside this file. A route or a message without a row fails, as does a row without
//! a route. Menus are held beside the same tables. Prints how many pairs it walked.
//!
//! `rights live`, `rights menus` or `rights GET /company` walks only that, or only the rows whose
//! line contains the words;
//! `rights propose` prints how each route without a row answers, to be judged and put into the
//! table.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stdout, reason = "what this test was asked to print")]

mod live;
mod menus;
mod people;
#[path = "../site/mod.rs"]
mod site;
mod table;
mod web;

use portal::Mode;
use site::Site;

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let filter = words.join(" ");
    let site = Site::start(Mode::Demo).await;
    let cast = people::Cast::assemble(&site).await;
    if filter == "propose" {
        web::propose(&site, &cast).await;
        return;
    }
    let mut report = table::Report::default();
    menus::walk(&site, &cast, &filter, &mut report).await;
    web::walk(&site, &cast, &filter, &mut report).await;
    live::walk(&site, &cast, &filter, &mut report).await;
    site.end().await;
    for fault in &report.faults {
        println!("{fault}");
    }
    println!(
        "{} pairs, {} differences",
        report.pairs,
        report.faults.len()
    );
    if report.pairs == 0 || !report.faults.is_empty() {
        std::process::exit(1);
    }
}
