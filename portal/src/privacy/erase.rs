//! Wiping an account (C5): at the end of the cooling-off everything that says who someone was
//! goes; what remains is that somebody interviewed with somebody at some time, under an id.
//!
//! `accounts` calls [`erase`] in the transaction that ends the account. The skeleton is purged
//! after its time by [`super::retention`].

use base::db::{Tx, on_db};

use crate::accounts::sessions;
use crate::audit;
use crate::ids::{AccountId, CompanyId, SchoolId};

/// Stands for a name that is gone.
pub const GONE: &str = "已注销用户";

base::queries! {
    /// Who it was.
    IDENTITY = "SELECT a.real_name, a.nickname, a.mobile, a.email, st.name AS student_name,
            st.student_no, st.school_id, m.company_id
        FROM accounts a
        LEFT JOIN students st ON st.account_id = a.id
        LEFT JOIN company_members m ON m.account_id = a.id
        WHERE a.id = $1";
    /// The account keeps its id, kind and dates.
    WIPE_ACCOUNT = "UPDATE accounts SET mobile = NULL, email = NULL, password_hash = '!',
            real_name = $2, nickname = $2, department = '', status = 'disabled',
            avatar_file = NULL, version = version + 1
        WHERE id = $1";
    /// The number makes room: it may be given to the same person again.
    WIPE_STUDENT = "UPDATE students SET name = $2, student_no = $3, class_name = '' WHERE account_id = $1";
    /// His uploads go, but what became a company's papers stays, under no name.
    WIPE_OWN_FILES = "UPDATE files SET state = 'removed', name = $2, owner_id = NULL,
            changed_ms = $3
        WHERE owner_id = $1 AND (state = 'loose'
            OR purpose IN ('avatar', 'resume', 'evidence'))";
    /// See [`WIPE_OWN_FILES`].
    WIPE_FILE_NAMES = "UPDATE files SET name = $2, owner_id = NULL WHERE owner_id = $1";
    /// The résumé.
    WIPE_RESUME = "DELETE FROM resumes WHERE student_id = $1";
    /// Whom he hid from.
    WIPE_SHIELDS = "DELETE FROM resume_shields WHERE student_id = $1";
    /// What he agreed to stays, without the address, and holds no longer.
    WIPE_CONSENTS = "UPDATE consents SET address = '', withdrawn_ms = COALESCE(withdrawn_ms, $2)
        WHERE account_id = $1";
    /// Likewise.
    WIPE_ACCEPTANCES = "UPDATE agreement_acceptances SET address = '' WHERE account_id = $1";
    /// What was sent outside the site.
    WIPE_SENDS = "UPDATE notification_sends SET target = NULL, args = '{}', error = ''
        WHERE notification_id IN (SELECT id FROM notifications WHERE account_id = $1)";
    /// Codes and sends to his number or address.
    WIPE_TARGETS = "UPDATE notification_sends SET target = NULL, args = '{}' WHERE target = $1";
    /// His messages.
    WIPE_MESSAGES = "UPDATE notifications SET args = '{}', link = '' WHERE account_id = $1";
    /// Messages of his company's people that name him.
    WIPE_NAMED_MESSAGES = "UPDATE notifications SET args = REPLACE(args, $2, $3)
        WHERE account_id IN (SELECT account_id FROM company_members WHERE company_id = $1)
            AND args LIKE $4";
    /// What was sent of those.
    WIPE_NAMED_SENDS = "UPDATE notification_sends SET args = REPLACE(args, $2, $3)
        WHERE notification_id IN (SELECT n.id FROM notifications n JOIN company_members m
                ON m.account_id = n.account_id WHERE m.company_id = $1)
            AND args LIKE $4";
    /// Sessions.
    WIPE_SESSIONS = "DELETE FROM sessions WHERE account_id = $1";
    /// One-time links.
    WIPE_LINKS = "DELETE FROM password_links WHERE account_id = $1";
    /// WeChat.
    WIPE_WECHAT = "DELETE FROM wechat_bindings WHERE account_id = $1";
    /// WeChat's QR codes.
    WIPE_SCENES = "DELETE FROM wechat_scenes WHERE account_id = $1";
    /// Browsers.
    WIPE_DEVICES = "DELETE FROM known_devices WHERE account_id = $1";
    /// What he switched off.
    WIPE_SETTINGS = "DELETE FROM notification_settings WHERE account_id = $1";
    /// Codes by SMS.
    WIPE_CODES = "DELETE FROM sms_codes WHERE mobile = $1";
    /// Failed logins.
    WIPE_FAILURES = "DELETE FROM login_failures WHERE login_hash = $1";
    /// His place in a company.
    WIPE_MEMBER = "UPDATE company_members SET status = 'disabled', reason = '', may_pay = FALSE
        WHERE account_id = $1";
    /// His place in a school.
    WIPE_STAFF = "DELETE FROM school_staff WHERE account_id = $1";
    /// His place on the platform.
    WIPE_PLATFORM = "DELETE FROM platform_staff WHERE account_id = $1";
    /// The live fair's own copy.
    WIPE_PERSON = "UPDATE live_persons SET name = $2, headline = '' WHERE person_id = $1";
    /// What was written to or about his entries.
    WIPE_ENTRIES = "UPDATE queue_entries SET reason = NULL WHERE person_id = $1";
    /// What he said in the live fair.
    WIPE_SAID = "UPDATE live_events SET text = NULL WHERE text IS NOT NULL AND actor_id = $1";
    /// What was said at his entries.
    WIPE_EVENTS = "UPDATE live_events SET text = NULL WHERE text IS NOT NULL
        AND entry_id IN (SELECT id FROM queue_entries WHERE person_id = $1)";
    /// Notes about him.
    WIPE_NOTES = "UPDATE call_notes SET body = '' WHERE student_id = $1";
    /// What was written beside his results.
    WIPE_EVALUATIONS = "UPDATE evaluations SET note = '' WHERE student_id = $1";
    /// His feedback.
    WIPE_FEEDBACK = "UPDATE call_feedback SET body = '' WHERE student_id = $1";
    /// What he complained of stays as a case without words.
    WIPE_COMPLAINTS = "UPDATE complaints SET body = $2, answer = '', appeal = ''
        WHERE account_id = $1";
    /// Complaints about him.
    WIPE_COMPLAINTS_ABOUT = "UPDATE complaints SET body = $2, answer = '', appeal = ''
        WHERE subject_kind = 'account' AND subject_id = $1";
    /// Words of his appeals.
    WIPE_APPEALS = "UPDATE complaints SET appeal = '' WHERE appealed_by = $1";
    /// Why he was banned.
    WIPE_BANS = "UPDATE bans SET reason = $2 WHERE subject_kind = 'account' AND subject_id = $1";
    /// What he said against a ban, and what was said against his.
    WIPE_BAN_APPEALS = "UPDATE ban_appeals SET body = $2, answer = '' WHERE account_id = $1
        OR ban_id IN (SELECT id FROM bans WHERE subject_kind = 'account' AND subject_id = $1)";
    /// Reviews of himself: his identity, his wish to join a company.
    WIPE_REVIEWS = "UPDATE reviews SET title = $2, flags = '[]', reason = ''
        WHERE subject_id = $1 OR (submitted_by = $1 AND company_id IS NULL)";
    /// Their steps.
    WIPE_REVIEW_EVENTS = "UPDATE review_events SET reason = '' WHERE review_id IN
        (SELECT id FROM reviews WHERE subject_id = $1 OR submitted_by = $1)";
    /// A word in what his company handed in.
    WIPE_CERTIFICATIONS = "UPDATE certifications SET data = REPLACE(data, $2, $3)
        WHERE company_id = $1 AND data LIKE $4";
    /// His name ends the title of his claim to a company. Other titles are names of companies, and
    /// may hold a short name by chance.
    WIPE_CLAIM_TITLES = "UPDATE reviews SET title = SUBSTR(COALESCE((SELECT c.name || ' · '
            FROM companies c WHERE c.id = reviews.company_id), '') || CAST($2 AS TEXT), 1, 120)
        WHERE kind = 'admin_claim' AND submitted_by = $1";
    /// A word in what reviewers wrote about his company, or to him.
    WIPE_NAMED_REVIEWS = "UPDATE reviews SET reason = SUBSTR(REPLACE(reason, $3, $4), 1, 500)
        WHERE company_id = $1 OR submitted_by = $2";
    /// A word in the company's invoice data.
    WIPE_INVOICES = "UPDATE invoice_profiles SET data = REPLACE(data, $2, $3)
        WHERE company_id = $1 AND data LIKE $4";
    /// A word in the faults of his school's imports.
    WIPE_IMPORTS = "UPDATE roster_parts SET entries = REPLACE(entries, $2, $3)
        WHERE kind = 'fault' AND entries LIKE $4
            AND import_id IN (SELECT id FROM roster_imports WHERE school_id = $1)";
    /// What he said of himself to his school.
    WIPE_CLAIM = "DELETE FROM identity_claims WHERE account_id = $1";
    /// Since when the skeleton is kept.
    ADD_ERASURE = "INSERT INTO erasures (account_id, erased_ms) VALUES ($1, $2)
        ON CONFLICT (account_id) DO NOTHING";
}

#[derive(sqlx::FromRow)]
struct Identity {
    real_name: String,
    nickname: String,
    mobile: Option<String>,
    email: Option<String>,
    student_name: Option<String>,
    student_no: Option<String>,
    school_id: Option<SchoolId>,
    company_id: Option<CompanyId>,
}

impl Identity {
    /// Words that must not be found again. A nickname may be a common word, so it is among them
    /// only for texts in which it stands alone.
    fn words(&self, nickname: bool) -> Vec<&str> {
        let mut words = vec![self.real_name.as_str()];
        if nickname {
            words.push(&self.nickname);
        }
        let more = [
            &self.mobile,
            &self.email,
            &self.student_name,
            &self.student_no,
        ];
        words.extend(more.into_iter().flatten().map(String::as_str));
        words.retain(|word| !word.is_empty() && *word != GONE);
        // Long ones first: none is a part of one that comes after it.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        words
    }
}

/// Runs one statement with these values.
macro_rules! run {
    ($tx:expr, $query:expr $(, $value:expr)* $(,)?) => {
        on_db!($tx, c => sqlx::query($query)$(.bind($value))*.execute(c).await.map(drop))?
    };
}

/// Wipes whatever says who `account` was. What is wiped already stays so.
///
/// # Errors
/// The database failed.
pub async fn erase(tx: &mut Tx, account: AccountId, now_ms: i64) -> Result<(), sqlx::Error> {
    let who: Option<Identity> = on_db!(tx, c => sqlx::query_as(IDENTITY)
        .bind(account).fetch_optional(c).await)?;
    let Some(who) = who else { return Ok(()) };
    wipe_access(tx, account, &who).await?;
    wipe_resume(tx, account, now_ms).await?;
    wipe_messages(tx, account, &who).await?;
    wipe_fair(tx, account).await?;
    wipe_cases(tx, account).await?;
    wipe_words(tx, account, &who).await?;
    let number = format!("X{}", account.0.as_simple());
    run!(tx, WIPE_STUDENT, account, GONE, &number[..32]);
    run!(tx, WIPE_ACCOUNT, account, GONE);
    run!(tx, ADD_ERASURE, account, now_ms);
    audit::Entry::system("account.erase", "account", &account)
        .write_in(tx, now_ms)
        .await
}

/// Ways in.
async fn wipe_access(tx: &mut Tx, account: AccountId, who: &Identity) -> Result<(), sqlx::Error> {
    for query in [
        WIPE_SESSIONS,
        WIPE_LINKS,
        WIPE_WECHAT,
        WIPE_SCENES,
        WIPE_DEVICES,
        WIPE_SETTINGS,
        WIPE_MEMBER,
        WIPE_STAFF,
        WIPE_PLATFORM,
    ] {
        run!(tx, query, account);
    }
    for login in [&who.mobile, &who.email].into_iter().flatten() {
        run!(tx, WIPE_CODES, login);
        run!(tx, WIPE_FAILURES, sessions::sha256(login));
        run!(tx, WIPE_TARGETS, login);
    }
    Ok(())
}

async fn wipe_resume(tx: &mut Tx, account: AccountId, now_ms: i64) -> Result<(), sqlx::Error> {
    run!(tx, WIPE_RESUME, account);
    run!(tx, WIPE_SHIELDS, account);
    run!(tx, WIPE_OWN_FILES, account, "-", now_ms);
    run!(tx, WIPE_FILE_NAMES, account, "附件");
    run!(tx, WIPE_CONSENTS, account, now_ms);
    run!(tx, WIPE_ACCEPTANCES, account);
    Ok(())
}

async fn wipe_messages(tx: &mut Tx, account: AccountId, who: &Identity) -> Result<(), sqlx::Error> {
    run!(tx, WIPE_SENDS, account);
    run!(tx, WIPE_MESSAGES, account);
    let Some(company) = who.company_id else {
        return Ok(());
    };
    for word in who.words(true) {
        // As a whole value of the JSON: a name can be a part of another word.
        let (old, new) = (format!("\"{word}\""), format!("\"{GONE}\""));
        let like = format!("%{old}%");
        for query in [
            WIPE_NAMED_MESSAGES,
            WIPE_NAMED_SENDS,
            WIPE_CERTIFICATIONS,
            WIPE_INVOICES,
        ] {
            run!(tx, query, company, &old, &new, &like);
        }
    }
    Ok(())
}

/// What was written in and after interviews. Who, when and how long stays.
async fn wipe_fair(tx: &mut Tx, account: AccountId) -> Result<(), sqlx::Error> {
    run!(tx, WIPE_PERSON, account, GONE);
    for query in [
        WIPE_SAID,
        WIPE_EVENTS,
        WIPE_ENTRIES,
        WIPE_NOTES,
        WIPE_EVALUATIONS,
        WIPE_FEEDBACK,
    ] {
        run!(tx, query, account);
    }
    Ok(())
}

async fn wipe_cases(tx: &mut Tx, account: AccountId) -> Result<(), sqlx::Error> {
    for query in [
        WIPE_COMPLAINTS,
        WIPE_COMPLAINTS_ABOUT,
        WIPE_BANS,
        WIPE_BAN_APPEALS,
        WIPE_REVIEWS,
        WIPE_CLAIM_TITLES,
    ] {
        run!(tx, query, account, GONE);
    }
    run!(tx, WIPE_APPEALS, account);
    run!(tx, WIPE_CLAIM, account);
    run!(tx, WIPE_REVIEW_EVENTS, account);
    Ok(())
}

/// Texts about reviews and imports in which he is named.
async fn wipe_words(tx: &mut Tx, account: AccountId, who: &Identity) -> Result<(), sqlx::Error> {
    for word in who.words(false) {
        run!(tx, WIPE_NAMED_REVIEWS, who.company_id, account, word, GONE);
        if let Some(school) = who.school_id {
            let like = format!("%{word}%");
            run!(tx, WIPE_IMPORTS, school, word, GONE, &like);
        }
    }
    Ok(())
}
