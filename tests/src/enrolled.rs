//! Students of a fair's school who are signed in at the portal. They are written into the database
//! before the server starts: what is tested is what they do then.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use base::clock::Clock;
use base::config::Secret;
use base::db::{Db, DbConfig, Tx, on_db};
use portal::accounts::sessions;
use portal::config::AccountsConfig;
use serde_json::{Value, json};

use crate::fair::Fair;
use crate::http::{self, Answer};

/// One of them.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// Head lines of his requests: who he is.
    head: Vec<String>,
}

impl Enrolled {
    /// Asks for a token with which to join the fair from the page of his queues.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn asks_for_token(&self, http: &str, fair: &Fair) -> Result<Answer> {
        let wish = json!({ "fair": fair.id(), "page": "queues" });
        http::post(http, "/api/join-token", &self.head, &wish.to_string()).await
    }

    /// [`Enrolled::asks_for_token`], and has it.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn token(&self, http: &str, fair: &Fair) -> Result<String> {
        let answer = self.asks_for_token(http, fair).await?;
        ensure!(answer.status == 200, "no token: {answer:?}");
        let ticket: Value = serde_json::from_str(&answer.body)?;
        let token = ticket["token"].as_str().context("a token")?;
        Ok(token.to_owned())
    }
}

/// Enrolls the fair's students with these numbers, with a full résumé each, and signs them in.
///
/// # Errors
/// When the database cannot be written.
pub async fn enroll(fair: &Fair, numbers: Range<usize>) -> Result<Vec<Enrolled>> {
    let db = open(fair).await?;
    let school: (String,) = on_db!(db, c => {
        sqlx::query_as("SELECT school_id FROM video_fairs WHERE id = $1")
            .bind(fair.id().to_string()).fetch_one(c).await
    })?;
    let now_ms = Clock::System.now_ms();
    let mut enrolled = Vec::new();
    let mut tx = db.begin().await?;
    for n in numbers {
        add(&mut tx, fair, (n, &school.0), now_ms).await?;
        let id = fair.student(n).to_string();
        let account = id.parse().context("an account's id")?;
        let config = AccountsConfig::default();
        let secret = sessions::begin_in(&mut tx, &config, (account, ""), now_ms).await?;
        let (csrf,): (String,) = on_db!(tx, c => {
            sqlx::query_as("SELECT csrf FROM sessions WHERE account_id = $1")
                .bind(&id).fetch_one(c).await
        })?;
        let head = vec![
            format!("Cookie: pinhui={secret}"),
            format!("X-CSRF-Token: {csrf}"),
            "Content-Type: application/json".to_owned(),
        ];
        enrolled.push(Enrolled { head });
    }
    // They were quiet for a while: their sessions are to be touched with the next request.
    let quiet_ms = now_ms - 10 * 60_000;
    on_db!(tx, c => sqlx::query("UPDATE sessions SET seen_ms = $1")
        .bind(quiet_ms).execute(c).await.map(drop))?;
    tx.commit().await?;
    db.close().await;
    Ok(enrolled)
}

async fn open(fair: &Fair) -> Result<Db> {
    let config = DbConfig {
        url: Secret::new(fair.database()),
        ..DbConfig::default()
    };
    Ok(Db::connect(&config).await?)
}

async fn add(tx: &mut Tx, fair: &Fair, (n, school): (usize, &str), now_ms: i64) -> Result<()> {
    let id = fair.student(n).to_string();
    let name = format!("学生{n}（示例）");
    on_db!(tx, c => sqlx::query("INSERT INTO accounts
            (id, kind, password_hash, real_name, nickname, status, created_ms)
            VALUES ($1, 'student', '!', $2, $2, 'active', $3)")
        .bind(&id).bind(&name).bind(now_ms).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query("INSERT INTO students
            (account_id, school_id, student_no, name, degree, faculty, major, grad_year,
             verified_ms)
            VALUES ($1, $2, $3, $4, 'bachelor', '', '', 2027, $5)")
        .bind(&id).bind(school).bind(format!("N{n}")).bind(&name).bind(now_ms)
        .execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query("INSERT INTO resumes
            (student_id, sections, completeness, updated_ms) VALUES ($1, '{}', 100, $2)")
        .bind(&id).bind(now_ms).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query("INSERT INTO fair_admissions (fair_id, student_id, admitted_ms)
            VALUES ($1, $2, $3)")
        .bind(fair.id().to_string()).bind(&id).bind(now_ms).execute(c).await.map(drop))?;
    Ok(())
}
