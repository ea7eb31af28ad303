//! Interviewer and students in real browsers, each with a camera and a microphone of its own.

use anyhow::{Result, ensure};
use tests::chrome::Driver;
use tests::colour::Colour;
use tests::interview::{ends_with_evaluation, meet, see_each_other, stands_at};
use tests::people::{accepts, applies, interviewer, passes_device_test, student};
use tests::server::{Server, scratch};
use tests::wait;

#[tokio::test]
async fn browser_two_students_are_interviewed_in_the_order_of_the_queue() -> Result<()> {
    let folder = scratch("browsers")?;
    let server = Server::demo(&folder).await?;
    let http = &server.ready.http;
    let driver = Driver::start()?;

    let first = student(&driver, &folder, http, "student-01", Colour::Red).await?;
    passes_device_test(&first, http, "student-01").await?;
    applies(&first).await?;
    let second = student(&driver, &folder, http, "student-02", Colour::Green).await?;
    passes_device_test(&second, http, "student-02").await?;
    applies(&second).await?;

    let room = interviewer(&driver, &folder, http).await?;
    accepts(&room, 2).await?;
    first
        .goto(&tests::demo::at(http, "student-01", "/queues"))
        .await?;
    second
        .goto(&tests::demo::at(http, "student-02", "/queues"))
        .await?;
    stands_at(&first, 1).await?;
    stands_at(&second, 2).await?;

    // Reloading keeps the place.
    second.reload().await?;
    stands_at(&second, 2).await?;

    meet(&room, &first).await?;
    stands_at(&second, 1).await?;
    let note = "讲得清楚，建议二面";
    room.fill("note", note).await?;

    // Both sides reload in the middle of the call and are back in it.
    first.reload().await?;
    see_each_other(&room, &first).await?;
    room.reload().await?;
    see_each_other(&room, &first).await?;

    ends_with_evaluation(&room, "outcome-pass").await?;
    first.sees("after").await?;
    let stored = tests::stored::evaluation(&folder).await?;
    ensure!(stored.outcome == "pass", "the evaluation is {stored:?}");
    ensure!(stored.note == note, "the note is {stored:?}");

    // The second call starts on the connections that are there.
    wait::until("the second student's connection", async || {
        Ok((second.offers().await? > 0).then_some(()))
    })
    .await?;
    let offers = (room.offers().await?, second.offers().await?);
    meet(&room, &second).await?;
    ensure!(
        offers == (room.offers().await?, second.offers().await?),
        "the second call negotiated again"
    );
    ends_with_evaluation(&room, "outcome-undecided").await?;
    Ok(())
}

#[tokio::test]
async fn browser_a_student_who_does_not_answer_is_passed_over() -> Result<()> {
    let folder = scratch("no-answer")?;
    let server = Server::demo(&folder).await?;
    let http = &server.ready.http;
    let driver = Driver::start()?;
    let silent = student(&driver, &folder, http, "student-03", Colour::Red).await?;
    passes_device_test(&silent, http, "student-03").await?;
    applies(&silent).await?;
    let next = student(&driver, &folder, http, "student-04", Colour::Green).await?;
    passes_device_test(&next, http, "student-04").await?;
    applies(&next).await?;
    let room = interviewer(&driver, &folder, http).await?;
    accepts(&room, 2).await?;
    silent
        .goto(&tests::demo::at(http, "student-03", "/queues"))
        .await?;
    next.goto(&tests::demo::at(http, "student-04", "/queues"))
        .await?;
    stands_at(&next, 2).await?;

    room.click("next-action").await?;
    silent.sees("called").await?;
    // No answer: the ready check runs out, the next one moves up and is called.
    silent.sees_gone("called").await?;
    stands_at(&next, 1).await?;
    stands_at(&silent, 2).await?;
    meet(&room, &next).await
}
