//! Interviewers and school staff at their controls, in real browsers: several windows, several
//! interviewers, mutes, extension, and the console.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::json;
use tests::chrome::{Driver, Screen};
use tests::colour::Colour;
use tests::demo;
use tests::interview::{ends_with_evaluation, meet, see_each_other};
use tests::page::Page;
use tests::people::{
    INTERVIEWER, accepts, applies_at, enters_room, interviewer, passes_device_test, student,
};
use tests::server::{Server, scratch};
use tests::{stored, wait};

/// A student of the demo fair who waits at a booth, on the page of the own queues.
async fn applicant(
    driver: &Driver,
    folder: &Path,
    http: &str,
    who: &str,
    booth: &str,
) -> Result<Page> {
    let page = student(driver, folder, http, who, Colour::Red).await?;
    passes_device_test(&page, http, who).await?;
    applies_at(&page, booth).await?;
    page.goto(&demo::at(http, who, "/queues")).await?;
    Ok(page)
}

async fn next_action(room: &Page, words: &str) -> Result<()> {
    room.sees_where("next-action", |text| text.contains(words))
        .await?;
    Ok(())
}

#[tokio::test]
async fn browser_a_second_window_takes_the_call_over_by_its_button_only() -> Result<()> {
    let folder = scratch("two-windows")?;
    let server = Server::demo(&folder).await?;
    let http = &server.ready.http;
    let driver = Driver::start()?;
    let first = applicant(&driver, &folder, http, "student-01", "B-003").await?;
    let room = interviewer(&driver, &folder, http).await?;
    accepts(&room, 1).await?;
    meet(&room, &first).await?;

    // The same interviewer in another window: it shows the call, and leaves it where it is.
    let second = enters_room(&driver, &folder, http, INTERVIEWER, Colour::Green).await?;
    next_action(&second, "换到这里").await?;
    second.keep_shot("room-elsewhere.png").await?;
    see_each_other(&room, &first).await?;
    second.click("next-action").await?;
    next_action(&room, "换到这里").await?;
    see_each_other(&second, &first).await?;

    // A reload keeps it where it is.
    room.reload().await?;
    next_action(&room, "换到这里").await?;
    second.reload().await?;
    see_each_other(&second, &first).await?;
    ends_with_evaluation(&second, "outcome-pass").await?;
    first.sees("after").await?;
    next_action(&room, "叫下一位").await?;
    ensure!(stored::calls(&folder).await?.len() == 1);
    Ok(())
}

#[tokio::test]
async fn browser_two_interviewers_share_a_call_that_is_extended_once_and_ended_early() -> Result<()>
{
    let folder = scratch("two-interviewers")?;
    let server = Server::demo(&folder).await?;
    let http = &server.ready.http;
    let driver = Driver::start()?;
    let first = applicant(&driver, &folder, http, "student-01", "B-002").await?;
    let room = enters_room(&driver, &folder, http, "interviewer-04", Colour::Blue).await?;
    accepts(&room, 1).await?;
    meet(&room, &first).await?;

    let colleague = enters_room(&driver, &folder, http, "interviewer-05", Colour::Green).await?;
    colleague
        .click_css("[data-testid='queue-row'] [data-testid='row']")
        .await?;
    colleague.click("join-call").await?;
    next_action(&colleague, "结束面试").await?;
    colleague
        .shows_picture("remote-video", first.colour)
        .await?;
    wait::until("the colleague beside the interviewer", async || {
        let shown = first
            .run("return [...document.querySelectorAll('.other-tile video')].filter(v => v.videoWidth > 0).length;")
            .await?;
        Ok((shown == json!(1)).then_some(()))
    })
    .await?;
    first.keep_shot("call-two-interviewers.png").await?;

    let planned = stored::calls(&folder).await?[0].length_ms;
    room.click("extend").await?;
    room.sees_gone("extend").await?;
    colleague.sees_gone("extend").await?;
    let extended = stored::calls(&folder).await?;
    ensure!(extended[0].length_ms > planned, "{extended:?}");

    ends_with_evaluation(&room, "outcome-undecided").await?;
    first.sees("after").await?;
    next_action(&colleague, "叫下一位").await?;
    let calls = stored::calls(&folder).await?;
    ensure!(calls.len() == 1 && calls[0].ended_ms.is_some(), "{calls:?}");
    Ok(())
}

/// The beeps of a fake microphone carry at least so many times the energy of silence.
const SILENCE: f64 = 1_000.0;
/// Energy of sound (W3C `totalAudioEnergy`) below which silence is not told from nothing at all.
const NOTHING: f64 = 1e-9;
/// Packets over which silence is listened to: three seconds, several beeps of the fake microphone.
const LISTEN_PACKETS: f64 = 150.0;

/// The energy that came while [`LISTEN_PACKETS`] packets of sound came.
async fn energy_of_silence(page: &Page) -> Result<f64> {
    let before = page.received().await?;
    wait::until("packets of sound", async || {
        let now = page.received().await?;
        let enough = now.audio_packets >= before.audio_packets + LISTEN_PACKETS;
        Ok(enough.then_some(now.audio_energy - before.audio_energy))
    })
    .await
}

/// Waits until the beeps of the other side are heard beside what was silence. On a busy machine
/// they come late, but they do come; silence never adds up to them.
async fn hears_beside(page: &Page, silence: f64) -> Result<()> {
    let before = page.received().await?.audio_energy;
    let enough = silence.max(NOTHING) * SILENCE;
    wait::until("beeps beside silence", async || {
        let heard = page.received().await?.audio_energy - before;
        Ok((heard > enough).then_some(()))
    })
    .await
}

#[tokio::test]
async fn browser_who_is_muted_before_or_in_a_call_is_not_heard_until_the_own_button() -> Result<()>
{
    let folder = scratch("mutes")?;
    let server = Server::demo(&folder).await?;
    let http = &server.ready.http;
    let driver = Driver::start()?;
    let first = applicant(&driver, &folder, http, "student-01", "B-003").await?;
    let room = interviewer(&driver, &folder, http).await?;
    accepts(&room, 1).await?;
    wait::until("the room's microphone", async || {
        room.click("toggle-mic").await?;
        let words = room.sees("toggle-mic").await?;
        Ok(words.contains("已静音").then_some(()))
    })
    .await?;

    // Muted before the call: the picture comes, the sound is silence.
    room.click("next-action").await?;
    first.sees("called").await?;
    first.click("ready").await?;
    next_action(&room, "开始面试").await?;
    room.click("next-action").await?;
    first.shows_picture("remote-video", room.colour).await?;
    room.hears_and_sees().await?;
    // Silence is not quite nothing once it was coded and decoded.
    let silence = energy_of_silence(&first).await?;
    room.click("toggle-mic").await?;
    see_each_other(&room, &first).await?;
    hears_beside(&first, silence).await?;

    // The interviewer mutes the student: the student's page follows, and its button lifts it.
    room.click("mute-other").await?;
    room.sees_where("mute-other", |text| text.contains("对方已静音"))
        .await?;
    first
        .sees_where("toggle-mic", |text| text.contains("已静音"))
        .await?;
    room.keep_shot("room-muted-other.png").await?;
    first.keep_shot("call-muted-by-interviewer.png").await?;
    first.hears_and_sees().await?;
    first.click("toggle-mic").await?;
    room.sees_where("mute-other", |text| text.contains("静音对方"))
        .await?;
    see_each_other(&room, &first).await
}

/// The entry at the tests' booth is over on the student's page, for a reason that is told.
async fn is_out(page: &Page, stage: &str, words: &str) -> Result<()> {
    page.sees_where("history-B-003", |text| text.contains(words))
        .await?;
    let script = "return document.querySelector(\"[data-testid='history-B-003']\").dataset.stage;";
    ensure!(page.run(script).await? == json!(stage));
    Ok(())
}

#[tokio::test]
async fn browser_staff_take_an_entry_out_extend_the_fair_and_end_it() -> Result<()> {
    let folder = scratch("console")?;
    let server = Server::demo(&folder).await?;
    let http = &server.ready.http;
    let driver = Driver::start()?;
    let console = driver.open(&folder, Colour::Green, Screen::Laptop).await?;
    console.goto(&demo::enter(http, "school")).await?;
    console.click_css("a[href$='/console']").await?;

    let first = applicant(&driver, &folder, http, "student-01", "B-003").await?;
    console.click("queue-B-003").await?;
    console.sees("panel-row").await?;
    console.keep_shot("console-queue.png").await?;
    console.click("remove-entry").await?;
    console.keep_shot("console-remove.png").await?;
    console.fill("dialog-text", "重复报名").await?;
    console.click("dialog-yes").await?;
    console.sees_gone("panel-row").await?;
    is_out(&first, "removed", "重复报名").await?;
    console.click("close-panel").await?;

    // Who was taken out may not apply here again; another company takes the student.
    first.click_css("a[href^='/fairs/']").await?;
    applies_at(&first, "B-001").await?;
    first.goto(&demo::at(http, "student-01", "/queues")).await?;
    first.sees("entry-B-001").await?;

    let line = console.sees("fair-line").await?;
    let hours = |text: &str| text.split(" · ").nth(1).unwrap_or_default().to_owned();
    console.click("extend-fair").await?;
    console.click("dialog-yes").await?;
    console
        .sees_where("fair-line", |text| hours(text) != hours(&line))
        .await?;
    first.sees("entry-B-001").await?;

    console.click("end-fair").await?;
    console.click("dialog-yes").await?;
    first.sees("history-B-001").await?;
    first.sees_gone("entry-B-001").await?;
    console
        .sees_where("fair-line", |text| !text.contains("剩余"))
        .await?;
    console.keep_shot("console-ended.png").await
}
