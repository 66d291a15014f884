-- What an owner's officers have been told of: once that a request has come, once that an answer or a review is overdue.

ALTER TABLE release_part
    ADD announced_at timestamptz,
    ADD reminded_at timestamptz;
GRANT UPDATE (announced_at, reminded_at) ON release_part TO relto_policy;

-- A restriction that is prolonged is a new row.
ALTER TABLE review ADD reminded_at timestamptz;
CREATE INDEX review_to_remind ON review (review_by) WHERE reminded_at IS NULL;

ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check
    CHECK (kind IN ('grant', 'proposal', 'recall', 'request', 'review', 'warning'));
