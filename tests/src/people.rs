//! Students and interviewers of the demo fair in real browsers, by what they do.

use std::path::Path;

use anyhow::Result;

use crate::chrome::{Driver, Screen};
use crate::colour::Colour;
use crate::demo;
use crate::page::Page;

/// The booth of the tests: one seat, so that one interviewer sees every applicant.
pub const BOOTH: &str = "B-003";
/// The interviewer on its seat.
pub const INTERVIEWER: &str = "interviewer-06";

/// A student enters by the demo link.
///
/// # Errors
/// When the browser or the page does not come up.
pub async fn student(
    driver: &Driver,
    folder: &Path,
    http: &str,
    who: &str,
    colour: Colour,
) -> Result<Page> {
    let page = driver.open(folder, colour, Screen::Phone).await?;
    page.goto(&demo::enter(http, who)).await?;
    Ok(page)
}

/// The interviewer enters the room of [`BOOTH`].
///
/// # Errors
/// When the browser or the room does not come up.
pub async fn interviewer(driver: &Driver, folder: &Path, http: &str) -> Result<Page> {
    enters_room(driver, folder, http, INTERVIEWER, Colour::Blue).await
}

/// An interviewer enters the room of the own booth.
///
/// # Errors
/// When the browser or the room does not come up.
pub async fn enters_room(
    driver: &Driver,
    folder: &Path,
    http: &str,
    who: &str,
    colour: Colour,
) -> Result<Page> {
    let page = driver.open(folder, colour, Screen::Laptop).await?;
    page.goto(&demo::enter(http, who)).await?;
    page.goto(&demo::at(http, who, "/booths")).await?;
    page.click("enter-room").await?;
    page.sees("next-action").await?;
    Ok(page)
}

/// Passes the four steps of the device test and ends on the company wall.
///
/// # Errors
/// When a step does not pass.
pub async fn passes_device_test(page: &Page, http: &str, who: &str) -> Result<()> {
    page.goto(&demo::at(http, who, "/device-test")).await?;
    page.sees_where("test-camera", |t| t.contains("打开"))
        .await?;
    page.click("test-camera").await?;
    page.sees_where("test-camera", |t| t.contains("下一步"))
        .await?;
    page.click("test-camera").await?;
    page.click("test-microphone").await?;
    page.click("test-record").await?;
    page.click("test-heard").await?;
    page.sees_where("test-result", |t| t.contains("设备测试通过"))
        .await?;
    page.click_css("[data-testid='test-result'] [data-testid='to-wall']")
        .await
}

/// Applies at [`BOOTH`] on the company wall.
///
/// # Errors
/// When the application is not taken.
pub async fn applies(page: &Page) -> Result<()> {
    applies_at(page, BOOTH).await
}

/// Applies at a booth, by its number, on the company wall.
///
/// # Errors
/// When the application is not taken.
pub async fn applies_at(page: &Page, booth: &str) -> Result<()> {
    page.click_css(&format!(
        "[data-testid='booth-{booth}'] [data-testid='apply']"
    ))
    .await?;
    // The booth has several jobs: the page asks for which one.
    page.click("dialog-yes").await
}

/// Accepts every application that is there, until `count` are in the queue.
///
/// # Errors
/// When they do not come.
pub async fn accepts(room: &Page, count: usize) -> Result<()> {
    for n in 1..=count {
        room.click("accept").await?;
        crate::wait::until("the accepted row", async || {
            Ok((room.count("queue-row").await? >= n).then_some(()))
        })
        .await?;
    }
    Ok(())
}
