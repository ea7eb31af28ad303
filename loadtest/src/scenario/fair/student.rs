//! A student at the opening: comes to the wall before the doors open, applies at three booths in
//! the storm, stays, and goes to the queues when called.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use signaling_protocol::{BoothId, ClientBody, EntryId, JobId, PageKind, Refusal, Stage};
use tokio::time::Instant;

use super::ground::{Ground, count, lock};
use super::page::{Heard, News, Page, Place};
use super::{is_fault, word};
use crate::participant::passed_device_test;
use crate::signal::http::SignIn;
use crate::signal::scan::{self, Applied, Entry, Kind, OwnEntry, Refused};

/// Share of call-ups that nobody answers.
const UNANSWERED: f64 = 0.1;
/// Someone who answers does so after this at the least, and at the most.
const ANSWER_MS: std::ops::Range<u64> = 200..2_000;
/// Share of those who go to their queues after the last application instead of staying.
const LEAVES_WALL: f64 = 0.2;
/// Between the page's welcome and the first press of a button, at least.
const LOOK: Duration = Duration::from_millis(500);
/// A press that came to nothing is repeated after this.
const AGAIN: Duration = Duration::from_secs(1);
/// 我准备好了 is pressed again after this, while the page has no socket.
const PRESS_AGAIN: Duration = Duration::from_millis(100);
/// Nothing is due.
const LATER: Duration = Duration::from_secs(3_600);

/// What makes a student.
pub struct Plan {
    /// His sign-in.
    pub sign_in: SignIn,
    /// When he opens the wall.
    pub arrives: Instant,
    /// Where he applies, and when.
    pub wishes: Vec<Wish>,
    /// Seed of all that he draws.
    pub seed: u64,
}

/// One application.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Where.
    pub booth: BoothId,
    /// What for.
    pub job: Option<JobId>,
    /// When.
    pub at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Open,
    Asked(u32),
    Done,
}

/// Comes, applies and answers call-ups until the run ends.
pub async fn attend(ground: Arc<Ground>, plan: Plan) {
    tokio::time::sleep_until(plan.arrives).await;
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let page_rng = StdRng::seed_from_u64(rng.random());
    let place = wall(&ground);
    let mut page = Page::new(ground.clone(), place, plan.sign_in, page_rng);
    page.open().await;
    lock(&ground.watchers).push(page.received());
    let mut student = Student {
        leaves_at: None,
        will_leave: rng.random_bool(LEAVES_WALL),
        wishes: plan
            .wishes
            .into_iter()
            .map(|w| (w, Progress::Open))
            .collect(),
        ground,
        page,
        rng,
        is_tested: false,
        answer: None,
        ringing: None,
    };
    loop {
        let wake = student.wake();
        match student.page.hear(wake).await {
            Heard::News(news) => student.take(&news),
            Heard::Lost => student.lose(),
            Heard::Late(id) => student.settle(id, Progress::Open),
            Heard::Nothing => {}
            Heard::Stopped => return,
        }
        student.act().await;
    }
}

fn wall(ground: &Ground) -> Place {
    Place {
        kind: PageKind::Wall,
        path: format!("/fairs/{}", ground.fair),
        booth: None,
    }
}

fn queues() -> Place {
    Place {
        kind: PageKind::Queues,
        path: "/queues".to_owned(),
        booth: None,
    }
}

struct Student {
    ground: Arc<Ground>,
    page: Page,
    rng: StdRng,
    wishes: Vec<(Wish, Progress)>,
    will_leave: bool,
    leaves_at: Option<Instant>,
    /// The device test of this fair was sent.
    is_tested: bool,
    ringing: Option<EntryId>,
    /// Whom to answer, and when.
    answer: Option<(EntryId, Instant)>,
}

impl Student {
    fn wake(&self) -> Instant {
        let now = Instant::now();
        let open =
            |(wish, progress): &(Wish, Progress)| (*progress == Progress::Open).then_some(wish.at);
        let next = self.wishes.iter().filter_map(open).min();
        let next = next.filter(|_| self.page.is_online());
        let due = [next, self.leaves_at, self.answer.map(|(_, at)| at)];
        due.into_iter().flatten().min().unwrap_or(now + LATER)
    }

    async fn act(&mut self) {
        let now = Instant::now();
        if let Some((entry, at)) = self.answer
            && at <= now
        {
            self.answer_call(entry).await;
            return;
        }
        if self.leaves_at.is_some_and(|at| at <= now) {
            self.leaves_at = None;
            self.go_to_queues().await;
            return;
        }
        if !self.page.is_online() {
            return;
        }
        if !self.is_tested {
            self.is_tested = self.page.ask(passed_device_test()).await.is_some();
        }
        for at in 0..self.wishes.len() {
            let (wish, progress) = self.wishes[at];
            if progress != Progress::Open || wish.at > now {
                continue;
            }
            let body = ClientBody::Apply {
                booth: wish.booth,
                job: wish.job,
            };
            match self.page.ask(body).await {
                Some(id) => self.wishes[at].1 = Progress::Asked(id),
                None => self.wishes[at].0.at = now + AGAIN,
            }
        }
    }

    /// Leaves the wall. Answers that are still on their way go with its page; the queues show
    /// what came of the requests.
    async fn go_to_queues(&mut self) {
        if self.page.kind() == PageKind::Wall {
            self.page.go(queues()).await;
            self.lose();
        }
    }

    /// 我准备好了 is pressed on the queues' page.
    async fn answer_call(&mut self, entry: EntryId) {
        self.go_to_queues().await;
        if self.page.ask(ClientBody::Ready { entry }).await.is_some() {
            self.answer = None;
        } else {
            self.answer = Some((entry, Instant::now() + PRESS_AGAIN));
        }
    }

    fn take(&mut self, news: &News) {
        match news.head.kind {
            Kind::Welcome => {
                let soon = Instant::now() + LOOK;
                for (wish, _) in &mut self.wishes {
                    wish.at = wish.at.max(soon);
                }
            }
            Kind::Applied => self.applied(news),
            Kind::Refused => self.refused(news),
            Kind::Student => {
                if let Some(view) = scan::body::<scan::Student>(&news.text) {
                    view.entries.iter().for_each(|entry| self.see(entry));
                }
            }
            Kind::Entry => {
                if let Some(Entry { entry }) = scan::body(&news.text) {
                    self.see(&entry);
                }
            }
            _ => {}
        }
    }

    fn applied(&mut self, news: &News) {
        let (Some(Applied { entry }), Some(id)) = (scan::body(&news.text), news.head.re) else {
            return self.ground.fault("unreadable answer");
        };
        lock(&self.ground.acknowledged).insert(entry);
        if let Some(asked_ns) = news.asked_ns {
            self.ground
                .note(|took| &mut took.join_ack, news.at_ns - asked_ns);
        }
        self.settle(id, Progress::Done);
    }

    fn refused(&mut self, news: &News) {
        let (Some(Refused { code }), Some(id)) = (scan::body(&news.text), news.head.re) else {
            return self.ground.fault("unreadable refusal");
        };
        let is_wish = self.wishes.iter().any(|(_, p)| *p == Progress::Asked(id));
        let what = if is_wish { "apply" } else { "student" };
        if is_fault(code) || (is_wish && !is_understood(code)) {
            self.ground.fault(format!("{what} {}", word(code)));
        } else {
            self.ground.refused.add(format!("{what} {}", word(code)));
        }
        self.settle(id, Progress::Done);
    }

    fn settle(&mut self, id: u32, progress: Progress) {
        let soon = Instant::now() + AGAIN;
        for (wish, is) in &mut self.wishes {
            if *is == Progress::Asked(id) {
                *is = progress;
                wish.at = soon;
            }
        }
        let done = self.wishes.iter().all(|(_, p)| *p == Progress::Done);
        if done && std::mem::take(&mut self.will_leave) {
            let stays = Duration::from_millis(self.rng.random_range(1_000..10_000));
            self.leaves_at = Some(self.ground.times.storm_end.max(Instant::now()) + stays);
        }
    }

    /// Requests without an answer are lost with the socket. Whether the server took them, the
    /// snapshot will tell.
    fn lose(&mut self) {
        for (_, progress) in &mut self.wishes {
            if matches!(progress, Progress::Asked(_)) {
                *progress = Progress::Open;
                if self.ground.outage.is_on() {
                    count(&self.ground.counts.interrupted);
                }
            }
        }
    }

    fn see(&mut self, entry: &OwnEntry) {
        for (wish, progress) in &mut self.wishes {
            if wish.booth == entry.booth && *progress == Progress::Open {
                // What a page shows is committed: the application came through before the crash.
                *progress = Progress::Done;
                lock(&self.ground.acknowledged).insert(entry.entry);
            }
        }
        if entry.stage != Stage::Called {
            self.ringing = self.ringing.filter(|ringing| *ringing != entry.entry);
            self.answer = self.answer.filter(|(called, _)| *called != entry.entry);
            return;
        }
        if self.ringing == Some(entry.entry) {
            return;
        }
        self.ringing = Some(entry.entry);
        if self.rng.random_bool(UNANSWERED) {
            count(&self.ground.counts.unanswered);
            return;
        }
        let answers = Duration::from_millis(self.rng.random_range(ANSWER_MS));
        self.answer = Some((entry.entry, Instant::now() + answers));
    }
}

/// Refusals of an application that a person understands and that the rules of the queue want.
fn is_understood(code: Refusal) -> bool {
    matches!(
        code,
        Refusal::QueueClosed
            | Refusal::QueuePaused
            | Refusal::QueueFull
            | Refusal::NoTimeLeft
            | Refusal::TooManyQueues
            | Refusal::AlreadyHere
            | Refusal::RefusedBefore
            | Refusal::FairEnded
    )
}
