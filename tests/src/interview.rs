//! What both sides do to meet in a call, and to end it.

use anyhow::Result;

use crate::page::Page;

/// The student's page shows the place in the queue.
///
/// # Errors
/// When it never does.
pub async fn stands_at(page: &Page, place: usize) -> Result<()> {
    page.sees_where("position", |text| text.contains(&format!("第 {place} 位")))
        .await?;
    Ok(())
}

/// 叫下一位 → 我准备好了 → 开始面试, until both see and hear each other.
///
/// # Errors
/// When a step does not come.
pub async fn meet(room: &Page, student: &Page) -> Result<()> {
    room.sees_where("next-action", |t| t.contains("叫下一位"))
        .await?;
    room.click("next-action").await?;
    student.sees("called").await?;
    student.click("ready").await?;
    room.sees_where("next-action", |t| t.contains("开始面试"))
        .await?;
    room.click("next-action").await?;
    see_each_other(room, student).await
}

/// Pictures move, sound comes, and each remote picture is the other side's.
///
/// # Errors
/// When they do not.
pub async fn see_each_other(room: &Page, student: &Page) -> Result<()> {
    room.hears_and_sees().await?;
    student.hears_and_sees().await?;
    room.shows_picture("remote-video", student.colour).await?;
    student.shows_picture("remote-video", room.colour).await
}

/// 结束面试, an outcome, 保存评价.
///
/// # Errors
/// When a step does not come.
pub async fn ends_with_evaluation(room: &Page, outcome: &str) -> Result<()> {
    room.sees_where("next-action", |t| t.contains("结束面试"))
        .await?;
    room.click("next-action").await?;
    room.click(outcome).await?;
    room.sees_where("next-action", |t| t.contains("保存评价"))
        .await?;
    room.click("next-action").await?;
    room.sees_where("next-action", |t| t.contains("叫下一位"))
        .await?;
    Ok(())
}
