//! What the live side is told of a fair, and fairs that come as a file.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use base::clock::Clock;
use base::db::{Db, Tx};
use signaling_core::{BoothSetup, FairSetup, Rules, SeatSetup};
use signaling_protocol::JobView;
use signaling_server::TokenKey;

use super::{store, write};
use crate::accounts::store::{self as accounts, NewAccount};
use crate::accounts::{AccountKind, NO_PASSWORD};
use crate::companies::{self, NewCompany};
use crate::config::Config;
use crate::ids::{AccountId, BoothId, CompanyId, FairId, JobId, SchoolId};
use crate::jobs::{self, NewJob};
use crate::schools;

/// The school that holds imported fairs.
const IMPORT_SCHOOL: (&str, &str) = ("import", "导入的学校");

/// A fair as the live core wants it; `None`: there is no such published fair.
///
/// # Errors
/// The database failed, or the fair's rules cannot be read.
pub async fn load(db: &Db, fair: FairId) -> anyhow::Result<Option<FairSetup>> {
    let Some(row) = store::find(db, fair).await? else {
        return Ok(None);
    };
    let mut seats: BTreeMap<BoothId, Vec<SeatSetup>> = BTreeMap::new();
    for seat in store::seats(db, fair).await? {
        seats
            .entry(seat.registration_id)
            .or_default()
            .push(SeatSetup {
                seat: seat.id.into(),
                person: seat.account_id.into(),
                nickname: seat.nickname,
                department: seat.department,
            });
    }
    let booths = store::booths(db, fair)
        .await?
        .into_iter()
        .map(|booth| BoothSetup {
            booth: booth.id.into(),
            number: booth.number,
            company: booth.company,
            jobs: booth
                .jobs
                .into_iter()
                .map(|job| JobView {
                    job: job.id.into(),
                    title: job.title,
                })
                .collect(),
            seats: seats.remove(&booth.id).unwrap_or_default(),
        })
        .collect();
    let rules: Rules = serde_json::from_value(row.rules.0).context("rules of the fair")?;
    Ok(Some(FairSetup {
        fair: fair.into(),
        title: row.title,
        starts_ms: row.starts_ms,
        ends_ms: row.ends_ms,
        slot_ms: u64::try_from(row.slot_ms)?,
        max_queues: u32::try_from(row.max_queues)?,
        rules,
        booths,
    }))
}

/// Imports the fair of a JSON file into the database of `config`.
///
/// # Errors
/// The file or the database cannot be used, or the fair was imported before.
pub async fn import_file(config: &Config, file: &Path) -> anyhow::Result<FairId> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let setup: FairSetup =
        serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("data folder {}", config.data.display()))?;
    // Whoever signs join tokens for an imported fair needs the key before the first start.
    TokenKey::load_or_create(&config.token_key())?;
    let db = Db::open(&config.database()).await?;
    let imported = import(&db, &setup, Clock::System.now_ms()).await;
    db.close().await;
    imported
}

/// Creates a fair with its companies, interviewers' accounts, jobs and seats, all or nothing.
/// The accounts have no password: the operator sets one, or join tokens are signed for them.
///
/// # Errors
/// A value is out of its range, the fair exists, or the database failed.
pub async fn import(db: &Db, setup: &FairSetup, now_ms: i64) -> anyhow::Result<FairId> {
    let fair = FairId::from(setup.fair);
    ensure!(
        store::find(db, fair).await?.is_none(),
        "the fair {fair} exists already"
    );
    let school = schools::store::by_code(db, IMPORT_SCHOOL.0).await?;
    let mut tx = db.begin().await?;
    let school = match school {
        Some(school) => school,
        None => {
            let (school, (code, name)) = (SchoolId::new(), IMPORT_SCHOOL);
            schools::store::add(&mut tx, school, code, name, now_ms).await?;
            school
        }
    };
    let new = write::NewFair {
        id: fair,
        school,
        title: setup.title.clone(),
        starts_ms: setup.starts_ms,
        ends_ms: setup.ends_ms,
        slot_ms: i64::try_from(setup.slot_ms)?,
        max_queues: i64::from(setup.max_queues),
        rules: serde_json::to_value(&setup.rules)?,
    };
    write::add_fair(&mut tx, &new, now_ms)
        .await
        .context("fair")?;
    for booth in &setup.booths {
        import_booth(&mut tx, db, fair, booth, now_ms)
            .await
            .with_context(|| format!("booth {}", booth.number))?;
    }
    tx.commit().await?;
    Ok(fair)
}

async fn import_booth(
    tx: &mut Tx,
    db: &Db,
    fair: FairId,
    booth: &BoothSetup,
    now_ms: i64,
) -> anyhow::Result<()> {
    let id = BoothId::from(booth.booth);
    let company = match companies::store::by_name(db, &booth.company).await? {
        Some(company) => company,
        None => {
            let company = CompanyId::new();
            let new = NewCompany {
                name: booth.company.clone(),
                ..NewCompany::default()
            };
            companies::store::add(tx, company, &new, now_ms)
                .await
                .context("company")?;
            company
        }
    };
    write::add_booth(tx, (id, &booth.number), fair, company, now_ms).await?;
    for (ordinal, job) in (0_i64..).zip(&booth.jobs) {
        let new = NewJob {
            title: job.title.clone(),
            headcount: 1,
            degree: "any".to_owned(),
            ..NewJob::default()
        };
        let job = JobId::from(job.job);
        jobs::store::add(tx, job, company, &new, now_ms)
            .await
            .context("job")?;
        write::add_booth_job(tx, id, job, ordinal).await?;
    }
    for (ordinal, seat) in (0_i64..).zip(&booth.seats) {
        let account = AccountId::from(seat.person);
        let new = NewAccount {
            id: account,
            kind: AccountKind::Company,
            mobile: None,
            email: None,
            password_hash: NO_PASSWORD.to_owned(),
            real_name: seat.nickname.clone(),
            nickname: seat.nickname.clone(),
            department: seat.department.clone(),
        };
        accounts::add(tx, &new, now_ms)
            .await
            .context("interviewer")?;
        accounts::add_member(tx, account, company, false, now_ms).await?;
        write::add_seat(tx, seat.seat.into(), id, account, ordinal, now_ms).await?;
    }
    Ok(())
}
