//! A fair of any size, imported into a fresh server.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use serde_json::json;
use signaling_protocol::{Admission, BoothId, FairId, JoinClaims, PersonId, Role, SeatId};
use uuid::Uuid;

use crate::live::Tokens;
use crate::server::{Server, binary};

/// A join token of a test is good for this long, seconds.
const TOKEN_S: i64 = 300;

/// Booths with one or more seats, in a data folder of its own. Students need no registration:
/// their tokens are signed with the server's key.
pub struct Fair {
    folder: PathBuf,
    id: FairId,
    booths: Vec<(BoothId, Vec<(SeatId, PersonId)>)>,
}

/// An id that is the same in each run: tests are easier to read so.
fn id(kind: u128, n: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | (kind << 32) | n as u128)
}

fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Fair {
    /// Writes the fair and imports it.
    ///
    /// # Errors
    /// When `pinhui import` refuses it.
    pub fn new(folder: &Path, booths: usize, seats: usize) -> Result<Self> {
        let fair = Self {
            folder: folder.to_owned(),
            id: FairId(id(1, 0)),
            booths: (0..booths)
                .map(|b| {
                    let seats = (0..seats)
                        .map(|s| (SeatId(id(3, b * 100 + s)), PersonId(id(4, b * 100 + s))))
                        .collect();
                    (BoothId(id(2, b)), seats)
                })
                .collect(),
        };
        let file = folder.join("fair.json");
        std::fs::write(&file, fair.setup().to_string())?;
        let status = Command::new(binary()?)
            .arg("import")
            .arg(&file)
            .arg("--data")
            .arg(fair.data())
            .status()?;
        ensure!(status.success(), "pinhui import ended with {status}");
        Ok(fair)
    }

    fn setup(&self) -> serde_json::Value {
        let hour = 3_600_000;
        let booths: Vec<_> = self
            .booths
            .iter()
            .enumerate()
            .map(|(n, (booth, seats))| {
                let seats: Vec<_> = seats
                    .iter()
                    .map(|(seat, person)| {
                        json!({ "seat": seat, "person": person, "nickname": "面试官" })
                    })
                    .collect();
                json!({
                    "booth": booth, "number": format!("T-{n:03}"),
                    "company": format!("测试企业{n}（示例）"), "seats": seats,
                })
            })
            .collect();
        json!({
            "fair": self.id, "title": "测试双选会（示例）",
            "starts_ms": now_ms() - hour, "ends_ms": now_ms() + 6 * hour,
            "slot_ms": 600_000, "max_queues": 3, "booths": booths,
        })
    }

    /// The server's data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts `pinhui serve` on the fair's data folder.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn serve(&self) -> Result<Server> {
        self.serve_with(&[]).await
    }

    /// [`Fair::serve`] with settings such as `drain_s=5`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn serve_with(&self, settings: &[&str]) -> Result<Server> {
        let data = self.data().display().to_string();
        let mut arguments = vec!["serve", "--port", "0", "--data", &data];
        for setting in settings {
            arguments.extend(["--set", setting]);
        }
        Server::start(&self.folder, &arguments).await
    }

    /// The fair's id.
    #[must_use]
    pub fn id(&self) -> FairId {
        self.id
    }

    /// The id of booth `n`.
    #[must_use]
    pub fn booth(&self, n: usize) -> BoothId {
        self.booths[n].0
    }

    /// The id of student `n`.
    #[must_use]
    pub fn student(&self, n: usize) -> PersonId {
        PersonId(id(5, n))
    }

    /// A fresh join token of student `n`.
    ///
    /// # Errors
    /// When the server's key cannot be read.
    pub fn student_token(&self, n: usize) -> Result<String> {
        let admission = Admission {
            admitted: true,
            resume_complete: true,
        };
        self.token(
            self.student(n),
            Role::Student(admission),
            &format!("学生{n}（示例）"),
        )
    }

    /// A fresh join token of the interviewer on a seat of a booth.
    ///
    /// # Errors
    /// When the server's key cannot be read.
    pub fn interviewer_token(&self, booth: usize, seat: usize) -> Result<String> {
        let (booth, seats) = &self.booths[booth];
        let (seat, person) = seats[seat];
        self.token(
            person,
            Role::Interviewer {
                booth: *booth,
                seat,
            },
            "面试官",
        )
    }

    fn token(&self, sub: PersonId, role: Role, name: &str) -> Result<String> {
        let now = now_ms() / 1_000;
        Tokens::from_file(&self.data().join("token.key"))?.sign(&JoinClaims {
            sub,
            fair: self.id,
            role,
            name: name.to_owned(),
            headline: "测试".to_owned(),
            jti: Uuid::now_v7().to_string(),
            iat: now,
            exp: now + TOKEN_S,
        })
    }
}
