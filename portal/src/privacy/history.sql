-- A student's life on the platform, with his name wherever one could stand. The test fills in
-- what stands between colons.
UPDATE accounts SET mobile = ':MOBILE:' WHERE id = ':me:';
UPDATE students SET student_no = ':NUMBER:', name = ':NAME:' WHERE account_id = ':me:';
INSERT INTO files (id, purpose, owner_id, name, mime, bytes, sha256, object_key, state,
    created_ms, changed_ms) VALUES ('f1', 'resume', ':me:', ':NAME:简历.pdf', 'x', 1,
    ':hash:', 'k1', 'attached', 1, 1);
INSERT INTO files (id, purpose, owner_id, name, mime, bytes, sha256, object_key, state,
    created_ms, changed_ms) VALUES ('f2', 'letter', ':me:', ':NAME:授权.pdf', 'x', 1,
    ':hash:', 'k2', 'attached', 1, 1);
INSERT INTO resume_shields (student_id, company_id, created_ms) VALUES (':me:', ':company:', 1);
INSERT INTO consents (id, account_id, purpose, company_id, text_code, text_version,
    given_ms, address) VALUES (':CONSENT:', ':me:', 'resume', ':company:', 'privacy', 1, 1,
    '203.0.113.77');
INSERT INTO agreement_acceptances (account_id, code, version, accepted_ms, address)
    VALUES (':me:', 'user', 1, 1, '203.0.113.77')
    ON CONFLICT (account_id, code, version) DO UPDATE SET address = '203.0.113.77';
INSERT INTO notifications (id, event, account_id, args, link, created_ms)
    VALUES ('n1', 'X1', ':me:', '{"name":":NAME:"}', '', 1);
INSERT INTO notification_sends (id, notification_id, event, channel, target, args, state,
    next_ms, created_ms) VALUES ('s1', 'n1', 'X1', 'sms', ':MOBILE:',
    '{"name":":NAME:"}', 'sent', 1, 1);
INSERT INTO notification_sends (id, event, channel, target, args, state, next_ms,
    created_ms) VALUES ('s2', 'X5', 'sms', ':MOBILE:', '{}', 'sent', 1, 1);
INSERT INTO sms_codes (id, mobile, purpose, code_hash, address_hash, sent_ms, expires_ms)
    VALUES ('m1', ':MOBILE:', 'login', 'x', 'x', 1, 1);
INSERT INTO login_failures (login_hash, failures, last_ms) VALUES (':login:', 1, 1);
INSERT INTO known_devices (account_id, device_hash, label, first_ms, last_ms) VALUES (':me:', 'd', ':NAME:的手机', 1, 1);
INSERT INTO wechat_bindings (account_id, openid, reachable, bound_ms) VALUES (':me:', 'openid-:MOBILE:', TRUE, 1);
INSERT INTO sessions (token_hash, account_id, csrf, created_ms, seen_ms, expires_ms) VALUES (':hash:', ':me:', 'x', 1, 1, 1);
INSERT INTO password_links (token_hash, account_id, made_by, created_ms, expires_ms, used_ms)
    VALUES (':hash:', ':me:', NULL, 1, 1, NULL);
INSERT INTO live_fairs (id, epoch, lease_owner, lease_fence, lease_until_ms, alive_at_ms)
    VALUES (':fair:', 1, 'x', 1, 1, 1) ON CONFLICT (id) DO NOTHING;
INSERT INTO live_persons (fair_id, person_id, name, headline, aways)
    VALUES (':fair:', ':me:', ':NAME:', ':NUMBER:', 0);
INSERT INTO queue_entries (id, fair_id, booth_id, person_id, origin, stage, made_ms,
    since_ms, misses, laters, reason) VALUES (':entry:', ':fair:', ':booth:', ':me:',
    'applied', 'done', 1, 1, 0, 0, ':NAME: 来晚了');
INSERT INTO live_events (fair_id, booth_id, number, at_ms, kind, actor_id, entry_id, text)
    VALUES (':fair:', ':booth:', 900001, 1, 'x', ':member:', ':entry:', ':NAME: 你好');
INSERT INTO live_events (fair_id, booth_id, number, at_ms, kind, actor_id, text)
    VALUES (':fair:', ':booth:', 900002, 1, 'x', ':me:', '我的电话 :MOBILE:');
INSERT INTO calls (id, fair_id, booth_id, entry_id, student_id, seat_id, started_ms,
    length_ms, extended, used_ms, clock_at_ms, clock_runs, ended_ms, done)
    VALUES (':call:', ':fair:', ':booth:', ':entry:', ':me:', 's', 1, 1, FALSE, 1, 1,
    FALSE, 2, TRUE);
INSERT INTO call_seats (call_id, seat_id, person_id, joined_ms) VALUES (':call:', 's', ':member:', 1);
INSERT INTO call_notes (call_id, account_id, company_id, student_id, body, version, updated_ms)
    VALUES (':call:', ':member:', ':company:', ':me:',
    ':NAME: :MOBILE:', 1, :NOW:);
INSERT INTO evaluations (call_id, fair_id, company_id, student_id, account_id, outcome, stars,
    note, version, created_ms, updated_ms) VALUES (':call:', ':fair:', ':company:', ':me:', ':member:',
    'pass', 5, ':NAME: 不错', 1, :NOW:, :NOW:);
INSERT INTO call_feedback (call_id, student_id, booth_id, stars, body, created_ms, updated_ms)
    VALUES (':call:', ':me:', ':booth:', 5, '我是:NAME:', 1, 1);
INSERT INTO complaints (id, number, account_id, subject_kind, subject_id, category, body,
    status, answer, appeal, due_ms, created_ms, changed_ms) VALUES ('p1', 'TS1', ':me:',
    'platform', '', 'other', '我是:NAME:，:MOBILE:', 'open', ':NAME:', ':NAME:', 1, 1, 1);
INSERT INTO complaints (id, number, account_id, subject_kind, subject_id, category, body,
    status, due_ms, created_ms, changed_ms) VALUES ('p2', 'TS2', ':member:', 'account',
    ':me:', 'other', ':NAME: 骂人', 'open', 1, 1, 1);
INSERT INTO bans (id, subject_kind, subject_id, reason, by_id, created_ms)
    VALUES ('b1', 'account', ':me:', ':NAME: 骂人', ':staff:', 1);
INSERT INTO ban_appeals (ban_id, account_id, body, status, answer, due_ms, created_ms)
    VALUES ('b1', ':me:', '我是:NAME:，:MOBILE:', 'refused', ':NAME: 确有其事', 1, 1);
INSERT INTO reviews (id, kind, subject_id, inbox, school_id, title, flags, submitted_by,
    submitted_ms, due_ms, due_estimated, state, reason) SELECT 'r1', 'identity', ':me:',
    'school', school_id, ':NAME: :NUMBER:', '[]', ':me:', 1, 2, FALSE, 'approved',
    ':NAME:' FROM students WHERE account_id = ':me:';
INSERT INTO review_events (id, review_id, at_ms, actor_id, event, reason) VALUES ('e1', 'r1', 1, NULL, 'submitted', ':NAME:');
INSERT INTO roster_imports (id, school_id, account_id, file_name, state, row_count, same,
    new_count, changed_count, fault_count, to_take, created_ms) SELECT 'i1', school_id, ':staff:',
    'x.xlsx', 'done', 1, 0, 0, 0, 1, 0, 1 FROM students WHERE account_id = ':me:';
INSERT INTO roster_parts (import_id, kind, first, entries) VALUES ('i1', 'fault', 0, '[{"row":2,"value":":NUMBER: :NAME:"}]');
INSERT INTO identity_claims (id, account_id, school_id, student_no, name, degree, faculty, major,
    class_name, grad_year, chsi_code, note, status, created_ms, changed_ms) SELECT 'ic', ':me:',
    school_id, ':NUMBER:', ':NAME:', 'master', 'x', 'x', '', 2027, '', '我是:NAME:', 'approved',
    1, 1 FROM students WHERE account_id = ':me:';
