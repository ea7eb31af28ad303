-- What a wiped or purged account leaves in the fairs is found by these, so that nobody keeps the
-- writer while he reads a whole table.
CREATE INDEX queue_entries_of_person ON queue_entries (person_id);
CREATE INDEX calls_of_student ON calls (student_id);
CREATE INDEX live_persons_by_person ON live_persons (person_id);
CREATE INDEX live_events_said ON live_events (actor_id) WHERE text IS NOT NULL;
