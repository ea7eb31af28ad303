//! The people of a fair as the portal's database holds them before the doors open: students who
//! are admitted, confirmed and have a résumé, staff of the school, and everybody's sign-in. The
//! rows are those that weeks of registration leave behind.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use base::db::{Db, DbConfig, Text, Tx, on_db};
use ring::digest;
use serde_json::json;
use signaling_protocol::{FairId, PersonId};
use uuid::Uuid;

use crate::clock::now_ms;
use crate::population::Population;
use crate::signal::http::SignIn;

/// A sign-in holds this long, ms; longer than any run.
const SIGNED_IN_MS: i64 = 12 * 3_600_000;
/// Percent of a résumé that lets its student apply.
const COMPLETE: i64 = 95;

const SCHOOL_OF: &str = "SELECT school_id FROM video_fairs WHERE id = $1";
const OPEN_AT: &str = "UPDATE video_fairs SET starts_ms = $2, ends_ms = $3 WHERE id = $1";
const ADD_ACCOUNT: &str = "INSERT INTO accounts (id, kind, password_hash, real_name, nickname, \
    status, created_ms) VALUES ($1, $2, '!', $3, $3, 'active', $4)";
const ADD_STUDENT: &str = "INSERT INTO students (account_id, school_id, student_no, name, degree, \
    faculty, major, grad_year, verified_ms) \
    VALUES ($1, $2, $3, $4, 'bachelor', '机械工程学院', '机械设计制造及其自动化', 2027, $5)";
const ADD_RESUME: &str = "INSERT INTO resumes (student_id, sections, completeness, updated_ms) \
    VALUES ($1, $2, $3, $4)";
const ADMIT: &str = "INSERT INTO fair_admissions (fair_id, student_id, admitted_ms) \
    VALUES ($1, $2, $3)";
const ADD_STAFF: &str = "INSERT INTO school_staff (account_id, school_id, created_ms) \
    VALUES ($1, $2, $3)";
const ADD_SESSION: &str = "INSERT INTO sessions (token_hash, account_id, csrf, device_hash, \
    created_ms, seen_ms, expires_ms) VALUES ($1, $2, $3, '', $4, $4, $5)";

/// How many come.
#[derive(Debug, Clone, Copy)]
pub struct Heads {
    /// Students.
    pub students: usize,
    /// Staff at consoles.
    pub staff: usize,
}

/// Everybody's sign-in.
#[derive(Debug, Default)]
pub struct Crowd {
    /// By the student's number.
    pub students: Vec<SignIn>,
    /// Booth by booth, seat by seat.
    pub interviewers: Vec<SignIn>,
    /// By number.
    pub staff: Vec<SignIn>,
}

/// When a fair is open, ms since 1970.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// From.
    pub starts_ms: i64,
    /// To.
    pub ends_ms: i64,
}

/// Sets the opening hours of a fair whose server does not run yet.
///
/// # Errors
/// The database failed.
pub async fn open_at(config: &DbConfig, fair: FairId, opening: Opening) -> Result<()> {
    let db = Db::connect(config).await?;
    let written = on_db!(db.writer().await?, c => sqlx::query(OPEN_AT)
        .bind(Text(fair)).bind(opening.starts_ms).bind(opening.ends_ms)
        .execute(c).await.map(drop));
    db.close().await;
    Ok(written?)
}

/// Writes the people of an imported fair and signs them in.
///
/// # Errors
/// The database failed, or does not hold the fair.
pub async fn write(config: &DbConfig, population: &Population, heads: Heads) -> Result<Crowd> {
    let db = Db::connect(config).await?;
    let crowd = write_to(&db, population, heads).await;
    db.close().await;
    crowd
}

async fn write_to(db: &Db, population: &Population, heads: Heads) -> Result<Crowd> {
    let fair = population.fair();
    let found: Option<(String,)> = on_db!(db, c => sqlx::query_as(SCHOOL_OF)
        .bind(Text(fair)).fetch_optional(c).await)?;
    let (school,) = found.context("the fair is not in the database")?;
    let mut desk = Desk {
        tx: db.begin().await?,
        school,
        fair,
        crowd: population.crowd,
        now_ms: now_ms(),
    };
    let mut crowd = Crowd::default();
    for n in 0..heads.students {
        let who = population.student(n);
        desk.student(n, who.person, &who.name).await?;
        crowd.students.push(desk.sign_in(who.person).await?);
    }
    for booth in 0..population.booths {
        for seat in 0..population.seats {
            let who = population.interviewer(booth, seat);
            crowd.interviewers.push(desk.sign_in(who.person).await?);
        }
    }
    for n in 0..heads.staff {
        let who = population.staff(n);
        desk.staff(who.person, &who.name).await?;
        crowd.staff.push(desk.sign_in(who.person).await?);
    }
    desk.tx.commit().await?;
    Ok(crowd)
}

/// Where people are written down.
struct Desk {
    tx: Tx,
    school: String,
    fair: FairId,
    crowd: u32,
    now_ms: i64,
}

impl Desk {
    async fn account(&mut self, id: PersonId, kind: &str, name: &str) -> Result<()> {
        on_db!(self.tx, c => sqlx::query(ADD_ACCOUNT)
            .bind(Text(id)).bind(kind).bind(name).bind(self.now_ms)
            .execute(c).await.map(drop))?;
        Ok(())
    }

    async fn student(&mut self, n: usize, id: PersonId, name: &str) -> Result<()> {
        self.account(id, "student", name).await?;
        let number = format!("L{}-{n:05}", self.crowd);
        on_db!(self.tx, c => sqlx::query(ADD_STUDENT)
            .bind(Text(id)).bind(&self.school).bind(number).bind(name).bind(self.now_ms)
            .execute(c).await.map(drop))?;
        on_db!(self.tx, c => sqlx::query(ADD_RESUME)
            .bind(Text(id)).bind(resume()).bind(COMPLETE).bind(self.now_ms)
            .execute(c).await.map(drop))?;
        on_db!(self.tx, c => sqlx::query(ADMIT)
            .bind(Text(self.fair)).bind(Text(id)).bind(self.now_ms)
            .execute(c).await.map(drop))?;
        Ok(())
    }

    async fn staff(&mut self, id: PersonId, name: &str) -> Result<()> {
        self.account(id, "school", name).await?;
        on_db!(self.tx, c => sqlx::query(ADD_STAFF)
            .bind(Text(id)).bind(&self.school).bind(self.now_ms)
            .execute(c).await.map(drop))?;
        Ok(())
    }

    /// A sign-in as the portal stores it: the hash of the cookie's secret, and the token that
    /// goes with each writing request.
    async fn sign_in(&mut self, id: PersonId) -> Result<SignIn> {
        let sign_in = SignIn {
            secret: secret(),
            csrf: secret(),
        };
        let hash = digest::digest(&digest::SHA256, sign_in.secret.as_bytes());
        on_db!(self.tx, c => sqlx::query(ADD_SESSION)
            .bind(hex(hash.as_ref())).bind(Text(id)).bind(&sign_in.csrf)
            .bind(self.now_ms).bind(self.now_ms + SIGNED_IN_MS)
            .execute(c).await.map(drop))?;
        Ok(sign_in)
    }
}

/// What an interviewer reads of everyone.
fn resume() -> String {
    json!({
        "intent": { "position": "机械工程师", "cities": ["南昌", "杭州"], "pay": "8–10k" },
        "education": [{ "title": "示例大学", "role": "机械设计 · 本科", "period": "2023.09–2027.06" }],
        "internships": [{ "title": "示例精密仪器", "role": "实习生", "period": "2026.06–2026.09",
            "text": "参与夹具设计与装配调试，独立完成三套工装图纸。" }],
        "skills": ["SolidWorks", "有限元分析", "Python"],
        "summary": "踏实细致，愿意从车间做起。",
    })
    .to_string()
}

/// 256 bits for a cookie or a token, hexadecimal.
fn secret() -> String {
    let halves: [Uuid; 2] = [(); 2].map(|()| Uuid::from_u128(rand::random()));
    hex(halves.map(Uuid::into_bytes).as_flattened())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::config::Secret;
    use base::db::testing;
    use std::collections::BTreeSet;

    const ADD_SCHOOL: &str = "INSERT INTO schools (id, code, name, created_ms) \
        VALUES ('s', 'load', '示例大学', 1)";
    const ADD_FAIR: &str = "INSERT INTO video_fairs (id, school_id, title, starts_ms, ends_ms, \
        slot_ms, max_queues, rules, status, created_ms) \
        VALUES ($1, 's', '示例', 1, 2, 60000, 3, '{}', 'published', 1)";
    const COUNT: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM sessions s \
        JOIN students st ON st.account_id = s.account_id \
        JOIN fair_admissions a ON a.student_id = st.account_id \
        JOIN resumes r ON r.student_id = st.account_id \
        JOIN video_fairs f ON f.id = a.fair_id \
        WHERE st.school_id = 's' AND f.starts_ms = 7";

    #[tokio::test]
    async fn students_are_written_to_either_database() {
        let population = Population {
            run: 1,
            crowd: 1,
            booths: 0,
            seats: 1,
            rules: json!({}),
        };
        let heads = Heads {
            students: 3,
            staff: 1,
        };
        for test in testing::both().await {
            let mut tx = test.db.begin().await.unwrap();
            on_db!(tx, c => sqlx::query(ADD_SCHOOL).execute(c).await.map(drop)).unwrap();
            on_db!(tx, c => sqlx::query(ADD_FAIR)
                .bind(Text(population.fair())).execute(c).await.map(drop))
            .unwrap();
            tx.commit().await.unwrap();
            let config = DbConfig {
                url: Secret::new(&test.url),
                ..DbConfig::default()
            };
            let crowd = write(&config, &population, heads).await.unwrap();
            let opening = Opening {
                starts_ms: 7,
                ends_ms: 8,
            };
            open_at(&config, population.fair(), opening).await.unwrap();
            let (count,): (i64,) =
                on_db!(&test.db, c => sqlx::query_as(COUNT).fetch_one(c).await).unwrap();
            assert_eq!(count, 3, "{}", test.db.kind());
            let secrets: BTreeSet<_> = crowd.students.iter().map(|one| &one.secret).collect();
            assert!(secrets.len() == 3 && crowd.staff.len() == 1);
            assert!(secrets.iter().all(|secret| secret.len() == 64));
        }
    }
}
