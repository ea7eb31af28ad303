-- One row that readiness writes, to learn whether the database stores.
CREATE TABLE heartbeats (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    beats  BIGINT NOT NULL
);

-- What is purged or wiped is found by these: whoever changes rows keeps the writer, and must not
-- read a whole table meanwhile.
CREATE INDEX consents_by_age ON consents (given_ms) WHERE withdrawn_ms IS NULL;
CREATE INDEX call_notes_by_age ON call_notes (updated_ms) WHERE body <> '';
CREATE INDEX call_notes_by_student ON call_notes (student_id);
CREATE INDEX evaluations_by_age ON evaluations (updated_ms) WHERE note <> '';
CREATE INDEX evaluations_by_student ON evaluations (student_id);
CREATE INDEX call_feedback_by_student ON call_feedback (student_id);
CREATE INDEX jobs_deleted ON jobs (updated_ms) WHERE status = 'deleted';
CREATE INDEX notification_sends_by_target ON notification_sends (target) WHERE target IS NOT NULL;
CREATE INDEX complaints_by_subject ON complaints (subject_kind, subject_id);
CREATE INDEX complaints_by_appeal ON complaints (appealed_by) WHERE appealed_by IS NOT NULL;
CREATE INDEX reviews_by_subject ON reviews (subject_id);
CREATE INDEX reviews_by_submitter ON reviews (submitted_by);
CREATE INDEX password_links_by_expiry ON password_links (expires_ms);

-- Whoever deletes an account looks for it in every table that names accounts.
CREATE INDEX complaints_by_handler ON complaints (handler_id) WHERE handler_id IS NOT NULL;
CREATE INDEX review_events_by_actor ON review_events (actor_id) WHERE actor_id IS NOT NULL;
CREATE INDEX reviews_by_assignee ON reviews (assignee_id) WHERE assignee_id IS NOT NULL;
CREATE INDEX reviews_by_first ON reviews (first_by) WHERE first_by IS NOT NULL;
CREATE INDEX reviews_by_decider ON reviews (decided_by) WHERE decided_by IS NOT NULL;
CREATE INDEX certifications_by_submitter ON certifications (submitted_by);
CREATE INDEX password_links_by_maker ON password_links (made_by) WHERE made_by IS NOT NULL;
CREATE INDEX evaluations_by_account ON evaluations (account_id);
CREATE INDEX call_notes_by_account ON call_notes (account_id);
