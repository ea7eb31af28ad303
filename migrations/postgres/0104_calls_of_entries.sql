-- Whoever deletes entries looks for the calls that name them.
CREATE INDEX calls_of_entry ON calls (entry_id);
