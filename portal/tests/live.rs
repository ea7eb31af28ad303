//! A whole interview over HTTP and WebSocket: tickets, résumé, note, evaluation, feedback, and
//! what strangers are refused.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use base::clock::Clock;
use base::db::on_db;
use futures_util::{SinkExt, StreamExt};
use portal::Mode;
use portal::accounts::sessions;
use portal::ids::{AccountId, BoothId, FairId, SeatId};
use portal::video_fairs::{import, setup};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use signaling_core::{BoothSetup, SeatSetup};
use signaling_protocol::{BoothBrief, QueueState, VERSION, WallSnapshot};
use site::Site;
use site::forms::field;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A page's socket that has been welcomed.
struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u32,
}

impl Page {
    async fn open(site: &Site, cookie: &str, wish: &Value) -> Self {
        let (status, ticket) = site
            .json(Method::POST, "/api/join-token", cookie, wish)
            .await;
        assert_eq!(status, StatusCode::OK, "{ticket}");
        let mut request = ticket["url"]
            .as_str()
            .unwrap()
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("origin", site.running.http_url().parse().unwrap());
        let (socket, _) = connect_async(request).await.unwrap();
        let mut page = Self { socket, next: 0 };
        let hello = json!({
            "type": "hello", "version": VERSION, "token": ticket["token"], "page": wish["page"],
        });
        assert_eq!(page.ask(hello).await["type"], "welcome");
        page
    }

    /// Asks and waits for the answer.
    async fn ask(&mut self, body: Value) -> Value {
        let id = self.next;
        self.next += 1;
        let frame = json!({ "id": id, "body": body }).to_string();
        self.socket.send(Message::text(frame)).await.unwrap();
        loop {
            let message = self.socket.next().await.unwrap().unwrap();
            let Message::Text(text) = message else {
                continue;
            };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["re"] == id {
                assert_ne!(frame["body"]["type"], "refused", "{body}: {frame}");
                return frame["body"].clone();
            }
        }
    }
}

/// A student and an interviewer in a call.
struct Interview {
    site: Site,
    booth: BoothId,
    entry: String,
    call: String,
    student: String,
    interviewer: String,
    _pages: (Page, Page),
}

async fn interview() -> Interview {
    interview_on(|_| {}).await
}

async fn interview_on(change: impl FnOnce(&mut portal::Config)) -> Interview {
    let site = Site::start_with(Mode::Demo, change).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let (student, interviewer) = (
        site.enter("student-01").await,
        site.enter("interviewer-01").await,
    );
    let mut queues = Page::open(&site, &student, &json!({ "fair": fair, "page": "queues" })).await;
    let wish = json!({ "fair": fair, "page": "room", "booth": booth });
    let mut room = Page::open(&site, &interviewer, &wish).await;
    let report = json!({
        "camera": true, "microphone": true, "speaker": true, "network": "good",
        "rtt_ms": 20, "loss_permille": 0,
    });
    queues
        .ask(json!({ "type": "device_test", "report": report }))
        .await;
    queues.ask(json!({ "type": "apply", "booth": booth })).await;
    let entry = entry_of(&site, fair, "student-01").await;
    room.ask(json!({ "type": "accept", "entry": entry })).await;
    room.ask(json!({ "type": "call_next" })).await;
    queues.ask(json!({ "type": "ready", "entry": entry })).await;
    room.ask(json!({ "type": "start", "entry": entry })).await;
    let call = call_of(&site, fair, "student-01").await;
    Interview {
        site,
        booth,
        entry,
        call,
        student,
        interviewer,
        _pages: (queues, room),
    }
}

async fn entry_of(site: &Site, fair: FairId, who: &str) -> String {
    let student = site.account(who).await;
    let view = site
        .running
        .state
        .live
        .student_view(fair.into(), student.into())
        .await
        .unwrap();
    view.entries[0].entry.to_string()
}

async fn call_of(site: &Site, fair: FairId, who: &str) -> String {
    let student = site.account(who).await;
    let view = site
        .running
        .state
        .live
        .student_view(fair.into(), student.into())
        .await
        .unwrap();
    view.entries[0].call.expect("a call").to_string()
}

#[tokio::test]
async fn an_interview_is_written_down_and_read_back() {
    let all = interview().await;
    let Interview {
        site,
        call,
        student,
        interviewer,
        ..
    } = &all;
    let note = format!("/api/calls/{call}/note");
    let put = |path: &str, cookie: &str, body: Value| {
        let (path, cookie) = (path.to_owned(), cookie.to_owned());
        async move { site.json(Method::PUT, &path, &cookie, &body).await }
    };
    let (status, saved) = put(&note, interviewer, json!({ "text": "思路清楚" })).await;
    assert_eq!((status, &saved["version"]), (StatusCode::OK, &json!(1)));
    let evaluation = format!("/api/calls/{call}/evaluation");
    let judged = json!({ "outcome": "pass", "stars": 5, "note": "建议二面", "note_version": 1 });
    for version in 1..=2 {
        let (status, saved) = put(&evaluation, interviewer, judged.clone()).await;
        assert_eq!(
            (status, &saved["version"]),
            (StatusCode::OK, &json!(version))
        );
    }
    let (_, stored) = site.json(Method::GET, &note, interviewer, &json!({})).await;
    assert_eq!(stored["text"], "建议二面");
    assert_eq!(stored["evaluation"]["outcome"], "pass");
    let feedback = format!("/api/calls/{call}/feedback");
    let (status, _) = put(&feedback, student, json!({ "rating": 5, "text": "很顺利" })).await;
    assert_eq!(status, StatusCode::OK);
    let (status, fault) = put(&feedback, student, json!({ "rating": 6 })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(fault["fields"]["rating"].is_string(), "{fault}");
    let rows = portal::audit::of(&site.running.state.db, "call", call)
        .await
        .unwrap();
    let actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "note.begin",
            "evaluation.save",
            "evaluation.save",
            "feedback.save"
        ]
    );
    all.site.end().await;
}

#[tokio::test]
async fn a_second_tab_does_not_overwrite_a_note_and_is_told_the_other_text() {
    let all = interview().await;
    let Interview {
        site,
        call,
        interviewer,
        ..
    } = &all;
    let note = format!("/api/calls/{call}/note");
    let save = |text: &str, version: i64| {
        let body = json!({ "text": text, "version": version });
        let note = note.clone();
        async move { site.json(Method::PUT, &note, interviewer, &body).await }
    };
    assert_eq!(
        save("一", 0).await,
        (StatusCode::OK, json!({ "version": 1 }))
    );
    // The answer was lost, and the page sends the same again.
    assert_eq!(save("一", 0).await.0, StatusCode::OK);
    let (status, saved) = save("另一页", 2).await;
    assert_eq!((status, &saved["version"]), (StatusCode::OK, &json!(3)));
    for lagging in [0, 1, 2] {
        let (status, answer) = save("这一页", lagging).await;
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
        assert_eq!(answer["code"], "note_stale");
        assert_eq!(answer["stored"], json!({ "text": "另一页", "version": 3 }));
    }
    let evaluation = format!("/api/calls/{call}/evaluation");
    let judged =
        |version: i64| json!({ "outcome": "fail", "note": "这一页", "note_version": version });
    let (status, answer) = site
        .json(Method::PUT, &evaluation, interviewer, &judged(2))
        .await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::CONFLICT, &json!("note_stale"))
    );
    let (_, stored) = site.json(Method::GET, &note, interviewer, &json!({})).await;
    assert_eq!(
        stored,
        json!({ "text": "另一页", "version": 3 }),
        "no evaluation either"
    );
    let (status, answer) = site
        .json(Method::PUT, &evaluation, interviewer, &judged(3))
        .await;
    assert_eq!(
        (status, &answer["note_version"]),
        (StatusCode::OK, &json!(4))
    );
    all.site.end().await;
}

#[tokio::test]
async fn a_resume_is_read_where_the_student_stands_and_nowhere_else() {
    let all = interview().await;
    let Interview {
        site,
        booth,
        entry,
        interviewer,
        ..
    } = &all;
    let here = format!("/room/{booth}/resume/{entry}");
    let sheet = site.get(&here, interviewer).await;
    assert_eq!(sheet.status(), StatusCode::OK);
    let html = sheet.text().await.unwrap();
    assert!(
        html.contains("陈思远") && html.contains("主动申请"),
        "{html}"
    );
    let stranger = site.enter("interviewer-04").await;
    let (_, other_booth) = site.booth("interviewer-04").await;
    let not_there = format!("/room/{other_booth}/resume/{entry}");
    for (path, cookie) in [
        (&here, &stranger),
        (&not_there, &stranger),
        (&not_there, interviewer),
    ] {
        assert_eq!(
            site.get(path, cookie).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let student = site.account("student-01").await.to_string();
    let rows = portal::audit::of(&site.running.state.db, "student", &student)
        .await
        .unwrap();
    assert_eq!(
        rows.len(),
        1,
        "only the look that was allowed is in the log"
    );
    all.site.end().await;
}

#[tokio::test]
async fn a_call_is_nobody_elses() {
    let all = interview().await;
    let Interview { site, call, .. } = &all;
    let (stranger, other) = (
        site.enter("interviewer-04").await,
        site.enter("student-02").await,
    );
    for (what, cookie, body) in [
        ("note", &stranger, json!({ "text": "x" })),
        ("evaluation", &stranger, json!({ "outcome": "fail" })),
        ("feedback", &other, json!({ "rating": 1 })),
    ] {
        let path = format!("/api/calls/{call}/{what}");
        let (status, _) = site.json(Method::PUT, &path, cookie, &body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{what}");
    }
    all.site.end().await;
}

#[tokio::test]
async fn a_ticket_is_for_an_own_seat_and_an_own_fair() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let stranger = site.enter("interviewer-04").await;
    let nothing = FairId::new();
    let (student, school) = (site.enter("student-01").await, site.enter("school").await);
    for (cookie, wish) in [
        (
            &stranger,
            json!({ "fair": fair, "page": "room", "booth": booth }),
        ),
        (&student, json!({ "fair": nothing, "page": "queues" })),
        (&school, json!({ "fair": nothing, "page": "console" })),
    ] {
        let (status, _) = site
            .json(Method::POST, "/api/join-token", cookie, &wish)
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{wish}");
    }
    Page::open(&site, &school, &json!({ "fair": fair, "page": "console" })).await;
    site.end().await;
}

/// Imports a booth with one interviewer into the running demo fair, as another process would.
async fn import_a_booth(site: &Site, fair: FairId) -> (BoothId, AccountId) {
    let db = &site.running.state.db;
    let mut file = setup::load(db, fair).await.unwrap().unwrap();
    let (booth, person) = (BoothId::new(), AccountId::new());
    file.booths.push(BoothSetup {
        booth: booth.into(),
        number: "B-700".to_owned(),
        company: "后来的公司（示例）".to_owned(),
        jobs: Vec::new(),
        seats: vec![SeatSetup {
            seat: SeatId::new().into(),
            person: person.into(),
            nickname: "后来的面试官".to_owned(),
            department: String::new(),
        }],
    });
    let now_ms = site.running.state.now_ms();
    let imported = import::import(db, &file, now_ms).await.unwrap();
    assert_eq!(
        (imported.booths.added, imported.seats.added),
        (1, 1),
        "{imported}"
    );
    (booth, person)
}

#[tokio::test]
async fn a_booth_that_is_imported_into_a_running_fair_interviews_without_a_restart() {
    let site = Site::start(Mode::Demo).await;
    let (fair, _) = site.booth("interviewer-01").await;
    let (booth, person) = import_a_booth(&site, fair).await;
    let state = &site.running.state;
    let accounts = &state.config.accounts;
    let secret = sessions::begin(&state.db, accounts, person, state.now_ms())
        .await
        .unwrap();
    let interviewer = format!("pinhui={secret}");
    let wish = json!({ "fair": fair, "page": "room", "booth": booth });
    let mut room = Page::open(&site, &interviewer, &wish).await;
    let student = site.enter("student-01").await;
    let mut queues = Page::open(&site, &student, &json!({ "fair": fair, "page": "queues" })).await;
    let report = json!({
        "camera": true, "microphone": true, "speaker": true, "network": "good",
        "rtt_ms": 20, "loss_permille": 0,
    });
    queues
        .ask(json!({ "type": "device_test", "report": report }))
        .await;
    queues.ask(json!({ "type": "apply", "booth": booth })).await;
    let entry = entry_of(&site, fair, "student-01").await;
    room.ask(json!({ "type": "accept", "entry": entry })).await;
    let wall = state.live.wall(fair.into()).await.unwrap();
    assert!(wall.booths.iter().any(|brief| brief.number == "B-700"));
    site.end().await;
}

#[tokio::test]
async fn postgresql_carries_an_interview_as_well() {
    let test = base::db::testing::postgres().await;
    let url = base::config::Secret::new(&test.url);
    let all = interview_on(|config| config.database.url = url).await;
    let Interview {
        site,
        call,
        interviewer,
        ..
    } = &all;
    assert_eq!(site.running.state.db.kind(), "postgres");
    let evaluation = format!("/api/calls/{call}/evaluation");
    let judged = json!({ "outcome": "undecided", "note": "再看看" });
    let (status, _) = site
        .json(Method::PUT, &evaluation, interviewer, &judged)
        .await;
    assert_eq!(status, StatusCode::OK);
    all.site.end().await;
}

#[tokio::test]
async fn an_open_live_page_counts_as_activity_of_its_own_session() {
    let clock = Clock::simulated(1_795_305_600_000);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let (_, booth) = site.booth("interviewer-01").await;
    let (at_work, elsewhere) = (
        site.enter("interviewer-01").await,
        site.enter("interviewer-01").await,
    );
    for _ in 0..3 {
        clock.advance(25 * 60_000);
        let post = reqwest::Method::POST;
        let (status, _) = site.json(post, "/api/alive", &at_work, &json!({})).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    let room = format!("/room/{booth}");
    assert_eq!(site.get(&room, &at_work).await.status(), StatusCode::OK);
    let idle = site.get("/booths", &elsewhere).await;
    assert_eq!(
        idle.status(),
        StatusCode::SEE_OTHER,
        "he signs in again there"
    );
    site.end().await;
}

/// The reason with which the server closes a socket, and that it is closed.
async fn bye(page: &mut Page) -> String {
    let mut reason = String::new();
    while let Some(Ok(message)) = page.socket.next().await {
        if let Message::Text(text) = message {
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["body"]["type"] == "bye" {
                reason = frame["body"]["reason"].as_str().unwrap().to_owned();
            }
        }
    }
    reason
}

async fn joins(site: &Site, cookie: &str, wish: &Value) -> StatusCode {
    let (status, _) = site
        .json(Method::POST, "/api/join-token", cookie, wish)
        .await;
    status
}

#[tokio::test]
async fn a_closed_member_is_out_of_the_live_fair_at_once() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-02").await;
    let (admin, hr) = (
        site.enter("interviewer-01").await,
        site.enter("interviewer-02").await,
    );
    let wish = json!({ "fair": fair, "page": "room", "booth": booth });
    let mut room = Page::open(&site, &hr, &wish).await;
    let account = site.account("interviewer-02").await;
    let close = format!("/company/members/{account}/close");
    let closed = site.send(&close, &admin, &[]).await;
    assert_eq!(closed.status(), StatusCode::SEE_OTHER);
    assert_eq!(bye(&mut room).await, "shut_out");
    let request = site.client.post(site.url("/api/join-token"));
    let refused = request.header("cookie", &hr).json(&wish).send().await;
    assert!(refused.unwrap().status().is_client_error());
    site.end().await;
}

#[tokio::test]
async fn nobody_of_a_frozen_company_stays_in_the_live_fair() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let (hr, keeper) = (
        site.enter("interviewer-01").await,
        site.enter("operations").await,
    );
    let wish = json!({ "fair": fair, "page": "room", "booth": booth });
    let mut room = Page::open(&site, &hr, &wish).await;
    let state = &site.running.state;
    let account = site.account("interviewer-01").await;
    let member = portal::accounts::store::member(&state.db, account).await;
    let company = member.unwrap().unwrap().company_id;
    let path = format!("/platform/companies/{company}");
    let version = field(&site.page(&path, &keeper).await, "version");
    let pairs = [("version", version.as_str()), ("reason", "被多名学生投诉")];
    let frozen = site.send(&format!("{path}/freeze"), &keeper, &pairs).await;
    assert_eq!(frozen.status(), StatusCode::SEE_OTHER);
    assert_eq!(bye(&mut room).await, "shut_out");
    assert_eq!(joins(&site, &hr, &wish).await, StatusCode::FORBIDDEN);
    let wall = state.live.wall(fair.into()).await.unwrap();
    let paused = |brief: &BoothBrief| matches!(brief.queue, QueueState::Paused { .. });
    let paused: Vec<_> = wall.booths.iter().filter(|one| paused(one)).collect();
    assert_eq!(paused.len(), 1, "its queue stands still, no other does");
    assert_eq!(paused[0].booth, booth.into());
    site.end().await;
}

/// The wall as a page fetches it: status, headers, body as it goes over the line.
async fn fetch_wall(
    site: &Site,
    fair: FairId,
    cookie: &str,
    headers: &[(&'static str, &str)],
) -> (StatusCode, reqwest::header::HeaderMap, Vec<u8>) {
    let mut request = site
        .client
        .get(site.url(&format!("/api/fairs/{fair}/wall")))
        .header(reqwest::header::COOKIE, cookie);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.bytes().await.unwrap().to_vec())
}

/// Snapshots of the wall that were made so far.
async fn bodies_made(site: &Site) -> u32 {
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let figures = figures.text().await.unwrap();
    let mut lines = figures.lines();
    let line = lines.find_map(|line| line.strip_prefix("pinhui_live_wall_bodies_total "));
    line.unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_wall_is_one_body_for_all_until_it_changes() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let student = site.enter("student-01").await;
    let (status, headers, plain) = fetch_wall(&site, fair, &student, &[]).await;
    assert_eq!(status, StatusCode::OK);
    let before: WallSnapshot = serde_json::from_slice(&plain).unwrap();
    let index = before.booths.iter().position(|one| *one == booth.into());
    let index = index.expect("the booth is on the wall");
    let tag = headers["etag"].to_str().unwrap().to_owned();

    let packed = [("accept-encoding", "gzip")];
    let (_, headers, gzip) = fetch_wall(&site, fair, &student, &packed).await;
    assert_eq!(headers["content-encoding"], "gzip");
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&gzip[..]), &mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain);
    let known = [("if-none-match", tag.as_str())];
    let (status, _, none) = fetch_wall(&site, fair, &student, &known).await;
    assert_eq!((status, none.len()), (StatusCode::NOT_MODIFIED, 0));
    let made = bodies_made(&site).await;
    for _ in 0..20 {
        fetch_wall(&site, fair, &student, &packed).await;
    }
    assert_eq!(bodies_made(&site).await, made, "all from the cache");

    // A place in the queue is on the next body, and on no earlier one.
    let interviewer = site.enter("interviewer-01").await;
    let wish = json!({ "fair": fair, "page": "room", "booth": booth });
    let _room = Page::open(&site, &interviewer, &wish).await;
    let mut after = before.clone();
    while after.n == before.n {
        let (_, _, body) = fetch_wall(&site, fair, &student, &known).await;
        if !body.is_empty() {
            after = serde_json::from_slice(&body).unwrap();
        }
    }
    assert_eq!(after.lines[index].seats_online, 1);
    assert_eq!(bodies_made(&site).await, made + 1);
    site.end().await;
}

#[tokio::test]
async fn a_wall_is_read_once_for_all_and_shows_what_changed_soon() {
    let site = Site::start(Mode::Demo).await;
    let (fair, _) = site.booth("interviewer-01").await;
    let path = format!("/fairs/{fair}");
    let (first, second) = (
        site.enter("student-01").await,
        site.enter("student-02").await,
    );
    let before = site.page(&path, &first).await;
    let title = "模拟电路设计工程师";
    assert!(before.contains(title) && site.page(&path, &second).await.contains(title));
    let db = &site.running.state.db;
    let close = "UPDATE jobs SET status = 'closed' WHERE title = $1";
    on_db!(db.writer().await.unwrap(), c => sqlx::query(close).bind(title).execute(c).await.map(drop))
        .unwrap();
    let begun = std::time::Instant::now();
    while site.page(&path, &second).await.contains(title) {
        assert!(
            begun.elapsed().as_secs() < 30,
            "the job is still on the wall"
        );
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    site.end().await;
}
