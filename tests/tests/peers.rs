//! A WebRTC implementation of other hands (aiortc) through the same signaling.

use anyhow::{Result, ensure};
use tests::fair::Fair;
use tests::peer::Peer;
use tests::server::scratch;

#[tokio::test]
async fn aiortc_peers_meet_in_a_call() -> Result<()> {
    let folder = scratch("aiortc")?;
    let fair = Fair::new(&folder, 1, 1)?;
    // So few that they fit into what any machine lets a process open: the log is to say nothing.
    let few = [
        "live.max_sockets=100",
        "live.max_strangers=100",
        "live.max_strangers_per_address=100",
        "http.limits.connections=100",
        "http.limits.connections_per_address=100",
    ];
    let server = fair.serve_with(&few).await?;
    let mut interviewer = Peer::start(
        "interviewer",
        &server,
        &fair,
        &fair.interviewer_token(0, 0)?,
    )
    .await?;
    let mut student = Peer::start("student", &server, &fair, &fair.student_token(0)?).await?;

    let (seen_by_interviewer, seen_by_student) =
        (interviewer.decoded().await?, student.decoded().await?);
    seen_by_interviewer.is_enough()?;
    seen_by_student.is_enough()?;
    let [red, _, blue] = seen_by_interviewer.mean;
    ensure!(
        red > blue + 100.0,
        "the student's picture is not red: {seen_by_interviewer:?}"
    );
    let [red, _, blue] = seen_by_student.mean;
    ensure!(
        blue > red + 100.0,
        "the interviewer's picture is not blue: {seen_by_student:?}"
    );
    interviewer.end().await?;
    student.end().await?;

    // An ordinary call: no handshake needed a second try, and nobody has to look at the log.
    let handshakes = "pinhui_media_join_stage_seconds_count";
    ensure!(server.figure(handshakes, "handshake").await? == 2.0);
    for reason in ["bad_dtls", "unauthentic", "malformed"] {
        let dropped = server.figure("pinhui_media_dropped_total", reason).await?;
        ensure!(dropped == 0.0, "{dropped} dropped as {reason}");
    }
    let log = server.log()?;
    let loud = log
        .lines()
        .find(|line| line.contains("WARN") || line.contains("ERROR"));
    ensure!(loud.is_none(), "the log says {loud:?}");
    Ok(())
}
