//! Pages of the live fair, and those outside a domain.

use askama::Template;

use super::Sample;
use crate::demo::pages::DemoPage;
use crate::home::StaffPage;
use crate::interviews::console::ConsolePage;
use crate::interviews::pages::{DeviceTestPage, QueuesPage};
use crate::interviews::room::{BoothsPage, RoomPage};
use crate::video_fairs::pages::{BoothPage, FairsPage, WallPage};
use crate::web::errors::ErrorPage;

pub(super) fn pages() -> Vec<Sample> {
    let no_fairs = FairsPage {
        fairs: Vec::new(),
        ..FairsPage::sample()
    };
    let no_seats = BoothsPage {
        booths: Vec::new(),
        ..BoothsPage::sample()
    };
    vec![
        ("error", ErrorPage::sample().render()),
        ("demo", DemoPage::sample().render()),
        ("fairs", FairsPage::sample().render()),
        ("fairs-none", no_fairs.render()),
        ("wall", WallPage::sample().render()),
        ("booth", BoothPage::sample().render()),
        ("device-test", DeviceTestPage::sample().render()),
        ("queues", QueuesPage::sample().render()),
        ("booths", BoothsPage::sample().render()),
        ("booths-none", no_seats.render()),
        ("room", RoomPage::sample().render()),
        ("console", ConsolePage::sample().render()),
        ("staff", StaffPage::sample().render()),
    ]
}
