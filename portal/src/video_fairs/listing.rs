//! The companies on a wall as everyone is shown them: read and rendered once for all who ask within a
//! moment. A large fair has some hundred kilobytes of them, and thousands of students open its wall
//! within minutes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use askama::Template;
use base::db::Db;

use super::cards::BoothCard;
use super::store;
use crate::ids::FairId;
use crate::web::PageResult;

/// What changes at a company or a job is on the wall within this.
pub(crate) const FRESH: Duration = Duration::from_secs(1);
/// If it cannot be read, what was read before is shown for so long.
const STALE: Duration = Duration::from_secs(60);
/// Fairs that are kept; with more, those that nobody asked for lately go.
const MOST_FAIRS: usize = 64;

/// The companies of one fair.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Cards of the booths, by number.
    pub html: Arc<str>,
    /// How many there are.
    pub booths: usize,
}

#[derive(Template)]
#[template(path = "wall_list.html")]
struct WallList<'a> {
    fair: &'a str,
    booths: &'a [BoothCard],
}

impl Listing {
    /// Renders the cards.
    ///
    /// # Errors
    /// The template failed.
    pub(super) fn render(fair: &str, booths: &[BoothCard]) -> askama::Result<Self> {
        let html = WallList { fair, booths }.render()?.into();
        let booths = booths.len();
        Ok(Self { html, booths })
    }
}

type Kept = Arc<tokio::sync::Mutex<Option<(Instant, Listing)>>>;

/// What was rendered last of each fair.
#[derive(Debug, Default)]
pub struct Listings(Mutex<HashMap<FairId, Kept>>);

impl Listings {
    /// The companies of a fair; who asks while they are read waits for the same answer.
    ///
    /// # Errors
    /// The database failed, and nothing lately read is there.
    pub(super) async fn of(&self, db: &Db, fair: FairId, now_ms: i64) -> PageResult<Listing> {
        let kept = self.kept(fair);
        let mut kept = kept.lock().await;
        if let Some((at, listing)) = &*kept
            && at.elapsed() < FRESH
        {
            return Ok(listing.clone());
        }
        match read(db, fair, now_ms).await {
            Ok(listing) => {
                *kept = Some((Instant::now(), listing.clone()));
                Ok(listing)
            }
            Err(error) => match &*kept {
                Some((at, listing)) if at.elapsed() < STALE => {
                    tracing::warn!(%fair, ?error, "the companies of a fair cannot be read");
                    Ok(listing.clone())
                }
                _ => Err(error),
            },
        }
    }

    fn kept(&self, fair: FairId) -> Kept {
        let mut fairs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if fairs.len() >= MOST_FAIRS && !fairs.contains_key(&fair) {
            // Whoever is being read or waited for is held by somebody else, too.
            fairs.retain(|_, kept| Arc::strong_count(kept) > 1);
        }
        fairs.entry(fair).or_default().clone()
    }
}

async fn read(db: &Db, fair: FairId, now_ms: i64) -> PageResult<Listing> {
    let mut booths = store::booths(db, fair, now_ms).await?;
    booths.retain(|booth| !booth.suspended);
    let cards: Vec<BoothCard> = booths.iter().map(BoothCard::from).collect();
    Ok(Listing::render(&fair.to_string(), &cards)?)
}
