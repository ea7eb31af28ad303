//! Every statement on the live tables.

base::queries! {
    /// Takes the lease: a new fair, this node's own, or one whose owner is silent.
    TAKE_LEASE = "
        INSERT INTO live_fairs (id, epoch, lease_owner, lease_fence, lease_until_ms, alive_at_ms)
        VALUES ($1, 1, $2, 1, $3, $4)
        ON CONFLICT (id) DO UPDATE SET
            epoch = live_fairs.epoch + 1,
            lease_owner = excluded.lease_owner,
            lease_fence = live_fairs.lease_fence + 1,
            lease_until_ms = excluded.lease_until_ms
        WHERE live_fairs.lease_owner = excluded.lease_owner
           OR live_fairs.lease_until_ms < excluded.alive_at_ms
        RETURNING epoch, lease_fence, alive_at_ms";

    /// Proves and prolongs the lease; no row: it is lost. Locks the fair's row, so that on
    /// PostgreSQL, too, two owners cannot both commit.
    HOLD_LEASE = "
        UPDATE live_fairs SET alive_at_ms = $1, lease_until_ms = $2
        WHERE id = $3 AND lease_fence = $4
        RETURNING lease_fence";

    /// The fair's own state; the row is there since the lease.
    PUT_FAIR = "
        UPDATE live_fairs SET phase = $2, ends_ms = $3, overrun_until_ms = $4, events = $5
        WHERE id = $1";

    /// A booth's queue.
    PUT_QUEUE = "
        INSERT INTO live_queues (id, fair_id, state, paused_until_ms, message, events, service_ms,
            deviation_ms, learned, call_ups, unanswered)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (id) DO UPDATE SET
            state = excluded.state, paused_until_ms = excluded.paused_until_ms,
            message = excluded.message, events = excluded.events,
            service_ms = excluded.service_ms, deviation_ms = excluded.deviation_ms,
            learned = excluded.learned, call_ups = excluded.call_ups,
            unanswered = excluded.unanswered";

    /// A student.
    PUT_PERSON = "
        INSERT INTO live_persons (fair_id, person_id, name, headline, device_test_ms,
            away_until_ms, aways, offline_since_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (fair_id, person_id) DO UPDATE SET
            name = excluded.name, headline = excluded.headline,
            device_test_ms = excluded.device_test_ms, away_until_ms = excluded.away_until_ms,
            aways = excluded.aways, offline_since_ms = excluded.offline_since_ms";

    /// A queue entry.
    PUT_ENTRY = "
        INSERT INTO queue_entries (id, fair_id, booth_id, person_id, job_id, origin, stage, rank,
            made_ms, joined_ms, since_ms, deadline_ms, ready_ms, seat_id, call_id, misses, laters,
            held_by, skipped_ms, waited_ms, cause, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, $22)
        ON CONFLICT (id) DO UPDATE SET
            stage = excluded.stage, rank = excluded.rank, joined_ms = excluded.joined_ms,
            since_ms = excluded.since_ms, deadline_ms = excluded.deadline_ms,
            ready_ms = excluded.ready_ms, seat_id = excluded.seat_id,
            call_id = excluded.call_id, misses = excluded.misses, laters = excluded.laters,
            held_by = excluded.held_by, skipped_ms = excluded.skipped_ms,
            waited_ms = excluded.waited_ms, cause = excluded.cause, reason = excluded.reason,
            job_id = excluded.job_id, origin = excluded.origin";

    /// A call.
    PUT_CALL = "
        INSERT INTO calls (id, fair_id, booth_id, entry_id, student_id, seat_id, started_ms,
            length_ms, extended, used_ms, clock_at_ms, clock_runs, ended_ms, done, outcome)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (id) DO UPDATE SET
            seat_id = excluded.seat_id, length_ms = excluded.length_ms,
            extended = excluded.extended, used_ms = excluded.used_ms,
            clock_at_ms = excluded.clock_at_ms, clock_runs = excluded.clock_runs,
            ended_ms = excluded.ended_ms, done = excluded.done, outcome = excluded.outcome";

    /// A seat in a call.
    PUT_CALL_SEAT = "
        INSERT INTO call_seats (call_id, seat_id, person_id, joined_ms)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (call_id, seat_id) DO UPDATE SET
            person_id = excluded.person_id, joined_ms = excluded.joined_ms";

    /// Appends an event; a number that exists already is a fault.
    ADD_EVENT = "
        INSERT INTO live_events (fair_id, booth_id, number, at_ms, kind, actor_id, entry_id,
            call_id, seat_id, stage, place, text)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    /// Marks a token as spent.
    SPEND_TOKEN = "
        INSERT INTO live_tokens (jti, expires_ms) VALUES ($1, $2)
        ON CONFLICT (jti) DO NOTHING";

    /// Forgets tokens that have expired.
    FORGET_TOKENS = "DELETE FROM live_tokens WHERE expires_ms < $1";

    /// Tokens that are spent and have not expired.
    SPENT_TOKENS = "SELECT jti, expires_ms FROM live_tokens WHERE expires_ms >= $1";

    /// Notes until when what a person holds is void.
    PUT_SHUT_OUT = "
        INSERT INTO live_shut_outs (person_id, until_ms) VALUES ($1, $2)
        ON CONFLICT (person_id) DO UPDATE SET until_ms = excluded.until_ms
        WHERE live_shut_outs.until_ms < excluded.until_ms";

    /// Forgets those who hold nothing any more.
    FORGET_SHUT_OUTS = "DELETE FROM live_shut_outs WHERE until_ms < $1";

    /// Whose tokens and secrets are void, until when.
    SHUT_OUTS = "SELECT person_id, until_ms FROM live_shut_outs WHERE until_ms >= $1";

    /// Is this event there?
    HAS_EVENT = "
        SELECT number FROM live_events WHERE fair_id = $1 AND booth_id = $2 AND number = $3";

    /// Since when a student is called, or in a call, in another fair.
    BUSY_ELSEWHERE = "
        SELECT since_ms FROM queue_entries
        WHERE person_id = $1 AND fair_id <> $2 AND stage IN ('called', 'ready', 'in_call')";

    /// The fair's own state.
    FAIR = "
        SELECT phase, ends_ms, overrun_until_ms, events FROM live_fairs
        WHERE id = $1 AND phase IS NOT NULL AND ends_ms IS NOT NULL";

    /// Queues of a fair.
    QUEUES = "
        SELECT id, state, paused_until_ms, message, events, service_ms, deviation_ms, learned,
            call_ups, unanswered
        FROM live_queues WHERE fair_id = $1 ORDER BY id";

    /// Students of a fair.
    PERSONS = "
        SELECT person_id, name, headline, device_test_ms, away_until_ms, aways, offline_since_ms
        FROM live_persons WHERE fair_id = $1 ORDER BY person_id";

    /// Entries of a fair.
    ENTRIES = "
        SELECT id, booth_id, person_id, job_id, origin, stage, rank, made_ms, joined_ms, since_ms,
            deadline_ms, ready_ms, seat_id, call_id, misses, laters, held_by, skipped_ms,
            waited_ms, cause, reason
        FROM queue_entries WHERE fair_id = $1 ORDER BY made_ms, id";

    /// Calls of a fair.
    CALLS = "
        SELECT id, booth_id, entry_id, student_id, seat_id, started_ms, length_ms, extended,
            used_ms, clock_at_ms, clock_runs, ended_ms, done, outcome
        FROM calls WHERE fair_id = $1 ORDER BY started_ms, id";

    /// Seats in the calls of a fair.
    CALL_SEATS = "
        SELECT s.call_id, s.seat_id, s.person_id, s.joined_ms
        FROM call_seats s JOIN calls c ON c.id = s.call_id
        WHERE c.fair_id = $1 ORDER BY s.call_id, s.joined_ms, s.seat_id";

    /// One call, for the portal's permission checks.
    CALL = "
        SELECT fair_id, booth_id, entry_id, student_id, started_ms, ended_ms, done
        FROM calls WHERE id = $1";

    /// One entry, for the portal's permission checks.
    ENTRY = "
        SELECT fair_id, booth_id, person_id, job_id, origin, stage, call_id
        FROM queue_entries WHERE id = $1";

    /// The interviewers of one call.
    SEATS_OF_CALL = "
        SELECT seat_id, person_id FROM call_seats WHERE call_id = $1 ORDER BY joined_ms, seat_id";
}
