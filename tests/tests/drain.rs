//! The end of the process (SIGTERM) while an interview runs.

use anyhow::{Result, bail, ensure};
use signaling_protocol::{Bye, CallId, CallPhase, ClientBody, PageKind, ServerBody, Stage};
use tests::fair::Fair;
use tests::live::{Person, passed_device_test};
use tests::peer::Peer;
use tests::server::{Server, scratch};
use tests::{http, stored, wait};

/// Waits until the server says that it wants no new work.
async fn is_draining(server: &Server) -> Result<()> {
    wait::until("/readyz to say no", async || {
        let (status, text) = http::get(&server.ready.operator, "/readyz").await?;
        Ok((status == 503 && text.contains("draining")).then_some(()))
    })
    .await
}

/// Who comes for the first time is sent away until the restart.
async fn newcomers_are_refused(server: &Server, fair: &Fair) -> Result<()> {
    let late = Person::join(&server.ready.http, fair.student_token(1)?, PageKind::Queues).await;
    let Err(refused) = late else {
        bail!("a new page was let in")
    };
    ensure!(refused.to_string().ends_with("bye: Restart"), "{refused:#}");
    Ok(())
}

fn ended_in_order(server: &Server) -> Result<()> {
    let log = server.log()?;
    ensure!(
        !log.contains("the deadline passed"),
        "tasks were left: {log}"
    );
    ensure!(log.contains("live fair closed here"), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_running_interview_goes_on_to_its_end_and_then_the_process_ends() -> Result<()> {
    let folder = scratch("drain")?;
    let fair = Fair::new(&folder, 1, 1)?;
    // Far beyond the patience of this test: what ends the process is the interview's end.
    let mut server = fair.serve_with(&["drain_s=600"]).await?;
    let token = fair.interviewer_token(0, 0)?;
    let mut interviewer = Peer::start("interviewer", &server, &fair, &token).await?;
    let mut student = Peer::start("student", &server, &fair, &fair.student_token(0)?).await?;
    interviewer.decoded().await?.is_enough()?;
    student.decoded().await?.is_enough()?;
    ensure!(http::get(&server.ready.operator, "/readyz").await?.0 == 200);

    server.begin_end()?;
    is_draining(&server).await?;
    newcomers_are_refused(&server, &fair).await?;
    interviewer.decoded_anew().await?.is_enough()?;
    student.decoded_anew().await?.is_enough()?;
    ensure!(server.runs()?, "the process ended before the interview");

    interviewer.end_interview().await?;
    server.ended().await?;
    ended_in_order(&server)?;
    ensure!(stored::running_and_over(&folder).await? == (0, 1));
    interviewer.end().await?;
    student.end().await
}

/// Brings a student into an interview.
async fn interview(interviewer: &mut Person, student: &mut Person, fair: &Fair) -> Result<CallId> {
    done(student, passed_device_test()).await?;
    let apply = ClientBody::Apply {
        booth: fair.booth(0),
        job: None,
    };
    let entry = match student.ask(apply).await? {
        ServerBody::Applied { entry } => entry,
        other => bail!("not applied: {other:?}"),
    };
    done(interviewer, ClientBody::Accept { entry }).await?;
    done(interviewer, ClientBody::CallNext).await?;
    done(student, ClientBody::Ready { entry }).await?;
    done(interviewer, ClientBody::Start { entry }).await?;
    student
        .hear_where(|body| match body {
            ServerBody::Call { call } if call.phase == CallPhase::Running => Some(call.call),
            _ => None,
        })
        .await
}

async fn done(person: &mut Person, body: ClientBody) -> Result<()> {
    let said = format!("{body:?}");
    match person.ask(body).await? {
        ServerBody::Done => Ok(()),
        other => bail!("{said}: {other:?}"),
    }
}

#[tokio::test]
async fn an_interview_that_outlasts_the_limit_is_not_lost() -> Result<()> {
    let folder = scratch("drain-limit")?;
    let fair = Fair::new(&folder, 1, 1)?;
    let mut server = fair.serve_with(&["drain_s=4"]).await?;
    let join = async |http: String, token, page| Person::join(&http, token, page).await;
    let address = server.ready.http.clone();
    let mut interviewer = join(
        address.clone(),
        fair.interviewer_token(0, 0)?,
        PageKind::Room,
    )
    .await?;
    let mut student = join(address, fair.student_token(0)?, PageKind::Queues).await?;
    let call = interview(&mut interviewer, &mut student, &fair).await?;

    server.begin_end()?;
    is_draining(&server).await?;
    newcomers_are_refused(&server, &fair).await?;
    for person in [&mut interviewer, &mut student] {
        person
            .hear_where(|body| {
                matches!(
                    body,
                    ServerBody::Bye {
                        reason: Bye::Restart
                    }
                )
                .then_some(())
            })
            .await?;
    }
    server.ended().await?;
    ended_in_order(&server)?;
    ensure!(stored::running_and_over(&folder).await? == (1, 0));

    server.restart().await?;
    let address = server.ready.http.clone();
    let mut student = join(address.clone(), fair.student_token(0)?, PageKind::Queues).await?;
    let view = student
        .hear_where(|body| match body {
            ServerBody::Student(view) => Some(view),
            _ => None,
        })
        .await?;
    ensure!(
        view.entries
            .iter()
            .any(|entry| entry.stage == Stage::InCall)
    );
    let mut interviewer = join(address, fair.interviewer_token(0, 0)?, PageKind::Room).await?;
    done(&mut interviewer, ClientBody::End { call }).await?;
    server.terminate().await?;
    ensure!(stored::running_and_over(&folder).await? == (0, 1));
    Ok(())
}
