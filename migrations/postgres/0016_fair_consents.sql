-- A student who takes part in a fair agrees that the companies there to which he applies, or whose
-- invitation he takes, read his résumé: one consent that holds for each fair.
ALTER TABLE consents ADD COLUMN fair_id TEXT REFERENCES video_fairs (id);
CREATE UNIQUE INDEX consents_one_per_fair ON consents (account_id, fair_id)
    WHERE fair_id IS NOT NULL AND withdrawn_ms IS NULL;
