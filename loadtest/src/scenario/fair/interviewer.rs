//! An interviewer at the opening: calls, begins, reads the résumé, ends, evaluates, and accepts
//! applications in between.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use signaling_protocol::{BoothId, CallId, EntryId, PageKind, Refusal, ServerFrame};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::super::room::{Room, Step};
use super::ground::{Ground, count, lock};
use super::page::{Heard, News, Page, Place, check};
use super::{is_fault, word};
use crate::signal::http::{Ask, Http, SignIn};
use crate::signal::scan::{self, Kind, Refused};

/// Length of a call.
const CALL_MS: std::ops::Range<u64> = 5_000..20_000;
/// Between two presses of a button.
const PRESS_MS: std::ops::Range<u64> = 200..600;
/// After a refusal, the next try comes no sooner than this.
const PATIENCE: Duration = Duration::from_millis(500);
/// A step that was done shows in the room within this.
const SHOWN_WITHIN: Duration = Duration::from_secs(1);
/// The room is looked at this often at least.
const LOOK: Duration = Duration::from_secs(1);

/// What makes an interviewer.
pub struct Plan {
    /// The sign-in.
    pub sign_in: SignIn,
    /// Where.
    pub booth: BoothId,
    /// When the room is opened.
    pub arrives: Instant,
    /// This seat decides on applications.
    pub accepts: bool,
    /// Seed of all that is drawn.
    pub seed: u64,
}

/// Works until the run ends.
pub async fn work(ground: Arc<Ground>, plan: Plan) {
    tokio::time::sleep_until(plan.arrives).await;
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let page_rng = StdRng::seed_from_u64(rng.random());
    let place = Place {
        kind: PageKind::Room,
        path: format!("/room/{}", plan.booth),
        booth: Some(plan.booth),
    };
    let (papers, desk) = mpsc::unbounded_channel();
    tokio::spawn(write_papers(
        ground.clone(),
        plan.booth,
        plan.sign_in.clone(),
        desk,
    ));
    let mut page = Page::new(ground.clone(), place, plan.sign_in, page_rng);
    page.open().await;
    let mut interviewer = Interviewer {
        ground,
        page,
        papers,
        rng,
        booth: plan.booth,
        accepts: plan.accepts,
        room: Room::default(),
        asked: None,
        done: None,
        hang_up: None,
        not_before: Instant::now(),
        was_busy: false,
        is_seen_again: false,
    };
    loop {
        let wake = interviewer.wake();
        match interviewer.page.hear(wake).await {
            Heard::News(news) => interviewer.take(&news),
            Heard::Lost => interviewer.lose(),
            Heard::Late(_) => interviewer.asked = None,
            Heard::Nothing => {}
            Heard::Stopped => return,
        }
        interviewer.act().await;
    }
}

/// What goes over HTTP while the room's socket is listened to.
enum Paper {
    Resume(EntryId),
    Evaluation(CallId),
}

async fn write_papers(
    ground: Arc<Ground>,
    booth: BoothId,
    sign_in: SignIn,
    mut desk: mpsc::UnboundedReceiver<Paper>,
) {
    let mut http = Http::new(ground.address, sign_in);
    while let Some(paper) = desk.recv().await {
        match paper {
            Paper::Resume(entry) => {
                let path = format!("/room/{booth}/resume/{entry}");
                let reply = http.ask(Ask::Page(&path)).await;
                if check(&ground, "resume", reply).is_some() {
                    count(&ground.counts.resumes);
                }
            }
            Paper::Evaluation(call) => {
                let path = format!("/api/calls/{call}/evaluation");
                let form = json!({ "outcome": "undecided", "stars": 4, "note": "表达清楚" });
                let reply = http.ask(Ask::Write("PUT", &path, &form.to_string())).await;
                if check(&ground, "evaluation", reply).is_some() {
                    count(&ground.counts.evaluated);
                }
            }
        }
    }
}

struct Interviewer {
    ground: Arc<Ground>,
    page: Page,
    papers: mpsc::UnboundedSender<Paper>,
    rng: StdRng,
    booth: BoothId,
    accepts: bool,
    room: Room,
    /// The request without an answer so far.
    asked: Option<(u32, Step)>,
    /// A step that was done but does not show yet, and until when it may not.
    done: Option<(Step, Instant)>,
    hang_up: Option<Instant>,
    not_before: Instant,
    /// An interview ran when the server was killed.
    was_busy: bool,
    /// It has called or begun since the restart.
    is_seen_again: bool,
}

impl Interviewer {
    fn wake(&self) -> Instant {
        let now = Instant::now();
        let soon = now + LOOK;
        if self.asked.is_some() || !self.page.is_online() {
            return soon;
        }
        let shows = self.done.map_or(soon, |(_, at)| at);
        let ends = self.hang_up.unwrap_or(soon);
        let free = if self.not_before > now {
            self.not_before
        } else {
            soon
        };
        shows.min(ends).min(free).max(self.not_before)
    }

    fn take(&mut self, news: &News) {
        match news.head.kind {
            Kind::Booth | Kind::Queue | Kind::Call | Kind::Seats => {
                match serde_json::from_str::<ServerFrame>(&news.text) {
                    Ok(frame) => self.room.hear(frame.body),
                    Err(_) => self.ground.fault("unreadable room"),
                }
                self.time_call();
            }
            Kind::Done => self.answered(news.head.re),
            Kind::Refused => self.refused(news),
            _ => {}
        }
    }

    /// A call that began gets its length.
    fn time_call(&mut self) {
        match (self.room.call, self.hang_up) {
            (Some(_), None) => {
                count(&self.ground.counts.calls);
                let length = Duration::from_millis(self.rng.random_range(CALL_MS));
                self.hang_up = Some(Instant::now() + length);
            }
            (None, Some(_)) => self.hang_up = None,
            _ => {}
        }
    }

    fn press_later(&mut self) {
        let pause = Duration::from_millis(self.rng.random_range(PRESS_MS));
        self.not_before = Instant::now() + pause;
    }

    fn answered(&mut self, re: Option<u32>) {
        let Some((_, step)) = self.asked.take_if(|(id, _)| Some(*id) == re) else {
            return;
        };
        self.done = Some((step, Instant::now() + SHOWN_WITHIN));
        self.press_later();
        match step {
            Step::Accept(_) => count(&self.ground.counts.accepted),
            Step::CallNext => self.note_calling(),
            Step::Start(entry) => {
                self.note_calling();
                drop(self.papers.send(Paper::Resume(entry)));
            }
            Step::End(call) => {
                count(&self.ground.counts.ended);
                self.hang_up = Some(Instant::now() + SHOWN_WITHIN);
                drop(self.papers.send(Paper::Evaluation(call)));
            }
            Step::Wait => {}
        }
    }

    /// The booth calls, or begins with whom it called.
    fn note_calling(&mut self) {
        let Some(started_ns) = self.ground.outage.started_ns() else {
            lock(&self.ground.calling).insert(self.booth);
            return;
        };
        let again = !std::mem::replace(&mut self.is_seen_again, true);
        if again && lock(&self.ground.calling).remove(&self.booth) {
            let took_ns = crate::clock::now_ns() - started_ns;
            if self.was_busy {
                self.ground
                    .note(|took| &mut took.calling_after_interview, took_ns);
            } else {
                self.ground.note(|took| &mut took.calling_again, took_ns);
            }
        }
    }

    fn refused(&mut self, news: &News) {
        let Some((_, step)) = self.asked.take_if(|(id, _)| Some(*id) == news.head.re) else {
            return;
        };
        self.not_before = Instant::now() + PATIENCE;
        let Some(Refused { code }) = scan::body(&news.text) else {
            return self.ground.fault("unreadable refusal");
        };
        let what = format!("{} {}", step.name(), word(code));
        if is_fault(code) {
            self.ground.fault(what);
        } else if code == Refusal::NobodyCallable {
            count(&self.ground.counts.outrun);
        } else {
            self.ground.refused.add(what);
        }
    }

    fn lose(&mut self) {
        if self.ground.outage.is_on() {
            self.was_busy |= self.room.call.is_some();
        }
        self.asked = None;
        self.done = None;
    }

    /// What is to be done now. Calling comes first: applications are accepted while nobody can
    /// be called, or while an interview runs.
    fn next(&self) -> Step {
        if let Some((call, at)) = self.room.call.zip(self.hang_up)
            && at <= Instant::now()
        {
            return Step::End(call);
        }
        match self.room.next(false) {
            Step::Wait if self.accepts => match self.room.next(true) {
                accept @ Step::Accept(_) => accept,
                _ => Step::Wait,
            },
            step => step,
        }
    }

    async fn act(&mut self) {
        let now = Instant::now();
        if self.asked.is_some() || now < self.not_before || now < self.ground.times.open {
            return;
        }
        if let Some((step, limit)) = self.done {
            let accepts = matches!(step, Step::Accept(_));
            if now < limit && self.room.still(&step, accepts) {
                return;
            }
            self.done = None;
        }
        let step = self.next();
        let Some(body) = step.request() else { return };
        self.asked = self.page.ask(body).await.map(|id| (id, step));
    }
}
