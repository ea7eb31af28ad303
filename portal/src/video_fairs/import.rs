//! Fairs that come as a file.
//!
//! What exists is reused as it is stored: companies by name; interviewers' accounts, jobs, booths
//! and seats by id. So a second fair with the same people is welcome, the same file twice changes
//! nothing, and a file that has gained booths, seats or jobs adds them to the fair.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use base::clock::Clock;
use base::db::{Db, Tx, is_unique_violation};
use signaling_core::{BoothSetup, FairSetup, SeatSetup};
use signaling_protocol::{JobView, PersonId, SeatId};
use signaling_server::TokenKey;

use super::{setup, store, write};
use crate::accounts::store::{self as accounts, NewAccount};
use crate::accounts::{AccountKind, NO_PASSWORD};
use crate::companies::{self, NewCompany, joins};
use crate::config::Config;
use crate::ids::{AccountId, BoothId, CompanyId, FairId, JobId, SchoolId};
use crate::jobs::{self, NewJob};
use crate::schools;

/// The school that holds imported fairs.
const IMPORT_SCHOOL: (&str, &str) = ("import", "导入的学校");

/// What an import came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// The fair.
    pub fair: FairId,
    /// It was not there before.
    pub is_new: bool,
    /// Its booths.
    pub booths: Tally,
    /// Their companies.
    pub companies: Tally,
    /// Their jobs.
    pub jobs: Tally,
    /// Their seats.
    pub seats: Tally,
    /// The interviewers' accounts, one for each seat.
    pub accounts: Tally,
}

/// How many of a kind an import added, and how many it found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Added.
    pub added: usize,
    /// Found, and left as they are.
    pub found: usize,
}

impl Tally {
    fn note(&mut self, added: bool) {
        self.added += usize::from(added);
        self.found += usize::from(!added);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} new, {} known", self.added, self.found)
    }
}

impl Imported {
    /// Something was written.
    pub fn has_changed(&self) -> bool {
        self.is_new || self.booths.added + self.jobs.added + self.seats.added > 0
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match (self.is_new, self.has_changed()) {
            (true, _) => "imported",
            (false, true) => "added to",
            (false, false) => "nothing new for",
        };
        write!(
            f,
            "{verb} fair {}: booths {}; companies {}; jobs {}; seats {}; interviewers {}",
            self.fair, self.booths, self.companies, self.jobs, self.seats, self.accounts
        )
    }
}

/// Imports the fair of a JSON file into the database of `config`.
///
/// # Errors
/// The file or the database cannot be used, or as for [`import`].
pub async fn import_file(config: &Config, file: &Path) -> anyhow::Result<Imported> {
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

/// Creates a fair with its companies, interviewers' accounts, jobs and seats, or adds to the one
/// that is there, all or nothing. New accounts have no password: the operator sets one, or join
/// tokens are signed for them.
///
/// # Errors
/// A value is out of its range, the database failed, or the file contradicts what is stored: the
/// fair has another title or time, a booth another number or company, a person or a job belongs
/// to another company, a seat to another person.
pub async fn import(db: &Db, setup: &FairSetup, now_ms: i64) -> anyhow::Result<Imported> {
    let fair = FairId::from(setup.fair);
    let stored = setup::load(db, fair).await?;
    let known = store::find(db, fair).await?;
    let holder = schools::store::by_code(db, IMPORT_SCHOOL.0).await?;
    let mut tx = db.begin().await?;
    let school = match (&stored, known) {
        (Some(stored), Some(known)) => {
            same_fair(stored, setup)?;
            known.school_id
        }
        _ => add_fair(&mut tx, holder, setup, now_ms).await?,
    };
    let mut import = Import {
        tx,
        now_ms,
        school,
        stored: Stored::of(stored.as_ref()),
        came: Imported {
            fair,
            is_new: stored.is_none(),
            booths: Tally::default(),
            companies: Tally::default(),
            jobs: Tally::default(),
            seats: Tally::default(),
            accounts: Tally::default(),
        },
    };
    for booth in &setup.booths {
        import
            .booth(booth)
            .await
            .with_context(|| format!("booth {}", booth.number))?;
    }
    import.tx.commit().await?;
    Ok(import.came)
}

/// An import adds; it does not change what people were told.
fn same_fair(stored: &FairSetup, setup: &FairSetup) -> anyhow::Result<()> {
    let other = [
        ("title", stored.title != setup.title),
        ("starts_ms", stored.starts_ms != setup.starts_ms),
        ("ends_ms", stored.ends_ms != setup.ends_ms),
        ("slot_ms", stored.slot_ms != setup.slot_ms),
        ("max_queues", stored.max_queues != setup.max_queues),
        ("rules", stored.rules != setup.rules),
    ];
    let other: Vec<&str> = other
        .iter()
        .filter(|(_, is)| *is)
        .map(|(n, _)| *n)
        .collect();
    ensure!(
        other.is_empty(),
        "the fair {} is there already, with another {}; an import adds booths, seats and jobs to \
         a fair and changes nothing else",
        setup.fair,
        other.join(", ")
    );
    Ok(())
}

async fn add_fair(
    tx: &mut Tx,
    school: Option<SchoolId>,
    setup: &FairSetup,
    now_ms: i64,
) -> anyhow::Result<SchoolId> {
    let school = match school {
        Some(school) => school,
        None => {
            let (school, (code, name)) = (SchoolId::new(), IMPORT_SCHOOL);
            schools::store::add(tx, school, code, name, now_ms).await?;
            school
        }
    };
    let new = write::NewFair {
        id: setup.fair.into(),
        school,
        title: setup.title.clone(),
        starts_ms: setup.starts_ms,
        ends_ms: setup.ends_ms,
        slot_ms: i64::try_from(setup.slot_ms)?,
        max_queues: i64::from(setup.max_queues),
        rules: serde_json::to_value(&setup.rules)?,
    };
    write::add_fair(tx, &new, now_ms).await.context("fair")?;
    Ok(school)
}

/// What the fair had before.
#[derive(Default)]
struct Stored<'a> {
    booths: BTreeMap<BoothId, &'a BoothSetup>,
    seats: BTreeMap<SeatId, (BoothId, PersonId)>,
}

impl<'a> Stored<'a> {
    fn of(stored: Option<&'a FairSetup>) -> Self {
        let mut known = Self::default();
        for booth in stored.iter().flat_map(|fair| &fair.booths) {
            let id = BoothId::from(booth.booth);
            known.booths.insert(id, booth);
            let seats = booth.seats.iter();
            known
                .seats
                .extend(seats.map(|seat| (seat.seat, (id, seat.person))));
        }
        known
    }
}

/// An import at work.
struct Import<'a> {
    tx: Tx,
    now_ms: i64,
    /// Who holds the fair.
    school: SchoolId,
    stored: Stored<'a>,
    came: Imported,
}

impl Import<'_> {
    async fn booth(&mut self, booth: &BoothSetup) -> anyhow::Result<()> {
        let id = BoothId::from(booth.booth);
        let company = self.company(&booth.company).await.context("company")?;
        let stored = self.stored.booths.get(&id).copied();
        if let Some(stored) = stored {
            ensure!(
                (&stored.number, &stored.company) == (&booth.number, &booth.company),
                "it is there already, as {} of {}",
                stored.number,
                stored.company
            );
        } else {
            self.join(company).await?;
            let added = write::add_booth(
                &mut self.tx,
                (id, &booth.number),
                self.came.fair,
                company,
                self.now_ms,
            );
            unless_taken(
                added.await,
                "its number is taken in this fair, its company has another booth there, or its \
                 id is one of another fair",
            )?;
        }
        self.came.booths.note(stored.is_none());
        let listed = stored.map_or(&[][..], |stored| &stored.jobs);
        for (ordinal, job) in (0_i64..).zip(&booth.jobs) {
            self.job(company, job)
                .await
                .with_context(|| format!("job {}", job.title))?;
            if !listed.iter().any(|known| known.job == job.job) {
                let listed = write::add_booth_job(&mut self.tx, id, job.job.into(), ordinal);
                unless_taken(listed.await, "the booth has this job already")?;
            }
        }
        for (ordinal, seat) in (0_i64..).zip(&booth.seats) {
            self.seat((id, company), ordinal, seat)
                .await
                .with_context(|| format!("interviewer {}", seat.nickname))?;
        }
        Ok(())
    }

    /// Makes sure that a company has joined the school before it gets a booth there. The file is
    /// the operator's word for one that the school knows nothing of; what the school decided
    /// stands.
    async fn join(&mut self, company: CompanyId) -> anyhow::Result<()> {
        match joins::find_of(&mut self.tx, company, self.school).await? {
            Some(join) if join.status == "approved" => Ok(()),
            Some(join) => bail!("the company has not joined the school: {}", join.status),
            None => {
                joins::pick(&mut self.tx, company, self.school, self.now_ms).await?;
                let join = joins::find_of(&mut self.tx, company, self.school)
                    .await?
                    .context("the join that was just written")?;
                joins::set(&mut self.tx, join.id, ("approved", ""), self.now_ms).await?;
                Ok(())
            }
        }
    }

    /// The company with this name.
    async fn company(&mut self, name: &str) -> anyhow::Result<CompanyId> {
        let found = companies::store::by_name(&mut self.tx, name).await?;
        self.came.companies.note(found.is_none());
        if let Some(company) = found {
            return Ok(company);
        }
        let company = CompanyId::new();
        let new = NewCompany {
            name: name.to_owned(),
            ..NewCompany::default()
        };
        companies::store::add(&mut self.tx, company, &new, self.now_ms).await?;
        Ok(company)
    }

    async fn job(&mut self, company: CompanyId, job: &JobView) -> anyhow::Result<()> {
        let id = JobId::from(job.job);
        let owner = jobs::store::company_of(&mut self.tx, id).await?;
        self.came.jobs.note(owner.is_none());
        match owner {
            Some(owner) => ensure!(owner == company, "it is another company's"),
            None => {
                let new = NewJob {
                    title: job.title.clone(),
                    headcount: 1,
                    degree: "any".to_owned(),
                    ..NewJob::default()
                };
                jobs::store::add(&mut self.tx, id, company, &new, self.now_ms).await?;
            }
        }
        Ok(())
    }

    async fn seat(
        &mut self,
        (booth, company): (BoothId, CompanyId),
        ordinal: i64,
        seat: &SeatSetup,
    ) -> anyhow::Result<()> {
        let account = AccountId::from(seat.person);
        let is_new = self.interviewer(company, account, seat).await?;
        self.came.accounts.note(is_new);
        let stored = self.stored.seats.get(&seat.seat).copied();
        self.came.seats.note(stored.is_none());
        if let Some(stored) = stored {
            ensure!(
                stored == (booth, seat.person),
                "the seat {} is another person's or at another booth",
                seat.seat
            );
            return Ok(());
        }
        let added = write::add_seat(
            &mut self.tx,
            seat.seat.into(),
            booth,
            account,
            ordinal,
            self.now_ms,
        );
        unless_taken(
            added.await,
            "there is a seat for this person at the booth already, or the seat's id is taken",
        )
    }

    /// Makes sure of an interviewer's account; true: it is new.
    async fn interviewer(
        &mut self,
        company: CompanyId,
        account: AccountId,
        seat: &SeatSetup,
    ) -> anyhow::Result<bool> {
        match accounts::company_of(&mut self.tx, account).await? {
            Some(Some(own)) if own == company => Ok(false),
            Some(Some(_)) => bail!("the account {account} belongs to another company"),
            Some(None) => bail!("the account {account} is no company member's"),
            None => {
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
                accounts::add(&mut self.tx, &new, self.now_ms).await?;
                accounts::add_member(&mut self.tx, account, company, false, self.now_ms).await?;
                Ok(true)
            }
        }
    }
}

/// Words a breach of a unique index.
fn unless_taken(written: Result<(), sqlx::Error>, taken: &'static str) -> anyhow::Result<()> {
    written.map_err(|error| {
        if is_unique_violation(&error) {
            anyhow::anyhow!(taken)
        } else {
            error.into()
        }
    })
}
